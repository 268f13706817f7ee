"""The dependency graph of the whole, as a picture and in words."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING

from milestones.graph.dependencies import Dependencies
from milestones.site.blocks import boxes_and_edges, exclude, legend
from milestones.site.language import counted
from milestones.site.pages import Page
from milestones.site.parts import Html, anchor, badge, heading_text, icon, join, lines, percent
from milestones.site.svg import MOST_BOXES, Box, Edge, picture

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from milestones.model import Milestone
    from milestones.site.context import Context, UrlFor


#: A list of milestones on their own that is longer than this is folded away.
FOLDED_ABOVE = 12


def graph_page(context: Context) -> Page:
    """One picture of all that hangs together, or of the plans where that would be too much; and a list."""
    title = context.titles["graph"]
    graph = context.portfolio.graph
    connected = [m for m in context.milestones if graph.waits_for[m.id] or graph.blocks[m.id]]
    alone = [m for m in context.milestones if not graph.waits_for[m.id] and not graph.blocks[m.id]]
    parts = [f"# {heading_text(title)}"]
    makers: dict[str, Callable[[UrlFor], Html]] = {}

    def section(heading: str, name: str, make: Callable[[UrlFor], Html]) -> None:
        parts.extend(part for part in (heading and f"## {heading}", f"{{{{slot:{name}}}}}") if part)
        makers[name] = make

    if graph.cycles():
        section("", "cycles", lambda url_for: _cycles(context, url_for))
    section("", "picture", lambda url_for: _picture(context, connected, url_for))
    if context.critical:
        section("Critical path", "critical", lambda url_for: _critical(context, url_for))
    if any(graph.waits_for[m.id] for m in connected):
        section("In words", "words", lambda url_for: _words(context, connected, url_for))
    if alone:
        section("On their own", "alone", lambda url_for: _alone(context, alone, url_for))

    def fill(url_for: UrlFor) -> dict[str, str]:
        opening = Html('<div class="mst"{}>').format(exclude(context))
        return {name: lines(opening + Html("\n") + make(url_for) + Html("\n</div>")) for name, make in makers.items()}

    return Page(
        context.fixed["graph"],
        title,
        "graph",
        "\n\n".join(parts) + "\n",
        fill,
        in_nav=True,
        wide=True,
        search=context.options.search,
    )


def _cycles(context: Context, url_for: UrlFor) -> Html:
    """Circles of milestones that wait for each other: none of them can ever start."""
    rows = join(
        (
            Html("<li>{}</li>").format(
                Html(' <span class="mst-arrow-word" aria-label="waits for">→</span> ').join(
                    anchor(context.id_url(id_, url_for), id_) for id_ in (*cycle, cycle[0])
                )
            )
            for cycle in context.portfolio.graph.cycles()
        ),
        "\n",
    )
    return Html(
        '<div class="mst-note" role="note"><strong>These wait for each other in a circle, so none can start:'
        "</strong>\n<ul>{}</ul></div>"
    ).format(rows)


def _picture(context: Context, connected: Sequence[Milestone], url_for: UrlFor) -> Html:
    if not connected:
        return Html(
            "<p>No milestone waits for another yet. Name what a milestone waits for in its front matter, "
            "and it is drawn here:</p><pre><code>depends_on: [MILESTONE-ID]</code></pre>"
        )
    if len(connected) > MOST_BOXES:
        return _overview(context, len(connected), url_for)
    boxes, every = boxes_and_edges(context, [m.id for m in connected], url_for)
    edges = _telling(every, Dependencies(connected))
    label = f"Dependencies between {counted(len(boxes), 'milestone', 'milestones')}"
    return (
        legend(boxes, edges)
        + Html("\n")
        + picture(boxes, edges, label, "all", context.options.kept)
        + _groups(context, boxes)
    )


def _telling(edges: Sequence[Edge], graph: Dependencies) -> list[Edge]:
    """The edges that others do not imply, and those of the critical path; the words below the picture name all."""
    told = set(graph.reduced())
    return [edge for edge in edges if edge.critical or (edge.before, edge.after) in told]


def _groups(context: Context, boxes: Sequence[Box]) -> Html:
    """Which plan each coloured strip stands for."""
    strips = {box.group: box.strip for box in boxes if box.strip is not None}
    if not strips:
        return Html("")
    items = join(
        (
            Html(
                '<li><span class="mst-key mst-key-plan mst-hue-{}"></span>{} <span class="mst-id">{}</span></li>'
            ).format(hue, context.plan_by_id[plan_id].title, plan_id)
            for plan_id, hue in strips.items()
        ),
        "\n",
    )
    return Html('\n<ul class="mst-legend" aria-label="Plans">{}</ul>').format(items)


def _overview(context: Context, number: int, url_for: UrlFor) -> Html:
    """The plans in place of their milestones."""
    plans = context.portfolio.plan_graph
    drawn = [plan for plan in context.plans if plans.waits_for.get(plan.id) or plans.blocks.get(plan.id)]
    words = Html("<p>{} milestones hang together: too many for one picture. {}</p>").format(
        f"{number:,}",
        "Here are their plans; each has a picture of its own milestones."
        if 0 < len(drawn) <= MOST_BOXES
        else "Each of these plans has a picture of its own.",
    )
    if not 0 < len(drawn) <= MOST_BOXES:
        return words + Html("\n") + _plan_list(context, url_for)
    path = plans.critical_path()
    steps = set(itertools.pairwise(path))
    boxes = [
        Box(
            plan.id,
            plan.id,
            plan.title,
            plan.status,
            plan.id,
            percent(context.portfolio.plan_progress(plan.id)),
            context.plan_url(plan.id, url_for),
            held=plans.waiting(plan.id),
            critical=plan.id in path,
        )
        for plan in {plan.id: plan for plan in drawn}.values()
    ]
    every = [Edge(a, b, not plans.items[a].status.closed, (a, b) in steps) for a, b in plans.edges]
    edges = _telling(every, plans)
    drawing = picture(boxes, edges, "Dependencies between plans", "plans", context.options.kept)
    return words + legend(boxes, edges) + Html("\n") + drawing


def _plan_list(context: Context, url_for: UrlFor) -> Html:
    """The plans whose milestones hang together, each a link to its picture."""
    graph = context.portfolio.graph
    rows = []
    for plan in context.plan_by_id.values():
        number = sum(bool(graph.waits_for[m.id] or graph.blocks[m.id]) for m in context.members[plan.id])
        if number:
            link = anchor(context.plan_url(plan.id, url_for), Html("<bdi>{}</bdi>").format(plan.title))
            rows.append(
                Html('<li>{} {} <span class="mst-id">{}</span> <span class="mst-quiet">{}</span></li>').format(
                    badge(plan.status), link, plan.id, counted(number, "milestone", "milestones")
                )
            )
    return Html('<ul class="mst-list">{}</ul>').format(join(rows, "\n"))


def _critical(context: Context, url_for: UrlFor) -> Html:
    path = [context.portfolio.by_id[id_] for id_ in context.portfolio.graph.critical_path()]
    steps = join((Html("<li>{} {}</li>").format(badge(m.status), context.link(m, url_for)) for m in path), "\n")
    return Html(
        "<p>The longest chain of open work, {} in a row: a slip of any of them moves the end.</p>\n"
        '<ol class="mst-list mst-path">{}</ol>'
    ).format(counted(len(path), "milestone", "milestones"), steps)


def _words(context: Context, connected: Sequence[Milestone], url_for: UrlFor) -> Html:
    graph = context.portfolio.graph

    def named(id_: str) -> Html:
        m = context.portfolio.by_id[id_]
        return Html("{}{} <span>{}</span>").format(
            icon(m.status), anchor(context.url(m, url_for), id_), f"({m.status.label.lower()})"
        )

    rows = join(
        (
            Html('<li>{} <span class="mst-id">{}</span> waits for {}</li>').format(
                anchor(context.url(m, url_for), Html("<bdi>{}</bdi>").format(m.title)),
                m.id,
                join((named(id_) for id_ in graph.waits_for[m.id]), ", "),
            )
            for m in connected
            if graph.waits_for[m.id]
        ),
        "\n",
    )
    return Html('<ul class="mst-words">{}</ul>').format(rows)


def _alone(context: Context, alone: Sequence[Milestone], url_for: UrlFor) -> Html:
    """What neither waits nor is waited for, by name; what is over is counted where that makes many."""
    shown = [m for m in alone if not m.status.closed] if len(alone) > MOST_BOXES else list(alone)
    rows = join((Html("<li>{} {}</li>").format(badge(m.status), context.link(m, url_for)) for m in shown), "\n")
    left = len(alone) - len(shown)
    rest = Html('<p class="mst-quiet">And {} that {} over.</p>').format(
        counted(left, "milestone", "milestones"), "is" if left == 1 else "are"
    )
    listed = Html('<ul class="mst-list">{}</ul>{}').format(rows, rest if left else "")
    if len(shown) > FOLDED_ABOVE:
        listed = Html("<details><summary>Show them</summary>\n{}</details>").format(listed)
    return Html("<p>{} that neither wait for others nor are waited for.</p>\n{}").format(
        counted(len(alone), "milestone", "milestones"), listed
    )
