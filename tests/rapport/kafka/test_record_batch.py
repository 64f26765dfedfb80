"""Where a fetch is cut, and what is known of a chunk without unpacking it."""

import pytest
from aiokafka.errors import CorruptRecordException

from rapport.kafka import record_batch
from rapport.kafka.record_batch import (
    HEADER,
    Chunk,
    PlainRecord,
    UnreadableRecord,
    iter_chunks,
    records_at,
)
from rapport_schemas.wire.rejection import Rejected

BYTES = 49
"""The least length that a batch says it has: its header without the first 12 bytes."""


def batch(first, records=1, at=0, attributes=0, length=BYTES, magic=2):
    """The head of a record batch, and nothing in it."""
    head = HEADER.pack(first, length, -1, magic, 0, attributes, records - 1, 0, at)
    return head + b"\0" * (12 + length - len(head))


def cut(raw, records_max=10, first=0):
    return list(iter_chunks(raw, first, records_max))


def test_a_chunk_is_full_with_exactly_as_many_records_as_it_may_have():
    raw = [batch(0, 6), batch(6, 4), batch(10, 9), batch(19, 5), batch(24, 1)]
    found = cut(b"".join(raw))
    assert [chunk[1:4] for chunk in found] == [(0, 10, 10), (10, 24, 14), (24, 25, 1)]
    assert [chunk.raw for chunk in found] == [raw[0] + raw[1], raw[2] + raw[3], raw[4]]


def test_each_chunk_has_the_newest_time_of_its_own_batches():
    found = cut(batch(0, 5, at=30) + batch(5, 5, at=20) + batch(10, 5, at=7))
    assert [chunk.newest_milliseconds for chunk in found] == [30, 7]


@pytest.mark.parametrize(
    ("codecs", "compressed"),
    [
        ((0, 0, 0), [False, False]),
        ((1, 0, 0), [True, False]),
        ((0, 4, 0), [True, False]),
        ((0, 0, 2), [False, True]),
        ((0x18, 0x40, 0x08), [False, False]),
    ],
    ids=["none", "the first", "the second", "the last", "other attributes"],
)
def test_a_chunk_is_compressed_when_one_of_its_batches_is(codecs, compressed):
    raw = [batch(5 * number, 5, attributes=codec) for number, codec in enumerate(codecs)]
    assert [chunk.compressed for chunk in cut(b"".join(raw))] == compressed


def test_offsets_go_on_where_the_newest_batch_ends_whatever_was_compacted():
    (chunk,) = cut(batch(100, 3) + batch(110, 2), first=101)
    assert (chunk.first_offset, chunk.next_offset, chunk.records_max) == (101, 112, 5)
    (chunk,) = cut(batch(0, 3), first=50)
    assert (chunk.first_offset, chunk.next_offset) == (50, 50)


@pytest.mark.parametrize("missing", [1, BYTES, BYTES + 11])
def test_a_batch_that_is_not_whole_is_left_for_the_next_fetch(missing):
    (chunk,) = cut(batch(0) + batch(1)[:-missing])
    assert chunk.raw == batch(0)
    assert cut(batch(0)[:-missing]) == []
    assert cut(b"") == []


@pytest.mark.parametrize(
    ("damage", "says"),
    [({"length": 48}, "says that it has 48 bytes"), ({"magic": 1}, "format 1; only 2 is read")],
    ids=["too short", "an old format"],
)
def test_a_batch_that_cannot_be_one_is_refused(damage, says):
    with pytest.raises(CorruptRecordException, match=says):
        cut(batch(0) + batch(1, **damage))


def test_a_record_says_whether_it_could_be_read_as_it_was_written(monkeypatch):
    plain = PlainRecord(7, 0, b"k", b"v", [("a", None)], whole=True)
    misread = UnreadableRecord(8, None, b"rest", [], Rejected("unreadable", "", ""))
    monkeypatch.setattr(record_batch, "batch_records", lambda _raw: [plain, misread])
    chunk = Chunk(batch(7, 2), 7, 9, 2, 0)
    found = list(records_at(chunk, {7, 8}))
    assert [tuple(record) for record in found] == [
        (7, b"k", b"v", (("a", None),), True),
        (8, None, b"rest", (), False),
    ]
    assert [record.offset for record in records_at(chunk, {8})] == [8]
    assert list(records_at(chunk._replace(next_offset=8), {8})) == []
    assert list(records_at(chunk._replace(first_offset=8), {7})) == []
