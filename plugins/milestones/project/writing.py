"""One writer at a time in a repository, and how everybody else sees that a change was cut short.

A writer holds a lock on the repository's folder, which leaves no file behind and ends with the process. While it
writes, a journal says what (``changes.journal``). One that nobody holds the lock for is what a killed writer left.
"""

from __future__ import annotations

import contextlib
import os
from typing import TYPE_CHECKING

from milestones.project import git
from milestones.project.config import ConfigError

if TYPE_CHECKING:
    from collections.abc import Iterator

_NAME = "milestones-journal"


class Interrupted(ConfigError):
    """A change in ``directory`` was cut short and is not undone yet: files are neither as before nor as after."""

    def __init__(self, directory: str) -> None:
        super().__init__(
            "a command was interrupted while it changed files",
            help="run `milestones check`: it undoes what was half done",
        )
        self.directory = directory


def journal(directory: str) -> str:
    """Where the journal of a folder's changes is while there is one.

    It lies with git's own files, where no clone, checkout or merge can put one. Without git, in the folder itself.
    """
    folder = git.folder(directory)
    if folder is None:
        return os.path.join(directory, f".{_NAME}")
    above = git.top(directory)
    if above is None or os.path.samefile(above, directory):
        return os.path.join(folder, _NAME)
    import hashlib  # for few, and every commit waits for a hook

    below = os.path.relpath(os.path.realpath(directory), os.path.realpath(above))
    return os.path.join(folder, f"{_NAME}-{hashlib.sha256(os.fsencode(below)).hexdigest()[:16]}")


@contextlib.contextmanager
def alone(directory: str) -> Iterator[None]:
    """Hold the lock of a folder; a second one waits."""
    try:
        import fcntl
    except ImportError:  # Windows: creating the journal fails where there is one, so a second writer is refused
        yield
        return
    descriptor = os.open(directory, os.O_RDONLY)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)


def require_settled(directory: str) -> None:
    """Wait for a writer that is at work. Raises Interrupted where one was killed at it."""
    there = journal(directory)
    begun = f"{there}.new"
    if os.path.lexists(there) or os.path.lexists(begun):
        with alone(directory):
            if os.path.lexists(there):
                raise Interrupted(directory)
            with contextlib.suppress(OSError):  # a journal that was never finished stands for no change
                os.unlink(begun)
