"""Headings of generated sections are named after their slots: links to them hold in every language of the pages."""

from __future__ import annotations

import itertools
import re
from typing import TYPE_CHECKING

from markdown.extensions import Extension
from markdown.treeprocessors import Treeprocessor

if TYPE_CHECKING:
    import xml.etree.ElementTree as etree

    import markdown

_SLOT = re.compile(r"\s*\{\{slot:([a-z0-9-]+)\}\}\s*")
_HEADINGS = frozenset(("h1", "h2", "h3", "h4", "h5", "h6"))


class SlotAnchors(Extension):
    """Gives the heading above a slot the slot's name as its id, unless the author's own text has a claim to it."""

    def extendMarkdown(self, md: markdown.Markdown) -> None:
        """Called by Python-Markdown."""
        # After attribute lists (8) have set ids, and before the table of contents (5) gives them to all others.
        md.treeprocessors.register(_Processor(md), "milestones-anchors", 7)


class _Processor(Treeprocessor):
    def run(self, root: etree.Element) -> None:
        ours: list[tuple[etree.Element, str]] = []
        for heading, after in itertools.pairwise(root):
            slot = _SLOT.fullmatch(after.text or "") if after.tag == "p" and not len(after) else None
            # The title of the page is above a slot as well.
            if slot and heading.tag in _HEADINGS and heading.tag != "h1":
                ours.append((heading, slot[1]))
        headings = {id(heading) for heading, _ in ours}
        taken = {element.get("id") for element in root.iter()}
        taken |= {_slug(e) for e in root.iter() if e.tag in _HEADINGS and id(e) not in headings}
        for heading, name in ours:
            if name not in taken:
                heading.set("id", name)


def _slug(heading: etree.Element) -> str:
    return re.sub(r"\W+", "-", "".join(heading.itertext()).casefold()).strip("-")


__all__ = ["SlotAnchors"]
