"""AR: finished work lies where finished work belongs, under a day that exists, and nothing else does."""

from __future__ import annotations

from typing import TYPE_CHECKING

from milestones.documents.days import calendar_date
from milestones.documents.days import day as named_day
from milestones.model import Finding, Related, Status

if TYPE_CHECKING:
    from collections.abc import Iterator

    from milestones.model import Milestone
    from milestones.profiles.kinds import Kind, Place
    from milestones.project.entry import Entry
    from milestones.project.project import Project


def document(project: Project, entry: Entry, wanted: frozenset[str]) -> Iterator[Finding]:
    """Check where finished and unfinished work lies."""
    if entry.located is None:
        return
    yield from _date(entry)
    if wanted.isdisjoint({"AR001", "AR002", "AR003", "AR005", "AR006"}):
        return
    yield from _place(project, entry)
    if not any(kind.nested for kind in project.profile.kinds.values()):
        return
    if entry.kind.model == "plan":
        yield from _open_milestones(project, entry)
    elif entry.status is not None and not entry.status.closed:
        # A commit may touch the open milestone only; the plan is the one at fault all the same.
        for plan in project.plans_in(entry.located.plan_directory):
            yield from _open_milestones(project, plan)


def whole(project: Project, _entries: list[Entry], wanted: frozenset[str]) -> Iterator[Finding]:
    """Check that finished work has no open parts, where the convention finishes parts first."""
    first = {kind.name for kind in project.profile.kinds.values() if kind.parts_first}
    if not first or "AR006" not in wanted:
        return
    assembly = project.assembly
    inside: dict[tuple[str, str], list[Milestone]] = {}
    for m in project.milestones:
        inside.setdefault(("milestone", m.parent) if m.parent else ("plan", m.plan_id), []).append(m)
    for model in ("plan", "milestone"):
        for group in assembly.of_model(model):
            # What no document says of itself is worked out from its parts, or said by a list: another rule's finding.
            said = next((r for r in group.own if r.status is not None), None)
            if said is None or said.status is not Status.COMPLETED or said.kind.name not in first:
                continue
            for part in inside.get((model, group.id), ()):
                if part.status.closed:
                    continue
                label = part.status.label.lower()
                yield Finding(
                    "AR006",
                    said.path,
                    f"{group.id} is finished, but {part.id} is {label}",
                    None,
                    f"finish or cancel {part.id} first, or reopen {group.id}",
                    (Related(part.path, 1, f"{part.id} is {label}"),),
                )


def archive_place(kind: Kind, place: Place) -> Place | None:
    """Where finished work of a place goes: the first finished place of the same plan; None where there is none.

    A kind without any place for finished work never has to move.
    """
    for other in kind.places:
        if other.finished and other.parent == place.parent:
            return other
    return None


def _place(project: Project, entry: Entry) -> Iterator[Finding]:
    assert entry.located is not None
    word = entry.written("status")
    if word is None or entry.status is None:
        return
    place = entry.located.place
    archive = archive_place(entry.kind, place)
    archived = word.casefold() in entry.kind.archived
    if place.any_status or (archive is None and not place.finished):
        return
    if not place.finished and archived:
        yield Finding(
            "AR005",
            entry.path,
            f"status `{word}`, but the file is not in the archive",
            word.position,
            f"run `milestones {_command(entry)} {entry.id}`, or write what it really is",
        )
    elif not place.finished and entry.status.closed:
        yield Finding(
            "AR001",
            entry.path,
            f"the {entry.kind.label.lower()} is {word}, but still lies among the active",
            word.position,
            f"run `milestones {_command(entry)} {entry.id}`",
        )
    elif place.finished and not entry.status.closed:
        yield Finding(
            "AR002",
            entry.path,
            f"the {entry.kind.label.lower()} is {word}, but lies among the finished",
            word.position,
            f"write `status: {entry.kind.finished or 'completed'}`, or move the file back to `{_active(entry)}/`",
        )


def _command(entry: Entry) -> str:
    return "plan complete" if entry.kind.model == "plan" else "archive"


def _active(entry: Entry) -> str:
    place = next(p for p in entry.kind.places if not p.finished)
    return place.template.text.rpartition("/")[0].rpartition("/")[2] if entry.kind.nested else "active"


def _date(entry: Entry) -> Iterator[Finding]:
    assert entry.located is not None
    fields = entry.located.fields
    if not entry.located.place.dated:
        return
    if not entry.located.dated:
        written = fields.get("anything", "").strip("/")
        yield Finding(
            "AR004",
            entry.path,
            f"the archive folder `{written}` is not `YYYY/MM/DD`" if written else "the archive folder names no day",
            None,
            "move the file into folders for year, month and day: `2026/01/17/`",
        )
        return
    written = f"{fields['year']}-{fields['month']}-{fields['day']}"
    # A folder of its own may leave out the padding; a path of three can't, or its folders would not sort.
    day = (named_day(written) or written) if "-{month}-" in entry.located.place.template.text else written
    if not calendar_date(day):
        shown = day.replace("-", "/")
        yield Finding(
            "AR004",
            entry.path,
            f"the calendar has no day `{shown}`",
            None,
            "move it to a real day, `YYYY/MM/DD`",
        )
        return
    created = entry.written("created")
    today = entry.project.today
    if created is not None and calendar_date(str(created)) and day < created:
        yield Finding(
            "AR003",
            entry.path,
            f"filed under {day}, before it was created on {created}",
            created.position,
            "move it to the day it was finished, or correct `created`",
        )
    elif day > today:
        yield Finding("AR003", entry.path, f"filed under {day}, which is in the future", None, f"today is {today}")


def _open_milestones(project: Project, entry: Entry) -> Iterator[Finding]:
    if entry.status is None or not entry.status.closed or entry.status is Status.CANCELLED:
        return
    word = entry.written("status")
    assert entry.located is not None
    for other in project.milestones_in(entry.located.plan_directory):
        if other.status is not None and not other.status.closed:
            status = other.written("status")
            yield Finding(
                "AR006",
                entry.path,
                f"the plan is {word}, but {other.id} is {status}",
                word.position if word is not None else None,
                f"finish or cancel {other.id} first, or reopen the plan",
                (Related(other.path, status.line if status is not None else 1, f"{other.id} is {status}"),),
            )
