"""On a repository the files are the registry, whoever writes them."""

from __future__ import annotations

import json
import multiprocessing
import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import pytest

from milestones import MilestoneRegistry
from milestones.project import config
from milestones.registry import (
    DependencyCycleError,
    DuplicateMilestoneError,
    RegistryError,
    Status,
    StatusChange,
    UnknownMilestoneError,
)

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

ID = "EP-20260105-001"
RETRY = f".agent/exec_plans/reliable-webhooks/milestones/active/{ID}_MS002_retry-failed-deliveries.md"


def status(root: Path) -> str:
    done = subprocess.run(
        ["git", "status", "--porcelain", "-uall"], cwd=root, capture_output=True, text=True, check=True
    )
    return done.stdout


def test_the_example_as_a_registry(example: Path) -> None:
    registry = MilestoneRegistry.open(example / "docs")  # a folder below will do
    assert list(registry) == [f"{ID}/MS001", f"{ID}/MS002", f"{ID}/MS003"]
    assert registry.get_own_progress("MS001") == registry.get_progress("ms001") == 1.0
    found = registry.get_milestone(f"{ID.lower()}/ms002")
    assert (found.name, found.id, found.path) == ("Retry failed deliveries", f"{ID}/MS002", RETRY)
    assert found.components == {"deliverer", "scheduler"}
    assert registry.get_own_progress("MS002") == 2 / 6
    assert found.progress == pytest.approx((1 + 2 / 6) / 2)
    risk = registry.assess_risk("Show deliveries in the console")
    assert risk["unresolved_dependencies"] == [f"{ID}/MS002"]
    assert risk["upstream"] == {f"{ID}/MS002": ["declared risk: med", "health is a warning: Tests & QA"]}
    assert json.loads(json.dumps(risk)) == risk
    assert registry.get_impact("MS002") == [f"{ID}/MS003"]
    assert registry.get_critical_path() == [f"{ID}/MS002", f"{ID}/MS003"]
    assert status(example) == ""


def test_a_status_edits_one_file(example: Path) -> None:
    before = (example / RETRY).read_text(encoding="utf-8").splitlines()
    registry = MilestoneRegistry.open(example)
    registry.update_milestone_status("Retry failed deliveries", "BLOCKED")
    assert status(example) == f" M {RETRY}\n"
    after = (example / RETRY).read_text(encoding="utf-8").splitlines()
    assert [line for line in after if line not in before] == [
        "status: blocked",
        "updated: 2026-02-01",
        "- 2026-02-01 — Status: in_progress → blocked.",
    ]
    assert len(after) == len(before) + 1
    registry.update_milestone_status("MS002", "blocked")  # says nothing new
    assert (example / RETRY).read_text(encoding="utf-8").splitlines() == after


def test_edits_by_hand_are_seen_at_once(example: Path) -> None:
    registry = MilestoneRegistry.open(example)
    assert registry.get_progress("MS002") < 1.0
    file = example / RETRY
    file.write_text(file.read_text(encoding="utf-8").replace("status: in_progress", "status: completed"), "utf-8")
    assert registry.get_progress("MS002") == 1.0
    file.unlink()
    assert "MS002" not in registry
    # what depends on it has not come further
    assert registry.assess_risk("MS003")["unresolved_dependencies"] == [f"{ID}/MS002"]
    assert registry.get_progress("MS003") < 1.0


def test_registering_writes_a_file(example: Path) -> None:
    registry = MilestoneRegistry.open(example)
    made = registry.register_milestone("Sign every payload", ["signer", "api & ui"], "in progress", risk="high")
    assert made.id == f"{ID}/MS004"
    assert made.owner == "@courier-team"  # the plan's
    assert status(example) == f"?? {made.path}\n"
    text = (example / made.path).read_text(encoding="utf-8")
    assert "status: in_progress\n" in text
    registry.declare_milestone_dependency("Sign every payload", "ms002")
    assert f"depends_on: [{ID}/MS002]\n" in (example / made.path).read_text(encoding="utf-8")
    done = subprocess.run(
        [sys.executable, "-m", "milestones", "check", "--fail-on", "error"],
        cwd=example,
        env=os.environ | {"SOURCE_DATE_EPOCH": "1769947200"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout
    with pytest.raises(DuplicateMilestoneError, match=f"{ID}/MS004"):
        registry.register_milestone("Sign every payload", [])


@pytest.mark.parametrize(
    ("values", "text"),
    [
        ({"components": ["<script>"]}, "components"),
        ({"components": ["a, b"]}, "can't be written in a list"),
        ({"components": ["[a]"]}, "can't be written in a list"),
        ({"status": "on_hold"}, "can't be set to on hold"),
        ({"status": "cancelled"}, "can't be set to cancelled"),
        ({"risk": "enormous"}, "risk"),
        ({"owner": "nobody in particular"}, "owner"),
        ({"plan": "EP-20200101-001"}, "there is no plan"),
    ],
)
def test_what_is_refused_leaves_nothing(example: Path, values: dict[str, str], text: str) -> None:
    registry = MilestoneRegistry.open(example)
    with pytest.raises(RegistryError, match=text):
        registry.register_milestone("Sign every payload", **{"components": [], **values})  # type: ignore[arg-type]
    assert status(example) == ""


def test_an_interrupt_leaves_nothing(empty: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from milestones.changes import revision

    registry = MilestoneRegistry.open(empty)
    registry.start_plan("Launch")
    before = status(empty)

    def interrupted(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(revision, "set_values", interrupted)
    with pytest.raises(KeyboardInterrupt):
        registry.register_milestone("a", ["API"])
    assert status(empty) == before
    assert not list(empty.rglob("milestones"))
    monkeypatch.undo()
    registry.register_milestone("a", ["API"])  # the lock is free


def test_a_status_without_a_word_is_told(example: Path) -> None:
    registry = MilestoneRegistry.open(example)
    with pytest.raises(RegistryError, match=f"{ID}/MS002 can't be set to on hold") as refused:
        registry.update_milestone_status("MS002", "ON_HOLD")
    assert "in_progress" in refused.value.help
    assert status(example) == ""


def test_the_convention_chooses_the_word(repository: Callable[..., Path]) -> None:
    """A plan of one's own words: the status is written as it says, and read as what it means."""
    root = repository()
    registry = MilestoneRegistry.open(root)
    file = root / RETRY
    for meaning in ("PLANNED", "IN_PROGRESS", "BLOCKED", "COMPLETED"):
        registry.update_milestone_status("MS002", meaning)
        assert f"status: {meaning.lower()}\n" in file.read_text(encoding="utf-8")


def test_the_later_layout(repository: Callable[..., Path]) -> None:
    registry = MilestoneRegistry.open(repository("base-v2"))
    made = registry.register_milestone("Sign every payload", ["signer"])
    assert made.path.endswith("milestones/active/MS004_sign-every-payload.md")
    made.update_status("completed")
    assert registry.get_own_progress(made.id) == 1.0


def test_which_plan(empty: Path) -> None:
    registry = MilestoneRegistry.open(empty)
    with pytest.raises(RegistryError, match="no open plan") as refused:
        registry.register_milestone("a", [])
    assert "start_plan" in refused.value.help
    first, second = registry.start_plan("Launch"), registry.start_plan("Landing")
    assert registry.register_milestone("a", []).id == f"{second}/MS001"  # the one just started
    assert registry.register_milestone("a", [], plan="launch").id == f"{first}/MS001"
    other = MilestoneRegistry.open(empty)
    with pytest.raises(RegistryError, match="several open plans") as refused:
        other.register_milestone("b", [])
    assert first in refused.value.help
    with pytest.raises(UnknownMilestoneError, match="several milestones") as ambiguous:
        other.get_milestone("a")
    assert ambiguous.value.help == f"say which: {first}/MS001, {second}/MS001"
    mine = MilestoneRegistry.open(empty, plan="launch")
    assert mine.get_milestone("a").id == mine.get_milestone("MS001").id == f"{first}/MS001"
    with pytest.raises(RegistryError, match="there is no plan"):
        MilestoneRegistry.open(empty, plan="Lunch")


def test_what_can_not_be_opened(empty: Path) -> None:
    with pytest.raises(RegistryError, match="is not a folder"):
        MilestoneRegistry.open(empty / "nowhere")
    with pytest.raises(RegistryError, match="nothing"):
        MilestoneRegistry.open(empty, profile="nothing")
    (empty / "milestones.toml").write_text("profile = 3\n", encoding="utf-8")
    with pytest.raises(RegistryError, match="profile"):
        MilestoneRegistry.open(empty)


def test_cycles_and_twins_made_by_hand(example: Path) -> None:
    """What the check reports does not stop the registry, and it makes nothing worse."""
    registry = MilestoneRegistry.open(example)
    file = example / RETRY
    text = file.read_text(encoding="utf-8")
    file.write_text(text.replace(f"- {ID}/MS001", f"- {ID}/MS003"), encoding="utf-8")
    assert registry.get_progress("MS002") == registry.get_progress("MS003") < 1.0
    with pytest.raises(DependencyCycleError):
        registry.declare_milestone_dependency("MS003", "MS002")
    file.with_name(file.name.replace("retry", "again")).write_text(text, encoding="utf-8")
    with pytest.raises(RegistryError, match="several documents"):
        registry.update_milestone_status("MS002", "completed")


def test_history_from_elsewhere(example: Path) -> None:
    asked = []

    def history(id_: str) -> list[StatusChange]:
        asked.append(id_)
        return [StatusChange("2026-01-05T09:00:00+00:00", Status.PLANNED, commit="abc")]

    registry = MilestoneRegistry.open(example, history=history)
    found = registry.get_status_history("MS002")
    assert asked == [f"{ID}/MS002"]
    assert found == [  # what is not committed yet comes last
        StatusChange("2026-01-05T09:00:00+00:00", Status.PLANNED, commit="abc"),
        StatusChange("2026-01-28", Status.IN_PROGRESS, Status.PLANNED),
    ]


# Races.


def together(root: str, at: int) -> str:
    config.set_today("2026-02-01")
    registry = MilestoneRegistry.open(root)
    made = registry.register_milestone(f"Milestone {at}", ["API"], "in_progress")
    registry.declare_milestone_dependency(made.id, "Show deliveries in the console")
    registry.update_milestone_status(made.id, "completed")
    return made.id


def the_same(root: str, at: int) -> str:
    config.set_today("2026-02-01")
    try:
        return MilestoneRegistry.open(root).register_milestone("Sign every payload", [str(at)]).id
    except DuplicateMilestoneError:
        return ""


def closing(root: str, at: int) -> str:
    config.set_today("2026-02-01")
    try:
        MilestoneRegistry.open(root).declare_milestone_dependency(f"{'abc'[at]}", f"{'abc'[at - 1]}")
    except DependencyCycleError as refused:
        return str(refused)
    return ""


def race(work: Callable[[str, int], str], root: Path, count: int) -> list[str]:
    """Run it in as many processes at once."""
    with multiprocessing.get_context("spawn").Pool(count) as pool:
        return pool.starmap(work, [(str(root), at) for at in range(count)])


def test_processes_that_register_at_once_get_an_id_each(example: Path) -> None:
    ids = race(together, example, 4)
    assert sorted(ids) == [f"{ID}/MS00{number}" for number in (4, 5, 6, 7)]
    registry = MilestoneRegistry.open(example)
    for id_ in ids:
        found = registry.get_milestone(id_)
        assert (found.status, found.dependencies) == (Status.COMPLETED, {f"{ID}/MS003"})
    assert not list(example.rglob(".milestones-*"))


def test_of_processes_that_take_one_name_one_gets_it(example: Path) -> None:
    assert sorted(race(the_same, example, 4)) == ["", "", "", f"{ID}/MS004"]
    assert len(MilestoneRegistry.open(example)) == 4


def test_processes_close_no_cycle(example: Path) -> None:
    registry = MilestoneRegistry.open(example)
    for name in "abc":
        registry.register_milestone(name, [])
    assert sum(bool(refused) for refused in race(closing, example, 3)) == 1
    assert not registry.snapshot().graph.cycles()


def test_threads_and_readers(example: Path) -> None:
    """Threads write through one registry and through their own, while others read: nobody sees half of a change."""
    shared = MilestoneRegistry.open(example)
    seen: list[int] = []

    def write(at: int) -> str:
        registry = shared if at % 2 else MilestoneRegistry.open(example)
        return registry.register_milestone(f"Milestone {at}", [f"part {at}"], "blocked").id

    def read(_: int) -> None:
        found = shared.snapshot().milestones.values()
        seen.append(len(found))
        assert all(m.status is Status.BLOCKED and m.components for m in found if m.title.startswith("Milestone"))

    with ThreadPoolExecutor(6) as pool:
        ids = pool.map(write, range(10))
        list(pool.map(read, range(10)))
        assert len(set(ids)) == 10
    assert len(shared) == 13
    assert all(3 <= count <= 13 for count in seen)
