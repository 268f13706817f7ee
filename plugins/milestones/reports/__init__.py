"""Findings as text for people and as data for machines. One finding says the same in each."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from milestones.model import Finding
    from milestones.rules import Result

#: Format name → (module, function) with the signature ``(result, source, colour) -> str``.
FORMATS = {
    "full": ("text", "full"),
    "concise": ("text", "concise"),
    "grouped": ("text", "grouped"),
    "json": ("machine", "as_json"),
    "json-lines": ("machine", "json_lines"),
    "github": ("machine", "github"),
    "gitlab": ("machine", "gitlab"),
    "junit": ("junit", "junit"),
    "sarif": ("sarif", "sarif"),
}
#: Formats for people; the others are read by programs.
TEXTS = ("full", "concise", "grouped")
#: Formats whose readers know files by their path from the top of the git repository.
FROM_THE_TOP = ("github", "gitlab", "junit", "sarif")


def render(format: str, result: Result, source: Callable[[Finding], str | None], *, colour: bool = False) -> str:
    """A check's result in a format. ``source`` gives the line that a finding points at, or None.

    Raises KeyError for a format there is not.
    """
    module, function = FORMATS[format]
    text: str = getattr(import_module(f"milestones.reports.{module}"), function)(result, source, colour)
    return text


def printable(text: str) -> str:
    """Text that can go to a terminal or log: control characters are shown, not sent."""
    if text.isprintable():
        return text
    return "".join(c if c.isprintable() else _escape(c) for c in text)


def json_text(data: object, indent: int | None = 2) -> str:
    """Data as JSON that can go to a terminal: readable letters as they are, what controls a terminal escaped.

    Without ``indent`` it is one line.
    """
    import json
    import re

    text = json.dumps(data, indent=indent, ensure_ascii=False)
    return (
        re.sub("[\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff]", lambda c: f"\\u{ord(c[0]):04x}", text)
        + "\n"
    )


def _escape(character: str) -> str:
    number = ord(character)
    if 0xDC80 <= number <= 0xDCFF:  # a byte of a file name that is not UTF-8
        return f"\\x{number - 0xDC00:02x}"
    return {"\n": "\\n", "\t": " ", "\r": "\\r"}.get(character, f"\\u{{{number:x}}}")


def summary(result: Result) -> str:
    """One line: what was found in how many documents."""
    counts = {"error": 0, "warning": 0, "info": 0}
    for finding in result.findings:
        counts[finding.severity.value] += 1
    names = {"error": "error", "warning": "warning", "info": "note"}
    parts = [f"{n} {names[level]}{'s' if n != 1 else ''}" for level, n in counts.items() if n]
    documents = f"{result.statistics.found} document{'s' if result.statistics.found != 1 else ''}"
    return f"{', '.join(parts)} in {documents}" if parts else f"no findings in {documents}"
