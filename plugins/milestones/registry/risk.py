"""What can go wrong with a milestone: by itself, and through everything it depends on.

The reasons for each level are in ``docs/reference/registry.md``.
"""

from __future__ import annotations

import enum
from typing import TYPE_CHECKING, NamedTuple, TypedDict

from milestones.model import Health, Status
from milestones.registry import progress

if TYPE_CHECKING:
    from collections.abc import Mapping

    from milestones.graph.dependencies import Dependencies
    from milestones.model import Milestone


class Level(enum.IntEnum):
    """How much attention a milestone needs: none, only patience, somebody's look, somebody's action."""

    NONE = 0
    LOW = 1
    MEDIUM = 2
    HIGH = 3

    @property
    def word(self) -> str:
        """The level as answers have it: ``medium``."""
        return self.name.lower()


class Reason(NamedTuple):
    """One thing that is wrong with a milestone, and how much."""

    level: Level
    text: str


class Risk(TypedDict):
    """The risks of a milestone. Everything in it can be written as JSON; milestones are named by their ids.

    ``level`` is ``none``, ``low``, ``medium`` or ``high``: the highest of its own reasons and of those of everything
    upstream. ``upstream`` has only those that have reasons. ``unresolved_dependencies`` are direct,
    ``unresolved_upstream`` all of them, nearest first. ``impact`` is what slips if this slips.
    """

    milestone: str
    status: str
    level: str
    blocked: bool
    on_hold: bool
    overdue: bool
    stale: bool
    declared: str | None
    reasons: list[str]
    unresolved_dependencies: list[str]
    unresolved_upstream: list[str]
    upstream: dict[str, list[str]]
    progress: float
    completion_fraction: float
    impact: list[str]


#: Words for a declared risk. ``low`` is what templates begin with: it says that nobody saw a risk.
_DECLARED = {
    "med": Level.MEDIUM,
    "medium": Level.MEDIUM,
    "moderate": Level.MEDIUM,
    "high": Level.HIGH,
    "severe": Level.HIGH,
    "critical": Level.HIGH,
}


def overdue(milestone: Milestone, today: str) -> bool:
    """True for open work whose due day has passed."""
    return not milestone.status.closed and milestone.due is not None and milestone.due < today


def stale(milestone: Milestone, today: str, stale_after: int) -> bool:
    """True for work under way (in progress, blocked or on hold) not updated for ``stale_after`` days."""
    from datetime import date

    if milestone.status.closed or milestone.status is Status.PLANNED or not milestone.updated:
        return False
    return (date.fromisoformat(today) - date.fromisoformat(milestone.updated)).days > stale_after


def own(milestone: Milestone, graph: Dependencies, today: str, stale_after: int) -> list[Reason]:
    """What is wrong with a milestone itself and the dependencies it names, the worst first.

    Cancelled work has no risk. Completed work has none but the dependencies that it was completed before.
    """
    if milestone.status is Status.CANCELLED:
        return []
    found = list(_of_dependencies(milestone, graph))
    if not milestone.status.closed:
        if milestone.status is Status.BLOCKED:
            found.append(Reason(Level.HIGH, "blocked"))
        if milestone.status is Status.ON_HOLD:
            found.append(Reason(Level.MEDIUM, "on hold"))
        if overdue(milestone, today):
            found.append(Reason(Level.HIGH, f"overdue since {milestone.due}"))
        if stale(milestone, today, stale_after):
            found.append(Reason(Level.MEDIUM, f"stale: not updated since {milestone.updated}"))
        if declared := _DECLARED.get((milestone.risk or "").strip().casefold()):
            found.append(Reason(declared, f"declared risk: {milestone.risk}"))
        for health, level, says in ((Health.BAD, Level.HIGH, "bad"), (Health.WARNING, Level.MEDIUM, "a warning")):
            if areas := [area.area for area in milestone.health if area.health is health]:
                found.append(Reason(level, f"health is {says}: {', '.join(areas)}"))
    return sorted(found, key=lambda reason: -reason.level)  # stable: equals stay in the order above


def _of_dependencies(milestone: Milestone, graph: Dependencies) -> list[Reason]:
    left = progress.unresolved(graph, milestone.id)
    gone = [d for d in left if d not in graph.items]
    dropped = [d for d in left if d in graph.items and graph.items[d].status is Status.CANCELLED]
    waits = [d for d in left if d not in gone and d not in dropped]
    done = milestone.status is Status.COMPLETED
    found = []
    if gone:
        found.append(Reason(Level.MEDIUM, f"depends on what nothing defines: {', '.join(gone)}"))
    if dropped:
        found.append(Reason(Level.MEDIUM, f"depends on cancelled work: {', '.join(dropped)}"))
    if waits:
        found.append(Reason(Level.LOW, f"{'completed before' if done else 'waits for'} {', '.join(waits)}"))
    return found


def level(milestones: Mapping[str, Milestone], graph: Dependencies, id_: str, today: str, stale_after: int) -> Level:
    """The highest level of a milestone's own reasons and of those of everything upstream.

    Work that is not cancelled never has less than what it depends on.
    """
    if milestones[id_].status is Status.CANCELLED:
        return Level.NONE
    members = progress.chain(graph, id_)
    return max(r.level for m in members for r in [*own(milestones[m], graph, today, stale_after), _NOTHING])


_NOTHING = Reason(Level.NONE, "")


def assess(milestones: Mapping[str, Milestone], graph: Dependencies, id_: str, today: str, stale_after: int) -> Risk:
    """Everything that there is to say about the risk of a milestone."""
    milestone = milestones[id_]
    upstream = progress.chain(graph, id_)[1:]
    reasons = {other: own(milestones[other], graph, today, stale_after) for other in upstream}
    left = [other for other in upstream if milestones[other].status is not Status.COMPLETED]
    return {
        "milestone": id_,
        "status": milestone.status.value,
        "level": level(milestones, graph, id_, today, stale_after).word,
        "blocked": milestone.status is Status.BLOCKED,
        "on_hold": milestone.status is Status.ON_HOLD,
        "overdue": overdue(milestone, today),
        "stale": stale(milestone, today, stale_after),
        "declared": milestone.risk,
        "reasons": [reason.text for reason in own(milestone, graph, today, stale_after)],
        "unresolved_dependencies": progress.unresolved(graph, id_),
        "unresolved_upstream": [*left, *progress.unknown(graph, id_)],
        "upstream": {other: [reason.text for reason in found] for other, found in reasons.items() if found},
        "progress": progress.propagated(milestones, graph, id_),
        "completion_fraction": progress.completion_fraction(milestones, graph, id_),
        "impact": progress.impact(graph, id_),
    }
