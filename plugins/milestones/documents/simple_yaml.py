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
        start = at
        at = found.end()
        depth = len(found[1])
        if found[2] is not None:
            key = _text(found[2], line, depth + 1, found.end(2) - start + 1, True)
            if depth == 0:
                if pending is not None and holder is None:
                    fields[pending] = _empty(pending)
                holder, target = None, fields
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
            pending = key if depth == 0 else pending
            flow = found[6]
            if flow is not None:
                items = _flow(flow, line, found.start(6) - start + 1)
                if items is None or depth:
                    return None
                target[key] = items
                pending = None
            elif (value := _scalar(found, 3, line, start)) is not None:
                target[key] = value
                if depth == 0:
                    pending = None
            elif found.end(2) + 1 != at and fm[found.end(2) + 1 : at].strip():
                return None  # the value is of a kind this reader doesn't know
            elif depth:
                target[key] = _empty(key)
        else:
            value = _scalar(found, 8, line, start)
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


def _text(value: str, line: int, column: int, end: int, plain: bool) -> Text:
    text = Text(value)
    text.line = text.end_line = line
    text.column, text.end_column = column, end
    text.plain = plain
    return text


def _empty(key: Text) -> Text:
    # A YAML parser places the value that isn't there behind the colon.
    return _text("", key.line, key.end_column + 1, key.end_column + 1, True)


def _scalar(found: re.Match[str], group: int, line: int, start: int) -> Text | None:
    plain = found[group + 2]
    if plain is not None:
        if ": " in plain or " #" in plain or plain[-1] == ":":
            return None
        return _text(plain, line, found.start(group + 2) - start + 1, found.end(group + 2) - start + 1, True)
    for quoted in (group, group + 1):
        if found[quoted] is not None:
            return _text(found[quoted], line, found.start(quoted) - start, found.end(quoted) - start + 2, False)
    return None


def _flow(text: str, line: int, column: int) -> Items | None:
    items = Items()
    items.line, items.column = line, column
    inner = text[1:-1]
    at = 0
    while at < len(inner):
        found = _FLOW_ITEM.match(inner, at)
        if found is None:
            return items if not items and not inner.strip() else None
        if found[0].endswith(",") and found.end() == len(inner):
            return None  # a comma at the end
        items.append(_text(found[1], line, column + 1 + found.start(1), column + 1 + found.end(1), True))
        at = found.end()
    return items
