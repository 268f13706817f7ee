"""SP: comments that let findings be. What they let be is taken out here, and what is wrong with them is found.

Imported only where a document has such a comment. ``check`` asks ``further`` for what the named rules find, ``applied``
for the findings that stay, and ``faults`` for what is wrong with the comments themselves.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

from milestones.manifest import BY_NAME, FAMILIES, RULES
from milestones.model import Finding, Position

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from milestones.documents.suppressions import Suppression
    from milestones.project.entry import Entry
    from milestones.project.project import Project

FAMILY = "SP"


def codes(word: str) -> frozenset[str]:
    """The codes that a word of a comment stands for: a code, a name or a family; none where it is neither."""
    if word in RULES:
        return frozenset((word,))
    if word in BY_NAME:
        return frozenset((BY_NAME[word].code,))
    return frozenset(code for code in RULES if code.startswith(word)) if word in FAMILIES else frozenset()


def _named(entry: Entry) -> frozenset[str]:
    """Every rule that the comments of a document name; those about comments can't be let be by one."""
    words = {word for comment in entry.document.suppressions for word, _ in comment.words}
    return frozenset(code for word in words for code in codes(word) if not code.startswith(FAMILY))


def further(project: Project, entry: Entry, wanted: frozenset[str], modules: dict[str, str]) -> Iterator[Finding]:
    """What a document's comments let be, of rules that were not asked for: unused is what has nothing to let be."""
    named = _named(entry) - wanted
    for family in sorted({code[:2] for code in named}):
        module = import_module(f"milestones.rules.{modules[family]}")
        if hasattr(module, "document"):
            yield from module.document(project, entry, named)


def further_together(
    project: Project, entries: Iterable[Entry], wanted: frozenset[str], modules: dict[str, str]
) -> Iterator[Finding]:
    """The same of rules over several documents."""
    some = list(entries)
    named = frozenset(code for entry in some for code in _named(entry)) - wanted
    for family in sorted({code[:2] for code in named}):
        module = import_module(f"milestones.rules.{modules[family]}")
        if hasattr(module, "whole"):
            yield from module.whole(project, some, named)


def applied(project: Project, findings: Iterable[Finding]) -> list[Finding]:
    """The findings that no comment lets be."""
    return [finding for finding in findings if not _let_be(project, finding)]


def _let_be(project: Project, finding: Finding) -> bool:
    entry = project.entry(finding.path)
    if entry is None or finding.code.startswith(FAMILY):
        return False
    return any(
        _speaks_of(comment, finding) and any(finding.code in codes(word) for word, _ in comment.words)
        for comment in entry.document.suppressions
    )


def _speaks_of(comment: Suppression, finding: Finding) -> bool:
    if finding.position is None:
        return comment.whole
    return comment.first <= finding.line <= comment.last or (comment.whole and finding.line <= comment.line)


def faults(entries: Iterable[Entry], findings: Iterable[Finding]) -> Iterator[Finding]:
    """What is wrong with comments, given everything that the rules they name find."""
    by_path: dict[str, list[Finding]] = {}
    for finding in findings:
        by_path.setdefault(finding.path, []).append(finding)
    for entry in entries:
        for comment in entry.document.suppressions:
            yield from _faults(entry.path, comment, by_path.get(entry.path, []))


def _faults(path: str, comment: Suppression, findings: list[Finding]) -> Iterator[Finding]:
    place = Position(comment.line, comment.column, comment.end_column)
    if not comment.words:
        help = "write the code in brackets: `milestones: ignore[CODE] reason`"
        yield Finding("SP003", path, "this comment names no rule", place, help)
    elif not comment.reason:
        yield Finding("SP002", path, "this comment does not say why", place, "write the reason after the bracket")
    for word, column in comment.words:
        position = Position(comment.line, column, column + len(word))
        meant = codes(word)
        if not meant:
            yield Finding("SP003", path, f"there is no rule `{word}`", position, _near(word))
        elif not any(f.code in meant and f.code[:2] != FAMILY and _speaks_of(comment, f) for f in findings):
            message = f"`{word}` finds nothing here that this comment could let be"
            yield Finding("SP001", path, message, position, "remove it, or move it to where the finding is")


def _near(word: str) -> str:
    from milestones.rules.nearest import nearest

    near = nearest(word, [*RULES, *BY_NAME, *FAMILIES], n=1) or nearest(word.upper(), list(RULES), n=1)
    return f"did you mean `{near[0]}`?" if near else "`milestones rule` lists them"
