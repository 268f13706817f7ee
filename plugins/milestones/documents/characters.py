"""Characters that plans must not hold, and how text is written so that it reads back the same."""

from __future__ import annotations

from milestones.lazy import pattern

#: Characters that never belong in text: C0 and C1 controls, the ones that reorder what a reader sees, and two that
#: are no characters and that YAML refuses.
CONTROL_SOURCE = "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ufeff\ufffe\uffff]|\r"
CONTROL = pattern(CONTROL_SOURCE)
REMOVE_IT = "remove the character; an editor that shows invisible characters helps to find it"


def describe_character(character: str) -> str:
    """One sentence on a character that should not be there, safe to print."""
    import unicodedata

    names: dict[str, str] = {
        "\x00": "NUL",
        "\r": "carriage return without a line feed",
        "\x1b": "ESCAPE",
        "\ufeff": "BYTE ORDER MARK",
    }
    names |= {"\ufffe": "noncharacter", "\uffff": "noncharacter"}
    name: str = names.get(character) or unicodedata.name(character, "control character") or ""
    return f"the character U+{ord(character):04X} ({name.lower() if len(name) > 6 else name})"


def quoted(text: str) -> str:
    """A double-quoted YAML scalar. Raises ValueError for text with control characters."""
    if CONTROL.search(text) or "\n" in text:
        raise ValueError("control characters and line breaks can't be written to front matter")
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'
