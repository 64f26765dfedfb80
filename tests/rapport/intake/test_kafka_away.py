"""While Kafka is away, events are refused with the time to come back; after it, they are taken."""

import asyncio
import json
import os
import signal
import time
from pathlib import Path

import pytest
import requests

from rapport.devkit.kafka.broker import Broker, free_port
from rapport.intake.limits import Limits
from rapport.kafka.connection import PARTITIONS, Kafka
from rapport.kafka.topics import apply_topics
from rapport_schemas.docs.examples import EXAMPLES

pytestmark = pytest.mark.kafka
SECONDS_MAX = 60
BATCH = "application/cloudevents-batch+json"
NAME = "rapport.ticket.opened.v1"


def batch(count, pad=""):
    event = {
        "specversion": "1.0",
        "source": "urn:acme:desk",
        "type": NAME,
        "time": "2026-03-02T09:30:00Z",
        "data": {**EXAMPLES[NAME].good, "pad": pad},
    }
    return json.dumps([{**event, "id": str(number)} for number in range(count)]).encode()


def post(intake, count, pad=""):
    headers = {"Authorization": f"Bearer {intake.desk}", "Content-Type": BATCH}
    return requests.post(
        f"{intake.url}/events", data=batch(count, pad), headers=headers, timeout=30
    )


def ready(intake):
    return requests.get(f"{intake.url}/ready", timeout=30)


def until(holds):
    deadline = time.monotonic() + SECONDS_MAX
    while not holds():
        assert time.monotonic() < deadline
        time.sleep(0.1)


def in_flight(intake):
    text = requests.get(f"{intake.url}/metrics", timeout=30).text
    prefix = "rapport_intake_in_flight_events "
    lines = text.splitlines()
    return float(next(line for line in lines if line.startswith(prefix)).removeprefix(prefix))


def test_events_are_refused_while_kafka_is_away_and_taken_when_it_is_back(start, tmp_path):
    port = free_port()
    intake = start(f"127.0.0.1:{port}", wait=False, limits=Limits(acknowledge_seconds_max=2.0))
    answer = post(intake, 3)
    assert (answer.status_code, answer.json()["reason"]) == (503, "kafka-away")
    assert int(answer.headers["Retry-After"]) > 0
    assert ready(intake).status_code == 503
    with Broker(tmp_path / "kafka", port, properties={"message.max.bytes": "200000"}) as broker:
        until(lambda: "run `rapport topics`" in ready(intake).text)
        asyncio.run(apply_topics(Kafka(broker.bootstrap), PARTITIONS))
        until(lambda: ready(intake).status_code == 200)
        check_one_that_the_broker_finds_too_big(intake)
        check_a_broker_that_stands_still(intake, broker)
        broker.kill()
        # It is answered within the time of an acknowledgement; `post` would time out otherwise.
        answer = post(intake, 3)
        assert answer.status_code == 503
        assert "Retry-After" in answer.headers
        until(lambda: ready(intake).status_code == 503)
        assert post(intake, 3).status_code == 503
        until(lambda: in_flight(intake) == 0)
    with Broker(tmp_path / "kafka", port):
        until(lambda: post(intake, 3).status_code == 202)
        assert ready(intake).status_code == 200


def check_one_that_the_broker_finds_too_big(intake):
    answer = post(intake, 1, "x" * 300_000)
    assert (answer.status_code, answer.json()["results"][0]["error"]["reason"]) == (413, "too-big")
    # It has spoiled nothing for those that come after it to the same partition.
    assert [post(intake, 3).status_code for _ in range(3)] == [202] * 3


def check_a_broker_that_stands_still(intake, broker):
    """No acknowledgement, no 202; and what is on its way is counted until it is settled."""
    java = int(Path(f"/proc/{broker.pid}/task/{broker.pid}/children").read_text().split()[0])
    os.kill(java, signal.SIGSTOP)
    try:
        answer = post(intake, 3)
        assert answer.status_code == 503
        assert [one["status"] for one in answer.json()["results"]] == [503] * 3
    finally:
        os.kill(java, signal.SIGCONT)
    until(lambda: post(intake, 3).status_code == 202)
    until(lambda: in_flight(intake) == 0)
