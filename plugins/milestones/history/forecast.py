"""When the open milestones will be finished: a Monte Carlo simulation over the measured throughput.

The question is not how long a milestone takes, but how many are finished in a week. The method is that of throughput
forecasts (D. Vacanti, *Actionable Agile Metrics for Predictability*, 2015; T. Magennis, *Forecasting and Simulating
Software Development Projects*, 2011), with whole weeks drawn from the past, because days are not alike: each week of
each run is seven consecutive days out of the window, from any day on (a moving-block bootstrap, H. Künsch 1989).

Each run gives the day on which the first, the second … the n-th open milestone is finished. Which one that is, is a
second draw: an order in which every milestone comes after what it depends on, and work that has begun before work that
has not. So no milestone ever finishes before its prerequisites. The two draws are independent; every order is combined
with every run.

What is assumed, and can be wrong: the team stays, works at the pace of the window and on nothing else, and milestones
are of the same size on average. Work that nobody has written down yet is not in it. Prerequisites hold back their
order, not the pace: a chain of ten is not slower than ten side by side.
"""

from __future__ import annotations

import datetime
import heapq
from collections import Counter
from itertools import accumulate
from operator import add
from random import Random
from typing import TYPE_CHECKING, NamedTuple

from milestones.history import flow
from milestones.model import Status

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from milestones.history.observation import Observation
    from milestones.history.timeline import Timeline

#: The probabilities that dates are given for, in per cent.
PERCENTILES = (50, 70, 85, 95)
RUNS = 10_000
#: Finished milestones below which a window says nothing.
LEAST = 5
#: Days below which a window says nothing: two weeks.
SHORTEST = 14
#: Five years. What lies beyond is not given a date.
_WEEKS = 260
#: Days are told apart in the first weeks; later, a week is as exact as it gets.
_FINE = 8
_ORDERS = 200


class Work(NamedTuple):
    """An open milestone. ``begun`` work comes first. Ids of ``depends_on`` that are not open hold nothing back."""

    id: str
    plan_id: str
    depends_on: tuple[str, ...] = ()
    begun: bool = False


class Dates(NamedTuple):
    """The days by which something is finished in 50, 70, 85 and 95 of 100 runs, as ISO text; None: after five years."""

    p50: str | None
    p70: str | None
    p85: str | None
    p95: str | None


class Forecast(NamedTuple):
    """Dates for the whole, each plan and each milestone; or the ``reason`` why there are none.

    ``finished`` is how many milestones were finished in the window of ``days`` days. ``notes`` are sentences for
    people.
    """

    open: int
    finished: int
    days: int
    reason: str
    whole: Dates | None
    plans: dict[str, Dates]
    milestones: dict[str, Dates]
    notes: tuple[str, ...] = ()


def simulate(work: Iterable[Work], finished: Sequence[int], *, today: str, seed: int = 0, runs: int = RUNS) -> Forecast:
    """A forecast for open work.

    ``finished`` is the throughput: milestones finished on each day of the window, oldest first, without ``today``
    (which is not over). The first day that is simulated is the one after ``today``. The same arguments give the same
    answer, in whichever order the work comes. More open work never gives an earlier end of the whole, and work that is
    free of dependencies never gives any other milestone or plan an earlier one.
    """
    items = sorted({item.id: item for item in work}.values())
    total = sum(finished)
    reason = _too_little(total, len(finished))
    if reason or not items:
        return Forecast(len(items), total, len(finished), reason, None, {}, {})
    orders, knotted = _orders(items, seed)
    days, reached = _reached(finished, len(items), Random(f"pace {seed}"), runs)
    start = datetime.date.fromisoformat(today)
    names = [(start + datetime.timedelta(d)).isoformat() for d in days]

    def dates(places: Counter[int]) -> Dates:
        return Dates(*(names[at] if at is not None else None for at in _quantiles(places, reached, runs)))

    ends: dict[str, Counter[int]] = {}
    for order in orders:
        last = {item.plan_id: place for place, item in enumerate(order, 1)}
        for plan_id, place in last.items():
            ends.setdefault(plan_id, Counter())[place] += 1
    places: dict[str, Counter[int]] = {item.id: Counter() for item in items}
    for order in orders:
        for place, item in enumerate(order, 1):
            places[item.id][place] += 1
    notes = []
    if knotted:
        notes.append(f"{len(knotted)} milestones depend on each other in a circle; that order is left out")
    return Forecast(
        len(items),
        total,
        len(finished),
        "",
        dates(Counter({len(items): 1})),
        {plan_id: dates(ends[plan_id]) for plan_id in sorted(ends)},
        {item.id: dates(places[item.id]) for item in items},
        tuple(notes),
    )


def of_history(
    open_work: Iterable[Observation],
    timelines: Iterable[Timeline],
    *,
    today: str,
    window: int = 90,
    seed: int = 0,
    runs: int = RUNS,
) -> Forecast:
    """A forecast for the open ones of some milestones, at the pace of some timelines.

    ``open_work`` may hold closed milestones and plans; they are left out. For a single plan, give its own timelines: a
    plan moves at its own pace. The window is the ``window`` days before ``today`` (ISO text), or as many as there are
    since the oldest step.
    """
    chosen = list(timelines)
    before = datetime.date.fromisoformat(today).toordinal() - datetime.date(1970, 1, 1).toordinal() - 1
    oldest = min((t.first_seen // flow.DAY for t in chosen), default=before + 1)
    days = max(0, min(window, before - oldest + 1))
    yesterday = (datetime.date.fromisoformat(today) - datetime.timedelta(1)).isoformat()
    begun = {aging.id for aging in flow.work_in_progress(chosen, 0)}
    closed = {status.value for status in Status if status.closed}
    work = [
        Work(o.id, o.plan_id, o.depends_on, o.id in begun or o.status == Status.IN_PROGRESS.value)
        for o in open_work
        if o.model == "milestone" and o.status not in closed
    ]
    return simulate(work, flow.throughput(chosen, yesterday, days), today=today, seed=seed, runs=runs)


def _too_little(total: int, days: int) -> str:
    covered = f"{days} day{'s' if days != 1 else ''}"
    if days < SHORTEST:
        return f"the history covers {covered}; a forecast needs at least {SHORTEST}"
    if total < LEAST:
        were = f"{total} milestones were" if total != 1 else "1 milestone was"
        return f"{were} finished in the last {covered}; a forecast needs at least {LEAST}"
    return ""


def _orders(items: list[Work], seed: int) -> tuple[list[list[Work]], set[str]]:
    """Random orders that keep to the dependencies, and the ids that stand in a circle."""
    index = {item.id: at for at, item in enumerate(items)}
    waits = [[index[d] for d in dict.fromkeys(item.depends_on) if d in index and d != item.id] for item in items]
    blocks: list[list[int]] = [[] for _ in items]
    for at, known in enumerate(waits):
        for other in known:
            blocks[other].append(at)
    free = _free_of_circles(waits, blocks)
    # What waits for a circle waits for those of its members that it names; inside a circle nothing waits.
    counts = [len(known) if at in free else 0 for at, known in enumerate(waits)]
    # A source of its own for each id: with another milestone beside them, the others keep their order.
    draws = [Random(f"{seed} {item.id}").random for item in items]
    later = [0 if item.begun else 1 for item in items]
    size = len(items)
    found = []
    for _ in range(_ORDERS if size > 1 else 1):
        keys = [(later[at] + draw(), at) for at, draw in enumerate(draws)]
        left = counts.copy()
        ready = [keys[at] for at in range(size) if not left[at]]
        heapq.heapify(ready)
        order = []
        while ready:
            _, at = heapq.heappop(ready)
            order.append(items[at])
            for other in blocks[at]:
                if other in free:
                    left[other] -= 1
                    if not left[other]:
                        heapq.heappush(ready, keys[other])
        found.append(order)
    return found, {items[at].id for at in range(size) if at not in free}


def _free_of_circles(waits: list[list[int]], blocks: list[list[int]]) -> set[int]:
    """Those in no circle: when both ends of the graph are eaten away, circles and what lies between them remain."""
    alive = set(range(len(waits)))
    for towards, away in ((waits, blocks), (blocks, waits)):
        left = {at: sum(other in alive for other in towards[at]) for at in alive}
        ends = [at for at, count in left.items() if not count]
        while ends:
            at = ends.pop()
            alive.discard(at)
            for other in away[at]:
                if other in alive:
                    left[other] -= 1
                    if not left[other]:
                        ends.append(other)
    return set(range(len(waits))) - alive


def _reached(finished: Sequence[int], size: int, rng: Random, runs: int) -> tuple[list[int], list[list[int]]]:
    """For some days from now, how many runs have finished at least 0, 1, … ``size`` milestones by then.

    All runs take a step together, so that each is a few passes over lists. The draws don't depend on ``size``, and a
    run never loses what it has: with more open work the same runs only end later. It stops once all percentiles are
    known.
    """
    sums = [0, *accumulate(finished)]
    starts = range(len(finished) - 6)
    blocks = [tuple(sums[at + length] - sums[at] for length in range(8)) for at in starts]
    weeks = [block[7] for block in blocks]
    enough = -(-runs * PERCENTILES[-1] // 100)
    done = [0] * runs
    days: list[int] = []
    reached: list[list[int]] = []

    def note(day: int, counts: list[int]) -> bool:
        per = Counter(counts)
        top = sum(count for value, count in per.items() if value >= size)
        row = [top]
        for value in range(size - 1, -1, -1):
            top += per.get(value, 0)
            row.append(top)
        row.reverse()
        days.append(day)
        reached.append(row)
        return row[size] >= enough

    for week in range(_WEEKS):
        if week < _FINE:
            drawn = rng.choices(blocks, k=runs)
            for length in range(1, 7):
                if note(week * 7 + length, [a + block[length] for a, block in zip(done, drawn, strict=True)]):
                    return days, reached
            done = [a + block[7] for a, block in zip(done, drawn, strict=True)]
        else:
            done = list(map(add, done, rng.choices(weeks, k=runs)))
        if note(week * 7 + 7, done):
            break
    return days, reached


def _quantiles(places: Counter[int], reached: list[list[int]], runs: int) -> Iterable[int | None]:
    """For each percentile the first day on which that share of all runs in all orders has come to its place."""
    weights = list(places.items())
    whole = runs * sum(places.values())
    low = 0
    for percent in PERCENTILES:
        need = -(-whole * percent // 100)
        high = len(reached)
        while low < high:
            middle = (low + high) // 2
            row = reached[middle]
            if sum(row[place] * weight for place, weight in weights) >= need:
                high = middle
            else:
                low = middle + 1
        yield low if low < len(reached) else None
