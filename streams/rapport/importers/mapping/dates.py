"""Parses dates of exports: the first layout that fits is used.

`rapport import --guess` infers the layouts in `rapport.importers.inference.values`.
"""

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Final

from rapport.importers.errors import RowError, excerpt
from rapport.importers.mapping.schema import DateOptions

EXCEL_EPOCH: Final = datetime(1899, 12, 30)  # noqa: DTZ001 # a serial number has no zone
EXCEL_DAYS: Final = (20_000, 110_000)
"""Serial dates of 1954 to 2201; other numbers are not dates."""
_SERIAL: Final = re.compile(r"\d{5,6}([.,]\d+)?", re.ASCII)
_EPOCH: Final = re.compile(r"\d{9,13}", re.ASCII)
_DATE_ONLY: Final = 10
YEARS: Final = (1970, 2200)
Read = Callable[[str], datetime]


class DateReader:
    """Parses timestamps by the layouts of a mapping; caches equal texts."""

    def __init__(self, options: DateOptions, *, serial_numbers: bool = False) -> None:
        options.order_of_layouts()
        layouts = [*options.ordered_layouts(), *(["excel", "iso"] if serial_numbers else [])]
        self._readers = [_reader(layout) for layout in layouts]
        self._expected = " or ".join(options.ordered_layouts())
        self._zone = options.known_zone()
        self._cached = lru_cache(maxsize=65_536)(self._read)

    def read(self, text: str, path: str) -> datetime:
        """Return the timestamp in UTC; a date alone is its midnight. Raises `RowError`."""
        timestamp = self._cached(text.strip())
        if timestamp is None:
            raise RowError(path, f"{excerpt(text)} is not a date of the form {self._expected}")
        return timestamp

    def fits(self, text: str) -> bool:
        """Return whether a layout fits a text."""
        return self._read(text.strip()) is not None

    def _read(self, text: str) -> datetime | None:
        for reader, has_time in self._readers:
            try:
                timestamp = reader(text)
                if timestamp.tzinfo is None:
                    timestamp = timestamp.replace(tzinfo=self._zone if has_time(text) else UTC)
                timestamp = timestamp.astimezone(UTC)
            except (ValueError, OverflowError):
                continue
            return timestamp if YEARS[0] <= timestamp.year < YEARS[1] else None
        return None


def _reader(layout: str) -> tuple[Read, Callable[[str], bool]]:
    named: dict[str, tuple[Read, Callable[[str], bool]]] = {
        "iso": (datetime.fromisoformat, lambda text: len(text) > _DATE_ONLY),
        "excel": (_excel, lambda text: not text.isdigit()),
        "epoch": (_epoch, lambda _: True),
    }
    if layout in named:
        return named[layout]
    timed = "%H" in layout or "%I" in layout
    return (lambda text: datetime.strptime(text, layout)), (lambda _: timed)  # noqa: DTZ007 # the mapping's zone is added by the caller


def _excel(text: str) -> datetime:
    if _SERIAL.fullmatch(text) is None:
        raise ValueError(text)
    days = float(text.replace(",", "."))
    if not EXCEL_DAYS[0] <= days <= EXCEL_DAYS[1]:
        raise ValueError(text)
    return EXCEL_EPOCH + timedelta(seconds=round(days * 86_400))


def _epoch(text: str) -> datetime:
    if _EPOCH.fullmatch(text) is None:
        raise ValueError(text)
    seconds = int(text)
    return datetime.fromtimestamp(seconds / 1000 if len(text) > 11 else seconds, UTC)  # noqa: PLR2004 # seconds have at most 11 digits
