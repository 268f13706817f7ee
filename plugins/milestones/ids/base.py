"""What a merge into another branch would bring together, seen before it happens and without touching the work tree.

``git merge-tree`` makes the tree that the merge would give. The rules then look at it as at any other commit. Where git
can't tell (a shallow clone, an unknown branch, a git too old), that is a finding, never a pass.
"""

from __future__ import annotations

import contextlib
import json
import os
import subprocess
from typing import TYPE_CHECKING, NamedTuple

from milestones import rules
from milestones.history.observation import HistoryError
from milestones.history.past import PastProject, Tree
from milestones.manifest import RULES
from milestones.model import Finding, Related
from milestones.project import elsewhere, git, ledger

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from milestones.documents import reader
    from milestones.project.entry import Entry
    from milestones.project.project import Project
    from milestones.project.workspace import Workspace

_DEEPER = "fetch all of it: `git fetch --unshallow`, `fetch-depth: 0` for actions/checkout, `GIT_DEPTH: 0` on GitLab"
_LACKING = ("this partial clone lacks objects that are needed to tell", f"`{git.REFETCH}` fetches them")


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


def find(directory: str, name: str, head: str = "HEAD") -> Base:
    """The base with a name; ``auto`` asks the CI, the hook, or the repository's default branch. Raises Unknown."""
    if not git.inside(directory):
        raise Unknown("this is no git repository, so there is no branch to compare with", "leave out --base")
    shown = name if name != "auto" else auto(directory, os.environ)
    commit = _commit(directory, shown)
    if commit is None and len(shown) >= 40 and all(c in "0123456789abcdef" for c in shown):
        raise Unknown(f"the commit to compare with, {shown[:12]}, is not in this clone", _DEEPER)
    if commit is None:
        remote, _, branch = shown.rpartition("/")
        help = f"fetch it: `git fetch {remote.rpartition('/')[2]} {branch}`" if remote else "name it with --base REF"
        raise Unknown(f"git knows no {shown}", f"{help}; in CI, {_DEEPER}")
    if _commit(directory, head) is None:
        raise Unknown("there is no commit yet", "commit first")
    try:
        fork = git.run(directory, "merge-base", head, commit).decode().split()[0]
    except git.GitError:
        shallow = _shallow(directory)
        raise Unknown(
            f"git can't see where this branch and {shown} part" + (": the clone is shallow" if shallow else ""),
            _DEEPER if shallow else "the two have no commit in common: name another branch with --base",
        ) from None
    return Base(shown, commit, fork)


def auto(directory: str, environ: Mapping[str, str]) -> str:
    """The ref to compare with, from what GitHub, GitLab or a pre-push hook says, else the default branch.

    Raises Unknown.
    """
    before = ""
    if environ.get("GITHUB_ACTIONS") == "true":
        if environ.get("GITHUB_BASE_REF"):
            return f"origin/{environ['GITHUB_BASE_REF']}"
        event = _event(environ.get("GITHUB_EVENT_PATH", ""))
        group = event.get("merge_group")
        if isinstance(group, dict) and isinstance(group.get("base_sha"), str):
            return str(group["base_sha"])
        before = str(event.get("before") or "")
    if environ.get("CI_MERGE_REQUEST_TARGET_BRANCH_NAME"):
        return f"origin/{environ['CI_MERGE_REQUEST_TARGET_BRANCH_NAME']}"
    if environ.get("GITLAB_CI") == "true":
        before = environ.get("CI_COMMIT_BEFORE_SHA", "")
    # The first push of a branch has nothing before it. What a forced push replaced is no longer there either, and then
    # the default branch will do, unless that is what was pushed.
    if not before.strip("0"):
        return _default(directory, environ)
    if _commit(directory, before) is not None or _shallow(directory):
        return before
    other = _default(directory, environ)
    return before if _commit(directory, other) == _commit(directory, "HEAD") else other


def _default(directory: str, environ: Mapping[str, str]) -> str:
    """The default branch of the remote, or of the repository where it has none. Raises Unknown."""
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


def _shallow(directory: str) -> bool:
    return _said(directory, "rev-parse", "--is-shallow-repository") == "true"


def _commit(directory: str, ref: str) -> str | None:
    if not ref or ref.startswith("-") or "\0" in ref or any("\ud800" <= c <= "\udfff" for c in ref):
        return None
    return _said(directory, "rev-parse", "--verify", "--quiet", "--end-of-options", f"{ref}^{{commit}}") or None


@contextlib.contextmanager
def _aside(directory: str) -> Iterator[None]:
    """Let git put new objects into a folder of its own for a while, which is then removed: a checkout may be read-only.

    Every git that is called meanwhile sees these objects beside those of the repository.
    """
    import tempfile

    own = _said(directory, "rev-parse", "--git-path", "objects")
    if own is None:
        yield
        return
    own = os.path.abspath(os.path.join(directory, own))
    quoted = '"' + own.replace("\\", "\\\\").replace('"', '\\"') + '"' if {*own} & {os.pathsep, '"'} else own
    others = os.environ.get("GIT_ALTERNATE_OBJECT_DIRECTORIES", "")
    with tempfile.TemporaryDirectory(prefix="milestones-") as folder:
        fresh = {
            "GIT_OBJECT_DIRECTORY": folder,
            "GIT_ALTERNATE_OBJECT_DIRECTORIES": os.pathsep.join(filter(None, (quoted, others))),
        }
        before = {name: os.environ.get(name) for name in fresh}
        os.environ.update(fresh)
        try:
            yield
        finally:
            for name, value in before.items():
                if value is None:
                    del os.environ[name]
                else:
                    os.environ[name] = value


def merged(directory: str, base: Base, head: str = "HEAD") -> str:
    """The tree that merging a commit and the base gives, conflicts and all. Raises Unknown."""
    options = [*git.SAFE, *git.without_programs(directory)]
    done = subprocess.run(
        ["git", "-C", directory, *options, "merge-tree", "--write-tree", "--no-messages", head, base.commit],
        env=git.offline(directory),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        check=False,
    )
    # The conflicting paths that follow may be in no encoding at all.
    tree = os.fsdecode(done.stdout.split(b"\n")[0]).strip()
    if done.returncode in (0, 1) and tree and all(c in "0123456789abcdef" for c in tree):
        return tree
    said = done.stderr.decode("utf-8", "replace").strip()
    old = "usage" in said or "--write-tree" in said
    if git.lacking(said):
        raise Unknown(*_LACKING)
    why = said.split("\n")[0]
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
    directory = workspace.directory
    try:
        head = _pushed(directory, os.environ)
        base = find(directory, name, head)
        with _aside(directory):
            merge = merged(directory, base, head)
            trees = [Tree(directory, one) for one in (merge, head, base.commit, base.fork)]
            for project in workspace.projects:
                mine = (
                    project if head == "HEAD" else PastProject(project.config, project.profile, trees[1], project.today)
                )
                found += _taken(mine, base, *trees)
    except (Unknown, git.GitError, HistoryError) as error:
        message, help = str(error), getattr(error, "help", "")
        if git.lacking(message):
            message, help = _LACKING
        place = workspace.main.profile.root or "."
        found.append(Finding("SQ009", place, message, None, help or _DEEPER))
    kept = [
        finding._replace(severity=severity, name=RULES[finding.code].name)
        for finding in dict.fromkeys(found)
        if (severity := workspace.config.severity_of(finding.code, finding.path, RULES[finding.code].severity))
    ]
    return rules.NOTHING._replace(findings=tuple(sorted(kept, key=lambda f: (f.path, f.message))))


def _pushed(directory: str, environ: Mapping[str, str]) -> str:
    """What is to be merged: HEAD with what is not committed yet, or what a pre-push hook says is pushed instead.

    Raises Unknown.
    """
    pushed = environ.get("PRE_COMMIT_TO_REF", "")
    if not pushed:
        return "HEAD"
    commit = _commit(directory, pushed)
    if commit is None:
        raise Unknown(f"git knows no {pushed}, which the hook is about", "push a branch that is here")
    return "HEAD" if commit == _commit(directory, "HEAD") else commit


def _past(project: Project, tree: Tree, codes: set[str] | None = None) -> PastProject:
    """A project as a tree has it, where nothing but some rules counts."""
    config = project.config
    if codes is not None:
        config = config._replace(selected=frozenset(codes), overrides=())
    return PastProject(config, project.profile, tree, project.today)


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
            before = _pairs(_past(project, there, {"SQ001"}))
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
                "`milestones renumber` gives yours another number",
            )
    new = ours - theirs - set(fork.names) - reported
    given = list(_given(project, base, there, new))
    yield from given
    yield from _gone(project, base, there, fork, new - {finding.path for finding in given})
    yield from _taken_out(project, base, there, fork)


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


def _gone(project: Project, base: Base, there: Tree, fork: Tree, new: set[str]) -> Iterator[Finding]:
    """Ids of new documents that the base once gave to something that it has no longer."""
    counted = {
        path: (entry, place[0], int(place[1]))
        for path in sorted(new)
        if (entry := project.entry(path)) is not None
        and entry.located is not None
        and entry.kind.template
        and (place := entry.place_in_sequence) is not None
        and place[1].isdecimal()
        and len(place[1]) < 10
    }
    if not counted:
        return
    ever = elsewhere.of_names(project, elsewhere.ever(project.directory, project.profile.root, ref=base.commit))
    # A number that is still there is for the pairs to say; a document that has another name now keeps its own.
    standing = [_past(project, tree).sequences for tree in (there, fork)]
    for path, (entry, scope, number) in counted.items():
        if any(number == n for s in standing for n, _ in s.get((entry.kind.name, scope), ())):
            continue
        slugs = elsewhere.slugs(ever.numbers(entry.kind, scope).get(number, ()))
        if slugs and elsewhere.slugs([entry]).isdisjoint(slugs):
            yield Finding(
                "SQ008",
                path,
                f"{entry.id_in_path} was {sorted(slugs)[0]} on {base.name}, and is gone there",
                None,
                _help(entry, base, "give it the next free id: a number is never given a second time"),
            )


def _taken_out(project: Project, base: Base, there: Tree, fork: Tree) -> Iterator[Finding]:
    """Lines of ledgers that the base has and this side had, and has no longer."""
    made = ledger.kind(project)
    if made is None:
        return
    past = _past(project, there)
    for path in there.names:
        if not path.endswith("/" + project.profile.ledger) or not _within(project, path) or path not in fork.blobs:
            continue
        before = ledger.parse(path, fork.document(path).text, made).numbers
        own = _same_ledger(project, past, path)
        if own is None:
            continue  # the whole plan is gone, which others look at
        held = ledger.read(project, own) if own in project.names else None
        if held is not None and held.fault is not None:
            continue  # an ordinary check says so
        kept = held.numbers if held is not None else frozenset()
        gone = [
            line
            for line in ledger.parse(path, there.document(path).text, made).lines
            if line.number in before and line.number not in kept
        ]
        if gone:
            shown = ", ".join(f"`{line.text}`" for line in gone[:4]) + (" and more" if len(gone) > 4 else "")
            yield Finding(
                "SQ006",
                own,
                f"the ledger has lost {shown}, which {base.name} has",
                None,
                "put back what was taken out: a number that was given once is never given again",
                (Related(path, gone[0].line, "it is here"),),
            )


def _same_ledger(project: Project, past: PastProject, path: str) -> str | None:
    """Where this side keeps the ledger of a plan on the base, or would; None where it has no such plan any more."""
    folder = path.rpartition("/")[0]
    if path in project.names or project.plans_in(folder):
        return path
    ids = {plan.id_in_path for plan in past.plans_in(folder)} - {None}
    for plan in project.of_model("plan"):
        if plan.id_in_path in ids and plan.located is not None:
            return ledger.path(project, plan.located.plan_directory)
    return None


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
