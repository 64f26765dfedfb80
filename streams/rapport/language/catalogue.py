"""Catalogue: the texts of one language, read from a gettext file (.po).

The file itself is read, and not a compiled one, so that a translator adds a language by adding one
file. A text that a language lacks is English; a key that English lacks is a mistake of the program.
"""

from gettext import GNUTranslations, NullTranslations
from io import BytesIO
from typing import Final, Never

from babel.core import Locale, UnknownLocaleError
from babel.messages.mofile import write_mo
from babel.messages.pofile import PoFileError, read_po

from rapport_schemas.wire.errors import RapportError

FILE_BYTES_MAX: Final = 262_144


def read_catalogue(
    data: bytes, file: str, fallback: NullTranslations
) -> tuple[Locale, NullTranslations]:
    """Return the locale and the texts of a file.

    Raises `RapportError` when the file is too large, is not a catalogue or names no locale.
    """
    if len(data) > FILE_BYTES_MAX:
        raise RapportError(f"{file}: {len(data)} bytes; at most {FILE_BYTES_MAX} are allowed")
    try:
        catalogue = read_po(BytesIO(data), abort_invalid=True)
        locale = Locale.parse(str(catalogue.locale_identifier))
    except (PoFileError, UnicodeError) as error:
        raise RapportError(f"{file}: is not a gettext catalogue: {error}") from error
    except (UnknownLocaleError, ValueError) as error:
        raise RapportError(f"{file}: header Language: {error}") from error
    compiled = BytesIO()
    write_mo(compiled, catalogue)
    compiled.seek(0)
    translations = GNUTranslations(compiled)
    translations.add_fallback(fallback)
    return locale, translations


class NoTexts(NullTranslations):
    """The fallback of English: a key without a text is a mistake of the program."""

    def gettext(self, message: str) -> Never:
        """Refuse the key."""
        raise KeyError(message)

    def ngettext(self, msgid1: str, msgid2: str, n: int) -> Never:  # noqa: ARG002 # gettext's own signature
        """Refuse the key."""
        raise KeyError(msgid1)

    def pgettext(self, context: str, message: str) -> Never:
        """Refuse the key."""
        raise KeyError(f"{context}: {message}")
