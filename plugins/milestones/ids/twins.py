"""Two documents with one number in one tree: one keeps it, the other gets the next that is free.

The one that the plan's ledger knows keeps it; where that does not tell, the one that git has known for longer; where
that does not tell either, the first by name.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from milestones.changes.transaction import ChangeError
from milestones.ids.base import Base
from milestones.ids.origins import Origins
from milestones.ids.renumber import Planned, Shift, followed, given_elsewhere, planned, shifted, side
from milestones.project import ledger

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Sequence

    from milestones.profiles.kinds import Kind
    from milestones.project.entry import Entry
    from milestones.project.project import Project
    from milestones.project.workspace import Workspace


def plan(workspace: Workspace, paths: Collection[str]) -> Planned:
    """New numbers for those of some documents that have none of their own. Raises ChangeError."""
    found = [(project, shifts(project, paths)) for project in workspace.projects]
    ledgers: dict[str, bytes] = {}
    for project, some in found:
        for path in ledger.paths(project):
            own = [s for s in some if s.entry.path.startswith(os.path.dirname(path) + "/")]
            if own and own[0].entry.kind is ledger.kind(project) and own[0].entry.id_in_path != own[0].new:
                ledgers[path] = _written(project, path, own)
    every = [shift for _, some in found for shift in some]
    return planned(workspace, Base("", "", ""), None, every, ledgers)


def shifts(project: Project, paths: Collection[str]) -> list[Shift]:
    """The documents that get another number, where one of their twins or they themselves are among some paths.

    Plans come first: what is in the folder of one that gets another id follows it. Raises ChangeError.
    """
    doubled: set[str] = set()
    kind = project.profile.made("plan")
    if kind is not None:
        found = list(_shifts(project, kind, paths, doubled, frozenset()))
        if found:
            inside = [
                followed(project, entry, shift)
                for shift in found
                if shift.entry.located is not None
                for entry in project.milestones_in(shift.entry.located.plan_directory)
                if entry.kind.id is not None and entry.id_in_path is not None and entry.located is not None
            ]
            return [*found, *inside]
    made = project.profile.made("milestone")
    return list(_shifts(project, made, paths, set(), doubled)) if made is not None else []


def _shifts(
    project: Project, kind: Kind, paths: Collection[str], doubled: set[str], without: Collection[str]
) -> Iterator[Shift]:
    """``doubled`` takes the ids that two documents have; the plans whose ids are in ``without`` are passed over."""
    rule = project.profile.fields[kind.sequence]
    for (name, scope), members in project.sequences.items():
        if name != kind.name or kind.id is None:
            continue
        by_number: dict[int, list[Entry]] = {}
        for number, entry in members:
            by_number.setdefault(number, []).append(entry)
        new: list[tuple[int, Entry]] = []
        for number, some in by_number.items():
            if len(some) < 2 or any(entry.plan_id_in_path in without for entry in some):
                continue
            doubled.update(str(entry.id_in_path) for entry in some)
            if any(entry.path in paths for entry in some):
                keeper = _keeper(project, some)
                new += [(number, entry) for entry in some if entry is not keeper and _apart(kind, entry, keeper)]
        if not new:
            continue
        free = max({*by_number, *side(project, kind, scope).numbers, *given_elsewhere(project, kind, new)}) + 1
        for _, entry in new:
            if rule.last and free > rule.last:
                raise ChangeError(f"all numbers up to {rule.last} are taken in {scope}", "start a new plan")
            yield shifted(project, entry, free, rule.width)
            free += 1


def _keeper(project: Project, twins: Sequence[Entry]) -> Entry:
    known = [entry for entry in twins if ledger.knows(project, entry)]
    if len(known) == 1:
        return known[0]
    origins = Origins(project.directory)
    return min(known or twins, key=lambda entry: (origins.since(entry.path), entry.path))


def _apart(kind: Kind, one: Entry, other: Entry) -> bool:
    """False for one document that is there twice, and for two plans in one folder: whose are the milestones?"""
    assert one.located is not None
    assert other.located is not None
    if one.located.fields.get("slug", "") == other.located.fields.get("slug", ""):
        return False
    return kind.model != "plan" or one.located.plan_directory != other.located.plan_directory


def _written(project: Project, path: str, own: Sequence[Shift]) -> bytes:
    """A ledger with new numbers: in the line of a document that has one to itself, else in a new line at the end."""
    made = ledger.kind(project)
    assert made is not None
    held = ledger.read(project, path)
    if held.conflict:
        raise ChangeError(f"{path}:{held.conflict}: conflict markers are left in the ledger", "`milestones renumber`")
    with open(os.path.join(project.directory, path), "rb") as file:
        data = file.read()
    gone = {shift.entry.path for shift in own}
    stays = {
        (line.number, line.slug)
        for line, entry in ledger.members(project, os.path.dirname(path))
        if entry.path not in gone
    }
    lines = data.split(b"\n")
    added: list[ledger.Line] = []
    for shift in own:
        line = ledger.line_of(shift.entry)
        if line is None:
            continue
        new = line._replace(number=shift.number, name=ledger.name_of(shift.new, made))
        at = next((one.line for one in held.lines if (one.number, one.slug) == (line.number, line.slug)), 0)
        if at and (line.number, line.slug) not in stays:
            lines[at - 1] = new.text.encode("utf-8") + (b"\r" if lines[at - 1].endswith(b"\r") else b"")
        else:
            added.append(new)
    return ledger.appended(b"\n".join(lines), added)


__all__ = ["plan", "shifts"]
