"""Rows below the header that repeat it: the texts of questions, or the import ids of Qualtrics."""

from typing import Final, Protocol

from rapport.importers.errors import RowError
from rapport.importers.files.table import Row
from rapport.importers.mapping.columns import Cells, Column

IMPORT_ID: Final = '{"ImportId"'
SURVEY_ROWS: Final = 2
"""Qualtrics has two such rows, SurveyMonkey and a legacy export of Qualtrics have one."""
REASON: Final = "a header row below the names"


class ReadsRows(Protocol):
    """The fields of a kind, as far as a header row is told from data by them."""

    def is_blank(self, row: Cells) -> bool:
        """Whether a row has neither a date nor a value that can be read."""


class HeaderRows:
    """Recognizes header rows among the first rows; a row that reads as data is data."""

    def __init__(self, rows_max: int, fields: ReadsRows) -> None:
        self._left = rows_max
        self._fields = fields

    def has(self, row: Row) -> bool:
        """Return whether the next row of the file is a header row."""
        if self._left == 0:
            return False
        self._left -= 1
        if isinstance(row.cells, RowError):
            return False
        is_header = has_import_id(row.cells) or self._fields.is_blank(row.cells)
        if not is_header:
            self._left = 0
        return is_header


def has_import_id(row: Cells) -> bool:
    """Return whether a row has the import ids of Qualtrics.

    >>> has_import_id({"Q1": '{"ImportId":"QID1"}'}), has_import_id({"Q1": "4"})
    (True, False)
    """
    return any(cell.lstrip().startswith(IMPORT_ID) for cell in row.values())


def row_text(column: Column, row: Cells) -> str | None:
    """Return the text of a column; None without one, and for an error of the spreadsheet."""
    try:
        return column.text(row)
    except RowError:
        return None


def has_digit(text: str | None) -> bool:
    """Return whether a text has a digit: no date is without one."""
    return any(character.isdigit() for character in text or "")
