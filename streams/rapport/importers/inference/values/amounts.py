"""Infers how amounts are written: their decimal mark and their currencies."""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from typing import Final, NamedTuple

from rapport.importers.errors import RowError
from rapport.importers.mapping.amounts import (
    AmountText,
    doubtful_readings,
    readings,
    shown_mark,
    split_amount,
    without_zeros,
)
from rapport.importers.mapping.schema import Mark

WORDS: Final[dict[Mark, str]] = {".": "point", ",": "comma"}
COMMON_CODES: Final = ("EUR", "GBP", "USD", "JPY")
"""What a symbol is taken as that several currencies have."""
AMOUNTS_RATIO_MIN: Final = 0.9


class DecimalMark(NamedTuple):
    """The decimal mark of a column's amounts, with a note on what to check."""

    mark: Mark | None
    """None where the amounts show none, or both: each import then finds it from its file."""
    note: str | None


def infer_decimal(values: Iterable[str], decimals: int = 2) -> DecimalMark:
    """Return the decimal mark of amounts in a currency with so many decimals.

    Three digits behind the only mark are taken as a group, which few amounts are not.

    >>> [infer_decimal(values).mark for values in (["1.234,50", "7"], ["1,234.50"], ["7"])]
    [',', '.', None]
    >>> infer_decimal(["1.250", "950"]).note.partition(":")[0]
    "'1.250' was taken as 1250"
    """
    amounts = list(split_amounts(values))
    marks = {mark for amount in amounts if (mark := shown_mark(amount))}
    if len(marks) == 1:
        return DecimalMark(next(iter(marks)), None)
    doubtful = [amount for amount in amounts if doubtful_readings(amount, decimals)]
    if not doubtful:
        return DecimalMark(None, None)
    text = doubtful[0].text
    found = {value: mark for mark, value in readings(doubtful[0].digits).items()}
    whole, small = without_zeros(max(found)), without_zeros(min(found))
    if marks:
        note = f"amounts have both decimal marks: is {text!r} {whole} or {small}? --decimal says it"
        return DecimalMark(None, note)
    other = found[min(found)]
    return DecimalMark(
        found[max(found)],
        f"{text!r} was taken as {whole}: is it {small}? Then decimal is {other!r} "
        f"(--decimal {WORDS[other]})",
    )


def has_negative(values: Iterable[str]) -> bool:
    """Return whether one of the amounts is negative.

    >>> has_negative(["€ 80,-", "-"]), has_negative(["£(63.12)"]), has_negative(["3 CR"])
    (False, True, True)
    """
    return any(
        amount.is_negative and not amount.is_zero_by_dash for amount in split_amounts(values)
    )


class Currencies(NamedTuple):
    """The currencies that amounts name themselves."""

    counts: Counter[str]
    """A symbol that several currencies have counts for the most used one."""
    is_complete: bool
    """Whether every amount names one currency, beyond doubt."""


def infer_currencies(values: Iterable[str]) -> Currencies:
    """Return the currencies beside the digits, as symbols or codes.

    >>> infer_currencies(["£ 12.50", "EUR99,00", "$1", "£2"]).counts.most_common()
    [('GBP', 2), ('EUR', 1), ('USD', 1)]
    """
    named = [amount.currencies for amount in split_amounts(values)]
    counts = Counter(common_code(codes) for codes in named if codes)
    return Currencies(counts, bool(named) and all(codes and len(codes) == 1 for codes in named))


def common_code(codes: frozenset[str]) -> str:
    """Return the most used of the codes that a symbol may mean."""
    return next((code for code in COMMON_CODES if code in codes), min(codes))


def are_amounts(values: Sequence[str]) -> bool:
    """Return whether nearly all values of a column are amounts.

    >>> are_amounts(["€ 1.250,00", "12,50-"]), are_amounts(["Acme", "7"]), are_amounts([])
    (True, False, False)
    """
    read = sum(
        bool(readings(amount.digits)) or not amount.digits for amount in split_amounts(values)
    )
    return read > AMOUNTS_RATIO_MIN * len(values)


def split_amounts(values: Iterable[str]) -> Iterator[AmountText]:
    """Yield the parts of every value that is an amount."""
    for value in values:
        try:
            yield split_amount(value, "")
        except RowError:
            continue
