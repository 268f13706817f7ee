"""The site without MkDocs: complete HTML files that open from a folder, or Markdown for another generator."""

from __future__ import annotations

import json
import os
import posixpath
import re
from functools import lru_cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any, Literal

import jinja2
import markdown
from markdown.extensions import Extension
from markdown.treeprocessors import Treeprocessor

from milestones.site import feeds, language, told
from milestones.site.anchors import SlotAnchors
from milestones.site.build import build_pages
from milestones.site.context import Context
from milestones.site.files import SCRIPT, STYLESHEET, accompanying
from milestones.site.pages import Page, fill, in_language
from milestones.site.parts import Html, disarm, sentence, when
from milestones.site.sanitise import clean

if TYPE_CHECKING:
    import xml.etree.ElementTree as etree
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from milestones.project.portfolio import Portfolio
    from milestones.site.pages import SiteOptions

#: Lists what a rendering wrote, so that the next one can remove what it no longer writes, and nothing else.
MANIFEST = ".milestones-manifest.json"

_EXTENSIONS = ("tables", "fenced_code", "sane_lists", "footnotes", "def_list", "admonition", "toc")


def render(
    portfolio: Portfolio,
    options: SiteOptions,
    out: Path,
    format: Literal["html", "markdown"] = "html",
    use_directory_urls: bool = True,
) -> list[Path]:
    """Write the site to a folder and return what was written, sorted.

    ``html`` gives complete pages with relative links, which work from ``file://`` too. ``markdown`` gives the
    pages' sources under the same names, for a generator that takes Markdown with blocks of HTML;
    ``use_directory_urls`` says whether that generator serves ``a/b.md`` as ``a/b/`` (true) or ``a/b.html``.

    Files that an earlier rendering wrote and this one does not are removed; files of others are left alone.
    The same input gives the same bytes. Raises ``OSError`` when the folder can't be written.
    """
    pages = build_pages(portfolio, options)
    context = Context(portfolio, options)
    contents: dict[str, bytes] = {}
    for page in pages:
        if format == "html":
            contents[_html_name(page.uri)] = _html(page, context).encode()
        else:
            contents[page.uri] = _markdown(page, use_directory_urls).encode()
    under = f"{context.root}/" if context.root else ""
    contents |= {under + name: content for name, content in accompanying(context, pages).items()}
    _remove_stale(out, set(contents))
    for name, content in contents.items():
        _refuse_links(out, name)
        _write(out / name, content)
    _write(out / MANIFEST, (json.dumps(sorted(contents), indent=1) + "\n").encode())
    return [out / name for name in sorted(contents)]


def _refuse_links(out: Path, name: str) -> None:
    """Refuse to write through a folder that is a link: it could lead anywhere. Raises OSError."""
    folder = out
    for part in name.split("/")[:-1]:
        folder = folder / part
        if folder.is_symlink():
            raise OSError(None, "a folder of the output is a symbolic link", str(folder))


def _write(path: Path, content: bytes) -> None:
    """Write a file, unless it holds just that already: what did not change keeps its time."""
    if path.is_file() and not path.is_symlink() and path.read_bytes() == content:
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    if path.is_symlink() or (path.exists() and not path.is_file()):
        path.unlink()
    path.write_bytes(content)


def _remove_stale(out: Path, wanted: set[str]) -> None:
    """Remove what the manifest of an earlier rendering lists and this one does not write."""
    try:
        listed = json.loads((out / MANIFEST).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return
    root = out.resolve()
    for name in listed if isinstance(listed, list) else []:
        if not isinstance(name, str) or name in wanted or not _inside(name):
            continue
        path = out / name
        # A folder that has become a link could lead anywhere.
        if path.parent.resolve().is_relative_to(root) and path.is_file():
            path.unlink()
            _remove_empty(path.parent, out)


def _inside(name: str) -> bool:
    return not posixpath.isabs(name) and ".." not in name.split("/") and "\\" not in name and ":" not in name


def _remove_empty(folder: Path, top: Path) -> None:
    while folder != top and not os.listdir(folder):
        folder.rmdir()
        folder = folder.parent


def _html_name(uri: str) -> str:
    """The name of a page's file; other files keep theirs."""
    return uri.removesuffix(".md") + ".html" if uri.endswith(".md") else uri


def _relative(target: str, source: str) -> str:
    """The way from one file to another."""
    return posixpath.relpath(target, posixpath.dirname(source) or ".")


def _url_for_html(page: Page) -> Callable[[str], str]:
    here = _html_name(page.uri)
    return lambda uri: _relative(_html_name(uri), here)


def _served(uri: str) -> str:
    """The folder that a page is served as: ``a/b.md`` as ``a/b``, ``a/index.md`` as ``a``."""
    stem = uri.removesuffix(".md")
    return posixpath.dirname(stem) if posixpath.basename(stem) == "index" else stem


def served_at(site_url: str, format: Literal["html", "markdown"] = "html") -> Callable[[str], str]:
    """A function that gives the whole address of a page or file, for a rendering that is served at ``site_url``."""
    base = site_url.rstrip("/") + "/"

    def absolute(uri: str) -> str:
        if format == "html" or not uri.endswith(".md"):
            return base + _html_name(uri)
        served = _served(uri)
        return f"{base}{served}/" if served else base

    return absolute


def _url_for_markdown(page: Page, directories: bool) -> Callable[[str], str]:
    if not directories:
        return _url_for_html(page)
    here = _served(page.uri) or "."

    def url_for(uri: str) -> str:
        return (
            posixpath.relpath(_served(uri) or ".", here) + "/" if uri.endswith(".md") else posixpath.relpath(uri, here)
        )

    return url_for


_SLOT_LINE = re.compile(r"^(##[^\n]*\n\n)?\{\{slot:([a-z0-9-]+)\}\}$", re.MULTILINE)


def _markdown(page: Page, directories: bool) -> str:
    """A page's source for another generator: front matter, Markdown, and the slots as blocks of HTML.

    The generator will not clean what it renders, so raw HTML in an author's text is disarmed first. Nobody knows the
    language of the pages around, so each block names its own.
    """
    slots = page.slots(_url_for_markdown(page, directories))
    title = "".join(letter for letter in page.title if letter.isprintable()).replace("<", "&lt;")
    head = [f"title: {json.dumps(title, ensure_ascii=False)}"]
    if page.wide:
        head += ["hide:", "  - toc"]

    def block(match: re.Match[str]) -> str:
        heading, name = match[1] or "", match[2]
        slot = slots.get(name, "")
        if heading and language.current() != language.SOURCE:
            # Links within the page go by the English heading.
            slot = slot.replace("<div ", f'<div id="{name}" ', 1)
        return heading + in_language(slot, "")

    text = told.in_markdown(disarm(page.markdown)) if page.source else disarm(page.markdown)
    text = _SLOT_LINE.sub(block, text)
    return "\n".join(("---", *head, "---", "", text))


@lru_cache(maxsize=1)
def _layout() -> jinja2.Template:
    source = files("milestones.site").joinpath("templates", "standalone.html").read_text(encoding="utf-8")
    environment = jinja2.Environment(autoescape=True, trim_blocks=True, lstrip_blocks=True, keep_trailing_newline=True)
    environment.globals["_"] = language._
    return environment.from_string(source)


def _html(page: Page, context: Context) -> str:
    """A page as a complete HTML file."""
    url_for = _url_for_html(page)
    rendered, headings = _render_markdown(page, context, url_for)
    nav = [
        {"title": context.titles[kind], "url": url_for(uri), "here": uri == page.uri}
        for kind in ("roadmap", "graph", "health")
        if (uri := context.uri(kind))
    ]
    under = f"{context.root}/" if context.root else ""
    here = _html_name(page.uri)
    return _layout().render(
        title=page.title,
        wide=page.wide,
        nav=nav,
        headings=headings,
        stylesheet=_relative(under + STYLESHEET, here),
        script=_relative(under + SCRIPT, here),
        data=_relative(f"{under}milestones.json", here),
        feeds=feeds.head(context, url_for),
        body=Html(fill(page, rendered, url_for)),
        made=sentence(language._("As of {day}, made from the files of the repository."), day=when(context.today)),
        language=language.current(),
        direction=language.direction(),
    )


def _render_markdown(
    page: Page, context: Context, url_for: Callable[[str], str]
) -> tuple[str, list[Mapping[str, Any]]]:
    """A page's Markdown as harmless HTML, and its headings below the title."""
    parser = markdown.Markdown(
        extensions=[*_EXTENSIONS, SlotAnchors(), _DocumentLinks(page, context, url_for)],
        extension_configs={"toc": {"toc_depth": "1-3"}},
        output_format="html",
    )
    html = parser.convert(page.markdown)
    tokens: list[Mapping[str, Any]] = parser.toc_tokens  # type: ignore[attr-defined]
    # A table that is wider than the page scrolls on its own, by keyboard too.
    return clean(html).replace("<table>", '<table tabindex="0">'), list(tokens[0]["children"]) if tokens else []


class _DocumentLinks(Extension):
    """Links from one document to another become links between their pages."""

    def __init__(self, page: Page, context: Context, url_for: Callable[[str], str]) -> None:
        super().__init__()
        self.page, self.context, self.url_for = page, context, url_for

    def extendMarkdown(self, md: markdown.Markdown) -> None:
        """Called by Python-Markdown."""
        if self.page.source:
            # After the inline patterns (20) have made the links.
            md.treeprocessors.register(_LinkProcessor(md, self), "milestones-links", 5)


class _LinkProcessor(Treeprocessor):
    def __init__(self, md: markdown.Markdown, settings: _DocumentLinks) -> None:
        super().__init__(md)
        self.settings = settings

    def run(self, root: etree.Element) -> None:
        settings = self.settings
        for element in root.iter("a"):
            target = element.get("href")
            sources = (settings.page.source, *settings.page.also) if target and settings.page.source else ()
            for source in sources:
                url = settings.context.written_link(source or "", target or "", settings.url_for)
                if url:
                    element.set("href", url)
                    break
