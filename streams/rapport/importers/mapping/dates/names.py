"""Names of months and weekdays in Dutch, English, German and French, from babel's CLDR data.

Case, accents and a point do not count: `mrt`, `Mrt.`, `maart`, `Mär.`, `März` and `MARCH` are
the same month. In these languages no name means two months.
"""

import re
import unicodedata
from collections.abc import Iterator
from functools import cache
from typing import Final

from rapport.importers.errors import ImportFailed

LOCALES: Final = ("nl", "en", "en_GB", "de", "de_AT", "fr")
MORE_MONTHS: Final = {"mrz": 3, "maerz": 3, "jaen": 1, "jaenner": 1, "febr": 2}
"""What German and Dutch programs write beside CLDR's names."""
LETTER: Final = r"[^\W\d_]"


@cache
def months() -> dict[str, int]:
    """Return the number of each month by its folded names."""
    numbers = dict(MORE_MONTHS)
    for number, name in _names("months"):
        numbers[fold(name)] = number
    return numbers


@cache
def weekdays() -> dict[str, frozenset[int]]:
    """Return the numbers (Monday is 0) of each weekday by its folded names."""
    numbers: dict[str, frozenset[int]] = {}
    for number, name in _names("days"):
        key = fold(name)
        numbers[key] = numbers.get(key, frozenset()) | {number}
    return numbers


def fold(name: str) -> str:
    """Return a name without case, accents and point.

    >>> fold("Mär."), fold("AOÛT")
    ('mar', 'aout')
    """
    plain = unicodedata.normalize("NFKD", name.casefold().removesuffix("."))
    return "".join(mark for mark in plain if not unicodedata.combining(mark))


def pattern(names: dict[str, int] | dict[str, frozenset[int]]) -> str:
    """Return a pattern of a word that may be one of the names, with points behind it."""
    longest = max(map(len, names))
    return rf"(?<!{LETTER}){LETTER}{{2,{longest}}}(?!{LETTER})\.{{0,2}}"


def as_word(text: str) -> str:
    """Return a matched word without points.

    >>> as_word("mrt.")
    'mrt'
    """
    return re.sub(r"\.+$", "", text)


def _names(kind: str) -> Iterator[tuple[int, str]]:
    try:
        from babel.dates import get_day_names, get_month_names  # noqa: PLC0415 # an extra of its own
    except ModuleNotFoundError:
        raise ImportFailed(
            "reading dates with names of months needs an extra: "
            "pip install 'rapport-monitor[import]'"
        ) from None
    names_of = get_month_names if kind == "months" else get_day_names
    for locale in LOCALES:
        for width in ("abbreviated", "wide"):
            for context in ("format", "stand-alone"):
                yield from names_of(width, context, locale).items()
