"""A convention, loaded from its TOML file: where documents live, what they must say, where finished work goes."""

from __future__ import annotations

import os
import re
from functools import cached_property, lru_cache
from typing import TYPE_CHECKING, Any, NamedTuple

from milestones.model import Status
from milestones.profiles.paths import Template

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

BUNDLED = os.path.dirname(__file__)
#: The profiles that ship, the default first: it wins where two fit a repository equally well.
NAMES = ("execplan", "execplan-v2")

_CALENDAR = {"year": "[0-9]+", "month": "[0-9]+", "day": "[0-9]+"}


class ProfileError(Exception):
    """A profile that does not exist, or that its file describes wrongly."""


class Field(NamedTuple):
    """A field of paths and ids.

    ``match`` is the lenient pattern for reading, ``pattern`` what the convention allows. ``width`` (digits),
    ``first`` and ``last`` belong to numbers, ``longest`` (characters) and ``separator`` to slugs.
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

    ``day`` says which: ``today`` when the work is filed, or ``created``, the day of the document itself.
    """

    name: str
    template: Template
    finished: bool
    dated: bool
    undated: Template | None
    depth: int  # folders of the path that are the plan's own
    parent: str = ""  # the name of the plan's place, for what lies inside a plan
    day: str = "today"


class Kind(NamedTuple):
    """A kind of document: its id, its schema, its places, its words."""

    name: str
    schema: str
    id: Template
    scope: Template
    places: tuple[Place, ...]
    agree: Mapping[str, str]
    statuses: Mapping[str, Status]
    archived: tuple[str, ...]
    finished: str
    preferred: Mapping[str, str]
    sections: tuple[str, ...]
    template_text: tuple[str, ...]
    template: str
    resembles: tuple[re.Pattern[str], ...]


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
        self.fields = {name: Field(**entry) for name, entry in data["fields"].items()}
        for name, field in self.fields.items():
            if not all(type(number) is int for number in (field.width, field.first, field.last, field.longest)):
                raise TypeError(f"fields.{name}: width, first, last and longest are whole numbers")
        self.strict = {name: re.compile(field.pattern) for name, field in self.fields.items()}
        self.ignore = tuple(re.compile(pattern) for pattern in data.get("ignore", ()))
        self.near_roots = tuple(re.compile(pattern, re.IGNORECASE) for pattern in data.get("near_roots", ()))
        registry = data.get("registry")
        self.registry = (
            Registry(self._join(registry["path"]), registry["list"], registry["kind"], tuple(registry["keys"]))
            if registry
            else None
        )
        self.kinds: dict[str, Kind] = {}
        for name in ("plan", "milestone"):
            self.kinds[name] = self._kind(name, data["kinds"][name])

    @property
    def plan(self) -> Kind:
        """The kind that milestones belong to."""
        return self.kinds["plan"]

    @property
    def milestone(self) -> Kind:
        """The kind that plans are made of."""
        return self.kinds["milestone"]

    def _join(self, path: str) -> str:
        return f"{self.root}/{path}" if self.root else path

    def _kind(self, name: str, data: Mapping[str, Any]) -> Kind:
        patterns = {field: entry.match for field, entry in self.fields.items()} | _CALENDAR
        if name != "plan":
            plan = self.plan
            patterns["plan"] = re.sub(r"\(\?P<\w+>", "(?:", plan.id.source)
            patterns |= {f"plan.{field}": pattern for field, pattern in patterns.items()}
        for key in ("sections", "template_text", "archived", "resembles"):
            if not isinstance(data.get(key, []), list) or not all(isinstance(item, str) for item in data.get(key, [])):
                raise TypeError(f"kinds.{name}.{key} is a list of texts")
        if not data["places"]:
            raise ValueError(f"kinds.{name}.places is empty")
        if not os.path.isfile(os.path.join(self.folder, data["template"])):
            raise ValueError(f"kinds.{name}.template: there is no file {data['template']}")
        return Kind(
            name=name,
            schema=data["schema"],
            id=Template(data["id"], patterns),
            scope=Template(data["scope"], patterns),
            places=tuple(self._places(data["places"], patterns, name != "plan")),
            agree=data.get("agree", {}),
            statuses={word: Status(meaning) for word, meaning in data["statuses"].items()},
            archived=tuple(data.get("archived", ())),
            finished=data["finished"],
            preferred=data.get("preferred", {}),
            sections=tuple(data.get("sections", ())),
            template_text=tuple(data.get("template_text", ())),
            template=data["template"],
            resembles=tuple(re.compile(pattern, re.IGNORECASE) for pattern in data.get("resembles", ())),
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
            for plan_place in self.plan.places:
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
        return Place(entry["name"], template, finished, dated, undated, depth, parent, entry.get("day", "today"))

    def locate(self, path: str) -> Located | None:
        """What a path says, or None where it fits no place of any kind."""
        for exact in (True, False):
            for kind in (self.milestone, self.plan):
                for place in kind.places:
                    template = place.template
                    fields = template.read_exact(path) if exact else template.read(path)
                    if fields is not None:
                        return Located(path, kind, place, fields, _head(path, place.depth), True, exact)
        for kind in (self.milestone, self.plan):
            for place in kind.places:
                fields = place.undated.read(path) if place.undated else None
                if fields is not None:
                    return Located(path, kind, place, fields, _head(path, place.depth), False, False)
        return None

    def resembles(self, path: str) -> Kind | None:
        """The kind that a path looks like without fitting, or None for a file of another sort."""
        if self.ignored(path):
            return None
        for kind in (self.milestone, self.plan):
            if any(pattern.search(path) for pattern in kind.resembles):
                return kind
        return None

    def ignored(self, path: str) -> bool:
        """True for files below the root that are not documents, such as a README."""
        return any(pattern.search(path) for pattern in self.ignore)

    def template_text(self, kind: Kind) -> str:
        """The text that new documents of a kind start from."""
        with open(os.path.join(self.folder, kind.template), encoding="utf-8") as file:
            return file.read()

    @cached_property
    def all_places(self) -> list[tuple[str, str]]:
        """(kind, path template) of every place, for messages."""
        return [(kind.name, place.template.text) for kind in self.kinds.values() for place in kind.places]


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


@lru_cache(maxsize=8192)
def calendar_date(text: object) -> bool:
    """True for a real day in the form ``2026-01-17``."""
    if not isinstance(text, str) or not _DATE.match(text):
        return False
    year, month, day = int(text[:4]), int(text[5:7]), int(text[8:])
    if not (year and 1 <= month <= 12 and day):
        return False
    leap = year % 4 == 0 and (year % 100 != 0 or year % 400 == 0)
    return day <= (31, 29 if leap else 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)[month - 1]


_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}\Z")
