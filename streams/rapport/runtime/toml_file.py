"""Reads a configuration file: a regular file of bounded size, in UTF-8."""

import os
import stat
from pathlib import Path

from rapport.domain.documents.toml import DOCUMENT_BYTES_MAX
from rapport_schemas.wire.errors import RapportError


def read_text(
    file: Path, what: str, error: type[RapportError], bytes_max: int = DOCUMENT_BYTES_MAX
) -> str:
    """Return the text of a file; raises `error`, which names the file `what`, with the reason.

    A named pipe is rejected, without waiting for its writer.
    """
    try:
        content = _read(file, what, error, bytes_max)
        return content.decode("utf-8-sig")
    except OSError as wrong:
        raise error(
            f"{what} {file} cannot be read: {wrong.strerror}; give a readable file of text"
        ) from wrong
    except UnicodeDecodeError as wrong:
        raise error(f"{what} {file} is not UTF-8 (byte {wrong.start}); save it as UTF-8") from wrong


def _read(file: Path, what: str, error: type[RapportError], bytes_max: int) -> bytes:
    descriptor = os.open(file, os.O_RDONLY | os.O_NONBLOCK)
    with open(descriptor, "rb") as opened:  # noqa: PTH123 # opened without blocking on a pipe
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            raise error(f"{what} {file} is a directory, pipe or device; a file is expected")
        content = opened.read(bytes_max + 1)
    if len(content) > bytes_max:
        raise error(f"{what} {file} is over {bytes_max} bytes; make it shorter")
    return content
