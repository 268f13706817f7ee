"""``log``, ``stats``, ``forecast`` and ``diff``: what git remembers of the plan, and what follows from it."""

from __future__ import annotations

import datetime
import os
import sys
import time
from typing import TYPE_CHECKING, Any

from milestones import rules
from milestones.cli import UsageError
from milestones.cli.graph import plan_of
from milestones.cli.show import find, print_json, table
from milestones.documents.days import calendar_date
from milestones.history import difference, flow, timeline, twins
from milestones.history import forecast as forecasts
from milestones.history.observation import Observation
from milestones.history.reading import reading
from milestones.model import Milestone, Status
from milestones.project.workspace import open_workspace
from milestones.reports import printable

if TYPE_CHECKING:
    import argparse
    from collections.abc import Iterable, Sequence

    from milestones.history.flow import Event, Spread
    from milestones.history.forecast import Dates, Forecast
    from milestones.history.log import Commit
    from milestones.history.timeline import History, Move, Step, Timeline
    from milestones.model import Plan
    from milestones.project.portfolio import Portfolio
    from milestones.project.workspace import Workspace

#: Weeks of throughput that are shown where nobody names a day.
_WEEKS = 12
_CLOSED = frozenset(status.value for status in Status if status.closed)


def _read(workspace: Workspace, of_twins: str = "one of them is followed") -> History:
    """The history up to now; what git can't tell is noted on standard error."""
    history = timeline.read(workspace.directory, reading(workspace), now=_now(workspace.today))
    for note in history.notes:
        print(f"note: {printable(note)}", file=sys.stderr)
    for id_ in history.twins:
        print(f"note: several documents claim {printable(id_)}; {of_twins}", file=sys.stderr)
    return history


def _now(today: str) -> int:
    """This moment where it belongs to "today", else the end of that day (UTC)."""
    epoch = os.environ.get("SOURCE_DATE_EPOCH", "")
    now = int(epoch) if epoch.isascii() and epoch.isdecimal() else int(time.time())
    if today in (flow.day(now), time.strftime("%Y-%m-%d", time.localtime(now))):
        return now
    return (flow.ordinal(today) + 1) * flow.DAY - 1


def _moment(seconds: int) -> str:
    return datetime.datetime.fromtimestamp(seconds, datetime.UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _minute(seconds: int) -> str:
    return datetime.datetime.fromtimestamp(seconds, datetime.UTC).strftime("%Y-%m-%d %H:%M")


def _days(count: float) -> str:
    return f"{count:.1f}"


def _portfolio(workspace: Workspace) -> Portfolio:
    return workspace.portfolio((), rules.NOTHING.statistics)


# log


def log(arguments: argparse.Namespace) -> int:
    """Every status that a milestone or plan has had."""
    workspace = open_workspace(os.getcwd())
    history = _read(workspace, "each is followed for itself")
    portfolio = _portfolio(workspace)
    item, line = _followed(workspace, portfolio, history, arguments.id)
    if arguments.json:
        print_json(_log_data(item, line, history))
        return 0
    id_ = item.id if item is not None else line.id if line is not None else ""
    print(f"{printable(id_)}  {printable(item.title) if item is not None else ''}".rstrip())
    if line is None:
        status = item.status_word or item.status.value if item is not None else ""
        print(f"nothing is known of it but that it is {printable(status)} now", file=sys.stderr)
        return 0
    rows = [
        (_minute(step.time), _step_words(step, before, line, at == 0), *_by(step.commit))
        for at, (before, step) in enumerate(_pairs(line.steps))
    ]
    table(("WHEN (UTC)", "STATUS", "COMMIT", "AUTHOR", "SUBJECT"), rows)
    if line.moves:
        print()
        table(("WHEN (UTC)", "COMMIT", "MOVED TO"), [(_minute(m.time), _short(m.commit), m.path) for m in line.moves])
    return 0


def _followed(
    workspace: Workspace, portfolio: Portfolio, history: History, name: str
) -> tuple[Milestone | Plan | None, Timeline | None]:
    """What an id, in any case, or an id's last part names: what is there now, what is remembered, or both."""
    item = find(portfolio, name)
    if item is not None:
        lines = history.milestones if isinstance(item, Milestone) else history.plans
        line = lines.get(item.id)
        if any(item.path in paths for paths in history.twins.values()):
            for own in twins.apart(workspace.directory, reading(workspace), history).values():
                line = own.get(item.path, line)
        elif line is None or line.path != item.path:
            # Where only other files tell ids apart, history knows the document by what it says itself.
            at_path = [other for other in lines.values() if other.path == item.path and other.status is not None]
            line = at_path[0] if line is None and len(at_path) == 1 else line
        return item, line
    wanted = name.strip().casefold()
    known = [*history.milestones.values(), *history.plans.values()]
    found = [line for line in known if line.id.casefold() == wanted]
    found = found or [line for line in known if line.id.rpartition("/")[2].casefold() == wanted]
    if len(found) == 1:
        return None, found[0]
    from milestones.changes.transaction import ChangeError

    ids = sorted({line.id for line in known} | set(portfolio.by_id) | {plan.id for plan in portfolio.plans})
    if not found:
        found_now = [id_ for id_ in ids if id_.rpartition("/")[2].casefold() == wanted]
    else:
        found_now = [line.id for line in found]
    if len(found_now) > 1:
        raise ChangeError(f"{name} could be several", f"say which: {', '.join(found_now[:4])}")
    import difflib

    near = difflib.get_close_matches(name.strip().upper(), ids, n=3)
    raise ChangeError(
        f"there is no milestone or plan {name}, and git remembers none",
        f"did you mean {' or '.join(near)}?" if near else "`milestones list` and `milestones plan list` show them",
    )


def _pairs(steps: Sequence[Step]) -> Iterable[tuple[Step | None, Step]]:
    """Each step with the last one before it at which the document was there."""
    before: Step | None = None
    for step in steps:
        yield before, step
        if step.status is not None:
            before = step


def _reopens(before: Step | None, step: Step) -> bool:
    return before is not None and before.status in _CLOSED and step.status is not None and step.status not in _CLOSED


def _step_words(step: Step, before: Step | None, line: Timeline, first: bool) -> str:
    if step.status is None:
        return "(deleted)"
    told = step.word or step.status.replace("_", " ") or "(none)"
    if step.word and step.word.casefold().replace(" ", "_") != step.status and step.status:
        told += f" ({step.status.replace('_', ' ')})"
    if _reopens(before, step):
        return f"{told}, reopened"
    return f"{told}, or before" if first and line.cut else told


def _short(commit: Commit) -> str:
    return commit.id[:9] or "-"


def _by(commit: Commit) -> tuple[str, str, str]:
    return _short(commit), commit.author, commit.subject


def _log_data(item: Milestone | Plan | None, line: Timeline | None, history: History) -> dict[str, Any]:
    """A history as data, after ``schemas/log.schema.json``."""
    model = line.model if line is not None else "milestone" if isinstance(item, Milestone) else "plan"
    steps = [] if line is None else list(_pairs(line.steps))
    plan = item.plan_id if isinstance(item, Milestone) else line.plan_id if line is not None else ""
    id_ = item.id if item is not None else line.id if line is not None else ""
    return {
        "version": "1",
        "model": model,
        "id": printable(id_),
        "plan": printable(plan) or None,
        "title": item.title if item is not None else None,
        "status": item.status.value if item is not None else None,
        "path": printable(item.path if item is not None else line.path if line is not None else ""),
        "complete": line is not None and not line.cut,
        "steps": [
            {
                "status": step.status or None,
                "word": printable(step.word) or None,
                "at": _moment(step.time),
                "deleted": step.status is None,
                "reopened": _reopens(before, step),
                "path": printable(step.path),
                "commit": _commit_data(step.commit),
            }
            for before, step in steps
        ],
        "moves": [_move_data(move) for move in (line.moves if line is not None else ())],
        "notes": [printable(note) for note in history.notes],
    }


def _move_data(move: Move) -> dict[str, Any]:
    return {
        "from": printable(move.path_before),
        "to": printable(move.path),
        "plan_before": printable(move.plan_before) or None,
        "plan": printable(move.plan_id) or None,
        "at": _moment(move.time),
        "commit": _commit_data(move.commit),
    }


def _commit_data(commit: Commit) -> dict[str, Any]:
    return {
        "id": commit.id or None,
        "author": printable(commit.author) or None,
        "subject": printable(commit.subject),
    }


# stats


def stats(arguments: argparse.Namespace) -> int:
    """How work has flowed, from the changes of status."""
    workspace = open_workspace(os.getcwd())
    since = _since(arguments.since, workspace.today)
    portfolio = _portfolio(workspace)
    plan = None if arguments.plan is None else plan_of(portfolio, arguments.plan)
    history = _read(workspace)
    lines = _of_plan(history, portfolio, plan)
    last = flow.ordinal(workspace.today)
    first = max(min((t.first_seen // flow.DAY for t in lines), default=last), last - 7 * _WEEKS + 1)
    days = max(1, last - (first if since is None else flow.ordinal(since)) + 1)
    now = max(_now(workspace.today), 0)
    figures = flow.flow(lines, now, days, 0 if since is None else flow.ordinal(since) * flow.DAY)
    weeks = _by_week(figures.throughput, workspace.today)
    if arguments.json:
        print_json(
            {
                "version": "1",
                "today": workspace.today,
                "plan": plan,
                "since": since,
                "milestones": figures.milestones,
                "time_in_status": {status: _spread_data(s) for status, s in figures.in_status.items()},
                "cycle_time": _spread_data(figures.cycle_times),
                "lead_time": _spread_data(figures.lead_times),
                "throughput": [{"from": first, "to": to, "finished": count} for first, to, count in weeks],
                "in_progress": [
                    {"id": a.id, "status": a.status, "days": round(a.days, 2)} for a in figures.in_progress
                ],
                "reopened": [_event_data(event) for event in figures.reopened],
                "skipped": [_event_data(event) for event in figures.skipped],
                "notes": [printable(note) for note in history.notes],
            }
        )
        return 0
    if not lines and portfolio.milestones and not history.commits:
        print("nothing is known of what was", file=sys.stderr)  # not that there is nothing
        return 0
    _print_stats(figures, weeks, plan, since)
    return 0


def _print_stats(figures: flow.Flow, weeks: list[tuple[str, str, int]], plan: str | None, since: str | None) -> None:
    count = figures.milestones
    what = f"{count} milestone{'s' if count != 1 else ''}"
    print(f"{what}{f' of {printable(plan)}' if plan else ''}{f', since {since}' if since else ''}")
    measures = [
        *((status.replace("_", " "), found) for status, found in figures.in_status.items()),
        *((name, found) for name, found in (("cycle time", figures.cycle_times), ("lead time", figures.lead_times))),
    ]
    rows = [
        (name, str(s.values), _days(s.median), _days(s.most), _days(s.longest)) if s else (name, "0", "", "", "")
        for name, s in measures
    ]
    print("\nDays")
    table(("IN", "COUNT", "MEDIAN", "85 OF 100", "LONGEST"), rows)
    print(f"\nFinished: {sum(figures.throughput)}")
    table(("FROM", "TO", "FINISHED"), [(first, to, str(number)) for first, to, number in weeks])
    if figures.in_progress:
        print("\nWork that has begun, by age in days")
        begun = [(_days(a.days), a.status.replace("_", " "), a.id) for a in figures.in_progress]
        table(("DAYS", "STATUS", "ID"), begun)
    for title, events in (("Reopened", figures.reopened), ("Completed, and never seen in progress", figures.skipped)):
        if events:
            print(f"\n{title}: {len(events)}")
            rows = [(_minute(e.time), _short(e.commit), e.commit.author, e.id, e.commit.subject) for e in events]
            table(("WHEN (UTC)", "COMMIT", "AUTHOR", "ID", "SUBJECT"), rows)


def _since(day: str | None, today: str) -> str | None:
    if day is None:
        return None
    if not calendar_date(day):
        raise UsageError(f"--since: {day!r} is not a day", "write it as YYYY-MM-DD")
    if day > today:
        raise UsageError(f"--since: {day} is after today, {today}", "name a day that has been")
    return day


def _of_plan(history: History, portfolio: Portfolio, plan: str | None) -> list[Timeline]:
    if plan is None:
        return list(history.milestones.values())
    wanted = set(portfolio.plans_below(plan))
    ids = {m.id for id_ in wanted for m in portfolio.by_plan.get(id_, ())}
    return [line for line in history.milestones.values() if line.plan_id in wanted or line.id in ids]


def _by_week(daily: Sequence[int], today: str) -> list[tuple[str, str, int]]:
    """Weeks that end with today, oldest first; the first may be shorter."""
    last = datetime.date.fromisoformat(today)
    found = []
    end = len(daily)
    while end > 0:
        start = max(0, end - 7)
        first, to = (last - datetime.timedelta(len(daily) - 1 - at) for at in (start, end - 1))
        found.append((first.isoformat(), to.isoformat(), sum(daily[start:end])))
        end = start
    return found[::-1]


def _spread_data(spread: Spread | None) -> dict[str, Any] | None:
    if spread is None:
        return None
    return {
        "values": spread.values,
        "median": round(spread.median, 2),
        "p85": round(spread.most, 2),
        "longest": round(spread.longest, 2),
    }


def _event_data(event: Event) -> dict[str, Any]:
    return {
        "id": event.id,
        "before": event.before or None,
        "after": event.after or None,
        "at": _moment(event.time),
        "commit": _commit_data(event.commit),
    }


# forecast


def forecast(arguments: argparse.Namespace) -> int:
    """Dates with their probabilities, or why there are none."""
    if arguments.window < forecasts.SHORTEST:
        raise UsageError(f"--window: {arguments.window} days say too little", f"give at least {forecasts.SHORTEST}")
    workspace = open_workspace(os.getcwd())
    portfolio = _portfolio(workspace)
    plan = None if arguments.plan is None else plan_of(portfolio, arguments.plan)
    history = _read(workspace)
    wanted = None if plan is None else set(portfolio.plans_below(plan))
    work = [_observation(m) for m in portfolio.milestones if wanted is None or m.plan_id in wanted]
    found = forecasts.of_history(
        work,
        _of_plan(history, portfolio, plan),
        today=workspace.today,
        window=arguments.window,
        seed=arguments.seed,
    )
    rows = _rows(portfolio, found)
    if arguments.json:
        data = {
            "version": "1",
            "today": workspace.today,
            "plan": plan,
            "seed": arguments.seed,
            "window": {"days": found.days, "finished": found.finished},
            "open": found.open,
            "reason": found.reason or None,
            "whole": None if found.whole is None else found.whole._asdict(),
            "plans": [row for model, row in rows if model == "plan"],
            "milestones": [row for model, row in rows if model == "milestone"],
            "notes": [printable(note) for note in (*history.notes, *found.notes)],
        }
        print_json(data)
        return 0
    for note in found.notes:
        print(f"note: {printable(note)}", file=sys.stderr)
    _print_forecast(found, [row for _, row in rows], plan)
    return 0


def _print_forecast(found: Forecast, rows: list[dict[str, Any]], plan: str | None) -> None:
    of_plan = f" of {printable(plan)}" if plan else ""
    days = f"{found.days} day{'s' if found.days != 1 else ''}"
    print(f"{found.open} open{of_plan}, {found.finished} finished in the last {days}")
    if not found.open:
        print("nothing is open, so there is nothing to forecast")
        return
    if found.whole is None:
        print(f"no forecast: {found.reason}")
        return
    print("\nFinished by, in so many of 100 runs")
    cells = [("all", *_cells(found.whole), "", "")]
    cells += [(r["id"], *(r[key] or "-" for key in _KEYS), _due(r), r["title"]) for r in rows]
    table(("", "50", "70", "85", "95", "DUE", "TITLE"), cells)
    dated = [row for row in rows if row["due"] is not None]
    unlikely = [row for row in dated if row["chance"] == 0]
    if unlikely:
        print(f"\n{len(unlikely)} of {len(dated)} due days unlikely: met in less than 50 of 100 runs")


_KEYS = ("p50", "p70", "p85", "p95")


def _cells(dates: Dates) -> tuple[str, ...]:
    return tuple(day or "-" for day in dates)


def _due(row: dict[str, Any]) -> str:
    if row["due"] is None:
        return ""
    return f"{row['due']} unlikely" if not row["chance"] else f"{row['due']} in {row['chance']}"


def _observation(m: Milestone) -> Observation:
    return Observation(
        model="milestone",
        id=m.id,
        plan_id=m.plan_id,
        title=m.title,
        status=m.status.value,
        status_word=m.status_word,
        filed=m.filed,
        depends_on=tuple(m.depends_on),
    )


def _rows(portfolio: Portfolio, found: Forecast) -> list[tuple[str, dict[str, Any]]]:
    """A row for each plan, followed by its open milestones."""
    plans = {plan.id: plan for plan in portfolio.plans}
    rows = []
    for plan_id, dates in found.plans.items():
        plan = plans.get(plan_id)
        title, due = (plan.title, plan.due) if plan is not None else ("", None)
        rows.append(("plan", _row(plan_id, None, title, due, dates)))
        members = [m for m in portfolio.by_plan.get(plan_id, ()) if m.id in found.milestones]
        rows += [("milestone", _row(m.id, plan_id, m.title, m.due, found.milestones[m.id])) for m in members]
    return rows


def _row(id_: str, plan_id: str | None, title: str, due: str | None, dates: Dates) -> dict[str, Any]:
    row: dict[str, Any] = {"id": id_, "title": title, **dates._asdict(), "due": due, "chance": _chance(due, dates)}
    if plan_id is not None:
        row["plan"] = plan_id or None
    return row


def _chance(due: str | None, dates: Dates) -> int | None:
    """In how many of 100 runs, at least, a due day is met: one of the given percentages, or 0."""
    if due is None:
        return None
    met = [percent for percent, day in zip(forecasts.PERCENTILES, dates, strict=True) if day is not None and day <= due]
    return max(met, default=0)


# diff


def diff(arguments: argparse.Namespace) -> int:
    """The change of the plan between two commits, or a commit and the work tree."""
    workspace = open_workspace(os.getcwd())
    found = difference.difference(
        workspace.directory,
        reading(workspace),
        arguments.before,
        arguments.after,
        since_fork=arguments.since_fork,
    )
    write = {"text": difference.text, "markdown": difference.markdown, "json": difference.as_json}
    print(write[arguments.format](found), end="")
    return 0
