"""Another id for a plan or milestone: every place that names it, and the paths that are built from it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from milestones.changes import links
from milestones.changes.transaction import ChangeError
from milestones.documents import editor
from milestones.fixes import Edit
from milestones.rules.front_matter import agreed

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from milestones.documents.values import Text
    from milestones.project.entry import Entry
    from milestones.project.project import Project


class Renaming(NamedTuple):
    """Edits by the path that a file has before the moves, and moves of files (from, to)."""

    edits: dict[str, list[Edit]]
    moves: dict[str, str]


def mentions(text: str, id_: str) -> Iterator[tuple[int, int]]:
    """Line and column of every place where an id stands as a word of its own, in whatever letter case."""
    pattern = re.compile(rf"(?<![\w/.-]){re.escape(id_)}(?![\w-]|/\w|\.\w)", re.IGNORECASE)
    if id_.casefold() not in text.casefold():
        return
    for number, line in enumerate(text.split("\n"), 1):
        for found in pattern.finditer(line):
            yield number, found.start() + 1


def renamed(project: Project, entry: Entry, new: str) -> Renaming:
    """What has to change so that a document goes by another id. Raises ChangeError where it can't."""
    kind, old = entry.kind, entry.id
    if old is None or kind.id is None or entry.located is None:
        raise ChangeError("this document has no id that could be changed")
    parts = kind.id.read_exact(new)
    if parts is None:
        raise ChangeError(f"{new!r} is no id of a {kind.label.lower()}", f"it has the form {kind.id.text}")
    for name, text in parts.items():
        strict = project.profile.strict.get(name)
        if strict is not None and strict.fullmatch(text) is None:
            raise ChangeError(f"{new!r}: the {name} {text!r} is not as the convention wants it")
    if new == old:
        return Renaming({}, {})
    taken = {project.id_key(str(e.id)) for e in project.entries.values() if e.id is not None and e is not entry}
    if project.id_key(new) in taken:
        raise ChangeError(f"{new} is taken", "give another number")
    was = kind.id.read(old) or {}
    if "plan" in parts and parts["plan"] != was.get("plan"):
        raise ChangeError(f"{new} belongs to another plan", "move the file there instead; only the last part changes")
    ids, moves = {str(old): new}, dict[str, str]()
    _move(entry, parts, moves)
    changed = {entry.path: parts}
    for other in project.entries.values():
        # What belongs to a plan is called after it.
        if kind.model != "plan" or other is entry or other.kind.id is None or other.plan_id_in_path != old:
            continue
        own = other.kind.id.read(str(other.id)) if other.id is not None else None
        if own is None or other.located is None:
            continue
        if own.get("plan") == old:
            changed[other.path] = {**own, "plan": new}
            ids[str(other.id)] = other.kind.id.build(changed[other.path])
        _move(other, {**own, "plan": new, **{f"plan.{name}": text for name, text in parts.items()}}, moves)
    edits: dict[str, list[Edit]] = {}
    for other in project.entries.values():
        found = _edits(project, other, ids, changed.get(other.path), moves)
        if found:
            edits[other.path] = found
    return Renaming(edits, moves)


def _move(entry: Entry, parts: Mapping[str, str], moves: dict[str, str]) -> None:
    assert entry.located is not None
    fields = {name: parts.get(name, text) for name, text in entry.located.fields.items()}
    try:
        path = entry.located.place.template.build({"plan": str(entry.plan_id_in_path), **fields})
    except (KeyError, ValueError):
        raise ChangeError(f"{entry.path} can't be called after the new id") from None
    if path == entry.path:
        return
    if entry.project.exists(path):
        raise ChangeError(f"{path} exists already")
    moves[entry.path] = path


def _edits(
    project: Project, entry: Entry, ids: Mapping[str, str], parts: Mapping[str, str] | None, moves: Mapping[str, str]
) -> list[Edit]:
    text = entry.document.text
    lines = text.split("\n")
    found = [Edit(*link) for link in links.respelt(project, entry, moves)]
    if parts is not None:
        for key, template in entry.kind.agree.items():
            value, expected = entry.written(key), agreed(template, parts)
            if value is not None and expected is not None and value.line == value.end_line:
                found.append(_reworded(lines, value, expected))
    # Where one id begins with another, the longer one is what is meant.
    for old in sorted(ids, key=len, reverse=True):
        for line, column in mentions(text, old):
            there = lines[line - 1][column - 1 : column - 1 + len(old)]
            found.append(Edit(line, column, there, ids[old]))
    taken: list[Edit] = []
    for edit in found:
        start, end = edit.column, edit.column + len(edit.old)
        if edit.old != edit.new and not any(
            edit.line == other.line and start < other.column + len(other.old) and other.column < end for other in taken
        ):
            taken.append(edit)
    return sorted(taken)


def _reworded(lines: list[str], value: Text, new: str) -> Edit:
    old = lines[value.line - 1][value.column - 1 : value.end_column - 1]
    if not value.plain and old[:1] == "'":
        return Edit(value.line, value.column, old, f"'{new}'")
    return Edit(value.line, value.column, old, editor.scalar(new, value))


__all__ = ["Renaming", "mentions", "renamed"]
