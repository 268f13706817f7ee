"""Commits and file versions from git, in a stream.

Every commit is compared with its first parent (``--diff-merges=first-parent``), merges as well. So the state of a
commit is always the state of its first parent plus what is listed for it: following first parents from HEAD gives exact
states, and a status that was set while merging is seen. The commits of merged branches are listed, too, because that is
where the work was done; ``timeline`` puts them into place. ``--topo-order`` puts parents before children even where
dates tie or run backwards. Renames are never guessed.

git is called without a shell, with the environment it gave us. What in a repository's own configuration would make git
run a program is switched off, and nothing is fetched from anywhere. Replacement objects are not looked at, so that a
commit id always means the same.
"""

from __future__ import annotations

import os
import re
import stat
import subprocess
import tempfile
from contextlib import suppress
from threading import Thread
from typing import TYPE_CHECKING, NamedTuple

from milestones.history.observation import HistoryError
from milestones.project import git

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from typing import IO

#: A plan larger than this is not one. Bytes.
MAX_FILE = 1024 * 1024

_SAFE = (
    *("-c", "core.sshCommand=false", "-c", "core.alternateRefsCommand="),
    "--no-replace-objects",
    "--no-optional-locks",
)
_INSTALL = "install git, and put it on the PATH"
_HEADER = "%x01%H%x00%P%x00%at%x00%an%x00%s"
_LOG = (
    *("log", "--raw", "-z", "--no-abbrev", "--no-renames", "--reverse", "--topo-order", "--diff-merges=first-parent"),
    *("--no-ext-diff", "--no-textconv", "--no-color", "--no-notes", "--ignore-submodules=all", "--encoding=UTF-8"),
    f"--format={_HEADER}",
)


#: What no ref holds, and what could not be handed to git.
_NEVER = re.compile("[\0\n\r\ud800-\udc7f\udd00-\udfff]")


class Commit(NamedTuple):
    """Who recorded something, and when.

    ``time`` is the author's, in seconds since 1970 (UTC): it says when the work was recorded, and survives a rebase, a
    cherry-pick and a rewriting of history, which set every committer's time anew. ``id`` is empty for uncommitted
    changes.
    """

    id: str
    time: int
    author: str
    subject: str


class Facts(NamedTuple):
    """What has to be known of a repository: ``prefix`` leads from its top to the project's folder."""

    shallow: bool
    prefix: str
    folder: str  # git's own, common to all work trees
    head: str | None


class Record(NamedTuple):
    """A commit of the log: its raw header fields, and each path it changed with the number of the version, or None."""

    id: bytes
    parents: tuple[bytes, ...]
    header: tuple[bytes, bytes, bytes]
    changes: list[tuple[str, int | None]]

    def commit(self) -> Commit:
        """The header, decoded."""
        at, author, subject = self.header
        return Commit(
            self.id.decode(), seconds(at), author.decode("utf-8", "replace"), subject.decode("utf-8", "replace")[:200]
        )


def seconds(text: bytes) -> int:
    """A time of git as seconds since 1970, kept within what a calendar can write; 0 for nonsense."""
    try:
        return min(max(int(text), 0), 253_402_300_799)  # the year 9999: dates beyond can't be written
    except ValueError:
        return 0


def run(root: str, *arguments: str) -> bytes:
    """Standard output of one short git command. Raises HistoryError."""
    try:
        return git.run(root, *_SAFE, *arguments)
    except git.GitError as error:
        message = str(error).removeprefix("fatal: ")
        missing = message.startswith("git can't be run")
        raise HistoryError(message, help=_INSTALL if missing else "") from None


def facts(root: str, ref: str = "HEAD") -> Facts:
    """What has to be known of the repository that holds ``root``.

    Raises:
        HistoryError: git is missing, this is no repository, or the ref is not known. HEAD without commits is no error.
    """
    if ref == "HEAD":  # the usual question in one call; a line break in a folder's name makes it ambiguous
        try:
            told = run(
                root, "rev-parse", "--is-shallow-repository", "HEAD^{commit}", "--git-common-dir", "--show-prefix"
            )
        except HistoryError:
            told = b""
        if told.count(b"\n") == 4:
            shallow, commit, folder, prefix, _ = told.split(b"\n")
            folder_ = os.path.join(root, os.fsdecode(folder))
            return Facts(shallow == b"true", os.fsdecode(prefix), folder_, commit.decode())
    shallow, _, prefix = run(root, "rev-parse", "--is-shallow-repository", "--show-prefix").partition(b"\n")
    folder_ = os.path.join(root, os.fsdecode(run(root, "rev-parse", "--git-common-dir").removesuffix(b"\n")))
    head: str | None = None
    try:
        head = resolve(root, ref)
    except HistoryError:
        if ref != "HEAD":
            raise
    return Facts(shallow == b"true", os.fsdecode(prefix.removesuffix(b"\n")), folder_, head)


def resolve(root: str, ref: str) -> str:
    """The commit that a ref names, as its full id.

    Raises:
        HistoryError: for what is no ref of this repository, looks like an option, or holds what no ref can.
    """
    if not ref or ref.startswith("-") or _NEVER.search(ref):
        raise HistoryError(f"{ref!r} can't be a ref", help="name a commit, a branch, a tag, or a day as YYYY-MM-DD")
    try:
        return run(root, "rev-parse", "--verify", "--quiet", f"{ref}^{{commit}}").decode().strip()
    except HistoryError as error:
        if error.help:
            raise
        more = "; the clone is shallow" if _shallow(root) else ""
        raise HistoryError(
            f"there is no commit {ref!r} here{more}",
            help="fetch it: git fetch --unshallow" if more else "see `git branch --all` and `git tag` for names",
        ) from None


def _shallow(root: str) -> bool:
    return run(root, "rev-parse", "--is-shallow-repository").strip() == b"true"


def first_parents(root: str, head: str, most: int) -> list[str]:
    """The newest commits along first parents, newest first."""
    return run(root, "rev-list", "--first-parent", f"--max-count={most}", head).decode().split()


class Process:
    """A git command that streams. Leaving the ``with`` ends it."""

    def __init__(self, root: str, *arguments: str, given: bool = False) -> None:
        self._errors = tempfile.TemporaryFile()  # noqa: SIM115 (closed by __exit__)
        self._name = arguments[0]
        try:
            self._process = subprocess.Popen(
                ["git", "-C", root, *git.SAFE, *_SAFE, *arguments],
                stdin=subprocess.PIPE if given else subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=self._errors,
                env=git.offline(root),
                bufsize=1 << 18,
            )
        except OSError as error:
            self._errors.close()
            raise HistoryError(f"git can't be run: {error.strerror}", help=_INSTALL) from None

        with suppress(ImportError, AttributeError, OSError):  # where pipes can be wide, nobody waits for the other
            import fcntl

            fcntl.fcntl(self.output.fileno(), fcntl.F_SETPIPE_SZ, 1 << 20)

    def __enter__(self) -> Process:
        return self

    def __exit__(self, *_: object) -> None:
        process = self._process
        for end in (process.stdin, process.stdout):
            if end is not None:
                with suppress(OSError):
                    end.close()
        if process.poll() is None:
            process.terminate()
        process.wait()
        self._errors.close()

    @property
    def output(self) -> IO[bytes]:
        """Where its output is read."""
        assert self._process.stdout is not None
        return self._process.stdout

    @property
    def input(self) -> IO[bytes]:
        """Where it reads."""
        assert self._process.stdin is not None
        return self._process.stdin

    def end(self) -> None:
        """Wait for its end. Raises HistoryError where it failed."""
        status = self._process.wait()
        if status:
            self._errors.seek(0)
            text = self._errors.read().decode("utf-8", "replace").strip()
            if git.lacking(text):
                text = "a partial clone lacks them"
            raise HistoryError(text.split("\n")[0] or f"git {self._name} failed with status {status}")


class Versions:
    """Distinct (path, blob) pairs, numbered in the order in which they are met.

    ``relevant`` is asked once a path.
    """

    def __init__(self, relevant: Callable[[str], bool]) -> None:
        self._relevant = relevant
        self._names: dict[bytes, str | None] = {}
        self._numbers: dict[tuple[bytes, bytes], int] = {}
        self.paths: list[str] = []

    def name(self, path: bytes) -> str | None:
        """The path as text, or None where it is nobody's document."""
        try:
            return self._names[path]
        except KeyError:
            text = os.fsdecode(path)
            kept = self._names[path] = text if self._relevant(text) else None
            return kept

    def number(self, path: bytes, name: str, blob: bytes, wanted: list[bytes]) -> int:
        """The pair's number. A new pair's blob is added to ``wanted``."""
        key = (path, blob)
        number = self._numbers.get(key)
        if number is None:
            number = self._numbers[key] = len(self.paths)
            self.paths.append(name)
            wanted.append(blob)
        return number


def _tokens(stream: IO[bytes]) -> Iterator[bytes]:
    rest = b""
    read = getattr(stream, "read1", stream.read)
    while chunk := read(1 << 18):
        tokens = (rest + chunk).split(b"\0")
        rest = tokens.pop()
        yield from tokens
    if rest:
        yield rest


def _changes(tokens: Iterator[bytes], versions: Versions, wanted: list[bytes]) -> Iterator[Record]:
    """Records from the tokens between NULs.

    A commit is five tokens, the first marked; a change is two, and starts with a colon (after a line break, for the
    first of a commit). Messages and paths hold no NUL, and are taken by their number, so nothing in them can mislead.
    """
    record: Record | None = None
    for token in tokens:
        if not token:
            continue
        if token[0] == 1:
            if record is not None:
                yield record
            parents, *rest = (next(tokens, b"") for _ in range(4))
            record = Record(token[1:], tuple(parents.split()), (rest[0], rest[1], rest[2]), [])
            continue
        path = next(tokens, b"")
        name = versions.name(path)
        if name is None:
            continue
        _, mode, _, blob, *_ = token.split(b" ")
        assert record is not None
        # Anything but a regular file (a link, a submodule, a deletion) is no document.
        record.changes.append((name, versions.number(path, name, blob, wanted) if mode[:3] == b"100" else None))
    if record is not None:
        yield record


def history(
    root: str,
    revisions: str,
    versions: Versions,
    accept: Callable[[str, bytes], None],
    meanwhile: Callable[[], None] = lambda: None,
) -> list[Record]:
    """Every commit of a range, parents first. ``accept(path, data)`` gets the versions in the order of their numbers.

    One git process writes the log, a thread takes it apart and asks a second process for the blobs, and this one reads
    what comes: all three work at the same time. ``meanwhile`` is called once git has been started.

    Raises:
        HistoryError: where git fails, such as for objects that a partial clone lacks.
    """
    records: list[Record] = []
    failures: list[BaseException] = []
    with (
        Process(root, *_LOG, "--relative", revisions, "--") as listing,
        Process(root, "cat-file", "--batch", "--buffer", given=True) as store,
    ):

        def feed() -> None:
            wanted: list[bytes] = []
            try:
                for record in _changes(_tokens(listing.output), versions, wanted):
                    records.append(record)
                    if len(wanted) > 256:
                        _ask(store.input, wanted)
                _ask(store.input, wanted)
            except BrokenPipeError:
                pass  # the store has failed; its own words are better
            except BaseException as error:
                failures.append(error)
            finally:
                with suppress(OSError):
                    store.input.close()

        feeder = Thread(target=feed, daemon=True)
        feeder.start()
        try:
            meanwhile()
            count = _take(store.output, versions.paths, accept)
        finally:
            # Where reading stops early, closing the pipes ends both processes, and with them the thread.
            store.output.close()
            feeder.join()
        if failures:
            raise failures[0]
        listing.end()
        _ended(store, count, len(versions.paths))
    return records


def _ask(into: IO[bytes], wanted: list[bytes]) -> None:
    if wanted:
        into.write(b"\n".join(wanted) + b"\n")
        into.flush()
        wanted.clear()


def _take(out: IO[bytes], paths: list[str], accept: Callable[[str, bytes], None]) -> int:
    number = 0
    readline, read = out.readline, out.read
    while header := readline():
        kind = header.split()
        if len(kind) == 3:
            data = read(int(kind[2]) + 1)[:-1]
            accept(paths[number], data if len(data) <= MAX_FILE else b"")
        else:
            accept(paths[number], b"")  # "missing"
        number += 1
    return number


def _ended(store: Process, count: int, wanted: int) -> None:
    try:
        store.end()
    except HistoryError as error:
        raise HistoryError(
            f"some versions are not in this clone: {error}",
            help=f"fetch them with `{git.REFETCH}`",
        ) from None
    if count != wanted:
        raise HistoryError(f"git gave {count} of {wanted} versions")


def tree(root: str, commit: str, below: str, relevant: Callable[[str], bool]) -> dict[str, str]:
    """Every document of a commit: its path and blob id."""
    found: dict[str, str] = {}
    for entry in run(root, "ls-tree", "-r", "-z", commit, "--", f"{below}/" if below else ".").split(b"\0"):
        facts_, _, path = entry.partition(b"\t")
        name = os.fsdecode(path)
        if facts_[:3] == b"100" and relevant(name):
            found[name] = facts_.split(b" ")[2].decode()
    return found


def blobs(root: str, wanted: Iterable[tuple[str, str]], accept: Callable[[str, bytes], None]) -> None:
    """Read some (path, blob id) pairs; ``accept(path, data)`` gets them in that order. Raises HistoryError."""
    pairs = list(wanted)
    if not pairs:
        return
    with Process(root, "cat-file", "--batch", "--buffer", given=True) as store:

        def feed() -> None:
            try:
                _ask(store.input, [blob.encode() for _, blob in pairs])
                store.input.close()
            except OSError:
                pass

        feeder = Thread(target=feed, daemon=True)
        feeder.start()
        try:
            count = _take(store.output, [path for path, _ in pairs], accept)
        finally:
            store.output.close()
            feeder.join()
        _ended(store, count, len(pairs))


class Uncommitted:
    """What differs between HEAD and the work tree, asked for in the background.

    git compares sizes and times. Where it would compare contents through a filter of the repository's configuration,
    the filter is switched off: at worst a file counts as changed that is not, and reads the same.
    """

    def __init__(self, root: str, below: str, *, head: bool) -> None:
        self._root = root
        spec = ("--", f":(literal){below}" if below else ".")
        known = ("diff-index", "--raw", "-z", "--no-renames", "--relative", "--ignore-submodules=all", "--no-ext-diff")
        listed = ("HEAD", *spec) if head else ()
        tracked = (*known, *listed) if head else ("ls-files", "-z", "--cached", *spec)
        self._head = head
        self._tracked = Process(root, *git.without_programs(root), *tracked)
        self._new = Process(root, "ls-files", "-z", "--others", "--exclude-standard", *spec)

    def __enter__(self) -> Uncommitted:
        return self

    def __exit__(self, *arguments: object) -> None:
        self._tracked.__exit__(*arguments)
        self._new.__exit__(*arguments)

    def files(self, relevant: Callable[[str], bool]) -> Iterator[tuple[str, bytes | None]]:
        """Each changed document with what the work tree has, or None where it is gone. Raises HistoryError."""
        listed = self._tracked.output.read().split(b"\0")
        self._tracked.end()
        names = listed[1::2] if self._head else listed
        names += self._new.output.read().split(b"\0")
        self._new.end()
        for name in sorted({os.fsdecode(name) for name in names if name}):
            if relevant(name):
                yield name, _file(os.path.join(self._root, name))


def _file(path: str) -> bytes | None:
    """The bytes of a regular file; links are not followed. None where there is none."""
    try:
        descriptor = os.open(path, os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0))
    except OSError:
        return None
    with os.fdopen(descriptor, "rb") as file:
        found = os.fstat(descriptor)
        if not stat.S_ISREG(found.st_mode):
            return None
        return file.read(MAX_FILE + 1) if found.st_size <= MAX_FILE else b""
