"""Documents of one convention turned into another's: ids mapped, links mended, files moved by git.

Each plan and milestone becomes one document of the target. The document it came from is moved there, so that its
history stays; what further documents said of it is put below; what was a part of a document becomes one of its own.
Notes stay where they are. Either everything changes or nothing.
"""

from __future__ import annotations

import os
import re
from typing import TYPE_CHECKING, Any, NamedTuple

from milestones import schemas
from milestones.changes import links
from milestones.changes.transaction import ChangeError, Transaction, require_clean
from milestones.documents import reader
from milestones.documents.characters import CONTROL, quoted
from milestones.model import Milestone, Status
from milestones.profiles import catalogue
from milestones.profiles.paths import slugify
from milestones.project.project import Project, names_below
from milestones.project.workspace import Workspace, open_workspace
from milestones.schemas import pattern

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from milestones.model import Part, Plan
    from milestones.profiles.kinds import Kind, Place
    from milestones.profiles.profile import Profile
    from milestones.project.config import Config


class Row(NamedTuple):
    """What becomes of one plan or milestone."""

    before: str
    after: str
    source: str
    target: str
    how: str


class Migration(NamedTuple):
    """A migration that can be made: what becomes of what, the transaction, and what to know afterwards."""

    rows: tuple[Row, ...]
    transaction: Transaction
    notes: tuple[str, ...]

    def table(self) -> list[str]:
        """The rows as aligned text."""
        cells = [("FROM", "TO", "FILE", "", "NEW FILE")]
        cells += [(row.before, row.after, row.source, row.how, row.target) for row in self.rows]
        widths = [max(len(row[at]) for row in cells) for at in range(4)]
        return [
            "  ".join([*(cell.ljust(width) for cell, width in zip(row, widths, strict=False)), row[4]]).rstrip()
            for row in cells
        ]


def plan(config: Config, source: str, target: str) -> Migration:
    """What turning every document of a convention into another one's would do.

    Raises:
        ProfileError: for a profile that there is not.
        ChangeError: where there is nothing to migrate, the target has no templates, a document can't be read, or a
            file that would move has uncommitted changes.
    """
    workspace = open_workspace(config.directory, config=config, profile=source)
    project = workspace.main
    into = catalogue.load(target, None, config.directory)
    if project.profile.name == into.name:
        raise ChangeError(f"{source} and {target} are one convention")
    if into.made("plan") is None or into.made("milestone") is None:
        raise ChangeError(
            f"the profile {target} has no templates, so no document of it can be written",
            f"migrate to one that has: {', '.join(n for n in catalogue.NAMES if catalogue.load(n).made('milestone'))}",
        )
    described = [e for e in project.entries.values() if e.kind.model != "note" or e.kind.records]
    if not any(e.located for e in described):
        raise ChangeError(f"there is no document of the profile {source} here", "`milestones init` says what there is")
    lost = [e for e in described if e.located is None]
    if lost:
        raise ChangeError(
            f"{lost[0].path} fits no place of the profile {source}"
            + (f", and {len(lost) - 1} more" if lost[1:] else ""),
            "`milestones check` says where they belong; a migration takes everything or nothing",
        )
    unread = [e for e in project.entries.values() if e.kind.model != "note" and e.document.fields is None]
    if unread:
        fault = unread[0].document.findings[0]
        raise ChangeError(
            f"{len(unread)} document{'s' if len(unread) != 1 else ''} can't be read, such as "
            f"{fault.path}:{fault.line}: {fault.message}",
            "mend them first; a migration takes everything or nothing",
        )
    return _Maker(workspace, into).made()


class _Maker:
    """One migration as it is worked out."""

    def __init__(self, workspace: Workspace, into: Profile) -> None:
        self.workspace = workspace
        self.project = workspace.main
        self.into = into
        self.today = workspace.today
        self.transaction = Transaction(workspace.directory)
        self.rows: list[Row] = []
        self.notes: list[str] = []
        there = Project(workspace.config, into, names_below(workspace.config, into.root, tracked=False))
        self.numbers: dict[str, int] = {}
        for (kind, scope), members in there.sequences.items():
            if kind == self._kind("plan").name:
                self.numbers[scope.upper()] = members[-1][0]
        self.taken = set(there.names)
        self.ids: dict[str, str] = {}
        self.path_of: dict[str, str] = {}
        self.new_ids: dict[str, str] = {}
        self._names: re.Pattern[str] | None = None

    def _kind(self, model: str) -> Kind:
        kind = self.into.made(model)
        assert kind is not None
        return kind

    def made(self) -> Migration:
        plans = self._plans()
        members: dict[str, list[Milestone]] = {}
        for m in self.workspace.milestones:
            members.setdefault(m.plan_id, []).append(m)
        placed: list[tuple[Plan | Milestone, Kind, dict[str, str], str, Plan]] = []
        for p in plans:
            some = members.get(p.id, [])
            fields, path = self._place_plan(p, some)
            placed.append((p, self._kind("plan"), fields, path, p))
            placed += self._place_milestones(p, some, fields)
        self.moves = self._moves(placed)
        for item, kind, fields, path, parent in placed:
            self._write(item, kind, fields, path, parent)
        for name, path in self.moves.items():
            if self.path_of.get(name) == path:
                self.transaction.move(name, path)
            else:
                self.transaction.remove(name)
        touched = {*self.moves, *self._mend_others()}
        require_clean(self.workspace.directory, sorted(touched))
        left = [e.path for e in self.project.entries.values() if e.path not in self.moves and e.kind.model == "note"]
        if left:
            self.notes.append(f"{len(left)} other documents stay where they are, such as {left[0]}")
        self._configuration()
        return Migration(tuple(self.rows), self.transaction, tuple(self.notes))

    def _plans(self) -> list[Plan]:
        from milestones.model import Plan

        plans = list(self.workspace.plans)
        known = {p.id for p in plans}
        for m in self.workspace.milestones:
            if m.plan_id not in known:
                known.add(m.plan_id)
                title = m.plan_id or self.project.profile.title
                plans.append(Plan(m.plan_id, title, Status.PLANNED, "", False, m.path))
        named = {m.plan_id for m in self.workspace.milestones}
        return [p for p in plans if p.id in named or any(not part.end for part in p.parts)]

    def _place_plan(self, item: Plan, members: Sequence[Milestone]) -> tuple[dict[str, str], str]:
        kind = self._kind("plan")
        assert kind.id is not None
        assert kind.scope is not None
        days = sorted(day for m in members if (day := _began(m)))
        created = item.created or (days[0] if days else None) or item.completed or self.today
        kept = kind.id.read_exact(item.id) or {}  # an id that the target understands stays
        fields = {"date": kept.get("date", created.replace("-", ""))}
        scope = kind.scope.build({**fields, "number": ""}).upper()
        rule = self.into.fields[kind.sequence]
        last = self.numbers.get(scope, rule.first - 1)
        number = int(kept[kind.sequence]) if kind.sequence in kept else last + 1
        self.numbers[scope] = max(last, number)
        if rule.last and number > rule.last:
            raise ChangeError(f"more than {rule.last} plans would be of {created}", "migrate fewer at a time")
        fields[kind.sequence] = str(number).zfill(rule.width)
        slug = self._slug(item)
        fields["slug"] = fields["folder"] = slug
        place = kind.places[0]
        base, count = slug, 1
        while any(path.startswith(place.template.build(fields).rpartition("/")[0] + "/") for path in self.taken):
            count += 1
            fields["folder"] = f"{base}-{count}"
        path = place.template.build(fields)
        self.taken.add(path)
        fields["id"] = kind.id.build(fields)
        self.ids.setdefault(f"plan {item.id}", fields["id"])
        return {**fields, "created": created, "place": place.name}, path

    def _place_milestones(
        self, parent: Plan, members: Sequence[Milestone], plan_fields: Mapping[str, str]
    ) -> Iterator[tuple[Plan | Milestone, Kind, dict[str, str], str, Plan]]:
        kind = self._kind("milestone")
        assert kind.id is not None
        rule = self.into.fields[kind.sequence]
        plan_id = self.ids[f"plan {parent.id}"]
        numbers = [int(m.number) if m.number.isdecimal() and len(m.number) < 9 else 0 for m in members]
        kept = all(kind.id.read_exact(m.id) for m in members)  # ids that the target understands stay
        if len(set(numbers)) < len(numbers) or not (
            kept or sorted(numbers) == list(range(rule.first, len(members) + rule.first))
        ):
            # New numbers are given in the order in which the work began.
            members = sorted(members, key=lambda m: _began(m) or plan_fields["created"])
            numbers = list(range(rule.first, rule.first + len(members)))
        for number, m in zip(numbers, members, strict=True):
            if rule.last and number > rule.last:
                raise ChangeError(f"{parent.id} has more than {rule.last} milestones", "split it first")
            created = _began(m) or plan_fields["created"]
            filed = m.status.closed
            place = self._place(kind, plan_fields["place"], filed)
            day = max(filter(None, (m.completed, m.updated, created))) if filed else created
            year, month, date = min(day, self.today).split("-")
            fields = {f"plan.{key}": value for key, value in plan_fields.items()}
            fields |= {
                "plan": plan_id,
                kind.sequence: str(number).zfill(rule.width),
                "slug": self._slug(m),
                "year": year,
                "month": month,
                "day": date,
            }
            path = place.template.build(fields)
            fields["id"] = kind.id.build(fields)
            self.ids.setdefault(f"milestone {m.id}", fields["id"])  # of twins, others mean the first
            yield m, kind, {**fields, "created": min(created, f"{year}-{month}-{date}")}, path, parent

    def _place(self, kind: Kind, beside: str, filed: bool) -> Place:
        places = [place for place in kind.places if place.parent in (beside, "")]
        return next((place for place in places if place.finished is filed), places[0])

    def _slug(self, item: Plan | Milestone) -> str:
        """The slug that the document has, where the target allows it; else one made of its title."""
        rule = self.into.fields["slug"]
        entry = self.project.entries.get(item.path)
        own = entry.located.fields.get("slug", "") if entry is not None and entry.located is not None else ""
        if not any(part.end for part in item.parts) and re.fullmatch(rule.pattern, own):
            return own
        title, id_ = item.title, item.id
        longest = min(rule.longest or 60, 60)
        return slugify(title, rule.separator, longest) or slugify(id_, rule.separator, longest) or "untitled"

    def _moves(self, placed: Sequence[tuple[Plan | Milestone, Kind, dict[str, str], str, Plan]]) -> dict[str, str]:
        """Where each document goes: to what it is the whole of."""
        moves: dict[str, str] = {}
        for item, _, _, path, _ in placed:
            for part in item.parts:
                if not part.end and part.path not in moves:
                    moves[part.path] = path
                    if path not in self.path_of.values():
                        self.path_of[part.path] = path
        return moves

    def _write(self, item: Plan | Milestone, kind: Kind, fields: Mapping[str, str], path: str, parent: Plan) -> None:
        id_ = fields["id"]
        front = self._front_matter(item, kind, fields, id_, parent)
        text = f"---\n{front}---\n\n{self._body(item, kind, path)}"
        data = text.encode("utf-8")
        fresh = reader.parse(path, data)
        if fresh.fields is None:
            raise ChangeError(f"{item.id}: the result could not be read: {fresh.findings[0].message}")
        source = next((name for name, there in self.path_of.items() if there == path), None)
        if source is None:
            self.transaction.create(path, data)
        else:
            self.transaction.write(path, data)
        self.rows.append(Row(item.id or "-", id_, source or item.path, path, "->" if source else "=>"))

    def _front_matter(
        self, item: Plan | Milestone, kind: Kind, fields: Mapping[str, str], id_: str, parent: Plan
    ) -> str:
        schema = schemas.load(kind.schema)
        created = fields["created"]
        model = "milestone" if isinstance(item, Milestone) else "plan"
        path = self.moves.get(item.path, "")
        dates = [day for day in (item.updated, item.completed) if day and created <= day]
        values: dict[str, Any] = {
            "id": id_,
            **{key: _agreed(template, fields) for key, template in kind.agree.items()},
            "title": _one_line(item.title),
            "status": _word(kind, schema, item.status, fields, filed=item.filed),
            "domain": item.domain or parent.domain,
            "owner": _handle(item.owner or parent.owner),
            "created": created,
            "updated": max(dates, default=created),
            "tags": [tag for tag in item.tags if tag],
            "start": item.start,
            "due": item.due,
            "risk": {"medium": "med"}.get((item.risk or "").casefold(), (item.risk or "").casefold()) or None,
            "links": self._links(item, path),
            "components": list(item.components),
        }
        values["depends_on"] = [new for old in item.depends_on if (new := self.ids.get(f"{model} {old}"))]
        if not isinstance(item, Milestone):
            values |= {"kind": item.kind or "feature", "touches": list(item.touches)}
        lines = []
        for key, inner in schema["properties"].items():
            value = _fitting(values.get(key), inner)
            if value in (None, "", [], {}):
                if key not in schema["required"]:
                    continue
                value = _default(key, inner)
            lines.append(_yaml(key, value))
        return "".join(lines)

    def _links(self, item: Plan | Milestone, path: str) -> Any:
        """The links of a document that moves, as they must be at its new place."""
        if not item.links or not path:
            return dict(item.links)
        data = links.relocated(self.project, self.project.entries[item.path], self.moves)
        fields = reader.parse(path, data).fields
        return (fields.get("links") if fields is not None else None) or dict(item.links)

    def _body(self, item: Plan | Milestone, kind: Kind, path: str) -> str:
        texts: list[str] = []
        for part in item.parts:
            text = _demoted(self._text(part, path, item), at_top=not texts)
            if text.strip():
                texts.append(text if not texts else f"## {part.label}\n\n{text}")
        body = self._renamed("\n\n".join(text.strip("\n") for text in texts))
        title = _one_line(item.title)
        heading = re.search(r"(?m)^# +(.*)$", body)
        if heading is None:
            body = f"# {title}\n\n{body}".rstrip()
        else:
            body = f"{body[: heading.start()]}# {title}{body[heading.end() :]}"
        present = {h.text.casefold() for h in reader.parse("x", f"---\na: b\n---\n{body}".encode()).outline.headings}
        for section in kind.sections:
            if section.casefold() not in present:
                said = item.objective if section == "Objective" and item.objective else "None."
                body += f"\n\n## {section}\n\n{said}"
        return body + "\n"

    def _renamed(self, text: str) -> str:
        """Text that speaks of others by their new ids. Only ids that can be nothing else: with a letter and a digit."""
        if self._names is None:
            found = {key.partition(" ")[2].casefold(): new for key, new in self.ids.items()}
            self.new_ids = {old: new for old, new in found.items() if _TELLING.search(old) and old != new.casefold()}
            longest_first = sorted(self.new_ids, key=len, reverse=True)
            words = "|".join(re.escape(old) for old in longest_first) or r"(?!)"
            self._names = re.compile(rf"(?<![\w/.#-])(?:{words})(?![\w/-]|\.\w)", re.IGNORECASE)
        return self._names.sub(lambda name: self.new_ids[name[0].casefold()], text)

    def _text(self, part: Part, path: str, item: Plan | Milestone) -> str:
        """A part's Markdown with the links it must have at its new place, without what became a document of its own."""
        entry = self.project.entries[part.path]
        data = links.relocated(self.project, entry, {**self.moves, part.path: path})
        document = reader.parse(part.path, data)
        if document.body_start is None:
            document.body_start = 0
        text = document.body
        first = entry.document.body_line
        lines = text.split("\n")
        if part.end:
            return "\n".join(lines[part.line - first : part.end - first])
        gone = {
            number
            for m in self.workspace.milestones
            if m is not item
            for other in m.parts
            if other.path == part.path and other.end
            for number in range(other.line - first, other.end - first)
        }
        return "\n".join(line for number, line in enumerate(lines) if number not in gone)

    def _mend_others(self) -> set[str]:
        """Links in documents that stay, to those that go."""
        changed = links.mend(self.project, self.moves)
        staying = {path: data for path, data in changed.items() if path not in self.moves}
        for path, data in staying.items():
            self.transaction.write(path, data)
        return set(staying)

    def _configuration(self) -> None:
        config = self.workspace.config
        if not config.profile and not config.profiles:
            return
        name = config.source
        with open(os.path.join(config.directory, name), encoding="utf-8", newline="") as file:
            text = file.read()
        old = self.project.profile.name
        made = re.sub(rf'(?m)^(\s*profile\s*=\s*)(["\']){re.escape(old)}\2', rf"\1\2{self.into.name}\2", text, count=1)
        root = rf'(?m)^\s*root\s*=\s*(["\']){re.escape(self.project.profile.root)}\1[^\n]*\n'
        if made == text:
            self.notes.append(f'say `profile = "{self.into.name}"` in {name}')
        else:
            self.transaction.write(name, re.sub(root, "", made, count=1).encode("utf-8"))


def _began(m: Milestone) -> str | None:
    """The first day that a milestone names."""
    return m.created or min((day for day in (m.start, m.completed, m.updated) if day), default=None)


def _agreed(template: str, fields: Mapping[str, str]) -> str:
    name, _, form = template.strip("{}").partition(":")
    return (fields[name].lstrip("0") or "0") if form == "int" else fields[name]


def _one_line(text: str) -> str:
    text = re.sub(r"\s+", " ", CONTROL.sub(" ", text)).strip()
    return text.replace("<", "‹").replace(">", "›")[:200]


def _handle(owner: str | None) -> str:
    name = re.sub(r"[^A-Za-z0-9_./-]+", "-", (owner or "").strip().lstrip("@")).strip("-./_")
    return f"@{name[:58]}" if name else "@team"


def _word(kind: Kind, schema: Mapping[str, Any], status: Status, fields: Mapping[str, str], *, filed: bool) -> str:
    """The target's word for a status: its own for finished work, else the first in its vocabulary that means it."""
    words = schema["properties"].get("status", {}).get("enum") or list(kind.statuses)
    if status is Status.COMPLETED and kind.finished in words:
        return kind.preferred.get(kind.finished, kind.finished)
    near = {Status.ON_HOLD: Status.BLOCKED, Status.CANCELLED: Status.COMPLETED}
    for wanted in (status, near.get(status, Status.PLANNED)):
        for word in words:
            archived = word in kind.archived
            if kind.statuses.get(word) is wanted and (not archived or status is Status.CANCELLED):
                return str(word)
    return str(words[0])


def _fitting(value: Any, schema: Mapping[str, Any]) -> Any:
    """A value as far as its schema takes it; what does not fit is left out."""
    if value is None:
        return None
    if isinstance(value, list):
        return [item for one in value if (item := _fitting(one, schema.get("items", {}))) not in (None, "")]
    if isinstance(value, dict):
        properties = schema.get("properties", {})
        rest = schema.get("additionalProperties", {})
        allowed = rest if isinstance(rest, dict) else {} if rest else None
        return {
            key: item
            for key, one in value.items()
            if (inner := properties.get(key, allowed)) is not None and (item := _fitting(one, inner)) not in (None, "")
        }
    text = str(value)
    if "enum" in schema:
        near = [word for word in schema["enum"] if word.casefold() == text.casefold()]
        return near[0] if near else None
    if schema.get("pattern") and not pattern(schema["pattern"]).search(text):
        return None
    return text[: schema.get("maxLength", len(text))]


def _default(key: str, schema: Mapping[str, Any]) -> Any:
    if "enum" in schema:
        return "cross-cutting" if "cross-cutting" in schema["enum"] else schema["enum"][0]
    return "@team" if key == "owner" else "Untitled"


def _yaml(key: str, value: Any) -> str:
    if isinstance(value, list):
        return f"{key}: [{', '.join(_scalar(item, flow=True) for item in value)}]\n"
    if isinstance(value, dict):
        return f"{key}:\n" + "".join(f"  {inner}: {_scalar(item)}\n" for inner, item in value.items())
    return f"{key}: {_scalar(value)}\n"


_TELLING = re.compile(r"(?=.*[a-z])(?=.*[0-9])")
_BARE = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9_./ -]*[A-Za-z0-9_./-])?\Z")


def _scalar(value: str, *, flow: bool = False) -> str:
    special = value.casefold() in ("true", "false", "yes", "no", "on", "off", "null", "none", "~")
    return value if _BARE.match(value) and not special and not (flow and " - " in value) else quoted(value)


def _demoted(text: str, *, at_top: bool) -> str:
    """Markdown to stand below a heading of another document: its own top heading goes, since that one names it."""
    return text if at_top else re.sub(r"(?m)\A\s*# [^\n]*\n", "", text)
