"""Names that stay the same from build to build, and text that every reader can bear."""

from __future__ import annotations

import datetime
import re
import uuid
from functools import cached_property
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, urlsplit

from milestones.history import flow
from milestones.model import Milestone
from milestones.site.parts import day

if TYPE_CHECKING:
    from milestones.history.timeline import Timeline
    from milestones.model import Plan
    from milestones.site.context import Context

#: What XML 1.0 can't hold, control characters, and marks that turn the direction of what follows.
_UNFIT = re.compile("[^\u0020-\u007e\u00a0-\u2029\u202f-\u2065\u206a-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
#: Names in this space are names of ours (RFC 9562, 5.5).
_SPACE = uuid.uuid5(uuid.NAMESPACE_URL, "urn:mkdocs-milestones:item")


def plain(text: str) -> str:
    """A line of text without what readers of calendars and feeds stumble over."""
    return _UNFIT.sub("", re.sub(r"\s+", " ", text)).strip()


class Names:
    """The names of a site's items and files, as others keep them: the same in every build."""

    def __init__(self, context: Context) -> None:
        self.context = context

    @cached_property
    def authority(self) -> str:
        """Whose names these are: where the site is served, else the repository, by the oldest commit of its history."""
        address = self.address_of(self.context.file(""))
        if address:
            parts = urlsplit(address)
            return f"{parts.hostname or ''}{parts.path.rstrip('/')}"
        past = self.context.past
        if past is None or not past.history.milestones:
            return "milestones.invalid"
        steps = (line.steps[0] for line in past.history.milestones.values())
        return f"milestones.invalid/{min((step.time, step.commit.id) for step in steps)[1]}"

    def tag(self, on: datetime.date, *parts: str) -> str:
        """A tag URI (RFC 4151) for something that came into being on a day."""
        host, slash, path = self.authority.partition("/")
        named = "/".join(quote(part, safe="", errors="backslashreplace") for part in parts)
        return f"tag:{host},{on.isoformat()}:{slash}{path}{slash}{named}"

    def uid(self, item: Milestone | Plan) -> str:
        """A name for an item that no other item of any site has."""
        kind = "milestone" if isinstance(item, Milestone) else "plan"
        name = "\n".join((self.authority, kind, item.profile, item.id))
        return str(uuid.uuid5(_SPACE, name.encode("utf-8", "backslashreplace").decode()))

    def address_of(self, uri: str) -> str | None:
        """The whole address of a page or file, where the site knows where it is served."""
        return self.context.options.absolute_url(uri) if self.context.options.absolute_url else None

    def page_of(self, item: Milestone | Plan) -> str | None:
        """The whole address of an item's page, where it has one and that is known."""

        def url_for(uri: str) -> str:
            return self.address_of(uri) or ""

        context = self.context
        url = context.url(item, url_for) if isinstance(item, Milestone) else context.plan_url(item.id, url_for)
        return url or None


def changed(context: Context, item: Milestone | Plan) -> datetime.datetime:
    """When an item was last changed: its last step in git, else the day that it names itself, else today."""
    line: Timeline | None = None
    if context.past is not None:
        past: Any = context.past
        line = past.line(item) if isinstance(item, Milestone) else past.history.plans.get(item.id)
    if line is not None:
        return datetime.datetime.fromtimestamp(line.steps[-1].time, datetime.UTC)
    on = day(item.updated) or day(item.created) or day(context.today) or datetime.date.min
    return datetime.datetime.combine(on, datetime.time(), datetime.UTC)


def midnight(context: Context) -> datetime.datetime:
    """The beginning of today, in UTC."""
    return datetime.datetime.fromtimestamp(flow.ordinal(context.today) * flow.DAY, datetime.UTC)
