"""The roadmap: plans over time, milestones by status, and all of them in a table."""

from __future__ import annotations

from typing import TYPE_CHECKING

from milestones.site.documents import DEEPEST, exclude, indented, plain_table
from milestones.site.pages import Page
from milestones.site.parts import (
    LETTER,
    STATUS_ORDER,
    Html,
    anchor,
    counted,
    heading_text,
    icon,
    join,
    lines,
    percent,
    progress_bar,
    when,
)
from milestones.site.past import LEAST, chance, duration, median_words, no_forecast, range_words, verdict
from milestones.site.timeline import FOLDED_ABOVE, MOST_ROWS, timeline

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from milestones.history.forecast import Dates
    from milestones.model import Milestone, Plan, Status
    from milestones.site.context import Context, UrlFor

#: How many milestones a column of the board names before it counts the rest.
BOARD_CARDS = 6

#: The status part of a link to the table, as the script reads it.
FILTER_STATUS = "#status="


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
            lambda _url_for: {"empty": _EMPTY_BY_HAND if by_hand else _EMPTY},
            in_nav=True,
            search=context.options.search,
        )
    sections: list[tuple[str, str, Callable[[Context, UrlFor], Html]]] = [
        ("", "summary", _summary),
        ("Timeline", "timeline", _timeline),
        ("By status", "board", _board),
        ("All milestones", "table", _table),
    ]
    if context.past is not None and any(not m.status.closed for m in context.milestones):
        sections.insert(1, ("Forecast", "forecast", _forecast))
    if len(context.plans) > 1:
        sections.insert(1, ("Plans", "plans", _outline))
    parts = [f"# {heading_text(title)}"]
    for heading, name, _ in sections:
        parts += [f"## {heading}"] * bool(heading) + [f"{{{{slot:{name}}}}}"]
    markdown = "\n\n".join(parts)

    def fill(url_for: UrlFor) -> dict[str, str]:
        return {name: lines(_box(context, make(context, url_for))) for _, name, make in sections}

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


_EMPTY = lines("""<div class="mst mst-empty">
<p><strong>No plans here yet.</strong> A plan is a Markdown file in this repository, and so is each of its
milestones. Two commands make the first of both:</p>
<pre><code>milestones plan new "Title of the plan"
milestones new PLAN "Title of the milestone"</code></pre>
<p>The first prints the plan&#39;s id; give it to the second in place of <code>PLAN</code>. Then build the
site again: the roadmap, the dependency graph and the health page follow from the files.</p> </div>""")


_EMPTY_BY_HAND = lines("""<div class="mst mst-empty">
<p><strong>No plans here yet.</strong> Plans and milestones are Markdown files in this repository, where its convention
keeps them; <code>milestones profile show PROFILE</code> says where that is. Build the site again once there is one: the
roadmap, the dependency graph and the health page follow from the files.</p> </div>""")


def _box(context: Context, inner: Html) -> Html:
    return Html('<div class="mst"{}>\n{}\n</div>').format(exclude(context), inner)


def _summary(context: Context, url_for: UrlFor) -> Html:
    """The whole in two lines: how much there is, how far it is, and what wants attention."""
    total, done = len(context.milestones), sum(m.status.value == "completed" for m in context.milestones)
    open_plans = sum(not plan.status.closed for plan in context.plans)
    health = context.uri("health")
    alarms = []
    for found, words, place in (
        (context.overdue, "overdue", "overdue"),
        ([m for m in context.milestones if m.status.value == "blocked"], "blocked", "held-up"),
        (context.stale, "stale", "stale"),
        (context.at_risk, "at risk", "at-risk"),
    ):
        if found:
            url = f"{url_for(health)}#{place}" if health else None
            alarms.append(anchor(url, f"{len(found):,} {words}", f"mst-alarm mst-alarm-{place}"))
    return Html('<p class="mst-lead">{} in {} ({} open). {} completed. {}</p>').format(
        counted(total, "milestone"),
        counted(len(context.plans), "plan"),
        open_plans,
        f"{done:,}",
        join(alarms, " "),
    )


def _outline(context: Context, url_for: UrlFor) -> Html:
    """Every plan within the plan that it lies in, convention by convention; what is finished is folded away."""
    if not context.several:
        return _plans(context, context.tops, url_for)
    blocks = []
    for name, title in context.conventions.items():
        plans = [plan for plan in context.tops if plan.profile == name]
        if plans:
            words = Html('<p class="mst-block"><b>{}</b> <span class="mst-quiet">{}</span></p>\n')
            blocks.append(words.format(title, counted(len(plans), "plan")) + _plans(context, plans, url_for))
    return join(blocks, "\n")


def _plans(
    context: Context, plans: Sequence[Plan], url_for: UrlFor, depth: int = 0, within: Plan | None = None
) -> Html:
    moving = [plan for plan in plans if not plan.status.closed]
    over = [plan for plan in plans if plan.status.closed]
    # What is finished is folded away once.
    if (within is not None and within.status.closed) or (not moving and not depth and len(over) <= FOLDED_ABOVE):
        moving, over = list(plans), []

    def listed(some: Sequence[Plan]) -> Html:
        rows = join((_plan(context, plan, url_for, depth) for plan in some), "\n")
        return Html('<ul class="mst-plans">\n{}\n</ul>').format(rows) if some else Html("")

    if not over:
        return listed(moving)
    fold = Html('\n<details class="mst-fold"><summary>{} finished</summary>\n{}\n</details>')
    return listed(moving) + fold.format(counted(len(over), "plan"), listed(over))


def _plan(context: Context, plan: Plan, url_for: UrlFor, depth: int) -> Html:
    members = context.below(plan) if context.plan_by_id[plan.id] is plan else []
    inner = context.subplans(plan)
    counts = [(members, "")] if members else [(inner, " plans")] if inner else []
    line = _PLAN_LINE.format(
        icon=icon(plan.status),
        status=plan.status.label,
        link=anchor(context.plan_url(plan.id, url_for), Html("<bdi>{}</bdi>").format(plan.title)),
        id=plan.id if plan.id != plan.title else "",
        late=join(
            Html('<span class="{}">{}</span> ').format("mst-late" if word == "overdue" else "mst-quiet", f"{n} {word}")
            for n, word in (
                (sum(map(context.portfolio.overdue, members)), "overdue"),
                (sum(m.status.value == "blocked" for m in members), "blocked"),
            )
            if n
        ),
        count=join(
            f"{sum(item.status.value == 'completed' for item in items):,} of {len(items):,}{words}"
            for items, words in counts
        ),
        progress=progress_bar(context.portfolio.plan_progress(plan.id), f"Progress of {plan.id}"),
    )
    if not inner:
        return Html('<li class="mst-plan">{}</li>').format(line)
    if depth >= DEEPEST:
        further = counted(len(context.portfolio.plans_below(plan.id)) - 1, "plan")
        return Html('<li class="mst-plan">{}<span class="mst-quiet">{} in it</span></li>').format(line, further)
    return Html('<li><details{}><summary class="mst-plan">{}</summary>\n{}\n</details></li>').format(
        Html("") if plan.status.closed else Html(" open"), line, _plans(context, inner, url_for, depth + 1, plan)
    )


_PLAN_LINE = Html(
    '<span class="mst-plan-name">{icon}<span class="mst-unseen">{status} </span>{link} <span class="mst-id">{id}</span>'
    '</span> <span class="mst-plan-late">{late}</span> <span class="mst-plan-count mst-quiet">{count}</span> {progress}'
)


def _forecast(context: Context, url_for: UrlFor) -> Html:
    """By when each open plan is likely to be finished, beside its due date; or why nobody knows."""
    past = context.past
    if past is None:
        return Html("")
    usual = past.cycle_times
    pace = Html("")
    if usual is not None:
        pace = Html("<p>Cycle time: {}. 85 in 100 took no longer than {}.</p>\n").format(
            median_words(usual), duration(usual.most)
        )
        if usual.values < LEAST:
            pace = Html("<p>Cycle time: {}.</p>\n").format(median_words(usual))
    found = past.forecast
    if found.whole is None:
        history = Html("").join(Html(" {}").format(_sentence(note)) for note in past.notes)
        return Html('<p class="mst-lead">{}{}</p>\n').format(no_forecast(found), history) + pace
    lead = Html('<p class="mst-lead">{} likely to be finished {}.</p>\n').format(
        counted(found.open, "open milestone is", "open milestones are"), range_words(found.whole, whole=True)
    )
    how = Html(
        '<p class="mst-quiet">The first day is met in 50 of 100 simulated runs, the second in 85, at the pace of the '
        "last {} ({} finished).{}</p>\n"
    ).format(
        counted(found.days, "day"),
        counted(found.finished, "milestone"),
        Html("").join(Html(" {}").format(_sentence(note)) for note in found.notes),
    )
    rows = []
    for plan, depth in context.tree(context.tops):
        dates = past.plan_dates(plan.id)
        if dates is None or plan.status.closed or context.plan_by_id[plan.id] is not plan:
            continue
        left = sum(not m.status.closed for m in context.below(plan))
        late = plan.due is not None and plan.due < context.today
        cells = (
            Html('{}<span class="mst-id">{}</span>').format(
                anchor(context.plan_url(plan.id, url_for), Html("<bdi>{}</bdi>").format(plan.title)), plan.id
            ),
            f"{left:,}",
            when(plan.due),
            range_words(dates),
            Html('<span class="mst-late mst-verdict">Overdue</span>')
            if late
            else verdict(plan.due, dates, context.today),
        )
        rows.append((indented(depth), cells))
    heads = ("Plan", "Open", "Due", "Forecast", "For its due date")
    return lead + how + pace + (plain_table("Forecast", heads, rows) if rows else Html(""))


def _ranges(dates: Dates) -> bool:
    return dates.p50 != dates.p85 and dates.p85 is not None


def _sentence(note: str) -> str:
    return note[:1].upper() + note[1:] + "."


def _timeline(context: Context, url_for: UrlFor) -> Html:
    drawn = timeline(context, url_for)
    if not drawn:
        return Html("<p>No milestone has a date yet.</p>")
    present = [status for status in STATUS_ORDER if status in context.counts]
    items = [Html("<li>{}{}</li>").format(icon(status), status.label) for status in present]
    if context.overdue:
        items.append(Html('<li><span class="mst-key mst-key-late"></span>Overdue</li>'))
    if len(context.milestones) > MOST_ROWS:
        items.append(Html("<li>One line a plan: marks below it are open milestones, above it closed ones</li>"))
    legend = Html('<ul class="mst-legend" aria-label="Legend">{}</ul>').format(join(items, "\n"))
    return drawn + Html("\n") + legend


def _board(context: Context, url_for: UrlFor) -> Html:
    columns = (_column(context, status, url_for) for status in STATUS_ORDER if context.counts[status])
    return Html('<div class="mst-board">\n{}\n</div>').format(join(columns, "\n"))


def _column(context: Context, status: Status, url_for: UrlFor) -> Html:
    members = [m for m in context.milestones if m.status is status]
    if status.closed:
        members.sort(key=lambda m: m.completed or m.updated or "", reverse=True)
    else:
        members.sort(key=lambda m: m.due or "9999")
    cards = join((_card(context, m, url_for) for m in members[:BOARD_CARDS]), "\n")
    rest = len(members) - BOARD_CARDS
    more = Html("")
    if rest > 0:
        more = Html('<a class="mst-more" href="{}{}">{} more</a>').format(FILTER_STATUS, status.value, f"{rest:,}")
    return Html(
        '<section class="mst-column ms-{}" aria-label="{}"><div class="mst-column-head">{}{} '
        '<span class="mst-count">{}</span></div>\n<ul>{}</ul>{}</section>'
    ).format(LETTER[status], status.label, icon(status), status.label, f"{len(members):,}", cards, more)


def _card(context: Context, m: Milestone, url_for: UrlFor) -> Html:
    due = context.due_words(m)
    late = context.portfolio.overdue(m)
    return Html('<li>{}<span class="mst-card-foot"><span class="mst-id">{}</span>{}{}</span></li>').format(
        anchor(context.url(m, url_for), Html("<bdi>{}</bdi>").format(m.title)),
        m.id,
        Html("<span>{}</span>").format(m.owner) if m.owner else "",
        Html('<span class="{}">{}</span>').format("mst-late" if late else "mst-quiet", due) if due else "",
    )


_FILTER = Html("""<form class="mst-filter" role="search" aria-label="Filter milestones" hidden>
<label><span>Text</span><input type="search" name="text" autocomplete="off"></label>
<label><span>Status</span><select name="status"><option value="">All</option></select></label>
<label><span>Plan</span><select name="plan"><option value="">All</option></select></label>
<label><span>Owner</span><select name="owner"><option value="">All</option></select></label>
<label><span>Domain</span><select name="domain"><option value="">All</option></select></label>
{}<button type="reset">Clear</button>
<output aria-live="polite" data-of="of"></output>
</form>
""")
_FILTER_CONVENTION = Html(
    '<label><span>Convention</span><select name="convention"><option value="">All</option></select></label>\n'
)
_TABLE = Html(
    '<table class="mst-table mst-all">\n<thead><tr><th scope="col">Milestone</th><th scope="col">Plan</th>'
    '<th scope="col">Status</th><th scope="col">Owner</th><th scope="col">Domain</th>'
    '<th scope="col">Progress</th>'
    '<th scope="col">Start</th><th scope="col">Due</th>{}{}</tr></thead>\n<tbody>\n{}\n</tbody>\n</table>'
)
#: Short on purpose: a page with thousands of these must stay light.
_ROW = Html(
    "<tr><td>{link}<small>{id}</small></td><td>{plan}</td><td class=ms-{letter}>{status}</td>"
    "<td>{owner}</td><td>{domain}</td><td>{progress}</td><td>{start}</td><td>{due}</td>{forecast}{convention}</tr>"
)


def _table(context: Context, url_for: UrlFor) -> Html:
    bars = len(context.milestones) <= MOST_ROWS * 2
    expected = context.past is not None and bool(context.past.forecast.milestones)
    rows = join((_row(context, m, url_for, bars, expected) for m in context.milestones), "\n")
    forecast = Html('<th scope="col">Forecast</th>') if expected else ""
    head = Html('<th scope="col">Convention</th>') if context.several else ""
    return _FILTER.format(_FILTER_CONVENTION if context.several else "") + Html(
        '<div class="mst-frame" tabindex="0" role="region" aria-label="All milestones">\n{}\n</div>'
    ).format(_TABLE.format(forecast, head, rows))


def _row(context: Context, m: Milestone, url_for: UrlFor, bars: bool, expected: bool) -> Html:
    progress = context.portfolio.progress(m)
    return _ROW.format(
        link=anchor(context.url(m, url_for), Html("<bdi>{}</bdi>").format(m.title)),
        id=context.name(m),
        plan=m.plan_id,
        letter=LETTER[m.status],
        status=m.status.label,
        owner=m.owner or "",
        domain=m.domain or "",
        progress=progress_bar(progress, f"Progress of {m.id}") if bars else percent(progress),
        forecast=Html("<td>{}</td>").format(_expected(context, m)) if expected else "",
        convention=Html("<td>{}</td>").format(context.conventions.get(m.profile, "")) if context.several else "",
        start=m.start or "",
        due=Html('{}<span class="mst-late">overdue</span>').format(m.due)
        if context.portfolio.overdue(m)
        else m.due or "",
    )


def _expected(context: Context, m: Milestone) -> Html:
    """The days of a forecast as numbers, which sort; and in a word what they mean for a due date."""
    dates = context.past.dates(m) if context.past is not None else None
    if dates is None or m.status.closed:
        return Html("")
    told = dates.p50 or "after five years"
    if _ranges(dates):
        told += f" to {dates.p85}"
    unlikely = chance(m.due, dates) == 0 and not context.portfolio.overdue(m)
    return Html('{}<span class="mst-late">unlikely</span>').format(told) if unlikely else Html("{}").format(told)
