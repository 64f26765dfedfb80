"""The conformance cases of CloudEvents 1.0, by their names, with an event of ours in each.

The cases are those of the project's suite: the features of both bindings, and the events of the
JSON format. Where Rapport takes more than the specification allows, the table says why.
"""

import json

import pytest

from rapport.domain.events.decoder import decode_carefully, decode_event
from rapport.intake.content_modes import read_events
from rapport.intake.validation import validate
from rapport_schemas.wire.content_type import JSON_TYPE, STRUCTURED_TYPE
from rapport_schemas.wire.rejection import Rejected

EVENT = {
    "specversion": "1.0",
    "type": "rapport.ticket.opened.v1",
    "time": "2018-04-05T03:56:24Z",
    "id": "1234-1234-1234",
    "source": "/mycontext/subcontext",
    "data": {"client": "finance", "ticket_id": "T1", "kind": "incident", "priority": "P2"},
}
ATTRIBUTES = {name: text for name, text in EVENT.items() if name != "data"}
ABSENT = object()
SECONDS = 1_522_900_584
NOT_USED = "an attribute that is not used refuses no event (decision 187)"
VALID = {
    "validMinimal": {},
    "validMinimalWithNullForOptional": {
        "datacontenttype": None,
        "dataschema": None,
        "subject": None,
    },
    "validMinimalWithTimeToNanosecondsUtc": {"time": "2018-04-05T03:56:24.000000000Z"},
    "validMinimalWithTimeUsingPositiveOffset": {"time": "2018-04-05T04:56:24+01:00"},
    "validMinimalWithTimeUsingNegativeOffset": {"time": "2018-04-05T02:56:24-01:00"},
    "validRelativeSource": {"source": "#fragment"},
    "validAllExtensionTypes": {
        "extinteger": 10,
        "extboolean": True,
        "extstring": "text",
        "exturi": "https://cloudevents.io",
        "exturiref": "//authority/path",
        "exttimestamp": "2023-03-31T15:12:00Z",
        "extbinary": "TWE=",
    },
}
INVALID = {
    "invalidNoSpecVersion": ({"specversion": ABSENT}, "specversion"),
    "invalidNoId": ({"id": ABSENT}, "id"),
    "invalidNoType": ({"type": ABSENT}, "type"),
    "invalidNoSource": ({"source": ABSENT}, "source"),
    "invalidTimeGarbage": ({"time": "lunchtime"}, "time"),
    "invalidTimeToMinute": ({"time": "2018-04-05T18:31Z"}, "time"),
    "invalidTimeOffsetX": ({"time": "2018-04-05T18:31:00X"}, "time"),
    "invalidTimeOffsetOutOfRange": ({"time": "2018-04-05T18:31:00+25:00"}, "time"),
    "invalidTimeOffsetNonInteger": ({"time": "2018-04-05T18:31:00+xx:00"}, "time"),
    "invalidTimeOffsetHourOnly": ({"time": "2018-04-05T18:31:00+05"}, "time"),
    "invalidEmptyId": ({"id": ""}, "id"),
    "invalidEmptyType": ({"type": ""}, "type"),
    "invalidEmptySource": ({"source": ""}, "source"),
    "invalidEmptySpecVersion": ({"specversion": ""}, "specversion"),
    "invalidUnknownSpecVersion": ({"specversion": "0.9"}, "specversion"),
    "invalidNonRfc2046DataContentType": ({"datacontenttype": "xyz"}, "datacontenttype"),
    "invalidNumericId": ({"id": 25}, "id"),
    "invalidObjectId": ({"id": {"xyz": "abc"}}, "id"),
    "invalidBothDataAndDataBase64": ({"data_base64": "eyAieHl6IjogMTIzIH0="}, "data_base64"),
    # Text is a valid event of CloudEvents, and none of ours: every contract is JSON.
    "validSimpleTextData": ({"datacontenttype": "text/plain", "data": "text"}, "datacontenttype"),
    # `time` is optional in CloudEvents; an event without its own time cannot be counted on its day.
    "a null time": ({"time": None}, "time"),
}
TAKEN_THOUGH_INVALID = {
    "invalidEmptyDataContentType": ({"datacontenttype": ""}, "no type is JSON"),
    "invalidEmptyDataSchema": ({"dataschema": ""}, NOT_USED),
    "invalidEmptySubject": ({"subject": ""}, NOT_USED),
    "invalidCapitalizedExtension": ({"MyExtension": "bad"}, NOT_USED),
    "invalidPunctuatedExtension": ({"my.extension": "bad"}, NOT_USED),
    "invalidNonIntegerExtensionValue": ({"my.extension": 1.5}, NOT_USED),
}
TAKEN = VALID | {name: changes for name, (changes, _) in TAKEN_THOUGH_INVALID.items()}


def document(changes):
    members = {name: value for name, value in {**EVENT, **changes}.items() if value is not ABSENT}
    return json.dumps(members).encode()


def nothing(_text):
    return ()


def outcome(read):
    try:
        return read()
    except Rejected as rejected:
        return rejected.path.replace("headers.ce-", "").replace("headers.ce_", "")


def everywhere(body, kafka_headers, media_type, http_headers):
    """Return what the worker's two paths and the intake say: equal events, or equal paths."""

    def over_http():
        (event,) = read_events(media_type, http_headers, body)
        record = validate(event, None)
        return decode_event(record.value, record.headers, nothing)

    found = [
        outcome(lambda: decode_event(body, kafka_headers, nothing)),
        outcome(lambda: decode_carefully(body, kafka_headers, nothing)),
        outcome(over_http),
    ]
    assert found[0] == found[1] == found[2]
    return found[0]


def structured(changes, content_type=STRUCTURED_TYPE):
    headers = [("content-type", content_type.encode())]
    return everywhere(document(changes), headers, STRUCTURED_TYPE, [])


def binary(content_type, **changes):
    texts = {
        name: text.encode()
        for name, text in {**ATTRIBUTES, **changes}.items()
        if text is not ABSENT
    }
    kafka = [
        *((f"ce_{name}", text) for name, text in texts.items()),
        ("content-type", content_type),
    ]
    http = [(f"ce-{name}".encode(), text) for name, text in texts.items()]
    return everywhere(json.dumps(EVENT["data"]).encode(), kafka, JSON_TYPE, http)


@pytest.mark.parametrize(
    "content_type", [STRUCTURED_TYPE, f"{STRUCTURED_TYPE}; charset=utf-8"], ids=["plain", "charset"]
)
def test_structured_content_mode(content_type):
    found = structured({}, content_type)
    assert (found[0], found[3]) == ("finance", SECONDS)


@pytest.mark.parametrize("content_type", [b"application/json", b"application/json; charset=utf-8"])
def test_binary_content_mode(content_type):
    found = binary(content_type)
    assert (found[0], found[3]) == ("finance", SECONDS)


@pytest.mark.parametrize("name", TAKEN)
def test_an_event_of_the_json_format_is_taken(name):
    found = structured(TAKEN[name])
    assert (found[0], found[3]) == ("finance", SECONDS)


@pytest.mark.parametrize("name", INVALID)
def test_an_event_of_the_json_format_is_refused_at_its_place(name):
    changes, path = INVALID[name]
    assert structured(changes) == path


@pytest.mark.parametrize("name", ATTRIBUTES)
def test_an_attribute_that_is_missing_in_binary_mode_is_refused_at_its_place(name):
    assert binary(b"application/json", **{name: ABSENT}) == name
