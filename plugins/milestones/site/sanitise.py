"""Rendered Markdown made harmless: what Markdown and its usual extensions emit stays, what could run goes.

The list is of what is allowed, and nh3 (an HTML5 parser) applies it, so what a browser would make of broken
markup is what is judged.
"""

from __future__ import annotations

import re
from functools import lru_cache

import nh3

_TEXT = [
    "a",
    "abbr",
    "address",
    "article",
    "aside",
    "b",
    "bdi",
    "bdo",
    "blockquote",
    "br",
    "caption",
    "cite",
    "code",
    "col",
    "colgroup",
    "data",
    "dd",
    "del",
    "details",
    "dfn",
    "div",
    "dl",
    "dt",
    "em",
    "figcaption",
    "figure",
    "footer",
    "h1",
    "h2",
    "h3",
    "h4",
    "h5",
    "h6",
    "header",
    "hr",
    "i",
    "img",
    "ins",
    "kbd",
    "li",
    "mark",
    "math",
    "nav",
    "ol",
    "p",
    "picture",
    "pre",
    "q",
    "rp",
    "rt",
    "ruby",
    "s",
    "samp",
    "section",
    "small",
    "source",
    "span",
    "strong",
    "sub",
    "summary",
    "sup",
    "table",
    "tbody",
    "td",
    "tfoot",
    "th",
    "thead",
    "time",
    "tr",
    "u",
    "ul",
    "var",
    "video",
    "audio",
    "track",
    "wbr",
    "input",
    "label",
]

#: Icons and simple drawings, as Material's emoji extension puts them into the page.
_SVG = [
    "svg",
    "g",
    "path",
    "circle",
    "ellipse",
    "line",
    "polyline",
    "polygon",
    "rect",
    "text",
    "tspan",
    "title",
    "desc",
]

_MATH = [
    "math",
    "mi",
    "mn",
    "mo",
    "ms",
    "mspace",
    "mtext",
    "mrow",
    "mfrac",
    "msqrt",
    "mroot",
    "mstyle",
    "msub",
    "msup",
    "msubsup",
    "munder",
    "mover",
    "munderover",
    "mtable",
    "mtr",
    "mtd",
    "menclose",
    "mpadded",
    "mphantom",
    "semantics",
    "annotation",
]

_EVERYWHERE = {"class", "id", "title", "lang", "dir", "role", "hidden", "tabindex", "data-search-exclude"}

_SHAPE = {
    "fill",
    "fill-rule",
    "clip-rule",
    "stroke",
    "stroke-width",
    "stroke-linecap",
    "stroke-linejoin",
    "stroke-dasharray",
    "opacity",
    "transform",
}

_ATTRIBUTES: dict[str, set[str]] = {
    "*": _EVERYWHERE,
    "a": {"href", "hreflang", "target", "rel", "download", "name"},
    "abbr": {"title"},
    "audio": {"src", "controls", "loop", "muted", "preload"},
    "blockquote": {"cite"},
    "code": {"data-lang"},
    "col": {"span"},
    "colgroup": {"span"},
    "data": {"value"},
    "del": {"cite", "datetime"},
    "details": {"open", "name"},
    "div": {"data-tabs"},
    "img": {"src", "srcset", "alt", "width", "height", "loading", "align", "decoding"},
    "input": {"type", "checked", "disabled", "name"},
    "ins": {"cite", "datetime"},
    "label": {"for"},
    "li": {"value"},
    "math": {"display", "xmlns"},
    "mo": {"stretchy", "fence", "separator", "form"},
    "annotation": {"encoding"},
    "ol": {"start", "reversed", "type"},
    "q": {"cite"},
    "source": {"src", "srcset", "type", "media"},
    "svg": {"xmlns", "viewBox", "width", "height", "preserveAspectRatio", "focusable", *_SHAPE},
    "g": _SHAPE,
    "path": {"d", *_SHAPE},
    "circle": {"cx", "cy", "r", *_SHAPE},
    "ellipse": {"cx", "cy", "rx", "ry", *_SHAPE},
    "line": {"x1", "x2", "y1", "y2", *_SHAPE},
    "polyline": {"points", *_SHAPE},
    "polygon": {"points", *_SHAPE},
    "rect": {"x", "y", "width", "height", "rx", "ry", *_SHAPE},
    "text": {"x", "y", "text-anchor", *_SHAPE},
    "tspan": {"x", "y", "dx", "dy", *_SHAPE},
    "table": {"align"},
    "td": {"colspan", "rowspan", "headers", "align", "style", "data-linenos"},
    "th": {"colspan", "rowspan", "headers", "scope", "align", "style"},
    "span": {"data-linenos"},
    "time": {"datetime"},
    "track": {"src", "kind", "srclang", "label", "default"},
    "video": {"src", "poster", "controls", "loop", "muted", "playsinline", "preload", "width", "height"},
}

_ALIGNMENT = re.compile(r"\s*text-align\s*:\s*(left|right|center|justify|start|end)\s*;?\s*", re.IGNORECASE)
#: What is left of a style: written as an attribute, it needs no Content-Security-Policy that allows inline styles.
_ALIGNED = re.compile(r' style="text-align: (left|right|center|justify|start|end);"(?=[^<>]*>)')
_NAMED_LINKS = frozenset({"http", "https", "mailto", "tel"})


def _filter(tag: str, name: str, value: str) -> str | None:
    """The last word on an attribute: the value to keep, or None to drop it."""
    if name == "style":
        match = _ALIGNMENT.fullmatch(value)
        return f"text-align: {match[1].lower()};" if match else None
    if tag == "input" and name == "type":
        return value if value in ("checkbox", "radio") else "checkbox"
    if name in ("fill", "stroke") and "(" in value:
        return None  # url(...) would fetch
    if name == "srcset" and re.search(r"(?:^|,)\s*(?!https?:)[a-z][a-z0-9+.-]*:", value, re.IGNORECASE):
        return None
    if tag == "a" and name == "target":
        return "_blank" if value == "_blank" else None
    return value


@lru_cache(maxsize=1)
def _cleaner() -> nh3.Cleaner:
    return nh3.Cleaner(
        tags={*_TEXT, *_SVG, *_MATH},
        clean_content_tags={"script", "style"},
        attributes={tag: set(names) for tag, names in _ATTRIBUTES.items()},
        attribute_filter=_filter,
        strip_comments=True,
        link_rel=None,
        generic_attribute_prefixes={"aria-"},
        url_schemes=set(_NAMED_LINKS),
    )


def clean(html: str) -> str:
    """The HTML without anything that runs, frames or restyles the page: no script, style sheet, frame, form,
    event handler, nor link other than http, https, mailto, tel and relative ones.

    Form controls other than checkboxes and radio buttons (task lists and tabs use those) become checkboxes.
    """
    return _ALIGNED.sub(r' align="\1"', _cleaner().clean(html))
