"""NM: paths. No file is opened for these rules; the path alone tells."""

from __future__ import annotations

import unicodedata
from typing import TYPE_CHECKING

from milestones.model import Finding, Related
from milestones.profiles.paths import slugify
from milestones.rules.nearest import nearest, readable

if TYPE_CHECKING:
    from collections.abc import Iterator

    from milestones.project.entry import Entry
    from milestones.project.project import Project

#: The longest file name that common file systems hold, in bytes of UTF-8.
MAX_NAME = 255


def document(project: Project, entry: Entry, _wanted: frozenset[str]) -> Iterator[Finding]:
    """Check a path against the template of its place."""
    if entry.located is None:
        yield _unrecognised(project, entry)
    else:
        yield from _slugs(project, entry)
        yield from _template(project, entry)


def whole(project: Project, entries: list[Entry], wanted: frozenset[str]) -> Iterator[Finding]:
    """Check for paths that are one, and for plans in a place that nobody looks at."""
    for path in project.look_alikes:
        yield Finding(
            "NM002",
            path,
            "this looks like a plan or a milestone, but fits no convention",
            None,
            f"the profile {project.profile.name!r} keeps plans in `{project.profile.root}/`; move it, or say yours",
        )
    if "NM005" in wanted:
        yield from _twins(project, entries)


def _unrecognised(project: Project, entry: Entry) -> Finding:
    templates = [text for kind, text in project.profile.all_places if kind == entry.kind.name]
    near = nearest(entry.path, templates, n=1, cutoff=0.0) or templates or [""]
    return Finding(
        "NM002",
        entry.path,
        f"this looks like a {entry.kind.name}, but its path fits none of the profile {project.profile.name!r}",
        None,
        f"move it to `{readable(near[0])}`, or leave it out with `exclude`",
    )


def _slugs(project: Project, entry: Entry) -> Iterator[Finding]:
    assert entry.located is not None
    name = entry.path.rpartition("/")[2]
    size = len(name.encode("utf-8", "surrogateescape"))
    if size > MAX_NAME:
        yield Finding("NM004", entry.path, f"a file name of {size} bytes", None, f"keep it to {MAX_NAME}")
    for field in ("slug", "folder"):
        rule = project.profile.fields.get(field)
        text = entry.located.fields.get(field)
        if rule is None or text is None:
            continue
        fits = project.profile.strict[field].fullmatch(text)
        if fits and not (rule.longest and len(text) > rule.longest):
            continue
        suggested = slugify(text, longest=rule.longest or 60)
        words = f"write `{suggested}`" if suggested else "write words of lower case letters and digits"
        if not fits:
            yield Finding(
                "NM003",
                entry.path,
                f"`{_printable(text)}` is not a {field}" if text else f"the {field} is empty",
                None,
                f"{words}: lower case letters and digits, joined by hyphens",
            )
        else:
            message = f"a {field} of {len(text)} characters"
            yield Finding("NM004", entry.path, message, None, f"{words}: at most {rule.longest} characters")


def _printable(text: str) -> str:
    return "".join(c if c.isprintable() else "�" for c in text)


def _template(project: Project, entry: Entry) -> Iterator[Finding]:
    """The path is exactly what its template builds, and lies in the folder of its own plan."""
    assert entry.located is not None
    if not entry.located.dated:
        return  # the archive rules speak of the date
    if not entry.located.exact:
        fields = {**entry.located.fields, "plan": (entry.plan_id_in_path or "").upper()}
        expected = entry.located.place.template.build(fields)
        message = "the path is not the one the convention builds"
        yield Finding("NM001", entry.path, message, None, f"rename it to `{expected}`")
        return
    if not entry.kind.nested or "plan" not in entry.located.fields:
        return
    plan = project.find(entry.located.fields["plan"])
    if plan is not None and plan.located is not None:
        home = plan.located.plan_directory
        if home != entry.located.plan_directory:
            there = home + entry.path.removeprefix(entry.located.plan_directory)
            yield Finding(
                "NM001",
                entry.path,
                f"this milestone of {plan.id} lies in another plan's folder",
                None,
                f"move it to `{there}`",
                (Related(plan.path, 1, f"{plan.id} is here"),),
            )


def _twins(project: Project, entries: list[Entry]) -> Iterator[Finding]:
    """Paths that a file system which folds case or Unicode forms takes for one."""
    wanted = {_one_file(entry.path) for entry in entries}
    seen: dict[str, str] = {}
    # All names in one go: nothing is folded or composed across a NUL.
    keys = _one_file("\0".join(project.names)).split("\0") if project.names else []
    for path, key in zip(project.names, keys, strict=True):
        if key not in wanted:
            continue
        first = seen.setdefault(key, path)
        if first != path:
            yield Finding(
                "NM005",
                path,
                f"the path differs from `{first}` only by case or Unicode form",
                None,
                "rename one of the two: on macOS and Windows they are one file",
                (Related(first, 1, "the other is here"),),
            )


def _one_file(path: str) -> str:
    return path.lower() if path.isascii() else unicodedata.normalize("NFC", path).casefold()
