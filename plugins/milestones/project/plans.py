"""The plans of a project: those that documents describe or list, and those that only hold milestones."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from milestones.model import Plan, Status
from milestones.project import attributes
from milestones.project.groups import natural

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from milestones.model import Milestone
    from milestones.project.assembly import Assembly
    from milestones.project.groups import Group


def made(assembly: Assembly, milestones: Iterable[Milestone]) -> tuple[Plan, ...]:
    """Every plan, in the order of ids: those that a document describes, lists, or only holds milestones."""
    groups = assembly.of_model("plan")
    members: dict[str, list[Milestone]] = {}
    for m in milestones:
        members.setdefault(m.plan_id, []).append(m)
    found = [_plan(assembly, group) for group in groups if group.id in members or not group.hinted]
    known = {plan.id for plan in found}
    for plan_id, inside in members.items():
        if plan_id and plan_id not in known and not _documented(assembly, inside[0]):
            found.append(_implied(assembly, plan_id, inside))
    parents = {plan.parent for plan in found if plan.parent}
    children: dict[str, list[Plan]] = {}
    for plan in found:
        if plan.parent:
            children.setdefault(plan.parent, []).append(plan)
    known = {plan.id for plan in found}
    for parent in sorted(parents - known, key=natural):
        some = children[parent]
        found.append(
            Plan(
                id=parent,
                title=parent,
                status=Status.PLANNED,
                status_word="",
                filed=all(child.filed for child in some),
                path=some[0].path,
                profile=assembly.profile.name,
            )
        )
    settled: dict[str, Status] = {}

    def status(plan: Plan) -> Status:
        if plan.id not in settled:
            settled[plan.id] = plan.status  # against a plan that is its own parent
            yields = plan.status is Status.PLANNED and _derives(assembly, plan.id)
            if yields or (not plan.status_word and not _says(assembly, plan.id)):
                inner = [m.status for m in members.get(plan.id, ()) if m.parent is None]
                inner += [status(child) for child in children.get(plan.id, ())]
                settled[plan.id] = derived(inner) if inner or not yields else plan.status
        return settled[plan.id]

    found = [
        plan._replace(status=s, status_word=plan.status_word if s is plan.status else "")
        for plan in found
        for s in (status(plan),)
    ]
    return tuple(sorted(found, key=lambda p: (natural(p.id), p.path)))


def derived(statuses: list[Status]) -> Status:
    """The status of a plan that says none, from its milestones: done when all are, begun when any is."""
    counted = [s for s in statuses if s is not Status.CANCELLED]
    if not counted:
        return Status.CANCELLED if statuses else Status.PLANNED
    if all(s is Status.COMPLETED for s in counted):
        return Status.COMPLETED
    if all(s in (Status.BLOCKED, Status.COMPLETED) for s in counted):
        return Status.BLOCKED
    if all(s is Status.PLANNED for s in counted):
        return Status.PLANNED
    return Status.IN_PROGRESS


def _derives(assembly: Assembly, plan_id: str) -> bool:
    group = assembly.group("plan", plan_id)
    return group is not None and group.kind.derives


def _says(assembly: Assembly, plan_id: str) -> bool:
    group = assembly.group("plan", plan_id)
    return group is not None and any(r.status is not None for r in group.records)


def _documented(assembly: Assembly, milestone: Milestone) -> bool:
    """True where the convention wants a document for each plan: one that is missing is a finding, not a plan."""
    group = assembly.group("milestone", milestone.id)
    return group is None or group.kind.plan is None


def _implied(assembly: Assembly, plan_id: str, inside: list[Milestone]) -> Plan:
    group = assembly.group("milestone", inside[0].id)
    parts: Mapping[str, str] = group.records[0].parts if group is not None else {}
    record = next((r for r in group.own if r.entry.located), None) if group is not None else None
    filed = record.entry.filed if record is not None else False
    words = parts.get("folder") or parts.get("plan_slug") or ""
    title = re.sub(r"[-_]+", " ", words).strip()
    title = title[:1].upper() + title[1:]
    if not title and record is not None and record.kind.plan is not None and record.kind.plan.text == plan_id:
        title = assembly.profile.plan_title
    parent = None
    for kind in assembly.profile.kinds.values():
        of_its = record is None or record.kind.plan is None or kind.id is None
        if not of_its and record is not None and record.kind.plan is not None and kind.id is not None:
            of_its = record.kind.plan.text == kind.id.text
        if kind.model == "plan" and kind.parent is not None and of_its:
            try:
                parent = kind.parent.build(assembly.profile.padded(parts))
                if group is not None and (space := assembly.space(group.records[0])):
                    parent = f"{space}/{parent}"
            except (KeyError, ValueError):
                parent = None
            break
    return Plan(
        id=plan_id,
        title=title or plan_id,
        status=Status.PLANNED,
        status_word="",
        filed=filed,
        path=inside[0].path,
        parent=parent,
        profile=assembly.profile.name,
    )


def _plan(assembly: Assembly, group: Group) -> Plan:
    shared = attributes.shared(group, assembly.profile.name)
    depends = []
    for _, text, targets, _ in assembly.references.dependencies(group):
        names = [id_ for model, id_ in targets if model == "plan" and id_ != group.id]
        depends += names if group.kind.references else [str(text)]
    first = group.records[0]
    return Plan(
        id=group.id,
        kind=group.word("kind"),
        breaking=first.own and first.entry.values.get("breaking") is True,
        migration=first.own and first.entry.values.get("migration") is True,
        touches=group.texts("touches"),
        supersedes=group.texts("supersedes"),
        **{
            **shared,
            "status": shared["status"] or Status.PLANNED,
            "depends_on": tuple(dict.fromkeys(depends)),
        },
    )
