"""The roadmap: its page, from the whole in two lines to every milestone; and what to do where there is none."""

from __future__ import annotations

from typing import TYPE_CHECKING

from milestones.site import feeds
from milestones.site.blocks import exclude
from milestones.site.language import _, counted, figure
from milestones.site.pages import Page
from milestones.site.parts import STATUS_ORDER, Html, anchor, heading_text, icon, join, lines
from milestones.site.past import range_words
from milestones.site.roadmap.board import board
from milestones.site.roadmap.filters import form
from milestones.site.roadmap.outline import outline
from milestones.site.roadmap.outlook import outlook
from milestones.site.roadmap.table import table
from milestones.site.roadmap.timeline import dense, timeline, zoom_steps

if TYPE_CHECKING:
    from collections.abc import Callable

    from milestones.site.context import Context, UrlFor


def roadmap_page(context: Context) -> Page:
    """The first page a reader meets; in a repository without plans, how to make the first."""
    title = context.titles["roadmap"]
    if not context.milestones and not context.plans:
        markdown = f"# {heading_text(title)}\n\n{{{{slot:empty}}}}\n"
        by_hand = bool(context.portfolio.profiles) and all(
            p in context.portfolio.by_hand for p in context.portfolio.profiles
        )
        return Page(
            context.fixed["roadmap"],
            title,
            "roadmap",
            markdown,
            lambda _url_for: {"empty": _empty_by_hand() if by_hand else _empty()},
            in_nav=True,
            search=context.options.search,
        )
    sections: list[tuple[str, str, Callable[[Context, UrlFor], Html]]] = [
        ("", "summary", _summary),
        ("", "views", _views),
    ]
    if len(context.plans) > 1:
        sections.append((_("Plans"), "plans", outline))
    if context.past is not None and any(not m.status.closed for m in context.milestones):
        sections.append((_("Forecast"), "forecast", outlook))
    if context.options.feeds:
        sections.append(("", "feeds", feeds.links))
    parts = [f"# {heading_text(title)}"]
    for heading, name, _make in sections:
        parts += [f"## {heading}"] * bool(heading) + [f"{{{{slot:{name}}}}}"]
    markdown = "\n\n".join(parts)

    def fill(url_for: UrlFor) -> dict[str, str]:
        return {name: lines(_box(context, make(context, url_for))) for _heading, name, make in sections}

    return Page(
        context.fixed["roadmap"],
        title,
        "roadmap",
        markdown + "\n",
        fill,
        in_nav=True,
        wide=True,
        search=context.options.search,
    )


def _empty() -> str:
    words = Html(
        '<div class="mst mst-empty">\n<p><strong>{}</strong> {}</p>\n<pre><code>milestones plan new &#34;{}&#34;\n'
        "milestones new PLAN &#34;{}&#34;</code></pre>\n<p>{}</p>\n</div>"
    )
    return lines(
        words.format(
            _("No plans here yet."),
            _(
                "A plan is a Markdown file in this repository, and so is each of its milestones. Two commands make the "
                "first of both:"
            ),
            _("Title of the plan"),
            _("Title of the milestone"),
            _(
                "The first prints the plan's id; give it to the second in place of PLAN. Then build the site again: "
                "the roadmap, the dependency graph and the health page follow from the files."
            ),
        )
    )


def _empty_by_hand() -> str:
    return lines(
        Html('<div class="mst mst-empty">\n<p><strong>{}</strong> {}</p>\n<pre><code>{}</code></pre>\n</div>').format(
            _("No plans here yet."),
            _(
                "Plans and milestones are Markdown files in this repository, where its convention keeps them, and one "
                "command says where that is. Build the site again once there is one: the roadmap, the dependency graph "
                "and the health page follow from the files."
            ),
            "milestones profile show PROFILE",
        )
    )


def _box(context: Context, inner: Html) -> Html:
    return Html('<div class="mst"{}>\n{}\n</div>').format(exclude(context), inner)


def _summary(context: Context, url_for: UrlFor) -> Html:
    """The whole in two lines: how much there is, how far it is, by when it may be done, and what wants attention."""
    total, done = len(context.milestones), sum(m.status.value == "completed" for m in context.milestones)
    open_plans = sum(not plan.status.closed for plan in context.plans)
    words = [
        counted(total, "milestone", "milestones"),
        _("{number} completed").format(number=figure(done)),
        counted(open_plans, "open plan", "open plans"),
    ]
    if len(context.plans) > open_plans:
        words.append(counted(len(context.plans) - open_plans, "finished plan", "finished plans"))
    health = context.uri("health")
    alarms = []
    for found, word, place in (
        (context.overdue, _("{number} overdue"), "overdue"),
        ([m for m in context.milestones if m.status.value == "blocked"], _("{number} blocked"), "held-up"),
        (context.stale, _("{number} stale"), "stale"),
        (context.at_risk, _("{number} at risk"), "at-risk"),
    ):
        if found:
            url = f"{url_for(health)}#{place}" if health else None
            text = word.format(number=figure(len(found)))
            alarms.append(anchor(url, text, f"mst-alarm mst-alarm-{place}"))
    lead = Html('<p class="mst-lead">{} {}</p>').format(" · ".join(words), join(alarms, " "))
    whole = context.past.forecast.whole if context.past is not None else None
    if whole is None:
        return lead
    return lead + Html('\n<p class="mst-quiet"><a href="#forecast">{}</a> {}</p>').format(
        _("Likely to be finished:"), range_words(whole)
    )


_VIEW = Html(
    '<section class="mst-view" data-view="{0}" aria-labelledby="mst-view-{0}"><h2 id="mst-view-{0}">{1}</h2>\n{2}\n'
    "</section>"
)


def _views(context: Context, url_for: UrlFor) -> Html:
    """Three views of the same milestones. With the script one is shown at a time; without it, all are."""
    views = (
        ("timeline", _("Timeline"), _timeline(context, url_for)),
        ("board", _("By status"), board(context, url_for)),
        ("table", _("All milestones"), table(context, url_for)),
    )
    shown = join((_VIEW.format(*view) for view in views), "\n")
    return Html('<div class="mst-views"{}>\n{}\n{}\n</div>').format(
        Html(" data-dense") if dense(context) else "", form(context, zoom_steps(context)), shown
    )


def _timeline(context: Context, url_for: UrlFor) -> Html:
    drawn = timeline(context, url_for)
    if not drawn:
        return Html("<p>{}</p>").format(_("No milestone has a date yet."))
    items = [
        Html("<li>{}{}</li>").format(icon(status), _(status.label))
        for status in STATUS_ORDER
        if status in context.counts
    ]
    key = Html('<li><span class="mst-key mst-key-{}"></span>{}</li>')
    if any(m.due and not m.status.closed for m in context.milestones):
        items.append(key.format("due", _("Due")))
    if context.past is not None and context.past.forecast.milestones:
        items.append(key.format("forecast", _("Forecast: the days by which it is done in 50 to 85 of 100 runs")))
    if context.overdue:
        items.append(key.format("late", _("Overdue")))
    if dense(context):
        items.append(Html("<li>{}</li>").format(_("Marks below a line are open milestones, above it closed ones")))
    if context.telling_edges:
        items.append(key.format("dep", _("What waits for what")))
    legend = Html('<ul class="mst-legend" aria-label="{}">{}</ul>').format(_("Legend"), join(items, "\n"))
    return drawn + Html("\n") + legend
