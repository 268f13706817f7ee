"""Arrows run one way: the engine knows none of its fronts, a hook imports little, and no rule names a convention."""

from __future__ import annotations

import ast
import json
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

PACKAGE = Path(__file__).parents[1] / "plugins/milestones"
FRONTS = ("cli", "server", "site")
ENGINE = sorted(f for f in PACKAGE.rglob("*.py") if f.relative_to(PACKAGE).parts[0] not in (*FRONTS, "__main__.py"))
#: What only a front may know.
FORBIDDEN = ("mkdocs", "properdocs", "material", "click", "argparse", "argcomplete", "jinja2", "markdown", "nh3")


def imports(file: Path) -> Iterator[str]:
    """Every module that a file imports, wherever it does; also for types."""
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            package = ("milestones", *file.relative_to(PACKAGE).parent.parts)
            base = ".".join(package[: len(package) - node.level + 1]) if node.level else ""
            module = ".".join(filter(None, (base, node.module)))
            yield module
            yield from (f"{module}.{alias.name}" for alias in node.names)


def named(file: Path) -> str:
    return file.relative_to(PACKAGE).as_posix()


@pytest.mark.parametrize("file", ENGINE, ids=named)
def test_the_engine_knows_no_front(file: Path) -> None:
    for module in imports(file):
        assert module.split(".")[0] not in FORBIDDEN
        assert not module.startswith(tuple(f"milestones.{front}" for front in FRONTS))


@pytest.mark.parametrize("file", sorted((PACKAGE / "site").rglob("*.py")), ids=named)
def test_the_site_does_not_know_the_command(file: Path) -> None:
    assert not [module for module in imports(file) if module.startswith("milestones.cli")]


@pytest.mark.parametrize("file", sorted((PACKAGE / "cli").rglob("*.py")), ids=named)
def test_the_command_does_not_know_mkdocs(file: Path) -> None:
    assert not [module for module in imports(file) if module.split(".")[0] in ("mkdocs", "properdocs", "click")]


#: Lower layers first. A package imports from those before it, and its own.
LAYERS = (
    "model",
    "manifest",
    "documents",
    "profiles",
    "graph",
    "project",
    "rules",
    "reports",
    "history",
    "changes",
    "fixes",
    "ids",
    "registry",
)


def layer(module: str) -> str:
    return module.split(".")[1] if module.count(".") else ""


def test_the_layers_of_the_engine() -> None:
    for file in ENGINE:
        own = file.relative_to(PACKAGE).parts[0].removesuffix(".py")
        if own not in LAYERS:
            continue
        tree = ast.parse(file.read_text(encoding="utf-8"))
        for node in tree.body:  # types may look up; running code may not
            if isinstance(node, ast.ImportFrom) and node.module and node.module.startswith("milestones."):
                used = layer(node.module)
                if used in LAYERS:
                    assert LAYERS.index(used) <= LAYERS.index(own), f"{named(file)} imports {node.module}"


def test_no_rule_names_a_convention() -> None:
    """What a convention calls things comes from its profile."""
    profiles = [file.read_text(encoding="utf-8") for file in (PACKAGE / "profiles").glob("*.toml")]
    words = {"execplan", "EP-", "MS0", "MS[0-9]", "exec_plans", ".agent"}
    assert all(any(word in profile for profile in profiles) for word in words - {"MS0", "MS[0-9]"})
    for file in (PACKAGE / "rules").glob("*.py"):
        text = file.read_text(encoding="utf-8")
        strings = [
            node.value
            for node in ast.walk(ast.parse(text))
            if isinstance(node, ast.Constant) and isinstance(node.value, str)
        ]
        docstrings = {
            ast.get_docstring(node, clean=False)
            for node in ast.walk(ast.parse(text))
            if isinstance(node, ast.Module | ast.FunctionDef | ast.ClassDef)
        }
        for string in strings:
            if string not in docstrings:
                assert not [word for word in words if word.casefold() in string.casefold()], f"{file.name}: {string!r}"


def test_the_package_is_typed() -> None:
    assert (PACKAGE / "py.typed").exists()


def loaded(root: Path, *arguments: str) -> set[str]:
    """Modules that a command has loaded when it ends."""
    code = (
        "import json, sys\n"
        "from milestones.cli import main\n"
        f"status = main({list(arguments)!r})\n"
        "print(json.dumps([status, sorted(sys.modules)]))"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=root, capture_output=True, text=True, check=True)
    status, modules = json.loads(done.stdout.splitlines()[-1])
    assert status == 0, done.stdout
    return set(modules)


RETRY = ".agent/exec_plans/reliable-webhooks/milestones/active/EP-20260105-001_MS002_retry-failed-deliveries.md"


@pytest.mark.parametrize("concern", ["all", "front-matter", "naming", "sequence", "archive"])
def test_a_hook_imports_little(repository: Callable[..., Path], concern: str) -> None:
    """Every commit waits for it; 74 ms for mkdocs or 81 ms for jsonschema would double the time."""
    root = repository()
    for command in (("init", "-q"), ("add", "-A")):
        subprocess.run(["git", *command], cwd=root, check=True)
    modules = loaded(root, "hook", concern, *([] if concern == "sequence" else [RETRY]))
    heavy = {"yaml", "frontmatter", "jsonschema", "mkdocs", "markdown", "jinja2", "argcomplete", "click", "dataclasses"}
    assert not modules & heavy
    assert "milestones.rules" in modules


def test_a_hook_looks_at_no_more_names_than_it_needs(repository: Callable[..., Path]) -> None:
    """In a repository of ten thousand documents, to look at every name takes longer than all the rest."""
    root = repository()
    for command in (("init", "-q"), ("add", "-A")):
        subprocess.run(["git", *command], cwd=root, check=True)
    who = ("-c", "user.name=Mira", "-c", "user.email=mira@example.org")
    subprocess.run(["git", *who, "commit", "-qm", "all of it"], cwd=root, check=True)
    file = root / RETRY
    file.write_text(file.read_text(encoding="utf-8") + "\nMore.\n", encoding="utf-8")
    subprocess.run(["git", "add", "-A"], cwd=root, check=True)
    code = (
        "from milestones.cli import main\n"
        "from milestones.project.project import Project\n"
        "def everything(self):\n    raise RuntimeError('every name')\n"
        "Project.entries = property(everything)\n"
        f"print(main(['hook', 'all', {RETRY!r}]))"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=root, capture_output=True, text=True, check=False)
    assert done.stdout == "0\n", done.stdout + done.stderr


def test_help_imports_no_engine(repository: Callable[..., Path]) -> None:
    root = repository()
    code = (
        "import sys\nfrom milestones.cli import main\n"
        "try:\n    main(['--help'])\nexcept SystemExit:\n    pass\n"
        "print([m for m in sys.modules if m.startswith(('milestones.rules', 'milestones.project', 'mkdocs', 'yaml'))])"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=root, capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == "[]"
