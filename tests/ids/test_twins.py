"""Two documents with one number in one tree: which keeps it, and what the other gets."""

from __future__ import annotations

import importlib.util
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

_SPEC = importlib.util.spec_from_file_location("ids_tests", Path(__file__).with_name("test_ids.py"))
assert _SPEC is not None
assert _SPEC.loader is not None
_ids = importlib.util.module_from_spec(_SPEC)
sys.modules.setdefault("ids_tests", _ids)
_SPEC.loader.exec_module(_ids)

PLAN, book, by_hand, codes = _ids.PLAN, _ids.book, _ids.by_hand, _ids.codes


def names(repo: Any) -> list[str]:
    """Milestones from MS004 on."""
    found = sorted(path.stem.partition("MS")[2] for path in _ids.folder(repo).rglob("*MS0*.md"))
    return [name for name in found if name > "004"]


def test_the_one_that_the_ledger_knows_keeps_it(repo: Any) -> None:
    repo.ok("ledger", "build")
    repo.commit("ledger")
    # Older and first by name, but not in the ledger.
    by_hand(repo, 4, "Another", line=False)
    by_hand(repo, 4, "Known")
    (repo.root / "docs/more.md").write_text(f"Both are here: {PLAN}/MS004.\n", encoding="utf-8")
    repo.commit("more")
    found = repo.run("check", "--select", "SQ001").out
    assert "MS004_another.md\n" in found.partition("note")[0]
    assert "fixable with --unsafe-fixes" in found
    tree = repo.tree()
    shown = repo.run("check", "--unsafe-fixes", "--diff", "--select", "SQ001")
    assert f"+id: {PLAN}/MS005" in shown.out
    assert "1 finding would be fixed" in shown.err
    assert repo.tree() == tree
    done = repo.run("check", "--unsafe-fixes", "--select", "SQ001")
    assert "Fixed 1 finding in 1 file" in done.err
    assert f"note: look at it, it may mean either: docs/more.md:1: {PLAN}/MS004" in done.err
    assert names(repo) == ["004_known", "005_another"]
    assert f"id: {PLAN}/MS005" in repo.text("MS005")
    assert _ids.ids(repo)[3:] == ["MS004 known", "MS005 another"]
    assert not [code for code in codes(repo) if code[:2] in ("SQ", "FM", "NM", "RD")]


def test_else_the_older_by_git(repo_v1: Any) -> None:
    by_hand(repo_v1, 4, "Later by name")
    (repo_v1.root / "docs/more.md").write_text(f"The older one: {PLAN}/MS004.\n", encoding="utf-8")
    repo_v1.commit("more")
    by_hand(repo_v1, 4, "Earlier by name")
    command = ["git", "-c", "user.name=x", "-c", "user.email=x@y", "commit", "-q", "--amend", "--no-edit"]
    later = {**os.environ, "GIT_COMMITTER_DATE": "2037-01-01T12:00:00Z"}
    subprocess.run(command, cwd=repo_v1.root, env=later, check=True)
    repo_v1.run("check", "--unsafe-fixes", "--select", "SQ001")
    assert names(repo_v1) == ["004_later-by-name", "005_earlier-by-name"]
    assert (repo_v1.root / "docs/more.md").read_text(encoding="utf-8") == f"The older one: {PLAN}/MS004.\n"


def test_a_file_with_changes_stays(repo_v1: Any) -> None:
    by_hand(repo_v1, 4, "One")
    two = by_hand(repo_v1, 4, "Two")
    two.write_text(two.read_text(encoding="utf-8") + "\nmore\n", encoding="utf-8")
    done = repo_v1.run("check", "--unsafe-fixes", "--select", "SQ001")
    assert "uncommitted changes; nothing was renumbered" in done.err
    assert names(repo_v1) == ["004_one", "004_two"]


def test_two_plans(repo_v1: Any) -> None:
    repo_v1.ok("plan", "new", "Our plan")
    repo_v1.ok("new", "EP-20260201-001", "Our first")
    repo_v1.commit("ours")
    repo_v1.ok("plan", "new", "Their plan")
    repo_v1.ok("new", "EP-20260201-002", "Their first")
    for path in sorted(Path(repo_v1.root).rglob("*EP-20260201-002*")):
        path.write_text(path.read_text(encoding="utf-8").replace("EP-20260201-002", "EP-20260201-001"))
        path.rename(path.with_name(path.name.replace("EP-20260201-002", "EP-20260201-001")))
    repo_v1.commit("theirs")
    assert "SQ001" in codes(repo_v1)
    repo_v1.run("check", "--unsafe-fixes", "--select", "SQ001")
    found = sorted(path.name for path in Path(repo_v1.root / ".agent").rglob("EP-20260201-*"))
    assert found == [
        "EP-20260201-001_MS001_our-first.md",
        "EP-20260201-001_our-plan.md",
        "EP-20260201-002_MS001_their-first.md",
        "EP-20260201-002_their-plan.md",
    ]
    assert not [code for code in codes(repo_v1) if code in ("SQ001", "FM009", "FM010", "FM011", "NM001")]


def test_one_document_that_is_there_twice(repo_v1: Any) -> None:
    path = by_hand(repo_v1, 4, "One")
    archive = path.parent.parent / "archive"
    archive.mkdir(exist_ok=True)
    (archive / path.name).write_bytes(path.read_bytes())
    repo_v1.commit("twice")
    before = names(repo_v1)
    repo_v1.run("check", "--unsafe-fixes", "--select", "SQ001")
    assert names(repo_v1) == before
