"""Books: the values of a workbook's sheets, from the library that reads its format."""

import warnings
import zipfile
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import IO, Any, Protocol

from rapport.importers.errors import ImportFailed
from rapport.importers.files.containers import document_file
from rapport.importers.files.workbooks.cell_text import unescaped
from rapport.importers.files.workbooks.ods_scan import OdsPackage
from rapport.importers.files.workbooks.package import RowScan, SheetPart, opened_package
from rapport.importers.files.workbooks.xlsx_scan import XlsxPackage

Values = tuple[Any, ...] | list[Any]


class Package(Protocol):
    """The XML of a workbook."""

    sheets: list[SheetPart]

    def rows(self, part: str) -> Iterator[RowScan]:
        """Yield what the XML says of each row of a sheet."""

    def close(self) -> None:
        """Close the file."""


class Book(Protocol):
    """An open workbook."""

    sheets: list[str]

    def values(self, sheet: str) -> Iterator[Values]:
        """Yield every row of a sheet, from its first one, with the values of its cells."""

    def rows_total(self, sheet: str) -> int:
        """Return how many rows a sheet has, about; 0 if that is unknown."""

    def close(self) -> None:
        """Close the file."""


class XlsxBook:
    """An XLSX workbook, which openpyxl reads row by row."""

    def __init__(self, file: IO[bytes]) -> None:
        try:
            from openpyxl import load_workbook  # noqa: PLC0415 # an extra of its own
        except ModuleNotFoundError:
            raise _extra_missing("XLSX") from None
        self._file = file
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            self._book: Any = load_workbook(file, read_only=True, data_only=True)
        self.sheets: list[str] = self._book.sheetnames

    def values(self, sheet: str) -> Iterator[Values]:
        """Yield every row of a sheet."""
        found = self._book[sheet]
        # Some programs write the size of a sheet wrongly; without it every row is read.
        found.reset_dimensions()
        for row in found.iter_rows(values_only=True):
            yield [unescaped(value) if isinstance(value, str) else value for value in row]

    def rows_total(self, sheet: str) -> int:
        """Return the number of rows that the sheet says of itself."""
        return self._book[sheet].max_row or 0

    def close(self) -> None:
        """Close the file."""
        self._book.close()
        self._file.close()


class OdsBook:
    """An ODS workbook, which calamine reads as a whole; `ods_scan` bounds its cells."""

    def __init__(self, file: IO[bytes]) -> None:
        try:
            from python_calamine import CalamineWorkbook  # noqa: PLC0415 # an extra of its own
        except ModuleNotFoundError:
            raise _extra_missing("ODS") from None
        self._file = file
        self._book = CalamineWorkbook.from_filelike(file)
        self.sheets = self._book.sheet_names

    def values(self, sheet: str) -> Iterator[Values]:
        """Yield every row of a sheet."""
        yield from self._book.get_sheet_by_name(sheet).iter_rows()

    def rows_total(self, sheet: str) -> int:
        """Return the number of the last row with a value."""
        end = self._book.get_sheet_by_name(sheet).end
        return end[0] + 1 if end else 0

    def close(self) -> None:
        """Close the file."""
        self._book.close()
        self._file.close()


def open_book(path: Path, file_format: str) -> tuple[Book, Package]:
    """Open a workbook of a format; raises `ImportFailed` for one that cannot be read."""
    with ExitStack() as stack:
        # A file and no path: a library would judge a path by its suffix.
        file = stack.enter_context(document_file(path))
        archive = stack.enter_context(opened_package(file, path))
        try:
            package = _package(archive, file_format)
            file.seek(0)
            book = (OdsBook if file_format == "ods" else XlsxBook)(file)
        except ImportFailed:
            raise
        except Exception as error:  # the libraries raise what their XML parsers and zlib raise
            raise ImportFailed(
                f"{path} is not a readable {file_format.upper()} workbook: {error}; open it in a "
                "spreadsheet program and save it again"
            ) from error
        missing = {sheet.name for sheet in package.sheets if sheet.part} - set(book.sheets)
        if missing:
            raise ImportFailed(
                f"{path}: the sheet {missing.pop()!r} cannot be read, as in a workbook of the "
                "strict form of Open XML; open it in a spreadsheet program and save it as XLSX"
            )
        stack.pop_all()
    return book, package


def _package(archive: zipfile.ZipFile, file_format: str) -> Package:
    return OdsPackage(archive) if file_format == "ods" else XlsxPackage(archive)


def _extra_missing(name: str) -> ImportFailed:
    return ImportFailed(f"reading {name} needs an extra: pip install 'rapport-monitor[import]'")
