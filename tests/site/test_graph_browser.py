"""The dependency graph in a real Chromium: by mouse, by keyboard and by its address; in words without scripts."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from browsing import Watched, faults, served
from milestones.model import Status
from milestones.site.pages import SiteOptions
from milestones.site.standalone import render
from portfolios import hostile, milestone, nested, plan, portfolio, varied

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from playwright.sync_api import Browser, Page

    from milestones.project.portfolio import Portfolio

pytestmark = pytest.mark.browser


def chains(plans: int, each: int) -> Portfolio:
    """Plans whose milestones wait for two before them, and whose first waits for another plan's last."""
    return portfolio(
        tuple(
            milestone(
                f"{n:03}",
                list(Status)[(p + n) % 6],
                f"EP-{p:03}",
                depends_on=tuple(f"EP-{p:03}/MS{n - back:03}" for back in (1, 3) if n - back >= 0)
                or ((f"EP-{p // 2:03}/MS{each - 1:03}",) if p else ()),
            )
            for p in range(plans)
            for n in range(each)
        ),
        tuple(plan(f"EP-{p:03}") for p in range(plans)),
    )


@pytest.fixture
def graph(tmp_path: Path, browser: Browser) -> Iterator[Page]:
    render(varied(), SiteOptions(), tmp_path)
    with served(tmp_path, strict=True) as base:
        watched = Watched(browser)
        watched.page.goto(f"{base}/milestones/graph.html")
        yield watched.page
        assert watched.complaints == []
        assert watched.foreign(base) == []


def box(page: Page, words: str) -> object:
    return page.locator(".mst-live .mst-box", has_text=words)


def lit(page: Page, css: str = ".mst-on") -> list[str]:
    return sorted(page.locator(f".mst-live .mst-box{css}").evaluate_all("all => all.map(e => e.dataset.k)"))


def test_hovering_lights_up_what_hangs_together(graph: Page) -> None:
    graph.locator(".mst-live .mst-box[data-k='EP-1/MS001']").hover()
    assert lit(graph) == ["EP-1/MS001", "EP-1/MS002", "EP-1/MS003", "EP-2/MS001"]
    graph.locator(".mst-live .mst-box[data-k='EP-2/MS001']").hover()
    assert graph.locator(".mst-live.mst-lit").count() == 1
    graph.mouse.move(2, 2)
    assert graph.locator(".mst-live.mst-lit").count() == 0


def test_a_click_opens_a_panel_that_leads_on_and_to_the_page(graph: Page) -> None:
    graph.locator(".mst-live .mst-box[data-k='EP-1/MS002']").click()
    panel = graph.get_by_role("complementary", name="Milestone 002")
    assert "EP-1/MS002 · In progress · @ada · Overdue by 50 days" in panel.inner_text()
    panel.get_by_role("button", name="Milestone 003").click()
    panel = graph.get_by_role("complementary", name="Milestone 003")
    assert panel.get_by_role("button", name="Milestone 001").is_visible()  # of the other plan: it waits for this one
    panel.get_by_role("link", name="Open its page").click()
    graph.wait_for_url("**/ms003.html")
    graph.go_back()
    assert graph.locator(".mst-live .mst-box").count() == 4


def test_the_keyboard_goes_along_the_edges(graph: Page) -> None:
    graph.locator(".mst-help-keys summary").focus()
    graph.keyboard.press("Tab")
    key = "document.activeElement.closest('.mst-box')?.dataset.k"
    assert graph.evaluate(key) == "EP-1/MS001"
    for expected in ("EP-1/MS002", "EP-1/MS003", "EP-2/MS001"):
        graph.keyboard.press("ArrowRight")
        assert graph.evaluate(key) == expected
    graph.keyboard.press("ArrowLeft")
    graph.keyboard.press("Enter")
    assert graph.evaluate("document.activeElement.className") == "mst-panel"
    graph.keyboard.press("Escape")
    assert graph.evaluate(key) == "EP-1/MS003"
    assert not graph.locator(".mst-panel").is_visible()
    world = graph.locator(".mst-live > g")
    before = world.get_attribute("transform")
    graph.keyboard.press("-")
    graph.wait_for_function(
        "before => document.querySelector('.mst-live > g').getAttribute('transform') !== before", arg=before
    )
    graph.keyboard.press("0")
    graph.wait_for_function(
        "before => document.querySelector('.mst-live > g').getAttribute('transform') === before", arg=before
    )


def test_filters_dim_and_the_address_says_so(graph: Page, browser: Browser) -> None:
    graph.get_by_role("searchbox").fill("milestone 002")
    assert lit(graph, ".mst-dim") == ["EP-1/MS001", "EP-1/MS003", "EP-2/MS001"]
    assert graph.locator("output").inner_text() == "1 fit"
    graph.get_by_role("searchbox").fill("")
    graph.get_by_role("checkbox", name="Critical path").check(force=True)
    assert lit(graph, ".mst-dim") == ["EP-1/MS001"]
    shared = str(graph.evaluate("location.href"))
    assert shared.endswith("#show=critical")
    other = Watched(browser).page
    other.goto(shared)
    assert lit(other, ".mst-dim") == ["EP-1/MS001"]
    assert lit(other, "") == ["EP-1/MS001", "EP-1/MS002", "EP-1/MS003", "EP-2/MS001"]


def test_plans_fold_and_unfold(graph: Page) -> None:
    graph.get_by_role("button", name="Fold plans", exact=True).click()
    assert lit(graph, "") == ["EP-1", "EP-2"]
    graph.locator(".mst-live .mst-box[data-k='EP-1']").click()
    assert "1 of 3 completed" in graph.locator(".mst-panel").inner_text()
    graph.get_by_role("button", name="Unfold this plan").click()
    assert lit(graph, "") == ["EP-1/MS001", "EP-1/MS002", "EP-1/MS003", "EP-2"]
    assert "open=EP-1" in str(graph.evaluate("location.href"))
    graph.reload()
    graph.locator(".mst-live").wait_for()
    assert lit(graph, "") == ["EP-1/MS001", "EP-1/MS002", "EP-1/MS003", "EP-2"]


def test_dragging_moves_and_is_no_click(graph: Page) -> None:
    one = graph.locator(".mst-live .mst-box[data-k='EP-1/MS002']")
    before = one.bounding_box()
    assert before is not None
    graph.mouse.move(before["x"] + 40, before["y"] + 20)
    graph.mouse.down()
    graph.mouse.move(before["x"] + 10, before["y"] + 70, steps=4)
    graph.mouse.up()
    after = one.bounding_box()
    assert after is not None
    assert (after["x"] - before["x"], after["y"] - before["y"]) == pytest.approx((-30, 50), abs=8)
    assert not graph.locator(".mst-panel").is_visible()


def test_boxes_never_cover_each_other_and_arrows_run_to_the_right(tmp_path: Path, browser: Browser) -> None:
    render(chains(5, 5), SiteOptions(), tmp_path)
    page = Watched(browser, viewport={"width": 2600, "height": 1400}).page
    page.goto((tmp_path / "milestones" / "graph.html").as_uri() + "#open=EP-001&open=EP-003")
    places = page.locator(".mst-live .mst-box").evaluate_all(
        "all => all.map(e => e.getAttribute('transform').match(/-?[\\d.]+/g).map(Number))"
    )
    assert len(places) == 13
    for at, (x, y) in enumerate(places):
        assert not any(abs(x - u) < 208 and abs(y - v) < 56 for u, v in places[at + 1 :])
    ways = page.locator(".mst-live .mst-edge > path:first-child").evaluate_all(
        "all => all.map(e => e.getAttribute('d').match(/-?[\\d.]+/g).map(Number))"
    )
    assert ways
    assert all(way[0] < way[-2] for way in ways)


def test_a_box_says_at_any_distance_what_can_be_read_of_it(graph: Page) -> None:
    first = graph.locator(".mst-live .mst-box a").first
    first.focus()
    key = "document.activeElement.closest('.mst-box').dataset.k"
    focused = graph.evaluate(key)
    seen: list[str] = []
    for _ in range(9):
        texts = graph.locator(".mst-live .mst-box text")
        classes = texts.evaluate_all("all => all.map(e => e.getAttribute('class'))")
        seen = list(dict.fromkeys([*seen, *classes]))
        sizes = texts.evaluate_all("all => all.map(e => e.getBoundingClientRect().height)")
        assert min(sizes) >= 6.5
        assert graph.evaluate(key) == focused  # whatever is drawn anew
        graph.keyboard.press("-")
        graph.wait_for_timeout(60)
        if not graph.locator(".mst-live .mst-box").count():
            break
    assert seen == ["mst-box-name", "mst-box-note", "mst-box-title", "mst-box-brief", "mst-box-far"]
    assert graph.locator(".mst-far").count() > 0


@pytest.mark.parametrize("status", [Status.COMPLETED, Status.PLANNED])
def test_a_long_chain_begins_where_work_is_open(tmp_path: Path, browser: Browser, status: Status) -> None:
    chain = tuple(
        milestone(
            f"{n:03}",
            Status.COMPLETED if n < 20 else status,
            depends_on=(f"EP-1/MS{n - 1:03}",) if n else (),
        )
        for n in range(40)
    )
    render(portfolio(chain, (plan(),)), SiteOptions(), tmp_path)
    watched = Watched(browser)
    page = watched.page
    page.goto((tmp_path / "milestones" / "graph.html").as_uri())
    titles = page.locator(".mst-live .mst-box-brief").evaluate_all("all => all.map(e => e.textContent)")
    assert ("Milestone 020" if status is Status.PLANNED else "Milestone 039") in titles
    assert len(titles) < 12
    page.get_by_role("button", name="Fit").click()
    page.wait_for_function("document.querySelectorAll('.mst-far').length > 0")
    assert watched.complaints == []


@pytest.mark.parametrize(
    ("number", "width", "css"), [(2, 1700, "mst-box-title"), (5, 900, "mst-box-brief"), (5, 520, "mst-box-far")]
)
def test_a_plan_s_picture_fits_its_frame(tmp_path: Path, browser: Browser, number: int, width: int, css: str) -> None:
    chain = tuple(milestone(f"{n}", depends_on=(f"EP-1/MS{n - 1}",) if n else ()) for n in range(number))
    render(portfolio(chain, (plan(),)), SiteOptions(), tmp_path)
    watched = Watched(browser, viewport={"width": width, "height": 800})
    page = watched.page
    (file,) = tmp_path.glob("milestones/plans/*.html")
    page.goto(file.as_uri())
    frame = page.locator(".mst-picture")
    assert frame.evaluate("e => e.scrollWidth - e.clientWidth") <= 1
    assert frame.locator(f".{css}").count() == number
    assert page.locator(".mst-graph .mst-box a").count() == number
    page.locator(".mst-graph .mst-box a").nth(1).focus()
    assert page.locator(".mst-graph .mst-box.mst-on").count() == number
    assert watched.complaints == []


def test_paper_has_all_of_the_picture(graph: Page) -> None:
    for _ in range(3):
        graph.locator("[data-do=in]").click()
    graph.evaluate("window.dispatchEvent(new Event('beforeprint'))")
    graph.emulate_media(media="print")
    graph.set_viewport_size({"width": 420, "height": 700})
    graph.wait_for_timeout(100)
    frame = "(e => [e.left, e.right])(document.querySelector('.mst-live').getBoundingClientRect())"
    left, right = graph.evaluate(frame)
    boxes = graph.locator(".mst-live .mst-box").evaluate_all(
        "all => all.map(e => e.getBoundingClientRect()).map(e => [e.left, e.right])"
    )
    assert len(boxes) == 4
    assert all(left <= a and b <= right for a, b in boxes)
    graph.evaluate("window.dispatchEvent(new Event('afterprint'))")
    assert graph.locator(".mst-live").get_attribute("viewBox") is None


def test_thousands_begin_as_plans_and_unfold(tmp_path: Path, browser: Browser) -> None:
    render(chains(60, 40), SiteOptions(), tmp_path)
    watched = Watched(browser)
    page = watched.page
    page.goto((tmp_path / "milestones" / "graph.html").as_uri())
    assert page.locator("output").inner_text() == "60 boxes for 2,400 milestones"
    page.get_by_role("button", name="Unfold plans").click()
    page.wait_for_function("document.querySelectorAll('.mst-far').length > 0")
    assert page.locator(".mst-live .mst-box").count() == 0  # from afar, marks
    page.get_by_role("searchbox").fill("EP-033/MS017")
    page.keyboard.press("Enter")
    assert page.locator(".mst-live .mst-box[data-k='EP-033/MS017']").is_visible()
    assert "EP-033/MS017" in page.locator(".mst-panel").inner_text()
    assert 0 < page.locator(".mst-live .mst-box").count() < 100
    assert watched.complaints == []


def test_without_scripts_picture_and_words_are_there(tmp_path: Path, browser: Browser) -> None:
    render(varied(), SiteOptions(), tmp_path)
    page = Watched(browser, java_script_enabled=False).page
    page.goto((tmp_path / "milestones" / "graph.html").as_uri())
    assert page.locator("svg.mst-graph a").count() == 4
    assert not page.locator(".mst-explore").is_visible()
    assert page.locator(".mst-words > li").count() == 4


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("source", [varied, nested, hostile])
def test_axe_finds_nothing(tmp_path: Path, browser: Browser, source: object, scheme: str) -> None:
    render(source(), SiteOptions(), tmp_path)  # type: ignore[operator]
    page = Watched(browser, color_scheme=scheme).page
    page.goto((tmp_path / "milestones" / "graph.html").as_uri())
    if page.locator(".mst-live .mst-box").count():
        page.locator(".mst-live .mst-box").first.click()
        page.mouse.move(2, 2)
        page.locator(".mst-panel .mst-close").click()
    assert faults(page) == []
