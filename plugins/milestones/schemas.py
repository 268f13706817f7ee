"""JSON Schemas: where they are, a fast check that only ever accepts, and jsonschema's last word on the rest.

A front matter value is text until its schema says otherwise: ``ms: 3`` is an integer because the schema wants
one, ``title: 2026`` is text for the same reason. ``typed`` makes that step.

``Acceptor`` knows the keywords that front matter schemas use and says True only where jsonschema would. Anything
else, a keyword it does not know included, goes to ``explain``, which imports jsonschema.
"""

from __future__ import annotations

import os
import re
import sys
from functools import lru_cache
from typing import TYPE_CHECKING, Any, NamedTuple

from milestones import parsed
from milestones.documents.days import calendar_date
from milestones.documents.values import NULLS, Fields, Items, Text, is_text

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    Check = Callable[[Any], bool]

_HERE = os.path.dirname(__file__)
# In an installed package the schemas lie inside it; in a checkout they are at its top.
_FOLDERS = (os.path.join(_HERE, "schemas"), os.path.join(_HERE, "..", "..", "schemas"))


class SchemaNotFound(LookupError):
    """There is no schema of that name."""


def folder() -> str:
    """The folder of the bundled schemas."""
    return next(f for f in _FOLDERS if os.path.isfile(os.path.join(f, "milestone.schema.json")))


def names() -> list[str]:
    """The kinds of schema there are: ``milestone``, ``plan``, ``config`` …"""
    suffix = ".schema.json"
    return sorted(name.removesuffix(suffix) for name in os.listdir(folder()) if name.endswith(suffix))


def text(name: str) -> str:
    """A schema as it ships, or one of a repository's own profile by its absolute path. Raises SchemaNotFound."""
    own = os.path.isabs(name)
    path = name if own else os.path.join(folder(), f"{name}.schema.json")
    if not (own or re.fullmatch(r"[a-z0-9-]+", name)) or not os.path.isfile(path):
        raise SchemaNotFound(name)
    with open(path, "rb") as file:
        return file.read().decode("utf-8")


@lru_cache(maxsize=32)
def load(name: str) -> dict[str, Any]:
    """A schema as data; shared, so don't change it. Raises SchemaNotFound."""
    schema: dict[str, Any] = parsed.json(text(name).encode("utf-8"))
    return schema


#: Whole numbers as JSON writes them, no longer than any plan counts; Python refuses to read very long ones.
_INTEGER = re.compile(r"(?:0|-?[1-9][0-9]{0,17})\Z")


def typed(value: Any, schema: Mapping[str, Any]) -> Any:
    """A front matter value as its schema sees it: plain ``str``, ``int``, ``bool``, ``None``, ``list`` and ``dict``.

    Only what was written without quotes can be anything but text. Where the schema is silent, text stays text.
    """
    if isinstance(value, str):
        if getattr(value, "plain", False):
            wanted = schema.get("type")
            if value.empty:  # type: ignore[attr-defined]
                return None
            if wanted == "integer" and _INTEGER.match(value):
                return int(value)
            if wanted == "boolean" and value in ("true", "false"):
                return value == "true"
        return str(value)
    if isinstance(value, dict):
        properties = schema.get("properties", {})
        rest = schema.get("additionalProperties", {})
        rest = rest if isinstance(rest, dict) else {}
        return {str(key): typed(inner, properties.get(key, rest)) for key, inner in value.items()}
    if isinstance(value, list):
        items = schema.get("items", {})
        return [typed(inner, items) for inner in value]
    return value


@lru_cache(maxsize=256)
def pattern(source: str) -> re.Pattern[str]:
    """A schema's pattern as JSON Schema means it: ``$`` is the very end of the text, ``\\d`` an ASCII digit.

    Python's ``$`` also matches before a trailing line break, and its ``\\d`` accepts the digits of every script.
    """
    return re.compile(re.sub(r"(?<!\\)((?:\\\\)*)\$", r"\1\\Z", source).replace(r"\d", "[0-9]"))


_ANNOTATIONS = frozenset({"$schema", "$id", "$comment", "title", "description", "examples", "default", "$defs"})
_PLAIN_TEXT = _ANNOTATIONS | {"type", "pattern", "minLength", "maxLength", "format", "enum"}
_TYPES: dict[str, Check] = {
    "string": lambda v: isinstance(v, str),
    "integer": lambda v: isinstance(v, int) and not isinstance(v, bool),
    "boolean": lambda v: isinstance(v, bool),
    "null": lambda v: v is None,
    "array": lambda v: isinstance(v, list),
    "object": lambda v: isinstance(v, dict),
}


def _unknown(_: Any) -> bool:
    return False


class Acceptor:
    """A schema compiled to closures. Calling it says True only for values that jsonschema accepts too."""

    def __init__(self, schema: Mapping[str, Any]) -> None:
        self._check = _compile(schema)
        self._written = _compile_written(schema)

    def __call__(self, value: Any) -> bool:
        """True where the value is certainly valid; False where jsonschema has to look."""
        return self._check(value)

    def written(self, value: Any) -> bool:
        """The same for a front matter value that ``typed`` has not seen yet, without making what it would make."""
        return self._written(value)


@lru_cache(maxsize=32)
def acceptor(name: str) -> Acceptor:
    """The acceptor of a bundled schema."""
    return Acceptor(load(name))


def _compile(schema: Any) -> Check:
    if schema is True:
        return lambda _: True
    if not isinstance(schema, dict):
        return _unknown
    if schema.get("type") == "string" and schema.keys() <= _PLAIN_TEXT and schema.get("format", "date") == "date":
        return _string(schema)
    checks: list[Check] = []
    for keyword, argument in schema.items():
        if keyword in _ANNOTATIONS or keyword in ("additionalProperties", "required"):
            continue
        maker = _MAKERS.get(keyword)
        if maker is None:
            return _unknown
        checks.append(maker(argument, schema))
    if "properties" not in schema and ("additionalProperties" in schema or "required" in schema):
        checks.append(_object({}, schema))
    if len(checks) == 1:
        return checks[0]
    if len(checks) == 2:
        first, second = checks
        return lambda v: first(v) and second(v)

    def every(value: Any) -> bool:
        for check in checks:  # noqa: SIM110 - a loop is faster than all() over a generator
            if not check(value):
                return False
        return True

    return every


def _compile_written(schema: Any) -> Check:
    """``_compile`` for values as they were written. What is unusual is typed first, and then looked at."""
    if isinstance(schema, dict):
        keys, kind = schema.keys() - _ANNOTATIONS, schema.get("type")
        if kind == "string" and schema.keys() <= _PLAIN_TEXT and schema.get("format", "date") == "date":
            return _written_string(schema)
        if kind == "boolean" and keys == {"type"}:
            return lambda v: is_text(v) and v.plain and v in ("true", "false")
        if kind == "integer" and keys <= {"type", "minimum", "maximum"}:
            least, most = schema.get("minimum", -sys.maxsize), schema.get("maximum", sys.maxsize)
            return lambda v: is_text(v) and v.plain and _INTEGER.match(v) is not None and least <= int(v) <= most
        if kind == "array" and keys <= {"type", "items", "uniqueItems", "minItems", "maxItems"}:
            return _written_array(schema)
        if kind == "object" and keys <= {"type", "properties", "required", "additionalProperties"}:
            test = _object(schema.get("properties", {}), schema, _compile_written)
            return lambda v: type(v) is Fields and test(v)
    check = _compile(schema)
    return lambda v: check(typed(v, schema if isinstance(schema, dict) else {}))


#: How many values a schema's string remembers. Ids are never seen again; what else there is, is less.
_REMEMBERED = 2048


def _written_string(schema: Mapping[str, Any]) -> Check:
    search = pattern(schema.get("pattern", "")).search
    least, most = schema.get("minLength", 0), schema.get("maxLength", sys.maxsize)
    dated = schema.get("format") == "date"
    words = frozenset(schema["enum"]) if "enum" in schema else None
    accepted: set[str] = set()  # labels, names and dates come back, and to know one is faster than to match it again

    def check(value: Any) -> bool:
        if type(value) is Text and value in accepted:
            return True
        if not is_text(value) or not least <= len(value) <= most:
            return False
        if words is not None and value not in words:
            return False
        if (dated and not calendar_date(value)) or search(value) is None:
            return False
        if len(accepted) < _REMEMBERED and value not in NULLS:  # those are text in quotes only
            accepted.add(str(value))
        return True

    return check


def _written_array(schema: Mapping[str, Any]) -> Check:
    inner = _compile_written(schema.get("items", True))
    least, most = schema.get("minItems", 0), schema.get("maxItems", sys.maxsize)
    unique = bool(schema.get("uniqueItems"))

    def check(value: Any) -> bool:
        if type(value) is not Items or not least <= len(value) <= most:
            return False
        for item in value:
            if not inner(item):
                return False
        # Only text is compared here; what else a list may hold twice is for jsonschema to say.
        return not unique or (all(map(is_text, value)) and len(set(value)) == len(value))

    return check


def _string(schema: Mapping[str, Any]) -> Check:
    """Text with the usual limits, by far the commonest schema, as one closure."""
    search = pattern(schema.get("pattern", "")).search
    least, most = schema.get("minLength", 0), schema.get("maxLength", sys.maxsize)
    if schema.get("format") == "date":
        return lambda v: type(v) is str and calendar_date(v) and search(v) is not None and least <= len(v) <= most
    words = frozenset(schema.get("enum", ()))
    if "enum" in schema:
        return lambda v: type(v) is str and v in words and search(v) is not None and least <= len(v) <= most
    return lambda v: type(v) is str and least <= len(v) <= most and search(v) is not None


def _type(argument: Any, _: Any) -> Check:
    if isinstance(argument, list):
        options = [_TYPES.get(name, _unknown) for name in argument]
        return lambda v: any(option(v) for option in options)
    return _TYPES.get(argument, _unknown)


def _enum(argument: Any, _: Any) -> Check:
    # 1 == True in Python but not in JSON: only text is compared here.
    words = frozenset(word for word in argument if isinstance(word, str))
    return lambda v: isinstance(v, str) and v in words


def _object(
    properties: Mapping[str, Any], schema: Mapping[str, Any], compiled: Callable[[Any], Check] | None = None
) -> Check:
    compiled = compiled or _compile
    known = {name: compiled(inner) for name, inner in properties.items()}
    rest = compiled(schema.get("additionalProperties", True))
    required = tuple(schema.get("required", ()))

    def check(value: Any) -> bool:
        if not isinstance(value, dict):
            return True
        for name in required:
            if name not in value:
                return False
        for name, inner in value.items():
            test = known.get(name)
            if test is None:
                test = rest
            if not test(inner):
                return False
        return True

    return check


def _text(test: Check) -> Check:
    return lambda v: not isinstance(v, str) or test(v)


def _array(test: Check) -> Check:
    return lambda v: not isinstance(v, list) or test(v)


def _number(test: Check) -> Check:
    return lambda v: isinstance(v, bool) or not isinstance(v, int) or test(v)


def _items(argument: Any, _: Any) -> Check:
    inner = _compile(argument)
    return _array(lambda v: all(inner(item) for item in v))


def _unique(argument: Any, _: Any) -> Check:
    if not argument:
        return lambda _: True
    return _array(lambda v: all(isinstance(item, str) for item in v) and len(set(v)) == len(v))


def _pattern(argument: str, _: Any) -> Check:
    search = pattern(argument).search
    return _text(lambda v: search(v) is not None)


_MAKERS: dict[str, Callable[[Any, Any], Check]] = {
    "type": _type,
    "enum": _enum,
    "const": lambda argument, schema: _enum([argument], schema),
    "properties": _object,
    "items": _items,
    "uniqueItems": _unique,
    "pattern": _pattern,
    "format": lambda name, _: _text(calendar_date) if name == "date" else _unknown,
    "minLength": lambda n, _: _text(lambda v: len(v) >= n),
    "maxLength": lambda n, _: _text(lambda v: len(v) <= n),
    "minItems": lambda n, _: _array(lambda v: len(v) >= n),
    "maxItems": lambda n, _: _array(lambda v: len(v) <= n),
    "minimum": lambda n, _: _number(lambda v: v >= n),
    "maximum": lambda n, _: _number(lambda v: v <= n),
}


class Violation(NamedTuple):
    """Where a value breaks its schema: the path to it, the keyword, the keyword's argument, and the value."""

    path: tuple[str | int, ...]
    keyword: str
    argument: Any
    value: Any
    message: str


def explain(value: Any, schema: Mapping[str, Any]) -> list[Violation]:
    """Every way in which a value breaks a schema, by jsonschema; empty for a valid one."""
    return [
        Violation(
            tuple(error.absolute_path),
            str(error.validator),
            error.validator_value,
            error.instance,
            error.message,
        )
        for error in sorted(_validator_class()(schema, format_checker=_formats()).iter_errors(value), key=_order)
    ]


def _order(error: Any) -> tuple[list[str], str]:
    return [str(step) for step in error.absolute_path], str(error.validator)


@lru_cache(maxsize=1)
def _validator_class() -> Any:
    import jsonschema

    def check_pattern(_validator: Any, source: str, instance: Any, _schema: Any) -> Any:
        if isinstance(instance, str) and not pattern(source).search(instance):
            yield jsonschema.ValidationError(f"{instance!r} does not match {source!r}")

    return jsonschema.validators.extend(  # type: ignore[no-untyped-call]
        jsonschema.Draft202012Validator, {"pattern": check_pattern}
    )


@lru_cache(maxsize=1)
def _formats() -> Any:
    import jsonschema

    checker = jsonschema.FormatChecker(formats=())
    checker.checks("date")(lambda v: not isinstance(v, str) or calendar_date(v))
    return checker
