"""The histories of milestones that share one id, told apart by their documents.

Of several documents that claim one id with equal right, ``timeline`` follows one. Here each is followed for itself: by
the id and by the part of its path that the others don't have, which is the file's name, or else the name of the nearest
folder. Filing a document, or moving it with its folder, changes neither. A document that gets another name begins anew,
because nothing but a guess would tell whose history it goes on with.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from milestones.history import timeline

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from milestones.history.observation import Observation, Reading
    from milestones.history.timeline import History, Timeline

#: Stands in no id.
_AND = "\0"


def apart(
    root: str, reading: Reading, history: History, *, ref: str = "HEAD", worktree: bool = True
) -> Mapping[str, Mapping[str, Timeline]]:
    """The timeline of each document by its path, of each id in ``history.twins``.

    ``history`` has been read with the other arguments. The commits are looked at once more, and of their files those
    that the documents in question may have been. An id is left out where no part of the paths tells them apart.

    Raises:
        HistoryError: as ``timeline.read`` does.
    """
    depths = {id_: depth for id_, paths in history.twins.items() if (depth := _depth(paths)) is not None}
    if not depths:
        return {}
    names = {id_: {_part(path, depth) for path in history.twins[id_]} for id_, depth in depths.items()}
    wanted = {(depths[id_], name) for id_, some in names.items() for name in some}

    def relevant(path: str) -> bool:
        return any(_part(path, depth) == name for depth, name in wanted) and reading.relevant(path)

    def interpret(path: str, data: bytes) -> tuple[Observation, ...]:
        return tuple(
            seen._replace(id=f"{seen.id}{_AND}{name}")
            for seen in reading.interpret(path, data)
            if seen.id in depths and (name := _part(path, depths[seen.id])) in names[seen.id]
        )

    alone = reading._replace(interpret=interpret, relevant=relevant, glance=None)
    found = timeline.read(root, alone, now=history.now, ref=ref, worktree=worktree, cache=None)
    told: dict[str, dict[str, Timeline]] = {}
    for line in [*found.plans.values(), *found.milestones.values()]:
        if line.status is not None:
            id_ = line.id.partition(_AND)[0]
            told.setdefault(id_, {})[line.path] = line._replace(id=id_)
    return told


def _part(path: str, depth: int) -> str:
    """A part of a path, counted from its end; empty where there is none."""
    parts = path.rsplit("/", depth + 1)
    return parts[-1 - depth] if len(parts) > depth else ""


def _depth(paths: Sequence[str]) -> int | None:
    """Which part of some paths differs in all of them, counted from their ends."""
    for depth in range(max(path.count("/") for path in paths) + 1):
        if len({_part(path, depth) for path in paths}) == len(paths):
            return depth
    return None
