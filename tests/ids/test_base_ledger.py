"""Ledgers as the next commit has them, and what git merges them with."""

from __future__ import annotations

import subprocess
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from pathlib import Path

PLAN = "EP-20260105-001"


def found(repo: Any, *arguments: str) -> str:
    return str(repo.process("check", "--no-cache", *arguments).out)


@pytest.fixture
def with_ledger(repo: Any) -> Any:
    repo.ok("ledger", "build")
    repo.commit("ledger")
    return repo


def test_a_line_that_is_not_staged_is_not_in_the_next_commit(with_ledger: Any) -> None:
    repo = with_ledger
    repo.ok("new", PLAN, "Rate limits")
    repo.git("add", "-A")
    assert "SQ006" not in found(repo, "--staged")
    ledger = next(line for line in repo.git("ls-files").splitlines() if line.endswith("ids.txt"))
    repo.git("reset", "-q", "--", ledger)
    assert "SQ006" in found(repo, "--staged")
    assert "SQ006" not in found(repo)


def test_what_is_staged_says_how_a_ledger_is_merged(with_ledger: Any) -> None:
    repo = with_ledger
    attributes = repo.root / ".gitattributes"
    attributes.write_text("*.txt merge=union\n", encoding="utf-8")
    assert "SQ007" not in found(repo, "--staged")  # it is not in the next commit
    repo.git("add", "-A")
    attributes.unlink()
    assert "SQ007" in found(repo, "--staged")
    assert "SQ007" not in found(repo)


def test_attributes_outside_the_work_tree_count(with_ledger: Any) -> None:
    repo = with_ledger
    inside = repo.root / ".git" / "info" / "attributes"
    inside.parent.mkdir(exist_ok=True)
    inside.write_text("*.txt text\n", encoding="utf-8")
    assert "SQ007" not in found(repo)
    inside.write_text("*.txt merge=union\n", encoding="utf-8")
    assert "merge=union" in found(repo)
    assert ".git/info/attributes" in found(repo)
    inside.unlink()
    assert "SQ007" not in found(repo)


@pytest.mark.parametrize(("driver", "refused"), [("union", True), ("text", False)])
def test_a_configured_way_of_merging_counts(with_ledger: Any, driver: str, refused: bool) -> None:
    repo = with_ledger
    repo.git("config", "merge.default", driver)
    assert ("SQ007" in found(repo)) == refused
    repo.git("config", "--unset", "merge.default")
    assert "SQ007" not in found(repo)


def test_a_configured_file_of_attributes_counts(with_ledger: Any, tmp_path: Path) -> None:
    repo = with_ledger
    (tmp_path / "more").write_text("ids.txt merge=union\n", encoding="utf-8")
    repo.git("config", "core.attributesFile", str(tmp_path / "more"))
    assert "SQ007" in found(repo)


def test_attributes_above_the_folder_count(with_ledger: Any, tmp_path: Path) -> None:
    """A configuration may lie deeper than the repository's top."""
    top = tmp_path / "top"
    top.mkdir()
    with_ledger.root.rename(top / "inner")
    subprocess.run(["mv", str(top / "inner" / ".git"), str(top / ".git")], check=True)
    (top / "inner" / "milestones.toml").touch()
    (top / ".gitattributes").write_text("*.txt merge=union\n", encoding="utf-8")
    with_ledger.root = top / "inner"
    assert "SQ007" in found(with_ledger)
