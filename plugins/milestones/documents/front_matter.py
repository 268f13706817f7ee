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
from milestones.documents.characters import CONTROL, REMOVE_IT, describe_character, quoted
from milestones.documents.values import Fields, FrontMatterError, Items, Text
from milestones.model import Position

if TYPE_CHECKING:
    from collections.abc import Iterator

#: Front matter longer than this is refused unread; the largest seen in the wild was 9 KB. Characters.
MAX_FRONT_MATTER = 64 * 1024
#: How deep mappings and sequences may nest. Conventions in use need 3.
MAX_DEPTH = 12

_LOADER: type = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_OPENING = re.compile(r"---[ \t]*(?:\n|\Z)")
_CLOSING = re.compile(r"^(?:---|\.\.\.)[ \t]*$", re.MULTILINE)
_DIRECTIVE = re.compile(r"^%", re.MULTILINE)
_LINE_BREAKS = re.compile("[\u2028\u2029]")


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
            raise FrontMatterError(
                "RD009", "YAML directives are not supported", Position(line, 1, 2), "remove the line"
            )
        try:
            # Most front matter is so simple that a tenth of YAML reads it; the rest, and all that is wrong, goes on.
            self.fields = simple_yaml.read(fm) or _Builder(fm, self.faults).build()
        except yaml.MarkedYAMLError as error:
            raise _yaml_error(error, fm) from None
        except (yaml.YAMLError, ValueError) as error:  # a character that the YAML reader itself refuses
            raise FrontMatterError("RD008", _first_line(str(error)), Position(2, 1, 2)) from None
        return self.fields


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
        self.events: Iterator[Any] = yaml.parse(fm, Loader=_LOADER)
        self.faults = faults

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
            return fields
        raise FrontMatterError("RD007", "the front matter holds comments only", Position(1, 1, 4), "write `key: value`")

    def _value(self, event: Any, depth: int) -> Any:
        if type(event) is _ScalarEvent:
            return self._scalar(event)
        self._refuse_features(event)
        if depth >= MAX_DEPTH:
            raise FrontMatterError(
                "RD010",
                f"nested more than {MAX_DEPTH} levels deep",
                _position(event),
                "keep it to short lists and maps",
            )
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
        if event.style == '"' and (bad := CONTROL.search(text)):
            raise FrontMatterError("RD003", f"an escape for {describe_character(bad[0])}", text.position, REMOVE_IT)
        return text

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


def _position(event: Any) -> Position:
    mark, end = event.start_mark, event.end_mark
    width = end.column - mark.column if end.line == mark.line else 1
    return Position(mark.line + 2, mark.column + 1, mark.column + 1 + max(1, width))


def _first_line(text: str) -> str:
    return text.split("\n", 1)[0]


_PLAIN_COLON = re.compile(r"^\s*(?:- )?[^\s'\"#:]+:\s+(?P<value>[^\s'\"\[{|>].*?:(?:\s.*)?)$")
_RESERVED = re.compile(r"^\s*(?:- |[^\s:]+:\s+)+(?P<mark>[@`%])")
_AFTER_QUOTE = re.compile(
    r"^\s*(?:- |[^\s:'\"]+:\s+)*(?P<value>(?:\"(?:[^\"\\]|\\.)*\"|'(?:[^']|'')*')\s*[^\s#,\]}:].*)$"
)


def _yaml_error(error: yaml.MarkedYAMLError, fm: str) -> FrontMatterError:
    """What is wrong and how to mend it; the three commonest causes are told apart from the line itself."""
    mark = error.problem_mark or error.context_mark
    if mark and error.context_mark and not fm[mark.index :].strip():
        mark = error.context_mark  # a bracket or quote that nothing closes: show where it opens, not the end
    at = min(mark.line if mark else 0, fm.count("\n"))
    lines = fm.split("\n")
    # An error at the end of a value is often noticed on the line after it.
    for number in (at, at - 1):
        line = lines[number] if 0 <= number < len(lines) else ""
        if found := _RESERVED.match(line):
            column = found.start("mark") + 1
            return FrontMatterError(
                "RD008",
                f"a value can't start with `{found['mark']}` in YAML",
                Position(number + 2, column, column + 1),
                f'quote it: "{line[found.start("mark") :].strip()}"',
            )
        if found := _AFTER_QUOTE.match(line):
            column = found.start("value") + 1
            return FrontMatterError(
                "RD008",
                "there is text after the closing quote",
                Position(number + 2, column, len(line) + 1),
                "quote the whole value, or none of it",
            )
        if found := _PLAIN_COLON.match(line):
            column = found.start("value") + 1
            return FrontMatterError(
                "RD008",
                "an unquoted `: ` inside a value",
                Position(number + 2, column, len(line) + 1),
                "quote the value: " + quoted(found["value"].strip()),
            )
    column = (mark.column if mark else 0) + 1
    problem = error.problem or "not YAML"
    if "\t" in lines[at] and "cannot start any token" in problem:
        return FrontMatterError(
            "RD008",
            "a tab where YAML wants spaces",
            Position(at + 2, column, column + 1),
            "indent with spaces",
        )
    context = f" ({error.context})" if error.context else ""
    return FrontMatterError("RD008", f"{problem}{context}", Position(at + 2, column, column + 1), _SIMPLE)


_SIMPLE = "one `key: value` a line; quote values that hold `: `, ` #`, or start with a symbol"
