"""What a check against the base does in CI, in hooks and in clones that lack something."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path
from typing import Any

import pytest

from milestones.ids import base

PLAN = "EP-20260105-001"


def folder(repo: Any) -> Path:
    return Path(repo.root / repo.path(PLAN)).parent


def found(repo: Any, *arguments: str, **env: str) -> str:
    done = repo.process("check", "--no-cache", "--format", "concise", *arguments, **env)
    return str(done.out + done.err)


def clone(repo: Any, there: Path, *options: str) -> None:
    """Go on in a clone."""
    command = ["git", "clone", "-q", *options, f"file://{repo.root}", str(there)]
    subprocess.run(command, check=True, capture_output=True)
    repo.root = there
    repo.git("config", "user.name", "Mira Example")
    repo.git("config", "user.email", "mira@example.org")


def race(repo: Any) -> None:
    """Two branches, each with an MS004 of its own; ``ours`` is checked out."""
    repo.git("branch", "ours")
    repo.ok("new", PLAN, "Audit log")
    (made,) = folder(repo).rglob("*MS004*")
    text = made.read_text(encoding="utf-8")
    repo.commit("theirs")
    repo.git("checkout", "-q", "ours")
    ours = made.with_name(made.name.replace("audit-log", "rate-limits"))
    ours.write_text(text.replace("Audit log", "Rate limits"), encoding="utf-8")
    repo.commit("ours")


def test_a_conflicting_path_may_be_in_no_encoding(repo: Any) -> None:
    name = os.fsencode(repo.root) + b"/caf\xe9.md"
    race(repo)
    for branch in ("main", "ours"):
        repo.git("checkout", "-q", branch)
        with open(name, "w", encoding="utf-8") as file:
            file.write(branch)
        repo.commit("both")
    out = found(repo, "--base", "main")
    assert "SQ008" in out
    assert "internal error" not in out


def test_in_a_shallow_clone_of_a_push_it_can_not_tell(repo: Any, tmp_path: Path) -> None:
    before = repo.git("rev-parse", "HEAD").strip()
    repo.ok("new", PLAN, "Rate limits")
    repo.commit("pushed")
    clone(repo, tmp_path / "shallow", "--depth", "1")
    event = tmp_path / "event.json"
    github = {"GITHUB_ACTIONS": "true", "GITHUB_EVENT_PATH": str(event)}
    for said in ({"before": before}, {"merge_group": {"base_sha": before}}):
        event.write_text(json.dumps(said), encoding="utf-8")
        out = found(repo, "--base", "auto", **github)
        assert "SQ009" in out
        assert "fetch-depth: 0" in found(repo, "--base", "auto", "--format", "full", **github)
    assert "SQ009" in found(repo, "--base", "auto", GITLAB_CI="true", CI_COMMIT_BEFORE_SHA=before)
    repo.git("fetch", "-q", "--unshallow")
    assert "SQ009" not in found(repo, "--base", "auto", **github)


def test_what_a_forced_push_replaced_gives_way_to_the_default_branch(repo: Any, tmp_path: Path) -> None:
    clone(repo, tmp_path / "clone")
    directory = str(repo.root)
    gitlab = {"GITLAB_CI": "true", "CI_COMMIT_BEFORE_SHA": "1" * 40}
    assert base.auto(directory, gitlab) == "1" * 40  # of the default branch itself, nothing else tells
    repo.git("checkout", "-q", "-b", "ours")
    repo.commit("ours")
    assert base.auto(directory, gitlab) == "origin/main"


def test_a_hook_looks_at_what_is_pushed(repo: Any) -> None:
    race(repo)
    pushed = repo.git("rev-parse", "ours").strip()
    repo.git("checkout", "-q", "-b", "clean", "main")
    assert "SQ008" not in found(repo, "--base", "main")
    assert "SQ008" in found(repo, "--base", "main", PRE_COMMIT_TO_REF=pushed)
    repo.git("checkout", "-q", "ours")
    assert "SQ008" in found(repo, "--base", "main", PRE_COMMIT_TO_REF=pushed)
    main = repo.git("rev-parse", "main").strip()
    assert "SQ008" not in found(repo, "--base", "main", PRE_COMMIT_TO_REF=main)
    assert "SQ009" in found(repo, "--base", "main", PRE_COMMIT_TO_REF="1" * 40)


def test_nothing_is_written_into_the_repository(repo: Any) -> None:
    race(repo)

    def objects() -> set[Path]:
        return set((repo.root / ".git" / "objects").rglob("*"))

    before = objects()
    assert "SQ008" in found(repo, "--base", "main")
    assert objects() == before


def test_a_partial_clone_is_no_pass(repo: Any, tmp_path: Path) -> None:
    race(repo)
    repo.git("config", "uploadpack.allowFilter", "true")
    clone(repo, tmp_path / "partial", "--filter=blob:none", "--sparse", "--branch", "ours")
    out = found(repo, "--base", "origin/main")
    assert "SQ009" in out
    assert "lazy fetching" not in out


def test_a_line_that_was_taken_out_is_found(repo: Any) -> None:
    repo.ok("ledger", "build")
    repo.ok("new", PLAN, "Audit log")
    repo.commit("ledger")
    repo.git("checkout", "-q", "-b", "ours")
    assert "SQ006" not in found(repo, "--base", "main")
    (made,) = folder(repo).rglob("*MS004*")
    made.unlink()
    book = folder(repo) / "ids.txt"
    book.write_text(book.read_text(encoding="utf-8").replace("MS004 audit-log\n", ""), encoding="utf-8")
    assert "SQ006" not in found(repo)
    out = found(repo, "--base", "main")
    assert "SQ006" in out
    assert "MS004 audit-log" in out
    book.unlink()
    assert "SQ006" in found(repo, "--base", "main")


def test_a_plan_that_moves_keeps_its_lines(repo_v1: Any) -> None:
    repo = repo_v1
    repo.ok("ledger", "build")
    repo.commit("ledger")
    repo.git("checkout", "-q", "-b", "ours")
    before = folder(repo)
    repo.git("mv", str(before), str(before.with_name("hooks-again")))
    repo.commit("move")
    assert folder(repo) != before
    assert "SQ006" not in found(repo, "--base", "main")
    (folder(repo) / "ids.txt").unlink()
    assert "hooks-again/ids.txt" in found(repo, "--base", "main")


def test_what_the_base_gave_out_and_deleted_is_not_free(repo: Any) -> None:
    race(repo)
    repo.git("checkout", "-q", "main")
    (theirs,) = folder(repo).rglob("*audit-log*")
    theirs.unlink()
    repo.commit("dropped")
    repo.git("checkout", "-q", "ours")
    out = found(repo, "--base", "main")
    assert "SQ008" in out
    assert "audit-log" in out


def test_a_document_that_is_renamed_keeps_its_number(repo: Any) -> None:
    repo.git("checkout", "-q", "-b", "ours")
    old = repo.path("MS003")
    new = old.replace("show-deliveries", "show-what-arrived")
    assert new != old
    repo.git("mv", old, new)
    repo.commit("rename")
    assert "SQ008" not in found(repo, "--base", "main")


# What `new` and `ledger build` can't tell.


def test_new_says_that_a_shallow_clone_does_not_know_all(repo: Any, tmp_path: Path) -> None:
    assert repo.process("new", PLAN, "Rate limits", "--dry-run").err == ""
    clone(repo, tmp_path / "shallow", "--depth", "1")
    done = repo.process("new", PLAN, "Rate limits", "--dry-run")
    assert done.status == 0
    assert "the clone is shallow" in done.err
    assert "git fetch --unshallow" in done.err


def test_a_first_commit_that_the_log_hides_counts(repo: Any) -> None:
    last = repo.path("MS003")
    repo.git("rm", "-q", last)
    repo.commit("gone")
    repo.git("config", "log.showRoot", "false")
    assert "/MS004" in repo.ok("new", PLAN, "Rate limits")


def test_a_ledger_that_can_not_be_read_is_not_added_to(repo: Any) -> None:
    repo.ok("ledger", "build")
    book = folder(repo) / "ids.txt"
    text = book.read_text(encoding="utf-8").replace("MS003 ", "MS003:")
    book.write_text(text, encoding="utf-8")
    done = repo.process("ledger", "build")
    assert done.status == 1
    assert "the ledger can't be read" in done.err
    assert book.read_text(encoding="utf-8") == text


def test_documents_behind_a_link_are_not_seen(repo: Any, tmp_path: Path) -> None:
    repo.ok("ledger", "build")
    below = folder(repo) / "milestones"
    if not below.exists():
        pytest.skip("milestones lie elsewhere in this convention")
    below.rename(tmp_path / "elsewhere")
    below.symlink_to(tmp_path / "elsewhere")
    repo.commit("link")
    out = found(repo)
    assert "SQ006" in out
    assert "symbolic link" in out
