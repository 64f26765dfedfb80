"""The sample from which a mapping is inferred: the first rows of a file."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from rapport.importers.mapping.columns import Cells, plain

MISSING: Final = ("?", "n/a", "null", "none", "-", "(empty)")


@dataclass(slots=True)
class Sample:
    """The header and first rows of a file."""

    header: list[str]
    rows: list[Cells]
    options: dict[str, Any]
    notes: list[str] = field(default_factory=list)

    def find(self, names: Sequence[str]) -> str | None:
        """Return the first column with one of these names, in order of preference."""
        return next(iter(self.find_all(names)), None)

    def find_all(self, names: Sequence[str]) -> list[str]:
        """Return every column with one of these names, in order of preference."""
        keys = {plain(name): name for name in reversed(self.header)}
        return [keys[name] for name in names if name in keys]

    def values(self, column: str) -> list[str]:
        """Return the values of a column that are not empty."""
        cells = (row.get(column, "").strip() for row in self.rows)
        return [value for value in cells if value and value.casefold() not in MISSING]

    def needed(self, names: Sequence[str], what: str) -> str:
        """Return a column with one of these names, or a placeholder with a note."""
        column = self.find(names)
        if column is None:
            self.notes.append(f"no column looks like {what}: put its name in place of CHANGE-ME")
        return column or "CHANGE-ME"
