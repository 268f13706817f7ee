"""(b) A check of everything by every rule: cold, against two others on the same front matter; warm; and its memory.

Cold is without ``.cache``, and leaves one behind; warm is after another check, with nothing changed, or one document.
yamllint is under the GPL; it is run as a program of its own, here only, and nothing of the project needs it.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
from typing import TYPE_CHECKING

from measure import Cost, Row, environment, interleaved, run, tool

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

TARGET = 15.0
TARGET_WARM = 10.0
TARGET_EDIT = 0.5
TARGET_MB = 300
#: Everything that yamllint knows would report long lines; what is asked of both is to read and judge.
YAMLLINT = "{extends: relaxed, rules: {line-length: disable}}"


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
    (scratch / "yamllint.yaml").write_text(YAMLLINT, encoding="utf-8")
    check_jsonschema = (tool("check-jsonschema"), "--schemafile", "milestone.schema.json")
    yamllint = (tool("yamllint"), "--no-warnings", "-c", "yamllint.yaml")
    memory: list[float] = []

    def cold() -> Cost:
        shutil.rmtree(repository / ".cache", ignore_errors=True)
        cost = run(ours, repository)
        memory.append(cost.memory)
        return cost

    def warm() -> Cost:
        return run(ours, repository)

    cold()
    for name, command, files in (
        ("check-jsonschema", check_jsonschema, names),
        ("yamllint", yamllint, ["yaml"]),
    ):
        run((*command, names[0]), scratch)
        theirs = (*command, *files)
        wall, cpu = interleaved(lambda theirs=theirs: run(theirs, scratch), cold, rounds)
        yield Row(
            f"cold check of {len(paths):,} milestones, all rules",
            f"{wall.ratio:.1f} x faster",
            f">= {TARGET:g} x faster than {name}",
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
    nothing = (sys.executable, "-c", "pass")
    warm()
    wall, cpu = interleaved(warm, lambda: run(nothing, repository), 5 * rounds)
    yield Row(
        f"warm check of {len(paths):,} milestones, nothing changed",
        f"{wall.ratio:.1f} x",
        f"<= {TARGET_WARM:g} x `python -c pass`",
        wall.ratio <= TARGET_WARM,
        f"{wall.first * 1000:.0f} ms against {wall.second * 1000:.1f} ms, {wall.between}; "
        f"processor {cpu.first * 1000:.0f} ms against {cpu.second * 1000:.1f} ms: {cpu.ratio:.1f} x",
    )
    file = repository / paths[len(paths) // 2]
    text = file.read_text(encoding="utf-8")

    def edited() -> Cost:
        with file.open("a", encoding="utf-8") as opened:
            opened.write("\nOne more sentence.\n")
        return run(ours, repository)

    def anew() -> Cost:
        cost = cold()
        warm()  # what `edited` starts from
        return cost

    anew()
    wall, cpu = interleaved(edited, anew, rounds)
    file.write_text(text, encoding="utf-8")
    yield Row(
        f"warm check of {len(paths):,} milestones, the text of one changed",
        f"{wall.ratio:.2f} x",
        f"<= {TARGET_EDIT:g} x a cold check",
        wall.ratio <= TARGET_EDIT,
        f"{wall.first * 1000:.0f} ms against {wall.second * 1000:.0f} ms, {wall.between}; processor {cpu.ratio:.2f} x",
    )
