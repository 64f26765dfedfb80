"""Ticket events (opened, reopened, resolved, rated) from one row or a log of rows per ticket."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

from rapport.importers.errors import RowError
from rapport.importers.mapping.cells import Cell, Values, optional_cell, truth
from rapport.importers.mapping.columns import Cells, Column, Header
from rapport.importers.mapping.dates import DateReader
from rapport.importers.mapping.schema import RatingOptions, SlaOptions, TicketFields
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
        names = options.column or options.due
        self._column: Column | None = header.find_any(names, "ticket.sla") if names else None
        self._values = Values(options.values)

    @property
    def is_known(self) -> bool:
        """Whether the file can say it: an ordinary list may be without the column."""
        is_absent = self._column is not None and not self._column.names
        return not is_absent or self._options.default is not None

    def met(self, row: Cells, opened_at: datetime, resolved_at: datetime, priority: str) -> bool:
        """Return whether it was; raises `RowError` without data in the row."""
        if self._column is None:
            hours = {str(key): value for key, value in self._options.hours.items()}.get(priority)
            if hours is None:
                raise RowError("ticket.sla.hours", f"no hours are given for {priority}")
            return resolved_at - opened_at <= timedelta(hours=hours)
        text = self._column.text(row)
        if text is None and self._options.default is not None:
            return self._options.default
        text = self._column.needed(row)
        if self._options.due:
            return resolved_at <= self._dates.read(text, "ticket.sla.due")
        return truth(self._values.of(text, "ticket.sla"), "ticket.sla")


class Rating:
    """The client's rating of the handling."""

    def __init__(self, options: RatingOptions, header: Header, dates: DateReader) -> None:
        self._options = options
        self._dates = dates
        self._cell = Cell(options, header, "ticket.rating", optional=True)
        self._rated_at = header.find_any(options.rated_at, "ticket.rating.rated_at")

    def event(self, row: Cells, ticket: dict[str, str], fallback: datetime) -> RowEvent | None:
        """Return the rating of a row, or None."""
        if self._cell.value(row) is None:
            return None
        data = TicketRated(
            **ticket,
            score=self._cell.whole(row),
            lowest=self._options.lowest,
            highest=self._options.highest,
        )
        text = self._rated_at.text(row)
        at = self._dates.read(text, self._rated_at.path) if text else fallback
        return RowEvent("rated", data, at)


class TicketRows:
    """The mapping of tickets, bound to a file."""

    def __init__(self, fields: TicketFields, header: Header, dates: DateReader) -> None:
        self._dates = dates
        self._opened_at = header.find(fields.opened_at, "ticket.opened_at")
        self._resolved_at = header.find_any(fields.resolved_at, "ticket.resolved_at")
        self._updated_at = header.find_any(fields.updated_at, "ticket.updated_at")
        self._reopened_at = header.find_any(fields.reopened_at, "ticket.reopened_at")
        self._comment = header.find_texts(fields.comment, "ticket.comment")
        self._kind = Cell(fields.kind, header, "ticket.kind")
        self._priority = Cell(fields.priority, header, "ticket.priority")
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
        opened_at = self._date(self._opened_at, first)
        if opened_at is None:
            raise RowError(self._opened_at.path, "no value")
        yield self._opened(first, ticket, opened_at)
        resolved_at = self._date(self._resolved_at, last)
        if resolved_at is not None and self._sla is not None:
            resolved_at = max(resolved_at, opened_at)
            met = self._sla.met(last, opened_at, resolved_at, self._priority_of(last))
            yield self._resolved(last, ticket, resolved_at, met=met)
        yield from self._reopenings(rows, ticket, resolved_at or opened_at)
        rated = self._rating and self._rating.event(last, ticket, resolved_at or opened_at)
        if rated:
            yield rated

    def is_blank(self, row: Cells) -> bool:
        """Return whether the time at which a row's ticket was opened has no digit."""
        return not has_digit(row_text(self._opened_at, row))

    def newest(self, row: Cells) -> datetime | None:
        """Return the time of the row's last change."""
        return self._date(self._updated_at, row)

    def _date(self, column: Column, row: Cells) -> datetime | None:
        text = column.text(row)
        return None if text is None else self._dates.read(text, column.path)

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
                at = self._date(self._updated_at if self._is_log else self._reopened_at, row)
                yield RowEvent(f"reopened/{number}", TicketReopened(**ticket), at or fallback)
            previous = max(previous, count)
