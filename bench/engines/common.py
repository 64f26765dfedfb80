"""What every engine shares: the validation, the clock, and the line that it prints."""

import json
import resource
import time
from typing import Any

from rapport_schemas.wire.registry import CONTRACTS

TOPICS = ("tickets", "procurement", "surveys")


def validated(headers: Any, value: bytes) -> Any:
    """Return the model of an event: the same validation for every engine."""
    return CONTRACTS[dict(headers)["ce_type"].decode()].decode(value)


class Clock:
    """Measures from the first event to the last."""

    def __init__(self, engine: str, event_count: int, state: str) -> None:
        self.engine, self.event_count, self.state = engine, event_count, state
        self.count = 0
        self.started = self.cpu_started = 0.0

    def seen(self, count: int = 1) -> bool:
        """Count events; return whether all have been seen, after printing the line."""
        if not self.count:
            self.started, self.cpu_started = time.perf_counter(), time.process_time()
        self.count += count
        if self.count < self.event_count:
            return False
        seconds = time.perf_counter() - self.started
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        line = {
            "engine": self.engine,
            "events": self.count,
            "seconds": round(seconds, 3),
            "events_per_second": round(self.count / seconds),
            "cpu_us_per_event": round(
                (time.process_time() - self.cpu_started) / self.count * 1e6, 1
            ),
            "peak_rss_mib": round(peak),
            "state": self.state,
        }
        print("RESULT " + json.dumps(line), flush=True)
        return True
