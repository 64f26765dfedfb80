"""Several values in one row: from several columns, and from cells that are split."""

import re
from collections.abc import Iterator

from rapport.importers.errors import RowError
from rapport.importers.mapping.cells import Values
from rapport.importers.mapping.columns import Cells, Column, Header
from rapport.importers.mapping.schema import ListOptions


class ListOfValues:
    """A field with several values, bound to a file."""

    def __init__(
        self, options: ListOptions, header: Header, path: str, *, optional: bool = False
    ) -> None:
        self.path = path
        self._options = options
        self._values = Values(options.values)
        optional = optional or options.default is not None or options.constant is not None
        found = (header.find_any if optional else header.find)(options.column, path).names
        self._columns: list[Column] = [header.find_any([name], path) for name in found]
        self._split = (
            re.compile(f"[{re.escape(options.separators)}]") if options.separators else None
        )

    def texts(self, row: Cells) -> list[str]:
        """Return the meanings of all values, each once, in their order; raises `RowError`."""
        constant, default = self._options.constant, self._options.default
        if constant is not None:
            return [str(constant)]
        found = [meaning for text in self._cells(row) if (meaning := self._meaning(text))]
        if not found and default not in (None, ""):
            return [str(default)]
        return list(dict.fromkeys(found))

    def _cells(self, row: Cells) -> Iterator[str]:
        for column in self._columns:
            text = column.text(row)
            if text is not None:
                parts = self._split.split(text) if self._split else [text]
                yield from (part.strip() for part in parts if part.strip())

    def _meaning(self, text: str) -> str | None:
        try:
            return str(self._values.of(text, self.path))
        except RowError:
            if self._options.others == "ignore":
                return None
            raise


def optional_list(options: ListOptions | None, header: Header, path: str) -> ListOfValues | None:
    """Return a list that is optional in the mapping."""
    return None if options is None else ListOfValues(options, header, path, optional=True)
