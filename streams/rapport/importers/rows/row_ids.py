"""Row ids: from columns of the file, or from a hash of the row's content."""

import sqlite3

from xxhash import xxh3_64_hexdigest

from rapport.importers.errors import ImportFailed, RowError
from rapport.importers.mapping.cells import SHORTENED
from rapport.importers.mapping.columns import Cells, Column, Header
from rapport.importers.mapping.schema import IdOptions
from rapport.importers.rows.row import ROW_ID_CHARACTERS_MAX


class ColumnIds:
    """Ids from columns of the file."""

    def __init__(self, columns: list[Column]) -> None:
        self._columns = columns

    def of(self, row: Cells) -> str:
        """Return a row's id; raises `RowError` if it is empty or a spreadsheet shortened it."""
        name = "/".join(column.needed(row) for column in self._columns)
        if SHORTENED.fullmatch(name):
            raise RowError("id", f"{name}: a spreadsheet shortened this id; export it as text")
        if len(name) > ROW_ID_CHARACTERS_MAX:
            raise RowError("id", f"longer than {ROW_ID_CHARACTERS_MAX} characters")
        return name


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


def row_ids(options: IdOptions, header: Header) -> ColumnIds | ContentIds:
    """Return the source of row ids for a file."""
    if options.columns:
        return ColumnIds([header.find(names, "id.columns") for names in options.columns])
    columns = [header.find_any(names, "id.content") for names in options.content]
    if not any(column.names for column in columns):
        raise ImportFailed(f"id.content: none of its columns is in the header: {header.names}")
    return ContentIds(columns)
