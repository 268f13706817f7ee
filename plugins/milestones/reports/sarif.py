"""Findings as SARIF 2.1.0, which code scanning and editors read."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from milestones import __version__
from milestones.manifest import RULES
from milestones.reports import json_text, printable
from milestones.reports.machine import fingerprints

if TYPE_CHECKING:
    from collections.abc import Callable

    from milestones.model import Finding, Position
    from milestones.rules import Result

SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
_HOME = "https://github.com/mkdocs-milestones/mkdocs-milestones"
_LEVELS = {"error": "error", "warning": "warning", "info": "note"}
_TEXTS = os.path.join(os.path.dirname(os.path.dirname(__file__)), "rules", "texts")


def sarif(result: Result, _source: Callable[[Finding], str | None], _colour: bool) -> str:
    """One log with one run. It holds the texts of the rules that found something."""
    codes = sorted({finding.code for finding in result.findings}, key=list(RULES).index)
    at = {code: index for index, code in enumerate(codes)}
    run = {
        "tool": {
            "driver": {
                "name": "milestones",
                "version": __version__,
                "semanticVersion": __version__,
                "informationUri": _HOME,
                "rules": [_rule(code) for code in codes],
            }
        },
        "columnKind": "unicodeCodePoints",
        "originalUriBaseIds": {"%SRCROOT%": {"description": {"text": "The repository."}}},
        "results": [
            _result(finding, at[finding.code], fingerprint)
            for finding, fingerprint in zip(result.findings, fingerprints(result.findings), strict=True)
        ],
    }
    return json_text({"$schema": SCHEMA, "version": "2.1.0", "runs": [run]})


def _rule(code: str) -> dict[str, Any]:
    rule = RULES[code]
    with open(os.path.join(_TEXTS, f"{code}.md"), encoding="utf-8") as file:
        text = file.read()
    what = " ".join(text.partition("## What it does\n")[2].partition("\n## ")[0].split())
    return {
        "id": code,
        "name": rule.name,
        "shortDescription": {"text": rule.summary[:1].upper() + rule.summary[1:] + "."},
        "fullDescription": {"text": what},
        "help": {"text": text, "markdown": text},
        "defaultConfiguration": {"level": _LEVELS[rule.severity.value]},
        "properties": {"tags": [rule.family]},
    }


def _result(finding: Finding, index: int, fingerprint: str) -> dict[str, Any]:
    text = printable(finding.message) + (f"\n{printable(finding.help)}" if finding.help else "")
    found: dict[str, Any] = {
        "ruleId": finding.code,
        "ruleIndex": index,
        "level": _LEVELS[finding.severity.value],
        "message": {"text": text},
        "locations": [{"physicalLocation": _place(finding.path, finding.position)}],
        "partialFingerprints": {"milestones/v1": fingerprint},
    }
    if finding.related:
        found["relatedLocations"] = [
            {
                "id": number,
                "message": {"text": printable(related.message)},
                "physicalLocation": _file(related.path) | {"region": {"startLine": related.line}},
            }
            for number, related in enumerate(finding.related)
        ]
    return found


def _place(path: str, position: Position | None) -> dict[str, Any]:
    if position is None:
        return _file(path) | {"region": {"startLine": 1}}  # GitHub shows nothing that is on no line
    region = {"startLine": position.line, "startColumn": position.column, "endColumn": position.end_column}
    return _file(path) | {"region": region}


def _file(path: str) -> dict[str, Any]:
    uri = quote(path.encode("utf-8", "surrogateescape"), safe="/")
    return {"artifactLocation": {"uri": uri, "uriBaseId": "%SRCROOT%"}}
