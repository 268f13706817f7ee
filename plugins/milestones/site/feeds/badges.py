"""Badges for READMEs: small pictures of two words each, how far a plan is, how much is blocked or overdue.

They are SVG without style sheets or scripts, because forges show them as images, and say in words what they show.
"""

from __future__ import annotations

import unicodedata
from typing import TYPE_CHECKING

from milestones.model import Status
from milestones.site.feeds.identity import plain
from milestones.site.language import _, figure
from milestones.site.parts import Html, percent
from milestones.site.svg import shorten

if TYPE_CHECKING:
    from milestones.model import Plan
    from milestones.site.context import Context

#: Colours on which white text has a contrast of 4.5 and more.
_GREY, _BLUE, _GREEN, _AMBER, _RED = "#5b636d", "#2257bf", "#1a7f37", "#8f5a00", "#c62828"
_OF_STATUS = {
    Status.PLANNED: _GREY,
    Status.IN_PROGRESS: _BLUE,
    Status.BLOCKED: _RED,
    Status.ON_HOLD: _AMBER,
    Status.COMPLETED: _GREEN,
    Status.CANCELLED: _GREY,
}
#: How many letters of a plan's title fit.
_MOST_LETTERS = 32

_BADGE = Html(
    '<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="20" role="img" aria-label="{words}">'
    '<title>{words}</title><clipPath id="r"><rect width="{width}" height="20" rx="3"/></clipPath>'
    '<g clip-path="url(#r)"><rect width="{left}" height="20" fill="#3a3f46"/>'
    '<rect x="{left}" width="{right}" height="20" fill="{colour}"/></g>'
    '<g fill="#fff" text-anchor="middle" font-family="Verdana,Geneva,DejaVu Sans,sans-serif" font-size="11">'
    '<text x="{x1}" y="14" textLength="{w1}" lengthAdjust="spacingAndGlyphs">{label}</text>'
    '<text x="{x2}" y="14" textLength="{w2}" lengthAdjust="spacingAndGlyphs">{value}</text></g></svg>\n'
)


def files(context: Context) -> dict[str, bytes]:
    """A badge of the whole, of what is blocked, of what is overdue, and of each plan."""
    every = context.milestones
    whole = context.portfolio.plans_progress(plan.id for plan in context.tops)
    blocked = sum(m.status is Status.BLOCKED for m in every)
    found = {
        "badges/progress.svg": badge(_("progress"), percent(whole), _GREEN if whole == 1 else _BLUE),
        "badges/blocked.svg": badge(_("blocked"), figure(blocked), _RED if blocked else _GREEN),
        "badges/overdue.svg": badge(_("overdue"), figure(len(context.overdue)), _RED if context.overdue else _GREEN),
    }
    for plan in context.plans:
        if context.plan_by_id[plan.id] is plan:
            name = f"badges/{context.plan_name(plan)}.svg"
            found[name.replace(".svg", "-plan.svg") if name in found else name] = _of_plan(context, plan)
    return found


def _of_plan(context: Context, plan: Plan) -> bytes:
    value = percent(context.portfolio.plan_progress(plan.id))
    return badge(plain(plan.title), value, _OF_STATUS[plan.status])


def badge(label: str, value: str, colour: str) -> bytes:
    """A badge: what it is about on the left, how that stands on the right."""
    shown = shorten(label, _MOST_LETTERS)
    w1, w2 = _width(shown), _width(value)
    left, right = w1 + 12, w2 + 12
    return _BADGE.format(
        width=left + right,
        words=f"{label}: {value}",
        left=left,
        right=right,
        colour=colour,
        x1=_half(left),
        w1=w1,
        x2=_half(2 * left + right),
        w2=w2,
        label=shown,
        value=value,
    ).encode()


def _half(number: int) -> str:
    return f"{number / 2:g}"


_NARROW, _WIDE = frozenset("ijlI.,:;'|!()[]{}ftr1- /"), frozenset("mwMWQO%@GDHNUC")


def _width(text: str) -> int:
    """About how many pixels text is wide in a font of 11; the picture says so, and whoever shows it makes it fit."""
    width = 0.0
    for letter in text:
        if unicodedata.combining(letter) or unicodedata.category(letter) == "Cf":
            continue
        if unicodedata.east_asian_width(letter) in "WF":
            width += 11.5
        else:
            width += 4.6 if letter in _NARROW else 9.2 if letter in _WIDE else 7.1
    return max(6, round(width))
