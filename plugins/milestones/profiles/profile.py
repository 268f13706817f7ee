"""A convention: what a path says of the document that lies there, which paths are its own, where finished work goes."""

from __future__ import annotations

import os
import re
from functools import cached_property
from typing import TYPE_CHECKING, Any

from milestones.model import Status
from milestones.profiles.kinds import Field, Located
from milestones.profiles.parsing import Tables

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from milestones.profiles.kinds import Kind

#: What describes work is looked for first: a note's place may be wide.
_SEARCH = ("milestone", "plan", "note")


class ProfileError(Exception):
    """A profile that does not exist, or that its file describes wrongly."""


class Profile:
    """A convention. ``root`` is relative to the repository, with ``/``."""

    def __init__(self, data: Mapping[str, Any], file: str, root: str | None = None) -> None:
        self.name: str = data["name"]
        self.title: str = data["title"]
        self.description: str = data.get("description", "").strip()
        self.root: str = (root if root is not None else data["root"]).strip("/")
        self.file = file
        self.folder = os.path.dirname(file)
        self.data = data
        self.loose_ids: bool = data.get("loose_ids", False)
        #: The name of the file, in a plan's folder, that lists the ids it has given out.
        self.ledger: str = data.get("ledger", "ids.txt")
        if not re.fullmatch(r"[^/\\\0]+", self.ledger) or self.ledger in (".", ".."):
            raise ValueError(f"ledger is {self.ledger!r}, and should be a file's name")
        #: What a plan is called that no document describes and nothing names.
        self.plan_title: str = data.get("plan_title", "")
        self.fields = {name: Field(**entry) for name, entry in data["fields"].items()}
        for name, field in self.fields.items():
            if not all(type(number) is int for number in (field.width, field.first, field.last, field.longest)):
                raise TypeError(f"fields.{name}: width, first, last and longest are whole numbers")
        self.strict = {name: re.compile(field.pattern) for name, field in self.fields.items()}
        self.ignore = tuple(re.compile(pattern) for pattern in data.get("ignore", ()))
        self.near_roots = tuple(re.compile(pattern, re.IGNORECASE) for pattern in data.get("near_roots", ()))
        #: What a document says that shows the convention in use, where its folder alone does not.
        self.evidence = re.compile(data["evidence"]) if "evidence" in data else None
        self.severity: Mapping[str, str] = data.get("severity", {})
        tables = Tables(self.root, self.folder, self.fields)
        self.configuration = tables.configuration(data.get("configuration"))
        self.registry = tables.registry(data.get("registry"))
        self.kinds = tables.kinds(data["kinds"])
        self._ordered = sorted(self.kinds.values(), key=lambda kind: _SEARCH.index(kind.model))
        #: The field of paths that holds a folder in which all ids count from the start, if the convention has such.
        self.space: str = data.get("space", "")
        if self.space and self.space not in self.fields:
            raise ValueError(f"space is {self.space!r}, and there is no such field")
        #: Fields that nothing said: where the convention says them once for all.
        self.defaults = tables.defaults(data.get("defaults", {}))
        self.counts = tables.counts(data.get("counts", ()))
        #: True where each document is one plan or milestone and says of itself all there is to say.
        self.plain = not any(
            kind.model == "note"
            or kind.records
            or kind.lines
            or kind.spellings
            or kind.attributes
            or kind.references
            or kind.needs
            or kind.needs_finished
            for kind in self.kinds.values()
        )
        #: True where documents speak of plans and milestones that have no document of their own.
        self.extracts = any(kind.records for kind in self.kinds.values())

    def made(self, model: str) -> Kind | None:
        """The kind that new documents of a model are, or None where the convention has no template for one."""
        return next((kind for kind in self.kinds.values() if kind.model == model and kind.template), None)

    def places_of(self, model: str) -> tuple[str, ...]:
        """The path templates of documents of a model, those of finished work aside."""
        kinds = [kind for kind in self.kinds.values() if kind.model == model]
        return tuple(p.template.text for kind in kinds for p in kind.places if not p.finished)

    def configure(self, words: Mapping[str, Sequence[str]], plan_title: str = "") -> None:
        """Take over what the repository's own settings say: the status words of each kind, and a title.

        A word that the profile does not know means what its place in the list says: the first is planned, the last
        completed, and what stands between them is in progress.
        """
        self.plan_title = plan_title or self.plan_title
        for name, listed in words.items():
            kind = self.kinds[name]
            known = dict(kind.statuses)
            for at, word in enumerate(listed):
                ends = {0: Status.PLANNED, len(listed) - 1: Status.COMPLETED}
                known.setdefault(word.casefold(), Status.PLANNED if at == 0 else ends.get(at, Status.IN_PROGRESS))
            self.kinds[name] = kind._replace(statuses=known, vocabulary=tuple(listed))
        self._ordered = [self.kinds[kind.name] for kind in self._ordered]

    def locate(self, path: str) -> Located | None:
        """What a path says, or None where it fits no place of any kind."""
        for exact in (True, False):
            for kind in self._ordered:
                for place in kind.places:
                    template = place.template
                    fields = template.read_exact(path) if exact else template.read(path)
                    if fields is not None and not (kind.model == "note" and self.ignored(path)):
                        fields = {**place.fields, **fields}
                        return Located(path, kind, place, fields, _head(path, place.depth), True, exact)
        for kind in self._ordered:
            for place in kind.places:
                fields = place.undated.read(path) if place.undated else None
                if fields is not None:
                    return Located(path, kind, place, fields, _head(path, place.depth), False, False)
        return None

    def resembles(self, path: str) -> Kind | None:
        """The kind that a path looks like without fitting, or None for a file of another sort."""
        if self.ignored(path):
            return None
        for kind in self._ordered:
            if any(pattern.search(path) for pattern in kind.resembles):
                return kind
        return None

    def ignored(self, path: str) -> bool:
        """True for files below the root that are not documents, such as a README."""
        return path.endswith("/" + self.ledger) or any(pattern.search(path) for pattern in self.ignore)

    def padded(self, fields: Mapping[str, str]) -> dict[str, str]:
        """Fields with the padding that ids have: the phase ``2.1`` is ``02.1`` where phases have two digits."""
        found = dict(fields)
        for name, text in fields.items():
            width = self.fields[name].width if name in self.fields else 0
            # As many digits as there should be is what nearly every path has.
            if width and not (len(text) == width and text.isdecimal()) and (number := re.match(r"0*([0-9]+)", text)):
                found[name] = number[1].zfill(width) + text[number.end() :]
        return found

    def template_text(self, kind: Kind) -> str:
        """The text that new documents of a kind start from."""
        with open(os.path.join(self.folder, kind.template), encoding="utf-8") as file:
            return file.read()

    @cached_property
    def all_places(self) -> list[tuple[str, str]]:
        """(kind, path template) of every place, for messages."""
        return [(kind.name, place.template.text) for kind in self.kinds.values() for place in kind.places]


def _head(path: str, depth: int) -> str:
    return "/".join(path.split("/")[:depth])
