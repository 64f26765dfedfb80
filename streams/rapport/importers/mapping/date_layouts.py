"""Layouts of dates: which of day and month comes first, and the same layout the other way."""

from typing import Final, Literal

from rapport.importers.errors import ImportFailed

Order = Literal["day-first", "month-first"]
Mixed = Literal["day-first-else-month-first"]
"""A file that is known to have both orders; only a mapping can say so."""
OTHER_ORDER: Final[dict[Order, Order]] = {"day-first": "month-first", "month-first": "day-first"}
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
