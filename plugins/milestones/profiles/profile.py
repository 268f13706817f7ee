"""A convention, loaded from its TOML file: where documents live, what they must say, where finished work goes."""

from __future__ import annotations

import os
import re
from functools import cached_property
from typing import TYPE_CHECKING, Any, NamedTuple

from milestones.model import Status
from milestones.profiles.paths import Template

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

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
ROOTS = {name: root for name, root in ROOTS.items() if os.path.isfile(os.path.join(BUNDLED, f"{name}.toml"))}
NAMES = tuple(ROOTS)

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


class Reference(NamedTuple):
    """A way in which documents name others: the text that says so, and the kind of document it names.

    Named groups of ``match`` are fields of that kind's id; fields it does not have come from the document that
    names it. A ``strict`` reference that leads nowhere is a fault; others may be words that only look like one.
    """

    match: re.Pattern[str]
    kind: str
    strict: bool


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
    tasks: bool
    nested: bool
    rank: int
    without: frozenset[str]


class Registry(NamedTuple):
    """A file beside the documents that lists them again, and the keys it copies."""

    path: str
    list: str
    kind: str
    keys: tuple[str, ...]


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

    def __init__(self, data: Mapping[str, Any], folder: str, root: str | None = None) -> None:
        self.name: str = data["name"]
        self.title: str = data["title"]
        self.description: str = data.get("description", "").strip()
        self.root: str = (root if root is not None else data["root"]).strip("/")
        self.folder = folder
        self.data = data
        self.loose_ids: bool = data.get("loose_ids", False)
        self.fields = {name: Field(**entry) for name, entry in data["fields"].items()}
        for name, field in self.fields.items():
            if not all(type(number) is int for number in (field.width, field.first, field.last, field.longest)):
                raise TypeError(f"fields.{name}: width, first, last and longest are whole numbers")
        self.strict = {name: re.compile(field.pattern) for name, field in self.fields.items()}
        self.ignore = tuple(re.compile(pattern) for pattern in data.get("ignore", ()))
        self.near_roots = tuple(re.compile(pattern, re.IGNORECASE) for pattern in data.get("near_roots", ()))
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
            for target in (*(r.kind for r in kind.references), *(r.kind for r in kind.records), *kind.needs):
                if target not in self.kinds:
                    raise ValueError(f"kinds.{kind.name} names the kind {target!r}, which is not described")
        # What describes work is looked for first: a note's place may be wide.
        self._ordered = sorted(self.kinds.values(), key=lambda kind: _SEARCH.index(kind.model))
        #: True where each document is one plan or milestone and says of itself all there is to say.
        self.plain = not any(
            kind.model == "note" or kind.records or kind.lines or kind.spellings or kind.attributes or kind.references
            for kind in self.kinds.values()
        )
        #: True where documents speak of plans and milestones that have no document of their own.
        self.extracts = any(kind.records for kind in self.kinds.values())

    def made(self, model: str) -> Kind | None:
        """The kind that new documents of a model are, or None where the convention has no template for one."""
        return next((kind for kind in self.kinds.values() if kind.model == model and kind.template), None)

    def _join(self, path: str) -> str:
        return f"{self.root}/{path}" if self.root else path

    def _kind(self, name: str, data: Mapping[str, Any]) -> Kind:
        patterns = dict(self._patterns)
        nested = any("{plan.directory}" in place["path"] for place in data.get("places", ()))
        outer = self.kinds.get("plan") if name != "plan" else None
        if outer is not None and outer.id is not None:
            patterns["plan"] = re.sub(r"\(\?P<\w+>", "(?:", outer.id.source)
            patterns |= {f"plan.{field}": pattern for field, pattern in patterns.items()}
        for key in ("sections", "template_text", "archived", "resembles", "details", "needs", "without"):
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
            schema=data.get("schema", ""),
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
                Reference(re.compile(entry["match"], re.IGNORECASE), entry["kind"], entry.get("strict", False))
                for entry in data.get("references", ())
            ),
            records=tuple(_record(entry) for entry in data.get("records", ())),
            details=tuple(data.get("details", ())),
            needs=tuple(data.get("needs", ())),
            tasks=data.get("tasks", True),
            nested=nested,
            rank=len(self.kinds),
            without=frozenset(data.get("without", ())),
        )

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
        dated = "{year}/{month}/{day}" in text
        undated = None
        if dated:
            # Whatever stands where the date belongs, so that a wrong date can be told from a wrong place.
            undated = Template(
                text.replace("{year}/{month}/{day}/", "{anything}"), {**patterns, "anything": "(?:.*/)?"}
            )
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
        )

    def locate(self, path: str) -> Located | None:
        """What a path says, or None where it fits no place of any kind."""
        for exact in (True, False):
            for kind in self._ordered:
                for place in kind.places:
                    template = place.template
                    fields = template.read_exact(path) if exact else template.read(path)
                    if fields is not None and not (kind.model == "note" and self.ignored(path)):
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
        return any(pattern.search(path) for pattern in self.ignore)

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
_KIND_KEYS = (set(Kind._fields) - {"name", "rank", "nested"}) | {"places"}
_RECORD_KEYS = {"kind", "each", "match", "under", "columns", "values", "lines", "level", "schema", "lists", "body"}
_EACH = ("heading", "item", "row")


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
        lists=data.get("lists", False),
        body=data.get("body", data["each"] == "heading"),
        checked=data.get("checked", ""),
        unchecked=data.get("unchecked", ""),
    )


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
        own = data.get("root", "")
        if not isinstance(own, str) or own.startswith("/") or ".." in own.split("/"):
            raise ProfileError(f"{name}: root: {own!r} is no folder of the repository")
        return Profile(data, os.path.dirname(file), root)
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
