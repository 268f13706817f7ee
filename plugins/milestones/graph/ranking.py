"""Which layer each node of a dependency graph belongs to."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

__all__ = ["components", "feedback", "ranks"]

Arc: TypeAlias = tuple[int, int]

# What bounds the work of shortening edges: a whole block of nodes is moved only if it is no larger than this.
_LARGEST_BLOCK = 48
_PASSES = 12


class _Graph(NamedTuple):
    before: list[list[int]]
    after: list[list[int]]


def feedback(size: int, arcs: Sequence[Arc]) -> set[Arc]:
    """The arcs to be turned round so that no cycle is left: those back to a node still open in a DFS.

    Nodes are 0 to `size` - 1; nodes without predecessors are visited first, then the rest in order, so that
    a cycle hanging off a clear beginning is cut where it returns to it.
    """
    graph = _neighbours(size, arcs)
    state = bytearray(size)
    found: set[Arc] = set()
    for root in sorted(range(size), key=lambda node: bool(graph.before[node])):
        if not state[root]:
            _search(root, graph.after, state, found)
    return found


def _search(root: int, after: list[list[int]], state: bytearray, found: set[Arc]) -> None:
    state[root] = 1
    path = [(root, iter(after[root]))]
    while path:
        node, rest = path[-1]
        for other in rest:
            if state[other] == 1:
                found.add((node, other))
            elif not state[other]:
                state[other] = 1
                path.append((other, iter(after[other])))
                break
        else:
            state[node] = 2
            path.pop()


def components(size: int, arcs: Iterable[Arc]) -> list[list[int]]:
    """The weakly connected components, each ascending, in the order of their first nodes."""
    graph = _neighbours(size, arcs)
    seen = bytearray(size)
    found: list[list[int]] = []
    for root in range(size):
        if seen[root]:
            continue
        seen[root] = 1
        reached = [root]
        for node in reached:
            for other in graph.before[node] + graph.after[node]:
                if not seen[other]:
                    seen[other] = 1
                    reached.append(other)
        found.append(sorted(reached))
    return found


def ranks(size: int, arcs: Sequence[Arc]) -> list[int]:
    """The layer of each node, so that every arc of an acyclic graph leads to a later layer.

    Starts from the longest paths and then shortens the arcs in sum, as the network simplex method of Gansner,
    Koutsofios, North and Vo (1993) does exactly, by moving single nodes and small blocks of nodes tied to
    each other (after Nikolov and Tarassov, "Graph layering by promotion of nodes", 2006). The first layer
    in use may differ from 0.
    """
    graph = _neighbours(size, arcs)
    order = _topological(graph)
    rank = [0] * size
    for node in order:
        rank[node] = max((rank[other] + 1 for other in graph.before[node]), default=0)
    for _ in range(_PASSES):
        right = _shift(rank, order[::-1], graph.after, graph.before, 1)
        left = _shift(rank, order, graph.before, graph.after, -1)
        if not right and not left:
            break
    _balance(rank, order, graph)
    return rank


def _neighbours(size: int, arcs: Iterable[Arc]) -> _Graph:
    graph = _Graph([[] for _ in range(size)], [[] for _ in range(size)])
    for start, end in arcs:
        graph.after[start].append(end)
        graph.before[end].append(start)
    return graph


def _topological(graph: _Graph) -> list[int]:
    waiting = [len(before) for before in graph.before]
    order = [node for node, count in enumerate(waiting) if not count]
    for node in order:
        for other in graph.after[node]:
            waiting[other] -= 1
            if not waiting[other]:
                order.append(other)
    return order


def _shift(rank: list[int], order: Sequence[int], ahead: list[list[int]], behind: list[list[int]], sign: int) -> bool:
    """Move blocks in the direction of `sign` wherever that shortens the arcs in sum; whether any moved."""
    moved = False
    for node in order:
        if not ahead[node]:
            continue
        # A block grows from a node that itself gains: one that only blocks others is taken along by them.
        while len(ahead[node]) > len(behind[node]) and (step := _pull(node, rank, ahead, behind, sign)):
            moved = moved or step > 0
    return moved


def _pull(node: int, rank: list[int], ahead: list[list[int]], behind: list[list[int]], sign: int) -> int:
    """Move `node` with all it pushes as far as nothing more is pushed; the distance, 0 if it does not pay."""
    block = [node]
    inside = {node}
    gain = 0
    for member in block:
        gain += len(ahead[member]) - len(behind[member])
        edge = rank[member] * sign + 1
        for other in ahead[member]:
            room = rank[other] * sign - edge
            if not room and other not in inside:
                inside.add(other)
                block.append(other)
        if len(block) > _LARGEST_BLOCK:
            return 0
    if gain <= 0:
        return 0
    slack = min(
        rank[other] * sign - rank[member] * sign - 1
        for member in block
        for other in ahead[member]
        if other not in inside
    )
    for member in block:
        rank[member] += slack * sign
    return slack


def _balance(rank: list[int], order: Sequence[int], graph: _Graph) -> None:
    """Put nodes that may stand in several layers at no cost in the least crowded of them."""
    crowd: dict[int, int] = {}
    for place in rank:
        crowd[place] = crowd.get(place, 0) + 1
    for node in order:
        before, after = graph.before[node], graph.after[node]
        if not before or len(before) != len(after):
            continue
        room = range(max(rank[other] for other in before) + 1, min(rank[other] for other in after))
        best = min(room, key=lambda place: (crowd.get(place, 0) - (place == rank[node]), place))
        crowd[rank[node]] -= 1
        crowd[best] = crowd.get(best, 0) + 1
        rank[node] = best
