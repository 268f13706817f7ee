"""Changes of status as a feed (Atom, RFC 4287): what git saw happen to milestones and plans, newest first."""

from __future__ import annotations

import heapq
import xml.etree.ElementTree as etree
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, NamedTuple

from milestones import __version__
from milestones.model import Status
from milestones.site.feeds import CHANGES
from milestones.site.feeds.identity import Names, midnight, plain
from milestones.site.language import _, current
from milestones.site.steps import moment

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from milestones.history.timeline import Step, Timeline
    from milestones.model import Milestone, Plan
    from milestones.site.context import Context
    from milestones.site.past import Past

#: How many changes a feed holds.
NEWEST = 50
_ATOM = "http://www.w3.org/2005/Atom"


class _Change(NamedTuple):
    """One step of one item; compared by time, then by what makes it one of its kind."""

    time: int
    model: str
    id: str
    at: int
    line: Timeline
    step: Step
    before: str | None


def feed(context: Context) -> bytes:
    """The newest changes of status as an Atom feed. Changes that are not committed yet are not told."""
    past, names = context.past, Names(context)
    assert past is not None
    own = names.address_of(context.file(CHANGES))
    newest = heapq.nlargest(NEWEST, _changes(past), key=lambda change: change[:4])
    # Attributes instead of a registered prefix, which would be one of the whole process.
    root = etree.Element("feed", {"xmlns": _ATOM, "xml:lang": current()})
    _add(root, "id", own or names.tag(_first(past), "changes"))
    _add(root, "title", _("{roadmap}: changes of status").format(roadmap=plain(context.titles["roadmap"])))
    _add(root, "updated", moment(newest[0].time if newest else int(midnight(context).timestamp())))
    _add(root, "generator", "mkdocs-milestones", version=__version__)
    if own:
        _add(root, "link", rel="self", type="application/atom+xml", href=own)
    roadmap = context.uri("roadmap")
    if roadmap and (url := names.address_of(roadmap)):
        _add(root, "link", rel="alternate", type="text/html", href=url)
    for change in newest:
        root.append(_entry(names, past, change))
    etree.indent(root, " ")
    text: bytes = etree.tostring(root, encoding="utf-8", xml_declaration=True)
    return text + b"\n"


def _first(past: Past) -> date:
    """The day on which all of this began."""
    began = min((line.first_seen for line in past.history.milestones.values()), default=0)
    return datetime.fromtimestamp(began, UTC).date()


def _changes(past: Past) -> Iterator[_Change]:
    for lines in (past.history.milestones, past.history.plans):
        for line in lines.values():
            before: str | None = None
            for at, step in enumerate(line.steps):
                # Where a shallow clone begins, nobody knows since when it was so.
                known = step.commit.id and not (line.cut and at == 0)
                if known and (at == 0 or step.status != before):
                    yield _Change(step.time, line.model, line.id, at, line, step, before if at else None)
                before = step.status


def _entry(names: Names, past: Past, change: _Change) -> etree.Element:
    items: Mapping[str, Milestone | Plan] = (
        past.milestone_of if change.model == "milestone" else names.context.plan_by_id
    )
    item = items.get(change.id)
    entry = etree.Element("entry")
    on = datetime.fromtimestamp(change.time, UTC).date()
    _add(entry, "id", names.tag(on, change.model, change.id, str(change.time), str(change.at)))
    title = plain(item.title) if item is not None else plain(change.id)
    _add(entry, "title", _("{title}: {status}").format(title=title, status=_status(change.step.status)))
    _add(entry, "updated", moment(change.time))
    author = etree.SubElement(entry, "author")
    _add(author, "name", plain(change.step.commit.author) or _("Unknown"))
    if change.step.status:
        _add(entry, "category", term=change.step.status)
    if item is not None and (url := names.page_of(item)):
        _add(entry, "link", rel="alternate", type="text/html", href=url)
    _add(entry, "content", _told(change), type="text")
    return entry


def _told(change: _Change) -> str:
    commit = change.step.commit
    was = _("{id} was {before}.").format(id=plain(change.id), before=_status(change.before)) if change.before else ""
    told = _("Commit {commit}: {subject}").format(commit=commit.id[:9], subject=plain(commit.subject))
    return " ".join(filter(None, (was or f"{plain(change.id)}.", told)))


def _status(status: str | None) -> str:
    if status is None:
        return _("Deleted")
    return _(Status(status).label) if status else _("No status")


def _add(parent: etree.Element, name: str, text: str = "", **attributes: str) -> None:
    etree.SubElement(parent, name, attributes).text = text or None
