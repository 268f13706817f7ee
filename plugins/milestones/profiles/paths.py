"""Templates for paths and ids, used both ways: to read fields out of text, and to build the text from fields.

A template is text with ``{name}`` in it: ``{plan}/MS{number}``. Reading is lenient on purpose: it accepts any
digits for a number and any letter case, so that a file which is almost right is understood, and the rules can
say what exactly is wrong and what the right path would be. Building is exact.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

_FIELD = re.compile(r"\{([a-z_.]+)\}")


class Template:
    """One template with the lenient pattern of each of its fields.

    Raises:
        KeyError: when the text uses a field that ``patterns`` does not define.
    """

    __slots__ = ("_exact", "_lenient", "_names", "_parts", "fields", "last", "source", "text")

    def __init__(self, text: str, patterns: Mapping[str, str]) -> None:
        self.text = text
        pieces = _FIELD.split(text)  # literal, name, literal, name, …, literal
        self._parts = pieces
        self._names = pieces[1::2]
        self.fields: tuple[str, ...] = tuple(dict.fromkeys(self._names))
        exact: list[str] = []
        lenient: list[str] = []
        seen: set[str] = set()
        for at, piece in enumerate(pieces):
            if at % 2 == 0:
                exact.append(re.escape(piece))
                lenient.append(re.escape(piece))
                continue
            group = piece.replace(".", "__")
            exact.append(f"(?P={group})" if piece in seen else f"(?P<{group}>{patterns[piece]})")
            lenient.append(f"(?:{patterns[piece]})" if piece in seen else f"(?P<{group}>{patterns[piece]})")
            seen.add(piece)
        self.source = "".join(lenient)
        #: The source of what follows the last separator of the text itself; a field's own pattern may hold some.
        self.last = self.source
        for at, piece in enumerate(pieces):
            if at % 2 == 0 and "/" in piece:
                self.last = re.escape(piece.rpartition("/")[2]) + "".join(lenient[at + 1 :])
        self._exact = re.compile("".join(exact) + r"\Z")
        self._lenient: re.Pattern[str] | None = None

    def read(self, text: str) -> dict[str, str] | None:
        """The fields of a text, or None where it does not fit. A field used twice is read where it comes first."""
        return self.read_exact(text) or self._read_lenient(text)

    def read_exact(self, text: str) -> dict[str, str] | None:
        """The fields of a text that ``build`` would build again letter by letter, or None."""
        found = self._exact.match(text)
        return dict(zip(self.fields, found.groups(), strict=True)) if found is not None else None

    def _read_lenient(self, text: str) -> dict[str, str] | None:
        if self._lenient is None:  # most texts are exact; most runs never need this
            self._lenient = re.compile(self.source + r"\Z", re.IGNORECASE)
        found = self._lenient.match(text)
        return dict(zip(self.fields, found.groups(), strict=True)) if found is not None else None

    def build(self, fields: Mapping[str, str]) -> str:
        """The text for some fields. Raises KeyError when one is missing, ValueError when one would leave its place.

        A path is never built from a field that holds a separator or is a relative step.
        """
        parts = self._parts.copy()
        for at, name in enumerate(self._names):
            text = fields[name]
            if name not in _WHOLE_PATHS and ("/" in text or "\\" in text or text in _STEPS or "\x00" in text):
                raise ValueError(f"{name} can't be {text!r} in a path")
            parts[2 * at + 1] = text
        return "".join(parts)


_STEPS = frozenset({".", ".."})
#: Fields that hold a path or an id of several parts; they come from documents already found, never from input.
_WHOLE_PATHS = frozenset({"plan", "plan.directory", "directory", "base"})


def slugify(title: str, separator: str = "-", longest: int = 60) -> str:
    """A slug of ASCII letters and digits: ``Über-cool: API v2!`` becomes ``uber-cool-api-v2``.

    Cut at a word boundary to at most ``longest`` characters. May be empty, for a title without any such letters.
    """
    import unicodedata

    ascii_text = unicodedata.normalize("NFKD", title).encode("ascii", "ignore").decode()
    words = re.findall(r"[a-z0-9]+", ascii_text.lower())
    slug = ""
    for word in words:
        longer = f"{slug}{separator}{word}" if slug else word[:longest]
        if len(longer) > longest:
            break
        slug = longer
    return slug
