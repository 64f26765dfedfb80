"""Containers: a file may be packed with gzip, or be the only file of a ZIP file."""

import gzip
import io
import tempfile
import zipfile
import zlib
from contextlib import ExitStack
from pathlib import Path, PurePosixPath
from typing import IO, Any, Final, NamedTuple

from rapport.importers.errors import ImportFailed

GZIP: Final = b"\x1f\x8b"
ZIP: Final = (b"PK\x03\x04", b"PK\x05\x06")
START_BYTES: Final = 65_536
UNPACKED_BYTES_MAX: Final = 1 << 30
"""What a workbook may unpack to, and what may be packed around one."""
NAMES_MAX: Final = 10
OFFICE_PARTS: Final = ("[Content_Types].xml", "mimetype", "Index/", "content.xml")
"""Names in a ZIP file that is a document of its own."""
UNREADABLE: Final = (OSError, EOFError, zlib.error, zipfile.BadZipFile, NotImplementedError)


class Content(NamedTuple):
    """The first bytes of a file, unpacked; its name; and the names in it if it is a ZIP file."""

    start: bytes
    name: str
    parts: tuple[str, ...] = ()


def content_of(path: Path) -> Content:
    """Return the start of a file's content; raises `ImportFailed` for a damaged container."""
    with opened(path) as raw:
        start = raw.peek(START_BYTES)[:START_BYTES]
        parts = zip_names(raw, path) if start.startswith(ZIP) else ()
        if parts and is_document(parts):
            return Content(start, path.name, parts)
        name = only_file(parts, path) if parts else path.name.removesuffix(".gz")
        try:
            start = unpacked(raw, path).read(START_BYTES)
        except UNREADABLE as error:
            raise ends_early(path, error) from error
    if not start.startswith(ZIP):
        return Content(start, name)
    with document_file(path) as file:
        parts = zip_names(file, path)
    return Content(start, name, parts if is_document(parts) else ())


def document_file(path: Path) -> IO[bytes]:
    """Open a document that is a ZIP file; one that is packed is unpacked to a temporary file."""
    with ExitStack() as stack:
        raw = stack.enter_context(opened(path))
        if raw.peek(4)[:4].startswith(ZIP) and is_document(zip_names(raw, path)):
            stack.pop_all()
            return raw
        copy = tempfile.TemporaryFile()  # noqa: SIM115 # closed by whoever reads it
        size_bytes = 0
        try:
            packed = unpacked(raw, path)
            while chunk := packed.read(START_BYTES):
                size_bytes += copy.write(chunk)
                if size_bytes > UNPACKED_BYTES_MAX:
                    raise ImportFailed(f"{path} unpacks to over {UNPACKED_BYTES_MAX} bytes")
        except UNREADABLE as error:
            raise ends_early(path, error) from error
        copy.seek(0)
        return copy


def opened(path: Path) -> io.BufferedReader:
    """Open a file; raises `ImportFailed` without access to it."""
    try:
        return path.open("rb")
    except OSError as error:
        raise ImportFailed(f"{path} cannot be read: {error.strerror}") from error


def unpacked(raw: io.BufferedReader, path: Path) -> Any:
    """Return the content of a file: unpacked from gzip or from a ZIP file with one file."""
    start = raw.peek(4)[:4]
    if start.startswith(GZIP):
        return gzip.GzipFile(fileobj=raw)
    if not start.startswith(ZIP):
        return raw
    name = only_file(zip_names(raw, path), path)
    try:
        return zipfile.ZipFile(raw).open(name)
    except RuntimeError as error:  # zipfile's way to say that it is encrypted
        raise ImportFailed(f"{path} is a ZIP file with a password; unpack it") from error
    except UNREADABLE as error:
        raise ImportFailed(f"{path}: {name} cannot be unpacked: {error}") from error


def zip_names(raw: IO[bytes], path: Path) -> tuple[str, ...]:
    """Return the names of the files in a ZIP file; raises `ImportFailed` for a damaged one."""
    try:
        names = zipfile.ZipFile(raw).namelist()
    except zipfile.BadZipFile as error:
        raise ImportFailed(damaged(path, error)) from error
    finally:
        raw.seek(0)
    return tuple(name for name in names if not is_incidental(name))


def ends_early(path: Path, error: Exception) -> ImportFailed:
    """Return the error for a file whose content cannot be read to its end."""
    return ImportFailed(f"{path} is damaged and ends early: {error}")


def damaged(path: Path, error: Exception) -> str:
    """Return the message for a ZIP file that cannot be read."""
    return (
        f"{path} is a workbook or ZIP file that is damaged or incomplete ({error}); download or "
        "save it again"
    )


def is_incidental(name: str) -> bool:
    """Return whether a name in a ZIP file is a folder, or a file that an archiver added.

    >>> is_incidental("__MACOSX/._a.csv"), is_incidental("data/"), is_incidental("a.csv")
    (True, True, False)
    """
    path = PurePosixPath(name)
    return name.endswith("/") or path.parts[0] == "__MACOSX" or path.name.startswith(".")


def is_document(parts: tuple[str, ...]) -> bool:
    """Return whether a ZIP file is a document: a workbook, a text, a presentation."""
    return any(part.startswith(OFFICE_PARTS) for part in parts)


def only_file(names: tuple[str, ...], path: Path) -> str:
    """Return the only name of a ZIP file; raises `ImportFailed` with the names if it has more."""
    if len(names) == 1:
        return names[0]
    shown = ", ".join(names[:NAMES_MAX]) + (", …" if len(names) > NAMES_MAX else "")
    raise ImportFailed(
        f"{path} is a ZIP file with {len(names)} files ({shown}); unpack it and import one of them"
        if names
        else f"{path} is a ZIP file without a file in it"
    )
