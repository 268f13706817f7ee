"""A convention, loaded from its TOML file: where documents live, what they must say, where finished work goes."""

from __future__ import annotations

import os
import re
from functools import cached_property
from typing import TYPE_CHECKING, Any, NamedTuple

from milestones.model import Status
from milestones.profiles.paths import Template

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

BUNDLED = os.path.dirname(__file__)
#: The profiles that ship, the default first: it wins where two fit a repository equally well.
#: Each with the folder its documents lie in; empty where that may be any. A test holds this to the files: the hook
#: must see which profile can fit without loading them all.
ROOTS = {
    "execplan": ".agent/exec_plans",
    "execplan-v2": ".agent/exec_plans",
    "gsd": ".planning",
    "gsd2": ".gsd",
    "milestone-folder": "docs",
    "backlog": "backlog",
    "aiwf": "work",
    "tracker": "docs/trackers",
    "request-plan": "",
}
NAMES = tuple(ROOTS)
#: Those whose folder nearly every repository has, or that have none: they are looked for where no other fits.
LATE = ("milestone-folder", "request-plan")
#: Further folders that a profile's documents may lie in instead, as its file says.
OTHER_ROOTS = {"backlog": (".backlog", "Backlog"), "milestone-folder": ("milestones",)}
#: Files of the repository that may say where they lie.
SAYING = {"backlog": ("backlog.config.yml", "backlog.config.yaml")}

_CALENDAR = {"year": "[0-9]+", "month": "[0-9]+", "day": "[0-9]+"}

#: What a kind of document can describe. A note is read and checked, and may list or mention others.
MODELS = ("plan", "milestone", "note")


class ProfileError(Exception):
    """A profile that does not exist, or that its file describes wrongly."""


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


class Profile:
    """A convention. ``root`` is relative to the repository, with ``/``."""

    def __init__(self, data: Mapping[str, Any], file: str, root: str | None = None) -> None:
        self.name: str = data["name"]
        self.title: str = data["title"]
        self.description: str = data.get("description", "").strip()
        self.root: str = (root if root is not None else data["root"]).strip("/")
        self.file = file
        self.folder = os.path.dirname(file)
        self.data = data
        self.loose_ids: bool = data.get("loose_ids", False)
        #: The name of the file, in a plan's folder, that lists the ids it has given out.
        self.ledger: str = data.get("ledger", "ids.txt")
        if not re.fullmatch(r"[^/\\\0]+", self.ledger) or self.ledger in (".", ".."):
            raise ValueError(f"ledger is {self.ledger!r}, and should be a file's name")
        #: What a plan is called that no document describes and nothing names.
        self.plan_title: str = data.get("plan_title", "")
        settings = data.get("configuration")
        self.configuration = (
            Configuration(
                tuple(map(self._settings, settings["files"])), settings.get("plan_title", ""), settings.get("root", "")
            )
            if settings
            else None
        )
        self.fields = {name: Field(**entry) for name, entry in data["fields"].items()}
        for name, field in self.fields.items():
            if not all(type(number) is int for number in (field.width, field.first, field.last, field.longest)):
                raise TypeError(f"fields.{name}: width, first, last and longest are whole numbers")
        self.strict = {name: re.compile(field.pattern) for name, field in self.fields.items()}
        self.ignore = tuple(re.compile(pattern) for pattern in data.get("ignore", ()))
        self.near_roots = tuple(re.compile(pattern, re.IGNORECASE) for pattern in data.get("near_roots", ()))
        #: What a document says that shows the convention in use, where its folder alone does not.
        self.evidence = re.compile(data["evidence"]) if "evidence" in data else None
        self.severity: Mapping[str, str] = data.get("severity", {})
        registry = data.get("registry")
        self.registry = (
            Registry(self._join(registry["path"]), registry["list"], registry["kind"], tuple(registry["keys"]))
            if registry
            else None
        )
        self._patterns = {field: entry.match for field, entry in self.fields.items()} | _CALENDAR
        self._patterns["directory"] = ".+"  # the folder that a document lies in; for scopes
        self.kinds: dict[str, Kind] = {}
        for name, kind in data["kinds"].items():
            self.kinds[name] = self._kind(name, kind)
        for kind in self.kinds.values():
            for target in (
                *(r.kind for r in kind.references),
                *(r.kind for r in kind.plans),
                *(r.kind for r in kind.records),
                *kind.needs,
                *kind.needs_finished,
            ):
                if target not in self.kinds:
                    raise ValueError(f"kinds.{kind.name} names the kind {target!r}, which is not described")
        # What describes work is looked for first: a note's place may be wide.
        self._ordered = sorted(self.kinds.values(), key=lambda kind: _SEARCH.index(kind.model))
        #: The field of paths that holds a folder in which all ids count from the start, if the convention has such.
        self.space: str = data.get("space", "")
        if self.space and self.space not in self.fields:
            raise ValueError(f"space is {self.space!r}, and there is no such field")
        #: Fields that nothing said: where the convention says them once for all.
        self.defaults = {
            field: tuple(
                Default(
                    self._join(one["path"]), one.get("key", ""), re.compile(one["match"]) if "match" in one else None
                )
                for one in sources
            )
            for field, sources in data.get("defaults", {}).items()
        }
        self.counts = tuple(
            Count(
                one["kind"],
                tuple(one["kinds"]),
                one["field"],
                tuple(one.get("scope", ())),
                tuple(one.get("member", ())),
                one.get("first", 0),
            )
            for one in data.get("counts", ())
        )
        for count in self.counts:
            for target in (count.kind, *count.kinds):
                if target not in self.kinds:
                    raise ValueError(f"counts names the kind {target!r}, which is not described")
        #: True where each document is one plan or milestone and says of itself all there is to say.
        self.plain = not any(
            kind.model == "note"
            or kind.records
            or kind.lines
            or kind.spellings
            or kind.attributes
            or kind.references
            or kind.needs
            or kind.needs_finished
            for kind in self.kinds.values()
        )
        #: True where documents speak of plans and milestones that have no document of their own.
        self.extracts = any(kind.records for kind in self.kinds.values())

    def made(self, model: str) -> Kind | None:
        """The kind that new documents of a model are, or None where the convention has no template for one."""
        return next((kind for kind in self.kinds.values() if kind.model == model and kind.template), None)

    def places_of(self, model: str) -> tuple[str, ...]:
        """The path templates of documents of a model, those of finished work aside."""
        kinds = [kind for kind in self.kinds.values() if kind.model == model]
        return tuple(p.template.text for kind in kinds for p in kind.places if not p.finished)

    def configure(self, words: Mapping[str, Sequence[str]], plan_title: str = "") -> None:
        """Take over what the repository's own settings say: the status words of each kind, and a title.

        A word that the profile does not know means what its place in the list says: the first is planned, the last
        completed, and what stands between them is in progress.
        """
        self.plan_title = plan_title or self.plan_title
        for name, listed in words.items():
            kind = self.kinds[name]
            known = dict(kind.statuses)
            for at, word in enumerate(listed):
                ends = {0: Status.PLANNED, len(listed) - 1: Status.COMPLETED}
                known.setdefault(word.casefold(), Status.PLANNED if at == 0 else ends.get(at, Status.IN_PROGRESS))
            self.kinds[name] = kind._replace(statuses=known, vocabulary=tuple(listed))
        self._ordered = [self.kinds[kind.name] for kind in self._ordered]

    def _settings(self, path: str) -> str:
        return path[1:] if path.startswith("/") else self._join(path)

    def _join(self, path: str) -> str:
        return f"{self.root}/{path}" if self.root else path

    def _kind(self, name: str, data: Mapping[str, Any]) -> Kind:
        patterns = dict(self._patterns)
        nested = any("{plan.directory}" in place["path"] for place in data.get("places", ()))
        outer = self.kinds.get("plan") if name != "plan" else None
        if outer is not None and outer.id is not None:
            patterns["plan"] = re.sub(r"\(\?P<\w+>", "(?:", outer.id.source)
            patterns |= {f"plan.{field}": pattern for field, pattern in patterns.items()}
        for key in (
            "sections",
            "template_text",
            "archived",
            "resembles",
            "details",
            "needs",
            "needs_finished",
            "without",
        ):
            if not isinstance(data.get(key, []), list) or not all(isinstance(item, str) for item in data.get(key, [])):
                raise TypeError(f"kinds.{name}.{key} is a list of texts")
        model = data.get("model", name)
        if model not in MODELS:
            raise ValueError(f"kinds.{name}.model is {model!r}, and can be {', '.join(MODELS)}")
        template = data.get("template", "")
        if template and not os.path.isfile(os.path.join(self.folder, template)):
            raise ValueError(f"kinds.{name}.template: there is no file {template}")
        front_matter = data.get("front_matter", "required")
        if front_matter not in _FRONT_MATTER:
            raise ValueError(f"kinds.{name}.front_matter is {front_matter!r}, and can be {', '.join(_FRONT_MATTER)}")
        if model != "note" and "id" not in data:
            raise KeyError(f"kinds.{name}.id")
        unknown = sorted(set(data) - _KIND_KEYS)
        if unknown:
            raise ValueError(f"kinds.{name}: there is no key {unknown[0]!r}")

        def made(key: str) -> Template | None:
            return Template(data[key], patterns) if key in data else None

        return Kind(
            name=name,
            model=model,
            label=data.get("label", name.replace("-", " ").replace("_", " ").capitalize()),
            schema=self._schema(data.get("schema", "")),
            front_matter=front_matter,
            id=made("id"),
            plan=made("plan"),
            parent=made("parent"),
            distinct=made("distinct"),
            scope=made("scope"),
            sequence=data.get("sequence", "number"),
            gaps=data.get("gaps", True),
            places=tuple(self._places(data.get("places", ()), patterns, nested)),
            agree=data.get("agree", {}),
            agree_path=data.get("agree_path", {}),
            statuses={word.casefold(): Status(meaning) for word, meaning in data.get("statuses", {}).items()},
            loose_statuses=data.get("loose_statuses", False),
            implies=Status(data["implies"]) if "implies" in data else None,
            archived=tuple(data.get("archived", ())),
            finished=data.get("finished", ""),
            preferred=data.get("preferred", {}),
            sections=tuple(data.get("sections", ())),
            template_text=tuple(data.get("template_text", ())),
            template=template,
            resembles=tuple(re.compile(pattern, re.IGNORECASE) for pattern in data.get("resembles", ())),
            spellings=data.get("spellings", {}),
            attributes={
                key: (paths,) if isinstance(paths, str) else tuple(paths)
                for key, paths in data.get("attributes", {}).items()
            },
            lines={label.casefold(): key for label, key in data.get("lines", {}).items()},
            title=re.compile(data["title"]) if "title" in data else None,
            objective=re.compile(data["objective"], re.MULTILINE) if "objective" in data else None,
            references=tuple(
                Reference(
                    re.compile(entry["match"], re.IGNORECASE),
                    entry["kind"],
                    entry.get("strict", False),
                    entry.get("by", ""),
                    tuple(entry.get("usual", ())),
                )
                for entry in data.get("references", ())
            ),
            records=tuple(
                _record(entry)._replace(schema=self._schema(entry.get("schema", "")))
                for entry in data.get("records", ())
            ),
            details=tuple(data.get("details", ())),
            needs=tuple(data.get("needs", ())),
            needs_finished=tuple(data.get("needs_finished", ())),
            tasks=data.get("tasks", True),
            derives=data.get("derives", False),
            repeats=data.get("repeats", {}),
            task_sections=re.compile(data["task_sections"], re.IGNORECASE) if "task_sections" in data else None,
            task_boxes=re.compile(data["task_boxes"]) if "task_boxes" in data else None,
            task_list=TaskList(
                *(data["task_list"][key] for key in ("list", "text", "status")),
                *(frozenset(word.casefold() for word in data["task_list"].get(key, ())) for key in ("done", "dropped")),
            )
            if "task_list" in data
            else None,
            plans=tuple(
                Reference(re.compile(entry["match"], re.IGNORECASE), entry["kind"], entry.get("strict", False))
                for entry in data.get("plans", ())
            ),
            more_statuses=data.get("more_statuses", ""),
            checked_statuses=data.get("checked_statuses", "more_statuses" in data),
            part_of=re.compile(data["part_of"], re.IGNORECASE) if "part_of" in data else None,
            unique=data.get("unique", False),
            parts_first=data.get("parts_first", False),
            begins=data.get("begins", False),
            head=re.compile(data["head"], re.IGNORECASE) if "head" in data else None,
            dependencies_first=data.get("dependencies_first", False),
            same=tuple(data.get("same", ())),
            vocabulary=(),
            nested=nested,
            rank=len(self.kinds),
            without=frozenset(data.get("without", ())),
        )

    def _schema(self, name: str) -> str:
        """A schema's name; for a file beside the profile, its path."""
        return os.path.join(self.folder, name) if name.endswith(".json") else name

    def _places(
        self, entries: Iterable[Mapping[str, Any]], patterns: Mapping[str, str], inside: bool
    ) -> Iterable[Place]:
        for entry in entries:
            finished = entry.get("finished", False)
            if not inside:
                text = self._join(entry["path"])
                yield self._place(entry, text, finished, patterns, text.count("/"), "")
                continue
            for plan_place in self.kinds["plan"].places:
                directory = plan_place.template.text.rpartition("/")[0]
                prefixed = re.sub(r"\{([a-z_]+)\}", r"{plan.\1}", directory)
                text = entry["path"].replace("{plan.directory}", prefixed)
                yield self._place(entry, text, finished, patterns, plan_place.depth, plan_place.name)

    def _place(
        self,
        entry: Mapping[str, Any],
        text: str,
        finished: bool,
        patterns: Mapping[str, str],
        depth: int,
        parent: str,
    ) -> Place:
        dated = "{year}/{month}/{day}" in text or "{year}-{month}-{day}" in text
        undated = None
        if dated:
            # Whatever stands where the date belongs, so that a wrong date can be told from a wrong place.
            without = text.replace("{year}/{month}/{day}/", "{anything}").replace("{year}-{month}-{day}/", "{anything}")
            undated = Template(without, {**patterns, "anything": "(?:.*/)?"})
        template = Template(text, patterns)
        return Place(
            entry["name"],
            template,
            finished,
            dated,
            undated,
            depth,
            parent,
            entry.get("day", "today"),
            entry.get("any_status", False),
            Status(entry["status"]) if "status" in entry else None,
            tuple((key, Template(text, patterns)) for key, text in entry.get("values", {}).items()),
            entry.get("fields", {}),
        )

    def locate(self, path: str) -> Located | None:
        """What a path says, or None where it fits no place of any kind."""
        for exact in (True, False):
            for kind in self._ordered:
                for place in kind.places:
                    template = place.template
                    fields = template.read_exact(path) if exact else template.read(path)
                    if fields is not None and not (kind.model == "note" and self.ignored(path)):
                        fields = {**place.fields, **fields}
                        return Located(path, kind, place, fields, _head(path, place.depth), True, exact)
        for kind in self._ordered:
            for place in kind.places:
                fields = place.undated.read(path) if place.undated else None
                if fields is not None:
                    return Located(path, kind, place, fields, _head(path, place.depth), False, False)
        return None

    def resembles(self, path: str) -> Kind | None:
        """The kind that a path looks like without fitting, or None for a file of another sort."""
        if self.ignored(path):
            return None
        for kind in self._ordered:
            if any(pattern.search(path) for pattern in kind.resembles):
                return kind
        return None

    def ignored(self, path: str) -> bool:
        """True for files below the root that are not documents, such as a README."""
        return path.endswith("/" + self.ledger) or any(pattern.search(path) for pattern in self.ignore)

    def padded(self, fields: Mapping[str, str]) -> dict[str, str]:
        """Fields with the padding that ids have: the phase ``2.1`` is ``02.1`` where phases have two digits."""
        found = dict(fields)
        for name, text in fields.items():
            width = self.fields[name].width if name in self.fields else 0
            if width and (number := re.match(r"0*([0-9]+)", text)):
                found[name] = number[1].zfill(width) + text[number.end() :]
        return found

    def template_text(self, kind: Kind) -> str:
        """The text that new documents of a kind start from."""
        with open(os.path.join(self.folder, kind.template), encoding="utf-8") as file:
            return file.read()

    @cached_property
    def all_places(self) -> list[tuple[str, str]]:
        """(kind, path template) of every place, for messages."""
        return [(kind.name, place.template.text) for kind in self.kinds.values() for place in kind.places]


_SEARCH = ("milestone", "plan", "note")
_FRONT_MATTER = ("required", "expected", "optional")
_KIND_KEYS = (set(Kind._fields) - {"name", "rank", "nested", "vocabulary"}) | {"places"}
_RECORD_KEYS = {"kind", "each", "match", "under", "columns", "values", "lines", "level", "schema", "lists", "body"}
_RECORD_KEYS |= {"within", "from", "adds", "finds", "boxed"}
_RECORD_KEYS |= {"label", "required", "lacking"}
_EACH = ("heading", "summary", "item", "row", "value", "document")


def _record(data: Mapping[str, Any]) -> RecordSpec:
    unknown = sorted(set(data) - _RECORD_KEYS - {"checked", "unchecked"})
    if unknown:
        raise ValueError(f"records: there is no key {unknown[0]!r}")
    if data["each"] not in _EACH:
        raise ValueError(f"records: each is {data['each']!r}, and can be {', '.join(_EACH)}")
    return RecordSpec(
        kind=data["kind"],
        each=data["each"],
        match=re.compile(data["match"]) if "match" in data else None,
        under=re.compile(data["under"]) if "under" in data else None,
        columns={key: re.compile(head, re.IGNORECASE) for key, head in data.get("columns", {}).items()},
        values=data.get("values", {}),
        lines={label.casefold(): key for label, key in data.get("lines", {}).items()},
        level=data.get("level", 0),
        schema=data.get("schema", ""),
        lists=bool(data.get("lists", False)),
        body=data.get("body", data["each"] == "heading"),
        checked=data.get("checked", ""),
        unchecked=data.get("unchecked", ""),
        within=re.compile(data["within"]) if "within" in data else None,
        source=data.get("from", {}),
        adds=data.get("adds", False),
        begun="begun" in str(data.get("lists", "")).split(),
        ended="finished" in str(data.get("lists", "")).split(),
        finds=tuple(re.compile(pattern) for pattern in data.get("finds", ())),
        label=re.compile(data["label"]) if "label" in data else None,
        required=tuple(data.get("required", ())),
        lacking=re.compile(data["lacking"], re.IGNORECASE) if "lacking" in data else None,
        boxed=data.get("boxed"),
    )


def _said(settings: Mapping[str, Any] | None, repository: str) -> Iterator[str]:
    """The folder that the repository's own settings name, where it is one of the repository."""
    if not settings or not settings.get("root"):
        return
    from milestones.documents import reader

    for path in settings["files"]:
        fields = reader.settings(os.path.join(repository, path[1:])) if path.startswith("/") else None
        if fields is not None:
            folder = os.path.normpath(str(fields.get(settings["root"]) or ".")).replace(os.sep, "/")
            if folder != "." and not os.path.isabs(folder) and folder.split("/")[0] != "..":
                yield folder
            return


def _head(path: str, depth: int) -> str:
    return "/".join(path.split("/")[:depth])


def load(name: str, root: str | None = None, repository: str | None = None) -> Profile:
    """Load a bundled profile by name, or one of the repository's own by the path of its TOML file.

    Raises:
        ProfileError: when there is no such profile, or its file is wrong.
    """
    import tomllib

    if name in NAMES:
        file = os.path.join(BUNDLED, f"{name}.toml")
    elif name.endswith(".toml") and (name.startswith(("/", "../")) or "/../" in name):
        raise ProfileError(f"{name}: a profile lies in the repository itself")
    elif name.endswith(".toml") and repository is not None:
        file = os.path.join(repository, name)
    else:
        import difflib

        near = difflib.get_close_matches(name, NAMES, n=1)
        hint = f"; did you mean {near[0]!r}?" if near else f"; there are {', '.join(NAMES)}"
        raise ProfileError(f"there is no profile {name!r}{hint}")
    try:
        if not os.path.isfile(file):
            raise ProfileError(f"{name}: there is no such file")
        with open(file, "rb") as opened:
            data = tomllib.load(opened)
        if name not in NAMES:  # a test holds the bundled ones to it
            from milestones.profiles import shape

            shape.require(data)
        own = data.get("root", "")
        if not isinstance(own, str) or own.startswith("/") or ".." in own.split("/"):
            raise ProfileError(f"{name}: root: {own!r} is no folder of the repository")
        if root is None and repository is not None:
            # Where the usual folder is not there, one of the others may be.
            folders = [*_said(data.get("configuration"), repository), own, *data.get("other_roots", ())]
            root = next((folder for folder in folders if os.path.isdir(os.path.join(repository, folder))), None)
        return Profile(data, file, root)
    except OSError as error:
        raise ProfileError(f"{name}: {error.strerror}") from None
    except tomllib.TOMLDecodeError as error:
        raise ProfileError(f"{name}: {error}") from None
    except KeyError as error:
        raise ProfileError(f"{name}: the key {error} is missing, or names a field that is not described") from None
    except re.error as error:
        raise ProfileError(f"{name}: a pattern is no regular expression: {error}") from None
    except (AttributeError, IndexError, TypeError, ValueError) as error:
        raise ProfileError(f"{name}: a value is of the wrong kind: {error}") from None
