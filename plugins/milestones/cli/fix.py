"""``milestones check --fix``: mend what can be mended by itself, then report what is left."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING

from milestones import rules
from milestones.cli import UsageError
from milestones.fixes import numbers, run
from milestones.reports import printable

if TYPE_CHECKING:
    import argparse
    from collections.abc import Callable, Sequence

    from milestones.model import Finding
    from milestones.project.workspace import Workspace

_Opened = tuple["Workspace", list[str] | None]


def mend(
    arguments: argparse.Namespace,
    opened: Callable[[argparse.Namespace], _Opened],
    reported: Callable[[argparse.Namespace, Workspace, list[str] | None], int],
) -> int:
    """Fix, or with ``--diff`` show what fixing would do; then the status that the rest asks for."""
    for option in ("staged", "tracked", "watch"):
        if getattr(arguments, option, False):
            raise UsageError(f"--{option} looks at more than files, and only files are fixed", "leave one of them out")
    if arguments.paths == ["-"]:
        raise UsageError("a document on standard input can't be fixed", "name its file")
    if arguments.unsafe_fixes and os.environ.get("PRE_COMMIT"):
        raise UsageError("--unsafe-fixes moves files, and that never happens in a hook", "run it by hand")
    if arguments.diff:
        return _show(arguments, *opened(arguments))
    whole, chosen = opened(arguments)
    mended = run.fix_all(
        lambda: opened(_without_gone(arguments))[0],
        lambda now: _findings(arguments, now, _followed(now, chosen)),
        whole.config.selected,
        unsafe=arguments.unsafe_fixes,
        baseline=not arguments.no_baseline,
    )
    _say(arguments, mended)
    moved = dict(mended.moves)
    _without_gone(arguments)
    if chosen is not None:
        arguments.paths += [os.path.join(whole.directory, target) for target in moved.values()]
    whole, chosen = opened(arguments)
    return reported(arguments, whole, chosen)


def _without_gone(arguments: argparse.Namespace) -> argparse.Namespace:
    """The command line without the paths that have moved; where none is left, in this folder."""
    arguments.paths = [path for path in arguments.paths if os.path.lexists(path)]
    return arguments


def _followed(now: Workspace, chosen: list[str] | None) -> list[str] | None:
    return None if chosen is None else [path for path in chosen if now.has(path)]


def _findings(arguments: argparse.Namespace, whole: Workspace, chosen: list[str] | None) -> Sequence[Finding]:
    result = rules.check(whole, chosen, frugal=True, baseline=not arguments.no_baseline)
    return [f for f in result.findings if chosen is None or f.path in chosen]


def _show(arguments: argparse.Namespace, whole: Workspace, chosen: list[str] | None) -> int:
    findings = _findings(arguments, whole, chosen)
    mended = run.in_memory(
        whole,
        findings,
        whole.config.selected,
        unsafe=arguments.unsafe_fixes,
        baseline=not arguments.no_baseline,
    )
    if arguments.unsafe_fixes:
        fixes, notes = run.planned_moves(whole, findings)
        moves = tuple(pair for fix in fixes for pair in fix.moves)
        numbered = numbers.planned(whole, findings)
        diff = tuple(numbered.change.diff()) if numbered.change is not None else ()
        done = (*mended.done, *fixes, *numbered.fixes)
        mended = mended._replace(done=done, moves=moves, notes=(*notes, *numbered.notes), diff=diff)
    for line in run.difference(whole, mended).split("\n")[:-1]:
        print(_shown(line))
    count = len(mended.done)
    print(f"{count} finding{'s' if count != 1 else ''} would be fixed.", file=sys.stderr)
    return 1 if count and not arguments.exit_zero else 0


def _shown(line: str) -> str:
    """A line of a difference as a terminal may have it; tabs, and the `\\r` of a CRLF file, are part of the text."""
    text = line.removesuffix("\r")
    return "\t".join(map(printable, text.split("\t"))) + line[len(text) :]


def _say(arguments: argparse.Namespace, mended: run.Mended) -> None:
    for note in mended.notes:
        print(f"note: {printable(note)}", file=sys.stderr)
    if arguments.quiet:
        return
    for source, target in mended.moves:
        print(f"moved {printable(source)} -> {printable(target)}", file=sys.stderr)
    count, files = len(mended.done), len({fix.path for fix in mended.done})
    text = f"Fixed {count} finding{'s' if count != 1 else ''} in {files} file{'s' if files != 1 else ''}."
    print(text if count else "Nothing was fixed.", file=sys.stderr)
