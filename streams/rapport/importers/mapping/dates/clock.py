"""Reads a time of the day from a cell of its own."""

import re
from datetime import time
from typing import Final

from rapport.importers.mapping.dates.layout_reader import Misfit

_CLOCK: Final = re.compile(
    r"(?:(?:1899-12-3[01]|1900-01-0[01]|1970-01-01)[T ])?"  # put before it by a spreadsheet
    r"([0-9]{1,2})[:.h]([0-9]{2})(?:[:.]([0-9]{2})(?:[.,][0-9]+)?)?"
    r"(?:\s?([ap])\.?\s?m\.?)?(?:\s?(?:uur|uhr|h))?",
    re.IGNORECASE,
)
_PACKED: Final = re.compile(r"([01][0-9]|2[0-3])([0-5][0-9])()()")
_FRACTION: Final = re.compile(r"0[.,][0-9]+|0")
NOON: Final = 12


def read_clock(text: str) -> time:
    """Return the time of the day; raises `Misfit`.

    >>> read_clock("9:15 PM"), read_clock("09.15 uur"), read_clock("0.5"), read_clock("0915")
    (datetime.time(21, 15), datetime.time(9, 15), datetime.time(12, 0), datetime.time(9, 15))
    """
    if _FRACTION.fullmatch(text):
        seconds = round(float(text.replace(",", ".")) * 86_400)
        minutes, second = divmod(seconds, 60)
        return time(minutes // 60 % 24, minutes % 60, second)
    match = _CLOCK.fullmatch(text) or _PACKED.fullmatch(text)
    if match is None:
        raise Misfit(f"has the time of the day {text!r}, which is not one such as 09:15")
    hour, minute, second = int(match[1]), int(match[2]), int(match[3] or 0)
    try:
        return time(_hour(hour, match[4] or ""), minute, second)
    except ValueError:
        raise Misfit(f"has the time of the day {text!r}, which does not exist") from None


def _hour(hour: int, half: str) -> int:
    if not half:
        return hour
    if not 1 <= hour <= NOON:
        raise ValueError(hour)
    return hour % NOON + (NOON if half in "pP" else 0)
