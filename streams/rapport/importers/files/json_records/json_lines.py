"""JSON Lines as a table: one object per line."""

from collections.abc import Iterator
from pathlib import Path
from typing import Final

from rapport.importers.errors import ImportFailed
from rapport.importers.files.json_records.cells import json_cells, object_keys
from rapport.importers.files.table import Row
from rapport.importers.files.text.text_table import TextTable
from rapport.importers.mapping.schema import FileOptions

KEYS_LINES: Final = 200
"""JSON lines that are read for the names of their keys."""


class JsonLines(TextTable):
    """A JSON Lines file: one object per line; nested keys are joined by dots."""

    def __init__(self, path: Path, options: FileOptions) -> None:
        super().__init__(path, options)
        self.header = self._keys()

    def _keys(self) -> list[str]:
        keys = object_keys(map(json_cells, self.file.sample(KEYS_LINES)))
        if not keys:
            raise ImportFailed(f"{self.file.path} has no JSON object in its first lines")
        return keys

    def rows(self) -> Iterator[Row]:
        """Yield the lines that are not empty."""
        for number, line in enumerate(self.file, 1):
            if line.strip().strip("\x1a"):
                yield Row(number, json_cells(line))
            else:
                self.lines_without_row += 1
        self.at_end = True
