"""Two workers share the clients: each is shown by one of them, and held against all."""

import re
import time
import urllib.request
from contextlib import suppress
from datetime import UTC, date, datetime, timedelta
from http.client import HTTPConnection
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from rapport.devkit.testing import WorkerProcess
from rapport.domain.calendar import day_number
from rapport.domain.ledger.measures import ClientMeasures
from rapport.domain.policy.model import parse_policy
from rapport.domain.procurement.client_inputs import client_inputs, fleet_context
from rapport.domain.scoring.compiled_policy import CompiledPolicy
from rapport.domain.scoring.evaluate import evaluate
from rapport.publish import ClientRegistered, Publisher, PurchaseRecorded
from rapport.web.client import fetch_json
from rapport_schemas.wire.errors import RapportError

pytestmark = pytest.mark.kafka
SECONDS_MAX = 90
CLIENTS = [f"client-{number:02d}" for number in range(24)]
WEEKS = 60
POLICY = parse_policy(
    (
        Path(__file__).parents[4] / "streams" / "rapport" / "domain" / "policy" / "default.toml"
    ).read_text()
)


class Worker(WorkerProcess):
    def __init__(self, name, bootstrap, directory):
        super().__init__(bootstrap, directory, "--decoders", "0", name=name)
        self.launch()

    def shown(self):
        """The clients that it exports; none while it is not ready."""
        with suppress(OSError, ValueError):
            url = f"{self.url}/metrics"
            with urllib.request.urlopen(url, timeout=5) as answer:  # noqa: S310 # its own worker
                text = answer.read().decode()
            return set(re.findall(r'^rapport_client_info\{client="([^"]+)"', text, re.MULTILINE))
        return set()

    def expected(self):
        with suppress(RapportError, OSError):
            fleet = fetch_json(f"{self.url}/clients")
            return {one["id"]: round(one["purchases"]["expected"], 9) for one in fleet}
        return {}


def location_of(worker, path):
    """Return where a worker leads to; None for its own answer."""
    address = urlsplit(worker.url)
    connection = HTTPConnection(address.hostname, address.port, timeout=20)
    try:
        connection.request("GET", path)
        answer = connection.getresponse()
        assert answer.status in {200, 307}
        return answer.headers["Location"]
    finally:
        connection.close()


def until(holds, *workers):
    deadline = time.monotonic() + SECONDS_MAX
    while not holds():
        for worker in workers:
            assert worker.child.exit_code is None, worker.tail()
        assert time.monotonic() < deadline, [worker.tail() for worker in workers]
        time.sleep(0.2)


def purchases():
    """Yield (client, week, number) of every purchase."""
    for index, client in enumerate(CLIENTS):
        for week in range(WEEKS):
            for number in range(1 + (index + week) % 3):
                yield client, week, number


def bought_on(week):
    return date.today() - timedelta(days=7 * week + 1)  # noqa: DTZ011 # a day of the ledger


def publish(bootstrap):
    """Publish the clients and their purchases."""
    with Publisher(bootstrap, source="urn:test") as publisher:
        for name in CLIENTS:
            publisher.publish(ClientRegistered(client=name, name=name, owner="a", aliases=[]))
        for client, week, number in purchases():
            day = bought_on(week)
            publisher.publish(
                PurchaseRecorded(
                    client=client,
                    purchase_id=f"{client}-{week}-{number}",
                    purchased_on=day,
                    supplier=f"Supplier {number}",
                    category="Cloud software",
                    amount_minor=1_000,
                    currency="EUR",
                    sanctioned=False,
                ),
                time=datetime(day.year, day.month, day.day, tzinfo=UTC),
            )


def expected_of_one_evaluation():
    """Return each client's expected purchases where one evaluation knows all clients."""
    measures = {client: ClientMeasures() for client in CLIENTS}
    for client, week, number in purchases():
        fact = ("buy", "outside", "cloud-software", f"supplier-{number}", "EUR", 1_000)
        measures[client].add(day_number(bought_on(week)), fact, 1)
    day = day_number(date.today())  # noqa: DTZ011 # the day of the scores
    inputs = {name: client_inputs(one, POLICY, day) for name, one in measures.items()}
    shared = fleet_context(inputs.values(), POLICY, day, {})
    compiled = CompiledPolicy(POLICY)
    found = {
        name: evaluate(name, measures[name], inputs[name], compiled, day, shared)
        for name in CLIENTS
    }
    return {name: round(health.purchases.expected, 9) for name, health in found.items()}


@pytest.mark.timeout(300)
def test_every_client_is_shown_by_one_worker_and_held_against_the_clients_of_all(
    empty_kafka, tmp_path
):
    publish(empty_kafka)
    alone = expected_of_one_evaluation()
    assert len(set(alone.values())) > 1
    one = Worker("one", empty_kafka, tmp_path)
    try:
        until(lambda: one.expected() == alone, one)
        other = Worker("other", empty_kafka, tmp_path)
        try:
            until(lambda: 0 < len(other.shown()) < len(CLIENTS), one, other)
            until(lambda: one.shown() | other.shown() == set(CLIENTS), one, other)
            assert not one.shown() & other.shown()
            until(lambda: one.expected() | other.expected() == alone, one, other)
            shared = one.shown(), other.shown()
            assert all(shared)
            # Each lists every client, and leads to the worker that has it.
            until(lambda: one.expected() == other.expected() == alone, one, other)
            for asked, has in ((one, other), (other, one)):
                client = min(has.shown())
                assert location_of(asked, f"/pages/{client}?lang=nl") == (
                    f"{has.url}/pages/{client}?lang=nl"
                )
                assert location_of(has, f"/pages/{client}") is None
                found = fetch_json(f"{asked.url}/clients/{client.upper()}/explanation")
                assert found["client"] == client
            fleet = fetch_json(f"{other.url}/fleet")
            assert (fleet["clients"], fleet["registered"]) == (len(CLIENTS), len(CLIENTS))
            assert set(fleet["workers"]) == {one.url, other.url}
        finally:
            other.kill()
        # What the killed worker had is missing, and counted, until it is taken over.
        until(lambda: 0 < len(one.expected()) < len(CLIENTS), one)
        assert fetch_json(f"{one.url}/fleet")["registered"] == len(CLIENTS)
        until(lambda: one.shown() == set(CLIENTS), one)
        until(lambda: one.expected() == alone, one)
    finally:
        one.stop()
