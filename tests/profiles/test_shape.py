"""A profile's TOML is held to its shape before anything is made of it."""

from __future__ import annotations

import copy
import os
import tomllib
from typing import Any

import pytest

from milestones.profiles import catalogue, parsing, patterns, shape
from milestones.profiles.kinds import Field


def bundled(name: str) -> dict[str, Any]:
    with open(os.path.join(catalogue.BUNDLED, f"{name}.toml"), "rb") as file:
        return tomllib.load(file)


@pytest.mark.parametrize("name", [*catalogue.NAMES, "starter"])
def test_the_bundled_profiles_have_it(name: str) -> None:
    shape.require(bundled(name))


def test_every_key_of_a_kind_has_one() -> None:
    assert set(shape.PROFILE["kinds"]["*"]) == parsing.KIND_KEYS
    assert set(shape.PROFILE["kinds"]["*"]["records"][0]) == parsing.RECORD_KEYS
    assert set(shape.PROFILE["fields"]["*"]) == set(Field._fields)


@pytest.mark.parametrize(
    ("path", "value", "says"),
    [
        ("bogus", 1, "there is no key 'bogus'"),
        ("severity", ["x"], "severity should be a table"),
        ("severity.CT002", "x", "severity.CT002 should be error, info, off, warning"),
        ("fields.prefix.match", "(?P<zz>.*)", "fields.prefix has a group"),
        ("fields.prefix.width", 10**8, "fields.prefix.width is more than"),
        ("fields.prefix.last", 10**30, "fields.prefix.last should be a whole number"),
        ("fields.prefix.last", True, "fields.prefix.last should be a whole number"),
        ("kinds.task.label", ["x"], "kinds.task.label should be text"),
        ("kinds.task.lines", {"owner": {}}, "kinds.task.lines.owner should be text"),
        ("kinds.task.attributes", {"parent": [[1]]}, "kinds.task.attributes.parent should be text or a list of texts"),
        ("kinds.task.places", [{"name": "a", "path": "b", "any_status": "x"}], "should be true or false"),
        ("kinds.task.task_list", {"status": {"a": 1}}, "kinds.task.task_list.status should be text"),
        ("kinds.task.title", "x", "kinds.task.title has no group 'title'"),
        ("kinds.plan.objective", "(?P<x>)", "kinds.plan.objective has no group 'text'"),
        ("kinds.task.records", "x", "kinds.task.records should be a list of tables"),
    ],
)
def test_what_has_another_is_named(path: str, value: object, says: str) -> None:
    data = copy.deepcopy(bundled("backlog"))
    *steps, last = path.split(".")
    at = data
    for step in steps:
        at = at[step]
    at[last] = value
    with pytest.raises(ValueError, match=r".") as raised:
        shape.require(data)
    assert says in str(raised.value)


SLOW = ["(a+)+", "(?:a|ab)*", "(?:a{1,9})+", "(?:[a-z]+\\s*)*", "(?:,a*a*)*", "(?:B(?i:b)*)+"]
QUICK = ["a+b*", "(?:-[a-z]+)*", "(?:[^|]*\\|)+", "(?>a+)+", "(?:a++b?+)+", "(?:a|b)*", "(a*)\\1"]


@pytest.mark.parametrize("pattern", SLOW)
def test_a_pattern_that_could_take_for_ever(pattern: str) -> None:
    assert "repeat" in patterns.fault(f"{pattern}!")


@pytest.mark.parametrize("pattern", QUICK)
def test_a_pattern_that_can_be_trusted(pattern: str) -> None:
    assert patterns.fault(pattern) == ""


@pytest.mark.parametrize("name", [*catalogue.NAMES, "starter"])
def test_the_patterns_of_bundled_profiles_can_be_trusted(name: str) -> None:
    found = list(shape.patterns_of(bundled(name)))
    assert found
    assert [(at, pattern) for at, pattern in found if patterns.fault(pattern)] == []
