"""Configuration: where it is found, what it says, and how a mistake is shown."""

from __future__ import annotations

import re
import time
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from milestones.manifest import RULES
from milestones.model import Severity
from milestones.project import config
from milestones.project.config import Config, ConfigError, glob

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A repository, so that nothing above it is looked at."""
    (tmp_path / ".git").mkdir()
    return tmp_path


def write(root: Path, text: str, name: str = "milestones.toml") -> Path:
    (root / name).write_text(text, encoding="utf-8")
    return root


def read(root: Path, text: str) -> Config:
    return config.find(str(write(root, text)))


def refused(root: Path, text: str, name: str = "milestones.toml") -> tuple[str, str, str]:
    with pytest.raises(ConfigError) as caught:
        config.find(str(write(root, text, name)))
    return str(caught.value), caught.value.where, caught.value.help


# Where it is found.


def test_nothing_is_said(root: Path) -> None:
    found = config.find(str(root))
    assert found == Config(str(root))
    assert found.selected == frozenset(RULES)
    assert (found.source, found.profile, found.root, found.fail_on, found.stale_after) == (
        "",
        None,
        None,
        "warning",
        30,
    )


def test_the_nearest_file_above(root: Path) -> None:
    write(root, 'profile = "execplan-v2"\n')
    deep = root / "docs" / "plans"
    deep.mkdir(parents=True)
    found = config.find(str(deep))
    assert (found.directory, found.source, found.profile) == (str(root), "milestones.toml", "execplan-v2")
    write(root / "docs", 'profile = "execplan"\n')
    found = config.find(str(deep))
    assert (found.directory, found.profile) == (str(root / "docs"), "execplan")


def test_nothing_above_the_repository(root: Path) -> None:
    write(root, "stale_after = 5\n")
    inner = root / "vendor"
    (inner / ".git").mkdir(parents=True)
    assert config.find(str(inner)) == Config(str(inner))


def test_a_worktree_is_a_repository(root: Path) -> None:
    """There `.git` is a file."""
    write(root, "stale_after = 5\n")
    inner = root / "worktree"
    inner.mkdir()
    (inner / ".git").write_text("gitdir: ../.git/worktrees/x\n", encoding="utf-8")
    assert config.find(str(inner)).stale_after == 30


def test_the_table_of_pyproject(root: Path) -> None:
    write(root, '[project]\nname = "x"\n\n[tool.milestones]\nstale_after = 7\n', "pyproject.toml")
    found = config.find(str(root))
    assert (found.source, found.stale_after) == ("pyproject.toml", 7)


@pytest.mark.parametrize("text", ["[tool]\nmilestones = { stale_after = 7 }\n", "[tool]\nmilestones.stale_after = 7\n"])
def test_other_spellings_of_that_table(root: Path, text: str) -> None:
    write(root, text, "pyproject.toml")
    assert config.find(str(root)).stale_after == 7


def test_a_pyproject_without_the_table_is_passed_over(root: Path) -> None:
    write(root, "stale_after = 5\n")
    inner = root / "package"
    inner.mkdir()
    write(inner, '[project]\nname = "x"\n# tool.milestones lies above\n', "pyproject.toml")
    assert config.find(str(inner)).stale_after == 5


def test_a_file_of_its_own_wins(root: Path) -> None:
    write(root, "[tool.milestones]\nstale_after = 7\n", "pyproject.toml")
    assert read(root, "stale_after = 5\n").stale_after == 5


# What it says.


def test_rules_by_code_name_and_family(root: Path) -> None:
    found = read(root, 'select = ["RF004", "self-reference", "SQ"]\nignore = ["gap-in-sequence", "RD"]\n')
    assert found.selected == {"RF004", "RF002"} | {f"SQ00{n}" for n in (1, *range(3, 10))}


def test_everything_but_what_is_ignored(root: Path) -> None:
    assert read(root, 'ignore = ["CT"]\n').selected == {code for code in RULES if not code.startswith("CT")}


def test_the_same_names_on_a_command_line() -> None:
    assert config.resolve(["RF", "mojibake"], "--select") == {*(c for c in RULES if c.startswith("RF")), "CT008"}
    with pytest.raises(ConfigError, match="--select: there is no rule 'XX'"):
        config.resolve(["XX"], "--select")


def test_severities(root: Path) -> None:
    found = read(
        root,
        'ignore = ["RD001"]\n'
        '[severity]\nRF = "error"\ndead-link = "info"\n'
        '[[overrides]]\npaths = ["a/**"]\nignore = ["CT001"]\nseverity = { RF004 = "warning" }\n'
        '[[overrides]]\npaths = ["a/b/*"]\nseverity = { RF004 = "error" }\n',
    )

    def severity(code: str, path: str) -> Severity | None:
        return found.severity_of(code, path, RULES[code].severity)

    assert severity("RF005", "x.md") is Severity.ERROR
    assert severity("RF004", "x.md") is Severity.INFO
    assert severity("RF004", "a/x.md") is Severity.WARNING
    assert severity("RF004", "a/b/x.md") is Severity.ERROR
    assert severity("RF004", "a/b/c/x.md") is Severity.WARNING
    assert severity("CT001", "x.md") is Severity.WARNING
    assert severity("CT001", "a/b/x.md") is None
    assert severity("RD001", "x.md") is None


@pytest.mark.parametrize("written", ["docs/plans", "docs/plans/", "./docs/plans"])
def test_the_root_is_a_path_below_the_repository(root: Path, written: str) -> None:
    assert read(root, f'root = "{written}"\n').root == "docs/plans"


@pytest.mark.parametrize("written", ["/etc", "../plans", "a/../../b", "..", "a\\\\b", "a\\u0000b", ""])
def test_the_root_does_not_leave_the_repository(root: Path, written: str) -> None:
    message, where, _ = refused(root, f'\nroot = "{written}"\n')
    assert message.startswith("root: ")
    assert where == "milestones.toml:2"


def test_excluded_files(root: Path) -> None:
    found = read(root, 'exclude = ["docs/**", "*.tmp.md"]\n')
    assert found.excluded("docs/a/b.md")
    assert found.excluded("x.tmp.md")
    assert not found.excluded("a/x.tmp.md")
    assert not found.excluded("a/docs/x.md")


def test_overrides_may_say_why(root: Path) -> None:
    found = read(root, '[[overrides]]\npaths = ["a"]\nreason = "old"\n[[overrides]]\npaths = ["b"]\n')
    assert [override.reason for override in found.overrides] == ["old", ""]


# Mistakes.


@pytest.mark.parametrize(
    ("text", "message", "line", "help"),
    [
        ('\nprofil = "x"\n', "there is no key profil", 2, "did you mean 'profile'?"),
        (
            "colour = 1\n",
            "there is no key colour",
            1,
            "the keys are profile, root, profiles, select, ignore, exclude, severity",
        ),
        ('\n\nignore = ["RF044"]\n', "ignore: there is no rule 'RF044'", 3, "did you mean 'RF004'?"),
        ('select = ["dead-links"]\n', "select: there is no rule 'dead-links'", 1, "did you mean 'dead-link'?"),
        ('ignore = ["zzzzzz"]\n', "ignore: there is no rule 'zzzzzz'", 1, "`milestones rule` lists them"),
        ('[severity]\ndead-lnk = "info"\n', "severity: there is no rule 'dead-lnk'", 2, "did you mean 'dead-link'?"),
        ('[severity]\ndead-link = "warn"\n', "severity.dead-link: 'warn' is not one of", 2, "did you mean 'warning'?"),
        ('fail_on = "errors"\n', "fail_on: 'errors' is not one of", 1, "did you mean 'error'?"),
        ('fail_on = "x"\n', "fail_on: 'x' is not one of", 1, "it is one of error, warning, info, never"),
        ('stale_after = "30"\n', "stale_after: '30' is not of type 'integer'", 1, ""),
        ("stale_after = 0\n", "stale_after: 0 is less than the minimum of 1", 1, ""),
        ('ignore = "CT"\n', "ignore: 'CT' is not of type 'array'", 1, ""),
        ("[[overrides]]\nignore = []\n", "overrides.0: 'paths' is a required property", 1, ""),
        (
            '[[overrides]]\npaths = ["a"]\nseverty = {}\n',
            "there is no key overrides.0.severty",
            3,
            "did you mean 'severity'?",
        ),
        (
            '[[overrides]]\npaths = ["a"]\nreson = "x"\n',
            "there is no key overrides.0.reson",
            3,
            "did you mean 'reason'?",
        ),
        (
            '[[overrides]]\npaths = ["a"]\nreason = "x"\n[[overrides]]\npaths = ["b"]\nreason = 3\n',
            "overrides.1.reason: 3 is not of type 'string'",
            6,
            "",
        ),
        ('\nprofile = "backlg"\n', "profile: there is no profile 'backlg'", 2, "did you mean 'backlog'?"),
        (
            '[[profiles]]\nprofile = "backlog"\n[[profiles]]\nprofil = "x"\n',
            "there is no key profiles.1.profil",
            4,
            "did you mean 'profile'?",
        ),
        (
            '[[profiles]]\nprofile = "backlog"\n\n[[profiles]]\nprofile = "backlg"\n',
            "profiles.1: there is no profile 'backlg'",
            5,
            "did you mean 'backlog'?",
        ),
        (
            '[[profiles]]\nprofile = "backlog"\nrot = "x"\n',
            "there is no key profiles.0.rot",
            3,
            "did you mean 'root'?",
        ),
    ],
)
def test_mistakes(root: Path, text: str, message: str, line: int, help: str) -> None:
    found = refused(root, text)
    assert found[0].startswith(message)
    assert found[1] == f"milestones.toml:{line}"
    assert found[2].startswith(help)
    assert bool(found[2]) is bool(help)


def test_mistakes_in_pyproject(root: Path) -> None:
    message, where, _ = refused(root, '[project]\nname = "x"\n[tool.milestones]\nstale = 1\n', "pyproject.toml")
    assert (message, where) == ("there is no key stale", "pyproject.toml:4")


def test_what_is_no_toml(root: Path) -> None:
    message, where, _ = refused(root, "profile = 'x'\nroot = \n")
    assert "Invalid value" in message
    assert where == "milestones.toml:2"


def test_what_is_no_text(root: Path) -> None:
    (root / "milestones.toml").write_bytes(b'profile = "\xff"\n')
    with pytest.raises(ConfigError, match="the file is not UTF-8"):
        config.find(str(root))


@pytest.mark.parametrize("text", ["[tool]\nmilestones = 3\n", "[tool]\nmilestones = []\n# tool.milestones\n"])
def test_a_table_that_is_none(root: Path, text: str) -> None:
    with pytest.raises(ConfigError):
        config.find(str(write(root, text, "pyproject.toml")))


# Patterns.


@pytest.mark.parametrize(
    ("pattern", "matches", "does_not"),
    [
        ("*.md", ["a.md", ".md"], ["a/b.md", "a.mdx", "a.md\n"]),
        ("a/*", ["a/b"], ["a/b/c", "a", "a/b/"]),
        ("a/**", ["a/b", "a/b/c"], ["a", "b/a/c"]),
        ("**/a.md", ["a.md", "x/a.md", "x/y/a.md"], ["xa.md", "a.md/x"]),
        ("a/**/b", ["a/b", "a/x/b", "a/x/y/b"], ["ab", "a/xb"]),
        ("a?c", ["abc"], ["a/c", "ac", "abbc"]),
        ("a/", ["a/b", "a/b/c"], ["a", "ab"]),
        ("**", ["a", "a/b"], []),
        ("[ab].md", ["[ab].md"], ["a.md"]),
        ("a.b", ["a.b"], ["axb"]),
    ],
)
def test_globs(pattern: str, matches: list[str], does_not: list[str]) -> None:
    compiled = glob(pattern)
    assert [path for path in matches if not compiled.match(path)] == []
    assert [path for path in does_not if compiled.match(path)] == []


def fits(pattern: str, name: str) -> bool:
    """One name against one step of a pattern, by recursion."""
    if pattern.startswith("*"):
        return any(fits(pattern[1:], name[at:]) for at in range(len(name) + 1))
    if not pattern or not name:
        return pattern == name
    return pattern[0] in ("?", name[0]) and fits(pattern[1:], name[1:])


def spans(steps: list[str], names: list[str]) -> bool:
    """A path against a pattern: ``**`` is any number of folders, and at the end at least one name."""
    if not steps:
        return not names
    if steps == ["**"]:
        return bool(names)
    if steps[0] == "**":
        return any(spans(steps[1:], names[at:]) for at in range(len(names) + 1))
    return bool(names) and fits(steps[0], names[0]) and spans(steps[1:], names[1:])


def split(text: str) -> list[str]:
    return text.split("/")


@given(st.text("ab*?/", max_size=8), st.text("ab/", max_size=8))
def test_globs_against_another_way(pattern: str, path: str) -> None:
    wanted = f"{pattern}**" if pattern.endswith("/") else pattern
    assert bool(glob(pattern).match(path)) is spans(split(wanted), split(path))


@given(
    st.lists(st.sampled_from(["a", "b", "*", "**", "?", "a*", "*b"]), max_size=5),
    st.lists(st.sampled_from(["a", "b", "ab"])),
)
def test_globs_over_folders(steps: list[str], names: list[str]) -> None:
    assert bool(glob("/".join(steps)).match("/".join(names))) is spans(steps or [""], names or [""])


@pytest.mark.parametrize(
    "pattern",
    [
        "*a" * 4 + "b",
        "*" * 10 + "b",
        "**/a/**/b",
        "**/*a*.md",
        "*/" * 20,
    ],
)
def test_globs_do_not_explode(pattern: str) -> None:
    compiled = glob(pattern)
    started = time.process_time()
    for path in ("a" * 160, "a/" * 80, "/" * 160):
        compiled.match(path)
    assert time.process_time() - started < 0.2


# Today.


def test_today_is_what_was_set() -> None:
    config.set_today("2026-02-01")
    assert config.today() == "2026-02-01"


@pytest.mark.parametrize("day", ["2026-02-30", "today", "2026-2-1", ""])
def test_today_is_a_day(day: str) -> None:
    with pytest.raises(ConfigError, match="is not a day"):
        config.set_today(day)


def test_today_of_a_reproducible_build(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(config, "_override", [])
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1769903999")
    monkeypatch.setenv("TZ", "Pacific/Kiritimati")
    assert config.today() == "2026-01-31"


def test_today_by_the_clock(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(config, "_override", [])
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "")
    assert re.fullmatch(r"20\d\d-\d\d-\d\d", config.today())


@pytest.mark.parametrize("epoch", ["tomorrow", "-1", "9" * 40])
def test_an_epoch_that_is_none(monkeypatch: pytest.MonkeyPatch, epoch: str) -> None:
    monkeypatch.setattr(config, "_override", [])
    monkeypatch.setenv("SOURCE_DATE_EPOCH", epoch)
    with pytest.raises(ConfigError, match="SOURCE_DATE_EPOCH"):
        config.today()
