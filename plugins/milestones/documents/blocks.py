"""What a body says in labelled lines, headings, list items and table rows, as values with positions.

Conventions without front matter keep their fields in lines such as ``**Status:** Completed`` or in a small table at
the top, and many documents speak of others in a list or a table. A profile names the labels and the patterns; this
module only finds the text.
"""

from __future__ import annotations

import re
import sys
from typing import TYPE_CHECKING, NamedTuple

from milestones.documents.outline import plain
from milestones.documents.values import Fields, Items, Text

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from milestones.documents.reader import Document
    from milestones.profiles.kinds import RecordSpec


class Block(NamedTuple):
    """A part of a body that speaks of something: its fields, and the lines it spans (``end`` is exclusive)."""

    fields: Fields
    line: int
    end: int
    placed: bool = False  # a heading above says where it belongs, if only that it is nowhere in particular


_HEADING = re.compile(r"(#{1,6})[ \t]+(.*)")
_FENCE = re.compile(r"[ \t]*(`{3,}|~{3,})")
_ITEM = re.compile(r"(?P<indent>[ \t]*)(?:[-*+]|[0-9]{1,9}[.)])[ \t]+(?:\[(?P<mark>[^\]\n])\][ \t]+)?(?P<text>.*)")
_SUMMARY = re.compile(r"[ \t]*<summary>(.*?)(?:</summary>|$)", re.IGNORECASE)
_LABEL = re.compile(
    r"[ \t]*(?:>[ \t]*)?(?:[-*+][ \t]+)?(?P<open>\*\*|__|\*|_)?"
    r"(?P<label>[^\W\d_][^:|<>*_\n]{0,48}?)(?:\*\*|__|\*|_)?[ \t]*"
    r"[:：][ \t]*(?:\*\*|__|\*|_)?[ \t]*(?P<value>.*)"
)
#: A label that stands alone, in bold or as a heading: what it labels follows below.
_ALONE = re.compile(
    r"(?:[ \t]*(?:[-*+][ \t]+)?(?P<open>\*\*|__)(?P<label>[^\W\d_][^|<>*_\n]{0,48}?):?(?:\*\*|__)|"
    r"#{1,6}[ \t]+(?P<heading>[^\n]+?)[ \t]*#*)[ \t]*:?[ \t]*(?P<value>)\Z"
)
_WORDS = re.compile(r"[^\W\d]+(?: [^\W\d]+)*\Z")
_WRAPPED = re.compile(r"(`+|\*{1,2}|_{1,2})([^`*]+)\1\Z")
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


def labelled(document: Document, wanted: Mapping[str, str], head_of: re.Pattern[str] | None = None) -> Fields:
    """The labelled lines at the head of a document. ``wanted`` gives the key for a label in lower case.

    ``head_of`` fits headings of further sections that hold the document's own fields.
    """
    head: list[tuple[int, str]] = []
    inside = True
    for number, line in _open_lines(document.body, document.body_line):
        heading = _HEADING.match(line)
        if heading is not None:
            name = plain(heading[2]).strip()
            inside = len(heading[1]) == 1 or bool(_HEAD.match(name) or (head_of and head_of.search(name)))
            if inside and len(heading[1]) > 1:
                head.append((number, ""))
            continue
        if inside:
            head.append((number, line))
    found = labels(head, wanted)
    sections = {label[1:].strip(): key for label, key in wanted.items() if label.startswith("#")}
    if sections:
        lines = list(_open_lines(document.body, document.body_line))
        for at, (number, line) in enumerate(lines):
            heading = _HEADING.match(line)
            key = sections.get(plain(heading[2]).strip().casefold()) if heading is not None else None
            if heading is None or key is None or key in found:
                continue
            level = len(heading[1])
            after = lines[at + 1 :]
            end = next((n for n, other in after if (h := _HEADING.match(other)) and len(h[1]) <= level), sys.maxsize)
            own = labels([(n, o) for n, o in after if n < end], {label: k for label, k in wanted.items() if k == key})
            value = own.get(key) or _unlabelled(lines, _items_below(lines, at)) or _text_below(lines, at)
            if value:
                found[text_at(key, number, 1)] = value
    return found


def _unlabelled(lines: Sequence[tuple[int, str]], items: Items | None) -> Items | None:
    """The items of a list that are no labelled lines of another name: ``- Blocks: 03`` is not what it depends on."""
    if items is None:
        return None
    written = dict(lines)
    found = Items(
        item
        for item in items
        if (label := _LABEL.match(written[item.line])) is None or not _WORDS.match(label["label"])
    )
    found.line, found.column = items.line, items.column
    return found or None


def labels(lines: Sequence[tuple[int, str]], wanted: Mapping[str, str]) -> Fields:
    """Labelled values in some lines; the first of each key counts. A label without a value takes the list below it."""
    found = _empty(lines[0][0] if lines else 1)
    for at, (number, line) in enumerate(lines):
        row = _ROW.match(line)
        for piece, start in [(line, 0)] if row else _pieces(line):
            label = row or _LABEL.match(piece) or _ALONE.match(piece)
            if label is None:
                continue
            group = "heading" if label.re is _ALONE and label["heading"] else "label"
            key = wanted.get(plain(label[group]).strip().rstrip(":").casefold())
            if key is None or key in found:
                continue
            value = _MARK.sub("", label["value"].strip()).strip()
            value = wrapped[2].strip() if (wrapped := _WRAPPED.match(value)) else value
            if not row and label["open"] in ("_", "*") and value.endswith(label["open"]):
                value = value[:-1].rstrip()
            name = text_at(key, number, start + label.start(group) + 1)
            if value:
                found[name] = text_at(value, number, start + label.start("value") + 1)
                offset = label["value"].find(value)
                if offset > 0:
                    found[name] = text_at(value, number, start + label.start("value") + 1 + offset)
            elif items := _items_below(lines, at):
                found[name] = items
            elif label.re is _ALONE and (below := _text_below(lines, at)) is not None:
                found[name] = below
    return found


def _pieces(line: str) -> list[tuple[str, int]]:
    if "|" not in line and "·" not in line and "•" not in line:
        return [(line, 0)]
    pieces, start = [], 0
    for separator in _SEVERAL.finditer(line):
        pieces.append((line[start : separator.start()], start))
        start = separator.end()
    return [*pieces, (line[start:], start)]


def _text_below(lines: Sequence[tuple[int, str]], at: int) -> Text | None:
    """The first line below a label that stands alone, where it is prose."""
    number, line = next(((n, other) for n, other in lines[at + 1 :] if other.strip()), (0, "#"))
    text = line.strip()
    if text[0] in "#|<>" or _LABEL.match(line) or _ITEM.match(line) or _ALONE.match(line):
        return None
    return text_at(text, number, line.find(text) + 1)


def lead(lines: Sequence[tuple[int, str]], wanted: Mapping[str, str]) -> str:
    """The first paragraph of prose: no heading, list, table or labelled line."""
    found: list[str] = []
    for _, line in lines:
        label = _LABEL.match(line) or _ALONE.match(line)
        name = (label["label"] if label.re is _LABEL else label["label"] or label["heading"]) if label else ""
        known = bool(label and (label["open"] or plain(name).strip().casefold() in wanted))
        if not line.strip() or line.lstrip()[0] in "#|<>" or _ITEM.match(line) or known or line.strip("-=* ") == "":
            if found:
                break
            continue
        found.append(plain(line.strip()))
    return " ".join(found)


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


def records(document: Document, spec: RecordSpec, every: Sequence[RecordSpec] = ()) -> list[Block]:
    """Every place of a document that a profile's record describes, in the order of their lines.

    ``every`` holds all records of that kind of document: labelled lines below a heading of another are that one's.
    """
    if spec.each == "row":
        return _rows(document, spec)
    lines = list(_open_lines(document.body, document.body_line))
    last = document.body_line + document.body.count("\n") + 1
    if spec.each == "summary":
        return list(_summaries(lines, spec, last))
    if spec.each == "value":
        return list(_values(lines, spec))
    if spec.each == "heading":
        others = [other.match for other in every if other.each == "heading" and other.match and other.kind != spec.kind]
        return list(_headings(lines, spec, last, others))
    return list(_items(lines, spec, last))


def whole(fields: Fields, spec: RecordSpec) -> Block | None:
    """What a document's own fields say of something else: ``source`` gives the field for each attribute."""
    found = _empty(fields.line)
    for attribute, path in spec.source.items():
        value: object = fields
        for step in path.split("."):
            value = value.get(step) if isinstance(value, Fields) else None
        if isinstance(value, Text) and value.strip():
            found[text_at(attribute, value.line, value.column)] = value
    said = found.get("id")
    if spec.match is not None:
        matched = spec.match.match(str(said or ""))
        if matched is None or not isinstance(said, Text):
            return None
        for key, text in matched.groupdict().items():
            if text and key not in found:
                found[text_at(key, said.line, said.column)] = text_at(text, said.line, said.column)
    if not found:
        return None
    return Block(_with(found, spec.values), said.line if isinstance(said, Text) else fields.line, 0)


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

    def leave(self, level: int) -> None:
        """What comes next is a heading of this level: those of the same level are beside it."""
        self._levels = [(n, text) for n, text in self._levels if n < level or n == 7]

    def groups(self, spec: RecordSpec) -> dict[str, str] | None:
        """Named groups of the nearest heading that fits, or None where one has to and none does."""
        if spec.under is None:
            return self._nearest(spec.within) or {}
        found = self._nearest(spec.under)
        return found if found is None else {**(self._nearest(spec.within) or {}), **found}

    def placed(self, spec: RecordSpec) -> bool:
        """True where a heading above fits ``within``, even one that names nothing."""
        return self._nearest(spec.within) is not None

    def _nearest(self, pattern: re.Pattern[str] | None) -> dict[str, str] | None:
        for _, text in reversed(self._levels if pattern is not None else ()):
            found = pattern.search(text) if pattern is not None else None
            if found is not None:
                return {key: value for key, value in found.groupdict().items() if value}
        return None


def _summaries(lines: Sequence[tuple[int, str]], spec: RecordSpec, last: int) -> Iterator[Block]:
    """Folded sections by their ``<summary>``, each up to its end."""
    above = _Above()
    for at, (number, line) in enumerate(lines):
        summary = _SUMMARY.match(line) if "<summary" in line else None
        outer = above.groups(spec) if summary is not None else None
        placed = above.placed(spec)
        above.see(line)
        if summary is None or spec.match is None or outer is None:
            continue
        found = spec.match.match(plain(summary[1]).strip())
        if found is None:
            continue
        end = next((n for n, other in lines[at + 1 :] if "</details" in other), last)
        fields = _found(_grouped(found, outer, line, number), found.string, line, number, spec)
        _add(fields, labels([(n, o) for n, o in lines[at + 1 :] if n < end], spec.lines) if spec.lines else {})
        yield Block(_with(fields, spec.values), number, end, placed)


def _headings(
    lines: Sequence[tuple[int, str]], spec: RecordSpec, last: int, others: Sequence[re.Pattern[str]] = ()
) -> Iterator[Block]:
    above = _Above()
    for at, (number, line) in enumerate(lines):
        heading = _HEADING.match(line)
        if heading is None:
            above.see(line)
            continue
        level = len(heading[1])
        above.leave(level)
        outer, placed = above.groups(spec), above.placed(spec)
        above.see(line)
        if (spec.level and level != spec.level) or spec.match is None or outer is None:
            continue
        text = plain(heading[2]).strip().rstrip("#").rstrip()
        found = spec.match.match(text)
        if found is None:
            continue
        own: list[tuple[int, str]] = []
        end = last
        theirs = False  # below a heading of another record
        for after in range(at + 1, len(lines)):  # no further than needed: a list may have thousands of headings
            if (h := _HEADING.match(lines[after][1])) and len(h[1]) <= level:
                end = lines[after][0]
                break
            theirs = theirs or bool(h and others and _heads(lines[after][1], others))
            if not theirs:
                own.append(lines[after])
        fields = _found(_grouped(found, outer, line, number), text, line, number, spec)
        _add(fields, labels(own, spec.lines) if spec.lines else {})
        yield Block(_with(fields, spec.values), number, end, placed or bool(spec.within and spec.within.search(text)))


def _heads(line: str, patterns: Sequence[re.Pattern[str]]) -> bool:
    """True for a heading that one of the patterns fits."""
    heading = _HEADING.match(line)
    if heading is None:
        return False
    text = plain(heading[2]).strip().rstrip("#").rstrip()
    return any(pattern.match(text) for pattern in patterns)


def _values(lines: Sequence[tuple[int, str]], spec: RecordSpec) -> Iterator[Block]:
    """What a labelled line names, between its commas: ``**Issues:** 01, 02``."""
    above = _Above()
    for number, line in lines:
        above.see(line)
        label = _LABEL.match(line)
        if label is None or spec.label is None or spec.match is None:
            continue
        if not spec.label.fullmatch(plain(label["label"]).strip()) or (outer := above.groups(spec)) is None:
            continue
        for piece in re.split(r"[,;]|\band\b", plain(label["value"])):
            found = spec.match.match(piece.strip(" .[]"))
            if found is not None:
                yield Block(_with(_grouped(found, outer, line, number), spec.values), number, number + 1)


def _items(lines: Sequence[tuple[int, str]], spec: RecordSpec, last: int) -> Iterator[Block]:
    above = _Above()
    said: set[int] = set()  # lines that are a value of an item above them
    for at, (number, line) in enumerate(lines):
        above.see(line)
        item = _ITEM.match(line)
        if item is None or spec.match is None or number in said:
            continue
        if spec.boxed is not None and spec.boxed != (item["mark"] is not None):
            continue
        found = spec.match.match(plain(item["text"]).strip())
        if found is None or (outer := above.groups(spec)) is None:
            continue
        indent = len(item["indent"])
        own: list[tuple[int, str]] = []
        end = number + 1
        for after in range(at + 1, len(lines)):
            n, other = lines[after]
            if other.strip() and len(other) - len(other.lstrip()) <= indent:
                break
            own.append((n, other))
            end = n + 1
        fields = _found(_grouped(found, outer, line, number), found.string, line, number, spec)
        if item["mark"] is not None and "status" not in fields:
            word = spec.checked if item["mark"] in "xX" else spec.unchecked
            if word:
                fields[text_at("status", number, 1)] = text_at(word, number, item.start("mark"))
        below = labels(own, spec.lines) if spec.lines else {}
        said |= {value.line for values in below.values() if isinstance(values, Items) for value in values}
        _add(fields, below)
        yield Block(_with(fields, spec.values), number, min(end, last), above.placed(spec))


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
        if any(key not in columns for key in spec.required):
            continue
        if spec.lacking is not None and any(spec.lacking.fullmatch(plain(cell).strip()) for cell in table.header):
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
            fields = _found(fields, line, line, number, spec)
            for key, value in outer.items():
                fields.setdefault(text_at(key, number, 1), text_at(value, number, 1))
            if spec.match is None:
                found += [Block(_with(fields, spec.values), number, number + 1)] if fields else []
                continue
            said = str(fields.get("id", ""))
            several = [spec.match.match(piece.strip()) for piece in said.split(",")] if "," in said else []
            for matched in several if len(several) > 1 and all(several) else [spec.match.match(said)]:
                if matched is None:
                    continue
                own = Fields(fields)
                own.line, own.column = fields.line, fields.column
                for key, value in matched.groupdict().items():
                    if value:
                        own[text_at(key, number, 1)] = text_at(value, number, max(1, line.find(value) + 1))
                found.append(Block(_with(own, spec.values), number, number + 1))
    return found


def _grouped(found: re.Match[str], outer: Mapping[str, str], line: str, number: int) -> Fields:
    fields = _empty(number)
    for key, value in {**outer, **{k: v for k, v in found.groupdict().items() if v}}.items():
        value = value.strip()
        column = max(1, line.find(value) + 1)
        fields[text_at(key, number, column)] = text_at(value, number, column)
    return fields


def _found(fields: Fields, text: str, line: str, number: int, spec: RecordSpec) -> Fields:
    """What further patterns find in the text, where nothing said it yet."""
    for pattern in spec.finds:
        found = pattern.search(text)
        for key, value in found.groupdict().items() if found is not None else ():
            if value and key not in fields:
                column = max(1, line.find(value) + 1)
                fields[text_at(key, number, column)] = text_at(value.strip(), number, column)
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
