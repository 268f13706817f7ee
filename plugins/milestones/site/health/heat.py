"""The heat table: milestones down, areas across, in each cell how the area is, and its note on hover and focus.

The style sheet does the showing. With ``Notes in the table`` unfolded, and on paper, every note stands in its cell.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from milestones.model import Health
from milestones.site.language import _, counted, figure
from milestones.site.parts import HEALTH_WORDS, Html, anchor, frame, icon, join, label

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from milestones.model import HealthArea, Milestone
    from milestones.site.context import Context, UrlFor

#: Above this many areas, their names stand upright, and on paper a milestone is a paragraph instead of a row.
MOST_ACROSS = 8
#: Rows of a table; further milestones are counted.
MOST_ROWS = 400

_TABLE = Html(
    '<table class="mst-table mst-heat{css}">\n<thead><tr><th scope="col">{corner}</th>{heads}</tr></thead>\n{bodies}\n'
    "</table>"
)
_PLAN = Html(
    '<tr class="mst-heat-plan"><th scope="rowgroup" colspan="{}"><span>{} <span class="mst-id">{}</span></span></th>'
    "</tr>"
)
_ROW = Html('<tr><th scope="row">{}{} <span class="mst-id" title="{}">{}</span></th>{}</tr>')
_CELL = Html('<td class="mst-cell mst-cell-{}"{}><span class="mst-tip" data-area="{}"><b>{}</b>{}</span></td>')
_FOCUS = Html(' tabindex="0"')


def heat(context: Context, url_for: UrlFor) -> Html:
    """The health tables of all milestones as one; that of finished ones folded away."""
    having = [m for m in context.milestones if m.health]
    still, over = [m for m in having if not m.status.closed], [m for m in having if m.status.closed]
    names = _names(having)
    pieces = [_legend(having)]
    if any(_note(area) for m in having for area in m.health):
        pieces.append(
            Html('<details class="mst-switch"><summary>{}</summary></details>').format(_("Notes in the table"))
        )
    if still:
        pieces.append(_frame(context, _("Health of open milestones"), still, names, url_for))
    if over:
        inner = _frame(context, _("Health of finished milestones"), over, names, url_for)
        words = counted(len(over), "finished milestone", "finished milestones")
        # Where nothing is open, there is nothing to look at before.
        pieces.append(
            Html('<details class="mst-fold"{}><summary>{}</summary>\n{}\n</details>').format(
                "" if still else Html(" open"), words, inner
            )
        )
    return join(pieces, "\n")


def _legend(members: Iterable[Milestone]) -> Html:
    present = {area.health for m in members for area in m.health}
    return Html('<ul class="mst-legend" aria-label="{}">{}</ul>').format(
        _("Legend"),
        join(
            Html('<li><span class="mst-health mst-health-{}">{}</span>{}</li>').format(health.value, symbol, _(word))
            for health, (symbol, word) in HEALTH_WORDS.items()
            if health in present
        ),
    )


def _names(members: Iterable[Milestone]) -> dict[str, str]:
    """Every area in the order of first appearance, by its folded name; shown as most often written."""
    spellings: dict[str, Counter[str]] = {}
    for m in members:
        for area in m.health:
            name = " ".join(area.area.split())
            spellings.setdefault(name.casefold(), Counter())[name] += 1
    return {folded: spelt.most_common(1)[0][0] for folded, spelt in spellings.items()}


def _areas(m: Milestone) -> dict[str, HealthArea]:
    return {" ".join(area.area.split()).casefold(): area for area in m.health}


def _frame(
    context: Context, words: str, members: Sequence[Milestone], all_names: dict[str, str], url_for: UrlFor
) -> Html:
    shown = members[:MOST_ROWS]
    found = [_areas(m) for m in shown]
    present = {folded for areas in found for folded in areas}
    names = {folded: name for folded, name in all_names.items() if folded in present}
    of_plan: dict[str, list[Html]] = {}
    for m, areas in zip(shown, found, strict=True):
        of_plan.setdefault(m.plan_id, []).append(_row(context, m, areas, names, url_for))
    bodies = []
    for plan_id, rows in of_plan.items():
        plan = context.plan_by_id[plan_id]
        head = _PLAN.format(
            len(names) + 1,
            anchor(context.plan_url(plan_id, url_for), Html("<bdi>{}</bdi>").format(plan.title)),
            plan.id,
        )
        bodies.append(Html("<tbody>\n{}\n{}\n</tbody>").format(head, join(rows, "\n")))
    table = _TABLE.format(
        css=" mst-heat-many" if len(names) > MOST_ACROSS else "",
        corner=_("Milestone"),
        heads=join(map(_head, names.values())),
        bodies=join(bodies, "\n"),
    )
    left = len(members) - len(shown)
    rest = Html('\n<p class="mst-quiet">{}</p>').format(_("And {number} more.").format(number=figure(left)))
    return frame(words, table, "mst-heat-frame") + (rest if left else Html(""))


def _head(name: str) -> Html:
    # A name may be broken after a stroke: `Architecture/design`.
    return Html('<th scope="col"><span>{}</span></th>').format(Html("/<wbr>").join(name.split("/")))


def _row(context: Context, m: Milestone, areas: dict[str, HealthArea], names: dict[str, str], url_for: UrlFor) -> Html:
    return _ROW.format(
        icon(m.status),
        anchor(context.url(m, url_for), Html("<bdi>{}</bdi>").format(m.title)),
        label(m.status),
        context.name(m),
        join(_cell(areas.get(folded), name) for folded, name in names.items()),
    )


def _note(area: HealthArea) -> str:
    return area.note or (area.written if area.health is Health.UNKNOWN else "")


def _cell(area: HealthArea | None, name: str) -> Html:
    if area is None:
        return Html("<td></td>")
    note = _note(area)
    word = _(HEALTH_WORDS[area.health][1])
    return _CELL.format(area.health.value, _FOCUS if note else "", name, word, Html(" {}").format(note) if note else "")


__all__ = ["MOST_ACROSS", "MOST_ROWS", "heat"]
