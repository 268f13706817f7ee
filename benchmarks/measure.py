"""What a process costs, and the ratio of two when neither can be measured in quiet."""

from __future__ import annotations

import os
import statistics
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence


class Cost(NamedTuple):
    """Wall clock and processor seconds of a process with all it started, and its peak memory in MB."""

    wall: float
    cpu: float
    memory: float


class Row(NamedTuple):
    """One figure: what was measured, against what it was to be."""

    name: str
    measured: str
    target: str
    met: bool
    detail: str


def environment() -> dict[str, str]:
    """The environment of a user: bytecode is kept, git's and the tests' variables are gone."""
    dropped = ("PYTHONDONTWRITEBYTECODE", "PYTHONPATH", "PYTHONPYCACHEPREFIX", "SOURCE_DATE_EPOCH", "PYTHONDEVMODE")
    kept = {k: v for k, v in os.environ.items() if not k.startswith(("GIT_", "PYTEST")) and k not in dropped}
    return kept | {"NO_MKDOCS_2_WARNING": "1", "NO_COLOR": "1", "GIT_CONFIG_GLOBAL": os.devnull}


def run(command: Sequence[str], folder: Path, *, status: int = 0) -> Cost:
    """Run a process to its end. Raises RuntimeError, with what it printed, for another exit status than expected."""
    import tempfile

    with tempfile.TemporaryFile() as output:
        start = time.perf_counter()
        out = output.fileno()
        # Without a shell and without threads around it: what is measured is the process.
        actions = [(os.POSIX_SPAWN_DUP2, out, 1), (os.POSIX_SPAWN_DUP2, out, 2)]
        here = os.getcwd()
        os.chdir(folder)
        try:
            pid = os.posix_spawn(command[0], command, environment(), file_actions=actions)
        finally:
            os.chdir(here)
        _, ended, usage = os.wait4(pid, 0)
        wall = time.perf_counter() - start
        code = os.waitstatus_to_exitcode(ended)
        if code != status:
            output.seek(0)
            text = output.read().decode("utf-8", "replace")[-2000:]
            raise RuntimeError(f"{' '.join(command)[:200]} ended with status {code}:\n{text}")
    unit = 1 if sys.platform == "darwin" else 1024
    return Cost(wall, usage.ru_utime + usage.ru_stime, usage.ru_maxrss * unit / 1e6)


class Pair(NamedTuple):
    """Two things measured by turns: the median of the ratios, and of each one's seconds."""

    ratio: float
    first: float
    second: float
    spread: tuple[float, float]

    @property
    def between(self) -> str:
        """The smallest and the largest ratio."""
        return f"ratios {self.spread[0]:.1f} to {self.spread[1]:.1f}"


class Pairs(NamedTuple):
    """Both clocks of the same runs."""

    wall: Pair
    cpu: Pair


def interleaved(first: Callable[[], Cost], second: Callable[[], Cost], rounds: int) -> Pairs:
    """Measure two things by turns, so that a noisy moment hits both, and take the median of the ratios."""
    runs: list[tuple[Cost, Cost]] = []
    for at in range(rounds):
        if at % 2:
            b, a = second(), first()
        else:
            a, b = first(), second()
        runs.append((a, b))
    return Pairs(_pair([(a.wall, b.wall) for a, b in runs]), _pair([(a.cpu, b.cpu) for a, b in runs]))


def _pair(seconds: list[tuple[float, float]]) -> Pair:
    ratios = [a / b for a, b in seconds]
    firsts, others = zip(*seconds, strict=True)
    median = statistics.median
    return Pair(median(ratios), median(firsts), median(others), (min(ratios), max(ratios)))


def tool(name: str) -> str:
    """A command of the environment that runs this, else of the machine."""
    import shutil

    beside = Path(sys.executable).with_name(name)
    found = str(beside) if beside.exists() else shutil.which(name)
    if found is None:
        raise RuntimeError(f"{name} is not installed; `make bench` installs it")
    return found
