"""Milestones as code: read, check and publish the plans that a repository keeps as Markdown files."""

from typing import TYPE_CHECKING

__version__ = "0.1.0"
__all__ = ["MilestoneRegistry"]

if TYPE_CHECKING:
    from milestones.registry import MilestoneRegistry
else:

    def __getattr__(name: str) -> object:
        """Import the registry when somebody asks for it: a hook imports this package at every commit."""
        if name == "MilestoneRegistry":
            from milestones.registry import MilestoneRegistry

            return MilestoneRegistry
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
