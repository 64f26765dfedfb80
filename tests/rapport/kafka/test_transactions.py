"""Read committed: exactly what was committed is read, of any log, in fetches of any size."""

import struct
from typing import NamedTuple

import pytest
from aiokafka.errors import CorruptRecordException
from aiokafka.record.default_records import DefaultRecordBatchBuilder
from aiokafka.record.util import calc_crc32c
from hypothesis import given
from hypothesis import strategies as st

from rapport.kafka.record_batch import ATTRIBUTES_AT, iter_chunks, iter_records

CRC_AT = 17
CONTROL, ABORT, COMMIT = 0x20, 0, 1
PRODUCER_AT = 43
PRODUCERS = (7, 8, 9)
LZ4 = 3


def batch(first, values, producer=-1, codec=0, *, transactional=False):
    """A record batch as the broker stores it."""
    builder = DefaultRecordBatchBuilder(2, codec, int(transactional), producer, 0, 0, 1 << 20)
    for number, value in enumerate(values):
        builder.append(number, 1_000 + first + number, b"key", value, [])
    raw = bytearray(builder.build())
    struct.pack_into(">q", raw, 0, first)
    return bytes(raw)


def marker(first, producer, kind):
    """The control batch that ends a transaction."""
    builder = DefaultRecordBatchBuilder(2, 0, 1, producer, 0, -1, 1 << 20)
    builder.append(0, 9_999_999, struct.pack(">hh", 0, kind), struct.pack(">hi", 0, 0), [])
    raw = bytearray(builder.build())
    struct.pack_into(">q", raw, 0, first)
    raw[ATTRIBUTES_AT + 1] |= CONTROL
    return checked(raw)


def checked(raw):
    struct.pack_into(">I", raw, CRC_AT, calc_crc32c(bytes(raw[ATTRIBUTES_AT:])))
    return bytes(raw)


class Stored(NamedTuple):
    """A batch of the log."""

    first: int
    end: int
    raw: bytes


class Aborted(NamedTuple):
    """An entry of the broker's index of aborted transactions."""

    producer: int
    first: int
    marker: int


class Log:
    """A partition with transactions, as a broker keeps it."""

    def __init__(self):
        self.batches, self.aborted, self.open = [], [], {}
        self.written = []
        """(offset, value, the number of its transaction or None) of each record."""
        self.committed = {None}
        self._transactions = 0
        self._numbers = {}
        self.end = 0

    def append(self, producer, count, codec, *, transactional):
        if transactional and producer not in self.open:
            self.open[producer] = self.end
            self._transactions += 1
            self._numbers[producer] = self._transactions
        values = [b"%d" % (self.end + number) for number in range(count)]
        number = self._numbers[producer] if transactional else None
        self.written += [(self.end + at, value, number) for at, value in enumerate(values)]
        raw = batch(self.end, values, producer, codec, transactional=transactional)
        self._store(raw, count)

    def finish(self, producer, kind):
        first = self.open.pop(producer, None)
        if first is not None and kind == ABORT:
            self.aborted.append(Aborted(producer, first, self.end))
        elif first is not None:
            self.committed.add(self._numbers[producer])
        # A coordinator also writes markers of transactions that hold nothing here.
        self._store(marker(self.end, producer, kind), 1)

    def _store(self, raw, count):
        self.batches.append(Stored(self.end, self.end + count, raw))
        self.end += count

    @property
    def stable_offset(self):
        return min([self.end, *self.open.values()])

    def fetch(self, offset, bytes_max):
        """Return what a broker answers: batches, and the aborted transactions among them."""
        raw, end = b"", offset
        for one in self.batches:
            if offset < one.end <= self.stable_offset and (not raw or len(raw) < bytes_max):
                raw, end = raw + one.raw, one.end
        return raw, [
            (a.producer, a.first) for a in self.aborted if a.marker >= offset and a.first < end
        ]

    def visible(self):
        """What read committed is: the slow way."""
        stable = self.stable_offset
        return [
            (at, value) for at, value, of in self.written if of in self.committed and at < stable
        ]


STEPS = st.lists(
    st.one_of(
        st.tuples(
            st.just("append"),
            st.sampled_from(PRODUCERS),
            st.integers(1, 4),
            st.sampled_from((0, LZ4)),
            st.booleans(),
        ),
        st.tuples(st.just("finish"), st.sampled_from(PRODUCERS), st.sampled_from((ABORT, COMMIT))),
    ),
    max_size=30,
)


def log_of(steps):
    log = Log()
    for name, producer, *rest in steps:
        if name == "finish":
            log.finish(producer, *rest)
        else:
            count, codec, transactional = rest
            # Within a transaction, a producer writes nothing outside it.
            transactional = transactional or producer in log.open
            log.append(producer, count, codec, transactional=transactional)
    return log


@given(STEPS, st.integers(1, 2_000), st.integers(1, 12), st.integers(0, 20))
def test_what_is_read_is_what_was_committed_in_fetches_and_chunks_of_any_size(
    steps, bytes_max, records_max, start
):
    log = log_of(steps)
    offset = start = min(start, log.stable_offset)
    found = []
    while offset < log.stable_offset:
        raw, aborted = log.fetch(offset, bytes_max)
        chunks = list(iter_chunks(raw, offset, records_max, aborted))
        assert chunks, "a fetch that moves nothing is fetched for ever"
        for chunk in chunks:
            assert chunk.first_offset == offset < chunk.next_offset
            records = [(record.offset, record.value) for record in iter_records(chunk)]
            assert len(records) <= chunk.records_max
            assert (
                (chunk.raw == b"") == (chunk.records_max == 0) == (chunk.newest_milliseconds == 0)
            )
            found += records
            offset = chunk.next_offset
    assert offset == log.stable_offset
    assert found == [(at, value) for at, value in log.visible() if at >= start]


def read(raw, aborted=(), first=0):
    return [
        record.value
        for chunk in iter_chunks(b"".join(raw), first, 4_000, aborted)
        for record in iter_records(chunk)
    ]


def test_a_producer_commits_aborts_and_commits_again_in_one_fetch():
    raw = [
        batch(0, [b"one"], 7, transactional=True),
        marker(1, 7, COMMIT),
        batch(2, [b"two", b"three"], 7, LZ4, transactional=True),
        batch(4, [b"of another"], 8, transactional=True),
        batch(5, [b"of none"]),
        marker(6, 7, ABORT),
        batch(7, [b"four"], 7, transactional=True),
        marker(8, 8, COMMIT),
        marker(9, 7, COMMIT),
    ]
    assert read(raw, [(7, 2)]) == [b"one", b"of another", b"of none", b"four"]


def test_an_aborted_transaction_that_began_before_the_fetch_is_left_out():
    raw = [
        batch(10, [b"aborted"], 7, transactional=True),
        marker(11, 7, ABORT),
        batch(12, [b"good"]),
    ]
    assert read(raw, [(7, 3)], 10) == [b"good"]


def test_a_batch_without_a_transaction_of_an_aborted_producer_is_read():
    assert read([batch(0, [b"idempotent"], 7)], [(7, 0)]) == [b"idempotent"]


def test_an_aborted_transaction_whose_first_offset_is_within_a_batch_begins_with_that_batch():
    assert read([batch(0, [b"one", b"two"], 7, transactional=True)], [(7, 1)]) == []


def test_a_marker_of_another_kind_and_an_empty_control_batch_end_no_transaction():
    empty = bytearray(marker(1, 7, ABORT)[:61])
    struct.pack_into(">i", empty, 8, len(empty) - 12)
    struct.pack_into(">i", empty, 57, 0)
    raw = [
        batch(0, [b"one"], 7, transactional=True),
        checked(empty),
        marker(2, 7, 5),
        batch(3, [b"two"], 7, transactional=True),
    ]
    assert read(raw, [(7, 0)]) == []


@pytest.mark.parametrize(
    ("damaged", "at"),
    [
        (batch(0, [b"one"], 7, transactional=True), PRODUCER_AT + 6),
        (marker(0, 7, ABORT), ATTRIBUTES_AT + 1 + 45),
        (marker(0, 7, COMMIT), -1),
    ],
    ids=["an aborted batch", "a marker's number of records", "a marker's value"],
)
def test_nothing_is_dropped_on_the_word_of_damaged_bytes(damaged, at):
    raw = bytearray(damaged)
    raw[at] ^= 0x01
    producer = struct.unpack_from(">q", raw, PRODUCER_AT)[0]
    with pytest.raises(CorruptRecordException, match="checksum"):
        read([bytes(raw)], [(producer, 0)])


def test_a_damaged_flag_does_not_turn_an_event_into_a_marker():
    raw = bytearray(batch(0, [b"one"]))
    raw[ATTRIBUTES_AT + 1] |= CONTROL
    with pytest.raises(CorruptRecordException, match="checksum"):
        read([bytes(raw)])
