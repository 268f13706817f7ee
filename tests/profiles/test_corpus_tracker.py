"""Real milestone trackers, counted a second time with regular expressions over the files."""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path

import pytest

from milestones.project.workspace import open_workspace
from milestones.rules import check

CORPUS = Path(__file__).parents[3] / "shared/corpus"
REPOSITORIES = sorted(CORPUS.glob("trackers/*"))

pytestmark = pytest.mark.corpus

#: The first words of a status line, and what they mean; everything there lies in `complete/`.
OPEN = {"in progress": "in_progress", "review": "in_progress", "planned": "planned", "not started": "planned"}
OPEN["draft"] = "planned"


def status(text: str) -> str:
    """What the first status line above the first section says; the folder's word without one."""
    head = re.split(r"^## ", re.sub(r"^---\n", "", text), maxsplit=1, flags=re.MULTILINE)[0]
    found = re.search(r"^(?:- )?\**status\**:\**\s*(.*)", head, re.MULTILINE | re.IGNORECASE)
    word = re.sub(r"^\W+", "", found[1]).casefold() if found else ""
    return next((meaning for start, meaning in OPEN.items() if word.startswith(start)), "completed")


@pytest.mark.parametrize("root", REPOSITORIES, ids=lambda path: path.name)
def test_counts(root: Path) -> None:
    project = open_workspace(root).main
    assert project.profile.name == "tracker"
    result = check(project)
    files = [path for path in (root / "docs/trackers").rglob("*") if path.suffix.casefold() == ".md"]
    assert result.statistics == (len(files), len(files), 0)
    texts = {
        path.relative_to(root).as_posix(): path.read_text(encoding="utf-8")
        for path in files
        if "templates" not in path.parts
    }
    assert len(files) == 118
    assert sum("Current Health Snapshot" in text for text in texts.values()) == 63  # and one in the template
    found = {m.path: m for m in project.milestones}
    assert found.keys() == texts.keys()
    assert {path: m.status.value for path, m in found.items()} == {path: status(text) for path, text in texts.items()}
    with_health = {path for path, text in texts.items() if re.search(r"^## .*Health", text, re.MULTILINE)}
    assert {path for path, m in found.items() if m.health} == with_health
    for path, m in found.items():
        day = "-".join(part.zfill(2) for part in path.split("/")[3].split("-"))
        assert m.completed == (day if m.status.value == "completed" else None)
        boxes = re.findall(r"^\s*[-*] \[([ xX])\] ", re.sub(r"```.*?```", "", texts[path], flags=re.S), re.MULTILINE)
        assert m.tally.total >= len(boxes)
    codes = Counter(finding.code for finding in result.findings)
    assert codes["AR002"] == sum(m.status.value != "completed" for m in found.values())
    assert not any(finding.severity.value == "error" for finding in result.findings)
