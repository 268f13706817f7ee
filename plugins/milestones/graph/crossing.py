"""Counting where edges cross, on the orders inside layers and on finished drawings."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from itertools import pairwise
from typing import TYPE_CHECKING, NamedTuple, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

__all__ = ["Point", "crossings", "inversions"]

Point: TypeAlias = tuple[float, float]

# Below this length inserting into a sorted list (one memory move) beats walking a tree of Python integers.
_TREE_FROM = 4000


class _Segment(NamedTuple):
    left: float
    right: float
    route: int
    start: Point
    end: Point


def inversions(targets: Sequence[int], size: int) -> int:
    """The number of pairs in `targets` whose later member is the smaller one.

    Listing the edges between two layers by their left end, then by their right end, and giving the positions
    of the right ends as `targets`, this is the number of crossings between the layers. Each target is at
    least 0 and below `size`.
    """
    return _by_tree(targets, size) if len(targets) > _TREE_FROM else _by_insertion(targets)


def _by_insertion(targets: Sequence[int]) -> int:
    seen: list[int] = []
    total = 0
    highest = -1
    for done, target in enumerate(targets):
        if target >= highest:
            seen.append(target)
            highest = target
        else:
            place = bisect_right(seen, target)
            total += done - place
            seen.insert(place, target)
    return total


def _by_tree(targets: Sequence[int], size: int) -> int:
    """Barth, Jünger and Mutzel, "Simple and Efficient Bilayer Cross Counting" (2002): an accumulator tree."""
    first = 1
    while first < size:
        first *= 2
    tree = [0] * (2 * first)
    total = 0
    for target in targets:
        at = first + target
        tree[at] += 1
        while at > 1:
            if not at & 1:
                total += tree[at + 1]
            at >>= 1
            tree[at] += 1
    return total


def crossings(routes: Iterable[Sequence[Point]]) -> int:
    """How often the lines of different `routes` cross in a drawing; touching ends do not count.

    Two lines that cross in two places count twice. A measure for tests and benchmarks: the time grows with
    the number of pairs of segments that share a horizontal extent.
    """
    segments = sorted(
        _Segment(min(start[0], end[0]), max(start[0], end[0]), number, start, end)
        for number, route in enumerate(routes)
        for start, end in pairwise(route)
    )
    starts = [segment.left for segment in segments]
    total = 0
    for number, segment in enumerate(segments):
        last = bisect_left(starts, segment.right, number + 1)
        total += sum(_cross(segment, other) for other in segments[number + 1 : last])
    return total


def _cross(one: _Segment, other: _Segment) -> bool:
    (ax, ay), (bx, by), (cx, cy), (dx, dy) = one.start, one.end, other.start, other.end
    if one.route == other.route or max(ay, by) < min(cy, dy) or max(cy, dy) < min(ay, by):
        return False
    return _side(ax, ay, bx, by, cx, cy) * _side(ax, ay, bx, by, dx, dy) < 0 and (
        _side(cx, cy, dx, dy, ax, ay) * _side(cx, cy, dx, dy, bx, by) < 0
    )


def _side(ax: float, ay: float, bx: float, by: float, x: float, y: float) -> float:
    return (bx - ax) * (y - ay) - (by - ay) * (x - ax)
