"""The purchases of the last closed window, by supplier, category and day."""

from typing import NamedTuple

from rapport.domain.calendar import days_of_closed_weeks
from rapport.domain.ledger.measures import Measures
from rapport.domain.policy.procurement import PurchasePolicy
from rapport.domain.procurement.counted_purchases import Approvals, counted_purchases, is_it


class PurchaseRow(NamedTuple):
    """The number of purchases from one supplier, in one category, on one day."""

    supplier: str
    category: str
    day: int
    times: int


def purchase_rows(
    amounts: Measures, policy: PurchasePolicy, day: int, approvals: Approvals = ()
) -> tuple[PurchaseRow, ...]:
    """Return the outside purchases of the last closed window on `day`, the newest first.

    Their sum is the number of purchases that the detector observes.
    """
    window = days_of_closed_weeks(day, policy.window_weeks)
    rows = []
    for key, days in counted_purchases(amounts, policy, approvals).items():
        if not key.startswith("buy.times|outside|"):
            continue
        _, _, category, supplier = key.split("|")
        if is_it(category, policy.it_categories):
            rows += [
                PurchaseRow(supplier, category, at, times)
                for at, times in days.items()
                if at in window
            ]
    return tuple(sorted(rows, key=lambda row: (-row.day, row.supplier, row.category)))
