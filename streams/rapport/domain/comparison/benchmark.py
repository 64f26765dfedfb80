"""Each score beside the client's own past, its peers and its target, and what to do first.

Impact is volume x gap: how much contact a client has with IT, times how far a score is below its
target. A gap that many people meet every day comes before the same gap that few meet.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from statistics import median
from typing import Final, NamedTuple

from rapport.domain.comparison.past_scores import PastScores
from rapport.domain.policy.relationship import ComparePolicy
from rapport.domain.scoring.evaluate import ClientHealth
from rapport.domain.scoring.score import Score

LOWER_IS_BETTER: Final = frozenset({"perception", "divergence"})
TARGETS: Final = ("trust", "engagement", "knowledge", "participation")
"""The scores that have a target."""


class Rank(NamedTuple):
    """A client's place among all clients whose score is known, its own among them."""

    rank: int
    """1 is the best; equal scores share a place."""
    clients: int
    median: float


@dataclass(frozen=True, slots=True)
class Benchmark:
    """One score beside what it may be held against."""

    value: float | None
    past: tuple[float | None, ...]
    """At the ends of the last closed weeks, the oldest first."""
    peers: Rank | None
    """None: the score is not known, or too few clients have one."""
    target: float | None
    gap: float
    """How far the value is below its target; 0 on target or without one."""
    impact: float
    """Volume x gap."""


class Priority(NamedTuple):
    """One score of one client that is below its target."""

    client: str
    score: str
    gap: float
    impact: float
    component: str | None
    """The component that misses most points."""


class PeerScores:
    """The known scores of all clients, to find a client's place among them."""

    def __init__(self, fleet: Iterable[ClientHealth], policy: ComparePolicy) -> None:
        self._policy = policy
        known: dict[str, list[float]] = {}
        for health in fleet:
            for score in health.scores:
                if score.shown is not None:
                    known.setdefault(score.name, []).append(score.shown)
        self._sorted = {name: sorted(values) for name, values in known.items()}
        self._medians = {name: median(values) for name, values in known.items()}

    def rank(self, name: str, value: float | None) -> Rank | None:
        """Return the place of a score among the clients'."""
        values = self._sorted.get(name, [])
        if value is None or len(values) < self._policy.peers_minimum:
            return None
        if name in LOWER_IS_BETTER:
            better = bisect_left(values, value)
        else:
            better = len(values) - bisect_right(values, value)
        return Rank(better + 1, len(values), self._medians[name])


def gap_of(score: Score, policy: ComparePolicy) -> float:
    """Return how far a score is below its target; 0 on target, without one, or when unknown."""
    if score.name not in TARGETS or score.shown is None:
        return 0.0
    return max(0.0, float(getattr(policy.targets, score.name)) - score.shown)


def benchmark(
    health: ClientHealth, past: PastScores, peers: PeerScores, policy: ComparePolicy
) -> Mapping[str, Benchmark]:
    """Return every score of a client beside its past, its peers and its target, by name."""
    found = {}
    for score in health.scores:
        name, value = score.name, score.shown
        target = getattr(policy.targets, name) if name in TARGETS else None
        gap = gap_of(score, policy)
        found[name] = Benchmark(
            value=value,
            past=tuple(past[name]),
            peers=peers.rank(name, value),
            target=target,
            gap=gap,
            impact=health.volume * gap,
        )
    return found


def priorities(
    fleet: Iterable[ClientHealth], policy: ComparePolicy, count: int
) -> tuple[Priority, ...]:
    """Return what to do first: the `count` gaps of the greatest impact over all clients."""
    found = []
    for health in fleet:
        for score in health.scores:
            gap = gap_of(score, policy)
            if gap:
                lacking = score.lacking()
                component = lacking[0].component if lacking else None
                impact = health.volume * gap
                found.append(Priority(health.client, score.name, gap, impact, component))
    found.sort(key=lambda priority: (-priority.impact, priority.client, priority.score))
    return tuple(found[:count])
