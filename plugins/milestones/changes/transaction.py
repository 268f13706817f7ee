"""Several files changed as one: everything is written, or the tree is left as it was.

New contents go to temporary files beside their targets first; only when all of them are on disk are they renamed
into place, one rename each. When a step fails, the steps before it are undone.
"""

from __future__ import annotations

import contextlib
import os
import stat
import tempfile
from typing import TYPE_CHECKING

from milestones.project import git

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator


class ChangeError(Exception):
    """A change that was not made; nothing was written. ``help`` says what would make it possible."""

    def __init__(self, message: str, help: str = "") -> None:
        super().__init__(message)
        self.help = help


@contextlib.contextmanager
def lock(directory: str) -> Iterator[None]:
    """One writer at a time in a repository: a second one waits.

    The lock is on the folder itself, so it leaves no file behind and ends with the process.
    """
    try:
        import fcntl
    except ImportError:  # Windows: creating a file fails where it exists, which guards the numbers
        yield
        return
    descriptor = os.open(directory, os.O_RDONLY)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)


class Transaction:
    """Writes and moves to be made together, in a repository folder. Paths are relative to it.

    Every path must stay inside the folder, and a symbolic link on the way to it is refused.
    """

    def __init__(self, directory: str) -> None:
        self.directory = directory
        self.moves: list[tuple[str, str]] = []
        self.writes: dict[str, bytes] = {}
        self.new: set[str] = set()
        self.removals: list[str] = []

    def write(self, path: str, data: bytes) -> None:
        """Give an existing file (at the place it has after the moves) a new content."""
        self.writes[path] = data

    def create(self, path: str, data: bytes) -> None:
        """Add a file that must not exist yet."""
        self.writes[path] = data
        self.new.add(path)

    def move(self, source: str, target: str) -> None:
        """Move a file or folder; ``target`` must not exist."""
        self.moves.append((source, target))

    def remove(self, path: str) -> None:
        """Remove a file; git keeps what it was."""
        self.removals.append(path)

    def describe(self) -> list[str]:
        """What would happen, a line each, in the order in which it would."""
        lines = [f"move {source} -> {target}" for source, target in self.moves]
        lines += [f"{'create' if path in self.new else 'edit'} {path}" for path in sorted(self.writes)]
        lines += [f"remove {path}" for path in self.removals]
        return lines

    def commit(self) -> None:
        """Do it all.

        Raises:
            ChangeError: when something is in the way; then nothing has changed.
        """
        for path in [*self.writes, *self.removals, *(path for pair in self.moves for path in pair)]:
            self._stays_inside(path)
        for path in self.new:
            if os.path.lexists(self._full(path)):
                raise ChangeError(f"{path} exists already")
        for path in self.removals:
            if not os.path.lexists(self._full(path)):
                raise ChangeError(f"{path} is gone")
        for source, target in self.moves:
            if not os.path.lexists(self._full(source)):
                raise ChangeError(f"{source} is gone")
            if os.path.lexists(self._full(target)):
                raise ChangeError(f"{target} exists already")
        undo: list[Callable[[], None]] = []
        staged: list[tuple[str, str]] = []
        try:
            for path, data in self.writes.items():
                staged.append((self._stage(path, data, undo), path))
            for source, target in self.moves:
                self._move(source, target, undo)
            for temporary, path in staged:
                self._place(temporary, path, undo)
            for path in self.removals:
                self._remove(path, undo)
        except BaseException as error:  # an interrupt too leaves the tree as it was
            for step in reversed(undo):
                with contextlib.suppress(OSError, git.GitError):
                    step()
            for temporary, _ in staged:
                with contextlib.suppress(OSError):
                    os.unlink(temporary)
            if not isinstance(error, OSError | git.GitError | ChangeError):
                raise
            reason = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
            raise ChangeError(f"nothing was changed: {reason}") from None
        if self.moves or self.removals:
            self._tell_git()
        for source in [*(source for source, _ in self.moves), *self.removals]:
            self._prune(os.path.dirname(self._full(source)))

    def _full(self, path: str) -> str:
        return os.path.join(self.directory, path)

    def _stays_inside(self, path: str) -> None:
        parts = path.split("/")
        if path.startswith("/") or ".." in parts or not path:
            raise ChangeError(f"{path!r} is not a path inside the repository")
        at = self.directory
        for part in parts:
            at = os.path.join(at, part)
            if os.path.islink(at):
                raise ChangeError(f"{os.path.relpath(at, self.directory)} is a symbolic link; links are not followed")

    def _stage(self, path: str, data: bytes, undo: list[Callable[[], None]]) -> str:
        """Write the new content where a rename can take it, with the mode of the file it replaces."""
        full = self._full(path)
        before = next(
            (self._full(source + path[len(target) :]) for source, target in self.moves if _within(path, target)),
            full,
        )
        folder = os.path.dirname(full)
        while not os.path.isdir(folder):
            folder = os.path.dirname(folder)
        handle, temporary = tempfile.mkstemp(prefix=".milestones-", dir=folder)
        try:
            with os.fdopen(handle, "wb") as file:
                file.write(data)
                file.flush()
                os.fsync(file.fileno())
            mode = stat.S_IMODE(os.stat(before).st_mode) if os.path.exists(before) else 0o666 & ~_umask()
            os.chmod(temporary, mode)
        except OSError:
            os.unlink(temporary)
            raise
        return temporary

    def _move(self, source: str, target: str, undo: list[Callable[[], None]]) -> None:
        self._make_folder(os.path.dirname(self._full(target)), undo)
        if self._tracked(source):
            git.run(self.directory, "mv", "--", source, target)
            undo.append(lambda: _ignore(git.run(self.directory, "mv", "--", target, source)))
        else:
            os.rename(self._full(source), self._full(target))
            undo.append(lambda: os.rename(self._full(target), self._full(source)))

    def _tracked(self, path: str) -> bool:
        if not git.inside(self.directory):
            return False
        return bool(git.run(self.directory, "ls-files", "-z", "--", f":(literal){path}"))

    def _tell_git(self) -> None:
        """Stage the edits that belong to a staged move, so that a commit can't hold one without the other."""
        tracked = [path for path in self.writes if path not in self.new and self._tracked(path)]
        tracked += [path for path in self.removals if self._tracked(path)]
        if tracked:
            with contextlib.suppress(git.GitError):
                git.run(self.directory, "add", "--", *tracked)

    def _place(self, temporary: str, path: str, undo: list[Callable[[], None]]) -> None:
        full = self._full(path)
        self._make_folder(os.path.dirname(full), undo)
        if path in self.new:
            # A link fails where the name exists, so two commands at once can't both create it.
            os.link(temporary, full)
            os.unlink(temporary)
            undo.append(lambda: os.unlink(full))
            return
        with open(full, "rb") as file:
            before = file.read()
        os.replace(temporary, full)
        undo.append(lambda: _restore(full, before))

    def _remove(self, path: str, undo: list[Callable[[], None]]) -> None:
        full = self._full(path)
        with open(full, "rb") as file:
            before = file.read()
        mode = stat.S_IMODE(os.stat(full).st_mode)
        os.unlink(full)

        def restore() -> None:
            _restore(full, before)
            os.chmod(full, mode)

        undo.append(restore)

    def _make_folder(self, folder: str, undo: list[Callable[[], None]]) -> None:
        missing = []
        at = folder
        while not os.path.isdir(at):
            missing.append(at)
            at = os.path.dirname(at)
        for path in reversed(missing):
            os.mkdir(path)
            undo.append(lambda path=path: os.rmdir(path))  # type: ignore[misc]

    def _prune(self, folder: str) -> None:
        """Remove folders that a move left empty, as git does with its own."""
        while folder.startswith(self.directory + os.sep):
            try:
                os.rmdir(folder)
            except OSError:
                return
            folder = os.path.dirname(folder)


def _within(path: str, folder: str) -> bool:
    return path == folder or path.startswith(folder + "/")


def _ignore(_: object) -> None:
    return None


def _restore(path: str, data: bytes) -> None:
    with open(path, "wb") as file:
        file.write(data)


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask


def require_clean(directory: str, paths: list[str]) -> None:
    """Refuse files whose changes git has not been told of: a move would make them hard to find again.

    Files that git does not track at all are no obstacle. Raises ChangeError.
    """
    if not git.inside(directory) or not paths:
        return
    try:
        dirty = git.run(
            directory,
            "status",
            "--porcelain",
            "-z",
            "--untracked-files=no",
            "--",
            *(f":(literal){p}" for p in paths),
        )
    except git.GitError as error:
        raise ChangeError(f"git can't tell what is uncommitted: {error}", "mend that first") from None
    names = [entry[3:].decode("utf-8", "replace") for entry in dirty.split(b"\0") if entry]
    if names:
        raise ChangeError(
            f"{names[0]} has uncommitted changes" + (f", and {len(names) - 1} more files" if len(names) > 1 else ""),
            "commit or stash them first; then a mistake can be undone with git",
        )
