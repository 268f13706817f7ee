"""Real git repositories of a few documents, and an interpreter of a very small convention."""

from __future__ import annotations

import os
import re
import subprocess
from typing import TYPE_CHECKING

from milestones.documents import reader
from milestones.history.observation import Observation, Reading

if TYPE_CHECKING:
    from pathlib import Path

START = 1_767_225_600  # 2026-01-01T00:00:00Z
DAY = 86_400
NOW = START + 100 * DAY

_MEANINGS = {"todo": "planned", "done": "completed"}
_PLACE = re.compile(r"plans/(?:.*/)?[^/]+\.md\Z")


def observe(path: str, data: bytes) -> tuple[Observation, ...]:
    """``plans/**/*.md`` with an id; those below a folder ``archive`` are filed. A plan's id has no slash."""
    fields = reader.parse(path, data).fields
    if fields is None or "id" not in fields:
        return ()
    text = {key: str(value) for key, value in fields.items() if isinstance(value, str) and value}
    waits = fields.get("depends_on")
    word = text.get("status", "")
    return (
        Observation(
            model="milestone" if "/" in text["id"] else "plan",
            id=text["id"],
            plan_id=text.get("plan", text["id"].partition("/")[0]),
            title=text.get("title", ""),
            status=_MEANINGS.get(word, word),
            status_word=word,
            filed="/archive/" in path,
            due=text.get("due"),
            start=text.get("start"),
            risk=text.get("risk"),
            owner=text.get("owner"),
            depends_on=tuple(str(w) for w in waits) if isinstance(waits, list) else (),
            rank=int(text.get("rank", "0")),
        ),
    )


READING = Reading(observe, lambda path: _PLACE.match(path) is not None, "test")


class Repository:
    """A git repository whose commits are made at the hours that a test names."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.time = START
        folder.mkdir(parents=True, exist_ok=True)
        self.git("init", "-q", "-b", "main")

    def git(self, *arguments: str, check: bool = True) -> str:
        env = {k: v for k, v in os.environ.items() if not k.startswith("GIT_")} | {
            "GIT_CONFIG_GLOBAL": os.devnull,
            "GIT_CONFIG_NOSYSTEM": "1",
            "GIT_AUTHOR_NAME": "Mira",
            "GIT_AUTHOR_EMAIL": "mira@example.org",
            "GIT_COMMITTER_NAME": "Mira",
            "GIT_COMMITTER_EMAIL": "mira@example.org",
            "GIT_AUTHOR_DATE": f"{self.time} +0000",
            "GIT_COMMITTER_DATE": f"{self.time} +0000",
        }
        done = subprocess.run(
            ["git", *arguments], cwd=self.folder, env=env, capture_output=True, text=True, check=False
        )
        assert not check or done.returncode == 0, done.stderr
        return done.stdout

    def write(self, path: str, id_: str, status: str = "planned", body: str = "", **fields: str) -> None:
        file = self.folder / path
        file.parent.mkdir(parents=True, exist_ok=True)
        keys = {"id": id_, "status": status, **fields}
        head = "".join(f"{key}: {value}\n" for key, value in keys.items())
        file.write_text(f"---\n{head}---\n\n# Document\n{body}", encoding="utf-8")

    def remove(self, path: str) -> None:
        (self.folder / path).unlink()

    def commit(self, day: float | None = None, message: str = "work") -> str:
        """Commit everything, on a day counted from the first; by default an hour after the last commit."""
        self.time = START + int(day * DAY) if day is not None else self.time + 3600
        self.git("add", "-A")
        self.git("commit", "-q", "--allow-empty", "-m", message)
        return self.git("rev-parse", "HEAD").strip()
