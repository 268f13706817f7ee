"""The dependency graph of the whole, as a picture to explore, and in words.

The picture is drawn when the site is built. The words beside it say the same, and a little more; they are what the
script reads when somebody explores the picture.
"""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING

from milestones.graph.dependencies import Dependencies
from milestones.site.blocks import boxes_and_edges, exclude, legend
from milestones.site.language import _, counted, figure
from milestones.site.pages import Page
from milestones.site.parts import (
    LETTER,
    STATUS_ORDER,
    Html,
    anchor,
    badge,
    heading_text,
    icon,
    join,
    label,
    lines,
    percent,
)
from milestones.site.svg import MOST_BOXES, Box, Edge, picture

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from milestones.model import Milestone, Plan
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
    section("", "picture", lambda url_for: _explorer(context, connected, url_for))
    if context.critical:
        section(_("Critical path"), "critical", lambda url_for: _critical(context, url_for))
    if connected:
        section(_("In words"), "words", lambda url_for: _words(context, connected, url_for))
    if alone:
        section(_("On their own"), "alone", lambda url_for: _alone(context, alone, url_for))

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
    waits = Html(' <span class="mst-arrow-word" aria-label="{}">→</span> ').format(_("waits for"))
    rows = join(
        (
            Html("<li>{}</li>").format(
                waits.join(anchor(context.id_url(id_, url_for), id_) for id_ in (*cycle, cycle[0]))
            )
            for cycle in context.portfolio.graph.cycles()
        ),
        "\n",
    )
    return Html('<div class="mst-note" role="note"><strong>{}</strong>\n<ul>{}</ul></div>').format(
        _("These wait for each other in a circle, so none can start:"), rows
    )


_EXPLORER = Html(
    '<div class="mst-explorer" data-open="{open}" data-close="{close}" data-waits="{waits}" data-waited="{waited}"'
    ' data-unfold="{unfold}" data-fold="{fold}" data-nothing="{nothing}" data-found="{found}" data-of="{of}"'
    ' data-completed="{completed}" data-label="{label}">\n{form}\n{picture}\n{plans}\n</div>'
)
_FORM = Html(
    '<form class="mst-filter mst-explore" role="search" aria-label="{label}" hidden>\n<div class="mst-bar-line">'
    '<label class="mst-find"><span class="mst-unseen">{find}</span>'
    '<input type="search" name="find" autocomplete="off" placeholder="{find}"></label>'
    '<label class="mst-field"><span class="mst-unseen">{plan}</span><select name="plan"><option value="">{all}</option>'
    "</select></label>"
    '<span class="mst-tools"><button type="button" data-do="out" aria-label="{out}">−</button>'
    '<button type="button" data-do="in" aria-label="{in_}">+</button>'
    '<button type="button" data-do="fit">{fit}</button>'
    '<button type="button" data-do="fold">{fold}</button>'
    '<button type="button" data-do="unfold">{unfold}</button></span></div>\n'
    '<fieldset class="mst-chips"><legend class="mst-unseen">{chips_label}</legend>{chips}</fieldset>\n'
    '<div class="mst-bar-line mst-outcome"><output aria-live="polite"></output>'
    '<details class="mst-help-keys"><summary>{keys}</summary><p>{how}</p></details></div>\n</form>'
)
_CHIP = Html('<label class="mst-chip"><input type="checkbox" name="{}" value="{}"><span>{}{}</span></label>')


def _explorer(context: Context, connected: Sequence[Milestone], url_for: UrlFor) -> Html:
    """The picture, with what the script needs to let somebody explore it."""
    if not connected:
        return Html("<p>{}</p><pre><code>depends_on: [MILESTONE-ID]</code></pre>").format(
            _(
                "No milestone waits for another yet. Name what a milestone waits for in its front matter, and it is "
                "drawn here:"
            )
        )
    drawn, boxes = _picture(context, connected, url_for)
    present = {m.status for m in connected}
    chips = [_CHIP.format("status", s.value, icon(s), label(s)) for s in STATUS_ORDER if s in present]
    if context.critical:
        chips.append(_CHIP.format("show", "critical", "", _("Critical path")))
    if any(context.portfolio.graph.waiting(m.id) for m in connected):
        chips.append(_CHIP.format("show", "blocked", "", _("Blocked chains")))
    form = _FORM.format(
        label=_("Explore the graph"),
        find=_("Find in the graph"),
        plan=_("Plan"),
        all=_("All plans"),
        out=_("Zoom out"),
        in_=_("Zoom in"),
        fit=_("Fit"),
        fold=_("Fold plans"),
        unfold=_("Unfold plans"),
        chips_label=_("Light up"),
        chips=join(chips),
        keys=_("Keyboard"),
        how=_(
            "Arrow keys go from a milestone to what it waits for, to what waits for it, and to its neighbours. Enter "
            "shows what is known of it, Escape closes that. Plus and minus zoom, zero shows all."
        ),
    )
    return _EXPLORER.format(
        open=_("Open its page"),
        close=_("Close"),
        waits=_("Waits for"),
        waited=_("Waited for by"),
        unfold=_("Unfold this plan"),
        fold=_("Fold this plan"),
        nothing=_("Nothing fits."),
        found=_("{number} fit"),
        of=_("{shown} boxes for {all} milestones"),
        completed=_("{done} of {all} completed"),
        label=_("Dependencies"),
        form=form,
        picture=drawn,
        plans=_plans(context, connected, boxes, url_for),
    )


def _picture(context: Context, connected: Sequence[Milestone], url_for: UrlFor) -> tuple[Html, Sequence[Box]]:
    if len(connected) > MOST_BOXES:
        return _overview(context, len(connected), url_for), ()
    boxes, every = boxes_and_edges(context, [m.id for m in connected], url_for)
    edges = _telling(every, Dependencies(connected))
    words = _("Dependencies between {milestones}").format(milestones=counted(len(boxes), "milestone", "milestones"))
    return legend(boxes, edges) + Html("\n") + picture(boxes, edges, words, "all", context.options.kept), boxes


def _telling(edges: Sequence[Edge], graph: Dependencies) -> list[Edge]:
    """The edges that others do not imply, and those of the critical path; the words below the picture name all."""
    told = set(graph.reduced())
    return [edge for edge in edges if edge.critical or (edge.before, edge.after) in told]


def _plans(context: Context, connected: Sequence[Milestone], boxes: Sequence[Box], url_for: UrlFor) -> Html:
    """The plans of the picture, each with its coloured strip; the script folds and unfolds them."""
    strips = {box.group: box.strip for box in boxes if box.strip is not None}
    shown = [context.plan_by_id[plan_id] for plan_id in dict.fromkeys(m.plan_id for m in connected)]

    def row(plan: Plan) -> Html:
        strip = strips.get(plan.id)
        return Html('<li data-p="{}" data-s="{}" data-done="{}">{}{}{} <span class="mst-id">{}</span></li>').format(
            plan.id,
            LETTER[plan.status],
            percent(context.portfolio.plan_progress(plan.id)),
            "" if strip is None else Html('<span class="mst-key mst-key-plan mst-hue-{}"></span>').format(strip),
            icon(plan.status),
            anchor(context.plan_url(plan.id, url_for), Html("<bdi>{}</bdi>").format(plan.title)),
            plan.id if plan.id != plan.title else "",
        )

    listed = Html('<ul class="mst-legend mst-groups" aria-label="{}">{}</ul>').format(
        _("Plans"), join(map(row, shown), "\n")
    )
    if len(shown) <= FOLDED_ABOVE:
        return listed
    return Html('<details class="mst-fold"><summary>{}</summary>\n{}</details>').format(
        counted(len(shown), "plan", "plans"), listed
    )


def _overview(context: Context, number: int, url_for: UrlFor) -> Html:
    """The plans in place of their milestones."""
    plans = context.portfolio.plan_graph
    drawn = [plan for plan in context.plans if plans.waits_for.get(plan.id) or plans.blocks.get(plan.id)]
    words = Html("<p>{} {}</p>").format(
        _("{number} milestones hang together: too many for one picture.").format(number=figure(number)),
        _("Here are their plans; each has a picture of its own milestones.")
        if 0 < len(drawn) <= MOST_BOXES
        else _("Each of these plans has a picture of its own."),
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
    drawing = picture(boxes, edges, _("Dependencies between plans"), "plans", context.options.kept)
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
    return Html('<p>{}</p>\n<ol class="mst-list mst-path">{}</ol>').format(
        _("The longest chain of open work: a slip of any of these moves the end."), steps
    )


_WORDS = Html(
    '<li data-k="{id}" data-n="{name}" data-p="{plan}" data-s="{letter}"{data}>{icon}{link}'
    ' <span class="mst-id">{id}</span> <span class="mst-quiet">{about}</span> {waits}</li>'
)


def _words(context: Context, connected: Sequence[Milestone], url_for: UrlFor) -> Html:
    """Every milestone of the graph, with what is known of it in short, and what it waits for."""
    graph = context.portfolio.graph
    numbers = {m.id: at for at, m in enumerate(connected)}
    order = {id_: at for at, id_ in enumerate(graph.critical_path())}
    told: dict[str, list[int]] = {}
    for before, after in context.telling_edges:
        told.setdefault(after, []).append(numbers[before])

    def named(id_: str) -> Html:
        m = context.portfolio.by_id[id_]
        return icon(m.status) + anchor(context.url(m, url_for), Html("<bdi>{}</bdi>").format(m.title), title=m.id)

    def row(m: Milestone) -> Html:
        data = Html("")
        if waits := told.get(m.id):
            data += Html(' data-w="{}"').format(" ".join(map(str, waits)))
        if m.id in order:
            data += Html(' data-c="{}"').format(order[m.id])
        if graph.waiting(m.id):
            data += Html(" data-h")
        before = graph.waits_for[m.id]
        return _WORDS.format(
            id=m.id,
            name=context.name(m),
            plan=m.plan_id,
            letter=LETTER[m.status],
            data=data,
            icon=icon(m.status),
            link=anchor(context.url(m, url_for), Html("<bdi>{}</bdi>").format(m.title)),
            about=" · ".join(filter(None, (label(m.status), m.owner, context.due_words(m)))),
            waits=Html('<span class="mst-waits">{} {}</span>').format(_("waits for"), join(map(named, before), ", "))
            if before
            else "",
        )

    return Html('<ul class="mst-words">{}</ul>').format(join(map(row, connected), "\n"))


def _alone(context: Context, alone: Sequence[Milestone], url_for: UrlFor) -> Html:
    """What neither waits nor is waited for, by name; what is over is counted where that makes many."""
    shown = [m for m in alone if not m.status.closed] if len(alone) > MOST_BOXES else list(alone)
    rows = join((Html("<li>{} {}</li>").format(badge(m.status), context.link(m, url_for)) for m in shown), "\n")
    left = len(alone) - len(shown)
    rest = Html('<p class="mst-quiet">{}</p>').format(counted(left, "more that is over", "more that are over"))
    listed = Html('<ul class="mst-list">{}</ul>{}').format(rows, rest if left else "")
    if len(shown) > FOLDED_ABOVE:
        listed = Html("<details><summary>{}</summary>\n{}</details>").format(_("Show them"), listed)
    return Html("<p>{}</p>\n{}").format(
        counted(len(alone), "milestone waits for nothing and nobody", "milestones wait for nothing and nobody"), listed
    )
