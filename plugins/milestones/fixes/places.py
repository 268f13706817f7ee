"""Fixes that move: a file to the path that its convention builds, finished work to where it is filed."""

from __future__ import annotations

import os
import re
from typing import TYPE_CHECKING

from milestones.documents.days import calendar_date
from milestones.fixes import Fix
from milestones.model import Status
from milestones.profiles.paths import slugify
from milestones.rules.archive import archive_place

if TYPE_CHECKING:
    from collections.abc import Mapping

    from milestones.model import Finding
    from milestones.project.entry import Entry
    from milestones.project.project import Project


def fix_for(project: Project, finding: Finding) -> Fix | None:
    """The move that mends a finding, or None: also where something lies at its target."""
    entry = project.entry(finding.path)
    if entry is None or entry.located is None:
        return None
    moves = _filing(project, entry) if finding.code in ("AR001", "AR005") else _renaming(project, entry)
    if moves is None or moves[0] == moves[1] or not _free(project, *moves):
        return None
    return Fix(finding.code, finding.path, f"move to `{moves[1]}`", False, moves=(moves,))


def _free(project: Project, source: str, target: str) -> bool:
    if target.startswith(source + "/") or project.exists(target):
        return False
    return not os.path.lexists(os.path.join(project.directory, target))


def _renaming(project: Project, entry: Entry) -> tuple[str, str] | None:
    """The exact path of what a path means: padded numbers, a slug of allowed letters, the folder of its own plan."""
    assert entry.located is not None
    if not entry.located.dated:
        return None
    located, profile = entry.located, project.profile
    fields = {**located.fields, "plan": (entry.plan_id_in_path or "").upper()}
    number = fields.get(entry.kind.sequence, "")
    rule = profile.fields.get(entry.kind.sequence)
    if rule is not None and rule.width and re.fullmatch("[0-9]+", number):
        fields[entry.kind.sequence] = number.lstrip("0").zfill(rule.width)
    slug = fields.get("slug")
    rule = profile.fields.get("slug")
    if slug is not None and rule is not None:
        fits = profile.strict["slug"].fullmatch(slug) and not (rule.longest and len(slug) > rule.longest)
        fields["slug"] = slug if fits else slugify(slug, rule.separator, rule.longest or 60)
        if not fields["slug"]:
            return None
    path = _built(entry, fields)
    if path is not None and entry.kind.nested and "plan" in located.fields:
        plan = project.find(located.fields["plan"])
        if plan is not None and plan.located is not None and path.startswith(located.plan_directory + "/"):
            path = plan.located.plan_directory + path.removeprefix(located.plan_directory)
    if path is None or (there := profile.locate(path)) is None or there.kind is not entry.kind or not there.exact:
        return None
    return entry.path, path


def _built(entry: Entry, fields: Mapping[str, str]) -> str | None:
    assert entry.located is not None
    try:
        return entry.located.place.template.build(fields)
    except (KeyError, ValueError):
        return None


def _filing(project: Project, entry: Entry) -> tuple[str, str] | None:
    """Where finished work goes, as ``milestones archive`` and ``milestones plan complete`` would file it today."""
    assert entry.located is not None
    located = entry.located
    target = archive_place(entry.kind, located.place)
    created = entry.written("created")
    if target is None or entry.id is None or entry.status is None or not entry.status.closed:
        return None
    if created is not None and not calendar_date(str(created)):
        return None
    day = str(created) if created is not None and target.day == "created" else project.today
    if created is not None and day < str(created):
        return None
    fields = {**located.fields, **dict(zip(("year", "month", "day"), day.split("-"), strict=True))}
    fields.setdefault("plan", str(entry.plan_id_in_path))
    try:
        path = target.template.build(fields)
    except (KeyError, ValueError):
        return None
    if entry.kind.model != "plan":
        return entry.path, path
    inside = [m for m in project.milestones_in(located.plan_directory) if m.status and not m.status.closed]
    if (inside and entry.status is Status.COMPLETED) or len(project.plans_in(located.plan_directory)) > 1:
        return None
    # A plan takes everything in its folder along.
    return located.plan_directory, path.rpartition("/")[0]
