"""Fixes that edit a document where it stands: a value, a key, a line; every other byte stays."""

from __future__ import annotations

import os
import re
from typing import TYPE_CHECKING, Any

from milestones import schemas
from milestones.documents import editor
from milestones.documents.characters import CONTROL
from milestones.documents.days import calendar_date, day
from milestones.documents.outline import plain
from milestones.documents.values import Fields, Items, Text, is_text
from milestones.fixes import FENCE, Edit, Fix
from milestones.rules import front_matter, references
from milestones.rules.nearest import nearest

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from milestones.model import Finding
    from milestones.project.entry import Entry
    from milestones.project.project import Project

_Path = tuple[str | int, ...]


class _Case:
    """A finding, its document, and the document's lines as they are on disk."""

    def __init__(self, project: Project, entry: Entry, finding: Finding, data: bytes) -> None:
        self.project = project
        self.entry = entry
        self.finding = finding
        self.fields = entry.fields if entry.fields is not None else Fields()
        self.text = data.decode("utf-8")
        self.lines = self.text.split("\n")
        self.newline = "\r\n" if self.lines[0].endswith("\r") else "\n"
        self.schema: dict[str, Any] = schemas.load(entry.kind.schema) if entry.kind.schema else {}

    def fix(self, title: str, *edits: Edit | None, safe: bool = True) -> Fix | None:
        """A fix, where every edit could be made."""
        made = tuple(edit for edit in edits if edit is not None)
        if not made or len(made) < len(edits):
            return None
        return Fix(self.finding.code, self.finding.path, title, safe, made)

    def value(self) -> tuple[_Path, Text] | None:
        """The scalar that the finding points at, and the keys that lead to it."""
        wanted = self.finding.position
        return next(((path, text) for path, text in _scalars(self.fields) if text.position == wanted), None)

    def schema_of(self, path: _Path) -> dict[str, Any]:
        """What the schema says of the value at a path."""
        return front_matter.schema_at(self.schema, path)

    def written(self, text: Text) -> str | None:
        """A scalar as it stands in the file, with its quotes; None for one of several lines."""
        if text.line != text.end_line or text.line > len(self.lines):
            return None
        return self.lines[text.line - 1][text.column - 1 : text.end_column - 1]

    def replaced(self, text: Text, new: str) -> Edit | None:
        """A scalar in another spelling, quotes included."""
        old = self.written(text)
        return Edit(text.line, text.column, old, new) if old else None

    def reworded(self, text: Text, value: str) -> Edit | None:
        """Another value in the quotes that the old one has."""
        old = self.written(text)
        if old is None:
            return None
        if not text.plain and old[:1] == "'" and "'" not in value:
            return self.replaced(text, f"'{value}'")
        try:
            return self.replaced(text, editor.scalar(value, text))
        except editor.EditError:
            return None

    def added(self, line: str, after: Text | None) -> Edit | None:
        """A new line of front matter, behind a value or at the end."""
        at = after.end_line + 1 if after is not None and after.line == after.end_line else self._fence()
        return Edit(at, 1, "", line + self.newline) if at is not None else None

    def _fence(self) -> int | None:
        return next((number for number, line in enumerate(self.lines, 1) if number > 1 and FENCE.match(line)), None)


def _scalars(value: Any, path: _Path = ()) -> Iterator[tuple[_Path, Text]]:
    if isinstance(value, Fields):
        for key, inner in value.items():
            yield from _scalars(inner, (*path, str(key)))
    elif isinstance(value, Items):
        for number, inner in enumerate(value):
            yield from _scalars(inner, (*path, number))
    elif isinstance(value, Text):
        yield path, value


def fix_for(project: Project, finding: Finding) -> Fix | None:
    """The edits that mend a finding, or None."""
    known = project.entry(finding.path)
    data = _bytes(project, finding.path)
    if known is None or data is None:
        return None
    from milestones.project.entry import Entry

    try:
        # Read again: a check of many documents gives up each once its rules are through.
        case = _Case(project, Entry(project, known.path, known.kind, known.located), finding, data)
    except UnicodeDecodeError:
        return None
    return _MAKERS[finding.code](case)


def _bytes(project: Project, path: str) -> bytes | None:
    if path in project.held:
        return project.held[path]
    full = os.path.join(project.directory, path)
    if os.path.islink(full) or not os.path.isfile(full):
        return None
    try:
        with open(full, "rb") as file:
            return file.read()
    except OSError:
        return None


# Reading.


def _mark(case: _Case) -> Fix | None:
    return case.fix("remove the byte order mark", Edit(1, 1, "\ufeff", "")) if case.text[:1] == "\ufeff" else None


#: Characters that nobody sees and that only reorder, or mark a beginning that is none. What another control
#: character once was can't be known.
_INVISIBLE = re.compile("[\u202a-\u202e\u2066-\u2069\ufeff]")


def _control(case: _Case) -> Fix | None:
    first = case.text.removeprefix("\ufeff")
    found = CONTROL.search(first.replace("\r\n", "\n"))
    if found is None or not all(_INVISIBLE.match(c) for c in CONTROL.findall(first.replace("\r\n", "\n"))):
        return None
    edits = [
        Edit(number, at.start() + 1, at[0], "")
        for number, line in enumerate(case.lines, 1)
        for at in _INVISIBLE.finditer(line)
        if (number, at.start()) != (1, 0)
    ]
    return case.fix("remove the invisible characters", *edits)


def _yaml(case: _Case) -> Fix | None:
    from milestones.documents.mending import mend_all

    mended, count = mend_all(case.text)
    if not count:
        return None
    pairs = enumerate(zip(case.lines, mended.split("\n"), strict=True), 1)
    edits = [_changed(number, old, new) for number, (old, new) in pairs if old != new]
    return case.fix("put the value in quotes" if count == 1 else f"put {count} values in quotes", *edits)


def _changed(number: int, old: str, new: str) -> Edit:
    """What changes in a line, without what it begins and ends with."""
    start = _common(old, new)
    end = _common(old[start:][::-1], new[start:][::-1])
    return Edit(number, start + 1, old[start : len(old) - end], new[start : len(new) - end])


def _common(one: str, other: str) -> int:
    """How many characters two texts begin with that are the same."""
    pairs = enumerate(zip(one, other, strict=False))
    return next((at for at, (a, b) in pairs if a != b), min(len(one), len(other)))


# Front matter.

_MISSING = re.compile(r"the key `([^`.]+)` is missing\Z")


def _missing(case: _Case) -> Fix | None:
    found = _MISSING.match(case.finding.message)
    entry, kind = case.entry, case.entry.kind
    if found is None or case.entry.document.fields is None or kind.attributes or found[1] in case.fields:
        return None
    key = found[1]
    strange = [str(k) for k in case.fields if k not in case.schema.get("properties", {})]
    if nearest(key, strange) or any(_letters(key) == _letters(k) for k in strange):
        return None  # it is there, misspelt
    id_ = entry.written("id")
    after: Text | None = None
    if key == "id":
        value = entry.id_in_path
    elif key in kind.agree:
        own = entry.id_in_path if id_ is None or id_ == entry.id_in_path else None
        parts = kind.id.read(own) if own is not None and kind.id is not None else None
        value = front_matter.agreed(kind.agree[key], parts) if parts is not None else None
        after = id_
    elif key == "updated" and (created := entry.written("created")) is not None and calendar_date(str(created)):
        dates = [c.date for c in entry.document.outline.changelog if calendar_date(c.date)]
        value = max([str(created), *dates])
        after = created
        if not created.plain:
            return case.fix(f"add `updated: {value}`", case.added(f'updated: "{value}"', after))
    elif key == "title":
        tops = [h for h in entry.document.outline.headings if h.level == 1]
        value = plain(tops[0].text).strip() if len(tops) == 1 else None
    else:
        value = None
    if not value:
        return None
    try:
        line = f"{key}: {editor.scalar(value)}"
    except editor.EditError:
        return None
    return case.fix(f"add `{line}`", case.added(line, after))


def _unknown_key(case: _Case) -> Fix | None:
    known = list(case.schema.get("properties", {}))
    key = next((k for k in case.fields if isinstance(k, Text) and k.position == case.finding.position), None)
    if key is None or not known:
        return None
    alike = [name for name in known if _letters(name) == _letters(key)]
    near = alike or nearest(key, known, n=1)
    if len(near) != 1 or near[0] in case.fields:
        return None
    edit = case.replaced(key, near[0])
    return case.fix(f"write `{near[0]}`", edit, safe=bool(alike))


def _letters(word: str) -> str:
    return re.sub(r"[\s_-]+", "", word.casefold())


_TRUTH = {"true": "true", "yes": "true", "on": "true", "false": "false", "no": "false", "off": "false"}


def _type(case: _Case) -> Fix | None:
    found = case.value()
    if found is None or not found[1].strip() or found[1].empty:
        return None
    path, text = found
    kind = case.schema_of(path).get("type")
    if kind == "integer" and re.fullmatch(r"[0-9]{1,18}", text) and text.isascii():
        new = text.lstrip("0") or "0"
    elif kind == "boolean" and text.casefold() in _TRUTH:
        new = _TRUTH[text.casefold()]
    elif kind == "array" and not re.search(r"[\[\]{}]", text):
        items = [item.strip() for item in text.split(",")]
        if not all(items):
            return None
        try:
            new = f"[{', '.join(editor.scalar(item) for item in items)}]"
        except editor.EditError:
            return None
        return case.fix(f"write `{new}`", case.replaced(text, new), safe=len(items) == 1)
    else:
        return None
    return case.fix(f"write `{new}`", case.replaced(text, new))


def _word(case: _Case) -> Fix | None:
    found = case.value()
    if found is None or not found[1].strip():
        return None
    path, text = found
    kind = case.entry.kind
    is_status = text.position == getattr(case.entry.written("status"), "position", None)
    enum = case.schema_of(path).get("enum")
    words = [str(word) for word in enum] if enum else list(kind.vocabulary) if is_status else []
    alike = [word for word in words if _letters(word) == _letters(text)]
    if len(alike) == 1:
        return case.fix(f"write `{alike[0]}`", case.reworded(text, alike[0]))
    meaning = kind.statuses.get(text.strip().casefold()) if is_status else None
    if meaning is not None:
        same = [w for w in words if kind.statuses.get(w.casefold()) is meaning and w.casefold() not in kind.archived]
        same = [kind.finished] if kind.finished in same else same
        if len(same) == 1:
            return case.fix(f"write `{same[0]}`", case.reworded(text, same[0]))
    near = nearest(text.casefold().replace("-", "_").replace(" ", "_"), words)
    return case.fix(f"write `{near[0]}`", case.reworded(text, near[0]), safe=False) if near else None


_NUMBERS = re.compile(r"([0-9]{4})([-/.])([0-9]{1,2})\2([0-9]{1,2})\Z|([0-9]{4})([0-9]{2})([0-9]{2})\Z")


def _date(case: _Case) -> Fix | None:
    found = case.value()
    if found is None:
        return None
    text = found[1]
    parts = _NUMBERS.match(text.strip())
    if parts is not None:
        numbers = [int(part) for part in (parts[1] or parts[5], parts[3] or parts[6], parts[4] or parts[7])]
        iso: str | None = f"{numbers[0]:04}-{numbers[1]:02}-{numbers[2]:02}"
    else:
        iso = day(text)
    if iso is None or not calendar_date(iso):
        return None
    # Digits that go with the text would be lost: a time, a second day.
    safe = parts is not None or len(re.findall("[0-9]", text)) <= 6
    return case.fix(f"write `{iso}`", case.reworded(text, iso), safe=safe)


def _twice(case: _Case) -> Fix | None:
    """Items that a list holds twice."""
    for key, items in case.fields.items():
        if not isinstance(items, Items) or not isinstance(key, Text) or key.position != case.finding.position:
            continue
        edits: list[Edit | None] = []
        for at, item in enumerate(items):
            if not isinstance(item, Text) or item not in items[:at]:
                continue
            before, line = items[at - 1], case.lines[item.line - 1]
            if not isinstance(before, Text) or item.line != item.end_line:
                return None
            if re.match(r"[ \t]*-[ \t]+", line[: item.column - 1]) and not line[item.end_column - 1 :].strip():
                edits.append(Edit(item.line, 1, line + "\n", ""))
            elif before.end_line == item.line and "," in line[before.end_column - 1 : item.column - 1]:
                start, end = before.end_column - 1, item.end_column - 1
                edits.append(Edit(item.line, start + 1, line[start:end], ""))
            else:
                return None
        return case.fix("remove what is listed twice", *edits) if edits else None
    return None


def _agree(case: _Case) -> Fix | None:
    found = case.value()
    own, kind = case.entry.written("id"), case.entry.kind
    if found is None or own is None or kind.id is None:
        return None
    path, text = found
    template = kind.agree.get(str(path[0])) if len(path) == 1 else None
    parts = kind.id.read(own)
    expected = front_matter.agreed(template, parts) if template and parts else None
    if expected is None:
        return None
    # Two witnesses against one: the id, and the path that says the same.
    return case.fix(f"write `{expected}`", case.reworded(text, expected), safe=own == case.entry.id_in_path)


def _quoting(case: _Case) -> Fix | None:
    texts = [text for key in front_matter.DATES if (text := case.entry.written(key)) is not None and not text.plain]
    if not texts or not all(calendar_date(str(text)) for text in texts):
        return None
    return case.fix("write the dates without quotes", *(case.replaced(text, str(text)) for text in texts))


# References and content.


def _reference(case: _Case) -> Fix | None:
    found = case.value()
    if found is None:
        return None
    text, entry = found[1], case.entry
    known = [id_ for id_, e in case.project.by_path_id.items() if e[0].kind is entry.kind and id_ != entry.id]
    near = [id_ for id_ in known if id_.casefold() == text.casefold()]
    safe = len(near) == 1
    near = near or nearest(text, known, n=1, cutoff=0.85)
    beside = case.fields.get(str(found[0][0]))
    if isinstance(beside, Items) and near and near[0] in beside:
        return None
    return case.fix(f"write `{near[0]}`", case.reworded(text, near[0]), safe=safe) if near else None


def _link(case: _Case) -> Fix | None:
    found, where, entry = case.value(), case.finding.position, case.entry
    if found is not None:
        target = str(found[1])
    else:
        links = entry.document.outline.links
        link = next((k for k in links if where is not None and (k.line, k.column) == where[:2]), None)
        if link is None:
            return None
        target = link.target
    moved = references.namesakes(case.project, entry, target)
    if len(moved) != 1:
        return None
    new = references.respelled(entry, target, moved[0], front_matter=found is not None)
    if found is not None:
        return case.fix(f"write `{new}`", case.reworded(found[1], new)) if is_text(found[1]) else None
    if re.search(r"[\s()<>]", new):
        return None
    assert where is not None
    return case.fix(f"write `{new}`", Edit(where.line, where.column, target, new))


def _heading(case: _Case) -> Fix | None:
    title, document = case.entry.written("title"), case.entry.document
    if title is None or not title.strip() or "\n" in title or not document.body_start:
        return None
    at = document.body_line
    blank = at <= len(case.lines) and not case.lines[at - 1].strip() and at < len(case.lines)
    escaped = re.sub(r"([\\`*_\[\]<>])", r"\\\1", str(title).strip())
    line, nl = f"# {escaped}", case.newline
    if blank:
        return case.fix(f"add `{line}`", Edit(at + 1, 1, "", f"{line}{nl}{nl}"))
    if at > len(case.lines):
        return None
    return case.fix(f"add `{line}`", Edit(at, 1, "", f"{nl}{line}{nl}{nl}"))


def _updated(case: _Case) -> Fix | None:
    updated = case.entry.written("updated")
    dates = [c.date for c in case.entry.document.outline.changelog if calendar_date(c.date)]
    if updated is None or not dates or case.finding.position != updated.position:
        return None
    newest = max(dates)
    return case.fix(f"write `updated: {newest}`", case.reworded(updated, newest)) if newest > updated else None


_MAKERS: dict[str, Callable[[_Case], Fix | None]] = {
    "RD002": _mark,
    "RD003": _control,
    "RD008": _yaml,
    "FM001": _missing,
    "FM002": _unknown_key,
    "FM003": _type,
    "FM004": _word,
    "FM005": _date,
    "FM006": _twice,
    "FM009": _agree,
    "FM012": _quoting,
    "RF001": _reference,
    "RF004": _link,
    "CT002": _heading,
    "CT007": _updated,
}
