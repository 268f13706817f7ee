"""GSD 2: what is read, and what each rule finds in a small repository of our own."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import pytest

import conventions
from conventions import add, edit, remove
from milestones.rules import check

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

PROFILE = "gsd2"
opened = partial(conventions.opened, PROFILE)
faults = partial(conventions.faults, PROFILE)
HOME = ".gsd/milestones"
ROADMAP = f"{HOME}/M001/M001-ROADMAP.md"
SLICE = f"{HOME}/M001/slices/S01"


def test_it_has_no_findings(root: Path) -> None:
    result = check(opened(root))
    assert result.findings == ()
    documents = sum(1 for _ in root.rglob("*.md"))
    assert result.statistics == (documents, documents, 0)


def test_milestones_are_plans(root: Path) -> None:
    found = opened(root).plans
    assert [(p.id, p.title, p.status.value) for p in found] == [
        ("M001", "Read the sensors", "completed"),
        ("M002", "Alarms", "in_progress"),
        ("M003", "Winter mode", "planned"),
    ]
    assert found[0].objective.startswith("Temperature and humidity of every bed")
    assert [part.label for part in found[0].parts] == ["Roadmap", "Summary"]


def test_slices_and_tasks(root: Path) -> None:
    found = {m.id: m for m in opened(root).milestones}
    assert {id_: (m.status.value, m.parent, m.depends_on) for id_, m in found.items()} == {
        "M001/S01": ("completed", None, ()),
        "M001/S01/T01": ("completed", "M001/S01", ()),
        "M001/S01/T02": ("completed", "M001/S01", ()),
        "M001/S02": ("completed", None, ("M001/S01",)),
        "M001/S02/T01": ("completed", "M001/S02", ()),
        "M002/S01": ("completed", None, ("M001/S02",)),
        "M002/S02": ("in_progress", None, ("M002/S01", "M001/S02")),
        "M002/S02/T01": ("completed", "M002/S02", ()),
        "M002/S02/T02": ("planned", "M002/S02", ()),
        "M002/S03": ("planned", None, ("M002/S02",)),
    }
    assert {id_: tuple(m.tally) for id_, m in found.items() if m.tally.total} == {
        "M001/S01": (2, 2),
        "M001/S02": (1, 1),
        "M002/S02": (1, 2),
    }
    assert [found[f"M002/S0{n}"].title for n in (1, 2, 3)] == ["Ranges", "Send the alarm", "Silence the alarm"]
    assert found["M001/S01"].risk == "high"
    assert found["M001/S01"].completed == "2026-01-10"
    assert found["M001/S01"].objective == "Read all sensors over the bus."
    assert found["M002/S02/T02"].title == "Send the message"


def test_numbers_with_a_random_part_and_folders_with_a_slug(root: Path) -> None:
    add(f"{HOME}/M004-k3x9qa/M004-k3x9qa-ROADMAP.md", "# M004-k3x9qa: Doors\n\n## Slices\n\n- [ ] **S01: Locks**\n")(
        root
    )
    add(f"{HOME}/M005-lights/M005-ROADMAP.md", "# M005: Lights\n\n## Slices\n\n- [ ] **S01: Lamps**\n")(root)
    edit(
        ".gsd/STATE.md",
        "- ⬜ **M003:** Winter mode\n",
        "- ⬜ **M003:** Winter mode\n- ⬜ **M004-k3x9qa:** Doors\n- ⏸️ **M005:** Lights\n",
    )(root)
    project = opened(root)
    assert [(p.id, p.title, p.status.value) for p in project.plans[3:]] == [
        ("M004-k3x9qa", "Doors", "planned"),
        ("M005", "Lights", "on_hold"),
    ]
    assert {"M004-k3x9qa/S01", "M005/S01"} <= {m.id for m in project.milestones}
    assert faults(root) == []


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        pytest.param(
            edit(ROADMAP, "| low | S01 |", "| low | S07 |"), [("RF001", ROADMAP, 10)], id="depends on nothing"
        ),
        pytest.param(
            edit(f"{HOME}/M002/M002-S01-SUMMARY.md", "M001-S02", "M009-S02"),
            [("RF001", f"{HOME}/M002/M002-S01-SUMMARY.md", 8)],
            id="requires a slice of nowhere",
        ),
        pytest.param(
            edit(ROADMAP, "| high | — |", "| high | S02 |"),
            [("RF003", f"{SLICE}/S01-PLAN.md", 1)],
            id="in a circle",
        ),
        pytest.param(
            edit(ROADMAP, "| S02 | Keep the values | low | S01 | ✅ |", "| S02 | Keep the values | low | S01 | ⬜ |"),
            [("LS004", ROADMAP, 10)],
            id="done, and open in the table",
        ),
        pytest.param(
            edit(f"{SLICE}/S01-PLAN.md", "- [x] **T02", "- [ ] **T02"),
            [("LS004", f"{SLICE}/S01-PLAN.md", 13)],
            id="done, and open in the checklist",
        ),
        pytest.param(
            edit(".gsd/STATE.md", "- ✅ **M001", "- ⬜ **M001"),
            [("LS004", ".gsd/STATE.md", 8)],
            id="done, and pending in the registry",
        ),
        pytest.param(
            edit(ROADMAP, "| S02 | Keep", "| S03 | Sell | low | — | ✅ | A shop. |\n| S02 | Keep"),
            [("LS001", ROADMAP, 10)],
            id="done, and not there",
        ),
        pytest.param(
            edit(f"{SLICE}/S01-PLAN.md", "- [x] **T02", "- [x] **T03: Dream**\n- [x] **T02"),
            [("LS001", f"{SLICE}/S01-PLAN.md", 13)],
            id="a task that is not there",
        ),
        pytest.param(
            edit(".gsd/STATE.md", "- 🔄", "- ✅ **M007:** Gone\n- 🔄"),
            [("LS001", ".gsd/STATE.md", 9)],
            id="a milestone that is not there",
        ),
        pytest.param(
            add(f"{HOME}/M001/slices/S03/S03-PLAN.md", "# S03: Secret\n"),
            [
                ("AR006", f"{HOME}/M001/M001-SUMMARY.md", 1),
                ("LS002", f"{HOME}/M001/slices/S03/S03-PLAN.md", 1),
                ("LS005", f"{HOME}/M001/slices/S03/S03-PLAN.md", 1),
            ],
            id="a slice that is not listed",
        ),
        pytest.param(
            add(f"{SLICE}/tasks/T03-PLAN.md", "# T03: Secret\n"),
            [
                ("AR006", f"{SLICE}/S01-SUMMARY.md", 1),
                ("LS002", f"{SLICE}/tasks/T03-PLAN.md", 1),
                ("LS005", f"{SLICE}/tasks/T03-PLAN.md", 1),
            ],
            id="an open task of a finished slice",
        ),
        pytest.param(
            edit(ROADMAP, "| S02 | Keep", "| S01 | Talk again | high | — | ✅ | Words. |\n| S02 | Keep"),
            [("LS003", ROADMAP, 10)],
            id="listed twice",
        ),
        pytest.param(
            remove(f"{SLICE}/S01-SUMMARY.md"), [("LS005", f"{SLICE}/S01-PLAN.md", 1)], id="finished without summary"
        ),
        pytest.param(
            remove(f"{SLICE}/tasks/T02-SUMMARY.md"),
            [("LS005", f"{SLICE}/tasks/T02-PLAN.md", 1)],
            id="a finished task without summary",
        ),
        pytest.param(
            edit(f"{SLICE}/S01-SUMMARY.md", "id: S01", "id: S02"),
            [("FM010", f"{SLICE}/S01-SUMMARY.md", 2)],
            id="an id of another slice",
        ),
        pytest.param(
            edit(f"{SLICE}/S01-SUMMARY.md", "- Talk to the sensors", "- `greenhouse read` works"),
            [("RD008", f"{SLICE}/S01-SUMMARY.md", 6)],
            id="no YAML",
        ),
        pytest.param(
            edit(f"{SLICE}/S01-SUMMARY.md", "blocker_discovered: false", "blocker_discovered: perhaps"),
            [("FM003", f"{SLICE}/S01-SUMMARY.md", 15)],
            id="a wrong type",
        ),
        pytest.param(
            add(f"{HOME}/M006/M006-CONTEXT.md", "# M006: Far away\n"),
            [("SQ002", f"{HOME}/M006/M006-CONTEXT.md", 1)],
            id="a gap",
        ),
        pytest.param(
            add(f"{HOME}/M001/slices/S02-again/S02-PLAN.md", "# S02: Keep the values\n"),
            [("SQ001", f"{HOME}/M001/slices/S02/S02-PLAN.md", 1)],
            id="a number twice",
        ),
    ],
)
def test_faults(root: Path, change: Callable[[Path], object], expected: list[tuple[str, str, int]]) -> None:
    change(root)
    assert faults(root) == expected


def made(tmp_path: Path, files: dict[str, str]) -> Path:
    for path, text in files.items():
        add(f".gsd/{path}", text)(tmp_path)
    return tmp_path


TASK = "---\nid: {0}\nparent: {1}\nmilestone: {2}\nduration:\ncompleted_at:\n---\n\n# {0}: Wired\n\n**It is wired**\n"


def test_phases_hold_milestones(tmp_path: Path) -> None:
    """Newer versions keep a milestone in one folder, all of its documents beside each other."""
    home = "phases/03-valves"
    slices = (
        "# M003: Valves\n\n**Vision:** Water on time.\n\n## Slices\n\n- [{0}] **S05: Relay** `risk:low` `depends:[]`\n"
    )
    steps = "# S05: Relay\n\n**Goal:** Switch it.\n\n## Verification\n\n- None new\n\n<tasks>\n{0}</tasks>\n"
    boxes = "- [x] **T01**: Wire the relay _(20m)_\n- [ ] **T02**: Box it _(1h)_\n  - Files: `box.scad`\n"
    root = made(
        tmp_path,
        {
            "ROADMAP.md": "# Roadmap\n\n## Milestones\n\n- 🔄 **M003: Valves** (`depends:[—]`)\n"
            "- ⬜ **M004: Lamps** (`depends:[M003]`)\n",
            f"{home}/03-ROADMAP.md": slices.format(" "),
            f"{home}/03-05-PLAN.md": steps.format(boxes),
            f"{home}/03-05-RESEARCH.md": "# What relays there are\n",
            f"{home}/S05-T01-SUMMARY.md": TASK.format("T01", "S05", "M003"),
        },
    )
    assert {code for code, _, _ in faults(root)} <= {"SQ002"}
    project = opened(root)
    assert [(p.id, p.title, p.status.value) for p in project.plans] == [
        ("M003", "Valves", "in_progress"),
        ("M004", "Lamps", "planned"),
    ]
    assert [(m.id, m.title, m.status.value, tuple(m.tally)) for m in project.milestones] == [
        ("M003/S05", "Relay", "in_progress", (1, 2)),
        ("M003/S05/T01", "Wired", "completed", (0, 0)),
        ("M003/S05/T02", "Box it", "planned", (0, 0)),
    ]


def test_tasks_with_headings_of_their_own(root: Path) -> None:
    """A task may bring its description along, headings and all; the next one is a task all the same."""
    plan = f"{SLICE}/S01-PLAN.md"
    tasks = [m.id for m in opened(root).milestones if m.id.startswith("M001/S01/")]
    text = (root / plan).read_text(encoding="utf-8")
    lines = [line for line in text.split("\n") if line.startswith("- [")]
    parted = "\n\n## Must-Haves\n\n- [ ] it holds\n".join(lines)
    (root / plan).write_text(f"# S01: Probe\n\n**Goal:** It.\n\n## Tasks\n\n{parted}\n", encoding="utf-8")
    assert [m.id for m in opened(root).milestones if m.id.startswith("M001/S01/")] == tasks
    assert not [fault for fault in faults(root) if fault[0] in ("LS002", "LS003")]


def test_a_registry_written_by_hand(tmp_path: Path) -> None:
    roadmap = "# M001: Pumps\n\n## Slices\n\n- [ ] **S01: One** `risk:low` `depends:[]`\n"
    root = made(
        tmp_path,
        {
            "STATE.md": "# State\n\n## Milestone Registry\n\n- M001: Pumps — S01 ✅, S02 pending\n"
            "- M002: Tanks — QUEUED\n- ⬜ **M003:** Hoses (7 slices planned)\n- ⬜ **M004:** Foo — the bar\n",
            "PROJECT.md": "# Project\n\n## Milestone Sequence\n\n- [x] M001–M003: What was before\n",
            "milestones/M001/M001-ROADMAP.md": roadmap,
        },
    )
    assert faults(root) == []
    assert [(p.title, p.status.value) for p in opened(root).plans] == [
        ("Pumps", "planned"),
        ("Tanks", "planned"),
        ("Hoses", "planned"),
        ("Foo — the bar", "planned"),
    ]
