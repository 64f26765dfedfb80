"""A mapping bound to a file: its rows as records, rejections and rows left out."""

from collections.abc import Iterator
from itertools import groupby, islice
from pathlib import Path
from typing import Final, assert_never

from pydantic import ValidationError

from rapport.domain.calendar import day_number
from rapport.domain.text_key import slug
from rapport.importers.errors import ImportFailed, RowError, excerpt
from rapport.importers.files.csv_json import Cells, Row, Table
from rapport.importers.files.open import open_table
from rapport.importers.mapping.cells import Cell
from rapport.importers.mapping.columns import Header
from rapport.importers.mapping.dates import DateReader
from rapport.importers.mapping.schema import CellOptions, ClientOptions, Mapping
from rapport.importers.rows.purchases import PurchaseRows
from rapport.importers.rows.row import Outcome, Record, Rejection, Skipped
from rapport.importers.rows.row_filters import RowFilter, SkippedRow
from rapport.importers.rows.row_ids import row_ids
from rapport.importers.rows.surveys import SurveyRows
from rapport.importers.rows.tickets import TicketRows
from rapport_schemas.wire.registry import rejection_of

NAMELESS: Final = "-"
ROWS_OF_A_TICKET_MAX: Final = 10_000
HEADER_ROWS: Final = range(1, 11)
"""Above the names some files have titles: so far down they are looked for."""


class ClientCell:
    """The client of a row, as a key."""

    def __init__(self, options: ClientOptions, header: Header) -> None:
        cell = options.model_dump(include=set(CellOptions.model_fields))
        self._cell = Cell(CellOptions(**cell), header, "client")
        parts = [header.find([name], "client") for name in options.column] if options.join else []
        self._parts = parts

    def of(self, row: Cells) -> str:
        """Return the key; raises `Refused` for a row without a client."""
        name = " ".join([part.text(row) or "" for part in self._parts]).strip()
        name = name or str(self._cell.needed(row))
        key = slug(name)
        if key == NAMELESS:
            raise RowError("client", f"{excerpt(name)} has no letter for a key; see client.values")
        return key


class Records:
    """Every row of a table, as the mapping reads it."""

    def __init__(self, mapping: Mapping, table: Table) -> None:
        header = Header(table.header, mapping.file.missing)
        moments = DateReader(mapping.dates, serial_numbers=table.typed_dates)
        self._table = table
        self._skips = RowFilter(mapping.skip, header)
        self._client = ClientCell(mapping.client, header)
        self._ids = row_ids(mapping.id, header)
        self._fields = _fields(mapping, header, moments)
        self._history = mapping.ticket is not None and mapping.ticket.rows == "audit-log"

    def __iter__(self) -> Iterator[Outcome]:
        """Yield what becomes of each row (of each ticket, where one has many rows)."""
        for record_id, rows in groupby(self._table.rows(), key=self._group):
            if record_id is None or not self._history:
                yield from map(self._single, rows)
            else:
                yield self._outcome(list(islice(rows, ROWS_OF_A_TICKET_MAX + 1)))

    def _group(self, row: Row) -> str | None:
        if not self._history or isinstance(row.cells, RowError):
            return None
        try:
            return self._ids.of(row.cells)
        except RowError:
            return None

    def _single(self, row: Row) -> Outcome:
        return self._outcome([row])

    def _outcome(self, rows: list[Row]) -> Outcome:
        line = rows[0].line
        try:
            return self._record(line, rows)
        except SkippedRow as left:
            return Skipped(line, left.why)
        except RowError as refused:
            return Rejection(line, refused.path, refused.reason)
        except ValidationError as error:
            broken = rejection_of(error)
            return Rejection(line, broken.path.removeprefix("data."), broken.detail)

    def _record(self, line: int, rows: list[Row]) -> Record:
        if len(rows) > ROWS_OF_A_TICKET_MAX:
            raise RowError("id", f"one id on more than {ROWS_OF_A_TICKET_MAX} rows")
        cells = [_readable(row) for row in rows]
        self._skips.check(cells[-1])
        record_id = self._ids.of(cells[0])
        client = self._client.of(cells[0])
        events = list(self._fields.events(cells, client, record_id))
        moments = [event.at for event in events]
        if isinstance(self._fields, TicketRows) and (changed := self._fields.newest(cells[-1])):
            moments.append(changed)
        return Record(line, record_id, events, day_number(max(moments).date()))


def open_records(path: Path, mapping: Mapping) -> tuple[Table, Records]:
    """Open a file with a mapping; unless the mapping says where, the header is looked for.

    Raises `ImportFailed` with what is wrong with the first row as the header.
    """
    failed: ImportFailed | None = None
    for row in [mapping.file.header_row] if mapping.file.header_row else HEADER_ROWS:
        try:
            table = open_table(path, mapping.file.model_copy(update={"header_row": row}))
        except ImportFailed as error:
            failed = failed or error
            continue
        try:
            return table, Records(mapping, table)
        except ImportFailed as error:
            table.close()
            failed = failed or error
    raise failed or AssertionError("there is always a first row to look at")


def _readable(row: Row) -> Cells:
    if isinstance(row.cells, RowError):
        raise row.cells
    return row.cells


def _fields(
    mapping: Mapping, header: Header, moments: DateReader
) -> TicketRows | PurchaseRows | SurveyRows:
    match mapping.kind:
        case "tickets" if mapping.ticket is not None:
            return TicketRows(mapping.ticket, header, moments)
        case "purchases" if mapping.purchase is not None:
            return PurchaseRows(mapping.purchase, header, moments)
        case "surveys" if mapping.survey is not None:
            return SurveyRows(mapping.survey, header, moments)
        case "tickets" | "purchases" | "surveys":
            raise AssertionError("a mapping is checked to have the fields of its kind")
        case _:
            assert_never(mapping.kind)
