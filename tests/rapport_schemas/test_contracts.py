"""One suite over every contract: a new one is tested before a test is written for it."""

import itertools
import json
from datetime import UTC, datetime
from typing import get_args

import jsonschema
import pytest
from aiokafka import TopicPartition
from cloudevents.http import CloudEvent
from cloudevents.kafka import KafkaMessage, from_binary, to_binary, to_structured
from pydantic import BaseModel

from rapport.domain.events.facts import FACT_TYPES, posting
from rapport.kafka.record_batch import Record
from rapport.worker.ingest.dead_letter import KEPT_BYTES_MAX, dead_letter
from rapport_schemas.docs.examples import EXAMPLES
from rapport_schemas.docs.render import contract_documents, render_json_schemas
from rapport_schemas.wire.dead_letter import DEAD_LETTER_HEADER
from rapport_schemas.wire.envelope import read_envelope, write_binary
from rapport_schemas.wire.registry import CONTRACTS, DEAD_LETTER, EVERY_CONTRACT, PUBLISHED, TOPICS
from rapport_schemas.wire.rejection import REASONS, Rejected

AT = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)
DOCUMENTS = contract_documents()
FORMATS = jsonschema.FormatChecker(["date"])
ODD_VALUES = (
    *(None, True, 0, -1, 1, 1.5, 101, 10**16),
    *(
        "",
        "x",
        "X",
        "-",
        "2026-02-30",
        "2026-03-02",
        "EUR",
        "P1",
        "a" * 65,
        "a" * 300,
        "a" * 65_537,
    ),
    *([], [1], ["x"], [{}], {}),
)
every_contract = pytest.mark.parametrize("name", sorted(CONTRACTS))
BROKEN_BY_A_RULE = {
    *("rapport.ticket.rated.v1", "rapport.survey.answered.v1"),
    *("rapport.relationship.action-recorded.v1", "rapport.relationship.cancelled.v1"),
}
KEYS = {
    "rapport.supplier.approved.v1": b"finance|Acme Cloud",
    "rapport.supplier.approval-withdrawn.v1": b"finance|Acme Cloud",
    "rapport.agreed-text.message-agreed.v1": b"message|finance",
    "rapport.agreed-text.offer-described.v1": b"offer|finance",
    "rapport.agreed-text.withdrawn.v1": b"offer|finance",
}
"""Event type -> the key of the example's record, where it is not the client."""
every_document = pytest.mark.parametrize("name", sorted(EVERY_CONTRACT))


def model_takes(name, data):
    try:
        EVERY_CONTRACT[name].decode(as_json(data))
    except Rejected:
        return False
    return True


def models_of(annotation):
    """Yield the models in a type: itself, and those of its fields."""
    for inner in get_args(annotation):
        yield from models_of(inner)
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
        for field in annotation.model_fields.values():
            yield from models_of(field.annotation)


def as_json(values):
    return json.dumps(values).encode()


@every_contract
def test_it_has_an_example_that_is_good_and_a_topic(name):
    data = CONTRACTS[name].decode(as_json(EXAMPLES[name].good))
    assert data.client == "finance"
    assert CONTRACTS[name].topic in TOPICS


@every_contract
def test_an_invalid_example_is_refused_with_its_path(name):
    example = EXAMPLES[name]
    with pytest.raises(Rejected) as refused:
        CONTRACTS[name].decode(as_json({**example.good, **example.broken}))
    assert (refused.value.reason, refused.value.path) == ("invalid", example.path)
    assert refused.value.reason in REASONS


@every_contract
def test_what_is_written_in_binary_mode_is_read_again(name):
    data = CONTRACTS[name].decode(as_json(EXAMPLES[name].good))
    topic, key, value, headers = write_binary(data, event_id="e-1", source="urn:test", time=AT)
    envelope = read_envelope(value, headers)
    assert (topic, key) == (CONTRACTS[name].topic, KEYS.get(name, b"finance"))
    assert envelope[:4] == ("e-1", "urn:test", name, int(AT.timestamp()))
    assert CONTRACTS[name].decode(envelope.data) == data


@every_contract
def test_the_cloudevents_sdk_reads_it_and_we_read_what_the_sdk_writes(name):
    data = CONTRACTS[name].decode(as_json(EXAMPLES[name].good))
    _, key, value, headers = write_binary(data, event_id="e-1", source="urn:test", time=AT)
    event = from_binary(KafkaMessage(headers=dict(headers), key=key.decode(), value=value))
    assert (event["id"], event["type"], event["partitionkey"]) == ("e-1", name, key.decode())
    attributes = {"id": "e-2", "source": "urn:lib", "type": name, "time": AT.isoformat()}
    attributes["datacontenttype"] = "application/json"
    written = CloudEvent({**attributes, "partitionkey": "finance"}, EXAMPLES[name].good)
    for message in (to_binary(written), to_structured(written)):
        envelope = read_envelope(message.value, list(message.headers.items()))
        assert envelope[:4] == ("e-2", "urn:lib", name, int(AT.timestamp()))
        assert CONTRACTS[name].decode(envelope.data) == data


@every_document
def test_its_json_schema_is_valid_and_takes_the_good_example_and_refuses_the_broken(name):
    example, schema = EXAMPLES[name], DOCUMENTS[name]
    jsonschema.Draft202012Validator.check_schema(schema)
    validator = jsonschema.Draft202012Validator(schema, format_checker=FORMATS)
    assert validator.is_valid(example.good)
    refused = not validator.is_valid({**example.good, **example.broken})
    assert refused == (name not in BROKEN_BY_A_RULE)


@every_document
def test_its_json_schema_takes_what_its_model_takes_apart_from_the_rules_that_it_states(name):
    """The gate compares schemas, so a schema must say what its model does."""
    good, schema = EXAMPLES[name].good, DOCUMENTS[name]
    validator = jsonschema.Draft202012Validator(schema, format_checker=FORMATS)
    for field, value in itertools.product(schema["properties"], ODD_VALUES):
        data = {**good, field: value}
        taken, stated = validator.is_valid(data), "x-rules" in json.dumps(schema)
        assert model_takes(name, data) in ({False, True} if taken and stated else {taken}), data


@every_document
def test_every_field_is_described_and_every_rule_between_fields_is_stated(name):
    for model in models_of(EVERY_CONTRACT[name].model):
        schema = model.model_json_schema()
        assert schema["description"], model
        assert all("description" in field for field in schema["properties"].values()), model
        ruled = bool(model.__pydantic_decorators__.model_validators)
        assert ruled == ("x-rules" in schema), model


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


@pytest.mark.parametrize("name", sorted(CONTRACTS.keys() - FACT_TYPES))
def test_it_leaves_nothing_in_the_ledger(name):
    data = CONTRACTS[name].decode(as_json(EXAMPLES[name].good))
    assert posting(name, data, b"urn:test", b"e-1", 20_514, lambda _: ())[1] is None


def test_every_contract_is_rendered_once():
    assert {f"{name}.json" for name in EVERY_CONTRACT} <= render_json_schemas().keys()


def test_events_that_rapport_publishes_are_refused_from_others():
    assert not CONTRACTS.keys() & {*PUBLISHED, DEAD_LETTER.type}
    name = "rapport.health.score-changed.v1"
    change = PUBLISHED[name].decode(as_json(EXAMPLES[name].good))
    _, _, value, headers = write_binary(change, event_id="e", source="urn:forger", time=AT)
    with pytest.raises(Rejected) as refused:
        read_envelope(value, headers)
    assert refused.value.reason == "unknown-type"


@pytest.mark.parametrize("length", [0, 10, KEPT_BYTES_MAX + 1])
@pytest.mark.parametrize("reason", REASONS)
def test_the_header_of_a_dead_letter_is_what_its_contract_says(reason, length):
    record = Record(2, b"k", b"x" * length, ())
    _, _, headers = dead_letter(
        TopicPartition("tickets", 1), record, Rejected(reason, "data.score", "too high")
    )
    header = DEAD_LETTER.decode(dict(headers)[DEAD_LETTER_HEADER])
    assert (header.reason, header.length) == (reason, length)
    jsonschema.validate(json.loads(headers[0][1]), DOCUMENTS[DEAD_LETTER.type])
