"""Ids that can't collide, with real git: merge, rebase, cherry-pick, squash and octopus."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from milestones.ids import base, reserve
from milestones.project import ledger

PLAN = "EP-20260105-001"
WAYS = ("merge", "rebase", "cherry-pick", "squash", "octopus")


def folder(repo: Any) -> Path:
    return Path(repo.root / repo.path(PLAN)).parent


def book(repo: Any) -> Path:
    return folder(repo) / "ids.txt"


def ids(repo: Any) -> list[str]:
    return [line for line in book(repo).read_text(encoding="utf-8").splitlines() if not line.startswith("#")]


def add(repo: Any, title: str, *more: str) -> str:
    """A new milestone, committed; its number is the one this branch alone would give."""
    out = str(repo.ok("new", PLAN, title, *more))
    repo.commit(f"Add {title}")
    return out.split()[1].rstrip(":")


def by_hand(repo: Any, number: int, title: str, *, line: bool = True) -> Path:
    """A milestone with a number that somebody chose, as two clones that have not heard of each other would."""
    text: str = repo.text("MS003")
    like = Path(repo.root / repo.path("MS003"))
    slug = title.lower().replace(" ", "-")
    text = text.replace("MS003", f"MS{number:03}").replace("ms: 3", f"ms: {number}")
    text = text.replace("Show deliveries in the console", title)
    name = like.name.replace("MS003_show-deliveries", f"MS{number:03}_{slug}")
    like.with_name(name).write_bytes(text.encode())
    if line and book(repo).exists():
        with book(repo).open("a", encoding="utf-8") as file:
            file.write(f"MS{number:03} {slug}\n")
    repo.commit(f"Add {title}")
    return like.with_name(name)


def race(repo: Any) -> None:
    """Two branches, each with an MS004 of its own; ``ours`` is checked out and refers to its own in several ways."""
    repo.git("branch", "theirs")
    repo.git("checkout", "-q", "-b", "ours")
    first = by_hand(repo, 4, "Rate limits")
    second = by_hand(repo, 5, "Sign payloads")
    text = second.read_text(encoding="utf-8").replace("depends_on: []", f"depends_on:\n  - {PLAN}/MS004")
    text += f"\nAfter MS004, [the limits]({first.name}), see {PLAN}/MS004 and {PLAN}/MS003.\n"
    second.write_text(text, encoding="utf-8")
    (repo.root / "docs/more.md").write_text(f"We wait for {PLAN}/MS004 ({first.name}).\n", encoding="utf-8")
    repo.commit("Refer to it")
    repo.git("checkout", "-q", "theirs")
    by_hand(repo, 4, "Mail after last attempt")
    (repo.root / "docs/theirs.md").write_text(f"They wait for {PLAN}/MS004.\n", encoding="utf-8")
    repo.commit("Refer to theirs")
    repo.git("checkout", "-q", "ours")


def attempt(repo: Any, *arguments: str) -> int:
    """Run git, which may fail. Its status."""
    done = subprocess.run(["git", *arguments], cwd=repo.root, capture_output=True, text=True, check=False)
    return done.returncode


def bring_together(repo: Any, way: str) -> int:
    """Bring ``ours`` into ``theirs`` in one of the ways there are; what git ends with."""
    if way == "rebase":
        repo.git("checkout", "-q", "ours")
        return attempt(repo, "rebase", "theirs")
    repo.git("checkout", "-q", "theirs")
    if way == "merge":
        return attempt(repo, "merge", "--no-edit", "ours")
    if way == "cherry-pick":
        return attempt(repo, "cherry-pick", "main..ours")
    if way == "squash":
        return attempt(repo, "merge", "--squash", "ours")
    repo.git("checkout", "-q", "-b", "third", "main")
    (repo.root / "third.txt").write_text("x\n", encoding="utf-8")
    repo.commit("third")
    repo.git("checkout", "-q", "theirs")
    return attempt(repo, "merge", "--no-edit", "ours", "third")


def codes(repo: Any, *options: str) -> list[str]:
    done = repo.run("check", "--format", "json", *options)
    return sorted({finding["code"] for finding in json.loads(done.out)["findings"]})


# The ledger.


def test_build_adopts_it_and_new_keeps_it(repo: Any) -> None:
    assert not book(repo).exists()
    repo.ok("new", PLAN, "Before the ledger")
    assert not book(repo).exists()
    tree = repo.tree()
    assert "would create" in repo.ok("ledger", "build", "--dry-run")
    assert repo.tree() == tree
    repo.ok("ledger", "build")
    assert [line.split()[0] for line in ids(repo)] == ["MS001", "MS002", "MS003", "MS004"]
    repo.ok("new", PLAN, "Rate limits")
    assert ids(repo)[-1] == "MS005 rate-limits"
    assert repo.ok("ledger", "build") == "Every ledger is complete.\n"
    assert not [code for code in codes(repo) if code.startswith("SQ")]


def test_init_adopts_it(repo: Any) -> None:
    assert "ids.txt: new" in repo.ok("init", "--ledger", "--dry-run")
    assert not book(repo).exists()
    repo.ok("init", "--ledger")
    assert len(ids(repo)) == 3


def test_a_new_plan_follows_those_there_are(repo: Any) -> None:
    repo.ok("ledger", "build")
    repo.ok("plan", "new", "Another plan")
    books = sorted(p.parent.name for p in (repo.root / ".agent").rglob("ids.txt"))
    assert books == ["another-plan", "reliable-webhooks"]


@pytest.mark.parametrize("with_ledger", [True, False])
def test_a_deleted_highest_id_is_not_given_again(repo: Any, with_ledger: bool) -> None:
    if with_ledger:
        repo.ok("ledger", "build")
        repo.commit("ledger")
    assert add(repo, "Rate limits") == f"{PLAN}/MS004"
    Path(repo.root / repo.path("MS004")).unlink()
    repo.commit("drop it")
    assert add(repo, "Sign payloads") == f"{PLAN}/MS005"


def test_build_knows_what_was_deleted(repo: Any) -> None:
    add(repo, "Rate limits")
    Path(repo.root / repo.path("MS004")).unlink()
    repo.commit("drop it")
    repo.ok("ledger", "build")
    assert ids(repo)[-1] == "MS004 rate-limits"


def test_a_ledger_with_other_line_endings(repo: Any) -> None:
    repo.ok("ledger", "build")
    book(repo).write_bytes(book(repo).read_bytes().replace(b"\n", b"\r\n").rstrip(b"\r\n"))
    repo.ok("new", PLAN, "Rate limits")
    assert book(repo).read_bytes().endswith(b"MS003 show-deliveries\r\nMS004 rate-limits\r\n")
    assert "SQ006" not in codes(repo)


@pytest.mark.parametrize(
    ("edit", "message"),
    [
        (lambda t: t.replace("MS003 show-deliveries\n", ""), "the ledger does not know MS003"),
        (lambda t: t.replace("show-deliveries", "dropped"), "says that MS003 is dropped, not show-deliveries"),
        (lambda t: t + "MS003 other\n", "MS003 is given out twice"),
        (lambda t: t + "what is this?\n", "this is no id with its slug"),
        (lambda t: t + "\x00MS9\n", "no id"),
        (lambda t: t + "<<<<<<< HEAD\nMS004 a\n=======\nMS004 b\n>>>>>>> x\n", "conflict markers"),
    ],
)
def test_the_ledger_and_the_files_agree(repo: Any, edit: Any, message: str) -> None:
    repo.ok("ledger", "build")
    assert "SQ006" not in codes(repo)
    book(repo).write_text(edit(book(repo).read_text(encoding="utf-8")), encoding="utf-8")
    done = repo.run("check", "--format", "concise")
    assert "SQ006" in done.out
    assert message in done.out
    repo.git("add", "-A")
    assert repo.process("hook", "sequence").status == 1


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("ids.txt merge=union\n", True),
        ("*.txt merge=ours\n", True),
        ("*.txt -merge\n", True),
        ("*.txt binary\n", True),
        ("[attr]quiet merge=union\nids.txt quiet\n", True),
        ("*.md merge=union\n", False),
        ("*.txt text eol=lf\n", False),
        ("# ids.txt merge=union\n", False),
        ("*.txt merge=union\nids.txt !merge\n", False),
    ],
)
def test_a_merge_attribute_is_refused(repo_v1: Any, text: str, found: bool) -> None:
    repo = repo_v1
    repo.ok("ledger", "build")
    (repo.root / ".gitattributes").write_text(text, encoding="utf-8")
    assert ("SQ007" in codes(repo)) == found
    repo.git("add", "-A")
    assert (repo.process("hook", "sequence").status == 1) == found


@pytest.mark.parametrize("way", WAYS)
def test_a_race_conflicts_whatever_the_way(repo: Any, way: str) -> None:
    repo.ok("ledger", "build")
    repo.commit("ledger")
    race(repo)
    assert bring_together(repo, way) != 0


@pytest.mark.parametrize("way", WAYS)
def test_without_a_ledger_it_is_silent_and_the_check_finds_it(repo: Any, way: str) -> None:
    race(repo)
    assert "SQ001" not in codes(repo)
    assert bring_together(repo, way) == 0
    assert "SQ001" in codes(repo)


def test_archiving_and_creating_do_not_conflict(repo: Any) -> None:
    repo.ok("ledger", "build")
    repo.commit("ledger")
    repo.git("checkout", "-q", "-b", "ours")
    by_hand(repo, 4, "Rate limits")
    repo.git("checkout", "-q", "main")
    repo.ok("archive", "MS003", "--complete")
    repo.commit("archive")
    assert attempt(repo, "merge", "--no-edit", "ours") == 0


# What `new` looks at.


def test_new_looks_at_other_branches_and_remotes(repo: Any, tmp_path: Path) -> None:
    bare = tmp_path / "bare.git"
    repo.git("init", "-q", "--bare", "-b", "main", str(bare))
    repo.git("remote", "add", "origin", str(bare))
    repo.git("checkout", "-q", "-b", "ours")
    add(repo, "Rate limits")
    repo.git("push", "-q", "origin", "ours")
    repo.git("checkout", "-q", "main")
    repo.git("branch", "-D", "ours")
    repo.git("fetch", "-q", "origin")
    assert add(repo, "Sign payloads") == f"{PLAN}/MS005"
    assert "SQ002" in codes(repo)  # a note: another branch has it
    assert repo.run("check").status == repo.run("check", "--ignore", "SQ002").status
    assert repo.process("hook", "sequence").status == 0


def test_new_looks_at_sibling_work_trees(repo: Any, tmp_path: Path) -> None:
    repo.git("worktree", "add", "-q", str(tmp_path / "sibling"), "-b", "sibling")
    done = subprocess.run(
        [sys.executable, "-m", "milestones", "new", PLAN, "Not committed"],
        cwd=tmp_path / "sibling",
        env={**os.environ, "SOURCE_DATE_EPOCH": "1769947200"},
        check=True,
        capture_output=True,
        text=True,
    )
    assert "MS004" in done.stdout
    assert add(repo, "Sign payloads") == f"{PLAN}/MS005"


def test_new_plans_look_as_well(repo: Any) -> None:
    repo.git("checkout", "-q", "-b", "ours")
    repo.ok("plan", "new", "First of the day")
    repo.commit("plan")
    repo.git("checkout", "-q", "main")
    assert "EP-20260201-002" in repo.ok("plan", "new", "Second of the day")


# --reserve


def clones(repo: Any, tmp_path: Path, count: int) -> list[Path]:
    bare = tmp_path / "bare.git"
    repo.git("init", "-q", "--bare", "-b", "main", str(bare))
    repo.git("remote", "add", "origin", str(bare))
    repo.git("push", "-q", "origin", "main")
    found = [tmp_path / f"clone{n}" for n in range(count)]
    for clone in found:
        repo.git("clone", "-q", str(bare), str(clone))
    return found


def test_reserve_gives_each_racer_an_id_of_its_own(repo_v1: Any, tmp_path: Path) -> None:
    racers = [
        subprocess.Popen(
            [sys.executable, "-m", "milestones", "new", PLAN, f"Racer {n}", "--reserve"],
            cwd=clone,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            env={**os.environ, "SOURCE_DATE_EPOCH": "1769947200"},
        )
        for n, clone in enumerate(clones(repo_v1, tmp_path, 6))
    ]
    said = [racer.communicate() for racer in racers]
    assert [racer.returncode for racer in racers] == [0] * 6, said
    given = sorted(out.split()[1].rstrip(":") for out, _ in said)
    assert given == [f"{PLAN}/MS{n:03}" for n in range(4, 10)]


def test_one_claim_one_winner(repo_v1: Any, tmp_path: Path) -> None:
    one, two = clones(repo_v1, tmp_path, 2)
    assert reserve.claim(str(one), "origin", f"{PLAN}/MS004", "a")
    assert not reserve.claim(str(two), "origin", f"{PLAN}/MS004", "a")
    assert not reserve.claim(str(one), "origin", f"{PLAN}/MS004", "a")


def test_reserve_without_a_remote_changes_nothing(repo_v1: Any) -> None:
    tree = repo_v1.tree()
    done = repo_v1.run("new", PLAN, "Rate limits", "--reserve")
    assert done.status == 1
    assert "there is no remote" in done.err
    repo_v1.git("remote", "add", "origin", str(repo_v1.root / "nowhere.git"))
    done = repo_v1.run("new", PLAN, "Rate limits", "--reserve")
    assert done.status == 1
    assert "can't be reached" in done.err
    assert repo_v1.tree() == tree


def test_reserve_dry_run_claims_nothing(repo_v1: Any, tmp_path: Path) -> None:
    clone = clones(repo_v1, tmp_path, 1)[0]
    assert "would create" in repo_v1.ok("new", PLAN, "Rate limits", "--reserve", "--dry-run")
    done = subprocess.run(
        ["git", "ls-remote", "origin", "refs/milestones/*"], cwd=clone, capture_output=True, check=True
    )
    assert done.stdout == b""


@pytest.mark.parametrize("id_", ["A..B/x", "a b", "-x", "x.lock/y", "~^:?*[\\", "é@{", "/", "a//b"])
def test_any_id_makes_a_ref(repo_v1: Any, id_: str) -> None:
    if "" not in id_.split("/"):
        repo_v1.git("check-ref-format", reserve.ref(id_))


# check --base


@pytest.mark.parametrize("with_ledger", [True, False])
def test_base_finds_what_a_merge_would_bring(repo: Any, with_ledger: bool) -> None:
    if with_ledger:
        repo.ok("ledger", "build")
        repo.commit("ledger")
    race(repo)
    tree = repo.tree()
    done = repo.run("check", "--base", "theirs", "--format", "concise")
    assert done.status == 1
    lines = [line for line in done.out.splitlines() if "SQ008" in line]
    assert len(lines) == 1
    assert "MS004_rate-limits.md" in lines[0]
    assert "is taken on theirs" in lines[0]
    assert repo.tree() == tree
    assert "SQ008" not in codes(repo)
    assert "SQ008" not in codes(repo, "--base", "main")
    repo.git("checkout", "-q", "theirs")
    assert "SQ008" in codes(repo, "--base", "ours")


def test_base_sees_what_is_not_committed(repo: Any) -> None:
    race(repo)
    repo.git("reset", "-q", "--soft", "main")
    assert "SQ008" in codes(repo, "--base", "theirs")


def test_base_knows_what_was_given_and_dropped(repo: Any) -> None:
    repo.ok("ledger", "build")
    repo.commit("ledger")
    repo.git("branch", "ours")
    by_hand(repo, 4, "Mail after last attempt").unlink()
    repo.commit("drop it")
    repo.git("checkout", "-q", "ours")
    by_hand(repo, 4, "Rate limits")
    done = repo.run("check", "--base", "main", "--format", "concise")
    assert "was given to mail-after-last-attempt on main" in done.out


def test_base_has_nothing_against_archiving(repo: Any) -> None:
    repo.git("checkout", "-q", "-b", "ours")
    by_hand(repo, 4, "Rate limits")
    repo.git("checkout", "-q", "main")
    repo.ok("archive", "MS003", "--complete")
    repo.commit("archive")
    repo.git("checkout", "-q", "ours")
    repo.ok("archive", "MS002", "--complete")
    repo.commit("archive")
    assert not {"SQ008", "SQ009"} & set(codes(repo, "--base", "main"))


def test_a_shallow_clone_can_not_tell(repo_v1: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    race(repo_v1)
    there = tmp_path / "shallow"
    url = f"file://{repo_v1.root}"
    repo_v1.git("clone", "-q", "--depth=1", "--no-single-branch", "-b", "ours", url, str(there))
    monkeypatch.setattr(repo_v1, "root", there)
    done = repo_v1.run("check", "--base", "origin/theirs")
    assert done.status == 1
    assert "SQ009" in done.out
    assert "--unshallow" in done.out
    assert repo_v1.run("renumber", "--base", "origin/theirs").status == 1


@pytest.mark.parametrize("name", ["nowhere", "origin/main", "-x", "--help", "", "HEAD^{tree}", "\udc80", "a..b"])
def test_an_unknown_base_is_a_finding(repo_v1: Any, name: str) -> None:
    done = repo_v1.run("check", f"--base={name}")
    assert done.status == 1
    assert "SQ009" in done.out
    assert "internal" not in done.err


def test_base_outside_git_and_before_the_first_commit(repo_v1: Any) -> None:
    import shutil

    shutil.rmtree(repo_v1.root / ".git")
    assert "SQ009" in codes(repo_v1, "--base", "main")
    repo_v1.git("init", "-q", "-b", "main")
    assert "SQ009" in codes(repo_v1, "--base", "auto")


def test_base_works_for_every_convention(repo_v1: Any) -> None:
    """Of a convention that has no template, and none of whose documents say their id."""
    conventions = Path(__file__).parents[1] / "fixtures/conventions"
    assert conventions.is_dir()
    repo_v1.git("rm", "-rq", ".agent")
    for name in ("one", "two"):
        file = repo_v1.root / f"backlog/tasks/task-7 - {name}.md"
        file.parent.mkdir(parents=True, exist_ok=True)
        repo_v1.git("checkout", "-q", "-f", "-B", name, "main")
        repo_v1.git("rm", "-rq", ".agent")
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(
            f"---\nid: task-7\ntitle: {name}\nstatus: To Do\n---\n\n## Description\n\nx\n", encoding="utf-8"
        )
        repo_v1.commit(name)
    done = repo_v1.run("check", "--profile", "backlog", "--base", "one", "--format", "concise")
    assert "SQ008" in done.out, done.out + done.err
    assert "renumber" not in done.out


def test_auto_knows_where_it_runs(repo_v1: Any, tmp_path: Path) -> None:
    directory = str(repo_v1.root)
    head = repo_v1.git("rev-parse", "HEAD").strip()
    event = tmp_path / "event.json"
    github = {"GITHUB_ACTIONS": "true", "GITHUB_EVENT_PATH": str(event)}
    assert base.auto(directory, {**github, "GITHUB_BASE_REF": "release/2"}) == "origin/release/2"
    event.write_text(json.dumps({"merge_group": {"base_sha": head}}))
    assert base.auto(directory, github) == head
    event.write_text(json.dumps({"before": head}))
    assert base.auto(directory, github) == head
    event.write_text(json.dumps({"before": "0" * 40}))
    with pytest.raises(base.Unknown):
        base.auto(directory, github)
    event.write_text("[")
    with pytest.raises(base.Unknown):
        base.auto(directory, github)
    assert base.auto(directory, {"GITLAB_CI": "true", "CI_MERGE_REQUEST_TARGET_BRANCH_NAME": "dev"}) == "origin/dev"
    assert base.auto(directory, {"GITLAB_CI": "true", "CI_COMMIT_BEFORE_SHA": head}) == head
    with pytest.raises(base.Unknown):
        base.auto(directory, {})
    repo_v1.git("update-ref", "refs/remotes/upstream/master", head)
    repo_v1.git("remote", "add", "upstream", "nowhere")
    assert base.auto(directory, {"PRE_COMMIT_REMOTE_NAME": "upstream"}) == "upstream/master"
    repo_v1.git("checkout", "-q", "-b", "ours")
    repo_v1.git("remote", "remove", "upstream")
    assert base.auto(directory, {}) == "main"


# renumber


def settled(repo: Any) -> None:
    """Everything is as it should be after `renumber`: theirs kept, ours shifted, every mention with them."""
    names = sorted(path.name for path in folder(repo).rglob("*MS00*"))
    assert [name[name.index("MS") :] for name in names if "MS001" not in name][-3:] == [
        "MS004_mail-after-last-attempt.md",
        "MS005_rate-limits.md",
        "MS006_sign-payloads.md",
    ]
    limits, signed = repo.text("MS005"), repo.text("MS006")
    assert f"id: {PLAN}/MS005" in limits
    assert "ms: 5" in limits
    assert "MS004" not in limits + signed
    assert f"After MS005, [the limits]({Path(repo.path('MS005')).name}), see {PLAN}/MS005 and {PLAN}/MS003." in signed
    more = (repo.root / "docs/more.md").read_text(encoding="utf-8")
    assert more == f"We wait for {PLAN}/MS005 ({Path(repo.path('MS005')).name}).\n"
    theirs = repo.root / "docs/theirs.md"
    assert theirs.read_text(encoding="utf-8") == f"They wait for {PLAN}/MS004.\n"
    if book(repo).exists():
        assert ids(repo)[3:] == ["MS004 mail-after-last-attempt", "MS005 rate-limits", "MS006 sign-payloads"]
    assert not [code for code in codes(repo) if code[:2] in ("SQ", "FM", "NM", "RD")]


@pytest.mark.parametrize("with_ledger", [True, False])
def test_renumber_before_the_merge(repo: Any, with_ledger: bool) -> None:
    if with_ledger:
        repo.ok("ledger", "build")
        repo.commit("ledger")
    race(repo)
    tree = repo.tree()
    shown = repo.ok("renumber", "--base", "theirs", "--diff")
    assert "+ms: 5" in shown
    assert "rename to" in shown
    assert f"+We wait for {PLAN}/MS005" in shown
    assert "would renumber" in repo.ok("renumber", "--base", "theirs", "--dry-run")
    assert repo.tree() == tree
    repo.ok("renumber", "--base", "theirs")
    repo.git("add", "-A")
    assert repo.process("hook", "sequence") == (0, "", "")  # MS004 is still to come, and that is no gap
    repo.commit("renumber")
    assert "SQ008" not in codes(repo, "--base", "theirs")
    assert "nothing to renumber" in repo.ok("renumber", "--base", "theirs")
    if attempt(repo, "merge", "--no-edit", "theirs") != 0:
        assert with_ledger
        repo.ok("renumber", "--base", "theirs")  # two sides that added lines: it settles the ledger
    repo.commit("merged")
    settled(repo)


@pytest.mark.parametrize("with_ledger", [True, False])
@pytest.mark.parametrize("way", WAYS)
def test_renumber_after_the_two_have_met(repo: Any, way: str, with_ledger: bool) -> None:
    if with_ledger:
        repo.ok("ledger", "build")
        repo.commit("ledger")
    race(repo)
    base_ = repo.git("rev-parse", "theirs").strip()
    status = bring_together(repo, way)
    assert (status != 0) == with_ledger
    if way == "octopus" and with_ledger:
        # git gives an octopus with conflicts up; one after the other is what it asks for.
        repo.git("reset", "-q", "--hard")
        attempt(repo, "merge", "--no-edit", "ours")
    for _ in range(8):
        repo.ok("renumber", "--base", base_)
        repo.git("add", "-A")
        if way == "rebase" and (repo.root / ".git/rebase-merge").exists():
            attempt(repo, "-c", "core.editor=true", "rebase", "--continue")
        elif way == "cherry-pick" and (repo.root / ".git/CHERRY_PICK_HEAD").exists():
            attempt(repo, "-c", "core.editor=true", "cherry-pick", "--continue")
        elif repo.git("status", "--porcelain"):
            repo.commit("settled")
        else:
            break
    settled(repo)


def test_renumber_on_the_branch_that_others_merge_into(repo: Any) -> None:
    """On main, what main had before the merge stays."""
    race(repo)
    repo.git("checkout", "-q", "main")
    repo.git("merge", "-q", "--ff-only", "theirs")
    assert attempt(repo, "merge", "--no-edit", "ours") == 0
    repo.ok("renumber")
    repo.commit("renumbered")
    settled(repo)


def test_renumber_refuses_a_dirty_target(repo: Any) -> None:
    race(repo)
    path = repo.root / repo.path("MS004")
    path.write_text(path.read_text(encoding="utf-8") + "\nmore\n", encoding="utf-8")
    tree = repo.tree()
    done = repo.run("renumber", "--base", "theirs")
    assert done.status == 1
    assert "uncommitted" in done.err
    assert repo.tree() == tree


def test_renumber_happens_whole_or_not_at_all(repo: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    from milestones.changes.transaction import Transaction

    race(repo)
    tree = repo.tree()
    place = Transaction._place
    count = iter(range(100))

    def fails(self: Transaction, *arguments: Any) -> None:
        if next(count) == 2:
            raise OSError(28, "No space left on device")
        place(self, *arguments)

    monkeypatch.setattr(Transaction, "_place", fails)
    done = repo.run("renumber", "--base", "theirs")
    assert done.status == 2
    assert "nothing was changed" in done.err
    monkeypatch.undo()
    assert repo.tree() == tree


def test_renumber_passes_over_what_a_third_branch_has(repo: Any) -> None:
    race(repo)
    repo.git("checkout", "-q", "-b", "third", "theirs")
    by_hand(repo, 5, "Pause an endpoint")
    repo.commit("a third branch goes on")
    repo.git("checkout", "-q", "ours")
    shown = repo.ok("renumber", "--base", "theirs")
    assert "MS006" in shown
    assert "MS007" in shown
    repo.git("add", "-A")
    repo.commit("renumber")
    for other in ("theirs", "third"):
        assert "SQ008" not in codes(repo, "--base", other)
    assert "nothing to renumber" in repo.ok("renumber", "--base", "theirs")


def test_renumber_leaves_other_plans_alone(repo: Any) -> None:
    repo.ok("plan", "new", "Another plan")
    repo.commit("plan")
    repo.ok("new", "EP-20260201-001", "Its first")
    repo.commit("first")
    race(repo)
    note = repo.root / "docs/note.md"
    note.write_text(f"EP-20260201-001/MS004 and MS004, XMS004, MS0041, {PLAN}/MS004.\n", encoding="utf-8")
    repo.commit("note")
    repo.ok("renumber", "--base", "theirs")
    expected = f"EP-20260201-001/MS004 and MS004, XMS004, MS0041, {PLAN}/MS005.\n"
    assert note.read_text(encoding="utf-8") == expected


def test_renumber_moves_a_plan_with_its_milestones(repo: Any) -> None:
    repo.git("branch", "theirs")
    repo.git("checkout", "-q", "-b", "ours")
    repo.ok("plan", "new", "Our plan")
    repo.ok("new", "EP-20260201-001", "Our first")
    repo.commit("ours")
    aside = repo.root.parent / "aside"
    repo.git("clone", "-q", "-b", "theirs", str(repo.root), str(aside))
    done = subprocess.run(
        [sys.executable, "-m", "milestones", "plan", "new", "Their plan", "--today", "2026-02-01"],
        cwd=aside,
        env={**os.environ},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0
    theirs = aside if "EP-20260201-001" in done.stdout else None
    if theirs is None:  # the clone has seen origin/ours: take the number all the same
        for path in sorted(aside.rglob("*EP-20260201-002*"), reverse=True):
            path.write_text(path.read_text(encoding="utf-8").replace("EP-20260201-002", "EP-20260201-001"))
            path.rename(path.with_name(path.name.replace("EP-20260201-002", "EP-20260201-001")))
    for command in (["add", "-A"], ["-c", "user.name=x", "-c", "user.email=x@y", "commit", "-qm", "theirs"]):
        subprocess.run(["git", *command], cwd=aside, check=True)
    repo.git("fetch", "-q", str(aside), "theirs:refs/remotes/aside/theirs")
    assert "SQ008" in codes(repo, "--base", "aside/theirs")
    repo.ok("renumber", "--base", "aside/theirs")
    repo.commit("renumbered")
    text = repo.text("EP-20260201-002/MS001")
    assert "execplan_id: EP-20260201-002" in text
    assert "EP-20260201-001" not in text + repo.text("EP-20260201-002")
    assert not {"SQ008", "FM010", "FM009", "NM001", "FM011"} & set(codes(repo, "--base", "aside/theirs"))


@pytest.mark.parametrize("arguments", [("--base", ""), ("--base", "nowhere"), ("--base", "-x"), ("--base=HEAD~99",)])
def test_renumber_against_nothing(repo_v1: Any, arguments: tuple[str, ...]) -> None:
    done = repo_v1.run("renumber", *arguments)
    assert done.status in (1, 2)
    assert done.err.startswith("error: ")
    assert "internal" not in done.err


def test_what_a_ledger_is_not(repo_v1: Any) -> None:
    made = repo_v1.ok  # keeps the fixture's name short
    made("ledger", "build")
    for words in (("ledger",), ("ledger", "bogus"), ("renumber", "--bogus")):
        assert repo_v1.run(*words).status == 2
    assert repo_v1.run("ledger", "build", "EP-19990101-001").status == 1
    assert ledger.HEADER in book(repo_v1).read_text(encoding="utf-8")
