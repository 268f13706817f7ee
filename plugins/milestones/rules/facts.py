"""Facts: what stays of a document once its own rules are through, for the rules that compare documents.

It is little: whether it could be read, a few keys, and what lets findings be. With what the rules found it is a
record, which one process sends to another (``twofold``), and which is kept on disk until the next check (``memory``).
"""

from __future__ import annotations

import marshal
from array import array
from typing import TYPE_CHECKING, Any

from milestones.documents.reader import Document
from milestones.documents.values import Fields, Items, Text
from milestones.model import Finding, Position, Related, Severity

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from milestones.documents.reader import Version
    from milestones.project.entry import Entry

#: The keys that rules over several documents look at after each document's own rules are through.
KEPT = ("id", "status", "created", "depends_on")


def trim(document: Document) -> None:
    """Leave of a document only its facts."""
    document.forget_text()
    document.spent = True
    fields = document.fields
    if fields is not None:
        kept = Fields({key: fields[key] for key in KEPT if key in fields})
        kept.line, kept.column = fields.line, fields.column
        document.fields = kept


def of(entry: Entry) -> Any:
    """The facts of a document, as data that ``marshal`` takes; None where it could not be read."""
    document = entry.document
    if "facts" in document.__dict__:
        return document.__dict__["facts"]
    fields = document.fields
    plain = None if fields is None else [(key, _plain(fields[key])) for key in KEPT if key in fields]
    return plain if not document.marked else (plain, [tuple(comment) for comment in document.suppressions])


def _plain(value: Any) -> Any:
    if isinstance(value, Text):
        return str(value), value.span, value.plain
    if isinstance(value, list):
        return [_plain(item) for item in value]
    return None  # a map where none belongs; its own rules have spoken


def document(path: str, facts: Any) -> Document:
    """A document of which nothing but its facts is known."""
    document = Document(path)
    document.spent = True
    document.__dict__["facts"] = facts
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


def flat(finding: Finding) -> tuple[Any, ...]:
    """A finding as data that ``marshal`` takes."""
    position = tuple(finding.position) if finding.position is not None else None
    related = [tuple(item) for item in finding.related]
    return (*finding[:3], position, finding.help, related, finding.severity.value, finding.name)


def finding(flat: tuple[Any, ...]) -> Finding:
    """What ``flat`` was made from."""
    code, path, message, position, help, related, severity, name = flat
    place = Position(*position) if position is not None else None
    others = tuple(Related(*item) for item in related)
    return Finding(code, path, message, place, help, others, Severity(severity), name)


def records(entries: Iterable[Entry], found: Mapping[str, list[Finding]], versions: Mapping[str, Version]) -> bytes:
    """What is known of each document, as one text: by its path its digest, its facts and what its own rules found."""
    nothing: tuple[Finding, ...] = ()
    return marshal.dumps(
        {
            entry.path: (
                versions[entry.path][4] if entry.path in versions else None,
                of(entry),
                list(map(flat, found.get(entry.path, nothing))),
            )
            for entry in entries
        }
    )


def columns(versions: Mapping[str, Version]) -> tuple[str, bytes, bytes]:
    """Versions as three texts: paths, times with sizes and numbers, and digests."""
    stamps = array("q")
    for version in versions.values():
        stamps.extend(version[:4])
    return "\0".join(versions), stamps.tobytes(), b"".join([version[4] for version in versions.values()])


def joined(several: Iterable[tuple[str, bytes, bytes]]) -> tuple[str, bytes, bytes] | None:
    """Several columns as one, each path once; None where nothing was read, or a file twice that was not the same."""
    filled = [some for some in several if some[0]]
    if not filled:
        return None
    paths, stamps, digests = zip(*filled, strict=True)
    whole = "\0".join(paths), b"".join(stamps), b"".join(digests)
    names = whole[0].split("\0")
    if len(set(names)) == len(names):
        return whole
    # Two processes that share the work may both look at a document: one of them for its rules, one for what it says.
    versions: dict[str, Version] = {}
    numbers = array("q", whole[1])
    size = len(whole[2]) // len(names)
    for at, path in enumerate(names):
        one, two, three, four = numbers[4 * at : 4 * at + 4]
        version = one, two, three, four, whole[2][size * at : size * (at + 1)]
        if versions.setdefault(path, version) != version:
            return None
    return columns(versions)
