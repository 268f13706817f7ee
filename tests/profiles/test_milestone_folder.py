"""Milestone folders: what each document says in its usual spellings, and each fault that a folder can have."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from milestones.model import Status
from milestones.project.workspace import open_workspace
from milestones.rules import check

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

pytestmark = pytest.mark.usefixtures("today")
BASE = "conventions/milestone-folder"
HOME = "docs/03-build-notes/milestones"
M5 = f"{HOME}/m5"
PLAN = f"{M5}/IMPLEMENTATION_PLAN.md"
LIMIT = f"{M5}/02-rate-limiting.md"


def said(root: Path) -> list[str]:
    findings = check(open_workspace(root)).findings
    return [f"{f.path.removeprefix(HOME + '/')}:{f.line} {f.code} {f.message}" for f in findings]


def replace(file: Path, old: str, new: str) -> None:
    text = file.read_text(encoding="utf-8")
    assert text.count(old) == 1, old
    file.write_text(text.replace(old, new), encoding="utf-8")


def test_the_example_is_clean_and_read(repository: Callable[..., Path]) -> None:
    project = open_workspace(repository(BASE)).main
    result = check(project)
    assert project.profile.name == "milestone-folder"
    assert result.findings == ()
    assert result.statistics == (13, 13, 0)
    assert [(p.id, p.title, p.status, p.depends_on) for p in project.plans] == [
        ("m4", "Tide Tables", Status.COMPLETED, ()),
        ("m5", "Buoy Ingest", Status.IN_PROGRESS, ("m4",)),
        ("m6", "Storm Warnings", Status.PLANNED, ("m4", "m5")),
    ]
    plan = project.plans[1]
    assert plan.objective == "Buoys report by mail once an hour. The forecast needs their readings within seconds."
    assert (plan.owner, plan.tags) == ("@ines", ("buoys", "ingest"))
    assert [part.label for part in plan.parts] == ["Epic", "Specification", "Implementation plan"]
    assert dict(plan.details)["branch"] == "milestone/m5-buoy-ingest"
    assert [(m.id, m.title, m.status, m.depends_on, m.tally) for m in project.milestones] == [
        ("m4/01", "Add harmonic constants", Status.COMPLETED, (), (1, 1)),
        ("m5/01", "Add ingest endpoint", Status.COMPLETED, (), (2, 2)),
        ("m5/02", "Add rate limiting", Status.PLANNED, ("m5/01",), (1, 2)),
        ("m5/03", "Add the queue", Status.PLANNED, ("m5/01",), (0, 1)),
        ("m5/04", "Add the storage worker", Status.BLOCKED, ("m5/02", "m5/03"), (0, 1)),
    ]
    assert [dict(m.details).get("github_issue") for m in project.milestones] == ["#250", "301", "#302", "#303", "#304"]


@pytest.mark.parametrize(
    ("place", "id_"),
    [
        ("docs/03-build-notes/milestones/m7", "m7"),
        ("docs/milestones/M7", "m7"),
        ("docs/milestones/7", "m7"),
        ("docs/milestones/m7-storm-warnings", "m7"),
        ("docs/milestones/m7.1", "m7.1"),
        ("docs/a/b/milestones/completed/m7", "m7"),
        ("docs/m7", "m7"),
    ],
)
def test_folders(repository: Callable[..., Path], place: str, id_: str) -> None:
    root = repository(BASE)
    (root / place).parent.mkdir(parents=True, exist_ok=True)
    (root / M5).rename(root / place)
    (root / "docs/01-roadmap/roadmap.md").unlink()
    project = open_workspace(root).main
    assert check(project).findings == ()
    assert {m.id for m in project.milestones if m.plan_id != "m4"} == {f"{id_}/0{n}" for n in (1, 2, 3, 4)}


def test_m5_and_its_part_are_two(repository: Callable[..., Path]) -> None:
    root = repository(BASE)
    (root / f"{HOME}/M4").rename(root / f"{HOME}/m5.1")
    assert [p.id for p in open_workspace(root).main.plans] == ["m4", "m5", "m5.1", "m6"]


def test_a_root_of_its_own(repository: Callable[..., Path]) -> None:
    root = repository(BASE)
    (root / "milestones.toml").write_text(f'profile = "milestone-folder"\nroot = "{HOME}"\n', encoding="utf-8")
    assert len(open_workspace(root).main.milestones) == 5


@pytest.mark.parametrize("name", ["00-EPIC.md", "epic.md", "00_epic.md"])
def test_names_of_the_epic(repository: Callable[..., Path], name: str) -> None:
    root = repository(BASE)
    (root / f"{M5}/00-epic.md").rename(root / f"{M5}/{name}")
    assert said(root) == []


PHASES = [
    "- [x] 01-ingest-endpoint.md\n- [ ] 02-rate-limiting.md",
    "- [x] `01-ingest-endpoint.md` - the endpoint\n- [ ] `02-rate-limiting.md` - the limits",
    "- [x] **#01** Add ingest endpoint (#301)\n- [ ] **#02** Add rate limiting (#302) (depends on: 01)",
    "1. Issue 01: Add ingest endpoint\n2. Issue 02: Add rate limiting — depends on 01",
    "- [01](01-ingest-endpoint.md): Add ingest endpoint\n- [02](02-rate-limiting.md): Add rate limiting",
    "- 01 - Add ingest endpoint\n  - Depends on: none\n- 02 - Add rate limiting\n  - Depends on: 01",
    "- 01\n- 02\n  - Depends on:\n    - 01",
    "### 01 - Add ingest endpoint\n\nGo.\n\n### 02 - Add rate limiting\n\n**Depends on:** 01",
    "### Issue #01: Add ingest endpoint\n\n### Issue #02: Add rate limiting",
    "**Issues:** 01, 02",
    "- **Issues**: #01 and #02",
    "| # | Issue | GitHub | Depends on |\n|---|---|---|---|\n| 01 | Add ingest endpoint | #301 | - |\n"
    "| 02 | Add rate limiting | #302 | 01 |",
    "| Spec | Status |\n|---|---|\n| [01-ingest-endpoint](01-ingest-endpoint.md) | Done |\n"
    "| [02-rate-limiting](02-rate-limiting.md) | Todo |",
]


@pytest.mark.parametrize("phase", PHASES)
def test_phases(repository: Callable[..., Path], phase: str) -> None:
    root = repository(BASE)
    (root / PLAN).write_text(
        f"# M5 Implementation Plan\n\n## Phase 1: Endpoint\n\nIt takes 10-15 days, and 24-hour tests.\n\n{phase}\n\n"
        "- 24-hour soak test\n- 2 days of work\n- 10 people\n\n"
        "## Phase 2 - Storage\n\n- [ ] 03-reading-queue.md\n- [ ] 04-storage-worker.md\n",
        encoding="utf-8",
    )
    assert said(root) == []
    milestones = {m.name: m for m in open_workspace(root).main.milestones if m.plan_id == "m5"}
    assert milestones["02"].depends_on == ("m5/01",)
    assert len(milestones) == 4


@pytest.mark.parametrize(
    "section",
    [
        "- 01-ingest-endpoint.md",
        "- [01 - Add ingest endpoint](01-ingest-endpoint.md)",
        "- Issue 01: the endpoint",
        "- **Depends on:** #01\n- **Blocks:** #03, #04",
        "**Depends on:** 01\n\n**Blocks:** 03",
        "- Depends on: #301\n- Blocks: 04, 03",
        "### Depends on\n\n- m5/01\n\n### Blocks\n\n- 03",
        "01",
        "- M4\n- 01",
    ],
)
def test_a_section_of_dependencies(repository: Callable[..., Path], section: str) -> None:
    root = repository(BASE)
    replace(root / LIMIT, "**Depends on:** 01\n", "")
    replace(root / LIMIT, "## Acceptance", f"## Dependencies\n\n{section}\n\n## Acceptance")
    assert said(root) == []
    waiting = next(m for m in open_workspace(root).main.milestones if m.id == "m5/02")
    assert "m5/01" in waiting.depends_on
    assert "m5/03" not in waiting.depends_on


def test_one_table_for_all_phases(repository: Callable[..., Path]) -> None:
    root = repository(BASE)
    (root / PLAN).write_text(
        "# M5 Implementation Plan\n\n## Phases\n\n| Phase | Issues | Goal |\n|---|---|---|\n"
        "| 1 - Endpoint | 01, 02 | Take |\n| 2 - Storage | 03 | Store |\n",
        encoding="utf-8",
    )
    assert said(root) == [f"m5/04-storage-worker.md:1 LS002 m5/04 is not in the list of `{PLAN}`"]


def test_a_plan_without_phases_leaves_nothing_out(repository: Callable[..., Path]) -> None:
    root = repository(BASE)
    (root / PLAN).write_text("# M5 Implementation Plan\n\nTo be written.\n", encoding="utf-8")
    assert said(root) == []


FAULTS = {
    "a phase before its dependency": (
        LIMIT,
        "**Depends on:** 01",
        "**Depends on:** 03",
        ["m5/02-rate-limiting.md:4 LS006 m5/02 of phase 1 depends on m5/03 of phase 2"],
    ),
    "an unknown spec": (
        LIMIT,
        "**Depends on:** 01",
        "**Depends on:** 01, 09",
        ["m5/02-rate-limiting.md:4 RF001 m5/02 depends on 09, which is not there"],
    ),
    "an unknown milestone": (
        "docs/01-roadmap/roadmap.md",
        "**Dependencies:** M4, M5",
        "**Dependencies:** M4, M9",
        ["docs/01-roadmap/roadmap.md:21 RF001 m6 depends on M9, which is not there"],
    ),
    "no criteria": (
        LIMIT,
        "## Acceptance Criteria",
        "## Notes",
        ["m5/02-rate-limiting.md:1 CT003 the section `Acceptance Criteria` is missing"],
    ),
    "no metrics": (
        f"{M5}/00-epic.md",
        "## Success Metrics",
        "## Numbers",
        ["m5/00-epic.md:1 CT003 the section `Success Metrics` is missing"],
    ),
    "done with open criteria": (
        f"{M5}/01-ingest-endpoint.md",
        "- [x] Refuses",
        "- [ ] Refuses",
        ["m5/01-ingest-endpoint.md:15 CT005 completed, but this is open: `Refuses anything but JSON`"],
    ),
    "a dead link": (
        PLAN,
        "(01-ingest-endpoint.md)",
        "(01-endpoint.md)",
        ["m5/IMPLEMENTATION_PLAN.md:8 RF004 the link `01-endpoint.md` leads nowhere"],
    ),
    "a disagreement": (
        PLAN,
        "| 03 | Add the queue | #303 |",
        "| 03 | Add the queue | #330 |",
        [
            "m5/IMPLEMENTATION_PLAN.md:15 LS004 the github issue of m5/03 is `#330` here, "
            f"but `#303` in `{M5}/03-reading-queue.md`"
        ],
    ),
    "a spec in two phases": (
        PLAN,
        "| 04 | Add the storage worker | #304 | 02, 03 |",
        "| 04 | Add the storage worker | #304 | 02, 03 |\n| 02 | Add rate limiting | #302 | 01 |",
        ["m5/IMPLEMENTATION_PLAN.md:17 LS003 m5/02 is listed twice"],
    ),
}


@pytest.mark.parametrize("name", FAULTS)
def test_faults(repository: Callable[..., Path], name: str) -> None:
    path, old, new, lines = FAULTS[name]
    root = repository(BASE)
    replace(root / path, old, new)
    assert said(root) == lines


def test_a_gap_and_what_it_leaves_behind(repository: Callable[..., Path]) -> None:
    root = repository(BASE)
    (root / LIMIT).unlink()
    assert said(root) == [
        "m5/03-reading-queue.md:1 SQ002 m5/02 is missing before it",
        "m5/IMPLEMENTATION_PLAN.md:9 LS001 m5/02 is listed here, but there is no such issue spec",
    ]


def test_a_number_taken_twice(repository: Callable[..., Path]) -> None:
    root = repository(BASE)
    text = (root / LIMIT).read_text(encoding="utf-8")
    (root / f"{M5}/02-throttling.md").write_text(text, encoding="utf-8")
    assert [line for line in said(root) if "SQ001" in line] == ["m5/02-throttling.md:1 SQ001 the id m5/02 is taken"]


def test_specs_alone_miss_the_rest_once(repository: Callable[..., Path]) -> None:
    root = repository(BASE)
    for name in ("00-epic", "00-SPECIFICATION", "IMPLEMENTATION_PLAN"):
        (root / f"{M5}/{name}.md").unlink()
    assert said(root) == [
        "m5/01-ingest-endpoint.md:1 LS005 m5/01 has no epic",
        "m5/01-ingest-endpoint.md:1 LS005 m5/01 has no implementation plan",
        "m5/01-ingest-endpoint.md:1 LS005 m5/01 has no specification",
    ]


def test_an_epic_alone(repository: Callable[..., Path]) -> None:
    root = repository(BASE)
    folder = root / f"{HOME}/m6"
    folder.mkdir()
    epic = "# M6: Storm Warnings\n\n## Success Metrics\n\n- None missed\n"
    (folder / "00-epic.md").write_text(epic, encoding="utf-8")
    assert said(root) == [
        "m6/00-epic.md:1 LS005 m6 has no implementation plan",
        "m6/00-epic.md:1 LS005 m6 has no issue spec",
        "m6/00-epic.md:1 LS005 m6 has no specification",
    ]


#: The plan as the convention's own template has it: every phase a table, and lists of what became of the specs.
TRACKED = """# M5: Buoy Ingest — Implementation Plan

## Overview

**Milestone:** `m5`
**Milestone Branch:** `milestone/m5-buoy-ingest` (base branch for PRs; create from `main` if missing)
**Scope Tags:** buoys, ingest
**Status:** In Progress

## Issue Breakdown by Phase (ordered execution list)

### Phase 1: Endpoint — Issues #01, #02

**Goal:** Take readings.

| Issue # | Issue File | Title | Priority | Dependencies | Feature Branch | Est. Size |
|---------|------------|-------|----------|--------------|----------------|-----------|
| #01 | 01-ingest-endpoint.md | Add ingest endpoint | P0 | None | `feat/m5-01-endpoint` | M |
| #02 | 02-rate-limiting.md | Add rate limiting | P0 | #01 | `feat/m5-02-limits` | S |

### Phase 2: Storage — Issues #03, #04

| Issue # | Issue File | Title | Priority | Dependencies | Feature Branch | Est. Size |
|---------|------------|-------|----------|--------------|----------------|-----------|
| #03 | 03-reading-queue.md | Add the queue | P0 | #01 | `feat/m5-03-queue` | M |
| #04 | 04-storage-worker.md | Add the storage worker | P1 | #02, #03 | `feat/m5-04-worker` | L |

## Tracking (agent-updated)

### Completed Issues

{done}

### Blocked / Needs Review (STOP)

{blocked}

### Skipped Issues (Soft Stops)

* (none)

### Current Phase

* **Phase:** Phase 1: Endpoint
* **Current Issue:** #02
"""


@pytest.mark.parametrize("done", ["* [x] #01 — Add ingest endpoint", "* ✅ Done #01 — Add ingest endpoint (PR #12)"])
def test_what_became_of_the_specs(repository: Callable[..., Path], done: str) -> None:
    root = repository(BASE)
    for number in ("01-ingest-endpoint", "03-reading-queue", "04-storage-worker"):
        file = root / f"{M5}/{number}.md"
        lines = file.read_text(encoding="utf-8").split("\n")
        kept = [line for line in lines if not line.lower().startswith(("status:", "**status"))]
        file.write_text("\n".join(kept), encoding="utf-8")
    text = TRACKED.format(
        done=done + "\n* [ ] #02 — Add rate limiting", blocked="* #03 — Add the queue — STOP: a schema"
    )
    (root / PLAN).write_text(text, encoding="utf-8")
    assert said(root) == []
    project = open_workspace(root).main
    assert [(m.id, m.status) for m in project.milestones if m.plan_id == "m5"] == [
        ("m5/01", Status.COMPLETED),
        ("m5/02", Status.PLANNED),
        ("m5/03", Status.BLOCKED),
        ("m5/04", Status.PLANNED),
    ]


def test_an_inventory_of_all_specs(repository: Callable[..., Path]) -> None:
    root = repository(BASE)
    for number in ("01-ingest-endpoint", "03-reading-queue", "04-storage-worker"):
        file = root / f"{M5}/{number}.md"
        lines = file.read_text(encoding="utf-8").split("\n")
        kept = [line for line in lines if not line.lower().startswith(("status:", "**status"))]
        file.write_text("\n".join(kept), encoding="utf-8")
    names = ("01-ingest-endpoint", "02-rate-limiting", "03-reading-queue", "04-storage-worker")
    marks = ("✅", "⬚", "🔄", "⛔")
    inventory = "".join(
        f"| {n[:2]} | `{n}.md` | Some title | P0 | — | {mark} |\n" for n, mark in zip(names, marks, strict=True)
    )
    phases = "".join(
        f"### Phase {at}: Some\n\n| # | Issue | PR |\n|---|---|---|\n| {one} | A | |\n| {two} | B | |\n\n"
        for at, one, two in ((1, "01", "02"), (2, "03", "04"))
    )
    text = (
        "# M5: Buoy Ingest — Implementation Plan\n\n## Progress Summary\n\n| Phase | Issues | Done | Blocked |\n"
        "|---|---|---|---|\n| Phase 1: Some | 2 | 1 | 0 |\n| Phase 2: Some | 4 | 0 | 0 |\n"
        "| **Total** | **4** | **1** | **0** |\n\n## Issue Inventory\n\n"
        "| # | Issue File | Title | Priority | Dependencies | Status |\n|---|---|---|---|---|---|\n"
        f"{inventory}\n## Execution Phases\n\n{phases}## Open PRs (autopilot)\n\n*None yet*\n"
    )
    (root / PLAN).write_text(text, encoding="utf-8")
    assert said(root) == []
    assert [m.status for m in open_workspace(root).main.milestones if m.plan_id == "m5"] == [
        Status.COMPLETED,
        Status.PLANNED,
        Status.IN_PROGRESS,
        Status.BLOCKED,
    ]


def test_folders_at_the_top_of_the_repository(repository: Callable[..., Path]) -> None:
    root = repository(BASE)
    (root / HOME).rename(root / "milestones")
    assert (root / "docs").is_dir()
    project = open_workspace(root).main
    assert (project.profile.root, len(project.milestones)) == ("milestones", 5)


def test_an_issue_that_has_no_number_yet(repository: Callable[..., Path]) -> None:
    root = repository(BASE)
    fields = "---\ntitle: Add the queue\ngithub_issue:\npriority: P0\ndependencies: ['01-ingest-endpoint.md']\n---\n\n"
    body = "# Add the queue\n\n## Done Definition\n\nReadings wait.\n\n## Acceptance Criteria\n\n- [ ] They wait\n"
    (root / f"{M5}/03-reading-queue.md").write_text(fields + body, encoding="utf-8")
    assert said(root) == []
    queue = next(m for m in open_workspace(root).main.milestones if m.id == "m5/03")
    assert (queue.depends_on, queue.objective) == (("m5/01",), "Readings wait.")
