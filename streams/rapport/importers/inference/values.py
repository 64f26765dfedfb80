"""Infers the format of a column's values: dates, amounts, priorities. Pure."""

import re
from collections.abc import Iterable, Sequence
from datetime import datetime
from itertools import product
from typing import Final, Literal, NamedTuple

from rapport.domain.text_key import slug
from rapport.importers.errors import RowError
from rapport.importers.inference.synonyms import PRIORITY_WORDS, SYMBOLS
from rapport.importers.mapping.dates.options import DateOptions
from rapport.importers.mapping.dates.reader import DateReader

_DAYS: Final = ("%d{0}%m{0}{1}", "%m{0}%d{0}{1}", "{1}{0}%m{0}%d", "%d{0}%b{0}{1}", "%d{0}%B{0}{1}")
_TIMES: Final = ("", " %H:%M", " %H:%M:%S", " %I:%M %p", " %I:%M:%S %p", " %H:%M:%S %z", "T%H:%M")
LAYOUTS: Final = tuple(
    day.format(mark, year) + time
    for day, mark, year, time in product(_DAYS, "/-. ", ("%Y", "%y"), _TIMES)
)
_COMMA_DECIMAL: Final = re.compile(r".*\d,\d{1,2}\D*", re.ASCII)
_POINT_DECIMAL: Final = re.compile(r".*\d\.\d{1,2}\D*", re.ASCII)
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


def infer_decimal(values: Sequence[str]) -> Literal[".", ","]:
    """Return the decimal mark of amounts.

    >>> infer_decimal(["1.234,50", "7"]), infer_decimal(["1,234.50"]), infer_decimal(["1,234"])
    (',', '.', '.')
    """
    commas = sum(_COMMA_DECIMAL.fullmatch(value) is not None for value in values)
    points = sum(_POINT_DECIMAL.fullmatch(value) is not None for value in values)
    return "," if commas > points else "."


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
