"""A dependency graph for other programs: Mermaid, DOT, GraphML, SVG, and data for JSON.

Everything that people wrote is hostile until it is escaped, and each format has its own way. What no format can hold,
such as control characters, is replaced. The same graph gives the same bytes.
"""

from __future__ import annotations

import itertools
import re
import unicodedata
from html import escape
from typing import TYPE_CHECKING, Any, NamedTuple

from milestones.graph.dependencies import Dependencies
from milestones.graph.layout import Node, lay_out
from milestones.model import Status

if TYPE_CHECKING:
    from collections.abc import Iterable

    from milestones.graph.layout import Box, Route
    from milestones.model import Milestone

__all__ = ["TEXTS", "Drawing", "TooLargeError", "Vertex", "as_data", "dot", "drawing", "graphml", "mermaid", "svg"]

#: What Mermaid draws unless it is configured otherwise; its own error says neither.
MOST_EDGES = 500
MOST_CHARACTERS = 50_000


class TooLargeError(ValueError):
    """A format can't hold a graph of this size; ``help`` says what to do instead."""

    def __init__(self, message: str, help: str) -> None:
        super().__init__(message)
        self.help = help


class Vertex(NamedTuple):
    """A milestone in a graph, and what the whole graph says of it."""

    milestone: Milestone
    ready: bool
    waiting: int
    critical: bool


class Edge(NamedTuple):
    """An arrow from a prerequisite to what waits for it."""

    before: str
    after: str
    critical: bool


class Drawing(NamedTuple):
    """A graph, or a part of one, ready to be written. Ids are unique."""

    title: str
    reduced: bool
    vertices: tuple[Vertex, ...]
    edges: tuple[Edge, ...]


def drawing(title: str, whole: Dependencies, milestones: Iterable[Milestone], *, reduce: bool) -> Drawing:
    """The part of a graph that has these milestones. ``whole`` says what is critical, ready and waited for.

    With ``reduce``, edges that other edges of this part imply are left out.
    """
    shown = {m.id: m for m in milestones}
    part = Dependencies(shown.values())
    ready = set(whole.ready())
    steps = set(itertools.pairwise(whole.critical_path()))
    return Drawing(
        title,
        reduce,
        tuple(Vertex(m, m.id in ready, *whole.impacts[m.id]) for m in shown.values()),
        tuple(Edge(a, b, (a, b) in steps) for a, b in (part.reduced() if reduce else part.edges)),
    )


def _visible(text: str) -> str:
    """One line that any format can hold: white space as spaces, what can't be printed as a replacement character.

    The two joiners stay: some scripts and emoji are spelt with them.
    """
    return "".join(c if c.isprintable() or c in "\u200c\u200d" else "\ufffd" for c in " ".join(text.split()))


def _names(graph: Drawing) -> dict[str, str]:
    """A name for each vertex that is a word in every format."""
    return {vertex.milestone.id: f"n{number}" for number, vertex in enumerate(graph.vertices, 1)}


#: The fill, the border and the letters of a box, by status. The letters stand out from the fill (4.5 to 1 or more).
_COLOURS = {
    Status.PLANNED: ("#ffffff", "#5b6470", "#1f2328"),
    Status.IN_PROGRESS: ("#dbeafe", "#1d4ed8", "#1e3a8a"),
    Status.BLOCKED: ("#fee2e2", "#b91c1c", "#7f1d1d"),
    Status.ON_HOLD: ("#fef3c7", "#b45309", "#713f12"),
    Status.COMPLETED: ("#dcfce7", "#15803d", "#14532d"),
    Status.CANCELLED: ("#e5e7eb", "#6b7280", "#374151"),
}


# Mermaid


def mermaid(graph: Drawing) -> str:
    """A flowchart. Raises TooLargeError for more than Mermaid draws."""
    if len(graph.edges) > MOST_EDGES:
        raise TooLargeError(
            f"Mermaid draws {MOST_EDGES} edges at most, and this graph has {len(graph.edges):,}", _ELSEWHERE
        )
    names = _names(graph)
    lines = ["flowchart LR"]
    for vertex in graph.vertices:
        m = vertex.milestone
        label = _mermaid_text(f"{m.id}: {m.title}")
        lines.append(f'  {names[m.id]}["{label}"]:::{_mermaid_class(m.status)}')
    for before, after, critical in graph.edges:
        lines.append(f"  {names[before]} {'==>' if critical else '-->'} {names[after]}")
    critical_ones = [names[vertex.milestone.id] for vertex in graph.vertices if vertex.critical]
    for status in dict.fromkeys(vertex.milestone.status for vertex in graph.vertices):
        fill, border, letters = _COLOURS[status]
        lines.append(f"  classDef {_mermaid_class(status)} fill:{fill},stroke:{border},color:{letters}")
    if critical_ones:
        lines.append("  classDef critical stroke-width:3px")
        lines.append(f"  class {','.join(critical_ones)} critical")
    text = "\n".join(lines) + "\n"
    length = len(text.encode("utf-16-le")) // 2  # as JavaScript counts
    if length > MOST_CHARACTERS:
        raise TooLargeError(
            f"Mermaid reads {MOST_CHARACTERS:,} characters at most, and this graph takes {length:,}", _ELSEWHERE
        )
    return text


_ELSEWHERE = "take a part of it with --plan or --around, or another format: --format svg, or --format dot for Graphviz"


def _mermaid_class(status: Status) -> str:
    return "st_" + status.value  # some bare words mean something to Mermaid


#: What may mean something to Mermaid, or to the Markdown inside its labels. A hyphen or point inside a word does not.
_MERMAID_SPECIAL = re.compile(r"(?:(?<![A-Za-z0-9])[-.]|[-.](?![A-Za-z0-9])|[\x21-\x2b;<>@\[-`{-\x7f])")


def _mermaid_text(text: str) -> str:
    """Text for a quoted label, with each sign that could mean something as the number of the character.

    Mermaid looks for directives, entities, HTML and Markdown inside labels too.
    """
    return _MERMAID_SPECIAL.sub(lambda found: f"#{ord(found[0])};", _visible(text))


# DOT


def dot(graph: Drawing) -> str:
    """A directed graph for Graphviz, from left to right."""
    lines = [
        f"digraph {_dot_name(graph.title)} {{",
        "  graph [rankdir=LR];",
        '  node [shape=box, style="rounded,filled", fontname="sans-serif"];',
    ]
    for vertex in graph.vertices:
        m = vertex.milestone
        fill, border, letters = _COLOURS[m.status]
        wide = ", penwidth=3" if vertex.critical else ""
        label = f"{_dot_text(m.id)}\\n{_dot_text(m.title)}"
        lines.append(
            f'  {_dot_name(m.id)} [label="{label}", fillcolor="{fill}", color="{border}", fontcolor="{letters}"{wide}];'
        )
    for before, after, critical in graph.edges:
        lines.append(f"  {_dot_name(before)} -> {_dot_name(after)}{' [penwidth=3]' if critical else ''};")
    return "\n".join([*lines, "}"]) + "\n"


def _dot_name(text: str) -> str:
    """A name in quotes. Only a quote is escaped there; a backslash is doubled so that none stands before the end."""
    shown = "".join(c if c.isprintable() else f"\\u{ord(c):x};" for c in text)
    return '"' + shown.replace("\\", "\\\\").replace('"', '\\"') + '"'


def _dot_text(text: str) -> str:
    """Text for a label, where Graphviz also reads entities, and a backslash before a letter."""
    return _visible(text).replace("&", "&amp;").replace("\\", "\\\\").replace('"', '\\"')


# GraphML

#: Each value's name, its type, and whether it is of a node.
_KEYS = (
    ("id", "string", "node"),
    ("title", "string", "node"),
    ("plan", "string", "node"),
    ("status", "string", "node"),
    ("owner", "string", "node"),
    ("start", "string", "node"),
    ("due", "string", "node"),
    ("progress", "double", "node"),
    ("ready", "boolean", "node"),
    ("waiting", "int", "node"),
    ("critical", "boolean", "node"),
    ("critical", "boolean", "edge"),
)


def graphml(graph: Drawing) -> str:
    """GraphML 1.0, every key declared."""
    names = _names(graph)
    lines = [
        '<?xml version="1.0" encoding="UTF-8"?>',
        '<graphml xmlns="http://graphml.graphdrawing.org/xmlns" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"'
        ' xsi:schemaLocation="http://graphml.graphdrawing.org/xmlns http://graphml.graphdrawing.org/xmlns/1.0/graphml.xsd">',
        f"  <desc>{_xml(graph.title)}</desc>",
        *(f'  <key id="{of}-{name}" for="{of}" attr.name="{name}" attr.type="{kind}"/>' for name, kind, of in _KEYS),
        '  <graph edgedefault="directed">',
    ]
    for vertex in graph.vertices:
        data = _data_of(vertex)
        lines.append(f'    <node id="{names[vertex.milestone.id]}">')
        for name, kind, of in _KEYS:
            if of == "node" and data[name] is not None:
                value = str(data[name]).lower() if kind == "boolean" else _xml(str(data[name]))
                lines.append(f'      <data key="node-{name}">{value}</data>')
        lines.append("    </node>")
    for before, after, critical in graph.edges:
        lines.append(f'    <edge source="{names[before]}" target="{names[after]}">')
        lines.append(f'      <data key="edge-critical">{str(critical).lower()}</data>')
        lines.append("    </edge>")
    return "\n".join([*lines, "  </graph>", "</graphml>"]) + "\n"


def _xml(text: str) -> str:
    return escape(_visible(text))


# JSON


def as_data(graph: Drawing) -> dict[str, Any]:
    """The graph as data, after ``schemas/graph.schema.json``."""
    return {
        "version": "1",
        "title": graph.title,
        "reduced": graph.reduced,
        "nodes": [_data_of(vertex) for vertex in graph.vertices],
        "edges": [{"before": edge.before, "after": edge.after, "critical": edge.critical} for edge in graph.edges],
    }


def _data_of(vertex: Vertex) -> dict[str, Any]:
    m = vertex.milestone
    return {
        "id": m.id,
        "plan": m.plan_id,
        "title": m.title,
        "status": m.status.value,
        "owner": m.owner,
        "start": m.start,
        "due": m.due,
        "progress": round(m.progress, 4),
        "ready": vertex.ready,
        "waiting": vertex.waiting,
        "critical": vertex.critical,
    }


# SVG

_WIDTH = 240.0
_HEIGHT = 48.0


def svg(graph: Drawing) -> str:
    """A picture that needs nothing else: no style sheet, no script, no font of its own."""
    layout = lay_out(
        [Node(vertex.milestone.id, _WIDTH, _HEIGHT, vertex.milestone.plan_id) for vertex in graph.vertices],
        [(edge.before, edge.after) for edge in graph.edges],
    )
    width, height = max(1, round(layout.width)), max(1, round(layout.height))
    lines = [
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" viewBox="0 0 {width} {height}"'
        ' role="img" font-family="system-ui, sans-serif" font-size="13">',
        f"<title>{_xml(graph.title)}</title>",
        '<defs><marker id="arrow" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="8" markerHeight="8"'
        ' orient="auto" markerUnits="userSpaceOnUse"><path d="M0 .5L8 4L0 7.5z" fill="#5b6470"/></marker></defs>',
        f'<rect width="{width}" height="{height}" fill="#ffffff"/>',
        '<g fill="none" stroke="#5b6470" stroke-width="1.3">',
        *(_svg_line(layout.routes[edge.before, edge.after], edge.critical) for edge in graph.edges),
        "</g>",
        *(_svg_box(vertex, layout.boxes[vertex.milestone.id]) for vertex in graph.vertices),
        "</svg>",
    ]
    return "\n".join(lines) + "\n"


def _svg_line(route: Route, critical: bool) -> str:
    path = f"M{_number(route[0][0])} {_number(route[0][1])}"
    for (x1, y1), (x2, y2) in itertools.pairwise(route):
        end = f"{_number(x2)} {_number(y2)}"
        middle = _number((x1 + x2) / 2)
        level = x1 == x2 or y1 == y2
        path += f"L{end}" if level else f"C{middle} {_number(y1)} {middle} {_number(y2)} {end}"
    wide = ' stroke-width="3"' if critical else ""
    return f'<path d="{path}" marker-end="url(#arrow)"{wide}/>'


def _svg_box(vertex: Vertex, box: Box) -> str:
    m = vertex.milestone
    fill, border, letters = _COLOURS[m.status]
    remarks = [f"{m.id}: {m.title}", m.status.label, "critical path" if vertex.critical else ""]
    return (
        f'<g transform="translate({_number(box.x)} {_number(box.y)})">'
        f"<title>{_xml(' · '.join(filter(None, remarks)))}</title>"
        f'<rect width="{_WIDTH:.0f}" height="{_HEIGHT:.0f}" rx="6" fill="{fill}" stroke="{border}"'
        f' stroke-width="{3 if vertex.critical else 1.3}"/>'
        f'<text x="10" y="19" font-size="11" fill="{letters}">{_xml(_cut(f"{m.id} · {m.status.label}", 34))}</text>'
        f'<text x="10" y="37" fill="{letters}">{_xml(_cut(m.title, 32))}</text></g>'
    )


def _number(value: float) -> str:
    return f"{value:.1f}".removesuffix(".0")


def _cut(text: str, room: int) -> str:
    """The text cut to a number of average letters; wide East Asian letters count twice."""
    shown = _visible(text)
    used = 0
    for at, letter in enumerate(shown):
        used += 2 if unicodedata.east_asian_width(letter) in "WF" else 1
        if used > room:
            return shown[: max(at - 1, 1)].rstrip() + "…"
    return shown


#: The formats that are text, by name.
TEXTS = {"mermaid": mermaid, "dot": dot, "graphml": graphml, "svg": svg}
