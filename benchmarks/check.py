"""(b) A cold check of everything by every rule, against check-jsonschema on the same front matter; (d) its memory."""

from __future__ import annotations

import subprocess
from typing import TYPE_CHECKING

from measure import Cost, Row, environment, interleaved, run, tool

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

TARGET = 12.0
TARGET_MB = 300


def measure(repository: Path, paths: list[str], rounds: int, scratch: Path) -> Iterator[Row]:
    extracted = scratch / "yaml"
    extracted.mkdir()
    names = []
    for at, path in enumerate(paths):
        front = (repository / path).read_text(encoding="utf-8").split("---\n", 2)[1]
        names.append(f"yaml/{at}.yaml")
        (scratch / names[-1]).write_text(front, encoding="utf-8")
    ours = (tool("milestones"), "check", "--statistics")
    schema = subprocess.run(
        [tool("milestones"), "schema", "milestone"], env=environment(), capture_output=True, check=True
    )
    (scratch / "milestone.schema.json").write_bytes(schema.stdout)
    theirs = (tool("check-jsonschema"), "--schemafile", "milestone.schema.json", *names)
    run(ours, repository)
    run((*theirs[:3], names[0]), scratch)
    memory: list[float] = []

    def check() -> Cost:
        cost = run(ours, repository)
        memory.append(cost.memory)
        return cost

    wall, cpu = interleaved(lambda: run(theirs, scratch), check, rounds)
    yield Row(
        f"check of {len(paths):,} milestones, all rules",
        f"{wall.ratio:.1f} x faster",
        f">= {TARGET:g} x faster than check-jsonschema",
        wall.ratio >= TARGET,
        f"{wall.second:.2f} s against {wall.first:.1f} s on the same front matter, {wall.between}; "
        f"processor {cpu.second:.2f} s against {cpu.first:.1f} s: {cpu.ratio:.1f} x",
    )
    yield Row(
        "peak memory of that check",
        f"{max(memory):.0f} MB",
        f"< {TARGET_MB} MB",
        max(memory) < TARGET_MB,
        "resident set of the process",
    )
