"""Locks that the operating system drops with their process: one worker per data directory."""

import fcntl
import os
import uuid
from pathlib import Path
from typing import IO, Final

from rapport_schemas.wire.errors import RapportError

WORKER_REMEDY: Final = "give every worker a directory of its own with --data-dir"


class InUseError(RapportError):
    """Another process, which the message names, has the lock."""


def lock_file(path: Path) -> IO[str]:
    """Lock `path` for this process; keep the returned file for as long as the lock is needed.

    Raises `InUseError` with the process that has it, and `OSError` when it cannot be written.
    """
    lock = path.open("a+")
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as error:
        with lock:
            lock.seek(0)
            raise InUseError(f"process {lock.read().strip() or 'unknown'}") from error
    lock.truncate(0)
    lock.write(str(os.getpid()))
    lock.flush()
    return lock


def lock_directory(directory: Path, remedy: str = WORKER_REMEDY) -> IO[str]:
    """Lock `directory` for this process; keep the returned file for as long as it is used.

    Raises `RapportError` when another process has it (`remedy` says what to do then), or when it
    cannot be written.
    """
    try:
        directory.mkdir(parents=True, exist_ok=True)
        return lock_file(directory / "lock")
    except InUseError as error:
        raise RapportError(f"{directory} is in use by {error}; {remedy}") from error
    except OSError as error:
        raise RapportError(
            f"cannot use {directory} as data directory: {error.strerror}; give one that can be "
            "written"
        ) from error


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
