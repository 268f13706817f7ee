"""Backlog.md: what is read, and what each rule finds in a small repository of our own."""

from __future__ import annotations

import shutil
from functools import partial
from typing import TYPE_CHECKING

import pytest

import conventions
from conventions import change
from milestones.model import Status
from milestones.project.workspace import open_workspace
from milestones.rules import check

if TYPE_CHECKING:
    from pathlib import Path

PROFILE = "backlog"
opened = partial(conventions.opened, PROFILE)
faults = partial(conventions.faults, PROFILE)
READ = "backlog/tasks/task-1 - Read-the-gauge.md"
CURVE = "backlog/tasks/task-2 - Draw-the-curve.md"
COLOURS = "backlog/tasks/task-2.1 - Choose-the-colours.md"
FLOOD = "backlog/tasks/task-3 - Warn-of-a-flood.md"


def test_it_has_no_findings(root: Path) -> None:
    result = check(opened(root))
    assert result.findings == ()
    assert result.statistics == (11, 11, 0)


def test_tasks(root: Path) -> None:
    found = {m.id: m for m in opened(root).milestones}
    assert {id_: m.status.value for id_, m in found.items()} == {
        "TASK-1": "completed",
        "TASK-2": "in_progress",
        "task-2.1": "in_progress",
        "TASK-3": "planned",
        "TASK-4": "completed",
        "TASK-5": "planned",
        "DRAFT-1": "planned",
    }
    read, colours, flood = found["TASK-1"], found["task-2.1"], found["TASK-3"]
    assert (read.title, read.owner, read.tags, read.created, read.updated) == (
        "Read the gauge",
        "@ana",
        ("sensor",),
        "2026-01-05",
        "2026-01-20",
    )
    assert read.objective == "Read the water level from the gauge every ten minutes."
    assert dict(read.details) == {"priority": "high"}
    assert (colours.parent, colours.depends_on, colours.owner) == ("TASK-2", ("TASK-1", "TASK-3"), "@ben")
    assert colours.status_word == "Awaiting Tide"
    assert found["TASK-2"].depends_on == ("TASK-1",)
    assert flood.tally == (0, 2)  # the plan of the work is no criterion
    assert found["TASK-4"].filed
    assert found["TASK-5"].filed


def test_plans(root: Path) -> None:
    project = opened(root)
    assert {(p.id, p.title, p.status.value) for p in project.plans} == {
        ("backlog", "tidepool", "in_progress"),
        ("m-0", "Low water", "completed"),
        ("m-1", "First tide", "in_progress"),
        ("Second tide", "Second tide", "planned"),
    }
    assert {m.id: m.plan_id for m in project.milestones} == {
        "TASK-1": "m-1",
        "TASK-2": "m-1",
        "task-2.1": "m-1",  # a subtask is where its task is
        "TASK-3": "Second tide",
        "TASK-4": "backlog",
        "TASK-5": "backlog",
        "DRAFT-1": "backlog",
    }


def test_the_hidden_folder(root: Path) -> None:
    (root / "backlog").rename(root / ".backlog")
    project = opened(root)
    assert project.profile.root == ".backlog"
    assert check(project).findings == ()
    assert len(project.milestones) == 7
    assert len(open_workspace(root, profile="backlog").main.milestones) == 7


def test_another_prefix(root: Path) -> None:
    for path in [*root.rglob("task-*.md")]:
        text = path.read_text(encoding="utf-8")
        path.write_text(text.replace("TASK-", "TIDE-").replace("task-", "tide-"), encoding="utf-8")
        path.rename(path.with_name(path.name.replace("task-", "tide-")))
    project = opened(root)
    assert check(project).findings == ()
    found = {m.id: m for m in project.milestones}
    assert found["tide-2.1"].depends_on == ("TIDE-1", "TIDE-3")
    assert found["tide-2.1"].parent == "TIDE-2"


def test_a_subtask_that_names_no_parent(root: Path) -> None:
    change(root, COLOURS, "parent_task_id: TASK-2\n", "")
    found = {m.id: m for m in opened(root).milestones}
    assert found["task-2.1"].parent == "TASK-2"


def test_parents_that_go_round(root: Path) -> None:
    change(root, CURVE, "milestone: First tide", "parent_task_id: TASK-2.1")
    found = {m.id: m.parent for m in opened(root).milestones}
    assert sorted(filter(None, (found["TASK-2"], found["task-2.1"]))) in (["TASK-2"], ["task-2.1"])


def test_a_thousand_parts_that_lie_in_each_other(root: Path) -> None:
    """Each is looked at a few times, however deep it lies; the plan of the outermost goes down to the innermost."""
    for n in range(100, 1100):
        inside = f"parent_task_id: TASK-{n - 1}" if n > 100 else "milestone: First tide"
        text = f"---\nid: TASK-{n}\ntitle: Part {n}\nstatus: To Do\n{inside}\n---\n\nText.\n"
        (root / f"backlog/tasks/task-{n} - Part-{n}.md").write_text(text, encoding="utf-8")
    project = opened(root)
    assembly = project.assembly
    asked: list[str] = []
    group = assembly.group
    assembly.group = lambda model, id_: asked.append(id_) or group(model, id_)  # type: ignore[method-assign, func-returns-value]
    assembly._place()
    assert len(asked) < 20_000
    plans = {m.id: m.plan_id for m in project.milestones}
    assert plans["TASK-1099"] == plans["TASK-100"] != ""


def test_statuses_without_settings(root: Path) -> None:
    (root / "backlog/config.yml").unlink()
    assert ("FM004", COLOURS, 4) in faults(root)
    project = opened(root)
    assert next(p.title for p in project.plans if p.id == "backlog") == "Backlog"
    assert next(m for m in project.milestones if m.id == "TASK-2").status is Status.IN_PROGRESS


def test_settings_nobody_can_read_say_nothing(root: Path) -> None:
    (root / "backlog/config.yml").write_bytes(b"statuses: [\xff\n")
    assert next(m for m in opened(root).milestones if m.id == "TASK-1").status is Status.COMPLETED


def test_statuses_by_their_place(root: Path) -> None:
    change(root, "backlog/config.yml", '["To Do", "In Progress", "Awaiting Tide", "Done"]', "[Ebb, Slack, Flood]")
    for path, word in ((READ, "Flood"), (CURVE, "slack"), (COLOURS, "Ebb")):
        text = (root / path).read_text(encoding="utf-8").split("\n")
        text[3] = f"status: {word}"
        (root / path).write_text("\n".join(text), encoding="utf-8")
    found = {m.id: m.status.value for m in opened(root).milestones}
    assert (found["TASK-1"], found["TASK-2"], found["task-2.1"]) == ("completed", "in_progress", "planned")


@pytest.mark.parametrize(
    ("path", "old", "new", "expected"),
    [
        (CURVE, "\n  - TASK-1\n", "\n  - TASK-9\n", ("RF001", CURVE, 10)),
        (CURVE, "\n  - TASK-1\n", "\n  - TASK-2\n", ("RF002", CURVE, 10)),
        (READ, "dependencies: []", "dependencies: [task-2.1]", ("RF003", READ, 1)),
        (COLOURS, "parent_task_id: TASK-2", "parent_task_id: TASK-8", ("RF001", COLOURS, 10)),
        (COLOURS, "parent_task_id: TASK-2", "parent_task_id: task-2.1", ("RF002", COLOURS, 10)),
        (COLOURS, "id: task-2.1", "id: task-2.2", ("FM010", COLOURS, 2)),
        (READ, "id: TASK-1", "id: one", ("FM006", READ, 2)),
        (CURVE, "status: In Progress", "status: In Progres", ("FM004", CURVE, 4)),
        (CURVE, "status: In Progress", "status: Closed", ("FM004", CURVE, 4)),
        (CURVE, "status: In Progress\n", "", ("FM001", CURVE, 1)),
        (CURVE, "milestone: First tide", "milestone: m-7", ("FM011", CURVE, 11)),
        (READ, "- [x] #2", "- [ ] #2", ("CT005", READ, 25)),
        (READ, "  - '@ana'", "  - @ana", ("RD008", READ, 6)),
        (READ, "2026-01-05 09:12", "2026-13-05 09:12", ("FM006", READ, 7)),
        (READ, "updated_date: '2026-01-20", "updated_date: '2026-01-02", ("FM007", READ, 8)),
        (
            "backlog/completed/task-4 - Name-the-project.md",
            "status: Done",
            "status: To Do",
            ("AR002", "backlog/completed/task-4 - Name-the-project.md", 4),
        ),
    ],
)
def test_faults(root: Path, path: str, old: str, new: str, expected: tuple[str, str, int]) -> None:
    change(root, path, old, new)
    assert expected in faults(root)


def test_the_nearest_status_is_named(root: Path) -> None:
    change(root, CURVE, "status: In Progress", "status: In Progres")
    (finding,) = check(opened(root)).findings
    assert "write `In Progress`; the words are To Do, In Progress, Awaiting Tide, Done" in finding.help


def test_an_id_is_given_once(root: Path) -> None:
    twin = "backlog/tasks/task-3 - Another.md"
    shutil.copyfile(root / FLOOD, root / twin)
    result = check(opened(root))
    (finding,) = [f for f in result.findings if f.code == "SQ001"]
    assert (finding.path, finding.severity.value, finding.related[0].path) == (FLOOD, "error", twin)
    shutil.move(root / twin, root / "backlog/archive/tasks/task-3 - Another.md")
    (finding,) = [f for f in check(opened(root)).findings if f.code == "SQ001"]
    assert finding.path == "backlog/archive/tasks/task-3 - Another.md"
    assert finding.severity.value == "warning"


def test_what_lies_among_the_tasks_is_one(root: Path) -> None:
    (root / "backlog/tasks/ideas.md").write_text("# Ideas\n", encoding="utf-8")
    assert ("NM002", "backlog/tasks/ideas.md", 1) in faults(root)
    (root / "backlog/tasks/ideas.md").rename(root / "backlog/docs/ideas.md")
    assert faults(root) == []


def test_a_task_without_front_matter_is_read(root: Path) -> None:
    path = "backlog/archive/tasks/task-6 - Old.md"
    (root / path).write_text("# task-6 - An old task\n\n## Description (why)\n\nFrom before.\n", encoding="utf-8")
    assert faults(root) == [("RD005", path, 1)]
    old = next(m for m in opened(root).milestones if m.id == "task-6")
    assert (old.title, old.objective) == ("An old task", "From before.")


def test_a_task_that_cannot_be_read_is_there_all_the_same(root: Path) -> None:
    change(root, READ, "  - '@ana'", "  - @ana")
    result = check(opened(root))
    assert [(f.code, f.path, f.line) for f in result.findings] == [("RD008", READ, 6)]
    assert result.statistics == (11, 10, 1)


def repository(root: Path, files: dict[str, str]) -> Path:
    for path, text in files.items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text(text, encoding="utf-8")
    return root


def task(id_: str, status: str = "To Do", more: str = "") -> str:
    return f"---\nid: {id_}\ntitle: Watch the tide\nstatus: {status}\ncreated_date: '2026-01-05 09:00'\n{more}---\n"


@pytest.mark.parametrize("folder", ["tracker", "docs/product/backlog", ".backlog", "internal/todo"])
def test_the_settings_say_where_the_tasks_lie(tmp_path: Path, folder: str) -> None:
    settings = f'project_name: "tidepool"\nbacklog_directory: "{folder}"\ntask_prefix: "TP"\nzero_padded_ids: 3\n'
    project = opened(
        repository(
            tmp_path,
            {
                "backlog.config.yml": settings
                + 'statuses: ["Triage", "In Progress", "Parked", "Won\'t Fix", "Done"]\n',
                f"{folder}/tasks/tp-001 - Watch.md": task("TP-001", "Triage"),
                f"{folder}/tasks/tp-002 - Wait.md": task("TP-002", "Parked", "dependencies:\n  - TP-1\n"),
                f"{folder}/completed/tp-003 - Wade.md": task("TP-003", "Won't Fix"),
            },
        )
    )
    assert project.profile.root == folder
    assert [(m.id, m.status.value, m.depends_on) for m in project.milestones] == [
        ("TP-001", "planned", ()),
        ("TP-002", "on_hold", ("TP-001",)),
        ("TP-003", "cancelled", ()),
    ]
    assert [p.title for p in project.plans] == ["tidepool"]
    assert check(project).findings == ()


@pytest.mark.parametrize("folder", ["/etc", "../other", "gone", ""])
def test_a_folder_that_is_none_of_the_repository_is_not_looked_for(root: Path, folder: str) -> None:
    (root / "backlog.config.yml").write_text(f'backlog_directory: "{folder}"\n', encoding="utf-8")
    assert opened(root).profile.root == "backlog"


def test_tasks_in_folders(root: Path) -> None:
    repository(
        root,
        {
            "backlog/tasks/epics/epic-1/task-7 - Sail.md": task("task-7"),
            "backlog/tasks/epics/epic-1/ANALYSIS-sails.md": "# Sails\n",
            "backlog/active/task-8 - Row.md": task("task-8", "In Progress"),
            "backlog/archive/boats/task-9 - Drift.md": task("task-9"),
            "backlog/completed/doc-4 - Boats.md": "---\nid: doc-4\ntitle: Boats\n---\n# Boats\n",
        },
    )
    assert faults(root) == []
    found = {m.id: (m.status.value, m.filed) for m in opened(root).milestones}
    assert found["task-7"] == ("planned", False)
    assert found["task-8"] == ("in_progress", False)
    assert found["task-9"] == ("planned", True)
    assert len(found) == 10


def test_a_draft_means_tasks_by_their_number(root: Path) -> None:
    change(
        root, "backlog/drafts/draft-1 - A-second-gauge.md", "status: Draft\n", "status: Draft\nparent_task_id: '2.1'\n"
    )
    assert faults(root) == []
    assert next(m for m in opened(root).milestones if m.id == "DRAFT-1").parent == "task-2.1"


def test_a_heading_of_a_task_without_fields(root: Path) -> None:
    (root / "backlog/tasks/task-7 - Sail.md").write_text("# Task 7: Sail round the point\n", encoding="utf-8")
    assert next(m for m in opened(root).milestones if m.id == "task-7").title == "Sail round the point"


def test_ids_from_before_the_tasks_had_a_prefix_of_their_own(tmp_path: Path) -> None:
    more = "dependencies:\n  - task-7.1\nparent_task_id: task-7\n"
    project = opened(
        repository(
            tmp_path,
            {
                "backlog/tasks/tide-7 - Sail.md": task("TIDE-7"),
                "backlog/tasks/tide-7.1 - Tack.md": task("TIDE-7.1"),
                "backlog/tasks/tide-7.2 - Jibe.md": task("TIDE-7.2", more=more),
                "backlog/tasks/tide-8 - Moor.md": task("TIDE-8", more="dependencies:\n  - task-99\n"),
            },
        )
    )
    jibe = next(m for m in project.milestones if m.id == "TIDE-7.2")
    assert (jibe.depends_on, jibe.parent) == (("TIDE-7.1",), "TIDE-7")
    assert [f"{f.code} {f.message}" for f in check(project).findings] == [
        "RF001 TIDE-8 depends on task-99, which is not there"
    ]
