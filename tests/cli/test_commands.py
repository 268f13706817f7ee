"""The commands that only read: what they print, and the status they end with."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from milestones.cli import main
from milestones.cli.parser import CONCERNS, build
from milestones.manifest import RULES
from milestones.model import Finding, Position, Related, Severity, Statistics
from milestones.reports import FORMATS, render
from milestones.rules import Result

if TYPE_CHECKING:
    import argparse
    from collections.abc import Callable, Iterator

SCHEMAS = Path(__file__).parents[2] / "schemas"
PLAN = ".agent/exec_plans/reliable-webhooks"
ACTIVE = f"{PLAN}/milestones/active"
RETRY = f"{ACTIVE}/EP-20260105-001_MS002_retry-failed-deliveries.md"
SHOW = f"{ACTIVE}/EP-20260105-001_MS003_show-deliveries.md"


@cache
def schema(name: str) -> Draft202012Validator:
    data = json.loads((SCHEMAS / f"{name}.schema.json").read_text(encoding="utf-8"))
    Draft202012Validator.check_schema(data)
    return Draft202012Validator(data, format_checker=Draft202012Validator.FORMAT_CHECKER)


def valid(name: str, text: str) -> dict[str, Any]:
    data: dict[str, Any] = json.loads(text)
    schema(name).validate(data)
    return data


def commands(parser: argparse.ArgumentParser | None = None, *before: str) -> Iterator[tuple[str, ...]]:
    """Every command there is, sub-commands too."""
    for action in (parser or build())._actions:
        if isinstance(action.choices, dict):
            for name, inner in action.choices.items():
                yield (*before, name)
                yield from commands(inner, *before, name)


# Help and shell completion.


def test_the_commands_are_those_promised() -> None:
    assert {" ".join(c) for c in commands()} == {
        *("check", "list", "show", "plan", "plan new", "plan list", "plan complete", "new", "set", "archive"),
        *("schema", "rule", "config", "render", "completion", "hook", "server"),
        *("graph", "next"),
        *("log", "stats", "forecast", "diff"),
        *("ledger", "ledger build", "renumber"),
        *("init", "baseline", "migrate", "profile", "profile list", "profile show", "profile check", "profile new"),
    }


@pytest.mark.parametrize("command", list(commands()), ids=" ".join)
def test_help_has_an_example_that_parses(repo: Any, command: tuple[str, ...]) -> None:
    import shlex

    text = repo.ok(*command, "--help")
    example = re.search(r"Example:\s+(.+)", text)
    assert example is not None
    assert "\x1b" not in text
    if example[1].startswith("eval"):
        return
    words = shlex.split(example[1].split(" > ")[0])
    assert words[0] == "milestones"
    assert tuple(words[1 : 1 + len(command)]) == command
    build().parse_args(words[1:])


def test_the_command_alone_says_what_there_is(repo: Any) -> None:
    text = repo.ok("--help")
    for name, *rest in commands():
        if not rest and name != "hook":
            assert re.search(rf"^    {name}\s+\w", text, re.MULTILINE), name
    assert repo.ok("--version").startswith("milestones 0.")


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_completion_scripts(repo: Any, shell: str) -> None:
    script = repo.ok("completion", shell)
    assert "milestones" in script
    program = shutil.which(shell)
    if program is not None:
        done = subprocess.run([program, "-n"], input=script, text=True, capture_output=True, check=False)
        assert done.returncode == 0, done.stderr


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("milestones sh", {"show"}),
        ("milestones show EP-20260105-001/MS00", {f"EP-20260105-001/MS00{n}" for n in (1, 2, 3)}),
        ("milestones new ", {"EP-20260105-001"}),
        ("milestones plan ", {"new", "list", "complete"}),
        ("milestones schema mile", {"milestone", "milestones-json"}),
        ("milestones rule dead-", {"dead-link"}),
        ("milestones list --status on", {"on_hold"}),
    ],
)
def test_completion_of_a_line(repo: Any, tmp_path: Path, line: str, expected: set[str]) -> None:
    """What a shell asks of the command while somebody presses the tab key."""
    answer = tmp_path / "answer"
    repo.process(
        _ARGCOMPLETE="1",
        _ARGCOMPLETE_STDOUT_FILENAME=str(answer),
        _ARGCOMPLETE_IFS="\n",
        COMP_LINE=line,
        COMP_POINT=str(len(line)),
        # With COMP_WORDBREAKS unset, argcomplete splits as a shell without break characters does.
        _ARGCOMPLETE_SUPPRESS_SPACE="1",
    )
    words = {word.split("\x0b")[0].strip() for word in answer.read_text(encoding="utf-8").split("\n")}
    assert expected <= words
    assert all(word.startswith(line.rpartition(" ")[2]) for word in words)


# check


def test_check_of_a_clean_repository(repo: Any) -> None:
    assert repo.ok("check") == "No findings in 4 documents.\n"
    assert repo.ok("check", "--quiet") == ""
    assert "found 4 = read 4 + reported 0 (profile execplan)" in repo.ok("check", "--statistics")


def test_check_from_any_folder_says_the_same(repo: Any) -> None:
    (repo.root / SHOW).write_text("no front matter\n", encoding="utf-8")
    here = repo.run("check", "--format", "concise")
    assert here.status == 1
    for below in (".agent", ACTIVE, "docs"):
        assert repo.run("check", "--format", "concise", below=below) == here
    assert repo.run("-C", str(repo.root / "docs"), "check", "--format", "concise") == here


def test_check_of_named_files_and_folders(repo: Any) -> None:
    (repo.root / SHOW).write_text("no front matter\n", encoding="utf-8")
    assert repo.run("check", SHOW).status == 1
    assert repo.ok("check", RETRY, "--ignore", "RF") == "No findings in 1 document.\n"
    assert repo.run("check", ".").status == 1
    assert repo.run("check", ACTIVE).status == 1
    assert repo.run("check", "milestones/active", below=PLAN).status == 1
    assert repo.run("check", str(repo.root / SHOW), below="docs").status == 1
    assert repo.ok("check", f"{PLAN}/milestones/archive").startswith("No findings in 1 document")
    assert "None of these is a document" in repo.ok("check", "README.md")


def test_check_by_rule_and_severity(repo: Any) -> None:
    file = repo.root / RETRY
    file.write_text(file.read_text(encoding="utf-8").replace("docs/webhooks.md", "docs/gone.md"), encoding="utf-8")
    assert "RF004" in repo.run("check").out
    assert repo.run("check").status == 1  # a warning fails by default
    assert repo.ok("check", "--fail-on", "error")
    assert repo.ok("check", "--fail-on", "never")
    assert repo.ok("check", "--ignore", "dead-link")
    assert repo.ok("check", "--select", "FM,NM")
    assert repo.run("check", "--select", "RF").status == 1
    assert repo.run("check", "--select", "FM", "--select", "dead-link").status == 1


def test_tracked_sees_what_a_commit_would_hold(repo: Any) -> None:
    (repo.root / ACTIVE / "EP-20260105-001_MS009_new.md").write_text("x\n", encoding="utf-8")
    assert repo.run("check").status == 1
    assert repo.ok("check", "--tracked")


def test_a_repository_without_plans_is_told_how_to_begin(repo: Any) -> None:
    shutil.rmtree(repo.root / ".agent")
    text = repo.ok("check")
    assert "No documents found" in text
    assert "milestones plan new" in text


# Formats.


def test_json_of_check_is_as_documented(repo: Any, git_repository: Callable[..., Any]) -> None:
    (repo.root / SHOW).write_text("---\nid: [1\n---\n", encoding="utf-8")
    (repo.root / PLAN / "milestones/active/notes.md").write_text("x\n", encoding="utf-8")
    done = repo.run("check", "--format", "json", "--statistics")
    assert done.status == 1
    data = valid("check", done.out)
    assert data["statistics"] == {"found": 5, "read": 3, "reported": 2}
    assert {f["code"] for f in data["findings"]} >= {"RD008", "NM002"}
    assert "found 5" in done.err


@pytest.mark.parametrize("format", sorted(FORMATS))
def test_formats_agree(repo: Any, format: str) -> None:
    (repo.root / SHOW).write_text("---\nid: [1\n---\n", encoding="utf-8")
    done = repo.run("check", "--format", format, "--quiet")
    assert done.status == 1
    assert done.err == ""
    codes = set(re.findall(r"\b(?:RD|FM|NM|SQ|AR|RF|CT)[0-9]{3}\b", done.out))
    assert codes == {f["code"] for f in json.loads(repo.run("check", "--format", "json").out)["findings"]}


TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=30)
FINDINGS = st.builds(
    Finding,
    code=st.sampled_from(sorted(RULES)),
    name=st.just("a-name"),
    path=TEXTS.filter(bool),
    message=TEXTS.filter(bool),
    help=TEXTS,
    severity=st.sampled_from(Severity),
    fix=st.sampled_from(["", "safe", "unsafe"]),
    related=st.lists(st.builds(Related, TEXTS, st.integers(1, 9), TEXTS), max_size=2).map(tuple),
    position=st.none() | st.builds(Position, st.integers(1, 9), st.integers(1, 9), st.integers(10, 19)),
)


@given(st.lists(FINDINGS, max_size=3))
def test_json_holds_anything(findings: list[Finding]) -> None:
    text = render("json", Result(tuple(findings), Statistics(0, 0, 0)), lambda _: None)
    data = valid("check", text)
    assert [f["message"] for f in data["findings"]] == [f.message for f in findings]


@given(FINDINGS)
def test_github_commands_are_one_line_each_and_read_back(finding: Finding) -> None:
    text = render("github", Result((finding,), Statistics(0, 0, 0)), lambda _: None)
    assert text.count("\n") == 1
    assert "\r" not in text
    level, rest = text[2:-1].split(" ", 1)
    properties, message = rest.split("::", 1)
    assert level == {"error": "error", "warning": "warning", "info": "notice"}[finding.severity.value]
    pairs = dict(pair.split("=", 1) for pair in properties.split(","))

    def decoded(value: str) -> str:
        for code, character in (("%3A", ":"), ("%2C", ","), ("%0D", "\r"), ("%0A", "\n"), ("%25", "%")):
            value = value.replace(code, character)
        return value

    from milestones.reports import printable

    assert decoded(pairs["file"]) == printable(finding.path)
    assert decoded(message).split("\n")[0] == printable(finding.message)
    assert ("col" in pairs) == (finding.position is not None)


@given(FINDINGS, TEXTS)
def test_texts_send_no_control_characters(finding: Finding, line: str) -> None:
    for format in ("full", "concise"):
        text = render(format, Result((finding,), Statistics(0, 0, 0)), lambda _: line.replace("\n", " "))
        assert all(c.isprintable() or c == "\n" for c in text)


def test_github_escapes_what_a_runner_would_read(repo: Any) -> None:
    finding = Finding("RF004", "a:b,c%.md", "100% ::error::x\r\nsecond", Position(3, 4, 6), "help", name="dead-link")
    text = render("github", Result((finding,), Statistics(1, 1, 0)), lambda _: None)
    assert text == (
        "::error file=a%3Ab%2Cc%25.md,line=3,col=4,endColumn=6,title=RF004 dead-link"
        "::100%25 ::error::x\\r\\nsecond%0Ahelp\n"
    )


@pytest.mark.parametrize(
    ("variables", "coloured"),
    [
        ({}, False),  # not a terminal
        ({"FORCE_COLOR": "1"}, True),
        ({"FORCE_COLOR": ""}, False),
        ({"NO_COLOR": "1"}, False),
        ({"NO_COLOR": "1", "FORCE_COLOR": "1"}, False),
    ],
)
def test_colours(repo: Any, variables: dict[str, str], coloured: bool) -> None:
    (repo.root / SHOW).write_text("x\n", encoding="utf-8")
    done = repo.process("check", **variables)
    assert done.status == 1
    assert ("\x1b[" in done.out) == coloured
    assert "\x1b" not in repo.process("check", "--format", "json", **variables).out


@pytest.mark.skipif(sys.platform == "win32", reason="needs a pseudo terminal")
@pytest.mark.parametrize(("term", "coloured"), [("xterm", True), ("dumb", False)])
def test_colours_on_a_terminal(repo: Any, term: str, coloured: bool) -> None:
    import pty

    (repo.root / SHOW).write_text("x\n", encoding="utf-8")
    ours, theirs = pty.openpty()
    try:
        env = {k: v for k, v in os.environ.items() if k not in ("NO_COLOR", "FORCE_COLOR")} | {"TERM": term}
        command = [sys.executable, "-m", "milestones", "check"]
        subprocess.run(command, cwd=repo.root, env=env, stdout=theirs, stderr=subprocess.DEVNULL, check=False)
        os.close(theirs)
        theirs = -1
        text = os.read(ours, 65536).decode()
    finally:
        os.close(ours)
        if theirs >= 0:
            os.close(theirs)
    assert ("\x1b[" in text) == coloured


# list, show, plan list


def test_list_as_a_table_and_as_data(repo: Any) -> None:
    lines = repo.ok("list").splitlines()
    assert lines[0].split() == ["ID", "STATUS", "DONE", "OWNER", "DUE", "TITLE"]
    assert [line.split()[0] for line in lines[1:]] == [f"EP-20260105-001/MS00{n}" for n in (1, 2, 3)]
    data = valid("list", repo.ok("list", "--json"))
    assert [m["title"] for m in data["milestones"]] == [
        "Store every attempt",
        "Retry failed deliveries",
        "Show deliveries in the console",
    ]
    second = data["milestones"][1]
    assert second["waits_for"] == ["EP-20260105-001/MS001"]
    assert second["waited_for_by"] == ["EP-20260105-001/MS003"]
    assert second["blocked_by"] == []
    assert data["milestones"][2]["blocked_by"] == ["EP-20260105-001/MS002"]


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        (("--plan", "ep-20260105-001"), "123"),
        (("--plan", "EP-20260105-002"), ""),
        (("--status", "planned"), "3"),
        (("--status", "planned", "--status", "completed"), "13"),
        (("--owner", "mira"), "12"),
        (("--owner", "@MIRA", "--active-only"), "2"),
        (("--domain", "console"), "3"),
        (("--tag", "webhooks"), "123"),
        (("--tag", "webhooks", "--tag", "storage"), "1"),
        (("--active-only",), "23"),
    ],
    ids=" ".join,
)
def test_filters(repo: Any, options: tuple[str, ...], expected: str) -> None:
    data = valid("list", repo.ok("list", "--json", *options))
    assert "".join(m["id"][-1] for m in data["milestones"]) == expected
    table = repo.ok("list", *options).splitlines()[1:]
    assert "".join(line.split()[0][-1] for line in table) == expected


def test_what_is_due_depends_on_the_day(repo: Any) -> None:
    late = valid("list", repo.ok("list", "--json", "--today", "2026-03-15"))["milestones"]
    assert [m["overdue"] for m in late] == [False, True, True]
    assert [m["stale"] for m in late] == [False, True, False]


def test_show_by_any_spelling(repo: Any) -> None:
    data = valid("list", repo.ok("show", "EP-20260105-001/MS002", "--json"))["milestone"]
    assert data["health"][2] == {
        "area": "Tests & QA",
        "health": "warning",
        "written": "⚠️",
        "note": "Two tests depend on the clock.",
    }
    text = repo.ok("show", "EP-20260105-001/MS002")
    assert text.startswith("EP-20260105-001/MS002  Retry failed deliveries\n")
    for id_ in ("ep-20260105-001/ms002", "MS002", "ms002"):
        assert repo.ok("show", id_, below="docs") == text
    plan = valid("list", repo.ok("show", "EP-20260105-001", "--json"))["plan"]
    assert plan["milestones"] == [f"EP-20260105-001/MS00{n}" for n in (1, 2, 3)]
    assert "Deliver webhooks reliably" in repo.ok("show", "EP-20260105-001")


def test_show_of_what_can_not_be_read(repo: Any) -> None:
    (repo.root / SHOW).write_text("---\ntitle: a: b\n---\n", encoding="utf-8")
    done = repo.run("show", "MS003")
    assert done.status == 1
    assert f"{SHOW}:2: " in done.err
    done = repo.run("list")
    assert done.status == 0
    assert "MS003" not in done.out
    assert f"warning: {SHOW}:2: " in done.err


def test_show_of_nothing_names_the_nearest(repo: Any) -> None:
    done = repo.run("show", "EP-20260105-001/MS020")
    assert done.status == 1
    assert "there is no document EP-20260105-001/MS020" in done.err
    assert "did you mean EP-20260105-001/MS00" in done.err


def test_plan_list(repo: Any) -> None:
    data = valid("list", repo.ok("plan", "list", "--json"))
    assert [p["id"] for p in data["plans"]] == ["EP-20260105-001"]
    assert data["plans"][0]["progress"] == pytest.approx(sum([1, 2 / 6, 0]) / 3, abs=0.2)
    table = repo.ok("plan", "list", below=ACTIVE)
    assert "EP-20260105-001  ◐ active" in table
    assert "1/3" in table
    assert repo.ok("plan", "list", "--active-only") == table


def test_data_is_the_same_from_any_folder(repo_v2: Any) -> None:
    assert repo_v2.ok("list", "--json") == repo_v2.ok("list", "--json", below=".agent/exec_plans/active")
    valid("list", repo_v2.ok("list", "--json"))


# schema, rule, config


def described(node: Any, at: str) -> Iterator[str]:
    """Properties without a description or an example."""
    if not isinstance(node, dict):
        return
    for name, inner in node.get("properties", {}).items():
        if not (inner.get("description") and "examples" in inner):
            yield f"{at}.{name}"
        yield from described(inner, f"{at}.{name}")
    for name in ("items", "additionalProperties"):
        yield from described(node.get(name), f"{at}.{name}")
    for name, inner in node.get("$defs", {}).items():
        yield from described(inner, f"{at}#{name}")


@pytest.mark.parametrize("file", sorted(SCHEMAS.glob("*.json")), ids=lambda file: file.name)
def test_schemas_are_complete(repo: Any, file: Path) -> None:
    name = file.name.removesuffix(".schema.json")
    assert repo.ok("schema", name).encode() == file.read_bytes()
    data = json.loads(file.read_text(encoding="utf-8"))
    Draft202012Validator.check_schema(data)
    assert data["$schema"] == "https://json-schema.org/draft/2020-12/schema"
    assert data["title"]
    assert data["description"]
    assert list(described(data, name)) == []
    for example in data.get("examples", []):
        schema(name).validate(example)


@pytest.mark.parametrize("name", ["check", "list", "milestone", "plan", "config"])
def test_examples_of_properties_are_valid(name: str) -> None:
    data = schema(name).schema

    def walk(node: Any) -> None:
        if not isinstance(node, dict):
            return
        for inner in (*node.get("properties", {}).values(), node.get("items"), *node.get("$defs", {}).values()):
            if isinstance(inner, dict):
                for example in inner.get("examples", []):
                    schema(name).evolve(schema=inner).validate(example)
                walk(inner)

    walk(data)


def test_schema_without_a_name_lists_them(repo: Any) -> None:
    kinds = [line.split()[0] for line in repo.ok("schema").splitlines()]
    assert kinds == sorted(file.name.removesuffix(".schema.json") for file in SCHEMAS.glob("*.json"))
    done = repo.run("schema", "milestne")
    assert done.status == 2
    assert "did you mean 'milestone'?" in done.err
    assert repo.run("schema", "../../pyproject").status == 2


def test_rule_explains(repo: Any) -> None:
    text = repo.ok("rule", "RF004")
    assert text == repo.ok("rule", "rf004") == repo.ok("rule", "dead-link")
    assert "dead-link" in text
    done = repo.run("rule", "RF0004")
    assert done.status == 2
    assert "did you mean" in done.err
    listing = repo.ok("rule")
    assert all(code in listing for code in RULES)
    assert [row["code"] for row in json.loads(repo.ok("rule", "--json"))] == list(RULES)


def test_config_says_what_holds(repo: Any) -> None:
    (repo.root / "pyproject.toml").write_text('[tool.milestones]\nignore = ["dead-link"]\nfail_on = "error"\n')
    text = repo.ok("config", below="docs")
    assert "pyproject.toml" in text
    assert "execplan (detected)" in text
    data = json.loads(repo.ok("config", "--json"))
    assert data["ignored"] == ["RF004"]
    assert data["fail_on"] == "error"
    assert data["documents"] == 4
    assert repo.ok("config", "--json", below=ACTIVE) == repo.ok("config", "--json")


# Exit statuses, and what people type.


@pytest.mark.parametrize(
    "arguments",
    [
        (),
        ("bogus",),
        ("check", "--bogus"),
        ("check", "--format", "xml"),
        ("check", "no/such/file.md"),
        ("check", "--select", "XX999"),
        ("check", "--profile", "bogus"),
        ("check", "--today", "tomorrow"),
        ("-C", "no/such/folder", "check"),
        ("list", "--status", "done"),
        ("show",),
        ("plan",),
        ("plan", "bogus"),
        ("set", "MS002"),
        ("set", "MS002", "status"),
        ("set", "MS002", "=blocked"),
        ("schema", "\x00"),
        ("schema", ""),
        ("rule", "'; drop table"),
        ("rule", ""),
        ("hook",),
        ("hook", "bogus"),
        ("completion", "tcsh"),
        ("render",),
    ],
    ids=repr,
)
def test_wrong_usage_is_status_2(repo: Any, arguments: tuple[str, ...]) -> None:
    done = repo.run(*arguments)
    assert done.status == 2
    assert done.out == ""
    assert done.err.startswith("error: ")
    assert "Traceback" not in done.err
    assert "internal error" not in done.err


@pytest.mark.parametrize(
    ("text", "where"),
    [
        ("profile = ", "milestones.toml:1"),
        ("x = 1\n", "milestones.toml:1"),
        ('profile = "execplan"\nfail_on = "errors"\n', "milestones.toml:2"),
        ('ignore = ["deadlink"]\n', "milestones.toml:1"),
        ('root = "../elsewhere"\n', "milestones.toml:1"),
        ('profile = "bogus"\n', "bogus"),
        ("\x00", "milestones.toml"),
    ],
)
@pytest.mark.parametrize("command", [("check",), ("list",), ("hook", "all"), ("plan", "new", "X")], ids=" ".join)
def test_wrong_configuration_is_status_2(repo: Any, command: tuple[str, ...], text: str, where: str) -> None:
    (repo.root / "milestones.toml").write_text(text, encoding="utf-8")
    done = repo.run(*command)
    assert done.status == 2
    assert where in done.err
    assert "internal error" not in done.err


def test_git_that_can_not_tell_is_status_2(repo: Any) -> None:
    (repo.root / ".git/HEAD").write_text("broken\n", encoding="utf-8")
    done = repo.run("check", "--tracked")
    assert done.status == 2
    assert done.err.startswith("error: ")
    assert repo.run("hook", "all").status == 2


COMMON = ["check", "list", "show", "set", "new", "plan", "rule", "schema", "config", "hook", "all", "archive"]
OPTIONS = ["--json", "--dry-run", "--today", "--format", "-C", "--", "MS002", "EP-20260105-001", "status=blocked", "."]
WORDS = st.lists(
    st.sampled_from([*COMMON, *OPTIONS])
    | st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00"), max_size=12),
    max_size=5,
)


@given(WORDS)
def test_no_arguments_give_a_traceback(tmp_path_factory: pytest.TempPathFactory, words: list[str]) -> None:
    import contextlib
    import gc
    import io

    folder = tmp_path_factory.getbasetemp() / "nothing-here"
    folder.mkdir(exist_ok=True)
    before = Path.cwd()
    out, err = io.StringIO(), io.StringIO()
    os.chdir(folder)
    try:
        with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
            try:
                status = main([word for word in words if word != "render"])
            except SystemExit as exit_:
                status = int(exit_.code or 0)
    finally:
        os.chdir(before)
        gc.enable()
    assert status in (0, 1, 2)
    assert "Traceback" not in err.getvalue()
    assert "internal error" not in err.getvalue()
    assert (status == 2) <= bool(err.getvalue())


def test_arguments_that_are_not_text(repo: Any) -> None:
    """A file name in Latin-1 reaches Python as lone surrogates."""
    for arguments in ([b"show", b"M\xe4rz"], [b"check", b"\xff.md"], [b"set", b"MS002", b"title=\xe4"]):
        done = subprocess.run(
            [sys.executable.encode(), b"-m", b"milestones", *arguments], cwd=repo.root, capture_output=True, check=False
        )
        assert done.returncode in (1, 2)
        assert b"Traceback" not in done.stderr
        assert b"internal error" not in done.stderr


def test_a_closed_pipe_is_no_error(repo: Any) -> None:
    shell = f"{sys.executable} -m milestones rule | head -n 1"
    done = subprocess.run(["sh", "-c", shell], cwd=repo.root, capture_output=True, text=True, check=False)
    assert done.stdout == "Reading\n"
    assert done.stderr == ""


def test_as_a_module_and_as_a_command(repo: Any) -> None:
    assert repo.process("check") == (0, "No findings in 4 documents.\n", "")
    command = Path(sys.executable).with_name("milestones")
    done = subprocess.run([command, "check"], cwd=repo.root, capture_output=True, text=True, check=False)
    assert done.stdout == "No findings in 4 documents.\n"


def test_outside_a_repository(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, repo: Any) -> None:
    shutil.rmtree(repo.root / ".git")
    assert repo.ok("check") == "No findings in 4 documents.\n"
    done = repo.run("hook", "all")
    assert done.status in (0, 2)
    assert "internal error" not in done.err


def test_concerns_are_the_hooks() -> None:
    hooks = (SCHEMAS.parent / ".pre-commit-hooks.yaml").read_text(encoding="utf-8")
    assert re.findall(r"entry: milestones hook (\S+)", hooks) == list(CONCERNS)
