"""Backlinks: who names whom in prose or front matter, or links there."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from milestones.cli import main
from milestones.documents.reader import parse
from milestones.model import Part, Statistics
from milestones.project.portfolio import Portfolio
from milestones.site.build import build_pages
from milestones.site.context import Context
from milestones.site.mentions import mentions
from milestones.site.pages import SiteOptions
from portfolios import milestone, plan

if TYPE_CHECKING:
    from pathlib import Path

    from milestones.model import Milestone, Plan


def portfolio_of(items: dict[Milestone | Plan, str]) -> Portfolio:
    """A portfolio of things with a text each; the text is the whole file."""
    documents = {item.path: parse(item.path, text.encode()) for item, text in items.items()}
    whole = [item._replace(parts=item.parts or (Part("", item.path),)) for item in items]
    return Portfolio(
        milestones=tuple(item for item in whole if hasattr(item, "plan_id")),
        plans=tuple(item for item in whole if not hasattr(item, "plan_id")),
        findings=(),
        statistics=Statistics(len(items), len(items), 0),
        today="2026-04-20",
        stale_after=30,
        document=documents.__getitem__,
        profiles={},
    )


def of(items: dict[Milestone | Plan, str]) -> dict[str, list[str]]:
    found = mentions(Context(portfolio_of(items), SiteOptions()))
    return {id_: [other.id for other in others] for (_, id_), others in found.items()}


HEAD = "---\nid: x\n---\n"
ONE, TWO, THREE = milestone("001"), milestone("002"), milestone("003", plan="EP-2")
PLANS = {plan("EP-1"): HEAD, plan("EP-2"): HEAD}


@pytest.mark.parametrize(
    "text",
    [
        "See EP-1/MS001 for more.",
        "(EP-1/MS001)",
        "It follows EP-1/MS001.",
        "See [the first](../EP-1/MS001.md#why).",
        "See [the first](plans/EP-1/MS001.md).",
    ],
)
def test_a_mention_in_prose(text: str) -> None:
    assert of({**PLANS, ONE: HEAD, THREE: HEAD + text}) == {"EP-1/MS001": ["EP-2/MS003"]}


def test_a_mention_in_front_matter() -> None:
    assert of({**PLANS, ONE: HEAD, THREE: "---\nid: x\nnotes: after EP-1/MS001\n---\n"}) == {
        "EP-1/MS001": ["EP-2/MS003"]
    }


def test_the_short_name_means_the_one_of_the_same_plan() -> None:
    other = milestone("001", plan="EP-2")
    items = {**PLANS, ONE: HEAD, TWO: HEAD + "After MS001.", other: HEAD, THREE: HEAD + "After MS001."}
    assert of(items) == {"EP-1/MS001": ["EP-1/MS002"], "EP-2/MS001": ["EP-2/MS003"]}


@pytest.mark.parametrize(
    "text", ["EP-1/MS0019", "xEP-1/MS001", "a/EP-1/MS001", "[away](https://example.org/MS001.md)", "MS001x"]
)
def test_what_only_looks_like_an_id_is_none(text: str) -> None:
    assert of({**PLANS, ONE: HEAD, THREE: HEAD + text}) == {}


def test_what_the_pages_show_already_is_no_mention() -> None:
    first = milestone("001", depends_on=("EP-1/MS002",))
    inner = milestone("004", parent="EP-1/MS002")
    text = HEAD + "EP-1 EP-1/MS001 EP-1/MS002 EP-1/MS004"
    assert of({plan("EP-1"): text, first: text, TWO: text, inner: HEAD + "EP-1 EP-1/MS002"}) == {
        "EP-1/MS004": ["EP-1/MS001"],
    }


def test_words_and_numbers_are_no_ids() -> None:
    odd = (plan("work"), plan("2026"))
    first, second = milestone("1", plan="work", id="12"), milestone("2", plan="2026", id="task")
    assert of({**dict.fromkeys(odd, HEAD), first: HEAD, second: HEAD + "12 pieces of work on a task in 2026"}) == {}


def test_the_page_names_what_mentions_it() -> None:
    pages = {
        page.uri: page
        for page in build_pages(
            portfolio_of({**PLANS, ONE: HEAD, THREE: HEAD + "EP-1/MS001 and the plan EP-1"}), SiteOptions()
        )
    }
    for uri in ("milestones/plans/ep-1/ms001.md", "milestones/plans/ep-1.md"):
        assert "## Mentioned in\n" in pages[uri].markdown
        assert 'href="milestones/plans/ep-2/ms003.md"' in pages[uri].slots(str)["mentioned-in"]
    assert "Mentioned in" not in pages["milestones/plans/ep-2/ms003.md"].markdown


def test_in_a_real_repository(tmp_path: Path, repository: Path) -> None:
    """Links are written as authors write them, relative to the document."""
    first, *_, last = sorted(repository.glob(".agent/**/*_MS*.md"), key=lambda path: path.name)
    link = os.path.relpath(first, last.parent)
    last.write_text(last.read_text(encoding="utf-8") + f"\nSee [there]({link}).\n", encoding="utf-8")
    assert main(["-C", str(repository), "render", "--out", str(tmp_path / "out")]) == 0
    told = [path.stem for path in (tmp_path / "out").rglob("ms*.html") if "Mentioned in" in path.read_text("utf-8")]
    assert told == [first.name.split("_")[1].lower()]
