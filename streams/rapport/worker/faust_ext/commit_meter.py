"""Counts the commits of consumer offsets by outcome, and the time that they take."""

from collections import Counter
from collections.abc import Iterator
from typing import Final

from rapport.monitoring.metrics import pipeline
from rapport.monitoring.metrics.model import Sample

DONE: Final = "done"
FAILED: Final = "failed"


class CommitMeter:
    """The commits of one worker since it started."""

    def __init__(self) -> None:
        self._commits: Counter[str] = Counter({DONE: 0, FAILED: 0})
        self._seconds = 0.0

    def add(self, outcome: str, seconds: float) -> None:
        """Count one commit, and how long Kafka took to answer."""
        self._commits[outcome] += 1
        self._seconds += seconds

    def samples(self) -> Iterator[Sample]:
        """Yield the commits by outcome, and the time that all of them took."""
        for outcome, count in self._commits.items():
            yield Sample(pipeline.COMMITS, (outcome,), count)
        yield Sample(pipeline.COMMIT_SECONDS, (), self._seconds)
