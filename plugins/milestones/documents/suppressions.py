"""Comments in a document that let a finding be: ``milestones: ignore[RF004] the page comes with the next release``.

In front matter they are comments of YAML, in the body comments of HTML. What stands in code, in a quoted value or in a
block of text is no comment.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from milestones.documents.outline import _without_code
from milestones.documents.values import Fields, Text

if TYPE_CHECKING:
    from collections.abc import Iterator

    from milestones.documents.reader import Document

_COMMENT = re.compile(r"#[ \t]*(?=milestones: ignore)")
_IN_BODY = re.compile(r"<!--[ \t]*(?=milestones: ignore)")
_SAYS = re.compile(r"milestones: ignore(?:\[(?P<words>[^\[\]\n]*)\])?(?P<reason>.*)")
_WORD = re.compile(r"[^\s,]+")
_FENCE = re.compile(r"[ ]{0,3}(`{3,}(?=[^`]*\Z)|~{3,})")
#: Letters or digits: a dash alone is no reason.
_SAID = re.compile(r"\w")


class Suppression(NamedTuple):
    """One comment: the rules it names with their columns, its reason, where it stands, and the lines it speaks of.

    ``first`` to ``last`` are those lines, both included. ``whole`` is true where it stands above everything else:
    then it also speaks of the file as such, its name and its place.
    """

    words: tuple[tuple[str, int], ...]
    reason: str
    line: int
    column: int
    end_column: int
    first: int
    last: int
    whole: bool


def found(document: Document) -> tuple[Suppression, ...]:
    """The comments of a document that could be read, in the order of their lines."""
    if document.fields is None:
        return ()
    return (*_in_front_matter(document), *_in_body(document))


def _in_front_matter(document: Document) -> Iterator[Suppression]:
    lines = document.text[: document.body_start].split("\n")
    last = document.body_line - 1  # of the closing fence
    if last < 2:
        return
    spans: list[tuple[int, int, int, int]] = []
    for number in range(2, last):
        line = lines[number - 1]
        if "milestones: ignore" not in line:
            continue
        spans = spans or list(_spans(document.fields))
        for comment in _COMMENT.finditer(line):
            at = comment.start()
            if (at and line[at - 1] not in " \t") or any(_within(span, number, at + 1) for span in spans):
                continue
            alone = not line[:at].strip()
            target = number
            if alone:
                target = next((n for n in range(number + 1, last) if _speaks(lines[n - 1])), number)
            top = alone and not any(_speaks(other) for other in lines[1 : number - 1])
            yield _suppression(line, comment, len(line), number, (target, _end(lines, target, last)), top)
            break


def _speaks(line: str) -> bool:
    """True for a line of front matter that is not blank and not a comment."""
    text = line.strip()
    return bool(text) and not text.startswith("#")


def _end(lines: list[str], number: int, last: int) -> int:
    """The last line of what starts on a line: a key with the list or map below it."""
    own = lines[number - 1]
    indent = len(own) - len(own.lstrip())
    item = own.lstrip().startswith("- ")
    end = number
    for n in range(number + 1, last):
        line = lines[n - 1]
        if not _speaks(line):
            continue
        depth = len(line) - len(line.lstrip())
        if depth < indent or (depth == indent and (item or not line.lstrip().startswith("- "))):
            break
        end = n
    return end


def _spans(value: object) -> Iterator[tuple[int, int, int, int]]:
    if isinstance(value, Text):
        yield value.span
    elif isinstance(value, Fields):
        for key, inner in value.items():
            yield from _spans(key)
            yield from _spans(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _spans(inner)


def _within(span: tuple[int, int, int, int], line: int, column: int) -> bool:
    return span[:2] <= (line, column) < span[2:]


def _in_body(document: Document) -> Iterator[Suppression]:
    start = document.body_line
    lines = document.body.split("\n")
    levels = {heading.line: heading.level for heading in document.outline.headings}
    headless = start == 1  # nothing stands above the body
    fence = ""
    for number, line in enumerate(lines, start):
        if opening := _FENCE.match(line):
            if not fence:
                fence = opening[1]
            elif opening[1].startswith(fence) and not line.strip().strip(fence[0]):
                fence = ""
            continue
        if fence or "milestones: ignore" not in line:
            continue
        text = _without_code(line) if "`" in line else line
        comment = _IN_BODY.search(text)
        if comment is None:
            continue
        end = text.find("-->", comment.end())
        alone = not text[: comment.start()].strip() and (end < 0 or not text[end + 3 :].strip())
        lasts = (number, number)
        if alone:
            ends = (
                number
                if end >= 0
                else next((n for n, o in enumerate(lines, start) if n > number and "-->" in o), number)
            )
            lasts = _block(lines, levels, ends, start)
        top = headless and alone and not any(other.strip() for other in lines[: number - start])
        yield _suppression(line, comment, end if end >= 0 else len(line), number, lasts, top)


def _block(lines: list[str], levels: dict[int, int], number: int, start: int) -> tuple[int, int]:
    """The lines that a comment on a line of its own speaks of: a section below its heading, else up to a blank line."""
    first = number + 1
    last = start + len(lines) - 1
    while first <= last and (not (text := lines[first - start].strip()) or text.startswith("<!-- milestones: ignore")):
        first += 1
    if first > last:
        return number, number
    level = levels.get(first)
    if level is not None:
        return first, next((n - 1 for n in sorted(levels) if n > first and levels[n] <= level), last)
    end = first
    while end < last and lines[end + 1 - start].strip():
        end += 1
    return first, end


def _suppression(
    line: str, comment: re.Match[str], end: int, number: int, lasts: tuple[int, int], whole: bool
) -> Suppression:
    said = _SAYS.match(line, comment.end(), end)
    assert said is not None
    words: tuple[tuple[str, int], ...] = ()
    if said["words"] is not None:
        at = said.start("words")
        words = tuple((word[0], at + word.start() + 1) for word in _WORD.finditer(said["words"]))
    reason = said["reason"].strip() if _SAID.search(said["reason"]) else ""
    return Suppression(words, reason, number, comment.start() + 1, len(line[:end].rstrip()) + 1, *lasts, whole)
