"""SQ: numbers, per plan over active and finished together, and plans per day.

Only SQ005 opens documents; SQ006 and SQ007 open ledgers, where there are some.
"""

from __future__ import annotations

import re
from itertools import pairwise
from typing import TYPE_CHECKING

from milestones.documents.days import calendar_date
from milestones.model import Finding, Position, Related, Severity
from milestones.project import ledger

if TYPE_CHECKING:
    from collections.abc import Iterator

    from milestones.profiles.kinds import Count, Field, Kind
    from milestones.project.entry import Entry
    from milestones.project.project import Project


def whole(project: Project, entries: list[Entry], wanted: frozenset[str]) -> Iterator[Finding]:
    """Check the sequences that some files count in. All names count; only these files and their neighbours are read."""
    if wanted & {"SQ001", "SQ002"}:
        for count in project.profile.counts:
            yield from _counted(project, count, entries)
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
            yield from _sequence(project, rule, counted)
        if read:
            yield from _order(counted, read)
    if wanted & {"SQ001", "SQ002"} and any(
        kind.scope is not None and not kind.places for kind in project.profile.kinds.values()
    ):
        yield from _blocks(project)
    if "SQ001" in wanted and any(kind.unique for kind in project.profile.kinds.values()):
        yield from _twins(project)
    if wanted & {"SQ006", "SQ007"} and (paths := ledger.paths(project)):
        if "SQ006" in wanted:
            for path in paths:
                yield from _ledger(project, path)
        if "SQ007" in wanted:
            yield from _merged_in_silence(project, paths)


def _ledger(project: Project, path: str) -> Iterator[Finding]:
    """What a plan's ledger and its documents say differently, and what a ledger can't say."""
    held = ledger.read(project, path)
    if held.fault is not None:
        yield Finding("SQ006", path, f"the ledger can't be read: {held.fault.message}", None, held.fault.help)
        return
    if held.conflict:
        yield Finding(
            "SQ006",
            path,
            "conflict markers are left in the ledger",
            Position(held.conflict, 1, 8),
            "`milestones renumber` gives the new ids of one side other numbers, and settles the ledger",
        )
    for line in held.unread:
        help = "write the id's last part, a space and the slug"
        yield Finding("SQ006", path, "this is no id with its slug", Position(line, 1, 2), help)
    first: dict[int, ledger.Line] = {}
    for given in held.lines:
        before = first.setdefault(given.number, given)
        if before is not given:
            help = "leave the line of the one that has it, and give the other the next free id"
            yield Finding(
                "SQ006",
                path,
                f"{given.name} is given out twice, to {before.slug} and to {given.slug}",
                Position(given.line, 1, len(given.name) + 1),
                f"{help}: `milestones renumber` does both",
                (Related(path, before.line, "it is given here too"),),
            )
    last = max(first, default=0)
    members = ledger.members(project, path.rpartition("/")[0])
    if unseen := first.keys() - {line.number for line, _ in members}:
        yield from _behind_links(project, path, [first[number] for number in sorted(unseen)])
    for line_, entry in members:
        known = first.get(line_.number)
        if known is None:
            yield Finding(
                "SQ006",
                entry.path,
                f"the ledger does not know {line_.name}",
                None,
                f"add the line `{line_.text}` to {path}: `milestones ledger build` does",
                (Related(path, 1, "the plan's ledger"),),
            )
        elif line_.slug not in {given.slug for given in held.lines if given.number == line_.number}:
            yield Finding(
                "SQ006",
                entry.path,
                f"the ledger says that {line_.name} is {known.slug}, not {line_.slug}",
                None,
                f"if it is a new document, give it a number after {last}, for none is given twice; if it was renamed, "
                "correct the ledger's line",
                (Related(path, known.line, "it was given out here"),),
            )


def _behind_links(project: Project, path: str, unseen: list[ledger.Line]) -> Iterator[Finding]:
    """A link in the plan's folder that leads to a folder: the documents that the ledger knows may lie behind it."""
    inside = path.rpartition("/")[0] + "/"
    for name in project.named_like("\0" + inside):
        if "." in name.removeprefix(inside):
            continue  # no folder of documents
        project.settled = False
        if any(finding.code == "RD011" for finding in project.read(name).findings):
            yield Finding(
                "SQ006",
                name,
                f"this is a symbolic link, so nobody sees whether {unseen[0].name} is in it",
                None,
                "put the folder itself here; links are not followed",
                (Related(path, unseen[0].line, "the ledger has it"),),
            )


def _merged_in_silence(project: Project, paths: list[str]) -> Iterator[Finding]:
    from milestones.project import elsewhere

    for path, driver in elsewhere.merge_drivers(project, paths).items():
        yield Finding(
            "SQ007",
            path,
            f"git merges this ledger with `merge={driver}`" if driver != "unset" else "git does not merge this ledger",
            None,
            "take the attribute from .gitattributes: two branches that give out the same id must conflict"
            if project.listed is not None or elsewhere.gitattributes_may_merge(project.directory, path)
            else "unset `merge.default`, or take the attribute from .git/info/attributes or the file that git's "
            "`core.attributesFile` names: two branches that give out the same id must conflict",
        )


def _blocks(project: Project) -> Iterator[Finding]:
    """The numbers of milestones that are a block of a document each, in the order of their ids."""
    before: dict[tuple[str, str], tuple[int, str]] = {}
    for group in (*project.assembly.of_model("plan"), *project.assembly.of_model("milestone")):
        kind = group.kind
        standing = [record for record in group.records if record.stands]
        if kind.scope is None or kind.places or not standing or not standing[0].number.isdecimal():
            continue
        first = standing[0]
        for twin in standing[1:]:
            yield Finding(
                "SQ001",
                twin.path,
                f"the id {group.id} is taken",
                Position(twin.line, 1, 2),
                "give the newer of the two the next free number",
                (Related(first.path, first.line, "it is here too"),),
            )
        number, scope = int(first.number), (kind.name, group.plan_id)
        last, last_id = before.get(scope, (project.profile.fields[kind.sequence].first - 1, ""))
        if number > last + 1 and kind.gaps:
            missing = str(last + 1) if number == last + 2 else f"{last + 1} to {number - 1}"
            yield Finding(
                "SQ002",
                first.path,
                f"{missing} {'is' if number == last + 2 else 'are'} missing before {group.id}",
                Position(first.line, 1, 2),
                f"it follows {last_id}: restore what is missing" if last_id else "count from the first",
            )
        before[scope] = (number, group.id)


def _twins(project: Project) -> Iterator[Finding]:
    """Ids that two paths have, where ids are more than a number. An id that only the archive has twice is milder."""
    by_id: dict[tuple[str, str], Entry] = {}
    for entry in sorted(project.entries.values(), key=_lasting):
        id_ = entry.id_in_path
        if not entry.kind.unique or id_ is None:
            continue
        first = by_id.setdefault((entry.kind.model, project.id_key(id_)), entry)
        if first is not entry:
            yield Finding(
                "SQ001",
                entry.path,
                f"the id {id_} is taken",
                None,
                "give the newer of the two the next free id: what refers to it can't tell which is meant",
                (Related(first.path, 1, "it is here too"),),
                severity=Severity.WARNING if _lasting(entry)[0] else Severity.ERROR,
            )


def _lasting(entry: Entry) -> tuple[bool, str]:
    """Documents in work first, then those of an archive for whatever there was."""
    return entry.located is not None and entry.located.place.any_status, entry.path


def _counted(project: Project, count: Count, entries: list[Entry]) -> Iterator[Finding]:
    """Numbers that several kinds of document count together. A number that any list knows is not missing."""
    wanted = {entry.path for entry in entries}
    scopes: dict[tuple[str, ...], dict[int, list[Entry]]] = {}
    exact: dict[tuple[str, ...], dict[str, dict[tuple[str, ...], Entry]]] = {}
    for entry in project.entries.values():
        if entry.located is None or entry.kind.name not in count.kinds:
            continue
        fields = {
            **entry.located.fields,
            "directory": entry.path.rpartition("/")[0],
            "place": entry.located.place.name,
        }
        number = re.match("[0-9]+", fields.get(count.field, ""))
        if number is None:
            continue
        scope = tuple(fields.get(name, "") for name in count.scope)
        scopes.setdefault(scope, {}).setdefault(int(number[0]), []).append(entry)
        member = tuple(fields.get(name, "") for name in count.member) or (entry.kind.name, entry.path)
        written = re.sub(r"\b0+(?=[0-9])", "", fields[count.field])
        exact.setdefault(scope, {}).setdefault(written, {}).setdefault(member, entry)
    kind = project.profile.kinds[count.kind]
    what = kind.label.lower()
    for scope, told in exact.items():
        for number_text, members in told.items():
            some = list(members.values())
            for at, entry in enumerate(some):
                twin = next((e for e in some[:at] if count.member or e.kind is entry.kind), None)
                if twin is not None and {entry.path, twin.path} & wanted:
                    help = "give one of the two another number"
                    yield Finding(
                        "SQ001",
                        entry.path,
                        f"{what} {number_text} is there twice",
                        None,
                        help,
                        (Related(twin.path, 1, "it is here too"),),
                    )
        numbers = sorted(scopes[scope])
        for before, number_ in pairwise([count.first - 1, *numbers] if count.first else numbers):
            entry = scopes[scope][number_][0]
            if entry.path not in wanted:
                continue
            # From both ends, each as far as numbers are known: the gap itself may be as wide as a number can be.
            between = range(before + 1, number_)
            ends = [
                next((n for n in some if not _known(project, kind, entry, count.field, n)), None)
                for some in (between, reversed(between))
            ]
            if ends[0] is not None:
                width = project.profile.fields[count.field].width
                first, last = (str(n).zfill(width) for n in ends)
                shown = f"{what} {first} is" if first == last else f"{what}s {first} to {last} are"
                help = "restore what is missing, or give the later ones their numbers"
                yield Finding("SQ002", entry.path, f"{shown} missing before it", None, help)


def _known(project: Project, kind: Kind, like: Entry, field: str, number: int) -> bool:
    """True where some document speaks of a number, though none has it."""
    assert like.located is not None
    assert kind.id is not None
    fields = project.profile.padded({**like.located.fields, field: str(number)})
    before = kind.distinct.build(fields) + "/" if kind.distinct and set(kind.distinct.fields) <= fields.keys() else ""
    space = fields.get(project.profile.space, "")
    own = f"{space}/" if space else ""
    id_ = kind.id.build(fields)
    return any(project.assembly.group(kind.model, own + one) is not None for one in dict.fromkeys((before + id_, id_)))


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


def _sequence(project: Project, rule: Field, members: list[tuple[int, Entry]]) -> Iterator[Finding]:
    if len({number for number, _ in members}) < len(members):
        # The one that the ledger knows has the number.
        members = sorted(members, key=lambda m: (m[0], not ledger.knows(project, m[1])))
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
            if _to_come(project, entry, range(before + 1, number)):
                yield Finding(
                    "SQ002",
                    entry.path,
                    f"{shown} not here yet",
                    None,
                    "nothing to do: another branch has given it out",
                    severity=Severity.INFO,
                )
            else:
                yield Finding(
                    "SQ002",
                    entry.path,
                    f"{shown} missing before it",
                    None,
                    "restore the missing file; a number is never given away, dropped work stays in the archive",
                )
        last = before = number


def _to_come(project: Project, entry: Entry, missing: range) -> bool:
    """True for numbers that were given out, but not here: a plan's ledger never heard of them, or a branch has them."""
    if entry.located is not None and (made := ledger.kind(project)) is not None and made.name == entry.kind.name:
        held = ledger.of_plan(project, entry.located.plan_directory)
        if held is not None and held.numbers.isdisjoint(missing):
            return True
    from milestones.project import elsewhere

    project.settled = False
    return elsewhere.on_other_branches(project, entry, missing)


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
        if one is None or two is None:
            continue
        if two < one and calendar_date(str(one)) and calendar_date(str(two)):
            yield Finding(
                "SQ005",
                later.path,
                f"{later.id_in_path} was created on {two}, before {earlier.id_in_path} ({one})",
                two.position,
                "correct whichever `created` is wrong; numbers are given in the order of creation",
                (Related(earlier.path, one.line, f"{earlier.id_in_path} was created on {one}"),),
            )
