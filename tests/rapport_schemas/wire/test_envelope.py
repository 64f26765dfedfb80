"""Bad envelopes: each class is refused for its reason, and without a crash."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rapport_schemas.wire.envelope import check_attributes, read_envelope
from rapport_schemas.wire.registry import CONTRACTS
from rapport_schemas.wire.rejection import REASONS, Rejected

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
    with pytest.raises(Rejected) as refused:
        envelope = read_envelope(value, given_headers)
        CONTRACTS[envelope.type].decode(envelope.data)
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
        ({"contentDASHtype": b"application/xml"}, "not-cloudevent", "headers.content-type"),
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


def test_neither_mode_and_a_repeated_attribute_are_refused():
    assert refusal(DATA, []).reason == "not-cloudevent"
    assert refusal(DATA, [("x", b"")] * 1_000).path == "headers"
    assert refusal(DATA, [*headers(), ("ce_id", b"2")]).path == "headers.ce_id"


@given(st.binary(max_size=300), st.booleans())
def test_no_bytes_crash_the_reader(value, structured):
    try:
        envelope = read_envelope(value, STRUCTURED if structured else headers())
        CONTRACTS[envelope.type].decode(envelope.data)
    except Rejected as refused:
        assert refused.reason in REASONS


@given(st.dictionaries(st.text(max_size=20), st.binary(max_size=40), max_size=9))
def test_no_headers_crash_the_reader(found):
    try:
        read_envelope(DATA, list(found.items()))
    except Rejected as refused:
        assert refused.reason in REASONS


def structured(**changes):
    document = {
        "specversion": "1.0",
        "id": "1",
        "source": "urn:test",
        "type": TYPE.decode(),
        "time": "2026-03-02T09:30:00Z",
        "data": {"client": "finance", "ticket_id": "1"},
    }
    kept = {name: value for name, value in {**document, **changes}.items() if value is not None}
    return json.dumps(kept).encode()


@pytest.mark.parametrize(
    ("change", "reason", "path"),
    [
        ({"specversion": "0.3"}, "not-cloudevent", "specversion"),
        ({"specversion": 1.0}, "not-cloudevent", "specversion"),
        ({"id": ""}, "not-cloudevent", "id"),
        ({"id": "x" * 257}, "not-cloudevent", "id"),
        ({"source": ["urn:test"]}, "not-cloudevent", "source"),
        ({"time": None}, "not-cloudevent", "time"),
        ({"data": None}, "not-cloudevent", "data"),
        ({"datacontenttype": "application/xml"}, "not-cloudevent", "datacontenttype"),
        ({"datacontenttype": 1}, "not-cloudevent", "datacontenttype"),
        ({"type": "\u00e9" * 9}, "unknown-type", "type"),
    ],
    ids=lambda value: repr(value)[:40],
)
def test_a_wrong_attribute_of_structured_mode_is_named(change, reason, path):
    refused = refusal(structured(**change), STRUCTURED)
    assert (refused.reason, refused.path) == (reason, path)


@pytest.mark.parametrize(
    ("value", "reason"),
    [(b"[1]", "not-cloudevent"), (b"{", "not-json"), (b'{"id":1,"id":2}', "not-json")],
    ids=["a list", "cut off", "a key twice"],
)
def test_a_structured_document_that_is_no_object_is_refused(value, reason):
    assert refusal(value, STRUCTURED).reason == reason


def test_a_type_that_is_not_utf_8_is_refused_in_both_modes():
    assert refusal(DATA, headers(ce_type=b"\xff")).path == "headers.ce_type"
    # JSON's own readers refuse half a pair; whatever lets one through must not end the worker.
    attributes = json.loads(structured(type="\ud800"))
    with pytest.raises(Rejected) as refused:
        check_attributes(attributes, DATA, "")
    assert refused.value.reason == "unknown-type"


def read_binary(value=DATA, **changes):
    return read_envelope(value, headers(**changes))


def test_what_is_exactly_at_a_bound_is_taken_and_what_is_beyond_is_refused_with_the_numbers():
    assert read_binary(b" " * 1_048_576).data == b" " * 1_048_576
    refused = refusal(b" " * 1_048_577, headers())
    assert refused.detail == "1048577 bytes; at most 1048576 are taken"
    assert read_binary(ce_id=b"x" * 256).id == "x" * 256
    refused = refusal(DATA, headers(ce_id=b"x" * 257))
    assert (refused.path, refused.detail) == ("headers.ce_id", "over 256 characters")
    assert read_envelope(structured(id="x" * 256), STRUCTURED).id == "x" * 256
    assert read_binary(ce_source=b"x" * 2_048).source == "x" * 2_048
    assert refusal(DATA, headers(ce_source=b"x" * 2_049)).path == "headers.ce_source"


@pytest.mark.parametrize(
    "content_type",
    [None, b"", b"application/json", b"application/json; charset=utf-8", b"text/json"],
    ids=repr,
)
def test_json_by_any_of_its_names_is_read(content_type):
    assert read_binary(contentDASHtype=content_type)[:4] == (
        *("1", "urn:test"),
        TYPE.decode(),
        1_772_443_800,
    )


@pytest.mark.parametrize("content_type", ["application/json", "application/json; charset=utf-8"])
def test_a_structured_event_with_the_content_type_of_its_data_is_read(content_type):
    found = read_envelope(structured(), [("content-type", content_type.encode())])
    assert (found.id, json.loads(found.data)) == ("1", json.loads(DATA))
    refused = refusal(structured(), [("content-type", b"text/plain")])
    assert refused.detail.startswith("this type is not read; send application/cloudevents+json")


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("1970-01-01T00:00:01Z", 1),
        ("1970-01-01t00:00:01.999999999z", 1),
        ("1970-01-01T01:00:00.5+01:00", 0),
        ("1969-12-31T18:30:07-05:30", 7),
    ],
)
def test_a_time_is_its_whole_second_in_utc(text, seconds):
    assert read_binary(ce_time=text.encode()).epoch_seconds == seconds


@pytest.mark.parametrize("text", ["1970-01-01T00:00:01.1234567890Z", "1970-01-01 00:00:01Z"])
def test_an_invalid_time_is_shown_and_cut(text):
    refused = refusal(DATA, headers(ce_time=text.encode()))
    assert (refused.reason, refused.path) == ("invalid", "time")
    long = refusal(DATA, headers(ce_time=b"9" * 99))
    assert long.detail == f"{'9' * 64!r} is no RFC 3339 time with its zone"


@pytest.mark.parametrize(
    ("name", "detail"),
    [
        (b"x" * 200, f"no contract is called {'x' * 128!r}"),
        (
            b"rapport.ticket.reopened.v" + b"9" * 200,
            f"{'rapport.ticket.reopened.v' + '9' * 103!r} is not a version that is read",
        ),
    ],
    ids=["unknown", "a version"],
)
def test_a_type_is_cut_in_its_message(name, detail):
    assert refusal(DATA, headers(ce_type=name)).detail == detail


@pytest.mark.parametrize(
    ("given_headers", "path", "detail"),
    [
        ([*GOOD.items(), ("ce_id", b"2")], "headers.ce_id", "the header is repeated"),
        ([("ce_id", None)], "headers.ce_id", "the header has no value"),
        ([("ce_id", b"\xff")], "headers.ce_id", "not UTF-8"),
        ([("ce_Id", b"1")], "headers.ce_Id", "Kafka's prefix is ce_, lower case"),
        ([("ce-Id", b"1")], "headers.ce-Id", "Kafka's prefix is ce_, lower case"),
        ([("ce_x", b"1")], "headers", "neither ce_ headers nor structured mode"),
    ],
    ids=["repeated", "no value", "not UTF-8", "upper case", "hyphen", "unused only"],
)
def test_a_header_that_cannot_be_used_is_named(given_headers, path, detail):
    refused = refusal(DATA, given_headers)
    assert (refused.path, refused.detail) == (path, detail)
