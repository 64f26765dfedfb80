"""Tables: the interface of every file format, and what all formats have in common."""

import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Final, NamedTuple, Protocol

from rapport.importers.errors import ImportFailed, RowError
from rapport.importers.files.headers import OtherSheet
from rapport.importers.mapping.columns import Cells
from rapport.importers.mapping.schema import FileOptions

COLUMNS_MAX: Final = 2_000
_TEXT_FORMULA: Final = re.compile(r'="(?:[^"]|"")*"')


class Row(NamedTuple):
    """One row: its first line, and its cells or the reason why it cannot be read."""

    line: int
    cells: Cells | RowError


class RowSource(Protocol):
    """What the rows of a file are read from."""

    header: list[str]
    typed_dates: bool
    """Whether numbers may be serial dates of a spreadsheet."""

    def rows(self) -> Iterator[Row]:
        """Yield every row, once."""


class Table(RowSource, Protocol):
    """The interface of every file format."""

    bytes_total: int
    sheet: str | None
    """The sheet, or the path of the records in a JSON document; None in other formats."""
    sheets_passed_over: list[OtherSheet]
    """The other sheets, each with the reason."""

    @property
    def bytes_read(self) -> int:
        """The bytes of the file on disk that were read so far."""

    @property
    def rows_counted(self) -> int | None:
        """The rows of the whole file, counted apart from the reader; None before its end."""

    @property
    def more_rows(self) -> str | None:
        """What says that the export has more rows than the file; None before its end."""

    @property
    def encoding(self) -> str | None:
        """The encoding of a text file, with what was read in another one; None in a workbook."""

    def close(self) -> None:
        """Close the file."""


def unique_names(header: list[str]) -> list[str]:
    """Return the header's names; a name that repeats gets the suffix `#1`, `#2`.

    >>> unique_names(["id", " note", "note", ""])
    ['id', 'note#1', 'note#2', 'column 4']
    """
    names = [cell_content(name.strip().replace("\ufeff", "").strip()).strip() for name in header]
    names = [name or f"column {number}" for number, name in enumerate(names, 1)]
    repeated = {name for name, count in Counter(names).items() if count > 1}
    counts: Counter[str] = Counter()
    unique = []
    for name in names:
        counts[name] += 1
        unique.append(f"{name}#{counts[name]}" if name in repeated else name)
    return unique


def cell_content(cell: str) -> str:
    """Return the content of a cell that is written as a formula of one text.

    >>> cell_content('="0012345"'), cell_content('="a 5"" disk"'), cell_content("=A1")
    ('0012345', 'a 5" disk', '=A1')
    """
    if cell[:1] != "=" or _TEXT_FORMULA.fullmatch(cell) is None:
        return cell
    return cell[2:-1].replace('""', '"')


def first_row(options: FileOptions) -> int:
    """Return the number of the header row."""
    return options.header_row or 1


def checked_header(header: list[str], path: Path, options: FileOptions) -> list[str]:
    """Return the unique names of a header; raises `ImportFailed` for an empty or too wide one."""
    if not any(header):
        raise ImportFailed(f"row {first_row(options)} of {path} is not a header: it is empty")
    if len(header) > COLUMNS_MAX:
        raise ImportFailed(f"{path} has {len(header)} columns; at most {COLUMNS_MAX} are read")
    return unique_names(header)


def is_blank(cells: list[str]) -> bool:
    r"""Return whether a row has only spaces, or the mark that ended files of DOS.

    >>> is_blank(["  ", "\xa0"]), is_blank(["\x1a"]), is_blank(["", "0"])
    (True, True, False)
    """
    return not any(cell.strip().strip("\x1a") for cell in cells)


def unreadable(cells: list[str]) -> RowError | None:
    """Return an error if the row has NUL bytes, else None."""
    if "\0" in "".join(cells):
        return RowError("the row", "a NUL byte, or a line of over a million characters")
    return None
