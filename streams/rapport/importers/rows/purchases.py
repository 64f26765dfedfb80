"""Purchases from the rows of a ledger."""

from collections.abc import Iterator

from rapport.importers.errors import RowError, excerpt
from rapport.importers.mapping.amounts import decimal_of, minor_units
from rapport.importers.mapping.cells import Cell, optional_cell
from rapport.importers.mapping.columns import Cells, Header
from rapport.importers.mapping.dates import DateReader
from rapport.importers.mapping.schema import AmountOptions, PurchaseFields
from rapport.importers.rows.header_rows import has_digit, row_text
from rapport.importers.rows.row import RowEvent
from rapport.importers.rows.row_filters import SkippedRow
from rapport_schemas.currencies import DECIMALS
from rapport_schemas.procurement import PurchaseRecorded


class Amount:
    """The amount of a row, in minor units of its currency."""

    def __init__(self, options: AmountOptions, header: Header) -> None:
        self._options = options
        self._column = header.find(options.column, "purchase.amount")
        self._currency = Cell(options.currency, header, "purchase.amount.currency")

    def of(self, row: Cells) -> tuple[int, str]:
        """Return (minor units, currency); raises `RowError`, or `SkippedRow` for a refund."""
        currency = str(self._currency.needed(row)).upper()
        if currency not in DECIMALS:
            raise RowError(
                self._currency.path, f"{excerpt(currency)} is not a currency of ISO 4217"
            )
        path = self._column.path
        amount = decimal_of(self._column.needed(row), self._options.decimal, path)
        if amount < 0:
            if self._options.negative == "skip":
                raise SkippedRow("negative amount")
            raise RowError(path, f'{amount} is negative; `negative = "skip"` leaves refunds out')
        if self._options.unit == "minor":
            amount = amount.scaleb(-DECIMALS[currency])
        return minor_units(amount, currency, path, rounded=self._options.round), currency


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
        at = self._dates.read(self._day.needed(row), self._day.path)
        amount_minor, currency = self._amount.of(row)
        category = self._category.text(row) if self._category else None
        data = PurchaseRecorded(
            client=client,
            purchase_id=record_id,
            purchased_on=at.date(),
            supplier=str(self._supplier.needed(row))[:256],
            category=category[:256] if category else None,
            amount_minor=amount_minor,
            currency=currency,
            sanctioned=self._sanctioned.truth(row) if self._sanctioned else None,
            joint=bool(self._joint and self._joint.truth(row)),
        )
        yield RowEvent("purchase", data, at)
