"""LS: what one document says of others, in a list, a table or a plan, against those others."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from milestones.model import Finding, Position, Related, Status
from milestones.rules.nearest import nearest, readable

if TYPE_CHECKING:
    from collections.abc import Iterator

    from milestones.project.assembly import Assembly
    from milestones.project.entry import Entry
    from milestones.project.groups import Group
    from milestones.project.project import Project
    from milestones.project.records import Record


def whole(project: Project, entries: list[Entry], wanted: frozenset[str]) -> Iterator[Finding]:
    """Check listings, companions and phases, where the convention has any."""
    profile = project.profile
    if not profile.extracts and not any(kind.needs or kind.needs_finished for kind in profile.kinds.values()):
        return
    assembly = project.assembly
    groups = [*assembly.of_model("plan"), *assembly.of_model("milestone")]
    if not wanted.isdisjoint({"LS001", "LS002", "LS003"}):
        yield from _listings(project, groups)
        yield from _blocks(groups)
    if "LS004" in wanted:
        for group in groups:
            yield from _disagreements(group)
            yield from _differing(group)
        yield from _left_behind(project, groups)
    if "LS005" in wanted:
        beside: dict[str, set[str]] = {}
        for group in groups:
            plan = group.id if group.model == "plan" else group.plan_id
            beside.setdefault(assembly.key(plan), set()).update(record.kind.name for record in group.own)
        for group in groups:
            yield from _companions(project, assembly, group, beside)
    if "LS006" in wanted:
        yield from _phases(assembly, groups)


def _at(record: Record, attribute: str = "") -> Position | None:
    text = record.first(attribute) if attribute else None
    if text is not None:
        return text.position
    if record.own:
        return None
    line = record.entry.document.text.split("\n", record.line)[record.line - 1]
    indent = len(line) - len(line.lstrip())
    return Position(record.line, indent + 1, max(len(line.rstrip()) + 1, indent + 2))


def _home(record: Record) -> tuple[str, str | None]:
    """What a list of its kind would have to be about: its plan and, for a part of another milestone, that one."""
    return (record.plan_id, record.parent) if record.kind.model == "milestone" else ("", None)


def _there(project: Project, record: Record, name: str) -> bool:
    """True where a document of a kind has the id of a record in its path, even one that can't be read."""
    found = project.by_path_id.get(record.id, ())
    return any(entry.kind.name == name for entry in found)


def _listings(project: Project, groups: list[Group]) -> Iterator[Finding]:
    """Everything listed exists, everything that exists is listed, and once."""
    #: (kind, file that lists, id of the plan) of each list there is, so that only what it could name must be in it.
    lists: dict[tuple[str, str], dict[tuple[str, str | None], Record]] = {}
    begun = {record.plan_id for group in groups for record in group.own}
    yield from _unlisted(project, groups)
    for group in groups:
        first: dict[tuple[str, str], Record] = {}
        own = {record.kind.name for record in group.own}
        for record in group.records:
            if record.spec is None or not record.spec.lists:
                continue
            key = (record.kind.name, record.path)
            lists.setdefault(key, {}).setdefault(_home(record), record)
            if key in first and not _same_phase(first[key], record):
                yield Finding(
                    "LS003",
                    record.path,
                    f"{group.id} is listed twice",
                    _at(record),
                    "keep one of the two",
                    (Related(first[key].path, first[key].line, "it is listed here too"),),
                )
            first.setdefault(key, record)
            if record.spec.begun and record.plan_id not in begun:
                continue  # work that lies ahead is listed before it has documents
            if record.spec.ended and (own or record.status is not Status.COMPLETED):
                continue  # only finished work must be there, in whichever of its documents
            if (
                record.kind.places
                and record.kind.name not in own
                and first[key] is record
                and not _there(project, record, record.kind.name)
            ):
                templates = [place.template.text for place in record.kind.places if not place.finished]
                where = readable(templates[0]) if templates else record.kind.label
                others = [
                    g.id for g in groups if g.model == group.model and record.kind.name in {r.kind.name for r in g.own}
                ]
                near = nearest(group.id, others, n=1, cutoff=0.8)
                yield Finding(
                    "LS001",
                    record.path,
                    f"{group.id} is listed here, but there is no such {record.kind.label.lower()}",
                    _at(record),
                    f"did you mean {near[0]}?" if near else f"add it as `{where}`, or take it off the list",
                )
    named = {(r.path, g.model, project.id_key(g.id)) for g in groups for r in g.records if r.spec and r.spec.lists}
    for group in groups:
        for record in group.own:
            for (kind, path), plans in lists.items():
                if kind != record.kind.name or _home(record) not in plans:
                    continue
                if (path, group.model, project.id_key(group.id)) not in named:
                    other = plans[_home(record)]
                    yield Finding(
                        "LS002",
                        record.path,
                        f"{group.id} is not in the list of `{path}`",
                        None,
                        "add it there, or remove the file",
                        (Related(path, other.line, "others of its kind are listed here"),),
                    )


def _unlisted(project: Project, groups: list[Group]) -> Iterator[Finding]:
    """Plans without documents of their own that only their folder shows, where there is a list of such plans."""
    lists: dict[str, Record] = {}
    for group in groups:
        for record in group.records:
            if record.spec is not None and record.spec.begun and not record.kind.places and record.kind.id is not None:
                lists.setdefault(record.kind.id.text, record)
    seen: set[str] = set()
    for group in groups:
        for record in group.own:
            template = record.kind.plan.text if record.kind.plan is not None else ""
            if template not in lists or record.entry.filed or record.plan_id in seen:
                continue
            seen.add(record.plan_id)
            if project.assembly.group("plan", record.plan_id) is None:
                other = lists[template]
                yield Finding(
                    "LS002",
                    record.path,
                    f"{other.kind.label.lower()} {record.plan_id} is not in the list of `{other.path}`",
                    None,
                    "add it there, or remove its folder",
                    (Related(other.path, other.line, "others of its kind are listed here"),),
                )


def _same_phase(one: Record, other: Record) -> bool:
    """True where a plan speaks of the same work twice within one phase: in a list, and at length below it."""
    phase = _phase(one.word("phase"))
    return phase is not None and phase == _phase(other.word("phase"))


def _phase(text: str | None) -> int | None:
    """The number of a phase: ``2``, ``Phase 2: Storage``."""
    found = re.match(r"\W*(?:[a-z]+\s+)?([0-9]{1,9})(?![0-9.])", text, re.IGNORECASE) if text else None
    return int(found[1]) if found else None


def _blocks(groups: list[Group]) -> Iterator[Finding]:
    """The same of milestones that are a block of the document that lists them."""
    written: dict[tuple[str, str, str], dict[str, Record]] = {}
    listed: dict[tuple[str, str, str], dict[str, Record]] = {}
    for group in groups:
        for record in group.records:
            key = (record.kind.name, record.path, record.plan_id)
            if record.spec is not None and not record.own and not record.kind.places:
                if record.stands:
                    written.setdefault(key, {}).setdefault(group.id, record)
                elif record.spec.lists and not record.spec.begun:
                    listed.setdefault(key, {}).setdefault(group.id, record)
    for key in sorted(written.keys() & listed.keys()):
        for id_ in sorted(listed[key].keys() - written[key].keys()):
            near = nearest(id_, sorted(written[key]), n=1, cutoff=0.8)
            record = listed[key][id_]
            what = record.kind.label.lower()
            help = f"did you mean {near[0]}?" if near else f"add the {what}, or take it off the list"
            message = f"{id_} is listed here, but there is no such {what}"
            yield Finding("LS001", record.path, message, _at(record), help)
        for id_ in sorted(written[key].keys() - listed[key].keys()):
            record, other = written[key][id_], next(iter(listed[key].values()))
            yield Finding(
                "LS002",
                record.path,
                f"{id_} is not in the list above or below it",
                _at(record),
                "add it there",
                (Related(record.path, other.line, "others of its kind are listed here"),),
            )


def _differing(group: Group) -> Iterator[Finding]:
    """Two documents that say different things of what the convention wants said alike: a phase, an issue's number."""
    for attribute in group.kind.same:
        said = [(r, word) for r in group.records if (word := r.word(attribute)) is not None]
        for record, word in said[1:]:
            if _value(word) != _value(said[0][1]) and (record.path, record.own) != (said[0][0].path, said[0][0].own):
                first = said[0][0]
                yield Finding(
                    "LS004",
                    record.path,
                    f"the {attribute.replace('_', ' ')} of {group.id} is `{word}` here, but `{said[0][1]}` "
                    f"in `{first.path}`",
                    _at(record, attribute),
                    "bring the two in line",
                    (Related(first.path, (_at(first, attribute) or Position(1, 1, 1)).line, f"`{said[0][1]}` here"),),
                )


def _value(text: str) -> str:
    """What a value comes down to: ``#301`` and a link to issue 301 are the same, and so are ``Phase 2`` and ``2``."""
    numbers: list[str] = re.findall(r"[0-9]+", text.rpartition("/")[2])
    return numbers[0].lstrip("0") if numbers else text.casefold()


def _disagreements(group: Group) -> Iterator[Finding]:
    """Two documents that say different things of whether it is done: the one itself, and one that lists it."""
    spoken = [r for r in group.records if not r.own and r.status is not None]
    if not spoken:
        return
    own = next((r for r in group.own if r.status is not None), None)
    trusted = own or spoken[0]
    if own is not None and own.kind.needs_finished and not own.status_word and own.status is not Status.COMPLETED:
        return  # only that the other document is missing makes it unfinished, and that is a finding of its own
    for record in spoken:
        if record is trusted or record.status is None or trusted.status is None:
            continue
        if (record.status is Status.COMPLETED) != (trusted.status is Status.COMPLETED):
            yield Finding(
                "LS004",
                record.path,
                f"{group.id} is {_said(record)} here, but {_said(trusted)} in `{trusted.path}`",
                _at(record, "status"),
                "bring the two in line",
                (Related(trusted.path, trusted.line, f"{_said(trusted)} here"),),
            )


def _left_behind(project: Project, groups: list[Group]) -> Iterator[Finding]:
    """Plans that every list calls planned still, though all of their work is done."""
    done = {plan.id for plan in project.plans if plan.status is Status.COMPLETED}
    for group in groups:
        if group.model != "plan" or not group.kind.derives or group.id not in done or group.own:
            continue
        spoken = [r for r in group.records if r.status is not None]
        if spoken and all(r.status is Status.PLANNED for r in spoken):
            yield Finding(
                "LS004",
                spoken[0].path,
                f"{group.id} is {_said(spoken[0])} here, but all of its work is completed",
                _at(spoken[0], "status"),
                "bring the two in line",
            )


def _said(record: Record) -> str:
    assert record.status is not None
    return f"`{record.status_word}`" if record.status_word else record.status.label.lower()


def _companions(project: Project, assembly: Assembly, group: Group, beside: dict[str, set[str]]) -> Iterator[Finding]:
    """Documents that belong together: a finished plan has its summary, an epic its specification.

    ``beside`` holds what a plan has, its milestones included: what a plan needs of the other model may be any of
    them, and what its milestones need of it is missing once.
    """
    own = {record.kind.name for record in group.own}
    near = beside[assembly.key(group.id if group.model == "plan" else group.plan_id)]
    present = own | {name for name in near if project.profile.kinds[name].model != group.model}
    for record in group.own:
        wanted = list(record.kind.needs)
        if record.kind.needs_finished and _finished(assembly, group, record):
            wanted += record.kind.needs_finished
        for name in wanted:
            if name in present or _there(project, record, name):
                continue
            present.add(name)
            kind = project.profile.kinds[name]
            if kind.model != group.model or group.model == "plan":
                near.add(name)
            place = next(
                (p for p in kind.places if p.name == (record.entry.located.place.name if record.entry.located else "")),
                None,
            )
            place = place or (kind.places[0] if kind.places else None)
            where = ""
            if place is not None and record.entry.located is not None:
                try:
                    where = place.template.build(record.entry.located.fields)
                except (KeyError, ValueError):
                    where = readable(place.template.text)
            yield Finding(
                "LS005",
                record.path,
                f"{group.id} has no {kind.label.lower()}",
                None,
                f"add `{where}`" if where else f"add its {kind.label.lower()}",
            )


def _finished(assembly: Assembly, group: Group, record: Record) -> bool:
    if record.entry.filed or any(r.status is Status.COMPLETED for r in group.records if r is not record):
        return True
    plan = assembly.group("plan", group.plan_id) if group.plan_id else None
    return plan is not None and any(r.status is Status.COMPLETED for r in plan.records)


def _phases(assembly: Assembly, groups: list[Group]) -> Iterator[Finding]:
    """Work of an earlier phase depends on nothing of a later one."""
    phase_of: dict[tuple[str, str], tuple[str, int]] = {}
    for group in groups:
        phase = _phase(group.word("phase"))
        if phase is not None:
            phase_of[group.model, group.id] = (assembly.key(group.plan_id), phase)
    for group in groups:
        own = phase_of.get((group.model, group.id))
        if own is None:
            continue
        for record, text, targets, _ in assembly.references.dependencies(group):
            for model, id_ in targets:
                other = phase_of.get((model, id_))
                if other is not None and other[0] == own[0] and other[1] > own[1]:
                    yield Finding(
                        "LS006",
                        record.path,
                        f"{group.id} of phase {own[1]} depends on {id_} of phase {other[1]}",
                        text.position,
                        f"move {group.id} to phase {other[1]} or later, or {id_} to phase {own[1]}",
                    )
