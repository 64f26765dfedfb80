"""The fast and the careful path decode every event to the same result."""

import json
from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rapport.domain.events import decoder
from rapport.domain.events.decoder import decode_carefully, decode_event
from rapport.domain.events.facts import FACT_TYPES
from rapport_schemas.docs.examples import EXAMPLES
from rapport_schemas.wire.envelope import write_binary
from rapport_schemas.wire.registry import CONTRACTS
from rapport_schemas.wire.rejection import Rejected

TIME = datetime(2026, 3, 2, 10, 0, 7, 250_000, UTC)


def nothing(_text):
    return ()


def record(name, **changes):
    data = CONTRACTS[name].decode(json.dumps(EXAMPLES[name].good).encode())
    _, _, value, headers = write_binary(data, event_id="e-1", source="urn:test", time=TIME)
    return value, tuple((dict(headers) | changes).items())


def both_ways(value, headers):
    """The result of each path, or the reason and path of its rejection."""
    found = []
    for way in (decode_event, decode_carefully):
        try:
            found.append(way(value, headers, nothing))
        except Rejected as rejected:
            found.append((rejected.reason, rejected.path, rejected.detail))
    return found


@pytest.mark.parametrize("name", sorted(FACT_TYPES))
def test_the_valid_example_is_decoded_on_the_fast_path(name, monkeypatch):
    value, headers = record(name)
    careful = decode_carefully(value, headers, nothing)
    monkeypatch.setattr(decoder, "decode_carefully", None)
    assert decode_event(value, headers, nothing) == careful


STAMPS = """2026-03-02T10:00:00Z|2026-03-02t10:00:00z|2026-03-02 10:00:00Z|2026-03-02T10:00:00
2026-02-30T10:00:00Z|2026-03-02T23:59:60Z|2026-03-02T10:00:00.9999999Z|1969-12-31T23:59:59.5Z
1969-12-31T23:59:59.250Z|2026-W10-1T10:00:00Z|20260302T100000Z|"|9999-12-31T23:59:59-14:00
0001-01-01T00:00:00+14:00|2026-03-02T10:00Z|2026-03-02T10:00:00.Z|2026-03-02T10:00:00.1234567890Z
2026-03-02T24:00:00Z|2026-03-02T10:00:00+0100|2026-03-02T10:00:00+24:00|2026-03-02T10:00:00.5+23:59
 2026-03-02T10:00:00Z|2026-03-02T10:00:00Z |2026-03-02T10:00:00Z"x|2026-03-02T10:00:00-00:00
\\u0032026-03-02T10:00:00Z|2026-03-02T1\\u0030:00:00.1Z|2026-03-02T10:00:00,500Z|0000-01-01T00:00:00Z
2026-03-02T10:00:00.000001Z|2026-03-02T10:00:00.999999Z|10000-01-01T00:00:00Z|2026-03-02T25:00:00Z
||x|٢٠٢٦-03-02T10:00:00Z|2026-03-02T10:00:00+00:00"""


@pytest.mark.parametrize("stamp", STAMPS.replace("\n", "|").split("|"))
def test_both_paths_agree_on_any_time(stamp):
    one, other = both_ways(*record("rapport.ticket.reopened.v1", ce_time=stamp.encode()))
    assert one == other


HEADERS = st.dictionaries(
    st.sampled_from(["ce_id", "ce_source", "ce_type", "ce_specversion", "CE_id", "content-type"]),
    st.sampled_from(
        [
            *(b"", b"\xff", "é".encode(), b"x" * 256, b"x" * 257, "é".encode() * 200, b"1.0"),
            *(b"0.3", b"rapport.ticket.opened.v9", b"rapport.client.removed.v1", b"other"),
            *(b"text/xml", b"application/json", b"application/json; charset=utf-8"),
            b"application/cloudevents+json",
        ]
    ),
    max_size=3,
)


@given(st.sampled_from(sorted(FACT_TYPES)), HEADERS)
@settings(max_examples=400)
def test_both_paths_agree_on_any_headers(name, changes):
    one, other = both_ways(*record(name, **changes))
    assert one == other


@given(st.sampled_from(sorted(FACT_TYPES)), st.binary(max_size=40))
def test_both_paths_agree_on_any_bytes(name, value):
    one, other = both_ways(value, record(name)[1])
    assert one == other


def test_both_paths_refuse_a_missing_or_repeated_header():
    value, headers = record("rapport.ticket.reopened.v1")
    for broken in (headers[1:], (*headers, headers[0]), ()):
        one, other = both_ways(value, broken)
        assert one == other
        assert one[0] == "not-cloudevent"


def test_both_paths_refuse_a_null_value():
    one, other = both_ways(None, record("rapport.ticket.reopened.v1")[1])
    assert one == other == ("not-json", "data", "the record is empty")


@pytest.mark.parametrize(
    ("old", "new", "path"),
    [
        (b'"score":4', b'"score":4,"score":4', "data.score"),
        (b'"score":4', b'"score":4,"s\\u0063ore" : 1', "data.score"),
        (b'"score":4', b'"score":4,"lowest":1,"lowest":1', "data.lowest"),
        (b'"score":4', b'"score":4,"comment":null,"comment":null', "data.comment"),
        (b'"score":4', b'"score":4,"later":{"a":[{"b":1,"b":2}]}', "data.later.a.0.b"),
        (b'"score":4', b'"score":"x","score":4', "data.score"),
        (b'"score":4', b'"score":4,"score":"x"', "data.score"),
    ],
    ids=["same", "spelt", "default", "null", "unknown", "the first is wrong", "the last is wrong"],
)
def test_both_paths_refuse_a_duplicate_key(old, new, path):
    value, headers = record("rapport.ticket.rated.v1")
    one, other = both_ways(value.replace(old, new), headers)
    assert one == other
    assert one[:2] == ("not-json", path)


def read_quickly(value, headers, monkeypatch):
    with monkeypatch.context() as patched:
        patched.setattr(decoder, "decode_carefully", lambda *_: None)
        return decode_event(value, headers, nothing)


RATED = "rapport.ticket.rated.v1"


@pytest.mark.parametrize(
    ("changes", "quick"),
    [
        ({"ce_time": b"2026-03-02T10:00:59Z"}, True),
        ({"ce_time": b"2026-03-02T10:00:07.250Z"}, True),
        ({"ce_time": b"2026-03-02T10:00:07.250999Z"}, True),
        ({"ce_time": b"2026-03-02T10:00:07.2Z"}, False),
        ({"ce_time": b"2026-03-02T10:00:07+00:00"}, False),
        ({"content-type": b"application/json; charset=utf-8"}, True),
        ({"content-type": b"text/xml"}, False),
        ({"ce_id": b"x"}, True),
        ({"ce_id": b"x" * 256}, True),
        ({"ce_id": b"x" * 257}, False),
        ({"ce_id": b""}, False),
        ({"ce_id": "é".encode()}, False),
        ({"ce_source": "é".encode()}, False),
        ({"ce_source": b""}, False),
        ({"ce_specversion": b"0.3"}, False),
        ({"ce_type": b"rapport.client.removed.v1"}, False),
        ({"ce_other": b"x"}, True),
    ],
)
def test_usual_records_take_the_fast_path_and_others_the_careful_one(changes, quick, monkeypatch):
    value, headers = record(RATED, **changes)
    found = read_quickly(value, headers, monkeypatch)
    assert (found is not None) is quick
    if quick:
        assert found == decode_carefully(value, headers, nothing)


def test_without_a_content_type_it_is_json(monkeypatch):
    value, headers = record(RATED)
    bare = tuple(pair for pair in headers if pair[0] != "content-type")
    assert read_quickly(value, bare, monkeypatch) == decode_carefully(value, bare, nothing)


@pytest.mark.parametrize(("size", "quick"), [(1_048_576, True), (1_048_577, False)])
def test_the_fast_path_takes_up_to_a_mebibyte(size, quick, monkeypatch):
    value, headers = record(RATED)
    found = read_quickly(value + b" " * (size - len(value)), headers, monkeypatch)
    assert (found is not None) is quick


@pytest.mark.parametrize(
    ("stamp", "seconds"),
    [
        (b"1970-01-02T00:00:00Z", 86_400),
        (b"1970-01-01T23:59:59Z", 86_399),
        (b"2026-03-02T10:00:07.999999Z", 1_772_445_607),
        (b"2026-03-02T10:00:07Z", 1_772_445_607),
    ],
)
def test_the_page_is_of_the_event_s_own_day_in_utc(stamp, seconds, monkeypatch):
    value, headers = record("rapport.ticket.reopened.v1", ce_time=stamp)
    for found in (
        read_quickly(value, headers, monkeypatch),
        decode_carefully(value, headers, nothing),
    ):
        assert (found[0], found[3]) == ("finance", seconds)
        assert found[1] == seconds // 86_400


def test_an_event_of_another_topic_is_refused_by_its_type():
    value, headers = record(RATED, ce_type=b"rapport.client.removed.v1")
    for outcome in both_ways(value, headers):
        assert outcome == (
            "foreign-type",
            "type",
            "rapport.client.removed.v1 is not for this topic",
        )
