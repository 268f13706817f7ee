"""TOML and JSON, parsed once: what a text says is kept for this user by a digest of the text.

To import a parser takes a hook longer than all the TOML and JSON that it reads. The texts are those of profiles,
schemas and configuration: a handful a repository.
"""

from __future__ import annotations

import marshal
import os
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from milestones import cache

if TYPE_CHECKING:
    from collections.abc import Callable

#: How many texts are kept; then the oldest go.
_KEPT = 64
#: A longer text is none of ours, and is parsed each time.
_LONGEST = 1024 * 1024  # bytes


_LONG_NUMBER, _BRACKET = r"[0-9_]{4000,}", r"[\[{]"


class TomlError(ValueError):
    """A text that is not TOML; the message says where."""


def toml(content: bytes) -> dict[str, Any]:
    """What a TOML text says. Raises TomlError, and UnicodeDecodeError for bytes that are not UTF-8."""
    data: dict[str, Any] = _kept("toml", content, _toml)
    return data


def json(content: bytes) -> Any:
    """What a JSON text says. Raises ValueError."""
    return _kept("json", content, _json)


def _toml(content: bytes) -> dict[str, Any]:
    import tomllib

    text = content.decode("utf-8")
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise TomlError(str(error)) from None
    except ValueError:  # Python refuses to read numbers that long
        raise TomlError(f"a number of thousands of digits (at {_place(text, _LONG_NUMBER)})") from None
    except RecursionError:
        raise TomlError(f"lists or tables too deep in each other (at {_place(text, _BRACKET)})") from None


def _place(text: str, pattern: str) -> str:
    """``line 2, column 5``, as tomllib says it, of the longest line where something stands."""
    import re

    lines = enumerate(text.split("\n"), 1)
    found = [(len(line), number, match.start() + 1) for number, line in lines if (match := re.search(pattern, line))]
    _, number, column = max(found, default=(0, 1, 1))
    return f"line {number}, column {column}"


def _json(content: bytes) -> Any:
    import json

    try:
        return json.loads(content)
    except RecursionError:
        raise ValueError("lists or objects too deep in each other") from None


def _kept(form: str, content: bytes, parse: Callable[[bytes], Any]) -> Any:
    own = cache.user_folder()
    if own is None or len(content) > _LONGEST:
        return parse(content)
    folder = os.path.join(own, "parsed")
    kept = cache.Cache(folder)
    name = f"{form}-{marshal.version}-{cache.blake2b(content, digest_size=20).hexdigest()}"
    data = kept.load(name)
    if data is not None:
        with suppress(EOFError, ValueError, TypeError):
            return marshal.loads(data)
    parsed = parse(content)
    with suppress(ValueError):  # a date, which marshal does not know
        kept.save(name, marshal.dumps(parsed))
        _leave_some(folder)
    return parsed


def _leave_some(folder: str) -> None:
    with suppress(OSError):
        files = [
            entry for entry in os.scandir(folder) if entry.is_file(follow_symlinks=False) and entry.name[:1] != "."
        ]
        for entry in sorted(files, key=lambda entry: entry.stat().st_mtime)[:-_KEPT]:
            with suppress(OSError):  # somebody else was first
                os.unlink(entry.path)


__all__ = ["TomlError", "json", "toml"]
