"""The timeline of the roadmap: plans as lanes with milestones as bars, drawn as SVG beside a list of names.

The names are HTML, so that they stay in place while the picture scrolls, wrap no line, and can be searched
and selected; the rows of both have the same heights, which the style sheet repeats.
"""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, NamedTuple

from milestones.model import Status
from milestones.site.parts import LETTER, Html, counted, day, icon, join, percent, spoken
from milestones.site.svg import shorten

if TYPE_CHECKING:
    from collections.abc import Iterator

    from milestones.model import Milestone, Plan
    from milestones.site.context import Context, UrlFor

#: Above this many milestones a plan is one row, and its milestones are marks on it.
MOST_ROWS = 150
#: Above this many plans a row is a plan with all plans in it.
MOST_LANES = 60
#: More finished plans than this are folded away, where nothing but them is left.
FOLDED_ABOVE = 12

_AXIS = 40
_PLAN = 44
_ROW = 30
#: The widths that the drawing keeps at least, in pixels; the style sheet has a class ``mst-w…`` for each.
_WIDTHS = (640, 960, 1400, 2000, 3000, 4000)
_AFTER = 0.16  # of the whole, as room for the words behind the last bar
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


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


def _items(milestones: list[Milestone], plans: list[Plan]) -> list[Milestone | Plan]:
    return [*milestones, *plans]


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


def scale_for(spans: list[Span], today: date) -> Scale:
    """A scale that shows all spans and today, from the first of a month, never narrower than can be read."""
    first = min([s.begin for s in spans] + [today]).replace(day=1)
    last = max([s.end for s in spans] + [today])
    days = round(((last - first).days + 15) / (1 - _AFTER))
    return Scale(first, days, next((w for w in _WIDTHS if w >= days * 1.6), _WIDTHS[-1]))


def _pc(value: float) -> str:
    return f"{value:.2f}".rstrip("0").rstrip(".") + "%"


_TIMELINE = Html(
    '<div class="mst-timeline">\n<div class="mst-names"><div class="mst-axis"></div>\n{names}\n</div>\n'
    '<div class="mst-frame mst-chart" tabindex="0" role="region" aria-label="{label}" data-today="{at}">'
    "\n{chart}\n"
    "</div>\n</div>"
)
_CHART = Html(
    '<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" width="100%"'
    ' class="mst-w{width}" height="{height}" role="group" aria-label="{label}"><defs>'
    '<pattern id="mst-hatch{uid}" width="6" height="6" patternUnits="userSpaceOnUse"'
    ' patternTransform="rotate(45)">'
    '<rect class="mst-hatch-line ms-b" width="2.2" height="6"/></pattern>'
    '<pattern id="mst-dots{uid}" width="5" height="5" patternUnits="userSpaceOnUse">'
    '<circle class="mst-hatch-line ms-h" cx="2.5" cy="2.5" r="1.1"/></pattern>{fades}</defs>'
    "{grid}{bars}{today}</svg>"
)
_FADE = Html(
    '<linearGradient id="mst-fade-{0}{1}"><stop class="mst-fade ms-{0}" offset="35%" stop-opacity=".3"/>'
    '<stop class="mst-fade ms-{0}" offset="100%" stop-opacity="0"/></linearGradient>'
)


def timeline(context: Context, url_for: UrlFor) -> Html:
    """The timeline of all plans, or nothing when nothing has a date; what is finished is folded away."""
    today = day(context.today) or date.min
    moving = [(plan, depth) for plan, depth in _lanes(context) if not plan.status.closed]
    over = [(plan, depth) for plan, depth in _lanes(context) if plan.status.closed]
    charts = [_chart(context, moving, today, url_for, ""), _chart(context, over, today, url_for, "-over")]
    if not charts[1]:
        return charts[0]
    if not charts[0] and len(over) <= FOLDED_ABOVE:
        return charts[1]
    fold = Html('<details class="mst-fold"><summary>{} finished</summary>\n{}\n</details>')
    return join(filter(None, [charts[0], fold.format(counted(len(over), "plan"), charts[1])]), "\n")


def _chart(context: Context, lanes: list[tuple[Plan, int]], today: date, url_for: UrlFor, uid: str) -> Html:
    """The timeline of some plans. ``uid`` sets its patterns apart from those of another one."""
    dense = len(context.milestones) > MOST_ROWS
    items: list[Milestone | Plan] = []
    undated = []
    for plan, depth in lanes:
        # The bar of a plan reaches as far as all that lies in it, whether that is shown here or not.
        inside = _every(context, plan)
        if any(span(item, today) for item in inside):
            items += _items(_own(context, plan), [plan]) if depth else inside
        else:
            undated.append(plan)
    spans = [s for item in items if (s := span(item, today))]
    if not spans:
        return Html("")
    scale = scale_for(spans, today)
    left_out = {id(plan) for plan in undated}
    whole = dense and len(lanes) - len(undated) > MOST_LANES
    names, bars = [], []
    y = _AXIS
    for plan, depth in lanes:
        if (whole and depth) or id(plan) in left_out:
            continue
        names.append(_plan_name(context, plan, depth, url_for))
        members = context.below(plan) if whole else _own(context, plan)
        bars.append(_plan_bar(context, plan, members, scale, today, y, dense))
        y += _PLAN
        if dense:
            continue
        for m in members:
            names.append(_name(context, m, url_for))
            bars.append(_bar(context, m, scale, today, y, url_for, uid))
            y += _ROW
    height = y + 8
    label = "Finished work over time" if uid else "Milestones over time"
    chart = _CHART.format(
        width=scale.least_width,
        height=height,
        label=label,
        uid=uid,
        fades=join(_FADE.format(letter, uid) for letter in "ibh"),
        grid=join(_grid(scale, height)),
        bars=join(bars, "\n"),
        today=_today(scale.x(today), height),
    )
    drawn = _TIMELINE.format(names=join(names, "\n"), label=label, chart=chart, at=f"{scale.x(today):.2f}")
    rest = Html('\n<p class="mst-quiet">{} without a date.</p>').format(counted(len(undated), "further plan"))
    return drawn + rest if undated else drawn


def _every(context: Context, plan: Plan) -> list[Milestone | Plan]:
    """A plan with all that lies in it."""
    inner = [context.plan_by_id[id_] for id_ in context.portfolio.plans_below(plan.id)[1:]]
    return _items(context.below(plan) if inner else _own(context, plan), [plan, *inner])


def _own(context: Context, plan: Plan) -> list[Milestone]:
    return context.members[plan.id] if context.plan_by_id[plan.id] is plan else []


def _lanes(context: Context) -> Iterator[tuple[Plan, int]]:
    """Every plan, and in how many others that are shown with it it lies."""
    for plan in context.plans:
        yield plan, sum(outer.status.closed is plan.status.closed for outer in context.above(plan.id))


def _grid(scale: Scale, height: int) -> Iterator[Html]:
    """Lines and names of months, quarters or years, whichever leaves room for the names."""
    room = scale.least_width / scale.days
    step = next((s for s in (1, 3, 12) if s * 30 * room >= 44), 24)
    at = scale.first.replace(month=1) if step >= 3 else scale.first
    while scale.x(at) < 98:
        if at >= scale.first:
            x = _pc(scale.x(at))
            if step == 1:
                words = _MONTHS[at.month - 1] + (f" {at.year}" if at.month == 1 or at == scale.first else "")
            else:
                words = f"Q{at.month // 3 + 1} {at.year}" if step == 3 else str(at.year)
            yield Html(
                '<line class="mst-grid" x1="{0}" x2="{0}" y1="20" y2="{1}"/>'
                '<text class="mst-tick" x="{0}" dx="5" y="32">{2}</text>'
            ).format(x, height, words)
        months = at.year * 12 + at.month - 1 + step
        at = date(months // 12, months % 12 + 1, 1)


def _today(x: float, height: int) -> Html:
    return Html(
        '<g class="mst-today"><line x1="{0}" x2="{0}" y1="16" y2="{1}"/><svg x="{0}" overflow="visible">'
        '<rect x="-23" y="1" width="46" height="17" rx="8.5"/>'
        '<text y="13.5" text-anchor="middle">Today</text></svg></g>'
    ).format(_pc(x), height)


def _spoken_status(status: Status) -> Html:
    """A status for those who don't see its symbol; the legend explains it to those who do."""
    return Html('<span class="mst-unseen">{} </span>').format(status.label)


def _inset(depth: int) -> Html:
    return Html(" mst-in-{}").format(min(depth, 4)) if depth else Html("")


def _plan_name(context: Context, plan: Plan, depth: int, url_for: UrlFor) -> Html:
    url = context.plan_url(plan.id, url_for)
    title = Html("<bdi>{}</bdi>").format(plan.title)
    label = Html('<a href="{}" title="{}">{}</a>').format(url, plan.title, title) if url else title
    return Html('<div class="mst-lane{}">{}{}<b>{}</b><span class="mst-quiet">{}</span></div>').format(
        _inset(depth),
        icon(plan.status),
        _spoken_status(plan.status),
        label,
        percent(context.portfolio.plan_progress(plan.id)),
    )


def _name(context: Context, m: Milestone, url_for: UrlFor) -> Html:
    url = context.url(m, url_for)
    title = Html("<bdi>{}</bdi>").format(m.title)
    label = Html('<a href="{}" title="{}">{}</a>').format(url, m.title, title) if url else title
    return Html('<div class="mst-row{}">{}{}<span class="mst-id">{}</span>{}</div>').format(
        _inset(context.portfolio.depths[m.id]),
        icon(m.status),
        _spoken_status(m.status),
        shorten(context.name(m), 10),
        label,
    )


def _plan_bar(
    context: Context, plan: Plan, members: list[Milestone], scale: Scale, today: date, y: int, dense: bool
) -> Html:
    """A plan's lane: a thin bar from its first day to its last, filled as far as the plan has come."""
    spans = [s for item in _every(context, plan) if (s := span(item, today))]
    lane = Html('<line class="mst-lane-line" x2="100%" y1="{0}" y2="{0}"/>').format(y + 0.5)
    if not spans:
        return lane
    x1, x2 = scale.x(min(s.begin for s in spans)), scale.after(max(s.end for s in spans))
    progress = context.portfolio.plan_progress(plan.id)
    middle = y + _PLAN // 2
    tip = f"{plan.title} · {plan.status.label} · {percent(progress)}"
    bar = Html(
        '<g class="mst-plan-bar ms-{letter}"><title>{tip}</title>'
        '<rect class="all" x="{x}" y="{y}" width="{w}" height="6" rx="3"/>'
        '<rect class="done" x="{x}" y="{y}" width="{d}" height="6" rx="3"/></g>'
    ).format(
        letter=LETTER[plan.status],
        tip=tip,
        x=_pc(x1),
        y=middle - 3,
        w=_pc(x2 - x1),
        d=_pc((x2 - x1) * progress),
    )
    return lane + bar + (_ticks(members, scale, today, middle) if dense else Html(""))


def _ticks(members: list[Milestone], scale: Scale, today: date, y: int) -> Html:
    """A plan's milestones as marks at their ends, one path for each status.

    What is over points up and what is open points down, so that colour is not all that tells them apart.
    """
    places: dict[Status, dict[int, None]] = {}
    for m in members:
        found = span(m, today)
        if found:
            places.setdefault(m.status, {})[round(scale.x(found.end) * 10)] = None
    paths = join(
        Html('<path class="mst-ticks ms-{}" d="{}"/>').format(
            LETTER[status],
            "".join(f"M{x} {14 if status.closed else 18}v{-14 if status.closed else 14}" for x in sorted(xs)),
        )
        for status, xs in places.items()
    )
    return Html(
        '<svg y="{}" width="100%" height="32" viewBox="0 0 1000 32" preserveAspectRatio="none">{}</svg>'
    ).format(y - 16, paths)


def _bar(context: Context, m: Milestone, scale: Scale, today: date, y: int, url_for: UrlFor, uid: str) -> Html:
    found = span(m, today)
    if found is None:
        return Html("")
    middle = y + _ROW // 2
    url = context.url(m, url_for)
    opening = Html('<a xlink:href="{}" tabindex="-1">').format(url) if url else Html("")
    x1, x2 = scale.x(found.begin), scale.after(found.end)
    # Nothing is too short to be seen and hit.
    x2 = max(x2, x1 + 900 / scale.least_width)
    late = context.portfolio.overdue(m)
    end = max(scale.x(today), x2) if late else x2
    return Html(
        '<g class="mst-bar ms-{}">{}<title>{}</title><rect class="hit" x="{}" y="{}" width="{}" height="{}"/>'
        '{}{}<text x="{}" dx="{}" y="{}">{}</text>{}</g>'
    ).format(
        LETTER[m.status],
        opening,
        _tip(context, m, found),
        _pc(x1),
        y + 1,
        _pc(end - x1),
        _ROW - 2,
        _diamond(x1, middle) if found.point else _stretch(context, m, found, x1, x2, middle, uid),
        _late(x2, end, middle) if late else Html(""),
        _pc(x1 if found.point else end),
        20 if found.point else 8,
        middle + 4,
        context.due_words(m) or _words(context, m, found),
        Html("</a>") if url else Html(""),
    )


def _words(context: Context, m: Milestone, found: Span) -> str:
    if found.point or m.status.closed:
        return ""
    return m.status.label if m.status in (Status.BLOCKED, Status.ON_HOLD) else percent(context.portfolio.progress(m))


def _tip(context: Context, m: Milestone, found: Span) -> str:
    days = spoken(found.begin.isoformat())
    if found.end != found.begin and not found.open_end:
        days += f" to {spoken(found.end.isoformat())}"
    words = (f"{m.id} {m.title}", m.status.label, percent(context.portfolio.progress(m)), days, context.due_words(m))
    return " · ".join(filter(None, words))


def _diamond(x: float, y: int) -> Html:
    return Html('<svg x="{}" y="{}" overflow="visible"><path class="shape" d="M7 -6l6 6l-6 6l-6 -6z"/></svg>').format(
        _pc(x), y
    )


def _stretch(context: Context, m: Milestone, found: Span, x1: float, x2: float, y: int, uid: str) -> Html:
    """A bar: solid as far as done, hatched when blocked, dotted on hold, struck through when cancelled; where
    nobody has said when it will be over, it fades away.
    """
    place = Html('x="{}" y="{}" width="{}" height="16" rx="5"').format(_pc(x1), y - 8, _pc(x2 - x1))
    letter, progress = LETTER[m.status], context.portfolio.progress(m)
    pieces = [
        Html('<rect fill="url(#mst-fade-{}{})" {}/>').format(letter, uid, place)
        if found.open_end
        else Html('<rect class="shape" {}/>').format(place)
    ]
    if m.status is Status.BLOCKED or m.status is Status.ON_HOLD:
        fill = "mst-hatch" if m.status is Status.BLOCKED else "mst-dots"
        pieces.append(Html('<rect fill="url(#{}{})" {}/>').format(fill, uid, place))
    elif m.status is Status.CANCELLED:
        pieces.append(Html('<line class="strike" x1="{0}" x2="{1}" y1="{2}" y2="{2}"/>').format(_pc(x1), _pc(x2), y))
    elif m.status is Status.IN_PROGRESS and progress:
        done = _pc((x2 - x1) * progress)
        pieces.append(
            Html('<rect class="done" x="{}" y="{}" width="{}" height="16" rx="5"/>').format(_pc(x1), y - 8, done)
        )
    return join(pieces)


def _late(x1: float, x2: float, y: int) -> Html:
    """From the day something was due to today."""
    return Html(
        '<line class="late" x1="{0}" x2="{1}" y1="{2}" y2="{2}"/>'
        '<line class="late-end" x1="{0}" x2="{0}" y1="{3}" y2="{4}"/>'
    ).format(_pc(x1), _pc(x2), y, y - 5, y + 5)
