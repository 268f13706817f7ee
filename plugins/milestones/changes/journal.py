"""What a change is about to do, written down before it does it, so that one that was killed can be undone.

Several renames can't happen at the same instant. So the journal comes first and names every step. New contents lie
ready beside their targets, old ones stay beside them until all is done. Then the journal is marked as done, which is
the moment at which the change has happened. Whoever takes the lock next and finds a journal undoes its change, or,
where it was done, tidies up after it. Every step can be taken twice: undoing may be killed too.
"""

from __future__ import annotations

import contextlib
import errno
import hashlib
import json
import os
import re
from typing import TYPE_CHECKING, NamedTuple

from milestones.changes.errors import ChangeError, WriteError
from milestones.project import git, writing

if TYPE_CHECKING:
    from collections.abc import Iterator

_OURS = re.compile(r"\.milestones-[0-9a-f]{16}-[0-9]+")


class Write(NamedTuple):
    """A new content: where it goes, where it lies ready, where the old one stays (empty for a new file), its hash."""

    path: str
    ready: str
    old: str
    digest: str


class Journal(NamedTuple):
    """The steps of a change, in their order. Paths are relative to ``directory``.

    ``entries`` are git's before the change (``MODE OBJECT STAGE\\tNAME``), and ``added`` the names that the change adds
    to them, both named from the top of the work tree.
    """

    directory: str
    folders: tuple[str, ...] = ()
    moves: tuple[tuple[str, str], ...] = ()
    writes: tuple[Write, ...] = ()
    removals: tuple[tuple[str, str], ...] = ()
    entries: tuple[str, ...] = ()
    added: tuple[str, ...] = ()
    done: bool = False


def write(change: Journal) -> None:
    """Put the journal on disk, whole. Raises OSError."""
    there = writing.journal(change.directory)
    text = json.dumps(change._replace(directory="")._asdict())
    with open(f"{there}.new", "w", encoding="ascii") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    if change.done or os.name != "nt":
        os.replace(f"{there}.new", there)
    else:
        os.rename(f"{there}.new", there)  # which fails on Windows where another writer has one
    _settle(os.path.dirname(there))


def read(directory: str) -> Journal | None:
    """The journal that is there, or None. Raises ChangeError for what is none of ours."""
    there = writing.journal(directory)
    with contextlib.suppress(OSError):
        os.unlink(f"{there}.new")
    try:
        with open(there, encoding="ascii") as file:
            found = json.load(file)
        change = Journal(
            directory,
            tuple(map(str, found["folders"])),
            tuple((str(source), str(target)) for source, target in found["moves"]),
            tuple(Write(*map(str, step)) for step in found["writes"]),
            tuple((str(path), str(old)) for path, old in found["removals"]),
            tuple(map(str, found["entries"])),
            tuple(map(str, found["added"])),
            bool(found["done"]),
        )
        for path in [*change.folders, *(path for pair in change.moves for path in pair)]:
            stays_inside(directory, path)
        for path, old in [*((w.path, w.ready) for w in change.writes), *((w.path, w.old) for w in change.writes)]:
            _beside(directory, path, old)
        for path, old in change.removals:
            _beside(directory, path, old)
    except FileNotFoundError:
        return None
    except (OSError, ValueError, TypeError, KeyError, ChangeError) as error:
        raise ChangeError(f"{there} can't be read: {error}", "remove it, and look at `git status`") from None
    return change


def _beside(directory: str, path: str, other: str) -> None:
    stays_inside(directory, path)
    if other:
        stays_inside(directory, other)
        if not _OURS.fullmatch(os.path.basename(other)):
            raise ChangeError(f"{other!r} is no file of ours")


def stays_inside(directory: str, path: str) -> None:
    """Refuse a path that leaves the folder, by itself or through a symbolic link. Raises ChangeError."""
    parts = path.split("/")
    if path.startswith("/") or ".." in parts or not path:
        raise ChangeError(f"{path!r} is not a path inside the repository")
    at = directory
    for part in parts:
        at = os.path.join(at, part)
        if os.path.islink(at):
            raise ChangeError(f"{os.path.relpath(at, directory)} is a symbolic link; links are not followed")


def recover(directory: str) -> bool:
    """Undo the change that a killed command left, or tidy up after it. True where there was one.

    The caller holds the lock. Raises ChangeError where that is not possible; the journal stays then.
    """
    change = read(directory)
    if change is None:
        return False
    try:
        (finish if change.done else undo)(change)
    except (OSError, git.GitError) as error:
        reason = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
        raise WriteError(
            f"an interrupted change can't be undone: {reason}", f"{writing.journal(directory)} says what it was"
        ) from None
    return not change.done


def undo(change: Journal) -> None:
    """Leave the tree and git's index as they were, and no journal.

    What can't be undone keeps nothing else from it; the journal stays for it then. Raises OSError, GitError,
    ChangeError: the first that stood in the way.
    """
    stuck: list[Exception] = []
    kept: list[str] = []
    for path, old in reversed(change.removals):
        with _kept(stuck):
            _undo_removal(change, path, old)
    for step in reversed(change.writes):
        count = len(stuck)
        with _kept(stuck):
            _undo_write(change, step)
        if len(stuck) > count:
            kept.append(step.path)
    for step in change.writes:
        with _kept(stuck), contextlib.suppress(FileNotFoundError):
            os.unlink(_full(change, step.ready))
    for source, target in reversed(change.moves):
        if any(path == target or path.startswith(target + "/") for path in kept):
            continue  # its old content lies beside it, and has to find it again
        if os.path.lexists(_full(change, target)) and not os.path.lexists(_full(change, source)):
            with _kept(stuck):
                os.rename(_full(change, target), _full(change, source))
    for folder in reversed(change.folders):
        with contextlib.suppress(OSError):  # never made, or somebody has put something there since
            os.rmdir(_full(change, folder))
    with _kept(stuck):
        _undo_index(change)
    if stuck:
        raise stuck[0]
    os.unlink(writing.journal(change.directory))


@contextlib.contextmanager
def _kept(errors: list[Exception]) -> Iterator[None]:
    """Go on after an error, and keep it."""
    try:
        yield
    except (OSError, git.GitError, ChangeError) as error:
        errors.append(error)


def _undo_removal(change: Journal, path: str, old: str) -> None:
    if os.path.lexists(_full(change, old)):
        if os.path.lexists(_full(change, path)):
            raise _changed(change, path, old)
        os.rename(_full(change, old), _full(change, path))


def _undo_write(change: Journal, step: Write) -> None:
    full = _full(change, step.path)
    if not step.old:
        # Not ours where another command has made a file of this name: then the link to it was never made.
        if _digest(full) == step.digest:
            os.unlink(full)
        return
    old = _full(change, step.old)
    if not os.path.lexists(old):
        return
    present, before = _digest(full), _digest(old)
    if present == before:
        os.unlink(old)  # never replaced, perhaps because nobody may
        return
    if present not in (step.digest, ""):
        raise _changed(change, step.path, step.old)
    os.replace(old, full)


def _changed(change: Journal, path: str, old: str) -> ChangeError:
    return ChangeError(
        f"{path} was changed after a command was interrupted that had written it",
        f"what it was before is in {old}: move that over it, or remove it; then {writing.journal(change.directory)}",
    )


def _undo_index(change: Journal) -> None:
    if not change.entries and not change.added:
        return
    present = set(indexed(change.directory, [_name(line) for line in change.entries] + list(change.added)))
    if present != set(change.entries):
        set_entries(change.directory, change.added, change.entries)


def finish(change: Journal) -> None:
    """Remove what a change that was done needs no more: old contents, folders left empty, the journal."""
    for old in [*(step.old for step in change.writes if step.old), *(old for _, old in change.removals)]:
        with contextlib.suppress(FileNotFoundError):
            os.unlink(_full(change, old))
    for path in [*(source for source, _ in change.moves), *(path for path, _ in change.removals)]:
        _prune(change.directory, os.path.dirname(path))
    os.unlink(writing.journal(change.directory))


def _prune(directory: str, folder: str) -> None:
    """Remove folders that a move left empty, as git does with its own."""
    while folder:
        try:
            os.rmdir(os.path.join(directory, folder))
        except FileNotFoundError:
            pass  # removed before this was interrupted; those above may be empty too
        except OSError as error:
            if error.errno in (errno.ENOSPC, errno.EROFS, errno.EIO):
                raise  # the next command can do it
            return  # not empty, or not ours to remove
        folder = os.path.dirname(folder)


def indexed(directory: str, names: list[str]) -> list[str]:
    """git's index entries for files, and files below folders, named from the top. Raises GitError."""
    wanted = [f":(top,literal){name}" for name in names]
    if not wanted:
        return []
    # A command line has a limit; a long list is picked from everything.
    told = git.run(directory, "ls-files", "-s", "-z", "--full-name", "--", *(wanted if len(wanted) < 200 else [":/"]))
    found = [line for line in os.fsdecode(told).split("\0") if line]
    if len(wanted) < 200:
        return found
    known = set(names)
    return [line for line in found if any(step in known for step in _ancestry(_name(line)))]


def set_entries(directory: str, gone: tuple[str, ...], lines: tuple[str, ...]) -> None:
    """Take names out of git's index and put entries in, in one step. Raises GitError."""
    objects = [line.split(" ", 2)[1] for line in lines]
    nothing = "0" * len(objects[0] if objects else "0" * 40)
    removed = dict.fromkeys([*gone, *map(_name, lines)])
    text = "".join(f"0 {nothing}\t{name}\0" for name in removed) + "".join(f"{line}\0" for line in lines)
    # Writing the index compares files that changed in the second it was last written, through their filters.
    options = git.without_programs(directory)
    git.run(directory, *options, "update-index", "-z", "--index-info", given=os.fsencode(text))


def _name(line: str) -> str:
    return line.partition("\t")[2]


def _ancestry(name: str) -> list[str]:
    return [name, *(name[:at] for at, character in enumerate(name) if character == "/")]


def _full(change: Journal, path: str) -> str:
    return os.path.join(change.directory, path)


def _digest(full: str) -> str:
    try:
        with open(full, "rb") as file:
            return hashlib.sha256(file.read()).hexdigest()
    except FileNotFoundError:
        return ""


def _settle(folder: str) -> None:
    """Let a rename outlive a power cut, where folders can be synchronised."""
    with contextlib.suppress(OSError):
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
