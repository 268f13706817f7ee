"""Records of the same id put together: what rules see, and what milestones and plans are made of.

Where several documents speak of one milestone, a document that is the milestone itself comes before one that only
lists it, in the order in which the profile describes its kinds; the first that says something of an attribute counts.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from milestones.project import records
from milestones.project.groups import Group, apart, natural, rank
from milestones.project.references import References

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from milestones.profiles.paths import Template
    from milestones.profiles.profile import Profile
    from milestones.project.project import Project
    from milestones.project.records import Record


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
        self.references = References(self)
        gathered: dict[tuple[str, str], list[Record]] = {}
        for record in map(self._spaced, self._told_apart(found)):
            gathered.setdefault((record.kind.model, self.key(record.id)), []).append(record)
        for (model, key), members in gathered.items():
            members.sort(key=rank)
            for at, some in enumerate(apart(members)):
                group = Group(model, some[0].id, some)
                if at == 0:
                    self.groups[model, key] = group
                else:
                    self._twins.append(group)
        self._place()

    def of_model(self, model: str) -> list[Group]:
        """Every plan or milestone, in the order of ids; twins that share an id stand beside each other."""
        found = [g for (m, _), g in self.groups.items() if m == model]
        found += [g for g in self._twins if g.model == model]
        return sorted(found, key=lambda g: (natural(g.id), g.records[0].path))

    def group(self, model: str, id_: str) -> Group | None:
        """What is known of an id."""
        return self.groups.get((model, self.key(id_)))

    def key(self, id_: str) -> str:
        """An id as this convention compares it."""
        return self.project.id_key(id_)

    def space(self, record: Record) -> str:
        """The folder of its own that a record is in, where a convention has such; ids count from the start in each."""
        return record.parts.get(self.profile.space, "") if self.profile.space else ""

    def _place(self) -> None:
        """The plan and the parent of each milestone, where documents name them in words of their own."""
        kinds = {k.name for k in self.profile.kinds.values() if k.part_of or k.attributes.keys() & {"plan", "parent"}}
        some = [g for g in self.of_model("milestone") if g.kind.name in kinds] if kinds else []
        unnamed = set()
        spelled: dict[str, str] = {}  # one plan, whatever the letter case of its name
        for group in some:
            if (parent := self.references.named_parent(group)) is not None:
                group.parent = parent[1][0][1] if parent[1] and parent[1][0][1] != group.id else None
            elif group.parent is None:
                group.parent = self._outer(group)
            if (named := self.references.named_plan(group)) is None:
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

    def _in_work(self, record: Record, prefix: Template) -> bool:
        """True for what the convention means where nothing is said: that keeps the plain id."""
        usual = self._usual.get(self.space(record), {})
        return all(field in usual and record.parts.get(field) == usual[field] for field in prefix.fields)


__all__ = ["Assembly", "Group", "natural"]
