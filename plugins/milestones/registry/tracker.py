"""The registry of milestones: one set of methods, over memory or over the files of a repository."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from milestones.model import Status
from milestones.registry.records import Milestone, RegistryError, UnknownMilestoneError, status_of
from milestones.registry.snapshot import Reading, Snapshot

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
    from contextlib import AbstractContextManager
    from os import PathLike

    from milestones import model
    from milestones.registry.records import StatusChange
    from milestones.registry.risk import Risk


class Writer(Protocol):
    """A back end while it is held by one writer. What it wrote is what the next reading gives."""

    @property
    def reading(self) -> Reading:
        """Everything, as it is before this writer changes it."""

    def add(
        self, name: str, components: Sequence[str], status: Status, details: Mapping[str, str], plan: str | None
    ) -> str:
        """Add a milestone and return its id."""

    def set_status(self, id_: str, status: Status) -> None:
        """Give a milestone another status."""

    def set_dependencies(self, id_: str, dependencies: Sequence[str]) -> None:
        """Give a milestone other dependencies, by ids."""


class Store(Protocol):
    """Where milestones are kept."""

    def read(self) -> Reading:
        """Everything, at one moment: never the half of a change."""

    def write(self) -> AbstractContextManager[Writer]:
        """Hold the store alone: other writers wait, those of other processes too."""

    def history(self, milestone: model.Milestone) -> Sequence[StatusChange]:
        """The statuses that a milestone has had, oldest first."""

    def start_plan(self, title: str) -> str:
        """Start a plan that new milestones go to, and return its id."""


class MilestoneRegistry:
    """Milestones, their status, their dependencies, and what follows from them.

    ``MilestoneRegistry()`` keeps them in memory; ``MilestoneRegistry.open(folder)`` is a repository's own, where the
    files are the only store. Every method takes a milestone's name or id, and names milestones by id in its answer; in
    memory the two are the same. Statuses are taken in any case.

    Threads may share a registry. On a repository, processes may too.
    """

    def __init__(self, *, clock: Callable[[], str] | None = None, stale_after: int = 30) -> None:
        """A registry in memory. ``clock`` gives the time of each status change, as ISO 8601."""
        from milestones.registry.memory import Memory

        self._store: Store = Memory(clock, stale_after)
        self._last: tuple[Reading, Snapshot] | None = None

    @classmethod
    def open(
        cls,
        directory: str | PathLike[str] = ".",
        *,
        plan: str | None = None,
        profile: str | None = None,
        history: Callable[[str], Sequence[StatusChange]] | None = None,
    ) -> MilestoneRegistry:
        """The registry of the repository that a folder belongs to.

        Nothing is kept between two questions: each reads the files, so the two can't disagree. ``plan`` (an id, or the
        name of its folder) takes new milestones; without it, the only open plan does. ``history`` tells the statuses
        that an id has had; without it, git does, and for what is not committed the file itself.

        Raises RegistryError for a plan that does not exist, and for configuration that can't be used.
        """
        from milestones.registry.repository import Repository

        return cls.over(Repository(directory, plan=plan, profile=profile, history=history))

    @classmethod
    def over(cls, store: Store) -> MilestoneRegistry:
        """A registry over a back end of your own."""
        registry = cls.__new__(cls)
        registry._store, registry._last = store, None
        return registry

    # Writing.

    def start_plan(self, title: str) -> str:
        """Start a plan, which milestones registered here go to from now on; return its id. Raises RegistryError."""
        return self._store.start_plan(title)

    def register_milestone(
        self,
        name: str,
        components: Iterable[str],
        status: str | Status = Status.PLANNED,
        *,
        plan: str | None = None,
        start: str = "",
        due: str = "",
        risk: str = "",
        owner: str = "",
    ) -> Milestone:
        """Add a milestone; on a repository this writes its file.

        A name that is taken is refused; on a repository, where the plan has a milestone with that title. ``start``
        and ``due`` are ISO days, ``risk`` is ``low``, ``med`` or ``high``.

        Raises DuplicateMilestoneError, InvalidStatusError, and RegistryError for what can't be written.
        """
        meaning = status_of(status)
        if isinstance(components, str):
            raise RegistryError(f"components is the text {components!r}", f"give a list: [{components!r}]")
        parts = list(dict.fromkeys(component.strip() for component in components))
        if "" in parts:
            raise RegistryError("a component is empty", "give it a name, or leave it out")
        name = name.strip()
        if not name:
            raise RegistryError("the name is empty", "give the milestone a name")
        details = {"start": start, "due": due, "risk": risk, "owner": owner}
        details = {key: value for key, value in details.items() if value}
        with self._store.write() as writer:
            id_ = writer.add(name, parts, meaning, details, plan)
        return self.get_milestone(id_)

    def update_milestone_status(self, name: str, new_status: str | Status) -> Milestone:
        """Give a milestone another status; on a repository this edits its file. The same status again changes nothing.

        The progress and risk of everything that depends on it follow by themselves: they are never stored.

        Raises UnknownMilestoneError, InvalidStatusError, and RegistryError for a status that the repository's
        convention has no word for.
        """
        status = status_of(new_status)
        with self._store.write() as writer:
            snapshot = self._seen(writer.reading)
            id_ = snapshot.id_of(name)
            if snapshot.milestones[id_].status is not status:
                writer.set_status(id_, status)
        return self.get_milestone(id_)

    def declare_milestone_dependency(self, milestone_name: str, dependency_name: str) -> None:
        """Say that a milestone depends on another one. What was declared already is left as it is.

        Raises UnknownMilestoneError, and DependencyCycleError for a milestone's dependency on itself, directly or
        through others; its text shows the cycle.
        """
        with self._store.write() as writer:
            snapshot = self._seen(writer.reading)
            id_, dependency = snapshot.id_of(milestone_name), snapshot.id_of(dependency_name)
            snapshot.refuse_cycle(id_, dependency)
            declared = snapshot.milestones[id_].depends_on
            if dependency not in declared:
                writer.set_dependencies(id_, [*declared, dependency])

    # Reading.

    def snapshot(self) -> Snapshot:
        """Everything at this moment, read once, for many questions whose answers must agree."""
        return self._seen(self._store.read())

    def _seen(self, reading: Reading) -> Snapshot:
        """The snapshot of a reading: the last one again, where the back end gives the very same reading."""
        last = self._last
        if last is None or last[0] is not reading:
            last = self._last = (reading, Snapshot(reading))
        return last[1]

    def get_milestone(self, name: str) -> Milestone:
        """A milestone as it is now. Raises UnknownMilestoneError."""
        snapshot = self.snapshot()
        id_ = snapshot.id_of(name)
        found = snapshot.milestones[id_]
        return Milestone(
            name=found.title,
            components=frozenset(found.components),
            status=found.status,
            dependencies=frozenset(found.depends_on),
            status_history=tuple(self._store.history(found)),
            progress=snapshot.progress(id_),
            id=id_,
            path=found.path,
            start=found.start,
            due=found.due,
            risk=found.risk,
            owner=found.owner,
            registry=self,
        )

    def get_dependency_graph(self) -> dict[str, list[str]]:
        """What each milestone depends on: ``{milestone: [dependencies]}``, as it was declared."""
        return self.snapshot().dependency_graph()

    def get_dependents(self, name: str) -> list[str]:
        """The milestones that depend on one directly. Raises UnknownMilestoneError."""
        return self.snapshot().dependents(name)

    def get_status_history(self, name: str) -> list[StatusChange]:
        """Every status that a milestone has had, oldest first, each with its time. Raises UnknownMilestoneError."""
        snapshot = self.snapshot()
        return list(self._store.history(snapshot.milestones[snapshot.id_of(name)]))

    def get_progress(self, name: str) -> float:
        """How far a milestone is with everything it depends on, 0.0 to 1.0. Raises UnknownMilestoneError.

        1.0 only when all of it is completed.
        """
        return self.snapshot().progress(name)

    def get_own_progress(self, name: str) -> float:
        """How far a milestone's own work is, whatever it depends on, 0.0 to 1.0. Raises UnknownMilestoneError."""
        return self.snapshot().own_progress(name)

    def assess_risk(self, name: str) -> Risk:
        """What can go wrong with a milestone, by itself and upstream, as a dict. Raises UnknownMilestoneError."""
        return self.snapshot().risk(name)

    def get_impact(self, name: str) -> list[str]:
        """What slips if a milestone slips, nearest first. Raises UnknownMilestoneError."""
        return self.snapshot().impact(name)

    def get_critical_path(self) -> list[str]:
        """The longest chain of open work, prerequisites first."""
        return self.snapshot().critical_path()

    def __iter__(self) -> Iterator[str]:
        """The ids of all milestones, in order."""
        return iter(self.snapshot().milestones)

    def __len__(self) -> int:
        return len(self.snapshot().milestones)

    def __contains__(self, name: object) -> bool:
        """True for a name or id that exactly one milestone has."""
        try:
            return isinstance(name, str) and bool(self.snapshot().id_of(name))
        except UnknownMilestoneError:
            return False


__all__ = ["MilestoneRegistry", "Store", "Writer"]
