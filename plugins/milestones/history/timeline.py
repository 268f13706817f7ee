"""From versions to timelines: each status a milestone has had, when, and by which commit, followed by its id.

The commits along first parents from HEAD are folded one after the other, so the last state is exactly HEAD's. What a
merge brings in comes from commits of the merged branch; where a milestone's status differs after the merge, the steps
that these commits took are put in before it, with their own authors and times. Steps older than the last one known are
left out (the main line has overtaken them), and where the branch's last step is not what the merge shows, the merge
itself is the last step.

A milestone is its id. It may change its file, its folder and its plan, be deleted and come back: its history is one.
Where several files speak of it at once, the one with the smallest rank counts, then one filed as finished, then the
smaller path. A version that can't be read changes nothing: the milestone stays as it was last seen.
"""

from __future__ import annotations

import gc
import os
from contextlib import suppress
from types import MappingProxyType
from typing import TYPE_CHECKING, NamedTuple

from milestones.history import log
from milestones.history.cache import Cache, Damaged, Writer
from milestones.history.kept import Kept, Timelines, columns
from milestones.history.lines import MODELS, Move, Sighting, Step, Timeline
from milestones.history.log import Commit
from milestones.history.observation import HistoryError, Observation

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from milestones.history.observation import Reading

__all__ = ["IN_GIT", "History", "Move", "Step", "Timeline", "read"]

#: A folder name that stands for one inside git's own folder.
IN_GIT = ""
#: The state is kept this many commits before HEAD, so that amended commits and young branches still build on it.
_BEHIND = 16
#: A newer state is written once this many commits were read again. Reading them takes less than writing it.
_WORTH_WRITING = 256
#: How far back from HEAD a kept state is looked for, near and far.
_LOOK_BACK = (256, 8192)


class History(NamedTuple):
    """Every timeline by id, sorted. ``notes`` say what is missing and why; they are sentences for people.

    ``head`` is the commit it was read from, ``commits`` their number along first parents, ``since`` the time of the
    first of them, ``now`` the moment it was read at, both in seconds since 1970. ``twins`` are ids
    that several files claim now, each with their paths; their timeline is that of one of them, and ``twins.apart`` has
    those of each.
    """

    milestones: Mapping[str, Timeline]
    plans: Mapping[str, Timeline]
    notes: tuple[str, ...]
    now: int
    head: str | None = None
    commits: int = 0
    since: int | None = None
    twins: Mapping[str, tuple[str, ...]] = MappingProxyType({})


def _seen(observations: Iterable[Observation]) -> tuple[Sighting, ...]:
    """What timelines need of observations, an id once a file: the first counts."""
    found = [Sighting(o[0][0] + o[1], o[2], o[4], o[5], o[6], o[13]) for o in observations]
    if len(found) > 1:
        return tuple({sighting.key: sighting for sighting in reversed(found)}.values())[::-1]
    return tuple(found)


def _precedence(place: tuple[str, Sighting]) -> tuple[bool, int, bool, str]:
    """The order in which files count that speak of the same id."""
    path, sighting = place
    return not sighting.status, sighting.rank, not sighting.filed, path


def _claiming(places: Mapping[str, Sighting]) -> list[str]:
    """The paths that count alike, and before all others, sorted."""
    first = min((sighting.rank for sighting in places.values()), default=0)
    return sorted(path for path, sighting in places.items() if sighting.rank == first)


class _Track:
    """A timeline that still grows. ``path`` is empty while its file is gone, ``place`` is where it was last."""

    __slots__ = ("cut", "filed", "moves", "path", "place", "plan_id", "status", "steps", "word")

    def __init__(self, cut: bool) -> None:
        self.steps: list[Step] = []
        self.moves: list[Move] = []
        self.cut = cut
        self.path = self.place = self.plan_id = self.word = ""
        self.status: str | None = None
        self.filed = False

    @classmethod
    def of(cls, line: Timeline) -> _Track:
        """A timeline that grows on."""
        track = cls(line.cut)
        track.steps, track.moves = list(line.steps), list(line.moves)
        track.status, track.word = line.steps[-1][:2]
        track.place, track.plan_id, track.filed = line.path, line.plan_id, line.filed
        track.path = line.path if track.status is not None else ""
        return track

    def timeline(self, key: str) -> Timeline:
        """What it is by now."""
        steps, moves = tuple(self.steps), tuple(self.moves)
        return Timeline(key[1:], MODELS[key[0]], self.plan_id, self.place, self.filed, self.cut, steps, moves)


#: What a commit did: each path, and what its new version shows; None where it is gone, empty where it can't be read.
_Edits = list[tuple[str, "tuple[Sighting, ...] | None"]]


class _Fold:
    """The state along first parents, and what led to it. What no commit has touched yet is in the kept state, if any.

    ``at`` has what each path shows (nothing where it is gone), ``held`` the paths that speak of each id.
    """

    def __init__(self, kept: Kept | None = None) -> None:
        self.at: dict[str, tuple[Sighting, ...]] = {}
        self.held: dict[str, dict[str, Sighting]] = {}
        self.tracks: dict[str, _Track] = {}
        self.kept = kept
        self.commits = kept.commits if kept is not None else 0
        self.since: int | None = kept.since if kept is not None else None

    def apply(self, commit: Commit, edits: _Edits, *, boundary: bool = False, side: _Side | None = None) -> None:
        """Take over what one commit changed. ``side`` has the steps of the branch that it merged."""
        at, held, kept = self.at, self.held, self.kept
        touched: dict[str, None] = {}
        for path, seen in edits:
            if seen is not None and not seen:
                continue
            before = at.get(path)
            if before is None:
                before = kept.seen(path) if kept is not None else ()
            at[path] = seen or ()
            for sighting in before:
                self._places(sighting.key).pop(path, None)
                touched[sighting.key] = None
            for sighting in seen or ():
                key = sighting.key
                touched[key] = None
                places = held.get(key)
                if places is None:
                    places = self._places(key)
                places[path] = sighting
        for key in touched:
            self._touch(key, commit, boundary, side)

    def _places(self, key: str) -> dict[str, Sighting]:
        places = self.held.get(key)
        if places is None:
            places = self.held[key] = self.kept.places(key) if self.kept is not None else {}
        return places

    def _touch(self, key: str, commit: Commit, boundary: bool, side: _Side | None) -> None:
        places = self.held[key]
        track = self.tracks.get(key)
        if track is None:
            line = self.kept.line(key) if self.kept is not None else None
            track = self.tracks[key] = _Track(boundary) if line is None else _Track.of(line)
        if not places:
            if track.path:
                self._step(track, None, "", commit, track.path)
                track.path = ""
            return
        if len(places) == 1:
            ((path, now),) = places.items()
        else:
            path, now = min(places.items(), key=_precedence)
        if now.status != track.status or now.word != track.word:
            if side is not None:
                for maker, their_path, theirs in side.steps(key):
                    last = track.steps[-1] if track.steps else None
                    new = theirs.status != track.status or theirs.word != track.word
                    if new and (last is None or maker.time >= last.time):
                        self._step(track, theirs.status, theirs.word, maker, their_path)
            if now.status != track.status or now.word != track.word:
                self._step(track, now.status, now.word, commit, path)
        if track.place and (track.plan_id != now.plan_id or track.place not in places):
            time = max(commit.time, track.moves[-1].time if track.moves else 0)
            track.moves.append(Move(track.place, path, track.plan_id, now.plan_id, time, commit))
        track.path = track.place = path
        track.plan_id, track.filed = now.plan_id, now.filed

    @staticmethod
    def _step(track: _Track, status: str | None, word: str, commit: Commit, path: str) -> None:
        steps = track.steps
        time = commit.time
        if steps and steps[-1].time > time:
            time = steps[-1].time
        steps.append(Step(status, word, time, commit, path))
        track.status, track.word = status, word

    def twins(self) -> dict[str, tuple[str, ...]]:
        """The ids that several paths claim alike, sorted, and the paths."""
        shared = {key: places for key, places in self.held.items() if len(places) > 1}
        for key in self.kept.shared if self.kept is not None else ():
            if key not in self.held:
                shared[key] = self._places(key)
        found: dict[str, tuple[str, ...]] = {}
        for key in sorted(shared, key=lambda key: key[1:]):
            if len(paths := _claiming(shared[key])) > 1:
                found[key[1:]] = (*found.get(key[1:], ()), *paths)
        return found

    def timelines(self, model: str) -> Mapping[str, Timeline]:
        """Every timeline of a model, by its id, sorted."""
        letter = model[0]
        made = {key: t.timeline(key) for key, t in self.tracks.items() if t.steps and key[0] == letter}
        if self.kept is None:
            return {key[1:]: made[key] for key in sorted(made)}
        keys = {key: None for key in self.kept.keys if key[0] == letter} | dict.fromkeys(made)
        return Timelines(sorted(keys), made, self.kept)

    def write(self) -> Writer:
        """The whole state, to be kept."""
        lines = {key: track.timeline(key) for key, track in self.tracks.items() if track.steps}
        at: dict[str, tuple[Sighting, ...]] = {}
        if self.kept is not None:
            lines = self.kept.lines() | lines
            at.update(self.kept.at())
        return columns(self.commits, self.since, at | self.at, sorted(lines.items()))


class _Side:
    """The versions that the commits of a merged branch made, by id, parents first."""

    def __init__(self, made: list[tuple[Commit, _Edits]]) -> None:
        self._steps: dict[str, list[tuple[Commit, str, Sighting]]] = {}
        for commit, edits in made:
            for path, seen in edits:
                for sighting in seen or ():
                    self._steps.setdefault(sighting.key, []).append((commit, path, sighting))

    def steps(self, key: str) -> Sequence[tuple[Commit, str, Sighting]]:
        """What the branch made of one id."""
        return self._steps.get(key, ())


def read(
    root: str | os.PathLike[str],
    reading: Reading,
    *,
    now: int,
    ref: str = "HEAD",
    worktree: bool = True,
    cache: str | None = IN_GIT,
) -> History:
    """The history of the repository that holds ``root``, up to a ref and, with ``worktree``, what is uncommitted.

    ``now`` (seconds since 1970) is the moment at which uncommitted changes are taken to be made. Paths are relative to
    ``root``. ``cache`` is the folder for kept states: by default one inside git's own folder, None for no cache.

    What git can't tell is said in the result's ``notes``; without git or a repository, the history is empty.

    Raises:
        HistoryError: for a ref (other than HEAD) that does not exist.
    """
    root = os.fspath(root)
    enabled = gc.isenabled()
    gc.disable()  # hundreds of thousands of tuples come to stay; to look through them again and again takes a third
    try:
        return _read(root, reading, now, ref, worktree, cache)
    finally:
        if enabled:
            gc.enable()


def _read(root: str, reading: Reading, now: int, ref: str, worktree: bool, cache: str | None) -> History:
    notes: list[str] = []
    fold = _Fold()
    try:
        facts = log.facts(root, ref)
    except HistoryError as error:
        if ref != "HEAD" and not _unusable(root):
            raise
        return History({}, {}, (f"there is no history: {error}",), now)
    if facts.shallow:
        notes.append(
            "this clone is shallow: what happened before its first commit is not known "
            "(fetch it with `git fetch --unshallow`)"
        )
    if facts.head is None:
        notes.append("there are no commits yet")
    folder = os.path.join(facts.folder, "milestones") if cache == IN_GIT else cache
    # A shallow clone may become deeper, and then its oldest commits change what they show.
    kept = Cache(folder, reading.fingerprint, facts.prefix, reading.below) if folder and not facts.shallow else None
    uncommitted = None
    if worktree and ref == "HEAD":
        uncommitted = log.Uncommitted(root, reading.below, head=facts.head is not None)
    try:
        if facts.head is not None:
            try:
                fold = _committed(root, reading, facts, kept)
            except HistoryError as error:
                fold = _Fold()
                notes.append(f"the history can't be read: {error}" + (f" ({error.help})" if error.help else ""))
        if uncommitted is not None:
            _fold_uncommitted(fold, uncommitted, reading, now, notes)
    finally:
        if uncommitted is not None:
            uncommitted.__exit__()
    return History(
        fold.timelines("milestone"),
        fold.timelines("plan"),
        tuple(notes),
        now,
        facts.head,
        fold.commits,
        fold.since,
        fold.twins(),
    )


def _unusable(root: str) -> bool:
    try:
        log.facts(root)
    except HistoryError:
        return True
    return False


def _fold_uncommitted(fold: _Fold, uncommitted: log.Uncommitted, reading: Reading, now: int, notes: list[str]) -> None:
    edits: _Edits = []
    try:
        for path, data in uncommitted.files(reading.relevant):
            edits.append((path, None if data is None else _seen(reading.interpret(path, data))))
    except HistoryError as error:
        notes.append(f"uncommitted changes are not known: {error}")
        return
    fold.apply(Commit("", now, "", "uncommitted changes"), edits)


def _committed(root: str, reading: Reading, facts: log.Facts, kept: Cache | None) -> _Fold:
    """The fold at HEAD: from a kept state on where there is one that HEAD builds on, else from the beginning."""
    assert facts.head is not None
    states = kept.commits() if kept is not None else set()
    looked: set[str] = set()
    for depth in _LOOK_BACK if kept is not None and states else ():
        for commit in log.first_parents(root, facts.head, depth):
            if commit not in states or commit in looked:
                continue
            looked.add(commit)
            with suppress(Damaged):
                return _extend(root, reading, facts, kept, commit)
    return _extend(root, reading, facts, kept, None)


def _extend(root: str, reading: Reading, facts: log.Facts, kept: Cache | None, start: str | None) -> _Fold:
    """Fold the commits after ``start``, whose state is kept, up to HEAD; keep the state a little before HEAD.

    Raises Damaged where the kept state can't be used.
    """
    assert facts.head is not None
    found: list[tuple[Sighting, ...]] = []
    interpret, glance = reading.interpret, reading.glance

    def accept(path: str, data: bytes) -> None:
        seen = glance(path, data) if glance is not None else None
        found.append(_seen(interpret(path, data) if seen is None else seen))

    fold = _Fold()

    def build() -> None:
        nonlocal fold
        if kept is not None and start is not None:
            fold = _Fold(Kept(kept.load(start)))

    versions = log.Versions(reading.relevant)
    revisions = f"{start}..{facts.head}" if start else facts.head
    records = log.history(root, revisions, versions, accept, build)
    by_id = {record.id: record for record in records}
    line: list[log.Record] = []
    at = by_id.get(facts.head.encode())
    while at is not None:
        line.append(at)
        at = by_id.get(at.parents[0]) if at.parents else None
    line.reverse()
    merged = _merged(records, line, by_id)
    keep = len(line) - 1 - _BEHIND if kept is not None and (start is None or len(line) > _WORTH_WRITING) else -1

    def edits(record: log.Record) -> _Edits:
        return [(path, None if number is None else found[number]) for path, number in record.changes]

    for number, record in enumerate(line):
        fold.commits += 1
        if fold.since is None:
            fold.since = log.seconds(record.header[0])
        if record.changes:
            branch = [(r.commit(), edits(r)) for r in merged.get(record.id, ()) if r.changes]
            fold.apply(
                record.commit(),
                edits(record),
                boundary=facts.shallow and not record.parents,
                side=_Side(branch) if branch else None,
            )
        if number == keep and kept is not None:
            kept.save(record.id.decode(), fold.write())
    return fold


def _merged(
    records: list[log.Record], line: list[log.Record], by_id: dict[bytes, log.Record]
) -> dict[bytes, list[log.Record]]:
    """The commits that each merge of the main line brought in, parents first."""
    merges = [record for record in line if len(record.parents) > 1]
    if not merges:
        return {}
    owned = {record.id for record in line}
    brought: dict[bytes, bytes] = {}
    for merge in merges:
        ahead = list(merge.parents[1:])
        while ahead:
            id_ = ahead.pop()
            record = by_id.get(id_)
            if record is not None and id_ not in owned:
                owned.add(id_)
                brought[id_] = merge.id
                ahead += record.parents
    found: dict[bytes, list[log.Record]] = {}
    for record in records:
        if record.id in brought:
            found.setdefault(brought[record.id], []).append(record)
    return found
