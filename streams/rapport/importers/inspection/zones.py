"""Which zone the times of a file are read in, and who says it."""

from collections.abc import Iterator

from rapport.importers.errors import RowError
from rapport.importers.inspection.date_columns import date_columns
from rapport.importers.inspection.doubt import Check, Fact
from rapport.importers.mapping.columns import Cells, Header
from rapport.importers.mapping.dates.cell import DateCell
from rapport.importers.mapping.dates.own_zone import TitleZone, with_own_zone, zone_of_row
from rapport.importers.mapping.dates.reader import DateReader
from rapport.importers.mapping.dates.zones import UnknownZone, offer
from rapport.importers.mapping.schema import Mapping


class ZoneCheck(Check):
    """Counts the times with a zone of their own, and those without one."""

    def __init__(
        self,
        mapping: Mapping,
        header: Header,
        title: TitleZone | None = None,
        *,
        typed_dates: bool,
    ) -> None:
        self._options = mapping.dates
        self._own = with_own_zone(mapping.dates, header)
        self._dates = DateReader(self._own, serial_numbers=typed_dates)
        self._cells = [
            DateCell(columns, header, self._dates, field)
            for field, columns in date_columns(mapping)
        ]
        self._title = title
        self._row_zone: str | None = None
        if title is not None and title.zone is not None:
            self._believe(title.zone)
        self.with_zone = 0
        self.without_zone = 0

    def see(self, _line: int, cells: Cells) -> None:
        """Count the times of a row."""
        for cell in self._cells:
            try:
                reading = cell.reading(cells)
            except RowError:
                continue
            if reading is not None and reading.has_time:
                self.with_zone += reading.has_zone
                self.without_zone += not reading.has_zone

    def see_header_row(self, cells: Cells) -> None:
        """Keep the zone of a row of import ids."""
        zone = zone_of_row(cells)
        if zone is not None:
            self._believe(zone)

    def _believe(self, zone: str) -> None:
        self._row_zone = zone
        try:
            self._dates.believe(zone)
        except UnknownZone:
            return

    def facts(self) -> Iterator[Fact]:
        """Yield the zone of the times, and who says it."""
        if self.with_zone and not self.without_zone:
            yield Fact("zone", "that of each time, as the file says")
        elif self.without_zone:
            own = f"; {self.with_zone} times say their own" if self.with_zone else ""
            yield Fact("zone", f"{self._used()}{own}")
        yield from self._title_note()
        if self._row_zone and self._options.has_zone and self._row_zone != self._options.zone:
            yield Fact(
                "notes",
                f"a row of the file says the zone {self._row_zone}, and {self._options.zone} was "
                f"said: --zone {self._row_zone} reads the times as the file says",
            )

    def _title_note(self) -> Iterator[Fact]:
        if self._title is not None and self._title.zone is None and not self._options.has_zone:
            yield Fact(
                "notes",
                f"{self._title.text!r} above the header is not read: say the zone with its place, "
                "such as --zone Europe/Amsterdam, for summer and winter differ",
            )

    def _used(self) -> str:
        if self._options.has_zone:
            return f"{self._options.zone}, as was said"
        if self._row_zone:
            return f"{self._row_zone}, as a row of the file says"
        offered = offer(is_said=False) or "--zone ZONE reads them in another"
        return f"UTC, as nothing says another; {offered}"
