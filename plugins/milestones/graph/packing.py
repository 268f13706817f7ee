"""Putting rectangles of different sizes onto one sheet."""

from __future__ import annotations

from math import sqrt
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["Packed", "Size", "pack", "sheet_width"]

# A sheet somewhat wider than tall suits a screen.
_ASPECT = 1.6


class Size(NamedTuple):
    """The extent of a rectangle in pixels."""

    width: float
    height: float


class Packed(NamedTuple):
    """The extent of the sheet, and the top left corner in pixels of each rectangle in the order given."""

    size: Size
    corners: list[tuple[float, float]]


def sheet_width(sizes: Sequence[Size], gap: float) -> float:
    """A width in pixels at which the rectangles fill a sheet of pleasant proportions."""
    area = sum((size.width + gap) * (size.height + gap) for size in sizes)
    return max(sqrt(area * _ASPECT), max((size.width for size in sizes), default=0.0))


def pack(sizes: Sequence[Size], width: float, gap: float) -> Packed:
    """Put the rectangles on shelves no wider than `width` pixels, `gap` pixels apart.

    The taller ones come first, which wastes less room; those of one height keep their order. A rectangle
    wider than `width` gets a shelf of its own.
    """
    order = sorted(range(len(sizes)), key=lambda number: -sizes[number].height)
    corners = [(0.0, 0.0)] * len(sizes)
    x = y = tallest = widest = 0.0
    for number in order:
        size = sizes[number]
        if x and x + size.width > width:
            x = 0.0
            y += tallest + gap
            tallest = 0.0
        corners[number] = (x, y)
        widest = max(widest, x + size.width)
        tallest = max(tallest, size.height)
        x += size.width + gap
    return Packed(Size(widest, y + tallest), corners)
