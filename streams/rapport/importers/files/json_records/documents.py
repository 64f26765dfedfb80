"""The shape of a JSON file: lines, one document with lists of records, or documents in a row."""

import json
from collections.abc import Iterator
from itertools import islice
from typing import Any, Final, Literal, NamedTuple

from rapport.importers.errors import ImportFailed
from rapport.importers.files.json_records.cells import JsonObject, object_cells, object_keys
from rapport.importers.files.json_records.pages import PageMark, page_marks
from rapport.importers.files.json_records.structure import NESTING_MAX, Structure
from rapport.importers.files.text.text_file import TextFile

Shape = Literal["lines", "document", "documents in a row"]
SEARCHED_CHARACTERS: Final = 8 << 20
"""How much of a document is searched for lists of records."""
KEYS_RECORDS: Final = 201
"""Records of a list that are read for the names of their keys."""
LIST_DEPTH_MAX: Final = 4
SCALARS: Final = ("string", "number", "boolean")


class RecordList(NamedTuple):
    """A list of records in a document: where it is, and what its document says of it."""

    path: str
    """The keys that lead to it, joined by dots; empty for a document that is a list."""
    number: int
    """Which list of its depth it is, from 1; 0 for objects that are in no list."""
    keys: list[str]
    """The keys of its first records."""
    marks: list[PageMark]
    """The values beside the records that may tell of other pages."""

    @property
    def prefix(self) -> str:
        """Return the path of a record in the words of ijson."""
        if not self.number:
            return ""
        return f"{self.path}.item" if self.path else "item"

    def structure(self) -> Structure:
        """Return what follows the brackets of the document around these records."""
        if not self.number:
            return Structure()
        return Structure(self.path.count(".") + 2 if self.path else 1, self.number)


class JsonStream:
    """A text file as the bytes that ijson reads; the structure follows them."""

    def __init__(self, file: TextFile, structure: Structure, characters_max: int = 0) -> None:
        self._chunks = file.chunks()
        self._structure = structure
        self._left = characters_max
        self._is_bounded = characters_max > 0

    def read(self, size: int = -1) -> bytes:
        """Return the next bytes; none at the end, or after as many as are to be read."""
        if size == 0 or (self._is_bounded and self._left <= 0):
            return b""
        text = next(self._chunks, "").lstrip("\ufeff")
        self._left -= len(text)
        self._structure.feed(text)
        return text.encode()


def shape_of(sample: str, *, is_whole: bool) -> Shape:
    r"""Return the shape of a JSON file, from its first characters.

    >>> shape_of('{"id": 1}\n{"id": 2}\n', is_whole=True), shape_of('{\n"a": [', is_whole=False)
    ('lines', 'document')
    """
    text = sample.lstrip("\ufeff \t\r\n")
    if text.startswith("["):
        return "document"
    first, _, rest = text.partition("\n")
    if _is_object(first):
        return "lines" if rest.strip() or not is_whole else "document"
    if _is_object(rest.lstrip().partition("\n")[0]):
        return "lines"
    try:
        _, end = json.JSONDecoder().raw_decode(text)
    except (ValueError, RecursionError):
        return "document"
    return "documents in a row" if text[end:].strip() else "document"


def _is_object(line: str) -> bool:
    try:
        return isinstance(json.loads(line), dict)
    except (ValueError, RecursionError):
        return False


def record_lists(file: TextFile) -> list[RecordList]:
    """Return the lists of records in a document, in its order."""
    found: dict[str, RecordList] = {}
    marks: list[PageMark] = []
    lists = [0] * (LIST_DEPTH_MAX + 3)
    for prefix, event, value in _events(file):
        if event in SCALARS and "item" not in prefix.split("."):
            marks += page_marks([(prefix, value)])
        path = prefix.removesuffix("item").removesuffix(".")
        if event == "start_array":
            depth = prefix.count(".") + 1 if prefix else 0
            if depth < len(lists):
                lists[depth] += 1
        if event != "start_map" or not prefix.endswith("item") or path in found:
            continue
        depth = path.count(".") + 1 if path else 0
        if depth <= LIST_DEPTH_MAX and not _is_inside(path, found):
            found[path] = RecordList(path, lists[depth], [], marks)
    return list(found.values())


def _is_inside(prefix: str, found: dict[str, RecordList]) -> bool:
    """Return whether a value is in a record of a list that was found."""
    return any(f"{prefix}.".startswith(f"{one.prefix}.") for one in found.values())


def _events(file: TextFile) -> Iterator[tuple[str, str, Any]]:
    """Yield the events of ijson up to a bound, or to where the text is no JSON."""
    ijson = _ijson()
    stream = JsonStream(file, Structure(NESTING_MAX), SEARCHED_CHARACTERS)
    try:
        yield from ijson.parse(stream, multiple_values=True)
    except (ijson.JSONError, ValueError):
        return


def record_keys(file: TextFile, records: RecordList) -> list[str]:
    """Return the keys of the first records, flattened."""
    found = read_records(file, records.structure(), records.prefix)
    return object_keys(map(object_cells, islice(found, KEYS_RECORDS)))


def read_records(file: TextFile, structure: Structure, prefix: str) -> Iterator[Any]:
    """Yield the records of a list; raises `ImportFailed` where the document is damaged."""
    ijson = _ijson()
    number = 0
    try:
        stream = JsonStream(file, structure)
        for record in ijson.items(stream, prefix, multiple_values=True, map_type=JsonObject):
            number += 1
            yield record
    except (ijson.JSONError, ValueError) as error:
        raise ImportFailed(
            f"{file.path} is no JSON after record {number}: {str(error).splitlines()[0]}; is the "
            "file complete?"
        ) from error


def _ijson() -> Any:
    """Return the library; raises `ImportFailed` without the extra that it belongs to."""
    try:
        import ijson  # noqa: PLC0415 # an extra of its own
    except ModuleNotFoundError:
        raise ImportFailed(
            "reading a JSON document needs an extra: pip install 'rapport-monitor[import]'"
        ) from None
    return ijson
