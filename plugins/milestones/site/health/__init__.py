"""The health page: what wants attention today, how each area of each milestone is, and what the check found."""

from milestones.site.health.page import health_page

__all__ = ["health_page"]
