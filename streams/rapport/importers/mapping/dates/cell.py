"""One timestamp of a row: its date, and its time of the day if that has a column of its own."""

from collections.abc import Sequence

from rapport.importers.errors import RowError
from rapport.importers.mapping.columns import Cells, Header, plain
from rapport.importers.mapping.dates.options import TimestampOptions
from rapport.importers.mapping.dates.reader import DateReader, DateReading
from rapport.importers.mapping.dates.zones import without_zone, zone_in_name


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
        self.date = find(with_zones(options.date, header), path)
        self._dates = dates
        self._zones = {name: zone_in_name(name) for name in self.date.names}
        self._time = header.find_any(options.time, f"{path}.time")
        self._zone = header.find_any(dates.options.zone_column, "dates.zone_column")

    def reading(self, row: Cells) -> DateReading | None:
        """Return what the row's cells mean, or None without a date; raises `RowError`."""
        clock = self._time.text(row)
        found = self.date.found(row)
        if found is not None:
            name, text = found
            zone = self._zone.text(row) or self._zones[name]
            return self._dates.reading(text, clock, self.path, zone)
        if clock is not None:
            raise RowError(self.path, f"a time of the day, {clock!r}, but no date")
        return None

    def needed(self, row: Cells) -> DateReading:
        """Return what the row's cells mean; raises `RowError` without a date."""
        reading = self.reading(row)
        if reading is None:
            self.date.needed(row)
            raise AssertionError("a date without a text was refused")
        return reading


def with_zones(names: Sequence[str], header: Header) -> list[str]:
    """Return names, and those of the header's columns that have a zone behind one of them.

    >>> with_zones(["Opened"], Header(["Number", "Opened (UTC)"], []))
    ['Opened', 'Opened (UTC)']
    """
    keys = set(map(plain, names))
    bare = {name: without_zone(name) for name in header.names}
    zoned = [name for name, without in bare.items() if without and plain(without) in keys]
    return [*names, *(name for name in zoned if name not in names)]
