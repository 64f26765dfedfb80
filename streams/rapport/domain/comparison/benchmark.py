"""Benchmarks of each score: the client's earlier weeks, its peers, its target.

The impact of a score is volume x gap: the client's volume of contact with IT, times the distance of
the score below its target. A gap that many people notice each day weighs most.
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
    """A client's rank among all clients with a known score, itself included."""

    rank: int
    """1 is the best; equal scores have equal rank."""
    clients: int
    median: float


@dataclass(frozen=True, slots=True)
class Benchmark:
    """One score with its benchmarks."""

    value: float | None
    past: tuple[float | None, ...]
    """The score at the ends of the last closed weeks, the oldest first."""
    peers: Rank | None
    """None without a score, or with too few clients that have one."""
    target: float | None
    gap: float
    """The distance below the target; 0 on target or without one."""
    impact: float
    """Volume x gap."""


class PeerScores:
    """The sorted scores of all clients, for ranks and medians."""

    def __init__(self, fleet: Iterable[ClientHealth], policy: ComparePolicy) -> None:
        self._policy = policy
        shown: dict[str, list[float]] = {}
        for health in fleet:
            for score in health.scores:
                if score.shown is not None:
                    shown.setdefault(score.name, []).append(score.shown)
        self._sorted = {name: sorted(values) for name, values in shown.items()}
        self._medians = {name: median(values) for name, values in shown.items()}

    def rank(self, name: str, value: float | None) -> Rank | None:
        """Return the rank of a score; None without a value or with too few clients."""
        values = self._sorted.get(name, [])
        if value is None or len(values) < self._policy.peers_minimum:
            return None
        if name in LOWER_IS_BETTER:
            better = bisect_left(values, value)
        else:
            better = len(values) - bisect_right(values, value)
        return Rank(better + 1, len(values), self._medians[name])


def gap_of(score: Score, policy: ComparePolicy) -> float:
    """Return the distance of a score below its target; 0 on target, without one, or unknown."""
    if score.name not in TARGETS or score.shown is None:
        return 0.0
    return max(0.0, float(getattr(policy.targets, score.name)) - score.shown)


def benchmark(
    health: ClientHealth, past_scores: PastScores, peers: PeerScores, policy: ComparePolicy
) -> Mapping[str, Benchmark]:
    """Return the benchmark of every score of a client, by name."""
    benchmarks = {}
    for score in health.scores:
        name, value = score.name, score.shown
        target = getattr(policy.targets, name) if name in TARGETS else None
        gap = gap_of(score, policy)
        benchmarks[name] = Benchmark(
            value=value,
            past=tuple(past_scores[name]),
            peers=peers.rank(name, value),
            target=target,
            gap=gap,
            impact=health.volume * gap,
        )
    return benchmarks
