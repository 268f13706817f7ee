"""The site in a real Chromium: it loads, it links, it keeps quiet, and it asks no other host for anything."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from browsing import FORGE, Watched, served
from milestones.site.pages import SiteOptions
from milestones.site.standalone import render
from portfolios import nested
from sites import milestone_files

if TYPE_CHECKING:
    from pathlib import Path

    from playwright.sync_api import Browser

    from sites import Site

pytestmark = pytest.mark.browser


def test_a_graph_node_leads_to_its_milestone_under_instant_navigation(
    build: Site, repository: Path, browser: Browser
) -> None:
    # Material takes over clicks for addresses of the site's own sitemap only, so it has to know where it is served.
    with served(repository / "site") as base:
        done = build(url=f"{base}/", repo=FORGE)
        assert done.returncode == 0, done.stderr
        watched = Watched(browser)
        page = watched.page
        page.goto(f"{base}/milestones/")
        assert page.locator("h1").inner_text().strip("¶ \n") == "Roadmap"
        page.get_by_role("link", name="Dependency graph").first.click()
        page.wait_for_url("**/milestones/graph/")
        node = page.locator("svg.mst-graph a").first
        title = node.locator("title").text_content() or ""
        node.click()
        page.get_by_role("link", name="Open its page").click()
        page.wait_for_url("**/milestones/plans/**")
        page.locator(".mst-head").wait_for()  # the address changes before the page does
        heading = page.locator("h1").inner_text().strip("¶ \n")
        assert heading
        assert heading in title
        page.go_back()
        page.wait_for_url("**/milestones/graph/")
        assert page.locator("svg.mst-graph a").count() > 1
        assert watched.complaints == []
        assert watched.foreign(base) == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [360, 1280])
def test_no_page_scrolls_sideways(build: Site, repository: Path, browser: Browser, scheme: str, width: int) -> None:
    assert build(repo=FORGE).returncode == 0
    with served(repository / "site") as base:
        watched = Watched(browser, viewport={"width": width, "height": 800}, color_scheme=scheme)
        plan = next((repository / "site/milestones/plans").iterdir()).name
        for uri in ("", "graph/", "health/", f"plans/{plan}/", f"plans/{plan}/ms002/"):
            watched.page.goto(f"{base}/milestones/{uri}")
            assert watched.page.locator("h1").count() == 1
            overflow = watched.page.evaluate(
                "document.documentElement.scrollWidth - document.documentElement.clientWidth"
            )
            assert overflow <= 0, uri
        assert watched.complaints == []
        assert watched.foreign(base) == []


def test_without_scripts_all_is_there(build: Site, repository: Path, browser: Browser) -> None:
    assert build(repo=FORGE).returncode == 0
    with served(repository / "site") as base:
        page = Watched(browser, java_script_enabled=False).page
        page.goto(f"{base}/milestones/")
        assert page.locator("table.mst-all tbody tr:visible").count() == 3
        page.goto(f"{base}/milestones/graph/")
        assert page.locator("svg.mst-graph a").count() > 1


def test_rendered_without_mkdocs_it_opens_from_a_folder(repository: Path, tmp_path: Path, browser: Browser) -> None:
    from milestones.cli import main

    out = tmp_path / "out"
    assert main(["-C", str(repository), "render", "--out", str(out), "--today", "2026-02-01"]) == 0
    watched = Watched(browser)
    watched.page.goto((out / "milestones" / "index.html").as_uri())
    watched.page.locator("svg a").first.click()
    watched.page.wait_for_url("**/plans/**")
    assert watched.page.locator("h1").count() == 1
    assert watched.complaints == []
    assert [r.url for r in watched.requests if not r.url.startswith("file:")] == []


@pytest.mark.parametrize("width", [360, 1280])
def test_plans_within_plans_fold_and_conventions_are_told_apart(tmp_path: Path, browser: Browser, width: int) -> None:
    render(nested(), SiteOptions(), tmp_path)
    watched = Watched(browser, viewport={"width": width, "height": 800})
    page = watched.page
    page.goto((tmp_path / "milestones" / "index.html").as_uri())
    inner = page.locator(".mst-plans").get_by_role("link", name="Plan v1.0/05")
    assert inner.is_visible()
    assert not page.locator(".mst-plans").get_by_role("link", name="Plan v1.0/04").is_visible()
    page.locator(".mst-plans summary", has_text="plans in it").first.click()
    assert not inner.is_visible()
    for file in sorted(tmp_path.rglob("*.html")):
        page.goto(file.as_uri())
        page.evaluate("document.querySelectorAll('details').forEach((fold) => (fold.open = true))")
        assert page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth") <= 0, file
    assert watched.complaints == []


def test_every_word_of_ours_is_in_the_language_that_the_page_says(
    build: Site, repository: Path, browser: Browser
) -> None:
    document = milestone_files(repository)[0]
    number = re.findall("MS[0-9]+", document.name)
    document.write_text("---\ntitle: a: b\n---\n", encoding="utf-8")
    assert build(options="{language: de, on_error: ignore}", repo=FORGE).returncode == 0
    language = "element => element.closest('[lang]').lang + ' ' + (element.closest('[dir]') || {}).dir"
    with served(repository / "site") as base:
        page = Watched(browser).page
        plan = next((repository / "site/milestones/plans").iterdir()).name
        for uri in ("", "graph/", "health/", f"plans/{plan}/", f"plans/{plan}/ms002/"):
            page.goto(f"{base}/milestones/{uri}")
            blocks = page.locator(".mst").all()
            assert blocks
            assert {block.evaluate(language) for block in blocks} == {"de ltr"}, uri
            assert page.locator("html").evaluate("element => element.lang") == "en"
        page.goto(f"{base}/milestones/health/")
        assert page.locator("h2#faults").evaluate(language) == "de ltr"
        page.goto(f"{base}/milestones/plans/{plan}/{number[0].lower()}/")
        # What the check says is English everywhere.
        message = page.locator(".mst-faults [lang]")
        assert message.first.evaluate(language) == "en ltr"
