"""The file of rejected rows beside the imported one, replaced atomically."""

import csv
import os
import tempfile
from pathlib import Path
from typing import IO, Any, Self

from rapport.importers.errors import ImportFailed
from rapport.importers.rows.row import Rejection

COLUMNS = ("line", "path", "reason")


class RejectedRows:
    """Collects rejections in a temporary file; `finish` renames it, or removes an earlier file."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.count = 0
        self._file = _temporary(path)
        self._writer: Any = csv.writer(self._file)
        self._writer.writerow(COLUMNS)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._file.close()
        Path(self._file.name).unlink(missing_ok=True)

    def add(self, rejection: Rejection) -> None:
        """Add a rejected row."""
        self._writer.writerow(rejection)
        self.count += 1

    def finish(self) -> Path | None:
        """Rename the file and return its path; without rejections, return None and remove it."""
        self._file.close()
        if not self.count:
            self.path.unlink(missing_ok=True)
            return None
        Path(self._file.name).replace(self.path)
        return self.path


def rejected_path(imported: Path, state: Path) -> Path:
    """Return the path for rejected rows: beside the file, or in `state` if that is read-only."""
    name = f"{imported.name}.rejected.csv"
    return (imported.parent if os.access(imported.parent, os.W_OK) else state) / name


def _temporary(path: Path) -> IO[str]:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        return tempfile.NamedTemporaryFile(  # closed by `finish`, or on the way out
            "w",
            encoding="utf-8",
            newline="",
            dir=path.parent,
            prefix=f".{path.name}.",
            delete=False,
        )
    except OSError as error:
        raise ImportFailed(
            f"rejected rows cannot be written to {path}: {error.strerror}; name a file with "
            "--rejected"
        ) from error
