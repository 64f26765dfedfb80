"""The worker: Faust for assignment, tables and recovery; the lane and the fold for the events."""

import asyncio
import logging
import time
from collections.abc import Callable
from typing import Any

import faust
from aiokafka.errors import KafkaError
from aiokafka.partitioner import murmur2

from rapport.schemas.registry import TOPICS
from rapport.streams.core.facts import FindSignals
from rapport.streams.core.policy import Policy
from rapport.streams.shell.changelog import Changelog
from rapport.streams.shell.dead_letters import dead_letter
from rapport.streams.shell.directory import DirectoryReader
from rapport.streams.shell.fold import DAY_SECONDS, Batch, Fold
from rapport.streams.shell.lane import BATCH_RECORDS_MAX, LaneApp, LaneSchema
from rapport.streams.shell.monitor import Monitor
from rapport.streams.shell.pages import PageStore, stored
from rapport.streams.shell.settings import GROUP, Settings
from rapport.streams.shell.status import Status
from rapport.streams.shell.topics import LEDGER_TABLE

log = logging.getLogger(__name__)
WRITES_AT_ONCE = 4
"""Batches whose pages are on their way: bounds memory, and what a crash replays."""
SLICE_RECORDS = 1_000
"""Records folded before the loop may do something else."""
EVALUATE_SECONDS = 1.0
EVALUATE_SECONDS_MAX = 15.0
EVENTS_TO_SCORES = 19
"""Under load, scores get one twentieth of the time."""
RETRY_SECONDS = 1.0
FETCH_BYTES_MAX = 4 * 1024 * 1024


class Worker:
    """One worker: what it owns, and what it does with a batch."""

    def __init__(
        self,
        settings: Settings,
        policy: Policy,
        find_signals: FindSignals,
        publish: Callable[["Worker"], None],
    ) -> None:
        self.settings = settings
        self.status = Status()
        self.app = _faust_app(settings)
        self.table: Any = self.app.Table(
            LEDGER_TABLE,
            partitions=settings.partitions,
            key_type=bytes,
            value_type=bytes,
            schema=faust.Schema(
                key_type=bytes, value_type=bytes, key_serializer="raw", value_serializer="raw"
            ),
        )
        self.reader = DirectoryReader("clients", settings.kafka.aiokafka)
        self.monitor = Monitor(self.reader.directory, policy)
        self.changelog = Changelog(self.app, self.table)
        self.pages = PageStore(self.changelog)
        self._publish = publish
        self._fold = Fold(
            self.pages,
            self.reader.directory,
            find_signals,
            self._partition_of,
            policy.ledger.horizon_days,
        )
        self._partitions: dict[str, int] = {}
        self._writes = asyncio.Semaphore(WRITES_AT_ONCE)
        self._last_write: dict[int, asyncio.Future[None]] = {}
        self._wire()

    def _wire(self) -> None:
        app = self.app
        topic = app.topic(*sorted(app.lane_topics), schema=LaneSchema())
        app.agent(topic, name="fold")(self._consume)
        app.task(self._follow_registry)
        app.task(self._keep_scores)
        app.on_partitions_revoked.connect(self._revoked)
        app.on_rebalance_complete.connect(self._recovered)

    async def _consume(self, stream: Any) -> None:
        async for event in stream.noack().events():
            await self._batch(event)

    async def _batch(self, event: Any) -> None:
        """Fold one fetched batch; while its pages are written, the next one may be folded."""
        records, message = event.value, event.message
        topic, partition = message.topic, message.partition
        self.status.batch_arrived(topic, partition, records)
        await self.reader.caught_up.wait()
        batch, now = Batch(), time.time()
        self.changelog.partition = partition
        for start in range(0, len(records), SLICE_RECORDS):
            self._fold.records(records[start : start + SLICE_RECORDS], batch, now=now, last=False)
            await asyncio.sleep(0)
        if batch.strangers:
            # Their registration may be on its way: read the registry to its end before judging.
            await self._until_done(self.reader.catch_up)
            strangers, batch.strangers = batch.strangers, []
            self._fold.records(strangers, batch, now=now, last=True)
        await self._writes.acquire()
        before = self._last_write.get(partition)
        task = asyncio.ensure_future(self._finish(event, batch, self.pages.drain(), before))
        self._last_write[partition] = task
        for client, changes in batch.changes.items():
            self.monitor.add(client, changes)

    async def _finish(
        self,
        event: Any,
        batch: Batch,
        values: dict[bytes, bytes],
        before: "asyncio.Future[None] | None",
    ) -> None:
        """Write a batch's pages, after the same partition's batch before it; then acknowledge."""
        try:
            if before is not None:
                await before
            partition = event.message.partition
            await self._until_done(lambda: self.changelog.write(partition, values))
            await self._send_aside(batch)
            event.ack()
            self.status.pages_written += len(values)
            self.status.batch_done(event.message.topic, batch)
        except Exception as error:  # noqa: BLE001 # whatever it is, the batch must not be lost silently
            await self.app.crash(error)
        finally:
            self._writes.release()
            current = asyncio.current_task()
            if all(task is current or task.done() for task in self._last_write.values()):
                self.pages.trim()

    async def _send_aside(self, batch: Batch) -> None:
        """Publish dead letters and forwarded events; return once Kafka has them."""
        letters = [dead_letter(record, rejected) for record, rejected in batch.dead]
        sends: list[tuple[Any, ...]] = [("dead-letters", *letter, None) for letter in letters]
        for record, client, partition in batch.forward:
            headers = list(record.headers)
            sends.append((record.topic, client.encode(), record.value, headers, partition))
        if sends:
            await asyncio.gather(*(self._until_done(self._sender(*send)) for send in sends))

    def _sender(
        self,
        topic: str,
        key: bytes | None,
        value: bytes,
        headers: list[tuple[str, bytes]],
        partition: int | None,
    ) -> Callable[[], Any]:
        async def send() -> None:
            await self.app.producer.send_and_wait(topic, key, value, partition, None, headers)

        return send

    async def _until_done(self, work: Callable[[], Any]) -> None:
        while True:
            try:
                await work()
            except KafkaError as error:
                log.warning("Kafka did not answer (%s); trying again", error)
                await asyncio.sleep(RETRY_SECONDS)
            else:
                return

    def _partition_of(self, client: str) -> int:
        partition = self._partitions.get(client)
        if partition is None:
            hashed = murmur2(client.encode()) & 0x7FFFFFFF
            partition = self._partitions[client] = hashed % self.settings.partitions
        return partition

    async def _follow_registry(self) -> None:
        await self.reader.follow()

    async def _revoked(self, *_args: Any, **_kwargs: Any) -> None:
        self.status.ready = False

    async def _recovered(self, *_args: Any, **_kwargs: Any) -> None:
        """Read the ledger of the partitions that are owned now, before new events flow."""
        self.pages.forget()
        self.monitor.forget()
        started = time.monotonic()
        count = 0
        for count, (key, value) in enumerate(self.table.items(), 1):
            client, changes = stored(key, value)
            self.monitor.add(client, changes)
            if count % 1_000 == 0:
                await asyncio.sleep(0)
        self.status.recovered(count, time.monotonic() - started)

    async def _keep_scores(self) -> None:
        await self.reader.caught_up.wait()
        while True:
            started = time.perf_counter()
            await self._score()
            spent = time.perf_counter() - started
            # Scores may take a share of the loop, not all of it: events go first.
            pause = max(EVALUATE_SECONDS, spent * EVENTS_TO_SCORES)
            await asyncio.sleep(min(pause, EVALUATE_SECONDS_MAX))

    async def _score(self) -> None:
        started, events = time.perf_counter(), self.status.handled
        evaluated = await self.monitor.evaluate(int(time.time()) // DAY_SECONDS)
        self.status.evaluated(evaluated, time.perf_counter() - started, events)
        await self.status.measure_lag(self.app)
        self._publish(self)


def _faust_app(settings: Settings) -> LaneApp:
    app = LaneApp(
        GROUP,
        broker=f"kafka://{settings.kafka.bootstrap}",
        store="rocksdb://",
        datadir=settings.data_dir,
        topic_partitions=settings.partitions,
        topic_disable_leader=True,
        web_enabled=False,
        stream_buffer_maxsize=8,
        stream_wait_empty=False,
        broker_max_poll_records=BATCH_RECORDS_MAX,
        broker_commit_interval=1.0,
        consumer_max_fetch_size=FETCH_BYTES_MAX,
        broker_session_timeout=15.0,
        broker_heartbeat_interval=3.0,
        consumer_auto_offset_reset="earliest",
        producer_compression_type="lz4",
        producer_max_request_size=4 * 1024 * 1024,
        logging_config=None,
    )
    app.lane_topics = frozenset(name for name, topic in TOPICS.items() if topic.folded)
    return app


def run(worker: Worker, log_level: str) -> None:
    """Run until SIGINT or SIGTERM; leave by `SystemExit`."""
    faust.Worker(
        worker.app,
        loglevel=log_level,
        quiet=True,
        redirect_stdouts=False,
        blocking_timeout=0,
        override_logging=False,
    ).execute_from_commandline()
