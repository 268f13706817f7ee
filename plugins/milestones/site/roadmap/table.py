"""All milestones as a table. It is what the script reads, so it says of each milestone all that can be filtered."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

from milestones.site.language import _
from milestones.site.parts import LETTER, Html, anchor, day, frame, join, percent, progress_bar, when
from milestones.site.past import chance
from milestones.site.roadmap.filters import remarks
from milestones.site.roadmap.scale import span
from milestones.site.roadmap.timeline import dense

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from milestones.model import Milestone
    from milestones.site.context import Context, UrlFor

#: Up to this many milestones each has a bar; a page with thousands must stay light.
MOST_BARS = 300

#: Above this many milestones, browsers with scripts don't build the table before somebody looks at it. Without scripts
#: nothing is different.
MOST_ELEMENTS = 400

_TABLE = Html('<table class="mst-table mst-all"{}>\n<thead><tr>{}</tr></thead>\n<tbody>\n{}\n</tbody>\n</table>')
_HEAD = Html('<th scope="col" data-c="{}">{}</th>')
#: Short on purpose. ``data-d`` are the days of the bar: see ``_days``.
_ROW = Html('<tr data-k="{}" data-p="{}"{}>{}</tr>')
_FIRST = Html("<td>{link}<small>{id}</small>{tags}</td>")
_CELL = Html("<td>{}</td>")
_TAG = Html("<i>{}</i>")

#: The day that days are counted from in ``data-d``.
_EPOCH = date(2000, 1, 1)


def table(context: Context, url_for: UrlFor) -> Html:
    """The table of all milestones; columns that nobody fills are left out."""
    columns = _columns(context)
    heads = Html("").join(_HEAD.format(name, words) for name, (words, _cell) in columns.items())
    told = {word: ids for word, (_words, ids) in remarks(context).items()}
    waits = _waits(context)
    today = day(context.today) or date.min
    rows = (
        _ROW.format(
            m.id,
            m.plan_id,
            _data(context, m, told, waits, today),
            _first(context, m, url_for) + Html("").join(cell(m) for _words, cell in list(columns.values())[1:]),
        )
        for m in context.milestones
    )
    whole = _TABLE.format("", heads, join(rows, "\n"))
    if len(context.milestones) > MOST_ELEMENTS:
        whole = _TABLE.format(Html(" hidden"), heads, "") + Html("\n<noscript>{}</noscript>").format(whole)
    return frame(_("Table of all milestones"), whole)


def _columns(context: Context) -> dict[str, tuple[str, Callable[[Milestone], Html]]]:
    """The columns by name, each with its heading and what makes its cells."""
    bars = len(context.milestones) <= MOST_BARS
    titles = {plan.id: plan.title for plan in reversed(context.plans)}
    portfolio = context.portfolio

    def progress(m: Milestone) -> Html:
        done = portfolio.progress(m)
        label = _("Progress of {name}").format(name=m.id)
        return _CELL.format(progress_bar(done, label) if bars else percent(done))

    status = Html("<td class=ms-{}>{}</td>")
    found: dict[str, tuple[str, Callable[[Milestone], Html]]] = {
        "milestone": (_("Milestone"), _CELL.format),
        "plan": (_("Plan"), lambda m: _CELL.format(titles[m.plan_id])),
        "status": (_("Status"), lambda m: status.format(LETTER[m.status], _(m.status.label))),
        "due": (_("Due"), lambda m: _CELL.format(due(context, m))),
        "owner": (_("Owner"), lambda m: _CELL.format(m.owner or "")),
        "progress": (_("Progress"), progress),
        "forecast": (_("Forecast"), lambda m: _CELL.format(_expected(context, m))),
        "domain": (_("Domain"), lambda m: _CELL.format(m.domain or "")),
        "risk": (_("Risk"), lambda m: _CELL.format((m.risk or "").capitalize())),
        "start": (_("Start"), lambda m: _CELL.format(when(m.start))),
        "convention": (_("Convention"), lambda m: _CELL.format(context.conventions.get(m.profile, ""))),
    }
    filled = {
        name for name in ("owner", "domain", "risk", "start", "due") if any(map(_given(name), context.milestones))
    }
    if context.past is not None and context.past.forecast.milestones:
        filled.add("forecast")
    if context.several:
        filled.add("convention")
    return {
        name: column for name, column in found.items() if name in filled | {"milestone", "plan", "status", "progress"}
    }


def _given(name: str) -> Callable[[Milestone], bool]:
    return lambda m: bool(getattr(m, name))


def _first(context: Context, m: Milestone, url_for: UrlFor) -> Html:
    return _FIRST.format(
        link=anchor(context.url(m, url_for), Html("<bdi>{}</bdi>").format(m.title)),
        id=context.name(m),
        tags=join(_TAG.format(tag) for tag in m.tags),
    )


def _waits(context: Context) -> Mapping[str, str]:
    """The rows of what each milestone waits for, where the script draws the arrows; ``!`` is of the critical path."""
    if not dense(context):
        return {}  # the timeline has them
    numbers = {m.id: at for at, m in enumerate(context.milestones)}
    found: dict[str, list[str]] = {}
    for before, after in context.telling_edges:
        mark = "!" if (before, after) in context.critical_edges else ""
        found.setdefault(after, []).append(f"{numbers[before]}{mark}")
    return {after: " ".join(before) for after, before in found.items()}


def _data(
    context: Context, m: Milestone, told: Mapping[str, frozenset[str]], waits: Mapping[str, str], today: date
) -> Html:
    data = Html("")
    if days := _days(context, m, today):
        data += Html(' data-d="{}"').format(days)
    if remarkable := " ".join(word for word, ids in told.items() if m.id in ids):
        data += Html(' data-f="{}"').format(remarkable)
    if m.id in waits:
        data += Html(' data-w="{}"').format(waits[m.id])
    return data


def _days(context: Context, m: Milestone, today: date) -> str:
    """The days of a milestone's bar: the first and the last, ``o`` for an open end and ``p`` for a point, and those of
    its forecast. They are counted from the beginning of 2000.
    """
    found = span(m, today)
    if found is None:
        return ""
    dates = context.past.dates(m) if context.past is not None and not m.status.closed else None
    expected = [(d - _EPOCH).days for text in ((dates.p50, dates.p85) if dates else ()) if (d := day(text))]
    kind = "o" if found.open_end else "p" if found.point else "b"
    begin, end = (found.begin - _EPOCH).days, (found.end - _EPOCH).days
    return " ".join(map(str, (begin, end, kind, *(expected if len(expected) == 2 else ()))))


def due(context: Context, m: Milestone) -> Html:
    """A due date, with a word where it has passed."""
    if not context.portfolio.overdue(m):
        return when(m.due)
    return Html('{} <span class="mst-late">{}</span>').format(when(m.due), _("overdue"))


def _expected(context: Context, m: Milestone) -> Html:
    """The days of a forecast, and in a word what they mean for a due date."""
    dates = context.past.dates(m) if context.past is not None else None
    if dates is None or m.status.closed:
        return Html("")
    told = when(dates.p50) if dates.p50 else Html("{}").format(_("after five years"))
    if dates.p50 != dates.p85 and dates.p85 is not None:
        told += Html(" – {}").format(when(dates.p85))
    unlikely = chance(m.due, dates) == 0 and not context.portfolio.overdue(m)
    return told + Html(' <span class="mst-late">{}</span>').format(_("unlikely")) if unlikely else told
