"""``milestones check`` and what the hooks run."""

from __future__ import annotations

import os
import sys
from contextlib import suppress
from functools import cached_property, partial
from typing import TYPE_CHECKING

from milestones import reports, rules
from milestones.cli import UsageError, use_colour
from milestones.project import config as configuration
from milestones.project import git
from milestones.project.workspace import open_workspace

if TYPE_CHECKING:
    import argparse
    from collections.abc import Callable, Iterable

    from milestones.model import Finding
    from milestones.project.project import Project
    from milestones.project.workspace import Workspace
    from milestones.rules.memory import Memory

#: What each hook looks at. "naming" and "sequence" open no document.
RULES_OF = {
    "all": ("RD", "FM", "NM", "SQ", "AR", "RF", "CT", "LS", "SP"),
    "front-matter": ("RD", "FM", "SQ005"),
    "naming": ("NM",),
    "sequence": ("SQ001", "SQ002", "SQ003", "SQ004", "SQ006", "SQ007"),
    "archive": ("AR",),
}


def check(arguments: argparse.Namespace) -> int:
    """Check documents; exit status 1 where something is found."""
    _agree(arguments)
    if arguments.fix or arguments.unsafe_fixes or arguments.diff:
        from milestones.cli.fix import mend

        return mend(arguments, _opened, _reported)
    if arguments.watch:
        return watch(arguments)
    memory = _memory(arguments)
    return _reported(arguments, *_opened(arguments, memory), memory)


def _memory(arguments: argparse.Namespace) -> Memory | None:
    """The last check, where this one is of the whole repository as it lies there."""
    if arguments.no_cache or arguments.paths or arguments.staged:
        return None
    from milestones.rules.memory import Memory

    return Memory(configuration.find(os.getcwd()).directory)


def _agree(arguments: argparse.Namespace) -> None:
    """Refuse options that contradict each other. Raises UsageError."""
    if "-" in arguments.paths:
        if arguments.paths != ["-"]:
            raise UsageError("`-` is the one document there is on standard input", "give `-` alone, or paths")
        if not arguments.stdin_filename:
            raise UsageError("`-` needs --stdin-filename PATH", "say where the document lies, or is to lie")
        for option in ("staged", "watch"):
            if getattr(arguments, option):
                raise UsageError(f"--{option} does not go with `-`", "leave one of them out")
    elif arguments.stdin_filename:
        raise UsageError("--stdin-filename says where the document `-` lies", "write `milestones check -` with it")


def _opened(arguments: argparse.Namespace, memory: Memory | None = None) -> tuple[Workspace, list[str] | None]:
    """The repository to check, with what counts instead of files, and the documents that are asked about."""
    stdin = arguments.paths == ["-"]
    if stdin and os.path.isdir(arguments.stdin_filename):
        raise UsageError(f"{arguments.stdin_filename} is a folder", "--stdin-filename names the document itself")
    paths = [arguments.stdin_filename] if stdin else arguments.paths
    for path in paths:
        if not stdin and not os.path.lexists(path):
            raise _missing(path)
    start = _folder(paths[0]) if paths else os.getcwd()
    config = configuration.find(start)
    selected = config.selected
    if arguments.select:
        selected = configuration.resolve(_words(arguments.select), "--select")
    if arguments.ignore:
        selected -= configuration.resolve(_words(arguments.ignore), "--ignore")
    config = config._replace(selected=selected)
    tracked = arguments.tracked or arguments.staged
    glance = memory.look if memory is not None and memory.there else None
    workspace = open_workspace(start, tracked=tracked, config=config, profile=arguments.profile, glance=glance)
    if arguments.staged:
        from milestones.project import index

        index.hold(workspace)
    if stdin:
        from milestones.project.overlay import overlaid

        path = _relative(workspace, paths[0])
        data = sys.stdin.buffer.read()
        if not config.excluded(path):
            workspace = overlaid(workspace, {path: data})
    return workspace, _chosen(workspace, paths) if paths else None


def _missing(path: str) -> UsageError:
    """What to say of a path that is not there: a sparse checkout may leave it out."""
    from milestones.project import index

    folder = _folder(path)
    with suppress(git.GitError):
        if git.sparse(folder) and os.path.relpath(path, folder).replace(os.sep, "/") in index.LeftOut(folder):
            help = f"`git sparse-checkout add {path}`; `milestones check` of everything sees what is left out"
            return UsageError(f"{path} is left out by the sparse checkout", help)
    return UsageError(f"there is no file or folder {path}")


def _reported(
    arguments: argparse.Namespace, workspace: Workspace, chosen: list[str] | None, memory: Memory | None = None
) -> int:
    """Check, and print or write the report. The status to end with."""
    result = rules.check(workspace, chosen, frugal=True, baseline=not arguments.no_baseline, memory=memory)
    if arguments.base is not None:
        from milestones.ids import base

        result = result.plus(base.check(workspace, arguments.base))
    if result.findings:
        from milestones.fixes import with_applicability

        result = result._replace(findings=with_applicability(workspace, result.findings))
    output = arguments.output_file
    format = arguments.format if arguments.format != "auto" else _format(output)
    shown = result.below(_from_top(workspace.directory)) if format in reports.FROM_THE_TOP else result
    colour = output is None and use_colour(sys.stdout)
    text = reports.render(format, shown, _source(workspace), colour=colour)
    if output is None:
        print(text, end="")
    else:
        _write(output, text)
    talks = format in reports.TEXTS or output is not None or arguments.format == "auto"
    if talks and not arguments.quiet:
        if result.findings and output is None and format in ("full", "grouped"):
            print()
        print(_closing(workspace, result, chosen))
        if result.known:
            print(f"{len(result.known)} more are known to the baseline; --no-baseline shows them.")
    if arguments.statistics:
        found, read, reported = result.statistics
        names = ", ".join(project.profile.name for project in workspace.projects)
        which = f"profile{'s' if len(workspace.projects) > 1 else ''} {names}"
        text = f"found {found} = read {read} + reported {reported} ({which})"
        print(text, file=sys.stdout if talks else sys.stderr)
    fails = result.fails(arguments.fail_on or workspace.config.fail_on)
    return 1 if fails and not arguments.exit_zero else 0


#: What a file's name says about its format.
_BY_SUFFIX = {".sarif": "sarif", ".xml": "junit", ".json": "json", ".jsonl": "json-lines", ".ndjson": "json-lines"}


def _format(output: str | None) -> str:
    """The format where nobody gave one: what the file's name says, or what the CI reads from a job's log."""
    if output is None:
        return "github" if os.environ.get("GITHUB_ACTIONS") == "true" else "full"
    format = _BY_SUFFIX.get(os.path.splitext(output)[1].lower(), "full")
    return "gitlab" if format == "json" and os.environ.get("GITLAB_CI") == "true" else format


def _from_top(directory: str) -> str:
    """The path of a configuration's folder from the top of its git repository; empty for the top itself."""
    at = directory = os.path.realpath(directory)
    while not os.path.exists(os.path.join(at, ".git")):
        up = os.path.dirname(at)
        if up == at:
            return ""
        at = up
    relative = os.path.relpath(directory, at).replace(os.sep, "/")
    return "" if relative == "." else relative


def _write(path: str, text: str) -> None:
    """Write a report whole or not at all: who reads the file while it is written sees the one before."""
    import contextlib
    import stat
    import tempfile

    data = text.encode("utf-8", "backslashreplace")
    try:
        target = os.path.realpath(path)
        found = os.stat(target) if os.path.exists(target) else None
        if found is not None and not stat.S_ISREG(found.st_mode):  # a device or a pipe can't be replaced
            with open(target, "wb") as file:
                file.write(data)
            return
        handle, temporary = tempfile.mkstemp(prefix=".milestones-", dir=os.path.dirname(target))
        try:
            with os.fdopen(handle, "wb") as file:
                file.write(data)
            mask = os.umask(0)
            os.umask(mask)
            os.chmod(temporary, stat.S_IMODE(found.st_mode) if found is not None else 0o666 & ~mask)
            os.replace(temporary, target)
        except BaseException:
            with contextlib.suppress(OSError):
                os.unlink(temporary)
            raise
    except OSError as error:
        raise UsageError(f"{path} can't be written: {error.strerror}") from None
    except ValueError as error:  # no name of a file at all
        raise UsageError(f"{path!r}: {error}") from None


#: Seconds between two looks at the files.
_PAUSE = 0.3


def watch(arguments: argparse.Namespace) -> int:
    """Check again whenever a document, the list of them or the configuration changes, until somebody interrupts."""
    import gc
    import time

    from milestones.cli import explained

    gc.enable()  # this one lasts
    stamps: dict[str, object] | None = None
    known: Callable[[], dict[str, object]] | None = None
    try:
        while True:
            try:
                memory = _memory(arguments)
                workspace, chosen = _opened(arguments, memory)
                known = partial(_stamps, workspace, arguments)
                stamps = known()
                _reported(arguments, workspace, chosen, memory)
            except Exception as error:
                # What is wrong now may be mended in a moment; only what was wrong from the start ends it.
                if known is None or not explained(error):
                    raise
                stamps = known()
            sys.stdout.flush()
            print("Watching for changes; Ctrl-C ends it.", file=sys.stderr, flush=True)
            while (now := known()) == stamps:
                time.sleep(_PAUSE)
            changed = sorted(path for path in {*now, *stamps} if now.get(path) != stamps.get(path))
            print(f"\nChanged: {reports.printable(changed[0])}", file=sys.stderr, flush=True)
    except KeyboardInterrupt:
        return 0


def _stamps(workspace: Workspace, arguments: argparse.Namespace) -> dict[str, object]:
    """What tells whether something has changed: times and sizes of files, and the names in their folders."""
    directory = workspace.directory
    names = set(workspace.entries)
    folders = {""} | {name[:at] for name in names for at, character in enumerate(name) if character == "/"}
    names |= {"milestones.toml", "pyproject.toml", rules.BASELINE}
    names |= {name for name, _ in workspace.config.profiles if name.endswith(".toml")}
    if arguments.tracked or arguments.staged:
        names.add(os.fsdecode(git.run(directory, "rev-parse", "--git-path", "index")).strip())
    own = os.path.realpath(arguments.output_file) if arguments.output_file else None
    found: dict[str, object] = {}
    for name in names:
        full = os.path.join(directory, name)
        if own is not None and os.path.realpath(full) == own:
            continue
        try:
            at = os.lstat(full)
            found[name] = (at.st_mtime_ns, at.st_size, at.st_ino)
        except OSError:
            found[name] = None
    for folder in folders:
        name = f"{folder or '.'}/"
        try:
            found[name] = {inner for inner in os.listdir(os.path.join(directory, folder)) if inner[:1] != "."}
        except OSError:
            found[name] = None
    return found


def hook(arguments: argparse.Namespace) -> int:
    """Check what is about to be committed: the files named, against the names of all.

    A commit that deletes or renames a document is checked for what that leaves behind: gaps in its sequence, and
    references to what is gone. Other faults of files that the commit doesn't touch are left to ``check``. With
    nothing staged (``--all-files``, a push) every name is looked at.
    """
    config = configuration.find(os.getcwd())
    changes = _Changes(config.directory)  # git compares while the names are listed
    workspace = open_workspace(os.getcwd(), tracked=True, config=config)
    codes = configuration.resolve(list(RULES_OF[arguments.concern]), "hook")
    paths = [path for path in arguments.paths if os.path.lexists(path)]
    result = rules.NOTHING
    for project in workspace.projects:
        result = result.plus(_staged_findings(project, changes, paths, codes, whole=arguments.concern == "all"))
    if not result.fails(workspace.config.fail_on):
        return 0
    print(reports.render("full", result, _source(workspace), colour=use_colour(sys.stdout)))
    print(reports.summary(result))
    return 1


def _staged_findings(
    project: Project, changes: _Changes, paths: list[str], codes: frozenset[str], *, whole: bool
) -> rules.Result:
    by_name = frozenset(code for code in codes if code[:2] in ("NM", "SQ") and code != "SQ005")
    chosen = set(_chosen(project, paths))
    changed, gone = changes.of(project)
    ledger = "/" + project.profile.ledger
    staged = {path for path in changed if project.entry(path) is not None or path.endswith(ledger)}
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


class _Changes:
    """What the index adds, changes and lacks against the last commit. git looks for it as soon as this is made."""

    def __init__(self, directory: str) -> None:
        self._running = git.Running(
            directory,
            "diff",
            "--cached",
            "--name-status",
            "-z",
            "--no-renames",
            "--no-ext-diff",
            "--ignore-submodules=all",
            "--relative",
            "--",
            ".",
        )

    def of(self, project: Project) -> tuple[set[str], set[str]]:
        """Paths below a project's root that the index adds or changes, and those that it lacks."""
        inside = f"{project.profile.root}/" if project.profile.root else ""
        if self._found is None:  # no commit yet: everything is new
            return set(project.names), set()
        changed, gone = ({path for path in paths if path.startswith(inside)} for paths in self._found)
        return changed, gone

    @cached_property
    def _found(self) -> tuple[set[str], set[str]] | None:
        try:
            listing = self._running.output()
        except git.GitError:
            return None
        fields = [os.fsdecode(field) for field in listing.split(b"\0") if field]
        changed = {True: set[str](), False: set[str]()}
        for status, path in zip(fields[::2], fields[1::2], strict=True):
            changed[status == "D"].add(path)
        return changed[False], changed[True]


def _words(options: Iterable[str]) -> list[str]:
    return [word.strip() for option in options for word in option.split(",") if word.strip()]


def _folder(path: str) -> str:
    """The folder that a path lies in or is, or the nearest above it that there is."""
    at = path if os.path.isdir(path) else os.path.dirname(os.path.abspath(path))
    while not os.path.isdir(at) and os.path.dirname(at) != at:
        at = os.path.dirname(at)
    return at


def _chosen(project: Project | Workspace, paths: Iterable[str]) -> list[str]:
    """The documents among some files and folders, by their path in the repository."""
    chosen: list[str] = []
    for path in paths:
        relative = _relative(project, path)
        if relative == ".":
            chosen += project.entries
        elif os.path.isdir(path):
            inside = relative + "/"
            chosen += [name for name in project.entries if name.startswith(inside)]
        elif project.has(relative):
            chosen.append(relative)
    return chosen


def _relative(project: Project | Workspace, path: str) -> str:
    """A path as the repository knows it. Raises UsageError for one outside."""
    if os.path.isdir(path):
        full = os.path.realpath(path)
    else:
        # The last step is not resolved: a symbolic link to a file is itself what is checked.
        folder, name = os.path.split(os.path.abspath(path))
        full = os.path.join(os.path.realpath(folder), name)
    relative = os.path.relpath(full, os.path.realpath(project.directory)).replace(os.sep, "/")
    if relative == ".." or relative.startswith("../"):
        raise UsageError(f"{path} is not in {project.directory}", "check one repository at a time")
    return relative


def _source(project: Workspace) -> Callable[[Finding], str | None]:
    texts: dict[str, list[str]] = {}

    def line(finding: Finding) -> str | None:
        entry = project.entry(finding.path)
        if entry is None:
            return None
        if finding.path not in texts:
            # Findings come file by file, so one text at a time is enough.
            texts.clear()
            texts[finding.path] = entry.project.read(finding.path).text.split("\n")
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
    from milestones.profiles.catalogue import NAMES

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
