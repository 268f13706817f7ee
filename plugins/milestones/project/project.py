"""A repository's documents under one convention, found by name and read when somebody asks.

Nothing here reads a file that the caller doesn't need: a check of one file in a repository of ten thousand looks
at ten thousand names and opens one file.
"""

from __future__ import annotations

import os
from functools import cached_property
from typing import TYPE_CHECKING

from milestones.documents import reader
from milestones.project import config as configuration
from milestones.project import git
from milestones.project.entry import Entry

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from milestones.model import Milestone, Plan
    from milestones.profiles.profile import Profile
    from milestones.project.assembly import Assembly
    from milestones.project.config import Config
    from milestones.project.index import LeftOut


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
        #: The files that were read, each as it was then; None where nobody wants to know.
        self.versions: dict[str, reader.Version] | None = None
        #: Paths that were looked for beside the documents, and whether they are there.
        self.looked_for: dict[str, bool] = {}
        #: False once git was asked for what no file of the work tree tells.
        self.settled = True
        self._single: dict[str, Entry | None] = {}
        self._found: dict[str, list[str]] = {}

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
        document = reader.read(self.directory, path, self.versions)
        if document.findings and document.findings[0].code == "RD012":
            left = self._left_out
            if left is not None and path in left and not os.path.lexists(os.path.join(self.directory, path)):
                return left.read(path)
        return document

    @cached_property
    def _left_out(self) -> LeftOut | None:
        """What a sparse checkout leaves out: documents and ledgers are part of their plans all the same."""
        if not git.inside(self.directory):
            return None
        from milestones.project import index

        self.settled = False
        return index.left_out(self)

    @property
    def lacking(self) -> list[str]:
        """The documents that were found to be nowhere here: a partial clone lacks what a sparse checkout leaves out."""
        left: LeftOut | None = self.__dict__.get("_left_out")
        return left.lacking if left is not None else []

    def note_versions(self) -> None:
        """Note from now on what each file is when it is read. What was read before is read again."""
        self.versions = {}
        self._single = {}
        self.__dict__.pop("entries", None)

    def has(self, path: str) -> bool:
        """True for the path of a document that is there; a name alone may be one that was removed."""
        return path in self._known and self.entry(path) is not None

    @property
    def complete(self) -> bool:
        """True once every name has been looked at; until then, who needs a few documents looks at theirs alone."""
        return "entries" in self.__dict__

    def _naming(self, *texts: str) -> list[Entry]:
        """Documents whose path holds one of some texts: all that a check of a few files has to look at."""
        found = {name for text in texts for name in self._names_with(text)}
        return [entry for name in sorted(found) if (entry := self.entry(name)) is not None]

    def _names_with(self, text: str) -> list[str]:
        known = self._found.get(text)
        if known is None:
            known = self._found[text] = []
            at = self._joined.find(text)
            while at >= 0:
                end = self._joined.index("\0", at + 1)
                known.append(self._joined[self._joined.rindex("\0", 0, at + 1) + 1 : end])
                at = self._joined.find(text, end)
        return known

    def named_like(self, text: str) -> list[str]:
        """Paths that hold a text."""
        return list(self._names_with(text))

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
        if self.complete:
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
        if self.complete:
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
        if not self.complete:
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
        if not self.complete:
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
        known = self.looked_for.get(path)
        if known is None:
            if path in self._known:
                return True
            listed = self.listed
            known = os.path.exists(os.path.join(self.directory, path)) if listed is None else listed(path)
            if not known and listed is None and git.sparse(self.directory):
                known = self._left_out is not None and path in self._left_out
            self.looked_for[path] = known
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
    return Listing(config, below, tracked).read()


class Listing:
    """The same, begun: git lists the names while something else is done, such as reading the profile."""

    def __init__(self, config: Config, below: str, tracked: bool, *, looking: bool = False) -> None:
        self.config = config
        self.below = below
        self.tracked = tracked
        directory = at = config.directory
        for step in below.split("/") if below else ():
            at = os.path.join(at, step)
            if os.path.islink(at):
                raise configuration.ConfigError(
                    f"{os.path.relpath(at, directory)} is a symbolic link, and links are not followed",
                    help="keep the plans in the repository itself, or name their folder with `root`",
                )
        self._names: git.Names | None = None
        if git.inside(directory):
            self._names = git.Names(directory, below, tracked=tracked, looking=looking)

    def read(self, seen: Iterable[str] = ()) -> list[str]:
        """The paths, sorted; ``seen`` are known to be there."""
        found = self._listed(seen)
        if self.config.exclude:
            return [name for name in found if not self.config.excluded(name)]
        return found

    def _listed(self, seen: Iterable[str]) -> list[str]:
        if self._names is not None:
            try:
                return self._names.read(seen)
            except git.GitError:
                if self.tracked:
                    raise
        return _walk(self.config.directory, self.below)


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
