"""Commands that write: they plan a transaction, then make it or, with ``--dry-run``, show it."""

from __future__ import annotations

import os
import sys
from contextlib import suppress
from typing import TYPE_CHECKING

from milestones.changes import creation, revision
from milestones.cli import UsageError, writing
from milestones.profiles.profile import ProfileError
from milestones.project import config as configuration
from milestones.project import git
from milestones.project.config import ConfigError
from milestones.project.git import GitError
from milestones.project.workspace import open_workspace
from milestones.reports import printable

if TYPE_CHECKING:
    import argparse
    from collections.abc import Callable, Iterable

    from milestones.changes.planned import Planned
    from milestones.project.workspace import Workspace


def _make(arguments: argparse.Namespace, plan: Callable[[Workspace], Planned], done: str) -> int:
    _refuse_bytes(arguments)
    config = configuration.find(os.getcwd())
    with writing(config.directory):
        planned = plan(open_workspace(os.getcwd(), config=config))
        if arguments.dry_run:
            for line in planned.transaction.describe():
                print(f"would {printable(line)}")
            return 0
        planned.transaction.commit()
    shown = os.path.relpath(os.path.join(config.directory, planned.path))
    print(f"{done} {planned.id}: {printable(shown)}")
    for line in planned.transaction.describe():
        if planned.path not in line:
            print(f"  {printable(line)}")
    for note in planned.notes:
        print(f"  {note}")
    if done in ("archived", "completed"):
        with suppress(ConfigError, GitError, ProfileError, OSError):  # it is done, whatever can be said of it now
            _say_what_is_left(config, planned.path)
    return 0


def _say_what_is_left(config: configuration.Config, path: str) -> None:
    """What the check says of a document that was called finished: better here than at the next commit."""
    from milestones import rules

    whole = open_workspace(os.getcwd(), config=config)
    if not whole.has(path):
        return
    found = rules.check(whole.project_of(path), [path]).findings
    for finding in [f for f in found if f.path == path and f.severity.value != "info"][:3]:
        print(f"  to mend: line {finding.line}: {finding.code} {printable(finding.message)}")


def _refuse_bytes(arguments: argparse.Namespace) -> None:
    """Refuse what was typed in an encoding other than the terminal's: Python holds it as lone surrogates."""
    for value in vars(arguments).values():
        for text in value if isinstance(value, list) else [value]:
            if isinstance(text, str) and any("\ud800" <= c <= "\udfff" for c in text):
                raise UsageError(f"{text!r} is not UTF-8 text", "check the encoding of the terminal or script")


def new_plan(arguments: argparse.Namespace) -> int:
    """Start a plan."""
    a = arguments
    return _make(
        a,
        lambda p: creation.new_plan(p, a.title, slug=a.slug, kind=a.kind, domain=a.domain, owner=a.owner),
        "started",
    )


def new(arguments: argparse.Namespace) -> int:
    """Add a milestone."""
    a = arguments

    def plan(workspace: Workspace, taken: Iterable[int] = ()) -> Planned:
        return creation.new_milestone(
            workspace,
            a.plan,
            a.title,
            slug=a.slug,
            domain=a.domain,
            owner=a.owner,
            depends_on=a.depends_on,
            start=a.start,
            due=a.due,
            taken=taken,
        )

    if git.shallow(os.getcwd()):
        note = "the clone is shallow, and can't tell which ids documents had that are gone: `git fetch --unshallow`"
        print(f"note: {note}", file=sys.stderr)
    if a.reserve is None:
        return _make(a, plan, "added")
    from milestones.ids import reserve

    return _make(a, lambda w: reserve.first_free(w, a.reserve, plan, dry_run=a.dry_run), "added")


def set_values(arguments: argparse.Namespace) -> int:
    """Set keys of a document."""
    values: dict[str, str] = {}
    for pair in arguments.values:
        key, equals, value = pair.partition("=")
        if not equals or not key:
            raise UsageError(f"{pair!r} is not KEY=VALUE", "write for example status=blocked")
        values[key.strip()] = value
    return _make(arguments, lambda p: revision.set_values(p, arguments.id, values, note=arguments.note), "changed")


def archive(arguments: argparse.Namespace) -> int:
    """File a finished milestone."""
    a = arguments
    return _make(a, lambda p: revision.archive(p, a.id, day=a.date, complete=a.complete, note=a.note), "archived")


def complete_plan(arguments: argparse.Namespace) -> int:
    """Finish a plan and file it."""
    a = arguments
    return _make(a, lambda p: revision.complete_plan(p, a.id, day=a.date, note=a.note), "completed")
