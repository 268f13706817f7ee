"""What a history is made of: the steps and moves of one milestone or plan, and what one file says of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from milestones.history.log import Commit


class Step(NamedTuple):
    """A status that a milestone took on. ``status`` is None where its file was deleted.

    ``time`` (seconds since 1970, UTC) is the commit's, but never before the step before it: clocks differ, and a branch
    may carry older dates than what it is put on.
    """

    status: str | None
    word: str
    time: int
    commit: Commit
    path: str


class Move(NamedTuple):
    """A change of place: another path, or another plan, or both."""

    path_before: str
    path: str
    plan_before: str
    plan_id: str
    time: int
    commit: Commit


class Timeline(NamedTuple):
    """All that git knows of one milestone or plan, oldest step first.

    ``cut`` is true where a shallow clone begins with it: its first step was taken at an unknown time before.
    """

    id: str
    model: str
    plan_id: str
    path: str
    filed: bool
    cut: bool
    steps: tuple[Step, ...]
    moves: tuple[Move, ...]

    @property
    def status(self) -> str | None:
        """Where it stands, or None where it is gone."""
        return self.steps[-1].status

    @property
    def first_seen(self) -> int:
        """When it came into being, in seconds since 1970."""
        return self.steps[0].time

    def at(self, time: int) -> str | None:
        """The status at a moment (seconds since 1970), or None where it did not exist then."""
        found = None
        for step in self.steps:
            if step.time > time:
                break
            found = step.status
        return found


class Sighting(NamedTuple):
    """What a timeline needs of an observation."""

    key: str  # the model's first letter, and the id
    plan_id: str
    status: str
    word: str
    filed: bool
    rank: int


#: Models by the first letter of a key.
MODELS = {"m": "milestone", "p": "plan"}
