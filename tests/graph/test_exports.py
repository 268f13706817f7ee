"""Graphs for other programs: what hostile text can't break, and what each format promises."""

from __future__ import annotations

import json
import re
import subprocess
import xml.etree.ElementTree as ET
from shutil import which

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from milestones import schemas
from milestones.graph import exports
from milestones.graph.dependencies import Dependencies
from milestones.graph.exports import Drawing, TooLargeError
from milestones.model import Milestone, Status

HOSTILE = (
    '"]; evil["x" --> y',
    "<script>alert(1)</script>",
    "a\nb\r\nc\u2028d",
    "%%{init: {'theme':'dark'}}%%",
    "1. one",
    "- one",
    "`**bold**`",
    "#quot; &quot; &#34; #35;",
    "ends with \\",
    '\\" \\N \\G \\l',
    "]]> --> <!-- ?>",
    "\x00\x07\x1b[31m\x7f\udc80\ufffe",
    "end",
    "größer 日本語 👩‍💻",
    "",
)
TEXT = st.sampled_from(HOSTILE) | st.text(max_size=20)


def made(id_: str, title: str = "Title", status: Status = Status.PLANNED, on: tuple[str, ...] = ()) -> Milestone:
    return Milestone(id_, "EP-1", "1", title, status, status.value, False, "x.md", depends_on=on)


def drawn(of: list[Milestone], *, reduce: bool = True, title: str = "All") -> Drawing:
    return exports.drawing(title, Dependencies(of), of, reduce=reduce)


@st.composite
def drawings(draw: st.DrawFn) -> Drawing:
    ids = draw(st.lists(TEXT.filter(bool), max_size=6, unique=True))
    of = []
    for id_ in ids:
        on = draw(st.lists(st.sampled_from(ids), max_size=3))
        of.append(made(id_, draw(TEXT), draw(st.sampled_from(Status)), tuple(on))._replace(owner=draw(TEXT)))
    return drawn(of, reduce=draw(st.booleans()), title=draw(TEXT))


ALL_HOSTILE = drawn([made(f"m{n}", text, on=("m0",)) for n, text in enumerate(HOSTILE)], title=HOSTILE[0])


@given(drawings(), st.sampled_from(sorted(exports.TEXTS)))
def test_the_same_graph_gives_the_same_clean_text(graph: Drawing, format: str) -> None:
    text = exports.TEXTS[format](graph)
    assert text == exports.TEXTS[format](graph)
    assert all(c.isprintable() or c in "\u200c\u200d" for line in text.split("\n") for c in line)
    assert text.endswith("\n")
    text.encode()


# Mermaid

MERMAID_LINE = re.compile(
    r"""\ \ (?:
    n\d+\["(?:[^"#\\<>`%{}\[\];&|*_~$^@'()!+\x00-\x1f]|\#\d+;)*"\]:::st_\w+
    |n\d+\ (?:-->|==>)\ n\d+
    |classDef\ \w+\ [\w:#,-]+
    |class\ n\d+(?:,n\d+)*\ critical
    )""",
    re.VERBOSE,
)


@given(drawings())
@example(ALL_HOSTILE)
def test_mermaid_is_nothing_but_boxes_and_arrows(graph: Drawing) -> None:
    head, *lines = exports.mermaid(graph).rstrip("\n").split("\n")
    assert head == "flowchart LR"
    assert [line for line in lines if not MERMAID_LINE.fullmatch(line)] == []
    assert sum('["' in line for line in lines) == len(graph.vertices)
    assert sum("> n" in line for line in lines) == len(graph.edges)


def test_mermaid_labels_read_back() -> None:
    text = exports.mermaid(drawn([made("EP-1/MS001", 'Say "1.0" --> <b>#1</b>')]))
    label = re.search(r'\["(.*)"\]', text)
    assert label is not None
    assert re.sub(r"#(\d+);", lambda m: chr(int(m[1])), label[1]) == 'EP-1/MS001: Say "1.0" --> <b>#1</b>'
    assert "EP-1/MS001: Say " in text


def test_mermaid_markdown_lists_and_directives_are_no_such_thing() -> None:
    text = exports.mermaid(ALL_HOSTILE)
    assert "%%" not in text
    assert ": - " not in text
    assert "1. " not in text


def test_mermaid_says_what_is_too_much() -> None:
    first = [made(f"a{n}") for n in range(21)]
    many = drawn([*first, *(made(f"b{n}", on=tuple(m.id for m in first)) for n in range(24))])
    with pytest.raises(TooLargeError, match="500 edges at most, and this graph has 504") as error:
        exports.mermaid(many)
    assert "--format" in error.value.help
    assert exports.mermaid(many._replace(edges=many.edges[:500]))
    with pytest.raises(TooLargeError, match="50,000 characters at most"):
        exports.mermaid(drawn([made(str(n), "x" * 200) for n in range(300)]))
    # Each of these counts twice in JavaScript.
    exports.mermaid(drawn([made("a", "x" * 49_000)]))
    with pytest.raises(TooLargeError):
        exports.mermaid(drawn([made("a", "👩" * 49_000)]))


# DOT

TOKEN = re.compile(r'\s*(?:("(?:[^"\\]|\\.)*")|([A-Za-z_]\w*|-?[\d.]+)|(->|[\[\]{}=,;]))')


def tokens(text: str) -> list[str]:
    """What Graphviz's scanner makes of it: strings as they are between their quotes, with ``\\"`` for a quote."""
    found, at = [], 0
    text = text.rstrip()
    while at < len(text):
        match = TOKEN.match(text, at)
        assert match, text[at : at + 40]
        found.append(match[0].strip())
        at = match.end()
    return found


@given(drawings())
@example(ALL_HOSTILE)
def test_dot_is_nothing_but_boxes_and_arrows(graph: Drawing) -> None:
    words = tokens(exports.dot(graph))
    assert words[0] == "digraph"
    assert words[2] == "{"
    assert words[-1] == "}"
    assert words.count("{") == words.count("}") == 1
    assert words.count("->") == len(graph.edges)
    assert words.count("label") == len(graph.vertices)
    names = [words[at - 2] for at, word in enumerate(words) if word == "label"]
    assert len(set(names)) == len(graph.vertices)


@pytest.mark.skipif(which("dot") is None, reason="Graphviz is not installed")
def test_graphviz_reads_what_dot_writes() -> None:
    drawn = subprocess.run(
        ["dot", "-Tjson0"], input=exports.dot(ALL_HOSTILE), text=True, capture_output=True, check=True
    )
    assert drawn.stderr == ""
    graph = json.loads(drawn.stdout)
    assert len(graph["objects"]) == len(ALL_HOSTILE.vertices)
    assert len(graph["edges"]) == len(ALL_HOSTILE.edges)
    (first,) = (node for node in graph["objects"] if node["name"] == "m0")
    assert first["label"] == r"m0\n" + HOSTILE[0].replace('\\"', '"')


# GraphML

G = "{http://graphml.graphdrawing.org/xmlns}"
WRITTEN = {
    "string": str,
    "double": float,
    "int": int,
    "boolean": lambda text: {"true": True, "false": False}[text],
}


@given(drawings())
@example(ALL_HOSTILE)
def test_graphml_follows_its_schema(graph: Drawing) -> None:
    """What the schema of GraphML asks for: the order of elements, declared keys, names that are NMTOKENs."""
    root = ET.fromstring(exports.graphml(graph).encode())
    assert root.tag == f"{G}graphml"
    assert [child.tag for child in root] == [f"{G}desc", *[f"{G}key"] * 12, f"{G}graph"]
    keys = {key.get("id"): key for key in root.iter(f"{G}key")}
    assert len(keys) == 12
    assert root[-1].get("edgedefault") == "directed"
    names = [node.get("id") for node in root.iter(f"{G}node")]
    assert len(set(names)) == len(graph.vertices)
    assert all(re.fullmatch(r"n\d+", str(name)) for name in names)
    assert sum(1 for _ in root.iter(f"{G}edge")) == len(graph.edges)
    for element in (*root.iter(f"{G}node"), *root.iter(f"{G}edge")):
        for data in element:
            key = keys[data.get("key")]
            assert f"{G}{key.get('for')}" == element.tag
            WRITTEN[str(key.get("attr.type"))](data.text or "")
    for edge in root.iter(f"{G}edge"):
        assert {edge.get("source"), edge.get("target")} <= set(names)


def test_graphml_keeps_text() -> None:
    root = ET.fromstring(exports.graphml(drawn([made("a", "]]> <b> & \"'")])).encode())
    assert [data.text for data in root.iter(f"{G}data") if data.get("key") == "node-title"] == ["]]> <b> & \"'"]


# JSON and SVG


@given(drawings())
def test_data_is_as_documented(graph: Drawing) -> None:
    data = json.loads(json.dumps(exports.as_data(graph)))
    assert schemas.explain(data, schemas.load("graph")) == []
    assert [node["id"] for node in data["nodes"]] == [vertex.milestone.id for vertex in graph.vertices]


@given(drawings())
@example(ALL_HOSTILE)
def test_svg_is_a_picture_and_nothing_else(graph: Drawing) -> None:
    root = ET.fromstring(exports.svg(graph).encode())
    tags = {element.tag.rpartition("}")[2] for element in root.iter()}
    assert tags <= {"svg", "title", "defs", "marker", "path", "rect", "g", "text"}
    assert not [name for element in root.iter() for name in element.attrib if name.startswith("on") or "href" in name]
    assert sum(1 for element in root.iter() if element.get("marker-end")) == len(graph.edges)


# What a part of a graph has


def test_a_part_keeps_what_leads_around_it_and_what_the_whole_says() -> None:
    of = [made("a"), made("b", on=("a",)), made("c", on=("a", "b")), made("d", on=("c",))]
    whole = Dependencies(of)
    part = exports.drawing("", whole, [of[0], of[2]], reduce=True)
    assert [edge[:2] for edge in part.edges] == [("a", "c")]
    assert [vertex[1:] for vertex in part.vertices] == [(True, 3, True), (False, 1, True)]
    assert [edge[:2] for edge in drawn(of).edges] == [("a", "b"), ("b", "c"), ("c", "d")]
    assert len(drawn(of, reduce=False).edges) == 4
