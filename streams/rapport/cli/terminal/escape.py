r"""Escapes control characters in text from outside before a terminal shows it.

>>> print(printable("\x1b[31mred\u202e\n"))
\x1b[31mred\u202e\n
"""

import unicodedata
from typing import Final

UNSEEN: Final = frozenset({"Cc", "Cf", "Cn", "Co", "Cs", "Zl", "Zp"})
"""The Unicode categories of control, format, unassigned and separator characters."""


def printable(text: str, *, keep: str = "") -> str:
    """Return `text` with control and format characters escaped, except those in `keep`."""
    if text.isascii() and text.isprintable():
        return text
    return "".join(
        char if char in keep or unicodedata.category(char) not in UNSEEN else _escaped(char)
        for char in text
    )


def _escaped(char: str) -> str:
    return char.encode("unicode_escape").decode()
