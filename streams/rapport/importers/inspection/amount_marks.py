"""Whether the point or the comma is the decimal mark: the whole file tells, not the row.

An amount such as 12.50 or 1.234,50 shows its mark. 1.250 is 1.25 or 1250: other amounts of the file
settle it, or the user does.
"""

from collections import Counter
from collections.abc import Iterator
from typing import Final

from rapport.importers.errors import RowError
from rapport.importers.inspection.doubt import Check, Doubt, Example, Fact
from rapport.importers.mapping.amount_units import unit_in_name
from rapport.importers.mapping.amounts import (
    THREE_DECIMALS,
    AmountText,
    readings,
    shown_mark,
    split_amount,
    without_zeros,
)
from rapport.importers.mapping.columns import Cells, Header
from rapport.importers.mapping.schema import Mapping, Mark, Unit
from rapport.importers.rows.purchases import Amount

WORDS: Final[dict[Mark, str]] = {".": "point", ",": "comma"}
UNIT_WORDS: Final[dict[Unit, str]] = {
    "major": "units",
    "minor": "cents",
    "thousands": "thousands",
    "millions": "millions",
}
UNKNOWN_DECIMALS: Final = 2
"""The decimals of most currencies, for an amount whose currency is not known."""


class UnitCheck(Check):
    """Doubts amounts whose column says a unit in its name, where the mapping says none."""

    def __init__(self, mapping: Mapping, header: Header) -> None:
        options = mapping.purchase.amount if mapping.purchase else None
        is_said = options is None or "unit" in options.model_fields_set
        self._names: tuple[str, ...] = ()
        if options is not None and not is_said:
            self._names = header.find_any(options.column, "purchase.amount").names
        self._first: dict[str, Example] = {}
        self._rows: Counter[str] = Counter()

    def see(self, line: int, cells: Cells) -> None:
        """Count the amounts of columns whose name says a unit."""
        name = next((name for name in self._names if cells.get(name, "").strip()), None)
        if name is not None and unit_in_name(name) is not None:
            self._first.setdefault(name, Example(line, name, cells[name]))
            self._rows[name] += 1

    def doubts(self) -> Iterator[Doubt]:
        """Yield a doubt for each column whose name says a unit."""
        for name, example in self._first.items():
            unit = unit_in_name(name)
            readings = (
                f'a number of {UNIT_WORDS[unit or "major"]} (unit = "{unit}")',
                'a whole amount (unit = "major")',
            )
            settle = "`unit` in [purchase.amount] of the mapping settles it"
            yield Doubt(*example, readings, settle, self._rows[name])


class AmountCheck(Check):
    """Counts the amounts that show a decimal mark, those with two readings, and the currencies."""

    def __init__(self, mapping: Mapping, header: Header) -> None:
        options = mapping.purchase.amount if mapping.purchase else None
        self._mark = options.decimal if options else None
        self._amount = Amount(options, header) if options else None
        self.shown: Counter[Mark] = Counter()
        self.examples: dict[Mark, Example] = {}
        self.doubtful: Counter[int] = Counter()
        """Decimals of the currency -> amounts with three digits behind their only mark."""
        self.doubtful_examples: dict[int, Example] = {}
        self.without_mark = 0
        self.currencies: Counter[str] = Counter()

    @property
    def mark(self) -> Mark | None:
        """The decimal mark of the mapping, else the only one that the file shows."""
        if self._mark is None and len(self.shown) == 1:
            return next(iter(self.shown))
        return self._mark

    def see(self, line: int, cells: Cells) -> None:
        """Count the amount of a row."""
        if self._amount is None:
            return
        try:
            column, text = self._amount.named_text(cells)
        except RowError:
            return
        decimals = self._decimals(cells, text)
        if text.number is None and not text.is_zero_by_dash:
            self._count(Example(line, column, text.text), text, decimals)

    def _decimals(self, cells: Cells, text: AmountText) -> int:
        if self._amount is None or text.is_zero_by_dash:
            return UNKNOWN_DECIMALS
        try:
            currency = self._amount.currency(cells, text)
        except RowError:
            return UNKNOWN_DECIMALS
        self.currencies[currency] += 1
        return self._amount.decimals(currency)

    def _count(self, example: Example, text: AmountText, decimals: int) -> None:
        mark = shown_mark(text)
        if mark is not None:
            self.shown[mark] += 1
            self.examples.setdefault(mark, example)
        elif len(set(readings(text.digits).values())) > 1:
            self.doubtful[decimals] += 1
            self.doubtful_examples.setdefault(decimals, example)
        else:
            self.without_mark += 1

    def doubts(self) -> Iterator[Doubt]:
        """Yield a doubt if nothing in the file tells what three digits behind a mark are."""
        if self.mark is not None:
            return
        for decimals, example in self.doubtful_examples.items():
            if decimals == UNKNOWN_DECIMALS or (decimals == THREE_DECIMALS and self.without_mark):
                yield self._doubt(example, self.doubtful[decimals])

    def _doubt(self, example: Example, rows: int) -> Doubt:
        found = readings(split_amount(example.text, example.column).digits)
        either = tuple(
            f"{without_zeros(value)} (--decimal {WORDS[mark]})" for mark, value in found.items()
        )
        proof = "no amount of the file shows its decimal mark"
        if self.shown:
            first, second = (self.examples[mark] for mark in WORDS)
            proof = (
                f"{first.text!r} on line {first.line} shows a point, {second.text!r} on line "
                f"{second.line} a comma"
            )
        return Doubt(*example, either, f"{proof}; `--decimal` or `decimal` settles it", rows)

    def facts(self) -> Iterator[Fact]:
        """Yield the decimal mark that is used, what shows it, and the currencies."""
        yield from (Fact("currencies", code) for code in sorted(self.currencies))
        if self._mark is None and self.mark is not None:
            yield Fact("decimal_mark", self.mark)
        text = self._how()
        if text:
            yield Fact("decimal", text)

    def _how(self) -> str | None:
        doubtful = self.doubtful.total()
        read_so = f"; {doubtful} amounts such as {self._doubtful_text()!r} are read so"
        if self._mark is not None:
            return f"{WORDS[self._mark]}, as was said{read_so if doubtful else ''}"
        if self.mark is not None:
            first = self.examples[self.mark]
            shown = f"{WORDS[self.mark]}; {first.text!r} on line {first.line} shows it"
            return f"{shown}{read_so if doubtful else ''}"
        if self.shown:
            return "each amount shows its own: " + ", ".join(
                f"{WORDS[mark]} {count}" for mark, count in sorted(self.shown.items())
            )
        if doubtful:
            return f"that of the currency's decimals, for amounts such as {self._doubtful_text()!r}"
        return None

    def _doubtful_text(self) -> str:
        return next((example.text for example in self.doubtful_examples.values()), "")
