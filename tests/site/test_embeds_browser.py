"""A page full of blocks in a real Chromium: it keeps quiet, axe has nothing against it, and its links lead on."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from browsing import FORGE, Watched, faults, served
from test_embeds import EXTENSIONS, VIEWS, fenced, indented, write

if TYPE_CHECKING:
    from pathlib import Path

    from playwright.sync_api import Browser

    from sites import Site

pytestmark = pytest.mark.browser

#: What the script of the theme mkdocs says in dark mode when there is no highlighter.
ITS_OWN = "Cannot set properties of null (setting 'disabled')"
PALETTE = "\n  palette:\n    scheme: {}"
PAGE = "\n\n".join(
    (
        "# Our plans",
        *(fenced(f"{text}\ntitle: The {view}") for view, text in VIEWS.items()),
        *map(fenced, VIEWS.values()),
        f"!!! note\n\n{indented(fenced('view: progress'))}",
        fenced("view: nonsense"),
        fenced("view: list\nowner: '@nobody'"),
    )
)


@pytest.fixture
def page_of(build: Site, repository: Path) -> Site:
    write(repository, PAGE)

    def run(theme: str, scheme: str) -> None:
        # Other themes load a highlighter from another host, unless they are told not to.
        more = "\n  font: false" + PALETTE.format(scheme) if theme == "material" else "\n  highlightjs: false"
        if theme == "mkdocs":
            more += f"\n  color_mode: {'dark' if scheme == 'slate' else 'light'}"
        chosen = f"  name: {theme}{more}"
        done = build(theme=chosen, options="{on_error: warn}", more=EXTENSIONS, repo=FORGE)
        assert done.returncode == 0, done.stderr

    return run


@pytest.mark.parametrize("theme", ["material", "mkdocs", "readthedocs"])
@pytest.mark.parametrize("scheme", ["default", "slate"])
def test_axe_finds_nothing_and_nothing_complains(
    page_of: Site, repository: Path, browser: Browser, theme: str, scheme: str
) -> None:
    if scheme == "slate" and theme == "readthedocs":
        pytest.skip("it has one scheme")
    page_of(theme, scheme)
    with served(repository / "site") as base:
        watched = Watched(browser)
        watched.page.goto(f"{base}/")
        assert watched.page.locator(".mst-embed").count() == 2 * len(VIEWS) + 4
        assert faults(watched.page, ".mst-embed") == []
        assert [words for words in watched.complaints if words != ITS_OWN] == []
        assert watched.foreign(base) == []


@pytest.mark.parametrize("theme", ["material", "mkdocs", "readthedocs"])
def test_a_phone_scrolls_nothing_sideways_but_frames(
    page_of: Site, repository: Path, browser: Browser, theme: str
) -> None:
    page_of(theme, "default")
    with served(repository / "site") as base:
        watched = Watched(browser, viewport={"width": 360, "height": 800})
        watched.page.goto(f"{base}/")
        wide = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
        assert watched.page.evaluate(wide) <= 0
        assert watched.complaints == []


def test_links_of_every_block_lead_to_pages(page_of: Site, repository: Path, browser: Browser) -> None:
    page_of("material", "default")
    with served(repository / "site") as base:
        watched = Watched(browser)
        page = watched.page
        for view in set(VIEWS) - {"progress", "next"}:
            page.goto(f"{base}/")
            page.locator(f".mst-embed-{view} a").first.click()
            page.wait_for_url("**/milestones/plans/**")
            assert page.locator("h1").count() == 1
        assert watched.complaints == []


def test_pictures_of_one_page_do_not_share_ids(page_of: Site, repository: Path, browser: Browser) -> None:
    page_of("mkdocs", "default")
    with served(repository / "site") as base:
        page = Watched(browser, java_script_enabled=False).page
        page.goto(f"{base}/")
        assert page.locator(".mst-embed-graph svg.mst-graph").count() == 2
        used = page.locator("[marker-end], [fill^=url]").evaluate_all(
            "all => all.map(e => (e.getAttribute('marker-end') || e.getAttribute('fill')).slice(5, -1))"
        )
        assert used
        for id_ in set(used):
            assert page.locator(f"[id='{id_}']").count() == 1
