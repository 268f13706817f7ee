"""The profile of GSD phases, on a small repository of our own, whole and broken in one place at a time."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from milestones.project.workspace import open_workspace
from milestones.rules import check

if TYPE_CHECKING:
    from pathlib import Path

    from milestones.project.project import Project

PROFILE = "gsd"
PHASES = ".planning/phases"
SUMMARY = f"{PHASES}/02-delivery/02-01-SUMMARY.md"
PLAN = f"{PHASES}/02-delivery/02-02-PLAN.md"
ROADMAP = ".planning/ROADMAP.md"


def opened(root: Path) -> Project:
    workspace = open_workspace(root)
    assert workspace.detected
    assert [project.profile.name for project in workspace.projects] == ["gsd"]
    return workspace.main


def edit(root: Path, path: str, old: str, new: str) -> None:
    file = root / path
    text = file.read_text(encoding="utf-8")
    assert text.count(old) == 1, (path, old, text.count(old))
    file.write_text(text.replace(old, new), encoding="utf-8")


def line_of(root: Path, path: str, text: str) -> int:
    lines = (root / path).read_text(encoding="utf-8").split("\n")
    return next(number for number, line in enumerate(lines, 1) if text in line)


def found(root: Path) -> list[tuple[str, str, int]]:
    return [(f.code, f.path.removeprefix(".planning/"), f.line) for f in check(opened(root)).findings]


def test_everything_is_read_and_nothing_is_wrong(root: Path) -> None:
    result = check(opened(root))
    assert result.findings == ()
    files = {path.relative_to(root).as_posix() for path in (root / ".planning").rglob("*.md")}
    assert result.statistics == (len(files), len(files), 0)
    assert set(opened(root).entries) == files


def test_milestones_and_phases_are_plans(root: Path) -> None:
    plans = {plan.id: plan for plan in opened(root).plans}
    assert {id_: (plan.title, plan.parent, plan.status.value) for id_, plan in plans.items()} == {
        "v1.0": ("First readings", None, "completed"),
        "v1.1": ("Alerts", None, "in_progress"),
        "v2.0": ("Several stations", None, "planned"),
        "v1.0/01": ("Sensor bus", "v1.0", "completed"),
        "01": ("Thresholds", "v1.1", "completed"),
        "02": ("Delivery", "v1.1", "in_progress"),
        "02.1": ("Quiet hours", "v1.1", "completed"),
        "03": ("History", "v1.1", "planned"),
        "quick": ("Quick tasks", None, "completed"),
    }
    assert plans["03"].depends_on == ("01", "02")
    assert plans["02"].objective == "An alert reaches a phone within a minute"
    assert plans["v1.1"].objective == "People hear of a storm before it is there."
    assert plans["v1.0"].completed == "2025-12-20"
    assert plans["01"].completed == "2026-01-20"


def test_plans_and_summaries_are_milestones(root: Path) -> None:
    milestones = {m.id: m for m in opened(root).milestones}
    assert {id_: (m.plan_id, m.status.value, m.depends_on) for id_, m in milestones.items()} == {
        "v1.0/01-01": ("v1.0/01", "completed", ()),
        # `requires` names what another summary provides, in a phase of an earlier milestone.
        "01-01": ("01", "completed", ("v1.0/01-01",)),
        "01-02": ("01", "completed", ("01-01",)),
        "01-02b": ("01", "completed", ("01-02", "01-01")),
        # A phase that is required is what comes last in it; 01-01 affects it.
        "02-01": ("02", "completed", ("01-02", "01-02b", "01-01")),
        "02-02": ("02", "planned", ("02-01",)),
        "02.1-01": ("02.1", "completed", ("02-01",)),
        "quick-1": ("quick", "completed", ()),
    }
    outbox = milestones["02-01"]
    assert (outbox.title, outbox.objective, outbox.completed) == ("Outbox", "Alerts survive a restart", "2026-01-28")
    assert [part.label for part in outbox.parts] == ["Summary", "Plan"]
    assert (outbox.domain, outbox.tags) == ("delivery", ("outbox",))
    assert milestones["02-02"].title == "Push service"
    assert milestones["02-02"].objective == "Send alerts to phones."
    assert milestones["quick-1"].title == "Fix the clock"
    assert milestones["quick-1"].objective == "Times are kept in UTC."


def test_other_spellings_are_folded(root: Path) -> None:
    details = {m.id: dict(m.details) for m in opened(root).milestones}
    assert details["v1.0/01-01"]["decisions"][0]["choice"] == "Poll, do not wait"
    assert details["v1.0/01-01"]["duration"] == "12min"
    assert details["v1.0/01-01"]["metrics"] == {"tasks": "2/2"}
    assert details["01-01"]["decisions"] == ["Limits are decimal numbers"]
    assert details["01-01"]["tech-stack"] == {"patterns": ["value objects"]}
    assert details["01-01"]["key-files"] == {"created": ["src/threshold.py"]}
    assert details["01-02b"]["provides"] == ["hysteresis"]


@pytest.mark.parametrize(
    ("word", "status"),
    [
        ("complete", "completed"),
        ("Completed", "completed"),
        ("✅ COMPLETE (2026-01-02)", "completed"),
        ("partial", "in_progress"),
        ("blocked", "blocked"),
        ("superseded", "cancelled"),
        ("nobody knows", "completed"),
    ],
)
def test_words_for_a_status(root: Path, word: str, status: str) -> None:
    edit(root, SUMMARY, "duration: 25min", f'duration: 25min\nstatus: "{word}"')
    milestones = {m.id: m for m in opened(root).milestones}
    assert milestones["02-01"].status.value == status


def test_numbers_stay_what_was_written(root: Path) -> None:
    there = root / PHASES / "02.10-late"
    there.mkdir()
    text = (root / SUMMARY).read_text(encoding="utf-8")
    text = text.replace("phase: 02-delivery", "phase: 2.10").replace("plan: 01", "plan: 08")
    (there / "02.10-08-SUMMARY.md").write_text(text, encoding="utf-8")
    project = opened(root)
    entry = project.entries[f"{PHASES}/02.10-late/02.10-08-SUMMARY.md"]
    assert (entry.values["phase"], entry.values["plan"]) == ("2.10", "08")
    assert "02.10-08" in {m.id for m in project.milestones}


def test_a_summary_that_cannot_be_read_is_still_there(root: Path) -> None:
    edit(root, SUMMARY, "provides: [outbox]", "provides: [@outbox]")
    assert found(root) == [("RD008", SUMMARY.removeprefix(".planning/"), line_of(root, SUMMARY, "@outbox"))]
    assert {m.id: m.status.value for m in opened(root).milestones}["02-01"] == "completed"


def test_a_finished_phase_with_a_plan_that_has_no_summary(root: Path) -> None:
    (root / PHASES / "01-thresholds/01-02b-SUMMARY.md").unlink()
    assert ("LS005", "phases/01-thresholds/01-02b-PLAN.md", 1) in found(root)
    # In a phase that is not finished, a plan waits for its summary.
    assert not any(path.endswith("02-02-PLAN.md") for _, path, _ in found(root))


def test_a_gap_in_the_plans(root: Path) -> None:
    for end in ("PLAN", "SUMMARY"):
        (root / PHASES / f"01-thresholds/01-01-{end}.md").unlink()
    edit(root, ROADMAP, "- [x] 01-01-PLAN.md — Threshold model\n", "")
    codes = found(root)
    assert ("SQ002", "phases/01-thresholds/01-02-PLAN.md", 1) in codes
    assert ("RF001", "phases/01-thresholds/01-02-PLAN.md", 6) in codes


def test_a_gap_in_the_phases(root: Path) -> None:
    there = root / PHASES / "05-archive"
    there.mkdir()
    text = (root / PLAN).read_text(encoding="utf-8").replace("02-delivery", "05-archive").replace("02\n", "01\n")
    (there / "05-01-PLAN.md").write_text(text.replace('["01"]', "[]"), encoding="utf-8")
    assert found(root) == [
        ("LS002", "phases/05-archive/05-01-PLAN.md", 1),
        ("SQ002", "phases/05-archive/05-01-PLAN.md", 1),
    ]


def test_two_phases_of_one_number(root: Path) -> None:
    there = root / PHASES / "02-dispatch"
    there.mkdir()
    text = (root / PLAN).read_text(encoding="utf-8").replace("plan: 02", "plan: 01").replace('["01"]', "[]")
    (there / "02-01-PLAN.md").write_text(text, encoding="utf-8")
    assert "SQ001" in {code for code, _, _ in found(root)}


def test_two_plans_of_one_number(root: Path) -> None:
    text = (root / PLAN).read_text(encoding="utf-8")
    (root / PHASES / "02-delivery/02-02-retries-PLAN.md").write_text(text, encoding="utf-8")
    assert ("SQ001", "phases/02-delivery/02-02-retries-PLAN.md", 1) in found(root)


def test_numbers_start_again_in_another_milestone(root: Path) -> None:
    """The clean repository has a phase 1 in each of two milestones, a phase 2.1 and a plan 02b."""
    assert not any(code.startswith("SQ") for code, _, _ in found(root))


def test_a_plan_of_the_roadmap_that_is_not_there(root: Path) -> None:
    edit(root, ROADMAP, "- [x] 02-01-PLAN.md — Outbox", "- [x] 02-01-PLAN.md — Outbox\n- [x] 02-09-PLAN.md — Mail")
    assert found(root) == [("LS001", "ROADMAP.md", line_of(root, ROADMAP, "02-09"))]


def test_a_plan_that_the_roadmap_leaves_out(root: Path) -> None:
    edit(root, ROADMAP, "- [ ] 02-02-PLAN.md — Push service\n", "")
    assert found(root) == [("LS002", "phases/02-delivery/02-02-PLAN.md", 1)]


def test_a_roadmap_that_says_otherwise(root: Path) -> None:
    edit(root, ROADMAP, "- [ ] 02-02-PLAN.md", "- [x] 02-02-PLAN.md")
    edit(root, ROADMAP, "- [x] 02-01-PLAN.md", "- [ ] 02-01-PLAN.md")
    assert found(root) == [
        ("LS004", "ROADMAP.md", line_of(root, ROADMAP, "02-01-PLAN")),
        ("LS005", "phases/02-delivery/02-02-PLAN.md", 1),
    ]


def test_a_phase_that_the_roadmap_left_behind(root: Path) -> None:
    edit(root, ROADMAP, "- [x] **Phase 2.1:", "- [ ] **Phase 2.1:")
    edit(root, ROADMAP, "| 1/1 | Complete | 2026-01-29 |", "| 0/1 | Not started | - |")
    assert found(root) == [("LS004", "ROADMAP.md", line_of(root, ROADMAP, "Phase 2.1:"))]


@pytest.mark.parametrize(
    ("path", "old", "new"),
    [
        (PLAN, 'depends_on: ["01"]', 'depends_on: ["07"]'),
        (PLAN, 'depends_on: ["01"]', 'depends_on: ["09-01"]'),
        (SUMMARY, "requires:\n", "requires:\n  - 09-04\n"),
        (ROADMAP, "**Depends on**: Phase 1 and Phase 2", "**Depends on**: Phase 1 and Phase 9"),
    ],
)
def test_a_reference_to_nothing(root: Path, path: str, old: str, new: str) -> None:
    edit(root, path, old, new)
    needle = new.strip().split("\n")[-1]
    assert found(root) == [("RF001", path.removeprefix(".planning/"), line_of(root, path, needle))]


def test_an_effect_on_earlier_work_closes_no_circle(root: Path) -> None:
    edit(root, SUMMARY, "affects: []", "affects: [01-02, 03-history, phone apps]")
    assert found(root) == []
    assert "02-01" not in {m.id: m.depends_on for m in opened(root).milestones}["01-02"]


def test_a_circle(root: Path) -> None:
    edit(root, f"{PHASES}/01-thresholds/01-01-PLAN.md", "depends_on: []", "depends_on: [01-02]")
    assert "RF003" in {code for code, _, _ in found(root)}


def test_a_file_in_the_wrong_folder(root: Path) -> None:
    edit(root, SUMMARY, "phase: 02-delivery", "phase: 04-delivery")
    assert found(root) == [("FM010", SUMMARY.removeprefix(".planning/"), 2)]


def test_keys_of_a_summary(root: Path) -> None:
    edit(root, SUMMARY, "subsystem: delivery\ntags: [outbox]\n", "tags: outbox\n")
    assert [(code, line) for code, _, line in found(root)] == [("FM001", 1), ("FM003", 4)]


def test_a_plan_nobody_would_find(root: Path) -> None:
    text = (root / PLAN).read_text(encoding="utf-8")
    (root / PHASES / "02-delivery/push-PLAN.md").write_text(text, encoding="utf-8")
    (root / PHASES / "02-delivery/02-UAT-PLAN.md").write_text("# What people try\n", encoding="utf-8")
    assert found(root) == [("NM002", "phases/02-delivery/push-PLAN.md", 1)]


def test_older_roadmaps_without_a_state(root: Path) -> None:
    """The first releases had neither front matter in the state nor milestones: one list of phases."""
    (root / ".planning/STATE.md").write_text("# Project State\n\nPhase: 1 of 1\n", encoding="utf-8")
    for gone in ("MILESTONES.md", "milestones/v1.0-ROADMAP.md"):
        (root / ".planning" / gone).unlink()
    (root / ROADMAP).write_text(
        "# Roadmap\n\n- [x] **Phase 1: Thresholds** - When a reading means something\n"
        "- [ ] **Phase 2: Delivery**\n- [ ] **Phase 2.1: Quiet hours**\n",
        encoding="utf-8",
    )
    plans = {plan.id: (plan.title, plan.parent) for plan in opened(root).plans}
    assert plans["02"] == ("Delivery", None)
    assert plans["v1.0/01"] == ("Sensor bus", "v1.0")


def plan(phase: str, number: str, depends: str = "[]") -> str:
    return f"---\nphase: {phase}\nplan: {number}\ndepends_on: {depends}\n---\n\n<objective>\nDo it.\n</objective>\n"


def summary(phase: str, number: str, more: str = "", heading: str = "# It is done") -> str:
    return f"---\nphase: {phase}\nplan: {number}\nsubsystem: core\ntags: [a]\n{more}---\n\n{heading}\n\n**It works**\n"


def write(root: Path, files: dict[str, str]) -> Path:
    for path, text in files.items():
        file = root / ".planning" / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")
    return root


def plans(root: Path) -> dict[str, tuple[str, str, str | None]]:
    return {p.id: (p.title, p.status.value, p.parent) for p in opened(root).plans}


def test_a_milestone_as_heading_holds_phases(tmp_path: Path) -> None:
    """What a phase depends on is its own, not that of the milestone whose heading it stands under."""
    roadmap = (
        "# Roadmap\n\n# Milestone: v1 — First light\n\n**Status:** Complete (2026-03-01)\n\n"
        "## Phase 1: Optics — COMPLETE\n\n**Depends on:** None (clean start)\n\n"
        "## Phase 2 (gate): Mount ✅\n\n**Dependencies:** Phase 1\n\n"
        "## Milestone v1.1: Tracking\n\n### ~~Phase 3: Guiding (BACKLOG)~~ — folded into phase 4\n\n"
        "### Phase 4: Motors\n\n**Depends on**: Phase 2 (the mount carries them)\n"
    )
    root = write(tmp_path, {"ROADMAP.md": roadmap, "phases/04-motors/04-01-PLAN.md": plan("04-motors", "01")})
    assert found(root) == []
    assert plans(root) == {
        "01": ("Optics", "completed", "v1"),
        "02": ("Mount", "completed", "v1"),
        "03": ("Guiding (BACKLOG)", "cancelled", "v1.1"),
        "04": ("Motors", "planned", "v1.1"),
        "v1": ("First light", "completed", None),
        "v1.1": ("Tracking", "planned", None),
    }


def test_lines_of_a_milestone(tmp_path: Path) -> None:
    roadmap = (
        "# Roadmap\n\n## Milestones\n\n### Shipped\n\n- v0.1 through v0.9: shipped (see the archive)\n\n### Planned\n\n"
        "- v1.0 Reports: Phases 1-1 (in progress)\n- 📋 **v2.0+ Later** — PDF export\n\n"
        "## Phases\n\n- [ ] **Phase 1: Charts** - what they show\n"
    )
    root = write(tmp_path, {"ROADMAP.md": roadmap, "phases/01-charts/01-01-PLAN.md": plan("01-charts", "01")})
    assert found(root) == []
    assert {id_: title for id_, (title, _, _) in plans(root).items() if id_[0] == "v"} == {
        "v1.0": "Reports",
        "v2.0": "Later",
    }


@pytest.mark.parametrize(
    ("path", "id_"),
    [
        ("phases/1-foundation---base-&-more/1-03-PLAN.md", "01-03"),
        ("phases/01-foundation/01-PLAN-03.md", "01-03"),
        ("phases/01-foundation/PLAN-03.md", "01-03"),
        ("phases/01-foundation/PLAN.md", "01-01"),
        ("phases/1/PLAN.md", "01-01"),
        ("phases/01-foundation/01-03b-PLAN.md", "01-03b"),
        ("workstreams/shop/phases/01-foundation/01-03-PLAN.md", "shop/01-03"),
        ("workstreams/shop/quick/3-typo/3-PLAN.md", "shop/quick-3"),
    ],
)
def test_names_of_files(tmp_path: Path, path: str, id_: str) -> None:
    root = write(tmp_path, {path: plan("01", '"03"'), path.replace("PLAN", "SUMMARY"): summary("01", '"03"')})
    assert [(m.id, m.status.value) for m in opened(root).milestones] == [(id_, "completed")]


def test_a_summary_of_a_revision_is_a_note(tmp_path: Path) -> None:
    files = {"REVISION-SUMMARY.md": "# What changed\n", "REVISION-02-SUMMARY.md": "# What changed then\n"}
    root = write(tmp_path, {f"phases/01-base/{name}": text for name, text in files.items()})
    write(root, {"phases/01-base/01-01-PLAN.md": plan("01-base", "01")})
    assert found(root) == []
    assert [m.id for m in opened(root).milestones] == ["01-01"]


def test_workstreams_count_from_the_start(tmp_path: Path) -> None:
    root = tmp_path
    for name in ("shop", "till"):
        home = f"workstreams/{name}"
        roadmap = f"# Roadmap\n\n- [x] **Phase 1: The {name}** - a\n- [ ] **Phase 2: More** - b\n"
        files = {
            "ROADMAP.md": roadmap,
            "STATE.md": f"---\nmilestone: v1.0\nmilestone_name: {name}\nstatus: executing\n---\n\n# State\n",
            "phases/01-base/01-01-PLAN.md": plan("01-base", "01"),
            "phases/01-base/01-01-SUMMARY.md": summary("01-base", "01"),
            "phases/02-more/02-01-PLAN.md": plan("02-more", "01", "[01-01]"),
            "milestones/v0.9-phases/07-old/07-01-SUMMARY.md": summary("07-old", "01"),
        }
        write(root, {f"{home}/{path}": text for path, text in files.items()})
    assert found(root) == []
    assert plans(root)["till/01"] == ("The till", "completed", "till/v1.0")
    assert plans(root)["shop/07"][2] == "shop/v0.9"
    assert plans(root)["shop/v1.0"][:2] == ("shop", "in_progress")
    depends = {m.id: m.depends_on for m in opened(root).milestones}
    assert depends["shop/02-01"] == ("shop/01-01",)
    assert depends["till/02-01"] == ("till/01-01",)


@pytest.mark.parametrize(
    ("written", "named"),
    [
        ("['01-P01']", ("01-01",)),
        ('["1-1"]', ("01-01",)),
        ("[01-02-content-and-images]", ("01-02",)),
        ('["01-CONTEXT"]', ()),
        ("none", ()),
        ("", ()),
    ],
)
def test_ways_to_name_a_plan(tmp_path: Path, written: str, named: tuple[str, ...]) -> None:
    files = {f"phases/01-base/01-0{number}-PLAN.md": plan("01-base", f"0{number}") for number in (1, 2)}
    root = write(tmp_path, {**files, "phases/02-more/02-01-PLAN.md": plan("02-more", "01", written)})
    assert found(root) == []
    assert {m.id: m.depends_on for m in opened(root).milestones}["02-01"] == named


@pytest.mark.parametrize(
    ("more", "named"),
    [
        ("requires:\n  - plan: 01-01\n    provides: seed\n", ("01-01",)),
        ("requires:\n  - phase: 01-base/02\n    provides: seed\n", ("01-01", "01-02")),
        ('requires:\n  - "01-01: the driver, its model"\n', ("01-01",)),
        ("affects: none (the last of its phase)\nrequires:\ntech-stack:\n  added: none\n", ()),
    ],
)
def test_ways_to_say_what_it_builds_on(tmp_path: Path, more: str, named: tuple[str, ...]) -> None:
    files = {f"phases/01-base/01-0{number}-SUMMARY.md": summary("01-base", f"0{number}") for number in (1, 2)}
    root = write(tmp_path, {**files, "phases/02-more/02-01-SUMMARY.md": summary("02-more", "01", more)})
    assert found(root) == []
    assert {m.id: m.depends_on for m in opened(root).milestones}["02-01"] == named


@pytest.mark.parametrize(
    ("heading", "title"),
    [
        ("# Plan 01-01 Summary — Composite body", "Composite body"),
        ("# 01-01 Summary — Anonymous form", "Anonymous form"),
        ("# Summary: The graph view", "The graph view"),
        ("# Phase 1 Plan 01 Summary: Core reasoning", "Core reasoning"),
        ("# Phase shell Plan 01: Gate and push Summary", "Gate and push"),
    ],
)
def test_titles_of_summaries(tmp_path: Path, heading: str, title: str) -> None:
    root = write(tmp_path, {"phases/01-base/01-01-SUMMARY.md": summary("01-base", "01", heading=heading)})
    assert [m.title for m in opened(root).milestones] == [title]


def test_a_number_is_no_title(tmp_path: Path) -> None:
    root = write(tmp_path, {"phases/01-base/01-01-SUMMARY.md": summary("01", "01", heading="# Plan 01-01 Summary")})
    assert opened(root).milestones[0].title not in ("1", "01", "01-01")
