"""Chunks are cut, unpacked and decoded whole, here or in a process that may die."""

import asyncio
import json
import os
import signal
import struct
from datetime import UTC, datetime

import pytest
from aiokafka.errors import CorruptRecordException
from aiokafka.record.default_records import DefaultRecordBatchBuilder
from aiokafka.record.util import calc_crc32c

from rapport.kafka.record_batch import ATTRIBUTES_AT, Record, iter_chunks, iter_records, records_at
from rapport.worker.ingest import decoding
from rapport.worker.ingest.decoder_pool import INLINE_RECORDS_MAX, DecoderPool
from rapport.worker.ingest.decoding import decode
from rapport_schemas.ticket import TicketReopened
from rapport_schemas.wire.envelope import write_binary

TIME = datetime(2026, 3, 2, 10, tzinfo=UTC)
CODECS = (0, 1, 2, 3, 4)
DEADLY = "this text ends its decoder"


def nothing(_text):
    return ()


def deadly(text):
    if text == DEADLY:
        os.kill(os.getpid(), signal.SIGKILL)
    return ()


def record_batch(first_offset, records, codec=0):
    """One record batch as the broker stores it."""
    builder = DefaultRecordBatchBuilder(2, codec, 0, -1, -1, -1, 1 << 20)
    for number, (key, value, headers) in enumerate(records):
        builder.append(number, 1_700_000_000_000 + number, key, value, headers)
    raw = bytearray(builder.build())
    struct.pack_into(">q", raw, 0, first_offset)
    return bytes(raw)


def events(count, client="finance", **fields):
    for number in range(count):
        data = TicketReopened(client=client, ticket_id=f"T{number}", **fields)
        yield write_binary(data, event_id=str(number), source="urn:test", time=TIME)[1:]


def offsets(chunk):
    return [record.offset for record in iter_records(chunk)]


@pytest.mark.parametrize("codec", CODECS)
def test_a_chunk_of_every_codec_is_unpacked(codec):
    (chunk,) = iter_chunks(record_batch(5, events(10), codec), 5, 4_000)
    assert (chunk.first_offset, chunk.next_offset, chunk.records_max) == (5, 15, 10)
    assert chunk.newest_milliseconds == 1_700_000_000_009
    assert offsets(chunk) == list(range(5, 15))


def test_a_fetch_is_cut_between_record_batches_and_an_incomplete_one_is_left():
    raw = b"".join(record_batch(start, events(10)) for start in (0, 10, 20, 30))
    found = list(iter_chunks(raw[:-1], 0, 15))
    assert [(chunk.first_offset, chunk.next_offset) for chunk in found] == [(0, 20), (20, 30)]
    assert [offset for chunk in found for offset in offsets(chunk)] == list(range(30))


def test_records_before_the_position_are_not_read_again():
    (chunk,) = iter_chunks(record_batch(0, events(10)), 7, 4_000)
    assert offsets(chunk) == [7, 8, 9]


def test_damaged_bytes_are_refused_with_the_reason():
    raw = bytearray(record_batch(0, events(3)))
    raw[-1] ^= 1
    with pytest.raises(CorruptRecordException, match="checksum"):
        offsets(*iter_chunks(bytes(raw), 0, 4_000))
    raw[16] = 1
    with pytest.raises(CorruptRecordException, match="format 1"):
        list(iter_chunks(bytes(raw), 0, 4_000))


def test_equal_entries_are_grouped_and_a_bad_record_does_not_stop_the_next():
    good = list(events(4))
    key, _, headers = good[0]
    raw = record_batch(10, [good[0], (key, b"not json", headers), *good[1:]])
    (chunk,) = iter_chunks(raw, 10, 4_000)
    decoded = decode(chunk, nothing)
    (group,) = decoded.groups
    assert (group.client, list(group.offsets), decoded.records) == ("finance", [10, 12, 13, 14], 5)
    assert len({id(entry) for entry in group.entries}) == 1
    ((offset, rejected),) = decoded.rejected
    assert (offset, rejected.reason) == (11, "not-json")
    assert decoded.rejected_records == {11: Record(11, key, b"not json", tuple(headers))}
    assert list(records_at(chunk, {11})) == [Record(11, key, b"not json", tuple(headers))]


def test_rejected_records_come_back_up_to_a_bound(monkeypatch):
    key, _, headers = next(events(1))
    bad = (key, b"x" * 100, headers)
    size = len(key) + 100 + sum(len(name) + len(content) for name, content in headers)
    size += decoding.OBJECT_BYTES * (2 + len(headers))
    (chunk,) = iter_chunks(record_batch(0, [bad] * 5), 0, 4_000)
    monkeypatch.setattr(decoding, "REJECTED_BYTES_MAX", 3 * size)
    decoded = decode(chunk, nothing)
    assert [offset for offset, _ in decoded.rejected] == [0, 1, 2, 3, 4]
    assert list(decoded.rejected_records) == [0, 1, 2]
    monkeypatch.setattr(decoding, "REJECTED_BYTES_MAX", 3 * size - 1)
    assert list(decode(chunk, nothing).rejected_records) == [0, 1]


def test_empty_rejected_records_take_room_as_well():
    (chunk,) = iter_chunks(record_batch(0, [(None, None, [])] * 20_000), 0, 20_000)
    decoded = decode(chunk, nothing)
    assert len(decoded.rejected) == 20_000
    assert 0 < len(decoded.rejected_records) < 10_000


def test_a_record_that_could_not_be_read_as_written_is_not_whole():
    headers = [("nom", b"v")]
    raw = record_batch(0, [(b"key", b"value", headers), (b"key", b"value", headers)])
    damaged = bytearray(raw)
    damaged[raw.rindex(b"nom")] = 0xFF
    struct.pack_into(">I", damaged, 17, calc_crc32c(bytes(damaged[ATTRIBUTES_AT:])))
    (chunk,) = iter_chunks(bytes(damaged), 0, 4_000)
    assert [record.whole for record in records_at(chunk, {0, 1})] == [True, False]
    assert [one.whole for one in decode(chunk, nothing).rejected_records.values()] == [True, False]


def test_decoders_say_what_decoding_here_says_and_leave_no_process():
    records = list(events(INLINE_RECORDS_MAX * 3))
    (chunk,) = iter_chunks(record_batch(0, records), 0, 4_000)
    decoders = DecoderPool(1, nothing)
    decoders.start()
    try:
        beside = asyncio.run(decoders.decode(chunk))
    finally:
        decoders.stop()
    assert beside == decode(chunk, nothing)


def test_a_record_that_ends_its_decoder_is_found_and_the_others_are_read():
    records = list(events(INLINE_RECORDS_MAX + 6))
    key, value, headers = write_binary(
        deadly_event(), event_id="deadly", source="urn:test", time=TIME
    )[1:]
    records[40] = (key, value, headers)
    (chunk,) = iter_chunks(record_batch(0, records), 0, 4_000)
    decoders = DecoderPool(1, deadly)
    try:
        decoded = asyncio.run(decoders.decode(chunk))
    finally:
        decoders.stop()
    ((offset, rejected),) = decoded.rejected
    assert (offset, rejected.reason, decoded.records) == (40, "internal-error", len(records))
    read = sorted(offset for group in decoded.groups for offset in group.offsets)
    assert read == [number for number in range(len(records)) if number != 40]


def deadly_event():
    from rapport_schemas.ticket import TicketOpened

    return TicketOpened(
        client="finance", ticket_id="T", kind="incident", priority="P1", comment=DEADLY
    )


def test_an_error_of_our_own_is_a_dead_letter_with_a_fingerprint():
    def broken(_text):
        raise ZeroDivisionError

    opened = deadly_event()
    event = write_binary(opened, event_id="1", source="urn:test", time=TIME)[1:]
    (chunk,) = iter_chunks(record_batch(0, [event, *events(1)]), 0, 4_000)
    decoded = decode(chunk, broken)
    ((_, rejected),) = decoded.rejected
    assert rejected.reason == "internal-error"
    assert "ZeroDivisionError, fingerprint " in rejected.detail
    assert len(decoded.groups) == 1
    assert json.loads(event[1])["client"] == "finance"
