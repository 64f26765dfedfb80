"""A service is killed fifty times and its broker twice: no receipt is lost, none doubled."""

import asyncio
import os
import random
import re
import signal
import subprocess
import sys
import time
from collections import Counter
from contextlib import contextmanager
from pathlib import Path

import pytest
from xxhash import xxh3_64_intdigest

from rapport.devkit.kafka.broker import Broker, free_port
from rapport.devkit.testing import WorkerProcess, records_of
from rapport.domain.ledger.page import decode
from rapport.kafka.connection import PARTITIONS, Kafka
from rapport.kafka.topics import apply_topics
from rapport.publish import ClientRegistered, Publisher
from rapport.worker.storage.pages import SPLIT_MARK
from rapport_schemas.wire.registry import CHANGELOG_TOPIC

pytestmark = pytest.mark.kafka
SERVICE = Path(__file__).with_name("killed_service.py")
SEED = int(os.environ.get("RAPPORT_SEED", "4711"))
KILLS = int(os.environ.get("RAPPORT_KILLS", "50"))
OUTAGES = 2
ALIVE_SECONDS_MAX = 0.4
SECONDS_MAX = 120
CLIENTS = 12
EVENT_BYTES = 1_024
"""An event of the service takes less in the spool, so what is torn is never a whole one."""
RECEIPT = re.compile(r"(run\d+-\d+-\d+);")


@contextmanager
def services(bootstrap, directory):
    """Yield a function that runs one service and kills it after so many seconds."""
    command = [sys.executable, str(SERVICE), bootstrap, str(directory / "spool")]
    with subprocess.Popen(
        [*command, str(directory / "receipts")],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        cwd=directory,
    ) as parent:

        def run_and_kill(name, alive_seconds):
            print(name, file=parent.stdin, flush=True)
            pid = int(parent.stdout.readline())
            time.sleep(alive_seconds)
            os.kill(pid, signal.SIGKILL)
            assert parent.stdout.readline() == "gone\n"

        yield run_and_kill
        parent.stdin.close()


def kill_again_and_again(broker, directory):
    drawn = random.Random(SEED)  # noqa: S311 # it draws moments, no secrets
    part = KILLS // OUTAGES
    outages = {number * part + drawn.randrange(3, part - 3) for number in range(OUTAGES)}
    with services(broker.bootstrap, directory) as run_and_kill:
        for number in range(KILLS):
            if number in outages:
                drawn.choice((broker.kill, broker.stop))()
            run_and_kill(f"run{number}", drawn.uniform(0, ALIVE_SECONDS_MAX))
            if number in {outage + 2 for outage in outages}:
                broker.start()


def process_all(bootstrap, directory, count):
    """Let a worker handle `count` records; return its status."""
    worker = WorkerProcess(bootstrap, directory, wait_seconds_max=SECONDS_MAX)
    worker.start()
    try:
        worker.until(lambda: worker.status()["events"] >= count)
        return worker.status()
    finally:
        worker.stop()


def counted_in_ledger(bootstrap):
    """How many times the ledger, as its changelog has it, holds each entity."""
    records = records_of(bootstrap, CHANGELOG_TOPIC)
    pages = {record.key: record.value for record in records}.values()
    whole = [decode(value) for value in pages if value and value != SPLIT_MARK]
    return Counter(one for page in whole for one in page.entries)


def entity(event_id):
    return xxh3_64_intdigest(f"urn:test:killed\0{event_id}".encode())


@pytest.mark.timeout(6 * KILLS)
def test_fifty_kills_and_two_outages_lose_no_receipt_and_double_none(tmp_path):
    print(f"seed {SEED}; again with RAPPORT_SEED={SEED}, longer with RAPPORT_KILLS=500")
    broker = Broker(tmp_path / "kafka", free_port())
    broker.start()
    try:
        asyncio.run(apply_topics(Kafka(broker.bootstrap), PARTITIONS))
        with Publisher(broker.bootstrap, source="urn:test") as publisher:
            for number in range(CLIENTS):
                name = f"client-{number}"
                publisher.publish(ClientRegistered(client=name, name=name, owner="a", aliases=[]))
        kill_again_and_again(broker, tmp_path)
        with Publisher(
            broker.bootstrap, source="urn:test:killed", spool=tmp_path / "spool"
        ) as last:
            assert last.flush(SECONDS_MAX) == 0
            # A kill may cut a write short: that event had no receipt, which is looked at below.
            torn = list((tmp_path / "spool").glob("quarantine-damaged-*"))
            assert last.quarantined == len(torn) <= KILLS
            assert all(file.stat().st_size < EVENT_BYTES for file in torn)
        receipts = RECEIPT.findall((tmp_path / "receipts").read_text())
        tickets = records_of(broker.bootstrap, "tickets")
        status = process_all(broker.bootstrap, tmp_path, len(tickets))
        ledger = counted_in_ledger(broker.bootstrap)
    finally:
        broker.stop()
    assert len(receipts) == len(set(receipts)) > KILLS
    assert [one for one in receipts if ledger[entity(one)] != 1] == []
    published = {dict(record.headers)["ce_id"].decode() for record in tickets}
    assert ledger == Counter(entity(one) for one in published)
    assert status["outcomes"].get("applied") == len(published)
    assert sum(status["outcomes"].values()) == len(tickets)
    assert list((tmp_path / "spool").glob("*.spool")) == []
    print(f"{len(receipts)} receipts, {len(published)} events, {len(tickets)} records")
