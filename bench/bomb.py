"""A cardinality bomb: events for invented clients must add no series and no memory.

Starts a broker and a worker of its own, publishes EVENTS events for CLIENTS invented clients, and
compares series and memory before and after. Exit code 1 when series came, or memory grew past the
bound.

    python bench/bomb.py --events 1000000 --clients 100000
"""

import argparse
import asyncio
import json
import sys
import tempfile
import time
import urllib.request
from datetime import UTC, datetime, timedelta
from pathlib import Path

from aiokafka import AIOKafkaProducer

from rapport.devkit.kafka.broker import Broker
from rapport.devkit.testing import WorkerProcess
from rapport.kafka.connection import PARTITIONS, Kafka
from rapport.kafka.topics import apply_topics
from rapport_schemas.client import ClientRegistered
from rapport_schemas.ticket import TicketResolved
from rapport_schemas.wire.envelope import write_binary

SECONDS_MAX = 1_800
WARM_UP_EVENTS_MAX = 10_000
GROWTH_MIB_MAX = 300
"""A worker holds at most 200,000 records that wait for the dead letters, at about 1 KiB each."""
WHOLE_SECONDS_MAX = 30
PER_SEND = 2_000


def parsed():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--events", type=int, default=1_000_000)
    parser.add_argument("--clients", type=int, default=100_000)
    parser.add_argument("--json", action="store_true")
    return parser.parse_args()


def invented(first, count, clients):
    """Events for clients that are not registered."""
    at = datetime.now(UTC) - timedelta(hours=1)
    for number in range(first, first + count):
        data = TicketResolved(
            client=f"invented-{number % clients}", ticket_id=f"T{number}", priority="P3",
            sla_met=True,
        )  # fmt: skip
        yield write_binary(data, event_id=f"e{number}", source="urn:bomb", time=at)


async def publish(bootstrap, events):
    producer = AIOKafkaProducer(
        bootstrap_servers=bootstrap, linger_ms=20, max_batch_size=256 * 1024, compression_type="lz4"
    )
    await producer.start()
    try:
        sent = []
        for topic, key, value, headers in events:
            sent.append(await producer.send(topic, value, key, headers=headers))
            if len(sent) == PER_SEND:
                await asyncio.gather(*sent)
                sent = []
        await asyncio.gather(*sent)
    finally:
        await producer.stop()


def registered():
    at = datetime.now(UTC)
    client = ClientRegistered(client="finance", name="Finance", owner="rm-finance", aliases=[])
    yield write_binary(client, event_id="finance", source="urn:bomb", time=at)


LATE_SERIES = {"rapport_lag_records", "rapport_store_bytes", "rapport_dead_letters_unhandled"}
"""What a worker shows only once Kafka, or its disk, has answered."""


def series(url):
    """Names with labels, but not the values."""
    with urllib.request.urlopen(f"{url}/metrics") as answer:
        lines = answer.read().decode().splitlines()
    return {line.rpartition(" ")[0] for line in lines if line and not line.startswith("#")}


def until_whole(url):
    """Wait for the pipeline's own series: they come once Kafka has answered."""
    deadline = time.monotonic() + WHOLE_SECONDS_MAX
    shown = set()
    while time.monotonic() < deadline:
        before, shown = shown, series(url)
        names = {name.partition("{")[0] for name in shown}
        if shown == before and names >= LATE_SERIES:
            return
        time.sleep(2)


def memory_mib(pid):
    """Of a process and its children, in MiB."""
    found = 0
    for task in Path(f"/proc/{pid}/task").iterdir():
        for child in (task / "children").read_text().split():
            found += memory_mib(child)
    pages = int(Path(f"/proc/{pid}/statm").read_text().split()[1])
    return found + pages * 4 / 1024


def until_rejected(worker, count):
    worker.until(lambda: worker.status()["dead_letters"].get("unknown-client", 0) >= count)


def measured(worker, url):
    return {"series": series(url), "mib": memory_mib(worker.child.pid)}


def run(bootstrap, directory, events, clients):
    asyncio.run(apply_topics(Kafka(bootstrap), PARTITIONS))
    asyncio.run(publish(bootstrap, registered()))
    worker = WorkerProcess(bootstrap, directory, wait_seconds_max=SECONDS_MAX)
    try:
        worker.start()
        url = worker.url
        warm_up = min(WARM_UP_EVENTS_MAX, events // 10)
        asyncio.run(publish(bootstrap, invented(0, warm_up, clients)))
        until_rejected(worker, warm_up)
        until_whole(url)
        time.sleep(1)
        before, started = measured(worker, url), time.monotonic()
        half = events // 2
        asyncio.run(publish(bootstrap, invented(warm_up, half, clients)))
        until_rejected(worker, warm_up + half)
        halfway = memory_mib(worker.child.pid)
        asyncio.run(publish(bootstrap, invented(warm_up + half, events - half, clients)))
        until_rejected(worker, warm_up + events)
        seconds = time.monotonic() - started
        time.sleep(1)
        after = measured(worker, url)
    finally:
        worker.stop()
    return {
        "events": events,
        "clients": clients,
        "seconds": round(seconds, 1),
        "events_per_second": round(events / seconds),
        "series_before": len(before["series"]),
        "series_after": len(after["series"]),
        "series_of_invented_clients": sum("invented" in name for name in after["series"]),
        "mib_before": round(before["mib"]),
        "mib_halfway": round(halfway),
        "mib_after": round(after["mib"]),
    }


def main():
    options = parsed()
    with tempfile.TemporaryDirectory() as name, Broker(Path(name) / "kafka") as broker:
        found = run(broker.bootstrap, Path(name), options.events, options.clients)
    print(json.dumps(found) if options.json else "\n".join(f"{k:28} {v}" for k, v in found.items()))
    grown = found["mib_after"] - found["mib_before"]
    sys.exit(found["series_after"] > found["series_before"] or grown > GROWTH_MIB_MAX)


if __name__ == "__main__":
    main()
