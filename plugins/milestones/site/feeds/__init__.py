"""What other programs follow: due dates for calendars, changes of status for feed readers, badges for READMEs.

Every byte follows from the files, from git and from today; nothing depends on the clock.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from milestones.site.language import _
from milestones.site.parts import Html, anchor, join

if TYPE_CHECKING:
    from collections.abc import Iterator

    from milestones.site.context import Context, UrlFor

#: The files that programs subscribe to, below the folder of the pages.
CALENDAR, CHANGES = "milestones.ics", "milestones.atom"


def files(context: Context) -> dict[str, bytes]:
    """Every file of this kind, by its name below the folder of the pages; none where the site wants none.

    Without what git remembers there are no changes to tell, so there is no ``milestones.atom``.
    """
    if not context.options.feeds:
        return {}
    # Only here, because icalendar takes its time to be imported.
    from milestones.site.feeds import badges, calendar, changes

    found = calendar.files(context) | badges.files(context)
    if context.past is not None:
        found[CHANGES] = changes.feed(context)
    return found


def _subscriptions(context: Context) -> Iterator[tuple[str, str, str]]:
    """The uri, the media type and the words of each file that one can subscribe to."""
    if not context.options.feeds:
        return
    yield context.file(CALENDAR), "text/calendar", _("Due dates (calendar)")
    if context.past is not None:
        yield context.file(CHANGES), "application/atom+xml", _("Changes of status (Atom)")


def links(context: Context, url_for: UrlFor) -> Html:
    """The feeds as links for people; nothing where there are none."""
    shown = [anchor(url_for(uri), words) for uri, _type, words in _subscriptions(context)]
    if not shown:
        return Html("")
    return Html('<p class="mst-feeds mst-quiet">{} {}</p>').format(_("Subscribe:"), join(shown, " · "))


def head(context: Context, url_for: UrlFor) -> Html:
    """The feeds as elements of a page's head, where feed readers look for them."""
    # With a second word, because Material takes what is nothing but an alternate for a translation of the site.
    link = Html('<link rel="alternate feed" type="{}" title="{}" href="{}">')
    return join((link.format(type_, words, url_for(uri)) for uri, type_, words in _subscriptions(context)), "\n")
