"""The clients of a row, as keys."""

from typing import Final

from rapport.domain.text_key import slug
from rapport.importers.errors import RowError, excerpt
from rapport.importers.mapping.cells import Cell
from rapport.importers.mapping.columns import Cells, Header, TypedDate
from rapport.importers.mapping.list_cell import ListOfValues
from rapport.importers.mapping.schema import ClientOptions, Scalar
from rapport.importers.rows.row_filters import SkippedRow

NAMELESS: Final = "-"
NO_CLIENT: Final = "no client took part"


class ClientCell:
    """The client of a row, or each client of a row with several."""

    def __init__(self, options: ClientOptions, header: Header) -> None:
        self._cell = Cell(options, header, "client")
        self._each = ListOfValues(options, header, "client") if options.each else None
        self._parts = (
            [header.find([name], "client") for name in options.column] if options.join else []
        )

    def of(self, row: Cells) -> list[str]:
        """Return the keys; raises `RowError` or `SkippedRow` for a row without a client."""
        if self._each is not None:
            keys = [_key(text) for text in self._each.texts(row)]
            if not keys:
                raise SkippedRow(NO_CLIENT)
            return list(dict.fromkeys(keys))
        name = " ".join([part.text(row) or "" for part in self._parts]).strip()
        return [_key(name or _no_date(self._cell.needed(row)))]


def _no_date(name: Scalar) -> str:
    """Return the name of a client; raises `RowError` for one that a spreadsheet made a date."""
    if isinstance(name, TypedDate):
        raise RowError("client", f"{name}: a spreadsheet made a date of it; export it as text")
    return str(name)


def _key(name: str) -> str:
    key = slug(name)
    if key == NAMELESS:
        raise RowError("client", f"{excerpt(name)} has no letter or digit; see client.values")
    return key
