"""Portfolios in which nothing that an author wrote has a Latin letter, so that every such letter is the interface's."""

from __future__ import annotations

import string
from typing import TYPE_CHECKING, Any

from milestones.documents.reader import Document
from milestones.history import flow
from milestones.history.log import Commit
from milestones.history.timeline import History, Move, Step, Timeline
from milestones.model import Milestone, Status
from milestones.project.portfolio import Portfolio
from milestones.site.past import Past
from portfolios import BODY, milestone, nested, plan, portfolio, varied

if TYPE_CHECKING:
    from collections.abc import Iterable

_LETTERS = "абвгдежзийклмнопрстуфхцчшщ"
_TABLE = str.maketrans(string.ascii_letters, _LETTERS + _LETTERS.upper())
#: Fields whose words mean something.
_MEANT = frozenset(("risk", "code", "severity", "status"))
_SPOKEN = frozenset(("true", "false", *(status.value for status in Status)))


def foreign(value: Any) -> Any:
    """A value with its Latin letters replaced; addresses and words that mean something stay."""
    if isinstance(value, str):
        return value if "://" in value or value in _SPOKEN else value.translate(_TABLE)
    if hasattr(value, "_fields"):
        return type(value)(
            *(old if name in _MEANT else foreign(old) for name, old in zip(value._fields, value, strict=True))
        )
    if isinstance(value, (tuple, list)):
        return type(value)(foreign(one) for one in value)
    if isinstance(value, dict):
        return {foreign(key): foreign(one) for key, one in value.items()}
    return value


def _translated(whole: Portfolio) -> Portfolio:
    body = Document("", foreign(BODY))
    body.body_start = 0
    return Portfolio(
        milestones=foreign(whole.milestones),
        plans=foreign(whole.plans),
        findings=foreign(whole.findings),
        statistics=whole.statistics,
        today=whole.today,
        stale_after=whole.stale_after,
        document=lambda _path: body,
        profiles=foreign(whole.profiles),
        known=foreign(whole.known),
        by_hand=foreign(whole.by_hand),
    )


def _many() -> Portfolio:
    """More than any list names, draws side by side or keeps unfolded."""
    statuses = [status for status in Status for _ in range(30)]
    members = [
        milestone(
            f"{n:03}",
            status,
            f"EP-{n % 12}",
            created="2026-01-05",
            updated="2026-02-01",
            due="2026-03-01" if n % 2 else "2026-06-01",
            depends_on=(f"EP-{(n - 1) % 12}/MS{n - 1:03}",) if n % 4 else (),
        )
        for n, status in enumerate(statuses)
    ]
    circle = [
        milestone("900", plan="EP-0", depends_on=("EP-0/MS901",)),
        milestone("901", plan="EP-0", depends_on=("EP-0/MS900",)),
    ]
    plans = [plan(f"EP-{n}", Status.COMPLETED if n > 3 else Status.IN_PROGRESS) for n in range(13)]
    return portfolio((*members, *circle), tuple(plans))


def portfolios() -> dict[str, Portfolio]:
    """Portfolios by name; together they say all that pages can say."""
    by_hand = portfolio(profiles={"gsd": "GSD"})
    by_hand.by_hand = {"gsd": ("plans/x.md",)}
    lonely = portfolio(plans=(plan("EP-1", profile="gsd"), plan("EP-2", profile="tracker"), plan("EP-3")))
    lonely.by_hand = {"gsd": ("a/b.md", "c/d.md"), "tracker": ()}
    found = {
        "varied": varied(),
        "nested": nested(),
        "many": _many(),
        "empty": portfolio(),
        "by-hand": by_hand,
        "lonely": lonely,
    }
    return {name: _translated(whole) for name, whole in found.items()}


def past_of(whole: Portfolio, *, finished: int = 8, notes: Iterable[str] = (), days: int = 80) -> Past:
    """A past in which milestones were begun, moved, reopened, deleted and finished; the last of it today."""
    end = flow.ordinal(whole.today)
    number = 0

    def commit(day: int) -> Commit:
        nonlocal number
        number += 1
        return Commit(f"{number:040}", day * flow.DAY + 3600 * 9, foreign("Ana"), foreign("Change it"))

    def step(status: str | None, day: int, path: str, word: str = "") -> Step:
        made = commit(day)
        return Step(status, word or status or "", made.time, made, path)

    def line(m: Milestone, at: int) -> Timeline:
        first = end - days + at % 20
        steps = [step("planned", first, m.path)]
        if m.status is not Status.PLANNED:
            steps.append(step("in_progress", first + 5, m.path))
            if at % 3 == 0:
                steps.append(step("completed", first + 9, m.path))
                steps.append(step("in_progress", first + 12, m.path))
            if m.status is not Status.IN_PROGRESS:
                steps.append(step(m.status.value, end - at % 9, m.path))
        moved = commit(first + 6)
        moves = [
            Move(m.path, m.path + "x", foreign("a"), foreign("b"), moved.time, moved),
            Move(m.path, m.path, "", foreign("b"), steps[-1].time, steps[-1].commit),
            Move(m.path, m.path, foreign("a"), "", moved.time, moved),
        ]
        return Timeline(m.id, "milestone", m.plan_id, m.path, m.filed, at == 1, tuple(steps), tuple(moves))

    lines = {m.id: line(m, at) for at, m in enumerate(whole.milestones)}
    for n in range(finished):
        id_, path = foreign(f"gone-{n}"), foreign("gone.md")
        steps = [step("planned", end - days, path), step("in_progress", end - 40 + n, path)]
        steps.append(step("completed", end - 30 + 2 * n, path, foreign("done")))
        if n % 2:
            steps.append(step(None, end - 3, path))
        if n == 3:
            steps.append(step("", end - 2, path, foreign("odd")))
        lines[id_] = Timeline(id_, "milestone", "", path, True, False, tuple(steps), ())
    plans = {
        p.id: Timeline(p.id, "plan", "", p.path, p.filed, False, (step("in_progress", end - 1, p.path),), ())
        for p in whole.plans[:2]
    }
    twins = (whole.milestones[-1].id,) if whole.milestones else ()
    now = (end + 1) * flow.DAY - 1
    return Past(whole, History(lines, plans, tuple(notes), now, twins=twins))


__all__ = ["foreign", "past_of", "portfolios"]
