"""Texts that an earlier program, or this import, read in another encoding than their own."""

import html
import re
from typing import Final

from rapport.importers.errors import excerpt

_CONTINUATION: Final = "".join(
    bytes([byte]).decode("cp1252", "ignore") or chr(byte) for byte in range(0x80, 0xC0)
)
TWICE_UTF_8: Final = re.compile(f"[ÂÃ][{re.escape(_CONTINUATION)}]|â€.")
"""Two letters of one: UTF-8 that was read as cp1252, such as Ã« for ë."""
OTHER_CODE_PAGE: Final = re.compile(
    r"[\x80-\x9f]"  # control characters of no text
    r"|(?<=[^\W\d_])[‰ˆƒ‚‡†‹›˜™„“”‘](?=[^\W\d_])"  # letters of cp850 and of Mac Roman  # noqa: RUF001
    r"|(?<=[a-zà-ÿ])[ŽŠŸ]"  # the same at the end of a word
    r"|[À-ÖØ-öø-ÿ]{4}"  # Cyrillic and Greek letters
)
UTF_7: Final = re.compile(r"\+[A-Za-z0-9+/]{3,}-")
"""A letter in UTF-7: its number, in the 64 signs of base 64, between a plus and a hyphen."""
EUROPEAN: Final = re.compile(r"[\u00a0-\u017f\u2010-\u2026\u20ac]+")
ENTITY: Final = re.compile(r"&(?:[a-z]{2,8}|#[0-9]{1,7}|#x[0-9a-f]{1,6});", re.IGNORECASE)
ENCODING: Final = (
    "--encoding, or `encoding` in `[file]` of the mapping, says the encoding of the file, such as "
    "mac_roman, cp850 or cp1251"
)


def misread(text: str) -> str | None:
    """Return why a text is probably not as it was written, and what to do; else None.

    >>> misread("Finance &amp; Control")
    "has HTML in it, and is perhaps 'Finance & Control'; export plain texts"
    >>> misread("Café Zürich") is None, misread("Financi‰n") is None
    (True, False)
    """
    if (entity := ENTITY.search(text)) and html.unescape(entity[0]) != entity[0]:
        return f"has HTML in it, and is perhaps {excerpt(html.unescape(text))}; export plain texts"
    if (seven_bits := _of_utf_7(text)) is not None:
        return f"is UTF-7, and is perhaps {excerpt(seven_bits)}; export the file again as UTF-8"
    if text.isascii():
        return None
    if TWICE_UTF_8.search(text):
        return f"was encoded twice{_once(text)}; export the file again as UTF-8"
    if OTHER_CODE_PAGE.search(text):
        return f"has letters that no word has, so its encoding is another one; {ENCODING}"
    return None


def _of_utf_7(text: str) -> str | None:
    """Return what a text in UTF-7 is: only signs for letters of European languages count.

    >>> _of_utf_7("Financi+AOs-n"), _of_utf_7("R+D-team"), _of_utf_7("Research+Development-2")
    ('Financiën', None, None)
    """
    if UTF_7.search(text) is None:
        return None
    try:
        read = [(sign, sign.encode().decode("utf-7")) for sign in UTF_7.findall(text)]
    except UnicodeError:
        return None
    if not all(EUROPEAN.fullmatch(letters) for _, letters in read):
        return None
    for sign, letters in read:
        text = text.replace(sign, letters, 1)
    return text


def _once(text: str) -> str:
    """Return what a text is that was encoded once."""
    try:
        return f", and is perhaps {excerpt(text.encode('cp1252').decode())}"
    except UnicodeError:
        return ""
