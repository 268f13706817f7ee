"""A workspace in which some files have another text than on disk: what an editor holds, or what a fix would write."""

from __future__ import annotations

from typing import TYPE_CHECKING

from milestones.project.project import Project
from milestones.project.workspace import Workspace

if TYPE_CHECKING:
    from collections.abc import Mapping


def overlaid(workspace: Workspace, texts: Mapping[str, bytes]) -> Workspace:
    """The workspace with other texts, by path. Documents that were read before are read again when asked for.

    A file that is nowhere but there counts like any other.
    """
    projects: list[Project] = []
    for below in workspace.projects:
        inside = below.profile.root + "/" if below.profile.root else ""
        known = set(below.names)
        more = [path for path in texts if path not in known and path.startswith(inside)]
        names = sorted([*below.names, *more]) if more else below.names
        project = Project(below.config, below.profile, names, tracked=below.tracked)
        project.today = below.today
        project.held = {**below.held, **texts}
        project.listed = below.listed
        projects.append(project)
    return Workspace(workspace.config, projects, detected=workspace.detected)


__all__ = ["overlaid"]
