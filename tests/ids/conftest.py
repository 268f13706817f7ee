"""A repository with a remote, and the branches that race for its ids."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable

_SPEC = importlib.util.spec_from_file_location("cli_conftest", Path(__file__).parents[1] / "cli/conftest.py")
assert _SPEC is not None
assert _SPEC.loader is not None
_cli = importlib.util.module_from_spec(_SPEC)
sys.modules.setdefault("cli_conftest", _cli)
_SPEC.loader.exec_module(_cli)

_same_everywhere = _cli._same_everywhere
git_repository = _cli.git_repository


@pytest.fixture(params=["base", "base-v2"])
def repo(request: pytest.FixtureRequest, git_repository: Callable[..., Any]) -> Any:
    """Each of the examples."""
    return git_repository(request.param)


@pytest.fixture
def repo_v1(git_repository: Callable[..., Any]) -> Any:
    """The example of the default convention."""
    return git_repository("base")
