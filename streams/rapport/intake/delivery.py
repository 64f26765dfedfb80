"""Delivery to Kafka: an event is accepted when every in-sync replica has acknowledged it.

Nothing is stored: an event that Kafka does not acknowledge in time is rejected, and the sender
sends it again. That may write it twice, and the ledger counts it once (docs/decisions/0030).
"""

import asyncio
import contextlib
import logging
from collections.abc import Sequence
from functools import partial
from typing import Any, Final

from aiokafka import AIOKafkaProducer
from aiokafka.errors import KafkaError, MessageSizeTooLargeError

from rapport.intake.limits import Capacity, Limits
from rapport.intake.validation import OutgoingRecord
from rapport.kafka.connection import Kafka
from rapport_schemas.wire.http import RequestRejected
from rapport_schemas.wire.registry import CONTRACTS

log = logging.getLogger(__name__)
TOPICS_NEEDED: Final = frozenset(contract.topic for contract in CONTRACTS.values())
PROBE_SECONDS: Final = 2.0
PROBE_SECONDS_MAX: Final = 5.0
RETRY_SECONDS: Final = 1.0
STOP_SECONDS_MAX: Final = 2.0
FLUSH_SECONDS_MAX: Final = 30.0
"""For a producer that is replaced: its batches expire before that."""
BATCH_BYTES: Final = 64 * 1024
"""A larger record has a batch of its own: when the broker rejects its size, no other fails."""
REFUSED_RETRY_SECONDS: Final = 5


class Delivery:
    """Writes records, waits for acknowledgements, and monitors the connection to Kafka."""

    def __init__(self, kafka: Kafka, limits: Limits) -> None:
        self._kafka = kafka
        self._seconds_max = limits.acknowledge_seconds_max
        self.events = Capacity("events on their way to Kafka", limits.in_flight_events_max)
        self._bytes = Capacity("bytes on their way to Kafka", limits.in_flight_bytes_max)
        self._producer: AIOKafkaProducer | None = None
        self._broken = asyncio.Event()
        self.trouble = "not connected to Kafka yet"
        """Why nothing can be sent now, as public text; empty when Kafka is reachable."""

    def check(self) -> None:
        """Raise `RequestRejected` while Kafka is unavailable."""
        if self.trouble:
            raise self._unavailable(self.trouble)

    async def send(self, records: Sequence[OutgoingRecord]) -> list[RequestRejected | None]:
        """Return for each record None when Kafka has acknowledged it, or the rejection.

        Raises `RequestRejected` when none was sent.
        """
        self.check()
        self._take(records)
        sent: list[asyncio.Future[Any] | RequestRejected] = []
        try:
            async with asyncio.timeout(self._seconds_max):
                for record in records:
                    sent.append(await self._enqueue(record))  # noqa: PERF401 # in order; the list survives a timeout
                waiting = [future for future in sent if isinstance(future, asyncio.Future)]
                if waiting:
                    await asyncio.wait(waiting)
        except TimeoutError:
            log.warning("Kafka took over %g s to acknowledge", self._seconds_max)
        finally:
            for record in records[len(sent) :]:
                self._give(record.size_bytes)
        outcomes = [self._outcome(*pair) for pair in zip(records, sent, strict=False)]
        late = self._unavailable("it was not taken in time")
        return outcomes + [late] * (len(records) - len(sent))

    async def run(self) -> None:
        """Keep a producer connected; start a new one after each loss of the connection."""
        while True:
            producer = AIOKafkaProducer(
                **self._kafka.aiokafka,
                acks="all",
                max_batch_size=BATCH_BYTES,
                request_timeout_ms=int(self._seconds_max * 1000),
            )
            try:
                await producer.start()
                self._producer = producer
                await self._watch(producer)
            except (KafkaError, OSError, TimeoutError) as error:
                self._set_trouble("Kafka does not answer", f"{self._kafka.bootstrap}: {error}")
            except asyncio.CancelledError:
                await _stopped(producer, STOP_SECONDS_MAX)
                raise
            self._producer = None
            await _stopped(producer, FLUSH_SECONDS_MAX)
            await asyncio.sleep(RETRY_SECONDS)

    async def _watch(self, producer: AIOKafkaProducer) -> None:
        """Poll the topics of Kafka; raises when Kafka does not answer."""
        self._broken.clear()
        while not self._broken.is_set():
            async with asyncio.timeout(PROBE_SECONDS_MAX):
                cluster = await producer.client.fetch_all_metadata()
            missing = sorted(TOPICS_NEEDED - cluster.topics())
            wrong = f"no topics {', '.join(missing)}, or no right to see them; run `rapport topics`"
            self._set_trouble(wrong if missing else "")
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._broken.wait(), PROBE_SECONDS)
        self._set_trouble("the producer failed; connecting anew")

    def _set_trouble(self, trouble: str, detail: str = "") -> None:
        if trouble != self.trouble:
            log.warning("%s %s", trouble or "connected to Kafka", detail)
        self.trouble = trouble

    async def _enqueue(self, record: OutgoingRecord) -> "asyncio.Future[Any] | RequestRejected":
        """Send a record; its size is given back when Kafka has answered."""
        producer, size = self._producer, record.size_bytes
        if producer is None:
            self._give(size)
            return self._unavailable("the connection was lost")
        try:
            future: asyncio.Future[Any] = await producer.send(
                record.topic, record.value, record.key, headers=record.headers
            )
        except KafkaError as error:
            self._give(size)
            self._check_producer(error)
            return self._refusal(record, error)
        future.add_done_callback(partial(self._on_done, size))
        return future

    def _take(self, records: Sequence[OutgoingRecord]) -> None:
        size = sum(record.size_bytes for record in records)
        self.events.take(len(records))
        try:
            self._bytes.take(size)
        except RequestRejected:
            self.events.give(len(records))
            raise

    def _give(self, size_bytes: int) -> None:
        self.events.give(1)
        self._bytes.give(size_bytes)

    def _on_done(self, size_bytes: int, future: "asyncio.Future[Any]") -> None:
        self._give(size_bytes)
        error = None if future.cancelled() else future.exception()
        self._check_producer(error)

    def _check_producer(self, error: BaseException | None) -> None:
        if type(error) is KafkaError:  # aiokafka's sender task sets it when it has failed
            self._broken.set()

    def _outcome(
        self, record: OutgoingRecord, sent: "asyncio.Future[Any] | RequestRejected"
    ) -> RequestRejected | None:
        if isinstance(sent, RequestRejected):
            return sent
        if not sent.done():
            return self._unavailable("no acknowledgement in time; it may have arrived all the same")
        error = sent.exception()
        return None if error is None else self._refusal(record, error)

    def _refusal(self, record: OutgoingRecord, error: BaseException) -> RequestRejected:
        if isinstance(error, MessageSizeTooLargeError):
            if record.size_bytes > BATCH_BYTES:
                return RequestRejected(
                    "too-big", "", "with its headers, it is over what the topic takes"
                )
            return self._unavailable(
                f"topic {record.topic} has a max.message.bytes under {BATCH_BYTES}"
            )
        return self._unavailable(type(error).__name__)

    @staticmethod
    def _unavailable(detail: str) -> RequestRejected:
        return RequestRejected("kafka-away", "", detail, retry_seconds=REFUSED_RETRY_SECONDS)


async def _stopped(producer: AIOKafkaProducer, seconds_max: float) -> None:
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(seconds_max):
            await producer.stop()
