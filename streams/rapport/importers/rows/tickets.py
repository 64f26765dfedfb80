"""Ticket events (opened, reopened, resolved, rated) from one row or a log of rows per ticket."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

from rapport.importers.errors import RowError
from rapport.importers.mapping.cells import Cell, PriorityCell, Values, optional_cell, truth
from rapport.importers.mapping.columns import Cells, Column, Header
from rapport.importers.mapping.dates.cell import DateCell
from rapport.importers.mapping.dates.reader import DateReader, DateReading
from rapport.importers.mapping.schema import RatingOptions, SlaOptions, TicketFields
from rapport.importers.rows.answers import Scale
from rapport.importers.rows.header_rows import has_digit, row_text
from rapport.importers.rows.row import RowEvent
from rapport_schemas.ticket import TicketOpened, TicketRated, TicketReopened, TicketResolved

REOPENED_MAX = 100
"""A higher count is an error of the export."""


class Sla:
    """Whether a ticket was resolved within its agreed time."""

    def __init__(self, options: SlaOptions, header: Header, dates: DateReader) -> None:
        self._options = options
        self._dates = dates
        self._column: Column | None = (
            header.find_any(options.column, "ticket.sla") if options.column else None
        )
        self._due = DateCell(options.due, header, dates, "ticket.sla.due")
        self._values = Values(options.values)

    @property
    def is_known(self) -> bool:
        """Whether the file can say it: an ordinary list may be without the column."""
        column = self._due.date if self._options.due.date else self._column
        is_absent = column is not None and not column.names
        return not is_absent or self._options.default is not None

    def met(self, row: Cells, opened_at: datetime, resolved: DateReading, priority: str) -> bool:
        """Return whether it was; raises `RowError` without data in the row."""
        if self._options.due.date:
            due = self._due.reading(row)
            if due is None and self._options.default is not None:
                return self._options.default
            return self._is_in_time(resolved, self._due.needed(row))
        if self._column is None:
            hours = {str(key): value for key, value in self._options.hours.items()}.get(priority)
            if hours is None:
                raise RowError("ticket.sla.hours", f"no hours are given for {priority}")
            return resolved.at - opened_at <= timedelta(hours=hours)
        text = self._column.text(row)
        if text is None and self._options.default is not None:
            return self._options.default
        text = self._column.needed(row)
        return truth(self._values.of(text, "ticket.sla"), "ticket.sla")

    def _is_in_time(self, resolved: DateReading, due: DateReading) -> bool:
        """Return whether it was resolved when it was due: a day is over at its end.

        If one of both has no time of the day, their days in the mapping's zone are compared.
        """
        is_day = due.is_midnight and self._dates.options.due_midnight == "day"
        if resolved.has_time and due.has_time and not is_day:
            return resolved.at <= due.at
        if is_day:
            return self._dates.local_day(resolved) <= due.day
        return self._dates.local_day(resolved) <= self._dates.local_day(due)


class Rating:
    """The client's rating of the handling."""

    def __init__(self, options: RatingOptions, header: Header, dates: DateReader) -> None:
        self._constant = options.constant if options.constant is not None else options.default
        self._column = header.find_any(options.column, "ticket.rating")
        self._scale = Scale(options, "ticket.rating")
        self._rated_at = DateCell(options.rated_at, header, dates, "ticket.rating.rated_at")

    def event(self, row: Cells, ticket: dict[str, str], fallback: datetime) -> RowEvent | None:
        """Return the rating of a row, or None; raises `RowError` if it is not understood."""
        text = self._column.text(row)
        if text is None and self._constant is not None:
            text = str(self._constant)
        score = self._scale.score(text) if text else None
        if score is None:
            return None
        data = TicketRated(
            **ticket, score=score, lowest=self._scale.lowest, highest=self._scale.highest
        )
        rated = self._rated_at.reading(row)
        return RowEvent("rated", data, rated.at if rated else fallback)


class TicketRows:
    """The mapping of tickets, bound to a file."""

    def __init__(self, fields: TicketFields, header: Header, dates: DateReader) -> None:
        self._dates = dates
        self._opened_at = DateCell(
            fields.opened_at, header, dates, "ticket.opened_at", optional=False
        )
        self._resolved_at = DateCell(fields.resolved_at, header, dates, "ticket.resolved_at")
        self._updated_at = DateCell(fields.updated_at, header, dates, "ticket.updated_at")
        self._reopened_at = DateCell(fields.reopened_at, header, dates, "ticket.reopened_at")
        self._comment = header.find_texts(fields.comment, "ticket.comment")
        self._kind = Cell(fields.kind, header, "ticket.kind")
        self._priority = PriorityCell(fields.priority, header, "ticket.priority")
        sla = Sla(fields.sla, header, dates) if fields.sla else None
        self._sla = sla if sla and sla.is_known else None
        self._reassignments = optional_cell(fields.reassignments, header, "ticket.reassignments")
        self._reopened = optional_cell(fields.reopened, header, "ticket.reopened")
        self._closed_by = optional_cell(fields.closed_by, header, "ticket.closed_by")
        self._rating = Rating(fields.rating, header, dates) if fields.rating else None
        self._is_log = fields.rows == "audit-log"

    def events(self, rows: list[Cells], client: str, record_id: str) -> Iterator[RowEvent]:
        """Yield the events of one ticket, given its rows in order of time.

        The SLA is read from the last row: a log has it as met until it is missed.
        """
        first, last = rows[0], rows[-1]
        ticket = {"client": client, "ticket_id": record_id}
        opened = self._opened_at.needed(first)
        opened_at = closed_at = opened.at
        resolved = self._resolved_at.reading(last)
        if resolved is not None:
            resolved = self._after(opened, resolved)
            closed_at = max(resolved.at, opened_at)
        rated, unread = self._rated(last, ticket, closed_at)
        yield self._opened(first, ticket, opened_at)._replace(unread=unread)
        if resolved is not None and self._sla is not None:
            met = self._sla.met(last, opened_at, resolved, self._priority_of(last))
            yield self._resolved(last, ticket, closed_at, met=met)
        yield from self._reopenings(rows, ticket, closed_at)
        if rated:
            yield rated

    def _after(self, opened: DateReading, resolved: DateReading) -> DateReading:
        """Return a resolution that does not precede the opening; raises `RowError`.

        A date without a time, or with 00:00, may be the day of the opening; a time in whole
        minutes may be its minute; a time that a clock repeats may be its second occurrence.
        """
        if resolved.at >= opened.at or self._is_coarse(opened, resolved):
            return resolved
        later = resolved._replace(at=self._dates.second_occurrence(resolved))
        if later.at >= opened.at:
            return later
        path = self._resolved_at.path
        reason = (
            f"resolved at {_shown(resolved)}, before it was opened at {_shown(opened)}; correct "
            "the row, or the columns of the mapping"
        )
        raise RowError(path, reason)

    def _is_coarse(self, opened: DateReading, resolved: DateReading) -> bool:
        """Whether a resolution seems too early only because it is written with less detail."""
        if resolved.has_time and opened.has_time and not resolved.is_midnight:
            is_minute = resolved.at.second == 0
            return is_minute and opened.at - resolved.at < timedelta(minutes=1)
        return self._dates.local_day(resolved) >= self._dates.local_day(opened)

    def _rated(
        self, row: Cells, ticket: dict[str, str], fallback: datetime
    ) -> tuple[RowEvent | None, tuple[RowError, ...]]:
        """Return the rating of a ticket, or why it is not understood."""
        try:
            return (self._rating.event(row, ticket, fallback) if self._rating else None), ()
        except RowError as error:
            return None, (error,)

    def is_blank(self, row: Cells) -> bool:
        """Return whether the time at which a row's ticket was opened has no digit."""
        return not has_digit(row_text(self._opened_at.date, row))

    def newest(self, row: Cells) -> datetime | None:
        """Return the time of the row's last change."""
        updated = self._updated_at.reading(row)
        return updated.at if updated else None

    def _opened(self, row: Cells, ticket: dict[str, str], at: datetime) -> RowEvent:
        data: dict[str, Any] = {
            **ticket,
            "kind": self._kind.needed(row),
            "priority": self._priority_of(row),
            "comment": self._comment.text(row),
        }
        return RowEvent("opened", TicketOpened(**data), at)

    def _priority_of(self, row: Cells) -> str:
        return str(self._priority.needed(row))

    def _resolved(self, row: Cells, ticket: dict[str, str], at: datetime, *, met: bool) -> RowEvent:
        data: dict[str, Any] = {
            **ticket,
            "priority": self._priority_of(row),
            "sla_met": met,
            "reassignments": self._reassignments.whole(row) if self._reassignments else 0,
        }
        if self._closed_by and (closed_by := self._closed_by.value(row)):
            data["closed_by"] = closed_by
        return RowEvent("resolved", TicketResolved(**data), at)

    def _reopenings(
        self, rows: list[Cells], ticket: dict[str, str], fallback: datetime
    ) -> Iterator[RowEvent]:
        if self._reopened is None:
            return
        previous = 0
        for row in rows:
            count = self._reopened.whole(row)
            if count > REOPENED_MAX:
                raise RowError(self._reopened.path, f"{count} times; at most {REOPENED_MAX}")
            for number in range(previous + 1, count + 1):
                reading = (self._updated_at if self._is_log else self._reopened_at).reading(row)
                at = reading.at if reading else fallback
                yield RowEvent(f"reopened/{number}", TicketReopened(**ticket), at)
            previous = max(previous, count)


def _shown(reading: DateReading) -> str:
    """Return a time for a message, in UTC; of a date alone, the date."""
    return f"{reading.at:%Y-%m-%d %H:%M:%S} UTC" if reading.has_time else reading.day.isoformat()
