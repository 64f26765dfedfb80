"""A file of delimited values as a table."""

import csv
from collections.abc import Iterable, Iterator
from itertools import islice
from pathlib import Path

from rapport.importers.errors import ImportFailed, RowError
from rapport.importers.files.delimited.dialect import sniff_dialect
from rapport.importers.files.delimited.records import LEARNED_LINES, RecordReader, learned_shape
from rapport.importers.files.delimited.row_shape import RowShape
from rapport.importers.files.delimited.row_width import RowWidth
from rapport.importers.files.headers import HeaderCandidate, Headers
from rapport.importers.files.table import (
    Row,
    cell_content,
    checked_header,
    first_row,
    is_blank,
    unreadable,
)
from rapport.importers.files.text.text_file import LINE_CHARACTERS_MAX, TextFile
from rapport.importers.files.text.text_table import TextTable
from rapport.importers.mapping.columns import Cells
from rapport.importers.mapping.schema import FileOptions


class CsvTable(TextTable):
    """A file of delimited values."""

    def __init__(self, path: Path, options: FileOptions) -> None:
        super().__init__(path, options)
        csv.field_size_limit(LINE_CHARACTERS_MAX)
        sample = self.file.sample(LEARNED_LINES)
        row = first_row(options)
        dialect = sniff_dialect(sample[row - 1 :], options.delimiter)
        self.delimiter = dialect.delimiter
        self._records = RecordReader(self.file, dialect, options.line_breaks)
        header = self._header(path, row)
        self.header = checked_header(header, path, options)
        self._width = RowWidth(header, dialect, sample[row:])
        shape = learned_shape(sample, dialect, row) or RowShape(dialect, len(header))
        self._records.expect(shape)

    def read_columns(self, names: Iterable[str]) -> None:
        """Set the columns that are read: a row may be without the others at its end."""
        self._width.read_to(max((self.header.index(name) + 1 for name in names), default=0))

    def _header(self, path: Path, row: int) -> list[str]:
        cells: list[str] | RowError = []
        for _ in range(row):
            record = next(self._records, None)
            if record is None:
                raise ImportFailed(f"{path} has no header: it is empty or ends before it")
            self.lines_without_row += record.lines
            cells = record.cells
        if isinstance(cells, RowError):
            raise ImportFailed(f"the header of {path} cannot be read: {cells.reason}")
        return cells

    def rows(self) -> Iterator[Row]:
        """Yield the rows that are not empty."""
        for record in self._records:
            self.lines_without_row += record.lines - 1
            if isinstance(record.cells, RowError) or not is_blank(record.cells):
                yield Row(record.line, self._cells(record.cells))
            else:
                self.lines_without_row += 1
        self.at_end = True

    def _cells(self, cells: list[str] | RowError) -> Cells | RowError:
        if isinstance(cells, RowError):
            return cells
        contents = [cell_content(cell) if cell[:1] == "=" else cell for cell in cells]
        named = dict(zip(self.header, contents, strict=False))
        problem = self._width.problem(cells)
        if error := unreadable(cells):
            return error
        if problem:
            return RowError("the row", problem, cells if len(cells) < len(self.header) else ())
        return named


def csv_headers(path: Path, options: FileOptions, rows: int) -> Headers:
    """Return the first rows of a file, each by the delimiter that fits the lines from it on."""
    csv.field_size_limit(LINE_CHARACTERS_MAX)
    with TextFile(path, options.encoding) as file:
        sample = list(islice(file, LEARNED_LINES))
    candidates = []
    for row in range(1, min(rows, len(sample)) + 1):
        dialect = sniff_dialect(sample[row - 1 :], options.delimiter)
        records = islice(RecordReader(sample, dialect, options.line_breaks), row - 1, row)
        candidates += [
            HeaderCandidate(None, row, record.cells)
            for record in records
            if not isinstance(record.cells, RowError)
        ]
    return Headers(candidates)
