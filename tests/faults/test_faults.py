"""Every command that writes is killed at each of its file operations, and finds the disk full or read-only there."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable

INJECTOR = Path(__file__).with_name("injector.py")
PLAN = "EP-20260105-001"
FOLDER = ".agent/exec_plans/reliable-webhooks"
RETRY = f"{FOLDER}/milestones/active/{PLAN}_MS002_retry-failed-deliveries.md"
SHOW = f"{FOLDER}/milestones/active/{PLAN}_MS003_show-deliveries.md"


def linked(repo: Any) -> None:
    """Make archiving MS002 edit other files too."""
    name = Path(RETRY).name
    for path, link in ((SHOW, name), (f"{FOLDER}/{PLAN}_reliable-webhooks.md", f"milestones/active/{name}")):
        with (repo.root / path).open("a", encoding="utf-8") as file:
            file.write(f"\nSee [the retries]({link}).\n")
    repo.commit("linked")


def with_ledger(repo: Any) -> None:
    repo.ok("ledger", "build")
    repo.commit("ledger")


def untidy(repo: Any) -> None:
    """Give two files a status that is written otherwise, and one of them the wrong name."""
    for path in (RETRY, SHOW):
        file = repo.root / path
        text = file.read_text(encoding="utf-8")
        file.write_text(
            text.replace("status: in_progress", "status: In-Progress").replace("status: planned", "status: Planned"),
            "utf-8",
        )
    repo.git("mv", RETRY, RETRY.replace("retry-failed", "Retry_failed"))
    repo.commit("untidy")


def finished(repo: Any) -> None:
    for number in ("MS002", "MS003"):
        repo.ok("archive", number, "--complete")
    repo.commit("finished")


def raced(repo: Any) -> None:
    repo.ok("ledger", "build")
    repo.commit("ledger")
    repo.git("checkout", "-q", "-b", "ours")
    repo.ok("new", PLAN, "Rate limits")
    repo.ok("new", PLAN, "Sign payloads", "--depends-on", "MS004")
    repo.commit("ours")
    repo.git("checkout", "-q", "-b", "theirs", "main")
    repo.ok("plan", "list")
    text = (repo.root / SHOW).read_text(encoding="utf-8").replace("MS003", "MS004")
    (repo.root / SHOW.replace("MS003_show", "MS004_mail")).write_text(text, encoding="utf-8")
    repo.commit("theirs")
    repo.git("checkout", "-q", "ours")


def remote(repo: Any) -> None:
    there = repo.root.with_name("remote.git")
    subprocess.run(["git", "init", "-q", "--bare", str(there)], check=True)
    repo.git("remote", "add", "origin", "../remote.git")


def nothing(repo: Any) -> None:
    """The example as it is."""


def recorded(repo: Any) -> None:
    file = repo.root / RETRY
    text = file.read_text(encoding="utf-8")
    file.write_text(text.replace("title:", "titel:", 1), encoding="utf-8")
    repo.ok("baseline")
    file.write_text(text, encoding="utf-8")
    repo.commit("baseline, and what it knew was mended")


REGISTER = """
from milestones import MilestoneRegistry
registry = MilestoneRegistry.open("."{plan})
registry.register_milestone("Rate limits", ["api", "queue"], "blocked")
"""

COMMANDS: dict[str, tuple[str, Callable[[Any], None], list[str]]] = {
    "plan new": ("base-v2", nothing, ["plan", "new", "Rate limits", "--owner", "@ana"]),
    "new": ("base", with_ledger, ["new", PLAN, "Rate limits"]),
    "new --reserve": ("base", remote, ["new", PLAN, "Rate limits", "--reserve"]),
    "set": ("base-v2", nothing, ["set", PLAN, "owner=@ana", "--note", "Handed over."]),
    "archive": ("base", linked, ["archive", "MS002", "--complete"]),
    "plan complete": ("base-v2", finished, ["plan", "complete", PLAN]),
    "renumber": ("base", raced, ["renumber", "--base", "theirs"]),
    "migrate": ("base-v2", nothing, ["migrate", "execplan-v2", "execplan"]),
    "init": ("base", nothing, ["init", "--ledger"]),
    "baseline": ("base", recorded, ["baseline"]),
    "baseline --remove": ("base", recorded, ["baseline", "--remove"]),
    "check --fix": ("base", untidy, ["check", "--fix", "--exit-zero", "-q"]),
    "ledger build": ("base", nothing, ["ledger", "build"]),
    "profile new": ("base", nothing, ["profile", "new", "plans/ours.toml", "--from", "execplan"]),
    "registry": ("base", nothing, ["python", REGISTER.format(plan=f", plan={PLAN!r}")]),
}


def injected(repo: Any, command: list[str], fault: str) -> list[dict[str, Any]]:
    done = subprocess.run(
        [sys.executable, "-B", str(INJECTOR)],
        input=json.dumps({"root": str(repo.root), "command": command, "fault": fault}),
        env=os.environ | {"SOURCE_DATE_EPOCH": "1769947200"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    steps: list[dict[str, Any]] = json.loads(done.stdout)
    whole, *steps = steps
    assert whole["status"] == 0, whole
    assert whole["state"] == "after", "the command changes nothing"
    assert len(steps) > 2, "no operation was met"
    assert steps[-1]["state"] == "after"
    return steps


@pytest.fixture
def prepared(request: pytest.FixtureRequest, git_repository: Callable[..., Any]) -> tuple[Any, list[str]]:
    base, prepare, command = COMMANDS[request.node.callspec.params["name"]]
    repo = git_repository(base)
    prepare(repo)
    return repo, command


@pytest.mark.parametrize("name", COMMANDS)
def test_killed(name: str, prepared: tuple[Any, list[str]]) -> None:
    repo, command = prepared
    for step in injected(repo, command, "kill")[:-1]:
        assert step["status"] is None, step
        # Only with a journal may files be between; then the next command undoes that, or tidies up.
        assert step["state"] != "between" or step["left"], step
        assert step["next_status"] == 0, step
        assert step["next"] in ("before", "after"), step
        assert step["stays"] == [], step
        assert step["again_status"] == 0, step
        # A number that was claimed for nothing is a gap.
        assert step["again"] == "after" or "--reserve" in command, step


@pytest.mark.parametrize("name", COMMANDS)
def test_the_disk_is_full(name: str, prepared: tuple[Any, list[str]]) -> None:
    repo, command = prepared
    for step in injected(repo, command, "full")[:-1]:
        assert "internal error" not in step["err"], step
        if step["status"] == 0:  # what had happened could not be tidied up
            assert step["next"] == "after", step
        else:
            assert step["status"] == 2, step
            assert "No space left on device" in step["err"], step
            assert step["state"] == "before", step
        assert step["stays"] == [], step


@pytest.mark.parametrize("name", ["new", "archive", "renumber", "init", "baseline --remove"])
def test_the_disk_turns_read_only(name: str, prepared: tuple[Any, list[str]]) -> None:
    repo, command = prepared
    for step in injected(repo, command, "read-only")[:-1]:
        assert "internal error" not in step["err"], step
        assert step["status"] == 2 or step["next"] == "after", step
        assert step["status"] == 0 or "Read-only file system" in step["err"] or "temporary" in step["err"], step
        # Where it can't even be undone, the next command does it.
        assert step["next"] in ("before", "after"), step
        assert step["stays"] == [], step
