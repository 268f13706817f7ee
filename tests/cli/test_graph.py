"""``graph`` and ``next``: what they print, and the status they end with."""

from __future__ import annotations

import json
import re
import xml.etree.ElementTree as ET
from typing import Any

import pytest

from milestones import schemas

PLAN = "EP-20260105-001"
ACTIVE = ".agent/exec_plans/reliable-webhooks/milestones/active"
SHOW = f"{ACTIVE}/EP-20260105-001_MS003_show-deliveries.md"


def ids(text: str) -> list[str]:
    return [node["id"] for node in json.loads(text)["nodes"]]


def free(repo: Any) -> None:
    """Let MS003 start: what it waits for is done."""
    repo.ok("set", "MS002", "status=completed")


@pytest.mark.parametrize("format", ["mermaid", "dot", "graphml", "json", "svg"])
def test_every_format_from_any_folder(repo: Any, format: str) -> None:
    text = repo.ok("graph", "--format", format)
    assert "MS003" in text
    for below in (".agent", ACTIVE, "docs"):
        assert repo.ok("graph", "--format", format, below=below) == text


def test_json_is_as_documented(repo: Any) -> None:
    data = json.loads(repo.ok("graph", "--format", "json"))
    assert schemas.explain(data, schemas.load("graph")) == []
    assert {"before": f"{PLAN}/MS002", "after": f"{PLAN}/MS003", "critical": True} in data["edges"]


def test_a_plan_and_what_is_around_a_milestone(repo: Any) -> None:
    everything = ids(repo.ok("graph", "--format", "json"))
    assert ids(repo.ok("graph", "--format", "json", "--plan", PLAN.lower())) == everything
    around = ids(repo.ok("graph", "--format", "json", "--around", "ms003"))
    assert around[0] == f"{PLAN}/MS003"
    assert f"{PLAN}/MS002" in around


def test_implied_edges_only_where_asked(repo: Any) -> None:
    repo.ok("set", "MS002", f"depends_on={PLAN}/MS001")
    repo.ok("set", "MS003", f"depends_on={PLAN}/MS001,{PLAN}/MS002")
    assert repo.ok("graph", "--no-reduce").count("> n") == repo.ok("graph", "--reduce").count("> n") + 1
    assert repo.ok("graph") == repo.ok("graph", "--reduce")


def test_into_a_file(repo: Any) -> None:
    done = repo.run("graph", "--format", "svg", "--output", "graph.svg", below="docs")
    assert (done.status, done.out) == (0, "")
    assert done.err == "wrote 3 milestones to graph.svg\n"
    ET.parse(repo.root / "docs/graph.svg")
    assert (repo.root / "docs/graph.svg").read_text(encoding="utf-8") == repo.ok("graph", "--format", "svg")


@pytest.mark.parametrize("output", ["nowhere/graph.svg", "docs", "a\0b"])
def test_a_file_that_can_not_be_written_is_status_2(repo: Any, output: str) -> None:
    done = repo.run("graph", "--output", output)
    assert done.status == 2
    assert done.err.startswith("error: ")
    assert "internal error" not in done.err


@pytest.mark.parametrize(
    ("arguments", "status", "words"),
    [
        (("graph", "--plan", "EP-20260105-002"), 1, "did you mean EP-20260105-001?"),
        (("graph", "--around", "EP-20260105-001/MS009"), 1, "did you mean"),
        (("graph", "--around", ""), 1, "there is no milestone"),
        (("next", "--plan", "zzz"), 1, "`milestones plan list` shows them"),
        (("graph", "--plan", "a", "--around", "b"), 2, "not allowed with"),
        (("graph", "--format", "png"), 2, "invalid choice"),
        (("graph", "MS003"), 2, "unrecognized arguments"),
        (("next", "--json", "x"), 2, "unrecognized arguments"),
    ],
)
def test_what_there_is_not(repo: Any, arguments: tuple[str, ...], status: int, words: str) -> None:
    done = repo.run(*arguments)
    assert (done.status, done.out) == (status, "")
    assert words in done.err


def test_too_much_for_mermaid_names_the_alternative(repo: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("milestones.graph.exports.MOST_EDGES", 1)
    done = repo.run("graph")
    assert (done.status, done.out) == (2, "")
    assert "--format dot" in done.err


def test_hostile_titles_reach_a_terminal_as_text(repo: Any) -> None:
    file = repo.root / SHOW
    text = file.read_text(encoding="utf-8")
    file.write_text(re.sub(r"^title:.*$", r'title: "\\x1b[2J\\u202e<b>"', text, flags=re.MULTILINE), encoding="utf-8")
    for format in ("mermaid", "dot", "graphml", "json", "svg"):
        out = repo.run("graph", "--format", format).out
        assert "\x1b" not in out
        assert "\u202e" not in out


def test_without_milestones(repo: Any) -> None:
    for file in (repo.root / ACTIVE).glob("*.md"):
        file.unlink()
    for file in repo.root.glob(".agent/**/archive/**/*.md"):
        file.unlink()
    for format in ("mermaid", "dot", "graphml", "json", "svg"):
        assert repo.ok("graph", "--format", format)
    assert repo.run("next").err == "nothing is ready to start\n"


def test_next_is_what_nothing_holds_up(repo: Any) -> None:
    assert repo.run("next") == (0, "", "nothing is ready to start\n")
    free(repo)
    table = repo.ok("next")
    assert table.split()[:6] == ["ID", "CRITICAL", "WAITING", "OWNER", "DUE", "TITLE"]
    assert table.split("\n")[1].startswith(f"{PLAN}/MS003")
    data = json.loads(repo.ok("next", "--json"))
    assert schemas.explain(data, schemas.load("next")) == []
    (only,) = data["milestones"]
    assert (only["id"], only["waiting"], only["critical"], only["path"]) == (f"{PLAN}/MS003", 0, False, SHOW)
    assert repo.ok("next", "--json", below="docs") == repo.ok("next", "--json")


def test_next_by_owner_and_plan(repo: Any) -> None:
    free(repo)
    owner = json.loads(repo.ok("next", "--json"))["milestones"][0]["owner"]
    for options in (("--owner", owner), ("--owner", owner.lstrip("@").upper()), ("--plan", PLAN.lower())):
        assert len(json.loads(repo.ok("next", "--json", *options))["milestones"]) == 1
    assert json.loads(repo.ok("next", "--json", "--owner", "@nobody"))["milestones"] == []
    assert repo.run("next", "--owner", "@nobody") == (0, "", "nothing is ready to start\n")


def test_next_begins_with_what_decides_the_end(repo: Any) -> None:
    for title in ("Alone", "First", "Second", "Third", "Side", "After side"):
        repo.ok("new", PLAN, title)
    names = {m["title"]: m["id"] for m in json.loads(repo.ok("list", "--json"))["milestones"]}
    for after, before in (("Second", "First"), ("Third", "Second"), ("After side", "Side")):
        repo.ok("set", names[after], f"depends_on={names[before]}")
    found = json.loads(repo.ok("next", "--json"))["milestones"]
    assert [(m["title"], m["critical"], m["waiting"]) for m in found] == [
        ("First", True, 2),
        ("Side", False, 1),
        ("Alone", False, 0),
    ]
