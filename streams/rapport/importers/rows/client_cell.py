"""The clients of a row, as keys."""

import re
import unicodedata
from typing import Final

from rapport.domain.events.text_key import slug
from rapport.importers.errors import RowError, excerpt
from rapport.importers.mapping.cells import Cell
from rapport.importers.mapping.columns import Cells, Header, TypedDate
from rapport.importers.mapping.list_cell import ListOfValues
from rapport.importers.mapping.schema import ClientOptions, Scalar
from rapport.importers.rows.row_filters import SkippedRow

NAMELESS: Final = "-"
NO_CLIENT: Final = "no client took part"
LATIN: Final = str.maketrans(
    {
        "ø": "o",
        "æ": "ae",
        "œ": "oe",
        "ß": "ss",
        "ł": "l",
        "đ": "d",
        "ð": "d",
        "þ": "th",
        "\u0131": "i",
    }
)
"""Letters with a usual form in a to z that Unicode does not take apart."""
ACCENTS: Final = re.compile("([a-z])[\u0300-\u036f]+")
BETWEEN: Final = re.compile(r"(?<=\w)([+#]+)(?!\w)|(?:[^\w\u0300-\u036f]|_)+")
"""What a key has a hyphen for; `+` and `#` behind a word are a part of it: C++, C#."""


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
        return list(dict.fromkeys(client_key(name) for name in self.names(row)))

    def names(self, row: Cells) -> list[str]:
        """Return the names; raises `RowError` or `SkippedRow` for a row without a client."""
        if self._each is not None:
            names = self._each.texts(row)
            if not names:
                raise SkippedRow(NO_CLIENT)
            return names
        name = " ".join([part.text(row) or "" for part in self._parts]).strip()
        return [name or _no_date(self._cell.needed(row))]


def _no_date(name: Scalar) -> str:
    """Return the name of a client; raises `RowError` for one that a spreadsheet made a date."""
    if isinstance(name, TypedDate):
        raise RowError("client", f"{name}: a spreadsheet made a date of it; export it as text")
    return str(name)


def client_key(name: str) -> str:
    """Return the key of a client's name; raises `RowError` if it has no letter or digit of a key.

    >>> client_key("Økonomi"), client_key("Straße"), client_key("Zorg & Welzijn")
    ('okonomi', 'strasse', 'zorg-welzijn')
    """
    key = slug(_latin(name))
    if key == NAMELESS:
        raise RowError(
            "client",
            f"{excerpt(name)} has no letter of a to z and no digit of 0 to 9, so it has no key; "
            "client.values gives it one",
        )
    return key


def whole_name(name: str) -> str:
    """Return a name as its key is made, with the letters and marks that the key does not hold.

    >>> whole_name("C#"), whole_name("Café  & Zn."), whole_name("Отдел 1")
    ('c#', 'cafe-zn', 'отдел-1')
    """
    text = ACCENTS.sub(r"\1", unicodedata.normalize("NFKD", _latin(name)))
    return BETWEEN.sub(lambda between: between[1] or "-", text).strip("-")


def _latin(name: str) -> str:
    return name.casefold().translate(LATIN)
