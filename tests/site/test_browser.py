"""The site in a real Chromium: it loads, it links, it keeps quiet, and it asks no other host for anything."""

from __future__ import annotations

import contextlib
import functools
import http.server
import os
import shutil
import threading
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import Browser, Page, Request, sync_playwright

from milestones.site.pages import SiteOptions
from milestones.site.standalone import render
from portfolios import nested

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from sites import Site

pytestmark = pytest.mark.browser

#: Material asks GitHub's and GitLab's servers for stars; of any other forge it knows nothing to ask.
FORGE = "https://git.example.org/example/fixture"
ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


def chromium() -> str:
    """Chromium as Debian, or whoever set CHROMIUM, installed it. There is no skipping: CI installs one."""
    found = os.environ.get("CHROMIUM") or shutil.which("chromium") or shutil.which("chromium-browser")
    assert found, "these tests need Chromium; install it, or name it in CHROMIUM"
    return found


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        launched = playwright.chromium.launch(executable_path=chromium(), args=ARGUMENTS)
        yield launched
        launched.close()


class Quiet(http.server.SimpleHTTPRequestHandler):
    """Serves a folder under /sub/, as a project's pages are."""

    def translate_path(self, path: str) -> str:
        return super().translate_path(path.removeprefix("/sub"))

    def log_message(self, *_: object) -> None:
        return


@contextlib.contextmanager
def served(folder: Path) -> Iterator[str]:
    handler = functools.partial(Quiet, directory=str(folder))
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}/sub"
        server.shutdown()


class Watched:
    """A browser page whose complaints and requests are kept."""

    def __init__(self, browser: Browser, **options: object) -> None:
        self.page: Page = browser.new_context(**options).new_page()
        self.complaints: list[str] = []
        self.requests: list[Request] = []
        self.page.on("console", lambda m: self.complaints.append(m.text) if m.type in ("error", "warning") else None)
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))
        self.page.on("request", lambda request: self.requests.append(request))

    def foreign(self, base: str) -> list[str]:
        return [r.url for r in self.requests if not r.url.startswith((base.removesuffix("/sub"), "data:", "blob:"))]


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
        page.wait_for_url("**/milestones/plans/**")
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


def test_the_table_is_filtered_and_the_address_says_so(build: Site, repository: Path, browser: Browser) -> None:
    assert build(repo=FORGE).returncode == 0
    with served(repository / "site") as base:
        watched = Watched(browser)
        page = watched.page
        page.goto(f"{base}/milestones/")
        rows = page.locator("table.mst-all tbody tr:visible")
        assert rows.count() == 3
        page.get_by_label("Status").first.select_option(label="Planned")
        assert rows.count() == 1
        shared = page.url
        assert shared != f"{base}/milestones/"
        other = Watched(browser)
        other.page.goto(shared)
        assert other.page.locator("table.mst-all tbody tr:visible").count() == 1
        assert watched.complaints + other.complaints == []


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
    page.locator(".mst-plans summary.mst-plan").first.click(position={"x": 4, "y": 12})
    assert not inner.is_visible()
    rows = page.locator("table.mst-all tbody tr:visible")
    assert rows.count() == 8
    page.get_by_label("Convention").first.select_option(label="GSD")
    assert rows.count() == 3
    for file in sorted(tmp_path.rglob("*.html")):
        page.goto(file.as_uri())
        page.evaluate("document.querySelectorAll('details').forEach((fold) => (fold.open = true))")
        assert page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth") <= 0, file
    assert watched.complaints == []
