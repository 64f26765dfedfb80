"""Dates that programs write where there is no date."""

import re
from typing import Final

MISSING: Final = "; if it means that there is no date, add it to `missing` in [file]"
PLACEHOLDERS: Final[dict[str, str]] = {
    "1980-01-01": "LimeSurvey writes it for an anonymised survey: its answers have no dates, and "
    "cannot be filed under a day",
    "1970-01-01": "it is second 0 of Unix" + MISSING,
    "1900-01-00": "it is number 0 of a spreadsheet" + MISSING,
    "1900-01-01": "it is the first date of many databases" + MISSING,
    "1899-12-30": "it is number 0 of a spreadsheet" + MISSING,
    "1899-12-31": "it is number 0 of a spreadsheet" + MISSING,
    "1753-01-01": "it is the first date of SQL Server" + MISSING,
    "1601-01-01": "it is second 0 of Windows" + MISSING,
    "0001-01-01": "it is the first date of .NET" + MISSING,
    "0000-00-00": "it is MySQL's zero" + MISSING,
    "9999-12-31": "it is the last date of many databases" + MISSING,
}
_YEARS: Final = re.compile("|".join(sorted({key[:4] for key in PLACEHOLDERS})))
_YEAR_FIRST: Final = re.compile(r"([0-9]{4})[-/.]([0-9]{1,2})[-/.]([0-9]{1,2})(?![0-9])")
_YEAR_LAST: Final = re.compile(r"([0-9]{1,2})[-/.]([0-9]{1,2})[-/.]([0-9]{4})(?![0-9])")


def placeholder(text: str) -> str | None:
    """Return what a placeholder stands for; None for other texts.

    >>> placeholder("31-12-9999 00:00").partition(";")[0]
    'is a placeholder for no date: it is the last date of many databases'
    """
    if not _YEARS.search(text):
        return None
    for key in _keys(text.strip()):
        if key in PLACEHOLDERS:
            return f"is a placeholder for no date: {PLACEHOLDERS[key]}"
    return None


def _keys(text: str) -> list[str]:
    match = _YEAR_FIRST.match(text)
    if match is not None:
        return [f"{match[1]}-{match[2]:0>2}-{match[3]:0>2}"]
    match = _YEAR_LAST.match(text)
    if match is None:
        return []
    first, second = f"{match[1]:0>2}", f"{match[2]:0>2}"
    return [f"{match[3]}-{second}-{first}", f"{match[3]}-{first}-{second}"]
