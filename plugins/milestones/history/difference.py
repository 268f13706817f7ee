"""What happened to the plan between two states: not which lines changed, but which milestones, dates and dependencies.

A state is everything that the documents of one commit, or of the work tree, say. Two are compared by id, so a renamed,
archived or migrated file is the same milestone.
"""

from __future__ import annotations

import datetime
import re
from typing import TYPE_CHECKING, Any, NamedTuple

from milestones.history import log
from milestones.history.observation import HistoryError, Observation
from milestones.model import Status
from milestones.reports import json_text, printable

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from milestones.history.observation import Reading

#: Kinds of changes in the order in which they are told, with their headings.
KINDS = {
    "finished": "Finished",
    "reopened": "Reopened",
    "added": "Added",
    "removed": "Removed",
    "started": "Started",
    "status": "Other changes of status",
    "dropped": "Cancelled",
    "restored": "No longer cancelled",
    "moved": "Moved",
    "rescoped": "Re-scoped",
    "dependency_added": "Dependencies added",
    "dependency_cut": "Dependencies cut",
    "slipped": "Dates slipped",
    "pulled_in": "Dates pulled in",
    "risk": "Risk changed",
}
_CLOSED = frozenset(status.value for status in Status if status.closed)
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}\Z")


class State(NamedTuple):
    """Every milestone and plan of a commit by id, with its path.

    ``commit`` is empty for the work tree. ``name`` is what was asked for. ``unread`` are documents that say nothing
    that can be read.
    """

    name: str
    commit: str
    time: int | None
    milestones: Mapping[str, Observation]
    plans: Mapping[str, Observation]
    paths: Mapping[tuple[str, str], str]
    unread: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()


class Change(NamedTuple):
    """One thing that happened to one milestone or plan.

    ``kind`` is a key of ``KINDS``. ``field`` says what changed where the kind leaves it open (``due``, ``title``,
    ``plan``, ``path`` …). ``before`` and ``after`` are texts; ``days`` is by how many days a date moved, later being
    positive.
    """

    kind: str
    model: str
    id: str
    title: str
    plan_id: str
    field: str = ""
    before: str | None = None
    after: str | None = None
    days: int | None = None


class Difference(NamedTuple):
    """All changes from one state to another, by kind, then by id."""

    before: State
    after: State
    changes: tuple[Change, ...]
    notes: tuple[str, ...]

    def of_kind(self, kind: str) -> list[Change]:
        """The changes of one kind."""
        return [change for change in self.changes if change.kind == kind]


def is_day(name: str) -> bool:
    """True for what is taken as a day, and not as a ref."""
    return _DAY.match(name) is not None


def commit_of(root: str, name: str) -> str:
    """The commit that a ref names, or the last one on first parents up to the end of a day (UTC, by committer's date).

    Raises:
        HistoryError: where there is none.
    """
    if not is_day(name):
        return log.resolve(root, name)
    try:
        datetime.date.fromisoformat(name)
    except ValueError:
        raise HistoryError(f"{name!r} is not a day", help="write it as YYYY-MM-DD") from None
    before = f"--before={name}T23:59:59Z"
    head = log.resolve(root, "HEAD")
    found = log.run(root, "rev-list", "--first-parent", "--max-count=1", before, head, "--").decode().strip()
    if not found:
        raise HistoryError(
            f"there is no commit up to {name}", help="in a shallow clone it may be missing: git fetch --unshallow"
        )
    return found


def fork_point(root: str, base: str, ref: str = "HEAD") -> str:
    """The commit at which a branch left another: what a pull request is compared with.

    Raises:
        HistoryError: where there is none, or the clone is too shallow to tell.
    """
    a, b = commit_of(root, base), commit_of(root, ref)
    try:
        return log.run(root, "merge-base", a, b).decode().strip()
    except HistoryError:
        raise HistoryError(
            f"{base} and {ref} have no commit in common here",
            help="a shallow clone does not reach back to where the branches part: git fetch --unshallow",
        ) from None


def state(root: str, reading: Reading, name: str | None) -> State:
    """What the plan was at a ref or on a day, or (with None) is in the work tree, uncommitted changes included.

    Raises:
        HistoryError: git is missing, this is no repository, or there is no such commit.
    """
    found = states(root, reading, (name,))
    return found[0]


def states(root: str, reading: Reading, names: Sequence[str | None]) -> list[State]:
    """Several states. A version that they share is read once. Raises HistoryError as ``state`` does."""
    trees: list[tuple[str, str, dict[str, str]]] = []
    for name in names:
        commit = commit_of(root, name) if name is not None else log.facts(root).head or ""
        tree = log.tree(root, commit, reading.below, reading.relevant) if commit else {}
        trees.append((name or "", commit, tree))
    observed: dict[tuple[str, str], tuple[Observation, ...]] = {}
    wanted = list(dict.fromkeys(pair for _, _, tree in trees for pair in tree.items()))
    pairs = iter(wanted)
    log.blobs(root, wanted, lambda path, data: observed.__setitem__(next(pairs), reading.interpret(path, data)))
    notes: tuple[str, ...] = ()
    if log.facts(root).shallow:
        notes = ("this clone is shallow: older commits can't be compared with",)
    result = []
    for name, (text, commit, tree) in zip(names, trees, strict=True):
        documents = {path: observed[path, blob] for path, blob in tree.items()}
        time = int(log.run(root, "log", "-1", "--format=%ct", commit)) if name is not None else None
        if name is None:
            with log.Uncommitted(root, reading.below, head=bool(commit)) as uncommitted:
                for path, data in uncommitted.files(reading.relevant):
                    documents.pop(path, None)
                    if data is not None:
                        documents[path] = reading.interpret(path, data)
        result.append(_state(text or "work tree", commit if name is not None else "", time, documents, notes))
    return result


def _state(
    name: str,
    commit: str,
    time: int | None,
    documents: Mapping[str, tuple[Observation, ...]],
    notes: tuple[str, ...] = (),
) -> State:
    places: dict[tuple[str, str], list[tuple[str, Observation]]] = {}
    for path, observations in documents.items():
        for o in observations:
            places.setdefault((o.model, o.id), []).append((path, o))
    milestones: dict[str, Observation] = {}
    plans: dict[str, Observation] = {}
    paths: dict[tuple[str, str], str] = {}
    for key in sorted(places):
        ranked = sorted(places[key], key=_precedence)
        paths[key] = ranked[0][0]
        (milestones if key[0] == "milestone" else plans)[key[1]] = _merged([o for _, o in ranked])
    unread = tuple(sorted(path for path, observations in documents.items() if not observations))
    return State(name, commit, time, milestones, plans, paths, unread, notes)


def _precedence(place: tuple[str, Observation]) -> tuple[bool, int, bool, str]:
    """As in timelines: who names a status, then the smallest rank, then what is filed, then the smaller path."""
    path, o = place
    return not o.status, o.rank, not o.filed, path


def _merged(found: list[Observation]) -> Observation:
    """One observation out of several of the same id: the first that says something of an attribute counts."""
    first = found[0]
    for other in found[1:]:
        if other.rank == first.rank:
            continue  # a twin, not a second document of the same milestone
        first = first._replace(
            title=first.title or other.title,
            plan_id=first.plan_id or other.plan_id,
            due=first.due or other.due,
            start=first.start or other.start,
            risk=first.risk or other.risk,
            owner=first.owner or other.owner,
            depends_on=tuple(dict.fromkeys((*first.depends_on, *other.depends_on))),
            progress=max(first.progress, other.progress),
        )
    return first


def difference(
    root: str, reading: Reading, before: str, after: str | None = None, *, since_fork: bool = False
) -> Difference:
    """The change of the plan from one ref or day to another, or (None) to the work tree.

    With ``since_fork``, the comparison starts where ``after`` left ``before``, so that what happened on the base branch
    since does not show with its sign turned.

    Raises:
        HistoryError: git is missing, this is no repository, or there is no such commit.
    """
    base = fork_point(root, before, after or "HEAD") if since_fork else before
    first, second = states(root, reading, (base, after))
    return compare(first._replace(name=before), second)


def compare(before: State, after: State) -> Difference:
    """The changes from one state to another.

    A document that can't be read in one of the two states hides what it holds; it is named in the notes, and its
    milestones count as neither added nor removed where their path is the same.
    """
    changes: list[Change] = []
    unread = {*before.unread, *after.unread}
    for old_all, new_all in ((before.plans, after.plans), (before.milestones, after.milestones)):
        for id_ in sorted({*old_all, *new_all}):
            old, new = old_all.get(id_), new_all.get(id_)
            if old is None or new is None:
                there = old or new
                assert there is not None
                where = (before if new is None else after).paths[there.model, id_]
                if where not in unread:
                    changes.append(_change("removed" if new is None else "added", there, after=there.status))
            else:
                paths = before.paths[new.model, id_], after.paths[new.model, id_]
                changes += _changes(old, new, paths)
    order = {kind: at for at, kind in enumerate(KINDS)}
    changes.sort(key=lambda c: (order[c.kind], c.model != "plan", c.id, c.field, c.after or "", c.before or ""))
    notes = list(dict.fromkeys((*before.notes, *after.notes)))
    notes += [f"{path} can't be read in {side.name}" for side in (before, after) for path in side.unread]
    return Difference(before, after, tuple(changes), tuple(notes))


#: Headings that begin with what is counted.
_SEVERAL = {"dependencies": "dependency", "dates": "date", "other changes": "other change"}


def _counted(heading: str, count: int) -> str:
    """A heading behind a number: ``1 dependency cut``, ``2 dependencies cut``."""
    words = heading.lower()
    if count == 1:
        for several, one in _SEVERAL.items():
            words = re.sub(rf"^{several}\b", one, words)
    return words


def _change(kind: str, of: Observation, **details: Any) -> Change:
    return Change(kind, of.model, of.id, of.title, of.plan_id, **details)


def _changes(old: Observation, new: Observation, paths: tuple[str, str]) -> Iterator[Change]:
    if old.status != new.status and new.status:
        yield _change(_kind_of_step(old.status, new.status), new, field="status", before=old.status, after=new.status)
    if old.plan_id != new.plan_id and new.model == "milestone":
        yield _change("moved", new, field="plan", before=old.plan_id, after=new.plan_id)
    elif paths[0].rpartition("/")[0] != paths[1].rpartition("/")[0]:
        yield _change("moved", new, field="path", before=paths[0], after=paths[1])
    if old.title != new.title:
        yield _change("rescoped", new, field="title", before=old.title, after=new.title)
    if old.owner != new.owner:
        yield _change("rescoped", new, field="owner", before=old.owner, after=new.owner)
    for id_ in sorted(set(new.depends_on) - set(old.depends_on)):
        yield _change("dependency_added", new, field="depends_on", after=id_)
    for id_ in sorted(set(old.depends_on) - set(new.depends_on)):
        yield _change("dependency_cut", new, field="depends_on", before=id_)
    for field, was, now in (("start", old.start, new.start), ("due", old.due, new.due)):
        if was != now:
            days = _days(was, now)
            # A promise that is taken back has slipped; one that is given has not.
            later = days > 0 if days is not None else now is None
            yield _change("slipped" if later else "pulled_in", new, field=field, before=was, after=now, days=days)
    if old.risk != new.risk:
        yield _change("risk", new, field="risk", before=old.risk, after=new.risk)


def _kind_of_step(old: str, new: str) -> str:
    if new == Status.CANCELLED.value:
        return "dropped"
    if old == Status.CANCELLED.value and new not in _CLOSED:
        return "restored"
    if new in _CLOSED:
        return "finished"
    if old in _CLOSED:
        return "reopened"
    return "started" if new == Status.IN_PROGRESS.value else "status"


def _days(was: str | None, now: str | None) -> int | None:
    try:
        return (datetime.date.fromisoformat(now or "") - datetime.date.fromisoformat(was or "")).days
    except ValueError:
        return None


# How a difference is told.


def summary(difference: Difference) -> str:
    """One line: ``2 finished, 1 added, 3 dates slipped``."""
    counts = ((heading, len(difference.of_kind(kind))) for kind, heading in KINDS.items())
    parts = [f"{count} {_counted(heading, count)}" for heading, count in counts if count]
    return ", ".join(parts) or "the plan did not change"


def text(difference: Difference) -> str:
    """The changes for a terminal. What is not printable is shown escaped."""
    return "\n".join(printable(line) for line in _lines(difference, _plainly, "", "  ")) + "\n"


def markdown(difference: Difference) -> str:
    """The changes as a comment on a pull request.

    Titles are the work of strangers: nothing in them becomes markup, a link, a mention of a person or an issue.
    """
    lines = list(_lines(difference, _inert, "**", "- "))
    return "\n".join([f"### {lines[0]}", *lines[1:]]) + "\n"


def as_json(difference: Difference) -> str:
    """The changes as data, after ``schemas/diff.schema.json``."""
    data = {
        "version": "1",
        "before": _named(difference.before),
        "after": _named(difference.after),
        "summary": {kind: len(difference.of_kind(kind)) for kind in KINDS},
        "changes": [_row(change) for change in difference.changes],
        "notes": [printable(note) for note in difference.notes],
    }
    return json_text(data)


def _named(state: State) -> dict[str, Any]:
    open_ = sum(o.status not in _CLOSED for o in state.milestones.values())
    return {
        "name": printable(state.name),
        "commit": state.commit or None,
        "milestones": len(state.milestones),
        "open": open_,
        "plans": len(state.plans),
    }


def _row(change: Change) -> dict[str, Any]:
    row = {key: printable(value) if isinstance(value, str) else value for key, value in change._asdict().items()}
    row["plan"] = row.pop("plan_id") or None
    row["field"] = row["field"] or None
    return row


def _lines(difference: Difference, show: Callable[[str], str], strong: str, item: str) -> Iterator[str]:
    first, second = difference.before, difference.after
    yield f"Plan: {show(_short(first))} to {show(_short(second))}"
    yield ""
    yield summary(difference)
    for kind, heading in KINDS.items():
        found = difference.of_kind(kind)
        if found:
            yield ""
            yield f"{strong}{heading}{strong} ({len(found)})"
            if strong:
                yield ""
            for change in found:
                detail = _detail(change, show)
                name = f"{show(change.id)} {show(change.title)}".rstrip()
                yield f"{item}{name}{': ' + detail if detail else ''}"
    if difference.notes:
        yield ""
        yield from (f"{item}note: {show(note)}" for note in difference.notes)


def _short(state: State) -> str:
    if state.commit and not state.commit.startswith(state.name):
        return f"{state.name} ({state.commit[:9]})"
    return state.commit[:9] or state.name


def _detail(change: Change, show: Callable[[str], str]) -> str:
    kind, before, after = change.kind, change.before, change.after
    if kind in ("removed", "started", "finished", "reopened", "dropped", "restored"):
        return ""
    if kind == "added":
        return show((after or "").replace("_", " "))
    if kind == "dependency_added":
        return f"now waits for {show(after or '')}"
    if kind == "dependency_cut":
        return f"no longer waits for {show(before or '')}"
    if change.field == "path":
        before, after = _apart(before or "", after or "")
    told = f"{show(before) if before else 'none'} to {show(after) if after else 'none'}"
    if change.days:
        count = abs(change.days)
        told += f" ({count} day{'s' if count != 1 else ''} {'later' if change.days > 0 else 'earlier'})"
    return told if change.field in ("risk", "status", "path") else f"{change.field} {told}"


def _apart(before: str, after: str) -> tuple[str, str]:
    """The folders of two paths, from where they part."""
    old, new = (path.split("/")[:-1] for path in (before, after))
    while old and new and old[0] == new[0]:
        del old[0], new[0]
    return "/".join(old) or ".", "/".join(new) or "."


def _plainly(text: str) -> str:
    return text


_MARKUP = re.compile(r"[\\`*_{}\[\]()<>#!|~&@:$%^]|(?<=www)\.", re.IGNORECASE)
#: What begins a mention, a reference or an address on one forge or another.
_CALLS = frozenset("@#!$%~&:.")


def _inert(text: str) -> str:
    """Text that Markdown shows as it is, without making links, mentions or references of it.

    Entities keep it from being markup. A forge looks for names and numbers in what is shown, though; there, a word
    joiner, which nobody sees, stands after the character that would begin one.
    """
    folded = " ".join(printable(text).split())
    return _MARKUP.sub(lambda c: f"&#{ord(c[0])};" + ("&#8288;" if c[0] in _CALLS else ""), folded)
