"""The shape of a profile's TOML: which keys there are, and what each may hold.

A repository's own profile is held to it before anything is made of it, so that the engine finds what it expects.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, TypeAlias

from milestones.model import Severity, Status

if TYPE_CHECKING:
    from collections.abc import Iterator

#: A type; a set of words; a list of one shape; alternatives; or a table, in which ``*`` stands for any key.
Shape: TypeAlias = Any

_TEXTS: Shape = {"*": str}
_STATUS = frozenset(status.value for status in Status)
_REFERENCE: Shape = {"match": str, "kind": str, "strict": bool, "by": str, "usual": [str]}
_PLACE: Shape = {
    "name": str,
    "path": str,
    "finished": bool,
    "any_status": bool,
    "status": _STATUS,
    "day": frozenset({"today", "created"}),
    "values": _TEXTS,
    "fields": _TEXTS,
}
_RECORD: Shape = {
    **dict.fromkeys(("kind", "each", "match", "under", "within", "label", "lacking", "schema"), str),
    **dict.fromkeys(("checked", "unchecked"), str),
    **dict.fromkeys(("columns", "values", "lines", "from"), _TEXTS),
    **dict.fromkeys(("body", "adds", "boxed"), bool),
    "lists": (bool, str),
    "level": int,
    "finds": [str],
    "required": [str],
}
_KIND: Shape = {
    **dict.fromkeys(("model", "label", "schema", "front_matter", "id", "plan", "parent", "distinct", "scope"), str),
    **dict.fromkeys(("sequence", "finished", "template", "title", "objective", "head", "part_of"), str),
    **dict.fromkeys(("task_sections", "task_boxes", "more_statuses"), str),
    **dict.fromkeys(("gaps", "loose_statuses", "tasks", "derives", "checked_statuses", "unique", "begins"), bool),
    **dict.fromkeys(("parts_first", "dependencies_first"), bool),
    **{key: [str] for key in ("archived", "sections", "template_text", "resembles", "details", "needs")},
    **{key: [str] for key in ("needs_finished", "same", "without")},
    **dict.fromkeys(("agree", "agree_path", "preferred", "spellings", "lines", "repeats"), _TEXTS),
    "statuses": {"*": _STATUS},
    "implies": _STATUS,
    "attributes": {"*": (str, [str])},
    "task_list": {"list": str, "text": str, "status": str, "done": [str], "dropped": [str]},
    "places": [_PLACE],
    "references": [_REFERENCE],
    "plans": [{"match": str, "kind": str, "strict": bool}],
    "records": [_RECORD],
}
_FIELD: Shape = {
    **dict.fromkeys(("match", "pattern", "separator"), str),
    **dict.fromkeys(("width", "first", "last", "longest"), int),
}
PROFILE: Shape = {
    **dict.fromkeys(("name", "title", "root", "description", "ledger", "evidence", "space", "plan_title"), str),
    **{key: [str] for key in ("ignore", "near_roots", "other_roots")},
    "loose_ids": bool,
    "severity": {"*": frozenset({"off", *(severity.value for severity in Severity)})},
    "configuration": {"files": [str], "plan_title": str, "root": str},
    "registry": {"path": str, "list": str, "kind": str, "keys": [str]},
    "fields": {"*": _FIELD},
    "defaults": {"*": [{"path": str, "key": str, "match": str}]},
    "counts": [{"kind": str, "kinds": [str], "field": str, "scope": [str], "member": [str], "first": int}],
    "kinds": {"*": _KIND},
}
_WIDEST = 20
#: Where regular expressions stand: keys of the profile, of a kind, and of what is listed in a kind.
_PATTERNS = ("ignore", "near_roots", "evidence")
_KIND_PATTERNS = ("title", "objective", "head", "part_of", "task_sections", "task_boxes", "resembles")
_LISTED_PATTERNS = ("match", "under", "within", "label", "lacking", "finds", "columns")
_CALLED = {str: "text", bool: "true or false", int: "a whole number"}


class SlowPatternError(ValueError):
    """A regular expression that can take exponential time."""

    def __init__(self, pattern: str, at: str, why: str) -> None:
        super().__init__(f"{at}: matching this pattern can take for ever: {why}")
        self.pattern = pattern


def require(data: Any) -> None:
    """Raises ValueError for the first key that is unknown, or whose value is of the wrong kind."""
    from milestones.profiles import patterns

    fault = _fault(data, PROFILE, "")
    if fault:
        raise ValueError(fault)
    for at, pattern in patterns_of(data):
        why = patterns.fault(pattern)
        if why:
            raise SlowPatternError(pattern, at, why)
    for name, field in data.get("fields", {}).items():
        if any(re.compile(field.get(key, "")).groups for key in ("match", "pattern")):
            raise ValueError(f"fields.{name} has a group, and groups are for the field itself: write (?:…)")
        if field.get("width", 0) > _WIDEST:
            raise ValueError(f"fields.{name}.width is more than {_WIDEST}")
    for name, kind in data.get("kinds", {}).items():
        for key, group in (("title", "title"), ("objective", "text")):
            if key in kind and group not in re.compile(kind[key]).groupindex:
                raise ValueError(f"kinds.{name}.{key} has no group {group!r}: (?P<{group}>…)")


def patterns_of(data: Any) -> Iterator[tuple[str, str]]:
    """Every regular expression of a profile, with the key that holds it."""
    yield from _texts(data, _PATTERNS, "")
    for name, field in data.get("fields", {}).items():
        yield from _texts(field, ("match", "pattern"), f"fields.{name}.")
    for name, entries in data.get("defaults", {}).items():
        for one in entries:
            yield from _texts(one, ("match",), f"defaults.{name}.")
    for name, kind in data.get("kinds", {}).items():
        yield from _texts(kind, _KIND_PATTERNS, f"kinds.{name}.")
        for key in ("references", "plans", "records"):
            for one in kind.get(key, ()):
                yield from _texts(one, _LISTED_PATTERNS, f"kinds.{name}.{key}.")


def _texts(table: Any, keys: tuple[str, ...], at: str) -> Iterator[tuple[str, str]]:
    for key in keys:
        value = table.get(key, ())
        texts = [value] if isinstance(value, str) else value.values() if isinstance(value, dict) else value
        yield from ((f"{at}{key}", text) for text in texts)


def _fault(value: Any, shape: Shape, at: str) -> str:
    if isinstance(shape, dict):
        if isinstance(value, dict):
            unknown = next((key for key in value if key not in shape and "*" not in shape), None)
            if unknown is not None:
                return f"{f'{at}: ' if at else ''}there is no key {unknown!r}"
            steps = ((f"{at}.{key}".lstrip("."), v, shape.get(key, shape.get("*"))) for key, v in value.items())
            return next((fault for step, v, inner in steps if (fault := _fault(v, inner, step))), "")
    elif isinstance(shape, list):
        if isinstance(value, list):
            return next((fault for n, v in enumerate(value) if (fault := _fault(v, shape[0], f"{at}[{n}]"))), "")
    elif isinstance(shape, tuple):
        if any(not _fault(value, one, at) for one in shape):
            return ""
    elif isinstance(shape, frozenset):
        if isinstance(value, str) and value in shape:
            return ""
    elif type(value) is shape and (shape is not int or 0 <= value < 10**9):
        return ""
    return f"{at} should be {_called(shape)}"


def _called(shape: Any) -> str:
    if isinstance(shape, dict):
        return "a table"
    if isinstance(shape, list):
        return "a list of tables" if isinstance(shape[0], dict) else f"a list of {_called(shape[0])}s"
    if isinstance(shape, tuple):
        return " or ".join(map(_called, shape))
    return ", ".join(sorted(shape)) if isinstance(shape, frozenset) else _CALLED[shape]


__all__ = ["PROFILE", "SlowPatternError", "patterns_of", "require"]
