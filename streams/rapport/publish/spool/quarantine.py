"""Quarantine: bytes that cannot be sent are kept in files beside the spool, for inspection."""

from pathlib import Path
from typing import Final

from rapport.publish.spool.segments import PRIVATE_FILE

PREFIX: Final = "quarantine-"
FIRST_PREFIX: Final = "aside-"
"""The prefix of version 0.1.0; its files count like the others."""


class Quarantine:
    """The files `quarantine-…` of a spool's directory; their bytes count towards its limit."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory
        prefixes = PREFIX, FIRST_PREFIX
        sizes = [
            file.stat().st_size for prefix in prefixes for file in directory.glob(f"{prefix}*")
        ]
        self.count, self.bytes = len(sizes), sum(sizes)

    def add(self, name: str, data: bytes) -> Path:
        """Write `data` to the file of that name unless it exists; return its path."""
        path, first = (self._directory / f"{prefix}{name}" for prefix in (PREFIX, FIRST_PREFIX))
        if first.exists():
            return first
        if not path.exists():
            path.touch(PRIVATE_FILE)
            path.write_bytes(data)
            self.count += 1
            self.bytes += len(data)
        return path
