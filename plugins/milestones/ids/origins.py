"""Which of several documents with one id a line means: the one that was there where the line was written.

Two sides that have met brought a document each with the same number. Every line still has the commit it came from, and
the tree of that commit had, as a rule, only one of them.
"""

from __future__ import annotations

import os
import re
from typing import TYPE_CHECKING

from milestones.project import git

if TYPE_CHECKING:
    from collections.abc import Sequence

_BLAMED = re.compile(rb"([0-9a-f]{40,64}) [0-9]+ ([0-9]+)(?: [0-9]+)?")


class Origins:
    """What git knows about where the lines of a work tree came from. Each question is asked once."""

    def __init__(self, directory: str) -> None:
        self.directory = directory
        self._blames: dict[str, dict[int, str]] = {}
        self._additions: dict[str, str] = {}
        self._trees: dict[str, frozenset[str]] = {}
        self._parents: dict[str, frozenset[str]] = {}
        self._heads: list[str] | None = None

    def meant(self, path: str, line: int, among: Sequence[str]) -> list[str]:
        """Those of some documents that a line (from 1) can mean; all of them where git can't tell."""
        if path in among:
            return [path]
        for commit in (self._writer(path, line), self._adder(path)):
            if not commit:
                continue
            there, before = self._names(commit), self._before(commit)
            present = [one for one in among if _name(one) in there]
            # What came with the line comes first: a squash brings both, the line and what it is about.
            for some in ([one for one in present if _name(one) not in before], present):
                if len(some) == 1:
                    return some
        return list(among)

    def since(self, path: str) -> int:
        """When a file was first committed, in seconds; later than everything for one that never was."""
        # Filing a document away moves it, and leaves its name.
        commit = self._adder(":(top,glob)**/" + re.sub(r"([\\*?\[])", r"\\\1", _name(path)))
        told = self._said("show", "--no-patch", "--format=%ct", commit, "--").strip() if commit else ""
        return int(told) if told.isdecimal() else 1 << 62

    def _writer(self, path: str, line: int) -> str:
        if path not in self._blames:
            found: dict[int, str] = {}
            try:
                options = ("-c", "blame.ignoreRevsFile=", *git.without_programs(self.directory))
                told = git.run(self.directory, *options, "blame", "--no-textconv", "--porcelain", "--", path)
            except git.GitError:
                told = b""
            for written in told.split(b"\n"):
                if (facts := _BLAMED.fullmatch(written)) is not None:
                    found[int(facts[2])] = facts[1].decode()
            self._blames[path] = found
        commit = self._blames[path].get(line, "")
        return commit if commit.strip("0") else ""

    def _adder(self, path: str) -> str:
        """The first commit that added a file. Not by ``--follow``: documents from one template look like copies."""
        if path not in self._additions:
            options = ("--no-ext-diff", "--no-textconv", "--no-renames", "--diff-filter=A", "--format=%H")
            place = path if path.startswith(":(top,glob)") else f":(literal){path}"
            told = self._said("log", *options, *self._sides(), "--", place).split()
            self._additions[path] = told[-1] if told else ""
        return self._additions[path]

    def _sides(self) -> list[str]:
        """HEAD, and what a merge under way brings in."""
        if self._heads is None:
            self._heads = ["HEAD"]
            folder = self._said("rev-parse", "--absolute-git-dir").strip()
            try:
                with open(os.path.join(folder, "MERGE_HEAD"), encoding="ascii") as file:
                    self._heads += file.read().split()
            except (OSError, ValueError):
                pass
        return self._heads

    def _names(self, commit: str) -> frozenset[str]:
        if commit not in self._trees:
            told = self._said("ls-tree", "-r", "-z", "--name-only", commit)
            self._trees[commit] = frozenset(map(_name, told.split("\0")))
        return self._trees[commit]

    def _before(self, commit: str) -> frozenset[str]:
        """What the commits before one had between them."""
        if commit not in self._parents:
            parents = self._said("rev-list", "--parents", "--max-count=1", commit, "--").split()[1:]
            self._parents[commit] = frozenset().union(*map(self._names, parents))
        return self._parents[commit]

    def _said(self, *arguments: str) -> str:
        try:
            return os.fsdecode(git.run(self.directory, *arguments))
        except git.GitError:
            return ""


def _name(path: str) -> str:
    return path.rpartition("/")[2]


__all__ = ["Origins"]
