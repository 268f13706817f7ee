"""What mends a finding by itself: edits of a few characters, or a file that moves.

A fix is made from a finding and the document it is about. It is *safe* where only one thing can be meant: the profile,
the schema or the document itself says so, and nothing moves. Everything else is *unsafe*: it is offered, and done only
by a command that asks for it.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable

    from milestones.model import Finding
    from milestones.project.project import Project
    from milestones.project.workspace import Workspace

#: Codes whose findings may have a fix. A test holds this to the makers.
IN_PLACE = (
    *("RD002", "RD003", "RD008", "FM001", "FM002", "FM003", "FM004", "FM005", "FM006", "FM009", "FM012"),
    *("RF001", "RF004", "CT002", "CT007"),
)
MOVING = ("NM001", "NM003", "NM004", "SQ003", "AR001", "AR005")
NUMBERED = ("SQ001",)
FIXABLE = frozenset({*IN_PLACE, *MOVING, *NUMBERED})


class Edit(NamedTuple):
    """``old`` becomes ``new`` where it stands, by line and column from 1 in the file as it is, its mark included."""

    line: int
    column: int
    old: str
    new: str


class Fix(NamedTuple):
    """What mends one finding: edits of its file, or moves (from, to) of files and folders. ``title`` says it.

    ``number`` is the id that one of two documents gets: what that changes is planned when it is done.
    """

    code: str
    path: str
    title: str
    safe: bool
    edits: tuple[Edit, ...] = ()
    moves: tuple[tuple[str, str], ...] = ()
    number: str = ""

    @property
    def applicability(self) -> str:
        """``safe`` or ``unsafe``."""
        return "safe" if self.safe else "unsafe"


def fix_for(project: Project, finding: Finding) -> Fix | None:
    """The fix of a finding, or None where nothing is certain enough to be offered."""
    if finding.code not in FIXABLE:
        return None
    if finding.code in NUMBERED:
        from milestones.fixes import numbers

        return numbers.fix_for(project, finding)
    if finding.code in MOVING:
        from milestones.fixes import places

        return places.fix_for(project, finding)
    from milestones.fixes import values

    return values.fix_for(project, finding)


def with_applicability(whole: Workspace, findings: Iterable[Finding]) -> tuple[Finding, ...]:
    """Findings that say whether ``--fix`` (safe) or ``--unsafe-fixes`` mends them."""
    return tuple(
        finding._replace(fix=fix.applicability) if (fix := _of(whole, finding)) is not None else finding
        for finding in findings
    )


def _of(whole: Workspace, finding: Finding) -> Fix | None:
    if finding.code not in FIXABLE or not whole.has(finding.path):
        return None
    return fix_for(whole.project_of(finding.path), finding)


class Conflict(Exception):
    """An edit whose text does not stand where it should."""


def edited(data: bytes, edits: Iterable[Edit]) -> bytes:
    """A file with some edits made, whose positions are all those before any of them.

    Raises Conflict where the file does not hold what an edit is to replace, or where two edits meet.
    """
    text = data.decode("utf-8")
    starts = [0, *(found.end() for found in re.finditer("\n", text))]
    # From the end backwards, so that earlier positions stay true; of two insertions at one place the first stays first.
    ordered = sorted(enumerate(edits), key=lambda pair: (pair[1].line, pair[1].column, pair[0]), reverse=True)
    taken = len(text)
    for _, edit in ordered:
        if edit.line > len(starts):
            raise Conflict(f"there is no line {edit.line}")
        at = starts[edit.line - 1] + edit.column - 1
        if at + len(edit.old) > taken or not text.startswith(edit.old, at):
            raise Conflict(f"line {edit.line} does not hold what was read there")
        text = text[:at] + edit.new + text[at + len(edit.old) :]
        taken = at
    return text.encode("utf-8")


#: The closing fence of front matter.
FENCE = re.compile(r"---[ \t]*\r?\Z")

__all__ = [
    "FIXABLE",
    "IN_PLACE",
    "MOVING",
    "NUMBERED",
    "Conflict",
    "Edit",
    "Fix",
    "edited",
    "fix_for",
    "with_applicability",
]
