"""Reads rows of delimited values line by line; a damaged quote costs no other row.

A quoted cell may have line breaks, and a quote that is a letter may open a cell by mistake. A row
of several lines is read only where its lines cannot be rows themselves.
"""

import csv
import re
from collections.abc import Iterable, Iterator
from typing import Final, NamedTuple

from rapport.importers.errors import RowError
from rapport.importers.files.delimited.dialect import Dialect
from rapport.importers.files.delimited.row_shape import (
    RowShape,
    line_cells,
    literal_cells,
)
from rapport.importers.files.table import is_blank
from rapport.importers.files.text.text_file import LINE_CHARACTERS_MAX
from rapport.importers.mapping.schema import LineBreaks

ROW_CHARACTERS_MAX: Final = 4 * LINE_CHARACTERS_MAX
ROW_LINES_MAX: Final = 10_000
LEARNED_LINES: Final = 200
"""Lines of the file from which the shape of its rows is learned."""


class Record(NamedTuple):
    """One row: its first line, how many lines it has, and its cells or why it has none."""

    line: int
    lines: int
    cells: list[str] | RowError


class Reading(NamedTuple):
    """One way to read a row: its lines and its cells, or the reason why that is impossible."""

    lines: list[str]
    cells: list[str]
    problem: str = ""

    @property
    def is_one_line(self) -> bool:
        """Return whether the row is possible and ends with its first line."""
        return not self.problem and len(self.lines) == 1


class Lines:
    """The lines of a file with their numbers; lines can be put back.

    A cell such as `="0012"`, which keeps a spreadsheet from shortening it, becomes `"0012"`.
    """

    def __init__(self, lines: Iterable[str], dialect: Dialect) -> None:
        self.number = 0
        delimiter, quote = map(re.escape, dialect)
        ends = rf"(?={delimiter}|[\r\n]|$)"
        self._equals = f"={dialect.quote}"
        self._text_formula = re.compile(
            rf"(^|{delimiter})={quote}(?=[^{quote}]|{quote}{ends}|{quote * 2}[^{quote}])"
        )
        self.last = ""
        self._lines = iter(lines)
        self._back: list[str] = []

    def __iter__(self) -> Iterator[str]:
        return self

    def __next__(self) -> str:
        line = self._back.pop() if self._back else next(self._lines)
        if self._equals in line:
            line = self._text_formula.sub(rf"\1{self._equals[1]}", line)
        self.last = line
        self.number += 1
        return self.last

    def put_back(self, lines: list[str]) -> None:
        """Put lines back, to be read again."""
        self._back.extend(reversed(lines))
        self.number -= len(lines)


class RecordReader:
    """The rows of a file; `expect` sets the shape of a row when the header is known."""

    def __init__(
        self, lines: Iterable[str], dialect: Dialect, line_breaks: LineBreaks | None = None
    ) -> None:
        self._lines = Lines(lines, dialect)
        self._regular_row = _regular_row(dialect)
        self._dialect = dialect
        self._line_breaks = line_breaks
        self._shape: RowShape | None = None
        self._row_end = ""
        self._doubtful: list[Record] = []
        self._damaged_line = 0

    def expect(self, shape: RowShape) -> None:
        """Set the shape of a row, by which the rows below are recognized."""
        self._shape = shape

    def __iter__(self) -> Iterator[Record]:
        return self

    def __next__(self) -> Record:
        if self._doubtful:
            return self._doubtful.pop()
        line = next(self._lines)
        if self._dialect.quote not in line:
            record = Record(self._lines.number, 1, line_cells(line, self._dialect))
        else:
            record = self._quoted(line)
        if self._shape is None:
            self._row_end = _line_end(self._lines.last)
        return self._checked(record, line)

    def _quoted(self, line: str) -> Record:
        """Return the row that begins with a line that has a quote in it."""
        number = self._lines.number
        standard = self._read(line)
        if standard.is_one_line and self._has_all_cells(standard):
            return self._record(number, standard)
        if "\\" + self._dialect.quote in "".join(standard.lines):
            escaped = self._read(line, escape="\\")
            if self._has_all_cells(escaped) and not self._is_doubtful(escaped):
                return self._record(number, escaped)
        if standard.is_one_line:
            return self._record(number, standard)
        if not standard.problem and self._fits(standard):
            return self._several_lines(number, standard)
        literal = self._literal(line)
        if self._has_all_cells(literal) and self._row_follows():
            return self._record(number, literal)
        self._damaged_line = number
        problem = standard.problem or f"the row to line {number + len(standard.lines) - 1} has "
        if not standard.problem:
            problem += f"{len(standard.cells)} cells, but the header has {self._columns}"
        return Record(number, 1, RowError("the row", f"a quote opens on line {number}: {problem}"))

    @property
    def _columns(self) -> int:
        return self._shape.columns if self._shape else 0

    def _has_all_cells(self, reading: Reading) -> bool:
        if reading.problem:
            return False
        return not self._shape or len(reading.cells) == self._columns

    def _fits(self, reading: Reading) -> bool:
        return not self._shape or len(reading.cells) <= self._columns

    def _record(self, number: int, reading: Reading) -> Record:
        for _ in reading.lines[1:]:
            next(self._lines)
        return Record(number, len(reading.lines), reading.cells)

    def _several_lines(self, number: int, reading: Reading) -> Record:
        if not self._is_doubtful(reading):
            return self._record(number, reading)
        last = number + len(reading.lines) - 1
        reason = (
            f"a quote opens on line {number} and the next one closes on line {last}: one row of "
            f"{len(reading.lines)} lines, or {len(reading.lines)} rows with a quote too many? "
            "--line-breaks cells reads one row, --line-breaks rows reads each line as a row"
        )
        first, *others = [
            Record(line, 1, RowError("the row", reason)) for line in range(number, last + 1)
        ]
        for _ in reading.lines[1:]:
            next(self._lines)
        self._doubtful = others[::-1]
        return first

    def _is_doubtful(self, reading: Reading) -> bool:
        """Return whether a further line could be a row of its own.

        A whole row whose first line has too few cells is one: a cell in its middle has the break.
        """
        first, *inner = reading.lines
        if not inner or self._line_breaks == "cells" or self._has_other_line_ends(reading.lines):
            return False
        shape = self._shape or RowShape(self._dialect, len(reading.cells))
        if not any(shape.fits(line) for line in inner):
            return False
        is_whole = len(reading.cells) == shape.columns and self._is_regular(reading)
        return not is_whole or shape.fits(first)

    def _is_regular(self, reading: Reading) -> bool:
        """Return whether no cell without quotes around it has a quote in it (RFC 4180)."""
        return self._regular_row.fullmatch("".join(reading.lines)) is not None

    def _has_other_line_ends(self, lines: list[str]) -> bool:
        """Return whether the breaks in the cells are other ones than those between the rows."""
        inside = {_line_end(line) for line in lines[:-1]}
        return self._row_end not in inside and _line_end(lines[-1]) in (self._row_end, "")

    def _read(self, line: str, escape: str | None = None) -> Reading:
        """Return the row by the rules of the format, with the further lines that it takes."""
        lines = [line]
        reader = csv.reader(
            self._row_lines(lines),
            delimiter=self._dialect.delimiter,
            quotechar=self._dialect.quote,
            escapechar=escape,
            doublequote=escape is None,
            strict=True,
        )
        try:
            cells, problem = next(reader), ""
        except csv.Error as error:
            cells, problem = [], self._problem(str(error), lines)
        self._lines.put_back(lines[1:])
        return Reading(lines, cells, problem)

    def _row_lines(self, lines: list[str]) -> Iterator[str]:
        """Yield the first line, then further ones up to a bound, and keep them in `lines`."""
        yield lines[0]
        characters = len(lines[0])
        if self._line_breaks == "rows":
            return
        for line in self._lines:
            lines.append(line)
            characters += len(line)
            if characters > ROW_CHARACTERS_MAX or len(lines) > ROW_LINES_MAX:
                return
            yield line

    def _problem(self, error: str, lines: list[str]) -> str:
        if "unexpected end" not in error and "field larger" not in error:
            return f"the next quote, on line {self._lines.number}, does not end a cell"
        if "field larger" in error or len(lines) > ROW_LINES_MAX:
            return f"no quote closes it within {len(lines)} lines"
        if self._line_breaks == "rows":
            return "no quote closes it on that line"
        return "no quote closes it before the end of the file"

    def _literal(self, line: str) -> Reading:
        """Return a line by itself, where quotes inside a quoted cell are letters."""
        cells, all_close = literal_cells(line.rstrip("\r\n"), self._dialect)
        return Reading([line], cells, "" if all_close else "a quote is not closed")

    def _row_follows(self) -> bool:
        """Return whether the next line is a row by its cells, or blank, or the end."""
        line = next(self._lines, None)
        if line is None:
            return True
        self._lines.put_back([line])
        cells = line_cells(line, self._dialect)
        return len(cells) >= self._columns or not any(cells)

    def _checked(self, record: Record, line: str) -> Record:
        """Return the record, or a rejection where a damaged quote or a cut may have made it."""
        if self._shape is None or isinstance(record.cells, RowError) or is_blank(record.cells):
            return record
        count = len(record.cells)
        if count >= self._columns:
            self._damaged_line = 0 if count == self._columns else self._damaged_line
            return record
        reason = ""
        if self._damaged_line:
            reason = f"it may belong to the cell that opens on line {self._damaged_line}"
        elif record.lines > 1 and self._line_breaks != "cells":
            reason = "and a cell with line breaks: a quote too many may have joined rows"
        elif record.lines == 1 and line.count(self._dialect.quote) % 2:
            reason = "and a quote without its partner"
        elif record.lines == 1 and not _line_end(line):
            reason = "and the file ends in it: it may be cut off"
        if not reason:
            return record
        reason = f"{count} of {self._columns} cells, {reason}"
        cells = RowError("the row", reason, record.cells)
        return record._replace(cells=cells)


def _regular_row(dialect: Dialect) -> re.Pattern[str]:
    delimiter, quote = map(re.escape, dialect)
    cell = rf"(?:{quote}(?:[^{quote}]++|{quote}{quote})*+{quote}|[^{quote}{delimiter}\r\n]*+)"
    return re.compile(rf"{cell}(?:{delimiter}{cell})*+[\r\n]*")


def _line_end(line: str) -> str:
    return line[len(line.rstrip("\r\n")) :]


def learned_shape(lines: list[str], dialect: Dialect, header_row: int) -> RowShape | None:
    """Return the shape of the rows below the header in the first lines of a file."""
    reader = RecordReader(lines, dialect)
    header = next((one for number, one in enumerate(reader, 1) if number == header_row), None)
    if header is None or isinstance(header.cells, RowError):
        return None
    columns = len(header.cells)
    reader.expect(RowShape(dialect, columns))
    rows = [
        record.cells
        for record in reader
        if record.lines == 1 and not isinstance(record.cells, RowError)
    ]
    return RowShape(dialect, columns, [cells for cells in rows if len(cells) == columns])
