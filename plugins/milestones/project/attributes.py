"""What the records of one group say together: the first that says something of an attribute counts."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from milestones.documents import blocks
from milestones.documents.outline import plain
from milestones.model import Part, Status, Tally

if TYPE_CHECKING:
    from collections.abc import Iterator

    from milestones.documents.outline import Outline
    from milestones.project.groups import Group


def shared(group: Group, profile: str) -> dict[str, Any]:
    """The attributes that plans and milestones both have, by their names in the model."""
    first = group.records[0]
    own = group.own
    located = next((r.entry.located for r in own if r.entry.located is not None), None)
    saying = group.records
    if group.kind.derives:
        # Nobody takes back that work began: a list that was not kept up says less than one that was.
        saying = sorted(saying, key=lambda r: r.status in (None, Status.PLANNED))
    status = next((s for r in saying if (s := r.status) is not None), None)
    word = next((r.status_word for r in saying if r.status is not None and r.status_word), "")
    if not word:
        word = next((r.status_word for r in saying if r.status_word), "") if status is None else word
    elif status is not None and next(r for r in saying if r.status is not None).status_word == "":
        word = ""
    tally = Tally(0, 0)
    for r in own:
        if r.kind.tasks and r.entry.tally.total:
            tally = r.entry.tally
            break
    block = None if own else next((r for r in group.records if r.stands and r.kind.tasks), None)
    tally = block.outline.tally if block is not None else tally
    links = first.fields.get("links") if first.own else None
    outline = outline_of(group)
    return {
        "title": _title(group)
        or _worded(located.fields.get("slug", "") if located else "")
        or _first_words(_objective(group))
        or group.id,
        "status": status,
        "status_word": word,
        "filed": any(r.entry.filed for r in own),
        "path": first.path,
        "domain": group.word("domain"),
        "owner": group.word("owner"),
        "created": group.day("created"),
        "updated": group.day("updated"),
        "start": group.day("start"),
        "due": group.day("due"),
        "completed": group.day("completed"),
        "risk": group.word("risk"),
        "tags": group.texts("tags"),
        "links": tuple((str(k), str(v)) for k, v in links.items() if isinstance(v, str) and v)
        if isinstance(links, dict)
        else (),
        "components": group.texts("components"),
        "tally": tally,
        "changelog": outline.changelog if outline is not None else (),
        "objective": _objective(group),
        "parent": group.parent,
        "parts": tuple(_parts(group)),
        "details": tuple(_details(group)),
        "profile": profile,
    }


def outline_of(group: Group) -> Outline | None:
    """The outline of the text that is most its own."""
    return next((r.outline for r in group.records if r.stands), None)


def _title(group: Group) -> str:
    title = group.word("title")
    if title is not None and group.records[0].first("title") is not None:
        return title
    other = ""
    for r in group.own:
        top = next((h for h in r.entry.document.outline.headings if h.level == 1), None)
        if top is not None:
            found = r.kind.title.search(top.text) if r.kind.title is not None else None
            if r.kind.title is not None and found is None:
                other = other or top.text.strip()  # a heading of another form may be about anything
                continue
            text = (found["title"] if found is not None else top.text).strip()
            if text:
                return str(text)
    return title or other


def _first_words(text: str) -> str:
    """The first sentence of an objective, cut where it is too long for a title."""
    sentence = re.split(r"(?<=[\w)])[.;:]\s|\s[–—]\s", text, maxsplit=1)[0].rstrip(".")
    return sentence if len(sentence) <= 90 else sentence[:90].rpartition(" ")[0] + " …"


def _worded(slug: str) -> str:
    """A file's name as words: ``SETUP_HUB`` is ``Setup hub``."""
    words = re.sub(r"[-_]+", " ", slug).strip()
    words = words.lower() if words.isupper() else words
    return words[:1].upper() + words[1:]


def _objective(group: Group) -> str:
    said = next((word for r in group.own if (word := r.word("objective")) is not None), None)
    if said:
        return said
    for r in group.own:
        document = r.entry.document
        if r.kind.objective is not None and (found := r.kind.objective.search(document.body)):
            return " ".join(plain(found["text"]).split())
        if document.outline.objective:
            return document.outline.objective
    said = group.word("objective")
    if said:
        return said
    block = next((r for r in group.records if r.stands and r.spec is not None), None)
    return blocks.lead(block.lines, block.spec.lines) if block is not None and block.spec is not None else ""


def _parts(group: Group) -> Iterator[Part]:
    for r in group.records:
        if r.own:
            yield Part(r.kind.label, r.path)
        elif r.spec is not None and r.spec.body and not group.own:
            yield Part(r.entry.kind.label, r.path, r.line, r.end)


def _details(group: Group) -> Iterator[tuple[str, Any]]:
    seen: set[str] = set()
    for r in group.records:
        wanted = r.kind.details
        for key in wanted:
            value: Any = r.fields
            for step in key.split("."):
                value = value.get(step) if isinstance(value, dict) else None
            data = _data(value)
            if data not in (None, "", [], {}) and key not in seen:
                seen.add(key)
                yield key, data


def _data(value: Any) -> Any:
    if isinstance(value, dict):
        return {str(k): inner for k, v in value.items() if (inner := _data(v)) not in (None, "", [], {})}
    if isinstance(value, list):
        return [inner for v in value if (inner := _data(v)) not in (None, "", [], {})]
    if isinstance(value, str):
        return None if getattr(value, "empty", False) else str(value)
    return value
