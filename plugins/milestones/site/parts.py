"""The small pieces that pages are put together from, and the escaping that each place needs.

``Html(template).format(...)`` escapes whatever is not HTML already, so text from a file can't become markup
by being forgotten.
"""

from __future__ import annotations

import html
import re
import string
from datetime import date
from functools import lru_cache
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import markupsafe
from markupsafe import escape

from milestones.model import Health, Status
from milestones.site.language import N_, SOURCE, _, counted, current, on_day, percentage

if TYPE_CHECKING:
    from collections.abc import Iterable

    from milestones.model import Milestone, Plan


class Html(markupsafe.Markup):
    """Text that is HTML already. What ``format`` puts into it is escaped, unless it is HTML too.

    This is ``markupsafe.Markup`` with a faster ``format``: a site of thousands of pages calls it a million
    times.
    """

    __slots__ = ()

    def format(self, *values: object, **named: object) -> Html:
        """The template with the values in its places: plain ``{}``, ``{0}`` or ``{name}``."""
        pieces: list[str] = []
        for literal, place in _places(str(self)):
            pieces.append(literal)
            if place is not None:
                value = values[place] if isinstance(place, int) else named[place]
                pieces.append(value if isinstance(value, markupsafe.Markup) else _escaped(str(value)))
        return Html("".join(pieces))

    def join(self, pieces: Iterable[object]) -> Html:
        """The pieces with this between them; what is not HTML already is escaped as ``format`` does it."""
        parts = (one if isinstance(one, markupsafe.Markup) else _escaped(str(one)) for one in pieces)
        return Html(str(self).join(parts))


_SPECIAL = re.compile("[&<>'\"]")


#: What a terminal obeys, and what turns the order of what follows: shown by its number, never sent.
_UNSEEN = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")


def by_number(text: str) -> str:
    """Text with characters that act rather than show written as ``\\u202e``, which is also what JSON reads."""
    return _UNSEEN.sub(lambda match: f"\\u{ord(match[0]):04x}", text)


def _escaped(text: str) -> str:
    if not text.isprintable():
        text = by_number(text)
    if not text.isascii():
        # A file name may hold bytes that are no UTF-8; a page may not.
        text = text.encode("utf-8", "backslashreplace").decode("utf-8")
    return str(escape(text)) if _SPECIAL.search(text) else text


@lru_cache(maxsize=512)
def _places(template: str) -> tuple[tuple[str, int | str | None], ...]:
    """A template taken apart: each literal with the place that follows it."""
    found: list[tuple[str, int | str | None]] = []
    for count, (literal, name, spec, conversion) in enumerate(string.Formatter().parse(template)):
        if spec or conversion:
            raise ValueError(f"{template!r} has a format")
        place = count if name == "" else int(name) if name and name.isdigit() else name
        found.append((literal, place))
    return tuple(found)


#: One letter a status: class names in a table of thousands of rows are worth keeping short.
LETTER = {
    Status.PLANNED: "p",
    Status.IN_PROGRESS: "i",
    Status.BLOCKED: "b",
    Status.ON_HOLD: "h",
    Status.COMPLETED: "c",
    Status.CANCELLED: "x",
}

#: The order in which statuses are shown: what moves first, what is over last.
STATUS_ORDER = (
    Status.IN_PROGRESS,
    Status.BLOCKED,
    Status.ON_HOLD,
    Status.PLANNED,
    Status.COMPLETED,
    Status.CANCELLED,
)

#: The labels of statuses as the catalogue has to know them; the model says them in English.
LABELS = (
    N_("Planned"),
    N_("In progress"),
    N_("Blocked"),
    N_("On hold"),
    N_("Completed"),
    N_("Cancelled"),
)

#: How an area is doing: its symbol, and its word, which is translated where it is shown.
HEALTH_WORDS = {
    Health.GOOD: ("✓", N_("Good")),
    Health.PENDING: ("○", N_("Pending")),
    Health.WARNING: ("!", N_("Warning")),
    Health.BAD: ("✕", N_("Bad")),
    Health.UNKNOWN: ("?", N_("Unclear")),
}


def join(pieces: Iterable[str], between: str = "") -> Html:
    """Pieces of HTML as one; what is not markup is escaped."""
    return Html(between).join(pieces)


def lines(text: str) -> str:
    """HTML without blank lines: within Markdown a blank line would end a block of raw HTML."""
    return "\n".join(line for line in text.splitlines() if line.strip())


def sentence(words: str, **places: object) -> Html:
    """Words of the catalogue as HTML, with HTML or text in their places: ``sentence(_("by {day}"), day=when(...))``."""
    return Html(escape(words)).format(**places)


def with_code(text: str) -> Html:
    """Text with what stands between backticks as code: they mean that in every message, and all that is Markdown."""
    pieces = re.split(r"`([^`]+)`", text)
    return join(Html("<code>{}</code>" if at % 2 else "{}").format(piece) for at, piece in enumerate(pieces))


def english(text: str | Html) -> Html:
    """Words that stay English on every page, such as the messages of the check, marked as such where it is not."""
    if current() == SOURCE:
        return Html("{}").format(text)
    return Html('<span lang="en" dir="ltr">{}</span>').format(text)


def label(status: Status) -> str:
    """A status as people read it, in the language of the pages: ``In progress``."""
    return _(status.label)


def icon(status: Status) -> Html:
    """A status's symbol. The word always stands next to it."""
    return Html('<i class="mst-icon ms-{}" aria-hidden="true"></i>').format(LETTER[status])


def badge(status: Status, word: str | None = None) -> Html:
    """A status as symbol and word."""
    return Html('<span class="mst-badge ms-{}">{}{}</span>').format(LETTER[status], icon(status), word or label(status))


def flag(text: str, kind: str = "warn") -> Html:
    """A short remark set off from the text: ``Overdue by 5 days``. ``kind`` is warn, bad or quiet."""
    return Html('<span class="mst-flag mst-flag-{}">{}</span>').format(kind, text)


def written(item: Milestone | Plan) -> str:
    """A status as its label, or in its document's own word where that says something else: ``Failed``."""
    word = re.sub(r"(?<=[^\W\d])-(?=[^\W\d])", " ", item.status_word.strip().replace("_", " "))
    if not word or word.casefold() == item.status.label.casefold():
        return label(item.status)
    return word[:1].upper() + word[1:]


def percent(progress: float) -> str:
    """``60%``, rounded down so that only what is done shows as 100%."""
    return percentage(int(progress * 100 + 1e-9))


def progress_bar(progress: float, label: str) -> Html:
    """A progress bar with its figure."""
    return Html(
        '<span class="mst-progress"><progress value="{0}" max="100" aria-label="{1}"></progress><span>{2}</span></span>'
    ).format(int(progress * 100 + 1e-9), label, percent(progress))


def day(text: str | None) -> date | None:
    """An ISO date as a date, or None where there is none to read."""
    try:
        return date.fromisoformat(text) if text else None
    except ValueError:
        return None


def spoken(text: str | None, today: str | None = None) -> str:
    """A date as people read it, ``17 Jan 2026``; the year is left out when it is that of ``today``."""
    found = day(text)
    if found is None:
        return text or ""
    return on_day(found, "MMMd" if today and today[:4] == f"{found.year:04}" else "yMMMd")


def when(text: str | None) -> Html:
    """A date for people and machines."""
    if day(text) is None:
        return Html("{}").format(text or "")
    return Html('<time datetime="{}">{}</time>').format(text, spoken(text))


def days_between(earlier: str | None, later: str) -> int:
    """Days from one ISO date to another; 0 where either can't be read."""
    first, second = day(earlier), day(later)
    return (second - first).days if first and second else 0


def in_days(number: int) -> str:
    """``1 day``, ``12 days``."""
    return counted(number, "day", "days")


def safe_url(url: str) -> str | None:
    """The address if it is one that may become a link: http, https, mailto, or relative.

    Browsers skip control characters and blanks within a scheme, so an address that holds any is none.
    """
    text = url.strip()
    if not text or re.search(r"[\x00-\x20\x7f\\]", text) or text.startswith("//"):
        return None
    try:
        scheme = urlsplit(text).scheme.lower()
    except ValueError:
        return None
    if scheme in ("http", "https", "mailto"):
        return text
    return text if not scheme and ":" not in text.split("/")[0] else None


def anchor(url: str | None, text: str | Html, css: str = "", title: str = "") -> Html:
    """A link; plain text where there is nowhere to go."""
    attributes = Html("")
    if css:
        attributes += Html(' class="{}"').format(css)
    if title:
        attributes += Html(' title="{}"').format(title)
    if url is None:
        return Html("<span{}>{}</span>").format(attributes, text) if attributes else Html("{}").format(text)
    return Html('<a href="{}"{}>{}</a>').format(url, attributes, text)


def frame(label: str, inner: Html, css: str = "") -> Html:
    """A box that may scroll sideways on its own, reachable by keyboard and named for screen readers."""
    return Html('<div class="mst-frame {}" tabindex="0" role="region" aria-label="{}">{}</div>').format(
        css, label, inner
    )


_HEADING_CHARACTERS = re.compile(r"[!\"#$%&*+:;<=>?@\[\\\]^_`{|}~]|\bwww\.")


def heading_text(text: str) -> str:
    """Text for a Markdown heading, with every character that Markdown or an extension of it would read as its
    own written as an entity (hexadecimal, because ``#123`` is an issue to some).
    """
    flat = " ".join(by_number(text).split())
    return _HEADING_CHARACTERS.sub(lambda match: "".join(f"&#x{ord(c):x};" for c in match[0]), flat)


_FENCED = r"^(?P<fence>[ ]{0,3}(?:`{3,}|~{3,}))[^\n]*\n.*?(?:^(?P=fence)[`~]*[ \t]*$|\Z)"
_PIECES = re.compile(
    rf"(?P<code>{_FENCED}|(?<!`)(?P<ticks>`+)(?!`)[^\n]*?(?<!`)(?P=ticks)(?!`))"
    r"|(?P<comment><!--.*?-->[ \t]*)|(?P<open><!--)",
    re.DOTALL | re.MULTILINE,
)
_SLOT_LIKE = re.compile(r"\\?\{(\\?\{slot:)")
_FIRST_H1 = re.compile(
    rf"(?P<code>{_FENCED})|^[ ]{{0,3}}#(?:[ \t][^\n]*)?$\n?|^(?![ \t]*$)[^\n]+\n=+[ \t]*$\n?",
    re.DOTALL | re.MULTILINE,
)


#: More of these on one line are no Markdown that anybody wrote, and renderers take time quadratic in them.
_MOST_BRACKETS = 400


def _calmed(line: str) -> str:
    """A line with thousands of brackets as text, so that no renderer looks for what they could mean."""
    for bracket, entity in (("[", "&#91;"), ("<", "&lt;"), ("!", "&#33;")):
        if line.count(bracket) > _MOST_BRACKETS:
            line = line.replace(bracket, entity)
    return line


#: A longer line is no prose. It is shown as code: a Markdown renderer takes minutes to look for markup in it.
_LONGEST_LINE = 50_000


def author_body(markdown: str) -> str:
    """A document's own text as it stands in its page.

    Comments are for those who edit the file, so they go; a comment that never ends would swallow the rest of
    the page. The first H1 goes, because the page has the title already. Words that look like a slot of ours
    get an invisible joiner, so that they stay words.
    """
    text = markdown.replace("\r\n", "\n").replace("\r", "\n")
    text = "\n".join(_calmed(line) if len(line) > _MOST_BRACKETS else line for line in text.split("\n"))
    if len(text) > _LONGEST_LINE:
        text = "\n".join(f"\n    {line}\n" if len(line) > _LONGEST_LINE else line for line in text.split("\n"))

    def piece(match: re.Match[str]) -> str:
        if match["code"] is not None:
            return match[0]
        return "" if match["comment"] is not None else "&lt;!--"

    text = _SLOT_LIKE.sub("{\u2060\\1", _PIECES.sub(piece, text))
    for match in _FIRST_H1.finditer(text):
        if match["code"] is None:
            text = text[: match.start()] + text[match.end() :]
            break
    return nested_lists(_lists_apart(by_number(text).strip("\n")))


_FENCE = re.compile(r"[ ]{0,3}(`{3,}|~{3,})")
_LIST_ITEM = re.compile(r"[ ]{0,3}(?:[-*+]|[0-9]{1,9}[.)])[ \t]+\S")
_LIST_BEGIN = re.compile(r"(?:[-*+]|1[.)])[ \t]+\S")


def _lists_apart(text: str) -> str:
    """A list that begins in the line after a paragraph is one wherever Markdown is read as GitHub reads it; others
    want a blank line before it.
    """
    found: list[str] = []
    fence = ""
    for line in text.split("\n"):
        before = found[-1] if found else ""
        mark = _FENCE.match(line)
        if mark is not None and (not fence or (mark[1].startswith(fence) and not line.strip("`~ \t"))):
            fence = "" if fence else mark[1]
        elif not fence and _LIST_BEGIN.match(line) and before[:1].strip() and not _LIST_ITEM.match(before):
            found.append("")
        found.append(line)
    return "\n".join(found)


_ITEM = re.compile(r"([-*+]|[0-9]{1,9}[.)])([ \t]+)(?=\S)")
_BREAK = re.compile(r"#{1,6}(?:[ \t]|$)|(?:[*_-][ \t]*){3,}$|>")


def nested_lists(text: str) -> str:
    """Text with what lies in a list item set in by four columns a level.

    Where GitHub sees an item within another, two or three columns are enough for it; Python-Markdown wants four, and
    makes one flat list of them otherwise. Four columns mean the same to both. Code between fences goes along with the
    item that it stands in, and is not looked into.
    """
    found: list[str] = []
    # The items that a line stands in: where their text begins in the document.
    items: list[int] = []
    fence, shift, blank, moved = "", 0, True, False
    for raw in text.split("\n"):
        line = raw.expandtabs(4) if raw[:1] in (" ", "\t") else raw
        bare = line.lstrip(" ")
        column = len(line) - len(bare)
        if fence:
            found.append(" " * max(0, column + shift) + bare if shift and bare else raw)
            if bare.startswith(fence) and not bare.strip("`~ \t"):
                fence, blank = "", False
            continue
        if not bare:
            found.append(raw)
            blank = True
            continue
        item, mark = _ITEM.match(bare), _FENCE.match(bare)
        if item is not None and _BREAK.match(bare):
            item = None
        if mark is not None and (column - (items[-1] if items else 0) > 3 or "`" in bare.lstrip("`")):
            mark = None
        if blank or item is not None or mark is not None or _BREAK.match(bare):
            while items and column < items[-1]:
                items.pop()
            moved = bool(items) and item is None
        # What stands deeper than this is code of the item, or goes on with its paragraph.
        inside = item is not None and column - (items[-1] if items else 0) < 4
        shift = 0
        # What goes on with the words of an item may stand anywhere; with a further paragraph, it goes along.
        if items and (moved or item is not None or mark is not None):
            shift = 4 * len(items) - (column if column - items[-1] < 4 else items[-1])
        if mark is not None:
            fence = mark[1]
        found.append(" " * max(0, column + shift) + bare if shift else line if items else raw)
        if inside and item is not None:
            # Text that begins five columns after its mark is code; the item itself begins one after it.
            room = len(item[2].expandtabs(4))
            items.append(column + len(item[1]) + (room if room <= 4 else 1))
        blank = False
    return "\n".join(found)


#: Tags without attributes that an author may want and that can do nothing.
_HARMLESS_TAG = re.compile(
    r"</?(?:b|br|code|dd|del|details|dl|dt|em|hr|i|ins|kbd|li|mark|ol|p|pre|q|s|samp|small|strong|"
    r"sub|summary|sup|u|ul|var)\s*/?>|<(?:https?://|mailto:)[^\s<>]*>",
    re.IGNORECASE,
)
_RISKY = re.compile(
    rf"(?P<code>{_FENCED}|(?<!`)(?P<ticks>`+)(?!`)[^\n]*?(?<!`)(?P=ticks)(?!`))"
    r"|(?P<tag><(?=[A-Za-z/!?]))"
    r"|(?P<brace>\{(?=[:{%#])(?!\{slot:[a-z0-9-]+\}\}))|(?P<snippet>--8<--)"
    r"|(?P<before>\]\([ \t]*<?|^[ ]{0,3}\[[^\]\n]+\]:[ \t]*<?)(?P<target>[^\s)>]+)",
    re.DOTALL | re.MULTILINE,
)


def disarm(markdown: str) -> str:
    """Markdown whose raw HTML is shown instead of obeyed, but for a few plain tags, and whose links lead
    nowhere that a browser would run. Code is left as it is.
    """

    def piece(match: re.Match[str]) -> str:
        if match["code"] is not None:
            return match[0]
        if match["brace"] is not None:
            return "&#123;"  # attribute lists and templates of other generators
        if match["snippet"] is not None:
            return "--8&lt;--"
        if match["tag"] is not None:
            return match[0] if _HARMLESS_TAG.match(markdown, match.start()) else "&lt;"
        target = html.unescape(match["target"]).replace("\\", "")
        return match[0] if safe_url(target) or target.startswith("//") else f"{match['before']}#"

    return _RISKY.sub(piece, markdown)
