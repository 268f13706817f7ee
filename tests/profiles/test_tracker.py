"""Milestone trackers: fields in labelled lines, finished ones in a folder of their day."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import pytest

import conventions
from conventions import change
from milestones.project.workspace import open_workspace
from milestones.rules import check

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.usefixtures("today")
PROFILE = "tracker"
opened = partial(conventions.opened, PROFILE)
faults = partial(conventions.faults, PROFILE)
DRIVER = "docs/trackers/complete/2026-01-09/MILESTONE_GAUGE_DRIVER.md"
CURVE = "docs/trackers/complete/2026-1-20/tide-curve.md"
WARNING = "docs/trackers/current_milestones/MILESTONE_FLOOD_WARNING.md"


def test_it_has_no_findings(root: Path) -> None:
    result = check(opened(root))
    assert result.findings == ()
    assert result.statistics == (5, 5, 0)  # the template too; the README is nobody's document


def test_trackers(root: Path) -> None:
    project = opened(root)
    found = {m.id: m for m in project.milestones}
    assert {id_: (m.title, m.status.value) for id_, m in found.items()} == {
        "MILESTONE_GAUGE_DRIVER": ("Gauge Driver", "completed"),
        "tide-curve": ("Tide Curve Milestone", "completed"),
        "MILESTONE_FLOOD_WARNING": ("Flood Warning", "in_progress"),
        "CONSOLE_MOVE": ("Moving the Console", "planned"),
    }
    driver, curve, warning = found["MILESTONE_GAUGE_DRIVER"], found["tide-curve"], found["MILESTONE_FLOOD_WARNING"]
    assert (driver.owner, driver.domain, driver.updated, driver.completed) == (
        "@ana",
        "Backend",
        "2026-01-09",
        "2026-01-09",
    )
    assert driver.status_word == "Completed ✅"
    assert [(area.area, area.health.value) for area in driver.health] == [
        ("Implementation", "good"),
        ("Tests & QA", "good"),
    ]
    assert driver.tally == (2, 2)
    assert dict(driver.details) == {"links": "[Issue 12], [Handbook]"}
    assert driver.objective == "Read the water level from every gauge that we have."
    assert (curve.completed, curve.status_word, curve.tally) == ("2026-01-20", "", (2, 2))
    assert (warning.created, warning.tally, warning.objective) == (
        "2026-01-10",
        (1, 3),
        "Send a message when the water is above the mark.",
    )
    assert [(p.id, p.title, p.status.value) for p in project.plans] == [("trackers", "Trackers", "in_progress")]


@pytest.mark.parametrize(
    ("word", "status"),
    [
        ("Complete", "completed"),
        ("✅ Complete", "completed"),
        ("Resolved – January 9", "completed"),
        ("Done (2026-01-09)", "completed"),
        ("In progress (updated 2026-01-09)", "in_progress"),
        ("Not Started", "planned"),
        ("Draft (pending approval)", "planned"),
        ("On hold", "on_hold"),
        ("Blocked by the siren", "blocked"),
        ("Superseded", "cancelled"),
        ("Phase 5 is through", "completed"),  # by where it lies
    ],
)
def test_statuses(root: Path, word: str, status: str) -> None:
    change(root, DRIVER, "Completed ✅", word)
    driver = next(m for m in opened(root).milestones if m.id == "MILESTONE_GAUGE_DRIVER")
    assert driver.status.value == status
    assert driver.status_word == word
    # Work that says it is open was not finished on the day of the folder.
    assert driver.completed == ("2026-01-09" if status in ("completed", "cancelled") else None)


@pytest.mark.parametrize("folder", ["completed/2026-01-09", "archive", "done/gauges", "complete/2026-01-09/gauges"])
def test_other_folders_for_finished_work(root: Path, folder: str) -> None:
    (root / "docs/trackers" / folder).mkdir(parents=True, exist_ok=True)
    (root / CURVE).rename(root / "docs/trackers" / folder / "tide-curve.md")
    curve = next(m for m in opened(root).milestones if m.id == "tide-curve")
    assert curve.status.value == "completed"
    assert curve.completed == ("2026-01-09" if "2026" in folder else None)
    assert faults(root) == []


def test_work_nobody_says_anything_of_is_under_way_among_the_current(root: Path) -> None:
    change(root, WARNING, "Status: In Progress (siren ordered)\n", "")
    warning = next(m for m in opened(root).milestones if m.id == "MILESTONE_FLOOD_WARNING")
    assert (warning.status.value, warning.status_word) == ("in_progress", "")


def test_front_matter_is_read_as_well(root: Path) -> None:
    text = (root / CURVE).read_text(encoding="utf-8")
    front = (
        "---\ntitle: The curve\nowner: Harbour team\nlast_updated: 2026-01-19\nstatus: complete\ntags:\n  - ui\n---\n"
    )
    (root / CURVE).write_text(front + text, encoding="utf-8")
    curve = next(m for m in opened(root).milestones if m.id == "tide-curve")
    assert (curve.title, curve.owner, curve.updated, curve.tags) == (
        "The curve",
        "Harbour team",
        "2026-01-19",
        ("ui",),
    )


@pytest.mark.parametrize(
    ("path", "old", "new", "expected"),
    [
        (DRIVER, "Completed ✅", "In Progress", ("AR002", DRIVER, 5)),
        (WARNING, "In Progress (siren ordered)", "Done", ("AR001", WARNING, 3)),
        (DRIVER, "Completed ✅", "Quite something", ("FM004", DRIVER, 5)),
        (DRIVER, "| ✅ | 40 pass", "| ⏳ | 40 pass", ("CT006", DRIVER, 21)),
        (DRIVER, "| @ben | Completed |", "| @ben | Planned |", ("CT005", DRIVER, 28)),
        (CURVE, "# Tide Curve Milestone\n", "", ("CT002", CURVE, 1)),
        (DRIVER, "@ana  \n", "@handle or team name  \n", ("CT004", DRIVER, 6)),
        (DRIVER, "[Handbook]", "[Handbook](../handbook.md)", ("RF004", DRIVER, 8)),
        (CURVE, "A curve", "A <br>â€“ curve", ("CT008", CURVE, 5)),
    ],
)
def test_faults(root: Path, path: str, old: str, new: str, expected: tuple[str, str, int]) -> None:
    change(root, path, old, new)
    assert expected in faults(root)


@pytest.mark.parametrize(("folder", "code"), [("2026-02-30", "AR004"), ("2026-3-1", "AR003")])
def test_the_day_of_a_folder(root: Path, folder: str, code: str) -> None:
    (root / CURVE).parent.rename(root / "docs/trackers/complete" / folder)
    assert faults(root) == [(code, f"docs/trackers/complete/{folder}/tide-curve.md", 1)]


def test_other_things_are_called_trackers_too(tmp_path: Path) -> None:
    for name in ("optical-tracker", "motion/particle-tracker", "motion/tuning"):
        file = tmp_path / f"docs/trackers/{name}.md"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(f"# {name}\n\nHow it follows a buoy.\n\n## Parameters\n", encoding="utf-8")
    assert open_workspace(tmp_path).milestones == ()
    (tmp_path / "docs/trackers/gauges.md").write_text("# Gauges\n\n**Status:** Planned\n", encoding="utf-8")
    assert len(opened(tmp_path).milestones) == 4
