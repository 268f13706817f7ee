"""The commands that write: one line changes, everything happens or nothing does."""

from __future__ import annotations

import json
import os
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from milestones.changes import revision, transaction
from milestones.project.config import Config
from milestones.project.workspace import open_workspace

if TYPE_CHECKING:
    from collections.abc import Callable

PLANS = ".agent/exec_plans"
PLAN = f"{PLANS}/reliable-webhooks"
ACTIVE = f"{PLAN}/milestones/active"
ARCHIVE = f"{PLAN}/milestones/archive"
RETRY = f"{ACTIVE}/EP-20260105-001_MS002_retry-failed-deliveries.md"
SHOW = f"{ACTIVE}/EP-20260105-001_MS003_show-deliveries.md"
ID = "EP-20260105-001"

CHANGES = [
    ("plan", "new", "Rate limits"),
    ("new", ID, "Sign every payload"),
    ("set", f"{ID}/MS002", "status=blocked", "--note", "waits for keys"),
    ("archive", f"{ID}/MS002", "--complete"),
]


def changed_lines(before: str, after: str) -> list[tuple[str, str]]:
    old, new = before.splitlines(keepends=True), after.splitlines(keepends=True)
    assert len(old) == len(new)
    return [(a, b) for a, b in zip(old, new, strict=True) if a != b]


# plan new, new


def test_a_new_plan_and_its_first_milestones(repo: Any) -> None:
    out = repo.ok(
        "plan", "new", "Rate limits: per key & plan", "--owner", "@ana", "--domain", "backend", "--kind", "bugfix"
    )
    plan = f"{PLANS}/rate-limits-per-key-plan/EP-20260201-001_rate-limits-per-key-plan.md"
    assert out == f"started EP-20260201-001: {plan}\n"
    text = (repo.root / plan).read_text(encoding="utf-8")
    assert 'title: "Rate limits: per key & plan"\n' in text
    assert "created: 2026-02-01\nupdated: 2026-02-01\n" in text
    first = repo.ok("new", "EP-20260201-001", "Count requests", "--due", "2026-02-20")
    second = repo.ok("new", "ep-20260201-001", "Refuse", "--depends-on", "EP-20260201-001/MS001", below="docs")
    assert "EP-20260201-001/MS001" in first
    assert "EP-20260201-001/MS002" in second
    data = json.loads(repo.ok("show", "EP-20260201-001/MS002", "--json"))["milestone"]
    assert data["waits_for"] == ["EP-20260201-001/MS001"]
    assert (data["owner"], data["domain"]) == ("@ana", "backend")  # taken from the plan
    assert json.loads(repo.ok("show", "EP-20260201-001/MS001", "--json"))["milestone"]["due"] == "2026-02-20"
    done = repo.run("check", "--fail-on", "error")
    assert done.status == 0, done.out


@pytest.mark.parametrize("base", ["base", "base-v2"])
def test_new_documents_pass_their_own_check(git_repository: Callable[..., Any], base: str) -> None:
    repo = git_repository(base)
    repo.ok("plan", "new", "Rate limits")
    repo.ok("new", "EP-20260201-001", "Count requests")
    done = repo.run("check", "--ignore", "RF006")
    assert done.status == 0, done.out
    assert repo.run("list", "--plan", "EP-20260201-001").out.count("MS001") == 1


def test_numbers_count_on_over_the_archive(repo: Any) -> None:
    (repo.root / ARCHIVE / "2026/01/20").mkdir(parents=True)
    (repo.root / SHOW).rename(repo.root / ARCHIVE / "2026/01/20/EP-20260105-001_MS003_show-deliveries.md")
    assert f"{ID}/MS004" in repo.ok("new", ID, "Sign every payload")
    assert f"{ID}/MS005" in repo.ok("new", "reliable-webhooks", "By its folder")


def test_a_full_plan_takes_no_more(repo: Any) -> None:
    text = (repo.root / SHOW).read_text(encoding="utf-8")
    full = repo.root / ACTIVE / "EP-20260105-001_MS999_last.md"
    full.write_text(text.replace("MS003", "MS999").replace("ms: 3", "ms: 999"), encoding="utf-8")
    done = repo.run("new", ID, "One too many")
    assert done.status == 1
    assert "all numbers up to 999 are taken" in done.err


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("new", "EP-20260105-009", "X"), "there is no plan EP-20260105-009"),
        (("new", ID, ""), "the title is empty"),
        (("new", ID, "日本語"), "no slug can be made"),
        (("new", ID, "X", "--slug", "../up"), "is no slug"),
        (("new", ID, "X", "--slug", "Über"), "is no slug"),
        (("new", ID, "X", "--owner", "nobody"), "owner"),
        (("new", ID, "X", "--due", "2026-02-30"), "due"),
        (("new", ID, "X", "--depends-on", "MS044"), "there is no milestone MS044"),
        (("new", ID, "<script>alert(1)</script>"), "title"),
        (("new", ID, "two\nlines"), "not one line"),
        (("new", ID, "X", "--domain", "backend\nstart: 2026-01-01"), "not one line"),
        (("new", ID, "bell\x07"), "not one line"),
        (("plan", "new", "X", "--kind", "no such kind"), "kind"),
        (("plan", "new", "Reliable webhooks", "--slug", "a/b"), "is no slug"),
        (("set", ID + "/MS002", "status=doing"), "`status` can't be `doing`"),
        (("set", ID + "/MS002", "due=2026-02-30"), "due"),
        (("set", ID + "/MS002", "staus=blocked"), "did you mean `status`?"),
        (("set", ID + "/MS002", "id=EP-20260105-001/MS004"), "it never changes"),
        (("set", ID + "/MS002", "ms=4"), "it never changes"),
        (("set", ID + "/MS002", "links=x"), "is a map"),
        (("set", ID + "/MS002", "title=a\nb"), "title"),
        (("set", ID + "/MS002", "status=blocked", "--note", "a\nb"), "one line"),
        (("set", ID + "/MS002", "links.docs=javascript:alert(1)"), "links"),
        (("set", ID + "/MS002", "depends_on=EP-20260105-001/MS002"), "can't depend on itself"),
        (("set", ID + "/MS002", "depends_on=EP-20260105-001/MS003"), "circle"),
        (("set", ID + "/MS002", "depends_on=EP-20260105-001/MS044"), "there is no milestone"),
        (("set", "MS044", "status=blocked"), "there is no document MS044"),
        (("archive", ID + "/MS002"), "is in_progress"),
        (("archive", ID + "/MS001"), "is filed already"),
        (("archive", ID), "there is no milestone"),
        (("archive", ID + "/MS002", "--complete", "--date", "2026-02-30"), "is not a day"),
        (("archive", ID + "/MS002", "--complete", "--date", "2025-12-01"), "before"),
        (("plan", "complete", ID), "EP-20260105-001 still has open milestones"),
    ],
    ids=lambda value: " ".join(value)[:60] if isinstance(value, tuple) else None,
)
def test_refused(repo: Any, arguments: tuple[str, ...], message: str) -> None:
    before = repo.tree()
    done = repo.run(*arguments)
    assert done.status == 1
    assert message in done.err
    assert done.err.startswith("error: ")
    assert "internal error" not in done.err
    assert done.out == ""
    assert repo.tree() == before


@pytest.mark.parametrize("command", CHANGES, ids=" ".join)
def test_a_dry_run_writes_nothing(repo: Any, command: tuple[str, ...]) -> None:
    before = repo.tree()
    out = repo.ok(*command, "--dry-run")
    assert out
    assert all(line.startswith("would ") for line in out.splitlines())
    assert repo.tree() == before
    repo.ok(*command)
    assert repo.tree() != before


@pytest.mark.parametrize("command", CHANGES, ids=" ".join)
def test_from_any_folder(repo: Any, command: tuple[str, ...]) -> None:
    done = repo.run(*command, below=ACTIVE)
    assert done.status == 0
    shown = re.search(r": (\S+\.md)$", done.out.splitlines()[0], re.MULTILINE)
    assert shown is not None
    assert (repo.root / ACTIVE / shown[1]).resolve().is_file()  # the path is relative to where one stands


@pytest.mark.parametrize("count", [2, 5])
def test_two_at_once_get_two_numbers(repo: Any, count: int) -> None:
    running = [repo.start("new", ID, f"Racer {n}") for n in range(count)]
    done = [(process.wait(), *process.communicate()) for process in running]
    assert [status for status, _, _ in done] == [0] * count, done
    ids = [out.split()[1].rstrip(":") for _, out, _ in done]
    assert sorted(ids) == [f"{ID}/MS00{4 + n}" for n in range(count)]
    assert not list(repo.root.rglob(".milestones-*"))
    assert "SQ" not in repo.run("check", "--select", "SQ").out


def test_two_plans_at_once_get_two_numbers(repo: Any) -> None:
    running = [repo.start("plan", "new", f"Plan {n}") for n in range(2)]
    outs = [process.communicate()[0] for process in running]
    assert sorted(out.split()[1] for out in outs) == ["EP-20260201-001:", "EP-20260201-002:"]


# set


def test_set_changes_one_line_and_the_date(repo: Any) -> None:
    before = repo.text("MS002")
    out = repo.ok("set", "MS002", "status=blocked")
    assert changed_lines(before, repo.text("MS002")) == [
        ("status: in_progress\n", "status: blocked\n"),
        ("updated: 2026-01-28\n", "updated: 2026-02-01\n"),
    ]
    assert out == f"changed {ID}/MS002: {RETRY}\n"
    assert repo.git("diff", "--numstat").split() == ["2", "2", RETRY]
    assert repo.git("diff", "--cached", "--numstat") == ""


def test_set_with_a_note(repo: Any) -> None:
    before = repo.text("MS002")
    repo.ok("set", "MS002", "status=blocked", "--note", "Waits for keys: see `docs`.")
    after = repo.text("MS002")
    assert (
        after
        == before.replace("status: in_progress", "status: blocked")
        .replace("updated: 2026-01-28", "updated: 2026-02-01")
        .rstrip("\n")
        + "\n- 2026-02-01 — Waits for keys: see `docs`.\n"
    )
    assert repo.run("check").status == 0


def test_set_of_several_sorts_of_value(repo: Any) -> None:
    repo.ok(
        "set", "MS003", "title=Show: all", "due=2026-03-01", "tags=a, b c", "links.docs=docs/webhooks.md", "owner=@ana"
    )
    data = json.loads(repo.ok("show", "MS003", "--json"))["milestone"]
    assert data["title"] == "Show: all"
    assert data["tags"] == ["a", "b c"]
    assert data["links"]["docs"] == "docs/webhooks.md"
    text = repo.text("MS003")
    assert 'title: "Show: all"\n' in text  # quoted, as it was
    assert 'owner: "@ana"\n' in text
    repo.ok("set", "MS003", "updated=2026-01-30", "depends_on=")
    assert json.loads(repo.ok("show", "MS003", "--json"))["milestone"]["waits_for"] == []
    assert "updated: 2026-01-30\n" in repo.text("MS003")


def test_set_says_what_comes_next(repo: Any) -> None:
    assert f"milestones archive {ID}/MS002" in repo.ok("set", "MS002", "status=completed")


def test_set_of_a_plan_keeps_the_registry_true(repo_v2: Any) -> None:
    registry = repo_v2.root / PLANS / "registry.json"
    before = registry.read_text(encoding="utf-8")
    repo_v2.ok("set", ID, "status=blocked")
    assert changed_lines(before, registry.read_text(encoding="utf-8")) == [
        ('      "status": "active",\n', '      "status": "blocked",\n'),
        ('      "updated": "2026-01-28",\n', '      "updated": "2026-02-01",\n'),
    ]
    assert repo_v2.run("check").status == 0


def test_set_keeps_the_mode(repo: Any) -> None:
    (repo.root / RETRY).chmod(0o640)
    repo.ok("set", "MS002", "risk=high")
    assert (repo.root / RETRY).stat().st_mode & 0o777 == 0o640


def test_an_unreadable_document_is_not_edited(repo: Any) -> None:
    (repo.root / RETRY).write_text("---\nid: EP-20260105-001/MS002\nstatus: a: b\n---\n", encoding="utf-8")
    before = repo.tree()
    done = repo.run("set", f"{ID}/MS002", "status=blocked")
    assert done.status == 1
    assert f"{RETRY}:3: " in done.err
    assert repo.tree() == before


VALUES = {
    "id": "EP-20260105-001/MS002",
    "execplan_id": "EP-20260105-001",
    "ms": "2",
    "title": "Retry failed deliveries",
    "status": "in_progress",
    "domain": "backend",
    "owner": "@mira",
    "created": "2026-01-05",
    "updated": "2026-01-28",
}
QUOTES = {"plain": "{}", "double": '"{}"', "single": "'{}'"}


@st.composite
def documents(draw: st.DrawFn) -> tuple[bytes, str]:
    """A milestone's bytes in one of the many ways in which people write them, and its line ending."""
    newline = draw(st.sampled_from(["\n", "\r\n"]))
    lines = []
    for key in draw(st.permutations(sorted(VALUES))):
        lines += draw(st.sampled_from([[], [""], ["# status: planned"], ["  # a note"], ["#", ""]]))
        style = draw(st.sampled_from(["plain", "double", "single"]))
        if key == "ms":
            style = "plain"
        elif key == "owner" and style == "plain":
            style = "double"
        gap = draw(st.sampled_from([" ", "  ", "   "]))
        tail = draw(st.sampled_from(["", " ", "  # status: blocked", ' # it\'s "so"']))
        lines.append(f"{key}:{gap}{QUOTES[style].format(VALUES[key])}{tail}")
    tags = draw(st.sampled_from(["", "tags: [a, b]", "tags:\n  - a\n  - b", "risk: low", 'links:\n  docs: ""']))
    if tags:
        lines += tags.split("\n")
    body = draw(
        st.sampled_from(
            [
                ["# Retry failed deliveries", "", "status: in_progress", ""],
                ["", "Text  ", "", "## Changelog", "", "- 2026-01-05: Begun.", "", "## After", ""],
                ["no line break at the end"],
                [],
            ]
        )
    )
    text = newline.join(["---", *lines, "---", *body])
    mark = draw(st.sampled_from(["", "\ufeff"]))
    return (mark + text).encode(), newline


@given(
    documents(),
    st.sampled_from([("status", "blocked"), ("title", "Again: and # again"), ("due", "2026-03-01"), ("owner", "@ana")]),
    st.sampled_from([0o644, 0o600, 0o755]),
)
def test_every_other_byte_stays(
    tmp_path_factory: pytest.TempPathFactory, document: tuple[bytes, str], pair: tuple[str, str], mode: int
) -> None:
    before, newline = document
    key, value = pair
    root = tmp_path_factory.getbasetemp() / "every-other-byte"
    file = root / RETRY
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(before)
    file.chmod(mode)
    project = open_workspace(root, config=Config(str(root), profile="execplan")).main
    revision.set_values(project, f"{ID}/MS002", {key: value}).transaction.commit()
    after = file.read_bytes()
    assert file.stat().st_mode & 0o777 == mode
    old, new = (data.decode().split(newline) for data in (before, after))
    if len(new) == len(old) + 1:  # a key that was missing goes before the closing fence
        at = next(i for i, line in enumerate(new) if i and line == "---") - 1
        assert new.pop(at) == f"{key}: {value}"
    differing = [(a, b) for a, b in zip(old, new, strict=True) if a != b]
    assert len(differing) <= 2
    for a, b in differing:
        name, _, rest = a.partition(":")
        assert name in (key, "updated")
        assert b.startswith(f"{name}:")
        # The gap before the value, what follows it, and its quotes are as they were.
        written = VALUES[name]
        start = rest.index(written)
        quote = rest[start - 1].strip()
        wanted = value if name == key else project.today
        if quote:
            assert b == f"{name}:{rest[:start]}{wanted}{rest[start + len(written) :]}"
        else:
            assert re.fullmatch(
                rf'{name}:{re.escape(rest[:start])}"?{re.escape(wanted)}"?{re.escape(rest[start + len(written) :])}', b
            )
    again = open_workspace(root, config=Config(str(root), profile="execplan"))
    entry = again.entry(RETRY)
    assert entry is not None
    assert entry.written(key) == value
    assert entry.written("updated") == project.today


# archive


def test_archive_moves_and_mends_links(repo: Any) -> None:
    file = repo.root / SHOW
    text = file.read_text(encoding="utf-8") + (
        "\nSee [the retries](EP-20260105-001_MS002_retry-failed-deliveries.md#scope), "
        f"[from the root](/{RETRY}) and [the web](https://example.org/MS002.md).\n\n"
        "[ref]: ./EP-20260105-001_MS002_retry-failed-deliveries.md\n"
    )
    file.write_text(text, encoding="utf-8")
    repo.ok("set", "MS003", f"links.docs={RETRY}")
    repo.ok("set", "MS002", "status=completed")
    repo.commit("finished")
    before = repo.text("MS003")
    out = repo.ok("archive", "MS002")
    name = "EP-20260105-001_MS002_retry-failed-deliveries.md"
    there = f"{ARCHIVE}/2026/02/01/{name}"
    assert out.startswith(f"archived {ID}/MS002: {there}\n")
    assert not (repo.root / RETRY).exists()
    assert changed_lines(before, repo.text("MS003")) == [
        (f'  docs: "{RETRY}"\n', f'  docs: "{there}"\n'),
        (
            f"See [the retries]({name}#scope), [from the root](/{RETRY}) and [the web](https://example.org/MS002.md).\n",
            f"See [the retries](../archive/2026/02/01/{name}#scope), [from the root](/{there}) and "
            "[the web](https://example.org/MS002.md).\n",
        ),
        (f"[ref]: ./{name}\n", f"[ref]: ../archive/2026/02/01/{name}\n"),
    ]
    # Its own link leads on to the same file.
    moved = (repo.root / there).read_text(encoding="utf-8")
    target = "../../../2026/01/16/EP-20260105-001_MS001_store-every-attempt.md"
    alternative = "../../01/16/EP-20260105-001_MS001_store-every-attempt.md"
    assert f"]({alternative})" in moved or f"]({target})" in moved
    assert "RF004" not in repo.run("check", "--select", "RF004").out


def test_archive_keeps_the_history(repo: Any) -> None:
    repo.ok("archive", "MS002", "--complete", "--note", "All ten arrived.")
    status = repo.git("status", "--porcelain").splitlines()
    assert status == [f"R  {RETRY} -> {ARCHIVE}/2026/02/01/{Path(RETRY).name}"]  # staged, with the edits in it
    repo.git("commit", "-q", "-m", "archived")
    log = repo.git("log", "--follow", "--format=%s", "--", repo.path("MS002"))
    assert log.split() == ["archived", "first"]
    text = repo.text("MS002")
    assert "status: completed\n" in text
    assert "updated: 2026-02-01\n" in text
    assert text.endswith("- 2026-02-01 — All ten arrived.\n")


def test_archive_of_an_untracked_file(repo: Any) -> None:
    repo.ok("new", ID, "Sign every payload")
    path = repo.path("MS004")
    repo.ok("archive", "MS004", "--complete", "--date", "2026-02-01")
    assert not (repo.root / path).exists()
    assert (repo.root / ARCHIVE / "2026/02/01" / Path(path).name).exists()


def test_archive_without_git(repo: Any) -> None:
    import shutil

    shutil.rmtree(repo.root / ".git")
    out = repo.ok("archive", "MS002", "--complete")
    assert (repo.root / ARCHIVE / "2026/02/01" / Path(RETRY).name).exists()
    assert "archived" in out


def test_archive_in_the_later_layout(repo_v2: Any) -> None:
    repo_v2.ok("archive", "MS002", "--complete")
    assert repo_v2.path("MS002").endswith("/milestones/complete/MS002_retry-failed-deliveries.md")
    assert repo_v2.run("check", "--ignore", "CT").status == 0


@pytest.mark.parametrize("staged", [False, True])
def test_archive_refuses_uncommitted_changes(repo: Any, staged: bool) -> None:
    with (repo.root / RETRY).open("a", encoding="utf-8") as file:
        file.write("- 2026-02-01: An edit that must not be lost.\n")
    if staged:
        repo.git("add", RETRY)
    before = repo.tree()
    done = repo.run("archive", "MS002", "--complete")
    assert done.status == 1
    assert f"{RETRY} has uncommitted changes" in done.err
    assert "commit or stash them first" in done.err
    assert repo.tree() == before


def test_archive_refuses_a_dirty_file_whose_links_it_would_mend(repo: Any) -> None:
    with (repo.root / SHOW).open("a", encoding="utf-8") as file:
        file.write("\nSee [the retries](EP-20260105-001_MS002_retry-failed-deliveries.md).\n")
    before = repo.tree()
    done = repo.run("archive", "MS002", "--complete")
    assert done.status == 1
    assert f"{SHOW} has uncommitted changes" in done.err
    assert repo.tree() == before


def test_archive_does_not_overwrite(repo: Any) -> None:
    there = repo.root / ARCHIVE / "2026/02/01" / Path(RETRY).name
    there.parent.mkdir(parents=True)
    there.write_text("in the way\n", encoding="utf-8")
    before = repo.tree()
    done = repo.run("archive", f"{ID}/MS002", "--complete")
    assert done.status == 1
    assert repo.tree() == before


def test_archive_does_not_follow_links(repo: Any, tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir()
    (repo.root / ARCHIVE / "2026/02").symlink_to(tmp_path / "elsewhere")
    before = repo.tree()
    done = repo.run("archive", "MS002", "--complete")
    assert done.status == 1
    assert "symbolic link" in done.err
    assert repo.tree() == before
    assert list((tmp_path / "elsewhere").iterdir()) == []


def linked(repo: Any) -> None:
    """Make archiving MS002 edit three files: itself, MS003 and the plan."""
    for path, link in (
        (SHOW, Path(RETRY).name),
        (f"{PLAN}/{ID}_reliable-webhooks.md", f"milestones/active/{Path(RETRY).name}"),
    ):
        with (repo.root / path).open("a", encoding="utf-8") as file:
            file.write(f"\nSee [the retries]({link}).\n")
    repo.commit("linked")


def failing(monkeypatch: pytest.MonkeyPatch, owner: Any, name: str, at: int, error: Exception) -> list[int]:
    """Make the nth call of a function raise."""
    calls = [0]
    real = getattr(owner, name)

    def fail(*arguments: Any, **options: Any) -> Any:
        calls[0] += 1
        if calls[0] == at:
            raise error
        return real(*arguments, **options)

    monkeypatch.setattr(owner, name, fail)
    return calls


@pytest.mark.parametrize("at", [1, 2, 3])
def test_a_rename_that_fails_midway_leaves_the_tree_as_it_was(
    repo: Any, monkeypatch: pytest.MonkeyPatch, at: int
) -> None:
    linked(repo)
    before = repo.tree()
    with monkeypatch.context() as patch:
        calls = failing(patch, os, "replace", at, OSError(28, "No space left on device"))
        done = repo.run("archive", "MS002", "--complete")
    assert calls[0] >= at
    assert done.status == 2
    assert done.err == "error: nothing was changed: No space left on device\n"
    assert repo.tree() == before
    assert repo.run("archive", "MS002", "--complete").status == 0


@pytest.mark.parametrize("at", [1, 3, 4])  # the second is a folder's, where nothing can fail
def test_a_full_disk_leaves_the_tree_as_it_was(repo: Any, monkeypatch: pytest.MonkeyPatch, at: int) -> None:
    linked(repo)
    before = repo.tree()
    with monkeypatch.context() as patch:
        failing(patch, transaction.os, "fsync", at, OSError(28, "No space left on device"))
        done = repo.run("archive", "MS002", "--complete")
    assert done.status == 2
    assert repo.tree() == before


def test_a_git_that_refuses_leaves_the_tree_as_it_was(repo: Any) -> None:
    linked(repo)
    before = repo.tree()
    held = repo.root / ".git" / "index.lock"
    held.touch()
    done = repo.run("archive", "MS002", "--complete")
    held.unlink()
    assert done.status == 2
    assert "index.lock" in done.err
    assert repo.tree() == before


def test_an_interrupt_leaves_the_tree_as_it_was(repo: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    linked(repo)
    before = repo.tree()
    with monkeypatch.context() as patch:
        failing(patch, os, "replace", 2, KeyboardInterrupt())  # type: ignore[arg-type]
        done = repo.run("archive", "MS002", "--complete")
    assert done.status == 130
    assert repo.tree() == before


def test_a_file_where_a_folder_should_be(repo: Any) -> None:
    linked(repo)
    (repo.root / ARCHIVE / "2026/02").write_text("in the way\n", encoding="utf-8")
    before = repo.tree()
    done = repo.run("archive", "MS002", "--complete")
    assert done.status == 1
    assert repo.tree() == before


def test_a_new_file_that_fails_leaves_no_folder(repo: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    before = repo.tree()
    with monkeypatch.context() as patch:
        failing(patch, os, "link", 1, OSError(28, "No space left on device"))
        done = repo.run("plan", "new", "Rate limits")
    assert done.status == 2
    assert repo.tree() == before


# plan complete


def finish(repo: Any) -> None:
    for number in ("MS002", "MS003"):
        repo.ok("archive", number, "--complete")
    repo.commit("finished")


def test_plan_complete_moves_the_folder_and_tells_the_registry(repo_v2: Any) -> None:
    finish(repo_v2)
    (repo_v2.root / PLANS / "active/reliable-webhooks/sketch.png").write_bytes(b"not a document")
    repo_v2.commit("a picture")
    readme = repo_v2.root / "docs/webhooks.md"
    before = readme.read_bytes()
    out = repo_v2.ok("plan", "complete", ID)
    there = f"{PLANS}/complete/2026/01/05/{ID}_reliable-webhooks"
    assert f"{there}/{ID}_reliable-webhooks.md" in out
    assert not (repo_v2.root / PLANS / "active/reliable-webhooks").exists()
    assert (repo_v2.root / there / "sketch.png").exists()
    assert len(list((repo_v2.root / there / "milestones/complete").iterdir())) == 3
    registry = json.loads((repo_v2.root / PLANS / "registry.json").read_text(encoding="utf-8"))
    assert registry["plans"][0]["path"] == f"{there}/{ID}_reliable-webhooks.md"
    assert registry["plans"][0]["status"] == "completed"
    assert registry["plans"][0]["updated"] == "2026-02-01"
    assert readme.read_bytes() == before
    kinds = {line[0] for line in repo_v2.git("status", "--porcelain").splitlines()}
    assert kinds == {"R", "M"}
    done = repo_v2.run("check", "--ignore", "CT")
    assert done.status == 0, done.out


def test_what_is_called_finished_with_open_tasks_is_told_what_to_mend(repo: Any) -> None:
    text = repo.text("MS002")
    assert "- [ ] " in text
    out = repo.ok("archive", "MS002", "--complete")
    assert "  to mend: line " in out
    assert "CT005 completed, but this is open: `" in out


def test_plan_complete_where_plans_do_not_move(repo: Any) -> None:
    finish(repo)
    repo.ok("plan", "complete", ID, "--note", "Shipped.")
    assert repo.path(ID) == f"{PLAN}/{ID}_reliable-webhooks.md"
    assert "status: completed\n" in repo.text(ID)
    assert repo.run("check", "--ignore", "CT").status == 0
    done = repo.run("plan", "complete", ID)
    assert done.status == 1
    assert "is completed already" in done.err
    assert repo.run("new", ID, "After the end").status == 1


@pytest.mark.parametrize("base", ["base", "base-v2"])
def test_plan_complete_is_refused_while_milestones_are_open(git_repository: Callable[..., Any], base: str) -> None:
    repo = git_repository(base)
    repo.ok("archive", "MS002", "--complete")
    repo.commit("one of two")
    before = repo.tree()
    done = repo.run("plan", "complete", ID)
    assert done.status == 1
    assert f"{ID}/MS003 (planned)" in done.err
    assert repo.tree() == before


@pytest.mark.parametrize("at", [1, 2])
def test_plan_complete_is_whole_or_not_at_all(repo_v2: Any, monkeypatch: pytest.MonkeyPatch, at: int) -> None:
    finish(repo_v2)
    before = repo_v2.tree()
    with monkeypatch.context() as patch:
        failing(patch, os, "replace", at, OSError(5, "Input/output error"))
        done = repo_v2.run("plan", "complete", ID)
    assert done.status == 2
    assert repo_v2.tree() == before


def test_plan_complete_refuses_a_dirty_folder(repo_v2: Any) -> None:
    finish(repo_v2)
    path = repo_v2.root / repo_v2.path("MS003")
    with path.open("a", encoding="utf-8") as file:
        file.write("\nAn edit that must not be lost.\n")
    before = repo_v2.tree()
    done = repo_v2.run("plan", "complete", ID)
    assert done.status == 1
    assert "has uncommitted changes" in done.err
    assert repo_v2.tree() == before
