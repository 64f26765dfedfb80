"""Rows of totals: they sum other rows, and are none themselves."""

import re
from typing import Final

from rapport.importers.mapping.columns import Cells, Column, Header
from rapport.importers.rows.header_rows import row_text

REASON: Final = "a row of totals"
CELLS_MAX: Final = 4
"""A row of totals has a word and some sums; a row with more cells is a record."""
_DATES: Final = re.compile(r".*_(at|on)")
_IDS: Final = re.compile(r"id\.columns")
_WORD: Final = re.compile(
    r"(grand|sub|overall|report|column|eind|gesamt)?[ -]?"
    r"(totals?|totaal|totalen|summe|somme|total général|gesamt|som)[:.]?",
    re.IGNORECASE,
)


class Totals:
    """Recognizes rows of totals; a row with an id or a date of its own is a record."""

    def __init__(self, header: Header) -> None:
        self._dates = header.bound(_DATES)
        self._ids = header.bound(_IDS)
        self._numbers = header.bound_alone("id.content")

    def has(self, row: Cells) -> bool:
        """Return whether a row is one of totals: few cells, one of them only the word."""
        cells = [cell.strip() for cell in row.values() if cell.strip()]
        if len(cells) > CELLS_MAX or not any(map(is_word, cells)):
            return False
        return not self._is_record(row)

    def _is_record(self, row: Cells) -> bool:
        """Return whether a row has an id or a date; a count may stand below a column of numbers.

        A total counts the numbers of a ledger in the row that has the word for a date.
        """
        dates, ids = _texts(self._dates, row), _texts(self._ids, row)
        numbers = [] if any(map(is_word, dates)) else _texts(self._numbers, row)
        return not all(map(is_word, [*dates, *ids, *numbers]))


def is_word(text: str) -> bool:
    """Return whether a text is only a word for a total.

    >>> is_word("Grand total:"), is_word("Total Energies")
    (True, False)
    """
    return _WORD.fullmatch(text) is not None


def _texts(columns: list[Column], row: Cells) -> list[str]:
    return [text for column in columns if (text := row_text(column, row))]
