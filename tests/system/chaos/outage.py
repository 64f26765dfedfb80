"""Outage: Kafka away for minutes, then back: nothing lost, memory bounded, and no false metric.

make outage MINUTES=10
"""

import argparse
import json
import sys
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from faults import Stage
from oracle import differences, expected_pages, kept_pages
from plan import plan
from rich.console import Console
from rich.table import Table
from run import HERE, register
from sampling import Sample, Sampler

from rapport.devkit.kafka.broker import Broker, free_port

SEED = 4711
RATE = 100.0
BEFORE_SECONDS = 20
AFTER_SECONDS = 20
SETTLE_SECONDS = 12
"""After so long the worker must know that Kafka is away."""
GROWTH_MIB_MAX = 40.0


def run(minutes: float) -> dict[str, Any]:
    """Do one run; return what was seen."""
    began = datetime.now(UTC)
    count = int((minutes * 60 + BEFORE_SECONDS + AFTER_SECONDS) * RATE)
    with tempfile.TemporaryDirectory(prefix="rapport-outage-") as made:
        directory = Path(made)
        broker = Broker(directory / "kafka", free_port())
        broker.start()
        register(broker.bootstrap)
        command = [sys.executable, str(HERE / "service.py"), broker.bootstrap, str(directory)]
        command += [str(SEED), str(count), str(RATE), began.isoformat()]
        stage = Stage(broker, command, directory)
        try:
            stage.main.start()
            stage.recover()
            with Sampler(stage.main) as sampler:
                time.sleep(BEFORE_SECONDS)
                before = list(sampler.samples)
                broker.kill()
                went = time.time()
                time.sleep(minutes * 60)
                away = sampler.samples[len(before) + SETTLE_SECONDS :]
                broker.start()
                back = time.monotonic()
                stage.settle()
                took = time.monotonic() - back
            stage.main.stop()
            receipts = (directory / "receipts").stat().st_size
            events = plan(SEED, count, began)[:receipts]
            lost, doubled, wrong = differences(expected_pages(events), kept_pages(broker.bootstrap))
        finally:
            stage.end()
    summary = {"minutes": minutes, "events": receipts, "settled_after_seconds": round(took, 1)}
    counted = {"lost": lost, "doubled": doubled, "pages_that_differ": len(wrong)}
    return {**summary, **counted, **seen(before, away, went)}


def seen(before: list[Sample], away: list[Sample], went: float) -> dict[str, Any]:
    """Return what the worker showed while Kafka was away, against what was true."""
    memory = max(one.memory_mib for one in before)
    most = max(one.memory_mib for one in away)
    false = [
        one
        for one in away
        if one.figures["rapport_kafka_up"]
        or "rapport_lag_records" in one.figures
        or one.figures["rapport_kafka_last_answer_timestamp_seconds"] > went + 1
    ]
    return {
        "samples_while_away": len(away),
        "false_samples": len(false),
        "memory_mib_before": round(memory, 1),
        "memory_mib_max_while_away": round(most, 1),
        "loop_lag_seconds_max": max(one.figures["rapport_loop_lag_seconds"] for one in away),
        "bounded": most - memory < GROWTH_MIB_MAX,
    }


def good(found: dict[str, Any]) -> bool:
    wrong = ("lost", "doubled", "pages_that_differ", "false_samples")
    return found["bounded"] and not any(found[name] for name in wrong)


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--minutes", type=float, default=10)
    parser.add_argument("--json", action="store_true", help="print the result as JSON")
    given = parser.parse_args()
    found = run(given.minutes)
    if given.json:
        print(json.dumps(found, indent=2))
    else:
        shown = Table("what", "value", title=f"Kafka away for {given.minutes:g} minutes")
        for name, value in found.items():
            shown.add_row(name, str(value))
        Console().print(shown)
    return int(not good(found))


if __name__ == "__main__":
    sys.exit(main())
