"""The rules: one module a family. ``check`` runs them and decides what is reported, and how severely."""

from __future__ import annotations

import os
from functools import partial
from importlib import import_module
from typing import TYPE_CHECKING, NamedTuple

from milestones.manifest import RULES
from milestones.model import Severity, Statistics
from milestones.project.project import Project

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from milestones.documents.reader import Document
    from milestones.model import Finding
    from milestones.project.entry import Entry
    from milestones.project.workspace import Workspace
    from milestones.rules.memory import Memory
    from milestones.rules.twofold import Found, Part

_MODULES = {
    "RD": "reading",
    "FM": "front_matter",
    "NM": "naming",
    "SQ": "sequence",
    "AR": "archive",
    "RF": "references",
    "CT": "content",
    "LS": "listing",
}


#: The file that holds the findings a repository may keep; ``project/baseline`` reads it where there is one.
BASELINE = ".milestones-baseline.json"

#: Families that look at names alone.
_BY_NAME = {"NM", "SQ"}
#: Rules about comments that let findings be; ``suppression`` has them, where there is such a comment.
_OF_COMMENTS = frozenset(code for code in RULES if code.startswith("SP"))


class Result(NamedTuple):
    """What a check found, sorted by place, and how many documents there were.

    ``known`` are findings that the repository's baseline knows; they fail nothing.
    """

    findings: tuple[Finding, ...]
    statistics: Statistics
    known: tuple[Finding, ...] = ()

    def fails(self, fail_on: str) -> bool:
        """True where a finding is at least as severe as ``fail_on`` (``never`` is never reached)."""
        rank = {"error": 3, "warning": 2, "info": 1, "never": 4}[fail_on]
        return any(finding.severity.rank >= rank for finding in self.findings)

    def below(self, folder: str) -> Result:
        """The same with paths from a folder above: ``folder`` is where they began so far."""
        if not folder:
            return self
        moved = tuple(
            f._replace(
                path=f"{folder}/{f.path}", related=tuple(r._replace(path=f"{folder}/{r.path}") for r in f.related)
            )
            for f in self.findings
        )
        return self._replace(findings=moved)

    def plus(self, other: Result) -> Result:
        """Both results as one; what both found counts once."""
        found = sorted(set(self.findings + other.findings), key=_place)
        known = sorted(set(self.known + other.known), key=_place)
        return Result(tuple(found), max(self.statistics, other.statistics), tuple(known))


NOTHING = Result((), Statistics(0, 0, 0))


def _place(finding: Finding) -> tuple[object, ...]:
    return finding.path, finding.line, finding.column, finding.code, finding.message


def check(
    whole: Workspace | Project,
    paths: Iterable[str] | None = None,
    codes: Iterable[str] | None = None,
    *,
    frugal: bool = False,
    baseline: bool = True,
    memory: Memory | None = None,
) -> Result:
    """Check a repository or one of its projects, or some of its files against the whole.

    ``paths`` limits what is read and reported: a finding is kept when it is about one of them, or names one as the
    second place. ``codes`` limits the rules; the configuration's selection holds in any case. ``frugal`` is for
    who wants nothing but the findings: each document is given up once its own rules are through, and a second process
    takes half of a large repository. Without ``baseline``, what the repository's baseline knows counts like the rest.
    ``memory`` is of the last check of the whole, and of this one afterwards.
    """
    chosen = None if paths is None else frozenset(paths)
    only = None if codes is None else frozenset(codes)
    projects = [whole] if isinstance(whole, Project) else whole.projects
    if memory is not None and (last := memory.recall(projects)) is not None:
        result = Result(*last)
    else:
        results = [_check(project, chosen, only, frugal, memory) for project in projects]
        result = results[0] if len(results) == 1 else _together(results)
        if memory is not None:
            memory.keep(result.findings, result.statistics)
    return _without_known(whole.directory, result) if baseline else result


def _without_known(directory: str, result: Result) -> Result:
    if not os.path.lexists(os.path.join(directory, BASELINE)):
        return result
    from milestones.project import baseline

    known = baseline.read(directory)
    assert known is not None
    new, old = known.split(result.findings)
    return result._replace(findings=tuple(new), known=tuple(old))


def _together(results: list[Result]) -> Result:
    findings = tuple(sorted({finding for result in results for finding in result.findings}, key=_place))
    found, read, reported = (sum(counts) for counts in zip(*(r.statistics for r in results), strict=True))
    return Result(findings, Statistics(found, read, reported))


def _check(
    project: Project,
    chosen: frozenset[str] | None,
    only: frozenset[str] | None,
    frugal: bool,
    memory: Memory | None,
) -> Result:
    wanted = project.config.selected if only is None else project.config.selected & only
    if chosen is None:
        entries = list(project.entries.values())
    else:
        entries = [e for path in sorted(chosen) if (e := project.entry(path)) is not None]

    def reported(found: Iterable[Finding]) -> list[Finding]:
        return [
            _one_line(finding)._replace(severity=severity, name=RULES[finding.code].name)
            for finding in found
            if finding.code in wanted
            and (chosen is None or _concerns(finding, chosen))
            and (severity := _severity(project, finding)) is not None
        ]

    found = list(_findings(project, entries, wanted, frugal, memory))
    findings = reported(found)
    # Nearly always there is no comment that lets a finding be, and then nothing of this is even imported.
    marked = [entry for entry in entries if entry.document.marked] if wanted & _OF_COMMENTS else []
    paths = {finding.path for finding in findings}
    if marked or any((e := project.entry(path)) is not None and e.document.marked for path in paths):
        from milestones.rules import suppression

        findings = suppression.applied(project, findings)
        if marked:
            found += suppression.further_together(project, marked, wanted, _MODULES)
            findings += reported(suppression.faults(marked, found))
    return Result(tuple(sorted(set(findings), key=_place)), _statistics(project, entries, wanted))


def _findings(
    project: Project, entries: list[Entry], wanted: frozenset[str], frugal: bool, memory: Memory | None
) -> Iterator[Finding]:
    """What every rule that is wanted says: first of each document by itself, then of all of them together."""
    families = {family for family in _MODULES if any(code.startswith(family) for code in wanted)}
    if project.profile.plain:
        families -= {"LS"}  # nobody speaks of others; the hook need not import what would find nothing
    modules = [import_module(f"milestones.rules.{name}") for family, name in _MODULES.items() if family in families]
    single = [module.document for module in modules if hasattr(module, "document")]
    judging = "SP001" in wanted

    def own_rules(some: list[Entry], *, trim: Callable[[Document], None] | None = None) -> Found:
        found: Found = {}
        for entry in some:
            entry.renew()
            own: list[Finding] = []
            for rule in single:
                own += rule(project, entry, wanted)
            if judging and entry.document.marked:
                from milestones.rules import suppression

                own += suppression.further(project, entry, wanted, _MODULES)
            if own:
                found[entry.path] = own
            if trim is not None:
                trim(entry.document)
                entry.__dict__.pop("values", None)
        return found

    if frugal and families - _BY_NAME and project.profile.plain:
        from milestones.rules import facts, twofold

        # A registry repeats whole documents, so those of its kind stay whole, and here.
        listed = project.profile.registry.kind if project.profile.registry is not None else ""
        most = [entry for entry in entries if entry.kind.name != listed]
        found = own_rules([entry for entry in entries if entry.kind.name == listed])
        if memory is not None and (known := memory.own(project, most)):
            found |= known
            most = [entry for entry in most if entry.path not in known]
        trimmed = partial(own_rules, trim=facts.trim)
        parts: list[Part] = []
        if twofold.possible(len(most)):
            names = partial(project.sequences_of, entries)  # what numbers there are, names tell
            own, parts = twofold.run(most, trimmed, names)
            found |= own
        else:
            found |= trimmed(most)
        if memory is not None:
            memory.note(project, found, parts)
    else:
        found = own_rules(entries)
    for some in found.values():
        yield from some
    for module in modules:
        if hasattr(module, "whole"):
            yield from module.whole(project, entries, wanted)


def _one_line(finding: Finding) -> Finding:
    """A finding that quotes a value of several lines says so on one: every report relies on it."""
    if "\n" not in finding.message and "\n" not in finding.help:
        return finding
    message, help = (" ".join(text.split("\n")).rstrip() for text in (finding.message, finding.help))
    return finding._replace(message=message, help=help)


def _severity(project: Project, finding: Finding) -> Severity | None:
    """How severe a finding is here, or None where the convention or the configuration does not want it."""
    entry = project.entry(finding.path)
    if entry is not None and (finding.code in entry.kind.without or finding.code[:2] in entry.kind.without):
        return None
    usual = project.profile.severity.get(finding.code)
    if usual == "off" and finding.code not in project.config.severity:
        return None
    severity = _own(finding) if usual is None else Severity(usual)
    return project.config.severity_of(finding.code, finding.path, severity)


def _own(finding: Finding) -> Severity:
    # A rule may call a case milder than the manifest says, never more severe.
    severity = RULES[finding.code].severity
    return finding.severity if finding.severity.rank < severity.rank else severity


def _concerns(finding: Finding, chosen: frozenset[str]) -> bool:
    return finding.path in chosen or any(related.path in chosen for related in finding.related)


def _statistics(project: Project, entries: list[Entry], wanted: frozenset[str]) -> Statistics:
    if project.look_alikes and not entries:
        return Statistics(len(project.look_alikes), 0, len(project.look_alikes))
    if all(code[:2] in _BY_NAME for code in wanted):
        return Statistics(len(entries), 0, 0)  # names only: nothing was opened
    read = sum(e.document.fields is not None and (e.kind.id is None or e.id is not None) for e in entries)
    return Statistics(len(entries), read, len(entries) - read)
