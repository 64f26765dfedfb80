"""The first rows of a file, as a guess looks at them."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from rapport.importers.files.csv_json import Cells
from rapport.importers.mapping.columns import plain

MISSING: Final = ("?", "n/a", "null", "none", "-", "(empty)")


@dataclass(slots=True)
class Sample:
    """The header and first rows of a file."""

    header: list[str]
    rows: list[Cells]
    options: dict[str, Any]
    notes: list[str] = field(default_factory=list)

    def find(self, names: Sequence[str]) -> str | None:
        """Return the column that goes by one of these names, the best name first."""
        return next(iter(self.find_all(names)), None)

    def find_all(self, names: Sequence[str]) -> list[str]:
        """Return every column that goes by one of these names, the best name first."""
        keys = {plain(name): name for name in reversed(self.header)}
        return [keys[name] for name in names if name in keys]

    def values(self, column: str) -> list[str]:
        """Return a column's values that are there."""
        found = (row.get(column, "").strip() for row in self.rows)
        return [value for value in found if value and value.casefold() not in MISSING]

    def needed(self, names: Sequence[str], what: str) -> str:
        """Return the column that goes by one of these names, or a mark to fill in, with a note."""
        column = self.find(names)
        if column is None:
            self.notes.append(f"no column looks like {what}: put its name in place of CHANGE-ME")
        return column or "CHANGE-ME"
