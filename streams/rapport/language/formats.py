"""Formats: how a language writes numbers, percentages, days, amounts and lists, by CLDR."""

from collections.abc import Sequence
from copy import copy
from decimal import Decimal
from functools import cache, partial

from babel.core import Locale
from babel.dates import format_date, format_skeleton, get_month_names
from babel.lists import format_list
from babel.numbers import NumberPattern

from rapport.domain.calendar import dated
from rapport_schemas.currencies import DECIMALS


class Formats:
    """What one locale writes."""

    def __init__(self, locale: Locale) -> None:
        self._locale = locale
        self._decimal = cache(partial(_digits, locale.decimal_formats[None]))
        self._percent = cache(partial(_digits, locale.percent_formats[None]))
        self._currency = cache(partial(_digits, locale.currency_formats["standard"]))

    def number(self, value: float, decimals: int) -> str:
        """Return a number with its decimals; a number that rounds to zero has no sign."""
        return str(self._decimal(decimals, decimals).apply(_rounded(value, decimals), self._locale))

    def short_number(self, value: float, decimals_max: int) -> str:
        """Return a number without trailing zeros."""
        return str(
            self._decimal(0, decimals_max).apply(_rounded(value, decimals_max), self._locale)
        )

    def ordinal_form(self, number: int) -> str:
        """Return the form of an ordinal number by CLDR: one, two, few or other."""
        return self._locale.ordinal_form(number)

    def percent(self, ratio: float, decimals: int) -> str:
        """Return a ratio as a percentage."""
        rounded = _rounded(ratio * 100, decimals) / 100
        return str(self._percent(decimals, decimals).apply(rounded, self._locale))

    def day(self, day: int) -> str:
        """Return a day, as 4 Oct 2024."""
        return format_date(dated(day), "medium", self._locale)

    def short_day(self, day: int) -> str:
        """Return a day without its year, as 4 Oct."""
        return format_skeleton("MMMd", dated(day), locale=self._locale)

    def month(self, number: int) -> str:
        """Return a month, 1 to 12, as Oct."""
        return str(get_month_names("abbreviated", "stand-alone", self._locale)[number])

    def amount(self, minor: int, currency: str) -> str:
        """Return an amount of money, as €1,268.55."""
        decimals = DECIMALS[currency]
        amount = Decimal(minor).scaleb(-decimals)
        pattern = self._currency(decimals, decimals)
        return str(pattern.apply(amount, self._locale, currency=currency, currency_digits=False))

    def listed(self, names: Sequence[str]) -> str:
        """Return names as a list in a sentence: one, two and three."""
        return format_list(list(names), locale=self._locale)


def _rounded(value: float, decimals: int) -> Decimal:
    return Decimal(f"{value:z.{decimals}f}")


def _digits(pattern: NumberPattern, least: int, most: int) -> NumberPattern:
    """Return a pattern with other numbers of decimals."""
    changed = copy(pattern)
    changed.frac_prec = (least, most)
    return changed
