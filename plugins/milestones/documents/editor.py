"""Edits a document where it stands: one value, one line, and every other byte as it was.

Works on the bytes of the file, so line endings, byte order mark, quoting of other values, comments, key order and
blank lines stay. Positions come from the strict reader; a file that it can't read is not edited.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from milestones.documents import reader
from milestones.documents.characters import CONTROL, quoted
from milestones.documents.values import Fields, Items, Text

if TYPE_CHECKING:
    from collections.abc import Sequence


class EditError(Exception):
    """An edit that can't be made; the text says why and what to do instead."""


class _Source(NamedTuple):
    lines: list[str]  # with their endings, after the byte order mark
    mark: str
    newline: str


def set_value(data: bytes, key: str, value: str | Sequence[str]) -> bytes:
    """The file with ``key`` set; ``links.docs`` names a key of a map. A key that is missing is added at the end.

    A value keeps the quoting style it had where the new text allows it. Text is written as a plain scalar where
    YAML would read it back as the same text, and quoted otherwise. A list replaces a list, in flow style.

    Raises:
        EditError: where the document can't be read, or the old value is not of a kind that fits on its lines.
    """
    source, fields = _open(data)
    edited = _set(source, fields, key, value)
    if not _changes_only(fields, edited, key, value):
        raise EditError(f"`{key}` is written in a way that can't be edited in place; edit the file itself")
    return edited


def _changes_only(before: Fields, edited: bytes, key: str, value: str | Sequence[str]) -> bool:
    """True where the edited file reads back as the old front matter with this one value: the last word on an edit."""
    after = reader.parse("", edited).fields
    if after is None:
        return False
    wanted = dict(before)
    outer, _, inner = key.partition(".")
    new = value if isinstance(value, str) else list(value)
    wanted[outer] = {**before.get(outer, {}), inner: new} if inner else new
    return after == wanted


def _set(source: _Source, fields: Fields, key: str, value: str | Sequence[str]) -> bytes:
    outer, _, inner = key.partition(".")
    holder: Fields = fields
    if inner:
        nested = fields.get(outer)
        if not isinstance(nested, Fields) or not nested:
            raise EditError(f"there is no map `{outer}` with keys to set `{inner}` in")
        holder, name = nested, inner
    else:
        name = outer
    if name not in holder:
        return _close(source, _insert(source, fields, holder, name, value, nested=bool(inner)))
    old = holder[name]
    if isinstance(old, Text):
        return _close(source, _replace_scalar(source, holder.key(name), old, value))
    if isinstance(old, Items) and not isinstance(value, str):
        return _close(source, _replace_list(source, fields, holder.key(name), old, value))
    raise EditError(f"`{key}` holds {'a list' if isinstance(old, Items) else 'a map'}; edit the file itself")


def add_change(data: bytes, entry: str) -> bytes:
    """The file with a line at the end of the Changelog section; the section is added where there is none.

    Follows what the file does: its bullet, its line endings, newest first where the entries run that way.
    Raises EditError as ``set_value`` does.
    """
    source, _ = _open(data)
    if CONTROL.search(entry) or "\n" in entry:
        raise EditError("a note is one line of text")
    document = reader.parse("", data)
    heading = next((h for h in document.outline.headings if h.text.casefold().startswith("changelog")), None)
    lines = list(source.lines)
    if heading is None:
        if lines and not lines[-1].endswith("\n"):
            lines[-1] += source.newline
        lines += [
            source.newline,
            f"## Changelog{source.newline}",
            source.newline,
            f"- {entry}{source.newline}",
        ]
        return _close(source, lines)
    changes = document.outline.changelog
    if len(changes) > 1 and changes[0].date > changes[-1].date:
        at = changes[0].line - 1
    elif changes:
        at = _end_of_item(lines, changes[-1].line - 1)
    else:
        at = heading.line
        if at < len(lines) and re.match(r"(?:=+|-+)[ \t]*\r?\n?\Z", lines[at]):
            at += 1  # the heading's underline
        lines[at:at] = [source.newline]
        at += 1
    if at and not lines[at - 1].endswith("\n"):
        lines[at - 1] += source.newline
    bullet = "-"
    if changes and (found := re.match(r"\s*([-*+])", lines[changes[0].line - 1])):
        bullet = found[1]
    lines.insert(at, f"{bullet} {entry}{source.newline}")
    return _close(source, lines)


def replace_span(data: bytes, line: int, column: int, old: str, new: str) -> bytes:
    """The file with ``old`` replaced where it stands, by line and column from 1. Raises EditError if it does not."""
    source, _ = _open(data)
    lines = list(source.lines)
    text = lines[line - 1]
    if not text.startswith(old, column - 1):
        raise EditError(f"line {line} does not hold what was read there")
    lines[line - 1] = text[: column - 1] + new + text[column - 1 + len(old) :]
    return _close(source, lines)


def _open(data: bytes) -> tuple[_Source, Fields]:
    document = reader.parse("", data)
    if document.fields is None:
        fault = document.findings[0]
        raise EditError(f"line {fault.line}: {fault.message}; {fault.help}")
    text = data.decode("utf-8")
    mark = "\ufeff" if text.startswith("\ufeff") else ""
    text = text.removeprefix(mark)
    lines = re.findall(r"[^\n]*\n|[^\n]+\Z", text)
    newline = "\r\n" if lines and lines[0].endswith("\r\n") else "\n"
    return _Source(lines, mark, newline), document.fields


def _close(source: _Source, lines: list[str]) -> bytes:
    return (source.mark + "".join(lines)).encode("utf-8")


_PLAIN = re.compile(r"[A-Za-z0-9_./+(][^\n]*\Z")


def scalar(value: str, like: Text | None = None) -> str:
    """Text as a YAML scalar: in the quoting of the value it replaces where possible, plain where safe."""
    if CONTROL.search(value) or "\n" in value:
        raise EditError("a value is one line of text, without control characters")
    if like is not None and not like.plain:
        return quoted(value)
    safe = (
        _PLAIN.match(value)
        and ": " not in value
        and " #" not in value
        and not value.endswith((":", " "))
        and not value.startswith(". ")
        and value not in ("null", "Null", "NULL")
    )
    return value if safe else quoted(value)


def _flow(values: Sequence[str]) -> str:
    def item(value: str) -> str:
        text = scalar(value)
        return quoted(value) if text == value and re.search(r"[\[\]{},]", value) else text

    return f"[{', '.join(map(item, values))}]"


def _written(value: str | Sequence[str], like: Text | None = None) -> str:
    return scalar(value, like) if isinstance(value, str) else _flow(value)


def _replace_scalar(source: _Source, key: Text, old: Text, value: str | Sequence[str]) -> list[str]:
    lines = list(source.lines)
    if not old.plain and isinstance(value, str) and lines[old.line - 1][old.column - 1] == "'" and "'" not in value:
        new = f"'{value}'"
        if CONTROL.search(value) or "\n" in value:
            raise EditError("a value is one line of text, without control characters")
    else:
        new = _written(value, old)
    if old.plain and old == "" and old.end_column == old.column:
        # `key:` with nothing behind it: the parser places the empty value somewhere after the colon.
        row = key.line - 1
        found = re.compile(r"[ \t]*:").match(lines[row], key.end_column - 1)
        if found is None:
            raise EditError(f"`{key}` is written in a way that can't be edited in place")
        lines[row] = lines[row][: found.end()] + " " + new + lines[row][found.end() :]
        return lines
    if old.end_line != old.line:
        raise EditError(f"`{key}` spans several lines; edit the file itself")
    row = old.line - 1
    lines[row] = lines[row][: old.column - 1] + new + lines[row][old.end_column - 1 :]
    return lines


def _replace_list(source: _Source, fields: Fields, key: Text, old: Items, value: Sequence[str]) -> list[str]:
    lines = list(source.lines)
    row = key.line - 1
    found = re.compile(r"[ \t]*:[ \t]*").match(lines[row], key.end_column - 1)
    if found is None:
        raise EditError(f"`{key}` is written in a way that can't be edited in place")
    rest = lines[row][found.end() :]
    flow = re.match(r"\[[^\]\"'#\n]*\]", rest)
    if flow:
        lines[row] = lines[row][: found.end()] + _flow(value) + rest[flow.end() :]
        return lines
    if rest.strip() and not rest.lstrip().startswith("#"):
        raise EditError(f"`{key}` is a list over several lines; edit the file itself")
    end = row + 1
    while end < len(lines) and re.match(r"[ \t]*-[ \t]", lines[end]):
        end += 1
    indent = re.match(r"[ \t]*", lines[row + 1])[0] if end > row + 1 else "  "  # type: ignore[index]
    if not value:
        lines[row] = lines[row][: found.end()].rstrip() + " []" + source.newline
    lines[row + 1 : end] = [f"{indent}- {scalar(item)}{source.newline}" for item in value]
    return lines


def _insert(
    source: _Source, fields: Fields, holder: Fields, name: str, value: str | Sequence[str], *, nested: bool
) -> list[str]:
    lines = list(source.lines)
    if nested:
        last = max((k for k in holder if isinstance(k, Text)), key=lambda k: k.line)
        if last.line == holder.key(next(iter(holder))).line and len(holder) > 1:
            raise EditError("the map is written on one line; edit the file itself")
        indent = lines[last.line - 1][: last.column - 1]
        if indent.strip():
            raise EditError("the map is written on one line; edit the file itself")
        at = last.line
    else:
        indent = ""
        at = next(i for i, line in enumerate(lines) if i and re.match(r"---[ \t]*\r?\n?\Z", line))
    lines.insert(at, f"{indent}{name}: {_written(value)}{source.newline}")
    return lines


def _end_of_item(lines: list[str], at: int) -> int:
    """The line after a list item, with its continuation lines."""
    at += 1
    while at < len(lines) and re.match(r"[ \t]+\S", lines[at]):
        at += 1
    return at
