"""What a merge into another branch would bring together, seen before it happens and without touching the work tree.

``git merge-tree`` makes the tree that the merge would give. The rules then look at it as at any other commit. Where git
can't tell (a shallow clone, an unknown branch, a git too old), that is a finding, never a pass.
"""

from __future__ import annotations

import json
import os
import subprocess
from typing import TYPE_CHECKING, NamedTuple

from milestones import rules
from milestones.history.past import PastProject, Tree
from milestones.manifest import RULES
from milestones.model import Finding, Related
from milestones.project import git, ledger

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from milestones.documents import reader
    from milestones.project.entry import Entry
    from milestones.project.project import Project
    from milestones.project.workspace import Workspace

_DEEPER = "fetch all of it: `git fetch --unshallow`, `fetch-depth: 0` for actions/checkout, `GIT_DEPTH: 0` on GitLab"


class Unknown(Exception):
    """git can't tell what a merge would give; ``help`` says what would let it."""

    def __init__(self, message: str, help: str) -> None:
        super().__init__(message)
        self.help = help


class Base(NamedTuple):
    """A branch to merge into: its name as people know it, its commit, and where it and HEAD part."""

    name: str
    commit: str
    fork: str


def find(directory: str, name: str) -> Base:
    """The base with a name; ``auto`` asks the CI, the hook, or the repository's default branch. Raises Unknown."""
    if not git.inside(directory):
        raise Unknown("this is no git repository, so there is no branch to compare with", "leave out --base")
    shown = name if name != "auto" else auto(directory, os.environ)
    commit = _commit(directory, shown)
    if commit is None:
        remote, _, branch = shown.rpartition("/")
        help = f"fetch it: `git fetch {remote.rpartition('/')[2]} {branch}`" if remote else "name it with --base REF"
        raise Unknown(f"git knows no {shown}", f"{help}; in CI, {_DEEPER}")
    if _commit(directory, "HEAD") is None:
        raise Unknown("there is no commit yet", "commit first")
    try:
        fork = git.run(directory, "merge-base", "HEAD", commit).decode().split()[0]
    except git.GitError:
        shallow = _said(directory, "rev-parse", "--is-shallow-repository") == "true"
        raise Unknown(
            f"git can't see where this branch and {shown} part" + (": the clone is shallow" if shallow else ""),
            _DEEPER if shallow else "the two have no commit in common: name another branch with --base",
        ) from None
    return Base(shown, commit, fork)


def auto(directory: str, environ: Mapping[str, str]) -> str:
    """The ref to compare with, from what GitHub, GitLab or a pre-push hook says, else the default branch."""
    if environ.get("GITHUB_ACTIONS") == "true":
        if environ.get("GITHUB_BASE_REF"):
            return f"origin/{environ['GITHUB_BASE_REF']}"
        event = _event(environ.get("GITHUB_EVENT_PATH", ""))
        group = event.get("merge_group")
        before = group.get("base_sha") if isinstance(group, dict) else event.get("before")
        # The first push of a branch has nothing before it, and a forced one something that is no longer there.
        if isinstance(before, str) and before.strip("0") and _commit(directory, before) is not None:
            return before
    if environ.get("CI_MERGE_REQUEST_TARGET_BRANCH_NAME"):
        return f"origin/{environ['CI_MERGE_REQUEST_TARGET_BRANCH_NAME']}"
    before = environ.get("CI_COMMIT_BEFORE_SHA", "")
    if environ.get("GITLAB_CI") == "true" and before.strip("0") and _commit(directory, before) is not None:
        return before
    remotes = (_said(directory, "remote") or "").split()
    preferred = environ.get("PRE_COMMIT_REMOTE_NAME", "") or "origin"
    for remote in [preferred] if preferred in remotes else remotes:
        head = _said(directory, "symbolic-ref", "--quiet", "--short", f"refs/remotes/{remote}/HEAD")
        for ref in (head, f"{remote}/main", f"{remote}/master"):
            if ref and _commit(directory, ref) is not None:
                return ref
    here = _said(directory, "symbolic-ref", "--quiet", "--short", "HEAD")
    for ref in ("main", "master"):
        if ref != here and _commit(directory, f"refs/heads/{ref}") is not None:
            return ref
    raise Unknown("there is no telling which branch this is to be merged into", "name it: --base origin/main")


def _event(path: str) -> dict[str, object]:
    try:
        with open(path, encoding="utf-8") as file:
            event = json.load(file)
    except (OSError, ValueError):
        return {}
    return event if isinstance(event, dict) else {}


def _said(directory: str, *arguments: str) -> str | None:
    try:
        return os.fsdecode(git.run(directory, *arguments)).strip()
    except git.GitError:
        return None


def _commit(directory: str, ref: str) -> str | None:
    if not ref or ref.startswith("-") or "\0" in ref or any("\ud800" <= c <= "\udfff" for c in ref):
        return None
    return _said(directory, "rev-parse", "--verify", "--quiet", "--end-of-options", f"{ref}^{{commit}}") or None


def merged(directory: str, base: Base) -> str:
    """The tree that merging HEAD and the base gives, conflicts and all. Raises Unknown."""
    options = [*git.SAFE, *git.without_programs(directory)]
    done = subprocess.run(
        ["git", "-C", directory, *options, "merge-tree", "--write-tree", "--no-messages", "HEAD", base.commit],
        env=git.offline(directory),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    tree = done.stdout.split("\n")[0].strip()
    if done.returncode in (0, 1) and tree and all(c in "0123456789abcdef" for c in tree):
        return tree
    why = done.stderr.strip().split("\n")[0]
    old = "usage" in done.stderr or "--write-tree" in done.stderr
    raise Unknown(
        "this git can't merge without a work tree" if old else f"git can't merge HEAD and {base.name}: {why}",
        "install git 2.38 or newer" if old else _DEEPER,
    )


class _Merged(PastProject):
    """A project whose files are those of the merge, and what the work tree adds to them."""

    def __init__(self, project: Project, tree: Tree, added: set[str], removed: set[str]) -> None:
        # Only numbers count here, whatever else was selected.
        config = project.config._replace(selected=frozenset({"SQ001"}), overrides=())
        super().__init__(config, project.profile, tree, project.today)
        self.added = added
        self.names = sorted({*self.names, *added} - removed)

    def read(self, path: str) -> reader.Document:
        """One file of the merge, or of the work tree."""
        if path in self.added:
            from milestones.documents import reader

            return reader.read(self.directory, path)
        return super().read(path)


def check(workspace: Workspace, name: str) -> rules.Result:
    """SQ008 for every id that the base has given to something else, SQ009 where that can't be told."""
    found: list[Finding] = []
    try:
        base = find(workspace.directory, name)
        tree = merged(workspace.directory, base)
        trees = [Tree(workspace.directory, one) for one in (tree, "HEAD", base.commit, base.fork)]
        for project in workspace.projects:
            found += _taken(project, base, *trees)
    except Unknown as unknown:
        place = workspace.main.profile.root or "."
        found.append(Finding("SQ009", place, str(unknown), None, unknown.help))
    kept = [
        finding._replace(severity=severity, name=RULES[finding.code].name)
        for finding in dict.fromkeys(found)
        if (severity := workspace.config.severity_of(finding.code, finding.path, RULES[finding.code].severity))
    ]
    return rules.NOTHING._replace(findings=tuple(sorted(kept, key=lambda f: (f.path, f.message))))


def _pairs(project: Project) -> dict[tuple[str, str], Finding]:
    """The documents that have one id between them, in pairs."""
    found = rules.check(project, None, {"SQ001"}, baseline=False).findings
    return {(f.path, related.path): f for f in found for related in f.related}


def _taken(project: Project, base: Base, merge: Tree, head: Tree, there: Tree, fork: Tree) -> Iterator[Finding]:
    ours = set(project.names)
    committed = {name for name in head.names if _within(project, name)}
    whole = _Merged(project, merge, ours - committed, committed - ours)
    theirs = frozenset(there.names)
    reported: set[str] = set()
    own = _own(project)
    before: dict[tuple[str, str], Finding] | None = None
    for (one, two), finding in _pairs(whole).items():
        if {(one, two), (two, one)} & own.keys():
            continue  # an ordinary check says so
        if before is None:
            config = project.config._replace(selected=frozenset({"SQ001"}), overrides=())
            before = _pairs(PastProject(config, project.profile, there, project.today))
        if {(one, two), (two, one)} & before.keys():
            continue  # so it is on the base already
        mine, other = (two, one) if two in ours and two not in theirs else (one, two)
        entry = whole.entry(mine)
        reported.add(mine)
        yield Finding(
            "SQ008",
            mine,
            f"{_id(entry, finding)} is taken on {base.name}",
            None,
            _help(entry, base, finding.help),
            (Related(other, 1, "it has the number there"),),
        )
    for path in sorted(ours & theirs - set(fork.names) - reported):
        entry = project.entry(path)
        if entry is not None and entry.id_in_path and path in head.blobs and head.blobs[path] != there.blobs.get(path):
            reported.add(path)
            yield Finding(
                "SQ008",
                path,
                f"{entry.id_in_path} is another document on {base.name}, at the same path",
                None,
                "rename yours, then run `milestones renumber`",
            )
    yield from _given(project, base, there, ours - theirs - set(fork.names) - reported)


def _own(project: Project) -> dict[tuple[str, str], Finding]:
    config = project.config
    project.config = config._replace(selected=frozenset({"SQ001"}), overrides=())
    try:
        return _pairs(project)
    finally:
        project.config = config


def _within(project: Project, name: str) -> bool:
    root = project.profile.root
    return (not root or name.startswith(root + "/")) and not project.config.excluded(name)


def _given(project: Project, base: Base, there: Tree, new: set[str]) -> Iterator[Finding]:
    """Ids of new documents that the base's ledgers have for something else, though no document there has them."""
    made = ledger.kind(project)
    if made is None:
        return
    for path in there.names:
        if not path.endswith("/" + project.profile.ledger) or not _within(project, path):
            continue
        held = ledger.parse(path, there.document(path).text, made)
        slugs: dict[int, set[str]] = {}
        for line in held.lines:
            slugs.setdefault(line.number, set()).add(line.slug)
        for line, entry in ledger.members(project, path.rpartition("/")[0]):
            if entry.path in new and line.number in slugs and line.slug not in slugs[line.number]:
                where = next(known.line for known in held.lines if known.number == line.number)
                yield Finding(
                    "SQ008",
                    entry.path,
                    f"{entry.id_in_path} was given to {sorted(slugs[line.number])[0]} on {base.name}",
                    None,
                    _help(entry, base, "give it the next free id"),
                    (Related(path, where, "its ledger says so"),),
                )


def _id(entry: Entry | None, finding: Finding) -> str:
    if entry is not None and entry.id_in_path:
        return entry.id_in_path
    return finding.message.removesuffix(" is taken").removeprefix("the id ")


def _help(entry: Entry | None, base: Base, otherwise: str) -> str:
    if entry is not None and entry.kind.template:
        name = base.name if len(base.name) < 40 else base.name[:12]
        return f"`milestones renumber --base {name}` gives this branch's new ids other numbers"
    return otherwise


__all__ = ["Base", "Unknown", "auto", "check", "find", "merged"]
