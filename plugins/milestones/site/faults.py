"""What the site says of documents that can't be read: a page in their place, and a banner while serving."""

from __future__ import annotations

from typing import TYPE_CHECKING

from milestones.model import Severity
from milestones.site.language import _, numbered
from milestones.site.pages import Page
from milestones.site.parts import Html, english, heading_text, join, lines

if TYPE_CHECKING:
    from collections.abc import Callable

    from milestones.model import Finding
    from milestones.project.workspace import Workspace
    from milestones.site.context import Context

_FAULT = Html("<li><code>{}:{}</code> <strong>{}</strong> {}</li>")


def pages(project: Workspace, findings: tuple[Finding, ...], context: Context) -> list[Page]:
    """A page for each document that is in no other: it stands where the document's page would, and says why."""
    if not context.has("milestones"):
        return []
    by_path: dict[str, list[Finding]] = {}
    for finding in findings:
        by_path.setdefault(finding.path, []).append(finding)
    made = []
    shown = {m.path for m in context.milestones} | {plan.path for plan in context.plans}
    for entry in project.entries.values():
        if entry.path in context.uri_of_path or entry.path in shown or entry.path not in by_path:
            continue
        if entry.id_in_path is None:
            continue
        name = "" if entry.kind.model == "plan" else entry.id_in_path.rpartition("/")[2]
        uri = context.address(entry.plan_id_in_path or "", name)
        made.append(_page(uri, entry.id_in_path, entry.path, by_path[entry.path]))
    return made


def _page(uri: str, id_: str, path: str, found: list[Finding]) -> Page:
    words = _("This document can't be read, so it is in no other page.")
    slot = lines(Html('<div class="mst"><p>{}</p>\n<ul class="mst-faults">{}</ul></div>').format(words, _items(found)))

    def slots(_url_for: Callable[[str], str]) -> dict[str, str]:
        return {"faults": slot}

    text = f"# {heading_text(id_)}\n\n{{{{slot:faults}}}}\n"
    return Page(uri, id_, "milestone", text, slots, path)


def banner(findings: tuple[Finding, ...]) -> str:
    """The errors of a check, for the top of every page while somebody mends them; empty where there are none."""
    errors = [f for f in findings if f.severity is Severity.ERROR]
    if not errors:
        return ""
    count = numbered(len(errors), "{number} error in the documents", "{number} errors in the documents")
    return lines(
        Html('<div class="mst mst-banner" role="alert"><p><strong>{}</strong></p><ul>{}</ul></div>').format(
            count, _items(errors[:10])
        )
    )


def _items(findings: list[Finding]) -> Html:
    return join(
        _FAULT.format(f.path, f.line, f.code, english(f.message + (f" — {f.help}" if f.help else ""))) for f in findings
    )
