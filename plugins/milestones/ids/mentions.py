"""All the ways in which ids that change are written in a text, and what they become.

Of documents that share an id some may keep it. So a mention is first a question: which of them does it mean? Where
nothing answers it, the mention stays as it is and is told.
"""

from __future__ import annotations

import re
from collections import Counter
from typing import TYPE_CHECKING, NamedTuple

from milestones.project.records import id_key

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

# A word may stand in emphasis: `_MS003_`, `__MS003__`. Inside a word an underscore joins.
_BEFORE = r"(?<![A-Za-z0-9-])(?<![A-Za-z0-9-]_)(?<![A-Za-z0-9-]__)"
_BEFORE_SHORT = r"(?<![A-Za-z0-9/-])(?<![A-Za-z0-9/-]_)(?<![A-Za-z0-9/-]__)"
_AFTER = r"(?![A-Za-z0-9])(?!_+[A-Za-z0-9])(?!\.[0-9])"
_AFTER_NAME = r"(?![A-Za-z0-9])(?![_-]+[A-Za-z0-9])"
#: What joins ids to a range or a choice: `MS003-MS005`, `MS003/MS004`.
_JOIN = r"(?:[/–—-]|\.\.\.?)"
#: What stands between a plan's id and the rest: in ids, in addresses, in file names.
_SEPARATOR = r"(?:/|%2[Ff]|_)"
_LINK = re.compile(r"\[([^\[\]\n]*)\]\(([^()\n]*)\)")


class Holder(NamedTuple):
    """A document with an id that changes, here or elsewhere: its id and path before and after, its plan's folder.

    ``ours`` is False for one that the base has, which keeps both.
    """

    old: str
    new: str
    path: str
    target: str
    folder: str
    ours: bool = True


class _Spot(NamedTuple):
    """A line of a file, from 1. ``fresh`` where the base does not have it; ``link`` inside the text of a link."""

    path: str
    line: int
    folder: str
    fresh: bool
    link: Holder | None = None


class Mentions:
    """Texts with their mentions followed. ``meant`` says which of some paths a line of a file can mean."""

    def __init__(
        self,
        holders: Sequence[Holder],
        names: Iterable[str],
        meant: Callable[[str, int, Sequence[str]], list[str]],
    ) -> None:
        self.left: dict[str, None] = {}
        self._meant = meant
        self._ids: dict[str, list[Holder]] = {}
        self._names: dict[str, list[Holder]] = {}  # file names that hold a slug, and no other file is called so
        self._near: dict[str, dict[str, list[Holder]]] = {}  # by plan folder: file names that other plans have as well
        self._short: dict[str, dict[str, list[Holder]]] = {}  # by plan folder: ids without their plan's
        often = Counter(map(_stem, names))
        for holder in holders:
            stem, short = _stem(holder.path), holder.old.rpartition("/")[2]
            sole = often[stem] < 2 and len(stem) > len(short)
            (self._names if sole else self._near.setdefault(holder.folder, {})).setdefault(stem, []).append(holder)
            self._ids.setdefault(id_key(holder.old), []).append(holder)
            if short != holder.old:
                self._short.setdefault(holder.folder, {}).setdefault(short, []).append(holder)
        plans = {plan for holder in holders if (plan := holder.old.rpartition("/")[0])}
        shorts = {short for some in self._short.values() for short in some}
        self._plain = {holder.old for holder in holders if "/" not in holder.old}
        forms = sorted({re.sub("[0-9]+", "[0-9]+", re.escape(short)) for short in shorts})
        self._plan, self._last = f"(?i:{_either(plans)})", f"(?i:{'|'.join(forms)})"
        self._token = re.compile(f"(?:({self._plan})({_SEPARATOR}))?({self._last})")
        words = {*plans, *shorts, *self._plain, *self._names, *(stem for near in self._near.values() for stem in near)}
        self._any = re.compile(_either(words), re.IGNORECASE)
        self._any_bytes = re.compile(b"|".join(re.escape(word.encode()) for word in sorted(words)), re.IGNORECASE)
        self._patterns: dict[tuple[str, bool, bool], re.Pattern[str]] = {}

    def any(self, data: bytes) -> bool:
        """True where a text may mention one of them."""
        return self._any_bytes.search(data) is not None

    def replaced(self, path: str, data: bytes, known: bytes | None) -> bytes:
        """A text with new ids: file names everywhere, ids in lines that ``known`` does not have."""
        # Bytes that are no UTF-8 come back as they were.
        lines = data.decode("utf-8", "surrogateescape").split("\n")
        fresh = fresh_lines(lines, known.decode("utf-8", "surrogateescape").split("\n") if known is not None else [])
        inside = [folder for folder in {**self._near, **self._short} if path.startswith(folder + "/")]
        folder = max(inside, key=len, default="")
        result = [
            self._line(line, _Spot(path, at, folder, at - 1 in fresh)) if self._any.search(line) else line
            for at, line in enumerate(lines, 1)
        ]
        return "\n".join(result).encode("utf-8", "surrogateescape")

    def _line(self, line: str, spot: _Spot) -> str:
        parts: list[str] = []
        end = 0
        for link in _LINK.finditer(line):
            parts.append(self._plainly(line[end : link.start()], spot))
            target = self._linked(link[2], spot)
            text = self._plainly(link[1], spot._replace(link=target))
            parts.append(f"[{text}]({self._plainly(link[2], spot)})")
            end = link.end()
        return "".join(parts) + self._plainly(line[end:], spot)

    def _linked(self, target: str, spot: _Spot) -> Holder | None:
        """The document that a link names, where it is one of them."""
        found = self._pattern(spot.folder, False, False).search(target)
        return self._one(self._called(found[0], spot), spot, "") if found is not None and found[0] else None

    def _plainly(self, text: str, spot: _Spot) -> str:
        if not text or not self._any.search(text):
            return text
        ids = spot.fresh or spot.link is not None
        pattern = self._pattern(spot.folder, ids, ids and (bool(spot.folder) or spot.link is not None))
        return pattern.sub(lambda found: self._follow(found, spot), text)

    def _pattern(self, folder: str, ids: bool, short: bool) -> re.Pattern[str]:
        key = (folder, ids, short)
        if key not in self._patterns:
            stems = {*self._names, *self._near.get(folder, {})}
            choices = [rf"{_BEFORE}(?P<name>{_either(stems)}){_AFTER_NAME}"]
            if ids and self._short:
                plan = f"{self._plan}{_SEPARATOR}"
                first = f"{_BEFORE}{plan}{self._last}" + (f"|{_BEFORE_SHORT}{self._last}" if short else "")
                choices.append(f"(?P<run>(?:{first})(?:{_JOIN}(?:{plan})?{self._last})*{_AFTER})")
            if ids and self._plain:
                choices.append(rf"{_BEFORE}(?P<plain>(?i:{_either(self._plain)})){_AFTER}")
            self._patterns[key] = re.compile("|".join(choices))
        return self._patterns[key]

    def _called(self, stem: str, spot: _Spot) -> list[Holder]:
        return self._names.get(stem) or self._near.get(spot.folder, {}).get(stem, [])

    def _follow(self, found: re.Match[str], spot: _Spot) -> str:
        text = found[0]
        kind = found.lastgroup
        if kind == "name":
            one = self._one(self._called(text, spot), spot, text)
            return _stem(one.target) if one is not None else text
        if kind == "plain":
            linked = spot.link is not None and id_key(spot.link.old) == id_key(text)
            holders = [spot.link] if linked and spot.link is not None else self._ids.get(id_key(text), [])
            one = self._one(holders, spot, text) if linked or spot.fresh else None
            return _cased(one.new, text) if one is not None else text
        plan = ""

        def token(part: re.Match[str]) -> str:
            nonlocal plan
            plan = part[1] or plan
            return self._token_of(part, plan, spot)

        return self._token.sub(token, text)

    def _token_of(self, part: re.Match[str], plan: str, spot: _Spot) -> str:
        """One id of a run: with its plan's, or with that of the one before it, or the plan of the file it is in."""
        text, short = part[0], part[3]
        if plan:
            holders = self._ids.get(id_key(f"{plan}/{short}"), [])
        else:
            holders = self._short.get(spot.folder, {}).get(short, []) if spot.fresh else []
        if spot.link is not None and id_key(spot.link.old.rpartition("/")[2]) == id_key(short):
            if not plan or spot.link in holders:
                holders = [spot.link]
        elif not spot.fresh:
            return text
        if not holders and part[1]:
            one = self._one(self._ids.get(id_key(part[1]), []), spot, text)
            return _cased(one.new, part[1]) + text[len(part[1]) :] if one is not None else text
        one = self._one(holders, spot, text)
        if one is None:
            return text
        before, _, new = one.new.rpartition("/")
        return (_cased(before, part[1]) + part[2] if part[1] else "") + _cased(new, short)

    def _one(self, holders: Sequence[Holder], spot: _Spot, text: str) -> Holder | None:
        """The one that is meant. None where there is none, or no telling; that is told."""
        if len({holder.path for holder in holders}) < 2:
            return holders[0] if holders else None
        meant = set(self._meant(spot.path, spot.line, [holder.path for holder in holders]))
        own = [holder for holder in holders if holder.path in meant and holder.ours]
        if len(own) == 1:
            return own[0]
        if text and any(holder.new != holder.old for holder in holders):
            self.left[f"{spot.path}:{spot.line}: {text}"] = None
        return None


def fresh_lines(lines: list[str], before: list[str]) -> set[int]:
    """The places, from 0, of lines that a text does not have already. In time that grows with the lines alone."""
    start = 0
    while start < min(len(lines), len(before)) and lines[start] == before[start]:
        start += 1
    end = 0
    while end < min(len(lines), len(before)) - start and lines[-1 - end] == before[-1 - end]:
        end += 1
    known = Counter(before[start : len(before) - end])
    found: set[int] = set()
    for at in range(start, len(lines) - end):
        if known[lines[at]] > 0:
            known[lines[at]] -= 1
        else:
            found.add(at)
    return found


def _cased(new: str, like: str) -> str:
    return new.lower() if like.islower() else new


def _either(words: Iterable[str]) -> str:
    # One that never matches, where there is none.
    return "|".join(re.escape(word) for word in sorted(words, key=lambda w: (-len(w), w))) or "(?!)"


def _stem(path: str) -> str:
    return path.rpartition("/")[2].rpartition(".")[0] or path.rpartition("/")[2]


__all__ = ["Holder", "Mentions", "fresh_lines"]
