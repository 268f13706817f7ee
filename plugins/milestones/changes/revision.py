"""Changes of plans and milestones that are there: their keys and dependencies set, finished work filed."""

from __future__ import annotations

import os
import re
from typing import TYPE_CHECKING

from milestones import schemas
from milestones.changes import links, registry
from milestones.changes.planned import (
    Planned,
    document,
    edited,
    refuse_dates,
    refuse_invalid,
    require_present,
    with_change,
)
from milestones.changes.transaction import ChangeError, Transaction, require_clean
from milestones.documents import reader
from milestones.documents.days import calendar_date
from milestones.graph.dependencies import Dependencies
from milestones.rules.archive import archive_place

if TYPE_CHECKING:
    from collections.abc import Mapping

    from milestones.project.entry import Entry
    from milestones.project.project import Project
    from milestones.project.workspace import Workspace


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
        data = edited(data, key, _as_schema(schema, key, value))
    if "depends_on" in values:
        _refuse_dependencies(project, entry, [t for t in re.split(r"[,\s]+", values["depends_on"]) if t])
    if "updated" not in values:
        data = edited(data, "updated", project.today)
    if note:
        data = with_change(data, f"{project.today} — {note}")
    refuse_invalid(entry.kind, data, entry.values)
    refuse_dates(data, values)
    transaction = Transaction(project.directory)
    transaction.write(entry.path, data)
    registry.update(project, transaction, entry.kind, str(entry.id), data, entry.path)
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
        data = edited(data, "status", entry.kind.finished)
        data = edited(data, "updated", project.today)
    if note:
        data = with_change(data, f"{project.today} — {note}")
    if data != original:
        changed[entry.path] = data
    kept = {project.profile.registry.path} if project.profile.registry is not None else set()
    inside = tuple(f"{source}/" for source in moves)
    require_present(project, [*changed, *(n for n in project.names if n in moves or n.startswith(inside))])
    require_clean(project.directory, sorted({*moves, *changed, *kept}))
    transaction = Transaction(project.directory)
    for source, there in moves.items():
        transaction.move(source, there)
    for old, content in changed.items():
        transaction.write(links.moved_to(old, moves), content)
    registry.update(project, transaction, entry.kind, entry.id, data, path)
    return Planned(entry.id, path, transaction)


def _bytes(project: Project, entry: Entry) -> bytes:
    require_present(project, [entry.path])
    held = project.held.get(entry.path)
    found = reader.read(project.directory, entry.path) if held is None else reader.held(entry.path, held)
    if found.fields is None:
        fault = found.findings[0]
        raise ChangeError(f"{entry.path}:{fault.line}: {fault.message}", fault.help)
    if held is not None:
        return held
    with open(os.path.join(project.directory, entry.path), "rb") as file:
        return file.read()
