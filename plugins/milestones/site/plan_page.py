"""The page of a plan."""

from __future__ import annotations

from datetime import date
from functools import partial
from typing import TYPE_CHECKING
from urllib.parse import quote

from milestones.site import blocks, details
from milestones.site.context import high_risk
from milestones.site.language import _, figure, numbered
from milestones.site.mentions import key
from milestones.site.pages import Page
from milestones.site.parts import (
    Html,
    anchor,
    badge,
    day,
    flag,
    heading_text,
    join,
    label,
    lines,
    progress_bar,
    sentence,
    when,
    written,
)
from milestones.site.past import cycle_times, median_words, no_forecast
from milestones.site.roadmap.scale import span
from milestones.site.roadmap.timeline import MOST_ROWS, timeline
from milestones.site.svg import MOST_BOXES, picture

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from milestones.model import Milestone, Plan
    from milestones.site.context import Context, UrlFor

    Make = Callable[[UrlFor], Html]


def plan_page(context: Context, plan: Plan, uri: str) -> Page:
    """A plan: where it stands, the plans in it, its milestones, how they hang together, and its own text."""
    members = context.members[plan.id]
    slots: dict[str, Make] = {"header": partial(_header, context, plan)}
    parts = [f"# {heading_text(plan.title)}", blocks.slot("header")]

    def section(heading: str, name: str, make: Make) -> None:
        parts.extend((f"## {heading}", blocks.slot(name)))
        slots[name] = make

    if details.has_more(plan):
        section(_("Details"), "details", partial(blocks.details_of, context, plan))
    inner = context.subplans(plan)
    if inner:
        section(_("Plans"), "plans", partial(_subplans, context, plan))
    if members or not inner:
        section(_("Milestones"), "milestones", partial(_table, context, plan))
    if lanes := _lanes(context, plan):
        section(_("Timeline"), "timeline", partial(_timeline, context, plan, lanes))
    if drawn := blocks.drawn_milestones(context, members):
        section(_("Dependencies"), "dependencies", partial(_graph, context, plan, drawn))
    parts += blocks.bodies(context, plan.parts)
    if key(plan) in context.mentions:
        section(_("Mentioned in"), "mentioned-in", partial(blocks.mentioned, context, plan))
    parts.append(blocks.slot("footer"))
    slots["footer"] = partial(_footer, context, plan)

    def fill(url_for: UrlFor) -> dict[str, str]:
        return {name: lines(make(url_for)) for name, make in slots.items()}

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


def _header(context: Context, plan: Plan, url_for: UrlFor) -> Html:
    members = context.below(plan)
    graph = context.portfolio.plan_graph
    facts: list[tuple[str, Html | str]] = [
        (_("Owner"), plan.owner or ""),
        (_("Due"), when(plan.due)),
        *_past(context, plan, members),
        (_("Risk"), (plan.risk or "").capitalize()),
        (_("Domain"), plan.domain or ""),
        (_("Kind"), (plan.kind or "").capitalize()),
        (_("Start"), when(plan.start)),
        (_("Created"), when(plan.created)),
        (_("Updated"), when(plan.updated)),
        (_("Completed"), when(plan.completed)),
        *blocks.convention(context, plan),
        *details.facts(plan),
        (_("Touches"), ", ".join(plan.touches)),
        (_("Components"), ", ".join(plan.components)),
        (_("Tags"), blocks.tags(plan.tags)),
        (_("Links"), blocks.links(context, plan, url_for)),
    ]
    outer = (blocks.plan_link(context, one, url_for) for one in context.above(plan.id))
    return blocks.head(
        context,
        blocks.crumb(context, url_for, [*outer, Html("<code>{}</code>").format(plan.id)]),
        _state(context, plan, members),
        (
            (_("Waits for"), _named(context, [*plan.depends_on, *graph.waits_for.get(plan.id, [])], url_for)),
            (_("Waited for by"), _named(context, graph.blocks.get(plan.id, []), url_for)),
            (_("Supersedes"), _named(context, plan.supersedes, url_for)),
        ),
        facts,
    )


def _state(context: Context, plan: Plan, members: Sequence[Milestone]) -> list[Html]:
    """How it stands and how far it is, and what is remarkable about it today."""
    state = [badge(plan.status, written(plan)), progress_bar(context.portfolio.plan_progress(plan.id), _("Progress"))]
    if inner := context.subplans(plan):
        closed = figure(sum(other.status.value == "completed" for other in inner))
        words = numbered(
            len(inner), "{done} of {number} plan completed", "{done} of {number} plans completed", done=closed
        )
        state.append(Html('<a class="mst-quiet" href="#plans">{}</a>').format(words))
    if members:
        done = figure(sum(m.status.value == "completed" for m in members))
        words = numbered(
            len(members),
            "{done} of {number} milestone completed",
            "{done} of {number} milestones completed",
            done=done,
        )
        state.append(Html('<span class="mst-quiet">{}</span>').format(words))
    if late := sum(context.portfolio.overdue(m) for m in members):
        state.append(flag(_("{number} overdue").format(number=figure(late)), "bad"))
    if blocked := sum(m.status.value == "blocked" for m in members):
        state.append(flag(_("{number} blocked").format(number=figure(blocked))))
    if high_risk(plan) and not plan.status.closed:
        state.append(flag(_("High risk")))
    if plan.breaking:
        state.append(flag(_("Breaking"), "quiet"))
    if plan.migration:
        state.append(flag(_("Needs migration"), "quiet"))
    return state


def _named(context: Context, ids: Iterable[str], url_for: UrlFor) -> list[Html]:
    """Other plans by title and status. Few plans wait for many others, so all are named."""
    return [
        blocks.tie(other.status, context.plan_url(id_, url_for), other.title, id_)
        if (other := context.plan_by_id.get(id_)) is not None
        else blocks.missing(id_)
        for id_ in dict.fromkeys(ids)
    ]


def _past(context: Context, plan: Plan, members: Sequence[Milestone]) -> list[tuple[str, Html | str]]:
    """When a plan is likely to be finished, or why nobody knows, and how long its milestones took."""
    past = context.past
    if past is None:
        return []
    told: Html | str = blocks.plan_forecast(context, plan, alone=True)
    if not told and not plan.status.closed and any(not m.status.closed for m in members):
        told = no_forecast(past.forecast)
    return [(_("Forecast"), told), (_("Cycle time"), median_words(cycle_times(past.lines(members))))]


def _no_milestones(context: Context, plan: Plan) -> Html:
    """What to do about a plan without milestones, as far as its convention can do it for its author."""
    paths = context.portfolio.by_hand.get(plan.profile)
    if paths is None:
        return Html("<p>{} {}</p><pre><code>milestones new {} &#34;{}&#34;</code></pre>").format(
            _("This plan has no milestones yet."), _("Make its first:"), plan.id, _("Title of the milestone")
        )
    told = Html("<p>{} {}</p>")
    if not paths:
        words = _("By its convention, they are listed in the documents of their plans.")
        return told.format(_("This plan has no milestones yet."), words)
    names = join((Html("<code>{}</code>").format(path) for path in paths[:2]), ", ")
    return told.format(
        _("This plan has no milestones yet."),
        sentence(_("By its convention, each is a Markdown file with a name such as {names}."), names=names),
    )


def _table(context: Context, plan: Plan, url_for: UrlFor) -> Html:
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
                    title=f"{other.title} · {label(other.status)}",
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
                _due(context, m),
                blocks.milestone_forecast(context, m),
                progress_bar(portfolio.progress(m), _("Progress of {name}").format(name=context.name(m))),
                m.owner or "",
                waits(m),
            ),
        )
        for m in members
    ]
    heads = (_("Milestone"), _("Status"), _("Due"), _("Forecast"), _("Progress"), _("Owner"), _("Waits for"))
    return blocks.in_box(context, blocks.plain_table(_("Milestones of this plan"), heads, rows))


def _subplans(context: Context, plan: Plan, url_for: UrlFor) -> Html:
    """The plans that lie in a plan, with all that lies in those."""
    rows = []
    for inner, depth in context.tree(context.subplans(plan)):
        members = context.below(inner)
        done = sum(m.status.value == "completed" for m in members)
        cells = (
            blocks.named(context.plan_url(inner.id, url_for), inner.title, inner.id),
            badge(inner.status, written(inner)),
            progress_bar(context.portfolio.plan_progress(inner.id), _("Progress of {name}").format(name=inner.id)),
            _("{done} of {all}").format(done=figure(done), all=figure(len(members))) if members else "",
            inner.owner or "",
            when(inner.due),
            blocks.plan_forecast(context, inner),
        )
        rows.append((blocks.indented(depth), cells))
    heads = (_("Plan"), _("Status"), _("Progress"), _("Milestones"), _("Owner"), _("Due"), _("Forecast"))
    return blocks.in_box(context, blocks.plain_table(_("Plans within this plan"), heads, rows))


def _due(context: Context, m: Milestone) -> Html:
    if not m.due:
        return Html("")
    text = when(m.due)
    if context.portfolio.overdue(m):
        return Html('{}<span class="mst-late">{}</span>').format(text, _("overdue"))
    return text


def _lanes(context: Context, plan: Plan) -> list[Plan]:
    """The plans whose milestones a timeline would show: this one, and those in it; none where it would say nothing."""
    today = day(context.today) or date.min
    dated = [m for m in context.below(plan) if span(m, today)]
    if not 2 <= len(dated) <= MOST_ROWS:
        return []
    inside = {m.plan_id for m in dated}
    every = (context.plan_by_id[id_] for id_ in context.portfolio.plans_below(plan.id))
    return [one for one in every if one is plan or one.id in inside]


def _timeline(context: Context, plan: Plan, lanes: list[Plan], url_for: UrlFor) -> Html:
    words = _("Milestones of {id} over time").format(id=plan.id)
    return blocks.in_box(context, timeline(context, url_for, plans=lanes, uid="-plan", label=words))


def _graph(context: Context, plan: Plan, drawn: list[str], url_for: UrlFor) -> Html:
    """The picture of what waits for what; of too many boxes, the way to the graph that can be explored."""
    if len(drawn) > MOST_BOXES:
        return blocks.in_box(context, _too_many(context, plan, len(drawn), url_for))
    boxes, edges = blocks.boxes_and_edges(context, drawn, url_for, home=plan.id)
    words = _("Dependencies of the milestones of {id}").format(id=plan.id)
    return blocks.in_box(
        context,
        picture(boxes, edges, words, "plan", context.options.kept) + Html("\n") + blocks.legend(boxes, edges),
    )


def _too_many(context: Context, plan: Plan, number: int, url_for: UrlFor) -> Html:
    words = _("{number} milestones hang together: too many for one picture. The table says what each waits for.")
    told = Html("<p>{}</p>").format(words.format(number=figure(number)))
    graph = context.uri("graph")
    if graph is None:
        return told
    url = f"{url_for(graph)}#plan={quote(plan.id, safe='', errors='surrogateescape')}"
    return told + Html("\n<p>{}</p>").format(anchor(url, _("Explore them in the dependency graph")))


def _footer(context: Context, plan: Plan, _url_for: UrlFor) -> Html:
    return Html('<div class="mst"{}>{}</div>').format(blocks.exclude(context), blocks.sources(context, plan))
