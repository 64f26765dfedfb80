"""Reads a file with a mapping: each row becomes a record, a rejection or a skipped row."""

from collections.abc import Iterator
from itertools import chain, groupby, islice
from pathlib import Path
from typing import Final

from pydantic import ValidationError

from rapport.domain.calendar import day_number
from rapport.importers.errors import ImportFailed, RowError
from rapport.importers.files.delimited.csv_table import CsvTable
from rapport.importers.files.headers import HeaderCandidate, Headers
from rapport.importers.files.open import find_headers, open_table
from rapport.importers.files.table import Row, RowSource, Table, checked_header
from rapport.importers.mapping.columns import Cells, Header
from rapport.importers.mapping.dates.own_zone import (
    TitleZone,
    with_own_zone,
    zone_of_row,
    zone_of_titles,
)
from rapport.importers.mapping.dates.reader import DateReader
from rapport.importers.mapping.dates.zones import UnknownZone
from rapport.importers.mapping.schema import FileOptions, Mapping
from rapport.importers.rows.client_cell import ClientCell
from rapport.importers.rows.header_rows import REASON, SURVEY_ROWS, HeaderRows
from rapport.importers.rows.header_search import columns_of, passed_over, refusal
from rapport.importers.rows.purchases import PurchaseRows
from rapport.importers.rows.registrations import RegistrationRows
from rapport.importers.rows.relationship import RelationshipRows
from rapport.importers.rows.row import Outcome, Rejection, Skipped, SourceRecord
from rapport.importers.rows.row_filters import RowFilter, SkippedRow
from rapport.importers.rows.row_ids import ContentNumbers, row_ids
from rapport.importers.rows.surveys import SurveyRows
from rapport.importers.rows.tickets import TicketRows
from rapport.importers.rows.totals import Totals
from rapport_schemas.wire.registry import rejection_of

ROWS_OF_A_TICKET_MAX: Final = 10_000


Fields = TicketRows | PurchaseRows | SurveyRows | RelationshipRows | RegistrationRows


class Records:
    """The outcome of every row of a table under a mapping."""

    def __init__(self, mapping: Mapping, table: RowSource) -> None:
        self.header = header = Header(table.header, mapping.file.missing, columns_of(mapping))
        self.rows_read = 0
        self.title_zone: TitleZone | None = None
        dates = with_own_zone(mapping.dates, header)
        self._dates = DateReader(dates, serial_numbers=table.typed_dates)
        self._mapping = mapping
        self._table = table
        self._filter = RowFilter(mapping.skip, header)
        self._client = ClientCell(mapping.client, header)
        self._ids = row_ids(mapping.id, header)
        self._fields = _fields(mapping, header, self._dates)
        self._totals = Totals(header)
        self._numbers = ContentNumbers(header)
        self._is_log = mapping.is_log

    def believe_title(self, title: TitleZone | None) -> None:
        """Read times in the zone that a row above the header says."""
        self.title_zone = title
        if title is not None and title.zone is not None:
            self._dates.believe(title.zone)

    def __iter__(self) -> Iterator[Outcome]:
        """Yield the outcome of each row, or of each ticket in a log."""
        header_rows = self.header_rows()
        source = self._rows()
        for row in source:
            if not header_rows.has(row):
                yield from self._outcomes(chain([row], source))
                return
            believe_zone(self._dates, row)
            yield Skipped(row.line, REASON)

    def header_rows(self) -> HeaderRows:
        """Return what recognizes the header rows below the names, for one pass."""
        rows_below = self._mapping.file.rows_below_header
        surveys = SURVEY_ROWS if isinstance(self._fields, SurveyRows) else 0
        return HeaderRows(max(rows_below, surveys), self._fields, self.header)

    def _outcomes(self, source: Iterator[Row]) -> Iterator[Outcome]:
        for record_id, rows in groupby(source, key=self._group):
            if record_id is None or not self._is_log:
                for row in rows:
                    yield self._outcome([row])
            else:
                yield self._outcome(list(islice(rows, ROWS_OF_A_TICKET_MAX + 1)))

    def _rows(self) -> Iterator[Row]:
        for row in self._table.rows():
            self.rows_read += 1
            yield row

    def _group(self, row: Row) -> str | None:
        if not self._is_log or isinstance(row.cells, RowError):
            return None
        try:
            return self._ids.of(row.cells)
        except RowError:
            return None

    def _outcome(self, rows: list[Row]) -> Outcome:
        line = rows[0].line
        try:
            return self._record(line, rows)
        except SkippedRow as skipped:
            return Skipped(line, skipped.reason)
        except RowError as error:
            if reason := self._totals.reason(self._named(rows[0])):
                return Skipped(line, reason)
            return Rejection(line, error.path, error.reason)
        except ValidationError as error:
            broken = rejection_of(error)
            return Rejection(line, broken.path.removeprefix("data."), broken.detail)

    def _named(self, row: Row) -> Cells:
        """Return the cells of a row by their columns, also of one that has too few."""
        if isinstance(row.cells, RowError):
            return dict(zip(self.header.names, row.cells.cells, strict=False))
        return row.cells

    def _record(self, line: int, rows: list[Row]) -> SourceRecord:
        if len(rows) > ROWS_OF_A_TICKET_MAX:
            raise RowError("id", f"one id on more than {ROWS_OF_A_TICKET_MAX} rows")
        cells = [_readable(row) for row in rows]
        self._filter.check(cells[-1])
        record_id = self._ids.of(cells[0])
        clients = self._client.of(cells[0])
        events = [e for one in clients for e in self._fields.events(cells, one, record_id)]
        times = [event.at for event in events]
        if isinstance(self._fields, TicketRows) and (changed := self._fields.newest(cells[-1])):
            times.append(changed)
        unread = (error for event in events for error in event.unread)
        rejections = tuple(Rejection(line, error.path, error.reason) for error in unread)
        day, number = day_number(max(times).date()), self._numbers.of(cells[0])
        return SourceRecord(line, record_id, events, day, rejections, number)


def open_records(
    path: Path, mapping: Mapping, headers: Headers | None = None
) -> tuple[Table, Records]:
    """Open a file with a mapping; the header is searched for unless the mapping has its row.

    The first sheet with the columns is read. Raises `ImportFailed` about the row that has the
    most columns. `headers` are those of the mapping's file options, if they were found before.
    """
    headers = headers or find_headers(path, mapping.file)
    errors: list[tuple[HeaderCandidate, ImportFailed]] = []
    fitting: list[HeaderCandidate] = []
    for candidate in headers.candidates:
        try:
            Records(mapping, HeaderOnly(candidate, path, mapping.file))
            fitting.append(candidate)
        except ImportFailed as error:
            errors.append((candidate, error))
    if not fitting:
        raise refusal(path, mapping, headers, errors)
    chosen = fitting[0]
    update = {"header_row": chosen.row, "sheet": chosen.sheet}
    table = open_table(path, mapping.file.model_copy(update=update))
    table.sheets_passed_over = passed_over(chosen, headers, {one.sheet for one in fitting})
    records = Records(mapping, table)
    if isinstance(table, CsvTable):
        table.read_columns(name for names in records.header.bindings.values() for name in names)
    titles = (
        one.names
        for one in headers.candidates
        if one.sheet == chosen.sheet and one.row < chosen.row
    )
    records.believe_title(zone_of_titles(titles))
    return table, records


class HeaderOnly:
    """A table without rows, to try a header."""

    def __init__(self, candidate: HeaderCandidate, path: Path, options: FileOptions) -> None:
        options = options.model_copy(update={"header_row": candidate.row})
        self.header = checked_header(candidate.names, path, options)
        self.typed_dates = candidate.typed_dates

    def rows(self) -> Iterator[Row]:
        """Yield nothing."""
        yield from ()


def believe_zone(dates: DateReader, row: Row) -> None:
    """Read times in the zone that a header row says; raises `ImportFailed` for an unknown one."""
    zone = None if isinstance(row.cells, RowError) else zone_of_row(row.cells)
    try:
        if zone:
            dates.believe(zone)
    except UnknownZone as error:
        raise ImportFailed(
            f"line {row.line} has the file's zone: {error}; --zone says it"
        ) from None


def _readable(row: Row) -> Cells:
    if isinstance(row.cells, RowError):
        raise row.cells
    return row.cells


def _fields(mapping: Mapping, header: Header, dates: DateReader) -> Fields:
    if mapping.ticket is not None:
        return TicketRows(mapping.ticket, header, dates)
    if mapping.purchase is not None:
        return PurchaseRows(mapping.purchase, header, dates)
    if mapping.survey is not None:
        return SurveyRows(mapping.survey, header, dates)
    if mapping.registration is not None:
        return RegistrationRows(mapping.registration, header)
    return RelationshipRows(mapping, header, dates)
