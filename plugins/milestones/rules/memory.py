"""What the last check of a repository found, and from what: where all of that is the same, so is what is found.

Two files are kept (``cache``). ``check`` has the whole result; where nothing has changed, no document is read.
``check-documents`` has, for each document, what its own rules found and its facts; where only the text of some
documents has changed, the others are not read.

A document has not changed when its times, size and number are what they were, as git's index has it; else when a digest
of its content is. What was written just before it was read could change once more within a tick of the clock, so there
only the digest counts. git's own ids would not do: behind a filter, or a conversion of line endings, they are those of
other bytes than the ones on disk, and git may keep the id while these change.
"""

from __future__ import annotations

import marshal
import os
import sys
import time
from array import array
from typing import TYPE_CHECKING, Any

from milestones import __version__, cache, schemas
from milestones.cache import blake2b
from milestones.documents import reader
from milestones.lazy import cached_property
from milestones.model import Statistics
from milestones.project import ledger
from milestones.rules import facts

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from milestones.documents.reader import Version
    from milestones.model import Finding
    from milestones.project.entry import Entry
    from milestones.project.project import Project
    from milestones.rules.twofold import Found, Part

#: Below this many documents a check is over before anybody waits for it, and nothing is kept.
WORTHWHILE = 200
#: How much older than the check a file must be for its times to be trusted, in nanoseconds. The clocks of some file
#: systems tick every two seconds.
_SETTLED = 3_000_000_000

_DIGEST = 16  # bytes
_RESULT, _DOCUMENTS = "check", "check-documents"


class Memory:
    """The last check of a repository, for the one that is being made.

    ``look`` comes first, then ``recall``; where that has nothing, ``own`` and ``note`` for each project, and at the end
    ``keep``.
    """

    def __init__(self, directory: str) -> None:
        self._directory = directory
        self._cache = cache.Cache(cache.folder(directory))
        self._begun = time.time_ns()
        self._last: Any = None
        self._paths: list[str] = []
        self._stamps = array("q")
        self._same: dict[str, Version] = {}
        self._projects: list[Project] = []
        self._inputs: tuple[bytes, list[bytes]] = (b"", [])
        self._found: dict[Project, tuple[Found, list[Part]]] = {}

    @property
    def there(self) -> bool:
        """True where something was kept."""
        return self._cache.has(_RESULT)

    def look(self) -> Iterable[str]:
        """Load the last result, and look at the documents that it came from: those that are there.

        git may list the names meanwhile.
        """
        self._last = self._load(_RESULT)
        if self._last is not None:
            self._paths = self._last[2].split("\0")
            self._stamps = _stamps(self._directory, self._paths)
        if all(self._stamps[3::4]):
            return self._paths
        return [path for at, path in enumerate(self._paths) if self._stamps[4 * at + 3]]

    def recall(self, projects: list[Project]) -> tuple[tuple[Finding, ...], Statistics] | None:
        """What was found last, and the counts; None where anything that it came from has changed."""
        self._projects = projects
        self._inputs = (_shape(projects), [_names(project) for project in projects])
        if self._last is not None:
            inputs, looked_for, _, stamps, digests, begun, findings, counts = self._last
            if inputs == self._inputs and self._hold(looked_for):
                then = array("q", stamps)
                if then == self._stamps and max(max(then[::4]), max(then[1::4])) < begun - _SETTLED:
                    return tuple(map(facts.finding, findings)), Statistics(*counts)
                self._compare(then, digests, begun - _SETTLED)
                if len(self._same) == len(self._paths):  # with their times of now, they need not be read again
                    columns = facts.columns(self._same)
                    self._save(_RESULT, (inputs, looked_for, *columns, self._begun, findings, counts))
                    return tuple(map(facts.finding, findings)), Statistics(*counts)
        for project in projects:
            project.note_versions()
        return None

    def _compare(self, stamps: array[int], digests: bytes, latest: int) -> None:
        """Find the documents that have not changed: by a digest where their times have, or are too young to tell."""
        for at, path in enumerate(self._paths):
            then, now = stamps[4 * at : 4 * at + 4], self._stamps[4 * at : 4 * at + 4]
            digest = digests[_DIGEST * at : _DIGEST * (at + 1)]
            if then == now and then[0] < latest and then[1] < latest:
                self._same[path] = (then[0], then[1], then[2], then[3], digest)
            elif any(now) and (version := reader.version(self._directory, path)) and version[4] == digest:
                self._same[path] = version

    def own(self, project: Project, entries: list[Entry]) -> Found:
        """What own rules found last in those of some documents that have not changed; only their facts are known now.

        Own rules may look at the facts of other documents, at names, and at what links lead to. Where any of that has
        changed in the whole project, nothing is remembered.
        """
        kept = self._load(_DOCUMENTS) if self._same else None
        if kept is None:
            return {}
        inputs, looked_for, documents = kept
        if inputs != self._inputs or not self._hold(looked_for):
            return {}
        known: dict[str, Any] = {}
        for some in documents[self._projects.index(project)]:
            known |= marshal.loads(some)
        same: set[str] = set()
        for path, entry in project.entries.items():
            digest, fact, _ = known.get(path, (None, None, None))
            version = self._same.get(path)
            if version is not None and version[4] == digest:
                same.add(path)
            elif digest is None or facts.of(entry) != fact:
                return {}
        assert project.versions is not None
        found: Found = {}
        for entry in entries:
            if entry.path in same:
                _, fact, flat = known[entry.path]
                entry.__dict__["document"] = facts.document(entry.path, fact)
                project.versions[entry.path] = self._same[entry.path]
                found[entry.path] = list(map(facts.finding, flat))
        return found

    def note(self, project: Project, found: Found, parts: list[Part]) -> None:
        """What own rules found in a project's documents; where two processes shared them, with the parts of each."""
        self._found[project] = found, parts

    def keep(self, findings: Iterable[Finding], counts: Statistics) -> None:
        """Keep what was found, for the next check."""
        entries = {path for project in self._projects for path in project.entries}
        columns = [facts.columns(project.versions or {}) for project in self._projects]
        columns += [part.columns for _, parts in self._found.values() for part in parts[1:]]  # the first is our own
        if len(entries) < WORTHWHILE or not all(project.settled for project in self._projects):
            return
        read = facts.joined(columns)
        if read is None or not entries.issubset(read[0].split("\0")):
            return  # something could not be read, or was not asked for
        looked_for = [project.looked_for for project in self._projects]
        flat = list(map(facts.flat, findings))
        self._save(_RESULT, (self._inputs, looked_for, *read, self._begun, flat, tuple(counts)))
        documents = [self._of(project) for project in self._projects]
        if any(documents):
            self._save(_DOCUMENTS, (self._inputs, looked_for, documents))

    def _of(self, project: Project) -> list[bytes]:
        """Digest, facts and own findings of each document; nothing where own rules were not told apart."""
        if project not in self._found:
            return []
        found, parts = self._found[project]
        done = frozenset[str]().union(*(part.paths for part in parts))
        rest = [entry for path, entry in project.entries.items() if path not in done]
        records = [facts.records(rest, found, project.versions or {})] if rest else []
        return [*records, *(part.records for part in parts)]

    def _hold(self, looked_for: list[dict[str, bool]]) -> bool:
        """True where what was there still is, and nothing else."""
        return all(
            project.exists(path) is there
            for project, paths in zip(self._projects, looked_for, strict=True)
            for path, there in paths.items()
        )

    def _load(self, name: str) -> Any:
        content = self._cache.load(name)
        if content is None or not content.startswith(self._tool):
            return None  # what another version has kept need not even have this form
        return marshal.loads(memoryview(content)[len(self._tool) :])

    def _save(self, name: str, data: Any) -> None:
        self._cache.save(name, self._tool + marshal.dumps(data))

    @cached_property
    def _tool(self) -> bytes:
        return blake2b(repr(list(_tool())).encode()).digest()


def _stamps(directory: str, paths: Iterable[str]) -> array[int]:
    """Four numbers for each path: its times of change, size and number; zeros for what is not there."""
    stamps = array("q")
    inside = os.path.join(directory, "")
    for path in paths:
        try:
            found = os.lstat(inside + path)
        except OSError:
            stamps.extend((0, 0, 0, 0))
        else:
            stamps.extend((found.st_mtime_ns, found.st_ctime_ns, found.st_size, found.st_ino))
    return stamps


def _names(project: Project) -> bytes:
    return blake2b("\0".join(project.names).encode("utf-8", "surrogateescape")).digest()


def _shape(projects: list[Project]) -> bytes:
    """A digest of everything but names and documents that a result follows from."""
    config = projects[0].config
    said: list[object] = [projects[0].today, sorted(config.selected)]
    files = [config.source] if config.source else []
    for project in projects:
        profile = project.profile
        said += (profile.name, profile.root, project.tracked, profile.plan_title, repr(profile.data))
        for kind in profile.kinds.values():
            own = [name for name in (kind.schema, *(spec.schema for spec in kind.records)) if os.path.isabs(name)]
            said += (kind.name, kind.vocabulary, *map(schemas.text, own))
        if profile.registry is not None:
            files.append(profile.registry.path)
        if books := ledger.paths(project):
            from milestones.project import elsewhere

            files += sorted({name for path in books for name in elsewhere.gitattributes(config.directory, path)})
            files += elsewhere.beyond(config.directory)
    said += [(path, _content(os.path.join(config.directory, path))) for path in files]
    return blake2b(repr(said).encode("utf-8", "backslashreplace")).digest()


def _content(path: str) -> bytes | None:
    try:
        with open(path, "rb") as file:
            return file.read()
    except OSError:
        return None


def _tool() -> Iterator[object]:
    """What there is of this program and of those it calls; in a checkout, its files may change and its version not."""
    yield __version__, sys.version
    for folder in sys.path:
        if folder.endswith("-packages") and os.path.isdir(folder):
            yield sorted(name for name in os.listdir(folder) if name.endswith((".dist-info", ".egg-info")))
    own = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
    if not os.path.abspath(schemas.folder()).startswith(own + os.sep):
        for top in (own, schemas.folder()):
            for folder, _, files in os.walk(top):
                for name in files:
                    if name.endswith((".py", ".toml", ".json")):
                        found = os.stat(os.path.join(folder, name))
                        yield name, found.st_mtime_ns, found.st_size


__all__ = ["Memory"]
