"""The AsyncAPI document: valid by the official schema, and whole."""

import json
from pathlib import Path

import jsonschema
import pytest
from jsonschema import Draft7Validator

from rapport_schemas.docs.asyncapi import asyncapi_document
from rapport_schemas.wire.registry import (
    AGREED_TEXTS_TOPIC,
    CONTRACTS,
    EVERY_CONTRACT,
    SUPPLIERS_TOPIC,
    TOPICS,
)

OFFICIAL = Path(__file__).parent / "asyncapi-specs"
SCHEMAS = Path(__file__).parents[3] / "schemas" / "json"
DOCUMENT = asyncapi_document()
MESSAGES = DOCUMENT["components"]["messages"]


def target(reference):
    """Return what a reference leads to, in this document or in a file beside it."""
    file, _, location = reference.partition("#")
    found = json.loads((SCHEMAS / file).read_text(encoding="utf-8")) if file else DOCUMENT
    for step in filter(None, location.split("/")):
        found = found[step]
    return found


def with_files(value):
    """Return a JSON value with every reference to a file replaced by what it leads to."""
    if isinstance(value, list):
        return [with_files(each) for each in value]
    if not isinstance(value, dict):
        return value
    reference = value.get("$ref", "#")
    if not reference.startswith("#"):
        return target(reference)
    return {name: with_files(each) for name, each in value.items()}


@pytest.fixture(scope="module")
def official_schema(npm_packages):
    """The schema from the package of the specification's own makers, by its locked hash."""
    location = npm_packages(OFFICIAL)
    schemas = location / "node_modules" / "@asyncapi" / "specs" / "schemas"
    return json.loads((schemas / "3.0.0.json").read_text())


@pytest.mark.parametrize("document", [DOCUMENT, with_files(DOCUMENT)], ids=["committed", "whole"])
def test_it_is_valid_by_the_official_schema(official_schema, document):
    errors = list(Draft7Validator(official_schema).iter_errors(document))
    assert [f"{error.json_path}: {error.message}"[:300] for error in errors] == []


def message_of(document):
    return document["components"]["messages"]["rapport.ticket.opened.v1"]


@pytest.mark.parametrize(
    "spoil",
    [
        lambda document: document["operations"]["receive-tickets"].update(action="take"),
        lambda document: document["channels"]["tickets"].update(adress="tickets"),
        lambda document: message_of(document)["payload"].update(type="thing"),
        lambda document: document["channels"]["tickets"]["bindings"]["kafka"].update(partitions=0),
    ],
    ids=["action", "channel", "payload", "binding"],
)
def test_the_official_schema_refuses_a_spoilt_one(official_schema, spoil):
    document = json.loads(json.dumps(with_files(DOCUMENT)))
    spoil(document)
    assert not Draft7Validator(official_schema).is_valid(document)


def test_every_reference_leads_somewhere():
    def references(value):
        if isinstance(value, dict):
            yield from (each for name, each in value.items() if name == "$ref")
            value = list(value.values())
        if isinstance(value, list):
            for each in value:
                yield from references(each)

    found = list(references(DOCUMENT))
    assert len(found) > 3 * len(EVERY_CONTRACT)
    for reference in found:
        assert target(reference)
    assert {f"{name}.json" for name in EVERY_CONTRACT} <= set(found)


def test_every_topic_is_a_channel_and_rapport_sends_only_its_own_events():
    assert DOCUMENT["channels"].keys() == TOPICS.keys()
    assert MESSAGES.keys() == EVERY_CONTRACT.keys()
    listed = {}
    for operation in DOCUMENT["operations"].values():
        for message in operation["messages"]:
            listed[message["$ref"].rpartition("/")[2]] = operation["action"]
    assert listed == {name: "receive" if name in CONTRACTS else "send" for name in EVERY_CONTRACT}


@pytest.mark.parametrize("name", sorted(name for name in MESSAGES if "examples" in MESSAGES[name]))
def test_its_example_is_valid_by_its_own_headers_and_payload(name):
    message, (example,) = MESSAGES[name], MESSAGES[name]["examples"]
    headers = {**message["headers"], "components": DOCUMENT["components"]}
    for schema, good in ((headers, example["headers"]), (payload(name), example["payload"])):
        jsonschema.validate(good, schema)
        with pytest.raises(jsonschema.ValidationError):
            jsonschema.validate({}, schema)
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate({**example["headers"], "ce_type": "rapport.other.v1"}, headers)


def payload(name):
    return target(MESSAGES[name]["payload"]["$ref"])


@pytest.mark.parametrize("name", sorted(name for name in MESSAGES if "examples" in MESSAGES[name]))
def test_the_key_of_a_message_is_its_client_where_no_more_is_in_it(name):
    if EVERY_CONTRACT[name].topic in {SUPPLIERS_TOPIC, AGREED_TEXTS_TOPIC}:
        assert MESSAGES[name]["bindings"]["kafka"]["key"] == {"type": "string"}
        return
    (key,) = MESSAGES[name]["bindings"]["kafka"]["key"]["allOf"]
    assert target(key["$ref"]) == payload(name)["properties"]["client"]
