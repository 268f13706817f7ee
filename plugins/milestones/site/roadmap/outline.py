"""Every plan within the plan that it lies in, with how far it is."""

from __future__ import annotations

from typing import TYPE_CHECKING

from milestones.site.blocks import DEEPEST
from milestones.site.language import _, counted, figure
from milestones.site.parts import Html, anchor, icon, join, progress_bar
from milestones.site.roadmap.timeline import FOLDED_ABOVE

if TYPE_CHECKING:
    from collections.abc import Sequence

    from milestones.model import Plan
    from milestones.site.context import Context, UrlFor


def outline(context: Context, url_for: UrlFor) -> Html:
    """Every plan within the plan that it lies in, convention by convention; what is finished is folded away."""
    if not context.several:
        return _plans(context, context.tops, url_for)
    blocks = []
    for name, title in context.conventions.items():
        plans = [plan for plan in context.tops if plan.profile == name]
        if plans:
            words = Html('<p class="mst-block"><b>{}</b> <span class="mst-quiet">{}</span></p>\n')
            blocks.append(words.format(title, counted(len(plans), "plan", "plans")) + _plans(context, plans, url_for))
    return join(blocks, "\n")


def _plans(
    context: Context, plans: Sequence[Plan], url_for: UrlFor, depth: int = 0, within: Plan | None = None
) -> Html:
    moving = [plan for plan in plans if not plan.status.closed]
    over = [plan for plan in plans if plan.status.closed]
    # What is finished is folded away once.
    if (within is not None and within.status.closed) or (not moving and not depth and len(over) <= FOLDED_ABOVE):
        moving, over = list(plans), []

    def listed(some: Sequence[Plan]) -> Html:
        rows = join((_plan(context, plan, url_for, depth) for plan in some), "\n")
        return Html('<ul class="mst-plans">\n{}\n</ul>').format(rows) if some else Html("")

    if not over:
        return listed(moving)
    fold = Html('\n<details class="mst-fold"><summary>{}</summary>\n{}\n</details>')
    return listed(moving) + fold.format(counted(len(over), "finished plan", "finished plans"), listed(over))


def _plan(context: Context, plan: Plan, url_for: UrlFor, depth: int) -> Html:
    members = context.below(plan) if context.plan_by_id[plan.id] is plan else []
    inner = context.subplans(plan)
    words = _("{done} of {all}") if members else _("{done} of {all} plans")
    counted_ones = members or inner
    done = sum(item.status.value == "completed" for item in counted_ones)
    late = (
        ("mst-late", _("{number} overdue"), sum(map(context.portfolio.overdue, members))),
        ("mst-quiet", _("{number} blocked"), sum(m.status.value == "blocked" for m in members)),
    )
    line = _PLAN_LINE.format(
        icon=icon(plan.status),
        status=_(plan.status.label),
        link=anchor(context.plan_url(plan.id, url_for), Html("<bdi>{}</bdi>").format(plan.title)),
        id=plan.id if plan.id != plan.title else "",
        late=join(
            Html('<span class="{}">{}</span> ').format(css, word.format(number=figure(number)))
            for css, word, number in late
            if number
        ),
        count=words.format(done=figure(done), all=figure(len(counted_ones))) if counted_ones else "",
        progress=progress_bar(context.portfolio.plan_progress(plan.id), _("Progress of {name}").format(name=plan.id)),
    )
    if not inner:
        return Html('<li class="mst-plan">{}</li>').format(line)
    if depth >= DEEPEST:
        further = counted(len(context.portfolio.plans_below(plan.id)) - 1, "further plan", "further plans")
        return Html('<li class="mst-plan">{}<span class="mst-quiet">{}</span></li>').format(line, further)
    # The line is no summary of what it folds: it holds a link, and a control in a control is reached by nobody.
    return Html(
        '<li><div class="mst-plan mst-outer">{}</div><details{}><summary>{}</summary>\n{}\n</details></li>'
    ).format(
        line,
        Html("") if plan.status.closed else Html(" open"),
        counted(len(inner), "plan in it", "plans in it"),
        _plans(context, inner, url_for, depth + 1, plan),
    )


_PLAN_LINE = Html(
    '<span class="mst-plan-name">{icon}<span class="mst-unseen">{status} </span>{link} <span class="mst-id">{id}</span>'
    '</span> <span class="mst-plan-late">{late}</span> <span class="mst-plan-count mst-quiet">{count}</span> {progress}'
)
