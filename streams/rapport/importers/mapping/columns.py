"""Finds a mapping's columns in a header, whatever their case and spacing."""

import difflib
from collections.abc import Sequence

from rapport.domain.text_key import slug
from rapport.importers.errors import ImportFailed, RowError
from rapport.importers.files.csv_json import Cells
from rapport.importers.files.xlsx import ERRORS


class Header:
    """The columns of one file, and what its empty cells look like."""

    def __init__(self, names: Sequence[str], missing: Sequence[str]) -> None:
        self.names = list(names)
        self._by_key: dict[str, str] = {}
        for name in names:
            self._by_key.setdefault(plain(name), name)
        self._missing = frozenset({"", *(value.casefold() for value in missing)})

    def find(self, wanted: Sequence[str], field: str) -> "Column":
        """Return the column of a field; raises `ImportFailed` when none of its names is there."""
        column = self.find_any(wanted, field)
        if not column.names:
            raise ImportFailed(
                f"{field} wants the column {' or '.join(map(repr, wanted))}, which is not there"
                f"{self._hint(wanted)}; the columns are {', '.join(map(repr, self.names[:60]))}"
            )
        return column

    def find_any(self, wanted: Sequence[str], field: str) -> "Column":
        """Return the column of a field that a file may leave out."""
        found = [self._by_key[key] for key in map(plain, wanted) if key in self._by_key]
        if not found:
            self._refuse_twins(wanted, field)
        return Column(field, tuple(dict.fromkeys(found)), self._missing)

    def _refuse_twins(self, wanted: Sequence[str], field: str) -> None:
        keys = {plain(name) for name in wanted}
        twins = [name for name in self.names if "#" in name and plain(name.split("#")[0]) in keys]
        if twins:
            raise ImportFailed(
                f"{field}: the header has this column {len(twins)} times; say which one: "
                f"{' or '.join(map(repr, twins[:5]))}"
            )

    def _hint(self, wanted: Sequence[str]) -> str:
        keys = {plain(name): name for name in self.names}
        for name in wanted:
            near = difflib.get_close_matches(plain(name), keys, 1, 0.6)
            if near:
                return f"; did you mean {keys[near[0]]!r}?"
        return ""


def plain(name: str) -> str:
    """Return a column's name as it is compared.

    >>> plain("Opened  at"), plain("opened_at"), plain("Vestiging#2")
    ('opened-at', 'opened-at', 'vestiging#2')
    """
    head, mark, number = name.partition("#")
    key = slug(head)
    return f"{key if key != '-' else head.strip().casefold()}{mark}{number.strip()}"


class Column:
    """One field's columns in a file: the first that has a value in a row counts."""

    __slots__ = ("_missing", "names", "path")

    def __init__(self, field: str, names: tuple[str, ...], missing: frozenset[str]) -> None:
        self.path = field
        self.names = names
        self._missing = missing

    def text(self, row: Cells) -> str | None:
        """Return the value of a row, or None; raises `Refused` for a spreadsheet's error."""
        for name in self.names:
            value = row.get(name)
            if value and (value := value.strip()).casefold() not in self._missing:
                if value in ERRORS:
                    raise RowError(self.path, f"{value} in {name!r} is an error of the spreadsheet")
                return value
        return None

    def needed(self, row: Cells) -> str:
        """Return the value of a row; raises `Refused` when there is none."""
        value = self.text(row)
        if value is None:
            raise RowError(self.path, f"{' and '.join(map(repr, self.names))}: no value")
        return value
