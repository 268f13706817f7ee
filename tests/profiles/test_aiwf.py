"""aiwf: what is read, and what each rule finds in a small repository of our own."""

from __future__ import annotations

import shutil
from functools import partial
from typing import TYPE_CHECKING

import pytest

import conventions
from conventions import copy, edit, move
from milestones.rules import check

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

PROFILE = "aiwf"
opened = partial(conventions.opened, PROFILE)
faults = partial(conventions.faults, PROFILE)
TIMETABLE = "work/epics/E-10-ferry-timetable"
TICKETS = "work/epics/E-11-tickets"
TIDES = f"{TIMETABLE}/M-001-read-the-tides.md"
TRIPS = f"{TIMETABLE}/M-002-plan-the-trips.md"
PRINT = f"{TICKETS}/M-003-print-a-ticket.md"


def test_it_has_no_findings(root: Path) -> None:
    result = check(opened(root))
    assert result.findings == ()
    documents = sum(1 for _ in root.rglob("*.md"))
    assert result.statistics == (documents, documents, 0)


def test_epics(root: Path) -> None:
    assert [(p.id, p.title, p.status.value, p.filed) for p in opened(root).plans] == [
        ("E-10", "Ferry timetable", "completed", False),
        ("E-11", "Tickets", "in_progress", False),
        ("harbour", "Harbour", "completed", True),
        ("night-boat", "Night boat", "planned", False),
    ]


def test_milestones(root: Path) -> None:
    found = opened(root).milestones
    assert [(m.id, m.plan_id, m.status.value, tuple(m.tally), m.depends_on) for m in found] == [
        ("M-00.01", "harbour", "completed", (0, 0), ()),
        ("M-001", "E-10", "completed", (1, 1), ()),
        ("M-002", "E-10", "completed", (1, 1), ("M-001",)),
        ("M-003", "E-11", "in_progress", (1, 2), ("M-002",)),
        ("M-005", "E-11", "planned", (0, 0), ("M-003",)),
        ("UI-M-00.02", "harbour", "completed", (0, 0), ("M-00.01",)),
    ]
    assert [m.title for m in found if m.plan_id == "harbour"] == ["Moorings", "Map of the harbour"]


def test_wider_numbers_and_the_archive(root: Path) -> None:
    """Newer versions count with four digits, and file what is finished."""
    (root / "work/epics/archive").mkdir()
    (root / TIMETABLE).rename(root / "work/epics/archive/E-0010-ferry-timetable")
    for path in (root / "work/epics/archive/E-0010-ferry-timetable").iterdir():
        path.write_text(path.read_text(encoding="utf-8").replace("E-10", "E-0010"), encoding="utf-8")
    assert faults(root) == []
    plans = {p.id: p for p in opened(root).plans}
    assert plans["E-0010"].filed


def test_epics_without_front_matter(root: Path) -> None:
    """Before the third version, epics had a specification and milestones labelled lines."""
    folder = root / "work/epics/E-12-old"
    folder.mkdir()
    (folder / "spec.md").write_text("# Epic: Old boats\n\n**ID:** E-12\n**Status:** in-progress — half way\n")
    text = "# Milestone: Sell them\n\n**ID:** m-E12-02\n**Status:** complete (merged)\n**Depends on:** m-E12-01\n"
    (folder / "m-E12-02-sell.md").write_text(text)
    (folder / "m-E12-01-paint.md").write_text("# m-E12-01 — Paint them\n\n**Status:** done\n")
    (folder / "m-E12-01-paint-tracking.md").write_text("# Tracking\n\n**Status:** draft\n")
    assert faults(root) == []
    project = opened(root)
    assert [(p.title, p.status.value) for p in project.plans if p.id == "E-12"] == [("Old boats", "in_progress")]
    assert [(m.id, m.title, m.status.value, m.depends_on) for m in project.milestones if m.plan_id == "E-12"] == [
        ("m-E12-01", "Paint them", "completed", ()),
        ("m-E12-02", "Sell them", "completed", ("m-E12-01",)),
    ]


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        pytest.param(edit(PRINT, "[M-002]", "[M-042]"), [("RF001", PRINT, 6)], id="depends on nothing"),
        pytest.param(edit(PRINT, "[M-002]", "[M-003]"), [("RF002", PRINT, 6)], id="on itself"),
        pytest.param(edit(PRINT, "[M-002]", "[M-005]"), [("RF003", PRINT, 1)], id="in a circle"),
        pytest.param(edit(TIDES, "status: deferred", "status: open"), [("CT005", TIDES, 12)], id="an open criterion"),
        pytest.param(
            edit(TRIPS, "status: done", "status: draft"),
            [("AR006", f"{TIMETABLE}/epic.md", 4)],
            id="an open milestone of a finished epic",
        ),
        pytest.param(edit(PRINT, "parent: E-11", "parent: E-10"), [("FM010", PRINT, 5)], id="the wrong folder"),
        pytest.param(
            edit(PRINT, "id: M-003", "id: M-004"),
            [("FM010", PRINT, 2), ("RF001", f"{TICKETS}/M-005-check-a-ticket.md", 6)],
            id="the wrong id",
        ),
        pytest.param(
            move(f"{TICKETS}/epic.md", f"{TICKETS}/notes.md"),
            [("FM011", f"{TICKETS}/M-003-print-a-ticket.md", 2), ("FM011", f"{TICKETS}/M-005-check-a-ticket.md", 2)],
            id="an epic without its document",
        ),
        pytest.param(
            copy("work/gaps/G-001-no-alarm-at-low-tide.md", "work/gaps/G-001-twin.md"),
            [("SQ001", "work/gaps/G-001-twin.md", 1)],
            id="a gap's number twice",
        ),
        pytest.param(
            copy("work/decisions/D-001-tides-come-from-the-survey.md", "work/decisions/D-01-twin.md"),
            [("SQ001", "work/decisions/D-01-twin.md", 1)],
            id="a decision's number twice",
        ),
        pytest.param(edit(TRIPS, "status: done", "status: finished"), [("FM004", TRIPS, 4)], id="a word of its own"),
        pytest.param(
            edit("work/gaps/G-001-no-alarm-at-low-tide.md", "title: No alarm at low tide\n", ""),
            [("FM001", "work/gaps/G-001-no-alarm-at-low-tide.md", 1)],
            id="a gap without title",
        ),
        pytest.param(edit(TRIPS, "title: Plan", "title: @all Plan"), [("RD008", TRIPS, 3)], id="no YAML"),
    ],
)
def test_faults(root: Path, change: Callable[[Path], object], expected: list[tuple[str, str, int]]) -> None:
    change(root)
    assert faults(root) == expected


def test_milestone_numbers_are_unique_in_the_repository(root: Path) -> None:
    twin = f"{TICKETS}/M-001-again.md"
    text = (root / TIDES).read_text(encoding="utf-8").replace("parent: E-10", "parent: E-11")
    (root / twin).write_text(text, encoding="utf-8")
    assert ("SQ001", twin, 1) in faults(root)


def test_epic_numbers_are_unique(root: Path) -> None:
    shutil.copytree(root / TICKETS, root / "work/epics/E-10-again", ignore=shutil.ignore_patterns("M-*"))
    edit("work/epics/E-10-again/epic.md", "id: E-11", "id: E-10")(root)
    assert "SQ001" in {code for code, _, _ in faults(root)}
