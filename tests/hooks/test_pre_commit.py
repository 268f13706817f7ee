"""The hooks in real repositories: first under the real pre-commit, then their command alone.

What pre-commit itself does is part of what is tested: it stashes what is not staged, leaves out deleted files, splits
long lists, and runs nothing where git runs no hook.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable

PLAN = ".agent/exec_plans/reliable-webhooks"
ACTIVE = f"{PLAN}/milestones/active"
ARCHIVED = f"{PLAN}/milestones/archive/2026/01/16/EP-20260105-001_MS001_store-every-attempt.md"
RETRY = f"{ACTIVE}/EP-20260105-001_MS002_retry-failed-deliveries.md"
SHOW = f"{ACTIVE}/EP-20260105-001_MS003_show-deliveries.md"
ROOT = Path(__file__).parents[2]


def replace(repo: Any, path: str, old: str, new: str) -> None:
    file = repo.root / path
    data = file.read_bytes()
    assert old.encode() in data
    file.write_bytes(data.replace(old.encode(), new.encode()))


def copied(repo: Any, number: int, slug: str) -> str:
    """A further milestone, made from the third."""
    path = f"{ACTIVE}/EP-20260105-001_MS{number:03}_{slug}.md"
    text = (repo.root / SHOW).read_text(encoding="utf-8")
    text = text.replace("MS003", f"MS{number:03}").replace("ms: 3", f"ms: {number}")
    (repo.root / path).write_text(text, encoding="utf-8")
    return path


def refused(repo: Any, done: Any, *texts: str) -> None:
    assert done.status == 1, done.text
    for text in texts:
        assert text in done.text, done.text
    assert "Traceback" not in done.text


@pytest.fixture
def repo(hooked: Callable[..., Any]) -> Any:
    return hooked()


# Under pre-commit.


def test_good_commits_pass(repo: Any) -> None:
    replace(repo, RETRY, "risk: med", "risk: high")
    done = repo.run("git", "commit", "-am", "riskier")
    assert done.status == 0, done.text
    assert re.search(r"^milestones\.+Passed$", done.text, re.MULTILINE)
    # Files that are nobody's plan are not judged.
    (repo.root / "notes.md").write_text("---\nid: [\n", encoding="utf-8")
    repo.git("add", "-A")
    assert repo.run("git", "commit", "-m", "notes").status == 0


def test_bad_front_matter_blocks_the_commit(repo: Any) -> None:
    before = repo.head()
    replace(repo, RETRY, "status: in_progress", "status: doing")
    done = repo.run("git", "commit", "-am", "doing")
    refused(repo, done, "error[FM004]", f"--> {RETRY}:6:9", "6 | status: doing", "^^^^^", "= help: ")
    assert repo.head() == before


def test_an_unreadable_file_does_not_hide_another(repo: Any) -> None:
    replace(repo, RETRY, "status: in_progress", "status: a: b")
    replace(repo, SHOW, "status: planned", "status: plan")
    refused(repo, repo.run("git", "commit", "-am", "two"), f"{RETRY}:6:", f"{SHOW}:6:9")


@pytest.mark.parametrize(
    ("id_", "old", "new", "code"),
    [
        ("milestones-front-matter", "created: 2026-01-05", "created: 2026-02-30", "FM005"),
        ("milestones-archive", "status: in_progress", "status: completed", "AR001"),
    ],
)
def test_each_concern_has_a_hook_of_its_own(
    hooked: Callable[..., Any], id_: str, old: str, new: str, code: str
) -> None:
    repo = hooked(id_)
    replace(repo, RETRY, old, new)
    refused(repo, repo.run("git", "commit", "-am", "x"), code)


def test_a_hook_keeps_to_its_concern(hooked: Callable[..., Any]) -> None:
    repo = hooked("milestones-naming", "milestones-sequence")
    replace(repo, RETRY, "status: in_progress", "status: a: b")
    assert repo.run("git", "commit", "-am", "unreadable, but well named").status == 0


def test_deleting_alone_is_caught_where_it_leaves_a_gap(repo: Any) -> None:
    """pre-commit passes no name of a deleted file; the hook runs all the same and asks git."""
    repo.git("rm", "-q", RETRY)
    done = repo.run("git", "commit", "-m", "drop the second")
    refused(repo, done, "SQ002", "EP-20260105-001/MS002 is missing", "RF001", f"--> {SHOW}:")


def test_deleting_alone_is_caught_where_something_depends_on_it(repo: Any) -> None:
    # The fourth is the last, so no gap is left; but now the third depends on it.
    path = copied(repo, 4, "sign-payloads")
    replace(repo, path, "EP-20260105-001/MS002", "EP-20260105-001/MS001")
    replace(repo, SHOW, "  - EP-20260105-001/MS002", "  - EP-20260105-001/MS004")
    repo.git("add", "-A")
    assert repo.run("git", "commit", "-m", "a fourth").status == 0
    repo.git("rm", "-q", path)
    done = repo.run("git", "commit", "-m", "drop the fourth")
    refused(repo, done, "RF001", "there is no milestone EP-20260105-001/MS004", f"--> {SHOW}:")
    assert "SQ002" not in done.text


def test_deleting_a_plan_document_is_caught(repo: Any) -> None:
    repo.git("rm", "-q", f"{PLAN}/EP-20260105-001_reliable-webhooks.md")
    refused(repo, repo.run("git", "commit", "-m", "drop the plan"), "FM011", RETRY, SHOW)


def test_deleting_the_last_is_no_fault(repo: Any) -> None:
    repo.git("rm", "-q", SHOW)
    done = repo.run("git", "commit", "-m", "drop the third")
    assert done.status == 0, done.text


@pytest.mark.parametrize("target", ["docs/retries.md", f"{ACTIVE}/retries.txt", "retries"])
def test_renaming_out_of_the_convention_is_caught(repo: Any, target: str) -> None:
    repo.git("mv", RETRY, target)
    refused(repo, repo.run("git", "commit", "-m", "rename"), "SQ002", "RF001")


def test_renaming_within_the_roots_is_caught(hooked: Callable[..., Any]) -> None:
    repo = hooked("milestones-naming")
    repo.git("mv", RETRY, f"{ACTIVE}/retries.md")
    refused(repo, repo.run("git", "commit", "-m", "rename"), "NM002", f"--> {ACTIVE}/retries.md")


def test_the_sequence_hook_alone_catches_deletions(hooked: Callable[..., Any]) -> None:
    repo = hooked("milestones-sequence")
    repo.git("rm", "-q", RETRY)
    refused(repo, repo.run("git", "commit", "-m", "drop the second"), "SQ002")


def test_a_filtered_hook_is_skipped_for_a_deletion(hooked: Callable[..., Any]) -> None:
    """So says pre-commit, whatever a hook would like: this is why `milestones` always runs."""
    repo = hooked("milestones-front-matter")
    repo.git("rm", "-q", f"{PLAN}/EP-20260105-001_reliable-webhooks.md")
    done = repo.run("git", "commit", "-m", "drop the plan")
    assert done.status == 0
    assert "Skipped" in done.text


EDIT = "\r\nAn edit in work, \u00fcmlaut and trailing space \r\nno line break at the end"


@pytest.mark.parametrize("staged_is_bad", [True, False])
def test_the_staged_version_is_judged_and_unstaged_edits_survive(repo: Any, staged_is_bad: bool) -> None:
    """As after `git add -p`: the index holds one version, the work tree another."""
    file = repo.root / RETRY
    good = file.read_bytes() + b"- 2026-01-28: More.\n"
    bad = good.replace(b"status: in_progress", b"status: doing")
    file.write_bytes(bad if staged_is_bad else good)
    repo.git("add", RETRY)
    edited = (good if staged_is_bad else bad) + EDIT.encode()
    file.write_bytes(edited)
    file.chmod(0o755)
    other = repo.root / "docs/webhooks.md"
    other.write_bytes(other.read_bytes() + EDIT.encode())
    others = other.read_bytes()
    done = repo.run("git", "commit", "-m", "staged")
    assert done.status == (1 if staged_is_bad else 0), done.text
    assert ("FM004" in done.text) == staged_is_bad
    assert file.read_bytes() == edited
    assert file.stat().st_mode & 0o777 == 0o755
    assert other.read_bytes() == others
    if not staged_is_bad:
        assert repo.git("show", f"HEAD:{RETRY}").encode() == good


def test_git_add_p(repo: Any) -> None:
    """The same through git's own dialogue: one hunk of two is staged."""
    replace(repo, RETRY, "risk: med", "risk: high")
    file = repo.root / RETRY
    file.write_bytes(file.read_bytes() + b"- 2026-01-28: Not yet.\n")
    edited = file.read_bytes()
    answers = subprocess.run(
        ["git", "add", "-p"], cwd=repo.root, env=repo.env, input="y\nn\n", text=True, capture_output=True, check=True
    )
    assert "Stage this hunk" in answers.stdout
    done = repo.run("git", "commit", "-m", "riskier")
    assert done.status == 0, done.text
    assert file.read_bytes() == edited
    assert repo.git("diff", "--numstat").split() == ["1", "0", RETRY]


def test_git_commit_of_a_path(repo: Any) -> None:
    """git commits from an index of its own (GIT_INDEX_FILE); what is staged besides is not part of it."""
    replace(repo, SHOW, "status: planned", "status: plan")
    repo.git("add", SHOW)
    replace(repo, RETRY, "risk: med", "risk: high")
    bad = (repo.root / SHOW).read_bytes()
    done = repo.run("git", "commit", RETRY, "-m", "only this one")
    assert done.status == 0, done.text
    assert repo.git("show", "--name-only", "--format=", "HEAD").split() == [RETRY]
    assert (repo.root / SHOW).read_bytes() == bad
    refused(repo, repo.run("git", "commit", "-m", "and the other"), "FM004", SHOW)
    replace(repo, RETRY, "risk: high", "risk: huge")
    refused(repo, repo.run("git", "commit", RETRY, "-m", "only this one"), "FM004", RETRY)
    assert repo.git("diff", "--cached", "--name-only").split() == [SHOW]


def test_a_new_number_in_a_partial_commit(repo: Any) -> None:
    """A milestone staged but not committed now does not fill a gap for the one that is."""
    four, five = copied(repo, 4, "sign"), copied(repo, 5, "rotate")
    repo.git("add", "-A")
    refused(repo, repo.run("git", "commit", five, "-m", "the fifth first"), "SQ002", "MS004 is missing")
    assert repo.run("git", "commit", four, "-m", "the fourth").status == 0
    assert repo.run("git", "commit", "-m", "the fifth").status == 0


def test_in_a_linked_worktree(repo: Any, tmp_path: Path) -> None:
    """There GIT_DIR is set, and .git is a file."""
    linked = type(repo)(tmp_path / "linked", repo.env)
    repo.git("worktree", "add", "-q", "-b", "side", str(linked.root))
    replace(linked, RETRY, "status: in_progress", "status: doing")
    refused(linked, linked.run("git", "commit", "-am", "doing"), "FM004", f"--> {RETRY}:6:9")
    replace(linked, RETRY, "status: doing", "status: blocked")
    assert linked.run("git", "commit", "-am", "blocked").status == 0
    linked.git("rm", "-q", RETRY)
    refused(linked, linked.run("git", "commit", "-m", "drop"), "SQ002")
    # The first work tree is untouched by it all.
    assert repo.git("status", "--porcelain") == ""


def test_in_a_sub_folder(repo: Any) -> None:
    replace(repo, RETRY, "status: in_progress", "status: doing")
    refused(repo, repo.run("git", "commit", "-am", "doing", below="docs"), "FM004", f"--> {RETRY}:6:9")


def two_branches(repo: Any) -> None:
    """Each creates the fourth milestone; git sees two different files."""
    repo.git("checkout", "-q", "-b", "side")
    copied(repo, 4, "sign-payloads")
    repo.git("add", "-A")
    assert repo.run("git", "commit", "-m", "sign").status == 0
    repo.git("checkout", "-q", "main")
    copied(repo, 4, "rate-limits")
    repo.git("add", "-A")
    assert repo.run("git", "commit", "-m", "limit").status == 0


def test_the_same_number_from_two_branches_stops_the_merge(repo: Any) -> None:
    two_branches(repo)
    before = repo.head()
    done = repo.run("git", "merge", "--no-edit", "side")
    refused(
        repo, done, "SQ001", "the id EP-20260105-001/MS004 is taken", "MS004_rate-limits.md", "MS004_sign-payloads.md"
    )
    assert repo.head() == before


def test_a_conflicting_merge_is_checked_when_it_is_committed(repo: Any) -> None:
    """git runs pre-commit then, not pre-merge-commit."""
    two_branches(repo)
    for branch, word in (("side", "blocked"), ("main", "planned")):
        repo.git("checkout", "-q", branch)
        replace(repo, RETRY, "status: in_progress", f"status: {word}")
        assert repo.run("git", "commit", "-am", word).status == 0
    assert repo.run("git", "merge", "--no-edit", "side").status == 1
    refused(repo, repo.run("git", "commit", "-am", "markers left in"), "RD014", RETRY)
    repo.git("checkout", "-q", "--ours", RETRY)
    repo.git("add", RETRY)
    refused(repo, repo.run("git", "commit", "--no-edit"), "SQ001")


def test_a_push_is_checked(repo: Any, tmp_path: Path) -> None:
    repo.git("init", "-q", "--bare", str(tmp_path / "remote.git"))
    repo.git("remote", "add", "origin", str(tmp_path / "remote.git"))
    assert repo.run("git", "push", "-q", "origin", "main").status == 0
    replace(repo, RETRY, "status: in_progress", "status: doing")
    repo.git("commit", "-q", "--no-verify", "-am", "unchecked")
    refused(repo, repo.run("git", "push", "-q", "origin", "main"), "FM004", RETRY)


def test_git_runs_no_hook_for_a_fast_forward_or_a_cherry_pick(repo: Any) -> None:
    """Nothing can be done about it here: `milestones check` in CI is the guarantee."""
    two_branches(repo)
    assert repo.run("git", "cherry-pick", "side").status == 0
    done = repo.run(sys.executable, "-m", "milestones", "check", "--format", "concise")
    refused(repo, done, "SQ001")


def test_a_staged_symbolic_link_is_caught(repo: Any, tmp_path: Path) -> None:
    (tmp_path / "elsewhere.md").write_bytes((repo.root / SHOW).read_bytes())
    (repo.root / SHOW).unlink()
    (repo.root / SHOW).symlink_to(tmp_path / "elsewhere.md")
    repo.git("add", "-A")
    refused(repo, repo.run("git", "commit", "-m", "a link"), "RD011", SHOW)


def test_a_dangling_symbolic_link_is_caught_by_the_front_matter_hook(hooked: Callable[..., Any]) -> None:
    repo = hooked("milestones-front-matter")
    (repo.root / ACTIVE / "EP-20260105-001_MS004_gone.md").symlink_to("nowhere.md")
    repo.git("add", "-A")
    refused(repo, repo.run("git", "commit", "-m", "a link"), "RD011", "MS004_gone.md")


def test_all_files(hooked: Callable[..., Any]) -> None:
    ids = ("milestones", "milestones-front-matter", "milestones-naming", "milestones-sequence", "milestones-archive")
    repo = hooked(*ids)
    command = (sys.executable, "-m", "pre_commit", "run", "--all-files")
    done = repo.run(*command)
    assert done.status == 0, done.text
    assert done.text.count("Passed") == 5
    for stage in ("pre-merge-commit", "pre-push", "manual"):
        assert repo.run(*command, "--hook-stage", stage).text.count("Passed") == 5
    replace(repo, ARCHIVED, "status: completed", "status: in_progress")
    (repo.root / RETRY).rename(repo.root / ACTIVE / "EP-20260105-001_MS003_retry-failed-deliveries.md")
    repo.git("add", "-A")
    repo.git("commit", "-q", "--no-verify", "-m", "unchecked")
    done = repo.run(*command)
    refused(repo, done, "AR002", "SQ001", "SQ002", "FM010")
    assert done.text.count("Failed") == 4  # the names themselves are in order


def test_untracked_files_are_not_judged(repo: Any) -> None:
    copied(repo, 9, "draft")
    replace(repo, RETRY, "risk: med", "risk: high")
    done = repo.run("git", "commit", "-am", "riskier")
    assert done.status == 0, done.text


def test_hooks_write_nothing(repo: Any) -> None:
    replace(repo, RETRY, "status: in_progress", "status: completed")
    before = {path: path.read_bytes() for path in repo.root.rglob("*.md")}
    refused(repo, repo.run("git", "commit", "-am", "done"), "AR001")
    assert {path: path.read_bytes() for path in repo.root.rglob("*.md")} == before


def test_this_repository_runs_them_on_itself() -> None:
    from pre_commit.clientlib import load_config, load_manifest

    config = load_config(str(ROOT / ".pre-commit-config.yaml"))
    assert set(config["default_install_hook_types"]) == {"pre-commit", "pre-merge-commit", "pre-push"}
    entries = [hook["entry"] for repo in config["repos"] for hook in repo["hooks"]]
    assert any(entry.endswith("milestones hook all") for entry in entries)
    manifest = {hook["id"]: hook for hook in load_manifest(str(ROOT / ".pre-commit-hooks.yaml"))}
    assert set(manifest) == {f"milestones{c}" for c in ("", "-front-matter", "-naming", "-sequence", "-archive")}
    for hook in manifest.values():
        assert hook["require_serial"]
        assert set(hook["stages"]) == {"pre-commit", "pre-merge-commit", "pre-push", "manual"}
    assert {id_ for id_, hook in manifest.items() if hook["always_run"]} == {"milestones", "milestones-sequence"}
    assert not manifest["milestones-sequence"]["pass_filenames"]


# The command alone: the same cases, without pre-commit's time.


def test_alone_a_clean_repository(plain: Any) -> None:
    for concern in ("all", "front-matter", "naming", "sequence", "archive"):
        assert plain.hook(concern) == (0, "")
        assert plain.hook(concern, RETRY, SHOW, "README.md", "no/such.md") == (0, "")


def test_alone_bad_front_matter(plain: Any) -> None:
    replace(plain, RETRY, "status: in_progress", "status: doing")
    for concern in ("all", "front-matter"):
        refused(plain, plain.hook(concern, RETRY), "FM004", f"--> {RETRY}:6:9")
    for concern in ("naming", "sequence", "archive"):
        assert plain.hook(concern, RETRY).status == 0
    assert plain.hook("front-matter", SHOW).status == 0  # only what is named


@pytest.mark.parametrize("concern", ["all", "sequence"])
def test_alone_a_deletion(plain: Any, concern: str) -> None:
    plain.git("rm", "-q", RETRY)
    done = plain.hook(concern)
    refused(plain, done, "SQ002")
    assert ("RF001" in done.text) == (concern == "all")


@pytest.mark.parametrize("concern", ["all", "sequence"])
def test_alone_a_rename_out_of_the_convention(plain: Any, concern: str) -> None:
    plain.git("mv", RETRY, "docs/retries.md")
    refused(plain, plain.hook(concern, *(["docs/retries.md"] if concern == "all" else [])), "SQ002")


def test_alone_a_duplicate(plain: Any) -> None:
    path = copied(plain, 3, "again")
    plain.git("add", "-A")
    for concern, paths in (("all", (path,)), ("sequence", ())):
        done = plain.hook(concern, *paths)
        refused(plain, done, "SQ001", "MS003_again.md", "MS003_show-deliveries.md")


def test_alone_the_old_faults_of_others_do_not_block_a_commit(plain: Any) -> None:
    replace(plain, SHOW, "status: planned", "status: plan")
    plain.git("commit", "-q", "-am", "a fault that got in")
    replace(plain, RETRY, "risk: med", "risk: high")
    plain.git("add", "-A")
    assert plain.hook("all", RETRY) == (0, "")
    refused(plain, plain.hook("all", RETRY, SHOW), "FM004")


def test_alone_nor_does_a_deletion_bring_them_up(plain: Any) -> None:
    """Archiving deletes a path; a dead link or a gap elsewhere is not its affair."""
    with (plain.root / SHOW).open("a", encoding="utf-8") as file:
        file.write("\nSee [nothing](gone.md).\n")
    copied(plain, 9, "far-away")
    plain.git("add", "-A")
    plain.git("commit", "-q", "-m", "old faults")
    plan = ".agent/exec_plans/other"
    for number in (1, 2):
        text = (plain.root / ARCHIVED).read_text(encoding="utf-8").replace("EP-20260105-001", "EP-20260105-002")
        text = text.replace("MS001", f"MS00{number}").replace("ms: 1", f"ms: {number}")
        path = plain.root / plan / f"milestones/active/EP-20260105-002_MS00{number}_other.md"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    plain.git("add", "-A")
    plain.git("commit", "-q", "-m", "another plan")
    plain.git("rm", "-q", f"{plan}/milestones/active/EP-20260105-002_MS002_other.md")
    assert plain.hook("all") == (0, "")
    plain.git("reset", "-q", "--hard")
    plain.git("rm", "-q", f"{plan}/milestones/active/EP-20260105-002_MS001_other.md")
    done = plain.hook("all")
    refused(plain, done, "SQ002", "EP-20260105-002/MS001 is missing")
    assert "MS009" not in done.text
    assert "gone.md" not in done.text


def test_alone_a_link_to_a_deleted_file(plain: Any) -> None:
    """The target need not be a plan: a link in a milestone died with it."""
    sketch = plain.root / ACTIVE / "sketch.txt"
    sketch.write_text("x\n", encoding="utf-8")
    with (plain.root / SHOW).open("a", encoding="utf-8") as file:
        file.write("\nSee [the sketch](sketch.txt).\n")
    plain.git("add", "-A")
    plain.git("commit", "-q", "-m", "a sketch")
    plain.git("rm", "-q", str(sketch))
    refused(plain, plain.hook("all"), "RF004", "`sketch.txt` leads nowhere")


def test_alone_the_registry_is_compared_when_it_changes(later: Any) -> None:
    registry = ".agent/exec_plans/registry.json"
    replace(later, registry, '"status": "active"', '"status": "done"')
    assert later.hook("all") == (0, "")  # not staged
    later.git("add", "-A")
    refused(later, later.hook("all"), "RF006", f"--> {registry}:")
    later.git("reset", "-q", "--hard")
    later.git("rm", "-q", ".agent/exec_plans/active/reliable-webhooks/EP-20260105-001_reliable-webhooks.md")
    refused(later, later.hook("all"), "RF006", "EP-20260105-001 is listed, but there is no such plan", "FM011")


def test_alone_with_an_index_of_its_own(plain: Any, tmp_path: Path) -> None:
    """GIT_INDEX_FILE reaches the git we call: the names are those of that index."""
    other = tmp_path / "index"
    shutil.copyfile(plain.root / ".git/index", other)
    plain.env["GIT_INDEX_FILE"] = str(other)
    plain.git("rm", "-q", "--cached", RETRY)
    refused(plain, plain.hook("sequence"), "SQ002")
    del plain.env["GIT_INDEX_FILE"]
    assert plain.hook("sequence").status == 0


def test_alone_with_git_dir(plain: Any, tmp_path: Path) -> None:
    """As in a linked worktree, where a hook finds GIT_DIR set."""
    (plain.root / ".git").rename(tmp_path / "elsewhere.git")
    plain.env |= {"GIT_DIR": str(tmp_path / "elsewhere.git"), "GIT_WORK_TREE": str(plain.root)}
    assert plain.hook("all", RETRY) == (0, "")
    plain.git("rm", "-q", "--cached", RETRY)
    refused(plain, plain.hook("sequence"), "SQ002")


def test_alone_before_the_first_commit(plain: Any) -> None:
    repo = plain
    shutil.rmtree(repo.root / ".git")
    repo.init()
    repo.git("add", "-A")
    assert repo.hook("all", RETRY, SHOW) == (0, "")
    replace(repo, RETRY, "status: in_progress", "status: doing")
    refused(repo, repo.hook("all", RETRY), "FM004")
    repo.git("rm", "-q", "-f", "--cached", RETRY)
    refused(repo, repo.hook("sequence"), "SQ002")


def test_alone_a_symbolic_link(plain: Any) -> None:
    (plain.root / SHOW).unlink()
    (plain.root / SHOW).symlink_to("nowhere.md")
    plain.git("add", "-A")
    refused(plain, plain.hook("all", SHOW), "RD011")
    refused(plain, plain.hook("front-matter", SHOW), "RD011")


def test_alone_names_that_need_quoting(plain: Any) -> None:
    """git quotes such names unless it is asked for NUL between them."""
    path = f'{ACTIVE}/EP-20260105-001_MS004_größe "x".md'
    (plain.root / path).write_bytes((plain.root / SHOW).read_bytes())
    plain.git("add", "-A")
    refused(plain, plain.hook("naming", path), "NM003", "größe")
    refused(plain, plain.hook("all"), "NM003")


def test_alone_ten_thousand_names_in_one_call(plain: Any) -> None:
    """More names than a command line holds are split by pre-commit; one call takes what fits."""
    paths = [RETRY, SHOW] * 800
    assert plain.hook("naming", *paths).status == 0


@pytest.mark.skipif(os.name == "nt", reason="no such names on Windows")
def test_alone_a_name_that_is_not_utf8(plain: Any) -> None:
    name = os.fsencode(plain.root / ACTIVE) + b"/EP-20260105-001_MS004_gr\xf6sse.md"
    with open(name, "wb") as file:
        file.write((plain.root / SHOW).read_bytes())
    plain.git("add", "-A")
    refused(plain, plain.hook("all"), "NM003", "gr\\xf6sse")
