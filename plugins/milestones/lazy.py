"""What is made when it is first asked for: properties that stay, and patterns that few runs need."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from functools import cached_property
else:

    class cached_property:
        """``functools.cached_property`` as it is since Python 3.12: without the lock that 3.11 takes each time.

        A check of ten thousand documents asks for a hundred thousand of these.
        """

        def __init__(self, made):
            self.made = made
            self.name = made.__name__
            self.__doc__ = made.__doc__

        def __get__(self, instance, owner=None):
            if instance is None:
                return self
            value = instance.__dict__[self.name] = self.made(instance)
            return value


class Pattern:
    """A regular expression that is compiled on its first use: most of the time a hook takes is its start.

    It has the methods of ``re.Pattern``, which are those of the compiled one from then on.
    """

    def __init__(self, source: str, flags: int = 0) -> None:
        self.source = source
        self.flags = flags

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        if "compiled" not in self.__dict__:
            self.__dict__["compiled"] = re.compile(self.source, self.flags)
        found = self.__dict__[name] = getattr(self.__dict__["compiled"], name)
        return found


def pattern(source: str, flags: int = 0) -> re.Pattern[str]:
    """A ``Pattern``, for everything that takes a compiled one."""
    return Pattern(source, flags)  # type: ignore[return-value]


__all__ = ["cached_property", "pattern"]
