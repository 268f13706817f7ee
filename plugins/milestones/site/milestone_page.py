"""The page of a milestone."""

from __future__ import annotations

from typing import TYPE_CHECKING

from milestones.site import blocks, details
from milestones.site.language import _, figure, numbered
from milestones.site.mentions import key
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
    from collections.abc import Callable, Iterable

    from milestones.model import Milestone
    from milestones.site.context import Context, UrlFor

    Make = Callable[[Context, Milestone, UrlFor], Html]

#: How many boxes the picture of a milestone's surroundings has at most.
NEIGHBOURS = 12


def milestone_page(context: Context, m: Milestone) -> Page:
    """A milestone: what it is, whose, how far and waiting for what in one look, then its own text."""
    graph = context.portfolio.graph
    slots: dict[str, Make] = {"header": _header}
    parts = [f"# {heading_text(m.title)}", blocks.slot("header")]

    def section(heading: str, name: str, make: Make) -> None:
        parts.extend((f"## {heading}", blocks.slot(name)))
        slots[name] = make

    if details.has_more(m):
        section(_("Details"), "details", blocks.details_of)
    parts += blocks.bodies(context, m.parts)
    if m.id in context.portfolio.subtasks:
        section(_("Subtasks"), "subtasks", _subtasks)
    # The head names them, unless they are many.
    if len(m.depends_on) > blocks.MOST_NAMED:
        section(_("Waits for"), "waits-for", _waits_for)
    if len(graph.blocks.get(m.id, ())) > blocks.MOST_NAMED:
        section(_("Waited for by"), "waited-for-by", _waited_for_by)
    if graph.waits_for.get(m.id) or graph.blocks.get(m.id):
        section(_("Neighbourhood"), "neighbourhood", _neighbourhood)
    if key(m) in context.mentions:
        section(_("Mentioned in"), "mentioned-in", blocks.mentioned)
    if context.past is not None and (context.past.line(m) is not None or context.past.claimed(m)):
        section(_("History"), "history", _history)
    parts.append(blocks.slot("footer"))
    slots["footer"] = _footer

    def fill(url_for: UrlFor) -> dict[str, str]:
        return {name: lines(make(context, m, url_for)) for name, make in slots.items()}

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


def _header(context: Context, m: Milestone, url_for: UrlFor) -> Html:
    facts: list[tuple[str, Html | str]] = [
        (_("Owner"), m.owner or ""),
        (_("Due"), when(m.due)),
        (_("Forecast"), blocks.milestone_forecast(context, m, alone=True)),
        (_("Risk"), (m.risk or "").capitalize()),
        (_("Domain"), m.domain or ""),
        (_("Start"), when(m.start)),
        (_("Created"), when(m.created)),
        (_("Updated"), when(m.updated)),
        (_("Completed"), when(m.completed)),
        *blocks.convention(context, m),
        *details.facts(m),
        (_("Components"), ", ".join(m.components)),
        (_("Tags"), blocks.tags(m.tags)),
        (_("Links"), blocks.links(context, m, url_for)),
    ]
    outer: list[Milestone] = []
    while len(outer) < blocks.MOST_STEPS and (above := context.parent(outer[0] if outer else m)) is not None:
        outer.insert(0, above)
    plans = (*context.above(m.plan_id), context.plan_by_id[m.plan_id])
    steps = [blocks.plan_link(context, one, url_for) for one in plans]
    steps += [anchor(context.url(one, url_for), Html("<bdi>{}</bdi>").format(one.title), title=one.id) for one in outer]
    after = context.portfolio.graph.blocks.get(m.id, [])
    return blocks.head(
        context,
        blocks.crumb(context, url_for, [*steps, Html("<code>{}</code>").format(m.id)]),
        _state(context, m),
        (
            (_("Waits for"), _named(context, m, dict.fromkeys(m.depends_on), "waits-for", url_for)),
            (_("Waited for by"), _named(context, m, after, "waited-for-by", url_for)),
        ),
        facts,
    )


def _state(context: Context, m: Milestone) -> list[Html]:
    """How it stands and how far it is, and what is remarkable about it today."""
    quiet = Html('<span class="mst-quiet">{}</span>')
    state = [badge(m.status, written(m)), progress_bar(context.portfolio.progress(m), _("Progress"))]
    if m.tally.total:
        words = numbered(
            m.tally.total, "{done} of {number} task", "{done} of {number} tasks", done=figure(m.tally.done)
        )
        state.append(quiet.format(words))
    if inner := context.portfolio.subtasks.get(m.id):
        done = figure(sum(other.status.value == "completed" for other in inner))
        words = numbered(
            len(inner), "{done} of {number} subtask completed", "{done} of {number} subtasks completed", done=done
        )
        state.append(Html('<a class="mst-quiet" href="#subtasks">{}</a>').format(words))
    return state + [flag(words, kind) for kind, words in context.flags(m)]


def _named(context: Context, m: Milestone, ids: Iterable[str], place: str, url_for: UrlFor) -> list[Html]:
    """Neighbours by name and status; where they are many, first those that are not done, and a way to all."""
    by_id = context.portfolio.by_id
    ordered = list(ids)
    if len(ordered) > blocks.MOST_NAMED:
        ordered.sort(key=lambda id_: id_ in by_id and by_id[id_].status.closed)
    items = []
    for id_ in ordered[: blocks.MOST_NAMED]:
        other = by_id.get(id_)
        if other is None:
            items.append(blocks.missing(id_))
        else:
            name = context.name(other) if other.plan_id == m.plan_id else other.id
            items.append(blocks.tie(other.status, context.url(other, url_for), other.title, name))
    if left := len(ordered) - len(items):
        items.append(anchor(f"#{place}", _("And {number} more").format(number=figure(left))))
    return items


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
        picture(boxes, edges, _("Milestones around {id}").format(id=m.id), "near", context.options.kept)
        + Html("\n")
        + blocks.legend(boxes, edges),
    )


def _history(context: Context, m: Milestone, url_for: UrlFor) -> Html:
    past = context.past
    line = past.line(m) if past is not None else None
    if past is None or line is None:
        words = _("Several documents claim this id, so nobody can tell whose history it is.")
        return blocks.in_box(context, Html('<p class="mst-quiet">{}</p>').format(words))
    return blocks.in_box(context, history_of(context, past, line))


def _footer(context: Context, m: Milestone, url_for: UrlFor) -> Html:
    before, after = context.around(m)
    steps = []
    for other, words, css in ((before, _("Previous in plan"), "mst-prev"), (after, _("Next in plan"), "mst-next")):
        if other:
            steps.append(
                Html('<a class="{}" href="{}"><span class="mst-quiet">{}</span>{} <bdi>{}</bdi></a>').format(
                    css, context.url(other, url_for), words, icon(other.status), other.title
                )
            )
    nav = Html('<nav class="mst-steps" aria-label="{}">{}</nav>\n').format(_("Milestones of this plan"), join(steps))
    return Html('<div class="mst"{}>\n{}{}\n</div>').format(
        blocks.exclude(context), nav if steps else "", blocks.sources(context, m)
    )
