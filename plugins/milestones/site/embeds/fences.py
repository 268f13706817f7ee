"""Finds ``milestones`` blocks in Markdown: fenced code of that language, wherever a fence may stand.

A fence may be of backticks or tildes, and stand in list items, admonitions, tabs and quotes. What stands within another
fence, or in a comment, is not looked at.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator

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
    lines = markdown.split("\n")
    unclosed: set[str] = set()
    at = 0
    while at < len(lines):
        line = _spaced(lines[at])
        opening = _FENCE.fullmatch(line)
        if opening is None or (opening["fence"][0] == "`" and "`" in opening["info"]):
            at = _after_comment(lines, at)
            continue
        prefix, fence = opening["prefix"], opening["fence"]
        fault, help = _asked(opening["info"])
        if fault is None:
            end = None if fence in unclosed else _closing(lines, at, prefix, fence, longer=False)
            if end is None:
                unclosed.add(fence)  # words that look like a fence, as Python-Markdown sees it
            at = at + 1 if end is None else end
            continue
        end = _closing(lines, at, prefix, fence, longer=True)
        if end is None:
            words = f"no line of {fence} ends this block"
            yield Block(
                at + 1, at + 2, prefix, "", lines[at], words, f"end it with a line of {fence}, set in as its first"
            )
            at += 1
            continue
        text = "\n".join(_inner(_spaced(inner), prefix) or "" for inner in lines[at + 1 : end - 1])
        yield Block(at + 1, end + 1, prefix, text, "\n".join(lines[at:end]), fault, help)
        at = end


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


def _closing(lines: list[str], at: int, prefix: str, fence: str, *, longer: bool) -> int | None:
    """The number of lines up to and with the closing fence; None where there is none."""
    for number in range(at + 1, len(lines)):
        inner = _inner(_spaced(lines[number]), prefix)
        if inner is None:
            return None
        mark = inner.strip(" ")
        if mark == fence or (longer and len(mark) > len(fence) and not mark.strip(fence[0])):
            return number + 1
    return None


def _inner(line: str, prefix: str) -> str | None:
    """A line without what its place puts before it; None where it stands in that place no more.

    Every mark of a quote has to be there again. Instead of the mark of a list item there are blanks, or fewer.
    """
    at = 0
    for letter in prefix:
        if letter == ">":
            while line[at : at + 1] == " ":
                at += 1
            if line[at : at + 1] != ">":
                return None
            at += 1
        elif line[at : at + 1] == " ":
            at += 1
    return line[at:]


def _after_comment(lines: list[str], at: int) -> int:
    """The next line to look at, behind a comment that begins on this one."""
    line = _CODE.sub("", lines[at])
    start = line.rfind("<!--")
    if start < 0 or "-->" in line[start:]:
        return at + 1
    for number in range(at + 1, len(lines)):
        if "-->" in lines[number]:
            return number + 1
    return at + 1
