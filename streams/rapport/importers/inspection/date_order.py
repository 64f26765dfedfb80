"""Whether day or month comes first: one order must fit every row of the file.

A date such as 3/4/2026 fits both orders. 3/16/2026 fits one. If rows fit only the order that the
mapping does not have, all dates of the file are doubtful, also those that fit both.
"""

import re
from collections.abc import Iterator
from typing import Final

from rapport.importers.inspection.date_columns import date_columns
from rapport.importers.inspection.doubt import Check, Doubt, Example, Fact
from rapport.importers.mapping.columns import Cells, Column, Header
from rapport.importers.mapping.dates.cell import with_zones
from rapport.importers.mapping.dates.layouts import OTHER_ORDER, Order, order_of
from rapport.importers.mapping.dates.reader import DateReader
from rapport.importers.mapping.schema import Mapping
from rapport.importers.rows.header_rows import row_text

WORDS: Final[dict[Order, str]] = {
    "day-first": "day before month",
    "month-first": "month before day",
}
DIGITS: Final = str.maketrans("0123456789", "0" * 10)
HEAD: Final = re.compile(r"[^0-9]{0,20}([0-9]{1,4})[^0-9]+([0-9]{1,4})")
MONTHS: Final = 12
SHAPES_MAX: Final = 10_000


class OrderCounts:
    """How many dates fit only one order, with the first of each."""

    def __init__(self) -> None:
        self.ambiguous = 0
        self.ambiguous_example: Example | None = None
        self.only: dict[Order, int] = {"day-first": 0, "month-first": 0}
        self.examples: dict[Order, Example] = {}

    def add(self, fits: frozenset[Order], example: Example) -> None:
        """Count one date."""
        if len(fits) > 1:
            self.ambiguous += 1
            self.ambiguous_example = self.ambiguous_example or example
        for order in fits if len(fits) == 1 else ():
            self.only[order] += 1
            self.examples.setdefault(order, example)


class DateOrderCheck(Check):
    """Counts the dates that fit day first, month first, or both."""

    def __init__(self, mapping: Mapping, header: Header) -> None:
        self._order = mapping.dates.order_of_layouts()
        self._is_named = mapping.dates.order is not None
        self._is_mixed = mapping.dates.order == "day-first-else-month-first"
        self._said_by = "as was said" if self._is_named else "as the mapping says"
        self._columns = list(_columns(mapping, header)) if self._order else []
        self._has_weekdays = any("%a" in layout.lower() for layout in mapping.dates.layouts)
        self._readers = _readers(mapping)
        self._shapes: dict[tuple[str, ...], frozenset[Order]] = {}
        self.counts = OrderCounts()

    def see(self, line: int, cells: Cells) -> None:
        """Count the dates of a row."""
        for column in self._columns:
            text = row_text(column, cells)
            if text:
                self.counts.add(self._fits(text), Example(line, column.names[0], text))

    def doubts(self) -> Iterator[Doubt]:
        """Yield a doubt if a row fits only the order that the mapping does not have.

        An order that the user or the mapping says by name settles a file with both orders.
        """
        if self._order is None:
            return
        own, other = self._order, OTHER_ORDER[self._order]
        is_settled = self._is_mixed or (self._is_named and self.counts.only[own])
        if not self.counts.only[other] or is_settled:
            return
        fitting = self.counts.examples[other]
        example = self.counts.ambiguous_example or fitting
        readings = tuple(self._reading(example.text, order) for order in (own, other))
        settle = self._settle(own, other)
        yield Doubt(*example, readings, settle, self.counts.only[other] + self.counts.ambiguous)

    def _reading(self, text: str, order: Order) -> str:
        reader = self._readers[order]
        if not reader.fits(text):
            return f"no date ({WORDS[order]})"
        day = reader.reading(text, None, "").day
        return f"{day.day} {day:%B %Y} ({WORDS[order]})"

    def _settle(self, own: Order, other: Order) -> str:
        against = self.counts.examples[other]
        start = f"{against.text!r} on line {against.line} fits {WORDS[other]} only"
        if not self.counts.only[own]:
            return f"{start}, and no date fits {WORDS[own]} only: --date-order {other} settles it"
        first = self.counts.examples[own]
        return (
            f"{start}, {first.text!r} on line {first.line} {WORDS[own]} only: the file has both "
            f"orders. Export it with one; or --date-order {own} (or {other}) reads all dates in "
            "that order and rejects the rows that do not fit"
        )

    def facts(self) -> Iterator[Fact]:
        """Yield the order that was used, and what shows it."""
        if self._order is None:
            return
        own, other = self._order, OTHER_ORDER[self._order]
        shown, against = self.counts.only[own], self.counts.only[other]
        if not (shown or against or self.counts.ambiguous):
            return
        proof = f"{shown} dates show it" if shown else "no row shows it"
        text = f"{WORDS[own]}, {self._said_by}; {proof}"
        if against and self._is_mixed:
            text += f"; {against} dates fit {WORDS[other]} only and are read so"
        elif against:
            text += f"; {against} dates do not fit it"
        yield Fact("date_order", text)

    def _fits(self, text: str) -> frozenset[Order]:
        shape = (text,) if self._has_weekdays else _shape(text)
        fits = self._shapes.get(shape)
        if fits is None:
            fits = frozenset(o for o, reader in self._readers.items() if reader.fits(text))
            if fits and len(self._shapes) < SHAPES_MAX:
                self._shapes[shape] = fits
        return fits


def _readers(mapping: Mapping) -> dict[Order, DateReader]:
    """Return a reader of dates for each order: with the layouts that have an order only."""
    ordered = [layout for layout in mapping.dates.layouts if order_of(layout)]
    if not ordered:
        return {}
    return {
        order: DateReader(mapping.dates.model_copy(update={"layouts": ordered, "order": order}))
        for order in OTHER_ORDER
    }


def _columns(mapping: Mapping, header: Header) -> Iterator[Column]:
    for field, columns in date_columns(mapping):
        for name in with_zones(columns.date, header):
            column = header.find_any([name], field)
            if column.names:
                yield column


def _shape(text: str) -> tuple[str, ...]:
    """Return what determines the order: the layout of the text, and which numbers exceed 12."""
    digits = text.translate(DIGITS)
    head = HEAD.match(text)
    if head is None:
        return (digits,)
    return digits, str(int(head[1]) > MONTHS), str(int(head[2]) > MONTHS)
