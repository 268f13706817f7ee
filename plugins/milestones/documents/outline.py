"""What the rules and pages need from a document's body, found in one pass over its lines.

This is no Markdown renderer: it knows headings, fenced code, comments, checkboxes, tables and links, enough to
count, to check and to point at a line.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import NamedTuple

from milestones.lazy import cached_property, pattern
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

    @property
    def states(self) -> States | None:
        """What its rows say the state of, if of anything."""
        return states_of(self.section, self.header)


class States(NamedTuple):
    """What the rows of a table say the state of: areas (``health``) or pieces of work; and the column that says it."""

    health: bool
    column: int


def states_of(section: str, header: tuple[str, ...]) -> States | None:
    """What a table says the state of, by the heading that it stands under and its header cells, both folded.

    None where it has no Status column.
    """
    return States("health" in section, header.index("status")) if "status" in header else None


def header_cell(text: str) -> str:
    """A header cell as ``states_of`` wants it."""
    return text.casefold().strip("*")


class Outline:
    """A body in parts. Tables are taken apart only when somebody asks for what they hold."""

    def __init__(self, body: str, first_line: int) -> None:
        self._body = body
        self.headings: list[Heading] = []
        self.links: list[Link] = []
        self.changelog: tuple[Change, ...] = ()
        self._boxes: list[Box] = []
        self._rows: list[tuple[str, int, str]] = []
        _scan(self, body, first_line)

    @cached_property
    def tables(self) -> tuple[Table, ...]:
        """Every table."""
        return _tables([(section, line, _cells(text)) for section, line, text in self._rows])

    @cached_property
    def boxes(self) -> list[Box]:
        """Checkboxes and task rows, in the order of their lines."""
        return sorted(self._boxes + _task_rows(self.tables), key=lambda box: box.line) if self._rows else self._boxes

    @cached_property
    def health(self) -> tuple[HealthArea, ...]:
        """The rows of the health table."""
        return _health(self.tables)

    @cached_property
    def objective(self) -> str:
        """The first paragraph of the section that says what it is for."""
        return _objective(self._body)

    @cached_property
    def surely_finished(self) -> bool:
        """True where one look tells that no box, task or health row is open; False where it takes a closer one.

        Most finished documents are that plain, and taking their tables apart costs more than reading them.
        """
        if not all(box.done for box in self._boxes):
            return False
        rows = self._rows
        counts = False
        for at, (_, line, text) in enumerate(rows):
            if at == 0 or rows[at - 1][1] != line - 1:
                counts = "status" in text.casefold()  # a header
            elif counts and not ("✅" in text and _only_done(text)) and not _RULE_ROW.match(text):
                return False
        return True

    @property
    def tally(self) -> Tally:
        """Checkboxes and task rows together."""
        return Tally(sum(box.done for box in self.boxes), len(self.boxes))


_FENCE = pattern(r"(`{3,}(?=[^`]*\Z)|~{3,})")
_FENCE_IN_ITEM = pattern(r"(?:[-*+]|[0-9]{1,9}[.)])[ ]+(`{3,}(?=[^`]*\Z)|~{3,})")
_HEADING = re.compile(r"(#{1,6})(?:[ \t]+(.*))?$")
_BOX = pattern(r"(?:[-*+]|[0-9]{1,9}[.)])[ ]+\[([ xX])\][ \t]+(.*)")
_DATED = pattern(r"[-*+][ ]+(?:\*\*|\()?([0-9]{4}-[0-9]{2}-[0-9]{2})(.*)")
# No pattern here may look at a character more than a few times, whatever the line: a body can be a megabyte of `[`.
_MARKUP = pattern(r"[*_`]+|\[([^\[\]]*)\]\([^()]*(?:\([^()]*\)[^()]*)*\)")
_RULE_ROW = re.compile(r"^[\s|:-]+$")
_BACKTICKS = pattern(r"`+")
_INLINE_LINK = pattern(
    r"\]\((?P<link>[^()\s<>]*(?:\([^()\s]*\)[^()\s<>]*)*|<[^<>\n]*>)"
    r"(?:[ \t]+(?:\"[^\"]*\"|'[^']*'|\([^()]*\)))?[ \t]*\)"
)
_REFERENCE = pattern(r"^[ ]{0,3}\[[^\]^\n][^\]\n]*\]:[ \t]*(?P<link><[^<>\n]*>|[^\s<>]+)[ \t]*(?:[\"'(].*)?$")


@lru_cache(maxsize=4096)
def _heading(text: str) -> tuple[int, str, str] | None:
    """A heading's level, its text, and that without case. The same headings come back in document after document."""
    found = _HEADING.match(text)
    if found is None:
        return None
    title = plain(_unclosed(found[2] or ""))
    return len(found[1]), title, title.casefold()


def _unclosed(text: str) -> str:
    """A heading's text without the closing ``##`` that Markdown allows."""
    text = text.rstrip()
    bare = text.rstrip("#")
    return bare.rstrip() if not bare or bare[-1] in " \t" else text


#: What a line that matters starts with, but for links.
_STARTS = frozenset("|#=-*+0123456789`~<")


def _scan(outline: Outline, body: str, first_line: int) -> None:
    """One pass over the lines. Prose is looked at no further than its first character."""
    headings, links, boxes, rows = outline.headings, outline.links, outline._boxes, outline._rows
    changes: list[Change] = []
    has_links = "](" in body or "]:" in body
    section = fence = ""
    in_comment = False
    all_lines = body.split("\n")
    for number, line in enumerate(all_lines, first_line):
        if not line:
            continue
        first = line[0]
        text = line
        if first in " \t":
            text = line.lstrip()
            if not text:
                continue
            first = text[0]
        if fence:
            if (
                first == fence[0]
                and len(text) - len(text.lstrip(first)) >= len(fence)
                and not text.strip(first + " \t")
            ):
                fence = ""
            continue
        if in_comment:
            in_comment = "-->" not in text
            continue
        if has_links and ("](" in text or (first == "[" and "]:" in text)):
            _links_in(line, number, links)
        if first not in _STARTS:
            continue
        if first == "|":
            rows.append((section, number, text))
        elif first == "#":
            if len(line) - len(text) < 4 and (heading := _heading(text)):
                headings.append(Heading(heading[0], heading[1], number))
                if heading[0] <= 2:
                    section = heading[2]
        elif first in "=-" and not text.strip(first + " \t") and (title := _above(all_lines, number - first_line)):
            headings.append(Heading(1 if first == "=" else 2, plain(title), number - 1))
            section = headings[-1].text.casefold()
        elif first in "-*+0123456789":
            if ("```" in text or "~~~" in text) and (inside := _FENCE_IN_ITEM.match(text)):
                fence = inside[1]
            elif "[" in text and (box := _BOX.match(text)):
                boxes.append(Box(box[1] != " ", plain(box[2]), number))
            elif section.startswith("change") and (dated := _DATED.match(text)):
                changes.append(Change(dated[1], plain(dated[2]).strip(" :—–-*)."), number))
        elif first in "`~":
            if opening := _FENCE.match(text):
                fence = opening[1]
        elif first == "<" and text.startswith("<!--"):
            in_comment = "-->" not in text
    outline.changelog = tuple(changes)


def _above(lines: list[str], at: int) -> str:
    """The one line of text that an underline makes a heading, or nothing: ``---`` is a rule more often."""
    if at < 1 or (at > 1 and lines[at - 2].strip()):
        return ""
    text = lines[at - 1].strip()
    return "" if text[:1] in "#|>-*+`~<=" or lines[at - 1].startswith(("    ", "\t")) else text


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
    text = _without_code(line) if "`" in line else line
    for sought, sign in ((_INLINE_LINK, "]("), (_REFERENCE, "]:")):
        for found in sought.finditer(text) if sign in text else ():
            start, end = found.span("link")
            links.append(Link(line[start:end].strip("<>"), number, start + 1))


def _without_code(line: str) -> str:
    """The line with its code spans overwritten, so that columns stay: from a run of backticks to the next as long."""
    runs = [found.span() for found in _BACKTICKS.finditer(line)]
    closing: dict[int, int] = {}  # the run that closes each run
    latest: dict[int, int] = {}
    for at in range(len(runs) - 1, -1, -1):
        length = runs[at][1] - runs[at][0]
        if length in latest:
            closing[at] = latest[length]
        latest[length] = at
    parts: list[str] = []
    at = end = 0
    while at < len(runs):
        if (last := closing.get(at)) is not None:
            start, close = runs[at][0], runs[last][1]
            parts += (line[end:start], "x" * (close - start))
            at, end = last, close
        at += 1
    return "".join([*parts, line[end:]])


def _cells(row: str) -> tuple[str, ...]:
    row = row[1:]
    if "\\|" in row:
        row = row.replace("\\|", "\x00")
        return tuple(cell.strip().replace("\x00", "|") for cell in row.rstrip().removesuffix("|").split("|"))
    return tuple(map(str.strip, row.rstrip().removesuffix("|").split("|")))


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
            tables.append(Table(section, tuple(map(header_cell, header)), body))
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
_NEUTRAL = {
    "n/a",
    "na",
    "-",
    "–",
    "—",
    "none",
    "deferred",
    "cancelled",
    "canceled",
    "skipped",
    "dropped",
    "moved",
}


_OTHER_MARKS = pattern("[" + "".join((*_PENDING, *_WARN, *_BAD, *(mark for mark in _GOOD if mark != "✅"))) + "]")


def _only_done(row: str) -> bool:
    """True where a row has no mark but the one of work that is done."""
    # Nearly always nothing else in it is beyond ASCII, and to see that takes a tenth of the search.
    return row.replace("✅", "").isascii() or not _OTHER_MARKS.search(row)


#: A mark at the begin of a status cell, with what sets it apart from the words after it.
LEADING_MARK = pattern(f"(?:{'|'.join((*_GOOD, *_PENDING, *_WARN, *_BAD))})\ufe0f?[\\s:\u2013\u2014-]*")


def dropped(cell: str) -> bool:
    """True where a status cell says that the work is not to be done, or nothing: ``n/a``, ``deferred``."""
    words = plain(cell).casefold().split()
    return bool(words) and words[0].strip(".,;:()") in _NEUTRAL


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
        states = table.states
        if states is None or not states.health:
            continue
        at = states.column
        for line, cells in table.rows:
            if len(cells) > at and cells[0]:
                note = " ".join(cell for i, cell in enumerate(cells) if i not in (0, at)).strip()
                areas.append(HealthArea(plain(cells[0]), health_of(cells[at]), cells[at], note, line))
    return tuple(areas)


def _task_rows(tables: tuple[Table, ...]) -> list[Box]:
    """Rows of work: tables with a Status column outside the health section. Rows that drop work don't count."""
    boxes = []
    for table in tables:
        states = table.states
        if states is None or states.health:
            continue
        at = states.column
        for line, cells in table.rows:
            if len(cells) <= at or not any(cells):
                continue
            if dropped(cells[at]):
                continue
            boxes.append(Box(health_of(cells[at]) is Health.GOOD, plain(" ".join(cells[:at])), line))
    return boxes


_OBJECTIVE = pattern(
    r"^##[ \t]+(?:objective|goal|purpose|summary)[^\n]*\n+(?P<text>(?:(?!\#|---\s*$|<!--)[^\n]+\n?)+)",
    re.IGNORECASE | re.MULTILINE,
)


def _objective(body: str) -> str:
    found = _OBJECTIVE.search(body)
    return " ".join(plain(found["text"]).split()) if found else ""
