"""Every rule against a repository that breaks it, and the text of every rule against the rule."""

from __future__ import annotations

import os
import re
import tomllib
import unicodedata
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

import milestones.rules
from milestones.documents.reader import MAX_FILE
from milestones.manifest import BY_NAME, FAMILIES, RULES
from milestones.model import Severity
from milestones.project import config
from milestones.project.project import Project
from milestones.project.workspace import open_workspace
from milestones.rules import check

if TYPE_CHECKING:
    from collections.abc import Callable

    from milestones.model import Finding

pytestmark = pytest.mark.usefixtures("today")

FIXTURES = Path(__file__).parents[1] / "fixtures"
OVERLAYS = sorted((FIXTURES / "rules").iterdir())
TEXTS = Path(milestones.rules.__file__).parent / "texts"
PLAN = ".agent/exec_plans/reliable-webhooks"
ACTIVE = f"{PLAN}/milestones/active"
RETRY = f"{ACTIVE}/EP-20260105-001_MS002_retry-failed-deliveries.md"
SHOW = f"{ACTIVE}/EP-20260105-001_MS003_show-deliveries.md"

#: Rules whose fault can't be stored as a plain file in git; the functions below make it, or tests/ids do.
CODED = {"NM005", "RD011", "RD012", "SQ007", "SQ008", "SQ009"}


def concise(findings: tuple[Finding, ...]) -> list[str]:
    return [f"{f.path}:{f.line}:{f.column}: {f.code} {f.severity.value}: {f.message}" for f in findings]


def expected(overlay: Path) -> list[str]:
    return (overlay / "expected.txt").read_text(encoding="utf-8").splitlines()


def found(root: Path) -> list[str]:
    return concise(check(open_workspace(root)).findings)


by_code = pytest.mark.parametrize("overlay", OVERLAYS, ids=lambda path: path.name)


@pytest.mark.parametrize(("base", "profile"), [("base", "execplan"), ("base-v2", "execplan-v2")])
def test_example_repositories_are_clean(repository: Callable[..., Path], base: str, profile: str) -> None:
    project = open_workspace(repository(base)).main
    result = check(project)
    assert project.profile.name == profile
    assert concise(result.findings) == []
    assert result.statistics == (4, 4, 0)
    assert [m.name for m in project.milestones] == ["MS001", "MS002", "MS003"]


@by_code
def test_finds_what_is_expected(repository: Callable[..., Path], overlay: Path) -> None:
    lines = expected(overlay)
    assert any(f": {overlay.name} " in line for line in lines), "the fixture doesn't break its rule"
    assert found(repository(overlay=overlay)) == lines


@by_code
def test_line_endings_change_nothing(repository: Callable[..., Path], overlay: Path) -> None:
    root = repository(overlay=overlay)
    for file in root.rglob("*.*"):
        if file.is_file():
            file.write_bytes(file.read_bytes().replace(b"\n", b"\r\n"))
    assert found(root) == expected(overlay)


@pytest.mark.parametrize("base", ["base", "base-v2"])
def test_line_endings_make_no_finding(repository: Callable[..., Path], base: str) -> None:
    root = repository(base)
    for file in root.rglob("*.*"):
        if file.is_file():
            file.write_bytes(file.read_bytes().replace(b"\n", b"\r\n"))
    assert found(root) == []


@by_code
def test_findings_say_how_to_mend_them(repository: Callable[..., Path], overlay: Path) -> None:
    for finding in check(open_workspace(repository(overlay=overlay))).findings:
        assert finding.help
        assert finding.name == RULES[finding.code].name
        assert finding.severity.rank <= RULES[finding.code].severity.rank
        assert not finding.message.endswith(".")
        assert "\n" not in finding.message + finding.help


@by_code
def test_positions_lie_in_the_file(repository: Callable[..., Path], overlay: Path) -> None:
    root = repository(overlay=overlay)
    for finding in check(open_workspace(root)).findings:
        lines = (root / finding.path).read_bytes().decode("utf-8-sig", "replace").split("\n")
        if finding.position is not None:
            line = lines[finding.line - 1]
            assert 1 <= finding.column < finding.position.end_column
            assert finding.position.end_column <= max(len(line) + 1, 2)
        for related in finding.related:
            other = (root / related.path).read_text(encoding="utf-8").split("\n")
            assert 1 <= related.line <= len(other)


@by_code
def test_one_file_alone_gives_what_is_said_of_it(repository: Callable[..., Path], overlay: Path) -> None:
    """A commit hook asks about the files of the commit; they must not fare better than in a full check."""
    root = repository(overlay=overlay)
    whole = check(open_workspace(root)).findings
    project = open_workspace(root).main
    for path in project.entries:
        alone = check(project, [path]).findings
        about = [f for f in whole if f.path == path]
        assert [f for f in alone if f.path == path] == about
        assert set(alone) <= set(whole)


def test_a_registry_is_compared_when_its_plan_is_checked(repository: Callable[..., Path]) -> None:
    root = repository(overlay=FIXTURES / "rules/RF006")
    plan = ".agent/exec_plans/active/reliable-webhooks/EP-20260105-001_reliable-webhooks.md"
    assert [f.code for f in check(open_workspace(root), [plan]).findings] == ["RF006"]


# What git can't hold, or no file system should.


def test_symbolic_links_are_not_followed(repository: Callable[..., Path], tmp_path: Path) -> None:
    root = repository()
    elsewhere = tmp_path / "elsewhere.md"
    (root / SHOW).rename(elsewhere)
    (root / SHOW).symlink_to(elsewhere)
    assert found(root) == [f"{SHOW}:1:1: RD011 error: the file is a symbolic link"]


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="needs named pipes")
def test_a_named_pipe_does_not_hang(repository: Callable[..., Path]) -> None:
    root = repository()
    (root / SHOW).unlink()
    os.mkfifo(root / SHOW)
    assert found(root) == [f"{SHOW}:1:1: RD012 error: this is not a regular file"]


@pytest.mark.skipif(os.name != "posix", reason="needs POSIX permissions")
def test_a_file_that_may_not_be_read(repository: Callable[..., Path]) -> None:
    root = repository()
    (root / SHOW).chmod(0)
    if os.access(root / SHOW, os.R_OK):
        pytest.skip("this user may read everything")
    assert found(root) == [f"{SHOW}:1:1: RD012 error: the file can't be opened: Permission denied"]


def test_a_file_that_vanishes_between_listing_and_reading(repository: Callable[..., Path]) -> None:
    root = repository()
    project = open_workspace(root).main
    (root / SHOW).unlink()
    assert concise(check(project).findings) == [
        f"{SHOW}:1:1: RD012 error: the file can't be opened: No such file or directory"
    ]


def test_a_file_over_the_limit_is_not_read(repository: Callable[..., Path]) -> None:
    root = repository()
    with open(root / SHOW, "ab") as file:
        file.write(b"x" * MAX_FILE)
    assert found(root) == [f"{SHOW}:1:1: RD004 error: a file of 1025 KiB"]


def _listed(root: Path, *names: str) -> Project:
    project = open_workspace(root).main
    return Project(project.config, project.profile, [*project.names, *names])


def test_twins_by_case(repository: Callable[..., Path]) -> None:
    """Listed, not stored: half of the file systems there are can't hold both."""
    twin = SHOW.replace("show-deliveries", "Show-deliveries")
    findings = check(_listed(repository(), twin), codes=["NM005"]).findings
    assert concise(findings) == [
        f"{twin}:1:1: NM005 error: the path differs from `{SHOW}` only by case or Unicode form"
    ]


def test_twins_by_unicode_form(repository: Callable[..., Path]) -> None:
    composed = f"{ACTIVE}/EP-20260105-001_MS004_größe.md"
    decomposed = unicodedata.normalize("NFD", composed)
    findings = check(_listed(repository(), composed, decomposed), codes=["NM005"]).findings
    assert [(f.path, f.related[0].path) for f in findings] == [(decomposed, composed)]


def test_a_name_that_most_file_systems_refuse(repository: Callable[..., Path]) -> None:
    """257 bytes, but only 141 characters; and one with a byte that is not UTF-8, as git may list it."""
    start = f"{ACTIVE}/EP-20260105-001_MS004_"
    long, broken = start + "ü" * 116 + ".md", start + "x" * 230 + "\udcff.md"
    findings = check(_listed(repository(), long, broken), codes=["NM004"]).findings
    assert sorted(concise(findings)) == sorted(
        [
            f"{long}:1:1: NM004 error: a file name of 257 bytes",
            f"{broken}:1:1: NM004 error: a file name of 256 bytes",
        ]
    )


def test_a_number_beyond_the_last(repository: Callable[..., Path]) -> None:
    path = f"{ACTIVE}/EP-20260105-001_MS1000_one-too-many.md"
    findings = check(_listed(repository(), path), codes=["SQ004"]).findings
    assert concise(findings) == [f"{path}:1:1: SQ004 error: the number 1000 is not between 1 and 999"]


# Manifest, fixtures and texts.


def test_every_rule_has_a_fixture() -> None:
    assert {overlay.name for overlay in OVERLAYS} | CODED == set(RULES)


def test_every_rule_has_a_text() -> None:
    assert {file.name for file in TEXTS.iterdir()} == {f"{code}.md" for code in RULES}


def test_names_are_kebab_case_and_unique() -> None:
    assert len(BY_NAME) == len(RULES)
    for code, rule in RULES.items():
        assert code == rule.code
        assert code[:2] in FAMILIES
        assert re.fullmatch(r"[a-z0-9]+(?:-[a-z0-9]+)*", rule.name)


@pytest.mark.parametrize("code", RULES)
def test_texts(code: str) -> None:
    rule = RULES[code]
    text = (TEXTS / f"{code}.md").read_text(encoding="utf-8")
    lines = text.splitlines()
    assert lines[0] == f"# {code} {rule.name}"
    assert lines[2] == f"*Severity: {rule.severity.value}. Family: {rule.family}.*"
    prose = re.sub(r"^```.*?^```$", "", text, flags=re.MULTILINE | re.DOTALL)
    assert "```" not in prose
    headings = re.findall(r"^#+ (.*)$", prose, re.MULTILINE)[1:]
    assert headings in (
        ["What it does", "Why", "Example", "Instead"],
        ["What it does", "Why", "Example", "Instead", "Options"],
    )
    assert 12 <= len(lines) <= 50
    assert max(map(len, lines)) <= 110
    assert text.endswith("\n")
    assert not text.endswith("\n\n")
    assert "```" in text.partition("\n## Example\n")[2].partition("\n## Instead\n")[0]
    for mentioned in re.findall(r"\b(?:RD|FM|NM|SQ|AR|RF|CT|LS|SP)[0-9]{3}\b", text):
        assert mentioned in RULES
    for block in re.findall(r"^```toml\n(.*?)^```$", text, re.MULTILINE | re.DOTALL):
        config.from_table(tomllib.loads(block)["tool"]["milestones"], "")  # raises for what it doesn't know


# Configuration.


def configure(root: Path, text: str) -> None:
    (root / "milestones.toml").write_text(text, encoding="utf-8")


def codes(root: Path) -> list[tuple[str, str]]:
    return [(f.code, f.severity.value) for f in check(open_workspace(root)).findings]


@by_code
def test_every_rule_can_be_ignored(repository: Callable[..., Path], overlay: Path) -> None:
    root = repository(overlay=overlay)
    configure(root, f'ignore = ["{RULES[overlay.name].name}"]\n')
    assert found(root) == [line for line in expected(overlay) if f": {overlay.name} " not in line]


@by_code
def test_every_rule_can_be_selected(repository: Callable[..., Path], overlay: Path) -> None:
    root = repository(overlay=overlay)
    configure(root, f'select = ["{overlay.name}"]\n')
    assert found(root) == [line for line in expected(overlay) if f": {overlay.name} " in line]


@by_code
def test_every_rule_can_be_asked_for(repository: Callable[..., Path], overlay: Path) -> None:
    findings = check(open_workspace(repository(overlay=overlay)), codes=[overlay.name]).findings
    assert concise(findings) == [line for line in expected(overlay) if f": {overlay.name} " in line]


def test_families_are_selected_and_ignored(repository: Callable[..., Path]) -> None:
    root = repository(overlay=FIXTURES / "rules/SQ004")
    configure(root, 'select = ["SQ", "FM"]\nignore = ["wrong-format"]\n')
    assert codes(root) == [("SQ004", "error")]


def test_a_severity_holds_for_every_case(repository: Callable[..., Path]) -> None:
    root = repository(overlay=FIXTURES / "rules/CT004")
    assert codes(root) == [("CT004", "warning"), ("CT004", "info")]
    configure(root, '[severity]\ntemplate-text = "error"\n')
    assert codes(root) == [("CT004", "error"), ("CT004", "error")]


def test_overrides_hold_for_their_paths(repository: Callable[..., Path]) -> None:
    root = repository(overlay=FIXTURES / "rules/CT008")
    configure(root, f'[[overrides]]\npaths = ["{PLAN}/**/*_MS002_*.md"]\nignore = ["CT"]\n')
    assert [line.partition(":")[0] for line in found(root)] == [SHOW]
    configure(root, f'[[overrides]]\npaths = ["{ACTIVE}/*"]\nseverity = {{ CT008 = "info" }}\n')
    assert codes(root) == [("CT008", "info"), ("CT008", "info")]
    configure(root, '[[overrides]]\npaths = ["docs/**"]\nignore = ["CT008"]\n')
    assert codes(root) == [("CT008", "warning"), ("CT008", "warning")]


def test_later_overrides_win(repository: Callable[..., Path]) -> None:
    root = repository(overlay=FIXTURES / "rules/CT006")
    configure(
        root,
        '[[overrides]]\npaths = ["**"]\nseverity = { CT006 = "info" }\n'
        '[[overrides]]\npaths = ["**/archive/**"]\nseverity = { CT006 = "error" }\n',
    )
    assert codes(root) == [("CT006", "error")]


def test_excluded_files_are_not_there(repository: Callable[..., Path]) -> None:
    root = repository(overlay=FIXTURES / "rules/RD008")
    configure(root, f'exclude = ["{SHOW}"]\n')
    project = open_workspace(root).main
    assert SHOW not in project.entries
    assert check(project).statistics == (3, 3, 0)
    assert found(root) == []


def test_what_fails_a_check(repository: Callable[..., Path]) -> None:
    result = check(open_workspace(repository(overlay=FIXTURES / "rules/CT006")))
    assert [f.severity for f in result.findings] == [Severity.WARNING]
    assert [result.fails(at) for at in ("never", "error", "warning", "info")] == [False, False, True, True]


def test_same_input_same_findings(repository: Callable[..., Path]) -> None:
    root = repository(overlay=FIXTURES / "rules/FM003")
    assert check(open_workspace(root)).findings == check(open_workspace(root)).findings


def test_a_broken_file_hides_no_other(repository: Callable[..., Path]) -> None:
    """A file that can't be read is reported, and so is everything that is wrong with the others."""
    root = repository(overlay=FIXTURES / "rules/RD008")
    retry = root / RETRY
    retry.write_text(retry.read_text(encoding="utf-8").replace("risk: med\n", "risk: medium\n"), encoding="utf-8")
    result = check(open_workspace(root))
    assert [(f.path, f.code) for f in result.findings] == [(RETRY, "FM004"), (SHOW, "RD008")]
    assert result.statistics == (4, 3, 1)


@pytest.mark.parametrize(
    ("link", "help"),
    [
        ("EP-20260105-001_MS003.md", "did you mean `EP-20260105-001_MS003_show-deliveries.md`?"),
        (
            "EP-20260105-001_MS001.md",
            "did you mean `../archive/2026/01/16/EP-20260105-001_MS001_store-every-attempt.md`?",
        ),
        ("EP-20260105-001_MS9.md", "correct the path"),
    ],
)
def test_a_link_to_a_shorter_name_is_told_the_longer_one(
    repository: Callable[..., Path], today: str, link: str, help: str
) -> None:
    root = repository()
    (file,) = root.glob(".agent/**/*_MS002_*.md")
    file.write_text(file.read_text(encoding="utf-8") + f"\nSee [it]({link}).\n", encoding="utf-8")
    (finding,) = check(open_workspace(root), codes={"RF004"}).findings
    assert finding.help.startswith(help)


@pytest.mark.usefixtures("today")
@pytest.mark.filterwarnings("ignore:.*fork:DeprecationWarning")
@pytest.mark.parametrize("two", [False, True])
def test_a_second_check_of_the_same_workspace_finds_the_same(
    repository: Callable[..., Path], two: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A frugal check gives documents up; another one needs them again."""
    monkeypatch.setattr("milestones.rules.twofold.possible", lambda _count: two)
    whole = open_workspace(repository())
    assert check(whole, frugal=True) == check(whole, frugal=True) == check(whole)
