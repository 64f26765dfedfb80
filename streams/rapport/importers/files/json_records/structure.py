"""Follows the brackets of a JSON document, apart from the library that reads it.

Counts the records, knows the line of each, and bounds what one record may be: the library holds a
whole record in memory.
"""

import re
from typing import Final

from rapport.importers.errors import ImportFailed

RECORD_CHARACTERS_MAX: Final = 4 << 20
NESTING_MAX: Final = 500
_STRINGS: Final = re.compile(r'"(?:[^"\\]++|\\.)*+"', re.DOTALL)
_STRUCTURE: Final = re.compile(r"[{}\[\]\n]")
_CLOSING: Final = "}]"


class Structure:
    """The brackets that are open; the records are the objects right in one list of the document.

    `depth` is how many brackets are open around a record, `number` which list of that depth it is.
    """

    def __init__(self, depth: int = 0, number: int = 0) -> None:
        self.records = 0
        self.line = 1
        """The line up to which the document was followed."""
        self._record_lines: list[int] = []
        """The first lines of the records that `take_line` has not returned yet."""
        self._depth = depth
        self._number = number
        self._lists = 0
        self._open: list[str] = []
        self._carry = ""
        self._characters = 0

    def take_line(self) -> int:
        """Return the line of the next record."""
        return self._record_lines.pop(0) if self._record_lines else self.line

    def feed(self, text: str) -> None:
        """Follow the next piece of the document; raises `ImportFailed` beyond the bounds."""
        self._characters += len(text)
        rest = _STRINGS.sub("", self._carry + text)
        rest, quote, tail = rest.partition('"')
        self._carry = quote + ("\\" if _ends_in_escape(tail) else "")
        for mark in _STRUCTURE.findall(rest):
            self._follow(mark)
        if self._characters > RECORD_CHARACTERS_MAX + len(text):
            raise ImportFailed(
                f"the JSON value that begins before line {self.line} is longer than "
                f"{RECORD_CHARACTERS_MAX} characters"
            )

    def _follow(self, mark: str) -> None:
        if mark == "\n":
            self.line += 1
            return
        if mark in _CLOSING:
            if self._open:
                self._open.pop()
        else:
            self._begin(mark)
            self._open.append(mark)
            if len(self._open) > NESTING_MAX:
                raise ImportFailed(
                    f"the JSON is nested deeper than {NESTING_MAX} on line {self.line}"
                )
        if len(self._open) <= self._depth:
            self._characters = 0

    def _begin(self, mark: str) -> None:
        if mark == "[" and len(self._open) == self._depth - 1:
            self._lists += 1
        if mark != "{" or len(self._open) != self._depth:
            return
        is_in_list = not self._depth or self._open[-1] == "["
        if is_in_list and self._number in (0, self._lists):
            self.records += 1
            self._record_lines.append(self.line)


def _ends_in_escape(text: str) -> bool:
    """Return whether the next character is escaped by a backslash."""
    return (len(text) - len(text.rstrip("\\"))) % 2 == 1
