"""Sites built from the fixture repositories by the real generators."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Protocol

import pytest

FIXTURES = Path(__file__).parent.parent / "fixtures"
TODAY = "1769904000"  # 2026-02-01, as SOURCE_DATE_EPOCH

MKDOCS_YML = """\
site_name: Fixture
site_url: {url}
repo_url: {repo}
edit_uri: edit/main/docs/
theme:
{theme}
plugins:
{plugins}
{more}
"""


class Site(Protocol):
    def __call__(
        self,
        *,
        theme: str = ...,
        options: str = ...,
        more: str = ...,
        generator: str = ...,
        strict: bool = ...,
        url: str = ...,
        repo: str = ...,
    ) -> subprocess.CompletedProcess[str]: ...


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    """A copy of the base repository, in git, with a small MkDocs site beside the plans."""
    root = tmp_path / "repository"
    shutil.copytree(FIXTURES / "base", root)
    (root / "docs").mkdir(exist_ok=True)
    (root / "docs" / "index.md").write_text("# Home\n\nSee the [roadmap](milestones/index.md).\n", encoding="utf-8")
    git(root, "init", "--quiet", "-b", "main")
    git(root, "add", "-A")
    git(root, "-c", "user.name=Ana", "-c", "user.email=ana@example.org", "commit", "--quiet", "-m", "Plans")
    return root


def git(root: Path, *arguments: str) -> None:
    environment = {k: v for k, v in os.environ.items() if not k.startswith("GIT_")}
    subprocess.run(["git", *arguments], cwd=root, check=True, env=environment, capture_output=True)


@pytest.fixture
def build(repository: Path) -> Site:
    """Write mkdocs.yml and run a build; the site is in ``repository/site``."""

    def run(
        *,
        theme: str = "  name: material\n  font: false\n  features: [navigation.instant]",
        options: str = "{}",
        more: str = "",
        generator: str = "mkdocs",
        strict: bool = False,
        url: str = "https://example.org/sub/",
        repo: str = "https://github.com/example/fixture",
    ) -> subprocess.CompletedProcess[str]:
        plugins = f"  - search\n  - milestones: {options}"
        text = MKDOCS_YML.format(theme=theme, plugins=plugins, more=more, url=url, repo=repo)
        (repository / "mkdocs.yml").write_text(text, encoding="utf-8")
        return subprocess.run(
            [sys.executable, "-m", generator, "build", *(["--strict"] if strict else [])],
            cwd=repository,
            env=environment(),
            text=True,
            capture_output=True,
            check=False,
        )

    return run


def environment() -> dict[str, str]:
    kept = {k: v for k, v in os.environ.items() if not k.startswith("GIT_")}
    return kept | {"NO_MKDOCS_2_WARNING": "1", "SOURCE_DATE_EPOCH": TODAY}


def milestone_files(root: Path) -> list[Path]:
    return sorted(root.glob(".agent/exec_plans/*/milestones/**/*_MS*.md"))
