"""``ledger build`` and ``renumber``: ids that can't collide, and what to do where they have."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from milestones.changes.planned import require_present
from milestones.cli import writing
from milestones.ids import ledger
from milestones.project import config as configuration
from milestones.project.workspace import open_workspace
from milestones.reports import printable

if TYPE_CHECKING:
    import argparse


def build(arguments: argparse.Namespace) -> int:
    """Write ledgers, or add what they lack."""
    config = configuration.find(os.getcwd())
    with writing(config.directory):
        planned = ledger.plan(open_workspace(os.getcwd(), config=config), arguments.plans)
        lines = planned.transaction.describe()
        if not arguments.dry_run:
            planned.transaction.commit()
    for line in lines:
        print(f"would {printable(line)}" if arguments.dry_run else printable(line))
    if not lines:
        print("Every ledger is complete.")
    elif not arguments.dry_run:
        print(f"wrote {planned.id}; commit the ledgers with the documents")
    return 0


def renumber(arguments: argparse.Namespace) -> int:
    """Give new ids other numbers, or say that none has to."""
    from milestones.ids import renumber as renumbering

    config = configuration.find(os.getcwd())
    with writing(config.directory):
        workspace = open_workspace(os.getcwd(), config=config)
        for project in workspace.projects:
            require_present(project, project.names)  # what is left out may mention what gets another number
        planned = renumbering.plan(workspace, arguments.base)
        if arguments.diff:
            for line in planned.diff():
                print(printable(line))
            return 0
        lines = planned.transaction.describe()
        if not arguments.dry_run:
            planned.transaction.commit()
    for shift in planned.shifts:
        print(f"{'would renumber' if arguments.dry_run else 'renumbered'} {shift.old} -> {shift.new}")
    for line in lines:
        print(f"  {printable(line)}")
    for mention in planned.left:
        print(f"left as it is, look at it: {printable(mention)}")
    if planned.replaying:
        print("git is still replaying commits: `git add` what is resolved, continue, and run this again at the end")
    elif not lines:
        print(f"No new id is taken on {printable(planned.base.name)}; nothing to renumber.")
    return 0
