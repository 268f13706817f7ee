"""A large check in two processes: a child runs some of the documents' own rules, and sends back what it found.

What the rules over the whole need of a document afterwards is little: whether it could be read, and a few keys. Only
that comes back, so the exchange costs a hundredth of the work.
"""

from __future__ import annotations

import marshal
import os
from typing import TYPE_CHECKING, Any

from milestones.documents.reader import Document
from milestones.documents.values import Fields, Items, Text
from milestones.model import Finding, Position, Related, Severity

if TYPE_CHECKING:
    from collections.abc import Callable

    from milestones.project.entry import Entry

#: The keys that rules over several documents look at after each document's own rules are through.
KEPT = ("id", "status", "created", "depends_on")
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


def run(entries: list[Entry], own_rules: Callable[[list[Entry]], list[Finding]]) -> list[Finding]:
    """What ``own_rules`` finds in all entries, some of them in a child process.

    Whoever is free takes the next share, so that neither waits for the other: documents differ, and so do processors.
    ``own_rules`` leaves of each document only what ``trim`` does. Where the child fails for whatever reason, its shares
    are done here: nothing is ever left out.
    """
    size = max(1, -(-len(entries) // SHARES))
    shares = [entries[at : at + size] for at in range(0, len(entries), size)]
    turns = _turns(len(shares))
    out, into = os.pipe()
    child = os.fork()
    if child == 0:
        status = 1
        try:
            os.close(out)
            findings, taken = _taken(shares, turns, own_rules)
            kept = [[_kept(entry) for entry in shares[at]] for at in taken]
            with os.fdopen(into, "wb") as pipe:
                pipe.write(marshal.dumps(([_flat(f) for f in findings], taken, kept)))
            status = 0
        finally:
            os._exit(status)
    os.close(into)
    findings, taken = _taken(shares, turns, own_rules)
    os.close(turns)
    with os.fdopen(out, "rb") as pipe:
        sent = pipe.read()
    _, status = os.waitpid(child, 0)
    if status:
        left = [entry for at, share in enumerate(shares) if at not in taken for entry in share]
        return findings + own_rules(left)
    found, taken, kept = marshal.loads(sent)
    for at, share in zip(taken, kept, strict=True):
        for entry, facts in zip(shares[at], share, strict=True):
            entry.__dict__["document"] = _document(entry.path, facts)
    return findings + [_finding(flat) for flat in found]


def _turns(count: int) -> int:
    """A pipe to read turns from: a byte for each share, and the end after the last."""
    turns, into = os.pipe()
    os.write(into, bytes(range(count)))
    os.close(into)
    return turns


def _taken(
    shares: list[list[Entry]], turns: int, own_rules: Callable[[list[Entry]], list[Finding]]
) -> tuple[list[Finding], list[int]]:
    """Take shares until there are no more: what was found, and which they were."""
    findings: list[Finding] = []
    taken: list[int] = []
    while turn := os.read(turns, 1):  # the system gives a byte of a pipe to one reader only
        findings += own_rules(shares[turn[0]])
        taken.append(turn[0])
    return findings, taken


def trim(document: Document) -> None:
    """Leave of a document only what rules over several documents need."""
    document.forget_text()
    fields = document.fields
    if fields is not None:
        kept = Fields({key: fields[key] for key in KEPT if key in fields})
        kept.line, kept.column = fields.line, fields.column
        document.fields = kept


def _kept(entry: Entry) -> Any:
    document = entry.document
    fields = document.fields
    plain = None if fields is None else [(key, _plain(fields[key])) for key in KEPT if key in fields]
    return plain if not document.marked else (plain, [tuple(comment) for comment in document.suppressions])


def _plain(value: Any) -> Any:
    if isinstance(value, Text):
        return str(value), value.span, value.plain
    if isinstance(value, list):
        return [_plain(item) for item in value]
    return None  # a map where none belongs; its own rules have spoken


def _document(path: str, facts: Any) -> Document:
    document = Document(path)
    if isinstance(facts, tuple):
        from milestones.documents.suppressions import Suppression

        facts, comments = facts
        document.marked = True
        document.__dict__["suppressions"] = tuple(Suppression(*comment) for comment in comments)
    if facts is not None:
        document.fields = Fields({key: _value(plain) for key, plain in facts})
        document.fields.line, document.fields.column = 2, 1
    return document


def _value(plain: Any) -> Any:
    if isinstance(plain, tuple):
        text = Text(plain[0])
        text.span, text.plain = plain[1], plain[2]
        return text
    items = Items(_value(item) for item in plain or ())
    items.line, items.column = 2, 1
    return items


def _flat(finding: Finding) -> tuple[Any, ...]:
    position = tuple(finding.position) if finding.position is not None else None
    related = [tuple(item) for item in finding.related]
    return (*finding[:3], position, finding.help, related, finding.severity.value, finding.name)


def _finding(flat: tuple[Any, ...]) -> Finding:
    code, path, message, position, help, related, severity, name = flat
    place = Position(*position) if position is not None else None
    others = tuple(Related(*item) for item in related)
    return Finding(code, path, message, place, help, others, Severity(severity), name)
