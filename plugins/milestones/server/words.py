"""What can be written at a place, and what stands there means."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, NamedTuple

from milestones import schemas
from milestones.documents import editor
from milestones.documents.values import is_text
from milestones.fixes import FENCE
from milestones.model import Milestone, Position
from milestones.project import config as configuration
from milestones.rules.front_matter import DATES, schema_at

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from milestones.model import Plan
    from milestones.project.entry import Entry
    from milestones.server.repository import Repository


class Offer(NamedTuple):
    """Something that can be written: the text, what it is, and the columns (from 1) of the line that it replaces."""

    label: str
    text: str
    kind: str  # "key", "word", "id", "value"
    detail: str
    start: int
    end: int


class _Spot(NamedTuple):
    """Where the cursor is in front matter: the keys above it, what is written so far, and from which column on.

    ``key`` is empty where a key is to be written. ``flow`` is true inside brackets.
    """

    outer: str
    key: str
    written: str
    start: int
    end: int
    flow: bool = False


_KEY = re.compile(r"( *)(?:- +)?([A-Za-z_][\w.-]*)[ \t]*:(?=[ \t]|\Z)[ \t]*")


def front_matter(lines: list[str]) -> range:
    """The lines of front matter, from 1, without their fences; to the end where nothing closes it yet."""
    if not lines or not FENCE.match(lines[0].removeprefix("\ufeff")):
        return range(0)
    end = next((number for number, line in enumerate(lines[1:], 2) if FENCE.match(line)), len(lines) + 1)
    return range(2, end)


def _spot(lines: list[str], line: int, column: int) -> _Spot | None:
    text = lines[line - 1].rstrip("\r")
    before = text[: column - 1]
    indent = len(text) - len(text.lstrip(" "))
    outer = _above(lines, line, indent) if indent else ""
    item = re.match(r"[ \t]*-[ \t]+", before)
    if item is not None:
        outer = _above(lines, line, indent + 1)
        return _Spot(outer, outer, before[item.end() :], item.end() + 1, len(text) + 1)
    found = _KEY.match(before)
    if found is None:
        if not re.fullmatch(r"[ \t]*[\w.-]*", before):
            return None
        end = re.compile(r"[\w.-]*(?:[ \t]*:)?").match(text, column - 1)
        assert end is not None
        return _Spot(outer, "", before.lstrip(), indent + 1, end.end() + 1)
    value = before[found.end() :]
    if value.startswith("["):
        start = found.end() + max(value.rfind("["), value.rfind(",")) + 1
        start += len(text[start:]) - len(text[start:].lstrip())
        stop = re.compile(r"[^,\]]*").match(text, min(start, column - 1))
        assert stop is not None
        return _Spot(outer, found[2], before[start:], start + 1, max(stop.end(), column - 1) + 1, flow=True)
    return _Spot(outer, found[2], value, found.end() + 1, len(text) + 1)


def _above(lines: list[str], line: int, indent: int) -> str:
    """The key that a line lies under."""
    for text in reversed(lines[1 : line - 1]):
        found = _KEY.match(text)
        if found is not None and len(found[1]) < indent and not text.lstrip().startswith("- "):
            return found[2]
        if text.strip() and not text.startswith((" ", "-")):
            break
    return ""


def offers(repository: Repository, path: str, line: int, column: int) -> list[Offer]:
    """What can be written at a place, the likeliest first."""
    entry = repository.entry(path)
    if entry is None:
        return []
    lines = repository.text(path).split("\n")
    if not 1 <= line <= len(lines):
        return []
    if line not in front_matter(lines):
        return list(_ids_in_text(repository, lines[line - 1], line, column))
    spot = _spot(lines, line, column)
    if spot is None:
        return []
    schema = schemas.load(entry.kind.schema) if entry.kind.schema else {}
    if not spot.key:
        return list(_keys(entry, schema, spot, lines))
    return list(_values(repository, entry, schema, spot))


def _keys(entry: Entry, schema: dict[str, Any], spot: _Spot, lines: list[str]) -> Iterator[Offer]:
    inner = schema_at(schema, (spot.outer,)) if spot.outer else schema
    indent = " " * (spot.start - 1)
    block = [lines[number - 1] for number in front_matter(lines)]
    there = {found[2] for text in block if (found := _KEY.match(text)) and found[1] == indent}
    required = inner.get("required", [])
    properties = inner.get("properties", {})
    for key in sorted(properties, key=lambda key: key not in required):
        if key in there and key != spot.written:
            continue
        detail = properties[key].get("description", "")
        yield Offer(key, f"{key}: ", "key", detail, spot.start, spot.end)


def _values(repository: Repository, entry: Entry, schema: dict[str, Any], spot: _Spot) -> Iterator[Offer]:
    kind = entry.kind
    key = kind.spellings.get(spot.key, spot.key)
    path = (spot.outer, spot.key) if spot.outer and spot.outer != spot.key else (key,)
    about = schema_at(schema, path)
    if about.get("type") == "array" or "items" in about:
        about = about.get("items", {})
    depends = {p.partition(".")[0] for p in kind.attributes.get("depends_on", ())} | {"depends_on", "supersedes"}
    own = entry.id
    words: Iterable[tuple[str, str, str]]
    if about.get("enum") or (key == "status" and kind.vocabulary):
        meaning = kind.statuses if key == "status" else {}
        names = [str(word) for word in about.get("enum") or kind.vocabulary]
        words = [("word", name, m.label if (m := meaning.get(name.casefold())) is not None else "") for name in names]
    elif about.get("type") == "boolean":
        words = [("word", "true", ""), ("word", "false", "")]
    elif key in depends:
        known = repository.ids
        model = kind.model
        words = [("id", id_, _line(i)) for id_, (_, g, i) in known.items() if g.model == model and id_ != own]
    elif kind.agree.get(key) == "{plan}" or (key == "id" and own is not None):
        expected = entry.id_in_path if key == "id" else entry.plan_id_in_path
        words = [("id", expected, "as the path says")] if expected else []
    elif about.get("format") == "date" or key in DATES:
        words = [("value", configuration.today(), "today")]
    elif key != "title":
        words = [("value", text, "") for text in repository.values.get((kind.model, key), ())]
    else:
        words = []
    for sort, word, detail in words:
        try:
            text = editor.scalar(word)
        except editor.EditError:
            continue
        if spot.flow and re.search(r"[\[\]{},]", word) and text == word:
            continue
        yield Offer(word, text, sort, detail, spot.start, spot.end)


def _ids_in_text(repository: Repository, text: str, line: int, column: int) -> Iterator[Offer]:
    word = re.search(r"[\w#][\w./#-]*\Z", text[: column - 1])
    if word is None or len(word[0]) < 2:
        return
    for id_, (_, _, item) in repository.ids.items():
        if id_.casefold().startswith(word[0].casefold()):
            yield Offer(id_, id_, "id", _line(item), word.start() + 1, column)


def _line(item: Milestone | Plan | None) -> str:
    return f"{item.title} ({item.status.label.lower()})" if item is not None else ""


# What a place means.


def explanation(repository: Repository, path: str, line: int, column: int) -> tuple[str, Position] | None:
    """Markdown on what stands at a place, and its stretch of the line; None where there is nothing to say."""
    entry = repository.entry(path)
    if entry is None:
        return None
    found = repository.id_at(path, line, column)
    if found is not None:
        _, _, item = repository.ids[found[0]]
        if item is not None:
            return state(item), found[1]
    lines = repository.text(path).split("\n")
    if line not in front_matter(lines) or line > len(lines) or not entry.kind.schema:
        return None
    text = lines[line - 1].rstrip("\r")
    key = _KEY.match(text)
    schema = schemas.load(entry.kind.schema)
    if key is None:
        return None
    name = entry.kind.spellings.get(key[2], key[2])
    outer = _above(lines, line, len(key[1])) if key[1] else ""
    about = schema_at(schema, (outer, name) if outer else (name,))
    at = key.end(2) - len(key[2]) + 1
    if column > key.end(2) + 1:
        word = entry.written(key[2])
        meaning = entry.kind.statuses.get(word.casefold()) if name == "status" and word is not None else None
        if meaning is None or word is None:
            return None
        return f"`{word}`: {meaning.label.lower()}", word.position
    return (described(name, about), Position(line, at, at + len(key[2]))) if about else None


def described(name: str, about: dict[str, Any]) -> str:
    """What a schema says of a key, as Markdown."""
    items = about.get("items", {})
    words = about.get("enum") or items.get("enum")
    kinds = {"array": "a list", "object": "a map", "integer": "a whole number", "boolean": "`true` or `false`"}
    sort = "a date, `YYYY-MM-DD`" if about.get("format") == "date" else kinds.get(str(about.get("type")), "text")
    lines = [f"**`{name}`**, {sort}", "", str(about.get("description", "")).strip()]
    if words:
        lines += ["", "One of " + ", ".join(f"`{word}`" for word in words)]
    elif about.get("examples"):
        import json

        example = about["examples"][0]
        shown = example if isinstance(example, str) else json.dumps(example, ensure_ascii=False)
        lines += ["", f"For example `{shown}`"]
    return "\n".join(lines).strip()


def state(item: Milestone | Plan) -> str:
    """A milestone or plan in a few lines of Markdown."""
    facts = [item.status.label + (f" (`{item.status_word}`)" if item.status_word else "")]
    if isinstance(item, Milestone) and item.tally.total:
        facts.append(f"{item.tally.done} of {item.tally.total} tasks done")
    facts += [item.owner] if item.owner else []
    facts += [f"due {item.due}"] if item.due else []
    lines = [f"**{_plain(item.id)}** {_plain(item.title)}", "", " · ".join(_plain(fact) for fact in facts)]
    if item.depends_on:
        lines += ["", "Depends on " + ", ".join(f"`{_plain(id_)}`" for id_ in item.depends_on)]
    if item.objective:
        lines += ["", _plain(" ".join(item.objective.split()))]
    return "\n".join(lines)


def _plain(text: str) -> str:
    """Text of a document that can't become markup of the editor's: no links, no pictures, no HTML."""
    return re.sub(r"([\[\]<>!\\])", r"\\\1", text)


def link_at(entry: Entry, line: int, column: int) -> str | None:
    """The local file or folder that a link at a place leads to."""
    from milestones.documents.values import Fields
    from milestones.rules.references import candidates, is_local, is_remote

    links = (entry.document.fields or Fields()).get("links")
    texts = [value for value in links.values() if is_text(value)] if isinstance(links, Fields) else []
    here = [text for text in texts if text.line == line and text.column <= column <= text.end_column]
    targets = [str(text) for text in here if is_local(text)]
    for link in entry.document.outline.links if entry.document.fields is not None else ():
        inside = link.line == line and link.column <= column <= link.column + len(link.target)
        if inside and link.target and not is_remote(link.target):
            targets.append(link.target)
    paths = (path for target in targets for path in candidates(entry.path, target))
    return next((path for path in paths if entry.project.exists(path)), None)
