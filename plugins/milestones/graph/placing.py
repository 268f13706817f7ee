"""Where the nodes of ordered layers stand across the layers, so that long edges run straight."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING, NamedTuple, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Sequence

    from .ordering import Layers, Levels

__all__ = ["place"]

_Pair: TypeAlias = tuple[int, int]


class _Blocks(NamedTuple):
    """Vertices aligned with each other: the first of the block of each, and all the firsts."""

    root: list[int]
    order: list[int]


def place(levels: Levels, real: int, room: Sequence[float]) -> list[float]:
    """The coordinate of each vertex's centre, in pixels, keeping the order in `levels.layers`.

    Vertices from `real` on are bends of long edges. `room` is what each vertex needs on either side of its
    centre, in pixels. This is the method of Brandes and Köpf, "Fast and Simple Horizontal Coordinate
    Assignment" (2001): four alignments with the medians of the neighbours, one for each corner, and for each
    vertex the mean of the two middle ones.

    The blocks are compacted by longest paths over all of them, which avoids the misplaced classes of the
    published version (corrected in Brandes, Walter and Zink, 2020).
    """
    conflicts = _conflicts(levels, real)
    drawings: list[list[float]] = []
    for layers, neighbours in ((levels.layers, levels.before), (levels.layers[::-1], levels.after)):
        for mirrored in (False, True):
            rows = [layer[::-1] for layer in layers] if mirrored else layers
            blocks = _align(rows, neighbours, conflicts)
            drawing = _compact(rows, blocks, room)
            drawings.append([-at for at in drawing] if mirrored else drawing)
    return _balance(drawings)


def _conflicts(levels: Levels, real: int) -> set[_Pair]:
    """The edges, earlier end first, that cross the straight middle part of a long edge."""
    found: set[_Pair] = set()
    index = _indices(levels.layers)
    for upper, lower in pairwise(levels.layers):
        left = checked = 0
        for number, node in enumerate(lower):
            inner = node >= real and levels.before[node][0] >= real
            if not inner and number < len(lower) - 1:
                continue
            right = index[levels.before[node][0]] if inner else len(upper) - 1
            for other in lower[checked : number + 1]:
                for end in levels.before[other]:
                    if not left <= index[end] <= right and not (end >= real and other >= real):
                        found.add((end, other))
            checked = number + 1
            left = right
    return found


def _indices(layers: Layers) -> list[int]:
    index = [0] * sum(len(layer) for layer in layers)
    for layer in layers:
        for number, node in enumerate(layer):
            index[node] = number
    return index


def _align(layers: Layers, neighbours: list[list[int]], conflicts: set[_Pair]) -> _Blocks:
    """Join each vertex to a median neighbour, the first free one, without crossing an earlier join."""
    index = _indices(layers)
    root = list(range(len(index)))
    taken = bytearray(len(index))
    for layer in layers:
        last = -1
        for node in layer:
            ends = neighbours[node]
            if not ends:
                continue
            if len(ends) > 1:
                ends = sorted(ends, key=index.__getitem__)
            for end in ends[(len(ends) - 1) // 2 : len(ends) // 2 + 1]:
                if taken[end] or index[end] <= last or (end, node) in conflicts or (node, end) in conflicts:
                    continue
                taken[end] = 1
                root[node] = root[end]
                last = index[end]
                break
    order = [node for layer in layers for node in layer if root[node] == node]
    return _Blocks(root, order)


def _compact(layers: Layers, blocks: _Blocks, room: Sequence[float]) -> list[float]:
    """Put the blocks as near to the beginning as they go, then back towards the blocks that follow them."""
    root = blocks.root
    after: list[dict[int, float]] = [{} for _ in root]
    waiting = [0] * len(root)
    for layer in layers:
        for one, two in pairwise(layer):
            first, second, least = root[one], root[two], room[one] + room[two]
            known = after[first].get(second)
            if known is None:
                waiting[second] += 1
            if known is None or known < least:
                after[first][second] = least
    at = [0.0] * len(root)
    order = [block for block in blocks.order if not waiting[block]]
    for block in order:
        for other, least in after[block].items():
            at[other] = max(at[other], at[block] + least)
            waiting[other] -= 1
            if not waiting[other]:
                order.append(other)
    for block in reversed(order):
        if after[block]:
            at[block] = max(at[block], min(at[other] - least for other, least in after[block].items()))
    return [at[block] for block in root]


def _balance(drawings: Sequence[list[float]]) -> list[float]:
    """Lay the drawings upon the narrowest, left ones by their left edge, and take the middle of each four."""
    low = [min(drawing) for drawing in drawings]
    high = [max(drawing) for drawing in drawings]
    narrowest = min(range(len(drawings)), key=lambda number: high[number] - low[number])
    moved = []
    for number, drawing in enumerate(drawings):
        ends = high if number % 2 else low
        by = ends[narrowest] - ends[number]
        moved.append([at + by for at in drawing])
    middle = []
    for four in zip(*moved, strict=True):
        _, second, third, _ = sorted(four)
        middle.append((second + third) / 2)
    return middle
