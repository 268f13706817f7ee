"""The roadmap as it is built: what its three views say without any script."""

from __future__ import annotations

import re
from datetime import date
from html import unescape
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from milestones.model import Status
from milestones.site.build import build_pages
from milestones.site.pages import SiteOptions
from milestones.site.roadmap.scale import Span, scale_for
from portfolios import milestone, nested, plan, portfolio, varied

if TYPE_CHECKING:
    from milestones.project.portfolio import Portfolio


def made(source: Portfolio, **options: Any) -> dict[str, str]:
    """The slots of the roadmap, the views apart."""
    page = next(p for p in build_pages(source, SiteOptions(**options)) if p.kind == "roadmap")
    slots = page.slots(lambda uri: "/" + uri)
    found = re.findall(r'<section class="mst-view" data-view="(\w+)".*?\n</section>', slots.get("views", ""), re.DOTALL)
    parts = re.split(r'<section class="mst-view" data-view="\w+"', slots.get("views", ""))
    return slots | dict(zip(["form", *found], parts, strict=True))


def text(html: str) -> str:
    return re.sub(r"\s+", " ", unescape(re.sub(r"<[^>]*>", " ", html))).strip()


def many(number: int) -> Portfolio:
    return portfolio(
        tuple(
            milestone(f"{n:03}", list(Status)[n % 6], f"EP-{n // 40}", created="2026-01-01", depends_on=depends)
            for n in range(number)
            for depends in [(f"EP-{(n - 1) // 40}/MS{n - 1:03}",) if n % 3 else ()]
        )
    )


def test_every_milestone_is_once_in_the_table() -> None:
    table = made(many(400))["table"]
    assert len(re.findall(r"<tr data-k=", table)) == 400
    assert len(set(re.findall(r'href="/(milestones/plans/[^"]*)"', table))) == 400


def test_the_table_says_all_that_is_filtered_by() -> None:
    table = made(varied())["table"]
    row = next(row for row in table.split("<tr ") if 'data-k="EP-1/MS002"' in row)
    assert text(row).endswith("MS002 api Plan EP-1 In progress 1 Mar 2026 overdue @ada 40% search High")
    assert 'data-f="overdue stale risk critical"' in row
    assert 'data-p="EP-1"' in row
    assert 'data-d="9528 9556 b"' in row  # 1 Feb and 1 Mar 2026 as days since the beginning of 2000
    assert (date(2026, 2, 1) - date(2000, 1, 1)).days == 9528


def test_columns_that_nobody_fills_are_left_out() -> None:
    heads = re.findall(r'data-c="(\w+)"', made(many(3))["table"])
    assert heads == ["milestone", "plan", "status", "progress"]


def test_more_milestones_than_can_be_drawn_are_marks_on_their_plans() -> None:
    few, too_many = made(many(400))["timeline"], made(many(401))["timeline"]
    assert few.count('class="mst-row"') == 400
    assert too_many.count('class="mst-lane"') == 11
    assert 'class="mst-row"' not in too_many
    assert "mst-ticks" in too_many


def test_dependencies_are_drawn_from_the_end_of_one_to_the_beginning_of_the_next() -> None:
    two = portfolio(
        (
            milestone("1", Status.COMPLETED, created="2026-01-01", completed="2026-02-01"),
            milestone("2", Status.IN_PROGRESS, created="2026-03-01", due="2026-05-01", depends_on=("EP-1/MS1",)),
        ),
        (plan(),),
    )
    timeline = made(two)["timeline"]
    edge = re.search(r'data-a="EP-1/MS1" data-b="EP-1/MS2" d="M([\d.]+) (\d+)C.* ([\d.]+) (\d+)"', timeline)
    assert edge is not None
    x1, y1, x2, y2 = map(float, edge.groups())
    places = {k: (float(b), float(e)) for k, b, e in re.findall(r'data-k="([^"]*)" data-x="(\S+) (\S+)"', timeline)}
    assert x1 == pytest.approx(places["EP-1/MS1"][1] * 10, abs=0.1)
    assert x2 == pytest.approx(places["EP-1/MS2"][0] * 10, abs=0.1)
    assert (y1, y2) == (38 + 15, 38 + 30 + 15)
    assert "mst-held" not in edge[0]
    assert timeline.count('class="mst-point"') == 1


def test_due_and_overdue_are_told_apart_from_a_bar_without_an_end() -> None:
    timeline = made(varied())["timeline"]
    rows = {k: row for row in timeline.split("<li class=") for k in re.findall(r'data-k="([^"]*)"', row)}
    assert 'class="late"' in rows["EP-1/MS002"]
    assert 'class="mst-due"' in rows["EP-1/MS002"]
    assert "Overdue by 50 days" in rows["EP-1/MS002"]
    assert "mst-fade-b" in rows["EP-1/MS003"]
    assert 'class="mst-due"' not in rows["EP-1/MS003"]
    assert "from 10 Feb 2026" in rows["EP-1/MS003"]


def test_open_plans_come_first() -> None:
    plans = (plan("EP-1", Status.COMPLETED), plan("EP-2", Status.PLANNED), plan("EP-3", Status.IN_PROGRESS))
    dated = tuple(milestone("001", plan=p.id, created="2026-01-01") for p in plans)
    timeline = made(portfolio(dated, plans))["timeline"]
    assert re.findall(r'title="Plan (EP-\d)"', timeline) == ["EP-3", "EP-2", "EP-1"]


def test_plans_within_plans() -> None:
    found = made(nested())
    outline = found["plans"]
    assert text(outline).startswith("GSD 2 plans In progress Plan v1.0 v1.0 1 of 3 40%")
    assert outline.index("GSD") < outline.index("v1.0/05") < outline.index("1 finished plan") < outline.index("v1.0/04")
    assert outline.index("v1.0/04") < outline.index("v0.9") < outline.index("Backlog.md") < outline.index("المهام")
    assert "<details open" in outline
    assert found["table"].count("<td>Backlog.md</td>") == 5
    assert '<select name="convention">' in found["form"]
    assert "convention" not in made(varied())["views"].lower()


def test_the_timeline_folds_what_is_finished() -> None:
    plans = (plan("A"), plan("A/1", parent="A"), plan("A/2", Status.COMPLETED, parent="A"))
    dated = tuple(milestone("1", plan=p.id, id=f"{p.id}-1", created="2026-01-01") for p in plans)
    html = made(portfolio(dated, plans))["timeline"]
    moving, _, over = html.partition("<details")
    assert re.findall(r'title="Plan ([^"]*)"', moving) == ["A", "A/1"]
    assert re.findall(r'title="Plan ([^"]*)"', over) == ["A/2"]
    assert 'class="mst-lane mst-in-1"' in moving
    assert len(set(re.findall(r'<pattern id="([^"]*)"', html))) == 4


def test_plans_without_a_date_are_counted_and_a_bar_reaches_over_what_lies_below() -> None:
    plans = (plan("A"), plan("A/1", Status.COMPLETED, parent="A"), plan("B"))
    dated = (milestone("1", Status.COMPLETED, "A/1", id="A/1-1", created="2026-01-01", completed="2026-02-01"),)
    html = made(portfolio(dated, plans))["timeline"]
    assert 'title="Plan A"' in html
    assert 'title="Plan B"' not in html
    assert "1 further plan without a date" in html
    assert "Plan A · In progress · 100%" in html


def test_hundreds_of_plans_stay_readable() -> None:
    plans = tuple(
        plan(f"{r}.{n}", Status.COMPLETED if n < 35 else Status.PLANNED, parent=f"{r}")
        for r in range(5)
        for n in range(40)
    )
    plans += tuple(plan(f"{r}") for r in range(5))
    members = tuple(
        milestone(f"{n}", plan=p.id, id=f"{p.id}-{n}", created="2026-01-01") for p in plans for n in range(6)
    )
    found = made(portfolio(members, plans))
    moving, _, over = found["timeline"].partition("<details")
    assert len(re.findall(r'class="mst-lane[ "]', moving)) == 30
    assert len(re.findall(r'class="mst-lane[ "]', over)) == 175
    assert found["plans"].count("35 finished plans") == 5


_DAYS = st.dates(date(1990, 1, 1), date(2060, 1, 1))


@given(st.lists(st.tuples(_DAYS, _DAYS), min_size=1, max_size=9), _DAYS, st.lists(_DAYS, max_size=3))
def test_a_scale_shows_every_span_and_today(days: list[tuple[date, date]], today: date, expected: list[date]) -> None:
    spans = [Span(min(pair), max(pair)) for pair in days]
    scale = scale_for(spans, today, expected)
    for when in [today, *(day for s in spans for day in (s.begin, s.end))]:
        assert 0 <= scale.x(when) < scale.after(when) <= 100
    for step in scale.steps:
        places = [x for x, _name in scale.names(step)]
        assert places == sorted(set(places))
        assert all(0 <= x < 100 for x in places)
    assert list(scale.names(scale.step))  # there is always something to read


def test_a_card_names_its_plan_where_there_are_several() -> None:
    several = portfolio(
        (milestone("1"), milestone("1", plan="EP-2")), (plan("EP-1", title="Webhooks"), plan("EP-2", title="Billing"))
    )
    cards = re.findall(r'<li class="mst-card">.*?</li>', made(several)["board"], re.DOTALL)
    assert {("Webhooks" in text(card), "Billing" in text(card)) for card in cards} == {(True, False), (False, True)}
    alone = portfolio((milestone("1"),), (plan("EP-1", title="Webhooks"),))
    assert "Webhooks" not in text(made(alone)["board"])
