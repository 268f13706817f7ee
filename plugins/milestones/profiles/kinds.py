"""What a convention is made of: kinds of documents, with their places, their words, and how they name each other."""

# Annotations are values here: as texts, each would be compiled when a tuple's class is made, at every hook's start.

import re
from collections.abc import Mapping
from typing import NamedTuple

from milestones.model import Status
from milestones.profiles.paths import Template

#: What a kind of document can describe. A note is read and checked, and may list or mention others.
MODELS = ("plan", "milestone", "note")


class Field(NamedTuple):
    """A field of paths and ids.

    ``match`` is the lenient pattern for reading, ``pattern`` what the convention allows. ``width`` (digits),
    ``first`` and ``last`` belong to numbers, ``longest`` (characters) and ``separator`` to slugs. A ``last`` of 0
    is no limit, a ``width`` of 0 no padding.
    """

    match: str
    pattern: str
    width: int = 0
    first: int = 1
    last: int = 0
    longest: int = 0
    separator: str = "-"


class Place(NamedTuple):
    """Where documents of a kind may lie. ``finished`` places are for finished work; ``dated`` ones name a day.

    ``day`` says which: ``today`` when the work is filed, or ``created``, the day of the document itself. ``status``
    is what a document there is where it doesn't say so itself; in a place of ``any_status`` it may be anything.
    """

    name: str
    template: Template
    finished: bool
    dated: bool
    undated: Template | None
    depth: int  # folders of the path that are the plan's own
    parent: str = ""  # the name of the plan's place, for what lies inside a plan
    day: str = "today"
    any_status: bool = False
    status: Status | None = None
    values: tuple[tuple[str, Template], ...] = ()  # attributes that the path tells where the document doesn't
    fields: Mapping[str, str] = {}  # fields that the path leaves out, the same for all that lie there


class Reference(NamedTuple):
    """A way in which documents name others: the text that says so, and the kind of document it names.

    Named groups of ``match`` are fields of that kind's id; fields it does not have come from the document that
    names it. A ``strict`` reference that leads nowhere is a fault; others may be words that only look like one. With
    ``by``, the group of that name is the number of an attribute instead, such as an issue's on GitHub. ``usual`` are
    fields that are tried as most documents of that kind have them, where the document's own lead nowhere.
    """

    match: re.Pattern[str]
    kind: str
    strict: bool
    by: str = ""
    usual: tuple[str, ...] = ()


class RecordSpec(NamedTuple):
    """Where a document speaks of other plans and milestones: in headings, list items or table rows.

    ``kind`` is what each of them is. ``match`` reads a heading or an item, ``columns`` a table's head; their named
    groups and names are fields of the id or attributes. ``under`` must be found in a heading above (or a
    ``<summary>``), and its named groups count too. ``lines`` are labelled lines below the heading or item.
    """

    kind: str
    each: str
    match: re.Pattern[str] | None
    under: re.Pattern[str] | None
    columns: Mapping[str, re.Pattern[str]]
    values: Mapping[str, str]
    lines: Mapping[str, str]
    level: int
    schema: str
    lists: bool
    body: bool
    checked: str
    unchecked: str
    within: re.Pattern[str] | None = None
    source: Mapping[str, str] = {}
    adds: bool = False
    begun: bool = False
    ended: bool = False
    finds: tuple[re.Pattern[str], ...] = ()
    label: re.Pattern[str] | None = None
    required: tuple[str, ...] = ()
    lacking: re.Pattern[str] | None = None
    boxed: bool | None = None


class Default(NamedTuple):
    """Where a field is told that paths and records leave out: a key of a document, or a pattern on its text."""

    path: str
    key: str
    match: re.Pattern[str] | None


class Count(NamedTuple):
    """Numbers that several kinds of document count together: the files of a plan, or the folders of phases.

    ``kind`` is what the numbers belong to, ``field`` the one that counts, ``scope`` the fields within which it does,
    ``member`` the fields that tell two of the same number apart (none: two documents of one kind).
    """

    kind: str
    kinds: tuple[str, ...]
    field: str
    scope: tuple[str, ...]
    member: tuple[str, ...]
    first: int


class TaskList(NamedTuple):
    """Tasks that front matter lists: the key of the list, and in each item the keys of its text and its status.

    ``done`` and ``dropped`` are status words; what was dropped counts neither as done nor as open.
    """

    list: str
    text: str
    status: str
    done: frozenset[str]
    dropped: frozenset[str]


class Kind(NamedTuple):
    """A kind of document: its id, its schema, its places, its words. The documentation explains each key."""

    name: str
    model: str
    label: str
    schema: str
    front_matter: str
    id: Template | None
    plan: Template | None
    parent: Template | None
    distinct: Template | None
    scope: Template | None
    sequence: str
    gaps: bool
    places: tuple[Place, ...]
    agree: Mapping[str, str]
    agree_path: Mapping[str, str]
    statuses: Mapping[str, Status]
    loose_statuses: bool
    implies: Status | None
    archived: tuple[str, ...]
    finished: str
    preferred: Mapping[str, str]
    sections: tuple[str, ...]
    template_text: tuple[str, ...]
    template: str
    resembles: tuple[re.Pattern[str], ...]
    spellings: Mapping[str, str]
    attributes: Mapping[str, tuple[str, ...]]
    lines: Mapping[str, str]
    title: re.Pattern[str] | None
    objective: re.Pattern[str] | None
    references: tuple[Reference, ...]
    records: tuple[RecordSpec, ...]
    details: tuple[str, ...]
    needs: tuple[str, ...]
    needs_finished: tuple[str, ...]
    tasks: bool
    derives: bool
    repeats: Mapping[str, str]
    task_sections: re.Pattern[str] | None
    task_boxes: re.Pattern[str] | None
    task_list: TaskList | None
    plans: tuple[Reference, ...]
    more_statuses: str
    checked_statuses: bool
    part_of: re.Pattern[str] | None
    unique: bool
    parts_first: bool
    begins: bool
    head: re.Pattern[str] | None
    dependencies_first: bool
    same: tuple[str, ...]
    vocabulary: tuple[str, ...]
    nested: bool
    rank: int
    without: frozenset[str]


class Registry(NamedTuple):
    """A file beside the documents that lists them again, and the keys it copies."""

    path: str
    list: str
    kind: str
    keys: tuple[str, ...]


class Configuration(NamedTuple):
    """The settings file of a convention's own tool. A leading ``/`` is the repository, else paths lie in the root."""

    files: tuple[str, ...]
    plan_title: str
    root: str = ""


class Located(NamedTuple):
    """What a path alone says: the kind of document, its place, and the fields in the path."""

    path: str
    kind: Kind
    place: Place
    fields: Mapping[str, str]
    plan_directory: str
    dated: bool  # False where a dated place lacks its date folders
    exact: bool  # True where the template builds this very path from the fields
