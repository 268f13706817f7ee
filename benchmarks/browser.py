"""(g) The pages of 5,000 milestones in Chromium: how much is sent, when they answer, and how fast filters are.

The floor beside the times is a page of the same size without anything of ours: what the browser takes to read it.
"""

from __future__ import annotations

import gzip
import os
import re
import shutil
import statistics
from typing import TYPE_CHECKING

from make_repository import make
from measure import Row, run, tool

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

PAGE, SCRIPTS, INTERACTIVE, FILTER = 300, 40, 1.0, 50
ARGUMENTS = ("--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking", "--disable-sync")

#: Milliseconds from the beginning of a load until the page has been set up.
_READY = "() => performance.getEntriesByType('navigation')[0].domContentLoadedEventEnd"
#: Milliseconds that the page takes to work out and show what a filter leaves.
_FILTERED = """async (text) => {
    const field = document.querySelector('.mst-find input'), begin = performance.now();
    field.value = text;
    field.dispatchEvent(new Event('input', { bubbles: true }));
    document.body.offsetHeight;
    return performance.now() - begin;
}"""
_WORDS = ("retry", "ana", "billing", "e", "")


def measure(scratch: Path, size: int, rounds: int) -> Iterator[Row]:
    """Sizes and times of the roadmap and the graph."""
    from playwright.sync_api import sync_playwright

    repository, site = scratch / "pages", scratch / "site"
    make(repository, size)
    run((tool("milestones"), "render", "--out", str(site), "--no-feeds"), repository)
    pages = site / "milestones"
    plain = pages / "plain.html"
    plain.write_text(re.sub(r"<(script|link)\b[^>]*>", "", (pages / "index.html").read_text()), encoding="utf-8")

    def packed(name: str) -> float:
        return len(gzip.compress((pages / name).read_bytes(), 9)) / 1024

    sent = packed("index.html")
    yield Row(f"roadmap of {size:,}, gzipped", f"{sent:.0f} KB", f"<= {PAGE} KB", sent <= PAGE, "")
    scripts = packed("assets/milestones.js")
    yield Row("all scripts, gzipped", f"{scripts:.0f} KB", f"<= {SCRIPTS} KB", scripts <= SCRIPTS, "")
    chromium = os.environ.get("CHROMIUM") or shutil.which("chromium")
    if chromium is None:
        raise RuntimeError("Chromium is not installed; name it in CHROMIUM")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=list(ARGUMENTS))
        ready: dict[str, list[float]] = {"index": [], "graph": [], "plain": []}
        filtered: dict[str, list[float]] = {"timeline": [], "board": [], "table": []}
        for _ in range(rounds):
            for name, times in ready.items():
                page = browser.new_page(viewport={"width": 1280, "height": 900})
                page.goto((pages / f"{name}.html").as_uri())
                times.append(page.evaluate(_READY) / 1000)
                if name == "index":
                    for view, found in filtered.items():
                        page.locator(f"input[name=view][value={view}]").check(force=True)
                        page.wait_for_timeout(200)
                        found += [page.evaluate(_FILTERED, word) for word in _WORDS]
                page.close()
        browser.close()
    floor = statistics.median(ready["plain"])
    for name, words in (("index", "roadmap"), ("graph", "graph")):
        took = statistics.median(ready[name])
        detail = f"{took / floor:.1f} x the same page of the roadmap without style and script ({floor:.2f} s)"
        yield Row(f"{words} interactive", f"{took:.2f} s", f"<= {INTERACTIVE:g} s", took <= INTERACTIVE, detail)
    for view, found in filtered.items():
        took = statistics.median(found)
        yield Row(f"... a filter answers, {view}", f"{took:.0f} ms", f"<= {FILTER} ms", took <= FILTER, "")
