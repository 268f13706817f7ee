"""Every view in a real Chromium in each theme, with and without instant navigation and directory URLs."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from browsing import FORGE, Watched, faults, served

if TYPE_CHECKING:
    from pathlib import Path

    from playwright.sync_api import Browser

    from sites import Site

pytestmark = pytest.mark.browser

THEMES = {
    "material": "  name: material\n  font: false",
    "material, instant": "  name: material\n  font: false\n  features: [navigation.instant]",
    "material, slate": "  name: material\n  font: false\n  palette:\n    scheme: slate",
    "mkdocs": "  name: mkdocs\n  highlightjs: false",
    "readthedocs": "  name: readthedocs\n  highlightjs: false",
}


@pytest.mark.parametrize("directories", [True, False], ids=["directories", "files"])
@pytest.mark.parametrize("theme", THEMES)
def test_every_view_works_in_every_theme(
    build: Site, repository: Path, browser: Browser, theme: str, directories: bool
) -> None:
    with served(repository / "site") as base:
        done = build(
            theme=THEMES[theme], url=f"{base}/", repo=FORGE, more=f"use_directory_urls: {str(directories).lower()}"
        )
        assert done.returncode == 0, done.stderr
        ending = "/" if directories else ".html"
        watched = Watched(browser, viewport={"width": 1280, "height": 900})
        page = watched.page
        page.goto(f"{base}/milestones/{'' if directories else 'index.html'}")
        page.get_by_role("checkbox", name="Planned").check(force=True)
        for view, rows in (("Board", ".mst-card"), ("Table", ".mst-all tbody tr"), ("Timeline", ".mst-row")):
            page.get_by_role("radio", name=view).check(force=True)
            assert page.locator(f"{rows}:visible").count() == 1, view
        assert faults(page, ".mst-views") == []
        page.locator(".mst-row:visible a").first.click()
        page.wait_for_url(f"**/ms*{ending}")
        page.locator(".mst-head").wait_for()  # under instant navigation the address changes first
        page.go_back()
        page.locator(".mst-filter").wait_for()
        assert page.get_by_role("checkbox", name="Planned").is_checked()  # the address says so
        page.goto(f"{base}/milestones/graph{ending}")
        page.locator(".mst-live .mst-box").last.click()
        assert faults(page, ".mst-explorer") == []
        if theme == "mkdocs":  # the theme's own switch to dark colours
            page.evaluate("document.documentElement.dataset.bsTheme = 'dark'")
            assert faults(page, ".mst-explorer") == []
        page.get_by_role("link", name="Open its page").click()
        page.wait_for_url(f"**/ms*{ending}")
        page.go_back()
        page.locator(".mst-live .mst-box").first.wait_for()
        page.goto(f"{base}/milestones/health{ending}")
        assert page.locator("h1").count() == 1
        for box in range(page.locator(".mst").count()):
            assert page.locator(".mst").nth(box).evaluate("e => e.scrollWidth <= e.clientWidth + 1")
        assert watched.complaints == []
        assert watched.foreign(base) == []


@pytest.mark.parametrize("theme", ["material", "mkdocs", "readthedocs"])
def test_every_view_opens_from_a_folder(build: Site, repository: Path, browser: Browser, theme: str) -> None:
    done = build(theme=THEMES[theme], url="", repo=FORGE, more="use_directory_urls: false")
    assert done.returncode == 0, done.stderr
    watched = Watched(browser)
    page = watched.page
    for name in ("index", "graph", "health"):
        page.goto((repository / "site/milestones" / f"{name}.html").as_uri())
        assert page.locator(".mst").first.is_visible()
    page.goto((repository / "site/milestones/graph.html").as_uri())
    page.locator(".mst-live .mst-box").first.click()
    page.get_by_role("link", name="Open its page").click()
    page.wait_for_url("**/ms*.html")
    # Themes load their search by fetch, which no browser allows from a folder.
    assert [c for c in watched.complaints if "mst" in c or "milestones.js" in c] == []
    assert [r.url for r in watched.requests if not r.url.startswith(("file:", "data:", "blob:"))] == []
