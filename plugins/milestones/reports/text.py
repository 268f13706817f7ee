"""Findings for people: with the line and a caret like a compiler's, or a line each."""

from __future__ import annotations

import unicodedata
from typing import TYPE_CHECKING

from milestones.reports import printable

if TYPE_CHECKING:
    from collections.abc import Callable

    from milestones.model import Finding
    from milestones.rules import Result

_COLOURS = {"error": "31", "warning": "33", "info": "36"}
_FIXABLE = {"safe": " (fixable with --fix)", "unsafe": " (fixable with --unsafe-fixes)"}
#: Longer lines are shown around the caret only. Characters.
_WIDTH = 120


def full(result: Result, source: Callable[[Finding], str | None], colour: bool) -> str:
    """Each finding with its code, place, excerpt, caret and help."""
    return "\n".join(_block(finding, source(finding), colour) for finding in result.findings)


def concise(result: Result, _source: Callable[[Finding], str | None], _colour: bool) -> str:
    """``path:line:column: CODE severity: message``, a line each."""
    return "".join(
        f"{printable(f.path)}:{f.line}:{f.column}: {f.code} {f.severity.value}: {printable(f.message)}\n"
        for f in result.findings
    )


def grouped(result: Result, _source: Callable[[Finding], str | None], colour: bool) -> str:
    """The findings of each file below its name: ``line:column  severity  CODE  message``."""
    files: dict[str, list[Finding]] = {}
    for finding in result.findings:
        files.setdefault(finding.path, []).append(finding)
    blocks = []
    for path, findings in files.items():
        places = [f"{f.line}:{f.column}" for f in findings]
        width = max(map(len, places))
        lines = [
            f"  {place:<{width}}  {_paint(f'{f.severity.value:<7}', _COLOURS[f.severity.value], colour)}  {f.code}  "
            f"{printable(f.message)}\n"
            for place, f in zip(places, findings, strict=True)
        ]
        blocks.append(_paint(printable(path), "1", colour) + "\n" + "".join(lines))
    return "\n".join(blocks)


def _paint(text: str, code: str, colour: bool) -> str:
    return f"\x1b[{code}m{text}\x1b[0m" if colour else text


def _block(finding: Finding, line: str | None, colour: bool) -> str:
    tone = "1;" + _COLOURS[finding.severity.value]
    gutter = " " * len(str(finding.line))
    bar = _paint("|", "34", colour)
    head = _paint(f"{finding.severity.value}[{finding.code}]", tone, colour)
    place = (
        f"{printable(finding.path)}:{finding.line}:{finding.column}" if finding.position else printable(finding.path)
    )
    lines = [
        f"{head}: {_paint(printable(finding.message), '1', colour)}",
        f"{gutter}{_paint('-->', '34', colour)} {place}",
    ]
    if finding.position is not None and line is not None:
        shown, before, width = _excerpt(line, finding.position.column, finding.position.end_column)
        number = _paint(str(finding.line), "34", colour)
        lines += [f"{gutter} {bar}", f"{number} {bar} {shown}".rstrip()]
        lines.append(f"{gutter} {bar} {' ' * before}{_paint('^' * width, tone, colour)}")
    for related in finding.related:
        where = f"{printable(related.path)}:{related.line}"
        lines.append(f"{gutter} {_paint('=', '34', colour)} note: {printable(related.message)}: {where}")
    if finding.help:
        fixable = _FIXABLE.get(finding.fix, "")
        lines.append(f"{gutter} {_paint('=', '34', colour)} help: {printable(finding.help)}{fixable}")
    return "\n".join(lines) + "\n"


def _excerpt(line: str, column: int, end: int) -> tuple[str, int, int]:
    """The line to show, how many cells stand before the caret, and how many carets."""
    start, stop = column - 1, max(column, end - 1)
    if len(line) > _WIDTH:
        cut = max(0, min(start - 20, len(line) - _WIDTH))
        ellipsis = "…" if cut else ""
        line = ellipsis + line[cut : cut + _WIDTH] + ("…" if cut + _WIDTH < len(line) else "")
        start, stop = start - cut + len(ellipsis), stop - cut + len(ellipsis)
    stop = max(start + 1, min(stop, len(line)))
    return printable(line), _cells(line[:start]), max(1, _cells(line[start:stop]))


def _cells(text: str) -> int:
    """How many terminal cells a text takes: wide characters two, combining ones none."""
    if text.isascii():
        return len(printable(text))
    cells = 0
    for character in printable(text):
        if unicodedata.combining(character) or character in "\u200d\ufe0f":
            continue
        cells += 2 if unicodedata.east_asian_width(character) in "WF" else 1
    return cells
