"""Where a forge shows a commit, and a line of a file, by the addresses that a repository has on it."""

from __future__ import annotations

import re
from urllib.parse import urlsplit, urlunsplit

#: The folder of a forge's pages of commits, by a part of its host's name.
_COMMITS = {
    "github": "commit",
    "gitlab": "-/commit",
    "bitbucket": "commits",
    "codeberg": "commit",
    "gitea": "commit",
    "forgejo": "commit",
}


def commit_url(repository: str, commit: str) -> str | None:
    """The page of a commit; None where the host's name doesn't tell which forge it is."""
    try:
        parts = urlsplit(repository.strip())
        host = (parts.hostname or "").split(".")
    except ValueError:
        return None
    folder = next((folder for name, folder in _COMMITS.items() if name in host), None)
    steps = [step for step in parts.path.split("/") if step]
    # What follows belongs to a page within the repository: a branch, a folder.
    for mark in ("-", "tree", "src", "blob"):
        if mark in steps[2:]:
            steps = steps[: steps.index(mark, 2)]
    if folder is None or parts.scheme not in ("http", "https") or len(steps) < 2:
        return None
    path = "/" + "/".join(steps).removesuffix(".git")
    return urlunsplit((parts.scheme, parts.netloc, f"{path}/{folder}/{commit}", "", ""))


#: How an address for editing a file becomes one that shows it, and how that names a line.
_SHOWN = (
    (re.compile(r"/_edit/"), "/src/branch/", "#L{}"),  # Gitea and Forgejo
    (re.compile(r"/edit/"), "/blob/", "#L{}"),  # GitHub and GitLab
    (re.compile(r"/src/"), "/src/", "#lines-{}"),  # Bitbucket edits where it shows
)


def line_url(edit_url: str, line: int | None) -> str:
    """The address that shows a line of a file, or the file, by that for editing it; which it is where nobody knows."""
    parts = urlsplit(edit_url)
    for pattern, shown, place in _SHOWN:
        path, found = pattern.subn(shown, parts.path, count=1)
        if found:
            return urlunsplit((parts.scheme, parts.netloc, path, "", place.format(line)[1:] if line else ""))
    return edit_url
