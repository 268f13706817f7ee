"""A workspace as a commit has it: its names come from the commit's tree, its documents from git's objects.

Everything that takes a workspace (lists, rules, graph, pages) then shows the state of that commit. Configuration and
conventions are those of today: they are how documents are read, not what they say. "Today" is the day of the commit,
so that *overdue* and *stale* are what they were.
"""

from __future__ import annotations

import os
from functools import cached_property
from typing import TYPE_CHECKING

from milestones.documents import reader
from milestones.history import difference, flow, log
from milestones.project.project import Project
from milestones.project.workspace import Workspace

if TYPE_CHECKING:
    from collections.abc import Iterable

    from milestones.profiles.profile import Profile
    from milestones.project.config import Config


class Tree:
    """The files of a commit in one folder, by path. Contents are read together, when the first is asked for."""

    def __init__(self, directory: str, commit: str) -> None:
        self.directory = directory
        self.commit = commit
        self.blobs: dict[str, str] = {}
        self.links: set[str] = set()
        for entry in log.run(directory, "ls-tree", "-r", "-z", commit, "--", ".").split(b"\0"):
            facts, _, name = entry.partition(b"\t")
            if not name:
                continue
            path, (mode, _, blob) = os.fsdecode(name), facts.split(b" ")
            if mode[:3] == b"100":
                self.blobs[path] = blob.decode()
            elif mode[:3] == b"120":
                self.links.add(path)
        self.wanted: Iterable[str] = ()

    @cached_property
    def names(self) -> list[str]:
        """Every file and symbolic link, sorted."""
        return sorted({*self.blobs, *self.links})

    @cached_property
    def folders(self) -> frozenset[str]:
        """Every folder that holds a file."""
        found: set[str] = set()
        for path in self.names:
            folder = path.rpartition("/")[0]
            while folder and folder not in found:
                found.add(folder)
                folder = folder.rpartition("/")[0]
        return frozenset(found)

    @cached_property
    def _contents(self) -> dict[str, bytes]:
        return self._read(path for path in self.wanted if path in self.blobs)

    def _read(self, paths: Iterable[str]) -> dict[str, bytes]:
        found: dict[str, bytes] = {}
        log.blobs(self.directory, ((path, self.blobs[path]) for path in paths), found.__setitem__)
        return found

    def document(self, path: str) -> reader.Document:
        """A file, read as ``documents.reader`` reads it from a folder."""
        document = reader.Document(path)
        if not path.isascii() and any("\ud800" <= c <= "\udfff" for c in path):
            document.add("RD012", "the file's name is not UTF-8", help="rename it: letters, digits and hyphens")
        elif path in self.links:
            help = "put the document itself here; links are not followed"
            document.add("RD011", "the file is a symbolic link", help=help)
        elif path not in self.blobs:
            document.add("RD012", f"there is no such file in {self.commit[:9]}")
        else:
            data = self._contents.get(path)
            if data is None:
                data = self._read([path])[path]
            if data or self._empty(path):
                return reader.parse(path, data)
            document.add("RD004", "a file of more than 1024 KiB", help="keep it below 1024 KiB")
        return document

    def _empty(self, path: str) -> bool:
        return log.run(self.directory, "cat-file", "-s", self.blobs[path]).strip() == b"0"


class PastProject(Project):
    """A project whose files are those of a commit."""

    def __init__(self, config: Config, profile: Profile, tree: Tree, today: str) -> None:
        inside = profile.root + "/" if profile.root else ""
        names = [name for name in tree.names if name.startswith(inside) and not config.excluded(name)]
        super().__init__(config, profile, names)
        self.tree = tree
        self.today = today

    def read(self, path: str) -> reader.Document:
        """One file of the commit, read."""
        return self.tree.document(path)

    def exists(self, path: str) -> bool:
        """True where a path is a file or folder of the commit."""
        return path in self.tree.blobs or path in self.tree.links or path.rstrip("/") in self.tree.folders

    @cached_property
    def look_alikes(self) -> list[str]:
        """None: advice on where documents could lie is for the present."""
        return []


class PastWorkspace(Workspace):
    """A workspace at a commit. ``name`` is the ref or day that was asked for."""

    def __init__(self, present: Workspace, name: str, commit: str, today: str) -> None:
        tree = Tree(present.directory, commit)
        projects: list[Project] = [PastProject(present.config, p.profile, tree, today) for p in present.projects]
        super().__init__(present.config, projects, detected=present.detected)
        tree.wanted = self.entries
        self.name = name
        self.commit = commit
        self.today = today


def workspace_at(present: Workspace, name: str, *, today: str | None = None) -> PastWorkspace:
    """The workspace at a ref, or on a day (its last commit on first parents, as in ``difference.commit_of``).

    ``today`` is the day to see it on: by default the commit's (UTC), or the day that ``name`` is.

    Raises:
        HistoryError: git is missing, this is no repository, or there is no such commit.
    """
    commit = difference.commit_of(present.directory, name)
    if today is None:
        today = name if difference.is_day(name) else flow.day(_committed(present.directory, commit))
    return PastWorkspace(present, name, commit, today)


def _committed(directory: str, commit: str) -> int:
    return log.seconds(log.run(directory, "show", "--no-patch", "--format=%ct", commit, "--").strip())


__all__ = ["PastProject", "PastWorkspace", "Tree", "workspace_at"]
