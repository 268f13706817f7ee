"""The few things asked of git. It is git that we call, with the environment it gave us.

``GIT_INDEX_FILE`` and ``GIT_DIR`` must reach it unchanged: a hook runs during partial commits and in linked
worktrees. Configuration of the repository that would make git run a program is switched off.
"""

from __future__ import annotations

import os
import subprocess

_SAFE = ("-c", "core.fsmonitor=false", "-c", "core.quotePath=false")


class GitError(Exception):
    """git is missing, this is no repository, or it refused; the text is its own first line."""


def run(root: str, *arguments: str) -> bytes:
    """Standard output of one git command in ``root``. Raises GitError."""
    try:
        done = subprocess.run(
            ["git", *_SAFE, *arguments], cwd=root, stdin=subprocess.DEVNULL, capture_output=True, check=False
        )
    except OSError as error:
        raise GitError(f"git can't be run: {error.strerror}") from None
    if done.returncode:
        message = done.stderr.decode("utf-8", "replace").strip().split("\n")[0]
        raise GitError(message or f"git {arguments[0]} failed with status {done.returncode}")
    return done.stdout


def inside(root: str) -> bool:
    """True where ``root`` lies in a git work tree, judged by its folders alone; git itself is not started."""
    if "GIT_DIR" in os.environ:
        return True
    at = os.path.abspath(root)
    while True:
        if os.path.exists(os.path.join(at, ".git")):
            return True
        up = os.path.dirname(at)
        if up == at:
            return False
        at = up


def names(root: str, below: str, *, tracked: bool) -> list[str]:
    """Paths below a folder, relative to ``root``, sorted.

    ``tracked`` lists what a commit would hold: the index. Otherwise the work tree: tracked files that are still
    there, and new ones that are not ignored.
    """
    spec = ["--", f":(literal){below}" if below else "."]
    if tracked:
        listing = run(root, "ls-files", "-z", "--cached", *spec)
        return sorted(set(_decode(listing)))
    listing = run(root, "ls-files", "-z", "-t", "--cached", "--others", "--deleted", "--exclude-standard", *spec)
    gone: set[str] = set()
    found: set[str] = set()
    for entry in _decode(listing):
        tag, _, path = entry.partition(" ")
        (gone if tag == "R" else found).add(path)
    return sorted(found - gone)


def _decode(listing: bytes) -> list[str]:
    return [name for name in os.fsdecode(listing).split("\0") if name]
