"""A check with what the last one kept finds what a check without it does, whatever happened in between."""

from __future__ import annotations

import ast
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from array import array
from pathlib import Path
from typing import TYPE_CHECKING
from unittest import mock

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from milestones import rules
from milestones.cli import main
from milestones.project import config
from milestones.project.workspace import open_workspace
from milestones.rules import facts, memory, twofold

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

FIXTURES = Path(__file__).parents[1] / "fixtures"
TODAY = "2026-02-01"
SETTLED = memory._SETTLED
#: Longer than a tick of the clock that files are stamped with; the real value allows for every file system.
TICK = 30_000_000


@pytest.fixture(autouse=True)
def _small(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Keep something of the example repositories too, and the secret out of the user's own folder."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "home"))
    monkeypatch.setattr(memory, "WORTHWHILE", 1)
    monkeypatch.setattr(memory, "_SETTLED", TICK)
    config.set_today(TODAY)
    yield
    config._override.clear()


def git(root: Path, *arguments: str) -> None:
    kept = {k: v for k, v in os.environ.items() if not k.startswith("GIT_")}
    kept |= {"GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_NOSYSTEM": "1"}
    who = ("-c", "user.name=Mira", "-c", "user.email=mira@example.org")
    done = subprocess.run(["git", *who, *arguments], cwd=root, env=kept, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def begin(root: Path) -> None:
    git(root, "init", "-q", "-b", "main")
    (root / ".gitignore").write_text("ignored*\n", encoding="utf-8")
    git(root, "add", "-A")
    git(root, "commit", "-qm", "first")
    git(root, "checkout", "-qb", "other")
    documents(root)[0].write_text("not a document\n", encoding="utf-8")
    git(root, "commit", "-qam", "broken on the other branch")
    git(root, "checkout", "-q", "main")


def documents(root: Path) -> list[Path]:
    return sorted(file for file in root.glob(".agent/**/*.md") if file.is_file() and not file.is_symlink())


def remembering(root: Path) -> tuple[rules.Result, bool]:
    """A check that may remember the last, and whether it had to look at anything anew."""
    last = memory.Memory(str(root))
    whole = open_workspace(root, glance=last.look)
    with mock.patch.object(rules, "_check", wraps=rules._check) as anew:
        result = rules.check(whole, frugal=True, memory=last)
    return result, anew.called


# What may happen between two checks. Each is given a number, to choose by.


def rest(_root: Path, _n: int) -> None:
    time.sleep(2 * TICK / 1e9)


def edit(root: Path, n: int) -> None:
    """Another text, of the same size and at once: `EP` and `ms` stay what they are."""
    file = documents(root)[n % len(documents(root))]
    data = file.read_bytes()
    at = data.rfind(b"e", 0, len(data) - n % 7)
    file.write_bytes(data[:at] + (b"a" if n % 2 else b"o") + data[at + 1 :])


def forge(root: Path, n: int) -> None:
    """The same, with the old times put back."""
    file = documents(root)[n % len(documents(root))]
    before = file.stat()
    edit(root, n)
    os.utime(file, ns=(before.st_atime_ns, before.st_mtime_ns))


def replace(root: Path, n: int) -> None:
    """A file of the same size and times renamed over a document."""
    file = documents(root)[n % len(documents(root))]
    before, data = file.stat(), file.read_bytes()
    other = root / "ignored.md"
    other.write_bytes(data.replace(b"status: ", b"stxtus: "))
    os.utime(other, ns=(before.st_atime_ns, before.st_mtime_ns))
    other.replace(file)


def say(root: Path, n: int) -> None:
    """Another value of a key: rules of other documents may look at it."""
    file = documents(root)[n % len(documents(root))]
    lines = (
        ("status: [a-z_]+", ("status: completed", "status: planned", "status: strange")),
        (
            "depends_on:.*(?:\n  ?- .*)*",
            ("depends_on: []", "depends_on: [EP-20260105-001/MS003]", "depends_on: {a: b}"),
        ),
        ("created: .*", ("created: 2026-01-31", "created: 2026-01-01", "# milestones: ignore[SP] why")),
        ("id: .*", ("id: EP-20260105-001/MS009", "id: nothing", "id:")),
    )
    pattern, values = lines[n % len(lines)]
    text = file.read_text(encoding="utf-8", errors="replace")
    file.write_text(re.sub(f"(?m)^{pattern}$", values[n // 5 % len(values)], text, count=1), encoding="utf-8")


def link(root: Path, n: int) -> None:
    """A link to what may come and go."""
    target = ("/docs/later.md", "ignored.txt", "later.md")[n % 3]
    with documents(root)[n % len(documents(root))].open("a", encoding="utf-8") as file:
        file.write(f"\nSee [it]({target}).\n")


def target(root: Path, n: int) -> None:
    """What links lead to comes, or goes."""
    file = root / ("docs/later.md", "ignored.txt")[n % 2]
    if file.exists():
        file.unlink()
    else:
        file.parent.mkdir(exist_ok=True)
        file.write_text("later\n", encoding="utf-8")


def add(root: Path, n: int) -> None:
    """A new document, untracked; a copy of another."""
    file = documents(root)[n % len(documents(root))]
    there = file.with_name(file.name.replace("_", f"_{n % 3}", 1) if n % 2 else f"copy-of-{file.name}")
    if not there.exists():
        shutil.copy2(file, there)


def remove(root: Path, n: int) -> None:
    if len(documents(root)) > 2:
        documents(root)[n % len(documents(root))].unlink()


def rename(root: Path, n: int) -> None:
    file = documents(root)[n % len(documents(root))]
    file.rename(file.with_name(file.name[:-3] + "-x.md"))


def to_link(root: Path, n: int) -> None:
    """A document becomes a symbolic link to what it was."""
    file = documents(root)[n % len(documents(root))]
    if len(documents(root)) > 2:
        file.rename(root / "ignored-target.md")
        file.symlink_to(root / "ignored-target.md")


def configure(root: Path, n: int) -> None:
    settings_ = ("", 'ignore = ["CT"]\n', 'exclude = ["**/archive/**"]\n', '[severity]\nCT001 = "error"\n')
    (root / "milestones.toml").write_text(settings_[n % len(settings_)], encoding="utf-8")


def commit(root: Path, _n: int) -> None:
    git(root, "add", "-A")
    git(root, "commit", "-q", "--allow-empty", "-m", "more")


def checkout(root: Path, n: int) -> None:
    git(root, "checkout", "-qf", ("main", "other", "HEAD~0")[n % 3])


def stash(root: Path, _n: int) -> None:
    """Clean the work tree, with all that this leaves of times."""
    git(root, "reset", "-q", "--hard")


def line_ends(root: Path, n: int) -> None:
    """Files on disk that differ from their blobs, and git calls them clean."""
    git(root, "config", "core.autocrlf", ("true", "false", "input")[n % 3])
    for file in documents(root) if n % 2 else documents(root)[:1]:
        data = file.read_bytes().replace(b"\r\n", b"\n")
        file.write_bytes(data.replace(b"\n", b"\r\n") if n % 3 == 0 else data)
    git(root, "add", "-A")


def filtered(root: Path, n: int) -> None:
    """A filter that forgets on the way in: the blob stays, whatever the file says of its status."""
    git(root, "config", "filter.calm.clean", "sed 's/^status: .*/status: planned/'")
    (root / ".gitattributes").write_text("*.md filter=calm\n", encoding="utf-8")
    say(root, 4 * n)
    git(root, "add", "-A")


def next_day(_root: Path, n: int) -> None:
    config.set_today(f"2026-02-{n % 20 + 1:02}")


STEPS = (
    *(rest, edit, forge, replace, say, say, link, target, add, remove, rename, to_link, configure),
    *(commit, checkout, stash, line_ends, filtered, next_day),
)


@pytest.mark.parametrize("base", ["base", "base-v2"])
@given(steps=st.lists(st.tuples(st.sampled_from(STEPS), st.integers(0, 60)), min_size=1, max_size=8))
@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
def test_what_is_remembered_is_what_would_be_found(
    base: str, steps: list[tuple[Callable[[Path, int], None], int]]
) -> None:
    config.set_today(TODAY)
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder) / "repository"
        shutil.copytree(FIXTURES / base, root)
        begin(root)
        remembering(root)
        for step, n in steps:
            step(root, n)
            expected = rules.check(open_workspace(root))
            for _ in range(2):
                assert remembering(root)[0] == expected, step


# What is remembered, and when.


@pytest.fixture
def root(repository: Callable[..., Path]) -> Path:
    there = repository()
    begin(there)
    rest(there, 0)
    return there


def test_nothing_is_read_where_nothing_has_changed(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither where files are old, nor, from the third check on, where they were young at the first."""
    first, anew = remembering(root)
    assert anew
    assert remembering(root) == (first, False)
    for name in ("read", "version"):  # whoever reads a document fails
        monkeypatch.setattr(memory.reader, name, None)
    assert remembering(root) == (first, False)


def test_a_fresh_clone_remembers_by_content(root: Path) -> None:
    first, _ = remembering(root)
    for file in documents(root):
        data = file.read_bytes()
        file.unlink()
        file.write_bytes(data)
    assert remembering(root) == (first, False)


def test_other_documents_are_not_read_where_only_a_text_has_changed(root: Path) -> None:
    remembering(root)
    with documents(root)[1].open("a", encoding="utf-8") as file:
        file.write("\nTODO [nowhere](nowhere.md)\n")
    expected = rules.check(open_workspace(root))
    with mock.patch("milestones.documents.reader.read", wraps=memory.reader.read) as read:
        found, anew = remembering(root)
    assert anew
    assert found == expected
    assert {call.args[1] for call in read.call_args_list} == {documents(root)[1].relative_to(root).as_posix()}


@pytest.mark.filterwarnings("ignore:.*fork:DeprecationWarning")
def test_two_processes_remember_what_one_does(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(twofold, "possible", lambda count: count > 1)
    link(root, 0)
    rest(root, 0)
    first, _ = remembering(root)
    assert remembering(root) == (first, False)
    for file in documents(root):  # the same text, at other times
        data = file.read_bytes()
        file.unlink()
        file.write_bytes(data)
    assert remembering(root) == (first, False)
    target(root, 0)
    assert remembering(root) == (rules.check(open_workspace(root)), True)


def test_where_nothing_can_be_read_nothing_is_kept(root: Path) -> None:
    for file in documents(root):
        file.unlink()
        file.symlink_to("nowhere")
    found, anew = remembering(root)
    assert anew
    assert {finding.code for finding in found.findings} >= {"RD011"}
    assert not (root / ".cache/milestones/check").exists()


VERSION = st.tuples(*[st.integers(0, 2**62)] * 4, st.binary(min_size=16, max_size=16))


@given(st.lists(st.dictionaries(st.text("ab/.", min_size=1), VERSION), min_size=1, max_size=3).filter(any))
def test_what_several_processes_read_is_joined(read: list[dict[str, memory.reader.Version]]) -> None:
    together = facts.joined(map(facts.columns, read))
    whole = {path: version for some in reversed(read) for path, version in some.items()}
    if all(whole[path] == version for some in read for path, version in some.items()):
        assert together is not None
        assert sorted(together[0].split("\0")) == sorted(whole)
        assert together == facts.columns({path: whole[path] for path in together[0].split("\0")})
    else:
        assert together is None


def changed(root: Path, name: str, pattern: str, value: str) -> None:
    (file,) = (file for file in documents(root) if name in file.name)
    file.write_text(re.sub(f"(?m)^{pattern}$", value, file.read_text(encoding="utf-8")), encoding="utf-8")


def test_what_a_document_says_is_heard_by_the_others(root: Path) -> None:
    """MS001 is what the finished MS002 depends on; its own rules find nothing."""
    changed(root, "MS002", "status: .*", "status: completed")
    rest(root, 0)
    before, _ = remembering(root)
    changed(root, "MS001", "status: .*", "status: in_progress")
    found, _ = remembering(root)
    assert found == rules.check(open_workspace(root))
    assert {f.path for f in found.findings if f.code == "RF005"} - {
        f.path for f in before.findings if f.code == "RF005"
    }


def test_a_plan_that_is_read_for_its_registry_is_heard(repository: Callable[..., Path]) -> None:
    root = repository("base-v2")
    begin(root)
    changed(root, "reliable-webhooks", "status: .*", "status: completed")
    rest(root, 0)
    assert "AR006" in {f.code for f in remembering(root)[0].findings}
    changed(root, "reliable-webhooks", "status: .*", "status: active")
    assert remembering(root)[0] == rules.check(open_workspace(root))


@pytest.mark.parametrize("table", ['[severity]\nCT = "info"', '[[overrides]]\npaths = ["**"]\nignore = ["CT"]'])
def test_what_the_configuration_says_is_heard(root: Path, table: str) -> None:
    with documents(root)[1].open("a", encoding="utf-8") as file:
        file.write("\nâ€™\n")
    (root / "milestones.toml").write_text("", encoding="utf-8")
    rest(root, 0)
    before, _ = remembering(root)
    (root / "milestones.toml").write_text(table, encoding="utf-8")
    found, _ = remembering(root)
    assert found == rules.check(open_workspace(root)) != before


def test_a_clock_of_two_seconds_hides_nothing(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """On some file systems an edit of the same size, right after a check, changes no time at all."""

    def coarse(stamps: list[int]) -> list[int]:
        return [at // 2_000_000_000 * 2_000_000_000 if n < 2 else at * (n == 2) for n, at in enumerate(stamps)]

    exact, version = memory._stamps, memory.reader._version

    def stamps(directory: str, paths: list[str]) -> array[int]:
        found = exact(directory, paths)
        return array("q", [part for at in range(0, len(found), 4) for part in coarse(list(found[at : at + 4]))])

    monkeypatch.setattr(memory, "_SETTLED", SETTLED)
    monkeypatch.setattr(memory, "_stamps", stamps)
    monkeypatch.setattr(memory.reader, "_version", lambda *a: (*coarse(list(version(*a)[:4])), version(*a)[4]))
    while time.time() % 2 > 0.5:  # so that all of it is within one tick
        time.sleep(0.01)
    changed(root, "MS002", "status: .*", "status: planned")
    before, _ = remembering(root)
    changed(root, "MS002", "status: .*", "status: plannxd")
    found, _ = remembering(root)
    assert found == rules.check(open_workspace(root)) != before


# A file that is no good is as good as none.


def files(root: Path) -> list[Path]:
    return [root / ".cache" / "milestones" / name for name in ("check", "check-documents")]


@pytest.mark.parametrize(
    "damage",
    [
        lambda data: b"",
        lambda data: data[: len(data) // 2],
        lambda data: data[:-1] + bytes([data[-1] ^ 1]),
        lambda data: data[:70],
        lambda data: b"x" * len(data),
        lambda data: data.replace(b"MS001", b"MS002"),
    ],
)
def test_a_damaged_file_is_ignored(root: Path, damage: Callable[[bytes], bytes]) -> None:
    first, _ = remembering(root)
    for file in files(root):
        file.write_bytes(damage(file.read_bytes()))
    assert remembering(root) == (first, True)
    assert remembering(root) == (first, False)


def test_what_another_version_kept_is_ignored(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    first, _ = remembering(root)
    monkeypatch.setattr(memory, "__version__", "0.0.0")
    assert remembering(root) == (first, True)


def test_what_another_user_kept_is_ignored(root: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """A repository may ship a cache in which nothing is wrong with it."""
    first, _ = remembering(root)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "somebody else"))
    assert remembering(root) == (first, True)


@pytest.mark.parametrize("there", ["file", "link", "folder"])
def test_a_cache_that_can_not_be_written_is_no_obstacle(root: Path, tmp_path: Path, there: str) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    if there == "file":
        (root / ".cache").write_text("no folder", encoding="utf-8")
    elif there == "link":
        (root / ".cache").symlink_to(outside)
    else:
        for file in files(root):
            (file / "inside").mkdir(parents=True)
    first, _ = remembering(root)
    assert remembering(root) == (first, True)
    assert list(outside.iterdir()) == []


def test_many_checks_at_once_leave_a_whole_file(root: Path) -> None:
    code = (
        "import sys; from milestones.rules import memory; memory.WORTHWHILE = 1\n"
        "from milestones.cli import main; sys.exit(main(['check', '-q', '--exit-zero', '--today', '2026-02-01']))"
    )
    running = [
        subprocess.Popen([sys.executable, "-c", code], cwd=root, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        for _ in range(6)
    ]
    ended = [process.communicate() for process in running]
    assert [process.returncode for process in running] == [0] * 6
    assert len(set(ended)) == 1
    assert ended[0][1] == b""
    assert sorted(file.name for file in files(root)[0].parent.iterdir()) == [".gitignore", "check", "check-documents"]
    assert remembering(root) == (rules.check(open_workspace(root)), False)


def test_a_rule_that_was_changed_in_a_checkout_is_heard(root: Path, tmp_path: Path) -> None:
    top = Path(__file__).parents[2]
    for name in ("plugins/milestones", "schemas"):
        shutil.copytree(top / name, tmp_path / "checkout" / name, ignore=shutil.ignore_patterns("__pycache__"))
    code = (
        "import sys; from milestones.rules import memory; memory.WORTHWHILE = 1; memory._SETTLED = 0\n"
        "from milestones.cli import main; sys.exit(main(['check', '--today', '2026-02-01']))"
    )

    def said() -> str:
        environment = os.environ | {"PYTHONPATH": str(tmp_path / "checkout/plugins")}
        command = [sys.executable, "-c", code]
        return subprocess.run(command, cwd=root, env=environment, capture_output=True, text=True, check=False).stdout

    documents(root)[0].write_text("---\ntitle: x\n---\n", encoding="utf-8")
    said()
    assert "is missing" in said()
    rule = tmp_path / "checkout/plugins/milestones/rules/front_matter.py"
    rule.write_text(rule.read_text(encoding="utf-8").replace("is missing", "is nowhere to be seen"), encoding="utf-8")
    assert "is nowhere to be seen" in said()


def test_a_check_without_cache_neither_reads_nor_writes_one(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(root)
    assert main(["check", "-q", "--no-cache", "--today", TODAY]) == 0
    assert not (root / ".cache").exists()
    assert main(["check", "-q", "--today", TODAY]) == 0
    kept = [file.read_bytes() for file in files(root)]
    with mock.patch.object(rules, "_check", wraps=rules._check) as anew:
        assert main(["check", "-q", "--no-cache", "--today", TODAY]) == 0
    assert anew.called
    assert [file.read_bytes() for file in files(root)] == kept


def test_rules_ask_the_disk_for_nothing_that_is_not_remembered() -> None:
    """What `registry` reads is named in `memory`; what goes through the project is noted there."""
    asking = {"open", "exists", "lexists", "isfile", "isdir", "islink", "listdir", "scandir", "stat", "lstat", "walk"}
    for file in Path(rules.__file__).parent.glob("*.py"):
        if file.name in ("__init__.py", "memory.py", "twofold.py", "registry.py"):
            continue
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call):
                called = node.func
                name = called.attr if isinstance(called, ast.Attribute) else getattr(called, "id", "")
                of_project = isinstance(called, ast.Attribute) and getattr(called.value, "id", "") == "project"
                assert name not in asking or of_project, f"{file.name}:{node.lineno}: {name}"


def test_small_repositories_keep_nothing(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(memory, "WORTHWHILE", 200)
    remembering(root)
    assert not (root / ".cache").exists()
