"""The few things asked of git. It is git that we call, with the environment it gave us.

``GIT_INDEX_FILE`` and ``GIT_DIR`` must reach it unchanged: a hook runs during partial commits and in linked
worktrees. Configuration of the repository that would make git run a program is switched off.
"""

from __future__ import annotations

import os

_SAFE = ("-c", "core.fsmonitor=false", "-c", "core.quotePath=false")


class GitError(Exception):
    """git is missing, this is no repository, or it refused; the text is its own first line."""


def run(root: str, *arguments: str) -> bytes:
    """Standard output of one git command in ``root``. Raises GitError."""
    command = ["git", "-C", root, *_SAFE, *arguments]
    try:
        status, output, errors = _spawn(command) if hasattr(os, "posix_spawnp") else _subprocess(command)
    except OSError as error:
        raise GitError(f"git can't be run: {error.strerror}") from None
    if b"could not open directory" in errors or b"could not stat" in errors.lower():
        status = status or 1  # git goes on without what it can't see; nothing here may
    if status:
        message = errors.decode("utf-8", "replace").strip().split("\n")[0]
        raise GitError(message or f"git {arguments[0]} failed with status {status}")
    return output


def _spawn(command: list[str]) -> tuple[int, bytes, bytes]:
    """Status, output and errors of a command. The commit hook asks git twice; ``subprocess`` would cost it more."""
    import select

    out, out_end = os.pipe()
    err, err_end = os.pipe()
    try:
        actions = [
            (os.POSIX_SPAWN_OPEN, 0, os.devnull, os.O_RDONLY, 0),
            (os.POSIX_SPAWN_DUP2, out_end, 1),
            (os.POSIX_SPAWN_DUP2, err_end, 2),
        ]
        process = os.posix_spawnp(command[0], command, os.environ, file_actions=actions)
    except OSError:
        os.close(out)
        os.close(err)
        raise
    finally:
        os.close(out_end)
        os.close(err_end)
    read: dict[int, list[bytes]] = {out: [], err: []}
    poll = select.poll()
    for end in read:
        poll.register(end, select.POLLIN | select.POLLHUP)
    open_ends = set(read)
    while open_ends:
        for end, _ in poll.poll():
            chunk = os.read(end, 1 << 16)
            if chunk:
                read[end].append(chunk)
            else:
                poll.unregister(end)
                os.close(end)
                open_ends.discard(end)
    _, status = os.waitpid(process, 0)
    return os.waitstatus_to_exitcode(status), b"".join(read[out]), b"".join(read[err])


def _subprocess(command: list[str]) -> tuple[int, bytes, bytes]:
    import subprocess

    done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, check=False)
    return done.returncode, done.stdout, done.stderr


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
