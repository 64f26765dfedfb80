"""From a published purchase to a delivered alert, with real parts only."""

import asyncio
import json
import threading
import time
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from rapport.devkit.kafka.broker import free_port
from rapport.kafka.connection import PARTITIONS, Kafka
from rapport.kafka.topics import apply_topics
from rapport.monitoring.alerts.purchases import PURCHASES_RISING
from rapport.publish.publisher import Publisher
from rapport.runtime.child_process import Child, rapport_command
from rapport_schemas.client import ClientRegistered
from rapport_schemas.procurement import PurchaseRecorded

ROOT = Path(__file__).parents[3]
RULES = ROOT / "deploy" / "prometheus" / "rules" / "rapport.yml"
DAYS = 600
RISE_DAYS = 28
SECONDS_MAX = 120

pytestmark = [pytest.mark.kafka, pytest.mark.prometheus]


@pytest.fixture
def webhook():
    """A receiver that keeps what Alertmanager sends it."""
    received = []

    class Receiver(BaseHTTPRequestHandler):
        def do_POST(self):
            received.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
            self.send_response(200)
            self.end_headers()

        def log_message(self, *_args):
            """Stay quiet."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Receiver)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield server.server_address[1], received
    server.shutdown()


@pytest.fixture
def children():
    """Start child processes; stop them all afterwards."""
    started = []

    def start(arguments, log):
        started.append(Child(arguments, log))
        return started[-1]

    yield start
    for child in reversed(started):
        child.stop()


def purchase(client, number, day):
    return PurchaseRecorded(
        client=client,
        purchase_id=f"{client}-{number}",
        purchased_on=day,
        supplier="Acme Cloud",
        category="Cloud software",
        amount_minor=12_500,
        currency="EUR",
        sanctioned=False,
    )


def publish_histories(bootstrap, today):
    """Clients with the same level past; one of them bought eight times as much of late.

    The rise is in the last closed weeks: purchases of the running week count from Monday on.
    """
    monday = today - timedelta(days=today.weekday())
    rise = range(1, RISE_DAYS + 1)
    clients = [
        ClientRegistered(client="rising", name="Rising & Co", owner="team-rising"),
        *(ClientRegistered(client=name, name=name, owner="team-level") for name in LEVEL),
    ]
    with Publisher(bootstrap, source="urn:test:ledger") as publisher:
        for client in clients:
            publisher.publish(client)
        publisher.flush()
        for back in range(DAYS, 0, -1):
            day = today - timedelta(days=back)
            at = datetime(day.year, day.month, day.day, 12, tzinfo=UTC)
            for offset, client in enumerate(("rising", *LEVEL)):
                if (back + offset) % 7 == 0:
                    publisher.publish(purchase(client, back, day), time=at)
            if (monday - day).days in rise and back % 2:
                for extra in range(2):
                    publisher.publish(purchase("rising", f"{back}-{extra}", day), time=at)
        assert publisher.flush() == 0


LEVEL = ("level", "even", "calm", "still")


def prometheus_config(directory, worker, alertmanager_port):
    config = {
        "global": {"scrape_interval": "1s", "evaluation_interval": "1s"},
        "rule_files": [str(directory / "rules.yml")],
        "alerting": {
            "alertmanagers": [{"static_configs": [{"targets": [f"127.0.0.1:{alertmanager_port}"]}]}]
        },
        "scrape_configs": [
            {
                "job_name": "rapport",
                "static_configs": [{"targets": [worker.removeprefix("http://")]}],
            }
        ],
    }
    # The rule as shipped, but for the time that it waits: a test cannot wait that long.
    rules, waits = RULES.read_text(), f" for: {PURCHASES_RISING.for_}\n"
    assert waits in rules
    (directory / "rules.yml").write_text(rules.replace(waits, " for: 2s\n"))
    path = directory / "prometheus.yml"
    path.write_text(json.dumps(config))
    return path


def alertmanager_config(directory, webhook_port):
    config = {
        "route": {
            "receiver": "owner",
            "group_by": ["client"],
            "group_wait": "1s",
            "group_interval": "1s",
        },
        "receivers": [
            {
                "name": "owner",
                "webhook_configs": [{"url": f"http://127.0.0.1:{webhook_port}/alerts"}],
            }
        ],
    }
    path = directory / "alertmanager.yml"
    path.write_text(json.dumps(config))
    return path


def await_address(path, child):
    deadline = time.monotonic() + SECONDS_MAX
    while not path.exists() or not path.read_text():
        assert child.exit_code is None, child.tail()
        assert time.monotonic() < deadline
        time.sleep(0.2)
    return path.read_text()


def test_a_rise_reaches_the_owner_and_a_level_client_stays_silent(
    kafka, tool, webhook, children, tmp_path
):
    prometheus, alertmanager = tool("prometheus"), tool("prometheus-alertmanager")
    webhook_port, received = webhook
    asyncio.run(apply_topics(Kafka(kafka), PARTITIONS))
    publish_histories(kafka, datetime.now(UTC).date())

    address = tmp_path / "worker.address"
    worker = children(
        rapport_command(
            "worker",
            *("--bootstrap", kafka, "--data-dir", str(tmp_path / "worker")),
            *("--http-port", "0", "--address-file", str(address)),
        ),
        tmp_path / "worker.log",
    )
    url = await_address(address, worker)
    alertmanager_port = free_port()
    children(
        [
            alertmanager,
            f"--config.file={alertmanager_config(tmp_path, webhook_port)}",
            f"--storage.path={tmp_path / 'alertmanager'}",
            f"--web.listen-address=127.0.0.1:{alertmanager_port}",
            "--cluster.listen-address=",
        ],
        tmp_path / "alertmanager.log",
    )
    children(
        [
            prometheus,
            f"--config.file={prometheus_config(tmp_path, url, alertmanager_port)}",
            f"--storage.tsdb.path={tmp_path / 'prometheus'}",
            f"--web.listen-address=127.0.0.1:{free_port()}",
        ],
        tmp_path / "prometheus.log",
    )

    alerts = await_alerts(received, worker)

    (alert,) = [one for one in alerts if one["labels"]["client"] == "rising"]
    assert alert["labels"]["owner"] == "team-rising"
    assert alert["labels"]["severity"] == "warning"
    assert alert["annotations"]["summary"] == "Purchases outside IT by Rising & Co are rising"
    assert alert["annotations"]["runbook_url"].endswith("#rapportoutsidepurchasesrising")
    assert alert["annotations"]["dashboard_url"].endswith("rising")
    words = alert["annotations"]["description"]
    assert " purchases outside IT in the 4 weeks to " in words
    observed = int(words.split(" made ")[1].split()[0])
    expected = float(words.split("; about ")[1].split()[0])
    assert observed > 3 * expected > 0
    time.sleep(5)
    assert {one["labels"]["client"] for one in purchase_alerts(received)} == {"rising"}


def purchase_alerts(received):
    return [
        alert
        for message in list(received)
        for alert in message["alerts"]
        if alert["labels"]["alertname"] == PURCHASES_RISING.name
    ]


def await_alerts(received, worker):
    deadline = time.monotonic() + SECONDS_MAX
    while not (alerts := purchase_alerts(received)):
        assert worker.exit_code is None, worker.tail()
        assert time.monotonic() < deadline, worker.tail()
        time.sleep(0.5)
    return alerts[:1]
