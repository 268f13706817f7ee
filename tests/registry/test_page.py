"""The page of the documentation: its example runs, its sessions print what they show, its table has every method."""

from __future__ import annotations

import doctest
import re
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from milestones import MilestoneRegistry

if TYPE_CHECKING:
    import pytest

PAGE = (Path(__file__).parents[2] / "docs/reference/registry.md").read_text(encoding="utf-8")


def blocks(language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)


def test_the_example_is_the_printed_one(capsys: pytest.CaptureFixture[str]) -> None:
    (example,) = blocks("python")
    printed = Path(__file__).with_name("example.py.txt").read_text(encoding="utf-8")
    assert example.split("\n", 1)[1] == printed.split("\n", 1)[1]  # all but where it is imported from
    there: dict[str, object] = {}
    exec(compile(example, "example", "exec"), there)  # noqa: S102 - the example is ours
    assert capsys.readouterr().out == "[]\n"
    assert there["reg"].get_progress("Release 1.0") == 0.5  # type: ignore[attr-defined]
    assert "It prints `[]`, and the progress is 0.5" in PAGE


def test_the_sessions(empty: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(empty)
    session = "\n".join(blocks("pycon"))
    test = doctest.DocTestParser().get_doctest(session, {}, "registry.md", None, 0)
    told: list[str] = []
    try:
        runner = doctest.DocTestRunner()
        runner.run(test, out=told.append)
        assert runner.tries > 20
    finally:
        for name in [name for name in sys.modules if name == "app" or name.startswith("app.")]:
            del sys.modules[name]
    assert not told, "".join(told)


def test_every_method_is_listed() -> None:
    listed = set(re.findall(r"^\| `(?:MilestoneRegistry\.)?(\w+)\(", PAGE, re.MULTILINE)) - {"MilestoneRegistry"}
    public = {name for name in vars(MilestoneRegistry) if not name.startswith("_")}
    assert listed == public - {"over"}
