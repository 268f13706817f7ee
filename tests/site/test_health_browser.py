"""Health, plan and milestone pages in a real Chromium: notes of the heat table, paper, small screens, axe."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from browsing import Watched, faults, served
from milestones.site.pages import SiteOptions
from milestones.site.standalone import render
from portfolios import crowded, portfolio, tongues, varied

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.browser

#: Pages without those of milestones: 300 of them would take their time.
FEW = SiteOptions(pages=("roadmap", "graph", "health", "plans"))
SOURCES = {
    "crowded": (crowded, FEW, ("health", "plans/ep-1")),
    "tongues": (tongues, SiteOptions(), ("health", "plans/ep-1", "plans/ep-1/ms004", "plans/ep-1/ms003")),
    "varied": (varied, SiteOptions(), ("health", "plans/ep-1", "plans/ep-1/ms002")),
    "empty": (portfolio, SiteOptions(), ("health",)),
}


@pytest.fixture(scope="module")
def sites(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Each source as files, made once."""
    made = {}
    for name, (source, options, _) in SOURCES.items():
        made[name] = tmp_path_factory.mktemp(name)
        render(source(), options, made[name])
    return made


def address(sites: dict[str, Path], name: str, page: str = "health") -> str:
    return (sites[name] / "milestones" / f"{page}.html").as_uri()


def shown(tip: Locator) -> bool:
    """Whether a note can be seen: out of sight, it is still there for those who have it read out."""
    return bool(
        tip.evaluate("tip => getComputedStyle(tip).clipPath === 'none' && tip.getBoundingClientRect().width > 20")
    )


def inside(page: Page, tip: Locator) -> bool:
    box = tip.bounding_box()
    assert box
    size = page.viewport_size
    assert size
    return box["x"] >= 0 and box["y"] >= 0 and box["x"] + box["width"] <= size["width"]


@pytest.mark.parametrize("scripts", [True, False])
def test_a_note_is_shown_on_hover_and_can_be_hovered(sites: dict[str, Path], browser: Browser, scripts: bool) -> None:
    watched = Watched(browser, java_script_enabled=scripts)
    page = watched.page
    page.goto(address(sites, "tongues"))
    cell = page.locator("td.mst-cell-warning").first
    tip = cell.locator(".mst-tip")
    assert not shown(tip)
    cell.hover()
    assert shown(tip)
    assert "A title that goes on" in tip.inner_text()
    box = tip.bounding_box()
    assert box
    start = cell.bounding_box()
    assert start
    page.mouse.move(start["x"] + start["width"] / 2, box["y"] + 8, steps=8)  # on the way there is no gap
    page.mouse.move(box["x"] + box["width"] - 8, box["y"] + box["height"] - 6, steps=4)
    assert shown(tip)
    page.mouse.move(2, 2)
    assert not shown(tip)
    assert watched.complaints == []


def test_escape_dismisses_a_note_until_it_is_asked_for_again(sites: dict[str, Path], browser: Browser) -> None:
    page = Watched(browser).page
    page.goto(address(sites, "tongues"))
    cell, other = page.locator("td.mst-cell-warning").nth(0), page.locator("td.mst-cell-warning").nth(1)
    for ask in (cell.hover, cell.focus):
        ask()
        assert shown(cell.locator(".mst-tip"))
        page.keyboard.press("Escape")
        assert not shown(cell.locator(".mst-tip"))
        page.mouse.move(2, 2)
        other.focus()
    assert shown(other.locator(".mst-tip"))
    cell.hover()
    assert shown(cell.locator(".mst-tip"))


def test_one_tab_stop_and_arrow_keys_lead_to_every_note(sites: dict[str, Path], browser: Browser) -> None:
    page = Watched(browser).page
    page.goto(address(sites, "tongues"))
    table = page.locator("table.mst-heat").first
    table.locator("td[tabindex='0']").focus()
    seen = []
    for key in ("ArrowRight", "ArrowRight", "ArrowRight", "ArrowDown", "ArrowLeft", "ArrowUp"):
        page.keyboard.press(key)
        cell = table.locator("td:focus")
        assert shown(cell.locator(".mst-tip"))
        assert inside(page, cell.locator(".mst-tip"))
        seen.append(tuple(cell.evaluate("cell => [cell.parentElement.rowIndex, cell.cellIndex]")))
    assert seen == [(2, 2), (2, 3), (2, 3), (3, 3), (3, 2), (2, 2)]
    assert table.locator("td[tabindex='0']").count() == 1
    page.keyboard.press("Tab")
    assert table.locator("td:focus").count() == 0


def test_arrow_keys_pass_over_what_a_milestone_says_nothing_of(sites: dict[str, Path], browser: Browser) -> None:
    page = Watched(browser).page
    page.goto(address(sites, "crowded"))
    cell = page.locator("table.mst-heat").first.locator("td[tabindex='0']")
    column = cell.evaluate("cell => cell.cellIndex")
    cell.focus()
    page.keyboard.press("ArrowDown")
    row, now = page.evaluate("[document.activeElement.parentElement.rowIndex, document.activeElement.cellIndex]")
    assert now == column
    assert row > 3


def test_without_scripts_every_note_is_reached_by_tab(sites: dict[str, Path], browser: Browser) -> None:
    page = Watched(browser, java_script_enabled=False).page
    page.goto(address(sites, "varied"))
    page.locator("table.mst-heat").first.locator("a").last.focus()
    page.keyboard.press("Tab")
    tip = page.locator("td:focus .mst-tip")
    assert shown(tip)
    assert "thin" in tip.inner_text()


def test_notes_can_be_shown_in_the_table_without_scripts(sites: dict[str, Path], browser: Browser) -> None:
    page = Watched(browser, java_script_enabled=False).page
    page.goto(address(sites, "tongues"))
    page.locator(".mst-switch summary").click()
    tips = page.locator("table.mst-heat .mst-tip").all()
    assert len(tips) == 18
    boxes = []
    for tip in tips:
        assert shown(tip)
        box = tip.bounding_box()
        assert box
        boxes.append(box)
    for one, other in itertools.pairwise(boxes):
        apart = other["x"] >= one["x"] + one["width"] - 1 or other["y"] >= one["y"] + one["height"] - 1
        assert apart, "notes lie over each other"


@pytest.mark.parametrize("name", ["crowded", "varied"])
def test_all_notes_are_on_paper(sites: dict[str, Path], browser: Browser, name: str) -> None:
    watched = Watched(browser, viewport={"width": 720, "height": 1000})
    page = watched.page
    page.goto(address(sites, name))
    page.emulate_media(media="print")
    hidden = page.evaluate(
        "[...document.querySelectorAll('.mst-tip')].filter((tip) => {"
        "  const box = tip.getBoundingClientRect();"
        "  return getComputedStyle(tip).clipPath !== 'none' || box.width < 10 || box.right > innerWidth; }).length"
    )
    assert page.locator(".mst-tip").count() > 2
    assert hidden == 0


def test_names_stay_in_view_while_a_large_table_is_scrolled(sites: dict[str, Path], browser: Browser) -> None:
    page = Watched(browser).page
    page.goto(address(sites, "crowded"))
    frame = page.locator(".mst-heat-frame").first
    assert frame.locator("tbody tr:not(.mst-heat-plan)").count() == 220
    assert frame.locator("thead th").count() == 61
    frame.evaluate("frame => frame.scrollTo(700, 2000)")
    box = frame.bounding_box()
    head = frame.locator("thead th").nth(40).bounding_box()
    name = frame.locator("tbody th[scope=row]").nth(60).bounding_box()
    assert box
    assert head
    assert name
    assert abs(head["y"] - box["y"]) < 2
    assert abs(name["x"] - box["x"]) < 2
    assert box["height"] <= page.evaluate("innerHeight") * 0.76


@pytest.mark.parametrize("name", SOURCES)
@pytest.mark.parametrize("width", [360, 1280])
def test_nothing_scrolls_sideways(sites: dict[str, Path], browser: Browser, name: str, width: int) -> None:
    watched = Watched(browser, viewport={"width": width, "height": 800})
    page = watched.page
    for uri in SOURCES[name][2]:
        page.goto(address(sites, name, uri))
        page.evaluate("document.querySelectorAll('details').forEach((fold) => (fold.open = true))")
        assert page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth") <= 0, uri
    assert watched.complaints == []


@pytest.mark.parametrize("name", ["tongues", "varied", "crowded", "empty"])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing(sites: dict[str, Path], browser: Browser, name: str, scheme: str) -> None:
    page = Watched(browser, color_scheme=scheme).page
    for uri in SOURCES[name][2]:
        page.goto(address(sites, name, uri))
        if name != "crowded":
            page.evaluate("document.querySelectorAll('details').forEach((fold) => (fold.open = true))")
        if page.locator("td.mst-cell").count():
            page.locator("td.mst-cell").first.hover()
        assert faults(page) == [], uri


def test_a_fault_leads_to_its_line_and_to_what_its_rule_says(
    sites: dict[str, Path], tmp_path: Path, browser: Browser
) -> None:
    options = SiteOptions(pages=("health",), edit_url=lambda path: f"https://github.com/o/r/edit/main/{path}")
    render(crowded(), options, tmp_path)
    page = Watched(browser).page
    page.goto((tmp_path / "milestones/health.html").as_uri())
    fault = page.locator(".mst-faults li").nth(1)
    place = fault.locator(".mst-place a")
    assert place.inner_text() == "plans/EP-1/MS003.md:5"
    assert place.get_attribute("href") == "https://github.com/o/r/blob/main/plans/EP-1/MS003.md#L5"
    told = page.locator("#rule-rf004")
    assert not told.is_visible()
    fault.get_by_role("link", name="RF004").click()
    expect(told).to_be_visible()
    assert "What it does" in told.inner_text()


def test_the_pages_obey_a_strict_policy(sites: dict[str, Path], browser: Browser) -> None:
    with served(sites["tongues"], strict=True) as base:
        watched = Watched(browser)
        for uri in SOURCES["tongues"][2]:
            watched.page.goto(f"{base}/milestones/{uri}.html")
        watched.page.goto(f"{base}/milestones/health.html")
        watched.page.locator("td.mst-cell").nth(2).hover()
        assert shown(watched.page.locator("td.mst-cell").nth(2).locator(".mst-tip"))
        assert watched.complaints == []
        assert watched.foreign(base) == []


def test_a_plan_of_hundreds_leads_to_its_part_of_the_graph(sites: dict[str, Path], browser: Browser) -> None:
    page = Watched(browser).page
    page.goto(address(sites, "crowded", "plans/ep-1"))
    assert page.locator("table.mst-table tbody tr").count() == 300
    assert page.locator("svg.mst-graph").count() == 0
    page.get_by_role("link", name="Explore them in the dependency graph").click()
    page.wait_for_url("**/graph.html#plan=EP-1")
