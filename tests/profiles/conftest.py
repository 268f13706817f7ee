"""The example repository of the convention that a module tests."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


@pytest.fixture
def root(request: pytest.FixtureRequest, repository: Callable[..., Path]) -> Path:
    """A copy of the example of the module's ``PROFILE``."""
    return repository(f"conventions/{request.module.PROFILE}")
