"""Due times that are all 00:00: programs that know days only write them so.

Whether a ticket that was resolved on its due day was in time depends on it. Where no row of the
file depends on it, nothing is asked.
"""

from collections.abc import Iterator
from typing import Final

from rapport.importers.errors import RowError
from rapport.importers.inspection.doubt import Check, Doubt, Example
from rapport.importers.mapping.columns import Cells, Header
from rapport.importers.mapping.dates.cell import DateCell
from rapport.importers.mapping.dates.options import TimestampOptions
from rapport.importers.mapping.dates.own_zone import with_own_zone
from rapport.importers.mapping.dates.reader import DateReader
from rapport.importers.mapping.schema import Mapping

READINGS: Final = (
    "a day, and a ticket that was resolved on it was in time",
    "the first instant of that day, and such a ticket was late",
)
SETTLE: Final = (
    "every due time of the file is 00:00, so --due-midnight day or --due-midnight time says which "
    "(`due_midnight` in [dates])"
)


class DueCheck(Check):
    """Counts the rows that were resolved on a due day which is written with 00:00."""

    def __init__(self, mapping: Mapping, header: Header, *, typed_dates: bool) -> None:
        ticket = mapping.ticket
        is_open = mapping.dates.due_midnight is None and ticket is not None
        due = ticket.sla.due if ticket and ticket.sla and is_open else TimestampOptions()
        resolved = ticket.resolved_at if ticket else TimestampOptions()
        own = with_own_zone(mapping.dates, header)
        self._dates = DateReader(own, serial_numbers=typed_dates)
        self._due = DateCell(due, header, self._dates, "ticket.sla.due")
        self._resolved = DateCell(resolved, header, self._dates, "ticket.resolved_at")
        self._example: Example | None = None
        self._rows = 0
        self._has_times = False

    def see(self, line: int, cells: Cells) -> None:
        """Look at the due time and the resolution of a row."""
        if self._has_times or not self._due.date.names:
            return
        try:
            due, resolved = self._due.reading(cells), self._resolved.reading(cells)
        except RowError:
            return
        if due is None:
            return
        self._has_times = due.has_time and not due.is_midnight
        if resolved is None or not due.is_midnight or not resolved.has_time:
            return
        if resolved.at > due.at and self._dates.local_day(resolved) <= due.day:
            self._rows += 1
            column = self._due.date
            self._example = self._example or Example(line, column.names[0], column.needed(cells))

    def doubts(self) -> Iterator[Doubt]:
        """Yield a doubt if all due times are 00:00 and a ticket was resolved on its due day."""
        if self._example is not None and not self._has_times:
            yield Doubt(*self._example, READINGS, SETTLE, self._rows)
