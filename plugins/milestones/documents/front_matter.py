"""Strict YAML front matter that keeps positions: a handler for python-frontmatter.

A small, safe part of YAML: mappings, sequences and scalars, nested a few levels deep. Anchors, aliases, merge
keys, tags and directives are refused at the first event, before anything is built from them, so an alias bomb
costs nothing. Scalars are the text that was written: ``no``, ``010``, ``1:30`` and ``2026-01-17`` stay what the
author typed, and the schema decides what they are.

The values are ordinary ``str``, ``list`` and ``dict`` objects that also know where they stand::

    post = frontmatter.load("plan.md", handler=StrictHandler())
    post["status"], post["status"].line
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import yaml
from frontmatter.default_handlers import BaseHandler

from milestones.documents import simple_yaml
from milestones.documents.characters import CONTROL, REMOVE_IT, describe_character
from milestones.documents.values import Fields, FrontMatterError, Items, Text
from milestones.model import Position

if TYPE_CHECKING:
    from collections.abc import Iterator

    from milestones.documents.mending import Mend

#: Front matter longer than this is refused unread; the largest seen in the wild was 9 KB. Characters.
MAX_FRONT_MATTER = 64 * 1024
#: How deep mappings and sequences may nest. Conventions in use need 3.
MAX_DEPTH = 12

_LOADER: type = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_OPENING = re.compile(r"---[ \t]*(?:\n|\Z)")
_CLOSING = re.compile(r"^(?:---|\.\.\.)[ \t]*$", re.MULTILINE)
_DIRECTIVE = re.compile(r"^%", re.MULTILINE)
_LINE_BREAKS = re.compile("[\u2028\u2029]")
_BLOCK_HEADER = re.compile(r"[|>][-+0-9]{0,2}(?:[ \t]+(?:#.*)?)?")
_LEADING_BLANK = re.compile(r"(?:[ ]*\n)+")


class StrictHandler(BaseHandler):
    """Reads front matter between two plain ``---`` lines, the first of which is the file's first line.

    With a list in ``faults``, faults that leave the rest readable (a duplicate key) are appended to it and
    reading goes on; without one, they are raised like every other.

    Raises:
        FrontMatterError: from ``split`` and ``load``, with the place and the words that mend it.
    """

    FM_BOUNDARY = re.compile(r"^---[ \t]*$", re.MULTILINE)
    START_DELIMITER = END_DELIMITER = "---"

    def __init__(self, faults: list[FrontMatterError] | None = None) -> None:
        super().__init__()
        self.faults = faults
        self.fields: Fields | None = None

    def detect(self, text: str) -> bool:
        """Always True: a file without front matter is a fault to report, not a file to pass over."""
        return True

    def split(self, text: str) -> tuple[str, str]:
        """Front matter and body. The front matter starts on the file's second line."""
        opening = _OPENING.match(text)
        if not opening:
            raise _not_opened(text)
        closing = _CLOSING.search(text, opening.end())
        if closing is None:
            raise FrontMatterError(
                "RD006",
                "no `---` line ends the front matter",
                Position(1, 1, 4),
                "add a line of exactly `---` after the last key",
            )
        if text.startswith("...", closing.start()):
            line = text.count("\n", 0, closing.start()) + 1
            raise FrontMatterError(
                "RD006",
                "the front matter ends with `...`",
                Position(line, 1, 4),
                "end it with a line of `---`",
            )
        if closing.start() - opening.end() > MAX_FRONT_MATTER:
            raise FrontMatterError(
                "RD004",
                f"front matter of {(closing.start() - opening.end()) // 1024} KiB",
                Position(1, 1, 4),
                f"keep it below {MAX_FRONT_MATTER // 1024} KiB; text belongs in the body",
            )
        return text[opening.end() : closing.start()], text[closing.end() :]

    def load(self, fm: str) -> Fields:
        """The front matter as a mapping that knows its positions."""
        # Most front matter is so simple that a tenth of YAML reads it; the rest, and all that is wrong, goes on.
        self.fields = simple_yaml.read(fm)
        if self.fields is None:
            try:
                self.fields = build(fm, self.faults)
            except yaml.MarkedYAMLError as error:
                raise _yaml_error(error, fm) from None
            except (yaml.YAMLError, ValueError) as error:  # a character that the YAML reader itself refuses
                raise FrontMatterError("RD008", _first_line(str(error)), Position(2, 1, 2)) from None
        return self.fields


def build(fm: str, faults: list[FrontMatterError] | None) -> Fields:
    """The mapping that the YAML parser makes of front matter, without the fast lane and without explanations.

    Raises:
        FrontMatterError: for what is YAML and yet refused.
        yaml.YAMLError: for what is not YAML.
    """
    _refuse_control(fm)
    if not fm.strip():
        raise FrontMatterError(
            "RD007",
            "the front matter is empty",
            Position(1, 1, 4),
            "write `key: value` lines between the `---`",
        )
    directive = _DIRECTIVE.search(fm)
    if directive:
        line = fm.count("\n", 0, directive.start()) + 2
        raise FrontMatterError("RD009", "YAML directives are not supported", Position(line, 1, 2), "remove the line")
    return _Builder(fm, faults).build()


def parse_events(fm: str) -> Iterator[Any]:
    """What the YAML parser sees in front matter, one event at a time."""
    events: Iterator[Any] = yaml.parse(fm, Loader=_LOADER)
    return events


def _refuse_control(fm: str) -> None:
    bad = CONTROL.search(fm) or _LINE_BREAKS.search(fm)
    if bad:
        line = fm.count("\n", 0, bad.start()) + 2
        column = bad.start() - fm.rfind("\n", 0, bad.start())
        raise FrontMatterError("RD003", describe_character(bad[0]), Position(line, column, column + 1), REMOVE_IT)


def _not_opened(text: str) -> FrontMatterError:
    first = text.split("\n", 1)[0]
    if not text.strip():
        return FrontMatterError("RD005", "the file is empty", Position(1, 1, 2), "start it with front matter")
    if first.startswith("---"):
        shown = "".join(c if c.isprintable() else "?" for c in first[:24])
        return FrontMatterError(
            "RD005",
            f"`{shown}` does not open front matter",
            Position(1, 1, len(first) + 1),
            "write a plain `---`",
        )
    blank = re.match(r"(?:[ \t]*\n)+", text)
    if blank and _OPENING.match(text, blank.end()):
        return FrontMatterError(
            "RD005",
            "blank lines before the front matter",
            Position(1, 1, 2),
            "make `---` the file's first line",
        )
    return FrontMatterError(
        "RD005",
        "the file has no front matter",
        Position(1, 1, 2),
        "start it with a `---` line, keys, and another `---`",
    )


_ScalarEvent = yaml.ScalarEvent
_MappingEndEvent = yaml.MappingEndEvent


class _Builder:
    """Builds values from parser events, which come one at a time: nothing is expanded, nothing recurses far."""

    def __init__(self, fm: str, faults: list[FrontMatterError] | None) -> None:
        self.fm = fm
        self.events = parse_events(fm)
        self.faults = faults
        self.lenience: FrontMatterError | None = None

    def build(self) -> Fields:
        for event in self.events:
            if isinstance(event, yaml.StreamStartEvent):
                continue
            if isinstance(event, yaml.DocumentStartEvent):
                if event.version or event.tags or event.explicit:
                    raise _refused("YAML directives", event)
                continue
            if not isinstance(event, yaml.MappingStartEvent):
                self._refuse_features(event)
                if isinstance(event, yaml.StreamEndEvent):
                    break
                kind = "a list" if isinstance(event, yaml.SequenceStartEvent) else "a single value"
                raise FrontMatterError(
                    "RD007",
                    f"the front matter is {kind}",
                    _position(event),
                    "write `key: value` lines instead",
                )
            fields = self._mapping(event, 1)
            for rest in self.events:
                if not isinstance(rest, yaml.DocumentEndEvent | yaml.StreamEndEvent):
                    raise _refused("further YAML documents", rest)
            if self.lenience is not None:
                raise self.lenience
            return fields
        raise FrontMatterError("RD007", "the front matter holds comments only", Position(1, 1, 4), "write `key: value`")

    def _value(self, event: Any, depth: int) -> Any:
        if type(event) is _ScalarEvent:
            return self._scalar(event)
        self._refuse_features(event)
        if depth >= MAX_DEPTH:
            raise _too_deep(_position(event))
        if isinstance(event, yaml.MappingStartEvent):
            return self._mapping(event, depth + 1)
        items = Items()
        items.line, items.column = event.start_mark.line + 2, event.start_mark.column + 1
        for inner in self.events:
            if isinstance(inner, yaml.SequenceEndEvent):
                break
            items.append(self._value(inner, depth + 1))
        return items

    def _mapping(self, event: Any, depth: int) -> Fields:
        self._refuse_features(event)
        fields = Fields()
        fields.line, fields.column = event.start_mark.line + 2, event.start_mark.column + 1
        events = self.events
        for key_event in events:
            if type(key_event) is _MappingEndEvent:
                break
            if type(key_event) is not _ScalarEvent:
                self._refuse_features(key_event)
                raise _refused("lists and maps as keys", key_event)
            key = self._scalar(key_event)
            if key == "<<" and key.plain:
                raise _refused("merge keys (`<<`)", key_event)
            value_event = next(events)
            value = self._scalar(value_event) if type(value_event) is _ScalarEvent else self._value(value_event, depth)
            if key in fields:
                self._duplicate(key, fields.key(key))
            else:
                fields[key] = value
        return fields

    def _duplicate(self, key: Text, first: Text) -> None:
        fault = FrontMatterError(
            "RD013",
            f"`{key}` is given twice, first on line {first.line}",
            key.position,
            "keep one of the two lines",
        )
        if self.faults is None:
            raise fault
        self.faults.append(fault)

    def _scalar(self, event: Any) -> Text:
        if event.anchor is not None or event.tag is not None:
            self._refuse_features(event)
        start, end = event.start_mark, event.end_mark
        text = Text(event.value)
        text.span = (start.line + 2, start.column + 1, end.line + 2, end.column + 1)
        text.plain = not event.style
        if self.lenience is None:  # told at the end: what the parser itself does not take says more
            self.lenience = self._lenience(event)
        if event.style == '"' and (bad := CONTROL.search(text)):
            raise FrontMatterError("RD003", f"an escape for {describe_character(bad[0])}", text.position, REMOVE_IT)
        return text

    def _lenience(self, event: Any) -> FrontMatterError | None:
        """What the parser lets pass and YAML does not: another one would read it otherwise."""
        start, end, style = event.start_mark, event.end_mark, event.style
        if not style:
            if start.index and self.fm[start.index - 1] == "?" and start.column:
                return _not_yaml("a `?` without a space behind it", event, "quote the key")
            return None
        if style in "'\"":
            if self.fm.startswith("#", end.index):
                return _not_yaml("a comment without a space before it", event, "write ` #`, or put it in the quotes")
            inner = self.fm[start.index : end.index].split("\n")[1:]
            if any(line[:1] not in ("", " ") and line.strip() for line in inner):
                return _not_yaml("quoted text goes on in a line without indentation", event, "write one line")
            return None
        header, _, rest = self.fm[start.index :].partition("\n")
        if not _BLOCK_HEADER.fullmatch(header):
            return _not_yaml(f"`{header[0]}` and a comment without a space between them", event, "write ` #`")
        blank = _LEADING_BLANK.match(rest)
        if blank is not None and not header[1:2].isdigit() and not header[2:3].isdigit():
            first = rest[blank.end() :].split("\n", 1)[0]
            indent = len(first) - len(first.lstrip(" "))
            if first.strip() and any(len(line) > indent for line in blank[0].split("\n")):
                return _not_yaml("an empty line is indented deeper than the text below it", event, "remove its spaces")
        return None

    def _refuse_features(self, event: Any) -> None:
        if isinstance(event, yaml.AliasEvent):
            raise _refused("aliases (`*name`)", event)
        if getattr(event, "anchor", None) is not None:
            raise _refused("anchors (`&name`)", event)
        if getattr(event, "tag", None) is not None:
            raise _refused("tags (`!name`)", event)


def _refused(what: str, event: Any) -> FrontMatterError:
    help = "quote the value if the text itself starts so" if "`" in what and "<<" not in what else "write it out"
    return FrontMatterError("RD009", f"{what} are not supported in front matter", _position(event), help)


def _not_yaml(what: str, event: Any, help: str) -> FrontMatterError:
    return FrontMatterError("RD008", what, _position(event), help)


def _position(event: Any) -> Position:
    mark, end = event.start_mark, event.end_mark
    width = end.column - mark.column if end.line == mark.line else 1
    return Position(mark.line + 2, mark.column + 1, mark.column + 1 + max(1, width))


def _first_line(text: str) -> str:
    return text.split("\n", 1)[0]


_SIMPLE = "one `key: value` a line; quote values that hold `: `, ` #`, or start with a symbol"
#: A mended line that is longer is not printed.
_LONGEST_HELP = 2000
_KEY_LINE = re.compile(r"(?P<indent>[ ]*)(?P<key>[^\s:#'\"-][^\s:]*)[ ]*:(?:[ ]|$)")


def _too_deep(position: Position) -> FrontMatterError:
    return FrontMatterError(
        "RD010", f"nested more than {MAX_DEPTH} levels deep", position, "keep it to short lists and maps"
    )


def _yaml_error(error: yaml.MarkedYAMLError, fm: str) -> FrontMatterError:
    """What is wrong and how to mend it: the three commonest causes are told apart, then tabs and indentation."""
    lines = fm.split("\n")
    if "nesting depth" in str(error.problem) and error.problem_mark is not None:
        # Parsers look ahead along a line, and recent ones have a limit of their own, which that may reach first.
        line, column = error.problem_mark.line, error.problem_mark.column
        opened = [at for at, letter in enumerate(lines[line]) if letter in "[{"]
        column = opened[MAX_DEPTH - 1] if len(opened) >= MAX_DEPTH else column
        return _too_deep(Position(line + 2, column + 1, column + 2))
    from milestones.documents.mending import mend  # only where there is a fault; every commit waits for a hook

    found = mend(lines, error)
    if found:
        shown = (found.replacement_line or "").strip()
        return FrontMatterError(
            "RD008",
            _cause(found, lines[found.line - 2]),
            Position(found.line, found.column, found.end_column),
            f"write {shown}" if 0 < len(shown) <= _LONGEST_HELP else "quote the whole value",
        )
    return _indentation(error, fm, lines) or _as_the_parser_says(error, fm, lines)


def _cause(found: Mend, line: str) -> str:
    at = line[found.column - 1 : found.end_column - 1]
    if found.cause == "reserved":
        shown = "a backtick" if at == "`" else f"`{at}`"
        message = f"a value can't start with {shown}, which YAML keeps for {'directives' if at == '%' else 'itself'}"
    elif found.cause == "colon":
        inside = "`: ` inside" if line[found.end_column - 1 :].strip() else "`:` at the end of"
        message = f"an unquoted {inside} a value, and YAML takes what stands before it for a key"
    else:
        message = "there is text after the closing quote, where the value ends for YAML"
    if not found.more:
        return message
    least = "" if found.all_seen else "at least "
    return f"{message} ({least}{found.more} more {'line' if found.more == 1 else 'lines'} like it)"


def _indentation(error: yaml.MarkedYAMLError, fm: str, lines: list[str]) -> FrontMatterError | None:
    """Tabs, indentation that fits no line above, and quotes that the next quote closes."""
    mark = error.problem_mark
    if mark is None or mark.line >= len(lines):
        return None
    line = lines[mark.line]
    number = mark.line + 2
    indent = len(line) - len(line.lstrip(" \t"))
    tab = line.find("\t", 0, indent)
    if tab >= 0 and mark.column <= indent:
        return FrontMatterError(
            *("RD008", "a tab where YAML wants spaces", Position(number, tab + 1, tab + 2), "indent with spaces")
        )
    quote = _swallowing(fm, mark)
    if quote is not None:
        return FrontMatterError(
            "RD008",
            f"the quote that opens here is closed on line {number} only, and there is text after it",
            Position(quote.line + 2, quote.column + 1, quote.column + 2),
            "close the quote on its own line",
        )
    above = next((n for n in range(mark.line - 1, -1, -1) if lines[n].strip()), None)
    if above is None or not indent < len(line):
        return None
    before = len(lines[above]) - len(lines[above].lstrip(" "))
    key = _KEY_LINE.match(line)
    if key and key.end("key") <= mark.column <= key.end() and indent > before and _KEY_LINE.match(lines[above]):
        return FrontMatterError(
            "RD008",
            f"the line is indented deeper than line {above + 2}, so for YAML it belongs to that line's value",
            Position(number, 1, indent + 1),
            (f"indent it by {before} spaces, as line {above + 2}" if before else "start it in the first column")
            + f", or leave line {above + 2} without a value",
        )
    if mark.column == indent and 0 < indent < before:
        return FrontMatterError(
            "RD008",
            "the line is indented less than the one above, and as no other line it could belong to",
            Position(number, 1, indent + 1),
            f"indent it by {before} spaces, as line {above + 2}, or as the key it belongs to",
        )
    return None


def _swallowing(fm: str, mark: Any) -> Any:
    """Where the quoted text starts that ends on the line of an error and began on one above it."""
    start = end = None
    try:
        for event in parse_events(fm):
            if type(event) is _ScalarEvent and event.style in ("'", '"'):
                start, end = event.start_mark, event.end_mark
    except yaml.YAMLError:
        pass
    if start is None or end is None or not start.line < end.line == mark.line:
        return None
    return start if end.column <= mark.column else None


def _as_the_parser_says(error: yaml.MarkedYAMLError, fm: str, lines: list[str]) -> FrontMatterError:
    mark = error.problem_mark or error.context_mark
    if mark and error.context_mark and not fm[mark.index :].strip():
        mark = error.context_mark  # a bracket or quote that nothing closes: show where it opens, not the end
    at = min(mark.line if mark else 0, len(lines) - 1)
    column = (mark.column if mark else 0) + 1
    context = f" ({error.context})" if error.context else ""
    message = f"{error.problem or 'not YAML'}{context}"
    return FrontMatterError("RD008", message, Position(at + 2, column, column + 1), _SIMPLE)
