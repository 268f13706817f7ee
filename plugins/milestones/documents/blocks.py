"""What a body says in labelled lines, headings, list items and table rows, as values with positions.

Conventions without front matter keep their fields in lines such as ``**Status:** Completed`` or in a small table at
the top, and many documents speak of others in a list or a table. A profile names the labels and the patterns; this
module only finds the text.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from milestones.documents.outline import plain
from milestones.documents.values import Fields, Items, Text

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from milestones.documents.reader import Document
    from milestones.profiles.profile import RecordSpec


class Block(NamedTuple):
    """A part of a body that speaks of something: its fields, and the lines it spans (``end`` is exclusive)."""

    fields: Fields
    line: int
    end: int


_HEADING = re.compile(r"(#{1,6})[ \t]+(.*)")
_FENCE = re.compile(r"[ \t]*(`{3,}|~{3,})")
_ITEM = re.compile(r"(?P<indent>[ \t]*)(?:[-*+]|[0-9]{1,9}[.)])[ \t]+(?:\[(?P<mark>[^\]\n])\][ \t]+)?(?P<text>.*)")
_SUMMARY = re.compile(r"[ \t]*<summary>(.*?)(?:</summary>|$)", re.IGNORECASE)
_LABEL = re.compile(
    r"[ \t]*(?:>[ \t]*)?(?:[-*+][ \t]+)?(?P<open>\*\*|__|\*|_)?"
    r"(?P<label>[^\W\d_][^:|<>*_\n]{0,48}?)(?:\*\*|__|\*|_)?[ \t]*"
    r"[:：][ \t]*(?:\*\*|__|\*|_)?[ \t]*(?P<value>.*)"
)
_ROW = re.compile(r"[ \t]*\|(?P<label>[^|\n]+)\|(?P<value>[^|\n]*)\|[ \t]*\Z")
_SEVERAL = re.compile(r"[ \t]+[|·•][ \t]+(?=\*\*|__)")
#: Sections that hold a document's own fields; elsewhere a label belongs to what the section is about.
_HEAD = re.compile(
    r"(?:document )?(?:metadata|overview|status|details|info|information|meta|header|at a glance)\Z", re.I
)
_MARK = re.compile(r"(?:\*\*|__|\\|<br ?/?>)+\Z")


def text_at(value: str, line: int, column: int) -> Text:
    """A value as if front matter had held it there."""
    found = Text(value)
    found.plain = True
    found.span = (line, column, line, column + max(1, len(value)))
    return found


def _empty(line: int) -> Fields:
    found = Fields()
    found.line, found.column = line, 1
    return found


def _open_lines(body: str, first_line: int) -> Iterator[tuple[int, str]]:
    """Lines outside fenced code and comments, with their numbers."""
    fence = ""
    comment = False
    for number, line in enumerate(body.split("\n"), first_line):
        if comment:
            comment = "-->" not in line
            continue
        found = _FENCE.match(line)
        if fence:
            if found and found[1].startswith(fence) and not line.strip().strip(fence[0]):
                fence = ""
            continue
        if found:
            fence = found[1]
            continue
        if "<!--" in line and "-->" not in line[line.index("<!--") :]:
            comment = True
        yield number, line


def labelled(document: Document, wanted: Mapping[str, str]) -> Fields:
    """The labelled lines at the head of a document. ``wanted`` gives the key for a label in lower case."""
    head: list[tuple[int, str]] = []
    inside = True
    for number, line in _open_lines(document.body, document.body_line):
        heading = _HEADING.match(line)
        if heading is not None:
            inside = len(heading[1]) == 1 or bool(_HEAD.match(plain(heading[2]).strip()))
            if inside and len(heading[1]) > 1:
                head.append((number, ""))
            continue
        if inside:
            head.append((number, line))
    return labels(head, wanted)


def labels(lines: Sequence[tuple[int, str]], wanted: Mapping[str, str]) -> Fields:
    """Labelled values in some lines; the first of each key counts. A label without a value takes the list below it."""
    found = _empty(lines[0][0] if lines else 1)
    for at, (number, line) in enumerate(lines):
        row = _ROW.match(line)
        for piece, start in [(line, 0)] if row else _pieces(line):
            label = row or _LABEL.match(piece)
            if label is None:
                continue
            key = wanted.get(plain(label["label"]).strip().rstrip(":").casefold())
            if key is None or key in found:
                continue
            value = _MARK.sub("", label["value"].strip()).strip()
            if not row and label["open"] in ("_", "*") and value.endswith(label["open"]):
                value = value[:-1].rstrip()
            name = text_at(key, number, start + label.start("label") + 1)
            if value:
                found[name] = text_at(value, number, start + label.start("value") + 1)
                offset = label["value"].find(value)
                if offset > 0:
                    found[name] = text_at(value, number, start + label.start("value") + 1 + offset)
            elif items := _items_below(lines, at):
                found[name] = items
    return found


def _pieces(line: str) -> list[tuple[str, int]]:
    if "|" not in line and "·" not in line and "•" not in line:
        return [(line, 0)]
    pieces, start = [], 0
    for separator in _SEVERAL.finditer(line):
        pieces.append((line[start : separator.start()], start))
        start = separator.end()
    return [*pieces, (line[start:], start)]


def _items_below(lines: Sequence[tuple[int, str]], at: int) -> Items | None:
    items = Items()
    base = len(lines[at][1]) - len(lines[at][1].lstrip())
    nested = bool(_ITEM.match(lines[at][1]))
    for number, line in lines[at + 1 :]:
        if not line.strip():
            if items:
                break
            continue
        found = _ITEM.match(line)
        if found is None or (nested and len(found["indent"]) <= base):
            break
        value = found["text"].strip()
        items.append(text_at(value, number, found.start("text") + 1))
    if not items:
        return None
    items.line, items.column = items[0].line, items[0].column
    return items


def records(document: Document, spec: RecordSpec) -> list[Block]:
    """Every place of a document that a profile's record describes, in the order of their lines."""
    if spec.each == "row":
        return _rows(document, spec)
    lines = list(_open_lines(document.body, document.body_line))
    last = document.body_line + document.body.count("\n") + 1
    return list(_headings(lines, spec, last) if spec.each == "heading" else _items(lines, spec, last))


class _Above:
    """The headings (and summaries of folded sections) that a line stands under."""

    def __init__(self) -> None:
        self._levels: list[tuple[int, str]] = []

    def see(self, line: str) -> None:
        heading = _HEADING.match(line)
        if heading is not None:
            level = len(heading[1])
            self._levels = [(n, text) for n, text in self._levels if n < level]
            self._levels.append((level, plain(heading[2]).strip()))
        elif "<summary" in line and (summary := _SUMMARY.match(line)):
            self._levels = [(n, text) for n, text in self._levels if n < 7]
            self._levels.append((7, plain(summary[1]).strip()))
        elif "</details" in line:
            self._levels = [(n, text) for n, text in self._levels if n < 7]

    def groups(self, spec: RecordSpec) -> dict[str, str] | None:
        """Named groups of the nearest heading that fits, or None where one has to and none does."""
        if spec.under is None:
            return {}
        for _, text in reversed(self._levels):
            found = spec.under.search(text)
            if found is not None:
                return {key: value for key, value in found.groupdict().items() if value}
        return None


def _headings(lines: Sequence[tuple[int, str]], spec: RecordSpec, last: int) -> Iterator[Block]:
    above = _Above()
    for at, (number, line) in enumerate(lines):
        heading = _HEADING.match(line)
        if heading is None:
            above.see(line)
            continue
        outer = above.groups(spec)
        above.see(line)
        level = len(heading[1])
        if (spec.level and level != spec.level) or spec.match is None or outer is None:
            continue
        text = plain(heading[2]).strip().rstrip("#").rstrip()
        found = spec.match.match(text)
        if found is None:
            continue
        after = lines[at + 1 :]
        end = next((n for n, other in after if (h := _HEADING.match(other)) and len(h[1]) <= level), last)
        own = [(n, other) for n, other in after if n < end]
        fields = _grouped(found, outer, line, number)
        _add(fields, labels(own, spec.lines) if spec.lines else {})
        yield Block(_with(fields, spec.values), number, end)


def _items(lines: Sequence[tuple[int, str]], spec: RecordSpec, last: int) -> Iterator[Block]:
    above = _Above()
    for at, (number, line) in enumerate(lines):
        above.see(line)
        item = _ITEM.match(line)
        if item is None or spec.match is None:
            continue
        found = spec.match.match(plain(item["text"]).strip())
        if found is None or (outer := above.groups(spec)) is None:
            continue
        indent = len(item["indent"])
        own: list[tuple[int, str]] = []
        end = number + 1
        for n, other in lines[at + 1 :]:
            if other.strip() and len(other) - len(other.lstrip()) <= indent:
                break
            own.append((n, other))
            end = n + 1
        fields = _grouped(found, outer, line, number)
        if item["mark"] is not None and "status" not in fields:
            word = spec.checked if item["mark"] in "xX" else spec.unchecked
            if word:
                fields[text_at("status", number, 1)] = text_at(word, number, item.start("mark"))
        _add(fields, labels(own, spec.lines) if spec.lines else {})
        yield Block(_with(fields, spec.values), number, min(end, last))


def _rows(document: Document, spec: RecordSpec) -> list[Block]:
    found = []
    above = _Above()
    under: dict[int, dict[str, str] | None] = {}
    if spec.under is not None:
        for number, line in _open_lines(document.body, document.body_line):
            above.see(line)
            under[number] = above.groups(spec)
    source = document.body.split("\n") if document.outline.tables else []
    for table in document.outline.tables:
        columns: dict[str, int] = {}
        for key, head in spec.columns.items():
            for at, cell in enumerate(table.header):
                if at not in columns.values() and head.fullmatch(plain(cell).strip()):
                    columns[key] = at
                    break
        if ("id" in spec.columns and "id" not in columns) or len(columns) < min(2, len(spec.columns)):
            continue
        for number, cells in table.rows:
            outer = under.get(number, {}) if spec.under is not None else {}
            if outer is None:
                continue
            line = source[number - document.body_line]
            fields = _empty(number)
            for key, at in columns.items():
                value = plain(cells[at]).strip() if at < len(cells) else ""
                if value:
                    column = line.find(cells[at].strip()) + 1
                    fields[text_at(key, number, max(1, column))] = text_at(value, number, max(1, column))
            if spec.match is not None:
                matched = spec.match.match(str(fields.get("id", "")))
                if matched is None:
                    continue
                for key, value in matched.groupdict().items():
                    if value:
                        fields[text_at(key, number, 1)] = text_at(value, number, max(1, line.find(value) + 1))
            for key, value in outer.items():
                fields.setdefault(text_at(key, number, 1), text_at(value, number, 1))
            if fields:
                found.append(Block(_with(fields, spec.values), number, number + 1))
    return found


def _grouped(found: re.Match[str], outer: Mapping[str, str], line: str, number: int) -> Fields:
    fields = _empty(number)
    for key, value in {**outer, **{k: v for k, v in found.groupdict().items() if v}}.items():
        value = value.strip()
        column = max(1, line.find(value) + 1)
        fields[text_at(key, number, column)] = text_at(value, number, column)
    return fields


def _add(fields: Fields, more: Mapping[str, object]) -> None:
    for key, value in more.items():
        if key not in fields:
            fields[key] = value


def _with(fields: Fields, values: Mapping[str, str]) -> Fields:
    for key, value in values.items():
        if key not in fields:
            fields[text_at(key, fields.line, 1)] = text_at(value, fields.line, 1)
    return fields
