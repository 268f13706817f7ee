"""Words for help texts: the nearest to one that does not exist, and templates as people write them."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence


def nearest(word: str, words: Sequence[str], n: int = 1, cutoff: float = 0.6) -> list[str]:
    """At most ``n`` words at least as similar as ``cutoff`` (0 to 1), the nearest first."""
    import difflib  # only where something is wrong

    return difflib.get_close_matches(word, words, n=n, cutoff=cutoff)


def readable(template: str) -> str:
    """A template as documentation shows it: ``{plan.folder}/MS{number}`` is ``<folder>/MS<number>``."""
    import re

    return re.sub(r"\{(?:[a-z]+\.)?([a-z]+)\}", r"<\1>", template)
