"""Forecasts: the same for the same seed, in order, held back by dependencies, never earlier for more work."""

from __future__ import annotations

import time

import pytest
from gitrepos import DAY, START
from hypothesis import given, settings
from hypothesis import strategies as st

from milestones.history import forecast
from milestones.history.forecast import Dates, Forecast, Work, simulate
from milestones.history.log import Commit
from milestones.history.observation import Observation
from milestones.history.timeline import Step, Timeline

TODAY = "2026-03-01"
STEADY = (1, 0) * 21


def late(day: str | None) -> str:
    return day or "9999"


@st.composite
def open_work(draw: st.DrawFn) -> list[Work]:
    size = draw(st.integers(1, 12))
    return [
        Work(
            f"P/{n}",
            draw(st.sampled_from("PQ")),
            tuple(f"P/{d}" for d in draw(st.sets(st.integers(0, 12), max_size=2))),
            draw(st.booleans()),
        )
        for n in range(size)
    ]


paces = st.lists(st.integers(0, 3), min_size=14, max_size=40).filter(lambda p: sum(p) >= forecast.LEAST)


def run(work: list[Work], pace: list[int] | tuple[int, ...], seed: int = 0) -> Forecast:
    return simulate(work, pace, today=TODAY, seed=seed, runs=200)


@settings(max_examples=40)
@given(open_work(), paces, st.integers(0, 3), st.randoms(use_true_random=False))
def test_the_same_input_gives_the_same_answer(work: list[Work], pace: list[int], seed: int, rng: object) -> None:
    shuffled = list(work)
    rng.shuffle(shuffled)  # type: ignore[attr-defined]
    assert run(work, pace, seed) == run(shuffled, pace, seed)


@settings(max_examples=40)
@given(open_work(), paces)
def test_dates_follow_each_other(work: list[Work], pace: list[int]) -> None:
    found = run(work, pace)
    assert found.whole is not None
    assert len(found.milestones) == found.open == len(work)
    for dates in (found.whole, *found.plans.values(), *found.milestones.values()):
        assert list(map(late, dates)) == sorted(map(late, dates))
        assert late(dates.p50) > TODAY
    for dates in (*found.plans.values(), *found.milestones.values()):
        assert all(late(a) <= late(b) for a, b in zip(dates, found.whole, strict=True))
    for item in work:
        own = found.milestones[item.id]
        assert all(late(a) <= late(b) for a, b in zip(own, found.plans[item.plan_id], strict=True))


@settings(max_examples=40)
@given(open_work(), paces)
def test_nothing_ends_before_what_it_depends_on(work: list[Work], pace: list[int]) -> None:
    found = run(work, pace)
    number = {item.id: n for n, item in enumerate(work)}
    # Only backward dependencies, so that there is no circle.
    acyclic = [w._replace(depends_on=tuple(d for d in w.depends_on if number.get(d, 99) < number[w.id])) for w in work]
    found = run(acyclic, pace)
    assert found.notes == ()
    for item in acyclic:
        for other in item.depends_on:
            pairs = zip(found.milestones[other], found.milestones[item.id], strict=True)
            assert all(late(before) <= late(after) for before, after in pairs)


@settings(max_examples=40)
@given(open_work(), paces, st.lists(st.booleans(), min_size=1, max_size=5))
def test_more_open_work_never_ends_earlier(work: list[Work], pace: list[int], more: list[bool]) -> None:
    found = run(work, pace)
    fuller = run([*work, *(Work(f"N/{n}", "N", (), begun) for n, begun in enumerate(more))], pace)
    assert found.whole is not None
    assert fuller.whole is not None
    before = [found.whole, *found.plans.values(), *found.milestones.values()]
    after = [fuller.whole, *map(fuller.plans.__getitem__, found.plans)]
    after += map(fuller.milestones.__getitem__, found.milestones)
    for one, other in zip(before, after, strict=True):
        assert all(late(a) <= late(b) for a, b in zip(one, other, strict=True))


def test_a_steady_pace_is_foreseen() -> None:
    """One every second day: twenty-one take forty-two days, give or take one."""
    found = simulate([Work(f"P/{n}", "P") for n in range(21)], STEADY, today=TODAY)
    assert found.whole is not None
    assert "2026-04-09" <= late(found.whole.p50) <= "2026-04-13"
    assert late(found.whole.p95) <= "2026-04-19"


def test_begun_work_comes_first() -> None:
    work = [Work(f"P/{n}", "P", (), n == 9) for n in range(10)]
    found = simulate(work, STEADY, today=TODAY, runs=500)
    assert late(found.milestones["P/9"].p95) <= min(late(found.milestones[f"P/{n}"].p50) for n in range(9))


def test_a_chain_ends_in_its_order() -> None:
    work = [Work(f"P/{n}", "P", (f"P/{n - 1}",)) for n in range(6)]
    found = simulate(work, STEADY, today=TODAY, runs=500)
    ends = [found.milestones[f"P/{n}"].p50 for n in range(6)]
    assert ends == sorted(map(late, ends))
    assert len(set(ends)) == 6


def test_circles_are_left_out_and_named() -> None:
    work = [Work("P/1", "P", ("P/2",)), Work("P/2", "P", ("P/1",)), Work("P/3", "P", ("P/1",)), Work("P/4", "P")]
    found = simulate(work, STEADY, today=TODAY, runs=100)
    assert found.notes == ("2 milestones depend on each other in a circle; that order is left out",)
    assert len(found.milestones) == 4
    assert late(found.milestones["P/1"].p50) <= late(found.milestones["P/3"].p50)
    assert simulate([Work("P/1", "P", ("P/1", "X/1"))], STEADY, today=TODAY, runs=100).notes == ()


@pytest.mark.parametrize(
    ("pace", "reason"),
    [
        ((0,) * 86 + (1,) * 4, "4 milestones were finished in the last 90 days; a forecast needs at least 5"),
        ((3,) * 10, "the history covers 10 days; a forecast needs at least 14"),
        ((), "the history covers 0 days; a forecast needs at least 14"),
    ],
)
def test_too_little_is_said(pace: tuple[int, ...], reason: str) -> None:
    found = simulate([Work("P/1", "P")], pace, today=TODAY)
    assert (found.reason, found.whole, found.plans, found.milestones) == (reason, None, {}, {})


def test_nothing_open() -> None:
    found = simulate([], STEADY, today=TODAY)
    assert (found.open, found.reason, found.whole) == (0, "", None)


def test_what_takes_longer_than_five_years_has_no_date() -> None:
    pace = (1, *(0,) * 40, 1, *(0,) * 40, 1, 1, 1)
    found = simulate([Work(f"P/{n}", "P", (), not n) for n in range(400)], pace, today=TODAY, runs=100)
    assert found.whole == Dates(None, None, None, None)
    assert found.milestones["P/0"].p50


def test_from_a_history() -> None:
    def line(n: int, *steps: tuple[float, str]) -> Timeline:
        made = tuple(Step(s, s, START + int(at * DAY), Commit("", 0, "", ""), "") for at, s in steps)
        return Timeline(f"P/{n}", "milestone", "P", "", False, False, made, ())

    done = [line(n, (0, "planned"), (n, "in_progress"), (n + 3, "completed")) for n in range(20)]
    begun = line(20, (5, "in_progress"), (6, "blocked"))
    states = [
        Observation("milestone", "P/20", "P", "", "blocked", "", False),
        Observation("milestone", "P/21", "P", "", "planned", "", False, depends_on=("P/20",)),
        Observation("milestone", "P/0", "P", "", "completed", "", False),
        Observation("plan", "P", "P", "", "in_progress", "", False),
    ]
    found = forecast.of_history(states, [*done, begun], today="2026-02-01", seed=3)
    assert (found.open, found.finished, found.days, found.reason) == (2, 20, 31, "")
    assert set(found.milestones) == {"P/20", "P/21"}
    assert late(found.milestones["P/20"].p50) < late(found.milestones["P/21"].p50)
    assert "milestones were finished" in forecast.of_history(states, [begun], today="2026-02-01").reason


def test_three_hundred_take_less_than_a_blink() -> None:
    """The benchmark has the figure; this only notices when it becomes another order of magnitude."""
    work = [Work(f"P{n // 20}/{n}", f"P{n // 20}", (f"P{n // 20}/{n - 1}",)) for n in range(300)]
    start = time.process_time()
    simulate(work, (0, 0, 1, 0, 1, 0, 0) * 13, today=TODAY)
    assert time.process_time() - start < 3
