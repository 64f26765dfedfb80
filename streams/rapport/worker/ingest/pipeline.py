"""Ingest pipeline: chunks are decoded in parallel, and routed in the order of their partition."""

import asyncio
import time
from typing import Any, Final

from rapport.worker.assignment import Assignment, AssignmentEpoch
from rapport.worker.ingest.compacted_topic import ClientRegistryFollower
from rapport.worker.ingest.counters import DECODE, FOLD, IngestCounters
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
        """Partition -> the task of its newest chunk."""

    async def consume(self, stream: Any) -> None:
        """Take chunks from the stream for ever."""
        async for event in stream.noack().events():
            assignment_epoch = self._assignment.epoch()
            await self._in_hand.acquire()
            tp = event.message.tp
            previous = self._newest.get(tp)
            self._newest[tp] = asyncio.ensure_future(
                self._process(event, previous, assignment_epoch)
            )

    async def drop(self) -> None:
        """Drop what is not written: the next owner of the partitions reads it again."""
        self._newest.clear()
        await self._writer.drop()

    async def _process(
        self, event: Any, previous: "asyncio.Future[None] | None", assignment_epoch: AssignmentEpoch
    ) -> None:
        """Decode a chunk beside others, then route it after the previous one of its partition."""
        try:
            self._counters.chunk_arrived(event.message.topic, event.value)
            started = time.perf_counter()
            decoded = await self._decoders.decode(event.value)
            self._counters.stage_passed(DECODE, decoded.records, time.perf_counter() - started)
            await self._registry.caught_up.wait()
            if previous is not None:
                # Acknowledging a chunk acknowledges every chunk before it.
                await previous
            # A chunk that was fetched before a rebalance is read again by the next owner.
            is_current = event.message.generation_id == self._app.consumer_generation_id
            if assignment_epoch.is_current() and self._assignment.ready and is_current:
                await self._route(event, decoded, assignment_epoch)
        except Exception as error:  # noqa: BLE001 # whatever it is, the chunk must not be lost silently
            await self._app.crash(error)
        finally:
            self._in_hand.release()

    async def _route(self, event: Any, decoded: Decoded, assignment_epoch: AssignmentEpoch) -> None:
        result, partition = RoutingResult(), event.message.partition
        started = time.perf_counter()
        self._router.route(decoded, partition, result, time.time())
        self._score(result)
        self._counters.stage_passed(FOLD, decoded.records, time.perf_counter() - started)
        if result.unknown_clients:
            # Their registration may be in flight: read the registry to its end before rejecting.
            await retry_until_acked(self._registry.catch_up)
            if not assignment_epoch.is_current():
                return
            self._router.route_unknown(result, partition, time.time())
            self._score(result)
        await self._writer.add(RoutedChunk(event, event.value, result))

    def _score(self, result: RoutingResult) -> None:
        """Give the scorer the changes in the same step as the pages."""
        for client, changes in result.changes.items():
            self._scorer.add(client, changes)
        result.changes.clear()
