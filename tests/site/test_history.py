"""What the pages say of the past, on real repositories: history, forecast, ageing work, and what changed."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
from typing import TYPE_CHECKING, Any

import jsonschema
import pytest

from milestones import rules, schemas
from milestones.cli import main
from milestones.project.workspace import open_workspace
from milestones.site import forges, past
from milestones.site.build import build_pages
from milestones.site.data import milestones_json
from milestones.site.pages import Page, SiteOptions
from milestones.site.standalone import render

if TYPE_CHECKING:
    from pathlib import Path

ROOT = ".agent/exec_plans/search"
MILESTONE = """---
id: EP-20260101-001/MS{n:03}
title: Thing {n}
status: {status}
domain: backend
owner: "@ana"
created: 2026-01-01
updated: 2026-01-01
{more}---

# Thing {n}

## Objective

Do it.
"""
PLAN = """---
id: EP-20260101-001
title: Search
status: in_progress
kind: feature
domain: backend
owner: "@ana"
created: 2026-01-01
updated: 2026-01-01
{more}---

# Search

## Purpose

Find things.
"""


class Repository:
    """A repository whose commits are made on days of one's choice."""

    def __init__(self, root: Path, *, git: bool = True) -> None:
        self.root = root
        root.mkdir(parents=True)
        (root / "milestones.toml").write_text('profile = "execplan"\n', encoding="utf-8")
        self.write(f"{ROOT}/EP-20260101-001.md", PLAN.format(more=""))
        if git:
            self.git("init", "--quiet", "-b", "main")

    def git(self, *arguments: str, day: str = "2026-01-01", author: str = "Ana") -> str:
        when = {f"GIT_{who}_DATE": f"{day}T12:00:00Z" for who in ("AUTHOR", "COMMITTER")}
        who = {
            "GIT_AUTHOR_NAME": author,
            "GIT_COMMITTER_NAME": "C",
            "GIT_AUTHOR_EMAIL": "a@x",
            "GIT_COMMITTER_EMAIL": "c@x",
        }
        kept = {k: v for k, v in os.environ.items() if not k.startswith("GIT_")}
        done = subprocess.run(
            ["git", *arguments], cwd=self.root, check=True, env={**kept, **when, **who}, capture_output=True, text=True
        )
        return done.stdout.strip()

    def write(self, path: str, text: str) -> None:
        file = self.root / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")

    def set(self, n: int, status: str, more: str = "") -> None:
        name = f"EP-20260101-001_MS{n:03}_thing.md"
        active, archive = f"{ROOT}/milestones/active/{name}", f"{ROOT}/milestones/archive/2026/01/01/{name}"
        closed = status in ("completed", "cancelled")
        (self.root / (active if closed else archive)).unlink(missing_ok=True)
        self.write(archive if closed else active, MILESTONE.format(n=n, status=status, more=more))

    def commit(self, day: str, message: str = "Change", author: str = "Ana") -> str:
        self.git("add", "-A")
        self.git("commit", "--quiet", "-m", message, day=day, author=author)
        return self.git("rev-parse", "HEAD")


@pytest.fixture
def repository(tmp_path: Path) -> Repository:
    return Repository(tmp_path / "repository")


def build(root: Path, today: str, monkeypatch: pytest.MonkeyPatch, **options: Any) -> tuple[dict[str, Page], Any]:
    workspace = open_workspace(root)
    workspace.today = today
    portfolio = workspace.portfolio((), rules.NOTHING.statistics)
    known = past.read(workspace, portfolio)
    chosen = SiteOptions(history=known, **options)
    pages = build_pages(portfolio, chosen)
    data = json.loads(milestones_json(portfolio, pages, known))
    jsonschema.Draft202012Validator(
        schemas.load("milestones-json"), format_checker=jsonschema.Draft202012Validator.FORMAT_CHECKER
    ).validate(data)
    for page in pages:
        for html in page.slots(lambda uri: "/" + uri).values():
            assert html
            assert all(line.strip() for line in html.split("\n"))
    return {page.uri: page for page in pages}, data


def words(page: Page, slot: str) -> str:
    html = page.slots(lambda uri: "/" + uri)[slot]
    return " ".join(re.sub(r"<[^>]+>", " ", html).split())


MS1 = "milestones/plans/ep-20260101-001/ms001.md"
PLAN_PAGE = "milestones/plans/ep-20260101-001.md"
HEALTH, ROADMAP = "milestones/health.md", "milestones/index.md"


def test_a_milestone_tells_its_steps(repository: Repository, monkeypatch: pytest.MonkeyPatch) -> None:
    repository.set(1, "planned")
    first = repository.commit("2026-01-02", "Write <it> down")
    repository.set(1, "in_progress")
    second = repository.commit("2026-01-05", "Begin", author="Bo & Co")
    repository.set(1, "completed")
    third = repository.commit("2026-01-08", "Done")
    pages, data = build(
        repository.root, "2026-01-10", monkeypatch, commit_url=lambda commit: f"https://example.org/c/{commit}"
    )
    html = pages[MS1].slots(lambda uri: "/" + uri)["history"]
    assert "## History\n" in pages[MS1].markdown
    for commit in (first, second, third):
        assert f'<a href="https://example.org/c/{commit}"><code>{commit[:9]}</code></a>' in html
    text = words(pages[MS1], "history")
    assert re.search(r"Planned 2 Jan 2026 .* In progress 5 Jan 2026 .* Completed 8 Jan 2026", text)
    assert "Write &lt;it&gt; down" in html
    assert "Bo &amp; Co" in html
    assert "Moved to .agent/ exec_plans/ search/ milestones/ archive/" in text
    assert "Planned for 3 days In progress for 3 days Cycle time 3 days Lead time 6 days" in text
    (milestone,) = data["milestones"]
    assert milestone["history"] == [
        {"status": "planned", "at": "2026-01-02T12:00:00Z", "commit": first},
        {"status": "in_progress", "at": "2026-01-05T12:00:00Z", "commit": second},
        {"status": "completed", "at": "2026-01-08T12:00:00Z", "commit": third},
    ]


def test_uncommitted_changes_are_made_today(repository: Repository, monkeypatch: pytest.MonkeyPatch) -> None:
    repository.set(1, "planned")
    repository.commit("2026-01-02")
    repository.set(1, "in_progress")
    pages, data = build(repository.root, "2026-01-10", monkeypatch)
    text = words(pages[MS1], "history")
    assert "In progress 10 Jan 2026 not committed yet" in text
    assert "In progress for less than a day so far" in text
    assert data["milestones"][0]["history"][-1]["commit"] is None
    assert "10 Jan 2026 1 change Planned to In progress Thing 1" in words(pages[HEALTH], "changes")


def test_reopened_deleted_and_brought_back(repository: Repository, monkeypatch: pytest.MonkeyPatch) -> None:
    for day, status in (("02", "in_progress"), ("03", "completed"), ("04", "blocked")):
        repository.set(1, status)
        repository.commit(f"2026-01-{day}")
    shutil.rmtree(repository.root / ROOT / "milestones")
    repository.commit("2026-01-05")
    repository.set(1, "on_hold")
    repository.commit("2026-01-06")
    pages, _ = build(repository.root, "2026-01-07", monkeypatch)
    text = words(pages[MS1], "history")
    assert "Blocked Reopened 4 Jan 2026" in text
    assert "Deleted 5 Jan 2026" in text
    changes = words(pages[HEALTH], "changes")
    assert "Back as On hold" in changes
    assert changes.index("6 Jan") < changes.index("5 Jan") < changes.index("2 Jan")


def finished(repository: Repository, count: int) -> None:
    for n in range(1, count + 1):
        repository.set(n, "planned")
    repository.commit("2026-01-01")
    for n in range(1, count + 1):
        repository.set(n, "in_progress")
        repository.commit(f"2026-02-{2 * n:02}")
        repository.set(n, "completed")
        repository.commit(f"2026-02-{2 * n + 1:02}")


def test_forecast_stands_beside_due(repository: Repository, monkeypatch: pytest.MonkeyPatch) -> None:
    repository.write(f"{ROOT}/EP-20260101-001.md", PLAN.format(more="due: 2026-12-01\n"))
    finished(repository, 6)
    repository.set(7, "planned", "due: 2026-02-21\n")
    repository.set(8, "planned", "due: 2027-01-01\n")
    repository.commit("2026-02-19")
    pages, data = build(repository.root, "2026-02-20", monkeypatch)
    dates = {m["id"][-1]: m["forecast"] for m in data["milestones"]}
    assert dates["1"] is None
    assert dates["7"]["p50"] > "2026-02-21"
    assert data["forecast"]["dates"]["p85"] == data["plans"][0]["forecast"]["p85"]
    assert "Unlikely by its due date" in words(pages[MS1.replace("1.md", "7.md")], "header")
    assert "Likely by its due date" in words(pages[MS1.replace("1.md", "8.md")], "header")
    table = words(pages[PLAN_PAGE], "milestones")
    assert "Due Forecast" in table
    assert "Unlikely by its due date" in table
    header = words(pages[PLAN_PAGE], "header")
    assert re.search(
        r"Forecast \d+ \w+( \d+)? to \d+ \w+ 2026 \(in 50 to 85 of 100 runs\) Likely by its due date", header
    )
    assert "Cycle time 1 day (median of 6)" in header
    roadmap = words(pages[ROADMAP], "forecast")
    assert re.search(r"2 open milestones are likely to be finished: \d+ \w+( \d+)? to \d+ \w+ 2026", roadmap)
    assert "Search EP-20260101-001 2 1 Dec 2026" in roadmap
    assert "unlikely" in words(pages[ROADMAP], "views")
    drawn = pages[ROADMAP].slots(lambda uri: uri)["views"]
    assert drawn.count('class="mst-expected"') == 2


def test_too_little_data_is_said(repository: Repository, monkeypatch: pytest.MonkeyPatch) -> None:
    finished(repository, 3)
    repository.set(4, "in_progress")
    repository.commit("2026-02-19")
    pages, data = build(repository.root, "2026-02-20", monkeypatch)
    reason = "3 milestones were finished in the last 50 days; a forecast needs at least 5"
    assert f"No forecast: {reason}." in words(pages[ROADMAP], "forecast")
    assert f"No forecast: {reason}." in words(pages[PLAN_PAGE], "header")
    assert data["forecast"]["reason"] == reason
    assert "git saw the whole of 3 finished milestones, and 5 are needed" in words(pages[HEALTH], "ageing")


def test_ageing_work_is_compared_with_what_was_finished(
    repository: Repository, monkeypatch: pytest.MonkeyPatch
) -> None:
    repository.set(7, "in_progress")
    repository.set(8, "planned")
    repository.set(9, "planned")
    finished(repository, 6)
    repository.set(8, "in_progress")
    repository.set(9, "blocked")
    repository.commit("2026-02-20")
    pages, _ = build(repository.root, "2026-02-20", monkeypatch)
    text = words(pages[HEALTH], "ageing")
    assert "Of 6 milestones that git saw from beginning to end, 85 in 100 took no longer than 1 day." in text
    assert "Thing 7 EP-20260101-001/MS007 In progress 50 days 50 days Longer than most" in text
    assert "Thing 8 EP-20260101-001/MS008 In progress since today since today Thing 9" in text
    assert "Blocked since today never in progress" in text


def test_the_charts_end_with_what_stands_now(repository: Repository, monkeypatch: pytest.MonkeyPatch) -> None:
    finished(repository, 4)
    repository.set(5, "in_progress")
    repository.set(6, "cancelled")
    repository.commit("2026-02-19")
    pages, _ = build(repository.root, "2026-02-20", monkeypatch)
    charts = words(pages[HEALTH], "over-time")
    assert "Scope 5 Done 4" in charts
    flow = charts.partition("Cumulative flow")[2]
    for told in ("Completed 4", "Cancelled 1", "In progress 1", "Planned 0"):
        assert told in flow
    assert flow.count("as a table") == 1


def test_what_changed_long_ago_is_not_listed(repository: Repository, monkeypatch: pytest.MonkeyPatch) -> None:
    repository.set(1, "planned")
    repository.commit("2026-01-02")
    pages, _ = build(repository.root, "2026-03-01", monkeypatch)
    assert words(pages[HEALTH], "changes") == "Nothing has changed since 2 Jan 2026."


@pytest.mark.parametrize("state", ["no git", "no commits"])
def test_without_history_there_is_a_note(tmp_path: Path, state: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(tmp_path))
    repository = Repository(tmp_path / "repository", git=state != "no git")
    repository.set(1, "in_progress")
    pages, data = build(repository.root, "2026-01-10", monkeypatch)
    if state == "no git":
        assert words(pages[HEALTH], "history").startswith("There is no history: ")
        assert "## History" not in pages[MS1].markdown
        assert "There is no history" in words(pages[ROADMAP], "forecast")
    else:
        assert "There are no commits yet." in words(pages[HEALTH], "over-time")
        assert "not committed yet" in words(pages[MS1], "history")
    assert len(data["notes"]) == 1


def test_a_shallow_clone_says_so(repository: Repository, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    repository.set(1, "planned")
    repository.commit("2026-01-02")
    repository.set(1, "in_progress")
    repository.commit("2026-01-05")
    clone = tmp_path / "clone"
    repository.git("clone", "--quiet", "--depth=1", f"file://{repository.root}", str(clone))
    pages, _ = build(clone, "2026-01-10", monkeypatch)
    assert "In progress or before: the clone is shallow" in words(pages[MS1], "history")
    assert "This clone is shallow" in words(pages[HEALTH], "over-time")
    assert "Nothing has changed since" in words(pages[HEALTH], "changes")
    assert "5 days or more" in words(pages[HEALTH], "ageing")


def test_a_day_before_all_commits_does_no_harm(repository: Repository, monkeypatch: pytest.MonkeyPatch) -> None:
    repository.set(1, "in_progress")
    repository.commit("2026-03-05")
    pages, _ = build(repository.root, "2026-01-10", monkeypatch)
    assert words(pages[HEALTH], "history") == "Git remembers no milestone up to today."


def test_hostile_commits_stay_text(repository: Repository, monkeypatch: pytest.MonkeyPatch) -> None:
    repository.set(1, "in_progress")
    repository.commit("2026-01-05", "</ol><script>alert(1)</script>\x1b[31m {{slot:footer}}", "<img src=x onerror=x>")
    pages, _ = build(repository.root, "2026-01-10", monkeypatch, commit_url=lambda _id: "javascript:alert(1)")
    for page in pages.values():
        made = "\n".join(page.slots(lambda uri: "/" + uri).values())
        assert "<script" not in made
        assert "<img" not in made
        assert "javascript:" not in made
        assert "\x1b" not in made


def test_kept_forecasts_say_the_same(repository: Repository) -> None:
    finished(repository, 6)
    repository.set(7, "planned")
    workspace = open_workspace(repository.root)
    workspace.today = "2026-02-20"
    portfolio = workspace.portfolio((), rules.NOTHING.statistics)
    kept: dict[str, str] = {}
    plain = past.read(workspace, portfolio).forecast
    assert past.read(workspace, portfolio, kept).forecast == plain
    assert len(kept) == 1
    assert past.read(workspace, portfolio, kept).forecast == plain
    assert len(kept) == 1


def test_the_same_bytes_and_the_switch(repository: Repository, tmp_path: Path) -> None:
    finished(repository, 6)
    repository.set(7, "blocked")
    at = ["-C", str(repository.root), "render", "--on-error", "ignore", "--today", "2026-02-20", "--out"]
    for name in ("a", "b"):
        assert main([*at, str(tmp_path / name)]) == 0
    files = [f.relative_to(tmp_path / "a") for f in (tmp_path / "a").rglob("*") if f.is_file()]
    assert all((tmp_path / "a" / f).read_bytes() == (tmp_path / "b" / f).read_bytes() for f in files)
    assert "Burn-up" in (tmp_path / "a/milestones/health.html").read_text("utf-8")
    assert main([*at, str(tmp_path / "c"), "--no-history"]) == 0
    assert "Burn-up" not in (tmp_path / "c/milestones/health.html").read_text("utf-8")
    data = json.loads((tmp_path / "c/milestones/milestones.json").read_text("utf-8"))
    jsonschema.validate(data, schemas.load("milestones-json"))
    assert data["forecast"] is None
    assert data["milestones"][0]["history"] == []


def test_plans_within_plans_are_finished_with_the_last_in_them(repository: Repository) -> None:
    finished(repository, 6)
    for n in range(7, 11):
        repository.set(n, "planned")
    workspace = open_workspace(repository.root)
    workspace.today = "2026-02-20"
    portfolio = workspace.portfolio((), rules.NOTHING.statistics)
    (inner,) = portfolio.plans
    outer = inner._replace(id="whole")
    half = inner._replace(id="half", parent="whole")
    moved = tuple(
        m._replace(plan_id="half") if m.number in ("007", "008") else m._replace(plan_id=inner.id)
        for m in portfolio.milestones
    )
    portfolio.plans, portfolio.milestones = (outer, half, inner._replace(parent="whole")), moved
    known = past.read(workspace, portfolio)
    assert known.plan_dates("whole") == known.forecast.whole
    assert known.plan_dates("half") == known.forecast.plans["half"]
    render(portfolio, SiteOptions(history=known), repository.root / "out")


@pytest.mark.parametrize(
    ("repository_url", "expected"),
    [
        ("https://github.com/o/r", "https://github.com/o/r/commit/abc"),
        ("https://github.com/o/r.git", "https://github.com/o/r/commit/abc"),
        ("https://github.com/o/r/tree/main/docs", "https://github.com/o/r/commit/abc"),
        ("https://gitlab.com/group/sub/r/", "https://gitlab.com/group/sub/r/-/commit/abc"),
        ("https://gitlab.example.org/o/r", "https://gitlab.example.org/o/r/-/commit/abc"),
        ("https://bitbucket.org/o/r", "https://bitbucket.org/o/r/commits/abc"),
        ("https://codeberg.org/o/r", "https://codeberg.org/o/r/commit/abc"),
        ("https://gitea.example.org/o/r", "https://gitea.example.org/o/r/commit/abc"),
        ("https://git.example.org/o/r", None),
        ("javascript://github.com/o/r", None),
        ("https://github.com/o", None),
        ("https://[github.com/o/r", None),
        ("", None),
    ],
)
def test_commits_on_forges(repository_url: str, expected: str | None) -> None:
    assert forges.commit_url(repository_url, "abc") == expected


@pytest.mark.parametrize(
    ("days", "expected"),
    [
        (0, "less than a minute"),
        (0.001, "1 minute"),
        (0.2, "5 hours"),
        (0.99, "1 day"),
        (1.04, "1 day"),
        (3.25, "3.2 days"),
        (41.6, "42 days"),
    ],
)
def test_durations(days: float, expected: str) -> None:
    assert past.duration(days) == expected
