"""``graph`` and ``next``: what waits for what, taken elsewhere, and what can be started now."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from milestones.cli import UsageError
from milestones.cli.show import due_day, load, print_json, table
from milestones.graph import exports
from milestones.reports import json_text, printable

if TYPE_CHECKING:
    import argparse

    from milestones.model import Milestone
    from milestones.project.portfolio import Portfolio


def graph(arguments: argparse.Namespace) -> int:
    """Write the graph, or a part of it, in a format that others read."""
    portfolio = load()
    title, shown = _part(portfolio, arguments)
    drawing = exports.drawing(title, portfolio.graph, shown, reduce=arguments.reduce)
    try:
        written = exports.TEXTS.get(arguments.format)
        text = written(drawing) if written else json_text(exports.as_data(drawing))
    except exports.TooLargeError as error:
        raise UsageError(str(error), error.help) from None
    if arguments.output is None:
        print(text, end="")
        return 0
    try:
        with open(arguments.output, "w", encoding="utf-8", errors="backslashreplace", newline="\n") as file:
            file.write(text)
    except ValueError as error:  # no name of a file at all
        raise UsageError(f"{arguments.output}: {error}") from None
    count = len(drawing.vertices)
    print(f"wrote {count} milestone{'s' if count != 1 else ''} to {printable(arguments.output)}", file=sys.stderr)
    return 0


def _part(portfolio: Portfolio, arguments: argparse.Namespace) -> tuple[str, list[Milestone]]:
    """What to draw, and what to call it."""
    whole, by_id = portfolio.graph, portfolio.by_id
    if arguments.plan is not None:
        plan = plan_of(portfolio, arguments.plan)
        own = [m.id for m in portfolio.by_plan[plan]]
        near = [other for id_ in own for other in (*whole.waits_for[id_], *whole.blocks[id_])]
        return f"Milestones of {plan}", [by_id[id_] for id_ in dict.fromkeys([*own, *near])]
    if arguments.id is not None:
        id_ = _milestone(portfolio, arguments.id)
        return f"Milestones around {id_}", [by_id[other] for other in whole.neighbourhood(id_, len(by_id))]
    return "Milestones", list(by_id.values())


def plan_of(portfolio: Portfolio, name: str) -> str:
    """The id of a plan, which may be written in any case. Raises ChangeError, with the nearest there are."""
    if name in portfolio.by_plan:
        return name
    found = [id_ for id_ in portfolio.by_plan if id_.casefold() == name.strip().casefold()]
    if len(found) == 1:
        return found[0]
    raise _unknown("plan", name, list(portfolio.by_plan))


def _milestone(portfolio: Portfolio, name: str) -> str:
    """The id of a milestone, in any case; its last part will do where only one plan has it. Raises ChangeError."""
    from milestones.changes.transaction import ChangeError

    if name in portfolio.by_id:
        return name
    wanted = name.strip().casefold()
    found = [id_ for id_ in portfolio.by_id if id_.casefold() == wanted]
    found = found or [id_ for id_, m in portfolio.by_id.items() if m.name.casefold() == wanted]
    if len(found) == 1:
        return found[0]
    if found:
        raise ChangeError(f"{name} could be several milestones", f"say which: {', '.join(found[:4])}")
    raise _unknown("milestone", name, list(portfolio.by_id))


def _unknown(what: str, name: str, known: list[str]) -> Exception:
    import difflib

    from milestones.changes.transaction import ChangeError

    near = difflib.get_close_matches(name.upper(), known, n=3)
    lists = "milestones plan list" if what == "plan" else "milestones list"
    return ChangeError(
        f"there is no {what} {name}", f"did you mean {' or '.join(near)}?" if near else f"`{lists}` shows them"
    )


def next_milestones(arguments: argparse.Namespace) -> int:
    """What nothing holds up, those first whose delay would delay the most."""
    portfolio = load()
    plan = None if arguments.plan is None else plan_of(portfolio, arguments.plan)
    owner = None if arguments.owner is None else arguments.owner.lstrip("@").casefold()
    found = [
        m
        for m in (portfolio.by_id[id_] for id_ in portfolio.graph.ready())
        if (plan is None or m.plan_id == plan) and (owner is None or (m.owner or "").lstrip("@").casefold() == owner)
    ]
    impacts = portfolio.graph.impacts
    if arguments.json:
        rows = [
            {
                "id": m.id,
                "plan": m.plan_id,
                "title": m.title,
                "owner": m.owner,
                "start": m.start,
                "due": m.due,
                "overdue": portfolio.overdue(m),
                "critical": impacts[m.id].critical,
                "waiting": impacts[m.id].waiting,
                "path": printable(m.path),
            }
            for m in found
        ]
        print_json({"version": "1", "milestones": rows})
        return 0
    if not found:
        print("nothing is ready to start", file=sys.stderr)
        return 0
    table(
        ("ID", "CRITICAL", "WAITING", "OWNER", "DUE", "TITLE"),
        [
            (
                m.id,
                "yes" if impacts[m.id].critical else "",
                str(impacts[m.id].waiting),
                m.owner or "",
                due_day(m, portfolio),
                m.title,
            )
            for m in found
        ],
    )
    return 0
