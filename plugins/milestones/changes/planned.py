"""A change planned and not yet made: the caller commits it, or only shows it. What every such change has to hold to."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, NamedTuple

from milestones import schemas
from milestones.changes.transaction import ChangeError, Transaction
from milestones.documents import editor, reader
from milestones.documents.days import calendar_date
from milestones.project import git

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from milestones.profiles.kinds import Kind
    from milestones.project.entry import Entry
    from milestones.project.project import Project
    from milestones.project.workspace import Workspace


class Planned(NamedTuple):
    """A change that can be made: what it is about, where it ends up, and the transaction that makes it."""

    id: str
    path: str
    transaction: Transaction
    notes: tuple[str, ...] = ()


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


def require_present(project: Project, paths: Iterable[str]) -> None:
    """Refuse to change what a sparse checkout leaves out: git would not take the change. Raises ChangeError."""
    if not git.sparse(project.directory):
        return
    registry = project.profile.registry
    paths = [*paths, *([registry.path] if registry is not None else [])]
    gone = [path for path in paths if not os.path.lexists(os.path.join(project.directory, path))]
    if not gone:
        return
    from milestones.project import index

    left = index.LeftOut(project.directory)
    for path in gone:
        if path in left:
            folder = os.path.dirname(path)
            raise ChangeError(
                f"{path} is left out by the sparse checkout", f"`git sparse-checkout add {folder or '.'}`"
            )


def edited(data: bytes, key: str, value: str | Sequence[str]) -> bytes:
    """A document with one key set. Raises ChangeError where that can't be."""
    try:
        return editor.set_value(data, key, value)
    except editor.EditError as error:
        raise ChangeError(f"`{key}` can't be set: {error}") from None


def with_change(data: bytes, entry: str) -> bytes:
    """A document with an entry in its Changelog. Raises ChangeError where that can't be."""
    try:
        return editor.add_change(data, entry)
    except editor.EditError as error:
        raise ChangeError(f"the Changelog can't be added to: {error}") from None


def refuse_invalid(kind: Kind, data: bytes, before: object) -> None:
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


def refuse_dates(data: bytes, changed: Mapping[str, object]) -> None:
    """Refuse to make a later date come before an earlier one; what was wrong before is for the check to say."""
    fields = reader.parse("", data).fields
    for early, late in (("created", "updated"), ("start", "due")):
        if fields is None or not {early, late} & changed.keys() or early not in fields or late not in fields:
            continue
        first, second = fields[early], fields[late]
        if calendar_date(str(first)) and calendar_date(str(second)) and str(second) < str(first):
            raise ChangeError(f"`{late}` {second} would be before `{early}` {first}")
