"""``milestones check`` and what the hooks run."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING

from milestones import reports, rules
from milestones.cli import UsageError, use_colour
from milestones.documents import reader
from milestones.project import config as configuration
from milestones.project import git
from milestones.project.workspace import open_workspace

if TYPE_CHECKING:
    import argparse
    from collections.abc import Callable, Iterable

    from milestones.model import Finding
    from milestones.project.project import Project
    from milestones.project.workspace import Workspace

#: What each hook looks at. "naming" and "sequence" open no file.
RULES_OF = {
    "all": ("RD", "FM", "NM", "SQ", "AR", "RF", "CT", "LS"),
    "front-matter": ("RD", "FM", "SQ005"),
    "naming": ("NM",),
    "sequence": ("SQ001", "SQ002", "SQ003", "SQ004"),
    "archive": ("AR",),
}


def check(arguments: argparse.Namespace) -> int:
    """Check documents; exit status 1 where something is found."""
    start = os.getcwd()
    for path in arguments.paths:
        if not os.path.lexists(path):
            raise UsageError(f"there is no file or folder {path}")
    if arguments.paths:
        start = _folder(arguments.paths[0])
    config = configuration.find(start)
    selected = config.selected
    if arguments.select:
        selected = configuration.resolve(_words(arguments.select), "--select")
    if arguments.ignore:
        selected -= configuration.resolve(_words(arguments.ignore), "--ignore")
    config = config._replace(selected=selected)
    workspace = open_workspace(start, tracked=arguments.tracked, config=config, profile=arguments.profile)
    chosen = _chosen(workspace, arguments.paths) if arguments.paths else None
    result = rules.check(workspace, chosen, frugal=True, baseline=not arguments.no_baseline)
    print(reports.render(arguments.format, result, _source(workspace), colour=use_colour(sys.stdout)), end="")
    if arguments.format in ("full", "concise") and not arguments.quiet:
        if result.findings and arguments.format == "full":
            print()
        print(_closing(workspace, result, chosen))
        if result.known:
            print(f"{len(result.known)} more are known to the baseline; --no-baseline shows them.")
    if arguments.statistics:
        found, read, reported = result.statistics
        names = ", ".join(project.profile.name for project in workspace.projects)
        which = f"profile{'s' if len(workspace.projects) > 1 else ''} {names}"
        text = f"found {found} = read {read} + reported {reported} ({which})"
        print(text, file=sys.stderr if arguments.format in ("json", "github") else sys.stdout)
    return 1 if result.fails(arguments.fail_on or config.fail_on) else 0


def hook(arguments: argparse.Namespace) -> int:
    """Check what is about to be committed: the files named, against the names of all.

    A commit that deletes or renames a document is checked for what that leaves behind: gaps in its sequence, and
    references to what is gone. Other faults of files that the commit doesn't touch are left to ``check``. With
    nothing staged (``--all-files``, a push) every name is looked at.
    """
    workspace = open_workspace(os.getcwd(), tracked=True)
    codes = configuration.resolve(list(RULES_OF[arguments.concern]), "hook")
    paths = [path for path in arguments.paths if os.path.lexists(path)]
    result = rules.NOTHING
    for project in workspace.projects:
        result = result.plus(_staged_findings(project, paths, codes, whole=arguments.concern == "all"))
    if not result.fails(workspace.config.fail_on):
        return 0
    print(reports.render("full", result, _source(workspace), colour=use_colour(sys.stdout)))
    print(reports.summary(result))
    return 1


def _staged_findings(project: Project, paths: list[str], codes: frozenset[str], *, whole: bool) -> rules.Result:
    by_name = frozenset(code for code in codes if code[:2] in ("NM", "SQ") and code != "SQ005")
    chosen = set(_chosen(project, paths))
    changed, gone = _staged(project)
    staged = {path for path in changed if project.entry(path) is not None}
    lost = [entry for path in gone if (entry := project.entry(path)) is not None]
    result = rules.check(project, chosen, codes - by_name) if chosen and codes - by_name else rules.NOTHING
    if by_name:
        everything = not (staged or chosen or lost)
        result = result.plus(rules.check(project, None if everything else chosen | staged, by_name))
        beside = {e.path for members in project.sequences_of(lost).values() for _, e in members}
        if beside:
            result = result.plus(rules.check(project, beside, by_name & configuration.resolve(["SQ"], "hook")))
    if whole:
        if gone:
            result = result.plus(_left_behind(project, gone))
        registry = project.profile.registry
        if registry is not None and (lost or registry.path in changed):
            result = result.plus(rules.check(project, None, {"RF006"}))
    return result


def _left_behind(project: Project, gone: set[str]) -> rules.Result:
    """What names a document, a file or a folder that the commit removes."""
    words = {str(id_) for path in gone if (entry := project.entry(path)) and (id_ := entry.id_in_path)}
    for path in gone:
        while path and not project.exists(path):
            words.add(path.rpartition("/")[2])
            path = path.rpartition("/")[0]
    result = rules.check(project, None, {"RF001", "FM011", "RF004"})
    kept = tuple(finding for finding in result.findings if any(word in finding.message for word in words))
    return result._replace(findings=kept)


def _staged(project: Project) -> tuple[set[str], set[str]]:
    """Paths below the root that the index adds or changes, and those that it lacks, against the last commit."""
    try:
        listing = git.run(
            project.directory,
            "diff",
            "--cached",
            "--name-status",
            "-z",
            "--no-renames",
            "--relative",
            "--",
            project.profile.root or ".",
        )
    except git.GitError:  # no commit yet: everything is new
        return set(project.names), set()
    fields = [os.fsdecode(field) for field in listing.split(b"\0") if field]
    changed = {True: set[str](), False: set[str]()}
    for status, path in zip(fields[::2], fields[1::2], strict=True):
        changed[status == "D"].add(path)
    return changed[False], changed[True]


def _words(options: Iterable[str]) -> list[str]:
    return [word.strip() for option in options for word in option.split(",") if word.strip()]


def _folder(path: str) -> str:
    return path if os.path.isdir(path) else os.path.dirname(os.path.abspath(path))


def _chosen(project: Project | Workspace, paths: Iterable[str]) -> list[str]:
    """The documents among some files and folders, by their path in the repository."""
    chosen: list[str] = []
    base = os.path.realpath(project.directory)
    for path in paths:
        if os.path.isdir(path):
            full = os.path.realpath(path)
        else:
            # The last step is not resolved: a symbolic link to a file is itself what is checked.
            folder, name = os.path.split(os.path.abspath(path))
            full = os.path.join(os.path.realpath(folder), name)
        relative = os.path.relpath(full, base).replace(os.sep, "/")
        if relative == ".." or relative.startswith("../"):
            raise UsageError(f"{path} is not in {project.directory}", "check one repository at a time")
        if relative == ".":
            chosen += project.entries
        elif os.path.isdir(path):
            inside = relative + "/"
            chosen += [name for name in project.entries if name.startswith(inside)]
        elif project.has(relative):
            chosen.append(relative)
    return chosen


def _source(project: Workspace) -> Callable[[Finding], str | None]:
    texts: dict[str, list[str]] = {}

    def line(finding: Finding) -> str | None:
        if project.entry(finding.path) is None:
            return None
        if finding.path not in texts:
            # Findings come file by file, so one text at a time is enough.
            texts.clear()
            texts[finding.path] = reader.read(project.directory, finding.path).text.split("\n")
        lines = texts[finding.path]
        return lines[finding.line - 1] if finding.line <= len(lines) else None

    return line


def _closing(workspace: Workspace, result: rules.Result, chosen: list[str] | None) -> str:
    if result.statistics.found:
        return reports.summary(result)[:1].upper() + reports.summary(result)[1:] + "."
    profile = workspace.main.profile
    if chosen is not None:
        names = ", ".join(f"{p.profile.name!r} ({p.profile.root or '.'}/)" for p in workspace.projects)
        return f"None of these is a document of the profile {names}."
    from milestones.profiles.profile import NAMES

    if workspace.detected:
        return (
            f"No documents found, of none of the conventions known: {', '.join(NAMES)}.\n"
            'Start with `milestones plan new "Title"`, or describe yours: `milestones profile new` writes a profile to '
            "begin with."
        )
    return (
        f"No documents found: the profile {profile.name!r} keeps them in {profile.root or '.'}/ "
        f"(known profiles: {', '.join(NAMES)}).\n"
        'Start with `milestones plan new "Title"`, or set `profile` and `root` in [tool.milestones].'
    )
