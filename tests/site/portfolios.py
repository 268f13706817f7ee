"""Portfolios made from model objects, for the tests of the pages."""

from __future__ import annotations

from typing import Any

from milestones.documents.reader import Document
from milestones.model import (
    Finding,
    Health,
    HealthArea,
    Milestone,
    Part,
    Plan,
    Position,
    Severity,
    Statistics,
    Status,
    Tally,
)
from milestones.project.portfolio import Portfolio

TODAY = "2026-04-20"

BODY = """# The title again

<!-- For those who edit this file. -->

## Objective

Find what was asked for.

### Why

Because.

## Scope

- [x] done
- [ ] open

| Area | State |
|------|------:|
| a    | b     |
"""


def milestone(number: str, status: Status = Status.PLANNED, plan: str = "EP-1", **fields: Any) -> Milestone:
    values: dict[str, Any] = {
        "id": f"{plan}/MS{number}",
        "plan_id": plan,
        "number": number,
        "title": f"Milestone {number}",
        "status": status,
        "status_word": status.value,
        "filed": status.closed,
        "path": f"plans/{plan}/MS{number}.md",
    }
    return Milestone(**{**values, **fields})


def plan(id_: str = "EP-1", status: Status = Status.IN_PROGRESS, **fields: Any) -> Plan:
    values: dict[str, Any] = {
        "id": id_,
        "title": f"Plan {id_}",
        "status": status,
        "status_word": status.value,
        "filed": False,
        "path": f"plans/{id_}/{id_}.md",
    }
    return Plan(**{**values, **fields})


def portfolio(
    milestones: tuple[Milestone, ...] = (),
    plans: tuple[Plan, ...] = (),
    findings: tuple[Finding, ...] = (),
    body: str = BODY,
    profiles: dict[str, str] | None = None,
    known: tuple[Finding, ...] = (),
) -> Portfolio:
    found = len(milestones) + len(plans)
    written = Document("", body)
    written.body_start = 0
    return Portfolio(
        milestones=tuple(m._replace(parts=m.parts or (Part("", m.path),)) for m in milestones),
        plans=tuple(p._replace(parts=p.parts or (Part("", p.path),)) for p in plans),
        findings=findings,
        statistics=Statistics(found + 1, found, 1),
        today=TODAY,
        stale_after=30,
        document=lambda _path: written,
        profiles=profiles or {},
        known=known,
    )


def nested() -> Portfolio:
    """Two conventions: releases with phases in them, and tasks with subtasks; some are written in no document."""
    details = (
        ("duration", "12min"),
        ("autonomous", True),
        ("key-files", {"created": ["src/a.py", "src/b.py"], "modified": []}),
        ("decisions", [{"id": "D1", "decision": "Keep `x` <b>"}, {"id": "D2", "decision": "Drop it"}]),
        ("provides", [f"thing number {n} of quite some length" for n in range(30)]),
        ("deep", {"a": {"b": {"c": {"d": {"e": {"f": {"g": ["{x}"]}}}}}}}),
        ("source", "https://example.org/a"),
    )
    roadmap = ".planning/ROADMAP.md"
    common: dict[str, Any] = {"profile": "gsd", "plan": "v1.0/05"}
    return portfolio(
        milestones=(
            milestone("1", Status.COMPLETED, id="v1.0/05-01", completed="2026-04-01", details=details, **common),
            milestone("2", Status.IN_PROGRESS, id="v1.0/05-02", path=roadmap, **common),
            milestone("3", id="v1.0/05-03", path=roadmap, parts=(Part("Roadmap", roadmap, 3, 5),), **common),
            milestone("1", Status.IN_PROGRESS, "work", id="task-1", profile="backlog"),
            milestone("1.10", Status.PLANNED, "work", id="task-1.10", parent="task-1", profile="backlog"),
            milestone("1.2", Status.COMPLETED, "work", id="task-1.2", parent="task-1", profile="backlog"),
            milestone("1.2.1", Status.COMPLETED, "work", id="task-1.2.1", parent="task-1.2", profile="backlog"),
            milestone("2", Status.PLANNED, "work", id="task 2 ü", parent="gone", profile="backlog", title="開発計画"),
        ),
        plans=(
            plan("v1.0", profile="gsd", details=(("why", "w" * 200),)),
            plan("v1.0/04", Status.COMPLETED, parent="v1.0", profile="gsd", path=roadmap),
            plan("v1.0/05", parent="v1.0", profile="gsd", path=roadmap, parts=(Part("Roadmap", roadmap, 1, 3),)),
            plan("v1.0/06", Status.PLANNED, parent="v1.0", profile="gsd", path=roadmap),
            plan("v0.9", Status.COMPLETED, profile="gsd", path=roadmap),
            plan("work", profile="backlog", title="المهام"),
        ),
        profiles={"gsd": "GSD", "backlog": "Backlog.md"},
        known=(Finding("MS102", "plans/old.md", "an old <fault>", Position(2, 1, 3), "mend it"),),
    )


def varied() -> Portfolio:
    """Two plans with everything that a page may have to say."""
    health = (
        HealthArea("Tests & QA", Health.GOOD, "✅", "171 pass", 9),
        HealthArea("docs", Health.WARNING, "⚠️", "thin", 10),
    )
    return portfolio(
        milestones=(
            milestone("001", Status.COMPLETED, created="2026-01-05", updated="2026-02-01", health=health),
            milestone(
                "002",
                Status.IN_PROGRESS,
                created="2026-02-01",
                updated="2026-02-10",
                due="2026-03-01",
                owner="@ada",
                domain="search",
                risk="high",
                tags=("api",),
                links=(("issue", "https://example.org/1"), ("plan", "plans/EP-1/EP-1.md"), ("pr", "")),
                depends_on=("EP-1/MS001",),
                health=health[1:],
                tally=Tally(2, 5),
            ),
            milestone("003", Status.BLOCKED, created="2026-02-10", depends_on=("EP-1/MS002", "EP-1/MS099")),
            milestone("001", Status.ON_HOLD, "EP-2", start="2026-03-01", depends_on=("EP-1/MS003",)),
            milestone("002", Status.CANCELLED, "EP-2", status_word="failed", created="2026-03-01"),
            milestone("003", Status.PLANNED, "EP-2", start="2026-05-01", due="2026-06-01"),
        ),
        plans=(
            plan("EP-1", owner="@ada", created="2026-01-05", tags=("q2",)),
            plan("EP-2", Status.PLANNED, depends_on=("EP-1",), breaking=True),
        ),
        findings=(
            Finding("MS203", "plans/x.md", "`due` is no date", Position(4, 6, 16), "write a real date"),
            Finding("MS102", "plans/y y.md", "odd name", None, severity=Severity.WARNING),
        ),
    )


def crowded() -> Portfolio:
    """More than fits on a screen: a plan of 300 milestones that hang together, 60 areas, and many faults."""
    areas = [f"Area {n} of the work" for n in range(60)]
    marks = ((Health.GOOD, "✅"), (Health.PENDING, "⏳"), (Health.WARNING, "⚠️"), (Health.BAD, "❌"))

    def health(n: int) -> tuple[HealthArea, ...]:
        rows = range(60) if n % 50 == 2 else [(n * 7 + step * 5) % 60 for step in range(8)]
        return tuple(
            HealthArea(areas[row], *marks[(n + row) % 4], f"Note {n}-{row}: as far as it goes" if row % 3 else "", row)
            for row in rows
        )

    statuses = (Status.COMPLETED, Status.IN_PROGRESS, Status.PLANNED, Status.BLOCKED, Status.ON_HOLD)
    members = tuple(
        milestone(
            f"{n:03}",
            statuses[min(4, n // 90)] if n % 9 else Status.BLOCKED,
            title=f"Step {n} of the whole work",
            owner=("@ada", "@li", "")[n % 3],
            updated="2026-02-01" if n % 4 else "2026-04-15",
            due=f"2026-{3 + n % 6:02}-15",
            risk="high" if n % 40 == 7 else None,
            depends_on=tuple(f"EP-1/MS{before:03}" for before in (n - 1, n - 7, n - 60) if before >= 0),
            health=health(n),
        )
        for n in range(300)
    )
    faults = tuple(
        Finding(
            ("RF004", "FM001", "CT001")[n % 3],
            f"plans/EP-1/MS{n:03}.md",
            f"`owner` is missing, or so says line {n}",
            Position(n + 2, 1, 6) if n % 4 else None,
            'add `owner: "@mira"`',
            severity=(Severity.ERROR, Severity.WARNING, Severity.INFO)[n % 3],
        )
        for n in range(250)
    )
    return portfolio(members, (plan("EP-1", owner="@ada"),), faults)


def tongues() -> Portfolio:
    """Titles from right to left, in Chinese and Japanese, very long, and without a place to break them."""
    titles = (
        "إعادة بناء خط المعالجة وتوثيق (API) الجديد",
        "全文検索の索引を作り直し、応答時間を半分にする",
        "搜索索引重建与监控",
        "A title that goes on and on, because whoever wrote it wanted to say all there is to say at once, and more",
        "Unbrechbares" + "Wortungetüm" * 10,
        "שיפור זמן התגובה של החיפוש",
    )
    words = titles[4]
    members = tuple(
        milestone(
            f"{n:03}",
            list(Status)[n % 4],
            title=title,
            owner=title[:30],
            domain=title,
            tags=(title[:40], words),
            components=(title, words),
            due="2026-03-01",
            updated="2026-02-01",
            risk="high",
            depends_on=tuple(f"EP-1/MS{before:03}" for before in range(n)),
            links=((title, "https://example.org/" + words),),
            health=(
                HealthArea("التوثيق", Health.GOOD, "✅", title, 9),
                HealthArea("検索品質と性能", Health.WARNING, "⚠️", titles[3], 10),
                HealthArea(words, Health.BAD, "❌", words, 11),
            ),
            tally=Tally(2, 5),
        )
        for n, title in enumerate(titles)
    )
    body = f"""## Current Health Snapshot

| Area | Status | Notes |
|------|:------:|-------|
| التوثيق | ✅ | {titles[0]} |
| {titles[1]} | **⚠️ thin** | {words} |
| Left | n/a | not yet |
| Template | ✅ / ⚠️ / ⏳ | |

## Tasks

See EP-1/MS003 and [the first](MS000.md).

| ID | Task | Status |
|----|------|--------|
| A1 | {titles[2]} | In progress |
| A2 | {words} | ❌ |
| A3 | Last | ✅ |
"""
    return portfolio(
        members,
        (plan("EP-1", title=titles[3], owner=words, touches=(words,)), plan("EP-2", Status.PLANNED, title=titles[0])),
        (Finding("MS203", f"plans/{words}/{titles[1]}.md", titles[0], Position(4, 6, 16), titles[3]),),
        body=body,
    )


HOSTILE = (
    "</title><script>alert(1)</script>\"'><img src=x onerror=alert(2)> {{slot:header}} `*_[x](javascript:1)_*` & ]]>"
)


def hostile() -> Portfolio:
    """A portfolio in which everything that an author can write tries to be markup."""
    x = HOSTILE
    links = (
        ("js", "javascript:alert(1)"),
        ("data", "data:text/html,x"),
        ("a" + x, "//evil.example/" + x),
        (x, x),
    )
    fields: dict[str, Any] = {
        "title": x,
        "status_word": x,
        "domain": x,
        "owner": x,
        "created": x,
        "updated": "2026-02-01",
        "due": "2026-03-01",
        "risk": x,
        "tags": (x,),
        "links": links,
        "components": (x,),
        "completed": x,
        "details": (
            (x, x),
            ("list", [x, {x: [x, {x: x}]}]),
            ("table", [{x: x, "b": 1}] * 20),
            ("map", {x: x, "{0}": x}),
        ),
        "profile": x,
    }
    profiles = {x: x, "other": "Other"}
    odd = "EP-<b>/../" + x
    return portfolio(
        milestones=(
            milestone("1", Status.IN_PROGRESS, "EP-1", health=(HealthArea(x, Health.BAD, x, x, 1),), **fields),
            milestone("2" + x, Status.BLOCKED, "EP-1", depends_on=("EP-1/MS1", x), **fields),
            milestone("3", Status.PLANNED, odd, depends_on=(f"EP-1/MS2{x}",), **{**fields, "profile": "other"}),
        ),
        plans=(plan("EP-1", kind=x, touches=(x,), depends_on=(odd, x), supersedes=(x,), **fields),),
        findings=(Finding(x, x, x, Position(1, 1, 2), x),),
        body=f"# {x}\n\n## Objective\n\n{{{{slot:header}}}}\n\n\\{{\\{{slot:footer}}}}\n\n<!-- never ends\n",
        profiles=profiles,
        known=(Finding(x, x, x, Position(1, 1, 2), x),),
    )
