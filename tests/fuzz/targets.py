"""What is fed with bytes that nobody writes: each target reads them as it would a file, and may only find faults.

A target returns for every input, or raises what its callers expect; anything else is a find. ``run.py`` drives them by
coverage, ``test_finds.py`` replays what was found.
"""

from __future__ import annotations

import tomllib
from typing import TYPE_CHECKING

from milestones.documents import reader, simple_yaml
from milestones.documents.front_matter import build
from milestones.documents.outline import Outline
from milestones.documents.values import FrontMatterError
from milestones.profiles import catalogue
from milestones.project import config

if TYPE_CHECKING:
    from collections.abc import Callable

_PROFILES = [catalogue.load(name) for name in catalogue.NAMES]


def front_matter(data: bytes) -> None:
    """A file: front matter, positions, suppressions. Where both readers of YAML take a text, they agree."""
    document = reader.parse("x.md", data)
    assert document.fields is not None or document.findings
    count = data.count(b"\n") + 2
    for finding in document.findings:
        if finding.position is not None:
            assert 1 <= finding.position.line <= count, finding
            assert finding.position.column >= 1, finding
    _ = document.suppressions
    text = data.decode("utf-8", "replace").replace("\r\n", "\n")
    if not text.endswith("\n"):
        text += "\n"
    fast = simple_yaml.read(text)
    if fast is not None:
        try:
            slow = build(text, None)
        except FrontMatterError as error:
            raise AssertionError(f"only the fast lane takes it: {error}") from error
        assert fast == slow, (fast, slow)


def outline(data: bytes) -> None:
    """A body: headings, tasks, tables, links."""
    text = data.decode("utf-8", "replace")
    found = Outline(text, 1)
    count = text.count("\n") + 1
    assert all(1 <= heading.line <= count for heading in found.headings)
    for name in dir(type(found)):
        if not name.startswith("_"):
            getattr(found, name)


def paths(data: bytes) -> None:
    """A path: whatever a template reads out of it, it builds again."""
    path = data.decode("utf-8", "replace")
    for profile in _PROFILES:
        profile.locate(path)
        for kind in profile.kinds.values():
            for template in filter(None, (kind.id, *(place.template for place in kind.places))):
                fields = template.read_exact(path)
                if fields is not None:
                    try:
                        assert template.build(fields) == path
                    except (KeyError, ValueError):
                        continue  # a step that would leave its place


def configuration(data: bytes) -> None:
    """A configuration file."""
    try:
        source = data.decode("utf-8")
        table = tomllib.loads(source)
    except (UnicodeDecodeError, tomllib.TOMLDecodeError, RecursionError):
        return
    try:
        settings = config.from_table(table, "/nowhere", "milestones.toml", source)
    except config.ConfigError as refused:
        where = refused.where
    else:
        settings.excluded("a/b/c.md")
        settings.severity_of("FM001", "a/b/c.md", config.Severity.ERROR)
        return
    assert where.startswith("milestones.toml:"), where


TARGETS: dict[str, Callable[[bytes], None]] = {
    "front-matter": front_matter,
    "outline": outline,
    "paths": paths,
    "configuration": configuration,
}
