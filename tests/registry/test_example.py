"""The usage example of the tracker that the registry takes over from runs as it was printed."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from milestones import registry as package
from milestones.registry import alias

if TYPE_CHECKING:
    from collections.abc import Iterator

    from milestones import MilestoneRegistry

PRINTED = Path(__file__).with_name("example.py.txt").read_text(encoding="utf-8")


@pytest.fixture(autouse=True)
def _forget() -> Iterator[None]:
    yield
    for name in [name for name in sys.modules if name == "app" or name.startswith("app.")]:
        del sys.modules[name]


def test_as_printed(capsys: pytest.CaptureFixture[str]) -> None:
    assert alias.install()
    there: dict[str, object] = {}
    exec(compile(PRINTED, "example", "exec"), there)  # noqa: S102 - the example is ours
    assert capsys.readouterr().out == "[]\n"
    assert there["reg"].get_progress("Release 1.0") == 0.5  # type: ignore[attr-defined]


def test_on_either(registry: MilestoneRegistry) -> None:
    """What the comments promise: completion reaches the dependent, and a milestone's own status counts."""
    reg = registry
    release = reg.register_milestone("Release 1.0", ["API", "UI"]).id
    docs = reg.register_milestone("Finish Docs", ["Documentation"]).id
    reg.declare_milestone_dependency("Release 1.0", "Finish Docs")
    assert reg.get_progress("Release 1.0") == 0.0
    assert reg.assess_risk("Release 1.0")["unresolved_dependencies"] == [docs]
    reg.update_milestone_status("Finish Docs", "COMPLETED")
    assert reg.get_progress("Release 1.0") == 0.5
    risk = reg.assess_risk("Release 1.0")
    assert risk["unresolved_dependencies"] == []
    assert (risk["completion_fraction"], risk["level"]) == (0.5, "none")
    reg.update_milestone_status("Release 1.0", "blocked")
    assert reg.assess_risk("Release 1.0")["blocked"] is True
    reg.update_milestone_status("Release 1.0", "completed")
    assert reg.get_progress("Release 1.0") == 1.0
    assert reg.get_dependency_graph() == {release: [docs], docs: []}


def test_an_app_of_ones_own_is_used(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "app").mkdir()
    (tmp_path / "app/__init__.py").write_text("mine = 1\n", encoding="utf-8")
    monkeypatch.syspath_prepend(tmp_path)
    assert alias.install()
    assert alias.install()
    import app  # type: ignore[import-not-found]

    assert app.mine == 1
    assert app.core.project_management.milestone_tracker is package


def test_a_tracker_that_is_there_stays(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    there = tmp_path / "app/core/project_management"
    there.mkdir(parents=True)
    (there / "milestone_tracker.py").write_text("mine = 1\n", encoding="utf-8")
    monkeypatch.syspath_prepend(tmp_path)
    assert not alias.install()


def test_a_fault_of_the_tracker_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "app").mkdir()
    (tmp_path / "app/__init__.py").write_text("import nothing_of_this_name\n", encoding="utf-8")
    monkeypatch.syspath_prepend(tmp_path)
    with pytest.raises(ModuleNotFoundError, match="nothing_of_this_name"):
        alias.install()


def test_importing_the_package_is_free() -> None:
    code = (
        "import sys, milestones\n"
        "assert not [m for m in sys.modules if m.startswith('milestones.')]\n"
        "from milestones import MilestoneRegistry\n"
        "MilestoneRegistry().register_milestone('a', [])\n"
        "heavy = {'mkdocs', 'properdocs', 'jinja2', 'markdown', 'yaml', 'jsonschema', 'click', 'argparse'}\n"
        "assert not heavy & set(sys.modules), heavy & set(sys.modules)\n"
        "try:\n    milestones.Nothing\nexcept AttributeError as error:\n    print(error)\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert (done.stdout, done.stderr) == ("module 'milestones' has no attribute 'Nothing'\n", "")
