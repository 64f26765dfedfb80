"""From an HTTP request to what a worker shows: every part is the real one."""

import time
import uuid
from datetime import UTC, datetime

import pytest
import requests

from rapport.devkit.testing import WorkerProcess
from rapport.web.client import fetch_json
from rapport_schemas.wire.errors import RapportError

pytestmark = pytest.mark.kafka
SECONDS_MAX = 60
BATCH = "application/cloudevents-batch+json"


@pytest.fixture
def worker(empty_kafka, tmp_path):
    one = WorkerProcess(empty_kafka, tmp_path, "--decoders", "0")
    one.launch()
    yield one
    one.stop()


def event(client, kind, number, data):
    return {
        "specversion": "1.0",
        "id": f"{client} {number}",
        "source": "urn:acme:desk",
        "type": f"rapport.{kind}.v1",
        "time": datetime.now(UTC).isoformat(),
        "data": {"client": client, **data},
    }


def test_a_batch_sent_twice_over_http_is_counted_once_by_the_worker(start, empty_kafka, worker):
    intake, client = start(empty_kafka), f"http-{uuid.uuid4()}"
    closed = {"priority": "P3", "sla_met": True}
    owner = {"name": "Over HTTP", "owner": "team-a", "aliases": [client.upper()]}
    batch = [event(client, "client.registered", 0, owner)]
    batch += [
        event(name, "ticket.resolved", number, {"ticket_id": f"T{number}", **closed})
        for number, name in enumerate([client, client.upper()] * 2, start=1)
    ]
    headers = {"Authorization": f"Bearer {intake.hub}", "Content-Type": BATCH}
    for _ in range(2):
        answer = requests.post(f"{intake.url}/events", json=batch, headers=headers, timeout=30)
        assert answer.status_code == 202

    def closed_points():
        try:
            found = fetch_json(f"{worker.url}/clients/{client}")
        except RapportError:
            return None
        return found["trust"]["contributions"].get("closed")

    # Four P3 tickets in time are 2 units of evidence beside the base rate's 2; eight would be 4.
    points_before = pytest.approx(0.5 * 2 / (2 + 2), rel=0.02)
    deadline = time.monotonic() + SECONDS_MAX
    while closed_points() != points_before:
        assert time.monotonic() < deadline, closed_points()
        time.sleep(0.2)
    time.sleep(1.5)  # what came twice has been scored by then, too
    assert closed_points() == points_before
