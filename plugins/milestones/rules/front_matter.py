"""FM: keys, types, vocabularies, dates, and ids that agree."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from milestones import schemas
from milestones.documents.days import calendar_date, day
from milestones.documents.values import Fields, Items, Text
from milestones.model import Finding, Position, Related, Severity
from milestones.rules.nearest import nearest, readable

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from milestones.model import Status
    from milestones.profiles.kinds import Kind, RecordSpec
    from milestones.project.entry import Entry
    from milestones.project.project import Project
    from milestones.schemas import Violation

DATES = ("created", "updated", "start", "due")


def document(project: Project, entry: Entry, wanted: frozenset[str]) -> Iterator[Finding]:
    """Check front matter by its schema, then what a schema can't say."""
    fields = entry.fields
    if fields is None:
        return
    schema = entry.kind.schema
    if not fields and any(finding.code == "RD005" for finding in entry.document.findings):
        schema = ""  # there is no front matter, and that has been said
    if schema and not schemas.acceptor(schema).written(fields):
        violations = schemas.explain(entry.values, schemas.load(schema))
        misshapen = {violation.path for violation in violations if violation.keyword == "pattern"}
        for violation in violations:
            # Text too short for its pattern breaks both; one fault, one finding.
            if violation.keyword != "minLength" or violation.path not in misshapen:
                yield from _violation(entry, fields, violation)
    for spec in entry.kind.records:
        if spec.schema:
            yield from _spoken(entry, spec)
    if entry.kind.checked_statuses:
        yield from _status(entry, wanted)
    yield from _dates(entry)
    if entry.kind.id is not None:
        yield from _identity(project, entry)
    if entry.kind.repeats and entry.located is not None:
        yield from _repeated(entry, entry.located.fields)


def _status(entry: Entry, wanted: frozenset[str]) -> Iterator[Finding]:
    """A status of free words: one of those that the repository's settings list, else one that is understood."""
    word = entry.written("status")
    if "FM004" not in wanted or word is None or not word.strip():
        return
    if entry.located is not None and entry.located.place.any_status:
        return
    words = entry.kind.vocabulary
    if words:
        if word.strip().casefold() in {known.casefold() for known in words}:
            return
    elif entry.status is not None:
        return
    shown = list(words) or list(dict.fromkeys(entry.kind.statuses))[:8]
    near = nearest(word.casefold(), [known.casefold() for known in shown], n=1, cutoff=0.6)
    right = next((known for known in shown if near and known.casefold() == near[0]), None)
    if right is None and entry.status is not None:
        right = next((known for known in shown if entry.kind.statuses.get(known.casefold()) is entry.status), None)
    help = f"write `{right}`; the words are {', '.join(shown)}" if right else f"it is one of {', '.join(shown)}"
    message = f"`status` can't be `{_shown(word)}`" if words else f"`{_shown(word)}` is no status that is known"
    yield Finding("FM004", entry.path, message, word.position, help)


def _spoken(entry: Entry, spec: RecordSpec) -> Iterator[Finding]:
    """Check what a document says of others by the schema of such sayings."""
    from milestones.project import records

    for record in records.of_entry(entry):
        if record.spec is not spec or schemas.acceptor(spec.schema).written(record.fields):
            continue
        schema = schemas.load(spec.schema)
        for violation in schemas.explain(_spelt(schemas.typed(record.fields, schema), schema), schema):
            statuses = record.kind.statuses
            for code, position, message, help in described(record.fields, violation, spec.schema, statuses):
                own = position if position != Position(1, 1, 4) else Position(record.line, 1, 2)
                yield Finding(code, entry.path, f"{record.id}: {message}", own, help)


def _spelt(values: Any, schema: dict[str, Any]) -> Any:
    """Words of a labelled line in the letter case of the vocabulary: a list in prose begins with a capital."""
    for key, inner in schema.get("properties", {}).items():
        value = values.get(key)
        if isinstance(value, str) and value not in inner.get("enum", (value,)):
            values[key] = next((word for word in inner["enum"] if str(word).casefold() == value.casefold()), value)
    return values


def whole(_project: Project, entries: list[Entry], _wanted: frozenset[str]) -> Iterator[Finding]:
    """Check what only all the files together show."""
    yield from _spellings(entries)


def _at(fields: Fields, path: tuple[str | int, ...]) -> tuple[Any, Position]:
    """The value at a path and its position; the nearest thing above it that has one."""
    value: Any = fields
    position = Position(1, 1, 4)
    for step in path:
        if isinstance(value, dict) and isinstance(step, str):
            position = value.key(step).position if isinstance(value, Fields) else position
            value = value[step]
        elif isinstance(value, list) and isinstance(step, int):
            value = value[step]
        else:
            break
        if (isinstance(value, Text) and (not value.empty or value)) or (
            isinstance(value, Items | Fields) and not isinstance(step, str)
        ):
            position = value.position
    return value, position


def _violation(entry: Entry, fields: Fields, violation: Violation) -> Iterator[Finding]:
    for code, position, message, help in described(fields, violation, entry.kind.schema, entry.kind.statuses):
        yield Finding(code, entry.path, message, position, help)


def describe(kind: Kind, fields: Fields, violation: Violation) -> tuple[str, str]:
    """The message and the help of a schema violation, for commands that refuse to cause it."""
    for _, _, message, help in described(fields, violation, kind.schema, kind.statuses):
        return message, help
    return f"`{'.'.join(map(str, violation.path))}` is not valid", ""


def described(
    fields: Fields, violation: Violation, name_of_schema: str, statuses: Mapping[str, Status]
) -> Iterator[tuple[str, Position, str, str]]:
    """Code, position, message and help: what a compiler would say instead of what a validator does.

    ``statuses`` says what words for a status mean, so that another word for the right one leads to it.
    """
    value, position = _at(fields, violation.path)
    name = ".".join(str(step) for step in violation.path)
    schema = schema_at(schemas.load(name_of_schema), violation.path)
    keyword = violation.keyword
    if keyword == "required":
        inner_schemas = schema.get("properties", {})
        for key in violation.argument:
            if key not in violation.value:
                inner = inner_schemas.get(key, {})
                because = f"; {_lower(inner['description'])}" if "description" in inner else ""
                message = f"the key `{f'{name}.' if name else ''}{key}` is missing"
                yield "FM001", position, message, f"add `{key}: {_example(inner)}`{because}"
    elif keyword == "additionalProperties":
        known = list(schema.get("properties", {}))
        for key in violation.value:
            if key not in known:
                near = nearest(key, known, n=1)
                at = fields.key(key).position if not violation.path else position
                help = f"did you mean `{near[0]}`?" if near else f"the keys are {', '.join(known)}"
                yield "FM002", at, f"there is no key `{key}`", help
    elif keyword == "type":
        help = _type_help(name, value, violation, schema)
        yield "FM003", position, _type_message(name, value, violation), help
    elif keyword in ("enum", "const"):
        if value is None or (isinstance(value, Text) and value.empty):
            return  # an empty value breaks its type too, or has none to break; the type says it better
        yield "FM004", position, f"`{name}` can't be `{_shown(value)}`", _word_help(statuses, violation)
    elif schema.get("format") == "date" and keyword in ("format", "pattern"):
        # A date breaks its pattern and its format together; one fault, one finding.
        if keyword == "format":
            yield "FM005", position, f"`{name}` is not a date: `{_shown(value)}`", _date_help(violation.value)
    else:
        yield "FM006", position, _format_message(name, value, violation), _format_help(schema, violation)


def schema_at(schema: dict[str, Any], path: tuple[str | int, ...]) -> dict[str, Any]:
    """The part of a schema that speaks of the value at a path; empty where none does."""
    for step in path:
        if isinstance(step, int):
            schema = schema.get("items", {})
        else:
            rest = schema.get("additionalProperties", {})
            schema = schema.get("properties", {}).get(step, rest if isinstance(rest, dict) else {})
    return schema


def _example(schema: dict[str, Any]) -> str:
    example = schema.get("examples", ["…"])[0]
    if isinstance(example, str):
        return f'"{example}"' if example[:1] in "@`%&*!" or ": " in example else example
    import json

    return json.dumps(example, ensure_ascii=False)


def _lower(text: str) -> str:
    return text[:1].lower() + text[1:].rstrip(".")


def _shown(value: object) -> str:
    text = str(value)
    return text if len(text) <= 60 else text[:59] + "…"


_A = {
    "string": "text",
    "integer": "a whole number",
    "boolean": "true or false",
    "array": "a list",
    "object": "a map",
}


def _kind_of(value: object) -> str:
    if isinstance(value, Items):
        return "a list"
    if isinstance(value, Fields):
        return "a map"
    return "text"


def _type_message(name: str, value: Any, violation: Violation) -> str:
    if value is None or (isinstance(value, Text) and value.empty):
        return f"`{name}` is empty"
    types = violation.argument if isinstance(violation.argument, list) else [violation.argument]
    wanted = " or ".join(_A.get(type_, str(type_)) for type_ in types if type_ != "null")
    if isinstance(value, Text):
        return f"`{name}` must be {wanted}, and `{_shown(value)}` is not"
    return f"`{name}` must be {wanted}, not {_kind_of(value)}"


def _type_help(name: str, value: Any, violation: Violation, schema: dict[str, Any]) -> str:
    if isinstance(value, Text) and not value.plain and violation.argument in ("integer", "boolean"):
        return "remove the quotes"
    if isinstance(value, Text) and violation.argument == "integer" and value.isascii() and value.isdigit():
        return f"write `{name}: {value.lstrip('0') or '0'}`, without padding"
    if violation.argument == "array" and isinstance(value, Text) and not value.empty:
        return f"write it as a list: `{name}: [{value}]`"
    last = name.rpartition(".")[2]
    return f"write for example `{'-' if last.isdigit() else f'{last}:'} {_example(schema)}`"


def _word_help(statuses: Mapping[str, Status], violation: Violation) -> str:
    words = [str(word) for word in violation.argument]
    value = str(violation.value)
    near = nearest(value.casefold().replace("-", "_").replace(" ", "_"), words, n=1, cutoff=0.6)
    if violation.path[:1] == ("status",) and (meaning := statuses.get(value.casefold())):
        near = [word for word in words if statuses.get(word) is meaning][:1] or near
    if near:
        return f"write `{near[0]}`; the words are {', '.join(words)}"
    return f"it is one of {', '.join(words)}"


def _date_help(value: object) -> str:
    text = str(value)
    if re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", text):
        return "the calendar has no such day"
    parts = re.match(r"([0-9]{4})[-/.]?([0-9]{1,2})[-/.]?([0-9]{1,2})", text)
    if parts:
        iso = f"{parts[1]}-{int(parts[2]):02}-{int(parts[3]):02}"
        if calendar_date(iso):
            return f"write `{iso}`"
    return "write it as `YYYY-MM-DD`"


def _format_message(name: str, value: Any, violation: Violation) -> str:
    keyword, argument = violation.keyword, violation.argument
    if keyword == "minLength":
        return f"`{name}` is empty" if argument == 1 else f"`{name}` is shorter than {argument} characters"
    if keyword == "maxLength":
        return f"`{name}` is longer than {argument} characters"
    if keyword == "uniqueItems":
        twice = next((str(item) for i, item in enumerate(value) if item in value[:i]), "an item")
        return f"`{name}` lists `{_shown(twice)}` twice"
    if keyword in ("minimum", "maximum"):
        return f"`{name}` must be {'at least' if keyword == 'minimum' else 'at most'} {argument}"
    if keyword in ("minItems", "maxItems"):
        return f"`{name}` must have {'at least' if keyword == 'minItems' else 'at most'} {argument} items"
    if keyword == "pattern":
        if isinstance(value, Text) and "\n" in value:
            return f"`{name}` spans several lines"
        if not str(value).strip():
            return f"`{name}` is empty"
        return f"`{name}` has the wrong form: `{_shown(value)}`"
    return f"`{name}`: {violation.message}"


def _format_help(schema: dict[str, Any], violation: Violation) -> str:
    if violation.keyword == "pattern" and "<" in str(violation.value):
        return "remove the HTML; write `&lt;` or put code in backticks where a `<` is meant"
    if violation.keyword == "pattern" and "script:" in str(violation.value).casefold():
        return "link to a path or an http(s) address"
    description = _lower(schema.get("description", ""))
    return f"write for example `{_example(schema)}`" + (f": {description}" if description else "")


def _dates(entry: Entry) -> Iterator[Finding]:
    texts = {key: text for key in DATES if (text := entry.written(key)) is not None}
    if len(texts) < 2:
        return
    for early, late, code in (("created", "updated", "FM007"), ("start", "due", "FM008")):
        one, two = texts.get(early), texts.get(late)
        if one is None or two is None:
            continue
        if entry.kind.attributes:  # a convention of its own may write days with a time, or in words
            first, second = day(str(one)), day(str(two))
            wrong = first is not None and second is not None and second < first
        else:
            wrong = two < one and calendar_date(str(one)) and calendar_date(str(two))
        if wrong:
            yield Finding(
                code,
                entry.path,
                f"`{late}` {two} is before `{early}` {one}",
                two.position,
                f"correct whichever is wrong; `{late}` can't come first",
                (Related(entry.path, one.line, f"`{early}` is here"),),
            )
    if len({text.plain for text in texts.values()}) > 1:
        quoted = next(text for text in texts.values() if not text.plain)
        key = next(key for key, text in texts.items() if text is quoted)
        bare = next(key for key, text in texts.items() if text.plain)
        yield Finding(
            "FM012",
            entry.path,
            f"`{key}` is quoted and `{bare}` is not",
            quoted.position,
            f"write `{key}: {quoted}`; a tool that rewrites the file quotes some dates and not others",
            severity=Severity.INFO,
        )


def _identity(project: Project, entry: Entry) -> Iterator[Finding]:
    own = entry.written("id")
    assert entry.kind.id is not None
    parts = entry.kind.id.read(own) if own is not None else None
    if own is not None and parts is not None:
        for key, template in entry.kind.agree.items():
            value = entry.written(key)
            expected = agreed(template, parts)
            if value is None or expected is None or value.casefold() == expected.casefold():
                continue  # the letter case of an id is the schema's finding
            if _well_formed(entry, key, template):
                yield Finding(
                    "FM009",
                    entry.path,
                    f"`{key}` is {value}, but `id` says {expected}",
                    value.position,
                    f"write `{key}: {expected}`, or correct `id`",
                    (Related(entry.path, own.line, f"`id` is {own}"),),
                )
        in_path = entry.id_in_path
        if in_path is not None and own != in_path and _folded(entry, own) != _folded(entry, in_path):
            yield Finding(
                "FM010",
                entry.path,
                f"`id` is {own}, but the file's path says {in_path}",
                own.position,
                _path_help(project, entry, str(own), parts),
            )
    if entry.kind.agree_path and entry.located is not None:
        yield from _path_agrees(project, entry, entry.located.fields)
    if entry.kind.nested:
        yield from _plan_exists(project, entry, parts)


def _path_agrees(project: Project, entry: Entry, parts: Mapping[str, str]) -> Iterator[Finding]:
    """Keys that repeat a part of the path say what it says."""
    for key, template in entry.kind.agree_path.items():
        value = entry.written(key)
        if value is None or not value.strip():
            continue
        expected = re.sub(r"\{([a-z_.]+)\}", lambda found: parts.get(found[1], ""), template)
        if project.id_key(value) != project.id_key(expected):
            message = f"`{key}` is {value}, but the file's path says {expected}"
            help = f"write `{key}: {expected}`, or move the file to where it belongs"
            yield Finding("FM010", entry.path, message, value.position, help)


def _repeated(entry: Entry, parts: Mapping[str, str]) -> Iterator[Finding]:
    """Keys that repeat a number of the path in words of their own: ``phase: 03-storage`` in phase 3."""
    for key, field in entry.kind.repeats.items():
        value = entry.written(key)
        number = parts.get(field)
        if value is None or number is None or not re.search("[0-9]", value):
            continue
        said = {_unpadded(text) for text in re.findall(r"[0-9]+(?:\.[0-9]+)*[A-Za-z]?", value)}
        if _unpadded(number) not in said and _unpadded(number).rstrip("abcdefgh") not in said:
            yield Finding(
                "FM010",
                entry.path,
                f"`{key}` is `{_shown(value)}`, but the file's path says {number}",
                value.position,
                f"write `{key}: {number}`, or move the file to where it belongs",
            )


def _unpadded(number: str) -> str:
    return re.sub(r"(?:(?<=\.)|^)0+(?=[0-9])", "", number).casefold()


def _folded(entry: Entry, id_: str) -> str:
    """An id without its padding: a wrong width is another rule's finding."""
    parts = (entry.kind.id.read(id_) if entry.kind.id is not None else None) or {}
    return "|".join(f"{k}={v.lstrip('0') if v.isdigit() else v.casefold()}" for k, v in sorted(parts.items()))


def _well_formed(entry: Entry, key: str, template: str) -> bool:
    """True where the value has the type that the template speaks of; otherwise its type is the finding."""
    return isinstance(entry.values.get(key), int if template.endswith(":int}") else str)


def agreed(template: str, parts: Mapping[str, str]) -> str | None:
    """What a key that repeats a part of the id must say, or None where the id has no such part."""
    name, _, form = template.strip("{}").partition(":")
    value = parts.get(name)
    if value is None:
        return None
    # Not int(): it refuses text of more than 4,300 digits.
    return (value.lstrip("0") or "0") if form == "int" else value


def _path_help(project: Project, entry: Entry, own: str, parts: dict[str, str]) -> str:
    if entry.located is None:
        return "correct whichever is wrong"
    fields = {**entry.located.fields, **parts}
    try:
        path = entry.located.place.template.build(fields)
    except (KeyError, ValueError):
        return "correct whichever is wrong"
    if path == entry.path or project.by_path_id.get(own):
        return f"write `id: {entry.id_in_path}`, or move the file to where {own} belongs"
    return f"write `id: {entry.id_in_path}`, or rename the file to `{path.rpartition('/')[2]}`"


def _plan_exists(project: Project, entry: Entry, parts: dict[str, str] | None) -> Iterator[Finding]:
    wanted = (parts or {}).get("plan") or entry.plan_id_in_path
    if wanted is None or project.find(wanted) is not None or project.find(wanted.upper()) is not None:
        return
    own = next((key for key, template in entry.kind.agree.items() if template == "{plan}"), "id")
    source = entry.written(own) or entry.written("id")
    known = [e.id for e in project.of_model("plan") if e.id is not None]
    near = nearest(wanted, known, n=1, cutoff=0.85)
    template = readable(project.profile.kinds["plan"].places[0].template.text.rpartition("/")[2])
    yield Finding(
        "FM011",
        entry.path,
        f"there is no plan {wanted}",
        source.position if source is not None else None,
        f"did you mean {near[0]}?" if near else f"add the plan's own document, `{template}`, to its folder",
    )


def _spellings(entries: list[Entry]) -> Iterator[Finding]:
    """One finding a word, however many files use it: it is a habit of the repository, not a fault of each file."""
    found: dict[tuple[str, str], list[tuple[Entry, Text]]] = {}
    for entry in entries:
        written = entry.written("status") if entry.kind.preferred else None
        preferred = entry.kind.preferred.get(written.casefold()) if written is not None else None
        if written is not None and preferred is not None:
            found.setdefault((written.casefold(), preferred), []).append((entry, written))
    for (word, preferred), places in found.items():
        entry, first = places[0]
        count = f" ({len(places)} files)" if len(places) > 1 else ""
        yield Finding(
            "FM013",
            entry.path,
            f"status `{word}` is read as `{preferred}`{count}",
            first.position,
            f"nothing to mend; `{preferred}` is the word that milestones use for it",
            severity=Severity.INFO,
        )
