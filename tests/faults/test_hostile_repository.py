"""A repository that somebody else prepared: its configuration and attributes run nothing, its links lead nowhere."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

PLAN = "EP-20260105-001"
MILESTONES = ".agent/exec_plans/reliable-webhooks/milestones"
RETRY = f"{MILESTONES}/active/{PLAN}_MS002_retry-failed-deliveries.md"

#: Configuration that makes git run a program, and whether it is a shell command or the path of a program.
PROGRAMS = (
    "core.fsmonitor",
    "core.sshCommand",
    "core.askPass",
    "core.editor",
    "core.pager",
    "core.alternateRefsCommand",
    "pager.log",
    "pager.status",
    "pager.diff",
    "diff.external",
    "diff.evil.command",
    "diff.evil.textconv",
    "filter.evil.clean",
    "filter.evil.smudge",
    "filter.evil.process",
    "merge.evil.driver",
    "gpg.program",
    "gpg.ssh.program",
    "credential.helper",
    "sequence.editor",
    "interactive.diffFilter",
    "remote.origin.uploadpack",
    "alias.status",
    "alias.log",
    "alias.ls-files",
)
HOOKS = (
    "pre-commit",
    "post-index-change",
    "reference-transaction",
    "post-checkout",
    "pre-push",
    "pre-auto-gc",
    "update",
)


@pytest.fixture
def evil(repo: Any, tmp_path: Path) -> Callable[[], list[str]]:
    """The example, in which everything that git may run leaves a file. Gives what has left one."""
    marks = tmp_path / "marks"
    marks.mkdir()

    def program(name: str) -> str:
        path = tmp_path / f"run-{name}"
        path.write_text(f'#!/bin/sh\ntouch "{marks}/{name}"\ncat 2>/dev/null\nexit 1\n', encoding="utf-8")
        path.chmod(0o755)
        return str(path)

    repo.ok("ledger", "build")
    (repo.root / "more.md").write_text("one\ntwo\n", encoding="utf-8")
    repo.commit("first")
    repo.git("checkout", "-q", "-b", "theirs")
    for branch in ("theirs", "main"):
        repo.git("checkout", "-q", branch)
        (repo.root / "more.md").write_text(f"{branch}\ntwo\n", encoding="utf-8")
        (repo.root / ".gitattributes").write_text("* filter=evil diff=evil merge=evil\n", encoding="utf-8")
        repo.commit(branch)
    for key in PROGRAMS:
        repo.git("config", key, program(key))
    for key in (
        "log.showSignature",
        "filter.evil.required",
        "commit.gpgSign",
        "submodule.recurse",
        "diff.trustExitCode",
    ):
        repo.git("config", key, "true")
    hooks = tmp_path / "hooks"
    for folder in (hooks, repo.root / ".git/hooks"):
        folder.mkdir(exist_ok=True)
        for hook in HOOKS:
            (folder / hook).unlink(missing_ok=True)
            (folder / hook).symlink_to(program(f"hook-{hook}"))
    repo.git("config", "core.hooksPath", str(hooks))
    # Other times than git has noted make it compare contents.
    for path in repo.root.rglob("*.md"):
        os.utime(path, (1, 1))
    for mark in marks.iterdir():
        mark.unlink()
    return lambda: sorted(mark.name for mark in marks.iterdir())


@pytest.mark.parametrize(
    "command",
    [
        ["check"],
        ["check", "--staged"],
        ["check", "--tracked"],
        ["check", "--base", "theirs"],
        ["hook", "all", RETRY],
        ["hook", "sequence"],
        ["list"],
        ["list", "--at", "HEAD"],
        ["show", "MS002"],
        ["log", "MS002"],
        ["stats"],
        ["forecast"],
        ["diff", "theirs"],
        ["diff", "theirs", "HEAD"],
        ["graph"],
        ["next"],
        ["new", PLAN, "Rate limits"],
        ["plan", "new", "Rate limits"],
        ["set", "MS002", "risk=low"],
        ["check", "--fix"],
        ["check", "--fix", "--unsafe-fixes"],
        ["ledger", "build"],
        ["renumber", "--base", "theirs"],
        ["baseline"],
        ["init"],
        ["migrate", "execplan", "execplan-v2"],
        ["render", "--out", "out"],
    ],
    ids=" ".join,
)
def test_nothing_that_a_repository_configures_is_run(
    repo: Any, evil: Callable[[], list[str]], command: list[str]
) -> None:
    done = repo.process(*command)
    assert "internal error" not in done.err
    assert done.status in (0, 1, 2), done.err
    assert evil() == []


def test_a_move_stages_without_running_anything(repo: Any, evil: Callable[[], list[str]]) -> None:
    repo.ok("set", "MS002", "risk=low")
    quiet = ("filter.evil.clean=", "filter.evil.process=", "filter.evil.required=false", "core.fsmonitor=false")
    options = [word for pair in (*quiet, "core.hooksPath=/dev/null", "commit.gpgSign=false") for word in ("-c", pair)]
    repo.git(*options, "commit", "-qam", "lower risk")
    for name in evil():
        (repo.root.parent / "marks" / name).unlink()
    repo.ok("archive", "MS002", "--complete")
    assert evil() == []
    listed = subprocess.run(["git", "ls-files", "-s"], cwd=repo.root, capture_output=True, text=True, check=True).stdout
    assert "archive/" in listed
    assert "active/EP-20260105-001_MS002" not in listed


def test_the_configuration_of_a_submodule_runs_nothing(repo: Any, tmp_path: Path) -> None:
    mark, inner = tmp_path / "mark", repo.root / "inner"
    subprocess.run(["git", "init", "-q", str(inner)], check=True)
    for command in (["-c", "user.name=x", "-c", "user.email=x@example.org", "commit", "-q", "--allow-empty", "-m", "x"],
                    ["config", "core.fsmonitor", f"touch {mark}; false"]):  # fmt: skip
        subprocess.run(["git", "-C", str(inner), *command], check=True)
    repo.git("add", "inner")
    repo.git("-c", "core.fsmonitor=false", "commit", "-qm", "inner")
    (inner / "x").write_text("x", encoding="utf-8")
    mark.unlink(missing_ok=True)
    for command in (
        ["check"],
        ["check", "--staged"],
        ["archive", "MS002", "--complete"],
        ["check", "--fix", "--unsafe-fixes"],
    ):
        repo.process(*command)
    assert not mark.exists()


def test_a_work_tree_elsewhere_is_not_looked_at(repo: Any, tmp_path: Path) -> None:
    secret = tmp_path / "secret" / MILESTONES / "active"
    secret.mkdir(parents=True)
    (secret / f"{PLAN}_MS009_secret.md").write_text("---\nid: secret\n---\n", encoding="utf-8")
    place = repo.root / ".git/worktrees/other"
    place.mkdir(parents=True)
    (place / "gitdir").write_text(f"{tmp_path}/secret/.git\n", encoding="utf-8")
    (place / "commondir").write_text("../..\n", encoding="utf-8")
    (place / "HEAD").write_text("ref: refs/heads/main\n", encoding="utf-8")
    assert "MS009" not in repo.git("ls-files")
    assert "MS004" in repo.ok("new", PLAN, "Rate limits")
    (repo.root / "milestones.toml").write_text('profile = "execplan"\n', encoding="utf-8")
    repo.git("config", "core.worktree", str(tmp_path / "secret"))
    done = repo.process("check", "--format", "concise")
    assert "secret" not in done.out


def test_a_git_file_that_leads_nowhere(repo: Any) -> None:
    (repo.root / ".git").rename(repo.root.parent / "real")
    for text in ("gitdir: /nonexistent\n", "nonsense\n", ""):
        (repo.root / ".git").write_text(text, encoding="utf-8")
        for command in (["check"], ["new", PLAN, "Rate limits"], ["archive", "MS002", "--complete"]):
            done = repo.process(*command)
            assert done.status in (0, 1, 2)
            assert "internal error" not in done.err, done.err


def test_a_journal_from_elsewhere_is_refused(repo: Any, tmp_path: Path) -> None:
    import json

    victim = tmp_path / "victim"
    victim.write_text("precious", encoding="utf-8")
    empty: dict[str, Any] = {"folders": [], "moves": [], "writes": [], "removals": [], "entries": [], "added": []}
    for more in (
        {"moves": [["../victim", "../gone"]]},
        {"writes": [["../victim", ".milestones-0123456789abcdef-1", "", ""]]},
        {"removals": [["x", "../victim"]]},
        {"writes": [["docs/x", "docs/webhooks.md", "docs/webhooks.md", ""]]},
        {"moves": "x"},
    ):
        journal = repo.root / ".git/milestones-journal"
        journal.write_text(json.dumps({**empty, "done": False, **more}), encoding="utf-8")
        done = repo.run("check")
        assert done.status in (1, 2)
        assert "journal" in done.err
        assert "remove it" in done.err
        assert victim.read_text(encoding="utf-8") == "precious"
        assert (repo.root / "docs/webhooks.md").exists()


def test_a_hook_does_not_undo(repo: Any) -> None:
    """It runs while git commits, and git holds the index then."""
    (repo.root / ".git/milestones-journal").write_text("{}", encoding="utf-8")
    done = repo.run("hook", "front-matter", RETRY)
    assert done.status == 2
    assert "interrupted" in done.err
    assert "milestones check" in done.err


def test_a_root_that_is_a_file(repo: Any) -> None:
    (repo.root / "milestones.toml").write_text('profile = "execplan"\nroot = "docs/webhooks.md"\n', encoding="utf-8")
    done = repo.run("check")
    assert done.status == 2
    assert "is a file" in done.err


def test_a_profile_whose_pattern_could_take_for_ever(repo: Any) -> None:
    repo.ok("profile", "new", "own/p.toml", "--from", "execplan")
    file = repo.root / "own/p.toml"
    text = file.read_text(encoding="utf-8").replace('match = "[^/]*"', "match = '(?:a+)+'", 1)
    file.write_text(text, encoding="utf-8")
    line = text[: text.index("(?:a+)+")].count("\n") + 1
    done = repo.run("check", "--profile", "own/p.toml")
    assert done.status == 2
    assert f"own/p.toml:{line}: fields.slug.match: matching this pattern can take for ever" in done.err


@pytest.mark.parametrize(
    "name",
    [
        f"{PLAN}_MS002_RETRY-failed-deliveries.md",
        f"{PLAN}_MS002_re\u0301try-failed-deliveries.md",
        f"{PLAN}_ms002_retry-failed-deliveries.md",
        f"{PLAN}_MS002_{'a' * 200}.md",
    ],
    ids=["case", "combining", "id", "long"],
)
def test_twins_are_reported_and_nothing_is_made_of_them(repo: Any, name: str) -> None:
    (repo.root / MILESTONES / "active" / name).write_bytes((repo.root / RETRY).read_bytes())
    repo.commit("twin")
    before = repo.tree()
    done = repo.run("check", "--format", "concise")
    assert done.status == 1
    assert "SQ001" in done.out, done.out
    assert repo.run("archive", "MS002", "--complete").status == 1
    assert repo.tree() == before


@pytest.mark.parametrize("slug", ["..", "../../x", "a/b", "x\0y", "-rf", "a b", "CON"])
def test_a_slug_never_leaves_its_place(repo: Any, slug: str) -> None:
    before = repo.tree()
    done = repo.run("new", PLAN, "Rate limits", "--slug", slug)
    assert "internal error" not in done.err
    if done.status == 0:
        fresh = set(repo.tree()) - set(before)
        assert all(path.startswith(f"{MILESTONES}/active/{PLAN}_MS004_") for path in fresh), fresh
    else:
        assert repo.tree() == before


@pytest.mark.parametrize("place", [f"{MILESTONES}/active", MILESTONES, RETRY], ids=["active", "folder", "file"])
def test_links_out_of_the_tree_are_not_followed(repo: Any, tmp_path: Path, place: str) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "secret.md").write_text("---\nid: SECRET\n---\n# SECRET\n", encoding="utf-8")
    target = repo.root / place
    if target.is_dir():
        target.rename(tmp_path / "kept")
        target.symlink_to(outside)
    else:
        target.unlink()
        target.symlink_to(outside / "secret.md")
    for command in (["check"], ["list"], ["show", "MS002"], ["set", "MS002", "risk=low"], ["new", PLAN, "Rate limits"]):
        done = repo.process(*command)
        assert "SECRET" not in done.out
        assert "internal error" not in done.err, done.err
    assert sorted(path.name for path in outside.iterdir()) == ["secret.md"]
    assert (outside / "secret.md").read_text(encoding="utf-8").startswith("---\nid: SECRET")


def test_two_writers_lose_nothing(repo: Any) -> None:
    running = [repo.start("new", PLAN, f"Thing {number}") for number in range(4)]
    for process in running:
        out, err = process.communicate(timeout=120)
        assert process.returncode == 0, out + err
    names = sorted(path.name for path in (repo.root / MILESTONES / "active").iterdir())
    assert [name.split("_")[1] for name in names][-4:] == ["MS004", "MS005", "MS006", "MS007"]


def test_a_git_file_that_leads_to_somebody_else_s_repository_is_refused(repo: Any, tmp_path: Path) -> None:
    other = tmp_path / "other"
    shutil.copytree(repo.root / ".agent", other / ".agent")
    (other / ".git").write_text(f"gitdir: {repo.root}/.git\n", encoding="utf-8")
    for words in (["check"], ["log", "MS002"], ["new", "reliable-webhooks", "More"], ["hook", "all"]):
        done = subprocess.run([sys.executable, "-m", "milestones", *words], cwd=other, capture_output=True, text=True)
        assert done.returncode == 2, done.stdout
        assert "leads to the files of another work tree" in done.stderr
        assert "Traceback" not in done.stderr


def test_work_trees_submodules_and_folders_set_apart_are_no_such(repo: Any, tmp_path: Path) -> None:
    def git(where: Path, *words: str) -> None:
        settings = ("-c", "protocol.file.allow=always", "-c", "user.name=Mira", "-c", "user.email=mira@example.org")
        subprocess.run(["git", *settings, *words], cwd=where, check=True, capture_output=True)

    git(repo.root, "worktree", "add", "-q", str(tmp_path / "linked"), "-b", "linked")
    (tmp_path / "super").mkdir()
    git(tmp_path / "super", "init", "-q")
    git(tmp_path / "super", "submodule", "--quiet", "add", str(repo.root), "inner")
    git(tmp_path, "clone", "-q", "--separate-git-dir", str(tmp_path / "kept"), str(repo.root), "apart")
    for folder in ("linked", "super/inner", "apart"):
        assert (tmp_path / folder / ".git").is_file()
        done = subprocess.run(
            [sys.executable, "-m", "milestones", "log", "MS002"], cwd=tmp_path / folder, capture_output=True, text=True
        )
        assert done.returncode == 0, done.stderr
