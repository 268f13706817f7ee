"""The loaded whole: every milestone and plan of a repository, what was found, and the day it is seen on."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, Any

from milestones.graph.dependencies import Dependencies
from milestones.model import Status
from milestones.project.groups import natural

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from milestones.documents.reader import Document
    from milestones.model import Finding, Milestone, Part, Plan, Statistics


def _order(milestone: Milestone) -> tuple[Any, ...]:
    """By number as people count (``9``, ``10``, ``10.1``); where names have none, by the day of their end or change."""
    if milestone.number[:1].isdigit():
        return (0, natural(milestone.number), milestone.id)
    day = milestone.completed or milestone.due or milestone.updated or milestone.created or "~"
    return (1, day if milestone.number == milestone.id else "", natural(milestone.number), milestone.id)


class Portfolio:
    """Milestones and plans as the pages, exports and lists see them.

    ``today`` is the one value of "today" (ISO text) that everything derived from it uses. ``document`` gives a
    document by path. ``stale_after`` is in days. ``profiles`` are the titles of the conventions, by name. ``known``
    are findings that the repository's baseline knows; they fail nothing. ``by_hand`` are the conventions, by name,
    without a template for a new milestone, with the paths that its document may have.
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
        known: tuple[Finding, ...] = (),
        by_hand: Mapping[str, tuple[str, ...]] | None = None,
    ) -> None:
        self.milestones, self.plans = _told_apart(milestones, plans) if len(profiles) > 1 else (milestones, plans)
        self.known = known
        self.findings = findings
        self.statistics = statistics
        self.today = today
        self.stale_after = stale_after
        self._document = document
        self.profiles = profiles
        self.by_hand = by_hand or {}
        self._lines: dict[str, list[str]] = {}

    def text(self, part: Part) -> str:
        """The Markdown of a part: a document's body, or the lines of it that the part spans."""
        document = self._document(part.path)
        if not part.end:
            return document.body
        if (lines := self._lines.get(part.path)) is None:
            # One document may speak of thousands.
            lines = self._lines[part.path] = document.body.split("\n")
        first = part.line - document.body_line
        return "\n".join(lines[first : part.end - document.body_line])

    def whole_text(self, path: str) -> str:
        """All of a document, front matter included, as it is written."""
        return self._document(path).text

    def targets(self, path: str) -> list[str]:
        """Where the links of a document's body lead, as written."""
        return [link.target for link in self._document(path).outline.links]

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
        """Milestones by plan id, in the order of their numbers, each followed by its parts; also plans that no document
        describes.
        """
        plans: dict[str, list[Milestone]] = {plan.id: [] for plan in self.plans}
        for m in self.milestones:
            plans.setdefault(m.plan_id, []).append(m)
        for plan_id, members in plans.items():
            members.sort(key=_order)
            plans[plan_id] = _nested(members, self.parents)
        return plans

    @cached_property
    def parents(self) -> dict[str, str]:
        """The id of the milestone that each is a part of, where that one is here."""
        return _parents(self.milestones)

    @cached_property
    def subtasks(self) -> dict[str, list[Milestone]]:
        """The parts of each milestone that has any, in the order of their numbers."""
        found: dict[str, list[Milestone]] = {}
        for m in sorted(self.milestones, key=_order) if self.parents else ():
            if (parent := self.parents.get(m.id)) is not None:
                found.setdefault(parent, []).append(m)
        return found

    @cached_property
    def depths(self) -> dict[str, int]:
        """How many milestones of its own plan each is a part of, by id."""
        found: dict[str, int] = {}
        for members in self.by_plan.values():
            inside: dict[str, int] = {}
            for m in members:
                inside[m.id] = inside.get(self.parents.get(m.id, ""), -1) + 1
            found.update(inside)
        return found

    @cached_property
    def plan_parents(self) -> dict[str, str]:
        """The id of the plan that each lies in, where that one is here."""
        return _parents(self.plans)

    @cached_property
    def subplans(self) -> dict[str, list[Plan]]:
        """The plans that lie in each that has any, in the order of their ids."""
        found: dict[str, list[Plan]] = {}
        for plan in sorted(self.plans, key=lambda p: (natural(p.id), p.path)) if self.plan_parents else ():
            if (parent := self.plan_parents.get(plan.id)) is not None:
                found.setdefault(parent, []).append(plan)
        return found

    def plans_below(self, plan_id: str) -> list[str]:
        """The ids of a plan and all that lie in it, at whatever depth."""
        found = [plan_id]
        for one in found:
            found += [plan.id for plan in self.subplans.get(one, ())]
        return list(dict.fromkeys(found))

    @cached_property
    def _shares(self) -> dict[str, tuple[float, int]]:
        """How much of the work of each milestone is done, and how much there is: its own, or that of its parts."""
        found: dict[str, tuple[float, int]] = {}
        for members in self.by_plan.values():
            inside = {m.id for m in members}
            below: dict[str, tuple[float, int]] = {}
            for m in reversed(members):
                done, work = below.get(m.id) or (m.progress, 1)
                found[m.id] = done, work = (float(work) if m.status is Status.COMPLETED else done), work
                parent = self.parents.get(m.id)
                if parent in inside and m.status is not Status.CANCELLED:
                    before = below.get(parent, (0.0, 0))
                    below[parent] = before[0] + done, before[1] + work
        return found

    @cached_property
    def _plan_shares(self) -> dict[str, tuple[float, int]]:
        """The same of plans: what is in them, and in the plans that lie in them."""
        plans = {plan.id: plan for plan in reversed(self.plans)}
        depths: dict[str, int] = {}
        for start in (*plans, *self.by_plan):
            steps = [start]
            while steps[-1] not in depths and (parent := self.plan_parents.get(steps[-1])) is not None:
                steps.append(parent)
            for id_ in reversed(steps):
                above = self.plan_parents.get(id_)
                depths.setdefault(id_, 0 if above is None else depths[above] + 1)
        found: dict[str, tuple[float, int]] = {}
        below: dict[str, tuple[float, int]] = {}
        for id_ in sorted(depths, key=lambda one: -depths[one]):
            done, work = below.get(id_, (0.0, 0))
            inside = {m.id for m in self.by_plan.get(id_, ())}
            for m in self.by_plan.get(id_, ()):
                if m.status is not Status.CANCELLED and self.parents.get(m.id) not in inside:
                    done, work = done + self._shares[m.id][0], work + self._shares[m.id][1]
            plan = plans.get(id_)
            if not work and plan is not None and plan.status is not Status.CANCELLED:
                done, work = (1.0 if plan.status is Status.COMPLETED else 0.0), 1
            found[id_] = done, work
            if (parent := self.plan_parents.get(id_)) is not None and not (plan and plan.status is Status.CANCELLED):
                before = below.get(parent, (0.0, 0))
                below[parent] = before[0] + done, before[1] + work
        return found

    def progress(self, milestone: Milestone) -> float:
        """How far a milestone is, 0.0 to 1.0: by its parts where it has some, else by its own tasks."""
        if milestone.status is Status.COMPLETED or milestone.id not in self.subtasks:
            return milestone.progress
        done, work = self._shares[milestone.id]
        return min(0.95, done / work)

    def plan_progress(self, plan_id: str) -> float:
        """The mean progress of a plan's milestones and of all below it, 0.0 to 1.0; cancelled ones do not count."""
        return self.plans_progress((plan_id,))

    def plans_progress(self, plan_ids: Iterable[str]) -> float:
        """The same of several plans together, none of which lies in another."""
        shares = [self._plan_shares.get(id_, (0.0, 0)) for id_ in plan_ids]
        work = sum(share[1] for share in shares)
        return sum(share[0] for share in shares) / work if work else 0.0

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


def _told_apart(
    milestones: tuple[Milestone, ...], plans: tuple[Plan, ...]
) -> tuple[tuple[Milestone, ...], tuple[Plan, ...]]:
    """Ids that several conventions use get the name of their convention before them; all others stay as they are."""
    users: dict[tuple[str, str], set[str]] = {}
    for m in milestones:
        users.setdefault(("milestone", m.id), set()).add(m.profile)
        users.setdefault(("plan", m.plan_id), set()).add(m.profile)
    for plan in plans:
        users.setdefault(("plan", plan.id), set()).add(plan.profile)
    if all(len(names) == 1 for names in users.values()):
        return milestones, plans

    def milestone_id(profile: str, id_: str) -> str:
        return f"{profile}/{id_}" if len(users.get(("milestone", id_), ())) > 1 else id_

    def plan_id(profile: str, id_: str) -> str:
        return f"{profile}/{id_}" if id_ and len(users.get(("plan", id_), ())) > 1 else id_

    return (
        tuple(
            m._replace(
                id=milestone_id(m.profile, m.id),
                plan_id=plan_id(m.profile, m.plan_id),
                parent=m.parent and milestone_id(m.profile, m.parent),
                depends_on=tuple(milestone_id(m.profile, id_) for id_ in m.depends_on),
            )
            for m in milestones
        ),
        tuple(
            p._replace(
                id=plan_id(p.profile, p.id),
                parent=p.parent and plan_id(p.profile, p.parent),
                depends_on=tuple(plan_id(p.profile, id_) for id_ in p.depends_on),
                supersedes=tuple(plan_id(p.profile, id_) for id_ in p.supersedes),
            )
            for p in plans
        ),
    )


def _parents(items: Iterable[Milestone | Plan]) -> dict[str, str]:
    """What each is a part of, by id; what is not here is no parent, and what leads round in a circle is none either."""
    named = {item.id: item.parent for item in items}
    found = {id_: parent for id_, parent in named.items() if parent is not None and parent in named and parent != id_}
    settled: set[str] = set()
    for start in list(found):
        inside: dict[str, None] = {}
        at = start
        while at in found and at not in settled and at not in inside:
            inside[at] = None
            at = found[at]
        if at in inside:
            del found[at]
        settled.update(inside)
    return found


def _nested(members: list[Milestone], parents: Mapping[str, str]) -> list[Milestone]:
    """Milestones of a plan in their order, each followed by its parts."""
    inside = {m.id for m in members}
    below: dict[str, list[Milestone]] = {}
    left = []
    for m in members:
        parent = parents.get(m.id)
        if parent in inside:
            below.setdefault(parent, []).append(m)
        else:
            left.append(m)
    if not below:
        return members
    placed: list[Milestone] = []
    left.reverse()
    while left:
        m = left.pop()
        placed.append(m)
        left += reversed(below.pop(m.id, []))
    return placed
