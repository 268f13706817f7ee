"""What other programs follow: calendars read by a reader of calendars, the feed and the badges by a parser of XML."""

from __future__ import annotations

import html
import re
import xml.etree.ElementTree as etree
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Any

import icalendar
import pytest

from milestones.cli import main
from milestones.model import Status
from milestones.site import feeds
from milestones.site.context import Context
from milestones.site.feeds.badges import badge
from milestones.site.feeds.identity import plain
from milestones.site.pages import SiteOptions
from portfolios import HOSTILE, hostile, milestone, nested, plan, portfolio, varied
from sites import git, milestone_files
from test_plugin import THEMES

if TYPE_CHECKING:
    from pathlib import Path

    from milestones.project.portfolio import Portfolio
    from sites import Site

ATOM = "{http://www.w3.org/2005/Atom}"
SVG = "{http://www.w3.org/2000/svg}"
PLAN = "EP-20260105-001"


def made(of: Portfolio, **options: Any) -> dict[str, bytes]:
    return feeds.files(Context(of, SiteOptions(**options)))


def events(data: bytes) -> list[icalendar.Event]:
    calendar = icalendar.Calendar.from_ical(data)
    assert str(calendar["version"]) == "2.0"
    assert calendar["prodid"]
    for line in data.split(b"\r\n"):
        assert len(line) <= 75
        assert b"\n" not in line
    found = list(calendar.walk("VEVENT"))
    uids = [str(event["uid"]) for event in found]
    assert len(uids) == len(set(uids))
    for event in found:
        assert type(event.decoded("dtstart")) is date  # a day, not a moment
        assert event.decoded("dtstamp").utcoffset() == timedelta(0)
    return found


def commit(repository: Path, message: str, when: str = "2026-01-20T10:00:00+00:00", author: str = "Ana") -> None:
    git(repository, "add", "-A")
    who = ("-c", f"user.name={author}", "-c", "user.email=ana@example.org")
    git(repository, *who, "commit", "--quiet", "--allow-empty", "-m", message, "--date", when)


def move(repository: Path, name: str, status: str) -> None:
    file = next(f for f in milestone_files(repository) if name in f.name)
    text = re.sub(r"^status: .*$", f"status: {status}", file.read_text(encoding="utf-8"), flags=re.MULTILINE)
    file.write_text(text, encoding="utf-8")


def entries(data: bytes) -> list[etree.Element]:
    """The entries of a feed, which has everything that RFC 4287 requires."""
    root = etree.fromstring(data)
    assert root.tag == f"{ATOM}feed"
    assert root.findtext(f"{ATOM}title")
    found = root.findall(f"{ATOM}entry")
    updated = [datetime.fromisoformat(element.findtext(f"{ATOM}updated") or "") for element in (root, *found)]
    assert all(moment.tzinfo for moment in updated)
    assert updated[1:] == sorted(updated[1:], reverse=True)
    ids = [element.findtext(f"{ATOM}id") or "" for element in (root, *found)]
    assert len(ids) == len(set(ids))
    for id_ in ids:
        assert re.fullmatch(r"tag:[a-z0-9.-]+,\d{4}-\d{2}-\d{2}:[!-~]+|https://[!-~]+", id_)
    for entry in found:
        assert entry.findtext(f"{ATOM}title")
        assert entry.findtext(f"{ATOM}author/{ATOM}name")
        assert entry.findtext(f"{ATOM}content")
    for link in root.iter(f"{ATOM}link"):
        assert re.match(r"https?://", link.get("href") or "")
    return found


def test_due_dates_are_all_day_events() -> None:
    found = {str(event["summary"]): event for event in events(made(varied())[feeds.CALENDAR])}
    assert list(found) == ["Milestone 002", "Milestone 003"]
    event = found["Milestone 002"]
    assert event.decoded("dtstart") == date(2026, 3, 1)
    assert event.decoded("dtstamp") == datetime(2026, 2, 10, tzinfo=UTC)
    assert str(event["description"]) == "EP-1/MS002\nIn progress, 40%\nPlan EP-1\n@ada"
    assert event["categories"].to_ical() == b"api"
    assert str(event["status"]) == "CONFIRMED"
    assert str(event["transp"]) == "TRANSPARENT"
    assert "url" not in event


def test_finished_and_cancelled_work_says_so() -> None:
    done = milestone("1", Status.COMPLETED, due="2026-03-01")
    off = milestone("2", Status.CANCELLED, due="2026-03-01")
    found = events(made(portfolio((done, off), (plan(due="2026-04-01"),)))[feeds.CALENDAR])
    assert [(str(event["summary"]), str(event["status"])) for event in found] == [
        ("Plan EP-1", "CONFIRMED"),
        ("Completed: Milestone 1", "CONFIRMED"),
        ("Cancelled: Milestone 2", "CANCELLED"),
    ]


def test_each_plan_has_a_calendar_of_what_is_due_in_it() -> None:
    task = milestone("1", plan="v1/05", due="2026-03-01", profile="gsd")
    other = milestone("2", plan="v2", profile="gsd")
    of = portfolio((task, other), (plan("v1"), plan("v1/05", parent="v1"), plan("v2")))
    files = made(of)
    assert sorted(name for name in files if name.startswith("calendars/")) == [
        "calendars/v1-05.ics",
        "calendars/v1.ics",
    ]
    assert [str(event["summary"]) for event in events(files["calendars/v1.ics"])] == ["Milestone 1"]
    same = {str(event["uid"]) for name in files if name.endswith(".ics") for event in events(files[name])}
    assert len(same) == 1


def test_several_that_claim_one_id_are_one_event() -> None:
    twins = tuple(milestone("1", due=f"2026-03-0{n}", path=f"{n}.md") for n in (1, 2))
    assert len(events(made(portfolio(twins, (plan(),)))[feeds.CALENDAR])) == 1


@pytest.mark.parametrize("of", [varied, nested, hostile, portfolio])
def test_badges_are_pictures_that_say_what_they_show(of: Any) -> None:
    files = {name: data for name, data in made(of()).items() if name.startswith("badges/")}
    assert {"badges/progress.svg", "badges/blocked.svg", "badges/overdue.svg"} <= files.keys()
    known = {"svg", "title", "clipPath", "rect", "g", "text"}
    for data in files.values():
        root = etree.fromstring(data)
        assert root.tag == f"{SVG}svg"
        assert root.get("role") == "img"
        assert root.findtext(f"{SVG}title") == root.get("aria-label")
        assert {element.tag.removeprefix(SVG) for element in root.iter()} <= known
        assert not [name for element in root.iter() for name in element.attrib if name == "style" or name[:2] == "on"]


def test_badges_count() -> None:
    files = made(varied())

    def words(name: str) -> str | None:
        return etree.fromstring(files[f"badges/{name}.svg"]).findtext(f"{SVG}title")

    assert words("blocked") == "blocked: 1"
    assert words("overdue") == "overdue: 1"
    assert words("progress") == "progress: 28%"
    assert words("ep-1") == "Plan EP-1: 46%"


def test_a_plan_called_like_a_badge_does_not_take_its_place() -> None:
    files = made(portfolio((milestone("1", plan="blocked"),), (plan("blocked", title="Blocked"),)))
    assert etree.fromstring(files["badges/blocked.svg"]).findtext(f"{SVG}title") == "blocked: 0"
    assert etree.fromstring(files["badges/blocked-plan.svg"]).findtext(f"{SVG}title") == "Blocked: 0%"


@pytest.mark.parametrize("label", ["a" * 200, "開発計画と長い題名がここに", "المهام", "<b>&\"'", "e\u0301\u200d"])
def test_a_badge_has_room_for_its_words(label: str) -> None:
    root = etree.fromstring(badge(label, "100%", "#1a7f37"))
    left, right = root.findall(f"{SVG}g/{SVG}rect")
    assert float(root.get("width", 0)) == float(left.get("width", 0)) + float(right.get("width", 0)) <= 400
    for text, box in zip(root.findall(f"{SVG}g/{SVG}text"), (left, right), strict=True):
        assert 0 < float(text.get("textLength", 0)) <= float(box.get("width", 0)) - 8
    assert root.findtext(f"{SVG}title") == f"{label}: 100%"


def test_hostile_text_is_text_to_every_reader() -> None:
    found = [str(event["summary"]) for event in events(made(hostile())[feeds.CALENDAR])]
    assert found
    assert all(plain(HOSTILE) in summary for summary in found)
    odd = "a\x00b\x1b[31m\u202ec\nBEGIN:VEVENT\r\nd\ud800\ufffe é 開"
    [event] = events(made(portfolio((milestone("1", title=odd, due="2026-03-01"),), ()))[feeds.CALENDAR])
    assert str(event["summary"]) == "ab[31mc BEGIN:VEVENT d é 開"


def test_every_byte_follows_from_the_files() -> None:
    assert made(varied()) == made(varied())
    where = {"absolute_url": lambda uri: f"https://example.org/{uri}"}
    one, other = made(varied()), made(varied(), **where)
    uid = {str(events(files[feeds.CALENDAR])[0]["uid"]) for files in (one, other)}
    assert len(uid) == 2  # another site's milestones of the same ids are others


def test_none_are_made_where_none_are_wanted() -> None:
    context = Context(varied(), SiteOptions(feeds=False))
    assert feeds.files(context) == {}
    assert feeds.links(context, str) == ""
    assert feeds.head(context, str) == ""


def test_what_happened_is_told_newest_first(build: Site, repository: Path) -> None:
    move(repository, "MS003", "in_progress")
    commit(repository, "Begin <it> & go on", "2026-01-20T10:00:00+00:00", "Ünal")
    move(repository, "MS003", "blocked")
    commit(repository, "Wait", "2026-01-25T10:00:00+00:00")
    file = next(f for f in milestone_files(repository) if "MS003" in f.name)
    text = re.sub(r"^title: .*$", 'title: "Show & tell <b>"', file.read_text(encoding="utf-8"), flags=re.MULTILINE)
    file.write_text(text, encoding="utf-8")
    move(repository, "MS002", "blocked")  # not committed, so it is told to nobody yet
    assert build(options="{on_error: ignore}").returncode == 0
    data = (repository / "site/milestones/milestones.atom").read_bytes()
    found = entries(data)
    told = [(e.findtext(f"{ATOM}title"), e.findtext(f"{ATOM}author/{ATOM}name")) for e in found]
    assert len(told) == 4 + 2
    by_title = dict(told)
    assert by_title["Show & tell <b>: Blocked"] == "Ana"
    assert by_title["Show & tell <b>: In progress"] == "Ünal"
    [began] = [e for e in found if e.findtext(f"{ATOM}title") == "Show & tell <b>: In progress"]
    content = began.findtext(f"{ATOM}content") or ""
    assert "was Planned" in content
    assert "Begin <it> & go on" in content
    assert began.find(f"{ATOM}category[@term='in_progress']") is not None
    link = began.find(f"{ATOM}link")
    assert link is not None
    assert link.get("href") == f"https://example.org/sub/milestones/plans/{PLAN.lower()}/ms003/"

    # A later commit changes no id of what has been told.
    before = {e.findtext(f"{ATOM}id") for e in found}
    commit(repository, "Retry")
    assert build(options="{on_error: ignore}").returncode == 0
    again = entries((repository / "site/milestones/milestones.atom").read_bytes())
    assert before < {e.findtext(f"{ATOM}id") for e in again}


def test_the_feed_holds_the_newest_fifty(build: Site, repository: Path) -> None:
    for n in range(30):
        for name in ("MS002", "MS003"):
            move(repository, name, ("blocked", "in_progress")[n % 2])
        commit(repository, f"Step {n}", f"2026-01-{n % 28 + 1:02}T10:00:00+00:00")
    assert build(options="{on_error: ignore}").returncode == 0
    assert len(entries((repository / "site/milestones/milestones.atom").read_bytes())) == 50


@pytest.mark.parametrize("theme", THEMES)
@pytest.mark.parametrize("directories", [True, False])
def test_feed_readers_find_the_feeds(build: Site, repository: Path, theme: str, directories: bool) -> None:
    done = build(theme=THEMES[theme], more=f"use_directory_urls: {str(directories).lower()}")
    assert done.returncode == 0, done.stderr
    for page in ("milestones/index.html", "milestones/health/index.html" if directories else "milestones/health.html"):
        file = repository / "site" / page
        head = file.read_text(encoding="utf-8").partition("</head>")[0]
        links = re.findall(r'<link rel="alternate feed" type="([^"]+)" title="[^"]+" href="([^"]+)">', head)
        assert {type_ for type_, _ in links} >= {"text/calendar", "application/atom+xml"}
        for _, target in links:
            assert (file.parent / html.unescape(target)).resolve().is_file()


def test_feeds_can_be_switched_off(build: Site, repository: Path) -> None:
    assert build(options="{feeds: false}", strict=True).returncode == 0
    left = {f.suffix for f in (repository / "site/milestones").rglob("*")}
    assert not left & {".ics", ".atom", ".svg"}
    assert "application/atom" not in (repository / "site/milestones/index.html").read_text(encoding="utf-8")
    assert (repository / "site/milestones/milestones.json").exists()
    assert build(options="{history: false}", strict=True).returncode == 0
    assert not (repository / "site/milestones/milestones.atom").exists()
    assert (repository / "site/milestones/milestones.ics").exists()
    assert "application/atom" not in (repository / "site/milestones/index.html").read_text(encoding="utf-8")


def test_render_writes_the_same_files(build: Site, repository: Path, tmp_path: Path) -> None:
    assert build(url="https://example.org/sub/").returncode == 0
    out = tmp_path / "out"
    command = ["-C", str(repository), "render", "--today", "2026-02-01", "--site-url", "https://example.org/sub"]
    assert main([*command, "--out", str(out), "--format", "markdown"]) == 0
    for file in (repository / "site/milestones").rglob("*"):
        if file.suffix in (".ics", ".atom", ".svg"):
            other = out / "milestones" / file.relative_to(repository / "site/milestones")
            assert other.read_bytes() == file.read_bytes(), file
    assert main([*command, "--out", str(out)]) == 0
    page = (out / "milestones/index.html").read_text(encoding="utf-8")
    assert '<link rel="alternate feed" type="text/calendar" title="Due dates (calendar)" href="milestones.ics">' in page
    assert "/ms002.html" in (out / "milestones/milestones.ics").read_text(encoding="utf-8")
    assert main([*command, "--out", str(out), "--no-feeds"]) == 0
    assert not [f for f in out.rglob("*") if f.suffix in (".ics", ".atom", ".svg")]


def test_render_refuses_an_address_that_is_none(repository: Path, tmp_path: Path, capsys: Any) -> None:
    command = ["-C", str(repository), "render", "--out", str(tmp_path / "out"), "--site-url", "javascript:alert(1)"]
    assert main(command) == 2
    assert "--site-url" in capsys.readouterr().err
    assert not (tmp_path / "out").exists()


def test_links_for_readers() -> None:
    links = feeds.links(Context(varied(), SiteOptions()), lambda uri: f"../{uri}")
    assert '<a href="../milestones/milestones.ics">Due dates (calendar)</a>' in links
    assert "atom" not in links  # nothing is known of the past
