"""``list``, ``show`` and ``plan list``: what the documents say, as a table or as JSON."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING, Any

from milestones import rules
from milestones.cli import UsageError
from milestones.model import Milestone
from milestones.project.git import REFETCH
from milestones.project.workspace import open_workspace
from milestones.reports import json_text, printable

if TYPE_CHECKING:
    import argparse
    from collections.abc import Sequence

    from milestones.model import Plan
    from milestones.project.portfolio import Portfolio
    from milestones.project.workspace import Workspace

_MARKS = {
    "planned": "○",
    "in_progress": "◐",
    "blocked": "■",
    "on_hold": "‖",
    "completed": "●",
    "cancelled": "×",
}


def open_at(arguments: argparse.Namespace) -> Workspace:
    """The repository that this is in: as it is, or with ``--at`` as a commit has it."""
    workspace = open_workspace(os.getcwd())
    name = getattr(arguments, "at", None)
    if name is None:
        return workspace
    from milestones.history.past import workspace_at

    past = workspace_at(workspace, name, today=arguments.today)
    if workspace.entries and not past.entries:
        known = ", ".join(project.profile.name for project in workspace.projects)
        print(f"note: no document of {printable(name)} fits the convention of today ({known})", file=sys.stderr)
    return past


def load(workspace: Workspace | None = None) -> Portfolio:
    """The repository that this is in; a warning says what could not be read."""
    project = workspace or open_workspace(os.getcwd())
    unread = rules.check(project, None, {code for code in project.config.selected if code.startswith("RD")})
    if lacking := [path for one in project.projects for path in one.lacking]:
        more = f" and {len(lacking) - 1} more" if len(lacking) > 1 else ""
        raise UsageError(
            f"neither this sparse checkout nor this partial clone has the text of {printable(lacking[0])}{more}",
            f"`git sparse-checkout add {project.main.profile.root or '.'}` or `{REFETCH}` fetches them",
        )
    for finding in unread.findings:
        # What could not be read is not in the list; nobody should have to wonder.
        if finding.severity.value == "error" and project.entries[finding.path].document.fields is None:
            where = f"{printable(finding.path)}:{finding.line}"
            print(f"warning: {where}: {printable(finding.message)}; it is not listed", file=sys.stderr)
    return project.portfolio(unread.findings, unread.statistics)


def list_milestones(arguments: argparse.Namespace) -> int:
    """Milestones that pass every filter."""
    portfolio = load(open_at(arguments))
    found = [m for m in portfolio.milestones if _passes(m, arguments)]
    if arguments.json:
        print_json({"version": "1", "milestones": [milestone_data(m, portfolio) for m in found]})
        return 0
    rows = [
        (m.id, _status(m), percent(portfolio.progress(m)), m.owner or "", due_day(m, portfolio), m.title) for m in found
    ]
    _table_of(("ID", "STATUS", "DONE", "OWNER", "DUE", "TITLE"), rows, [m.profile for m in found], portfolio)
    return 0


def _table_of(
    head: tuple[str, ...], rows: Sequence[tuple[str, ...]], profiles: Sequence[str], portfolio: Portfolio
) -> None:
    """A table, with the convention of each row before its title where the repository has several."""
    if len(portfolio.profiles) > 1:
        head = (*head[:-1], "PROFILE", head[-1])
        rows = [(*row[:-1], name, row[-1]) for row, name in zip(rows, profiles, strict=True)]
    table(head, rows)


def _passes(m: Milestone, arguments: argparse.Namespace) -> bool:
    return (
        (not arguments.plan or m.plan_id.casefold() == arguments.plan.casefold())
        and (not arguments.status or m.status.value in arguments.status)
        and (not arguments.owner or (m.owner or "").lstrip("@").casefold() == arguments.owner.lstrip("@").casefold())
        and (not arguments.domain or m.domain == arguments.domain)
        and (not arguments.tag or set(arguments.tag) <= set(m.tags))
        and (not arguments.active_only or not m.status.closed)
    )


def _status(item: Milestone | Plan) -> str:
    return f"{_MARKS[item.status.value]} {item.status_word or item.status.value}"


def due_day(m: Milestone, portfolio: Portfolio) -> str:
    """When a milestone is due, and whether that has passed."""
    return f"{m.due} overdue" if portfolio.overdue(m) else m.due or ""


def list_plans(arguments: argparse.Namespace) -> int:
    """Plans, with how far their milestones are."""
    portfolio = load(open_at(arguments))
    found = [p for p in portfolio.plans if not (arguments.active_only and p.status.closed)]
    if arguments.json:
        print_json({"version": "1", "plans": [plan_data(p, portfolio) for p in found]})
        return 0
    rows = []
    for p in found:
        members = [m for id_ in portfolio.plans_below(p.id) for m in portfolio.by_plan.get(id_, ())]
        done = sum(m.status.value == "completed" for m in members)
        progress = percent(portfolio.plan_progress(p.id))
        rows.append((p.id, _status(p), progress, f"{done}/{len(members)}", p.owner or "", p.title))
    _table_of(("ID", "STATUS", "DONE", "MILESTONES", "OWNER", "TITLE"), rows, [p.profile for p in found], portfolio)
    return 0


def show(arguments: argparse.Namespace) -> int:
    """One document: its keys, its progress, what it waits for and what waits for it."""
    from milestones.changes.planned import document

    workspace = open_at(arguments)
    portfolio = workspace.portfolio((), rules.NOTHING.statistics)
    item = find(portfolio, arguments.id)
    path = item.path if item is not None else document(workspace, arguments.id).path
    result = rules.check(workspace, [path])
    if item is None:
        for finding in result.findings:
            print(
                f"error: {printable(finding.path)}:{finding.line}: {printable(finding.message)}",
                file=sys.stderr,
            )
        return 1
    data = milestone_data(item, portfolio) if isinstance(item, Milestone) else plan_data(item, portfolio)
    if arguments.json:
        print_json({"version": "1", "milestone" if isinstance(item, Milestone) else "plan": data})
        return 0
    print(f"{printable(item.id)}  {printable(item.title)}")
    for key, value in data.items():
        if key in ("id", "title") or value in (None, "", [], {}):
            continue
        if key == "details":
            for name, inner in value.items():
                print(f"  {printable(name.replace('_', ' ')):<13} {_shown(inner)}")
            continue
        print(f"  {key.replace('_', ' '):<13} {_shown(value)}")
    if result.findings:
        print(f"  {'findings':<13} {len(result.findings)}: see `milestones check {printable(path)}`")
    return 0


def find(workspace: Workspace | Portfolio, id_: str) -> Milestone | Plan | None:
    """The plan or milestone with an id, in any case, or with a last part that only one has; None where none does."""
    wanted = id_.strip().casefold()
    items: list[Milestone | Plan] = [*workspace.milestones, *workspace.plans]
    found = [item for item in items if item.id == id_.strip()] or [i for i in items if i.id.casefold() == wanted]
    found = found or [item for item in items if item.id.rpartition("/")[2].casefold() == wanted]
    return found[0] if len(found) == 1 else None


def _shown(value: object) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float):
        return percent(value)
    if isinstance(value, dict):
        return ", ".join(f"{printable(str(k))}: {_inner(v)}" for k, v in value.items())
    if isinstance(value, list):
        return ", ".join(
            printable(f"{v['area']}: {v['written']}")
            if isinstance(v, dict) and v.keys() >= {"area", "written"}
            else _inner(v)
            for v in value
        )
    return printable(str(value))


def _inner(value: object) -> str:
    """A value within another: lists and maps in brackets, so that it can be seen where each ends."""
    if isinstance(value, list):
        return "[" + ", ".join(map(_inner, value)) + "]"
    if isinstance(value, dict):
        return "{" + ", ".join(f"{printable(str(k))}: {_inner(v)}" for k, v in value.items()) + "}"
    return printable(str(value))


def milestone_data(m: Milestone, portfolio: Portfolio) -> dict[str, Any]:
    """A milestone as data, after ``schemas/list.schema.json``."""
    graph = portfolio.graph
    return {
        "id": m.id,
        "plan": m.plan_id,
        "title": m.title,
        "status": m.status.value,
        "status_word": m.status_word,
        "profile": m.profile,
        "parent": m.parent,
        "progress": round(portfolio.progress(m), 4),
        "tasks": {"done": m.tally.done, "total": m.tally.total},
        "domain": m.domain,
        "owner": m.owner,
        "created": m.created,
        "updated": m.updated,
        "start": m.start,
        "due": m.due,
        "completed": m.completed,
        "overdue": portfolio.overdue(m),
        "stale": portfolio.stale(m),
        "risk": m.risk,
        "tags": list(m.tags),
        "components": list(m.components),
        "links": dict(m.links),
        "details": dict(m.details),
        "waits_for": list(m.depends_on),
        "waited_for_by": graph.blocks.get(m.id, []),
        "blocked_by": graph.unmet(m.id) if not m.status.closed else [],
        "health": [{"area": h.area, "health": h.health.value, "written": h.written, "note": h.note} for h in m.health],
        "path": printable(m.path),
    }


def plan_data(p: Plan, portfolio: Portfolio) -> dict[str, Any]:
    """A plan as data, after ``schemas/list.schema.json``."""
    return {
        "id": p.id,
        "title": p.title,
        "status": p.status.value,
        "status_word": p.status_word,
        "profile": p.profile,
        "parent": p.parent,
        "progress": round(portfolio.plan_progress(p.id), 4),
        "kind": p.kind,
        "domain": p.domain,
        "owner": p.owner,
        "created": p.created,
        "updated": p.updated,
        "start": p.start,
        "due": p.due,
        "completed": p.completed,
        "risk": p.risk,
        "breaking": p.breaking,
        "migration": p.migration,
        "tags": list(p.tags),
        "touches": list(p.touches),
        "components": list(p.components),
        "links": dict(p.links),
        "details": dict(p.details),
        "depends_on": list(p.depends_on),
        "supersedes": list(p.supersedes),
        "milestones": [m.id for m in portfolio.by_plan[p.id]],
        "path": printable(p.path),
    }


def print_json(data: object) -> None:
    """Print data so that it can go to a terminal."""
    print(json_text(data), end="")


def table(head: tuple[str, ...], rows: Sequence[tuple[str, ...]]) -> None:
    """Columns as wide as their longest cell; the last one gets what the terminal has left."""
    if not rows:
        print("nothing to list", file=sys.stderr)
        return
    from shutil import get_terminal_size

    cells = [head, *[tuple(printable(cell) for cell in row) for row in rows]]
    widths = [max(len(row[i]) for row in cells) for i in range(len(head) - 1)]
    left = get_terminal_size((200, 24)).columns - sum(widths) - 2 * len(widths)
    for row in cells:
        last = row[-1] if len(row[-1]) <= left or left < 20 else row[-1][: left - 1] + "…"
        print("  ".join([*(cell.ljust(width) for cell, width in zip(row[:-1], widths, strict=True)), last]).rstrip())


def percent(part: float) -> str:
    """A share in whole per cent, rounded down: 100 % is only ever what is wholly done."""
    return f"{int(part * 100)}%"
