"""What the machine needs for what no check can do without: to start Python, to list names, to read the files."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING

from measure import run, tool

if TYPE_CHECKING:
    from pathlib import Path

_READ = """
import os, sys
for name in os.fsdecode(open(sys.argv[1], "rb").read()).split("\\0"):
    file = os.open(name, os.O_RDONLY)
    os.read(file, 1 << 20)
    os.close(file)
"""


def lines(repository: Path, paths: list[str], scratch: Path) -> list[str]:
    """The least of five for each, in milliseconds by the clock."""
    listed = scratch / "names"
    listed.write_bytes(b"\0".join(map(os.fsencode, paths)))
    floor = (
        ("python -c pass", (sys.executable, "-c", "pass")),
        ("git ls-files", (tool("git"), "ls-files", "-z")),
        ("git ls-files, with what is new", (tool("git"), "ls-files", "-zco", "--exclude-standard")),
        (f"python that opens and reads {len(paths):,} files", (sys.executable, "-c", _READ, str(listed))),
    )
    return [f"{min(run(command, repository).wall for _ in range(5)) * 1000:6.1f} ms  {name}" for name, command in floor]
