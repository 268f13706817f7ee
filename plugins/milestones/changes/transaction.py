"""Several files changed as one: everything is written, or the tree is left as it was.

A journal names every step before the first is taken (``journal``). New contents go to temporary files beside their
targets; only when all of them are on disk are they renamed into place, one rename each. Last comes git's index, in one
step. When a step fails, those before it are undone; when the process is killed, the next command undoes them.
"""

from __future__ import annotations

import contextlib
import errno
import hashlib
import os
import shutil
import stat
from typing import TYPE_CHECKING

from milestones.changes import journal
from milestones.changes.errors import ChangeError, WriteError
from milestones.project import git, writing

if TYPE_CHECKING:
    from collections.abc import Iterator

    from milestones.changes.journal import Journal, Write


#: What a file system without links says, and a kernel that lets nobody link to the files of others.
_NO_LINKS = frozenset({errno.EPERM, errno.ENOTSUP, errno.EOPNOTSUPP, errno.ENOSYS, errno.EMLINK})


@contextlib.contextmanager
def lock(directory: str) -> Iterator[bool]:
    """One writer at a time in a repository: a second one waits. True where an interrupted change was undone first.

    Raises ChangeError where there is one that can't be undone.
    """
    with writing.alone(directory):
        yield journal.recover(directory)


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
        """Do it all. The caller holds the lock.

        Raises:
            ChangeError: when something is in the way; then nothing has changed.
            WriteError: when a step failed. Then nothing has changed either, or, where even undoing failed, the message
                says so and the next command tries again.
        """
        if not self.writes and not self.moves and not self.removals:
            return
        self._refuse()
        try:
            change = self._planned()
            journal.write(change)
        except (OSError, git.GitError) as error:
            raise WriteError(f"nothing was changed: {_reason(error)}") from None
        try:
            self._do(change)
            journal.write(change._replace(done=True))
        except BaseException as error:  # an interrupt too leaves the tree as it was
            self._undo(change, error)
            if not isinstance(error, OSError | git.GitError | ChangeError):
                raise
            if isinstance(error, ChangeError):
                raise
            raise WriteError(f"nothing was changed: {_reason(error)}") from None
        with contextlib.suppress(OSError):  # whoever writes next tidies up
            journal.finish(change)
        if change.entries:
            with contextlib.suppress(git.GitError):  # sizes and times, which git would find out by itself
                options = git.without_programs(self.directory)
                git.run(self.directory, *options, "update-index", "-q", "--ignore-submodules", "--refresh")

    def _refuse(self) -> None:
        for path in [*self.writes, *self.removals, *(path for pair in self.moves for path in pair)]:
            journal.stays_inside(self.directory, path)
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

    def _planned(self) -> Journal:
        """Every step, with the names of the files that come and go on the way."""
        token = os.urandom(8).hex()
        folders: dict[str, None] = {}
        for path in [*(target for _, target in self.moves), *self.writes]:
            missing = []
            folder = os.path.dirname(path)
            while folder and folder not in folders and not os.path.isdir(self._full(folder)):
                if os.path.lexists(self._full(folder)):
                    raise ChangeError(f"{folder} is a file, and a folder is needed there")
                if not self._arrives(folder):
                    missing.append(folder)
                folder = os.path.dirname(folder)
            folders.update(dict.fromkeys(reversed(missing)))
        writes = []
        for number, (path, data) in enumerate(self.writes.items()):
            folder = os.path.dirname(path)
            old = "" if path in self.new else _joined(folder, f".milestones-{token}-{2 * number}")
            while folder and not os.path.isdir(self._full(folder)):
                folder = os.path.dirname(folder)
            ready = _joined(folder, f".milestones-{token}-{2 * number + 1}")
            writes.append(journal.Write(path, ready, old, hashlib.sha256(data).hexdigest()))
        removals = [
            (path, _joined(os.path.dirname(path), f".milestones-{token}-{2 * len(writes) + number}"))
            for number, path in enumerate(self.removals)
        ]
        before, names = self._indexed()
        return journal.Journal(
            self.directory, tuple(folders), tuple(self.moves), tuple(writes), tuple(removals), before, names
        )

    def _arrives(self, folder: str) -> bool:
        """True for a folder that is there once the moves are made."""
        return any(
            _within(folder, target) and os.path.isdir(self._full(source + folder[len(target) :]))
            for source, target in self.moves
        )

    def _do(self, change: Journal) -> None:
        for step in change.writes:
            self._stage(step)
        for folder in change.folders:
            os.mkdir(self._full(folder))
        for source, target in change.moves:
            os.rename(self._full(source), self._full(target))
        for step in change.writes:
            self._place(step)
        for path, old in change.removals:
            os.rename(self._full(path), self._full(old))
        if change.entries:
            journal.set_entries(self.directory, tuple(map(_name, change.entries)), self._entries(change))

    def _undo(self, change: Journal, error: BaseException) -> None:
        try:
            on_disk = journal.read(self.directory)
            if on_disk is not None and on_disk.done:
                journal.finish(on_disk)  # it had happened already
                return
            journal.undo(change)
        except (OSError, git.GitError, ChangeError) as stuck:
            raise WriteError(
                f"a change was cut short ({_reason(error)}) and could not be undone ({_reason(stuck)})",
                "mend what is in the way; the next command undoes it first",
            ) from None

    def _full(self, path: str) -> str:
        return os.path.join(self.directory, path)

    def _stage(self, step: Write) -> None:
        """Write the new content where a rename can take it, with the mode of the file it replaces."""
        before = next(
            (
                self._full(source + step.path[len(target) :])
                for source, target in self.moves
                if _within(step.path, target)
            ),
            self._full(step.path),
        )
        ready = self._full(step.ready)
        with open(ready, "xb") as file:
            file.write(self.writes[step.path])
            file.flush()
            os.fsync(file.fileno())
        if os.path.exists(before):
            os.chmod(ready, stat.S_IMODE(os.stat(before).st_mode))

    def _place(self, step: Write) -> None:
        full, ready = self._full(step.path), self._full(step.ready)
        if not step.old:
            # A link fails where the name exists, so two commands at once can't both create it.
            try:
                os.link(ready, full)
            except OSError as error:
                if error.errno not in _NO_LINKS or os.path.lexists(full):
                    raise
                os.rename(ready, full)
                return
            os.unlink(ready)
            return
        old = self._full(step.old)
        try:
            os.link(full, old)
        except OSError as error:
            if error.errno not in _NO_LINKS:
                raise
            _copy(full, old)
        os.replace(ready, full)

    def _indexed(self) -> tuple[tuple[str, ...], tuple[str, ...]]:
        """git's entries for what a change with moves or removals touches, and the names that it adds to them."""
        if not (self.moves or self.removals) or not git.inside(self.directory):
            return (), ()
        prefix = os.fsdecode(git.run(self.directory, "rev-parse", "--show-prefix")).removesuffix("\n")
        places = [*(source for source, _ in self.moves), *self.removals, *(self.writes.keys() - self.new)]
        before = tuple(journal.indexed(self.directory, [prefix + path for path in places]))
        names = []
        for line in before:
            facts, _, name = line.partition("\t")
            path = name.removeprefix(prefix)
            there = self._moved(path)
            if there == path:
                continue
            if facts.startswith("160000 "):
                raise ChangeError(f"{path} is a submodule", "move it with `git mv`")
            if not facts.endswith(" 0"):
                raise ChangeError(f"{path} is in conflict", "resolve it and `git add` it first")
            names.append(prefix + there)
        return before, tuple(names)

    def _moved(self, path: str) -> str:
        return next((t + path[len(s) :] for s, t in self.moves if _within(path, s)), path)

    def _entries(self, change: Journal) -> tuple[str, ...]:
        """git's entries after the change: moved as they were, and edits staged with the moves they belong to."""
        prefix = os.fsdecode(git.run(self.directory, "rev-parse", "--show-prefix")).removesuffix("\n")
        found: dict[str, str] = {}
        for line in change.entries:
            facts, _, name = line.partition("\t")
            there = self._moved(name.removeprefix(prefix))
            if there not in self.removals:
                found[there] = facts
        edited = [path for path in found if path in self.writes and path not in self.new]
        if edited:
            options = git.without_programs(self.directory)
            given = os.fsencode("".join(f"{_quoted(prefix + path)}\n" for path in edited))
            objects = git.run(self.directory, *options, "hash-object", "-w", "--stdin-paths", given=given).decode()
            for path, object_ in zip(edited, objects.split(), strict=True):
                found[path] = f"{found[path].split(' ')[0]} {object_} 0"
        return tuple(f"{facts}\t{prefix}{path}" for path, facts in found.items())


def _copy(source: str, target: str) -> None:
    """Copy a file, or leave no part of it."""
    try:
        shutil.copy2(source, target)
    except BaseException:
        with contextlib.suppress(OSError):
            os.unlink(target)
        raise


def _joined(folder: str, name: str) -> str:
    return f"{folder}/{name}" if folder else name


def _within(path: str, folder: str) -> bool:
    return path == folder or path.startswith(folder + "/")


def _name(line: str) -> str:
    return line.partition("\t")[2]


def _quoted(name: str) -> str:
    """A name for git to read from a line: quoted where it begins with a quote."""
    return '"' + name.replace("\\", "\\\\").replace('"', '\\"') + '"' if name.startswith('"') else name


def _reason(error: BaseException) -> str:
    return error.strerror if isinstance(error, OSError) and error.strerror else str(error) or type(error).__name__


def require_clean(directory: str, paths: list[str]) -> None:
    """Refuse files whose changes git has not been told of: a move would make them hard to find again.

    Files that git does not track at all are no obstacle. Raises ChangeError.
    """
    if not git.inside(directory) or not paths:
        return
    options = ("--porcelain", "-z", "--untracked-files=no", "--ignore-submodules=all")
    literal = (f":(literal){p}" for p in paths)
    try:
        dirty = git.run(directory, *git.without_programs(directory), "status", *options, "--", *literal)
    except git.GitError as error:
        raise ChangeError(f"git can't tell what is uncommitted: {error}", "mend that first") from None
    names = [entry[3:].decode("utf-8", "replace") for entry in dirty.split(b"\0") if entry]
    if names:
        raise ChangeError(
            f"{names[0]} has uncommitted changes" + (f", and {len(names) - 1} more files" if len(names) > 1 else ""),
            "commit or stash them first; then a mistake can be undone with git",
        )


__all__ = ["ChangeError", "Transaction", "WriteError", "lock", "require_clean"]
