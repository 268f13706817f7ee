"""How work flows: figures from timelines, for whichever milestones are given.

Every function takes timelines, so a plan, a profile or the whole is a matter of what is given: ``of_plan`` picks a
plan's.

Times are seconds since 1970 and durations are days of 86,400 seconds, with fractions. Calendar days are those of UTC,
because a team has one calendar and its members may have many. A duration is calendar time, not working time: git does
not know who was on holiday.

What a first commit shows is not taken for an event. A milestone that is already completed when it is first seen was
finished at some time before, nobody knows when; it counts as done, but not as finished on that day. Otherwise the day
on which a repository is adopted would be the best of its life.
"""

from __future__ import annotations

import datetime
from collections import Counter
from statistics import median
from typing import TYPE_CHECKING, NamedTuple

from milestones.model import Status

if TYPE_CHECKING:
    from collections.abc import Iterable

    from milestones.history.log import Commit
    from milestones.history.timeline import History, Step, Timeline

DAY = 86_400
_CLOSED = frozenset(status.value for status in Status if status.closed)
_COMPLETED = Status.COMPLETED.value
#: Statuses that say that work has begun. Blocked and on hold do not: work can be put off before it begins.
_BEGUN = Status.IN_PROGRESS.value
_STATUSES = tuple(status.value for status in Status)


def of_plan(history: History, plan_id: str) -> list[Timeline]:
    """The milestones that belong to a plan now, or did when they were last seen."""
    return [timeline for timeline in history.milestones.values() if timeline.plan_id == plan_id]


def day(time: int) -> str:
    """The calendar day (UTC) of a moment, as ISO text."""
    return _date(time).isoformat()


def ordinal(day: str) -> int:
    """A calendar day (ISO text) as the number of days since 1970-01-01."""
    return datetime.date.fromisoformat(day).toordinal() - _EPOCH


def _date(time: int) -> datetime.date:
    return datetime.date.fromordinal(time // DAY + _EPOCH)


_EPOCH = datetime.date(1970, 1, 1).toordinal()


class Spell(NamedTuple):
    """A stretch of time in one status. ``end`` is None for the one that lasts."""

    status: str
    start: int
    end: int | None


def spells(timeline: Timeline) -> list[Spell]:
    """The statuses of a milestone one after the other. Another word for the same status is no new spell.

    The time between the deletion of its file and its return is in no spell.
    """
    found: list[Spell] = []
    status: str | None = None
    start = 0
    for step in timeline.steps:
        if step.status == status:
            continue
        if status is not None:
            found.append(Spell(status, start, step.time))
        status, start = step.status, step.time
    if status is not None:
        found.append(Spell(status, start, None))
    return found


def time_in_status(timeline: Timeline, now: int, since: int = 0) -> dict[str, float]:
    """Days that a milestone has spent in each status it ever had, the present one until ``now``.

    Closed statuses are left out: how long something has been finished says nothing of the work. Time before ``since``
    does not count, nor does a status that ended before.
    """
    found: dict[str, float] = {}
    for spell in spells(timeline):
        if spell.status not in _CLOSED:
            end = max(now, spell.start) if spell.end is None else spell.end
            if end >= since:
                begin = max(spell.start, since)
                found[spell.status] = found.get(spell.status, 0.0) + (end - begin) / DAY
    return found


def started(timeline: Timeline) -> int | None:
    """When work on it began: its first step into *in progress*. None where it never did, or before a shallow clone."""
    for at, step in enumerate(timeline.steps):
        if step.status == _BEGUN:
            return None if at == 0 and timeline.cut else step.time
    return None


def finished(timeline: Timeline) -> int | None:
    """When it was completed for the last time, if it still is. None where it was first seen completed."""
    if timeline.status != _COMPLETED:
        return None
    last = None
    before: str | None = None
    for step in timeline.steps:
        if step.status is None:
            continue  # deleted and brought back: the status did not change by that
        if step.status == _COMPLETED and before is not None and before != _COMPLETED:
            last = step.time
        before = step.status
    return last


def cycle_time(timeline: Timeline) -> float | None:
    """Days from the beginning of the work to its last completion; reopened work runs on.

    None for work that is not completed, and for work that git never saw in progress: 0 days would be a lie.
    """
    begin, end = started(timeline), finished(timeline)
    return (end - begin) / DAY if begin is not None and end is not None and end >= begin else None


def lead_time(timeline: Timeline) -> float | None:
    """Days from when the milestone was written down to its last completion, or None."""
    end = finished(timeline)
    return None if end is None or timeline.cut else (end - timeline.first_seen) / DAY


class Spread(NamedTuple):
    """How a measure is distributed: the number of ``values``, their median, 85th percentile, and largest.

    There is no mean: a few long ones would rule it.
    """

    values: int
    median: float
    most: float  # 85 of 100 are no longer than this
    longest: float


def spread(values: Iterable[float]) -> Spread | None:
    """The distribution of some values, or None where there are none. The percentile is one of them (nearest rank)."""
    ordered = sorted(values)
    if not ordered:
        return None
    return Spread(len(ordered), median(ordered), ordered[max(0, -(-85 * len(ordered) // 100) - 1)], ordered[-1])


class Aging(NamedTuple):
    """Open work that has begun, with the days since it did."""

    id: str
    status: str
    days: float


def work_in_progress(timelines: Iterable[Timeline], now: int) -> list[Aging]:
    """Open work that has begun (it may be blocked or on hold since), the oldest first; ages in days.

    The age counts from the first beginning: putting work back does not make it young. Where the beginning lies before a
    shallow clone, it counts from the oldest commit, and is too small.
    """
    found = []
    for timeline in timelines:
        status = timeline.status
        if status is None or status in _CLOSED:
            continue
        begin = next((step.time for step in timeline.steps if step.status == _BEGUN), None)
        if begin is not None and status != Status.PLANNED.value:
            found.append(Aging(timeline.id, status, max(0, now - begin) / DAY))
    return sorted(found, key=lambda aging: (-aging.days, aging.id))


class Event(NamedTuple):
    """A change of status worth looking at."""

    id: str
    before: str
    after: str
    time: int
    commit: Commit


def _changes(timeline: Timeline) -> Iterable[tuple[Step, Step]]:
    """Each change from one status to another; deletions are passed over."""
    before: Step | None = None
    for step in timeline.steps:
        if step.status is None:
            continue
        if before is not None and before.status != step.status:
            yield before, step
        before = step


def reopened(timelines: Iterable[Timeline]) -> list[Event]:
    """Every time that closed work was opened again, in the order of time."""
    found = [
        Event(t.id, before.status or "", after.status or "", after.time, after.commit)
        for t in timelines
        for before, after in _changes(t)
        if before.status in _CLOSED and after.status not in _CLOSED
    ]
    return sorted(found, key=lambda event: (event.time, event.id))


def skipped(timelines: Iterable[Timeline]) -> list[Event]:
    """Every completion of work that was never seen in progress, in the order of time.

    The work was done, but the plan did not say so while it was: its cycle time is not known, and nobody could have seen
    it under way. After a reopening the rule is the same: work has to be in progress again before it is completed again.
    """
    found = []
    for timeline in timelines:
        begun = timeline.cut
        for at, step in enumerate(timeline.steps):
            begun = begun or step.status == _BEGUN
            if step.status in _CLOSED:
                earlier = next((s for s in reversed(timeline.steps[:at]) if s.status is not None), None)
                if earlier is not None and earlier.status not in _CLOSED:
                    if step.status == _COMPLETED and not begun:
                        found.append(Event(timeline.id, earlier.status or "", _COMPLETED, step.time, step.commit))
                    begun = False
    return sorted(found, key=lambda event: (event.time, event.id))


def throughput(timelines: Iterable[Timeline], last: str, days: int) -> tuple[int, ...]:
    """Milestones finished on each of the ``days`` calendar days up to and with ``last`` (ISO text), oldest first.

    A milestone counts once, on the day of its last completion, and only while it still is completed: to do the same
    work twice is not to do two pieces of it.
    """
    end = datetime.date.fromisoformat(last).toordinal() - _EPOCH
    counts = Counter(time // DAY for timeline in timelines if (time := finished(timeline)) is not None)
    return tuple(counts.get(at, 0) for at in range(end - days + 1, end + 1))


class Day(NamedTuple):
    """How many milestones stood where at the end of a day (UTC). ``counts`` is in the order of ``model.Status``."""

    day: str
    counts: tuple[int, ...]

    @property
    def done(self) -> int:
        """Completed milestones: the lower line of a burn-up."""
        return self.counts[_STATUSES.index(_COMPLETED)]

    @property
    def scope(self) -> int:
        """All milestones but cancelled ones: the upper line of a burn-up."""
        return sum(self.counts) - self.counts[_STATUSES.index(Status.CANCELLED.value)]


def by_day(timelines: Iterable[Timeline], last: str, first: str | None = None) -> list[Day]:
    """Burn-up and cumulative flow: every calendar day from ``first`` (the day of the oldest step) to ``last``.

    A day shows its end, so what happens twice on a day shows once. Deleted milestones count nowhere. Steps on a day
    after ``last`` are left out.
    """
    place = {status: at for at, status in enumerate(_STATUSES)}
    steps: dict[int, list[int]] = {}
    for timeline in timelines:
        for spell in spells(timeline):
            at = place.get(spell.status)
            if at is None:
                continue
            steps.setdefault(spell.start // DAY, [0] * len(place))[at] += 1
            if spell.end is not None:
                steps.setdefault(spell.end // DAY, [0] * len(place))[at] -= 1
    end = datetime.date.fromisoformat(last).toordinal() - _EPOCH
    begin = (
        datetime.date.fromisoformat(first).toordinal() - _EPOCH if first is not None else min(steps, default=end + 1)
    )
    counts = [0] * len(place)
    found: list[Day] = []
    for at in sorted(at for at in steps if at < begin):
        counts = [a + b for a, b in zip(counts, steps[at], strict=True)]
    for at in range(begin, end + 1):
        if at in steps:
            counts = [a + b for a, b in zip(counts, steps[at], strict=True)]
        found.append(Day(datetime.date.fromordinal(at + _EPOCH).isoformat(), tuple(counts)))
    return found


class Flow(NamedTuple):
    """The figures of some milestones together. Durations in days."""

    milestones: int
    cycle_times: Spread | None
    lead_times: Spread | None
    in_status: dict[str, Spread]
    throughput: tuple[int, ...]
    in_progress: tuple[Aging, ...]
    reopened: tuple[Event, ...]
    skipped: tuple[Event, ...]


def flow(timelines: Iterable[Timeline], now: int, days: int = 90, since: int = 0) -> Flow:
    """All figures at ``now`` (seconds since 1970), throughput over the last ``days`` days.

    Before ``since`` nothing counts: times in a status begin there, and cycle times, lead times, reopenings and skipped
    steps are those that ended or happened from then on.
    """
    chosen = list(timelines)
    ended = [t for t in chosen if (end := finished(t)) is not None and end >= since]
    in_status: dict[str, list[float]] = {}
    for timeline in chosen:
        for status, duration in time_in_status(timeline, now, since).items():
            in_status.setdefault(status, []).append(duration)
    return Flow(
        milestones=sum(t.status is not None for t in chosen),
        cycle_times=spread(c for t in ended if (c := cycle_time(t)) is not None),
        lead_times=spread(c for t in ended if (c := lead_time(t)) is not None),
        in_status={s: found for s in _STATUSES if (found := spread(in_status.get(s, ()))) is not None},
        throughput=throughput(chosen, day(now), days),
        in_progress=tuple(work_in_progress(chosen, now)),
        reopened=tuple(event for event in reopened(chosen) if event.time >= since),
        skipped=tuple(event for event in skipped(chosen) if event.time >= since),
    )
