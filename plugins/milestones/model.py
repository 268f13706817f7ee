"""What a milestone, a plan, a status and a finding are. No input or output happens here.

Every convention is read into these few types, so that rules, graph and pages are written once. The types
are named tuples: immutable, cheap to import (the commit hook pays for every import) and cheap to hold.

Dates are ISO 8601 calendar dates as text (``2026-01-17``): they sort as they read.
"""

from __future__ import annotations

import enum
from typing import Any, NamedTuple


class Status(enum.Enum):
    """Where a milestone or plan stands, whatever word its convention uses for it."""

    PLANNED = "planned"
    IN_PROGRESS = "in_progress"
    BLOCKED = "blocked"
    ON_HOLD = "on_hold"
    COMPLETED = "completed"
    CANCELLED = "cancelled"

    @property
    def closed(self) -> bool:
        """True when no more work is expected: completed or cancelled."""
        return self in _CLOSED

    @property
    def label(self) -> str:
        """The status as people read it: ``In progress``."""
        return self.value.replace("_", " ").capitalize()


_CLOSED = frozenset({Status.COMPLETED, Status.CANCELLED})


class Health(enum.Enum):
    """How one area of a milestone is doing, as its health table says."""

    GOOD = "good"
    PENDING = "pending"
    WARNING = "warning"
    BAD = "bad"
    UNKNOWN = "unknown"


class Severity(enum.Enum):
    """How much a finding matters. Errors and warnings fail a check; only errors fail a site build."""

    ERROR = "error"
    WARNING = "warning"
    INFO = "info"

    @property
    def rank(self) -> int:
        """3 for an error, 1 for information."""
        return {"error": 3, "warning": 2, "info": 1}[self.value]


class Position(NamedTuple):
    """A stretch of one line. Lines and columns count from 1; ``end_column`` is exclusive."""

    line: int
    column: int
    end_column: int


class HealthArea(NamedTuple):
    """A row of a health table: ``| Tests & QA | ✅ | 171 pass |``."""

    area: str
    health: Health
    written: str
    note: str
    line: int


class Change(NamedTuple):
    """An entry of a Changelog section. ``date`` is ISO text."""

    date: str
    text: str
    line: int


class Tally(NamedTuple):
    """How many of a document's checkboxes and task rows are done."""

    done: int
    total: int


class Part(NamedTuple):
    """A document, or some lines of one, that a milestone or plan is written in.

    ``label`` says which of its documents (a plan, a summary). ``line`` to ``end`` (exclusive) are the lines that speak
    of it; an ``end`` of 0 is the whole document.
    """

    label: str
    path: str
    line: int = 1
    end: int = 0


class Milestone(NamedTuple):
    """One milestone, in the words that every convention shares.

    ``status_word`` is the word in the file, ``status`` what it means. ``number`` is the text in the id
    (``003``), never an integer: ``2.10`` and ``08`` are names. ``filed`` is true where the file lies in a
    place for finished work. ``tally`` counts the body's checkboxes and task rows. ``parent`` is the milestone that
    this one is a task of. ``parts`` are the documents it is written in, the one at ``path`` first. ``details`` are
    further fields that its convention shows: names and values as JSON has them. ``profile`` names its convention.
    """

    id: str
    plan_id: str
    number: str
    title: str
    status: Status
    status_word: str
    filed: bool
    path: str
    domain: str | None = None
    owner: str | None = None
    created: str | None = None
    updated: str | None = None
    start: str | None = None
    due: str | None = None
    risk: str | None = None
    tags: tuple[str, ...] = ()
    links: tuple[tuple[str, str], ...] = ()
    depends_on: tuple[str, ...] = ()
    components: tuple[str, ...] = ()
    health: tuple[HealthArea, ...] = ()
    tally: Tally = Tally(0, 0)
    changelog: tuple[Change, ...] = ()
    objective: str = ""
    parent: str | None = None
    completed: str | None = None
    parts: tuple[Part, ...] = ()
    details: tuple[tuple[str, Any], ...] = ()
    profile: str = ""

    @property
    def progress(self) -> float:
        """How far the milestone's own work is, 0.0 to 1.0.

        Completed work is 1.0 whatever its boxes say, and nothing else reaches it: open work with every box
        ticked still waits for somebody to call it done, so it stops at 0.95.
        """
        if self.status is Status.COMPLETED:
            return 1.0
        if not self.tally.total:
            return 0.0
        return min(0.95, self.tally.done / self.tally.total)

    @property
    def name(self) -> str:
        """The id's last part, unique within its plan: ``MS003``."""
        return self.id.rpartition("/")[2]


class Plan(NamedTuple):
    """What milestones belong to: an ExecPlan, an epic, a release."""

    id: str
    title: str
    status: Status
    status_word: str
    filed: bool
    path: str
    kind: str | None = None
    domain: str | None = None
    owner: str | None = None
    created: str | None = None
    updated: str | None = None
    start: str | None = None
    due: str | None = None
    risk: str | None = None
    breaking: bool = False
    migration: bool = False
    tags: tuple[str, ...] = ()
    touches: tuple[str, ...] = ()
    links: tuple[tuple[str, str], ...] = ()
    depends_on: tuple[str, ...] = ()
    supersedes: tuple[str, ...] = ()
    components: tuple[str, ...] = ()
    tally: Tally = Tally(0, 0)
    changelog: tuple[Change, ...] = ()
    objective: str = ""
    parent: str | None = None
    completed: str | None = None
    parts: tuple[Part, ...] = ()
    details: tuple[tuple[str, Any], ...] = ()
    profile: str = ""

    @property
    def directory(self) -> str:
        """The folder that holds the plan's document, and its milestones below it."""
        return self.path.rpartition("/")[0]


class Related(NamedTuple):
    """A second place that a finding speaks of, such as the other of two twins."""

    path: str
    line: int
    message: str


class Finding(NamedTuple):
    """One fault, where it is, and the words that mend it.

    ``position`` is None when the fault is the whole file (its name, its place). ``fix`` is ``safe`` or ``unsafe`` where
    a command can mend it, and empty where none can, or nobody has looked.
    """

    code: str
    path: str
    message: str
    position: Position | None = None
    help: str = ""
    related: tuple[Related, ...] = ()
    severity: Severity = Severity.ERROR
    name: str = ""
    fix: str = ""

    @property
    def line(self) -> int:
        """The line to show; the first where the fault is the whole file."""
        return self.position.line if self.position else 1

    @property
    def column(self) -> int:
        """The column to show; the first where the fault is the whole file."""
        return self.position.column if self.position else 1


class Statistics(NamedTuple):
    """How many documents there were: ``found`` is always ``read`` + ``reported``."""

    found: int
    read: int
    reported: int
