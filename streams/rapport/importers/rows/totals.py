"""Rows of totals: they sum other rows, and are none themselves."""

import re
from typing import Final

from rapport.importers.mapping.columns import Cells, Column, Header
from rapport.importers.rows.header_rows import row_text

REASON: Final = "a row of totals"
FOOTER: Final = "a line below the rows that says how the report was made"
CELLS_MAX: Final = 4
"""A row of totals has a word and some sums; a row with more cells is a record."""
_DATES: Final = re.compile(r".*_(at|on)")
_IDS: Final = re.compile(r"id\.columns")
_WORD: Final = re.compile(
    r"(grand|sub|overall|report|column|eind|gesamt)?[ -]?"
    r"(totals?|totaal|totalen|summe|somme|total général|gesamt|som)[:.]?",
    re.IGNORECASE,
)


_SUM: Final = re.compile(rf"({_WORD.pattern})\s*\W?\d[\d.,]*\W?", re.IGNORECASE)
"""A word for a total with the number in the same cell."""
_MADE: Final = re.compile(
    r"(report |rapport )?(generated|exported|created|printed|downloaded|run|gegenereerd"
    r"|geëxporteerd|aangemaakt|afgedrukt|gemaakt|erstellt|exportiert|generiert|gedruckt"
    r"|généré|exporté) (on|at|by|op|door|am|von|le|par)\b.*"
    r"|(page|pagina|seite) \d+( (of|van|von) \d+)?",
    re.IGNORECASE,
)
"""A footer of a report: who made it and when, or its page."""
_DATE: Final = re.compile(r"\d+\D+\d.*|\d{5,}([.,]\d+)?")
"""What may be a date: two numbers, or one of five digits, which counts days or seconds."""


class Totals:
    """Recognizes rows of totals; a row with an id or a date of its own is a record."""

    def __init__(self, header: Header) -> None:
        self._dates = header.bound(_DATES)
        self._ids = header.bound(_IDS)
        self._numbers = header.bound_alone("id.content")

    def reason(self, row: Cells) -> str | None:
        """Return why a row is none of the records: it sums them, or ends the report."""
        reason = seeming_reason(row)
        return None if reason == REASON and self._is_record(row) else reason

    def _is_record(self, row: Cells) -> bool:
        """Return whether a row has an id or a date; a count may stand below a column of numbers.

        A total counts the numbers of a ledger in the row that has the word for a date.
        """
        dates, ids = _texts(self._dates, row), _texts(self._ids, row)
        if any(map(is_total, [*dates, *ids])):
            dates = [text for text in dates if is_total(text) or _DATE.fullmatch(text)]
        numbers = [] if any(map(is_total, dates)) else _texts(self._numbers, row)
        return not all(map(is_total, [*dates, *ids, *numbers]))


def seeming_reason(row: Cells) -> str | None:
    """Return why a row looks like none of the records, by its cells alone."""
    cells = [cell.strip() for cell in row.values() if cell.strip()]
    if len(cells) == 1 and _MADE.fullmatch(cells[0]):
        return FOOTER
    return REASON if len(cells) <= CELLS_MAX and any(map(is_total, cells)) else None


def is_word(text: str) -> bool:
    """Return whether a text is only a word for a total.

    >>> is_word("Grand total:"), is_word("Total Energies")
    (True, False)
    """
    return _WORD.fullmatch(text) is not None


def is_total(text: str) -> bool:
    """Return whether a text is a word for a total, or one with its number.

    >>> is_total("Total: 3"), is_total("Totaal 1.210,00"), is_total("Total 3 Energies")
    (True, True, False)
    """
    return is_word(text) or _SUM.fullmatch(text) is not None


def _texts(columns: list[Column], row: Cells) -> list[str]:
    return [text for column in columns if (text := row_text(column, row))]
