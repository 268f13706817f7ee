"""The fix of a number that two documents have: one of them gets the next that is free, as ``renumber`` does it."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from milestones.changes.transaction import ChangeError
from milestones.fixes import NUMBERED, Fix
from milestones.project import git

if TYPE_CHECKING:
    from collections.abc import Iterable

    from milestones.ids.renumber import Planned
    from milestones.model import Finding
    from milestones.project.project import Project
    from milestones.project.workspace import Workspace


class Numbered(NamedTuple):
    """The fixes, what they change together (None where there are none), and what stands against it."""

    fixes: tuple[Fix, ...] = ()
    change: Planned | None = None
    notes: tuple[str, ...] = ()

    @property
    def moves(self) -> list[tuple[str, str]]:
        """The files that move, from and to."""
        return self.change.transaction.moves if self.change is not None else []


def fix_for(project: Project, finding: Finding) -> Fix | None:
    """The new number that one of the two gets, or None where none can be given."""
    from milestones.ids import twins

    pair = _pair(finding)
    try:
        shift = next((s for s in twins.shifts(project, pair) if s.entry.path in pair), None)
    except (ChangeError, git.GitError):
        return None
    if shift is None:
        return None
    name = shift.entry.path.rpartition("/")[2]
    return Fix(finding.code, finding.path, f"renumber `{name}` to {shift.new}", False, number=shift.new)


def planned(whole: Workspace, findings: Iterable[Finding]) -> Numbered:
    """All new numbers that findings ask for. What can't be done is a note."""
    some = [f for f in findings if f.code in NUMBERED and whole.has(f.path)]
    fixes = tuple(fix for f in some if (fix := fix_for(whole.project_of(f.path), f)) is not None)
    if not fixes:
        return Numbered()
    from milestones.ids import twins

    try:
        change = twins.plan(whole, {path for finding in some for path in _pair(finding)})
    except (ChangeError, git.GitError) as error:
        return Numbered(notes=(f"{error}; nothing was renumbered",))
    return Numbered(fixes, change, tuple(f"look at it, it may mean either: {mention}" for mention in change.left))


def _pair(finding: Finding) -> set[str]:
    return {finding.path, *(related.path for related in finding.related)}


__all__ = ["Numbered", "fix_for", "planned"]
