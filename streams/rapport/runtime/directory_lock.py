"""File locks, which the operating system releases with the process: one worker per directory."""

import fcntl
import os
import uuid
from pathlib import Path
from typing import IO, Final

from rapport_schemas.wire.errors import RapportError

WORKER_REMEDY: Final = "give every worker a directory of its own with --data-dir"


class InUseError(RapportError):
    """Another process, which the message names, holds the lock."""


def lock_file(path: Path) -> IO[str]:
    """Lock `path` for this process; keep the returned file open while the lock is needed.

    Raises `InUseError` with the process that holds it, and `OSError` when it cannot be written.
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
    """Lock `directory` for this process; keep the returned file open while it is used.

    Raises `RapportError` when another process holds the lock, with `remedy` as what to do, or when
    the directory is not writable.
    """
    try:
        directory.mkdir(parents=True, exist_ok=True)
        return lock_file(directory / "lock")
    except InUseError as error:
        raise RapportError(f"{directory} is in use by {error}; {remedy}") from error
    except OSError as error:
        raise RapportError(
            f"cannot use {directory} as data directory: {error.strerror}; give a writable one"
        ) from error


def static_member_id(directory: Path) -> str:
    """Return the static group membership id (`group.instance.id`) of a data directory.

    A worker that restarts with the same id gets its partitions back at once. With a new id it would
    wait until the session of its predecessor has ended.
    """
    file = directory / "member"
    try:
        return file.read_text(encoding="ascii")
    except FileNotFoundError:
        file.write_text(f"rapport-{uuid.uuid4().hex}", encoding="ascii")
        return file.read_text(encoding="ascii")
