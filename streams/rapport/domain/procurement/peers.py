"""Outlier test among peers: a client's outside purchases, compared at equal volume.

A client's volume is its number of purchases of every kind. The peers' rates of outside purchases
per purchase follow a gamma distribution, fitted by the method of moments without the client itself
(leave-one-out). The tail of the resulting negative binomial is the probability that a peer of that
volume buys as many outside. The few purchases of a small client are never an outlier.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final, NamedTuple

from rapport.domain.policy.procurement import PeersPolicy
from rapport.domain.procurement.stats import negative_binomial_tail as tail

SIZE_MAX: Final = 1000.0
"""The size for peers that differ no more than by chance: nearly a Poisson distribution."""


class PeerSums(NamedTuple):
    """Integer sums over clients: leaving a client out is exact and O(1).

    >>> PeerSums.of([(1, 10), (2, 20)]).without(2, 20) == PeerSums.of([(1, 10)])
    True
    """

    clients: int
    outside: int
    volume: int
    outside_squared: int
    product: int
    volume_squared: int

    @classmethod
    def of(cls, clients: Iterable[tuple[int, int]]) -> "PeerSums":
        """Return the sums of (outside, volume) pairs; a client without volume is no peer."""
        rows = [(y, v) for y, v in clients if v]
        return cls(
            len(rows),
            sum(y for y, _ in rows),
            sum(v for _, v in rows),
            sum(y * y for y, _ in rows),
            sum(y * v for y, v in rows),
            sum(v * v for _, v in rows),
        )

    def without(self, outside: int, volume: int) -> "PeerSums":
        """Return the sums without one of their clients."""
        y, v = outside, volume
        return PeerSums(
            self.clients - 1,
            self.outside - y,
            self.volume - v,
            self.outside_squared - y * y,
            self.product - y * v,
            self.volume_squared - v * v,
        )


@dataclass(frozen=True, slots=True)
class PeerComparison:
    """A client's outside purchases, compared with those of peers of its volume."""

    observed: int
    expected: float
    probability: float
    """The probability that a peer of that volume buys as many or more."""
    clients: int
    """The number of peers."""
    outlier: bool


def compare_with_peers(
    outside: int, volume: int, fleet: PeerSums, limits: PeersPolicy
) -> PeerComparison | None:
    """Return the comparison; None when the client has no volume or too few peers.

    >>> from rapport.domain.policy.procurement import PeersPolicy
    >>> limits = PeersPolicy(window_days=364, clients_minimum=5, ratio=2, probability=0.01)
    >>> pairs = [(5, 100), (4, 100), (6, 100), (5, 100), (4, 90), (40, 100)]
    >>> compare_with_peers(40, 100, PeerSums.of(pairs), limits).outlier
    True
    >>> compare_with_peers(5, 100, PeerSums.of(pairs), limits).outlier
    False
    """
    forecast = _forecast(outside, volume, fleet, limits)
    if forecast is None:
        return None
    probability = forecast.probability(outside)
    return PeerComparison(
        observed=outside,
        expected=forecast.expected,
        probability=probability,
        clients=forecast.clients,
        outlier=probability < limits.probability and outside >= limits.ratio * forecast.expected,
    )


def is_outlier(outside: int, volume: int, fleet: PeerSums, limits: PeersPolicy) -> bool | None:
    """Return whether the comparison finds an outlier; None where there is no comparison."""
    forecast = _forecast(outside, volume, fleet, limits)
    if forecast is None:
        return None
    if outside < limits.ratio * forecast.expected:
        return False
    return forecast.probability(outside) < limits.probability


class _PeerForecast(NamedTuple):
    """The purchases that are expected of a client with the volume of one, from its peers."""

    expected: float
    rate: float
    peers: PeerSums

    @property
    def clients(self) -> int:
        return self.peers.clients

    def probability(self, outside: int) -> float:
        return tail(outside, self.expected, _size(self.peers, self.rate))


def _forecast(
    outside: int, volume: int, fleet: PeerSums, limits: PeersPolicy
) -> _PeerForecast | None:
    if not volume:
        return None
    others = fleet.without(outside, volume)
    if others.clients < limits.clients_minimum or not others.outside:
        return None
    rate = others.outside / others.volume
    return _PeerForecast(rate * volume, rate, others)


def _size(peers: PeerSums, rate: float) -> float:
    """Return the size of the negative binomial, by the method of moments over the peers."""
    scatter = peers.outside_squared - 2 * rate * peers.product + rate * rate * peers.volume_squared
    excess = scatter - rate * peers.volume
    spread = rate * rate * peers.volume_squared
    return min(SIZE_MAX, spread / excess) if excess > 0 else SIZE_MAX
