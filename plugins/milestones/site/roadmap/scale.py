"""Days as places on a drawing: when something is worked on, and the scale that a timeline is drawn to."""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING, NamedTuple

from milestones.model import Plan, Status
from milestones.site.language import on_day
from milestones.site.parts import day

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from milestones.model import Milestone

#: The widths that a drawing keeps at least, in pixels; the style sheet has a class ``mst-w…`` for each.
_WIDTHS = (640, 960, 1400, 2000, 3000, 4000)
_AFTER = 0.16  # of the whole, as room for the words behind the last bar
#: More weeks than these are no help to anybody.
_MOST_WEEKS = 270

#: The steps in which days are named; how wide a day is when somebody zooms to one, the script says.
STEPS = ("week", "month", "quarter", "year")
_LEAST = 44  # pixels that a name needs


class Span(NamedTuple):
    """When something is worked on. ``open_end`` is true while nobody has said when it will be over, and
    ``point`` where only one day is known.
    """

    begin: date
    end: date
    open_end: bool = False
    point: bool = False


def span(m: Milestone | Plan, today: date) -> Span | None:
    """The days of a milestone, from what it says of itself; None when it says nothing."""
    begin = day(m.start) or day(m.created)
    due = day(m.due)
    if due and m.status is Status.PLANNED and not m.start and not isinstance(m, Plan):
        return Span(due, due, point=True)  # when it will begin, nobody has said
    if m.status.closed:
        end = day(m.completed) or day(m.updated) or _last_change(m) or due or begin
    elif due:
        end = due
    elif m.status is Status.PLANNED:
        end = begin
    else:
        end = max(today, begin) if begin else None
    begin = begin or end
    if begin is None or end is None:
        return None
    if end < begin:
        begin = end
    lonely = m.status is Status.PLANNED and due is None
    return Span(begin, end, open_end=not m.status.closed and due is None and not lonely, point=lonely)


def _last_change(m: Milestone | Plan) -> date | None:
    return max((found for change in m.changelog if (found := day(change.date))), default=None)


class Scale(NamedTuple):
    """Where a day is on the drawing, in percent of its width, so that the drawing fills the room there is."""

    first: date
    days: int
    least_width: int

    def x(self, when: date) -> float:
        """The left edge of a day."""
        return (when - self.first).days * 100 / self.days

    def after(self, when: date) -> float:
        """The right edge of a day."""
        return ((when - self.first).days + 1) * 100 / self.days

    @property
    def step(self) -> str:
        """The step of ``STEPS`` whose names find room where the drawing is at its narrowest."""
        room = self.least_width / self.days
        lengths = {"month": 30, "quarter": 91, "year": 365}
        return next((step for step, days in lengths.items() if days * room >= _LEAST), "year")

    @property
    def steps(self) -> tuple[str, ...]:
        """The steps that somebody may zoom to, widest first: those in which the drawing has several."""
        found = ["week"] if self.days <= _MOST_WEEKS * 7 else []
        found += [step for step, days in (("month", 45), ("quarter", 120)) if self.days >= days]
        return tuple(dict.fromkeys((*found, self.step)))

    def names(self, step: str) -> Iterator[tuple[float, str]]:
        """Where each week, month, quarter or year begins, and its name."""
        for at in self._begins(step):
            x = self.x(at)
            if x >= 95:
                return
            if step == "week":
                words = on_day(at, "MMMd")
            elif step == "month":
                words = on_day(at, "yMMM" if at.month == 1 or at == self.first else "MMM")
            else:
                words = on_day(at, "yQQQ") if step == "quarter" else str(at.year)
            yield x, words

    def _begins(self, step: str) -> Iterator[date]:
        if step == "week":
            at = self.first + timedelta(days=-self.first.weekday() % 7)
            while True:
                yield at
                at += timedelta(days=7)
        months = {"month": 1, "quarter": 3, "year": 12}[step]
        if step == "year" and 365 * self.least_width / self.days < _LEAST:
            months = 24
        at = self.first if step == "month" else self.first.replace(month=1)
        while True:
            if at >= self.first:
                yield at
            count = at.year * 12 + at.month - 1 + months
            at = date(count // 12, count % 12 + 1, 1)


def scale_for(spans: Iterable[Span], today: date, expected: Iterable[date] = ()) -> Scale:
    """A scale that shows all spans and today, from the first of a month, never narrower than can be read.

    ``expected`` are days of a forecast. They are shown as far as they don't make everything else small.
    """
    begins, ends = zip(*((s.begin, s.end) for s in spans), strict=True)
    first = min(*begins, today).replace(day=1)
    last = max(*ends, today)
    farthest = last + timedelta(days=max(60, (last - first).days // 2))
    last = max([last, *(d for d in expected if d <= farthest)])
    days = round(((last - first).days + 15) / (1 - _AFTER))
    return Scale(first, days, next((w for w in _WIDTHS if w >= days * 1.6), _WIDTHS[-1]))
