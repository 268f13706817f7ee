"""Milestones of a repository: every reading reads the files, every change is a transaction on them.

This is the only module of the registry that knows how a repository is opened and changed.
"""

from __future__ import annotations

import contextlib
import os
import threading
from typing import TYPE_CHECKING

from milestones.changes import creation, revision
from milestones.changes.planned import document
from milestones.changes.transaction import ChangeError, lock
from milestones.model import Status
from milestones.profiles.profile import ProfileError
from milestones.project.config import ConfigError
from milestones.project.git import GitError
from milestones.project.overlay import overlaid
from milestones.project.workspace import open_workspace
from milestones.registry import recorded
from milestones.registry.records import DuplicateMilestoneError, RegistryError, StatusChange
from milestones.registry.snapshot import Reading

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from os import PathLike

    from milestones.changes.transaction import Transaction
    from milestones.model import Milestone
    from milestones.project.workspace import Workspace as Opened
    from milestones.registry.remembered import Remembered


@contextlib.contextmanager
def _refusals() -> Iterator[None]:
    """What the engine refuses, as an error of the registry."""
    try:
        yield
    except (ChangeError, ConfigError) as error:
        raise RegistryError(str(error), error.help) from error
    except (ProfileError, GitError) as error:
        raise RegistryError(str(error)) from error


class Repository:
    """The files of a repository as a store. Nothing is kept between two readings.

    A reading takes the lock too: it never sees a file half moved, or a milestone half written.
    """

    def __init__(
        self,
        directory: str | PathLike[str],
        *,
        plan: str | None = None,
        profile: str | None = None,
        history: Callable[[str], Sequence[StatusChange]] | None = None,
    ) -> None:
        self._start = os.path.abspath(directory)
        self._profile = profile
        self._history = history
        self._plan: str | None = None
        self._known: Remembered | None = None
        self._threads = threading.Lock()  # the lock on the folder does nothing on Windows
        if not os.path.isdir(self._start):
            raise RegistryError(f"{self._start} is not a folder")
        opened = self._open()
        #: The folder that the paths of milestones are relative to.
        self.directory = opened.directory
        if plan is not None:
            with _refusals():
                self._plan = str(document(opened, plan, "plan").id)

    @property
    def _remembered(self) -> Remembered:
        if self._known is None:
            from milestones.registry.remembered import Remembered

            self._known = Remembered(self.directory, self._open)
        return self._known

    def _open(self) -> Opened:
        with _refusals():
            return open_workspace(self._start, profile=self._profile)

    @contextlib.contextmanager
    def _alone(self) -> Iterator[None]:
        with self._threads, _refusals(), lock(self.directory):
            yield

    def read(self) -> Reading:
        """Every milestone that can be read; `milestones check` reports the others."""
        with self._alone():
            return self.reading_of(self._open())

    def reading_of(self, opened: Opened) -> Reading:
        """What an opened repository holds."""
        with _refusals():
            plans = _open_plans(opened)
            scope = self._plan or (plans[0] if len(plans) == 1 else "")
            return Reading(opened.milestones, opened.today, opened.config.stale_after, scope)

    @contextlib.contextmanager
    def write(self) -> Iterator[_Writer]:
        """Hold the repository alone: threads, processes and the `milestones` command wait."""
        with self._alone(), _refusals():
            yield _Writer(self, self._open)

    def plan_for(self, opened: Opened, plan: str | None) -> str:
        """The id of the plan that a new milestone goes to."""
        wanted = plan or self._plan
        if wanted is not None:
            return str(document(opened, wanted, "plan").id)
        plans = _open_plans(opened)
        if len(plans) == 1:
            return plans[0]
        if plans:
            raise RegistryError("there are several open plans", f"say plan=… with one of {', '.join(plans)}")
        raise RegistryError("there is no open plan", "start one with start_plan(title)")

    def start_plan(self, title: str) -> str:
        """Write a plan's document; new milestones go to it from now on."""
        with self._alone(), _refusals():
            planned = creation.new_plan(self._open(), title)
            planned.transaction.commit()
            self._plan = planned.id
            return planned.id

    def history(self, milestone: Milestone) -> Sequence[StatusChange]:
        """The statuses that a milestone has had. The last one is always what its file says now."""
        if self._history is not None:
            changes = list(self._history(milestone.id))
            before = changes[-1].status if changes else None
            if before is not milestone.status:  # not committed yet
                changes.append(StatusChange(milestone.updated or milestone.created or "", milestone.status, before))
            return changes
        with _refusals():
            changes = self._remembered.history(milestone)
        written = recorded.history(milestone)
        if not changes:
            return written
        # What is not committed yet, only the document can tell.
        last = max((at for at, change in enumerate(written) if change.status is changes[-1].status), default=None)
        for change in written[-1:] if last is None else written[last + 1 :]:
            changes.append(change._replace(previous=changes[-1].status))
        return changes


class _Writer:
    """One change of the repository, made while the lock is held."""

    def __init__(self, store: Repository, open_: Callable[[], Opened]) -> None:
        self._store = store
        self._open = open_
        self._opened = open_()

    @property
    def reading(self) -> Reading:
        return self._store.reading_of(self._opened)

    def add(
        self, name: str, components: Sequence[str], status: Status, details: Mapping[str, str], plan: str | None
    ) -> str:
        """Write a milestone's file. Where its values are refused, nothing of it stays."""
        parent = self._store.plan_for(self._opened, plan)
        for milestone in self._opened.milestones:
            if milestone.plan_id == parent and milestone.title == name:
                raise DuplicateMilestoneError(
                    f"{name!r} is registered already: {milestone.id} ({milestone.path})", "take another name"
                )
        for component in components:
            if "," in component or component != component.strip("[] "):
                raise RegistryError(
                    f"the component {component!r} can't be written in a list", "leave out its commas and brackets"
                )
        at_once = {key: value for key, value in details.items() if key in ("start", "due", "owner")}
        start, due, owner = (at_once.get(key, "") for key in ("start", "due", "owner"))
        planned = creation.new_milestone(self._opened, parent, name, start=start, due=due, owner=owner)
        values = {key: value for key, value in details.items() if key not in at_once}
        if components:
            values["components"] = ", ".join(components)
        # What the file will say is set before it is written, so that there is one change.
        then = overlaid(self._opened, planned.transaction.writes)
        made = next(m for m in then.milestones if m.id == planned.id)
        further = self._planned(then, planned.id, values, status if made.status is not status else None)
        planned.transaction.writes.update(further.writes if further is not None else {})
        planned.transaction.commit()
        return planned.id

    def set_status(self, id_: str, status: Status) -> None:
        """Change a file's status, in the word of its convention."""
        before = self._milestone(id_)
        self._set(id_, {}, status, recorded.sentence(before.status, status) if before.changelog else "")

    def set_dependencies(self, id_: str, dependencies: Sequence[str]) -> None:
        """Change what a file depends on."""
        before = self._milestone(id_)
        added = [d for d in dependencies if d not in before.depends_on]
        note = f"Depends on {', '.join(added)}." if added and before.changelog else ""
        self._set(id_, {"depends_on": ", ".join(dependencies)}, None, note)

    def _milestone(self, id_: str) -> Milestone:
        return next(m for m in self._opened.milestones if m.id == id_)

    def _set(self, id_: str, values: Mapping[str, str], status: Status | None, note: str = "") -> None:
        planned = self._planned(self._opened, id_, values, status, note)
        if planned is not None:
            planned.commit()

    def _planned(
        self, opened: Opened, id_: str, values: Mapping[str, str], status: Status | None, note: str = ""
    ) -> Transaction | None:
        """Set values and, in the first word for it that the convention allows, a status. None where nothing is set."""
        if status is None:
            return revision.set_values(opened, id_, values, note=note).transaction if values else None
        first: ChangeError | None = None
        for word in _words(opened, id_, status):
            try:
                return revision.set_values(opened, id_, {**values, "status": word}, note=note).transaction
            except ChangeError as error:
                first = first or error
        why = f": {first}" if first is not None else ""
        raise RegistryError(
            f"{id_} can't be set to {status.label.casefold()}{why}",
            (first.help if first is not None else "") or "its convention has no word for this status",
        )


def _open_plans(opened: Opened) -> list[str]:
    return [plan.id for plan in opened.plans if not plan.filed and not plan.status.closed]


def _words(opened: Opened, id_: str, status: Status) -> list[str]:
    """The words of a document's convention for a status, the likeliest first."""
    kind = document(opened, id_, "milestone").kind
    words = [word for word, meaning in kind.statuses.items() if meaning is status and word not in kind.archived]
    likeliest = [kind.finished] if status is Status.COMPLETED else [status.value]
    return list(dict.fromkeys([*(word for word in likeliest if word in words), *words]))
