"""The milestones of a project, made of the groups of its records, with what each depends on."""

from __future__ import annotations

from typing import TYPE_CHECKING

from milestones.model import HealthArea, Milestone, Status
from milestones.project import attributes

if TYPE_CHECKING:
    from collections.abc import Iterator

    from milestones.project.assembly import Assembly
    from milestones.project.groups import Group


def made(assembly: Assembly) -> tuple[Milestone, ...]:
    """Every milestone, in the order of ids."""
    groups = [group for group in assembly.of_model("milestone") if not group.hinted]
    found = [_milestone(assembly, group) for group in groups]
    return tuple(_ordered(assembly, found, groups))


def _milestone(assembly: Assembly, group: Group) -> Milestone:
    number = next((r.number for r in group.records if r.number), "")
    shared = attributes.shared(group, assembly.profile.name)
    outline = attributes.outline_of(group)
    health: tuple[HealthArea, ...] = outline.health if outline is not None else ()
    begun = shared["tally"].done and any(r.kind.begins for r in group.own)
    if begun and shared["status"] in (None, Status.PLANNED):
        shared |= {"status": Status.IN_PROGRESS, "status_word": ""}
    return Milestone(
        id=group.id,
        plan_id=_plan_id(assembly, group),
        number=number or group.id.rpartition("/")[2],
        health=health,
        **{**shared, "status": shared["status"] or Status.PLANNED},
    )


def _plan_id(assembly: Assembly, group: Group) -> str:
    plan = assembly.group("plan", group.plan_id) if group.plan_id else None
    return plan.id if plan is not None else group.plan_id


def _ordered(assembly: Assembly, found: list[Milestone], groups: list[Group]) -> Iterator[Milestone]:
    """Milestones with their dependencies as ids of milestones: on a plan means on what comes last in it."""
    members: dict[str, list[Milestone]] = {}
    for m in found:
        members.setdefault(m.plan_id, []).append(m)
    exact = {}
    plans: dict[str, list[str]] = {}
    for m, group in zip(found, groups, strict=True):
        if not group.kind.references:
            exact[id(m)] = list(group.texts("depends_on"))
            continue
        named: list[str] = []
        for _, _, targets, _ in assembly.references.dependencies(group):
            for model, id_ in targets:
                (named if model == "milestone" else plans.setdefault(m.id, [])).append(id_)
        exact[id(m)] = [id_ for id_ in dict.fromkeys(named) if id_ != m.id]
    there = {group.id for group in groups}
    exact = {key: [id_ for id_ in ids if id_ in there or not _hints(assembly, id_)] for key, ids in exact.items()}
    depended = {m.plan_id: {d for other in members[m.plan_id] for d in exact[id(other)]} for m in found}
    given = _given(assembly)
    for m in found:
        wanted = exact[id(m)]
        for plan_id in dict.fromkeys(plans.get(m.id, ())):
            if plan_id != m.plan_id:
                last = [o.id for o in members.get(plan_id, ()) if o.id not in depended[plan_id]]
                wanted += last or [o.id for o in members.get(plan_id, ())]
        wanted += given.get(m.id, ())
        yield m._replace(depends_on=tuple(dict.fromkeys(wanted)))


def _hints(assembly: Assembly, id_: str) -> bool:
    group = assembly.group("milestone", id_)
    return group is not None and group.hinted


def _given(assembly: Assembly) -> dict[str, list[str]]:
    """Ids of the milestones that each depends on because of what others provide or affect.

    Something required by a name that another provides is a dependency on that other. What somebody affects
    depends on it, where it comes later: an effect on earlier work is no dependency, and never closes a circle.
    """
    groups = assembly.of_model("milestone")
    place = {group.id: at for at, group in enumerate(groups)}
    if not any({"provides", "affects"} & group.kind.attributes.keys() for group in groups):
        return {}
    providers: dict[str, list[Group]] = {}
    for group in groups:
        for text in group.texts("provides"):
            providers.setdefault(text.casefold(), []).append(group)
    found: dict[str, list[str]] = {}
    members: dict[str, list[Group]] = {}
    for group in groups:
        members.setdefault(_plan_id(assembly, group), []).append(group)
    for group in groups:
        for record, text, targets, _ in assembly.references.dependencies(group):
            some = providers.get(str(text).strip().casefold(), []) if record.own and not targets else []
            some = [g for g in some if g is not group]
            earlier = [g for g in some if place[g.id] < place[group.id]]
            if some:
                found.setdefault(group.id, []).append((earlier[-1] if earlier else some[0]).id)
    for group in groups:
        if "affects" not in group.kind.attributes:
            continue
        for record in group.own:
            for text in record.values("affects"):
                targets, _ = assembly.references.resolve(record, text)
                for model, id_ in targets:
                    later = [id_] if model == "milestone" else [g.id for g in members.get(id_, ())[:1]]
                    for one in later:
                        if place.get(one, -1) > place[group.id]:
                            found.setdefault(one, []).append(group.id)
    return found
