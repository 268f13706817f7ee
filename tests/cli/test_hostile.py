"""What somebody attacking the command found once, and must not find again."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import frontmatter
import pytest

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

ACTIVE = ".agent/exec_plans/reliable-webhooks/milestones/active"
RETRY = f"{ACTIVE}/EP-20260105-001_MS002_retry-failed-deliveries.md"


def rewrite(file: Path, pattern: str, text: str) -> str:
    before = file.read_text(encoding="utf-8")
    after = re.sub(pattern, lambda _: text, before, count=1, flags=re.MULTILINE)
    assert after != before
    file.write_text(after, encoding="utf-8")
    return after


@pytest.mark.parametrize(
    "tags",
    [
        "tags:\n  - a\n  # c\n  - b",
        "tags:\n  - a\n\n  - b",
        "tags:\n  # c\n  - a",
        "tags:\n  - >-\n    abc\n  - b",
        "tags:\n  -\n    abc",
    ],
)
def test_a_list_is_set_whole_or_not_at_all(repo: Any, tags: str) -> None:
    file = repo.root / RETRY
    before = rewrite(file, r"^tags:.*$", tags)
    done = repo.run("set", "MS002", "tags=x,y")
    after = file.read_text(encoding="utf-8")
    if done.status:
        assert done.status == 1
        assert after == before
    else:
        assert frontmatter.loads(after)["tags"] == ["x", "y"]


def test_a_key_is_never_added_inside_a_value(repo: Any) -> None:
    file = repo.root / RETRY
    before = rewrite(file, r"^links:\n(?:  .*\n)*", "links:\n  pr: >-\n    https://x.org/1\n    2\n")
    done = repo.run("set", "MS002", "links.foo=https://a.org")
    assert done.status == 1
    assert file.read_text(encoding="utf-8") == before


def test_a_note_below_an_underlined_heading(repo: Any) -> None:
    file = repo.root / RETRY
    rewrite(file, r"^## Changelog\n[\s\S]*", "Changelog\n---------\n")
    repo.ok("set", "MS002", "risk=low", "--note", "calmer")
    assert "Changelog\n---------\n\n- 2026-02-01 — calmer\n" in file.read_text(encoding="utf-8")


def test_links_keep_their_spelling_when_they_move(repo: Any) -> None:
    (repo.root / "docs" / "a b.md").write_text("# A\n", encoding="utf-8")
    file = repo.root / RETRY
    up = "../" * 5
    text = f"\n[one]({up}docs/a%20b.md) [two]({up}docs/webhooks.md?plain=1#L3)\n"
    file.write_text(file.read_text(encoding="utf-8") + text, encoding="utf-8")
    repo.commit("links")
    repo.ok("archive", "MS002", "--complete", "--note", "done")
    moved = next(repo.root.glob(".agent/**/archive/**/*MS002*.md")).read_text(encoding="utf-8")
    assert f"[one](../../../{up}docs/a%20b.md) [two](../../../{up}docs/webhooks.md?plain=1#L3)" in moved


@pytest.mark.parametrize("created", ["bogus", "2026-02-30", "2026-1-5"])
def test_nothing_is_filed_under_a_day_that_is_none(repo_v2: Any, created: str) -> None:
    for file in sorted(repo_v2.root.glob(".agent/exec_plans/active/*/EP-*.md")):
        rewrite(file, r"^created:.*$", f"created: {created}")
    for file in repo_v2.root.glob(".agent/exec_plans/active/**/MS*.md"):
        file.write_text(re.sub(r"(?m)^status:.*$", "status: completed", file.read_text("utf-8")), encoding="utf-8")
    repo_v2.commit("dates")
    done = repo_v2.run("plan", "complete", "EP-20260105-001")
    assert done.status == 1
    assert "created" in done.err
    assert "internal error" not in done.err


def test_a_folder_holds_one_plan(repo_v2: Any) -> None:
    done = repo_v2.run("plan", "new", "Reliable webhooks", "--owner", "@ana")
    assert done.status == 1
    assert "--slug" in done.err


def test_a_new_plan_is_listed_in_the_registry(repo_v2: Any) -> None:
    path = repo_v2.root / ".agent/exec_plans/registry.json"
    text = json.dumps(json.loads(path.read_text(encoding="utf-8")), indent=4) + "\n"
    path.write_text(text, encoding="utf-8")
    repo_v2.ok("plan", "new", "Rate limits", "--owner", "@ana", "--today", "2026-02-01")
    after = path.read_text(encoding="utf-8")
    assert [p["id"] for p in json.loads(after)["plans"]][-1] == "EP-20260201-001"
    assert after.startswith(text[: text.rindex("}\n    ]")])
    assert "RF006" not in repo_v2.run("check", "--format", "concise").out


def test_a_link_to_a_repository_is_that_repository(repo: Any, tmp_path: Path) -> None:
    rewrite(repo.root / RETRY, r"^title:.*\n", "")
    link = tmp_path / "link"
    link.symlink_to(repo.root)
    for spelled in (link, f"{link}/", repo.root):
        done = repo.run("check", str(spelled), "--format", "concise")
        assert done.status == 1, spelled
        assert "FM001" in done.out


def test_one_repository_at_a_time(repo: Any, tmp_path: Path) -> None:
    other = tmp_path / "other"
    other.mkdir()
    done = repo.run("check", RETRY, str(other))
    assert done.status == 2
    assert "one repository at a time" in done.err


def test_plans_behind_a_link_are_not_nothing(repo: Any) -> None:
    plans = repo.root / ".agent/exec_plans"
    plans.rename(repo.root / "elsewhere")
    plans.symlink_to(repo.root / "elsewhere")
    done = repo.run("check")
    assert done.status == 2
    assert "symbolic link" in done.err


@pytest.mark.parametrize("spelled", ['[tool."milestones"]', "[ tool . milestones ]", "[tool]\nmilestones.wrong = 1"])
def test_configuration_counts_however_it_is_spelled(repo: Any, spelled: str) -> None:
    (repo.root / "pyproject.toml").write_text(f"{spelled}\nwrong = 1\n", encoding="utf-8")
    assert repo.run("check").status == 2


def test_configuration_that_is_no_file(repo: Any) -> None:
    (repo.root / "milestones.toml").mkdir()
    assert repo.run("check").status == 2


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ('root = ".agent/exec_plans"', 'root = "../x"'),
        ('root = ".agent/exec_plans"', "root = 1"),
        ('schema = "milestone"', 'schema = "nope"'),
        ('template = "execplan-milestone.md"', 'template = "nope.md"'),
        ('match = "[^/]*"', 'match = "([^/]*"'),
        ("width = 3", 'width = "x"'),
        ("sections = [", "sections = [1,"),
    ],
)
def test_a_profile_that_is_wrong_is_explained(repo: Any, old: str, new: str) -> None:
    from milestones.profiles import catalogue

    folder = repo.root / "own"
    folder.mkdir()
    for name in ("execplan-plan.md", "execplan-milestone.md"):
        with open(os.path.join(catalogue.BUNDLED, name), encoding="utf-8") as file:
            (folder / name).write_text(file.read(), encoding="utf-8")
    with open(os.path.join(catalogue.BUNDLED, "execplan.toml"), encoding="utf-8") as file:
        text = file.read()
    assert old in text
    (folder / "p.toml").write_text(text.replace(old, new, 1), encoding="utf-8")
    done = repo.run("check", "--profile", "own/p.toml")
    assert done.status == 2
    assert "own/p.toml" in done.err
    assert "internal error" not in done.err


def test_a_name_that_is_not_utf8_is_a_finding(repo: Any) -> None:
    name = os.fsencode(str(repo.root / ACTIVE)) + b"/EP-20260105-001_MS004_nonutf\xff.md"
    try:
        with open(name, "wb") as file:
            file.write((repo.root / RETRY).read_bytes())
    except OSError:
        return  # a file system that refuses such names has no such files
    done = repo.process("check", "--format", "concise")
    assert "RD012" in done.out
    rendered = repo.process("render", "--out", "out", "--on-error", "ignore")
    assert rendered.status == 0, rendered.err


def test_a_number_of_thousands_of_digits(repo: Any) -> None:
    rewrite(repo.root / RETRY, r"^id:.*$", f"id: EP-20260105-001/MS{'9' * 5000}")
    done = repo.run("new", "EP-20260105-001", "Another")
    assert "internal error" not in done.err


def test_closed_output(repo: Any) -> None:
    command = f'"{sys.executable}" -m milestones check >&-'
    done = subprocess.run(["sh", "-c", command], cwd=repo.root, capture_output=True, text=True, check=False)
    assert "Traceback" not in done.stderr


def test_json_sends_nothing_to_the_terminal(repo: Any) -> None:
    rewrite(repo.root / RETRY, r"^# .*$", "# A \x9b31m heading")
    out = repo.run("check", "--format", "json").out
    assert "\x9b" not in out
    assert json.loads(out)["findings"]


@pytest.mark.parametrize(
    "body",
    [
        "- ```bash\n  make\n  ```\n",
        "``` a ` b ```\n",
        "[^1]: Some note here.\n",
        "[note]: this is prose\n",
    ],
)
def test_markdown_that_is_fine_is_no_finding(git_repository: Callable[..., Any], body: str) -> None:
    repo = git_repository("base")
    file = repo.root / RETRY
    rewrite(file, r"^## Scope$", f"{body}\n## Scope")
    assert repo.run("check", "--today", "2026-02-01", "--format", "concise").out == "No findings in 4 documents.\n"


@pytest.mark.parametrize("name", [".gitkeep", ".DS_Store", ".x.md.swp", "x.md~", "image.jpg", "data.csv"])
def test_stray_files_are_nobodys_documents(repo: Any, name: str) -> None:
    (repo.root / ACTIVE / name).write_bytes(b"x")
    assert "No findings in 4 documents" in repo.run("check", "--today", "2026-02-01").out


@pytest.mark.parametrize("unit", ["[", "![", "[a]("])
def test_brackets_without_end_render_in_time(repo: Any, unit: str) -> None:
    with (repo.root / RETRY).open("a", encoding="utf-8") as file:
        file.write("\n" + unit * 20_000 + "\n")
    command = [sys.executable, "-m", "milestones", "render", "--out", "out", "--on-error", "ignore"]
    assert subprocess.run(command, cwd=repo.root, timeout=60, check=False, capture_output=True).returncode == 0


def test_nothing_is_written_through_a_link(repo: Any, tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    (repo.root / "out").mkdir()
    (repo.root / "out" / "milestones").symlink_to(outside)
    done = repo.run("render", "--out", "out")
    assert done.status == 2
    assert list(outside.iterdir()) == []


def test_dates_that_can_not_be(repo: Any) -> None:
    assert repo.run("new", "EP-20260105-001", "X", "--start", "2026-03-01", "--due", "2026-02-01").status == 1
    assert repo.run("set", "MS002", "updated=2020-01-01").status == 1
    assert repo.run("new", "EP-20260105-001", "X", "--slug", "a" * 100).status == 1


def test_short_ids_do_for_dependencies(repo: Any) -> None:
    repo.ok("set", "MS003", "depends_on=MS001")
    text = next(repo.root.glob(f"{ACTIVE}/*MS003*.md")).read_text(encoding="utf-8")
    assert "EP-20260105-001/MS001" in text


def bare(repo: Any, profile: str, files: dict[str, str]) -> None:
    """Nothing but the documents of a convention."""
    import shutil

    shutil.rmtree(repo.root / ".agent")
    (repo.root / "milestones.toml").write_text(f'profile = "{profile}"\n', encoding="utf-8")
    for path, text in files.items():
        (repo.root / path).parent.mkdir(parents=True, exist_ok=True)
        (repo.root / path).write_text(text, encoding="utf-8")
    repo.commit("other documents")


def test_a_key_of_several_types_is_explained(repo: Any) -> None:
    text = "---\nid: TASK-1\ntitle: x\nstatus: To Do\nlabels: {a: b}\ncreated_date: [1]\n---\n# x\n"
    bare(repo, "backlog", {"backlog/tasks/task-1 - x.md": text})
    out = repo.run("check", "--format", "concise").out
    assert "`labels` must be a list or text, not a map" in out


def test_a_gap_of_millions_is_told_at_once(repo: Any) -> None:
    bare(repo, "gsd", {f".planning/phases/{n}-a/{n}-01-PLAN.md": "# x\n" for n in ("01", "999999999")})
    done = subprocess.run(
        [sys.executable, "-m", "milestones", "check", "--format", "concise"],
        cwd=repo.root,
        capture_output=True,
        text=True,
        timeout=20,
        check=False,
    )
    assert "02 to 999999998 are missing" in done.stdout


def test_a_roadmap_of_thousands_of_phases(repo: Any) -> None:
    phases = "".join(f"### Phase {n}: Thing\n\n**Depends on**: Phase {n - 1}\n\n" for n in range(1, 2500))
    bare(repo, "gsd", {".planning/ROADMAP.md": f"# Roadmap\n\n## v1.0\n\n{phases}"})
    command = [sys.executable, "-m", "milestones", "list"]
    assert subprocess.run(command, cwd=repo.root, capture_output=True, timeout=20, check=False).returncode == 0
