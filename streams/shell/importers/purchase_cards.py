"""A council's purchase-card ledger: one payment a row, no id of its own."""

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Final

from xxhash import xxh3_64_hexdigest

from rapport.schemas.procurement import PurchaseRecorded
from rapport.streams.core.facts import slug
from rapport.streams.shell.importers.row import RowEvent, moment

DATE: Final = "%Y-%m-%d"
MINOR_PER_MAJOR: Final = 100
CURRENCY: Final = "GBP"
"""Amounts are in pounds whatever the column `currency` says: that is the currency of the shop."""
IDENTITY: Final = ("trans_date", "amount", "merchant", "cac1", "cac2", "source_file")
Row = Mapping[str, str]


class PurchaseIds:
    """Gives each row an id made of its content; equal rows of one file are told apart by number."""

    def __init__(self) -> None:
        self._seen: dict[str, int] = {}

    def of(self, row: Row) -> str:
        """Return the id of the next row."""
        content = "\0".join(row.get(name, "") for name in IDENTITY)
        digest = xxh3_64_hexdigest(content.encode())
        number = self._seen[digest] = self._seen.get(digest, 0) + 1
        return digest if number == 1 else f"{digest}-{number}"


def purchase_events(
    row: Row, ids: PurchaseIds, shift: timedelta = timedelta()
) -> Iterator[RowEvent]:
    """Yield the purchase of one row: bought outside IT, as far as the ledger knows."""
    at = moment(row["trans_date"], DATE) + shift
    purchase_id = ids.of(row)
    amount = Decimal(row["amount"]) * MINOR_PER_MAJOR
    yield RowEvent(
        PurchaseRecorded(
            client=slug(row["cac2"]),
            purchase_id=purchase_id,
            purchased_on=at.date(),
            supplier=row["merchant"] or "unknown",
            category=row["cac1_desc"] or None,
            amount_minor=int(amount),
            currency=CURRENCY,
            sanctioned=False,
        ),
        datetime(at.year, at.month, at.day, 12, tzinfo=UTC),
        f"{purchase_id}/0/procurement",
    )
