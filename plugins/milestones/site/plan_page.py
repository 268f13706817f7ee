"""The page of a plan."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from milestones.site import blocks, details
from milestones.site.context import high_risk
from milestones.site.language import counted
from milestones.site.pages import Page
from milestones.site.parts import Html, anchor, badge, flag, heading_text, join, lines, progress_bar, when, written
from milestones.site.past import cycle_times, median_words, no_forecast
from milestones.site.svg import MOST_BOXES, picture

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from milestones.model import Milestone, Plan
    from milestones.site.context import Context, UrlFor


def plan_page(context: Context, plan: Plan, uri: str) -> Page:
    """A plan: where it stands, the plans in it, its milestones, how they hang together, and its own text."""
    members = context.members[plan.id]
    makers = {"header": partial(_plan_header, context, plan)}
    parts = [f"# {heading_text(plan.title)}", blocks.slot("header")]
    if details.has_more(plan):
        parts += ["## Details", blocks.slot("details")]
        makers["details"] = partial(blocks.details_of, context, plan)
    inner = context.subplans(plan)
    if inner:
        parts += ["## Plans", blocks.slot("plans")]
        makers["plans"] = partial(_subplans, context, plan)
    if members or not inner:
        parts += ["## Milestones", blocks.slot("milestones")]
        makers["milestones"] = partial(_plan_table, context, plan)
    drawn = blocks.drawn_milestones(context, members)
    if drawn and len(drawn) <= MOST_BOXES:
        parts += ["## Dependencies", blocks.slot("dependencies")]
        makers["dependencies"] = partial(_plan_graph, context, plan, drawn)
    parts += blocks.bodies(context, plan.parts)
    parts.append(blocks.slot("footer"))
    makers["footer"] = partial(_source_footer, context, plan)

    def fill(url_for: UrlFor) -> dict[str, str]:
        return {name: lines(make(url_for)) for name, make in makers.items()}

    return Page(
        uri=uri,
        title=plan.title,
        kind="plan",
        markdown="\n\n".join(part for part in parts if part) + "\n",
        slots=fill,
        source=context.document(plan) or None,
        search=context.options.search,
        also=blocks.further(plan.parts),
        about=(plan.id, plan.path),
    )


def _plan_header(context: Context, plan: Plan, url_for: UrlFor) -> Html:
    members = context.below(plan)
    progress = context.portfolio.plan_progress(plan.id)
    done = sum(m.status.value == "completed" for m in members)
    state = [badge(plan.status, written(plan)), progress_bar(progress, "Progress")]
    if inner := context.subplans(plan):
        closed = sum(other.status.value == "completed" for other in inner)
        state.append(
            Html('<a class="mst-quiet" href="#plans">{} of {} completed</a>').format(
                closed, counted(len(inner), "plan", "plans")
            )
        )
    if members:
        state.append(
            Html('<span class="mst-quiet">{} of {} completed</span>').format(
                done, counted(len(members), "milestone", "milestones")
            )
        )
    late = sum(context.portfolio.overdue(m) for m in members)
    if late:
        state.append(flag(f"{late} overdue", "bad"))
    blocked = sum(m.status.value == "blocked" for m in members)
    if blocked:
        state.append(flag(f"{blocked} blocked"))
    if high_risk(plan) and not plan.status.closed:
        state.append(flag("High risk"))
    if plan.breaking:
        state.append(flag("Breaking", "quiet"))
    if plan.migration:
        state.append(flag("Needs migration", "quiet"))

    def others(ids: Iterable[str]) -> Html:
        return join(
            (
                anchor(
                    context.plan_url(id_, url_for),
                    context.plan_by_id[id_].title if id_ in context.plan_by_id else id_,
                    title=id_ if id_ in context.plan_by_id else "",
                )
                for id_ in dict.fromkeys(ids)
            ),
            ", ",
        )

    graph = context.portfolio.plan_graph
    facts: list[tuple[str, Html | str]] = [
        ("Owner", plan.owner or ""),
        ("Domain", plan.domain or ""),
        ("Kind", (plan.kind or "").capitalize()),
        ("Start", when(plan.start)),
        ("Due", when(plan.due)),
        *_plan_past(context, plan, members),
        ("Created", when(plan.created)),
        ("Updated", when(plan.updated)),
        ("Completed", when(plan.completed)),
        ("Risk", (plan.risk or "").capitalize()),
        ("Waits for", others([*plan.depends_on, *graph.waits_for.get(plan.id, [])])),
        ("Waited for by", others(graph.blocks.get(plan.id, []))),
        ("Supersedes", others(plan.supersedes)),
        *blocks.convention(context, plan),
        *details.facts(plan),
        ("Touches", ", ".join(plan.touches)),
        ("Components", ", ".join(plan.components)),
        ("Tags", blocks.tags(plan.tags)),
        ("Links", blocks.links(context, plan, url_for)),
    ]
    return blocks.HEAD.format(
        exclude=blocks.exclude(context),
        crumb=blocks.crumb(
            context,
            url_for,
            [
                *(blocks.plan_link(context, one, url_for) for one in context.above(plan.id)),
                Html("<code>{}</code>").format(plan.id),
            ],
        ),
        state=join(state, "\n"),
        facts=blocks.facts(facts),
    )


def _plan_past(context: Context, plan: Plan, members: Sequence[Milestone]) -> list[tuple[str, Html | str]]:
    """When a plan is likely to be finished, or why nobody knows, and how long its milestones took."""
    past = context.past
    if past is None:
        return []
    told: Html | str = blocks.plan_forecast(context, plan, alone=True)
    if not told and not plan.status.closed and any(not m.status.closed for m in members):
        told = no_forecast(past.forecast)
    return [("Forecast", told), ("Cycle time", median_words(cycle_times(past.lines(members))))]


def _no_milestones(context: Context, plan: Plan) -> Html:
    """What to do about a plan without milestones, as far as its convention can do it for its author."""
    paths = context.portfolio.by_hand.get(plan.profile)
    if paths is None:
        words = "<p>This plan has no milestones yet. Make its first:</p><pre><code>milestones new {} {}</code></pre>"
        return Html(words).format(plan.id, '"Title"')
    told = Html("<p>This plan has no milestones yet.{}</p>")
    if not paths:
        return told.format(" By its convention, they are listed in the documents of their plans.")
    named = Html(" or ").join(Html("<code>{}</code>").format(path) for path in paths[:2])
    return told.format(Html(" By its convention, each is a Markdown file with a name such as {}.").format(named))


def _plan_table(context: Context, plan: Plan, url_for: UrlFor) -> Html:
    members = context.members[plan.id]
    if not members:
        return blocks.in_box(context, _no_milestones(context, plan))
    graph = context.portfolio.graph

    def waits(m: Milestone) -> Html:
        known = graph.waits_for.get(m.id, [])
        items = (context.portfolio.by_id[id_] for id_ in known)
        return join(
            (
                anchor(
                    context.url(other, url_for),
                    context.name(other) if other.plan_id == plan.id else other.id,
                    title=f"{other.title} · {other.status.label}",
                )
                for other in items
            ),
            ", ",
        )

    portfolio = context.portfolio
    rows = [
        (
            blocks.indented(portfolio.depths[m.id]),
            (
                blocks.named(context.url(m, url_for), m.title, context.name(m)),
                badge(m.status),
                progress_bar(portfolio.progress(m), f"Progress of {context.name(m)}"),
                m.owner or "",
                _due(context, m),
                blocks.milestone_forecast(context, m),
                waits(m),
            ),
        )
        for m in members
    ]
    heads = ("Milestone", "Status", "Progress", "Owner", "Due", "Forecast", "Waits for")
    return blocks.in_box(context, blocks.plain_table("Milestones of this plan", heads, rows))


def _subplans(context: Context, plan: Plan, url_for: UrlFor) -> Html:
    """The plans that lie in a plan, with all that lies in those."""
    rows = []
    for inner, depth in context.tree(context.subplans(plan)):
        members = context.below(inner)
        done = sum(m.status.value == "completed" for m in members)
        cells = (
            blocks.named(context.plan_url(inner.id, url_for), inner.title, inner.id),
            badge(inner.status, written(inner)),
            progress_bar(context.portfolio.plan_progress(inner.id), f"Progress of {inner.id}"),
            f"{done:,} of {len(members):,}" if members else "",
            inner.owner or "",
            when(inner.due),
            blocks.plan_forecast(context, inner),
        )
        rows.append((blocks.indented(depth), cells))
    heads = ("Plan", "Status", "Progress", "Milestones", "Owner", "Due", "Forecast")
    return blocks.in_box(context, blocks.plain_table("Plans within this plan", heads, rows))


def _due(context: Context, m: Milestone) -> Html:
    if not m.due:
        return Html("")
    text = when(m.due)
    if context.portfolio.overdue(m):
        return Html('{}<span class="mst-late">overdue</span>').format(text)
    return text


def _plan_graph(context: Context, plan: Plan, drawn: list[str], url_for: UrlFor) -> Html:
    boxes, edges = blocks.boxes_and_edges(context, drawn, url_for, home=plan.id)
    return blocks.in_box(
        context,
        picture(boxes, edges, f"Dependencies of the milestones of {plan.id}", "plan", context.options.kept)
        + Html("\n")
        + blocks.legend(boxes, edges),
    )


def _source_footer(context: Context, plan: Plan, _url_for: UrlFor) -> Html:
    return Html('<div class="mst"{}>{}</div>').format(blocks.exclude(context), blocks.sources(context, plan))
