"""The roadmap in a real Chromium: filters, views, zoom, the address, downloads, the keyboard, and no script at all."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

import icalendar
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


def crowd(number: int = 900) -> Portfolio:
    """Too many milestones for a row each."""
    return portfolio(
        tuple(
            milestone(
                f"{n:04}",
                list(Status)[n % 6],
                f"EP-{n // 30:02}",
                created=f"2026-0{n % 3 + 1}-01",
                due="2026-06-01",
                owner=f"@o{n % 7}",
            )
            for n in range(number)
        ),
        tuple(plan(f"EP-{n:02}") for n in range(number // 30)),
    )


@pytest.fixture
def roadmap(tmp_path: Path, browser: Browser) -> Iterator[Page]:
    """The roadmap of a few milestones, served strictly; whatever the browser complains of fails the test."""
    render(varied(), SiteOptions(), tmp_path)
    with served(tmp_path, strict=True) as base:
        watched = Watched(browser)
        watched.page.goto(f"{base}/milestones/index.html")
        yield watched.page
        assert watched.complaints == []
        assert watched.foreign(base) == []


def shown(page: Page) -> list[str]:
    """The ids of the milestones that the view shows."""
    return page.locator(".mst-row:visible, .mst-all tbody tr:visible").evaluate_all("all => all.map(e => e.dataset.k)")


def address(page: Page) -> str:
    return str(page.evaluate("location.href"))


def cards(page: Page) -> int:
    return page.locator(".mst-card:visible").count()


def test_each_view_shows_what_the_filters_leave_and_the_address_says_so(roadmap: Page, browser: Browser) -> None:
    assert len(shown(roadmap)) == 6
    roadmap.get_by_role("checkbox", name="In progress").check(force=True)
    roadmap.get_by_role("checkbox", name="Blocked").check(force=True)
    assert shown(roadmap) == ["EP-1/MS002", "EP-1/MS003"]
    roadmap.get_by_role("radio", name="Board").check(force=True)
    assert cards(roadmap) == 2
    roadmap.get_by_role("radio", name="Table").check(force=True)
    assert shown(roadmap) == ["EP-1/MS002", "EP-1/MS003"]
    roadmap.get_by_role("searchbox").fill("milestone 003")
    assert shown(roadmap) == ["EP-1/MS003"]
    assert roadmap.locator("output").inner_text() == "1 of 6 milestones"
    shared = address(roadmap)
    assert "view=table" in shared
    other = Watched(browser).page
    other.goto(shared)
    assert shown(other) == ["EP-1/MS003"]
    assert other.get_by_role("checkbox", name="Blocked").is_checked()
    assert other.get_by_role("searchbox").input_value() == "milestone 003"
    roadmap.get_by_role("button", name="Clear all").click()
    assert len(shown(roadmap)) == 6
    assert address(roadmap).endswith("#view=table")


def test_facets_are_chosen_counted_and_taken_back(roadmap: Page) -> None:
    roadmap.get_by_text("More filters").click()
    field = roadmap.get_by_role("combobox", name="Plan")
    field.focus()
    assert field.locator("option").all_inner_texts() == ["All", "Plan EP-1 (3)", "Plan EP-2 (3)"]
    field.select_option("EP-2")
    assert shown(roadmap) == ["EP-2/MS001", "EP-2/MS002", "EP-2/MS003"]
    assert roadmap.locator(".mst-chip", has_text="Blocked").locator(".mst-count").inner_text() == "0"
    roadmap.get_by_label("From").fill("2026-05-15")
    assert shown(roadmap) == ["EP-2/MS003"]
    roadmap.get_by_role("button", name="Remove the filter Plan: Plan EP-2").click()
    assert "plan=" not in address(roadmap)
    roadmap.get_by_label("From").fill("2027-05-15")
    assert shown(roadmap) == []
    assert roadmap.get_by_text("No milestone fits these filters.").is_visible()


def test_an_address_from_elsewhere_and_the_way_back_are_obeyed(roadmap: Page) -> None:
    base = address(roadmap)
    roadmap.goto(base + "#is=overdue&is=critical&view=nonsense&sort=nonsense&evil=<script>")
    assert shown(roadmap) == ["EP-1/MS002", "EP-1/MS003", "EP-2/MS001"]
    roadmap.evaluate("location.hash = 'status=planned'")
    assert shown(roadmap) == ["EP-2/MS003"]
    roadmap.go_back()
    assert len(shown(roadmap)) == 3


def test_arrows_follow_their_rows(roadmap: Page) -> None:
    """Each arrow that shows begins and ends in the middle of the rows of its milestones."""
    ends = """() => [...document.querySelectorAll('.mst-dep')].filter((p) => p.style.display !== 'none').map((path) => {
        const middle = (key) => { const r = document.querySelector(`.mst-row[data-k="${key}"]`).getBoundingClientRect();
                                  return (r.top + r.bottom) / 2 };
        const top = path.ownerSVGElement.getBoundingClientRect().top;
        const [, y1, y2] = path.getAttribute('d').match(/^M\\S+ (\\d+)C.* (\\d+)$/);
        const off = (y, key) => Math.abs(top + Number(y) - middle(key));
        return Math.max(off(y1, path.dataset.a), off(y2, path.dataset.b)) })"""
    assert roadmap.evaluate(ends) == pytest.approx([0, 0, 0], abs=1)
    roadmap.get_by_role("checkbox", name="Completed").check(force=True)
    assert roadmap.evaluate(ends) == []
    roadmap.get_by_role("checkbox", name="In progress").check(force=True)
    assert roadmap.evaluate(ends) == pytest.approx([0], abs=1)
    roadmap.get_by_role("button", name="Clear all").click()
    roadmap.get_by_role("button", name="Plan EP-2").click()
    assert roadmap.evaluate(ends) == pytest.approx([0, 0], abs=1)
    assert len(shown(roadmap)) == 3


def test_zoom_widens_the_track_and_names_smaller_steps(roadmap: Page) -> None:
    track = roadmap.locator(".mst-axis .mst-track").first
    before = track.bounding_box()
    roadmap.get_by_label("Weeks").check(force=True)
    after = track.bounding_box()
    assert before is not None
    assert after is not None
    days = int(roadmap.locator(".mst-timeline").first.get_attribute("data-days") or 0)
    assert after["width"] == pytest.approx(days * 16, abs=2)
    assert after["width"] > before["width"]
    names = roadmap.locator(".mst-axis .mst-track text:visible").all_text_contents()
    assert "13 Apr" in names
    assert "zoom=week" in address(roadmap)
    today = roadmap.locator(".mst-today rect").first.bounding_box()
    frame = roadmap.locator(".mst-scroll").first.bounding_box()
    assert today is not None
    assert frame is not None
    assert frame["x"] < today["x"] < frame["x"] + frame["width"]  # today came into view


def test_what_is_shown_is_downloaded(roadmap: Page) -> None:
    roadmap.get_by_role("checkbox", name="In progress").check(force=True)
    roadmap.get_by_role("checkbox", name="Planned").check(force=True)

    def saved(name: str) -> bytes:
        with roadmap.expect_download() as waiting:
            roadmap.get_by_role("button", name=name).click()
        return waiting.value.path().read_bytes()

    lines = saved("CSV").decode("utf-8-sig").split("\r\n")
    assert lines[0] == "id,title,plan,status,owner,domain,risk,tags,progress,start,due,url"
    assert lines[1].startswith("EP-1/MS002,Milestone 002,EP-1,in_progress,@ada,search,High,api,40,,2026-03-01,http")
    assert len(lines) == 4
    records = json.loads(saved("JSON"))
    assert [r["id"] for r in records] == ["EP-1/MS002", "EP-2/MS003"]
    events = icalendar.Calendar.from_ical(saved("Calendar")).walk("VEVENT")
    assert [(str(e["SUMMARY"]), e.decoded("DTSTART").isoformat()) for e in events] == [
        ("Milestone 002", "2026-03-01"),
        ("Milestone 003", "2026-06-01"),
    ]


def test_a_hostile_title_is_no_formula_and_no_markup(tmp_path: Path, browser: Browser) -> None:
    bad = '=HYPERLINK("http://evil")<img src=x onerror=alert(1)>'
    source = portfolio(
        (milestone("1", title=bad, owner="@ana", due="2026-06-01"), milestone("2", title='b,\n"c')), (plan(),)
    )
    render(source, SiteOptions(), tmp_path)
    watched = Watched(browser)
    page = watched.page
    page.goto((tmp_path / "milestones" / "index.html").as_uri() + "#view=board")
    assert page.locator(".mst-card bdi").first.inner_text() == bad
    with page.expect_download() as waiting:
        page.get_by_role("button", name="CSV").click()
    text = waiting.value.path().read_text(encoding="utf-8-sig")
    assert '"\'=HYPERLINK(""http://evil"")' in text
    assert ",@ana," in text
    assert watched.complaints == []


def test_a_link_is_copied(roadmap: Page) -> None:
    roadmap.context.grant_permissions(["clipboard-read", "clipboard-write"])
    roadmap.get_by_role("checkbox", name="Planned").check(force=True)
    roadmap.get_by_role("button", name="Copy link").click()
    roadmap.get_by_role("button", name="Link copied").wait_for()
    assert roadmap.evaluate("navigator.clipboard.readText()") == address(roadmap)


def test_the_keyboard_does_it_all(roadmap: Page) -> None:
    roadmap.get_by_role("searchbox").focus()
    roadmap.keyboard.type("milestone")
    roadmap.keyboard.press("Tab")
    roadmap.keyboard.press("ArrowRight")
    assert roadmap.locator(".mst-board").is_visible()
    roadmap.keyboard.press("Tab")  # the first chip; zoom has nothing to do here
    roadmap.keyboard.press("Space")
    assert "status=in_progress" in address(roadmap)
    assert cards(roadmap) == 1
    roadmap.get_by_role("radio", name="Board").focus()
    roadmap.keyboard.press("ArrowRight")
    roadmap.get_by_role("button", name="Due").focus()
    roadmap.keyboard.press("Enter")
    assert roadmap.locator("th[aria-sort=ascending]").inner_text().startswith("Due")
    roadmap.keyboard.press("Enter")
    assert "sort=-due" in address(roadmap)
    roadmap.get_by_role("link", name="Milestone 002").last.focus()
    roadmap.keyboard.press("Enter")
    roadmap.wait_for_url("**/ms002.html")


def test_thousands_unfold_on_demand(tmp_path: Path, browser: Browser) -> None:
    render(crowd(), SiteOptions(), tmp_path)
    watched = Watched(browser)
    page = watched.page
    page.goto((tmp_path / "milestones" / "index.html").as_uri())
    assert page.locator(".mst-lane:visible").count() == 30
    assert page.locator(".mst-row").count() == 0
    page.get_by_role("button", name="Plan EP-03").click()
    assert page.locator(".mst-row:visible").count() == 30
    page.get_by_role("button", name="Plan EP-03").click()
    page.get_by_role("searchbox").fill("ms012")
    assert page.locator(".mst-row:visible").count() == 10
    assert page.locator(".mst-lane:visible").count() == 1
    page.get_by_role("searchbox").fill("")
    page.get_by_role("radio", name="Board").check(force=True)
    assert cards(page) == 240
    page.get_by_role("button", name="Show all 150").first.click()
    assert cards(page) == 350
    page.get_by_role("radio", name="Table").check(force=True)
    assert page.locator(".mst-all tbody tr").count() < 900
    page.evaluate("window.dispatchEvent(new Event('beforeprint'))")
    assert page.locator(".mst-all tbody tr").count() == 900
    assert watched.complaints == []


def test_rows_that_unfold_are_joined_by_what_they_wait_for(tmp_path: Path, browser: Browser) -> None:
    """The second waits for the first and the third for both, which says no more than that it waits for the second."""
    dates = {"start": "2026-01-01", "due": "2026-02-01"}
    some = tuple(milestone(f"{n:03}", Status.COMPLETED, "EP-2", **dates) for n in range(420))
    chain = (
        milestone("001", Status.COMPLETED, start="2025-11-01", due="2025-11-20"),
        milestone("002", start="2025-12-01", due="2025-12-20", depends_on=("EP-1/MS001",)),
        milestone("003", start="2026-01-01", due="2026-01-20", depends_on=("EP-1/MS001", "EP-1/MS002")),
        milestone("004", depends_on=("EP-1/MS003",)),
    )
    render(portfolio((*chain, *some), (plan(), plan("EP-2"))), SiteOptions(), tmp_path)
    watched = Watched(browser)
    page = watched.page
    page.goto((tmp_path / "milestones" / "index.html").as_uri())
    assert page.locator(".mst-dep").count() == 0
    page.get_by_role("button", name="Plan EP-1").click()
    arrows = page.locator(".mst-dep").evaluate_all(
        "all => all.map(e => [e.getAttribute('class'), e.getAttribute('d')])"
    )
    assert [css for css, _ in arrows] == ["mst-dep", "mst-dep mst-held mst-critical"]  # the fourth has no date
    rows = page.locator(".mst-row").evaluate_all("all => all.map(e => e.getBoundingClientRect().y)")
    ends = [[float(number) for number in re.findall(r"[\d.]+", way)] for _, way in arrows]
    assert [end[-1] - end[1] for end in ends] == [rows[1] - rows[0], rows[2] - rows[1]]
    page.get_by_role("button", name="Plan EP-1").click()
    assert page.locator(".mst-dep").count() == 0
    assert watched.complaints == []


def test_milestones_without_dates_begin_as_a_board(tmp_path: Path, browser: Browser) -> None:
    render(portfolio((milestone("1"), milestone("2", Status.BLOCKED)), (plan(),)), SiteOptions(), tmp_path)
    watched = Watched(browser)
    page = watched.page
    page.goto((tmp_path / "milestones" / "index.html").as_uri())
    assert cards(page) == 2
    page.get_by_role("radio", name="Timeline").check(force=True)
    assert page.get_by_text("No milestone has a date yet.").is_visible()
    assert "view=timeline" in address(page)
    assert watched.complaints == []


def test_without_scripts_every_view_is_there(tmp_path: Path, browser: Browser) -> None:
    render(varied(), SiteOptions(), tmp_path)
    page = Watched(browser, java_script_enabled=False).page
    page.goto((tmp_path / "milestones" / "index.html").as_uri())
    assert not page.locator(".mst-filter").is_visible()
    assert [page.locator(f".mst-view h2 >> text={words}").is_visible() for words in ("Timeline", "By status")] == [
        True
    ] * 2
    assert page.locator(".mst-row:visible").count() == 6
    assert page.locator(".mst-card:visible").count() == 6
    assert page.locator(".mst-all tbody tr").count() == 6


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("view", ["timeline", "board", "table"])
@pytest.mark.parametrize("source", [varied, nested, hostile, crowd])
def test_axe_finds_nothing(tmp_path: Path, browser: Browser, source: object, view: str, scheme: str) -> None:
    render(source(), SiteOptions(), tmp_path)  # type: ignore[operator]
    page = Watched(browser, color_scheme=scheme, viewport={"width": 1280, "height": 900}).page
    page.goto((tmp_path / "milestones" / "index.html").as_uri() + f"#view={view}&text=e")
    page.locator("summary", has_text="More filters").click()
    assert faults(page) == []


@pytest.mark.parametrize("view", ["timeline", "board", "table"])
@pytest.mark.parametrize("source", [varied, nested, hostile])
def test_nothing_scrolls_sideways_on_a_phone(tmp_path: Path, browser: Browser, source: object, view: str) -> None:
    render(source(), SiteOptions(), tmp_path)  # type: ignore[operator]
    page = Watched(browser, viewport={"width": 360, "height": 800}).page
    page.goto((tmp_path / "milestones" / "index.html").as_uri() + f"#view={view}&plan=EP-1&from=2020-01-01")
    assert page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth") <= 0
