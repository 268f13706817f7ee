"""A repository with every convention it uses: one project a convention, seen as one whole by the fronts."""

from __future__ import annotations

import os
from contextlib import suppress
from functools import cached_property
from typing import TYPE_CHECKING

from milestones import schemas
from milestones.profiles import catalogue
from milestones.profiles.profile import ProfileError
from milestones.project import config as configuration
from milestones.project import git
from milestones.project.project import Listing, Project, names_below
from milestones.project.writing import require_settled

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence
    from os import PathLike

    from milestones.model import Finding, Milestone, Plan, Statistics
    from milestones.profiles.profile import Profile
    from milestones.project.config import Config
    from milestones.project.entry import Entry
    from milestones.project.portfolio import Portfolio


class Workspace:
    """The projects of a repository, the one that new work belongs to first."""

    def __init__(self, config: Config, projects: list[Project], *, detected: bool) -> None:
        self.config = config
        self.projects = projects
        self.detected = detected
        self.directory = config.directory
        self.today = configuration.today()
        for project in projects:
            project.beside = [other for other in projects if other is not project]

    @property
    def main(self) -> Project:
        """The project that is meant where nothing says which."""
        return self.projects[0]

    @property
    def entries(self) -> dict[str, Entry]:
        """Every document by path."""
        if len(self.projects) == 1:
            return self.main.entries
        return {path: entry for project in self.projects for path, entry in project.entries.items()}

    def entry(self, path: str) -> Entry | None:
        """One file as a document of whichever convention it fits."""
        return next((entry for project in self.projects if (entry := project.entry(path)) is not None), None)

    def has(self, path: str) -> bool:
        """True for the path of a document that is there."""
        return any(project.has(path) for project in self.projects)

    def project_of(self, path: str) -> Project:
        """The project that a document belongs to. Raises KeyError for any other path."""
        for project in self.projects:
            if project.has(path):
                return project
        raise KeyError(path)

    @cached_property
    def milestones(self) -> tuple[Milestone, ...]:
        """Every milestone of every convention, in the order of ids."""
        return tuple(m for project in self.projects for m in project.milestones)

    @cached_property
    def plans(self) -> tuple[Plan, ...]:
        """Every plan of every convention, in the order of ids."""
        return tuple(p for project in self.projects for p in project.plans)

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
            document=lambda path: self.entries[path].document,
            profiles={project.profile.name: project.profile.title for project in self.projects},
            by_hand={
                project.profile.name: project.profile.places_of("milestone")
                for project in self.projects
                if project.profile.made("milestone") is None
            },
        )


def open_workspace(
    start: str | PathLike[str],
    *,
    tracked: bool = False,
    config: Config | None = None,
    profile: str | None = None,
    glance: Callable[[], Iterable[str]] | None = None,
) -> Workspace:
    """The repository that a folder belongs to, under the profiles it configures or, without, those it fits.

    ``glance`` is called while git lists names: it looks at files, and says which are there.

    Raises:
        ConfigError: for configuration that can't be used.
        ProfileError: for a profile that doesn't exist or is wrong.
        GitError: with ``tracked``, where git can't tell.
        Interrupted: where a command was killed while it wrote, and nobody has undone that yet.
    """
    config = config or configuration.find(os.fspath(start))
    require_settled(config.directory)
    wanted = config.profiles
    if profile is not None:
        wanted = ((profile, config.root if config.profile == profile else None),)
    elif config.profile is not None and not wanted:
        wanted = ((config.profile, config.root),)
    if wanted:
        chosen = [catalogue.load(name, root, config.directory) for name, root in wanted]
        for (name, _), one in zip(wanted, chosen, strict=True):
            _require_schemas(name, one)
        listings = [Listing(config, one.root, tracked, looking=glance is not None) for one in chosen]
        seen = glance() if glance is not None else ()
        projects = [
            Project(config, one, listing.read(seen), tracked=tracked)
            for one, listing in zip(chosen, listings, strict=True)
        ]
        return Workspace(config, projects, detected=False)
    return Workspace(config, detect(config, tracked=tracked, glance=glance), detected=True)


def _require_schemas(written: str, profile: Profile) -> None:
    known = schemas.names()
    for kind in profile.kinds.values():
        for name in (kind.schema, *(spec.schema for spec in kind.records)):
            if not name:
                continue
            try:
                if not os.path.isabs(name) and name not in known:
                    raise schemas.SchemaNotFound(name)
                if os.path.isabs(name) and not isinstance(schemas.load(name), dict):
                    raise ValueError("a schema is a JSON object")
            except schemas.SchemaNotFound:
                shown = os.path.basename(name) if os.path.isabs(name) else name
                what = f"{written}: kinds.{kind.name}.schema: there is no schema {shown!r}"
                raise ProfileError(what) from None
            except (OSError, ValueError) as error:
                raise ProfileError(f"{os.path.basename(name)}: {error}") from None


def _project(config: Config, profile: Profile, tracked: bool) -> Project:
    return Project(config, profile, names_below(config, profile.root, tracked), tracked=tracked)


#: How many files the detection of a profile looks at, spread over all of them.
_ENOUGH = 200


def detect(
    config: Config,
    *,
    tracked: bool = False,
    thoroughly: bool = False,
    glance: Callable[[], Iterable[str]] | None = None,
) -> list[Project]:
    """The projects of the profiles that a repository's files fit; that of the default profile where none does.

    Profiles with a folder of their own are looked for first, and cost nothing where that folder is not. The others are
    looked for where none of these fits, or ``thoroughly``.
    """
    early = [name for name in catalogue.NAMES if name not in catalogue.LATE or config.root is not None]
    found = _fitting(config, [name for name in early if _may_fit(config, name)], tracked, glance=glance)
    if (thoroughly or not found) and config.root is None:
        late = [name for name in catalogue.LATE if not catalogue.ROOTS[name] or _may_fit(config, name)]
        found += _fitting(config, late, tracked, taken=found)
    if found:
        return found
    return [_project(config, catalogue.load(catalogue.NAMES[0], config.root), tracked)]


def _may_fit(config: Config, name: str) -> bool:
    roots = [config.root] if config.root is not None else [catalogue.ROOTS[name], *catalogue.OTHER_ROOTS.get(name, ())]
    roots += catalogue.SAYING.get(name, ()) if config.root is None else ()
    if any(root and os.path.lexists(os.path.join(config.directory, root)) for root in roots):
        return True
    return git.sparse(config.directory)  # the folder may be left out


def _fitting(
    config: Config,
    names: Sequence[str],
    tracked: bool,
    taken: Iterable[Project] = (),
    glance: Callable[[], Iterable[str]] | None = None,
) -> list[Project]:
    """For each root, the profile that the most files fit; the earlier one where several do equally."""
    listed = _Listed(config, tracked, names, glance)
    best: dict[str, tuple[int, Project]] = {}
    claimed = {path for project in taken for path in project.entries}
    settled: set[str] = set()
    for name in names:
        if catalogue.ROOTS[name] in settled and config.root is None:
            continue  # every file of that folder fits another; no profile can fit more of them
        most: tuple[int, Project] | None = None
        for candidate in _candidates(config, name):
            project = Project(config, candidate, listed.below(candidate.root), tracked=tracked)
            # Some documents of a long list tell as much as all of them: a folder keeps to one convention.
            some = project.names if not candidate.root else project.names[:: max(1, len(project.names) // _ENOUGH)]
            entries = [entry for path in some if path not in claimed and (entry := project.entry(path)) is not None]
            work = [e for e in entries if e.located is not None and e.located.dated and e.kind.model != "note"]
            count = len(work) if _evident(candidate, work) else 0
            if most is None or count > most[0]:
                most = (count, project)
            if count and count == len(entries):
                settled.add(candidate.root)
        if most is not None and most[0] > best.get(most[1].profile.root, (0, None))[0]:
            best[most[1].profile.root] = most
    return [project for _, project in best.values()]


class _Listed:
    """The names below each root, listed once; the likeliest is being listed before its profile has been read."""

    def __init__(
        self, config: Config, tracked: bool, names: Sequence[str], glance: Callable[[], Iterable[str]] | None
    ) -> None:
        self._config = config
        self._tracked = tracked
        self._known: dict[str, list[str]] = {}
        root = config.root or (catalogue.ROOTS[names[0]] if names else "")
        self._begun: Listing | None = None
        if root and os.path.isdir(os.path.join(config.directory, root)):
            with suppress(configuration.ConfigError):  # said where it turns out to be the root
                self._begun = Listing(config, root, tracked, looking=glance is not None)
        self._seen = glance() if glance is not None else ()

    def below(self, root: str) -> list[str]:
        if self._begun is not None:
            self._known[self._begun.below] = self._begun.read(self._seen)
            self._begun = None
        if root not in self._known:
            self._known[root] = names_below(self._config, root, self._tracked)
        return self._known[root]


def _candidates(config: Config, name: str) -> Iterator[Profile]:
    """A profile with each of the folders that its documents may lie in here."""
    first = catalogue.load(name, config.root, config.directory)
    yield first
    for root in catalogue.OTHER_ROOTS.get(name, ()) if config.root is None else ():
        there = os.path.isdir(os.path.join(config.directory, root)) or git.sparse(config.directory)
        if root != first.root and there:
            yield catalogue.load(name, root, config.directory)


def _evident(profile: Profile, work: Sequence[Entry]) -> bool:
    """True where enough documents say what those of the convention say, or it asks for nothing."""
    if profile.evidence is None:
        return True
    telling = sum(profile.evidence.search(f"{e.path}\n{e.document.text}") is not None for e in work)
    return telling * 4 >= len(work)


__all__ = ["Workspace", "detect", "open_workspace"]
