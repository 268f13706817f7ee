"""What the next commit would hold: contents from git's index where the work tree has others."""

from __future__ import annotations

import os
from functools import cached_property
from typing import TYPE_CHECKING

from milestones.documents import reader
from milestones.project import git, ledger

if TYPE_CHECKING:
    from collections.abc import Sequence

    from milestones.documents.reader import Document
    from milestones.project.project import Project
    from milestones.project.workspace import Workspace


_DIFFERING = ("diff-files", "--name-only", "-z", "--relative", "--ignore-submodules=all", "--", ".")


class _Listing:
    """The index below a folder: blobs by path, and everything that exists in it."""

    def __init__(self, directory: str) -> None:
        self.directory = directory
        self.blobs: dict[str, tuple[bytes, bytes]] = {}  # mode and object
        self.modules: set[str] = set()
        found: set[str] = set()
        for item in git.run(directory, "ls-files", "-s", "-z").split(b"\0"):
            facts, _, name = item.partition(b"\t")
            if not name:
                continue
            path = os.fsdecode(name)
            mode, object_, stage = facts.split(b" ")
            found.add(path)
            if mode == b"160000":
                self.modules.add(path)
            elif stage == b"0":  # in a conflict, only the work tree has a text
                self.blobs[path] = (mode, object_)
        self.paths = frozenset(found | {path[:at] for path in found for at in _slashes(path)})

    def has(self, path: str) -> bool:
        """True where a path is a file or folder of the next commit; inside a submodule the work tree tells."""
        if path.rstrip("/") in self.paths:
            return True
        inside = any(path.startswith(module + "/") for module in self.modules)
        return inside and os.path.exists(os.path.join(self.directory, path))


def _slashes(path: str) -> list[int]:
    return [at for at, character in enumerate(path) if character == "/"]


def hold(workspace: Workspace) -> None:
    """Let every document be what the index has. Raises GitError."""
    directory = workspace.directory
    listing = _Listing(directory)
    changed = git.run(directory, *git.without_programs(directory), *_DIFFERING).split(b"\0")
    differing = {os.fsdecode(name) for name in changed if name}
    beside = {p.profile.registry.path for p in workspace.projects if p.profile.registry is not None}
    beside.update(path for project in workspace.projects for path in ledger.paths(project))
    wanted = [
        path
        for path in [*workspace.entries, *sorted(beside)]
        if path in listing.blobs and (path in differing or not os.path.lexists(os.path.join(directory, path)))
    ]
    links = {path for path in wanted if listing.blobs[path][0] == b"120000"}
    files = [path for path in wanted if path not in links]
    contents: dict[str, bytes | None] = dict.fromkeys(links)
    contents.update(zip(files, _contents(directory, [listing.blobs[path][1] for path in files]), strict=True))
    for project in workspace.projects:
        project.held = contents
        project.listed = listing.has


class LeftOut:
    """What a sparse checkout leaves out of a folder: part of the whole all the same, and read from the index.

    ``wanted`` are the files that somebody may read: they are fetched from git together. Raises GitError.
    """

    def __init__(self, directory: str, wanted: Sequence[str] = ()) -> None:
        self._directory = directory
        self._blobs: dict[str, tuple[bytes, bytes]] = {}  # mode and object
        for item in git.run(directory, "ls-files", "-t", "-s", "-z", "--", ".").split(b"\0"):
            facts, _, name = item.partition(b"\t")
            if facts[:2] == b"S ":
                _, mode, object_, _ = facts.split(b" ")
                self._blobs[os.fsdecode(name)] = (mode, object_)
        self.paths = frozenset({*self._blobs, *(path[:at] for path in self._blobs for at in _slashes(path))})
        self._wanted = wanted

    def __contains__(self, path: str) -> bool:
        """True for a file that is left out, and for a folder with such a file in it."""
        return path.rstrip("/") in self.paths

    def read(self, path: str) -> Document:
        """A file that is left out, as it would be read from the work tree."""
        mode, object_ = self._blobs[path]
        if mode == b"120000":
            return reader.link(path)
        size = self._sizes.get(object_)
        if size is None:
            document = reader.Document(path)
            help = f"`git sparse-checkout add {os.path.dirname(path) or '.'}` fetches it"
            document.add("RD012", "neither this sparse checkout nor this partial clone has the file's text", help=help)
            return document
        if size > reader.MAX_FILE:
            return reader.too_large(path, size)
        return reader.parse(path, self._texts[object_])

    @property
    def lacking(self) -> list[str]:
        """The wanted files whose text a partial clone does not have either."""
        here = ((path, self._blobs[path]) for path in self._wanted if path in self._blobs)
        return [path for path, (mode, object_) in here if mode != b"120000" and object_ not in self._sizes]

    @cached_property
    def _objects(self) -> list[bytes]:
        here = (self._blobs[path] for path in self._wanted if path in self._blobs)
        return list(dict.fromkeys(object_ for mode, object_ in here if mode != b"120000"))

    @cached_property
    def _sizes(self) -> dict[bytes, int]:
        """How large each text is, without reading any; those that the clone lacks are not in it."""
        try:
            told = git.run(self._directory, "cat-file", "--batch-check", given=b"\n".join(self._objects) + b"\n")
        except git.GitError:  # it tried to fetch one, and was not let
            told = git.run(self._directory, "cat-file", "--batch-check", "--batch-all-objects")
        lines = (line.split(b" ") for line in told.split(b"\n"))
        return {fields[0]: int(fields[2]) for fields in lines if len(fields) == 3 and fields[1] == b"blob"}

    @cached_property
    def _texts(self) -> dict[bytes, bytes]:
        small = [
            object_ for object_ in self._objects if self._sizes.get(object_, reader.MAX_FILE + 1) <= reader.MAX_FILE
        ]
        return dict(zip(small, _contents(self._directory, small), strict=True))


def left_out(project: Project) -> LeftOut | None:
    """What a sparse checkout leaves out of a project; None where that is nothing, or git can't tell."""
    registry = project.profile.registry
    wanted = [*project.entries, *ledger.paths(project), *([registry.path] if registry is not None else [])]
    try:
        found = LeftOut(project.directory, wanted)
    except git.GitError:
        return None
    return found if found.paths else None


def _contents(directory: str, objects: list[bytes]) -> list[bytes]:
    if not objects:
        return []
    out, at, found = git.run(directory, "cat-file", "--batch", given=b"\n".join(objects) + b"\n"), 0, []
    while at < len(out):
        end = out.index(b"\n", at)
        header = out[at:end].split(b" ")
        if header[-1] == b"missing":
            raise git.GitError(f"this clone lacks the object {header[0].decode()}: `{git.REFETCH}` fetches it")
        size = int(header[2])
        found.append(out[end + 1 : end + 1 + size])
        at = end + 1 + size + 1
    if len(found) != len(objects):
        raise git.GitError("git cat-file gave fewer objects than it was asked for")
    return found
