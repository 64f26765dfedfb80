"""Rebuild of the ledger: empties it, so that the workers read the inputs again from their start.

Every step may be repeated. The setting of the zone comes last: a rebuild that was interrupted
before leaves the ledger with the days that it had, and the workers fill it again.
"""

import asyncio
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import islice
from typing import Final

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.errors import KafkaError

from rapport.domain.calendar import Calendar
from rapport.kafka.access import LEDGER_INPUTS
from rapport.kafka.connection import Kafka
from rapport.kafka.topic_reader import Spans, TopicReader, open_reader, partitions_of
from rapport.worker.storage.fencing import headers_of, writer_epoch_of
from rapport.worker.storage.ledger_zone import LedgerZone, read_zone, write_zone
from rapport_schemas.wire.errors import RapportError
from rapport_schemas.wire.registry import CHANGELOG_TOPIC, GROUP

MEMBERS_SECONDS_MAX: Final = 20.0
"""A worker that was stopped is a member of its group until its session ends."""
POLL_SECONDS: Final = 1.0
TOMBSTONES_AT_ONCE: Final = 1000
NO_MEMBERS: Final = frozenset({"Empty", "Dead"})


class RebuildError(RapportError):
    """The ledger cannot be rebuilt now."""


@dataclass(frozen=True, slots=True)
class InputReach:
    """How far back an input topic reaches."""

    topic: str
    records: int
    deleted: int
    """Earlier records, which Kafka deleted by age or size."""
    first_written: datetime | None
    """When Kafka got the earliest record that is left; None when none is left."""


@dataclass(frozen=True, slots=True)
class LedgerReach:
    """What the ledger has, and how far back the inputs reach to build it again."""

    zone: LedgerZone
    clients: int
    pages: int
    first_day: int | None
    last_day: int | None
    inputs: tuple[InputReach, ...]


@dataclass(slots=True)
class _ChangelogPartition:
    """The keys of a partition that have a value, and its newest epoch."""

    keys: dict[bytes, None]
    epoch: int = 0


async def ledger_reach(kafka: Kafka) -> LedgerReach:
    """Return how far the ledger and its inputs reach."""
    changelog = await _changelog(kafka)
    keys = [key.rsplit(b"|", 3) for part in changelog.values() for key in part.keys]
    days = [int(day) for _, day, _, _ in keys]
    async with open_reader(kafka.aiokafka, *LEDGER_INPUTS) as reader:
        inputs = [await _input_reach(reader, topic) for topic in LEDGER_INPUTS]
    return LedgerReach(
        zone=await read_zone(kafka),
        clients=len({client for client, *_ in keys}),
        pages=len(keys),
        first_day=min(days, default=None),
        last_day=max(days, default=None),
        inputs=tuple(inputs),
    )


async def rebuild_ledger(kafka: Kafka, zone: str) -> None:
    """Empty the ledger, and give it the days of `zone`.

    Raises `RebuildError` while workers run.
    """
    Calendar(zone)  # refuses a name that is no zone
    await _await_no_members(kafka)
    await _restart_inputs(kafka)
    await _remove_pages(kafka, await _changelog(kafka))
    await _await_no_members(kafka)
    setting = await read_zone(kafka)
    await write_zone(kafka, LedgerZone(zone, setting.rebuilds + 1))


async def _input_reach(reader: TopicReader, topic: str) -> InputReach:
    spans = await reader.spans(topic)
    firsts = [await _first_timestamp(reader, {tp: span}) for tp, span in spans.items()]
    written = min((at for at in firsts if at is not None), default=None)
    return InputReach(
        topic,
        sum(end - start for start, end in spans.values()),
        sum(start for start, _ in spans.values()),
        None if written is None else datetime.fromtimestamp(written / 1000, UTC),
    )


async def _first_timestamp(reader: TopicReader, span: Spans) -> int | None:
    async for _, record in reader.read(span):
        return int(record.timestamp)
    return None


async def _changelog(kafka: Kafka) -> dict[TopicPartition, _ChangelogPartition]:
    async with open_reader(kafka.aiokafka, CHANGELOG_TOPIC) as reader:
        spans = await reader.whole_spans(CHANGELOG_TOPIC)
        if not spans:
            raise RebuildError(
                f"topic {CHANGELOG_TOPIC} does not exist, so there is no ledger: give the zone to "
                "the first worker instead"
            )
        partitions = {tp: _ChangelogPartition({}) for tp in spans}
        async for tp, record in reader.read(spans):
            partition = partitions[tp]
            partition.epoch = max(partition.epoch, writer_epoch_of(record.headers))
            if record.value is None:
                partition.keys.pop(record.key, None)
            else:
                partition.keys[record.key] = None
    return partitions


async def _await_no_members(kafka: Kafka) -> None:
    admin = AIOKafkaAdminClient(**kafka.aiokafka)
    await admin.start()
    try:
        for _ in range(int(MEMBERS_SECONDS_MAX / POLL_SECONDS)):
            state, members = await _group(admin)
            if state in NO_MEMBERS:
                return
            await asyncio.sleep(POLL_SECONDS)
    finally:
        await admin.close()
    raise RebuildError(
        f"{members} workers are members of the group {GROUP} at {kafka.bootstrap}: stop every "
        "worker, and run this again"
    )


async def _group(admin: AIOKafkaAdminClient) -> tuple[str, int]:
    """Return the state of the workers' group, and how many members it has."""
    (answer,) = await admin.describe_consumer_groups([GROUP])
    _, _, state, _, _, members, *_ = answer.groups[0]
    return state, len(members)


async def _restart_inputs(kafka: Kafka) -> None:
    """Commit the start of every input as the workers' position."""
    consumer = AIOKafkaConsumer(**kafka.aiokafka, group_id=GROUP, enable_auto_commit=False)
    await consumer.start()
    try:
        tps = [tp for topic in LEDGER_INPUTS for tp in await partitions_of(consumer, topic)]
        consumer.assign(tps)
        await consumer.commit(await consumer.beginning_offsets(tps))
    except KafkaError as error:
        raise RebuildError(
            f"the workers' position in the inputs cannot be set ({error!r}): stop every worker, "
            "and run this again"
        ) from error
    finally:
        await consumer.stop()


async def _remove_pages(kafka: Kafka, changelog: dict[TopicPartition, _ChangelogPartition]) -> None:
    async with AIOKafkaProducer(**kafka.aiokafka, acks="all") as producer:
        for tp, partition in changelog.items():
            # A higher epoch than every worker's: recovery skips what a zombie writes later.
            headers = list(headers_of(partition.epoch + 1))
            keys = iter(partition.keys)
            while some := list(islice(keys, TOMBSTONES_AT_ONCE)):
                sent = [
                    await producer.send(
                        tp.topic, None, key, partition=tp.partition, headers=headers
                    )
                    for key in some
                ]
                await asyncio.gather(*sent)
