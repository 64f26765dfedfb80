"""What the intake says about itself: its OpenAPI document and its metrics."""

import json
import subprocess
from pathlib import Path

import jsonschema
import pytest
import requests
from openapi_spec_validator import OpenAPIV31SpecValidator
from referencing import Registry
from referencing.jsonschema import DRAFT202012

from rapport.monitoring.metrics.intake import INTAKE
from rapport.monitoring.metrics.process import PROCESS
from rapport_schemas.docs.examples import EXAMPLES
from rapport_schemas.docs.openapi import openapi_document
from rapport_schemas.docs.render import as_text
from rapport_schemas.wire.registry import CONTRACTS

ROOT = Path(__file__).parents[3]
COMMITTED = ROOT / "schemas" / "json" / "openapi.json"
DOCUMENTS = {"committed": openapi_document(), "served": openapi_document(bundled=True)}
of_each_document = pytest.mark.parametrize("form", DOCUMENTS)


def resource(uri):
    """Return the schema file that a reference of the committed document leads to."""
    assert uri.startswith(f"{COMMITTED.parent.as_uri()}/")
    text = (COMMITTED.parent / uri.rpartition("/")[2]).read_text(encoding="utf-8")
    return DRAFT202012.create_resource(json.loads(text))


def validator(name, form="served"):
    """Return a validator by one schema of the document; only the committed one may read files."""
    registry = Registry(retrieve=resource) if form == "committed" else Registry()
    document = DRAFT202012.create_resource(DOCUMENTS[form])
    whole = {"$ref": f"{COMMITTED.as_uri()}#/components/schemas/{name}"}
    return jsonschema.Draft202012Validator(
        whole, registry=registry.with_resource(COMMITTED.as_uri(), document)
    )


def references(value):
    if isinstance(value, dict):
        yield from (each for name, each in value.items() if name == "$ref")
        value = list(value.values())
    if isinstance(value, list):
        for each in value:
            yield from references(each)


def event(name, data):
    return {
        "specversion": "1.0",
        "id": "1",
        "source": "urn:acme:desk",
        "type": name,
        "time": "2026-03-02T09:30:00Z",
        "data": data,
    }


@of_each_document
def test_the_document_is_openapi_3_1(form):
    OpenAPIV31SpecValidator(DOCUMENTS[form], base_uri=COMMITTED.as_uri()).validate()
    assert DOCUMENTS[form]["openapi"].startswith("3.1.")


def test_the_committed_document_refers_to_the_file_of_every_contract_and_the_served_one_to_none():
    outside = {
        form: [each for each in references(document) if not each.startswith("#/")]
        for form, document in DOCUMENTS.items()
    }
    assert outside == {"committed": [f"{name}.json" for name in CONTRACTS], "served": []}


@of_each_document
@pytest.mark.parametrize("name", CONTRACTS)
def test_it_takes_the_good_example_of_a_contract_and_no_other_type(name, form):
    good = event(name, EXAMPLES[name].good)
    validator("Event", form).validate(good)
    validator("Batch", form).validate([good])
    validator("Data", form).validate(EXAMPLES[name].good)
    assert not validator("Event", form).is_valid(event("com.other", EXAMPLES[name].good))
    assert not validator("Event", form).is_valid(event(name, {}))
    for attribute in good:
        assert not validator("Event", form).is_valid({**good, attribute: None})
        less = {key: value for key, value in good.items() if key != attribute}
        assert not validator("Event", form).is_valid(less)


@pytest.mark.kafka
def test_it_is_served_with_its_contracts_and_answers_are_as_it_says(start, broker):
    intake = start(broker)
    served = requests.get(f"{intake.url}/openapi.json", timeout=30)
    assert served.content == as_text(DOCUMENTS["served"]).encode()
    headers = {
        "Authorization": f"Bearer {intake.hub}",
        "Content-Type": "application/cloudevents-batch+json",
    }
    good = event("rapport.ticket.opened.v1", EXAMPLES["rapport.ticket.opened.v1"].good)
    for body, status in (([good], 202), ([good, {}], 207), ([{}], 400)):
        answer = requests.post(f"{intake.url}/events", json=body, headers=headers, timeout=30)
        assert answer.status_code == status
        validator("BatchResult").validate(answer.json())
    refused = requests.post(f"{intake.url}/events", json={}, headers=headers, timeout=30)
    validator("Problem").validate(refused.json())


@pytest.mark.kafka
@pytest.mark.prometheus
def test_its_metrics_count_what_happened_and_pass_promtool_s_lint(start, broker, tool):
    intake = start(broker)
    headers = {
        "Authorization": f"Bearer {intake.hub}",
        "Content-Type": "application/cloudevents-batch+json",
    }
    good = event("rapport.ticket.opened.v1", EXAMPLES["rapport.ticket.opened.v1"].good)
    requests.post(f"{intake.url}/events", json=[good, good, {}], headers=headers, timeout=30)
    requests.post(f"{intake.url}/events", json={}, headers=headers, timeout=30)
    for path in ("healthz", "ready", "metrics"):
        assert requests.get(f"{intake.url}/{path}", timeout=30).status_code == 200
    text = requests.get(f"{intake.url}/metrics", timeout=30).text
    openmetrics = {"Accept": "application/openmetrics-text; version=1.0.0"}
    assert "_created" not in text
    assert (
        "_created"
        not in requests.get(f"{intake.url}/metrics", headers=openmetrics, timeout=30).text
    )
    for line in (
        'rapport_intake_events_total{outcome="accepted"} 2.0',
        'rapport_intake_events_total{outcome="not-cloudevent"} 2.0',
        'rapport_intake_events_total{outcome="invalid"} 0.0',
        'rapport_intake_requests_total{status="207"} 1.0',
        'rapport_intake_requests_total{status="400"} 1.0',
        'rapport_intake_requests_total{status="202"} 0.0',
        'rapport_intake_requests_total{status="503"} 0.0',
        "rapport_intake_request_seconds_count 2.0",
        "rapport_intake_in_flight_events 0.0",
        "rapport_intake_ready 1.0",
    ):
        assert line in text.splitlines()
    assert 'rapport_intake_requests_total{status="200"}' not in text
    assert all(f"# TYPE {metric.series} {metric.kind}" in text for metric in (*INTAKE, *PROCESS))
    page = (ROOT / "docs" / "metrics.md").read_text()
    assert all(f"`{metric.series}`" in page for metric in INTAKE)
    checked = subprocess.run(
        [tool("promtool"), "check", "metrics"],
        input=text,
        capture_output=True,
        text=True,
        check=False,
    )
    assert (checked.returncode, checked.stdout, checked.stderr) == (0, "", "")
