"""Days: those of the calendar, and as people write them."""

from __future__ import annotations

import re
from functools import lru_cache

# Compiled when they are first needed: most conventions have plain dates, and the commit hook pays for each pattern.
_ISO = r"([0-9]{4})[-/.]([0-9]{1,2})[-/.]([0-9]{1,2})(?![0-9])"
_NAMES = "jan feb mar apr may jun jul aug sep oct nov dec"
_MONTHS = {name: number for number, name in enumerate(_NAMES.split(), 1)}
_MONTH_FIRST = r"([A-Za-z]{3,9})\.?[ ]+([0-9]{1,2})(?:st|nd|rd|th)?,?[ ]+([0-9]{4})"
_DAY_FIRST = r"([0-9]{1,2})(?:st|nd|rd|th|\.)?[ ]+([A-Za-z]{3,9})\.?,?[ ]+([0-9]{4})"


@lru_cache(maxsize=4096)
def day(text: str) -> str | None:
    """The first day that a text names, as ISO text: ``2026-08-03 20:38`` and ``November 20, 2025`` name one.

    None where it names none that the calendar has.
    """
    text = text.strip()
    if calendar_date(text):
        return text
    found = re.search(_ISO, text)
    if found is not None:
        return _real(found[1], found[2], found[3])
    found = re.search(_MONTH_FIRST, text)
    if found is not None and (month := _MONTHS.get(found[1][:3].casefold())):
        return _real(found[3], str(month), found[2])
    found = re.search(_DAY_FIRST, text)
    if found is not None and (month := _MONTHS.get(found[2][:3].casefold())):
        return _real(found[3], str(month), found[1])
    return None


def _real(year: str, month: str, day_of_month: str) -> str | None:
    text = f"{year}-{int(month):02}-{int(day_of_month):02}"
    return text if calendar_date(text) else None


@lru_cache(maxsize=8192)
def calendar_date(text: object) -> bool:
    """True for a real day in the form ``2026-01-17``."""
    if not isinstance(text, str) or not _DATE.match(text):
        return False
    year, month, day = int(text[:4]), int(text[5:7]), int(text[8:])
    if not (year and 1 <= month <= 12 and day):
        return False
    leap = year % 4 == 0 and (year % 100 != 0 or year % 400 == 0)
    return day <= (31, 29 if leap else 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)[month - 1]


_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}\Z")
