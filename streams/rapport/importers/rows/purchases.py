"""Purchases from the rows of a ledger."""

from collections.abc import Iterator
from typing import Final

from rapport.importers.errors import RowError, excerpt
from rapport.importers.mapping.amount_units import POWERS
from rapport.importers.mapping.amounts import AmountText, decimal_of, minor_units, split_amount
from rapport.importers.mapping.cells import Cell, optional_cell
from rapport.importers.mapping.columns import Cells, Column, Header
from rapport.importers.mapping.dates.reader import DateReader
from rapport.importers.mapping.money_marks import ALONE, currencies_in_name
from rapport.importers.mapping.schema import AmountOptions, CellOptions, PurchaseFields
from rapport.importers.rows.header_rows import has_digit, row_text
from rapport.importers.rows.row import RowEvent
from rapport.importers.rows.row_filters import SkippedRow
from rapport_schemas.currencies import DECIMALS
from rapport_schemas.procurement import PurchaseRecorded

COMMON_CODES: Final = frozenset({"USD", "EUR", "GBP"})
LISTED_MAX: Final = 3


class Amount:
    """The amount of a row, in minor units of its currency."""

    def __init__(self, options: AmountOptions, header: Header) -> None:
        self._options = options
        self._column = header.find(options.column, "purchase.amount")
        self._currency = AmountCurrency(options.currency, header, self._column)

    def of(self, row: Cells) -> tuple[int, str]:
        """Return (minor units, currency); raises `RowError`, or `SkippedRow` for a refund."""
        path, unit = self._column.path, self._options.unit
        text = self.text(row)
        if text.is_zero_by_dash:
            raise SkippedRow("zero")
        currency = self.currency(row, text)
        decimals = self.decimals(currency)
        amount = decimal_of(text, self._options.decimal, decimals, path)
        if amount < 0:
            if self._options.negative == "skip":
                raise SkippedRow("negative amount")
            raise RowError(path, f'{amount} is negative; `negative = "skip"` leaves refunds out')
        amount = amount.scaleb(-DECIMALS[currency] if unit == "minor" else POWERS[unit])
        minor = minor_units(amount, currency, path, rounded=self._options.round)
        if minor == 0:
            raise SkippedRow("zero")
        return minor, currency

    def text(self, row: Cells) -> AmountText:
        """Return the parts of the row's amount; raises `RowError`."""
        return split_amount(self._column.needed(row), self._column.path)

    def named_text(self, row: Cells) -> tuple[str, AmountText]:
        """Return the column of the row's amount, and its parts; raises `RowError`."""
        text = self.text(row)
        found = self._column.found(row)
        return (found[0] if found else self._column.path), text

    def currency(self, row: Cells, text: AmountText) -> str:
        """Return the currency of the row's amount; raises `RowError`."""
        return self._currency.of(row, text)

    def decimals(self, currency: str) -> int:
        """Return the decimals that amounts of a currency have in this file."""
        return 0 if self._options.unit == "minor" else DECIMALS[currency]


class AmountCurrency:
    """The currency of a row: of the mapping, and of the cell or its column's name; all agree."""

    def __init__(self, options: CellOptions | None, header: Header, amounts: Column) -> None:
        self.path = "purchase.amount.currency"
        self._amounts = amounts
        self._cell = Cell(options, header, self.path) if options else None
        named = {name: currencies_in_name(name) for name in amounts.names}
        self._named = {name: codes for name, codes in named.items() if codes is not None}

    def of(self, row: Cells, text: AmountText) -> str:
        """Return the code; raises `RowError` for two currencies, or for none."""
        beside = text.currencies
        if beside is None and self._named and (found := self._amounts.found(row)):
            beside = self._named.get(found[0])
        if self._cell is None:
            return self._beside(beside, text)
        currency = str(self._cell.needed(row)).upper()
        if currency not in DECIMALS:
            raise RowError(self.path, f"{excerpt(currency)} is not a currency of ISO 4217")
        if beside is not None and currency not in beside:
            reason = (
                f"{excerpt(text.text)} is in {_listed(beside)}, and the mapping says {currency}"
            )
            raise RowError(self.path, reason)
        return currency

    def _beside(self, codes: frozenset[str] | None, text: AmountText) -> str:
        if codes and (code := ALONE.get(codes) or (len(codes) == 1 and next(iter(codes)))):
            return code
        may_be = f"may be in {_listed(codes)}" if codes else "has no currency"
        raise RowError(
            self.path, f"{excerpt(text.text)} {may_be}; --currency, or `currency`, says it"
        )


def _listed(codes: frozenset[str]) -> str:
    """Return codes for a message, the most used first."""
    listed = sorted(codes, key=lambda code: (code not in COMMON_CODES, code))
    if len(listed) > LISTED_MAX:
        listed = [*listed[:LISTED_MAX], "another"]
    return " or ".join(listed) or "two currencies"


class PurchaseRows:
    """The mapping of purchases, bound to a file."""

    def __init__(self, fields: PurchaseFields, header: Header, dates: DateReader) -> None:
        self._dates = dates
        self._day = header.find(fields.purchased_on, "purchase.purchased_on")
        self._supplier = Cell(fields.supplier, header, "purchase.supplier")
        self._amount = Amount(fields.amount, header)
        self._category = optional_cell(fields.category, header, "purchase.category")
        self._sanctioned = optional_cell(fields.sanctioned, header, "purchase.sanctioned")
        self._joint = optional_cell(fields.joint, header, "purchase.joint")

    def is_blank(self, row: Cells) -> bool:
        """Return whether the day of a row's purchase has no digit."""
        return not has_digit(row_text(self._day, row))

    def events(self, rows: list[Cells], client: str, record_id: str) -> Iterator[RowEvent]:
        """Yield the purchase of a row."""
        row = rows[0]
        bought = self._dates.reading(self._day.needed(row), None, self._day.path)
        amount_minor, currency = self._amount.of(row)
        category = self._category.text(row) if self._category else None
        data = PurchaseRecorded(
            client=client,
            purchase_id=record_id,
            purchased_on=bought.day,
            supplier=str(self._supplier.needed(row))[:256],
            category=category[:256] if category else None,
            amount_minor=amount_minor,
            currency=currency,
            sanctioned=self._sanctioned.truth(row) if self._sanctioned else None,
            joint=bool(self._joint and self._joint.truth(row)),
        )
        yield RowEvent("purchase", data, bought.at)
