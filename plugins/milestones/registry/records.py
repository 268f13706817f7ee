"""What the registry takes and gives: statuses in any case, milestones, status changes, and its errors."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, NamedTuple

from milestones.model import Status

if TYPE_CHECKING:
    from collections.abc import Sequence, Set

    from milestones.registry.tracker import MilestoneRegistry


class RegistryError(Exception):
    """A request that the registry refused; nothing was changed. ``help`` says what would make it possible."""

    def __init__(self, message: str, help: str = "") -> None:
        super().__init__(message)
        self.help = help


class UnknownMilestoneError(RegistryError, LookupError):
    """A name that no milestone has, or that several have."""


class DuplicateMilestoneError(RegistryError, ValueError):
    """A name that is taken."""


class InvalidStatusError(RegistryError, ValueError):
    """A word that is none of the six statuses."""


class DependencyCycleError(RegistryError, ValueError):
    """A dependency that would lead back to where it began.

    ``cycle`` are the ids along it, each of which depends on the next and the last on the first.
    """

    def __init__(self, cycle: Sequence[str]) -> None:
        self.cycle = tuple(cycle)
        if len(self.cycle) == 1:
            super().__init__(f"{cycle[0]} can't depend on itself: {cycle[0]} → {cycle[0]}")
        else:
            around = " → ".join([*self.cycle, self.cycle[0]])
            super().__init__(
                f"the dependencies would go round in a circle: {around}", "take out one of these dependencies first"
            )


class StatusChange(NamedTuple):
    """One status that a milestone took on.

    ``at`` is ISO 8601: a day or a moment, as exactly as it is known, and empty where it is not known at all.
    ``previous`` is None for the first status that is known. ``commit`` is the commit that made the change, where one
    did.
    """

    at: str
    status: Status
    previous: Status | None = None
    commit: str = ""


def status_of(word: str | Status) -> Status:
    """The status that a word names, in any case: ``IN_PROGRESS``, ``in progress`` and ``In-Progress`` are one.

    Raises InvalidStatusError.
    """
    if isinstance(word, Status):
        return word
    try:
        return Status(re.sub(r"[\s_-]+", "_", word.strip().casefold()))
    except (AttributeError, ValueError):
        known = ", ".join(status.name for status in Status)
        raise InvalidStatusError(f"{word!r} is not a status", f"write one of {known}") from None


def now() -> str:
    """This moment, in UTC, to the second."""
    return datetime.now(UTC).isoformat(timespec="seconds")


@dataclass
class Milestone:
    """One milestone of a registry, as it was when somebody asked.

    ``name`` is what it was registered as: on a repository, its title. ``id`` is what the registry calls it in every
    answer: on a repository the id in its file, in memory its name. ``dependencies`` are ids. ``progress`` is the
    propagated progress, 0.0 to 1.0.

    A milestone that came from a registry writes its changes through to it. One that was made by hand stands alone.
    """

    name: str
    components: Set[str]
    status: Status = Status.PLANNED
    dependencies: Set[str] = frozenset()
    status_history: Sequence[StatusChange] = ()
    progress: float = 0.0
    id: str = ""
    path: str = ""
    start: str | None = None
    due: str | None = None
    risk: str | None = None
    owner: str | None = None
    registry: MilestoneRegistry | None = field(default=None, repr=False, compare=False)

    def __post_init__(self) -> None:
        self.status = status_of(self.status)
        self.components = frozenset(self.components)
        self.dependencies = frozenset(self.dependencies)
        self.status_history = tuple(self.status_history)
        self.id = self.id or self.name

    def update_status(self, new_status: str | Status) -> None:
        """Give it another status: in its registry, and with it in its file, and here.

        Raises InvalidStatusError, and what ``MilestoneRegistry.update_milestone_status`` raises.
        """
        if self.registry is not None:
            fresh = self.registry.update_milestone_status(self.id, new_status)
            self.status, self.status_history, self.progress = fresh.status, fresh.status_history, fresh.progress
            return
        status = status_of(new_status)
        if status is not self.status:
            self.status_history = (*self.status_history, StatusChange(now(), status, self.status))
            self.status = status
        self.progress = 1.0 if status is Status.COMPLETED else 0.0

    def recalculate_progress(self, registry: MilestoneRegistry) -> float:
        """Take the propagated progress that a registry sees now, and return it.

        Raises UnknownMilestoneError where the registry does not have it.
        """
        self.progress = registry.get_progress(self.id)
        return self.progress
