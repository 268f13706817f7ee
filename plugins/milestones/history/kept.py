"""A folded state in the columns of a cache's file, and back again, as far as it is asked for.

Few of many thousand milestones change between two readings. So a kept state is not built up again: it answers for a
path, an id or a timeline, and the fold asks for what new commits touch.
"""

from __future__ import annotations

from collections.abc import Mapping
from itertools import accumulate, pairwise, repeat
from typing import TYPE_CHECKING, TypeVar

from milestones.history.cache import Damaged, Reader, Writer
from milestones.history.lines import MODELS, Move, Sighting, Step, Timeline
from milestones.history.log import Commit

if TYPE_CHECKING:
    from array import array
    from collections.abc import Callable, ItemsView, Iterable, Iterator, ValuesView

_Row = TypeVar("_Row")


def columns(
    commits: int, since: int | None, at: Mapping[str, tuple[Sighting, ...]], lines: list[tuple[str, Timeline]]
) -> Writer:
    """A state in columns: how many commits led to it since when, what each path shows, each timeline by its key."""
    out = Writer()
    out.numbers([commits, -1 if since is None else since])
    seen = [(path, s) for path, sightings in at.items() for s in sightings]
    out.texts([path for path, _ in seen])
    out.texts([s.key for _, s in seen])
    out.texts([s.plan_id for _, s in seen])
    out.texts([s.status for _, s in seen])
    out.texts([s.word for _, s in seen])
    out.flags([s.filed for _, s in seen])
    out.numbers([s.rank for _, s in seen])
    steps = [step for _, line in lines for step in line.steps]
    moves = [move for _, line in lines for move in line.moves]
    made = [*(step.commit for step in steps), *(move.commit for move in moves)]
    by_id = {commit.id: commit for commit in made}
    order = {id_: at for at, id_ in enumerate(by_id)}
    out.texts(by_id)
    out.numbers([c.time for c in by_id.values()])
    out.texts([c.author for c in by_id.values()])
    out.texts([c.subject for c in by_id.values()])
    out.texts([step.status or "" for step in steps])
    out.texts([step.word for step in steps])
    out.numbers([step.time for step in steps])
    out.numbers([order[step.commit.id] for step in steps])
    out.texts([step.path for step in steps])
    out.texts([move.path_before for move in moves])
    out.texts([move.path for move in moves])
    out.texts([move.plan_before for move in moves])
    out.texts([move.plan_id for move in moves])
    out.numbers([move.time for move in moves])
    out.numbers([order[move.commit.id] for move in moves])
    out.texts([key for key, _ in lines])
    out.numbers([len(line.steps) for _, line in lines])
    out.numbers([len(line.moves) for _, line in lines])
    out.texts([line.path for _, line in lines])
    out.texts([line.plan_id for _, line in lines])
    out.flags([line.filed for _, line in lines])
    out.flags([line.cut for _, line in lines])
    return out


class Kept:
    """A state that was kept. Raises Damaged where its columns don't fit each other.

    ``shared`` are the keys that several paths speak of.
    """

    def __init__(self, file: Reader) -> None:
        try:
            self.commits, since = file.numbers()
            self.since = None if since < 0 else since
            self._paths, self._keys = file.texts(), file.texts()
            self._seen = [file.column("i") for _ in range(3)]
            self._filed, self._rank = file.flags(), file.column("q")
            commits = [file.column(kind) for kind in "iqii"]
            self._steps = [file.column(kind) for kind in "iiqqi"]
            self._moves = [file.column(kind) for kind in "iiiiqq"]
            self.keys = file.texts()
            self._step_ends = list(accumulate(counts := file.column("q"), initial=0))
            self._move_ends = list(accumulate(file.column("q"), initial=0))
            self._lines = [file.column("i") for _ in range(2)]
            self._flags = [file.flags() for _ in range(2)]
        except ValueError as error:
            raise Damaged from error
        self._texts = file.table
        self._commits: list[Commit | None] = [None] * len(commits[0])
        self._commit_columns = commits
        _same_length([self._paths, self._keys, *self._seen, self._filed, self._rank])
        _same_length(commits)
        _same_length([*self._steps, range(self._step_ends[-1])])
        _same_length([*self._moves, range(self._move_ends[-1])])
        _same_length([self.keys, *self._lines, *self._flags, self._step_ends[1:], self._move_ends[1:]])
        if counts and min(counts) < 1:
            raise Damaged
        self._row_of_path = dict(zip(reversed(self._paths), range(len(self._paths) - 1, -1, -1), strict=True))
        self._row_of_key = dict(zip(self._keys, range(len(self._keys)), strict=True))
        self._line_of_key = dict(zip(self.keys, range(len(self.keys)), strict=True))
        self.shared: dict[str, list[int]] = {}
        if len(self._row_of_key) < len(self._keys):
            rows: dict[str, list[int]] = {}
            for row, key in enumerate(self._keys):
                rows.setdefault(key, []).append(row)
            self.shared = {key: found for key, found in rows.items() if len(found) > 1}

    def at(self) -> Iterator[tuple[str, tuple[Sighting, ...]]]:
        """Every path, and what it showed."""
        return ((path, self.seen(path)) for path in self._row_of_path)

    def seen(self, path: str) -> tuple[Sighting, ...]:
        """What a path showed; nothing where it was not there."""
        first = end = self._row_of_path.get(path, -1)
        if first < 0:
            return ()
        while end < len(self._paths) and self._paths[end] == path:
            end += 1
        return tuple(self._sighting(row) for row in range(first, end))

    def places(self, key: str) -> dict[str, Sighting]:
        """The paths that spoke of an id, and what each of them showed."""
        rows = self.shared.get(key)
        if rows is None:
            row = self._row_of_key.get(key)
            rows = [] if row is None else [row]
        return {self._paths[row]: self._sighting(row) for row in rows}

    def line(self, key: str) -> Timeline | None:
        """One timeline, or None where there was none."""
        row = self._line_of_key.get(key)
        if row is None:
            return None
        ends = slice(*self._step_ends[row : row + 2])
        moved = slice(*self._move_ends[row : row + 2])
        statuses, words, times, commits, paths = (column[ends] for column in self._steps)
        steps = _rows(Step, self._statuses(statuses), self._text(words), times, self._made(commits), self._text(paths))
        *names, times, commits = (column[moved] for column in self._moves)
        moves = _rows(Move, *map(self._text, names), times, self._made(commits))
        path, plan_id = (self._texts[column[row]] for column in self._lines)
        filed, cut = (column[row] for column in self._flags)
        return Timeline(key[1:], MODELS[key[0]], plan_id, path, filed, cut, steps, moves)

    def lines(self) -> dict[str, Timeline]:
        """Every timeline by its key: all at once takes less than one after the other."""
        id_, at, author, subject = self._commit_columns
        every = _rows(Commit, self._text(id_), at, self._text(author), self._text(subject)).__getitem__
        statuses, words, times, commits, paths = self._steps
        gone: list[str | None] = [*self._texts]
        if "" in self._texts:
            gone[self._texts.index("")] = None
        status = map(gone.__getitem__, statuses)
        steps = _rows(Step, status, self._text(words), times, map(every, commits), self._text(paths))
        *names, times, commits = self._moves
        moves = _rows(Move, *map(self._text, names), times, map(every, commits))
        ids, models = [key[1:] for key in self.keys], [MODELS[key[0]] for key in self.keys]
        places, plans = map(self._text, self._lines)
        own = ([rows[a:b] for a, b in pairwise(e)] for rows, e in ((steps, self._step_ends), (moves, self._move_ends)))
        return dict(zip(self.keys, _rows(Timeline, ids, models, plans, places, *self._flags, *own), strict=True))

    def _sighting(self, row: int) -> Sighting:
        plan_id, status, word = (self._texts[column[row]] for column in self._seen)
        return Sighting(self._keys[row], plan_id, status, word, self._filed[row], self._rank[row])

    def _text(self, column: Iterable[int]) -> Iterator[str]:
        return map(self._texts.__getitem__, column)

    def _statuses(self, column: Iterable[int]) -> Iterator[str | None]:
        return (text or None for text in self._text(column))

    def _made(self, column: Iterable[int]) -> Iterator[Commit]:
        return map(self._commit, column)

    def _commit(self, number: int) -> Commit:
        found = self._commits[number]
        if found is None:
            id_, time, author, subject = (column[number] for column in self._commit_columns)
            texts = self._texts
            found = self._commits[number] = Commit(texts[id_], time, texts[author], texts[subject])
        return found


def _same_length(columns: Iterable[list[str] | list[bool] | list[int] | array[int] | range]) -> None:
    if len({len(column) for column in columns}) > 1:
        raise Damaged


def _rows(kind: type[_Row], *columns: Iterable[object]) -> tuple[_Row, ...]:
    """Tuples of a kind from its columns. The kind's own constructor is Python, and takes three times as long."""
    make: Callable[[type[_Row], tuple[object, ...]], _Row] = tuple.__new__  # type: ignore[assignment]
    return tuple(map(make, repeat(kind), zip(*columns, strict=True)))


class Timelines(Mapping[str, Timeline]):
    """Timelines by id, each made of a kept state when it is asked for, unless it has been ``made`` since.

    ``keys`` are theirs, of one model.
    """

    def __init__(self, keys: Iterable[str], made: Mapping[str, Timeline], kept: Kept) -> None:
        self._keys = {key[1:]: key for key in keys}
        self._made = {id_: line for id_, key in self._keys.items() if (line := made.get(key)) is not None}
        self._kept = kept
        self._whole: dict[str, Timeline] | None = None

    def __getitem__(self, id_: str) -> Timeline:
        line = self._made.get(id_)
        if line is None:
            line = self._kept.line(self._keys[id_])
            assert line is not None
            self._made[id_] = line
        return line

    def __contains__(self, id_: object) -> bool:
        return id_ in self._keys

    def __iter__(self) -> Iterator[str]:
        return iter(self._keys)

    def __len__(self) -> int:
        return len(self._keys)

    def values(self) -> ValuesView[Timeline]:
        """Every timeline, in the order of ids."""
        return self._all().values()

    def items(self) -> ItemsView[str, Timeline]:
        """Every id and its timeline, in the order of ids."""
        return self._all().items()

    def _all(self) -> dict[str, Timeline]:
        if self._whole is None:
            kept = self._kept.lines()
            made = self._made
            self._whole = {id_: made[id_] if id_ in made else kept[key] for id_, key in self._keys.items()}
            self._made = self._whole
        return self._whole
