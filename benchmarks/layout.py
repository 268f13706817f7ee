"""How long the layered layout takes and how many edges cross, next to graphviz's dot if pygraphviz is there.

    python benchmarks/layout.py [NUMBER OF NODES ...]

The graphs consist of clusters of ten, with two edges to each node, in two kinds: in "apart" each node
follows two earlier ones of its cluster, in "linked" the first of each cluster also follows one of the cluster
before. Small ones, "tangled", have their edges anywhere; their figures are over several graphs. Crossings are
counted in the finished drawings; dot's curves are followed in short straight steps. Times are medians; where one
takes long it is measured once.
"""

from __future__ import annotations

import statistics
import sys
from importlib import import_module
from importlib.util import find_spec
from itertools import pairwise
from pathlib import Path
from random import Random
from time import perf_counter
from typing import TYPE_CHECKING, Any, NamedTuple

if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "plugins"))

from measure import Row

from milestones.graph.crossing import Point, crossings
from milestones.graph.layout import Node, lay_out

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

SIZES = (100, 1_000, 5_000)
WIDTH, HEIGHT = 160.0, 40.0
POINTS_PER_INCH = 72
STEPS = 6
ROUNDS = 9
# Small graphs without any clusters: how many nodes and edges a node, and how many graphs of each.
TANGLED = ((30, 2.0), (30, 4.0), (40, 2.0), (40, 4.0), (50, 2.0), (50, 4.0))
SEEDS = 6
# A graph above this size is measured once.
LARGE = 1_000
MOST_CROSSINGS = 1.3

pygraphviz: Any = import_module("pygraphviz") if find_spec("pygraphviz") else None


class Outcome(NamedTuple):
    """Seconds taken and edges crossing."""

    seconds: float
    crossings: int


def apart(size: int) -> list[tuple[str, str]]:
    """Clusters of ten with no edges between them."""
    chance = Random(size)
    edges = []
    for number in range(size):
        earlier = range(number // 10 * 10, number)
        edges += [(str(one), str(number)) for one in chance.sample(earlier, min(2, len(earlier)))]
    return edges


def linked(size: int) -> list[tuple[str, str]]:
    """Clusters of ten in a row."""
    chance = Random(size + 1)
    return apart(size) + [(str(chance.randrange(first - 10, first)), str(first)) for first in range(10, size, 10)]


def tangled(size: int, edges_per_node: float, seed: int) -> list[tuple[str, str]]:
    """A random graph without cycles whose edges join any two nodes."""
    pairs = [(str(one), str(two)) for two in range(size) for one in range(two)]
    return Random(f"{size}/{edges_per_node}/{seed}").sample(pairs, round(size * edges_per_node))


def ours(size: int, edges: list[tuple[str, str]]) -> Outcome:
    """What this package makes of a graph."""
    nodes = [Node(str(number), WIDTH, HEIGHT) for number in range(size)]
    begun = perf_counter()
    layout = lay_out(nodes, edges)
    return Outcome(perf_counter() - begun, crossings(layout.routes.values()))


def dots(size: int, edges: list[tuple[str, str]]) -> Outcome:
    """What dot makes of the same graph."""
    graph = pygraphviz.AGraph(directed=True, rankdir="LR")
    graph.node_attr.update(
        shape="box",
        label="",
        fixedsize="true",
        width=WIDTH / POINTS_PER_INCH,
        height=HEIGHT / POINTS_PER_INCH,
    )
    graph.add_nodes_from(str(number) for number in range(size))
    graph.add_edges_from(edges)
    begun = perf_counter()
    graph.layout("dot")
    seconds = perf_counter() - begun
    return Outcome(seconds, crossings(_curve(edge) for edge in graph.edges()))


def _curve(edge: Any) -> list[Point]:
    """The line of an edge of dot's, which consists of cubic Bézier curves.

    Where two curves cross is often the end or the middle of both, dot's grid being regular. So neither is a corner of
    the line: lines that only touch there would not count as crossing.
    """
    words = edge.attr["pos"].split()
    tips = {word[0]: _point(word[2:]) for word in words if word[1] == "," and word[0] in "es"}
    controls = [_point(word) for word in words if word[0] not in "es"]
    line = controls[:1]
    for first in range(0, len(controls) - 3, 3):
        line += [_bezier(controls[first : first + 4], (step + 0.5) / STEPS) for step in range(STEPS)]
    line += controls[-1:]
    return [*([tips["s"]] if "s" in tips else []), *line, *([tips["e"]] if "e" in tips else [])]


def _point(word: str) -> Point:
    x, y = word.split(",")
    return float(x), float(y)


def _bezier(controls: Iterable[Point], at: float) -> Point:
    points = list(controls)
    while len(points) > 1:
        points = [(one[0] + (two[0] - one[0]) * at, one[1] + (two[1] - one[1]) * at) for one, two in pairwise(points)]
    return points[0]


KINDS = {"apart": apart, "linked": linked}


class Comparison(NamedTuple):
    """Both drawings of one graph: medians of interleaved runs, and of the ratio of their times."""

    mine: Outcome
    other: Outcome | None
    slower: float

    @property
    def entangled(self) -> float:
        """How many times the other's crossings mine has."""
        return self.mine.crossings / max(1, self.other.crossings) if self.other else 0.0


def compared(size: int, edges: list[tuple[str, str]], rounds: int) -> Comparison:
    """Draw a graph ``rounds`` times both ways, by turns."""
    mine: list[Outcome] = []
    others: list[Outcome] = []
    for _ in range(rounds):
        mine.append(ours(size, edges))
        if pygraphviz is not None:
            others.append(dots(size, edges))
    median = statistics.median
    own = Outcome(median(one.seconds for one in mine), mine[0].crossings)
    if not others:
        return Comparison(own, None, 0.0)
    ratio = median(a.seconds / b.seconds for a, b in zip(mine, others, strict=True))
    return Comparison(own, Outcome(median(one.seconds for one in others), others[0].crossings), ratio)


def measure(quick: bool) -> Iterator[Row]:
    """The figures against their targets. Raises RuntimeError without pygraphviz."""
    if pygraphviz is None:
        raise RuntimeError("pygraphviz is not installed; `make bench` installs it")
    for size in SIZES[:2] if quick else SIZES:
        for name, make in KINDS.items():
            found = compared(size, make(size), 1 if size > LARGE else ROUNDS)
            yield from _rows(f"layout of {size:,} nodes, {name}", found)
    for size, per_node in TANGLED[::3] if quick else TANGLED:
        yield from _rows(f"layout of {size} nodes, tangled, {per_node:g} edges a node", several(size, per_node))


def several(size: int, per_node: float) -> Comparison:
    """The medians over graphs without clusters; crossings are those of all of them."""
    found = [compared(size, tangled(size, per_node, seed), ROUNDS) for seed in range(SEEDS)]
    mine = Outcome(statistics.median(one.mine.seconds for one in found), sum(one.mine.crossings for one in found))
    others = [one.other for one in found if one.other is not None]
    if not others:
        return Comparison(mine, None, 0.0)
    other = Outcome(statistics.median(one.seconds for one in others), sum(one.crossings for one in others))
    return Comparison(mine, other, statistics.median(one.slower for one in found))


def _rows(name: str, found: Comparison) -> Iterator[Row]:
    assert found.other is not None
    yield Row(
        f"{name}: time / dot's",
        f"{found.slower:.2f}",
        "1.00",
        found.slower <= 1,
        f"{found.mine.seconds:.4f} s, dot {found.other.seconds:.4f} s",
    )
    yield Row(
        f"{name}: crossings / dot's",
        f"{found.entangled:.2f}",
        f"{MOST_CROSSINGS:.2f}",
        found.entangled <= MOST_CROSSINGS,
        f"{found.mine.crossings}, dot {found.other.crossings}",
    )


def _report(name: str, size: int, found: Comparison) -> str:
    line = f"{name:9} {size:6} {found.mine.seconds:8.3f} {found.mine.crossings:9}"
    if found.other is None:
        return line
    return f"{line} {found.other.seconds:8.3f} {found.other.crossings:9} {found.slower:8.2f} {found.entangled:9.2f}"


def main() -> None:
    """Print a line for each kind and number of nodes."""
    head = f"{'graph':9} {'nodes':>6} {'seconds':>8} {'crossings':>9}"
    if pygraphviz is not None:
        head += f" {'dot s':>8} {'dot cross':>9} {'s ratio':>8} {'x ratio':>9}"
    print(head)
    for size in [int(word) for word in sys.argv[1:]] or SIZES:
        for name, make in KINDS.items():
            print(_report(name, size, compared(size, make(size), 1 if size > LARGE else ROUNDS)), flush=True)
    for size, per_node in () if sys.argv[1:] else TANGLED:
        print(_report(f"tangled {per_node:g}", size, several(size, per_node)), flush=True)


if __name__ == "__main__":
    main()
