"""What documents call each other: the plans and milestones that a text in one of them names."""

from __future__ import annotations

import re
from collections import Counter
from functools import cached_property
from typing import TYPE_CHECKING

from milestones.documents import blocks
from milestones.documents.outline import plain
from milestones.project import records

if TYPE_CHECKING:
    from collections.abc import Iterator

    from milestones.documents.values import Text
    from milestones.profiles.kinds import Kind
    from milestones.project.assembly import Assembly
    from milestones.project.groups import Group
    from milestones.project.records import Record


class References:
    """The references between the documents of a project, led to the groups of its assembly."""

    def __init__(self, assembly: Assembly) -> None:
        self._assembly = assembly
        self._profile = assembly.profile
        self._numbers: dict[tuple[str, str], dict[str, str]] = {}
        self._most: dict[tuple[str, str], str] = {}

    def dependencies(self, group: Group) -> Iterator[tuple[Record, Text, list[tuple[str, str]], bool]]:
        """What a plan or milestone says it depends on: who says so, the text, what it names, and whether it must."""
        for record in group.records:
            for text in record.values("depends_on"):
                for piece in _references_in(record, text):
                    yield (record, piece, *self.resolve(record, piece))

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
                    target = self._profile.kinds[reference.kind]
                    if found is None or target.id is None:
                        continue
                    strict = strict or reference.strict
                    parts = {**record.parts, **{k: v for k, v in found.groupdict().items() if v}}
                    if not set(target.id.fields) <= parts.keys():
                        continue
                    if (plan := self._assembly.group("plan", target.id.build(self._profile.padded(parts)))) is not None:
                        return record, plan, text, strict
                return record, self._assembly.group("plan", str(text)) or self._titled(str(text)), text, strict
        return None

    def _titled(self, title: str) -> Group | None:
        """The plan of a title, whatever its letter case."""
        wanted = title.strip().casefold()
        return next(
            (g for (model, _), g in self._assembly.groups.items() if model == "plan" and _named(g) == wanted), None
        )

    def resolve(self, record: Record, text: Text) -> tuple[list[tuple[str, str]], bool]:
        """The (model, id) that a text names, and True where the text can only have been meant as such a name."""
        kind = record.kind
        if not kind.references:
            wanted = kind.model
            return ([(wanted, str(text))] if self._assembly.group(wanted, text) is not None else []), True
        strict = False
        cleaned = plain(str(text))
        for reference in kind.references:
            found = reference.match.match(cleaned)
            if found is None:
                continue
            target = self._profile.kinds[reference.kind]
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
                id_ = target.id.build(self._profile.padded(parts))
            except (KeyError, ValueError):
                continue
            strict = strict or reference.strict
            before = ""
            if target.distinct is not None and set(target.distinct.fields) <= parts.keys():
                before = target.distinct.build(parts) + "/"
            own = f"{space}/" if (space := self._assembly.space(record)) else ""
            for candidate in dict.fromkeys((own + before + id_, own + id_, before + id_, id_)):
                group = self._assembly.group(target.model, candidate)
                if group is not None:
                    return [(target.model, group.id)], True
                if (
                    target.model == "plan"
                    and (implied := self._implied_ids.get(self._assembly.key(candidate))) is not None
                ):
                    return [("plan", implied)], True
                if (target.model, self._assembly.key(candidate)) in self._unread:
                    return [], False  # it is there, and that it can't be read is said elsewhere
            usual = {field: self._mostly(target, field) for field in reference.usual if field not in found.groupdict()}
            if usual and all(usual.values()):
                group = self._assembly.group(target.model, target.id.build(self._profile.padded({**parts, **usual})))
                if group is not None:
                    return [(target.model, group.id)], True
        return [], strict

    def _mostly(self, kind: Kind, field: str) -> str:
        """What most documents of a kind have for a field of their path."""
        if (kind.name, field) not in self._most:
            values = Counter(
                value
                for entry in self._assembly.project.entries.values()
                if entry.kind.name == kind.name and entry.located and (value := entry.located.fields.get(field))
            )
            self._most[kind.name, field] = values.most_common(1)[0][0] if values else ""
        return self._most[kind.name, field]

    @cached_property
    def _implied_ids(self) -> dict[str, str]:
        """The ids of plans that only their milestones make, by what they are compared by."""
        inside = [g for g in self._assembly.of_model("milestone") if g.plan_id and g.kind.plan is not None]
        return {self._assembly.key(g.plan_id): g.plan_id for g in inside if not g.hinted}

    @cached_property
    def _unread(self) -> set[tuple[str, str]]:
        """(model, id) of documents that could not be read, as their paths tell."""
        return {
            (entry.kind.model, self._assembly.key(entry.id_in_path))
            for entry in self._assembly.project.entries.values()
            if entry.kind.model != "note" and entry.document.fields is None and entry.id_in_path is not None
        }

    def _numbered(self, model: str, attribute: str) -> dict[str, str]:
        """Ids by the number in an attribute; what two have names neither."""
        if (model, attribute) not in self._numbers:
            found: dict[str, str] = {}
            for group in self._assembly.of_model(model):
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
                group = self._assembly.group(
                    target.model, target.id.build(self._profile.padded(one)) if target.id else ""
                )
            except (KeyError, ValueError):
                return []
            if group is None:
                return []
            found.append((target.model, group.id))
        return found


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


def _named(group: Group) -> str:
    return (group.word("title") or "").strip().casefold()
