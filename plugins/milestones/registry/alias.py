"""The import path of the tracker that this registry takes over from, for programs that still write it.

The wheel has no package ``app``: it would stand in the way of everybody's own. ``install()`` makes the path known to
the running program instead, beside an ``app`` that is there.
"""

from __future__ import annotations

import importlib
import sys
from types import ModuleType

PATH = "app.core.project_management.milestone_tracker"


def install(path: str = PATH) -> bool:
    """Make ``from app.core.project_management.milestone_tracker import MilestoneRegistry`` work.

    Packages on the way that exist are used. False where the module itself exists: it is left alone.
    """
    from milestones import registry

    parent: ModuleType | None = None
    steps = path.split(".")
    for depth in range(1, len(steps) + 1):
        name = ".".join(steps[:depth])
        try:
            module = importlib.import_module(name)
        except ModuleNotFoundError as error:
            if error.name != name:  # it is there, and what it imports is not
                raise
            module = registry if name == path else _package(name)
            sys.modules[name] = module
            if parent is not None:
                setattr(parent, steps[depth - 1], module)
        parent = module
    return parent is registry


def _package(name: str) -> ModuleType:
    module = ModuleType(name, f"The way to {PATH}.")
    module.__path__ = []
    return module
