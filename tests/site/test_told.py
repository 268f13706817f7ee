"""States in an author's tables of health and tasks: a symbol and a word, in HTML and in Markdown alike."""

from __future__ import annotations

import re

import markdown
import pytest

from milestones.site import language
from milestones.site.told import in_html, in_markdown

BODY = """# Title

## Current Health Snapshot

| Area | Status | Notes |
|------|:------:|-------|
| One | {cell} | ✅ as written |

## Tasks

| ID | Status | What \\| where |
|----|--------|------|
| A1 | {cell} | b |

## Other

| Name | State |
|------|-------|
| a | {cell} |
"""

#: What is written, the state it means, and the words that are shown in the health table and in the task table.
CELLS = [
    ("✅", "good", "Good", "Done"),
    ("⏳", "pending", "Pending", "Pending"),
    ("⚠️", "warning", "Warning", "Warning"),
    ("🟡 thin", "warning", "thin", "thin"),
    ("❌ – blocked", "bad", "blocked", "blocked"),
    ("OK", "good", "OK", "OK"),
    ("in_progress", "pending", "in_progress", "in_progress"),
    ("**✅**", "good", "Good", "Done"),
    ("**✅ all of it**", "good", "all of it", "all of it"),
]


def html_of(text: str) -> str:
    return markdown.markdown(text, extensions=["tables", "toc"])


def states(html: str) -> list[tuple[str, str]]:
    """Each told state, as what it means and the words beside its symbol."""
    found = re.findall(
        r'<span class="mst mst-told"><span class="mst-health mst-health-(\w+)" [^>]*>.</span>(.*?)</td>', html
    )
    return [(state, re.sub(r"<[^>]*>", "", words)) for state, words in found]


@pytest.mark.parametrize(("cell", "state", "health", "task"), CELLS)
def test_a_state_is_a_symbol_and_a_word(cell: str, state: str, health: str, task: str) -> None:
    told = in_html(html_of(BODY.format(cell=cell)))
    assert states(told) == [(state, health), (state, task)]
    assert "<td>✅ as written</td>" in told  # only the Status column is read


@pytest.mark.parametrize(("cell", "state", "health", "task"), CELLS)
def test_markdown_for_other_generators_says_the_same(cell: str, state: str, health: str, task: str) -> None:
    text = BODY.format(cell=cell)
    assert states(html_of(in_markdown(text))) == [(state, health), (state, task)]


@pytest.mark.parametrize("cell", ["", "✅ / ⚠️ / ⏳", "n/a", "deferred ⏳", "who knows", "-"])
def test_what_says_no_state_stays_as_written(cell: str) -> None:
    text = BODY.format(cell=cell)
    assert in_html(html_of(text)) == html_of(text)
    assert html_of(in_markdown(text)) == html_of(text)


def test_words_are_in_the_language_of_the_pages() -> None:
    with language.using("de"):
        assert states(in_html(html_of(BODY.format(cell="✅")))) == [("good", "Gut"), ("good", "Erledigt")]
    assert states(in_html(html_of(BODY.format(cell="✅")))) == [("good", "Good"), ("good", "Done")]


def test_a_table_within_a_cell_is_left_alone() -> None:
    outer = html_of(BODY.format(cell="✅")).replace("<td>A1</td>", "<td><table><tr><td>x</td></tr></table></td>")
    assert [words for _, words in states(in_html(outer))] == ["Good"]
