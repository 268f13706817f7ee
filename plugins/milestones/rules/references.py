"""RF: references between documents, and links to files."""

from __future__ import annotations

import os
import posixpath
import re
from functools import lru_cache
from typing import TYPE_CHECKING

from milestones.documents.values import Items, Text, is_text
from milestones.graph.dependencies import Dependencies
from milestones.lazy import pattern
from milestones.model import Finding, Position, Related, Status
from milestones.rules.nearest import nearest

if TYPE_CHECKING:
    from collections.abc import Iterator

    from milestones.project.assembly import Assembly
    from milestones.project.entry import Entry
    from milestones.project.groups import Group
    from milestones.project.project import Project

_REMOTE = re.compile(r"(?:[A-Za-z][A-Za-z0-9+.-]*:|//|#|mailto:)")
_ISSUE_KEY = pattern(r"(?:[A-Z][A-Z0-9]+-[0-9]+|#?[0-9]+|[\w.-]+/[\w.-]+#[0-9]+|@[\w-]+)\Z")


def document(project: Project, entry: Entry, wanted: frozenset[str]) -> Iterator[Finding]:
    """Check what a document names: other documents, and files."""
    if entry.document.fields is None:
        return
    if not entry.kind.references and entry.kind.id is not None:
        yield from _ids(project, entry)
    if "RF004" in wanted:
        yield from _links(project, entry)


def whole(project: Project, entries: list[Entry], wanted: frozenset[str]) -> Iterator[Finding]:
    """Check for cycles, and the registry where the convention has one."""
    if any(kind.references for kind in project.profile.kinds.values()):
        yield from _resolved(project)
    elif "RF003" in wanted:
        yield from _cycles(project, entries)
    if "RF006" in wanted and project.profile.registry is not None:
        from milestones.rules.registry import check as check_registry

        yield from check_registry(project, entries)


def _named(entry: Entry, key: str) -> list[Text]:
    value = entry.document.fields.get(key) if entry.document.fields is not None else None
    return [item for item in value if is_text(item) and item] if isinstance(value, Items) else []


def _ids(project: Project, entry: Entry) -> Iterator[Finding]:
    for key in ("depends_on", "supersedes"):
        for item in _named(entry, key):
            if item == entry.id:
                yield Finding(
                    "RF002",
                    entry.path,
                    f"{item} {_verb(key)} itself",
                    item.position,
                    f"remove it from `{key}`",
                )
                continue
            target = project.find(item)
            if target is None or target.kind is not entry.kind:
                yield _unknown(project, entry, key, item, target)
            elif key == "depends_on" and entry.status is Status.COMPLETED and _open(target):
                yield Finding(
                    "RF005",
                    entry.path,
                    f"this is finished, but it depends on {item}, which is {target.written('status')}",
                    item.position,
                    f"finish {item}, or remove the dependency if it is none",
                    (Related(target.path, _line(target), f"{item} is {target.written('status')}"),),
                )


def _verb(key: str) -> str:
    return {"depends_on": "depends on", "supersedes": "supersedes"}[key]


def _open(entry: Entry) -> bool:
    return entry.status is not None and not entry.status.closed


def _line(entry: Entry) -> int:
    status = entry.written("status")
    return status.line if status is not None else 1


def _unknown(project: Project, entry: Entry, key: str, item: Text, target: Entry | None) -> Finding:
    if target is not None:
        help = f"`{key}` takes ids of {entry.kind.model}s, and this is a {target.kind.model}"
    else:
        known = [id_ for id_, found in project.by_path_id.items() if found[0].kind is entry.kind and id_ != entry.id]
        near = nearest(item, known, n=1, cutoff=0.85)
        help = f"did you mean {near[0]}?" if near else "correct the id, or remove it"
    return Finding("RF001", entry.path, f"there is no {entry.kind.model} {item}", item.position, help)


def _resolved(project: Project) -> Iterator[Finding]:
    """References of a convention that has its own way of naming things."""
    assembly = project.assembly
    state = {("milestone", m.id): m.status for m in project.milestones}
    state |= {("plan", p.id): p.status for p in project.plans}
    for model in ("plan", "milestone"):
        for group in assembly.of_model(model):
            if model == "milestone":
                yield from _belonging(project, assembly, group)
            for record, text, targets, strict in assembly.references.dependencies(group):
                what = record.kind.label.lower()
                done = state.get((model, group.id)) is Status.COMPLETED
                if not targets and strict:
                    known = [g.id for g in assembly.of_model(model) if g.id != group.id]
                    near = nearest(text, known, n=1, cutoff=0.85)
                    help = f"did you mean {near[0]}?" if near else "correct the id, or remove it"
                    message = f"{group.id} depends on {text}, which is not there"
                    yield Finding("RF001", record.path, message, text.position, help)
                for target in targets:
                    if target == (model, group.id):
                        help = "remove it from what it depends on"
                        yield Finding("RF002", record.path, f"{group.id} depends on itself", text.position, help)
                    elif (
                        done
                        and not state.get(target, Status.COMPLETED).closed
                        and target not in _above(assembly, group)
                    ):
                        word = state[target].label.lower()
                        message = f"this {what} is finished, but it depends on {target[1]}, which is {word}"
                        help = f"finish {target[1]}, or remove the dependency if it is none"
                        yield Finding("RF005", record.path, message, text.position, help)
                    elif (
                        record.kind.dependencies_first
                        and state.get((model, group.id)) is Status.IN_PROGRESS
                        and not state.get(target, Status.COMPLETED).closed
                    ):
                        word = state[target].label.lower()
                        message = f"this {what} is in progress, but it depends on {target[1]}, which is {word}"
                        help = f"finish {target[1]} first, or remove the dependency if it is none"
                        yield Finding("RF005", record.path, message, text.position, help)
    by_id = {m.id: m for m in project.milestones}
    for cycle in Dependencies(project.milestones).cycles():
        yield Finding(
            "RF003",
            by_id[cycle[0]].path,
            f"the dependencies go round in a circle: {' → '.join([*cycle, cycle[0]])}",
            None,
            "remove one of these dependencies: none of this work can ever start",
            tuple(Related(by_id[id_].path, 1, f"{id_} is part of it") for id_ in cycle[1:]),
        )


def _above(assembly: Assembly, group: Group) -> set[tuple[str, str]]:
    """What something is a part of, up to the top: that is finished last, whatever comes first."""
    found: set[tuple[str, str]] = set()
    parent = group.parent
    while parent is not None and (group.model, parent) not in found:
        found.add((group.model, parent))
        outer = assembly.group(group.model, parent)
        parent = outer.parent if outer is not None else None
    return found


def _belonging(project: Project, assembly: Assembly, group: Group) -> Iterator[Finding]:
    """The parent and the plan that a document names."""
    if (parent := assembly.references.named_parent(group)) is not None:
        record, targets, text, strict = parent
        if not targets and strict:
            known = [g.id for g in assembly.of_model("milestone") if g.id != group.id]
            near = nearest(text, known, n=1, cutoff=0.85)
            help = f"did you mean {near[0]}?" if near else "correct the id, or remove it"
            message = f"{group.id} is a part of {text}, which is not there"
            yield Finding("RF001", record.path, message, text.position, help)
        elif targets and targets[0][1] == group.id:
            help = "name what it is a part of, or nothing"
            yield Finding("RF002", record.path, f"{group.id} is a part of itself", text.position, help)
    if (plan := assembly.references.named_plan(group)) is not None and plan[1] is None and plan[3]:
        record, _, text, _ = plan
        near = nearest(text, [p.id for p in project.plans if p.id != text], n=1, cutoff=0.6)
        help = f"did you mean {near[0]}?" if near else "correct it, or add the plan's own document"
        yield Finding("FM011", record.path, f"there is no plan {text}", text.position, help)


class _Node:
    """An entry as the graph sees it."""

    def __init__(self, entry: Entry) -> None:
        self.id = str(entry.id)
        self.status = entry.status or Status.PLANNED
        self.depends_on = tuple(str(item) for item in _named(entry, "depends_on"))
        self.entry = entry


def _looks_back(entry: Entry) -> bool:
    """True where all that a document depends on comes before it in the order of ids."""
    return all(item < (entry.id or "") for item in _named(entry, "depends_on"))


def _cycles(project: Project, entries: list[Entry]) -> Iterator[Finding]:
    """Cycles through the files asked for. Only what these lead to is read."""
    # Work depends on what has a smaller number, nearly always. Where all of it does, there is no way round.
    if project.complete and len(entries) == len(project.entries) and all(map(_looks_back, entries)):
        return
    nodes: dict[str, _Node] = {}
    queue = [entry for entry in entries if entry.document.fields is not None and entry.id is not None]
    for entry in queue:
        if str(entry.id) in nodes:
            continue
        node = nodes[str(entry.id)] = _Node(entry)
        for id_ in node.depends_on:
            target = project.find(id_) if id_ not in nodes else None
            if target is not None and target.document.fields is not None:
                queue.append(target)
    if all(id_ < node.id for node in nodes.values() for id_ in node.depends_on):
        return
    for cycle in Dependencies(nodes.values()).cycles():
        first = nodes[cycle[0]].entry
        path = " → ".join([*cycle, cycle[0]])
        related = []
        for at, id_ in enumerate(cycle):
            towards = cycle[(at + 1) % len(cycle)]
            item = next((t for t in _named(nodes[id_].entry, "depends_on") if t == towards), None)
            if at and item is not None:
                related.append(Related(nodes[id_].entry.path, item.line, f"{id_} depends on {towards}"))
        start = next((t for t in _named(first, "depends_on") if t == cycle[1 % len(cycle)]), None)
        yield Finding(
            "RF003",
            first.path,
            f"the dependencies go round in a circle: {path}",
            start.position if start is not None else None,
            "remove one of these dependencies: none of this work can ever start",
            tuple(related),
        )


def _links(project: Project, entry: Entry) -> Iterator[Finding]:
    links = entry.document.fields.get("links") if entry.document.fields is not None else None
    if isinstance(links, dict):
        for value in links.values():
            if is_text(value) and is_local(value):
                yield from _dead(project, entry, str(value), value.position, front_matter=True)
    for link in entry.document.outline.links:
        target = link.target
        if target and not _REMOTE.match(target):
            position = Position(link.line, link.column, link.column + max(1, len(target)))
            yield from _dead(project, entry, target, position, front_matter=False)


def is_remote(target: str) -> bool:
    """True for an address, a fragment of the same page, or anything else that is no path."""
    return bool(_REMOTE.match(target))


def is_local(value: str) -> bool:
    """True for what an author means as a path: not an address, an issue number, or words."""
    if not value or _REMOTE.match(value) or _ISSUE_KEY.match(value):
        return False
    return "/" in value or bool(re.search(r"\.[A-Za-z0-9]{1,5}(?:#.*)?\Z", value))


@lru_cache(maxsize=1024)
def _from_root(target: str) -> str:
    """Where a link leads when it is taken from the repository's root: the last of its ``candidates``."""
    return (candidates("", target) or [""])[-1]


def candidates(path: str, target: str) -> list[str]:
    """Where a link of a document may lead, relative to the repository: from the document, and from the root."""
    clean = target.partition("#")[0].partition("?")[0]
    if "%" in clean:
        from urllib.parse import unquote

        clean = unquote(clean)
    if clean.startswith("/"):
        return [posixpath.normpath(clean.lstrip("/"))] if clean.strip("/") else []
    beside = posixpath.normpath(posixpath.join(posixpath.dirname(path), clean))
    root = posixpath.normpath(clean)
    return [beside] if beside == root else [beside, root]


def _dead(project: Project, entry: Entry, target: str, position: Position, *, front_matter: bool) -> Iterator[Finding]:
    # Most links are written from the root, many of them again and again, and one look tells.
    if project.exists(_from_root(target)):
        return
    found = candidates(entry.path, target)
    if not found or any(project.exists(path) for path in found):
        return
    moved = namesakes(project, entry, target)
    if len(moved) == 1:
        help = f"it has moved: write `{respelled(entry, target, moved[0], front_matter=front_matter)}`"
    elif moved:
        help = f"a file of that name lies in {', '.join(f'`{os.path.dirname(path)}/`' for path in moved[:3])}"
    elif len(longer := _longer(project, entry, target)) == 1:
        help = f"did you mean `{respelled(entry, target, longer[0], front_matter=front_matter)}`?"
    else:
        help = "correct the path or remove the link; it is looked up from this file and from the repository's root"
    yield Finding("RF004", entry.path, f"the link `{target}` leads nowhere", position, help)


def namesakes(project: Project, entry: Entry, target: str) -> list[str]:
    """Where the file of a link that leads nowhere may have gone: the files of its name, else the folders."""
    name = candidates(entry.path, target)[-1].rstrip("/").rpartition("/")[2]
    moved = [path for path in project.file_names.get(name, ()) if path != entry.path]
    return moved or project.folders_named(name)


def _longer(project: Project, entry: Entry, target: str) -> list[str]:
    """Files whose name goes on where that of a link ends: `M-012.md` may mean `M-012-class-truth.md`."""
    wanted = candidates(entry.path, target)[0]
    stem, dot, ending = wanted.rpartition("/")[2].rpartition(".")
    if not dot or not any(c.isdigit() for c in stem):
        return []
    longer = [
        path
        for text in (f"/{stem}-", f"/{stem}_")
        for path in project.named_like(text)
        if path.endswith(f".{ending}") and path != entry.path
    ]
    return [path for path in longer if posixpath.dirname(path) == posixpath.dirname(wanted)] or longer


def respelled(entry: Entry, target: str, there: str, *, front_matter: bool) -> str:
    """A link as it must be written to lead to ``there``, with the fragment that it had."""
    fragment = target[target.index("#") :] if "#" in target else ""
    return (there if front_matter else posixpath.relpath(there, posixpath.dirname(entry.path))) + fragment
