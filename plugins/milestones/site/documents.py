"""The page of a milestone, and the page of a plan."""

from __future__ import annotations

import re
from functools import partial
from typing import TYPE_CHECKING

from milestones.site import details
from milestones.site.context import high_risk
from milestones.site.language import counted
from milestones.site.pages import Page
from milestones.site.parts import (
    Html,
    anchor,
    author_body,
    badge,
    flag,
    frame,
    heading_text,
    icon,
    join,
    lines,
    progress_bar,
    when,
    written,
)
from milestones.site.past import cycle_times, median_words, no_forecast, range_words, verdict
from milestones.site.steps import history as history_of
from milestones.site.svg import MOST_BOXES, Box, Edge, picture

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from milestones.history.forecast import Dates
    from milestones.model import Milestone, Part, Plan
    from milestones.site.context import Context, UrlFor

#: How many boxes the picture of a milestone's surroundings has at most.
NEIGHBOURS = 12

#: Levels of parts of parts that are told apart by where they stand.
DEEPEST = 4

_HEAD = Html(
    '<div class="mst mst-head"{exclude}>\n<p class="mst-crumb">{crumb}</p>\n'
    '<p class="mst-state">{state}</p>\n<dl class="mst-facts">{facts}</dl>\n</div>'
)


def milestone_page(context: Context, m: Milestone) -> Page:
    """A milestone: what it is, whose, how far and waiting for what in one look, then its own text."""
    graph = context.portfolio.graph
    slots = ["header"]
    parts = [f"# {heading_text(m.title)}", _slot("header")]
    if details.has_more(m):
        parts += ["## Details", _slot("details")]
        slots.append("details")
    parts += _bodies(context, m.parts)
    if m.id in context.portfolio.subtasks:
        parts += ["## Subtasks", _slot("subtasks")]
        slots.append("subtasks")
    if m.depends_on:
        parts += ["## Waits for", _slot("waits-for")]
        slots.append("waits-for")
    if graph.blocks.get(m.id):
        parts += ["## Waited for by", _slot("waited-for-by")]
        slots.append("waited-for-by")
    if graph.waits_for.get(m.id) or graph.blocks.get(m.id):
        parts += ["## Neighbourhood", _slot("neighbourhood")]
        slots.append("neighbourhood")
    line = context.past.line(m) if context.past is not None else None
    if line is not None or (context.past is not None and context.past.claimed(m)):
        parts += ["## History", _slot("history")]
        slots.append("history")
    parts.append(_slot("footer"))
    slots.append("footer")
    makers = {
        "header": _milestone_header,
        "details": _details,
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
        also=_further(m.parts),
        about=(m.id, m.path),
    )


_OWN_HEADING = re.compile(r"\A\s*#{1,6}[ \t][^\n]*(?:\n|\Z)")


def _further(written: Sequence[Part]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(part.path for part in written[1:] if part.path != written[0].path))


def _bodies(context: Context, written: Sequence[Part]) -> list[str]:
    """The author's own text: of the first document as it is, of each further one under its name."""
    texts: list[str] = []
    for part in written:
        text = context.portfolio.text(part)
        # Lines of a document begin with the heading that made them a part, which is the title of the page.
        text = author_body(_OWN_HEADING.sub("", text) if part.end else text)
        if text.strip():
            texts.append(f"## {heading_text(part.label or part.path)}\n\n{text}" if texts else text)
    return texts


def plan_page(context: Context, plan: Plan, uri: str) -> Page:
    """A plan: where it stands, the plans in it, its milestones, how they hang together, and its own text."""
    members = context.members[plan.id]
    makers = {"header": partial(_plan_header, context, plan)}
    parts = [f"# {heading_text(plan.title)}", _slot("header")]
    if details.has_more(plan):
        parts += ["## Details", _slot("details")]
        makers["details"] = partial(_details, context, plan)
    inner = context.subplans(plan)
    if inner:
        parts += ["## Plans", _slot("plans")]
        makers["plans"] = partial(_subplans, context, plan)
    if members or not inner:
        parts += ["## Milestones", _slot("milestones")]
        makers["milestones"] = partial(_plan_table, context, plan)
    drawn = drawn_milestones(context, members)
    if drawn and len(drawn) <= MOST_BOXES:
        parts += ["## Dependencies", _slot("dependencies")]
        makers["dependencies"] = partial(_plan_graph, context, plan, drawn)
    parts += _bodies(context, plan.parts)
    parts.append(_slot("footer"))
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
        also=_further(plan.parts),
        about=(plan.id, plan.path),
    )


def _slot(name: str) -> str:
    return f"{{{{slot:{name}}}}}"


def exclude(context: Context) -> Html:
    """The attribute that keeps a block out of the search index, unless all is to be in it."""
    return Html("") if context.options.search == "all" else Html(" data-search-exclude")


#: Facts that want the room of two.
_WIDE = frozenset(("Tags", "Links", "Forecast"))


def _facts(pairs: Iterable[tuple[str, Html | str]]) -> Html:
    row = Html("<div{}><dt>{}</dt><dd>{}</dd></div>")
    wide = Html(' class="mst-wide"')
    return join(
        (row.format(wide if name in _WIDE else "", name, value) for name, value in pairs if value),
        "\n",
    )


def _crumb(context: Context, url_for: UrlFor, rest: Sequence[Html | str]) -> Html:
    steps: list[Html | str] = list(rest)
    roadmap = context.uri("roadmap")
    if roadmap:
        steps.insert(0, anchor(url_for(roadmap), context.titles["roadmap"]))
    return Html(' <span aria-hidden="true">/</span> ').join(steps)


def _tags(tags: Sequence[str]) -> Html:
    return join((Html('<span class="mst-tag">{}</span>').format(tag) for tag in tags), " ")


def _links(context: Context, item: Milestone | Plan, url_for: UrlFor) -> Html:
    shown = []
    for label, target in item.links:
        if not target.strip():
            continue
        url = context.written_link(item.path, target, url_for)
        if url is None:
            shown.append(Html("{} <code>{}</code>").format(label, target))
        else:
            shown.append(anchor(url, label or target, title=target))
    return join(shown, ", ")


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
        ("Forecast", _milestone_forecast(context, m, alone=True)),
        ("Created", when(m.created)),
        ("Updated", when(m.updated)),
        ("Completed", when(m.completed)),
        ("Risk", (m.risk or "").capitalize()),
        ("Waits for", waits),
        ("Waited for by", waited),
        *_convention(context, m),
        *details.facts(m),
        ("Components", ", ".join(m.components)),
        ("Tags", _tags(m.tags)),
        ("Links", _links(context, m, url_for)),
    ]
    outer: list[Milestone] = []
    while (above := context.parent(outer[0] if outer else m)) is not None:
        outer.insert(0, above)
    steps = [_plan_link(context, one, url_for) for one in (*context.above(m.plan_id), plan)]
    steps += [anchor(context.url(one, url_for), Html("<bdi>{}</bdi>").format(one.title), title=one.id) for one in outer]
    return _HEAD.format(
        exclude=exclude(context),
        crumb=_crumb(context, url_for, [*steps, Html("<code>{}</code>").format(m.id)]),
        state=join(state, "\n"),
        facts=_facts(facts),
    )


def _plan_link(context: Context, plan: Plan, url_for: UrlFor) -> Html:
    return anchor(context.plan_url(plan.id, url_for), Html("<bdi>{}</bdi>").format(plan.title), title=plan.id)


def _convention(context: Context, item: Milestone | Plan) -> list[tuple[str, Html | str]]:
    """Which convention something is written after, where there are several."""
    return [("Convention", context.conventions.get(item.profile, item.profile))] if context.several else []


def _details(context: Context, item: Milestone | Plan, url_for: UrlFor) -> Html:
    return _in_box(context, details.details(context, item, url_for))


def _subtasks(context: Context, m: Milestone, url_for: UrlFor) -> Html:
    """The parts of a milestone, each with its own parts below it."""
    return _in_box(context, _listed(context, m, url_for, 0))


def _listed(context: Context, m: Milestone, url_for: UrlFor, depth: int) -> Html:
    rows = []
    for inner in context.portfolio.subtasks.get(m.id, ()):
        deeper = inner.id in context.portfolio.subtasks and depth < DEEPEST
        rows.append(
            Html("<li>{} {}{}</li>").format(
                badge(inner.status),
                context.link(inner, url_for),
                _listed(context, inner, url_for, depth + 1) if deeper else "",
            )
        )
    return Html('<ul class="mst-list">{}</ul>').format(join(rows, "\n"))


def milestone_list(context: Context, ids: Iterable[str], url_for: UrlFor) -> Html:
    """Milestones as a list: status, title, id, and what is to be said of each."""
    rows = []
    for id_ in ids:
        m = context.portfolio.by_id.get(id_)
        if m is None:
            rows.append(Html('<li><code>{}</code> <span class="mst-quiet">is not here</span></li>').format(id_))
            continue
        due = context.due_words(m)
        rows.append(
            Html("<li>{} {}{}</li>").format(
                badge(m.status),
                context.link(m, url_for),
                Html(' <span class="mst-quiet">{}</span>').format(due) if due else "",
            )
        )
    return Html('<ul class="mst-list">{}</ul>').format(join(rows, "\n"))


def _in_box(context: Context, inner: Html) -> Html:
    return Html('<div class="mst"{}>\n{}\n</div>').format(exclude(context), inner)


def _waits_for(context: Context, m: Milestone, url_for: UrlFor) -> Html:
    return _in_box(context, milestone_list(context, dict.fromkeys(m.depends_on), url_for))


def _waited_for_by(context: Context, m: Milestone, url_for: UrlFor) -> Html:
    return _in_box(context, milestone_list(context, context.portfolio.graph.blocks[m.id], url_for))


def boxes_and_edges(
    context: Context, ids: Iterable[str], url_for: UrlFor, focus: str = "", home: str | None = None
) -> tuple[list[Box], list[Edge]]:
    """Milestones and the arrows between them, ready to be drawn.

    ``home`` is the plan that the picture is about; boxes of other plans say which they are of.
    """
    portfolio = context.portfolio
    graph = portfolio.graph
    shown = dict.fromkeys(ids)
    plans = list(dict.fromkeys(portfolio.by_id[id_].plan_id for id_ in shown))
    boxes = []
    for id_ in shown:
        m = portfolio.by_id[id_]
        name = context.name(m)
        if m.plan_id != home and len(plans) > 1 and name != m.id:
            name = f"{_short_plan(m.plan_id)}/{name}"
        boxes.append(
            Box(
                key=id_,
                name=name,
                title=m.title,
                status=m.status,
                group=m.plan_id,
                note=m.status.label,
                url=context.url(m, url_for),
                strip=plans.index(m.plan_id) % 8 if len(plans) > 1 else None,
                held=graph.waiting(id_),
                critical=id_ in context.critical,
                focus=id_ == focus,
            )
        )
    edges = [
        Edge(before, after, not graph.items[before].status.closed, (before, after) in context.critical_edges)
        for after in shown
        for before in graph.waits_for[after]
        if before in shown
    ]
    return boxes, edges


def _short_plan(plan_id: str) -> str:
    """The part of a plan's id that tells it from its neighbours: ``EP-20260117-014`` is read as ``014``."""
    return plan_id.rpartition("-")[2] or plan_id


def legend(boxes: Sequence[Box], edges: Sequence[Edge]) -> Html:
    """What the marks of a picture mean, as far as they occur in it."""
    statuses = dict.fromkeys(box.status for box in boxes)
    items = [Html("<li>{}{}</li>").format(icon(status), status.label) for status in statuses]
    if any(box.held for box in boxes):
        items.append(Html('<li><span class="mst-key mst-key-held"></span>Held up: dashed border</li>'))
    if any(edge.held for edge in edges):
        items.append(Html('<li><span class="mst-key mst-key-wait"></span>Not done yet: dashed arrow</li>'))
    if any(box.critical for box in boxes):
        items.append(Html('<li><span class="mst-key mst-key-critical"></span>Critical path: double line</li>'))
    return Html('<ul class="mst-legend" aria-label="Legend">{}</ul>').format(join(items, "\n"))


def _neighbourhood(context: Context, m: Milestone, url_for: UrlFor) -> Html:
    ids = context.portfolio.graph.neighbourhood(m.id, limit=NEIGHBOURS)
    boxes, edges = boxes_and_edges(context, ids, url_for, focus=m.id, home=m.plan_id)
    return _in_box(
        context,
        picture(boxes, edges, f"Milestones around {m.id}", "near", context.options.kept)
        + Html("\n")
        + legend(boxes, edges),
    )


def _history(context: Context, m: Milestone, url_for: UrlFor) -> Html:
    past = context.past
    line = past.line(m) if past is not None else None
    if past is None or line is None:
        words = "Several documents claim this id, so nobody can tell whose history it is."
        return _in_box(context, Html('<p class="mst-quiet">{}</p>').format(words))
    return _in_box(context, history_of(context, past, line))


def _forecast(context: Context, item: Milestone | Plan, dates: Dates | None, alone: bool) -> Html:
    """By when something is likely to be finished, and what that means for its due date; more fully where it stands
    alone.
    """
    if dates is None or item.status.closed:
        return Html("")
    if alone:
        return range_words(dates) + _ODDS + verdict(item.due, dates, context.today)
    return range_words(dates) + verdict(item.due, dates, context.today)


def _milestone_forecast(context: Context, m: Milestone, *, alone: bool = False) -> Html:
    return _forecast(context, m, context.past.dates(m) if context.past is not None else None, alone)


def _plan_forecast(context: Context, plan: Plan, *, alone: bool = False) -> Html:
    return _forecast(context, plan, context.past.plan_dates(plan.id) if context.past is not None else None, alone)


#: What a range means, where it stands alone.
_ODDS = Html(' <span class="mst-quiet">(in 50 to 85 of 100 runs)</span>')


def _plan_past(context: Context, plan: Plan, members: Sequence[Milestone]) -> list[tuple[str, Html | str]]:
    """When a plan is likely to be finished, or why nobody knows, and how long its milestones took."""
    past = context.past
    if past is None:
        return []
    told: Html | str = _plan_forecast(context, plan, alone=True)
    if not told and not plan.status.closed and any(not m.status.closed for m in members):
        told = no_forecast(past.forecast)
    return [("Forecast", told), ("Cycle time", median_words(cycle_times(past.lines(members))))]


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
        exclude(context), nav if steps else "", _sources(context, m)
    )


def _sources(context: Context, item: Milestone | Plan) -> Html:
    """Where a page's text is kept, and the way to edit it."""
    if not context.document(item):
        return Html('<p class="mst-source">No document describes this plan.</p>')
    if not item.parts:
        return _source(context, item.path, "Listed in")
    paths = dict.fromkeys(part.path for part in item.parts)
    return join((_source(context, path, "Source") for path in paths), "\n")


def _source(context: Context, path: str, word: str) -> Html:
    url = context.options.edit_url(path) if context.options.edit_url else None
    edit = Html(" · ") + anchor(url, "Edit this document") if url else Html("")
    return Html('<p class="mst-source">{} <code>{}</code>{}</p>').format(word, path, edit)


def _source_footer(context: Context, plan: Plan, _url_for: UrlFor) -> Html:
    return Html('<div class="mst"{}>{}</div>').format(exclude(context), _sources(context, plan))


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
        *_convention(context, plan),
        *details.facts(plan),
        ("Touches", ", ".join(plan.touches)),
        ("Components", ", ".join(plan.components)),
        ("Tags", _tags(plan.tags)),
        ("Links", _links(context, plan, url_for)),
    ]
    return _HEAD.format(
        exclude=exclude(context),
        crumb=_crumb(
            context,
            url_for,
            [
                *(_plan_link(context, one, url_for) for one in context.above(plan.id)),
                Html("<code>{}</code>").format(plan.id),
            ],
        ),
        state=join(state, "\n"),
        facts=_facts(facts),
    )


def plain_table(label: str, heads: Sequence[str], rows: Sequence[tuple[Html, Sequence[Html | str]]]) -> Html:
    """A table whose first cells have attributes of their own; a column that says nothing is left out."""
    shown = [at for at in range(len(heads)) if at == 0 or any(cells[at] for _, cells in rows)]
    head = join(Html('<th scope="col">{}</th>').format(heads[at]) for at in shown)
    lines = join(
        (
            Html("<tr>{}</tr>").format(
                join(
                    Html("<td{}>{}</td>").format(
                        attributes if at == 0 else _MANY if heads[at] == "Waits for" else "", cells[at]
                    )
                    for at in shown
                )
            )
            for attributes, cells in rows
        ),
        "\n",
    )
    return frame(
        label,
        Html('<table class="mst-table">\n<thead><tr>{}</tr></thead>\n<tbody>\n{}\n</tbody>\n</table>').format(
            head, lines
        ),
    )


_MANY = Html(' class="mst-many"')


def _named(url: str | None, title: str, id_: str) -> Html:
    return Html('{}<span class="mst-id">{}</span>').format(anchor(url, Html("<bdi>{}</bdi>").format(title)), id_)


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
        return _in_box(context, _no_milestones(context, plan))
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
            indented(portfolio.depths[m.id]),
            (
                _named(context.url(m, url_for), m.title, context.name(m)),
                badge(m.status),
                progress_bar(portfolio.progress(m), f"Progress of {context.name(m)}"),
                m.owner or "",
                _due(context, m),
                _milestone_forecast(context, m),
                waits(m),
            ),
        )
        for m in members
    ]
    heads = ("Milestone", "Status", "Progress", "Owner", "Due", "Forecast", "Waits for")
    return _in_box(context, plain_table("Milestones of this plan", heads, rows))


def indented(depth: int) -> Html:
    """The attribute that sets a row in from what it is a part of."""
    return Html(' class="mst-in-{}"').format(min(depth, DEEPEST)) if depth else Html("")


def _subplans(context: Context, plan: Plan, url_for: UrlFor) -> Html:
    """The plans that lie in a plan, with all that lies in those."""
    rows = []
    for inner, depth in context.tree(context.subplans(plan)):
        members = context.below(inner)
        done = sum(m.status.value == "completed" for m in members)
        cells = (
            _named(context.plan_url(inner.id, url_for), inner.title, inner.id),
            badge(inner.status, written(inner)),
            progress_bar(context.portfolio.plan_progress(inner.id), f"Progress of {inner.id}"),
            f"{done:,} of {len(members):,}" if members else "",
            inner.owner or "",
            when(inner.due),
            _plan_forecast(context, inner),
        )
        rows.append((indented(depth), cells))
    heads = ("Plan", "Status", "Progress", "Milestones", "Owner", "Due", "Forecast")
    return _in_box(context, plain_table("Plans within this plan", heads, rows))


def _due(context: Context, m: Milestone) -> Html:
    if not m.due:
        return Html("")
    text = when(m.due)
    if context.portfolio.overdue(m):
        return Html('{}<span class="mst-late">overdue</span>').format(text)
    return text


def drawn_milestones(context: Context, members: Sequence[Milestone]) -> list[str]:
    """The ids to draw for a plan: its milestones that hang together with any, and their neighbours."""
    graph = context.portfolio.graph
    ids: dict[str, None] = {}
    for m in members:
        near = [*graph.waits_for.get(m.id, []), *graph.blocks.get(m.id, [])]
        if near:
            ids.update(dict.fromkeys([m.id, *near]))
    return list(ids)


def _plan_graph(context: Context, plan: Plan, drawn: list[str], url_for: UrlFor) -> Html:
    boxes, edges = boxes_and_edges(context, drawn, url_for, home=plan.id)
    return _in_box(
        context,
        picture(boxes, edges, f"Dependencies of the milestones of {plan.id}", "plan", context.options.kept)
        + Html("\n")
        + legend(boxes, edges),
    )
