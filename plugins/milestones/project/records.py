"""What documents say of plans and milestones, each saying as one record: about themselves, or in a list or a table.

A convention may keep one milestone in several files (a plan and its summary), or several in one file (headings of a
request). Either way each place that speaks of it is a record; ``assembly`` puts records of the same id together.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING, Any, NamedTuple

from milestones.documents import blocks
from milestones.documents.days import day
from milestones.documents.values import Fields, Items, Text, is_text
from milestones.model import Status

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from milestones.documents.outline import Outline
    from milestones.profiles.kinds import Kind, RecordSpec
    from milestones.profiles.profile import Profile
    from milestones.project.entry import Entry
    from milestones.project.project import Project


class Record(NamedTuple):
    """One document's word on one plan or milestone.

    ``own`` is true where the document itself is that milestone; otherwise it only speaks of it, from ``line`` to
    ``end`` (exclusive). ``number`` is the text that counts within the plan. ``status`` may follow from where the
    document lies or from its being there at all; ``status_word`` is what it says.
    """

    kind: Kind
    entry: Entry
    id: str
    plan_id: str
    parent: str | None
    number: str
    fields: Fields
    own: bool
    line: int
    end: int
    spec: RecordSpec | None
    parts: Mapping[str, str]
    likely: str | None = None  # the parent, where only the convention's defaults tell
    placed: bool = False  # no default says where it belongs

    @property
    def path(self) -> str:
        """The file that says it."""
        return self.entry.path

    def values(self, attribute: str) -> list[Text]:
        """Everything the record says of an attribute, whatever its convention calls it."""
        paths = self.kind.attributes.get(attribute, (attribute,))
        if not self.own:
            paths = (attribute,) if attribute in self.fields else (attribute, *paths)
        found = [text for path in paths for text in dig(self.fields, path)]
        return found if found or not self.own else self._placed(attribute)

    def _placed(self, attribute: str) -> list[Text]:
        """What the path tells of an attribute that the document says nothing of."""
        located = self.entry.located
        template = dict(located.place.values).get(attribute) if located is not None else None
        if located is None or template is None:
            return []
        if located.place.finished and (status := self.status) is not None and not status.closed:
            return []  # the document says that it does not belong there
        return [blocks.text_at(template.build(located.fields), 1, 1)]

    @property
    def stands(self) -> bool:
        """True where this is the thing itself: its document, or the block of one that is all there is of it."""
        return self.own or (self.spec is not None and self.spec.body and not self.kind.places)

    @property
    def lines(self) -> list[tuple[int, str]]:
        """The lines of a block below its heading, with their numbers."""
        body = _lines(self.entry.document.text)[self.line : self.end - 1]
        return list(enumerate(body, self.line + 1))

    @property
    def outline(self) -> Outline:
        """What a document holds, or the block of one."""
        if self.own:
            return self.entry.document.outline
        from milestones.documents.outline import Outline

        return Outline("\n".join(line for _, line in self.lines), self.line + 1)

    def first(self, attribute: str) -> Text | None:
        """The first value of an attribute, or None."""
        return next(iter(self.values(attribute)), None)

    def word(self, attribute: str) -> str | None:
        """The first value of an attribute as plain text, or None where it is empty."""
        value = self.first(attribute)
        return str(value) if value is not None and value.strip() else None

    def day(self, attribute: str) -> str | None:
        """The first value that names a day, as ISO text."""
        return next((found for text in self.values(attribute) if (found := day(str(text)))), None)

    def texts(self, attribute: str) -> tuple[str, ...]:
        """Every value of a list; text is a list of what its commas divide."""
        return tuple(dict.fromkeys(str(piece) for text in self.values(attribute) for piece in pieces(text)))

    @property
    def status_word(self) -> str:
        """The status as it is written, or nothing."""
        return str(self.first("status") or "")

    @property
    def status(self) -> Status | None:
        """What the record says the status is: by its word, by its place, or by its being there."""
        word = self.first("status")
        if word is not None:
            found = status_of(self.kind, str(word))
            if found is not None:
                return found
        if not self.own:
            return None
        place = self.entry.located.place if self.entry.located is not None else None
        if place is not None and place.status is not None:
            return place.status
        return self.kind.implies


def pieces(text: Text) -> Iterator[Text]:
    """The parts of a text between commas and semicolons outside brackets, each where it stands."""
    if text[:1] == "[" and text[-1:] == "]":
        inner, start = text[1:-1], 1
    else:
        inner, start = str(text), 0
    depth = begin = 0
    for at, character in enumerate(inner + ","):
        if character in "([{":
            depth += 1
        elif character in ")]}":
            depth = max(0, depth - 1)
        elif character in ",;" and (not depth or at == len(inner)):
            piece = inner[begin:at]
            stripped = piece.strip().strip("'\"`").strip()
            if stripped:
                offset = start + begin + piece.find(stripped)
                yield blocks.text_at(stripped, text.line, text.column + offset)
            begin = at + 1


@lru_cache(maxsize=4)
def _lines(text: str) -> list[str]:
    """The lines of a text; a list of thousands of records asks once for each of them."""
    return text.split("\n")


def dig(fields: Any, path: str) -> list[Text]:
    """Every text at a path: ``a.b`` goes into maps, ``a[]`` over a list, ``a[].b`` into each of its maps.

    Of several keys, ``a|b``, the first that a map has counts.
    """
    found: list[Any] = [fields]
    for step in path.split("."):
        over = step.endswith("[]")
        name = step.removesuffix("[]")
        names = name.split("|")
        maps = [value for value in found if isinstance(value, dict)]
        found = [value[key] for value in maps if (key := next((n for n in names if n in value), None)) is not None]
        if over:
            found = [item for value in found for item in (value if isinstance(value, list) else [value])]
    texts: list[Text] = []
    for value in found:
        if isinstance(value, Items):
            texts += [item for item in value if is_text(item)]
        elif is_text(value):
            texts.append(value)
    return texts


def folded(fields: Fields, spellings: Mapping[str, str]) -> Fields:
    """Front matter with other spellings of its keys brought to the one that the schema knows."""
    if not any(spelling.partition(".")[0] in fields for spelling in spellings):
        return fields
    found = _copied(fields)
    for spelling, right in spellings.items():
        steps = spelling.split(".")
        holder: Any = found
        for step in steps[:-1]:
            holder = holder.get(step) if isinstance(holder, dict) else None
        if not isinstance(holder, Fields) or steps[-1] not in holder:
            continue
        target = right.split(".")
        into: Any = found
        for step in target[:-1]:
            inner = into.get(step) if isinstance(into, Fields) else None
            if inner is None and isinstance(into, Fields):
                inner = Fields()
                inner.line, inner.column = into.line, into.column
                into[_like(holder.key(steps[-1]), step)] = inner
            into = inner
        if not isinstance(into, Fields) or target[-1] in into:
            continue
        key = holder.key(steps[-1])
        into[_like(key, target[-1])] = holder.pop(key)
        outer: Any = found
        for step in steps[:-1]:
            if not outer[step]:
                del outer[step]
                break
            outer = outer[step]
    return found


def _copied(fields: Fields) -> Fields:
    found = Fields({key: _copied(value) if isinstance(value, Fields) else value for key, value in fields.items()})
    found.line, found.column = fields.line, fields.column
    return found


def _like(key: Text, name: str) -> Text:
    found = Text(name)
    found.plain, found.span = key.plain, key.span
    return found


_MARKS = {
    "✅": Status.COMPLETED, "☑": Status.COMPLETED, "✔": Status.COMPLETED, "🟢": Status.COMPLETED,
    "🚧": Status.IN_PROGRESS, "🔄": Status.IN_PROGRESS, "🟡": Status.IN_PROGRESS, "⏳": Status.PLANNED,
    "📋": Status.PLANNED, "⬜": Status.PLANNED, "🔲": Status.PLANNED, "⛔": Status.BLOCKED, "🔴": Status.BLOCKED,
    "❌": Status.CANCELLED,
}  # fmt: skip


def status_of(kind: Kind, word: str) -> Status | None:
    """What a status word means, or None for one that the convention does not know."""
    found = kind.statuses.get(word.casefold())
    return found if found is not None or not kind.loose_statuses else _loosely(tuple(kind.statuses.items()), word)


@lru_cache(maxsize=4096)
def _loosely(statuses: tuple[tuple[str, Status], ...], word: str) -> Status | None:
    """The meaning of the longest known word that a text begins with, else of its mark: ``✅ Complete (2026-01-02)``."""
    text = re.sub(r"[*_`]", "", word).casefold()
    text = re.sub(r"^[^\w]+", "", text)
    squeezed = re.sub(r"[\s_-]+", " ", text)
    for known, meaning in sorted(statuses, key=lambda item: -len(item[0])):
        plain_known = re.sub(r"[\s_-]+", " ", known)
        if squeezed.startswith(plain_known) and not squeezed[len(plain_known) :][:1].isalnum():
            return meaning
    return next((meaning for mark, meaning in _MARKS.items() if mark in word), None)


@lru_cache(maxsize=65536)
def id_key(id_: str) -> str:
    """An id for comparison where spellings vary: ``M5``, ``m05`` and ``m5`` are one."""
    return re.sub(r"0*([0-9]+)", r"\1", id_.casefold())


def of_entry(entry: Entry) -> list[Record]:
    """Every record of a document: about itself, then what it says of others."""
    found: list[Record] = []
    own = _own(entry)
    if own is not None:
        found.append(own)
    if entry.kind.records and entry.fields is not None:
        for spec in entry.kind.records:
            if spec.each == "document":
                said = blocks.whole(entry.fields, spec)
                every = [said] if said is not None else []
            else:
                spoken = blocks.records(entry.document, spec, entry.kind.records)
                every = [one for block in spoken for one in _each_of(block)]
            for block in every:
                record = _spoken(entry, spec, block)
                if record is not None:
                    found.append(record)
    return found


#: How many things one line may speak of: ``Phases 1-9`` are nine.
_MOST = 500


def _each_of(block: blocks.Block) -> Iterator[blocks.Block]:
    """A block for each number of a range: a field ``x`` and a field ``x_to`` are all from the one to the other."""
    upto = next((key for key in block.fields if key.endswith("_to")), None)
    if upto is None:
        yield block
        return
    first, last = str(block.fields.get(upto.removesuffix("_to"), "")), str(block.fields[upto])
    if not (first.isdecimal() and last.isdecimal() and int(first) <= int(last) < int(first) + _MOST):
        yield block
        return
    for number in range(int(first), int(last) + 1):
        fields = _copied(block.fields)
        text = block.fields[upto]
        fields[upto.removesuffix("_to")] = blocks.text_at(str(number), text.line, text.column)
        yield block._replace(fields=fields)


def defaults(project: Project, space: str = "") -> Mapping[str, str]:
    """Fields that the convention says once for all documents of a space, and paths and records leave out."""
    found: dict[str, str] = {}
    for field, sources in project.profile.defaults.items():
        for source in sources:
            name = f"{{{project.profile.space}}}"
            if bool(space) != (name in source.path):
                continue
            path = source.path.replace(name, space)
            entry = project.entry(path) if project.has(path) else None
            if entry is None or entry.fields is None:
                continue
            text = str(next(iter(dig(entry.fields, source.key)), "")) if source.key else entry.document.body
            matched = source.match.search(text) if source.match is not None else None
            value = (matched[field] if matched is not None else "") if source.match is not None else text
            if value:
                found[field] = value.strip()
                break
    return found


def _own(entry: Entry) -> Record | None:
    kind = entry.kind
    if kind.model == "note" or entry.id is None or kind.id is None:
        return None
    fields = entry.fields
    if fields is None:
        if kind.implies is None:
            return None
        fields = Fields()  # that it is there says something, though nobody can read what it says
        fields.line = fields.column = 1
    parts = {**(entry.located.fields if entry.located else {}), **(kind.id.read(entry.id) or {})}
    plan = parts.get("plan") or entry.plan_id_in_path or ""
    if "plan" in kind.attributes:
        named = next((text for path in kind.attributes["plan"] for text in dig(fields, path)), None)
        plan = str(named) if named is not None else plan
    return Record(
        kind=kind,
        entry=entry,
        id=str(entry.id),
        plan_id=str(plan),
        parent=_built(kind.parent, parts, entry.project.profile) or None,
        number=parts.get(kind.sequence, ""),
        fields=fields,
        own=True,
        line=1,
        end=0,
        spec=None,
        parts=parts,
    )


def _spoken(entry: Entry, spec: RecordSpec, block: blocks.Block) -> Record | None:
    profile = entry.project.profile
    kind = profile.kinds[spec.kind]
    parts = {
        **(entry.located.fields if entry.located else {}),
        **{k: str(v) for k, v in block.fields.items() if is_text(v)},
    }
    if kind.id is not None and "id" in block.fields and is_text(block.fields["id"]):
        parts.update(kind.id.read(str(block.fields["id"])) or {})
    parts = profile.padded(parts)
    id_ = _built(kind.id, parts, profile)
    if not id_:
        return None
    return Record(
        kind=kind,
        entry=entry,
        id=id_,
        plan_id=_built(kind.plan, parts, profile) or "",
        parent=_built(kind.parent, parts, profile) or None,
        number=parts.get(kind.sequence, ""),
        fields=block.fields,
        own=False,
        line=block.line,
        end=block.end,
        spec=spec,
        parts=parts,
        placed=block.placed,
    )


def filled(record: Record, usual: Mapping[str, str]) -> Record:
    """A record with the convention's defaults for the fields that neither its path nor its words give."""
    if record.placed or usual.keys() <= record.parts.keys():
        return record
    parts = {**usual, **record.parts}
    likely = None if record.parent else _built(record.kind.parent, parts, record.entry.project.profile) or None
    return record._replace(parts=parts, likely=likely)


def _built(template: Any, parts: Mapping[str, str], profile: Profile) -> str:
    """An id from its parts, or nothing where a part is missing."""
    if template is None:
        return ""
    try:
        return str(template.build(profile.padded({**parts})))
    except (KeyError, ValueError):
        return ""
