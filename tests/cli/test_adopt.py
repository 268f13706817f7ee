"""``init``, ``baseline``, ``migrate`` and ``profile``: from a repository with plans to one that is checked."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import pytest
import yaml

from milestones import schemas
from milestones.changes import adoption
from milestones.cli import main
from milestones.project import baseline

if TYPE_CHECKING:
    from pathlib import Path


def written(root: Path, path: str, text: str) -> Path:
    file = root / path
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text, encoding="utf-8")
    return file


def test_init_sets_everything_up_and_shows_it_first(repo: Any) -> None:
    before = repo.tree()
    shown = repo.ok("init", "--dry-run")
    assert "execplan " in shown
    assert "documents in .agent/exec_plans/" in shown
    assert '+profile = "execplan"' in shown
    assert "+      - id: milestones" in shown
    assert repo.tree() == before

    assert "Wrote 3 files." in repo.ok("init")
    assert (repo.root / "milestones.toml").read_text().endswith('profile = "execplan"\n')
    hooks = yaml.safe_load((repo.root / ".pre-commit-config.yaml").read_text())
    assert [hook["id"] for hook in hooks["repos"][0]["hooks"]] == ["milestones"]
    assert yaml.safe_load((repo.root / "mkdocs.yml").read_text())["plugins"] == ["search", "milestones"]

    assert "nothing to write" in repo.ok("init")


def test_what_init_sets_up_can_be_built(repo: Any) -> None:
    shutil.rmtree(repo.root / "docs")
    (repo.root / ".gitignore").write_text("*.log", encoding="utf-8")
    assert "Wrote 5 files." in repo.ok("init")
    assert (repo.root / "docs/index.md").read_text(encoding="utf-8").startswith("# ")
    assert (repo.root / ".gitignore").read_text(encoding="utf-8") == "*.log\n/site/\n"
    built = [sys.executable, "-m", "mkdocs", "build", "--quiet"]
    done = subprocess.run(built, cwd=repo.root, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert (repo.root / "site/milestones/index.html").exists()
    assert "nothing to write" in repo.ok("init")


def test_init_in_an_empty_repository_says_what_it_looked_for(
    tmp_path: Path,
) -> None:
    root = tmp_path / "empty"
    root.mkdir()
    subprocess.run(["git", "init", "-q"], cwd=root, check=True)
    assert main(["-C", str(root), "init"]) == 1
    assert sorted(path.name for path in root.iterdir()) == [".git"]


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("plugins:\n  - search\n", ["search", "milestones"]),
        (
            "plugins:\n- search\n- tags:\n    a: 1\n\n# the end\nnav:\n  - index.md\n",
            ["search", {"tags": {"a": 1}}, "milestones"],
        ),
        ("plugins: [search]\n", ["search", "milestones"]),
        ("plugins: []\n", ["milestones"]),
        ("site_name: x\n", ["search", "milestones"]),
        ("site_name: x", ["search", "milestones"]),
        ("plugins:\n  - search\n  - milestones:\n      nav: 1\n", ["search", {"milestones": {"nav": 1}}]),
        ("a: !!python/name:material.x\nplugins:\n  - search # all\n  # more to come\nb: 1\n", ["search", "milestones"]),
    ],
)
def test_the_plugin_entry_leaves_the_rest_alone(before: str, after: list[object]) -> None:
    made = adoption._site(before)
    assert made is not None
    assert adoption._loaded(made)["plugins"] == after
    kept = [line for line in before.splitlines() if "plugins:" not in line]
    assert [line for line in made.splitlines() if line in kept] == kept


@pytest.mark.parametrize("text", ["plugins: &a [search]\nother: *a\n", "- a\n", "plugins:\n  search: {}\n", "a: [\n"])
def test_what_can_not_be_edited_safely_is_left_to_its_author(text: str) -> None:
    assert adoption._site(text) is None


def test_the_hook_entry_goes_where_the_others_are() -> None:
    hook = "{id: a, name: a, entry: a, language: system}"
    text = f"repos:\n- repo: local\n  hooks:\n  - {hook}\nci:\n  skip: [a]\n"
    made = adoption._hooks(text)
    assert made is not None
    held = yaml.safe_load(made)
    assert [repo["repo"] for repo in held["repos"]] == ["local", adoption.REPOSITORY]
    assert held["ci"] == {"skip": ["a"]}
    assert adoption._hooks(made) == made


def test_a_baseline_lets_old_findings_be_and_new_ones_fail(repo: Any) -> None:
    path = repo.root / repo.path("EP-20260105-001/MS002")
    path.write_text(path.read_text().replace("## Objective", "## Aim"))
    assert repo.run("check").status == 1
    recorded = repo.ok("baseline")
    assert "recorded 1 findings" in recorded
    data = json.loads((repo.root / baseline.NAME).read_text())
    assert schemas.explain(data, schemas.load("baseline")) == []

    done = repo.run("check")
    assert (done.status, "1 more are known to the baseline" in done.out) == (0, True)
    assert repo.run("check", "--no-baseline").status == 1

    path.write_text(path.read_text().replace("## Scope", "## Reach"))
    done = repo.run("check", "--format", "concise")
    assert done.status == 1
    assert "Scope" in done.out
    assert "Objective" not in done.out

    path.write_text(path.read_text().replace("## Reach", "## Scope").replace("## Aim", "## Objective"))
    assert "0 new, 1 mended, 0 as before" in repo.ok("baseline")
    assert repo.run("check").status == 0
    repo.ok("baseline", "--remove")
    assert not (repo.root / baseline.NAME).exists()


def test_a_line_that_moves_stays_known(repo: Any) -> None:
    path = repo.root / repo.path("EP-20260105-001/MS002")
    path.write_text(path.read_text() + "\n[gone](nowhere/at-all.md)\n")
    repo.ok("baseline")
    path.write_text(path.read_text().replace("## Objective", "\n\n## Objective"))
    assert repo.run("check").status == 0


@pytest.mark.parametrize("text", ["{", "[]", '{"findings": [1]}', '{"findings": [{"code": 1}]}'])
def test_a_broken_baseline_is_an_error_with_its_name(repo: Any, text: str) -> None:
    written(repo.root, baseline.NAME, text)
    done = repo.run("check")
    assert done.status == 2
    assert baseline.NAME in done.err
    assert "milestones baseline" in done.err


def test_migrating_keeps_ids_content_and_history(repo_v2: Any) -> None:
    project = repo_v2.ok("list", "--json")
    table = repo_v2.ok("migrate", "execplan-v2", "execplan", "--dry-run")
    assert "Nothing was written" in table
    assert repo_v2.git("status", "--porcelain") == ""
    repo_v2.ok("migrate", "execplan-v2", "execplan")
    repo_v2.git("add", "-A")
    repo_v2.git("commit", "-qm", "migrated")
    done = repo_v2.run("check", "--profile", "execplan", "--format", "concise")
    assert [line for line in done.out.splitlines() if " error" in line] == []
    shared = ("id", "title", "status", "waits_for", "tasks", "owner", "domain", "tags")
    before = [{key: m[key] for key in shared} for m in json.loads(project)["milestones"]]
    after = [{key: m[key] for key in shared} for m in json.loads(repo_v2.ok("list", "--json"))["milestones"]]
    assert after == before


def test_migrating_refuses_uncommitted_changes_and_changes_nothing(repo_v2: Any) -> None:
    path = repo_v2.root / repo_v2.path(json.loads(repo_v2.ok("list", "--json"))["milestones"][0]["id"])
    path.write_text(path.read_text() + "\nmore\n")
    before = repo_v2.tree()
    done = repo_v2.run("migrate", "execplan-v2", "execplan")
    assert done.status == 1
    assert "uncommitted changes" in done.err
    assert repo_v2.tree() == before


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("execplan", "execplan"), "are one convention"),
        (("execplan", "nope"), "there is no profile 'nope'"),
        (("execplan-v2", "execplan"), "there is no document of the profile execplan-v2"),
    ],
)
def test_migrations_that_can_not_be(repo: Any, words: tuple[str, str], message: str) -> None:
    done = repo.run("migrate", *words)
    assert done.status in (1, 2)
    assert message in done.err


def test_a_profile_of_ones_own(repo: Any) -> None:
    written(repo.root, "plans/auth/01-token-store.md", "# Token store\n\n**Status:** done\n")
    written(repo.root, "plans/auth/02-streaming.md", "# Streaming\n\n**Status:** doing\n**Depends on:** 01, 07\n")
    written(repo.root, "plans/auth/done/03-cleanup.md", "# Clean up\n")
    assert "create plans/house.toml" in repo.ok("profile", "new", "plans/house.toml")
    assert "2  milestone: plans/{folder}/{number}-{slug}.md" in repo.ok("profile", "check", "plans/house.toml")
    done = repo.run("check", "--profile", "plans/house.toml", "--format", "concise")
    assert "AR001" in done.out
    assert "plans/auth/02-streaming.md:4:21: RF001 error: auth/02 depends on 07, which is not there" in done.out
    assert repo.run("profile", "new", "plans/house.toml").status == 1
    assert repo.run("profile", "new", "../house.toml").status == 2
    assert repo.run("profile", "new", "plans/house").status == 2


def test_a_profile_with_a_schema_of_its_own(repo: Any) -> None:
    repo.ok("profile", "new", "plans/house.toml")
    file = repo.root / "plans/house.toml"
    file.write_text(file.read_text().replace('label = "Milestone"', 'schema = "house.schema.json"'))
    written(repo.root, "plans/auth/01-token.md", "---\nstatus: doing\nsize: huge\n---\n\n# Token\n")
    done = repo.run("check", "--profile", "plans/house.toml")
    assert (done.status, "there is no schema 'house.schema.json'" in done.err) == (2, True)
    schema = {
        "type": "object",
        "properties": {"status": {"type": "string"}, "size": {"enum": ["small", "large"], "type": "string"}},
    }
    written(repo.root, "plans/house.schema.json", json.dumps(schema))
    done = repo.run("check", "--profile", "plans/house.toml", "--format", "concise")
    assert "plans/auth/01-token.md:3:7: FM004 error: `size` can't be `huge`" in done.out
    written(repo.root, "plans/house.schema.json", "{")
    assert repo.process("check", "--profile", "plans/house.toml").status == 2


def test_profile_check_explains_patterns_that_match_nothing_or_twice(repo: Any) -> None:
    written(repo.root, "plans/auth/1_token.md", "# Token\n")
    repo.ok("profile", "new", "plans/house.toml")
    done = repo.run("profile", "check", "plans/house.toml")
    assert done.status == 1
    assert "`plans/{folder}/{number}-{slug}.md` (milestone) matches no file" in done.out
    assert "plans/auth/1_token.md goes along up to `plans/{folder}`" in done.out
    file = repo.root / "plans/house.toml"
    text = file.read_text().replace('path = "{folder}/done/{number}-{slug}.md"', 'path = "{folder}/{slug}.md"')
    file.write_text(text.replace("finished = true\n", ""))
    written(repo.root, "plans/auth/02-token.md", "# Token\n")
    done = repo.run("profile", "check", "plans/house.toml")
    assert "both fit 1 file, such as plans/auth/02-token.md" in done.out


def test_profiles_are_listed_and_explained(repo: Any) -> None:
    assert "execplan-v2" in repo.ok("profile", "list")
    shown = repo.ok("profile", "show", "execplan")
    assert "milestone: a milestone, id {plan}/MS{number}" in shown
    assert repo.ok("profile", "show", "execplan", "--toml").startswith("# The default convention")
    assert repo.run("profile", "show", "execplann").status == 2


def test_several_profiles_in_one_repository(repo: Any) -> None:
    written(repo.root, "plans/auth/02-streaming.md", "# Streaming\n\n**Status:** doing\n")
    repo.ok("profile", "new", "plans/house.toml")
    written(
        repo.root,
        "milestones.toml",
        '[[profiles]]\nprofile = "execplan"\n\n[[profiles]]\nprofile = "plans/house.toml"\n',
    )
    listed = repo.ok("list")
    assert "auth/02" in listed
    assert "EP-20260105-001/MS002" in listed
    done = repo.ok("check", "--statistics")
    assert "(profiles execplan, house)" in done
    assert "house" in repo.ok("config")
    assert "auth/02" in repo.ok("show", "auth/02")


def test_migrating_renames_what_documents_say_of_each_other(repo: Any) -> None:
    for number, (title, more) in enumerate(
        (("Store", ""), ("Stream", "After TASK-1, see task-10 and docs/task-1.md.")), 1
    ):
        head = (
            f"---\nid: TASK-{number}\ntitle: {title}\nstatus: To Do\nassignee: []\ncreated_date: '2026-01-0{number}'\n"
        )
        needs = "dependencies: [task-1]\n" if number == 2 else "dependencies: []\n"
        text = f"{head}labels: []\n{needs}---\n\n## Description\n\n{more}\n"
        written(repo.root, f"backlog/tasks/task-{number} - {title}.md", text)
    repo.commit("tasks")
    repo.ok("migrate", "backlog", "execplan")
    moved = next(repo.root.glob(".agent/**/*_stream.md")).read_text()
    new = moved.split("id: ", 1)[1].split("\n", 1)[0].replace("MS002", "MS001")
    assert f"After {new}, see task-10 and docs/task-1.md." in moved
    assert f"depends_on: [{new}]" in moved
