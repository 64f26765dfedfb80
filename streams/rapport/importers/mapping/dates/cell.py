"""One timestamp of a row: its date, and its time of the day if that has a column of its own."""

from rapport.importers.errors import RowError
from rapport.importers.mapping.columns import Cells, Header
from rapport.importers.mapping.dates.options import TimestampOptions
from rapport.importers.mapping.dates.reader import DateReader, DateReading


class DateCell:
    """A timestamp of a mapping, bound to a file; `optional` if the file may lack its column."""

    def __init__(
        self,
        options: TimestampOptions,
        header: Header,
        dates: DateReader,
        path: str,
        *,
        optional: bool = True,
    ) -> None:
        find = header.find_any if optional else header.find
        self.path = path
        self._dates = dates
        self.date = find(options.date, path)
        self._time = header.find_any(options.time, f"{path}.time")

    def reading(self, row: Cells) -> DateReading | None:
        """Return what the row's cells mean, or None without a date; raises `RowError`."""
        text, clock = self.date.text(row), self._time.text(row)
        if text is None and clock is not None:
            raise RowError(self.path, f"a time of the day, {clock!r}, but no date")
        return None if text is None else self._dates.reading(text, clock, self.path)

    def needed(self, row: Cells) -> DateReading:
        """Return what the row's cells mean; raises `RowError` without a date."""
        reading = self.reading(row)
        if reading is None:
            self.date.needed(row)
            raise AssertionError("a date without a text was refused")
        return reading
