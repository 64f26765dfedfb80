"""Whatever bytes Kafka hands over, decoding ends, and says something of every record."""

import contextlib
import json
import subprocess
import sys

import cramjam
import pytest
from aiokafka import codec
from aiokafka.errors import CorruptRecordException
from hypothesis import example, given, settings
from hypothesis import strategies as st

from rapport.domain.events.facts import FACT_TYPES
from rapport.kafka.decompression import DECOMPRESSED_BYTES_MAX, decompressed
from rapport.kafka.record_batch import BATCH_HEADER, iter_chunks
from rapport.worker.ingest.decoding import decode
from rapport_schemas.docs.examples import EXAMPLES
from rapport_schemas.wire.rejection import REASONS

PACK = {1: codec.gzip_encode, 2: codec.snappy_encode, 3: codec.lz4_encode, 4: codec.zstd_encode}
NAMES = st.sampled_from(
    [
        *("ce_id", "ce_source", "ce_type", "ce_specversion", "ce_time", "content-type", "CE_id"),
        *("ce-id", b"\xff", b"ce_\xc3", ""),
    ]
)
CONTENTS = st.one_of(
    st.none(),
    st.binary(max_size=30),
    st.sampled_from(
        [
            *(b"1.0", b"urn:test", b"2026-03-02T12:00:00Z", b"application/json"),
            *(b"application/cloudevents+json", b"rapport.ticket.rated.v1", b"rapport."),
        ]
    ),
)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=10), inner, max_size=4)
    ),
    max_leaves=12,
)


@st.composite
def bodies(draw):
    """A document that is good but for some of its fields, bytes that were changed, or neither."""
    name = draw(st.sampled_from(sorted(FACT_TYPES)))
    data = dict(EXAMPLES[name].good)
    for field in draw(st.lists(st.sampled_from(sorted(data)), max_size=3)):
        data[field] = draw(JSON)
    envelope = {"specversion": "1.0", "id": "e", "source": "s", "type": name, "data": data}
    envelope["time"] = draw(st.sampled_from(["2026-03-02T12:00:00Z", "x"]) | JSON)
    content = bytearray(json.dumps(draw(st.sampled_from([data, envelope]))).encode())
    for _ in range(draw(st.integers(0, 3))):
        content[draw(st.integers(0, len(content) - 1))] = draw(st.integers(0, 255))
    headers = [
        ("ce_specversion", b"1.0"),
        ("ce_id", b"e"),
        ("ce_source", b"s"),
        ("ce_type", name.encode()),
        ("ce_time", b"2026-03-02T12:00:00Z"),
    ]
    return bytes(content), headers


RECORDS = st.tuples(
    st.none() | st.binary(max_size=10),
    st.one_of(
        st.none(), st.binary(max_size=60), JSON.map(lambda value: json.dumps(value).encode())
    ),
    st.lists(st.tuples(NAMES, CONTENTS), max_size=8),
) | bodies().map(lambda body: (b"finance", *body))


def outcome_of(raw):
    """How many records were read, and the offsets of those refused."""
    read, refused = 0, []
    for chunk in iter_chunks(raw, 0, 4_000):
        decoded = decode(chunk, lambda _: ())
        read += sum(len(group.offsets) for group in decoded.groups) + len(decoded.desk)
        refused += [offset for offset, _ in decoded.rejected]
        assert {rejected.reason for _, rejected in decoded.rejected} <= REASONS.keys()
        assert "internal-error" not in {rejected.reason for _, rejected in decoded.rejected}
    return read, refused


@given(st.lists(RECORDS, min_size=1, max_size=6), st.sampled_from([0, *PACK]))
@settings(max_examples=300, deadline=None)
def test_every_record_has_an_outcome_and_nothing_is_raised(build, records, number):
    record_bytes, sealed = build
    payload = b"".join(record_bytes(at, *record) for at, record in enumerate(records))
    packed = PACK[number](payload) if number else payload
    read, refused = outcome_of(sealed(packed, len(records), number))
    assert read + len(refused) == len(records)


@given(st.data())
@settings(max_examples=300, deadline=None)
def test_a_batch_that_is_damaged_below_its_checksum_is_read_up_to_there(build, data):
    record_bytes, sealed = build
    record = (b"k", b"{}", [("ce_id", b"1"), ("x", None)])
    payload = bytearray(b"".join(record_bytes(at, *record) for at in range(5)))
    for _ in range(data.draw(st.integers(1, 4))):
        position = data.draw(st.integers(0, len(payload) - 1))
        payload[position : position + 1] = data.draw(st.binary(max_size=3))
    number = data.draw(st.sampled_from([0, *PACK]))
    packed = PACK[number](bytes(payload)) if number else bytes(payload)
    if number and data.draw(st.booleans()):
        packed = packed[: data.draw(st.integers(0, len(packed)))]
    _, refused = outcome_of(
        sealed(packed, data.draw(st.sampled_from([5, 0, 1, 2_000_000])), number)
    )
    assert all(offset >= 0 for offset in refused)


@given(st.binary(max_size=200), st.integers(0, 100))
@example(b"\0" * 16 + b"\2" + b"\0" * 60, 0)
@settings(max_examples=300, deadline=None)
def test_bytes_that_are_no_batch_raise_nothing_but_that_they_are_damaged(noise, at):
    with contextlib.suppress(CorruptRecordException):
        outcome_of(noise[:at] + b"\2" + noise[at:])


def test_a_wrong_checksum_is_damage_that_another_fetch_may_correct(build):
    record_bytes, sealed = build
    raw = bytearray(sealed(record_bytes(0, b"k", b"{}", []), 1))
    raw[-1] ^= 1
    with pytest.raises(CorruptRecordException, match="checksum"):
        outcome_of(bytes(raw))


@pytest.mark.parametrize("number", PACK)
def test_what_any_producer_packs_is_unpacked_whole_and_a_bomb_to_its_bound(number):
    text = json.dumps(EXAMPLES["rapport.ticket.rated.v1"].good).encode() * 5_000
    assert decompressed(number, PACK[number](text)) == (text, True)
    content, whole = decompressed(number, PACK[number](bytes(DECOMPRESSED_BYTES_MAX + 1)))
    assert (len(content), whole) in {
        (DECOMPRESSED_BYTES_MAX, False),
        # Snappy goes by its blocks.
        (DECOMPRESSED_BYTES_MAX - 32 * 1024, False),
    }


def zstd_bomb(build):
    """A good record, and one of 4 GiB, in about 128 KiB."""
    record_bytes, sealed = build
    good = record_bytes(0, b"k", *good_event())
    mebibytes = bytes(cramjam.zstd.compress(bytes(32 << 20)))
    packed = bytes(cramjam.zstd.compress(good + b"\xfe\xff\xff\xff\x1f\0\0\2\1")) + mebibytes * 128
    return sealed(packed, 2, 4)


def good_event():
    data = json.dumps(EXAMPLES["rapport.ticket.rated.v1"].good).encode()
    attributes = {
        "ce_specversion": "1.0",
        "ce_id": "e",
        "ce_source": "s",
        "ce_type": "rapport.ticket.rated.v1",
        "ce_time": "2026-03-02T12:00:00Z",
    }
    return data, [(name, value.encode()) for name, value in attributes.items()]


READ_BOMB = """
import resource, sys
from rapport.kafka.record_batch import iter_chunks
from rapport.worker.ingest.decoding import decode
raw = sys.stdin.buffer.read()
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
(chunk,) = iter_chunks(raw, 0, 4000)
decoded = decode(chunk, lambda _: ())
after = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
print([list(group.offsets) for group in decoded.groups], decoded.rejected[0][0])
print(decoded.rejected[0][1].reason, (after - before) // 1024)
"""


def test_a_bomb_of_4_gibibytes_costs_bounded_memory_and_what_is_before_it_is_read(build):
    raw = zstd_bomb(build)
    assert len(raw) < 200_000
    done = subprocess.run(
        [sys.executable, "-c", READ_BOMB], input=raw, capture_output=True, check=True, timeout=60
    )
    offsets, verdict = done.stdout.decode().splitlines()
    assert offsets == "[[0]] 1"
    reason, mebibytes = verdict.split()
    assert reason == "too-big"
    assert int(mebibytes) < 5 * (DECOMPRESSED_BYTES_MAX >> 20)


def test_a_batch_of_millions_of_empty_records_is_read_to_a_bound(build):
    record_bytes, sealed = build
    empty = record_bytes(0, None, None, [])
    raw = sealed(codec.zstd_encode(empty * 2_000_000), 2_000_000, 4)
    assert len(raw) < BATCH_HEADER.size + 20_000
    (chunk,) = iter_chunks(raw, 0, 4_000)
    rejected = decode(chunk._replace(first_offset=399_999), lambda _: ()).rejected
    assert [(offset, one.reason) for offset, one in rejected][-1] == (400_000, "too-big")
