"""One worker per data directory: a lock that the operating system drops with its process."""

import fcntl
import os
import uuid
from pathlib import Path
from typing import IO, Final

from rapport.schemas.errors import RapportError

WORKER_REMEDY: Final = "give every worker a directory of its own with --data-dir"


def lock_directory(directory: Path, remedy: str = WORKER_REMEDY) -> IO[str]:
    """Lock `directory` for this process; keep the returned file for as long as it is used.

    Raises `RapportError` when another process has it (`remedy` says what to do then), or when it
    cannot be written.
    """
    try:
        directory.mkdir(parents=True, exist_ok=True)
        lock = (directory / "lock").open("a+")
    except OSError as error:
        raise RapportError(
            f"cannot use {directory} as data directory: {error.strerror}; give one that can be "
            "written"
        ) from error
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as error:
        lock.seek(0)
        raise RapportError(
            f"{directory} is in use by process {lock.read().strip() or 'unknown'}; {remedy}"
        ) from error
    lock.truncate(0)
    lock.write(str(os.getpid()))
    lock.flush()
    return lock


def member_of(directory: Path) -> str:
    """Return the name under which the worker of a data directory is known to its group.

    A worker that comes back under the same name is given its partitions at once; under a new one
    it would have to wait until Kafka has given up its predecessor.
    """
    file = directory / "member"
    try:
        return file.read_text(encoding="ascii")
    except FileNotFoundError:
        file.write_text(f"rapport-{uuid.uuid4().hex}", encoding="ascii")
        return file.read_text(encoding="ascii")
