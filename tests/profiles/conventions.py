"""What the tests of conventions share: an example repository opened, checked, and changed in one place."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

from milestones.project.workspace import open_workspace
from milestones.rules import check

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from milestones.project.project import Project


def opened(profile: str, root: Path) -> Project:
    """The project of a repository, which its files alone show to be of a profile."""
    project = open_workspace(root).main
    assert project.profile.name == profile
    return project


def faults(profile: str, root: Path) -> list[tuple[str, str, int]]:
    """Code, path and line of each finding. Every document was read or reported."""
    result = check(opened(profile, root))
    assert result.statistics.found == result.statistics.read + result.statistics.reported
    return [(f.code, f.path, f.line) for f in result.findings]


def change(root: Path, path: str, old: str, new: str) -> None:
    """Replace some text of a file where it first stands."""
    text = (root / path).read_text(encoding="utf-8")
    assert old in text
    (root / path).write_text(text.replace(old, new, 1), encoding="utf-8")


# The same and others as values, for tests with a list of changes.


def edit(path: str, old: str, new: str) -> Callable[[Path], object]:
    return lambda root: change(root, path, old, new)


def add(path: str, text: str) -> Callable[[Path], object]:
    def make(root: Path) -> None:
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text(text, encoding="utf-8")

    return make


def remove(path: str) -> Callable[[Path], object]:
    return lambda root: (root / path).unlink()


def move(old: str, new: str) -> Callable[[Path], object]:
    return lambda root: (root / old).rename(root / new)


def copy(old: str, new: str) -> Callable[[Path], object]:
    return lambda root: shutil.copy(root / old, root / new)
