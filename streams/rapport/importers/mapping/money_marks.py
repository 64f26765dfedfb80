"""What stands beside the digits of an amount: currencies, debit and credit, words for zero.

The words are data, in `money_marks.toml`.
"""

import re
from collections.abc import Iterable
from importlib.resources import files
from itertools import product
from typing import Final

from rapport.domain.documents.toml import parse_toml
from rapport.importers.mapping.amount_units import without_unit
from rapport_schemas.currencies import DECIMALS
from rapport_schemas.wire.errors import RapportError

_FILE: Final = "money_marks.toml"
_TABLES: Final = parse_toml(
    (files(__package__) / _FILE).read_text(encoding="utf-8"), _FILE, RapportError
).values


def _with_country(symbol: str, codes: str) -> dict[str, frozenset[str]]:
    """Return the forms of a symbol with the two letters of a country: US$, US $, $US, $ US."""
    forms = ("{1}{0}", "{1} {0}", "{0}{1}", "{0} {1}")
    return {
        form.format(symbol, code[:2]).casefold(): frozenset({code})
        for form, code in product(forms, codes.split())
    }


_SYMBOLS: Final[dict[str, str]] = {
    mark: codes for mark, codes in _TABLES["currencies"].items() if mark in "$£¥"
}
CURRENCIES: Final[dict[str, frozenset[str]]] = {
    **{
        form: code
        for mark, codes in _SYMBOLS.items()
        for form, code in _with_country(mark, codes).items()
    },
    **{code.casefold(): frozenset({code}) for code in DECIMALS},
    **{mark.casefold(): frozenset(codes.split()) for mark, codes in _TABLES["currencies"].items()},
}
"""Symbols, words and codes, in lower case -> the codes that they may mean."""
ALONE: Final[dict[frozenset[str], str]] = {
    CURRENCIES[mark]: code for mark, code in _TABLES["alone"].items()
}
"""The codes that a symbol may mean -> the one that it means where nothing else says it."""
DEBIT: Final = frozenset(word.casefold() for word in _TABLES["sides"]["debit"].split())
CREDIT: Final = frozenset(word.casefold() for word in _TABLES["sides"]["credit"].split())
_WORDS: Final = frozenset(_TABLES["names"]["words"].split())
_NAME_PARTS: Final = re.compile(r"[\s()\[\]/,:_'\u2019-]+")
ZERO: Final = frozenset(_TABLES["zero"]["words"].split())


def _alternatives(marks: Iterable[str], *, at_end: bool) -> str:
    """Return a pattern of marks, the longest first; letters beside a mark are not part of it."""
    longest_first = sorted(marks, key=len, reverse=True)
    if at_end:
        return "|".join(
            (r"(?<![^\W\d_])" if mark[0].isalpha() else "") + re.escape(mark)
            for mark in longest_first
        )
    return "|".join(
        re.escape(mark) + (r"(?![^\W\d_])" if mark[-1].isalpha() else "") for mark in longest_first
    )


_ALL: Final = {*CURRENCIES, *DEBIT, *CREDIT}
_FIRST: Final = re.compile(rf"({_alternatives(_ALL, at_end=False)})\s*", re.IGNORECASE)
_LAST: Final = re.compile(rf"\s*({_alternatives(_ALL, at_end=True)})$", re.IGNORECASE)


def without_marks(text: str) -> tuple[str, list[str]]:
    """Return a text without the marks at its ends, and the marks in lower case.

    >>> without_marks("GBP63.12 CR"), without_marks("US$ 12,50")
    (('63.12', ['gbp', 'cr']), ('12,50', ['us$']))
    """
    marks: list[str] = []
    while not text[:1].isdigit() and (found := _FIRST.match(text)):
        marks.append(found[1].casefold())
        text = text[found.end() :]
    # No mark ends with a digit; without the check a search costs 250 µs for each amount.
    while not text[-1:].isdigit() and (found := _LAST.search(text)):
        marks.append(found[1].casefold())
        text = text[: found.start()]
    return text, marks


def currencies_of(marks: Iterable[str]) -> frozenset[str] | None:
    """Return the codes that all marks may mean; None without a mark of a currency.

    >>> sorted(currencies_of(["$", "cad"])), currencies_of(["cr"]), len(currencies_of(["€", "£"]))
    (['CAD'], None, 0)
    """
    codes = [CURRENCIES[mark] for mark in marks if mark in CURRENCIES]
    return frozenset.intersection(*codes) if codes else None


def currencies_in_name(name: str) -> frozenset[str] | None:
    """Return the codes that a column's name has, as in `Amount (€)`; None without one.

    >>> [sorted(currencies_in_name(name) or ()) for name in ("Bedrag EUR", "All paid", "Net (ALL)")]
    [['EUR'], [], ['ALL']]
    """
    name = without_unit(name)
    marks = [mark.casefold() for mark in _NAME_PARTS.split(name)]
    return currencies_of(mark for mark in marks if _means_currency(mark, name.casefold()))


def _means_currency(mark: str, name: str) -> bool:
    """Return whether a part of a column's name is a currency: alone, short letters are not."""
    is_code = mark.upper() in DECIMALS and mark not in _WORDS
    is_plain = is_code or not mark.isalpha() or len(mark) > len("EUR")
    return mark in CURRENCIES and (is_plain or f"({mark})" in name)
