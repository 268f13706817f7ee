"""Pages in another language: every word of theirs comes from a catalogue, and the catalogues are whole."""

from __future__ import annotations

import io
import re
import string
from datetime import date
from html.parser import HTMLParser
from typing import TYPE_CHECKING

import pytest
from babel import Locale
from babel.messages.pofile import read_po

from browsing import Watched
from foreign import past_of, portfolios
from milestones import schemas
from milestones.cli import main
from milestones.history.forecast import Dates
from milestones.model import Status
from milestones.site import language, past, svg, words
from milestones.site.context import Context
from milestones.site.embeds import Embeds
from milestones.site.pages import SiteOptions
from milestones.site.parts import label
from milestones.site.standalone import render
from sites import Site, milestone_files

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from babel.messages.catalog import Catalog, Message
    from playwright.sync_api import Browser

CODES = [code for code in language.available() if code != language.SOURCE]


def catalogue(code: str) -> Catalog:
    return read_po(io.BytesIO((words.CATALOGUES / f"{code}.po").read_bytes()), locale=code)


def forms(message: Message) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """What a message says in English and in the other language, in each of its forms."""
    ids = (message.id,) if isinstance(message.id, str) else tuple(message.id)
    strings = (message.string,) if isinstance(message.string, str) else tuple(message.string)
    return ids, strings


def places(text: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(text) if name is not None}


# catalogues


@pytest.mark.parametrize("code", CODES)
def test_a_catalogue_has_the_words_of_the_code_and_no_others(code: str) -> None:
    text = (words.CATALOGUES / f"{code}.po").read_bytes()
    assert words.updated(code, text) == text, "run `make words`"


@pytest.mark.parametrize("code", CODES)
def test_every_word_is_translated(code: str) -> None:
    found = catalogue(code)
    messages = [message for message in found if message.id]
    assert len(messages) > 100
    for message in messages:
        ids, strings = forms(message)
        assert not message.fuzzy, ids
        assert all(strings), ids
        assert len(strings) == (found.num_plurals if message.pluralizable else 1), ids
        for text in strings:
            assert places(text) == places(ids[-1]), ids
        assert all(text[:1].isspace() == ids[0][:1].isspace() for text in strings), ids
        for mark in (".", ":"):
            assert all(text.endswith(mark) == ids[-1].endswith(mark) for text in strings), ids


def test_words_of_the_model_are_in_the_catalogue() -> None:
    with language.using("de"):
        assert [label(status) for status in Status] == [
            "Geplant",
            "In Arbeit",
            "Blockiert",
            "Pausiert",
            "Abgeschlossen",
            "Abgebrochen",
        ]


# choosing


@pytest.mark.parametrize(
    ("written", "meant"), [("de", "de"), ("de_AT", "de"), ("de-CH", "de"), ("DE", "de"), ("fr", "en"), ("", "en")]
)
def test_the_nearest_language(written: str, meant: str) -> None:
    assert language.nearest(written) == meant


@pytest.mark.parametrize(
    ("written", "help_"),
    [("de_AT", "write de"), ("german", "write de"), ("Deutsch", "write de"), ("fr", "there are en, de")],
)
def test_a_language_that_is_not_there_names_the_nearest(written: str, help_: str) -> None:
    with pytest.raises(language.LanguageError, match=f"no pages in the language '{written}'") as raised:
        language.use(written)
    assert raised.value.help == help_
    assert language.current() == "en"


# dates, numbers, sentences


def test_dates_and_numbers_are_written_as_the_language_writes_them() -> None:
    day = date(2026, 1, 17)
    assert language.on_day(day) == "17 Jan 2026"
    assert (language.figure(12345), language.percentage(60), language.decimal(3.25)) == ("12,345", "60%", "3.2")
    with language.using("de"):
        assert language.on_day(day) == "17. Jan. 2026"
        assert (language.figure(12345), language.percentage(60), language.decimal(3.25)) == ("12.345", "60\xa0%", "3,2")
        assert past.duration(3.24) == "3,2 Tage"
        assert past.duration(1.04) == "1 Tag"
        assert past.range_words(Dates("2026-03-06", None, "2026-04-03", None)).striptags() == "6. März bis 3. Apr. 2026"
        assert language.numbered(1, "Overdue by {number} day", "Overdue by {number} days") == "Seit 1 Tag überfällig"
        assert language.numbered(2, "Overdue by {number} day", "Overdue by {number} days") == "Seit 2 Tagen überfällig"
    assert language.on_day(day) == "17 Jan 2026"


# pages


class _Marking:
    """A language in which every word of the catalogue stands between brackets."""

    def gettext(self, message: str) -> str:
        return f"⟦{message}⟧"

    def ngettext(self, singular: str, plural: str, number: int) -> str:
        return f"⟦{singular if number == 1 else plural}⟧"


def _forget() -> None:
    for kept in (language._on_day, language._figure, language._percentage, svg._content):
        kept.cache_clear()


@pytest.fixture
def marked(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Pages in a language of brackets, whose dates have no Latin letters."""
    _forget()
    monkeypatch.setattr(language, "_catalogue", lambda _code: _Marking())
    monkeypatch.setattr(language, "_locale", lambda _code: Locale("ja"))
    with language.using("de"):
        yield
    _forget()


#: Attributes that are read out or shown, and those that hand words to the script.
SHOWN = (
    *("title", "aria-label", "alt", "placeholder"),
    *("data-shown", "data-all", "data-remove", "data-copied", "data-none", "data-more"),
)
#: What is the same in every language: names, quarters, addresses; and a document's own word for its risk.
NAMES = re.compile(r"\b(?:CSV|JSON|Q[1-4]|High)\b|https?://\S+")
#: Pages with words that are not in the catalogue yet.
WAITING = re.compile(r"milestones/(?:graph|health|plans)\b")
_VOID = frozenset(("meta", "link", "input", "br", "wbr", "img", "hr"))


class Words(HTMLParser):
    """What a page says, in texts and in attributes, apart from code and from what is said to be English."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.texts: list[str] = []
        self.attributes: list[str] = []
        self._open: list[tuple[str, bool]] = []
        self.feed(page)

    @property
    def _silent(self) -> bool:
        return bool(self._open) and self._open[-1][1]

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        if not self._silent:
            self.attributes += [given[name] or "" for name in SHOWN if name in given]
        if tag not in _VOID:
            silent = self._silent or tag in ("script", "style", "code", "pre") or given.get("lang") == "en"
            self._open.append((tag, silent))

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)
        if tag not in _VOID:
            self.handle_endtag(tag)

    def handle_endtag(self, tag: str) -> None:
        while tag in (name for name, _ in self._open) and self._open.pop()[0] != tag:
            pass

    def handle_data(self, data: str) -> None:
        if not self._silent:
            self.texts.append(data)


def unmarked(page: str) -> list[str]:
    """The Latin words of a page that no brackets hold: what nobody can translate."""
    found = Words(page)
    # A sentence may have elements in its places, so brackets are looked for over all texts.
    left = ["\n".join(found.texts), *found.attributes]
    for at, text in enumerate(left):
        inner = NAMES.sub("", text)
        while "⟦" in inner and (shorter := re.sub(r"⟦[^⟦⟧]*⟧", "", inner)) != inner:
            inner = shorter
        left[at] = inner
    return [line.strip() for text in left for line in text.split("\n") if re.search("[A-Za-z⟦⟧]", line)]


@pytest.mark.parametrize("name", portfolios())
@pytest.mark.parametrize("remembered", ["much", "little", "nothing"])
@pytest.mark.usefixtures("marked")
def test_every_word_of_the_pages_can_be_translated(name: str, remembered: str, tmp_path: Path) -> None:
    whole = portfolios()[name]
    history = {
        "much": lambda: past_of(whole, notes=("there are no commits yet", "the history can't be read: git is ill")),
        "little": lambda: past_of(whole, finished=1, days=30),
        "nothing": lambda: None,
    }[remembered]()
    options = SiteOptions(history=history, edit_url=lambda path: f"https://example.org/{path}")
    render(whole, options, tmp_path)
    pages = [
        page.read_text(encoding="utf-8")
        for page in tmp_path.rglob("*.html")
        if not WAITING.search(page.relative_to(tmp_path).as_posix())
    ]
    assert pages
    assert all(re.search("⟦[^⟦⟧]+⟧", page) for page in pages)
    assert sorted({line for page in pages for line in unmarked(page)}) == []


@pytest.mark.parametrize("name", portfolios())
@pytest.mark.usefixtures("marked")
def test_every_word_of_blocks_can_be_translated(name: str) -> None:
    whole = portfolios()[name]
    context = Context(whole, SiteOptions(history=past_of(whole)))
    columns = schemas.load("embed")["properties"]["columns"]["items"]["enum"]
    named = f"id: {whole.milestones[0].id}" if whole.milestones else "plan: x"
    asked = [f"view: {view}" for view in ("list", "next", "timeline", "progress")]
    asked += [
        f"view: table\ncolumns: [{', '.join(columns)}]",
        "view: list\nlimit: 1",
        f"view: card\n{named}",
        "view: no",
    ]
    asked += [f"view: card\nplan: {plan.id}" for plan in whole.plans[:1]]
    embeds = Embeds(context)
    text = "\n\n".join(f"```milestones\n{one}\n```" for one in asked)
    rendered = embeds.set_aside("index.md", text, text).replace("mstembed", "<p>mstembed").replace("\n", "</p>\n")
    page = embeds.fill("index.md", rendered, lambda uri: uri)
    assert page.count('class="mst') >= len(asked)
    assert unmarked(page) == []


@pytest.mark.browser
@pytest.mark.usefixtures("marked")
def test_the_script_has_no_words_of_its_own(tmp_path: Path, browser: Browser) -> None:
    whole = portfolios()["many"]
    render(whole, SiteOptions(pages=("roadmap",), history=past_of(whole)), tmp_path)
    page = Watched(browser).page
    page.goto((tmp_path / "milestones/index.html").as_uri())
    for view in ("table", "board", "timeline"):
        page.locator(f"input[name=view][value={view}]").check(force=True)
        assert unmarked(page.content()) == []
    page.locator(".mst-chip input").first.check(force=True)
    page.locator(".mst-facets summary").click()
    page.locator("select[name=plan]").select_option(index=1)
    assert page.locator(".mst-token").count() == 1
    assert unmarked(page.content()) == []
    page.locator("input[name=text]").fill("nothing has this")
    page.get_by_text("No milestone fits these filters.").wait_for()
    assert unmarked(page.content()) == []


# real builds

THEMES = {
    "material": "  name: material\n  font: false\n  language: de",
    "mkdocs": "  name: mkdocs\n  locale: de",
    "readthedocs": "  name: readthedocs\n  locale: de_AT",
}


def built(repository: Path, uri: str) -> str:
    return (repository / "site" / uri / "index.html").read_text(encoding="utf-8")


def local_links(page: str) -> set[str]:
    return set(re.findall(r'href="#([^"]+)"', page))


@pytest.mark.parametrize("theme", THEMES)
def test_pages_follow_the_language_of_the_theme(theme: str, build: Site, repository: Path) -> None:
    done = build(theme=THEMES[theme], more="nav:\n  - index.md", strict=True)
    assert done.returncode == 0, done.stderr
    roadmap = built(repository, "milestones")
    assert re.search(r'<html[^>]* lang="de', roadmap)
    # Their language is that of the page around them, so they say nothing of it.
    assert 'lang="de" dir=' not in roadmap
    assert "Zeitachse" in roadmap
    assert "Abhängigkeiten" in roadmap  # the title of another page, in the navigation
    assert re.search(r">\s*Meilensteine\s*<", built(repository, ""))  # the section of the navigation
    for page in (repository / "site" / "milestones").rglob("*.html"):
        text = page.read_text(encoding="utf-8")
        ids = re.findall(r'\sid="([^"]+)"', text)
        own = {target for target in local_links(text) if re.fullmatch("[a-z-]+", target)}
        assert own <= {*ids, "__skip", "top"}, page
        assert not [name for name in set(ids) if ids.count(name) > 1 and not name.startswith("__")], page


def test_anchors_are_the_same_in_every_language(build: Site, repository: Path) -> None:
    assert build(theme=THEMES["mkdocs"]).returncode == 0
    german = built(repository, "milestones/health")
    assert build(theme="  name: mkdocs").returncode == 0
    english = built(repository, "milestones/health")
    headings = [re.findall(r'<h2[^>]* id="([^"]+)"', page) for page in (german, english)]
    assert headings[0] == headings[1] != []
    assert "faults" in headings[0]


def test_the_option_wins_over_the_theme(build: Site, repository: Path) -> None:
    (repository / "docs/index.md").write_text("# Home\n\n```milestones\nview: table\n```\n", encoding="utf-8")
    done = build(options="{language: de, titles: {graph: Der Graph}, nav_title: Pläne}", more="nav:\n  - index.md")
    assert done.returncode == 0, done.stderr
    assert re.search(
        r'<div lang="de" dir="ltr" class="mst mst-embed.*?>Meilenstein</th>', built(repository, ""), re.DOTALL
    )
    roadmap = built(repository, "milestones")
    assert re.search(r'<html[^>]* lang="en"', roadmap)
    blocks = re.findall(r'<div[^>]* class="mst[ "][^>]*>', roadmap)
    assert blocks
    assert all(' lang="de" dir="ltr" ' in block for block in blocks)
    assert re.search(r'<h2 lang="de" dir="ltr" id="faults">', built(repository, "milestones/health"))
    assert "Der Graph" in roadmap
    assert "Pläne" in built(repository, "")


def test_a_wrong_option_names_the_right_one(build: Site) -> None:
    done = build(options="{language: german}")
    assert done.returncode == 1
    assert "milestones: language: there are no pages in the language 'german'; write de" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_kept_page_is_not_taken_for_one_in_another_language(build: Site, repository: Path) -> None:
    document = milestone_files(repository)[0]
    document.write_text(document.read_text(encoding="utf-8") + "\n[gone](gone.md)\n", encoding="utf-8")
    options = "{on_error: ignore}"
    assert build(options=options).returncode == 0
    assert build(options=options, theme=THEMES["material"]).returncode == 0
    titles = {
        title
        for page in (repository / "site/milestones").rglob("*.html")
        for title in re.findall(r'class="mst-dead-link"[^>]*title="([^"]+)"', page.read_text(encoding="utf-8"))
    }
    assert titles == {"Dieser Link führt nirgendwohin"}


# without MkDocs


def test_render_takes_a_language(repository: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(repository)
    assert main(["render", "--out", str(tmp_path / "out"), "--language", "de"]) == 0
    page = (tmp_path / "out/milestones/index.html").read_text(encoding="utf-8")
    assert '<html lang="de" dir="ltr">' in page
    assert "Zum Inhalt springen" in page
    assert 'lang="de" dir="ltr" class="mst' not in page
    assert language.current() == "en"


def test_render_refuses_a_language_that_is_not_there(
    repository: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(repository)
    assert main(["render", "--out", str(tmp_path / "out"), "--language", "deutsch"]) == 2
    assert capsys.readouterr().err.splitlines() == [
        "error: --language: there are no pages in the language 'deutsch'",
        "  = help: write de",
    ]
    assert not (tmp_path / "out").exists()


def test_markdown_for_another_generator_names_its_language(
    repository: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(repository)
    arguments = ["render", "--out", str(tmp_path), "--format", "markdown"]
    assert main([*arguments, "--language", "de"]) == 0
    text = (tmp_path / "milestones/health.md").read_text(encoding="utf-8")
    assert '<div lang="de" dir="ltr" class="mst"' in text  # right below the title
    assert re.search(r'^<div lang="de" dir="ltr" id="faults" class="mst"', text, re.MULTILINE)
    assert main(arguments) == 0
    text = (tmp_path / "milestones/health.md").read_text(encoding="utf-8")
    assert '<div lang="en" dir="ltr" class="mst"' in text
    assert 'id="faults"' not in text  # the heading has it
