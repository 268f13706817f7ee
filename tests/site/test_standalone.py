"""The site without MkDocs."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Literal
from urllib.parse import unquote, urlsplit

import pytest

from milestones.model import Part, Status
from milestones.site.pages import SiteOptions
from milestones.site.standalone import MANIFEST, render
from portfolios import hostile, milestone, plan, portfolio, varied

if TYPE_CHECKING:
    from pathlib import Path

LINK = re.compile(r'(?:xlink:href|href|src)="([^"]*)"')


def contents(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()}


def test_every_relative_link_leads_to_a_file(tmp_path: Path) -> None:
    written = render(varied(), SiteOptions(), tmp_path)
    pages = [path for path in written if path.suffix == ".html"]
    assert len(pages) == 11
    for page in pages:
        html = page.read_text(encoding="utf-8")
        ids = set(re.findall(r'\bid="([^"]*)"', html))
        for link in LINK.findall(html):
            target = urlsplit(link)
            if target.scheme:
                continue
            if target.path:
                assert (page.parent / unquote(target.path)).is_file(), (page, link)
            elif not target.fragment.startswith("status="):
                assert target.fragment in ids, (page, link)


def test_pages_are_complete_and_load_nothing_from_elsewhere(tmp_path: Path) -> None:
    for path in render(varied(), SiteOptions(), tmp_path):
        if path.suffix != ".html":
            continue
        html = path.read_text(encoding="utf-8")
        assert html.startswith("<!doctype html>")
        assert html.count("<h1") == 1
        assert "{{slot" not in html
        assert not re.search(r"<(?:script|link|img)[^>]*(?:src|href)=\"(?:https?:)?//", html)
        assert "style=" not in html.replace('style="text-align: right;"', "")


def test_hostile_text_stays_text(tmp_path: Path) -> None:
    for path in render(hostile(), SiteOptions(), tmp_path):
        if path.suffix != ".html":
            continue
        html = path.read_text(encoding="utf-8")
        assert len(re.findall("<script", html)) == 1
        assert "<img" not in html
        assert not re.search(r'href="\s*javascript', html, re.IGNORECASE)


@pytest.mark.parametrize("format", ["html", "markdown"])
def test_same_input_same_bytes(tmp_path: Path, format: Literal["html", "markdown"]) -> None:
    render(varied(), SiteOptions(), tmp_path / "a", format)
    render(varied(), SiteOptions(), tmp_path / "b", format)
    assert contents(tmp_path / "a") == contents(tmp_path / "b")


def test_what_is_gone_is_removed_and_what_is_others_is_left(tmp_path: Path) -> None:
    both = portfolio((milestone("001"), milestone("002", plan="EP-2")), (plan(),))
    render(both, SiteOptions(), tmp_path)
    mine = tmp_path / "milestones" / "plans" / "notes.html"
    mine.write_text("mine", encoding="utf-8")
    render(portfolio((milestone("001"),), (plan(),)), SiteOptions(), tmp_path)
    assert mine.is_file()
    assert (tmp_path / "milestones/plans/ep-1/ms001.html").is_file()
    assert not (tmp_path / "milestones/plans/ep-2").exists()
    assert not (tmp_path / "milestones/plans/ep-2.html").exists()


def test_a_manifest_cannot_reach_outside(tmp_path: Path) -> None:
    out, outside = tmp_path / "out", tmp_path / "precious.txt"
    outside.write_text("precious", encoding="utf-8")
    out.mkdir()
    (out / "link").symlink_to(tmp_path)
    names = ["../precious.txt", str(outside), "link/precious.txt", "a/../../precious.txt", 7]
    (out / MANIFEST).write_text(json.dumps(names), encoding="utf-8")
    render(varied(), SiteOptions(), out)
    assert outside.read_text(encoding="utf-8") == "precious"


def test_a_broken_manifest_removes_nothing(tmp_path: Path) -> None:
    (tmp_path / MANIFEST).write_text("{", encoding="utf-8")
    (tmp_path / "a.html").write_text("a", encoding="utf-8")
    render(varied(), SiteOptions(), tmp_path)
    assert (tmp_path / "a.html").is_file()


def test_links_between_documents_become_links_between_pages(tmp_path: Path) -> None:
    body = "[next](MS002.md#scope), [root](plans/EP-1/EP-1.md), [out](https://example.org), [dead](../x.md)\n"
    render(portfolio((milestone("001"), milestone("002")), (plan(),), body=body), SiteOptions(), tmp_path)
    html = (tmp_path / "milestones/plans/ep-1/ms001.html").read_text(encoding="utf-8")
    assert '<a href="ms002.html#scope">next</a>' in html
    assert '<a href="../ep-1.html">root</a>' in html
    assert '<a href="https://example.org">out</a>' in html


def test_links_of_every_part_of_a_milestone_lead_on(tmp_path: Path) -> None:
    parts = (Part("Plan", "plans/EP-1/MS001.md"), Part("Notes", "notes/one.md"))
    members = (milestone("001", parts=parts), milestone("002", path="notes/MS002.md"))
    render(portfolio(members, (plan(),), body="[two](MS002.md)\n"), SiteOptions(), tmp_path)
    html = (tmp_path / "milestones/plans/ep-1/ms001.html").read_text(encoding="utf-8")
    assert html.count('<a href="ms002.html">two</a>') == 2
    assert "<code>notes/one.md</code>" in html


def test_checkboxes(tmp_path: Path) -> None:
    render(portfolio((milestone("001"),), (plan(),)), SiteOptions(), tmp_path)
    html = (tmp_path / "milestones/plans/ep-1/ms001.html").read_text(encoding="utf-8")
    assert '<li class="mst-task"><input type="checkbox" disabled checked aria-label="Done"> done</li>' in html
    assert '<li class="mst-task"><input type="checkbox" disabled aria-label="Open"> open</li>' in html


def test_markdown_for_other_generators(tmp_path: Path) -> None:
    written = render(varied(), SiteOptions(), tmp_path, "markdown")
    page = tmp_path / "milestones/plans/ep-1/ms002.md"
    assert page in written
    text = page.read_text(encoding="utf-8")
    assert text.startswith(
        '---\ntitle: "Milestone 002"\n---\n\n# Milestone 002\n\n<div lang="en" dir="ltr" class="mst mst-head"'
    )
    assert "{{slot" not in text
    assert 'href="../ms003/"' in text
    assert 'href="../../../"' in text
    assert (tmp_path / "milestones/index.md").read_text(encoding="utf-8").count("hide:\n  - toc") == 1


def test_markdown_without_directory_urls(tmp_path: Path) -> None:
    render(varied(), SiteOptions(), tmp_path, "markdown", use_directory_urls=False)
    text = (tmp_path / "milestones/plans/ep-1/ms002.md").read_text(encoding="utf-8")
    assert 'href="ms003.html"' in text


def test_markdown_disarms_what_another_generator_would_obey(tmp_path: Path) -> None:
    body = (
        "## Objective\n\n<script>alert(1)</script> <IMG src=x onerror=alert(1)> <br> <https://example.org>\n\n"
        "[a](javascript:alert(1)) [b](<java&#115;cript:x>) [c](ok.md) `<b>`\n\n[d]: data:text/html,x\n\n"
        "```html\n<script>shown</script>\n```\n"
    )
    title = 'A: "b" <script>\\'
    source = portfolio((milestone("001", Status.PLANNED, title=title),), (plan(),), body=body)
    render(source, SiteOptions(), tmp_path, "markdown")
    text = (tmp_path / "milestones/plans/ep-1/ms001.md").read_text(encoding="utf-8")
    assert text.splitlines()[1] == 'title: "A: \\"b\\" &lt;script>\\\\"'
    assert "&lt;script>alert(1)&lt;/script> &lt;IMG src=x onerror=alert(1)> <br> <https://example.org>" in text
    assert "[a](#alert(1)) [b](<#>) [c](ok.md) `<b>`" in text or "[a](#" in text
    assert "javascript:" not in text
    assert "data:text" not in text
    assert "<script>shown</script>" in text
