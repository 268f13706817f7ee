"""The three commonest faults of front matter: told apart, pointed at, and mended only where that is proven safe."""

from __future__ import annotations

import subprocess
import sys
import time
from typing import Any

import pytest
import yaml
from hypothesis import assume, example, given, settings
from hypothesis import strategies as st

from milestones.documents import reader
from milestones.documents.characters import CONTROL
from milestones.documents.front_matter import MAX_FRONT_MATTER
from milestones.documents.mending import AFTER_QUOTE, COLON, RESERVED, mend, mend_all

BEHIND_QUOTE = "there is text after the closing quote, where the value ends for YAML"
INNER_COLON = "an unquoted `: ` inside a value, and YAML takes what stands before it for a key"
AT = "a value can't start with `@`, which YAML keeps for itself"
BACKTICK = "a value can't start with a backtick, which YAML keeps for itself"
PERCENT = "a value can't start with `%`, which YAML keeps for directives"
WHOLE = "quote the whole value"


def document(*lines: str) -> str:
    return "\n".join(["---", *lines, "---", "", "# Rotate signing secrets", ""])


def finding(text: str) -> tuple[Any, ...]:
    (found,) = reader.parse("x.md", text.encode()).findings
    assert found.code == "RD008"
    assert found.position is not None
    return (*found.position, found.message, found.help)


def fields(text: str) -> Any:
    read = reader.parse("x.md", text.encode())
    assert read.findings == []
    return read.fields


#: The faulty line between `before` and `status: planned`: line, columns and words of the finding, and the mended line.
CASES: dict[str, tuple[list[str], str, int, int, str, str]] = {
    "handle": ([], "owner: @mira", 8, 9, AT, 'owner: "@mira"'),
    "handle with a comment": ([], "owner: @mira # since May", 8, 9, AT, 'owner: "@mira" # since May'),
    "handle after a tab": ([], "owner:\t@mira", 8, 9, AT, 'owner:\t"@mira"'),
    "handle in a map": (["people:"], "  owner: @mira", 10, 11, AT, '  owner: "@mira"'),
    "handle below its key": (["owner:"], "  @mira", 3, 4, AT, '  "@mira"'),
    "handle and colon": ([], "title: @mira asks: why", 8, 9, AT, 'title: "@mira asks: why"'),
    "backtick": ([], 'title: `make "x"` is `y`', 8, 9, BACKTICK, "title: '`make \"x\"` is `y`'"),
    "percent": ([], "rate: %d items", 7, 8, PERCENT, 'rate: "%d items"'),
    "backslash": ([], "title: `C:\\x`", 8, 9, BACKTICK, "title: '`C:\\x`'"),
    "both quotes": ([], "title: `'a' \"b\" \\c`", 8, 9, BACKTICK, 'title: "`\'a\' \\"b\\" \\\\c`"'),
    "item": (["owners:"], "  - @mira", 5, 6, AT, '  - "@mira"'),
    "item in the first column": (["owners:"], "- @mira", 3, 4, AT, '- "@mira"'),
    "item of items": (["owners:"], "  - - @mira", 7, 8, AT, '  - - "@mira"'),
    "item's key": (["steps:"], "  - owner: @mira", 12, 13, AT, '  - owner: "@mira"'),
    "key": (["packages:"], "  @scope/name: 1.0", 3, 4, AT, '  "@scope/name": 1.0'),
    "key and value": (["packages:"], "  @scope/name: @latest", 3, 4, AT, '  "@scope/name": "@latest"'),
    "flow list": ([], "owners: [@mira]", 10, 11, AT, 'owners: ["@mira"]'),
    "flow list of several": ([], "o: [a, @b c , 'd', %e] # f", 8, 9, AT, 'o: [a, "@b c" , \'d\', "%e"] # f'),
    "flow map": ([], "o: {a: @b, @c: d}", 8, 9, AT, 'o: {a: "@b", "@c": d}'),
    "flow lists in a list": (["o:"], "  - [[@a], [@b]]", 7, 8, AT, '  - [["@a"], ["@b"]]'),
    "flow list over lines": (["o: [", "  a,"], "  @b, c, @d ]", 3, 4, AT, '  "@b", c, "@d" ]'),
    "flow map over lines": (["o: {", "  a: b,"], "  c: @d }", 6, 7, AT, '  c: "@d" }'),
    "flow list with text after a quote": (
        *([], "o: ['a' b, c]", 9, 10, BEHIND_QUOTE),
        "o: [\"'a' b\", c]",
    ),
    "flow list with colons": ([], "o: [a: b: c, d]", 9, 10, INNER_COLON, 'o: [a: "b: c", d]'),
    "colon": ([], "title: Secrets: rotate", 15, 16, INNER_COLON, 'title: "Secrets: rotate"'),
    "two colons": ([], "title: a: b: c", 9, 10, INNER_COLON, 'title: "a: b: c"'),
    "colon before a tab": ([], "title: a:\tb", 9, 10, INNER_COLON, 'title: "a:\tb"'),
    "colon at the end": (
        *([], "title: Secrets:", 15, 16),
        "an unquoted `:` at the end of a value, and YAML takes what stands before it for a key",
        'title: "Secrets:"',
    ),
    "colon and number sign": ([], "title: Fix: see #12", 11, 12, INNER_COLON, 'title: "Fix: see #12"'),
    "colon in quotes and out": ([], 'title: it\'s "a: b"', 15, 16, INNER_COLON, 'title: "it\'s \\"a: b\\""'),
    "colon in an item's value": (["steps:"], "  - name: a: b", 12, 13, INNER_COLON, '  - name: "a: b"'),
    "colon in an item's second value": (
        *(["steps:", "  - name: a"], "    when: b: c", 12, 13, INNER_COLON),
        '    when: "b: c"',
    ),
    "colon in a sentence": (
        *(["notes:"], "  - Turn it off: 'now' or later", 16, 17, INNER_COLON),
        "  - \"Turn it off: 'now' or later\"",
    ),
    "colon in a sentence among sentences": (
        *(["notes:", "  - Wait."], "  - Mode: 'now' or later", 9, 10, INNER_COLON),
        "  - \"Mode: 'now' or later\"",
    ),
    "colon in a sentence with a handle": (
        *(["notes:", "  - Wait."], "  - Asked: @mira", 10, 11, INNER_COLON),
        '  - "Asked: @mira"',
    ),
    "text after a quote": ([], 'title: "Repeat" sends', 17, 22, BEHIND_QUOTE, "title: '\"Repeat\" sends'"),
    "text after a single quote": ([], "title: 'Repeat' it's", 17, 21, BEHIND_QUOTE, "title: \"'Repeat' it's\""),
    "text close after a quote": ([], "title: 'a'b", 11, 12, BEHIND_QUOTE, "title: \"'a'b\""),
    "colon after a quote": ([], 'title: "a": b', 11, 14, BEHIND_QUOTE, "title: '\"a\": b'"),
    "escapes before text": ([], 'title: "a\\n" it\'s', 14, 18, BEHIND_QUOTE, "title: '\"a\\n\" it''s'"),
    "item with text after a quote": (["n:"], '  - "a" b: c', 9, 13, BEHIND_QUOTE, "  - '\"a\" b: c'"),
    "key in quotes among sentences": (
        *(["n:", "  - Wait."], '  - "a b": c: d', 10, 16, BEHIND_QUOTE),
        "  - '\"a b\": c: d'",
    ),
    "key in quotes in an item": (["n:"], '  - "a b": c: d', 13, 14, INNER_COLON, '  - "a b": "c: d"'),
    "key in quotes": ([], '"my title": a: b', 14, 15, INNER_COLON, '"my title": "a: b"'),
}


@pytest.mark.parametrize("newline", ["\n", "\r\n"])
@pytest.mark.parametrize("name", CASES)
def test_is_told_and_mended(name: str, newline: str) -> None:
    before, line, column, end, message, mended = CASES[name]
    text = document("id: x", *before, line, "status: planned").replace("\n", newline)
    assert finding(text) == (3 + len(before), column, end, message, f"write {mended.strip()}")
    fixed = document("id: x", *before, mended, "status: planned").replace("\n", newline)
    assert mend_all(text) == (fixed, 1)
    read = fields(fixed)
    assert read["id"] == "x"
    assert read["status"] == "planned"


@pytest.mark.parametrize(
    ("lines", "line", "column", "end", "message", "help"),
    [
        # A comment, or text? There are two ways to read it.
        (["title: Fix: a # b"], 2, 11, 12, INNER_COLON, WHOLE),
        (['title: "a" b # c'], 2, 12, 13, BEHIND_QUOTE, WHOLE),
        # The value goes on below.
        (["title: @mira", "  and others", "a: b"], 2, 8, 9, AT, WHOLE),
        (["title: @mira", "  and: others"], 2, 8, 9, AT, WHOLE),
        # A key that the mended text would repeat.
        (["people:", '  "@a": 1', "  @a: 2"], 4, 3, 4, AT, WHOLE),
    ],
)
def test_is_told_and_left_alone(lines: list[str], line: int, column: int, end: int, message: str, help: str) -> None:
    text = document("id: x", *lines)
    assert finding(text) == (line + 1, column, end, message, help)
    assert mend_all(text) == (text, 0)


@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        (
            ["links:", "\tpr: a"],
            (3, 1, 2, "a tab where YAML wants spaces", "indent with spaces"),
        ),
        (
            ["links:", "  \tpr: a"],
            (3, 3, 4, "a tab where YAML wants spaces", "indent with spaces"),
        ),
        (
            ["title: a", "\tpr: a"],
            (3, 1, 2, "a tab where YAML wants spaces", "indent with spaces"),
        ),
        (
            ["title: a", "  status: b"],
            (
                *(3, 1, 3, "the line is indented deeper than line 2, so for YAML it belongs to that line's value"),
                "start it in the first column, or leave line 2 without a value",
            ),
        ),
        (
            ["links:", "  a: b", "    c: d"],
            (
                *(4, 1, 5, "the line is indented deeper than line 3, so for YAML it belongs to that line's value"),
                "indent it by 2 spaces, as line 3, or leave line 3 without a value",
            ),
        ),
        (
            ["links:", "    a: b", "  c: d"],
            (
                *(4, 1, 3, "the line is indented less than the one above, and as no other line it could belong to"),
                "indent it by 4 spaces, as line 3, or as the key it belongs to",
            ),
        ),
        (
            ["tags:", "  - a", " - b"],
            (
                *(4, 1, 2, "the line is indented less than the one above, and as no other line it could belong to"),
                "indent it by 2 spaces, as line 3, or as the key it belongs to",
            ),
        ),
        (
            ['title: "a', 'owner: "b"'],
            (
                *(2, 8, 9, "the quote that opens here is closed on line 3 only, and there is text after it"),
                "close the quote on its own line",
            ),
        ),
    ],
)
def test_other_faults_are_told_too(lines: list[str], expected: tuple[Any, ...]) -> None:
    text = document(*lines)
    assert finding(text) == expected
    assert mend_all(text) == (text, 0)


SEVERAL = ["owner: @a", "title: a: b", "o:", "  - @b", "  - c", "  - `d` e", "note: 'f' g"]


def test_all_are_mended_at_once() -> None:
    text = document(*SEVERAL)
    assert finding(text) == (2, 8, 9, f"{AT} (2 more lines like it)", 'write owner: "@a"')
    fixed, count = mend_all(text)
    assert count == 5
    assert fields(fixed) == {"owner": "@a", "title": "a: b", "o": ["@b", "c", "`d` e"], "note": "'f' g"}
    assert mend_all(fixed) == (fixed, 0)


def test_one_more_is_one_line() -> None:
    assert finding(document("a: @b", "c: @d"))[3] == f"{AT} (1 more line like it)"


def test_what_is_beyond_mending_leaves_the_rest_alone() -> None:
    """The first fault is above it and sure, so its mended line is shown; a file is not mended by halves."""
    text = document(*SEVERAL, "links:", "\tpr: a")
    assert finding(text) == (2, 8, 9, f"{AT} (at least 2 more lines like it)", 'write owner: "@a"')
    assert mend_all(text) == (text, 0)


@pytest.mark.parametrize("line", ["a: *b", "a: &b c", "a: !b c", "<<: b", 'a: "\\x1b"', "%b"])
def test_what_is_refused_is_not_mended(line: str) -> None:
    text = document("owner: @a", "b: c", line)
    assert mend_all(text) == (text, 0)


@pytest.mark.parametrize("text", ["", "---\n", "a: @b\n", "---\n---\n", "---\n- @a\n---\n", "---\n{a\n---\n"])
def test_what_is_no_front_matter_is_left_alone(text: str) -> None:
    assert mend_all(text) == (text, 0)


def test_what_can_be_read_is_left_alone() -> None:
    text = document(
        "a: b", "c: |", "  - @d", "  e: f: g", "h: i", "  - @j", 'k: "l', '  m" # n', "o: p: q".replace(": q", "")
    )
    assert fields(text)["h"] == "i - @j"
    assert mend_all(text) == (text, 0)


def test_text_that_only_looks_faulty_is_left_alone() -> None:
    """A block of text, and a value that goes on, hold the same signs as a fault further down."""
    lines = ["a: |", "  - @d", "  e: f: g", "b: c", "  - @d", "  `e`"]
    fixed, count = mend_all(document(*lines, "owner: @f"))
    assert (fixed, count) == (document(*lines, 'owner: "@f"'), 1)


def test_a_byte_order_mark_and_the_body_stay() -> None:
    text = "\ufeff---\r\na: @b\r\n---\r\n\r\n- @c\nd: e: f\r\n"
    assert mend_all(text) == (text.replace("a: @b", 'a: "@b"'), 1)


def test_the_parser_says_where() -> None:
    lines = ["a: b", "c: d: e"]
    with pytest.raises(yaml.MarkedYAMLError) as caught:
        yaml.safe_load("\n".join(lines))
    found = mend(lines, caught.value)
    assert found is not None
    assert found == (3, 5, 6, COLON, 'c: "d: e"', 0, True)


@pytest.mark.parametrize(
    "front",
    [
        "o:\n" + "- @a\n" * 12_000,
        "o: [" + "@a, " * 15_000 + "]\n",
        "o: " + "a: " * 20_000 + "\n",
        "o: '" + "'' " * 20_000 + "\n",
        "o: @a" + " " * 60_000 + "#b\n",
        "o: '" + "\\" * 60_000 + "' b\n",
        "o: @a\np: " + "[" * 60_000 + "\n",
        "o: @a\np: " + "{a: " * 15_000 + "\n",
        "o: @a\n" + "p: [a,\n" * 8_000,
        "- " * 30_000 + "@a\n",
        "".join(f"k{n}: @a\n" for n in range(5_000)),
        "o:\n" + "- a b: 'c' d\n" * 4_000,
    ],
    ids=lambda front: front[:12],
)
def test_hostile_front_matter_costs_little(front: str) -> None:
    assert len(front) < MAX_FRONT_MATTER
    text = f"---\n{front}---\n"
    started = time.process_time()
    assert reader.parse("x.md", text.encode()).findings
    mend_all(text)
    assert time.process_time() - started < 8


def test_nothing_is_imported_for_files_that_can_be_read() -> None:
    code = (
        "import sys\nfrom milestones.documents import reader\n"
        f"assert reader.parse('x.md', {document('a: [b, c]', 'd: |', '  e').encode()!r}).fields\n"
        "assert 'yaml' in sys.modules\nassert 'milestones.documents.mending' not in sys.modules\n"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


# Properties.

SAID = {RESERVED: "a value can't start", COLON: "an unquoted `:", AFTER_QUOTE: "there is text after"}
CAUSES = tuple(SAID.values())

signs = st.lists(
    st.sampled_from([*"ab@`%:'\"\\#,[]{}&*!|>?-~é🚀 \t", ": ", " #c", '" ', "' "]),
    max_size=12,
).map("".join)
openings = st.sampled_from(["", "@", "`", "%", '"a" ', "'a' ", '"', "'", "a: ", "it's: "])
values = (
    st.builds(str.__add__, openings, signs)
    .map(lambda text: text.strip(" \t"))
    # What starts with a bracket is a list or a map, also where it is broken.
    .filter(lambda text: text and text[0] not in "[{" and not CONTROL.search(text))
)


def refused(text: str) -> bool:
    """True where the reader refuses the text for one of the three causes."""
    return any(found.message.startswith(CAUSES) for found in reader.parse("x.md", text.encode()).findings)


def has_comment(text: str) -> bool:
    """Of text before `` # `` nobody can say whether its author meant a comment."""
    return any(f"{blank}#{after}" in text + " " for blank in " \t" for after in " \t")


@settings(max_examples=settings.default.max_examples * 3)
@given(values, st.sampled_from(["title: {}", "links:\n  pr: {}", "steps:\n  - name: {}", "steps:\n  - a\n  - {}"]))
@example('"a" \'b\' \\n "c"', "title: {}")
@example("`a` \\ \"b\" 'c': d", "title: {}")
def test_any_value_reads_back(value: str, shape: str) -> None:
    text = document("id: x", *shape.format(value).split("\n"), "status: planned")
    assume(refused(text))
    assume(not has_comment(value))
    fixed, count = mend_all(text)
    assert count == 1
    read = fields(fixed)
    assert list(read) == ["id", shape.partition(":")[0], "status"]
    assert (read["id"], read["status"]) == ("x", "planned")
    inner = read[shape.partition(":")[0]]
    while not isinstance(inner, str):
        inner = inner[-1] if isinstance(inner, list) else next(iter(inner.values()))
    assert inner == value


words = st.from_regex(r"[@`%a-z][a-z /.'\\\"@-]{0,8}[a-z]", fullmatch=True)


@given(st.lists(words, min_size=1, max_size=4))
def test_any_flow_list_reads_back(items: list[str]) -> None:
    text = document("id: x", f"owners: [{', '.join(items)}]", "status: planned")
    assume(refused(text))
    fixed, count = mend_all(text)
    assert count == 1
    assert fields(fixed) == {"id": "x", "owners": items, "status": "planned"}


yaml_like = st.lists(
    st.sampled_from(
        [
            *"ab: \n-'\"[]{},@`%#|>\t&*\\?\r",
            *(": ", ": ", "\n- ", "\n  ", "\n", " #", "\na: ", "\nb: ", ", @"),
        ]
    ),
    max_size=40,
).map("".join)


@settings(max_examples=settings.default.max_examples * 3)
@given(yaml_like)
def test_what_is_mended_can_be_read_and_nothing_else_changes(front: str) -> None:
    text = f"---\n{front}\n---\n# Body\n- @a\n"
    before = reader.parse("x.md", text.encode())
    fixed, count = mend_all(text)
    if not count:
        assert fixed == text
        return
    assert before.fields is None
    after = reader.parse("x.md", fixed.encode())
    assert after.fields is not None
    assert after.body.strip() == "# Body\n- @a"
    old, new = text.split("\n"), fixed.split("\n")
    assert len(old) == len(new)
    assert sum(a != b for a, b in zip(old, new, strict=True)) == count
    (first, *_) = before.findings
    assert first.help.startswith("write ")
    assert first.message.startswith(CAUSES)
