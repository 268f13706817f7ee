"""Findings for machines: JSON after ``schemas/check.schema.json``, and GitHub's workflow commands."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from milestones.reports import json_text, printable

if TYPE_CHECKING:
    from collections.abc import Callable

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
    }


def as_json(result: Result, _source: Callable[[Finding], str | None], _colour: bool) -> str:
    """The result as one JSON object."""
    return json_text(json_data(result))


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
