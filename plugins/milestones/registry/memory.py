"""Milestones in memory: they live as long as the registry."""

from __future__ import annotations

import contextlib
import threading
from typing import TYPE_CHECKING

from milestones.documents.days import calendar_date
from milestones.model import Milestone, Status
from milestones.project import config
from milestones.registry.records import DuplicateMilestoneError, RegistryError, StatusChange, now
from milestones.registry.snapshot import Reading

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence


class Memory:
    """A store that is a dict. One thread at a time writes; a reading is never half of a change."""

    def __init__(self, clock: Callable[[], str] | None = None, stale_after: int = 30) -> None:
        self._clock = clock or now
        self._stale_after = stale_after
        self._lock = threading.RLock()
        self._milestones: dict[str, Milestone] = {}
        self._history: dict[str, tuple[StatusChange, ...]] = {}
        self._last: Reading | None = None

    @property
    def reading(self) -> Reading:
        """Every milestone, in the order in which they were registered."""
        return self.read()

    def read(self) -> Reading:
        """Every milestone, in the order in which they were registered."""
        with self._lock:
            today = config.today()
            if self._last is None or self._last.today != today:
                self._last = Reading(tuple(self._milestones.values()), today, self._stale_after)
            return self._last

    @contextlib.contextmanager
    def write(self) -> Iterator[Memory]:
        """Hold the store alone."""
        with self._lock:
            yield self

    def add(
        self, name: str, components: Sequence[str], status: Status, details: Mapping[str, str], plan: str | None
    ) -> str:
        """Add a milestone under its name."""
        if name in self._milestones:
            raise DuplicateMilestoneError(f"{name!r} is registered already", "take another name")
        for key in ("start", "due"):
            if key in details and not calendar_date(details[key]):
                raise RegistryError(f"`{key}` {details[key]!r} is not a day", "write it as YYYY-MM-DD")
        if details.get("due", "9999") < details.get("start", ""):
            raise RegistryError(f"`due` {details['due']} would be before `start` {details['start']}")
        if details.get("risk", "low") not in ("low", "med", "high"):
            raise RegistryError(f"`risk` {details['risk']!r} is not a risk", "write low, med or high")
        at = self._clock()
        self._keep(
            Milestone(
                id=name,
                plan_id=plan or "",
                number="",
                title=name,
                status=status,
                status_word=status.value,
                filed=False,
                path="",
                owner=details.get("owner"),
                created=_day(at),
                updated=_day(at),
                start=details.get("start"),
                due=details.get("due"),
                risk=details.get("risk"),
                components=tuple(components),
            )
        )
        self._history[name] = (StatusChange(at, status),)
        return name

    def set_status(self, id_: str, status: Status) -> None:
        """Give a milestone another status, and remember when."""
        before = self._milestones[id_]
        at = self._clock()
        self._keep(before._replace(status=status, status_word=status.value, updated=_day(at)))
        self._history[id_] = (*self._history[id_], StatusChange(at, status, before.status))

    def set_dependencies(self, id_: str, dependencies: Sequence[str]) -> None:
        """Give a milestone other dependencies."""
        self._keep(self._milestones[id_]._replace(depends_on=tuple(dependencies), updated=_day(self._clock())))

    def _keep(self, milestone: Milestone) -> None:
        self._milestones[milestone.id] = milestone
        self._last = None

    def history(self, milestone: Milestone) -> Sequence[StatusChange]:
        """Every status it has had."""
        with self._lock:
            return self._history.get(milestone.id, ())

    def start_plan(self, title: str) -> str:
        """Plans are documents of a repository."""
        raise RegistryError("a registry in memory has no plans", "open one with MilestoneRegistry.open(folder)")


def _day(at: str) -> str | None:
    day = at[:10]
    return day if calendar_date(day) else None
