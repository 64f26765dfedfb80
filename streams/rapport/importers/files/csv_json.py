"""CSV and JSON Lines as tables: a header and rows of text cells (XLSX: `xlsx`)."""

import csv
import json
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Final, NamedTuple, Protocol

from rapport.importers.errors import ImportFailed, RowError
from rapport.importers.files.text_lines import LINE_CHARACTERS_MAX, TextFile
from rapport.importers.mapping.columns import Cells, TypedNumber
from rapport.importers.mapping.schema import FileOptions

DELIMITERS: Final = ",;\t|"
KEYS_LINES: Final = 200
"""JSON lines that are read for the names of their keys."""
COLUMNS_MAX: Final = 2_000
NESTING_MAX: Final = 8


class Row(NamedTuple):
    """One row: its first line, and its cells or the reason why it cannot be read."""

    line: int
    cells: Cells | RowError


class Table(Protocol):
    """The interface of every file format."""

    header: list[str]
    bytes_total: int
    typed_dates: bool
    """Whether numbers may be serial dates of a spreadsheet."""

    @property
    def bytes_read(self) -> int:
        """The bytes of the file on disk that were read so far."""

    def rows(self) -> Iterator[Row]:
        """Yield every row, once."""

    def close(self) -> None:
        """Close the file."""


def unique_names(header: list[str]) -> list[str]:
    """Return the header's names; a name that repeats gets the suffix `#1`, `#2`.

    >>> unique_names(["id", " note", "note", ""])
    ['id', 'note#1', 'note#2', 'column 4']
    """
    names = [name.strip().replace("\ufeff", "") for name in header]
    names = [name or f"column {number}" for number, name in enumerate(names, 1)]
    repeated = {name for name, count in Counter(names).items() if count > 1}
    counts: Counter[str] = Counter()
    unique = []
    for name in names:
        counts[name] += 1
        unique.append(f"{name}#{counts[name]}" if name in repeated else name)
    return unique


def first_row(options: FileOptions) -> int:
    """Return the number of the header row."""
    return options.header_row or 1


def checked_header(header: list[str], path: Path, options: FileOptions) -> list[str]:
    """Return the unique names of a header; raises `ImportFailed` for an empty or too wide one."""
    if not any(header):
        raise ImportFailed(f"row {first_row(options)} of {path} is not a header: it is empty")
    if len(header) > COLUMNS_MAX:
        raise ImportFailed(f"{path} has {len(header)} columns; at most {COLUMNS_MAX} are read")
    return unique_names(header)


class _TextTable:
    """The part that both text formats have in common."""

    typed_dates = False

    def __init__(self, path: Path, options: FileOptions) -> None:
        self._file = TextFile(path, options.encoding)
        self.bytes_total = self._file.bytes_total

    @property
    def bytes_read(self) -> int:
        """The bytes of the file on disk that were read so far."""
        return self._file.bytes_read

    def close(self) -> None:
        """Close the file."""
        self._file.close()


class CsvTable(_TextTable):
    """A file of delimited values."""

    def __init__(self, path: Path, options: FileOptions) -> None:
        super().__init__(path, options)
        csv.field_size_limit(LINE_CHARACTERS_MAX)
        self.delimiter = options.delimiter or sniff_delimiter(
            self._file.sample()[first_row(options) - 1 :]
        )
        self._reader = csv.reader(iter(self._file), delimiter=self.delimiter)
        self.header = checked_header(self._header(path, options), path, options)

    def _header(self, path: Path, options: FileOptions) -> list[str]:
        header: list[str] = []
        try:
            for _ in range(first_row(options)):
                header = next(self._reader)
        except StopIteration:
            raise ImportFailed(f"{path} has no header: it is empty or ends before it") from None
        except csv.Error as error:
            raise ImportFailed(f"the header of {path} cannot be read: {error}") from None
        return header

    def rows(self) -> Iterator[Row]:
        """Yield the rows that are not empty."""
        while True:
            line = self._reader.line_num + 1
            try:
                cells = next(self._reader)
            except StopIteration:
                return
            except csv.Error as error:
                yield Row(line, RowError("the row", f"{error}; is a quote missing?"))
                continue
            if not any(cells):
                continue
            yield Row(line, self._cells(cells))

    def _cells(self, cells: list[str]) -> Cells | RowError:
        named = dict(zip(self.header, cells, strict=False))
        if len(cells) > len(self.header) and any(cells[len(self.header) :]):
            reason = f"{len(cells)} cells, but the header has {len(self.header)}"
            return RowError("the row", f"{reason}; is a {self.delimiter!r} not quoted?")
        return unreadable(cells) or named


def unreadable(cells: list[str]) -> RowError | None:
    """Return an error if the row has NUL bytes or another encoding, else None."""
    text = "".join(cells)
    if "\0" in text:
        return RowError("the row", "a NUL byte, or a line of over a million characters")
    if "\ufffd" in text:
        return RowError("the row", "not in the encoding of the file")
    return None


def sniff_delimiter(lines: list[str]) -> str:
    r"""Return the delimiter that gives the header and the lines below it the same column count.

    >>> sniff_delimiter(["id;name\n", "1;a,b\n"])
    ';'
    """
    if not lines:
        return ","
    counts = {
        mark: [len(row) for row in csv.reader(lines[:10], delimiter=mark)] for mark in DELIMITERS
    }
    return max(DELIMITERS, key=lambda mark: (counts[mark][0] > 1, _agreement(counts[mark])))


def _agreement(counts: list[int]) -> tuple[float, int]:
    same = sum(count == counts[0] for count in counts) / len(counts)
    return (same if counts[0] > 1 else 0.0), counts[0]


class JsonLines(_TextTable):
    """A JSON Lines file: one object per line; nested keys are joined by dots."""

    def __init__(self, path: Path, options: FileOptions) -> None:
        super().__init__(path, options)
        self.header = self._keys()

    def _keys(self) -> list[str]:
        sample = self._file.sample(KEYS_LINES)
        if sample and sample[0].lstrip("\ufeff").startswith("["):
            raise ImportFailed(
                f"{self._file.path} is one JSON array; convert it to JSON lines with: jq -c '.[]'"
            )
        keys: dict[str, None] = {}
        for line in sample:
            cells = json_cells(line)
            keys.update(dict.fromkeys(cells if isinstance(cells, dict) else ()))
        if not keys:
            raise ImportFailed(f"{self._file.path} has no JSON object in its first lines")
        return list(keys)[:COLUMNS_MAX]

    def rows(self) -> Iterator[Row]:
        """Yield the lines that are not empty."""
        for number, line in enumerate(self._file, 1):
            if line.strip():
                yield Row(number, json_cells(line))


def json_cells(line: str) -> Cells | RowError:
    """Return the cells of a JSON object, flattened and as text.

    >>> json_cells('{"id": 7, "fields": {"priority": {"name": "High"}, "done": true, "x": null}}')
    {'id': '7', 'fields.priority.name': 'High', 'fields.done': 'true', 'fields.x': ''}
    """
    try:
        document = json.loads(
            line.strip().lstrip("\ufeff"), parse_float=TypedNumber, parse_int=TypedNumber
        )
    except (ValueError, RecursionError) as error:
        return RowError("the line", f"not JSON: {error}")
    if not isinstance(document, dict):
        return RowError("the line", "JSON, but not an object")
    cells: Cells = {}
    _flatten("", document, cells, NESTING_MAX)
    return unreadable(list(cells.values())) or cells


def _flatten(prefix: str, document: dict[str, object], cells: Cells, depth: int) -> None:
    for key, value in document.items():
        name = f"{prefix}{key}"
        if isinstance(value, dict) and depth:
            _flatten(f"{name}.", value, cells, depth - 1)
        elif value is None:
            cells[name] = ""
        else:
            cells[name] = value if isinstance(value, str) else json.dumps(value)
