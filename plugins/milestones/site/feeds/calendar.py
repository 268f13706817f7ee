"""Due dates as calendars (iCalendar, RFC 5545): one of everything, and one of each plan."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from icalendar import Calendar, Event

from milestones.model import Milestone, Status
from milestones.site.feeds import CALENDAR
from milestones.site.feeds.identity import Names, changed, plain
from milestones.site.language import _
from milestones.site.parts import day, percent

if TYPE_CHECKING:
    from collections.abc import Iterable

    from milestones.model import Plan
    from milestones.site.context import Context

_PRODUCT = "-//mkdocs-milestones//milestones//EN"


def files(context: Context) -> dict[str, bytes]:
    """The calendar of everything, and one of each plan in which something is due."""
    names = Names(context)
    every: list[Milestone | Plan] = [*context.plans, *context.milestones]
    found = {CALENDAR: _calendar(names, context.titles["roadmap"], CALENDAR, _events(names, every))}
    for plan in context.plans:
        if context.plan_by_id[plan.id] is not plan:
            continue
        inner = [context.plan_by_id[id_] for id_ in context.portfolio.plans_below(plan.id)]
        events = _events(names, [*inner, *context.below(plan)])
        if events:
            name = f"calendars/{context.plan_name(plan)}.ics"
            found[name] = _calendar(names, plan.title, name, events)
    return found


def _calendar(names: Names, title: str, name: str, events: Iterable[Event]) -> bytes:
    made = Calendar()
    made.add("prodid", _PRODUCT)
    made.add("version", "2.0")
    made.add("calscale", "GREGORIAN")
    # The name has a property of its own since RFC 7986, and one that programs read since long before.
    made.add("name", plain(title))
    made.add("x-wr-calname", plain(title))
    made.add("refresh-interval", timedelta(days=1), parameters={"VALUE": "DURATION"})
    source = names.address_of(names.context.file(name))
    if source:
        made.add("source", source, parameters={"VALUE": "URI"})
    for event in events:
        made.add_component(event)
    text: bytes = made.to_ical()
    return text


def _events(names: Names, items: Iterable[Milestone | Plan]) -> list[Event]:
    """An event for each item that is due; of several that claim one id, the first."""
    named = {names.uid(item): item for item in reversed(list(items)) if day(item.due)}
    return [_event(names, uid, item) for uid, item in reversed(named.items())]


def _event(names: Names, uid: str, item: Milestone | Plan) -> Event:
    """A due date, which takes a day and nobody's time."""
    event = Event()
    event.add("uid", uid)
    event.add("dtstamp", changed(names.context, item))
    event.add("dtstart", day(item.due))
    event.add("summary", _summary(item))
    event.add("description", _description(names.context, item))
    event.add("transp", "TRANSPARENT")
    # Of an event RFC 5545 knows that it is off, and has no word for one whose work is done.
    event.add("status", "CANCELLED" if item.status is Status.CANCELLED else "CONFIRMED")
    if item.tags:
        event.add("categories", [plain(tag) for tag in item.tags])
    url = names.page_of(item)
    if url:
        event.add("url", url)
    return event


def _summary(item: Milestone | Plan) -> str:
    title = plain(item.title)
    if item.status is Status.COMPLETED:
        return _("Completed: {title}").format(title=title)
    if item.status is Status.CANCELLED:
        return _("Cancelled: {title}").format(title=title)
    return title


def _description(context: Context, item: Milestone | Plan) -> str:
    if isinstance(item, Milestone):
        progress, of = context.portfolio.progress(item), context.plan_by_id[item.plan_id].title
    else:
        progress, of = context.portfolio.plan_progress(item.id), ""
    told = (item.id, f"{_(item.status.label)}, {percent(progress)}", of, item.owner or "")
    return "\n".join(filter(None, map(plain, told)))
