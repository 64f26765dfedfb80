"""The package of a workbook: a ZIP file of XML parts, within bounds."""

import posixpath
import xml.etree.ElementTree as ET
import zipfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import IO, Any, Final, NamedTuple

from rapport.importers.errors import ImportFailed
from rapport.importers.files.containers import UNPACKED_BYTES_MAX, damaged
from rapport.importers.files.workbooks.number_formats import NumberFormat

PACKED_TO_UNPACKED_MAX: Final = 200
SMALL_BYTES: Final = 10 << 20
"""A part up to this size is never a decompression bomb."""


class RowScan(NamedTuple):
    """What the XML of a sheet says of one row, read apart from the library of the values."""

    row: int
    has_value: bool
    texts: Mapping[int, str]
    """Column -> the text of a cell that the library of the values gives no text or another one."""
    formats: Mapping[int, NumberFormat]
    """Column -> the format of a number that shows a currency or leading zeros."""


class SheetPart(NamedTuple):
    """A sheet of a workbook: its name, why it is passed over, and its part of the package."""

    name: str
    passed_over: str
    """`hidden`, `very hidden` or `a chart`; empty for a sheet with rows that people see."""
    part: str


def opened_package(file: IO[bytes], path: Path) -> zipfile.ZipFile:
    """Open a ZIP file; raises `ImportFailed` for a damaged one and a decompression bomb."""
    try:
        archive = zipfile.ZipFile(file)
    except zipfile.BadZipFile as error:
        raise ImportFailed(damaged(path, error)) from error
    parts = archive.infolist()
    unpacked = sum(part.file_size for part in parts)
    suspect = any(
        part.file_size > max(SMALL_BYTES, part.compress_size * PACKED_TO_UNPACKED_MAX)
        for part in parts
    )
    if unpacked > UNPACKED_BYTES_MAX or suspect:
        raise ImportFailed(
            f"{path} unpacks to {unpacked} bytes from {path.stat().st_size}; that is not a "
            "plausible workbook. If it is one, save it as CSV"
        )
    return archive


def local_name(element: ET.Element) -> str:
    """Return the name of an element without its namespace."""
    return element.tag.rpartition("}")[2]


def attribute(element: ET.Element, name: str) -> str:
    """Return an attribute by its name without a namespace; an empty text without it."""
    for key, value in element.items():
        if key.rpartition("}")[2] == name:
            return value
    return ""


def elements(file: IO[bytes], names: frozenset[str]) -> Iterator[tuple[str, ET.Element]]:
    """Yield (event, element) of the named elements; an element is removed after its end."""
    parents: list[ET.Element] = []
    is_named: dict[str, bool] = {}
    for event, element in ET.iterparse(file, events=("start", "end")):  # noqa: S314 # expat bounds entities, and `opened_package` the bytes
        if event == "start":
            parents.append(element)
        else:
            parents.pop()
        tag = element.tag
        if tag not in is_named:
            is_named[tag] = local_name(element) in names
        if is_named[tag]:
            yield event, element
            if event == "end" and parents:
                parents[-1].remove(element)


def part_tree(archive: zipfile.ZipFile, part: str) -> Any:
    """Return a small part of a package as a tree; None if the package has no such part."""
    try:
        content = archive.read(part)
    except KeyError:
        return None
    return ET.fromstring(content)  # noqa: S314 # as above


def related_parts(archive: zipfile.ZipFile, part: str) -> dict[str, tuple[str, str]]:
    """Return the relations of a part: id -> (the last word of the type, the other part)."""
    folder, name = posixpath.split(part)
    tree = part_tree(archive, posixpath.join(folder, "_rels", f"{name}.rels"))
    found = {}
    for relation in () if tree is None else tree:
        target = posixpath.normpath(posixpath.join(folder, attribute(relation, "Target")))
        kind = attribute(relation, "Type").rpartition("/")[2]
        found[attribute(relation, "Id")] = (kind, target.lstrip("/"))
    return found
