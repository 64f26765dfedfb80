"""publish() beside bare kafka-python and confluent-kafka, each on one core: make bench-publish."""

import argparse
import asyncio
import json
import os
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

from rich.console import Console
from rich.table import Table
from run import PEERS, ROOT, set_up_peers

from rapport.devkit.kafka.broker import Broker
from rapport.kafka.connection import PARTITIONS, Kafka
from rapport.kafka.topics import apply_topics

HERE = Path(__file__).parent / "publishers"
GOAL_EVENTS_PER_CPU_SECOND = 20_000
SECONDS_MAX = 300
WAYS = {
    "rapport": (sys.executable, "rapport_publisher.py", "memory"),
    "kafka-python": (sys.executable, "bare_kafka_python.py"),
    "kafka-python-as-installed": (sys.executable, "bare_kafka_python.py", "--checksum-in-python"),
    "confluent-kafka": (str(PEERS), "bare_confluent.py"),
    "rapport-spool-many": (sys.executable, "rapport_publisher.py", "many"),
    "rapport-spool-each-second": (sys.executable, "rapport_publisher.py", "each-second"),
    "rapport-spool-threads": (sys.executable, "rapport_publisher.py", "threads"),
    "rapport-spool-one-thread": (sys.executable, "rapport_publisher.py", "one-thread"),
}
SLOW = {"rapport-spool-one-thread", "rapport-spool-threads"}
console = Console(stderr=True)


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--events", type=int, default=100_000, help="a multiple of 100")
    parser.add_argument("--runs", type=int, default=3, help="the median counts")
    parser.add_argument("--ways", nargs="*", choices=list(WAYS), default=list(WAYS))
    parser.add_argument("--json", action="store_true", help="print the results as JSON")
    return parser.parse_args()


def one(way: str, bootstrap: str, events: int) -> dict:
    python, script, *more = WAYS[way]
    event_count = events // 1000 * 100 if way in SLOW else events
    command = [python, str(HERE / script), bootstrap, str(event_count), *more]
    environment = {
        **os.environ,
        "PYTHONPATH": os.pathsep.join((str(ROOT / "streams"), str(ROOT / "schemas"))),
    }
    done = subprocess.run(
        command, capture_output=True, text=True, env=environment, timeout=SECONDS_MAX, check=False
    )
    for line in done.stdout.splitlines():
        if line.startswith("RESULT "):
            return json.loads(line.removeprefix("RESULT "))
    raise SystemExit(f"{' '.join(command)} gave no result:\n{done.stderr[-2000:]}")


def one_run(options: argparse.Namespace, number: int) -> list[dict]:
    with (
        tempfile.TemporaryDirectory(prefix="rapport-bench-") as made,
        Broker(Path(made) / "kafka") as broker,
    ):
        asyncio.run(apply_topics(Kafka(broker.bootstrap), PARTITIONS))
        found = []
        for way in options.ways:
            found.append(one(way, broker.bootstrap, options.events))
            rate = found[-1]["events_per_second"]
            console.print(f"run {number}: {way} {rate:,} events/s")
        return found


def medians(runs: list[list[dict]]) -> list[dict]:
    results = []
    for same in zip(*runs, strict=True):
        middle = {
            key: round(statistics.median(result[key] for result in same), 1)
            for key, value in same[0].items()
            if isinstance(value, int | float)
        }
        rates = [result["events_per_second"] for result in same]
        results.append({**same[0], **middle, "runs": rates})
    return results


def table(results: list[dict]) -> Table:
    shown = Table(title="publishing with validation, on one core", title_justify="left")
    columns = (
        "publisher",
        "events/s",
        "events a CPU second",
        "CPU us an event",
        "runs",
        "peak MiB",
    )
    for column in columns:
        shown.add_column(column, justify="left" if column == "publisher" else "right")
    for result in results:
        shown.add_row(
            result["publisher"],
            f"{result['events_per_second']:,.0f}",
            f"{events_a_cpu_second(result):,.0f}",
            f"{result['cpu_microseconds_per_event']:.1f}",
            " ".join(f"{rate:,}" for rate in result["runs"]),
            f"{result['peak_rss_mib']:.0f}",
        )
    return shown


def events_a_cpu_second(result: dict) -> float:
    """What one core does when it is not shared: the neighbours of this machine do not show."""
    return 1e6 / result["cpu_microseconds_per_event"]


def main() -> None:
    options = arguments()
    if any(WAYS[way][0] == str(PEERS) for way in options.ways):
        set_up_peers()
    results = medians([one_run(options, number + 1) for number in range(options.runs)])
    if options.json:
        print(json.dumps(results, indent=2))
    else:
        Console(width=120).print(table(results))
    ours = next((r for r in results if r["publisher"] == "Rapport"), None)
    if ours and events_a_cpu_second(ours) < GOAL_EVENTS_PER_CPU_SECOND:
        raise SystemExit(f"below the goal of {GOAL_EVENTS_PER_CPU_SECOND:,} events a CPU second")


if __name__ == "__main__":
    try:
        main()
    except KeyboardInterrupt:
        sys.exit("stopped")
