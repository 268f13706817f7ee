"""Documents that a sparse checkout leaves out are part of their plans all the same."""

from __future__ import annotations

import subprocess
from typing import TYPE_CHECKING

import pytest

from milestones import rules
from milestones.project.workspace import open_workspace

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


@pytest.mark.usefixtures("today")
def test_a_sparse_checkout_is_checked_as_the_whole(repository: Callable[..., Path]) -> None:
    root = repository()

    def git(*words: str) -> None:
        subprocess.run(["git", *words], cwd=root, check=True, capture_output=True)

    git("init", "-q")
    (left_out,) = root.glob(".agent/**/*_MS001_*.md")
    left_out.write_text(left_out.read_text(encoding="utf-8").replace("domain: ", "domain: x"), encoding="utf-8")
    git("add", "-A")
    git("-c", "user.name=Mira", "-c", "user.email=mira@example.org", "commit", "-qm", "all of it")
    expected = rules.check(open_workspace(root))
    assert [finding.code for finding in expected.findings] == ["FM004"]
    git("sparse-checkout", "set", "--no-cone", "/*", "!archive/")
    assert not left_out.exists()
    assert rules.check(open_workspace(root)) == expected
    assert rules.check(open_workspace(root, glance=lambda: [])) == expected
    (removed,) = root.glob(".agent/**/*_MS003_*.md")
    removed.unlink()  # this one really is gone
    names = open_workspace(root).main.names
    assert names == open_workspace(root, glance=lambda: []).main.names
    assert left_out.relative_to(root).as_posix() in names
    assert removed.relative_to(root).as_posix() not in names
