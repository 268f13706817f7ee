"""Two new documents with one id: every mention goes with the document that it meant where it was written."""

from __future__ import annotations

import importlib.util
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from milestones.ids import mentions

_SPEC = importlib.util.spec_from_file_location("ids_tests", Path(__file__).with_name("test_ids.py"))
assert _SPEC is not None
assert _SPEC.loader is not None
_ids = importlib.util.module_from_spec(_SPEC)
sys.modules.setdefault("ids_tests", _ids)
_SPEC.loader.exec_module(_ids)

PLAN, attempt, book, by_hand, codes = _ids.PLAN, _ids.attempt, _ids.book, _ids.by_hand, _ids.codes


def siblings(repo: Any) -> None:
    """Two branches, each with an MS004 and an MS005 that waits for it, and a note about the MS004."""
    for name in ("b2", "b3"):
        repo.git("checkout", "-q", "-b", name, "main")
        by_hand(repo, 4, f"Thing {name}")
        follow = by_hand(repo, 5, f"Follow {name}")
        text = follow.read_text(encoding="utf-8").replace(f"  - {PLAN}/MS002", f"  - {PLAN}/MS004")
        follow.write_text(text, encoding="utf-8")
        (repo.root / f"docs/note-{name}.md").write_text(f"{name} needs {PLAN}/MS004.\n", encoding="utf-8")
        repo.commit(f"Notes of {name}")
    repo.git("checkout", "-q", "b2")


def files(repo: Any) -> dict[str, str]:
    """Texts of milestones by slug."""
    found = _ids.folder(repo).rglob("*MS0*.md")
    return {path.stem.partition("MS")[2]: path.read_text(encoding="utf-8") for path in found}


def together(repo: Any) -> None:
    """What ``siblings`` meant is still what everything means."""
    texts = files(repo)
    assert f"id: {PLAN}/MS004" in texts["004_thing-b2"]
    assert f"id: {PLAN}/MS005" in texts["005_thing-b3"]
    assert f"id: {PLAN}/MS006" in texts["006_follow-b2"]
    assert f"id: {PLAN}/MS007" in texts["007_follow-b3"]
    assert f"  - {PLAN}/MS004" in texts["006_follow-b2"]
    assert f"  - {PLAN}/MS005" in texts["007_follow-b3"]
    assert (repo.root / "docs/note-b2.md").read_text(encoding="utf-8") == f"b2 needs {PLAN}/MS004.\n"
    assert (repo.root / "docs/note-b3.md").read_text(encoding="utf-8") == f"b3 needs {PLAN}/MS005.\n"
    assert not [code for code in codes(repo) if code[:2] in ("SQ", "FM", "NM", "RD")]


@pytest.mark.parametrize("with_ledger", [True, False])
def test_a_sibling_branch_is_merged(repo: Any, with_ledger: bool) -> None:
    if with_ledger:
        repo.ok("ledger", "build")
        repo.commit("ledger")
    siblings(repo)
    assert (attempt(repo, "merge", "--no-edit", "b3") != 0) == with_ledger
    out = repo.ok("renumber", "--base", "main")
    assert "left as it is" not in out
    repo.commit("renumbered")
    together(repo)
    assert "nothing to renumber" in repo.ok("renumber", "--base", "main")


def test_a_merge_of_three_at_once(repo_v1: Any) -> None:
    siblings(repo_v1)
    repo_v1.git("checkout", "-q", "main")
    (repo_v1.root / "docs/main.md").write_text("x\n", encoding="utf-8")
    repo_v1.commit("main goes on")
    assert attempt(repo_v1, "merge", "--no-edit", "b2", "b3") == 0
    repo_v1.ok("renumber")
    together(repo_v1)


def test_two_merges_in_a_row(repo_v1: Any) -> None:
    siblings(repo_v1)
    repo_v1.git("checkout", "-q", "-b", "both", "main")
    for name in ("b2", "b3"):
        assert attempt(repo_v1, "merge", "--no-ff", "--no-edit", name) == 0
    repo_v1.ok("renumber", "--base", "main")
    together(repo_v1)


def test_a_squash_brings_the_lines_with_what_they_are_about(repo_v1: Any) -> None:
    siblings(repo_v1)
    assert attempt(repo_v1, "merge", "--squash", "b3") == 0
    repo_v1.commit("squashed")
    repo_v1.ok("renumber", "--base", "main")
    together(repo_v1)


def test_what_nothing_tells_is_left_and_told(repo_v1: Any) -> None:
    siblings(repo_v1)
    assert attempt(repo_v1, "merge", "--no-edit", "b3") == 0
    note = repo_v1.root / "docs/both.md"
    note.write_text(f"Now {PLAN}/MS004.\n", encoding="utf-8")
    repo_v1.commit("a line that knows both")
    out = repo_v1.ok("renumber", "--base", "main")
    assert f"left as it is, look at it: docs/both.md:1: {PLAN}/MS004\n" in out
    assert note.read_text(encoding="utf-8") == f"Now {PLAN}/MS004.\n"
    together(repo_v1)


def test_lines_about_what_the_base_has_stay(repo_v1: Any) -> None:
    """A sibling that knew the base's document speaks of that one."""
    repo_v1.git("checkout", "-q", "-b", "old")
    by_hand(repo_v1, 4, "Mine")
    repo_v1.git("checkout", "-q", "main")
    by_hand(repo_v1, 4, "Of the base")
    repo_v1.git("checkout", "-q", "-b", "newer")
    (repo_v1.root / "docs/newer.md").write_text(f"See {PLAN}/MS004.\n", encoding="utf-8")
    repo_v1.commit("newer")
    repo_v1.git("checkout", "-q", "old")
    assert attempt(repo_v1, "merge", "--no-edit", "newer") == 0
    repo_v1.ok("renumber", "--base", "main")
    assert "005_mine" in files(repo_v1)
    assert (repo_v1.root / "docs/newer.md").read_text(encoding="utf-8") == f"See {PLAN}/MS004.\n"


# How ids are written.

MINE = f"{PLAN}_MS004_mine"


def changed(repo: Any, text: str, path: str = "docs/more.md", encoding: str = "utf-8") -> str:
    """A file after MS004 has become MS005, and MS005 MS006."""
    repo.git("branch", "theirs")
    repo.git("checkout", "-q", "-b", "ours")
    by_hand(repo, 4, "Mine")
    by_hand(repo, 5, "Mine too")
    file = repo.root / path
    before = file.read_bytes() if file.exists() else b""
    file.write_bytes(before + text.encode(encoding))
    repo.commit("text")
    repo.git("checkout", "-q", "theirs")
    by_hand(repo, 4, "Theirs")
    repo.git("checkout", "-q", "ours")
    repo.ok("renumber", "--base", "theirs")
    return str(file.read_bytes()[len(before) :].decode(encoding))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (f"_{PLAN}/MS004_ __{PLAN}/MS004__", f"_{PLAN}/MS005_ __{PLAN}/MS005__"),
        (f"_{MINE}.md_", f"_{MINE.replace('004', '005')}.md_"),
        (f"{PLAN}_MS004 {PLAN}%2FMS004 {PLAN}%2fMS004", f"{PLAN}_MS005 {PLAN}%2FMS005 {PLAN}%2fMS005"),
        (f"{PLAN}/MS004-MS005", f"{PLAN}/MS005-MS006"),
        (f"{PLAN}/MS003–MS005 {PLAN}/MS004/MS005", f"{PLAN}/MS003–MS006 {PLAN}/MS005/MS006"),
        (f"{PLAN.lower()}/ms004", f"{PLAN.lower()}/ms005"),
        (f"[MS004](../x/{MINE}.md)", f"[MS005](../x/{MINE.replace('004', '005')}.md)"),
        (f"[MS004 and MS005](../x/{MINE}.md)", f"[MS005 and MS005](../x/{MINE.replace('004', '005')}.md)"),
        (f"{PLAN}_MS004_theirs.md {PLAN}/MS0041 {PLAN}/MS004.5 MS004 _MS004_", None),
        (f"x{PLAN}/MS004 a_{PLAN}/MS004 EP-20260105-0011/MS004 {MINE}-more.md", None),
    ],
)
def test_a_mention_follows_however_it_is_written(repo_v1: Any, text: str, expected: str | None) -> None:
    assert changed(repo_v1, text) == (expected if expected is not None else text)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("_MS004_ __MS004__ (MS004)", "_MS005_ __MS005__ (MS005)"),
        ("MS004/MS005 MS001-MS004", "MS005/MS006 MS001-MS005"),
        ("MS004_x ms004 path/MS004 aMS004", "MS004_x ms004 path/MS004 aMS004"),
    ],
)
def test_and_in_its_own_plan_without_the_plans_id(repo_v1: Any, text: str, expected: str) -> None:
    assert changed(repo_v1, f"\n{text}\n", repo_v1.path(PLAN)) == f"\n{expected}\n"


def test_a_file_in_another_encoding(repo_v1: Any) -> None:
    text = f"für {PLAN}/MS004\n"
    assert changed(repo_v1, text, encoding="latin-1") == text.replace("MS004", "MS005")


def test_a_file_that_is_no_text_of_ours_is_named(repo_v1: Any) -> None:
    repo_v1.git("branch", "theirs")
    repo_v1.git("checkout", "-q", "-b", "ours")
    by_hand(repo_v1, 4, "Mine")
    (repo_v1.root / "docs/wide.txt").write_bytes(f"{PLAN}/MS004\n".encode("utf-16"))
    repo_v1.commit("wide")
    repo_v1.git("checkout", "-q", "theirs")
    by_hand(repo_v1, 4, "Theirs")
    repo_v1.git("checkout", "-q", "ours")
    assert "look at it: docs/wide.txt: not UTF-8" in repo_v1.ok("renumber", "--base", "theirs")


def test_new_lines_are_found_in_linear_time() -> None:
    lines, before = ["same"] * 40_000, ["first", *["same"] * 20_000, "last"]
    start = time.perf_counter()
    assert len(mentions.fresh_lines(lines, before)) == 20_000
    assert time.perf_counter() - start < 2
    assert mentions.fresh_lines(["a", "b", "c"], ["a", "c"]) == {1}
    assert mentions.fresh_lines(["c", "a"], ["a", "c"]) == set()


# One path, two documents.


@pytest.mark.parametrize("with_ledger", [True, False])
def test_two_documents_at_one_path(repo: Any, with_ledger: bool) -> None:
    if with_ledger:
        repo.ok("ledger", "build")
        repo.commit("ledger")
    repo.git("branch", "theirs")
    repo.git("checkout", "-q", "-b", "ours")
    by_hand(repo, 4, "Same")
    (repo.root / "docs/more.md").write_text(f"See {PLAN}/MS004.\n", encoding="utf-8")
    repo.commit("more")
    repo.git("checkout", "-q", "theirs")
    path = by_hand(repo, 4, "Same")
    path.write_text(path.read_text(encoding="utf-8") + "\nAnother one.\n", encoding="utf-8")
    repo.git("commit", "-q", "--amend", "-a", "-m", "theirs")
    repo.git("checkout", "-q", "ours")
    attempt(repo, "merge", "--no-edit", "theirs")
    done = repo.run("renumber", "--base", "theirs")
    assert done.status == 1
    assert "git merge --abort" in done.err
    repo.git("merge", "--abort")
    assert "SQ008" in codes(repo, "--base", "theirs")
    repo.ok("renumber", "--base", "theirs")
    repo.commit("renumbered")
    assert "SQ008" not in codes(repo, "--base", "theirs")
    if attempt(repo, "merge", "--no-edit", "theirs") != 0:
        assert with_ledger
        repo.ok("renumber", "--base", "theirs")
        repo.commit("merged")
    texts = files(repo)
    assert "Another one." in texts["004_same"]
    assert f"id: {PLAN}/MS005" in texts["005_same"]
    assert (repo.root / "docs/more.md").read_text(encoding="utf-8") == f"See {PLAN}/MS005.\n"
    if with_ledger:
        assert _ids.ids(repo)[3:] == ["MS004 same", "MS005 same"]
    assert not [code for code in codes(repo) if code[:2] in ("SQ", "FM", "NM", "RD")]


def test_a_branch_built_on_one_that_was_squashed_has_the_same_document(repo_v1: Any) -> None:
    repo_v1.git("checkout", "-q", "-b", "first")
    by_hand(repo_v1, 4, "Same")
    repo_v1.git("checkout", "-q", "-b", "second")
    path = repo_v1.root / repo_v1.path("MS004")
    path.write_text(path.read_text(encoding="utf-8") + "\nGoes on.\n", encoding="utf-8")
    repo_v1.commit("second")
    repo_v1.git("checkout", "-q", "main")
    attempt(repo_v1, "merge", "--squash", "first")
    repo_v1.commit("squashed")
    repo_v1.git("checkout", "-q", "second")
    assert "nothing to renumber" in repo_v1.ok("renumber", "--base", "main")


def test_other_files_at_one_path_are_left_to_git(repo_v1: Any) -> None:
    repo_v1.git("branch", "theirs")
    repo_v1.git("checkout", "-q", "-b", "ours")
    by_hand(repo_v1, 4, "Mine")
    (repo_v1.root / "notes.txt").write_text("ours\n", encoding="utf-8")
    repo_v1.commit("ours")
    repo_v1.git("checkout", "-q", "theirs")
    by_hand(repo_v1, 4, "Theirs")
    (repo_v1.root / "notes.txt").write_text("theirs\n", encoding="utf-8")
    repo_v1.commit("theirs")
    repo_v1.git("checkout", "-q", "ours")
    assert attempt(repo_v1, "merge", "--no-edit", "theirs") != 0
    repo_v1.ok("renumber", "--base", "theirs")
    assert {"004_theirs", "005_mine"} <= files(repo_v1).keys()
