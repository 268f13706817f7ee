"""(c) The site: against the same documents as plain pages, after one edit, and five times as large.

Processor time, because a build is one process and the clock of a shared machine tells little.
"""

from __future__ import annotations

import shutil
import statistics
from typing import TYPE_CHECKING

from make_repository import make
from measure import Cost, Row, interleaved, run, tool

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

PLAIN, REBUILD, GROWTH = 0.35, 0.5, 6.0

_WITH = """site_name: Bench
theme: material
docs_dir: pages
plugins: [search, milestones]
"""
_WITHOUT = """site_name: Bench
theme: material
docs_dir: pages
plugins: [search]
"""


#: What brings a document to the 5 KB that those of public repositories have at the least; their mean is 8 KB.
_NOTES = (
    """
## Notes

| Question | Answer | Who |
| --- | --- | --- |
"""
    + "".join(
        f"| Does step {n} need a *window*? | Not while `batch_size` stays below {n * 50}; see `worker.py`. | @mira |\n"
        for n in range(1, 9)
    )
    + "".join(
        f"""
### Step {n}

1. Stop the `worker-{n}` and wait until its queue is **empty**.
2. Apply `migrations/00{n}_deliveries.sql`, which takes about {n} minutes on the largest account.
3. Start it again, and watch [the dashboard](https://example.org/d/{n}) until the lag is below a second.

> If the lag grows instead, go back: `make rollback STEP={n}` undoes this step alone.
"""
        for n in range(1, 5)
    )
)


def _prepare(folder: Path, milestones: int) -> list[str]:
    paths = make(folder, milestones)
    for path in paths:
        with (folder / path).open("a", encoding="utf-8") as file:
            file.write(_NOTES)
    (folder / "pages").mkdir()
    (folder / "pages/index.md").write_text("# Bench\n", encoding="utf-8")
    (folder / "mkdocs.yml").write_text(_WITH, encoding="utf-8")
    return paths


def _build(folder: Path) -> Cost:
    return run((tool("mkdocs"), "build", "--quiet"), folder)


def _cold(folder: Path) -> Cost:
    shutil.rmtree(folder / ".cache", ignore_errors=True)
    return _build(folder)


def measure(scratch: Path, size: int, rounds: int) -> Iterator[Row]:
    small, large, plain = scratch / "small", scratch / "large", scratch / "plain"
    paths = _prepare(small, size)
    # The same documents, without their front matter, as pages of the default navigation.
    (plain / "pages").mkdir(parents=True)
    (plain / "mkdocs.yml").write_text(_WITHOUT, encoding="utf-8")
    (plain / "pages/index.md").write_text("# Bench\n", encoding="utf-8")
    for file in sorted((small / ".agent/exec_plans").rglob("*.md")):
        there = plain / "pages" / file.relative_to(small / ".agent/exec_plans")
        there.parent.mkdir(parents=True, exist_ok=True)
        there.write_text(file.read_text(encoding="utf-8").split("---\n", 2)[2].lstrip(), encoding="utf-8")
    _cold(small)
    pair = interleaved(lambda: _cold(small), lambda: _build(plain), max(1, rounds // 2)).cpu
    yield Row(
        f"site of {size:,} milestones, cold",
        f"{pair.ratio:.2f} x",
        f"<= {PLAIN:g} x plain pages",
        pair.ratio <= PLAIN,
        f"{pair.first:.1f} s CPU against {pair.second:.1f} s for the documents in Material's default nav",
    )

    edited = small / paths[len(paths) // 2]
    counter = iter(range(1000))

    def rebuild() -> Cost:
        text = edited.read_text(encoding="utf-8")
        text = text.replace("\n## Scope\n", f"\nEdit {next(counter)}.\n\n## Scope\n")
        edited.write_text(text, encoding="utf-8")
        return _build(small)

    def both() -> tuple[float, float]:
        cold = _cold(small).cpu
        return rebuild().cpu, cold

    measured = [both() for _ in range(rounds)]
    ratio = statistics.median(warm / cold for warm, cold in measured)
    warm, cold = (statistics.median(column) for column in zip(*measured, strict=True))
    yield Row(
        "... rebuilt after one edit",
        f"{ratio:.2f} x",
        f"<= {REBUILD:g} x cold",
        ratio <= REBUILD,
        f"{warm:.1f} s CPU against {cold:.1f} s",
    )

    _prepare(large, 5 * size)
    pair = interleaved(lambda: _cold(large), lambda: _cold(small), max(1, rounds // 2)).cpu
    yield Row(
        f"site of {5 * size:,} against {size:,}",
        f"{pair.ratio:.1f} x",
        f"<= {GROWTH:g} x",
        pair.ratio <= GROWTH,
        f"{pair.first:.1f} s CPU against {pair.second:.1f} s",
    )
