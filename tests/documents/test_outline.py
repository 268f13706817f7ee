"""A body in parts: what is counted, what is not, and where it stands."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from milestones.documents import reader
from milestones.documents.outline import Outline, health_of, plain
from milestones.model import Health, Tally

FIXTURES = Path(__file__).parents[1] / "fixtures"


@pytest.fixture(scope="module")
def document() -> reader.Document:
    document = reader.read(str(FIXTURES), "outline.md")
    assert document.findings == []
    return document


def line(document: reader.Document, number: int) -> str:
    return document.text.split("\n")[number - 1]


def test_headings(document: reader.Document) -> None:
    assert [(h.level, h.text) for h in document.outline.headings] == [
        (1, "Everything that a body may hold"),
        (2, "Objective"),
        (2, "Definition of Done"),
        (3, "Current Health Snapshot"),
        (2, "Health Snapshot"),
        (2, "Workstreams & Tasks"),
        (2, "Changelog"),
    ]
    for heading in document.outline.headings:
        assert line(document, heading.line).startswith("#" * heading.level + " ")


def test_links_with_their_places(document: reader.Document) -> None:
    assert [link.target for link in document.outline.links] == [
        "docs/webhooks.md#retries",
        "docs/the schedule.png",
        "docs/a_(b).md",
        "docs/after.md",
        "docs/guide.md",
        "docs/guide.md",
    ]
    for link in document.outline.links:
        assert line(document, link.line)[link.column - 1 :].removeprefix("<").startswith(link.target)


def test_boxes_and_task_rows(document: reader.Document) -> None:
    assert [(box.done, box.text) for box in document.outline.boxes] == [
        (True, "A failed attempt schedules the next one."),
        (False, "Its owner gets a mail."),
        (True, "Stars count,"),
        (False, "so do nested ones,"),
        (False, "and numbered ones."),
        (True, "A1 Schedule"),
        (False, "A2 Worker"),
        (False, "A5 Report"),
    ]
    assert document.outline.tally == Tally(3, 8)
    for box in document.outline.boxes:
        assert box.text.split()[0] in plain(line(document, box.line))


def test_health(document: reader.Document) -> None:
    assert [(area.area, area.health, area.written, area.note) for area in document.outline.health] == [
        ("Architecture/design", Health.GOOD, "✅", "Agreed | signed."),
        ("Implementation", Health.PENDING, "⏳ in staging", ""),
        ("Tests & QA", Health.WARNING, "⚠️", "Two depend on the clock."),
        ("Docs", Health.UNKNOWN, "✅ / ⚠️ / ⏳", "Nobody chose."),
        ("Operations", Health.BAD, "Blocked", "By the move."),
        ("Support", Health.GOOD, "Complete", ""),
    ]
    for area in document.outline.health:
        assert area.area in plain(line(document, area.line))


def test_changelog(document: reader.Document) -> None:
    assert [(change.date, change.text) for change in document.outline.changelog] == [
        ("2026-01-05", "Milestone created"),
        ("2026-01-21", "Schedule agreed"),
        ("2026-01-28", "The worker runs"),
        ("2026-13-99", "written all the same"),
    ]
    for change in document.outline.changelog:
        assert change.date in line(document, change.line)


def test_objective(document: reader.Document) -> None:
    assert document.outline.objective == "Failed deliveries are tried again for three days, see the guide."


def test_tables_need_their_rule(document: reader.Document) -> None:
    assert [(table.section, table.header) for table in document.outline.tables] == [
        ("health snapshot", ("area", "status", "notes")),
        ("workstreams & tasks", ("id", "description", "status", "owner")),
    ]


@pytest.mark.parametrize(
    ("cell", "health"),
    [
        ("✅", Health.GOOD),
        ("🟢 OK", Health.GOOD),
        ("OK", Health.GOOD),
        ("Done.", Health.GOOD),
        ("**Complete**", Health.GOOD),
        ("⏳", Health.PENDING),
        ("in_progress", Health.PENDING),
        ("In progress (60 %)", Health.PENDING),
        ("TBD", Health.PENDING),
        ("not started", Health.PENDING),
        ("⚠", Health.WARNING),
        ("⚠️ flaky", Health.WARNING),
        ("🟡", Health.WARNING),
        ("At-risk", Health.WARNING),
        ("❌", Health.BAD),
        ("Blocked by review", Health.BAD),
        ("✅ / ⚠️ / ⏳", Health.UNKNOWN),
        ("⚠️ then ✅", Health.WARNING),
        ("✅ (was ❌)", Health.GOOD),
        ("", Health.UNKNOWN),
        ("fine", Health.UNKNOWN),
        ("-", Health.UNKNOWN),
    ],
)
def test_status_cells(cell: str, health: Health) -> None:
    assert health_of(cell) is health


@pytest.mark.parametrize(
    ("markdown", "text"),
    [
        ("**a** `b` [c](d)", "a b c"),
        ("the `claude_agent_sdk` and my_own_name", "the claude_agent_sdk and my_own_name"),
        ("_emphasis_ here", "emphasis here"),
        ("[a](b) and [c](d_(e).md)", "a and c"),
        ("[a] (b)", "[a] (b)"),
        ("2 * 3", "2  3"),
        ("  plain  ", "plain"),
    ],
)
def test_plain_text(markdown: str, text: str) -> None:
    assert plain(markdown) == text


@pytest.mark.parametrize(
    ("heading", "text"),
    [
        ("# C#", "C#"),
        ("# a #", "a"),
        ("# a ##  ", "a"),
        ("## ##", ""),
        ("#", ""),
        ("   # three spaces", "three spaces"),
        ("#\ttab", "tab"),
    ],
)
def test_closed_headings(heading: str, text: str) -> None:
    assert [h.text for h in Outline(heading, 1).headings] == [text]


@pytest.mark.parametrize("text", ["#no", "####### seven", "    # code", "\\# escaped"])
def test_what_is_no_heading(text: str) -> None:
    assert Outline(text, 1).headings == []


markdown = st.lists(
    st.one_of(
        st.text(st.sampled_from(list("#-*|` []()x\t~<>!\"'_:0\\é")), max_size=25),
        st.sampled_from(
            [
                *(
                    "# Title",
                    "## Changelog",
                    "### Health",
                    "## Objective",
                    "```",
                    "~~~",
                    "<!--",
                    "-->",
                    "- [ ] a",
                    "- [x] b",
                ),
                *(
                    "| Area | Status |",
                    "| --- | --- |",
                    "| a | ✅ |",
                    "- 2026-01-05: x",
                    "[a](b.md)",
                    "[a]: b.md",
                    "",
                    "> q",
                ),
            ]
        ),
    ),
    max_size=15,
).map("\n".join)


@given(markdown, st.integers(1, 50))
def test_every_part_stands_where_it_says(body: str, first: int) -> None:
    outline = Outline(body, first)
    lines = dict(enumerate(body.split("\n"), first))
    for heading in outline.headings:
        underline = lines.get(heading.line + 1, "").strip()
        underlined = underline and underline == "=-"[heading.level - 1 : heading.level] * len(underline)
        assert lines[heading.line].lstrip().startswith("#" * heading.level) or underlined
    for link in outline.links:
        assert lines[link.line][link.column - 1 :].startswith((link.target, f"<{link.target}"))
    for part in (*outline.boxes, *outline.changelog, *outline.health):
        assert part.line in lines
    assert outline.tally.done == sum(box.done for box in outline.boxes)
    assert 0 <= outline.tally.done <= outline.tally.total == len(outline.boxes)
    assert [box.line for box in outline.boxes] == sorted(box.line for box in outline.boxes)


@given(markdown)
def test_nothing_in_a_fence_counts(body: str) -> None:
    inside = body.replace("`", "'").replace("~", "-")
    outline = Outline(f"````\n{inside}\n````\n# After", 1)
    assert [h.text for h in outline.headings] == ["After"]
    assert not outline.links
    assert not outline.boxes
    assert not outline.tables
    assert not outline.changelog


@given(st.lists(st.sampled_from(["`", "``", "```", "a", "[x](y)", " "]), max_size=12).map("".join))
def test_code_spans_run_from_backticks_to_as_many(text: str) -> None:
    """The oracle reads left to right: a run of backticks opens code if a run of the same length follows."""
    runs, at = [], 0
    while at < len(text):
        end = at
        while end < len(text) and text[end] == text[at] == "`":
            end += 1
        runs.append(text[at : max(end, at + 1)])
        at = max(end, at + 1)
    expected, index = 0, 0
    while index < len(runs):
        if runs[index].startswith("`") and runs[index] in runs[index + 1 :]:
            index = runs.index(runs[index], index + 1)
        elif "".join(runs[index : index + 6]) == "[x](y)":
            expected += 1
        index += 1
    # A line that opens with a fence holds no inline text at all.
    assert len(Outline(f"x {text}", 1).links) == expected


@pytest.mark.parametrize(
    ("text", "headings"),
    [
        ("Title\n=====\n", [(1, "Title", 1)]),
        ("a\n\nPart\n----\n", [(2, "Part", 3)]),
        ("a\n\n---\n", []),
        ("two lines\nof text\n---\n", []),
        ("- item\n---\n", []),
    ],
)
def test_underlined_headings(text: str, headings: list[tuple[int, str, int]]) -> None:
    assert [tuple(h) for h in Outline(text, 1).headings] == headings
