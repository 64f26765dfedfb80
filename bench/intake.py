"""The HTTP intake under load: events/s, latency and errors. make bench-intake ARGS="--events N"."""

import argparse
import asyncio
import json
import os
import statistics
import sys
import tempfile
import time
from collections import Counter
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

import aiohttp
from rich.console import Console
from rich.table import Table
from workload import events

from rapport.devkit.kafka.broker import Broker
from rapport.intake.tokens import new_token
from rapport.kafka.connection import PARTITIONS, Kafka
from rapport.kafka.topics import apply_topics
from rapport.runtime.child_process import Child, rapport_command
from rapport_schemas.wire.registry import CONTRACT_OF_MODEL

SECONDS_MAX = 600
READY_SECONDS_MAX = 30
RATE = 1_000_000
STRUCTURED = "application/cloudevents+json"
BATCH = "application/cloudevents-batch+json"
console = Console(stderr=True)


@dataclass(frozen=True)
class Load:
    name: str
    batch: int
    connections: int


LOADS = (
    Load("single events", 1, 1),
    Load("single events", 1, 32),
    Load("batches of 100", 100, 4),
    Load("batches of 1000", 1_000, 4),
)


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--events", type=int, default=20_000, help="for one event a request")
    parser.add_argument("--batched-events", type=int, default=100_000)
    parser.add_argument("--json", action="store_true", help="print the results as JSON")
    return parser.parse_args()


def bodies(count: int, batch: int) -> list[bytes]:
    """Return the requests' bodies, made before the clock starts."""
    found, source = [], iter(events(count))
    while some := list(islice(source, batch)):
        documents = [
            {
                "specversion": "1.0",
                "id": f"{len(found)}-{number}",
                "source": "urn:bench:service",
                "type": CONTRACT_OF_MODEL[type(data)].type,
                "time": at.isoformat(),
                "data": data.model_dump(mode="json", exclude_none=True),
            }
            for number, (data, at) in enumerate(some)
        ]
        found.append(json.dumps(documents if batch > 1 else documents[0]).encode())
    return found


def cpu_seconds(pid: int) -> float:
    """Return what a process has used: on a shared machine, this says more than the clock."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


async def run(url: str, token: str, load: Load, count: int, pid: int) -> dict:
    waiting = bodies(count, load.batch)
    used_before = cpu_seconds(pid)
    headers = {
        "Authorization": f"Bearer {token}",
        "Content-Type": BATCH if load.batch > 1 else STRUCTURED,
    }
    seconds: list[float] = []
    statuses: Counter[int] = Counter()
    connector = aiohttp.TCPConnector(limit=load.connections)
    async with aiohttp.ClientSession(connector=connector, headers=headers) as session:

        async def sender() -> None:
            while waiting:
                started = time.perf_counter()
                async with session.post(f"{url}/events", data=waiting.pop()) as answer:
                    await answer.read()
                    statuses[answer.status] += 1
                seconds.append(time.perf_counter() - started)

        started = time.perf_counter()
        async with asyncio.timeout(SECONDS_MAX):
            await asyncio.gather(*(sender() for _ in range(load.connections)))
        elapsed = time.perf_counter() - started
    cuts = statistics.quantiles(seconds, n=100)
    return {
        "load": load.name,
        "connections": load.connections,
        "events": count,
        "events_per_second": round(count / elapsed),
        "p50_ms": round(cuts[49] * 1000, 1),
        "p99_ms": round(cuts[98] * 1000, 1),
        "server_cpu_us_per_event": round((cpu_seconds(pid) - used_before) / count * 1e6),
        "errors": sum(number for status, number in statuses.items() if status != 202),
    }


async def until_ready(url: str) -> None:
    async with asyncio.timeout(READY_SECONDS_MAX), aiohttp.ClientSession() as session:
        while True:
            async with session.get(f"{url}/ready") as answer:
                if answer.status == 200:
                    return
            await asyncio.sleep(0.1)


def measure(directory: Path, options: argparse.Namespace) -> list[dict]:
    token, stanza = new_token("bench", ["urn:bench:*"])
    tokens, address = directory / "tokens.toml", directory / "address"
    tokens.touch(mode=0o600)
    tokens.write_text(f"{stanza}rate_events_per_second = {RATE}\n")
    with Broker(directory / "kafka") as broker:
        asyncio.run(apply_topics(Kafka(broker.bootstrap), PARTITIONS))
        command = rapport_command(
            "intake",
            *("--bootstrap", broker.bootstrap, "--port", "0"),
            *("--tokens", str(tokens), "--address-file", str(address)),
        )
        child = Child(command, directory / "log")
        try:
            deadline = time.monotonic() + READY_SECONDS_MAX
            while not (address.exists() and address.read_text()):
                if child.exit_code is not None or time.monotonic() > deadline:
                    raise SystemExit(child.tail())
                time.sleep(0.05)
            url = address.read_text()
            asyncio.run(until_ready(url))
            found = []
            for load in LOADS:
                count = options.batched_events if load.batch > 1 else options.events
                found.append(asyncio.run(run(url, token, load, count, child.pid)))
                console.print(found[-1])
            peak = Path(f"/proc/{child.pid}/status").read_text().split("VmHWM:")[1].split()[0]
            return [{**result, "peak_rss_mib": int(peak) // 1024} for result in found]
        finally:
            child.stop()


def table(results: list[dict]) -> Table:
    shown = Table(title="the HTTP intake, acknowledged by Kafka (acks=all)", title_justify="left")
    for column in (
        "load",
        "connections",
        "events/s",
        "p50 ms",
        "p99 ms",
        "CPU us/event",
        "errors",
        "peak MiB",
    ):
        shown.add_column(column, justify="left" if column == "load" else "right")
    for result in results:
        shown.add_row(
            result["load"],
            str(result["connections"]),
            f"{result['events_per_second']:,}",
            str(result["p50_ms"]),
            str(result["p99_ms"]),
            str(result["server_cpu_us_per_event"]),
            str(result["errors"]),
            str(result["peak_rss_mib"]),
        )
    return shown


def main() -> None:
    options = arguments()
    with tempfile.TemporaryDirectory(prefix="rapport-bench-") as made:
        results = measure(Path(made), options)
    if options.json:
        print(json.dumps(results, indent=2))
    else:
        Console(width=100).print(table(results))
    if any(result["errors"] for result in results):
        sys.exit("not every request was answered with 202")


if __name__ == "__main__":
    main()
