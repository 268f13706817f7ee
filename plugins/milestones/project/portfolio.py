"""The loaded whole: every milestone and plan of a repository, what was found, and the day it is seen on."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

from milestones.graph.dependencies import Dependencies

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from milestones.documents.reader import Document
    from milestones.model import Finding, Milestone, Part, Plan, Statistics


class Portfolio:
    """Milestones and plans as the pages, exports and lists see them.

    ``today`` is the one value of "today" (ISO text) that everything derived from it uses. ``document`` gives a
    document by path. ``stale_after`` is in days. ``profiles`` are the titles of the conventions, by name.
    """

    def __init__(
        self,
        *,
        milestones: tuple[Milestone, ...],
        plans: tuple[Plan, ...],
        findings: tuple[Finding, ...],
        statistics: Statistics,
        today: str,
        stale_after: int,
        document: Callable[[str], Document],
        profiles: Mapping[str, str],
    ) -> None:
        self.milestones = milestones
        self.plans = plans
        self.findings = findings
        self.statistics = statistics
        self.today = today
        self.stale_after = stale_after
        self._document = document
        self.profiles = profiles

    def text(self, part: Part) -> str:
        """The Markdown of a part: a document's body, or the lines of it that the part spans."""
        document = self._document(part.path)
        if not part.end:
            return document.body
        first = part.line - document.body_line
        return "\n".join(document.body.split("\n")[first : part.end - document.body_line])

    @cached_property
    def graph(self) -> Dependencies:
        """Dependencies between milestones."""
        return Dependencies(self.milestones)

    @cached_property
    def plan_graph(self) -> Dependencies:
        """Dependencies between plans: those they declare, and those that their milestones' dependencies imply."""
        plan_of = {m.id: m.plan_id for m in self.milestones}
        declared = {plan.id: list(plan.depends_on) for plan in self.plans}
        for m in self.milestones:
            if m.plan_id in declared:
                declared[m.plan_id] += [plan_of[d] for d in m.depends_on if d in plan_of]
        return Dependencies(plan._replace(depends_on=tuple(dict.fromkeys(declared[plan.id]))) for plan in self.plans)

    @cached_property
    def by_id(self) -> dict[str, Milestone]:
        """Milestones by id."""
        return {m.id: m for m in self.milestones}

    @cached_property
    def by_plan(self) -> dict[str, list[Milestone]]:
        """Milestones by plan id, in the order of their numbers; also plans that no document describes."""
        plans: dict[str, list[Milestone]] = {plan.id: [] for plan in self.plans}
        for m in self.milestones:
            plans.setdefault(m.plan_id, []).append(m)
        for members in plans.values():
            members.sort(key=lambda m: (len(m.number), m.number, m.id))
        return plans

    def plan_progress(self, plan_id: str) -> float:
        """The mean progress of a plan's milestones, 0.0 to 1.0; cancelled ones do not count."""
        counted = [m.progress for m in self.by_plan.get(plan_id, ()) if m.status.value != "cancelled"]
        if counted:
            return sum(counted) / len(counted)
        return 1.0 if any(p.id == plan_id and p.status.value == "completed" for p in self.plans) else 0.0

    def overdue(self, milestone: Milestone) -> bool:
        """True for open work whose due date has passed."""
        return not milestone.status.closed and milestone.due is not None and milestone.due < self.today

    def stale(self, milestone: Milestone) -> bool:
        """True for work under way (in progress, blocked or on hold) not updated for ``stale_after`` days."""
        from datetime import date

        if milestone.status.closed or milestone.status.value == "planned" or not milestone.updated:
            return False
        age = date.fromisoformat(self.today) - date.fromisoformat(milestone.updated)
        return age.days > self.stale_after
