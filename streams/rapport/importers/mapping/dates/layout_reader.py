"""Reads a text by one layout, whose directives are those of `strptime`.

Python's own `strptime` is not used: it knows only English names, or those of the process's
locale; it reads `%Z` or a wrong weekday and ignores it; and it keeps five layouts, so that the
sixth of a mapping takes 400 µs for each date.
"""

import re
import unicodedata
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Final, NamedTuple

from rapport.importers.mapping.dates.layouts import has_time
from rapport.importers.mapping.dates.names import LETTER, as_word, fold, months, pattern, weekdays

EXCEL_EPOCH: Final = datetime(1899, 12, 30)  # noqa: DTZ001 # a serial number has no zone
EXCEL_DAYS: Final = (20_000, 110_000)
"""Serial dates of 1954 to 2201; other numbers are not dates."""
_SERIAL: Final = re.compile(r"\d{5,6}([.,]\d+)?", re.ASCII)
_EPOCH: Final = re.compile(r"(?:/Date\()?(-?\d{9,19})(?:\.0+)?(?:[+-]\d{4})?(?:\)/)?", re.ASCII)
EPOCH_DIGITS: Final = ((11, 1), (14, 1_000), (17, 1_000_000), (20, 1_000_000_000))
"""The number of digits of seconds, milliseconds, microseconds and nanoseconds."""
_DATE_ONLY: Final = 10
_FLAGS: Final = re.IGNORECASE
_TOKEN: Final = re.compile(r"%[aAbB]\.?|%.|[^%]+", re.DOTALL)
_SAME: Final = {"A": "a", "B": "b", "z": "Z"}
_PACKABLE: Final = frozenset({"%d", "%m", "%Y", "%y", "%H", "%I", "%M", "%S", "%j", "%f"})
_NUMBERS: Final = {
    "Y": r"[0-9]{4}",
    "y": r"[0-9]{2}",
    "j": r"[0-9]{3}",
    "f": r"[0-9]{1,9}",
    "p": r"[ap]\.?\s?m\b\.?",
    "Z": rf"{LETTER}+|(?:UTC|GMT)?[+-][0-9]{{2}}:?[0-9]{{2}}",
}
_FRACTION: Final = r"(?:[.,][0-9]{1,9})?"
"""A fraction of a second that the layout does not have is passed over."""
_ORDINAL: Final = re.compile(r"(?<=\d)(?:st|nd|rd|th|er)\b", re.IGNORECASE)
_ZONE_AT_END: Final = re.compile(r"\s*(?:GMT|UTC)?\s*%[zZ](?:\s*\(%Z\))?$")
_SPACE: Final = re.compile(r",?\s+")
_INVISIBLE: Final = dict.fromkeys(map(ord, "\u200e\u200f\u202a\u202c\ufeff"))


class LocalTime(NamedTuple):
    """A text as a layout reads it."""

    at: datetime
    """As written; with a zone only if the text has an offset or counts from 1970."""
    has_time: bool
    zone: str | None = None
    """A zone in the middle of the text."""


Read = Callable[[str], LocalTime]


class Misfit(ValueError):  # noqa: N818 # a reason, not an error of a program
    """A text has the form of the layout, but is no date."""


def plain(text: str) -> str:
    """Return a text with one space for each gap, and without commas before gaps.

    >>> plain("9/21/2026,\u202f9:15:00\u202fAM")
    '9/21/2026 9:15:00 AM'
    """
    if not text.isascii():
        text = unicodedata.normalize("NFC", text).translate(_INVISIBLE)
    return _SPACE.sub(" ", text).strip()


def layout_reader(layout: str) -> Read:
    """Return the function that reads texts of a layout; it raises `ValueError`.

    >>> layout_reader("%d %b %Y %I:%M %p")("2 mrt. 2026 3:05 pm").at
    datetime.datetime(2026, 3, 2, 15, 5)
    """
    named = {"iso": _iso, "excel": _excel, "epoch": _epoch}
    return named[layout] if layout in named else _compiled(layout)


def _compiled(layout: str) -> Read:
    expression = re.compile(_expression(plain(_ZONE_AT_END.sub("", layout))), _FLAGS)
    timed, named = has_time(layout), "b" in expression.groupindex

    def read(text: str) -> LocalTime:
        match = expression.fullmatch(_ORDINAL.sub("", text) if named else text)
        if match is None:
            raise ValueError(text)
        parts = match.groupdict()
        at = _local(parts)
        if "a" in parts:
            _check_weekday(parts["a"], at)
        return LocalTime(at, timed, parts.get("Z"))

    return read


def _expression(layout: str) -> str:
    """Return the regular expression of a layout; numbers without a mark between have two digits."""
    tokens = _TOKEN.findall(layout)
    pieces = []
    for index, piece in enumerate(tokens):
        beside = tokens[max(0, index - 1) : index] + tokens[index + 1 : index + 2]
        pieces.append(_piece(piece, packed=any(one in _PACKABLE for one in beside)))
        if piece == "%S" and "%f" not in tokens:
            pieces.append(_FRACTION)
    return "".join(pieces)


def _piece(piece: str, *, packed: bool) -> str:
    name = _SAME.get(piece[1:2], piece[1:2])
    if not piece.startswith("%") or name == "%":
        return re.escape("%" if name == "%" else piece)
    if name in "ab":
        return rf"(?P<{name}>{pattern(months() if name == 'b' else weekdays())})"
    if piece in _PACKABLE and name in "dmHIMS":
        return rf"(?P<{name}>\d{{2}})" if packed else rf"(?P<{name}>\d\d?)"
    return rf"(?P<{name}>{_NUMBERS[name]})"


def _local(parts: dict[str, str]) -> datetime:
    """Return the local time of a match; raises `ValueError` for the 31st of June."""
    number = {name: int(parts[name]) for name in "dmYyHIMSj" if name in parts}
    year = number.get("Y") or _century(number["y"])
    hour = number.get("H", 0)
    if "I" in number:
        hour = _hour(number["I"], parts["p"])
    month = _month(parts["b"]) if "b" in parts else number.get("m", 1)
    microsecond = int(parts.get("f", "0").ljust(6, "0")[:6])
    minute, second = number.get("M", 0), number.get("S", 0)
    at = datetime(year, month, number.get("d", 1), hour, minute, second, microsecond)  # noqa: DTZ001 # the caller adds the zone
    return at.replace(month=1, day=1) + timedelta(days=number["j"] - 1) if "j" in number else at


def _century(year: int) -> int:
    """Return a year of two digits as POSIX reads it: 69 is 1969, 68 is 2068."""
    return year + (1900 if year >= 69 else 2000)  # noqa: PLR2004 # of POSIX


def _hour(hour: int, half: str) -> int:
    if not 1 <= hour <= 12:  # noqa: PLR2004 # the hours of a clock's face
        raise ValueError(hour)
    return hour % 12 + (12 if half[0] in "pP" else 0)


def _month(word: str) -> int:
    number = months().get(fold(as_word(word)))
    if number is None:
        raise ValueError(word)
    return number


def _check_weekday(word: str, at: datetime) -> None:
    days = weekdays().get(fold(as_word(word)))
    if days is None:
        raise ValueError(word)
    if at.weekday() not in days:
        raise Misfit(f"has the weekday {as_word(word)!r}, and {at.date().isoformat()} has another")


def _iso(text: str) -> LocalTime:
    return LocalTime(datetime.fromisoformat(text), len(text) > _DATE_ONLY)


def _excel(text: str) -> LocalTime:
    if _SERIAL.fullmatch(text) is None:
        raise ValueError(text)
    days = float(text.replace(",", "."))
    if not EXCEL_DAYS[0] <= days <= EXCEL_DAYS[1]:
        raise ValueError(text)
    return LocalTime(EXCEL_EPOCH + timedelta(seconds=round(days * 86_400)), not text.isdigit())


def _epoch(text: str) -> LocalTime:
    match = _EPOCH.fullmatch(text)
    if match is None:
        raise ValueError(text)
    digits = len(match[1].removeprefix("-"))
    units = next(units for digits_max, units in EPOCH_DIGITS if digits <= digits_max)
    return LocalTime(datetime.fromtimestamp(int(match[1]) / units, UTC), True)  # noqa: FBT003 # a field of a tuple
