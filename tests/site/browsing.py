"""A real Chromium, and a server for the sites that it looks at."""

from __future__ import annotations

import contextlib
import functools
import http.server
import os
import shutil
import threading
from typing import TYPE_CHECKING

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, Request, sync_playwright

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

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
    """Serves a folder under /sub/, as a project's pages are; strictly, nothing inline or from elsewhere runs."""

    strict = False

    def end_headers(self) -> None:
        if self.strict:
            self.send_header("Content-Security-Policy", "default-src 'self'")
        super().end_headers()

    def do_GET(self) -> None:
        if self.path == "/favicon.ico":  # what browsers ask for on their own is nothing to complain of
            self.send_response(204)
            self.end_headers()
        else:
            super().do_GET()

    def translate_path(self, path: str) -> str:
        return super().translate_path(path.removeprefix("/sub"))

    def log_message(self, *_: object) -> None:
        return


@contextlib.contextmanager
def served(folder: Path, *, strict: bool = False) -> Iterator[str]:
    handler = functools.partial(type("Handler", (Quiet,), {"strict": strict}), directory=str(folder))
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


def faults(page: Page, within: str = "html") -> list[str]:
    """What axe has against a page, or a part of it: WCAG 2.2 AA, and what it takes for good practice."""
    options = {"rules": {"region": {"enabled": within == "html"}}}
    found = Axe().run(page, context=within, options=options).response["violations"]
    return [f"{v['id']}: {node['html'][:160]} {node['failureSummary']}" for v in found for node in v["nodes"]]
