"""Real GSD 2 repositories, counted a second time with regular expressions over the files."""

from __future__ import annotations

import re
import shutil
from collections import Counter
from pathlib import Path

import pytest
import yaml

from milestones.project.workspace import open_workspace
from milestones.rules import check

CORPUS = Path(__file__).parents[3] / "shared/corpus"
REPOSITORIES = sorted(CORPUS.glob("gsd2/*"))

pytestmark = pytest.mark.corpus


def matter(path: Path) -> dict[str, object] | None:
    """Front matter by PyYAML; None where there is none that it reads."""
    found = re.match(r"---\n(.*?)\n---\n", path.read_text(encoding="utf-8"), re.DOTALL)
    try:
        return dict(yaml.safe_load(found[1]) or {}) if found else {}
    except (yaml.YAMLError, ValueError):
        return None


def id_of(path: Path) -> str:
    """`M001/S01/T01` from whatever of it the path holds, in either layout."""
    steps = re.findall(r"(?<![A-Za-z0-9])([MST][0-9]+)(?=[-/])", "/".join(path.parts[-7:]) + "/")
    return "/".join(dict.fromkeys(sorted(steps, key=lambda s: "MST".index(s[0]))))


def by_other_means(root: Path) -> dict[str, object]:
    """Milestones, slices, tasks, what is done, how many depend on what: told by file names and rows of tables."""
    home = root / ".gsd/milestones"
    done: set[str] = set()
    work: set[str] = set()
    edges: set[tuple[str, str]] = set()
    tasks: dict[str, tuple[int, int]] = {}
    for path in home.rglob("*.md"):
        if not re.fullmatch(r"(?:M[0-9]+-)?[ST][0-9]+-(?:PLAN|SUMMARY)\.md", path.name):
            continue
        work.add(id_of(path))
        if "SUMMARY" in path.name:
            done.add(id_of(path))
        else:
            part = re.search(r"^## Tasks\n(.*?)(?=^## |\Z)", path.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL)
            marks = re.findall(r"^- \[(.)\]", part[1], re.MULTILINE) if part else []
            if marks and "S" in path.name:
                tasks[id_of(path)] = (marks.count("x"), len(marks))
            for title in re.findall(r"^- \[(.)\] \*\*(T[0-9]+):", part[1], re.MULTILINE) if part else []:
                work.add(f"{id_of(path)}/{title[1]}")
    for path in home.glob("*/M*-ROADMAP.md"):
        plan = path.parent.name
        text = path.read_text(encoding="utf-8")
        rows = re.findall(r"^\| (S[0-9]+) \| [^|]+ \| \w+ \| ([^|]*) \|", text, re.MULTILINE)
        details = re.findall(
            r"^### (?:M[0-9]+/)?(S[0-9]+):.*?\*\*Depends on\*\*: ([^\n]*)", text, re.MULTILINE | re.DOTALL
        )
        work |= {f"{plan}/{slice_}" for slice_, _ in rows + details}
        for slice_, needs in rows + details:
            edges |= {(f"{plan}/{slice_}", need) for need in named(plan, needs)}
    for path in home.rglob("*.md"):
        if re.search(r"S[0-9]+-(?:SUMMARY|PLAN)\.md$", path.name) and (fields := matter(path)):
            graph = fields.get("dependency_graph")
            wanted = [
                fields.get("requires"),
                fields.get("depends_on"),
                graph.get("requires") if isinstance(graph, dict) else None,
            ]
            for item in (item for some in wanted if isinstance(some, list) for item in some):
                text = str(item.get("slice", "")) if isinstance(item, dict) else str(item)
                edges |= {(id_of(path), need) for need in named(id_of(path).split("/")[0], text)}
    return {
        "work": work,
        "done": done,
        "tasks": tasks,
        "edges": {(a, b) for a, b in edges if b in work and a != b},
        "dead": {(a, b) for a, b in edges if b not in work},
        "unreadable": {p.relative_to(root).as_posix() for p in (root / ".gsd").rglob("*.md") if matter(p) is None},
    }


def named(plan: str, text: str) -> set[str]:
    return {
        f"{m or plan}/{s}"
        for piece in text.split(",")
        for m, s in re.findall(r"^\s*(?:(M[0-9]+)[/-])?(S[0-9]+)\s*(?:$|[(:—-])", piece)
    }


@pytest.mark.parametrize("source", REPOSITORIES, ids=lambda path: path.name)
def test_counts(source: Path, tmp_path: Path) -> None:
    root = tmp_path / "copy"
    shutil.copytree(source, root)
    project = open_workspace(root).main
    assert project.profile.name == "gsd2"
    result = check(project)
    other = by_other_means(root)
    documents = sum(1 for _ in (root / ".gsd").rglob("*.md"))
    unreadable = {f.path for f in result.findings if f.code[:2] == "RD"}
    assert unreadable == other["unreadable"]
    assert result.statistics == (documents, documents - len(unreadable), len(unreadable))
    found = project.milestones
    assert {m.id for m in found} == other["work"]
    assert {m.id for m in found if m.status.value == "completed"} == other["done"]
    assert {m.id: tuple(m.tally) for m in found if m.tally.total} == other["tasks"]
    slices = {m.id for m in found if m.parent is None}
    plans = {p.id for p in project.plans}
    # A milestone that is named as a whole stands for its last slices; the count takes slices by name only.
    own = {(m.id, d) for m in found for d in m.depends_on if m.id in slices}
    theirs = other["edges"]
    assert isinstance(theirs, set)
    assert theirs <= own
    assert len(own - theirs) <= len(plans)
    assert {p.name for p in (root / ".gsd/milestones").iterdir()} <= plans
    dead = Counter(f.code for f in result.findings)["RF001"]
    assert isinstance(other["dead"], set)
    assert dead >= len(other["dead"]) > 0 or not other["dead"]
