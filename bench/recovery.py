"""How long a worker needs until it is ready again: from the changelog, and from its local store.

Writes realistic pages into the changelog of a fresh embedded broker, starts a worker without a
local store, ends it, and starts it again on the store it left. `make bench` runs it; alone it takes
`--pages N` and `--json`. The goals are for 1,000,000 pages: ready in 60 s and in 10 s.
"""

import argparse
import asyncio
import json
import os
import random
import sys
import tempfile
import time
from collections import defaultdict
from datetime import UTC, datetime
from itertools import pairwise
from pathlib import Path

from aiokafka import AIOKafkaProducer
from rich.console import Console
from rich.table import Table

from rapport.devkit.kafka.broker import Broker
from rapport.domain.ledger.fact_codec import encode_fact
from rapport.domain.ledger.page import Page, encode
from rapport.kafka.connection import PARTITIONS, Kafka
from rapport.kafka.partitioner import partition_of
from rapport.kafka.topics import apply_topics
from rapport.runtime.child_process import Child, rapport_command
from rapport.web.client import fetch_json
from rapport_schemas.client import ClientRegistered
from rapport_schemas.wire.envelope import write_binary
from rapport_schemas.wire.registry import CHANGELOG_TOPIC

CLIENTS = 1_000
SEED = 4711
SECONDS_MAX = 900
GOALS_SECONDS = {"changelog": 60, "local store": 10}
SUPPLIERS = 200


def page(chance: random.Random, day: int) -> bytes:
    """Return a page of one to four events: tickets for the most part, now and then a purchase."""
    entries = {}
    for _ in range(chance.choice((1, 2, 2, 3, 4))):
        drawn = chance.random()
        if drawn < 0.85:
            priority = chance.choice(("P1", "P2", "P3", "P3", "P4"))
            fact = ("ticket.closed", priority, drawn < 0.7, "person", chance.choice((0, 0, 0, 1)))
        elif drawn < 0.95:
            supplier = f"supplier {chance.randrange(SUPPLIERS)}"
            minor = chance.randrange(100, 500_000)
            fact = ("buy", "outside", "cloud software", supplier, "EUR", minor)
        else:
            answers = (("trust", chance.randint(1, 5), 1, 5), ("clarity", 3, 1, 5))
            fact = ("survey.answered", "client", answers, chance.randrange(9))
        entries[chance.getrandbits(64)] = (0, day, encode_fact(fact))
    return encode(Page(entries), day)


async def fill(bootstrap: str, pages: int) -> float:
    """Write the registry and the changelog; return the mean bytes of a page."""
    await apply_topics(Kafka(bootstrap), PARTITIONS)
    producer = AIOKafkaProducer(
        bootstrap_servers=bootstrap, max_batch_size=512 * 1024, compression_type="lz4", acks="all"
    )
    await producer.start()
    try:
        await register(producer)
        return await write_pages(producer, pages)
    finally:
        await producer.stop()


async def register(producer: AIOKafkaProducer) -> None:
    for number in range(CLIENTS):
        name = f"client-{number:04d}"
        data = ClientRegistered(client=name, name=name, owner="team-a", aliases=[])
        topic, key, value, headers = write_binary(
            data, event_id=name, source="urn:bench", time=datetime.now(UTC)
        )
        await producer.send(topic, value, key, headers=headers)
    await producer.flush()


async def write_pages(producer: AIOKafkaProducer, pages: int) -> float:
    chance = random.Random(SEED)  # a workload, no secret
    today = int(time.time()) // 86_400
    names = [f"client-{number:04d}" for number in range(CLIENTS)]
    homes = {name: partition_of(name.encode(), PARTITIONS) for name in names}
    batches, size = defaultdict(producer.create_batch), 0
    for number in range(pages):
        name, day = names[number % CLIENTS], today - pages // CLIENTS + number // CLIENTS + 1
        value, home = page(chance, day), homes[name]
        size += len(value)
        key = f"{name}|{day}|0|0".encode()
        if batches[home].append(key=key, value=value, timestamp=None) is None:
            await producer.send_batch(batches.pop(home), CHANGELOG_TOPIC, partition=home)
            batches[home].append(key=key, value=value, timestamp=None)
    for home, batch in batches.items():
        await producer.send_batch(batch, CHANGELOG_TOPIC, partition=home)
    await producer.flush()
    return size / pages


def start(bootstrap: str, directory: Path, name: str) -> tuple[dict, Child]:
    """Start a worker; return the seconds until each step of its start, and the process."""
    address = directory / "address"
    address.unlink(missing_ok=True)
    began = time.time()
    worker = Child(
        rapport_command(
            "worker",
            *("--bootstrap", bootstrap, "--data-dir", str(directory / "worker")),
            *("--http-port", "0", "--address-file", str(address)),
        ),
        directory / f"{name.replace(' ', '-')}.log",
    )
    served = until(worker, lambda: address.exists() and address.read_text() and time.time())
    until(worker, lambda: fetch_json(f"{address.read_text()}/status")["ready"])
    cpu = cpu_seconds(worker.pid)
    times = until(worker, lambda: scored(address.read_text()))
    return times_of(name, began, {"imports": served, "cpu": cpu, **times}, worker), worker


def scored(url: str) -> dict | None:
    status = fetch_json(f"{url}/status")
    if "scored" not in status.get("timestamps", {}):
        return None
    return {**status["timestamps"], "pages": status["recovered_pages"]}


def until(worker: Child, found):
    deadline = time.monotonic() + SECONDS_MAX
    while True:
        assert worker.exit_code is None, worker.tail()
        assert time.monotonic() < deadline, worker.tail()
        try:
            if answer := found():
                return answer
        except Exception:  # it does not answer yet
            pass
        time.sleep(0.05)


def times_of(name: str, began: float, times: dict, worker: Child) -> dict:
    """Return the seconds that each step took, and the sums that matter."""
    steps = ("imports", "assigned", "restored", "ready", "scored")
    starts = [began, *(times[step] for step in steps)]
    took = [round(end - start, 2) for start, end in pairwise(starts)]
    titles = ("imports", "join the group", "read the changelog", "read into measures", "scores")
    return {
        "from": name,
        "pages": times["pages"],
        **dict(zip(titles, took, strict=True)),
        "ready after": round(times["ready"] - began, 2),
        "CPU s until ready": times["cpu"],
        "scored after": round(times["scored"] - began, 2),
        "goal": GOALS_SECONDS[name],
        "peak MiB": peak_mib(worker.pid),
    }


def cpu_seconds(pid: int) -> float:
    """Return the processor time of a process: what else runs on the machine does not show."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def peak_mib(pid: int) -> int:
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmHWM"):
            return int(line.split()[1]) // 1024
    return 0


def measure(pages: int, directory: Path) -> list[dict]:
    results = []
    with Broker(directory / "kafka") as broker:
        began = time.monotonic()
        size = asyncio.run(fill(broker.bootstrap, pages))
        print(
            f"{pages:,} pages of {size:.0f} bytes in {time.monotonic() - began:.0f} s",
            file=sys.stderr,
        )
        for name in GOALS_SECONDS:
            found, worker = start(broker.bootstrap, directory, name)
            worker.stop()
            assert found["pages"] == pages, found
            results.append(found)
    return results


def table(results: list[dict]) -> Table:
    shown = Table(title="seconds until a worker is ready again", title_justify="left")
    for column in results[0]:
        shown.add_column(column, justify="left" if column == "from" else "right")
    for result in results:
        shown.add_row(
            *(f"{value:,}" if isinstance(value, int) else str(value) for value in result.values())
        )
    return shown


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--pages", type=int, default=1_000_000)
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="rapport-recovery-") as directory:
        results = measure(options.pages, Path(directory))
    if options.json:
        print(json.dumps(results, indent=2))
    else:
        Console(width=150).print(table(results))


if __name__ == "__main__":
    try:
        main()
    except KeyboardInterrupt:
        sys.exit("stopped")
