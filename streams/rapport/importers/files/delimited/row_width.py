"""The number of cells of a row: a delimiter that is not quoted moves the values to the right."""

import re
from collections import Counter
from collections.abc import Sequence
from itertools import pairwise
from typing import Final

from rapport.importers.errors import excerpt
from rapport.importers.files.delimited.dialect import Dialect
from rapport.importers.files.delimited.row_shape import RowShape, line_cells
from rapport.importers.files.table import is_blank

_BEFORE_A_COMMA: Final = re.compile(r"[^\w.,;:/]{0,2}[0-9]{1,3}")
_AFTER_A_COMMA: Final = re.compile(r"([0-9]{2}|[0-9]{3}(\.[0-9]{1,2})?)[^\w.,;:/]{0,2}")


TRIMMED_MIN: Final = 3
"""So many narrow rows of one width are no accident among full ones."""


class RowWidth:
    """What is known of the width of a file's rows: the header's, and that of most rows."""

    def __init__(self, header: Sequence[str], dialect: Dialect, lines: Sequence[str]) -> None:
        self._columns = len(header)
        self._named = max((n for n, name in enumerate(header, 1) if name.strip()), default=0)
        self._delimiter = dialect.delimiter
        rows = [cells for line in lines if not is_blank(cells := line_cells(line, dialect))]
        widths = Counter(map(len, rows))
        usual = max(widths, key=lambda width: (widths[width], -width), default=0)
        self._usual = max(self._columns, usual)
        full = [cells[: self._columns] for cells in rows if len(cells) >= self._columns]
        self._shape = RowShape(dialect, self._columns, full)
        narrow = {width: count for width, count in widths.items() if 1 < width < self._named}
        self._trimmed = next(iter(narrow)) if len(narrow) == 1 else 0
        """The one width of all rows that are narrower than the header; 0 if they have several."""
        if full and sum(narrow.values()) < TRIMMED_MIN:
            self._trimmed = 0
        self._read_to = self._columns

    def read_to(self, columns: int) -> None:
        """Set the number of columns up to the last one that is read."""
        self._read_to = columns

    def problem(self, cells: list[str]) -> str | None:
        """Return why the values of a row may not belong to their columns; None if they do."""
        if len(cells) < self._named:
            return self._too_narrow(cells)
        return None if len(cells) == self._named else self._too_wide(cells)

    def _too_wide(self, cells: list[str]) -> str | None:
        """Return why a row has values beyond the columns with a name."""
        question = f"is a {self._delimiter!r} not quoted?"
        counts = f"{len(cells)} cells, but the header has {self._columns}"
        if any(cells[self._columns :]):
            return f"{counts}; {question}"
        for text in cells[self._named :]:
            if text.strip():
                return (
                    f"{excerpt(text)} is in a column without a name; {question} If not, give the "
                    "column a name in the header"
                )
        if len(cells) > self._usual:
            return f"{counts} and most rows have {self._usual}; {question}"
        if len(cells) > self._columns and self._has_split_number(cells):
            return (
                f"{counts}; {question} If not, end the header with a {self._delimiter!r} as the "
                "rows do"
            )
        return None

    def _too_narrow(self, cells: list[str]) -> str | None:
        """Return why a row with too few cells is not read; None if only empty ones are left out.

        An exporter that leaves out the last cells does so in many rows, and in all of them alike.
        """
        is_trimmed = len(cells) == self._trimmed and len(cells) >= self._read_to
        if is_trimmed and self._shape.agrees(cells):
            return None
        return (
            f"{len(cells)} cells, but the header has {self._columns}; is a {self._delimiter!r} "
            "missing? Cells that are empty need one too"
        )

    def _has_split_number(self, cells: list[str]) -> bool:
        """Return whether two cells side by side read as one number, such as 1 and 250.00."""
        return self._delimiter == "," and any(
            _BEFORE_A_COMMA.fullmatch(left.strip()) and _AFTER_A_COMMA.fullmatch(right)
            for left, right in pairwise(cells)
        )
