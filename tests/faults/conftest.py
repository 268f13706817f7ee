"""The command's repository, for tests that break what it stands on."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path

_SPEC = importlib.util.spec_from_file_location("cli_conftest", Path(__file__).parents[1] / "cli/conftest.py")
assert _SPEC is not None
assert _SPEC.loader is not None
_cli = importlib.util.module_from_spec(_SPEC)
sys.modules.setdefault("cli_conftest", _cli)
_SPEC.loader.exec_module(_cli)

_same_everywhere = _cli._same_everywhere
git_repository = _cli.git_repository
repo = _cli.repo
