"""The registry: milestones with status, dependencies, progress and risk, in memory or on a repository's files.

``MilestoneStatus`` and ``MilestoneHistoryRecord`` are other names of ``Status`` and ``StatusChange``.
"""

from milestones.model import Status
from milestones.registry.records import (
    DependencyCycleError,
    DuplicateMilestoneError,
    InvalidStatusError,
    Milestone,
    RegistryError,
    StatusChange,
    UnknownMilestoneError,
    status_of,
)
from milestones.registry.risk import Level, Risk
from milestones.registry.snapshot import Reading, Snapshot
from milestones.registry.tracker import MilestoneRegistry, Store, Writer

MilestoneStatus = Status
MilestoneHistoryRecord = StatusChange

__all__ = [
    "DependencyCycleError",
    "DuplicateMilestoneError",
    "InvalidStatusError",
    "Level",
    "Milestone",
    "MilestoneHistoryRecord",
    "MilestoneRegistry",
    "MilestoneStatus",
    "Reading",
    "RegistryError",
    "Risk",
    "Snapshot",
    "Status",
    "StatusChange",
    "Store",
    "UnknownMilestoneError",
    "Writer",
    "status_of",
]
