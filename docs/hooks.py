"""Pages and tables of this site that are made from the package itself, so that each fact is written once.

A line ``<!-- generated: NAME ARGUMENTS -->`` in a page is replaced by what the function of that name returns. Pages for
the rules and the schemas are added as files.
"""

from __future__ import annotations

import argparse
import json
import os
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any
from unittest import mock

from mkdocs.exceptions import PluginError
from mkdocs.structure.files import File, InclusionLevel

from milestones import schemas
from milestones.cli import parser as command_line
from milestones.manifest import FAMILIES, RULES
from milestones.profiles import catalogue

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from mkdocs.config.defaults import MkDocsConfig
    from mkdocs.structure.files import Files
    from mkdocs.structure.pages import Page

    from milestones.profiles.kinds import Place

REPOSITORY = Path(__file__).resolve().parent.parent
PACKAGE = REPOSITORY / "plugins" / "milestones"
TEXTS = PACKAGE / "rules" / "texts"

_MARKER = re.compile(r"^<!-- generated: (.+) -->$", re.MULTILINE)


def on_config(config: MkDocsConfig) -> MkDocsConfig:
    """Rebuild when the sources of the generated pages change."""
    config.watch += [str(path) for path in (TEXTS, REPOSITORY / "schemas") if path.is_dir()]
    return config


def on_files(files: Files, config: MkDocsConfig) -> Files:
    """Add a page for each rule and each schema, and the schemas themselves."""
    for code in RULES:
        source = TEXTS / f"{code}.md"
        if source.is_file():
            text = source.read_text(encoding="utf-8") + "\n[All rules](index.md)\n"
            _add(files, config, f"reference/rules/{code}.md", text, source)
    for name in schemas.names():
        source = Path(schemas.folder()) / f"{name}.schema.json"
        _add(files, config, f"reference/schemas/{name}.md", _schema_page(name), source)
        _add(files, config, f"reference/schemas/{source.name}", schemas.text(name), None)
    return files


def _add(files: Files, config: MkDocsConfig, uri: str, content: str, source: Path | None) -> None:
    file = File.generated(config, uri, content=content, inclusion=InclusionLevel.NOT_IN_NAV)
    file.edit_uri = os.path.relpath(source, config.docs_dir).replace(os.sep, "/") if source else None
    files.append(file)


def on_page_markdown(markdown: str, page: Page, config: MkDocsConfig, files: Files) -> str:
    """Replace the markers of a page."""

    def made(match: re.Match[str]) -> str:
        name, *arguments = match[1].split()
        function = GENERATED.get(name)
        if function is None:
            known = ", ".join(GENERATED)
            raise PluginError(f"{page.file.src_uri}: there is no generated part {name!r}; there are {known}")
        return "\n".join(function(*arguments))

    return _MARKER.sub(made, markdown)


# What the markers stand for.


def _rules() -> Iterator[str]:
    """A table of rules for each family."""
    for prefix, family in FAMILIES.items():
        rows = [
            (
                f"[{rule.code}]({rule.code}.md)" if (TEXTS / f"{rule.code}.md").is_file() else rule.code,
                f"`{rule.name}`",
                rule.severity.value,
                rule.summary,
            )
            for rule in RULES.values()
            if rule.family == family
        ]
        yield f"## {family} (`{prefix}`)\n"
        yield from _table(("Code", "Name", "Severity", "Finds"), rows)
        yield ""


def _schema_list() -> Iterator[str]:
    """A table of the schemas."""
    rows = [(f"[`{name}`]({name}.md)", schemas.load(name)["description"]) for name in schemas.names()]
    yield from _table(("Schema", "Describes"), rows)


def _keys(name: str) -> Iterator[str]:
    """A table of the keys that a schema knows."""
    yield from _properties(schemas.load(name))


def _places(name: str) -> Iterator[str]:
    """A table of the paths that a convention builds."""
    profile = catalogue.load(name)
    rows = [
        (kind.name.capitalize(), _of_plan(place), f"`{place.template.text.replace('{plan.', '{')}`")
        for kind in profile.kinds.values()
        for place in kind.places
    ]
    yield from _table(("Kind", "Where", "Path"), rows)


def _of_plan(place: Place) -> str:
    return place.name if place.parent in ("", "active") else f"{place.name}, of a plan in {place.parent}"


def _statuses(name: str, kind: str) -> Iterator[str]:
    """A table of a convention's words for a status: those allowed, and those that are only understood."""
    words = catalogue.load(name).kinds[kind]
    allowed = schemas.load(words.schema)["properties"]["status"]["enum"]
    rows = [
        (f"`{word}`", status.label, "yes" if word in allowed else "no: reported as FM004, but understood")
        for word, status in words.statuses.items()
    ]
    yield from _table(("Word", "Means", "Allowed"), rows)


def _sections(name: str) -> Iterator[str]:
    """The sections that a convention requires of a milestone."""
    yield from (f"- {section}" for section in catalogue.load(name).kinds["milestone"].sections)


def _commands() -> Iterator[str]:
    """The help of every command, as it is printed."""
    with mock.patch.dict(os.environ, {"COLUMNS": "88"}):
        for path, parser in _parsers(command_line.build(), ("milestones",)):
            yield f"## {' '.join(path)}\n"
            yield f"```console\n$ {' '.join(path)} --help\n{parser.format_help().rstrip()}\n```\n"


def _parsers(
    parser: argparse.ArgumentParser, path: tuple[str, ...]
) -> Iterator[tuple[tuple[str, ...], argparse.ArgumentParser]]:
    if hasattr(parser, "color"):  # Python 3.14 colours help where it can
        parser.color = False
    yield path, parser
    for action in parser._actions:
        if isinstance(action, argparse._SubParsersAction):
            for name, inner in action.choices.items():
                yield from _parsers(inner, (*path, name))


GENERATED = {
    "rules": _rules,
    "schemas": _schema_list,
    "keys": _keys,
    "places": _places,
    "statuses": _statuses,
    "sections": _sections,
    "commands": _commands,
}


# Schemas.


def _schema_page(name: str) -> str:
    schema = schemas.load(name)
    parts = [f"# {schema['title']}", schema["description"], "## Keys", "\n".join(_properties(schema))]
    for inner, definition in schema.get("$defs", {}).items():
        parts += [f"## `{inner}`", definition.get("description", ""), "\n".join(_properties(definition))]
    parts += [
        "## The schema { data-search-exclude }",
        f"JSON Schema 2020-12. Download [{name}.schema.json]({name}.schema.json), or print it:",
        f"```console\n$ milestones schema {name}\n```",
        '??? note "The whole schema"',
        _indented(f"```json\n{schemas.text(name).rstrip()}\n```"),
        "[All schemas](index.md)",
    ]
    return "\n\n".join(parts) + "\n"


def _indented(text: str) -> str:
    return "\n".join(f"    {line}".rstrip() for line in text.split("\n"))


def _properties(schema: Mapping[str, Any]) -> list[str]:
    if "properties" not in schema:
        return [f"One of {_words(schema['enum'])}."] if "enum" in schema else []
    rows = list(_rows(schema, ""))
    if any(row[2] for row in rows):
        return list(_table(("Key", "Type", "Required", "Meaning", "Example"), rows))
    return list(_table(("Key", "Type", "Meaning", "Example"), [(*row[:2], *row[3:]) for row in rows]))


def _rows(schema: Mapping[str, Any], before: str) -> Iterator[tuple[str, ...]]:
    """A row for each key, with those of maps and of lists of maps after it: ``links.docs``, ``overrides[].paths``."""
    required = schema.get("required", [])
    for key, inner in schema["properties"].items():
        yield (
            f"`{before}{key}`",
            _type(inner),
            "yes" if key in required else "",
            _prose(inner.get("description", "")),
            _example(inner),
        )
        if "properties" in inner:
            yield from _rows(inner, f"{before}{key}.")
        elif "properties" in inner.get("items", {}):
            yield from _rows(inner["items"], f"{before}{key}[].")


def _type(schema: Mapping[str, Any]) -> str:
    if "$ref" in schema:
        name = schema["$ref"].rpartition("/")[2]
        return f"[`{name}`](#{name})"
    if "enum" in schema:
        return f"one of {_words(schema['enum'])}"
    if "const" in schema:
        return f"`{schema['const']}`"
    kind = schema.get("type", "anything")
    if isinstance(kind, list):
        return " or ".join(_type({**schema, "type": one}) for one in kind)
    if kind == "array":
        return f"list of {_type(schema.get('items', {}))}"
    if kind == "object":
        rest = schema.get("additionalProperties")
        return f"map of {_type(rest)}" if isinstance(rest, dict) and "properties" not in schema else "map"
    if kind == "string":
        return "date" if schema.get("format") == "date" else "text"
    if kind == "integer" and "maximum" in schema:
        return f"integer, {schema.get('minimum', 0)} to {schema['maximum']}"
    return str(kind)


def _words(values: Sequence[object]) -> str:
    return ", ".join(f"`{value}`" for value in values)


def _example(schema: Mapping[str, Any]) -> str:
    examples = schema.get("examples")
    if not examples or "properties" in schema:  # the keys of a map have examples of their own
        return ""
    text = examples[0] if isinstance(examples[0], str) else json.dumps(examples[0], ensure_ascii=False)
    return f"`{text}`" if text and len(text) <= 120 else ""


def _prose(text: str) -> str:
    """A description as Markdown that no ``*`` or ``<`` of it can disturb."""
    return re.sub(r"([*<|])", r"\\\1", text)


def _table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> Iterator[str]:
    yield "| " + " | ".join(head) + " |"
    yield "| " + " | ".join("---" for _ in head) + " |"
    for row in rows:
        yield "| " + " | ".join(row) + " |"
