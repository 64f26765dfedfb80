"""Counts the lines of a file in its raw bytes, apart from the code that reads them.

An import compares this count with the rows that it read, so no row is lost in silence.
"""

import codecs
import io
from typing import Any


class LineCount(io.RawIOBase):
    """A stream of bytes that counts the line ends (LF, CR LF, CR) that pass through it."""

    def __init__(self, source: Any) -> None:
        self._source = source
        self._waiting: list[bytes] = []
        self._decoder: Any = None
        self._is_plain: bool | None = None
        self._ends = 0
        self._last = ""
        self._has_text = False

    def readable(self) -> bool:
        """Return true."""
        return True

    def readinto(self, buffer: Any) -> int:
        """Read from the source and count what was read."""
        chunk = self._source.read1(len(buffer))
        buffer[: len(chunk)] = chunk
        if self._is_plain is None:
            self._waiting.append(chunk)
        else:
            self._count(chunk)
        return len(chunk)

    def start(self, encoding: str) -> None:
        """Set the encoding: only then are the bytes of a line end known."""
        self._is_plain = "\r\n".encode(encoding) == b"\r\n"
        self._decoder = codecs.getincrementaldecoder(encoding)(errors="replace")
        for chunk in self._waiting:
            self._count(chunk)
        self._waiting.clear()

    @property
    def lines(self) -> int:
        """The lines so far; the last one may have no line end."""
        return self._ends + (self._has_text and self._last not in ("\n", "\r"))

    def _count(self, chunk: bytes) -> None:
        text = chunk.decode("latin-1") if self._is_plain else self._decoder.decode(chunk)
        if not text:
            return
        self._has_text = True
        self._ends += text.count("\n") + text.count("\r") - text.count("\r\n")
        self._ends -= self._last == "\r" and text[0] == "\n"
        self._last = text[-1]
