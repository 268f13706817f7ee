"""``milestones.json``."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from jsonschema import Draft202012Validator

from milestones.site.build import build_pages
from milestones.site.data import milestones_json
from milestones.site.pages import SiteOptions
from portfolios import hostile, nested, portfolio, varied

if TYPE_CHECKING:
    from collections.abc import Iterator

    from milestones.project.portfolio import Portfolio

SCHEMA: dict[str, Any] = json.loads(
    (Path(__file__).parents[2] / "schemas" / "milestones-json.schema.json").read_text(encoding="utf-8")
)


def read(source: Portfolio) -> Any:
    return json.loads(milestones_json(source, build_pages(source, SiteOptions())))


@pytest.mark.parametrize("source", [varied(), portfolio(), nested()])
def test_valid(source: Portfolio) -> None:
    Draft202012Validator(SCHEMA, format_checker=Draft202012Validator.FORMAT_CHECKER).validate(read(source))


def test_hostile_text_is_carried_as_it_is() -> None:
    Draft202012Validator(SCHEMA).validate(read(hostile()))


def test_contents() -> None:
    data = read(varied())
    assert data["version"] == "1"
    assert data["counts"]["by_status"]["completed"] == 1
    assert data["counts"]["overdue"] == 1
    second = data["milestones"][1]
    assert second["id"] == "EP-1/MS002"
    assert second["page"] == "milestones/plans/ep-1/ms002.md"
    assert second["progress"] == 0.4
    assert data["edges"][0] == {"from": "EP-1/MS001", "to": "EP-1/MS002"}
    assert data["critical_path"] == ["EP-1/MS002", "EP-1/MS003", "EP-2/MS001"]
    assert data["findings"]["by_code"] == {"MS102": 1, "MS203": 1}


def test_what_several_conventions_say() -> None:
    data = read(nested())
    assert data["profiles"] == [{"name": "backlog", "title": "Backlog.md"}, {"name": "gsd", "title": "GSD"}]
    assert data["findings"]["known"] == 1
    assert data["findings"]["by_code"] == {}
    by_id = {m["id"]: m for m in data["milestones"]}
    first = by_id["v1.0/05-01"]
    assert first["completed"] == "2026-04-01"
    assert first["details"]["key-files"] == {"created": ["src/a.py", "src/b.py"], "modified": []}
    assert first["parts"] == [{"label": "", "path": first["path"], "line": 1, "end": 0}]
    assert by_id["task-1.2.1"]["parent"] == "task-1.2"
    # Each has its own page, though one document lists several.
    assert by_id["v1.0/05-02"]["page"] == "milestones/plans/v1.0-05/05-02.md"
    assert by_id["v1.0/05-03"]["page"] == "milestones/plans/v1.0-05/05-03.md"
    assert {plan["id"]: plan["parent"] for plan in data["plans"]}["v1.0/05"] == "v1.0"


def test_order_of_input_changes_nothing_listed() -> None:
    one = varied()
    two = portfolio(one.milestones[::-1], one.plans[::-1], one.findings[::-1])
    assert milestones_json(one, ()) == milestones_json(two, ())


def properties(schema: Any) -> Iterator[tuple[str, dict[str, Any]]]:
    if isinstance(schema, dict):
        yield from schema.get("properties", {}).items()
        for value in schema.values():
            yield from properties(value)
    elif isinstance(schema, list):
        for value in schema:
            yield from properties(value)


def test_schema_is_one_and_describes_every_property() -> None:
    Draft202012Validator.check_schema(SCHEMA)
    found = list(properties({key: value for key, value in SCHEMA.items() if key != "examples"}))
    assert len(found) > 60
    for name, described in found:
        assert described.get("description"), name
        assert "examples" in described, name


def test_examples_are_valid() -> None:
    for name in ("plan", "milestone"):
        part = SCHEMA["$defs"][name]
        validator = Draft202012Validator({**part, "$defs": SCHEMA["$defs"]})
        for example in part["examples"]:
            validator.validate(example)
