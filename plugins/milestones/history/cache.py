"""What was folded up to some commit, kept on disk, so that the next reading only looks at what is new.

A commit id settles every commit and blob behind it, so a kept state never gets old: the file's name is made of the
commit's id and of what else shapes the state (the reading's fingerprint, the folder inside the repository, the format).
Deleting the files changes only time.

A file is text and whole numbers in columns, behind a checksum. Nothing in it is code, and nothing in it is trusted:
what can't be read as it should is left aside, and the history is read anew.
"""

from __future__ import annotations

import hashlib
import os
import sys
import tempfile
import zlib
from array import array
from contextlib import suppress
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable

#: Raised when the columns change their meaning.
FORMAT = f"milestones-history 2 {sys.byteorder}\n".encode()
#: How many states are kept: a few branches, a few profiles.
KEPT = 6
_SEAL = 4


def _seal(data: bytes) -> bytes:
    """A checksum against accidents; whoever may write into git's folder could do worse than deceive it."""
    return zlib.crc32(data).to_bytes(_SEAL, sys.byteorder)


class Damaged(Exception):
    """A kept state that is not what was written."""


class Writer:
    """Columns on their way to a file. Texts are stored once, and columns hold their numbers."""

    def __init__(self) -> None:
        self._texts: dict[str, int] = {}
        self._columns: list[bytes] = []

    def texts(self, column: Iterable[str]) -> None:
        """Add a column of texts."""
        known = self._texts
        self._columns.append(array("i", [known.setdefault(text, len(known)) for text in column]).tobytes())

    def numbers(self, column: Iterable[int]) -> None:
        """Add a column of whole numbers of up to 64 bits."""
        self._columns.append(array("q", column).tobytes())

    def flags(self, column: Iterable[bool]) -> None:
        """Add a column of truths."""
        self._columns.append(bytes(column))

    def bytes(self) -> bytes | None:
        """The file's content, or None where a text can't be kept."""
        table = "\0".join(self._texts)
        if table.count("\0") != max(0, len(self._texts) - 1):
            return None
        body = [table.encode("utf-8", "surrogatepass"), *self._columns]
        head = array("q", [len(self._texts), len(body), *map(len, body)]).tobytes()
        data = head + b"".join(body)
        return FORMAT + _seal(data) + data


class Reader:
    """Columns from a file, in the order in which they were added. Raises Damaged."""

    def __init__(self, content: bytes) -> None:
        data = content[len(FORMAT) + _SEAL :]
        seal = content[len(FORMAT) : len(FORMAT) + _SEAL]
        if not content.startswith(FORMAT) or _seal(data) != seal:
            raise Damaged
        try:
            count, parts = array("q", data[:16])
            lengths = array("q", data[16 : 16 + 8 * parts])
            at = 16 + 8 * parts
            self._columns: list[bytes] = []
            for length in lengths:
                self._columns.append(data[at : at + length])
                at += length
            table = self._columns.pop(0).decode("utf-8", "surrogatepass")
        except (ValueError, IndexError, OverflowError) as error:
            raise Damaged from error
        self.table = table.split("\0") if count else []
        self._next = iter(self._columns)

    def texts(self) -> list[str]:
        """The next column, of texts."""
        try:
            return list(map(self.table.__getitem__, self.column("i")))
        except IndexError as error:
            raise Damaged from error

    def numbers(self) -> list[int]:
        """The next column, of whole numbers."""
        return self.column("q").tolist()

    def flags(self) -> list[bool]:
        """The next column, of truths."""
        try:
            return list(map(bool, next(self._next)))
        except StopIteration as error:
            raise Damaged from error

    def column(self, kind: str) -> array[int]:
        """The next column as it is stored: of whole numbers (``q``), or of the places of texts in the table (``i``)."""
        try:
            return array(kind, next(self._next))
        except (StopIteration, ValueError) as error:
            raise Damaged from error


class Cache:
    """The kept states of one reading in a folder. ``key`` is everything that shapes them beside the commits."""

    def __init__(self, folder: str, *key: str) -> None:
        self.folder = folder
        self._tail = hashlib.blake2b("\0".join(key).encode("utf-8", "surrogatepass"), digest_size=8).hexdigest()

    def _file(self, commit: str) -> str:
        return os.path.join(self.folder, f"history-{commit}-{self._tail}.cache")

    def commits(self) -> set[str]:
        """The commits whose states are kept."""
        tail = f"-{self._tail}.cache"
        try:
            names = os.listdir(self.folder)
        except OSError:
            return set()
        return {n.removeprefix("history-").removesuffix(tail) for n in names if n.endswith(tail)}

    def load(self, commit: str) -> Reader:
        """A kept state. Raises Damaged where it is, and where it is gone."""
        try:
            with open(self._file(commit), "rb") as file:
                return Reader(file.read())
        except OSError as error:
            raise Damaged from error

    def save(self, commit: str, state: Writer) -> None:
        """Keep a state. A folder that can't be written is no obstacle."""
        content = state.bytes()
        if content is None:
            return
        with suppress(OSError):
            os.makedirs(self.folder, exist_ok=True)
            handle, temporary = tempfile.mkstemp(dir=self.folder)
            try:
                with os.fdopen(handle, "wb") as file:
                    file.write(content)
                os.replace(temporary, self._file(commit))
            except OSError:
                os.unlink(temporary)
                raise
            self._tidy()

    def _tidy(self) -> None:
        """Forget the oldest states."""
        with os.scandir(self.folder) as entries:
            ours: list[Any] = [e for e in entries if e.name.startswith("history-") and e.name.endswith(".cache")]
        ours.sort(key=lambda e: (e.stat().st_mtime_ns, e.name), reverse=True)
        for entry in ours[KEPT:]:
            os.unlink(entry.path)
