"""The commands on histories of other people's repositories, and our readers' transitions counted by plain git."""

from __future__ import annotations

import gc
import re
import subprocess
from itertools import pairwise
from typing import TYPE_CHECKING

import pytest
from gitrepos import NOW
from test_corpus_history import BUNDLES, REPOSITORIES, by_plain_git, git, on_the_main_line

from milestones.cli import main
from milestones.history import timeline
from milestones.history.reading import reading
from milestones.project.workspace import open_workspace

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = [
    pytest.mark.corpus,
    pytest.mark.skipif(not BUNDLES.is_dir(), reason="the files of other repositories (../shared/corpus) are not here"),
]

#: What happened to an id: the commit of the main line, and the word that holds from then on; None where it is gone.
Changes = dict[str, list[tuple[str, "str | None"]]]


def clone(name: str, at: Path) -> Path:
    subprocess.run(["git", "clone", "-q", "-b", "main", str(BUNDLES / f"{name}.bundle"), str(at)], check=True)
    return at


@pytest.mark.parametrize("name", [name for name, _ in REPOSITORIES])
def test_every_command_runs(
    name: str, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    root = clone(name, tmp_path / "clone")
    monkeypatch.chdir(root)
    day = git(root, "log", "-1", "--format=%cs").decode().strip()
    workspace = open_workspace(root)
    plan, milestone = workspace.plans[0].id, workspace.milestones[-1].id

    def out(*arguments: str) -> str:
        status = main(arguments)
        gc.enable()
        text, err = capsys.readouterr()
        assert status == 0, err
        assert text
        return text

    for words in (["log", milestone], ["log", plan], ["stats"], ["stats", "--plan", plan], ["forecast"]):
        out(*words, "--today", day)
        out(*words, "--today", day, "--json")
    out("stats", "--since", day, "--today", day)
    for format in ("text", "markdown", "json"):
        out("diff", "HEAD~5", "HEAD", "--format", format)
        out("diff", "HEAD~5", "--since-fork", "--format", format)
    for words in (["list"], ["plan", "list"], ["show", milestone]):
        assert out(*words, "--at", "HEAD", "--today", day, "--json") == out(*words, "--today", day, "--json")
    out("list", "--at", "HEAD~10")
    out("list", "--at", day)


def ours(root: Path, *, words: bool) -> tuple[Changes, timeline.History]:
    """What our readers see of milestones and plans, each step at the commit of the main line that brought it."""
    history = timeline.read(root, reading(open_workspace(root)), now=NOW)
    came_by = on_the_main_line(root)
    found: Changes = {}
    for lines in (history.milestones, history.plans):
        for id_, line in lines.items():
            steps: list[tuple[str, str | None]] = []
            for step in line.steps:
                commit = came_by[step.commit.id]
                value = step.word if words and step.status is not None else step.status
                if steps and steps[-1][0] == commit:
                    steps.pop()  # several commits of a branch, which came by one merge
                if not steps or steps[-1][1] != value:
                    steps.append((commit, value))
            found[id_] = steps
    return found, history


def count(changes: Changes) -> int:
    return sum(map(len, changes.values()))


@pytest.mark.parametrize(
    ("name", "below", "transitions"),
    [
        ("trevor-nichols+agentrules-architect", ".agent/exec_plans", 84),
        ("BigCactusLabs+blotter", "backlog", 93),
    ],
)
def test_status_lines_are_all_there_is(tmp_path: Path, name: str, below: str, transitions: int) -> None:
    root = clone(name, tmp_path / "clone")
    found, _ = ours(root, words=True)
    assert found == by_plain_git(root, below)
    assert count(found) == transitions


def test_a_repository_that_was_migrated(tmp_path: Path) -> None:
    """FlowTime got ids and front matter late. From then on plain git agrees; before, the body says ``Status: …``."""
    root = clone("23min+FlowTime", tmp_path / "clone")
    found, history = ours(root, words=True)
    plain = by_plain_git(root, "work")
    # Decisions and gaps have a status, and are no plans or milestones. Some ids were written with their slug at first.
    for id_ in plain.keys() - found.keys():
        slugged = re.match(r"(E-[0-9]+|m-E[0-9]+-[0-9]+)-", id_)
        assert slugged[1] in found if slugged else re.match(r"[DG]-[0-9]+\Z", id_), id_
    both = found.keys() & plain.keys()
    assert len(both) > 80
    place = {
        c: at for at, c in enumerate(git(root, "rev-list", "--first-parent", "--reverse", "main").decode().split())
    }
    for id_ in both:
        since, word = plain[id_][0]
        # The same word in the body before, and in the front matter from then on, is no transition.
        assert [step[1] for step in found[id_] if place[step[0]] <= place[since]][-1] == word
        assert [step for step in found[id_] if place[step[0]] > place[since]] == plain[id_][1:]
    only_ours = {id_: steps for id_, steps in found.items() if id_ not in both}
    for id_ in only_ours:
        for step in (history.milestones.get(id_) or history.plans[id_]).steps:
            if step.status is not None:
                text = git(root, "show", f"{step.commit.id}:{step.path}").decode()
                front = text.split("\n---", 1)[0] if text.startswith("---\n") else ""
                assert f"\nid: {id_}\n" not in front


def by_the_names_of_files(root: Path) -> Changes:
    """GSD's plans: there is a plan, so it is planned; there is a summary, so it is completed."""
    states: list[tuple[str, dict[str, str]]] = [("", {})]
    for commit in git(root, "rev-list", "--first-parent", "--reverse", "main").decode().split():
        state: dict[str, str] = {}
        for path in git(root, "ls-tree", "-r", "--name-only", commit, "--", ".planning").decode().split("\n"):
            named = re.search(r"phases/[^/]+/(\d\d-\d\d)-(PLAN|SUMMARY)\.md$", path)
            if named:
                done = named[2] == "SUMMARY" or state.get(named[1]) == "completed"
                state[named[1]] = "completed" if done else "planned"
        states.append((commit, state))
    found: Changes = {}
    for (_, before), (commit, after) in pairwise(states):
        for id_ in sorted({*before, *after}):
            if before.get(id_) != after.get(id_):
                found.setdefault(id_, []).append((commit, after.get(id_)))
    return found


def test_a_status_that_a_summary_implies(tmp_path: Path) -> None:
    root = clone("Djelibeybi+lifx-async", tmp_path / "clone")
    found, history = ours(root, words=False)
    plain = by_the_names_of_files(root)
    milestones = {id_: steps for id_, steps in found.items() if id_ in history.milestones}
    # Quick tasks have folders of their own. Two summaries say in their front matter that they closed out unfinished.
    quick = {id_ for id_ in milestones if id_.startswith("quick-")}
    assert milestones.keys() - quick == plain.keys()
    differing = {id_ for id_ in plain if milestones[id_] != plain[id_]}
    assert differing == {"04-06", "04-07"}
    for id_ in differing:
        assert [commit for commit, _ in milestones[id_]] == [commit for commit, _ in plain[id_]]
        assert milestones[id_][-1][1] == "cancelled"
        assert history.milestones[id_].steps[-1].word == "superseded"
    assert count(milestones) - count({id_: milestones[id_] for id_ in quick}) == count(plain) == 48
