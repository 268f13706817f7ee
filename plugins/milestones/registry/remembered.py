"""The statuses that git remembers of a repository's milestones."""

from __future__ import annotations

import time
from contextlib import suppress
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from milestones.history import log, timeline, twins
from milestones.history.observation import HistoryError
from milestones.history.reading import reading
from milestones.model import Status
from milestones.registry.records import StatusChange

if TYPE_CHECKING:
    from collections.abc import Callable

    from milestones.history.timeline import History, Timeline
    from milestones.model import Milestone
    from milestones.project.workspace import Workspace


class Remembered:
    """What the commits say, read again only after ``HEAD`` has moved: asking again costs one call of git."""

    def __init__(self, directory: str, open_: Callable[[], Workspace]) -> None:
        self._directory = directory
        self._open = open_
        self._read: tuple[str, History] | None = None
        self._twins: dict[str, Timeline] = {}  # by path

    def history(self, milestone: Milestone) -> list[StatusChange]:
        """The statuses that were committed, oldest first; none where git knows nothing of it, or is not there."""
        history = self._history()
        line = history.milestones.get(milestone.id) if history is not None else None
        if milestone.path in self._twins:
            line = self._twins[milestone.path]
        elif history is not None and line is None:
            at_path = [other for other in history.milestones.values() if other.path == milestone.path]
            line = at_path[0] if len(at_path) == 1 else None
        return _changes(line) if line is not None else []

    def _history(self) -> History | None:
        with suppress(HistoryError):
            head = log.facts(self._directory).head
            if head is not None:
                read = self._read
                if read is None or read[0] != head:
                    how = reading(self._open())
                    found = timeline.read(self._directory, how, now=int(time.time()), worktree=False)
                    read = self._read = (found.head or head, found)
                    each = twins.apart(self._directory, how, found, worktree=False) if found.twins else {}
                    self._twins = {path: line for lines in each.values() for path, line in lines.items()}
                return read[1]
        return None


def _changes(line: Timeline) -> list[StatusChange]:
    """Each change of status; deletions, other words for the same and what is no status are left out."""
    found: list[StatusChange] = []
    for step in line.steps:
        before = found[-1].status if found else None
        if step.status and step.status != (before.value if before is not None else ""):
            at = datetime.fromtimestamp(step.time, UTC).isoformat(timespec="seconds")
            found.append(StatusChange(at, Status(step.status), before, step.commit.id))
    return found


__all__ = ["Remembered"]
