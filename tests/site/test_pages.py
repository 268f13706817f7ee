"""Every page, through ``build_pages``."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from typing import TYPE_CHECKING

import markdown
import pytest

from milestones.model import Health, HealthArea, Part, Status
from milestones.site.build import build_pages
from milestones.site.pages import Page, SiteOptions, fill, searchable
from milestones.site.parts import nested_lists
from portfolios import HOSTILE, hostile, milestone, nested, plan, portfolio, tongues, varied

if TYPE_CHECKING:
    from milestones.project.portfolio import Portfolio

VOID = {"br", "hr", "img", "input", "link", "meta", "progress", "wbr"}
UNCLOSED = {"td", "tr", "th"}


def url_for(uri: str) -> str:
    return "/" + uri


def render(page: Page) -> str:
    html = markdown.markdown(page.markdown, extensions=["tables", "toc", "fenced_code"])
    return fill(page, html, url_for)


def slots(page: Page) -> str:
    return "\n".join(page.slots(url_for).values())


def pages_of(source: Portfolio, options: SiteOptions | None = None) -> dict[str, Page]:
    return {page.uri: page for page in build_pages(source, options or SiteOptions())}


class Tags(HTMLParser):
    """All tags with their attributes, and the text."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.open: list[str] = []
        self.text = ""
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag not in VOID | UNCLOSED:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        if tag not in VOID | UNCLOSED:
            assert self.open, tag
            assert self.open.pop() == tag

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        self.text += data


SOURCES = {
    "tongues": tongues(),
    "varied": varied(),
    "hostile": hostile(),
    "nested": nested(),
    "empty": portfolio(),
    "plan only": portfolio(plans=(plan(),)),
    "many": portfolio(
        tuple(
            milestone(f"{n:03}", list(Status)[n % 6], f"EP-{n // 40}", created="2026-01-01", depends_on=depends)
            for n in range(402)
            for depends in [(f"EP-{(n - 1) // 40}/MS{n - 1:03}",) if n % 3 else ()]
        )
    ),
}


@pytest.fixture(params=SOURCES)
def source(request: pytest.FixtureRequest) -> Portfolio:
    return SOURCES[request.param]


def test_uris() -> None:
    assert list(pages_of(varied())) == [
        "milestones/index.md",
        "milestones/graph.md",
        "milestones/health.md",
        "milestones/plans/ep-1.md",
        "milestones/plans/ep-1/ms001.md",
        "milestones/plans/ep-1/ms002.md",
        "milestones/plans/ep-1/ms003.md",
        "milestones/plans/ep-2.md",
        "milestones/plans/ep-2/ms001.md",
        "milestones/plans/ep-2/ms002.md",
        "milestones/plans/ep-2/ms003.md",
    ]


def test_uris_are_safe_and_unique(source: Portfolio) -> None:
    uris = [page.uri for page in build_pages(source, SiteOptions())]
    assert len({uri.lower() for uri in uris}) == len(uris)
    for uri in uris:
        assert re.fullmatch(r"(?:[a-z0-9_-][a-z0-9._-]*/)*[a-z0-9_-][a-z0-9._-]*\.md", uri)


def test_twins_have_a_page_each() -> None:
    one, two = milestone("001"), milestone("001", path="plans/EP-1/other.md")
    twins = portfolio((one, two), (plan(), plan(path="plans/other/EP-1.md")))
    pages = pages_of(twins)
    assert {page.source for page in pages.values() if page.source} == {
        one.path,
        two.path,
        plan().path,
        "plans/other/EP-1.md",
    }


def test_names_that_servers_give_a_meaning_are_kept_off() -> None:
    odd = milestone("x", id="EP-1/index")
    assert "milestones/plans/ep-1/index-page.md" in pages_of(portfolio((odd,), (plan(),)))


def test_only_the_pages_wanted_are_made_and_linked() -> None:
    pages = pages_of(varied(), SiteOptions(pages=("graph", "health")))
    assert list(pages) == ["milestones/graph.md", "milestones/health.md"]
    for page in pages.values():
        assert "plans/" not in slots(page).replace("plans/x.md", "").replace("plans/y y.md", "")


def test_path_and_titles() -> None:
    pages = pages_of(varied(), SiteOptions(path="/a/Our Plans/", titles={"roadmap": "Where we go"}))
    page = pages["a/our-plans/index.md"]
    assert page.title == "Where we go"
    assert page.markdown.startswith("# Where we go\n")


def test_slots_hold_no_blank_line_and_no_page_misses_one(source: Portfolio) -> None:
    for page in build_pages(source, SiteOptions()):
        made = page.slots(url_for)
        for html in made.values():
            assert html
            assert all(line.strip() for line in html.split("\n"))
        asked = re.findall(r"^\{\{slot:([a-z0-9-]+)\}\}$", page.markdown, re.MULTILINE)
        assert asked == list(made) or sorted(asked) == sorted(made)
        for name in asked:
            assert f"\n\n{{{{slot:{name}}}}}\n" in page.markdown


def test_slots_hold_nothing_that_a_strict_policy_refuses(source: Portfolio) -> None:
    for page in build_pages(source, SiteOptions()):
        svg = False
        for tag, attributes in Tags(slots(page)).tags:
            svg = tag == "svg" or svg
            assert tag not in ("script", "style", "use", "iframe", "object"), page.uri
            assert not any(name == "style" or name.startswith("on") for name in attributes), page.uri
            for name in ("href", "xlink:href"):
                target = attributes.get(name)
                assert target is None or target.startswith(("/", "#", "https://example.org/")), target


def test_links_in_svg_are_xlinks(source: Portfolio) -> None:
    for page in build_pages(source, SiteOptions()):
        for drawing in re.findall(r"<svg.*?</svg>", slots(page), re.DOTALL):
            assert not re.search(r"<a (?!xlink:)", drawing)


def test_markup_is_balanced(source: Portfolio) -> None:
    for page in build_pages(source, SiteOptions()):
        for html in page.slots(url_for).values():
            assert Tags(html).open == []


def test_hostile_text_stays_text() -> None:
    pages = build_pages(hostile(), SiteOptions(edit_url=lambda _path: "/edit"))
    assert len(pages) == 8
    for page in pages:
        made = slots(page)
        assert "<script" not in made
        assert "<img" not in made
        assert page.title in ("Roadmap", "Dependency graph", "Health") or page.title.startswith(("</title>", "EP-"))
        heading = page.markdown.splitlines()[0]
        html = markdown.markdown(heading, extensions=["toc"])
        assert [tag for tag, _ in Tags(html).tags] == ["h1"]
        assert Tags(html).text.split() == page.title.split()


def test_an_authors_slot_is_text() -> None:
    page = pages_of(hostile())["milestones/plans/ep-1/ms1.md"]
    html = render(page)
    assert html.count('class="mst mst-head"') == 1
    assert html.count('class="mst-source"') == 1


def test_body() -> None:
    page = pages_of(varied())["milestones/plans/ep-1/ms002.md"]
    assert page.markdown.startswith("# Milestone 002\n\n{{slot:header}}\n\n## Objective\n")
    assert "title again" not in page.markdown
    assert "For those who edit" not in page.markdown


def test_code_in_a_body_is_left_alone() -> None:
    body = "Intro `<!-- a -->`.\n\n```\n# not a title\n<!-- b -->\n```\n\nTitle\n=====\n\n<!-- c\n\nd --> e\n"
    page = pages_of(portfolio((milestone("001"),), (plan(),), body=body))["milestones/plans/ep-1/ms001.md"]
    assert "Intro `<!-- a -->`.\n\n```\n# not a title\n<!-- b -->\n```" in page.markdown
    assert "=====" not in page.markdown
    assert "<!-- c" not in page.markdown


def test_a_milestone_page_answers_in_one_look() -> None:
    html = slots(pages_of(varied())["milestones/plans/ep-1/ms002.md"])
    text = Tags(html).text
    for words in ("EP-1/MS002", "In progress", "40%", "2 of 5 tasks", "@ada", "Plan EP-1", "High risk"):
        assert words in text
    assert "Overdue by 50 days" in text
    assert 'href="https://example.org/1"' in html
    assert 'href="/milestones/plans/ep-1.md"' in html


def test_what_waits_for_what_is_said_on_both_sides() -> None:
    pages = pages_of(varied())
    waiting = pages["milestones/plans/ep-1/ms003.md"].slots(url_for)["header"]
    text = re.sub(r"\s+", " ", Tags(waiting).text)
    assert "Waits for Milestone 002 MS002 · In progress EP-1/MS099 is not here Waited for by" in text
    assert 'href="/milestones/plans/ep-1/ms002.md"' in waiting
    waited = pages["milestones/plans/ep-1/ms002.md"].slots(url_for)["header"]
    assert "Waited for by Milestone 003 MS003 · Blocked" in re.sub(r"\s+", " ", Tags(waited).text)
    assert "## Neighbourhood\n" not in pages["milestones/plans/ep-2/ms003.md"].markdown


def test_a_milestone_that_waits_for_many_names_those_that_are_not_done_and_lists_all() -> None:
    done = tuple(milestone(f"{n:03}", Status.COMPLETED) for n in range(8))
    rest = milestone("008", Status.PLANNED)
    late = milestone("009", depends_on=tuple(m.id for m in (*done, rest)))
    page = pages_of(portfolio((*done, rest, late), (plan(),)))["milestones/plans/ep-1/ms009.md"]
    made = page.slots(url_for)
    assert re.search(r"Waits for\s+Milestone 008 MS008 · Planned\s+Milestone 000", Tags(made["header"]).text)
    assert Tags(made["header"]).text.count("Completed") == 5
    assert '<a href="#waits-for">And 3 more</a>' in made["header"]
    assert "## Waits for\n" in page.markdown
    assert made["waits-for"].count("<li>") == 9


def test_a_milestone_names_the_one_before_and_after() -> None:
    html = slots(pages_of(varied())["milestones/plans/ep-1/ms002.md"])
    assert 'class="mst-prev" href="/milestones/plans/ep-1/ms001.md"' in html
    assert 'class="mst-next" href="/milestones/plans/ep-1/ms003.md"' in html


def test_edit_link() -> None:
    options = SiteOptions(edit_url=lambda path: f"https://example.org/edit/{path}")
    html = slots(pages_of(varied(), options)["milestones/plans/ep-1/ms001.md"])
    assert 'href="https://example.org/edit/plans/EP-1/MS001.md"' in html


def test_a_word_of_its_own_for_a_status_is_shown() -> None:
    assert "Failed" in slots(pages_of(varied())["milestones/plans/ep-2/ms002.md"])


def test_a_plan_that_no_document_describes_has_a_page() -> None:
    page = pages_of(portfolio((milestone("001", Status.COMPLETED),)))["milestones/plans/ep-1.md"]
    assert page.source is None
    assert "No document describes this plan" in slots(page)


def test_an_empty_repository_is_told_how_to_begin() -> None:
    text = Tags(slots(pages_of(portfolio())["milestones/index.md"])).text
    assert 'milestones plan new "Title' in text
    assert 'milestones new PLAN "Title' in text


def test_dates_that_are_none_do_no_harm() -> None:
    odd = (milestone("001", created="soon", due="2026-13-01"), milestone("002", Status.BLOCKED, start="?"))
    assert "No milestone has a date yet" in slots(pages_of(portfolio(odd))["milestones/index.md"])


def test_graph_says_in_words_what_it_draws() -> None:
    page = pages_of(varied())["milestones/graph.md"]
    made = page.slots(url_for)
    assert made["picture"].count('class="mst-box ') == 4
    text = re.sub(r"\s+", " ", Tags(made["words"]).text)
    assert "Milestone 003 EP-1/MS003 Blocked waits for Milestone 002" in text
    assert Tags(made["alone"]).text.count("EP-2/MS00") == 2


def test_graph_of_many_shows_the_plans() -> None:
    members = tuple(
        milestone(f"{n:03}", plan=f"EP-{n % 3}", depends_on=(f"EP-{(n - 1) % 3}/MS{n - 1:03}",) if n else ())
        for n in range(200)
    )
    html = pages_of(portfolio(members))["milestones/graph.md"].slots(url_for)["picture"]
    assert "200 milestones hang together" in html


def test_cycles_are_named() -> None:
    knot = (milestone("001", depends_on=("EP-1/MS002",)), milestone("002", depends_on=("EP-1/MS001",)))
    text = Tags(pages_of(portfolio(knot))["milestones/graph.md"].slots(url_for)["cycles"]).text
    assert "EP-1/MS001 → EP-1/MS002 → EP-1/MS001" in text


def test_health_names_what_wants_attention() -> None:
    made = pages_of(varied())["milestones/health.md"].slots(url_for)
    assert "Was due 1 Mar, 50 days ago" in made["overdue"]
    assert "Untouched for 69 days" in made["stale"]
    assert "High risk · Not well: docs" in made["at-risk"]
    faults = Tags(made["faults"]).text
    assert "MS203 due is no date plans/x.md:4" in faults
    assert "plans/y y.md" in faults
    assert "9 documents found = 8 read + 1 reported" in faults


def test_areas_written_differently_are_one() -> None:
    members = tuple(
        milestone(f"00{n}", Status.IN_PROGRESS, health=(HealthArea(name, Health.GOOD, "✅", "", 1),))
        for n, name in enumerate(("Docs", "docs", "Docs "))
    )
    areas = pages_of(portfolio(members))["milestones/health.md"].slots(url_for)["areas"]
    assert areas.count('<th scope="col">') == 2
    assert '<th scope="col"><span>Docs</span></th>' in areas


def test_known_faults_are_listed_and_count_for_nothing() -> None:
    page = pages_of(nested())["milestones/health.md"]
    made = page.slots(url_for)
    assert "The check found no new faults." in made["faults"]
    assert "<details" in made["faults"]
    assert "MS102 an old <fault> plans/old.md:2Help: mend it" in Tags(made["faults"]).text
    assert 'href="#faults"' not in made["cards"]


def test_addresses_of_every_form_of_id() -> None:
    uris = [uri for uri in pages_of(nested()) if uri.startswith("milestones/plans/")]
    assert uris == [
        "milestones/plans/v1.0.md",
        "milestones/plans/v1.0-04.md",
        "milestones/plans/v1.0-05.md",
        "milestones/plans/v1.0-05/05-01.md",
        "milestones/plans/v1.0-05/05-02.md",
        "milestones/plans/v1.0-05/05-03.md",
        "milestones/plans/v1.0-06.md",
        "milestones/plans/work.md",
        "milestones/plans/work/task-1.md",
        "milestones/plans/work/task-1.2.md",
        "milestones/plans/work/task-1.2.1.md",
        "milestones/plans/work/task-1.10.md",
        "milestones/plans/work/task-2.md",
        "milestones/plans/v0.9.md",
    ]


def test_a_task_of_a_slice_lies_below_it_and_names_of_other_scripts_keep_their_address() -> None:
    slices = (milestone("1", plan="M001", id="M001/S01"), milestone("2", plan="M001", id="M001/S02"))
    tasks = tuple(milestone("1", plan="M001", id=f"{s.id}/T01", parent=s.id) for s in slices)
    other = milestone("3", plan="計画", id="計画/作業")
    uris = list(pages_of(portfolio((*slices, *tasks, other))))[3:]
    assert uris[:5] == [f"milestones/plans/m001{name}.md" for name in ("", "/s01", "/s01/t01", "/s02", "/s02/t01")]
    assert list(pages_of(portfolio((other,))))[3:] == uris[5:]


def test_ids_that_two_conventions_use_are_told_apart() -> None:
    both = portfolio(
        (
            milestone("1", plan="01", id="01/1", profile="gsd"),
            milestone("1", plan="01", id="01/1", profile="tracker", depends_on=("01/2",)),
            milestone("2", plan="01", id="01/2", profile="tracker"),
        ),
        (plan("01", profile="gsd"), plan("01", profile="tracker"), plan("02", profile="gsd")),
        profiles={"gsd": "GSD", "tracker": "Trackers"},
    )
    assert [p.id for p in both.plans] == ["gsd/01", "tracker/01", "02"]
    assert [m.id for m in both.milestones] == ["gsd/01/1", "tracker/01/1", "01/2"]
    assert both.milestones[1].depends_on == ("01/2",)
    uris = [uri for uri in pages_of(both) if uri.startswith("milestones/plans/")]
    assert sorted(uris) == [
        "milestones/plans/02.md",
        "milestones/plans/gsd-01.md",
        "milestones/plans/gsd-01/1.md",
        "milestones/plans/tracker-01.md",
        "milestones/plans/tracker-01/01/2.md",
        "milestones/plans/tracker-01/1.md",
    ]


def test_progress_counts_all_that_lies_below() -> None:
    whole = nested()
    assert whole.plan_progress("v1.0/05") == pytest.approx(1 / 3)
    assert whole.plan_progress("v1.0") == pytest.approx(2 / 5)  # with a finished plan and one that has no milestones
    by_id = whole.by_id
    assert whole.progress(by_id["task-1.2"]) == 1
    assert whole.progress(by_id["task-1"]) == pytest.approx(1 / 2)
    assert whole.plan_progress("work") == pytest.approx(1 / 3)


def test_a_list_right_after_a_paragraph_is_a_list() -> None:
    body = "Words:\n- one\n- two\n  more\n- three\n\n```\ncode:\n- no\n```\nMore:\n1. a\n2. b\n\n1990 - was\n2. not\n"
    page = pages_of(portfolio((milestone("001"),), (plan(),), body=body))["milestones/plans/ep-1/ms001.md"]
    assert "Words:\n\n- one\n- two\n  more\n- three\n\n```\ncode:\n- no\n```\nMore:\n\n1. a\n2. b" in page.markdown
    assert "was\n2. not" in page.markdown


def test_dates_in_a_word_for_a_status_stay_dates() -> None:
    one = milestone("001", Status.COMPLETED, status_word="shipped 2026-02-01, post-beta")
    html = slots(pages_of(portfolio((one,), (plan(),)))["milestones/plans/ep-1/ms001.md"])
    assert "Shipped 2026-02-01, post beta" in html


def test_a_part_of_a_document_begins_after_its_own_heading() -> None:
    body = "### Phase 5: The title\n\nWhat it is for.\n\n#### More\n"
    one = milestone("001", parts=(Part("Roadmap", "plans/EP-1/MS001.md", 1, 6),))
    page = pages_of(portfolio((one,), (plan(),), body=body))["milestones/plans/ep-1/ms001.md"]
    assert "The title" not in page.markdown
    assert "What it is for.\n\n#### More" in page.markdown


def test_a_plan_within_a_plan() -> None:
    pages = pages_of(nested())
    outer = pages["milestones/plans/v1.0.md"]
    assert "## Plans\n" in outer.markdown
    assert "## Milestones\n" not in outer.markdown
    text = re.sub(r"\s+", " ", Tags(slots(outer)).text)
    assert "1 of 3 plans completed" in text
    assert "Plan v1.0/05v1.0/05" in text
    inner = slots(pages["milestones/plans/v1.0-05.md"])
    assert 'href="/milestones/plans/v1.0.md"' in inner
    assert "Convention" in inner
    assert "05-02" in inner


def test_subtasks_are_set_in_listed_and_lead_back() -> None:
    pages = pages_of(nested())
    table = pages["milestones/plans/work.md"].slots(url_for)["milestones"]
    assert re.findall(r'<td class="mst-in-(\d)"><a href="[^"]*/([^"/]*)\.md"', table) == [
        ("1", "task-1.2"),
        ("2", "task-1.2.1"),
        ("1", "task-1.10"),
    ]
    parent = pages["milestones/plans/work/task-1.md"]
    assert "## Subtasks\n" in parent.markdown
    assert Tags(parent.slots(url_for)["subtasks"]).text.count("task-1.2.1") == 1
    assert "1 of 2 subtasks completed" in Tags(slots(parent)).text
    header = pages["milestones/plans/work/task-1.2.1.md"].slots(url_for)["header"]
    assert header.index("work.md") < header.index("task-1.md") < header.index("task-1.2.md")


def test_parents_that_lead_round_in_a_circle_do_no_harm() -> None:
    odd = portfolio(
        tuple(milestone(n, id=n, parent=p) for n, p in (("a", "b"), ("b", "c"), ("c", "a"), ("d", "d"))),
        (plan("EP-1", parent="EP-2"), plan("EP-2", parent="EP-1")),
    )
    assert len(pages_of(odd)) == 9
    for page in pages_of(odd).values():
        assert slots(page)


def test_details_are_shown_whatever_they_are() -> None:
    page = pages_of(nested())["milestones/plans/v1.0-05/05-01.md"]
    made = page.slots(url_for)
    assert "<dt>Duration</dt><dd>12min</dd>" in made["header"]
    assert "<dt>Autonomous</dt><dd>Yes</dd>" in made["header"]
    assert "1 Apr 2026" in made["header"]
    details = made["details"]
    assert "<dt>Key files</dt>" in details
    assert "<li>src/<wbr>a.py</li>" in details
    assert "<td>Keep <code>x</code> &lt;b&gt;</td>" in details
    assert "22 further items" in details
    assert "&#34;{x}&#34;" in details
    assert '<a href="https://example.org/a">' in made["header"] + details


def test_what_is_only_listed_in_a_shared_document_has_a_page_of_its_own() -> None:
    pages = pages_of(nested())
    html = slots(pages["milestones/plans/v1.0-05/05-02.md"])
    assert 'class="mst-prev" href="/milestones/plans/v1.0-05/05-01.md"' in html
    assert 'class="mst-next" href="/milestones/plans/v1.0-05/05-03.md"' in html


def headings(html: str) -> list[str]:
    return [re.sub(r"<[^>]*>", "", words) for words in re.findall(r"<h\d[^>]*>(.*?)</h", html)]


def test_search_holds_the_objective_only() -> None:
    page = pages_of(varied())["milestones/plans/ep-1/ms002.md"]
    html = render(page)
    kept = searchable(page, html)
    assert headings(kept) == [page.title, "Objective", "Why"]
    assert len(headings(html)) > 2
    assert "mst-head" not in kept


def test_search_of_all_and_none() -> None:
    everything = pages_of(varied(), SiteOptions(search="all"))["milestones/plans/ep-1/ms002.md"]
    assert searchable(everything, render(everything)) == render(everything)
    nothing = pages_of(varied(), SiteOptions(search="none"))["milestones/plans/ep-1/ms002.md"]
    assert searchable(nothing, render(nothing)) == ""


def test_same_input_same_bytes() -> None:
    def whole() -> list[tuple[str, str, str]]:
        return [(page.uri, page.markdown, slots(page)) for page in build_pages(varied(), SiteOptions())]

    assert whole() == whole()


def test_hostile_is_hostile() -> None:
    assert "<script>" in HOSTILE


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ("- a\n  - b\n    - c\n  - d\n- e", "- a\n    - b\n        - c\n    - d\n- e"),
        ("1. a\n   - b\n2. c", "1. a\n    - b\n2. c"),
        ("- [ ] a\n  - [x] b", "- [ ] a\n    - [x] b"),
        ("- a\n    - b\n        - c\n\n            more", "- a\n    - b\n        - c\n\n            more"),
        ("- a\n\t- b\n\t\t- c", "- a\n    - b\n        - c"),
        ("- a\n\n  more\n  of it\n\nout\n  - b", "- a\n\n    more\n    of it\n\nout\n  - b"),
        ("- a\n  ```\n  - no\n    x\n  ```\n  - b", "- a\n    ```\n    - no\n      x\n    ```\n    - b"),
        ("```\n- a\n  - b\n```\n\n    - code\n      - code", "```\n- a\n  - b\n```\n\n    - code\n      - code"),
        ("- a\ngoes on\n  - b\n# H\n  - c", "- a\ngoes on\n    - b\n# H\n  - c"),
        ("- a\n\n      code\n\n  - - -\n- b", "- a\n\n        code\n\n    - - -\n- b"),
    ],
)
def test_lists_nest_as_they_do_elsewhere(body: str, expected: str) -> None:
    assert nested_lists(body) == expected


def test_a_plan_without_milestones_is_told_what_its_convention_can_do() -> None:
    made = slots(pages_of(portfolio(plans=(plan(),)))["milestones/plans/ep-1.md"])
    assert "milestones new EP-1" in made
    for paths, words in ((("work/{slug}.md",), "<code>work/{slug}.md</code>"), ((), "listed in the documents")):
        source = portfolio(plans=(plan(profile="house"),), profiles={"house": "House"})
        source.by_hand = {"house": paths}
        made = slots(pages_of(source)["milestones/plans/ep-1.md"])
        assert "milestones new" not in made
        assert words in made
    empty = portfolio(profiles={"house": "House"})
    empty.by_hand = {"house": ()}
    assert "milestones new" not in slots(pages_of(empty)["milestones/index.md"])


def test_the_way_to_a_page_stays_short_however_deep_it_lies() -> None:
    deep = tuple(milestone(f"{n:03}", parent=f"EP-1/MS{n - 1:03}" if n else None) for n in range(300))
    found = pages_of(portfolio(deep, (plan(title="The plan"),)))
    (last,) = (page for page in found.values() if page.title == "Milestone 299")
    html = slots(last)
    way = re.sub(r"<[^>]*>", "", html[html.index("mst-crumb") : html.index("</p>", html.index("mst-crumb"))])
    assert "Roadmap / The plan / … / Milestone 296 / Milestone 297 / Milestone 298 / EP-1/MS299" in re.sub(
        r"\s+", " ", way
    )


def test_a_plan_shows_its_milestones_over_time_where_two_have_dates() -> None:
    dated = [milestone(f"{n}", start=f"2026-01-0{n}", due=f"2026-02-0{n}") for n in (1, 2)]
    found = pages_of(portfolio((*dated, milestone("3")), (plan(), plan("EP-2"))))
    (page,) = (page for page in found.values() if page.title == "Plan EP-1")
    assert "## Timeline" in page.markdown
    timeline = page.slots(url_for)["timeline"]
    assert timeline.count('<li class="mst-row') == 3
    assert "mst-bar" in timeline
    (other,) = (page for page in found.values() if page.title == "Plan EP-2")
    assert "## Timeline" not in other.markdown
    one = pages_of(portfolio((dated[0], milestone("3")), (plan(),)))
    assert not any("## Timeline" in page.markdown for page in one.values() if page.kind == "plan")
