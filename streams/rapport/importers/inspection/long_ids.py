"""Whether a spreadsheet wrote zeros over the ends of long ids.

A spreadsheet keeps 15 digits of a number. Saved as CSV, ids of 17 digits then all end in 00. One
such id may be true; if all are so, they were shortened.
"""

from collections.abc import Iterator
from typing import Final

from rapport.importers.errors import RowError
from rapport.importers.inspection.doubt import Check, Doubt, Example
from rapport.importers.mapping.columns import Cells, Column, Header
from rapport.importers.mapping.schema import Mapping

KEPT_DIGITS: Final = 15
ZEROS_MIN: Final = 4
"""So many zeros beyond the digits that are kept come about by chance in one file of 10,000."""
SEEN_MAX: Final = 100


class LongIdCheck(Check):
    """The long ids of one column."""

    def __init__(self, column: Column, *, is_log: bool) -> None:
        self._column = column
        self._is_log = is_log
        self._seen: set[str] = set()
        self._first: Example | None = None
        self._rows = 0
        self._zeros = 0
        self._is_exact = False

    def see(self, line: int, cells: Cells) -> None:
        """Count the zeros at the end of a row's id."""
        try:
            found = self._column.found(cells)
        except RowError:
            return
        if found is None or len(found[1]) <= KEPT_DIGITS or not found[1].isdigit():
            return
        name, text = found
        beyond = text[KEPT_DIGITS:]
        if beyond.strip("0"):
            self._is_exact = True
        elif self._counts(text):
            self._first = self._first or Example(line, name, text)
            self._rows += 1
            self._zeros += len(beyond)

    def _counts(self, text: str) -> bool:
        """Return whether an id counts: in a log of tickets each id counts once."""
        if not self._is_log:
            return True
        is_new = text not in self._seen and len(self._seen) < SEEN_MAX
        if is_new:
            self._seen.add(text)
        return is_new

    def doubts(self) -> Iterator[Doubt]:
        """Yield a doubt if every long id ends in zeros."""
        if self._first is not None and not self._is_exact and self._zeros >= ZEROS_MIN:
            readings = ("the whole id", "an id of which a spreadsheet kept 15 digits")
            settle = "export the ids as text, or say `exact = true` under [id]"
            yield Doubt(*self._first, readings, settle, self._rows)


def long_id_checks(mapping: Mapping, header: Header) -> list[LongIdCheck]:
    """Return a check for every column of a mapping's ids."""
    names = [] if mapping.id.exact else mapping.id.columns
    columns = [header.find_any(one, "id.columns") for one in names]
    return [LongIdCheck(column, is_log=mapping.is_log) for column in columns]
