"""Front matter values: ordinary ``str``, ``list`` and ``dict`` objects that also know where they stand."""

from __future__ import annotations

from typing import Any, TypeGuard

from milestones.model import Position

#: Plain text that YAML takes for nothing.
NULLS = frozenset({"", "~", "null", "Null", "NULL"})


class Text(str):
    """A scalar as it was written (without its quotes), and where. ``plain`` is False when it was quoted."""

    #: Line and column where it starts, line and column where it ends, all from 1. One tuple, because a check of ten
    #: thousand files makes half a million of these.
    __slots__ = ("plain", "span")
    span: tuple[int, int, int, int]
    plain: bool

    @property
    def line(self) -> int:
        """The line it starts on."""
        return self.span[0]

    @property
    def column(self) -> int:
        """The column it starts in."""
        return self.span[1]

    @property
    def end_line(self) -> int:
        """The line it ends on."""
        return self.span[2]

    @property
    def end_column(self) -> int:
        """The column after its last character."""
        return self.span[3]

    @property
    def position(self) -> Position:
        """Where the scalar stands; its first line where it spans several."""
        line, column, end_line, end_column = self.span
        return Position(line, column, end_column if end_line == line else column + 1)

    @property
    def empty(self) -> bool:
        """True for a value left out (``key:``) or written as YAML's null."""
        return self.plain and self in NULLS


class Items(list[Any]):
    """A sequence and where it starts."""

    __slots__ = ("column", "line")
    line: int
    column: int

    @property
    def position(self) -> Position:
        """Where the sequence starts."""
        return Position(self.line, self.column, self.column + 1)


class Fields(dict[str, Any]):
    """A mapping and where it starts. Its keys are ``Text`` with positions of their own."""

    __slots__ = ("column", "line")
    line: int
    column: int

    @property
    def position(self) -> Position:
        """Where the mapping starts."""
        return Position(self.line, self.column, self.column + 1)

    def key(self, name: str) -> Text:
        """The key as it stands in the file. Raises KeyError when there is none."""
        for key in self:
            if key == name:
                assert isinstance(key, Text)
                return key
        raise KeyError(name)


def is_text(value: object) -> TypeGuard[Text]:
    """True for a scalar that was written, not left empty."""
    return type(value) is Text and not (value.plain and value in NULLS)


class FrontMatterError(Exception):
    """Front matter that can't be read.

    ``code`` is the rule that the fault breaks, ``position`` where it is in the file. Not a ``ValueError``,
    because python-frontmatter takes one from a handler to mean "no front matter here" and goes on in silence.
    """

    def __init__(self, code: str, message: str, position: Position, help: str = "") -> None:
        super().__init__(message)
        self.code = code
        self.position = position
        self.help = help
