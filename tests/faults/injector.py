"""Runs one command again and again on a copy of a repository, and lets something happen at its nth file operation.

The process is really killed, or the operation really fails: Python announces every operation to an audit hook before
it is carried out. So no writer has to be told of this program, and none can be forgotten by it. Reads a JSON object,
prints another::

    {"root": FOLDER, "command": ["new", …] or ["python", SOURCE], "fault": "kill" | "full" | "read-only"}
"""

from __future__ import annotations

import contextlib
import errno
import gc
import hashlib
import io
import json
import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

from milestones.cli import main as cli

WRITING = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_APPEND
CHANGING = {"os.rename", "os.link", "os.remove", "os.mkdir", "os.rmdir", "os.chmod", "os.truncate", "os.symlink"}
STARTING = {"os.posix_spawn", "subprocess.Popen"}


def touches(event: str, arguments: tuple[Any, ...]) -> bool:
    """True for an operation that changes files."""
    if event == "open":
        path, _, flags = arguments
        return bool(flags & WRITING) and path != os.devnull and not isinstance(path, int)
    return event in CHANGING


def run(command: list[str], fault: str = "", at: int = -1) -> dict[str, Any]:
    """Run a command in a child. The status is None where it was killed."""
    out_end, in_end = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(out_end)
        with os.fdopen(in_end, "w") as told:
            _child(command, fault, at, told)
    os.close(in_end)
    with os.fdopen(out_end) as told:
        text = told.read()
    _, ended = os.waitpid(child, 0)
    result: dict[str, Any] = json.loads(text) if text else {"status": None, "err": "", "events": at}
    assert os.WIFSIGNALED(ended) == (not text), text
    return result


def _child(command: list[str], fault: str, at: int, told: io.TextIOBase) -> None:
    events = 0

    def hook(event: str, arguments: tuple[Any, ...]) -> None:
        nonlocal events
        changes = touches(event, arguments)
        if not changes and not (fault == "kill" and event in STARTING):
            return
        events += 1
        if events < at + 1:
            return
        if fault == "kill":
            os.kill(os.getpid(), signal.SIGKILL)
        if fault == "full" and events == at + 1:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        # What is made writable again is never read-only to the end.
        if fault == "read-only":
            raise OSError(errno.EROFS, os.strerror(errno.EROFS))

    if fault:
        sys.addaudithook(hook)
    done = _done(command)
    fault = ""
    told.write(json.dumps({**done, "events": events}))
    told.flush()
    os._exit(0)


def _done(command: list[str]) -> dict[str, Any]:
    """Run a command in this process."""
    out, err = io.StringIO(), io.StringIO()
    status = -1
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        try:
            if command[0] == "python":
                try:
                    exec(command[1], {})  # noqa: S102 - our own test's
                    status = 0
                except Exception as error:
                    print(f"{type(error).__name__}: {error}", file=err)
                    status = 2
            else:
                status = cli(command)
        except SystemExit as exit_:
            status = int(exit_.code or 0)
    return {"status": status, "err": err.getvalue(), "out": out.getvalue()}


def tree(root: Path) -> dict[str, str]:
    """Every file and folder with its mode and a hash, and git's index."""
    found: dict[str, str] = {}
    for path in sorted(root.rglob("*")):
        relative = path.relative_to(root).as_posix()
        if relative.split("/")[0] != ".git":
            data = path.read_bytes() if path.is_file() and not path.is_symlink() else b""
            found[relative] = f"{path.lstat().st_mode:o} {hashlib.sha256(data).hexdigest()}"
    if (root / ".git").is_dir():
        found["git index"] = subprocess.run(
            ["git", "ls-files", "-s"], cwd=root, capture_output=True, text=True, check=True
        ).stdout
    return found


def journals(root: Path) -> list[str]:
    """What is left of transactions."""
    return sorted(
        p.name for p in [*root.glob(".git/milestones-journal*"), *root.rglob(".milestones-*")] if p.suffix != ".json"
    )


def main(asked: dict[str, Any]) -> list[dict[str, Any]]:
    """The command under its fault at each operation, until it ends without having met it."""
    root, command, fault = Path(asked["root"]), asked["command"], asked["fault"]
    # What only a power cut would need takes most of the time on a busy disk.
    os.fsync = lambda _: None

    kept = root.with_name("kept")
    remote = root.with_name("remote.git")
    shutil.copytree(root, kept, symlinks=True)
    if remote.exists():
        shutil.copytree(remote, root.with_name("kept.git"), symlinks=True)

    def again() -> None:
        os.chdir(kept)
        shutil.rmtree(root)
        shutil.copytree(kept, root, symlinks=True)
        if remote.exists():
            shutil.rmtree(remote)
            shutil.copytree(root.with_name("kept.git"), remote, symlinks=True)
        os.chdir(root)

    again()
    before = tree(root)
    # Here once, so that every child begins with all that the command imports.
    whole = _done(command)
    after = tree(root)
    gc.enable()

    def state() -> str:
        now = tree(root)
        return "before" if now == before else "after" if now == after else "between"

    found: list[dict[str, Any]] = [{"at": -1, "status": whole["status"], "err": whole["err"], "state": state()}]
    at = 0
    while True:
        again()
        done = run(command, fault, at)
        step: dict[str, Any] = {"at": at, "status": done["status"], "err": done["err"], "left": journals(root)}
        step["state"] = state()
        if done["status"] is not None and done["events"] <= at:
            found.append(step | {"unhurt": True})
            return found
        next_ = run(["plan", "list"])
        step |= {"next": state(), "next_status": next_["status"], "next_err": next_["err"], "stays": journals(root)}
        if fault == "kill":
            last = run(command) if step["next"] == "before" else whole
            step |= {"again": state(), "again_status": last["status"], "again_err": last["err"]}
        found.append(step)
        at += 1


if __name__ == "__main__":
    json.dump(main(json.load(sys.stdin)), sys.stdout)
