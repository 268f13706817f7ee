"""The bundled schemas, and the fast check of them against jsonschema."""

from __future__ import annotations

import copy
import json
import os
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import jsonschema
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from milestones import schemas
from milestones.documents import reader
from milestones.profiles import catalogue

if TYPE_CHECKING:
    from collections.abc import Iterator

FRONT_MATTER = ("milestone", "plan")
#: The schemas that decide about what people write.
CHECKED = (*FRONT_MATTER, "config")
ALL = schemas.names()

FULL = {
    "milestone": {
        "id": "EP-20260117-014/MS003",
        "execplan_id": "EP-20260117-014",
        "ms": 3,
        "title": "Prototype streaming — part 1",
        "status": "in_progress",
        "domain": "cross-cutting",
        "owner": "@team/streams",
        "created": "2026-01-17",
        "updated": "2026-01-20",
        "start": "2026-01-19",
        "due": "2028-02-29",
        "tags": ["auth", "größe", "a b"],
        "risk": "med",
        "links": {"issue": "https://example.org/12", "docs": "docs/guide.md", "pr": "", "design": "docs/x.md#y"},
        "depends_on": ["EP-20260117-014/MS001", "EP-20260110-001/MS002"],
        "components": ["api", "ui"],
    },
    "plan": {
        "id": "EP-20260117-014",
        "title": "Refactor the auth refresh flow",
        "status": "active",
        "kind": "refactor",
        "domain": "backend",
        "owner": "@codex",
        "created": "2026-01-17",
        "updated": "2026-01-20",
        "start": "2026-01-17",
        "due": "2026-03-01",
        "tags": ["auth"],
        "touches": ["api", "db"],
        "risk": "low",
        "breaking": False,
        "migration": True,
        "links": {"issue": "", "docs": "docs/guide.md"},
        "depends_on": ["EP-20260110-001"],
        "supersedes": [],
        "components": ["auth"],
    },
    "config": {
        "profile": "execplan",
        "root": ".agent/exec_plans",
        "profiles": [{"profile": "backlog"}, {"profile": "execplan", "root": "plans"}],
        "select": ["RD", "FM", "dead-link"],
        "ignore": ["CT003"],
        "exclude": ["docs/plans/examples/**"],
        "severity": {"dead-link": "error", "CT001": "info"},
        "fail_on": "warning",
        "stale_after": 30,
        "overrides": [
            {"paths": ["**/legacy/**"], "ignore": ["CT"], "severity": {"RF004": "info"}, "reason": "old"},
            {"paths": ["a", "b"]},
        ],
    },
}


def built(schema: Any, whole: dict[str, Any]) -> Any:
    """A value for a schema, made of the examples of its parts."""
    if "$ref" in schema:
        return built(whole["$defs"][schema["$ref"].rpartition("/")[2]], whole)
    if schema.get("properties"):
        return {key: built(inner, whole) for key, inner in schema["properties"].items()}
    return next(iter(schema.get("examples", ())), None)


def valid_values(name: str) -> list[Any]:
    """What the schema itself gives as examples, and a value with every property."""
    schema = schemas.load(name)
    return [FULL.get(name) or built(schema, schema), *schema.get("examples", ())]


#: The schemas of documents, by the profiles that name them.
DOCUMENTS = sorted(
    {
        kind.schema
        for profile in map(catalogue.load, catalogue.NAMES)
        for kind in profile.kinds.values()
        if kind.schema in ALL
    }
)
#: Those with a keyword that only jsonschema knows: never accepted fast, and right all the same.
SLOW = {name for name in ALL if not schemas.acceptor(name)(valid_values(name)[0])}


def parts(schema: Any, at: str = "") -> Iterator[tuple[str, dict[str, Any]]]:
    """Every schema inside a schema that describes a value, with where it stands."""
    if not isinstance(schema, dict):
        return
    for key, inner in schema.get("properties", {}).items():
        yield f"{at}.{key}", inner
        yield from parts(inner, f"{at}.{key}")
    for key in ("items", "additionalProperties"):
        if isinstance(schema.get(key), dict):
            yield f"{at}[{key}]", schema[key]
            yield from parts(schema[key], f"{at}[{key}]")
    for key, inner in schema.get("$defs", {}).items():
        yield f"{at}#{key}", inner
        yield from parts(inner, f"{at}#{key}")


def patterns(schema: Any) -> Iterator[str]:
    if isinstance(schema, dict):
        if isinstance(schema.get("pattern"), str):
            yield schema["pattern"]
        for inner in schema.values():
            yield from patterns(inner)
    elif isinstance(schema, list):
        for inner in schema:
            yield from patterns(inner)


@pytest.mark.parametrize("name", ALL)
def test_is_a_schema(name: str) -> None:
    schema = schemas.load(name)
    assert schema["$schema"] == "https://json-schema.org/draft/2020-12/schema"
    assert schema["$id"] == f"urn:mkdocs-milestones:{name}"
    assert schema["title"]
    jsonschema.Draft202012Validator.check_schema(schema)


@pytest.mark.parametrize("name", ALL)
def test_every_property_is_described_with_an_example(name: str) -> None:
    """Editors show both."""
    schema = schemas.load(name)
    assert schema["description"]
    own = [(at, part) for at, part in parts(schema) if "$ref" not in part]
    assert own
    assert [at for at, part in own if not part.get("description")] == []
    assert [at for at, part in own if not part.get("examples")] == []


@pytest.mark.parametrize("name", ALL)
def test_examples_are_valid(name: str) -> None:
    schema = schemas.load(name)
    for at, part in [("", schema), *parts(schema)]:
        inner = {**part, "$defs": schema["$defs"]} if "$defs" in schema else part
        for example in part.get("examples", ()):
            assert schemas.explain(example, inner) == [], at


@pytest.mark.parametrize("name", CHECKED)
def test_full_examples_use_every_property(name: str) -> None:
    assert set(FULL[name]) == set(schemas.load(name)["properties"])
    assert schemas.explain(FULL[name], schemas.load(name)) == []


@pytest.mark.parametrize("name", CHECKED)
def test_valid_examples_are_accepted(name: str) -> None:
    """Otherwise each of ten thousand files would cost what jsonschema costs."""
    for example in (FULL[name], *schemas.load(name)["examples"]):
        assert schemas.acceptor(name)(example)


strange = st.one_of(
    st.sampled_from(
        [
            *(None, True, False, 0, 1, 3, -1, 999, 1000, 3651, 2**63, "", " ", "\n", "3", "x", "true", "null"),
            *("2026-01-17", "2026-01-17\n", "2026-02-30", "2027-02-29", "0000-01-01", "２０２６-01-17", "2026-1-7"),
            *(
                "EP-20260117-014",
                "EP-20260117-014\n",
                "EP-20260117-014/MS003",
                "EP-２０２６0117-014",
                "ep-20260117-014",
            ),
            *(
                "@a",
                "@",
                "@a b",
                "@a\n",
                "a",
                "@-a",
                "javascript:alert(1)",
                "  JaVaScRiPt:x",
                "data:x",
                "docs/a.md",
                "<b>",
            ),
            *(
                "a < b",
                "a <b",
                "`<b>`",
                "</b>",
                "List<int>",
                "a\tb",
                "a\x7fb",
                "x" * 61,
                "x" * 201,
                "x" * 501,
                "../x",
                "/x",
            ),
            *(
                "done",
                "planned",
                "active",
                "in_progress",
                "error",
                "RD001",
                "api",
                "low",
                "a/../b",
                "..",
                "a\\b",
                "a..b",
            ),
            *(
                [],
                [[]],
                {},
                {"a": "b"},
                ["a", "a"],
                ["a", "b"],
                [1, True],
                [True, 1],
                [{}],
                [""],
                {"": ""},
                {"paths": []},
            ),
        ]
    ),
    st.text(max_size=5),
).map(copy.deepcopy)  # one is put into another, and must not be there the next time it is drawn


@st.composite
def mutated(draw: st.DrawFn, name: str) -> Any:
    """A valid value, changed in a few places."""
    value = copy.deepcopy(draw(st.sampled_from(valid_values(name))))
    for _ in range(draw(st.integers(0, 3))):
        holder, key = value, None
        while True:
            steps = list(holder) if isinstance(holder, dict) else list(range(len(holder)))
            if not steps:
                break
            key = draw(st.sampled_from(steps))
            if not isinstance(holder[key], dict | list) or draw(st.booleans()):
                break
            holder = holder[key]
        what = draw(st.sampled_from(["replace", "replace", "replace", "remove", "add"]))
        if what == "add" and isinstance(holder, dict):
            holder[draw(st.sampled_from(["extra", "", "due", "paths", "id", "depends_on"]))] = draw(strange)
        elif what == "add":
            holder.append(draw(strange))
        elif key is not None and holder:
            if what == "remove":
                del holder[key]
            else:
                holder[key] = draw(strange)
        if not isinstance(value, dict):
            break
    return value


@pytest.mark.parametrize("name", ALL)
@given(data=st.data())
def test_the_fast_check_agrees_with_jsonschema(name: str, data: st.DataObject) -> None:
    """What it accepts is valid. But for the slow ones it also accepts all that is, so jsonschema is seldom needed."""
    value = data.draw(st.one_of(mutated(name), strange))
    valid = schemas.explain(value, schemas.load(name)) == []
    accepted = schemas.acceptor(name)(value)
    assert accepted == valid if name not in SLOW else accepted <= valid


def test_the_schemas_of_documents_are_fast() -> None:
    """The exception is a convention of small repositories; what the commands print is checked in tests alone."""
    assert SLOW.isdisjoint(CHECKED)
    assert SLOW & set(DOCUMENTS) <= {"request-plan-milestone"}


@pytest.mark.parametrize(
    "schema",
    [
        {"oneOf": [{"type": "string"}]},
        {"type": "object", "patternProperties": {"^a": {"type": "string"}}},
        {"type": "string", "not": {"const": "a"}},
        {"type": "string", "format": "email"},
        {"properties": {"a": {"if": {}, "then": False}}},
        {"enum": [1, "a"]},
        {"const": 1},
        {"$ref": "#/$defs/a", "$defs": {"a": False}},
        False,
    ],
)
@given(value=st.one_of(strange, st.dictionaries(st.sampled_from(["a", "b"]), strange, max_size=2)))
def test_what_it_does_not_know_it_does_not_accept(schema: Any, value: Any) -> None:
    if schemas.Acceptor(schema)(value):
        assert jsonschema.Draft202012Validator(schema).is_valid(value)


# Patterns.


def test_the_end_of_a_pattern_is_the_end_of_the_text() -> None:
    assert schemas.pattern("^a$").search("a")
    assert not schemas.pattern("^a$").search("a\n")
    assert not schemas.pattern("^(?:a|b$)$").search("b\n")
    assert schemas.pattern(r"^a\$$").search("a$")
    assert not schemas.pattern(r"^a\$$").search("a")
    assert schemas.pattern(r"^a\\$").search("a\\")


def test_a_digit_of_a_pattern_is_an_ascii_digit() -> None:
    assert schemas.pattern(r"^\d+$").search("2026")
    assert not schemas.pattern(r"^\d+$").search("２０２６")
    assert not schemas.pattern(r"^\d+$").search("٣")


def test_explanations_use_the_same_patterns() -> None:
    schema = {"type": "string", "pattern": r"^\d$"}
    assert schemas.explain("3", schema) == []
    assert [v.keyword for v in schemas.explain("3\n", schema)] == ["pattern"]
    assert [v.keyword for v in schemas.explain("３", schema)] == ["pattern"]


TIMED = """
import json, sys, time
from milestones import schemas
search = schemas.pattern(json.loads(sys.argv[1])).search
for unit in json.loads(sys.argv[2]):
    for end in ("", "\\n", "<", "\\x00", "!"):
        text = unit * (20_000 // len(unit)) + end
        started = time.process_time()
        search(text)
        taken = time.process_time() - started
        assert taken < 0.25, (unit, end, taken)
"""
UNITS = [
    "a",
    " ",
    "A-",
    "0",
    "-",
    ".",
    "..",
    "/..",
    "../",
    "<",
    "`<",
    "a<",
    "</",
    "@a",
    "EP-20260117-014/MS003",
    "é",
    "\t",
    "\n",
    "java",
]


@pytest.mark.parametrize("source", sorted({source for name in ALL for source in patterns(schemas.load(name))}))
def test_patterns_are_linear(source: str) -> None:
    done = subprocess.run(
        [sys.executable, "-c", TIMED, json.dumps(source), json.dumps(UNITS)],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
    )
    assert (done.returncode, done.stderr[-1000:]) == (0, "")


# From text to types.


def typed(front: str, name: str = "milestone") -> Any:
    fields = reader.parse("x.md", f"---\n{front}\n---\n".encode()).fields
    assert fields is not None
    return schemas.typed(fields, schemas.load(name))


def test_text_becomes_what_its_schema_wants() -> None:
    assert typed("ms: 3\ntitle: 2026\ncreated: 2026-01-17\ntags: [1, no]") == {
        "ms": 3,
        "title": "2026",
        "created": "2026-01-17",
        "tags": ["1", "no"],
    }
    assert typed("breaking: true\nmigration: false\nrisk: true", "plan") == {
        "breaking": True,
        "migration": False,
        "risk": "true",
    }


@pytest.mark.parametrize("written", ['"3"', "03", "3.0", "0x3", "1_0", "+3", "-0", "³", "３", "three"])
def test_other_numbers_stay_text(written: str) -> None:
    (value,) = typed(f"ms: {written}").values()
    assert type(value) is str
    assert value == written.strip('"')


@pytest.mark.parametrize(("written", "value"), [("0", 0), ("-12", -12), ("999", 999)])
def test_whole_numbers(written: str, value: int) -> None:
    assert typed(f"ms: {written}") == {"ms": value}


@pytest.mark.parametrize("written", ["True", "yes", "on", "1", '"true"'])
def test_other_truths_stay_text(written: str) -> None:
    assert typed(f"breaking: {written}", "plan") == {"breaking": written.strip('"')}


@pytest.mark.parametrize("written", ["", "~", "null", "NULL"])
def test_nothing_is_nothing_unless_quoted(written: str) -> None:
    assert typed(f"title: {written}\nowner: '{written}'") == {"title": None, "owner": written}


def test_a_number_of_many_digits_is_no_traceback() -> None:
    (value,) = typed("ms: " + "1" * 5000).values()
    assert value == "1" * 5000


def test_unknown_schemas() -> None:
    for name in ("nothing", "../pyproject", "milestone.schema", ""):
        with pytest.raises(schemas.SchemaNotFound):
            schemas.text(name)


@pytest.mark.parametrize("name", DOCUMENTS)
@given(data=st.data())
def test_what_is_written_is_accepted_as_what_is_typed(name: str, data: st.DataObject) -> None:
    schema = schemas.load(name)
    words = st.sampled_from(
        [
            *(
                "",
                "~",
                "3",
                "003",
                "true",
                "backend",
                "done",
                "completed",
                "2026-01-17",
                "2026-02-30",
                "@ana",
                "a",
                "a b",
            ),
            *("EP-20260117-014", "EP-20260117-014/MS003", '"3"', "'true'", '"@ana"', '"<b>"', "[]", "[a, a]", "[a, 3]"),
            *("[EP-20260117-014/MS001]", "{docs: a}", "{docs: [a]}", "\n  docs: a", "\n  - a\n  - a", "\n  - ~"),
        ]
    )
    keys = data.draw(st.lists(st.sampled_from([*schema["properties"], "unknown"]), unique=True))
    front = "".join(f"{key}: {data.draw(words)}\n" for key in keys) or "a: b\n"
    fields = reader.parse("x.md", f"---\n{front}---\n".encode()).fields
    assume(fields is not None)
    accept = schemas.acceptor(name)
    assert accept.written(fields) is accept(schemas.typed(fields, schema))
