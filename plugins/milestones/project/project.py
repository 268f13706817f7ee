"""A repository's documents, found by name and read when somebody asks.

Nothing here reads a file that the caller doesn't need: a check of one file in a repository of ten thousand looks
at ten thousand names and opens one file.
"""

from __future__ import annotations

import os
from functools import cached_property
from typing import TYPE_CHECKING, Any

from milestones import schemas
from milestones.documents import reader
from milestones.documents.values import is_text
from milestones.model import Milestone, Plan, Status
from milestones.profiles import profile as profiles
from milestones.profiles.profile import calendar_date
from milestones.project import config as configuration
from milestones.project import git

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from os import PathLike

    from milestones.documents.values import Text
    from milestones.model import Finding, Statistics
    from milestones.profiles.profile import Kind, Located, Profile
    from milestones.project.config import Config
    from milestones.project.portfolio import Portfolio


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
        return reader.read(self.project.directory, self.path)

    @cached_property
    def values(self) -> Mapping[str, Any]:
        """Front matter with the types that the schema gives; empty where it could not be read."""
        fields = self.document.fields
        return schemas.typed(fields, schemas.load(self.kind.schema)) if fields is not None else {}

    def written(self, key: str) -> Text | None:
        """A scalar of the front matter with its position, or None where it is missing, empty or no scalar."""
        fields = self.document.fields
        value = fields.get(key) if fields is not None else None
        return value if is_text(value) else None

    @cached_property
    def plan_id_in_path(self) -> str | None:
        """The id of the plan that the path belongs to, as far as the path and its folder tell."""
        if self.located is None:
            return None
        fields = self.located.fields
        if self.kind.name == "plan":
            return self.kind.id.build(fields)
        if "plan" in fields:
            return fields["plan"]
        plan = self.project.profile.plan
        own = {name.removeprefix("plan."): text for name, text in fields.items() if name.startswith("plan.")}
        if all(name in own for name in plan.id.fields):
            return plan.id.build(own)
        documents = self.project.plans_in(self.located.plan_directory)
        return documents[0].plan_id_in_path if len(documents) == 1 else None

    @cached_property
    def id_in_path(self) -> str | None:
        """The document's id as its path tells it, or None where the path doesn't."""
        if self.located is None or self.plan_id_in_path is None:
            return None
        if self.kind.name == "plan":
            return self.plan_id_in_path
        return self.kind.id.build({**self.located.fields, "plan": self.plan_id_in_path})

    @cached_property
    def id(self) -> str | None:
        """The id the document goes by: the one in its front matter where that has the right form, else its path's."""
        own = self.written("id")
        if own is not None and (own == self.id_in_path or self.kind.id.read(own) is not None):
            return str(own)
        return self.id_in_path

    @cached_property
    def place_in_sequence(self) -> tuple[str, str] | None:
        """The sequence that the path counts in, and the number it has there; None where the path has no id."""
        if self.located is None or self.plan_id_in_path is None:
            return None
        fields = {**self.located.fields, "plan": self.plan_id_in_path}
        return self.kind.scope.build(fields).upper(), fields["number"]

    @cached_property
    def status(self) -> Status | None:
        """What its status word means, or None for a word that the convention does not know."""
        word = self.written("status")
        return self.kind.statuses.get(word.casefold()) if word is not None else None

    @property
    def filed(self) -> bool:
        """True where the file lies in a place for finished work."""
        return self.located is not None and self.located.place.finished


class Project:
    """A repository under one profile.

    ``tracked`` sees what the next commit would hold instead of the work tree.
    """

    def __init__(self, config: Config, profile: Profile, names: list[str], *, tracked: bool = False) -> None:
        self.config = config
        self.tracked = tracked
        self.today = configuration.today()
        self.directory = config.directory
        self.profile = profile
        self.names = names
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
            entry = self._single[path] = Entry(self, path, kind, located) if kind is not None else None
            return entry

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

    @cached_property
    def _joined(self) -> str:
        # One search through one string is a hundred times as fast as ten thousand through as many.
        return "\0" + "\0".join(self.names) + "\0"

    def of_kind(self, name: str) -> list[Entry]:
        """Every file of a kind, in the order of their paths."""
        return [entry for entry in self.entries.values() if entry.kind.name == name]

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
            e.located.plan_directory + "/" for e in entries if e.located is not None and e.kind.name == "milestone"
        }
        near = self._naming(*sorted(folders), *sorted(scope for _, scope in scopes))
        return {scope: members for scope, members in _sequences(near).items() if scope in scopes}

    @cached_property
    def look_alikes(self) -> list[str]:
        """Files of a repository without any document that look as if they were meant to be some."""
        if not self.profile.near_roots or any(self.entry(name) is not None for name in self.names):
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
        return [e for e in found if e.located is not None and e.kind.name == "plan"]

    @cached_property
    def _plans_at(self) -> dict[str, list[Entry]]:
        found: dict[str, list[Entry]] = {}
        for entry in self.entries.values():
            if entry.located and entry.kind.name == "plan":
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

    def portfolio(self, findings: tuple[Finding, ...], statistics: Statistics) -> Portfolio:
        """The loaded whole, for pages and exports."""
        from milestones.project.portfolio import Portfolio

        return Portfolio(
            milestones=self.milestones,
            plans=self.plans,
            findings=findings,
            statistics=statistics,
            today=self.today,
            stale_after=self.config.stale_after,
            body=lambda path: self.entries[path].document.body,
        )

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
            return [e for e in self._naming(plan_directory + "/") if e.kind.name == "milestone" and e.located]
        return self._by_directory.get(plan_directory, [])

    @cached_property
    def _by_directory(self) -> dict[str, list[Entry]]:
        found: dict[str, list[Entry]] = {}
        for entry in self.entries.values():
            if entry.located and entry.kind.name == "milestone":
                found.setdefault(entry.located.plan_directory, []).append(entry)
        return found

    def exists(self, path: str) -> bool:
        """True where a path of the repository is a file or folder; nothing outside it ever does."""
        if path.startswith("../") or path in ("..", ""):
            return False
        known = self._exists.get(path)
        if known is None:
            known = path in self._known or os.path.exists(os.path.join(self.directory, path))
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
    def milestones(self) -> tuple[Milestone, ...]:
        """Every milestone that could be read, in the order of ids."""
        found = [m for entry in self.of_kind("milestone") if (m := milestone(entry)) is not None]
        return tuple(sorted(found, key=lambda m: (m.id, m.path)))

    @cached_property
    def plans(self) -> tuple[Plan, ...]:
        """Every plan that could be read, in the order of ids."""
        found = [p for entry in self.of_kind("plan") if (p := plan(entry)) is not None]
        return tuple(sorted(found, key=lambda p: (p.id, p.path)))


def _sequences(entries: Iterable[Entry]) -> dict[tuple[str, str], list[tuple[int, Entry]]]:
    found: dict[tuple[str, str], list[tuple[int, Entry]]] = {}
    for entry in entries:
        place = entry.place_in_sequence
        if place is not None and place[1].isdecimal():
            found.setdefault((entry.kind.name, place[0]), []).append((int(place[1]), entry))
    for members in found.values():
        members.sort(key=lambda member: member[0])  # stable: twins stay in the order of their paths
    return found


def open_project(
    start: str | PathLike[str],
    *,
    tracked: bool = False,
    config: Config | None = None,
    profile: str | None = None,
) -> Project:
    """The project that a folder belongs to.

    Raises:
        ConfigError: for configuration that can't be used.
        ProfileError: for a profile that doesn't exist or is wrong.
        GitError: with ``tracked``, where git can't tell.
    """
    config = config or configuration.find(os.fspath(start))
    wanted = profile or config.profile
    if wanted is not None:
        chosen = profiles.load(wanted, config.root, config.directory)
        for kind in chosen.kinds.values():
            if kind.schema not in schemas.names():
                raise profiles.ProfileError(f"{wanted}: kinds.{kind.name}.schema: there is no schema {kind.schema!r}")
        return Project(config, chosen, _names(config, chosen.root, tracked), tracked=tracked)
    return _detect(config, tracked)


#: How many files the detection of a profile looks at, spread over all of them.
_ENOUGH = 200


def _detect(config: Config, tracked: bool) -> Project:
    """The profile that the most files fit; the default one where none or several do equally."""
    best: Project | None = None
    fits = -1
    listed: dict[str, list[str]] = {}
    for name in profiles.NAMES:
        candidate = profiles.load(name, config.root)
        if candidate.root not in listed:
            listed[candidate.root] = _names(config, candidate.root, tracked)
        project = Project(config, candidate, listed[candidate.root], tracked=tracked)
        # The first documents of a long list tell as much as all of them: a repository keeps to one convention.
        some = project.names[:: max(1, len(project.names) // _ENOUGH)]
        found = [entry for name in some if (entry := project.entry(name)) is not None]
        count = sum(entry.located is not None and entry.located.dated for entry in found)
        if count > fits:
            best, fits = project, count
        if count and count == len(found):
            break  # every file fits; no other profile can fit more of them
    assert best is not None
    return best


def _names(config: Config, below: str, tracked: bool) -> list[str]:
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
        return _names(config, "", tracked)
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


def _texts(entry: Entry, key: str) -> tuple[str, ...]:
    value = entry.values.get(key)
    return tuple(item for item in value if isinstance(item, str) and item) if isinstance(value, list) else ()


def _date(entry: Entry, key: str) -> str | None:
    value = entry.values.get(key)
    return value if calendar_date(value) else None


def _word(entry: Entry, key: str) -> str | None:
    value = entry.values.get(key)
    return value if isinstance(value, str) and value.strip() else None


def _shared(entry: Entry) -> dict[str, Any]:
    links = entry.values.get("links")
    outline = entry.document.outline
    fields = entry.located.fields if entry.located else {}
    return {
        "title": _word(entry, "title") or fields.get("slug") or entry.path.rpartition("/")[2],
        "status": entry.status or Status.PLANNED,
        "status_word": _word(entry, "status") or "",
        "filed": entry.filed,
        "path": entry.path,
        "domain": _word(entry, "domain"),
        "owner": _word(entry, "owner"),
        "created": _date(entry, "created"),
        "updated": _date(entry, "updated"),
        "start": _date(entry, "start"),
        "due": _date(entry, "due"),
        "risk": _word(entry, "risk"),
        "tags": _texts(entry, "tags"),
        "links": tuple((k, v) for k, v in links.items() if isinstance(v, str) and v) if isinstance(links, dict) else (),
        "depends_on": _texts(entry, "depends_on"),
        "components": _texts(entry, "components"),
        "tally": outline.tally,
        "changelog": outline.changelog,
        "objective": outline.objective,
    }


def milestone(entry: Entry) -> Milestone | None:
    """A milestone from its file, or None where its front matter can't be read or gives no id."""
    id_ = entry.id
    if entry.document.fields is None or id_ is None:
        return None
    parts = entry.kind.id.read(id_) or {}
    return Milestone(
        id=id_,
        plan_id=parts.get("plan") or entry.plan_id_in_path or "",
        number=parts.get("number", ""),
        health=entry.document.outline.health,
        **_shared(entry),
    )


def plan(entry: Entry) -> Plan | None:
    """A plan from its file, or None where its front matter can't be read or gives no id."""
    id_ = entry.id
    if entry.document.fields is None or id_ is None:
        return None
    return Plan(
        id=id_,
        kind=_word(entry, "kind"),
        breaking=entry.values.get("breaking") is True,
        migration=entry.values.get("migration") is True,
        touches=_texts(entry, "touches"),
        supersedes=_texts(entry, "supersedes"),
        **_shared(entry),
    )
