"""Request plans: what a block says in each of its usual spellings, and each fault that one can have."""

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
BASE = "conventions/request-plan"
PLAN = "automation/plans/request-12-plan.md"


@pytest.fixture
def broken(repository: Callable[..., Path]) -> Callable[..., list[str]]:
    """The findings of the clean plan with some words replaced."""

    def make(*edits: tuple[str, str]) -> list[str]:
        root = repository(BASE)
        text = (root / PLAN).read_text(encoding="utf-8")
        for old, new in edits:
            assert text.count(old) == 1, old
            text = text.replace(old, new)
        (root / PLAN).write_text(text, encoding="utf-8")
        return [f"{f.code} {f.line} {f.message}" for f in check(open_workspace(root)).findings]

    return make


def test_the_example_is_clean_and_read(repository: Callable[..., Path]) -> None:
    project = open_workspace(repository(BASE)).main
    result = check(project)
    assert project.profile.name == "request-plan"
    assert result.findings == ()
    assert result.statistics == (1, 1, 0)
    (plan,) = project.plans
    assert (plan.id, plan.title, plan.status) == ("request-12", "Tags for documents", Status.IN_PROGRESS)
    assert plan.objective == "Readers want to find documents by tags."
    found = {m.name: m for m in project.milestones}
    assert {name: m.title for name, m in found.items()} == {
        "M1": "Create the tag tables",
        "M2": "Add the tag service",
        "M3": "Add the routes",
        "M4": "Test it",
        "M5": "Document it",
    }
    assert [m.status.value for m in found.values()] == ["completed", "in_progress", "planned", "planned", "planned"]
    assert {name: [d.rpartition("/")[2] for d in m.depends_on] for name, m in found.items()} == {
        "M1": [],
        "M2": ["M1"],
        "M3": ["M1", "M2"],
        "M4": ["M1", "M2", "M3"],
        "M5": ["M2", "M3"],
    }
    assert [m.owner for m in found.values()] == [*["endpoint-builder"] * 3, "test-writer", "documentation-agent"]
    assert [m.tags for m in found.values()] == [("database",), ("feature",), ("api",), ("test",), ("docs",)]


def test_a_block_has_its_own_tasks_and_objective(repository: Callable[..., Path]) -> None:
    found = {m.name: m for m in open_workspace(repository(BASE)).main.milestones}
    assert [m.tally for m in found.values()] == [(2, 2), (1, 2), (0, 1), (0, 1), (0, 0)]
    assert found["M1"].objective == "Tables for tags, and for the tags of a document."
    assert found["M3"].objective == "The routes list, add and remove tags."
    assert dict(found["M1"].details)["files"] == ["`features/tags/models.py` (create)", "`core/registry.py` (modify)"]


@pytest.mark.parametrize(
    "heading",
    [
        "# Request 7: Notes",
        "# Request #7 - Notes",
        "# Implementation Plan: Notes",
        "# Implementation Plan: Request #7 - Notes",
        "# Implementation Plan for Request 7: Notes",
        "# Request 7 Implementation Plan: Notes",
        "# Request #7: Implementation Plan\n\n## Request Summary\n\n**Title**: Notes",
        "# Notes",
    ],
)
def test_titles(tmp_path: Path, heading: str) -> None:
    (tmp_path / "request-7-plan.md").write_text(f"{heading}\n", encoding="utf-8")
    project = open_workspace(tmp_path, profile="request-plan").main
    assert [plan.title for plan in project.plans] == ["Notes"]
    assert check(project).findings == ()


SPELLINGS = [
    "## Milestone 1: Store it",
    "### M1 - Store it",
    "#### M1 – Store it",
    "### [M1] Store it",
    "### Milestone M1: Store it",
    "### **M1**: Store it",
    "### ✅ M1: Store it",
    "### M1: Store it ✅",
    "### M1: Store it (completed)",
    "### M1: Store it [DONE]",
    "### m01. Store it",
    "### 1. M1: Store it",
    "### Milestone 1: Store it [M1]",
]


@pytest.mark.parametrize("heading", SPELLINGS)
def test_headings(tmp_path: Path, heading: str) -> None:
    text = f"# Request 7: Notes\n\n{heading}\n\n**Type**: core\n\n**Acceptance Criteria**:\n\n- [x] Stored\n"
    (tmp_path / "request-7-plan.md").write_text(text, encoding="utf-8")
    project = open_workspace(tmp_path).main
    (milestone,) = project.milestones
    assert (milestone.title, milestone.plan_id) == ("Store it", "request-7")
    done = any(word in heading for word in ("✅", "completed", "DONE"))
    assert milestone.status is (Status.COMPLETED if done else Status.PLANNED)
    assert check(project).findings == ()


@pytest.mark.parametrize(
    "block",
    [
        "**Type**: test\n**Agent**: test-writer\n**Dependencies**: M1\n",
        "**Type:** test\n**Agent:** test-writer\n**Dependencies:** M1 (Store it)\n",
        "- **Type**: `test`\n- **Assigned Agent**: `test-writer`\n- **Depends on**: M1\n",
        "* Type: Test\n* Agent: test-writer\n* Dependencies: Milestone 1\n",
        "| Field | Value |\n|---|---|\n| Type | test |\n| Agent | test-writer |\n| Dependencies | M1 |\n",
        "**Type**: test | **Agent**: test-writer | **Dependencies**: M1\n",
        "**Type**: test\n**Agent**: test-writer\n**Dependencies**:\n- M1: it has to be stored\n",
        "#### Type\ntest\n\n#### Agent\ntest-writer\n\n#### Dependencies\n\n- M1\n",
        "**Type**\ntest\n\n**Agent**\ntest-writer\n\n**Dependencies**\n- M1\n",
    ],
)
def test_labels(tmp_path: Path, block: str) -> None:
    text = (
        "# Plan\n\n### M1: Store it\n\n**Type**: core\n\n**Acceptance Criteria**:\n- [ ] Stored\n\n"
        f"### M2: Test it\n\n{block}\n**Acceptance Criteria:**\n- [ ] Green\n"
    )
    (tmp_path / "request-7-plan.md").write_text(text, encoding="utf-8")
    project = open_workspace(tmp_path).main
    found = project.milestones[1]
    assert check(project).findings == ()
    assert (found.owner, [tag.casefold() for tag in found.tags]) == ("test-writer", ["test"])
    assert found.depends_on == ("request-7/M1",)


@pytest.mark.parametrize("word", ["None", "none", "-", "—", "N/A", "None (foundation)", "No dependencies"])
def test_no_dependencies(broken: Callable[..., list[str]], word: str) -> None:
    assert broken(("**Dependencies**: None", f"**Dependencies**: {word}")) == []


def test_a_list_of_the_milestones_is_compared(broken: Callable[..., list[str]]) -> None:
    rows = "".join(f"| M{n} | Something | pending |\n" for n in (3, 4, 5))
    table = f"## Summary\n\n| Milestone | Title | Status |\n|---|---|---|\n| M1 | Tables | completed |\n{rows}"
    more = ("## Risks", f"{table}| M7 | What? | pending |\n\n## Risks")
    assert broken(more) == [
        "LS002 29 request-12/M2 is not in the list above or below it",
        "LS001 79 request-12/M7 is listed here, but there is no such milestone",
    ]


FAULTS = {
    "a type": (
        [("**Type**: database", "**Type**: sql")],
        ["FM004 14 request-12/M1: `type` can't be `sql`"],
    ),
    "a pair": (
        [("Agent: test-writer", "Agent: endpoint-builder")],
        ["FM004 58 request-12/M4: `agent` can't be `endpoint-builder`"],
    ),
    "no type": ([("Type: test\n", "")], ["FM001 55 request-12/M4: the key `type` is missing"]),
    "no criteria": (
        [("**Acceptance Criteria**\n1. CLAUDE.md names the routes\n", "")],
        ["FM001 64 request-12/M5: the key `acceptance_criteria` is missing"],
    ),
    "unknown": (
        [("| Dependencies | M1, M2 |", "| Dependencies | M1, M9 |")],
        ["RF001 47 request-12/M3 depends on M9, which is not there"],
    ),
    "itself": (
        [("| Dependencies | M1, M2 |", "| Dependencies | M1, M3 |")],
        ["RF002 47 request-12/M3 depends on itself"],
    ),
    "a circle": (
        [("**Dependencies**: None", "**Dependencies**: M3"), ("**Status**: completed", "**Status**: pending")],
        [
            "RF003 1 the dependencies go round in a circle: request-12/M1 → request-12/M3 → request-12/M1",
            "RF005 33 this milestone is in progress, but it depends on request-12/M1, which is planned",
        ],
    ),
    "a gap": ([("### Milestone 5", "### Milestone 7")], ["SQ002 64 5 to 6 are missing before request-12/M7"]),
    "twice": (
        [("### Milestone 5", "### Milestone 4")],
        ["SQ001 64 the id request-12/M4 is taken"],
    ),
    "open criteria": (
        [("- [x] Tags are unique", "- [ ] Tags are unique")],
        ["CT005 27 request-12/M1 is completed, but this is open: `Tags are unique`"],
    ),
    "not yet": (
        [("| Status | pending |", "| Status | in_progress |")],
        ["RF005 47 this milestone is in progress, but it depends on request-12/M2, which is in progress"],
    ),
    "too early": (
        [("| Status | pending |", "| Status | completed |"), ("- [ ] `GET", "- [x] `GET")],
        ["RF005 47 this milestone is finished, but it depends on request-12/M2, which is in progress"],
    ),
}


@pytest.mark.parametrize("name", FAULTS)
def test_faults(broken: Callable[..., list[str]], name: str) -> None:
    edits, lines = FAULTS[name]
    assert broken(*edits) == lines


def test_the_template_of_the_convention(tmp_path: Path) -> None:
    text = """# Implementation Plan: Tide alarms

## Overview
Alarms tell the harbour of a spring tide.

## Request Reference
- ID: 4
- Type: feature
- Priority: high

## Affected Components
- [x] core/
- [ ] infrastructure/

## Milestones

### M1: Store the alarms
- **Type**: database
- **Agent**: endpoint-builder
- **Dependencies**: None
- **Files**:
  - features/alarms/models.py
- **Acceptance**: The migration runs

### M2: Send them
- **Type**: api
- **Agent**: endpoint-builder
- **Dependencies**: ["M1"]
- **Files**:
  - features/alarms/routes.py (create)
- **Acceptance**:
  - An alarm reaches the harbour

### M3: Prove it
- **Type**: test
- **Agent**: test-writer
- **Dependencies**: [M1, M2]
- **Files**: `tests/test_alarms.py`
- **Acceptance**: All pass

## Risk Assessment
- Alarms may be late

## Estimated Complexity
Medium
"""
    file = tmp_path / "automation/plans/request-4-plan.md"
    file.parent.mkdir(parents=True)
    file.write_text(text, encoding="utf-8")
    project = open_workspace(tmp_path).main
    result = check(project)
    assert [f"{f.line} {f.code} {f.message}" for f in result.findings] == []
    assert [(p.id, p.title, p.objective) for p in project.plans] == [
        ("request-4", "Tide alarms", "Alarms tell the harbour of a spring tide.")
    ]
    assert [(m.name, m.title, m.depends_on) for m in project.milestones] == [
        ("M1", "Store the alarms", ()),
        ("M2", "Send them", ("request-4/M1",)),
        ("M3", "Prove it", ("request-4/M1", "request-4/M2")),
    ]
