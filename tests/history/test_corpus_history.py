"""Histories of other people's repositories, told by plain git as well. They lie beside the checkout."""

from __future__ import annotations

import re
import subprocess
from itertools import pairwise
from pathlib import Path

import pytest
from gitrepos import NOW

from milestones.history import timeline
from milestones.history.observation import Observation, Reading

BUNDLES = Path(__file__).parents[3] / "shared/corpus/history"

pytestmark = [
    pytest.mark.corpus,
    pytest.mark.skipif(not BUNDLES.is_dir(), reason="the files of other repositories (../shared/corpus) are not here"),
]

#: Bundle, and the folder of its documents.
REPOSITORIES = [
    ("trevor-nichols+agentrules-architect", ".agent/exec_plans"),
    ("23min+FlowTime", "work"),
    ("BigCactusLabs+blotter", "backlog"),
    ("Djelibeybi+lifx-async", ".planning"),
]
#: lifx-async names no ids: its plans are told apart by two keys, and what has no status of its own has a date or none.
_KEYS = rb"^(id|status|phase|plan|completed):[ \t]*[\"']?([^\"'\r\n]*?)[\"']?[ \t]*\r?$"


def git(at: Path, *arguments: str) -> bytes:
    return subprocess.run(["git", *arguments], cwd=at, capture_output=True, check=True).stdout


def identified(found: dict[str, str]) -> tuple[str, str] | None:
    if "id" in found:
        return found["id"], found.get("status", "?")
    if "phase" in found and "plan" in found:
        return f"{found['phase']}-{found['plan']}", found.get("status", found.get("completed", "?"))
    return None


def interpret(path: str, data: bytes) -> tuple[Observation, ...]:
    head = data.split(b"\n---", 1)[0] if data.startswith(b"---\n") else b""
    found: dict[str, str] = {}
    for key, value in re.findall(_KEYS, head, re.MULTILINE):
        found.setdefault(key.decode(), value.decode())
    told = identified(found)
    return (Observation("milestone", told[0], "", "", told[1], told[1], False),) if told else ()


def by_plain_git(root: Path, below: str) -> dict[str, list[tuple[str, str | None]]]:
    """For each id the commits of the main line that changed its status, by searching every one of their trees."""
    states: list[tuple[str, dict[str, str]]] = [("", {})]
    for commit in git(root, "rev-list", "--first-parent", "--reverse", "main").decode().split():
        pattern = r"^(id|status|phase|plan|completed):|^---"
        listing = subprocess.run(
            ["git", "grep", "-z", "-n", "-E", pattern, commit, "--", f"{below}/*.md"],
            cwd=root,
            capture_output=True,
            check=False,
        ).stdout
        documents: dict[str, dict[str, str]] = {}
        fences: dict[str, list[int]] = {}
        for entry in listing.split(b"\n"):
            parts = entry.split(b"\0")
            if len(parts) != 3:
                continue
            path, number, text = parts[0].decode().partition(":")[2], int(parts[1]), parts[2]
            if text.startswith(b"---"):
                if number > 1 or text == b"---":
                    fences.setdefault(path, []).append(number)
                continue
            lines = fences.get(path, [])
            pair = re.match(_KEYS, text)
            if lines[:1] == [1] and len(lines) == 1 and pair:
                documents.setdefault(path, {}).setdefault(pair[1].decode(), pair[2].decode())
        state: dict[str, str] = {}
        for path in sorted(documents):
            told = identified(documents[path])
            if told:
                state.setdefault(*told)
        states.append((commit, state))
    found: dict[str, list[tuple[str, str | None]]] = {}
    for (_, before), (commit, after) in pairwise(states):
        for id_ in sorted({*before, *after}):
            if before.get(id_) != after.get(id_):
                found.setdefault(id_, []).append((commit, after.get(id_)))
    return found


def on_the_main_line(root: Path) -> dict[str, str]:
    """For each commit the one of the main line that it came in by."""
    line = git(root, "rev-list", "--first-parent", "--reverse", "main").decode().split()
    found: dict[str, str] = {}
    for commit in line:
        for other in git(root, "rev-list", commit, *([f"^{commit}^1"] if commit != line[0] else [])).decode().split():
            found.setdefault(other, commit)
    return found


@pytest.mark.parametrize(("name", "below"), REPOSITORIES)
def test_as_plain_git_tells_it(tmp_path: Path, name: str, below: str) -> None:
    root = tmp_path / "clone"
    subprocess.run(["git", "clone", "-q", "-b", "main", str(BUNDLES / f"{name}.bundle"), str(root)], check=True)
    reading = Reading(interpret, lambda p: p.startswith(f"{below}/") and p.endswith(".md"), "corpus", below=below)
    history = timeline.read(root, reading, now=NOW)
    assert history.notes == ()
    came_by = on_the_main_line(root)
    ours: dict[str, list[tuple[str, str | None]]] = {}
    for id_, line in history.milestones.items():
        steps: list[tuple[str, str | None]] = []
        for step in line.steps:
            commit = came_by[step.commit.id]
            if steps and steps[-1][0] == commit:
                steps.pop()  # several commits of a branch, which came by one merge
            if not steps or steps[-1][1] != step.status:
                steps.append((commit, step.status))
        ours[id_] = steps
    expected = by_plain_git(root, below)
    assert sum(map(len, expected.values())) > 20
    assert ours == expected
    assert timeline.read(root, reading, now=NOW) == history  # from the cache
