"""Number formats of workbooks: the currency and the leading zeros that people see in a cell."""

import locale
import re
import unicodedata
from collections.abc import Iterator
from functools import reduce
from typing import Final, NamedTuple

from babel.numbers import get_territory_currencies

from rapport.importers.mapping.money_marks import CURRENCIES, currencies_in_name

_LITERAL: Final = re.compile(
    r'\[\$(?P<mark>[^\]-]*)(?:-(?P<locale>[^\]]*))?\]|"(?P<text>[^"]*)"'
    r"|\\(?P<escaped>.)|\[[^\]]*\]|[_*]."
)
_ZEROS: Final = re.compile(r"0{2,}")
_LANGUAGE_BITS: Final = 0xFFFF
TERRITORY_LETTERS: Final = 2


class NumberFormat(NamedTuple):
    """What a number format shows beside the value."""

    currencies: frozenset[str] | None
    """The codes that its currency may mean; None without one."""
    digits: int = 0
    """The number of digits that are shown at least; 0 for a format that is not zeros only."""


def number_format(code: str) -> NumberFormat | None:
    """Return what a format of Open XML shows beside the value; None for nothing.

    >>> number_format("[$€-413] #,##0.00").currencies, number_format("00000").digits
    (frozenset({'EUR'}), 5)
    >>> number_format("[$$-1009]#,##0").currencies, number_format("dd/mm/yyyy")
    (frozenset({'CAD'}), None)
    """
    if _ZEROS.fullmatch(code):
        return NumberFormat(None, len(code))
    found = list(_currencies(code))
    return NumberFormat(reduce(frozenset.intersection, found)) if found else None


def _currencies(code: str) -> Iterator[frozenset[str]]:
    """Yield what each literal of a format may mean as a currency."""
    for literal in _LITERAL.finditer(code):
        mark = (literal["mark"] or "").strip().casefold()
        if mark in CURRENCIES:
            yield _of_territory(CURRENCIES[mark], literal["locale"] or "")
        elif literal["text"] and (codes := currencies_in_name(f"({literal['text'].strip()})")):
            yield codes
    for symbol in _LITERAL.sub(lambda literal: literal["escaped"] or " ", code):
        if unicodedata.category(symbol) == "Sc" and symbol in CURRENCIES:
            yield CURRENCIES[symbol]


def _of_territory(codes: frozenset[str], tag: str) -> frozenset[str]:
    """Return those codes that the territory of a locale has; all if it has none of them."""
    if re.fullmatch(r"[0-9A-Fa-f]{3,8}", tag):
        tag = locale.windows_locale.get(int(tag, 16) & _LANGUAGE_BITS, "")
    territory = re.split("[-_]", tag)[-1]
    is_known = len(territory) == TERRITORY_LETTERS and territory.isupper()
    return codes.intersection(get_territory_currencies(territory) if is_known else ()) or codes
