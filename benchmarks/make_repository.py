"""A realistic repository of any size: twenty milestones a plan, every section of the template, nothing to find.

The same size gives the same bytes. As a command: ``python benchmarks/make_repository.py DIR 1000``.
"""

from __future__ import annotations

import datetime
import os
import random
import subprocess
import sys
from pathlib import Path

PER_PLAN = 20
FIRST_DAY = datetime.date(2025, 1, 6)

_AREAS = ("ingest", "billing", "search", "exports", "sessions", "webhooks", "quotas", "audit", "imports", "alerts")
_VERBS = ("Store", "Retry", "Show", "Measure", "Limit", "Encrypt", "Batch", "Replay", "Document", "Migrate")
_OBJECTS = (
    "every attempt",
    "failed deliveries",
    "what a customer sees",
    "slow queries",
    "requests per key",
    "tokens at rest",
    "nightly exports",
    "events of a day",
    "the public interface",
    "old rows",
)
_DOMAINS = ("backend", "frontend", "console", "infra", "cross-cutting")
_OWNERS = ("@mira", "@jonas", "@ana", "@courier-team", "@li")
_SENTENCES = (
    "The worker takes what is due and leaves the rest where it lies.",
    "A slow endpoint never delays the deliveries of another.",
    "The schedule was agreed with the people who answer the phone at night.",
    "Rows older than thirty days are dropped every night, a partition at a time.",
    "What an attempt stores is decided once, and every reader relies on it.",
    "Two tests depend on the clock; they use a fixed one since last week.",
    "The write costs less than two milliseconds at the 99th percentile.",
    "Nothing of this is visible until the flag is on for an account.",
)


def _words(rng: random.Random, count: int) -> str:
    return " ".join(rng.choice(_SENTENCES) for _ in range(count))


def _plan(id_: str, title: str, slug: str, day: datetime.date, status: str, owner: str) -> str:
    return f"""---
id: {id_}
title: {title}
status: {status}
kind: feature
domain: backend
owner: "{owner}"
created: {day}
updated: {day + datetime.timedelta(20)}
tags: [{slug.split("-")[0]}]
touches: [api, db]
risk: med
breaking: false
migration: false
links:
  issue: https://example.org/issues/{day.toordinal() % 1000}
  docs: docs/overview.md
  pr: ""
depends_on: []
supersedes: []
---

# {title}

## Purpose / Big Picture

{_SENTENCES[0]} {_SENTENCES[1]}

## Progress

- [{"x" if status == "completed" else " "}] Every milestone below is finished.

## Decision Log

- {day}: begun.
"""


def _milestone(
    rng: random.Random, plan: str, number: int, title: str, day: datetime.date, status: str, owner: str
) -> str:
    done = status == "completed"
    box = "x" if done else " "
    mark = "✅" if done else "⏳"
    updated = day + datetime.timedelta(6)
    waits = f"\n  - {plan}/MS{number - 1:03}" if number > 1 else " []"
    rows = "\n".join(
        f"| {letter}{n} | {area} | {rng.choice(_SENTENCES)} | {mark} |"
        for n, (letter, area) in enumerate((("A", "API"), ("A", "Tests"), ("B", "Docs"), ("B", "Ops")), 1)
    )
    return f"""---
id: {plan}/MS{number:03}
execplan_id: {plan}
ms: {number}
title: {title}
status: {status}
domain: {_DOMAINS[number % len(_DOMAINS)]}
owner: "{owner}"
created: {day}
updated: {updated}
start: {day}
due: {day + datetime.timedelta(21)}
tags: [{rng.choice(_AREAS)}, {rng.choice(("core", "later", "edge"))}]
risk: {rng.choice(("low", "med", "high"))}
links:
  issue: https://example.org/issues/{rng.randrange(1000)}
  docs: docs/overview.md#{rng.choice(_AREAS)}
  pr: ""
depends_on:{waits}
components: [{rng.choice(_AREAS)}]
---

# {title}

## Objective

{_words(rng, 2)}

## Definition of Done

- [{box}] {rng.choice(_SENTENCES)}
- [{box}] {rng.choice(_SENTENCES)}
- [{box}] {rng.choice(_SENTENCES)}

## Scope

In scope: {_words(rng, 1)} Out of scope: whatever has a plan of its own.

## Current Health Snapshot

| Area | Status | Notes |
| --- | --- | --- |
| Architecture/design | ✅ | {rng.choice(_SENTENCES)} |
| Implementation | {mark} | {rng.choice(_SENTENCES)} |
| Tests & QA | {mark} | {rng.choice(_SENTENCES)} |
| Docs & runbooks | {mark} | The schedule is described. |

## Architecture / Design Snapshot

`next_attempt_at` on the delivery, and a worker with `FOR UPDATE SKIP LOCKED`. {_words(rng, 3)}
See [the overview](/docs/overview.md).

## Workstreams & Tasks

| ID | Area | Description | Status |
| --- | --- | --- | --- |
{rows}

## Dependencies

{f"Builds on {plan}/MS{number - 1:03}." if number > 1 else "None."}

## Risks & Mitigations

| Risk | Impact | Mitigation |
| --- | --- | --- |
| Everything is retried at once after an outage | High | Jitter of 20 % on every interval |

## Validation / QA Plan

{_words(rng, 2)}

## Rollout / Ops Notes

Behind a flag, on for our own accounts first.

## Changelog

- {day}: Milestone created.
- {updated}: {rng.choice(_SENTENCES)}
"""


def make(folder: Path, milestones: int, *, git: bool = True) -> list[str]:
    """Write a repository and return its milestones' paths, sorted. With ``git``, everything is committed."""
    rng = random.Random(milestones)
    paths: list[str] = []
    (folder / "docs").mkdir(parents=True)
    sections = "\n\n".join(f"## {area.capitalize()}\n\n{_SENTENCES[n % 8]}" for n, area in enumerate(_AREAS))
    (folder / "docs/overview.md").write_text(f"# Overview\n\n{sections}\n", encoding="utf-8")
    plans = -(-milestones // PER_PLAN)
    a_day = max(4, plans // 125)  # whatever the size, all of it is past, and there is nothing to find
    for at in range(plans):
        day = FIRST_DAY + datetime.timedelta(at // a_day)
        id_ = f"EP-{day:%Y%m%d}-{at % a_day + 1:03}"
        area = _AREAS[at % len(_AREAS)]
        slug = f"{area}-{at:04}"
        home = f".agent/exec_plans/{slug}"
        (folder / home / "milestones/active").mkdir(parents=True)
        owner = _OWNERS[at % len(_OWNERS)]
        finished = at % 3 == 0  # a third of the plans is done
        count = min(PER_PLAN, milestones - at * PER_PLAN)
        plan = _plan(id_, f"Work on {area} {at}", slug, day, "completed" if finished else "active", owner)
        (folder / home / f"{id_}_{slug}.md").write_text(plan, encoding="utf-8")
        for number in range(1, count + 1):
            title = f"{rng.choice(_VERBS)} {rng.choice(_OBJECTS)}"
            if finished or number <= count * 0.6:
                status = "completed"
            elif number == int(count * 0.6) + 1:
                status = "in_progress"
            else:
                status = "planned"
            text = _milestone(rng, id_, number, title, day, status, owner)
            filed = day + datetime.timedelta(6)
            place = f"archive/{filed:%Y/%m/%d}" if status == "completed" else "active"
            name = f"{id_}_MS{number:03}_{title.lower().replace(' ', '-')}.md"
            path = f"{home}/milestones/{place}/{name}"
            (folder / path).parent.mkdir(parents=True, exist_ok=True)
            (folder / path).write_text(text, encoding="utf-8")
            paths.append(path)
    if git:
        env = {k: v for k, v in os.environ.items() if not k.startswith("GIT_")} | {"GIT_CONFIG_GLOBAL": os.devnull}
        who = ("-c", "user.name=Bench", "-c", "user.email=bench@example.org", "-c", "gc.auto=0")
        for command in (("init", "-q", "-b", "main"), ("add", "-A"), ("commit", "-q", "-m", "everything")):
            subprocess.run(["git", *who, *command], cwd=folder, env=env, check=True)
    return sorted(paths)


if __name__ == "__main__":
    print(f"wrote {len(make(Path(sys.argv[1]), int(sys.argv[2])))} milestones to {sys.argv[1]}")
