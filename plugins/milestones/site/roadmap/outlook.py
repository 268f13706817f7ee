"""By when the open plans are likely to be finished."""

from __future__ import annotations

from typing import TYPE_CHECKING

from milestones.site.blocks import indented, plain_table
from milestones.site.language import _, counted, figure, ngettext
from milestones.site.parts import Html, anchor, when
from milestones.site.past import LEAST, duration, median_words, no_forecast, note_words, range_words, verdict

if TYPE_CHECKING:
    from milestones.site.context import Context, UrlFor


def outlook(context: Context, url_for: UrlFor) -> Html:
    """By when each open plan is likely to be finished, beside its due date; or why nobody knows."""
    past = context.past
    if past is None:
        return Html("")
    usual = past.cycle_times
    pace = Html("")
    if usual is not None:
        most = _("85 in 100 took no longer than {duration}.").format(duration=duration(usual.most))
        pace = Html("<p>{}: {}. {}</p>\n").format(
            _("Cycle time"), median_words(usual), most if usual.values >= LEAST else ""
        )
    found = past.forecast
    if found.whole is None:
        history = Html("").join(Html(" {}").format(note_words(note)) for note in past.notes)
        return Html('<p class="mst-lead">{}{}</p>\n').format(no_forecast(found), history) + pace
    lead = Html('<p class="mst-lead">{}: {}</p>\n').format(
        ngettext(
            "{number} open milestone is likely to be finished",
            "{number} open milestones are likely to be finished",
            found.open,
        ).format(number=figure(found.open)),
        range_words(found.whole),
    )
    how = Html('<p class="mst-quiet">{} {}{}</p>\n').format(
        _("The first day is met in 50 of 100 simulated runs, the second in 85."),
        _("Pace of the last {days}: {finished}.").format(
            days=counted(found.days, "day", "days"),
            finished=counted(found.finished, "finished milestone", "finished milestones"),
        ),
        Html("").join(Html(" {}").format(note_words(note)) for note in found.notes),
    )
    rows = []
    for plan, depth in context.tree(context.tops):
        dates = past.plan_dates(plan.id)
        if dates is None or plan.status.closed or context.plan_by_id[plan.id] is not plan:
            continue
        left = sum(not m.status.closed for m in context.below(plan))
        late = plan.due is not None and plan.due < context.today
        cells = (
            Html('{}<span class="mst-id">{}</span>').format(
                anchor(context.plan_url(plan.id, url_for), Html("<bdi>{}</bdi>").format(plan.title)), plan.id
            ),
            figure(left),
            when(plan.due),
            range_words(dates),
            Html('<span class="mst-late mst-verdict">{}</span>').format(_("Overdue"))
            if late
            else verdict(plan.due, dates, context.today),
        )
        rows.append((indented(depth), cells))
    heads = (_("Plan"), _("Open"), _("Due"), _("Forecast"), _("For its due date"))
    return lead + how + pace + (plain_table(_("Forecast"), heads, rows) if rows else Html(""))
