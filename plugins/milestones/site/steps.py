"""The history of a milestone on its page: each status with the commit that set it, moves, and the time in each."""

from __future__ import annotations

import datetime
from typing import TYPE_CHECKING, NamedTuple

from milestones.history import flow
from milestones.model import Status
from milestones.reports import printable
from milestones.site.language import _, counted
from milestones.site.parts import LETTER, Html, anchor, flag, icon, join, label, safe_url, sentence, spoken
from milestones.site.past import duration

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from milestones.history.log import Commit
    from milestones.history.timeline import Move, Step, Timeline
    from milestones.site.context import Context
    from milestones.site.past import Past

#: Steps that are shown; earlier ones are folded away.
MOST_STEPS = 12
_CLOSED = frozenset(status.value for status in Status if status.closed)


def moment(seconds: int) -> str:
    """A moment as ISO 8601, in UTC."""
    return datetime.datetime.fromtimestamp(seconds, datetime.UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def time_of(seconds: int) -> Html:
    """The day of a moment (UTC) for people, the moment for machines."""
    return Html('<time datetime="{}">{}</time>').format(moment(seconds), spoken(flow.day(seconds)))


def commit_words(context: Context, commit: Commit) -> Html:
    """A commit by its short id, linked where its forge is known, and its author."""
    if not commit.id:
        return sentence(_("not committed yet"))
    found = context.options.commit_url(commit.id) if context.options.commit_url else None
    url = safe_url(found) if found else None
    link = anchor(url, Html("<code>{}</code>").format(commit.id[:9]))
    return Html("{} <bdi>{}</bdi>").format(link, printable(commit.author)) if commit.author else link


def status_words(status: str, word: str = "") -> Html:
    """A status of the past as symbol and word: the document's own word where that says something else."""
    if not status:
        return Html('<span class="mst-badge">{}</span>').format(printable(word) or _("No status"))
    known = Status(status)
    spelt = printable(word).replace("_", " ").replace("-", " ").strip()
    same = not spelt or spelt.casefold() == known.label.casefold()
    return Html('<span class="mst-badge ms-{}">{}{}</span>').format(
        LETTER[known], icon(known), label(known) if same else f"{spelt[:1].upper()}{spelt[1:]}"
    )


class _Entry(NamedTuple):
    """What one commit did to one milestone."""

    step: Step | None
    before: str | None  # the status before, where there was one
    first: bool
    moves: tuple[Move, ...]


def _entries(line: Timeline) -> list[_Entry]:
    """Steps and moves in the order of time; a move that came with a step stands with it."""
    left = list(line.moves)
    found: list[tuple[int, _Entry]] = []
    before: str | None = None
    for at, step in enumerate(line.steps):
        own = tuple(move for move in left if move.commit.id == step.commit.id)
        left = [move for move in left if move not in own]
        found.append((step.time, _Entry(step, before, at == 0, own)))
        before = step.status if step.status is not None else before
    # Sorting is stable, and a later move is never put before the step that it follows.
    found += [(move.time, _Entry(None, None, False, (move,))) for move in left]
    return [entry for _, entry in sorted(found, key=lambda pair: pair[0])]


def history(context: Context, past: Past, line: Timeline) -> Html:
    """The timeline of a milestone, oldest step first, and how long it stood where."""
    rows = [_row(context, line, entry) for entry in _entries(line)]
    listed = Html('<ol class="mst-history">\n{}\n</ol>')
    earlier = Html("")
    if len(rows) > MOST_STEPS + 2:
        fold = Html('<details class="mst-fold"><summary>{}</summary>\n{}\n</details>\n')
        hidden, rows = rows[:-MOST_STEPS], rows[-MOST_STEPS:]
        earlier = fold.format(counted(len(hidden), "earlier step", "earlier steps"), listed.format(join(hidden, "\n")))
    return earlier + listed.format(join(rows, "\n")) + Html("\n") + _times(past, line)


_CODE = Html("<code>{}</code>")
_ROW = Html(
    '<li class="{css}"><span class="mst-step">{what}</span> <span class="mst-on">{when}</span>'
    ' <span class="mst-by">{by}{subject}</span>{more}</li>'
)


def _row(context: Context, line: Timeline, entry: _Entry) -> Html:
    step = entry.step
    if step is None:
        move = entry.moves[0]
        return _ROW.format(
            css="mst-moved",
            what=_("Moved"),
            when=time_of(move.time),
            by=commit_words(context, move.commit),
            subject=_subject(move.commit),
            more=_moved(entry.moves),
        )
    if step.status is None:
        what: Html = Html('<span class="mst-badge">{}</span>').format(_("Deleted"))
    else:
        what = status_words(step.status, step.word)
        if entry.before in _CLOSED and step.status not in _CLOSED:
            what += Html(" ") + flag(_("Reopened"))
        if entry.first and line.cut:
            what += Html(' <span class="mst-quiet">{}</span>').format(_("or before: the clone is shallow"))
    css = "mst-moved" if not step.status else f"ms-{LETTER[Status(step.status)]}"
    return _ROW.format(
        css=css,
        what=what,
        when=time_of(step.time),
        by=commit_words(context, step.commit),
        subject=_subject(step.commit),
        more=_moved(entry.moves),
    )


def _subject(commit: Commit) -> Html:
    return Html(' <span class="mst-quiet">{}</span>').format(printable(commit.subject)) if commit.id else Html("")


def _moved(moves: Sequence[Move]) -> Html:
    """Where a document went: to another plan, or to another path."""
    pieces = []
    for move in moves:
        if move.plan_before != move.plan_id:
            before, after = (_CODE.format(printable(id_)) for id_ in (move.plan_before, move.plan_id))
            if not move.plan_before:
                words = _("Moved into the plan {after}")
            elif not move.plan_id:
                words = _("Moved out of the plan {before}")
            else:
                words = _("Moved from the plan {before} to {after}")
            pieces.append(sentence(words, before=before, after=after))
        if move.path_before != move.path:
            pieces.append(sentence(_("Moved to {path}"), path=_CODE.format(_breakable(printable(move.path)))))
    return Html('<span class="mst-to">{}</span>').format(join(pieces, "; ")) if pieces else Html("")


def _breakable(path: str) -> Html:
    return Html("/<wbr>").join(path.split("/"))


def _times(past: Past, line: Timeline) -> Html:
    """How long the milestone stood in each open status, and how long its work took."""
    totals: dict[str, float] = {}
    lasting = ""
    for spell in flow.spells(line):
        if spell.status in _CLOSED or not spell.status:
            continue
        if spell.end is None:
            lasting = spell.status
            totals[spell.status] = totals.get(spell.status, 0.0) + past.since(spell.start)
        else:
            totals[spell.status] = totals.get(spell.status, 0.0) + (spell.end - spell.start) / flow.DAY
    facts: list[tuple[str, Html | str]] = []
    for status, days in totals.items():
        words = duration(days)
        if status == lasting:
            words = _("less than a day so far") if days < 1 else _("{duration} so far").format(duration=words)
        facts.append((_("{status} for").format(status=label(Status(status))), words))
    if (cycle := flow.cycle_time(line)) is not None:
        facts.append((_("Cycle time"), duration(cycle)))
    if (lead := flow.lead_time(line)) is not None:
        facts.append((_("Lead time"), duration(lead)))
    if not facts:
        return Html("")
    return Html('<dl class="mst-facts mst-times" aria-label="{}">\n{}\n</dl>').format(
        _("Time in each status"), _facts(facts)
    )


def _facts(pairs: Iterable[tuple[str, Html | str]]) -> Html:
    row = Html("<div><dt>{}</dt><dd>{}</dd></div>")
    return join((row.format(name, value) for name, value in pairs), "\n")


__all__ = ["commit_words", "history", "moment", "status_words", "time_of"]
