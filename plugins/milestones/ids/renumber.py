"""Give the new ids of one side other numbers, wherever they are written.

What the base has keeps its number. All new documents of a sequence in which two sides met shift together, in the order
they have, behind everything that the base has given out. Two sides may have met already (a merge, a rebase, a
cherry-pick, finished or stopped in the middle) or may still be apart.

A mention follows where it is this side's: file names everywhere, for they hold a slug; ids in lines that the base
does not have. A line that the base has means what it meant there. Where two documents have one id, git knows
which of them a line came with; where it does not, the line stays and is told.
"""

from __future__ import annotations

import difflib
import os
from typing import TYPE_CHECKING, NamedTuple

from milestones.changes.transaction import ChangeError, Transaction, require_clean
from milestones.documents import editor
from milestones.history.past import PastProject, Tree
from milestones.ids import base as bases
from milestones.ids.mentions import Holder, Mentions
from milestones.ids.origins import Origins
from milestones.project import elsewhere, git, ledger
from milestones.project.project import everything
from milestones.project.records import id_key
from milestones.rules.front_matter import agreed

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence

    from milestones.ids.base import Base
    from milestones.profiles.kinds import Kind
    from milestones.project.entry import Entry
    from milestones.project.project import Project
    from milestones.project.workspace import Workspace

#: Larger files are no place for ids. Bytes.
_MOST = 1_000_000
#: How files in UTF-16 begin.
_WIDE = (b"\xff\xfe", b"\xfe\xff")
#: What git keeps while it replays commits one by one, and while anything at all is under way.
_REPLAYING = ("CHERRY_PICK_HEAD", "REVERT_HEAD", "rebase-merge", "rebase-apply", "sequencer")
_PROCEEDING = ("MERGE_HEAD", "SQUASH_MSG", *_REPLAYING)


class Shift(NamedTuple):
    """A document with its new number: fields of its path, old id, new id, new path."""

    entry: Entry
    number: int
    old: str
    new: str
    path: str


class Planned(NamedTuple):
    """What would change: the shifts, the transaction, and paths and texts before and after.

    ``left`` are mentions that may mean either of two documents, and files that can't be read; they stay as they are.
    """

    base: Base
    shifts: tuple[Shift, ...]
    transaction: Transaction
    texts: tuple[tuple[str, str, bytes, bytes], ...]
    replaying: bool = False
    left: tuple[str, ...] = ()

    def diff(self) -> Iterator[str]:
        """A unified diff of it all, line by line."""
        for before, after, old, new in self.texts:
            one, two = (data.decode("utf-8", "replace").splitlines() for data in (old, new))
            if before != after:
                yield f"rename from {before}"
                yield f"rename to {after}"
            yield from difflib.unified_diff(one, two, f"a/{before}", f"b/{after}", lineterm="")


class _Side(NamedTuple):
    """A sequence at a commit: the (number, slug) pairs, and the numbers, documents and ledgers together."""

    pairs: frozenset[tuple[int, str]]
    numbers: frozenset[int]


def base_of(directory: str, name: str) -> Base:
    """The base to renumber against. With ``auto``, on the branch that others merge into, what it was before the merge.

    Raises ChangeError.
    """
    try:
        if name == "auto" and (own := _before_merging(directory)):
            name = own
        return bases.find(directory, name)
    except bases.Unknown as unknown:
        raise ChangeError(str(unknown), unknown.help) from None


def _before_merging(directory: str) -> str:
    """Where the branch that is checked out is itself the one that others merge into: its state before the merge."""
    here = _said(directory, "symbolic-ref", "--quiet", "--short", "HEAD")
    head = _said(directory, "symbolic-ref", "--quiet", "--short", "refs/remotes/origin/HEAD").rpartition("/")[2]
    if not here or here not in (head, *(() if head else ("main", "master"))):
        return ""
    if _proceeding(directory):
        return "HEAD"
    return "HEAD^1" if _said(directory, "rev-parse", "--verify", "--quiet", "HEAD^2") else ""


def _said(directory: str, *arguments: str) -> str:
    try:
        return os.fsdecode(git.run(directory, *arguments)).strip()
    except git.GitError:
        return ""


def _proceeding(directory: str, signs: Iterable[str] = _PROCEEDING) -> bool:
    """True in the middle of a merge, rebase or cherry-pick."""
    folder = _said(directory, "rev-parse", "--absolute-git-dir")
    return bool(folder) and any(os.path.exists(os.path.join(folder, name)) for name in signs)


def plan(workspace: Workspace, name: str = "auto") -> Planned:
    """What has to change so that no new id is one that the base has. Raises ChangeError, and writes nothing.

    While git replays commits one by one (a rebase, a cherry-pick), only the ledgers are settled: the commits still to
    come name the old ids. Once they are all there, everything can follow.
    """
    directory = workspace.directory
    able = [p for p in workspace.projects if p.profile.made("milestone") or p.profile.made("plan")]
    if not able:
        raise ChangeError(f"the profile {workspace.main.profile.name} has no template, so its ids are given by hand")
    base = base_of(directory, name)
    there, fork = Tree(directory, base.commit), Tree(directory, base.fork)
    shifts: list[Shift] = []
    ledgers: dict[str, bytes] = {}
    replaying = _proceeding(directory, _REPLAYING)
    apart = frozenset[str]() if replaying else _apart(able, base, there, fork)
    for project in able:
        own, settled = _project(project, there, fork, apart, replaying=replaying)
        shifts += own
        ledgers |= settled
    return planned(workspace, base, there, shifts, ledgers)._replace(replaying=replaying)


def planned(
    workspace: Workspace, base: Base, there: Tree | None, shifts: Sequence[Shift], ledgers: Mapping[str, bytes]
) -> Planned:
    """What some shifts change. Lines that ``there`` has mean what they meant there. Raises ChangeError."""
    directory = workspace.directory
    texts, left = _texts(workspace, there, shifts, ledgers)
    transaction = Transaction(directory)
    moves = {s.entry.path: s.path for s in shifts if s.path != s.entry.path}
    for path in moves.values():
        if os.path.lexists(os.path.join(directory, path)):
            raise ChangeError(f"{path} exists already", "rename one of the two by hand, then run it again")
    _refuse_dirty(directory, sorted({*moves, *(before for before, _, _, _ in texts)} - ledgers.keys()))
    for before, after in moves.items():
        transaction.move(before, after)
    for _, after, _, data in texts:
        transaction.write(after, data)
    return Planned(base, tuple(shifts), transaction, tuple(texts), left=tuple(left))


def _apart(projects: Iterable[Project], base: Base, there: Tree, fork: Tree) -> frozenset[str]:
    """Paths at which each side has added a document of its own. Raises ChangeError where a merge has mixed the two.

    It is one document where either text was once the other's: a commit picked from there, a branch built on another.
    """
    directory = there.directory
    head = Tree(directory, "HEAD")
    documents = {entry.path for project in projects for entry in project.entries.values() if entry.id_in_path}
    places = [
        path
        for path in sorted(documents & head.blobs.keys() & there.blobs.keys() - fork.blobs.keys())
        if head.blobs[path] != there.blobs[path]
    ]
    found = frozenset(
        path
        for path in places
        if there.blobs[path] not in _once(directory, f"{base.fork}..HEAD", path)
        and head.blobs[path] not in _once(directory, f"{base.fork}..{base.commit}", path)
    )
    if not found or not _proceeding(directory):
        return found
    for path in sorted(found):
        if _said(directory, "ls-files", "--unmerged", "--", f":(literal){path}"):
            help = f"`git merge --abort`, then `milestones renumber --base {base.name}`, then merge again"
            raise ChangeError(f"{path} is a document of each side, and the merge mixes them", help)
    return frozenset()  # resolved: the two are one now


def _once(directory: str, commits: str, path: str) -> set[str]:
    """Every text (by git's name for it) that some commits gave a file."""
    options = ("--raw", "--no-abbrev", "--no-renames", "--no-ext-diff", "--format=", "-m")
    told = _said(directory, "log", *options, commits, "--", f":(literal){path}")
    return {fields[3] for line in told.split("\n") if len(fields := line.split(" ")) > 4}


def _refuse_dirty(directory: str, paths: list[str]) -> None:
    """Refuse files with changes that git could not bring back; in the middle of a merge, what is staged is no such."""
    if not paths:
        return
    if not _proceeding(directory):
        require_clean(directory, paths)
        return
    options = ("--name-only", "-z", "--relative", "--no-ext-diff", "--ignore-submodules=all")
    literal = (f":(literal){p}" for p in paths)
    listed = git.run(directory, *git.without_programs(directory), "diff", *options, "--", *literal)
    dirty = [os.fsdecode(name) for name in listed.split(b"\0") if name]
    if dirty:
        raise ChangeError(f"{dirty[0]} has changes that are not staged", "resolve it and `git add` it first")


def _project(
    project: Project, there: Tree, fork: Tree, apart: Collection[str], *, replaying: bool
) -> tuple[list[Shift], dict[str, bytes]]:
    theirs = PastProject(project.config, project.profile, there, project.today)
    before = PastProject(project.config, project.profile, fork, project.today)
    plans: dict[str, Shift] = {}
    kind = project.profile.made("plan")
    if kind is not None and not replaying:
        for shift in _shifts(project, kind, theirs, before, {}, apart):
            plans[shift.entry.path] = shift
    shifts = list(plans.values())
    made = project.profile.made("milestone")
    ledgers: dict[str, bytes] = {}
    if made is not None:
        folders = {s.entry.located.plan_directory: s for s in plans.values() if s.entry.located is not None}
        own = list(_shifts(project, made, theirs, before, folders, apart)) if not replaying else []
        shifts += own
        numbers = {shift.entry.path: shift for shift in own}
        for path in ledger.paths(project):
            data = _settled(project, theirs, there, path, numbers, apart)
            if data is not None:
                ledgers[path] = data
    return shifts, ledgers


def _shifts(
    project: Project,
    kind: Kind,
    theirs: Project,
    before: Project,
    folders: Mapping[str, Shift],
    apart: Collection[str],
) -> Iterator[Shift]:
    """The documents of a kind that get another number; those in the folder of a plan that does keep theirs."""
    assert kind.id is not None
    rule = project.profile.fields[kind.sequence]
    for (name, scope), found in project.sequences.items():
        members = [m for m in found if m[1].located is not None and m[1].located.plan_directory not in folders]
        if name != kind.name:
            continue
        on_base, at_fork = side(theirs, kind, scope), side(before, kind, scope)
        often = [number for number, _ in members]
        new = [
            (number, entry)
            for number, entry in members
            if ((number, _slug(entry)) not in on_base.pairs or entry.path in apart)
            and (number, _slug(entry)) not in at_fork.pairs
            and not (number in at_fork.numbers and often.count(number) == 1)
        ]
        own = [number for number, _ in new]
        if not any(number in on_base.numbers or own.count(number) > 1 for number in own):
            continue
        kept = {number for number, entry in members if (number, entry) not in new}
        taken = {*on_base.numbers, *at_fork.numbers, *kept, *given_elsewhere(project, kind, new)}
        following = max(taken) + 1
        for number, entry in new:
            if rule.last and following > rule.last:
                raise ChangeError(f"all numbers up to {rule.last} are taken in {scope}", "start a new plan")
            if number != following:
                yield shifted(project, entry, following, rule.width)
            following += 1
    for folder, plan in folders.items():
        for entry in project.milestones_in(folder):
            if entry.kind.name == kind.name and entry.located is not None and entry.located.plan_directory == folder:
                yield followed(project, entry, plan)


def given_elsewhere(project: Project, kind: Kind, new: list[tuple[int, Entry]]) -> set[int]:
    """Numbers that other branches and work trees have given to other documents than those that get another now."""
    entry = new[0][1]
    assert entry.located is not None
    rule = project.profile.fields[kind.sequence]
    folder = entry.path.rpartition("/")[0]
    fields = {**entry.located.fields, "plan": entry.plan_id_in_path or "", "directory": folder}
    own = {(number, _slug(one)) for number, one in new}
    try:
        held = elsewhere.holders(project, kind, fields)
    except (git.GitError, KeyError, ValueError):
        return set()  # the check against a base says what git can't tell
    others = {number for number, slugs in held.items() if any((number, slug) not in own for slug in slugs)}
    return {number for number in others if not rule.last or number <= rule.last}


def _slug(entry: Entry) -> str:
    assert entry.located is not None
    return entry.located.fields.get("slug", "")


def side(project: Project, kind: Kind, scope: str) -> _Side:
    """What a project has of a sequence, and what its ledgers say of it."""
    pairs = {(number, _slug(entry)) for number, entry in project.sequences.get((kind.name, scope), [])}
    numbers = {number for number, _ in pairs}
    made = ledger.kind(project)
    if made is not None and made.name == kind.name:
        for path in ledger.paths(project):
            folder = path.rpartition("/")[0]
            plans = [plan.plan_id_in_path for plan in project.plans_in(folder)]
            if any(id_ is not None and _scope(kind, id_) == scope for id_ in plans):
                held = ledger.read(project, path)
                numbers |= held.numbers
    return _Side(frozenset(pairs), frozenset(numbers))


def _scope(kind: Kind, plan: str) -> str | None:
    assert kind.scope is not None
    try:
        return kind.scope.build({"plan": plan}).upper()
    except (KeyError, ValueError):
        return None


def shifted(project: Project, entry: Entry, number: int, width: int) -> Shift:
    """A document with another number. Raises ChangeError where it can't have one."""
    located, kind = entry.located, entry.kind
    assert located is not None
    assert kind.id is not None
    text = str(number).zfill(width)
    old = entry.id_in_path
    fields = {**located.fields, "plan": entry.plan_id_in_path or "", kind.sequence: text}
    if old is None:
        raise ChangeError(f"{entry.path} has no id that could change", "run `milestones check`")
    path = _built(entry, fields)
    if kind.model == "plan" and path.rpartition("/")[0] != entry.path.rpartition("/")[0]:
        raise ChangeError(f"the folder of {old} is named after its id", "rename it by hand: other files lie in it")
    return Shift(entry, number, old, kind.id.build(fields), path)


def followed(project: Project, entry: Entry, plan: Shift) -> Shift:
    """A milestone whose plan has another number: its own stays."""
    assert entry.located is not None
    assert entry.kind.id is not None
    sequence = plan.entry.kind.sequence
    number = str(plan.number).zfill(project.profile.fields[sequence].width)
    fields = {**entry.located.fields, "plan": plan.new}
    if f"plan.{sequence}" in fields:
        fields[f"plan.{sequence}"] = number
    own = entry.located.fields.get(entry.kind.sequence, "")
    new = entry.kind.id.build(fields)
    return Shift(entry, int(own) if own.isdecimal() else 0, str(entry.id_in_path), new, _built(entry, fields))


def _built(entry: Entry, fields: Mapping[str, str]) -> str:
    assert entry.located is not None
    try:
        return entry.located.place.template.build(fields)
    except (KeyError, ValueError):
        raise ChangeError(f"{entry.path} is not where its profile wants it", "run `milestones check`") from None


def _settled(
    project: Project, theirs: Project, there: Tree, path: str, shifts: Mapping[str, Shift], apart: Collection[str]
) -> bytes | None:
    """A ledger as it has to be: lines that the base has first, then those of this side, renumbered, no markers."""
    made = ledger.kind(project)
    assert made is not None
    with open(os.path.join(project.directory, path), "rb") as file:
        data = file.read()
    ours = ledger.read(project, path)
    folder = path.rpartition("/")[0]
    renamed = {
        (line.number, line.slug): shifts[entry.path].new
        for line, entry in ledger.members(project, folder)
        if entry.path in shifts
    }
    if not renamed and not ours.conflict:
        return None
    base = ledger.parse(path, theirs.read(path).text, made) if path in there.blobs else ledger.Ledger(path, ())
    # What is on the base alone comes with the merge: until then its documents are not here either.
    gone = {(line.number, line.slug) for line, entry in ledger.members(project, folder) if entry.path in apart}
    present = {(line.number, line.slug) for line in ours.lines} - (gone & renamed.keys())
    lines = [line.text for line in base.lines if (line.number, line.slug) in present]
    given = set(base.numbers)
    there_is = {(line.number, line.slug) for line, _ in ledger.members(project, folder)}
    for line in ours.lines:
        new = renamed.get((line.number, line.slug))
        if new is None and (line.number, line.slug) in {(known.number, known.slug) for known in base.lines}:
            continue
        if new is not None:
            text = f"{ledger.name_of(new, made)} {line.slug}"
        elif line.number in given and (line.number, line.slug) not in there_is:
            continue  # given out and dropped on this side alone, before anybody saw it
        else:
            text = line.text
        if text not in lines:
            lines.append(text)
    newline = "\r\n" if b"\r\n" in data else "\n"
    comments = [text for text in data.decode("utf-8", "replace").splitlines() if text.startswith("#")]
    return "".join(text + newline for text in (*dict.fromkeys(comments), *lines)).encode("utf-8")


def _texts(
    workspace: Workspace, there: Tree | None, shifts: Sequence[Shift], ledgers: Mapping[str, bytes]
) -> tuple[list[tuple[str, str, bytes, bytes]], list[str]]:
    """Every file whose text changes, and the mentions that are left because nothing tells what they mean."""
    directory = workspace.directory
    moved = {shift.entry.path: shift for shift in shifts}
    found: list[tuple[str, str, bytes, bytes]] = []
    for path, data in ledgers.items():
        with open(os.path.join(directory, path), "rb") as file:
            present = file.read()
        if present != data:
            found.append((path, path, present, data))
    if not shifts:
        return found, []
    names = everything(workspace.config)
    by_name: dict[str, str] = {}
    for name in there.names if there is not None else ():
        by_name.setdefault(name.rpartition("/")[2], name)
    mentions = Mentions(_holders(workspace, moved, by_name), names, Origins(directory).meant)
    unread: list[str] = []
    for path in dict.fromkeys([*moved, *names]):
        if path in ledgers:
            continue
        old = _read(directory, path)
        if old is None:
            continue
        if old[:2] in _WIDE:
            if mentions.any(old.decode("utf-16", "replace").encode()):
                unread.append(f"{path}: not UTF-8")
            continue
        if b"\0" in old:
            continue
        shift = moved.get(path)
        new = old
        if mentions.any(old):
            known = _at(there, path, by_name) if shift is None and there is not None else None
            new = mentions.replaced(path, old, known)
        if shift is not None:
            new = _agreeing(shift, new)
        if new != old:
            found.append((path, shift.path if shift is not None else path, old, new))
    return found, [*mentions.left, *unread]


def _holders(workspace: Workspace, moved: Mapping[str, Shift], base: Mapping[str, str]) -> list[Holder]:
    """Every document that has one of the ids that change, whether its own does or not. ``base``: the base's names."""
    olds = {id_key(shift.old) for shift in moved.values()}
    found: list[Holder] = []
    for project in workspace.projects:
        for entry in project.entries.values():
            id_ = entry.id_in_path
            if id_ is None or entry.located is None or id_key(id_) not in olds:
                continue
            shift = moved.get(entry.path)
            new, target = (shift.new, shift.path) if shift is not None else (id_, entry.path)
            ours = shift is not None or entry.path.rpartition("/")[2] not in base
            found.append(Holder(id_, new, entry.path, target, entry.located.plan_directory, ours))
    return found


def _read(directory: str, path: str) -> bytes | None:
    full = os.path.join(directory, path)
    try:
        if os.path.islink(full) or not os.path.isfile(full) or os.path.getsize(full) > _MOST:
            return None
        with open(full, "rb") as file:
            data = file.read()
    except OSError:
        return None
    return data


def _at(there: Tree, path: str, by_name: Mapping[str, str]) -> bytes | None:
    """A file as the base has it, there or where it lay before it was moved; None where the base has none."""
    name = path if path in there.blobs else by_name.get(path.rpartition("/")[2], "")
    if name not in there.blobs:
        return None
    return git.run(there.directory, "cat-file", "blob", there.blobs[name])


def _agreeing(shift: Shift, data: bytes) -> bytes:
    """A document whose keys say its new id."""
    entry = shift.entry
    assert entry.kind.id is not None
    parts = {**(entry.kind.id.read(shift.new) or {})}
    wanted = {"id": shift.new} | {
        key: value for key, template in entry.kind.agree.items() if (value := agreed(template, parts)) is not None
    }
    fields = entry.document.fields
    for key, value in wanted.items():
        if fields is not None and key in fields:
            try:
                data = editor.set_value(data, key, value)
            except editor.EditError as error:
                raise ChangeError(f"{entry.path}: `{key}` can't be set: {error}", "mend it first") from None
    return data


__all__ = ["Planned", "Shift", "base_of", "followed", "given_elsewhere", "plan", "planned", "shifted", "side"]
