"""What a block asks for: its lines read as strictly as front matter, held to their schema, and then to the plans."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import TYPE_CHECKING, Any, NamedTuple

from milestones import schemas
from milestones.documents.front_matter import StrictHandler
from milestones.documents.values import Fields, FrontMatterError, Items, Text
from milestones.model import Finding, Position, Severity, Status
from milestones.rules.front_matter import described
from milestones.rules.nearest import nearest
from milestones.site.parts import day

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from milestones.site.context import Context
    from milestones.site.embeds.fences import Block

#: The schema of a block's lines.
SCHEMA = "embed"

_CHOICE = frozenset(
    ("id", "plan", "status", "owner", "domain", "tag", "risk", "profile", "due_after", "due_before", "title", "view")
)
#: The options that each view obeys. One that it would not obey is a fault: its author expects something of it.
OBEYED: Mapping[str, frozenset[str]] = {
    "table": _CHOICE | {"sort", "limit", "columns"},
    "list": _CHOICE | {"sort", "limit"},
    "next": _CHOICE - {"status"} | {"limit"},
    "timeline": frozenset(("view", "title", "plan", "profile")),
    "card": frozenset(("view", "title", "id", "plan")),
    "progress": _CHOICE,
    "graph": _CHOICE,
}

_OPEN = frozenset(status for status in Status if not status.closed)
#: The words of ``status`` that mean several.
_GROUPS = {"open": _OPEN, "closed": frozenset(Status) - _OPEN}


class Options(NamedTuple):
    """What a block asks for. Of an empty choice, everything fits; dates are ISO text."""

    view: str
    title: str = ""
    plans: tuple[str, ...] = ()
    ids: tuple[str, ...] = ()
    statuses: frozenset[Status] = frozenset()
    owners: frozenset[str] = frozenset()
    domains: frozenset[str] = frozenset()
    tags: frozenset[str] = frozenset()
    risks: frozenset[str] = frozenset()
    profiles: frozenset[str] = frozenset()
    due_after: str = ""
    due_before: str = ""
    sort: tuple[str, ...] = ()
    limit: int | None = None
    columns: tuple[str, ...] = ()


class _Fault(NamedTuple):
    message: str
    position: Position
    help: str = ""
    severity: Severity = Severity.ERROR


def read(block: Block, path: str, line: int, context: Context) -> tuple[Options | None, list[Finding]]:
    """The options of a block, or None, and what is wrong with them.

    ``path`` and ``line`` say where the block's opening fence stands; findings count from there. They have no code: they
    are faults of a page of the documentation, and no rule about documents.
    """
    options, faults = _read(block, line, context)

    def finding(fault: _Fault) -> Finding:
        at, before = fault.position, len(block.prefix)
        place = Position(max(at.line, line), at.column + before, at.end_column + before)
        return Finding("", path, fault.message, place, fault.help, severity=fault.severity)

    return options, [finding(fault) for fault in sorted(faults, key=lambda fault: fault.position)]


def _read(block: Block, line: int, context: Context) -> tuple[Options | None, list[_Fault]]:
    fence = Position(line, 1, 4)
    if block.fault:
        return None, [_Fault(block.fault, fence, block.help)]
    if not block.text.strip():
        return None, [_Fault("this block is empty", fence, "say what to show, for example `view: table`")]
    found: list[FrontMatterError] = []
    try:
        # The reader calls the first line the second, because of the opening ``---``. With a blank line for each one
        # above the fence, its lines are those of the file, in its words as well.
        fields = StrictHandler(found).load("\n" * (line - 1) + block.text)
    except FrontMatterError as error:
        found.append(error)
        fields = None
    faults = [_Fault(_of_block(str(error)), error.position, _of_block(error.help)) for error in found]
    if fields is None or faults:
        return None, faults
    schema = schemas.load(SCHEMA)
    values = schemas.typed(fields, schema)
    statuses = _words(context)
    for violation in schemas.explain(values, schema):
        described_ = described(fields, violation, SCHEMA, statuses)
        faults += (_Fault(message, position, help) for _, position, message, help in described_)
    if not faults:
        faults += _unobeyed(fields, values["view"])
        obeyed = Fields((key, value) for key, value in fields.items() if key in OBEYED[values["view"]])
        faults += _unknown(obeyed, context)
        faults += _impossible(obeyed, values)
    if any(fault.severity is Severity.ERROR for fault in faults):
        return None, faults
    return _options(values, context), faults


def _of_block(words: str) -> str:
    """The words of the reader of front matter, of a block."""
    return words.replace("the front matter", "this block").replace(" in front matter", " here")


def _words(context: Context) -> dict[str, Status]:
    """What words for a status mean: the model's own, and those that are in use here."""
    used: Iterable[Any] = (*context.portfolio.milestones, *context.portfolio.plans)
    return {item.status_word.casefold(): item.status for item in used} | {status.value: status for status in Status}


def _unobeyed(fields: Fields, view: str) -> Iterator[_Fault]:
    for key in fields:
        if key not in OBEYED[view]:
            known = ", ".join(name for name in schemas.load(SCHEMA)["properties"] if name in OBEYED[view])
            assert isinstance(key, Text)
            yield _Fault(f"`{key}` says nothing to a {view}", key.position, f"remove it; a {view} obeys {known}")
    if view == "card" and not fields.keys() & {"id", "plan"}:
        yield _Fault("this card is of nothing", fields["view"].position, "add `id:` or `plan:`")


def _listed(value: Any) -> list[Text]:
    return list(value) if isinstance(value, Items) else [value]


def _unknown(fields: Fields, context: Context) -> Iterator[_Fault]:
    """Names that nothing has. What plans are called is a fault; an owner or a tag may come and go with the plans."""
    items: tuple[Any, ...] = (*context.portfolio.milestones, *context.portfolio.plans)
    known: dict[str, tuple[str, Iterable[str | None]]] = {
        "plan": ("plan", context.plan_by_id),
        "id": ("milestone", context.portfolio.by_id),
        "profile": ("convention in use", context.portfolio.profiles),
    }
    for key, (noun, names) in known.items():
        for value in _listed(fields.get(key, Items())):
            if value not in names:
                yield _Fault(f"there is no {noun} `{value}`", value.position, _nearest(value, names))
    loose = {
        "owner": (item.owner for item in items),
        "domain": (item.domain for item in items),
        "risk": (item.risk for item in items),
        "tag": (tag for item in items for tag in item.tags),
    }
    for key, found in loose.items():
        names = {name.casefold(): name for name in found if name} if key in fields else {}
        for value in _listed(fields.get(key, Items())):
            if value.casefold() not in names:
                words = f"no plan or milestone has the {key} `{value}`"
                help = _nearest(value, sorted(names.values()))
                yield _Fault(words, value.position, help, Severity.WARNING)


def _nearest(value: str, names: Iterable[str | None]) -> str:
    known = [name for name in names if name]
    near = nearest(value, known, n=1) or [name for name in known if name.rpartition("/")[2] == value][:1]
    if near:
        return f"did you mean `{near[0]}`?"
    if not known:
        return "there is none yet"
    return f"it is one of {', '.join(known)}" if len(known) <= 8 else "`milestones list` and `plan list` name them all"


_DAY = re.compile(r"today(?:([+-])([0-9]+)d)?")


def _impossible(fields: Fields, values: Mapping[str, Any]) -> Iterator[_Fault]:
    """Days that no calendar has."""
    for key in ("due_after", "due_before"):
        if key in fields and not values[key].startswith("today") and day(values[key]) is None:
            yield _Fault(
                f"`{key}` is not a date: `{values[key]}`", fields[key].position, "the calendar has no such day"
            )


def _day(text: str, today: str) -> str:
    """A date as ISO text: as it is written, or so many days from today."""
    found = _DAY.fullmatch(text)
    now = day(today)
    if found is None or now is None:
        return text
    days = int(found[2] or 0) * (-1 if found[1] == "-" else 1)
    try:
        return (now + timedelta(days=days)).isoformat()
    except OverflowError:
        return "9999-12-31" if days > 0 else "0001-01-01"


def _options(values: Mapping[str, Any], context: Context) -> Options:
    def many(key: str) -> tuple[str, ...]:
        found = values.get(key, ())
        return (found,) if isinstance(found, str) else tuple(found)

    def folded(key: str) -> frozenset[str]:
        return frozenset(text.casefold() for text in many(key))

    statuses: set[Status] = set()
    for word in many("status"):
        statuses |= _GROUPS.get(word) or {Status(word)}
    return Options(
        view=values["view"],
        title=values.get("title", ""),
        plans=many("plan"),
        ids=many("id"),
        statuses=frozenset(statuses),
        owners=folded("owner"),
        domains=folded("domain"),
        tags=folded("tag"),
        risks=folded("risk"),
        profiles=frozenset(many("profile")),
        due_after=_day(values.get("due_after", ""), context.today),
        due_before=_day(values.get("due_before", ""), context.today),
        sort=many("sort"),
        limit=values.get("limit"),
        columns=many("columns"),
    )
