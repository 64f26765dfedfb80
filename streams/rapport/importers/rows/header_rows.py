"""Rows below the header that repeat it: the texts of questions, or the import ids of Qualtrics."""

import re
from typing import Final, Protocol

from rapport.importers.errors import RowError
from rapport.importers.files.table import Row
from rapport.importers.mapping.columns import Cells, Column, Header

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

    def __init__(self, rows_max: int, fields: ReadsRows, header: Header) -> None:
        self._left = rows_max
        self._fields = fields
        self._ids = header.bound(re.compile(r"id\.columns"))

    def has(self, row: Row) -> bool:
        """Return whether the next row of the file is a header row."""
        if self._left == 0:
            return False
        self._left -= 1
        if isinstance(row.cells, RowError):
            return False
        is_header = has_import_id(row.cells) or (
            self._fields.is_blank(row.cells) and not self._has_id(row.cells)
        )
        if not is_header:
            self._left = 0
        return is_header

    def _has_id(self, row: Cells) -> bool:
        """Return whether a row has an id, and no label of its column."""
        texts = [(column, row_text(column, row)) for column in self._ids]
        return any(is_id(text, column.names[0]) for column, text in texts if text)


def has_import_id(row: Cells) -> bool:
    """Return whether a row has the import ids of Qualtrics.

    >>> has_import_id({"Q1": '{"ImportId":"QID1"}'}), has_import_id({"Q1": "4"})
    (True, False)
    """
    return any(cell.lstrip().startswith(IMPORT_ID) for cell in row.values())


def is_id(text: str, name: str) -> bool:
    """Return whether a text in a column of ids is one: a label repeats the name, or has no digit.

    >>> is_id("1", "id"), is_id("R_abcDEF", "ResponseId"), is_id("Response ID", "ResponseId")
    (True, True, False)
    >>> is_id("Antwoord-ID", "id"), is_id("Q1", "Q1")
    (False, False)
    """
    if _letters(text) == _letters(name):
        return False
    return has_digit(text) or "_" in text


def _letters(text: str) -> str:
    return "".join(filter(str.isalnum, text)).casefold()


def row_text(column: Column, row: Cells) -> str | None:
    """Return the text of a column; None without one, and for an error of the spreadsheet."""
    try:
        return column.text(row)
    except RowError:
        return None


def has_digit(text: str | None) -> bool:
    """Return whether a text has a digit: no date is without one."""
    return any(character.isdigit() for character in text or "")
