"""Pages whose text is rendered once: the result is kept on disk for as long as nothing that shapes it changes.

A kept rendering holds for the same Markdown, the same extensions with the same options, the same versions, and as
long as every link in it leads where it led. Deleting the folder changes nothing but time.
"""

from __future__ import annotations

import hashlib
import json
from importlib import metadata
from typing import TYPE_CHECKING, Any

from markdown.extensions import Extension
from markdown.treeprocessors import Treeprocessor
from mkdocs.structure.pages import Page as MkDocsPage
from mkdocs.structure.toc import get_toc

from milestones import __version__
from milestones.cache import Cache
from milestones.rules.references import is_remote
from milestones.site import language
from milestones.site.anchors import SlotAnchors
from milestones.site.sanitise import clean

if TYPE_CHECKING:
    import xml.etree.ElementTree as etree
    from collections.abc import Callable

    import markdown
    from mkdocs.config.defaults import MkDocsConfig
    from mkdocs.structure.files import File, Files

    from milestones.site.pages import Page

_DISTRIBUTIONS = ("Markdown", "pymdown-extensions", "Pygments", "nh3", "mkdocs", "properdocs", "mkdocs-material")

#: Extensions whose output depends on the text and their options alone. With any other, nothing is kept.
_PURE = frozenset(
    (
        *("abbr", "admonition", "attr_list", "codehilite", "def_list", "extra", "fenced_code", "footnotes"),
        *("md_in_html", "meta", "nl2br", "sane_lists", "smarty", "tables", "toc", "wikilinks"),
    )
)
_PURE_PYMDOWN = frozenset(
    (
        *("arithmatex", "betterem", "caret", "critic", "details", "emoji", "escapeall", "extra", "highlight"),
        *("inlinehilite", "keys", "magiclink", "mark", "progressbar", "smartsymbols", "striphtml", "superfences"),
        *("tabbed", "tasklist", "tilde"),
    )
)


class Memo:
    """Renderings kept in a folder, one file a page, and the pictures of all pages in one."""

    def __init__(self, folder: str, config: MkDocsConfig) -> None:
        self._cache = Cache(folder)
        self._usable = all(_pure(name) for name in config.markdown_extensions)
        facts = [
            __version__,
            [_version(name) for name in _DISTRIBUTIONS],
            config.markdown_extensions,
            config.mdx_configs,
            language.current(),
        ]
        self._shape = json.dumps(facts, sort_keys=True, default=_named)

    def key(self, text: str, uri: str) -> str:
        """What a rendering of a text depends on, links aside."""
        return hashlib.sha256(f"{self._shape}\0{uri}\0{text}".encode()).hexdigest()

    def load(self, uri: str, key: str) -> dict[str, Any] | None:
        """What was kept for a page, if it was made from the same things."""
        kept = self._read(uri) if self._usable else None
        return kept if kept is not None and kept.get("key") == key else None

    def save(self, uri: str, kept: dict[str, Any]) -> None:
        """Keep a rendering."""
        if self._usable:
            self._write(uri, kept)

    def pictures(self) -> Pictures:
        """The pictures of the last build, if this version drew them."""
        kept = self._read("pictures") or {}
        return Pictures(kept.get("pictures", {}) if kept.get("key") == __version__ else {})

    def save_pictures(self, pictures: Pictures) -> None:
        """Keep the pictures that this build used."""
        if pictures.changed:
            self._write("pictures", {"key": __version__, "pictures": pictures.used})

    def _read(self, uri: str) -> dict[str, Any] | None:
        text = self._cache.load(_file(uri))
        kept = json.loads(text) if text is not None else None
        return kept if isinstance(kept, dict) else None

    def _write(self, uri: str, kept: dict[str, Any]) -> None:
        self._cache.save(_file(uri), json.dumps(kept).encode())


def _file(uri: str) -> str:
    return hashlib.sha256(uri.encode()).hexdigest()[:32] + ".json"


class Pictures(dict[str, str]):
    """Pictures, and forecasts, by what they follow from.

    ``used`` are those of this build, ``changed`` is true with a new one.
    """

    def __init__(self, kept: dict[str, str]) -> None:
        super().__init__(kept)
        self.used: dict[str, str] = {}
        self.changed = False

    def __getitem__(self, key: str) -> str:
        self.used[key] = super().__getitem__(key)
        return self.used[key]

    def __setitem__(self, key: str, picture: str) -> None:
        self.changed = True
        super().__setitem__(key, picture)


def _pure(name: Any) -> bool:
    if not isinstance(name, str):
        return False
    if name.startswith("pymdownx."):
        return name.removeprefix("pymdownx.") in _PURE_PYMDOWN
    return name.removeprefix("markdown.extensions.") in _PURE


def _version(distribution: str) -> str:
    try:
        return metadata.version(distribution)
    except metadata.PackageNotFoundError:
        return ""


def _named(value: Any) -> str:
    """A stable name for what JSON can't hold, such as a function among an extension's options."""
    return f"{getattr(value, '__module__', '')}.{getattr(value, '__qualname__', type(value).__qualname__)}"


class MemoPage(MkDocsPage):
    """A generated page as MkDocs sees it: its author's links resolved, its HTML made harmless, and remembered."""

    def __init__(
        self,
        title: str,
        file: File,
        config: MkDocsConfig,
        memo: Memo | None,
        page: Page,
        resolve: Callable[[Page, str], str | None],
    ) -> None:
        super().__init__(title, file, config)
        self._memo = memo
        self._page = page
        self._resolve = resolve

    def read_source(self, config: MkDocsConfig) -> None:
        """Read the page, and tell the theme what it needs."""
        super().read_source(config)
        # Material strips tags from other titles and, with that, takes their escaping off again.
        self.meta = {**self.meta, "title": self.title, "social": {"cards": False}}
        if self._page.wide:
            self.meta["hide"] = ["toc"]

    def render(self, config: MkDocsConfig, files: Files) -> None:
        """Render the page, or take the rendering that was kept."""
        memo = self._memo if self._page.source else None
        uri = self.file.src_uri
        key = memo.key(self.markdown or "", uri) if memo else ""
        kept = memo.load(uri, key) if memo else None
        if kept is not None and self._restore(kept, files):
            return
        links = _Links(self._page, self._resolve)
        own = (links, SlotAnchors())
        config.markdown_extensions.extend(own)  # type: ignore[arg-type]
        try:
            super().render(config, files)
        finally:
            for extension in own:
                config.markdown_extensions.remove(extension)  # type: ignore[arg-type]
        self.content = clean(self.content or "")
        if memo:
            memo.save(uri, self._rendering(key, links.found))

    def _rendering(self, key: str, links: dict[str, str | None]) -> dict[str, Any]:
        return {
            "key": key,
            "content": self.content,
            "toc": [_toc_data(item) for item in self.toc],
            "title": self._title_from_render,
            "anchors": sorted(self.present_anchor_ids or ()),
            "links": links,
            "anchor_links": {file.src_uri: found for file, found in (self.links_to_anchors or {}).items()},
        }

    def _restore(self, kept: dict[str, Any], files: Files) -> bool:
        """Take over a kept rendering; False where a link leads elsewhere by now, or the file is not ours."""
        try:
            if any(self._resolve(self._page, target) != there for target, there in kept["links"].items()):
                return False
            anchor_links = {}
            for uri, found in kept["anchor_links"].items():
                file = files.get_file_from_path(uri)
                if file is None:
                    return False
                anchor_links[file] = {str(anchor): str(link) for anchor, link in found.items()}
            toc = get_toc(kept["toc"])
            content = str(kept["content"])
        except (KeyError, TypeError, AttributeError):
            return False
        self.content, self.toc = content, toc
        self._title_from_render = kept.get("title")
        self.present_anchor_ids = set(kept.get("anchors", ()))
        self.links_to_anchors = anchor_links
        return True


def _toc_data(item: Any) -> dict[str, Any]:
    return {
        "level": item.level,
        "id": item.id,
        "name": item.title,
        "children": [_toc_data(child) for child in item.children],
    }


class _Links(Extension):
    """Links in an author's text are written for the repository; here they come to be written for the site."""

    def __init__(self, page: Page, resolve: Callable[[Page, str], str | None]) -> None:
        super().__init__()
        self.page = page
        self.resolve = resolve
        self.found: dict[str, str | None] = {}

    def extendMarkdown(self, md: markdown.Markdown) -> None:
        """Called by Python-Markdown."""
        if self.page.source:
            # After the inline patterns (20) have made the links, before MkDocs (0) looks at them.
            md.treeprocessors.register(_LinkProcessor(md, self), "milestones-links", 2)


class _LinkProcessor(Treeprocessor):
    def __init__(self, md: markdown.Markdown, links: _Links) -> None:
        super().__init__(md)
        self.links = links

    def run(self, root: etree.Element) -> None:
        links = self.links
        for element in root.iter():
            name = {"a": "href", "img": "src"}.get(element.tag)
            target = element.get(name) if name else None
            if name is None or target is None or is_remote(target):
                continue
            if target not in links.found:
                links.found[target] = links.resolve(links.page, target)
            there = links.found[target]
            if there is not None:
                element.set(name, there)
            elif element.tag == "a":
                # The check reports dead links; the site doesn't pretend there is something to follow.
                element.tag = "span"
                del element.attrib["href"]
                element.set("class", "mst-dead-link")
                element.set("title", language._("This link leads nowhere"))
            else:
                element.tag = "span"
                alt = element.get("alt", "")
                for attribute in list(element.attrib):
                    del element.attrib[attribute]
                element.text = alt
