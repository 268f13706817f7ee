"""``profile list``, ``show``, ``check`` and ``new``: conventions as data, one's own included."""

from __future__ import annotations

import os
import re
from typing import TYPE_CHECKING

from milestones.changes.transaction import ChangeError, Transaction, WriteError
from milestones.cli import UsageError, writing
from milestones.profiles import catalogue, coverage
from milestones.project import config as configuration
from milestones.project.project import names_below
from milestones.project.workspace import open_workspace
from milestones.reports import printable

if TYPE_CHECKING:
    import argparse

    from milestones.profiles.profile import Profile

#: What `profile new` writes: the smallest profile that is of use, each part with the question it answers.
STARTER = "starter.toml"


def list_profiles(_: argparse.Namespace) -> int:
    """The bundled profiles."""
    for name in catalogue.NAMES:
        profile = catalogue.load(name)
        print(f"{name:<18} {profile.root or '(anywhere)':<20} {profile.title}")
    return 0


def _load(name: str) -> Profile:
    config = configuration.find(os.getcwd())
    if name.endswith(".toml") and not os.path.isfile(os.path.join(config.directory, name)):
        # A path is meant from where one stands, and a profile is named from the repository's top.
        here = os.path.relpath(os.path.abspath(name), config.directory).replace(os.sep, "/")
        name = here if os.path.isfile(os.path.join(config.directory, here)) else name
    return catalogue.load(name, config.root if config.profile == name else None, config.directory)


def show(arguments: argparse.Namespace) -> int:
    """What a profile says, in words; or its own text."""
    profile = _load(arguments.name)
    if arguments.toml:
        with open(profile.file, encoding="utf-8") as file:
            print(file.read(), end="")
        return 0
    print(f"{profile.name}: {profile.title}")
    for line in profile.description.splitlines():
        print(f"  {printable(line)}")
    print(f"root  {profile.root or '(the whole repository)'}")
    for kind in profile.kinds.values():
        what = "a note" if kind.model == "note" else f"a {kind.model}"
        print(f"\n{kind.name}: {what}" + (f", id {kind.id.text}" if kind.id is not None else ""))
        for place in kind.places:
            print(f"  {place.template.text}" + (" (finished work)" if place.finished else ""))
        if not kind.places:
            print("  has no document of its own; others list it")
        if kind.schema:
            print(f"  fields    `milestones schema {kind.schema}`")
        if kind.statuses:
            meanings: dict[str, list[str]] = {}
            for word, status in kind.statuses.items():
                meanings.setdefault(status.value, []).append(word)
            print("  statuses  " + "; ".join(f"{status}: {', '.join(words)}" for status, words in meanings.items()))
        if kind.sections:
            print(f"  sections  {', '.join(kind.sections)}")
        for record in kind.records:
            print(
                f"  speaks of each {record.kind} in a {record.each}" + (", and lists them all" if record.lists else "")
            )
    return 0


def check(arguments: argparse.Namespace) -> int:
    """What fits a profile in this repository, and what should and does not."""
    config = configuration.find(os.getcwd())
    if arguments.name is not None:
        chosen = [_load(arguments.name)]
    else:
        chosen = [project.profile for project in open_workspace(os.getcwd(), config=config).projects]
    faults = 0
    empty: list[str] = []
    for profile in chosen:
        names = names_below(config, profile.root, tracked=False)
        print(f"{profile.name}: {len(names)} files in {profile.root or '.'}/")
        report = coverage.of(profile, names)
        for kind, place, count in report.counts:
            print(f"  {count:>6}  {kind}: {place}")
            if not count:
                empty.append(place)
        if report.others:
            print(f"  {len(report.others):>6}  other files, such as {printable(report.others[0])}")
        for fault in report.faults:
            faults += 1
            print(f"error: {printable(fault.message)}")
            if fault.help:
                print(f"  = help: {printable(fault.help)}")
    if not faults and empty:
        print(f"No file fits two patterns, and none fits {', '.join(f'`{printable(place)}`' for place in empty)}.")
    elif not faults:
        print("Every pattern matches, and no file fits two of them.")
    return 1 if faults else 0


def new(arguments: argparse.Namespace) -> int:
    """Write a profile to begin with: a small one, or a copy of a bundled one with its templates."""
    config = configuration.find(os.getcwd())
    path = os.path.relpath(os.path.abspath(arguments.path), config.directory).replace(os.sep, "/")
    if not path.endswith(".toml"):
        raise UsageError(f"{arguments.path} is no TOML file", "write for example plans/house.toml")
    if path.startswith("../"):
        raise UsageError(f"{arguments.path} is not in {config.directory}", "a profile lies in the repository itself")
    name = re.sub(r"[^a-z0-9]+", "-", os.path.basename(path).removesuffix(".toml").lower()).strip("-") or "ours"
    folder = os.path.dirname(path)
    transaction = Transaction(config.directory)
    if arguments.source:
        source = catalogue.load(arguments.source)
        with open(source.file, encoding="utf-8") as file:
            text = re.sub(r'(?m)^name = ".*"$', f'name = "{name}"', file.read(), count=1)
        for kind in source.kinds.values():
            if kind.template:
                target = f"{folder}/{kind.template}" if folder else kind.template
                transaction.create(target, source.template_text(kind).encode("utf-8"))
    else:
        with open(os.path.join(catalogue.BUNDLED, STARTER), encoding="utf-8") as file:
            text = file.read().replace("NAME", name).replace("ROOT", folder or "plans")
    transaction.create(path, text.encode("utf-8"))
    for line in transaction.describe():
        print(f"{'would ' if arguments.dry_run else ''}{printable(line)}")
    if not arguments.dry_run:
        try:
            with writing(config.directory):
                transaction.commit()
        except WriteError:
            raise
        except ChangeError as error:
            raise ChangeError(str(error), "give another name, or remove that file first") from None
        print(f'Use it with `profile = "{path}"` in milestones.toml; `milestones profile check {path}` tests it.')
    return 0
