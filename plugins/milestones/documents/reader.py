"""Reads one file into a document, or into findings that say why not. Never raises for what a file holds."""

from __future__ import annotations

import os
import re
import stat
from typing import TYPE_CHECKING

from milestones import cache
from milestones.documents import simple_yaml
from milestones.documents.characters import CONTROL, CONTROL_SOURCE, REMOVE_IT, describe_character
from milestones.documents.values import Fields, FrontMatterError
from milestones.lazy import cached_property, pattern
from milestones.model import Finding, Position

if TYPE_CHECKING:
    from milestones.documents.outline import Outline
    from milestones.documents.suppressions import Suppression

#: A plan larger than this is not one. Bytes.
MAX_FILE = 1024 * 1024

#: What a comment that lets a finding be says. Few documents have one, and the others are asked no further.
MARK = "milestones: ignore"

_CONTROL_IN_FILE = pattern(CONTROL_SOURCE.replace("|\r", "|\r(?!\n)"))
_CONFLICT = pattern(r"^(?:<{7}|>{7}) ", re.MULTILINE)
#: The printable characters of ASCII, and the line feed. UTF-8 stays UTF-8 without them.
_PLAIN = bytes(range(0x20, 0x7F)) + b"\n"

_OPEN = os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0)


#: What tells a file's content from another: times of change, size and number for a first look, and a digest.
Version = tuple[int, int, int, int, bytes]


class Document:
    """A file that was read: its front matter with positions, its body, and what was wrong with either.

    ``fields`` is None where the front matter could not be read; the findings say why. ``text`` has its line
    endings folded to ``\\n``; ``body_line`` is the line of the file on which the body starts. ``marked`` is true where
    the text may hold comments that let findings be. ``spent`` is one that was given up but for what the comparison of
    documents needs.
    """

    __slots__ = ("__dict__", "body_line", "body_start", "fields", "findings", "marked", "path", "spent", "text")

    def __init__(self, path: str, text: str = "") -> None:
        self.path = path
        self.text = text
        self.fields: Fields | None = None
        self.body_start: int | None = None
        self.body_line = 1
        self.findings: list[Finding] = []
        self.marked = False
        self.spent = False

    @property
    def body(self) -> str:
        """The Markdown below the front matter; empty where there is no front matter that could be read."""
        return self.text[self.body_start :] if self.body_start is not None else ""

    @cached_property
    def outline(self) -> Outline:
        """The body's headings, tasks, tables and links."""
        from milestones.documents.outline import Outline

        return Outline(self.body, self.body_line)

    @cached_property
    def suppressions(self) -> tuple[Suppression, ...]:
        """The comments that let findings be."""
        if not self.marked:
            return ()
        from milestones.documents import suppressions

        return suppressions.found(self)

    def forget_text(self) -> None:
        """Give up the text and what was made of it; front matter, findings and what lets them be stay."""
        if self.marked:
            _ = self.suppressions
        self.text, self.body_start = "", None
        self.__dict__.pop("outline", None)

    def add(self, code: str, message: str, position: Position | None = None, help: str = "") -> None:
        """Note a fault."""
        self.findings.append(Finding(code, self.path, message, position, help))


def read(root: str, path: str, versions: dict[str, Version] | None = None) -> Document:
    """Read the file at ``path`` below ``root``, and note in ``versions`` what was read.

    Symbolic links are not followed, and what is not a regular file is not opened for longer than it takes to
    see so: a named pipe can't hang a check.
    """
    document = Document(path)
    if not path.isascii() and any("\ud800" <= c <= "\udfff" for c in path):
        document.add("RD012", "the file's name is not UTF-8", help="rename it: letters, digits and hyphens")
        return document
    full = os.path.join(root, path)
    try:
        descriptor = os.open(full, _OPEN)
    except OSError as error:
        if os.path.islink(full):
            return link(path)
        document.add(
            "RD012",
            f"the file can't be opened: {error.strerror}",
            help="check that it exists and may be read",
        )
        return document
    try:
        found = os.fstat(descriptor)
        if not stat.S_ISREG(found.st_mode):
            document.add("RD012", "this is not a regular file", help="a document is a text file")
            return document
        if found.st_size > MAX_FILE:
            return too_large(path, found.st_size)
        data = b""
        # A buffer of the largest size there may be would cost more than the reading.
        while chunk := os.read(descriptor, max(found.st_size, 0xFFFF) + 1):
            data += chunk
            if len(data) == found.st_size:
                break
            if len(data) > MAX_FILE:  # it has grown since
                document.add("RD004", "the file grows while it is read")
                return document
    except OSError as error:
        document.add("RD012", f"the file can't be read: {error.strerror}")
        return document
    finally:
        os.close(descriptor)
    if versions is not None:
        versions[path] = _version(found, data)
    return parse(path, data)


def version(root: str, path: str) -> Version | None:
    """What ``read`` would note of a file; None for one that it could not read."""
    try:
        descriptor = os.open(os.path.join(root, path), _OPEN)
    except OSError:
        return None
    with os.fdopen(descriptor, "rb") as file:
        found = os.fstat(descriptor)
        if not stat.S_ISREG(found.st_mode) or found.st_size > MAX_FILE:
            return None
        return _version(found, file.read(MAX_FILE))


def _version(found: os.stat_result, data: bytes) -> Version:
    digest = cache.blake2b(data, digest_size=16).digest()
    return found.st_mtime_ns, found.st_ctime_ns, found.st_size, found.st_ino, digest


def held(path: str, data: bytes | None) -> Document:
    """What ``read`` would give for a file with this content, or for a symbolic link where there is None."""
    if data is None:
        return link(path)
    return parse(path, data) if len(data) <= MAX_FILE else too_large(path, len(data))


def link(path: str) -> Document:
    """What ``read`` gives for a symbolic link."""
    document = Document(path)
    document.add("RD011", "the file is a symbolic link", help="put the document itself here; links are not followed")
    return document


def too_large(path: str, size: int) -> Document:
    """What ``read`` gives for a file of more bytes than a document has."""
    document = Document(path)
    document.add("RD004", f"a file of {size // 1024} KiB", help=f"keep it below {MAX_FILE // 1024} KiB")
    return document


def parse(path: str, data: bytes) -> Document:
    """Read a document from bytes, as ``read`` does from a file."""
    document = Document(path)
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        document.add("RD001", "the file is UTF-16", Position(1, 1, 2), "save it as UTF-8")
        return document
    if data.startswith(b"\xef\xbb\xbf"):
        document.add(
            "RD002",
            "the file starts with a byte order mark",
            Position(1, 1, 2),
            "save it as UTF-8 without BOM",
        )
        data = data[3:]
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError as error:
        before = data[: error.start]
        column = len(before[before.rfind(b"\n") + 1 :].decode("utf-8")) + 1
        position = Position(before.count(b"\n") + 1, column, column + 1)
        document.add("RD001", f"the byte 0x{data[error.start]:02X} is not UTF-8", position, "save the file as UTF-8")
        return document
    # Nearly every text is printable but for its line breaks, and to see that takes a twentieth of the search.
    control = None if data.translate(None, _PLAIN).decode("utf-8").isprintable() else _CONTROL_IN_FILE.search(text)
    if "\r" in text:
        text = text.replace("\r\n", "\n")
    document.text = text
    document.marked = MARK in text
    if control:
        # Where the front matter holds it, the handler reports it with everything else that stops the reading.
        _note_control(document)
    if "<<<<<<< " in text or ">>>>>>> " in text:
        _note_conflict(document)
    _split(document)
    return document


def settings(full: str) -> Fields | None:
    """The fields of a YAML file that is no document, or None where it can't be read."""
    try:
        if os.path.islink(full) or not os.path.isfile(full) or os.path.getsize(full) > MAX_FILE:
            return None
        with open(full, "rb") as file:
            data = file.read()
    except OSError:
        return None
    return parse(full, b"---\n" + data.removeprefix(b"\xef\xbb\xbf").strip() + b"\n---\n").fields


def _note_control(document: Document) -> None:
    text = document.text
    first = CONTROL.search(text)
    assert first is not None
    others = sum(1 for _ in CONTROL.finditer(text)) - 1
    column = first.start() - text.rfind("\n", 0, first.start())
    more = f", and {others} more like it" if others else ""
    position = Position(text.count("\n", 0, first.start()) + 1, column, column + 1)
    document.add("RD003", describe_character(first[0]) + more, position, REMOVE_IT)


def _note_conflict(document: Document) -> None:
    marker = _CONFLICT.search(document.text)
    if marker:
        line = document.text.count("\n", 0, marker.start()) + 1
        document.add(
            "RD014",
            "a merge conflict marker",
            Position(line, 1, 8),
            "resolve the conflict and remove the markers",
        )


_OPENING = re.compile(r"---[ \t]*\n")
_CLOSING = re.compile(r"\n---[ \t]*(?:\n|\Z)")


def _fenced(text: str) -> tuple[str, int] | None:
    """Front matter between two plain fences, and where the body starts. All else is for the handler to explain."""
    opening = _OPENING.match(text)
    if opening is None:
        return None
    start = opening.end()
    at = text.find("\n---", start - 1)
    if at < start or text.startswith("...", start) or text.find("\n...", start, at) >= 0:
        return None
    closing = _CLOSING.match(text, at)
    return (text[start : at + 1], closing.end()) if closing is not None else None


def _split(document: Document) -> None:
    text = document.text
    fenced = _fenced(text) if not document.findings else None
    if fenced is not None:
        # python-frontmatter and a YAML parser take longer to import than one such file takes to read, and the
        # commit hook reads one file: nine in ten never need them.
        front, end = fenced
        document.fields = simple_yaml.read(front)
        if document.fields is not None:
            document.body_start = end
            document.body_line = text.count("\n", 0, end) + 1
            return
    _split_strictly(document)


def _split_strictly(document: Document) -> None:
    import frontmatter

    from milestones.documents.front_matter import StrictHandler

    faults: list[FrontMatterError] = []
    handler = StrictHandler(faults)
    try:
        # python-frontmatter strips white space before its handler sees the text, and takes what is left of `\r\r\n`
        # for a line break: positions would shift, and what follows a fence would be gone.
        handler.split(document.text)
        frontmatter.parse(document.text, handler=handler)
    except FrontMatterError as error:
        # One fault, one finding: the markers of a conflict, and a control character, explain the rest.
        if not any(f.code in ("RD003", "RD014") for f in document.findings):
            document.add(error.code, str(error), error.position, error.help)
        return
    document.fields = handler.fields
    for fault in faults:
        document.add(fault.code, str(fault), fault.position, fault.help)
    closing = handler.FM_BOUNDARY.search(document.text, 3)
    assert closing is not None
    document.body_start = closing.end() + document.text.startswith("\n", closing.end())
    document.body_line = document.text.count("\n", 0, closing.end()) + 2
