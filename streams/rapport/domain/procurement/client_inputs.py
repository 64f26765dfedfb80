"""The inputs of one client's evaluation on one day, and the context that all clients share.

A client's inputs change only with its ledger, the policy or the day, so they are cached between
evaluations. The fleet's context is computed from the inputs of all clients.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Final

from rapport.domain.calendar import last_day_of, week_of
from rapport.domain.ledger.measures import ClientMeasures
from rapport.domain.policy.model import Policy
from rapport.domain.procurement.baseline import fleet_baseline
from rapport.domain.procurement.counted_purchases import Approvals
from rapport.domain.procurement.feeds import SourceState, feed_states
from rapport.domain.procurement.health import FleetContext
from rapport.domain.procurement.peers import PeerSums
from rapport.domain.procurement.purchases import Purchases, purchases_of
from rapport.domain.procurement.suppliers import spreading_suppliers
from rapport.domain.signals.counts import SignalCount, signal_counts

SHARED_LOOKS: Final = 5
"""Today and the ends of the last four weeks: the looks at concerns that most clients may share."""


@dataclass(frozen=True, slots=True)
class ClientInputs:
    """One client's purchases, the days with events of its sources, and its signals."""

    purchases: Purchases
    active: Mapping[str, int]
    """Source -> days with events, as a bit set: bit 0 is the day itself."""
    signals: tuple[SignalCount, ...]
    """Signals of the last 28 days."""
    concern_looks: Mapping[str, int] = field(default_factory=dict)
    """Kind and subject of a concern that most clients may share -> the looks at which it is on, as
    a bit set: bit 0 is today, bit 1 the end of the last closed week; after an evaluation."""
    is_example: bool = False
    """Whether another client may be told to compare itself with this one; after an evaluation."""


def client_inputs(
    client: ClientMeasures, policy: Policy, day: int, approvals: Approvals = ()
) -> ClientInputs:
    """Return the inputs of a client."""
    return ClientInputs(
        client.purchase_reading(_Purchases(approvals), policy, day),
        client.active_days(day),
        signal_counts(client.amounts, day),
    )


@dataclass(frozen=True, slots=True)
class _Purchases:
    """Reads purchases; equal under equal approvals, so that its result is cached."""

    approvals: Approvals

    def __call__(self, client: ClientMeasures, policy: Policy, day: int) -> Purchases:
        return purchases_of(client.amounts, policy, day, self.approvals)


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
        peers_before=tuple(
            map(PeerSums.of, zip(*(client.volumes_before for client in purchases), strict=False))
        ),
        feeds_before=tuple(_feeds_before(inputs, policy, day, arrivals)),
    )


def _feeds_before(
    clients: list[ClientInputs], policy: Policy, day: int, arrivals: Mapping[str, int]
) -> Iterator[Mapping[str, SourceState]]:
    """Yield the state of each feed at the ends of the last closed weeks, the newest first."""
    events: dict[str, int] = {}
    for client in clients:
        for source, days in client.active.items():
            events[source] = events.get(source, 0) | days
    for ago in range(1, SHARED_LOOKS):
        end = last_day_of(week_of(day) - ago)
        yield feed_states(
            [_days_until(end, day, events)], _days_until(end, day, arrivals), end, policy.sources
        )


def _days_until(end: int, day: int, active: Mapping[str, int]) -> dict[str, int]:
    """Return bit sets that count from `day` as bit sets that count from the earlier day `end`."""
    return {source: days >> (day - end) for source, days in active.items()}
