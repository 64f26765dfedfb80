"""XLSX sheets as tables: openpyxl reads the values, not the formulas, row by row."""

import warnings
import zipfile
from collections.abc import Iterator
from datetime import datetime, time, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any, Final

from rapport.importers.errors import ImportFailed, RowError
from rapport.importers.files.table import Row, cell_content, checked_header, first_row, unreadable
from rapport.importers.mapping.columns import TypedNumber
from rapport.importers.mapping.schema import FileOptions

UNPACKED_BYTES_MAX: Final = 1 << 30
PACKED_TO_UNPACKED_MAX: Final = 200
SMALL_BYTES: Final = 10 << 20
"""A part up to this size is never a decompression bomb."""
CELL_CHARACTERS_MAX: Final = 65_536
EXACT_MAX: Final = 2**53
SHOWN_MAX: Final = 10**15
"""Excel keeps 15 digits and writes zeros behind them."""


class Workbook:
    """One sheet of an XLSX file."""

    typed_dates = True

    def __init__(self, path: Path, options: FileOptions) -> None:
        self.bytes_total = _checked_size(path)
        self._rows_total = 0
        self._rows_read = 0
        self._book = _load(path)
        self._sheet = self._sheet_of(path, options.sheet)
        self.sheet: str | None = self._sheet.title
        self.sheets_passed_over: list[str] = []
        self._rows_total = self._sheet.max_row or 0
        # Some programs write the size of a sheet wrongly; without it every row is read.
        self._sheet.reset_dimensions()
        self._iterator = self._sheet.iter_rows(values_only=True)
        self.header = checked_header(self._header(first_row(options)), path, options)

    @property
    def bytes_read(self) -> int:
        """The bytes that were read so far, estimated from the rows."""
        ratio = self._rows_read / self._rows_total if self._rows_total else 0
        return min(self.bytes_total, round(self.bytes_total * ratio))

    @property
    def rows_counted(self) -> int | None:
        """None: not counted."""
        return None

    def close(self) -> None:
        """Close the file."""
        self._book.close()

    def _sheet_of(self, path: Path, name: str | None) -> Any:
        names = self._book.sheetnames
        if name is None:
            return self._book[names[0]]
        if name not in names:
            raise ImportFailed(f"{path} has no sheet {name!r}; it has {', '.join(names)}")
        return self._book[name]

    def _header(self, header_row: int) -> list[str]:
        values: tuple[Any, ...] = ()
        for _ in range(header_row):
            values = next(self._iterator, ())
            self._rows_read += 1
        header = [cell_text(value) for value in values]
        while header and not header[-1]:
            header.pop()
        return header

    def rows(self) -> Iterator[Row]:
        """Yield the rows that are not empty."""
        for values in self._values():
            self._rows_read += 1
            cells = [cell_text(value) for value in values]
            if not any(cells):
                continue
            yield Row(self._rows_read, self._cells(cells))

    def _values(self) -> Iterator[tuple[Any, ...]]:
        try:
            yield from self._iterator
        except Exception as error:  # the library raises what its XML parser and zlib raise
            raise ImportFailed(
                f"row {self._rows_read + 1} of the sheet cannot be read: {error}"
            ) from error

    def _cells(self, cells: list[str]) -> dict[str, str] | RowError:
        if any(cells[len(self.header) :]):
            return RowError("the row", f"a cell beyond the {len(self.header)} of the header")
        if max(map(len, cells)) > CELL_CHARACTERS_MAX:
            return RowError("the row", f"a cell of over {CELL_CHARACTERS_MAX} characters")
        return unreadable(cells) or dict(zip(self.header, cells, strict=False))


def cell_text(value: Any) -> str:
    """Return a cell as text: dates in ISO 8601, whole numbers without a point.

    >>> cell_text(datetime(2026, 3, 2, 9, 30)), cell_text(12345678901.0), cell_text(True)
    ('2026-03-02T09:30:00', '12345678901', 'true')
    >>> cell_text(20260302100000123)
    '2.026030210000012e+16'
    """
    text = str(value)
    match value:
        case None:
            text = ""
        case str():
            text = cell_content(value)
        case bool():
            text = text.lower()
        case int() | float():
            text = TypedNumber(_number(value))
        case datetime() if value.time() == time():
            text = value.date().isoformat()
        case datetime():
            text = value.isoformat()
        case timedelta():
            text = str(value.total_seconds())
    return text


def _number(value: float) -> object:
    """Return a number as it is shown, in scientific notation if it may have lost digits."""
    if abs(value) >= EXACT_MAX or (abs(value) >= SHOWN_MAX and value % 10 == 0):
        return f"{Decimal(value):.15e}"
    return int(value) if float(value).is_integer() else value


def _load(path: Path) -> Any:
    try:
        from openpyxl import load_workbook  # noqa: PLC0415 # an extra of its own
    except ModuleNotFoundError:
        raise ImportFailed(
            "reading XLSX needs an extra: pip install 'rapport-monitor[import]'"
        ) from None
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return load_workbook(path, read_only=True, data_only=True)
    except Exception as error:  # the library raises what its XML parser and zlib raise
        raise ImportFailed(f"{path} is not a readable XLSX workbook: {error}") from error


def _checked_size(path: Path) -> int:
    """Return the size on disk; raises `ImportFailed` for a decompression bomb."""
    try:
        with zipfile.ZipFile(path) as archive:
            parts = archive.infolist()
    except OSError as error:
        raise ImportFailed(f"{path} cannot be read: {error.strerror}") from error
    except zipfile.BadZipFile as error:
        raise ImportFailed(f"{path} is not an XLSX workbook: {error}") from error
    unpacked = sum(part.file_size for part in parts)
    suspect = any(
        part.file_size > max(SMALL_BYTES, part.compress_size * PACKED_TO_UNPACKED_MAX)
        for part in parts
    )
    if unpacked > UNPACKED_BYTES_MAX or suspect:
        raise ImportFailed(
            f"{path} unpacks to {unpacked} bytes from {path.stat().st_size}; that is not a "
            "plausible workbook. If it is one, save it as CSV"
        )
    return path.stat().st_size
