"""The change of a plan between two refs, two days, or a ref and the work tree."""

from __future__ import annotations

import html
import json
import re
from typing import TYPE_CHECKING

import pytest
from gitrepos import READING, START, Repository, observe

from milestones import schemas
from milestones.history import difference as differences
from milestones.history.observation import HistoryError

if TYPE_CHECKING:
    from pathlib import Path

    from milestones.history.difference import Difference
    from milestones.history.observation import Observation


def between(repo: Repository, before: str, after: str | None = None, **options: bool) -> Difference:
    return differences.difference(str(repo.folder), READING, before, after, **options)


def told(found: Difference) -> list[tuple[str, str, str | None, str | None]]:
    return [(c.kind, c.id, c.before, c.after) for c in found.changes]


@pytest.fixture
def changed(repo: Repository) -> Repository:
    """A commit ``a`` and, after it, one with a change of every kind."""
    repo.write("plans/plan.md", "P", "in_progress", title="The plan", due="2026-05-01")
    repo.write("plans/p/1.md", "P/1", "in_progress", title="Store", due="2026-02-01", risk="low")
    repo.write("plans/p/2.md", "P/2", "done", title="Retry", depends_on="[P/1]")
    repo.write("plans/p/3.md", "P/3", "planned", title="Show", depends_on="[P/1, P/2]", due="2026-03-01")
    repo.write("plans/p/4.md", "P/4", "planned", title="Dropped", start="2026-02-01")
    repo.write("plans/p/5.md", "P/5", "cancelled", title="Back")
    repo.write("plans/p/6.md", "P/6", "planned", title="Away", owner="'@mira'")
    repo.write("plans/p/7.md", "P/7", "planned", title="Same")
    repo.write("plans/p/8.md", "P/8", "planned", title="Held", owner="'@mira'")
    repo.commit(0)
    repo.git("tag", "a")
    repo.write("plans/plan.md", "P", "in_progress", title="The plan", due="2026-05-15")
    repo.remove("plans/p/1.md")
    repo.write("plans/archive/1.md", "P/1", "done", title="Store", due="2026-02-01", risk="high")
    repo.write("plans/p/2.md", "P/2", "planned", title="Retry", depends_on="[P/1]")
    repo.write("plans/p/3.md", "P/3", "in_progress", title="Show all", depends_on="[P/2, P/7]", due="2026-02-20")
    repo.write("plans/p/4.md", "P/4", "cancelled", title="Dropped")
    repo.write("plans/p/5.md", "P/5", "planned", title="Back", plan="Q")
    repo.remove("plans/p/6.md")
    repo.write("plans/p/7.md", "P/7", "planned", title="Same", body="other words")
    repo.write("plans/p/8.md", "P/8", "blocked", title="Held", owner="'@li'")
    repo.write("plans/p/9.md", "P/9", "in_progress", title="New")
    repo.commit(3)
    return repo


EXPECTED = [
    ("finished", "P/1", "in_progress", "completed"),
    ("reopened", "P/2", "completed", "planned"),
    ("added", "P/9", None, "in_progress"),
    ("removed", "P/6", None, "planned"),
    ("started", "P/3", "planned", "in_progress"),
    ("status", "P/8", "planned", "blocked"),
    ("dropped", "P/4", "planned", "cancelled"),
    ("restored", "P/5", "cancelled", "planned"),
    ("moved", "P/1", "plans/p/1.md", "plans/archive/1.md"),
    ("moved", "P/5", "P", "Q"),
    ("rescoped", "P/3", "Show", "Show all"),
    ("rescoped", "P/8", "@mira", "@li"),
    ("dependency_added", "P/3", None, "P/7"),
    ("dependency_cut", "P/3", "P/1", None),
    ("slipped", "P", "2026-05-01", "2026-05-15"),
    ("slipped", "P/4", "2026-02-01", None),
    ("pulled_in", "P/3", "2026-03-01", "2026-02-20"),
    ("risk", "P/1", "low", "high"),
]


def test_every_kind_of_change(changed: Repository) -> None:
    found = between(changed, "a", "main")
    assert told(found) == EXPECTED
    assert {c.kind for c in found.changes} == set(differences.KINDS)
    assert [c.days for c in found.changes if c.kind in ("slipped", "pulled_in")] == [14, None, -9]
    assert found.notes == ()


def test_the_other_way_round(changed: Repository) -> None:
    back = between(changed, "main", "a")
    assert ("reopened", "P/1", "completed", "in_progress") in told(back)
    assert ("removed", "P/9", None, "in_progress") in told(back)
    assert between(changed, "a", "a").changes == ()
    assert differences.summary(between(changed, "a", "a")) == "the plan did not change"


def test_to_the_work_tree(changed: Repository) -> None:
    assert told(between(changed, "a")) == EXPECTED
    changed.write("plans/p/7.md", "P/7", "done", title="Same")
    changed.write("plans/p/new.md", "P/10", title="Not tracked")
    changed.remove("plans/p/9.md")
    found = between(changed, "HEAD")
    assert [(c.kind, c.id) for c in found.changes] == [("finished", "P/7"), ("added", "P/10"), ("removed", "P/9")]
    assert found.after.name == "work tree"
    assert found.after.commit == ""


def test_by_day(changed: Repository) -> None:
    assert told(between(changed, "2026-01-02", "2026-01-05")) == EXPECTED
    assert differences.state(str(changed.folder), READING, "2026-01-01").time == START
    with pytest.raises(HistoryError, match="no commit up to 2025-12-31"):
        between(changed, "2025-12-31")
    with pytest.raises(HistoryError, match="is not a day"):
        between(changed, "2026-02-30")


def test_since_the_branches_parted(repo: Repository) -> None:
    repo.write("plans/1.md", "P/1")
    repo.write("plans/2.md", "P/2")
    repo.commit(0)
    repo.git("checkout", "-q", "-b", "feature")
    repo.write("plans/1.md", "P/1", "done")
    repo.commit(1)
    repo.git("checkout", "-q", "main")
    repo.write("plans/2.md", "P/2", "done")
    repo.commit(2)
    assert [(c.kind, c.id) for c in between(repo, "main", "feature").changes] == [
        ("finished", "P/1"),
        ("reopened", "P/2"),
    ]
    assert [(c.kind, c.id) for c in between(repo, "main", "feature", since_fork=True).changes] == [("finished", "P/1")]
    repo.git("checkout", "-q", "--orphan", "alone")
    repo.commit(3)
    with pytest.raises(HistoryError, match="no commit in common"):
        between(repo, "main", "alone", since_fork=True)


@pytest.mark.parametrize("ref", ["nowhere", "-n1", "--output=x", "", "a b", "main:plans", "a\nb"])
def test_bad_refs(changed: Repository, ref: str) -> None:
    with pytest.raises(HistoryError) as caught:
        between(changed, ref)
    assert caught.value.help
    assert not (changed.folder / "x").exists()


def test_outside_git(tmp_path: Path) -> None:
    with pytest.raises(HistoryError, match="not a git repository"):
        differences.state(str(tmp_path), READING, None)


def test_before_the_first_commit(repo: Repository) -> None:
    repo.write("plans/1.md", "P/1")
    assert list(differences.state(str(repo.folder), READING, None).milestones) == ["P/1"]
    with pytest.raises(HistoryError):
        between(repo, "HEAD")


def test_what_cannot_be_read_is_neither_added_nor_removed(changed: Repository) -> None:
    (changed.folder / "plans/p/9.md").write_text("---\nid: [\n---\n")
    found = between(changed, "HEAD")
    assert found.changes == ()
    assert found.notes == ("plans/p/9.md can't be read in work tree",)


def test_a_version_is_read_once(changed: Repository) -> None:
    asked: list[tuple[str, bytes]] = []

    def interpret(path: str, data: bytes) -> tuple[Observation, ...]:
        asked.append((path, data))
        return observe(path, data)

    reading = READING._replace(interpret=interpret)
    differences.difference(str(changed.folder), reading, "a", "main")
    assert len(asked) == len(set(asked))


def test_several_documents_are_put_together(repo: Repository) -> None:
    repo.write("plans/list.md", "P/1", "planned", rank="5", due="2026-02-01", title="From the list")
    repo.write("plans/own.md", "P/1", "done", rank="1", title="Own")
    repo.commit(0)
    seen = differences.state(str(repo.folder), READING, "HEAD").milestones["P/1"]
    assert (seen.title, seen.status, seen.due) == ("Own", "completed", "2026-02-01")


def test_below_a_folder(changed: Repository) -> None:
    reading = READING._replace(below="plans/archive")
    seen = differences.state(str(changed.folder), reading, "main")
    assert list(seen.milestones) == ["P/1"]
    assert list(differences.state(str(changed.folder), reading, None).milestones) == ["P/1"]


def test_as_text(changed: Repository) -> None:
    text = differences.text(between(changed, "a"))
    assert text.startswith("Plan: a (")
    assert "\n  P/3 Show all: due 2026-03-01 to 2026-02-20 (9 days earlier)\n" in text
    assert "\nDependencies added (1)\n  P/3 Show all: now waits for P/7\n" in text


def test_as_data(changed: Repository) -> None:
    data = json.loads(differences.as_json(between(changed, "a")))
    assert schemas.explain(data, schemas.load("diff")) == []
    assert data["summary"]["slipped"] == 2
    assert data["after"] == {"name": "work tree", "commit": None, "milestones": 8, "open": 6, "plans": 1}
    assert set(data["summary"]) == set(differences.KINDS)


def test_titles_are_no_markup(repo: Repository) -> None:
    repo.commit(0)
    evil = "@everyone <img src=x> [a](http://x.org) #12 `code` **b** https://x.org www.x.org \x1b[31m"
    repo.write("plans/1.md", "P/1", title=json.dumps(evil))
    # The reader refuses control characters; another one might not.
    seen = differences.state(str(repo.folder), READING, "HEAD")
    after = seen._replace(milestones={"P/1": observed(evil)}, paths={("milestone", "P/1"): ""})
    changes = differences.compare(seen, after)
    markdown = differences.markdown(changes)
    item = next(line for line in markdown.split("\n") if "everyone" in line)
    assert not set("@<>[]()*`\x1b") & set(item)
    shown = html.unescape(item)  # a forge looks for names, numbers and addresses in what is shown
    assert not re.search(r"@\w|#\d|://|www\.\w", shown)
    assert "everyone" in shown
    assert "\x1b" not in differences.text(changes)
    assert "\x1b" not in differences.as_json(changes)
    assert schemas.explain(json.loads(differences.as_json(changes)), schemas.load("diff")) == []


def observed(title: str) -> Observation:
    (seen,) = observe("plans/1.md", b"---\nid: P/1\nstatus: planned\n---\n")
    return seen._replace(title=title)
