"""The whole as JSON, for programs: ``milestones.json``, with a schema in ``schemas``."""

from __future__ import annotations

import json
from collections import Counter
from typing import TYPE_CHECKING, Any

from milestones.model import Severity, Status
from milestones.reports import printable
from milestones.site.parts import by_number
from milestones.site.steps import moment

if TYPE_CHECKING:
    from collections.abc import Iterable

    from milestones.history.forecast import Dates
    from milestones.model import Milestone, Plan
    from milestones.project.portfolio import Portfolio
    from milestones.site.pages import Page
    from milestones.site.past import Past

#: Raised when a reader of older files could misread a newer one.
VERSION = "1"


def milestones_json(portfolio: Portfolio, pages: Iterable[Page], past: Past | None = None) -> str:
    """The portfolio as JSON text. Everything is sorted, so the same input gives the same bytes.

    ``pages`` says which page shows a document; documents without a page have null there. ``past`` is what git
    remembers; without it, there is neither history nor forecast.
    """
    page_of = {(page.kind, page.about): page.uri for page in pages if page.about}
    graph = portfolio.graph
    critical = graph.critical_path()
    on_path = frozenset(critical)
    statuses = Counter(m.status for m in portfolio.milestones)
    severities = Counter(finding.severity for finding in portfolio.findings)
    codes = Counter(finding.code for finding in portfolio.findings)
    whole = {
        "version": VERSION,
        "today": portfolio.today,
        "counts": {
            "plans": len(portfolio.plans),
            "milestones": len(portfolio.milestones),
            "by_status": {status.value: statuses[status] for status in Status},
            "overdue": sum(map(portfolio.overdue, portfolio.milestones)),
            "stale": sum(map(portfolio.stale, portfolio.milestones)),
            "waiting": sum(graph.waiting(m.id) for m in portfolio.milestones),
        },
        "plans": [
            _plan(portfolio, plan, page_of, past)
            for plan in sorted(portfolio.plans, key=lambda plan: (plan.id, plan.path))
        ],
        "milestones": [
            _milestone(portfolio, m, page_of, on_path, past)
            for m in sorted(portfolio.milestones, key=lambda m: (m.id, m.path))
        ],
        "forecast": _forecast(past),
        "notes": [printable(note) for note in past.notes] if past is not None else [],
        "profiles": [{"name": name, "title": title} for name, title in sorted(portfolio.profiles.items())],
        "edges": [{"from": before, "to": after} for before, after in sorted(graph.edges)],
        "critical_path": critical,
        "cycles": [list(cycle) for cycle in graph.cycles()],
        "findings": {
            "documents": portfolio.statistics._asdict(),
            "by_severity": {severity.value: severities[severity] for severity in Severity},
            "known": len(portfolio.known),
            "by_code": dict(sorted(codes.items())),
        },
    }
    return _laid_out(whole)


def _laid_out(whole: dict[str, Any]) -> str:
    """JSON with a line for each item of a list, which diffs well. Python's own indenting takes ten times as long."""
    parts = []
    for key in sorted(whole):
        value = whole[key]
        if isinstance(value, list) and value:
            items = ",\n".join(json.dumps(item, ensure_ascii=False, sort_keys=True) for item in value)
            text = f"[\n{items}\n]"
        else:
            text = json.dumps(value, ensure_ascii=False, sort_keys=True)
        parts.append(f"{json.dumps(key)}: {text}")
    return by_number("{\n" + ",\n".join(parts) + "\n}\n")


def _common(item: Milestone | Plan, kind: str, page_of: dict[Any, str]) -> dict[str, Any]:
    return {
        "id": item.id,
        "title": item.title,
        "status": item.status.value,
        "status_word": item.status_word,
        "filed": item.filed,
        "path": item.path,
        "parts": [part._asdict() for part in item.parts],
        "page": page_of.get((kind, (item.id, item.path))),
        "profile": item.profile,
        "parent": item.parent,
        "domain": item.domain,
        "owner": item.owner,
        "created": item.created,
        "updated": item.updated,
        "start": item.start,
        "due": item.due,
        "completed": item.completed,
        "details": dict(item.details),
        "risk": item.risk,
        "tags": list(item.tags),
        "components": list(item.components),
        "depends_on": list(item.depends_on),
        "links": [{"label": label, "target": target} for label, target in item.links],
        "tasks": item.tally._asdict(),
    }


def _forecast(past: Past | None) -> dict[str, Any] | None:
    if past is None:
        return None
    found = past.forecast
    return {
        "open": found.open,
        "finished": found.finished,
        "days": found.days,
        "reason": found.reason or None,
        "dates": _dates(found.whole),
    }


def _dates(dates: Dates | None) -> dict[str, Any] | None:
    return dates._asdict() if dates is not None else None


def _steps(past: Past | None, m: Milestone) -> list[dict[str, Any]]:
    line = past.line(m) if past is not None else None
    if line is None:
        return []
    return [
        {"status": step.status or None, "at": moment(step.time), "commit": step.commit.id or None}
        for step in line.steps
    ]


def _plan(portfolio: Portfolio, plan: Plan, page_of: dict[Any, str], past: Past | None) -> dict[str, Any]:
    return {
        **_common(plan, "plan", page_of),
        "kind": plan.kind,
        "breaking": plan.breaking,
        "migration": plan.migration,
        "touches": list(plan.touches),
        "supersedes": list(plan.supersedes),
        "progress": round(portfolio.plan_progress(plan.id), 4),
        "forecast": None if past is None or plan.status.closed else _dates(past.plan_dates(plan.id)),
    }


def _milestone(
    portfolio: Portfolio, m: Milestone, page_of: dict[Any, str], critical: frozenset[str], past: Past | None
) -> dict[str, Any]:
    return {
        **_common(m, "milestone", page_of),
        "plan": m.plan_id,
        "number": m.number,
        "progress": round(portfolio.progress(m), 4),
        "overdue": portfolio.overdue(m),
        "stale": portfolio.stale(m),
        "waiting": portfolio.graph.waiting(m.id),
        "critical": m.id in critical,
        "history": _steps(past, m),
        "forecast": None if past is None or m.status.closed else _dates(past.dates(m)),
        "health": [{"area": area.area, "health": area.health.value, "note": area.note} for area in m.health],
    }
