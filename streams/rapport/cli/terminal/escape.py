r"""Text from outside as it may be shown in a terminal: nothing in it moves, colours or hides.

>>> print(printable("\x1b[31mred\u202e\n"))
\x1b[31mred\u202e\n
"""

import unicodedata
from typing import Final

UNSEEN: Final = frozenset({"Cc", "Cf", "Cn", "Co", "Cs", "Zl", "Zp"})
"""Unicode's categories of what controls, formats or has no shape of its own."""


def printable(text: str, *, keep: str = "") -> str:
    """Return `text` with every control and format character spelt out, but those in `keep`."""
    if text.isascii() and text.isprintable():
        return text
    return "".join(
        letter if letter in keep or unicodedata.category(letter) not in UNSEEN else _spelt(letter)
        for letter in text
    )


def _spelt(letter: str) -> str:
    return letter.encode("unicode_escape").decode()
