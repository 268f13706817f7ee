"""Real files of other people's repositories. They lie beside the checkout and are never copied into it."""

from __future__ import annotations

import os
import posixpath
import re
import shutil
import subprocess
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING

import frontmatter
import pytest

from milestones.project.workspace import open_workspace
from milestones.rules import Result, check

if TYPE_CHECKING:
    from collections.abc import Callable

CORPUS = Path(__file__).parents[2] / "shared/corpus"
ARCHITECT = CORPUS / "execplan/trevor-nichols+agentrules-architect"
VARIANT = CORPUS / "execplan-variant/zakhar-kogan+sloppy-jobulator"
BUNDLE = CORPUS / "history/trevor-nichols+agentrules-architect.bundle"
SEEDS = CORPUS.parent / "seeds"

pytestmark = pytest.mark.corpus


def git(*arguments: str, at: Path) -> str:
    env = {k: v for k, v in os.environ.items() if not k.startswith("GIT_")} | {"GIT_CONFIG_GLOBAL": os.devnull}
    done = subprocess.run(["git", *arguments], cwd=at, env=env, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def clone(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The repository with its whole history."""
    there = tmp_path_factory.mktemp("clone") / "architect"
    git("clone", "-q", "-b", "main", str(BUNDLE), str(there), at=there.parent)
    return there


@pytest.fixture
def copy(tmp_path: Path) -> Callable[[Path], Path]:
    def make(source: Path) -> Path:
        shutil.copytree(source, tmp_path / "copy")
        return tmp_path / "copy"

    return make


def counted(result: Result) -> Counter[str]:
    return Counter(finding.code for finding in result.findings)


def by_other_means(root: Path) -> tuple[int, int, Counter[str]]:
    """Plans, milestones and findings, told without our reader: by python-frontmatter and the file system."""
    plans = milestones = 0
    found: Counter[str] = Counter()
    done = 0
    for path in sorted((root / ".agent/exec_plans").rglob("*.md")):
        text = path.read_text(encoding="utf-8")
        post = frontmatter.loads(text)
        is_milestone = re.fullmatch(r"MS[0-9]{3}_.*\.md", path.name) is not None
        milestones += is_milestone
        plans += not is_milestone
        done += not is_milestone and post["status"] == "done"
        head = text.split("---\n")[1]
        dates = re.findall(r"^(?:created|updated|start|due): *(['\"]?)[0-9]", head, re.MULTILINE)
        found["FM012"] += len(set(dates)) > 1
        links = [value for value in (post.get("links") or {}).values() if isinstance(value, str)]
        targets = [v for v in links if ("/" in v or re.search(r"\.\w{1,5}$", v)) and "://" not in v]
        prose = re.sub(r"```.*?```|`[^`\n]*`", "", post.content, flags=re.DOTALL)
        targets += [t for t in re.findall(r"\]\(([^)\s]+)\)", prose) if not re.match(r"[a-z]+:|#", t)]
        for target in targets:
            clean = target.partition("#")[0].lstrip("/")
            beside = posixpath.normpath(posixpath.join(path.parent.relative_to(root).as_posix(), clean))
            found["RF004"] += not any(
                (root / place).exists() for place in (clean, beside) if not place.startswith("..")
            )
    found["FM013"] = min(done, 1)  # one finding for the habit, however many files share it
    return plans, milestones, +found


def test_the_repository_as_it_was_published(copy: Callable[[Path], Path]) -> None:
    root = copy(ARCHITECT)
    project = open_workspace(root).main
    result = check(project)
    assert project.profile.name == "execplan-v2"
    assert result.statistics == (42, 42, 0)
    assert (len(project.plans), len(project.milestones)) == (13, 29)
    assert counted(result) == {"RF004": 20, "FM012": 30, "FM013": 1}
    assert by_other_means(root) == (13, 29, counted(result))
    assert {m.status.value for m in project.milestones} == {"completed"}
    for entry in project.entries.values():  # python-frontmatter reads the same
        post = frontmatter.load(str(root / entry.path))
        assert {str(key) for key in post.metadata} == set(entry.document.fields or ())
        assert str(post["title"]) == entry.written("title")
        assert str(post["id"]) == entry.id


def test_the_head_of_its_history(clone: Path) -> None:
    git("checkout", "-q", "main", at=clone)
    project = open_workspace(clone).main
    result = check(project)
    plans, milestones, found = by_other_means(clone)
    assert (len(project.plans), len(project.milestones)) == (plans, milestones)
    assert result.statistics == (plans + milestones, plans + milestones, 0)
    theirs = {code: count for code, count in counted(result).items() if code in ("FM012", "FM013", "RF004")}
    assert theirs == found


def test_every_commit_of_its_history(clone: Path) -> None:
    """No commit makes a crash or loses a file, and what went wrong on the way is found."""
    seen: Counter[str] = Counter()
    words: set[str] = set()
    for commit in git("log", "--reverse", "--format=%H", "main", at=clone).split():
        git("checkout", "-q", commit, at=clone)
        project = open_workspace(clone).main
        result = check(project)
        statistics = result.statistics
        assert statistics.found == statistics.read + statistics.reported
        files = {path.relative_to(clone).as_posix() for path in (clone / ".agent").rglob("*.md")}
        under = {p for p in files if p.startswith(".agent/exec_plans/") and not re.search(r"(README|INDEX)\.md$", p)}
        assert under <= set(project.entries) or not project.entries
        reported = {f.path for f in result.findings if f.code[:2] == "RD" or f.code == "NM002"}
        assert len(project.plans) + len(project.milestones) + len(reported) >= statistics.found
        seen.update(set(counted(result)))
        finished = sum(
            bool(re.search(r"^status: (?:completed|done)$", (clone / p).read_text(encoding="utf-8"), re.MULTILINE))
            for p in under
            if re.search(r"/milestones/active/", p)
        )
        active = [f for f in result.findings if f.code == "AR001" and "/milestones/active/" in f.path]
        assert len(active) == finished
        words |= {f.message.split("`")[1] for f in result.findings if f.code == "FM013"}
    assert seen["AR001"] >= 4  # finished work left among the active, in several trees
    assert "done" in words
    assert seen["FM012"]
    assert seen["RF004"]


def test_files_of_no_convention_are_reported_not_guessed(copy: Callable[[Path], Path]) -> None:
    root = copy(VARIANT)
    project = open_workspace(root).main
    result = check(project)
    look_alikes = {
        path.relative_to(root).as_posix()
        for path in (root / ".agent/execplans").rglob("*.md")
        if path.name != "INDEX.md"
    }
    assert len(look_alikes) == 12
    assert result.statistics == (12, 0, 12)
    assert {f.path for f in result.findings} == look_alikes
    assert set(counted(result)) == {"NM002"}
    assert project.milestones == ()
    assert project.plans == ()


@pytest.mark.parametrize("seed", ["003", "004"])
def test_damaged_text_is_noticed(repository: Callable[..., Path], seed: str) -> None:
    """Two of the documents that the project was asked to implement were decoded with the wrong encoding."""
    (source,) = SEEDS.glob(f"{seed}_*")
    root = repository()
    show = next(root.rglob("*MS003_*.md"))
    head, _, _ = show.read_text(encoding="utf-8").partition("\n# ")
    show.write_text(f"{head}\n{source.read_text(encoding='utf-8')}", encoding="utf-8")
    result = check(open_workspace(root), codes={"CT008"})
    assert counted(result)["CT008"] >= 1
    line = show.read_text(encoding="utf-8").split("\n")[result.findings[0].line - 1]
    assert re.search("â|ð|Ã", line)


def test_a_sound_seed_is_not_called_damaged(repository: Callable[..., Path]) -> None:
    root = repository()
    show = next(root.rglob("*MS003_*.md"))
    for seed in ("000", "001", "002"):
        (source,) = SEEDS.glob(f"{seed}_*")
        head, _, _ = show.read_text(encoding="utf-8").partition("\n# ")
        show.write_text(f"{head}\n# x\n{source.read_text(encoding='utf-8')}", encoding="utf-8")
        assert counted(check(open_workspace(root), codes={"CT008"})) == {}
