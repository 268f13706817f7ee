"""The files that go with the pages: style sheet and script, and what programs read.

The style sheet and the script are kept in pieces, a piece for each thing that they are about, and served as one file
each: a browser asks once, and nothing has to be loaded before anything else.
"""

from __future__ import annotations

from functools import lru_cache
from importlib.resources import files
from typing import TYPE_CHECKING

from milestones.site import feeds
from milestones.site.data import milestones_json

if TYPE_CHECKING:
    from collections.abc import Iterable

    from milestones.site.context import Context
    from milestones.site.pages import Page

#: Where the style sheet and the script lie below the folder of the pages.
STYLESHEET = "assets/milestones.css"
SCRIPT = "assets/milestones.js"

#: The pieces of the style sheet, what later ones build on first.
_STYLES = (
    "colours",
    "base",
    "tables",
    "pages",
    "graph",
    "timeline",
    "history",
    "filters",
    "board",
    "health",
    "embeds",
    "media",
    "standalone",
)
#: The pieces of the script, which share one scope; the last one sets the others to work.
_SCRIPTS = (
    "elements",
    "address",
    "milestones",
    "timeline",
    "board",
    "table",
    "download",
    "roadmap",
    "layered",
    "network",
    "boxes",
    "explorer",
    "graph",
    "health",
    "start",
)


@lru_cache(maxsize=1)
def stylesheet() -> bytes:
    """The style sheet of all pages."""
    return _joined("styles", "css", _STYLES)


@lru_cache(maxsize=1)
def script() -> bytes:
    """The script of all pages."""
    return b'(() => {\n"use strict";\n' + _joined("scripts", "js", _SCRIPTS) + b"\n})();\n"


def _joined(folder: str, suffix: str, names: Iterable[str]) -> bytes:
    pieces = files("milestones.site").joinpath("assets", folder)
    return b"\n".join(pieces.joinpath(f"{name}.{suffix}").read_bytes() for name in names)


def accompanying(context: Context, pages: Iterable[Page]) -> dict[str, bytes]:
    """Every file that goes with some pages, by its name below the folder of the pages."""
    return {
        STYLESHEET: stylesheet(),
        SCRIPT: script(),
        "milestones.json": milestones_json(context.portfolio, pages, context.past).encode(),
        **feeds.files(context),
    }
