"""SQ: numbers, per plan over active and finished together, and plans per day. Only SQ005 opens files."""

from __future__ import annotations

from typing import TYPE_CHECKING

from milestones.model import Finding, Related
from milestones.profiles.profile import calendar_date

if TYPE_CHECKING:
    from collections.abc import Iterator

    from milestones.project.project import Entry, Project


def check(project: Project, entries: list[Entry], wanted: frozenset[str]) -> Iterator[Finding]:
    """Check every sequence. All names count, whatever was asked for; only the files asked for are opened."""
    read = {entry.path for entry in entries} if "SQ005" in wanted else set()
    for kind in project.profile.kinds.values():
        sequences: dict[str, list[tuple[int, str, Entry]]] = {}
        rule = project.profile.fields["number"]
        for entry in project.of_kind(kind.name):
            id_ = entry.id_in_path
            parts = kind.id.read(id_) if id_ is not None else None
            if id_ is None or parts is None or not parts["number"].isdecimal():
                continue
            number = int(parts["number"])
            if number < rule.first or number > rule.last:
                yield Finding(
                    "SQ004",
                    entry.path,
                    f"the number {number} is not between {rule.first} and {rule.last}",
                    None,
                    "begin at 1" if number < rule.first else "start a new plan: this one is full",
                )
                continue
            if len(parts["number"]) != rule.width:
                padded = str(number).zfill(rule.width)
                yield Finding(
                    "SQ003",
                    entry.path,
                    f"the number {parts['number']} has {len(parts['number'])} digits, not {rule.width}",
                    None,
                    f"write {padded} in the file name and the id",
                )
            scope = kind.scope.build(parts).upper()
            sequences.setdefault(scope, []).append((number, kind.id.build({**parts, "number": "{}"}), entry))
        for members in sequences.values():
            yield from _sequence(members, rule.width, read)


def _sequence(members: list[tuple[int, str, Entry]], width: int, read: set[str]) -> Iterator[Finding]:
    members.sort(key=lambda member: (member[0], member[2].path))
    first: dict[int, Entry] = {}
    for number, _, entry in members:
        other = first.setdefault(number, entry)
        if other is not entry:
            yield Finding(
                "SQ001",
                entry.path,
                f"the id {entry.id_in_path} is taken",
                None,
                "give the newer of the two the next free number: "
                + _next(members, width, entry.kind.name),
                (Related(other.path, 1, "it is here too"),),
            )
    before = 0
    for number, pattern, entry in members:
        if number > before + 1:
            missing = [pattern.format(str(n).zfill(width)) for n in range(before + 1, number)]
            shown = missing[0] if len(missing) == 1 else f"{missing[0]} to {missing[-1]}"
            yield Finding(
                "SQ002",
                entry.path,
                f"{shown} {'is' if len(missing) == 1 else 'are'} missing before it",
                None,
                "restore the missing file; a number is never given away, a dropped milestone stays in the archive",
            )
        before = max(before, number)
    yield from _order(members, read)


def _next(members: list[tuple[int, str, Entry]], width: int, kind: str) -> str:
    number, pattern, _ = members[-1]
    return pattern.format(str(number + 1).zfill(width)) + (
        " (`milestones new` does it by itself)" if kind == "milestone" else ""
    )


def _order(members: list[tuple[int, str, Entry]], read: set[str]) -> Iterator[Finding]:
    """A later number is created on the same day or later. Neighbours are compared, so one file needs two others."""
    for (low, _, earlier), (high, _, later) in zip(members, members[1:], strict=False):
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
