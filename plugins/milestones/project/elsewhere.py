"""Numbers that are taken where the work tree doesn't show it: on other branches, in sibling work trees, in the past.

Everything is found by name. A file that any branch or remote-tracking branch ever added has had its number, whether it
lies there still or not; the same holds for every line that a ledger ever had.
"""

from __future__ import annotations

import contextlib
import os
import re
from typing import TYPE_CHECKING

from milestones.project import git, ledger
from milestones.project.project import Project

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from milestones.profiles.kinds import Kind
    from milestones.project.entry import Entry

_LOG = (
    *("-c", "log.showSignature=false", "-c", "diff.noprefix=false", "log", "--format=", "--no-renames", "--relative"),
    *("--diff-merges=first-parent", "--no-ext-diff", "--no-textconv", "--no-color", "--ignore-submodules=all"),
)
#: How many branches are looked at to explain a gap.
_BRANCHES = 200


class _Names(Project):
    """A project of names alone, wherever they come from."""

    def ids_of(self, entry: Entry) -> set[str]:
        """The plans that a path may belong to: several, where a folder has held several."""
        own = entry.plan_id_in_path
        if own is not None or entry.located is None:
            return {own} if own is not None else set()
        return {id_ for e in self.plans_in(entry.located.plan_directory) if (id_ := e.plan_id_in_path) is not None}

    def numbers(self, kind: Kind, scope: str) -> dict[int, list[Entry]]:
        """The numbers of one sequence, each with the documents that have it."""
        found: dict[int, list[Entry]] = {}
        for entry in self.of_model(kind.model):
            if entry.kind.name != kind.name or entry.located is None or kind.scope is None:
                continue
            number = entry.located.fields.get(kind.sequence, "")
            if not number.isdecimal() or len(number) > 9:
                continue
            for plan in self.ids_of(entry) or {""}:
                fields = {**entry.located.fields, "plan": plan, "directory": entry.path.rpartition("/")[0]}
                with contextlib.suppress(KeyError, ValueError):
                    if kind.scope.build(fields).casefold() == scope.casefold():
                        found.setdefault(int(number), []).append(entry)
        return found


def of_names(project: Project, names: Iterable[str]) -> _Names:
    """A project of some names, wherever they come from: commits, branches, other work trees."""
    config = project.config
    return _Names(config, project.profile, sorted({name for name in names if not config.excluded(name)}))


def issued(project: Project, kind: Kind, fields: Mapping[str, str]) -> set[int]:
    """Every number of a sequence that any branch, work tree or earlier commit here knows of.

    Raises:
        GitError: where git can't tell; a number that is given all the same may be another's.
    """
    return set(holders(project, kind, fields))


def holders(project: Project, kind: Kind, fields: Mapping[str, str]) -> dict[int, set[str]]:
    """The same, each number with the slugs of all that ever had it. Raises GitError."""
    if not git.inside(project.directory) or kind.scope is None:
        return {}
    names = {*project.names, *ever(project.directory, project.profile.root)}
    ledgers = list(_ledger_lines(project))
    for folder in worktrees(project.directory):
        with contextlib.suppress(git.GitError, OSError):
            there = git.names(folder, project.profile.root, tracked=False)
            names.update(there)
            ledgers += _ledgers_in(project, folder, there)
    known = of_names(project, names)
    scope = kind.scope.build(fields)
    found = {number: slugs(entries) for number, entries in known.numbers(kind, scope).items()}
    made = ledger.kind(project)
    if made is not None and made.name == kind.name:
        for path, line in ledgers:
            plans = known.plans_in(path.rpartition("/")[0])
            if fields.get("plan") in {plan.plan_id_in_path for plan in plans}:
                for given in ledger.parse(path, line, made).lines:
                    found.setdefault(given.number, set()).add(given.slug)
    return found


def slugs(entries: Iterable[Entry]) -> set[str]:
    """The slugs in the paths of some documents."""
    return {entry.located.fields.get("slug", "") for entry in entries if entry.located is not None}


def ever(directory: str, below: str, *, ref: str = "--all") -> list[str]:
    """Every path below a folder that a commit of any branch (or of one ref) ever added."""
    if ref != "--all" and not _has(directory, ref):
        return []
    listing = git.run(directory, *_LOG, "--name-only", "-z", "--diff-filter=A", ref, "--", f":(literal){below or '.'}")
    return [name for piece in os.fsdecode(listing).split("\0") if (name := piece.strip("\n"))]


def _has(directory: str, ref: str) -> bool:
    with contextlib.suppress(git.GitError):
        return bool(git.run(directory, "rev-parse", "--verify", "--quiet", ref))
    return False


def _ledger_lines(project: Project) -> Iterator[tuple[str, str]]:
    """Every line that any ledger ever gained, with the path it had then."""
    spec = f":(glob){project.profile.root + '/' if project.profile.root else ''}**/{project.profile.ledger}"
    found = git.run(project.directory, *_LOG, "-p", "--unified=0", "--dst-prefix=b/", "--all", "--", spec)
    path = ""
    for line in found.decode("utf-8", "replace").split("\n"):
        if line.startswith("+++ "):
            path = line[4:].strip().strip('"').removeprefix("b/")
        elif line.startswith("+") and path:
            yield path, line[1:]


def _ledgers_in(project: Project, folder: str, names: Iterable[str]) -> Iterator[tuple[str, str]]:
    for name in names:
        if name.endswith("/" + project.profile.ledger):
            with open(os.path.join(folder, name), encoding="utf-8", errors="replace") as file:
                yield name, file.read(1_000_000)


def worktrees(directory: str) -> Iterator[str]:
    """The same folder in every other work tree of the repository."""
    top = os.path.realpath(_line(git.run(directory, "rev-parse", "--show-toplevel")))
    prefix = _line(git.run(directory, "rev-parse", "--show-prefix"))
    for line in os.fsdecode(git.run(directory, "worktree", "list", "--porcelain")).split("\n"):
        if line.startswith("worktree ") and os.path.realpath(line[9:]) != top:
            folder = os.path.join(line[9:], prefix) if prefix else line[9:]
            if os.path.isdir(folder) and _belongs(line[9:], directory):
                yield folder


def _belongs(worktree: str, directory: str) -> bool:
    """True where a work tree says itself that it is of this repository, which anybody may claim of any folder."""
    with contextlib.suppress(git.GitError):
        there, here = git.folder(worktree), git.folder(directory)
        return there is not None and here is not None and git.common(there) == git.common(here)
    return False


def _line(output: bytes) -> str:
    return os.fsdecode(output).rstrip("\n")


def on_other_branches(project: Project, like: Entry, missing: range) -> bool:
    """True where another branch has every number that is missing before a document, and this one never had them.

    Asked only to explain a gap: what was here and is gone is a gap, what is still to come is none.
    """
    if len(missing) > 100 or like.located is None or not git.inside(project.directory):
        return False
    place = like.place_in_sequence
    if place is None:
        return False
    try:
        tips = git.run(
            project.directory,
            "for-each-ref",
            "--no-merged=HEAD",
            "--format=%(objectname)",
            "refs/heads",
            "refs/remotes",
        )
        names: set[str] = set()
        for tip in sorted(set(tips.decode().split()))[:_BRANCHES]:
            below = f"{project.profile.root or '.'}/"
            names.update(
                os.fsdecode(git.run(project.directory, "ls-tree", "-rz", "--name-only", tip, below)).split("\0")
            )
        known = of_names(project, {*names, *project.names} - {""})
        found: dict[int, list[str]] = {}
        for (kind, scope), members in known.sequences.items():
            if kind == like.kind.name and scope == place[0]:
                for number, entry in members:
                    found.setdefault(number, []).append(entry.path)
        wanted = [path for number in missing for path in found.get(number, ())]
        if not wanted or not all(number in found for number in missing):
            return False
        return not git.run(project.directory, "rev-list", "-1", "HEAD", "--", *(f":(literal){path}" for path in wanted))
    except git.GitError:
        return False


def merge_drivers(project: Project, paths: Iterable[str]) -> dict[str, str]:
    """What git merges some files with, where that is not its own way of merging texts.

    git is asked only where something speaks of merging at all, and then once. What counts is the index for who looks at
    the next commit. Where git can't tell, there is nothing.
    """
    directory = project.directory
    if not git.inside(directory):
        return {}
    # With another text than the one on disk, or with files that are left out, only git knows what is said.
    unclear = project.listed is not None or git.sparse(directory) or _merging(beyond(directory))
    asked = [path for path in paths if unclear or gitattributes_may_merge(directory, path)]
    if not asked:
        return {}
    project.settled = False
    cached = ["--cached"] if project.tracked else []
    try:
        given = b"".join(os.fsencode(path) + b"\0" for path in asked)
        fields = os.fsdecode(git.run(directory, "check-attr", *cached, "-z", "--stdin", "merge", given=given)).split(
            "\0"
        )
    except git.GitError:
        return {}
    told = {path: value for path, _, value in zip(fields[::3], fields[1::3], fields[2::3], strict=False)}
    usual = ""
    if "unspecified" in told.values():
        with contextlib.suppress(git.GitError):
            usual = _line(git.run(directory, "config", "--get", "merge.default"))
    found = {path: usual if value == "unspecified" else value for path, value in told.items()}
    return {path: value for path, value in found.items() if value not in ("", "set", "text")}


def gitattributes_may_merge(directory: str, path: str) -> bool:
    """True where a ``.gitattributes`` on the way to a file speaks of merging at all: then git has to be asked."""
    return _merging(os.path.join(directory, name) for name in gitattributes(directory, path))


def gitattributes(directory: str, path: str) -> list[str]:
    """Every ``.gitattributes`` that may say something of a file, from the top of the repository on."""
    folders = path.split("/")[:-1]
    found = ["/".join([*folders[:depth], ".gitattributes"]) for depth in range(len(folders) + 1)]
    top = git.top(directory)
    deep = os.path.relpath(os.path.abspath(directory), top).split(os.sep) if top is not None else ["."]
    above = [f"{'../' * depth}.gitattributes" for depth in range(len(deep), 0, -1)] if deep != ["."] else []
    return above + found


def beyond(directory: str) -> list[str]:
    """The files outside the work tree that may say how git merges: attributes, and the configuration that names more.

    What a configuration includes is not followed.
    """
    home, environ = os.path.expanduser("~"), os.environ
    own = os.path.join(environ.get("XDG_CONFIG_HOME") or os.path.join(home, ".config"), "git")
    found = [os.path.join(own, "attributes")]
    if (there := git.folder(directory)) is not None:
        common = git.common(there)
        found += [os.path.join(common, "info", "attributes"), os.path.join(common, "config")]
    if "GIT_CONFIG_GLOBAL" in environ:
        return [*found, environ["GIT_CONFIG_GLOBAL"]]
    return [*found, os.path.join(own, "config"), os.path.join(home, ".gitconfig")]


_SPEAKING = re.compile(rb"(?m)^[^#\r\n]*\b(?:merge|binary)\b|^\[attr\]")
_CONFIGURING = re.compile(rb"(?i)\battributesfile\b|^\s*\[merge\][^\[]*^\s*default\s*=", re.MULTILINE)


def _merging(files: Iterable[str]) -> bool:
    for file in files:
        with contextlib.suppress(OSError), open(file, "rb") as opened:
            speaking = _SPEAKING if file.endswith("attributes") else _CONFIGURING
            if speaking.search(opened.read(1_000_000)):
                return True
    return False
