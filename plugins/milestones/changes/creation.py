"""New plans and milestones: the next number, a place, and the text that their profile starts them from."""

from __future__ import annotations

import contextlib
import os
import re
from typing import TYPE_CHECKING

from milestones.changes import registry
from milestones.changes.planned import Planned, document, edited, refuse_dates, refuse_invalid, require_present
from milestones.changes.transaction import ChangeError, Transaction
from milestones.documents.characters import CONTROL, quoted
from milestones.profiles import catalogue
from milestones.profiles.paths import slugify
from milestones.project import elsewhere, git, ledger

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from milestones.profiles.kinds import Kind, Place
    from milestones.project.project import Project
    from milestones.project.workspace import Workspace

#: Longer numbers are a finding, and nothing to count on from.
_MOST_DIGITS = 9


def new_plan(
    workspace: Workspace,
    title: str,
    *,
    slug: str = "",
    kind: str = "feature",
    domain: str = "",
    owner: str = "",
    taken: Iterable[int] = (),
) -> Planned:
    """A new plan: numbered among the plans of today, in a folder of its own. ``taken`` numbers are passed over.

    It gets a ledger of its ids where other plans have one. Raises ChangeError.
    """
    project = next((p for p in workspace.projects if p.profile.made("plan")), workspace.main)
    what = _made(project, "plan")
    assert what.id is not None
    day = project.today
    fields = {"date": day.replace("-", "")}
    fields["number"] = _next_number(project, what, {**fields, "number": ""}, taken)
    fields["slug"] = fields["folder"] = _slug(project, title, slug)
    place = what.places[0]
    values = {
        "id": what.id.build(fields),
        "title": title,
        "kind": kind,
        "domain": domain or "cross-cutting",
        "owner": owner or _owner(project),
        "today": day,
        **fields,
    }
    planned = _created(project, what, place, fields, values)
    if ledger.paths(project):
        planned.transaction.create(ledger.path(project, os.path.dirname(planned.path)), ledger.text(()).encode("utf-8"))
    return planned


def new_milestone(
    workspace: Workspace,
    plan: str,
    title: str,
    *,
    slug: str = "",
    domain: str = "",
    owner: str = "",
    depends_on: Sequence[str] = (),
    start: str = "",
    due: str = "",
    taken: Iterable[int] = (),
) -> Planned:
    """A new milestone: the next number of its plan, whose owner and domain it takes.

    A number that the plan's ledger, any branch, a sibling work tree or an earlier commit knows is never given again,
    nor one of those ``taken``. Raises ChangeError.
    """
    if all(p.profile.made("milestone") is None for p in workspace.projects):
        _made(workspace.main, "milestone")
    parent = document(workspace, plan, "plan")
    project = parent.project
    what = _made(project, "milestone")
    assert what.id is not None
    if parent.located is None or parent.id is None:
        raise ChangeError(f"the plan {plan} is not where its profile wants it", "run `milestones check`")
    if parent.filed or (parent.status is not None and parent.status.closed):
        raise ChangeError(f"the plan {parent.id} is finished", "reopen it first, or start a new plan")
    place = next((p for p in what.places if p.parent == parent.located.place.name and not p.finished), None)
    if place is None:
        raise ChangeError(f"the plan {parent.id} lies where no work begins")
    fields = {f"plan.{name}": value for name, value in parent.located.fields.items()} | {"plan": str(parent.id)}
    held = ledger.of_plan(project, parent.located.plan_directory) if ledger.kind(project) is what else None
    require_present(project, [parent.path, *([held.path] if held is not None else [])])
    if held is not None and (fault := ledger.unreadable(held)) is not None:
        raise ChangeError(*fault)
    known = {*taken, *(held.numbers if held is not None else ())}
    fields["number"] = _next_number(project, what, {**fields, "number": ""}, known)
    fields["slug"] = _slug(project, title, slug)
    values = {
        "id": what.id.build(fields),
        "title": title,
        "domain": domain or parent.written("domain") or "cross-cutting",
        "owner": owner or parent.written("owner") or _owner(project),
        "today": project.today,
        **fields,
    }
    extra: dict[str, str | Sequence[str]] = {}
    if depends_on:
        extra["depends_on"] = [str(document(project, id_, "milestone").id) for id_ in depends_on]
    if start:
        extra["start"] = start
    if due:
        extra["due"] = due
    planned = _created(project, what, place, fields, values, extra)
    if held is not None:
        line = ledger.Line(int(fields["number"]), ledger.name_of(planned.id, what), fields["slug"], 0)
        with open(os.path.join(project.directory, held.path), "rb") as file:
            planned.transaction.write(held.path, ledger.appended(file.read(), (line,)))
    return planned


def _made(project: Project, model: str) -> Kind:
    kind = project.profile.made(model)
    if kind is None:
        names = ", ".join(name for name in catalogue.NAMES if catalogue.load(name).made(model))
        raise ChangeError(
            f"the profile {project.profile.name} has no template for a new {model}",
            f"write the file by hand; `milestones check` says what it lacks ({names} have one)",
        )
    return kind


def _created(
    project: Project,
    kind: Kind,
    place: Place,
    fields: Mapping[str, str],
    values: Mapping[str, str],
    extra: Mapping[str, str | Sequence[str]] | None = None,
) -> Planned:
    path = place.template.build(fields)
    if kind.model == "plan" and (taken := project.plans_in(path.rpartition("/")[0])):
        raise ChangeError(
            f"{path.rpartition('/')[0]}/ holds the plan {taken[0].id} already",
            "give another --slug: a plan has a folder",
        )
    data = _fill(project.profile.template_text(kind), values).encode("utf-8")
    for key, value in (extra or {}).items():
        data = edited(data, key, value)
    refuse_invalid(kind, data, ())
    refuse_dates(data, extra or {})
    transaction = Transaction(project.directory)
    transaction.create(path, data)
    registry.update(project, transaction, kind, values["id"], data, path, added=True)
    return Planned(values["id"], path, transaction)


def _fill(template: str, values: Mapping[str, str]) -> str:
    def value(found: re.Match[str]) -> str:
        text = values[found[1]]
        if "\n" in text or CONTROL.search(text):
            raise ChangeError(f"the {found[1]} is not one line of text", "leave out line breaks and control characters")
        if found[2] == "int":
            return str(int(text))
        return quoted(text) if found[2] == "quoted" else text

    return re.sub(r"\{\{([a-z]+)(?::([a-z]+))?\}\}", value, template)


def _next_number(project: Project, kind: Kind, fields: Mapping[str, str], more: Iterable[int] = ()) -> str:
    rule = project.profile.fields[kind.sequence]
    assert kind.scope is not None
    assert kind.id is not None
    scope = kind.scope.build(fields)
    taken = [
        int(parts["number"])
        for entry in project.of_model(kind.model)
        for id_ in {entry.id_in_path, entry.id} - {None}
        if (parts := kind.id.read(str(id_)))
        and kind.scope.build(parts) == scope
        and parts["number"].isdecimal()
        and len(parts["number"]) <= _MOST_DIGITS
    ]
    taken += [*more, *elsewhere.issued(project, kind, fields)]
    number = max(taken, default=rule.first - 1) + 1
    if rule.last and number > rule.last:
        raise ChangeError(f"all numbers up to {rule.last} are taken in {scope}", "start a new plan")
    return str(number).zfill(rule.width)


def _slug(project: Project, title: str, slug: str) -> str:
    rule = project.profile.fields["slug"]
    if not title.strip():
        raise ChangeError("the title is empty", 'give it in quotes: "Prototype streaming"')
    if slug and not re.fullmatch(rule.pattern, slug):
        suggestion = slugify(slug, longest=rule.longest or 60)
        raise ChangeError(f"{slug!r} is no slug", f"write for example --slug {suggestion or 'prototype-streaming'}")
    if rule.longest and len(slug) > rule.longest:
        raise ChangeError(f"a slug of {len(slug)} characters", f"keep it to {rule.longest}")
    made = slug or slugify(title, rule.separator, min(rule.longest or 60, 60))
    if not made:
        raise ChangeError(f"no slug can be made of {title!r}", "give one with --slug, in ASCII letters and digits")
    return made


def _owner(project: Project) -> str:
    """A handle for whoever runs the command: their git name, else a placeholder that the schema accepts."""
    with contextlib.suppress(git.GitError):
        name = slugify(git.run(project.directory, "config", "user.name").decode("utf-8", "replace"))
        if name:
            return f"@{name}"
    return "@team"
