"""``check`` and its options: where the report goes, what counts as the documents, and when it is made again."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
import xml.etree.ElementTree as ET
from queue import Empty, Queue
from threading import Thread
from typing import TYPE_CHECKING, Any

import pytest

from milestones.cli.parser import build
from milestones.reports import FORMATS

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

PLAN = ".agent/exec_plans/reliable-webhooks"
ACTIVE = f"{PLAN}/milestones/active"
RETRY = f"{ACTIVE}/EP-20260105-001_MS002_retry-failed-deliveries.md"
SHOW = f"{ACTIVE}/EP-20260105-001_MS003_show-deliveries.md"


def damage(repo: Any, path: str = SHOW, old: str = "risk: low", new: str = "risk: lowish") -> None:
    file = repo.root / path
    text = file.read_text(encoding="utf-8")
    assert old in text
    file.write_text(text.replace(old, new), encoding="utf-8")


def stdin(repo: Any, text: str | bytes, *arguments: str, below: str = ".") -> Any:
    data = text.encode() if isinstance(text, str) else text
    return subprocess.run(
        [sys.executable, "-m", "milestones", "check", *arguments],
        cwd=repo.root / below,
        env={**os.environ, "SOURCE_DATE_EPOCH": "1769947200"},
        input=data,
        capture_output=True,
        check=False,
    )


# Formats and files.


def test_every_format_can_be_asked_for() -> None:
    parser = build()
    for format in ("auto", *FORMATS):
        assert parser.parse_args(["check", "--format", format]).format == format


@pytest.mark.parametrize(
    ("variables", "start"),
    [
        ({}, "error[FM004]: "),
        ({"GITHUB_ACTIONS": "true"}, "::error file=.agent/"),
        ({"GITHUB_ACTIONS": "false"}, "error[FM004]: "),
        ({"GITLAB_CI": "true"}, "error[FM004]: "),
    ],
)
def test_auto_prints_what_the_place_reads(repo: Any, variables: dict[str, str], start: str) -> None:
    damage(repo)
    done = repo.process("check", **variables)
    assert done.status == 1
    assert done.out.startswith(start)
    assert done.out.endswith("1 error in 4 documents.\n")
    assert repo.process("check", "--format", "full", **variables).out.startswith("error[FM004]: ")


@pytest.mark.parametrize(
    ("name", "variables", "format"),
    [
        ("out.sarif", {}, "sarif"),
        ("out.xml", {}, "junit"),
        ("out.json", {}, "json"),
        ("out.json", {"GITLAB_CI": "true"}, "gitlab"),
        ("out.jsonl", {}, "json-lines"),
        ("OUT.NDJSON", {}, "json-lines"),
        ("out.txt", {}, "full"),
        ("out", {"GITHUB_ACTIONS": "true"}, "full"),
    ],
)
def test_a_files_name_says_its_format(repo: Any, name: str, variables: dict[str, str], format: str) -> None:
    damage(repo)
    done = repo.process("check", "--output-file", name, **variables)
    assert (done.status, done.out, done.err) == (1, "1 error in 4 documents.\n", "")
    expected = repo.process("check", "--format", format, "--quiet", FORCE_COLOR="").out
    assert (repo.root / name).read_text(encoding="utf-8") == expected


def test_a_report_replaces_the_one_before(repo: Any) -> None:
    report = repo.root / "report.xml"
    report.write_text("<old/>", encoding="utf-8")
    report.chmod(0o640)
    assert repo.ok("check", "--output-file", "report.xml", "--quiet") == ""
    assert ET.parse(report).getroot().tag == "testsuites"
    assert report.stat().st_mode & 0o777 == 0o640
    assert not list(repo.root.glob(".milestones-*"))
    link = repo.root / "link.json"
    link.symlink_to("report.json")
    repo.ok("check", "--output-file", "link.json")
    assert link.is_symlink()
    assert json.loads((repo.root / "report.json").read_text(encoding="utf-8"))["findings"] == []


@pytest.mark.parametrize("path", ["no/such/folder/x.json", ".", "x\0y", "docs/"])
def test_a_report_that_can_not_be_written(repo: Any, path: str) -> None:
    done = repo.run("check", "--output-file", path)
    assert done.status == 2
    assert done.err.startswith("error: ")
    assert "internal error" not in done.err
    assert not list(repo.root.rglob(".milestones-*"))


def test_a_report_into_a_device(repo: Any) -> None:
    assert repo.ok("check", "--output-file", os.devnull)


def test_exit_zero(repo: Any) -> None:
    damage(repo)
    assert "FM004" in repo.ok("check", "--exit-zero")
    assert repo.run("check", "--exit-zero", "nothing.md").status == 2


def test_readers_of_a_forge_get_paths_from_the_top(repo: Any) -> None:
    below = repo.root / "packages/courier"
    below.mkdir(parents=True)
    (repo.root / ".agent").rename(below / ".agent")
    (repo.root / "docs").rename(below / "docs")
    (below / "milestones.toml").write_text('profile = "execplan"\n', encoding="utf-8")
    repo.commit("moved")
    damage(repo, f"packages/courier/{SHOW}")
    issues = json.loads(repo.run("check", "--format", "gitlab", below="packages/courier").out)
    assert {issue["location"]["path"] for issue in issues} == {f"packages/courier/{SHOW}"}
    assert f"file=packages/courier/{SHOW}," in repo.run("check", "--format", "github", below="packages/courier").out
    findings = json.loads(repo.run("check", "--format", "json", below="packages/courier").out)["findings"]
    assert {finding["path"] for finding in findings} == {SHOW}


# Standard input.


def test_stdin_stands_for_the_file(repo: Any) -> None:
    text = (repo.root / SHOW).read_text(encoding="utf-8")
    done = stdin(repo, text, "-", "--stdin-filename", SHOW)
    assert (done.returncode, done.stdout) == (0, b"No findings in 1 document.\n")
    done = stdin(repo, text.replace("risk: low", "risk: lowish"), "-", "--stdin-filename", SHOW)
    assert done.returncode == 1
    assert b"6 | " not in done.stdout
    assert b"risk: lowish" in done.stdout  # the excerpt is of what was given
    assert repo.ok("check")


def test_stdin_of_a_file_that_is_not_there_yet(repo: Any) -> None:
    text = (repo.root / SHOW).read_text(encoding="utf-8")
    new = SHOW.replace("MS003_show-deliveries", "MS005_repeat-deliveries")
    text = text.replace("MS003", "MS005").replace("ms: 3", "ms: 5").replace("- EP-20260105-001/MS002", "- MS009")
    done = stdin(repo, text, "-", "--stdin-filename", new, "--format", "json")
    findings = json.loads(done.stdout)["findings"]
    assert {f["code"] for f in findings} >= {"SQ002", "FM006"}
    assert {f["path"] for f in findings} == {new}
    assert not (repo.root / new).exists()


def test_stdin_from_any_folder_and_of_any_file(repo: Any) -> None:
    name = SHOW.rpartition("/")[2]
    assert stdin(repo, "x\n", "-", "--stdin-filename", name, below=ACTIVE).returncode == 1
    assert stdin(repo, "x\n", "-", "--stdin-filename", str(repo.root / SHOW), below="docs").returncode == 1
    done = stdin(repo, "x\n", "-", "--stdin-filename", "README.md")
    assert done.returncode == 0
    assert b"None of these is a document" in done.stdout
    (repo.root / "milestones.toml").write_text('exclude = ["**/*MS003*"]\n', encoding="utf-8")
    assert stdin(repo, "x\n", "-", "--stdin-filename", SHOW).returncode == 0


def test_stdin_may_hold_anything(repo: Any) -> None:
    for data, code in ((b"", "RD005"), (b"\xff\xfe", "RD001"), (b"x" * 1024 * 1025, "RD004")):
        done = stdin(repo, data, "-", "--stdin-filename", SHOW, "--format", "concise")
        assert done.returncode == 1
        assert f": {code} ".encode() in done.stdout


@pytest.mark.parametrize(
    "arguments",
    [
        ("-",),
        ("-", SHOW, "--stdin-filename", SHOW),
        ("--stdin-filename", SHOW),
        ("-", "--stdin-filename", SHOW, "--staged"),
        ("-", "--stdin-filename", SHOW, "--watch"),
    ],
)
def test_stdin_used_wrong(repo: Any, arguments: tuple[str, ...]) -> None:
    done = stdin(repo, "x\n", *arguments)
    assert done.returncode == 2
    assert done.stderr.startswith(b"error: ")
    assert b"internal error" not in done.stderr


# The index.


def test_staged_reads_what_the_commit_would_hold(repo: Any) -> None:
    good = (repo.root / SHOW).read_bytes()
    damage(repo)
    assert repo.ok("check", "--staged")
    assert repo.run("check", "--tracked").status == 1
    repo.git("add", SHOW)
    (repo.root / SHOW).write_bytes(good)
    assert repo.ok("check", "--tracked")
    done = repo.run("check", "--staged")
    assert done.status == 1
    assert "FM004" in done.out
    assert "risk: lowish" in done.out
    assert repo.run("check", "--staged", below="docs").out == done.out
    assert repo.run("check", "--staged", SHOW).status == 1
    assert repo.ok("check", "--staged", RETRY)


def test_staged_of_files_that_are_gone_and_new(repo: Any) -> None:
    (repo.root / SHOW).unlink()
    assert repo.run("check", "--tracked").status == 1
    assert repo.ok("check", "--staged")
    (repo.root / ACTIVE / "EP-20260105-001_MS009_new.md").write_text("x\n", encoding="utf-8")
    assert repo.ok("check", "--staged")
    repo.git("add", "-A")
    assert "MS009" in repo.run("check", "--staged").out


def test_staged_links_are_those_of_the_commit(repo: Any) -> None:
    target = repo.root / "docs/webhooks.md"
    text = target.read_bytes()
    target.unlink()
    assert "RF004" in repo.run("check").out
    assert repo.ok("check", "--staged")
    repo.git("rm", "-q", "--cached", "docs/webhooks.md")
    target.write_bytes(text)
    assert repo.ok("check")
    assert "RF004" in repo.run("check", "--staged").out


@pytest.mark.skipif(os.name != "posix", reason="needs symbolic links")
def test_a_staged_symbolic_link(repo: Any) -> None:
    text = (repo.root / SHOW).read_bytes()
    (repo.root / SHOW).unlink()
    (repo.root / SHOW).symlink_to("/etc/passwd")
    repo.git("add", SHOW)
    (repo.root / SHOW).unlink()
    (repo.root / SHOW).write_bytes(text)
    assert "RD011" in repo.run("check", "--staged", "--format", "concise").out


def test_staged_in_a_conflict_reads_the_work_tree(repo: Any) -> None:
    repo.git("checkout", "-q", "-b", "other")
    damage(repo, new="risk: med")
    repo.commit("other")
    repo.git("checkout", "-q", "main")
    damage(repo, new="risk: high")
    repo.commit("main")
    subprocess.run(["git", "merge", "-q", "other"], cwd=repo.root, capture_output=True, check=False)
    assert "RD014" in repo.run("check", "--staged", "--format", "concise").out


def test_staged_of_a_missing_object(repo: Any) -> None:
    damage(repo)
    repo.git("add", SHOW)
    blob = repo.git("rev-parse", f":{SHOW}").strip()
    damage(repo, old="risk: lowish", new="risk: low")
    file = repo.root / ".git/objects" / blob[:2] / blob[2:]
    file.chmod(0o600)
    file.unlink()
    done = repo.run("check", "--staged")
    assert done.status == 2
    assert blob in done.err


def test_staged_outside_git(repo: Any, tmp_path: Path) -> None:
    (repo.root / ".git").rename(tmp_path / "git")
    done = repo.run("check", "--staged")
    assert done.status == 2
    assert "internal error" not in done.err


# Watching.


class Watched:
    """A check that goes on, and what it says."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self.process = process
        self.lines: Queue[str] = Queue()
        streams = (process.stdout, process.stderr)
        self.readers = [Thread(target=self._read, args=(stream,), daemon=True) for stream in streams]
        for reader in self.readers:
            reader.start()

    def _read(self, stream: Any) -> None:
        with stream:
            for line in stream:
                self.lines.put(line)

    def end(self) -> None:
        self.process.kill()
        self.process.wait()
        for reader in self.readers:
            reader.join()

    def until(self, *wanted: str) -> None:
        """Wait until each text was said."""
        left = set(wanted)
        end = time.monotonic() + 30
        while left:
            try:
                line = self.lines.get(timeout=max(0.01, end - time.monotonic()))
            except Empty:
                raise AssertionError(f"never said: {left}") from None
            left -= {text for text in left if text in line}

    def quiet(self) -> None:
        """Nothing more is said for a while."""
        time.sleep(1)
        assert self.lines.empty(), self.lines.get()


@pytest.fixture
def watched(repo: Any) -> Iterator[Any]:
    started: list[Watched] = []

    def start(*arguments: str) -> Watched:
        started.append(Watched(repo.start("check", "--watch", "--format", "concise", *arguments)))
        return started[-1]

    yield start
    for check in started:
        check.end()


def test_watch_checks_again(repo: Any, watched: Any) -> None:
    check = watched("--output-file", "report.json")
    check.until("No findings in 4 documents.", "Watching for changes")
    check.until("Changed: ./", "Watching for changes")  # the report itself is new, once
    damage(repo)
    check.until(f"Changed: {SHOW}", "1 error in 4 documents.", "Watching for changes")
    assert SHOW in (repo.root / "report.json").read_text(encoding="utf-8")
    (repo.root / ACTIVE / "EP-20260105-001_MS004_new.md").write_text("x\n", encoding="utf-8")
    check.until(f"Changed: {ACTIVE}/", "2 errors in 5 documents.", "Watching for changes")
    check.quiet()
    check.process.send_signal(signal.SIGINT)
    assert check.process.wait(10) == 0


def test_watch_outlives_a_mistake_in_the_configuration(repo: Any, watched: Any) -> None:
    check = watched()
    check.until("No findings", "Watching for changes")
    (repo.root / "milestones.toml").write_text("fail = 1\n", encoding="utf-8")
    check.until("error: milestones.toml:1: there is no key fail", "Watching for changes")
    (repo.root / "milestones.toml").unlink()
    check.until("No findings", "Watching for changes")


def test_watch_of_nothing_that_works(repo: Any) -> None:
    (repo.root / "milestones.toml").write_text("fail = 1\n", encoding="utf-8")
    done = repo.process("check", "--watch")
    assert done.status == 2
    assert "there is no key fail" in done.err
