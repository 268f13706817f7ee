"""Every figure that the README claims, as ratios measured in one run. ``make bench`` runs it.

The exit status is 0 whatever is measured: a figure is information, and a shared machine is noisy.
"""

from __future__ import annotations

import argparse
import shutil
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

import browser
import check
import floor
import growth
import hook
import layout
import site_build
from make_repository import make

import history

if TYPE_CHECKING:
    from collections.abc import Iterator

    from measure import Row

HEAD = ("", "measured", "target", "")


def _measured(arguments: argparse.Namespace, scratch: Path, machine: list[str]) -> Iterator[Row]:
    quick = arguments.quick
    if "a" in arguments.only or "b" in arguments.only:
        repository = scratch / "repository"
        paths = make(repository, arguments.size)
        machine += floor.lines(repository, paths, scratch)
        if "a" in arguments.only:
            yield from hook.measure(repository, paths, 7 if quick else 25)
        if "b" in arguments.only:
            yield from check.measure(repository, paths, 1 if quick else 5, scratch)
        shutil.rmtree(repository)
    if "c" in arguments.only:
        yield from site_build.measure(scratch, arguments.size // 10, 1 if quick else 4)
    if "d" in arguments.only:
        yield from layout.measure(quick)
    if "e" in arguments.only:
        yield from history.measure(1 if quick else 5, scratch, quick=quick)
    if "f" in arguments.only:
        yield from growth.measure(scratch, arguments.size // (10 if quick else 1), 1 if quick else 3)
    if "g" in arguments.only:
        yield from browser.measure(scratch, arguments.size // 2, 2 if quick else 7)


def _line(cells: tuple[str, ...], widths: list[int]) -> str:
    return "  ".join(cell.ljust(width) for cell, width in zip(cells, widths, strict=True)).rstrip()


def main() -> int:
    """Measure, then print one table."""
    parser = argparse.ArgumentParser(description="Measure what the README claims.")
    parser.add_argument(
        "--only",
        default="abcdefg",
        metavar="abcdefg",
        help="a: hook, b: check and memory, c: site, d: layout, e: history, f: growth to ten times the size, "
        "g: pages in Chromium",
    )
    parser.add_argument("--size", type=int, default=10_000, help="milestones (the site: a tenth; default 10000)")
    parser.add_argument("--quick", action="store_true", help="fewer rounds")
    arguments = parser.parse_args()
    start = time.monotonic()
    scratch = Path(tempfile.mkdtemp(prefix="milestones-bench-"))
    rows: list[Row] = []
    machine: list[str] = []
    try:
        for row in _measured(arguments, scratch, machine):
            rows.append(row)
            print(f"... {row.name}: {row.measured}", file=sys.stderr, flush=True)
    except RuntimeError as error:
        print(f"not measured: {error}", file=sys.stderr)
    finally:
        shutil.rmtree(scratch, ignore_errors=True)
    table = [
        HEAD,
        *((row.name, row.measured, f"{row.target}{'' if row.met else '  MISSED'}", row.detail) for row in rows),
    ]
    widths = [max(len(line[at]) for line in table) for at in range(4)]
    print("\n".join(_line(line, widths) for line in table))
    if machine:
        print("\nThe floor on this machine, the least of five runs:")
        print("\n".join(machine))
    version = ".".join(map(str, sys.version_info[:3]))
    print(f"\nPython {version}, {time.monotonic() - start:.0f} s, medians of interleaved runs.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
