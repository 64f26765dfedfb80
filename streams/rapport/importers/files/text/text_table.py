"""The base of the tables of text formats: the file, its progress and its count of rows."""

from pathlib import Path
from typing import TYPE_CHECKING

from rapport.importers.files.text.text_file import TextFile
from rapport.importers.mapping.schema import FileOptions

if TYPE_CHECKING:
    from rapport.importers.files.headers import OtherSheet


class TextTable:
    """The part that all text formats have in common."""

    typed_dates = False
    sheet: str | None = None

    def __init__(self, path: Path, options: FileOptions) -> None:
        self.file = TextFile(path, options.encoding)
        self.bytes_total = self.file.bytes_total
        self.sheets_passed_over: list[OtherSheet] = []
        self.lines_without_row = 0
        """Lines of titles, of the header, blank ones, and further lines of a row."""
        self.at_end = False

    @property
    def bytes_read(self) -> int:
        """The bytes of the file on disk that were read so far."""
        return self.file.bytes_read

    @property
    def rows_counted(self) -> int | None:
        """The lines in the raw bytes, without those that begin no row; None before the end."""
        return self.file.lines_counted - self.lines_without_row if self.at_end else None

    @property
    def more_rows(self) -> str | None:
        """What says that the export has more rows than the file; None where nothing can."""
        return None

    @property
    def encoding(self) -> str | None:
        """The encoding of the file, with the number of lines that have another one."""
        lines = self.file.lines_as_cp1252
        count = "1 line is not, and was" if lines == 1 else f"{lines} lines are not, and were"
        return self.file.encoding + (f"; {count} read as cp1252" if lines else "")

    def close(self) -> None:
        """Close the file."""
        self.file.close()
