"""The formats that programs read, each held to what its reader takes: a schema, a parser, or the reader's own rules."""

from __future__ import annotations

import json
import re
import xml.etree.ElementTree as ET
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from milestones import schemas
from milestones.manifest import RULES
from milestones.model import Finding, Position, Related, Severity, Statistics
from milestones.reports import FORMATS, FROM_THE_TOP, TEXTS, printable, render
from milestones.rules import Result

HERE = Path(__file__).parent
#: Written for these tests, after the documentation of each format; what we emit is a part of what is allowed.
QUALITY = Draft202012Validator(json.loads((HERE / "code-quality.schema.json").read_text(encoding="utf-8")))
SARIF = Draft202012Validator(json.loads((HERE / "sarif-part.schema.json").read_text(encoding="utf-8")))
CHECK = schemas.load("check")
LINE = Draft202012Validator(CHECK["properties"]["findings"]["items"])

WORDS = st.text(st.characters(exclude_categories=["Cs"]), max_size=30)
FINDINGS = st.builds(
    Finding,
    code=st.sampled_from(sorted(RULES)),
    name=st.just("a-name"),
    path=WORDS.filter(bool),
    message=WORDS.filter(bool),
    help=WORDS,
    severity=st.sampled_from(Severity),
    related=st.lists(st.builds(Related, WORDS.filter(bool), st.integers(1, 9), WORDS.filter(bool)), max_size=2).map(
        tuple
    ),
    position=st.none() | st.builds(Position, st.integers(1, 9), st.integers(1, 9), st.integers(10, 19)),
    fix=st.sampled_from(["", "safe", "unsafe"]),
)
SEVERAL = st.lists(FINDINGS, max_size=4)

DEAD = Finding("RF004", "plans/a b/ü#1.md", "`x.md` is not there", Position(3, 4, 6), "write `y.md`", name="dead-link")
WHOLE = Finding("NM001", "plans/c.md", "the path disagrees", None, name="path-disagrees")
NOTE = Finding(
    "RD013",
    "plans/c.md",
    "`a` is given twice, first on line 3",
    Position(9, 1, 2),
    related=(Related("plans/a b/ü#1.md", 3, "the first is here"),),
    severity=Severity.INFO,
    name="duplicate-key",
)


def result(*findings: Finding) -> Result:
    return Result(findings, Statistics(2, 2, 0))


def written(format: str, *findings: Finding) -> str:
    return render(format, result(*findings), lambda _: None)


def test_formats_are_for_people_or_for_programs() -> None:
    assert set(TEXTS) | {"json", "json-lines", "github", "gitlab", "junit", "sarif"} == set(FORMATS)
    assert not set(TEXTS) & set(FROM_THE_TOP)


@pytest.mark.parametrize("format", sorted(set(FORMATS) - {"github"}))
@given(findings=SEVERAL)
def test_nothing_that_controls_a_terminal_is_written(format: str, findings: list[Finding]) -> None:
    text = written(format, *findings)
    assert not re.search("[\x00-\x09\x0b-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069\ufeff]", text)


# JSON, whole and in lines.


@given(SEVERAL)
def test_lines_are_the_findings_of_the_whole(findings: list[Finding]) -> None:
    lines = [json.loads(line) for line in written("json-lines", *findings).split("\n")[:-1]]
    assert lines == json.loads(written("json", *findings))["findings"]
    for line in lines:
        LINE.validate(line)


def test_no_findings_are_no_lines() -> None:
    assert written("json-lines") == ""


# GitLab.


@given(SEVERAL)
def test_code_quality_is_what_gitlab_takes(findings: list[Finding]) -> None:
    issues = json.loads(written("gitlab", *findings))
    QUALITY.validate(issues)
    assert len({issue["fingerprint"] for issue in issues}) == len(findings)
    assert [issue["location"]["lines"]["begin"] for issue in issues] == [f.line for f in findings]


def test_code_quality() -> None:
    assert json.loads(written("gitlab", DEAD)) == [
        {
            "description": "`x.md` is not there (write `y.md`)",
            "check_name": "RF004 dead-link",
            "fingerprint": json.loads(written("gitlab", DEAD))[0]["fingerprint"],
            "severity": "major",
            "location": {"path": "plans/a b/ü#1.md", "lines": {"begin": 3}},
        }
    ]
    assert json.loads(written("gitlab")) == []


def fingerprints(*findings: Finding) -> list[str]:
    return [issue["fingerprint"] for issue in json.loads(written("gitlab", *findings))]


def test_fingerprints_stay_when_lines_come_and_go() -> None:
    later = [
        DEAD._replace(position=Position(30, 1, 2)),
        NOTE._replace(message="`a` is given twice, first on line 30", position=Position(40, 1, 2)),
    ]
    assert fingerprints(DEAD, NOTE) == fingerprints(*later)
    assert fingerprints(DEAD, NOTE)[1] == fingerprints(NOTE)[0]


def test_fingerprints_tell_twins_apart() -> None:
    twin = DEAD._replace(position=Position(5, 1, 2))
    assert len({*fingerprints(DEAD, twin), *fingerprints(DEAD._replace(path="b.md"))}) == 3


# JUnit.


@given(SEVERAL)
def test_junit_is_xml_that_counts_right(findings: list[Finding]) -> None:
    root = ET.fromstring(written("junit", *findings).encode())
    assert root.tag == "testsuites"
    cases = root.findall("testsuite/testcase")
    failures = root.findall("testsuite/testcase/failure")
    assert len(cases) == max(1, len(findings)) == int(root.attrib["tests"])
    assert len(failures) == sum(f.severity is not Severity.INFO for f in findings) == int(root.attrib["failures"])
    for suite in root:
        assert int(suite.attrib["tests"]) == len(suite.findall("testcase"))
        assert int(suite.attrib["failures"]) == len(suite.findall("testcase/failure"))
    expected = sorted(printable(f.message) for f in findings if f.severity is not Severity.INFO)
    assert sorted(failure.attrib["message"] for failure in failures) == expected


def test_junit() -> None:
    root = ET.fromstring(written("junit", DEAD, WHOLE, NOTE))
    first, second = root
    assert [suite.attrib["name"] for suite in root] == ["plans/a b/ü#1.md", "plans/c.md"]
    case = first.find("testcase")
    assert case is not None
    assert case.attrib == {
        "classname": "plans/a b/ü#1.md",
        "name": "RF004 dead-link, line 3",
        "file": "plans/a b/ü#1.md",
        "line": "3",
    }
    assert second.findtext("testcase/system-out") == (
        "plans/c.md:9:1: info: `a` is given twice, first on line 3\nnote: the first is here: plans/a b/ü#1.md:3"
    )


def test_junit_without_findings_has_a_test_that_passed() -> None:
    root = ET.fromstring(written("junit"))
    assert [case.attrib["name"] for case in root.iter("testcase")] == ["check"]
    assert not list(root.iter("failure"))


# SARIF.


def run(*findings: Finding) -> dict[str, Any]:
    log = json.loads(written("sarif", *findings))
    SARIF.validate(log)
    found: dict[str, Any] = log["runs"][0]
    return found


@given(SEVERAL)
def test_sarif_is_valid_and_agrees_with_itself(findings: list[Finding]) -> None:
    found = run(*findings)
    rules = found["tool"]["driver"]["rules"]
    assert len({rule["id"] for rule in rules}) == len(rules)
    for finding, one in zip(findings, found["results"], strict=True):
        assert rules[one["ruleIndex"]]["id"] == one["ruleId"] == finding.code
        place = one["locations"][0]["physicalLocation"]
        uri = place["artifactLocation"]["uri"]
        assert unquote(uri, errors="strict") == finding.path
        assert ":" not in uri
        assert place["region"]["startLine"] == finding.line
        assert ("startColumn" in place["region"]) == (finding.position is not None)
        assert len(one.get("relatedLocations", [])) == len(finding.related)


def test_sarif() -> None:
    first, second, third = run(DEAD, WHOLE, NOTE)["results"]
    assert first["locations"][0]["physicalLocation"] == {
        "artifactLocation": {"uri": "plans/a%20b/%C3%BC%231.md", "uriBaseId": "%SRCROOT%"},
        "region": {"startLine": 3, "startColumn": 4, "endColumn": 6},
    }
    assert first["message"]["text"] == "`x.md` is not there\nwrite `y.md`"
    assert [one["level"] for one in (first, second, third)] == ["error", "error", "note"]
    assert third["relatedLocations"][0]["message"]["text"] == "the first is here"
    assert first["partialFingerprints"] == {"milestones/v1": fingerprints(DEAD)[0]}


def test_sarif_has_the_text_of_each_rule_that_found_something() -> None:
    (rule,) = run(DEAD, DEAD)["tool"]["driver"]["rules"]
    assert rule["name"] == "dead-link"
    assert rule["help"]["markdown"].startswith("# RF004 dead-link\n")
    assert rule["defaultConfiguration"] == {"level": "warning"}
    assert "\n" not in rule["fullDescription"]["text"]


def test_a_path_that_is_not_text_is_still_a_path() -> None:
    strange = WHOLE._replace(path="plans/\udcff.md")
    assert run(strange)["results"][0]["locations"][0]["physicalLocation"]["artifactLocation"]["uri"] == "plans/%FF.md"
    for format in FORMATS:
        written(format, strange)


# Text.


def test_grouped() -> None:
    assert written("grouped", DEAD, WHOLE, NOTE) == (
        "plans/a b/ü#1.md\n"
        "  3:4  error    RF004  `x.md` is not there\n"
        "\n"
        "plans/c.md\n"
        "  1:1  error    NM001  the path disagrees\n"
        "  9:1  info     RD013  `a` is given twice, first on line 3\n"
    )
    coloured = render("grouped", result(DEAD), lambda _: None, colour=True)
    assert re.sub("\x1b\\[[0-9;]*m", "", coloured) == written("grouped", DEAD)


def test_paths_from_a_folder_above() -> None:
    moved = result(NOTE).below("sub/folder")
    assert moved.findings[0].path == "sub/folder/plans/c.md"
    assert moved.findings[0].related[0].path == "sub/folder/plans/a b/ü#1.md"
    assert result(NOTE).below("") == result(NOTE)
