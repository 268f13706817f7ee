"""Milestones by status, as columns of cards. The script makes the same cards for what the filters leave."""

from __future__ import annotations

from typing import TYPE_CHECKING

from milestones.site.language import _, figure
from milestones.site.parts import LETTER, STATUS_ORDER, Html, anchor, icon, join
from milestones.site.roadmap.filters import FILTER_STATUS
from milestones.site.roadmap.table import due

if TYPE_CHECKING:
    from collections.abc import Mapping

    from milestones.model import Milestone, Status
    from milestones.site.context import Context, UrlFor

#: How many milestones a column names before it counts the rest; the script can show them all.
MOST_CARDS = 12

_COLUMN = Html(
    '<section class="mst-column ms-{letter}" data-s="{value}" aria-labelledby="mst-column-{letter}">'
    '<div class="mst-column-head" id="mst-column-{letter}">{icon}{words} <span class="mst-count">{count}</span></div>\n'
    "<ul>{cards}</ul>{more}</section>"
)
_CARD = Html('<li class="mst-card">{}<span class="mst-card-foot"><span class="mst-id">{}</span>{}{}{}</span></li>')
_PLAN = Html('<span class="mst-card-plan"><bdi>{}</bdi></span>')


def board(context: Context, url_for: UrlFor) -> Html:
    """A column for each status that there is."""
    titles = {plan.id: plan.title for plan in reversed(context.plans)}
    if len(set(titles.values())) < 2:
        titles = {}  # there is nothing to tell apart
    columns = (_column(context, status, titles, url_for) for status in STATUS_ORDER if context.counts[status])
    return Html('<div class="mst-board"{}>\n{}\n</div>').format(
        Html(" data-plans") if titles else "", join(columns, "\n")
    )


def _column(context: Context, status: Status, titles: Mapping[str, str], url_for: UrlFor) -> Html:
    members = [m for m in context.milestones if m.status is status]
    if status.closed:
        members.sort(key=lambda m: m.completed or m.updated or "", reverse=True)
    else:
        members.sort(key=lambda m: m.due or "9999")
    rest = len(members) - MOST_CARDS
    more = Html("")
    if rest > 0:
        words = _("{number} more").format(number=figure(rest))
        more = Html('<a class="mst-more" href="{}{}">{}</a>').format(FILTER_STATUS, status.value, words)
    return _COLUMN.format(
        letter=LETTER[status],
        value=status.value,
        icon=icon(status),
        words=_(status.label),
        count=figure(len(members)),
        cards=join((_card(context, m, titles, url_for) for m in members[:MOST_CARDS]), "\n"),
        more=more,
    )


def _card(context: Context, m: Milestone, titles: Mapping[str, str], url_for: UrlFor) -> Html:
    return _CARD.format(
        anchor(context.url(m, url_for), Html("<bdi>{}</bdi>").format(m.title)),
        context.name(m),
        _PLAN.format(titles[m.plan_id]) if titles.get(m.plan_id) else "",
        Html("<span>{}</span>").format(m.owner) if m.owner else "",
        _due(context, m) if m.due and not m.status.closed else "",
    )


def _due(context: Context, m: Milestone) -> Html:
    late = Html(' class="mst-late"') if context.portfolio.overdue(m) else ""
    return Html("<span{}>{}</span>").format(late, due(context, m))
