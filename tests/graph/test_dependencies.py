"""The dependency graph against answers found by trying everything."""

from __future__ import annotations

import itertools
from typing import NamedTuple

import pytest
from hypothesis import given
from hypothesis import strategies as st

from milestones.graph.dependencies import Dependencies
from milestones.model import Status


class Item(NamedTuple):
    id: str
    status: Status = Status.PLANNED
    depends_on: tuple[str, ...] = ()


def graph(**depends_on: str) -> Dependencies:
    """``graph(a="", b="a")``: b depends on a."""
    return Dependencies(Item(id_, depends_on=tuple(on)) for id_, on in depends_on.items())


@st.composite
def items(draw: st.DrawFn, *, acyclic: bool = False) -> list[Item]:
    """Up to seven items in any order, with dependencies on each other, on themselves, on nothing, and twice."""
    names = "abcdefg"[: draw(st.integers(1, 7))]
    made = []
    for at, name in enumerate(names):
        others = names[:at] if acyclic else names + "x"
        on = draw(st.lists(st.sampled_from(others), max_size=3)) if others else []
        made.append(Item(name, draw(st.sampled_from(Status)), tuple(on)))
    return draw(st.permutations(made))


def edges(of: list[Item]) -> set[tuple[str, str]]:
    known = {item.id for item in of}
    return {(d, item.id) for item in of for d in item.depends_on if d in known and d != item.id}


def reachable(start: str, pairs: set[tuple[str, str]]) -> set[str]:
    """Everything after ``start`` along the pairs, itself only if it lies on a cycle."""
    found: set[str] = set()
    while True:
        more = {b for a, b in pairs if a == start or a in found} - found
        if not more:
            return found
        found |= more


@given(items())
def test_edges(of: list[Item]) -> None:
    dependencies = Dependencies(of)
    assert len(dependencies.edges) == len(set(dependencies.edges))
    assert set(dependencies.edges) == edges(of)
    assert {(a, b) for a, after in dependencies.blocks.items() for b in after} == edges(of)


@given(items())
def test_ancestors_and_descendants(of: list[Item]) -> None:
    dependencies, forward = Dependencies(of), edges(of)
    backward = {(b, a) for a, b in forward}
    for item in of:
        assert set(dependencies.descendants(item.id)) == reachable(item.id, forward) - {item.id}
        assert set(dependencies.ancestors(item.id)) == reachable(item.id, backward) - {item.id}
        near = dependencies.neighbourhood(item.id)
        assert near[0] == item.id
        assert len(near) == len(set(near))
        assert set(near) == {item.id, *dependencies.ancestors(item.id), *dependencies.descendants(item.id)}
        assert dependencies.neighbourhood(item.id, 2) == near[:2]


def test_nearest_come_first() -> None:
    chain = graph(a="", b="a", c="b", d="c")
    assert chain.descendants("a") == ["b", "c", "d"]
    assert chain.ancestors("d") == ["c", "b", "a"]
    assert chain.neighbourhood("b") == ["b", "a", "c", "d"]


@given(items())
def test_cycles(of: list[Item]) -> None:
    """Each knot once, beginning at its smallest id, by a shortest way round that really exists."""
    pairs = edges(of)
    expected = {
        frozenset({b for b in reachable(a.id, pairs) if a.id in reachable(b, pairs)})
        for a in of
        if a.id in reachable(a.id, pairs)
    }
    found = Dependencies(of).cycles()
    assert found == sorted(found)
    knots = [next(knot for knot in expected if cycle[0] in knot) for cycle in found]
    assert set(knots) == expected
    assert len(knots) == len(expected)
    for cycle, knot in zip(found, knots, strict=True):
        assert cycle[0] == min(knot)
        assert set(cycle) <= knot
        assert len(cycle) == len(set(cycle))
        for waiting, awaited in itertools.pairwise([*cycle, cycle[0]]):
            assert (awaited, waiting) in pairs
        others = knot - {cycle[0]}
        shorter = (way for size in range(len(cycle) - 1) for way in itertools.permutations(others, size))
        for way in shorter:
            steps = itertools.pairwise([cycle[0], *way, cycle[0]])
            assert not all((awaited, waiting) in pairs for waiting, awaited in steps)


@given(items(), st.randoms())
def test_cycles_do_not_depend_on_the_order_of_files(of: list[Item], random: object) -> None:
    shuffled = list(of)
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    knots = [(cycle[0], len(cycle)) for cycle in Dependencies(of).cycles()]
    assert [(cycle[0], len(cycle)) for cycle in Dependencies(shuffled).cycles()] == knots


@given(items())
def test_order(of: list[Item]) -> None:
    dependencies, pairs = Dependencies(of), edges(of)
    order = dependencies.order()
    assert sorted(order) == sorted(item.id for item in of)
    place = {id_: at for at, id_ in enumerate(order)}
    for before, after in pairs:
        behind = {before, after, *dependencies.ancestors(after)}
        # Behind a cycle somebody has to be first.
        assert place[before] < place[after] or any(id_ in reachable(id_, pairs) for id_ in behind)


@given(items(acyclic=True))
def test_prerequisites_come_first(of: list[Item]) -> None:
    place = {id_: at for at, id_ in enumerate(Dependencies(of).order())}
    assert all(place[before] < place[after] for before, after in edges(of))


def longest_chain(of: list[Item]) -> int:
    still_open = {item.id for item in of if not item.status.closed}
    pairs = {(a, b) for a, b in edges(of) if a in still_open and b in still_open}
    best = 0
    for size in range(1, len(still_open) + 1):
        if any(all(p in pairs for p in itertools.pairwise(way)) for way in itertools.permutations(still_open, size)):
            best = size
    return best if best > 1 else 0


@given(items(acyclic=True))
def test_critical_path(of: list[Item]) -> None:
    path = Dependencies(of).critical_path()
    assert len(path) == longest_chain(of)
    assert all(pair in edges(of) for pair in itertools.pairwise(path))
    status = {item.id: item.status for item in of}
    assert not any(status[id_].closed for id_ in path)


@given(items())
def test_a_critical_path_exists_whatever_the_cycles(of: list[Item]) -> None:
    path = Dependencies(of).critical_path()
    assert len(path) == len(set(path))
    assert all(pair in edges(of) for pair in itertools.pairwise(path))


def test_equal_chains_fall_to_the_first() -> None:
    assert graph(a="", b="", c="ab", d="ba").critical_path() == ["a", "c"]
    assert graph(b="", a="", d="ba", c="ab").critical_path() == ["b", "d"]


@pytest.mark.parametrize("status", Status)
def test_what_waits(status: Status) -> None:
    def one(before: Status) -> Dependencies:
        return Dependencies([Item("a", before), Item("b", status, ("a",))])

    free, held = one(Status.COMPLETED), one(Status.IN_PROGRESS)
    assert free.unmet("b") == []
    assert held.unmet("b") == ["a"]
    assert one(Status.CANCELLED).unmet("b") == []
    assert free.waiting("b") is (status in (Status.BLOCKED, Status.ON_HOLD))
    assert held.waiting("b") is (not status.closed)
    assert ("b" in free.ready()) is (status is Status.PLANNED)
    assert "b" not in held.ready()


def test_ten_thousand_in_a_row() -> None:
    """No recursion, and no square of ten thousand."""
    count = 10_000
    names = [f"{n:05}" for n in range(count)]
    chain = [Item(name, depends_on=(names[at - 1],) if at else ()) for at, name in enumerate(names)]
    dependencies = Dependencies(reversed(chain))
    assert dependencies.cycles() == []
    assert dependencies.order() == names
    assert dependencies.critical_path() == names
    assert dependencies.descendants(names[0]) == names[1:]
    ring = Dependencies([chain[0]._replace(depends_on=(names[-1],)), *chain[1:]])
    (cycle,) = ring.cycles()
    assert cycle == (names[0], *reversed(names[1:]))
    assert sorted(ring.order()) == names


def test_many_cycles_at_once() -> None:
    pairs = [(f"a{n:05}", f"b{n:05}") for n in range(5_000)]
    of = [item for a, b in pairs for item in (Item(a, depends_on=(b,)), Item(b, depends_on=(a,)))]
    dependencies = Dependencies(of)
    assert dependencies.cycles() == pairs
    assert len(dependencies.order()) == 10_000


# What an edge adds, and what a slip does.


class Dated(NamedTuple):
    id: str
    status: Status = Status.PLANNED
    depends_on: tuple[str, ...] = ()
    start: str | None = None
    due: str | None = None


@st.composite
def dated(draw: st.DrawFn) -> list[Dated]:
    """Items without cycles, of which some have dates; some are due before they start."""
    day = st.none() | st.integers(1, 28).map(lambda number: f"2026-02-{number:02}")
    return [Dated(*item, draw(day), draw(day)) for item in draw(items(acyclic=True))]


def length_of(item: Dated) -> int | None:
    if item.start is None or item.due is None:
        return None
    return max(1, int(item.due[-2:]) - int(item.start[-2:]) + 1)


@given(dated())
def test_the_critical_path_is_the_longest_in_days(of: list[Dated]) -> None:
    still_open = {item.id: length_of(item) for item in of if not item.status.closed}
    known = sorted(length for length in still_open.values() if length is not None)
    typical = (known[(len(known) - 1) // 2] + known[len(known) // 2]) / 2 if known else 1
    lengths = {id_: length or typical for id_, length in still_open.items()}
    pairs = edges([Item(*item[:3]) for item in of])
    ways = [
        way
        for size in range(2, len(lengths) + 1)
        for way in itertools.permutations(lengths, size)
        if all(pair in pairs for pair in itertools.pairwise(way))
    ]
    path = Dependencies(of).critical_path()
    assert sum(lengths[id_] for id_ in path) == max((sum(lengths[id_] for id_ in way) for way in ways), default=0)
    assert not path or tuple(path) in ways


def test_days_count_more_than_milestones() -> None:
    short = {"start": "2026-02-02", "due": "2026-02-03"}
    of = [
        Dated("a", **short),
        Dated("b", depends_on=("a",), **short),
        Dated("c", depends_on=("b",), **short),
        Dated("x", start="2026-02-02", due="2026-02-27"),
        Dated("y", depends_on=("x",)),
        Dated("alone", start="2020-01-01", due="2030-01-01"),
    ]
    assert Dependencies(of).critical_path() == ["x", "y"]
    assert Dependencies(item._replace(start=None) for item in of).critical_path() == ["a", "b", "c"]


@given(items())
def test_a_reduction_reaches_what_all_edges_reach(of: list[Item]) -> None:
    dependencies, pairs = Dependencies(of), edges(of)
    kept = dependencies.reduced()
    assert kept == [edge for edge in dependencies.edges if edge in set(kept)]
    for item in of:
        assert reachable(item.id, set(kept)) == reachable(item.id, pairs)
    for a, b in pairs:
        if a in reachable(b, pairs):
            assert (a, b) in kept


@given(items())
def test_a_reduction_is_minimal_outside_cycles(of: list[Item]) -> None:
    pairs, kept = edges(of), set(Dependencies(of).reduced())
    for a, b in kept:
        if a not in reachable(b, pairs):
            assert b not in reachable(a, kept - {(a, b)})


def test_an_edge_that_says_nothing_new() -> None:
    assert graph(a="", b="a", c="ab").reduced() == [("a", "b"), ("b", "c")]
    assert graph(a="", b="a", c="a", d="bca").reduced() == [("a", "b"), ("a", "c"), ("b", "d"), ("c", "d")]
    assert graph(a="", b="ac", c="ab").reduced() == [("a", "b"), ("c", "b"), ("b", "c")]


@given(items())
def test_impact(of: list[Item]) -> None:
    still_open = {item.id for item in of if not item.status.closed}
    pairs = {(a, b) for a, b in edges(of) if a in still_open and b in still_open}
    dependencies = Dependencies(of)
    path = dependencies.critical_path()
    for item in of:
        expected = len(reachable(item.id, pairs) - {item.id})
        assert dependencies.impacts[item.id] == (expected, item.id in path)


@given(items())
def test_ready_comes_by_impact(of: list[Item]) -> None:
    dependencies = Dependencies(of)
    ready = dependencies.ready()
    free = [item.id for item in of if item.status is Status.PLANNED and not dependencies.unmet(item.id)]
    assert set(ready) == set(free)
    order = [
        (not dependencies.impacts[id_].critical, -dependencies.impacts[id_].waiting, free.index(id_)) for id_ in ready
    ]
    assert order == sorted(order)


@pytest.mark.parametrize("shape", ["chain", "sparse", "star", "ring"])
def test_five_thousand_are_reduced_soon(shape: str) -> None:
    """Well under a second; the limit leaves room for a busy machine."""
    import random
    import time

    chance = random.Random(1)
    count = 5_000
    before = {
        "chain": lambda at: {at - 1, at // 2},
        "sparse": lambda at: {chance.randrange(at) for _ in range(3)},
        "star": lambda at: {0},
        "ring": lambda at: {at - 1},
    }[shape]
    of = [Item(str(at), depends_on=tuple(map(str, sorted(before(at)))) if at else ()) for at in range(count)]
    if shape == "ring":
        of[0] = of[0]._replace(depends_on=(str(count - 1),))
    dependencies = Dependencies(of)
    begun = time.process_time()
    kept = dependencies.reduced()
    ready = dependencies.ready()
    assert time.process_time() - begun < 2
    assert len(ready) == (0 if shape == "ring" else 1)
    if shape == "chain":
        assert len(kept) == count - 1
