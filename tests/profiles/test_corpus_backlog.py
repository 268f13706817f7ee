"""Real Backlog.md repositories, counted a second time with regular expressions over the files."""

from __future__ import annotations

import os
import re
import subprocess
from collections import Counter
from pathlib import Path

import pytest
import yaml

from milestones.project.workspace import open_workspace
from milestones.rules import check

CORPUS = Path(__file__).parents[3] / "shared/corpus"
BUNDLE = CORPUS / "history/BigCactusLabs+blotter.bundle"
REPOSITORIES = sorted(CORPUS.glob("backlog/*"))

pytestmark = pytest.mark.corpus

MEANING = {"to do": "planned", "in progress": "in_progress", "done": "completed"}


def by_other_means(root: Path) -> dict[str, object]:
    """Tasks, statuses, dependencies, parents and criteria: PyYAML for the fields, patterns for the rest."""
    statuses: Counter[str] = Counter()
    dependencies = parents = done = boxes = files = 0
    ids: Counter[str] = Counter()
    unfinished = 0
    tasks = [
        path
        for folder in ("tasks", "completed", "archive/tasks")
        for path in (root / "backlog" / folder).glob("*.md")
        if re.match(r"[a-z]+-[0-9]", path.name, re.IGNORECASE)
    ]
    for path in tasks:
        files += 1
        text = path.read_text(encoding="utf-8")
        ids[path.name.partition(" - ")[0].casefold()] += 1
        found = re.match(r"---\n(.*?)\n---\n", text, re.DOTALL)
        fields = yaml.safe_load(found[1]) if found else {}
        statuses[MEANING[str(fields.get("status", "To Do")).casefold()]] += 1
        dependencies += len(fields.get("dependencies") or [])
        parents += "parent_task_id" in fields
        part = "".join(re.findall(r"^## (?:Acceptance Criteria|Definition of Done).*?(?=^## |\Z)", text, re.M | re.S))
        marks = re.findall(r"^\s*- \[(.)\]", part, re.MULTILINE)
        boxes += len(marks)
        done += sum(mark != " " for mark in marks)
        unfinished += fields.get("status") == "Done" and " " in marks
    return {
        "documents": len(list((root / "backlog").rglob("*.md"))),
        "tasks": files,
        "statuses": statuses,
        "dependencies": dependencies,
        "parents": parents,
        "tally": (done, boxes),
        "twins": sum(count - 1 for count in ids.values()),
        "unfinished": unfinished,
    }


@pytest.mark.parametrize("root", REPOSITORIES, ids=lambda path: path.name)
def test_counts(root: Path) -> None:
    project = open_workspace(root).main
    assert project.profile.name == "backlog"
    result = check(project)
    statistics = result.statistics
    assert (statistics.found, statistics.reported) == (statistics.read, 0)
    milestones = project.milestones
    codes = Counter(finding.code for finding in result.findings)
    assert by_other_means(root) == {
        "documents": statistics.found,
        "tasks": len(milestones),
        "statuses": Counter(m.status.value for m in milestones),
        "dependencies": sum(len(m.depends_on) for m in milestones),
        "parents": sum(m.parent is not None for m in milestones),
        "tally": (sum(m.tally.done for m in milestones), sum(m.tally.total for m in milestones)),
        "twins": codes["SQ001"],
        "unfinished": codes["CT005"],
    }
    assert not any(finding.severity.value == "error" for finding in result.findings)


def test_every_commit_of_a_history(tmp_path: Path) -> None:
    """Nothing is lost on the way, and a task's status is read as git has it."""
    env = {k: v for k, v in os.environ.items() if not k.startswith("GIT_")} | {"GIT_CONFIG_GLOBAL": os.devnull}

    def git(*arguments: str, at: Path) -> str:
        return subprocess.run(["git", *arguments], cwd=at, env=env, capture_output=True, text=True, check=True).stdout

    clone = tmp_path / "clone"
    git("clone", "-q", "-b", "main", str(BUNDLE), str(clone), at=tmp_path)
    for commit in git("log", "--reverse", "--format=%H", "main", at=clone).split():
        git("checkout", "-q", commit, at=clone)
        if not (clone / "backlog").is_dir():
            continue
        project = open_workspace(clone).main
        statistics = check(project).statistics
        files = git("ls-files", "backlog/*.md", at=clone).splitlines()
        assert (statistics.found, statistics.read) == (len(files), len(files))
        words = git("grep", "-h", "^status: ", "--", "backlog", at=clone).splitlines()
        assert Counter(m.status.value for m in project.milestones) == Counter(
            MEANING[word.removeprefix("status: ").strip("'\"").casefold()] for word in words
        )
