"""What a fetch gives is taken whole, dropped whole, or sought again: never half."""

import asyncio

import pytest
from aiokafka import TopicPartition
from aiokafka.errors import KafkaConnectionError

from rapport.kafka.connection import Kafka
from rapport.kafka.raw_fetch import CHUNK_RECORDS
from rapport.kafka.record_batch import Chunk
from rapport.worker.faust_app import faust_app
from rapport.worker.faust_ext import consumer as consumer_module
from rapport.worker.faust_ext.consumer import seek_to_committed
from rapport.worker.settings import Settings

TP, OTHER = TopicPartition("tickets", 0), TopicPartition("tickets", 1)


class Line:
    """A consumer that fetched two chunks of a partition."""

    def __init__(self, directory, monkeypatch):
        self.app = faust_app(Settings(kafka=Kafka(), data_dir=directory))
        self.consumer = self.app.consumer
        self.consumer.resume_flow()
        self.consumer._next_offset[TP] = 0
        self.seeks = 0
        monkeypatch.setattr(self.consumer, "_wait_next_records", self._fetch)
        monkeypatch.setattr(self.consumer, "highwater", lambda _tp: 1000)

    async def _fetch(self, _timeout):
        chunks = [Chunk(b"", first, first + 10, 10, 5_000) for first in (0, 10)]
        return {TP: chunks}, {TP}

    async def read(self, meanwhile=lambda: None):
        found = []
        async for _, message in self.consumer.getmany(1.0):
            found.append(message.value.first_offset)
            meanwhile()
        return found


@pytest.fixture
def run(tmp_path, monkeypatch):
    def start(script):
        async def within():
            return await script(Line(tmp_path, monkeypatch))

        return asyncio.run(within())

    return start


def test_a_message_is_a_chunk_with_the_offset_of_its_last_record_and_its_newest_time(run):
    async def script(line):
        return line.consumer._chunk_message(TP, Chunk(b"raw", 5, 17, 12, 1_500))

    message = run(script)
    assert (message.topic, message.partition, message.offset) == ("tickets", 0, 16)
    assert (message.timestamp, message.value.raw, message.tp) == (1.5, b"raw", TP)


@pytest.mark.parametrize("changed", ["the flow", "the generation"])
def test_when_a_rebalance_begins_in_the_middle_of_a_fetch_the_rest_does_not_count(
    run, monkeypatch, changed
):
    async def script(line):
        def rebalance():
            if changed == "the flow":
                line.consumer.stop_flow()
            else:
                monkeypatch.setattr(type(line.app), "consumer_generation_id", 99)

        assert await line.read(rebalance) == [0]
        return line.consumer._next_offset[TP]

    assert run(script) == 10


def test_without_a_rebalance_all_of_a_fetch_is_read(run):
    async def script(line):
        return await line.read()

    assert run(script) == [0, 10]


@pytest.mark.parametrize(
    "error", [None, TimeoutError(), KafkaConnectionError()], ids=["sought", "slow", "away"]
)
def test_what_was_fetched_while_the_flow_was_paused_is_sought_again(run, monkeypatch, error):
    async def script(line):
        line.consumer.stop_flow()

        async def seek():
            line.seeks += 1
            if error is not None:
                raise error

        monkeypatch.setattr(line.consumer, "perform_seek", seek)
        assert await line.read() == []
        return line.seeks

    assert run(script) == 1


def test_what_is_done_is_committed_ten_seconds_later(run, monkeypatch):
    clock = [1_000.0]
    monkeypatch.setattr(consumer_module.time, "monotonic", lambda: clock[0])

    async def script(line):
        consumer, committed = line.consumer, []
        consumer._done[TP] = 10
        for now, done in ((0, 10), (9.9, 20), (10, 30), (19.9, 40), (20, 50)):
            clock[0], consumer._done[TP] = 1_000.0 + now, done
            committed.append(consumer._new_offset(TP))
        return committed

    assert run(script) == [None, None, 10, None, 30]


@pytest.mark.parametrize(
    ("first", "next_offset", "taken", "done"),
    [(40, 50, True, 50), (30, 45, True, 45), (20, 30, True, 40), (41, 50, False, 40)],
    ids=["next", "overlapping", "within what is done", "after a hole"],
)
def test_what_is_acknowledged_moves_what_is_done_on_and_never_back(
    run, first, next_offset, taken, done
):
    async def script(line):
        consumer = line.consumer
        consumer._done[TP] = 40
        message = consumer._chunk_message(TP, Chunk(b"", first, next_offset, 1, 0))
        assert consumer.ack(message) is taken
        assert not consumer.ack(message), "it was acknowledged before"
        unknown = consumer._chunk_message(OTHER, Chunk(b"", 0, 9, 1, 0))
        assert not consumer.ack(unknown)
        return consumer._done

    assert run(script) == {TP: done}


class Seekable:
    """A client whose group has committed in some partitions."""

    def __init__(self, committed):
        self.committed, self.sought = committed, {}

    async def seek_to_committed(self):
        return dict(self.committed)

    async def beginning_offsets(self, tps):
        return dict.fromkeys(tps, 7)

    def seek(self, tp, offset):
        self.sought[tp] = offset


@pytest.mark.parametrize(("committed", "read_next"), [(None, 7), (0, 7), (1, 1), (9, 9)])
def test_a_partition_of_which_nothing_is_committed_begins_at_its_first_record(committed, read_next):
    changelog = TopicPartition("changelog", 0)
    client = Seekable({TP: committed, changelog: None})
    tps = asyncio.run(seek_to_committed(client, frozenset({"tickets"})))
    assert tps == {TP: read_next, changelog: None}
    assert client.sought == ({TP: 7} if read_next == 7 else {})


def test_a_fetch_that_is_held_by_no_broker_for_long_and_chunks_that_are_short():
    assert (consumer_module.FETCH_WAIT_MS, CHUNK_RECORDS) == (50, 4_000)
