"""One broker and one worker, whose log is as talkative as it can be, for everything beside."""

import asyncio
import json
import os
import signal
import subprocess
import time
from datetime import UTC, datetime, timedelta

import pytest
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer
from typer.testing import CliRunner

from rapport.cli.operate.dead_letters import app
from rapport.devkit.kafka.broker import Broker
from rapport.kafka.connection import Kafka
from rapport.kafka.topics import apply_topics
from rapport.runtime.child_process import Child, rapport
from rapport.web.client import fetch_json
from rapport_schemas.client import ClientRegistered
from rapport_schemas.dead_letter import DEAD_LETTER_HEADER
from rapport_schemas.wire.envelope import write_binary
from rapport_schemas.wire.errors import RapportError
from rapport_schemas.wire.registry import CHANGELOG_TOPIC, PARTITIONS

SECONDS_MAX = 60


class System:
    """What the tests ask of it."""

    def __init__(self, bootstrap, directory):
        self.bootstrap, self.directory = bootstrap, directory
        self.log = directory / "worker.log"
        self.data = directory / "worker"
        address = directory / "address"
        self.worker = Child(
            rapport(
                *("worker", "--bootstrap", bootstrap, "--data-dir", str(self.data)),
                *("--http-port", "0", "--address-file", str(address), "--log-level", "DEBUG"),
            ),
            self.log,
        )
        self.until(lambda: address.exists() and address.read_text())
        self.url = address.read_text()

    def until(self, holds):
        deadline = time.monotonic() + SECONDS_MAX
        while not (found := holds()):
            assert self.worker.exit_code is None, self.worker.tail()
            assert time.monotonic() < deadline, self.worker.tail()
            time.sleep(0.1)
        return found

    def status(self):
        try:
            return fetch_json(f"{self.url}/status")
        except RapportError:
            return {"dead_letters": {}, "outcomes": {}, "ready": False}

    def send(self, *records):
        """Send (topic, key, value, headers)."""
        asyncio.run(_send(self.bootstrap, records))

    def register(self, client, **fields):
        data = ClientRegistered(
            client=client, **{"name": client.title(), "owner": "rm", "aliases": []} | fields
        )
        self.send(self.event(data, f"{client}-{time.time()}"))

    @staticmethod
    def event(data, event_id, source="urn:test", hours=1):
        at = datetime.now(UTC) - timedelta(hours=hours)
        return write_binary(data, event_id=event_id, source=source, time=at)

    def letters(self, source, count):
        """The dead letters of a source, once there are so many: [(record, why)]."""
        return self.until(lambda: _enough(self.letters_now(source), count))

    def letters_now(self, source):
        found = []
        for record in asyncio.run(read_topic(self.bootstrap, "dead-letters")):
            headers = dict(record.headers)
            if headers.get("ce_source") == source.encode():
                found.append((record, json.loads(headers[DEAD_LETTER_HEADER])))
        return found

    async def topic(self, name):
        """Everything that is in a topic now."""
        return await read_topic(self.bootstrap, name)

    def pages(self, client):
        """Key without the client -> value, of the newest pages of a client in the changelog."""
        records = asyncio.run(read_topic(self.bootstrap, CHANGELOG_TOPIC))
        newest = {record.key.decode(): record.value for record in records}
        prefix = f"{client}|"
        return {key.removeprefix(prefix): v for key, v in newest.items() if key.startswith(prefix)}

    def command(self, *arguments, typed=None):
        """Run `rapport dead-letters` here; an error that a person can mend is its exception."""
        line = [arguments[0], "--bootstrap", self.bootstrap, *arguments[1:]]
        return CliRunner().invoke(app, line, input=typed)

    def interrupted(self, seconds, *arguments):
        """Start `rapport dead-letters` and press Ctrl-C after so many seconds: its exit code."""
        line = rapport("dead-letters", arguments[0], "--bootstrap", self.bootstrap, *arguments[1:])
        started = subprocess.Popen(line, stderr=subprocess.PIPE, start_new_session=True)
        time.sleep(seconds)
        os.killpg(started.pid, signal.SIGINT)
        _, said = started.communicate(timeout=SECONDS_MAX)
        return started.returncode, said.decode()


def _enough(found, count):
    return found if len(found) >= count else None


async def _send(bootstrap, records):
    producer = AIOKafkaProducer(bootstrap_servers=bootstrap, linger_ms=5)
    await producer.start()
    try:
        sent = [
            await producer.send(topic, value, key, headers=headers)
            for topic, key, value, headers in records
        ]
        await asyncio.gather(*sent)
    finally:
        await producer.stop()


async def read_topic(bootstrap, topic):
    """Everything that is in a topic now."""
    consumer = AIOKafkaConsumer(topic, bootstrap_servers=bootstrap, auto_offset_reset="earliest")
    await consumer.start()
    found = []
    try:
        ends = await consumer.end_offsets(list(consumer.assignment()))
        while any([await consumer.position(place) < end for place, end in ends.items()]):
            batches = await consumer.getmany(timeout_ms=200)
            found += [record for batch in batches.values() for record in batch]
    finally:
        await consumer.stop()
    return found


@pytest.fixture(scope="session")
def system(tmp_path_factory):
    directory = tmp_path_factory.mktemp("letters")
    with Broker(directory / "kafka") as broker:
        asyncio.run(apply_topics(Kafka(broker.bootstrap), PARTITIONS))
        one = System(broker.bootstrap, directory)
        try:
            yield one
        finally:
            one.worker.stop()
