"""Blocks on the pages of one build: put aside before Markdown is rendered, and filled in afterwards.

In the Markdown a mark stands for a block, a paragraph of one word, which comes through every extension unharmed and
takes its place in lists, quotes, admonitions and tabs as any paragraph does. Where it turns up in code, the block was
code, and is again.
"""

from __future__ import annotations

import hashlib
import html
import re
from typing import TYPE_CHECKING, NamedTuple

from milestones.site.embeds import fences, options, views
from milestones.site.parts import lines

if TYPE_CHECKING:
    from milestones.model import Finding
    from milestones.site.context import Context, UrlFor
    from milestones.site.embeds.fences import Block


class _Aside(NamedTuple):
    block: Block
    line: int
    known: bool


class Embeds:
    """The blocks of a build, and what was wrong with them: ``findings`` holds the faults of all pages."""

    def __init__(self, context: Context) -> None:
        self.context = context
        self.findings: list[Finding] = []
        self._aside: dict[str, dict[str, _Aside]] = {}

    def set_aside(self, page: str, markdown: str, source: str) -> str:
        """A page's Markdown with a mark for each block.

        ``page`` is the path of its file as findings name it, ``source`` the file's whole text, by which lines are
        counted. May be called again when something has been added to the page.
        """
        found = list(fences.blocks(markdown))
        if not found:
            return markdown
        aside = self._aside.setdefault(page, {})
        text = markdown.split("\n")
        offset = source.count("\n") - markdown.count("\n") if source.endswith(markdown) else None
        for block in reversed(found):
            mark = f"mstembed{hashlib.sha256(f'{page} {len(aside)}'.encode()).hexdigest()[:16]}"
            aside[mark] = _placed(block, offset, source)
            text[block.line - 1 : block.end - 1] = _paragraph(block.prefix, mark)
        return "\n".join(text)

    def fill(self, page: str, rendered: str, url_for: UrlFor) -> str:
        """A page's HTML with what its blocks ask for in place of their marks."""
        aside = self._aside.pop(page, None)
        if not aside:
            return rendered
        numbers: dict[str, int] = {}

        def shown(match: re.Match[str]) -> str:
            mark = match["paragraph"] or match["mark"]
            if mark is None:
                return _restored(match[0], aside)
            at = numbers[mark] = len(numbers)
            return self._shown(page, aside[mark], url_for, at)

        any_mark = "|".join(aside)
        pattern = (
            rf"<pre\b.*?</pre>|<code\b.*?</code>|<!--.*?-->|<p>\s*(?P<paragraph>{any_mark})\s*</p>|(?P<mark>{any_mark})"
        )
        return re.sub(pattern, shown, rendered, flags=re.DOTALL)

    def _shown(self, page: str, aside: _Aside, url_for: UrlFor, at: int) -> str:
        wanted, found = options.read(aside.block, page, aside.line, self.context)
        if not aside.known:
            found = [f._replace(position=None, message=f"{f.message} (in what is included here)") for f in found]
        self.findings += found
        pieces = [views.view(self.context, wanted, url_for, at)] if wanted is not None else []
        if found:
            pieces.insert(0, views.faults(found))
        return lines("\n".join(pieces))


def _placed(block: Block, offset: int | None, source: str) -> _Aside:
    """A block with its line in the file; not known where another plugin has put it into the page."""
    if offset is not None:
        return _Aside(block, block.line + offset, True)
    at = source.find(block.whole)
    return _Aside(block, source.count("\n", 0, at) + 1, True) if at >= 0 else _Aside(block, 1, False)


def _paragraph(prefix: str, mark: str) -> list[str]:
    """The lines of a paragraph in the place that a block had."""
    further = re.sub(r"[^> ]", " ", prefix)
    begins_item = further != prefix
    return [*([] if begins_item else [further.rstrip()]), prefix + mark, further.rstrip()]


def _restored(code: str, aside: dict[str, _Aside]) -> str:
    """Code with the blocks that it shows, each as it was written, in place of their marks."""

    def written(match: re.Match[str]) -> str:
        block = aside[match["mark"]].block
        lead = html.unescape(match["lead"])
        # Of code that is set in, Markdown takes away what sets it in.
        gone = len(block.prefix) - len(lead) if block.prefix.endswith(lead) else len(block.prefix)
        inner = [re.sub(rf"\A[ ]{{0,{gone}}}", "", line.expandtabs(4)) for line in block.whole.split("\n")]
        return match["before"] + html.escape("\n".join(inner), quote=False)

    pattern = rf"(?P<before>^|\n|>)\n?(?P<lead>[^\n<>]*)(?P<mark>{'|'.join(aside)})(?:\n(?=\n))?"
    return re.sub(pattern, written, code)
