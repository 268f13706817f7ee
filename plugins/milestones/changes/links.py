"""What links must become when files move: every link that led somewhere still leads there."""

from __future__ import annotations

import posixpath
from typing import TYPE_CHECKING, NamedTuple

from milestones.documents import editor
from milestones.documents.values import Fields, is_text
from milestones.rules.references import candidates, is_local

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from milestones.project.project import Entry, Project


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


def mend(project: Project, moves: Mapping[str, str], changed: Mapping[str, bytes]) -> dict[str, bytes]:
    """New contents of every document whose links would break, by the path it has before the moves.

    ``changed`` holds documents that the caller edits anyway; their edits are kept. Links that lead nowhere
    already are left alone.
    """
    result: dict[str, bytes] = {}
    for entry in project.entries.values():
        edits = list(_edits(project, entry, moves))
        if not edits:
            continue
        data = changed.get(entry.path)
        if data is None:
            with open(posixpath.join(project.directory, entry.path), "rb") as file:
                data = file.read()
        # From the end backwards, so that earlier positions stay true.
        for link, new in sorted(edits, reverse=True):
            data = editor.replace_span(data, link.line, link.column, link.target, new)
        result[entry.path] = data
    return result


def _edits(project: Project, entry: Entry, moves: Mapping[str, str]) -> Iterator[tuple[_Written, str]]:
    home = moved_to(entry.path, moves)
    for link in _links(entry):
        path, hash_, fragment = link.target.partition("#")
        for found in candidates(entry.path, path):
            if not project.exists(found):
                continue
            there = moved_to(found, moves)
            from_root = found == posixpath.normpath(path.lstrip("/")) and found != _beside(entry.path, path)
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
                yield link, new + hash_ + fragment
            break


def _beside(path: str, target: str) -> str:
    return posixpath.normpath(posixpath.join(posixpath.dirname(path), target))


def _leads(home: str, path: str, from_root: bool) -> str:
    return posixpath.normpath(path.lstrip("/")) if from_root else _beside(home, path)


def _links(entry: Entry) -> Iterator[_Written]:
    links = (entry.document.fields or Fields()).get("links")
    if isinstance(links, Fields):
        for value in links.values():
            if is_text(value) and is_local(value):
                yield _Written(value.line, value.column + (0 if value.plain else 1), str(value))
    for link in entry.document.outline.links:
        if link.target and is_local(link.target):
            yield _Written(link.line, link.column, link.target)
