"""What blocks show, as HTML: made of the same pieces as the pages."""

from __future__ import annotations

from typing import TYPE_CHECKING

from milestones.model import Severity
from milestones.site.blocks import (
    boxes_and_edges,
    drawn_milestones,
    exclude,
    indented,
    legend,
    plain_table,
)
from milestones.site.context import high_risk
from milestones.site.embeds import choice
from milestones.site.language import _, counted, figure
from milestones.site.parts import (
    LETTER,
    Html,
    anchor,
    badge,
    english,
    flag,
    join,
    progress_bar,
    when,
    with_code,
    written,
)
from milestones.site.past import range_words
from milestones.site.roadmap.timeline import timeline
from milestones.site.svg import MOST_BOXES, picture

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from milestones.model import Finding, Milestone, Plan
    from milestones.site.context import Context, UrlFor
    from milestones.site.embeds.options import Options

_BOX = Html('<div class="mst mst-embed mst-embed-{view}"{named}{exclude}>\n{title}{inner}\n</div>')
_FAULTS = Html('<div class="mst mst-embed mst-embed-fault{}" role="note" aria-label="{}">\n{}\n</div>')
_HELP = Html('<span class="mst-help">{}</span>')
_FAULT = Html('<p><strong>{}</strong> <code class="mst-place">{}:{}</code>{}</p>')


def view(context: Context, options: Options, url_for: UrlFor, at: int) -> Html:
    """What a block shows. ``at`` is its place among the blocks of the page, which tells its names from theirs."""
    title = Html('<p class="mst-embed-title">{}</p>\n').format(options.title) if options.title else ""
    return _BOX.format(
        view=options.view,
        named=Html(' role="group" aria-label="{}"').format(options.title) if options.title else "",
        exclude=exclude(context),
        title=title,
        inner=_VIEWS[options.view](context, options, url_for, at),
    )


def faults(found: Sequence[Finding]) -> Html:
    """What is wrong with a block, in its place."""
    help = Html('<span class="mst-help">{}</span>')
    pieces = [
        _FAULT.format(
            english(with_code(f.message)), f.path, f.line, help.format(english(with_code(f.help))) if f.help else ""
        )
        for f in found
    ]
    only_doubts = all(f.severity is Severity.WARNING for f in found)
    return _FAULTS.format(" mst-embed-doubt" if only_doubts else "", _("A fault on this page"), join(pieces, "\n"))


def _label(options: Options, words: str, at: int) -> str:
    """What a frame is called. No two of a page may be called the same."""
    return options.title or (f"{words} ({figure(at + 1)})" if at else words)


def _quiet(words: str) -> Html:
    return Html('<p class="mst-quiet">{}</p>').format(words)


def _nothing() -> Html:
    return _quiet(_("No milestone fits."))


def _rest(context: Context, more: int, url_for: UrlFor) -> Html:
    """How many a limit leaves out, with the way to all of them."""
    if more <= 0:
        return Html("")
    roadmap = context.uri("roadmap")
    words = counted(more, "more milestone", "more milestones")
    return Html('\n<p class="mst-quiet mst-embed-more">{}</p>').format(
        anchor(url_for(roadmap) if roadmap else None, words)
    )


def _limited(found: Sequence[Milestone], options: Options) -> tuple[Sequence[Milestone], int]:
    shown = found[: options.limit] if options.limit else found
    return shown, len(found) - len(shown)


# Tables and lists.


def _named(context: Context, m: Milestone, url_for: UrlFor) -> Html:
    title = anchor(context.url(m, url_for), Html("<bdi>{}</bdi>").format(m.title))
    return Html('{}<span class="mst-id">{}</span>').format(title, context.name(m))


def _plan(context: Context, m: Milestone, url_for: UrlFor) -> Html:
    plan = context.plan_by_id[m.plan_id]
    return anchor(context.plan_url(plan.id, url_for), Html("<bdi>{}</bdi>").format(plan.title), title=plan.id)


def _due(context: Context, m: Milestone, _url_for: UrlFor) -> Html:
    if m.due and context.portfolio.overdue(m):
        return Html('{}<span class="mst-late">{}</span>').format(when(m.due), _("overdue"))
    return when(m.due)


def _forecast(context: Context, m: Milestone, _url_for: UrlFor) -> Html:
    dates = context.past.dates(m) if context.past is not None and not m.status.closed else None
    return range_words(dates) if dates is not None else Html("")


def _waits(context: Context, m: Milestone, url_for: UrlFor) -> Html:
    others = [context.portfolio.by_id[id_] for id_ in context.portfolio.graph.waits_for.get(m.id, ())]
    return join(
        (
            anchor(
                context.url(other, url_for),
                context.name(other) if other.plan_id == m.plan_id else other.id,
                title=f"{other.title} · {_(other.status.label)}",
            )
            for other in others
        ),
        ", ",
    )


def _progress_of(context: Context, m: Milestone, _url_for: UrlFor) -> Html:
    return progress_bar(context.portfolio.progress(m), _("Progress of {name}").format(name=context.name(m)))


#: The columns of a table: the words above each, and what stands in it.
_COLUMNS: dict[str, tuple[Callable[[], str], Callable[[Context, Milestone, UrlFor], Html | str]]] = {
    "milestone": (lambda: _("Milestone"), _named),
    "status": (lambda: _("Status"), lambda _context, m, _url_for: badge(m.status, written(m))),
    "progress": (lambda: _("Progress"), _progress_of),
    "plan": (lambda: _("Plan"), _plan),
    "owner": (lambda: _("Owner"), lambda _context, m, _url_for: m.owner or ""),
    "domain": (lambda: _("Domain"), lambda _context, m, _url_for: m.domain or ""),
    "risk": (lambda: _("Risk"), lambda _context, m, _url_for: (m.risk or "").capitalize()),
    "tags": (lambda: _("Tags"), lambda _context, m, _url_for: ", ".join(m.tags)),
    "start": (lambda: _("Start"), lambda _context, m, _url_for: when(m.start)),
    "due": (lambda: _("Due"), _due),
    "forecast": (lambda: _("Forecast"), _forecast),
    "created": (lambda: _("Created"), lambda _context, m, _url_for: when(m.created)),
    "updated": (lambda: _("Updated"), lambda _context, m, _url_for: when(m.updated)),
    "waits_for": (lambda: _("Waits for"), _waits),
}


def _table(context: Context, options: Options, url_for: UrlFor, at: int) -> Html:
    shown, more = _limited(choice.milestones(context, options), options)
    if not shown:
        return _nothing()
    several = len({m.plan_id for m in shown}) > 1
    usual = ("milestone", "status", "progress", *(("plan",) if several else ()), "owner", "due")
    columns = [_COLUMNS[name] for name in options.columns or usual]
    nested = not options.ids and not options.sort and (options.columns or usual)[0] == "milestone"
    rows = [
        (
            indented(context.portfolio.depths[m.id]) if nested else Html(""),
            [cell(context, m, url_for) for _head, cell in columns],
        )
        for m in shown
    ]
    return plain_table(_label(options, _("Milestones"), at), [head() for head, _cell in columns], rows) + _rest(
        context, more, url_for
    )


def _items(context: Context, found: Iterable[tuple[Milestone, str]], url_for: UrlFor, css: str = "mst-quiet") -> Html:
    said = Html(' <span class="{}">{}</span>')
    rows = [
        Html("<li>{} {}{}</li>").format(
            badge(m.status, written(m)), context.link(m, url_for), said.format(css, words) if words else ""
        )
        for m, words in found
    ]
    return Html('<ul class="mst-list">{}</ul>').format(join(rows, "\n"))


def _list(context: Context, options: Options, url_for: UrlFor, _at: int) -> Html:
    shown, more = _limited(choice.milestones(context, options), options)
    if not shown:
        return _nothing()
    return _items(context, ((m, context.due_words(m)) for m in shown), url_for) + _rest(context, more, url_for)


def _next(context: Context, options: Options, url_for: UrlFor, _at: int) -> Html:
    """What can be started now, what most others wait for first."""
    wanted = {m.id for m in choice.milestones(context, options)}
    shown, more = _limited([m for m in context.ready if m.id in wanted], options)
    if not shown:
        return _quiet(_("Nothing is ready to start."))
    impacts = context.portfolio.graph.impacts

    def words(m: Milestone) -> str:
        waiting = impacts[m.id].waiting
        told = [context.due_words(m), _("Waited for by {number}").format(number=figure(waiting)) if waiting else ""]
        return " · ".join(filter(None, (*told, _("On the critical path") if impacts[m.id].critical else "")))

    return _items(context, ((m, words(m)) for m in shown), url_for, "mst-why") + _rest(context, more, url_for)


# One thing, or the whole.


def _cards(context: Context, options: Options, url_for: UrlFor, _at: int) -> Html:
    found: list[Html] = [_plan_card(context, context.plan_by_id[id_], url_for) for id_ in dict.fromkeys(options.plans)]
    found += [_card(context, context.portfolio.by_id[id_], url_for) for id_ in dict.fromkeys(options.ids)]
    return join(found, "\n")


_CARD = Html(
    '<div class="mst-embed-item ms-{letter}">\n<p class="mst-embed-name">{name} <span class="mst-id">{id}</span></p>\n'
    '<p class="mst-state">{state}</p>\n{facts}\n</div>'
)


def _facts(pairs: Iterable[tuple[str, Html | str]]) -> Html:
    row = Html("<div><dt>{}</dt><dd>{}</dd></div>")
    rows = [row.format(name, value) for name, value in pairs if value]
    return Html('<dl class="mst-facts">{}</dl>').format(join(rows, "\n")) if rows else Html("")


def _card(context: Context, m: Milestone, url_for: UrlFor) -> Html:
    """A milestone: where it stands, how far it is, and what is remarkable about it."""
    state = [badge(m.status, written(m)), progress_bar(context.portfolio.progress(m), _("Progress"))]
    state += [flag(words, kind) for kind, words in context.flags(m)]
    facts = [
        (_("Plan"), _plan(context, m, url_for)),
        (_("Owner"), m.owner or ""),
        (_("Start"), when(m.start)),
        (_("Due"), when(m.due)),
        (_("Forecast"), _forecast(context, m, url_for)),
        (_("Waits for"), _waits(context, m, url_for)),
    ]
    return _CARD.format(
        letter=LETTER[m.status],
        name=anchor(context.url(m, url_for), Html("<bdi>{}</bdi>").format(m.title)),
        id=m.id,
        state=join(state, "\n"),
        facts=_facts(facts),
    )


def _plan_card(context: Context, plan: Plan, url_for: UrlFor) -> Html:
    """A plan: the same, of all that lies in it."""
    members = context.below(plan)
    state = [badge(plan.status, written(plan)), progress_bar(context.portfolio.plan_progress(plan.id), _("Progress"))]
    late = sum(context.portfolio.overdue(m) for m in members)
    blocked = sum(m.status.value == "blocked" for m in members)
    state += [flag(_("{number} overdue").format(number=figure(late)), "bad")] if late else []
    state += [flag(_("{number} blocked").format(number=figure(blocked)))] if blocked else []
    state += [flag(_("High risk"))] if high_risk(plan) and not plan.status.closed else []
    dates = context.past.plan_dates(plan.id) if context.past is not None and not plan.status.closed else None
    facts = [
        (_("Milestones"), _completed(members) if members else ""),
        (_("Owner"), plan.owner or ""),
        (_("Start"), when(plan.start)),
        (_("Due"), when(plan.due)),
        (_("Forecast"), range_words(dates) if dates is not None else ""),
    ]
    return _CARD.format(
        letter=LETTER[plan.status],
        name=anchor(context.plan_url(plan.id, url_for), Html("<bdi>{}</bdi>").format(plan.title)),
        id=plan.id,
        state=join(state, "\n"),
        facts=_facts(facts),
    )


def _completed(members: Sequence[Milestone]) -> str:
    done = sum(m.status.value == "completed" for m in members)
    return _("{done} of {all} completed").format(done=figure(done), all=figure(len(members)))


def _progress(context: Context, options: Options, _url_for: UrlFor, _at: int) -> Html:
    """How far a plan, some milestones or everything has come."""
    found = choice.milestones(context, options)
    if not found:
        return _nothing()
    if _narrowed(options) or options.profiles:
        share = _mean(context, found)
    else:
        share = context.portfolio.plans_progress(_outermost(context, options.plans))
    return Html('<p class="mst-embed-bar">{} <span class="mst-quiet">{}</span></p>').format(
        progress_bar(share, options.title or _("Progress")), _completed(found)
    )


def _outermost(context: Context, named: Sequence[str]) -> list[str]:
    """Plans without those that lie in another of them; all where none is named."""
    ids = named or [plan.id for plan in context.plans]
    inside = {below for id_ in ids for below in context.portfolio.plans_below(id_)[1:]}
    return [id_ for id_ in dict.fromkeys(ids) if id_ not in inside]


def _narrowed(options: Options) -> bool:
    """Whether something else than plans and conventions is chosen."""
    return options._replace(view="", title="", plans=(), profiles=frozenset()) != type(options)("")


def _mean(context: Context, found: Sequence[Milestone]) -> float:
    """The mean progress of milestones, 0.0 to 1.0. Cancelled ones don't count, and parts count with their whole."""
    inside = {m.id for m in found}
    parents = context.portfolio.parents
    counts = [m for m in found if m.status.value != "cancelled" and parents.get(m.id) not in inside]
    return sum(map(context.portfolio.progress, counts)) / len(counts) if counts else 0.0


# Pictures.


def _timeline(context: Context, options: Options, url_for: UrlFor, at: int) -> Html:
    """The plans that are named over time; of all, those that are not finished."""
    found = choice.plans(context, options)
    if not options.plans:
        found = [plan for plan in found if not plan.status.closed] or found
    label = _label(options, _("Milestones over time"), at)
    drawn = timeline(context, url_for, plans=found, uid=f"-embed-{at}", label=label)
    return drawn or _quiet(_("No milestone has a date yet."))


def _graph(context: Context, options: Options, url_for: UrlFor, at: int) -> Html:
    """Of plans alone, their milestones with what these wait for in others; else the milestones that fit."""
    found = choice.milestones(context, options)
    drawn = [m.id for m in found] if _narrowed(options) else drawn_milestones(context, found)
    if not drawn:
        return _quiet(_("No milestone waits for another.")) if found else _nothing()
    if len(drawn) > MOST_BOXES:
        graph = context.uri("graph")
        words = _("{number} milestones are more than a picture can show.").format(number=figure(len(drawn)))
        link = anchor(url_for(graph), context.titles["graph"]) if graph else ""
        return Html('<p class="mst-quiet">{} {}</p>').format(words, link)
    home = options.plans[0] if len(options.plans) == 1 else None
    boxes, edges = boxes_and_edges(context, drawn, url_for, home=home)
    label = _label(options, _("Dependencies"), at)
    return picture(boxes, edges, label, f"mst-embed-{at}", context.options.kept) + Html("\n") + legend(boxes, edges)


_VIEWS: dict[str, Callable[[Context, Options, UrlFor, int], Html]] = {
    "table": _table,
    "list": _list,
    "next": _next,
    "timeline": _timeline,
    "card": _cards,
    "progress": _progress,
    "graph": _graph,
}
