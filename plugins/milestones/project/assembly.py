"""Records of the same id put together: the milestones and plans that rules, graph and pages see.

Where several documents speak of one milestone, a document that is the milestone itself comes before one that only
lists it, in the order in which the profile describes its kinds; the first that says something of an attribute counts.
"""

from __future__ import annotations

import re
from collections import Counter
from functools import cached_property, lru_cache
from typing import TYPE_CHECKING, Any

from milestones.documents import blocks
from milestones.documents.outline import plain
from milestones.model import HealthArea, Milestone, Part, Plan, Status, Tally
from milestones.project import records

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from milestones.documents.values import Text
    from milestones.profiles.paths import Template
    from milestones.profiles.profile import Kind, Profile
    from milestones.project.project import Project
    from milestones.project.records import Record


class Group:
    """Every record of one plan or milestone, the most telling first."""

    __slots__ = ("id", "model", "parent", "plan_id", "records")

    def __init__(self, model: str, id_: str, found: list[Record]) -> None:
        self.model = model
        self.id = id_
        self.records = found
        self.plan_id = next((r.plan_id for r in found if r.plan_id), "")
        self.parent = next((r.parent for r in found if r.parent and r.parent != id_), None)
        if self.parent is None and not any(r.placed for r in found):
            self.parent = next((r.likely for r in found if r.likely and r.likely != id_), None)

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
    def hinted(self) -> bool:
        """True where all that is known is that something belongs somewhere, if it is there."""
        return all(r.spec is not None and r.spec.adds for r in self.records)

    @property
    def own(self) -> list[Record]:
        """The records of documents that are this thing themselves."""
        return [r for r in self.records if r.own]


class Assembly:
    """A project's records by what they speak of."""

    def __init__(self, project: Project) -> None:
        self.project = project
        self.profile: Profile = project.profile
        self._usual: dict[str, Mapping[str, str]] = {}
        found = [record for entry in project.entries.values() for record in records.of_entry(entry)]
        if self.profile.defaults:
            spaces = {self.space(record) for record in found} | {""}
            self._usual = {space: records.defaults(project, space) for space in spaces}
            found = [records.filled(record, self._usual[self.space(record)]) for record in found]
        self.groups: dict[tuple[str, str], Group] = {}
        self._twins: list[Group] = []
        self._numbers: dict[tuple[str, str], dict[str, str]] = {}
        self._most: dict[tuple[str, str], str] = {}
        gathered: dict[tuple[str, str], list[Record]] = {}
        for record in map(self._spaced, self._told_apart(found)):
            gathered.setdefault((record.kind.model, self.key(record.id)), []).append(record)
        for (model, key), members in gathered.items():
            members.sort(key=_rank)
            for at, some in enumerate(_apart(members)):
                group = Group(model, some[0].id, some)
                if at == 0:
                    self.groups[model, key] = group
                else:
                    self._twins.append(group)
        self._place()

    def _place(self) -> None:
        """The plan and the parent of each milestone, where documents name them in words of their own."""
        kinds = {k.name for k in self.profile.kinds.values() if k.part_of or k.attributes.keys() & {"plan", "parent"}}
        some = [g for g in self.of_model("milestone") if g.kind.name in kinds] if kinds else []
        unnamed = set()
        spelled: dict[str, str] = {}  # one plan, whatever the letter case of its name
        for group in some:
            if (parent := self.named_parent(group)) is not None:
                group.parent = parent[1][0][1] if parent[1] and parent[1][0][1] != group.id else None
            elif group.parent is None:
                group.parent = self._outer(group)
            if (named := self.named_plan(group)) is None:
                unnamed.add(group.id)
            else:
                word = str(named[2]).strip()
                group.plan_id = named[1].id if named[1] else spelled.setdefault(word.casefold(), word)
        settled: set[Group] = set()
        for group in some:
            self._settle(group, settled, unnamed)

    def _settle(self, group: Group, settled: set[Group], unnamed: set[str]) -> None:
        """End circles of parents above a group, and give plans from there down to those that name none.

        What was looked at before is not looked at again: parts may lie in each other a thousand deep.
        """
        way: dict[str, Group] = {}
        above: Group | None = group
        while above is not None:
            if above.id in way:
                way[above.id].parent = None  # parents that lead round in a circle are none
                break
            if above in settled:
                break
            way[above.id] = above
            settled.add(above)
            above = self.group("milestone", above.parent) if above.parent is not None else None
        for part in reversed(way.values()):
            whole = self.group("milestone", part.parent) if part.parent is not None else None
            if whole is not None and part.id in unnamed and whole.id not in unnamed:
                part.plan_id = whole.plan_id  # a part is in the plan of what it is a part of
                unnamed.discard(part.id)

    def _outer(self, group: Group) -> str | None:
        """What the id alone says it is a part of."""
        found = group.kind.part_of.match(group.id) if group.kind.part_of is not None else None
        if found is None or group.kind.id is None:
            return None
        parts = {**group.records[0].parts, **{k: v for k, v in found.groupdict().items() if v}}
        above = self.group("milestone", group.kind.id.build(self.profile.padded(parts)))
        return above.id if above is not None and above is not group else None

    def named_parent(self, group: Group) -> tuple[Record, list[tuple[str, str]], Text, bool] | None:
        """What a document calls its parent: who says so, what it leads to, the text, and True where it must lead."""
        for record in group.own:
            text = record.first("parent") if "parent" in record.kind.attributes else None
            if text is not None and text.strip() and not text.empty:
                targets, strict = self.resolve(record, text)
                return record, [target for target in targets if target[0] == "milestone"], text, strict
        return None

    def named_plan(self, group: Group) -> tuple[Record, Group | None, Text, bool] | None:
        """What a document calls its plan: who says so, the plan, the text, and True where it must be there."""
        for record in group.own:
            text = record.first("plan") if "plan" in record.kind.attributes else None
            if text is not None and text.strip() and not text.empty:
                strict = False
                for reference in record.kind.plans:
                    found = reference.match.match(str(text).strip())
                    target = self.profile.kinds[reference.kind]
                    if found is None or target.id is None:
                        continue
                    strict = strict or reference.strict
                    parts = {**record.parts, **{k: v for k, v in found.groupdict().items() if v}}
                    if not set(target.id.fields) <= parts.keys():
                        continue
                    if (plan := self.group("plan", target.id.build(self.profile.padded(parts)))) is not None:
                        return record, plan, text, strict
                return record, self.group("plan", str(text)) or self._titled(str(text)), text, strict
        return None

    def _titled(self, title: str) -> Group | None:
        """The plan of a title, whatever its letter case."""
        wanted = title.strip().casefold()
        return next((g for (model, _), g in self.groups.items() if model == "plan" and _named(g) == wanted), None)

    def key(self, id_: str) -> str:
        """An id as this convention compares it."""
        return self.project.id_key(id_)

    def _in_work(self, record: Record, prefix: Template) -> bool:
        """True for what the convention means where nothing is said: that keeps the plain id."""
        usual = self._usual.get(self.space(record), {})
        return all(field in usual and record.parts.get(field) == usual[field] for field in prefix.fields)

    def space(self, record: Record) -> str:
        """The folder of its own that a record is in, where a convention has such; ids count from the start in each."""
        return record.parts.get(self.profile.space, "") if self.profile.space else ""

    def _spaced(self, record: Record) -> Record:
        """A record with its space before its ids."""
        before = f"{space}/" if (space := self.space(record)) else ""
        if not before:
            return record
        return record._replace(
            id=before + record.id,
            plan_id=before + record.plan_id if record.plan_id else "",
            parent=before + record.parent if record.parent else None,
            likely=before + record.likely if record.likely else None,
        )

    def _told_apart(self, found: list[Record]) -> Iterator[Record]:
        """Records whose ids count from the start again in another folder get what tells them apart before the id."""
        if not any(kind.distinct for kind in self.profile.kinds.values()):
            yield from found
            return
        homes: dict[tuple[str, str], set[str]] = {}
        for record in found:
            if record.own and record.kind.model == "milestone":
                home = self.space(record), self.key(record.plan_id)
                homes.setdefault(home, set()).add(record.path.rpartition("/")[0])
        several = {plan for plan, folders in homes.items() if len(folders) > 1}
        for record in found:
            plan = record.plan_id if record.kind.model == "milestone" else record.id
            prefix = record.kind.distinct
            if prefix is None or (self.space(record), self.key(plan)) not in several or self._in_work(record, prefix):
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
        cleaned = plain(str(text))
        for reference in kind.references:
            found = reference.match.match(cleaned)
            if found is None:
                continue
            target = self.profile.kinds[reference.kind]
            parts = {**record.parts, **{k: v for k, v in found.groupdict().items() if v}}
            assert target.id is not None
            if reference.by:
                numbered = self._numbered(target.model, reference.by).get(found[reference.by].lstrip("0"))
                if numbered is not None:
                    return [(target.model, numbered)], True
                continue
            if last := parts.pop("last", ""):
                several = self._range(target, parts, last)
                if several:
                    return several, True
            try:
                id_ = target.id.build(self.profile.padded(parts))
            except (KeyError, ValueError):
                continue
            strict = strict or reference.strict
            before = ""
            if target.distinct is not None and set(target.distinct.fields) <= parts.keys():
                before = target.distinct.build(parts) + "/"
            own = f"{space}/" if (space := self.space(record)) else ""
            for candidate in dict.fromkeys((own + before + id_, own + id_, before + id_, id_)):
                group = self.group(target.model, candidate)
                if group is not None:
                    return [(target.model, group.id)], True
                if target.model == "plan" and (implied := self._implied_ids.get(self.key(candidate))) is not None:
                    return [("plan", implied)], True
                if (target.model, self.key(candidate)) in self._unread:
                    return [], False  # it is there, and that it can't be read is said elsewhere
            usual = {field: self._mostly(target, field) for field in reference.usual if field not in found.groupdict()}
            if usual and all(usual.values()):
                group = self.group(target.model, target.id.build(self.profile.padded({**parts, **usual})))
                if group is not None:
                    return [(target.model, group.id)], True
        return [], strict

    def _mostly(self, kind: Kind, field: str) -> str:
        """What most documents of a kind have for a field of their path."""
        if (kind.name, field) not in self._most:
            values = Counter(
                value
                for entry in self.project.entries.values()
                if entry.kind.name == kind.name and entry.located and (value := entry.located.fields.get(field))
            )
            self._most[kind.name, field] = values.most_common(1)[0][0] if values else ""
        return self._most[kind.name, field]

    @cached_property
    def _implied_ids(self) -> dict[str, str]:
        """The ids of plans that only their milestones make, by what they are compared by."""
        inside = [g for g in self.of_model("milestone") if g.plan_id and g.kind.plan is not None]
        return {self.key(g.plan_id): g.plan_id for g in inside if not g.hinted}

    @cached_property
    def _unread(self) -> set[tuple[str, str]]:
        """(model, id) of documents that could not be read, as their paths tell."""
        return {
            (entry.kind.model, self.key(entry.id_in_path))
            for entry in self.project.entries.values()
            if entry.kind.model != "note" and entry.document.fields is None and entry.id_in_path is not None
        }

    def _numbered(self, model: str, attribute: str) -> dict[str, str]:
        """Ids by the number in an attribute; what two have names neither."""
        if (model, attribute) not in self._numbers:
            found: dict[str, str] = {}
            for group in self.of_model(model):
                number = re.search(r"0*([0-9]+)\W*\Z", group.word(attribute) or "")
                if number is not None:
                    found[number[1]] = "" if number[1] in found else group.id
            self._numbers[model, attribute] = {number: id_ for number, id_ in found.items() if id_}
        return self._numbers[model, attribute]

    def _range(self, target: Kind, parts: dict[str, str], last: str) -> list[tuple[str, str]]:
        """Everything from one number to another; nothing where one of them is not there."""
        first = parts.get(target.sequence, "")
        if not (first.isdecimal() and last.isdecimal()) or not 0 < int(last) - int(first) < 100:
            return []
        found = []
        for number in range(int(first), int(last) + 1):
            one = {**parts, target.sequence: str(number).zfill(len(first))}
            try:
                group = self.group(target.model, target.id.build(self.profile.padded(one)) if target.id else "")
            except (KeyError, ValueError):
                return []
            if group is None:
                return []
            found.append((target.model, group.id))
        return found

    def dependencies(self, group: Group) -> Iterator[tuple[Record, Text, list[tuple[str, str]], bool]]:
        """What a plan or milestone says it depends on: who says so, the text, what it names, and whether it must."""
        for record in group.records:
            for text in record.values("depends_on"):
                for piece in _references_in(record, text):
                    yield (record, piece, *self.resolve(record, piece))

    def _given(self) -> dict[str, list[str]]:
        """Ids of the milestones that each depends on because of what others provide or affect.

        Something required by a name that another provides is a dependency on that other. What somebody affects
        depends on it, where it comes later: an effect on earlier work is no dependency, and never closes a circle.
        """
        groups = self.of_model("milestone")
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
            members.setdefault(self._plan_id(group), []).append(group)
        for group in groups:
            for record, text, targets, _ in self.dependencies(group):
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
                    targets, _ = self.resolve(record, text)
                    for model, id_ in targets:
                        later = [id_] if model == "milestone" else [g.id for g in members.get(id_, ())[:1]]
                        for one in later:
                            if place.get(one, -1) > place[group.id]:
                                found.setdefault(one, []).append(group.id)
        return found

    def milestones(self) -> tuple[Milestone, ...]:
        """Every milestone, in the order of ids."""
        groups = [group for group in self.of_model("milestone") if not group.hinted]
        found = [self._milestone(group) for group in groups]
        return tuple(self._ordered(found, groups))

    def _milestone(self, group: Group) -> Milestone:
        number = next((r.number for r in group.records if r.number), "")
        shared = self._shared(group)
        outline = self._outline(group)
        health: tuple[HealthArea, ...] = outline.health if outline is not None else ()
        begun = shared["tally"].done and any(r.kind.begins for r in group.own)
        if begun and shared["status"] in (None, Status.PLANNED):
            shared |= {"status": Status.IN_PROGRESS, "status_word": ""}
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
        there = {group.id for group in groups}
        exact = {key: [id_ for id_ in ids if id_ in there or not self._hints(id_)] for key, ids in exact.items()}
        depended = {m.plan_id: {d for other in members[m.plan_id] for d in exact[id(other)]} for m in found}
        given = self._given()
        for m in found:
            wanted = exact[id(m)]
            for plan_id in dict.fromkeys(plans.get(m.id, ())):
                if plan_id != m.plan_id:
                    last = [o.id for o in members.get(plan_id, ()) if o.id not in depended[plan_id]]
                    wanted += last or [o.id for o in members.get(plan_id, ())]
            wanted += given.get(m.id, ())
            yield m._replace(depends_on=tuple(dict.fromkeys(wanted)))

    def _hints(self, id_: str) -> bool:
        group = self.group("milestone", id_)
        return group is not None and group.hinted

    def plans(self, milestones: Iterable[Milestone]) -> tuple[Plan, ...]:
        """Every plan, in the order of ids: those that a document describes, lists, or only holds milestones."""
        groups = self.of_model("plan")
        members: dict[str, list[Milestone]] = {}
        for m in milestones:
            members.setdefault(m.plan_id, []).append(m)
        found = [self._plan(group) for group in groups if group.id in members or not group.hinted]
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
                yields = plan.status is Status.PLANNED and self._derives(plan.id)
                if yields or (not plan.status_word and not self._says(plan.id)):
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

    def _derives(self, plan_id: str) -> bool:
        group = self.group("plan", plan_id)
        return group is not None and group.kind.derives

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
        title = title[:1].upper() + title[1:]
        if not title and record is not None and record.kind.plan is not None and record.kind.plan.text == plan_id:
            title = self.profile.plan_title
        parent = None
        for kind in self.profile.kinds.values():
            of_its = record is None or record.kind.plan is None or kind.id is None
            if not of_its and record is not None and record.kind.plan is not None and kind.id is not None:
                of_its = record.kind.plan.text == kind.id.text
            if kind.model == "plan" and kind.parent is not None and of_its:
                try:
                    parent = kind.parent.build(self.profile.padded(parts))
                    if group is not None and (space := self.space(group.records[0])):
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
        return next((r.outline for r in group.records if r.stands), None)

    def _shared(self, group: Group) -> dict[str, Any]:
        first = group.records[0]
        own = group.own
        located = next((r.entry.located for r in own if r.entry.located is not None), None)
        saying = group.records
        if group.kind.derives:
            # Nobody takes back that work began: a list that was not kept up says less than one that was.
            saying = sorted(saying, key=lambda r: r.status in (None, Status.PLANNED))
        status = next((s for r in saying if (s := r.status) is not None), None)
        word = next((r.status_word for r in saying if r.status is not None and r.status_word), "")
        if not word:
            word = next((r.status_word for r in saying if r.status_word), "") if status is None else word
        elif status is not None and next(r for r in saying if r.status is not None).status_word == "":
            word = ""
        tally = Tally(0, 0)
        for r in own:
            if r.kind.tasks and r.entry.tally.total:
                tally = r.entry.tally
                break
        block = None if own else next((r for r in group.records if r.stands and r.kind.tasks), None)
        tally = block.outline.tally if block is not None else tally
        links = first.fields.get("links") if first.own else None
        outline = self._outline(group)
        return {
            "title": _title(group)
            or _worded(located.fields.get("slug", "") if located else "")
            or _first_words(_objective(group))
            or group.id,
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
            "parent": group.parent,
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
    for piece in records.pieces(text):
        yield from _joined(record, piece)


_AND = re.compile(r"\s+(?:and|&|\+)\s+")


def _joined(record: Record, text: Text) -> Iterator[Text]:
    """``Phase 1 and Phase 3`` are two; prose with an *and* in it stays one."""
    start = 0
    for found in _AND.finditer(text):
        rest = text[found.end() :]
        if any(r.match.match(text[start:]) and r.match.match(rest) for r in record.kind.references):
            yield blocks.text_at(str(text[start : found.start()]), text.line, text.column + start)
            start = found.end()
    yield text if not start else blocks.text_at(str(text[start:]), text.line, text.column + start)


def _first_words(text: str) -> str:
    """The first sentence of an objective, cut where it is too long for a title."""
    sentence = re.split(r"(?<=[\w)])[.;:]\s|\s[–—]\s", text, maxsplit=1)[0].rstrip(".")
    return sentence if len(sentence) <= 90 else sentence[:90].rpartition(" ")[0] + " …"


def _worded(slug: str) -> str:
    """A file's name as words: ``SETUP_HUB`` is ``Setup hub``."""
    words = re.sub(r"[-_]+", " ", slug).strip()
    words = words.lower() if words.isupper() else words
    return words[:1].upper() + words[1:]


def _named(group: Group) -> str:
    return (group.word("title") or "").strip().casefold()


def _title(group: Group) -> str:
    title = group.word("title")
    if title is not None and group.records[0].first("title") is not None:
        return title
    other = ""
    for r in group.own:
        top = next((h for h in r.entry.document.outline.headings if h.level == 1), None)
        if top is not None:
            found = r.kind.title.search(top.text) if r.kind.title is not None else None
            if r.kind.title is not None and found is None:
                other = other or top.text.strip()  # a heading of another form may be about anything
                continue
            text = (found["title"] if found is not None else top.text).strip()
            if text:
                return str(text)
    return title or other


def _objective(group: Group) -> str:
    said = next((word for r in group.own if (word := r.word("objective")) is not None), None)
    if said:
        return said
    for r in group.own:
        document = r.entry.document
        if r.kind.objective is not None and (found := r.kind.objective.search(document.body)):
            return " ".join(plain(found["text"]).split())
        if document.outline.objective:
            return document.outline.objective
    said = group.word("objective")
    if said:
        return said
    block = next((r for r in group.records if r.stands and r.spec is not None), None)
    return blocks.lead(block.lines, block.spec.lines) if block is not None and block.spec is not None else ""


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
