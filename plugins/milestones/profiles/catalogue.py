"""The profiles that ship, and the one loader of these and of a repository's own."""

from __future__ import annotations

import os
import re
from typing import TYPE_CHECKING, Any

from milestones import parsed
from milestones.profiles.profile import Profile, ProfileError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

BUNDLED = os.path.dirname(__file__)
#: The profiles that ship, the default first: it wins where two fit a repository equally well.
#: Each with the folder its documents lie in; empty where that may be any. A test holds this to the files: the hook
#: must see which profile can fit without loading them all.
ROOTS = {
    "execplan": ".agent/exec_plans",
    "execplan-v2": ".agent/exec_plans",
    "gsd": ".planning",
    "gsd2": ".gsd",
    "milestone-folder": "docs",
    "backlog": "backlog",
    "aiwf": "work",
    "tracker": "docs/trackers",
    "request-plan": "",
}
NAMES = tuple(ROOTS)
#: Those whose folder nearly every repository has, or that have none: they are looked for where no other fits.
LATE = ("milestone-folder", "request-plan")
#: Further folders that a profile's documents may lie in instead, as its file says.
OTHER_ROOTS = {"backlog": (".backlog", "Backlog"), "milestone-folder": ("milestones",)}
#: Files of the repository that may say where they lie.
SAYING = {"backlog": ("backlog.config.yml", "backlog.config.yaml")}


def load(name: str, root: str | None = None, repository: str | None = None) -> Profile:
    """Load a bundled profile by name, or one of the repository's own by the path of its TOML file.

    Raises:
        ProfileError: when there is no such profile, or its file is wrong.
    """
    if name in NAMES:
        file = os.path.join(BUNDLED, f"{name}.toml")
    elif name.endswith(".toml") and (name.startswith(("/", "../")) or "/../" in name):
        raise ProfileError(f"{name}: a profile lies in the repository itself")
    elif name.endswith(".toml") and repository is not None:
        file = os.path.join(repository, name)
    else:
        import difflib

        near = difflib.get_close_matches(name, NAMES, n=1)
        hint = f"; did you mean {near[0]!r}?" if near else f"; there are {', '.join(NAMES)}"
        raise ProfileError(f"there is no profile {name!r}{hint}")
    try:
        if not os.path.isfile(file):
            raise ProfileError(f"{name}: there is no such file")
        with open(file, "rb") as opened:
            data = parsed.toml(opened.read())
        if name not in NAMES:  # a test holds the bundled ones to it
            from milestones.profiles import shape

            try:
                shape.require(data)
            except shape.SlowPatternError as error:
                help = "write `++`, `*+` or `(?>…)`, which give nothing back, or let each round begin with a separator"
                raise ProfileError(f"{_where(name, file, error.pattern)}: {error}; {help}") from None
        own = data.get("root", "")
        if not isinstance(own, str) or own.startswith("/") or ".." in own.split("/"):
            raise ProfileError(f"{name}: root: {own!r} is no folder of the repository")
        if root and repository is not None and os.path.isfile(os.path.join(repository, root)):
            raise ProfileError(f"{name}: root: {root!r} is a file, and documents lie in a folder")
        if root is None and repository is not None:
            # Where the usual folder is not there, one of the others may be.
            folders = [*_said(data.get("configuration"), repository), own, *data.get("other_roots", ())]
            root = next((folder for folder in folders if os.path.isdir(os.path.join(repository, folder))), None)
        return Profile(data, file, root)
    except OSError as error:
        raise ProfileError(f"{name}: {error.strerror}") from None
    except parsed.TomlError as error:
        raise ProfileError(f"{name}: {error}") from None
    except KeyError as error:
        raise ProfileError(f"{name}: the key {error} is missing, or names a field that is not described") from None
    except re.error as error:
        raise ProfileError(f"{name}: a pattern is no regular expression: {error}") from None
    except (AttributeError, IndexError, TypeError, ValueError) as error:
        raise ProfileError(f"{name}: a value is of the wrong kind: {error}") from None


def _where(name: str, file: str, pattern: str) -> str:
    """``FILE:LINE`` of a pattern; tomllib keeps no positions, so the text is looked up."""
    with open(file, encoding="utf-8") as opened:
        source = opened.read()
    at = next((found for text in (pattern, pattern.replace("\\", "\\\\")) if (found := source.find(text)) >= 0), 0)
    return f"{name}:{source.count(chr(10), 0, at) + 1}"


def _said(settings: Mapping[str, Any] | None, repository: str) -> Iterator[str]:
    """The folder that the repository's own settings name, where it is one of the repository."""
    if not settings or not settings.get("root"):
        return
    from milestones.documents import reader

    for path in settings["files"]:
        fields = reader.settings(os.path.join(repository, path[1:])) if path.startswith("/") else None
        if fields is not None:
            folder = os.path.normpath(str(fields.get(settings["root"]) or ".")).replace(os.sep, "/")
            if folder != "." and not os.path.isabs(folder) and folder.split("/")[0] != "..":
                yield folder
            return
