"""Who mentions whom: the documents whose text names a plan or a milestone by its id, or links to it.

One pass over every document: its words that can be ids are looked up, and its links are followed to documents. What a
document says of itself, and of what lies next to it in the order of things, is no news and is left out.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from milestones.model import Plan
from milestones.rules.references import candidates, is_remote

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from milestones.model import Milestone
    from milestones.site.context import Context

#: What is mentioned: ``milestone`` or ``plan``, and its id.
Key = tuple[str, str]

#: More beginnings of ids than this, and every word is looked up.
_MOST_BEGINNINGS = 24
_WORD = r"[\w./-]*"
_ANY = re.compile(r"[^\W_]" + _WORD)
#: Letters and a digit: what has only one of them is a word or a number to most readers.
_TELLING = re.compile(r"(?=[^\d]*\d)(?=.*[^\W\d_])")


def mentions(context: Context) -> dict[Key, list[Milestone | Plan]]:
    """By plan and milestone, what mentions it, in the order in which pages are shown."""
    return _Mentions(context).found


class _Mentions:
    def __init__(self, context: Context) -> None:
        self.context = context
        self.ids: dict[str, Key] = {}
        self.short: dict[str, dict[str, Key]] = {}
        for plan in context.plans:
            self._name(self.ids, plan.id, ("plan", plan.id))
        for m in context.milestones:
            self._name(self.ids, m.id, ("milestone", m.id))
            self._name(self.short.setdefault(m.plan_id, {}), context.name(m), ("milestone", m.id))
        #: The one thing that a document is the whole of.
        self.of_path: dict[str, Key] = {}
        for item in self._items():
            for part in item.parts:
                if not part.end:
                    self.of_path.setdefault(part.path, key(item))
        self._pattern, self._beginnings = self._finder()
        self.found: dict[Key, list[Milestone | Plan]] = {}
        for item in self._items():
            own = key(item)
            near: set[Key] | None = None
            for named in dict.fromkeys(self._named(item, self.short.get(_plan_id(item), {}))):
                if named == own:
                    continue
                near = self._near(item) if near is None else near
                if named not in near:
                    self.found.setdefault(named, []).append(item)

    def _items(self) -> Iterator[Milestone | Plan]:
        for plan in self.context.plans:
            yield plan
            yield from self.context.members[plan.id] if self.context.plan_by_id[plan.id] is plan else ()

    @staticmethod
    def _name(names: dict[str, Key], name: str, meant: Key) -> None:
        if _TELLING.match(name):
            names.setdefault(name, meant)

    def _finder(self) -> tuple[re.Pattern[str], tuple[str, ...]]:
        """What finds words that may be ids, and the beginnings that all of those have; none where they are many."""
        names = [*self.ids, *(name for short in self.short.values() for name in short)]
        beginnings = sorted({re.split(r"\d", name, maxsplit=1)[0] for name in names}, key=lambda b: (-len(b), b))
        if "" in beginnings or len(beginnings) > _MOST_BEGINNINGS:
            return _ANY, ()
        # What stands before a word is looked at last: the search goes by the first letter then.
        starts = "|".join(rf"{begin}(?<![\w/.-]{begin})" for begin in map(re.escape, beginnings))
        return re.compile(rf"(?:{starts})\d{_WORD}"), tuple(beginnings)

    def _named(self, item: Milestone | Plan, short: dict[str, Key]) -> Iterator[Key]:
        """What a plan's or milestone's own documents name, and where their links lead."""
        portfolio = self.context.portfolio
        for part in item.parts:
            # Of a document that speaks of many, only the lines that are its own count as its words.
            text = portfolio.text(part) if part.end else portfolio.whole_text(part.path)
            if not self._beginnings or any(begin in text for begin in self._beginnings):
                for word in dict.fromkeys(self._pattern.findall(text)):
                    yield from self._meant(word, short)
            if not part.end and "](" in text:
                for target in portfolio.targets(part.path):
                    yield from self._linked(part.path, target)

    def _meant(self, word: str, short: dict[str, Key]) -> Iterator[Key]:
        while word:
            meant = self.ids.get(word) or short.get(word)
            if meant is not None:
                yield meant
                return
            # What ends a sentence is no part of an id.
            if word[-1] not in "./-_":
                return
            word = word[:-1]

    def _linked(self, source: str, target: str) -> Iterator[Key]:
        bare = target.partition("#")[0]
        if bare.endswith(".md") and not is_remote(target):
            for path in candidates(source, bare):
                if path in self.of_path:
                    yield self.of_path[path]
                    return

    def _near(self, item: Milestone | Plan) -> set[Key]:
        """What an item's page shows beside its text: that its document names these says nothing new."""
        portfolio, (kind, id_) = self.context.portfolio, key(item)
        is_plan = isinstance(item, Plan)
        graph = portfolio.plan_graph if is_plan else portfolio.graph
        parents = portfolio.plan_parents if is_plan else portfolio.parents
        inner: Iterable[Milestone | Plan] = (portfolio.subplans if is_plan else portfolio.subtasks).get(id_, ())
        around = [*item.depends_on, *graph.waits_for.get(id_, ()), *graph.blocks.get(id_, ()), parents.get(id_, "")]
        near = {(kind, one) for one in (*around, *(other.id for other in inner))}
        near |= {key(m) for m in self.context.members[id_]} if is_plan else {("plan", _plan_id(item))}
        return near


def _plan_id(item: Milestone | Plan) -> str:
    return item.id if isinstance(item, Plan) else item.plan_id


def key(item: Milestone | Plan) -> Key:
    """What a plan or milestone is called among what is mentioned."""
    return ("plan" if isinstance(item, Plan) else "milestone"), item.id


__all__ = ["Key", "key", "mentions"]
