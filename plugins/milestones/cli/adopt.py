"""``init``, ``baseline`` and ``migrate``: how a repository that has plans already takes the tool up."""

from __future__ import annotations

import difflib
import os
from typing import TYPE_CHECKING

from milestones import rules
from milestones.changes import adoption
from milestones.changes.transaction import ChangeError, Transaction
from milestones.cli import writing
from milestones.manifest import RULES
from milestones.profiles.catalogue import NAMES
from milestones.project import baseline as baselines
from milestones.project import config as configuration
from milestones.project.workspace import Workspace, detect, open_workspace
from milestones.reports import printable

if TYPE_CHECKING:
    import argparse


def init(arguments: argparse.Namespace) -> int:
    """Say which conventions are here, and write configuration, plugin entry and hook entry, showing each first."""
    config = configuration.find(os.getcwd())
    with writing(config.directory):
        return _init(arguments, config)


def _init(arguments: argparse.Namespace, config: configuration.Config) -> int:
    if config.source:
        workspace = open_workspace(os.getcwd(), config=config)
        print(f"{config.source} configures this repository already:")
    else:
        workspace = Workspace(config, detect(config, thoroughly=True), detected=True)
        if not any(project.entries for project in workspace.projects):
            raise ChangeError(
                f"no documents of any known convention here: {', '.join(NAMES)}",
                'begin with `milestones plan new "Title"`, or describe your convention: '
                "`milestones profile new plans/ours.toml`, then `milestones profile check plans/ours.toml`",
            )
        print(f"Found in {config.directory}:")
    for project in workspace.projects:
        found = rules.check(project, None, {code for code in RULES if code.startswith("RD")})
        _, read, reported = found.statistics
        which = project.profile
        unread = f", {reported} of them can't be read" if reported else ""
        print(f"  {which.name:<18} {read + reported} documents in {which.root or '.'}/{unread} ({which.title})")
    transaction = Transaction(config.directory)
    written = 0
    for path, before, after in adoption.files(workspace):
        print(f"\n{path}: {'new' if before is None else 'changed'}")
        lines = difflib.unified_diff(
            (before or "").splitlines(), after.splitlines(), lineterm="", n=2, fromfile=path, tofile=path
        )
        for line in list(lines)[2:]:
            print(f"  {printable(line)}")
        if before is None:
            transaction.create(path, after.encode("utf-8"))
        else:
            transaction.write(path, after.encode("utf-8"))
        written += 1
    if arguments.ledger:
        from milestones.ids import ledger

        planned = ledger.plan(workspace)
        for path, data in planned.transaction.writes.items():
            added = path in planned.transaction.new
            print(f"\n{path}: {'new' if added else 'changed'}, {planned.id} in all ledgers")
            (transaction.create if added else transaction.write)(path, data)
            written += 1
    for hint in adoption.hints(workspace):
        print(f"\n{hint}")
    if not written:
        print("\nEverything is set up; nothing to write.")
    elif arguments.dry_run:
        print("\nNothing was written: this was a dry run.")
    else:
        transaction.commit()
        print(f"\nWrote {written} file{'s' if written != 1 else ''}.")
    counts = rules.check(workspace)
    failing = [f for f in counts.findings if f.severity.value != "info"]
    if failing:
        print(f"The check has {len(failing)} findings: mend them, or record them with `milestones baseline`.")
    else:
        notes = len(counts.findings)
        said = f"nothing but {notes} note{'s' if notes != 1 else ''}" if notes else "nothing"
        print(f"`milestones check` has {said} to say.")
    return 0


def baseline(arguments: argparse.Namespace) -> int:
    """Record what is found today; later checks fail only for what is new."""
    config = configuration.find(os.getcwd())
    with writing(config.directory):
        return _baseline(arguments, open_workspace(os.getcwd(), config=config))


def _baseline(arguments: argparse.Namespace, workspace: Workspace) -> int:
    path = os.path.join(workspace.directory, baselines.NAME)
    there = os.path.lexists(path)
    if arguments.remove:
        if there and not arguments.dry_run:
            os.unlink(path)
        print(f"{'would remove' if arguments.dry_run else 'removed'} {baselines.NAME}" if there else "there is none")
        return 0
    before = baselines.read(workspace.directory) if there else None
    result = rules.check(workspace, baseline=False)
    recorded = [f for f in result.findings if f.severity.value != "info"]
    text = baselines.text(recorded)
    if not arguments.dry_run:
        transaction = Transaction(workspace.directory)
        (transaction.write if there else transaction.create)(baselines.NAME, text.encode("utf-8"))
        transaction.commit()
    done = "would record" if arguments.dry_run else "recorded"
    print(f"{done} {len(recorded)} findings in {baselines.NAME}")
    if before is not None:
        new, old = before.split(recorded)
        mended = before.known.total() - len(old)
        print(f"  {len(new)} new, {mended} mended, {len(old)} as before")
    return 0


def migrate(arguments: argparse.Namespace) -> int:
    """Move documents into another convention, whole or not at all."""
    from milestones.changes import migration

    config = configuration.find(os.getcwd())
    with writing(config.directory):
        planned = migration.plan(config, arguments.source, arguments.target)
        for line in planned.table():
            print(printable(line))
        if arguments.dry_run:
            print("Nothing was written: this was a dry run.")
            return 0
        planned.transaction.commit()
    for note in planned.notes:
        print(printable(note))
    return 0
