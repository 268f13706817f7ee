"""The order of the nodes inside each layer, chosen for few edge crossings."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from itertools import pairwise
from random import Random
from typing import TYPE_CHECKING, NamedTuple, TypeAlias

from .crossing import inversions

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

__all__ = ["Layers", "Levels", "best_order", "count_crossings"]

Layers: TypeAlias = list[list[int]]

# How many places a node may be moved inside its layer in one step of sifting: this many divided by the width
# of the layer, within bounds.
_REACHES = 1000
_REACH = 24
_LEAST_REACH = 3
# Sweeps from a start before it is only varied; the last one is followed by sifting.
_SWEEPS = 3
_SWEEPS_IF_FEW = 2
# Up to this many vertices there are few.
_FEW = 256
# The most rounds of exchanges after one sweep, and passes over one layer in each: in wide layers the last of them
# would take long and change next to nothing.
_ROUNDS = 16
_PASSES = 12
# Variations for each one that may be in vain in a row.
_MOST = 3
# Up to this many vertices all layers are shuffled to vary an order, above it two in five.
_SMALL = 64
_SHUFFLED = 0.4
# Above this many pairs of neighbours two nodes are compared by bisection.
_PAIRS = 48


class Levels(NamedTuple):
    """A graph whose edges all join neighbouring layers.

    `layers` lists the vertices (0, 1, ...) of each layer in some order; `before` and `after` give each
    vertex's neighbours in the previous and in the next layer.
    """

    layers: Layers
    before: list[list[int]]
    after: list[list[int]]


def count_crossings(levels: Levels) -> int:
    """The number of pairs of edges that cross when each layer is ordered as in `levels.layers`."""
    place = _places(levels.layers, len(levels.before))
    return sum(_between(one, len(two), levels.after, place) for one, two in pairwise(levels.layers))


def best_order(levels: Levels, effort: int) -> Layers:
    """The layers of `levels`, each reordered so that few edges cross.

    From a breadth-first start, median and barycenter sweeps alternate with exchanges of neighbours (Gansner,
    Koutsofios, North and Vo, "A Technique for Drawing Directed Graphs", 1993) and with moves of single
    nodes (sifting; Matuszewski, Schönfeld and Molitor, 1999). The best order is then varied, by shuffling some
    layers and improving the outcome, until that was in vain `effort` times in a row or was done often. What is kept
    after each step is the best mixture, layer by layer, of the best order so far and the new one: in a wide graph
    one attempt is better here and another there. The outcome depends on the input only.
    """
    best = _Best(levels)
    if len(levels.layers) < 2:
        return best.layers
    small = len(levels.before) <= _SMALL
    start = _walk([node for layer in levels.layers for node in layer], levels.after, levels)
    _Order(levels, start).sweep_all(best, _SWEEPS_IF_FEW if len(levels.before) <= _FEW else _SWEEPS)
    chance = Random(len(levels.before))
    number = fruitless = 0
    while best.fewest and fruitless < effort and number < _MOST * effort:
        before = best.fewest
        varied = [layer[:] for layer in best.layers]
        for layer in varied:
            if small or chance.random() < _SHUFFLED:
                chance.shuffle(layer)
        _Order(levels, varied).settle_down(best, number, thorough=small or number % 2 == 0)
        number += 1
        fruitless = fruitless + 1 if best.fewest == before else 0
    return best.layers


class _Best:
    """The best layers so far, and how many crossings they have."""

    def __init__(self, levels: Levels) -> None:
        self._after = levels.after
        self.layers = levels.layers
        self.fewest = count_crossings(levels)

    def offer(self, layers: Layers) -> None:
        """Take over from `layers` whatever layers make for fewer crossings, by dynamic programming."""
        choices = (self.layers, layers)
        places = (_places(self.layers, len(self._after)), _places(layers, len(self._after)))
        same = [one == two for one, two in zip(*choices, strict=True)]
        costs = (0, 0)
        came_from: list[tuple[int, int]] = []
        for number in range(1, len(layers)):
            old, mixed_in, mixed_out, new = self._gaps(number, choices, places, same)
            to_old = (costs[0] + old, costs[1] + mixed_in)
            to_new = (costs[0] + mixed_out, costs[1] + new)
            costs = (min(to_old), min(to_new))
            came_from.append((to_old.index(costs[0]), to_new.index(costs[1])))
        pick = costs.index(min(costs))
        self.fewest = costs[pick]
        mixed = [choices[pick][-1][:]]
        for number in range(len(layers) - 2, -1, -1):
            pick = came_from[number][pick]
            mixed.append(choices[pick][number][:])
        self.layers = mixed[::-1]

    def _gaps(
        self,
        number: int,
        choices: tuple[Layers, Layers],
        places: tuple[list[int], list[int]],
        same: Sequence[bool],
    ) -> tuple[int, int, int, int]:
        """The crossings before a layer: from old to old, new to old, old to new, and new to new.

        Where the old and the new layer are the `same`, nothing is counted twice.
        """
        size = len(choices[0][number])
        old_row, new_row = choices[0][number - 1], choices[1][number - 1]
        old = _between(old_row, size, self._after, places[0])
        if same[number - 1]:
            new = old if same[number] else _between(old_row, size, self._after, places[1])
            return old, old, new, new
        mixed = _between(new_row, size, self._after, places[0])
        if same[number]:
            return old, mixed, old, mixed
        across = _between(old_row, size, self._after, places[1])
        return old, mixed, across, _between(new_row, size, self._after, places[1])


def _places(layers: Layers, size: int) -> list[int]:
    place = [0] * size
    for layer in layers:
        for index, node in enumerate(layer):
            place[node] = index
    return place


def _between(layer: Iterable[int], size: int, after: list[list[int]], place: Sequence[int]) -> int:
    """The crossings between a layer and the next one, which has `size` vertices at the places `place`."""
    targets: list[int] = []
    for node in layer:
        ends = after[node]
        if len(ends) == 1:
            targets.append(place[ends[0]])
        elif ends:
            targets.extend(sorted([place[other] for other in ends]))
    return inversions(targets, size)


def _walk(roots: Sequence[int], neighbours: list[list[int]], levels: Levels) -> Layers:
    """Each layer in the order in which breadth-first searches from `roots` come upon its vertices."""
    layer_of = [0] * len(levels.before)
    for number, layer in enumerate(levels.layers):
        for node in layer:
            layer_of[node] = number
    layers: Layers = [[] for _ in levels.layers]
    seen = bytearray(len(layer_of))
    for root in roots:
        waiting = [] if seen[root] else [root]
        seen[root] = 1
        for node in waiting:
            layers[layer_of[node]].append(node)
            for other in neighbours[node]:
                if not seen[other]:
                    seen[other] = 1
                    waiting.append(other)
    return layers


def _median(places: list[int]) -> float:
    """The weighted median of Gansner et al.: between the two middle places, nearer to the denser side."""
    places.sort()
    middle, odd = divmod(len(places), 2)
    if odd:
        return places[middle]
    left = places[middle - 1] - places[0]
    right = places[-1] - places[middle]
    if not left + right:
        return (places[middle - 1] + places[middle]) / 2
    return (places[middle - 1] * right + places[middle] * left) / (left + right)


def _mean(places: list[int]) -> float:
    return sum(places) / len(places)


def _gain(first: list[int], second: list[int]) -> int:
    """How many crossings vanish if a vertex with neighbours at `first` is moved past one with `second`."""
    if not first or not second:
        return 0
    if first[-1] < second[0]:
        return -len(first) * len(second)
    if first[0] > second[-1]:
        return len(first) * len(second)
    if len(first) * len(second) > _PAIRS:
        size = len(second)
        return sum(bisect_left(second, one) + bisect_right(second, one) - size for one in first)
    gain = 0
    for one in first:
        for two in second:
            if one > two:
                gain += 1
            elif one < two:
                gain -= 1
    return gain


def _pulls(own: list[int], size: int) -> list[int]:
    """For each of `size` places, how many crossings vanish if a vertex moves before one with a neighbour there.

    The neighbours of the vertex that moves are at the places `own`.
    """
    pulls: list[int] = []
    less = -len(own)
    for place in own:
        pulls += [less] * (place - len(pulls))
        pulls.append(less + 1)
        less += 2
    pulls += [less] * (size - len(pulls))
    return pulls


class _Order:
    """The layers being reordered, with each vertex's place in its layer kept up to date."""

    def __init__(self, levels: Levels, layers: Layers) -> None:
        self._before = levels.before
        self._after = levels.after
        self._layers = layers
        self._place = _places(layers, len(levels.before))

    def sweep_all(self, best: _Best, sweeps: int) -> None:
        """Sweep to and fro `sweeps` times, offering each outcome to `best`."""
        for number in range(sweeps):
            self._sweep(number)
            self._exchange()
            if number == sweeps - 1:
                self._sift()
            best.offer(self._layers)
            if not best.fewest:
                return

    def settle_down(self, best: _Best, number: int, thorough: bool) -> None:
        """Sweep once each way, with the measure alternating by `number`, and offer the outcome to `best`."""
        self._sweep(2 * (number % 2))
        self._sweep(2 * (number % 2) + 1)
        self._exchange()
        if thorough:
            self._sift()
        best.offer(self._layers)

    def _settle(self, layer: list[int]) -> None:
        place = self._place
        for index, node in enumerate(layer):
            place[node] = index

    def _sweep(self, number: int) -> None:
        """Sort every layer by the one before it or, for odd numbers, by the one after it."""
        by_median = number % 4 < 2
        if number % 2:
            for layer in reversed(self._layers):
                self._arrange(layer, self._after, by_median)
        else:
            for layer in self._layers:
                self._arrange(layer, self._before, by_median)

    def _arrange(self, layer: list[int], fixed: list[list[int]], by_median: bool) -> None:
        """Sort a layer by where its vertices are drawn to; those drawn nowhere keep their places."""
        place = self._place
        measure = _median if by_median else _mean
        drawn: list[tuple[float, int, int]] = []
        for index, node in enumerate(layer):
            ends = fixed[node]
            if ends:
                to = place[ends[0]] if len(ends) == 1 else measure([place[other] for other in ends])
                drawn.append((to, index, node))
        drawn.sort()
        following = iter(drawn)
        layer[:] = [next(following)[2] if fixed[node] else node for node in layer]
        self._settle(layer)

    def _rows(self, nodes: Iterable[int], neighbours: list[list[int]]) -> list[list[int]]:
        place = self._place
        return [
            [place[ends[0]]] if len(ends) == 1 else sorted([place[other] for other in ends])
            for ends in [neighbours[node] for node in nodes]
        ]

    def _exchange(self) -> None:
        """Exchange neighbours while that removes crossings, and once where it makes no difference.

        The even exchanges open the way to others that do remove crossings.
        """
        waiting = set(range(len(self._layers)))
        for turn in range(_ROUNDS):
            changed: set[int] = set()
            for number in sorted(waiting):
                if self._exchange_in(self._layers[number], even=not turn):
                    changed.update((number - 1, number + 1))
            waiting = {number for number in changed if 0 <= number < len(self._layers)}
            if not waiting:
                return

    def _exchange_in(self, layer: list[int], even: bool) -> bool:
        last = len(layer) - 1
        if last < 1:
            return False
        before = self._rows(layer, self._before)
        after = self._rows(layer, self._after)
        improved = moved = False
        stale: Iterable[int] = range(last)
        for _ in range(_PASSES):
            following: set[int] = set()
            for index in stale:
                one, two = index, index + 1
                gain = _gain(before[one], before[two]) + _gain(after[one], after[two])
                if gain < 0 or (not gain and not even):
                    continue
                layer[one], layer[two] = layer[two], layer[one]
                before[one], before[two] = before[two], before[one]
                after[one], after[two] = after[two], after[one]
                moved = True
                improved = improved or gain > 0
                following.update((index - 1, index + 1))
            stale = sorted(index for index in following if 0 <= index < last)
            even = False
            if not stale:
                break
        if moved:
            self._settle(layer)
        return improved

    def _sift(self) -> None:
        """Move single vertices to the best places within reach. A second round would take long and change little."""
        for number in sorted(self._crossed()):
            self._sift_in(self._layers[number])

    def _crossed(self) -> set[int]:
        """The layers next to any crossing."""
        crossed: set[int] = set()
        for number, (layer, following) in enumerate(pairwise(self._layers)):
            if _between(layer, len(following), self._after, self._place):
                crossed.update((number, number + 1))
        return crossed

    def _sift_in(self, layer: list[int]) -> None:
        if len(layer) < 2:
            return
        rows = [self._rows(layer, neighbours) for neighbours in (self._before, self._after)]
        width = [1 + max((row[-1] for row in side if row), default=-1) for side in rows]
        before, after = (dict(zip(layer, side, strict=True)) for side in rows)
        # The places in both neighbouring layers as places in one list: first the one before, then the one after.
        ends = {node: [*before[node], *(width[0] + place for place in after[node])] for node in layer}
        reach = max(_LEAST_REACH, min(_REACH, _REACHES // len(layer)))
        improved = False
        for node in layer[:]:
            at = layer.index(node)
            pull = (_pulls(before[node], width[0]) + _pulls(after[node], width[1])).__getitem__
            most, to, gain = 0, at, 0
            for index in range(at - 1, max(-1, at - reach - 1), -1):
                gain += sum(map(pull, ends[layer[index]]))
                if gain > most:
                    most, to = gain, index
            gain = 0
            for index in range(at + 1, min(len(layer), at + reach + 1)):
                gain -= sum(map(pull, ends[layer[index]]))
                if gain > most:
                    most, to = gain, index
            if most:
                improved = True
                layer.insert(to, layer.pop(at))
        if improved:
            self._settle(layer)
