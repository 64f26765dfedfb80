"""Row ids: from columns of the file, or from a hash of the row's content."""

import re
import sqlite3
from typing import Final

from xxhash import xxh3_64_hexdigest

from rapport.importers.errors import ImportFailed, RowError
from rapport.importers.mapping.columns import Cells, Column, Header, TypedDate
from rapport.importers.mapping.schema import IdOptions
from rapport.importers.rows.row import ROW_ID_CHARACTERS_MAX

EXACT_MAX: Final = 2**53
"""The largest whole number up to which a spreadsheet's float is exact."""
_SCIENTIFIC: Final = re.compile(r"[+-]?(\d[.,]\d+[eE]\+?|\d+[eE]\+)\d{1,3}", re.ASCII)
_NUMBER_NAME: Final = re.compile(
    r"(.*[ _-])?(no|nr|num|number|nummer|numéro|transno|id|ref|reference|referentie|kenmerk)"
    r"[.]?|.*nummer|.*(?-i:[a-z](No|Nr|Id|ID|Ref))",
    re.IGNORECASE,
)
"""Names of columns that number a transaction, an invoice or a document."""
_FLOAT: Final = re.compile(r"[+-]?(\d{16,})[.,]0+", re.ASCII)


def is_shortened(text: str) -> bool:
    """Return whether an id is a number that lost digits in a spreadsheet.

    >>> [is_shortened(t) for t in ("1.23457E+11", "1,2e16", "5E+10", "20260302100000100.0")]
    [True, True, True, True]
    >>> [is_shortened(t) for t in ("1E5", "12E10", "20260302100000123", "INC-1.5E", "1002.0")]
    [False, False, False, False, False]
    """
    if _SCIENTIFIC.fullmatch(text):
        return True
    found = _FLOAT.fullmatch(text)
    return found is not None and int(found[1]) > EXACT_MAX


DATE_FIELDS: Final = ("_at", "_on")
GROUPED: Final = re.compile(r"\d{1,3}([ \u00a0\u202f]\d{3})+", re.ASCII)


def without_groups(text: str) -> str:
    """Return a number without the spaces between its thousands; any other text as it is.

    >>> without_groups("1 234"), without_groups("M2603 001")
    ('1234', 'M2603 001')
    """
    return re.sub(r"[ \u00a0\u202f]", "", text) if GROUPED.fullmatch(text) else text


def is_number(text: str) -> bool:
    """Return whether a text is a whole number, with or without spaces between its thousands."""
    return without_groups(text).isdecimal()


class ColumnIds:
    """Ids from columns of the file."""

    def __init__(
        self, columns: list[Column], header: Header, *, grouped_digits: bool = False
    ) -> None:
        self._columns = columns
        self._bindings = header.bindings
        self._grouped_digits = grouped_digits

    def of(self, row: Cells) -> str:
        """Return a row's id; raises `RowError` if it is empty or a spreadsheet shortened it."""
        parts = [column.needed(row) for column in self._columns]
        for part in filter(is_shortened, parts):
            raise RowError("id", f"{part}: a spreadsheet shortened this id; export it as text")
        if len(parts) == 1 and isinstance(parts[0], TypedDate) and not self._is_date():
            raise RowError("id", f"{parts[0]}: a spreadsheet made a date of it; export it as text")
        name = "/".join(map(without_groups, parts) if self._grouped_digits else parts)
        if len(name) > ROW_ID_CHARACTERS_MAX:
            raise RowError("id", f"longer than {ROW_ID_CHARACTERS_MAX} characters")
        return name

    def _is_date(self) -> bool:
        """Return whether the column of the id is a date of the mapping too."""
        dates = (names for field, names in self._bindings.items() if field.endswith(DATE_FIELDS))
        return not {*self._columns[0].names}.isdisjoint({name for names in dates for name in names})


class ContentIds:
    """Ids from a hash of a row's content; equal rows of one file get a number."""

    def __init__(self, columns: list[Column]) -> None:
        self._columns = columns
        # SQLite spills to disk, so the counts of equal rows do not grow the memory.
        self._counts = sqlite3.connect("", isolation_level=None)
        self._counts.execute("CREATE TABLE seen (content TEXT PRIMARY KEY, n INT) WITHOUT ROWID")
        self._counts.execute("BEGIN")

    def of(self, row: Cells) -> str:
        """Return the id of the next row."""
        digest = xxh3_64_hexdigest("\0".join([c.text(row) or "" for c in self._columns]).encode())
        ((number,),) = self._counts.execute(
            "INSERT INTO seen VALUES (?, 1) ON CONFLICT DO UPDATE SET n = n + 1 RETURNING n",
            (digest,),
        )
        return digest if number == 1 else f"{digest}-{number}"


class ContentNumbers:
    """The numbers in a row's content, such as that of an invoice: a corrected row keeps them."""

    def __init__(self, header: Header) -> None:
        alone = header.bound_alone("id.content")
        self._columns = [c for c in alone if any(map(_NUMBER_NAME.fullmatch, c.names))]

    def of(self, row: Cells) -> str:
        """Return the numbers of a row, or an empty text."""
        return "\0".join(column.text(row) or "" for column in self._columns).strip("\0")


def row_ids(options: IdOptions, header: Header) -> ColumnIds | ContentIds:
    """Return the source of row ids for a file."""
    if options.columns:
        columns = [header.find(names, "id.columns") for names in options.columns]
        return ColumnIds(columns, header, grouped_digits=options.grouped_digits)
    columns = [header.find_any(names, "id.content") for names in options.content]
    if not any(column.names for column in columns):
        raise ImportFailed(f"id.content: none of its columns is in the header: {header.names}")
    return ContentIds(columns)
