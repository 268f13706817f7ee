"""The health page: first what wants attention, then how each area is, what changed, and how the work flows."""

from __future__ import annotations

from typing import TYPE_CHECKING

from milestones.site import trends
from milestones.site.blocks import in_box, slot
from milestones.site.context import high_risk, unwell
from milestones.site.health.findings import faults, findings
from milestones.site.health.heat import heat
from milestones.site.language import _, figure, numbered
from milestones.site.pages import Page
from milestones.site.parts import (
    STATUS_ORDER,
    Html,
    anchor,
    badge,
    days_between,
    heading_text,
    icon,
    join,
    label,
    lines,
    sentence,
    spoken,
)
from milestones.site.roadmap import FILTER_STATUS

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from milestones.model import Milestone
    from milestones.site.context import Context, UrlFor

    Make = Callable[[UrlFor], Html]
    #: Why a milestone is in a list, as HTML.
    Why = Callable[[Context, Milestone, UrlFor], "Html | str"]

#: Milestones that a list shows at once; further ones are folded away, and beyond the second number they are counted.
SHOWN, MOST = 5, 100


def health_page(context: Context) -> Page:
    """What is overdue, held up, stale or at risk; what the check found; how each area is; what changed of late."""
    title = context.titles["health"]
    parts = [f"# {heading_text(title)}", slot("cards")]
    makers: dict[str, Make] = {"cards": lambda url_for: _cards(context, url_for)}

    def section(heading: str, name: str, make: Make) -> None:
        parts.extend((f"## {heading}", slot(name)))
        makers[name] = make

    def listed(heading: str, name: str, members: Sequence[Milestone], why: Why) -> None:
        if members:
            section(heading, name, lambda url_for: _list(context, members, why, url_for))

    listed(_("Overdue"), "overdue", context.overdue, _why_overdue)
    listed(_("Held up"), "held-up", context.held_up, _why_held_up)
    listed(_("Stale"), "stale", context.stale, _why_stale)
    listed(_("At risk"), "at-risk", context.at_risk, _why_at_risk)
    faulty = bool(faults(context))
    if faulty:
        section(_("Faults"), "faults", lambda url_for: findings(context, url_for))
    if any(m.health for m in context.milestones):
        section(_("Areas"), "areas", lambda url_for: heat(context, url_for))
    past = (
        {name: (heading, make) for heading, name, make in trends.sections(context, context.past)}
        if context.past
        else {}
    )
    told = past.pop("notes")[1] if "notes" in past else None
    charts = [past.pop(name) for name in ("burn-up", "cumulative-flow") if name in past]
    for name in sorted(past, key=("changes", "ageing", "history").index):
        section(past[name][0], name, past[name][1])
    # It is the order of things rather than a trouble.
    listed(_("Waiting for others"), "waiting-for-others", context.waiting, _why_held_up)
    if charts:
        section(
            _("Over time"),
            "over-time",
            lambda url_for: (told(url_for) if told is not None else Html("")) + _side_by_side(charts, url_for),
        )
    if not faulty:
        section(_("Faults"), "faults", lambda url_for: findings(context, url_for))

    def fill(url_for: UrlFor) -> dict[str, str]:
        return {name: lines(in_box(context, make(url_for))) for name, make in makers.items()}

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
    cards = [
        _card(len(found), words, place, alert=place != "waiting-for-others")
        for found, words, place in (
            (context.overdue, _("Overdue"), "overdue"),
            (context.held_up, _("Held up"), "held-up"),
            (context.stale, _("Stale"), "stale"),
            (context.at_risk, _("At risk"), "at-risk"),
            (faults(context), _("Faults"), "faults"),
            (context.waiting, _("Waiting for others"), "waiting-for-others"),
        )
    ]
    roadmap = context.uri("roadmap")
    statuses = [
        Html("<li>{}</li>").format(
            anchor(
                f"{url_for(roadmap)}{FILTER_STATUS}{status.value}" if roadmap else None,
                Html("{}<b>{}</b> {}").format(icon(status), figure(context.counts[status]), label(status)),
            )
        )
        for status in STATUS_ORDER
        if context.counts[status]
    ]
    calm = Html("")
    if not (context.overdue or context.held_up or context.stale or context.at_risk or faults(context)):
        calm = Html('<p class="mst-lead">{}</p>\n').format(_("Nothing wants attention today."))
    told = Html('<ul class="mst-counts" aria-label="{}">{}</ul>').format(
        _("Milestones by status"), join(statuses, "\n")
    )
    return calm + Html('<ul class="mst-cards">{}</ul>\n').format(join(cards, "\n")) + (told if statuses else Html(""))


def _card(number: int, words: str, place: str, *, alert: bool) -> Html:
    inner = Html("<b>{}</b><span>{}</span>").format(figure(number), words)
    if not number:
        return Html("<li><div>{}</div></li>").format(inner)
    return Html('<li{}><a href="#{}">{}</a></li>').format(Html(' class="mst-alert"') if alert else "", place, inner)


def _list(context: Context, members: Sequence[Milestone], why: Why, url_for: UrlFor) -> Html:
    rows = [
        Html('<li>{} <span>{}</span> <span class="mst-why">{}</span></li>').format(
            badge(m.status), context.link(m, url_for), _with_owner(m, why(context, m, url_for))
        )
        for m in members[:MOST]
    ]
    shown = len(rows) if len(rows) <= SHOWN + 2 else SHOWN
    told = Html('<ul class="mst-list mst-reasons">{}</ul>').format(join(rows[:shown], "\n"))
    if len(rows) == shown:
        return told
    left = len(members) - MOST
    rest = Html('\n<p class="mst-quiet">{}</p>').format(_("And {number} more.").format(number=figure(left)))
    return told + Html(
        '\n<details class="mst-fold"><summary>{}</summary>\n<ul class="mst-list mst-reasons">{}</ul>{}\n</details>'
    ).format(
        numbered(len(members) - shown, "{number} further milestone", "{number} further milestones"),
        join(rows[shown:], "\n"),
        rest if left > 0 else "",
    )


def _with_owner(m: Milestone, words: Html | str) -> Html:
    return Html("{} · <bdi>{}</bdi>").format(words, m.owner) if m.owner else Html("{}").format(words)


def _why_overdue(context: Context, m: Milestone, _url_for: UrlFor) -> str:
    late = days_between(m.due, context.today)
    return numbered(
        late,
        "Was due {day}, {number} day ago",
        "Was due {day}, {number} days ago",
        day=spoken(m.due, context.today),
    )


def _why_held_up(context: Context, m: Milestone, url_for: UrlFor) -> Html:
    """Its status where that holds it up, and what it waits for, each linked."""
    reasons: list[Html | str] = [label(m.status)] if m.status.value in ("blocked", "on_hold") else []
    if unmet := context.portfolio.graph.unmet(m.id):
        others = join((_other(context, m, id_, url_for) for id_ in unmet), ", ")
        reasons.append(sentence(_("Waits for {milestones}"), milestones=others))
    return join(reasons, " · ")


def _other(context: Context, m: Milestone, id_: str, url_for: UrlFor) -> Html:
    other = context.portfolio.by_id.get(id_)
    if other is None:
        return Html("{}").format(id_)
    name = context.name(other) if other.plan_id == m.plan_id else id_
    return anchor(context.url(other, url_for), name, title=f"{other.title} · {label(other.status)}")


def _why_stale(context: Context, m: Milestone, _url_for: UrlFor) -> str:
    return numbered(
        days_between(m.updated, context.today),
        "Untouched for {number} day, since {day}",
        "Untouched for {number} days, since {day}",
        day=spoken(m.updated, context.today),
    )


def _why_at_risk(_context: Context, m: Milestone, _url_for: UrlFor) -> str:
    reasons = [_("High risk")] if high_risk(m) else []
    if areas := unwell(m):
        reasons.append(_("Not well: {areas}").format(areas=", ".join(areas)))
    return " · ".join(reasons)


def _side_by_side(charts: Sequence[tuple[str, Make]], url_for: UrlFor) -> Html:
    return Html('<div class="mst-charts">{}</div>').format(
        join(
            (
                Html('<div><p class="mst-block"><b>{}</b></p>\n{}</div>').format(words, make(url_for))
                for words, make in charts
            ),
            "\n",
        )
    )


__all__ = ["health_page"]
