"""The definitions of progress, risk, impact and critical path, held to on any graph, those with cycles included."""

from __future__ import annotations

import itertools
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, cast

from hypothesis import assume, given
from hypothesis import strategies as st

from milestones.graph.dependencies import Dependencies, days
from milestones.model import Health, HealthArea, Milestone, Status, Tally
from milestones.project.portfolio import Portfolio
from milestones.registry import Level, risk
from milestones.registry.snapshot import Reading, Snapshot

if TYPE_CHECKING:
    from collections.abc import Sequence

TODAY = "2026-02-01"
DAYS = st.sampled_from([None, "2025-11-01", "2026-01-20", "2026-02-01", "2026-02-10", "2026-03-01"])


def made(id_: str, status: Status = Status.PLANNED, depends_on: Sequence[str] = (), **more: Any) -> Milestone:
    return Milestone(
        id=id_,
        plan_id="",
        number="",
        title=id_,
        status=status,
        status_word="",
        filed=False,
        path=id_,
        depends_on=tuple(depends_on),
        **more,
    )


@st.composite
def tallies(draw: st.DrawFn) -> Tally:
    total = draw(st.integers(0, 9))
    return Tally(draw(st.integers(0, total)), total)


@st.composite
def milestones(draw: st.DrawFn, *, acyclic: bool = False) -> list[Milestone]:
    """Up to seven milestones, with dependencies on each other, on themselves, on nothing (``x``), and twice."""
    names = "abcdefg"[: draw(st.integers(1, 7))]
    found = []
    for at, name in enumerate(names):
        others = names[:at] if acyclic else names + "x"
        on = draw(st.lists(st.sampled_from(others), max_size=3)) if others else []
        areas = draw(st.lists(st.sampled_from(Health), max_size=2))
        found.append(
            made(
                name,
                draw(st.sampled_from(Status)),
                on,
                tally=draw(tallies()),
                start=draw(DAYS),
                due=draw(DAYS),
                updated=draw(DAYS),
                risk=draw(st.sampled_from([None, "low", "med", "high", "whatever"])),
                health=tuple(HealthArea("Tests", health, "", "", 1) for health in areas),
            )
        )
    return draw(st.permutations(found))


def snapshot(of: Sequence[Milestone]) -> Snapshot:
    return Snapshot(Reading(tuple(of), TODAY, 30))


def completed(of: Sequence[Milestone], id_: str) -> list[Milestone]:
    return [m._replace(status=Status.COMPLETED) if m.id == id_ else m for m in of]


def upstream(of: Sequence[Milestone], id_: str) -> set[str]:
    """Everything that a milestone depends on, found by trying until nothing is new; unknown ids included."""
    on = {m.id: set(m.depends_on) for m in of}
    found = on[id_]
    while more := set().union(*(on.get(d, set()) for d in found)) - found:
        found = found | more
    return found - {id_}


def level(of: Snapshot, id_: str) -> Level:
    return Level[of.risk(id_)["level"].upper()]


# Progress.


@given(milestones())
def test_fractions_have_bounds(of: list[Milestone]) -> None:
    seen = snapshot(of)
    for id_ in seen.milestones:
        assert 0.0 <= seen.own_progress(id_) <= 1.0
        assert 0.0 <= seen.completion_fraction(id_) <= seen.progress(id_) <= 1.0


@given(milestones())
def test_done_only_when_everything_is(of: list[Milestone]) -> None:
    seen = snapshot(of)
    for id_, milestone in seen.milestones.items():
        known = [seen.milestones.get(other) for other in upstream(of, id_)]
        really = all(m is not None and m.status is Status.COMPLETED for m in (milestone, *known))
        assert (seen.progress(id_) == 1.0) is really
        assert (seen.completion_fraction(id_) == 1.0) is really
        assert (seen.own_progress(id_) == 1.0) is (milestone.status is Status.COMPLETED)
        assert (not seen.risk(id_)["unresolved_upstream"] and milestone.status is Status.COMPLETED) is really


@given(milestones(), st.data())
def test_completing_lowers_no_progress(of: list[Milestone], data: st.DataObject) -> None:
    before = snapshot(of)
    one = data.draw(st.sampled_from(sorted(before.milestones)))
    after = snapshot(completed(of, one))
    for id_ in before.milestones:
        assert after.own_progress(id_) >= before.own_progress(id_)
        assert after.progress(id_) >= before.progress(id_)
        assert after.completion_fraction(id_) >= before.completion_fraction(id_)
    if before.milestones[one].status is not Status.COMPLETED:
        for id_ in (one, *before.graph.descendants(one)):
            assert after.progress(id_) > before.progress(id_)
            assert after.completion_fraction(id_) > before.completion_fraction(id_)


@given(milestones(), st.data())
def test_ticking_lowers_no_progress(of: list[Milestone], data: st.DataObject) -> None:
    one = data.draw(st.sampled_from(of))
    assume(one.tally.done < one.tally.total)
    ticked = one._replace(tally=Tally(one.tally.done + 1, one.tally.total))
    before, after = snapshot(of), snapshot([ticked if m is one else m for m in of])
    assert all(after.progress(id_) >= before.progress(id_) for id_ in before.milestones)


@given(milestones(), st.data())
def test_what_is_not_upstream_does_not_matter(of: list[Milestone], data: st.DataObject) -> None:
    one = data.draw(st.sampled_from(of)).id
    near = {one} | upstream(of, one)
    alone = [m for m in of if m.id in near]
    for ask in (Snapshot.progress, Snapshot.completion_fraction):
        assert ask(snapshot(of), one) == ask(snapshot(alone), one)
    assert level(snapshot(of), one) is level(snapshot(alone), one)


def test_the_mean_over_the_chain() -> None:
    half = {"tally": Tally(1, 2)}
    of = snapshot([made("a", Status.COMPLETED), made("b", depends_on=["a"], **half), made("c", depends_on=["b", "a"])])
    assert [of.progress(id_) for id_ in "abc"] == [1.0, 0.75, 0.5]
    assert [of.own_progress(id_) for id_ in "abc"] == [1.0, 0.5, 0.0]
    assert [of.completion_fraction(id_) for id_ in "abc"] == [1.0, 0.5, 1 / 3]


def test_cancelled_and_unknown_work_is_not_done() -> None:
    of = snapshot([made("a", Status.CANCELLED), made("b", Status.COMPLETED, ["a"]), made("c", Status.COMPLETED, ["x"])])
    assert of.progress("b") == of.progress("c") == 0.5
    assert of.risk("b")["unresolved_dependencies"] == ["a"]
    assert of.risk("c")["unresolved_dependencies"] == of.risk("c")["unresolved_upstream"] == ["x"]
    assert of.risk("b")["reasons"] == ["depends on cancelled work: a"]
    assert of.risk("c")["reasons"] == ["depends on what nothing defines: x"]
    assert of.graph.unmet("b") == []  # it holds nothing up, and yet it is not done


def test_of_twins_the_less_finished_counts() -> None:
    for twins in itertools.permutations([made("a"), made("a", Status.COMPLETED)]):
        assert snapshot(twins).progress("a") == 0.0


# Risk.


@given(milestones())
def test_no_less_risk_than_upstream(of: list[Milestone]) -> None:
    seen = snapshot(of)
    for id_, milestone in seen.milestones.items():
        if milestone.status is Status.CANCELLED:
            assert level(seen, id_) is Level.NONE
            continue
        assert all(level(seen, id_) >= level(seen, other) for other in seen.graph.ancestors(id_))


@given(milestones(), st.data())
def test_trouble_upstream_lowers_no_risk(of: list[Milestone], data: st.DataObject) -> None:
    one = data.draw(st.sampled_from([m for m in of if not m.status.closed] or [made("none")]))
    worse = data.draw(st.sampled_from([{"status": Status.BLOCKED}, {"due": "2020-01-01"}, {"risk": "high"}]))
    before, after = snapshot(of), snapshot([m._replace(**cast("Any", worse)) if m is one else m for m in of])
    for id_ in before.milestones:
        assert level(after, id_) >= level(before, id_)
        if one.id in (id_, *upstream(of, id_)) and after.milestones[id_].status is not Status.CANCELLED:
            assert level(after, id_) is Level.HIGH


@given(milestones(), st.data())
def test_completing_raises_no_risk(of: list[Milestone], data: st.DataObject) -> None:
    one = data.draw(st.sampled_from(of))
    assume(one.status is not Status.CANCELLED)
    before, after = snapshot(of), snapshot(completed(of, one.id))
    assert all(level(after, id_) <= level(before, id_) for id_ in before.milestones)


@given(milestones())
def test_the_level_is_that_of_the_reasons(of: list[Milestone]) -> None:
    seen = snapshot(of)
    for id_, milestone in seen.milestones.items():
        found = seen.risk(id_)
        if milestone.status is not Status.CANCELLED:
            assert (found["level"] == "none") is (not found["reasons"] and not found["upstream"])
        assert set(found["upstream"]) <= upstream(of, id_)
        assert (found["blocked"], found["on_hold"]) == (
            milestone.status is Status.BLOCKED,
            milestone.status is Status.ON_HOLD,
        )


@given(milestones())
def test_overdue_and_stale_mean_what_the_pages_mean(of: list[Milestone]) -> None:
    page = cast("Portfolio", SimpleNamespace(today=TODAY, stale_after=30))
    for milestone in of:
        assert risk.overdue(milestone, TODAY) is Portfolio.overdue(page, milestone)
        assert risk.stale(milestone, TODAY, 30) is Portfolio.stale(page, milestone)


def test_every_reason() -> None:
    bad, warning = HealthArea("QA", Health.BAD, "", "", 1), HealthArea("Docs", Health.WARNING, "", "", 1)
    of = [
        made("a", Status.BLOCKED, due="2026-01-31", updated="2025-12-01", risk="high", health=(bad, warning)),
        made("b", Status.ON_HOLD, ["a"], risk="med"),
        made("c", Status.COMPLETED, ["b"], due="2020-01-01", risk="high"),
        made("d", Status.CANCELLED, ["a"]),
        made("e", risk="low"),
    ]
    seen = snapshot(of)
    assert seen.risk("a")["reasons"] == [
        "blocked",
        "overdue since 2026-01-31",
        "declared risk: high",
        "health is bad: QA",
        "stale: not updated since 2025-12-01",
        "health is a warning: Docs",
    ]
    assert seen.risk("b")["reasons"] == ["on hold", "declared risk: med", "waits for a"]
    assert seen.risk("b")["level"] == "high"
    assert seen.risk("c")["reasons"] == ["completed before b"]
    assert seen.risk("c")["upstream"] == {id_: seen.risk(id_)["reasons"] for id_ in "ba"}
    assert (seen.risk("d")["level"], seen.risk("d")["reasons"]) == ("none", [])
    assert (seen.risk("e")["level"], seen.risk("e")["reasons"], seen.risk("e")["declared"]) == ("none", [], "low")


# Impact and critical path.


@given(milestones())
def test_impact_is_what_an_open_path_leads_to(of: list[Milestone]) -> None:
    """B slips with A if and only if B is open and waits for A, or for something open that slips with A."""
    seen = snapshot(of)
    still = {id_ for id_, m in seen.milestones.items() if not m.status.closed}
    hold = {(a, b) for a, b in seen.graph.edges if {a, b} <= still}
    for _ in still:
        hold |= {(a, d) for a, b in hold for c, d in hold if b == c}
    for id_ in seen.milestones:
        assert set(seen.impact(id_)) == {b for a, b in hold if a == id_ and b != id_}
        assert len(set(seen.impact(id_))) == len(seen.impact(id_))


def test_impact_ends_at_closed_work() -> None:
    of = snapshot(
        [
            made("a"),
            made("b", depends_on=["a"]),
            made("c", Status.COMPLETED, ["a"]),
            made("d", depends_on=["c"]),
            made("e", depends_on=["b"]),
        ]
    )
    assert (of.impact("a"), of.impact("c"), of.impact("e")) == (["b", "e"], [], [])


@given(milestones(acyclic=True))
def test_the_critical_path_is_the_longest(of: list[Milestone]) -> None:
    seen = snapshot(of)
    still = {id_: m for id_, m in seen.milestones.items() if not m.status.closed}
    lengths = {id_: days(m) for id_, m in still.items()}
    known = sorted(length for length in lengths.values() if length is not None)
    half = len(known) // 2
    typical = 1.0 if not known else known[half] if len(known) % 2 else (known[half - 1] + known[half]) / 2
    weight = {id_: length or typical for id_, length in lengths.items()}
    edges = set(seen.graph.edges)
    paths = [
        path
        for size in range(2, len(still) + 1)
        for path in itertools.permutations(still, size)
        if all(pair in edges for pair in itertools.pairwise(path))
    ]
    found = seen.critical_path()
    assert (tuple(found) in paths) if paths else found == []
    if paths:
        assert sum(weight[i] for i in found) == max(sum(weight[i] for i in path) for path in paths)


@given(milestones())
def test_without_dates_the_critical_path_counts(of: list[Milestone]) -> None:
    seen = snapshot([m._replace(start=None, due=None) for m in of])
    longest = seen.critical_path()
    assert len(longest) == len(set(longest))
    assert len(longest) == len(Dependencies(seen.milestones.values()).critical_path())


def test_days_beat_counts() -> None:
    long = {"start": "2026-01-01", "due": "2026-03-31"}
    short = {"start": "2026-01-01", "due": "2026-01-02"}
    of = [
        made("a", **short),
        made("b", depends_on=["a"], **short),
        made("c", depends_on=["b"], **short),
        made("x", **long),
        made("y", depends_on=["x"]),
        made("alone", start="2020-01-01", due="2030-01-01"),
    ]
    assert snapshot(of).critical_path() == ["x", "y"]
    assert snapshot([m._replace(start=None) for m in of]).critical_path() == ["a", "b", "c"]
