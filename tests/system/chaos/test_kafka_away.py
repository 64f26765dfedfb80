"""While Kafka is away the worker says so and keeps its bounds; then nothing is missing."""

import os
import signal
import threading
import time
import urllib.request
from datetime import UTC, datetime
from pathlib import Path

import pytest

from rapport.publish import Publisher

pytestmark = pytest.mark.kafka
AWAY_SECONDS = 16
"""Longer than the session of a worker, 10 s: its partitions are given up meanwhile."""
RATE = 40
GROWTH_MIB_MAX = 40
HANG_SECONDS = 120


def metric(line, name):
    text = urllib.request.urlopen(f"{line.slot.url}/metrics", timeout=10).read().decode()
    found = [text for text in text.splitlines() if text.startswith((f"{name} ", f"{name}{{"))]
    return sum(float(text.rsplit(" ", 1)[1]) for text in found) if found else None


def resident_mib(pid):
    pages = int(Path(f"/proc/{pid}/statm").read_text().split()[1])
    return pages * 4096 / 1024**2


def ended(process):
    deadline = time.monotonic() + HANG_SECONDS
    while process.exit_code is None:
        assert time.monotonic() < deadline, process.tail(40)
        time.sleep(0.05)
    return process.exit_code


class Service:
    """Publishes the plan through a spool, without minding whether Kafka is there."""

    def __init__(self, bootstrap, directory):
        from plan import plan

        self._events = plan(1, 10_000, datetime.now(UTC))
        self._publisher = Publisher(bootstrap, source="urn:test", spool=directory / "spool")
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._run)
        self.receipts = 0

    def __enter__(self):
        self._thread.start()
        return self

    def _run(self):
        for planned in self._events:
            if self._over.wait(1 / RATE):
                return
            receipt = self._publisher.publish(planned.data, id=planned.event_id, time=planned.at)
            self.receipts += receipt.done

    def end(self):
        self._over.set()
        self._thread.join()
        self._publisher.flush(60)

    def __exit__(self, *_exception):
        self._over.set()
        self._thread.join()
        self._publisher.close()


def test_nothing_is_lost_while_kafka_is_away_and_what_is_shown_says_so(line, tmp_path):
    line.start()
    with Service(line.broker.bootstrap, tmp_path) as service:
        line.until_handled(40)
        line.until(lambda: metric(line, "rapport_kafka_up") == 1)
        before_mib = resident_mib(line.slot.child.pid)
        line.broker.kill()
        went, receipts = time.time(), service.receipts
        line.until(lambda: metric(line, "rapport_kafka_up") == 0)
        assert metric(line, "rapport_lag_records") is None
        time.sleep(max(0.0, went + AWAY_SECONDS - time.time()))
        assert metric(line, "rapport_kafka_last_answer_timestamp_seconds") <= went + 1
        assert metric(line, "rapport_source_last_arrival_timestamp_seconds") is not None
        assert service.receipts > receipts
        assert resident_mib(line.slot.child.pid) < before_mib + GROWTH_MIB_MAX
        line.broker.start()
        service.end()
    line.until_handled(service.receipts)
    line.until(lambda: metric(line, "rapport_lag_records") == 0)
    assert line.slot.status()["events"] >= service.receipts
    log = line.log()
    assert "Kafka does not answer; the worker waits for it" in log
    assert "Kafka answers again" in log
    assert len(log.splitlines()) < 200


def test_sigterm_ends_the_worker_while_kafka_is_away_and_a_start_then_fails_with_the_reason(line):
    line.start()
    line.broker.kill()
    process = line.slot.child
    os.kill(process.pid, signal.SIGTERM)
    # An exit code of its own: nothing killed it, though Kafka answers none of its last requests.
    assert ended(process) == 0
    line.slot.launch()
    assert ended(line.slot.child) == 1
    assert f"no Kafka answers at {line.broker.bootstrap}" in line.slot.tail()
