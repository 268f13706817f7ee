"""What a profile's patterns match in a repository: for whoever writes one."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from milestones.profiles.kinds import Kind, Place
    from milestones.profiles.profile import Profile


class Fault(NamedTuple):
    """Something that its author would want to know of a profile, and what to do."""

    message: str
    help: str


class Coverage(NamedTuple):
    """How many files each place holds, as (kind, template, count); the files that no kind knows; and the faults."""

    counts: tuple[tuple[str, str, int], ...]
    others: tuple[str, ...]
    faults: tuple[Fault, ...]


def of(profile: Profile, names: Sequence[str]) -> Coverage:
    """The coverage of a profile over the paths of the files below its root."""
    places = [(kind, place) for kind in profile.kinds.values() for place in kind.places]
    held: dict[int, list[str]] = {at: [] for at in range(len(places))}
    others: list[str] = []
    faults: list[Fault] = []
    twice: dict[tuple[int, int], list[str]] = {}
    for name in names:
        if profile.ignored(name):
            continue
        found = [at for at, (_, place) in enumerate(places) if place.template.read(name) is not None]
        # A note's pattern may be wide; what describes work comes before it, and that is meant.
        work = [at for at in found if places[at][0].model != "note"]
        found = work or found
        if not found:
            others.append(name)
            continue
        first = profile.locate(name)
        chosen = next((at for at in found if first is not None and places[at][1] is first.place), found[0])
        held[chosen].append(name)
        for at in found:
            if at != chosen and work:
                twice.setdefault((chosen, at), []).append(name)
    for (one, two), shared in twice.items():
        (kind, place), (other, another) = places[one], places[two]
        faults.append(
            Fault(
                f"`{place.template.text}` ({kind.name}) and `{another.template.text}` ({other.name}) both fit "
                f"{len(shared)} file{'s' if len(shared) != 1 else ''}, such as {shared[0]}",
                f"they are taken for a {kind.name}; make the fields of one pattern narrower",
            )
        )
    for at, (kind, place) in enumerate(places):
        if (
            not held[at]
            and not place.finished
            and kind.model != "note"
            and not any(held[n] for n, (k, _) in enumerate(places) if k is kind)
        ):
            faults.append(_nothing(kind, place, names))
    faults += _resembling(profile, others)
    counts = tuple((kind.name, place.template.text, len(held[at])) for at, (kind, place) in enumerate(places))
    return Coverage(counts, tuple(name for name in others), tuple(faults))


def _nothing(kind: Kind, place: Place, names: Sequence[str]) -> Fault:
    """Why a pattern matches nothing: the step of its path up to which some file goes along."""
    steps = place.template.text.split("/")
    message = f"`{place.template.text}` ({kind.name}) matches no file"
    if not names:
        return Fault(message, "there are no files at all below the root; is `root` right?")
    best, near = 0, names[0]
    for name in names:
        depth = _along(steps, name)
        if depth > best:
            best, near = depth, name
    if best == 0:
        return Fault(message, f"no path begins like `{steps[0]}`; there is for example {near}")
    if best >= len(steps):
        return Fault(message, f"{near} comes nearest; look at the patterns of the fields in its name")
    return Fault(message, f"{near} goes along up to `{'/'.join(steps[:best])}`, then does not fit `{steps[best]}`")


def _along(steps: list[str], name: str) -> int:
    parts = name.split("/")
    depth = 0
    for step, part in zip(steps, parts, strict=False):
        literal = re.split(r"\{[^}]*\}", step)
        pattern = "(?:.*)".join(re.escape(piece) for piece in literal)
        if not re.fullmatch(pattern, part, re.IGNORECASE):
            break
        depth += 1
    # A file of the right depth that only its name keeps out is nearer than one that stops in a folder.
    return depth if len(parts) == len(steps) or depth < len(steps) else depth - 1


def _resembling(profile: Profile, others: list[str]) -> Iterator[Fault]:
    for name in others:
        kind = profile.resembles(name)
        if kind is not None:
            templates = ", ".join(f"`{place.template.text}`" for place in kind.places[:3])
            yield Fault(
                f"{name} looks like a {kind.name} (`resembles`), but fits none of its places", f"they are {templates}"
            )
