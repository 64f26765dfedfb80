"""What the intake says about itself: its OpenAPI document and its metrics."""

import subprocess
from pathlib import Path

import jsonschema
import pytest
import requests
from openapi_spec_validator import OpenAPIV31SpecValidator

from rapport.schemas.examples import EXAMPLES
from rapport.schemas.openapi import openapi_document
from rapport.schemas.registry import CONTRACTS
from rapport.streams.catalogue.intake_metrics import INTAKE_METRICS

ROOT = Path(__file__).parents[3]
DOCUMENT = openapi_document()


def validator(name):
    return jsonschema.Draft202012Validator(
        {"$ref": f"#/components/schemas/{name}", "components": DOCUMENT["components"]}
    )


def event(name, data):
    return {
        "specversion": "1.0",
        "id": "1",
        "source": "urn:acme:desk",
        "type": name,
        "time": "2026-03-02T09:30:00Z",
        "data": data,
    }


def test_the_document_is_openapi_3_1():
    OpenAPIV31SpecValidator(DOCUMENT).validate()
    assert DOCUMENT["openapi"].startswith("3.1.")


@pytest.mark.parametrize("name", CONTRACTS)
def test_it_takes_the_good_example_of_a_contract_and_no_other_type(name):
    validator("Event").validate(event(name, EXAMPLES[name].good))
    validator("Batch").validate([event(name, EXAMPLES[name].good)])
    validator("Data").validate(EXAMPLES[name].good)
    assert not validator("Event").is_valid(event("com.other", EXAMPLES[name].good))
    assert not validator("Event").is_valid(event(name, {}))


@pytest.mark.kafka
def test_it_is_served_as_it_is_committed_and_answers_are_as_it_says(start, broker):
    intake = start(broker)
    served = requests.get(f"{intake.url}/openapi.json", timeout=30)
    assert served.content == (ROOT / "schemas" / "json" / "openapi.json").read_bytes()
    told = {
        "Authorization": f"Bearer {intake.hub}",
        "Content-Type": "application/cloudevents-batch+json",
    }
    good = event("rapport.ticket.opened.v1", EXAMPLES["rapport.ticket.opened.v1"].good)
    for body, status in (([good], 202), ([good, {}], 207), ([{}], 400)):
        answer = requests.post(f"{intake.url}/events", json=body, headers=told, timeout=30)
        assert answer.status_code == status
        validator("BatchResult").validate(answer.json())
    refused = requests.post(f"{intake.url}/events", json={}, headers=told, timeout=30)
    validator("Problem").validate(refused.json())


@pytest.mark.kafka
@pytest.mark.prometheus
def test_its_metrics_count_what_happened_and_pass_promtool_s_lint(start, broker, tool):
    intake = start(broker)
    told = {
        "Authorization": f"Bearer {intake.hub}",
        "Content-Type": "application/cloudevents-batch+json",
    }
    good = event("rapport.ticket.opened.v1", EXAMPLES["rapport.ticket.opened.v1"].good)
    requests.post(f"{intake.url}/events", json=[good, good, {}], headers=told, timeout=30)
    requests.post(f"{intake.url}/events", json={}, headers=told, timeout=30)
    text = requests.get(f"{intake.url}/metrics", timeout=30).text
    for line in (
        'rapport_intake_events_total{outcome="accepted"} 2.0',
        'rapport_intake_events_total{outcome="not-cloudevent"} 2.0',
        'rapport_intake_events_total{outcome="invalid"} 0.0',
        'rapport_intake_requests_total{status="207"} 1.0',
        'rapport_intake_requests_total{status="400"} 1.0',
        "rapport_intake_in_flight_events 0.0",
        "rapport_intake_ready 1.0",
    ):
        assert line in text.splitlines()
    assert all(f"# TYPE {metric.series} {metric.kind}" in text for metric in INTAKE_METRICS)
    page = (ROOT / "docs" / "metrics.md").read_text()
    assert all(f"`{metric.series}`" in page for metric in INTAKE_METRICS)
    checked = subprocess.run(
        [tool("promtool"), "check", "metrics"],
        input=text,
        capture_output=True,
        text=True,
        check=False,
    )
    assert (checked.returncode, checked.stdout, checked.stderr) == (0, "", "")
