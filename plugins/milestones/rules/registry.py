"""RF006: a registry file that lists documents again says the same as the documents."""

from __future__ import annotations

import json
import os
import re
from typing import TYPE_CHECKING, Any

from milestones.model import Finding, Position, Related

if TYPE_CHECKING:
    from collections.abc import Iterator

    from milestones.project.entry import Entry
    from milestones.project.project import Project


def check(project: Project, entries: list[Entry]) -> Iterator[Finding]:
    """Compare the registry with the documents of its kind among ``entries``; and its entries with the files."""
    registry = project.profile.registry
    assert registry is not None
    text = read(project)
    if text is None:
        if os.path.lexists(os.path.join(project.directory, registry.path)):
            message = "the registry can't be read"
            yield Finding("RF006", registry.path, message, None, "make it a file of UTF-8 text below 8 MiB")
        return
    listed = parse(text, registry.list)
    if listed is None:
        yield Finding("RF006", registry.path, "the registry is not JSON with a list of plans", None, "rebuild it")
        return
    by_id = {str(item.get("id")): item for item in listed}
    for entry in entries:
        if entry.kind.name != registry.kind or entry.document.fields is None or entry.id is None:
            continue
        item = by_id.get(entry.id)
        if item is None:
            # The second place is what brings the finding to a check of the plan alone.
            here = (Related(entry.path, 1, f"{entry.id} is here"),)
            yield Finding("RF006", registry.path, f"{entry.id} is not listed", None, f"add {entry.path}", here)
            continue
        facts = {"path": entry.path} | {key: entry.values.get(key) for key in registry.keys}
        for key, value in facts.items():
            if key in item and value is not None and item[key] != value:
                position = _position(text, entry.id, key)
                message = f"{entry.id}: `{key}` is {item[key]!r} here and {value!r} in the plan"
                written = entry.written(key)
                there = (Related(entry.path, written.line if written is not None else 1, "the plan is here"),)
                help = f"write {json.dumps(value, ensure_ascii=False)}"
                yield Finding("RF006", registry.path, message, position, help, there)
    if len(entries) == len(project.entries):
        for id_, item in by_id.items():
            if project.find(id_) is None:
                message = f"{id_} is listed, but there is no such plan"
                yield Finding(
                    "RF006",
                    registry.path,
                    message,
                    _position(text, id_, "id"),
                    f"remove it: {item.get('path')}",
                )


def read(project: Project) -> str | None:
    """The registry's text, or None where there is none that can be read."""
    registry = project.profile.registry
    if registry is None:
        return None
    path = os.path.join(project.directory, registry.path)
    try:
        if registry.path in project.held:
            held = project.held[registry.path]
            return held.decode("utf-8") if held is not None and len(held) <= 8 * 1024 * 1024 else None
        if os.path.islink(path) or os.path.getsize(path) > 8 * 1024 * 1024:
            return None
        with open(path, encoding="utf-8") as file:
            return file.read()
    except (OSError, UnicodeDecodeError):
        return None


def parse(text: str, key: str) -> list[dict[str, Any]] | None:
    """The registry's entries, or None where the text is not such a registry."""
    try:
        data = json.loads(text)
    except (ValueError, RecursionError):
        return None
    listed = data.get(key) if isinstance(data, dict) else None
    return [item for item in listed if isinstance(item, dict)] if isinstance(listed, list) else None


def _position(text: str, id_: str, key: str) -> Position | None:
    """The line of a key in the entry of an id. JSON has no positions; entries are objects without nested ids."""
    own = re.search(rf'"id"\s*:\s*"{re.escape(id_)}"', text)  # not where another entry refers to it
    if own is None:
        return None
    at = own.start()
    start, end = text.rfind("\n    {", 0, at) + 1, text.find("\n    }", at)
    found = text.find(f'"{key}"', max(0, start), end if end > 0 else len(text))
    at = found if found >= 0 else at
    column = at - (text.rfind("\n", 0, at) + 1) + 1
    return Position(text.count("\n", 0, at) + 1, column, column + len(key) + 2)
