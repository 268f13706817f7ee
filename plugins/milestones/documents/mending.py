"""Why a parser refused front matter, and the line that mends it. Imported only when there is a fault.

Three causes make up nearly all unreadable front matter: a value that starts with ``@``, a backtick or ``%``; an
unquoted ``: ``; text after a closing quote. What mends each is to quote a *slot*, the stretch of a line that its
author meant as one value. A slot is found by looking at the line, and believed only where it can be proven:

1. With a plain word in the place of each slot, the front matter has to be readable. This is the *reference*.
2. With the slots quoted, it has to read the same as the reference on every line, but for the slots; and each slot
   has to read as the text that stands in the file.

The strict reader makes both readings. Nothing here writes files or knows a command line.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, NamedTuple

import yaml

from milestones.documents.characters import quoted
from milestones.documents.front_matter import StrictHandler, build, parse_events
from milestones.documents.values import Fields, FrontMatterError, Items, Text

if TYPE_CHECKING:
    from collections.abc import Iterator

RESERVED = "reserved"
COLON = "colon"
AFTER_QUOTE = "after-quote"

#: Characters of front matter that are parsed for the faults of one file: a second's work. Real files need a tenth.
_MAX_WORK = 1_000_000
#: YAML knows no one-line key that is longer.
_MAX_KEY = 1024

_START = re.compile(r" *(?:-[ \t]+)*")
_QUOTED = re.compile(r"\"(?:[^\"\\]|\\.)*\"|'(?:[^']|'')*'")
_COLON = re.compile(r":(?=[ \t]|\Z)")
_COMMENT = re.compile(r"[ \t]#")
_PROSE_COMMENT = re.compile(r"[ \t]#(?:[ \t]|\Z)")
_BEHIND_KEY = re.compile(r"[ \t]*:(?=[ \t]|\Z)")
_BLANKS = re.compile(r"[ \t]*")
_FLOW_END = re.compile(r"[,\[\]{}]|[ \t]#|\Z")
_NEVER_PLAIN = frozenset("[]{},#&*!|>")


class Mend(NamedTuple):
    """A fault in a line of front matter. Lines and columns count from 1 in the file, whose first line is ``---``."""

    line: int
    column: int
    end_column: int
    #: RESERVED, COLON or AFTER_QUOTE.
    cause: str
    #: The whole line as it should be; None where nothing is proven to be safe.
    replacement_line: str | None
    #: How many later lines have the same cause, and whether the search for them came to the end.
    more: int = 0
    all_seen: bool = True


class Slot(NamedTuple):
    """A stretch of a line that should be one quoted value, and what in it is at fault. Offsets from 0."""

    start: int
    end: int
    cause: str
    fault: int
    fault_end: int
    #: False where the line can be understood in two ways.
    certain: bool = True


class _Fault(NamedTuple):
    at: int
    slots: list[Slot]


class _Walk(NamedTuple):
    """All faults of front matter in order, up to one that is none of the three (then ``fields`` is None)."""

    faults: list[_Fault]
    reference: list[str]
    words: dict[str, tuple[int, str]]
    fields: Fields | None
    duplicates: int
    #: The line on which something else is wrong.
    stopped: int | None


def mend(lines: list[str], problem: yaml.MarkedYAMLError) -> Mend | None:
    """What is wrong with the line that a parser refused, where it is one of the three causes.

    Args:
        lines: the front matter without its fences.
        problem: what the parser said of them.
    """
    walk = _walk(lines, problem)
    if not walk.faults:
        return None
    index, slots = walk.faults[0]
    first = slots[0]
    mended = _proven(lines, walk)
    if mended is None and walk.stopped is not None:
        mended = _proven_up_to(lines, walk)
    more = sum(fault.slots[0].cause == first.cause for fault in walk.faults[1:])
    return Mend(
        index + 2,
        first.fault + 1,
        first.fault_end + 1,
        first.cause,
        mended[index] if mended else None,
        more,
        walk.fields is not None,
    )


def mend_all(text: str) -> tuple[str, int]:
    """A document with every line of its front matter mended that has one of the three causes, and their number.

    Line endings and all other lines stay. The text comes back as it was, with 0, where something else is wrong
    too, or where a single one of the lines can't be mended for certain.
    """
    unmarked = text.removeprefix("\ufeff")
    try:
        front = StrictHandler().split(unmarked.replace("\r\n", "\n"))[0]
    except FrontMatterError:
        return text, 0
    lines = front.split("\n")
    walk = _walk(lines)
    mended = _proven(lines, walk) if walk.faults else None
    if mended is None:
        return text, 0
    written = text.split("\n")
    for index, _ in walk.faults:
        ending = "\r" if written[index + 1].endswith("\r") else ""
        written[index + 1] = mended[index] + ending
    return "\n".join(written), len(walk.faults)


def _walk(lines: list[str], problem: yaml.MarkedYAMLError | None = None) -> _Walk:
    """Fault after fault: put a plain word where one is, and see how much farther the reader comes."""
    faults: list[_Fault] = []
    reference = list(lines)
    words: dict[str, tuple[int, str]] = {}
    stem = "word"
    whole = "\n".join(lines)
    while stem in whole:
        stem += "x"
    work = 0
    while True:
        if problem is None:
            work += len(whole)
            duplicates: list[FrontMatterError] = []
            try:
                fields = build("\n".join(reference), duplicates)
            except yaml.MarkedYAMLError as error:
                problem = error
            except FrontMatterError as error:
                return _Walk(faults, reference, words, None, 0, error.position.line - 2)
            except (yaml.YAMLError, ValueError):
                return _Walk(faults, reference, words, None, 0, None)
            else:
                return _Walk(faults, reference, words, fields, len(duplicates), None)
        index = _line_of(problem, lines)
        if faults and index <= faults[-1].at:
            # The word didn't help, so the slot was none.
            rejected = faults.pop()
            reference[rejected.at] = lines[rejected.at]
            words = {word: slot for word, slot in words.items() if slot[0] != rejected.at}
            return _Walk(faults, reference, words, None, 0, rejected.at)
        slots = _slots(reference, index, problem)
        if not slots or work > _MAX_WORK:
            return _Walk(faults, reference, words, None, 0, index)
        faults.append(_Fault(index, slots))
        line = lines[index]
        for slot in reversed(slots):
            word = f"{stem}{len(words)}z"
            words[word] = (index, lines[index][slot.start : slot.end])
            line = line[: slot.start] + word + line[slot.end :]
        reference[index] = line
        problem = None


def _line_of(problem: yaml.MarkedYAMLError, lines: list[str]) -> int:
    mark = problem.problem_mark or problem.context_mark
    return min(mark.line, len(lines) - 1) if mark else 0


# The proof.


def _mended(lines: list[str], walk: _Walk) -> list[str] | None:
    mended = list(lines)
    for index, slots in walk.faults:
        line = lines[index]
        for slot in reversed(slots):
            if not slot.certain:
                return None
            line = line[: slot.start] + _in_quotes(line[slot.start : slot.end]) + line[slot.end :]
        mended[index] = line
    return mended


def _in_quotes(text: str) -> str:
    """A quoted scalar with as little escaped as can be."""
    if text.startswith('"') or ("'" not in text and ('"' in text or "\\" in text)):
        return "'" + text.replace("'", "''") + "'"
    return quoted(text)


def _proven(lines: list[str], walk: _Walk) -> list[str] | None:
    """The lines with all faults mended, or None where that isn't safe."""
    mended = _mended(lines, walk) if walk.fields is not None else None
    if mended is None:
        return None
    return mended if _reads_alike(mended, walk.fields, walk.words, walk.duplicates) else None


def _proven_up_to(lines: list[str], walk: _Walk) -> list[str] | None:
    """The same where a later line is beyond mending: everything above it has to be readable by itself."""
    if walk.stopped is None or _goes_on(lines, walk.faults[0].at):
        return None
    faults = [fault for fault in walk.faults if fault.at < walk.stopped]
    duplicates: list[FrontMatterError] = []
    try:
        fields = build("\n".join(walk.reference[: walk.stopped]), duplicates)
    except (yaml.YAMLError, ValueError, FrontMatterError):
        return None
    part = walk._replace(faults=faults, fields=fields, duplicates=len(duplicates))
    return _proven(lines[: walk.stopped], part)


def _goes_on(lines: list[str], index: int) -> bool:
    """True where a line's value may go on below it."""
    following = next((line for line in lines[index + 1 :] if line.strip() and not line.lstrip().startswith("#")), "")
    start = _START.match(lines[index])
    assert start is not None
    indent = len(following) - len(following.lstrip())
    next_key = indent == start.end() and _key_colon(lines[index], start.end()) is not None
    return indent > len(lines[index]) - len(lines[index].lstrip()) and not next_key


def _reads_alike(mended: list[str], reference: Fields | None, words: dict[str, tuple[int, str]], known: int) -> bool:
    duplicates: list[FrontMatterError] = []
    try:
        fields = build("\n".join(mended), duplicates)
    except (yaml.YAMLError, ValueError, FrontMatterError):
        return False
    found = list(_scalars(fields))
    expected = list(_scalars(reference))
    if len(found) != len(expected) or len(duplicates) > known:
        return False
    met = 0
    for scalar, other in zip(found, expected, strict=True):
        if isinstance(other, Text) and (slot := words.get(other)):
            index, text = slot
            met += 1
            if not isinstance(scalar, Text) or scalar.plain or scalar != text:
                return False
            if not scalar.line == scalar.end_line == other.line == index + 2:
                return False
        elif _known(scalar) != _known(other):
            return False
    return met == len(words)


def _scalars(value: Any) -> Iterator[Text | str]:
    """Every scalar in order, and between them where collections begin and end."""
    if isinstance(value, Fields):
        yield "{"
        for key, inner in value.items():
            yield from _scalars(key)
            yield from _scalars(inner)
        yield "}"
    elif isinstance(value, Items):
        yield "["
        for inner in value:
            yield from _scalars(inner)
        yield "]"
    elif isinstance(value, Text):
        yield value


def _known(scalar: Text | str) -> tuple[Any, ...]:
    if not isinstance(scalar, Text):
        return (scalar,)
    return (str(scalar), scalar.plain, scalar.line, scalar.end_line)


# What a line looks like.


def _slots(lines: list[str], index: int, problem: yaml.MarkedYAMLError) -> list[Slot]:
    """What should be quoted in a line that a parser refused, from left to right."""
    line = lines[index].rstrip(" \t")
    above = next((line for line in reversed(lines[:index]) if line.strip() and not line.lstrip().startswith("#")), "")
    if above.rstrip(" \t").endswith((",", "[", "{")) and (opened := _open_flow(lines, index)):
        return list(_flow_slots(line, len(line) - len(line.lstrip()), opened))
    start = _START.match(line)
    assert start is not None
    first = start.end()
    if first >= len(line):
        return []
    colon = _key_colon(line, first)
    if colon is None:
        return _value_slots(line, first)
    if colon - first > _MAX_KEY:
        return [_uncommented(line, Slot(first, len(line), COLON, colon, colon + 1))]
    slots = []
    if line[first] in "@`%":
        slots.append(Slot(first, len(line[:colon].rstrip(" \t")), RESERVED, first, first + 1))
    value = _BLANKS.match(line, colon + 1)
    assert value is not None
    if value.end() < len(line):
        slots += _value_slots(line, value.end())
    if slots and "-" in start[0] and _is_prose(lines, index, first, line[first:colon]):
        if line[first] in "@`%":
            whole = Slot(first, len(line), RESERVED, first, first + 1)
        elif line[first] in "\"'":
            whole = Slot(first, len(line), AFTER_QUOTE, colon, len(line))
        else:
            whole = Slot(first, len(line), COLON, colon, colon + 1)
        return [_uncommented(line, whole)]
    return slots


def _key_colon(line: str, first: int) -> int | None:
    """Where the colon behind the line's key is, if it has one."""
    if line[first] in "\"'":
        closed = _QUOTED.match(line, first)
        found = _BEHIND_KEY.match(line, closed.end()) if closed else None
        return found.end() - 1 if found else None
    if line[first] in _NEVER_PLAIN:
        return None
    colon = _COLON.search(line, first)
    comment = _COMMENT.search(line, first)
    return colon.start() if colon and not (comment and comment.start() < colon.start()) else None


def _value_slots(line: str, first: int) -> list[Slot]:
    """The slots of a value that reaches to the end of its line."""
    character = line[first]
    if character in "[{":
        return list(_flow_slots(line, first))
    if character in "@`%":
        return [_uncommented(line, Slot(first, len(line), RESERVED, first, first + 1))]
    if character in "\"'":
        closed = _QUOTED.match(line, first)
        if closed is None:
            return []
        rest = line[closed.end() :]
        if not rest or (rest[0] in " \t" and rest.lstrip(" \t").startswith("#")):
            return []
        fault = len(line) - len(rest.lstrip())
        return [_uncommented(line, Slot(first, len(line), AFTER_QUOTE, fault, len(line)))]
    colon = _key_colon(line, first)
    if colon is None or line[first : first + 2] in ("- ", "? ", ": "):
        return []
    return [_uncommented(line, Slot(first, len(line), COLON, colon, colon + 1))]


def _uncommented(line: str, slot: Slot) -> Slot:
    """A slot without the comment behind it. Behind several words, `` # `` may be text as well: that is not certain."""
    comment = _PROSE_COMMENT.search(line, slot.start, slot.end)
    if comment is None:
        return slot
    end = len(line[: comment.start()].rstrip(" \t"))
    return slot._replace(
        end=end,
        fault_end=min(slot.fault_end, max(end, slot.fault + 1)),
        certain=not re.search(r"[ \t]", line[slot.start : end]),
    )


def _is_prose(lines: list[str], index: int, first: int, key: str) -> bool:
    """True for a list item that is a sentence with a colon in it, and not a map.

    The line after it shows a map; else the other items of its list decide, and where there are none, the key.
    """
    following = next((line for line in lines[index + 1 :] if line.strip()), "")
    indent = len(following) - len(following.lstrip(" "))
    if indent == first and not following.startswith("- ", indent) and _key_colon(following, indent) is not None:
        return False
    others = list(_siblings(lines, index))
    if any(others):
        return True
    return not others and " " in key.strip() and key[0] not in "\"'"


def _siblings(lines: list[str], index: int) -> Iterator[bool]:
    """For every other item of a line's list: is it text?"""
    dash = len(lines[index]) - len(lines[index].lstrip(" "))
    for step in (-1, 1):
        at = index + step
        while 0 <= at < len(lines):
            line = lines[at]
            at += step
            content = line.lstrip(" ")
            if not content.strip() or content.startswith("#"):
                continue
            indent = len(line) - len(content)
            if indent < dash or (indent == dash and not content.startswith("- ")):
                break
            if indent == dash and len(rest := content[1:].strip(" \t")) > 0:
                yield rest[0] not in "[{&*!#-?" and _key_colon(rest, 0) is None


def _open_flow(lines: list[str], index: int) -> list[str]:
    """The brackets of flow collections that are open where a line starts."""
    opened: list[str] = []
    try:
        for event in parse_events("\n".join(lines)):
            if event.start_mark.line >= index:
                break
            if isinstance(event, yaml.CollectionStartEvent):
                opened.append(
                    "" if not event.flow_style else "[" if isinstance(event, yaml.SequenceStartEvent) else "{"
                )
            elif isinstance(event, yaml.CollectionEndEvent):
                opened.pop()
    except yaml.YAMLError:
        pass
    return [bracket for bracket in opened if bracket]


def _flow_slots(line: str, at: int, opened: list[str] | None = None) -> Iterator[Slot]:
    """The slots of flow lists and maps, from ``at`` to where the outermost ends, or the line."""
    brackets = list(opened or ())
    value = False  # behind the colon of a pair
    while at < len(line):
        character = line[at]
        if character in " \t":
            at += 1
            if line.startswith("#", at):
                return
        elif character in "[{":
            brackets.append(character)
            value = False
            at += 1
        elif character in "]}":
            if not brackets or (brackets.pop() and not brackets):
                return
            at += 1
        elif character == ",":
            value = False
            at += 1
        elif character == ":" and _COLON.match(line, at):
            value = True
            at += 1
        elif character in "\"'":
            closed = _QUOTED.match(line, at)
            if closed is None:
                return
            rest = closed.end() + len(line[closed.end() :]) - len(line[closed.end() :].lstrip(" \t"))
            if rest >= len(line) or line[rest] in ",:]}" or (line[rest] == "#" and rest > closed.end()):
                at = rest
            else:
                end = _flow_end(line, rest)
                yield Slot(at, end, AFTER_QUOTE, rest, end)
                at = end
        else:
            end = _flow_end(line, at)
            colon = _COLON.search(line, at, end)
            if character in "@`%":
                if colon and not value and brackets and brackets[-1] == "{":
                    end = len(line[: colon.start()].rstrip(" \t"))
                yield Slot(at, end, RESERVED, at, at + 1)
            elif colon and not value:
                value = True
                end = colon.end()
            elif colon:
                yield Slot(at, end, COLON, colon.start(), colon.end())
            at = max(end, at + 1)


def _flow_end(line: str, at: int) -> int:
    found = _FLOW_END.search(line, at)
    assert found is not None
    return at + len(line[at : found.start()].rstrip(" \t"))
