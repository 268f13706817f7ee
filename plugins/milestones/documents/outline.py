"""What the rules and pages need from a document's body, found in one pass over its lines.

This is no Markdown renderer: it knows headings, fenced code, comments, checkboxes, tables and links, enough to
count, to check and to point at a line.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import NamedTuple

from milestones.model import Change, Health, HealthArea, Tally


class Heading(NamedTuple):
    """A heading: its level (1 to 6), its text without markup, and its line in the file."""

    level: int
    text: str
    line: int


class Box(NamedTuple):
    """A checkbox list item, or a row of a task table."""

    done: bool
    text: str
    line: int


class Link(NamedTuple):
    """A link or image of the body. Columns count from 1 and span the target."""

    target: str
    line: int
    column: int


class Table(NamedTuple):
    """A table: the heading it stands under, its header cells, and its rows with their lines."""

    section: str
    header: tuple[str, ...]
    rows: tuple[tuple[int, tuple[str, ...]], ...]


class Outline(NamedTuple):
    """A body in parts."""

    headings: tuple[Heading, ...]
    boxes: tuple[Box, ...]
    tables: tuple[Table, ...]
    links: tuple[Link, ...]
    changelog: tuple[Change, ...]
    health: tuple[HealthArea, ...]
    objective: str

    @property
    def tally(self) -> Tally:
        """Checkboxes and task rows together."""
        return Tally(sum(box.done for box in self.boxes), len(self.boxes))


_FENCE = re.compile(r"(`{3,}|~{3,})")
_HEADING = re.compile(r"(#{1,6})(?:[ \t]+(.*?))?(?:[ \t]+#+)?[ \t]*$")
_BOX = re.compile(r"(?:[-*+]|[0-9]{1,9}[.)])[ ]+\[([ xX])\][ \t]+(.*)")
_DATED = re.compile(r"[-*+][ ]+(?:\*\*|\()?([0-9]{4}-[0-9]{2}-[0-9]{2})(.*)")
_MARKUP = re.compile(r"[*_`]+|\[([^\]]*)\]\([^)]*\)")
_RULE_ROW = re.compile(r"^[\s|:-]+$")
_CODE_SPAN = re.compile(r"(`+)(?:(?!\1).)*\1")
_INLINE_LINK = re.compile(r"\]\((?P<link>[^()\s<>]*(?:\([^()\s]*\)[^()\s<>]*)*|<[^<>\n]*>)(?:[ \t]+[\"'(][^\n]*?)?\)")
_REFERENCE = re.compile(r"^[ ]{0,3}\[[^\]\n]+\]:[ \t]*<?(?P<link>[^\s>]+)")


def outline(body: str, first_line: int) -> Outline:
    """Take a body apart. ``first_line`` is the line of the file on which it starts."""
    headings: list[Heading] = []
    boxes: list[Box] = []
    rows: list[tuple[str, int, tuple[str, ...]]] = []
    links: list[Link] = []
    changes: list[Change] = []
    section = fence = ""
    in_comment = False
    for number, line in enumerate(body.split("\n"), first_line):
        text = line.lstrip()
        if not text:
            continue
        first = text[0]
        if fence:
            if first == fence[0] and len(text) - len(text.lstrip(first)) >= len(fence) and not text.strip(first + " \t"):
                fence = ""
            continue
        if in_comment:
            in_comment = "-->" not in text
            continue
        if "](" in text or (first == "[" and "]:" in text):
            _links_in(line, number, links)
        if first == "#":
            if (found := _HEADING.match(text)) and len(line) - len(text) < 4:
                headings.append(Heading(len(found[1]), plain(found[2] or ""), number))
                if len(found[1]) <= 2:
                    section = headings[-1].text.casefold()
        elif first == "|":
            rows.append((section, number, _cells(text[1:])))
        elif first in "-*+0123456789":
            if "[" in text and (box := _BOX.match(text)):
                boxes.append(Box(box[1] != " ", plain(box[2]), number))
            elif section.startswith("change") and (dated := _DATED.match(text)):
                changes.append(Change(dated[1], plain(dated[2]).strip(" :—–-*)."), number))
        elif first in "`~" and (opening := _FENCE.match(text)):
            fence = opening[1]
        elif first == "<" and text.startswith("<!--"):
            in_comment = "-->" not in text
    tables = _tables(rows)
    if rows:
        boxes = sorted(boxes + _task_rows(tables), key=lambda box: box.line)
    return Outline(
        tuple(headings), tuple(boxes), tables, tuple(links), tuple(changes), _health(tables), _objective(body)
    )


def plain(text: str) -> str:
    """Inline Markdown without its markup: ``**a** `b` [c](d)`` is ``a b c``."""
    if "*" in text or "_" in text or "`" in text or "](" in text:
        text = _MARKUP.sub(lambda m: m[1] if m[1] is not None else ("" if "_" not in m[0] else _underscore(m)), text)
    return text.strip()


def _underscore(match: re.Match[str]) -> str:
    # An underscore within a word is part of it: `claude_agent_sdk`.
    before = match.string[match.start() - 1 : match.start()]
    after = match.string[match.end() : match.end() + 1]
    return match[0] if before.isalnum() and after.isalnum() else ""


def _links_in(line: str, number: int, links: list[Link]) -> None:
    code = [m.span() for m in _CODE_SPAN.finditer(line)] if "`" in line else []
    for pattern in (_INLINE_LINK, _REFERENCE):
        for found in pattern.finditer(line):
            if not any(start <= found.start() < end for start, end in code):
                links.append(Link(found["link"].strip("<>"), number, found.start("link") + 1))


def _cells(row: str) -> tuple[str, ...]:
    if "\\|" in row:
        row = row.replace("\\|", "\x00")
        return tuple(cell.strip().replace("\x00", "|") for cell in row.rstrip().removesuffix("|").split("|"))
    return tuple([cell.strip() for cell in row.rstrip().removesuffix("|").split("|")])


def _tables(rows: list[tuple[str, int, tuple[str, ...]]]) -> tuple[Table, ...]:
    tables: list[Table] = []
    at = 0
    while at < len(rows):
        end = at + 1
        while end < len(rows) and rows[end][1] == rows[end - 1][1] + 1:
            end += 1
        section, _, header = rows[at]
        if end - at >= 2 and _RULE_ROW.match("|".join(rows[at + 1][2]) or "x"):
            body = tuple((line, cells) for _, line, cells in rows[at + 2 : end])
            tables.append(Table(section, tuple(cell.casefold().strip("*") for cell in header), body))
        at = end
    return tuple(tables)


_GOOD = ("✅", "✓", "✔", "☑", "🟢", "💚")
_PENDING = ("⏳", "⌛", "🔄", "🚧", "⬜", "☐", "🔲", "⏸", "📋", "🕐", "◻", "🔵", "⚪", "🏗")
_WARN = ("⚠", "🟡", "🟠", "❗", "‼")
_BAD = ("❌", "✗", "✘", "🔴", "⛔", "🚫", "🛑")
_WORDS = {
    Health.GOOD: "complete completed done ok green healthy current good pass passed passing stable ready shipped "
    "finished resolved merged verified implemented landed",
    Health.PENDING: "pending planned todo to-do open started progress in-progress wip active not tbd next upcoming "
    "partial partially ongoing in under waiting queued scheduled",
    Health.WARNING: "warning warn amber yellow attention degraded risk at-risk caution",
    Health.BAD: "bad red failed failing broken blocked critical missing error",
}
_HEALTH_OF = {word: health for health, words in _WORDS.items() for word in words.split()}
_NEUTRAL = {"n/a", "na", "-", "–", "—", "none", "deferred", "cancelled", "canceled", "skipped", "dropped", "moved"}


@lru_cache(maxsize=4096)
def health_of(cell: str) -> Health:
    """What a status cell says: its emoji first, else its first words. ``✅ / ⚠️ / ⏳`` says nothing."""
    marks = [
        health
        for health, symbols in (
            (Health.GOOD, _GOOD),
            (Health.PENDING, _PENDING),
            (Health.WARNING, _WARN),
            (Health.BAD, _BAD),
        )
        if any(symbol in cell for symbol in symbols)
    ]
    if len(marks) == 1:
        return marks[0]
    if len(marks) > 1:
        # Several marks and nothing chosen is the unedited template; otherwise the first mark written counts.
        return Health.UNKNOWN if cell.count("/") >= 2 else _first_mark(cell)
    words = plain(cell).casefold().replace("_", "-").split()
    return _HEALTH_OF.get(words[0].strip(".,;:()"), Health.UNKNOWN) if words else Health.UNKNOWN


def _first_mark(cell: str) -> Health:
    for character in cell:
        for health, symbols in (
            (Health.GOOD, _GOOD),
            (Health.PENDING, _PENDING),
            (Health.WARNING, _WARN),
            (Health.BAD, _BAD),
        ):
            if character in symbols:
                return health
    return Health.UNKNOWN


def _health(tables: tuple[Table, ...]) -> tuple[HealthArea, ...]:
    areas = []
    for table in tables:
        if "health" not in table.section or "status" not in table.header:
            continue
        at = table.header.index("status")
        for line, cells in table.rows:
            if len(cells) > at and cells[0]:
                note = " ".join(cell for i, cell in enumerate(cells) if i not in (0, at)).strip()
                areas.append(HealthArea(plain(cells[0]), health_of(cells[at]), cells[at], note, line))
    return tuple(areas)


def _task_rows(tables: tuple[Table, ...]) -> list[Box]:
    """Rows of work: tables with a Status column outside the health section. Rows that drop work don't count."""
    boxes = []
    for table in tables:
        if "status" not in table.header or "health" in table.section:
            continue
        at = table.header.index("status")
        for line, cells in table.rows:
            if len(cells) <= at or not any(cells):
                continue
            words = plain(cells[at]).casefold().split()
            if words and words[0].strip(".,;:()") in _NEUTRAL:
                continue
            boxes.append(Box(health_of(cells[at]) is Health.GOOD, plain(" ".join(cells[:at])), line))
    return boxes


_OBJECTIVE = re.compile(
    r"^##[ \t]+(?:objective|goal|purpose|summary)[^\n]*\n+(?P<text>(?:(?!\#|---\s*$|<!--)[^\n]+\n?)+)",
    re.IGNORECASE | re.MULTILINE,
)


def _objective(body: str) -> str:
    found = _OBJECTIVE.search(body)
    return " ".join(plain(found["text"]).split()) if found else ""
