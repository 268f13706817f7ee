"""A repository as an editor sees it: the files on disk, and over them the text of what is open."""

from __future__ import annotations

import os
import re
from functools import cached_property
from typing import TYPE_CHECKING, NamedTuple

from milestones import rules
from milestones.documents.values import Text
from milestones.model import Position
from milestones.project import config as configuration
from milestones.project.project import Project
from milestones.project.workspace import Workspace, open_workspace

if TYPE_CHECKING:
    from collections.abc import Iterable

    from milestones.documents.reader import Document
    from milestones.model import Finding, Milestone, Plan
    from milestones.project.entry import Entry
    from milestones.project.groups import Group


class Place(NamedTuple):
    """A stretch of a file."""

    path: str
    position: Position


#: A document read, and what it was read from: its text in the editor, or time and size of the file.
_Read = tuple[object, "Document"]


class _EditedProject(Project):
    """A project whose documents are read once for each state that they are in."""

    memory: dict[str, _Read]

    def read(self, path: str) -> Document:
        """One file: from the editor, from memory, or from disk."""
        stamp: object = self.held.get(path)
        if stamp is None:
            try:
                at = os.lstat(os.path.join(self.directory, path))
                stamp = (at.st_mtime_ns, at.st_size, at.st_ino)
            except OSError:
                return super().read(path)
        known = self.memory.get(path)
        if known is None or known[0] != stamp:
            known = self.memory[path] = (stamp, super().read(path))
        return known[1]


class Repository:
    """What is known of one repository. ``open`` and ``close`` tell it what the editor shows."""

    def __init__(self, directory: str) -> None:
        self.directory = directory
        self.texts: dict[str, bytes] = {}
        self._memory: dict[str, _Read] = {}
        self._base: Workspace | None = None

    def open(self, path: str, text: str) -> None:
        """A file's text in the editor, first or changed."""
        self.texts[path] = text.encode("utf-8", "replace")
        self._forget()

    def close(self, path: str) -> None:
        """The file on disk counts again."""
        self.texts.pop(path, None)
        self.refresh()

    def refresh(self) -> None:
        """Files, their names or the configuration may have changed."""
        self._base = None
        self._forget()

    def _forget(self) -> None:
        for name in ("workspace", "ids", "values"):
            self.__dict__.pop(name, None)

    @cached_property
    def workspace(self) -> Workspace:
        """The repository with the editor's texts. Raises what ``open_workspace`` raises."""
        if self._base is None:
            self._base = open_workspace(self.directory)
        projects: list[Project] = []
        for below in self._base.projects:
            inside = below.profile.root + "/" if below.profile.root else ""
            known = set(below.names)
            more = [path for path in self.texts if path not in known and path.startswith(inside)]
            project = _EditedProject(below.config, below.profile, sorted([*below.names, *more]))
            project.held = dict(self.texts)
            project.memory = self._memory
            projects.append(project)
        return Workspace(self._base.config, projects, detected=self._base.detected)

    def text(self, path: str) -> str:
        """A file's text as the editor has it, else as the disk has it; empty where there is none."""
        data = self.texts.get(path)
        if data is None:
            full = os.path.join(self.directory, path)
            if os.path.islink(full) or not os.path.isfile(full):
                return ""
            with open(full, "rb") as file:
                data = file.read()
        return data.decode("utf-8", "replace")

    def findings(self) -> dict[str, list[Finding]]:
        """What is wrong with each open document. One that has just been closed is not among them."""
        whole = self.workspace
        found: dict[str, list[Finding]] = {path: [] for path in self.texts}
        chosen = [path for path in self.texts if not whole.config.excluded(path) and whole.has(path)]
        if chosen:
            for finding in rules.check(whole, chosen).findings:
                if finding.path in found:
                    found[finding.path].append(finding)
        return found

    def entry(self, path: str) -> Entry | None:
        """An open or stored document, or None for a file of another sort."""
        return self.workspace.entry(path) if self.workspace.has(path) else None

    @cached_property
    def ids(self) -> dict[str, tuple[Project, Group, Milestone | Plan | None]]:
        """Everything that has an id, by that id: its project, its records, and what it comes to."""
        found: dict[str, tuple[Project, Group, Milestone | Plan | None]] = {}
        for project in self.workspace.projects:
            items: dict[tuple[str, str], Milestone | Plan] = {("plan", p.id): p for p in project.plans}
            items |= {("milestone", m.id): m for m in project.milestones}
            for model in ("plan", "milestone"):
                for group in project.assembly.of_model(model):
                    found.setdefault(group.id, (project, group, items.get((model, group.id))))
        return found

    def id_at(self, path: str, line: int, column: int) -> tuple[str, Position] | None:
        """The id that stands at a place, or what is a name for one there; its stretch of the line."""
        lines = self.text(path).split("\n")
        if not 1 <= line <= len(lines):
            return None
        text = lines[line - 1]
        folded = {id_.casefold(): id_ for id_ in self.ids}
        for found in sorted(re.finditer(r"[\w.#/-]+", text), key=lambda m: m.end()):
            if not found.start() < column <= found.end() + 1:
                continue
            best: tuple[str, int, int] | None = None
            word = found[0].casefold()
            for start in [0, *(m.end() for m in re.finditer(r"[/.#]", word))]:
                for end in [len(word), *(m.start() for m in re.finditer(r"[/.#_]", word))]:
                    id_ = folded.get(word[start:end])
                    at, to = found.start() + start + 1, found.start() + end + 1
                    if id_ is not None and at <= column <= to and (best is None or to - at > best[2] - best[1]):
                        best = (id_, at, to)
            if best is not None:
                return best[0], Position(line, best[1], best[2])
        for _, text_, targets in self._named(path):
            position = text_.position
            if targets and position.line == line and position.column <= column <= position.end_column:
                return targets[0][1], position
        return None

    def _named(self, path: str) -> list[tuple[str, Text, list[tuple[str, str]]]]:
        """What a document depends on, in whatever words: who, the text, and what that names."""
        found = []
        for project in self.workspace.projects:
            if not project.has(path):
                continue
            for model in ("plan", "milestone"):
                for group in project.assembly.of_model(model):
                    if all(record.path != path for record in group.records):
                        continue
                    for record, text, targets, _ in project.assembly.references.dependencies(group):
                        if record.path == path and isinstance(text, Text):
                            found.append((group.id, text, targets))
        return found

    def definition(self, id_: str) -> Place | None:
        """Where the document of an id says it, or the place that speaks of it first."""
        known = self.ids.get(id_)
        if known is None:
            return None
        record = known[1].records[0]
        if record.own:
            own = record.entry.written("id")
            return Place(record.path, own.position if own is not None else Position(1, 1, 1))
        return Place(record.path, Position(record.line, 1, 1))

    def references(self, id_: str) -> list[Place]:
        """Every place of a document that names an id, its own included."""
        from milestones.fixes.renaming import mentions

        known = self.ids.get(id_)
        found: set[Place] = set()
        for path in self.workspace.entries:
            text = self.text(path)
            for line, column in mentions(text, id_):
                found.add(Place(path, Position(line, column, column + len(id_))))
        if known is not None and any(kind.references for kind in known[0].profile.kinds.values()):
            assembly, model = known[0].assembly, known[1].model
            for one in ("plan", "milestone"):
                for group in assembly.of_model(one):
                    for record, text_, targets, _ in assembly.references.dependencies(group):
                        if (model, id_) in targets and isinstance(text_, Text):
                            found.add(Place(record.path, text_.position))
        return sorted(found)

    @cached_property
    def values(self) -> dict[tuple[str, str], list[str]]:
        """The values that documents of a kind give a key, the commonest first."""
        from collections import Counter

        counts: dict[tuple[str, str], Counter[str]] = {}
        for entry in self.workspace.entries.values():
            for key, value in (entry.fields or {}).items():
                texts = value if isinstance(value, list) else [value]
                for text in texts:
                    if isinstance(text, Text) and text.strip() and len(text) <= 60 and "\n" not in text:
                        counts.setdefault((entry.kind.model, str(key)), Counter())[str(text)] += 1
        return {
            key: [text for text, _ in sorted(count.items(), key=lambda item: (-item[1], item[0]))]
            for key, count in counts.items()
        }


def directory_of(path: str, folders: Iterable[str] = ()) -> str:
    """The repository that a file belongs to; where nothing marks one, the editor's folder. Raises ConfigError."""
    folder = os.path.dirname(path)
    while not os.path.isdir(folder):
        folder = os.path.dirname(folder)
    found = configuration.find(folder).directory
    if os.path.realpath(found) == os.path.realpath(folder):
        for shown in folders:
            if path.startswith(shown.rstrip(os.sep) + os.sep):
                return configuration.find(shown).directory
    return found
