"""Every measure on timelines that are written down here, with answers worked out by hand."""

from __future__ import annotations

import pytest
from gitrepos import DAY, START
from hypothesis import given
from hypothesis import strategies as st

from milestones.history import flow
from milestones.history.log import Commit
from milestones.history.timeline import History, Step, Timeline
from milestones.model import Status

NOW = START + 30 * DAY


def line(*steps: tuple[float, str | None], id_: str = "P/1", cut: bool = False, plan_id: str = "P") -> Timeline:
    made = tuple(
        Step(status, status or "", START + int(at * DAY), Commit(f"{n:040x}", 0, "", ""), "a.md")
        for n, (at, status) in enumerate(steps)
    )
    return Timeline(id_, "milestone", plan_id, "a.md", False, cut, made, ())


USUAL = line((0, "planned"), (2, "in_progress"), (5, "blocked"), (6, "in_progress"), (10, "completed"))
REOPENED = line((0, "in_progress"), (4, "completed"), (8, "in_progress"), (9, "completed"), id_="P/2")
SKIPPED = line((0, "planned"), (7, "completed"), id_="P/3")
FOUND = line((1, "completed"), id_="P/4")
OPEN = line((3, "planned"), (5, "in_progress"), (8, "on_hold"), id_="P/5")
PUT_BACK = line((0, "in_progress"), (2, "planned"), id_="P/6")
DROPPED = line((0, "planned"), (2, "cancelled"), id_="P/7", plan_id="Q")
AWAY = line((0, "in_progress"), (1, None), (5, "in_progress"), (7, "completed"), id_="P/8")
GONE = line((0, "planned"), (1, None), id_="P/9")
ALL = (USUAL, REOPENED, SKIPPED, FOUND, OPEN, PUT_BACK, DROPPED, AWAY, GONE)


def test_time_in_each_status() -> None:
    assert flow.time_in_status(USUAL, NOW) == {"planned": 2, "in_progress": 7, "blocked": 1}
    assert flow.time_in_status(OPEN, NOW) == {"planned": 2, "in_progress": 3, "on_hold": 22}
    assert flow.time_in_status(AWAY, NOW) == {"in_progress": 3}  # not while its file was away
    assert flow.time_in_status(FOUND, NOW) == {}


def test_another_word_is_no_new_spell() -> None:
    words = line((0, "planned"), (1, "planned"), (3, "in_progress"))
    assert flow.spells(words) == [("planned", START, START + 3 * DAY), ("in_progress", START + 3 * DAY, None)]


@pytest.mark.parametrize(
    ("timeline", "cycle", "lead"),
    [
        (USUAL, 8, 10),
        (REOPENED, 9, 9),
        (SKIPPED, None, 7),
        (FOUND, None, None),
        (OPEN, None, None),
        (DROPPED, None, None),
        (AWAY, 7, 7),
        (USUAL._replace(cut=True), 8, None),
        (REOPENED._replace(cut=True), None, None),
    ],
)
def test_cycle_and_lead_time(timeline: Timeline, cycle: float | None, lead: float | None) -> None:
    assert flow.cycle_time(timeline) == cycle
    assert flow.lead_time(timeline) == lead


def test_completed_work_whose_file_came_back_was_not_finished_again() -> None:
    back = line((0, "in_progress"), (3, "completed"), (4, None), (9, "completed"))
    assert flow.finished(back) == START + 3 * DAY


def test_throughput_counts_last_completions_once() -> None:
    assert flow.throughput(ALL, "2026-01-12", 12) == (0, 0, 0, 0, 0, 0, 0, 2, 0, 1, 1, 0)
    assert flow.throughput(ALL, "2026-01-09", 2) == (2, 0)  # the 8th: P/3 and P/8
    assert flow.throughput((), "2026-01-09", 3) == (0, 0, 0)


def test_work_in_progress_oldest_first() -> None:
    assert flow.work_in_progress(ALL, NOW) == [("P/5", "on_hold", 25.0)]
    assert flow.work_in_progress([line((1, "planned"), (3, "blocked"))], NOW) == []  # it never began


def test_reopened_work() -> None:
    (event,) = flow.reopened(ALL)
    assert (event.id, event.before, event.after, event.time) == ("P/2", "completed", "in_progress", START + 8 * DAY)
    assert flow.reopened([line((0, "completed"), (1, None), (2, "planned"))])  # also by way of a deletion
    assert not flow.reopened([line((0, "completed"), (1, "cancelled"))])


def test_skipped_steps() -> None:
    (event,) = flow.skipped(ALL)
    assert (event.id, event.before, event.time) == ("P/3", "planned", START + 7 * DAY)
    again = line((0, "in_progress"), (1, "completed"), (2, "planned"), (3, "completed"))
    assert [event.time for event in flow.skipped([again])] == [START + 3 * DAY]
    assert not flow.skipped([SKIPPED._replace(cut=True)])
    assert not flow.skipped([line((0, "planned"), (1, "cancelled"))])


def test_every_day_of_the_cumulative_flow() -> None:
    days = flow.by_day((USUAL, DROPPED, GONE), "2026-01-12")
    assert [d.day for d in days] == [f"2026-01-{n:02}" for n in range(1, 13)]
    order = [status.value for status in Status]
    assert dict(zip(order, days[0].counts, strict=True)) == dict.fromkeys(order, 0) | {"planned": 3}
    assert [d.scope for d in days] == [3, 2, *[1] * 10]
    assert [d.done for d in days] == [*[0] * 10, 1, 1]
    assert flow.by_day((USUAL, DROPPED, GONE), "2026-01-12", "2026-01-06") == days[5:]
    assert flow.by_day((), "2026-01-12") == []


def test_a_plan_of_its_own() -> None:
    history = History({t.id: t for t in ALL}, {}, (), NOW)
    assert [t.id for t in flow.of_plan(history, "Q")] == ["P/7"]


def test_all_figures_together() -> None:
    figures = flow.flow(ALL, NOW, days=30)
    assert figures.milestones == 8
    assert figures.cycle_times == (3, 8, 9, 9)
    assert figures.lead_times == (4, 8, 10, 10)
    assert sum(figures.throughput) == 4
    assert figures.in_status["blocked"] == (1, 1, 1, 1)
    assert len(figures.reopened) == len(figures.skipped) == len(figures.in_progress) == 1
    assert flow.flow((), NOW).cycle_times is None


statuses = st.one_of(st.none(), st.sampled_from([status.value for status in Status]))
lines = st.lists(st.tuples(st.floats(0, 20), statuses), min_size=1, max_size=8).map(
    lambda steps: line(*sorted(steps, key=lambda step: step[0]))
)


@given(st.lists(lines, max_size=5))
def test_measures_agree_with_each_other(timelines: list[Timeline]) -> None:
    days = flow.by_day(timelines, "2026-01-31")
    if days:
        last = dict(zip([s.value for s in Status], days[-1].counts, strict=True))
        for status, count in last.items():
            assert count == sum(t.status == status for t in timelines)
    assert all(min(d.counts) >= 0 for d in days)
    assert sum(flow.throughput(timelines, "2026-01-31", 31)) == sum(flow.finished(t) is not None for t in timelines)
    for timeline in timelines:
        lead, cycle = flow.lead_time(timeline), flow.cycle_time(timeline)
        assert cycle is None or (lead is not None and 0 <= cycle <= lead)
        assert sum(flow.time_in_status(timeline, NOW).values()) <= 30 + 1e-9
        for day in days:
            end = START + (int(day.day[8:])) * DAY - 1
            assert timeline.at(end) is None or sum(day.counts)
