"""RD: what the reader could not read. The reader finds these; nothing else is said of such a file."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from milestones.model import Finding
    from milestones.project.entry import Entry
    from milestones.project.project import Project


def document(_project: Project, entry: Entry, _wanted: frozenset[str]) -> Iterator[Finding]:
    """Pass on what the reader noted."""
    yield from entry.document.findings
