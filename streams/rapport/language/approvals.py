"""Texts of purchases that count as agreed because IT approved their suppliers."""

from collections.abc import Iterable
from typing import Final

from rapport.domain.clients.approvals import Approval, reason_of
from rapport.domain.procurement.health import PurchaseHealth
from rapport.language.language import Language

SHOWN_APPROVALS: Final = 5


def describe_approved(
    purchases: PurchaseHealth, approvals: Iterable[Approval], language: Language
) -> list[str]:
    """Return how many purchases each approval changed, and why; those with most purchases."""
    every, most_first = list(approvals), sorted(purchases.approved, key=lambda one: -one.times)
    return [
        language.text(
            "approved_purchases",
            n=one.times,
            supplier=one.supplier,
            day=language.day(one.from_day),
            reason=reason_of(every, one.supplier, one.from_day),
        )
        for one in most_first[:SHOWN_APPROVALS]
    ]
