"""Keeps the classes of the embedded broker for the tests, which start dozens of them; done once."""

import asyncio
import os
import signal
import sys
import time
from pathlib import Path
from subprocess import CalledProcessError
from tempfile import TemporaryDirectory

from rapport.devkit.kafka.broker import Broker, java_command
from rapport.devkit.kafka.jars import default_cache, install_jars, locked_jars
from rapport.devkit.kafka.kept_classes import keep_classes, kept_classes
from rapport.devkit.testing import records_of
from rapport.kafka.connection import PARTITIONS, Kafka
from rapport.kafka.topics import apply_topics
from rapport.publish import ClientRegistered, Publisher

SECONDS_MAX = 120


def use_a_broker(java_options):
    """Do what most tests do, so that the classes for it are loaded."""
    with (
        TemporaryDirectory() as made,
        Broker(Path(made), java_options=java_options) as broker,
    ):
        asyncio.run(apply_topics(Kafka(broker.bootstrap), PARTITIONS))
        with Publisher(broker.bootstrap, source="urn:test") as publisher:
            event = ClientRegistered(client="finance", name="F", owner="team-a", aliases=[])
            topic = publisher.publish(event).wait().topic
        assert records_of(broker.bootstrap, topic)
        end_java(broker)


def end_java(broker):
    """End the broker in its own time, to write what was recorded; its supervisor gives it 8 s."""
    pid = broker.pid
    (java,) = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    os.kill(int(java), signal.SIGTERM)
    deadline = time.monotonic() + SECONDS_MAX
    while Path(f"/proc/{java}").exists() and time.monotonic() < deadline:
        time.sleep(0.1)


def main():
    cache = default_cache()
    jars = install_jars(cache, locked_jars())
    try:
        keep_classes(kept_classes(cache, jars), java_command(jars), use_a_broker)
    except (OSError, CalledProcessError) as error:
        print(f"brokers start without kept classes, which takes longer: {error}", file=sys.stderr)


if __name__ == "__main__":
    main()
