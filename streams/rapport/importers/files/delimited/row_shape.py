"""The shape of a file's rows: tells a row from a line that only looks like one.

A cell with line breaks may hold text that has as many delimiters as a row. Columns of numbers,
dates and codes have few shapes (`9-9-9 9:9`), so a line of prose is not taken for a row.
"""

import csv
import re
from collections.abc import Sequence
from typing import Final

from rapport.importers.files.delimited.dialect import Dialect

LEARNED_MIN: Final = 3
"""Fewer rows say nothing about the shape of the others."""
SHAPES_MAX: Final = 3
"""A column with more shapes is free text."""
CELL_CHARACTERS_MAX: Final = 64
_DIGITS: Final = re.compile(r"\d+")
_LETTERS: Final = re.compile(r"[^\W\d_]+")


def shape(cell: str) -> str:
    """Return the shape of a cell: each number is a 9, each word an a.

    >>> shape("2026-03-02 09:15"), shape("INC0012"), shape("2 - High")
    ('9-9-9 9:9', 'a9', '9 - a')
    """
    return _LETTERS.sub("a", _DIGITS.sub("9", cell.strip()[:CELL_CHARACTERS_MAX]))


def line_cells(line: str, dialect: Dialect) -> list[str]:
    """Return the cells of a line by itself; a quote without a partner is a letter."""
    text = line.rstrip("\r\n")
    try:
        reader = csv.reader(
            [text], delimiter=dialect.delimiter, quotechar=dialect.quote, strict=True
        )
        return next(reader, [])
    except csv.Error:
        return literal_cells(text, dialect)[0]


def literal_cells(text: str, dialect: Dialect) -> tuple[list[str], bool]:
    """Return the cells of a line where quotes in a quoted cell are letters, and if all close.

    >>> literal_cells('7,"a 5" disk, new",x', Dialect(","))
    (['7', 'a 5" disk, new', 'x'], True)
    >>> literal_cells('7,"says: no,x', Dialect(","))
    (['7', '"says: no', 'x'], False)
    """
    delimiter, quote = dialect
    cells: list[str] = []
    parts = text.split(delimiter)
    last_close = max((i for i, part in enumerate(parts) if part[-1:] == quote), default=-1)
    all_close = True
    start = 0
    while start < len(parts):
        end = _closing(parts, start, last_close, quote) if parts[start][:1] == quote else start
        cell = delimiter.join(parts[start : end + 1])
        is_quoted = len(cell) > 1 and cell[0] == cell[-1] == quote
        all_close = all_close and (is_quoted or cell[:1] != quote)
        cells.append(cell[1:-1].replace(quote * 2, quote) if is_quoted else cell)
        start = end + 1
    return cells, all_close


def _closing(parts: list[str], start: int, last_close: int, quote: str) -> int:
    """Return the part that closes a cell; the first part itself if none does."""
    for end in range(start, last_close + 1):
        if parts[end][-1:] == quote and (end > start or len(parts[end]) > 1):
            return end
    return start


class RowShape:
    """What is known of a file's rows: their number of cells, and the shapes of each column."""

    def __init__(self, dialect: Dialect, columns: int, rows: Sequence[list[str]] = ()) -> None:
        self.columns = columns
        self._dialect = dialect
        self._shapes = _column_shapes(columns, rows) if len(rows) >= LEARNED_MIN else {}

    def fits(self, line: str) -> bool:
        """Return whether a line by itself could be a row of the file."""
        cells = line_cells(line, self._dialect)
        if self.columns == 1 or len(cells) > self.columns or not any(map(str.strip, cells)):
            return False
        matches, others = self._compare(cells)
        if len(cells) == self.columns:
            return matches >= others
        return matches > max(1, others)

    def agrees(self, cells: list[str]) -> bool:
        """Return whether the first cells of a row have the shapes of their columns."""
        return not self._compare(cells)[1]

    def _compare(self, cells: list[str]) -> tuple[int, int]:
        """Return how many cells have a shape of their column, and how many have another."""
        known = [
            shape(cell) in self._shapes[column]
            for column, cell in enumerate(cells)
            if column in self._shapes and cell.strip()
        ]
        return sum(known), len(known) - sum(known)


def _column_shapes(columns: int, rows: Sequence[list[str]]) -> dict[int, set[str]]:
    """Return the shapes of the columns that have few, each with a digit in it."""
    found: dict[int, set[str]] = {}
    for column in range(columns):
        shapes = {shape(row[column]) for row in rows if row[column].strip()}
        if shapes and len(shapes) <= SHAPES_MAX and all("9" in one for one in shapes):
            found[column] = shapes
    return found
