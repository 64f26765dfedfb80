"""Our records are kafka-python's, byte for byte, and survive a batch being split."""

from hypothesis import given
from hypothesis import strategies as st
from kafka.producer.record_accumulator import RecordAccumulator
from kafka.record.memory_records import MemoryRecords, MemoryRecordsBuilder
from kafka.structs import TopicPartition

from rapport.publish.event_record import EventRecord
from rapport.publish.kafka import batches as batches_module
from rapport.publish.record_encoding import encoded_record, varint

TP = TopicPartition("tickets", 0)
BYTES = st.binary(max_size=5_000)
HEADERS = st.lists(st.tuples(st.text(max_size=20), st.binary(max_size=300)), max_size=8)
RECORDS = st.lists(
    st.tuples(BYTES, BYTES, HEADERS, st.integers(-9, 9**9)), min_size=1, max_size=150
)


class Producer:
    """What `append` needs of a producer: a real accumulator, and a sender to wake."""

    def __init__(self, batch_size=16_384):
        self._accumulator = RecordAccumulator(batch_size=batch_size)
        self._sender = self
        self.woken = 0

    def wakeup(self):
        self.woken += 1


@given(RECORDS, st.sampled_from([600, 16_384, 10**7]))
def test_a_batch_is_the_same_as_kafka_pythons_own(records, batch_size):
    ours = batches_module._Records(2, 0, batch_size)
    theirs = MemoryRecordsBuilder(2, 0, batch_size)
    for key, value, headers, timestamp_ms in records:
        if not ours.append_body(encoded_record(key, value, headers), timestamp_ms):
            break
        assert theirs.append(timestamp_ms, key, value, headers)
    assert ours.next_offset() >= 1
    ours.close()
    theirs.close()
    assert bytes(ours.buffer()) == bytes(theirs.buffer())
    assert ours.append_body(b"", 0) is False


@given(st.integers(-(2**62), 2**62))
def test_a_varint_is_the_same_as_kafka_pythons_own(value):
    from kafka.record.util import encode_varint

    out = bytearray()
    encode_varint(value, out.append)
    assert varint(value) == bytes(out)


def event(number, size=100):
    headers = [("ce_id", str(number).encode())]
    return EventRecord(str(number), "tickets", b"a", encoded_record(b"a", b"x" * size, headers))


def test_a_partition_has_one_open_batch_and_a_new_one_wakes_the_sender():
    producer = Producer(batch_size=1_000)
    for number in range(20):
        batches_module.append(producer, TP, event(number))
    batches = producer._accumulator._batches[TP]
    assert sum(batch.record_count for batch in batches) == 20
    assert 2 < len(batches) == producer.woken < 10
    assert all(batch.records.size_in_bytes() <= 1_000 for batch in batches)


def test_an_event_larger_than_a_batch_gets_one_of_its_own():
    producer = Producer(batch_size=1_000)
    for size in (10, 50_000, 10):
        batches_module.append(producer, TP, event(0, size))
    counts = [batch.record_count for batch in producer._accumulator._batches[TP]]
    assert counts == [1, 1, 1]


def test_deliveries_follow_their_records_when_a_batch_is_split():
    producer = Producer()
    deliveries = [batches_module.append(producer, TP, event(number)) for number in range(5)]
    batch = producer._accumulator._batches[TP].popleft()
    batch.records.close()
    producer._accumulator.split_and_reenqueue(batch)
    first, second = producer._accumulator._batches[TP]
    first.complete(100, -1)
    second.complete_exceptionally(ValueError("all"), lambda index: ValueError(f"record {index}"))
    assert [delivery.succeeded() for delivery in deliveries] == [True, True, True, False, False]
    assert [str(one.exception) for one in deliveries] == ["None"] * 3 + ["record 0", "record 1"]
    first.records.close()
    (records,) = MemoryRecords(first.records.buffer())
    assert [dict(record.headers)["ce_id"] for record in records] == [b"0", b"1", b"2"]
    # The halves are kafka-python's own: the next event begins a batch, and does not join them.
    batches_module.append(producer, TP, event(9))
    assert len(producer._accumulator._batches[TP]) == 3
