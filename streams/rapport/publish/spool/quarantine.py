"""What cannot be sent is kept beside the spool, for a person to look at: nothing is thrown away."""

from pathlib import Path
from typing import Final

from rapport.publish.spool.segments import PRIVATE_FILE

PREFIX: Final = "aside-"


class Quarantine:
    """The files `aside-…` in a spool's directory; their bytes count for the spool's bound."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory
        sizes = [path.stat().st_size for path in directory.glob(f"{PREFIX}*")]
        self.count, self.bytes = len(sizes), sum(sizes)

    def keep(self, name: str, data: bytes) -> Path:
        """Keep `data` in a file of that name, once; return its path."""
        path = self._directory / f"{PREFIX}{name}"
        if not path.exists():
            path.touch(PRIVATE_FILE)
            path.write_bytes(data)
            self.count += 1
            self.bytes += len(data)
        return path
