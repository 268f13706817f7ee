"""The commands that write, each as a function that plans a transaction. The caller commits it, or only shows it."""

from __future__ import annotations

import contextlib
import os
import re
from typing import TYPE_CHECKING, NamedTuple

from milestones import schemas
from milestones.changes import links
from milestones.changes.transaction import ChangeError, Transaction, require_clean
from milestones.documents import editor, reader
from milestones.documents.characters import CONTROL, quoted
from milestones.documents.days import calendar_date
from milestones.graph.dependencies import Dependencies
from milestones.profiles import catalogue
from milestones.profiles.paths import slugify
from milestones.project import elsewhere, git, ledger
from milestones.rules.archive import archive_place

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from milestones.profiles.kinds import Kind, Place
    from milestones.project.entry import Entry
    from milestones.project.project import Project
    from milestones.project.workspace import Workspace


class Planned(NamedTuple):
    """A change that can be made: what it is about, where it ends up, and the transaction that makes it."""

    id: str
    path: str
    transaction: Transaction
    notes: tuple[str, ...] = ()


@contextlib.contextmanager
def lock(directory: str) -> Iterator[None]:
    """One writer at a time in a repository: a second one waits.

    The lock is on the folder itself, so it leaves no file behind and ends with the process.
    """
    try:
        import fcntl
    except ImportError:  # Windows: creating a file fails where it exists, which guards the numbers
        yield
        return
    descriptor = os.open(directory, os.O_RDONLY)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)


def document(project: Project | Workspace, id_: str, kind: str | None = None) -> Entry:
    """The document with an id, which may be written in any case; ``MS003`` will do where only one plan has it.

    Raises ChangeError, with the nearest ids there are.
    """
    wanted = id_.strip()
    entries = [e for e in project.entries.values() if e.id is not None and (kind is None or e.kind.model == kind)]
    exact = [e for e in entries if e.id == wanted] or [e for e in entries if str(e.id).casefold() == wanted.casefold()]
    found = exact or [e for e in entries if str(e.id).rpartition("/")[2].casefold() == wanted.casefold()]
    if not found and kind == "plan":
        found = [
            e for e in entries if e.located and wanted in (e.located.fields.get("folder"), e.located.fields.get("slug"))
        ]
    if len(found) == 1:
        return found[0]
    if found:
        places = ", ".join(f"{e.id} ({e.path})" for e in found[:4])
        raise ChangeError(f"{wanted} could be several documents", f"say which: {places}")
    import difflib

    near = difflib.get_close_matches(wanted.upper(), [str(e.id) for e in entries], n=3)
    what = kind or "document"
    raise ChangeError(
        f"there is no {what} {wanted}",
        f"did you mean {' or '.join(near)}?"
        if near
        else f"`milestones {'plan ' if kind == 'plan' else ''}list` shows them",
    )


def new_plan(
    workspace: Workspace,
    title: str,
    *,
    slug: str = "",
    kind: str = "feature",
    domain: str = "",
    owner: str = "",
    taken: Iterable[int] = (),
) -> Planned:
    """A new plan: numbered among the plans of today, in a folder of its own. ``taken`` numbers are passed over.

    It gets a ledger of its ids where other plans have one. Raises ChangeError.
    """
    project = next((p for p in workspace.projects if p.profile.made("plan")), workspace.main)
    what = _made(project, "plan")
    assert what.id is not None
    day = project.today
    fields = {"date": day.replace("-", "")}
    fields["number"] = _next_number(project, what, {**fields, "number": ""}, taken)
    fields["slug"] = fields["folder"] = _slug(project, title, slug)
    place = what.places[0]
    values = {
        "id": what.id.build(fields),
        "title": title,
        "kind": kind,
        "domain": domain or "cross-cutting",
        "owner": owner or _owner(project),
        "today": day,
        **fields,
    }
    planned = _created(project, what, place, fields, values)
    if ledger.paths(project):
        planned.transaction.create(ledger.path(project, os.path.dirname(planned.path)), ledger.text(()).encode("utf-8"))
    return planned


def _made(project: Project, model: str) -> Kind:
    kind = project.profile.made(model)
    if kind is None:
        names = ", ".join(name for name in catalogue.NAMES if catalogue.load(name).made(model))
        raise ChangeError(
            f"the profile {project.profile.name} has no template for a new {model}",
            f"write the file by hand; `milestones check` says what it lacks ({names} have one)",
        )
    return kind


def new_milestone(
    workspace: Workspace,
    plan: str,
    title: str,
    *,
    slug: str = "",
    domain: str = "",
    owner: str = "",
    depends_on: Sequence[str] = (),
    start: str = "",
    due: str = "",
    taken: Iterable[int] = (),
) -> Planned:
    """A new milestone: the next number of its plan, whose owner and domain it takes.

    A number that the plan's ledger, any branch, a sibling work tree or an earlier commit knows is never given again,
    nor one of those ``taken``. Raises ChangeError.
    """
    if all(p.profile.made("milestone") is None for p in workspace.projects):
        _made(workspace.main, "milestone")
    parent = document(workspace, plan, "plan")
    project = parent.project
    what = _made(project, "milestone")
    assert what.id is not None
    if parent.located is None or parent.id is None:
        raise ChangeError(f"the plan {plan} is not where its profile wants it", "run `milestones check`")
    if parent.filed or (parent.status is not None and parent.status.closed):
        raise ChangeError(f"the plan {parent.id} is finished", "reopen it first, or start a new plan")
    place = next((p for p in what.places if p.parent == parent.located.place.name and not p.finished), None)
    if place is None:
        raise ChangeError(f"the plan {parent.id} lies where no work begins")
    fields = {f"plan.{name}": value for name, value in parent.located.fields.items()} | {"plan": str(parent.id)}
    held = ledger.of_plan(project, parent.located.plan_directory) if ledger.kind(project) is what else None
    if held is not None and (held.conflict or held.unread):
        at = held.conflict or held.unread[0]
        raise ChangeError(f"{held.path}:{at}: the ledger can't be read", "run `milestones check`")
    known = {*taken, *(held.numbers if held is not None else ())}
    fields["number"] = _next_number(project, what, {**fields, "number": ""}, known)
    fields["slug"] = _slug(project, title, slug)
    values = {
        "id": what.id.build(fields),
        "title": title,
        "domain": domain or parent.written("domain") or "cross-cutting",
        "owner": owner or parent.written("owner") or _owner(project),
        "today": project.today,
        **fields,
    }
    extra: dict[str, str | Sequence[str]] = {}
    if depends_on:
        extra["depends_on"] = [str(document(project, id_, "milestone").id) for id_ in depends_on]
    if start:
        extra["start"] = start
    if due:
        extra["due"] = due
    planned = _created(project, what, place, fields, values, extra)
    if held is not None:
        line = ledger.Line(int(fields["number"]), ledger.name_of(planned.id, what), fields["slug"], 0)
        with open(os.path.join(project.directory, held.path), "rb") as file:
            planned.transaction.write(held.path, ledger.appended(file.read(), (line,)))
    return planned


def _created(
    project: Project,
    kind: Kind,
    place: Place,
    fields: Mapping[str, str],
    values: Mapping[str, str],
    extra: Mapping[str, str | Sequence[str]] | None = None,
) -> Planned:
    path = place.template.build(fields)
    if kind.model == "plan" and (taken := project.plans_in(path.rpartition("/")[0])):
        raise ChangeError(
            f"{path.rpartition('/')[0]}/ holds the plan {taken[0].id} already",
            "give another --slug: a plan has a folder",
        )
    data = _fill(project.profile.template_text(kind), values).encode("utf-8")
    for key, value in (extra or {}).items():
        data = _edited(data, key, value)
    _refuse_invalid(kind, data, ())
    _refuse_dates(data, extra or {})
    transaction = Transaction(project.directory)
    transaction.create(path, data)
    update_registry(project, transaction, kind, values["id"], data, path, added=True)
    return Planned(values["id"], path, transaction)


def _fill(template: str, values: Mapping[str, str]) -> str:
    def value(found: re.Match[str]) -> str:
        text = values[found[1]]
        if "\n" in text or CONTROL.search(text):
            raise ChangeError(f"the {found[1]} is not one line of text", "leave out line breaks and control characters")
        if found[2] == "int":
            return str(int(text))
        return quoted(text) if found[2] == "quoted" else text

    return re.sub(r"\{\{([a-z]+)(?::([a-z]+))?\}\}", value, template)


#: Longer numbers are a finding, and nothing to count on from.
_MOST_DIGITS = 9


def _next_number(project: Project, kind: Kind, fields: Mapping[str, str], more: Iterable[int] = ()) -> str:
    rule = project.profile.fields[kind.sequence]
    assert kind.scope is not None
    assert kind.id is not None
    scope = kind.scope.build(fields)
    taken = [
        int(parts["number"])
        for entry in project.of_model(kind.model)
        for id_ in {entry.id_in_path, entry.id} - {None}
        if (parts := kind.id.read(str(id_)))
        and kind.scope.build(parts) == scope
        and parts["number"].isdecimal()
        and len(parts["number"]) <= _MOST_DIGITS
    ]
    taken += [*more, *elsewhere.issued(project, kind, fields)]
    number = max(taken, default=rule.first - 1) + 1
    if rule.last and number > rule.last:
        raise ChangeError(f"all numbers up to {rule.last} are taken in {scope}", "start a new plan")
    return str(number).zfill(rule.width)


def _slug(project: Project, title: str, slug: str) -> str:
    rule = project.profile.fields["slug"]
    if not title.strip():
        raise ChangeError("the title is empty", 'give it in quotes: "Prototype streaming"')
    if slug and not re.fullmatch(rule.pattern, slug):
        suggestion = slugify(slug, longest=rule.longest or 60)
        raise ChangeError(f"{slug!r} is no slug", f"write for example --slug {suggestion or 'prototype-streaming'}")
    if rule.longest and len(slug) > rule.longest:
        raise ChangeError(f"a slug of {len(slug)} characters", f"keep it to {rule.longest}")
    made = slug or slugify(title, rule.separator, min(rule.longest or 60, 60))
    if not made:
        raise ChangeError(f"no slug can be made of {title!r}", "give one with --slug, in ASCII letters and digits")
    return made


def _owner(project: Project) -> str:
    """A handle for whoever runs the command: their git name, else a placeholder that the schema accepts."""
    with contextlib.suppress(git.GitError):
        name = slugify(git.run(project.directory, "config", "user.name").decode("utf-8", "replace"))
        if name:
            return f"@{name}"
    return "@team"


def set_values(workspace: Workspace, id_: str, values: Mapping[str, str], *, note: str = "") -> Planned:
    """Set keys of a document: one line changes for each, ``updated`` becomes today, a note goes to the Changelog.

    Raises ChangeError for a value that the schema refuses, and for what only a move or a new document can change.
    """
    entry = document(workspace, id_)
    project = entry.project
    schema = schemas.load(entry.kind.schema) if entry.kind.schema else {}
    data = _bytes(project, entry)
    if "depends_on" in values:
        wanted = [item for item in re.split(r"[,\s]+", values["depends_on"].strip("[] ")) if item]
        values = {**values, "depends_on": ", ".join(_full_id(project, entry, item) for item in wanted)}
    for key, value in values.items():
        if key in {"id", *entry.kind.agree}:
            raise ChangeError(f"`{key}` is who the document is; it never changes")
        data = _edited(data, key, _as_schema(schema, key, value))
    if "depends_on" in values:
        _refuse_dependencies(project, entry, [t for t in re.split(r"[,\s]+", values["depends_on"]) if t])
    if "updated" not in values:
        data = _edited(data, "updated", project.today)
    if note:
        data = _with_change(data, f"{project.today} — {note}")
    _refuse_invalid(entry.kind, data, entry.values)
    _refuse_dates(data, values)
    transaction = Transaction(project.directory)
    transaction.write(entry.path, data)
    update_registry(project, transaction, entry.kind, str(entry.id), data, entry.path)
    notes = []
    status = values.get("status", "")
    meaning = entry.kind.statuses.get(status)
    closes = meaning is not None and meaning.closed and not entry.filed
    if closes and entry.located is not None and archive_place(entry.kind, entry.located.place):
        command = "plan complete" if entry.kind.model == "plan" else "archive"
        notes.append(f"file it with `milestones {command} {entry.id}`")
    return Planned(str(entry.id), entry.path, transaction, tuple(notes))


def _full_id(project: Project, entry: Entry, id_: str) -> str:
    """An id as it stands in front matter, for one that may be short: ``MS001`` where one plan has it."""
    return str(document(project, id_, entry.kind.model).id)


def _edited(data: bytes, key: str, value: str | Sequence[str]) -> bytes:
    try:
        return editor.set_value(data, key, value)
    except editor.EditError as error:
        raise ChangeError(f"`{key}` can't be set: {error}") from None


def _with_change(data: bytes, entry: str) -> bytes:
    try:
        return editor.add_change(data, entry)
    except editor.EditError as error:
        raise ChangeError(f"the Changelog can't be added to: {error}") from None


def _bytes(project: Project, entry: Entry) -> bytes:
    found = reader.read(project.directory, entry.path)
    if found.fields is None:
        fault = found.findings[0]
        raise ChangeError(f"{entry.path}:{fault.line}: {fault.message}", fault.help)
    with open(os.path.join(project.directory, entry.path), "rb") as file:
        return file.read()


def _as_schema(schema: Mapping[str, object], key: str, value: str) -> str | list[str]:
    outer, _, inner = key.partition(".")
    properties = schema.get("properties", {})
    assert isinstance(properties, dict)
    if outer not in properties:
        import difflib

        near = difflib.get_close_matches(outer, properties, n=1)
        raise ChangeError(
            f"there is no key `{outer}`",
            f"did you mean `{near[0]}`?" if near else f"the keys are {', '.join(properties)}",
        )
    kind = properties[outer].get("type")
    if kind == "object" and not inner:
        raise ChangeError(f"`{outer}` is a map", f"set one of its keys: `{outer}.docs=PATH`")
    if kind == "array" and not inner:
        return [
            item for item in re.split(r"[,\s]+" if outer == "depends_on" else r"\s*,\s*", value.strip("[] ")) if item
        ]
    return value


def _refuse_invalid(kind: Kind, data: bytes, before: object) -> None:
    """Refuse what the schema says of the new front matter and did not say of the old."""
    fresh = reader.parse("", data)
    if fresh.fields is None:
        fault = fresh.findings[0]
        raise ChangeError(f"the result could not be read: {fault.message}", fault.help)
    schema = schemas.load(kind.schema)
    values = schemas.typed(fresh.fields, schema)
    if schemas.acceptor(kind.schema)(values):
        return
    known = (
        {v[:3] for v in ((x.path, x.keyword, str(x.value)) for x in schemas.explain(before, schema))}
        if before
        else set()
    )
    for violation in schemas.explain(values, schema):
        if (violation.path, violation.keyword, str(violation.value)) not in known:
            from milestones.rules.front_matter import describe

            message, help = describe(kind, fresh.fields, violation)
            raise ChangeError(message, help)


def _refuse_dates(data: bytes, changed: Mapping[str, object]) -> None:
    """Refuse to make a later date come before an earlier one; what was wrong before is for the check to say."""
    fields = reader.parse("", data).fields
    for early, late in (("created", "updated"), ("start", "due")):
        if fields is None or not {early, late} & changed.keys() or early not in fields or late not in fields:
            continue
        first, second = fields[early], fields[late]
        if calendar_date(str(first)) and calendar_date(str(second)) and str(second) < str(first):
            raise ChangeError(f"`{late}` {second} would be before `{early}` {first}")


def _refuse_dependencies(project: Project, entry: Entry, wanted: list[str]) -> None:
    for id_ in wanted:
        if id_ == entry.id:
            raise ChangeError(f"{id_} can't depend on itself")
        target = project.find(id_)
        if target is None or target.kind is not entry.kind:
            raise ChangeError(f"there is no {entry.kind.name} {id_}")
    items = project.milestones if entry.kind.model == "milestone" else project.plans
    changed = [i._replace(depends_on=tuple(wanted)) if i.id == entry.id else i for i in items]
    for cycle in Dependencies(changed).cycles():
        if entry.id in cycle:
            raise ChangeError(f"the dependencies would go round in a circle: {' → '.join([*cycle, cycle[0]])}")


def archive(workspace: Workspace, id_: str, *, day: str = "", complete: bool = False, note: str = "") -> Planned:
    """File a finished milestone where its profile wants it, and mend the links that lead to it or from it.

    ``complete`` calls open work completed on the way. Raises ChangeError for work that is not finished, for a
    profile that has no such place, and for files with uncommitted changes.
    """
    entry = document(workspace, id_, "milestone")
    return _filed(entry.project, entry, day=day, complete=complete, note=note)


def complete_plan(workspace: Workspace, id_: str, *, day: str = "", note: str = "") -> Planned:
    """Call a plan finished and move it, with everything in it, where its profile keeps finished plans.

    Raises ChangeError while a milestone of it is open, and as ``archive`` does.
    """
    entry = document(workspace, id_, "plan")
    project = entry.project
    assert entry.located is not None or entry.id is not None
    if entry.located is None:
        raise ChangeError(f"{entry.path} is not where its profile wants it", "run `milestones check`")
    still_open = [
        m
        for m in project.of_model("milestone")
        if m.plan_id_in_path == entry.id and m.status is not None and not m.status.closed
    ]
    if still_open:
        names = ", ".join(f"{m.id} ({m.written('status')})" for m in still_open[:5])
        raise ChangeError(f"{entry.id} still has open milestones: {names}", "finish or archive them first")
    return _filed(project, entry, day=day, complete=True, note=note)


def _filed(project: Project, entry: Entry, *, day: str, complete: bool, note: str) -> Planned:
    if entry.located is None or entry.id is None:
        raise ChangeError(f"{entry.path} is not where its profile wants it", "run `milestones check`")
    if entry.filed:
        raise ChangeError(f"{entry.id} is filed already, in {os.path.dirname(entry.path)}")
    original = _bytes(project, entry)
    closes = entry.status is None or not entry.status.closed
    if closes and not complete:
        raise ChangeError(
            f"{entry.id} is {entry.written('status') or 'without a status'}",
            f"`milestones archive {entry.id} --complete` calls it {entry.kind.finished}",
        )
    if len(project.plans_in(entry.located.plan_directory)) > 1 and entry.kind.model == "plan":
        raise ChangeError(
            f"{entry.located.plan_directory}/ holds several plans", "give each a folder of its own, then complete it"
        )
    target = archive_place(entry.kind, entry.located.place)
    if target is None and entry.kind.model == "milestone":
        raise ChangeError(f"the profile {project.profile.name} has no place for finished milestones")
    if target is None and not closes and not note:
        raise ChangeError(f"{entry.id} is {entry.written('status')} already")
    if day and not calendar_date(day):
        raise ChangeError(f"{day!r} is not a day", "write it as YYYY-MM-DD")
    created = entry.written("created")
    if created is not None and not calendar_date(str(created)):
        raise ChangeError(f"`created` is not a date: {created}", "mend it first: `milestones check` says how")
    if target is not None and target.day == "created":
        filed_on = day or str(created or project.today)
    else:
        filed_on = day or project.today
    if created is not None and filed_on < created:
        raise ChangeError(f"{filed_on} is before {entry.id} was created on {created}")
    moves: dict[str, str] = {}
    path = entry.path
    if target is not None:
        year, month, date = filed_on.split("-")
        fields = {**entry.located.fields, "year": year, "month": month, "day": date}
        fields.setdefault("plan", str(entry.plan_id_in_path))
        path = target.template.build(fields)
        if entry.kind.model == "plan":
            moves[entry.located.plan_directory] = os.path.dirname(path)
        else:
            moves[entry.path] = path
    # Links first: their places are those of the file as it was read.
    changed = links.mend(project, moves)
    data = changed.get(entry.path, original)
    if closes:
        data = _edited(data, "status", entry.kind.finished)
        data = _edited(data, "updated", project.today)
    if note:
        data = _with_change(data, f"{project.today} — {note}")
    if data != original:
        changed[entry.path] = data
    kept = {project.profile.registry.path} if project.profile.registry is not None else set()
    require_clean(project.directory, sorted({*moves, *changed, *kept}))
    transaction = Transaction(project.directory)
    for source, there in moves.items():
        transaction.move(source, there)
    for old, content in changed.items():
        transaction.write(links.moved_to(old, moves), content)
    update_registry(project, transaction, entry.kind, entry.id, data, path)
    return Planned(entry.id, path, transaction)


def update_registry(
    project: Project, transaction: Transaction, kind: Kind, id_: str, data: bytes, path: str, *, added: bool = False
) -> None:
    """Keep the registry file true, where the convention has one: change the document's entry, or add one.

    Builds on what the transaction writes to it already, so that several documents can change together.
    """
    import json

    from milestones.rules import registry

    what = project.profile.registry
    if what is None or kind.name != what.kind:
        return
    planned = transaction.writes.get(what.path)
    text = registry.read(project) if planned is None else planned.decode("utf-8")
    if text is None:
        return
    listed = registry.parse(text, what.list)
    fields = reader.parse("", data).fields
    if listed is None or fields is None:
        return
    whole = json.loads(text)
    item = next((i for i in whole[what.list] if isinstance(i, dict) and i.get("id") == id_), None)
    values = schemas.typed(fields, schemas.load(kind.schema))
    if item is not None:
        item.update({key: values[key] for key in what.keys if key in item and key in values})
        item["path"] = path
    elif added:
        item = {**values, "path": path}
        whole[what.list].append(item)
    else:
        return
    ordered = all(list(i) == sorted(i) for i in listed)
    indent = re.search(r"\n([ \t]+)\S", text)
    fresh = json.dumps(
        whole, indent=indent[1] if indent else None, ensure_ascii=not any(ord(c) > 127 for c in text), sort_keys=ordered
    )
    if fresh.strip() != text.strip():
        transaction.write(what.path, (fresh + ("\n" if text.endswith("\n") else "")).encode("utf-8"))


__all__ = [
    "Planned",
    "archive",
    "complete_plan",
    "document",
    "lock",
    "new_milestone",
    "new_plan",
    "set_values",
    "update_registry",
]
