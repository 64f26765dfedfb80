"""The probes of the field: what they send to Kafka and over HTTP is read, or refused with words."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from rapport.devkit.testing import records_of
from rapport.domain.events.decoder import decode_carefully, decode_event
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


def outcome(decode, record):
    try:
        return decode(record.value, record.headers, lambda _text: ())
    except Rejected as rejected:
        return rejected.reason, rejected.path


def test_every_probe_of_kafka_is_read_but_those_that_are_no_event(empty_kafka, tmp_path):
    script = FIELD / "25-kafka-probes.py"
    subprocess.run([sys.executable, script, empty_kafka], cwd=tmp_path, check=True, timeout=120)
    names = json.loads((tmp_path / "kafka-probes.json").read_text())
    records = records_of(empty_kafka, "tickets")
    refused = {}
    for record in records:
        name = names[f"{record.partition}:{record.offset}"][:3]
        found = outcome(decode_event, record)
        assert found == outcome(decode_carefully, record)
        if len(found) == 2:
            refused[name] = found
    assert len(records) == len(names) == 31
    assert refused == REFUSED


def test_an_envelope_of_dapr_is_taken_over_http(intake, empty_kafka, tool):
    tool("curl")
    script = FIELD / "28-dapr-empty-extension.sh"
    done = subprocess.run(["sh", script, intake], capture_output=True, check=True, timeout=60)
    assert json.loads(done.stdout) == {"id": "A28", "status": 202}
    (record,) = records_of(empty_kafka, "tickets")
    assert outcome(decode_event, record)[0] == "finance"
