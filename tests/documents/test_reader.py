"""What breaks readers: each case is one finding with its place, never a traceback, a silent skip or a hang."""

from __future__ import annotations

import os
import subprocess
import sys
import textwrap
from pathlib import Path
from typing import TYPE_CHECKING, Any

import frontmatter
import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from milestones.documents import reader, simple_yaml
from milestones.documents.characters import CONTROL, quoted
from milestones.documents.front_matter import MAX_DEPTH, MAX_FRONT_MATTER, StrictHandler, _Builder
from milestones.documents.values import Fields, FrontMatterError, Items, Text
from milestones.project.workspace import open_workspace
from milestones.rules import check

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from milestones.model import Position

READING = Path(__file__).parents[1] / "fixtures" / "reading"

INVISIBLE = "remove the character; an editor that shows invisible characters helps to find it"
SIMPLE = "one `key: value` a line; quote values that hold `: `, ` #`, or start with a symbol"
QUOTE_IT = "quote the value if the text itself starts so"
HANDLE = "a value can't start with `@`, which YAML keeps for itself"
NOT_CLOSED = "add a line of exactly `---` after the last key"

#: file: (code, line, column, end column, message, help)
REFUSED = {
    # Expansion and nesting.
    "alias-bomb": ("RD009", 8, 4, 8, "anchors (`&name`) are not supported in front matter", QUOTE_IT),
    "alias": ("RD009", 8, 7, 14, "aliases (`*name`) are not supported in front matter", QUOTE_IT),
    "merge-key": ("RD009", 8, 1, 3, "merge keys (`<<`) are not supported in front matter", "write it out"),
    "tag": ("RD009", 3, 8, 54, "tags (`!name`) are not supported in front matter", QUOTE_IT),
    "directive": ("RD009", 2, 1, 2, "YAML directives are not supported", "remove the line"),
    "list-as-key": ("RD009", 8, 3, 4, "lists and maps as keys are not supported in front matter", "write it out"),
    "nested-flow": ("RD010", 8, 18, 19, "nested more than 12 levels deep", "keep it to short lists and maps"),
    "nested-block": ("RD010", 9, 25, 26, "nested more than 12 levels deep", "keep it to short lists and maps"),
    # Where front matter begins and ends.
    "not-closed": ("RD006", 1, 1, 4, "no `---` line ends the front matter", NOT_CLOSED),
    "dots": ("RD006", 9, 1, 4, "the front matter ends with `...`", "end it with a line of `---`"),
    "empty-file": ("RD005", 1, 1, 2, "the file is empty", "start it with front matter"),
    "blank-file": ("RD005", 1, 1, 2, "the file is empty", "start it with front matter"),
    "no-front-matter": (
        *("RD005", 1, 1, 2, "the file has no front matter"),
        "start it with a `---` line, keys, and another `---`",
    ),
    "toml-fence": (
        *("RD005", 1, 1, 2, "the file has no front matter"),
        "start it with a `---` line, keys, and another `---`",
    ),
    "space-first": (
        *("RD005", 1, 1, 2, "the file has no front matter"),
        "start it with a `---` line, keys, and another `---`",
    ),
    "blank-line-first": (
        *("RD005", 1, 1, 2, "blank lines before the front matter"),
        "make `---` the file's first line",
    ),
    "javascript-fence": ("RD005", 1, 1, 6, "`---js` does not open front matter", "write a plain `---`"),
    "yaml-fence": ("RD005", 1, 1, 9, "`--- yaml` does not open front matter", "write a plain `---`"),
    "four-dashes": ("RD005", 1, 1, 5, "`----` does not open front matter", "write a plain `---`"),
    # What is on top.
    "list-on-top": ("RD007", 2, 1, 2, "the front matter is a list", "write `key: value` lines instead"),
    "scalar-on-top": ("RD007", 2, 1, 23, "the front matter is a single value", "write `key: value` lines instead"),
    "comments-only": ("RD007", 1, 1, 4, "the front matter holds comments only", "write `key: value`"),
    "empty-front-matter": (
        *("RD007", 1, 1, 4, "the front matter is empty"),
        "write `key: value` lines between the `---`",
    ),
    # Encodings.
    "latin-1": ("RD001", 2, 39, 40, "the byte 0xE4 is not UTF-8", "save the file as UTF-8"),
    "utf-16": ("RD001", 1, 1, 2, "the file is UTF-16", "save it as UTF-8"),
    "utf-16-big-endian": ("RD001", 1, 1, 2, "the file is UTF-16", "save it as UTF-8"),
    "utf-16-without-mark": ("RD003", 1, 2, 3, "the character U+0000 (NUL), and 386 more like it", INVISIBLE),
    # Characters.
    "carriage-returns-only": (
        *("RD003", 1, 4, 5),
        "the character U+000D (carriage return without a line feed), and 17 more like it",
        INVISIBLE,
    ),
    "nul": ("RD003", 3, 22, 23, "the character U+0000 (NUL)", INVISIBLE),
    "terminal-escape": ("RD003", 3, 15, 16, "the character U+001B (ESCAPE)", INVISIBLE),
    "escaped-control": ("RD003", 3, 8, 38, "an escape for the character U+001B (ESCAPE)", INVISIBLE),
    "c1-control": ("RD003", 3, 14, 15, "the character U+0085 (control character)", INVISIBLE),
    "noncharacter": ("RD003", 3, 14, 15, "the character U+FFFF (noncharacter)", INVISIBLE),
    "bidirectional": (
        *("RD003", 3, 15, 16),
        "the character U+202E (right-to-left override), and 1 more like it",
        INVISIBLE,
    ),
    "line-separator": ("RD003", 3, 14, 15, "the character U+2028 (line separator)", INVISIBLE),
    "byte-order-mark-inside": ("RD003", 3, 8, 9, "the character U+FEFF (byte order mark)", INVISIBLE),
    # The commonest faults of YAML written by hand, told from the line itself.
    "unquoted-colon": (
        *("RD008", 3, 15, 16, "an unquoted `: ` inside a value, and YAML takes what stands before it for a key"),
        'write title: "Secrets: rotate them weekly"',
    ),
    "unquoted-colon-in-list": (
        *("RD008", 9, 18, 19, "an unquoted `: ` inside a value, and YAML takes what stands before it for a key"),
        'write - first: "rotate: later"',
    ),
    "unquoted-handle": ("RD008", 5, 8, 9, HANDLE, 'write owner: "@mira"'),
    "unquoted-handle-in-list": ("RD008", 9, 5, 6, f"{HANDLE} (1 more line like it)", 'write - "@mira"'),
    "backtick": (
        *("RD008", 3, 8, 9, "a value can't start with a backtick, which YAML keeps for itself"),
        'write title: "`secrets` are rotated"',
    ),
    "text-after-quote": (
        *("RD008", 3, 18, 29, "there is text after the closing quote, where the value ends for YAML"),
        "write title: '\"Secrets\" are rotated'",
    ),
    "text-after-single-quote": (
        *("RD008", 3, 18, 29, "there is text after the closing quote, where the value ends for YAML"),
        "write title: \"'Secrets' are rotated\"",
    ),
    "tab": ("RD008", 9, 1, 2, "a tab where YAML wants spaces", "indent with spaces"),
    "unclosed-bracket": (
        *("RD008", 8, 7, 8, "did not find expected ',' or ']' (while parsing a flow sequence)"),
        SIMPLE,
    ),
    "unclosed-quote": (
        *("RD008", 5, 8, 9, "found unexpected end of stream (while scanning a quoted scalar)"),
        SIMPLE,
    ),
    # What merging leaves.
    "conflict": (
        *("RD014", 4, 1, 8, "a merge conflict marker"),
        "resolve the conflict and remove the markers",
    ),
}
#: The same for files that are read in spite of their fault.
READ_WITH_A_FINDING = {
    "byte-order-mark": (
        *("RD002", 1, 1, 2, "the file starts with a byte order mark"),
        "save it as UTF-8 without BOM",
    ),
    "duplicate-key": (
        *("RD013", 8, 1, 7, "`status` is given twice, first on line 4"),
        "keep one of the two lines",
    ),
    "duplicate-key-in-map": (
        *("RD013", 11, 3, 5, "`pr` is given twice, first on line 9"),
        "keep one of the two lines",
    ),
    "nul-in-body": ("RD003", 13, 24, 25, "the character U+0000 (NUL)", INVISIBLE),
    "lone-carriage-return": (
        *("RD003", 13, 84, 85, "the character U+000D (carriage return without a line feed)"),
        INVISIBLE,
    ),
    "bidirectional-isolate-in-body": (
        *("RD003", 13, 3, 4, "the character U+2067 (right-to-left isolate), and 1 more like it"),
        INVISIBLE,
    ),
    "conflict-in-body": (
        *("RD014", 18, 1, 8, "a merge conflict marker"),
        "resolve the conflict and remove the markers",
    ),
}
READ = {"well-formed", "crlf", "ambiguous-scalars", "unicode"}


def parse(name: str) -> reader.Document:
    return reader.read(str(READING), f"{name}.md")


def only_finding(document: reader.Document) -> tuple[Any, ...]:
    (finding,) = document.findings
    assert finding.position is not None
    return (finding.code, *finding.position, finding.message, finding.help)


@pytest.mark.parametrize("name", REFUSED)
def test_is_one_finding(name: str) -> None:
    document = parse(name)
    assert only_finding(document) == REFUSED[name]
    assert document.fields is None


@pytest.mark.parametrize("name", READ_WITH_A_FINDING)
def test_is_one_finding_and_read(name: str) -> None:
    document = parse(name)
    assert only_finding(document) == READ_WITH_A_FINDING[name]
    assert document.fields is not None
    assert document.fields["title"] == "Rotate signing secrets"
    assert document.body.lstrip("\n").startswith("# Rotate signing secrets")


@pytest.mark.parametrize("name", sorted(READ))
def test_is_read(name: str) -> None:
    document = parse(name)
    assert document.findings == []
    assert document.fields is not None


def test_every_example_is_tested() -> None:
    assert {file.stem for file in READING.iterdir()} == {*REFUSED, *READ_WITH_A_FINDING, *READ}


def test_the_first_of_two_keys_counts() -> None:
    fields = parse("duplicate-key").fields
    assert fields is not None
    assert fields["status"] == "in_progress"


def test_scalars_stay_as_written() -> None:
    fields = parse("ambiguous-scalars").fields
    assert fields == {
        "country": "no",
        "switch": "on",
        "padded": "010",
        "eight": "08",
        "octal": "0o14",
        "hex": "0x1F",
        "clock": "1:30",
        "grouped": "1_0",
        "version": "2.10",
        "exponent": "1e3",
        "infinite": ".inf",
        "day": "2026-01-17",
        "wrong": "2025-02-30",
        "moment": "2026-01-17T10:00:00Z",
        "question": "yes",
        "tilde": "~",
        "nothing": "",
        "quoted": "no",
        "single": "010",
        "key": "value",
        "1": "one",
        "folded": "two lines",
        "literal": "kept\nas is\n",
    }
    assert all(type(value) is Text for value in fields.values())
    assert [key for key, value in fields.items() if value.empty] == ["tilde", "nothing"]
    assert [key for key, value in fields.items() if not value.plain] == ["quoted", "single", "folded", "literal"]


def test_carriage_returns_change_neither_values_nor_places() -> None:
    one, other = parse("well-formed"), parse("crlf")
    assert other.fields == one.fields
    assert other.body == one.body
    assert list(spans(other.fields)) == list(spans(one.fields))
    assert other.body_line == one.body_line == 10


# Sizes: made here, because nobody wants them in a repository.

LIMITED = textwrap.dedent(
    """
    import resource, sys, time
    resource.setrlimit(resource.RLIMIT_AS, (500 * 1024 * 1024,) * 2)
    from milestones.documents import reader
    started = time.process_time()
    document = reader.read(sys.argv[1], sys.argv[2])
    outline = document.outline
    outline.tally, outline.health, outline.objective
    for finding in document.findings:
        print(finding.code, *(finding.position or ()), finding.message)
    assert time.process_time() - started < 8, time.process_time() - started
    """
)

OPEN = b"---\nid: EP-20260105-001/MS007\n"
CLOSE = b"---\n\n# Rotate signing secrets\n\n## Changelog\n\n- 2026-01-12: Created.\n"
DEEP = 100_000
FITTING = MAX_FRONT_MATTER - 100
MEGABYTE = reader.MAX_FILE - 500
TOO_DEEP = "nested more than 12 levels deep"


def hostile(name: str, front: bytes = b"", body: bytes = b"", *findings: str) -> Any:
    return pytest.param(OPEN + front + CLOSE + body, list(findings), id=name)


HOSTILE = [
    hostile("a hundred thousand deep", b"a: " + b"[" * DEEP + b"\n", b"", "RD004 1 1 4 front matter of 97 KiB"),
    hostile("deep lists", b"a: " + b"[" * FITTING + b"\n", b"", f"RD010 3 15 16 {TOO_DEEP}"),
    hostile("deep maps", b"a: " + b"{a: " * (FITTING // 4) + b"\n", b"", f"RD010 3 48 49 {TOO_DEEP}"),
    hostile("deep pairs", b"a: " + b"[a: " * (FITTING // 4) + b"\n", b"", f"RD010 3 25 26 {TOO_DEEP}"),
    hostile("deep blocks", b"a:\n  " + b"- " * (FITTING // 2) + b"x\n", b"", f"RD010 4 25 26 {TOO_DEEP}"),
    hostile(
        *("deep keys", b"a:\n  " + b"? " * (FITTING // 2) + b"x\n", b""),
        "RD009 4 5 6 lists and maps as keys are not supported in front matter",
    ),
    hostile("closed deep lists", b"a: " + b"[" * 30_000 + b"]" * 30_000 + b"\n", b"", f"RD010 3 15 16 {TOO_DEEP}"),
    hostile(
        *("blanks after a colon", b"a:" + b" " * FITTING + b"*\n", b""),
        f"RD008 3 {FITTING + 3} {FITTING + 4} did not find expected alphabetic or numeric character"
        " (while scanning an alias)",
    ),
    hostile(
        *("many quotes", b'a: "' + b'""' * (FITTING // 2 - 10) + b"\n", b""),
        f"RD008 3 6 {FITTING - 15} there is text after the closing quote, where the value ends for YAML",
    ),
    hostile("blanks in a value", b"a: x" + b" " * FITTING + b"y\n"),
    hostile(
        "blanks in quotes",
        b'a: "x' + b" " * FITTING + b'y" z\n',
        b"",
        f"RD008 3 {FITTING + 9} {FITTING + 10} there is text after the closing quote, where the value ends for YAML",
    ),
    hostile(
        "a long flow list",
        b"a: [" + b"x " * (FITTING // 2) + b":]\n",
        b"",
        f"RD008 3 {FITTING + 5} {FITTING + 6} found unexpected ':' (while scanning a plain scalar)",
    ),
    hostile("many short lines", b"a: x\n" * (MEGABYTE // 5), b"", "RD004 1 1 4 front matter of 1023 KiB"),
    hostile("many keys", b"".join(b"k%d: 1\n" % n for n in range(7000))),
    hostile("a long value", b"a: " + b"x" * FITTING + b"\n"),
    hostile("many folded lines", b"a: >\n" + b"  x\n" * (FITTING // 4 - 10)),
    hostile(
        *("control characters", b"", b"\x01" * MEGABYTE),
        f"RD003 10 1 2 the character U+0001 (control character), and {MEGABYTE - 1} more like it",
    ),
    hostile("conflict markers", b"", b"<<<<<<< x\n" * (MEGABYTE // 10), "RD014 10 1 8 a merge conflict marker"),
    hostile("brackets in a heading", b"", b"# *" + b"[" * MEGABYTE),
    hostile("links in a heading", b"", b"# " + b"[](" * (MEGABYTE // 3)),
    hostile("blanks in a heading", b"", b"# x" + b" " * MEGABYTE + b"y"),
    hostile("hashes in a heading", b"", b"# x" + b" #" * (MEGABYTE // 2) + b"y"),
    hostile("titles of links", b"", b'](a "' * (MEGABYTE // 5)),
    hostile("blanks in links", b"", b"](a" + b" " * MEGABYTE),
    hostile("parentheses in links", b"", b"](" + b"(a)" * (MEGABYTE // 3)),
    hostile("backticks", b"", b"`" * 5000 + b"x" * (MEGABYTE - 10_000) + b"](a)"),
    hostile("runs of backticks", b"", b"".join(b"x" + b"`" * n for n in range(1400)) + b"](a)"),
    hostile("code and links", b"", b"`a`[x](y)" * (MEGABYTE // 9)),
    hostile("boxes", b"", b"- [ ] [x](\n" * (MEGABYTE // 11)),
    hostile("rows", b"", b"| a | Status |\n|-|-|\n" + b"| *[x]( | ok |\n" * (MEGABYTE // 16)),
    hostile("headers", b"", b"| a | Status |\n|-|-|\n\n" * (MEGABYTE // 24)),
    hostile("cells", b"", b"|" * (MEGABYTE // 2) + b"\n" + b"|-" * 4 + b"\n" + b"|" * (MEGABYTE // 3)),
    hostile("objectives", b"", b"## Objective\n\n" * (MEGABYTE // 14)),
    hostile("a long objective", b"", b"## Objective\n" + b"x\n" * (MEGABYTE // 2 - 20)),
    hostile("open comments", b"", b"<!--\n" * (MEGABYTE // 5)),
    hostile("a long fence", b"", b"`" * MEGABYTE),
]


@pytest.mark.skipif(sys.platform != "linux", reason="limits memory as Linux does")
@pytest.mark.parametrize(("data", "findings"), HOSTILE)
def test_hostile_files_cost_little(tmp_path: Path, data: bytes, findings: list[str]) -> None:
    (tmp_path / "hostile.md").write_bytes(data)
    done = subprocess.run(
        [sys.executable, "-c", LIMITED, str(tmp_path), "hostile.md"],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
    )
    assert (done.returncode, done.stderr[-2000:]) == (0, "")
    assert done.stdout.splitlines() == findings


@pytest.mark.parametrize(
    ("size", "kibibytes"), [(reader.MAX_FILE + 1, 1024), (20 * 1024 * 1024, 20480), (2**40, 2**30)]
)
def test_files_over_the_limit_are_not_read(tmp_path: Path, size: int, kibibytes: int) -> None:
    with open(tmp_path / "large.md", "wb") as file:
        file.truncate(size)  # sparse: a terabyte costs nothing until somebody reads it
    (finding,) = reader.read(str(tmp_path), "large.md").findings
    assert (finding.code, finding.message) == ("RD004", f"a file of {kibibytes} KiB")


def test_files_up_to_the_limit_are_read(tmp_path: Path) -> None:
    data = (READING / "well-formed.md").read_bytes()
    (tmp_path / "large.md").write_bytes(data.ljust(reader.MAX_FILE, b"x"))
    assert reader.read(str(tmp_path), "large.md").findings == []


def test_front_matter_up_to_the_limits_is_read() -> None:
    deep = b"[" * (MAX_DEPTH - 1) + b"x" + b"]" * (MAX_DEPTH - 1)
    document = reader.parse("x.md", b"---\na: " + deep + b"\nb: " + b"x" * (MAX_FRONT_MATTER - 31) + b"\n---\n")
    assert document.findings == []
    document = reader.parse("x.md", b"---\na: " + deep + b"\nb: " + b"x" * (MAX_FRONT_MATTER - 30) + b"\n---\n")
    assert [f.code for f in document.findings] == ["RD004"]


def test_front_matter_that_never_ends_costs_little() -> None:
    document = reader.parse("x.md", b"---\n" + b"a: b\n" * (MEGABYTE // 5))
    assert [f.code for f in document.findings] == ["RD006"]


# What is no file.


def test_symbolic_links(tmp_path: Path) -> None:
    (tmp_path / "plan.md").symlink_to(READING / "well-formed.md")
    (tmp_path / "nowhere.md").symlink_to(tmp_path / "nothing")
    (tmp_path / "device.md").symlink_to("/dev/zero")
    for name in ("plan.md", "nowhere.md", "device.md"):
        document = reader.read(str(tmp_path), name)
        assert [(f.code, f.message) for f in document.findings] == [("RD011", "the file is a symbolic link")]
        assert document.text == ""


@pytest.mark.parametrize("make", [os.mkdir, getattr(os, "mkfifo", os.mkdir)])
def test_what_is_no_file(tmp_path: Path, make: Callable[[str], None]) -> None:
    make(str(tmp_path / "plan.md"))
    (finding,) = reader.read(str(tmp_path), "plan.md").findings
    assert (finding.code, finding.message) == ("RD012", "this is not a regular file")


def test_what_is_not_there(tmp_path: Path) -> None:
    (finding,) = reader.read(str(tmp_path), "plan.md").findings
    assert (finding.code, finding.message) == ("RD012", "the file can't be opened: No such file or directory")


@pytest.mark.usefixtures("today")
def test_no_file_stops_the_others(repository: Callable[..., Path]) -> None:
    """Every refused example at once in a real repository: each is reported, and the good files are still checked."""
    root = repository()
    active = root / ".agent/exec_plans/reliable-webhooks/milestones/active"
    for number, name in enumerate(sorted(REFUSED), 4):
        target = active / f"EP-20260105-001_MS{number:03}_{name}.md"
        target.write_bytes((READING / f"{name}.md").read_bytes())
    project = open_workspace(root)
    result = check(project)
    assert {f.path.partition("_MS")[2][4:-3]: f.code for f in result.findings} == {n: e[0] for n, e in REFUSED.items()}
    assert len(result.findings) == len(REFUSED)
    assert result.statistics == (4 + len(REFUSED), 4, len(REFUSED))
    assert len(project.milestones) == 3


# Properties.


def spans(value: Any) -> Iterator[tuple[str, Position]]:
    """Every scalar of a value, keys included, with its place."""
    if isinstance(value, Text):
        yield str(value), value.position
    elif isinstance(value, Fields):
        for key, inner in value.items():
            yield from spans(key)
            yield from spans(inner)
    elif isinstance(value, Items):
        for inner in value:
            yield from spans(inner)


@given(st.binary(max_size=300))
def test_no_bytes_raise(data: bytes) -> None:
    document = reader.parse("x.md", data)
    assert (document.fields is None) <= bool(document.findings)
    document.outline.tally  # noqa: B018


yaml_like = st.text(
    st.sampled_from(list("abc019 \n\n\t:-#'\"[]{},&*!|>%@`?.~<=\\_\r\x00\x1b\x85\u2028\u202e\ufeff\uffffé🚀")),
    max_size=120,
)


@given(yaml_like, st.sampled_from(["---\n", "--- \n", "", "\ufeff---\n"]), st.sampled_from(["\n---\n", "\n...\n", ""]))
def test_no_front_matter_raises(inside: str, opening: str, closing: str) -> None:
    document = reader.parse("x.md", f"{opening}{inside}{closing}# Body\n".encode())
    assert (document.fields is None) <= bool(document.findings)
    lines = document.text.split("\n")
    for finding in document.findings:
        assert finding.position is not None
        line, column, end = finding.position
        assert 1 <= line <= len(lines)
        assert 1 <= column < end <= len(lines[line - 1]) + 2
        assert finding.message
        assert finding.help
        assert finding.message.isprintable()
    for text, position in spans(document.fields):
        assert 1 <= position.line <= len(lines)
        shown = lines[position.line - 1][position.column - 1 : position.end_column - 1]
        assert not text.strip() or shown


# Text that YAML carries in quotes, without the characters that are refused.
texts = st.text(st.characters(codec="utf-8", exclude_categories=["Cc", "Cs", "Zl", "Zp"]), max_size=20).filter(
    lambda text: not CONTROL.search(text)
)
mappings = st.recursive(texts, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(texts, inner, max_size=3))
front_matter = st.dictionaries(texts, mappings, min_size=1, max_size=5)


class _Quoting(yaml.SafeDumper):
    """Quotes every scalar, so that nothing is ambiguous."""

    def ignore_aliases(self, data: Any) -> bool:
        return True


_Quoting.add_representer(str, lambda dumper, text: dumper.represent_scalar("tag:yaml.org,2002:str", text, style='"'))


def dump(value: Any, *, flow: bool | None = False) -> str:
    return yaml.dump(value, Dumper=_Quoting, allow_unicode=True, width=10_000, default_flow_style=flow, sort_keys=False)


def as_text(value: Any) -> Any:
    """Plain containers and text, as python-frontmatter gives them."""
    if isinstance(value, dict):
        return {str(key): as_text(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [as_text(inner) for inner in value]
    return str(value)


@given(front_matter, st.booleans(), st.sampled_from(["\n", "\r\n"]))
def test_values_equal_those_of_python_frontmatter(value: dict[str, Any], flow: bool, newline: str) -> None:
    text = f"---\n{dump(value, flow=flow)}---\n\n# A plan\n\nText.\n"
    document = reader.parse("x.md", text.replace("\n", newline).encode())
    assert document.findings == []
    metadata, content = frontmatter.parse(text)  # what loads() calls; loads() itself refuses a key "content"
    assert as_text(document.fields) == as_text(metadata) == value
    assert document.body.strip() == content == "# A plan\n\nText."
    assert text.split("\n")[document.body_line - 1] == ""
    assert text.split("\n")[document.body_line] == "# A plan"


@given(front_matter, st.booleans())
def test_positions_point_at_what_they_claim(value: dict[str, Any], flow: bool) -> None:
    text = f"---\n{dump(value, flow=flow)}---\n"
    lines = text.split("\n")
    document = reader.parse("x.md", text.encode())
    for written, (line, column, end) in spans(document.fields):
        assert yaml.safe_load(lines[line - 1][column - 1 : end - 1]) == written


words = st.from_regex(r"[A-Za-z0-9][A-Za-z0-9 _./-]{0,20}[A-Za-z0-9]", fullmatch=True)


@given(st.dictionaries(words, words | st.lists(words, min_size=1, max_size=3), min_size=1, max_size=5))
def test_plain_scalars_are_the_text_between_their_columns(value: dict[str, Any]) -> None:
    """Unquoted: where YAML sees numbers, dates and truth, we and python-frontmatter's base loader see text."""
    lines = ["---"]
    for key, inner in value.items():
        lines += [f"{key}: {inner}"] if isinstance(inner, str) else [f"{key}:", *(f"- {item}" for item in inner)]
    text = "\n".join([*lines, "---", ""])
    document = reader.parse("x.md", text.encode())
    assert document.findings == []
    assert as_text(document.fields) == value == yaml.load("\n".join(lines[1:]), Loader=yaml.BaseLoader)
    for written, (line, column, end) in spans(document.fields):
        assert lines[line - 1][column - 1 : end - 1] == written


# Front matter as people write it, and a little beside it: the fast reader and the YAML parser must agree on all of it.
usual = st.sampled_from(
    [
        *(
            "x",
            "two words",
            "2026-01-17",
            "01",
            "no",
            "null",
            "a:b",
            "a#b",
            "(a)",
            "./a",
            "/a/b.md#c",
            "a  ",
            ".",
            "..",
        ),
        *(
            "[]",
            "[ ]",
            "[a]",
            "[a, b]",
            "[ a ,b ]",
            "[a b]",
            "[null, 1_0]",
            '""',
            "''",
            '"a: b"',
            "'a #b'",
            "größe 🚀",
            "",
        ),
    ]
)
odd = st.sampled_from(
    [
        *("~", "a: b", "a #b", "a:", ":a", "-", "- a", "[a,]", "[,a]", "[a: b]", "[a", "a]", "[[a]]", "{}", "{a: b}"),
        *('"a" b', '"', "'a''b'", '"a\\n"', "@a", "`a`", "*a", "&a", "!a", "|", ">-", "?", "? a", "% a", "é", "🚀"),
        *("a\u00a0b", "a\tb", "a\t", "<<", "=", " ", "a :", "a : b", "a -b", "a, b", "a]", "a}", "...", "---"),
    ]
)
scalars = st.one_of(*[usual] * 14, odd)
odd_keys = st.sampled_from(["<<", '"q"', "1", "x y", "é", "~", "k0", "a" * 1200])
strays = st.sampled_from(["", "# note", "  # note", "  more", "- x", "  - x", "  k: x", "    k: x", "\tk: x", "k:"])
seldom = st.integers(0, 19).map(lambda n: n == 7)


@st.composite
def handwritten(draw: st.DrawFn) -> str:
    """Keys with a value beside or below them; now and then something else than the fast reader knows."""
    lines = []
    for number in range(draw(st.integers(1, 4))):
        key = draw(odd_keys) if draw(seldom) else f"k{number}"
        shape = draw(st.sampled_from(["beside", "beside", "list", "map", "nothing"]))
        gap = draw(st.sampled_from([" ", " ", "   "]))
        if shape == "beside":
            lines.append(f"{key}:{gap}{draw(scalars)}")
            continue
        lines.append(f"{key}:{draw(st.sampled_from(['', '', ' ']))}")
        indent = draw(st.sampled_from(["  ", "    ", ""] if shape == "list" else ["  ", "    "]))
        for inner in range(draw(st.integers(1, 3)) if shape != "nothing" else 0):
            start = "-" if shape == "list" else f"{draw(odd_keys) if draw(seldom) else f'm{inner}'}:"
            lines.append(f"{indent}{start}{gap}{draw(scalars)}")
    if draw(seldom):
        lines.insert(draw(st.integers(0, len(lines))), draw(strays))
    return "\n".join(lines) + "\n"


def tree(value: Any) -> Any:
    """A value with all that is known of each part of it."""
    if isinstance(value, Text):
        return (str(value), value.plain, value.line, value.column, value.end_line, value.end_column)
    if isinstance(value, Fields):
        return {tree(key): tree(inner) for key, inner in value.items()} | {"at": value.position}
    return [*map(tree, value), value.position]


@settings(max_examples=settings.default.max_examples * 4)
@given(handwritten())
def test_the_fast_reader_agrees_with_the_parser(front: str) -> None:
    fast = simple_yaml.read(front)
    if fast is not None:
        assert tree(fast) == tree(_Builder(front, None).build())


@given(
    st.dictionaries(words, words | st.lists(words, max_size=3) | st.dictionaries(words, words, max_size=2), min_size=1)
)
def test_the_fast_reader_reads_what_is_simple(value: dict[str, Any]) -> None:
    front = yaml.dump(value, Dumper=_Quoting, width=10_000, sort_keys=False).replace('"', "")
    fast = simple_yaml.read(front)
    assert fast is None or as_text(fast) == yaml.load(front, Loader=yaml.BaseLoader)


def test_the_fast_reader_reads_the_examples() -> None:
    """It is no use if it reads nothing: the front matter of the example repository is all of its kind."""
    base = READING.parent / "base" / ".agent"
    for file in base.rglob("*.md"):
        assert simple_yaml.read(file.read_text(encoding="utf-8").split("---\n")[1]) is not None


# The handler on its own, as a user of python-frontmatter would use it.


def test_the_handler_serves_python_frontmatter() -> None:
    post = frontmatter.load(str(READING / "well-formed.md"), handler=StrictHandler())
    assert (post["status"], post["status"].line, post["status"].column) == ("in_progress", 4, 9)
    assert post.content.startswith("# Rotate signing secrets")


@pytest.mark.parametrize("name", ["not-closed", "duplicate-key", "alias-bomb", "unquoted-colon", "no-front-matter"])
def test_the_handler_raises_where_python_frontmatter_is_silent(name: str) -> None:
    text = (READING / f"{name}.md").read_text(encoding="utf-8")
    with pytest.raises(FrontMatterError) as caught:
        frontmatter.loads(text, handler=StrictHandler())
    assert caught.value.code == {**REFUSED, **READ_WITH_A_FINDING}[name][0]


@given(texts)
def test_quoted_text_reads_back(text: str) -> None:
    assert yaml.safe_load(quoted(text)) == text


@pytest.mark.parametrize("text", ["two\nlines", "a\x00b", "a\rb", "\x1b[31m"])
def test_some_text_is_not_quoted(text: str) -> None:
    with pytest.raises(ValueError, match="can't be written"):
        quoted(text)
