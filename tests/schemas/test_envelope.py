"""Bad envelopes: each class is refused for its reason, fast, and without a crash."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rapport.schemas.envelope import read
from rapport.schemas.registry import CONTRACTS
from rapport.schemas.rejections import REASONS, Rejected

TYPE = b"rapport.ticket.reopened.v1"
GOOD = {
    "ce_specversion": b"1.0",
    "ce_id": b"1",
    "ce_source": b"urn:test",
    "ce_type": TYPE,
    "ce_time": b"2026-03-02T09:30:00Z",
    "content-type": b"application/json",
}
DATA = b'{"client":"finance","ticket_id":"1"}'
STRUCTURED = [("content-type", b"application/cloudevents+json; charset=UTF-8")]


def headers(**changes):
    kept = {**GOOD, **{name.replace("DASH", "-"): value for name, value in changes.items()}}
    return [(name, value) for name, value in kept.items() if value is not None]


def refusal(value, given_headers):
    started = time.perf_counter()
    with pytest.raises(Rejected) as refused:
        envelope = read(b"k", value, given_headers)
        CONTRACTS[envelope.type].decode(envelope.data)
    assert time.perf_counter() - started < 2
    assert refused.value.reason in REASONS
    return refused.value


@pytest.mark.parametrize(
    ("change", "reason", "path"),
    [
        ({"ce_id": None}, "not-cloudevent", "headers.ce_id"),
        ({"ce_id": b""}, "not-cloudevent", "headers.ce_id"),
        ({"ce_id": b"x" * 10_240}, "not-cloudevent", "headers.ce_id"),
        ({"ce_id": b"\xff"}, "not-cloudevent", "headers.ce_id"),
        ({"ce_source": None}, "not-cloudevent", "headers.ce_source"),
        ({"ce_type": None}, "not-cloudevent", "headers.ce_type"),
        ({"ce_type": b"com.other"}, "unknown-type", "type"),
        ({"ce_type": b"rapport.ticket.reopened.v9"}, "unknown-version", "type"),
        ({"ce_specversion": b"0.3"}, "not-cloudevent", "headers.ce_specversion"),
        ({"ce_time": None}, "not-cloudevent", "headers.ce_time"),
        ({"ce_time": b"2026-03-02T09:30:00"}, "invalid", "time"),
        ({"ce_time": b"2026-02-30T09:30:00Z"}, "invalid", "time"),
        ({"ce_time": b"2016-12-31T23:59:60Z"}, "invalid", "time"),
        ({"contentDASHtype": b"application/xml"}, "not-cloudevent", "headers.ce_datacontenttype"),
        ({"CE_ID": b"1"}, "not-cloudevent", "headers.CE_ID"),
        ({"ceDASHid": b"1"}, "not-cloudevent", "headers.ce-id"),
    ],
)
def test_a_wrong_attribute_is_named(change, reason, path):
    if "CE_ID" in change or "ceDASHid" in change:
        change = {**change, "ce_id": None}
    refused = refusal(DATA, headers(**change))
    assert (refused.reason, refused.path) == (reason, path)


@pytest.mark.parametrize(
    "value",
    [
        b"",
        b"\x00" * 1_000_000,
        b"\xff\xfe",
        DATA.decode().encode("utf-16"),
        b"\xef\xbb\xbf" + DATA,
        DATA[:-1],
        DATA + DATA,
        b"[" * 10_000,
        b'{"a":' * 10_000,
        b'{"client":"finance","ticket_id":NaN}',
        b'{"client":"finance","ticket_id":1e400}',
        b'{"client":"finance","ticket_id":' + b"9" * 5_000 + b"}",
        b'{"client":"finance","ticket_id":"\\ud800"}',
        b"[1,2]",
        b'"text"',
        b"null",
    ],
    ids=lambda value: repr(value[:20]),
)
def test_data_that_is_no_object_of_the_contract_is_refused(value):
    assert refusal(value, headers()).reason in {"not-json", "invalid"}


def test_a_tombstone_and_a_giant_are_refused():
    assert refusal(None, headers()).reason == "not-json"
    assert refusal(b" " * 2_000_000, headers()).reason == "too-big"


def test_both_modes_at_once_and_neither_are_refused():
    assert refusal(DATA, [*STRUCTURED, ("ce_id", b"1")]).reason == "not-cloudevent"
    assert refusal(DATA, []).reason == "not-cloudevent"
    assert refusal(DATA, [("x", b"")] * 1_000).path == "headers"
    assert refusal(DATA, [*headers(), ("ce_id", b"2")]).path == "headers.ce_id"


@given(st.binary(max_size=300), st.booleans())
def test_no_bytes_crash_the_reader(value, structured):
    try:
        envelope = read(None, value, STRUCTURED if structured else headers())
        CONTRACTS[envelope.type].decode(envelope.data)
    except Rejected as refused:
        assert refused.reason in REASONS


@given(st.dictionaries(st.text(max_size=20), st.binary(max_size=40), max_size=9))
def test_no_headers_crash_the_reader(found):
    try:
        read(None, DATA, list(found.items()))
    except Rejected as refused:
        assert refused.reason in REASONS
