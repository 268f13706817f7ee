"""The whole history of many milestones against the plain git commands that it is read with.

    python benchmarks/history.py [--quick] [--keep DIR]

The repository is made by ``git fast-import``: plans of twenty milestones that are added, begun, edited, finished and
filed, eight files a commit, a merge now and then. The yardstick is `git log --raw -z --no-abbrev --no-renames
--reverse` followed by `git cat-file --batch --buffer` over every version of a document that the log names.
"""

from __future__ import annotations

import argparse
import datetime
import os
import random
import re
import shutil
import subprocess
import sys
import tempfile
import time
from functools import lru_cache
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING, NamedTuple

if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "plugins"))

from milestones.documents import reader
from milestones.history import forecast
from milestones.history.glance import plain_scalars
from milestones.history.observation import Observation, Reading
from milestones.history.timeline import History, read
from milestones.profiles import catalogue

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from measure import Row

TARGET = 1.5
TARGET_AGAIN = 0.1
TARGET_FORECAST = 0.5

FIRST = datetime.date(2025, 1, 6)
PER_PLAN = 20
PER_COMMIT = 8
DAY = 86_400

_SENTENCES = (
    "The worker takes what is due and leaves the rest where it lies.",
    "A slow endpoint never delays the deliveries of another.",
    "Rows older than thirty days are dropped every night, a partition at a time.",
    "What an attempt stores is decided once, and every reader relies on it.",
    "Two tests depend on the clock; they use a fixed one since last week.",
)


class Work(NamedTuple):
    """One milestone of the synthetic repository as it stands."""

    plan: str
    number: int
    version: int
    status: str

    @property
    def path(self) -> str:
        """Where its document lies."""
        place = "archive/2025/06/01" if self.status == "completed" and self.version > 3 else "active"
        return f".agent/exec_plans/{self.plan.lower()}/milestones/{place}/{self.plan}_MS{self.number:03}_part.md"

    def text(self, rng: random.Random) -> str:
        """Its document: front matter of half a kilobyte, and a body of one and a half."""
        waits = f"\n  - {self.plan}/MS{self.number - 1:03}" if self.number > 1 else " []"
        done = "x" if self.status == "completed" else " "
        body = "\n\n".join(" ".join(rng.choices(_SENTENCES, k=4)) for _ in range(4))
        return f"""---
id: {self.plan}/MS{self.number:03}
execplan_id: {self.plan}
ms: {self.number}
title: Part {self.number} of the work
status: {self.status}
domain: backend
owner: "@mira"
created: 2025-01-06
updated: 2025-03-{self.version % 28 + 1:02}
start: 2025-01-08
due: 2025-06-{self.number % 28 + 1:02}
tags: [search, core]
risk: med
links:
  issue: https://example.org/issues/{self.number}
  docs: docs/overview.md
depends_on:{waits}
components: [search]
---

# Part {self.number} of the work

{body}

## Workstreams & Tasks

- [x] {rng.choice(_SENTENCES)}
- [{done}] {rng.choice(_SENTENCES)}
"""


STEPS = ("planned", "in_progress", "in_progress", "completed", "completed")


class Script:
    """A stream for ``git fast-import``."""

    def __init__(self, milestones: int, commits: int) -> None:
        self.rng = random.Random(milestones * 7 + commits)
        self.total = milestones
        self.commits = commits
        self.made = 0
        self.next = 0
        self.open: list[Work] = []

    def stream(self, commits: int, start: str = "") -> Iterator[bytes]:
        """Some more commits, on top of those before."""
        for at in range(commits):
            mark = self.made
            self.made += 1
            when = int(datetime.datetime.combine(FIRST, datetime.time(), datetime.UTC).timestamp()) + mark * DAY // 12
            yield (
                f"commit refs/heads/main\nmark :{mark + 1}\nauthor Mira <m@example.org> {when} +0000\n"
                f"committer Mira <m@example.org> {when} +0000\ndata 4\nwork\n"
            ).encode()
            if at == 0 and start:
                yield f"from {start}\n".encode()
            if mark > 20 and mark % 40 == 0 and not start:
                yield f"merge :{mark - 1}\n".encode()
            yield from self._edits()
            yield b"\n"

    def _edits(self) -> Iterator[bytes]:
        adding = self.next < self.total and (not self.open or self.rng.random() < 1.02 * self.total / 4 / self._left())
        touched: set[int] = set()
        for _ in range(PER_COMMIT):
            if (adding or len(self.open) < PER_COMMIT) and self.next < self.total:
                at = len(self.open)
                plan, number = divmod(self.next, PER_PLAN)
                day = FIRST + datetime.timedelta(plan // 4)
                self.open.append(Work(f"EP-{day:%Y%m%d}-{plan % 4 + 1:03}", number + 1, 0, STEPS[0]))
                self.next += 1
                before = None
            else:
                at = self.rng.randrange(len(self.open))
                if at in touched:
                    continue
                before = self.open[at]
                version = before.version + 1
                self.open[at] = before._replace(version=version, status=STEPS[min(version, 4)])
            touched.add(at)
            work = self.open[at]
            if before is not None and before.path != work.path:
                yield f"D {before.path}\n".encode()
            data = work.text(self.rng).encode()
            yield f"M 100644 inline {work.path}\ndata {len(data)}\n".encode() + data + b"\n"

    def _left(self) -> int:
        return max(1, self.total // 2)


def git(repository: Path, *arguments: str, stdin: bytes | None = None) -> bytes:
    environment = {k: v for k, v in os.environ.items() if not k.startswith("GIT_")} | {"GIT_CONFIG_GLOBAL": os.devnull}
    return subprocess.run(
        ["git", *arguments], cwd=repository, env=environment, input=stdin, capture_output=True, check=True
    ).stdout


def load(repository: Path, stream: Iterator[bytes]) -> None:
    git(repository, "fast-import", "--quiet", "--force", stdin=b"".join(stream))


def make(folder: Path, milestones: int, commits: int) -> Script:
    """A repository with that many milestones and commits, packed as git packs it, and a clean work tree."""
    folder.mkdir(parents=True)
    git(folder, "init", "-q", "-b", "main")
    script = Script(milestones, commits)
    load(folder, script.stream(commits))
    git(folder, "gc", "-q")
    git(folder, "reset", "-q", "--hard", "main")
    return script


def plain(repository: Path) -> tuple[float, int]:
    """Seconds that the plain git commands take, and how many versions they show."""
    start = time.perf_counter()
    listing = git(repository, "log", "--raw", "-z", "--no-abbrev", "--no-renames", "--reverse")
    seconds = time.perf_counter() - start
    wanted = re.findall(rb":\d{6} \d{6} [0-9a-f]+ ([0-9a-f]+) [AM]\0[^\0]+\.md\0", listing)
    names = b"\n".join(wanted) + b"\n"
    with tempfile.TemporaryFile() as given:
        given.write(names)
        given.seek(0)
        start = time.perf_counter()
        subprocess.run(
            ["git", "cat-file", "--batch", "--buffer"],
            cwd=repository,
            stdin=given,
            stdout=subprocess.DEVNULL,
            check=True,
        )
        seconds += time.perf_counter() - start
    return seconds, len(wanted)


def reading(*, quick: bool = True) -> Reading:
    """What the default convention reads of a version: its front matter, and the boxes of its body."""
    profile = catalogue.load("execplan")
    words = profile.kinds["milestone"].statuses
    located_at = lru_cache(maxsize=None)(profile.locate)

    def relevant(path: str) -> bool:
        return located_at(path) is not None

    def interpret(path: str, data: bytes) -> tuple[Observation, ...]:
        located = located_at(path)
        fields = reader.parse(path, data).fields
        if located is None or fields is None:
            return ()
        word = str(fields.get("status") or "")
        status = words.get(word)
        waits = fields.get("depends_on")
        done, boxes = data.count(b"\n- [x] "), data.count(b"\n- [")
        finished = status is not None and status.value == "completed"
        id_ = str(fields["id"])
        return (
            Observation(
                model=located.kind.name,
                id=id_,
                plan_id=id_.partition("/")[0],
                title=str(fields.get("title") or ""),
                status=status.value if status else "planned",
                status_word=word,
                filed=located.place.finished,
                due=str(fields["due"]) if fields.get("due") else None,
                start=str(fields["start"]) if fields.get("start") else None,
                risk=str(fields["risk"]) if fields.get("risk") else None,
                owner=str(fields["owner"]) if fields.get("owner") else None,
                depends_on=tuple(str(w) for w in waits) if isinstance(waits, list) else (),
                progress=1.0 if finished else min(0.95, done / boxes) if boxes else 0.0,
            ),
        )

    def glance(path: str, data: bytes) -> tuple[Observation, ...] | None:
        found = plain_scalars(data, ("id", "status"))
        status = words.get(found["status"]) if found else None
        located = located_at(path) if status is not None else None
        if found is None or status is None or located is None:
            return None
        id_ = found["id"]
        plan_id = id_.partition("/")[0]
        return (
            Observation(located.kind.name, id_, plan_id, "", status.value, found["status"], located.place.finished),
        )

    return Reading(interpret, relevant, "benchmark", glance=glance if quick else None)


def timed(call: Callable[[], History]) -> tuple[float, History]:
    start = time.perf_counter()
    history = call()
    return time.perf_counter() - start, history


def measure(rounds: int, scratch: Path, *, quick: bool = False) -> Iterator[Row]:
    """Rows of figures: the first reading, the second after fifty commits, a forecast."""
    from measure import Row

    repository = scratch / "history"
    milestones, commits = (1_000, 500) if quick else (10_000, 5_000)
    script = make(repository, milestones, commits)
    how = reading()
    cache = str(scratch / "history-cache")
    now = int(time.time())

    def whole() -> History:
        return read(str(repository), how, now=now, cache=cache)

    plain(repository)
    firsts, ratios, basis, versions = [], [], [], 0
    for _ in range(rounds):
        shutil.rmtree(cache, ignore_errors=True)
        seconds, versions = plain(repository)
        taken, _ = timed(whole)
        basis.append(seconds)
        firsts.append(taken)
        ratios.append(taken / seconds)
    yield Row(
        f"history of {milestones:,} milestones, {commits:,} commits, {versions:,} versions",
        f"{median(ratios):.2f} x",
        f"<= {TARGET:g} x plain git",
        median(ratios) <= TARGET,
        f"{median(firsts):.2f} s against {median(basis):.2f} s, ratios {min(ratios):.2f} to {max(ratios):.2f}",
    )
    load(repository, script.stream(50, "refs/heads/main^0"))
    git(repository, "reset", "-q", "--hard", "main")
    kept = scratch / "kept"
    shutil.copytree(cache, kept)
    agains, wholes = [], []
    for _ in range(max(5, rounds)):
        shutil.rmtree(cache)
        shutil.copytree(kept, cache)
        taken, again = timed(whole)
        start = time.perf_counter()
        again.milestones.values()  # they are made when they are asked for
        agains.append(taken)
        wholes.append(taken + time.perf_counter() - start)
    fresh = read(str(repository), how, now=now, cache=None)
    if again != fresh:
        raise RuntimeError("what is read with the cache differs from what is read without")
    share = median(agains) / median(firsts)
    yield Row(
        "again after 50 commits",
        f"{share:.3f}",
        f"<= {TARGET_AGAIN:g} of the first",
        share <= TARGET_AGAIN,
        f"{median(agains) * 1000:.0f} ms, with every timeline looked at {median(wholes) * 1000:.0f} ms "
        f"({median(wholes) / median(firsts):.3f}); the result is the same as without a cache",
    )
    yield from measure_forecast(rounds)


def measure_forecast(rounds: int) -> Iterator[Row]:
    from measure import Row

    rng = random.Random(4)
    finished = tuple(rng.choice((0, 0, 0, 1, 0, 1, 2)) for _ in range(90))
    items = [
        forecast.Work(
            f"p{n // 20}/{n % 20}", f"p{n // 20}", (f"p{n // 20}/{n % 20 - 1}",) if n % 20 else (), n % 7 == 0
        )
        for n in range(300)
    ]
    taken = []
    for _ in range(max(3, rounds)):
        start = time.perf_counter()
        forecast.simulate(items, finished, today="2026-02-01", seed=1)
        taken.append(time.perf_counter() - start)
    yield Row(
        "forecast of 300 open milestones, 10,000 runs",
        f"{median(taken):.2f} s",
        f"< {TARGET_FORECAST:g} s",
        median(taken) < TARGET_FORECAST,
        f"{min(taken):.2f} to {max(taken):.2f} s",
    )


def main() -> int:
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--quick", action="store_true", help="a tenth of the size, one round")
    options.add_argument("--rounds", type=int, default=5)
    given = options.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        for row in measure(1 if given.quick else given.rounds, Path(folder), quick=given.quick):
            print(f"{row.name}: {row.measured} ({row.target}{'' if row.met else ', MISSED'}); {row.detail}", flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
