"""A JSON document as a table: the records of one of its lists."""

from collections.abc import Iterator
from pathlib import Path
from typing import Final

from rapport.importers.errors import ImportFailed
from rapport.importers.files.headers import HeaderCandidate, Headers, OtherSheet
from rapport.importers.files.json_records.cells import object_cells
from rapport.importers.files.json_records.documents import (
    RecordList,
    read_records,
    record_keys,
    record_lists,
    shape_of,
)
from rapport.importers.files.json_records.json_lines import JsonLines
from rapport.importers.files.json_records.pages import more_rows
from rapport.importers.files.table import Row
from rapport.importers.files.text.text_file import SAMPLE_BYTES, TextFile
from rapport.importers.files.text.text_table import TextTable
from rapport.importers.mapping.schema import FileOptions

ONE_OBJECT: Final = RecordList("", 0, [], [])
"""The place of objects that are in no list: each is a record."""


class JsonDocument(TextTable):
    """The records of a list in a JSON document, or documents in a row."""

    def __init__(self, path: Path, options: FileOptions, records: RecordList) -> None:
        super().__init__(path, options)
        self.sheet = records.path or None
        self.header = records.keys
        self._prefix = records.prefix
        self._structure = records.structure()
        self._others = 0
        self._marks = records.marks

    @property
    def rows_counted(self) -> int | None:
        """The records by the brackets of the document, and what stands among them."""
        return self._structure.records + self._others if self.at_end else None

    @property
    def more_rows(self) -> str | None:
        """What says that the document is one page of several."""
        return more_rows(self._marks, self._structure.records) if self.at_end else None

    def rows(self) -> Iterator[Row]:
        """Yield every record."""
        for record in read_records(self.file, self._structure, self._prefix):
            cells = object_cells(record)
            if isinstance(record, dict):
                yield Row(self._structure.take_line(), cells)
            else:
                self._others += 1
                yield Row(self._structure.line, cells)
        self.at_end = True


def open_json(path: Path, options: FileOptions) -> JsonLines | JsonDocument:
    """Open a JSON file: lines, or the first list of a document, or the named one."""
    lists = _lists(path, options)
    if lists is None:
        return JsonLines(path, options)
    return JsonDocument(path, options, _named(path, options, lists)[0])


def json_headers(path: Path, options: FileOptions) -> Headers:
    """Return the keys of each list of records in a JSON file."""
    lists = _lists(path, options)
    if lists is None:
        table = JsonLines(path, options)
        table.close()
        return Headers([HeaderCandidate(None, 1, table.header)])
    named = _named(path, options, lists)
    others = [
        OtherSheet(one.path, "not the one that was named") for one in lists if one not in named
    ]
    return Headers([HeaderCandidate(one.path or None, 1, one.keys) for one in named], others)


def _named(path: Path, options: FileOptions, lists: list[RecordList]) -> list[RecordList]:
    """Return the named list, or all without a name; raises `ImportFailed` without such a list."""
    named = [one for one in lists if options.sheet in (None, one.path or None)]
    if not named:
        shown = ", ".join(repr(one.path) for one in lists)
        raise ImportFailed(f"{path} has no list {options.sheet!r}; it has {shown}")
    return named


def _lists(path: Path, options: FileOptions) -> list[RecordList] | None:
    """Return the lists of a document with their keys; None for JSON lines."""
    if options.format == "jsonl":
        return None
    with TextFile(path, options.encoding) as file:
        sample = next(file.chunks(SAMPLE_BYTES), "")
        shape = shape_of(sample, is_whole=next(file.chunks(1), "") == "")
    if shape == "lines":
        return None
    with TextFile(path, options.encoding) as file:
        lists = record_lists(file) if shape == "document" else []
    found = [one._replace(keys=_keys(path, options, one)) for one in lists]
    if found:
        return found
    keys = _keys(path, options, ONE_OBJECT)
    if not keys:
        raise ImportFailed(f"{path} is JSON without a list of objects; an export has one")
    return [ONE_OBJECT._replace(keys=keys)]


def _keys(path: Path, options: FileOptions, records: RecordList) -> list[str]:
    with TextFile(path, options.encoding) as file:
        return record_keys(file, records)
