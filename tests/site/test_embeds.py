"""Blocks on a reader's own pages: found wherever they may stand, read strictly, drawn, reported by page and line."""

from __future__ import annotations

import html
import re
import socket
import subprocess
import sys
from contextlib import closing
from typing import TYPE_CHECKING

import jsonschema
import pytest
from hypothesis import given
from hypothesis import strategies as st

from milestones import schemas
from milestones.site.context import Context
from milestones.site.embeds import Embeds
from milestones.site.embeds.fences import blocks
from milestones.site.embeds.options import OBEYED, SCHEMA
from milestones.site.pages import SiteOptions
from portfolios import HOSTILE, hostile, nested, portfolio, varied
from sites import environment, milestone_files
from test_plugin import THEMES, wait_for

if TYPE_CHECKING:
    from pathlib import Path

    from milestones.model import Finding
    from milestones.project.portfolio import Portfolio
    from sites import Site

EXTENSIONS = """\
markdown_extensions:
  - admonition
  - pymdownx.superfences
  - pymdownx.tabbed: {alternate_style: true}
  - pymdownx.snippets: {base_path: [parts]}
"""
PLAN = "EP-20260105-001"
VIEWS = {
    "table": "view: table",
    "list": f"view: list\nplan: {PLAN}",
    "next": "view: next",
    "timeline": "view: timeline",
    "card": f"view: card\nid: {PLAN}/MS002\nplan: {PLAN}",
    "progress": "view: progress",
    "graph": f"view: graph\nplan: {PLAN}",
}


def fenced(text: str, fence: str = "```") -> str:
    return f"{fence}milestones\n{text}\n{fence}"


def indented(text: str, by: str = "    ") -> str:
    return "\n".join(by + line for line in text.split("\n"))


def write(repository: Path, text: str, name: str = "index.md") -> None:
    file = repository / "docs" / name
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text, encoding="utf-8")


def article(repository: Path, uri: str = "index.html") -> str:
    return (repository / "site" / uri).read_text(encoding="utf-8")


def shown(text: str, of: Portfolio | None = None) -> tuple[str, list[Finding]]:
    """What a page that holds one block shows, rendered as far as the block goes."""
    embeds = Embeds(Context(of or varied(), SiteOptions()))
    page = fenced(text)
    marked = embeds.set_aside("docs/x.md", page, page)
    rendered = embeds.fill("docs/x.md", f"<p>{marked.strip()}</p>", lambda uri: f"/{uri}")
    return rendered, embeds.findings


def titles(text: str, of: Portfolio | None = None) -> list[str]:
    rendered, findings = shown(text, of)
    assert findings == []
    return [html.unescape(title) for title in re.findall(r"<bdi>([^<]*)</bdi></a>\s*<span", rendered)]


@pytest.mark.parametrize("theme", THEMES)
@pytest.mark.parametrize("directories", [True, False])
def test_every_view_is_drawn_and_its_links_lead_somewhere(
    build: Site, repository: Path, theme: str, directories: bool
) -> None:
    text = "# Home\n\n" + "\n\nWords.\n\n".join(map(fenced, VIEWS.values()))
    write(repository, text)
    write(repository, text, "deep/er/page.md")
    done = build(theme=THEMES[theme], more=f"use_directory_urls: {str(directories).lower()}", strict=True)
    assert done.returncode == 0, done.stderr
    for file in ("index.html", "deep/er/page/index.html" if directories else "deep/er/page.html"):
        content = article(repository, file)
        for view in VIEWS:
            assert f"mst-embed-{view}" in content
        assert "mstembed" not in content
        links = re.findall(r'(?:xlink:)?href="([^"#?:]*milestones/plans/[^"#?:]*)', content)
        assert len(links) > 10
        for target in links:
            there = ((repository / "site" / file).parent / target).resolve()
            assert there.exists(), target
        ids = re.findall(r'\sid="([^"]+)"', content)
        assert len(ids) == len(set(ids))


PLACES = {
    "tildes": fenced("view: list", "~~~"),
    "a longer fence": fenced("view: list", "`````"),
    "braces": "``` { .milestones }\nview: list\n```",
    "a list": f"- item\n\n{indented(fenced('view: list'))}\n\n- another",
    "a tight list": f"- item\n{indented(fenced('view: list'))}\n- another",
    "the beginning of an item": "- ```milestones\n  view: list\n  ```",
    "an admonition": f"!!! note\n\n{indented(fenced('view: list'))}",
    "a list in an admonition": f"!!! note\n    1. item\n\n{indented(fenced('view: list'), '        ')}",
    "a tab": f'=== "Tab"\n\n{indented(fenced("view: list"))}',
    "a quote": "> words\n>\n" + indented(fenced("view: list"), "> "),
    "a quote in a quote": "> > words\n> >\n" + indented(fenced("view: list"), "> > "),
    "an admonition in a quote": "> !!! note\n>\n" + indented(fenced("view: list"), ">     "),
    "tabs": "- item\n\n" + indented(fenced("view: list"), "\t"),
    "a paragraph's next line": f"Words\n{fenced('view: list')}\nwords",
    "blanks behind": "```milestones   \nview: list\n```   ",
}


@pytest.mark.parametrize("superfences", [True, False])
def test_a_block_may_stand_wherever_a_fence_may(build: Site, repository: Path, superfences: bool) -> None:
    for at, text in enumerate(PLACES.values()):
        write(repository, f"# Page\n\n{text}\n\nEnd.\n", f"place-{at}.md")
    more = EXTENSIONS if superfences else EXTENSIONS.replace("  - pymdownx.superfences\n", "")
    done = build(more=more, strict=True)
    assert done.returncode == 0, done.stderr
    for at, place in enumerate(PLACES):
        content = article(repository, f"place-{at}/index.html")
        assert content.count("mst-embed-list") == 1, place
        assert "mstembed" not in content, place
        assert "view: list" not in content, place


def test_it_stands_inside_what_it_was_written_in(build: Site, repository: Path) -> None:
    write(repository, f"# Page\n\n!!! note\n\n    Words.\n\n{indented(fenced('view: list'))}\n\nEnd.\n")
    assert build(more=EXTENSIONS).returncode == 0
    found = re.search(r'<div class="admonition note">(.*?)<p>End\.</p>', article(repository), re.DOTALL)
    assert found
    assert "mst-embed-list" in found[1]
    assert found[1].rstrip().endswith("</div>")


CODE = {
    "a longer fence": f"````markdown\n{fenced('view: nonsense')}\n````",
    "tildes around": f"~~~text\n{fenced('view: nonsense')}\n~~~",
    "indented code": f"Words:\n\n    before\n{indented(fenced('view: nonsense'))}\n    after",
    "a comment": f"<!--\n{fenced('view: nonsense')}\n-->",
}


@pytest.mark.parametrize("place", CODE)
def test_what_shows_a_block_stays_code(build: Site, repository: Path, place: str) -> None:
    write(repository, f"# Page\n\n{CODE[place]}\n\nInline `` ```milestones `` too.\n")
    done = build(more=EXTENSIONS, strict=True)
    assert done.returncode == 0, done.stderr
    content = article(repository)
    assert "mst-embed" not in content
    assert "mstembed" not in content
    plain = html.unescape(re.sub(r"<(?!!)[^>]*>", "", content))
    assert "view: nonsense" in plain
    if place != "a comment":
        assert fenced("view: nonsense") in plain
    if place == "indented code":
        assert f"before\n{fenced('view: nonsense')}\nafter" in plain


LINES = st.sampled_from(
    ["words", "", "  set in", "- item", "<b>&", "```milestones", "  ```milestones", "```", "view: x"]
)


@given(st.lists(LINES, max_size=12))
def test_blocks_put_aside_in_code_come_back_as_they_were(lines: list[str]) -> None:
    text = "\n".join(["code", *lines])
    embeds = Embeds(Context(portfolio(), SiteOptions()))
    marked = embeds.set_aside("x", text, text)
    rendered = embeds.fill("x", f"<pre><code>{html.escape(marked, quote=False)}\n</code></pre>", str)
    assert rendered.removesuffix("\n</code></pre>") == f"<pre><code>{html.escape(text, quote=False)}"
    assert embeds.findings == []


FAULTS = {
    "view: tabel": (1, "`view` can't be `tabel`", "write `table`"),
    "plan: EP-1": (0, "the key `view` is missing", "add `view: table`"),
    "view: table\nplann: x": (2, "there is no key `plann`", "did you mean `plan`?"),
    f"view: table\nplan: {PLAN[:-1]}2": (2, f"there is no plan `{PLAN[:-1]}2`", f"did you mean `{PLAN}`?"),
    f"view: card\nid: [{PLAN}/MS001, {PLAN}/MS09]": (2, f"there is no milestone `{PLAN}/MS09`", "did you mean"),
    "view: card\nid: MS002": (2, "there is no milestone `MS002`", f"did you mean `{PLAN}/MS002`?"),
    "view: table\nprofile: exceplan": (2, "no convention in use `exceplan`", "did you mean `execplan`?"),
    "view: table\nstatus: [blocked, complete]": (2, "`status.1` can't be `complete`", "write `completed`"),
    "view: table\n\ndue_before: 2026-02-30": (3, "`due_before` is not a date", "the calendar has no such day"),
    "view: table\ndue_before: next week": (2, "`due_before` has the wrong form", "today+14d"),
    "view: card": (1, "this card is of nothing", "add `id:` or `plan:`"),
    f"view: card\nid: {PLAN}/MS001\nlimit: 3": (3, "`limit` says nothing to a card", "a card obeys view, title"),
    "view: table\nlimit: 0": (2, "`limit` must be at least 1", "write for example"),
    "view: table\nlimit: many": (2, "`limit` must be a whole number", "write for example"),
    "view: table\nlimit:": (2, "`limit` is empty", "write for example"),
    "view: table\nview: list": (2, "`view` is given twice, first on line 6", "keep one of the two lines"),
    "view: table\ntitle: a: b": (2, "an unquoted `: `", 'write title: "a: b"'),
    "view: &a table": (1, "anchors (`&name`) are not supported here", "quote"),
    "- table": (1, "this block is a list", "`key: value`"),
    "": (0, "this block is empty", "view: table"),
}


@pytest.mark.parametrize("text", FAULTS)
def test_a_fault_names_the_page_the_line_and_what_mends_it(build: Site, repository: Path, text: str) -> None:
    line, message, help = FAULTS[text]
    write(repository, f"---\ntitle: Home\n---\n\n{fenced(text)}\n\nMore.\n", "deep/page.md")
    done = build()
    assert done.returncode == 1
    assert f"docs/deep/page.md:{5 + line}: " in done.stderr, done.stderr
    assert message in done.stderr
    assert help in done.stderr
    assert "Traceback" not in done.stderr
    assert "1 error in milestones blocks" in done.stderr


@pytest.mark.parametrize(
    ("block", "words"),
    [
        ("```milestones\nview: table\n", "no line of ``` ends this block"),
        ("```Milestones\nview: table\n```", "write `milestones`, in small letters"),
        ('```milestones title="x"\nview: table\n```', "options after the fence are not read"),
        ("> ```milestones\n> view: table\n\n```", "no line of ``` ends this block"),
    ],
)
def test_a_fence_that_is_none_of_ours_is_not_left_in_silence(
    build: Site, repository: Path, block: str, words: str
) -> None:
    write(repository, f"# Page\n\n{block}")
    done = build()
    assert done.returncode == 1
    assert "docs/index.md:3: " in done.stderr
    assert words in done.stderr


def test_all_faults_of_all_pages_come_at_once_and_on_error_is_obeyed(build: Site, repository: Path) -> None:
    write(repository, f"# A\n\n{fenced('view: a')}\n\n{fenced('view: b')}\n", "a.md")
    write(repository, f"# B\n\n{fenced('view: c')}\n", "b.md")
    done = build()
    assert done.returncode == 1
    places = ["docs/a.md:4: ", "docs/a.md:8: ", "docs/b.md:4: "]
    assert [place for place in places if place in done.stderr] == places
    assert "3 errors in milestones blocks" in done.stderr

    done = build(options="{on_error: warn}")
    assert done.returncode == 0, done.stderr
    assert done.stderr.count("WARNING") == 3
    assert article(repository, "a/index.html").count("mst-embed-fault") == 2
    assert "docs/a.md:8" in article(repository, "a/index.html")
    assert build(options="{on_error: warn}", strict=True).returncode == 1

    done = build(options="{on_error: ignore}", strict=True)
    assert done.returncode == 0, done.stderr
    assert "docs/a.md" not in done.stderr
    assert "mst-embed-fault" in article(repository, "a/index.html")


def test_an_owner_that_nobody_is_is_a_warning(build: Site, repository: Path) -> None:
    write(repository, f"# A\n\n{fenced('view: table' + chr(10) + 'owner: mira')}\n")
    done = build()
    assert done.returncode == 0, done.stderr
    assert "docs/index.md:5: no plan or milestone has the owner `mira`" in done.stderr
    assert "did you mean <code>@mira</code>?" in article(repository)
    assert build(strict=True).returncode == 1


def test_a_documents_own_text_has_no_blocks(build: Site, repository: Path) -> None:
    file = next(f for f in milestone_files(repository) if "/active/" in str(f))
    text = f"{file.read_text(encoding='utf-8')}\n{fenced('view: nonsense')}\n"
    file.write_text(text, encoding="utf-8")
    done = build()
    assert done.returncode == 0, done.stderr
    pages = [f.read_text("utf-8") for f in (repository / "site/milestones").rglob("*.html")]
    assert not [page for page in pages if "mst-embed-" in page]
    assert [page for page in pages if "view: nonsense" in html.unescape(re.sub("<[^>]*>", "", page))]

    # Also where the documents lie in the docs, and MkDocs makes a page of each itself.
    plans = next((repository / ".agent/exec_plans").iterdir())
    (repository / ".agent/exec_plans").rename(repository / "docs/plans")
    (repository / "milestones.toml").write_text('root = "docs/plans"\nprofile = "execplan"\n', encoding="utf-8")
    done = build(more="validation: {omitted_files: ignore}")
    assert done.returncode == 0, done.stderr
    own = [f.read_text("utf-8") for f in (repository / "site/plans" / plans.name).rglob("*.html")]
    assert [page for page in own if "view: nonsense" in html.unescape(re.sub("<[^>]*>", "", page))]
    assert not [page for page in own if "mst-embed" in page]


def test_a_block_in_an_included_file(build: Site, repository: Path) -> None:
    (repository / "parts").mkdir()
    (repository / "parts" / "good.md").write_text(fenced("view: list") + "\n", encoding="utf-8")
    (repository / "parts" / "bad.md").write_text(fenced("view: nonsense") + "\n", encoding="utf-8")
    write(repository, '# Page\n\n--8<-- "good.md"\n')
    done = build(more=EXTENSIONS, strict=True)
    assert done.returncode == 0, done.stderr
    assert article(repository).count("mst-embed-list") == 1
    write(repository, '# Page\n\n--8<-- "bad.md"\n')
    done = build(more=EXTENSIONS)
    assert done.returncode == 1
    assert "docs/index.md:1: `view` can't be `nonsense` (in what is included here)" in done.stderr


def test_a_table_says_what_it_was_asked_for() -> None:
    assert titles("view: table\nplan: EP-1") == ["Milestone 001", "Milestone 002", "Milestone 003"]
    assert titles("view: table\nstatus: open\nplan: [EP-1]") == ["Milestone 002", "Milestone 003"]
    assert titles("view: table\nstatus: [completed, cancelled]") == ["Milestone 001", "Milestone 002"]
    assert titles("view: table\nstatus: closed") == ["Milestone 001", "Milestone 002"]
    assert titles("view: table\nowner: '@ADA'") == ["Milestone 002"]
    assert titles("view: table\ntag: api\nrisk: HIGH\ndomain: search") == ["Milestone 002"]
    assert titles("view: table\ndue_before: 2026-03-01") == ["Milestone 002"]
    assert titles("view: table\ndue_after: today") == ["Milestone 003"]
    assert titles("view: table\ndue_after: today-60d\ndue_before: today-49d") == ["Milestone 002"]
    assert titles("view: table\ndue_after: today-60d\ndue_before: today-51d") == []
    assert titles("view: list\nid: [EP-2/MS003, EP-1/MS001]") == ["Milestone 003", "Milestone 001"]


def test_a_table_is_sorted_and_cut() -> None:
    rows = "view: table\nid: [EP-1/MS001, EP-1/MS002, EP-2/MS003]"
    assert titles(f"{rows}\nsort: due") == ["Milestone 002", "Milestone 003", "Milestone 001"]
    assert titles(f"{rows}\nsort: -due") == ["Milestone 003", "Milestone 002", "Milestone 001"]
    assert titles(f"{rows}\nsort: [owner, -progress]") == ["Milestone 002", "Milestone 001", "Milestone 003"]
    rendered, _ = shown(f"{rows}\nlimit: 1")
    assert rendered.count("<tr>") == 2
    assert "2 more milestones" in rendered
    rendered, _ = shown("view: table\ncolumns: [status, milestone, risk]")
    assert re.findall(r'<th scope="col">([^<]*)', rendered) == ["Status", "Milestone", "Risk"]


def test_plans_within_plans_belong_to_them() -> None:
    phases = titles("view: table\nplan: v1.0", nested())
    assert phases == ["Milestone 1", "Milestone 2", "Milestone 3"]
    assert titles("view: table\nprofile: backlog\nstatus: in_progress", nested()) == ["Milestone 1"]


def test_what_is_next_and_how_far_it_all_is() -> None:
    assert titles("view: next") == ["Milestone 003"]
    assert titles("view: next\nplan: EP-1") == []
    assert "Nothing is ready to start." in shown("view: next\nplan: EP-1")[0]
    whole, plan, some = (shown(f"view: progress{more}")[0] for more in ("", "\nplan: EP-1", "\nstatus: completed"))
    assert 'value="28"' in whole
    assert 'value="46"' in plan
    assert 'value="100"' in some
    assert "1 of 6 completed" in whole


@pytest.mark.parametrize("view", OBEYED)
def test_nothing_of_a_document_becomes_markup(view: str) -> None:
    of = "\nplan: EP-1\nid: EP-1/MS1" if view == "card" else ""
    rendered, findings = shown(f"view: {view}{of}", hostile())
    assert findings == []
    assert "<script" not in rendered
    assert "<img" not in rendered
    rendered, findings = shown(f"view: {view}{of}\ntitle: |\n  {HOSTILE}", hostile())
    assert "<script" not in rendered
    assert "\n\n" not in rendered


def test_an_empty_repository_has_nothing_to_show() -> None:
    for view in OBEYED:
        if view != "card":
            rendered, findings = shown(f"view: {view}", portfolio())
            assert findings == []
            assert "mst-quiet" in rendered


def test_the_schema_and_the_views_know_the_same_keys() -> None:
    schema = schemas.load(SCHEMA)
    assert set(schema["properties"]["view"]["enum"]) == set(OBEYED)
    assert set(schema["properties"]) == frozenset().union(*OBEYED.values())
    jsonschema.validate({"view": "table", "status": "open"}, schema)
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate({"view": "table", "status": "done"}, schema)


def test_the_server_shows_a_fault_in_place_and_lives_on(build: Site, repository: Path) -> None:
    write(repository, f"# Home\n\n{fenced('view: list')}\n")
    assert build().returncode == 0
    with closing(socket.socket()) as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [sys.executable, "-m", "mkdocs", "serve", "--dev-addr", f"127.0.0.1:{port}"]
    server = subprocess.Popen(
        command, cwd=repository, env=environment(), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    url = f"http://127.0.0.1:{port}/sub/"
    try:
        wait_for(url, "mst-embed-list")
        file = milestone_files(repository)[-1]
        text = re.sub(r"^title: .*$", "title: Quite another", file.read_text(encoding="utf-8"), flags=re.MULTILINE)
        file.write_text(text, encoding="utf-8")
        wait_for(url, "Quite another")
        write(repository, f"# Home\n\n{fenced('view: nonsense')}\n")
        wait_for(url, "docs/index.md:4")
        assert server.poll() is None
        write(repository, f"# Home\n\n{fenced('view: progress')}\n")
        wait_for(url, "mst-embed-progress")
    finally:
        server.terminate()
        server.wait(timeout=20)


def test_a_fence_that_a_quote_ends_hides_no_later_one() -> None:
    text = f"> ```text\n\n```text\n{fenced('view: x', '~~~')}\n```\n\n{fenced('view: list')}"
    assert [block.line for block in blocks(text)] == [9]


@pytest.mark.parametrize("line", ["```a", "~~~milestones", "<!-- a", "> ```a", "> ```\nx", "- > ```milestones"])
def test_a_long_page_is_looked_through_once(line: str) -> None:
    whole = f"{line}\n" * 40_000
    assert len(list(blocks(f"{whole}milestones"))) in (0, 40_000)
