"""Findings as a JUnit report: a suite for each file, a failed test for each finding."""

from __future__ import annotations

from typing import TYPE_CHECKING
from xml.sax.saxutils import escape, quoteattr

from milestones.reports import printable

if TYPE_CHECKING:
    from collections.abc import Callable

    from milestones.model import Finding
    from milestones.rules import Result


def junit(result: Result, _source: Callable[[Finding], str | None], _colour: bool) -> str:
    """One XML document. Notes are tests that pass, with the note as their output, because they fail nothing."""
    files: dict[str, list[Finding]] = {}
    for finding in result.findings:
        files.setdefault(finding.path, []).append(finding)
    # A report without a test is taken for a run that never was.
    suites = [_suite(path, findings) for path, findings in files.items()] or [_nothing()]
    tests = max(1, len(result.findings))
    failures = sum(finding.severity.value != "info" for finding in result.findings)
    head = f'<testsuites name="milestones" tests="{tests}" failures="{failures}" errors="0">\n'
    return '<?xml version="1.0" encoding="UTF-8"?>\n' + head + "".join(suites) + "</testsuites>\n"


def _nothing() -> str:
    return (
        '  <testsuite name="milestones" tests="1" failures="0" errors="0" skipped="0">\n'
        '    <testcase classname="milestones" name="check"/>\n'
        "  </testsuite>\n"
    )


def _suite(path: str, findings: list[Finding]) -> str:
    failures = sum(finding.severity.value != "info" for finding in findings)
    name = _attribute(path)
    counts = f'tests="{len(findings)}" failures="{failures}" errors="0" skipped="0"'
    cases = "".join(_case(name, finding) for finding in findings)
    return f"  <testsuite name={name} {counts}>\n{cases}  </testsuite>\n"


def _case(path: str, finding: Finding) -> str:
    name = _attribute(f"{finding.code} {finding.name}, line {finding.line}")
    lines = [f"{finding.path}:{finding.line}:{finding.column}: {finding.severity.value}: {finding.message}"]
    lines += [f"note: {related.message}: {related.path}:{related.line}" for related in finding.related]
    lines += [f"help: {finding.help}"] if finding.help else []
    text = escape("\n".join(map(printable, lines)))
    if finding.severity.value == "info":
        inner = f"<system-out>{text}</system-out>"
    else:
        kind = _attribute(f"{finding.severity.value} {finding.code}")
        inner = f"<failure message={_attribute(finding.message)} type={kind}>{text}</failure>"
    where = f'classname={path} name={name} file={path} line="{finding.line}"'
    return f"    <testcase {where}>\n      {inner}\n    </testcase>\n"


def _attribute(text: str) -> str:
    return quoteattr(printable(text))
