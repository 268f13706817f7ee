"""The layered layout: nothing overlaps, everything runs left to right, and the same input looks the same."""

from __future__ import annotations

import os
import subprocess
import sys
from itertools import combinations, pairwise
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from milestones.graph.crossing import inversions
from milestones.graph.layout import Box, Layout, Node, crossings, lay_out
from milestones.graph.ranking import components, feedback, ranks

CLOSE = 1e-6

Edges = list[tuple[str, str]]


def boxes_named(*ids: str) -> list[Node]:
    return [Node(id_, 100, 30) for id_ in ids]


def clusters(size: int, seed: int = 1) -> tuple[list[Node], Edges]:
    """Clusters of ten in which each node follows two others, if there are two before it."""
    chance = Random(seed)
    edges = []
    for number in range(size):
        earlier = range(number // 10 * 10, number)
        edges += [(str(one), str(number)) for one in chance.sample(earlier, min(2, len(earlier)))]
    return [Node(str(number), 120, 36) for number in range(size)], edges


@st.composite
def graphs(draw: st.DrawFn, acyclic: bool = False) -> tuple[list[Node], Edges]:
    size = draw(st.integers(0, 24))
    extent = st.integers(1, 300)
    nodes = [
        Node(str(number), draw(extent), draw(extent), draw(st.sampled_from(["", "one", "two"])))
        for number in range(size)
    ]
    end = st.integers(0, max(0, size - 1))
    pairs = draw(st.lists(st.tuples(end, end), max_size=50)) if size else []
    if acyclic:
        pairs = [(min(pair), max(pair)) for pair in pairs]
    return nodes, [(str(one), str(two)) for one, two in pairs]


def overlap(one: Box, two: Box) -> bool:
    return (
        one.x + one.width > two.x + CLOSE
        and two.x + two.width > one.x + CLOSE
        and one.y + one.height > two.y + CLOSE
        and two.y + two.height > one.y + CLOSE
    )


def on_left(layout: Layout, id_: str, point: tuple[float, float]) -> bool:
    box = layout.boxes[id_]
    return abs(point[0] - box.x) < CLOSE and box.y - CLOSE <= point[1] <= box.y + box.height + CLOSE


def on_right(layout: Layout, id_: str, point: tuple[float, float]) -> bool:
    box = layout.boxes[id_]
    return on_left(layout, id_, (point[0] - box.width, point[1]))


def passes_through(box: Box, start: tuple[float, float], end: tuple[float, float]) -> bool:
    """Whether a line has a point well inside a box (Liang and Barsky's clipping)."""
    first, last = 0.0, 1.0
    inner = ((box.x, box.x + box.width), (box.y, box.y + box.height))
    for at, to, (low, high) in zip(start, end, inner, strict=True):
        low, high = low + CLOSE, high - CLOSE
        if at == to:
            if not low < at < high:
                return False
            continue
        near, far = sorted(((low - at) / (to - at), (high - at) / (to - at)))
        first, last = max(first, near), min(last, far)
    return last - first > CLOSE


def check_inside(layout: Layout) -> None:
    corners = [(box.x, box.y) for box in layout.boxes.values()]
    corners += [(box.x + box.width, box.y + box.height) for box in layout.boxes.values()]
    corners += [point for route in layout.routes.values() for point in route]
    assert all(-CLOSE <= x <= layout.width + CLOSE for x, _ in corners)
    assert all(-CLOSE <= y <= layout.height + CLOSE for _, y in corners)


def check_apart(layout: Layout) -> None:
    assert not any(overlap(one, two) for one, two in combinations(layout.boxes.values(), 2))


def check_ends(layout: Layout) -> None:
    for (one, two), route in layout.routes.items():
        forward = on_right(layout, one, route[0]) and on_left(layout, two, route[-1])
        backward = on_left(layout, one, route[0]) and on_right(layout, two, route[-1])
        assert forward or backward


def check_clear(layout: Layout) -> None:
    for route in layout.routes.values():
        for start, end in pairwise(route):
            assert not any(passes_through(box, start, end) for box in layout.boxes.values())


@given(graphs())
@settings(deadline=None)
def test_any_graph_is_drawn_cleanly(graph: tuple[list[Node], Edges]) -> None:
    nodes, edges = graph
    layout = lay_out(nodes, edges)
    assert list(layout.boxes) == [node.id for node in nodes]
    assert set(layout.routes) == {edge for edge in edges if edge[0] != edge[1]}
    assert all(layout.boxes[node.id][2:] == (node.width, node.height) for node in nodes)
    check_inside(layout)
    check_apart(layout)
    check_ends(layout)
    check_clear(layout)
    assert layout == lay_out(nodes, edges)


@given(graphs(acyclic=True))
@settings(deadline=None)
def test_edges_run_from_left_to_right(graph: tuple[list[Node], Edges]) -> None:
    layout = lay_out(*graph)
    for (one, two), route in layout.routes.items():
        assert layout.boxes[one].x + layout.boxes[one].width < layout.boxes[two].x
        assert on_right(layout, one, route[0])
        assert on_left(layout, two, route[-1])
        assert all(start[0] <= end[0] for start, end in pairwise(route))


def test_nothing_at_all() -> None:
    layout = lay_out([], [])
    assert layout.boxes == {}
    assert layout.routes == {}


def test_self_loops_unknown_ids_and_repetitions_are_left_out() -> None:
    layout = lay_out(boxes_named("a", "b"), [("a", "a"), ("a", "b"), ("a", "b"), ("a", "z"), ("z", "b")])
    assert list(layout.routes) == [("a", "b")]


def test_a_cycle_is_drawn_with_one_edge_backwards() -> None:
    layout = lay_out(boxes_named("a", "b", "c"), [("a", "b"), ("b", "c"), ("c", "a")])
    assert layout.boxes["a"].x < layout.boxes["b"].x < layout.boxes["c"].x
    assert on_left(layout, "c", layout.routes["c", "a"][0])
    assert on_right(layout, "a", layout.routes["c", "a"][-1])
    check_clear(layout)


def test_two_nodes_before_each_other_have_two_lines() -> None:
    layout = lay_out(boxes_named("a", "b"), [("a", "b"), ("b", "a")])
    there, back = layout.routes["a", "b"], layout.routes["b", "a"]
    assert there != back[::-1]
    assert crossings(layout.routes.values()) == 0


def test_a_cycle_is_cut_where_it_returns_to_its_beginning() -> None:
    assert feedback(4, [(3, 1), (1, 2), (2, 3), (0, 1)]) == {(3, 1)}


def test_one_edge_is_level() -> None:
    layout = lay_out(boxes_named("a", "b"), [("a", "b")])
    ((start, end),) = layout.routes.values()
    assert start[1] == end[1]


def test_a_long_edge_is_straight_between_its_ends() -> None:
    chain = [("a", "b"), ("b", "c"), ("c", "d"), ("d", "e")]
    layout = lay_out(boxes_named(*"abcde"), [*chain, ("a", "e")])
    middle = layout.routes["a", "e"][2:-1]
    assert len({y for _, y in middle}) == 1
    check_clear(layout)


@pytest.mark.parametrize("seed", range(5))
def test_a_tree_has_no_crossings(seed: int) -> None:
    chance = Random(seed)
    edges = [(str(chance.randrange(number)), str(number)) for number in range(1, 40)]
    chance.shuffle(edges)
    layout = lay_out(boxes_named(*map(str, range(40))), edges)
    assert crossings(layout.routes.values()) == 0


@pytest.mark.parametrize(
    ("left", "right", "fewest"),
    [("ab", "xy", 1), ("abc", "xyz", 9), ("abcd", "xyz", 18)],
)
def test_a_complete_bipartite_graph_has_as_few_crossings_as_possible(left: str, right: str, fewest: int) -> None:
    edges = [(one, two) for one in left for two in right]
    layout = lay_out(boxes_named(*left, *right), edges)
    assert crossings(layout.routes.values()) == fewest


def test_a_tangled_planar_graph_is_untangled() -> None:
    edges = [("a", "z"), ("b", "y"), ("c", "x"), ("z", "m"), ("y", "l"), ("x", "k"), ("a", "y"), ("b", "x")]
    layout = lay_out(boxes_named(*"abcxyzklm"), edges)
    assert crossings(layout.routes.values()) == 0


def test_dense_clusters_keep_few_crossings() -> None:
    layout = lay_out(*clusters(100))
    assert crossings(layout.routes.values()) <= 26


def test_a_deep_chain_needs_no_recursion() -> None:
    size = 5000
    edges = [(str(number), str(number + 1)) for number in range(size - 1)]
    layout = lay_out(boxes_named(*map(str, range(size))), edges)
    lefts = [layout.boxes[str(number)].x for number in range(size)]
    assert lefts == sorted(lefts)
    assert len({box.y for box in layout.boxes.values()}) == 1


def test_a_deep_cycle_needs_no_recursion() -> None:
    size = 3000
    edges = [(str(number), str((number + 1) % size)) for number in range(size)]
    layout = lay_out(boxes_named(*map(str, range(size))), edges)
    assert len(layout.routes) == size
    check_ends(layout)


def test_too_many_long_edges_are_led_around_the_boxes() -> None:
    size = 300
    ids = [str(number) for number in range(size)]
    edges = [*pairwise(ids), *(("0", id_) for id_ in ids[2:])]
    layout = lay_out(boxes_named(*ids), edges)
    assert set(layout.routes) == set(edges)
    check_inside(layout)
    check_apart(layout)
    check_ends(layout)
    lowest = max(box.y + box.height for box in layout.boxes.values())
    assert any(y > lowest for route in layout.routes.values() for _, y in route)


def test_a_wide_rank_is_one_column() -> None:
    ids = [str(number) for number in range(60)]
    layout = lay_out(boxes_named("top", *ids), [("top", id_) for id_ in ids])
    assert len({layout.boxes[id_].x for id_ in ids}) == 1
    check_apart(layout)
    assert crossings(layout.routes.values()) == 0


def test_a_node_stands_next_to_the_only_one_it_serves() -> None:
    layout = lay_out(boxes_named(*"abcds"), [("a", "b"), ("b", "c"), ("c", "d"), ("s", "d")])
    assert layout.boxes["s"].x == layout.boxes["c"].x


def test_nodes_without_edges_stand_below_by_group() -> None:
    loose = [Node(f"n{number}", 100, 30, "even" if number % 2 == 0 else "odd") for number in range(40)]
    layout = lay_out([*boxes_named("a", "b"), *loose], [("a", "b")])
    assert all(layout.boxes[node.id].y > layout.boxes["a"].y + 30 for node in loose)
    extents = []
    for group in ("even", "odd"):
        boxes = [layout.boxes[node.id] for node in loose if node.group == group]
        left, top = min(box.x for box in boxes), min(box.y for box in boxes)
        right, low = max(box.x + box.width for box in boxes), max(box.y + box.height for box in boxes)
        extents.append(Box(left, top, right - left, low - top))
    assert not overlap(*extents)
    assert layout.width * layout.height < 4 * 40 * 114 * 44


def test_an_id_must_be_unique() -> None:
    with pytest.raises(ValueError, match="two nodes have the id 'a'"):
        lay_out(boxes_named("a", "a"), [])


@pytest.mark.parametrize("extent", [-1.0, float("nan"), float("inf")])
def test_an_extent_must_make_sense(extent: float) -> None:
    with pytest.raises(ValueError, match="measures"):
        lay_out([Node("a", 10, extent)], [])


def test_the_hash_seed_makes_no_difference() -> None:
    script = (
        "from random import Random\n"
        "from milestones.graph.layout import Node, lay_out\n"
        "chance = Random(5)\n"
        "ids = [f'node {n}' for n in range(80)]\n"
        "edges = [tuple(chance.sample(ids, 2)) for _ in range(120)]\n"
        "print(lay_out([Node(i, 90, 30, i[-1]) for i in ids], edges))\n"
    )
    path = os.pathsep.join(sys.path)
    drawings = {
        subprocess.run(
            [sys.executable, "-c", script],
            env={**os.environ, "PYTHONHASHSEED": seed, "PYTHONPATH": path},
            capture_output=True,
            check=True,
            text=True,
        ).stdout
        for seed in ("0", "1", "77")
    }
    assert len(drawings) == 1


@given(st.lists(st.integers(0, 30), max_size=60))
def test_inversions_are_the_pairs_out_of_order(targets: list[int]) -> None:
    expected = sum(one > two for one, two in combinations(targets, 2))
    assert inversions(targets, 31) == expected


def test_many_inversions_are_counted_by_the_tree() -> None:
    size = 5000
    assert inversions(range(size, 0, -1), size + 1) == size * (size - 1) // 2
    assert inversions([0, 0, *range(size)], size) == 1 - 1


def test_crossings_of_lines() -> None:
    assert crossings([[(0, 0), (10, 10)], [(0, 10), (10, 0)]]) == 1
    assert crossings([[(0, 0), (10, 10)], [(0, 0), (10, 5)]]) == 0
    assert crossings([[(0, 0), (10, 0), (20, 10)], [(0, 5), (20, -5)], [(5, 4), (5, -4)]]) == 2


@given(st.lists(st.tuples(st.integers(0, 15), st.integers(0, 15)), max_size=40))
def test_ranks_ascend_and_components_partition(pairs: list[tuple[int, int]]) -> None:
    arcs = sorted({(min(pair), max(pair)) for pair in pairs if pair[0] != pair[1]})
    rank = ranks(16, arcs)
    assert all(rank[one] < rank[two] for one, two in arcs)
    parts = components(16, arcs)
    assert sorted(node for part in parts for node in part) == list(range(16))
