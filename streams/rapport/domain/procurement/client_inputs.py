"""The inputs of one client's evaluation on one day, and the context that all clients share.

A client's inputs change only with its ledger, the policy or the day, so they are cached between
evaluations. The fleet's context is computed from the inputs of all clients.
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
    """One client's purchases, the days with events of its sources, and its signals."""

    purchases: Purchases
    active: Mapping[str, int]
    """Source -> days with events, as a bit set: bit 0 is the day itself."""
    signals: tuple[SignalCount, ...]
    """Signals of the last 28 days."""


def client_inputs(client: ClientMeasures, policy: Policy, day: int) -> ClientInputs:
    """Return the inputs of a client."""
    amounts = client.amounts
    return ClientInputs(
        purchases_of(amounts, policy, day), client.active_days(day), signal_counts(amounts, day)
    )


def fleet_context(
    clients: Iterable[ClientInputs], policy: Policy, day: int, arrivals: Mapping[str, int]
) -> FleetContext:
    """Return the context that all clients share: season, peers, suppliers, and feeds.

    `arrivals` has the days on which events of each source reached Kafka, as a bit set.
    """
    inputs = list(clients)
    purchases, limits = [client.purchases for client in inputs], policy.purchases
    return FleetContext(
        baseline=fleet_baseline((client.weekly for client in purchases), day, limits),
        peers=PeerSums.of((client.outside, client.volume) for client in purchases),
        spreads=spreading_suppliers((client.reach for client in purchases), limits.spread),
        feeds=feed_states((client.active for client in inputs), arrivals, day, policy.sources),
    )
