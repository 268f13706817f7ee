"""Where a forge shows a commit, by the address of the repository on it."""

from __future__ import annotations

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
