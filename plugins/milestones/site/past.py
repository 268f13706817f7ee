"""What git remembers of the plan, as pages tell it: the steps of each milestone, durations, and forecasts.

"Now" is the end of today, and today is one value: a page that is built twice on a day says the same. Where something
still lasts, whole days are counted, because hours would be those until midnight.
"""

from __future__ import annotations

import hashlib
import json
from functools import cached_property
from typing import TYPE_CHECKING

from milestones.history import flow, timeline, twins
from milestones.history import forecast as forecasts
from milestones.history.forecast import Dates, Forecast
from milestones.history.observation import Observation
from milestones.history.past import PastWorkspace
from milestones.history.reading import reading
from milestones.reports import printable
from milestones.site.language import N_, _, counted, decimal, figure, ngettext, numbered
from milestones.site.parts import Html, english, sentence, spoken, when

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, MutableMapping, Sequence

    from milestones.history.flow import Day, Spread
    from milestones.history.timeline import History, Timeline
    from milestones.model import Milestone
    from milestones.project.portfolio import Portfolio
    from milestones.project.workspace import Workspace

#: Cycle times below which nothing is compared with them.
LEAST = forecasts.LEAST


def read(workspace: Workspace, portfolio: Portfolio, kept: MutableMapping[str, str] | None = None) -> Past:
    """What git remembers of a workspace, up to the end of the portfolio's today; uncommitted changes count as now.

    A workspace at a commit has the history up to that commit. ``kept`` holds forecasts of earlier builds and takes
    those of this one.
    """
    now = (flow.ordinal(portfolio.today) + 1) * flow.DAY - 1
    how = reading(workspace)
    if isinstance(workspace, PastWorkspace):
        ref, worktree = workspace.commit, False
    else:
        ref, worktree = "HEAD", True
    found = timeline.read(workspace.directory, how, now=now, ref=ref, worktree=worktree)
    own = twins.apart(workspace.directory, how, found, ref=ref, worktree=worktree) if found.twins else {}
    return Past(portfolio, found, kept, {path: line for lines in own.values() for path, line in lines.items()})


class Past:
    """The history of a portfolio. Everything that follows from it is worked out once, when it is first asked for."""

    def __init__(
        self,
        portfolio: Portfolio,
        history: History,
        kept: MutableMapping[str, str] | None = None,
        own: Mapping[str, Timeline] | None = None,
    ) -> None:
        #: Of documents that share an id, the timeline of each by its path.
        self._own = own or {}
        self.portfolio = portfolio
        self._kept = kept
        self.history = history
        self.today = portfolio.today
        self.ordinal = flow.ordinal(portfolio.today)

    @property
    def notes(self) -> tuple[str, ...]:
        """What git can't tell, and why, as sentences for people."""
        return self.history.notes

    @cached_property
    def _by_path(self) -> Mapping[str, list[Timeline]]:
        found: dict[str, list[Timeline]] = {}
        for line in self.history.milestones.values():
            if line.status is not None:
                found.setdefault(line.path, []).append(line)
        return found

    def line(self, m: Milestone) -> Timeline | None:
        """The timeline of a milestone. None where there is none, and where nothing tells apart who shares its id."""
        if m.path in self._own:
            return self._own[m.path]
        found = self.history.milestones.get(m.id)
        if found is None:
            # Where only other files tell ids apart, history knows the document by what it says itself.
            here = self._by_path.get(m.path, [])
            found = here[0] if len(here) == 1 else None
        return None if found is not None and found.id in self._twins else found

    def claimed(self, m: Milestone) -> bool:
        """True where several documents claim a milestone's id, so that nobody knows whose history it is."""
        if m.path in self._own:
            return False
        return m.id in self._twins or any(line.id in self._twins for line in self._by_path.get(m.path, ()))

    @cached_property
    def _twins(self) -> frozenset[str]:
        return frozenset(self.history.twins)

    @cached_property
    def milestone_of(self) -> Mapping[str, Milestone]:
        """The milestone that a timeline is of, by the timeline's id."""
        found: dict[str, Milestone] = {}
        for m in self.portfolio.milestones:
            line = self.line(m)
            if line is not None:
                found.setdefault(line.id, m)
        return found

    def lines(self, milestones: Iterable[Milestone]) -> list[Timeline]:
        """The timelines of some milestones, as far as there are any."""
        return [line for m in milestones if (line := self.line(m)) is not None]

    @cached_property
    def days(self) -> list[Day]:
        """How many milestones stood where at the end of each day, from the first that git knows up to today."""
        return flow.by_day(self.history.milestones.values(), self.today)

    @cached_property
    def cycle_times(self) -> Spread | None:
        """How long all finished milestones took."""
        return cycle_times(self.history.milestones.values())

    def since(self, time: int) -> int:
        """Whole days from a moment to today."""
        return max(0, self.ordinal - time // flow.DAY)

    # forecasts

    @cached_property
    def _work(self) -> list[Observation]:
        return [
            Observation(
                model="milestone",
                id=m.id,
                plan_id=m.plan_id,
                title="",
                status=m.status.value,
                status_word="",
                filed=m.filed,
                depends_on=m.depends_on,
            )
            for m in self.portfolio.milestones
            if not m.status.closed
        ]

    def _forecast(self, work: Sequence[Observation]) -> Forecast:
        lines = self.history.milestones.values()
        if self._kept is None:
            return forecasts.of_history(work, lines, today=self.today)
        # Ten thousand runs take a while, and most builds of a day ask the same.
        steps = [(line.id, [(step.status, step.time) for step in line.steps]) for line in lines]
        key = "forecast " + hashlib.sha256(repr((self.today, work, steps)).encode("utf-8", "replace")).hexdigest()
        if key not in self._kept:
            self._kept[key] = json.dumps(forecasts.of_history(work, lines, today=self.today))
        return _restored(self._kept[key])

    @cached_property
    def forecast(self) -> Forecast:
        """The forecast for all open milestones at the pace of all."""
        return self._forecast(self._work)

    @cached_property
    def _plans(self) -> Mapping[str, Dates]:
        """Dates of plans. A plan that others lie in is finished with the last milestone of them all."""
        found = dict(self.forecast.plans)
        parents = self.portfolio.plan_parents
        if not found or not parents:
            return found
        chains: dict[str, list[str]] = {}
        for plan_id in found:
            chain = [plan_id]
            while (above := parents.get(chain[-1])) is not None:
                chain.append(above)
            chains[plan_id] = chain[::-1]
        for level in range(max(map(len, chains.values())) - 1):
            # The draws don't depend on plans, so these are the same runs, asked for the plans of another level.
            lifted = {id_: chain[min(level, len(chain) - 1)] for id_, chain in chains.items()}
            dates = self._forecast([o._replace(plan_id=lifted[o.plan_id]) for o in self._work]).plans
            found.update({id_: dates[id_] for id_ in dates if self.portfolio.subplans.get(id_)})
        return found

    def plan_dates(self, plan_id: str) -> Dates | None:
        """When a plan is likely to be finished."""
        return self._plans.get(plan_id)

    def dates(self, m: Milestone) -> Dates | None:
        """When a milestone is likely to be finished."""
        return self.forecast.milestones.get(m.id)


def _restored(text: str) -> Forecast:
    """A forecast from the JSON that its tuple gives."""
    open_, finished, days, reason, whole, plans, milestones, notes = json.loads(text)
    return Forecast(
        open_,
        finished,
        days,
        reason,
        None if whole is None else Dates(*whole),
        {id_: Dates(*dates) for id_, dates in plans.items()},
        {id_: Dates(*dates) for id_, dates in milestones.items()},
        tuple(notes),
    )


def cycle_times(lines: Iterable[Timeline]) -> Spread | None:
    """How long finished milestones took, from the beginning of the work to its last completion."""
    return flow.spread(days for line in lines if (days := flow.cycle_time(line)) is not None)


def chance(due: str | None, dates: Dates | None) -> int | None:
    """In how many of 100 runs, at least, a due day is met: one of the given percentages, or 0."""
    if due is None or dates is None:
        return None
    met = [percent for percent, day in zip(forecasts.PERCENTILES, dates, strict=True) if day is not None and day <= due]
    return max(met, default=0)


def verdict(due: str | None, dates: Dates | None, today: str) -> Html:
    """Whether something is likely to be finished by its due date, in words. What is overdue already is told as such."""
    met = chance(due, dates)
    if met is None or due is None or due < today:
        return Html("")
    if met == 0:
        css, words = "mst-late", _("Unlikely by its due date")
    elif met < 85:
        css, words = "mst-doubt", _("Uncertain by its due date")
    else:
        css, words = "mst-quiet", _("Likely by its due date")
    return Html('<span class="{} mst-verdict">{}</span>').format(css, words)


def range_words(dates: Dates) -> Html:
    """The days by which something is finished in 50 and in 85 of 100 runs: ``12 Mar to 3 Apr 2026``."""
    if dates.p50 is None:
        return sentence(_("later than in five years"))
    if dates.p85 is None:
        return sentence(_("by {day} or much later"), day=when(dates.p50))
    if dates.p50 == dates.p85:
        return sentence(_("by {day}"), day=when(dates.p50))
    first = Html('<time datetime="{}">{}</time>').format(dates.p50, spoken(dates.p50, dates.p85))
    return sentence(_("{first} to {last}"), first=first, last=when(dates.p85))


def no_forecast(found: Forecast) -> str:
    """Why there is no forecast, as a sentence; empty where there is one, or nothing to forecast."""
    if not found.reason or not found.open:
        return ""
    if found.days < forecasts.SHORTEST:
        return numbered(
            found.days,
            "No forecast: the history covers {number} day; a forecast needs at least {least}.",
            "No forecast: the history covers {number} days; a forecast needs at least {least}.",
            least=figure(forecasts.SHORTEST),
        )
    return numbered(
        found.finished,
        "No forecast: {number} milestone was finished in the last {days} days; a forecast needs at least {least}.",
        "No forecast: {number} milestones were finished in the last {days} days; a forecast needs at least {least}.",
        days=figure(found.days),
        least=figure(forecasts.LEAST),
    )


_SHALLOW = (
    "this clone is shallow: what happened before its first commit is not known (fetch it with `git fetch --unshallow`)"
)
#: What history notes of any repository alike, and what pages say for it.
_NOTES = {
    _SHALLOW: N_(
        "This clone is shallow: what happened before its first commit is not known "
        "(fetch it with `git fetch --unshallow`)."
    ),
    "there are no commits yet": N_("There are no commits yet."),
}


def note_words(note: str) -> Html:
    """A note of history or of a forecast as a sentence; English where it holds words of git or of a repository."""
    if note in _NOTES:
        return sentence(_(_NOTES[note]))
    text = printable(note)
    return english(text[:1].upper() + text[1:] + ("" if text.endswith((".", ")")) else "."))


def duration(days: float) -> str:
    """A stretch of time in the unit that fits it: ``40 minutes``, ``5 hours``, ``3.2 days``, ``24 days``."""
    minutes = round(days * 24 * 60)
    if minutes < 1:
        return _("less than a minute")
    if minutes < 60:
        return counted(minutes, "minute", "minutes")
    if days < 0.98:
        return counted(round(days * 24), "hour", "hours")
    if days < 9.95 and round(days, 1) != round(days):
        # A fraction takes the plural of many.
        return f"{decimal(days)} {ngettext('day', 'days', 5)}"
    return counted(round(days), "day", "days")


def median_words(found: Spread | None) -> Html:
    """A median with the number of milestones it is of."""
    if found is None:
        return Html("")
    words = numbered(found.values, "{number} milestone", "median of {number}")
    return Html('{} <span class="mst-quiet">({})</span>').format(duration(found.median), words)


__all__ = [
    "LEAST",
    "Past",
    "chance",
    "cycle_times",
    "duration",
    "median_words",
    "no_forecast",
    "note_words",
    "range_words",
    "read",
    "verdict",
]
