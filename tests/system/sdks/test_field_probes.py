"""The probes of the field: what they send to Kafka and over HTTP is read, or refused with words."""

import asyncio
import json
import subprocess
import sys
import time
from pathlib import Path

import pytest
from aiokafka import AIOKafkaConsumer

from rapport.domain.events.decoder import decode_carefully, decode_event
from rapport.runtime.child_process import Child, rapport_command
from rapport.web.client import fetch
from rapport_schemas.wire.errors import RapportError
from rapport_schemas.wire.rejection import Rejected

pytestmark = pytest.mark.kafka
FIELD = Path(__file__).parents[2] / "data" / "field"
REFUSED = {
    "K09": ("not-cloudevent", "headers.ce-specversion"),
    "K18": ("invalid", "data"),
    "K20": ("not-json", "data"),
    "K21": ("not-json", "data"),
    "K24": ("invalid", "time"),
    "K25": ("invalid", "time"),
    "K27": ("not-cloudevent", "data"),
    "K29": ("not-cloudevent", "headers.content-type"),
    "K31": ("invalid", "time"),
}


async def read_tickets(bootstrap, count):
    consumer = AIOKafkaConsumer(
        "tickets", bootstrap_servers=bootstrap, auto_offset_reset="earliest"
    )
    await consumer.start()
    try:
        return [await asyncio.wait_for(consumer.getone(), 60) for _ in range(count)]
    finally:
        await consumer.stop()


def outcome(decode, record):
    try:
        return decode(record.value, record.headers, lambda _text: ())
    except Rejected as rejected:
        return rejected.reason, rejected.path


def test_every_probe_of_kafka_is_read_but_those_that_are_no_event(empty_kafka, tmp_path):
    script = FIELD / "25-kafka-probes.py"
    subprocess.run([sys.executable, script, empty_kafka], cwd=tmp_path, check=True, timeout=120)
    names = json.loads((tmp_path / "kafka-probes.json").read_text())
    records = asyncio.run(read_tickets(empty_kafka, len(names)))
    refused = {}
    for record in records:
        name = names[f"{record.partition}:{record.offset}"][:3]
        found = outcome(decode_event, record)
        assert found == outcome(decode_carefully, record)
        if len(found) == 2:
            refused[name] = found
    assert len(names) == 31
    assert refused == REFUSED


def test_an_envelope_of_dapr_is_taken_over_http(empty_kafka, tmp_path, tool):
    tool("curl")
    address = tmp_path / "address"
    options = "--bootstrap", empty_kafka, "--port", "0", "--address-file", str(address)
    child = Child(rapport_command("intake", *options), tmp_path / "intake.log")
    try:
        until_ready(address)
        url = address.read_text().strip()
        script = FIELD / "28-dapr-empty-extension.sh"
        done = subprocess.run(["sh", script, url], capture_output=True, check=True, timeout=60)
    finally:
        child.stop()
    assert json.loads(done.stdout) == {"id": "A28", "status": 202}
    (record,) = asyncio.run(read_tickets(empty_kafka, 1))
    assert outcome(decode_event, record)[0] == "finance"


def until_ready(address):
    for _ in range(600):
        try:
            fetch(f"{address.read_text().strip()}/ready")
        except (RapportError, OSError, ValueError):
            time.sleep(0.1)
        else:
            return
    pytest.fail("the intake did not become ready")
