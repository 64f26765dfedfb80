"""Row filters: rows that a mapping skips on purpose, such as drafts and previews."""

from rapport.importers.mapping.columns import Cells, Column, Header


class SkippedRow(Exception):  # noqa: N818 # an outcome of the row; not an error
    """A row is skipped; the summary counts the `reason`."""

    def __init__(self, reason: str) -> None:
        self.reason = reason
        super().__init__(reason)


class RowFilter:
    """The table `[skip]` of a mapping, bound to a file; an absent column skips nothing."""

    def __init__(self, skip: dict[str, list[str]], header: Header) -> None:
        self._columns: list[tuple[Column, str, frozenset[str]]] = []
        for name, values in skip.items():
            column = header.find_any([name], f"skip.{name}")
            if column.names:
                folded = frozenset(value.casefold() for value in values)
                self._columns.append((column, name, folded))

    def check(self, row: Cells) -> None:
        """Raise `SkippedRow` for a row that the mapping skips."""
        for column, name, values in self._columns:
            text = (column.text(row) or "").casefold()
            if text in values:
                raise SkippedRow(f"{name} is {text or 'empty'}")
