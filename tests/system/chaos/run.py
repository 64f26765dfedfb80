"""Chaos: faults on a running line, and a ledger that must come out as if there were none.

make chaos            every fault, in random order, at random moments (long)
make chaos QUICK=1    a short run of every kind
make chaos SEED=4711  the same faults and events again
"""

import argparse
import asyncio
import json
import random
import statistics
import sys
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path

from faults import Stage
from oracle import differences, expected_pages, kept_pages
from plan import clients, plan
from rich.console import Console
from rich.progress import Progress
from rich.table import Table

from rapport.devkit.kafka.broker import Broker, free_port
from rapport.kafka.connection import PARTITIONS, Kafka
from rapport.kafka.topics import apply_topics
from rapport.publish import ClientRegistered, Publisher

HERE = Path(__file__).parent
FAULTS = {"worker": 20, "kafka": 5, "publisher": 5, "rebalance": 10, "disk": 3, "frozen": 3}
FAULTS_QUICK = {"worker": 2, "kafka": 1, "publisher": 1, "rebalance": 1, "disk": 1, "frozen": 1}
BETWEEN_SECONDS = (1.0, 6.0)
BETWEEN_SECONDS_QUICK = (0.5, 2.0)
COUNT, COUNT_QUICK = 250_000, 40_000
RATE, RATE_QUICK = 500.0, 250.0


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--quick", action="store_true", help="one of every kind, or two")
    parser.add_argument("--seed", type=int, default=random.randrange(10**6))  # noqa: S311 # no secret
    parser.add_argument("--json", action="store_true", help="print the result as JSON")
    return parser.parse_args()


def register(bootstrap: str) -> None:
    asyncio.run(apply_topics(Kafka(bootstrap), PARTITIONS))
    with Publisher(bootstrap, source="urn:chaos:registry") as publisher:
        for name in clients():
            publisher.publish(ClientRegistered(client=name, name=name, owner="team-a", aliases=[]))


def inject(stage: Stage, drawn: random.Random, *, quick: bool, console: Console) -> dict:
    """Inject every fault; return kind -> seconds of recovery."""
    kinds = [k for k, n in (FAULTS_QUICK if quick else FAULTS).items() for _ in range(n)]
    drawn.shuffle(kinds)
    recovered: dict[str, list[float]] = {}
    stage.recover()
    with Progress(console=console, transient=True) as progress:
        task = progress.add_task("faults", total=len(kinds))
        for kind in kinds:
            time.sleep(drawn.uniform(*(BETWEEN_SECONDS_QUICK if quick else BETWEEN_SECONDS)))
            began = time.monotonic()
            getattr(stage, kind)(drawn)
            stage.recover()
            recovered.setdefault(kind, []).append(time.monotonic() - began)
            progress.update(task, advance=1, description=kind)
    return recovered


def run(seed: int, *, quick: bool, console: Console) -> dict:
    """Do one run; return what was counted."""
    drawn, began = random.Random(seed), datetime.now(UTC)  # noqa: S311 # faults, no secrets
    count = COUNT_QUICK if quick else COUNT
    with tempfile.TemporaryDirectory(prefix="rapport-chaos-") as made:
        directory = Path(made)
        broker = Broker(directory / "kafka", free_port())
        broker.start()
        register(broker.bootstrap)
        command = [sys.executable, str(HERE / "service.py"), broker.bootstrap, str(directory)]
        rate = RATE_QUICK if quick else RATE
        command += [str(seed), str(count), str(rate), began.isoformat()]
        stage = Stage(broker, command, directory)
        try:
            stage.main.start()
            recovered = inject(stage, drawn, quick=quick, console=console)
            if quick:
                stage.end_publishing()
            stage.settle()
            stage.main.stop()
            receipts = (directory / "receipts").stat().st_size
            events = plan(seed, count, began)[:receipts]
            lost, doubled, wrong = differences(expected_pages(events), kept_pages(broker.bootstrap))
        finally:
            stage.end()
    return {
        "seed": seed,
        "events": len(events),
        "faults": {
            kind: {
                "times": len(seconds),
                "recovery_seconds_p50": round(statistics.median(seconds), 1),
                "recovery_seconds_max": round(max(seconds), 1),
            }
            for kind, seconds in recovered.items()
        },
        "lost": lost,
        "doubled": doubled,
        "pages_that_differ": len(wrong),
    }


def table(result: dict) -> Table:
    shown = Table()
    for column in ("fault", "times", "recovery p50 s", "recovery max s"):
        shown.add_column(column, justify="left" if column == "fault" else "right")
    for kind, row in sorted(result["faults"].items()):
        shown.add_row(kind, *(str(value) for value in row.values()))
    return shown


def main() -> int:
    given = arguments()
    console = Console(stderr=True)
    console.print(f"seed {given.seed}; again with SEED={given.seed}")
    result = run(given.seed, quick=given.quick, console=console)
    if given.json:
        print(json.dumps(result, indent=2))
    else:
        print(
            f"{result['events']:,} events with a receipt: {result['lost']} lost, "
            f"{result['doubled']} doubled (seed {result['seed']})"
        )
        Console().print(table(result))
    return int(bool(result["lost"] or result["doubled"] or result["pages_that_differ"]))


if __name__ == "__main__":
    sys.exit(main())
