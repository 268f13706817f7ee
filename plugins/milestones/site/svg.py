"""Dependency graphs as SVG.

Everything is drawn with attributes and classes, so that a strict Content-Security-Policy has nothing to
refuse, and links are ``xlink:href``, because Material's instant navigation stumbles over a plain ``href`` in
SVG.
"""

from __future__ import annotations

import hashlib
import itertools
import unicodedata
from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple

from milestones.graph.layout import Node, lay_out
from milestones.model import Status
from milestones.site.language import _, current
from milestones.site.parts import LETTER, Html, frame, join, label

if TYPE_CHECKING:
    from collections.abc import Iterable, MutableMapping, Sequence

    from milestones.graph.layout import Layout

#: Above this many boxes a picture explains nothing any more.
MOST_BOXES = 150

BOX_WIDTH = 208.0
BOX_HEIGHT = 56.0
_MARGIN = 4.0  # the layout has a margin of its own


class Box(NamedTuple):
    """A box of a picture: what it says, where it leads, and how it stands out.

    ``strip`` numbers the group that the coloured strip shows (0 to 7), ``held`` dashes the border,
    ``critical`` doubles it, and ``focus`` marks the one that the picture is about.
    """

    key: str
    name: str
    title: str
    status: Status
    group: str
    note: str
    url: str | None
    strip: int | None = None
    held: bool = False
    critical: bool = False
    focus: bool = False


class Edge(NamedTuple):
    """An arrow from a prerequisite to what waits for it; ``held`` while the prerequisite is not done."""

    before: str
    after: str
    held: bool = False
    critical: bool = False


_SVG = Html(
    '<svg class="mst-graph" xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink"'
    ' width="{width}" height="{height}" viewBox="0 0 {width} {height}" role="group" aria-label="{label}">'
    "<defs>{markers}</defs>{edges}{boxes}</svg>"
)
_MARKER = Html(
    '<marker id="{id}" class="{css}" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="8" markerHeight="8"'
    ' orient="auto" markerUnits="userSpaceOnUse"><path d="M0 0.5L8 4L0 7.5z"/></marker>'
)


def picture(
    boxes: Sequence[Box], edges: Iterable[Edge], label: str, uid: str, kept: MutableMapping[str, str] | None = None
) -> Html:
    """A graph in a frame that scrolls. ``uid`` sets its marker ids apart from those of other pictures.

    A picture follows from its arguments alone, so one that ``kept`` holds from an earlier build is the same.
    """
    wanted = list(edges)
    if kept is None:
        return _drawn(boxes, wanted, label, uid)
    key = hashlib.sha256(repr((current(), boxes, wanted, label, uid)).encode("utf-8", "surrogateescape")).hexdigest()
    if key not in kept:
        kept[key] = str(_drawn(boxes, wanted, label, uid))
    return Html(kept[key])


def _drawn(boxes: Sequence[Box], wanted: Sequence[Edge], label: str, uid: str) -> Html:
    layout = _laid_out(boxes, wanted)
    width, height = round(layout.width + 2 * _MARGIN), round(layout.height + 2 * _MARGIN)
    drawing = _SVG.format(
        width=width,
        height=height,
        label=label,
        markers=_MARKER.format(id=f"{uid}-arrow", css="mst-arrow")
        + _MARKER.format(id=f"{uid}-critical", css="mst-arrow mst-arrow-critical"),
        # Critical ones last, so that they lie on top.
        edges=join(_edge(edge, layout, uid) for edge in sorted(wanted, key=lambda edge: edge.critical)),
        boxes=join(_box(box, layout) for box in boxes),
    )
    return frame(label, drawing, "mst-picture")


def _laid_out(boxes: Sequence[Box], edges: Sequence[Edge]) -> Layout:
    """Where everything goes. Graphs of one shape are laid out once: most milestones stand in a short chain."""
    at = {box.key: f"{number:05}" for number, box in enumerate(boxes)}
    groups = {group: str(number) for number, group in enumerate(dict.fromkeys(box.group for box in boxes))}
    steps = tuple((at[e.before], at[e.after]) for e in edges if e.before in at and e.after in at)
    shape = _shape(tuple(groups[box.group] for box in boxes), steps)
    key_of = {number: key for key, number in at.items()}
    return shape._replace(
        boxes={key_of[number]: box for number, box in shape.boxes.items()},
        routes={(key_of[a], key_of[b]): route for (a, b), route in shape.routes.items()},
    )


@lru_cache(maxsize=512)
def _shape(groups: tuple[str, ...], edges: tuple[tuple[str, str], ...]) -> Layout:
    nodes = [Node(f"{number:05}", BOX_WIDTH, BOX_HEIGHT, group) for number, group in enumerate(groups)]
    return lay_out(nodes, edges)


def _number(value: float) -> str:
    return f"{value:.1f}".removesuffix(".0")


def _edge(edge: Edge, layout: Layout, uid: str) -> Html:
    points = layout.routes.get((edge.before, edge.after))
    if not points:
        return Html("")
    path = _smooth([(x + _MARGIN, y + _MARGIN) for x, y in points])
    css = "mst-edge" + (" mst-held" if edge.held else "") + (" mst-critical" if edge.critical else "")
    arrow = f"{uid}-critical" if edge.critical else f"{uid}-arrow"
    marker = Html(' marker-end="url(#{})"').format(arrow)
    core = Html('<path class="mst-edge-core" d="{}"{}/>').format(path, marker) if edge.critical else ""
    return Html('<g class="{}" data-a="{}" data-b="{}"><path d="{}"{}/>{}</g>').format(
        css, edge.before, edge.after, path, "" if edge.critical else marker, core
    )


def _smooth(points: Sequence[tuple[float, float]]) -> str:
    """A path through the points that leaves and arrives level, as the graph runs from left to right."""
    pieces = [f"M{_number(points[0][0])} {_number(points[0][1])}"]
    for (x1, y1), (x2, y2) in itertools.pairwise(points):
        if x1 == x2 or y1 == y2:
            pieces.append(f"L{_number(x2)} {_number(y2)}")
        else:
            middle = _number((x1 + x2) / 2)
            pieces.append(f"C{middle} {_number(y1)} {middle} {_number(y2)} {_number(x2)} {_number(y2)}")
    return "".join(pieces)


_BOX = Html('<g class="mst-box ms-{}{}" data-k="{}" transform="translate({} {})">{}</g>')
_CONTENT = Html(
    "{open}<title>{tip}</title>"
    f'<rect class="mst-box-edge" width="{BOX_WIDTH:.0f}" height="{BOX_HEIGHT:.0f}" rx="7"/>'
    '{inner}{strip}{icon}<text class="mst-box-name" x="{right_of_icon}" y="23">{name}</text>'
    f'<text class="mst-box-note" x="{BOX_WIDTH - 12:.0f}" y="23" text-anchor="end">{{note}}</text>'
    '<text class="mst-box-title" x="{left}" y="43">{title}</text>{close}'
)
_INNER = Html(
    f'<rect class="mst-box-inner" x="3" y="3" width="{BOX_WIDTH - 6:.0f}" height="{BOX_HEIGHT - 6:.0f}" rx="4.5"/>'
)
_STRIP = Html(f'<rect class="mst-strip mst-hue-{{}}" x="7" y="10" width="4" height="{BOX_HEIGHT - 20:.0f}" rx="2"/>')


def _box(box: Box, layout: Layout) -> Html:
    place = layout.boxes[box.key]
    css = " mst-held" * box.held + " mst-critical" * box.critical + " mst-focus" * box.focus
    x, y = _number(place.x + _MARGIN), _number(place.y + _MARGIN)
    return _BOX.format(
        LETTER[box.status], css, box.key, x, y, _content(box._replace(focus=False, held=False), current())
    )


@lru_cache(maxsize=4096)
def _content(box: Box, _language: str) -> Html:
    """What stands in a box. A milestone is in the pictures of all its neighbours, in one language."""
    remarks = [f"{box.name} {box.title}", label(box.status)]
    if box.note != label(box.status):
        remarks.append(box.note)
    if box.critical:
        remarks.append(_("Critical path"))
    left = 12 if box.strip is None else 18
    return _CONTENT.format(
        open=Html('<a xlink:href="{}">').format(box.url) if box.url else Html("<g>"),
        tip=" · ".join(filter(None, remarks)),
        inner=_INNER if box.critical else "",
        strip="" if box.strip is None else _STRIP.format(box.strip),
        icon=status_icon(box.status, left + 7, 19),
        left=left,
        right_of_icon=left + 20,
        # A long word for a status takes its room from the name.
        name=shorten(box.name, min(16, 28 - len(box.note))),
        note=shorten(box.note, 14),
        title=shorten(box.title, 28),
        close=Html("</a>") if box.url else Html("</g>"),
    )


#: A status's symbol around (0, 0), six units in radius: the same shapes that the style sheet draws beside
#: text.
_SHAPES = {
    Status.PLANNED: '<circle class="o" r="5.25"/>',
    Status.IN_PROGRESS: '<circle class="o" r="5.25"/><path class="f" d="M0 -5A5 5 0 0 1 0 5z"/>',
    Status.BLOCKED: '<circle class="f" r="6"/><rect class="k" x="-3.5" y="-1.1" width="7" height="2.2"/>',
    Status.ON_HOLD: (
        '<circle class="o" r="5.25"/><path class="f" d="M-2.4 -2.6h1.7v5.2h-1.7zM.7 -2.6h1.7v5.2h-1.7z"/>'
    ),
    Status.COMPLETED: '<circle class="f" r="6"/><path class="t" d="M-2.8 .2L-.8 2.2L2.9 -2"/>',
    Status.CANCELLED: '<circle class="f" r="6"/><path class="t" d="M-2.1 -2.1L2.1 2.1M2.1 -2.1L-2.1 2.1"/>',
}


@lru_cache(maxsize=256)
def status_icon(status: Status, x: float, y: float) -> Html:
    """A status's symbol, centred on a point of a drawing."""
    return Html('<g class="mst-mark ms-{}" transform="translate({} {})">{}</g>').format(
        LETTER[status], _number(x), _number(y), Html(_SHAPES[status])
    )


def shorten(text: str, room: int) -> str:
    """The text cut to a number of average letters; wide East Asian letters count twice."""
    if len(text) <= room and text.isascii():
        return text
    used = 0
    for at, letter in enumerate(text):
        used += 2 if unicodedata.east_asian_width(letter) in "WF" else 1
        if used > room:
            return text[: max(at - 1, 1)].rstrip() + "…"
    return text
