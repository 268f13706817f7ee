"""What pages about plans and milestones are put together from: their head, facts, tables, lists, and pictures."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from milestones.model import Plan
from milestones.site import details
from milestones.site.language import _, numbered
from milestones.site.mentions import key
from milestones.site.parts import Html, anchor, author_body, badge, frame, heading_text, icon, join, label, sentence
from milestones.site.past import range_words, verdict
from milestones.site.svg import Box, Edge

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from milestones.history.forecast import Dates
    from milestones.model import Milestone, Part, Status
    from milestones.site.context import Context, UrlFor

#: Neighbours that the head of a page names; where there are more, a list of its own has them all.
MOST_NAMED = 6
#: Mentions that are shown at once; further ones are folded away.
MOST_MENTIONS = 12

#: Levels of parts of parts that are told apart by where they stand.
DEEPEST = 4


def slot(name: str) -> str:
    """The line of a page that HTML of its own is put in for."""
    return f"{{{{slot:{name}}}}}"


def exclude(context: Context) -> Html:
    """The attribute that keeps a block out of the search index, unless all is to be in it."""
    return Html("") if context.options.search == "all" else Html(" data-search-exclude")


def in_box(context: Context, inner: Html) -> Html:
    """HTML of ours as a block of its own within the text of a page."""
    return Html('<div class="mst"{}>\n{}\n</div>').format(exclude(context), inner)


_HEAD = Html(
    '<div class="mst mst-head"{}>\n<p class="mst-crumb">{}</p>\n<p class="mst-state">{}</p>\n{}<dl class="mst-facts">{}'
    "</dl>\n</div>"
)
_TIES = Html('<div class="mst-ties">{}</div>\n')


def head(
    context: Context,
    crumb: Html,
    state: Sequence[Html],
    ties: Sequence[tuple[str, Sequence[Html]]],
    facts: Iterable[tuple[str, Html | str]],
) -> Html:
    """The head of a page: the way to it, how it stands, what it is tied to (each list under its name), and facts."""
    tied = join(
        (
            Html("<div><p>{}</p>\n<ul>{}</ul></div>").format(words, join(map(Html("<li>{}</li>").format, items), "\n"))
            for words, items in ties
            if items
        ),
        "\n",
    )
    return _HEAD.format(exclude(context), crumb, join(state, "\n"), _TIES.format(tied) if tied else "", _facts(facts))


def tie(status: Status, url: str | None, title: str, id_: str) -> Html:
    """A neighbour in the head of a page: its status, its title as a link, and its id."""
    return Html('{}{} <span class="mst-id">{} · {}</span>').format(
        icon(status), anchor(url, Html("<bdi>{}</bdi>").format(title)), id_, label(status)
    )


def _facts(pairs: Iterable[tuple[str, Html | str]]) -> Html:
    """Names with their values; those without a value are left out."""
    row = Html("<div{}><dt>{}</dt><dd>{}</dd></div>")
    wide = Html(' class="mst-wide"')
    # These want the room of two.
    roomy = (_("Tags"), _("Links"), _("Forecast"))
    return join(
        (row.format(wide if name in roomy else "", name, value) for name, value in pairs if value),
        "\n",
    )


#: Steps of the way to a page that are shown: the outermost, and those next to the page.
MOST_STEPS = 6


def crumb(context: Context, url_for: UrlFor, rest: Sequence[Html | str]) -> Html:
    """The way to a page, from the roadmap down; of a long one, its beginning and its end."""
    steps: list[Html | str] = list(rest)
    if len(steps) > MOST_STEPS:
        steps[1 : len(steps) - MOST_STEPS + 2] = ["…"]
    roadmap = context.uri("roadmap")
    if roadmap:
        steps.insert(0, anchor(url_for(roadmap), context.titles["roadmap"]))
    return Html(' <span aria-hidden="true">/</span> ').join(steps)


def tags(tags: Sequence[str]) -> Html:
    """Tags, each set off."""
    return join((Html('<span class="mst-tag">{}</span>').format(tag) for tag in tags), " ")


def links(context: Context, item: Milestone | Plan, url_for: UrlFor) -> Html:
    """The links of a document's front matter, as far as they lead anywhere safe; the others as text."""
    shown = []
    for name, target in item.links:
        if not target.strip():
            continue
        url = context.written_link(item.path, target, url_for)
        if url is None:
            shown.append(Html("{} <code>{}</code>").format(name, target))
        else:
            shown.append(anchor(url, name or target, title=target))
    return join(shown, ", ")


def plan_link(context: Context, plan: Plan, url_for: UrlFor) -> Html:
    """A plan as a link of its title."""
    return anchor(context.plan_url(plan.id, url_for), Html("<bdi>{}</bdi>").format(plan.title), title=plan.id)


def convention(context: Context, item: Milestone | Plan) -> list[tuple[str, Html | str]]:
    """Which convention something is written after, where there are several."""
    return [(_("Convention"), context.conventions.get(item.profile, item.profile))] if context.several else []


def details_of(context: Context, item: Milestone | Plan, url_for: UrlFor) -> Html:
    """What a document's front matter says beyond the facts."""
    return in_box(context, details.details(context, item, url_for))


_OWN_HEADING = re.compile(r"\A\s*#{1,6}[ \t][^\n]*(?:\n|\Z)")


def further(written: Sequence[Part]) -> tuple[str, ...]:
    """The paths of the further documents that a page shows the text of."""
    return tuple(dict.fromkeys(part.path for part in written[1:] if part.path != written[0].path))


def bodies(context: Context, written: Sequence[Part]) -> list[str]:
    """The author's own text: of the first document as it is, of each further one under its name."""
    texts: list[str] = []
    for part in written:
        text = context.portfolio.text(part)
        # Lines of a document begin with the heading that made them a part, which is the title of the page.
        text = author_body(_OWN_HEADING.sub("", text) if part.end else text)
        if text.strip():
            texts.append(f"## {heading_text(part.label or part.path)}\n\n{text}" if texts else text)
    return texts


def milestone_list(context: Context, ids: Iterable[str], url_for: UrlFor) -> Html:
    """Milestones as a list: status, title, id, and what is to be said of each."""
    rows = []
    for id_ in ids:
        m = context.portfolio.by_id.get(id_)
        if m is None:
            rows.append(Html("<li>{}</li>").format(missing(id_)))
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


def missing(id_: str) -> Html:
    """What is to be said of an id that nothing here has."""
    words = sentence(_("{id} is not here"), id=Html("<code>{}</code>").format(id_))
    return Html('<span class="mst-quiet">{}</span>').format(words)


def mentioned(context: Context, item: Milestone | Plan, url_for: UrlFor) -> Html:
    """The documents that mention something, each as a link of its title."""
    rows = []
    for other in context.mentions[key(item)]:
        url = context.plan_url(other.id, url_for) if isinstance(other, Plan) else context.url(other, url_for)
        rows.append(
            Html('<li>{} <span>{} <span class="mst-id">{}</span></span></li>').format(
                badge(other.status), anchor(url, Html("<bdi>{}</bdi>").format(other.title)), other.id
            )
        )
    shown = len(rows) if len(rows) <= MOST_MENTIONS + 2 else MOST_MENTIONS
    told = Html('<ul class="mst-list">{}</ul>').format(join(rows[:shown], "\n"))
    if len(rows) > shown:
        words = numbered(len(rows) - shown, "{number} further mention", "{number} further mentions")
        told += Html(
            '\n<details class="mst-fold"><summary>{}</summary>\n<ul class="mst-list">{}</ul></details>'
        ).format(words, join(rows[shown:], "\n"))
    return in_box(context, told)


def plain_table(words: str, heads: Sequence[str], rows: Sequence[tuple[Html, Sequence[Html | str]]]) -> Html:
    """A table whose first cells have attributes of their own; a column that says nothing is left out."""
    shown = [at for at in range(len(heads)) if at == 0 or any(cells[at] for _, cells in rows)]
    head = join(Html('<th scope="col">{}</th>').format(heads[at]) for at in shown)
    lines = join(
        (
            Html("<tr>{}</tr>").format(
                join(
                    Html("<td{}>{}</td>").format(
                        attributes if at == 0 else _MANY if heads[at] == _("Waits for") else "", cells[at]
                    )
                    for at in shown
                )
            )
            for attributes, cells in rows
        ),
        "\n",
    )
    return frame(
        words,
        Html('<table class="mst-table">\n<thead><tr>{}</tr></thead>\n<tbody>\n{}\n</tbody>\n</table>').format(
            head, lines
        ),
    )


_MANY = Html(' class="mst-many"')


def named(url: str | None, title: str, id_: str) -> Html:
    """The cell of a thing: its title as a link, and its id."""
    return Html('{}<span class="mst-id">{}</span>').format(anchor(url, Html("<bdi>{}</bdi>").format(title)), id_)


def indented(depth: int) -> Html:
    """The attribute that sets a row in from what it is a part of."""
    return Html(' class="mst-in-{}"').format(min(depth, DEEPEST)) if depth else Html("")


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
                note=label(m.status),
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
    items = [Html("<li>{}{}</li>").format(icon(status), label(status)) for status in statuses]
    key = Html('<li><span class="mst-key mst-key-{}"></span>{}</li>')
    if any(box.held for box in boxes):
        items.append(key.format("held", _("Held up: dashed border")))
    if any(edge.held for edge in edges):
        items.append(key.format("wait", _("Not done yet: dashed arrow")))
    if any(box.critical for box in boxes):
        items.append(key.format("critical", _("Critical path: double line")))
    return Html('<ul class="mst-legend" aria-label="{}">{}</ul>').format(_("Legend"), join(items, "\n"))


def _forecast(context: Context, item: Milestone | Plan, dates: Dates | None, alone: bool) -> Html:
    """By when something is likely to be finished, and what that means for its due date; more fully where it stands
    alone.
    """
    if dates is None or item.status.closed:
        return Html("")
    if alone:
        odds = Html(' <span class="mst-quiet">{}</span>').format(_("(in 50 to 85 of 100 runs)"))
        return range_words(dates) + odds + verdict(item.due, dates, context.today)
    return range_words(dates) + verdict(item.due, dates, context.today)


def milestone_forecast(context: Context, m: Milestone, *, alone: bool = False) -> Html:
    """By when a milestone is likely to be finished; more fully where it stands alone."""
    return _forecast(context, m, context.past.dates(m) if context.past is not None else None, alone)


def plan_forecast(context: Context, plan: Plan, *, alone: bool = False) -> Html:
    """By when a plan is likely to be finished; more fully where it stands alone."""
    return _forecast(context, plan, context.past.plan_dates(plan.id) if context.past is not None else None, alone)


def sources(context: Context, item: Milestone | Plan) -> Html:
    """Where a page's text is kept, and the way to edit it."""
    if not context.document(item):
        return Html('<p class="mst-source">{}</p>').format(_("No document describes this plan."))
    if not item.parts:
        return _source(context, item.path, _("Listed in {path}"))
    paths = dict.fromkeys(part.path for part in item.parts)
    return join((_source(context, path, _("Source {path}")) for path in paths), "\n")


def _source(context: Context, path: str, words: str) -> Html:
    url = context.options.edit_url(path) if context.options.edit_url else None
    edit = Html(" · ") + anchor(url, _("Edit this document")) if url else Html("")
    told = sentence(words, path=Html("<code>{}</code>").format(path))
    return Html('<p class="mst-source">{}{}</p>').format(told, edit)


def drawn_milestones(context: Context, members: Sequence[Milestone]) -> list[str]:
    """The ids to draw for a plan: its milestones that hang together with any, and their neighbours."""
    graph = context.portfolio.graph
    ids: dict[str, None] = {}
    for m in members:
        near = [*graph.waits_for.get(m.id, []), *graph.blocks.get(m.id, [])]
        if near:
            ids.update(dict.fromkeys([m.id, *near]))
    return list(ids)
