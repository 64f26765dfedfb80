"""A client against its peers: does it buy more outside than others that buy as much?

How much a client buys at all (purchases of every kind) is its volume; the peers' shares of outside
purchases are taken to be spread like a gamma distribution, fitted by moments without the client
itself. The chance that a peer of that volume buys as many is a negative binomial's tail: a small
client's few purchases are never remarkable, however great their share.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final, NamedTuple

from rapport.domain.policy.procurement import PeersPolicy
from rapport.domain.stats import negative_binomial_tail as tail

SIZE_MAX: Final = 1000.0
"""Peers that differ by no more than chance are given this size: nearly a Poisson distribution."""


class PeerSums(NamedTuple):
    """Integer sums over clients, from which a client can be taken out exactly.

    >>> Sums.of([(1, 10), (2, 20)]).without(2, 20) == Sums.of([(1, 10)])
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
        """Return the sums of (outside, volume) pairs; who buys nothing is no peer."""
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
        """Return the sums without one of the clients that they hold."""
        y, v = outside, volume
        own = (1, y, v, y * y, y * v, v * v)
        return PeerSums(*(total - one for total, one in zip(self, own, strict=True)))


@dataclass(frozen=True, slots=True)
class PeerComparison:
    """A client's outside purchases against what peers of its volume buy."""

    observed: int
    expected: float
    probability: float
    """The chance that a peer of that volume buys as many or more."""
    clients: int
    """The peers."""
    outlier: bool


def compare_with_peers(
    outside: int, volume: int, everyone: PeerSums, limits: PeersPolicy
) -> PeerComparison | None:
    """Return how a client compares; None when it buys nothing or has too few peers.

    >>> from rapport.domain.policy.procurement import PeersPolicy
    >>> limits = PeersPolicy(window_days=364, clients_minimum=5, ratio=2, probability=0.01)
    >>> pairs = [(5, 100), (4, 100), (6, 100), (5, 100), (4, 90), (40, 100)]
    >>> against_peers(40, 100, Sums.of(pairs), limits).outlier
    True
    >>> against_peers(5, 100, Sums.of(pairs), limits).outlier
    False
    """
    if not volume:
        return None
    others = everyone.without(outside, volume)
    if others.clients < limits.clients_minimum or not others.outside:
        return None
    rate = others.outside / others.volume
    expected = rate * volume
    probability = tail(outside, expected, _size(others, rate))
    return PeerComparison(
        observed=outside,
        expected=expected,
        probability=probability,
        clients=others.clients,
        outlier=probability < limits.probability and outside >= limits.ratio * expected,
    )


def _size(peers: PeerSums, rate: float) -> float:
    """Return the negative binomial's size: the peers' scatter beyond chance, by moments."""
    scatter = peers.outside_squared - 2 * rate * peers.product + rate * rate * peers.volume_squared
    excess = scatter - rate * peers.volume
    spread = rate * rate * peers.volume_squared
    return min(SIZE_MAX, spread / excess) if excess > 0 else SIZE_MAX
