"""A check in two processes says what a check in one does."""

from __future__ import annotations

import os
import re
from typing import TYPE_CHECKING

import pytest

from milestones import rules
from milestones.project.workspace import open_workspace
from milestones.rules import twofold

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


def damage(root: Path) -> None:
    """Faults of every sort, in files of both halves."""
    files = sorted(root.glob(".agent/**/*MS*.md"))
    texts = [file.read_text(encoding="utf-8") for file in files]
    files[0].write_text(re.sub(r"(?m)^created: .*$", "created: 2026-01-31", texts[0]), encoding="utf-8")
    files[1].write_text(texts[1].replace("---\n", "---\nkey: *a\n", 1), encoding="utf-8")
    files[2].write_text(re.sub(r"(?m)^domain: .*$", "domain: kitchen", texts[2]) + "\n[x](gone.md)\n", encoding="utf-8")


@pytest.mark.usefixtures("today")
@pytest.mark.parametrize("base", ["base", "base-v2"])
@pytest.mark.parametrize("failing", [False, True])
@pytest.mark.filterwarnings("ignore:.*fork:DeprecationWarning")
def test_two_processes_find_what_one_does(
    repository: Callable[..., Path], base: str, failing: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    root = repository(base)
    damage(root)
    expected = rules.check(open_workspace(root))
    assert {f.code[:2] for f in expected.findings} >= {"RD", "FM", "RF"}
    forked = []
    monkeypatch.setattr(twofold, "possible", lambda count: count > 1)
    fork = os.fork

    def counted() -> int:
        forked.append(True)
        child = fork()
        if child == 0 and failing:
            os._exit(7)
        return child

    monkeypatch.setattr(os, "fork", counted)
    assert rules.check(open_workspace(root), frugal=True) == expected
    assert forked == [True]


@pytest.mark.usefixtures("today")
@pytest.mark.filterwarnings("ignore:.*fork:DeprecationWarning")
def test_a_cycle_across_the_halves_is_found(repository: Callable[..., Path], monkeypatch: pytest.MonkeyPatch) -> None:
    root = repository("base")
    files = sorted(root.glob(".agent/**/*MS*.md"), key=lambda f: re.findall(r"MS\d+", f.name))
    ids = [re.search(r"(?m)^id: (\S+)$", f.read_text(encoding="utf-8")) for f in files]
    for file, wanted in zip(files, ids[1:] + ids[:1], strict=True):
        assert wanted
        text = re.sub(r"(?m)^depends_on:.*\n(?:  ?- .*\n)*", "", file.read_text(encoding="utf-8"))
        file.write_text(text.replace("\nrisk:", f"\ndepends_on: [{wanted[1]}]\nrisk:", 1), encoding="utf-8")
    monkeypatch.setattr(twofold, "possible", lambda count: True)
    assert [f.code for f in rules.check(open_workspace(root), frugal=True).findings if f.code == "RF003"] == ["RF003"]
