"""Milestones over time: plans as lanes with their milestones as bars, what waits for what, and today.

A timeline is a list of rows, each a name and a track. Names and tracks are in one scrolling frame, where names stay in
place; a row that is hidden leaves no gap. Places are percentages of a track's width, so that the drawing fills the room
there is and can be zoomed by its width alone. The heights of rows are repeated in the style sheet and in the script.
"""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, NamedTuple

from milestones.model import Milestone, Plan, Status
from milestones.site.language import _, counted
from milestones.site.parts import LETTER, Html, day, icon, join, percent, spoken
from milestones.site.roadmap.scale import Scale, Span, scale_for, span
from milestones.site.svg import shorten

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from milestones.history.forecast import Dates
    from milestones.site.context import Context, UrlFor

#: Above this many milestones a plan is one row, and its milestones are marks on it.
MOST_ROWS = 400
#: Above this many plans a row is a plan with all plans in it.
MOST_LANES = 60
#: More finished plans than this are folded away, where nothing but them is left.
FOLDED_ABOVE = 12

LANE, ROW = 38, 30
#: The width of a picture of arrows, which is stretched to that of the tracks.
_WIDE = 1000

_TIMELINE = Html(
    '<div class="mst-timeline mst-w{width} mst-by-{step}" data-first="{first}" data-days="{days}">\n'
    '<div class="mst-frame mst-scroll" tabindex="0" role="region" aria-label="{label}" data-today="{at}">\n'
    '<div class="mst-canvas">\n'
    '<div class="mst-axis"><div class="mst-name"></div><svg class="mst-track" width="100%" height="36"'
    ' aria-hidden="true"><defs>{defs}</defs>{names}{today}</svg></div>\n'
    '<svg class="mst-lines" aria-hidden="true">{lines}'
    '<line class="mst-today-line" x1="{x}" x2="{x}" y2="100%"/></svg>\n'
    '<svg class="mst-deps" viewBox="0 0 1000 {height}" height="{height}" preserveAspectRatio="none"'
    ' aria-hidden="true">{arrows}</svg>\n'
    '<ul class="mst-rows">\n{rows}\n</ul>\n'
    "</div>\n</div>\n</div>"
)
_DEFS = Html(
    '<pattern id="mst-hatch{0}" width="6" height="6" patternUnits="userSpaceOnUse" patternTransform="rotate(45)">'
    '<rect class="mst-hatch-line ms-b" width="2.2" height="6"/></pattern>'
    '<pattern id="mst-dots{0}" width="5" height="5" patternUnits="userSpaceOnUse">'
    '<circle class="mst-hatch-line ms-h" cx="2.5" cy="2.5" r="1.1"/></pattern>'
)
_FADE = Html(
    '<linearGradient id="mst-fade-{0}{1}"><stop class="mst-fade ms-{0}" offset="35%" stop-opacity=".3"/>'
    '<stop class="mst-fade ms-{0}" offset="100%" stop-opacity="0"/></linearGradient>'
)
_TODAY = Html(
    '<svg class="mst-today" x="{}" overflow="visible"><rect x="-25" y="1" width="50" height="16" rx="8"/>'
    '<text y="13" text-anchor="middle">{}</text></svg>'
)


class _Row(NamedTuple):
    """A row of the drawing: the id of its milestone (empty for a lane), its HTML, its height, and its place in time."""

    id: str
    html: Html
    height: int
    begin: float = 0.0
    end: float = 0.0


def timeline(
    context: Context, url_for: UrlFor, plans: Sequence[Plan] | None = None, uid: str = "", label: str = ""
) -> Html:
    """The timeline of all plans, or of some; nothing where nothing has a date.

    What is finished is folded away, unless plans are named. ``uid`` sets the ids of one drawing apart from those of
    another on the same page, and ``label`` is what it is called there.
    """
    today = day(context.today) or date.min
    if plans is not None:
        lanes = [(plan, 0) for plan in plans]
        many = sum(len(_own(context, plan)) for plan, _depth in lanes) > MOST_ROWS
        return _chart(context, lanes, today, url_for, uid, label or _("Milestones over time"), many)
    lanes = list(_lanes(context))
    moving = [(plan, depth) for plan, depth in lanes if not plan.status.closed]
    over = [(plan, depth) for plan, depth in lanes if plan.status.closed]
    marks = dense(context)
    first = _chart(context, moving, today, url_for, uid, _("Milestones over time"), marks)
    second = _chart(context, over, today, url_for, f"{uid}-over", _("Finished plans over time"), marks)
    if not second:
        return first
    if not first and len(over) <= FOLDED_ABOVE:
        return second
    fold = Html('<details class="mst-fold mst-over"><summary>{}</summary>\n{}\n</details>')
    words = counted(len(over), "finished plan", "finished plans")
    return join(filter(None, [first, fold.format(words, second)]), "\n")


def dense(context: Context) -> bool:
    """True where there are so many milestones that a plan is one row."""
    return len(context.milestones) > MOST_ROWS


def zoom_steps(context: Context) -> tuple[str, ...]:
    """The steps that the timeline of all plans may be zoomed to: those in which its names are drawn."""
    today = day(context.today) or date.min
    items: list[Milestone | Plan] = [*context.milestones, *context.plans]
    spans = [s for item in items if (s := span(item, today))]
    return scale_for(spans, today).steps if spans else ()


def _chart(
    context: Context,
    lanes: Sequence[tuple[Plan, int]],
    today: date,
    url_for: UrlFor,
    uid: str,
    label: str,
    marks: bool,
) -> Html:
    """The timeline of some plans; with ``marks``, their milestones are marks on the lanes of their plans."""
    items: list[Milestone | Plan] = []
    dated, undated = [], []
    for plan, depth in lanes:
        # The bar of a plan reaches as far as all that lies in it, whether that is shown here or not.
        inside = _every(context, plan)
        if any(span(item, today) for item in inside):
            items += [*_own(context, plan), plan] if depth else inside
            dated.append((plan, depth))
        else:
            undated.append(plan)
    spans = [s for item in items if (s := span(item, today))]
    if not spans:
        return Html("")
    expected = (day(dates.p85) for item in items if (dates := _forecast(context, item)))
    scale = scale_for(spans, today, filter(None, expected))
    rows = list(_rows(context, dated, scale, today, url_for, uid, marks))
    height = sum(row.height for row in rows)
    at = _pc(scale.x(today))
    drawn = _TIMELINE.format(
        width=scale.least_width,
        step=scale.step,
        first=scale.first.isoformat(),
        days=scale.days,
        label=label,
        at=f"{scale.x(today):.2f}",
        defs=_DEFS.format(uid) + join(_FADE.format(letter, uid) for letter in "ibh"),
        names=join(_ticks(scale, words=True)),
        today=_TODAY.format(at, _("Today")),
        x=at,
        lines=join(_ticks(scale, words=False)),
        height=height,
        arrows=join(_arrows(context, rows)),
        rows=join((row.html for row in rows), "\n"),
    )
    if undated:
        words = counted(len(undated), "further plan without a date", "further plans without a date")
        drawn += Html('\n<p class="mst-quiet">{}</p>').format(words)
    return drawn


def _rows(
    context: Context,
    lanes: Sequence[tuple[Plan, int]],
    scale: Scale,
    today: date,
    url_for: UrlFor,
    uid: str,
    marks: bool,
) -> Iterator[_Row]:
    whole = marks and len(lanes) > MOST_LANES
    told = {after for _before, after in context.telling_edges}
    for plan, depth in lanes:
        if whole and depth:
            continue
        members = context.below(plan) if whole else _own(context, plan)
        yield _Row("", _lane(context, plan, depth, members, scale, today, url_for, marks), LANE)
        if not marks:
            for m in members:
                yield _row(context, m, scale, today, url_for, uid, m.id in told)


def _every(context: Context, plan: Plan) -> list[Milestone | Plan]:
    """A plan with all that lies in it."""
    inner = [context.plan_by_id[id_] for id_ in context.portfolio.plans_below(plan.id)[1:]]
    return [*(context.below(plan) if inner else _own(context, plan)), plan, *inner]


def _own(context: Context, plan: Plan) -> list[Milestone]:
    return context.members[plan.id] if context.plan_by_id[plan.id] is plan else []


def _lanes(context: Context) -> Iterator[tuple[Plan, int]]:
    """Every plan, and in how many others that are shown with it it lies."""
    for plan in context.plans:
        yield plan, sum(outer.status.closed is plan.status.closed for outer in context.above(plan.id))


def _forecast(context: Context, item: Milestone | Plan) -> Dates | None:
    if context.past is None or item.status.closed or isinstance(item, Plan):
        return None
    return context.past.dates(item)


def _pc(value: float) -> str:
    return f"{value:.2f}".rstrip("0").rstrip(".") + "%"


def _ticks(scale: Scale, *, words: bool) -> Iterator[Html]:
    """The names of weeks, months, quarters, or the lines where they begin; the style sheet shows one kind."""
    for step in scale.steps:
        pieces = (
            Html('<text x="{}" dx="5" y="31">{}</text>').format(_pc(x), name)
            if words
            else Html('<line x1="{0}" x2="{0}" y2="100%"/>').format(_pc(x))
            for x, name in scale.names(step)
        )
        yield Html('<g class="mst-at-{}">{}</g>').format(step, join(pieces))


_NAME = Html(
    '<li class="{css}{inset}"{data}><div class="mst-name">{icon}<span class="mst-unseen">{status} </span>{inner}</div>'
    '<svg class="mst-track" width="100%" height="{height}" aria-hidden="true">{track}</svg></li>'
)


def _named(url: str | None, title: str, tag: str) -> Html:
    inner = Html("<bdi>{}</bdi>").format(title)
    if url:
        inner = Html('<a href="{}" title="{}">{}</a>').format(url, title, inner)
    return Html("<{0}>{1}</{0}>").format(Html(tag), inner) if tag else inner


def _inset(depth: int) -> Html:
    return Html(" mst-in-{}").format(min(depth, 4)) if depth else Html("")


def _lane(
    context: Context,
    plan: Plan,
    depth: int,
    members: Sequence[Milestone],
    scale: Scale,
    today: date,
    url_for: UrlFor,
    marks: bool,
) -> Html:
    """A plan's lane: a thin bar from its first day to its last, filled as far as the plan has come."""
    progress = context.portfolio.plan_progress(plan.id)
    spans = [s for item in _every(context, plan) if (s := span(item, today))]
    x1, x2 = scale.x(min(s.begin for s in spans)), scale.after(max(s.end for s in spans))
    middle = LANE // 2
    bar = Html(
        '<g class="mst-plan-bar ms-{letter}"><title>{tip}</title>'
        '<rect class="all" x="{x}" y="{y}" width="{w}" height="6" rx="3"/>'
        '<rect class="done" x="{x}" y="{y}" width="{d}" height="6" rx="3"/></g>'
    ).format(
        letter=LETTER[plan.status],
        tip=f"{plan.title} · {_(plan.status.label)} · {percent(progress)}",
        x=_pc(x1),
        y=middle - 3,
        w=_pc(x2 - x1),
        d=_pc((x2 - x1) * progress),
    )
    name = _named(context.plan_url(plan.id, url_for), plan.title, "b")
    return _NAME.format(
        css="mst-lane",
        inset=_inset(depth),
        data=Html(' data-p="{}"').format(plan.id),
        icon=icon(plan.status),
        status=_(plan.status.label),
        inner=name + Html('<span class="mst-quiet">{}</span>').format(percent(progress)),
        height=LANE,
        track=bar + (_marks(members, scale, today, middle) if marks else Html("")),
    )


def _marks(members: Iterable[Milestone], scale: Scale, today: date, y: int) -> Html:
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


def _row(context: Context, m: Milestone, scale: Scale, today: date, url_for: UrlFor, uid: str, pointed: bool) -> _Row:
    """A milestone's row: its name, and its bar where it has a date."""
    found = span(m, today)
    name = Html('<span class="mst-id">{}</span>{}').format(
        shorten(context.name(m), 10), _named(context.url(m, url_for), m.title, "")
    )
    track, begin, end = Html(""), 0.0, 0.0
    if found is not None:
        begin, end = scale.x(found.begin), scale.after(found.end)
        # Nothing is too short to be seen and hit.
        end = max(end, begin + 900 / scale.least_width)
        track = _bar(context, m, found, scale, today, begin, end, url_for, uid, pointed)
        name += Html('<span class="mst-unseen"> {}</span>').format(_days(m, found))
    html = _NAME.format(
        css="mst-row",
        inset=_inset(context.portfolio.depths[m.id]),
        data=Html(' data-k="{}" data-x="{}"').format(m.id, f"{begin:.2f} {end:.2f}" if found else ""),
        icon=icon(m.status),
        status=_(m.status.label),
        inner=name,
        height=ROW,
        track=track,
    )
    return _Row(m.id if found is not None else "", html, ROW, begin, end)


def _bar(
    context: Context,
    m: Milestone,
    found: Span,
    scale: Scale,
    today: date,
    x1: float,
    x2: float,
    url_for: UrlFor,
    uid: str,
    pointed: bool,
) -> Html:
    middle = ROW // 2
    url = context.url(m, url_for)
    late = context.portfolio.overdue(m)
    end = max(scale.x(today), x2) if late else x2
    expected, last = _expected(context, m, scale, middle, end)
    shape = _diamond(x1, middle) if found.point else _stretch(context, m, found, x1, x2, middle, uid)
    return Html(
        '<g class="mst-bar ms-{letter}">{open}<title>{tip}</title><rect class="hit" x="{x}" y="1" width="{w}"'
        ' height="{h}"/>{expected}{shape}{due}{late}{arrow}'
        '<text x="{beside}" dx="{dx}" y="{y}">{words}</text>{close}</g>'
    ).format(
        letter=LETTER[m.status],
        open=Html('<a xlink:href="{}" tabindex="-1">').format(url) if url else "",
        tip=_tip(context, m, found),
        x=_pc(x1),
        w=_pc(last - x1),
        h=ROW - 2,
        expected=expected,
        shape=shape,
        due=_due(x2, middle) if m.due and not m.status.closed and not found.point else "",
        late=_late(x2, end, middle) if late else "",
        arrow=_POINT.format(_pc(x1), middle) if pointed else "",
        beside=_pc(x1 if found.point else end),
        dx=20 if found.point else 9,
        y=middle + 4,
        words=context.due_words(m) or _beside(context, m, found),
        close=Html("</a>") if url else "",
    )


_POINT = Html('<svg class="mst-point" x="{}" y="{}" overflow="visible"><path d="M-6 -3.5L0 0L-6 3.5z"/></svg>')


def _beside(context: Context, m: Milestone, found: Span) -> str:
    if found.point or m.status.closed:
        return ""
    waits = m.status in (Status.BLOCKED, Status.ON_HOLD)
    return _(m.status.label) if waits else percent(context.portfolio.progress(m))


def _days(m: Milestone, found: Span) -> str:
    """A milestone's days in words: from when to when, as far as somebody has said so."""
    begin, end = spoken(found.begin.isoformat()), spoken(found.end.isoformat())
    if found.point or begin == end:
        return begin
    return _("from {begin}").format(begin=begin) if found.open_end else f"{begin} – {end}"


def _tip(context: Context, m: Milestone, found: Span) -> str:
    done = percent(context.portfolio.progress(m))
    words = (f"{m.id} {m.title}", _(m.status.label), done, _days(m, found), context.due_words(m))
    return " · ".join(filter(None, words))


def _diamond(x: float, y: int) -> Html:
    return Html('<svg x="{}" y="{}" overflow="visible"><path class="shape" d="M7 -6l6 6l-6 6l-6 -6z"/></svg>').format(
        _pc(x), y
    )


def _stretch(context: Context, m: Milestone, found: Span, x1: float, x2: float, y: int, uid: str) -> Html:
    """A bar: solid as far as done, hatched when blocked, dotted on hold, struck through when cancelled; where
    nobody has said when it will be over, it fades away.
    """
    place = Html('x="{}" y="{}" width="{}" height="14" rx="4"').format(_pc(x1), y - 7, _pc(x2 - x1))
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
            Html('<rect class="done" x="{}" y="{}" width="{}" height="14" rx="4"/>').format(_pc(x1), y - 7, done)
        )
    return join(pieces)


def _due(x: float, y: int) -> Html:
    """The day that something is due: a post with a flag."""
    return Html(
        '<svg class="mst-due" x="{}" y="{}" overflow="visible"><path class="post" d="M0 -10V10"/>'
        '<path class="flag" d="M0 -10h6l-2 3l2 3h-6z"/></svg>'
    ).format(_pc(x), y)


def _late(x1: float, x2: float, y: int) -> Html:
    """From the day something was due to today."""
    return Html('<line class="late" x1="{0}" x2="{1}" y1="{2}" y2="{2}"/>').format(_pc(x1), _pc(x2), y)


def _expected(context: Context, m: Milestone, scale: Scale, y: int, end: float) -> tuple[Html, float]:
    """The days of a forecast as a thin band below the bar, and where what is drawn of a milestone ends."""
    dates = _forecast(context, m)
    first, last = (day(dates.p50), day(dates.p85)) if dates else (None, None)
    if first is None or last is None:
        return Html(""), end
    x1, x2 = min(scale.x(first), 99.0), min(scale.after(last), 99.5)
    band = Html(
        '<g class="mst-expected"><line x1="{0}" x2="{1}" y1="{2}" y2="{2}"/><rect x="{0}" y="{3}" width="{4}"'
        ' height="4" rx="2"/></g>'
    ).format(_pc(x1), _pc(x2), y + 10, y + 8, _pc(max(x2 - x1, 0.3)))
    return band, max(end, x2)


def _arrows(context: Context, rows: Sequence[_Row]) -> Iterator[Html]:
    """From the end of each milestone to the beginning of what waits for it, as far as both are shown."""
    places: dict[str, tuple[int, _Row]] = {}
    y = 0
    for row in rows:
        if row.id:
            places[row.id] = (y + row.height // 2, row)
        y += row.height
    for before, after in context.telling_edges:
        if before in places and after in places:
            (y1, one), (y2, other) = places[before], places[after]
            css = "" if context.portfolio.by_id[before].status.closed else " mst-held"
            css += " mst-critical" if (before, after) in context.critical_edges else ""
            yield Html('<path class="mst-dep{}" data-a="{}" data-b="{}" d="{}"/>').format(
                css, before, after, arrow(one.end, y1, other.begin, y2)
            )


def arrow(x1: float, y1: int, x2: float, y2: int) -> str:
    """The way from one place to another, in percent and pixels; the script draws it anew where rows are hidden."""
    bend = max((x2 - x1) / 2, 1.5)
    a, b, c, d = (f"{x * _WIDE / 100:.1f}".removesuffix(".0") for x in (x1, x1 + bend, x2 - bend, x2))
    return f"M{a} {y1}C{b} {y1} {c} {y2} {d} {y2}"
