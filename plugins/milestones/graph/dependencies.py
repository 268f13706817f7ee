"""The dependency graph: what waits for what, cycles, order, and the critical path.

An edge runs from a prerequisite to what depends on it. Ids that nothing defines are left out of the graph;
the rules report them. Everything here is iterative, so a chain of ten thousand milestones is no trouble, and
every answer comes in the order in which the items were given, so the same input gives the same output.
"""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, NamedTuple, Protocol

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from milestones.model import Status


class Item(Protocol):
    """Anything with an id, a status and dependencies: milestones, and plans."""

    @property
    def id(self) -> str:
        """Its name in other items' dependencies."""

    @property
    def status(self) -> Status:
        """Where it stands."""

    @property
    def depends_on(self) -> tuple[str, ...]:
        """The ids of what must be finished first."""


class Impact(NamedTuple):
    """What a slip of one item does: how many others slip with it, and whether it moves the end of all."""

    waiting: int
    critical: bool


class Dependencies:
    """The graph over a set of milestones (or plans).

    ``waits_for[id]`` are the direct prerequisites of an item, ``blocks[id]`` those that wait for it.
    """

    def __init__(self, items: Iterable[Item]) -> None:
        self.items = {item.id: item for item in items}
        self.waits_for: dict[str, list[str]] = {}
        self.blocks: dict[str, list[str]] = {id_: [] for id_ in self.items}
        for id_, item in self.items.items():
            known = [d for d in dict.fromkeys(item.depends_on) if d in self.items and d != id_]
            self.waits_for[id_] = known
            for dependency in known:
                self.blocks[dependency].append(id_)

    @property
    def edges(self) -> list[tuple[str, str]]:
        """Every edge as (prerequisite, dependent)."""
        return [(d, id_) for id_, known in self.waits_for.items() for d in known]

    def ancestors(self, id_: str) -> list[str]:
        """Everything that an item waits for, directly or through others, nearest first."""
        return _reach(id_, self.waits_for)

    def descendants(self, id_: str) -> list[str]:
        """Everything that waits for an item, directly or through others, nearest first."""
        return _reach(id_, self.blocks)

    def unmet(self, id_: str) -> list[str]:
        """The direct prerequisites that are not completed yet."""
        return [d for d in self.waits_for[id_] if not self._met(d)]

    def _met(self, id_: str) -> bool:
        # Cancelled work never lands, but nothing can wait for it any longer either.
        return self.items[id_].status.closed

    def waiting(self, id_: str) -> bool:
        """True for open work that can't start or go on: blocked or on hold itself, or with unmet prerequisites."""
        status = self.items[id_].status
        return not status.closed and (status.value in ("blocked", "on_hold") or bool(self.unmet(id_)))

    @cached_property
    def impacts(self) -> dict[str, Impact]:
        """What a slip of each item does.

        ``waiting`` counts the open items that wait for it, directly or through other open items, each once. Closed
        items can't slip, and nothing waits through them any longer.
        """
        critical = set(self.critical_path())
        after = {
            id_: [] if item.status.closed else [b for b in self.blocks[id_] if not self.items[b].status.closed]
            for id_, item in self.items.items()
        }
        knots = _knots(after)
        return {
            id_: Impact(reached.bit_count() - 1, id_ in critical)
            for knot, reached in zip(knots, _reached(knots, after), strict=True)
            for id_ in knot
        }

    def ready(self) -> list[str]:
        """Planned work that nothing holds up: first what is on the critical path, then what most others wait for.

        Those that are equal in that stand in the order given.
        """
        free = [i for i, item in self.items.items() if item.status.value == "planned" and not self.unmet(i)]
        return sorted(free, key=lambda id_: (not self.impacts[id_].critical, -self.impacts[id_].waiting))

    def reduced(self) -> list[tuple[str, str]]:
        """The edges that say something new, as (prerequisite, dependent), in the order of ``edges``.

        An edge is left out where other edges lead the same way: with a before b before c, that a comes before c is no
        news. Nothing is reached any less for it, and without cycles no smaller set of edges would do (the transitive
        reduction; Aho, Garey and Ullman, 1972). Edges inside a cycle all stay; of several edges between the same two
        knots the first stays.
        """
        knots = _knots(self.blocks)
        knot_of = {id_: at for at, knot in enumerate(knots) for id_ in knot}
        reached = _reached(knots, self.blocks)
        bit = {id_: 1 << at for at, id_ in enumerate(id_ for knot in knots for id_ in knot)}
        edges = self.edges
        between: list[dict[int, tuple[str, str]]] = [{} for _ in knots]
        for before, after in edges:
            if knot_of[before] != knot_of[after]:
                between[knot_of[before]].setdefault(knot_of[after], (before, after))
        kept: set[tuple[str, str]] = set()
        for following in between:
            beyond = 0
            # Knots come dependents first, so the last of them can't be reached from any other.
            for knot in sorted(following, reverse=True):
                edge = following[knot]
                if not beyond & bit[edge[1]]:
                    kept.add(edge)
                    beyond |= reached[knot]
        return [edge for edge in edges if edge in kept or knot_of[edge[0]] == knot_of[edge[1]]]

    def cycles(self) -> list[tuple[str, ...]]:
        """One cycle for each knot of items that depend on each other, as the ids along it.

        The path starts at its smallest id and is the shortest through it, so it reads the same however the
        files were ordered. A knot is a strongly connected component (Tarjan 1972) of two items or more.
        """
        found = []
        for knot in _knots(self.waits_for):
            if len(knot) == 1:
                continue
            inside = set(knot)
            start = min(inside)
            found.append(_shortest_loop(start, self.waits_for, inside))
        return sorted(found)

    def order(self) -> list[str]:
        """Prerequisites before dependents. Members of a cycle come where their other dependencies allow."""
        placed: list[str] = []
        left = {id_: len(known) for id_, known in self.waits_for.items()}
        queue = [id_ for id_, count in left.items() if not count]
        done: set[str] = set()
        pending = list(self.items)
        while len(placed) < len(self.items):
            for id_ in queue:
                placed.append(id_)
                done.add(id_)
                for dependent in self.blocks[id_]:
                    left[dependent] -= 1
                    if left[dependent] == 0 and dependent not in done:
                        queue.append(dependent)
            if len(placed) < len(self.items):  # only cycles are left: break in at the first
                queue = [next(i for i in pending if i not in done)]
                left[queue[0]] = -1
        return placed

    def critical_path(self) -> list[str]:
        """The longest chain of open work, prerequisites first: a slip of any of it moves the end.

        Length is in days, from an item's start to its due day, both counted. An item without both dates counts as long
        as the middle one (the median) of the open items that have them; where none has, each counts the same, and the
        path is the one with the most items. One alone is no chain: the list is empty then.
        """
        known = {id_: days(item) for id_, item in self.items.items() if not item.status.closed}
        typical = _median([length for length in known.values() if length is not None])
        best: dict[str, tuple[float, str | None]] = {}
        for id_ in self.order():
            if id_ not in known:
                continue
            before = [(best[d][0], d) for d in self.waits_for[id_] if d in best]
            # max() keeps the first of equals, so ties fall to the earlier file.
            length, via = max(before, key=lambda pair: pair[0], default=(0.0, None))
            best[id_] = (length + (known[id_] or typical), via)
        chains = [id_ for id_, (_, via) in best.items() if via is not None]
        end: str | None = max(chains, key=lambda i: best[i][0], default=None)
        path: list[str] = []
        while end is not None:
            path.append(end)
            end = best[end][1]
        return path[::-1]

    def neighbourhood(self, id_: str, limit: int = 24) -> list[str]:
        """An item, what it waits for and what waits for it: direct ones first, then further ones up to a limit."""
        near = [*self.waits_for[id_], *self.blocks[id_]]
        far = [*self.ancestors(id_), *self.descendants(id_)]
        return list(dict.fromkeys([id_, *near, *far]))[:limit]


def days(item: Item) -> int | None:
    """How many days an item takes, its first and its last counted; None where it has no start or no due day."""
    from datetime import date

    start, due = getattr(item, "start", None), getattr(item, "due", None)
    if start is None or due is None:
        return None
    return max(1, (date.fromisoformat(due) - date.fromisoformat(start)).days + 1)


def _median(lengths: list[int]) -> float:
    if not lengths:
        return 1
    lengths.sort()
    half = len(lengths) // 2
    return lengths[half] if len(lengths) % 2 else (lengths[half - 1] + lengths[half]) / 2


def _reach(start: str, neighbours: dict[str, list[str]]) -> list[str]:
    seen = {start: None}
    queue = [start]
    for id_ in queue:
        for other in neighbours[id_]:
            if other not in seen:
                seen[other] = None
                queue.append(other)
    return queue[1:]


def _shortest_loop(start: str, neighbours: dict[str, list[str]], inside: set[str]) -> tuple[str, ...]:
    """The ids from ``start`` round to it again (it stands at the beginning only), by breadth-first search."""
    parent: dict[str, str] = {}
    queue = [start]
    for id_ in queue:
        for other in neighbours[id_]:
            if other == start:
                loop = [id_]
                while loop[-1] != start:
                    loop.append(parent[loop[-1]])
                return tuple(loop[::-1])
            if other in inside and other not in parent:
                parent[other] = id_
                queue.append(other)
    raise AssertionError(f"{start} is in no cycle")


def _reached(knots: list[list[str]], neighbours: Mapping[str, list[str]]) -> list[int]:
    """For each knot a bit for everything that can be reached from it, its own members included.

    Bits count through the members of all knots in their order, which is that of ``_knots``.
    """
    of: dict[str, int] = {}
    found = []
    bit = 1
    for knot in knots:
        reached = 0
        for _ in knot:
            reached |= bit
            bit <<= 1
        for id_ in knot:
            for other in neighbours[id_]:
                reached |= of.get(other, 0)  # what is missing is of the same knot
        found.append(reached)
        of.update(dict.fromkeys(knot, reached))
    return found


def _knots(neighbours: Mapping[str, list[str]]) -> list[list[str]]:
    """Strongly connected components, those that an edge leads to first (Tarjan's algorithm, without recursion).

    Most have one member: only those on a cycle have more.
    """
    index: dict[str, int] = {}
    low: dict[str, int] = {}
    stack: list[str] = []
    on_stack: set[str] = set()
    knots: list[list[str]] = []
    for root in neighbours:
        if root in index:
            continue
        work = [(root, iter(neighbours[root]))]
        index[root] = low[root] = len(index)
        stack.append(root)
        on_stack.add(root)
        while work:
            id_, rest = work[-1]
            for other in rest:
                if other not in index:
                    index[other] = low[other] = len(index)
                    stack.append(other)
                    on_stack.add(other)
                    work.append((other, iter(neighbours[other])))
                    break
                if other in on_stack:
                    low[id_] = min(low[id_], index[other])
            else:
                work.pop()
                if work:
                    low[work[-1][0]] = min(low[work[-1][0]], low[id_])
                if low[id_] == index[id_]:
                    knot = [stack.pop()]
                    while knot[-1] != id_:
                        knot.append(stack.pop())
                    on_stack.difference_update(knot)
                    knots.append(knot[::-1])
    return knots
