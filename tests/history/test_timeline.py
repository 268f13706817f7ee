"""Timelines from real repositories: renames, archives, branches, merges, clocks, clones, and what is not committed."""

from __future__ import annotations

import random
import shutil
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from gitrepos import DAY, NOW, READING, START, Repository, observe

from milestones.history import cache, timeline, twins
from milestones.history.observation import HistoryError, Observation

if TYPE_CHECKING:
    from milestones.history.timeline import History, Timeline

A = "plans/p/a.md"


def read(repo: Repository, **options: object) -> History:
    given = {"now": NOW, "cache": None, **options}
    return timeline.read(str(repo.folder), READING, **given)  # type: ignore[arg-type]


def one(repo: Repository, id_: str = "P/1") -> Timeline:
    return read(repo).milestones[id_]


def told(line: Timeline) -> list[tuple[str | None, float]]:
    """Each status with the day it was taken on."""
    return [(step.status, (step.time - START) / DAY) for step in line.steps]


def test_each_status_with_its_commit_and_time(repo: Repository) -> None:
    repo.write(A, "P/1", "todo")
    first = repo.commit(0, "write it down")
    repo.write(A, "P/1", "in_progress")
    second = repo.commit(2)
    repo.write(A, "P/1", "in_progress", body="more text")
    repo.commit(3)
    repo.write(A, "P/1", "done")
    third = repo.commit(5)
    line = one(repo)
    assert told(line) == [("planned", 0), ("in_progress", 2), ("completed", 5)]
    assert [step.commit.id for step in line.steps] == [first, second, third]
    assert [step.word for step in line.steps] == ["todo", "in_progress", "done"]
    assert line.steps[0].commit == (first, START, "Mira", "write it down")
    assert line.at(START + 4 * DAY) == "in_progress"
    assert line.at(START - 1) is None
    history = read(repo)
    assert (history.commits, history.since, history.head, history.notes) == (4, START, third, ())


def test_another_word_is_a_step_of_the_same_status(repo: Repository) -> None:
    repo.write(A, "P/1", "done")
    repo.commit(0)
    repo.write(A, "P/1", "completed")
    repo.commit(1)
    assert [(s.status, s.word) for s in one(repo).steps] == [("completed", "done"), ("completed", "completed")]


def test_ids_and_not_similar_files_carry_the_history(repo: Repository) -> None:
    """Two files swap their names, which git would call two edits, and one is renamed beyond recognition."""
    repo.write("plans/p/a.md", "P/1", "planned")
    repo.write("plans/p/b.md", "P/2", "in_progress")
    repo.commit(0)
    repo.write("plans/p/a.md", "P/2", "done")
    repo.write("plans/p/b.md", "P/1", "in_progress")
    repo.commit(1)
    repo.remove("plans/p/b.md")
    repo.write("plans/q/anything.md", "P/1", "done", body="entirely different\n" * 50)
    repo.commit(2)
    history = read(repo)
    assert told(history.milestones["P/1"]) == [("planned", 0), ("in_progress", 1), ("completed", 2)]
    assert told(history.milestones["P/2"]) == [("in_progress", 0), ("completed", 1)]
    assert [(m.path_before, m.path) for m in history.milestones["P/1"].moves] == [
        ("plans/p/a.md", "plans/p/b.md"),
        ("plans/p/b.md", "plans/q/anything.md"),
    ]


def test_archiving_is_a_move_and_no_status(repo: Repository) -> None:
    repo.write(A, "P/1", "done")
    repo.commit(0)
    (repo.folder / "plans/p/archive").mkdir()
    repo.git("mv", A, "plans/p/archive/a.md")
    commit = repo.commit(1)
    line = one(repo)
    assert told(line) == [("completed", 0)]
    assert line.filed
    assert [(m.path, m.commit.id, m.time) for m in line.moves] == [("plans/p/archive/a.md", commit, START + DAY)]


def test_a_move_to_another_plan(repo: Repository) -> None:
    repo.write(A, "P/1", plan="P")
    repo.commit(0)
    repo.write(A, "P/1", plan="Q")
    repo.commit(1)
    (move,) = one(repo).moves
    assert (move.plan_before, move.plan_id, move.path_before, move.path) == ("P", "Q", A, A)
    assert one(repo).plan_id == "Q"


def test_deleted_and_brought_back_is_one_history(repo: Repository) -> None:
    repo.write(A, "P/1", "in_progress")
    repo.commit(0)
    repo.remove(A)
    repo.commit(1)
    assert one(repo).status is None
    assert one(repo).path == A
    repo.write("plans/p/new.md", "P/1", "done")
    repo.commit(2)
    line = one(repo)
    assert told(line) == [("in_progress", 0), (None, 1), ("completed", 2)]
    assert [(m.path_before, m.path) for m in line.moves] == [(A, "plans/p/new.md")]


def test_a_copy_beside_it_changes_nothing_until_it_takes_over(repo: Repository) -> None:
    repo.write(A, "P/1", "in_progress")
    repo.commit(0)
    repo.write("plans/p/archive/a.md", "P/1", "done")  # filed, and the old one forgotten
    repo.commit(1)
    history = read(repo)
    assert dict(history.twins) == {"P/1": ("plans/p/a.md", "plans/p/archive/a.md")}
    assert told(history.milestones["P/1"]) == [("in_progress", 0), ("completed", 1)]
    repo.write(A, "P/1", "blocked")  # an edit of the one that does not count
    repo.commit(2)
    repo.remove(A)
    repo.commit(3)
    line = one(repo)
    assert told(line) == [("in_progress", 0), ("completed", 1)]
    assert line.path == "plans/p/archive/a.md"
    assert line.moves == ()
    assert not read(repo).twins


def test_twins_are_told_apart_by_their_documents(repo: Repository) -> None:
    """By the name of the file, or of its folder where files have one name; filed documents keep both."""
    repo.write("plans/p/one.md", "P/1", "todo")
    repo.write("plans/p/8/x.md", "P/2", "todo")
    repo.commit(0)
    repo.write("plans/p/other.md", "P/1", "in_progress")
    repo.write("plans/p/9/x.md", "P/2", "blocked")
    repo.commit(1)
    repo.remove("plans/p/one.md")
    repo.write("plans/p/archive/one.md", "P/1", "done")
    repo.remove("plans/p/8/x.md")
    repo.write("plans/q/8/x.md", "P/2", "done", plan="Q")
    repo.commit(2)
    history = read(repo)
    assert sorted(history.twins) == ["P/1", "P/2"]
    found = twins.apart(str(repo.folder), READING, history)
    assert {path: told(line) for path, line in found["P/1"].items()} == {
        "plans/p/archive/one.md": [("planned", 0), ("completed", 2)],
        "plans/p/other.md": [("in_progress", 1)],
    }
    assert {path: told(line) for path, line in found["P/2"].items()} == {
        "plans/q/8/x.md": [("planned", 0), ("completed", 2)],
        "plans/p/9/x.md": [("blocked", 1)],
    }
    assert {line.id for lines in found.values() for line in lines.values()} == {"P/1", "P/2"}


def test_several_documents_of_one_milestone(repo: Repository) -> None:
    """A list that mentions it does not outrank its own document, and one that names no status says nothing."""
    repo.write("plans/list.md", "P/1", "todo", rank="5")
    repo.commit(0)
    repo.write("plans/own.md", "P/1", "in_progress", rank="1")
    repo.commit(1)
    repo.write("plans/list.md", "P/1", "done", rank="5")
    repo.commit(2)
    repo.write("plans/other.md", "P/1", "''", rank="0")
    repo.commit(3)
    history = read(repo)
    assert told(history.milestones["P/1"]) == [("planned", 0), ("in_progress", 1)]
    assert not history.twins


def test_several_milestones_in_one_document(repo: Repository) -> None:
    def interpret(path: str, data: bytes) -> tuple[Observation, ...]:
        lines = (line.split() for line in data.decode().splitlines())
        return tuple(Observation("milestone", a, "P", a, b, b, False) for a, b in lines)

    file = repo.folder / "plans/list.md"
    file.parent.mkdir()
    file.write_text("P/1 planned\nP/2 planned\nP/1 completed\n")  # the first of two lines on one id counts
    repo.commit(0)
    file.write_text("P/1 planned\nP/2 completed\n")
    repo.commit(1)
    file.write_text("P/2 completed\n")
    repo.commit(2)
    reading = READING._replace(interpret=interpret)
    history = timeline.read(str(repo.folder), reading, now=NOW, cache=None)
    assert told(history.milestones["P/1"]) == [("planned", 0), (None, 2)]
    assert told(history.milestones["P/2"]) == [("planned", 0), ("completed", 1)]


def test_a_version_that_cannot_be_read_changes_nothing(repo: Repository) -> None:
    repo.write(A, "P/1", "in_progress")
    repo.commit(0)
    (repo.folder / A).write_text("---\nid: [\nstatus: done\n---\n")
    repo.commit(1)
    assert told(one(repo)) == [("in_progress", 0)]
    repo.write(A, "P/1", "done")
    repo.commit(2)
    assert told(one(repo)) == [("in_progress", 0), ("completed", 2)]


def test_plans_have_timelines_too(repo: Repository) -> None:
    repo.write("plans/p/plan.md", "P", "in_progress")
    repo.write(A, "P/1")
    repo.commit(0)
    repo.write("plans/p/plan.md", "P", "done")
    repo.commit(1)
    history = read(repo)
    assert told(history.plans["P"]) == [("in_progress", 0), ("completed", 1)]
    assert set(history.milestones) == {"P/1"}


def test_the_work_of_a_merged_branch_keeps_its_commits(repo: Repository) -> None:
    repo.write(A, "P/1")
    repo.write("plans/p/b.md", "P/2")
    repo.commit(0)
    repo.git("checkout", "-q", "-b", "feature")
    repo.write(A, "P/1", "in_progress")
    begun = repo.commit(1)
    repo.write(A, "P/1", "done")
    ended = repo.commit(4)
    repo.git("checkout", "-q", "main")
    repo.write("plans/p/b.md", "P/2", "blocked")
    repo.commit(2)
    repo.time = START + 6 * DAY
    repo.git("merge", "-q", "--no-ff", "feature", "-m", "merge")
    line = one(repo)
    assert told(line) == [("planned", 0), ("in_progress", 1), ("completed", 4)]
    assert [step.commit.id for step in line.steps[1:]] == [begun, ended]
    assert told(one(repo, "P/2")) == [("planned", 0), ("blocked", 2)]
    assert read(repo).commits == 3


def test_a_status_set_while_merging_is_seen(repo: Repository) -> None:
    repo.write(A, "P/1")
    repo.commit(0)
    repo.git("checkout", "-q", "-b", "feature")
    repo.write(A, "P/1", "in_progress")
    repo.commit(1)
    repo.git("checkout", "-q", "main")
    repo.write(A, "P/1", "blocked")
    repo.commit(2)
    repo.git("merge", "-q", "feature", check=False)  # a conflict
    repo.write(A, "P/1", "done")
    merge = repo.commit(3)
    line = one(repo)
    # The branch's older step was overtaken by the main line's.
    assert told(line) == [("planned", 0), ("blocked", 2), ("completed", 3)]
    assert line.steps[-1].commit.id == merge


def test_a_merge_that_keeps_the_main_line_keeps_its_status(repo: Repository) -> None:
    repo.write(A, "P/1")
    repo.commit(0)
    repo.git("checkout", "-q", "-b", "feature")
    repo.write(A, "P/1", "done")
    repo.commit(1)
    repo.git("checkout", "-q", "main")
    repo.commit(2)
    repo.time = START + 3 * DAY
    repo.git("merge", "-q", "-s", "ours", "--no-ff", "feature", "-m", "not this")
    assert told(one(repo)) == [("planned", 0)]


def test_the_main_line_merged_into_a_branch(repo: Repository) -> None:
    repo.write(A, "P/1")
    repo.commit(0)
    repo.git("checkout", "-q", "-b", "feature")
    repo.write("plans/p/b.md", "P/2", "in_progress")
    repo.commit(1)
    repo.git("checkout", "-q", "main")
    repo.write(A, "P/1", "in_progress")
    repo.commit(2)
    repo.git("checkout", "-q", "feature")
    repo.time = START + 3 * DAY
    repo.git("merge", "-q", "main", "-m", "catch up")
    repo.write(A, "P/1", "done")
    repo.commit(4)
    repo.git("checkout", "-q", "main")
    repo.time = START + 5 * DAY
    repo.git("merge", "-q", "--no-ff", "feature", "-m", "merge")
    assert told(one(repo)) == [("planned", 0), ("in_progress", 2), ("completed", 4)]
    assert told(one(repo, "P/2")) == [("in_progress", 1)]


def test_an_octopus(repo: Repository) -> None:
    repo.write(A, "P/1")
    repo.commit(0)
    for at in (1, 2):
        repo.git("checkout", "-q", "-b", f"b{at}", "main")
        repo.write(f"plans/p/{at}.md", f"P/b{at}", "in_progress")
        repo.commit(at)
    repo.git("checkout", "-q", "main")
    repo.time = START + 5 * DAY
    repo.git("merge", "-q", "--no-ff", "b1", "b2", "-m", "both")
    history = read(repo)
    assert told(history.milestones["P/b1"]) == [("in_progress", 1)]
    assert told(history.milestones["P/b2"]) == [("in_progress", 2)]


def test_ties_and_clocks_that_run_backwards(repo: Repository) -> None:
    """The order is that of the commits, and no step is older than the one before it."""
    for status, at in (("todo", 5), ("in_progress", 5), ("blocked", 3), ("in_progress", 3), ("done", 9)):
        repo.write(A, "P/1", status)
        repo.commit(at)
    assert told(one(repo)) == [
        ("planned", 5),
        ("in_progress", 5),
        ("blocked", 5),
        ("in_progress", 5),
        ("completed", 9),
    ]
    assert (one(repo).steps[2].commit.time - START) / DAY == 3


@pytest.mark.parametrize("name", ["größe ✓.md", 'quo"te.md', "tab\there.md", "line\nbreak.md", ":100644 x.md", "-x.md"])
def test_any_file_name(repo: Repository, name: str) -> None:
    reading = READING._replace(relevant=lambda path: path.startswith("plans/"))
    repo.write(f"plans/{name}", "P/1", "todo")
    repo.commit(0)
    repo.write(f"plans/{name}", "P/1", "done")
    repo.commit(1, message="\x01 :100644 100644 a b M\n\nbody")
    history = timeline.read(str(repo.folder), reading, now=NOW, cache=None)
    assert told(history.milestones["P/1"]) == [("planned", 0), ("completed", 1)]
    assert history.milestones["P/1"].path == f"plans/{name}"


def test_a_file_name_that_is_not_utf8(repo: Repository, tmp_path: Path) -> None:
    reading = READING._replace(relevant=lambda path: path.startswith("plans/"))
    (repo.folder / "plans").mkdir()
    for status in ("todo", "done"):
        Path(str(repo.folder) + "/plans/\udcff.md").write_text(f"---\nid: P/1\nstatus: {status}\n---\n")
        repo.commit()
    for _ in range(40):
        repo.commit()
    folder = str(tmp_path / "cache")
    first = timeline.read(str(repo.folder), reading, now=NOW, cache=folder)
    assert [s.word for s in first.milestones["P/1"].steps] == ["todo", "done"]
    assert cache.Cache(folder, "test", "", "").commits()
    assert timeline.read(str(repo.folder), reading, now=NOW, cache=folder) == first


def test_links_and_large_files_are_no_documents(repo: Repository) -> None:
    repo.write("elsewhere.md", "P/1", "done")
    (repo.folder / "plans").mkdir()
    (repo.folder / "plans/link.md").symlink_to("../elsewhere.md")
    repo.write("plans/large.md", "P/2", body="x" * 1_100_000)
    repo.commit(0)
    assert read(repo).milestones == {}
    (repo.folder / "plans/new.md").symlink_to("../elsewhere.md")
    assert read(repo).milestones == {}


def test_a_project_in_a_folder_of_the_repository(repo: Repository) -> None:
    repo.write("sub/dir/plans/a.md", "P/1")
    repo.write("plans/a.md", "P/9")
    repo.commit(0)
    repo.write("sub/dir/plans/a.md", "P/1", "done")
    history = timeline.read(repo.folder / "sub/dir", READING, now=NOW, cache=None)
    assert list(history.milestones) == ["P/1"]
    assert history.milestones["P/1"].path == "plans/a.md"
    assert [s.status for s in history.milestones["P/1"].steps] == ["planned", "completed"]


# Uncommitted changes.


@pytest.mark.parametrize("staged", [True, False])
def test_uncommitted_changes_are_now(repo: Repository, staged: bool) -> None:
    repo.write(A, "P/1")
    repo.write("plans/p/b.md", "P/2")
    repo.commit(0)
    repo.write(A, "P/1", "in_progress")
    repo.write("plans/p/c.md", "P/3")
    repo.remove("plans/p/b.md")
    if staged:
        repo.git("add", "-A")
    history = read(repo)
    assert told(history.milestones["P/1"]) == [("planned", 0), ("in_progress", 100)]
    assert told(history.milestones["P/2"]) == [("planned", 0), (None, 100)]
    assert told(history.milestones["P/3"]) == [("planned", 100)]
    assert history.milestones["P/1"].steps[-1].commit.id == ""
    assert told(read(repo, worktree=False).milestones["P/1"]) == [("planned", 0)]


def test_staged_and_then_edited_again(repo: Repository) -> None:
    repo.write(A, "P/1")
    repo.commit(0)
    repo.write(A, "P/1", "done")
    repo.git("add", "-A")
    repo.write(A, "P/1", "blocked")
    assert told(one(repo)) == [("planned", 0), ("blocked", 100)]


def test_ignored_files_are_not_there(repo: Repository) -> None:
    (repo.folder / ".gitignore").write_text("plans/private.md\n")
    repo.write("plans/private.md", "P/1")
    repo.commit(0)
    assert read(repo).milestones == {}


def test_no_program_of_the_repository_runs(repo: Repository, tmp_path: Path) -> None:
    """Filters, signatures, monitors, pagers and external diffs are the repository's own words."""
    repo.write(A, "P/1")
    (repo.folder / ".gitattributes").write_text("*.md filter=evil diff=evil\n")
    repo.commit(0)
    mark = tmp_path / "mark"
    for key in ("filter.evil.clean", "filter.evil.smudge", "filter.evil.process", "diff.evil.textconv"):
        repo.git("config", key, f"touch {mark}; cat")
    repo.git("config", "diff.external", f"touch {mark}")
    repo.git("config", "core.fsmonitor", f"touch {mark}")
    repo.git("config", "log.showSignature", "true")
    repo.git("config", "gpg.program", f"touch {mark}")
    repo.git("config", "core.pager", f"touch {mark}")
    mark.unlink(missing_ok=True)
    (repo.folder / A).write_bytes((repo.folder / A).read_bytes())  # another time, the same content
    repo.write("plans/p/new.md", "P/2", "done")
    assert set(read(repo).milestones) == {"P/1", "P/2"}
    assert not mark.exists()


# What is missing.


def test_a_folder_outside_git(tmp_path: Path) -> None:
    history = timeline.read(tmp_path, READING, now=NOW)
    assert history.milestones == {}
    assert "not a git repository" in history.notes[0]


def test_without_git(repo: Repository, monkeypatch: pytest.MonkeyPatch) -> None:
    repo.write(A, "P/1")
    repo.commit(0)
    monkeypatch.setenv("PATH", "/nonexistent")
    history = read(repo)
    assert history.milestones == {}
    assert history.notes == ("there is no history: git can't be run: No such file or directory",)


def test_before_the_first_commit(repo: Repository) -> None:
    repo.write(A, "P/1", "in_progress")
    history = read(repo)
    assert told(history.milestones["P/1"]) == [("in_progress", 100)]
    assert history.notes == ("there are no commits yet",)
    repo.git("add", "-A")
    assert told(one(repo)) == [("in_progress", 100)]


def test_a_shallow_clone(repo: Repository, tmp_path: Path) -> None:
    for at, status in enumerate(("todo", "in_progress", "blocked", "done")):
        repo.write(A, "P/1", status)
        repo.commit(at)
    subprocess.run(
        ["git", "clone", "-q", "--depth", "2", f"file://{repo.folder}", str(tmp_path / "shallow")], check=True
    )
    history = timeline.read(tmp_path / "shallow", READING, now=NOW)
    line = history.milestones["P/1"]
    assert told(line) == [("blocked", 2), ("completed", 3)]
    assert line.cut
    assert "shallow" in history.notes[0]
    assert "git fetch --unshallow" in history.notes[0]
    assert not (tmp_path / "shallow/.git/milestones").exists()


def test_a_partial_clone_says_what_it_lacks(repo: Repository, tmp_path: Path) -> None:
    repo.git("config", "uploadpack.allowFilter", "true")
    for status in ("todo", "done"):
        repo.write(A, "P/1", status)
        repo.commit()
    there = tmp_path / "partial"
    subprocess.run(["git", "clone", "-q", "--filter=blob:none", f"file://{repo.folder}", str(there)], check=True)
    history = timeline.read(there, READING, now=NOW)
    assert history.milestones == {} or [s.word for s in history.milestones["P/1"].steps] == ["done"]
    assert any("not in this clone" in note for note in history.notes)


def test_a_ref_that_does_not_exist(repo: Repository) -> None:
    repo.write(A, "P/1")
    repo.commit(0)
    for ref in ("nowhere", "--all", "", "a\nb", "a\0b"):
        with pytest.raises(HistoryError) as caught:
            read(repo, ref=ref)
        assert caught.value.help


def test_the_history_of_another_ref(repo: Repository) -> None:
    repo.write(A, "P/1")
    repo.commit(0)
    repo.git("tag", "v1")
    repo.write(A, "P/1", "done")
    repo.commit(1)
    assert told(read(repo, ref="v1").milestones["P/1"]) == [("planned", 0)]


# The cache.


def busy(repo: Repository, commits: int, rng: random.Random) -> None:
    """Some commits of all sorts."""
    for _ in range(commits):
        for _ in range(rng.randrange(1, 4)):
            at = rng.randrange(6)
            folder = rng.choice(("plans/p", "plans/p/archive", "plans/q"))
            if rng.random() < 0.2:
                (repo.folder / f"{folder}/{at}.md").unlink(missing_ok=True)
            else:
                status = rng.choice(("todo", "in_progress", "blocked", "done"))
                repo.write(f"{folder}/{at}.md", f"P/{at}", status, body=str(rng.random()), plan=rng.choice("PQ"))
        repo.commit()
        if rng.random() < 0.1:
            branch = f"b{rng.random()}"
            repo.git("checkout", "-q", "-b", branch)
            repo.write(f"plans/p/{rng.randrange(6)}.md", f"P/{rng.randrange(6)}", "in_progress", body="branch")
            repo.commit()
            repo.git("checkout", "-q", "main")
            repo.commit()
            repo.git("merge", "-q", "--no-ff", "-X", "ours", branch, "-m", "merge", check=False)
            repo.commit()


def test_a_cache_changes_only_time(repo: Repository, tmp_path: Path) -> None:
    rng = random.Random(1)
    folder = str(tmp_path / "cache")
    for commits in (3, 45, 20, 60):
        busy(repo, commits, rng)
        fresh = read(repo)
        assert read(repo, cache=folder) == fresh
        assert read(repo, cache=folder) == fresh
    assert len(cache.Cache(folder, "test", "", "").commits()) >= 1
    # Amended, and on a branch that left the main line a little earlier.
    repo.git("commit", "-q", "--amend", "--allow-empty", "-m", "again")
    assert read(repo, cache=folder) == read(repo)
    repo.git("checkout", "-q", "-b", "other", "HEAD~40")
    busy(repo, 2, rng)
    assert read(repo, cache=folder) == read(repo)


def test_a_kept_timeline_is_the_same_alone_and_among_all(repo: Repository, tmp_path: Path) -> None:
    busy(repo, 60, random.Random(5))
    folder = str(tmp_path / "cache")
    read(repo, cache=folder)
    repo.write("plans/p/2.md", "P/2", "blocked", body="later")
    repo.commit()
    fresh = read(repo)
    alone, among = read(repo, cache=folder), read(repo, cache=folder)
    for id_ in [*fresh.milestones, "nobody's"]:
        assert (id_ in alone.milestones) is (id_ in fresh.milestones)
        assert alone.milestones.get(id_) == fresh.milestones.get(id_)
    assert list(among.milestones.values()) == list(fresh.milestones.values())
    assert list(among.milestones.items()) == list(fresh.milestones.items())
    assert [*alone.milestones] == [*fresh.milestones]
    assert len(alone.milestones) == len(fresh.milestones)


def test_only_what_is_new_is_read_again(repo: Repository, tmp_path: Path) -> None:
    busy(repo, 60, random.Random(2))
    asked: list[str] = []

    def interpret(path: str, data: bytes) -> tuple[Observation, ...]:
        asked.append(path)
        return observe(path, data)

    reading = READING._replace(interpret=interpret)
    folder = str(tmp_path / "cache")

    def count(reading: object = reading) -> int:
        asked.clear()
        timeline.read(str(repo.folder), reading, now=NOW, cache=folder)  # type: ignore[arg-type]
        return len(asked)

    first = count()
    assert count() < first
    assert count(reading._replace(fingerprint="another profile")) == first


@pytest.mark.parametrize("damage", ["cut", "flip", "empty", "other", "seal"])
def test_a_damaged_cache_is_rebuilt(repo: Repository, tmp_path: Path, damage: str) -> None:
    busy(repo, 45, random.Random(3))
    fresh = read(repo, cache=str(tmp_path / "cache"))
    (file,) = (tmp_path / "cache").iterdir()
    data = file.read_bytes()
    damaged = {
        "cut": data[: len(data) // 2],
        "flip": data[:-5] + bytes([data[-5] ^ 255]) + data[-4:],
        "empty": b"",
        "other": b"\x80\x04\x95pickle",
        "seal": resealed(data),
    }[damage]
    file.write_bytes(damaged)
    assert read(repo, cache=str(tmp_path / "cache")) == fresh


def resealed(data: bytes) -> bytes:
    """Numbers out of range behind a checksum that is right."""
    writer = cache.Writer()
    writer.numbers([5, 5])
    for _ in range(30):
        writer.numbers([99])
    content = writer.bytes()
    assert content is not None
    assert content[: len(cache.FORMAT)] == data[: len(cache.FORMAT)]
    return content


def test_the_cache_lies_in_gits_own_folder(repo: Repository) -> None:
    busy(repo, 45, random.Random(4))
    read(repo, cache=timeline.IN_GIT)
    assert list((repo.folder / ".git/milestones").iterdir())
    assert repo.git("status", "--porcelain") == ""
    shutil.rmtree(repo.folder / ".git/milestones")
    (repo.folder / ".git/milestones").write_text("in the way")
    assert read(repo, cache=timeline.IN_GIT) == read(repo)


def test_a_linked_work_tree(repo: Repository, tmp_path: Path) -> None:
    repo.write(A, "P/1")
    repo.commit(0)
    repo.git("worktree", "add", "-q", str(tmp_path / "linked"))
    (tmp_path / "linked" / A).write_text("---\nid: P/1\nstatus: done\n---\n")
    history = timeline.read(tmp_path / "linked", READING, now=NOW)
    assert told(history.milestones["P/1"]) == [("planned", 0), ("completed", 100)]
    assert told(one(repo)) == [("planned", 0)]
