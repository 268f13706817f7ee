"""A real aiwf repository, counted a second time with PyYAML and file names; and its history."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from collections import Counter
from pathlib import Path

import pytest
import yaml

from milestones.project.workspace import open_workspace
from milestones.rules import check

CORPUS = Path(__file__).parents[3] / "shared/corpus"
BUNDLE = CORPUS / "history/23min+FlowTime.bundle"
REPOSITORIES = sorted(CORPUS.glob("aiwf/*"))

pytestmark = pytest.mark.corpus

MEANING = {
    "draft": "planned", "proposed": "planned", "active": "in_progress", "in_progress": "in_progress",
    "done": "completed", "cancelled": "cancelled",
}  # fmt: skip
OLDER = re.compile(r"(?:[A-Z]+-)*M-[0-9]+(?:\.[0-9]+)+(?:-(?!.*\blog\.md).*)?\.md")


def matter(path: Path) -> dict[str, object]:
    found = re.match(r"---\n(.*?)\n---\n", path.read_text(encoding="utf-8"), re.DOTALL)
    return dict(yaml.safe_load(found[1])) if found else {}


@pytest.mark.parametrize("source", REPOSITORIES, ids=lambda path: path.name)
def test_counts(source: Path, tmp_path: Path) -> None:
    root = tmp_path / "copy"
    shutil.copytree(source, root)
    project = open_workspace(root).main
    assert project.profile.name == "aiwf"
    result = check(project)
    documents = [p for p in (root / "work").rglob("*.md") if p.name != "README.md"]
    assert result.statistics == (len(documents), len(documents), 0)

    numbered = [matter(p) for p in (root / "work/epics").glob("E-*/M-*.md")]
    older = [p for p in documents if OLDER.fullmatch(p.name)]
    found = {m.id: m for m in project.milestones}
    assert len(found) == len(project.milestones) == len(numbered) + len(older)
    statuses = Counter(MEANING[str(m["status"])] for m in numbered)
    statuses.update("completed" if "archived-epics" in p.parts else "planned" for p in older)
    assert Counter(m.status.value for m in found.values()) == statuses
    for fields in numbered:
        m = found[str(fields["id"])]
        criteria = fields["acs"]
        assert isinstance(criteria, list)
        words = Counter(c["status"] for c in criteria)
        assert tuple(m.tally) == (words["met"], words["met"] + words["open"])
        assert m.depends_on == tuple(fields.get("depends_on") or ())  # type: ignore[arg-type]
        assert (m.plan_id, m.title) == (fields["parent"], fields["title"])

    epics = [matter(p) for p in (root / "work/epics").glob("E-*/epic.md")]
    plans = {p.id: p for p in project.plans}
    assert {p: plans[p].status.value for p in plans if p.startswith("E-")} == {
        str(e["id"]): MEANING[str(e["status"])] for e in epics
    }
    folders = {p.name for p in (root / "work/archived-epics").iterdir() if p.is_dir()}
    ideas = {p.parent.name for p in (root / "work/epics/unplanned").glob("*/*.md") if p.name in ("spec.md", "epic.md")}
    assert {p for p in plans if not p.startswith("E-")} == folders | ideas
    assert all(plans[name].status.value == "completed" for name in folders)


@pytest.mark.skipif(not BUNDLE.is_file(), reason="the repository's history is not here")
def test_older_commits(tmp_path: Path) -> None:
    """No commit makes a crash or loses a file, and what disagrees on the way is found."""
    env = {k: v for k, v in os.environ.items() if not k.startswith("GIT_")} | {"GIT_CONFIG_GLOBAL": os.devnull}

    def git(*arguments: str) -> str:
        done = subprocess.run(["git", *arguments], cwd=tmp_path, env=env, capture_output=True, text=True, check=True)
        return done.stdout

    git("clone", "-q", "-b", "main", str(BUNDLE), "clone")
    seen: Counter[str] = Counter()
    commits = git("-C", "clone", "log", "--format=%H", "--", "work").split()
    for commit in commits[::20]:
        git("-C", "clone", "checkout", "-q", commit)
        project = open_workspace(tmp_path / "clone", profile="aiwf").main
        result = check(project)
        assert result.statistics.found == result.statistics.read + result.statistics.reported
        documents = [p for p in (tmp_path / "clone/work").rglob("*.md") if p.name not in ("README.md", "CLAUDE.md")]
        assert result.statistics.found == len(documents)
        seen.update({f.code for f in result.findings})
    assert seen["AR006"]
    assert seen["RF005"]
