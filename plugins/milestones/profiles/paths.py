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

    __slots__ = ("_lenient", "_repeats", "fields", "text")

    def __init__(self, text: str, patterns: Mapping[str, str]) -> None:
        self.text = text
        self.fields: tuple[str, ...] = tuple(dict.fromkeys(_FIELD.findall(text)))
        self._repeats: list[tuple[str, str]] = []
        parts: list[str] = []
        seen: dict[str, int] = {}
        end = 0
        for found in _FIELD.finditer(text):
            name = found[1]
            parts.append(re.escape(text[end : found.start()]))
            group = name.replace(".", "__")
            seen[name] = seen.get(name, 0) + 1
            if seen[name] > 1:
                group = f"{group}__again{seen[name]}"
                self._repeats.append((name, group))
            parts.append(f"(?P<{group}>{patterns[name]})")
            end = found.end()
        parts.append(re.escape(text[end:]))
        self._lenient = re.compile("".join(parts) + r"\Z", re.IGNORECASE)

    def read(self, text: str) -> dict[str, str] | None:
        """The fields of a text, or None where it does not fit. A field used twice is read where it comes first."""
        found = self._lenient.match(text)
        if found is None:
            return None
        return {name: found[name.replace(".", "__")] for name in self.fields}

    def build(self, fields: Mapping[str, str]) -> str:
        """The text for some fields. Raises KeyError when one is missing, ValueError when one would leave its place.

        A path is never built from a field that holds a separator or is a relative step.
        """

        def value(found: re.Match[str]) -> str:
            text = fields[found[1]]
            if found[1] not in _WHOLE_PATHS and ("/" in text or "\\" in text or text in (".", "..") or "\x00" in text):
                raise ValueError(f"{found[1]} can't be {text!r} in a path")
            return text

        return _FIELD.sub(value, self.text)


#: Fields that hold a path or an id of several parts; they come from documents already found, never from input.
_WHOLE_PATHS = frozenset({"plan", "plan.directory"})


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
