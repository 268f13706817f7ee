"""The roadmap: one page with all milestones over time, by status and in a table, under one set of filters."""

from milestones.site.roadmap.filters import FILTER_STATUS
from milestones.site.roadmap.page import roadmap_page

__all__ = ["FILTER_STATUS", "roadmap_page"]
