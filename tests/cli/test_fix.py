"""``check --fix`` at the front door: what it writes, what it leaves, and how it ends."""

from __future__ import annotations

from typing import Any

ID = "EP-20260105-001/MS002"


def test_a_safe_fix_is_made_and_fixing_again_changes_nothing(repo: Any) -> None:
    path = repo.root / repo.path(ID)
    before = path.read_text()
    path.write_text(before.replace("status: ", "status: 'done' # was ", 1))
    assert repo.run("check").status == 1
    shown = repo.run("check", "--fix", "--diff")
    assert (shown.status, "+status: " in shown.out) == (1, True)
    assert "'done'" in path.read_text()
    done = repo.run("check", "--fix", "--format", "concise")
    fixed = path.read_text()
    assert "FM004" not in done.out
    assert "status: completed" in fixed.replace("'", "")
    repo.run("check", "--fix")
    assert path.read_text() == fixed


def test_a_clean_tree_stays_as_it_is(repo: Any) -> None:
    before = repo.tree()
    assert repo.run("check", "--fix").status == 0
    assert repo.run("check", "--fix", "--unsafe-fixes").status == 0
    assert repo.tree() == before


def test_a_move_is_made_only_when_asked_for(repo: Any) -> None:
    path = repo.path(ID)
    text = (repo.root / path).read_text()
    (repo.root / path).write_text(text.replace("status: " + _status(text), "status: completed", 1))
    repo.git("commit", "-qam", "finished")
    assert "AR001" in repo.run("check", "--fix", "--format", "concise").out
    assert (repo.root / path).exists()
    assert "AR001" not in repo.run("check", "--fix", "--unsafe-fixes", "--format", "concise").out
    assert not (repo.root / path).exists()


def test_what_can_not_be_fixed_together_is_refused(repo: Any) -> None:
    for words in (("--staged",), ("--tracked",), ("--watch",)):
        done = repo.run("check", "--fix", *words)
        assert (done.status, "only files are fixed" in done.err) == (2, True)
    assert repo.run("check", "--fix", "-", "--stdin-filename", repo.path(ID)).status == 2


def test_no_move_in_a_hook(repo: Any, monkeypatch: Any) -> None:
    monkeypatch.setenv("PRE_COMMIT", "1")
    done = repo.run("check", "--fix", "--unsafe-fixes")
    assert (done.status, "run it by hand" in done.err) == (2, True)


def _status(text: str) -> str:
    return text.split("status: ", 1)[1].split("\n", 1)[0]
