"""Charts over days: what they draw and what their tables say."""

from __future__ import annotations

import datetime
import itertools
import re
import xml.etree.ElementTree as ET

import pytest

from milestones.history.flow import Day
from milestones.model import Status
from milestones.site import charts

PLACE = {status: at for at, status in enumerate(Status)}
NUMBER = re.compile(r"-?[0-9.]+")


def days(*counts: dict[Status, int], last: str = "2026-04-20") -> list[Day]:
    end = datetime.date.fromisoformat(last)
    found = []
    for at, one in enumerate(counts):
        day = end - datetime.timedelta(len(counts) - 1 - at)
        found.append(Day(day.isoformat(), tuple(one.get(status, 0) for status in Status)))
    return found


def years(count: int) -> list[Day]:
    return days(
        *(
            {Status.COMPLETED: at // 30, Status.PLANNED: max(0, 90 - at // 30), Status.BLOCKED: at % 3}
            for at in range(count)
        )
    )


SOURCES = {
    "one day": days({Status.PLANNED: 3}),
    "two days": days({Status.PLANNED: 3}, {Status.PLANNED: 2, Status.IN_PROGRESS: 1}),
    "none left": days({Status.CANCELLED: 2}),
    "nothing": days({}),
    "every status": days(*({status: at + n for n, status in enumerate(Status)} for at in range(30))),
    "five years": years(1826),
    "sixty years": years(60 * 365),
}


@pytest.fixture(params=SOURCES)
def source(request: pytest.FixtureRequest) -> list[Day]:
    return SOURCES[request.param]


@pytest.mark.parametrize("draw", [charts.burn_up, charts.cumulative_flow])
def test_charts_are_named_and_stay_within_their_frame(source: list[Day], draw: object) -> None:
    assert callable(draw)
    html = draw(source)
    svg = html[: html.index("</svg>\n<details") + len("</svg>")]
    root = ET.fromstring(svg)
    ids = {element.get("id"): element for element in root.iter() if element.get("id")}
    assert root.get("role") == "img"
    assert all(ids[name].text for name in (root.get("aria-labelledby") or "").split())
    for path in re.findall(r'class="mst-(?:area|line|band)[^"]*" d="([^"]*)"', svg):
        assert re.fullmatch(r"M0 [0-9.]+(?:[HV][0-9.]+)+Z?", path)
        assert all(0 <= float(number) <= 1000 for number in NUMBER.findall(path))
    for x in re.findall(r'<text class="mst-tick[^"]*" x="([0-9.]+)%"', svg):
        assert 0 <= float(x) <= 100
    assert len(svg) < 100_000
    assert "style=" not in svg


@pytest.mark.parametrize("count", range(1, 130))
def test_days_below_a_chart_stand_apart(count: int) -> None:
    """A name is at most a sixth of the narrowest chart that is not a phone's, where every second one goes."""
    html = charts.burn_up(days(*({Status.PLANNED: at % 3 + 1} for at in range(count))))
    places = [float(x) for x in re.findall(r'<text class="mst-tick(?: mst-spare)?" x="([0-9.]+)%"', html)]
    assert places == sorted(places)
    # The first and the last are written inwards from the ends where there are many days.
    assert all(b - a >= 13 for a, b in itertools.pairwise(places))


def test_names_beside_a_chart_do_not_cover_each_other(source: list[Day]) -> None:
    html = charts.cumulative_flow(source)
    places = [float(y) for y in re.findall(r'class="mst-beside" x="28" y="([^"]*)"', html)]
    assert all(b - a >= 15.9 for a, b in itertools.pairwise(places))
    assert 0 <= places[0] <= places[-1] <= charts.HEIGHT


def test_many_days_are_drawn_by_the_week_and_end_with_the_last() -> None:
    found = charts.buckets(SOURCES["five years"])
    assert 255 < len(found) < 265
    assert found[-1].last == SOURCES["five years"][-1]
    assert len(charts.buckets(SOURCES["sixty years"])) < 800
    assert len(charts.buckets(SOURCES["every status"])) == 30


def test_a_table_says_what_its_chart_shows() -> None:
    html = charts.burn_up(
        days({Status.PLANNED: 3}, {Status.PLANNED: 3}, {Status.COMPLETED: 2, Status.PLANNED: 2, Status.CANCELLED: 1})
    )
    rows = [re.findall(r"<td>(?:<time[^>]*>)?([^<]*)", row) for row in re.findall(r"<tr>(<td>.*?)</tr>", html)]
    assert rows == [["20 Apr 2026", "4", "2", "2"], ["18 Apr 2026", "3", "0", "3"]]
    assert "1 day without a change is left out." in html
    assert "From 18 Apr to 20 Apr 2026: the scope went from 3 to 4 milestones, and what is done from 0 to 2." in html


def test_statuses_are_told_apart_by_more_than_colour() -> None:
    html = charts.cumulative_flow(SOURCES["every status"])
    for status in Status:
        assert re.search(rf">{status.label} [0-9]+</text>", html)
    for letter in "bhx":
        assert html.count(f'fill="url(#mst-flow-{letter})"') == 2
