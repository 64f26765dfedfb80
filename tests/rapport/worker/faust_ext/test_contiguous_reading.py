"""Reads of a partition are contiguous, also when a seek and a fetch run concurrently."""

import asyncio

import pytest
from aiokafka import TopicPartition
from aiokafka.admin import AIOKafkaAdminClient, RecordsToDelete
from aiokafka.errors import KafkaConnectionError

from rapport.kafka.connection import Kafka
from rapport.kafka.record_batch import Chunk
from rapport.publish import Publisher, TicketReopened
from rapport.worker.faust_app import faust_app
from rapport.worker.settings import Settings
from rapport_schemas.wire.registry import CHANGELOG_TOPIC

TP = TopicPartition("tickets", 0)
CHANGELOG = TopicPartition(CHANGELOG_TOPIC, 0)


def chunk(first, next_offset):
    return Chunk(b"", first, next_offset, next_offset - first, 0)


class Fetches:
    """A consumer whose fetches and seeks a test sets."""

    def __init__(self, directory, monkeypatch, *, first=0):
        app = faust_app(Settings(kafka=Kafka(), data_dir=directory))
        self.consumer = app.consumer
        self.consumer.resume_flow()
        self.sought = []
        self._fetched = []
        monkeypatch.setattr(self.consumer, "_wait_next_records", self._wait)
        monkeypatch.setattr(self.consumer, "highwater", lambda _tp: 1000)
        monkeypatch.setattr(self.consumer._thread, "seek_wait", self._seek)
        monkeypatch.setattr(self.consumer, "earliest_offsets", self._earliest)
        self._first = first

    async def _wait(self, _timeout):
        return self._fetched.pop(0), {TP, CHANGELOG}

    async def _seek(self, tps):
        self.sought += tps.values()

    async def _earliest(self, tp):
        return {tp: self._first}

    async def read(self, *fetched, of=TP):
        """Return (first, next offset) of what is read of one fetch."""
        self._fetched.append({of: [chunk(*span) for span in fetched]})
        read = []
        async for tp, message in self.consumer.getmany(1.0):
            offset = self.consumer._read_offset[tp]
            assert offset is None or message.offset >= offset, "Faust would drop it"
            self.consumer._read_offset[tp] = message.offset
            read.append((message.value.first_offset, message.value.next_offset))
        return read

    async def sent_to(self, committed, monkeypatch, meanwhile=None):
        """Send the consumer to what is committed, while `meanwhile` happens."""

        async def seek():
            await asyncio.sleep(0.05)
            return {TP: committed}

        monkeypatch.setattr(self.consumer._thread, "seek_to_committed", seek)
        seeking = asyncio.ensure_future(self.consumer.perform_seek())
        await asyncio.sleep(0)
        read = await meanwhile if meanwhile else None
        await seeking
        return read


def test_what_a_fetch_brings_while_a_seek_is_under_way_is_read_and_not_dropped(
    tmp_path, monkeypatch
):
    async def script():
        fetches = Fetches(tmp_path, monkeypatch)
        assert await fetches.sent_to(0, monkeypatch) is None
        assert await fetches.read((0, 150), (150, 200)) == [(0, 150), (150, 200)]
        # Partitions move; 100 is committed. The fetch is quicker than the word of the seek.
        read = await fetches.sent_to(100, monkeypatch, fetches.read((100, 150)))
        assert read == [(100, 150)]
        assert await fetches.read((150, 160)) == [(150, 160)]
        assert fetches.sought == []

    asyncio.run(script())


def test_what_would_leave_a_hole_is_read_again_from_there(tmp_path, monkeypatch):
    async def script():
        fetches = Fetches(tmp_path, monkeypatch)
        await fetches.sent_to(100, monkeypatch)
        assert await fetches.read((150, 160), (160, 170)) == []
        assert fetches.sought == [100]
        assert await fetches.read((100, 140), (140, 150)) == [(100, 140), (140, 150)]
        # What ends within what was read is harmless, and moves nothing back.
        assert await fetches.read((120, 130), (150, 151)) == [(120, 130), (150, 151)]

    asyncio.run(script())


def test_a_hole_that_is_met_while_kafka_is_away_is_read_again_when_it_is_back(
    tmp_path, monkeypatch
):
    async def script():
        fetches = Fetches(tmp_path, monkeypatch)
        await fetches.sent_to(100, monkeypatch)

        async def away(_tp):
            raise KafkaConnectionError

        with monkeypatch.context() as meanwhile:
            meanwhile.setattr(fetches.consumer, "earliest_offsets", away)
            assert await fetches.read((150, 160)) == []
        assert fetches.sought == []
        assert await fetches.read((160, 170)) == []
        assert fetches.sought == [100]

    asyncio.run(script())


def test_nothing_is_read_before_it_is_known_where_the_group_is(tmp_path, monkeypatch):
    async def script():
        fetches = Fetches(tmp_path, monkeypatch)
        assert await fetches.read((150, 160)) == []
        assert fetches.sought == []

    asyncio.run(script())


def test_a_chunk_that_went_missing_after_it_was_read_is_read_again(tmp_path, monkeypatch):
    async def script():
        fetches = Fetches(tmp_path, monkeypatch)
        await fetches.sent_to(100, monkeypatch)
        await fetches.read((100, 110), (110, 120))
        consumer = fetches.consumer
        assert not consumer.ack(consumer._chunk_message(TP, chunk(110, 120)))
        assert await fetches.read((120, 130)) == []
        assert fetches.sought == [100]

    asyncio.run(script())


def test_what_kafka_deleted_is_passed_over_with_an_error(tmp_path, monkeypatch, caplog):
    async def script():
        fetches = Fetches(tmp_path, monkeypatch, first=140)
        await fetches.sent_to(100, monkeypatch)
        assert await fetches.read((140, 150)) == [(140, 150)]
        consumer = fetches.consumer
        assert consumer.ack(consumer._chunk_message(TP, chunk(140, 150)))
        assert fetches.sought == []

    asyncio.run(script())
    assert "Kafka deleted the records from 100 to 140 before they were read" in caplog.text


def test_what_is_recovered_has_no_hole_either(tmp_path, monkeypatch):
    async def script():
        fetches = Fetches(tmp_path, monkeypatch)
        consumer = fetches.consumer
        await consumer.seek_wait({CHANGELOG: 100})
        assert await fetches.read((100, 150), of=CHANGELOG) == [(100, 150)]
        # Recovery begins anew, and a fetch from before it comes late.
        await consumer.seek_wait({CHANGELOG: 120})
        assert await fetches.read((150, 160), of=CHANGELOG) == []
        assert fetches.sought == [100, 120, 120]
        assert await fetches.read((120, 160), of=CHANGELOG) == [(120, 160)]
        # What is recovered is never committed.
        assert list(consumer._filter_tps_with_pending_acks()) == []

    asyncio.run(script())


async def delete_records(bootstrap, topic):
    """Have Kafka delete every record of a topic, as retention does."""
    admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap)
    await admin.start()
    try:
        (described,) = await admin.describe_topics([topic])
        tps = [TopicPartition(topic, one["partition"]) for one in described["partitions"]]
        await admin.delete_records({tp: RecordsToDelete(before_offset=-1) for tp in tps})
    finally:
        await admin.close()


@pytest.mark.kafka
def test_a_worker_goes_on_after_records_were_deleted_that_it_never_read(running):
    def publish(*tickets):
        with Publisher(running.bootstrap, source="urn:test") as publisher:
            for ticket in tickets:
                publisher.publish(TicketReopened(client="finance", ticket_id=ticket))

    running.start()
    publish("T1", "T2")
    running.until_handled(2)
    running.until(lambda: running.committed("tickets") == 2)
    running.worker.stop()
    publish("T3", "T4", "T5")
    asyncio.run(delete_records(running.bootstrap, "tickets"))
    publish("T6")
    running.start()
    running.until_handled(1)
    assert "Kafka deleted the records from 2 to 5 before they were read" in running.worker.tail(200)
    running.until(lambda: running.committed("tickets") == 6)
