"""What every page needs to know of the whole: which pages there are, and what to say of a milestone."""

from __future__ import annotations

import hashlib
import itertools
import posixpath
import re
from collections import Counter
from functools import cached_property
from typing import TYPE_CHECKING, Any

from milestones.model import Health, Plan, Status
from milestones.project.assembly import natural
from milestones.site.language import N_, _, figure, numbered
from milestones.site.mentions import mentions
from milestones.site.parts import STATUS_ORDER, Html, anchor, days_between, safe_url, spoken

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from milestones.model import Milestone
    from milestones.project.portfolio import Portfolio
    from milestones.site.mentions import Key
    from milestones.site.pages import SiteOptions

    UrlFor = Callable[[str], str]

DEFAULT_TITLES = {"roadmap": N_("Roadmap"), "graph": N_("Dependency graph"), "health": N_("Health")}


class Context:
    """A portfolio, the site's options, and the address of every page, worked out once."""

    def __init__(self, portfolio: Portfolio, options: SiteOptions) -> None:
        self.portfolio = portfolio
        self.options = options
        self.today = portfolio.today
        self.past = options.history
        self.titles = {kind: options.titles.get(kind) or _(title) for kind, title in DEFAULT_TITLES.items()}
        self._taken: set[str] = set()
        root = self.root = "/".join(part for part in (safe(p) for p in options.path.split("/") if p) if part)
        self.fixed = {
            "roadmap": f"{root}/index.md" if root else "index.md",
            "graph": f"{self._under('graph')}.md",
            "health": f"{self._under('health')}.md",
        }
        #: Every plan, each followed by those that lie in it.
        self.plans = list(_ordered(portfolio))
        self.plan_uris = [self._unique(self.plan_stem(plan.id)) for plan in self.plans]
        self.uri_of_plan: dict[str, str] = {}
        self.plan_by_id: dict[str, Plan] = {}
        self._uri_of: dict[tuple[str, str, str], str] = {}
        for plan, uri in zip(self.plans, self.plan_uris, strict=True):
            self.uri_of_plan.setdefault(plan.id, uri)
            self.plan_by_id.setdefault(plan.id, plan)
        for plan_id, members in portfolio.by_plan.items():
            folder = self.uri_of_plan[plan_id].removesuffix(".md")
            for m in members:
                if _key(m) not in self._uri_of:
                    self._uri_of[_key(m)] = self._unique(folder + "/" + _stem(self.name(m)))
        #: The page of each document: of the one plan or milestone that it is, or speaks of.
        self.uri_of_path = self._documents()

    def plan_stem(self, plan_id: str) -> str:
        """The uri of a plan's page without its ending, as long as nobody else has it."""
        return f"{self._under('plans')}/{safe(plan_id) if plan_id else 'no-plan'}"

    def address(self, plan_id: str, name: str) -> str:
        """A uri that is not taken, for what a plan's page or (with a name) a milestone's would be."""
        return self._unique(self.plan_stem(plan_id) + ("/" + _stem(name) if name else ""))

    def _documents(self) -> dict[str, str]:
        whole: dict[str, str] = {}
        lines: dict[str, set[str]] = {}
        pairs = [(plan.parts, uri) for plan, uri in zip(self.plans, self.plan_uris, strict=True)]
        pairs += [(m.parts, self.uri_of(m)) for m in self.milestones]
        for parts, uri in pairs:
            for part in parts:
                if part.end:
                    lines.setdefault(part.path, set()).add(uri)
                else:
                    whole.setdefault(part.path, uri)
        for path, uris in lines.items():
            # Of a document that speaks of many, the roadmap is the page that says as much.
            whole.setdefault(path, min(uris) if len(uris) == 1 or not self.has("roadmap") else self.fixed["roadmap"])
        return whole

    def uri_of(self, m: Milestone) -> str:
        """The uri of a milestone's page."""
        return self._uri_of[_key(m)]

    def _under(self, name: str) -> str:
        return f"{self.root}/{name}" if self.root else name

    def _unique(self, stem: str) -> str:
        """The stem as a uri, with a number when another page has it (or would have the same URL) already."""
        if stem.rpartition("/")[2] in ("index", "readme"):
            stem += "-page"
        uri, number = f"{stem}.md", 1
        while uri in self._taken:
            number += 1
            uri = f"{stem}-{number}.md"
        self._taken.add(uri)
        return uri

    def file(self, name: str) -> str:
        """The uri of a file that goes with the pages, by its name below their folder."""
        return self._under(name)

    def plan_name(self, plan: Plan) -> str:
        """A plan's name in addresses, which no other plan has."""
        return posixpath.basename(self.uri_of_plan[plan.id]).removesuffix(".md")

    def has(self, kind: str) -> bool:
        """Whether pages of a kind (of ``KINDS``) are wanted."""
        return kind in self.options.pages

    def uri(self, kind: str) -> str | None:
        """The uri of the roadmap, graph or health page, where there is one."""
        return self.fixed[kind] if self.has(kind) else None

    def plan_url(self, plan_id: str, url_for: UrlFor) -> str | None:
        """The URL of a plan's page, where there is one."""
        uri = self.uri_of_plan.get(plan_id)
        return url_for(uri) if uri and self.has("plans") else None

    def url(self, m: Milestone, url_for: UrlFor) -> str | None:
        """The URL of a milestone's page, where there is one."""
        return url_for(self.uri_of(m)) if self.has("milestones") else None

    def id_url(self, id_: str, url_for: UrlFor) -> str | None:
        """The URL of a milestone's page by its id."""
        m = self.portfolio.by_id.get(id_)
        return self.url(m, url_for) if m else None

    def written_link(self, source: str, target: str, url_for: UrlFor) -> str | None:
        """Where a link written in a document's front matter leads, or None where nowhere is safe and known.

        Relative links are tried from the document's folder and then, as authors write both, from the
        repository.
        """
        url = safe_url(target)
        if url is None or re.match(r"[a-z]+:", url, re.IGNORECASE):
            return url
        bare, mark, fragment = url.partition("#")
        if not bare:
            return url
        for candidate in (posixpath.join(posixpath.dirname(source), bare), bare):
            uri = self.uri_of_path.get(posixpath.normpath(candidate))
            if uri and uri in self.built:
                return url_for(uri) + mark + fragment
        found = self.options.link(source, target) if self.options.link else None
        return safe_url(found) if found else None

    @cached_property
    def built(self) -> frozenset[str]:
        """The uris of the pages about documents that the site has."""
        plans = set(self.plan_uris)
        uris = (*self.plan_uris, *self._uri_of.values())
        made = {uri for uri in uris if self.has("plans" if uri in plans else "milestones")}
        return frozenset(made | ({self.fixed["roadmap"]} if self.has("roadmap") else set()))

    @cached_property
    def members(self) -> dict[str, list[Milestone]]:
        """Milestones by plan id, in order; every plan that is shown has an entry."""
        return {plan.id: self.portfolio.by_plan.get(plan.id, []) for plan in self.plans}

    @cached_property
    def milestones(self) -> list[Milestone]:
        """All milestones, plan by plan in the order in which plans are shown."""
        return [m for members in self.members.values() for m in members]

    @cached_property
    def critical(self) -> frozenset[str]:
        """The ids on the critical path."""
        return frozenset(self.portfolio.graph.critical_path())

    @cached_property
    def critical_edges(self) -> frozenset[tuple[str, str]]:
        """The critical path's steps, prerequisite first."""
        path = self.portfolio.graph.critical_path()
        return frozenset(itertools.pairwise(path))

    @cached_property
    def telling_edges(self) -> list[tuple[str, str]]:
        """The dependencies that others do not imply, and those of the critical path; prerequisite first."""
        told = set(self.portfolio.graph.reduced()) | self.critical_edges
        return [edge for edge in self.portfolio.graph.edges if edge in told]

    @cached_property
    def ready(self) -> list[Milestone]:
        """Planned work that can start now, what most others wait for first."""
        return [self.portfolio.by_id[id_] for id_ in self.portfolio.graph.ready()]

    @cached_property
    def counts(self) -> Counter[Status]:
        """Milestones by status."""
        return Counter(m.status for m in self.portfolio.milestones)

    @cached_property
    def overdue(self) -> list[Milestone]:
        """Overdue milestones, longest first."""
        return sorted((m for m in self.milestones if self.portfolio.overdue(m)), key=lambda m: m.due or "")

    @cached_property
    def stale(self) -> list[Milestone]:
        """Stale milestones, longest untouched first."""
        return sorted((m for m in self.milestones if self.portfolio.stale(m)), key=lambda m: m.updated or "")

    @cached_property
    def held_up(self) -> list[Milestone]:
        """Work that should move and can't: blocked, on hold, or begun before what it waits for is done."""
        return [m for m in self.milestones if m.status is not Status.PLANNED and self.portfolio.graph.waiting(m.id)]

    @cached_property
    def waiting(self) -> list[Milestone]:
        """Planned work whose turn has not come: what it waits for is not done."""
        return [m for m in self.milestones if m.status is Status.PLANNED and self.portfolio.graph.waiting(m.id)]

    @cached_property
    def at_risk(self) -> list[Milestone]:
        """Open milestones of high risk, or with an area that is not well."""
        return [m for m in self.milestones if not m.status.closed and (high_risk(m) or unwell(m))]

    @cached_property
    def mentions(self) -> dict[Key, list[Milestone | Plan]]:
        """What the documents of others say of each plan and milestone; see ``milestones.site.mentions``."""
        return mentions(self)

    def name(self, m: Milestone) -> str:
        """A milestone's name, short where its id says its plan as well: ``MS003``, ``S01/T02``."""
        for before in (m.plan_id, m.plan_id.rpartition("/")[0]):
            if before and m.id.startswith(before + "/") and len(m.id) > len(before) + 1:
                return m.id[len(before) + 1 :]
        return m.id

    def parent(self, m: Milestone) -> Milestone | None:
        """The milestone that another is a part of, where that one is here."""
        return self.portfolio.by_id.get(self.portfolio.parents.get(m.id, ""))

    def above(self, plan_id: str) -> list[Plan]:
        """The plans that a plan lies in, outermost first."""
        found: list[Plan] = []
        at = self.portfolio.plan_parents.get(plan_id)
        while at is not None:
            found.append(self.plan_by_id[at])
            at = self.portfolio.plan_parents.get(at)
        return found[::-1]

    def subplans(self, plan: Plan) -> list[Plan]:
        """The plans that lie in a plan, in the order of their ids."""
        return self.portfolio.subplans.get(plan.id, []) if self.plan_by_id[plan.id] is plan else []

    @cached_property
    def tops(self) -> list[Plan]:
        """The plans that lie in no other."""
        return [plan for plan in self.plans if plan.id not in self.portfolio.plan_parents]

    def below(self, plan: Plan) -> list[Milestone]:
        """The milestones of a plan and of all that lie in it."""
        ids = self.portfolio.plans_below(plan.id) if self.portfolio.subplans else [plan.id]
        return [m for id_ in ids for m in self.members.get(id_, ())]

    def tree(self, plans: Iterable[Plan]) -> Iterator[tuple[Plan, int]]:
        """Plans with all that lie in each, and how deep that is."""
        left = [(plan, 0) for plan in plans][::-1]
        while left:
            plan, depth = left.pop()
            yield plan, depth
            left += [(inner, depth + 1) for inner in reversed(self.subplans(plan))]

    @property
    def several(self) -> bool:
        """True where plans or milestones are written after more than one convention."""
        return len(self.conventions) > 1

    @cached_property
    def conventions(self) -> dict[str, str]:
        """The titles of the conventions that are in use, by name, in the order in which the repository names them."""
        used = {plan.profile for plan in self.portfolio.plans} | {m.profile for m in self.portfolio.milestones}
        known = {name: title for name, title in self.portfolio.profiles.items() if name in used}
        return {**known, **{name: name for name in sorted(used - known.keys()) if name}}

    def document(self, item: Milestone | Plan) -> str:
        """The path of the document that an item is written or listed in; empty where there is none."""
        if item.parts:
            return item.parts[0].path
        # A plan that only follows from what lies in it goes by the path of the first of that.
        implied = isinstance(item, Plan) and item.path in self._whole_paths
        return "" if implied else item.path

    @cached_property
    def _whole_paths(self) -> frozenset[str]:
        return frozenset(part.path for m in self.portfolio.milestones for part in m.parts if not part.end)

    @cached_property
    def place(self) -> dict[tuple[str, str, str], int]:
        """Where each milestone stands among those of its plan."""
        return {_key(m): at for members in self.members.values() for at, m in enumerate(members)}

    def around(self, m: Milestone) -> tuple[Milestone | None, Milestone | None]:
        """The milestones before and after one in its plan."""
        members, at = self.members[m.plan_id], self.place[_key(m)]
        return members[at - 1] if at else None, members[at + 1] if at + 1 < len(members) else None

    def link(self, m: Milestone, url_for: UrlFor, css: str = "") -> Html:
        """A milestone as a link of its title, with its id."""
        return Html('{} <span class="mst-id">{}</span>').format(
            anchor(self.url(m, url_for), Html("<bdi>{}</bdi>").format(m.title), css), m.id
        )

    def flags(self, m: Milestone) -> list[tuple[str, str]]:
        """What is remarkable about a milestone today, each as (kind of flag, words)."""
        found = []
        if self.portfolio.overdue(m):
            found.append(("bad", self._overdue_words(m)))
        unmet = [] if m.status.closed else self.portfolio.graph.unmet(m.id)
        if unmet:
            found.append(("warn", _("Waits for {number}").format(number=figure(len(unmet)))))
        if self.portfolio.stale(m):
            age = days_between(m.updated, self.today)
            found.append(("warn", numbered(age, "Untouched for {number} day", "Untouched for {number} days")))
        if not m.status.closed and high_risk(m):
            found.append(("warn", _("High risk")))
        if m.id in self.critical:
            found.append(("quiet", _("On the critical path")))
        return found

    def due_words(self, m: Milestone) -> str:
        """``Due 3 Feb``, ``Overdue by 5 days``, or nothing."""
        if m.status.closed or not m.due:
            return ""
        if self.portfolio.overdue(m):
            return self._overdue_words(m)
        return _("Due {day}").format(day=spoken(m.due, self.today))

    def _overdue_words(self, m: Milestone) -> str:
        late = days_between(m.due, self.today)
        return numbered(late, "Overdue by {number} day", "Overdue by {number} days")


def high_risk(item: Milestone | Plan) -> bool:
    """Whether a document calls its own risk high."""
    return (item.risk or "").casefold() in ("high", "critical", "severe")


def unwell(m: Milestone) -> list[str]:
    """The areas of a milestone that its health table warns of."""
    return [area.area for area in m.health if area.health in (Health.WARNING, Health.BAD)]


_UNSAFE = re.compile(r"[^a-z0-9._-]+")


def safe(text: str) -> str:
    """Text as one part of a URL and of a file name on every system: ``EP 1/Ä`` gives ``ep-1``."""
    found = _UNSAFE.sub("-", text.lower())[:80].strip(".-_")
    # Nothing is left of other scripts, and each of their names needs an address that stays the same.
    return found or "x" + hashlib.sha256(text.encode("utf-8", "surrogateescape")).hexdigest()[:8]


def _stem(name: str) -> str:
    """A milestone's name as the last parts of an address: ``S01/T02`` gives ``s01/t02``."""
    return "/".join(safe(part) for part in name.strip("/").split("/", 3))


def _key(m: Milestone) -> tuple[str, str, str]:
    return m.profile, m.id, m.path


def _ordered(portfolio: Portfolio) -> Iterator[Plan]:
    """Every plan, with stand-ins for those that milestones name but no document describes."""
    inside: set[int] = set()
    tops = [p for p in (*portfolio.plans, *_undescribed(portfolio)) if p.id not in portfolio.plan_parents]
    left = sorted(tops, key=_plan_order, reverse=True)
    seen: set[str] = set()
    while left:
        plan = left.pop()
        if id(plan) in inside:
            continue
        inside.add(id(plan))
        yield plan
        if plan.id not in seen:
            left += reversed(portfolio.subplans.get(plan.id, []))
        seen.add(plan.id)


def _undescribed(portfolio: Portfolio) -> Iterable[Plan]:
    described = {plan.id for plan in portfolio.plans}
    for plan_id, members in portfolio.by_plan.items():
        if plan_id not in described:
            status = _status_of(members)
            title, filed = plan_id or _("Without a plan"), all(m.filed for m in members)
            yield Plan(plan_id, title, status, status.value, filed, "", profile=members[0].profile)


def _status_of(members: Iterable[Milestone]) -> Status:
    present = {m.status for m in members}
    if present and all(status.closed for status in present):
        return Status.COMPLETED if Status.COMPLETED in present else Status.CANCELLED
    if present & {Status.COMPLETED, Status.IN_PROGRESS}:
        return Status.IN_PROGRESS
    return next((status for status in STATUS_ORDER if status in present), Status.PLANNED)


def _plan_order(plan: Plan) -> tuple[Any, ...]:
    """Open plans first, what moves before what waits, then by id (which, in most conventions, is by age)."""
    return plan.status.closed, STATUS_ORDER.index(plan.status), natural(plan.id), plan.path
