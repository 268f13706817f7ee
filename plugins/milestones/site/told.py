"""The tables of health and of tasks in an author's text, as rendered: each state as a symbol and a word.

Which tables those are, and what a state means, is what the outline of the document says of them as well; all else in
them stays as its author wrote it.
"""

from __future__ import annotations

import html
import re
from functools import lru_cache

from milestones.documents.outline import LEADING_MARK, Outline, dropped, header_cell, health_of, plain, states_of
from milestones.model import Health
from milestones.site.language import _, current
from milestones.site.parts import HEALTH_WORDS

_ATTRIBUTES = r'(?:\s+[\w-]+(?:="[^"]*")?)*\s*'
_PIECE = re.compile(
    rf"<h[12]{_ATTRIBUTES}>(?P<heading>.*?)</h[12]>"
    rf"|(?P<head><table{_ATTRIBUTES}>\s*<thead>\s*<tr>(?P<heads>.*?)</tr>\s*</thead>)(?P<rows>.*?)</table>",
    re.DOTALL,
)
_TAG = re.compile(r"<[^>]*>")
_CELL = re.compile(rf"(?P<open><td{_ATTRIBUTES}>)(?P<inner>.*?)</td>", re.DOTALL)
_ROW = re.compile(r"<tr>.*?</tr>", re.DOTALL)
_EMPHASIS = re.compile(r"\s*(?:(?:<(?:strong|em|b|i|span)>|\*{1,3}|_{1,3})\s*)*")
_CELL_BORDER = re.compile(r"(?<!\\)\|")


def in_html(rendered: str) -> str:
    """A page's HTML, cleaned, with the states in its tables told."""
    if "<table" not in rendered:
        return rendered
    section = ""

    def piece(match: re.Match[str]) -> str:
        nonlocal section
        if match["heading"] is not None:
            section = _text(match["heading"]).replace("¶", "").casefold()
            return match[0]
        heads = re.split(r"</th>", match["heads"])[:-1]
        states = states_of(section, tuple(header_cell(_text(head)) for head in heads))
        # A table within a cell would end this one too early.
        if states is None or "<table" in match["rows"]:
            return match[0]
        rows = _ROW.sub(lambda row: _row(row[0], states.column, states.health), match["rows"])
        return f"{match['head']}{rows}</table>"

    return _PIECE.sub(piece, rendered)


def _text(inner: str) -> str:
    return html.unescape(_TAG.sub("", inner)).strip()


def _row(row: str, column: int, health: bool) -> str:
    for at, cell in enumerate(_CELL.finditer(row)):
        if at == column:
            told = _told(cell["inner"], health, current())
            return row[: cell.start("inner")] + told + row[cell.end("inner") :]
    return row


def in_markdown(text: str) -> str:
    """The same for a page's Markdown, whose raw HTML is disarmed already."""
    lines = text.split("\n")
    for table in Outline(text, 1).tables if "|" in text else ():
        if (states := table.states) is None:
            continue
        for number, cells in table.rows:
            # Before the first cell is what sets the line in.
            pieces = _CELL_BORDER.split(lines[number - 1])
            if len(cells) > states.column and len(pieces) > states.column + 1:
                told = _told(pieces[states.column + 1].strip(), states.health, current())
                pieces[states.column + 1] = f" {told} "
                lines[number - 1] = "|".join(pieces)
    return "\n".join(lines)


@lru_cache(maxsize=4096)
def _told(inner: str, health: bool, _language: str) -> str:
    """A cell's content with its state told; as it was where it says none that is known."""
    text = plain(_text(inner))
    state = health_of(text)
    if state is Health.UNKNOWN or dropped(text):
        return inner
    symbol, word = HEALTH_WORDS[state]
    begin = _EMPHASIS.match(inner)
    start = begin.end() if begin else 0
    mark = LEADING_MARK.match(inner, start)
    words = inner[:start] + inner[mark.end() :] if mark else inner
    if not plain(_text(words)):
        words = _(word) if health or state is not Health.GOOD else _("Done")
    return (
        f'<span class="mst mst-told"><span class="mst-health mst-health-{state.value}" aria-hidden="true">{symbol}'
        f"</span><span>{words}</span></span>"
    )


__all__ = ["in_html", "in_markdown"]
