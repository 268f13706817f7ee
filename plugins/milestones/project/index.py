"""What the next commit would hold: contents from git's index where the work tree has others."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from milestones.project import git, ledger

if TYPE_CHECKING:
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


def left_out(project: Project) -> dict[str, bytes | None]:
    """The documents that a sparse checkout leaves out, as the index has them; None for a symbolic link."""
    directory = project.directory
    try:
        told = git.run(directory, "ls-files", "-t", "-z", "--", ".")
        names = {os.fsdecode(item[2:]) for item in told.split(b"\0") if item.startswith(b"S ")}
        wanted = [path for path in project.entries if path in names]
        if not wanted:
            return {}
        listing = _Listing(directory)
        files = [path for path in wanted if path in listing.blobs and listing.blobs[path][0] != b"120000"]
        contents: dict[str, bytes | None] = dict.fromkeys(wanted)
        contents.update(zip(files, _contents(directory, [listing.blobs[path][1] for path in files]), strict=True))
        return contents
    except git.GitError:
        return {}


def _contents(directory: str, objects: list[bytes]) -> list[bytes]:
    if not objects:
        return []
    out, at, found = git.run(directory, "cat-file", "--batch", given=b"\n".join(objects) + b"\n"), 0, []
    while at < len(out):
        end = out.index(b"\n", at)
        header = out[at:end].split(b" ")
        if header[-1] == b"missing":
            raise git.GitError(f"git lacks the object {header[0].decode()}")
        size = int(header[2])
        found.append(out[end + 1 : end + 1 + size])
        at = end + 1 + size + 1
    if len(found) != len(objects):
        raise git.GitError("git cat-file gave fewer objects than it was asked for")
    return found
