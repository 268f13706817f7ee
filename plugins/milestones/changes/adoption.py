"""What a repository needs to use the tool: its configuration, the site's plugin entry, the commit hook's entry.

Each is a small edit of a file's text that leaves every other line as it is, and that is only made where reading the
result gives what was there before plus the entry.
"""

from __future__ import annotations

import os
import re
from typing import TYPE_CHECKING, Any

from milestones import __version__

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from milestones.project.workspace import Workspace

REPOSITORY = "https://github.com/mkdocs-milestones/mkdocs-milestones"
HOOKS = ".pre-commit-config.yaml"
SITE = "mkdocs.yml"

#: A top-level key and the block of lines that is its value.
_BLOCK = r"(?m)^{}:[ \t]*(?:#[^\n]*)?\r?\n(?P<items>(?:[ \t]*(?:#[^\n]*)?\r?\n|(?:[ \t]+|-)[^\n]*(?:\n|\Z))*)"


def files(workspace: Workspace) -> Iterator[tuple[str, str | None, str]]:
    """Path, present text (None where there is no file) and new text of each file that has to change."""
    if not workspace.config.source:
        yield "milestones.toml", None, configuration(workspace)
    for path, edit, fresh in ((SITE, _site, _new_site(workspace)), (HOOKS, _hooks, _new_hooks())):
        before = _read(workspace.directory, path)
        if before is None:
            yield path, None, fresh
            continue
        after = edit(before)
        if after is not None and after != before:
            yield path, before, after
    if _read(workspace.directory, SITE) is None and not os.path.lexists(os.path.join(workspace.directory, "docs")):
        yield "docs/index.md", None, f"# {_name(workspace)}\n\nThe roadmap is one of the pages of this site.\n"
        ignored = _read(workspace.directory, ".gitignore")
        if ignored is None or not re.search(r"(?m)^/?site/?\s*$", ignored):
            end = "\n" if ignored and not ignored.endswith("\n") else ""
            yield ".gitignore", ignored, f"{ignored or ''}{end}/site/\n"


def hints(workspace: Workspace) -> Iterator[str]:
    """What has to be added by hand, where a file is too unusual to be edited safely."""
    for path, edit, entry in ((SITE, _site, "plugins:\n  - milestones"), (HOOKS, _hooks, _HOOK)):
        before = _read(workspace.directory, path)
        if before is not None and edit(before) is None:
            yield f"{path} can't be edited safely; add to it:\n{entry}"


def configuration(workspace: Workspace) -> str:
    """The text of a milestones.toml that says what was detected."""
    lines = ["# What `milestones check` and the site go by. All keys: `milestones schema config`."]
    used = [(project.profile, project.profile.data.get("root", "")) for project in workspace.projects]
    if len(used) == 1:
        profile, usual = used[0]
        lines.append(f'profile = "{profile.name}"')
        if profile.root != usual.strip("/"):
            lines.append(f'root = "{profile.root}"')
    for profile, usual in used if len(used) > 1 else ():
        lines += ["", "[[profiles]]", f'profile = "{profile.name}"']
        if profile.root != usual.strip("/"):
            lines.append(f'root = "{profile.root}"')
    return "\n".join(lines) + "\n"


def _read(directory: str, path: str) -> str | None:
    full = os.path.join(directory, path)
    if not os.path.lexists(full):
        return None
    with open(full, encoding="utf-8", newline="") as file:
        return file.read()


def _name(workspace: Workspace) -> str:
    return re.sub(r"[^\w .-]", "", os.path.basename(workspace.directory)) or "Project"


def _new_site(workspace: Workspace) -> str:
    return f'site_name: "{_name(workspace)}"\n\ntheme:\n  name: material\n\nplugins:\n  - search\n  - milestones\n'


_HOOK = f"""\
  - repo: {REPOSITORY}
    rev: v{__version__}
    hooks:
      - id: milestones
"""


def _new_hooks() -> str:
    types = "default_install_hook_types: [pre-commit, pre-merge-commit, pre-push]"
    return f"{types}\nrepos:\n{_HOOK}"


def _site(text: str) -> str | None:
    """mkdocs.yml with the plugin, as it is where it has it, or None where that can't be done safely."""
    held = _loaded(text)
    if not isinstance(held, dict):
        return None
    plugins = held.get("plugins")
    if _named(plugins, "milestones"):
        return text
    newline = "\r\n" if "\r\n" in text else "\n"
    if plugins is None and "plugins" not in held:
        end = "" if text.endswith("\n") or not text else newline
        # Without the key MkDocs has its search; with it, only what is listed.
        made = f"{text}{end}{newline}plugins:{newline}  - search{newline}  - milestones{newline}"
    else:
        made = _into_list(text, "plugins", "milestones", newline) or ""
    after = _loaded(made)
    expected = [*(plugins if isinstance(plugins, list) else ["search"] if plugins is None else []), "milestones"]
    same = isinstance(after, dict) and {**after, "plugins": None} == {**held, "plugins": None}
    return made if same and isinstance(after, dict) and after.get("plugins") == expected else None


def _named(entries: Any, name: str) -> bool:
    if isinstance(entries, dict):
        return name in entries
    return isinstance(entries, list) and any(e == name or (isinstance(e, dict) and name in e) for e in entries)


def _into_list(text: str, key: str, value: str, newline: str) -> str | None:
    """The text with one more item at the end of the list of a top-level key; None where it is not such a list."""
    flow = re.search(rf"(?m)^{key}:[ \t]*\[([^\]\n]*)\]", text)
    if flow is not None:
        items = flow[1].strip()
        return f"{text[: flow.start()]}{key}: [{f'{items}, ' if items else ''}{value}]{text[flow.end() :]}"
    block = re.search(_BLOCK.format(key), text)
    if block is None:
        return None
    first = re.search(r"(?m)^([ \t]*)-", block["items"])
    if first is None:
        return None
    at = block.start("items") + _content(block["items"])
    return f"{text[:at]}{newline}{first[1]}- {value}{text[at:] or newline}"


def _content(lines: str) -> int:
    """How far a block of lines says something: without the blank lines and comments at its end."""
    end = at = 0
    for line in lines.splitlines(keepends=True):
        at += len(line)
        if line.strip() and not line.lstrip().startswith("#"):
            end = at - len(line) + len(line.rstrip())
    return end


def _hooks(text: str) -> str | None:
    """.pre-commit-config.yaml with the hook, as it is where it has it, or None where that can't be done safely."""
    held = _loaded(text)
    if not isinstance(held, dict) or not isinstance(held.get("repos"), list):
        return None
    repos = held["repos"]
    for repo in repos:
        ids = (
            [hook.get("id") for hook in repo.get("hooks", []) if isinstance(hook, dict)]
            if isinstance(repo, dict)
            else []
        )
        if "milestones" in ids:
            return text
    newline = "\r\n" if "\r\n" in text else "\n"
    first = re.search(r"(?m)^([ \t]*)- +repo:", text)
    indent = first[1] if first is not None else "  "
    lines = [indent + line.removeprefix("  ") for line in _HOOK.splitlines()]
    block = newline.join(lines)
    found = re.search(_BLOCK.format("repos"), text)
    if found is None or (repos and first is None):
        return None
    at = found.start("items") + _content(found["items"])
    made = f"{text[:at].rstrip()}{newline}{block}{text[at:] or newline}"
    after = _loaded(made)
    wanted = {"repo": REPOSITORY, "rev": f"v{__version__}", "hooks": [{"id": "milestones"}]}
    return made if isinstance(after, dict) and after == {**held, "repos": [*repos, wanted]} else None


def _loaded(text: str) -> Any:
    """YAML as data, tags of whatever program as what they stand before; None where it can't be read."""
    import yaml

    class Loader(yaml.SafeLoader):
        """Knows no tag, and minds none."""

    def any_tag(loader: Any, suffix: str, node: Any) -> Any:
        construct: Callable[..., Any]
        if isinstance(node, yaml.ScalarNode):
            return f"{suffix} {loader.construct_scalar(node)}"
        construct = loader.construct_sequence if isinstance(node, yaml.SequenceNode) else loader.construct_mapping
        return construct(node, deep=True)

    Loader.add_multi_constructor("", any_tag)
    if len(text) > 1_000_000 or re.search(r"(?m)(?:^|[\s\[,])[&*][A-Za-z]", text):
        return None  # an alias may stand for more than it looks
    try:
        return yaml.load(text, Loader)  # a safe loader, made more tolerant
    except (yaml.YAMLError, RecursionError):
        return None
