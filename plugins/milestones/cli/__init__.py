"""The command ``milestones``: argument parsing and exit statuses. Each command lives in a module of its own.

Exit status 0: clean, or done. 1: findings, or a change that was refused. 2: wrong usage or configuration, or git
can't tell.
"""

from __future__ import annotations

import contextlib
import gc
import os
import sys
from contextlib import suppress
from importlib import import_module
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, NoReturn

if TYPE_CHECKING:
    import argparse
    from collections.abc import Iterator, Sequence


#: What a hook can be about; ``cli.check`` says which rules that means.
CONCERNS = ("all", "front-matter", "naming", "sequence", "archive")


class UsageError(Exception):
    """The command line asks for what can't be done; ``help`` says what to write instead."""

    def __init__(self, message: str, help: str = "") -> None:
        super().__init__(message)
        self.help = help


def command() -> NoReturn:
    """``main`` as a process of its own. It ends without tidying up, which would take a hook a tenth of its time."""
    status = main()
    with suppress(OSError):
        sys.stderr.flush()
    os._exit(status)


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command. Returns its exit status; never raises for what a user can write in a file or type."""
    # One command, then the process ends: there are no cycles worth a fifth of the time to look for them.
    gc.disable()
    for stream in (sys.stdout, sys.stderr):
        reconfigure = getattr(stream, "reconfigure", None)
        if reconfigure is not None:
            reconfigure(errors="backslashreplace")
    arguments = _hook(argv if argv is not None else sys.argv[1:])
    if arguments is None:
        from milestones.cli.parser import build

        words = sys.argv[1:] if argv is None else argv
        completing = "_ARGCOMPLETE" in os.environ
        parser = build(words[0] if words and not completing else "")
        if completing:
            import_module("milestones.cli.completion").complete(parser)
        arguments = parser.parse_args(argv)
    for name in ("stdout", "stderr"):
        if getattr(sys, name) is None:  # closed by whoever started us
            setattr(sys, name, open(os.devnull, "w", encoding="utf-8"))  # noqa: SIM115 - it lasts as long as we do
    try:
        status = _run(arguments)
        sys.stdout.flush()
        return status
    except BrokenPipeError:
        # Whoever read our output has seen enough. Python would complain once more at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except KeyboardInterrupt:
        return 130


def _hook(words: Sequence[str]) -> Any:
    """``hook CONCERN PATH…`` as parsed arguments; None for any other command line.

    It runs on every commit, and this is all that a parser would make of it.
    """
    if len(words) < 2 or words[0] != "hook" or words[1] not in CONCERNS or any(w.startswith("-") for w in words):
        return None
    return SimpleNamespace(run="check:hook", directory=None, concern=words[1], paths=list(words[2:]))


def _run(arguments: argparse.Namespace) -> int:
    from milestones.project.config import set_today

    try:
        if arguments.directory:
            try:
                os.chdir(arguments.directory)
            except OSError as error:
                raise UsageError(f"{arguments.directory}: {error.strerror}") from None
            arguments.directory = None
        if getattr(arguments, "today", None) is not None:
            set_today(arguments.today)
        module, _, function = arguments.run.partition(":")
        status: int = getattr(import_module(f"milestones.cli.{module}"), function)(arguments)
        return status
    except BrokenPipeError:
        raise
    except Exception as error:
        if arguments.run != "check:hook" and _settled(error):
            return _run(arguments)
        if status := explained(error):
            return status
        if os.environ.get("MILESTONES_DEBUG"):
            raise
        return _fail(2, f"internal error: {type(error).__name__}: {error}", "set MILESTONES_DEBUG=1 and report it")


def _settled(error: Exception) -> bool:
    """Undo the change that an interrupted command left. True where an error was about one, and it is gone."""
    found = sys.modules.get("milestones.project.writing")
    if found is None or not isinstance(error, found.Interrupted):
        return False
    try:
        with writing(error.directory):
            return True
    except Exception as stuck:
        raise SystemExit(explained(stuck) or 2) from None


@contextlib.contextmanager
def writing(directory: str) -> Iterator[None]:
    """Be the only one that writes to a repository, and say so where the change of an interrupted command was undone."""
    from milestones.changes.transaction import lock

    with lock(directory) as undone:
        if undone:
            print("note: a command was interrupted before; what it had half changed was undone", file=sys.stderr)
        yield


def explained(error: Exception) -> int:
    """Print an error that a user can mend, and return the status to end with; 0 for any other."""
    from milestones.profiles.profile import ProfileError
    from milestones.project.config import ConfigError
    from milestones.project.git import GitError

    if isinstance(error, BrokenPipeError):
        return 0
    if isinstance(error, ConfigError):
        return _fail(2, f"{error.where}: {error}" if error.where else str(error), error.help)
    if isinstance(error, ProfileError | GitError):
        return _fail(2, str(error))
    if isinstance(error, UsageError):
        return _fail(2, str(error), error.help)
    if isinstance(error, OSError):
        return _fail(2, f"{error.filename or ''}: {error.strerror or error}".lstrip(": "))
    if isinstance(error, MemoryError):
        return _fail(2, "there is not enough memory for what was asked")
    if isinstance(error, RecursionError):
        return _fail(2, "something here is nested too deeply to be read", "look for long runs of brackets")
    refused = sys.modules.get("milestones.changes.transaction")
    if refused is not None and isinstance(error, refused.ChangeError):
        return _fail(2 if isinstance(error, refused.WriteError) else 1, str(error), error.help)
    asked = sys.modules.get("milestones.history.observation")
    if asked is not None and isinstance(error, asked.HistoryError):
        return _fail(2, str(error), error.help)
    return 0


def _fail(status: int, message: str, help: str = "") -> int:
    from milestones.reports import printable

    lines = [f"error: {printable(message)}"]
    if help:
        lines.append(f"  = help: {printable(help)}")
    sys.stdout.flush()
    print("\n".join(lines), file=sys.stderr)
    return status


def use_colour(stream: Any) -> bool:
    """Whether to colour what goes to a stream: NO_COLOR and FORCE_COLOR decide, else whether it is a terminal."""
    if os.environ.get("NO_COLOR"):
        return False
    if os.environ.get("FORCE_COLOR"):
        return True
    return bool(stream.isatty()) and os.environ.get("TERM") != "dumb"
