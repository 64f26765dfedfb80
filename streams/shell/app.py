"""The worker: Faust for assignment, tables and recovery; lane, decoders and fold for the events."""

import asyncio
import logging
import time
from collections.abc import Callable
from typing import Any

from aiokafka import TopicPartition

from rapport.schemas.registry import ANNOUNCED_TABLE, LEDGER_TABLE
from rapport.streams.core.facts import FindSignals
from rapport.streams.core.policy import Policy
from rapport.streams.shell.announcer import Announcer
from rapport.streams.shell.arrivals import ArrivalReader
from rapport.streams.shell.aside import send_aside
from rapport.streams.shell.changelog import Changelog
from rapport.streams.shell.decoders import HERE_RECORDS_MAX, Decoders
from rapport.streams.shell.decoding import Decoded
from rapport.streams.shell.directory import DirectoryReader
from rapport.streams.shell.ending import EndingWorker
from rapport.streams.shell.expiry import Expiry
from rapport.streams.shell.faust_app import faust_app
from rapport.streams.shell.fellows import Fellows
from rapport.streams.shell.fold import DAY_SECONDS, Batch, Fold
from rapport.streams.shell.health_topic import HealthTopic
from rapport.streams.shell.kafka_watch import KafkaWatch
from rapport.streams.shell.lane import LaneSchema
from rapport.streams.shell.ledger_table import page_table
from rapport.streams.shell.mender import Mender
from rapport.streams.shell.monitor import Monitor
from rapport.streams.shell.pages import PageStore
from rapport.streams.shell.partitioner import partition_of
from rapport.streams.shell.policy_file import PolicyFile
from rapport.streams.shell.restoring import Restoring
from rapport.streams.shell.settings import Settings
from rapport.streams.shell.status import Status
from rapport.streams.shell.writer import Folded, Writer, until_done

log = logging.getLogger(__name__)
CHUNKS_IN_HAND_MAX = 8
"""Chunks that are decoded or wait to be folded: bounds memory."""
EVALUATE_SECONDS = 1.0
SHOW_SECONDS = 1.0
HORIZON_SECONDS = 5.0
"""How often it is asked whether the day has changed, for the ledger."""
BUSY_SECONDS = 0.5
"""How long after a large chunk another one is expected."""


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
        kafka = settings.kafka.aiokafka
        self.status = Status()
        self.app = faust_app(settings)
        self.table = page_table(self.app, LEDGER_TABLE, settings.partitions)
        self.announced = page_table(self.app, ANNOUNCED_TABLE, settings.partitions)
        self.reader = DirectoryReader(kafka)
        self.kafka_watch = KafkaWatch(self.reader.ask)
        self._owned: frozenset[int] = frozenset()
        """The partitions whose clients are this worker's."""
        self.monitor = Monitor(
            self.reader.directory,
            policy,
            owns=lambda client: self._partition_of(client) in self._owned,
            busy=lambda: time.monotonic() < self._busy_until,
        )
        self._fellows = Fellows(kafka, self.monitor.hear)
        self.policy_file = PolicyFile(settings.policy, policy, self._apply_policy)
        self.changelog = Changelog(self.app, self.table)
        self.pages = PageStore(self.changelog)
        self._restoring = Restoring(self.table, self.monitor)
        self._announcements = Changelog(self.app, self.announced)
        self.announcer = Announcer(
            self._announcements, self.monitor, self._partition_of, HealthTopic(kafka)
        )
        self._publish = publish
        horizon_days = policy.ledger.horizon_days
        self._fold = Fold(self.pages, self.reader.directory, self._partition_of, horizon_days)
        self._decoders = Decoders(settings.decoders, find_signals)
        self._writer = Writer(self.pages, self.changelog, self._send_aside, self._chunk_done)
        self._expiry = Expiry(self.table, self.pages, self._writer, self.monitor, horizon_days)
        self._mender = Mender(kafka, self.changelog, self._writer, self.pages, self.monitor.add)
        self._in_hand = asyncio.Semaphore(CHUNKS_IN_HAND_MAX)
        self._busy_until = 0.0
        """Until when events are taken to flow in numbers; monotonic seconds."""
        self._newest: dict[Any, asyncio.Future[None]] = {}
        """Partition -> its newest chunk in hand."""
        self._moves = 0
        """How often partitions have moved; what was in hand before a move is dropped."""
        self._wire()

    def _wire(self) -> None:
        app = self.app
        topic = app.topic(*sorted(app.lane_topics), schema=LaneSchema())
        app.agent(topic, name="fold")(self._consume)
        app.task(self._follow_registry)
        app.task(self._keep_scores)
        app.task(self._keep_shown)
        app.task(self._keep_horizon)
        app.task(self._writer.run)
        app.task(self._fellows.follow)
        app.task(self._mender.follow)
        app.task(self.kafka_watch.follow)
        app.task(self.announcer.run)
        if self.settings.policy is not None:
            app.task(self.policy_file.follow)
        kafka = self.settings.kafka.aiokafka
        app.task(ArrivalReader(app.lane_topics, kafka, self.monitor.arrived).follow)
        app.on_partitions_assigned.connect(self._assigned)
        app.on_partitions_revoked.connect(self._revoked)
        app.on_rebalance_complete.connect(self._recovered)

    def start(self) -> None:
        """Start what runs beside the worker's loop, before events flow."""
        self._decoders.start()

    def stop(self) -> None:
        """End what runs beside the worker's loop."""
        self._decoders.stop()

    async def _consume(self, stream: Any) -> None:
        async for event in stream.noack().events():
            moves = self._moves
            await self._in_hand.acquire()
            place = event.message.tp
            before = self._newest.get(place)
            self._newest[place] = asyncio.ensure_future(self._chunk(event, before, moves))

    async def _chunk(self, event: Any, before: "asyncio.Future[None] | None", moves: int) -> None:
        """Decode one chunk, beside others; then fold it, after its partition's chunk before it."""
        try:
            chunk = event.value
            self.status.chunk_arrived(event.message.topic, chunk)
            if chunk.records_max > HERE_RECORDS_MAX:
                self._busy_until = time.monotonic() + BUSY_SECONDS
            decoded = await self._decoders.decode(chunk)
            await self.reader.caught_up.wait()
            if before is not None:
                # A chunk that is done speaks for everything before it.
                await before
            # What was fetched before partitions moved is read again, by whoever owns them then.
            current = event.message.generation_id == self.app.consumer_generation_id
            if moves == self._moves and self.status.ready and current:
                await self._fold_in(event, decoded)
        except Exception as error:  # noqa: BLE001 # whatever it is, the chunk must not be lost silently
            await self.app.crash(error)
        finally:
            self._in_hand.release()

    async def _fold_in(self, event: Any, decoded: Decoded) -> None:
        batch, partition = Batch(), event.message.partition
        self._fold.decoded(decoded, partition, batch, time.time())
        self._count(batch)
        if batch.strangers:
            # Their registration may be on its way: read the registry to its end before judging.
            moves = self._moves
            await until_done(self.reader.catch_up)
            if moves != self._moves:
                return
            self._fold.strangers(batch, partition, time.time())
            self._count(batch)
        await self._writer.add(Folded(event, event.value, batch))

    def _count(self, batch: Batch) -> None:
        """Give the monitor what changed, while the pages say the same."""
        for client, changes in batch.changes.items():
            self.monitor.add(client, changes)
        batch.changes.clear()

    async def _send_aside(self, folded: Folded) -> None:
        await send_aside(folded, self.app.producer.send_and_wait)

    def _chunk_done(self, folded: Folded) -> None:
        message = folded.event.message
        self.status.chunk_done(message.topic, message.partition, folded.chunk, folded.batch)
        self.status.pages_written = self._writer.pages_written

    def _partition_of(self, client: str) -> int:
        return partition_of(client.encode(), self.settings.partitions)

    def _apply_policy(self, policy: Policy) -> None:
        """Score by another policy from the next evaluation on; its horizon is for events first."""
        self.monitor.policy = policy
        self._expiry.set_horizon(policy.ledger.horizon_days)
        self._fold.horizon_days = policy.ledger.horizon_days

    async def _follow_registry(self) -> None:
        await self.reader.follow()

    async def _assigned(self, *_args: Any, **_kwargs: Any) -> None:
        self.status.assigned()

    async def _revoked(self, *_args: Any, **_kwargs: Any) -> None:
        """Let go: what is being written is finished, what is not is left to the next owner."""
        self.status.ready = False
        # At once: the next owner may show these clients before this worker's next tick.
        self._publish(self)
        self._moves += 1
        self._newest.clear()
        self._expiry.begin()
        await self._writer.drop()
        await self.announcer.drop()

    async def _recovered(self, *_args: Any, **_kwargs: Any) -> None:
        """Read the ledger of the partitions that are owned now, before new events flow."""
        self._owned = self._owned_now()
        generation = self.app.consumer_generation_id
        self.changelog.own(self._changelog_ends(), generation)
        self._announcements.lead(self._owned, generation)
        self.pages.forget()
        self.monitor.forget()
        self._expiry.begin()
        self.status.restored()
        await self._restoring.read()
        await self.announcer.recovered(await self.announced.read())
        self.status.recovered(self._restoring.pages, self._restoring.recounted_pages)

    def _changelog_ends(self) -> dict[int, int]:
        """Return where each owned partition of the changelog was read to."""
        read_to = self.app.tables.recovery.active_offsets
        topic = self.table.changelog_topic_name
        return {one: read_to[TopicPartition(topic, one)] + 1 for one in self._owned}

    def _owned_now(self) -> frozenset[int]:
        assigned = self.app.consumer.assignment()
        return frozenset(tp.partition for tp in assigned if tp.topic in self.app.lane_topics)

    async def _keep_scores(self) -> None:
        await self.reader.caught_up.wait()
        await self._fellows.caught_up.wait()
        while True:
            if self.status.ready:  # what is half read would be scored in vain
                await self._score()
            await asyncio.sleep(EVALUATE_SECONDS)

    async def _score(self) -> None:
        started, events = time.perf_counter(), self.status.handled
        ready, moves = self.status.ready, self._moves
        for topic, seconds in self.status.newest_arrival_seconds.items():
            self.monitor.arrived(topic, [int(seconds) // DAY_SECONDS])
        evaluated = await self.monitor.evaluate(int(time.time()) // DAY_SECONDS)
        if evaluated and len(self._owned) < self.settings.partitions:
            await self._fellows.tell(self.monitor.figures, self._send_figures)
        self.status.evaluated(evaluated, time.perf_counter() - started, events)
        self._publish(self)
        if ready and moves == self._moves:
            await self.announcer.look(busy=time.monotonic() < self._busy_until)

    async def _keep_horizon(self) -> None:
        while True:
            if self.status.ready:  # then the stores are level with the changelog
                await self._expiry.look(int(time.time()) // DAY_SECONDS, time.monotonic())
            await asyncio.sleep(HORIZON_SECONDS)

    async def _send_figures(self, topic: str, key: bytes, value: bytes) -> None:
        send = self.app.producer.send_and_wait
        await until_done(lambda: send(topic, key, value, None, None, None))

    async def _keep_shown(self) -> None:
        """Show how the worker stands, also while an evaluation takes its time."""
        while True:
            self.status.clients_left_out = dict(self.reader.left_out)
            self.status.contested_names = len(self.reader.directory.contested)
            self.status.announced = self.announcer.published
            self.status.pages_removed = self._writer.pages_removed
            self.status.pages_past_horizon = self._expiry.waiting_pages
            await self.status.measure_lag(self.app, self.kafka_watch)
            self._publish(self)
            due = time.monotonic() + SHOW_SECONDS
            await asyncio.sleep(SHOW_SECONDS)
            self.status.loop_late_seconds.append(time.monotonic() - due)


def run(worker: Worker, log_level: str) -> None:
    """Run until SIGINT or SIGTERM; leave by `SystemExit`."""
    EndingWorker(
        worker.app,
        loglevel=log_level,
        quiet=True,
        redirect_stdouts=False,
        blocking_timeout=0,
        override_logging=False,
    ).execute_from_commandline()
