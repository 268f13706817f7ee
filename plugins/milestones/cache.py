"""What can be worked out anew, kept in files: in ``.cache/milestones`` at the top of a repository, or of the user.

Deleting such a folder changes nothing but time, and one that can't be written is no obstacle. A repository could ship
one, with anything in it; so each file is sealed with a secret of this machine's user, and what was not written here,
or not whole, is as good as not there.
"""

from __future__ import annotations

import os
import stat
from contextlib import suppress

from milestones.lazy import cached_property

try:
    # hashlib loads OpenSSL on its way, which takes as long as everything else that a hook does with a digest.
    from _blake2 import blake2b
except ImportError:  # an interpreter that keeps it elsewhere
    from hashlib import blake2b

_SECRET = 32  # bytes


def folder(directory: str) -> str:
    """Where the files of a repository, or of a site, are kept."""
    return os.path.join(directory, ".cache", "milestones")


def user_folder() -> str | None:
    """Where this user's own files are kept: the seal, and what is no repository's; None where there is no place.

    A folder in a repository is none: whoever writes the repository would write the seal.
    """
    base = os.environ.get("XDG_CACHE_HOME") or os.path.join(os.path.expanduser("~"), ".cache")
    if not os.path.isabs(base):
        return None
    at = base
    while not os.path.lexists(os.path.join(at, ".git")):
        up = os.path.dirname(at)
        if up == at:
            return os.path.join(base, "mkdocs-milestones")
        at = up
    return None


def _read(path: str, most: int | None = None) -> bytes:
    """What a regular file holds. Raises OSError, also for anything else: a named pipe would not let go of us."""
    descriptor = os.open(path, os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0))
    with os.fdopen(descriptor, "rb") as file:
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            raise OSError("this is not a regular file")
        return file.read(-1 if most is None else most)


class Cache:
    """The files kept in a folder. ``secret`` is None where there is nowhere to keep one; then nothing is kept."""

    def __init__(self, folder: str) -> None:
        self.folder = folder

    @cached_property
    def secret(self) -> bytes | None:
        """The secret of this user on this machine, made on first use."""
        own = user_folder()
        if own is None:
            return None
        path = os.path.join(own, "seal")
        try:
            if not os.path.lexists(path):
                os.makedirs(own, mode=0o700, exist_ok=True)
                with suppress(FileExistsError), open(path, "xb", opener=_private) as file:
                    file.write(os.urandom(_SECRET))
            secret = _read(path, _SECRET + 1)
            if len(secret) == _SECRET:
                return secret
            os.unlink(path)  # it was cut short when it was made; the next command makes it anew
        except OSError:
            pass
        return None

    @property
    def _elsewhere(self) -> bool:
        """True where a link would lead out of the repository."""
        return os.path.islink(self.folder) or os.path.islink(os.path.dirname(self.folder))

    def has(self, name: str) -> bool:
        """True where something lies under a name; whether it is ours, ``load`` tells."""
        return os.path.lexists(os.path.join(self.folder, name))

    def load(self, name: str) -> bytes | None:
        """What was kept under a name; None where nothing was, or what is there is not whole or not ours."""
        if self.secret is None or self._elsewhere:
            return None
        try:
            seal, _, content = _read(os.path.join(self.folder, name)).partition(b"\n")
        except OSError:
            return None
        return content if seal == self._seal(name, content) else None

    def save(self, name: str, content: bytes) -> None:
        """Keep something under a name. Whoever reads it meanwhile sees the whole of it, or of what was there before."""
        if self.secret is None or self._elsewhere:
            return
        import tempfile

        with suppress(OSError):
            if not os.path.isdir(self.folder):
                os.makedirs(self.folder)
                with open(os.path.join(self.folder, ".gitignore"), "w", encoding="utf-8") as ignore:
                    ignore.write("*\n")  # nobody has to tell git that this is nothing to keep
            handle, temporary = tempfile.mkstemp(dir=self.folder)
            try:
                with os.fdopen(handle, "wb") as file:
                    file.write(self._seal(name, content) + b"\n" + content)
                os.replace(temporary, os.path.join(self.folder, name))
            except OSError:
                os.unlink(temporary)
                raise

    def _seal(self, name: str, content: bytes) -> bytes:
        seal = blake2b(os.fsencode(name) + b"\0", key=self.secret or b"", digest_size=32)
        seal.update(content)
        return seal.hexdigest().encode()


def _private(path: str, flags: int) -> int:
    return os.open(path, flags, 0o600)


__all__ = ["Cache", "blake2b", "folder", "user_folder"]
