"""The ingest pipeline: fetched chunks are decoded side by side, and routed in their order."""

import asyncio
import time
from typing import Any, Final

from rapport.worker.assignment import Assignment, AssignmentEpoch
from rapport.worker.ingest.client_registry import ClientRegistryFollower
from rapport.worker.ingest.counters import IngestCounters
from rapport.worker.ingest.decoder_pool import DecoderPool
from rapport.worker.ingest.decoding import Decoded
from rapport.worker.ingest.router import Router, RoutingResult
from rapport.worker.ingest.writer import RoutedChunk, Writer, retry_until_acked
from rapport.worker.scoring.scorer import Scorer

CHUNKS_IN_HAND_MAX: Final = 8
"""Chunks that are decoded or wait to be routed: bounds memory."""


class IngestPipeline:
    """Takes each chunk from the consumer to the writer, which acknowledges it."""

    def __init__(
        self,
        app: Any,
        assignment: Assignment,
        counters: IngestCounters,
        decoders: DecoderPool,
        registry: ClientRegistryFollower,
        router: Router,
        scorer: Scorer,
        writer: Writer,
    ) -> None:
        self._app, self._assignment, self._counters = app, assignment, counters
        self._decoders, self._registry, self._router = decoders, registry, router
        self._scorer, self._writer = scorer, writer
        self._in_hand = asyncio.Semaphore(CHUNKS_IN_HAND_MAX)
        self._newest: dict[Any, asyncio.Future[None]] = {}
        """Partition -> its newest chunk in hand."""

    async def consume(self, stream: Any) -> None:
        """Take chunks from the stream for ever."""
        async for event in stream.noack().events():
            epoch = self._assignment.epoch()
            await self._in_hand.acquire()
            tp = event.message.tp
            before = self._newest.get(tp)
            self._newest[tp] = asyncio.ensure_future(self._chunk(event, before, epoch))

    async def drop(self) -> None:
        """Forget what is not written: partitions were revoked, and their next owner reads it."""
        self._newest.clear()
        await self._writer.drop()

    async def _chunk(
        self, event: Any, before: "asyncio.Future[None] | None", epoch: AssignmentEpoch
    ) -> None:
        """Decode one chunk beside others; then route it, after its partition's chunk before it."""
        try:
            chunk = event.value
            self._counters.chunk_arrived(event.message.topic, chunk)
            decoded = await self._decoders.decode(chunk)
            await self._registry.caught_up.wait()
            if before is not None:
                # Acknowledging a chunk acknowledges everything before it.
                await before
            # What was fetched before a rebalance is read again by the partition's next owner.
            current = event.message.generation_id == self._app.consumer_generation_id
            if epoch.is_current() and self._assignment.ready and current:
                await self._route(event, decoded, epoch)
        except Exception as error:  # noqa: BLE001 # whatever it is, the chunk must not be lost silently
            await self._app.crash(error)
        finally:
            self._in_hand.release()

    async def _route(self, event: Any, decoded: Decoded, epoch: AssignmentEpoch) -> None:
        batch, partition = RoutingResult(), event.message.partition
        self._router.route(decoded, partition, batch, time.time())
        self._score(batch)
        if batch.unknown_clients:
            # Their registration may be on its way: read the registry to its end before judging.
            await retry_until_acked(self._registry.catch_up)
            if not epoch.is_current():
                return
            self._router.route_unknown(batch, partition, time.time())
            self._score(batch)
        await self._writer.add(RoutedChunk(event, event.value, batch))

    def _score(self, batch: RoutingResult) -> None:
        """Give the scorer what changed, while the pages say the same."""
        for client, changes in batch.changes.items():
            self._scorer.add(client, changes)
        batch.changes.clear()
