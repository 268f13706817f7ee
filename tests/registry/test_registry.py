"""The methods, in memory and on a repository."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import pytest

from milestones import MilestoneRegistry
from milestones.registry import (
    DependencyCycleError,
    DuplicateMilestoneError,
    InvalidStatusError,
    Milestone,
    MilestoneHistoryRecord,
    MilestoneStatus,
    RegistryError,
    Snapshot,
    Status,
    StatusChange,
    UnknownMilestoneError,
    status_of,
)

if TYPE_CHECKING:
    from collections.abc import Callable

SIX = ("PLANNED", "IN_PROGRESS", "COMPLETED", "BLOCKED", "ON_HOLD", "CANCELLED")


def test_the_six_statuses_in_any_case() -> None:
    assert {status.name for status in MilestoneStatus} == set(SIX)
    for name in SIX:
        for word in (name, name.lower(), name.title(), f" {name.replace('_', ' ')} ", name.replace("_", "-")):
            assert status_of(word) is Status[name]
    for word in ("", "done", "IN__PROGRES", "planned!", None, 3):
        with pytest.raises(InvalidStatusError, match="is not a status") as refused:
            status_of(word)  # type: ignore[arg-type]
        assert "IN_PROGRESS" in refused.value.help


def test_every_status_in_memory() -> None:
    for name in SIX:
        assert MilestoneRegistry().register_milestone("a", [], name.lower()).status is Status[name]


def test_what_was_registered_is_there(registry: MilestoneRegistry) -> None:
    made = registry.register_milestone(
        " Release 1.0 ", ["API", "UI", "API"], "In Progress", due="2026-03-01", start="2026-02-02", risk="high"
    )
    assert made == registry.get_milestone("Release 1.0") == registry.get_milestone(made.id)
    assert made.name == "Release 1.0"
    assert made.components == {"API", "UI"}
    assert made.status is MilestoneStatus.IN_PROGRESS
    assert (made.start, made.due, made.risk) == ("2026-02-02", "2026-03-01", "high")
    assert list(registry) == [made.id]
    assert len(registry) == 1
    assert "Release 1.0" in registry
    assert "Release 2.0" not in registry
    assert 3 not in registry


@pytest.mark.parametrize(
    ("ask", "error", "text"),
    [
        (lambda r: r.register_milestone("a", ["x"]), DuplicateMilestoneError, "'a' is registered already"),
        (lambda r: r.register_milestone("c", "API"), RegistryError, "components is the text 'API'"),
        (lambda r: r.register_milestone("c", [" "]), RegistryError, "a component is empty"),
        (lambda r: r.register_milestone(" ", []), RegistryError, "the name is empty"),
        (lambda r: r.register_milestone("c", [], "done"), InvalidStatusError, "'done' is not a status"),
        (lambda r: r.register_milestone("c", [], due="soon"), RegistryError, "due"),
        (lambda r: r.register_milestone("c", [], start="2026-02-02", due="2026-02-01"), RegistryError, "before"),
        (lambda r: r.register_milestone("c", [], risk="enormous"), RegistryError, "risk"),
        (lambda r: r.update_milestone_status("a", "done"), InvalidStatusError, "'done' is not a status"),
        (lambda r: r.update_milestone_status("x", "COMPLETED"), UnknownMilestoneError, "there is no milestone 'x'"),
        (lambda r: r.declare_milestone_dependency("a", "x"), UnknownMilestoneError, "there is no milestone 'x'"),
        (lambda r: r.declare_milestone_dependency("x", "a"), UnknownMilestoneError, "there is no milestone 'x'"),
        (lambda r: r.declare_milestone_dependency("a", "a"), DependencyCycleError, "can't depend on itself"),
        (lambda r: r.get_milestone("x"), UnknownMilestoneError, "'x'"),
        (lambda r: r.get_progress("x"), UnknownMilestoneError, "'x'"),
        (lambda r: r.get_status_history("x"), UnknownMilestoneError, "'x'"),
        (lambda r: r.assess_risk("x"), UnknownMilestoneError, "'x'"),
    ],
)
def test_what_is_refused_changes_nothing(
    registry: MilestoneRegistry, ask: Callable[[MilestoneRegistry], object], error: type[Exception], text: str
) -> None:
    registry.register_milestone("a", [])
    registry.register_milestone("b", [])
    before = [registry.get_milestone(id_) for id_ in registry]
    with pytest.raises(error, match=text) as refused:
        ask(registry)
    assert type(refused.value) is error
    assert isinstance(refused.value, RegistryError)
    assert [registry.get_milestone(id_) for id_ in registry] == before


def test_a_near_name_is_suggested(registry: MilestoneRegistry) -> None:
    registry.register_milestone("Release 1.0", [])
    with pytest.raises(UnknownMilestoneError) as refused:
        registry.get_milestone("Relaese 1.0")
    assert refused.value.help.startswith("did you mean 'Release 1.0'")


def test_an_error_shows_the_cycle(registry: MilestoneRegistry) -> None:
    ids = [registry.register_milestone(name, []).id for name in ("api", "docs", "beta", "launch")]
    for before, after in ((0, 1), (1, 2), (2, 3), (0, 3)):
        registry.declare_milestone_dependency(ids[after], ids[before])
    declared = registry.get_dependency_graph()
    with pytest.raises(DependencyCycleError) as refused:
        registry.declare_milestone_dependency("api", "launch")
    assert refused.value.cycle == (ids[0], ids[3])  # the shortest
    assert f"{ids[0]} → {ids[3]} → {ids[0]}" in str(refused.value)
    with pytest.raises(DependencyCycleError) as refused:
        registry.declare_milestone_dependency("api", "beta")
    assert refused.value.cycle == (ids[0], ids[2], ids[1])
    with pytest.raises(DependencyCycleError) as refused:
        registry.declare_milestone_dependency("api", "api")
    assert refused.value.cycle == (ids[0],)
    assert registry.get_dependency_graph() == declared


def test_the_graph_goes_both_ways(registry: MilestoneRegistry) -> None:
    a, b, c = (registry.register_milestone(name, []).id for name in "abc")
    registry.declare_milestone_dependency("c", "b")
    registry.declare_milestone_dependency("c", "a")
    registry.declare_milestone_dependency("c", "b")  # again
    assert registry.get_dependency_graph() == {a: [], b: [], c: [b, a]}
    assert registry.get_milestone("c").dependencies == {a, b}
    assert (registry.get_dependents("a"), registry.get_dependents("c")) == ([c], [])
    assert (registry.get_impact("b"), registry.get_critical_path()) == ([c], [b, c])


def test_history(registry: MilestoneRegistry) -> None:
    registry.register_milestone("a", [])
    for word in ("in_progress", "IN_PROGRESS", "blocked", "completed"):
        registry.update_milestone_status("a", word)
    found = registry.get_status_history("a")
    assert [change.status for change in found] == [Status.PLANNED, Status.IN_PROGRESS, Status.BLOCKED, Status.COMPLETED]
    assert [change.previous for change in found] == [None, *(change.status for change in found[:-1])]
    assert all(isinstance(change, MilestoneHistoryRecord) and change.at for change in found)
    assert registry.get_milestone("a").status_history == tuple(found)


def test_the_clock_is_asked() -> None:
    ticks = iter(["2026-02-01T10:00:00+00:00", "2026-02-01T11:00:00+00:00"])
    registry = MilestoneRegistry(clock=lambda: next(ticks))
    registry.register_milestone("a", [])
    registry.update_milestone_status("a", "on hold")
    assert registry.get_status_history("a") == [
        StatusChange("2026-02-01T10:00:00+00:00", Status.PLANNED),
        StatusChange("2026-02-01T11:00:00+00:00", Status.ON_HOLD, Status.PLANNED),
    ]


def test_a_milestone_writes_through(registry: MilestoneRegistry) -> None:
    docs = registry.register_milestone("docs", [])
    release = registry.register_milestone("release", [])
    registry.declare_milestone_dependency("release", "docs")
    docs.update_status("COMPLETED")
    assert (docs.status, docs.progress) == (Status.COMPLETED, 1.0)
    assert docs.status_history[-1].status is Status.COMPLETED
    assert registry.get_milestone("docs").status is Status.COMPLETED
    assert release.progress == 0.0
    assert release.recalculate_progress(registry) == release.progress == registry.get_progress("release") == 0.5


def test_a_milestone_alone() -> None:
    alone = Milestone("a", {"API"})
    assert (alone.id, alone.status, alone.progress, alone.dependencies) == ("a", Status.PLANNED, 0.0, frozenset())
    alone.update_status("completed")
    alone.update_status(Status.COMPLETED)
    assert (alone.status, alone.progress, len(alone.status_history)) == (Status.COMPLETED, 1.0, 1)
    with pytest.raises(UnknownMilestoneError):
        alone.recalculate_progress(MilestoneRegistry())


def test_names_in_memory_are_names() -> None:
    registry = MilestoneRegistry()
    for name in ("API/UI", "ui", "UI", "A", "a"):
        registry.register_milestone(name, [])
    assert list(registry) == ["API/UI", "ui", "UI", "A", "a"]
    assert [registry.get_milestone(name).id for name in ("UI", "ui", "A", "a")] == ["UI", "ui", "A", "a"]
    assert "Ui" not in registry
    with pytest.raises(RegistryError, match="no plans"):
        registry.start_plan("Launch")


def test_a_snapshot_never_changes(registry: MilestoneRegistry) -> None:
    registry.register_milestone("a", [])
    before = registry.snapshot()
    registry.update_milestone_status("a", "completed")
    assert isinstance(before, Snapshot)
    assert (before.progress("a"), registry.snapshot().progress("a")) == (0.0, 1.0)
    assert before.dependents("a") == []
    assert before.own_progress("a") == before.completion_fraction("a") == 0.0


def test_risk_in_memory_knows_the_day() -> None:
    registry = MilestoneRegistry(clock=lambda: "2026-01-01", stale_after=10)
    registry.register_milestone("a", [], "in_progress", due="2026-01-31", risk="high")
    found = registry.assess_risk("a")
    assert (found["overdue"], found["stale"], found["declared"], found["level"]) == (True, True, "high", "high")


def slowly() -> str:
    """A clock that lets other threads in between looking and writing."""
    time.sleep(0.001)
    return "2026-02-01T10:00:00+00:00"


def test_threads_share_a_registry() -> None:
    registry = MilestoneRegistry(clock=slowly)
    names = [f"m{at}" for at in range(40)]

    def work(name: str) -> None:
        registry.register_milestone(name, ["API"])
        registry.declare_milestone_dependency(name, "m0") if name != "m0" else None
        registry.update_milestone_status(name, "completed")

    work("m0")
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(work, names[1:]))
    assert sorted(registry) == sorted(names)
    assert all(registry.get_progress(name) == 1.0 for name in names)
    assert sorted(registry.get_dependents("m0")) == sorted(names[1:])


def test_of_threads_that_take_one_name_one_gets_it() -> None:
    registry = MilestoneRegistry(clock=slowly)

    def take(at: int) -> bool:
        try:
            registry.register_milestone("a", [str(at)])
        except DuplicateMilestoneError:
            return False
        return True

    with ThreadPoolExecutor(8) as pool:
        assert sum(pool.map(take, range(8))) == 1
    assert len(registry.get_status_history("a")) == 1


def test_threads_close_no_cycle() -> None:
    """Whatever the order, one of two dependencies that make a cycle together is refused."""
    for _ in range(20):
        registry = MilestoneRegistry(clock=slowly)
        for name in "abc":
            registry.register_milestone(name, [])

        def declare(pair: str, registry: MilestoneRegistry = registry) -> bool:
            try:
                registry.declare_milestone_dependency(pair[0], pair[1])
            except DependencyCycleError:
                return False
            return True

        with ThreadPoolExecutor(3) as pool:
            assert sum(pool.map(declare, ("ab", "bc", "ca"))) == 2
        assert not registry.snapshot().graph.cycles()
