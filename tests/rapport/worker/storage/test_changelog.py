"""The changelog first and the local store after; a zombie write is a foreign range."""

import asyncio
from collections import defaultdict
from functools import partial
from types import SimpleNamespace

import pytest
from aiokafka import TopicPartition
from aiokafka.errors import KafkaConnectionError

from rapport.worker.faust_ext.producer import send_batches
from rapport.worker.storage.changelog import Changelog
from rapport.worker.storage.fencing import ForeignRange, writer_epoch_of
from rapport_schemas.wire.registry import CHANGELOG_TOPIC

BATCH_RECORDS = 3


class Filled:
    """A record batch that takes three records."""

    def __init__(self):
        self.records = []

    def append(self, *, key, value, timestamp, headers):
        assert timestamp is None
        if len(self.records) == BATCH_RECORDS:
            return None
        self.records.append((key, value, writer_epoch_of(headers)))
        return self.records


class Producer:
    """Appends batches to a list, which gives them their offsets."""

    def __init__(self):
        self.sent, self.ends, self.error = [], defaultdict(lambda: 100), None

    def create_batch(self):
        return Filled()

    async def send_batch(self, batch, topic, *, partition):
        self.sent.append((topic, partition, batch.records))
        first = self.ends[partition]
        self.ends[partition] += len(batch.records)

        async def acknowledged():
            if self.error is not None:
                raise self.error
            return SimpleNamespace(offset=first)

        return acknowledged()


class Table:
    """A local store in a list, and what recovery met."""

    changelog_topic_name = CHANGELOG_TOPIC

    def __init__(self):
        self.stored, self.foreign = [], []
        self.epochs = {0: 6, 1: 2}
        self.data = SimpleNamespace(
            writer_epoch=lambda partition: self.epochs.get(partition, 0),
            value=lambda partition, key: b"%d %b" % (partition, key),
        )

    def take_foreign_ranges(self):
        found, self.foreign = self.foreign, []
        return found

    def store(self, tp, pages, last_offset, epoch):
        self.stored.append((tp, dict(pages), last_offset, epoch))


class Line:
    def __init__(self):
        self.producer, self.table = Producer(), Table()
        app = SimpleNamespace(producer=SimpleNamespace(_ensure_producer=lambda: self.producer))
        self.changelog = Changelog(partial(send_batches, app), self.table)

    def write(self, partition, values):
        asyncio.run(self.changelog.write(partition, values))

    def reach(self):
        """Return the store's persisted offset after each write."""
        return [last for _, _, last, _ in self.table.stored]


@pytest.fixture
def line():
    made = Line()
    made.changelog.take_over({0: 100, 1: 50}, generation=3)
    return made


def pages(count):
    return {b"k%d" % number: b"v%d" % number for number in range(count)}


def test_what_fills_a_batch_goes_on_in_the_next_and_is_stored_once_with_its_epoch(line):
    values = {**pages(6), b"gone": None}
    line.write(0, values)
    records = [(key, value, 7) for key, value in values.items()]
    assert line.producer.sent == [
        (CHANGELOG_TOPIC, 0, records[:3]),
        (CHANGELOG_TOPIC, 0, records[3:6]),
        (CHANGELOG_TOPIC, 0, records[6:]),
    ]
    assert line.table.stored == [(TopicPartition(CHANGELOG_TOPIC, 0), values, 106, 7)]
    assert line.changelog.foreign_ranges == ()
    line.write(0, pages(1))
    assert line.reach() == [106, 107]
    assert line.changelog.foreign_ranges == ()


def test_nothing_is_written_for_nothing(line):
    line.write(0, {})
    assert (line.producer.sent, line.table.stored) == ([], [])


def test_what_kafka_did_not_acknowledge_is_not_in_the_store(line):
    line.producer.error = KafkaConnectionError()
    with pytest.raises(KafkaConnectionError):
        line.write(0, pages(1))
    assert line.table.stored == []


def test_a_zombie_s_records_are_a_gap_and_the_store_reaches_only_to_it(line):
    line.write(0, pages(1))
    line.producer.ends[0] += 4
    line.write(0, pages(2))
    assert line.changelog.foreign_ranges == (ForeignRange(0, 101, 105),)
    assert line.reach() == [100, 100]
    line.write(1, pages(1))
    assert line.changelog.foreign_ranges == (ForeignRange(0, 101, 105), ForeignRange(1, 50, 100))
    line.changelog.repaired(line.changelog.foreign_ranges[:1])
    assert line.changelog.foreign_ranges == (ForeignRange(1, 50, 100),)
    line.write(0, pages(1))
    line.write(1, pages(1))
    assert line.reach()[-2:] == [107, 49]


def test_an_end_that_is_not_this_worker_s_own_is_a_gap(line):
    line.changelog.note_end(0, 100)
    line.changelog.note_end(0, 99)
    line.changelog.note_end(7, 500)
    assert line.changelog.foreign_ranges == ()
    line.changelog.note_end(0, 101)
    line.changelog.note_end(0, 101)
    assert line.changelog.foreign_ranges == (ForeignRange(0, 100, 101),)
    assert line.changelog.owned == {0, 1}


def test_only_the_intended_gaps_are_repaired(line):
    line.changelog.note_end(0, 101)
    first = line.changelog.foreign_ranges
    line.changelog.repaired([ForeignRange(*first[0])])
    assert line.changelog.foreign_ranges == first
    line.changelog.note_end(0, 105)
    line.changelog.repaired(first)
    assert line.changelog.foreign_ranges == (ForeignRange(0, 101, 105),)


def test_a_new_owner_begins_with_what_recovery_met_on_its_partitions(line):
    line.changelog.note_end(1, 90)
    line.table.foreign = [ForeignRange(0, 3, 4), ForeignRange(5, 1, 2)]
    line.changelog.take_over({0: 200, 2: 9}, generation=3)
    assert line.changelog.foreign_ranges == (ForeignRange(0, 3, 4),)
    assert line.changelog.owned == {0, 2}
    assert line.table.foreign == []


@pytest.mark.parametrize(
    ("generation", "epochs"),
    [(3, {0: 7, 1: 3, 9: 3}), (7, {0: 7, 1: 7, 9: 7}), (8, {0: 8, 1: 8, 9: 8})],
)
def test_an_epoch_is_later_than_all_that_was_written_and_no_earlier_than_the_group_s(
    line, generation, epochs
):
    line.changelog.begin_epoch([0, 1, 9], generation)
    for partition, epoch in epochs.items():
        line.write(partition, pages(1))
        assert line.table.stored[-1][3] == epoch


def test_a_partition_that_moved_while_it_was_written_is_not_owned_again(line):
    line.changelog.take_over({0: 100}, generation=3)
    line.changelog.begin_epoch([0, 1], generation=3)
    line.write(1, pages(1))
    assert line.changelog.owned == {0}
    assert line.changelog.foreign_ranges == ()


def test_a_page_is_read_from_its_own_partition(line):
    assert line.changelog.get(3, b"key") == b"3 key"
