"""What fuzzing found once must not be found again."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from typing import Any

import pytest

HERE = Path(__file__).parent
_SPEC = importlib.util.spec_from_file_location("fuzz_targets", HERE / "targets.py")
assert _SPEC is not None
assert _SPEC.loader is not None
targets: Any = importlib.util.module_from_spec(_SPEC)
_SPEC.loader.exec_module(targets)

FINDS = sorted(path for path in (HERE / "finds").iterdir() if path.name != ".gitkeep")


@pytest.mark.parametrize("find", FINDS, ids=lambda path: path.name)
def test_a_find_is_none_any_more(find: Path) -> None:
    name = next(name for name in targets.TARGETS if find.name.startswith(f"{name}-"))
    targets.TARGETS[name](find.read_bytes())


@pytest.mark.parametrize("name", targets.TARGETS)
def test_the_targets_take_what_is_usual(name: str) -> None:
    for data in (b"", b"---\ntitle: x\n---\n# X\n", b"exclude = ['a/**']\n", b".agent/exec_plans/x/y.md", b"\xff\n"):
        targets.TARGETS[name](data)
