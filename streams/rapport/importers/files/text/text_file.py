"""Text files as lines of bounded length, in any encoding, also packed (gzip, ZIP).

A line that is not UTF-8 is decoded as cp1252: exports are often concatenated from both. A byte
that belongs to neither becomes U+FFFD, and the rest of its line is kept.
"""

import codecs
import io
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final, Self

from rapport.importers.errors import ImportFailed
from rapport.importers.files.containers import UNREADABLE, ends_early, opened, unpacked
from rapport.importers.files.text.line_count import LineCount

SAMPLE_BYTES: Final = 65_536
LINE_CHARACTERS_MAX: Final = 1_048_576
TOO_LONG: Final = "\0too long\n"
"""Replaces a line over `LINE_CHARACTERS_MAX`; any line with a NUL byte is rejected."""
_BOMS: Final = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
AUTO: Final = "utf-8"
UTF_8: Final = (AUTO, "utf-8-sig")
_UNDECODED: Final = re.compile("[\udc80-\udcff]")
_DECODED: Final = re.compile("[\x80-\ud7ff\ue000-\U0010ffff]")


class TextFile:
    """An open text file: its lines, its encoding, and its progress in bytes."""

    def __init__(self, path: Path, encoding: str | None = None) -> None:
        self.path = path
        self.lines_as_cp1252 = 0
        """The lines so far that are not UTF-8, and were read as cp1252."""
        self._raw = opened(path)
        self.bytes_total = path.stat().st_size
        self._count = LineCount(unpacked(self._raw, path))
        buffered = io.BufferedReader(self._count, SAMPLE_BYTES)
        sample = _sample(buffered, path)
        self.encoding = encoding or sniff_encoding(sample)
        self._text = _decoded(buffered, self.encoding)
        self._count.start(self.encoding)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @property
    def bytes_read(self) -> int:
        """The bytes of the file on disk that were read so far."""
        return self._raw.tell()

    @property
    def lines_counted(self) -> int:
        """The lines in the raw bytes that were read so far."""
        return self._count.lines

    def close(self) -> None:
        """Close the file."""
        self._raw.close()

    def sample(self, lines_max: int = 20) -> list[str]:
        """Return the first lines of the file, from a second reader."""
        with TextFile(self.path, self.encoding) as other:
            return [line for line, _ in zip(other, range(lines_max), strict=False)]

    def __iter__(self) -> Iterator[str]:
        """Yield each line with its line end; `TOO_LONG` instead of a longer line."""
        read = self._text.readline
        try:
            while line := read(LINE_CHARACTERS_MAX):
                if len(line) == LINE_CHARACTERS_MAX and not line.endswith(("\n", "\r")):
                    self._skip_line()
                    line = TOO_LONG
                yield line if line.isascii() else self._letters(line)
        except (*UNREADABLE, UnicodeError) as error:
            raise ends_early(self.path, error) from error

    def _letters(self, line: str) -> str:
        text = decoded_again(line, self.encoding)
        has_bytes = text is not line and self.encoding in UTF_8
        self.lines_as_cp1252 += has_bytes and _DECODED.search(line) is None
        return text

    def chunks(self, characters: int = SAMPLE_BYTES) -> Iterator[str]:
        """Yield the text in pieces of at most so many characters."""
        try:
            while text := self._text.read(characters):
                yield text if text.isascii() else _UNDECODED.sub("\ufffd", text)
        except (*UNREADABLE, UnicodeError) as error:
            raise ends_early(self.path, error) from error

    def _skip_line(self) -> None:
        while line := self._text.readline(LINE_CHARACTERS_MAX):
            if line.endswith(("\n", "\r")):
                return


def decoded_again(line: str, encoding: str) -> str:
    r"""Return a line without undecoded bytes (surrogate escapes).

    A line with other letters in valid UTF-8 is damaged UTF-8, and not cp1252.

    >>> decoded_again("Caf\udce9", AUTO), decoded_again("Caf\udce9 \xfc", AUTO)
    ('Café', 'Caf\ufffd ü')
    """
    if _UNDECODED.search(line) is None:
        return line
    if encoding in UTF_8 and _DECODED.search(line) is None:
        return line.encode(errors="surrogateescape").decode("cp1252", "replace")
    return _UNDECODED.sub("\ufffd", line)


def sniff_encoding(sample: bytes) -> str:
    r"""Return the encoding by the byte order mark, or by the NUL bytes of UTF-16.

    >>> sniff_encoding(b"\xef\xbb\xbfid"), sniff_encoding("id;".encode("utf-16-be"))
    ('utf-8-sig', 'utf-16-be')
    """
    for mark, name in _BOMS:
        if sample.startswith(mark):
            return name
    half = max(1, len(sample) // 2)
    if sample[1::2].count(0) > half * 0.6:
        return "utf-16-le"
    if sample[::2].count(0) > half * 0.6:
        return "utf-16-be"
    return AUTO


def _sample(file: Any, path: Path) -> bytes:
    try:
        sample: bytes = file.peek(SAMPLE_BYTES)[:SAMPLE_BYTES]
    except UNREADABLE as error:
        raise ends_early(path, error) from error
    return sample


def _decoded(file: Any, encoding: str) -> io.TextIOWrapper:
    try:
        return io.TextIOWrapper(file, encoding, errors="surrogateescape", newline="")
    except LookupError as error:
        raise ImportFailed(
            f"{encoding!r} is not an encoding; common ones are utf-8, cp1252 and utf-16"
        ) from error
