"""Real repositories with GSD phases, counted a second time from the names of the files and by PyYAML."""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
import yaml

from milestones import schemas
from milestones.project.workspace import open_workspace
from milestones.rules import check

CORPUS = Path(__file__).parents[3] / "shared/corpus"
REPOSITORIES = sorted(CORPUS.glob("gsd/*"))

pytestmark = pytest.mark.corpus

PLAN = re.compile(
    r"\.planning/(?:milestones/(?P<release>v[0-9.]+)-phases|phases)/(?P<folder>[^/]+)/"
    r"(?P<id>[0-9.]+-[0-9]+[a-z]?)-(?P<kind>PLAN|SUMMARY)\.md"
)
QUICK = re.compile(r"\.planning/quick/[^/]+/(?P<id>[0-9]{6}-[a-z0-9]{3}(?:-[0-9]+)?|[0-9]+)-(?P<kind>PLAN|SUMMARY)\.md")


class _Text(yaml.SafeLoader):
    """YAML with every scalar as the text that was written."""


_Text.yaml_implicit_resolvers = {}


def front_matter(path: Path) -> dict[str, Any] | None:
    found = re.match(r"---\n(.*?)\n---\n", path.read_text(encoding="utf-8"), re.DOTALL)
    try:
        fields = yaml.load(found[1], _Text) if found else None
    except yaml.YAMLError:
        return None
    return fields if isinstance(fields, dict) else None


def by_other_means(root: Path) -> tuple[dict[tuple[str, str], str], dict[tuple[str, str], set[str]]]:
    """Status and the plans named in ``depends_on``, by the folder and the number of each plan."""
    statuses: dict[tuple[str, str], str] = {}
    depends: dict[tuple[str, str], set[str]] = {}
    for path in sorted((root / ".planning").rglob("*.md")):
        name = path.relative_to(root).as_posix()
        found = PLAN.fullmatch(name) or QUICK.fullmatch(name)
        if found is None:
            continue
        key = (path.parent.name, found["id"])
        fields = front_matter(path) or {}
        if found["kind"] == "PLAN":
            statuses.setdefault(key, "planned")
            phase = found["id"].rpartition("-")[0]
            for item in fields.get("depends_on") or []:
                depends.setdefault(key, set()).add(item if "-" in item else f"{phase}-{item.zfill(2)}")
        else:
            statuses[key] = "cancelled" if fields.get("status") == "superseded" else "completed"
    return statuses, depends


@pytest.mark.parametrize("root", REPOSITORIES, ids=lambda path: path.name)
def test_counts(root: Path) -> None:
    project = open_workspace(root).main
    assert project.profile.name == "gsd"
    result = check(project)
    documents = list((root / ".planning").rglob("*.md"))
    assert result.statistics.found == len(documents) == result.statistics.read + result.statistics.reported
    reported = {f.path for f in result.findings if f.code in ("RD006", "RD007", "RD008")}
    assert result.statistics.reported == len(reported)
    statuses, depends = by_other_means(root)
    read = {(m.path.split("/")[-2], m.id.rpartition("/")[2].removeprefix("quick-")): m for m in project.milestones}
    assert {key: m.status.value for key, m in read.items()} == statuses
    for key, names in depends.items():
        # What is required and affected adds to it; a plan that is no longer there is none to wait for.
        names &= {id_ for _, id_ in statuses}
        assert names <= {id_.rpartition("/")[2] for id_ in read[key].depends_on}, key
    done = Counter(m.plan_id for m in project.milestones if m.progress == 1.0)
    finished = Counter(folder for (folder, _), status in statuses.items() if status == "completed")
    assert sum(done.values()) == sum(finished.values())


def test_most_summaries_conform() -> None:
    """At least 84 of 100 that are YAML; each of the others has a finding that says why."""
    conform = parsable = 0
    for root in REPOSITORIES:
        project = open_workspace(root).main
        said = {f.path for f in check(project).findings if f.code.startswith("FM")}
        for entry in project.entries.values():
            if entry.kind.name == "summary" and entry.document.fields:
                parsable += 1
                valid = not schemas.explain(dict(entry.values), schemas.load("gsd-summary"))
                conform += valid
                assert valid or entry.path in said
                written = front_matter(root / entry.path) or {}
                for key in ("phase", "plan"):
                    assert entry.values.get(key) == written.get(key)
    assert conform / parsable >= 0.84, (conform, parsable)


def test_phases_and_milestones() -> None:
    """As `ROADMAP.md` of one repository lists them."""
    root = CORPUS / "gsd/BBx-Kitchen+bbj-language-server"
    text = (root / ".planning/ROADMAP.md").read_text(encoding="utf-8")
    project = open_workspace(root).main
    plans = {plan.id: plan for plan in project.plans}
    listed = re.findall(r"^- \[([x ])\] (?:\*\*)?Phase (\d+): ([^(*\n]+)", text, re.MULTILINE)
    assert len(listed) == 67
    for mark, number, title in listed:
        plan = plans[number.zfill(2)]
        assert plan.title == title.strip()
        assert (plan.status.value == "completed") is (mark == "x")
    marks = {name: mark for mark, name in re.findall(r"^- ([✅🚧]) \*\*(v[0-9.]+) ", text, re.MULTILINE)}
    assert {id_: plan.status.value for id_, plan in plans.items() if id_.startswith("v")} == {
        name: {"✅": "completed", "🚧": "in_progress"}[mark] for name, mark in marks.items()
    }
    for summary in re.findall(r"<summary>. (v[0-9.]+) .*?</details>", text, re.DOTALL):
        block = text[text.index(f"<summary>✅ {summary} ") :].partition("</details>")[0]
        for number in re.findall(r"^- \[x\] Phase (\d+):", block, re.MULTILINE):
            assert plans[number.zfill(2)].parent == summary
