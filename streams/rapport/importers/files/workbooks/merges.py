"""Merged cells: a value that stands once and that people see on several rows."""

from collections.abc import Iterator
from typing import Final, NamedTuple

from rapport.importers.files.table import COLUMNS_MAX
from rapport.importers.mapping.columns import MERGED

CELLS_OF_NO_ROW: Final[dict[int, str]] = {}


class Merge(NamedTuple):
    """The rows, from 1, and the columns, from 0, of one merged cell; its value is in the first."""

    first_row: int
    last_row: int
    first_column: int
    last_column: int


class OpenMerges:
    """The merged cells with a value that began above the current row."""

    def __init__(self) -> None:
        self._open: list[Merge] = []

    def add(self, merge: Merge) -> None:
        """Add a merged cell that has a value and ends below its first row."""
        self._open.append(merge)

    def texts(self, row: int) -> dict[int, str]:
        """Return the columns of a row that a merged cell covers, each with its mark."""
        if not self._open:
            return CELLS_OF_NO_ROW
        self._open = [merge for merge in self._open if merge.last_row >= row]
        return dict.fromkeys(self._columns(), MERGED)

    def _columns(self) -> Iterator[int]:
        for merge in self._open:
            yield from range(merge.first_column, min(merge.last_column, COLUMNS_MAX) + 1)
