"""What is sent over HTTP is on Kafka, byte for byte what the publisher writes."""

import json
import uuid
from datetime import UTC, datetime
from urllib.parse import quote

import pytest
import requests
from cloudevents.http import CloudEvent, to_binary, to_structured

from rapport.publish.publisher import Publisher
from rapport_schemas.client import ClientRegistered
from rapport_schemas.docs.examples import EXAMPLES
from rapport_schemas.wire.registry import CONTRACTS

pytestmark = pytest.mark.kafka
NOW = datetime(2026, 3, 2, 9, 30, 15, 250_000, tzinfo=UTC)
STAMP = "2026-03-02T09:30:15.250000Z"
STRUCTURED = "application/cloudevents+json"
BATCH = "application/cloudevents-batch+json"


@pytest.fixture
def source():
    return f"urn:test:{uuid.uuid4()}"


def event(name, source, **changes):
    return {
        "specversion": "1.0",
        "id": f"{name} ü 1",
        "source": source,
        "type": name,
        "time": STAMP,
        "data": EXAMPLES[name].good,
        **changes,
    }


def compact(document):
    return json.dumps(document, separators=(",", ":"), ensure_ascii=False).encode()


def header(name, value):
    return ("--header", f"{name}: {value}")


def essence(record):
    return record.topic, record.partition, record.key, record.value, list(record.headers)


def by_the_publisher(broker, name, source):
    model = CONTRACTS[name].adapter.validate_json(json.dumps(EXAMPLES[name].good))
    with Publisher(broker, source=source) as publisher:
        publisher.publish(model, id=f"{name} ü 1", time=NOW).wait()
    return model.model_dump_json(exclude_none=True).encode()


def test_every_contract_arrives_in_every_mode_as_the_publisher_writes_it(
    start, broker, curl, source, published
):
    intake = start(broker)
    say = (*header("Authorization", f"Bearer {intake.hub}"),)
    for name in CONTRACTS:
        value = by_the_publisher(broker, name, source)
        cloudevent = event(name, source, data=json.loads(value))
        attributes = {key: text for key, text in cloudevent.items() if key != "data"}
        binary = [
            part for key, text in attributes.items() for part in header(f"ce-{key}", quote(text))
        ]
        answers = [
            curl(
                f"{intake.url}/events",
                *say,
                *binary,
                *header("Content-Type", "application/json"),
                body=value,
            ),
            curl(
                f"{intake.url}/events",
                *say,
                *header("Content-Type", STRUCTURED),
                body=compact(cloudevent),
            ),
            curl(
                f"{intake.url}/events",
                *say,
                *header("Content-Type", f"{BATCH}; charset=UTF-8"),
                body=compact([cloudevent]),
            ),
        ]
        assert [answer.status for answer in answers] == [202] * 3, answers
        assert answers[0].json == {"id": cloudevent["id"], "status": 202}
    records = published(source, 4 * len(CONTRACTS))
    for name in CONTRACTS:
        four = [essence(one) for one in records if dict(one.headers)["ce_type"] == name.encode()]
        assert len(four) == 4
        assert four[0] == four[1] == four[2] == four[3]


@pytest.mark.parametrize("convert", [to_binary, to_structured], ids=["binary", "structured"])
def test_the_cloudevents_library_and_requests_are_understood(
    start, broker, source, published, convert
):
    intake = start(broker)
    name = "rapport.ticket.opened.v1"
    cloudevent = event(name, source, id="SDK-1", subject="INC 1", traceparent="00-ab-cd-01")
    data = cloudevent.pop("data")
    headers, body = convert(CloudEvent(cloudevent, data))
    headers["Authorization"] = f"Bearer {intake.hub}"
    answer = requests.post(f"{intake.url}/events", data=body, headers=headers, timeout=30)
    assert (answer.status_code, answer.json()) == (202, {"id": "SDK-1", "status": 202})
    (record,) = published(source, 1)
    assert dict(record.headers) == {
        "ce_specversion": b"1.0",
        "ce_id": b"SDK-1",
        "ce_source": source.encode(),
        "ce_type": name.encode(),
        "ce_time": STAMP.encode(),
        "ce_subject": b"INC 1",
        "ce_traceparent": b"00-ab-cd-01",
        "ce_partitionkey": b"finance",
        "content-type": b"application/json",
    }
    assert json.loads(record.value) == data


def test_an_event_sent_again_is_accepted_again(start, broker, source, published):
    intake = start(broker)
    cloudevent = event("rapport.client.registered.v1", source)
    for _ in range(2):
        answer = requests.post(
            f"{intake.url}/events",
            json=cloudevent,
            headers={"Content-Type": STRUCTURED, "Authorization": f"Bearer {intake.hub}"},
            timeout=30,
        )
        assert answer.status_code == 202
    assert len({essence(record)[3] for record in published(source, 2)}) == 1


def test_a_batch_with_bad_events_is_answered_one_by_one_and_the_good_are_published(
    start, broker, source, published
):
    intake = start(broker)
    name = "rapport.ticket.opened.v1"
    broken = {**EXAMPLES[name].good, **EXAMPLES[name].broken}
    batch = [event(name, source, id=f"good {number}") for number in range(998)]
    batch.insert(1, event(name, source, id="broken", data=broken))
    batch.insert(500, "no event")
    answer = requests.post(
        f"{intake.url}/events",
        data=json.dumps(batch),
        headers={"Content-Type": BATCH, "Authorization": f"Bearer {intake.hub}"},
        timeout=30,
    )
    assert answer.status_code == 207
    found = answer.json()
    assert found["accepted"] == 998
    results = found["results"]
    assert [result["id"] for result in results[:3]] == ["good 0", "broken", "good 1"]
    assert (results[1]["status"], results[500]["status"]) == (422, 400)
    assert results[1]["error"]["reason"] == "invalid"
    assert results[1]["error"]["path"] == "data.priority"
    assert results[500]["error"]["reason"] == "not-cloudevent"
    published(source, 998)


def test_fields_of_a_newer_version_pass_and_the_largest_event_fits(
    start, broker, source, published
):
    intake = start(broker)
    good = EXAMPLES["rapport.ticket.reopened.v1"].good
    body = json.dumps({**good, "added_later": "x" * 1_000_000}).encode()
    headers = {
        "Authorization": f"Bearer {intake.hub}",
        "Content-Type": "application/json",
        "ce-specversion": "1.0",
        "ce-id": "1",
        "ce-source": source,
        "ce-type": "rapport.ticket.reopened.v1",
        "ce-time": "2026-03-02T10:30:15+01:00",
    }
    sent = requests.post(f"{intake.url}/events", data=body, headers=headers, timeout=30)
    assert sent.status_code == 202
    (record,) = published(source, 1)
    assert record.value == body
    assert dict(record.headers)["ce_time"] == b"2026-03-02T10:30:15+01:00"
    # With its headers it is over what Kafka takes: refused, and the next event is not.
    padded = json.dumps({**good, "added_later": "x" * 1_048_500}).encode()
    refused = requests.post(f"{intake.url}/events", data=padded, headers=headers, timeout=30)
    assert (refused.status_code, refused.json()["reason"]) == (413, "too-big")
    again = requests.post(f"{intake.url}/events", data=body, headers=headers, timeout=30)
    assert again.status_code == 202


def test_a_client_registered_over_http_is_registered(start, broker, source, published):
    intake = start(broker)
    cloudevent = event("rapport.client.registered.v1", source, id="1")
    requests.post(
        f"{intake.url}/events",
        json=cloudevent,
        headers={"Content-Type": STRUCTURED, "Authorization": f"Bearer {intake.hub}"},
        timeout=30,
    )
    (record,) = published(source, 1)
    assert (record.topic, record.key) == ("clients", b"finance")
    assert ClientRegistered.model_validate_json(record.value).owner == "relationship-team-a"
