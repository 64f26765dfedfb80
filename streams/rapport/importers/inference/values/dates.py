"""Infers how the dates of a column are written: always in one order of day and month.

A layout is built from the parts of a value (numbers, words, a time, a zone), so that any marks
between them are possible; the reader of the importer then says whether it fits.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from functools import lru_cache
from itertools import product
from typing import Final, NamedTuple

from rapport.domain.events.text_key import slug
from rapport.importers.errors import ImportFailed, RowError
from rapport.importers.inference import synonyms
from rapport.importers.mapping.dates.layouts import Order
from rapport.importers.mapping.dates.options import DateOptions
from rapport.importers.mapping.dates.placeholders import placeholder
from rapport.importers.mapping.dates.reader import DateReader

ORDERS: Final[tuple[Order, ...]] = ("day-first", "month-first")
LAYOUTS_MAX: Final = 4
"""More layouts than this in one column: it holds no dates."""
WORDS_MAX: Final = 3
COLUMNS_CACHED: Final = 64
LAYOUTS_CACHED: Final = 1_024
REFUSED_RATIO_MAX: Final = 0.1
"""A column has dates if at most this part of its values are something else."""
REFUSED_NAMED_RATIO_MAX: Final = 0.4
"""The same for a column that was taken by its name."""
ABSENT_MAX: Final = 5
"""More texts than this in one column are no words for a missing date."""
VALUE_CHARACTERS_MAX: Final = 80
_TIME: Final = re.compile(
    r"(?P<time>(?<!\d)\d{1,2}:\d{2}(?P<seconds>:\d{2}(?P<fraction>[.,]\d+)?)?)"
    r"(?P<half>\s*[AP]\.?M\.?(?![A-Z]))?"
    r"(?P<zone>\s*(?:(?:UTC|GMT)?[+-]\d{2}(?::?\d{2})?|Z|[A-Z]{2,5}))?"
    r"(?P<rest>(?:\s.*)?)$",
    re.ASCII | re.IGNORECASE,
)
_PARTS: Final = re.compile(r"\d+|[^\W\d_]+|[\W_]+")
_NUMBERS: Final = {
    "excel": "the dates are a spreadsheet's serial numbers",
    "epoch": "the dates are seconds or milliseconds since 1970",
}
UNDECIDED: Final = "Until then nothing is read: put the layout in place of CHANGE-ME in [dates]"


class Layouts(NamedTuple):
    """The layouts of a file's dates, all in one order of day and month, and what to check."""

    layouts: list[str]
    """Empty if nothing may be read before the user has decided."""
    notes: list[str]
    missing: Sequence[str] = ()
    """Texts that mean that there is no date."""


def are_dates(values: Sequence[str]) -> bool:
    """Return whether a column has values, and all of them are dates, in whatever order."""
    filled = tuple(value for value in dict.fromkeys(values) if not _is_no_date(value))
    distinct, _ = _without_refused("", filled)
    return bool(distinct) and (bool(_by_order(distinct)) or _conflict(distinct) is not None)


def infer_columns(columns: Mapping[str, Sequence[str]]) -> Layouts:
    """Return the layouts that read every value of every column.

    >>> infer_columns({"Opened": ["13/04/2026"], "Due": ["01/02/2026"]})
    Layouts(layouts=['%d/%m/%Y'], notes=[], missing=[])
    >>> infer_columns({"Opened": ["13/04/2026", "04/13/2026"]}).layouts
    []
    """
    distinct = {name: tuple(dict.fromkeys(values)) for name, values in columns.items() if values}
    refused: list[str] = []
    missing: list[str] = []
    for name, values in distinct.items():
        dates, absent, note = _without_absent(name, values)
        missing += absent
        refused += [note] if note else []
        distinct[name], note = _without_refused(name, dates, REFUSED_NAMED_RATIO_MAX)
        refused += [note] if note else []
    missing = list(dict.fromkeys(missing))
    found = {name: _by_order(values) for name, values in distinct.items()}
    unread = [_unreadable(name, distinct[name]) for name, orders in found.items() if not orders]
    notes = [*refused, *unread]
    if any(_conflict(distinct[name]) for name, orders in found.items() if not orders):
        return Layouts([], notes, missing)
    known = {name: orders for name, orders in found.items() if orders}
    common = [order for order in ORDERS if all(order in one for one in known.values())]
    if known and not common:
        return Layouts([], [*notes, _two_columns(known)], missing)
    fitting = {
        order: list(dict.fromkeys(layout for one in known.values() for layout in one[order]))
        for order in common
    }
    layouts = next(iter(fitting.values()), [])
    known_values = [value for name in known for value in distinct[name]]
    notes += [note for note in (_ambiguity(fitting, known_values), _numbers(layouts)) if note]
    return Layouts(layouts or ["iso"], notes, missing)


@lru_cache(maxsize=COLUMNS_CACHED)
def _by_order(values: tuple[str, ...]) -> dict[Order, list[str]]:
    """Return the layouts that read every value, for each order of day and month that can."""
    for layout in ("iso", *_NUMBERS):
        if _all_read(layout, values):
            return {order: [layout] for order in ORDERS}
    return {order: layouts for order in ORDERS if (layouts := _cover(values, order))}


def _is_no_date(value: str) -> bool:
    """Return whether a text, or a date that programs write for none, means that there is no date.

    >>> [_is_no_date(one) for one in ("Not Assigned", "01/01/1900 00:00:00", "soon", "2026-03-02")]
    [True, True, False, False]
    """
    return slug(value) in synonyms.NO_DATE or placeholder(value) is not None


def _without_absent(
    column: str, values: tuple[str, ...]
) -> tuple[tuple[str, ...], list[str], str | None]:
    """Return the values without those that mean that there is no date, these, and a note.

    In a column of which most values are dates, a text without a digit is none; a few among many may
    be mistakes, and are refused instead.
    """
    if _by_order(values):
        return values, [], None
    words = sum(not _has_digit(value) for value in values) / len(values)
    are_absent = REFUSED_RATIO_MAX < words <= REFUSED_NAMED_RATIO_MAX
    absent = [
        value for value in values if _is_no_date(value) or (are_absent and not _has_digit(value))
    ]
    dates = tuple(value for value in values if value not in absent)
    if not absent or len(absent) > ABSENT_MAX or not any(map(_is_date, dates)):
        return values, [], None
    listed = ", ".join(map(repr, absent))
    note = f"{column!r}: {listed} mean no date here: check `missing` in [file]"
    return dates, absent, note


def _has_digit(value: str) -> bool:
    return any(character.isdigit() for character in value)


def _without_refused(
    column: str, values: tuple[str, ...], ratio_max: float = REFUSED_RATIO_MAX
) -> tuple[tuple[str, ...], str | None]:
    """Return the values without a few that are no dates, and a note on them."""
    if _by_order(values):
        return values, None
    dates = tuple(value for value in values if _is_date(value))
    others = [value for value in values if value not in dates]
    if not others or len(others) > ratio_max * len(values):
        return values, None
    rows = f"{len(others)} values of {column!r} are no dates, such as {others[0]!r}"
    return dates, f"{rows}: their rows are refused; `missing` in [file] can name such a text"


def _is_date(value: str) -> bool:
    layouts = [layout for order in ORDERS for layout in _candidates(value, order)]
    return any(_reads(layout, value) for layout in (*layouts, *_NUMBERS))


def _unreadable(column: str, values: tuple[str, ...]) -> str:
    cause = placeholder(values[0])
    if cause:
        return f"{column!r}: {values[0]!r} {cause}"
    conflict = _conflict(values)
    return f"{column!r}: " + (conflict or "these do not look like dates; correct `dates.layouts`")


def _two_columns(found: Mapping[str, Mapping[Order, list[str]]]) -> str:
    columns = ", ".join(f"{name!r} is {' or '.join(orders)}" for name, orders in found.items())
    return (
        f"day and month are in two orders in the columns of this file: {columns}. A mapping has "
        f"one order: export the file with one. {UNDECIDED}"
    )


def _numbers(layouts: Iterable[str]) -> str | None:
    return next((note for layout, note in _NUMBERS.items() if layout in layouts), None)


def _cover(values: Sequence[str], order: Order) -> list[str]:
    """Return layouts of one order that together read every value; none if there are none."""
    layouts: list[str] = []
    unread = list(values)
    while unread:
        fitting = [one for one in _candidates(unread[0], order) if _reads(one, unread[0])]
        if not fitting or len(layouts) == LAYOUTS_MAX:
            return []
        best = max(fitting, key=lambda one: sum(_reads(one, value) for value in unread))
        layouts.append(best)
        unread = [value for value in unread if not _reads(best, value)]
    return layouts


def _candidates(value: str, order: Order) -> Iterator[str]:
    """Yield layouts that may read a value, by its parts.

    >>> list(_candidates("02/03/2026 9:15 AM CET", "day-first"))[:2]
    ['iso', '%d/%m/%Y %I:%M %p']
    >>> "%d-%b-%Y" in list(_candidates("02-mrt-2026", "day-first"))
    True
    """
    yield "iso"
    if len(value) > VALUE_CHARACTERS_MAX:
        return
    match = _TIME.search(value)
    times = _time_layouts(match) if match else [""]
    day = value[: match.start()] if match else value
    for layout in dict.fromkeys(_day_layouts(day, order)):
        yield from (layout + time for time in times)


def _time_layouts(match: re.Match[str]) -> list[str]:
    """Return the layouts of a time; a zone behind it is read by the reader itself."""
    hour = "%I" if match["half"] else "%H"
    seconds = "" if match["seconds"] is None else ":%S"
    if match["fraction"]:
        seconds += f"{match['fraction'][0]}%f"
    time = f"{hour}:%M{seconds}" + re.sub(r"\S.*", "%p", match["half"] or "")
    behind = _literal(f"{match['zone'] or ''}{match['rest']}")
    return [time, f"{time}{behind}"] if behind else [time]


def _day_layouts(text: str, order: Order) -> Iterator[str]:
    parts = _PARTS.findall(text)
    numbers = [part for part in parts if part.isdigit()]
    words = [part for part in parts if part.isalpha()]
    if len(words) > WORDS_MAX:
        return
    months = int(len(numbers) == 2)  # noqa: PLR2004 # a month in words leaves a day and a year
    for chosen in product(("%b", "%a", None), repeat=len(words)):
        if chosen.count("%b") != months or chosen.count("%a") > 1:
            continue
        for fields in _number_fields(numbers, order):
            yield from _joined(parts, iter(fields), iter(chosen))


def _number_fields(numbers: Sequence[str], order: Order) -> Iterator[tuple[str, ...]]:
    lengths = tuple(map(len, numbers))
    day_month = ("%d", "%m") if order == "day-first" else ("%m", "%d")
    match lengths:
        case (4, _, _):
            yield ("%Y", "%m", "%d")
        case (_, _, 4):
            yield (*day_month, "%Y")
        case (_, _, 2):
            yield (*day_month, "%y")
        case (4, _):
            yield ("%Y", "%d")
        case (_, 4):
            yield ("%d", "%Y")
        case (_, 2):
            yield ("%d", "%y")
        case (8,):
            yield ("%Y%m%d",)


def _joined(
    parts: Iterable[str], numbers: Iterator[str], words: Iterator[str | None]
) -> Iterator[str]:
    layout = ""
    for part in parts:
        if part.isdigit():
            layout += next(numbers)
        elif part.isalpha():
            layout += next(words) or _literal(part)
        else:
            layout += _literal(part)
    yield re.sub(r"(%[ab])\.", r"\1", layout)


def _literal(text: str) -> str:
    return text.replace("%", "%%")


def _ambiguity(fitting: dict[Order, list[str]], values: Sequence[str]) -> str | None:
    """Return what to check if every value fits both orders, and they read another day."""
    if len(fitting) < len(ORDERS) or fitting["day-first"] == fitting["month-first"]:
        return None
    for value in values:
        days = [_day_of(fitting[order], value) for order in ORDERS]
        if days[0].date() != days[1].date():
            taken, other = (f"{day.day} {day:%B}" for day in days)
            return (
                f"day or month first? {value!r} was taken as {taken}; every date fits both ways. "
                f'If it is {other}, add `order = "month-first"` to [dates] '
                "(--date-order month-first)"
            )
    return None


def _conflict(values: Sequence[str]) -> str | None:
    """Return what to do if the values are dates of two orders; None if they are not."""
    only: dict[Order, str] = {}
    for value in values:
        reading = [
            order
            for order in ORDERS
            if any(_reads(layout, value) for layout in _candidates(value, order))
        ]
        if not reading:
            return None
        if len(reading) == 1:
            only.setdefault(reading[0], value)
    if len(only) < len(ORDERS):
        return None
    return (
        f"day and month are in two orders: {only['day-first']!r} fits day before month only, "
        f"{only['month-first']!r} month before day only. No order fits every row: export the file "
        f"with one order, or split it. {UNDECIDED}"
    )


def _day_of(layouts: Sequence[str], value: str) -> datetime:
    return DateReader(DateOptions(layouts=list(layouts))).read(value, "")


def has_zone(layouts: Sequence[str], values: Iterable[str]) -> bool:
    """Return whether every value says its own zone.

    >>> has_zone(["iso"], ["2026-03-02T09:00:00Z"]), has_zone(["iso"], ["2026-03-02 09:00"])
    (True, False)
    """
    reader = DateReader(DateOptions(layouts=list(layouts)))
    try:
        return "epoch" in layouts or all(reader.reading(v, None, "").has_zone for v in values)
    except RowError:
        return False


def has_time(values: Iterable[str]) -> bool:
    """Return whether a value has a time of the day."""
    return any(":" in value or value.isdigit() for value in values)


def _all_read(layout: str, values: Iterable[str]) -> bool:
    return all(_reads(layout, value) for value in values)


@lru_cache(maxsize=LAYOUTS_CACHED)
def _reader(layout: str) -> DateReader | None:
    try:
        return DateReader(DateOptions(layouts=[layout]))
    except (ImportFailed, ValueError):
        return None


def _reads(layout: str, value: str) -> bool:
    reader = _reader(layout)
    if reader is None:
        return False
    try:
        reader.read(value, "")
    except RowError:
        return False
    return True
