"""The MkDocs plugin: pages from the engine, put into a MkDocs (or ProperDocs) build."""

from __future__ import annotations

import datetime
import html
import os
import posixpath
import re
from functools import partial
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, urljoin, urlsplit, urlunsplit

from mkdocs.config import config_options as c
from mkdocs.config.base import Config
from mkdocs.exceptions import PluginError
from mkdocs.plugins import BasePlugin, CombinedEvent, event_priority, get_plugin_logger
from mkdocs.structure.files import File, InclusionLevel
from mkdocs.utils import get_relative_url

from milestones import cache, rules
from milestones.history.observation import HistoryError
from milestones.history.past import workspace_at
from milestones.model import Severity
from milestones.profiles.profile import ProfileError
from milestones.project import config as configuration
from milestones.project.config import ConfigError
from milestones.project.workspace import open_workspace
from milestones.reports import printable
from milestones.rules.references import candidates
from milestones.site import faults, feeds, forges, language, past
from milestones.site.build import build_pages
from milestones.site.context import Context, safe
from milestones.site.embeds import Embeds
from milestones.site.embeds.late import Late
from milestones.site.files import SCRIPT, STYLESHEET, accompanying
from milestones.site.memo import Memo, MemoPage
from milestones.site.pages import KINDS, Page, SiteOptions, fill, in_language, searchable

if TYPE_CHECKING:
    from collections.abc import Iterable

    from mkdocs.config.defaults import MkDocsConfig
    from mkdocs.structure.files import Files
    from mkdocs.structure.pages import Page as MkDocsPage

    from milestones.model import Finding
    from milestones.project.workspace import Workspace

log = get_plugin_logger(__name__)

#: Files of these kinds are copied into the site when a document shows them. Bytes and suffixes.
IMAGES = (".png", ".jpg", ".jpeg", ".gif", ".webp", ".avif")
MAX_IMAGE = 5 * 1024 * 1024
#: How many errors a failing build prints; the command shows all.
MOST_PRINTED = 30


class PluginConfig(Config):  # type: ignore[no-untyped-call]
    """The options under ``plugins: - milestones:`` of mkdocs.yml."""

    on_error = c.Choice(("fail", "warn", "ignore"), default="fail")
    root = c.Optional(c.Type(str))
    profile = c.Optional(c.Type(str))
    path = c.Type(str, default="milestones")
    pages = c.ListOfItems(c.Choice(KINDS), default=list(KINDS))
    titles = c.DictOfItems(c.Type(str), default={})
    nav = c.Type((str, int), default="end")
    nav_title = c.Optional(c.Type(str))
    language = c.Optional(c.Type(str))
    search = c.Choice(("objective", "all", "none"), default="objective")
    cache = c.Type(bool, default=True)
    history = c.Type(bool, default=True)
    at = c.Optional(c.Type((str, datetime.date)))  # YAML makes a date of a day
    feeds = c.Type(bool, default=True)


class MilestonesPlugin(BasePlugin[PluginConfig]):  # type: ignore[no-untyped-call]
    """Adds roadmap, dependency graph, health snapshot, and a page for every plan and milestone."""

    def __init__(self) -> None:
        super().__init__()
        self._serving = False
        self._pages: dict[str, Page] = {}
        self._directory = ""
        self._whole: dict[str, str] = {}

    def on_startup(self, *, command: str, dirty: bool) -> None:
        """Remember whether this is a server, which must outlive a broken file."""
        self._serving = command == "serve"

    def on_config(self, config: MkDocsConfig) -> MkDocsConfig:
        """Find the repository, watch its documents, and announce style sheet and script."""
        self._check_options()
        self._choose_language(config)
        here = os.path.dirname(os.path.abspath(config.config_file_path)) if config.config_file_path else os.getcwd()
        start = os.path.join(here, self.config.root) if self.config.root else here
        if not os.path.isdir(start):
            raise PluginError(f"milestones: root: there is no folder {start}")
        try:
            self._held = configuration.find(start)
            project = open_workspace(start, config=self._held, profile=self.config.profile)
        except (ConfigError, ProfileError) as error:
            raise PluginError(f"milestones: {getattr(error, 'where', '')} {error}".replace("  ", " ")) from None
        self._start, self._here = start, here
        self._directory = project.directory
        self._root = self.config.path.strip("/")
        self._memo = Memo(cache.folder(here), config) if self.config.cache else None
        roots = [one.profile.root for one in project.projects]
        for path in (*filter(None, roots), "milestones.toml", "pyproject.toml"):
            full = os.path.join(project.directory, path)
            if os.path.exists(full) and full not in config.watch:
                config.watch.append(full)
        config.extra_css.insert(0, f"{self._root}/{STYLESHEET}")
        script = f"{self._root}/{SCRIPT}"
        if script not in config.extra_javascript:
            config.extra_javascript.append(script)
        self._late = Late()
        config.markdown_extensions.append(self._late)  # type: ignore[arg-type]
        return config

    def _check_options(self) -> None:
        nav = self.config.nav
        if isinstance(nav, bool) or (isinstance(nav, str) and nav not in ("start", "end", "none")):
            raise PluginError(f"milestones: nav: {nav!r} is not start, end, none or a number")
        unknown = set(self.config.titles) - {"roadmap", "graph", "health"}
        if unknown:
            raise PluginError(
                f"milestones: titles: there is no page {min(unknown)!r}; there are roadmap, graph, health"
            )
        parts = [part for part in self.config.path.split("/") if part]
        if not parts or any(safe(part) != part for part in parts):
            raise PluginError(
                f"milestones: path: {self.config.path!r} is no folder for pages; write lower case letters, digits and -"
            )

    def _choose_language(self, config: MkDocsConfig) -> None:
        """Pages are in the language that is asked for, or else in the theme's, as far as there is a catalogue of it."""
        theme = config.theme
        self._within = str(theme.get("language") or theme.get("locale") or "")
        try:
            language.use(self.config.language or language.nearest(self._within))
        except language.LanguageError as error:
            raise PluginError(f"milestones: language: {error}; {error.help}") from None

    # Late, so that plugins which can't bear generated files have seen theirs by then.
    @event_priority(-150)
    def on_files(self, files: Files, *, config: MkDocsConfig) -> Files:
        """Check the documents, then add the pages."""
        project = self._open()
        self._pictures = self._memo.pictures() if self._memo else None
        result = rules.check(project)
        self._report(result.findings, f"in the milestones of {project.directory}", _SHOW)
        portfolio = project.portfolio(result.findings, result.statistics)
        portfolio.known = result.known
        options = SiteOptions(
            path=self._root,
            pages=tuple(self.config.pages),
            titles=dict(self.config.titles),
            search=self.config.search,
            edit_url=lambda path: None if self.config.at else self._edit_link(config, path),
            link=lambda source, target: self._written_link(config, source, target),
            kept=self._pictures,
            history=past.read(project, portfolio, self._pictures) if self.config.history else None,
            commit_url=lambda commit: forges.commit_url(config.repo_url or "", commit),
            feeds=self.config.feeds,
            absolute_url=lambda uri: urljoin(config.site_url, self._url(uri)) if config.site_url else None,
        )
        pages = build_pages(portfolio, options)
        self._context = Context(portfolio, options)
        self._embeds = Embeds(self._context)
        self._files = files
        pages += faults.pages(project, result.findings, self._context)
        self._banner = faults.banner(result.findings) if self._serving else ""
        self._pages = {page.uri: page for page in pages}
        mine: list[File] = []
        for page in pages:
            if files.get_file_from_path(page.uri) is not None:
                log.info(f"{page.uri} is one of your own pages; the generated one is left out")
                del self._pages[page.uri]
                continue
            mine.append(self._file(page, config))
        for file in mine:
            files.append(file)
        self._urls = {uri: own.url for uri in self._pages if (own := files.get_file_from_path(uri)) is not None}
        for uri in self._context.fixed.values():
            if uri not in self._urls and (theirs := files.get_file_from_path(uri)) is not None:
                self._urls[uri] = theirs.url  # a page of the user's own in its place
        for name, content in accompanying(self._context, pages).items():
            files.append(File.generated(config, f"{self._root}/{name}", content=content))
        self._add_to_nav([page for page in pages if page.in_nav and page.uri in self._pages], config)
        return files

    def _open(self) -> Workspace:
        """The workspace; with ``at``, as a commit has it."""
        try:
            present = open_workspace(self._start, profile=self.config.profile)
            return present if self.config.at is None else workspace_at(present, str(self.config.at))
        except (ConfigError, ProfileError) as error:
            raise PluginError(f"milestones: {getattr(error, 'where', '')} {error}".replace("  ", " ")) from None
        except HistoryError as error:
            raise PluginError(f"milestones: at: {error}" + (f"; {error.help}" if error.help else "")) from None

    def _report(self, findings: Iterable[Finding], where: str, *more: str) -> None:
        errors = [f for f in findings if f.severity is Severity.ERROR]
        for finding in findings:
            if finding.severity is Severity.WARNING:
                log.warning(_line(finding))
        if not errors or self.config.on_error == "ignore":
            return
        if self.config.on_error == "warn":
            for finding in errors:
                log.warning(_told(finding))
            return
        shown = [_told(finding) for finding in errors[:MOST_PRINTED]]
        if len(errors) > MOST_PRINTED:
            shown.append(f"and {len(errors) - MOST_PRINTED} more")
        count = f"{len(errors)} error{'s' if len(errors) != 1 else ''} {where}"
        text = "\n  ".join([f"{count}:", *shown, *more])
        if self._serving:
            log.error(text)  # the server goes on; the pages say what is wrong
        else:
            raise PluginError(text)

    def _file(self, page: Page, config: MkDocsConfig) -> File:
        inclusion = InclusionLevel.INCLUDED if page.in_nav and self.config.nav != "none" else InclusionLevel.NOT_IN_NAV
        file = File.generated(config, page.uri, content=page.markdown, inclusion=inclusion)
        if page.source and self.config.at is None:  # the past can't be edited
            source = os.path.join(self._directory, page.source)
            # Themes print the address as it is.
            file.edit_uri = quote(
                os.path.relpath(source, config.docs_dir).replace(os.sep, "/"), safe="/", errors="surrogateescape"
            )
        else:
            file.edit_uri = None
        # Themes print titles as they are, so they are HTML from here on.
        view = MemoPage(html.escape(page.title), file, config, self._memo, page, self._resolve)
        if view.edit_url:
            view.edit_url = _without_steps(view.edit_url)
        return file

    def _add_to_nav(self, pages: list[Page], config: MkDocsConfig) -> None:
        """Without a ``nav``, MkDocs finds the pages by itself; with one, a section is added for those not in it."""
        if config.nav is None or self.config.nav == "none":
            return
        present = set(_uris(config.nav))
        items = [{html.escape(page.title): page.uri} for page in pages if page.uri not in present]
        if not items:
            return
        chosen = self.config.nav
        where = chosen if isinstance(chosen, int) else {"end": len(config.nav), "start": 0}[str(chosen)]
        title = self.config.nav_title or language._("Milestones")
        config.nav = [*config.nav[:where], {title: items}, *config.nav[where:]]

    def _resolve(self, page: Page, target: str) -> str | None:
        """Where a link in a document's text leads, as a link that MkDocs understands, or None for nowhere."""
        bare, mark, fragment = target.partition("#")
        if not bare:
            return target
        for path in dict.fromkeys(p for source in (page.source or "", *page.also) for p in candidates(source, bare)):
            uri = self._context.uri_of_path.get(path)
            if uri is None:
                full = os.path.join(self._directory, path)
                in_docs = os.path.relpath(full, self._docs_dir).replace(os.sep, "/")
                uri = in_docs if not in_docs.startswith("..") else None
            if uri is not None and self._files.get_file_from_path(uri) is not None:
                return posixpath.relpath(uri, posixpath.dirname(page.uri)) + mark + fragment
            if image := self._image(path):
                return posixpath.relpath(image, posixpath.dirname(page.uri))
        found = self._repository_link(self._mkdocs, page.source or "", bare)
        return found + mark + fragment if found else None

    def _image(self, path: str) -> str | None:
        """The site's copy of an image of the repository; none for what lies outside it or behind a link."""
        if not path.lower().endswith(IMAGES) or path.startswith(("../", "/")):
            return None
        full = os.path.join(self._directory, path)
        inside = os.path.realpath(full).startswith(os.path.realpath(self._directory) + os.sep)
        if not inside or os.path.islink(full) or not os.path.isfile(full) or os.path.getsize(full) > MAX_IMAGE:
            return None
        stem, suffix = posixpath.splitext(path.lower())
        uri = f"{self._root}/files/" + "/".join(safe(part) for part in stem.split("/")) + suffix
        if self._files.get_file_from_path(uri) is None:
            self._files.append(File.generated(self._mkdocs, uri, abs_src_path=full))
        return uri

    def _written_link(self, config: MkDocsConfig, source: str, target: str) -> str | None:
        """Where a link of a document's front matter leads: a page of the user's own, else the file on its forge."""
        here = self._urls.get(self._context.uri_of_path.get(source, ""))
        for path in candidates(source, target):
            in_docs = os.path.relpath(os.path.join(self._directory, path), config.docs_dir).replace(os.sep, "/")
            theirs = self._files.get_file_from_path(in_docs) if not in_docs.startswith("..") else None
            if theirs is not None and here is not None:
                return get_relative_url(theirs.url, here)
        return self._repository_link(config, source, target)

    def _repository_link(self, config: MkDocsConfig, source: str, target: str) -> str | None:
        """A file of the repository on its forge, where ``repo_url`` and ``edit_uri`` tell how to link there."""
        for path in candidates(source, target):
            if not path.startswith("..") and os.path.exists(os.path.join(self._directory, path)):
                url = self._edit_link(config, path)
                return re.sub(r"/(?:edit|_edit)/", "/blob/", url, count=1) if url else None
        return None

    def _edit_link(self, config: MkDocsConfig, path: str) -> str | None:
        """Where a file of the repository is edited on its forge."""
        edit_uri, repository = config.edit_uri or "", config.repo_url or ""
        whole = "://" in edit_uri
        if not edit_uri or not (whole or repository):
            return None
        relative = os.path.relpath(os.path.join(self._directory, path), config.docs_dir).replace(os.sep, "/")
        base = "" if whole else repository.rstrip("/") + "/"
        return _without_steps(base + edit_uri.strip("/") + "/" + quote(relative, safe="/", errors="surrogateescape"))

    def on_nav(self, nav: Any, *, config: MkDocsConfig, files: Files) -> Any:
        """Remember what resolving links needs."""
        self._mkdocs = config
        self._docs_dir = config.docs_dir
        self._files = files
        return nav

    # Early, while lines are still those of the file.
    @event_priority(100)
    def on_page_markdown(self, markdown: str, *, page: MkDocsPage, config: MkDocsConfig, files: Files) -> str | None:
        """Put the blocks of a page aside while its Markdown is rendered; a document's own text has none."""
        self._late.aside = None
        if page.file.src_uri in self._pages or self._is_document(page.file):
            return None
        put = partial(self._embeds.set_aside, self._name(page.file), source=page.file.content_string)
        self._late.aside = put
        return put(markdown)

    def _is_document(self, file: File) -> bool:
        """Whether a page of the reader's own docs is one of the documents as well."""
        if not file.abs_src_path:
            return False
        path = os.path.relpath(file.abs_src_path, self._directory).replace(os.sep, "/")
        return path in self._context.uri_of_path

    def _name(self, file: File) -> str:
        """A page's file as messages name it, from the folder of mkdocs.yml."""
        return (
            os.path.relpath(file.abs_src_path, self._here).replace(os.sep, "/") if file.abs_src_path else file.src_uri
        )

    def on_env(self, env: Any, *, config: MkDocsConfig, files: Files) -> Any:
        """Report what is wrong with the blocks of all pages."""
        self._report(sorted(self._embeds.findings, key=lambda f: (f.path, f.line)), "in milestones blocks")
        return env

    def on_page_content(self, html: str, *, page: MkDocsPage, config: MkDocsConfig, files: Files) -> str | None:
        """Put the generated parts into the rendered page."""

        url_for = partial(self._relative_url, page.file)
        own = self._pages.get(page.file.src_uri)
        if own is None:
            self._late.aside = None
            return in_language(self._embeds.fill(self._name(page.file), html, url_for), self._within)
        return in_language(self._banner, self._within) + fill(own, html, url_for, self._within)

    def _url(self, uri: str) -> str:
        """The address of a page or file of ours, from the site's root."""
        return self._urls.get(uri, uri)

    def _relative_url(self, file: File, uri: str) -> str:
        return get_relative_url(self._url(uri), file.url)

    def on_post_page(self, output: str, *, page: MkDocsPage, config: MkDocsConfig) -> str | None:
        """Name the feeds where feed readers look for them: in the heads of the pages about the whole."""
        own = self._pages.get(page.file.src_uri)
        if own is None or not own.in_nav:
            return None
        links = feeds.head(self._context, partial(self._relative_url, page.file))
        return output.replace("</head>", f"{links}\n</head>", 1) if links else None

    def on_post_build(self, *, config: MkDocsConfig) -> None:
        """Keep the pictures for the next build."""
        if self._memo and self._pictures is not None:
            self._memo.save_pictures(self._pictures)

    @event_priority(100)
    def _show_search(self, context: Any, *, page: MkDocsPage, config: MkDocsConfig, nav: Any) -> None:
        """Before a search plugin looks at a page: leave it only what its index should hold."""
        own = self._pages.get(page.file.src_uri)
        if own is not None and page.content is not None:
            self._whole[page.file.src_uri] = page.content
            page.content = searchable(own, page.content)

    @event_priority(-100)
    def _show_reader(self, context: Any, *, page: MkDocsPage, config: MkDocsConfig, nav: Any) -> None:
        """After the search plugins, and before the theme: the page is whole again."""
        if page.file.src_uri in self._whole:
            page.content = self._whole.pop(page.file.src_uri)

    on_page_context = CombinedEvent(_show_search, _show_reader)


#: What shows more of the faults of documents.
_SHOW = "`milestones check` shows each with its line."


def _told(finding: Finding) -> str:
    """A finding with the words that mend it."""
    return f"{_line(finding)}\n    help: {printable(finding.help)}" if finding.help else _line(finding)


def _line(finding: Finding) -> str:
    code = f"{finding.code} " if finding.code else ""
    return f"{printable(finding.path)}:{finding.line}: {code}{printable(finding.message)}"


def _uris(nav: Any) -> Iterable[str]:
    """Every page that a ``nav`` names."""
    if isinstance(nav, str):
        yield nav
    elif isinstance(nav, dict):
        for inner in nav.values():
            yield from _uris(inner)
    elif isinstance(nav, list):
        for inner in nav:
            yield from _uris(inner)


def _without_steps(url: str) -> str:
    """An address without ``..`` in its path."""
    parts = urlsplit(url)
    if "/../" not in parts.path:
        return url
    return urlunsplit(parts._replace(path=posixpath.normpath(parts.path)))
