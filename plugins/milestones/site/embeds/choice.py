"""The milestones that a block is about, in its order."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from milestones.project.assembly import natural
from milestones.site.parts import STATUS_ORDER

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from milestones.model import Milestone, Plan
    from milestones.site.context import Context
    from milestones.site.embeds.options import Options


def plans(context: Context, options: Options) -> list[Plan]:
    """The plans that a block names, each followed by those that lie in it; all where it names none."""
    if not options.plans:
        found = context.plans
    else:
        ids = dict.fromkeys(id_ for named in options.plans for id_ in context.portfolio.plans_below(named))
        found = [context.plan_by_id[id_] for id_ in ids if id_ in context.plan_by_id]
    return [plan for plan in found if not options.profiles or plan.profile in options.profiles]


def milestones(context: Context, options: Options) -> list[Milestone]:
    """The milestones that fit everything a block says, in its order: as it names them, sorted, or plan by plan."""
    named = [context.portfolio.by_id[id_] for id_ in dict.fromkeys(options.ids)]
    found = named or context.milestones
    inside = {plan.id for plan in plans(context, options)} if options.plans else None
    return _sorted(context, (m for m in found if _fits(m, options, inside)), options.sort)


def _fits(m: Milestone, options: Options, inside: set[str] | None) -> bool:
    def one_of(value: str | None, wanted: frozenset[str]) -> bool:
        return not wanted or (value or "").casefold() in wanted

    return (
        (inside is None or m.plan_id in inside)
        and (not options.statuses or m.status in options.statuses)
        and one_of(m.owner, options.owners)
        and one_of(m.domain, options.domains)
        and one_of(m.risk, options.risks)
        and (not options.tags or any(tag.casefold() in options.tags for tag in m.tags))
        and (not options.profiles or m.profile in options.profiles)
        and (not options.due_after or (m.due or "") >= options.due_after)
        and (not options.due_before or (m.due is not None and m.due <= options.due_before))
    )


def _sorted(context: Context, found: Iterable[Milestone], keys: Iterable[str]) -> list[Milestone]:
    """Sorted by each key; sorting is stable, so the last key is sorted by first."""
    order = list(found)
    for key in reversed(tuple(keys)):
        value = _VALUES[key.removeprefix("-")]
        named = [(value(context, m), m) for m in order]
        given = sorted((p for p in named if p[0] is not None), key=lambda p: p[0], reverse=key.startswith("-"))
        order = [m for _, m in given] + [m for v, m in named if v is None]
    return order


def _text(name: str) -> Callable[[Context, Milestone], Any]:
    return lambda _, m: (getattr(m, name) or "").casefold() or None


_VALUES: dict[str, Callable[[Context, Milestone], Any]] = {
    "plan": lambda _, m: natural(m.plan_id),
    "id": lambda _, m: natural(m.id),
    "title": _text("title"),
    "status": lambda _, m: STATUS_ORDER.index(m.status),
    "progress": lambda context, m: context.portfolio.progress(m),
    "owner": _text("owner"),
    "start": lambda _, m: m.start,
    "due": lambda _, m: m.due,
    "created": lambda _, m: m.created,
    "updated": lambda _, m: m.updated,
}
