"""A large check in two processes: a child runs some of the documents' own rules, and sends back what it found.

With it comes what stays of its documents (``facts``), so the exchange costs a hundredth of the work.
"""

from __future__ import annotations

import marshal
import os
from typing import TYPE_CHECKING, Any, NamedTuple

from milestones.rules import facts

if TYPE_CHECKING:
    from collections.abc import Callable

    from milestones.model import Finding
    from milestones.project.entry import Entry

    #: What own rules found, by the path of the document whose rules they are; those that found nothing are left out.
    Found = dict[str, list[Finding]]

#: Below this many documents, one process is as fast.
WORTHWHILE = 2000
#: How many shares the documents are cut into. A share's number has to fit into a byte.
SHARES = 100


def possible(count: int) -> bool:
    """True where a second process would help: many documents, a second processor, and a system that can fork."""
    return count >= WORTHWHILE and hasattr(os, "fork") and len(_processors()) > 1


def _processors() -> Any:
    try:
        return os.sched_getaffinity(0)
    except AttributeError:
        return range(os.cpu_count() or 1)


class Part(NamedTuple):
    """What one process did: the ``facts.records`` of its documents, by path, and what it read, as ``facts.columns``."""

    paths: frozenset[str]
    records: bytes
    columns: tuple[str, bytes, bytes]


def run(
    entries: list[Entry], own_rules: Callable[[list[Entry]], Found], meanwhile: Callable[[], object] = lambda: None
) -> tuple[Found, list[Part]]:
    """What ``own_rules`` finds in all entries, some of them in a child process; and the parts of both, to be kept.

    Whoever is free takes the next share, so that neither waits for the other: documents differ, and so do processors.
    ``meanwhile`` is work that only this process can do, and that need not wait for any document. ``own_rules`` leaves
    of each document only its facts. Where the child fails for whatever reason, its shares are done here: nothing is
    ever left out.
    """
    size = max(1, -(-len(entries) // SHARES))
    shares = [entries[at : at + size] for at in range(0, len(entries), size)]
    turns = _turns(len(shares))
    project = entries[0].project
    out, into = os.pipe()
    child = os.fork()
    if child == 0:
        status = 1
        try:
            os.close(out)
            project.versions = None if project.versions is None else {}
            found, taken = _taken(shares, turns, own_rules)
            with os.fdopen(into, "wb") as pipe:
                pipe.write(marshal.dumps((taken, *_part(shares, taken, found)[1:], project.looked_for)))
            status = 0
        finally:
            os._exit(status)
    os.close(into)
    meanwhile()
    found, taken = _taken(shares, turns, own_rules)
    os.close(turns)
    # The other one is at the same, so this costs no time.
    parts = [_part(shares, taken, found)] if project.versions is not None else []
    with os.fdopen(out, "rb") as pipe:
        sent = pipe.read()
    try:
        theirs, records, columns, looked_for = marshal.loads(sent)
        known = marshal.loads(records)
    except (EOFError, ValueError, TypeError):
        theirs, known = [], {}  # it has failed, as its status says
    _, status = os.waitpid(child, 0)
    if status:
        rest = own_rules([entry for at, share in enumerate(shares) if at not in taken for entry in share])
        return found | rest, []
    for at in theirs:
        for entry in shares[at]:
            _, fact, flat = known[entry.path]
            entry.__dict__["document"] = facts.document(entry.path, fact)
            if flat:
                found[entry.path] = list(map(facts.finding, flat))
    project.looked_for |= looked_for
    return found, [*parts, Part(frozenset(known), records, columns)]


def _part(shares: list[list[Entry]], taken: list[int], found: Found) -> Part:
    entries = [entry for at in taken for entry in shares[at]]
    versions = (entries[0].project.versions if entries else None) or {}
    records = facts.records(entries, found, versions)
    return Part(frozenset(entry.path for entry in entries), records, facts.columns(versions))


def _turns(count: int) -> int:
    """A pipe to read turns from: a byte for each share, and the end after the last."""
    turns, into = os.pipe()
    os.write(into, bytes(range(count)))
    os.close(into)
    return turns


def _taken(shares: list[list[Entry]], turns: int, own_rules: Callable[[list[Entry]], Found]) -> tuple[Found, list[int]]:
    """Take shares until there are no more: what was found, and which they were."""
    found: Found = {}
    taken: list[int] = []
    while turn := os.read(turns, 1):  # the system gives a byte of a pipe to one reader only
        found |= own_rules(shares[turn[0]])
        taken.append(turn[0])
    return found, taken
