"""Give plans a ledger of the ids they have given out, or add what one lacks."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from milestones.changes.planned import Planned, document, require_present
from milestones.changes.transaction import ChangeError, Transaction
from milestones.project import elsewhere, git, ledger
from milestones.project.project import Project

if TYPE_CHECKING:
    from collections.abc import Sequence

    from milestones.project.entry import Entry
    from milestones.project.workspace import Workspace


def plan(workspace: Workspace, plans: Sequence[str] = ()) -> Planned:
    """The ledgers of some plans, or of all that are not finished. Raises ChangeError where a ledger can't be had.

    What HEAD's history knows of a plan's ids counts too: a document that was deleted keeps its number.
    """
    able = [project for project in workspace.projects if ledger.kind(project) is not None]
    if not able:
        name = workspace.main.profile.name
        raise ChangeError(f"the profile {name} has no template for new milestones, so nobody gives out ids there")
    if plans:
        wanted = [document(workspace, id_, "plan") for id_ in plans]
    else:
        wanted = [e for p in able for e in p.of_model("plan") if e.located is not None and not e.filed]
        wanted += [e for p in able for path in ledger.paths(p) for e in p.plans_in(os.path.dirname(path))]
    transaction = Transaction(workspace.directory)
    past = {id(project): _past(project) for project in able}
    count = 0
    for entry in {e.path: e for e in wanted}.values():
        if entry.located is None or id(entry.project) not in past:
            raise ChangeError(f"{entry.path} is no plan whose milestones are numbered", "run `milestones check`")
        count += _build(entry, past[id(entry.project)], transaction)
    what = f"{count} id{'s' if count != 1 else ''}"
    return Planned(what, "", transaction)


def _past(project: Project) -> Project:
    """A project of every name that HEAD's history knows."""
    names = set(project.names)
    if git.inside(project.directory):
        names.update(elsewhere.ever(project.directory, project.profile.root, ref="HEAD"))
    return Project(project.config, project.profile, sorted(n for n in names if not project.config.excluded(n)))


def _build(plan: Entry, past: Project, transaction: Transaction) -> int:
    project = plan.project
    assert plan.located is not None
    folder = plan.located.plan_directory
    there = ledger.path(project, folder)
    before = ledger.read(project, there) if there in ledger.paths(project) else None
    require_present(project, [plan.path, there])
    if before is not None and (fault := ledger.unreadable(before)) is not None:
        raise ChangeError(*fault)
    known = before.numbers if before is not None else frozenset()
    lines = {line.number: line for line, _ in reversed(ledger.members(past, folder))}
    lines |= {line.number: line for line, _ in reversed(ledger.members(project, folder))}
    fresh = [line for number, line in sorted(lines.items()) if number not in known]
    if before is None:
        transaction.create(there, ledger.text(fresh).encode("utf-8"))
    elif fresh:
        with open(os.path.join(project.directory, there), "rb") as file:
            transaction.write(there, ledger.appended(file.read(), fresh))
    return len(fresh)
