"""A broker of its own and workers on it, for tests that count what becomes of events."""

import asyncio
import time

import pytest
from aiokafka import AIOKafkaConsumer
from kafka import KafkaAdminClient

from rapport.devkit.kafka.broker import Broker
from rapport.kafka.connection import Kafka
from rapport.kafka.topics import apply_topics
from rapport.publish.publisher import Publisher
from rapport.runtime.child_process import Child, rapport
from rapport.web.client import fetch_json
from rapport_schemas.client import ClientRegistered
from rapport_schemas.wire.errors import RapportError
from rapport_schemas.wire.registry import CHANGELOG_TOPIC, GROUP, PARTITIONS

SECONDS_MAX = 60


async def newest_records(bootstrap):
    """Return key -> the newest record of the ledger's changelog."""
    consumer = AIOKafkaConsumer(
        CHANGELOG_TOPIC, bootstrap_servers=bootstrap, auto_offset_reset="earliest"
    )
    await consumer.start()
    found = {}
    try:
        ends = await consumer.end_offsets(consumer.assignment())
        while any([await consumer.position(place) < end for place, end in ends.items()]):
            for records in (await consumer.getmany(timeout_ms=500)).values():
                found.update((one.key, one) for one in records)
    finally:
        await consumer.stop()
    return found


class Running:
    """A broker of its own, so that counts are known, and workers on it."""

    def __init__(self, bootstrap, directory):
        self.bootstrap, self.directory = bootstrap, directory
        self.worker = None
        self.url = ""

    def start(self, name="worker", *options):
        address = self.directory / f"{name}.address"
        address.unlink(missing_ok=True)
        self.worker = Child(
            rapport(
                "worker",
                *("--bootstrap", self.bootstrap, "--data-dir", str(self.directory / name)),
                *("--http-port", "0", "--address-file", str(address)),
                *options,
            ),
            self.directory / f"{name}.log",
        )
        self.until(lambda: address.exists() and address.read_text())
        self.url = address.read_text()

    def until(self, holds):
        deadline = time.monotonic() + SECONDS_MAX
        while not holds():
            assert self.worker.exit_code is None, self.worker.tail()
            assert time.monotonic() < deadline, self.worker.tail()
            time.sleep(0.1)

    def status(self):
        try:
            return fetch_json(f"{self.url}/status")
        except RapportError:
            return {"events": -1, "evaluated_events": -1, "outcomes": {}, "ready": False}

    def committed(self, topic):
        """Return how many records of a topic the workers have committed."""
        admin = KafkaAdminClient(bootstrap_servers=self.bootstrap)
        try:
            offsets = admin.list_group_offsets([GROUP])[GROUP]
        finally:
            admin.close()
        return sum(found.offset for place, found in offsets.items() if place.topic == topic)

    def newest_records(self):
        """Return key -> the newest record of the changelog, as a recovery now would read it."""
        return asyncio.run(newest_records(self.bootstrap))

    def until_handled(self, count):
        self.until(lambda: self.status()["evaluated_events"] >= count)


@pytest.fixture
def running(tmp_path):
    with Broker(tmp_path / "kafka") as broker:
        asyncio.run(apply_topics(Kafka(broker.bootstrap), PARTITIONS))
        with Publisher(broker.bootstrap, source="urn:test") as publisher:
            for name in ("finance", "law"):
                publisher.publish(
                    ClientRegistered(
                        client=name, name=name.title(), owner="team-a", aliases=[name.upper()]
                    )
                )
        one = Running(broker.bootstrap, tmp_path)
        yield one
        if one.worker is not None:
            one.worker.stop()
