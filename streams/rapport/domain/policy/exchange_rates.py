"""Conversion of currencies by a table of dated rates, in exact arithmetic.

A purchase is converted by the rate in force on its own day, so a rate that is added today changes
no purchase of last year. An amount without a rate is not converted.
"""

from bisect import bisect_right
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

from rapport_schemas.currencies import DECIMALS


@dataclass(frozen=True, slots=True)
class DatedRate:
    """Exchange rate: from `day` on, one `currency` is `rate` of the reporting currency."""

    currency: str
    day: int
    rate: Decimal


class RateTable:
    """Exchange rates by currency and day, as ratios of minor units.

    >>> rates = [DatedRate("GBP", 100, Decimal("1.15")), DatedRate("JPY", 0, Decimal("0.0061"))]
    >>> table = RateTable("EUR", rates)
    >>> table.converted(1000, "GBP", 100), table.converted(1000, "GBP", 99)
    (1150, None)
    >>> table.converted(1000, "JPY", 7), table.converted(1000, "EUR", 7)
    (610, 1000)
    """

    __slots__ = ("_days", "_ratios", "currency")

    def __init__(self, currency: str, rates: Iterable[DatedRate]) -> None:
        self.currency = currency
        self._days: dict[str, list[int]] = {currency: [-(10**9)]}
        self._ratios: dict[str, list[Fraction]] = {currency: [Fraction(1)]}
        for dated in sorted(rates, key=lambda rate: (rate.currency, rate.day)):
            shift = DECIMALS[currency] - DECIMALS[dated.currency]
            ratio = Fraction(dated.rate) * Fraction(10) ** shift
            self._days.setdefault(dated.currency, []).append(dated.day)
            self._ratios.setdefault(dated.currency, []).append(ratio)

    def converted(self, minor: int, currency: str, day: int) -> int | None:
        """Return an amount in minor units of the reporting currency; None without a rate.

        Rounds half to even, so that rounding has no bias.
        """
        if currency == self.currency:
            return minor
        days = self._days.get(currency)
        count = bisect_right(days, day) if days else 0
        return round(minor * self._ratios[currency][count - 1]) if count else None


def format_amount(minor: int, currency: str) -> str:
    """Return an amount in minor units as text with its currency, exact.

    >>> format_amount(253878, "GBP"), format_amount(610, "JPY"), format_amount(1, "KWD")
    ('GBP 2,538.78', 'JPY 610', 'KWD 0.001')
    """
    decimals = DECIMALS[currency]
    return f"{currency} {Decimal(minor).scaleb(-decimals):,.{decimals}f}"
