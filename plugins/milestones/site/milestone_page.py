"""The page of a milestone."""

from __future__ import annotations

from typing import TYPE_CHECKING

from milestones.site import blocks, details
from milestones.site.language import counted
from milestones.site.pages import Page
from milestones.site.parts import (
    Html,
    anchor,
    badge,
    flag,
    heading_text,
    icon,
    join,
    lines,
    progress_bar,
    when,
    written,
)
from milestones.site.steps import history as history_of
from milestones.site.svg import picture

if TYPE_CHECKING:
    from milestones.model import Milestone
    from milestones.site.context import Context, UrlFor

#: How many boxes the picture of a milestone's surroundings has at most.
NEIGHBOURS = 12


def milestone_page(context: Context, m: Milestone) -> Page:
    """A milestone: what it is, whose, how far and waiting for what in one look, then its own text."""
    graph = context.portfolio.graph
    slots = ["header"]
    parts = [f"# {heading_text(m.title)}", blocks.slot("header")]
    if details.has_more(m):
        parts += ["## Details", blocks.slot("details")]
        slots.append("details")
    parts += blocks.bodies(context, m.parts)
    if m.id in context.portfolio.subtasks:
        parts += ["## Subtasks", blocks.slot("subtasks")]
        slots.append("subtasks")
    if m.depends_on:
        parts += ["## Waits for", blocks.slot("waits-for")]
        slots.append("waits-for")
    if graph.blocks.get(m.id):
        parts += ["## Waited for by", blocks.slot("waited-for-by")]
        slots.append("waited-for-by")
    if graph.waits_for.get(m.id) or graph.blocks.get(m.id):
        parts += ["## Neighbourhood", blocks.slot("neighbourhood")]
        slots.append("neighbourhood")
    line = context.past.line(m) if context.past is not None else None
    if line is not None or (context.past is not None and context.past.claimed(m)):
        parts += ["## History", blocks.slot("history")]
        slots.append("history")
    parts.append(blocks.slot("footer"))
    slots.append("footer")
    makers = {
        "header": _milestone_header,
        "details": blocks.details_of,
        "subtasks": _subtasks,
        "waits-for": _waits_for,
        "waited-for-by": _waited_for_by,
        "neighbourhood": _neighbourhood,
        "history": _history,
        "footer": _milestone_footer,
    }

    def fill(url_for: UrlFor) -> dict[str, str]:
        return {name: lines(makers[name](context, m, url_for)) for name in slots}

    return Page(
        uri=context.uri_of(m),
        title=m.title,
        kind="milestone",
        markdown="\n\n".join(part for part in parts if part) + "\n",
        slots=fill,
        source=context.document(m) or None,
        search=context.options.search,
        also=blocks.further(m.parts),
        about=(m.id, m.path),
    )


def _milestone_header(context: Context, m: Milestone, url_for: UrlFor) -> Html:
    graph = context.portfolio.graph
    plan = context.plan_by_id[m.plan_id]
    state = [badge(m.status, written(m)), progress_bar(context.portfolio.progress(m), "Progress")]
    if m.tally.total:
        state.append(
            Html('<span class="mst-quiet">{} of {}</span>').format(
                m.tally.done, counted(m.tally.total, "task", "tasks")
            )
        )
    if inner := context.portfolio.subtasks.get(m.id):
        done = sum(other.status.value == "completed" for other in inner)
        words = counted(len(inner), "subtask", "subtasks")
        state.append(Html('<a class="mst-quiet" href="#subtasks">{} of {} completed</a>').format(done, words))
    state += [flag(words, kind) for kind, words in context.flags(m)]
    before, after = graph.waits_for.get(m.id, []), graph.blocks.get(m.id, [])
    unmet = len(graph.unmet(m.id)) if before and not m.status.closed else 0
    waits: Html | str = ""
    if m.depends_on:
        waits = Html('<a href="#waits-for">{}</a>{}').format(
            counted(len(m.depends_on), "milestone", "milestones"), f", {unmet} not done" if unmet else ""
        )
    waited: Html | str = ""
    if after:
        waited = Html('<a href="#waited-for-by">{}</a>').format(counted(len(after), "milestone", "milestones"))
    facts: list[tuple[str, Html | str]] = [
        ("Owner", m.owner or ""),
        ("Domain", m.domain or ""),
        ("Start", when(m.start)),
        ("Due", when(m.due)),
        ("Forecast", blocks.milestone_forecast(context, m, alone=True)),
        ("Created", when(m.created)),
        ("Updated", when(m.updated)),
        ("Completed", when(m.completed)),
        ("Risk", (m.risk or "").capitalize()),
        ("Waits for", waits),
        ("Waited for by", waited),
        *blocks.convention(context, m),
        *details.facts(m),
        ("Components", ", ".join(m.components)),
        ("Tags", blocks.tags(m.tags)),
        ("Links", blocks.links(context, m, url_for)),
    ]
    outer: list[Milestone] = []
    while (above := context.parent(outer[0] if outer else m)) is not None:
        outer.insert(0, above)
    steps = [blocks.plan_link(context, one, url_for) for one in (*context.above(m.plan_id), plan)]
    steps += [anchor(context.url(one, url_for), Html("<bdi>{}</bdi>").format(one.title), title=one.id) for one in outer]
    return blocks.HEAD.format(
        exclude=blocks.exclude(context),
        crumb=blocks.crumb(context, url_for, [*steps, Html("<code>{}</code>").format(m.id)]),
        state=join(state, "\n"),
        facts=blocks.facts(facts),
    )


def _subtasks(context: Context, m: Milestone, url_for: UrlFor) -> Html:
    """The parts of a milestone, each with its own parts below it."""
    return blocks.in_box(context, _listed(context, m, url_for, 0))


def _listed(context: Context, m: Milestone, url_for: UrlFor, depth: int) -> Html:
    rows = []
    for inner in context.portfolio.subtasks.get(m.id, ()):
        deeper = inner.id in context.portfolio.subtasks and depth < blocks.DEEPEST
        rows.append(
            Html("<li>{} {}{}</li>").format(
                badge(inner.status),
                context.link(inner, url_for),
                _listed(context, inner, url_for, depth + 1) if deeper else "",
            )
        )
    return Html('<ul class="mst-list">{}</ul>').format(join(rows, "\n"))


def _waits_for(context: Context, m: Milestone, url_for: UrlFor) -> Html:
    return blocks.in_box(context, blocks.milestone_list(context, dict.fromkeys(m.depends_on), url_for))


def _waited_for_by(context: Context, m: Milestone, url_for: UrlFor) -> Html:
    return blocks.in_box(context, blocks.milestone_list(context, context.portfolio.graph.blocks[m.id], url_for))


def _neighbourhood(context: Context, m: Milestone, url_for: UrlFor) -> Html:
    ids = context.portfolio.graph.neighbourhood(m.id, limit=NEIGHBOURS)
    boxes, edges = blocks.boxes_and_edges(context, ids, url_for, focus=m.id, home=m.plan_id)
    return blocks.in_box(
        context,
        picture(boxes, edges, f"Milestones around {m.id}", "near", context.options.kept)
        + Html("\n")
        + blocks.legend(boxes, edges),
    )


def _history(context: Context, m: Milestone, url_for: UrlFor) -> Html:
    past = context.past
    line = past.line(m) if past is not None else None
    if past is None or line is None:
        words = "Several documents claim this id, so nobody can tell whose history it is."
        return blocks.in_box(context, Html('<p class="mst-quiet">{}</p>').format(words))
    return blocks.in_box(context, history_of(context, past, line))


def _milestone_footer(context: Context, m: Milestone, url_for: UrlFor) -> Html:
    before, after = context.around(m)
    steps = []
    for other, words, css in ((before, "Previous in plan", "mst-prev"), (after, "Next in plan", "mst-next")):
        if other:
            steps.append(
                Html('<a class="{}" href="{}"><span class="mst-quiet">{}</span>{} <bdi>{}</bdi></a>').format(
                    css, context.url(other, url_for), words, icon(other.status), other.title
                )
            )
    nav = Html('<nav class="mst-steps" aria-label="Milestones of this plan">{}</nav>\n').format(join(steps))
    return Html('<div class="mst"{}>\n{}{}\n</div>').format(
        blocks.exclude(context), nav if steps else "", blocks.sources(context, m)
    )
