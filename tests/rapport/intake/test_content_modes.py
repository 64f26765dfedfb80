"""The three content modes: the rules of the HTTP binding, and the location of each error."""

import json
import time
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rapport.intake.content_modes import UnreadEvent, header_text, read_events
from rapport.intake.validation import validate
from rapport_schemas.docs.examples import EXAMPLES
from rapport_schemas.wire.envelope import read_envelope
from rapport_schemas.wire.http import (
    BATCH_TYPE,
    BODY_BYTES_MAX,
    HTTP_REASONS,
    JSON_TYPE,
    STATUS_OF_REASON,
    STRUCTURED_TYPE,
)
from rapport_schemas.wire.rejection import REASONS, Rejected

NAME = "rapport.ticket.opened.v1"
GOOD = {
    "specversion": "1.0",
    "id": "1",
    "source": "urn:acme:desk",
    "type": NAME,
    "time": "2026-03-02T09:30:00Z",
}
DATA = json.dumps(EXAMPLES[NAME].good).encode()


def first(kind, headers, body):
    """Return the record of a request with one event, or what refuses it."""
    try:
        (offered,) = read_events(kind, headers, body)
        return offered.rejected if isinstance(offered, UnreadEvent) else validate(offered, None)
    except Rejected as rejected:
        return rejected


def binary(body=DATA, **changes):
    headers = {**{f"ce-{name}": text for name, text in GOOD.items()}, **changes}
    pairs = [
        (name.replace("_", "-").encode(), text if isinstance(text, bytes) else text.encode())
        for name, text in headers.items()
        if text is not None
    ]
    return first(JSON_TYPE, pairs, body)


def structured(**changes):
    document = {**GOOD, "data": EXAMPLES[NAME].good, **changes}
    return first(STRUCTURED_TYPE, [], json.dumps(document).encode())


@pytest.mark.parametrize(
    ("raw", "text"),
    [
        (b"Euro%20%E2%82%AC%20%F0%9F%98%80", "Euro € 😀"),
        (b'"a \\"quoted\\" \\\\ value"', 'a "quoted" \\ value'),
        (b'"100%25"', "100%"),
        (b"%2525", "%25"),
        (b"caf\xc3\xa9", "café"),
        (b"100%", "100%"),
        (b'"', '"'),
    ],
)
def test_a_header_is_unquoted_and_percent_decoded_once(raw, text):
    assert header_text(raw, "") == text


@given(st.text())
def test_what_was_percent_encoded_comes_back(text):
    assert header_text(quote(text, safe="").encode(), "") == text


@pytest.mark.parametrize(
    ("changes", "reason", "path"),
    [
        ({"ce-id": None}, "not-cloudevent", "headers.ce-id"),
        ({"ce-id": ""}, "not-cloudevent", "headers.ce-id"),
        ({"ce-id": "x" * 300}, "not-cloudevent", "headers.ce-id"),
        ({"ce-id": b"%FF"}, "not-cloudevent", "headers.ce-id"),
        ({"CE-ID": "2"}, "not-cloudevent", "headers.ce-id"),
        ({"ce-specversion": "0.3"}, "not-cloudevent", "headers.ce-specversion"),
        ({"ce-time": "yesterday"}, "invalid", "time"),
        ({"ce-type": "com.other"}, "unknown-type", "type"),
        ({"ce-type": "rapport.ticket.opened.v9"}, "unknown-version", "type"),
        ({f"ce-{name}": None for name in GOOD}, "not-cloudevent", "headers"),
    ],
)
def test_a_wrong_header_is_named_as_it_was_sent(changes, reason, path):
    refused = binary(**changes)
    assert isinstance(refused, Rejected)
    assert (refused.reason, refused.path) == (reason, path)


@pytest.mark.parametrize(
    ("changes", "reason", "path"),
    [
        ({"id": 5}, "not-cloudevent", "id"),
        ({"id": None}, "not-cloudevent", "id"),
        ({"source": ["a"]}, "not-cloudevent", "source"),
        ({"datacontenttype": "text/xml"}, "not-cloudevent", "datacontenttype"),
        ({"data": None}, "not-cloudevent", "data"),
        ({"data_base64": "aGk="}, "not-cloudevent", "data_base64"),
        ({"data": []}, "invalid", "data"),
        ({"data": {**EXAMPLES[NAME].good, "priority": "P9"}}, "invalid", "data.priority"),
    ],
)
def test_a_wrong_attribute_of_a_document_is_named(changes, reason, path):
    refused = structured(**changes)
    assert isinstance(refused, Rejected)
    assert (refused.reason, refused.path) == (reason, path)


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (b"", "not-json"),
        (b"\xff", "not-json"),
        (b'{"a":NaN}', "not-json"),
        (b"[" * 10_000, "not-cloudevent"),
        (b'{"data":' * 10_000, "not-json"),
        (b'{"id":"\\ud800"}', "not-json"),
        (b"[]", "not-cloudevent"),
        (b"3", "not-cloudevent"),
    ],
    ids=lambda value: repr(value[:12]),
)
def test_a_document_that_is_no_event_is_refused(body, reason):
    assert first(STRUCTURED_TYPE, [], body).reason == reason


def with_duplicate(member):
    """A structured event that says a member, and then all of them."""
    return f"{{{member}, {json.dumps({**GOOD, 'data': EXAMPLES[NAME].good})[1:]}".encode()


@pytest.mark.parametrize(
    ("refuse", "path"),
    [
        (lambda: binary(DATA[:-1] + b', "client": "law"}'), "data.client"),
        (lambda: binary(DATA[:-1] + b', "later": [{"a": 1, "a": 1}]}'), "data.later.0.a"),
        (lambda: first(STRUCTURED_TYPE, [], with_duplicate('"id": "1"')), "id"),
        (lambda: first(STRUCTURED_TYPE, [], with_duplicate('"\\u0069d" : 1')), "id"),
        (lambda: first(STRUCTURED_TYPE, [], with_duplicate('"data": {"client": "law"}')), "data"),
        (lambda: first(STRUCTURED_TYPE, [], with_duplicate(f'"data": "{"x" * 70_000}"')), ""),
        (lambda: first(BATCH_TYPE, [], b"[%b]" % with_duplicate('"id": "1"')), "id"),
    ],
    ids=[
        "data",
        "unknown",
        "id",
        "with a code",
        "data twice",
        "long",
        "batch",
    ],
)
def test_a_key_that_is_there_twice_is_refused_with_its_location(refuse, path):
    refused = refuse()
    assert (refused.reason, refused.path) == ("not-json", path)


def test_of_a_long_event_no_attribute_is_looked_for():
    refused = first(STRUCTURED_TYPE, [], with_duplicate(f'"data": "{"x" * 70_000}"'))
    assert refused.detail == "an attribute, or the data, is repeated"


def test_one_event_of_a_batch_that_says_a_key_twice_is_refused_alone():
    good = json.dumps({**GOOD, "data": json.loads(DATA)}).encode()
    inside = good.replace(b'"client"', b'"client": "law", "client"')
    body = b"[%b, %b, %b]" % (with_duplicate('"id": "1"'), good, inside)
    outcomes = [
        one.rejected if isinstance(one, UnreadEvent) else _admitted(one)
        for one in read_events(BATCH_TYPE, [], body)
    ]
    assert [getattr(one, "reason", "taken") for one in outcomes] == [
        "not-json",
        "taken",
        "not-json",
    ]


def test_extensions_are_kept_and_the_partition_key_is_the_client():
    record = structured(partitionkey="law", depth=3, sampled=True, subject="INC 1", absent=None)
    found = dict(record.headers)
    assert (found["ce_depth"], found["ce_sampled"], found["ce_subject"]) == (
        b"3",
        b"true",
        b"INC 1",
    )
    assert (record.key, found["ce_partitionkey"]) == (b"finance", b"finance")
    assert "ce_absent" not in found


def test_an_attribute_that_cannot_be_passed_on_is_left_out():
    odd = {"ce-a-b": "1", "ce-datacontenttype": "x", "ce-long": "x" * 3000, "ce-empty": ""}
    many = {f"ce-n{number}": "1" for number in range(80)}
    found = dict(binary(**odd, **many).headers)
    assert sum(name.startswith("ce_n") for name in found) == 64 - len(GOOD)
    assert not {"ce_a-b", "ce_datacontenttype", "ce_long", "ce_empty"} & set(found)
    written = structured(depth=1.5, wide=2**40, Upper="1", list=[1], subject=5, empty="")
    assert {name for name, _ in written.headers} == {
        *(f"ce_{name}" for name in GOOD),
        *("ce_partitionkey", "content-type"),
    }


def test_data_stays_as_it_was_down_to_the_spaces():
    data = '{ "client" :"finance", "ticket_id":"1",\n "later": [1.0, 1e2, 12345678901234567890] }'
    attributes = json.dumps({**GOOD, "type": "rapport.ticket.reopened.v1"})
    document = f'{attributes[:-1]}, "data" : {data} }}'
    for kind, body in ((STRUCTURED_TYPE, document), (BATCH_TYPE, f" [ {document} ] ")):
        assert first(kind, [], body.encode()).value == data.encode()


def test_the_worst_bodies_do_not_hold_up_the_others_for_long():
    texts = ('{"k%d":1}', "{}", "1", "0.125", '"\\u1234"')
    for text in texts:
        count = 900_000 // (len(text) + 2)
        items = ",".join(text % n if "%" in text else text for n in range(count))
        document = json.dumps({**GOOD, "data": 0})[:-2] + f"[{items}]}}"
        twice = f'{{"id": "0", {document[1:]}'
        for one in (document, twice):
            body = f"[{','.join([one] * 8)}]".encode()
            started = time.thread_time()
            assert len(read_events(BATCH_TYPE, [], body)) == 8
            assert time.thread_time() - started < 0.5


def test_a_batch_is_bounded_and_must_be_an_array():
    many = json.dumps([{}] * 1001).encode()
    assert first(BATCH_TYPE, [], many).reason == "too-big"
    assert first(BATCH_TYPE, [], b"{}").reason == "not-cloudevent"
    assert read_events(BATCH_TYPE, [], b"[]") == []


@given(
    st.sampled_from(list(BODY_BYTES_MAX)),
    st.lists(st.tuples(st.binary(max_size=12).map(b"ce-".__add__), st.binary(max_size=30))),
    st.binary(max_size=200)
    | st.recursive(
        st.none() | st.booleans() | st.floats() | st.text(),
        lambda inner: (
            st.lists(inner)
            | st.dictionaries(st.sampled_from([*GOOD, "data", "data_base64"]) | st.text(), inner)
        ),
        max_leaves=12,
    ).map(lambda value: json.dumps(value).encode()),
)
def test_no_request_crashes_the_reader(kind, headers, body):
    try:
        found = read_events(kind, headers, body)
    except Rejected as rejected:
        found = [UnreadEvent(None, rejected)]
    for one in found:
        result = one.rejected if isinstance(one, UnreadEvent) else _admitted(one)
        if isinstance(result, Rejected):
            assert result.reason in STATUS_OF_REASON


def _admitted(offered):
    try:
        return validate(offered, None)
    except Rejected as rejected:
        return rejected


@given(st.text(min_size=1, max_size=40), st.text(min_size=1, max_size=40))
def test_what_is_admitted_the_worker_reads_as_it_was_sent(event_id, source):
    record = structured(id=event_id, source=source)
    if isinstance(record, Rejected):
        assert record.reason == "not-cloudevent"
        return
    envelope = read_envelope(record.value, record.headers)
    assert (envelope.id, envelope.source, envelope.type) == (event_id, source, NAME)


def test_every_reason_has_words_and_a_status():
    assert set(HTTP_REASONS) <= set(STATUS_OF_REASON)
    assert set(STATUS_OF_REASON) <= set(HTTP_REASONS) | set(REASONS)
