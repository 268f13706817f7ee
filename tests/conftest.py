"""What most tests need: copies of the example repositories, and a fixed day."""

from __future__ import annotations

import os
import shutil
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, settings

from milestones.project import config

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

FIXTURES = Path(__file__).parent / "fixtures"
#: Files of other repositories, which this one does not hold.
CORPUS = Path(__file__).parents[2] / "shared/corpus"
#: The day on which the example repositories are seen.
TODAY = "2026-02-01"
#: Files of an overlay that say how to lay it, and are not laid.
CONTROL_FILES = (".base", ".remove", "expected.txt")

#: A machine that is busy draws slowly, which says nothing about the code.
SLOW = [HealthCheck.too_slow]
settings.register_profile("default", deadline=None, print_blob=True, suppress_health_check=SLOW)
# CI judges the commit, and not the luck of a draw: the same commit draws the same examples.
settings.register_profile("ci", deadline=None, derandomize=True, suppress_health_check=SLOW)
settings.register_profile("thorough", deadline=None, max_examples=2000, suppress_health_check=SLOW)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "default"))


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Tests marked ``corpus`` are skipped where the corpus is absent."""
    if not CORPUS.is_dir():
        absent = pytest.mark.skip(reason="the files of other repositories (../shared/corpus) are not here")
        for item in items:
            if item.get_closest_marker("corpus") is not None:
                item.add_marker(absent)


@pytest.fixture(autouse=True)
def _environment(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """No test sees the git that runs it (hooks export GIT_DIR), nor the day another test set."""
    for name in list(os.environ):
        if name.startswith("GIT_") or name == "SOURCE_DATE_EPOCH":
            monkeypatch.delenv(name)
    before = list(config._override)
    yield
    config._override[:] = before


@pytest.fixture
def today() -> str:
    """Make it the day of the example repositories."""
    config.set_today(TODAY)
    return TODAY


@pytest.fixture
def repository(tmp_path: Path) -> Callable[..., Path]:
    """Copy an example repository, and an overlay over it, to a folder of its own."""

    def copy(base: str = "base", overlay: Path | None = None) -> Path:
        there = tmp_path / "repository"
        if overlay is not None and (overlay / ".base").exists():
            base = (overlay / ".base").read_text(encoding="utf-8").strip()
        shutil.copytree(FIXTURES / base, there)
        if overlay is None:
            return there
        removed = overlay / ".remove"
        for line in removed.read_text(encoding="utf-8").splitlines() if removed.exists() else ():
            (there / line).unlink()
        for file in sorted(overlay.rglob("*")):
            if file.is_file() and file.relative_to(overlay).as_posix() not in CONTROL_FILES:
                target = there / file.relative_to(overlay)
                target.parent.mkdir(parents=True, exist_ok=True)
                shutil.copyfile(file, target)
        return there

    return copy
