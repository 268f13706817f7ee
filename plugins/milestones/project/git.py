"""The few things asked of git. It is git that we call, with the environment it gave us.

``GIT_INDEX_FILE`` and ``GIT_DIR`` must reach it unchanged: a hook runs during partial commits and in linked
worktrees.

A repository may come from anybody, with its configuration and attributes. What would make git run a program is
switched off: monitors, hooks, pagers and signature checks in every call; filters, merge and text conversion where a
command would use them (``without_programs``, ``--no-textconv``); the configuration of submodules, by not looking into
them; and the fetching of objects that a partial clone lacks, which could start whatever its configuration names. The
one exception is ``--reserve``, whose user asks for the remote: it is reached as ``git fetch`` would.
"""

from __future__ import annotations

import os
from contextlib import suppress
from functools import partial
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

#: Options of git itself that every call begins with.
SAFE = (
    "--no-pager",
    *("-c", "core.fsmonitor=false"),
    *("-c", f"core.hooksPath={os.devnull}"),
    *("-c", "core.quotePath=false"),
    *("-c", "log.showSignature=false"),
    *("-c", "log.showRoot=true"),
    *("-c", "gc.auto=0"),
    *("-c", "maintenance.auto=false"),
)
_OFFLINE = {"GIT_ALLOW_PROTOCOL": "none", "GIT_NO_LAZY_FETCH": "1", "GIT_TERMINAL_PROMPT": "0"}
#: Configuration that names a program which a command on the work tree, or a merge, would run.
_PROGRAMS = r"^(filter\..*\.(clean|smudge|process)|merge\..*\.driver)$"
#: What gives a partial clone the objects that it lacks.
REFETCH = "git fetch --refetch --no-filter"


class GitError(Exception):
    """git is missing, this is no repository, or it refused; the text is its own first line."""


class Running:
    """A git command at work beside us; ``output`` waits for its end. There is no other way to be done with it.

    ``network`` is for the commands whose purpose it is to reach a remote. ``given`` is what the command reads.
    """

    def __init__(self, root: str, *arguments: str, network: bool = False, given: bytes | None = None) -> None:
        self._asked = arguments[0]
        command = ["git", "-C", root, *SAFE, *arguments]
        environment = dict(os.environ) if network else offline(root)
        if given is None and hasattr(os, "posix_spawnp"):
            self._end = _spawned(command, environment)
        else:
            self._end = _subprocess(command, environment, given)

    def output(self) -> bytes:
        """Standard output of the command. Raises GitError."""
        try:
            status, output, errors = self._end()
        except OSError as error:
            raise GitError(f"git can't be run: {error.strerror}") from None
        if b"could not open directory" in errors or b"could not stat" in errors.lower():
            status = status or 1  # git goes on without what it can't see; nothing here may
        if status:
            said = errors.decode("utf-8", "replace").strip()
            if lacking(said):
                raise GitError(f"this partial clone lacks objects that are needed here: `{REFETCH}` fetches them")
            message = said.split("\n")[0]
            raise GitError(message or f"git {self._asked} failed with status {status}")
        return output


def lacking(said: str) -> bool:
    """True for what git says where a partial clone lacks objects."""
    return any(words in said for words in ("lazy fetching disabled", "promisor remote", "this partial clone lacks"))


def run(root: str, *arguments: str, network: bool = False, given: bytes | None = None) -> bytes:
    """Standard output of one git command in ``root``: see ``Running``. Raises GitError."""
    return Running(root, *arguments, network=network, given=given).output()


def offline(root: str) -> dict[str, str]:
    """The environment of a git that must not call another machine, nor a program in its place.

    The work tree is the one that ``root`` lies in, whatever ``core.worktree`` says.
    """
    environment = {**os.environ, **_OFFLINE}
    if not environment.keys() & {"GIT_DIR", "GIT_WORK_TREE"}:
        here = top(root)
        if here is not None:
            environment["GIT_WORK_TREE"] = here
    return environment


def without_programs(root: str) -> list[str]:
    """Options that switch off the filters and merge drivers of the repository's own configuration.

    Those of the user's own configuration stay: that is not something a repository brings.
    """
    try:
        told = os.fsdecode(run(root, "config", "-z", "--show-scope", "--name-only", "--get-regexp", _PROGRAMS))
    except GitError as error:
        if str(error) == "git config failed with status 1":
            return []  # there are none
        raise
    options: list[str] = []
    fields = told.split("\0")
    for scope, key in zip(fields[::2], fields[1::2], strict=False):
        if scope not in ("local", "worktree"):
            continue
        # `-c` takes what follows the first `=` for the value; a key with one in its name can be set by no option.
        if "=" in key:
            raise GitError(f"the repository's configuration names a program for {key!r}, which can't be switched off")
        section = key.rpartition(".")[0]
        if key.startswith("filter."):
            options += ["-c", f"{key}=", "-c", f"{section}.required=false"]
        else:
            options += ["-c", f"{key}=false"]  # a merge driver that fails leaves a conflict
    return options


def _spawned(command: list[str], environment: dict[str, str]) -> Callable[[], tuple[int, bytes, bytes]]:
    """Start a command; status, output and errors once it has ended.

    The commit hook asks git twice, and importing ``subprocess`` would cost it more than that.
    """
    import select

    out, out_end = os.pipe()
    err, err_end = os.pipe()
    _widen(out)
    try:
        actions = [
            (os.POSIX_SPAWN_OPEN, 0, os.devnull, os.O_RDONLY, 0),
            (os.POSIX_SPAWN_DUP2, out_end, 1),
            (os.POSIX_SPAWN_DUP2, err_end, 2),
        ]
        process = os.posix_spawnp(command[0], command, environment, file_actions=actions)
    except OSError as error:
        os.close(out)
        os.close(err)
        return partial(_failed, error)
    finally:
        os.close(out_end)
        os.close(err_end)

    def end() -> tuple[int, bytes, bytes]:
        read: dict[int, list[bytes]] = {out: [], err: []}
        poll = select.poll()
        for pipe in read:
            poll.register(pipe, select.POLLIN | select.POLLHUP)
        open_ends = set(read)
        while open_ends:
            for pipe, _ in poll.poll():
                chunk = os.read(pipe, 1 << 16)
                if chunk:
                    read[pipe].append(chunk)
                else:
                    poll.unregister(pipe)
                    os.close(pipe)
                    open_ends.discard(pipe)
        _, status = os.waitpid(process, 0)
        return os.waitstatus_to_exitcode(status), b"".join(read[out]), b"".join(read[err])

    return end


def _widen(pipe: int) -> None:
    """Let a pipe hold all names of a large repository, where the system can: git then need not wait for us."""
    import fcntl

    if hasattr(fcntl, "F_SETPIPE_SZ"):
        with suppress(OSError):  # beyond what this user may have
            fcntl.fcntl(pipe, fcntl.F_SETPIPE_SZ, 1 << 20)


def _failed(error: OSError) -> tuple[int, bytes, bytes]:
    raise error


def _subprocess(
    command: list[str], environment: dict[str, str], given: bytes | None
) -> Callable[[], tuple[int, bytes, bytes]]:
    import subprocess

    def end() -> tuple[int, bytes, bytes]:
        done = subprocess.run(command, input=given or b"", env=environment, capture_output=True, check=False)
        return done.returncode, done.stdout, done.stderr

    return end


def inside(root: str) -> bool:
    """True where ``root`` lies in a git work tree, judged by its folders alone; git itself is not started."""
    return "GIT_DIR" in os.environ or top(root) is not None


def top(root: str) -> str | None:
    """The nearest folder upwards with a ``.git``, or None; git itself is not started."""
    at = os.path.abspath(root)
    while not os.path.exists(os.path.join(at, ".git")):
        up = os.path.dirname(at)
        if up == at:
            return None
        at = up
    if os.path.isfile(os.path.join(at, ".git")):
        _require_own(at)
    return at


def _require_own(worktree: str) -> None:
    """Refuse a ``.git`` file that leads to what belongs to another work tree: anybody may write one.

    Linked work trees and submodules are named there in their turn, and a folder called ``.git`` is that of the work
    tree it lies in. Any other folder may be where somebody keeps git's files on purpose. Raises GitError.
    """
    there = _led_to(worktree)
    if there is None:
        return  # git says what is wrong with it
    parts = there.split(os.sep)
    own = os.path.realpath(worktree)
    if parts[-1] == ".git":
        named = os.path.dirname(there)
    elif parts[-2:-1] == ["worktrees"]:
        named = os.path.dirname(os.path.join(there, _first_line(os.path.join(there, "gitdir"))))
    elif "modules" in parts:
        settings = _first_line(os.path.join(there, "config"), "worktree")
        named = os.path.join(there, settings.partition("=")[2].strip().strip('"')) if settings else own
    else:
        return
    if os.path.realpath(named) != own:
        raise GitError(
            f"{os.path.join(worktree, '.git')} leads to the files of another work tree, {named}: remove it, or run "
            "`git worktree repair` where this is a work tree that was moved"
        )


def _led_to(worktree: str) -> str | None:
    """Where a ``.git`` file leads, if to a folder."""
    word, _, place = _first_line(os.path.join(worktree, ".git")).partition(":")
    there = os.path.realpath(os.path.join(worktree, place.strip()))
    return there if word == "gitdir" and os.path.isdir(there) else None


def _first_line(path: str, key: str = "") -> str:
    """The first line of a file, or the first that sets a key; empty where there is none."""
    try:
        with open(path, encoding="utf-8", errors="surrogateescape") as file:
            lines = file.read(65536).splitlines()
    except OSError:
        return ""
    return next((line.strip() for line in lines if line.strip().startswith(key)), "")


def folder(root: str) -> str | None:
    """Where git keeps what belongs to the work tree of ``root``, judged by folders alone; None where there is none."""
    if "GIT_DIR" in os.environ:
        there = os.path.abspath(os.environ["GIT_DIR"])
        return there if os.path.isdir(there) else None
    above = top(root)
    if above is None:
        return None
    there = os.path.join(above, ".git")
    if os.path.isfile(there):  # a linked work tree, or a submodule
        return _led_to(above)
    return there if os.path.isdir(there) else None


def shallow(root: str) -> bool:
    """True where only the newest part of the history is here; git itself is not started."""
    there = folder(root)
    return there is not None and os.path.exists(os.path.join(common(there), "shallow"))


def common(there: str) -> str:
    """What all work trees share, of the folder where git keeps what belongs to one of them."""
    with suppress(OSError), open(os.path.join(there, "commondir"), encoding="utf-8") as file:
        there = os.path.join(there, file.read(4096).strip())
    return os.path.realpath(there)


def sparse(root: str) -> bool:
    """True where the work tree may lack files on purpose; git itself is not started."""
    there = folder(root)
    return there is not None and os.path.exists(os.path.join(there, "info", "sparse-checkout"))


def names(root: str, below: str, *, tracked: bool) -> list[str]:
    """Paths below a folder, relative to ``root``, sorted.

    ``tracked`` lists what a commit would hold: the index. Otherwise the work tree: tracked files that are still
    there, and new ones that are not ignored.
    """
    return Names(root, below, tracked=tracked).read()


class Names:
    """The same, while git is listing them: ``read`` waits for the end. Raises GitError.

    With ``looking``, who reads the names has looked at most of the files meanwhile, and says which are there.
    """

    def __init__(self, root: str, below: str, *, tracked: bool, looking: bool = False) -> None:
        self._root = root
        self._below = f":(literal){below}" if below else "."
        self._tracked = tracked
        # What is gone is looked for beside what is new: each takes git a walk of its own.
        self._gone = None if tracked or looking else self._listed("--deleted")
        self._there = (
            self._listed("--cached") if tracked else self._listed("--cached", "--others", "--exclude-standard")
        )

    def _listed(self, *which: str) -> Running:
        return Running(self._root, "ls-files", "-z", *which, "--", self._below)

    def read(self, seen: Iterable[str] = ()) -> list[str]:
        """The paths, sorted; ``seen`` are known to be there. Raises GitError."""
        try:
            found = dict.fromkeys(_paths(self._there.output()))
        finally:
            gone = _paths(self._gone.output()) if self._gone is not None else []
        if self._gone is None and not self._tracked:
            inside = os.path.join(self._root, "")
            if not all(os.path.lexists(inside + path) for path in found.keys() - set(seen)):
                # Whether git misses it too is for git to say: a sparse checkout leaves files out on purpose.
                gone = _paths(self._listed("--deleted").output())
        for path in gone:
            found.pop(path, None)
        return sorted(found)  # git's order is nearly this one, and to sort what is sorted costs next to nothing


def _paths(listing: bytes) -> list[str]:
    return os.fsdecode(listing).split("\0")[:-1]
