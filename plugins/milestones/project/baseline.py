"""The baseline: findings that a repository had when it adopted the check, and that it may keep for now."""

from __future__ import annotations

import json
import os
from collections import Counter
from typing import TYPE_CHECKING, NamedTuple

from milestones.project.config import ConfigError

if TYPE_CHECKING:
    from collections.abc import Iterable

    from milestones.model import Finding

#: Where it lies, at the top of the repository.
NAME = ".milestones-baseline.json"


class Baseline(NamedTuple):
    """How often each finding is known, by rule, path and message: a line number changes with every edit above it."""

    known: Counter[tuple[str, str, str]]

    def split(self, findings: Iterable[Finding]) -> tuple[list[Finding], list[Finding]]:
        """The new findings, and the known ones."""
        left = Counter(self.known)
        new: list[Finding] = []
        old: list[Finding] = []
        for finding in findings:
            key = _key(finding)
            if left[key] > 0:
                left[key] -= 1
                old.append(finding)
            else:
                new.append(finding)
        return new, old


def _key(finding: Finding) -> tuple[str, str, str]:
    return finding.code, finding.path.encode("utf-8", "replace").decode(), finding.message


def read(directory: str) -> Baseline | None:
    """The baseline of a repository, or None where it has none.

    Raises ConfigError for a file that is none.
    """
    path = os.path.join(directory, NAME)
    if not os.path.lexists(path):
        return None
    try:
        with open(path, encoding="utf-8") as file:
            data = json.load(file)
        entries = data["findings"]
        known = Counter({(str(e["code"]), str(e["path"]), str(e["message"])): int(e.get("count", 1)) for e in entries})
    except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        line = f":{error.lineno}" if isinstance(error, json.JSONDecodeError) else ""
        reason = error.strerror if isinstance(error, OSError) else "it is not a baseline"
        raise ConfigError(str(reason), f"{NAME}{line}", "write it anew with `milestones baseline`") from None
    return Baseline(known)


def text(findings: Iterable[Finding]) -> str:
    """A baseline that knows some findings, as the file has it; after ``schemas/baseline.schema.json``."""
    counted = Counter(_key(finding) for finding in findings if finding.severity.value != "info")
    entries = [
        {"code": code, "path": path, "message": message, "count": count}
        for (code, path, message), count in sorted(counted.items(), key=lambda item: (item[0][1], item[0][0], item[0]))
    ]
    return json.dumps({"version": "1", "findings": entries}, indent=1, ensure_ascii=False) + "\n"
