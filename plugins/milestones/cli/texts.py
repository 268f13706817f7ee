"""``schema``, ``rule`` and ``config``: what the tool knows and what holds here."""

from __future__ import annotations

import difflib
import json
import os
from pathlib import Path
from typing import TYPE_CHECKING

from milestones import schemas
from milestones.cli import UsageError
from milestones.manifest import BY_NAME, RULES

if TYPE_CHECKING:
    import argparse

TEXTS = Path(__file__).parent.parent / "rules" / "texts"


def schema(arguments: argparse.Namespace) -> int:
    """Print a schema as it ships, or the kinds there are."""
    if arguments.kind is None:
        for name in schemas.names():
            print(f"{name:<16} {schemas.load(name)['title']}")
        return 0
    try:
        print(schemas.text(arguments.kind), end="")
    except schemas.SchemaNotFound:
        near = difflib.get_close_matches(arguments.kind, schemas.names(), n=1)
        help = f"did you mean {near[0]!r}?" if near else f"there are {', '.join(schemas.names())}"
        raise UsageError(f"there is no schema {arguments.kind!r}", help) from None
    return 0


def rule(arguments: argparse.Namespace) -> int:
    """Print a rule's text, or the list of rules."""
    if arguments.code is None:
        if arguments.json:
            rows = [r._asdict() | {"severity": r.severity.value, "family": r.family} for r in RULES.values()]
            print(json.dumps(rows, indent=2))
            return 0
        family = ""
        for entry in RULES.values():
            if entry.family != family:
                print(f"{'' if not family else chr(10)}{entry.family}")
                family = entry.family
            print(f"  {entry.code}  {entry.name:<32} {entry.severity.value:<8} {entry.summary}")
        return 0
    word = arguments.code
    found = RULES.get(word.upper()) or BY_NAME.get(word.lower())
    if found is None:
        near = difflib.get_close_matches(word, [*RULES, *BY_NAME], n=1)
        raise UsageError(
            f"there is no rule {word!r}",
            f"did you mean {near[0]!r}?" if near else "`milestones rule` lists them",
        )
    print((TEXTS / f"{found.code}.md").read_text(encoding="utf-8"), end="")
    return 0


def config(arguments: argparse.Namespace) -> int:
    """Print the configuration in force, and where it comes from."""
    from milestones.project.workspace import open_workspace

    workspace = open_workspace(os.getcwd())
    held, project = workspace.config, workspace.main
    data = {
        "source": held.source or None,
        "repository": held.directory,
        "profile": project.profile.name,
        "profile_detected": workspace.detected,
        "root": project.profile.root,
        "profiles": [
            {"profile": p.profile.name, "root": p.profile.root, "documents": len(p.entries)} for p in workspace.projects
        ],
        "rules": sorted(held.selected),
        "ignored": sorted(set(RULES) - held.selected),
        "severity": {code: severity.value for code, severity in sorted(held.severity.items())},
        "fail_on": held.fail_on,
        "stale_after": held.stale_after,
        "documents": len(workspace.entries),
    }
    if arguments.json:
        print(json.dumps(data, indent=2))
        return 0
    print(f"configuration  {held.source or 'none: every default holds'}")
    print(f"repository     {held.directory}")
    how = "detected" if workspace.detected else "configured"
    for project in workspace.projects:
        print(f"profile        {project.profile.name} ({how}): {project.profile.title}")
        print(f"root           {project.profile.root or '.'}/ ({len(project.entries)} documents)")
        for kind, template in project.profile.all_places:
            print(f"               {kind}: {template}")
    ignored = sorted(set(RULES) - held.selected)
    print(f"rules          {len(held.selected)} of {len(RULES)}" + (f", not {', '.join(ignored)}" if ignored else ""))
    print(f"fail_on        {held.fail_on}")
    print(f"stale_after    {held.stale_after} days")
    return 0
