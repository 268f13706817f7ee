"""What the roadmap can be narrowed down to: a form that the script shows and obeys, with its state in the address.

The form holds no content: without the script it stays hidden, and everything is shown. The script fills the fields
whose values the table holds; what depends on the language is written here.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from milestones.site.language import _
from milestones.site.parts import STATUS_ORDER, Html, icon, join
from milestones.site.roadmap.scale import STEPS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from milestones.site.context import Context

#: The status part of a link to the roadmap, as the script reads it.
FILTER_STATUS = "#status="

_FORM = Html("""<form class="mst-filter" role="search" aria-label="{label}" hidden data-shown="{shown}" data-all="{all}"
 data-remove="{remove}" data-copied="{copied}" data-none="{none}" data-more="{more}" data-today="{today}">
<div class="mst-bar-line">
<label class="mst-find"><span class="mst-unseen">{text}</span><input type="search" name="text" autocomplete="off"
 placeholder="{text}"></label>
<fieldset class="mst-switch"><legend class="mst-unseen">{view}</legend>{views}</fieldset>
<fieldset class="mst-switch mst-zoom"><legend>{zoom}</legend>{zooms}</fieldset>
</div>
<fieldset class="mst-chips"><legend class="mst-unseen">{chips_label}</legend>{chips}</fieldset>
<details class="mst-facets"><summary>{further}</summary><div class="mst-fields">{fields}
<label><span>{from_}</span><input type="date" name="from"></label>
<label><span>{to}</span><input type="date" name="to"></label></div></details>
<div class="mst-bar-line mst-outcome"><output aria-live="polite"></output><span class="mst-chosen"></span>
<button type="reset" class="mst-plain">{clear}</button><span class="mst-actions">
<button type="button" class="mst-plain" data-do="link">{link}</button><span>{download}:</span>
<button type="button" class="mst-plain" data-do="csv">CSV</button>
<button type="button" class="mst-plain" data-do="json">JSON</button>
<button type="button" class="mst-plain" data-do="ics">{calendar}</button></span></div>
</form>""")

_SWITCH = Html('<label><input type="radio" name="{}" value="{}"{}><span>{}</span></label>')
_CHIP = Html(
    '<label class="mst-chip"><input type="checkbox" name="{}" value="{}"><span>{}{} <span class="mst-count">{}</span>'
    "</span></label>"
)
_FIELD = Html('<label><span>{0}</span><select name="{1}"><option value="">{2}</option></select></label>')


def remarks(context: Context) -> dict[str, tuple[str, frozenset[str]]]:
    """What is remarkable: by the word in the address, the word for people, and the ids of which it is true."""
    return {
        "overdue": (_("Overdue"), frozenset(m.id for m in context.overdue)),
        "stale": (_("Stale"), frozenset(m.id for m in context.stale)),
        "risk": (_("At risk"), frozenset(m.id for m in context.at_risk)),
        "ready": (_("Ready to start"), frozenset(m.id for m in context.ready)),
        "critical": (_("Critical path"), context.critical),
    }


def form(context: Context, steps: Sequence[str]) -> Html:
    """The form over the three views. ``steps`` are those that the timeline may be zoomed to; none where it is empty."""
    views = [("timeline", _("Timeline")), ("board", _("Board")), ("table", _("Table"))]
    words = {"week": _("Weeks"), "month": _("Months"), "quarter": _("Quarters")}
    zooms = [("", _("Fit"))] * bool(steps)
    zooms += [(step, words[step]) for step in STEPS if step in steps and step in words]
    if not steps:
        views.append(views.pop(0))  # the first is the one that somebody sees at first
    chips = [
        _CHIP.format("status", status.value, icon(status), _(status.label), context.counts[status])
        for status in STATUS_ORDER
        if context.counts[status]
    ]
    chips += [_CHIP.format("is", name, "", word, len(ids)) for name, (word, ids) in remarks(context).items() if ids]
    fields = [
        ("plan", _("Plan")),
        ("owner", _("Owner")),
        ("domain", _("Domain")),
        ("tag", _("Tag")),
        ("risk", _("Risk")),
        *([("convention", _("Convention"))] if context.several else []),
    ]
    return _FORM.format(
        label=_("Filter milestones"),
        shown=_("{shown} of {all} milestones"),
        all=_("{all} milestones"),
        remove=_("Remove the filter {name}"),
        copied=_("Link copied"),
        none=_("No milestone fits these filters."),
        more=_("Show all {all}"),
        today=context.today,
        text=_("Find milestones"),
        view=_("View"),
        views=join(_SWITCH.format("view", name, Html(" checked") * (not at), w) for at, (name, w) in enumerate(views)),
        zoom=_("Zoom"),
        zooms=join(_SWITCH.format("zoom", name, Html(" checked") * (not name), w) for name, w in zooms),
        chips_label=_("Status and what wants attention"),
        chips=join(chips),
        further=_("More filters"),
        fields=join((_FIELD.format(word, name, _("All")) for name, word in fields), "\n"),
        from_=_("From"),
        to=_("To"),
        clear=_("Clear all"),
        link=_("Copy link"),
        download=_("Download"),
        calendar=_("Calendar"),
    )
