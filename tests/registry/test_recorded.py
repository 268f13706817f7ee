"""What a Changelog says of statuses, and what it does not."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from milestones.model import Change, Milestone, Status
from milestones.registry import StatusChange, recorded

S = Status


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("Status: planned → blocked", (S.PLANNED, S.BLOCKED)),
        ("Status: in_progress -> completed; all is well", (S.IN_PROGRESS, S.COMPLETED)),
        ("status moved to in_progress", (None, S.IN_PROGRESS)),
        ("Scope defined; status set to On Hold", (None, S.ON_HOLD)),
        ("Status is now blocked", (None, S.BLOCKED)),
        ("Status: completed", (None, S.COMPLETED)),
        ("Completed", (None, S.COMPLETED)),
        ("Completed.", (None, S.COMPLETED)),
        ("Milestone created", None),
        ("Completed the parser", None),
        ("P2 core API smoke added; B1 marked complete", None),
        ("Issue tracker statuses updated; one planned", None),
        ("Status mapping `paused → active`", None),
        ("Status page planned", None),
    ],
)
def test_what_an_entry_says(text: str, found: object) -> None:
    assert recorded.read(text) == found


@given(st.sampled_from(S), st.sampled_from(S))
def test_its_own_sentences_are_read_again(before: Status, after: Status) -> None:
    assert recorded.read(recorded.sentence(before, after)) == (before, after)


def milestone(status: Status, *changes: tuple[str, str], updated: str | None = "2026-02-01") -> Milestone:
    return Milestone(
        "a", "", "", "a", status, "", False, "a", created="2026-01-01", updated=updated,
        changelog=tuple(Change(day, text, 1) for day, text in changes),
    )  # fmt: skip


def test_only_what_is_known() -> None:
    assert recorded.history(milestone(S.PLANNED)) == [StatusChange("2026-01-01", S.PLANNED)]
    assert recorded.history(milestone(S.BLOCKED)) == [StatusChange("2026-02-01", S.BLOCKED)]
    assert recorded.history(milestone(S.BLOCKED, updated=None)) == [StatusChange("2026-01-01", S.BLOCKED)]


def test_either_order_and_the_present_last() -> None:
    entries = [("2026-01-01", "Created"), ("2026-01-05", "Status: planned → in_progress"), ("2026-01-09", "On hold.")]
    known = [
        StatusChange("2026-01-01", S.PLANNED),
        StatusChange("2026-01-05", S.IN_PROGRESS, S.PLANNED),
        StatusChange("2026-01-09", S.ON_HOLD, S.IN_PROGRESS),
    ]
    assert recorded.history(milestone(S.ON_HOLD, *entries)) == known
    assert recorded.history(milestone(S.ON_HOLD, *entries[::-1])) == known
    done = StatusChange("2026-02-01", S.COMPLETED, S.ON_HOLD)
    assert recorded.history(milestone(S.COMPLETED, *entries)) == [*known, done]
    assert recorded.history(milestone(S.COMPLETED, *entries, updated="2026-01-03"))[-1].at == "2026-01-09"
