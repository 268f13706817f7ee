"""ExecPlans of other layouts are reported, not guessed; names are those that the convention's tool gives."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from milestones.project.workspace import open_workspace
from milestones.rules import check

if TYPE_CHECKING:
    from pathlib import Path

PLAN = "# Read the tides\n\n## Purpose\n\nKnow when to sail.\n\n## Progress\n\n- [x] Buy a gauge\n- [ ] Read it\n"
FIELDS = "domain: backend\nowner: '@ana'\ncreated: 2026-01-05\nupdated: 2026-01-06\n"


def write(root: Path, path: str, text: str) -> None:
    (root / path).parent.mkdir(parents=True, exist_ok=True)
    (root / path).write_text(text, encoding="utf-8")


@pytest.mark.parametrize(
    "path",
    [
        ".agent/execplans/2026-01-05-tides.md",
        ".agents/exec-plans/tides.md",
        "docs/exec-plans/active/tides.md",
        "docs/execplans/EP-0001-tides.md",
        "plans/EP-2026-01-05__tides.md",
    ],
)
def test_plans_of_another_layout_are_reported(tmp_path: Path, path: str) -> None:
    write(tmp_path, path, PLAN)
    write(tmp_path, f"{path.rpartition('/')[0]}/README.md", "# Plans\n")
    write(tmp_path, "PLANS.md", "# How to write plans\n")
    result = check(open_workspace(tmp_path).main)
    assert [(f.code, f.path) for f in result.findings] == [("NM002", path)]
    assert result.statistics == (1, 0, 1)


def test_a_repository_that_only_has_instructions_has_no_plans(tmp_path: Path) -> None:
    write(tmp_path, ".agent/PLANS.md", "# How to write plans\n")
    assert check(open_workspace(tmp_path).main).statistics == (0, 0, 0)


def test_the_slug_of_a_title_with_an_underscore(tmp_path: Path) -> None:
    folder = ".agent/exec_plans/active/tides"
    plan = (
        "---\nid: EP-20260105-001\ntitle: Tides\nstatus: active\nkind: feature\n" + FIELDS + "---\n\n# Tides\n"
        "\nKnow when to sail.\n"
    )
    sections = "".join(
        f"## {name}\n\n- Words.\n\n"
        for name in (
            "Objective",
            "Definition of Done",
            "Scope",
            "Workstreams & Tasks",
            "Risks & Mitigations",
            "Validation / QA Plan",
            "Changelog",
        )
    )
    milestone = (
        "---\nid: EP-20260105-001/MS001\nexecplan_id: EP-20260105-001\nms: 1\ntitle: Define read_tides\n"
        f"status: planned\n{FIELDS}---\n\n# Define read_tides\n\n{sections}"
    )
    write(tmp_path, f"{folder}/EP-20260105-001_tides.md", plan)
    write(tmp_path, f"{folder}/milestones/active/MS001_define-read_tides.md", milestone)
    project = open_workspace(tmp_path).main
    assert project.profile.name == "execplan-v2"
    assert [f for f in check(project).findings if f.code.startswith(("NM", "FM", "RD"))] == []
