"""Titles, owners, notes, names, authors and subjects that attack whoever is shown them, through every front."""

from __future__ import annotations

import json
import re
import xml.etree.ElementTree as ElementTree
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from pathlib import Path

PLAN = "EP-20260105-001"
ACTIVE = ".agent/exec_plans/reliable-webhooks/milestones/active"
RETRY = f"{ACTIVE}/{PLAN}_MS002_retry-failed-deliveries.md"
SHOW = f"{ACTIVE}/{PLAN}_MS003_show-deliveries.md"

HTML = "<script>alert(1)</script><img src=x onerror=alert(2)>"
ESCAPES = "\x1b[31mred\x1b]8;;http://evil\x07\x9b2J"
BIDI = "\u202egnp.exe\u2066\u200f"
#: What a terminal, or somebody who reads, must never be sent as it is.
RAW = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]")
#: What a browser must not be sent: an element that a document brought along.
LIVE = re.compile(r"<script>alert|<img src=x", re.IGNORECASE)


@pytest.fixture
def hostile(repo: Any) -> Any:
    """The example with markup in front matter, escapes in a body, a name, an author and a subject."""
    file = repo.root / RETRY
    text = file.read_text(encoding="utf-8")
    text = re.sub(r"(?m)^title:.*$", lambda _: f"title: 'A {HTML} title --> ```'", text)
    text = re.sub(r"(?m)^owner:.*$", lambda _: f"owner: '{HTML}'", text)
    file.write_text(text, encoding="utf-8")
    repo.git("-c", f"user.name={ESCAPES} {BIDI} {HTML}", "commit", "-qam", f"{ESCAPES}{BIDI}{HTML}")
    file.write_text(text.replace("status: planned", "status: in_progress"), encoding="utf-8")
    repo.git("-c", f"user.name={ESCAPES} {BIDI} {HTML}", "commit", "-q", "--allow-empty", "-am", f"{BIDI}{HTML}")
    other = repo.root / SHOW
    body = other.read_text(encoding="utf-8").replace("status: planned", "status: blocked")
    other.write_text(f"{body}\n## {ESCAPES} {BIDI} {HTML}\n\n[{BIDI}](missing{BIDI}.md)\n", encoding="utf-8")
    for name in (f"x{ESCAPES.replace('/', '')}{BIDI}.md", f"{PLAN}_MS009_{BIDI}<img src=x>.md"):
        (repo.root / ACTIVE / name).write_text(text.replace("MS002", "MS009"), encoding="utf-8")
    repo.git("add", "-A")
    repo.git("-c", f"user.name={ESCAPES} {HTML}", "commit", "-qm", f"{ESCAPES}{HTML}")
    return repo


FORMATS = ("full", "concise", "grouped", "json", "json-lines", "github", "gitlab", "junit", "sarif")
SHOWN = [
    *(["check", "--format", form] for form in FORMATS),
    ["check", "--statistics"],
    ["check", "--fix", "--diff"],
    ["list"],
    ["list", "--json"],
    ["show", "MS002"],
    ["show", "MS003"],
    ["show", "MS002", "--json"],
    ["plan", "list"],
    ["log", "MS002"],
    ["log", "MS002", "--json"],
    ["stats"],
    ["stats", "--json"],
    ["forecast"],
    ["forecast", "--json"],
    ["next"],
    ["next", "--json"],
    *(["diff", "HEAD~3", "HEAD", "--format", form] for form in ("text", "markdown", "json")),
    *(["graph", "--format", form] for form in ("mermaid", "dot", "graphml", "json", "svg")),
    ["archive", "MS002", "--complete", "--dry-run"],
    ["ledger", "build", "--dry-run"],
    ["set", "MS002", f"domain={ESCAPES}"],
    ["set", "MS002", f"owner={BIDI}"],
    ["new", PLAN, f"{ESCAPES}{BIDI}"],
    ["show", f"{ESCAPES}{BIDI}"],
    ["check", f"{ESCAPES}.md"],
]


@pytest.mark.parametrize("command", SHOWN, ids=lambda words: " ".join(words).encode("unicode_escape").decode()[:60])
def test_nothing_reaches_a_terminal_or_a_file_as_it_is(hostile: Any, command: list[str]) -> None:
    done = hostile.process(*command, FORCE_COLOR="")
    assert "internal error" not in done.err
    assert "Traceback" not in done.err
    for text in (done.out, done.err):
        assert not (found := RAW.search(text)), (found, text[max(0, found.start() - 60) :][:120])
    if "svg" in command or "graphml" in command or "junit" in command:
        ElementTree.fromstring(done.out)
        assert not LIVE.search(done.out)
    if "json" in command or "--json" in command or "sarif" in command or "gitlab" in command:
        json.loads(done.out)
    if "markdown" in command:
        assert not LIVE.search(re.sub(r"(?s)(`+)(?!`).*?(?<!`)\1(?!`)", "", done.out)), done.out
    if "mermaid" in command:
        assert not LIVE.search(done.out)


def test_nothing_reaches_a_page(hostile: Any, tmp_path: Path) -> None:
    done = hostile.process("render", "--out", str(tmp_path / "out"), "--on-error", "ignore")
    assert done.status == 0, done.err
    pages = [*tmp_path.glob("out/**/*.html"), *tmp_path.glob("out/**/*.svg"), *tmp_path.glob("out/**/*.json")]
    assert len(pages) > 5
    for page in pages:
        text = page.read_text(encoding="utf-8")
        # Marks of direction that turn nothing but themselves belong to texts in Arabic and Hebrew.
        assert not (found := re.search("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]", text)), (
            page,
            text[max(0, found.start() - 100) :][:200],
        )
        if page.suffix != ".json":
            assert not (found := LIVE.search(text)), (page, text[found.start() - 100 :][:200])
