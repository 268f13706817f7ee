"""The part of YAML that nearly all front matter is written in, read line by line.

Keys with one-line scalars, flat lists, and maps of one-line scalars one level down; no escapes, no anchors, no
comments, no multi-line text. For text inside this part the result is the same as a YAML parser's, positions
included (a property test holds the two together). For everything else, faults included, ``read`` says None and the
YAML parser has its say. It exists because it is several times as fast.
"""

from __future__ import annotations

import re

from milestones.documents.values import Fields, Items, Text

_LONGEST = 16 * 1024  # characters; the limit on front matter is the YAML parser's to report
_SCALAR = r"""(?:"([^"\\\n]*)"|'([^'\n]*)'|([A-Za-z0-9_./(](?:[^\n]*[^ \n])?))"""
_LINE = re.compile(
    r"([ ]*)(?:([A-Za-z_][A-Za-z0-9_-]{0,99}):(?:[ ]+(?:"
    + _SCALAR
    + r"|(\[[^\n]*\])))?|(-)[ ]+"
    + _SCALAR
    + r")[ ]*(?:\n|\Z)"
)
#: Groups of the line's pattern: a key alone, a flow sequence, and plain scalars behind a key and behind a dash.
_KEY, _FLOW, _PLAIN = 2, 6, (5, 10)
_FLOW_ITEM = re.compile(r"[ ]*([A-Za-z0-9_](?:[A-Za-z0-9_./ -]*[A-Za-z0-9_./-])?)[ ]*(?:,|\Z)")


def read(fm: str) -> Fields | None:
    """The front matter's mapping, or None where it is not all of the simple kind. The first line is line 2."""
    if len(fm) > _LONGEST or not fm.replace("\n", "").isprintable():
        return None
    fields = Fields()
    fields.line, fields.column = 2, 1
    holder: Fields | Items | None = None  # what indented lines belong to
    pending: Text | None = None  # a key without a value so far
    indent = 0
    line = 1
    at = 0
    end = len(fm)
    match = _LINE.match
    while at < end:
        line += 1
        found = match(fm, at)
        if found is None:
            return None
        start = at - 1  # columns count from 1
        kind = found.lastindex
        at = found.end()
        depth = found.end(1) - start - 1
        value: Text | Items | None
        if kind is not None and kind < 7:
            key = Text(found[2])
            key_end = found.end(2) - start
            key.span = (line, depth + 1, line, key_end)
            key.plain = True
            if depth == 0:
                if pending is not None and holder is None:
                    fields[pending] = _empty(pending)
                holder, target, pending = None, fields, None
            elif isinstance(holder, Fields) and depth == indent:
                target = holder
            elif pending is not None and holder is None:
                target = holder = Fields()
                holder.line, holder.column = line, depth + 1
                fields[pending] = holder
                indent = depth
            else:
                return None
            if key in target:
                return None
            if kind == _KEY:
                if depth:
                    target[key] = _empty(key)
                else:
                    pending = key
                continue
            value = _scalar(found, kind, line, start) if kind != _FLOW else None if depth else _flow(found, line, start)
            if value is None:
                return None
            target[key] = value
        else:
            value = _scalar(found, kind or 0, line, start)
            if value is None or pending is None:
                return None
            if holder is None:
                holder = Items()
                holder.line, holder.column = line, depth + 1
                fields[pending] = holder
                indent = depth
            elif not isinstance(holder, Items) or depth != indent:
                return None
            holder.append(value)
    if pending is not None and holder is None:
        fields[pending] = _empty(pending)
    return fields or None


def _empty(key: Text) -> Text:
    # A YAML parser places the value that isn't there behind the colon.
    text = Text("")
    column = key.end_column + 1
    text.span = (key.line, column, key.line, column)
    text.plain = True
    return text


def _scalar(found: re.Match[str], group: int, line: int, start: int) -> Text | None:
    value = found[group]
    text = Text(value)
    first, last = found.span(group)
    if group in _PLAIN:
        if ": " in value or " #" in value or value[-1] == ":":
            return None
        text.span = (line, first - start, line, last - start)
        text.plain = True
    else:
        text.span = (line, first - start - 1, line, last - start + 1)
        text.plain = False
    return text


def _flow(found: re.Match[str], line: int, start: int) -> Items | None:
    items = Items()
    column = found.start(_FLOW) - start
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
