"""Shell completion, by argcomplete: commands and options from the parser, ids from the repository."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import argparse

    from milestones.project.project import Project


def complete(parser: argparse.ArgumentParser) -> None:
    """Answer the shell and exit. Called only while a shell asks."""
    import argcomplete

    _attach(parser)
    argcomplete.autocomplete(parser)


def _attach(parser: argparse.ArgumentParser) -> None:
    completers = {"id": _ids, "plan": _plans, "kind": _schemas, "code": _rules}
    completers |= {"at": _refs, "before": _refs, "after": _refs}
    for action in parser._actions:
        choices: Any = action.choices
        if isinstance(choices, dict):
            for inner in choices.values():
                _attach(inner)
        elif action.dest in completers and not action.choices:
            action.completer = completers[action.dest]  # type: ignore[attr-defined]


def _ids(**_: Any) -> list[str]:
    return sorted({id_ for project in _projects() for id_ in project.by_path_id})


def _plans(**_: Any) -> list[str]:
    entries = [entry for project in _projects() for entry in project.of_model("plan")]
    return sorted({str(entry.id_in_path) for entry in entries if entry.id_in_path})


def _projects() -> list[Project]:
    from milestones.project.workspace import open_workspace

    return open_workspace(os.getcwd()).projects


def _refs(**_: Any) -> list[str]:
    from milestones.project import git

    kinds = ("refs/heads", "refs/tags", "refs/remotes")
    listed = git.run(os.getcwd(), "for-each-ref", "--format=%(refname:short)", *kinds)
    return ["HEAD", *os.fsdecode(listed).split("\n")[:-1]]


def _schemas(**_: Any) -> list[str]:
    from milestones import schemas

    return schemas.names()


def _rules(**_: Any) -> list[str]:
    from milestones.manifest import BY_NAME, RULES

    return [*RULES, *BY_NAME]


def script(arguments: argparse.Namespace) -> int:
    """Print the script that a shell evaluates."""
    from argcomplete.shell_integration import shellcode

    print(shellcode(["milestones"], shell=arguments.shell))
    return 0
