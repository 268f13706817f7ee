"""``log``, ``stats``, ``forecast``, ``diff`` and ``--at`` on real git repositories."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import pytest

from milestones import schemas
from milestones.registry import MilestoneRegistry, Status

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

PLAN = "EP-20260105-001"
RETRY = f"{PLAN}/MS002"
ROOT = ".agent/exec_plans/reliable-webhooks"
#: 2026-01-30T12:00:00Z.
NOON = 1_769_774_400


def begin(repo: Any) -> Callable[[str, int], None]:
    """Make its history anew; what is given back commits everything, some hours after noon of January 30."""
    shutil.rmtree(repo.root / ".git")
    repo.git("init", "-q", "-b", "main")
    for key, value in (("user.name", "Mira Example"), ("user.email", "m@example.org"), ("core.autocrlf", "false")):
        repo.git("config", key, value)

    def commit(message: str, at: int) -> None:
        when = f"{NOON + at * 3600} +0000"
        repo.git("add", "-A")
        env = os.environ | {"GIT_AUTHOR_DATE": when, "GIT_COMMITTER_DATE": when}
        subprocess.run(["git", "commit", "-q", "-m", message], cwd=repo.root, env=env, check=True)

    repo.commit_at = commit
    return commit


@pytest.fixture
def past(repo: Any) -> Any:
    """The example, committed on January 30: then finished, filed and reopened; a milestone is new."""
    commit = begin(repo)
    commit("Begin", 0)
    repo.git("tag", "begun")
    repo.ok("set", "MS002", "status=completed", "due=2026-02-20")
    commit("Finish retries", 1)
    repo.ok("archive", "MS002")
    commit("File retries", 2)
    repo.git("tag", "filed")
    file = repo.root / repo.path(RETRY)
    file.write_text(file.read_text(encoding="utf-8").replace("status: completed", "status: in_progress"), "utf-8")
    commit("Retries again", 26)
    repo.ok("new", PLAN, "Audit log")
    return repo


def data(repo: Any, *arguments: str, schema: str = "") -> Any:
    found = json.loads(repo.ok(*arguments, "--json"))
    assert schemas.explain(found, schemas.load(schema or arguments[0])) == []
    return found


# log


def test_log(past: Any) -> None:
    found = data(past, "log", RETRY)
    assert [(s["status"], s["at"], s["reopened"], s["commit"]["subject"]) for s in found["steps"]] == [
        ("in_progress", "2026-01-30T12:00:00Z", False, "Begin"),
        ("completed", "2026-01-30T13:00:00Z", False, "Finish retries"),
        ("in_progress", "2026-01-31T14:00:00Z", True, "Retries again"),
    ]
    assert [move["commit"]["subject"] for move in found["moves"]] == ["File retries"]
    assert found["moves"][0]["from"].startswith(f"{ROOT}/milestones/active/")
    assert found["moves"][0]["to"] == found["path"]
    assert (found["complete"], found["notes"]) == (True, [])
    short = past.git("rev-parse", "--short=9", "HEAD").strip()
    for name in (RETRY, RETRY.lower(), "ms002"):
        text = past.ok("log", name, below="docs")
        assert f"{short}  Mira Example  Retries again" in text
        assert "in_progress, reopened" in text
        assert "MOVED TO" in text


def test_log_of_a_plan_of_what_is_new_and_of_what_is_gone(past: Any) -> None:
    assert [s["word"] for s in data(past, "log", PLAN)["steps"]] == ["active"]
    new = data(past, "log", "MS004")
    assert [(s["status"], s["commit"]) for s in new["steps"]] == [
        ("planned", {"id": None, "author": None, "subject": "uncommitted changes"})
    ]
    (past.root / past.path(f"{PLAN}/MS003")).unlink()
    past.commit_at("Drop deliveries", 30)
    gone = data(past, "log", "MS003")
    assert (gone["id"], gone["title"], gone["status"]) == (f"{PLAN}/MS003", None, None)
    assert [s["deleted"] for s in gone["steps"]] == [False, True]
    assert "(deleted)" in past.ok("log", f"{PLAN}/MS003")


def test_log_of_nothing(past: Any) -> None:
    done = past.run("log", f"{PLAN}/MS009")
    assert (done.status, done.out) == (1, "")
    assert done.err.startswith(f"error: there is no milestone or plan {PLAN}/MS009, and git remembers none\n")
    assert "did you mean" in done.err


def test_what_commits_say_reaches_no_terminal(past: Any) -> None:
    past.git("config", "user.name", "Mira \x1b[31m")
    past.ok("set", "MS003", "status=blocked")
    past.commit_at("Wait \x1b]0;x\x07", 30)
    for arguments in (("log", "MS003"), ("log", "MS003", "--json"), ("stats",), ("diff", "filed")):
        assert "\x1b" not in past.ok(*arguments)
    assert "Wait \\u{1b}]0;x" in past.ok("log", "MS003")


def test_a_shallow_clone_and_no_git_at_all(past: Any, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    past.ok("set", "MS003", "status=blocked")
    past.commit_at("Wait", 30)
    clone = tmp_path / "clone"
    past.git("clone", "-q", "--depth", "1", f"file://{past.root}", str(clone))
    whole, past.root = past.root, clone
    done = past.run("log", "MS003", "--json")
    assert (done.status, json.loads(done.out)["complete"]) == (0, False)
    assert done.err.startswith("note: this clone is shallow: ")
    assert "blocked, or before" in past.ok("log", "MS003")
    done = past.run("list", "--at", "HEAD~1")
    assert done.status == 2
    assert "git fetch --unshallow" in done.err
    past.root = whole
    shutil.rmtree(past.root / ".git")
    for arguments in (("log", "MS003"), ("stats",), ("forecast",)):
        done = past.run(*arguments)
        assert done.status == 0
        assert done.err.startswith("note: there is no history: not a git repository")
        assert schemas.explain(json.loads(past.run(*arguments, "--json").out), schemas.load(arguments[0])) == []
    monkeypatch.setenv("PATH", str(tmp_path))
    assert "note: there is no history: git can't be run" in past.run("log", "MS003").err
    assert past.run("diff", "HEAD").status == 2


# stats


def test_stats(past: Any) -> None:
    found = data(past, "stats")
    assert (found["milestones"], found["today"], found["since"]) == (4, "2026-02-01", None)
    assert found["throughput"] == [{"from": "2026-01-30", "to": "2026-02-01", "finished": 0}]
    assert [e["commit"]["subject"] for e in found["reopened"]] == ["Retries again"]
    assert [a["id"] for a in found["in_progress"]] == [RETRY]
    past.ok("set", "MS002", "status=completed")
    past.commit_at("Done", 50)
    found = data(past, "stats", "--plan", PLAN.lower())
    assert found["cycle_time"] == {"values": 1, "median": 2.08, "p85": 2.08, "longest": 2.08}
    assert sum(week["finished"] for week in found["throughput"]) == 1
    text = past.ok("stats", "--plan", PLAN)
    assert re.search(r"^cycle time +1 +2\.1 +2\.1 +2\.1$", text, re.MULTILINE)
    assert "Finished: 1" in text
    assert past.ok("stats", below="docs") == past.ok("stats")


def test_stats_since_a_day(past: Any) -> None:
    found = data(past, "stats", "--since", "2026-02-01")
    assert (found["since"], found["reopened"]) == ("2026-02-01", [])
    assert found["throughput"] == [{"from": "2026-02-01", "to": "2026-02-01", "finished": 0}]
    assert found["time_in_status"]["in_progress"]["longest"] <= 1.0


# forecast


def finish(repo: Any, count: int) -> None:
    """Milestones that are finished, one every second day of January."""
    numbers = range(4, 4 + count)
    for number in numbers:
        repo.ok("new", PLAN, f"Part {number}")
    repo.commit_at("Plan parts", -24 * 26)
    for at, number in enumerate(numbers):
        repo.ok("set", f"MS{number:03}", "status=completed")
        repo.commit_at(f"Finish {number}", -24 * 25 + 48 * at)


def test_too_little_for_a_forecast_is_said(past: Any) -> None:
    found = data(past, "forecast")
    assert (found["whole"], found["milestones"]) == (None, [])
    assert found["reason"] == "the history covers 2 days; a forecast needs at least 14"
    assert "no forecast: the history covers 2 days" in past.ok("forecast")


@pytest.fixture
def paced(repo: Any) -> Any:
    """The example with a month of history, in which ten milestones were finished."""
    begin(repo)("Begin", -24 * 27)
    finish(repo, 10)
    return repo


def test_forecast(paced: Any) -> None:
    found = data(paced, "forecast")
    assert (found["reason"], found["open"], found["window"]) == (None, 2, {"days": 29, "finished": 10})
    whole = list(found["whole"].values())
    assert whole == sorted(whole)
    assert whole[0] > "2026-02-01"
    assert [row["id"] for row in found["plans"]] == [PLAN]
    rows = {row["id"]: row for row in found["milestones"]}
    assert rows[RETRY]["p50"] < rows[f"{PLAN}/MS003"]["p50"] == whole[0]
    for row in (*found["plans"], *rows.values()):
        met = [p for p in (50, 70, 85, 95) if row["due"] and row[f"p{p}"] and row[f"p{p}"] <= row["due"]]
        assert row["chance"] == (max(met, default=0) if row["due"] else None)
    assert data(paced, "forecast", "--plan", PLAN)["whole"] == found["whole"]
    assert data(paced, "forecast", "--seed", "7")["seed"] == 7
    assert paced.ok("forecast", below="docs") == paced.ok("forecast")


def test_an_unlikely_due_day_is_said(paced: Any) -> None:
    paced.ok("set", "MS002", "due=2026-02-02")
    row = next(row for row in data(paced, "forecast")["milestones"] if row["id"] == RETRY)
    assert (row["due"], row["chance"]) == ("2026-02-02", 0)
    text = paced.ok("forecast")
    assert "2026-02-02 unlikely" in text
    assert "due days unlikely: met in less than 50 of 100 runs" in text


# --at


def test_the_state_of_a_commit(past: Any) -> None:
    before = data(past, "list", "--at", "begun", schema="list")["milestones"]
    assert [(m["id"][-5:], m["status"]) for m in before] == [
        ("MS001", "completed"),
        ("MS002", "in_progress"),
        ("MS003", "planned"),
    ]
    assert before[1]["due"] == "2026-02-06"
    assert [
        m["id"] for m in data(past, "list", "--at", "filed", "--status", "in_progress", schema="list")["milestones"]
    ] == []
    assert "done" not in past.ok("plan", "list", "--at", "2026-01-30")
    shown = data(past, "show", "MS002", "--at", "filed", schema="list")["milestone"]
    assert (shown["status"], shown["due"]) == ("completed", "2026-02-20")
    assert "/archive/" in shown["path"]
    assert past.ok("list", "--at", "begun", below="docs") == past.ok("list", "--at", "begun")
    assert data(past, "plan", "list", "--at", "begun", schema="list")["plans"][0]["milestones"] == [
        m["id"] for m in before
    ]


def test_the_state_of_head_is_that_of_a_clean_work_tree(past: Any) -> None:
    past.commit_at("All of it", 31)
    for arguments in (("list",), ("plan", "list"), ("show", "MS002"), ("show", PLAN)):
        now = past.ok(*arguments, "--json", "--today", "2026-02-01")
        assert past.ok(*arguments, "--json", "--today", "2026-02-01", "--at", "HEAD") == now
    for out, more in (("a", ()), ("b", ("--at", "HEAD"))):
        past.ok("render", "--out", out, "--today", "2026-02-01", "--on-error", "ignore", *more)
    pages = [
        {f.relative_to(d): f.read_bytes() for f in d.rglob("*") if f.is_file()}
        for d in (past.root / "a", past.root / "b")
    ]
    assert pages[0] == pages[1]


def test_today_is_the_day_of_the_commit(past: Any) -> None:
    """So that what is overdue then is what was overdue then."""
    past.ok("set", "MS002", "due=2026-01-31")
    past.commit_at("Hurry", 31)
    overdue = lambda *more: next(  # noqa: E731
        m["overdue"] for m in data(past, "list", "--at", "HEAD", *more, schema="list")["milestones"] if m["id"] == RETRY
    )
    assert not overdue()
    assert overdue("--today", "2026-02-01")


def test_what_a_commit_has_that_is_no_document(past: Any) -> None:
    active = past.root / ROOT / "milestones/active"
    (active / f"{PLAN}_MS005_link.md").symlink_to("nowhere.md")
    (active / f"{PLAN}_MS006_large.md").write_text("x" * 1_100_000, encoding="utf-8")
    (active / f"{PLAN}_MS007_empty.md").write_text("", encoding="utf-8")
    past.commit_at("Odd files", 31)
    for more in ((), ("--at", "HEAD")):
        done = past.run("list", *more)
        assert done.status == 0
        warned = [line.rsplit(": ", 1)[1] for line in done.err.splitlines()]
        assert warned[0] == "the file is a symbolic link; it is not listed"
        assert len(warned) == 3


@pytest.mark.parametrize(
    "arguments",
    [
        ("list", "--at", "nope"),
        ("plan", "list", "--at", "HEAD:README.md"),
        ("show", "MS002", "--at", "HEAD~99"),
        ("list", "--at", "2020-01-01"),
        ("list", "--at", "2026-02-31"),
        ("list", "--at", ""),
        ("list", "--at=-x"),
        ("list", "--at", "a\nb"),
        ("list", "--at", "a\ud800b"),
        ("render", "--out", "x", "--at", "nope"),
        ("diff", "nope"),
        ("diff", "HEAD", "nope"),
        ("diff", "nope", "--since-fork"),
        ("stats", "--since", "yesterday"),
        ("stats", "--since", "2027-01-01"),
        ("forecast", "--window", "3"),
        ("forecast", "--window", "many"),
        ("forecast", "--seed", "x"),
        ("log",),
    ],
)
def test_what_can_not_be_asked_is_status_2(past: Any, arguments: tuple[str, ...]) -> None:
    done = past.run(*arguments)
    assert (done.status, done.out) == (2, "")
    assert done.err.startswith("error: ")
    assert "= help: " in done.err
    assert "internal error" not in done.err


def test_a_ref_that_is_none_is_named(past: Any) -> None:
    done = past.run("list", "--at", "nope")
    assert done.err == (
        "error: there is no commit 'nope' here\n  = help: see `git branch --all` and `git tag` for names\n"
    )


@pytest.mark.parametrize("command", ["stats", "forecast"])
def test_a_plan_that_is_none(past: Any, command: str) -> None:
    done = past.run(command, "--plan", "EP-20260105-002")
    assert done.status == 1
    assert "did you mean EP-20260105-001?" in done.err


# diff


def test_diff(past: Any) -> None:
    found = json.loads(past.ok("diff", "begun", "filed", "--format", "json"))
    assert schemas.explain(found, schemas.load("diff")) == []
    assert [(c["kind"], c["id"]) for c in found["changes"]] == [
        ("finished", RETRY),
        ("moved", RETRY),
        ("slipped", RETRY),
    ]
    text = past.ok("diff", "begun", "filed", below="docs")
    assert "1 finished, 1 moved, 1 date slipped" in text
    assert past.ok("diff", "begun", "filed", "--format", "markdown").startswith("### Plan: begun")
    now = json.loads(past.ok("diff", "filed", "--format", "json"))
    assert {c["kind"] for c in now["changes"]} == {"reopened", "added"}
    assert past.run("diff", "HEAD", "HEAD").out.endswith("the plan did not change\n")


def test_diff_of_a_branch_leaves_out_what_its_base_did_since(past: Any) -> None:
    past.commit_at("Base", 31)
    past.git("checkout", "-q", "-b", "work")
    past.ok("set", "MS003", "status=in_progress")
    past.commit_at("Start", 32)
    past.git("checkout", "-q", "main")
    past.ok("set", "MS004", "due=2026-03-31")
    past.commit_at("Date", 33)
    kinds = lambda *more: [  # noqa: E731
        c["kind"] for c in json.loads(past.ok("diff", "main", "work", "--format", "json", *more))["changes"]
    ]
    assert kinds() == ["started", "slipped"]
    assert kinds("--since-fork") == ["started"]


# The rest.


@pytest.mark.parametrize("command", ["log", "stats", "forecast", "diff"])
def test_help_has_an_example(repo: Any, command: str) -> None:
    assert "Example:\n  milestones " in repo.run(command, "--help").out


def test_completion_of_ids_and_refs(past: Any) -> None:
    command = os.path.join(os.path.dirname(sys.executable), "milestones")

    def offered(line: str) -> list[str]:
        done = subprocess.run(
            [command],
            cwd=past.root,
            env={
                **os.environ,
                "_ARGCOMPLETE": "1",
                "_ARGCOMPLETE_STDOUT_FILENAME": str(past.root / "offered"),
                "COMP_LINE": line,
                "COMP_POINT": str(len(line)),
                "_ARGCOMPLETE_COMP_WORDBREAKS": " ",
                "_ARGCOMPLETE_IFS": "\n",
            },
            capture_output=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        return [word.strip() for word in (past.root / "offered").read_text(encoding="utf-8").split("\n")]

    assert RETRY in offered("milestones log ")
    assert PLAN in offered("milestones stats --plan ")
    assert "begun" in offered("milestones list --at ")
    assert "filed" in offered("milestones diff ")


def test_the_registry_asks_git(past: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    from milestones.history import timeline

    registry = MilestoneRegistry.open(past.root)
    found = registry.get_status_history("MS002")
    assert [(c.at, c.status, c.previous, len(c.commit)) for c in found] == [
        ("2026-01-30T12:00:00+00:00", Status.IN_PROGRESS, None, 40),
        ("2026-01-30T13:00:00+00:00", Status.COMPLETED, Status.IN_PROGRESS, 40),
        ("2026-01-31T14:00:00+00:00", Status.IN_PROGRESS, Status.COMPLETED, 40),
    ]
    read = timeline.read
    calls: list[int] = []
    monkeypatch.setattr(timeline, "read", lambda *a, **k: (calls.append(1), read(*a, **k))[1])
    registry.update_milestone_status("MS003", "in_progress")
    registry.update_milestone_status("MS003", "completed")
    steps = registry.get_status_history("MS003")
    assert [(c.status.value, c.commit != "") for c in steps] == [
        ("planned", True),
        ("in_progress", False),
        ("completed", False),
    ]
    assert [c.status for c in registry.get_status_history("MS004")] == [Status.PLANNED]  # never committed
    assert calls == []
    past.commit_at("Now", 31)
    assert registry.get_status_history("MS003")[-1].commit
    assert calls == [1]


def test_the_log_of_two_with_one_id_shows_each_for_itself(repo: Any) -> None:
    commit = begin(repo)
    for child in repo.root.iterdir():
        if child.name != ".git":
            shutil.rmtree(child) if child.is_dir() else child.unlink()
    (repo.root / "milestones.toml").write_text('profile = "gsd"\n', encoding="utf-8")
    for day, (version, name, status) in enumerate((("v1.0", "first", "complete"), ("v1.1", "second", "complete"))):
        text = f"---\nphase: 01-{name}\nplan: 01\nstatus: {status}\n---\n\n# Phase 1 Plan 1: The {name} of two\n"
        file = repo.root / f".planning/milestones/{version}-phases/01-{name}/01-01-SUMMARY.md"
        file.parent.mkdir(parents=True)
        file.write_text(text, encoding="utf-8")
        commit(f"The {name}", day)
    for id_, subject, other in (("v1.0/01-01", "The first", "The second"), ("v1.1/01-01", "The second", "The first")):
        done = repo.run("log", id_)
        assert done.status == 0
        steps = done.out.split("\n", 1)[1]
        assert subject in steps
        assert other not in steps
        assert "each is followed for itself" in done.err
        history = MilestoneRegistry.open(repo.root).get_status_history(id_)
        assert [change.status for change in history] == [Status.COMPLETED]
