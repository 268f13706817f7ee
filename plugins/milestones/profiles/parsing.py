"""A profile's TOML tables, checked and turned into kinds of documents."""

from __future__ import annotations

import os
import re
from typing import TYPE_CHECKING, Any

from milestones.model import Status
from milestones.profiles.kinds import (
    MODELS,
    Configuration,
    Count,
    Default,
    Kind,
    Place,
    RecordSpec,
    Reference,
    Registry,
    TaskList,
)
from milestones.profiles.paths import Template

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from milestones.profiles.kinds import Field

_CALENDAR = {"year": "[0-9]+", "month": "[0-9]+", "day": "[0-9]+"}
_FRONT_MATTER = ("required", "expected", "optional")
KIND_KEYS = (set(Kind._fields) - {"name", "rank", "nested", "vocabulary"}) | {"places"}
RECORD_KEYS = {"kind", "each", "match", "under", "columns", "values", "lines", "level", "schema", "lists", "body"}
RECORD_KEYS |= {"within", "from", "adds", "finds", "boxed"}
RECORD_KEYS |= {"label", "required", "lacking", "checked", "unchecked"}
_EACH = ("heading", "summary", "item", "row", "value", "document")


class Tables:
    """The tables of one profile whose documents lie below ``root``; files that it names lie in ``folder``.

    Each method raises ValueError, KeyError, TypeError or re.error where a table says what it can't.
    """

    def __init__(self, root: str, folder: str, fields: Mapping[str, Field]) -> None:
        self.root = root
        self.folder = folder
        self._kinds: dict[str, Kind] = {}
        self._patterns = {name: field.match for name, field in fields.items()} | _CALENDAR
        self._patterns["directory"] = ".+"  # the folder that a document lies in; for scopes

    def kinds(self, tables: Mapping[str, Mapping[str, Any]]) -> dict[str, Kind]:
        """Every kind by its name. What is said of others is said of kinds that are described."""
        for name, table in tables.items():
            self._kinds[name] = self._kind(name, table)
        for kind in self._kinds.values():
            for target in (
                *(r.kind for r in kind.references),
                *(r.kind for r in kind.plans),
                *(r.kind for r in kind.records),
                *kind.needs,
                *kind.needs_finished,
            ):
                if target not in self._kinds:
                    raise ValueError(f"kinds.{kind.name} names the kind {target!r}, which is not described")
        return self._kinds

    def configuration(self, table: Mapping[str, Any] | None) -> Configuration | None:
        """The settings file of the convention's own tool, if it has one."""
        if not table:
            return None
        files = tuple(path[1:] if path.startswith("/") else self._join(path) for path in table["files"])
        return Configuration(files, table.get("plan_title", ""), table.get("root", ""))

    def registry(self, table: Mapping[str, Any] | None) -> Registry | None:
        """The file that lists the documents again, if there is one."""
        if not table:
            return None
        return Registry(self._join(table["path"]), table["list"], table["kind"], tuple(table["keys"]))

    def defaults(self, tables: Mapping[str, Iterable[Mapping[str, Any]]]) -> dict[str, tuple[Default, ...]]:
        """Where each field is told that paths and records leave out."""
        return {
            field: tuple(
                Default(
                    self._join(one["path"]), one.get("key", ""), re.compile(one["match"]) if "match" in one else None
                )
                for one in sources
            )
            for field, sources in tables.items()
        }

    def counts(self, tables: Iterable[Mapping[str, Any]]) -> tuple[Count, ...]:
        """The numbers that several kinds count together."""
        found = tuple(
            Count(
                one["kind"],
                tuple(one["kinds"]),
                one["field"],
                tuple(one.get("scope", ())),
                tuple(one.get("member", ())),
                one.get("first", 0),
            )
            for one in tables
        )
        for count in found:
            for target in (count.kind, *count.kinds):
                if target not in self._kinds:
                    raise ValueError(f"counts names the kind {target!r}, which is not described")
        return found

    def _join(self, path: str) -> str:
        return f"{self.root}/{path}" if self.root else path

    def _kind(self, name: str, data: Mapping[str, Any]) -> Kind:
        patterns = dict(self._patterns)
        nested = any("{plan.directory}" in place["path"] for place in data.get("places", ()))
        outer = self._kinds.get("plan") if name != "plan" else None
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
        unknown = sorted(set(data) - KIND_KEYS)
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
            rank=len(self._kinds),
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
            for plan_place in self._kinds["plan"].places:
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


def _record(data: Mapping[str, Any]) -> RecordSpec:
    unknown = sorted(set(data) - RECORD_KEYS)
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
