"""Pages as data: what each page of the site says, before any site generator has seen it."""

from __future__ import annotations

import html
import re
from typing import TYPE_CHECKING, NamedTuple

from milestones.site import language, told

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, MutableMapping

    from milestones.site.past import Past

#: The kinds of page there are, in the order in which a reader meets them.
KINDS = ("roadmap", "graph", "health", "plans", "milestones")


class Page(NamedTuple):
    """One generated page.

    ``uri`` is its source path in the site, with ``/`` and the ending ``.md`` (``milestones/graph.md``).
    ``title`` is plain text, never markup. ``kind`` is ``roadmap``, ``graph``, ``health``, ``plan`` or
    ``milestone``. ``markdown`` is its text; a line ``{{slot:NAME}}`` of its own stands for the HTML that
    ``slots`` gives under NAME. ``slots`` renders that HTML, given a function that turns another page's
    ``uri`` into a relative URL. ``source`` is the document it was made from, relative to the repository, or
    None, and ``also`` are further ones that its text stands in. ``about`` is the id of the plan or milestone
    that it is about, and that one's path. ``wide`` is true for a page of pictures and tables, which wants the
    room that a table of contents takes. ``search`` says what a search index should hold of it: see ``SiteOptions``.
    """

    uri: str
    title: str
    kind: str
    markdown: str
    slots: Callable[[Callable[[str], str]], dict[str, str]]
    source: str | None = None
    in_nav: bool = False
    wide: bool = False
    search: str = "objective"
    also: tuple[str, ...] = ()
    about: tuple[str, str] | None = None


class SiteOptions(NamedTuple):
    """What a site may choose.

    ``path`` is the folder of the generated pages. ``pages`` are the kinds wanted, of ``KINDS``; what is left
    out is not linked either. ``titles`` gives other titles by kind. ``search`` keeps the index small:
    ``objective`` leaves out all of a document but its title and Objective, ``all`` leaves out nothing,
    ``none`` everything. ``edit_url`` gives the address for editing a document, by its path. ``link`` gives
    the address of a file that a document names, by the document's path and the words of the link; documents
    with a page need no help. ``kept`` holds pictures (and forecasts) of earlier builds and takes those of this
    one. ``history`` is what git remembers; without it, nothing is said of the past and of what is to be expected.
    ``commit_url`` gives the address of a commit's page, by its id. ``feeds`` says whether there are calendars, a feed
    of changes and badges. ``absolute_url`` gives the whole address of a page or file by its uri, where that is known.
    """

    path: str = "milestones"
    pages: tuple[str, ...] = KINDS
    titles: Mapping[str, str] = {}
    search: str = "objective"
    edit_url: Callable[[str], str | None] | None = None
    link: Callable[[str, str], str | None] | None = None
    kept: MutableMapping[str, str] | None = None
    history: Past | None = None
    commit_url: Callable[[str], str | None] | None = None
    feeds: bool = True
    absolute_url: Callable[[str], str | None] | None = None


_SLOT = re.compile(r"<p>\s*\{\{slot:([a-z0-9-]+)\}\}\s*</p>")
_HEADING = re.compile(r"<h([1-6])((?:\s[^>]*)?)>(.*?)</h\1>", re.DOTALL)
_TAG = re.compile(r"<[^>]*>")


def fill(page: Page, rendered: str, url_for: Callable[[str], str], within: str | None = None) -> str:
    """A page's HTML, given its Markdown rendered: slots filled, task lists ticked, and states in tables told.

    What stands in the slots is never searched for further slots. ``within`` is the language of the whole page, for
    ``in_language``; None where it is that of the generated pages.
    """
    slots = page.slots(url_for)
    rendered = told.in_html(_tick(rendered)) if page.source else _tick(rendered)
    if within is not None:
        slots = {name: in_language(slot, within) for name, slot in slots.items()}
        rendered = _OWN_HEADING.sub(lambda match: match[0] + _attributes(within), rendered)
    return _SLOT.sub(lambda match: slots.get(match[1], ""), rendered)


_BLOCK = re.compile(r"<div(?= (?:id=\"[a-z0-9-]+\" )?class=\"mst[ \"])")
#: The begin of a heading right above a slot: it is one of ours.
_OWN_HEADING = re.compile(r"<h([2-6])(?=[\s>])(?=[^>]*>(?:(?!</?h[1-6]).)*</h\1>\s*<p>\s*\{\{slot:)", re.DOTALL)


def in_language(block: str, within: str) -> str:
    """HTML of ours that says which language it is in, unless the page around it is in the same.

    ``within`` is the page's language, as ``lang`` has it (``de``, ``de-AT``); empty where nobody knows.
    """
    attributes = _attributes(within)
    return _BLOCK.sub(lambda match: match[0] + attributes, block) if attributes else block


def _attributes(within: str) -> str:
    code = language.current()
    same = within.replace("_", "-").partition("-")[0].lower() == code
    return "" if same else f' lang="{code}" dir="{language.direction()}"'


_TASK = re.compile(r"<li>(\s*<p>|\s*)\[([ xX])\] ")


def _tick(rendered: str) -> str:
    """Task lists as checkboxes, where no extension of Markdown has made them so."""
    if "[" not in rendered:
        return rendered
    boxes = {
        ticked: f'<input type="checkbox" disabled{" checked" if ticked else ""} aria-label="{html.escape(words)}"> '
        for ticked, words in ((True, language._("Done")), (False, language._("Open")))
    }
    return _TASK.sub(lambda match: f'<li class="mst-task">{match[1]}{boxes[match[2] != " "]}', rendered)


def searchable(page: Page, content: str) -> str:
    """The part of a page's HTML that a search index should hold: see ``SiteOptions.search``.

    An index reads every tag of what it is given, so what it should leave out is better never shown to it.
    """
    if page.search == "all":
        return content
    if page.search == "none":
        return ""
    kept: list[str] = []
    headings = list(_HEADING.finditer(content))
    within = 0
    for at, found in enumerate(headings):
        level = int(found[1])
        words = html.unescape(_TAG.sub("", found[3])).replace("¶", "").strip().casefold()
        if within and level <= within:
            within = 0
        if not within and level > 1 and words in _OBJECTIVE:
            within = level
        if within:
            end = headings[at + 1].start() if at + 1 < len(headings) else len(content)
            kept.append(content[found.start() : end])
        elif level == 1:
            kept.append(found[0])
    return "".join(kept)


#: Headings that hold what a document is for. Plans written as ExecPlans name it otherwise.
_OBJECTIVE = frozenset({"objective", "objectives", "goal", "goals", "purpose", "purpose / big picture"})
