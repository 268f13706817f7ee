"""A quick look at front matter for a few plain scalars, because a history has many versions and needs little of each.

It only ever answers where the answer is certain, as ``schemas.Acceptor`` does: front matter between two plain fences,
each key once and at the start of a line, a plain scalar of harmless characters on one line. Everything else is for the
real reader.
"""

from __future__ import annotations

import re
from functools import lru_cache

_HARMLESS = rb"([A-Za-z@/][A-Za-z0-9 _./@-]*?)"
#: What YAML or a schema could take for something else than text.
_OTHER = frozenset((b"true", b"false", b"null", b"yes", b"no", b"on", b"off"))


@lru_cache(maxsize=64)
def _pattern(keys: tuple[str, ...]) -> re.Pattern[bytes]:
    names = b"|".join(re.escape(key.encode()) for key in keys)
    return re.compile(rb"\n(" + names + rb")[ \t]*:[ \t]*(?:" + _HARMLESS + rb"[ \t]*(?=\n[^ \t\n])|([^\n]*))")


def plain_scalars(data: bytes, keys: tuple[str, ...]) -> dict[str, str] | None:
    """The values of some top-level keys; None where one is missing, and wherever only the real reader can tell."""
    if not data.startswith(b"---\n"):
        return None
    end = data.find(b"\n---", 3)
    if end < 0 or data[end + 4 : end + 5] not in (b"\n", b""):
        return None
    found: dict[str, str] = {}
    for key, value, other in _pattern(keys).findall(data, 3, end + 2):
        name = key.decode()
        if other or not value or name in found or value.lower() in _OTHER:
            return None
        found[name] = value.decode()
    return found if len(found) == len(keys) else None
