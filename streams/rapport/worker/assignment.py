"""Assignment: the partitions that this worker owns between two rebalances.

Work that began before a rebalance must not finish after it: the partition's next owner repeats it.
Such work takes an `AssignmentEpoch` when it begins, and checks that it is current.
"""

import time
from collections.abc import Iterator

from rapport.kafka.partitioner import partition_of
from rapport.monitoring.metrics import pipeline
from rapport.monitoring.metrics.model import Sample


class AssignmentEpoch:
    """The time between two rebalances."""

    __slots__ = ("_assignment", "_number")

    def __init__(self, assignment: "Assignment", number: int) -> None:
        self._assignment, self._number = assignment, number

    def is_current(self) -> bool:
        """Return whether no partition has been revoked since this epoch was taken."""
        return self._assignment.number == self._number


class Assignment:
    """The owned partitions, and whether their ledger has been recovered."""

    def __init__(self, partitions: int) -> None:
        self._partitions = partitions
        self.ready = False
        """Whether the ledger of the owned partitions is in memory."""
        self.owned: frozenset[int] = frozenset()
        """The input partitions whose clients this worker scores."""
        self.number = 0
        """How often partitions were revoked."""
        self._rebalances = 0
        """How often partitions were assigned."""
        self.recovery_seconds = 0.0
        self.timestamps: dict[str, float] = {}
        """Step of the newest recovery -> when it ended; seconds since 1970-01-01 UTC."""

    def epoch(self) -> AssignmentEpoch:
        """Return the current epoch."""
        return AssignmentEpoch(self, self.number)

    def owns(self, client: str) -> bool:
        """Return whether this worker scores a client."""
        return self.partition_of(client) in self.owned

    def owns_all(self) -> bool:
        """Return whether this worker scores every client."""
        return len(self.owned) == self._partitions

    def partition_of(self, client: str) -> int:
        """Return the partition of a client, by Kafka's default partitioner."""
        return partition_of(client.encode(), self._partitions)

    def assigned(self) -> None:
        """Record that partitions were assigned."""
        self._rebalances += 1
        self.timestamps = {"assigned": time.time()}

    def revoked(self) -> None:
        """End the epoch: partitions are revoked."""
        self.ready = False
        self.number += 1

    def restored(self, owned: frozenset[int]) -> None:
        """Record that the local store of the owned partitions is level with the changelog."""
        self.owned = owned
        self.timestamps["restored"] = time.time()

    def recovered(self) -> None:
        """Record that the ledger of the owned partitions is in memory."""
        self.timestamps["ready"] = time.time()
        self.recovery_seconds = self.timestamps["ready"] - self.timestamps["assigned"]
        self.ready = True

    def scored(self, seconds: float) -> None:
        """Record the first evaluation after the recovery."""
        self.timestamps.setdefault("scored", seconds)

    def samples(self) -> Iterator[Sample]:
        """Yield whether the worker is ready, its partitions, and how often it got them."""
        yield Sample(pipeline.READY, (), int(self.ready))
        yield Sample(pipeline.PARTITIONS, (), self._partitions)
        yield Sample(pipeline.ASSIGNED, (), len(self.owned) if self.ready else 0)
        yield Sample(pipeline.REBALANCES, (), self._rebalances)
