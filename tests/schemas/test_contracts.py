"""One suite over every contract: a new one is tested before a test is written for it."""

import json
from datetime import UTC, datetime

import jsonschema
import pytest
from cloudevents.http import CloudEvent
from cloudevents.kafka import KafkaMessage, from_binary, to_binary, to_structured

from rapport.schemas.envelope import read, write_binary
from rapport.schemas.examples import EXAMPLES
from rapport.schemas.generate import render_json_schemas
from rapport.schemas.registry import CONTRACTS, TOPICS
from rapport.schemas.rejections import REASONS, Rejected
from rapport.streams.core.facts import FACT_TYPES, posting

AT = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)
every_contract = pytest.mark.parametrize("name", sorted(CONTRACTS))


def as_json(values):
    return json.dumps(values).encode()


@every_contract
def test_it_has_an_example_that_is_good_and_a_topic(name):
    data = CONTRACTS[name].decode(as_json(EXAMPLES[name].good))
    assert data.client == "finance"
    assert CONTRACTS[name].topic in TOPICS


@every_contract
def test_a_broken_example_is_refused_with_the_place(name):
    example = EXAMPLES[name]
    with pytest.raises(Rejected) as refused:
        CONTRACTS[name].decode(as_json({**example.good, **example.broken}))
    assert (refused.value.reason, refused.value.path) == ("invalid", example.path)
    assert refused.value.reason in REASONS


@every_contract
def test_what_is_written_in_binary_mode_is_read_again(name):
    data = CONTRACTS[name].decode(as_json(EXAMPLES[name].good))
    topic, key, value, headers = write_binary(data, event_id="e-1", source="urn:test", time=AT)
    envelope = read(key, value, headers)
    assert (topic, key) == (CONTRACTS[name].topic, b"finance")
    assert envelope[:4] == ("e-1", "urn:test", name, int(AT.timestamp()))
    assert CONTRACTS[name].decode(envelope.data) == data


@every_contract
def test_the_cloudevents_library_reads_it_and_we_read_what_the_library_writes(name):
    data = CONTRACTS[name].decode(as_json(EXAMPLES[name].good))
    _, key, value, headers = write_binary(data, event_id="e-1", source="urn:test", time=AT)
    event = from_binary(KafkaMessage(headers=dict(headers), key=key.decode(), value=value))
    assert (event["id"], event["type"], event["partitionkey"]) == ("e-1", name, "finance")
    attributes = {"id": "e-2", "source": "urn:lib", "type": name, "time": AT.isoformat()}
    attributes["datacontenttype"] = "application/json"
    written = CloudEvent({**attributes, "partitionkey": "finance"}, EXAMPLES[name].good)
    for message in (to_binary(written), to_structured(written)):
        envelope = read(message.key, message.value, list(message.headers.items()))
        assert envelope[:4] == ("e-2", "urn:lib", name, int(AT.timestamp()))
        assert CONTRACTS[name].decode(envelope.data) == data


@every_contract
def test_its_json_schema_takes_the_good_and_refuses_the_broken(name):
    example, schema = EXAMPLES[name], CONTRACTS[name].adapter.json_schema()
    jsonschema.Draft202012Validator.check_schema(schema)
    jsonschema.validate(example.good, schema)


@every_contract
def test_a_newer_version_s_unknown_field_is_ignored(name):
    values = {**EXAMPLES[name].good, "added_in_a_later_version": 1}
    assert CONTRACTS[name].decode(as_json(values)).client == "finance"


@pytest.mark.parametrize("name", sorted(FACT_TYPES))
def test_it_leaves_the_same_fact_each_time(name):
    data = CONTRACTS[name].decode(as_json(EXAMPLES[name].good))
    first = posting(name, data, b"urn:test", b"e-1", 20_514, lambda _: ())
    assert first == posting(name, data, b"urn:test", b"e-1", 20_514, lambda _: ())
    hash(first[1].fact)


def test_every_contract_is_rendered_once():
    assert len(render_json_schemas()) >= len(CONTRACTS)
