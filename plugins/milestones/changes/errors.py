"""What a change is refused with."""

from __future__ import annotations


class ChangeError(Exception):
    """A change that was not made; nothing was written. ``help`` says what would make it possible."""

    def __init__(self, message: str, help: str = "") -> None:
        super().__init__(message)
        self.help = help


class WriteError(ChangeError):
    """A change that the file system or git did not let happen: no space, no permission, a lock."""
