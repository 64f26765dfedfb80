"""Two workers share the clients: each is shown by one of them, and held against all."""

import re
import time
import urllib.request
from contextlib import suppress
from datetime import UTC, date, datetime, timedelta

import pytest

from rapport.devkit.testing import WorkerProcess
from rapport.publish import ClientRegistered, Publisher, PurchaseRecorded
from rapport.web.client import fetch_json
from rapport_schemas.wire.errors import RapportError

pytestmark = pytest.mark.kafka
SECONDS_MAX = 90
CLIENTS = [f"client-{number:02d}" for number in range(24)]
WEEKS = 60


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


def until(holds, *workers):
    deadline = time.monotonic() + SECONDS_MAX
    while not holds():
        for worker in workers:
            assert worker.child.exit_code is None, worker.tail()
        assert time.monotonic() < deadline, [worker.tail() for worker in workers]
        time.sleep(0.2)


def publish(bootstrap):
    """Publish the clients and their purchases; return the number of purchases."""
    purchases = 0
    today = date.today()  # noqa: DTZ011 # a day of the ledger
    with Publisher(bootstrap, source="urn:test") as publisher:
        for number, name in enumerate(CLIENTS):
            publisher.publish(ClientRegistered(client=name, name=name, owner="a", aliases=[]))
            for week in range(WEEKS):
                for buy in range(1 + (number + week) % 3):
                    day = today - timedelta(days=7 * week + 1)
                    purchases += 1
                    publisher.publish(
                        PurchaseRecorded(
                            client=name,
                            purchase_id=f"{name}-{week}-{buy}",
                            purchased_on=day,
                            supplier=f"Supplier {buy}",
                            category="Cloud software",
                            amount_minor=1_000,
                            currency="EUR",
                            sanctioned=False,
                        ),
                        time=datetime(day.year, day.month, day.day, tzinfo=UTC),
                    )
    return purchases


@pytest.mark.timeout(300)
def test_every_client_is_shown_by_one_worker_and_held_against_the_clients_of_all(
    empty_kafka, tmp_path
):
    purchases = publish(empty_kafka)
    one = Worker("one", empty_kafka, tmp_path)
    try:
        until(lambda: len(one.expected()) == len(CLIENTS), one)
        until(lambda: one.status()["evaluated_events"] >= purchases, one)
        until(lambda: len(set(one.expected().values())) > 1, one)
        alone = one.expected()
        other = Worker("other", empty_kafka, tmp_path)
        try:
            until(lambda: 0 < len(other.shown()) < len(CLIENTS), one, other)
            until(lambda: one.shown() | other.shown() == set(CLIENTS), one, other)
            assert not one.shown() & other.shown()
            until(lambda: one.expected() | other.expected() == alone, one, other)
            shared = one.shown(), other.shown()
            assert all(shared)
        finally:
            other.kill()
        until(lambda: one.shown() == set(CLIENTS), one)
        until(lambda: one.expected() == alone, one)
    finally:
        one.stop()
