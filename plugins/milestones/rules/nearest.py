"""The words nearest to one that does not exist, for "did you mean"."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence


def nearest(word: str, words: Sequence[str], n: int = 1, cutoff: float = 0.6) -> list[str]:
    """At most ``n`` words at least as similar as ``cutoff`` (0 to 1), the nearest first."""
    import difflib  # only where something is wrong

    return difflib.get_close_matches(word, words, n=n, cutoff=cutoff)
