"""Every class of bad input, with the one result that it must have: what, why and where.

The numbers are those of the list of classes that this suite keeps: bytes 1-8, JSON 9-16,
CloudEvents 17-26, headers 27-34, values 35-44, identity 45-52, history 53-60. Volume, text and
configuration (61-84) are in the files beside this one.
"""

import json
import time
from datetime import UTC, datetime, timedelta

import pytest

NOW = datetime(2026, 3, 2, 12, tzinfo=UTC)
DOUBLINGS = 3
GROWTH_MAX = 3.0**DOUBLINGS
"""What takes time in proportion grows 8 times over three doublings, what takes it squared 64 times.
In between is room for caches that overflow, and for what else the machine does."""
RATED = {"client": "finance", "ticket_id": "T1", "score": 4, "lowest": 1, "highest": 5}
BOUGHT = {
    "client": "finance",
    "purchase_id": "P1",
    "purchased_on": "2026-03-01",
    "supplier": "Acme",
    "amount_minor": 100,
    "currency": "EUR",
}
RESOLVED = {"client": "finance", "ticket_id": "T1", "priority": "P1", "sla_met": True}
READ = "applied"
EMPTY = ("not-json", "data")


def event(data=None, kind="ticket.rated", key=b"finance", value=None, **attributes):
    """A record in binary mode; an attribute of None is left out."""
    present = {
        "ce_specversion": "1.0",
        "ce_id": "e1",
        "ce_source": "urn:test",
        "ce_type": f"rapport.{kind}.v1",
        "ce_time": NOW.isoformat().replace("+00:00", "Z"),
        "content-type": "application/json",
    } | {name.replace("content_type", "content-type"): item for name, item in attributes.items()}
    headers = [
        (name, item if isinstance(item, bytes) else item.encode())
        for name, item in present.items()
        if item is not None
    ]
    return key, json.dumps(data or RATED).encode() if value is None else value, headers


def structured(value=None, content_type=b"application/cloudevents+json", **changes):
    document = {
        "specversion": "1.0",
        "id": "e1",
        "source": "urn:test",
        "type": "rapport.ticket.rated.v1",
        "time": "2026-03-02T12:00:00Z",
        "data": RATED,
    } | changes
    present = {name: item for name, item in document.items() if item is not None}
    content = json.dumps(present).encode() if value is None else value
    return b"finance", content, [("content-type", content_type)]


def raw(value):
    return event(value=value)


def rated(**changes):
    return event(RATED | changes)


def bought(**changes):
    return event(BOUGHT | changes, "procurement.recorded")


def headed(*extra):
    key, value, headers = event()
    return key, value, [*headers, *extra]


def without_value():
    key, _, headers = event()
    return key, None, headers


def renamed(prefix):
    key, value, headers = event()
    return key, value, [(name.replace("ce_", prefix), item) for name, item in headers]


def half():
    return event(ce_id=None, ce_source=None)


def both_modes():
    key, value, headers = structured()
    return key, value, [*headers, *event()[2][:5]]


def doubled(member):
    """A structured event that says a member again, or says it first with an empty object."""
    text = structured()[1].decode()
    again = member + "}" if member.endswith("{") else member
    return text.replace(member, f"{again}, {member}").encode()


def answered(members):
    answers = b'[{"question": "trust", %b}]' % members
    value = b'{"client": "finance", "survey_id": "S", "viewpoint": "own", "answers": %b}' % answers
    return event(kind="survey.answered", value=value)


def many_keys():
    keys = ", ".join(f'"{number}": 1' for number in [*range(20_000), 0])
    return f'{TEXT[:-1]}, "other": {{{keys}}}, "text": "{"x" * 700_000}"}}'.encode()


def deep(opening, closing):
    return b'{"client": "finance", "other": ' + opening * 10_000 + closing * 10_000 + b"}"


TEXT = json.dumps(RATED)
BYTES_AND_JSON = [
    (1, "empty value", raw(b""), EMPTY),
    (2, "null value", without_value(), EMPTY),
    (3, "1 MiB of zeros", raw(bytes(1_048_576)), ("not-json", "data")),
    (3, "more than 1 MiB", raw(bytes(1_048_577)), ("too-big", "")),
    (4, "not UTF-8", raw(TEXT.replace("T1", "\xff").encode("latin-1")), ("not-json", "data")),
    (5, "UTF-16", raw(TEXT.encode("utf-16")), ("not-json", "data")),
    (6, "a byte order mark", raw(TEXT.encode("utf-8-sig")), READ),
    (7, "cut off", raw(TEXT[:-5].encode()), ("not-json", "data")),
    (8, "two documents", raw((TEXT + TEXT).encode()), ("not-json", "data")),
    (8, "structured, two documents", structured(b"{}{}"), ("not-json", "")),
    (9, "arrays 10,000 deep", raw(deep(b"[", b"]")), ("not-json", "data")),
    (9, "objects 10,000 deep", raw(deep(b'{"a":', b"}")), ("not-json", "data")),
    (9, "open arrays", raw(b"[" * 10_000), ("not-json", "data")),
    (9, "structured, deep", structured(deep(b"[", b"]")), ("not-json", "")),
    (10, "duplicate keys", raw(b'{"score": 9, ' + TEXT.encode()[1:]), ("not-json", "data.score")),
    (10, "duplicate keys: the same again", raw(b'{"score": 4, ' + TEXT.encode()[1:]),
     ("not-json", "data.score")),
    (10, "duplicate keys: with a code", raw(b'{"scor\\u0065" : 4, ' + TEXT.encode()[1:]),
     ("not-json", "data.score")),
    (10, "duplicate keys: the last is wrong", raw(TEXT.encode()[:-1] + b', "score": 9}'),
     ("not-json", "data.score")),
    (10, "duplicate keys in an unknown field",
     raw(TEXT.encode()[:-1] + b', "other": [{"a": 1, "a": 1}]}'), ("not-json", "data.other.0.a")),
    (10, "duplicate keys: in an answer", answered(b'"score": 4, "score": 4'),
     ("not-json", "data.answers.0.score")),
    (10, "structured, duplicate keys", structured(doubled('"id": "e1"')), ("not-json", "id")),
    (10, "structured, duplicate keys in the data", structured(doubled('"score": 4')),
     ("not-json", "data.score")),
    (10, "structured, data twice", structured(doubled('"data": {')), ("not-json", "data")),
    (10, "a megabyte of keys, one of them twice", raw(many_keys()), ("not-json", "data")),
    (11, "NaN", raw(TEXT.replace("4", "NaN").encode()), ("invalid", "data.score")),
    (11, "Infinity", raw(TEXT.replace("4", "Infinity").encode()), ("invalid", "data.score")),
    (11, "structured, NaN", structured(b'{"data": NaN}'), ("not-json", "")),
    (12, "1e400", raw(TEXT.replace("4", "1e400").encode()), ("invalid", "data.score")),
    (13, "an integer of 5,000 digits", raw(TEXT.replace("4", "4" * 5_000).encode()),
     ("not-json", "data")),
    (13, "an integer of 4,000 digits", raw(TEXT.replace("4", "4" * 4_000).encode()),
     ("invalid", "data.score")),
    (13, "structured, 5,000 digits", structured(b'{"data": ' + b"4" * 5_000 + b"}"),
     ("not-json", "")),
    (14, "a lone surrogate", raw(TEXT.replace("T1", "\\ud800").encode()), ("not-json", "data")),
    (15, "a NUL in an id is text", rated(ticket_id="T\0"), READ),
    (15, "a NUL in a client", rated(client="finance\0"), ("unknown-client", "data.client")),
    (16, "an array at the top", raw(b"[1]"), ("invalid", "data")),
    (16, "structured, an array", structured(b"[1]"), ("not-cloudevent", "")),
    (16, "a number at the top", raw(b"1"), ("invalid", "data")),
]  # fmt: skip
CLOUDEVENTS = [
    (17, "no id", event(ce_id=None), ("not-cloudevent", "headers.ce_id")),
    (17, "structured, no id", structured(id=None), ("not-cloudevent", "id")),
    (18, "empty id", event(ce_id=""), ("not-cloudevent", "headers.ce_id")),
    (18, "structured, an id of null", structured(id=7), ("not-cloudevent", "id")),
    (19, "an id of 10 KiB", event(ce_id="x" * 10_240), ("not-cloudevent", "headers.ce_id")),
    (20, "no source", event(ce_source=None), ("not-cloudevent", "headers.ce_source")),
    (20, "empty source", event(ce_source=""), ("not-cloudevent", "headers.ce_source")),
    (21, "no type", event(ce_type=None), ("not-cloudevent", "headers.ce_type")),
    (22, "unknown type", event(ce_type="com.example.made-up.v1"), ("unknown-type", "type")),
    (22, "a type of 100 KiB", event(ce_type="x" * 102_400), ("unknown-type", "type")),
    (22, "a type of the registry", event(kind="client.registered"), ("foreign-type", "type")),
    (23, "unknown version", event(ce_type="rapport.ticket.rated.v9"), ("unknown-version", "type")),
    (24, "specversion 0.3", event(ce_specversion="0.3"),
     ("not-cloudevent", "headers.ce_specversion")),
    (25, "time without zone", event(ce_time="2026-03-02T12:00:00"), ("invalid", "time")),
    (25, "no time", event(ce_time=None), ("not-cloudevent", "headers.ce_time")),
    (26, "XML", event(content_type="application/xml"),
     ("not-cloudevent", "headers.content-type")),
    (26, "structured, XML", structured(datacontenttype="text/xml"),
     ("not-cloudevent", "datacontenttype")),
    (26, "structured, data in base64", structured(data=None, data_base64="e30="),
     ("invalid", "data.client")),
]  # fmt: skip
HEADERS = [
    (27, "half the attributes", half(), ("not-cloudevent", "headers.ce_id")),
    (27, "no attributes", (b"finance", TEXT.encode(), []), ("not-cloudevent", "headers")),
    (28, "both modes at once: the content type decides", both_modes(), READ),
    (29, "a value not UTF-8", event(ce_id=b"\xff"), ("not-cloudevent", "headers.ce_id")),
    (29, "a name not UTF-8", headed((b"na\xffme", b"")), READ),
    (29, "no value", headed(("ce_extension", None)), READ),
    (29, "an attribute without value", (b"finance", TEXT.encode(), [("ce_id", None)]),
     ("not-cloudevent", "headers.ce_id")),
    (30, "a repeated header", headed(("ce_id", b"e1")), ("not-cloudevent", "headers.ce_id")),
    (31, "1,000 headers", headed(*((f"x-{at}", b"") for at in range(1_000))), READ),
    (31, "1,000 headers and no id", (b"finance", b"{}", [(f"x-{at}", b"") for at in range(1_000)]),
     ("not-cloudevent", "headers")),
    (32, "wrong case", renamed("CE_"), ("not-cloudevent", "headers.CE_specversion")),
    (33, "ce- for ce_", renamed("ce-"), ("not-cloudevent", "headers.ce-specversion")),
    (34, "percent-encoded values are text in Kafka", event(ce_id="a%20b"), READ),
    (34, "a percent-encoded type", event(ce_type="rapport.ticket%2Erated.v1"),
     ("unknown-type", "type")),
]  # fmt: skip
VALUES = [
    (35, "a negative amount", bought(amount_minor=-1), ("invalid", "data.amount_minor")),
    (36, "an amount with 5 decimals", bought(amount_minor=1.00001),
     ("invalid", "data.amount_minor")),
    (37, "unknown currency", bought(currency="XXQ"), ("invalid", "data.currency")),
    (38, "a score outside its scale", rated(score=6), ("invalid", "data")),
    (39, "a scale of one point", rated(score=1, highest=1), ("invalid", "data")),
    (40, "resolved before opened", event(RESOLVED | {"opened_at": "2026-03-02T10:00:00Z",
     "resolved_at": "2026-03-01T10:00:00Z"}, "ticket.resolved"), ("invalid", "data")),
    (41, "a date in 1969", bought(purchased_on="1969-12-31"), ("invalid", "data.purchased_on")),
    (41, "a date in 1970", bought(purchased_on="1970-01-01"), ("too-old", "time")),
    (42, "a date in 9999", bought(purchased_on="9999-01-01"), ("invalid", "data.purchased_on")),
    (42, "a time in 9999", event(ce_time="9999-12-31T23:59:59Z"), ("from-the-future", "time")),
    (43, "February 30", bought(purchased_on="2026-02-30"), ("invalid", "data.purchased_on")),
    (43, "a time on February 30", event(ce_time="2026-02-30T12:00:00Z"), ("invalid", "time")),
    (44, "a leap second", event(ce_time="2016-12-31T23:59:60Z"), ("invalid", "time")),
]  # fmt: skip
IDENTITY = [
    (45, "an unknown client", rated(client="nobody"), ("unknown-client", "data.client")),
    (46, "another case", rated(client="FiNaNcE"), READ),
    (47, "with spaces", rated(client=" finance "), READ),
    (48, "homoglyphs", rated(client="fin\u0430nce"), ("unknown-client", "data.client")),
    (49, "an alias of two clients: the lesser id", rated(client="money"), READ),
    (50, "an alias that is another's id: the id", rated(client="law"), READ),
    (51, "a key that disagrees with the body", event(key=b"somebody"), READ),
    (51, "no key", event(key=None), READ),
    (51, "on another client's partition", rated(client="elsewhere"), "forwarded to elsewhere"),
]
EVERY = BYTES_AND_JSON + CLOUDEVENTS + HEADERS + VALUES + IDENTITY


@pytest.mark.parametrize(
    ("record", "expected"),
    [row[2:] for row in EVERY],
    ids=[f"{number} {name}" for number, name, *_ in EVERY],
)
def test_one_record_yields_its_result_and_the_next_is_read(ingest_line, record, expected):
    assert ingest_line(NOW.timestamp()).outcome(record) == expected
    assert ingest_line(NOW.timestamp()).outcome(record, event(ce_id="next")).startswith(READ)


def keys_one_twice(size):
    keys = ", ".join(f'"{number}": 1' for number in [*range(size // 16), 0])
    return raw(f'{TEXT[:-1]}, "other": {{{keys}}}}}'.encode())


GROWING = {
    "keys, one of them twice": keys_one_twice,
    "a long text": lambda size: raw(f'{TEXT[:-1]}, "text": "{"x" * size}"}}'.encode()),
    "quotes as codes": lambda size: raw(
        f'{TEXT[:-1]}, "t": "{chr(92)}u0022{"y" * size}"}}'.encode()
    ),
    "spaces": lambda size: raw(TEXT.encode() + b" " * size),
    "arrays in arrays": lambda size: raw(b"[" * size + b"]" * size),
    "objects in an array": lambda size: raw(b"[" + b'{"a": 1},' * (size // 9) + b"1]"),
    "digits": lambda size: raw(TEXT.replace("4", "4" * size).encode()),
    "a long id": lambda size: event(ce_id="x" * size),
    "a long type": lambda size: event(ce_type="rapport." + "x.v" * (size // 3)),
    "a long time": lambda size: event(ce_time="9" * size),
    "headers": lambda size: headed(*((f"x-{at}", b"") for at in range(size // 32))),
    "a structured event": lambda size: structured(data=RATED | {"text": "x" * size}),
}
SIZE = 100_000


def cpu_seconds(ingest_line, raw_batch):
    """The least of some measurements: whatever else the machine does only adds to it."""
    measured = []
    for _ in range(5):
        line = ingest_line(NOW.timestamp())
        # What is compiled at the first event of a type is no part of reading one.
        line.outcome(event(), bought())
        started = time.process_time()
        line.batch(raw_batch)
        measured.append(time.process_time() - started)
    return min(measured)


@pytest.mark.parametrize("of_size", GROWING.values(), ids=GROWING)
def test_a_record_takes_time_in_proportion_to_its_size(ingest_line, build, of_size):
    record_bytes, sealed = build
    small, large = (
        cpu_seconds(ingest_line, sealed(record_bytes(0, *of_size(size)), 1))
        for size in (SIZE, SIZE << DOUBLINGS)
    )
    assert large / small < GROWTH_MAX


def test_every_class_up_to_60_is_tried():
    assert {number for number, *_ in EVERY} == {*range(1, 52)}


def correction(revision, **changes):
    return event(BOUGHT | {"revision": revision} | changes, "procurement.corrected")


def cancellation(revision):
    data = {name: BOUGHT[name] for name in ("client", "purchase_id", "purchased_on")}
    return event(data | {"revision": revision}, "procurement.cancelled")


def at(days):
    return event(ce_time=(NOW + timedelta(days=days)).isoformat())


HISTORY = [
    (53, "older than the horizon", [at(-401)], ("too-old", "time")),
    (54, "from the future", [at(1)], ("from-the-future", "time")),
    (54, "five minutes are forgiven", [at(4 / 1440)], READ),
    (55, "a correction before the original", [correction(1), bought()], "applied, superseded"),
    (56, "a correction of nothing", [correction(1)], READ),
    (57, "cancelled twice", [bought(), cancellation(1), cancellation(1)], "applied, duplicate"),
    (58, "a revision that goes down", [bought(), correction(2), correction(1)],
     "applied, superseded"),
    (59, "the same id with other content", [rated(), rated(score=5)], ("conflict", "id")),
    (60, "the same content with other ids", [event(), event(ce_id="e2")], READ),
]  # fmt: skip


@pytest.mark.parametrize(
    ("records", "expected"),
    [row[2:] for row in HISTORY],
    ids=[f"{number} {name}" for number, name, *_ in HISTORY],
)
def test_history_yields_what_the_ledger_says(ingest_line, records, expected):
    assert ingest_line(NOW.timestamp()).outcome(*records) == expected


def test_a_client_that_was_deleted_meanwhile_is_unknown_from_then_on(ingest_line):
    line = ingest_line(NOW.timestamp())
    assert line.outcome(event()) == READ
    line.directory.remove("finance")
    assert line.outcome(event(ce_id="later")) == ("unknown-client", "data.client")
    # An alias that another client claimed as well is that client's now; the name is free.
    assert line.directory.resolve("money") == "law"


def test_names_that_several_clients_claim_are_known_and_go_to_the_lesser_id(ingest_line):
    directory = ingest_line(0).directory
    assert sorted(directory.contested) == ["law", "money"]
    assert (directory.resolve("money"), directory.resolve("law")) == ("finance", "law")
