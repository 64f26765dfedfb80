"""What a chunk holds for others is sent once, whether its decoder gave it back or not."""

import asyncio
import json
from types import SimpleNamespace

import pytest
from aiokafka import TopicPartition
from aiokafka.errors import KafkaConnectionError, MessageSizeTooLargeError
from aiokafka.record.default_records import DefaultRecordBatchBuilder

from rapport.kafka.record_batch import Record, iter_chunks, records_at
from rapport.worker.ingest import side_outputs, writer
from rapport.worker.ingest.router import RoutingResult
from rapport.worker.ingest.side_outputs import send_side_outputs
from rapport.worker.ingest.writer import RoutedChunk
from rapport_schemas.wire.dead_letter import DEAD_LETTER_HEADER
from rapport_schemas.wire.rejection import Rejected

ORIGIN = TopicPartition("tickets", 3)
BAD = Rejected("not-json", "data", "no JSON")
HEADERS = [("ce_id", b"1")]


class Kafka:
    """Takes what is sent, after raising the given errors."""

    def __init__(self, *errors):
        self.errors, self.taken = list(errors), []

    async def send(self, topic, key, value, partition, time, headers):
        assert time is None
        if self.errors:
            raise self.errors.pop(0)
        self.taken.append((topic, key, value, partition, headers))


def chunk_of(count):
    builder = DefaultRecordBatchBuilder(2, 3, 0, -1, -1, -1, 1 << 20)
    for number in range(count):
        builder.append(number, 0, b"FIN", b"%d" % number, HEADERS)
    (chunk,) = iter_chunks(bytes(builder.build()), 0, 4_000)
    return chunk


def send(batch, chunk, kafka):
    event = SimpleNamespace(message=SimpleNamespace(tp=ORIGIN))
    asyncio.run(send_side_outputs(RoutedChunk(event, chunk, batch), kafka.send))
    return kafka.taken


def reason_of(record_sent):
    return json.loads(dict(record_sent[-1])[DEAD_LETTER_HEADER])


def test_a_chunk_with_nothing_for_others_sends_nothing():
    assert send(RoutingResult(), chunk_of(2), Kafka()) == []


def test_a_record_that_its_decoder_gave_back_is_sent_without_unpacking_its_chunk(monkeypatch):
    monkeypatch.setattr(side_outputs, "records_at", lambda *_: pytest.fail("it is unpacked again"))
    given = Record(1, b"FIN", b"given back", tuple(HEADERS))
    (record_sent,) = send(
        RoutingResult(dead={1: BAD}, rejected_records={1: given}), chunk_of(3), Kafka()
    )
    assert record_sent[:4] == ("dead-letters", b"FIN", b"given back", None)
    reason = reason_of(record_sent)
    assert (reason["topic"], reason["partition"], reason["offset"]) == ("tickets", 3, 1)
    assert (reason["reason"], reason["path"], reason["cut"]) == ("not-json", "data", [])


def test_the_others_are_found_in_their_chunk_each_once():
    given = Record(1, b"FIN", b"given back", tuple(HEADERS))
    batch = RoutingResult(
        dead={1: BAD, 2: Rejected("unknown-client", "data.client", "nobody")},
        forward={0: ("finance", 5)},
        rejected_records={1: given},
    )
    taken = send(batch, chunk_of(4), Kafka())
    letters = {reason_of(one)["offset"]: one for one in taken if one[0] == "dead-letters"}
    assert {at: (one[2], reason_of(one)["reason"]) for at, one in letters.items()} == {
        1: (b"given back", "not-json"),
        2: (b"2", "unknown-client"),
    }
    assert [one for one in taken if one[0] == "tickets"] == [
        ("tickets", b"finance", b"0", 5, HEADERS)
    ]
    assert len(taken) == 3


def test_more_than_are_sent_at_once_are_all_sent(monkeypatch):
    monkeypatch.setattr(side_outputs, "SENDS_AT_ONCE", 2)
    taken = send(RoutingResult(dead=dict.fromkeys(range(5), BAD)), chunk_of(5), Kafka())
    assert [one[2] for one in taken] == [b"0", b"1", b"2", b"3", b"4"]


def test_what_kafka_did_not_take_is_sent_again(monkeypatch):
    monkeypatch.setattr(writer, "RETRY_SECONDS", 0.01)
    (record_sent,) = send(RoutingResult(dead={0: BAD}), chunk_of(1), Kafka(KafkaConnectionError()))
    assert record_sent[2] == b"0"


def test_an_event_that_is_too_big_under_another_key_becomes_a_dead_letter():
    kafka = Kafka(MessageSizeTooLargeError(), MessageSizeTooLargeError())
    (record_sent,) = send(RoutingResult(forward={0: ("finance", 5)}), chunk_of(1), kafka)
    assert record_sent[:4] == ("dead-letters", b"FIN", b"0", None)
    assert (reason_of(record_sent)["reason"], reason_of(record_sent)["partition"]) == ("too-big", 3)


class SmallTopic(Kafka):
    """Takes no record larger than a bound, and no batch: whatever is sent beside others."""

    def __init__(self, bytes_max, *, beside=False):
        super().__init__()
        self.bytes_max, self.beside, self.in_flight = bytes_max, beside, 0

    async def send(self, topic, key, value, partition, time, headers):
        self.in_flight += 1
        await asyncio.sleep(0)
        crowded = self.beside and self.in_flight > 1
        await asyncio.sleep(0)
        self.in_flight -= 1
        parts = [("", key), ("", value), *headers]
        size = sum(len(name) + len(content or b"") for name, content in parts)
        if crowded or size > self.bytes_max:
            raise MessageSizeTooLargeError
        await super().send(topic, key, value, partition, time, headers)


def test_dead_letters_whose_batch_is_too_big_are_sent_alone_and_whole():
    batch = RoutingResult(dead=dict.fromkeys(range(3), BAD))
    taken = send(batch, chunk_of(3), SmallTopic(1_000, beside=True))
    assert sorted(one[2] for one in taken) == [b"0", b"1", b"2"]
    assert batch.withheld == {}


@pytest.mark.parametrize(
    ("record", "key", "headers", "cut"),
    [
        (Record(0, b"FIN", b"x" * 2_000, (("ce_id", b"1"),)), b"FIN", HEADERS, ["value"]),
        (Record(0, b"FIN", b"x", (("h", b"x" * 2_000),)), b"", [], ["key", "value", "headers"]),
        (Record(0, b"x" * 2_000, None, ()), b"", [], ["key"]),
    ],
    ids=["a value", "a header", "a key"],
)
def test_what_is_too_big_is_withheld_and_the_origin_kept_counted_and_logged(
    record, key, headers, cut, caplog
):
    batch = RoutingResult(dead={0: BAD}, rejected_records={0: record})
    (letter,) = send(batch, chunk_of(1), SmallTopic(1_000))
    reason = reason_of(letter)
    assert (letter[1], letter[2] or b"", letter[-1][:-1]) == (key, b"", headers)
    assert (reason["reason"], reason["partition"], reason["offset"]) == ("not-json", 3, 0)
    assert (reason["cut"], reason["length"]) == (cut, len(record.value or b""))
    assert batch.withheld == {"origin": 1}
    assert "tickets, partition 3, offset 0, is too big for topic dead-letters" in caplog.text
    assert "raise max.message.bytes" in caplog.text


def test_a_topic_that_takes_nothing_does_not_hold_up_the_others(caplog):
    batch = RoutingResult(dead={0: BAD, 1: BAD})
    assert send(batch, chunk_of(2), SmallTopic(10)) == []
    assert batch.withheld == {"nothing": 2}
    assert "it is only where it came from" in caplog.text


def test_records_are_found_by_offset_as_they_were_sent():
    assert list(records_at(chunk_of(3), {2})) == [Record(2, b"FIN", b"2", tuple(HEADERS))]
