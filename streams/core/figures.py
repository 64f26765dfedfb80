"""What one client's ledger says on one day, before any other client is asked.

It changes only when the client's ledger, the policy or the day does, so it is kept between two
evaluations; what compares a client with others is made of the figures of all.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from rapport.streams.core.measures import Measures
from rapport.streams.core.peers import Sums
from rapport.streams.core.policy import Policy
from rapport.streams.core.population import population
from rapport.streams.core.procurement import Market
from rapport.streams.core.purchases import WINDOW_DAYS, Purchases, purchases_of
from rapport.streams.core.sources import active_days, feed_states
from rapport.streams.core.suppliers import spreading

SIGNALS: Final = ("external_supplier", "options_open", "raise_the_level", "unclear_role")
"""Ordered."""


@dataclass(frozen=True, slots=True)
class Figures:
    """One client's purchases, and the days on which its sources had events."""

    purchases: Purchases
    active: Mapping[str, int]
    """Source -> days with events, as a bit set: bit 0 is the day itself."""
    signals: Mapping[str, int]
    """Signal -> times heard or found in text in the last 28 days; each of the four is there."""


def figures(measures: Measures, policy: Policy, day: int) -> Figures:
    """Return the figures of a client."""
    return Figures(
        purchases_of(measures, policy, day), active_days(measures, day), signals_of(measures, day)
    )


def signals_of(measures: Measures, day: int) -> dict[str, int]:
    """Return how often each signal was heard or found in text in the last 28 days.

    >>> signals_of({"signal|options_open|text": {99: 2, 72: 1, 101: 1}}, 100)
    {'external_supplier': 0, 'options_open': 2, 'raise_the_level': 0, 'unclear_role': 0}
    """
    found = dict.fromkeys(SIGNALS, 0)
    for name in SIGNALS:
        for way in ("heard", "text"):
            days = measures.get(f"signal|{name}|{way}", {})
            found[name] += sum(times for at, times in days.items() if day - WINDOW_DAYS < at <= day)
    return found


def market(
    clients: Iterable[Figures], policy: Policy, day: int, arrivals: Mapping[str, int]
) -> Market:
    """Return what all clients share: season, peers, suppliers, and how the feeds stand.

    `arrivals` says per source on which days something reached Kafka, as a bit set; it may be empty.
    """
    known = list(clients)
    bought = [client.purchases for client in known]
    limits = policy.purchases
    return Market(
        population=population((client.weekly for client in bought), day, limits),
        peers=Sums.of((client.outside, client.volume) for client in bought),
        spreads=spreading((client.reach for client in bought), limits.spread),
        feeds=feed_states((client.active for client in known), arrivals, day, policy.sources),
    )
