"""The health snapshot: what wants attention today, area by area and milestone by milestone."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from milestones.model import Health, Severity
from milestones.site import trends
from milestones.site.blocks import exclude
from milestones.site.context import high_risk, unwell
from milestones.site.language import _, counted
from milestones.site.pages import Page
from milestones.site.parts import (
    HEALTH_WORDS,
    STATUS_ORDER,
    Html,
    anchor,
    badge,
    days_between,
    frame,
    heading_text,
    icon,
    in_days,
    join,
    lines,
    spoken,
)
from milestones.site.roadmap import FILTER_STATUS

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from milestones.model import Finding, HealthArea, Milestone
    from milestones.site.context import Context, UrlFor

#: Up to this many milestones stand side by side in one table; more are shown plan by plan, one a row.
SIDE_BY_SIDE = 6

#: Above this many milestones with a health table, those that are over are left out.
MOST_TABLES = 150

#: Milestones that a list names; the rest are counted.
MOST_LISTED = 100

#: Faults that are named on the page; the rest are counted.
MOST_FAULTS = 200


def health_page(context: Context) -> Page:
    """What is overdue, held up, stale or at risk; how each area is; and what the check found."""
    title = context.titles["health"]
    parts = [f"# {heading_text(title)}", "{{slot:cards}}"]
    makers: dict[str, Callable[[UrlFor], Html]] = {"cards": lambda url_for: _cards(context, url_for)}

    def section(heading: str, name: str, make: Callable[[UrlFor], Html]) -> None:
        parts.extend((f"## {heading}", f"{{{{slot:{name}}}}}"))
        makers[name] = make

    def listed(heading: str, name: str, members: Sequence[Milestone], why: Callable[[Context, Milestone], str]) -> None:
        if members:
            section(heading, name, _lister(context, members, why))

    listed("Overdue", "overdue", context.overdue, _why_overdue)
    listed("Held up", "held-up", context.held_up, _why_held_up)
    listed("Stale", "stale", context.stale, _why_stale)
    listed("At risk", "at-risk", context.at_risk, _why_at_risk)
    for heading, name, make in trends.sections(context, context.past) if context.past is not None else ():
        section(heading, name, make)
    if any(m.health for m in context.milestones):
        section("Areas", "areas", lambda url_for: _areas(context, url_for))
    # Last, because it is the order of things rather than a trouble.
    listed("Waiting for others", "waiting-for-others", context.waiting, _why_held_up)
    section("Faults", "faults", lambda _url_for: _faults(context))

    def fill(url_for: UrlFor) -> dict[str, str]:
        opening = Html('<div class="mst"{}>').format(exclude(context))
        return {name: lines(opening + Html("\n") + make(url_for) + Html("\n</div>")) for name, make in makers.items()}

    return Page(
        context.fixed["health"],
        title,
        "health",
        "\n\n".join(parts) + "\n",
        fill,
        in_nav=True,
        wide=True,
        search=context.options.search,
    )


def _cards(context: Context, url_for: UrlFor) -> Html:
    """Numbers that lead to what they count: first what wants attention, then the statuses."""
    cards = []
    for number, words, place in (
        (len(context.overdue), "Overdue", "overdue"),
        (len(context.held_up), "Held up", "held-up"),
        (len(context.waiting), "Waiting for others", "waiting-for-others"),
        (len(context.stale), "Stale", "stale"),
        (len(context.at_risk), "At risk", "at-risk"),
        (len(context.portfolio.findings), "Faults", "faults"),
    ):
        alert = number and place != "waiting-for-others"
        cards.append(_card(number, words, f"#{place}" if number else None, "mst-alert" if alert else ""))
    roadmap = context.uri("roadmap")
    rest = [
        _card(
            context.counts[status],
            icon(status) + status.label,
            f"{url_for(roadmap)}{FILTER_STATUS}{status.value}" if roadmap else None,
            "",
        )
        for status in STATUS_ORDER
        if context.counts[status]
    ]
    calm = Html("")
    if not (context.overdue or context.held_up or context.stale or context.at_risk or context.portfolio.findings):
        calm = Html('<p class="mst-lead">Nothing wants attention today.</p>\n')
    return calm + Html('<ul class="mst-cards">{}</ul>\n<ul class="mst-cards mst-cards-quiet">{}</ul>').format(
        join(cards, "\n"), join(rest, "\n")
    )


def _card(number: int, words: str, url: str | None, css: str) -> Html:
    inner = Html("<b>{}</b><span>{}</span>").format(f"{number:,}", words)
    body = Html('<a href="{}">{}</a>').format(url, inner) if url else Html("<div>{}</div>").format(inner)
    return Html('<li class="{}">{}</li>').format(css, body)


def _lister(
    context: Context, members: Sequence[Milestone], why: Callable[[Context, Milestone], str]
) -> Callable[[UrlFor], Html]:
    def make(url_for: UrlFor) -> Html:
        rows = join(
            (
                Html('<li>{} {}<span class="mst-why">{}</span></li>').format(
                    badge(m.status), context.link(m, url_for), _with_owner(m, why(context, m))
                )
                for m in members[:MOST_LISTED]
            ),
            "\n",
        )
        left = len(members) - MOST_LISTED
        rest = Html('\n<p class="mst-quiet">And {} more.</p>').format(f"{left:,}") if left > 0 else ""
        return Html('<ul class="mst-list">{}</ul>{}').format(rows, rest)

    return make


def _with_owner(m: Milestone, words: str) -> str:
    return f"{words} · {m.owner}" if m.owner else words


def _why_overdue(context: Context, m: Milestone) -> str:
    late = in_days(days_between(m.due, context.today))
    return f"Was due {spoken(m.due, context.today)}, {late} ago"


def _why_held_up(context: Context, m: Milestone) -> str:
    unmet = context.portfolio.graph.unmet(m.id)
    reasons = [m.status.label] if m.status.value in ("blocked", "on_hold") else []
    if unmet:
        reasons.append("Waits for " + ", ".join(unmet))
    return "; ".join(reasons)


def _why_stale(context: Context, m: Milestone) -> str:
    age = in_days(days_between(m.updated, context.today))
    return f"Untouched for {age}, since {spoken(m.updated, context.today)}"


def _why_at_risk(_context: Context, m: Milestone) -> str:
    reasons = ["High risk"] if high_risk(m) else []
    areas = unwell(m)
    if areas:
        reasons.append("Not well: " + ", ".join(areas))
    return "; ".join(reasons)


def _areas(context: Context, url_for: UrlFor) -> Html:
    """Health tables brought together: areas down, milestones across; the other way where there are many."""
    having = [m for m in context.milestones if m.health]
    left_out = 0
    if len(having) > MOST_TABLES:
        shown = [m for m in having if not m.status.closed]
        left_out = len(having) - len(shown)
        having = shown
    having.sort(key=lambda m: m.status.closed)
    legend = Html('<ul class="mst-legend" aria-label="Legend">{}</ul>\n').format(
        join(
            Html('<li><span class="mst-health mst-health-{}">{}</span>{}</li>').format(health.value, symbol, _(word))
            for health, (symbol, word) in HEALTH_WORDS.items()
        )
    )
    rest = Html('<p class="mst-quiet">{} that are over are left out.</p>').format(
        counted(left_out, "milestone", "milestones")
    )
    if len(having) <= SIDE_BY_SIDE:
        return legend + _side_by_side(context, having, url_for) + (rest if left_out else Html(""))
    names = _area_names(having)
    blocks = []
    of_plan: dict[str, list[Milestone]] = {}
    for m in having:
        of_plan.setdefault(m.plan_id, []).append(m)
    for plan in context.plan_by_id.values():
        if members := of_plan.get(plan.id):
            members.sort(key=lambda m: m.status.closed)
            blocks.append(
                Html('<p class="mst-block"><b>{}</b> <span class="mst-id">{}</span></p>\n{}').format(
                    anchor(context.plan_url(plan.id, url_for), plan.title),
                    plan.id,
                    _stacked(context, members, names, url_for),
                )
            )
    return legend + join(blocks, "\n") + (rest if left_out else Html(""))


def _area_names(members: Sequence[Milestone]) -> dict[str, str]:
    """Every area in the order of first appearance, by its folded name; shown as most often written."""
    spellings: dict[str, Counter[str]] = {}
    for m in members:
        for area in m.health:
            name = " ".join(area.area.split())
            spellings.setdefault(name.casefold(), Counter())[name] += 1
    return {folded: spelt.most_common(1)[0][0] for folded, spelt in spellings.items()}


def _cells(m: Milestone) -> dict[str, HealthArea]:
    return {" ".join(area.area.split()).casefold(): area for area in m.health}


def _cell(area: HealthArea | None) -> Html:
    if area is None:
        return Html('<td class="mst-cell"></td>')
    symbol, word = HEALTH_WORDS[area.health]
    note = area.note or (area.written if area.health is Health.UNKNOWN else "")
    return Html(
        '<td class="mst-cell mst-cell-{0}"><span class="mst-health mst-health-{0}" aria-hidden="true">{1}'
        "</span><b>{2}</b>{3}</td>"
    ).format(area.health.value, symbol, _(word), Html("<span>{}</span>").format(note) if note else "")


def _side_by_side(context: Context, members: Sequence[Milestone], url_for: UrlFor) -> Html:
    heads = join(_head(context, m, url_for, "col") for m in members)
    cells = [_cells(m) for m in members]
    rows = join(
        (
            Html('<tr><th scope="row">{}</th>{}</tr>').format(name, join(_cell(found.get(folded)) for found in cells))
            for folded, name in _area_names(members).items()
        ),
        "\n",
    )
    return frame("Health by area", _heat(Html('<th scope="col">Area</th>') + heads, rows))


def _stacked(context: Context, members: Sequence[Milestone], all_names: dict[str, str], url_for: UrlFor) -> Html:
    cells = [_cells(m) for m in members]
    names = {folded: name for folded, name in all_names.items() if any(folded in found for found in cells)}
    heads = join(Html('<th scope="col">{}</th>').format(name) for name in names.values())
    rows = join(
        (
            Html("<tr>{}{}</tr>").format(
                _head(context, m, url_for, "row"), join(_cell(found.get(folded)) for folded in names)
            )
            for m, found in zip(members, cells, strict=True)
        ),
        "\n",
    )
    return frame(f"Health of {members[0].plan_id}", _heat(Html('<th scope="col">Milestone</th>') + heads, rows))


def _head(context: Context, m: Milestone, url_for: UrlFor, scope: str) -> Html:
    return Html('<th scope="{}">{}<span class="mst-id">{}{}</span></th>').format(
        scope,
        anchor(context.url(m, url_for), Html("<bdi>{}</bdi>").format(m.title)),
        icon(m.status),
        f"{context.name(m)} · {m.status.label}",
    )


def _heat(head: Html, rows: Html) -> Html:
    return Html(
        '<table class="mst-table mst-heat">\n<thead><tr>{}</tr></thead>\n<tbody>\n{}\n</tbody>\n</table>'
    ).format(head, rows)


_KNOWN = Html(
    '<details class="mst-fold"><summary>{}, which the repository&#39;s baseline lists: they fail nothing</summary>\n'
    "{}</details>\n"
)


def _faults(context: Context) -> Html:
    """What the check found, worst first, and that nothing was skipped."""
    statistics = context.portfolio.statistics
    read = Html('<p class="mst-quiet">{} found = {} read + {} reported as unreadable.</p>').format(
        counted(statistics.found, "document", "documents"), f"{statistics.read:,}", f"{statistics.reported:,}"
    )
    known = Html("")
    if context.portfolio.known:
        known = _KNOWN.format(
            counted(len(context.portfolio.known), "known fault", "known faults"),
            _fault_list(context.portfolio.known, "milestones check --no-baseline"),
        )
    if not context.portfolio.findings:
        words = "The check found no new faults." if context.portfolio.known else "The check found no faults."
        return Html("<p>{}</p>\n").format(words) + known + read
    return _fault_list(context.portfolio.findings, "milestones check") + known + read


def _fault_list(found: Sequence[Finding], command: str) -> Html:
    findings = sorted(found, key=lambda f: (-f.severity.rank, f.path, f.line, f.column, f.code, f.message))
    shown = join((_fault(finding) for finding in findings[:MOST_FAULTS]), "\n")
    rest = len(findings) - MOST_FAULTS
    more = Html("<p>And {} more: <code>{}</code> lists them all.</p>\n").format(f"{rest:,}", command)
    return Html('<ul class="mst-faults">{}</ul>\n').format(shown) + (more if rest > 0 else Html(""))


_SEVERITIES = {
    Severity.ERROR: ("✕", "Error"),
    Severity.WARNING: ("!", "Warning"),
    Severity.INFO: ("i", "Note"),
}


def _fault(finding: Finding) -> Html:
    symbol, word = _SEVERITIES[finding.severity]
    place = f"{finding.path}:{finding.line}" if finding.position else finding.path
    help_ = Html('<span class="mst-help">{}</span>').format(finding.help) if finding.help else ""
    return Html(
        '<li><span class="mst-severity mst-severity-{}"><span aria-hidden="true">{}</span> {}</span> '
        '<code>{}</code> <span class="mst-message">{}</span> <code class="mst-place">{}</code>{}</li>'
    ).format(finding.severity.value, symbol, word, finding.code, finding.message, place, help_)
