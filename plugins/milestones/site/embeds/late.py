"""Blocks that come into a page while its Markdown is rendered, such as those of a file that an extension includes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from markdown.extensions import Extension
from markdown.preprocessors import Preprocessor

if TYPE_CHECKING:
    from collections.abc import Callable

    import markdown


class Late(Extension):
    """An extension of Python-Markdown that puts blocks aside after others have put them in.

    ``aside`` does that with the text of the page that is being rendered; it is None for pages without blocks.
    """

    def __init__(self) -> None:
        super().__init__()
        self.aside: Callable[[str], str] | None = None

    def extendMarkdown(self, md: markdown.Markdown) -> None:
        """Called by Python-Markdown."""
        # After snippets (32) and the normalising of blanks (30), before fences are read (25).
        md.preprocessors.register(_Preprocessor(md, self), "milestones-embeds", 28)


class _Preprocessor(Preprocessor):
    def __init__(self, md: markdown.Markdown, late: Late) -> None:
        super().__init__(md)
        self.late = late

    def run(self, lines: list[str]) -> list[str]:
        return lines if self.late.aside is None else self.late.aside("\n".join(lines)).split("\n")
