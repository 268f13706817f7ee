"""The registry at one moment: all its milestones, and the answers that follow from them."""

from __future__ import annotations

import difflib
from functools import cached_property
from typing import TYPE_CHECKING, NamedTuple

from milestones.graph.dependencies import Dependencies
from milestones.registry import progress, risk
from milestones.registry.records import DependencyCycleError, UnknownMilestoneError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from milestones.model import Milestone
    from milestones.registry.risk import Risk


class Reading(NamedTuple):
    """What a back end gives: every milestone, the day it is, and after how many days work is stale.

    ``scope`` is the id of the plan whose milestones win where a name could be several.
    """

    milestones: tuple[Milestone, ...]
    today: str
    stale_after: int
    scope: str = ""


class Snapshot:
    """All milestones as they were at one moment. It never changes: ask it many things, and the answers agree.

    ``milestones`` has them by id, in the order of the registry. Names are taken and given as the registry does.
    """

    def __init__(self, reading: Reading) -> None:
        self.today = reading.today
        self.stale_after = reading.stale_after
        self._scope = reading.scope
        self.milestones: Mapping[str, Milestone] = _by_id(reading.milestones)

    @cached_property
    def graph(self) -> Dependencies:
        """The dependencies as a graph; ids that nothing defines are left out of it."""
        return Dependencies(self.milestones.values())

    @cached_property
    def _spellings(self) -> dict[str, list[str]]:
        """What else a milestone may be called than its id, if its id is not its name."""
        found: dict[str, list[str]] = {}
        for id_, milestone in self.milestones.items():
            if milestone.title != id_:
                for name in dict.fromkeys((id_.casefold(), milestone.title, milestone.name.casefold())):
                    found.setdefault(name, []).append(id_)
        return found

    def id_of(self, name: str) -> str:
        """The id of the milestone with an id (in any case), a title, or an id's last part such as ``MS003``.

        Where several have the title or the last part, one of the registry's own plan wins. Raises
        UnknownMilestoneError.
        """
        wanted = name.strip()
        if wanted in self.milestones:
            return wanted
        found = self._spellings.get(wanted) or self._spellings.get(wanted.casefold()) or []
        if len(found) > 1:
            found = [id_ for id_ in found if self.milestones[id_].plan_id == self._scope] or found
        if len(found) == 1:
            return found[0]
        if found:
            raise UnknownMilestoneError(f"{name!r} could be several milestones", f"say which: {', '.join(found)}")
        names = dict.fromkeys([*(m.title for m in self.milestones.values()), *self.milestones])
        near = difflib.get_close_matches(wanted, names, n=3)
        raise UnknownMilestoneError(
            f"there is no milestone {name!r}",
            f"did you mean {' or '.join(map(repr, near))}?" if near else "register it first",
        )

    def refuse_cycle(self, id_: str, dependency: str) -> None:
        """Raise DependencyCycleError where a new dependency would close a cycle."""
        if id_ == dependency:
            raise DependencyCycleError([id_])
        parent = {dependency: id_}
        queue = [dependency]
        for at in queue:
            for other in self.graph.waits_for[at]:
                if other == id_:
                    around = [at]
                    while around[-1] != id_:
                        around.append(parent[around[-1]])
                    raise DependencyCycleError(around[::-1])
                if other not in parent:
                    parent[other] = at
                    queue.append(other)

    def dependency_graph(self) -> dict[str, list[str]]:
        """What each milestone depends on, as it was declared: ids that nothing defines are in it too."""
        return {id_: list(dict.fromkeys(m.depends_on)) for id_, m in self.milestones.items()}

    def dependents(self, name: str) -> list[str]:
        """The milestones that depend on one directly."""
        return list(self.graph.blocks[self.id_of(name)])

    def own_progress(self, name: str) -> float:
        """How far a milestone's own work is. See ``progress.own``."""
        return progress.own(self.milestones[self.id_of(name)])

    def progress(self, name: str) -> float:
        """How far a milestone is with everything it depends on. See ``progress.propagated``."""
        return progress.propagated(self.milestones, self.graph, self.id_of(name))

    def completion_fraction(self, name: str) -> float:
        """The share of a milestone and everything it depends on that is completed."""
        return progress.completion_fraction(self.milestones, self.graph, self.id_of(name))

    def risk(self, name: str) -> Risk:
        """The risks of a milestone. See ``risk.assess``."""
        return risk.assess(self.milestones, self.graph, self.id_of(name), self.today, self.stale_after)

    def impact(self, name: str) -> list[str]:
        """What slips if a milestone slips, nearest first. See ``progress.impact``."""
        return progress.impact(self.graph, self.id_of(name))

    def critical_path(self) -> list[str]:
        """The longest chain of open work, prerequisites first. See ``Dependencies.critical_path``."""
        return self.graph.critical_path()


def _by_id(milestones: tuple[Milestone, ...]) -> dict[str, Milestone]:
    """Milestones by id. Of twins (`milestones check` reports them) one that is less finished counts.

    So nothing is taken for done while a file says that it is not.
    """
    found: dict[str, Milestone] = {}
    for milestone in milestones:
        twin = found.setdefault(milestone.id, milestone)
        if twin is not milestone and progress.own(milestone) < progress.own(twin):
            found[milestone.id] = milestone
    return found
