"""CT: what the body says, against the front matter and against the template."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING

from milestones.documents.days import calendar_date
from milestones.documents.outline import plain
from milestones.lazy import pattern
from milestones.model import Finding, Health, Position, Severity, Status

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from milestones.documents.outline import Box
    from milestones.profiles.profile import Profile
    from milestones.project.entry import Entry
    from milestones.project.project import Project

# UTF-8 read as Windows-1252 or Latin-1: a lead byte's letter before a continuation byte's, at least one such pair.
_MOJIBAKE = pattern(
    "â€[\u0080-\u00bf\u2018-\u2122œžŸ]|Ã[\u0080-\u00bf‚ƒ„…†‡ˆ‰Š‹Œ‘’“”•–—˜™š›œžŸ]|ðŸ[\u0080-\u00bf\u2018-\u2122\u0152-\u017e]"
    "|â[œš›]|ï¸|Â[\u00a0-\u00bf]"
)


def document(_project: Project, entry: Entry, wanted: frozenset[str]) -> Iterator[Finding]:
    """Check a body."""
    if entry.document.fields is None:
        return
    yield from _headings(entry)
    if entry.kind.sections:
        yield from _sections(entry)
    if "CT004" in wanted:
        yield from _template_text(entry)
    if entry.status is Status.COMPLETED and entry.kind.tasks:
        yield from _unfinished(entry)
    if "CT005" in wanted and any(spec.body for spec in entry.kind.records):
        yield from _unfinished_blocks(entry)
    yield from _changelog(entry)
    if "CT008" in wanted:
        yield from _mojibake(entry)


def _line(entry: Entry, number: int) -> Position:
    """A whole line of the file, without its indentation."""
    line = entry.document.text.split("\n", number)[number - 1]
    indent = len(line) - len(line.lstrip())
    return Position(number, indent + 1, max(len(line.rstrip()) + 1, indent + 2))


@lru_cache(maxsize=8)
def _prefix(profile: Profile) -> re.Pattern[str]:
    """What may stand before a title in a heading: the document's id, the id's last part, or the name of its kind."""
    ids = [
        re.sub(r"\(\?P<\w+>", "(?:", kind.id.source) for kind in reversed(profile.kinds.values()) if kind.id is not None
    ]
    words = [re.escape(word) for word in (profile.title.split()[0], *profile.kinds)]
    parts = [re.sub(r"\(\?P<\w+>", "(?:", kind.id.last) for kind in profile.kinds.values() if kind.id is not None]
    return re.compile(rf"(?:{'|'.join([*ids, *parts, *words])})\s*[:–—-]\s*", re.IGNORECASE)


@lru_cache(maxsize=4096)
def _folded(text: str, prefix: re.Pattern[str]) -> str:
    """A title for comparison: without markup, case, punctuation at its ends, or an id before it."""
    text = plain(text)
    found = prefix.match(text)
    text = text[found.end() :] if found else text
    return re.sub(r"[\W_]+", " ", text.casefold()).strip()


def _headings(entry: Entry) -> Iterator[Finding]:
    top = next((h for h in entry.document.outline.headings if h.level == 1), None)
    title = entry.written("title")
    if top is None:
        help = (
            f"add `# {title}` below the front matter" if title is not None else "add `# Title` below the front matter"
        )
        yield Finding("CT002", entry.path, "there is no top heading", Position(entry.document.body_line, 1, 2), help)
    elif (
        title is not None
        and title.strip()
        and title != top.text
        and _folded(title, prefix := _prefix(entry.project.profile)) != _folded(top.text, prefix)
    ):
        yield Finding(
            "CT001",
            entry.path,
            f"the heading says `{_short(top.text)}`, the title `{_short(title)}`",
            _line(entry, top.line),
            "make them the same; lists and graphs show the title",
        )


def _short(text: str) -> str:
    return text if len(text) <= 70 else text[:69] + "…"


def _sections(entry: Entry) -> Iterator[Finding]:
    written = {h.text for h in entry.document.outline.headings}
    missing = [name for name in entry.kind.sections if name not in written]
    if missing:
        prefix = _prefix(entry.project.profile)
        present = {_folded(text.removesuffix("(Optional)"), prefix) for text in written}
        missing = [name for name in missing if _folded(name, prefix) not in present]
    for name in missing:
        if "|" in name and _has_one_of(entry, name.split("|")):
            continue
        name = name.partition("|")[0]
        yield Finding(
            "CT003",
            entry.path,
            f"the section `{name}` is missing",
            Position(entry.document.body_line, 1, 2),
            f"add `## {name}`; write `None.` below it where there is nothing to say",
        )


def _has_one_of(entry: Entry, names: list[str]) -> bool:
    """True where a heading or a label in bold begins with one of some names; a number or a mark may come before it."""
    either = "|".join(re.escape(name) for name in names)
    pattern = rf"^(?:\s*(?:[-*+][ \t]+)?(?:\*\*|__)|#{{1,6}}[ \t]+)[\W\d_]*(?:{either})\b(?!-)"
    return re.search(pattern, entry.document.body, re.IGNORECASE | re.MULTILINE) is not None


#: Characters of ordinary text, the commonest first.
_COMMON = " \netaonisrhldcumpgfwybvk#-.:,/0123456789|✅STAIMDRCPOWELBNxY"


@lru_cache(maxsize=8)
def _signs(literals: tuple[str, ...]) -> list[tuple[str, str]]:
    """Each text after its rarest character: to look for one character takes a tenth of a search for the text."""
    return [
        (max(literal, key=lambda c: (c not in _COMMON, _COMMON.find(c)), default=""), literal) for literal in literals
    ]


def _template_text(entry: Entry) -> Iterator[Finding]:
    """One finding a document, at the first place; the count says how much is left."""
    text = entry.document.body
    left = [literal for sign, literal in _signs(entry.kind.template_text) if sign in text and literal in text]
    if not left:
        return
    found = sorted((text.find(literal), literal) for literal in left)
    at, literal = found[0]
    line = entry.document.body_line + text.count("\n", 0, at)
    column = at - text.rfind("\n", 0, at)
    more = f", and {len(found) - 1} more such texts" if len(found) > 1 else ""
    yield Finding(
        "CT004",
        entry.path,
        f"text of the template is left in: `{_short(literal)}`{more}",
        Position(line, column, column + len(literal)),
        "say what holds here, or remove it",
        # Work that has not begun may still wait for its words.
        severity=Severity.INFO if entry.status is Status.PLANNED else Severity.ERROR,
    )


def _unfinished_blocks(entry: Entry) -> Iterator[Finding]:
    """The same for milestones that are a block of a document each."""
    from milestones.project import records

    for record in records.of_entry(entry):
        if record.own or not record.stands or not record.kind.tasks or record.status is not Status.COMPLETED:
            continue
        yield from _open_task(entry, record.outline.boxes, f"{record.id} is completed")


def _unfinished(entry: Entry) -> Iterator[Finding]:
    if entry.kind.task_list is None and entry.document.outline.surely_finished:
        return
    yield from _open_task(entry, entry.boxes, "completed")
    unwell = [a for a in entry.document.outline.health if a.health in (Health.PENDING, Health.WARNING, Health.BAD)]
    if unwell:
        more = f", and {len(unwell) - 1} more" if len(unwell) > 1 else ""
        yield Finding(
            "CT006",
            entry.path,
            f"completed, but the health of `{_short(unwell[0].area)}` is {unwell[0].written}{more}",
            _line(entry, unwell[0].line),
            "bring the health table up to date, or reopen the work",
        )


def _open_task(entry: Entry, boxes: Iterable[Box], done: str) -> Iterator[Finding]:
    still_open = [box for box in boxes if not box.done]
    if still_open:
        more = f", and {len(still_open) - 1} more" if len(still_open) > 1 else ""
        yield Finding(
            "CT005",
            entry.path,
            f"{done}, but this is open: `{_short(still_open[0].text)}`{more}",
            _line(entry, still_open[0].line),
            "tick it, move it to a follow-up section as plain text, or reopen the work",
        )


def _changelog(entry: Entry) -> Iterator[Finding]:
    changes, updated = entry.document.outline.changelog, entry.written("updated")
    if not changes or updated is None or not calendar_date(str(updated)):
        return
    dated = [change for change in changes if calendar_date(change.date)]
    if not dated:
        return
    newest = max(dated, key=lambda change: change.date)
    if newest.date > updated:
        yield Finding(
            "CT007",
            entry.path,
            f"the Changelog has an entry of {newest.date}, but `updated` is {updated}",
            updated.position,
            f"write `updated: {newest.date}`",
        )
    elif newest.date < updated:
        yield Finding(
            "CT007",
            entry.path,
            f"`updated` is {updated}, but the newest Changelog entry is of {newest.date}",
            _line(entry, newest.line),
            f"add what changed on {updated} to the Changelog",
            severity=Severity.INFO,
        )


def _mojibake(entry: Entry) -> Iterator[Finding]:
    text = entry.document.text
    # To look for one character takes a fiftieth of a search for the pattern.
    if text.isascii() or not ("Ã" in text or "â" in text or "Â" in text or "ð" in text or "ï" in text):
        return
    found = _MOJIBAKE.search(text)
    if found is None:
        return
    line = text.count("\n", 0, found.start()) + 1
    start = text.rfind("\n", 0, found.start()) + 1
    run = re.match(r"[^\x00-\x7f]+", text[found.start() :])
    damaged = run[0] if run else found[0]
    column = found.start() - start + 1
    yield Finding(
        "CT008",
        entry.path,
        f"`{damaged[:12]}` is text in the wrong encoding",
        Position(line, column, column + len(damaged)),
        f"it was `{repaired}`; restore the file from before the damage" if (repaired := _repair(damaged)) else _RESTORE,
    )


_RESTORE = "UTF-8 was once read as another encoding; restore the file from before the damage"


def _repair(damaged: str) -> str | None:
    for encoding in ("cp1252", "latin-1"):
        try:
            text = damaged.encode(encoding).decode("utf-8")
        except (UnicodeEncodeError, UnicodeDecodeError):
            continue
        return text if text.isprintable() else None
    return None
