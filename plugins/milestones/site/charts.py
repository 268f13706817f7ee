"""Charts over days, drawn when the site is built: SVG without scripts, and the same figures as a table below it.

A day is a step, because what is drawn stands for the end of each day: nothing happens between two of them. Shapes are
stretched to the room there is, words are not. The paddings of a chart, where its words stand, are in the style sheet.
"""

from __future__ import annotations

from math import ceil
from typing import TYPE_CHECKING, NamedTuple

from milestones.model import Status
from milestones.site.language import _, figure, numbered, on_day
from milestones.site.parts import LETTER, Html, day, frame, join, label, spoken

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from milestones.history.flow import Day

#: The height of what is drawn, in pixels, and of the room above and below it, as in the style sheet.
HEIGHT = 200
_ABOVE, _BELOW = 22, 28
#: The width in which shapes are drawn before they are stretched.
_WIDTH = 1000
#: Days that are drawn one by one; more are drawn week by week, and many years by four weeks.
MOST_DAYS = 120
_MOST_WEEKS = 620
#: The least distance of two names beside a chart, in pixels.
_APART = 16
#: Letters that a name beside a chart may have; where one has more, the style sheet gives all of them more room.
_BESIDE = 13
#: Names of days below a chart; every second one goes where there is little room.
_TICKS = 6

#: From the ground up: what is over, then what moves, then what waits.
_BANDS = (
    Status.COMPLETED,
    Status.CANCELLED,
    Status.IN_PROGRESS,
    Status.BLOCKED,
    Status.ON_HOLD,
    Status.PLANNED,
)
_PLACE = {status: at for at, status in enumerate(Status)}


class Bucket(NamedTuple):
    """A stretch of days that is drawn as one: what stood at the end of its last."""

    first: str
    last: Day


def buckets(days: Sequence[Day]) -> list[Bucket]:
    """Days one by one or, where they are many, week by week; the last one ends with the last day."""
    size = 1 if len(days) <= MOST_DAYS else 7 if len(days) <= _MOST_WEEKS * 7 else 28
    found = [Bucket(days[max(0, end - size)].day, days[end - 1]) for end in range(len(days), 0, -size)]
    return found[::-1]


class _Name(NamedTuple):
    """A name beside the chart: at which height it belongs, what it says, and what its key looks like."""

    y: float
    words: str
    css: str
    pattern: str


_SVG = Html(
    '<svg xmlns="http://www.w3.org/2000/svg" class="mst-plot{wide}" width="100%" height="{height}" role="img"'
    ' aria-labelledby="mst-{uid}-title mst-{uid}-desc"><title id="mst-{uid}-title">{title}</title>'
    '<desc id="mst-{uid}-desc">{desc}</desc><defs>{defs}</defs>{grid}\n'
    '<svg width="100%" height="{inner}" viewBox="0 0 {width} {inner}" preserveAspectRatio="none">\n{shapes}\n</svg>\n'
    '<line class="mst-ground" x2="100%" y1="{inner}" y2="{inner}"/>{ticks}'
    '<text class="mst-tick" y="-10">{counted}</text>\n{names}</svg>'
)


def burn_up(days: Sequence[Day]) -> Html:
    """Scope and what of it is done, day by day, with its table."""
    drawn = buckets(days)
    scope, done = [b.last.scope for b in drawn], [b.last.done for b in drawn]
    top, steps = _scale(max(scope))
    shapes = [
        Html('<path class="mst-line mst-line-scope" d="{}"/>').format(_line(scope, top)),
        Html('<path class="mst-line ms-c" d="{}"/>').format(_line(done, top)),
    ]
    if area := _area(done, [0] * len(done), top):
        shapes.insert(0, Html('<path class="mst-area ms-c" d="{}"/>').format(area))
    names = [
        _Name(_y(scope[-1], top), _("Scope {number}").format(number=figure(scope[-1])), "mst-key-scope", ""),
        _Name(_y(done[-1], top), _("Done {number}").format(number=figure(done[-1])), "ms-c", ""),
    ]
    desc = _(
        "{period}: the scope went from {scope_before} to {scope_after} milestones, and what is done from {done_before} "
        "to {done_after}."
    ).format(
        period=_period(days),
        scope_before=figure(days[0].scope),
        scope_after=figure(scope[-1]),
        done_before=figure(days[0].done),
        done_after=figure(done[-1]),
    )
    title = _("Burn-up: scope and what is done")
    chart = _chart("burn-up", title, desc, drawn, steps, top, shapes, names, Html(""))
    rows = [(b, (b.last.scope, b.last.done, b.last.scope - b.last.done)) for b in drawn]
    return (
        chart
        + Html("\n")
        + _table(_("Burn-up as a table"), (_("Scope"), _("Done"), _("Left")), rows, len(drawn) < len(days))
    )


def cumulative_flow(days: Sequence[Day]) -> Html:
    """How many milestones stood in each status, day by day, one band on the other, with its table."""
    drawn = buckets(days)
    present = [s for s in _BANDS if any(b.last.counts[_PLACE[s]] for b in drawn)] or [Status.PLANNED]
    top, steps = _scale(max(sum(b.last.counts) for b in drawn))
    below = [0] * len(drawn)
    shapes, names = [], []
    for status in present:
        counts = [b.last.counts[_PLACE[status]] for b in drawn]
        above = [a + b for a, b in zip(below, counts, strict=True)]
        path = _area(above, below, top)
        letter = LETTER[status]
        if path:
            shapes.append(Html('<path class="mst-band ms-{}" d="{}"/>').format(letter, path))
            if letter in _PATTERNS:
                shapes.append(Html('<path fill="url(#mst-flow-{})" d="{}"/>').format(letter, path))
        middle = _y((above[-1] + below[-1]) / 2, top)
        pattern = f"mst-flow-{letter}" if letter in _PATTERNS else ""
        names.append(_Name(middle, f"{label(status)} {figure(counts[-1])}", f"ms-{letter}", pattern))
        below = above
    told = ", ".join(
        _("{status}: {number}").format(status=label(status), number=figure(days[-1].counts[_PLACE[status]]))
        for status in present
    )
    desc = _("{period}. At the end: {counts}.").format(period=_period(days), counts=told)
    defs = join(_PATTERNS[letter] for letter in (LETTER[s] for s in present) if letter in _PATTERNS)
    title = _("Cumulative flow: milestones by status")
    chart = _chart("flow", title, desc, drawn, steps, top, shapes, names, defs)
    rows = [(b, tuple(b.last.counts[_PLACE[s]] for s in present)) for b in drawn]
    heads = tuple(label(status) for status in present)
    return chart + Html("\n") + _table(_("Cumulative flow as a table"), heads, rows, len(drawn) < len(days))


#: What tells bands apart that lie next to each other, and those of the same colour.
_PATTERNS = {
    "b": Html(
        '<pattern id="mst-flow-b" width="7" height="7" patternUnits="userSpaceOnUse" patternTransform="rotate(45)">'
        '<rect class="mst-mesh" width="2" height="7"/></pattern>'
    ),
    "h": Html(
        '<pattern id="mst-flow-h" width="6" height="6" patternUnits="userSpaceOnUse">'
        '<rect class="mst-mesh" width="6" height="2"/></pattern>'
    ),
    "x": Html(
        '<pattern id="mst-flow-x" width="8" height="8" patternUnits="userSpaceOnUse">'
        '<path class="mst-mesh-line" d="M0 0L8 8M8 0L0 8"/></pattern>'
    ),
}


def _chart(
    uid: str,
    title: str,
    desc: str,
    drawn: Sequence[Bucket],
    steps: Sequence[int],
    top: int,
    shapes: Iterable[Html],
    names: Sequence[_Name],
    defs: Html,
) -> Html:
    return _SVG.format(
        height=HEIGHT + _ABOVE + _BELOW,
        inner=HEIGHT,
        width=_WIDTH,
        uid=uid,
        wide=" mst-plot-wide" if max(len(name.words) for name in names) > _BESIDE else "",
        title=title,
        desc=desc,
        defs=defs,
        counted=_("Milestones"),
        grid=join(_grid(steps, top)),
        shapes=join(shapes, "\n"),
        ticks=join(_ticks(drawn)),
        names=join(_beside(names), "\n"),
    )


def _period(days: Sequence[Day]) -> str:
    first, last = days[0].day, days[-1].day
    if first == last:
        return _("On {day}").format(day=spoken(first))
    return _("From {first} to {last}").format(first=spoken(first, last), last=spoken(last))


def _scale(most: int) -> tuple[int, list[int]]:
    """The number at the top of a chart, and those that are named: whole and round ones."""
    step = 1
    while most / step > 5:
        step = step * 5 // 2 if str(step)[0] == "2" else step * 2
    top = max(1, -(-most // step)) * step
    return top, list(range(0, top + 1, step))


def _y(value: float, top: int) -> float:
    return HEIGHT - value * HEIGHT / top


def _n(value: float) -> str:
    return f"{value:.1f}".removesuffix(".0")


def _corners(values: Sequence[int], top: int) -> Iterator[tuple[str, str, str]]:
    """Each stretch on which a value stays: its left end, its right end, its height."""
    width = _WIDTH / len(values)
    start = 0
    for at in range(1, len(values) + 1):
        if at == len(values) or values[at] != values[start]:
            yield _n(start * width), _n(at * width), _n(_y(values[start], top))
            start = at


def _line(values: Sequence[int], top: int) -> str:
    found = "".join(f"V{y}H{right}" for _, right, y in _corners(values, top))
    return f"M0 {_n(_y(values[0], top))}" + found


def _area(above: Sequence[int], below: Sequence[int], top: int) -> str:
    """The shape between two lines; nothing where they are the same everywhere."""
    if list(above) == list(below):
        return ""
    down = "".join(f"H{right}V{y}H{left}" for left, right, y in reversed(list(_corners(below, top))))
    return _line(above, top) + f"V{_n(_y(below[-1], top))}" + down + "Z"


def _grid(steps: Sequence[int], top: int) -> Iterator[Html]:
    for step in steps:
        y = _n(_y(step, top))
        if step:
            yield Html('<line class="mst-grid" x2="100%" y1="{0}" y2="{0}"/>').format(y)
        yield Html('<text class="mst-tick" x="-8" y="{}" dy="4" text-anchor="end">{}</text>').format(y, figure(step))


def _ticks(drawn: Sequence[Bucket]) -> Iterator[Html]:
    """Names of days below the chart, as many as there is room for, each where its day begins; the first and the last
    always. Over years, they are names of months.
    """
    places = _spread(len(drawn))
    first, last = day(drawn[0].first), day(drawn[-1].last.day)
    long = first is not None and last is not None and (last - first).days > 500
    for at, place in enumerate(places):
        end = place == len(drawn) - 1
        text = drawn[place].last.day if end else drawn[place].first
        found = day(text)
        words = on_day(found, "yMMM") if long and found else spoken(text, drawn[-1].last.day)
        if at == 0 and first is not None and last is not None and first.year != last.year and not long:
            words = spoken(text)
        x, anchor = (place + 0.5) * 100 / len(drawn), "middle"
        if len(drawn) > _TICKS and (at == 0 or end):
            x, anchor = (100.0, "end") if end else (0.0, "start")
        # Room for two or three is everywhere.
        spare = not (at == 0 or end or (len(places) > 4 and at == len(places) // 2))
        yield Html('<text class="mst-tick{}" x="{}%" y="{}" text-anchor="{}">{}</text>').format(
            " mst-spare" if spare else "", _n(x), HEIGHT + 18, anchor, words
        )


def _spread(count: int) -> list[int]:
    """Which of so many days are named: the first and the last, and others as far from each other as from these."""
    step = max(1, ceil((count - 1) / (_TICKS - 1)))
    places = list(range(0, count, step))
    if count - 1 - places[-1] < 0.8 * step and len(places) > 1:
        places.pop()
    return [*places, count - 1] if places[-1] != count - 1 else places


def _beside(names: Sequence[_Name]) -> Iterator[Html]:
    """Names to the right, each at the height of what it names; where they would cover each other, apart."""
    ordered = sorted(range(len(names)), key=lambda at: (names[at].y, -at))
    places = [names[at].y for at in ordered]
    for at in range(1, len(places)):
        places[at] = max(places[at], places[at - 1] + _APART)
    limit = float(HEIGHT)
    for at in range(len(places) - 1, -1, -1):
        places[at] = min(places[at], limit)
        limit = places[at] - _APART
    pieces = []
    for at, y in zip(ordered, places, strict=True):
        name = names[at]
        fill = Html(' fill="url(#{})"').format(name.pattern)
        mesh = Html('<rect x="13" y="{}" width="10" height="10"{}/>').format(_n(y - 5), fill) if name.pattern else ""
        pieces.append(
            Html(
                '<path class="mst-leader" d="M1 {0}L10 {1}"/><rect class="mst-swatch {2}" x="13" y="{3}" width="10"'
                ' height="10" rx="2"/>{4}<text class="mst-beside" x="28" y="{1}" dy="4">{5}</text>'
            ).format(_n(name.y), _n(y), name.css, _n(y - 5), mesh, name.words)
        )
    yield Html('<svg x="100%" overflow="visible">{}</svg>').format(join(pieces, "\n"))


def _table(name: str, heads: Sequence[str], rows: Sequence[tuple[Bucket, tuple[int, ...]]], weeks: bool) -> Html:
    """What a chart shows as a table, the latest first; where nothing changed, there is no row of its own."""
    kept = [rows[at] for at in range(len(rows)) if at in (0, len(rows) - 1) or rows[at][1] != rows[at - 1][1]]
    body = join(
        (
            Html('<tr><td><time datetime="{0}">{1}</time></td>{2}</tr>').format(
                bucket.last.day,
                spoken(bucket.last.day),
                join(Html("<td>{}</td>").format(figure(number)) for number in figures),
            )
            for bucket, figures in reversed(kept)
        ),
        "\n",
    )
    head = join(Html('<th scope="col">{}</th>').format(word) for word in (_("Until") if weeks else _("Day"), *heads))
    table = Html(
        '<table class="mst-table mst-figures">\n<thead><tr>{}</tr></thead>\n<tbody>\n{}\n</tbody>\n</table>'
    ).format(head, body)
    left_out = len(rows) - len(kept)
    if weeks:
        words = numbered(
            left_out,
            "{number} week without a change is left out.",
            "{number} weeks without a change are left out.",
        )
    else:
        words = numbered(
            left_out, "{number} day without a change is left out.", "{number} days without a change are left out."
        )
    note = Html('<p class="mst-quiet">{}</p>').format(words)
    return Html('<details class="mst-fold"><summary>{}</summary>\n{}{}\n</details>').format(
        name, frame(name, table), note if left_out else ""
    )


__all__ = ["Bucket", "buckets", "burn_up", "cumulative_flow"]
