"""Numbers claimed on a remote: a ref for each, which only one of those who race for it can create.

``refs/milestones/ids/EP-20260117-014/MS004`` is pushed on the condition that it is not there yet. It points to an empty
commit that says who claimed the number. Every claim is a commit of its own, so that two can't be mistaken for one.
"""

from __future__ import annotations

import contextlib
import os
import re
from typing import TYPE_CHECKING
from urllib.parse import quote

from milestones.changes.transaction import ChangeError
from milestones.project import git

if TYPE_CHECKING:
    from collections.abc import Callable

    from milestones.changes.planned import Planned
    from milestones.profiles.kinds import Kind
    from milestones.project.workspace import Workspace

PREFIX = "refs/milestones/ids/"
_PUSH = ("push", "--quiet", "--no-verify", "--no-signed", "--recurse-submodules=no")
_HELP = "does the remote take refs outside refs/heads, and may you push? Without --reserve, `new` needs neither"


def ref(id_: str) -> str:
    """The ref that stands for an id, with what git refuses in a ref written as ``%41``."""
    steps = [quote(step, safe="").replace(".", "%2E").replace("~", "%7E") for step in id_.split("/")]
    return PREFIX + "/".join(steps)


def remote(directory: str, name: str) -> str:
    """The remote to claim on: the one named, else ``origin``, else the only one. Raises ChangeError."""
    there = os.fsdecode(git.run(directory, "remote")).split()
    if name:
        if name not in there:
            raise ChangeError(f"there is no remote {name}", f"there are {', '.join(there) or 'none'}")
        return name
    if "origin" in there or len(there) == 1:
        return "origin" if "origin" in there else there[0]
    help = f"say which: --reserve {there[0]}" if there else "add one with `git remote add origin URL`"
    raise ChangeError("there is no remote `origin` to reserve an id on", help)


def fetch(directory: str, name: str) -> None:
    """Learn what the remote's branches hold: a number may be taken there without a claim. Raises ChangeError."""
    try:
        git.run(directory, "fetch", "--quiet", "--no-recurse-submodules", name, network=True)
    except git.GitError as error:
        raise ChangeError(f"{name} can't be reached: {error}", _HELP) from None


def taken(directory: str, name: str, kind: Kind, scope: str) -> set[int]:
    """The numbers of a sequence that are claimed on a remote. Raises ChangeError."""
    assert kind.id is not None
    assert kind.scope is not None
    found: set[int] = set()
    for id_ in _ids(directory, name):
        fields = kind.id.read(id_)
        number = fields.get(kind.sequence, "") if fields else ""
        if fields and number.isdecimal() and len(number) < 10:
            with contextlib.suppress(KeyError, ValueError):
                if kind.scope.build(fields) == scope:
                    found.add(int(number))
    return found


def _ids(directory: str, name: str) -> list[str]:
    from urllib.parse import unquote

    return [unquote(there.removeprefix(PREFIX)) for there in _listed(directory, name, PREFIX + "*")]


def _listed(directory: str, name: str, pattern: str) -> dict[str, str]:
    try:
        listing = os.fsdecode(git.run(directory, "ls-remote", "--refs", name, pattern, network=True))
    except git.GitError as error:
        raise ChangeError(f"{name} can't be asked: {error}", _HELP) from None
    return {there: commit for line in listing.splitlines() for commit, _, there in [line.partition("\t")]}


def claim(directory: str, name: str, id_: str, slug: str) -> bool:
    """Claim an id on a remote. False where somebody else has it. Raises ChangeError where nobody could."""
    tree = git.run(directory, "mktree").decode().strip()
    who = _who(directory)
    nonce = os.urandom(8).hex()
    commit = git.run(
        directory,
        *("-c", f"user.name={who}", "-c", "user.email=milestones@localhost", "-c", "commit.gpgSign=false"),
        *("commit-tree", tree, "-m", f"Reserve {id_} for {slug}", "-m", f"Claimed-by: {who}\nClaim: {nonce}"),
    )
    own = commit.decode().strip()
    there = ref(id_)
    failure = ""
    try:
        git.run(directory, *_PUSH, f"--force-with-lease={there}:", name, f"{own}:{there}", network=True)
    except git.GitError as error:
        failure = str(error)
    # The remote has the last word: a push whose answer was lost may have won all the same.
    holder = _listed(directory, name, there).get(there, "")
    if holder == own:
        return True
    if holder:
        return False
    raise ChangeError(f"{name} did not take the claim: {failure or 'the ref is not there'}", _HELP)


def first_free(workspace: Workspace, name: str, plan: Callable[..., Planned], *, dry_run: bool = False) -> Planned:
    """Plan a new document with the first id that nobody has, and claim it unless this is a dry run.

    ``plan`` takes a workspace and numbers to pass over. It is only when all else is known to be right that a number is
    claimed; a claim whose document is never written leaves a gap, and no more. Raises ChangeError.
    """
    directory = workspace.directory
    there = remote(directory, name)
    if not dry_run:
        fetch(directory, there)
    passed: set[int] = set()
    while True:
        planned = plan(workspace, passed)
        made, scope, number = _counted(workspace, planned)
        known = taken(directory, there, made, scope)
        if number not in known and (dry_run or claim(directory, there, planned.id, planned.path.rpartition("/")[2])):
            note = f"{'free' if dry_run else 'reserved'} on {there}: {ref(planned.id)}"
            return planned._replace(notes=(*planned.notes, note))
        passed |= {number, *known}


def _counted(workspace: Workspace, planned: Planned) -> tuple[Kind, str, int]:
    """The kind, sequence and number of what is planned."""
    for project in workspace.projects:
        for made in project.profile.kinds.values():
            fields = made.id.read(planned.id) if made.template and made.id is not None else None
            if fields and made.scope is not None and made.sequence in fields:
                return made, made.scope.build(fields), int(fields[made.sequence])
    raise ChangeError(f"{planned.id} can't be reserved", "the profile does not say in which sequence it counts")


def _who(directory: str) -> str:
    with contextlib.suppress(git.GitError):
        name = re.sub(r"[^\w .@-]", "", git.run(directory, "config", "user.name").decode("utf-8", "replace")).strip()
        if name:
            return name
    return "milestones"
