"""What links must become when files move: every link that led somewhere still leads there."""

from __future__ import annotations

import contextlib
import posixpath
from typing import TYPE_CHECKING, NamedTuple
from urllib.parse import quote, unquote

from milestones.documents import editor
from milestones.documents.values import Fields, is_text
from milestones.rules.references import candidates, is_local

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from milestones.project.entry import Entry
    from milestones.project.project import Project


class _Written(NamedTuple):
    """A link where it stands: line and column of its first character, and its text."""

    line: int
    column: int
    target: str


def moved_to(path: str, moves: Mapping[str, str]) -> str:
    """Where a path lies after some files and folders have moved."""
    for source, target in moves.items():
        if path == source or path.startswith(source + "/"):
            return target + path[len(source) :]
    return path


def mend(project: Project, moves: Mapping[str, str]) -> dict[str, bytes]:
    """New contents of every document whose links would break, by the path it has before the moves.

    Links that lead nowhere already are left alone.
    """
    result: dict[str, bytes] = {}
    for entry in project.entries.values():
        if any(True for _ in _edits(project, entry, moves)):
            result[entry.path] = relocated(project, entry, moves)
    return result


def relocated(project: Project, entry: Entry, moves: Mapping[str, str]) -> bytes:
    """A document with the links that it must have once some files, it itself perhaps, have moved."""
    with open(posixpath.join(project.directory, entry.path), "rb") as file:
        data = file.read()
    # From the end backwards, so that earlier positions stay true.
    for link, new in sorted(_edits(project, entry, moves), reverse=True):
        # A link spelled with escapes or over several lines does not stand there as it reads. It is left alone, and
        # the check will name it.
        with contextlib.suppress(editor.EditError):
            data = editor.replace_span(data, link.line, link.column, link.target, new)
    return data


def respelt(project: Project, entry: Entry, moves: Mapping[str, str]) -> list[tuple[int, int, str, str]]:
    """The links of a document that moves would break: line and column, what stands there, what must."""
    return [(link.line, link.column, link.target, new) for link, new in _edits(project, entry, moves)]


def _edits(project: Project, entry: Entry, moves: Mapping[str, str]) -> Iterator[tuple[_Written, str]]:
    home = moved_to(entry.path, moves)
    for link in _links(entry):
        path, rest = _without_rest(link.target)
        for found in candidates(entry.path, path):
            if not project.exists(found):
                continue
            there = moved_to(found, moves)
            from_root = found == posixpath.normpath(unquote(path).lstrip("/")) and found != _beside(entry.path, path)
            if from_root:
                new = ("/" if path.startswith("/") else "") + there
            else:
                new = posixpath.relpath(there, posixpath.dirname(home) or ".")
                if path.startswith("./") and not new.startswith("../"):
                    new = "./" + new
            if path.endswith("/"):
                new += "/"
            # Nothing changes for a link whose own spelling still leads to the same place.
            if (there != found or home != entry.path) and _leads(home, path, from_root) != there:
                yield link, (quote(new, safe="/+~@!$&'*,;=:") if "%" in path else new) + rest
            break


def _without_rest(target: str) -> tuple[str, str]:
    """A link's path, and its query and fragment as they stand."""
    end = min((at for at in (target.find("?"), target.find("#")) if at >= 0), default=len(target))
    return target[:end], target[end:]


def _beside(path: str, target: str) -> str:
    return posixpath.normpath(posixpath.join(posixpath.dirname(path), unquote(target)))


def _leads(home: str, path: str, from_root: bool) -> str:
    return posixpath.normpath(unquote(path).lstrip("/")) if from_root else _beside(home, path)


def _links(entry: Entry) -> Iterator[_Written]:
    links = (entry.document.fields or Fields()).get("links")
    if isinstance(links, Fields):
        for value in links.values():
            if is_text(value) and is_local(value):
                yield _Written(value.line, value.column + (0 if value.plain else 1), str(value))
    for link in entry.document.outline.links:
        if link.target and is_local(link.target):
            yield _Written(link.line, link.column, link.target)
