"""A real intake on the real broker, curl, and a reader of what was published."""

import asyncio
import json
import subprocess
import threading
import time
from dataclasses import dataclass, replace

import pytest
from aiokafka import AIOKafkaConsumer, TopicPartition

from rapport.intake.delivery import TOPICS_NEEDED
from rapport.intake.server import Server
from rapport.intake.settings import IntakeSettings
from rapport.intake.tokens import new_token
from rapport.kafka.connection import PARTITIONS, Kafka
from rapport.kafka.topics import apply_topics
from rapport_schemas.wire.registry import TOPICS

SECONDS_MAX = 30


@pytest.fixture(scope="module")
def broker(kafka):
    asyncio.run(apply_topics(Kafka(kafka), PARTITIONS))
    return kafka


class Running:
    """An intake on a loop and a thread of its own."""

    def __init__(self, settings):
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._thread.start()
        self.server = self._run(self._made(settings))
        self.url = self._run(self.server.start())

    async def _made(self, settings):
        return Server(settings)

    def _run(self, work):
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(SECONDS_MAX)

    async def _stopped(self):
        await self.server.stop()
        left = asyncio.all_tasks() - {asyncio.current_task()}
        for task in left:
            task.cancel()
        await asyncio.gather(*left, return_exceptions=True)

    def stop(self):
        if self._loop.is_closed():
            return
        self._run(self._stopped())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(SECONDS_MAX)
        self._loop.close()


@dataclass
class Answer:
    status: int
    headers: dict
    body: bytes

    @property
    def json(self):
        return json.loads(self.body)


def run_curl(url, *arguments, body=None):
    """Ask with the real curl; return the answer."""
    command = ["curl", "--silent", "--show-error", "--max-time", str(SECONDS_MAX), "--include"]
    if body is not None:
        command += ["--data-binary", "@-"]
    done = subprocess.run(
        [*command, *arguments, url], input=body, capture_output=True, check=True
    ).stdout
    while True:
        head, _, remaining = done.partition(b"\r\n\r\n")
        lines = head.decode().split("\r\n")
        status = int(lines[0].split()[1])
        if status != 100:
            break
        done = remaining
    pairs = (line.partition(":") for line in lines[1:])
    return Answer(status, {name.lower(): value.strip() for name, _, value in pairs}, remaining)


@pytest.fixture
def curl(tool):
    tool("curl")
    return run_curl


def until(holds):
    deadline = time.monotonic() + SECONDS_MAX
    while not holds():
        assert time.monotonic() < deadline
        time.sleep(0.05)


@pytest.fixture
def start(tmp_path, curl):
    """Start an intake with tokens `desk` and `rich`; return it with their texts."""
    running = []

    def begin(bootstrap, *, wait=True, limits=None, rate=None, **changes):
        path = tmp_path / "tokens.toml"
        desk, desk_stanza = new_token("desk", ["urn:acme:desk", "urn:acme:crm:*"])
        hub, hub_stanza = new_token("hub", ["*"])
        rated = f"rate_events_per_second = {rate}\n" if rate else ""
        path.touch(mode=0o600)
        path.write_text(f"{desk_stanza}{rated}{hub_stanza}registry = true\n")
        settings = IntakeSettings(Kafka(bootstrap), port=0, tokens=path, **changes)
        if limits:
            settings = replace(settings, limits=limits)
        one = Running(settings)
        running.append(one)
        one.desk, one.hub, one.tokens = desk, hub, path
        if wait:
            until(lambda: curl(f"{one.url}/ready", "--insecure").status == 200)
        return one

    yield begin
    for one in running:
        one.stop()


async def _read(bootstrap, source, count):
    consumer = AIOKafkaConsumer(bootstrap_servers=bootstrap, auto_offset_reset="earliest")
    await consumer.start()
    try:
        tps = [
            TopicPartition(name, number)
            for name, topic in TOPICS.items()
            if name in TOPICS_NEEDED
            for number in range(PARTITIONS if topic.feeds_ledger else topic.partitions)
        ]
        consumer.assign(tps)
        ends = await consumer.end_offsets(tps)
        found = []
        for tp, end in ends.items():
            while await consumer.position(tp) < end:
                batches = await consumer.getmany(timeout_ms=200)
                found += [record for batch in batches.values() for record in batch]
    finally:
        await consumer.stop()
    # Other tests write to this broker too, in other modes.
    mine = [it for it in found if dict(it.headers).get("ce_source") == source.encode()]
    assert count in {len(mine), None}, mine
    return sorted(mine, key=lambda record: (record.topic, record.partition, record.offset))


@pytest.fixture
def published(broker):
    """Return what is on the topics from one source, which must be `count` records if given."""
    return lambda source, count=None: asyncio.run(_read(broker, source, count))
