"""Everything once from the built wheel, in environments of its own: what is not shipped is missing here."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import venv
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple
from zipfile import ZipFile

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable

ROOT = Path(__file__).parents[1]
SHIPPED = ("pyproject.toml", "README.md", "LICENSE", "CHANGELOG.md", "plugins", "schemas")
PLAN = ".agent/exec_plans/reliable-webhooks"
RETRY = f"{PLAN}/milestones/active/EP-20260105-001_MS002_retry-failed-deliveries.md"


class Environment(NamedTuple):
    """A virtual environment."""

    folder: Path

    def run(self, command: str, *arguments: str, at: Path, status: int = 0) -> str:
        """Run one of its commands and return what it printed."""
        done = subprocess.run(
            [self.folder / "bin" / command, *arguments],
            cwd=at,
            env=clean(),
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
        )
        assert done.returncode == status, done.stdout
        return done.stdout


def clean() -> dict[str, str]:
    """Nothing of the checkout or of the environment that runs the tests shines through."""
    dropped = ("PYTHONPATH", "PYTHONHOME", "VIRTUAL_ENV")
    kept = {k: v for k, v in os.environ.items() if not k.startswith("GIT_") and k not in dropped}
    return kept | {"NO_MKDOCS_2_WARNING": "1", "SOURCE_DATE_EPOCH": "1769947200", "PIP_ROOT_USER_ACTION": "ignore"}


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel, built from a copy without anything that git does not know."""
    source = tmp_path_factory.mktemp("source")
    for name in SHIPPED:
        if (ROOT / name).is_dir():
            shutil.copytree(ROOT / name, source / name, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copyfile(ROOT / name, source / name)
    command = [sys.executable, "-m", "build", "--wheel", "--outdir", str(source / "dist"), str(source)]
    done = subprocess.run(command, env=clean(), capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    (built,) = (source / "dist").glob("*.whl")
    return built


def _installed(folder: Path, requirement: str) -> Environment:
    venv.create(folder, with_pip=True, symlinks=os.name != "nt")
    made = Environment(folder)
    made.run("python", "-m", "pip", "install", "--quiet", requirement, at=folder)
    return made


@pytest.fixture(scope="module")
def bare(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Environment:
    """The wheel without extras, as a hook gets it."""
    return _installed(tmp_path_factory.mktemp("bare") / "venv", str(wheel))


@pytest.fixture(scope="module")
def full(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Environment:
    """The wheel with the extra ``site``."""
    return _installed(tmp_path_factory.mktemp("full") / "venv", f"{wheel}[site]")


def test_what_the_wheel_holds(wheel: Path) -> None:
    with ZipFile(wheel) as archive:
        held = set(archive.namelist())
    source = ROOT / "plugins"
    wanted = {
        f.relative_to(source).as_posix() for f in source.rglob("*") if f.is_file() and "__pycache__" not in f.parts
    }
    wanted |= {f"milestones/schemas/{f.name}" for f in (ROOT / "schemas").iterdir()}
    assert {name for name in held if ".dist-info/" not in name} == wanted
    assert [name for name in held if name.endswith("/LICENSE")]


def test_without_extras(bare: Environment, repository: Callable[..., Path], tmp_path: Path) -> None:
    packages = {p["name"].lower() for p in json.loads(bare.run("pip", "list", "--format", "json", at=tmp_path))}
    assert not packages & {"mkdocs", "mkdocs-material", "jinja2", "click"}
    root = repository()
    for command in (("init", "-q"), ("add", "-A")):
        subprocess.run(["git", *command], cwd=root, env=clean(), check=True)
    assert bare.run("milestones", "check", at=root) == "No findings in 4 documents.\n"
    assert bare.run("milestones", "hook", "all", RETRY, at=root) == ""
    bare.run("milestones", "plan", "new", "Rate limits", "--owner", "@ana", at=root)
    bare.run("milestones", "new", "EP-20260201-001", "Count requests", at=root)
    bare.run("milestones", "set", "EP-20260201-001/MS001", "status=blocked", at=root)
    assert "Count requests" in bare.run("milestones", "list", at=root)
    bare.run("milestones", "check", "--fail-on", "error", at=root)
    assert "not installed" in bare.run("milestones", "render", "--out", "public", at=root, status=2)


def test_schemas_profiles_and_texts_ship(bare: Environment, repository: Callable[..., Path], tmp_path: Path) -> None:
    for file in (ROOT / "schemas").glob("*.schema.json"):
        name = file.name.removesuffix(".schema.json")
        assert bare.run("milestones", "schema", name, at=tmp_path) == file.read_text(encoding="utf-8")
    for text in (ROOT / "plugins/milestones/rules/texts").glob("*.md"):
        assert bare.run("milestones", "rule", text.stem, at=tmp_path) == text.read_text(encoding="utf-8")
    root = repository("base-v2")
    assert json.loads(bare.run("milestones", "config", "--json", at=root))["profile"] == "execplan-v2"
    # jsonschema explains a rejection, the YAML parser reads what the simple reader leaves to it.
    file = root / ".agent/exec_plans/active/reliable-webhooks/milestones/active/MS003_show-deliveries.md"
    file.write_text(file.read_text(encoding="utf-8").replace("status: planned", "status: |\n  plan"), encoding="utf-8")
    assert "FM004" in bare.run("milestones", "check", at=root, status=1)


def test_a_site_with_mkdocs(full: Environment, repository: Callable[..., Path]) -> None:
    root = repository()
    (root / "docs/index.md").write_text("# Courier\n", encoding="utf-8")
    (root / "mkdocs.yml").write_text(
        "site_name: Courier\ntheme: material\nplugins:\n  - search\n  - milestones\n", encoding="utf-8"
    )
    full.run("mkdocs", "build", "--strict", at=root)
    site = root / "site/milestones"
    assert (site / "milestones.json").exists()
    assert {f.name for f in (site / "assets").iterdir()} == {"milestones.css", "milestones.js"}
    pages = [f.read_text(encoding="utf-8") for f in site.rglob("*.html")]
    assert sum("Retry failed deliveries" in page for page in pages) > 1
    assert any("<svg" in page for page in pages)
    file = root / RETRY
    file.write_text(file.read_text(encoding="utf-8").replace("status: in_progress", "status: doing"), encoding="utf-8")
    output = full.run("mkdocs", "build", at=root, status=1)
    assert f"{RETRY}:6" in output
    assert "Traceback" not in output


def test_a_site_without_mkdocs(full: Environment, repository: Callable[..., Path]) -> None:
    root = repository()
    full.run("milestones", "render", "--out", "public", at=root)
    assert (root / "public/milestones/milestones.json").exists()
    assert any("<svg" in f.read_text(encoding="utf-8") for f in (root / "public").rglob("*.html"))
