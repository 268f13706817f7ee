"""Finds ``milestones`` blocks in Markdown: fenced code of that language, wherever a fence may stand.

A fence may be of backticks or tildes, and stand in list items, admonitions, tabs and quotes. What stands within another
fence, or in a comment, is not looked at.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

#: The language of the blocks.
LANGUAGE = "milestones"

#: What may stand before a fence: blanks, the marks of quotes, and the mark of a list item that begins with it.
_FENCE = re.compile(
    r"(?P<prefix>[ ]*(?:(?:>|(?:[-*+:]|[0-9]{1,9}[.)])(?=[ ]))[ ]*)*)(?P<fence>`{3,}|~{3,})(?P<info>.*)", re.DOTALL
)
_INFO = re.compile(r"(?P<brace>\{?)[ ]*\.?(?P<word>[^\s{}]*)(?P<rest>.*)", re.DOTALL)
_CODE = re.compile(r"(?P<ticks>`+)(?!`).*?(?<!`)(?P=ticks)(?!`)")


class Block(NamedTuple):
    """A block as it stands in a text.

    ``line`` is the line of its opening fence, ``end`` the line after its closing one, both counted from 1. ``prefix``
    is what stands before the fence, ``text`` what stands in it, without what its place puts before each line.
    ``whole`` is all of it as it was written. ``fault`` and ``help`` say what is wrong with its fence; empty where
    nothing is.
    """

    line: int
    end: int
    prefix: str
    text: str
    whole: str
    fault: str = ""
    help: str = ""


def blocks(markdown: str) -> Iterator[Block]:
    """Every block of a text, in its order."""
    if LANGUAGE not in markdown.lower():
        return
    lines = [_spaced(line) for line in markdown.split("\n")]
    written = markdown.split("\n")
    closers = _Closers(lines)
    comments = max((at for at, line in enumerate(lines) if "-->" in line), default=-1)
    at = 0
    while at < len(lines):
        opening = _FENCE.fullmatch(lines[at])
        if opening is None or (opening["fence"][0] == "`" and "`" in opening["info"]):
            at = _after_comment(lines, at, comments)
            continue
        prefix, fence = opening["prefix"], opening["fence"]
        fault, help = _asked(opening["info"])
        end = closers.after(at, prefix.count(">"), fence, longer=fault is not None)
        if fault is None:
            # What is not closed are words that look like a fence, as Python-Markdown sees it.
            at = at + 1 if end is None else end
        elif end is None:
            fault, help = f"no line of {fence} ends this block", f"end it with a line of {fence}, set in as its first"
            yield Block(at + 1, at + 2, prefix, "", written[at], fault, help)
            at += 1
        else:
            text = "\n".join(_inner(inner, prefix) for inner in lines[at + 1 : end - 1])
            yield Block(at + 1, end + 1, prefix, text, "\n".join(written[at:end]), fault, help)
            at = end


_CLOSER = re.compile(r"[ >]*(?P<fence>`{3,}|~{3,})[ ]*")


class _Closers:
    """The lines of a text that can close a fence, by how deep in quotes they stand.

    A fence in a quote ends with its quote at the latest.
    """

    def __init__(self, lines: Sequence[str]) -> None:
        self._depths = [line[: len(line) - len(line.lstrip(" >"))].count(">") for line in lines]
        self._at: dict[tuple[int, str], list[int]] = {}
        for at, line in enumerate(lines):
            if (found := _CLOSER.fullmatch(line)) is not None:
                self._at.setdefault((self._depths[at], found["fence"]), []).append(at)
        self._breaks: dict[int, int] = {}

    def after(self, at: int, depth: int, fence: str, *, longer: bool) -> int | None:
        """The number of lines up to and with the one that closes a fence opened at a line; None where none does.

        ``longer`` lets a longer fence of the same kind close it.
        """
        fences = [one for level, one in self._at if level == depth and one.startswith(fence)] if longer else [fence]
        found = [all_[bisect_right(all_, at)] for all_ in self._later(depth, fences, at)]
        if not found or (depth and self._break(at, depth) < min(found)):
            return None
        return min(found) + 1

    def _later(self, depth: int, fences: Sequence[str], at: int) -> list[list[int]]:
        lists = (self._at.get((depth, fence), []) for fence in fences)
        return [found for found in lists if found and found[-1] > at]

    def _break(self, at: int, depth: int) -> int:
        """The next line that is not as deep in quotes. Lines are asked for in their order: the last answer may do."""
        known = self._breaks.get(depth, -1)
        if known <= at:
            rest = range(at + 1, len(self._depths))
            known = next((n for n in rest if self._depths[n] < depth), len(self._depths))
            self._breaks[depth] = known
        return known


def _spaced(line: str) -> str:
    """A line with the tabs before its text as blanks, four columns each, as Markdown counts them."""
    if "\t" not in line[:40]:
        return line
    bare = line.lstrip(" \t>")
    return line[: len(line) - len(bare)].expandtabs(4) + bare


def _asked(info: str) -> tuple[str | None, str]:
    """What is wrong with the words after a fence; None where the block is none of ours."""
    found = _INFO.match(info.strip())
    assert found is not None
    if found["word"].lower() != LANGUAGE:
        return None, ""
    if found["word"] != LANGUAGE:
        return f"a block of the language `{found['word']}` is none of ours", f"write `{LANGUAGE}`, in small letters"
    if found["rest"].strip().strip("}").strip():
        return (
            "options after the fence are not read",
            f"write `{LANGUAGE}` alone, and each option on a line of its own",
        )
    return "", ""


def _inner(line: str, prefix: str) -> str:
    """A line without what its place puts before it: the marks of quotes; and blanks, or fewer, for those of lists."""
    at = 0
    for letter in prefix:
        if letter == ">":
            at = line.index(">", at) + 1
        elif line[at : at + 1] == " ":
            at += 1
    return line[at:]


def _after_comment(lines: Sequence[str], at: int, bound: int) -> int:
    """The next line to look at, behind a comment that begins on this one and ends within a bound."""
    if "<!--" not in lines[at]:
        return at + 1
    line = _CODE.sub("", lines[at])
    start = line.rfind("<!--")
    if start < 0 or "-->" in line[start:]:
        return at + 1
    return next((number + 1 for number in range(at + 1, bound + 1) if "-->" in lines[number]), at + 1)
