"""A picture of a dependency graph: where its boxes stand and how its edges run, from left to right."""

from __future__ import annotations

from math import ceil, isfinite, sqrt
from typing import TYPE_CHECKING, NamedTuple

from .crossing import Point, crossings
from .drawing import Arc, Box, Node, Piece, Route, Skeleton, draw, skeleton
from .packing import Size, pack, sheet_width
from .ranking import components, feedback, ranks

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["Box", "Layout", "Node", "Point", "Route", "crossings", "lay_out"]

# All in pixels.
_MARGIN = 8.0
_PIECE_GAP = 36.0
_GRID_GAP = 14.0

# Bends allowed in all before the longest edges are led around instead, and bends allowed for each edge.
_BENDS = 20_000
_BENDS_PER_EDGE = 6

# A small component in vertices (bends included), and a large graph in vertices or edges between neighbouring layers.
_SMALL = 40
_LARGE = 2_000


class Layout(NamedTuple):
    """A drawing of `width` by `height` pixels.

    `boxes` holds the box of each node. `routes` holds the corners of the line of each edge that is drawn,
    from the right side of its first node's box to the left side of its second node's box; for an edge that
    had to be turned round because it closes a cycle, from the left side of the first to the right side of
    the second. No line passes through a box.
    """

    width: float
    height: float
    boxes: dict[str, Box]
    routes: dict[tuple[str, str], Route]


def lay_out(nodes: Sequence[Node], edges: Sequence[tuple[str, str]]) -> Layout:
    """Draw a graph in layers from left to right (Sugiyama, Tagawa and Toda, 1981).

    An edge (a, b) means that a comes before b and therefore stands further to the left; where edges form a
    cycle, those that a depth-first search finds to close it are drawn backwards. Edges from a node to
    itself, to or from an id that no node has, and repeated edges are left out. Connected parts are drawn
    apart; nodes without any edge stand in a grid below, next to others of their group. The drawing depends
    on the input only, including its order.

    Raises ValueError if two nodes have the same id or if an extent is negative or not finite.
    """
    _check(nodes)
    number = {node.id: at for at, node in enumerate(nodes)}
    known = [(number[one], number[two]) for one, two in edges if one in number and two in number]
    pairs = [(one, two) for one, two in dict.fromkeys(known) if one != two]
    drawn = _connected(nodes, pairs)
    loose = _loose(nodes, pairs)
    width = sheet_width([piece.size for piece in [*drawn, *loose]], _PIECE_GAP)
    top = _onto_sheet(drawn, width)
    below = _onto_sheet(loose, max(width, top.size.width))
    return _layout(nodes, pairs, _stack(top, below))


def _check(nodes: Sequence[Node]) -> None:
    seen: set[str] = set()
    for node in nodes:
        if node.id in seen:
            raise ValueError(f"two nodes have the id {node.id!r}")
        if not all(isfinite(extent) and extent >= 0 for extent in (node.width, node.height)):
            raise ValueError(f"the node {node.id!r} measures {node.width} by {node.height}")
        seen.add(node.id)


def _connected(nodes: Sequence[Node], pairs: Sequence[tuple[int, int]]) -> list[Piece]:
    """The drawings of the components that have edges."""
    back = feedback(len(nodes), pairs)
    arcs = [Arc(two, one, True) if (one, two) in back else Arc(one, two, False) for one, two in pairs]
    rank = ranks(len(nodes), [(arc.start, arc.end) for arc in arcs])
    longest = _longest(rank, arcs)
    parts = [part for part in components(len(nodes), pairs) if len(part) > 1]
    part_of = {node: number for number, part in enumerate(parts) for node in part}
    arcs_of: list[list[Arc]] = [[] for _ in parts]
    for arc in arcs:
        arcs_of[part_of[arc.start]].append(arc)
    bones = [skeleton(part, own, rank, longest) for part, own in zip(parts, arcs_of, strict=True)]
    work = sum(_work(one) for one in bones)
    return [draw(one, nodes, _effort(work, one)) for one in bones]


def _longest(rank: Sequence[int], arcs: Sequence[Arc]) -> int:
    """How many layers the longest edge with bends may span, given how many bends that makes in all."""
    left = max(_BENDS, _BENDS_PER_EDGE * len(arcs))
    lengths = sorted(rank[arc.end] - rank[arc.start] for arc in arcs)
    for length in lengths:
        left -= length - 1
        if left < 0:
            return length - 1
    return lengths[-1] if lengths else 0


def _work(bones: Skeleton) -> int:
    return max(len(bones.layer_of), sum(map(len, bones.levels.after)))


def _effort(work: int, bones: Skeleton) -> int:
    """How often in a row an order may be varied in vain.

    The measure is Graphviz's time for the same graph, which grows faster than the graph: of large graphs and of small
    components there is time to make more.
    """
    return 2 if work >= _LARGE or len(bones.layer_of) <= _SMALL else 1


def _loose(nodes: Sequence[Node], pairs: Sequence[tuple[int, int]]) -> list[Piece]:
    """One grid of boxes for each group among the nodes without edges, in the order of the groups' first."""
    joined = {end for pair in pairs for end in pair}
    groups: dict[str, list[int]] = {}
    for number, node in enumerate(nodes):
        if number not in joined:
            groups.setdefault(node.group, []).append(number)
    return [_grid(nodes, group) for group in groups.values()]


def _grid(nodes: Sequence[Node], group: Sequence[int]) -> Piece:
    wide = max(nodes[number].width for number in group)
    high = max(nodes[number].height for number in group)
    cell = Size(wide + _GRID_GAP, high + _GRID_GAP)
    across = min(len(group), max(1, ceil(sqrt(2 * len(group) * cell.height / cell.width))))
    boxes = {
        number: Box(at % across * cell.width, at // across * cell.height, *nodes[number][1:3])
        for at, number in enumerate(group)
    }
    down = ceil(len(group) / across)
    return Piece(Size(across * cell.width - _GRID_GAP, down * cell.height - _GRID_GAP), boxes, {})


def _onto_sheet(pieces: Sequence[Piece], width: float) -> Piece:
    packed = pack([piece.size for piece in pieces], width, _PIECE_GAP)
    sheet = Piece(packed.size, {}, {})
    for piece, (x, y) in zip(pieces, packed.corners, strict=True):
        _add(sheet, piece, x, y)
    return sheet


def _stack(top: Piece, below: Piece) -> Piece:
    y = top.size.height + _PIECE_GAP if top.boxes and below.boxes else top.size.height
    sheet = Piece(Size(max(top.size.width, below.size.width), y + below.size.height), {}, {})
    _add(sheet, top, 0, 0)
    _add(sheet, below, 0, y)
    return sheet


def _add(sheet: Piece, piece: Piece, x: float, y: float) -> None:
    for number, box in piece.boxes.items():
        sheet.boxes[number] = Box(box.x + x, box.y + y, box.width, box.height)
    for ends, route in piece.routes.items():
        sheet.routes[ends] = tuple((at_x + x, at_y + y) for at_x, at_y in route)


def _layout(nodes: Sequence[Node], pairs: Sequence[tuple[int, int]], sheet: Piece) -> Layout:
    framed = Piece(sheet.size, {}, {})
    _add(framed, sheet, _MARGIN, _MARGIN)
    boxes = {node.id: framed.boxes[number] for number, node in enumerate(nodes)}
    routes = {(nodes[one].id, nodes[two].id): framed.routes[one, two] for one, two in pairs}
    return Layout(sheet.size.width + 2 * _MARGIN, sheet.size.height + 2 * _MARGIN, boxes, routes)
