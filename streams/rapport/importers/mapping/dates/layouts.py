"""Layouts of dates: which of day and month comes first, and the same layout the other way."""

import re
from typing import Final, Literal

from rapport.importers.errors import ImportFailed

Order = Literal["day-first", "month-first"]
Mixed = Literal["day-first-else-month-first"]
"""A file that is known to have both orders; only a mapping can say so."""
OTHER_ORDER: Final[dict[Order, Order]] = {"day-first": "month-first", "month-first": "day-first"}
NAMED: Final = ("iso", "excel", "epoch")
DIRECTIVES: Final = frozenset(f"%{letter}" for letter in "aAbBdfHIjmMpSyYzZ%")
_DIRECTIVE: Final = re.compile(r"%.?", re.DOTALL)
YEARS: Final = ("%Y", "%y")


def order_of(layout: str) -> Order | None:
    """Return the order of day and month; None if the layout says it by its year or by names.

    >>> order_of("%d/%m/%Y %H:%M"), order_of("%m-%d-%y"), order_of("%Y-%m-%d"), order_of("%d %b %Y")
    ('day-first', 'month-first', None, None)
    """
    day, month = layout.find("%d"), layout.find("%m")
    year = max(map(layout.find, YEARS))
    if min(day, month) < 0 or 0 <= year < max(day, month):
        return None
    return "day-first" if day < month else "month-first"


def in_order(layout: str, order: Order) -> str:
    """Return the layout with day and month in an order.

    >>> in_order("%d/%m/%Y %H:%M", "month-first"), in_order("%Y-%m-%d", "month-first")
    ('%m/%d/%Y %H:%M', '%Y-%m-%d')
    """
    if order_of(layout) in (None, order):
        return layout
    return layout.replace("%d", "\0").replace("%m", "%d").replace("\0", "%m")


def layouts_in_order(layouts: list[str], order: Order | Mixed) -> list[str]:
    """Return layouts with day and month in an order, each once."""
    orders: list[Order] = ["day-first", "month-first"]
    if order != "day-first-else-month-first":
        orders = [order]
    return list(dict.fromkeys(in_order(layout, one) for one in orders for layout in layouts))


def date_order(layouts: list[str]) -> Order | None:
    """Return the one order of the layouts; None without any. Raises `ImportFailed` for both."""
    orders = {order: layout for layout in reversed(layouts) if (order := order_of(layout))}
    if len(orders) > 1:
        raise ImportFailed(
            f"the mapping's layouts have both orders of day and month: {orders['day-first']!r} and "
            f"{orders['month-first']!r}. Keep one of them, or say which order with --date-order "
            "(`order` in [dates] of the mapping): day-first or month-first"
        )
    return next(iter(orders), None)


def check_layout(layout: str) -> None:
    """Raise `ValueError` for a layout that cannot be read, or that would be read wrongly.

    `strptime` ignores AM and PM beside `%H`, and takes 12 hours without them for the morning.
    """
    if layout in NAMED:
        return
    found = set(_DIRECTIVE.findall(layout))
    unknown = sorted(found - DIRECTIVES)
    if unknown:
        known = ", ".join(sorted(DIRECTIVES - {"%%"}))
        raise ValueError(f"{layout!r} has {unknown[0]}, which is not read; {known} are")
    if not found & set(YEARS):
        raise ValueError(
            f"{layout!r} has no year: a layout is such as %d-%m-%Y %H:%M, or {', '.join(NAMED)}"
        )
    if ("%p" in found) != ("%I" in found):
        raise ValueError(
            f"{layout!r}: 12 hours (%I) and AM or PM (%p) go together; 24 hours are %H"
        )


def has_time(layout: str) -> bool:
    """Return whether a layout has a time of the day.

    >>> has_time("%d-%m-%Y %H:%M"), has_time("%d-%m-%Y")
    (True, False)
    """
    return "%H" in layout or "%I" in layout
