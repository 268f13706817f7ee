"""Fixes made: all that can be, until nothing is left to mend by itself."""

from __future__ import annotations

import difflib
import os
from typing import TYPE_CHECKING, NamedTuple

from milestones import rules
from milestones.changes import links, registry
from milestones.changes.transaction import ChangeError, Transaction, lock
from milestones.documents import reader
from milestones.fixes import FIXABLE, Conflict, Fix, edited, fix_for, numbers
from milestones.manifest import RULES
from milestones.project import git
from milestones.project.overlay import overlaid

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from milestones.model import Finding
    from milestones.project.project import Project
    from milestones.project.workspace import Workspace

#: A mended fault may uncover another: front matter that can be read again, a status that is understood. So often
#: in a row it does not happen.
_ROUNDS = 8

_Fault = tuple[str, str, str]


class Mended(NamedTuple):
    """What was done, or would be: fixes by what they mended, new texts by path, moves, and what was left and why.

    ``diff`` are the lines of a difference that new numbers make.
    """

    done: tuple[Fix, ...]
    texts: dict[str, bytes]
    moves: tuple[tuple[str, str], ...]
    notes: tuple[str, ...] = ()
    diff: tuple[str, ...] = ()


def in_memory(
    whole: Workspace, findings: Iterable[Finding], codes: frozenset[str], *, unsafe: bool, baseline: bool = True
) -> Mended:
    """Mend by edits, and write nothing. A fix that does not mend its finding, or makes another fault, is not made.

    ``codes`` are the rules that count; with ``baseline``, what the repository's baseline knows is let be.
    """
    codes = codes & FIXABLE
    texts: dict[str, bytes] = {}
    done: list[Fix] = []
    tried: set[_Fault] = set()
    at, left = whole, list(findings)
    for _ in range(_ROUNDS):
        by_path: dict[str, list[tuple[Finding, Fix]]] = {}
        for finding in left:
            if _fault(finding) in tried or not at.has(finding.path):
                continue
            fix = fix_for(at.project_of(finding.path), finding)
            if fix is not None and fix.edits and (fix.safe or unsafe):
                by_path.setdefault(finding.path, []).append((finding, fix))
        if not by_path:
            break
        changed: set[str] = set()
        for path, pairs in sorted(by_path.items()):
            for some in [pairs, *([pair] for pair in pairs if len(pairs) > 1)]:
                made = _mend(whole, texts, path, some)
                if made is not None:
                    texts[path] = made
                    done += [fix for _, fix in some]
                    changed.add(path)
                    break
                if len(some) == 1:
                    tried.add(_fault(some[0][0]))
        at = overlaid(whole, texts)
        if not changed:
            break
        left = [f for f in left if f.path not in changed]
        left += [f for f in rules.check(at, changed, codes, baseline=baseline).findings if f.path in changed]
    return Mended(tuple(done), texts, ())


def _fault(finding: Finding) -> _Fault:
    return finding.code, finding.path, finding.message


#: What a document shows by itself: the rules that a mended one is held to before it is believed.
_OWN = frozenset(code for code in RULES if code[:2] in ("RD", "FM", "AR", "CT") and code != "AR006")


def _mend(whole: Workspace, texts: dict[str, bytes], path: str, pairs: Sequence[tuple[Finding, Fix]]) -> bytes | None:
    """One file mended, where that mends what it should and spoils nothing."""
    data = texts.get(path)
    if data is None:
        data = _content(whole, path)
    try:
        made = edited(data, [edit for _, fix in pairs for edit in fix.edits])
    except Conflict:
        return None
    before, _ = _own_findings(whole, path, data)
    after, project = _own_findings(whole, path, made)
    if {_fault(finding) for finding, _ in pairs} & {_fault(finding) for finding in after}:
        return None
    if any(finding.code.startswith("RD") for finding in before):
        return made  # what could not be read had faults that nobody could see
    known = {finding.code for finding in before}
    new = [finding for finding in after if finding.severity.rank > 1 and finding.code not in known]
    mendable = [(fix := fix_for(project, finding)) is not None and fix.safe and fix.edits for finding in new]
    return made if all(mendable) else None


def _own_findings(whole: Workspace, path: str, data: bytes) -> tuple[list[Finding], Project]:
    project = overlaid(whole, {path: data}).project_of(path)
    found = rules.check(project, [path], _OWN, baseline=False).findings
    return [finding for finding in found if finding.path == path], project


def write(whole: Workspace, mended: Mended) -> None:
    """Write what was mended in memory, with the registry where a convention has one. Raises ChangeError."""
    transaction = Transaction(whole.directory)
    for path, data in sorted(mended.texts.items()):
        transaction.write(path, data)
        project = whole.project_of(path)
        entry = project.entry(path)
        fields = reader.parse(path, data).fields
        id_ = fields.get("id") if fields is not None else None
        if entry is not None and isinstance(id_, str):
            registry.update(project, transaction, entry.kind, str(id_), data, path)
    transaction.commit()


def planned_moves(
    whole: Workspace, findings: Iterable[Finding], dirty: frozenset[str] = frozenset()
) -> tuple[list[Fix], list[str]]:
    """The moves that findings ask for and that are possible together, and what stands against others."""
    fixes: list[Fix] = []
    notes: list[str] = []
    targets: set[str] = set()
    sources: list[str] = []
    for finding in findings:
        fix = fix_for(whole.project_of(finding.path), finding) if whole.has(finding.path) else None
        if fix is None or not fix.moves:
            continue
        (source, target) = fix.moves[0]
        if target in targets or any(_nested(source, other) for other in sources):
            continue  # the next round sees it where it is then
        held = sorted(path for path in dirty if _nested(path, source) and not source.startswith(path + "/"))
        if held:
            notes.append(f"{held[0]} has uncommitted changes, and was not moved: commit or stash them first")
            continue
        targets.add(target)
        sources.append(source)
        fixes.append(fix)
    return fixes, notes


def _nested(one: str, other: str) -> bool:
    return one == other or one.startswith(other + "/") or other.startswith(one + "/")


def move(whole: Workspace, fixes: Sequence[Fix]) -> None:
    """Make moves, and mend every link that leads to what moves or from it. Raises ChangeError."""
    moves = dict(pair for fix in fixes for pair in fix.moves)
    transaction = Transaction(whole.directory)
    for source, target in moves.items():
        transaction.move(source, target)
    for project in whole.projects:
        for old, content in links.mend(project, moves).items():
            transaction.write(links.moved_to(old, moves), content)
    for fix in fixes:
        project = whole.project_of(fix.path)
        entry = project.entry(fix.path)
        if entry is not None and entry.id is not None and project.profile.registry is not None:
            there = links.moved_to(fix.path, moves)
            data = transaction.writes.get(there) or _content(whole, fix.path)
            registry.update(project, transaction, entry.kind, entry.id, data, there)
    transaction.commit()


def _content(whole: Workspace, path: str) -> bytes:
    held = whole.project_of(path).held.get(path)
    if held is not None:
        return held
    with open(os.path.join(whole.directory, path), "rb") as file:
        return file.read()


def fix_all(
    open_: Callable[[], Workspace],
    find: Callable[[Workspace], Sequence[Finding]],
    codes: frozenset[str],
    *,
    unsafe: bool = False,
    baseline: bool = True,
) -> Mended:
    """Mend a repository on disk until nothing changes: edits, and moves where unsafe fixes are asked for.

    ``open_`` opens the workspace afresh, ``find`` says what is wrong in it. Raises ChangeError.
    """
    whole = open_()
    done: list[Fix] = []
    texts: dict[str, bytes] = {}
    moves: list[tuple[str, str]] = []
    notes: list[str] = []
    dirty = _dirty(whole) if unsafe else frozenset[str]()
    with lock(whole.directory):
        # New numbers first: they want files that nothing has changed yet.
        numbered = numbers.Numbered()
        if unsafe:
            numbered = numbers.planned(whole, find(whole))
            if numbered.change is not None:
                numbered.change.transaction.commit()
                done += numbered.fixes
                moves += numbered.moves
            whole = open_()
        for _ in range(_ROUNDS):
            findings = find(whole)
            mended = in_memory(whole, findings, codes, unsafe=unsafe, baseline=baseline)
            write(whole, mended)
            done += mended.done
            texts |= mended.texts
            if not unsafe:
                break
            if mended.texts:
                whole = open_()
                findings = find(whole)
            fixes, notes = planned_moves(whole, findings, dirty)
            if not fixes:
                break
            move(whole, fixes)
            done += fixes
            moves += [pair for fix in fixes for pair in fix.moves]
            whole = open_()
    return Mended(tuple(done), texts, tuple(moves), tuple(dict.fromkeys([*numbered.notes, *notes])))


def _dirty(whole: Workspace) -> frozenset[str]:
    """Files whose changes no commit holds: a move would make them hard to find again."""
    if not git.inside(whole.directory):
        return frozenset()
    try:
        prefix = git.run(whole.directory, "rev-parse", "--show-prefix").decode("utf-8", "replace").strip()
        options = ("--porcelain", "-z", "--no-renames", "--untracked-files=no", "--ignore-submodules=all")
        status = git.run(whole.directory, *git.without_programs(whole.directory), "status", *options)
    except git.GitError as error:
        raise ChangeError(f"git can't tell what is uncommitted: {error}", "mend that first") from None
    names = [os.fsdecode(entry[3:]) for entry in status.split(b"\0") if entry]
    return frozenset(name.removeprefix(prefix) for name in names if name.startswith(prefix))


def difference(whole: Workspace, mended: Mended) -> str:
    """What would change, as a unified diff, and moves a line each."""
    found: list[str] = []
    for path, data in sorted(mended.texts.items()):
        old, new = (text.decode("utf-8", "replace").split("\n") for text in (_content(whole, path), data))
        lines = list(difflib.unified_diff(old, new, f"a/{path}", f"b/{path}", lineterm=""))
        found += lines
    found += mended.diff
    found += [f"move {source} -> {target}" for source, target in mended.moves]
    return "".join(line + "\n" for line in found)
