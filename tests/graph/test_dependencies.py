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
