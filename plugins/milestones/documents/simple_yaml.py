"""The part of YAML that nearly all front matter is written in, read line by line.

Keys with one-line scalars, flat lists, and maps of one-line scalars one level down; no escapes, no anchors, no
comments, no multi-line text. For text inside this part the result is the same as a YAML parser's, positions
included (a property test holds the two together). For everything else, faults included, ``read`` says None and the
YAML parser has its say. It exists because it is several times as fast.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import NamedTuple

from milestones.documents.values import Fields, Items, Text

_LONGEST = 16 * 1024  # characters; the limit on front matter is the YAML parser's to report
_SCALAR = r"""(?:"([^"\\\n]*)"|'([^'\n]*)'|([A-Za-z0-9_./(](?:[^\n]*[^ \n])?))"""
_LINE = re.compile(
    r"([ ]*)(?:([A-Za-z_][A-Za-z0-9_-]{0,99}):(?:[ ]+(?:" + _SCALAR + r"|(\[[^\n]*\])))?|(-)[ ]+" + _SCALAR + r")[ ]*\Z"
)
#: Groups of the line's pattern: a key alone, a flow sequence, and plain scalars behind a key and behind a dash.
_KEY, _FLOW, _PLAIN = 2, 6, (5, 10)
_FLOW_ITEM = re.compile(r"[ ]*([A-Za-z0-9_](?:[A-Za-z0-9_./ -]*[A-Za-z0-9_./-])?)[ ]*(?:,|\Z)")


class _Line(NamedTuple):
    """What one line says: a key, a value, or both. ``bare`` is a key alone, with the empty value it has so far."""

    depth: int
    key: Text | None
    value: Text | Items
    bare: bool = False


def read(fm: str) -> Fields | None:
    """The front matter's mapping, or None where it is not all of the simple kind. The first line is line 2."""
    if len(fm) > _LONGEST or not fm.replace("\n", "").isprintable():
        return None
    fields = Fields()
    fields.line, fields.column = 2, 1
    holder: Fields | Items | None = None  # what indented lines belong to
    pending: Text | None = None  # a key without a value so far
    nothing: Text | Items = Items()  # the value it has when none follows
    indent = 0
    for number, text in enumerate(fm.removesuffix("\n").split("\n"), 2):
        line = _line(number, text)
        if line is None:
            return None
        depth, key, value, bare = line
        if type(value) is Items:
            value = _copied(value)  # the caller's own: a list can be changed
        if key is None:
            if pending is None:
                return None
            if holder is None:
                holder = Items()
                holder.line, holder.column = number, depth + 1
                fields[pending] = holder
                indent = depth
            elif not isinstance(holder, Items) or depth != indent:
                return None
            holder.append(value)
            continue
        if depth == 0:
            if pending is not None and holder is None:
                fields[pending] = nothing
            holder, target, pending = None, fields, None
        elif isinstance(holder, Fields) and depth == indent:
            target = holder
        elif pending is not None and holder is None:
            target = holder = Fields()
            holder.line, holder.column = number, depth + 1
            fields[pending] = holder
            indent = depth
        else:
            return None
        if key in target:
            return None
        if bare and depth == 0:
            pending, nothing = key, value
        else:
            target[key] = value
    if pending is not None and holder is None:
        fields[pending] = nothing
    return fields or None


# The same lines come back in document after document, most of them at the same place: `status: planned`, `links:`.
# Nobody changes a Text, so documents may share it.
@lru_cache(maxsize=8192)
def _line(number: int, text: str) -> _Line | None:
    """One line taken apart, or None where it is not of the simple kind."""
    found = _LINE.match(text)
    if found is None:
        return None
    kind = found.lastindex or 0
    depth = found.end(1)
    value: Text | Items | None
    if kind > _FLOW:
        value = _scalar(found, kind, number)
        return _Line(depth, None, value) if value is not None else None
    key = Text(found[_KEY])
    key.span = (number, depth + 1, number, found.end(_KEY) + 1)
    key.plain = True
    if kind == _KEY:
        return _Line(depth, key, _empty(key), bare=True)
    if kind == _FLOW and depth:
        return None
    value = _flow(found, number) if kind == _FLOW else _scalar(found, kind, number)
    return _Line(depth, key, value) if value is not None else None


def _copied(items: Items) -> Items:
    copy = Items(items)
    copy.line, copy.column = items.line, items.column
    return copy


def _empty(key: Text) -> Text:
    # A YAML parser places the value that isn't there behind the colon.
    text = Text("")
    column = key.end_column + 1
    text.span = (key.line, column, key.line, column)
    text.plain = True
    return text


def _scalar(found: re.Match[str], group: int, line: int) -> Text | None:
    value = found[group]
    text = Text(value)
    first, last = found.span(group)
    if group in _PLAIN:
        if ": " in value or " #" in value or value[-1] == ":":
            return None
        text.span = (line, first + 1, line, last + 1)  # columns count from 1
        text.plain = True
    else:
        text.span = (line, first, line, last + 2)  # with its quotes
        text.plain = False
    return text


def _flow(found: re.Match[str], line: int) -> Items | None:
    items = Items()
    column = found.start(_FLOW) + 1
    items.line, items.column = line, column
    inner = found[_FLOW][1:-1]
    at, end = 0, len(inner)
    while at < end:
        item = _FLOW_ITEM.match(inner, at)
        if item is None:
            return items if not items and not inner.strip() else None
        at = item.end()
        if at == end and inner[-1] == ",":
            return None  # a comma at the end
        text = Text(item[1])
        first, last = item.span(1)
        text.span = (line, column + 1 + first, line, column + 1 + last)
        text.plain = True
        items.append(text)
    return items
