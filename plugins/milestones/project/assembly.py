"""Records of the same id put together: the milestones and plans that rules, graph and pages see.

Where several documents speak of one milestone, a document that is the milestone itself comes before one that only
lists it, in the order in which the profile describes its kinds; the first that says something of an attribute counts.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from milestones.model import HealthArea, Milestone, Part, Plan, Status, Tally
from milestones.project import records
from milestones.project.records import Record, id_key

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from milestones.documents.values import Text
    from milestones.profiles.profile import Kind, Profile
    from milestones.project.project import Project


class Group:
    """Every record of one plan or milestone, the most telling first."""

    __slots__ = ("id", "model", "plan_id", "records")

    def __init__(self, model: str, id_: str, found: list[Record]) -> None:
        self.model = model
        self.id = id_
        self.records = found
        self.plan_id = next((r.plan_id for r in found if r.plan_id), "")

    @property
    def kind(self) -> Kind:
        """The kind of its first record."""
        return self.records[0].kind

    def word(self, attribute: str) -> str | None:
        """The first text that a record gives for an attribute."""
        return next((word for r in self.records if (word := r.word(attribute)) is not None), None)

    def day(self, attribute: str) -> str | None:
        """The first day that a record gives for an attribute."""
        return next((found for r in self.records if (found := r.day(attribute)) is not None), None)

    def texts(self, attribute: str) -> tuple[str, ...]:
        """Every text that the records give for a list."""
        return tuple(dict.fromkeys(text for r in self.records for text in r.texts(attribute)))

    @property
    def own(self) -> list[Record]:
        """The records of documents that are this thing themselves."""
        return [r for r in self.records if r.own]


class Assembly:
    """A project's records by what they speak of."""

    def __init__(self, project: Project) -> None:
        self.project = project
        self.profile: Profile = project.profile
        found = [record for entry in project.entries.values() for record in records.of_entry(entry)]
        self.groups: dict[tuple[str, str], Group] = {}
        self._twins: list[Group] = []
        gathered: dict[tuple[str, str], list[Record]] = {}
        for record in self._told_apart(found):
            gathered.setdefault((record.kind.model, self.key(record.id)), []).append(record)
        for (model, key), members in gathered.items():
            members.sort(key=_rank)
            for at, some in enumerate(_apart(members)):
                group = Group(model, some[0].id, some)
                if at == 0:
                    self.groups[model, key] = group
                else:
                    self._twins.append(group)

    def key(self, id_: str) -> str:
        """An id as this convention compares it."""
        return id_key(id_) if self.profile.loose_ids else id_

    def _told_apart(self, found: list[Record]) -> Iterator[Record]:
        """Records whose ids count from the start again in another folder get what tells them apart before the id."""
        if not any(kind.distinct for kind in self.profile.kinds.values()):
            yield from found
            return
        homes: dict[str, set[str]] = {}
        for record in found:
            if record.own and record.kind.model == "milestone":
                homes.setdefault(self.key(record.plan_id), set()).add(record.path.rpartition("/")[0])
        several = {plan for plan, folders in homes.items() if len(folders) > 1}
        for record in found:
            plan = record.plan_id if record.kind.model == "milestone" else record.id
            prefix = record.kind.distinct
            if prefix is None or self.key(plan) not in several:
                yield record
                continue
            try:
                before = prefix.build(record.parts)
            except (KeyError, ValueError):
                yield record
                continue
            yield record._replace(
                id=f"{before}/{record.id}", plan_id=f"{before}/{record.plan_id}" if record.plan_id else ""
            )

    def group(self, model: str, id_: str) -> Group | None:
        """What is known of an id."""
        return self.groups.get((model, self.key(id_)))

    def of_model(self, model: str) -> list[Group]:
        """Every plan or milestone, in the order of ids; twins that share an id stand beside each other."""
        found = [g for (m, _), g in self.groups.items() if m == model]
        found += [g for g in self._twins if g.model == model]
        return sorted(found, key=lambda g: (natural(g.id), g.records[0].path))

    def resolve(self, record: Record, text: Text) -> tuple[list[tuple[str, str]], bool]:
        """The (model, id) that a text names, and True where the text can only have been meant as such a name."""
        kind = record.kind
        if not kind.references:
            wanted = kind.model
            return ([(wanted, str(text))] if self.group(wanted, text) is not None else []), True
        strict = False
        cleaned = str(text).strip()
        for reference in kind.references:
            found = reference.match.match(cleaned)
            if found is None:
                continue
            target = self.profile.kinds[reference.kind]
            parts = {**record.parts, **{k: v for k, v in found.groupdict().items() if v}}
            assert target.id is not None
            try:
                id_ = target.id.build(self.profile.padded(parts))
            except (KeyError, ValueError):
                continue
            strict = strict or reference.strict
            before = ""
            if target.distinct is not None and set(target.distinct.fields) <= parts.keys():
                before = target.distinct.build(parts) + "/"
            for candidate in dict.fromkeys((before + id_, id_)):
                group = self.group(target.model, candidate)
                if group is not None:
                    return [(target.model, group.id)], True
        return [], strict

    def dependencies(self, group: Group) -> Iterator[tuple[Record, Text, list[tuple[str, str]], bool]]:
        """What a plan or milestone says it depends on: who says so, the text, what it names, and whether it must."""
        for record in group.records:
            for text in record.values("depends_on"):
                for piece in _references_in(record, text):
                    yield (record, piece, *self.resolve(record, piece))

    def milestones(self) -> tuple[Milestone, ...]:
        """Every milestone, in the order of ids."""
        groups = self.of_model("milestone")
        found = [self._milestone(group) for group in groups]
        return tuple(self._ordered(found, groups))

    def _milestone(self, group: Group) -> Milestone:
        number = next((r.number for r in group.records if r.number), "")
        shared = self._shared(group)
        outline = self._outline(group)
        health: tuple[HealthArea, ...] = outline.health if outline is not None else ()
        return Milestone(
            id=group.id,
            plan_id=self._plan_id(group),
            number=number or group.id.rpartition("/")[2],
            health=health,
            **{**shared, "status": shared["status"] or Status.PLANNED},
        )

    def _plan_id(self, group: Group) -> str:
        plan = self.group("plan", group.plan_id) if group.plan_id else None
        return plan.id if plan is not None else group.plan_id

    def _ordered(self, found: list[Milestone], groups: list[Group]) -> Iterator[Milestone]:
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
            for _, _, targets, _ in self.dependencies(group):
                for model, id_ in targets:
                    (named if model == "milestone" else plans.setdefault(m.id, [])).append(id_)
            exact[id(m)] = [id_ for id_ in dict.fromkeys(named) if id_ != m.id]
        depended = {m.plan_id: {d for other in members[m.plan_id] for d in exact[id(other)]} for m in found}
        for m in found:
            wanted = exact[id(m)]
            for plan_id in dict.fromkeys(plans.get(m.id, ())):
                if plan_id != m.plan_id:
                    last = [o.id for o in members.get(plan_id, ()) if o.id not in depended[plan_id]]
                    wanted += last or [o.id for o in members.get(plan_id, ())]
            yield m._replace(depends_on=tuple(dict.fromkeys(wanted)))

    def plans(self, milestones: Iterable[Milestone]) -> tuple[Plan, ...]:
        """Every plan, in the order of ids: those that a document describes, lists, or only holds milestones."""
        groups = self.of_model("plan")
        members: dict[str, list[Milestone]] = {}
        for m in milestones:
            members.setdefault(m.plan_id, []).append(m)
        found = [self._plan(group) for group in groups]
        known = {plan.id for plan in found}
        for plan_id, inside in members.items():
            if plan_id and plan_id not in known and not self._documented(inside[0]):
                found.append(self._implied(plan_id, inside))
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
                    profile=self.profile.name,
                )
            )
        settled: dict[str, Status] = {}

        def status(plan: Plan) -> Status:
            if plan.id not in settled:
                settled[plan.id] = plan.status  # against a plan that is its own parent
                if not plan.status_word and not self._says(plan.id):
                    inner = [m.status for m in members.get(plan.id, ()) if m.parent is None]
                    inner += [status(child) for child in children.get(plan.id, ())]
                    settled[plan.id] = derived(inner)
            return settled[plan.id]

        found = [plan._replace(status=status(plan)) for plan in found]
        return tuple(sorted(found, key=lambda p: (natural(p.id), p.path)))

    def _says(self, plan_id: str) -> bool:
        group = self.group("plan", plan_id)
        return group is not None and any(r.status is not None for r in group.records)

    def _documented(self, milestone: Milestone) -> bool:
        """True where the convention wants a document for each plan: one that is missing is a finding, not a plan."""
        group = self.group("milestone", milestone.id)
        return group is None or group.kind.plan is None

    def _implied(self, plan_id: str, inside: list[Milestone]) -> Plan:
        group = self.group("milestone", inside[0].id)
        parts: Mapping[str, str] = group.records[0].parts if group is not None else {}
        record = next((r for r in group.own if r.entry.located), None) if group is not None else None
        filed = record.entry.filed if record is not None else False
        words = parts.get("folder") or parts.get("plan_slug") or ""
        title = re.sub(r"[-_]+", " ", words).strip()
        parent = None
        for kind in self.profile.kinds.values():
            if kind.model == "plan" and kind.parent is not None:
                try:
                    parent = kind.parent.build(self.profile.padded(parts))
                except (KeyError, ValueError):
                    parent = None
                break
        return Plan(
            id=plan_id,
            title=title[:1].upper() + title[1:] or plan_id,
            status=Status.PLANNED,
            status_word="",
            filed=filed,
            path=inside[0].path,
            parent=parent,
            profile=self.profile.name,
        )

    def _plan(self, group: Group) -> Plan:
        shared = self._shared(group)
        depends = []
        for _, text, targets, _ in self.dependencies(group):
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

    def _outline(self, group: Group) -> Any:
        return next((r.entry.document.outline for r in group.own), None)

    def _shared(self, group: Group) -> dict[str, Any]:
        first = group.records[0]
        own = group.own
        located = next((r.entry.located for r in own if r.entry.located is not None), None)
        status = next((s for r in group.records if (s := r.status) is not None), None)
        word = next((r.status_word for r in group.records if r.status is not None and r.status_word), "")
        if not word:
            word = next((r.status_word for r in group.records if r.status_word), "") if status is None else word
        elif status is not None and next(r for r in group.records if r.status is not None).status_word == "":
            word = ""
        tally = Tally(0, 0)
        for r in own:
            if r.kind.tasks and r.entry.document.outline.tally.total:
                tally = r.entry.document.outline.tally
                break
        links = first.fields.get("links") if first.own else None
        outline = self._outline(group)
        return {
            "title": _title(group) or (located.fields.get("slug") if located else "") or group.id,
            "status": status,
            "status_word": word,
            "filed": any(r.entry.filed for r in own),
            "path": first.path,
            "domain": group.word("domain"),
            "owner": group.word("owner"),
            "created": group.day("created"),
            "updated": group.day("updated"),
            "start": group.day("start"),
            "due": group.day("due"),
            "completed": group.day("completed"),
            "risk": group.word("risk"),
            "tags": group.texts("tags"),
            "links": tuple((str(k), str(v)) for k, v in links.items() if isinstance(v, str) and v)
            if isinstance(links, dict)
            else (),
            "components": group.texts("components"),
            "tally": tally,
            "changelog": outline.changelog if outline is not None else (),
            "objective": _objective(group),
            "parent": next((r.parent for r in group.records if r.parent and r.parent != group.id), None),
            "parts": tuple(_parts(group)),
            "details": tuple(_details(group)),
            "profile": self.profile.name,
        }


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


def _rank(record: Record) -> tuple[Any, ...]:
    return (not record.own, record.kind.rank if record.own else record.entry.kind.rank, record.path, record.line)


def _apart(members: list[Record]) -> list[list[Record]]:
    """Records of one id, told apart where documents of the same kind claim it: each then keeps its own folder's."""
    own = [r for r in members if r.own]
    kinds: dict[str, list[Record]] = {}
    for r in own:
        kinds.setdefault(r.kind.name, []).append(r)
    if all(len(some) == 1 for some in kinds.values()):
        return [members]
    most = max(kinds.values(), key=len)
    sets: list[list[Record]] = [[r] for r in most]
    for r in own:
        if r.kind is most[0].kind:
            continue
        folder = r.path.rpartition("/")[0]
        near = next((s for s in sets if s[0].path.rpartition("/")[0] == folder), sets[0])
        near.append(r)
    sets[0] += [r for r in members if not r.own]
    for some in sets:
        some.sort(key=_rank)
    return sets


def _references_in(record: Record, text: Text) -> Iterator[Text]:
    if not record.kind.references:
        yield text
        return
    yield from records.pieces(text)


def _title(group: Group) -> str:
    title = group.word("title")
    if title is not None and group.records[0].first("title") is not None:
        return title
    for r in group.own:
        top = next((h for h in r.entry.document.outline.headings if h.level == 1), None)
        if top is not None:
            found = r.kind.title.search(top.text) if r.kind.title is not None else None
            text = (found["title"] if found is not None else top.text).strip()
            if text:
                return str(text)
    return title or ""


def _objective(group: Group) -> str:
    said = group.word("objective")
    if said:
        return said
    for r in group.own:
        document = r.entry.document
        if r.kind.objective is not None and (found := r.kind.objective.search(document.body)):
            from milestones.documents.outline import plain

            return " ".join(plain(found["text"]).split())
        if document.outline.objective:
            return document.outline.objective
    return ""


def _parts(group: Group) -> Iterator[Part]:
    for r in group.records:
        if r.own:
            yield Part(r.kind.label, r.path)
        elif r.spec is not None and r.spec.body and not group.own:
            yield Part(r.entry.kind.label, r.path, r.line, r.end)


def _details(group: Group) -> Iterator[tuple[str, Any]]:
    seen: set[str] = set()
    for r in group.records:
        wanted = r.kind.details
        for key in wanted:
            value: Any = r.fields
            for step in key.split("."):
                value = value.get(step) if isinstance(value, dict) else None
            data = _data(value)
            if data not in (None, "", [], {}) and key not in seen:
                seen.add(key)
                yield key, data


def _data(value: Any) -> Any:
    if isinstance(value, dict):
        return {str(k): inner for k, v in value.items() if (inner := _data(v)) not in (None, "", [], {})}
    if isinstance(value, list):
        return [inner for v in value if (inner := _data(v)) not in (None, "", [], {})]
    if isinstance(value, str):
        return None if getattr(value, "empty", False) else str(value)
    return value


@lru_cache(maxsize=65536)
def natural(text: str) -> tuple[tuple[int, int, str], ...]:
    """A key that sorts ids as people count: ``9`` before ``10``, ``02.1`` between ``02`` and ``03``."""
    return tuple(
        (0, int(piece), "") if piece.isascii() and piece.isdecimal() and len(piece) < 10 else (1, 0, piece)
        for piece in re.split(r"([0-9]+)", text)
        if piece
    )


__all__ = ["Assembly", "Group", "derived", "natural"]
