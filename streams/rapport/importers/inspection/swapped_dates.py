"""Dates that a spreadsheet swapped when it opened a text file of another country.

It takes 03/04/2026 (3 April) for 4 March and makes it a date; it leaves 16/04/2026 as text, for
there is no sixteenth month. Such a column has dates of the first twelve days only, and texts of
the other days only.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from rapport.importers.inspection.date_columns import date_columns
from rapport.importers.inspection.doubt import Check, Doubt
from rapport.importers.mapping.columns import Cells, Column, Header
from rapport.importers.mapping.dates.cell import with_zones
from rapport.importers.mapping.schema import Mapping
from rapport.importers.rows.header_rows import row_text

TYPED: Final = re.compile(r"([0-9]{4})-([0-9]{2})-([0-9]{2})(?:T.*)?")
TEXT: Final = re.compile(r"([0-9]{1,2})[-/. ]([0-9]{1,2})[-/. ][0-9]{2,4}(?![0-9])")
MONTHS: Final = 12
ROWS_MIN: Final = 3
"""Fewer dates of each form are chance."""


@dataclass(slots=True)
class _Counts:
    column: Column
    typed: int = 0
    texts: int = 0
    is_ordinary: bool = False
    example: tuple[int, str] | None = None

    def see(self, line: int, text: str) -> None:
        typed, written = TYPED.fullmatch(text), TEXT.match(text)
        if typed is not None:
            self.typed += 1
            self.is_ordinary |= int(typed[3]) > MONTHS
            self.example = self.example or (line, text)
        elif written is not None:
            self.texts += 1
            self.is_ordinary |= int(written[1]) <= MONTHS and int(written[2]) <= MONTHS


class SwappedDatesCheck(Check):
    """Looks for columns of a workbook in which a spreadsheet swapped day and month."""

    def __init__(self, mapping: Mapping, header: Header, *, typed_dates: bool) -> None:
        is_open = typed_dates and mapping.dates.order is None
        fields = date_columns(mapping) if is_open else iter(())
        self._counts = [
            _Counts(header.find_any([name], field))
            for field, columns in fields
            for name in header.find_any(with_zones(columns.date, header), field).names
        ]

    def see(self, line: int, cells: Cells) -> None:
        """Look at the dates of a row."""
        for counts in self._counts:
            text = row_text(counts.column, cells)
            if text is not None and not counts.is_ordinary:
                counts.see(line, text)

    def doubts(self) -> Iterator[Doubt]:
        """Yield a doubt for each column that looks swapped."""
        for counts in self._counts:
            few = min(counts.typed, counts.texts) < ROWS_MIN
            if counts.is_ordinary or few or counts.example is None:
                continue
            line, text = counts.example
            settle = (
                f"{counts.typed} cells are dates of the first twelve days only, and {counts.texts} "
                "are texts of the other days only: import the export itself, not a workbook that "
                "opened it; or --date-order (day-first, month-first) takes the cells as they are"
            )
            yield Doubt(line, counts.column.names[0], text, _readings(text), settle, counts.typed)


def _readings(text: str) -> tuple[str, ...]:
    match = TYPED.fullmatch(text)
    if match is None:
        raise AssertionError("an example is a typed date")
    year, month, day = match.groups()
    return f"{year}-{month}-{day}, as the cell says", f"{year}-{day}-{month}, swapped"
