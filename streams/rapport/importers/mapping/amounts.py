"""Parses amounts of money, as people and spreadsheets write them, to whole minor units."""

import re
from decimal import ROUND_HALF_EVEN, Decimal
from typing import Final, Literal

from rapport.importers.errors import RowError, excerpt
from rapport_schemas.currencies import DECIMALS

_GROUPED: Final = {
    ".": re.compile(r"\d{1,3}(,\d{3})+(\.\d*)?|\d+(\.\d*)?|\.\d+", re.ASCII),
    ",": re.compile(r"\d{1,3}([. ]\d{3})+(,\d*)?|\d+(,\d*)?|,\d+", re.ASCII),
}
_DECORATION: Final = re.compile(r"[€£$¥\u00a0\u202f'\u2019]|\b[A-Z]{3}\b")
_SCIENTIFIC: Final = re.compile(r"[+-]?\d+(\.\d+)?[eE][+-]?\d+", re.ASCII)
LARGEST_EXPONENT: Final = 12
AMOUNT_CHARACTERS_MAX: Final = 64
ROUNDING_MINOR: Final = Decimal("1e-6")
"""Tolerance for binary floats: a spreadsheet's 0.1 + 0.2 is 0.30000000000000004."""


def decimal_of(text: str, mark: Literal[".", ","], path: str) -> Decimal:
    """Return a signed amount; raises `RowError`.

    >>> [str(decimal_of(t, ".", "")) for t in ("£1,234.50", "(12.5)", "3.10-", "- 7", "4 CR")]
    ['1234.50', '-12.5', '-3.10', '-7', '-4']
    >>> str(decimal_of("€ 1.234,56", ",", ""))
    '1234.56'
    """
    plain = text.strip()
    if len(plain) > AMOUNT_CHARACTERS_MAX:
        raise RowError(path, f"{excerpt(text)} is not an amount")
    if _SCIENTIFIC.fullmatch(plain):
        return Decimal(plain)
    negative = plain.startswith("(") and plain.endswith(")")
    plain = plain.strip("()")
    if plain.upper().endswith("CR"):
        negative, plain = True, plain[:-2]
    plain = _DECORATION.sub("", plain).strip()
    if "-" in (plain[:1], plain[-1:]):
        negative, plain = not negative, plain.strip("- ")
    plain = plain.removeprefix("+").strip()
    if _GROUPED[mark].fullmatch(plain) is None:
        raise RowError(path, f"{excerpt(text)} is not an amount with the decimal mark {mark!r}")
    digits = plain.replace(" ", "").replace("," if mark == "." else ".", "").replace(",", ".")
    return -Decimal(digits) if negative else Decimal(digits)


def minor_units(amount: Decimal, currency: str, path: str, *, rounded: bool = False) -> int:
    """Return an amount in the minor unit of ISO 4217; raises `RowError` unless it is whole.

    >>> minor_units(Decimal("12.5"), "EUR", ""), minor_units(Decimal("300"), "JPY", "")
    (1250, 300)
    """
    if amount.adjusted() > LARGEST_EXPONENT:
        raise RowError(path, f"{amount:.3e} is too large for an amount")
    minor = amount.scaleb(DECIMALS[currency])
    whole = minor.quantize(Decimal(1), rounding=ROUND_HALF_EVEN)
    if not rounded and abs(minor - whole) > ROUNDING_MINOR:
        raise RowError(path, f"{amount} has more decimals than {currency}; `round = true` rounds")
    return int(whole)
