"""A plan's ledger: a small file in its folder with a line for every id that was ever given out there.

A line is an id's last part and the slug it was given to: ``MS004 rate-limits``. New lines go to the end, so two
branches that give out ids at the same time change the same place, and git itself refuses to merge them, whatever host
it runs on.
No line is ever taken out: a number that was given once is never given again.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable

    from milestones.model import Finding
    from milestones.profiles.kinds import Kind
    from milestones.project.entry import Entry
    from milestones.project.project import Project

_MARKERS = ("<<<<<<<", "|||||||", "=======", ">>>>>>>")
#: What keeps a text from being read at all.
_UNREAD = ("RD001", "RD004", "RD011", "RD012")
HEADER = "# Every id that this plan has given out. `milestones new` adds lines; none is ever removed."


class Line(NamedTuple):
    """One id: its number, its last part as written, the slug it was given to, and the line it stands on, from 1."""

    number: int
    name: str
    slug: str
    line: int

    @property
    def text(self) -> str:
        """The line as it is written."""
        return f"{self.name} {self.slug}"


class Ledger(NamedTuple):
    """What a ledger says. ``unread`` are lines that are no ids; ``conflict`` is the first that git left there.

    ``fault`` says why there is no text at all.
    """

    path: str
    lines: tuple[Line, ...]
    unread: tuple[int, ...] = ()
    conflict: int = 0
    fault: Finding | None = None

    @property
    def numbers(self) -> frozenset[int]:
        """Every number that was given out."""
        return frozenset(line.number for line in self.lines)


def kind(project: Project) -> Kind | None:
    """The kind of document whose ids a ledger holds: the milestones that ``new`` makes. None where there is none."""
    made = project.profile.made("milestone")
    return made if made is not None and made.nested and made.id is not None and made.scope is not None else None


def path(project: Project, plan_directory: str) -> str:
    """Where the ledger of a plan lies, or would."""
    return f"{plan_directory}/{project.profile.ledger}"


def paths(project: Project) -> list[str]:
    """The ledgers there are."""
    end = f"/{project.profile.ledger}"
    if not project.mentions(f"{end}\0") or kind(project) is None:
        return []
    return [name for name in project.names if name.endswith(end)]


def read(project: Project, ledger: str) -> Ledger:
    """A ledger of the repository, read."""
    made = kind(project)
    assert made is not None
    document = project.read(ledger)
    fault = next((f for f in document.findings if f.code in _UNREAD), None) if not document.text else None
    return parse(ledger, document.text, made)._replace(fault=fault)


def of_plan(project: Project, plan_directory: str) -> Ledger | None:
    """The ledger of a plan, or None where it keeps none."""
    there = path(project, plan_directory)
    return read(project, there) if there in paths(project) else None


def unreadable(held: Ledger) -> tuple[str, str] | None:
    """Why nothing can be added to a ledger, and what mends that; None where all is well."""
    if held.fault is not None:
        return f"{held.path}: {held.fault.message}", held.fault.help
    if held.conflict:
        return f"{held.path}:{held.conflict}: conflict markers are left in the ledger", "`milestones renumber`"
    if held.unread:
        return f"{held.path}:{held.unread[0]}: the ledger can't be read", "run `milestones check`"
    return None


def parse(ledger: str, text: str, made: Kind) -> Ledger:
    """What a text says as a ledger."""
    assert made.id is not None
    form = re.compile(made.id.last, re.IGNORECASE)
    lines: list[Line] = []
    unread: list[int] = []
    conflict = 0
    for at, written in enumerate(text.removeprefix("\ufeff").split("\n"), 1):
        stripped = written.strip()
        if not stripped or stripped.startswith("#"):
            continue
        if stripped[:7] in _MARKERS and stripped[7:8] in ("", " "):
            conflict = conflict or at
            continue
        name, _, slug = stripped.partition(" ")
        found = form.fullmatch(name)
        number = found.groupdict().get(made.sequence, "") if found is not None else ""
        if number and number.isdecimal() and len(number) < 10 and slug.strip() and " " not in slug.strip():
            lines.append(Line(int(number), name, slug.strip(), at))
        else:
            unread.append(at)
    return Ledger(ledger, tuple(lines), tuple(unread), conflict)


def name_of(id_: str, made: Kind) -> str:
    """The part of an id that a ledger holds: what follows the plan."""
    assert made.id is not None
    return id_.rpartition("/")[2] if "/" in made.id.text else id_


def line_of(entry: Entry) -> Line | None:
    """The line that a document has in its plan's ledger, or None where its path has no number."""
    if entry.located is None or entry.id_in_path is None:
        return None
    number = entry.located.fields.get(entry.kind.sequence, "")
    if not number.isdecimal() or len(number) > 9:
        return None
    slug = "".join(entry.located.fields.get("slug", "").split())
    return Line(int(number), name_of(entry.id_in_path, entry.kind), slug or "-", 0)


def knows(project: Project, entry: Entry) -> bool:
    """True for a document whose plan's ledger says that its number was given to it."""
    line = line_of(entry)
    if line is None or entry.located is None or (made := kind(project)) is None or made.name != entry.kind.name:
        return False
    held = of_plan(project, entry.located.plan_directory)
    return held is not None and any((one.number, one.slug) == (line.number, line.slug) for one in held.lines)


def members(project: Project, plan_directory: str) -> list[tuple[Line, Entry]]:
    """The documents whose ids a plan's ledger holds, each with its line, by number."""
    made = kind(project)
    found = [
        (line, entry)
        for entry in project.milestones_in(plan_directory)
        if made is not None
        and entry.kind.name == made.name
        and entry.located is not None
        and entry.located.plan_directory == plan_directory
        and (line := line_of(entry)) is not None
    ]
    return sorted(found, key=lambda member: (member[0].number, member[1].path))


def text(lines: Iterable[Line]) -> str:
    """A new ledger's text."""
    return "".join(f"{line}\n" for line in (HEADER, *(line.text for line in lines)))


def appended(data: bytes, lines: Iterable[Line]) -> bytes:
    """A ledger with more lines at its end; every other byte is as it was."""
    newline = b"\r\n" if b"\r\n" in data else b"\n"
    if data and not data.endswith(b"\n"):
        data += newline
    return data + b"".join(line.text.encode("utf-8") + newline for line in lines)
