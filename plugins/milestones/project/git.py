"""The few things asked of git. It is git that we call, with the environment it gave us.

``GIT_INDEX_FILE`` and ``GIT_DIR`` must reach it unchanged: a hook runs during partial commits and in linked
worktrees. Configuration of the repository that would make git run a program is switched off.
"""

from __future__ import annotations

import os
from functools import partial
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

_SAFE = ("-c", "core.fsmonitor=false", "-c", "core.quotePath=false")


class GitError(Exception):
    """git is missing, this is no repository, or it refused; the text is its own first line."""


class Running:
    """A git command at work beside us; ``output`` waits for its end. There is no other way to be done with it."""

    def __init__(self, root: str, *arguments: str) -> None:
        self._asked = arguments[0]
        command = ["git", "-C", root, *_SAFE, *arguments]
        self._end = _spawned(command) if hasattr(os, "posix_spawnp") else _subprocess(command)

    def output(self) -> bytes:
        """Standard output of the command. Raises GitError."""
        try:
            status, output, errors = self._end()
        except OSError as error:
            raise GitError(f"git can't be run: {error.strerror}") from None
        if b"could not open directory" in errors or b"could not stat" in errors.lower():
            status = status or 1  # git goes on without what it can't see; nothing here may
        if status:
            message = errors.decode("utf-8", "replace").strip().split("\n")[0]
            raise GitError(message or f"git {self._asked} failed with status {status}")
        return output


def run(root: str, *arguments: str) -> bytes:
    """Standard output of one git command in ``root``. Raises GitError."""
    return Running(root, *arguments).output()


def _spawned(command: list[str]) -> Callable[[], tuple[int, bytes, bytes]]:
    """Start a command; status, output and errors once it has ended.

    The commit hook asks git twice, and importing ``subprocess`` would cost it more than that.
    """
    import select

    out, out_end = os.pipe()
    err, err_end = os.pipe()
    try:
        actions = [
            (os.POSIX_SPAWN_OPEN, 0, os.devnull, os.O_RDONLY, 0),
            (os.POSIX_SPAWN_DUP2, out_end, 1),
            (os.POSIX_SPAWN_DUP2, err_end, 2),
        ]
        process = os.posix_spawnp(command[0], command, os.environ, file_actions=actions)
    except OSError as error:
        os.close(out)
        os.close(err)
        return partial(_failed, error)
    finally:
        os.close(out_end)
        os.close(err_end)

    def end() -> tuple[int, bytes, bytes]:
        read: dict[int, list[bytes]] = {out: [], err: []}
        poll = select.poll()
        for pipe in read:
            poll.register(pipe, select.POLLIN | select.POLLHUP)
        open_ends = set(read)
        while open_ends:
            for pipe, _ in poll.poll():
                chunk = os.read(pipe, 1 << 16)
                if chunk:
                    read[pipe].append(chunk)
                else:
                    poll.unregister(pipe)
                    os.close(pipe)
                    open_ends.discard(pipe)
        _, status = os.waitpid(process, 0)
        return os.waitstatus_to_exitcode(status), b"".join(read[out]), b"".join(read[err])

    return end


def _failed(error: OSError) -> tuple[int, bytes, bytes]:
    raise error


def _subprocess(command: list[str]) -> Callable[[], tuple[int, bytes, bytes]]:
    import subprocess

    def end() -> tuple[int, bytes, bytes]:
        done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, check=False)
        return done.returncode, done.stdout, done.stderr

    return end


def inside(root: str) -> bool:
    """True where ``root`` lies in a git work tree, judged by its folders alone; git itself is not started."""
    if "GIT_DIR" in os.environ:
        return True
    at = os.path.abspath(root)
    while True:
        if os.path.exists(os.path.join(at, ".git")):
            return True
        up = os.path.dirname(at)
        if up == at:
            return False
        at = up


def names(root: str, below: str, *, tracked: bool) -> list[str]:
    """Paths below a folder, relative to ``root``, sorted.

    ``tracked`` lists what a commit would hold: the index. Otherwise the work tree: tracked files that are still
    there, and new ones that are not ignored.
    """
    return Names(root, below, tracked=tracked).read()


class Names:
    """The same, while git is listing them: ``read`` waits for the end. Raises GitError."""

    def __init__(self, root: str, below: str, *, tracked: bool) -> None:
        def listed(*which: str) -> Running:
            return Running(root, "ls-files", "-z", *which, "--", f":(literal){below}" if below else ".")

        # What is gone is looked for beside what is new: each takes git a walk of its own.
        self._gone = None if tracked else listed("--deleted")
        self._there = listed("--cached") if tracked else listed("--cached", "--others", "--exclude-standard")

    def read(self) -> list[str]:
        """The paths, sorted. Raises GitError."""
        try:
            found = dict.fromkeys(_paths(self._there.output()))
        finally:
            gone = _paths(self._gone.output()) if self._gone is not None else []
        for path in gone:
            found.pop(path, None)
        return sorted(found)  # git's order is nearly this one, and to sort what is sorted costs next to nothing


def _paths(listing: bytes) -> list[str]:
    return os.fsdecode(listing).split("\0")[:-1]
