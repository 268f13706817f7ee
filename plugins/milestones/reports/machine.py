"""Findings for machines: JSON after ``schemas/check.schema.json``, GitHub's commands, GitLab's code quality."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from milestones.reports import json_text, printable

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from milestones.model import Finding
    from milestones.rules import Result


def json_data(result: Result) -> dict[str, Any]:
    """A check's result as data."""
    return {
        "version": "1",
        "statistics": result.statistics._asdict(),
        "findings": [_finding(finding) for finding in result.findings],
    }


def _finding(finding: Finding) -> dict[str, Any]:
    position = finding.position
    return {
        "code": finding.code,
        "name": finding.name,
        "severity": finding.severity.value,
        "message": finding.message,
        "help": finding.help,
        "path": printable(finding.path),
        "line": position.line if position else None,
        "column": position.column if position else None,
        "end_column": position.end_column if position else None,
        "related": [{"path": printable(r.path), "line": r.line, "message": r.message} for r in finding.related],
        "fix": finding.fix or None,
    }


def as_json(result: Result, _source: Callable[[Finding], str | None], _colour: bool) -> str:
    """The result as one JSON object."""
    return json_text(json_data(result))


def json_lines(result: Result, _source: Callable[[Finding], str | None], _colour: bool) -> str:
    """A JSON object a finding, a line each: what ``findings`` of the one object has."""
    return "".join(json_text(_finding(finding), indent=None) for finding in result.findings)


_QUALITY = {"error": "major", "warning": "minor", "info": "info"}


def gitlab(result: Result, _source: Callable[[Finding], str | None], _colour: bool) -> str:
    """A list of issues, as GitLab reads them from a code quality report."""
    issues = [
        {
            "description": printable(finding.message) + (f" ({printable(finding.help)})" if finding.help else ""),
            "check_name": f"{finding.code} {finding.name}",
            "fingerprint": fingerprint,
            "severity": _QUALITY[finding.severity.value],
            "location": {"path": printable(finding.path), "lines": {"begin": finding.line}},
        }
        for finding, fingerprint in zip(result.findings, fingerprints(result.findings), strict=True)
    ]
    return json_text(issues)


#: A message may name a line, and that changes with every edit above it.
_LINE = re.compile(r"\blines? [0-9]+")


def fingerprints(findings: Iterable[Finding]) -> list[str]:
    """What tells each finding from every other, and stays when lines above it come and go."""
    import hashlib

    seen: dict[str, int] = {}
    found = []
    for finding in findings:
        text = "\0".join((finding.code, finding.path, _LINE.sub("line", finding.message)))
        seen[text] = seen.get(text, 0) + 1
        named = f"{text}\0{seen[text]}".encode("utf-8", "surrogatepass")
        found.append(hashlib.sha256(named).hexdigest()[:32])
    return found


_LEVELS = {"error": "error", "warning": "warning", "info": "notice"}


def github(result: Result, _source: Callable[[Finding], str | None], _colour: bool) -> str:
    """A workflow command a finding, which GitHub shows beside the line."""
    return "".join(_command(finding) for finding in result.findings)


def _command(finding: Finding) -> str:
    properties = {"file": printable(finding.path), "line": str(finding.line)}
    if finding.position is not None:
        properties |= {"col": str(finding.column), "endColumn": str(finding.position.end_column)}
    properties["title"] = f"{finding.code} {finding.name}"
    joined = ",".join(f"{name}={_property(value)}" for name, value in properties.items())
    message = printable(finding.message) + (f"\n{printable(finding.help)}" if finding.help else "")
    return f"::{_LEVELS[finding.severity.value]} {joined}::{_data(message)}\n"


def _data(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")
