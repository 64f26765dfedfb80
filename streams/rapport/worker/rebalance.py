"""Rebalance handler: what a worker does when partitions are assigned, revoked and recovered."""

from typing import Any

from rapport.worker.announce.announcer import Announcer
from rapport.worker.assignment import Assignment
from rapport.worker.ingest.pipeline import IngestPipeline
from rapport.worker.maintenance.recovery import LedgerRecovery, check_desk
from rapport.worker.maintenance.retention import Retention
from rapport.worker.scoring.latest_snapshot import LatestSnapshot
from rapport.worker.scoring.scorer import Scorer
from rapport.worker.storage.tables import Storage


class RebalanceHandler:
    """Stops work on revoked partitions, and reads the ledger of those that are owned."""

    def __init__(
        self,
        assignment: Assignment,
        storage: Storage,
        pipeline: IngestPipeline,
        scorer: Scorer,
        recovery: LedgerRecovery,
        retention: Retention,
        announcer: Announcer,
        snapshots: LatestSnapshot,
    ) -> None:
        self._assignment, self._storage, self._pipeline = assignment, storage, pipeline
        self._scorer, self._recovery = scorer, recovery
        self._retention, self._announcer, self._snapshots = retention, announcer, snapshots

    async def assigned(self, *_args: Any, **_kwargs: Any) -> None:
        """Record that partitions were assigned; Faust recovers their tables now."""
        self._assignment.assigned()
        self._recovery.begin()

    async def revoked(self, *_args: Any, **_kwargs: Any) -> None:
        """Finish the write in progress, and drop the work that is not written."""
        # First: the next owner may show these clients before this worker has finished.
        self._assignment.revoked()
        self._retention.restart()
        await self._pipeline.drop()
        await self._announcer.drop()

    async def recovered(self, *_args: Any, **_kwargs: Any) -> None:
        """Read the ledger of the owned partitions, before new events are consumed."""
        storage = self._storage
        self._assignment.restored(storage.owned_inputs())
        await storage.check_days()
        storage.begin_epoch(self._assignment.owned)
        self._scorer.forget()
        self._retention.restart()
        await check_desk(storage)
        await self._recovery.read()
        await self._announcer.recovered(await storage.announced.read())
        self._snapshots.retake()
        self._assignment.recovered()
