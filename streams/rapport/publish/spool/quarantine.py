"""Quarantine: bytes that cannot be sent are kept in files beside the spool, for inspection."""

from pathlib import Path
from typing import Final

from rapport.publish.spool.segments import PRIVATE_FILE

PREFIX: Final = "aside-"


class Quarantine:
    """The files `aside-…` in a spool's directory; their bytes count towards the spool's limit."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory
        sizes = [path.stat().st_size for path in directory.glob(f"{PREFIX}*")]
        self.count, self.bytes = len(sizes), sum(sizes)

    def add(self, name: str, data: bytes) -> Path:
        """Write `data` to the file of that name unless it exists; return its path."""
        path = self._directory / f"{PREFIX}{name}"
        if not path.exists():
            path.touch(PRIVATE_FILE)
            path.write_bytes(data)
            self.count += 1
            self.bytes += len(data)
        return path
