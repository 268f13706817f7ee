"""Ledgers and documents that a sparse checkout leaves out, and texts that a partial clone does not have."""

from __future__ import annotations

import subprocess
from typing import Any

import pytest

from milestones.project import git

PLAN = "EP-20260105-001"


def found(repo: Any, *arguments: str) -> str:
    done = repo.process("check", "--no-cache", *arguments)
    return str(done.out + done.err)


def root_of(repo: Any) -> str:
    return str(repo.path(PLAN)).split("/")[0]


@pytest.fixture
def sparse(repo: Any) -> Any:
    """A checkout that leaves all plans out, with a ledger in the index."""
    repo.ok("ledger", "build")
    (repo.root / "docs").mkdir(exist_ok=True)
    (repo.root / "docs" / "one.md").write_text("One\n", encoding="utf-8")
    repo.commit("ledger")
    repo.folder = repo.path(PLAN).rpartition("/")[0]
    repo.git("sparse-checkout", "set", "docs")
    assert not (repo.root / repo.folder).exists()
    return repo


def test_left_out_ledgers_are_read_from_the_index(sparse: Any) -> None:
    assert "SQ006" not in found(sparse)
    assert "SQ006" not in found(sparse, "--tracked")
    assert "SQ006" not in found(sparse, "--staged")


def test_left_out_attributes_count(repo: Any) -> None:
    repo.ok("ledger", "build")
    folder = repo.path(PLAN).rpartition("/")[0]
    (repo.root / folder / ".gitattributes").write_text("*.txt merge=union\n", encoding="utf-8")
    repo.commit("ledger")
    repo.git("sparse-checkout", "set", "--no-cone", "/*", "!.gitattributes")
    assert not (repo.root / folder / ".gitattributes").exists()
    assert "SQ007" in found(repo)


def test_what_a_link_leads_to_may_be_left_out(repo: Any) -> None:
    (repo.root / "other").mkdir()
    (repo.root / "other" / "notes.md").write_text("Notes\n", encoding="utf-8")
    plan = repo.root / repo.path(PLAN)
    up = "../" * repo.path(PLAN).count("/")
    with plan.open("a", encoding="utf-8") as file:
        file.write(f"\n[notes]({up}other/notes.md) [gone]({up}other/gone.md)\n")
    repo.commit("link")
    before = found(repo)
    assert "gone.md" in before
    repo.git("sparse-checkout", "set", root_of(repo))
    assert not (repo.root / "other").exists()
    assert found(repo) == before


@pytest.mark.parametrize(
    "words",
    [
        ("new", PLAN, "Rate limits"),
        ("ledger", "build"),
        ("set", "MS003", "owner=@mira"),
        ("archive", "MS003", "--complete"),
        ("renumber", "--base", "HEAD"),
    ],
)
def test_what_writes_says_how_to_have_the_files(sparse: Any, words: tuple[str, ...]) -> None:
    done = sparse.process(*words)
    assert done.status == 1
    assert "is left out by the sparse checkout" in done.err
    assert "`git sparse-checkout add " in done.err
    assert sparse.git("status", "--porcelain") == ""


def test_a_folder_that_is_left_out_is_no_typing_error(sparse: Any) -> None:
    done = sparse.process("check", sparse.folder)
    assert done.status == 2
    assert f"`git sparse-checkout add {sparse.folder}`" in done.err
    assert "there is no file or folder" in sparse.process("check", "docs/two.md").err


def test_a_large_document_is_not_read(repo: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    plan = repo.root / repo.path(PLAN)
    with plan.open("a", encoding="utf-8") as file:
        file.write("x" * 3 * 1024 * 1024)
    repo.commit("large")
    repo.git("sparse-checkout", "set", "docs")
    sizes: list[int] = []
    ask = git.run

    def run(root: str, *arguments: str, **more: Any) -> bytes:
        answer = ask(root, *arguments, **more)
        sizes.append(len(answer))
        return answer

    monkeypatch.setattr(git, "run", run)
    assert "a file of 307" in repo.run("check", "--no-cache", "--format", "concise").out
    assert sizes
    assert max(sizes) < 1024 * 1024


@pytest.fixture
def partial(repo: Any, tmp_path: Any) -> Any:
    """A partial clone that has none of the plans' texts."""
    repo.ok("ledger", "build")
    repo.commit("ledger")
    repo.git("config", "uploadpack.allowFilter", "true")
    there = tmp_path / "partial"
    url = f"file://{repo.root}"
    command = ["git", "clone", "-q", "--filter=blob:none", "--sparse", url, str(there)]
    subprocess.run(command, check=True, capture_output=True)
    repo.root = there
    return repo


def test_a_partial_clone_says_what_it_lacks(partial: Any) -> None:
    done = partial.process("check", "--no-cache")
    assert done.status == 1
    assert "RD012" in done.out
    assert "`git sparse-checkout add " in done.out
    assert "does not know" not in done.out
    for words in (("list",), ("plan", "list"), ("new", PLAN, "Rate limits"), ("check", "--staged")):
        done = partial.process(*words)
        assert done.status != 0
        assert "`git " in done.err
        assert "lazy fetching" not in done.err
        assert "nothing to list" not in done.err
