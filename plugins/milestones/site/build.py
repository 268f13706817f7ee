"""All the pages of a site, from a portfolio."""

from __future__ import annotations

from typing import TYPE_CHECKING

from milestones.site.context import Context
from milestones.site.graph_page import graph_page
from milestones.site.health import health_page
from milestones.site.milestone_page import milestone_page
from milestones.site.plan_page import plan_page
from milestones.site.roadmap import roadmap_page

if TYPE_CHECKING:
    from milestones.project.portfolio import Portfolio
    from milestones.site.pages import Page, SiteOptions


def build_pages(portfolio: Portfolio, options: SiteOptions) -> list[Page]:
    """Every page that the options ask for: roadmap, graph, health, then each plan followed by its milestones.

    Nothing is rendered yet: a page's slots are filled when it is asked for them.
    """
    context = Context(portfolio, options)
    makers = {"roadmap": roadmap_page, "graph": graph_page, "health": health_page}
    pages = [make(context) for kind, make in makers.items() if context.has(kind)]
    seen: set[str] = set()
    for plan, uri in zip(context.plans, context.plan_uris, strict=True):
        if context.has("plans"):
            pages.append(plan_page(context, plan, uri))
        if context.has("milestones") and plan.id not in seen:
            own = {context.uri_of(m): m for m in reversed(context.members[plan.id])}
            pages += [milestone_page(context, m) for m in reversed(own.values())]
        seen.add(plan.id)
    return pages
