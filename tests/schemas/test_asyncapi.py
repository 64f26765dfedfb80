"""The AsyncAPI document: valid by the official schema, and whole."""

import json
import shutil
import subprocess
from pathlib import Path

import jsonschema
import pytest
from jsonschema import Draft7Validator

from rapport.schemas.asyncapi import asyncapi_document
from rapport.schemas.registry import CONTRACTS, EVERY_CONTRACT, TOPICS

OFFICIAL = Path(__file__).parent / "asyncapi-specs"
DOCUMENT = asyncapi_document()
MESSAGES = DOCUMENT["components"]["messages"]


@pytest.fixture(scope="module")
def official_schema(tool, tmp_path_factory):
    """The schema from the package of the specification's own makers, by its locked hash."""
    place = tmp_path_factory.mktemp("asyncapi")
    for name in ("package.json", "package-lock.json"):
        shutil.copy(OFFICIAL / name, place)
    command = [tool("npm"), "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--prefer-offline"]
    done = subprocess.run(command, cwd=place, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    schemas = place / "node_modules" / "@asyncapi" / "specs" / "schemas"
    return json.loads((schemas / "3.0.0.json").read_text())


def test_it_is_valid_by_the_official_schema(official_schema):
    errors = list(Draft7Validator(official_schema).iter_errors(DOCUMENT))
    assert [f"{error.json_path}: {error.message}"[:300] for error in errors] == []


@pytest.mark.parametrize(
    "spoil",
    [
        lambda document: document["operations"]["receive-tickets"].update(action="take"),
        lambda document: document["channels"]["tickets"].update(adress="tickets"),
        lambda document: document["components"]["schemas"]["TicketOpened"].update(type="thing"),
        lambda document: document["channels"]["tickets"]["bindings"]["kafka"].update(partitions=0),
    ],
    ids=["action", "channel", "payload", "binding"],
)
def test_the_official_schema_refuses_a_spoilt_one(official_schema, spoil):
    document = json.loads(json.dumps(DOCUMENT))
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
        place = DOCUMENT
        for step in reference.removeprefix("#/").split("/"):
            place = place[step]


def test_every_topic_is_a_channel_and_we_send_only_what_nobody_else_may():
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
    jsonschema.validate(example["headers"], message["headers"])
    whole = {**message["payload"], "components": DOCUMENT["components"]}
    jsonschema.validate(example["payload"], whole)
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate({}, whole)
