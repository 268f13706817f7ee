"""Every record of one id together: a group, from which a plan or a milestone is made."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from milestones.profiles.kinds import Kind
    from milestones.project.records import Record


class Group:
    """Every record of one plan or milestone, the most telling first."""

    __slots__ = ("id", "model", "parent", "plan_id", "records")

    def __init__(self, model: str, id_: str, found: list[Record]) -> None:
        self.model = model
        self.id = id_
        self.records = found
        self.plan_id = next((r.plan_id for r in found if r.plan_id), "")
        self.parent = next((r.parent for r in found if r.parent and r.parent != id_), None)
        if self.parent is None and not any(r.placed for r in found):
            self.parent = next((r.likely for r in found if r.likely and r.likely != id_), None)

    @property
    def kind(self) -> Kind:
        """The kind of its first record."""
        return self.records[0].kind

    def word(self, attribute: str) -> str | None:
        """The first text that a record gives for an attribute."""
        return next((word for r in self.records if (word := r.word(attribute)) is not None), None)

    def day(self, attribute: str) -> str | None:
        """The first day that a record gives for an attribute."""
        return next((found for r in self.records if (found := r.day(attribute)) is not None), None)

    def texts(self, attribute: str) -> tuple[str, ...]:
        """Every text that the records give for a list."""
        return tuple(dict.fromkeys(text for r in self.records for text in r.texts(attribute)))

    @property
    def hinted(self) -> bool:
        """True where all that is known is that something belongs somewhere, if it is there."""
        return all(r.spec is not None and r.spec.adds for r in self.records)

    @property
    def own(self) -> list[Record]:
        """The records of documents that are this thing themselves."""
        return [r for r in self.records if r.own]


def rank(record: Record) -> tuple[Any, ...]:
    """A key that sorts the records of one id, the most telling first."""
    return (not record.own, record.kind.rank if record.own else record.entry.kind.rank, record.path, record.line)


def apart(members: list[Record]) -> list[list[Record]]:
    """Records of one id, told apart where documents of the same kind claim it: each then keeps its own folder's."""
    own = [r for r in members if r.own]
    kinds: dict[str, list[Record]] = {}
    for r in own:
        kinds.setdefault(r.kind.name, []).append(r)
    if all(len(some) == 1 for some in kinds.values()):
        return [members]
    most = max(kinds.values(), key=len)
    sets: list[list[Record]] = [[r] for r in most]
    for r in own:
        if r.kind is most[0].kind:
            continue
        folder = r.path.rpartition("/")[0]
        near = next((s for s in sets if s[0].path.rpartition("/")[0] == folder), sets[0])
        near.append(r)
    sets[0] += [r for r in members if not r.own]
    for some in sets:
        some.sort(key=rank)
    return sets


@lru_cache(maxsize=65536)
def natural(text: str) -> tuple[tuple[int, int, str], ...]:
    """A key that sorts ids as people count: ``9`` before ``10``, ``02.1`` between ``02`` and ``03``."""
    return tuple(
        (0, int(piece), "") if piece.isascii() and piece.isdecimal() and len(piece) < 10 else (1, 0, piece)
        for piece in re.split(r"([0-9]+)", text)
        if piece
    )
