"""``milestones check`` and what the hooks run."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING

from milestones import reports, rules
from milestones.cli import UsageError, use_colour
from milestones.project import config as configuration
from milestones.project import git
from milestones.project.project import open_project

if TYPE_CHECKING:
    import argparse
    from collections.abc import Callable, Iterable

    from milestones.model import Finding
    from milestones.project.project import Project

#: What each hook looks at. "naming" and "sequence" open no file.
CONCERNS = {
    "all": ("RD", "FM", "NM", "SQ", "AR", "RF", "CT"),
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
    project = open_project(start, tracked=arguments.tracked, config=config, profile=arguments.profile)
    chosen = _chosen(project, arguments.paths) if arguments.paths else None
    result = rules.check(project, chosen)
    print(reports.render(arguments.format, result, _source(project), colour=use_colour(sys.stdout)), end="")
    if arguments.format in ("full", "concise") and not arguments.quiet:
        if result.findings and arguments.format == "full":
            print()
        print(_closing(project, result, chosen))
    if arguments.statistics:
        found, read, reported = result.statistics
        text = f"found {found} = read {read} + reported {reported} (profile {project.profile.name})"
        print(text, file=sys.stderr if arguments.format in ("json", "github") else sys.stdout)
    return 1 if result.fails(arguments.fail_on or config.fail_on) else 0


def hook(arguments: argparse.Namespace) -> int:
    """Check what is about to be committed: the files named, against the names of all.

    Without a name nothing is opened: names alone tell about deletions and renames. When documents are deleted or
    renamed, whoever refers to them is checked too.
    """
    project = open_project(os.getcwd(), tracked=True)
    chosen = set(_chosen(project, [p for p in arguments.paths if os.path.lexists(p)]))
    codes = configuration.resolve(list(CONCERNS[arguments.concern]), "hook")
    names_only = frozenset(code for code in codes if code[:2] in ("NM", "SQ") and code != "SQ005")
    findings: list[Finding] = []
    if chosen and codes - names_only:
        findings += rules.check(project, chosen, codes - names_only).findings
    if arguments.concern == "all" and _deletes(project):
        findings += rules.check(project, None, {"RF001", "FM011", "RF004"}).findings
    if names_only & project.config.selected:
        findings += rules.check(project, None, names_only).findings
    findings = sorted(set(findings), key=lambda f: (f.path, f.line, f.column, f.code, f.message))
    result = rules.Result(tuple(findings), rules.Statistics(len(chosen) or len(project.entries), 0, 0))
    if not result.fails(project.config.fail_on):
        return 0
    print(reports.render("full", result, _source(project), colour=use_colour(sys.stdout)))
    print(reports.summary(result))
    return 1


def _deletes(project: Project) -> bool:
    """True where the index lacks a document that the last commit has."""
    try:
        gone = git.run(
            project.directory, "diff", "--cached", "--name-only", "-z", "--no-renames", "--diff-filter=D", "--", project.profile.root
        )
    except git.GitError:  # no commit yet: nothing can be deleted
        return False
    return any(
        project.profile.locate(os.fsdecode(name)) is not None for name in gone.split(b"\0") if name
    )


def _words(options: Iterable[str]) -> list[str]:
    return [word.strip() for option in options for word in option.split(",") if word.strip()]


def _folder(path: str) -> str:
    return path if os.path.isdir(path) and not os.path.islink(path) else os.path.dirname(os.path.abspath(path))


def _chosen(project: Project, paths: Iterable[str]) -> list[str]:
    """The documents among some files and folders, by their path in the repository."""
    chosen: list[str] = []
    base = os.path.realpath(project.directory)
    for path in paths:
        # The last step is not resolved: a symbolic link is itself what is checked.
        folder, name = os.path.split(os.path.abspath(path))
        relative = os.path.relpath(os.path.join(os.path.realpath(folder), name), base).replace(os.sep, "/")
        if relative in project.entries:
            chosen.append(relative)
        elif relative == ".":
            chosen += project.entries
        else:
            chosen += [entry for entry in project.entries if entry.startswith(relative + "/")]
    return chosen


def _source(project: Project) -> Callable[[Finding], str | None]:
    def line(finding: Finding) -> str | None:
        entry = project.entries.get(finding.path)
        if entry is None:
            return None
        lines = entry.document.text.split("\n")
        return lines[finding.line - 1] if finding.line <= len(lines) else None

    return line


def _closing(project: Project, result: rules.Result, chosen: list[str] | None) -> str:
    if result.statistics.found:
        return reports.summary(result)[:1].upper() + reports.summary(result)[1:] + "."
    if chosen is not None:
        return f"None of these is a document of the profile {project.profile.name!r} ({project.profile.root}/)."
    from milestones.profiles.profile import NAMES

    return (
        f"No documents found: the profile {project.profile.name!r} keeps them in {project.profile.root}/ "
        f"(known profiles: {', '.join(NAMES)}).\n"
        'Start with `milestones plan new "Title"`, or set `profile` and `root` in [tool.milestones].'
    )
