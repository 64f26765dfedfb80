"""The parts of a record that its dead letter keeps, at each bound, and its details of the rest."""

import hashlib
import json

import pytest
from aiokafka import TopicPartition

from rapport.kafka.record_batch import Record
from rapport.worker.ingest.dead_letter import dead_letter
from rapport_schemas.wire.rejection import Rejected

ORIGIN = TopicPartition("tickets", 3)
KEPT = 65_536
REASON = Rejected("invalid", "data.score", "too high")


def dead_letter_of(key=b"k", value=b"v", headers=(), rejected=REASON, **options):
    record = Record(17, key, value, tuple(headers), **options)
    kept_key, kept_value, [*kept, (name, details)] = dead_letter(ORIGIN, record, rejected)
    assert name == "rapport_dead_letter"
    return kept_key, kept_value, kept, json.loads(details)


def test_a_dead_letter_has_its_reason_and_the_origin_of_the_record():
    key, value, headers, details = dead_letter_of(headers=[("a", b"1"), ("b", None)])
    assert (key, value, headers) == (b"k", b"v", [("a", b"1"), ("b", None)])
    assert details == {
        "reason": "invalid",
        "path": "data.score",
        "detail": "too high",
        "topic": "tickets",
        "partition": 3,
        "offset": 17,
        "length": 1,
        "sha256": None,
        "cut": [],
    }


@pytest.mark.parametrize("more", [0, 1], ids=["at the bound", "a byte more"])
def test_key_value_and_headers_are_each_kept_up_to_64_kib(more):
    long = b"x" * (KEPT + more)
    headers = [("a", b"1"), ("long", b"x" * (KEPT - 6 + more)), ("", b"")]
    key, value, kept, details = dead_letter_of(long, long, headers)
    assert (len(key), len(value), details["length"]) == (KEPT, KEPT, KEPT + more)
    assert kept == (headers[:1] if more else headers)
    assert details["cut"] == (["key", "value", "headers"] if more else [])
    assert details["sha256"] == (hashlib.sha256(long).hexdigest() if more else None)


@pytest.mark.parametrize(
    ("part", "record"),
    [
        ("key", {"key": b"x" * (KEPT + 1)}),
        ("value", {"value": b"x" * (KEPT + 1)}),
        ("headers", {"headers": [("", b"x" * (KEPT + 1))]}),
    ],
)
def test_only_parts_that_are_cut_are_listed_as_cut(part, record):
    assert dead_letter_of(**record)[3]["cut"] == [part]


def test_a_record_that_was_not_read_as_it_was_written_counts_as_cut_throughout():
    assert dead_letter_of(whole=False)[3]["cut"] == ["key", "value", "headers"]


@pytest.mark.parametrize(
    ("key", "value", "kept"),
    [(b"k", None, (b"k", None)), (None, None, (None, b"")), (None, b"v", (None, b"v"))],
    ids=["a tombstone", "neither", "no key"],
)
def test_kafka_takes_the_dead_letter_of_a_record_without_key_or_value(key, value, kept):
    found = dead_letter_of(key, value)
    assert found[:2] == kept
    assert found[3]["length"] == len(value or b"")


def test_a_long_path_and_a_long_detail_are_cut():
    details = dead_letter_of(rejected=Rejected("invalid", "p" * 999, "d" * 999))[3]
    assert (details["path"], details["detail"]) == ("p" * 256, "d" * 512)


def test_a_text_that_is_not_ascii_is_written_as_codes():
    record = Record(0, None, b"", ())
    (_, details) = dead_letter(ORIGIN, record, Rejected("invalid", "", "\u00e9\ud800"))[2][-1]
    assert details.isascii()
    assert json.loads(details)["detail"] == "\u00e9\ud800"
