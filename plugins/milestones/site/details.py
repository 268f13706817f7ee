"""What a document says beyond what every convention shares: names and values as JSON has them, made readable."""

from __future__ import annotations

import json
import posixpath
import re
from typing import TYPE_CHECKING, Any

from milestones.site.language import _, counted
from milestones.site.parts import Html, anchor, frame, join, safe_url, when, with_code

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from milestones.model import Milestone, Plan
    from milestones.site.context import Context, UrlFor

#: Items of a list that are shown; where there are more, the rest is folded.
SHOWN = 8
#: Characters that a value may have to stand among the facts at the head of a page.
SHORT = 40
#: A list of short words is shown as tags up to this length of a word.
_TAG = 24
#: Columns that a table of details may have, and levels that values may be nested: more is shown as JSON.
_MOST_COLUMNS = 6
_DEEPEST = 6

_TABLE = Html('<table class="mst-table mst-decisions">\n<thead><tr>{}</tr></thead>\n<tbody>\n{}\n</tbody>\n</table>')


def facts(item: Milestone | Plan) -> list[tuple[str, Html | str]]:
    """The details that are short enough for the head of a page, with their labels."""
    return [(_label(name), _short(value)) for name, value in item.details if _is_short(value)]


def has_more(item: Milestone | Plan) -> bool:
    """True where an item has details that are not among its facts."""
    return any(not _is_short(value) for _, value in item.details)


def details(context: Context, item: Milestone | Plan, url_for: UrlFor) -> Html:
    """The details that need more room, each with its label."""
    show = _Shown(context, item, url_for)
    rows = join(
        (
            Html("<div><dt>{}</dt><dd>{}</dd></div>").format(_label(name), show.value(value, 0))
            for name, value in item.details
            if not _is_short(value)
        ),
        "\n",
    )
    return Html('<dl class="mst-details">\n{}\n</dl>').format(rows)


def _is_short(value: Any) -> bool:
    if isinstance(value, (list, dict)):
        return False
    text = str(value)
    return len(text) <= SHORT and not re.search(r"\n|://|`|\.md\Z", text)


def _short(value: Any) -> Html | str:
    if isinstance(value, bool) or value in ("true", "false"):
        return _("Yes") if value in (True, "true") else _("No")
    return when(str(value)) if isinstance(value, str) else str(value)


def _label(name: str) -> str:
    words = re.sub(r"[-_.]+", " ", name).strip()
    return (words[:1].upper() + words[1:]) or name


def _further(left: int) -> str:
    return counted(left, "further item", "further items")


class _Shown:
    """Values of one item as HTML."""

    def __init__(self, context: Context, item: Milestone | Plan, url_for: UrlFor) -> None:
        self.context, self.url_for = context, url_for
        self.folder = posixpath.dirname(item.path)

    def value(self, value: Any, depth: int) -> Html:
        if depth >= _DEEPEST and isinstance(value, (list, dict)):
            return Html("<code>{}</code>").format(json.dumps(value, ensure_ascii=False, default=str))
        if isinstance(value, dict):
            return self._map(value, depth)
        if isinstance(value, list):
            return self._list(value, depth)
        return self._text(value)

    def _text(self, value: Any) -> Html:
        if isinstance(value, bool) or not isinstance(value, str):
            return Html("{}").format(_short(value))
        text = value.strip()
        if re.match(r"https?://", text) and (url := safe_url(text)):
            return anchor(url, text)
        if (uri := self._document(text)) is not None:
            return anchor(self.url_for(uri), Html("<code>{}</code>").format(text))
        if "/" in text and not re.search(r"\s", text):
            return Html("/<wbr>").join(text.split("/"))  # a path may be broken where its folders end
        return with_code(text)

    def _document(self, text: str) -> str | None:
        if not text.endswith(".md") or "\n" in text:
            return None
        for path in (posixpath.normpath(posixpath.join(self.folder, text)), posixpath.normpath(text)):
            uri = self.context.uri_of_path.get(path)
            if uri is not None and uri in self.context.built:
                return uri
        return None

    def _map(self, value: dict[str, Any], depth: int) -> Html:
        rows = (
            Html("<div><dt>{}</dt><dd>{}</dd></div>").format(
                _label(key) if re.fullmatch(r"[A-Za-z][A-Za-z _-]*", key) else key, self.value(inner, depth + 1)
            )
            for key, inner in value.items()
        )
        return self._folded(
            [*rows],
            Html('<dl class="mst-map">{}</dl>').format,
            lambda left: counted(left, "further entry", "further entries"),
        )

    def _list(self, value: list[Any], depth: int) -> Html:
        if value and all(isinstance(item, dict) for item in value):
            columns = list(dict.fromkeys(key for item in value for key in item))
            flat = not any(isinstance(inner, (dict, list)) for item in value for inner in item.values())
            if 1 < len(columns) <= _MOST_COLUMNS and flat:
                return self._table(columns, value, depth)
        if value and all(isinstance(item, str) and len(item) <= _TAG and not re.search("[`/]", item) for item in value):
            return self._folded(
                [Html('<span class="mst-tag">{}</span> ').format(item) for item in value],
                Html("<span>{}</span>").format,
            )
        items = [Html("<li>{}</li>").format(self.value(item, depth + 1)) for item in value]
        return self._folded(items, Html('<ul class="mst-items">{}</ul>').format)

    def _table(self, columns: Sequence[str], rows: Iterable[dict[str, Any]], depth: int) -> Html:
        head = join(Html('<th scope="col">{}</th>').format(_label(column)) for column in columns)
        lines = [
            Html("<tr>{}</tr>").format(
                join(
                    Html("<td>{}</td>").format(self.value(row[column], depth + 1) if column in row else "")
                    for column in columns
                )
            )
            for row in rows
        ]

        def table(inner: Html) -> Html:
            return frame(_("Details"), _TABLE.format(head, inner))

        return self._folded(lines, table, lambda left: counted(left, "further row", "further rows"))

    def _folded(
        self, items: Sequence[Html], around: Callable[[Html], Html], further: Callable[[int], str] = _further
    ) -> Html:
        """Items within their element; those beyond the first few are folded where they are many.

        ``further`` says how many are folded.
        """
        if len(items) <= SHOWN + 2:
            return around(join(items, "\n"))
        more = further(len(items) - SHOWN)
        return around(join(items[:SHOWN], "\n")) + Html("<details><summary>{}</summary>{}</details>").format(
            more, around(join(items[SHOWN:], "\n"))
        )


__all__ = ["details", "facts", "has_more"]
