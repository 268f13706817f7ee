"""(a) One staged milestone in a repository of 10,000: the hook's whole process against an empty one of Python."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING

from measure import Row, environment, interleaved, run, tool

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

TARGET = 6.0


def measure(repository: Path, paths: list[str], rounds: int) -> Iterator[Row]:
    path = paths[len(paths) // 2]
    file = repository / path
    before = file.read_text(encoding="utf-8")
    file.write_text(before.replace("\n## Scope\n", "\nOne more sentence.\n\n## Scope\n"), encoding="utf-8")
    subprocess.run(["git", "add", path], cwd=repository, env=environment(), check=True)
    try:
        nothing = (sys.executable, "-c", "pass")
        for concern in ("all", "naming", "sequence"):
            command = (tool("milestones"), "hook", concern, *([] if concern == "sequence" else [path]))
            for warm_up in (command, nothing, command):
                run(warm_up, repository)
            pair = interleaved(
                lambda command=command: run(command, repository), lambda: run(nothing, repository), rounds
            )
            wall, cpu = pair
            yield Row(
                f"hook {concern}, 1 staged of {len(paths):,}, whole process",
                f"{wall.ratio:.1f} x",
                f"<= {TARGET:g} x `python -c pass`",
                wall.ratio <= TARGET,
                f"{wall.first * 1000:.0f} ms against {wall.second * 1000:.1f} ms, {wall.between}; "
                f"processor {cpu.first * 1000:.0f} ms against {cpu.second * 1000:.1f} ms: {cpu.ratio:.1f} x",
            )
    finally:
        subprocess.run(["git", "reset", "-q", "--hard"], cwd=repository, env=environment(), check=True)
