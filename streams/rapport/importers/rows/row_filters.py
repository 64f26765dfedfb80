"""Rows that a mapping leaves out on purpose: previews, drafts, answers that were not sent."""

from rapport.importers.files.csv_json import Cells
from rapport.importers.mapping.columns import Column, Header


class SkippedRow(Exception):  # noqa: N818 # says what became of the row; it is no error
    """A row is left out; `why` is counted in the summary."""

    def __init__(self, why: str) -> None:
        self.why = why
        super().__init__(why)


class RowFilter:
    """The table `[skip]` of a mapping, bound to a file; columns that are not there skip nothing."""

    def __init__(self, skip: dict[str, list[str]], header: Header) -> None:
        self._columns: list[tuple[Column, str, frozenset[str]]] = []
        for name, values in skip.items():
            column = header.find_any([name], f"skip.{name}")
            if column.names:
                folded = frozenset(value.casefold() for value in values)
                self._columns.append((column, name, folded))

    def check(self, row: Cells) -> None:
        """Raise `LeftOut` for a row that the mapping skips."""
        for column, name, values in self._columns:
            text = (column.text(row) or "").casefold()
            if text in values:
                raise SkippedRow(f"{name} is {text or 'empty'}")
