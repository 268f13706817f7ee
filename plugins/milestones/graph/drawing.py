"""Drawing one connected part of a dependency graph: its boxes and the lines between them."""

from __future__ import annotations

from heapq import heappop, heappush
from itertools import pairwise
from typing import TYPE_CHECKING, NamedTuple, TypeAlias

from .crossing import Point
from .ordering import Layers, Levels, best_order
from .packing import Size
from .placing import place

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["Arc", "Box", "Node", "Piece", "Route", "Skeleton", "draw", "skeleton"]

Route: TypeAlias = tuple[Point, ...]

# All in pixels.
_BOX_GAP = 20.0
_BEND_GAP = 12.0
_LAYER_GAP = 56.0
_WIDEST_LAYER_GAP = 260.0
_LANE_GAP = 10.0

# An edge that climbs far needs way to do it, or edges become a bundle of verticals: pixels up for one across.
_STEEPEST = 8.0
# Detours side by side go down and up again at this many different places between two layers.
_SHAFTS = 7
# After whatever else leaves or reaches a box.
_LAST = float("inf")


class Node(NamedTuple):
    """A box to be placed: its unique id, its extent in pixels, and a group it shares with others."""

    id: str
    width: float
    height: float
    group: str = ""


class Box(NamedTuple):
    """A placed box: its top left corner and its extent, in pixels, y growing downwards."""

    x: float
    y: float
    width: float
    height: float


class Arc(NamedTuple):
    """An edge between nodes, pointing to a later layer; `turned` if it is drawn the other way round."""

    start: int
    end: int
    turned: bool


class Skeleton(NamedTuple):
    """A component cut into layers.

    The vertices of `levels` are first its nodes, in the order of `members` (their numbers in the whole
    graph), then the bends of its long edges. `paths` gives the vertices each of `arcs` passes, or only its
    two ends if it is too long to have bends and is led around instead.
    """

    members: list[int]
    levels: Levels
    layer_of: list[int]
    arcs: list[Arc]
    paths: list[list[int]]

    def is_detour(self, path: Sequence[int]) -> bool:
        """Whether a path skips layers."""
        return len(path) == 2 and self.layer_of[path[1]] - self.layer_of[path[0]] > 1


class Piece(NamedTuple):
    """A part of a drawing, with its top left corner at (0, 0); the keys are numbers in the whole graph."""

    size: Size
    boxes: dict[int, Box]
    routes: dict[tuple[int, int], Route]


class _Ports(NamedTuple):
    """Where a line leaves its first box and reaches its last one."""

    start: float
    end: float


class _Columns(NamedTuple):
    """For each layer its left edge, its width, and the gap that follows it."""

    left: list[float]
    width: list[float]
    gap: list[float]


class _Frame(NamedTuple):
    """All that is settled when the lines are drawn; the lists go by vertex."""

    skeleton: Skeleton
    centre: list[float]
    size: list[Size]
    columns: _Columns
    bottom: float


def skeleton(members: list[int], arcs: list[Arc], rank: Sequence[int], longest: int) -> Skeleton:
    """Put the nodes of a component into layers and give each long edge a bend in every layer it passes.

    Edges over more than `longest` layers get none.
    """
    first = min(rank[node] for node in members)
    vertex = {node: number for number, node in enumerate(members)}
    layer_of = [rank[node] - first for node in members]
    paths: list[list[int]] = []
    for arc in arcs:
        start, end = vertex[arc.start], vertex[arc.end]
        passed = range(layer_of[start] + 1, layer_of[end])
        if len(passed) >= longest:
            passed = range(0)
        paths.append([start, *range(len(layer_of), len(layer_of) + len(passed)), end])
        layer_of.extend(passed)
    return Skeleton(members, _levels(layer_of, paths), layer_of, arcs, paths)


def _levels(layer_of: Sequence[int], paths: Sequence[Sequence[int]]) -> Levels:
    layers: Layers = [[] for _ in range(max(layer_of) + 1)]
    for vertex, layer in enumerate(layer_of):
        layers[layer].append(vertex)
    levels = Levels(layers, [[] for _ in layer_of], [[] for _ in layer_of])
    for path in paths:
        for one, two in pairwise(path):
            if layer_of[two] - layer_of[one] == 1:
                levels.after[one].append(two)
                levels.before[two].append(one)
    return levels


def draw(bones: Skeleton, nodes: Sequence[Node], effort: int) -> Piece:
    """Draw a component; `nodes` are those of the whole graph, `effort` goes to reducing crossings."""
    layers = best_order(bones.levels, effort)
    bends = len(bones.layer_of) - len(bones.members)
    size = [Size(nodes[node].width, nodes[node].height) for node in bones.members] + [Size(0, 0)] * bends
    centre = _centres(bones, bones.levels._replace(layers=layers), size)
    ports = _ports(bones, size, centre)
    bottom = max(at + extent.height / 2 for at, extent in zip(centre, size, strict=True))
    frame = _Frame(bones, centre, size, _columns(bones, layers, size, _climbs(bones, centre, ports)), bottom)
    lanes = _lanes(bones)
    routes = _routes(frame, ports, lanes)
    width = frame.columns.left[-1] + frame.columns.width[-1]
    height = bottom + _LANE_GAP * (max(lanes.values(), default=-1) + 1)
    boxes = {node: _box(frame, vertex) for vertex, node in enumerate(bones.members)}
    return Piece(Size(width, height), boxes, routes)


def _centres(bones: Skeleton, levels: Levels, size: Sequence[Size]) -> list[float]:
    """The height of each vertex's centre, with the topmost box or bend at 0."""
    real = len(bones.members)
    gap = [_BOX_GAP] * real + [_BEND_GAP] * (len(size) - real)
    room = [(extent.height + own) / 2 for extent, own in zip(size, gap, strict=True)]
    centre = place(levels, real, room)
    top = min(at - extent.height / 2 for at, extent in zip(centre, size, strict=True))
    return [at - top for at in centre]


def _ports(bones: Skeleton, size: Sequence[Size], centre: Sequence[float]) -> list[_Ports]:
    """Where the lines meet the boxes: spread over the sides, in the order of where they lead."""
    leaving: list[list[tuple[float, int]]] = [[] for _ in bones.members]
    reaching: list[list[tuple[float, int]]] = [[] for _ in bones.members]
    for number, path in enumerate(bones.paths):
        detour = bones.is_detour(path)
        leaving[path[0]].append((_LAST if detour else centre[path[1]], number))
        reaching[path[-1]].append((_LAST if detour else centre[path[-2]], number))
    starts, ends = _spread(leaving, size, centre), _spread(reaching, size, centre)
    return [_Ports(starts[number], ends[number]) for number in range(len(bones.paths))]


def _spread(
    lines: Sequence[list[tuple[float, int]]], size: Sequence[Size], centre: Sequence[float]
) -> dict[int, float]:
    spread: dict[int, float] = {}
    for vertex, own in enumerate(lines):
        height = size[vertex].height
        for at, (_, number) in enumerate(sorted(own), 1):
            spread[number] = centre[vertex] + height * (at / (len(own) + 1) - 0.5)
    return spread


def _climbs(bones: Skeleton, centre: Sequence[float], ports: Sequence[_Ports]) -> list[float]:
    """The greatest difference in height that a line makes after each layer."""
    climbs = [0.0] * (max(bones.layer_of) + 1)
    for path, port in zip(bones.paths, ports, strict=True):
        if bones.is_detour(path):
            continue
        heights = [port.start, *(centre[vertex] for vertex in path[1:-1]), port.end]
        for vertex, (one, two) in zip(path, pairwise(heights), strict=False):
            layer = bones.layer_of[vertex]
            climbs[layer] = max(climbs[layer], abs(one - two))
    return climbs


def _columns(bones: Skeleton, layers: Layers, size: Sequence[Size], climbs: Sequence[float]) -> _Columns:
    width = [max(size[vertex].width for vertex in layer) for layer in layers]
    gap = [min(_WIDEST_LAYER_GAP, max(_LAYER_GAP, climb / _STEEPEST)) for climb in climbs]
    left = [0.0]
    for extent, following in zip(width[:-1], gap, strict=False):
        left.append(left[-1] + extent + following)
    return _Columns(left, width, gap)


def _box(frame: _Frame, vertex: int) -> Box:
    extent = frame.size[vertex]
    left = frame.columns.left[frame.skeleton.layer_of[vertex]]
    return Box(left, frame.centre[vertex] - extent.height / 2, extent.width, extent.height)


def _routes(frame: _Frame, ports: Sequence[_Ports], lanes: dict[int, int]) -> dict[tuple[int, int], Route]:
    routes: dict[tuple[int, int], Route] = {}
    for number, arc in enumerate(frame.skeleton.arcs):
        path, port = frame.skeleton.paths[number], ports[number]
        points = _detour(frame, path, port, lanes[number]) if number in lanes else _line(frame, path, port)
        if arc.turned:
            routes[arc.end, arc.start] = tuple(reversed(points))
        else:
            routes[arc.start, arc.end] = tuple(points)
    return routes


def _line(frame: _Frame, path: Sequence[int], port: _Ports) -> list[Point]:
    """Across the gaps straight, across the columns level, so that no box is touched."""
    columns, layer_of = frame.columns, frame.skeleton.layer_of
    layer = layer_of[path[0]]
    points = [(columns.left[layer] + frame.size[path[0]].width, port.start)]
    points.append((columns.left[layer] + columns.width[layer], port.start))
    for vertex in path[1:-1]:
        layer = layer_of[vertex]
        points.append((columns.left[layer], frame.centre[vertex]))
        points.append((columns.left[layer] + columns.width[layer], frame.centre[vertex]))
    points.append((columns.left[layer_of[path[-1]]], port.end))
    return _simplified(points)


def _simplified(points: Sequence[Point]) -> list[Point]:
    """Without repeated points and those in the middle of a level stretch."""
    kept: list[Point] = []
    for point in points:
        if kept and kept[-1] == point:
            continue
        if len(kept) > 1 and kept[-2][1] == kept[-1][1] == point[1]:
            kept.pop()
        kept.append(point)
    return kept


def _lanes(bones: Skeleton) -> dict[int, int]:
    """The lane below all boxes of each detour, so that those at the same stretch have different ones."""
    spans = sorted(
        (bones.layer_of[path[0]], bones.layer_of[path[1]], number)
        for number, path in enumerate(bones.paths)
        if bones.is_detour(path)
    )
    lanes: dict[int, int] = {}
    busy: list[tuple[int, int]] = []
    for start, end, number in spans:
        lane = heappop(busy)[1] if busy and busy[0][0] < start else len(busy)
        lanes[number] = lane
        heappush(busy, (end, lane))
    return lanes


def _detour(frame: _Frame, path: Sequence[int], port: _Ports, lane: int) -> list[Point]:
    """Down between the layers, along below all boxes and up again."""
    columns, layer_of = frame.columns, frame.skeleton.layer_of
    first, last = layer_of[path[0]], layer_of[path[-1]]
    share = (lane % _SHAFTS + 1) / (_SHAFTS + 1)
    down = columns.left[first] + columns.width[first] + columns.gap[first] * share
    up = columns.left[last] - columns.gap[last - 1] * share
    below = frame.bottom + _LANE_GAP * (lane + 1)
    start = (columns.left[first] + frame.size[path[0]].width, port.start)
    end = (columns.left[last], port.end)
    return [start, (down, port.start), (down, below), (up, below), (up, port.end), end]
