"""The health page's data: what comes first, what is folded, where each fault leads."""

from __future__ import annotations

import re

import pytest

from milestones.model import Finding, Health, HealthArea, Position, Status
from milestones.site.build import build_pages
from milestones.site.forges import line_url
from milestones.site.health.heat import MOST_ROWS
from milestones.site.pages import Page, SiteOptions
from portfolios import crowded, milestone, plan, portfolio, tongues, varied


def page_of(source: object, **options: object) -> Page:
    pages = build_pages(source, SiteOptions(pages=("health", "milestones"), **options))  # type: ignore[arg-type]
    return next(page for page in pages if page.kind == "health")


def slot(source: object, name: str, **options: object) -> str:
    return page_of(source, **options).slots(lambda uri: "/" + uri)[name]


def test_what_wants_attention_comes_first() -> None:
    headings = re.findall(r"^## (.*)$", page_of(varied()).markdown, re.MULTILINE)
    assert headings == ["Overdue", "Held up", "Stale", "At risk", "Faults", "Areas"]
    calm = re.findall(r"^## (.*)$", page_of(portfolio((milestone("001"),), (plan(),))).markdown, re.MULTILINE)
    assert calm == ["Faults"]


def test_numbers_lead_to_what_they_count() -> None:
    cards = slot(varied(), "cards")
    sections = page_of(varied()).slots(str)
    places = re.findall(r'href="#([^"]*)"', cards)
    assert places == ["overdue", "held-up", "stale", "at-risk", "faults"]
    assert set(places) <= set(sections)


def test_long_lists_are_folded_after_the_first_few() -> None:
    html = slot(crowded(), "overdue")
    first, _, rest = html.partition("<details")
    assert first.count("<li>") == 5
    assert rest.count("<li>") == 70
    assert "70 further milestones" in rest


def test_what_holds_something_up_is_linked() -> None:
    html = slot(varied(), "held-up")
    assert re.search(
        r'Waits for <a href="/milestones/plans/ep-1/ms002.md" title="Milestone 002 · In progress">MS002</a>', html
    )


def test_finished_milestones_are_folded_away() -> None:
    still, _, over = slot(varied(), "areas").partition('<details class="mst-fold"')
    assert re.findall(r"<bdi>(Milestone \d*)", still) == ["Milestone 002"]
    assert re.findall(r"<bdi>(Milestone \d*)", over) == ["Milestone 001"]
    assert "1 finished milestone" in over


def test_a_cell_has_a_word_and_its_note_for_everybody() -> None:
    html = slot(varied(), "areas")
    assert (
        '<td class="mst-cell mst-cell-warning" tabindex="0"><span class="mst-tip" data-area="docs"><b>Warning</b> thin'
        in html
    )
    silent = milestone("001", Status.IN_PROGRESS, health=(HealthArea("a", Health.GOOD, "✅", "", 1),))
    assert '<td class="mst-cell mst-cell-good"><span class="mst-tip" data-area="a"><b>Good</b></span></td>' in slot(
        portfolio((silent,), (plan(),)), "areas"
    )


def test_a_table_of_thousands_ends_and_says_so() -> None:
    health = (HealthArea("a", Health.GOOD, "✅", "", 1),)
    many = tuple(milestone(f"{n:04}", Status.IN_PROGRESS, health=health) for n in range(MOST_ROWS + 1200))
    html = slot(portfolio(many, (plan(),)), "areas")
    assert html.count('<th scope="row">') == MOST_ROWS
    assert "And 1,200 more." in html


@pytest.mark.parametrize(
    ("edit", "line", "shown"),
    [
        ("https://github.com/o/r/edit/main/docs/edit/x.md", 4, "https://github.com/o/r/blob/main/docs/edit/x.md#L4"),
        ("https://gitlab.com/o/r/-/edit/main/x.md", 4, "https://gitlab.com/o/r/-/blob/main/x.md#L4"),
        ("https://codeberg.org/o/r/_edit/main/x.md", 4, "https://codeberg.org/o/r/src/branch/main/x.md#L4"),
        ("https://bitbucket.org/o/r/src/main/x.md?mode=edit", 4, "https://bitbucket.org/o/r/src/main/x.md#lines-4"),
        ("https://github.com/o/r/edit/main/x.md", None, "https://github.com/o/r/blob/main/x.md"),
        ("https://example.org/forge?file=x.md", 4, "https://example.org/forge?file=x.md"),
    ],
)
def test_a_line_on_a_forge(edit: str, line: int | None, shown: str) -> None:
    assert line_url(edit, line) == shown


def test_a_fault_leads_to_its_line_its_rule_and_without_a_forge_to_the_page() -> None:
    fault = Finding("FM001", "plans/EP-1/MS001.md", "`owner` is missing", Position(3, 1, 2), "add `owner`")
    source = portfolio((milestone("001"),), (plan(),), (fault,))
    html = slot(source, "faults", edit_url=lambda path: f"https://github.com/o/r/edit/main/{path}")
    assert '<a href="https://github.com/o/r/blob/main/plans/EP-1/MS001.md#L3">plans/EP-1/MS001.md:3</a>' in html
    assert '<a href="#rule-fm001">FM001</a>' in html
    assert html.count('id="rule-fm001"') == 1
    assert "Finds required keys that are missing" in html
    assert "<code>owner</code> is missing" in html
    assert '<a href="/milestones/plans/ep-1/ms001.md">plans/EP-1/MS001.md:3</a>' in slot(source, "faults")


def test_a_link_for_editing_that_would_run_something_is_none() -> None:
    html = slot(tongues(), "faults", edit_url=lambda _path: "javascript:alert(1)")
    assert "javascript:" not in html
