"""A client's outside purchases: do they rise, is a supplier new, does it differ from its peers?

Everything is a pure function of the client's ledger, of what all clients share, and of the day.
Spend never alerts alone: a hundredth of the purchases is two fifths of the money.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from rapport.domain.calendar import week_of
from rapport.domain.missing_inputs import (
    MissingInput,
    MissingRate,
    UnclassifiedPurchases,
)
from rapport.domain.policy.model import Policy
from rapport.domain.procurement.baseline import FleetBaseline
from rapport.domain.procurement.feeds import SourceState, freshness
from rapport.domain.procurement.peers import PeerComparison, PeerSums, compare_with_peers
from rapport.domain.procurement.purchases import Paid, Purchases, Spent
from rapport.domain.procurement.suppliers import NOT_JUDGED, NewSuppliers, Spread
from rapport.domain.procurement.windows import Windows

HISTORY_WEEKS_MINIMUM: Final = 4
"""With less the client's own past says nothing, and the history is named as missing."""


@dataclass(frozen=True, slots=True)
class FleetContext:
    """What all clients share on one day: season, peers, suppliers, and how the feeds stand."""

    baseline: FleetBaseline
    peers: PeerSums
    spreads: tuple[Spread, ...]
    """Suppliers that more clients buy from than before, the least likely by chance first."""
    feeds: Mapping[str, SourceState]
    """Per source, whether its feed flows."""


@dataclass(frozen=True, slots=True)
class PurchaseHealth:
    """A client's outside purchases of IT, and whether they rise."""

    observed: int
    expected: float
    ratio: float
    excess: float
    probability: float
    state: str
    """`clear`, `watch` or `alert`; changes at the close of a week."""
    history_weeks: int
    spend_minor: tuple[tuple[str, int], ...]
    """Outside spend of the last 28 days per currency, in minor units."""
    top_suppliers: tuple[str, ...]
    by_sanction: tuple[tuple[str, int], ...]
    """IT purchases of the last 28 days per sanction."""
    spent: tuple[Spent, ...] = ()
    """Spend of the last 28 days per sanction and currency, outside and not."""
    highest_before: tuple[Spent, ...] = ()
    """The most outside spend of any 28 days of the year before these, per currency."""
    new_suppliers: NewSuppliers = NOT_JUDGED
    peers: PeerComparison | None = None
    """None: it buys nothing, or has too few peers."""
    confidence: float = 0.0
    """0 to 1: history, feed, and how many purchases are classified."""
    missing: tuple[MissingInput, ...] = ()
    """What is not known."""
    size: float = 1.0
    """The size of the forecast's negative binomial: smaller is more spread."""
    top_paid: tuple[Paid, ...] = ()
    """What the top suppliers were paid in the last 28 days."""


def purchase_health(
    client: Purchases, looks: Windows, policy: Policy, shared: FleetContext
) -> PurchaseHealth:
    """Return how outside purchases stand, in the middle of a week or at its end."""
    people, limits = shared.baseline, policy.purchases
    risen = looks.rise()
    now, weeks = risen.now, history_weeks(client, people.newest_week)
    fresh = freshness("purchases", shared.feeds)
    peers = compare_with_peers(client.outside, client.volume, shared.peers, limits.peers)
    history_share = min(1.0, weeks / limits.confident_history_weeks)
    return PurchaseHealth(
        observed=now.observed,
        expected=now.expected,
        ratio=now.observed / now.expected,
        excess=now.observed - now.expected,
        probability=now.probability,
        state=risen.state,
        history_weeks=min(weeks, limits.ring_weeks),
        spend_minor=tuple((s.currency, s.minor) for s in client.spent if s.sanction == "outside"),
        size=now.size,
        top_suppliers=client.top_suppliers,
        top_paid=client.top_paid,
        by_sanction=client.counts,
        spent=client.spent,
        highest_before=client.highest_before,
        new_suppliers=client.new_suppliers,
        peers=peers,
        confidence=history_share * (1 - client.unclassified_share) * fresh.share,
        missing=(*_missing(client, weeks, peers), *fresh.missing),
    )


def history_weeks(client: Purchases, newest_week: int) -> int:
    """Return for how long the client's purchases are known; none at all is no history of zeros."""
    return 0 if client.first_day is None else max(0, newest_week - week_of(client.first_day))


def _missing(
    client: Purchases, weeks: int, peers: PeerComparison | None
) -> tuple[MissingInput, ...]:
    found: list[MissingInput] = []
    if client.first_day is None:
        found.append("purchases")
    elif weeks < HISTORY_WEEKS_MINIMUM:
        found.append("history")
    if client.unclassified_share:
        found.append(UnclassifiedPurchases(client.unclassified_share))
    if client.first_day is not None and peers is None:
        found.append("peers")
    if client.first_day is not None and not client.new_suppliers.judged:
        found.append("history of suppliers")
    found.extend(MissingRate(currency) for currency in client.without_rate)
    return tuple(found)
