"""The language of the pages: their words from a catalogue, and dates and numbers as the language writes them.

English stands in the source. Every other language has a catalogue of gettext, ``catalogues/LANGUAGE.po``, that gives
the English words a translation; what it leaves out stays English. ``pybabel extract`` finds the words by the functions
below.
"""

from __future__ import annotations

import gettext
import io
from contextlib import contextmanager
from contextvars import ContextVar
from difflib import get_close_matches
from functools import lru_cache
from importlib.resources import files
from typing import TYPE_CHECKING

from babel import Locale, UnknownLocaleError
from babel.dates import format_skeleton
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from babel.numbers import format_decimal, format_percent

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import date

#: The language of the source. Its dates are written as most of the world does: day, month, year.
SOURCE, _SOURCE_LOCALE = "en", "en_GB"

#: The functions whose arguments are words of the catalogue, as ``pybabel extract`` wants to know them.
KEYWORDS = {"_": None, "N_": None, "ngettext": (1, 2), "counted": (2, 3), "numbered": (2, 3)}

_code: ContextVar[str] = ContextVar("language", default=SOURCE)


def available() -> tuple[str, ...]:
    """The languages that pages can be written in, by their codes (``en``, ``de``)."""
    names = (f.name for f in files("milestones.site").joinpath("catalogues").iterdir())
    return (SOURCE, *sorted(name.removesuffix(".po") for name in names if name.endswith(".po")))


def nearest(code: str) -> str:
    """The available language for a code as themes write it: ``de_AT`` and ``de-CH`` give ``de``. Else English."""
    bare = code.replace("_", "-").partition("-")[0].lower()
    return bare if bare in available() else SOURCE


def _meant(code: str) -> str | None:
    """The available language that somebody may have meant by a code, or by the name of a language."""
    if (found := nearest(code)) != SOURCE or code.lower().startswith(SOURCE):
        return found
    names: dict[str, str] = {}
    for one in available():
        locale = _locale(one)
        spelt = (one, locale.display_name, locale.english_name)
        names |= {name.casefold().partition(" (")[0]: one for name in spelt if name}
    close = get_close_matches(code.casefold(), names, n=1)
    return names[close[0]] if close else None


class LanguageError(ValueError):
    """There are no pages in a language; ``help`` says what to write instead."""

    def __init__(self, code: str) -> None:
        super().__init__(f"there are no pages in the language {code!r}")
        meant = _meant(code)
        self.help = f"write {meant}" if meant else f"there are {', '.join(available())}"


def use(code: str) -> None:
    """Write pages in a language from here on. Raises LanguageError for one that is not ``available``."""
    if code not in available():
        raise LanguageError(code)
    _code.set(code)


@contextmanager
def using(code: str) -> Iterator[None]:
    """Write pages in a language for as long as the context lasts. Raises LanguageError as ``use`` does."""
    before = _code.get()
    use(code)
    try:
        yield
    finally:
        _code.set(before)


def current() -> str:
    """The code of the language that pages are written in."""
    return _code.get()


@lru_cache(maxsize=8)
def _catalogue(code: str) -> gettext.NullTranslations:
    if code == SOURCE:
        return gettext.NullTranslations()
    text = files("milestones.site").joinpath("catalogues", f"{code}.po").read_bytes()
    compiled = io.BytesIO()
    write_mo(compiled, read_po(io.BytesIO(text), locale=code))
    compiled.seek(0)
    return gettext.GNUTranslations(compiled)


@lru_cache(maxsize=8)
def _locale(code: str) -> Locale:
    try:
        return Locale.parse(_SOURCE_LOCALE if code == SOURCE else code)
    except UnknownLocaleError:
        return Locale.parse(_SOURCE_LOCALE)


def _(message: str) -> str:
    """Words in the language of the pages."""
    return _catalogue(_code.get()).gettext(message)


def N_(message: str) -> str:
    """Words that are translated where they are shown: marks them for the catalogue, and gives them back as they are."""
    return message


def ngettext(singular: str, plural: str, number: int) -> str:
    """Words that depend on a number, which is not put into them."""
    return _catalogue(_code.get()).ngettext(singular, plural, number)


def counted(number: int, singular: str, plural: str) -> str:
    """A number with what it counts: ``1 milestone``, ``3 milestones``.

    It stands by itself, or in the nominative. A sentence that wants another case is ``numbered``.
    """
    return f"{figure(number)} {ngettext(singular, plural, number)}"


def numbered(number: int, singular: str, plural: str, **places: object) -> str:
    """A sentence with a number at ``{number}``, and whatever else has a place in it: ``Overdue by 3 days``."""
    return ngettext(singular, plural, number).format(number=figure(number), **places)


def figure(number: int) -> str:
    """A whole number with its thousands set apart: ``12,345``, and ``12.345`` in German."""
    return str(number) if -1000 < number < 1000 else _figure(number, _code.get())


@lru_cache(maxsize=4096)
def _figure(number: int, code: str) -> str:
    return str(format_decimal(number, locale=_locale(code)))


def on_day(day: date, skeleton: str = "yMMMd") -> str:
    """A date as the language writes it: ``17 Jan 2026``.

    ``skeleton`` says what of it is wanted, in the letters of Unicode's date skeletons: ``yMMMd``, ``MMMd``, ``yMMM``,
    ``yQQQ``.
    """
    return _on_day(day, skeleton, _code.get())


@lru_cache(maxsize=16384)
def _on_day(day: date, skeleton: str, code: str) -> str:
    return str(format_skeleton(skeleton, day, locale=_locale(code)))


def decimal(number: float) -> str:
    """A number with at most one decimal place: ``3.2``, and ``3,2`` in German."""
    return str(format_decimal(number, "#,##0.#", locale=_locale(_code.get())))


def percentage(number: int) -> str:
    """Hundredths as the language writes them: ``60%``, and ``60 %`` in German."""
    return _percentage(number, _code.get())


@lru_cache(maxsize=256)
def _percentage(number: int, code: str) -> str:
    return str(format_percent(number / 100, locale=_locale(code)))


def direction() -> str:
    """``rtl`` for a language that is written from right to left, else ``ltr``."""
    return _locale(_code.get()).text_direction


__all__ = [
    "KEYWORDS",
    "N_",
    "SOURCE",
    "LanguageError",
    "_",
    "available",
    "counted",
    "current",
    "decimal",
    "direction",
    "figure",
    "nearest",
    "ngettext",
    "numbered",
    "on_day",
    "percentage",
    "use",
    "using",
]
