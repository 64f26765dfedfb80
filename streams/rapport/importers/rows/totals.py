"""Rows of totals: they sum other rows, and are none themselves."""

import re
from typing import Final

from rapport.importers.mapping.columns import Cells

REASON: Final = "a row of totals"
CELLS_MAX: Final = 4
"""A row of totals has a word and some sums; a row with more cells is a record."""
_WORD: Final = re.compile(
    r"(grand|sub|overall|report|column|eind|gesamt)?[ -]?"
    r"(totals?|totaal|totalen|summe|somme|total général|gesamt|som)[:.]?",
    re.IGNORECASE,
)


def is_totals(row: Cells) -> bool:
    """Return whether a row is one of totals: few cells, one of them only the word.

    >>> is_totals({"Date": "Total", "Supplier": "", "Amount": "30.00"})
    True
    >>> is_totals({"Date": "", "Supplier": "Total Energies", "Amount": "30.00"})
    False
    """
    cells = [cell.strip() for cell in row.values() if cell.strip()]
    return len(cells) <= CELLS_MAX and any(_WORD.fullmatch(cell) for cell in cells)
