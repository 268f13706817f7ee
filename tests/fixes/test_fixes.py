"""Fixes: what they mend is mended, nothing else changes, and a second run finds nothing to do."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from milestones.fixes import FIXABLE, IN_PLACE, MOVING, Conflict, Edit, edited, fix_for, run, values, with_applicability
from milestones.manifest import RULES
from milestones.project.overlay import overlaid
from milestones.project.workspace import open_workspace
from milestones.rules import check

if TYPE_CHECKING:
    from collections.abc import Callable

    from milestones.fixes.run import Mended
    from milestones.model import Finding

pytestmark = pytest.mark.usefixtures("today")

FIXTURES = Path(__file__).parents[1] / "fixtures"
OVERLAYS = sorted((FIXTURES / "rules").iterdir())
PLAN = ".agent/exec_plans/reliable-webhooks"
ACTIVE = f"{PLAN}/milestones/active"
RETRY = f"{ACTIVE}/EP-20260105-001_MS002_retry-failed-deliveries.md"
SHOW = f"{ACTIVE}/EP-20260105-001_MS003_show-deliveries.md"

by_code = pytest.mark.parametrize("overlay", OVERLAYS, ids=lambda path: path.name)
each_ending = pytest.mark.parametrize("newline", [b"\n", b"\r\n"], ids=["lf", "crlf"])


def findings(root: Path) -> tuple[Finding, ...]:
    return check(open_workspace(root)).findings


def mend(root: Path, *, unsafe: bool = False) -> Mended:
    codes = open_workspace(root).config.selected
    return run.fix_all(lambda: open_workspace(root), lambda whole: check(whole).findings, codes, unsafe=unsafe)


def tree(root: Path) -> dict[str, bytes]:
    return {
        path.relative_to(root).as_posix(): path.read_bytes()
        for path in sorted(root.rglob("*"))
        if path.is_file() and ".git" not in path.relative_to(root).parts
    }


def end_lines(root: Path, newline: bytes) -> None:
    for file in root.rglob("*.*"):
        if file.is_file() and newline != b"\n":
            file.write_bytes(file.read_bytes().replace(b"\n", newline))


def set_line(root: Path, path: str, old: str, new: str) -> None:
    text = (root / path).read_bytes().decode()
    assert old in text
    (root / path).write_bytes(text.replace(old, new, 1).encode())


# All rules.


def test_every_fixable_code_has_a_maker() -> None:
    assert set(values._MAKERS) == set(IN_PLACE)
    assert set(RULES) >= FIXABLE
    assert not set(IN_PLACE) & set(MOVING)


@by_code
@each_ending
@pytest.mark.parametrize("unsafe", [False, True], ids=["safe", "unsafe"])
def test_what_is_fixed_is_gone_and_stays_so(
    repository: Callable[..., Path], overlay: Path, newline: bytes, unsafe: bool
) -> None:
    root = repository(overlay=overlay)
    end_lines(root, newline)
    before = with_applicability(open_workspace(root), findings(root))
    mended = mend(root, unsafe=unsafe)
    after = tree(root)
    left = with_applicability(open_workspace(root), findings(root))
    assert not [f for f in left if f.fix == "safe" or (unsafe and f.fix)]
    assert not {f[:3] for f in before if f.fix == "safe"} & {f[:3] for f in left}
    assert len(left) <= len(before)
    assert mend(root, unsafe=unsafe).done == ()
    assert tree(root) == after
    if not unsafe:
        assert all(fix.safe for fix in mended.done)
        assert not mended.moves


@by_code
@each_ending
def test_every_other_byte_stays(repository: Callable[..., Path], overlay: Path, newline: bytes) -> None:
    root = repository(overlay=overlay)
    end_lines(root, newline)
    before = tree(root)
    whole = open_workspace(root)
    mended = run.in_memory(whole, check(whole).findings, whole.config.selected, unsafe=False)
    assert tree(root) == before, "a preview writes nothing"
    mend(root)
    after = tree(root)
    assert {path for path in before if before[path] != after[path]} == set(mended.texts)
    for path in mended.texts:
        old, new = before[path].split(b"\n"), after[path].split(b"\n")
        changed = set(old) - set(new)
        assert len(changed) <= len([fix for fix in mended.done if fix.path == path]) * 3
        assert before[path].endswith(newline) == after[path].endswith(newline)
        assert (after[path].count(b"\r\n") == after[path].count(b"\n")) == (newline == b"\r\n")


@pytest.mark.parametrize("base", ["base", "base-v2"])
def test_nothing_to_do_where_nothing_is_wrong(repository: Callable[..., Path], base: str) -> None:
    root = repository(base)
    before = tree(root)
    assert mend(root, unsafe=True).done == ()
    assert tree(root) == before


# Single fixes.

CASES = [
    ("updated: 2026-01-21\n", "", "created: 2026-01-07\nupdated: 2026-01-21\n", True),
    ("created: 2026-01-07\n", 'created: "2026-01-07"\n', "created: 2026-01-07\n", True),
    ("status: planned\n", "status: Planned\n", "status: planned\n", True),
    ("status: planned\n", "status: todo\n", "status: planned\n", True),
    ("status: planned\n", "status: in-progress # now\n", "status: in_progress # now\n", True),
    ("status: planned\n", "status: planed\n", "status: planned\n", False),
    ("ms: 3\n", "ms: 03\n", "ms: 3\n", True),
    ("ms: 3\n", "ms: '3'\n", "ms: 3\n", True),
    ("ms: 3\n", "", "ms: 3\n", True),
    ("ms: 3\n", "ms: 4\n", "ms: 3\n", True),
    ("created: 2026-01-07\n", "created: 2026/1/7\n", "created: 2026-01-07\n", True),
    ("created: 2026-01-07\n", "created: 20260107\n", "created: 2026-01-07\n", True),
    ("created: 2026-01-07\n", "created: Jan 7, 2026\n", "created: 2026-01-07\n", True),
    ("created: 2026-01-07\n", "created: 2026-01-07 10:30\n", "created: 2026-01-07\n", False),
    ("execplan_id: EP-20260105-001\n", "", "execplan_id: EP-20260105-001\n", True),
    ('title: "Show deliveries in the console"\n', "", "title: Show deliveries in the console\n", True),
    ("title: ", "Title: ", "title: ", True),
    ("title: ", "titel: ", "title: ", False),
    ('title: "Show deliveries in the console"\n', "title: `Show` deliveries\n", 'title: "`Show` deliveries"\n', True),
]


@pytest.mark.parametrize(("good", "bad", "mended", "safe"), CASES, ids=[repr(case[1])[:40] for case in CASES])
@each_ending
def test_one_value(
    repository: Callable[..., Path], good: str, bad: str, mended: str, safe: bool, newline: bytes
) -> None:
    root = repository()
    set_line(root, SHOW, good, bad)
    end_lines(root, newline)
    ending = newline.decode()
    before = (root / SHOW).read_bytes()
    mend(root)
    if not safe:
        assert (root / SHOW).read_bytes() == before
        mend(root, unsafe=True)
    assert mended.replace("\n", ending) in (root / SHOW).read_bytes().decode()


UNTOUCHED = [
    ("owner: ", "wner: ", False),
    ("created: 2026-01-07\n", "", True),
    ("created: 2026-01-07\n", "created: 2026-02-30\n", True),
    ("created: 2026-01-07\n", "created: 05.01.2026\n", True),
    ("status: planned\n", "status: somewhere\n", True),
    ("status: planned\n", "status: cancelled\n", False),
    ('title: "Show deliveries in the console"\n', "title:\n", True),
    ("risk: low\n", "risk: enormous\n", True),
]


@pytest.mark.parametrize(("good", "bad", "unsafe"), UNTOUCHED, ids=[repr(case[1])[:40] for case in UNTOUCHED])
def test_what_is_not_certain_is_left(repository: Callable[..., Path], good: str, bad: str, unsafe: bool) -> None:
    root = repository()
    set_line(root, SHOW, good, bad)
    before = tree(root)
    mend(root, unsafe=unsafe)
    assert tree(root) == before


def test_a_fault_under_a_fault(repository: Callable[..., Path]) -> None:
    """What could not be read had more to mend."""
    root = repository()
    set_line(root, SHOW, 'title: "Show deliveries in the console"', "title: `Show`: deliveries in the console")
    set_line(root, SHOW, "status: planned", "status: todo")
    assert {fix.code for fix in mend(root).done} == {"RD008", "FM004"}
    assert "status: planned\n" in (root / SHOW).read_text(encoding="utf-8")


def test_a_list_without_what_it_lists_twice(repository: Callable[..., Path]) -> None:
    root = repository()
    set_line(root, RETRY, "  - EP-20260105-001/MS001\n", "  - EP-20260105-001/MS001\n  - EP-20260105-001/MS001\n")
    set_line(root, RETRY, "[webhooks, delivery]", "[webhooks, delivery, webhooks]")
    mend(root)
    text = (root / RETRY).read_text(encoding="utf-8")
    assert text.count("  - EP-20260105-001/MS001\n") == 1
    assert "tags: [webhooks, delivery]\n" in text


def test_a_suppressed_finding_is_not_fixed(repository: Callable[..., Path]) -> None:
    root = repository()
    set_line(root, SHOW, "status: planned\n", "status: todo  # milestones: ignore[FM004]\n")
    if not any(f.code == "FM004" for f in findings(root)):
        mend(root)
        assert "status: todo " in (root / SHOW).read_text(encoding="utf-8")


def test_edits_that_meet_are_refused() -> None:
    data = b"one two\n"
    assert edited(data, [Edit(1, 5, "two", "2"), Edit(1, 1, "one", "1")]) == b"1 2\n"
    assert edited(data, [Edit(2, 1, "", "a\n"), Edit(2, 1, "", "b\n")]) == b"one two\na\nb\n"
    for wrong in ([Edit(1, 1, "one", ""), Edit(1, 2, "ne", "")], [Edit(1, 1, "two", "")], [Edit(9, 1, "", "x")]):
        with pytest.raises(Conflict):
            edited(data, wrong)


# Any number of faults at once.

_FAULTS = [
    ("status: planned\n", "status: todo\n"),
    ("status: planned\n", 'status: "Planned"\n'),
    ("ms: 3\n", 'ms: "003"\n'),
    ("ms: 3\n", ""),
    ("ms: 3\n", "ms: 7\n"),
    ("execplan_id: EP-20260105-001\n", ""),
    ("execplan_id: EP-20260105-001\n", "execplan_id: EP-20260105-009\n"),
    ("created: 2026-01-07\n", "created: 2026/01/07\n"),
    ("created: 2026-01-07\n", "created: '2026-01-07'\n"),
    ("updated: 2026-01-21\n", ""),
    ("updated: 2026-01-21\n", "updated: 2026-01-10\n"),
    ("updated: 2026-01-21\n", 'updated: "2026.1.21"\n'),
    ('title: "Show deliveries in the console"\n', ""),
    ('title: "Show deliveries in the console"\n', "title: Show: deliveries in the console\n"),
    ("# Show deliveries in the console\n", ""),
    ("id: EP-20260105-001/MS003\n", ""),
    ("---\n", "\ufeff---\n"),
    ("risk: low\n", "risk: LOW\n"),
    ("domain: ", "Domain: "),
    ("links:\n", "Links:\n"),
    ("## Scope", "## Scope\u202e"),
]


@pytest.fixture(scope="module")
def example(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("example") / "repository"
    shutil.copytree(FIXTURES / "base", root)
    return root


@given(st.sets(st.integers(0, len(_FAULTS) - 1), max_size=8), st.booleans(), st.booleans())
def test_any_faults_together(example: Path, chosen: set[int], crlf: bool, unsafe: bool) -> None:
    root = example
    text = (root / SHOW).read_text(encoding="utf-8")
    for number in sorted(chosen):
        text = text.replace(*_FAULTS[number], 1)
    data = (text.replace("\n", "\r\n") if crlf else text).encode()
    whole = overlaid(open_workspace(root), {SHOW: data})
    found = check(whole).findings
    mended = run.in_memory(whole, found, whole.config.selected, unsafe=unsafe)
    fixed = overlaid(whole, mended.texts)
    left = check(fixed).findings
    possible = [fix for f in left if (fix := fix_for(fixed.project_of(f.path), f)) is not None and fix.edits]
    assert not [fix for fix in possible if fix.safe or unsafe]
    again = run.in_memory(fixed, left, fixed.config.selected, unsafe=unsafe)
    assert not again.texts
    assert not again.done
    if crlf:
        assert all(text.count(b"\r\n") == text.count(b"\n") for text in mended.texts.values())


# Moves.


def git(root: Path, *arguments: str) -> str:
    env = {k: v for k, v in os.environ.items() if not k.startswith("GIT_")} | {"GIT_CONFIG_GLOBAL": os.devnull}
    command = ["git", "-c", "user.name=M", "-c", "user.email=m@example.org", *arguments]
    return subprocess.run(command, cwd=root, env=env, capture_output=True, text=True, check=True).stdout


@pytest.mark.parametrize("code", MOVING)
def test_moves_go_through_git_and_take_links_along(repository: Callable[..., Path], code: str) -> None:
    root = repository(overlay=FIXTURES / "rules" / code)
    git(root, "init", "-q")
    git(root, "add", "-A")
    git(root, "commit", "-qm", "first")
    assert code in {f.code for f in findings(root)}
    mended = mend(root, unsafe=True)
    assert code in {fix.code for fix in mended.done}
    left = {f.code for f in findings(root)}
    assert code not in left
    assert "RF004" not in left
    assert [line[:1] for line in git(root, "status", "--porcelain").splitlines()].count("R") == len(mended.moves)
    assert mend(root, unsafe=True).done == ()


def test_what_is_not_committed_does_not_move(repository: Callable[..., Path]) -> None:
    root = repository(overlay=FIXTURES / "rules" / "AR001")
    git(root, "init", "-q")
    git(root, "add", "-A")
    git(root, "commit", "-qm", "first")
    set_line(root, RETRY, "tags:", "tags: ")
    mended = mend(root, unsafe=True)
    assert not mended.moves
    assert mended.notes == (f"{RETRY} has uncommitted changes, and was not moved: commit or stash them first",)


def test_nothing_moves_onto_another_file(repository: Callable[..., Path]) -> None:
    root = repository(overlay=FIXTURES / "rules" / "SQ003")
    short = f"{ACTIVE}/EP-20260105-001_MS3_show-deliveries.md"
    (root / SHOW).write_bytes((root / short).read_bytes())
    mended = mend(root, unsafe=True)
    assert not mended.moves
    assert (root / short).exists()
