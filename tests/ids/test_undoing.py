"""A change that can't be finished leaves everything as it was, or as much of it as can be."""

from __future__ import annotations

import errno
import os
from pathlib import Path
from typing import Any

import pytest

from milestones.changes import transaction
from milestones.changes.transaction import Transaction, WriteError, lock


@pytest.fixture
def files(tmp_path: Path) -> Path:
    for name in "abc":
        (tmp_path / f"{name}.md").write_text(name, encoding="utf-8")
    return tmp_path


def contents(folder: Path) -> dict[str, str]:
    return {
        str(path.relative_to(folder)): path.read_text(encoding="utf-8")
        for path in sorted(folder.rglob("*"))
        if path.is_file() and path.name.startswith((".milestones-", "a", "b", "c", "d"))
    }


def denying(monkeypatch: pytest.MonkeyPatch, *names: str, once_written: bool = False) -> None:
    """Files that nobody may link, replace or rename over, as ``chattr +i`` makes them."""
    allowed = dict.fromkeys(names, 1 if once_written else 0)

    def guard(name: str, *places: int) -> None:
        real = getattr(os, name)

        def call(*arguments: Any, **options: Any) -> Any:
            for place in places:
                called = os.path.basename(arguments[place])
                if called in allowed:
                    if name == "replace" and allowed[called]:
                        allowed[called] -= 1
                        continue
                    if name == "link" and once_written:
                        continue
                    raise PermissionError(errno.EPERM, "Operation not permitted")
            return real(*arguments, **options)

        monkeypatch.setattr(os, name, call)

    guard("link", 0, 1)
    guard("replace", 0, 1)


def change(folder: Path, *, move: bool = False) -> Transaction:
    made = Transaction(str(folder))
    for name in "abc":
        made.write(f"{name}.md", name.upper().encode())
    if move:
        del made.writes["a.md"]
        made.move("a.md", "d.md")
        made.write("d.md", b"A")
    return made


def test_a_file_that_can_not_be_written(files: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    before = contents(files)
    denying(monkeypatch, "b.md")
    with pytest.raises(WriteError, match="nothing was changed"), lock(str(files)):
        change(files, move=True).commit()
    assert contents(files) == before


def test_one_that_can_not_be_brought_back_keeps_no_other(files: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    before = contents(files)
    denying(monkeypatch, "c.md", "d.md", once_written=True)
    # The first write of each is let through, the way back is not.
    made = change(files, move=True)
    place = Transaction._place

    def fails(self: Transaction, step: Any) -> None:
        place(self, step)
        if step.path == "d.md":
            raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(Transaction, "_place", fails)
    with pytest.raises(WriteError, match="could not be undone"), lock(str(files)):
        made.commit()
    found = contents(files)
    assert found["b.md"] == "b"
    assert found["d.md"] == "A"
    assert len([name for name in found if name.startswith(".milestones-")]) == 3  # two contents, and the journal
    monkeypatch.undo()
    with lock(str(files)) as recovered:
        assert recovered
    assert contents(files) == before


def test_half_a_copy_is_no_earlier_content(files: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    before = contents(files)
    denying(monkeypatch, "b.md")

    def half(source: str, target: str) -> None:
        Path(target).write_bytes(b"")
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(transaction.shutil, "copy2", half)
    with pytest.raises(WriteError, match="nothing was changed"), lock(str(files)):
        change(files).commit()
    assert contents(files) == before
