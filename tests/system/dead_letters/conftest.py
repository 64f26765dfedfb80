"""One worker, which logs at DEBUG, for all tests of this folder."""

import asyncio
import json
import os
import signal
import subprocess
import time
from datetime import UTC, datetime, timedelta

import pytest
from aiokafka import AIOKafkaProducer
from typer.testing import CliRunner

from rapport.cli.operate.dead_letters import app
from rapport.devkit.kafka.broker import Broker
from rapport.devkit.testing import WAIT_SECONDS_MAX, WorkerProcess, records_of, reset_broker
from rapport.runtime.child_process import rapport_command
from rapport_schemas.client import ClientRegistered
from rapport_schemas.wire.dead_letter import DEAD_LETTER_HEADER
from rapport_schemas.wire.envelope import write_binary
from rapport_schemas.wire.registry import CHANGELOG_TOPIC


class System(WorkerProcess):
    """A worker, and what the tests ask of it and of its broker."""

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

    def dead_letters(self, source, count):
        """The dead letters of a source, once there are so many: [(record, why)]."""
        return self.until(lambda: _enough(self.dead_letters_now(source), count))

    def dead_letters_now(self, source):
        found = []
        for record in records_of(self.bootstrap, "dead-letters"):
            headers = dict(record.headers)
            if headers.get("ce_source") == source.encode():
                found.append((record, json.loads(headers[DEAD_LETTER_HEADER])))
        return found

    def pages(self, client):
        """Key without the client -> value, of the newest pages of a client in the changelog."""
        records = records_of(self.bootstrap, CHANGELOG_TOPIC)
        newest = {record.key.decode(): record.value for record in records}
        prefix = f"{client}|"
        return {key.removeprefix(prefix): v for key, v in newest.items() if key.startswith(prefix)}

    def command(self, *arguments, typed=None):
        """Run `rapport dead-letters` in this process; a `RapportError` is its exception."""
        line = [arguments[0], "--bootstrap", self.bootstrap, *arguments[1:]]
        return CliRunner().invoke(app, line, input=typed)

    def interrupted(self, seconds, *arguments):
        """Start `rapport dead-letters` and press Ctrl-C after so many seconds: its exit code."""
        line = rapport_command(
            "dead-letters", arguments[0], "--bootstrap", self.bootstrap, *arguments[1:]
        )
        started = subprocess.Popen(line, stderr=subprocess.PIPE, start_new_session=True)
        time.sleep(seconds)
        os.killpg(started.pid, signal.SIGINT)
        _, output = started.communicate(timeout=WAIT_SECONDS_MAX)
        return started.returncode, output.decode()


def _enough(found, count):
    return found if len(found) >= count else None


async def _send(bootstrap, records):
    async with AIOKafkaProducer(bootstrap_servers=bootstrap, linger_ms=5) as producer:
        sent = [
            await producer.send(topic, value, key, headers=headers)
            for topic, key, value, headers in records
        ]
        await asyncio.gather(*sent)


@pytest.fixture(scope="session")
def system(tmp_path_factory):
    directory = tmp_path_factory.mktemp("dead-letters")
    # A broker of its own: the worker stays in its group until the whole run ends.
    with Broker(directory / "kafka") as broker:
        reset_broker(broker.bootstrap)
        one = System(broker.bootstrap, directory, "--log-level", "DEBUG")
        one.start()
        yield one
        one.stop()
