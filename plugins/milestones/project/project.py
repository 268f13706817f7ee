"""A repository's documents under one convention, found by name and read when somebody asks.

Nothing here reads a file that the caller doesn't need: a check of one file in a repository of ten thousand looks
at ten thousand names and opens one file.
"""

from __future__ import annotations

import os
from functools import cached_property
from typing import TYPE_CHECKING, Any

from milestones import schemas
from milestones.documents import reader
from milestones.documents.values import Fields, Items, is_text
from milestones.project import config as configuration
from milestones.project import git

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from milestones.documents.outline import Box
    from milestones.documents.values import Text
    from milestones.model import Milestone, Plan, Status, Tally
    from milestones.profiles.kinds import Kind, Located
    from milestones.profiles.paths import Template
    from milestones.profiles.profile import Profile
    from milestones.project.assembly import Assembly
    from milestones.project.config import Config


class Entry:
    """One file: what its path says, and (read on first use) what it says itself."""

    def __init__(self, project: Project, path: str, kind: Kind, located: Located | None) -> None:
        self.project = project
        self.path = path
        self.kind = kind
        self.located = located

    def __repr__(self) -> str:
        return f"<Entry {self.path}>"

    @cached_property
    def document(self) -> reader.Document:
        """The file, read."""
        return settled(self.project.read(self.path), self.kind)

    @cached_property
    def fields(self) -> Fields | None:
        """The document's fields: front matter under the schema's spelling of its keys, and labelled lines.

        None where the document could not be read.
        """
        found = self.document.fields
        if found is None or not (self.kind.spellings or self.kind.lines):
            return found
        from milestones.documents import blocks
        from milestones.project import records

        if self.kind.spellings:
            found = records.folded(found, self.kind.spellings)
        if self.kind.lines:
            labelled = blocks.labelled(self.document, self.kind.lines, self.kind.head)
            if labelled:
                whole = Fields({**labelled, **found})
                whole.line, whole.column = found.line, found.column
                found = whole
        return found

    @cached_property
    def values(self) -> Mapping[str, Any]:
        """Fields with the types that the schema gives; empty where the document could not be read."""
        fields = self.fields
        return schemas.typed(fields, schemas.load(self.kind.schema)) if fields is not None and self.kind.schema else {}

    def written(self, key: str) -> Text | None:
        """A scalar with its position, under whichever of its names; None where it is missing, empty or no scalar."""
        fields = self.fields
        if fields is None:
            return None
        paths = self.kind.attributes.get(key)
        if paths is None:
            value = fields.get(key)
            return value if is_text(value) else None
        from milestones.project import records

        return next((text for path in paths for text in records.dig(fields, path)), None)

    @cached_property
    def plan_id_in_path(self) -> str | None:
        """The id of the plan that the path belongs to, as far as the path and its folder tell."""
        if self.located is None or self.kind.model == "note":
            return None
        fields = self.located.fields
        if self.kind.model == "plan":
            assert self.kind.id is not None
            return _built(self.kind.id, self.project.profile.padded(fields))
        if self.kind.plan is not None:
            return _built(self.kind.plan, self.project.profile.padded(fields))
        if "plan" in fields:
            return fields["plan"]
        if not self.kind.nested:
            return None
        plan = self.project.profile.kinds["plan"]
        assert plan.id is not None
        own = {name.removeprefix("plan."): text for name, text in fields.items() if name.startswith("plan.")}
        if all(name in own for name in plan.id.fields):
            return plan.id.build(own)
        documents = self.project.plans_in(self.located.plan_directory)
        return documents[0].plan_id_in_path if len(documents) == 1 else None

    @cached_property
    def id_in_path(self) -> str | None:
        """The document's id as its path tells it, or None where the path doesn't."""
        if self.located is None or self.kind.id is None:
            return None
        if self.kind.model == "plan":
            return self.plan_id_in_path
        if "plan" not in self.kind.id.fields:
            fields, profile = self.located.fields, self.project.profile
            return _built(self.kind.id, profile.padded(fields) if profile.loose_ids else fields)
        if self.plan_id_in_path is None:
            return None
        return self.kind.id.build({**self.located.fields, "plan": self.plan_id_in_path})

    @cached_property
    def id(self) -> str | None:
        """The id the document goes by: the one it says where that has the right form, else its path's."""
        if self.kind.id is None:
            return None
        own = self.written("id")
        if own is not None and (own == self.id_in_path or self.kind.id.read(own) is not None):
            return str(own)
        return self.id_in_path

    @cached_property
    def place_in_sequence(self) -> tuple[str, str] | None:
        """The sequence that the path counts in, and the number it has there; None where the path has no id."""
        if self.located is None or self.kind.scope is None:
            return None
        folder = self.path.rpartition("/")[0]
        fields = {**self.located.fields, "plan": self.plan_id_in_path or "", "directory": folder}
        if "plan" in self.kind.scope.fields and not fields["plan"]:
            return None
        scope = _built(self.kind.scope, fields)
        return (scope.upper(), fields[self.kind.sequence]) if scope is not None else None

    @cached_property
    def status(self) -> Status | None:
        """What its status word means, or None for a word that the convention does not know."""
        word = self.written("status")
        if word is None:
            return None
        found = self.kind.statuses.get(word.casefold())
        if found is None and self.kind.loose_statuses:
            from milestones.project import records

            found = records.status_of(self.kind, str(word))
        return found

    @cached_property
    def boxes(self) -> list[Box]:
        """The checkboxes and task rows that count as its tasks."""
        if (listed := self._listed_tasks) is not None:
            return listed
        outline, wanted = self.document.outline, self.kind.task_sections
        if wanted is None:
            return outline.boxes
        found: list[Box] = []
        inside = 7  # the level of the heading that says so
        headings = iter([*outline.headings, None])
        following = next(headings)
        for box in outline.boxes:
            while following is not None and following.line < box.line:
                if following.level <= inside:
                    inside = following.level if wanted.match(following.text) else 7
                following = next(headings)
            if inside < 7 or (self.kind.task_boxes is not None and self.kind.task_boxes.match(box.text)):
                found.append(box)
        return found

    @cached_property
    def _listed_tasks(self) -> list[Box] | None:
        """Tasks that front matter lists, or None where it lists none."""
        wanted = self.kind.task_list
        items = self.fields.get(wanted.list) if wanted is not None and self.fields is not None else None
        if wanted is None or not isinstance(items, Items):
            return None
        from milestones.documents.outline import Box

        found: list[Box] = []
        for item in items:
            if isinstance(item, Fields) and is_text(status := item.get(wanted.status)):
                word = str(status).casefold()
                if word not in wanted.dropped:
                    found.append(Box(word in wanted.done, str(item.get(wanted.text) or status), status.line))
        return found

    @property
    def tally(self) -> Tally:
        """How many of its tasks are done."""
        if self.kind.task_sections is None and self._listed_tasks is None:
            return self.document.outline.tally
        from milestones.model import Tally

        return Tally(sum(box.done for box in self.boxes), len(self.boxes))

    @property
    def filed(self) -> bool:
        """True where the file lies in a place for finished work."""
        return self.located is not None and self.located.place.finished


def _built(template: Template, fields: Mapping[str, str]) -> str | None:
    try:
        return template.build(fields)
    except (KeyError, ValueError):
        return None


def settled(document: reader.Document, kind: Kind) -> reader.Document:
    """A document as its kind takes it: one that needs no front matter is read without it."""
    if document.fields is None and kind.front_matter != "required":
        _without_front_matter(document, forgiven=kind.front_matter == "optional")
    return document


def _without_front_matter(document: reader.Document, *, forgiven: bool) -> None:
    """Take a document without front matter for one with none of its keys: path and body still tell what it is."""
    codes = [finding.code for finding in document.findings]
    if "RD005" not in codes or not document.text:
        return
    if forgiven:
        document.findings = [finding for finding in document.findings if finding.code != "RD005"]
    document.fields = Fields()
    document.fields.line = document.fields.column = 1
    document.body_start, document.body_line = 0, 1


class Project:
    """A repository under one profile. ``Workspace`` holds one for each profile that it uses.

    ``tracked`` sees what the next commit would hold instead of the work tree. ``held`` are contents that count instead
    of those on disk, None for a symbolic link; ``listed`` says what else exists, where the disk is not to be asked.
    """

    def __init__(self, config: Config, profile: Profile, names: list[str], *, tracked: bool = False) -> None:
        self.config = config
        self.tracked = tracked
        self.today = configuration.today()
        self.directory = config.directory
        self.profile = profile
        if profile.configuration is not None:
            from milestones.project import vocabulary

            vocabulary.learn(profile, config.directory)
        self.names = names
        self.beside: list[Project] = []  # the repository's other conventions
        self.held: dict[str, bytes | None] = {}
        self.listed: Callable[[str], bool] | None = None
        self._single: dict[str, Entry | None] = {}
        self._exists: dict[str, bool] = {}

    @cached_property
    def entries(self) -> dict[str, Entry]:
        """Every document, or what looks like one, by path."""
        return {path: entry for path in self.names if (entry := self.entry(path)) is not None}

    def entry(self, path: str) -> Entry | None:
        """One file as a document, or None for a file of another sort. Only its name is looked at."""
        try:
            return self._single[path]
        except KeyError:
            located = self.profile.locate(path)
            kind = located.kind if located else self.profile.resembles(path)
            if kind is not None and located is None and any(o.profile.locate(path) for o in self.beside):
                kind = None  # it is what it looks like elsewhere
            entry = self._single[path] = Entry(self, path, kind, located) if kind is not None else None
            return entry

    def id_key(self, id_: str) -> str:
        """An id as this convention compares it."""
        if not self.profile.loose_ids:
            return id_
        from milestones.project.records import id_key

        return id_key(id_)

    def read(self, path: str) -> reader.Document:
        """One file of the repository, read."""
        if path in self.held:
            return reader.held(path, self.held[path])
        return reader.read(self.directory, path)

    def has(self, path: str) -> bool:
        """True for the path of a document that is there; a name alone may be one that was removed."""
        return path in self._known and self.entry(path) is not None

    @property
    def _complete(self) -> bool:
        return "entries" in self.__dict__

    def _naming(self, *texts: str) -> list[Entry]:
        """Documents whose path holds one of some texts: all that a check of a few files has to look at."""
        found: set[str] = set()
        for text in texts:
            at = self._joined.find(text)
            while at >= 0:
                end = self._joined.index("\0", at + 1)
                found.add(self._joined[self._joined.rindex("\0", 0, at + 1) + 1 : end])
                at = self._joined.find(text, end)
        return [entry for name in sorted(found) if (entry := self.entry(name)) is not None]

    def mentions(self, text: str) -> bool:
        """True where a text occurs in some name; ``\\0`` stands before and behind each."""
        return text in self._joined

    @cached_property
    def _joined(self) -> str:
        # One search through one string is a hundred times as fast as ten thousand through as many.
        return "\0" + "\0".join(self.names) + "\0"

    def of_model(self, model: str) -> list[Entry]:
        """Every file that describes a plan or a milestone, in the order of their paths."""
        return [entry for entry in self.entries.values() if entry.kind.model == model]

    @cached_property
    def sequences(self) -> dict[tuple[str, str], list[tuple[int, Entry]]]:
        """Every sequence by kind and scope: its numbers in order, with the files that have them. Names alone tell."""
        return _sequences(self.entries.values())

    def sequences_of(self, entries: Iterable[Entry]) -> dict[tuple[str, str], list[tuple[int, Entry]]]:
        """The sequences that some documents count in, whole."""
        scopes = {(e.kind.name, place[0]) for e in entries if (place := e.place_in_sequence) is not None}
        if self._complete:
            return {scope: self.sequences[scope] for scope in sorted(scopes) if scope in self.sequences}
        folders = {
            e.located.plan_directory + "/" for e in entries if e.located is not None and e.kind.model == "milestone"
        }
        near = self._naming(*sorted(folders), *sorted(scope for _, scope in scopes))
        return {scope: members for scope, members in _sequences(near).items() if scope in scopes}

    @cached_property
    def look_alikes(self) -> list[str]:
        """Files of a repository without any document that look as if they were meant to be some."""
        if not self.profile.near_roots or any(self.entry(name) is not None for name in self.names):
            return []
        if any(other.entries for other in self.beside):
            return []
        return [
            path
            for path in everything(self.config, self.tracked)
            if any(pattern.search(path) for pattern in self.profile.near_roots) and not self.profile.ignored(path)
        ]

    def plans_in(self, directory: str) -> list[Entry]:
        """The plan documents of a plan's folder; one, where all is well."""
        if self._complete:
            return self._plans_at.get(directory, [])
        inside = directory + "/"
        found = self._naming("\0" + inside)
        return [e for e in found if e.located is not None and e.kind.model == "plan"]

    @cached_property
    def _plans_at(self) -> dict[str, list[Entry]]:
        found: dict[str, list[Entry]] = {}
        for entry in self.entries.values():
            if entry.located and entry.kind.model == "plan":
                found.setdefault(entry.located.plan_directory, []).append(entry)
        return found

    @cached_property
    def by_path_id(self) -> dict[str, list[Entry]]:
        """Files by the id in their path; no file is opened for it."""
        found: dict[str, list[Entry]] = {}
        for entry in self.entries.values():
            id_ = entry.id_in_path
            if id_ is not None:
                found.setdefault(id_, []).append(entry)
        return found

    def find(self, id_: str) -> Entry | None:
        """The document with an id: by its path where that tells, else by reading those whose path does not."""
        if not self._complete:
            # The plan's id stands in most paths; where it does not, everything has to be looked at.
            for entry in self._naming(id_.partition("/")[0]):
                if entry.id_in_path == id_:
                    return entry
        for entry in self.by_path_id.get(id_, ()):
            return entry
        return self._by_own_id.get(id_)

    @cached_property
    def _by_own_id(self) -> dict[str, Entry]:
        odd = [entry for entry in self.entries.values() if entry.located is None or entry.id_in_path is None]
        return {entry.id: entry for entry in odd if entry.id is not None}

    def milestones_in(self, plan_directory: str) -> list[Entry]:
        """The milestones below a plan's folder."""
        if not self._complete:
            return [e for e in self._naming(plan_directory + "/") if e.kind.model == "milestone" and e.located]
        return self._by_directory.get(plan_directory, [])

    @cached_property
    def _by_directory(self) -> dict[str, list[Entry]]:
        found: dict[str, list[Entry]] = {}
        for entry in self.entries.values():
            if entry.located and entry.kind.model == "milestone":
                found.setdefault(entry.located.plan_directory, []).append(entry)
        return found

    def exists(self, path: str) -> bool:
        """True where a path of the repository is a file or folder; nothing outside it ever does."""
        if path.startswith("../") or path in ("..", ""):
            return False
        known = self._exists.get(path)
        if known is None:
            known = path in self._known
            if not known:
                listed = self.listed
                known = os.path.exists(os.path.join(self.directory, path)) if listed is None else listed(path)
            self._exists[path] = known
        return known

    @cached_property
    def _known(self) -> frozenset[str]:
        return frozenset(self.names)

    def folders_named(self, name: str) -> list[str]:
        """Folders below the root whose name is, or ends with, the given one: a plan's folder may gain its id."""
        return list(self._folders.get(name, ()))

    @cached_property
    def _folders(self) -> dict[str, list[str]]:
        found: dict[str, list[str]] = {}
        for folder in sorted({path.rpartition("/")[0] for path in self.names}):
            found.setdefault(folder.rpartition("/")[2], []).append(folder)
        return found

    @cached_property
    def file_names(self) -> dict[str, list[str]]:
        """Every path below the root by its file name, to find where a moved file went."""
        found: dict[str, list[str]] = {}
        for path in self.names:
            found.setdefault(path.rpartition("/")[2], []).append(path)
        return found

    @cached_property
    def assembly(self) -> Assembly:
        """What all documents together say of each plan and milestone. Reads every document."""
        from milestones.project.assembly import Assembly

        return Assembly(self)

    @cached_property
    def milestones(self) -> tuple[Milestone, ...]:
        """Every milestone that could be read, in the order of ids."""
        from milestones.project import milestones

        return milestones.made(self.assembly)

    @cached_property
    def plans(self) -> tuple[Plan, ...]:
        """Every plan that could be read, in the order of ids."""
        from milestones.project import plans

        return plans.made(self.assembly, self.milestones)


def _sequences(entries: Iterable[Entry]) -> dict[tuple[str, str], list[tuple[int, Entry]]]:
    found: dict[tuple[str, str], list[tuple[int, Entry]]] = {}
    for entry in entries:
        place = entry.place_in_sequence
        if place is not None and place[1].isdecimal():
            found.setdefault((entry.kind.name, place[0]), []).append((int(place[1]), entry))
    for members in found.values():
        members.sort(key=lambda member: member[0])  # stable: twins stay in the order of their paths
    return found


def names_below(config: Config, below: str, tracked: bool) -> list[str]:
    """The paths of a folder's files: those git knows, or would add; all of them where there is no git."""
    directory = config.directory
    at = directory
    for step in below.split("/") if below else ():
        at = os.path.join(at, step)
        if os.path.islink(at):
            raise configuration.ConfigError(
                f"{os.path.relpath(at, directory)} is a symbolic link, and links are not followed",
                help="keep the plans in the repository itself, or name their folder with `root`",
            )
    if git.inside(directory):
        try:
            found: Iterable[str] = git.names(directory, below, tracked=tracked)
        except git.GitError:
            if tracked:
                raise
            found = _walk(directory, below)
    else:
        found = _walk(directory, below)
    if config.exclude:
        return [name for name in found if not config.excluded(name)]
    return list(found)


def everything(config: Config, tracked: bool = False) -> list[str]:
    """Every path of the repository, for looking beyond the profile's root.

    Outside git there is no telling where a repository ends: a folder with too much in it, or with something in it
    that can't be listed, is taken for none.
    """
    if git.inside(config.directory):
        return names_below(config, "", tracked)
    try:
        found = _walk(config.directory, "", most=_FOLDER)
    except OSError:
        return []
    return [] if len(found) > _FOLDER else [name for name in found if not config.excluded(name)]


#: How many files a folder outside git may hold to be looked through.
_FOLDER = 20_000


def _walk(directory: str, below: str, most: int | None = None) -> list[str]:
    found: list[str] = []
    for folder, folders, files in os.walk(os.path.join(directory, below), onerror=_refuse):
        # A folder that is a link is not entered, but what looks like a document's place must not go unseen.
        links = [name for name in folders if os.path.islink(os.path.join(folder, name))]
        folders[:] = [name for name in folders if name not in (".git", ".venv", "node_modules", *links)]
        files += links
        relative = os.path.relpath(folder, directory).replace(os.sep, "/")
        prefix = "" if relative == "." else relative + "/"
        found += [prefix + name for name in files]
        if most is not None and len(found) > most:
            break
    return sorted(found)


def _refuse(error: OSError) -> None:
    """A folder that can't be listed is an error, not an empty folder; one that isn't there is."""
    if not isinstance(error, FileNotFoundError):
        raise error
