"""SQ: numbers, per plan over active and finished together, and plans per day. Only SQ005 opens files."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

from milestones.model import Finding, Related
from milestones.documents.days import calendar_date

if TYPE_CHECKING:
    from collections.abc import Iterator

    from milestones.profiles.profile import Field
    from milestones.project.project import Entry, Project


def whole(project: Project, entries: list[Entry], wanted: frozenset[str]) -> Iterator[Finding]:
    """Check the sequences that some files count in. All names count; only these files and their neighbours are read."""
    read = {entry.path for entry in entries} if "SQ005" in wanted else set()
    numbers = bool(wanted & {"SQ001", "SQ002", "SQ003", "SQ004"})
    for members in project.sequences_of(entries).values():
        kind = members[0][1].kind
        rule = project.profile.fields[kind.sequence]
        if numbers:
            for number, entry in members:
                yield from _number(rule, number, entry)
        counted = [m for m in members if rule.first <= m[0] and (not rule.last or m[0] <= rule.last)]
        if numbers:
            yield from _sequence(rule, counted)
        if read:
            yield from _order(counted, read)


def _number(rule: Field, number: int, entry: Entry) -> Iterator[Finding]:
    assert entry.place_in_sequence is not None
    written = entry.place_in_sequence[1]
    if number < rule.first or (rule.last and number > rule.last):
        yield Finding(
            "SQ004",
            entry.path,
            f"the number {number} is not between {rule.first} and {rule.last}"
            if rule.last
            else f"the number {number} is below {rule.first}",
            None,
            f"begin at {rule.first}" if number < rule.first else "start a new plan: this one is full",
        )
    elif rule.width and written != str(number).zfill(rule.width):
        yield Finding(
            "SQ003",
            entry.path,
            f"the number {written} has {len(written)} digit{'s' if len(written) != 1 else ''}, not {rule.width}",
            None,
            f"write {str(number).zfill(rule.width)} in the file name and the id",
        )


def _sequence(rule: Field, members: list[tuple[int, Entry]]) -> Iterator[Finding]:
    last = before = rule.first - 1
    for number, entry in members:
        if number == last:
            twin = next(e for n, e in members if n == number)
            free = _id(rule, entry, members[-1][0] + 1)
            counted = entry.kind.model == "milestone" and entry.kind.template
            by_itself = " (`milestones new` counts by itself)" if counted else ""
            yield Finding(
                "SQ001",
                entry.path,
                f"the id {entry.id_in_path} is taken" if entry.id_in_path else f"the number {number} is taken",
                None,
                f"give the newer of the two the next free id, {free}{by_itself}",
                (Related(twin.path, 1, "it is here too"),),
            )
        elif number > before + 1 and entry.kind.gaps:
            first, end = _id(rule, entry, before + 1), _id(rule, entry, number - 1)
            shown = f"{first} is" if first == end else f"{first} to {end} are"
            yield Finding(
                "SQ002",
                entry.path,
                f"{shown} missing before it",
                None,
                "restore the missing file; a number is never given away, dropped work stays in the archive",
            )
        last = before = number


def _id(rule: Field, like: Entry, number: int) -> str:
    """The id that a number has in the sequence of another document."""
    assert like.located is not None
    assert like.kind.id is not None
    text = str(number).zfill(rule.width)
    fields = {**like.located.fields, "plan": like.plan_id_in_path or "", like.kind.sequence: text}
    return like.kind.id.build(fields) if set(like.kind.id.fields) <= fields.keys() else text


def _order(members: list[tuple[int, Entry]], read: set[str]) -> Iterator[Finding]:
    """A later number is created on the same day or later. Neighbours are compared, so one file needs two others."""
    for (low, earlier), (high, later) in pairwise(members):
        if low == high or not (earlier.path in read or later.path in read):
            continue
        one, two = earlier.written("created"), later.written("created")
        if one is None or two is None or not (calendar_date(str(one)) and calendar_date(str(two))):
            continue
        if two < one:
            yield Finding(
                "SQ005",
                later.path,
                f"{later.id_in_path} was created on {two}, before {earlier.id_in_path} ({one})",
                two.position,
                "correct whichever `created` is wrong; numbers are given in the order of creation",
                (Related(earlier.path, one.line, f"{earlier.id_in_path} was created on {one}"),),
            )
