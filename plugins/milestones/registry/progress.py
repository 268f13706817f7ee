"""How far the work is, what waits for it, and what decides when it ends. Each is defined here and nowhere else.

All are pure functions of milestones by id and the graph of their dependencies. The *chain* of a milestone is itself
and everything it depends on, directly or through others, each once. An id that milestones depend on and that nothing
defines belongs to the chain too: as work of which nothing is known to be done.

The reasons for each definition are in ``docs/reference/registry.md``.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from milestones.model import Status

if TYPE_CHECKING:
    from collections.abc import Mapping

    from milestones.graph.dependencies import Dependencies
    from milestones.model import Milestone


def own(milestone: Milestone) -> float:
    """How far a milestone's own work is, 0.0 to 1.0: its status first, then its checkboxes and task rows.

    Completed work is 1.0, and nothing else is. See ``model.Milestone.progress``.
    """
    return milestone.progress


def chain(graph: Dependencies, id_: str) -> list[str]:
    """A milestone and everything it depends on, nearest first."""
    return [id_, *(other for other in graph.ancestors(id_) if other != id_)]


def unknown(graph: Dependencies, id_: str) -> list[str]:
    """The ids that the chain of a milestone names and that nothing defines."""
    named = (other for member in chain(graph, id_) for other in graph.items[member].depends_on)
    return [other for other in dict.fromkeys(named) if other not in graph.items]


def propagated(milestones: Mapping[str, Milestone], graph: Dependencies, id_: str) -> float:
    """How far a milestone is with everything it depends on: the mean of own progress over its chain.

    1.0 if and only if every member of the chain is completed. Completing anything never lowers it.
    """
    members = chain(graph, id_)
    done = math.fsum(own(milestones[member]) for member in members)
    return done / (len(members) + len(unknown(graph, id_)))


def completion_fraction(milestones: Mapping[str, Milestone], graph: Dependencies, id_: str) -> float:
    """The share of a milestone's chain that is completed. Never more than its propagated progress."""
    members = chain(graph, id_)
    done = sum(milestones[member].status is Status.COMPLETED for member in members)
    return done / (len(members) + len(unknown(graph, id_)))


def unresolved(graph: Dependencies, id_: str) -> list[str]:
    """The direct dependencies of a milestone that are not completed, those that nothing defines included."""
    named = dict.fromkeys(graph.items[id_].depends_on)
    return [d for d in named if d != id_ and (d not in graph.items or graph.items[d].status is not Status.COMPLETED)]


def impact(graph: Dependencies, id_: str) -> list[str]:
    """What slips if this slips: open work that waits for it, directly or through other open work, nearest first.

    Closed work can't slip, and nothing waits through it any longer.
    """
    if graph.items[id_].status.closed:
        return []
    found = {id_: None}
    queue = [id_]
    for member in queue:
        for dependent in graph.blocks[member]:
            if dependent not in found and not graph.items[dependent].status.closed:
                found[dependent] = None
                queue.append(dependent)
    return queue[1:]
