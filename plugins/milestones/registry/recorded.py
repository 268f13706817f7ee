"""The statuses that a document itself remembers having had, for when nobody asks git.

A Changelog is prose. Only sentences that can mean nothing else are taken as a status: `Status: planned → blocked`,
`Status set to completed`, and an entry that is a status and no more, such as `Completed.`
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from milestones.model import Status
from milestones.registry.records import StatusChange, status_of

if TYPE_CHECKING:
    from milestones.model import Milestone

_WORD = r"(planned|in[ _-]progress|blocked|on[ _-]hold|completed|cancelled)"
_MOVED = re.compile(rf"\bstatus\b[\s:]*{_WORD}\s*(?:→|->|=>|to)\s*{_WORD}\b", re.IGNORECASE)
_SET = re.compile(
    rf"\bstatus\b(?:\s*(?::|=|→|->)|\s+(?:is|(?:is\s+)?now|(?:(?:was\s+)?(?:moved|set|changed)\s+)?to))\s*{_WORD}\b",
    re.IGNORECASE,
)
_ALONE = re.compile(rf"{_WORD}[.!]?", re.IGNORECASE)


def sentence(before: Status, after: Status) -> str:
    """The Changelog entry for a change of status, which ``history`` can read again."""
    return f"Status: {before.value} → {after.value}."


def read(text: str) -> tuple[Status | None, Status] | None:
    """The status before and the one after that a Changelog entry speaks of, or None where it speaks of none."""
    if moved := _MOVED.search(text):
        return status_of(moved[1]), status_of(moved[2])
    found = _SET.search(text) or _ALONE.fullmatch(text.strip())
    return (None, status_of(found[1])) if found else None


def history(milestone: Milestone) -> list[StatusChange]:
    """What the Changelog says, oldest first, and at its end the status that the document has now."""
    entries = list(milestone.changelog)
    if len(entries) > 1 and entries[0].date > entries[-1].date:
        entries.reverse()
    changes: list[StatusChange] = []

    def add(at: str, status: Status) -> None:
        before = changes[-1].status if changes else None
        if status is not before:
            changes.append(StatusChange(at, status, before))

    for entry in sorted(entries, key=lambda change: change.date):
        spoken = read(entry.text)
        if spoken is None:
            continue
        before, after = spoken
        if before is not None and not changes:
            add(milestone.created or "", before)
        add(entry.date, after)
    last = changes[-1].at if changes else ""
    known = (milestone.created, milestone.updated) if not changes and milestone.status is Status.PLANNED else ()
    at = next((day for day in (*known, milestone.updated, milestone.created) if day), "")
    add(max(at, last), milestone.status)
    return changes
