"""Soak: a steady load of every type of event, and a memory that must stay flat.

make soak MINUTES=20

The same events come again and again, so what the ledger holds is the same after the first round;
what grows after it, leaks. The first third of the run warms up and is not judged.
"""

import argparse
import itertools
import json
import random
import statistics
import sys
import tempfile
import threading
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from faults import WorkerSlot
from plan import clients
from rich.console import Console
from rich.table import Table
from run import register
from sampling import Sample, Sampler

from rapport.devkit.kafka.broker import Broker, free_port
from rapport.domain.events.facts import FACT_TYPES
from rapport.publish import Publisher
from rapport_schemas.docs.examples import EXAMPLES
from rapport_schemas.wire.registry import CONTRACTS

SEED = 4711
EVENTS = 12_000
RATE = 150.0
"""Events a second, so that a round takes 80 seconds."""
GROWTH_MIB_MAX = 15.0
"""How much the median of the last part may lie above that of the first part that is judged."""
SETTLE_SECONDS_MAX = 120
PARTS = 5
READY_SECONDS_MAX = 120


def events() -> list[tuple[Any, str, datetime]]:
    """Return (data, id, time) of every type of event, over five days and every client."""
    drawn = random.Random(SEED)  # noqa: S311 # events, no secrets
    names, everybody, now = sorted(FACT_TYPES), clients(), datetime.now(UTC)
    made = []
    for number in range(EVENTS):
        name, at = names[number % len(names)], now - timedelta(seconds=drawn.randrange(432_000))
        good = EXAMPLES[name].good
        changed = {
            "client": drawn.choice(everybody),
            "ticket_id": f"INC{number}",
            "purchase_id": f"PO-{number}",
            "purchased_on": str(at.date()),
            "occurred_on": str(at.date()),
            "promise_id": f"P-{number}",
            "made_on": str(at.date()),
        }
        data = {**good, **{key: value for key, value in changed.items() if key in good}}
        event = CONTRACTS[name].decode(json.dumps(data).encode())
        made.append((event, f"{name}/{number}", at))
    return made


def publish(bootstrap: str, spool: Path, over: threading.Event, counts: list[int]) -> None:
    """Publish round after round, steadily, until `over`; count what was published."""
    rounds = itertools.cycle(events())
    due = time.monotonic()
    with Publisher(bootstrap, source="urn:soak", spool=spool) as publisher:
        for data, event_id, at in rounds:
            due += 1 / RATE
            if over.wait(max(0.0, due - time.monotonic())):
                return
            publisher.publish(data, id=event_id, time=at)
            counts[0] += 1


def run(minutes: float) -> tuple[list[Sample], int, int]:
    """Return the samples of a run, how many events were published, and how many processed."""
    with tempfile.TemporaryDirectory(prefix="rapport-soak-") as made:
        directory = Path(made)
        with Broker(directory / "kafka", free_port()) as broker:
            register(broker.bootstrap)
            slot = WorkerSlot("worker", broker.bootstrap, directory)
            slot.launch()
            over, counts = threading.Event(), [0]
            arguments = (broker.bootstrap, directory / "spool", over, counts)
            publishing = threading.Thread(target=publish, args=arguments, daemon=True)
            try:
                _wait_ready(slot)
                publishing.start()
                with Sampler(slot) as sampler:
                    time.sleep(minutes * 60)
                    over.set()
                    publishing.join()
                    processed = _processed(slot, counts[0])
            finally:
                over.set()
                slot.stop()
    return sampler.samples, counts[0], processed


def _wait_ready(slot: WorkerSlot) -> None:
    deadline = time.monotonic() + READY_SECONDS_MAX
    while not slot.ready:
        if time.monotonic() > deadline:
            raise RuntimeError("the worker is not ready")
        time.sleep(0.2)


def _processed(slot: WorkerSlot, published: int) -> int:
    """Return how many events were handled, when that is all of them or it has taken too long."""
    deadline = time.monotonic() + SETTLE_SECONDS_MAX
    while slot.status().get("events", 0) < published and time.monotonic() < deadline:
        time.sleep(0.5)
    return int(slot.status().get("events", 0))


def judged(samples: list[Sample]) -> list[Sample]:
    """Return the samples after the warm-up."""
    return samples[len(samples) // 3 :]


def result(samples: list[Sample], published: int, processed: int) -> dict[str, Any]:
    """Return what is printed, and whether the run is good."""
    steady = judged(samples)
    part = max(1, len(steady) // PARTS)
    medians = [
        statistics.median(one.memory_mib for one in steady[start : start + part])
        for start in range(0, part * PARTS, part)
    ]
    slope, _ = statistics.linear_regression(
        [one.seconds for one in steady], [one.memory_mib for one in steady]
    )
    series = sorted({one.series for one in steady})
    late = [one.figures.get("rapport_loop_lag_seconds", 0.0) for one in samples]
    growth = medians[-1] - medians[0]
    return {
        "seconds": round(samples[-1].seconds),
        "published": published,
        "processed": processed,
        "memory_mib": [round(median, 1) for median in medians],
        "memory_mib_max": round(max(one.memory_mib for one in samples), 1),
        "slope_mib_per_hour": round(slope * 3600, 1),
        "growth_mib": round(growth, 1),
        "growth_mib_max": GROWTH_MIB_MAX,
        "series": [series[0], series[-1]],
        "loop_lag_seconds_max": round(max(late), 3),
        "good": growth <= GROWTH_MIB_MAX and processed >= published,
    }


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--minutes", type=float, default=20)
    parser.add_argument("--json", action="store_true", help="print the result as JSON")
    given = parser.parse_args()
    found = result(*run(given.minutes))
    if given.json:
        print(json.dumps(found, indent=2))
    else:
        shown = Table("what", "value", title=f"soak of {given.minutes:g} minutes")
        for name, value in found.items():
            shown.add_row(name, str(value))
        Console().print(shown)
    return int(not found["good"])


if __name__ == "__main__":
    sys.exit(main())
