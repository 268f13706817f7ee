"""A real git repository to run the command in."""

from __future__ import annotations

import gc
import hashlib
import os
import subprocess
import sys
from typing import TYPE_CHECKING, NamedTuple

import pytest

from milestones.cli import main

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

#: The commands' day in these tests.
TODAY = "2026-02-01"


class Done(NamedTuple):
    """What a command left behind."""

    status: int
    out: str
    err: str


def environment(**more: str) -> dict[str, str]:
    """An environment in which git and the command depend on nothing of the machine."""
    changing = ("NO_COLOR", "FORCE_COLOR", "GITHUB_ACTIONS", "GITLAB_CI")
    kept = {k: v for k, v in os.environ.items() if not k.startswith("GIT_") and k not in changing}
    return kept | {"GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_NOSYSTEM": "1", "COLUMNS": "200"} | more


class Repository:
    """A repository of the examples under git, with everything committed."""

    PLAN = "EP-20260105-001"

    def __init__(self, root: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
        self.root = root
        self._capsys = capsys
        self._monkeypatch = monkeypatch
        self.git("init", "-q", "-b", "main")
        self.git("config", "user.name", "Mira Example")
        self.git("config", "user.email", "mira@example.org")
        self.git("config", "core.autocrlf", "false")
        self.commit("first")

    def git(self, *arguments: str) -> str:
        """Standard output of git, which must succeed."""
        done = subprocess.run(
            ["git", *arguments], cwd=self.root, env=environment(), capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stderr
        return done.stdout

    def commit(self, message: str) -> None:
        """Commit everything."""
        self.git("add", "-A")
        self.git("commit", "-q", "--allow-empty", "-m", message)

    def run(self, *arguments: str, below: str = ".") -> Done:
        """Run a command in this process, in a folder of the repository."""
        self._monkeypatch.chdir(self.root / below)
        self._capsys.readouterr()
        try:
            status = main(arguments)
        except SystemExit as exit_:
            status = int(exit_.code or 0)
        finally:
            gc.enable()
        out, err = self._capsys.readouterr()
        return Done(status, out, err)

    def ok(self, *arguments: str, below: str = ".") -> str:
        """Standard output of a command that must succeed. "Today" is the examples' day."""
        done = self.run(*arguments, below=below)
        assert done.status == 0, done.err + done.out
        return done.out

    def process(self, *arguments: str, below: str = ".", **env: str) -> Done:
        """Run a command as a process of its own."""
        done = subprocess.run(
            [sys.executable, "-m", "milestones", *arguments],
            cwd=self.root / below,
            env=environment(SOURCE_DATE_EPOCH="1769947200", **env),
            capture_output=True,
            text=True,
            encoding="utf-8",
            check=False,
        )
        return Done(done.returncode, done.stdout, done.stderr)

    def start(self, *arguments: str) -> subprocess.Popen[str]:
        """Start a command and do not wait for it."""
        return subprocess.Popen(
            [sys.executable, "-m", "milestones", *arguments],
            cwd=self.root,
            env=environment(SOURCE_DATE_EPOCH="1769947200"),
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def tree(self) -> dict[str, str]:
        """Every file and folder with its mode and a hash of its content, git's index and status included."""
        found = {"git status": self.git("status", "--porcelain=v2", "-z"), "git index": self.git("ls-files", "-s")}
        for path in sorted(self.root.rglob("*")):
            relative = path.relative_to(self.root).as_posix()
            if relative.split("/")[0] == ".git":
                continue
            mode = oct(path.lstat().st_mode)
            data = path.read_bytes() if path.is_file() and not path.is_symlink() else b""
            found[relative] = f"{mode} {hashlib.sha256(data).hexdigest()}"
        return found

    def path(self, id_: str) -> str:
        """Where a document lies, by its id, as ``list`` and ``show`` say."""
        import json

        data = json.loads(self.ok("show", id_, "--json"))
        path: str = (data.get("milestone") or data.get("plan"))["path"]
        return path

    def text(self, id_: str) -> str:
        """A document's text, line endings as they are."""
        return (self.root / self.path(id_)).read_bytes().decode()


@pytest.fixture(autouse=True)
def _same_everywhere(monkeypatch: pytest.MonkeyPatch, today: str) -> None:
    """No colours, a wide terminal, and git without the machine's configuration."""
    for name, value in environment().items():
        if name.startswith("GIT_") or name == "COLUMNS":
            monkeypatch.setenv(name, value)
    for name in ("NO_COLOR", "FORCE_COLOR", "GITHUB_ACTIONS", "GITLAB_CI"):
        monkeypatch.delenv(name, raising=False)
    assert today == TODAY


@pytest.fixture
def git_repository(
    repository: Callable[..., Path], capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> Callable[..., Repository]:
    """Make a git repository of an example."""
    return lambda base="base", overlay=None: Repository(repository(base, overlay), capsys, monkeypatch)


@pytest.fixture
def repo(git_repository: Callable[..., Repository]) -> Repository:
    """The example of the default convention."""
    return git_repository()


@pytest.fixture
def repo_v2(git_repository: Callable[..., Repository]) -> Repository:
    """The example of the later layout."""
    return git_repository("base-v2")
