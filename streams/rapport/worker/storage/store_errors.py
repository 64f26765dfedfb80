"""Errors of the local store: which of them a new store would repair, and what to do about others.

rocksdict raises bare exceptions, so their messages are read. A message may wrap another one, as in
"Invalid argument: ... IO error: ... Permission denied"; the words of the system decide.
"""

import errno
import os
from pathlib import Path
from types import MappingProxyType
from typing import Final

from rapport_schemas.wire.errors import RapportError

ELSEWHERE: Final = "give another directory with --data-dir: it is rebuilt from the changelog"
RIGHTS: Final = f"let the worker's user write there, or {ELSEWHERE}"
SPACE: Final = f"free some space there, or {ELSEWHERE}"
FILES: Final = "raise the limit of open files (`ulimit -n`), and start the worker again"
MEMORY: Final = "give the worker more memory, and start it again"
REMEDIES: Final = MappingProxyType(
    {
        os.strerror(errno.EACCES): RIGHTS,
        os.strerror(errno.EPERM): RIGHTS,
        os.strerror(errno.EROFS): RIGHTS,
        os.strerror(errno.ENOSPC): SPACE,
        os.strerror(errno.EDQUOT): SPACE,
        os.strerror(errno.EFBIG): SPACE,
        os.strerror(errno.EMFILE): FILES,
        os.strerror(errno.ENFILE): FILES,
        os.strerror(errno.ENOMEM): MEMORY,
    }
)
"""The system's words for errors that a new store would meet again -> what to do."""
LOCKED: Final = "/LOCK: "


class StoreError(RapportError):
    """The local store cannot be used, and discarding it would not help."""


class StoreLockedError(StoreError):
    """Another process, or another part of this one, has the local store open."""


class StoreDamagedError(StoreError):
    """The local store cannot be read; a new one, rebuilt from the changelog, could be."""

    def __init__(self, path: Path, reason: str) -> None:
        super().__init__(
            f"the local store {path} is damaged ({reason}); start the worker again: it deletes the "
            "store and rebuilds it from the changelog, and nothing is lost"
        )
        self.reason = reason


def store_error(path: Path, reason: str) -> StoreError:
    """Return the error of a store for a message of rocksdict.

    >>> print(store_error(Path("ledger-0.db"), "IO error: x: No space left on device"))
    the local store ledger-0.db cannot be used (IO error: x: No space left on device); free some \
space there, or give another directory with --data-dir: it is rebuilt from the changelog
    >>> type(store_error(Path("ledger-0.db"), "Corruption: block checksum mismatch")).__name__
    'StoreDamagedError'
    """
    reason = " ".join(reason.split())
    words = reason.replace(str(path), "")
    for text, remedy in REMEDIES.items():
        if text in words:
            return StoreError(f"the local store {path} cannot be used ({reason}); {remedy}")
    if LOCKED in words:
        return StoreLockedError(
            f"the local store {path} is in use by another process ({reason}); end that process, or "
            "give this worker a directory of its own with --data-dir"
        )
    return StoreDamagedError(path, reason)


def delete_error(path: Path, reason: str) -> StoreError:
    """Return the error of a damaged store that cannot be deleted."""
    return StoreError(
        f"the damaged local store {path} cannot be deleted ({reason}); delete it, or {ELSEWHERE}"
    )
