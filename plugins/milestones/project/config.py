"""Configuration: ``[tool.milestones]`` of pyproject.toml, or milestones.toml; and where the repository begins."""

from __future__ import annotations

import os
import re
from typing import TYPE_CHECKING, Any, NamedTuple

from milestones import parsed
from milestones.manifest import BY_NAME, FAMILIES, RULES
from milestones.model import Severity

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence


class ConfigError(Exception):
    """Configuration that can't be used. ``where`` is ``FILE:LINE``; ``help`` says what to write instead."""

    def __init__(self, message: str, where: str = "", help: str = "") -> None:
        super().__init__(message)
        self.where = where
        self.help = help


_override: list[str] = []


def set_today(day: str) -> None:
    """Make a day (ISO text) "today" for everything that follows. Raises ConfigError for anything else."""
    from milestones.documents.days import calendar_date

    if not calendar_date(day):
        raise ConfigError(f"{day!r} is not a day", help="write it as YYYY-MM-DD")
    _override[:] = [day]


def today() -> str:
    """The one value of "today": the one set, else ``SOURCE_DATE_EPOCH`` (in UTC), else the clock's, as ISO text."""
    import time

    if not _override:
        epoch = os.environ.get("SOURCE_DATE_EPOCH", "")
        if epoch and not (epoch.isascii() and epoch.isdecimal() and len(epoch) < 12):
            raise ConfigError(f"SOURCE_DATE_EPOCH is {epoch!r}", help="it is a number of seconds since 1970")
        at = time.gmtime(int(epoch)) if epoch else time.localtime()
        return time.strftime("%Y-%m-%d", at)
    return _override[0]


class Override(NamedTuple):
    """Other rules for some paths, and why."""

    paths: tuple[Glob, ...]
    ignore: frozenset[str]
    severity: Mapping[str, Severity]
    reason: str = ""


class Config(NamedTuple):
    """What a repository decided. Rule names and families are resolved to codes.

    ``profiles`` are the conventions in use, each with its folder where that is not the profile's own; empty where they
    are to be found from the files. ``profile`` and ``root`` are the first of them.
    """

    directory: str
    source: str = ""
    profile: str | None = None
    root: str | None = None
    profiles: tuple[tuple[str, str | None], ...] = ()
    selected: frozenset[str] = frozenset(RULES)
    exclude: tuple[Glob, ...] = ()
    severity: Mapping[str, Severity] = {}
    fail_on: str = "warning"
    stale_after: int = 30
    overrides: tuple[Override, ...] = ()

    def excluded(self, path: str) -> bool:
        """True for a path that the configuration leaves out."""
        return any(pattern.match(path) for pattern in self.exclude)

    def severity_of(self, code: str, path: str, severity: Severity) -> Severity | None:
        """The severity of a rule for a path, or None where it is not to be reported."""
        if code not in self.selected:
            return None
        severity = self.severity.get(code, severity)
        for override in self.overrides:
            if any(pattern.match(path) for pattern in override.paths):
                if code in override.ignore:
                    return None
                severity = override.severity.get(code, severity)
        return severity


def find(start: str) -> Config:
    """The configuration that holds for a folder: its own or the nearest above it, no further than the repository.

    Raises:
        ConfigError: for a file that is not TOML, or says what it can't.
    """
    at = os.path.abspath(start)
    while True:
        own = os.path.join(at, "milestones.toml")
        if os.path.isfile(own):
            return read(own, at)
        if os.path.lexists(own):
            raise ConfigError("this is no file", "milestones.toml", "make it a TOML file, or remove it")
        project = os.path.join(at, "pyproject.toml")
        if os.path.isfile(project):
            with open(project, "rb") as file:
                # Parsing TOML costs more than looking: most calls need no more than this.
                if b"milestones" in file.read():
                    config = read(project, at)
                    if config.source:
                        return config
        if os.path.exists(os.path.join(at, ".git")):
            return Config(at)
        up = os.path.dirname(at)
        if up == at:
            return Config(os.path.abspath(start))
        at = up


def read(path: str, directory: str) -> Config:
    """Read one configuration file. ``source`` stays empty where a pyproject.toml has no table for us."""
    name = os.path.basename(path)
    try:
        with open(path, "rb") as file:
            content = file.read()
        table: Any = parsed.toml(content)
    except UnicodeDecodeError:
        raise ConfigError("the file is not UTF-8", name) from None
    except parsed.TomlError as error:
        line = re.search(r"line (\d+)", str(error))
        raise ConfigError(str(error), f"{name}:{line[1] if line else 1}") from None
    if name == "pyproject.toml":
        tool = table.get("tool", {})
        table = tool.get("milestones") if isinstance(tool, dict) else None
        if table is None:
            return Config(directory)
    return from_table(table, directory, name, content.decode("utf-8"))


def from_table(table: Any, directory: str, name: str = "", source: str = "") -> Config:
    """Configuration from data. Raises ConfigError naming the key, its line, and the nearest right one."""
    from milestones import schemas

    if not schemas.acceptor("config")(table):
        violations = schemas.explain(table, schemas.load("config"))
        if violations:
            raise _explained(violations[0], name, source)

    def codes(key: str, words: list[str]) -> frozenset[str]:
        return frozenset(code for word in words for code in _codes(word, key, name, source))

    if "profile" in table and "profiles" in table:
        help = "give the one as the first of the others"
        raise ConfigError("profile and profiles are both given", _where(name, source, "profile"), help)
    used = [
        (str(entry["profile"]), _normal(entry["root"]) if "root" in entry else None)
        for entry in table.get("profiles", [table] if "profile" in table else [])
    ]
    for at, (profile, _) in enumerate(used):
        _require_profile(profile, name, source, ("profiles", at) if "profiles" in table else ("profile",))
    for at, one in enumerate(used):
        if one in used[:at]:
            where = _where(name, source, one[0])
            raise ConfigError(f"profiles: {one[0]!r} is named twice", where, "keep one of the two")
    selected = codes("select", table["select"]) if "select" in table else frozenset(RULES)
    return Config(
        directory=directory,
        source=name,
        profile=used[0][0] if used else None,
        root=used[0][1] if used else _normal(table["root"]) if "root" in table else None,
        profiles=tuple(used),
        selected=selected - codes("ignore", table.get("ignore", [])),
        exclude=tuple(map(glob, table.get("exclude", []))),
        severity=_severities(table.get("severity", {}), name, source),
        fail_on=table.get("fail_on", "warning"),
        stale_after=table.get("stale_after", 30),
        overrides=tuple(
            Override(
                tuple(map(glob, entry["paths"])),
                codes("ignore", entry.get("ignore", [])),
                _severities(entry.get("severity", {}), name, source),
                entry.get("reason", ""),
            )
            for entry in table.get("overrides", [])
        ),
    )


def _require_profile(profile: str, name: str, source: str, path: Sequence[object]) -> None:
    """Raises ConfigError for the name of a profile that is not bundled; a path is left to the loader."""
    from milestones.profiles.catalogue import NAMES

    if profile in NAMES or profile.endswith(".toml"):
        return
    import difflib

    near = difflib.get_close_matches(profile, NAMES, n=1)
    raise ConfigError(
        f"{'.'.join(map(str, path))}: there is no profile {profile!r}",
        _where(name, source, profile, path),
        f"did you mean {near[0]!r}?" if near else f"it is one of {', '.join(NAMES)}, or the path of a TOML file",
    )


def _normal(root: str) -> str:
    """A folder of the repository in the one spelling that paths have; empty for the repository itself."""
    import posixpath

    return posixpath.normpath(root).strip("/").removeprefix(".") if root.strip("/.") == "" else posixpath.normpath(root)


def resolve(words: list[str], option: str) -> frozenset[str]:
    """Codes for codes, names and families given on a command line. Raises ConfigError."""
    return frozenset(code for word in words for code in _codes(word, option, "", ""))


def _severities(table: Mapping[str, str], name: str, source: str) -> dict[str, Severity]:
    return {code: Severity(level) for word, level in table.items() for code in _codes(word, "severity", name, source)}


def _codes(word: str, key: str, name: str, source: str) -> list[str]:
    if word in RULES:
        return [word]
    if word in BY_NAME:
        return [BY_NAME[word].code]
    if word in FAMILIES:
        return [code for code in RULES if code.startswith(word)]
    import difflib

    near = difflib.get_close_matches(word, [*RULES, *BY_NAME, *FAMILIES], n=1)
    raise ConfigError(
        f"{key}: there is no rule {word!r}",
        _where(name, source, word),
        f"did you mean {near[0]!r}?" if near else "`milestones rule` lists them",
    )


def _explained(violation: Any, name: str, source: str) -> ConfigError:
    import difflib

    from milestones import schemas

    path = ".".join(str(step) for step in violation.path)
    if violation.keyword == "additionalProperties":
        schema = schemas.load("config")
        for step in violation.path:
            schema = schema["items"] if isinstance(step, int) else schema["properties"][step]
        known = list(schema["properties"])
        key = next(key for key in violation.value if key not in known)
        near = difflib.get_close_matches(key, known, n=1)
        help = f"did you mean {near[0]!r}?" if near else f"the keys are {', '.join(known)}"
        where = _where(name, source, key, violation.path)
        return ConfigError(f"there is no key {path + '.' if path else ''}{key}", where, help)
    key = next((str(step) for step in reversed(violation.path) if isinstance(step, str)), "")
    help = ""
    if violation.keyword == "enum":
        near = difflib.get_close_matches(str(violation.value), violation.argument, n=1)
        help = f"did you mean {near[0]!r}?" if near else f"it is one of {', '.join(violation.argument)}"
    return ConfigError(f"{path}: {violation.message}", _where(name, source, key, violation.path), help)


def _where(name: str, source: str, word: str, path: Sequence[object] = ()) -> str:
    """``FILE:LINE`` of a key or value in a TOML file; tomllib keeps no positions, so the word itself is looked up.

    With the path to it, it is looked up in its own entry of a list of tables: ``[[overrides]]``.
    """
    if not name:
        return ""
    begin = 0
    if len(path) > 1 and isinstance(path[0], str) and isinstance(path[1], int):
        headers = re.finditer(rf"(?m)^[ \t]*\[\[[^\]\n]*\b{re.escape(path[0])}[ \t\"']*\]\]", source)
        begin = next((header.start() for at, header in enumerate(headers) if at == path[1]), 0)
    found = re.compile(rf"(?m)^.*(?<![\w-]){re.escape(word)}(?![\w-])").search(source, begin) if word else None
    return f"{name}:{source.count(chr(10), 0, found.end()) + 1 if found else 1}"


class Glob:
    """A path pattern: ``*`` and ``?`` stay within a name, ``**`` as a whole name spans folders, ``a/`` is all below.

    Takes time linear in the text for each ``*``, whatever the pattern: a wildcard never gives back what it took,
    which is right because what follows is always found at the first place it can be.
    """

    __slots__ = ("_steps",)

    def __init__(self, pattern: str) -> None:
        steps = (pattern + "**" if pattern.endswith("/") else pattern).split("/")
        self._steps = [None if step == "**" else _step(step) for step in steps]

    def match(self, path: str) -> bool:
        """True where the whole path fits."""
        names = path.split("/")
        steps = self._steps
        at = step = 0
        spanning: tuple[int, int] | None = None  # the last ``**``, and how far it reaches so far
        while at < len(names):
            if step < len(steps) and (pattern := steps[step]) is None:
                spanning = (step, at)
                step += 1
            elif step < len(steps) and pattern is not None and pattern.match(names[at]):
                at += 1
                step += 1
            elif spanning is not None:
                spanning = (spanning[0], spanning[1] + 1)
                step, at = spanning[0] + 1, spanning[1]
            else:
                return False
        return step == len(steps)  # a ``**`` at the end is for what lies below, not for the folder itself


def _step(step: str) -> re.Pattern[str]:
    first, *chunks = ["".join("." if c == "?" else re.escape(c) for c in chunk) for chunk in re.split(r"\*+", step)]
    if not chunks:
        return re.compile(first + r"\Z", re.DOTALL)
    middle = "".join(f"(?>.*?{chunk})" for chunk in chunks[:-1])
    return re.compile(f"{first}{middle}.*{chunks[-1]}\\Z", re.DOTALL)


def glob(pattern: str) -> Glob:
    """A path pattern, ready to match."""
    return Glob(pattern)
