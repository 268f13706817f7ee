"""(f) Ten times the documents take ten times the time: what is not linear shows between 10,000 and 100,000."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

from make_repository import make
from measure import Cost, Row, interleaved, run, tool

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

TARGET = 11.0


def measure(scratch: Path, size: int, rounds: int) -> Iterator[Row]:
    small, large = scratch / "small", scratch / "large"
    path = {folder: make(folder, count)[count // 2] for folder, count in ((small, size), (large, 10 * size))}

    def check(folder: Path) -> Cost:
        shutil.rmtree(folder / ".cache", ignore_errors=True)
        return run((tool("milestones"), "check", "--quiet"), folder)

    def again(folder: Path) -> Cost:
        return run((tool("milestones"), "check", "--quiet"), folder)

    def hook(folder: Path) -> Cost:
        return run((tool("milestones"), "hook", "all", path[folder]), folder)

    for name, command, times in (("cold check", check, 1), ("warm check", again, 3), ("hook all", hook, 3)):
        for folder in (small, large):
            command(folder)
            command(folder)
        wall, cpu = interleaved(
            lambda command=command: command(large), lambda command=command: command(small), times * rounds
        )
        yield Row(
            f"{name}, {10 * size:,} against {size:,} milestones",
            f"{cpu.ratio:.1f} x",
            f"<= {TARGET:g} x the processor's time",
            cpu.ratio <= TARGET,
            f"{cpu.first:.2f} s against {cpu.second:.2f} s, {cpu.between}; "
            f"clock {wall.first:.2f} s against {wall.second:.2f} s: {wall.ratio:.1f} x",
        )
    shutil.rmtree(small)
    shutil.rmtree(large)
