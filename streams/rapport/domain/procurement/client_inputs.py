"""What one client's ledger says on one day, before any other client is asked.

It changes only when the client's ledger, the policy or the day does, so it is kept between two
evaluations; what compares a client with others is made of the figures of all.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from rapport.domain.ledger.measures import ClientMeasures
from rapport.domain.policy.model import Policy
from rapport.domain.procurement.baseline import fleet_baseline
from rapport.domain.procurement.feeds import feed_states
from rapport.domain.procurement.health import FleetContext
from rapport.domain.procurement.peers import PeerSums
from rapport.domain.procurement.purchases import Purchases, purchases_of
from rapport.domain.procurement.suppliers import spreading_suppliers
from rapport.domain.signals.counts import SignalCount, signal_counts


@dataclass(frozen=True, slots=True)
class ClientInputs:
    """One client's purchases, its signals, and the days on which its sources had events."""

    purchases: Purchases
    active: Mapping[str, int]
    """Source -> days with events, as a bit set: bit 0 is the day itself."""
    heard: tuple[SignalCount, ...]
    """Signals of the last 28 days."""


def client_inputs(client: ClientMeasures, policy: Policy, day: int) -> ClientInputs:
    """Return the figures of a client."""
    amounts = client.amounts
    return ClientInputs(
        purchases_of(amounts, policy, day), client.active_days(day), signal_counts(amounts, day)
    )


def fleet_context(
    clients: Iterable[ClientInputs], policy: Policy, day: int, arrivals: Mapping[str, int]
) -> FleetContext:
    """Return what all clients share: season, peers, suppliers, and how the feeds stand.

    `arrivals` says per source on which days something reached Kafka, as a bit set; it may be empty.
    """
    known = list(clients)
    bought = [client.purchases for client in known]
    limits = policy.purchases
    return FleetContext(
        baseline=fleet_baseline((client.weekly for client in bought), day, limits),
        peers=PeerSums.of((client.outside, client.volume) for client in bought),
        spreads=spreading_suppliers((client.reach for client in bought), limits.spread),
        feeds=feed_states((client.active for client in known), arrivals, day, policy.sources),
    )
