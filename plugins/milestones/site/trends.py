"""What the health page says of the past: ageing work, what changed of late, burn-up and cumulative flow."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from milestones.history import flow
from milestones.model import Status
from milestones.reports import printable
from milestones.site import charts
from milestones.site.language import _, counted, figure, numbered
from milestones.site.parts import Html, anchor, badge, frame, in_days, join, sentence, spoken
from milestones.site.past import LEAST, duration, note_words
from milestones.site.steps import commit_words, status_words

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from milestones.history.log import Commit
    from milestones.history.timeline import Timeline
    from milestones.model import Milestone
    from milestones.site.context import Context, UrlFor
    from milestones.site.past import Past

#: The days of which the page says what changed, today among them.
DAYS = 14
#: Changes of a day that are shown; the rest is folded away.
SHOWN = 8
#: Changes that the page names at all.
MOST_CHANGES = 200
#: Milestones that the table of ageing work names.
MOST_AGEING = 100


def sections(context: Context, past: Past) -> list[tuple[str, str, Callable[[UrlFor], Html]]]:
    """The sections there are, each with its heading, the name of its slot, and what makes it."""
    notes = [Html('<p class="mst-quiet">{}</p>').format(note_words(note)) for note in past.notes]
    if past.history.twins:
        words = numbered(
            len(past.history.twins),
            "{number} id is claimed by several documents: whose history it is, nobody can tell.",
            "{number} ids are claimed by several documents: whose history it is, nobody can tell.",
        )
        notes.append(Html('<p class="mst-quiet">{}</p>').format(words))
    if not past.days:
        if not notes:
            notes.append(Html('<p class="mst-quiet">{}</p>').format(_("Git remembers no milestone up to today.")))
        return [(_("History"), "history", lambda _url_for: join(notes, "\n"))]
    told = join([*notes, ""], "\n")
    return [
        ("", "notes", lambda _url_for: told),
        (_("Ageing work"), "ageing", lambda url_for: _ageing(context, past, url_for)),
        (
            _("The last {days} days").format(days=figure(DAYS)),
            "changes",
            lambda url_for: _changes(context, past, url_for),
        ),
        (_("Burn-up"), "burn-up", lambda _url_for: charts.burn_up(past.days)),
        (_("Cumulative flow"), "cumulative-flow", lambda _url_for: charts.cumulative_flow(past.days)),
    ]


class _Old(NamedTuple):
    """Open work under way, with whole days in its status and since it was first in progress (None: it never was)."""

    m: Milestone
    standing: int
    begun: int | None
    cut: bool  # it was so already before a shallow clone begins


def _under_way(context: Context, past: Past) -> Iterator[_Old]:
    for m in context.milestones:
        line = past.line(m)
        if m.status.closed or m.status is Status.PLANNED or line is None:
            continue
        spells = flow.spells(line)
        if not spells or spells[-1].end is not None:
            continue
        begun = next((s.start for s in spells if s.status == Status.IN_PROGRESS.value), None)
        cut = line.cut and spells[-1].start == line.first_seen
        yield _Old(m, past.since(spells[-1].start), None if begun is None else past.since(begun), cut)


def _ageing(context: Context, past: Past, url_for: UrlFor) -> Html:
    """Work under way by the days since its status last changed, and which of it is older than most finished work."""
    found = sorted(_under_way(context, past), key=lambda old: (-old.standing, -(old.begun or 0), old.m.id))
    usual = past.cycle_times
    if usual is None or usual.values < LEAST:
        measure = numbered(
            usual.values if usual else 0,
            "There is nothing to compare with yet: git saw the whole of {number} finished milestone, and {least} are "
            "needed.",
            "There is nothing to compare with yet: git saw the whole of {number} finished milestones, and {least} are "
            "needed.",
            least=figure(LEAST),
        )
    else:
        measure = _(
            "Of {number} milestones that git saw from beginning to end, 85 in 100 took no longer than {duration}."
        ).format(number=figure(usual.values), duration=duration(usual.most))
    lead = Html("<p>{}</p>\n").format(measure)
    if not found:
        return Html("<p>{}</p>\n").format(_("No work is under way.")) + (lead if usual else Html(""))
    limit = usual.most if usual is not None and usual.values >= LEAST else None

    def row(old: _Old) -> Html:
        late = limit is not None and old.begun is not None and old.begun > limit
        standing = in_days(old.standing) if old.standing else _("since today")
        return Html("<tr><td>{}</td><td>{}</td><td>{}</td><td>{}</td><td>{}</td></tr>").format(
            context.link(old.m, url_for),
            badge(old.m.status),
            _("{duration} or more").format(duration=standing) if old.cut else standing,
            _("never in progress") if old.begun is None else in_days(old.begun) if old.begun else _("since today"),
            Html('<span class="mst-late mst-verdict">{}</span>').format(_("Longer than most")) if late else "",
        )

    heads = (_("Milestone"), _("Status"), _("In this status"), _("Since it was begun"), _("Compared"))
    table = Html('<table class="mst-table">\n<thead><tr>{}</tr></thead>\n<tbody>\n{}\n</tbody>\n</table>').format(
        join(Html('<th scope="col">{}</th>').format(head) for head in heads),
        join((row(old) for old in found[:MOST_AGEING]), "\n"),
    )
    left = len(found) - MOST_AGEING
    rest = Html("")
    if left > 0:
        rest = Html('\n<p class="mst-quiet">{}</p>').format(_("And {number} more.").format(number=figure(left)))
    return lead + frame(_("Ageing work"), table) + rest


class _Change(NamedTuple):
    """A change of status: ``before`` is None for what was not there, ``after`` for what was deleted."""

    time: int
    line: Timeline
    before: str | None
    after: str | None
    word: str
    again: bool  # it had been there before
    commit: Commit


def _recent(past: Past, first: int) -> Iterator[_Change]:
    """Every change of status from a day on (a number of days since 1970) up to today."""
    for lines in (past.history.milestones, past.history.plans):
        for line in lines.values():
            if line.steps[-1].time // flow.DAY < first:
                continue
            before: str | None = None
            for at, step in enumerate(line.steps):
                told = step.status != before and not (at == 0 and line.cut)
                if told and first <= step.time // flow.DAY <= past.ordinal:
                    yield _Change(step.time, line, before, step.status, step.word, at > 0, step.commit)
                before = step.status


_DAY = Html('<p class="mst-block"><b><time datetime="{}">{}</time></b> <span class="mst-quiet">{}</span></p>\n{}{}')
_FOLD = Html('\n<details class="mst-fold"><summary>{}</summary>\n{}\n</details>')


def _changes(context: Context, past: Past, url_for: UrlFor) -> Html:
    found = sorted(_recent(past, past.ordinal - DAYS + 1), key=lambda c: (-c.time, c.line.model, c.line.id))
    if not found:
        lines = [*past.history.milestones.values(), *past.history.plans.values()]
        last = max(step.time for line in lines for step in line.steps if step.time // flow.DAY <= past.ordinal)
        return Html("<p>{}</p>").format(_("Nothing has changed since {day}.").format(day=spoken(flow.day(last))))
    days: dict[str, list[_Change]] = {}
    for change in found[:MOST_CHANGES]:
        days.setdefault(flow.day(change.time), []).append(change)
    blocks = []
    for day, changes in days.items():
        rows = [_row(context, past, change, url_for) for change in changes]
        shown = len(rows) if len(rows) <= SHOWN + 2 else SHOWN
        words = _("{number} more on this day").format(number=figure(len(rows) - shown))
        more = _FOLD.format(words, _list(rows[shown:])) if len(rows) > shown else ""
        count = counted(len(changes), "change", "changes")
        blocks.append(_DAY.format(day, spoken(day), count, _list(rows[:shown]), more))
    left = len(found) - MOST_CHANGES
    rest = Html('\n<p class="mst-quiet">{}</p>').format(
        numbered(left, "And {number} earlier change.", "And {number} earlier changes.")
    )
    return join(blocks, "\n") + (rest if left > 0 else Html(""))


def _list(rows: Sequence[Html]) -> Html:
    return Html('<ul class="mst-list mst-changes">{}</ul>').format(join(rows, "\n"))


def _row(context: Context, past: Past, change: _Change, url_for: UrlFor) -> Html:
    return Html('<li><span class="mst-change">{}</span> <span class="mst-changed">{}</span> {}</li>').format(
        _what(change),
        _named(context, past, change.line, url_for),
        Html('<span class="mst-by">{}</span>').format(commit_words(context, change.commit)),
    )


def _what(change: _Change) -> Html:
    after = status_words(change.after, change.word) if change.after is not None else Html("")
    if change.after is None:
        return Html('<span class="mst-badge">{}</span>').format(_("Deleted"))
    if change.before is None:
        words = _("Back as {status}") if change.again else _("Added as {status}")
        return Html('<span class="mst-quiet">{}</span>').format(sentence(words, status=after))
    before = Html('<span class="mst-was">{}</span>').format(status_words(change.before))
    words = sentence(_("{before} to {after}"), before=before, after=after)
    return Html('<span class="mst-quiet">{}</span>').format(words)


def _named(context: Context, past: Past, line: Timeline, url_for: UrlFor) -> Html:
    """What changed, linked where it has a page."""
    if line.model == "plan":
        plan = context.plan_by_id.get(line.id)
        if plan is None:
            return Html('<span class="mst-quiet">{}</span> <code>{}</code>').format(_("Plan"), printable(line.id))
        return Html('<span class="mst-quiet">{}</span> {} <span class="mst-id">{}</span>').format(
            _("Plan"), anchor(context.plan_url(plan.id, url_for), Html("<bdi>{}</bdi>").format(plan.title)), plan.id
        )
    m = past.milestone_of.get(line.id)
    return context.link(m, url_for) if m is not None else Html("<code>{}</code>").format(printable(line.id))


__all__ = ["sections"]
