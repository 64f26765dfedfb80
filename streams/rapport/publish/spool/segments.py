"""The files of a spool: numbered segments, and the cursor."""

import os
from pathlib import Path
from typing import Final, NamedTuple
from zlib import crc32

SUFFIX: Final = ".spool"
PRIVATE_FILE: Final = 0o600
# The data of a file is enough, its times need no sync; macOS has no fdatasync.
sync_file = getattr(os, "fdatasync", os.fsync)


class Position(NamedTuple):
    """A position in the spool: before byte `offset` of `segment`."""

    segment: int
    offset: int


def segment_path(directory: Path, number: int) -> Path:
    """Return the path of a segment; names sort as numbers do."""
    return directory / f"{number:016d}{SUFFIX}"


def segment_sizes(directory: Path) -> dict[int, int]:
    """Return {number: bytes} of the segments on disk, oldest first."""
    names = sorted(path for path in directory.glob(f"*{SUFFIX}") if path.stem.isdigit())
    return {int(path.stem): path.stat().st_size for path in names}


def create_segment(directory: Path, number: int) -> int:
    """Create a segment that survives a power cut; return its file descriptor for appending."""
    flags = os.O_CREAT | os.O_EXCL | os.O_WRONLY | os.O_APPEND
    descriptor = os.open(segment_path(directory, number), flags, PRIVATE_FILE)
    sync_directory(directory)
    return descriptor


def sync_directory(directory: Path) -> None:
    """Make the names in a directory durable."""
    descriptor = os.open(directory, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def append(descriptor: int, data: bytes) -> None:
    """Append all of `data` or nothing; raises `OSError`, for example when the disk is full."""
    start = os.fstat(descriptor).st_size
    try:
        written = os.write(descriptor, data)
        while written < len(data):
            written += os.write(descriptor, data[written:])
    except OSError:
        os.ftruncate(descriptor, start)
        raise


def read_segment(directory: Path, number: int, start: int, end: int) -> bytes:
    """Return the bytes of a segment from `start` to `end`."""
    with segment_path(directory, number).open("rb") as file:
        file.seek(start)
        return file.read(end - start)


def write_cursor(directory: Path, position: Position) -> None:
    """Write the position up to which Kafka has every event.

    Not synced: after a power cut an older cursor means that events are sent again, with their ids.
    """
    text = f"{position.segment} {position.offset}"
    fresh = directory / "cursor.new"
    fresh.write_text(f"{text} {crc32(text.encode())}\n")
    fresh.replace(directory / "cursor")


def read_cursor(directory: Path) -> Position:
    """Return the position of the cursor; the beginning when it cannot be read."""
    try:
        segment, offset, checksum = (directory / "cursor").read_text().split()
        if crc32(f"{segment} {offset}".encode()) == int(checksum):
            return Position(int(segment), int(offset))
    except (OSError, ValueError):
        pass
    return Position(0, 0)
