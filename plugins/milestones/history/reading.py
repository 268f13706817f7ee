"""How history reads a version of a document: by the convention that its path fits today, with the same readers."""

from __future__ import annotations

import hashlib
from functools import cache
from typing import TYPE_CHECKING

from milestones import __version__
from milestones.documents import reader
from milestones.history.glance import plain_scalars
from milestones.history.observation import Observation, Reading
from milestones.model import Status
from milestones.project import records
from milestones.project.entry import Entry, settled

if TYPE_CHECKING:
    from milestones.profiles.kinds import Located
    from milestones.project.project import Project
    from milestones.project.records import Record
    from milestones.project.workspace import Workspace

#: What is counted behind every document that is a milestone or plan itself: a list that only mentions it.
_MENTIONED = 1000


def reading(workspace: Workspace) -> Reading:
    """The reading of a workspace's documents at any commit.

    A version is read by itself: an id that only other files tell apart goes by what its own path and text say.
    """

    @cache
    def located(path: str) -> tuple[Project, Located] | None:
        for project in workspace.projects:
            found = project.profile.locate(path)
            if found is not None and (found.kind.model != "note" or found.kind.records):
                return project, found
        return None

    def interpret(path: str, data: bytes) -> tuple[Observation, ...]:
        where = located(path)
        if where is None:
            return ()
        project, found = where
        entry = Entry(project, path, found.kind, found)
        entry.__dict__["document"] = settled(reader.parse(path, data), found.kind)
        return tuple(_observed(record) for record in records.of_entry(entry))

    def glance(path: str, data: bytes) -> tuple[Observation, ...] | None:
        where = located(path)
        if where is None:
            return ()
        project, found = where
        if not project.profile.plain or found.kind.id is None:
            return None
        seen = plain_scalars(data, ("id", "status"))
        status = found.kind.statuses.get(seen["status"].casefold()) if seen is not None else None
        parts = found.kind.id.read(seen["id"]) if seen is not None else None
        if seen is None or status is None or parts is None:
            return None
        model = found.kind.model
        plan_id = parts.get("plan", "") if model == "milestone" else ""
        return (Observation(model, seen["id"], plan_id, "", status.value, seen["status"], found.place.finished),)

    roots = {project.profile.root for project in workspace.projects}
    return Reading(
        interpret=interpret,
        relevant=lambda path: located(path) is not None,
        fingerprint=_fingerprint(workspace),
        below=next(iter(roots)) if len(roots) == 1 else "",
        glance=glance,
    )


def _observed(record: Record) -> Observation:
    status = record.status
    tally = record.outline.tally if record.own and record.kind.tasks else None
    progress = 0.0
    if status is Status.COMPLETED:
        progress = 1.0
    elif tally is not None and tally.total:
        progress = min(0.95, tally.done / tally.total)
    return Observation(
        model=record.kind.model,
        id=record.id,
        plan_id=record.plan_id if record.kind.model == "milestone" else "",
        title=record.word("title") or "",
        status=status.value if status is not None else "",
        status_word=record.status_word,
        filed=record.own and record.entry.filed,
        due=record.day("due"),
        start=record.day("start"),
        risk=record.word("risk"),
        owner=record.word("owner"),
        depends_on=record.texts("depends_on"),
        progress=progress,
        rank=record.kind.rank if record.own else _MENTIONED + record.entry.kind.rank,
    )


def _fingerprint(workspace: Workspace) -> str:
    digest = hashlib.sha256(__version__.encode())
    for project in workspace.projects:
        digest.update(repr((project.profile.root, project.profile.data)).encode())
    return digest.hexdigest()[:16]
