"""A time of the day in a column beside its date: said if the mapping does not read it."""

import re
from collections.abc import Iterator
from typing import Final, NamedTuple

from rapport.importers.errors import RowError
from rapport.importers.inspection.date_columns import date_columns
from rapport.importers.inspection.doubt import Check, Fact
from rapport.importers.mapping.columns import Cells, Column, Header
from rapport.importers.mapping.dates.cell import with_zones
from rapport.importers.mapping.dates.clock import read_clock
from rapport.importers.mapping.dates.layout_reader import Misfit, plain
from rapport.importers.mapping.dates.reader import DateReader
from rapport.importers.mapping.dates.zones import split_zone
from rapport.importers.mapping.schema import Mapping
from rapport.importers.rows.header_rows import row_text

WORDS: Final = (
    ("date", ("time",)),
    ("datum", ("tijd", "tijdstip", "zeit", "uhrzeit")),
    ("dag", ("tijd",)),
    ("tag", ("zeit", "uhrzeit")),
    ("day", ("time",)),
    ("jour", ("heure",)),
    ("date", ("heure", "hour")),
    ("on", ("at",)),
)
"""A word for a date in a column's name, and the words for the time of the day in its place."""
MIDNIGHT: Final = re.compile(r"0?0[:.]00(?:[:.]00)?(?:[.,]0+)?|12:00(?::00)? ?am", re.IGNORECASE)


class Pair(NamedTuple):
    """A date's column and the column beside it that may have its time of the day."""

    field: str
    date: Column
    time: Column


class TimeColumnCheck(Check):
    """Looks for times of the day that the mapping does not read."""

    def __init__(self, mapping: Mapping, header: Header, *, typed_dates: bool) -> None:
        self._dates = DateReader(mapping.dates, serial_numbers=typed_dates)
        self._pairs = list(_pairs(mapping, header))
        self._dated = dict.fromkeys(self._pairs, False)
        self._clocked = dict.fromkeys(self._pairs, False)

    def see(self, _line: int, cells: Cells) -> None:
        """Look at the date and at the column beside it."""
        for pair in self._pairs:
            self._clocked[pair] |= _is_clock(row_text(pair.time, cells))
            self._dated[pair] |= self._has_time(row_text(pair.date, cells))

    def _has_time(self, text: str | None) -> bool:
        if text is None:
            return False
        try:
            return self._dates.reading(text, None, "").at.time().isoformat() != "00:00:00"
        except RowError:
            return False

    def facts(self) -> Iterator[Fact]:
        """Yield each column with a time of the day that is not read."""
        for pair in self._pairs:
            if self._clocked[pair] and not self._dated[pair]:
                date, time = pair.date.names[0], pair.time.names[0]
                key = pair.field.rpartition(".")[2]
                yield Fact(
                    "notes",
                    f"the time of the day in {time!r} is not read; the mapping reads it with "
                    f'{key} = {{ date = "{date}", time = "{time}" }}',
                )


def time_columns(name: str, names: list[str]) -> list[str]:
    """Return the columns whose names say the time of the day where `name` says the date.

    >>> time_columns("Datum aangemeld", ["Tijd aangemeld", "Tijd afgemeld"])
    ['Tijd aangemeld']
    >>> time_columns("OpenedDate", ["OpenedTime"]), time_columns("Streefdatum", ["Streeftijd"])
    (['OpenedTime'], ['Streeftijd'])
    """
    key = _key(name)
    wanted = {re.sub(date, time, key) for date, times in WORDS if _has(date, key) for time in times}
    return [other for other in names if _key(other) in wanted and other != name]


def _has(word: str, key: str) -> bool:
    """Return whether a name has a word; a short word only as a word of its own."""
    short = len(word) < 4  # noqa: PLR2004 # "on" is a part of too many words
    return bool(re.search(rf"(?:^|-){word}(?:-|$)" if short else word, key))


def _key(name: str) -> str:
    return re.sub(r"[\W_]+", "-", name.casefold()).strip("-")


def _pairs(mapping: Mapping, header: Header) -> Iterator[Pair]:
    for field, columns in date_columns(mapping):
        if header.find_any(columns.time, field).names:
            continue
        for name in header.find_any(with_zones(columns.date, header), field).names:
            for other in time_columns(name, header.names):
                yield Pair(field, header.find_any([name], field), header.find_any([other], field))


def _is_clock(text: str | None) -> bool:
    if text is None or MIDNIGHT.fullmatch(text):
        return False
    try:
        read_clock(split_zone(plain(text))[0])
    except Misfit:
        return False
    return True
