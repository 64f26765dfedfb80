"""Samples a worker once a second: memory, series, and what its metrics say."""

import threading
import time
import urllib.request
from dataclasses import dataclass, field
from pathlib import Path
from typing import Self

from faults import WorkerSlot

from rapport_schemas.wire.errors import RapportError

PAGE_BYTES = 4096
MIB = 1024 * 1024
FIGURES = (
    "rapport_kafka_up",
    "rapport_kafka_last_answer_timestamp_seconds",
    "rapport_loop_lag_seconds",
    "rapport_lag_records",
    "rapport_ready",
)


@dataclass(frozen=True, slots=True)
class Sample:
    """One observation."""

    seconds: float
    memory_mib: float
    series: int
    events: int
    figures: dict[str, float] = field(default_factory=dict)


class Sampler(threading.Thread):
    """Takes a sample each second until its context ends."""

    def __init__(self, slot: WorkerSlot) -> None:
        super().__init__(daemon=True)
        self.samples: list[Sample] = []
        self._slot, self._over = slot, threading.Event()
        self._began = time.monotonic()

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_exception: object) -> None:
        self._over.set()
        self.join()

    def run(self) -> None:
        while not self._over.wait(1.0):
            try:
                self.samples.append(self._observe())
            except (OSError, ValueError, RapportError):
                continue  # it is starting

    def _observe(self) -> Sample:
        pid = self._slot.child.pid
        resident = int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * PAGE_BYTES / MIB
        with urllib.request.urlopen(f"{self._slot.url}/metrics", timeout=5) as answer:
            lines = [line for line in answer.read().decode().splitlines() if line[:1] != "#"]
        events = self._slot.status().get("events", 0)
        return Sample(time.monotonic() - self._began, resident, len(lines), events, _figures(lines))


def _figures(lines: list[str]) -> dict[str, float]:
    found: dict[str, float] = {}
    for line in lines:
        series, _, value = line.rpartition(" ")
        name = series.partition("{")[0]
        if name in FIGURES:
            found[name] = found.get(name, 0.0) + float(value)
    return found
