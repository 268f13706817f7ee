"""Registries to ask: one in memory, one on the example repository under git, and both by turns."""

from __future__ import annotations

import os
import subprocess
from typing import TYPE_CHECKING

import pytest

from milestones import MilestoneRegistry

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

PLAN = "EP-20260105-001"


def git(root: Path, *arguments: str) -> str:
    """Standard output of git, which must succeed."""
    done = subprocess.run(["git", *arguments], cwd=root, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


def committed(root: Path) -> Path:
    """Put a folder under git, with everything committed."""
    git(root, "init", "-q", "-b", "main")
    git(root, "config", "user.name", "Mira Example")
    git(root, "config", "user.email", "mira@example.org")
    git(root, "add", "-A")
    git(root, "commit", "-q", "--allow-empty", "-m", "first")
    return root


@pytest.fixture(autouse=True)
def _same_everywhere(monkeypatch: pytest.MonkeyPatch, today: str) -> None:
    """Git without the machine's configuration, on the examples' day."""
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", os.devnull)
    monkeypatch.setenv("GIT_CONFIG_NOSYSTEM", "1")
    assert today == "2026-02-01"


@pytest.fixture
def example(repository: Callable[..., Path]) -> Path:
    """The example of the default convention, under git."""
    return committed(repository())


@pytest.fixture
def empty(tmp_path: Path) -> Path:
    """A repository with nothing in it."""
    there = tmp_path / "empty"
    there.mkdir()
    return committed(there)


@pytest.fixture(params=["memory", "repository"])
def registry(request: pytest.FixtureRequest, empty: Path) -> MilestoneRegistry:
    """An empty registry of either sort."""
    if request.param == "memory":
        return MilestoneRegistry()
    made = MilestoneRegistry.open(empty)
    made.start_plan("Launch")
    return made
