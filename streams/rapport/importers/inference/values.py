"""Infers the format of a column's values: dates, amounts, priorities. Pure."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from itertools import product
from typing import Final, NamedTuple

from rapport.domain.text_key import slug
from rapport.importers.errors import RowError
from rapport.importers.inference.synonyms import PRIORITY_WORDS, SYMBOLS
from rapport.importers.mapping.amounts import (
    AmountText,
    doubtful_readings,
    readings,
    shown_mark,
    split_amount,
    without_zeros,
)
from rapport.importers.mapping.dates.options import DateOptions
from rapport.importers.mapping.dates.reader import DateReader
from rapport.importers.mapping.schema import Mark

_DAYS: Final = ("%d{0}%m{0}{1}", "%m{0}%d{0}{1}", "{1}{0}%m{0}%d", "%d{0}%b{0}{1}", "%d{0}%B{0}{1}")
_TIMES: Final = ("", " %H:%M", " %H:%M:%S", " %I:%M %p", " %I:%M:%S %p", " %H:%M:%S %z", "T%H:%M")
LAYOUTS: Final = tuple(
    day.format(mark, year) + time
    for day, mark, year, time in product(_DAYS, "/-. ", ("%Y", "%y"), _TIMES)
)
_NUMBERS: Final = {
    "excel": "the dates are a spreadsheet's serial numbers",
    "epoch": "the dates are seconds or milliseconds since 1970",
}


class Dates(NamedTuple):
    """The layouts of a column's dates, with a note on what to check."""

    layouts: list[str]
    note: str | None


def infer_dates(values: Sequence[str]) -> Dates | None:
    """Return the layouts that parse every value; None if the values are not dates.

    >>> infer_dates(["13/04/2026", "01/02/2026"])
    Dates(layouts=['%d/%m/%Y'], note=None)
    >>> infer_dates(["03/04/2026"]).note
    "day or month first? '03/04/2026' was taken as 3 April; every date fits both ways"
    """
    if not values:
        return None
    if _all_read("iso", values):
        return Dates(["iso"], None)
    fitting = [layout for layout in LAYOUTS if _all_read(layout, values)]
    if fitting:
        return Dates(fitting[:1], _ambiguity(fitting, values))
    for layout, note in _NUMBERS.items():
        if _all_read(layout, values):
            return Dates([layout], note)
    mixed = _mixed(values)
    check = f"dates of several layouts: {' and '.join(mixed)}; check each"
    return Dates(mixed, check) if mixed else None


def _ambiguity(fitting: Sequence[str], values: Sequence[str]) -> str | None:
    first = fitting[0]
    if not first.startswith("%d") or not any(one.startswith("%m") for one in fitting):
        return None
    example = next((v for v in values if _is_ambiguous(first, v)), None)
    if example is None:
        return None
    day = datetime.strptime(example, first)  # noqa: DTZ007 # only its day and month are shown
    taken = f"{day.day} {day:%B}"
    return f"day or month first? {example!r} was taken as {taken}; every date fits both ways"


def _is_ambiguous(layout: str, value: str) -> bool:
    read = datetime.strptime(value, layout)  # noqa: DTZ007 # only its day and month are compared
    return read.day != read.month


def _mixed(values: Sequence[str]) -> list[str]:
    layouts: list[str] = []
    for value in values:
        if any(_all_read(layout, [value]) for layout in layouts):
            continue
        layout = next((one for one in ("iso", *LAYOUTS) if _all_read(one, [value])), "")
        if not layout or len(layouts) > 3:  # noqa: PLR2004 # more than that is no date column
            return []
        layouts.append(layout)
    return layouts


def _all_read(layout: str, values: Iterable[str]) -> bool:
    dates = DateReader(DateOptions(layouts=[layout]))
    try:
        for value in values:
            dates.read(value, "")
    except RowError:
        return False
    return True


class DecimalMark(NamedTuple):
    """The decimal mark of a column's amounts, with a note on what to check."""

    mark: Mark | None
    """None where the amounts show none, or both: each import then finds it from its file."""
    note: str | None


def infer_decimal(values: Sequence[str], decimals: int = 2) -> DecimalMark:
    """Return the decimal mark of amounts in a currency with so many decimals.

    Three digits behind the only mark are taken as a group, which few amounts are not.

    >>> [infer_decimal(values).mark for values in (["1.234,50", "7"], ["1,234.50"], ["7"])]
    [',', '.', None]
    >>> infer_decimal(["1.250", "950"])
    DecimalMark(mark=',', note="'1.250' was taken as 1250: is it 1.25? Then decimal is '.'")
    """
    amounts = list(_amounts(values))
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
        note = f"amounts have both decimal marks: is {text!r} {whole} or {small}?"
        return DecimalMark(None, note)
    note = f"{text!r} was taken as {whole}: is it {small}? Then decimal is {found[min(found)]!r}"
    return DecimalMark(found[max(found)], note)


def has_negative(values: Sequence[str]) -> bool:
    """Return whether one of the amounts is negative.

    >>> has_negative(["€ 80,-", "-"]), has_negative(["£(63.12)"]), has_negative(["3 CR"])
    (False, True, True)
    """
    return any(amount.is_negative and not amount.is_zero_by_dash for amount in _amounts(values))


def _amounts(values: Sequence[str]) -> Iterator[AmountText]:
    for value in values:
        try:
            yield split_amount(value, "")
        except RowError:
            continue


def infer_currency(values: Sequence[str]) -> str | None:
    """Return the currency of the symbol in the amounts.

    >>> infer_currency(["£ 12.50"]), infer_currency(["12.50"])
    ('GBP', None)
    """
    text = "".join(values)
    return next((code for symbol, code in SYMBOLS.items() if symbol in text), None)


def infer_priority(value: str) -> str | None:
    """Return the priority of a text; None if it is unknown.

    >>> [infer_priority(v) for v in ("3 - Moderate", "P1", "Hoog", "5", "?")]
    ['P3', 'P1', 'P2', 'P4', None]
    """
    for word in slug(value).split("-"):
        if word in PRIORITY_WORDS:
            return PRIORITY_WORDS[word]
        digit = word.removeprefix("p").removeprefix("prio")
        if digit in ("1", "2", "3", "4", "5"):
            return f"P{min(int(digit), 4)}"
    return None
