"""A sheet of a workbook as a table."""

from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import Final, TypeVar

from rapport.importers.errors import ImportFailed, RowError
from rapport.importers.files.headers import HeaderCandidate, Headers, OtherSheet
from rapport.importers.files.table import Row, checked_header, first_row, is_blank, unreadable
from rapport.importers.files.workbooks.books import Book, Package, Values, open_book
from rapport.importers.files.workbooks.cell_text import as_shown, cell_text
from rapport.importers.files.workbooks.package import RowScan, SheetPart
from rapport.importers.mapping.columns import MERGED, Cells
from rapport.importers.mapping.schema import FileOptions

CELL_CHARACTERS_MAX: Final = 65_536
Item = TypeVar("Item")


class Workbook:
    """One sheet of a workbook."""

    typed_dates = True
    more_rows: str | None = None
    encoding: str | None = None

    def __init__(self, path: Path, options: FileOptions, file_format: str) -> None:
        self.bytes_total = path.stat().st_size
        self._book, package = self._open = open_book(path, file_format)
        sheet = _sheets(path, package, options.sheet)[0]
        self.sheet: str | None = sheet.name
        self.sheets_passed_over: list[OtherSheet] = []
        self._row = 0
        self._rows_counted = 0
        self._at_end = False
        self._rows_total = self._book.rows_total(sheet.name)
        self._values = _readable(self._book.values(sheet.name), sheet.name)
        self._scans = _readable(package.rows(sheet.part), sheet.name)
        self._scan: RowScan | None = None
        self.header = checked_header(self._header(first_row(options)), path, options)

    @property
    def bytes_read(self) -> int:
        """The bytes that were read so far, estimated from the rows."""
        ratio = self._row / self._rows_total if self._rows_total else 0
        return min(self.bytes_total, round(self.bytes_total * ratio))

    @property
    def rows_counted(self) -> int | None:
        """The rows with a value in the XML of the sheet; None before the end."""
        return self._rows_counted if self._at_end else None

    def close(self) -> None:
        """Close the file."""
        for one in self._open:
            one.close()

    def _header(self, header_row: int) -> list[str]:
        header: list[str] = []
        for _ in range(header_row):
            header = _names(next(self._values, ()))
            self._row += 1
        self._scanned()
        scan = self._scan
        self._rows_counted = int(scan is not None and scan.row > self._row and scan.has_value)
        return header

    def rows(self) -> Iterator[Row]:
        """Yield the rows that are not empty."""
        for values in self._values:
            self._row += 1
            scan = self._scanned()
            cells = [cell_text(value) for value in values]
            if not is_blank(cells) or (scan and scan.texts and scan.has_value):
                yield Row(self._row, self._cells(cells, scan))
            elif any(cells) and scan is not None:
                self._rows_counted -= scan.has_value
        for scan in self._scans:
            self._rows_counted += scan.has_value
        self._at_end = True

    def _scanned(self) -> RowScan | None:
        """Return what the XML says of the current row, and count the rows up to it."""
        while self._scan is None or self._scan.row < self._row:
            following = next(self._scans, None)
            if following is None:
                return None
            self._scan = following
            self._rows_counted += following.has_value
        return self._scan if self._scan.row == self._row else None

    def _cells(self, cells: list[str], scan: RowScan | None) -> Cells | RowError:
        if any(cells[len(self.header) :]):
            return RowError("the row", f"a cell beyond the {len(self.header)} of the header")
        if max(map(len, cells), default=0) > CELL_CHARACTERS_MAX:
            return RowError("the row", f"a cell of over {CELL_CHARACTERS_MAX} characters")
        named = dict(zip(self.header, cells, strict=False))
        for column, text in scan.texts.items() if scan else ():
            if column < len(self.header) and not (text == MERGED and any(cells[column:][:1])):
                named[self.header[column]] = text
        for column, shown in scan.formats.items() if scan else ():
            if column < len(self.header):
                name = self.header[column]
                named[name] = as_shown(named.get(name, ""), shown)
        return unreadable(cells) or named


def workbook_headers(path: Path, options: FileOptions, file_format: str, rows: int) -> Headers:
    """Return the first rows of every sheet that may hold the table."""
    book, package = open_book(path, file_format)
    try:
        sheets = _sheets(path, package, options.sheet)
        named = {sheet.name for sheet in sheets}
        passed_over = [
            OtherSheet(sheet.name, sheet.passed_over or "not the one that was named")
            for sheet in package.sheets
            if sheet.name not in named
        ]
        candidates = [one for sheet in sheets for one in _candidates(book, sheet.name, rows)]
    finally:
        book.close()
        package.close()
    return Headers(candidates, passed_over)


def _candidates(book: Book, sheet: str, rows: int) -> Iterator[HeaderCandidate]:
    for row, values in enumerate(islice(_readable(book.values(sheet), sheet), rows), 1):
        yield HeaderCandidate(sheet, row, _names(values), typed_dates=True)


def _names(values: Values) -> list[str]:
    """Return the cells of a row as the names of columns, up to its last one with a text."""
    names = [cell_text(value) for value in values]
    while names and not names[-1]:
        names.pop()
    return names


def _sheets(path: Path, package: Package, name: str | None) -> list[SheetPart]:
    """Return the named sheet, or all that people see; raises `ImportFailed` without one."""
    sheets = package.sheets
    if name is None:
        found = [sheet for sheet in sheets if not sheet.passed_over]
        if not found:
            raise ImportFailed(
                f"{path} has no visible sheet with rows; it has {_described(sheets)}. "
                "--sheet NAME reads a hidden one"
            )
        return found
    for sheet in sheets:
        if sheet.name.strip().casefold() == name.strip().casefold():
            if not sheet.part or sheet.passed_over.startswith(("a chart", "no worksheet")):
                raise ImportFailed(f"the sheet {name!r} of {path} is {sheet.passed_over}")
            return [sheet]
    raise ImportFailed(f"{path} has no sheet {name!r}; it has {_described(sheets)}")


def _described(sheets: list[SheetPart]) -> str:
    texts = [
        f"{sheet.name!r}" + (f" ({sheet.passed_over})" if sheet.passed_over else "")
        for sheet in sheets
    ]
    return ", ".join(texts) or "none"


def _readable(items: Iterator[Item], sheet: str) -> Iterator[Item]:
    """Yield items; raises `ImportFailed` for what the libraries raise on damaged files."""
    row = 0
    try:
        for row, item in enumerate(items, 1):  # noqa: B007 # the message names it
            yield item
    except ImportFailed:
        raise
    except Exception as error:  # the libraries raise what their XML parsers and zlib raise
        raise ImportFailed(
            f"row {row + 1} of the sheet {sheet!r} cannot be read: {error}; the file may be damaged"
        ) from error
