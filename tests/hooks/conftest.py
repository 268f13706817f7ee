"""Real repositories, and the hooks as another repository gets them: cloned at a commit, installed by pre-commit."""

from __future__ import annotations

import contextlib
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

ROOT = Path(__file__).parents[2]
#: What a clone of this project needs to be installed.
SHIPPED = ("pyproject.toml", "README.md", "LICENSE", ".pre-commit-hooks.yaml", "plugins", "schemas")
#: 2026-02-01, noon: the examples' day.
NOON = "1769947200"


class Done(NamedTuple):
    """How a process ended; ``text`` is all it printed."""

    status: int
    text: str


def environment() -> dict[str, str]:
    """git without the machine's configuration; pip with it, so that it finds its index."""
    kept = {k: v for k, v in os.environ.items() if not k.startswith(("GIT_", "PRE_COMMIT")) and k != "SKIP"}
    return kept | {
        "GIT_CONFIG_GLOBAL": os.devnull,
        "GIT_CONFIG_NOSYSTEM": "1",
        "GIT_TERMINAL_PROMPT": "0",
        "SOURCE_DATE_EPOCH": NOON,
        "NO_COLOR": "1",
        "PRE_COMMIT_COLOR": "never",
    }


class Repository:
    """A git repository. ``env`` is what every process in it gets."""

    def __init__(self, root: Path, env: dict[str, str]) -> None:
        self.root = root
        self.env = env

    def init(self) -> None:
        """Make it a repository, with an author of its own."""
        self.git("init", "-q", "-b", "main")
        self.git("config", "user.name", "Mira Example")
        self.git("config", "user.email", "mira@example.org")
        self.git("config", "core.autocrlf", "false")

    def run(self, *command: str, below: str = ".") -> Done:
        """Run a process in a folder of the repository."""
        done = subprocess.run(
            command,
            cwd=self.root / below,
            env=self.env,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            encoding="utf-8",
            check=False,
        )
        return Done(done.returncode, done.stdout)

    def git(self, *arguments: str) -> str:
        """What git prints; it must succeed."""
        done = self.run("git", *arguments)
        assert done.status == 0, done.text
        return done.text

    def head(self) -> str:
        """The commit at HEAD."""
        return self.git("rev-parse", "HEAD").strip()

    def hook(self, concern: str, *paths: str) -> Done:
        """Run a hook's command directly, as pre-commit would with these names."""
        return self.run(sys.executable, "-m", "milestones", "hook", concern, *paths)


@contextlib.contextmanager
def _locked(path: Path) -> Iterator[None]:
    """One test process at a time: all of them share one hook environment."""
    import fcntl

    with path.open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


@pytest.fixture(scope="session")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder that all test processes of this run share."""
    base = tmp_path_factory.getbasetemp()
    shared = (base.parent if "PYTEST_XDIST_WORKER" in os.environ else base) / "hooks"
    shared.mkdir(exist_ok=True)
    return shared


@pytest.fixture(scope="session")
def hook_repository(shared: Path) -> Repository:
    """This project as a repository that pre-commit can clone."""
    there = Repository(shared / "mkdocs-milestones", environment())
    with _locked(shared / "lock"):
        if (shared / "made").exists():
            return there
        there.root.mkdir()
        for name in SHIPPED:
            source = ROOT / name
            if source.is_dir():
                shutil.copytree(source, there.root / name, ignore=shutil.ignore_patterns("__pycache__"))
            else:
                shutil.copyfile(source, there.root / name)
        there.init()
        there.git("add", "-A")
        there.git("commit", "-q", "-m", "the project")
        (shared / "made").touch()
    return there


def configuration(hooks: Repository, ids: tuple[str, ...]) -> str:
    """A configuration that uses the hooks, as users write it."""
    lines = "".join(f"      - id: {id_}\n" for id_ in ids)
    return (
        "default_install_hook_types: [pre-commit, pre-merge-commit, pre-push]\n"
        f"repos:\n  - repo: {hooks.root.as_posix()}\n    rev: {hooks.head()}\n    hooks:\n{lines}"
    )


def _committed(root: Path) -> Repository:
    there = Repository(root, environment())
    there.init()
    there.git("add", "-A")
    there.git("commit", "-q", "-m", "first")
    return there


@pytest.fixture
def plain(repository: Callable[..., Path]) -> Repository:
    """The example repository with everything committed, and no hooks."""
    return _committed(repository())


@pytest.fixture
def later(repository: Callable[..., Path]) -> Repository:
    """The same in the later layout, which has a registry."""
    return _committed(repository("base-v2"))


@pytest.fixture
def hooked(plain: Repository, hook_repository: Repository, shared: Path) -> Callable[..., Repository]:
    """The example repository with hooks installed by the real pre-commit; without names, the one for all."""

    def install(*ids: str) -> Repository:
        plain.env["PRE_COMMIT_HOME"] = str(shared / "pre-commit")
        config = plain.root / ".pre-commit-config.yaml"
        config.write_text(configuration(hook_repository, ids or ("milestones",)), encoding="utf-8")
        plain.git("add", "-A")
        plain.git("commit", "-q", "-m", "use the hooks")
        with _locked(shared / "lock"):
            done = plain.run(sys.executable, "-m", "pre_commit", "install", "--install-hooks")
        assert done.status == 0, done.text
        return plain

    return install
