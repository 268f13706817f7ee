"""The one seam between history and the readers: what a version of a file says, and who tells."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable


class HistoryError(Exception):
    """A question that git can't answer, such as a ref that does not exist. ``help`` says what to do instead."""

    def __init__(self, message: str, help: str = "") -> None:
        super().__init__(message)
        self.help = help


class Observation(NamedTuple):
    """One milestone or plan as one version of one file shows it.

    ``model`` is ``milestone`` or ``plan``, ``status`` the value of a ``model.Status`` (empty where the file says
    nothing of it), ``status_word`` the word in the file. Dates are ISO text. ``progress`` runs from 0.0 to 1.0.

    Where several files speak of one id, the one with the smallest ``rank`` that names a status counts: a document that
    is the milestone itself before a list that mentions it. Two files of the same, smallest rank are twins.
    """

    model: str
    id: str
    plan_id: str
    title: str
    status: str
    status_word: str
    filed: bool
    due: str | None = None
    start: str | None = None
    risk: str | None = None
    owner: str | None = None
    depends_on: tuple[str, ...] = ()
    progress: float = 0.0
    rank: int = 0


class Reading(NamedTuple):
    """How versions of files are read.

    ``interpret(path, data)`` gives what a version says; nothing, where it can't be read. It must depend on its two
    arguments alone, and is asked once for each distinct pair.

    ``relevant(path)`` is false for files that are nobody's document. It is asked once a path.

    ``fingerprint`` names everything else that shapes the answers: version, profile, schemas. Another one makes another
    cache.

    ``below`` is a folder that holds every relevant path, with ``/``; empty for the whole repository.

    ``glance(path, data)``, if given, is a quicker ``interpret`` for the versions of a history, which needs no more than
    the fields up to ``filed`` (the title aside) and ``rank``. None sends the version to ``interpret``.
    """

    interpret: Callable[[str, bytes], tuple[Observation, ...]]
    relevant: Callable[[str], bool]
    fingerprint: str
    below: str = ""
    glance: Callable[[str, bytes], tuple[Observation, ...] | None] | None = None
