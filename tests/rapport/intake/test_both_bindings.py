"""One table of CloudEvents, sent to the worker's decoder and over HTTP: both read the same.

The cases K1 to K31 are those of `tests/data/field/25-kafka-probes.py`, by their names there.
"""

import base64
import json
from datetime import UTC, datetime
from http.client import HTTPConnection
from typing import NamedTuple
from urllib.parse import quote_from_bytes, urlsplit

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rapport.domain.events.decoder import decode_carefully, decode_event
from rapport.intake.content_modes import UnreadEvent, read_events
from rapport.intake.validation import validate
from rapport_schemas.wire.content_type import BATCH_TYPE, STRUCTURED_TYPE
from rapport_schemas.wire.rejection import Rejected

SOURCE = "urn:acme:desk"
NOW = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
DATA = {"client": "finance", "ticket_id": "T1", "kind": "incident", "priority": "P2"}
ATTRIBUTES = {
    "specversion": "1.0",
    "id": "T1/opened",
    "source": SOURCE,
    "type": "rapport.ticket.opened.v1",
    "time": NOW,
}
STRUCTURED = STRUCTURED_TYPE.encode()
MARK = b"\xef\xbb\xbf"
ABSENT = object()
READ = "read"
WRONG_TYPE = ("not-cloudevent", "headers.content-type")


class Case(NamedTuple):
    """An event, and what both bindings say of it; a header `ce-…` is `ce_…` in Kafka."""

    headers: list
    body: bytes
    expected: object = READ
    over_http: object = None
    """What HTTP says, where it must differ."""
    only_kafka: bool = False
    """Whether HTTP cannot even carry it."""


def as_json(value):
    return json.dumps(value).encode()


def binary(*extra, body=None, content_type=b"application/json", without=(), **attributes):
    pairs = {**ATTRIBUTES, **attributes}
    headers = [
        (f"ce-{name}", text if isinstance(text, bytes) else text.encode())
        for name, text in pairs.items()
        if name not in without
    ]
    headers += [] if content_type is ABSENT else [("content-type", content_type)]
    return [*headers, *extra], as_json(DATA) if body is None else body


def structured(*extra, content_type=STRUCTURED, mark=b"", **members):
    document = {**ATTRIBUTES, "datacontenttype": "application/json", "data": DATA, **members}
    body = as_json({name: value for name, value in document.items() if value is not ABSENT})
    headers = [] if content_type is ABSENT else [("content-type", content_type)]
    return [*headers, *extra], mark + body


def in_base64(value, **members):
    text = base64.b64encode(value).decode()
    return structured(data=ABSENT, data_base64=text, **members)


def refused(path, reason="not-cloudevent"):
    return reason, path


METADATA = binary(content_type=ABSENT)[0]
NOTHING = ("wrong-content-type", "")
CASES = {
    # K25: of the headers, only ce_* and content-type are looked at.
    "K1 binary": Case(*binary()),
    "K2 traceparent twice": Case(*binary(("traceparent", b"00-a"), ("traceparent", b"00-b"))),
    "K3 a foreign header without value": Case(*binary(("x", None)), only_kafka=True),
    "K4 a foreign header of bytes": Case(*binary(("aeg-output-event-id", b"\x98\x4d\xb3\xff"))),
    "K5 a charset": Case(*binary(content_type=b"application/json;charset=UTF-8")),
    "K6 a charset and bytes": Case(
        *binary(("aeg", b"\x98\xff"), content_type=b"application/json;charset=UTF-8")
    ),
    "K7 a charset and no value": Case(
        *binary(("x", None), content_type=b"application/json;charset=UTF-8"), only_kafka=True
    ),
    "K8 the data's type in an attribute": Case(
        *binary(content_type=ABSENT, datacontenttype="application/json")
    ),
    "an unused attribute twice": Case(*binary(("ce-traceid", b"1"), ("ce-traceid", b"2"))),
    "an unused attribute without value": Case(*binary(("ce-traceid", None)), only_kafka=True),
    "an unused attribute, empty": Case(*binary(tracestate="")),
    "an unused attribute, not UTF-8": Case(*binary(("ce-traceid", b"\xff"))),
    "an unused attribute with a control character": Case(*binary(traceid="a\x00b")),
    "an unused attribute, long": Case(*binary(traceid="x" * 3_000)),
    "an unused attribute with an odd name": Case(*binary(("ce-trace-id", b"1"))),
    "a hundred foreign headers": Case(*binary(*((f"x-{n}", b"1") for n in range(80)))),
    "an empty subject": Case(*binary(subject="", dataschema="no uri at all")),
    "id twice": Case(*binary(("ce-id", b"2")), refused("headers.ce-id")),
    "the same id twice": Case(*binary(("ce-id", b"T1/opened")), refused("headers.ce-id")),
    "id empty": Case(*binary(id=""), refused("headers.ce-id")),
    "id not UTF-8": Case(*binary(id=b"\xff"), refused("headers.ce-id")),
    "id with a control character": Case(*binary(id="a\x00b")),
    "id of another script": Case(*binary(id="\u043f\u0443\u0442\u044c")),
    "id too long": Case(*binary(id="x" * 257), refused("headers.ce-id")),
    "source too long": Case(
        *binary(source=f"{SOURCE}{'x' * 2_048}"), refused("headers.ce-source")
    ),
    "no id": Case(*binary(without=["id"]), refused("headers.ce-id")),
    "no time": Case(*binary(without=["time"]), refused("headers.ce-time")),
    "specversion 0.3": Case(*binary(specversion="0.3"), refused("headers.ce-specversion")),
    "K31 a quoted time": Case(
        # Over HTTP, a quoted value is unquoted by the binding.
        *binary(time=f'"{NOW}"'), refused("time", "invalid"), over_http=READ
    ),
    # K26: the content type decides the mode.
    "K10 structured, with a charset": Case(
        *structured(content_type=STRUCTURED + b"; charset=UTF-8")
    ),
    "K11 structured, with metadata headers": Case(*structured(*METADATA)),
    "structured, with other metadata headers": Case(*structured(("ce-id", b"other"))),
    "structured, with a broken metadata header": Case(*structured(("ce-id", b"\xff"))),
    "K12 structured, no content type": Case(*structured(content_type=ABSENT), over_http=NOTHING),
    "K13 the same, and bytes": Case(
        *structured(("aeg", b"\x81\x01\xff"), content_type=ABSENT), only_kafka=True
    ),
    "K14 structured and bytes": Case(
        *structured(("aeg", b"\x81\x01\xff")), only_kafka=True
    ),
    "K16 a media type in capitals": Case(
        *structured(content_type=b"Application/CloudEvents+JSON")
    ),
    "binary, a media type in capitals": Case(*binary(content_type=b"APPLICATION/JSON")),
    "K22 structured by a header of another name": Case(
        *structured(("contentType", b'"x"'), content_type=ABSENT), over_http=NOTHING
    ),
    "K27 data labelled as an event": Case(
        *binary(content_type=STRUCTURED), refused("data")
    ),
    "K28 structured, with the type of its data": Case(
        *structured(content_type=b"application/json")
    ),
    "K29 a batch": Case(
        [("content-type", BATCH_TYPE.encode())],
        as_json([{**ATTRIBUTES, "data": DATA}]),
        WRONG_TYPE,
        over_http=READ,
    ),
    "K30 a content type without value": Case(*structured(content_type=None), only_kafka=True),
    "the content type twice": Case(
        *binary(("content-type", b"application/json")), only_kafka=True
    ),
    "two content types": Case(
        *binary(("content-type", b"text/xml")), WRONG_TYPE, only_kafka=True
    ),
    "text/json": Case(*binary(content_type=b"text/json")),
    "a type of JSON": Case(*binary(content_type=b"application/vnd.acme.ticket+json; v=2")),
    "XML": Case(*binary(content_type=b"application/xml"), WRONG_TYPE),
    "another charset": Case(*binary(content_type=b"application/json; charset=utf-16"), WRONG_TYPE),
    "structured, another charset": Case(
        *structured(content_type=STRUCTURED + b'; charset="utf-16"'), WRONG_TYPE
    ),
    "Avro": Case(*structured(content_type=b"application/cloudevents+avro"), WRONG_TYPE),
    # K28: what other libraries write.
    "Dapr's envelope": Case(
        *structured(
            pubsubname="kafka", topic="tickets", traceid="00-00", traceparent="", tracestate=""
        )
    ),
    "K26 extensions of every type": Case(
        *structured(subject=None, sequence=5, sampled=True, depth=1.5, list=[1], object={"a": {}})
    ),
    "extensions with odd names": Case(
        *structured(**{"Upper": "1", "under_score": "1", 'qu"ote': "1", "": "", "x" * 99: "1"})
    ),
    "a number beyond 32 bits": Case(*structured(sequence=2**40)),
    "K17 data in base64": Case(*in_base64(as_json(DATA))),
    "data in base64 with a byte order mark": Case(*in_base64(MARK + as_json(DATA))),
    "data in base64, and null": Case(
        *structured(data=None, data_base64=base64.b64encode(as_json(DATA)).decode())
    ),
    "data in base64 that is no JSON": Case(*in_base64(b"\x00\x01"), refused("data", "not-json")),
    "data in base64 with a key twice": Case(
        *in_base64(as_json(DATA)[:-1] + b', "client": "law"}'), refused("data.client", "not-json")
    ),
    "data and base64": Case(
        *structured(data_base64=base64.b64encode(as_json(DATA)).decode()), refused("data_base64")
    ),
    "base64 that is none": Case(
        *structured(data=ABSENT, data_base64="e30"), refused("data_base64")
    ),
    "base64 that is no text": Case(
        *structured(data=ABSENT, data_base64=[1]), refused("data_base64")
    ),
    "base64 of Avro": Case(
        *in_base64(as_json(DATA), datacontenttype="application/avro"), refused("datacontenttype")
    ),
    "no data": Case(*structured(data=ABSENT), refused("data")),
    "null data": Case(*structured(data=None), refused("data")),
    "K18 data as text": Case(*structured(data=json.dumps(DATA)), refused("data", "invalid")),
    "K23 a byte order mark": Case(*structured(mark=MARK)),
    "binary, a byte order mark": Case(*binary(body=MARK + as_json(DATA))),
    "UTF-16": Case(*binary(body=json.dumps(DATA).encode("utf-16")), refused("data", "not-json")),
    "K24 a time without seconds": Case(
        *structured(time=f"{NOW[:16]}Z"), refused("time", "invalid")
    ),
    "K25 a zone without colon": Case(
        *structured(time=f"{NOW[:-1]}+0000"), refused("time", "invalid")
    ),
    "structured, no datacontenttype": Case(*structured(datacontenttype=ABSENT)),
    "structured, a null datacontenttype": Case(*structured(datacontenttype=None)),
    "structured, the data's type in capitals": Case(
        *structured(datacontenttype="Application/JSON; charset=UTF-8")
    ),
    "structured, data of text": Case(
        *structured(datacontenttype="text/plain"), refused("datacontenttype")
    ),
    "structured, a datacontenttype of an event": Case(
        *structured(datacontenttype=STRUCTURED_TYPE), refused("datacontenttype")
    ),
    "structured, a number as id": Case(*structured(id=7), refused("id")),
    "structured, a number as specversion": Case(
        *structured(specversion=1.0), refused("specversion")
    ),
    "structured, an id with a control character": Case(*structured(id="a\nb")),
    "K21 Confluent's magic byte": Case(
        *binary(body=b"\x00\x00\x00\x00\x2a" + as_json(DATA)), refused("data", "not-json")
    ),
    "a wrong value": Case(
        *structured(data={**DATA, "priority": "P9"}), refused("data.priority", "invalid")
    ),
    "an unknown type": Case(*binary(type="com.example.made-up"), refused("type", "unknown-type")),
    "an event within the data of an event that has no attributes": Case(
        [("content-type", STRUCTURED)],
        as_json({"data": {**ATTRIBUTES, "data": DATA}}),
        refused("specversion"),
    ),
}  # fmt: skip


def nothing(_text):
    return ()


def in_kafka(case):
    """Return what both of the worker's paths say: the event, or (reason, path)."""
    headers = [
        (name.replace("ce-", "ce_", 1) if name.startswith("ce-") else name, value)
        for name, value in case.headers
    ]
    outcomes = []
    for decode in (decode_event, decode_carefully):
        try:
            outcomes.append(decode(case.body, headers, nothing))
        except Rejected as rejected:
            outcomes.append((rejected.reason, rejected.path.replace("ce_", "ce-")))
    assert outcomes[0] == outcomes[1]
    return outcomes[0]


@pytest.mark.parametrize("name", CASES)
def test_the_worker_says_what_the_table_says(name):
    found = in_kafka(CASES[name])
    assert (found if len(found) == len(refused("a path")) else READ) == CASES[name].expected


def encoded(value):
    """A header's value as the HTTP binding encodes it."""
    return (
        quote_from_bytes(value, safe='/:;=+-., "')
        if any(not 32 < b < 127 for b in value)
        else value
    )


def post(intake, case):
    """Send a case over HTTP; return None when it was taken, or (reason, path)."""
    connection = HTTPConnection(urlsplit(intake.url).netloc, timeout=30)
    connection.putrequest("POST", "/events")
    connection.putheader("Authorization", f"Bearer {intake.desk}")
    connection.putheader("Content-Length", str(len(case.body)))
    for name, value in case.headers:
        connection.putheader(name, encoded(value) if name.startswith("ce-") else value)
    connection.endheaders(case.body)
    answer = connection.getresponse()
    body = answer.read()
    connection.close()
    if answer.status == 202:
        return None
    if answer.getheader("Content-Type") != "application/problem+json":
        return answer.status, body
    document = json.loads(body)
    return document["reason"], document["path"]


@pytest.mark.kafka
def test_the_intake_says_the_same_and_passes_the_same_event_on(start, broker, published):
    intake = start(broker)
    said, expected, sent = {}, {}, []
    for name, case in CASES.items():
        if case.only_kafka:
            continue
        outcome = case.over_http or case.expected
        expected[name] = ("wrong-content-type", "") if outcome == WRONG_TYPE else outcome
        said[name] = post(intake, case) or READ
        if said[name] == case.expected == READ:
            sent.append(in_kafka(case))
    assert said == expected
    # By the source of the events that are of this test: other tests send under other ids.
    passed_on = [
        decode_event(record.value, record.headers, nothing)
        for record in published(SOURCE)
        if dict(record.headers)["ce_time"] == NOW.encode()
    ]
    assert set(map(repr, passed_on)) == set(map(repr, sent))


@pytest.mark.kafka
def test_a_refused_event_of_a_batch_is_answered_with_its_id(start, broker):
    good = {**ATTRIBUTES, "data": DATA}
    text = as_json(good).decode()
    batch = [
        text,
        json.dumps({**good, "id": "bad priority", "data": {**DATA, "priority": "P9"}}),
        json.dumps({**ATTRIBUTES, "id": "no data"}),
        json.dumps({**good, "id": "odd type", "datacontenttype": "text/plain"}),
        text.replace('"T1/opened"', '"twice"').replace('"data"', '"data": {}, "data"', 1),
        json.dumps({**good, "id": "x" * 300}),
        json.dumps({**good, "id": 7}),
        json.dumps({"data": DATA}),
        "3",
    ]
    intake = start(broker)
    connection = HTTPConnection(urlsplit(intake.url).netloc, timeout=30)
    headers = {"Authorization": f"Bearer {intake.desk}", "Content-Type": BATCH_TYPE}
    connection.request("POST", "/events", f"[{','.join(batch)}]", headers)
    results = json.loads(connection.getresponse().read())["results"]
    connection.close()
    assert [(one["id"], one["status"]) for one in results] == [
        ("T1/opened", 202),
        ("bad priority", 422),
        ("no data", 400),
        ("odd type", 400),
        ("twice", 400),
        ("x" * 300, 400),
        (None, 400),
        (None, 400),
        (None, 400),
    ]


def over_http(body, media_type):
    """What the intake passes on, decoded by the worker, or None when it is refused."""
    try:
        (event,) = read_events(media_type, [], body)
        if isinstance(event, UnreadEvent):
            return None
        record = validate(event, None)
    except Rejected:
        return None
    return decode_event(record.value, record.headers, nothing)


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=6,
)
TEXTS = st.sampled_from(
    [
        *("", "1.0", "x" * 256, "x" * 257, "\x00", "\x7f", "\u20ac", NOW, "application/json"),
        *("text/json", "TEXT/JSON", "text/plain", "e30=", "eyJjbGllbnQiOiJmIn0=", "a b"),
        *("rapport.ticket.opened.v1", "rapport.ticket.opened.v2", "rapport.client.removed.v1"),
    ]
)
NAMES = st.sampled_from([*ATTRIBUTES, "data", "data_base64", "datacontenttype", "subject", "Odd-1"])


@settings(max_examples=400)
@given(
    st.dictionaries(NAMES | st.text(max_size=5), VALUES | TEXTS | st.just(ABSENT), max_size=3),
    st.sampled_from([b"", MARK, b" "]),
    st.sampled_from([STRUCTURED_TYPE, BATCH_TYPE]),
)
def test_both_bindings_agree_on_any_document(changes, before, media_type):
    _, body = structured(**changes)
    try:
        in_worker = decode_carefully(before + body, [("content-type", STRUCTURED)], nothing)
    except Rejected as rejected:
        if rejected.reason == "foreign-type":
            return  # the intake sends it to its own topic
        in_worker = None
    in_batch = media_type == BATCH_TYPE
    request = before + (b"[" + body + b"]" if in_batch else body)
    assert over_http(request, media_type) == in_worker
