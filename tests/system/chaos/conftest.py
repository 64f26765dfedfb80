"""A broker of its own with the registry of the chaos runs, and a place for a worker on it."""

import sys
import time
from pathlib import Path

import pytest

HERE = Path(__file__).parent
SECONDS_MAX = 90


class Line:
    """A broker, and one worker that is started and ended by the test."""

    def __init__(self, broker, slot):
        self.broker, self.slot = broker, slot

    def until(self, holds):
        deadline = time.monotonic() + SECONDS_MAX
        while not (found := holds()):
            process = self.slot.process
            assert process.exit_code is None, process.tail(40)
            assert time.monotonic() < deadline, (self.slot.status(), process.tail(40))
            time.sleep(0.2)
        return found

    def until_handled(self, count):
        self.until(lambda: self.slot.status().get("evaluated_events", 0) >= count)

    def start(self):
        self.slot.start()
        self.until(lambda: self.slot.ready)

    def log(self):
        return self.slot.process.log.read_text()


@pytest.fixture
def line(tmp_path, monkeypatch):
    monkeypatch.syspath_prepend(str(HERE))
    from faults import WorkerSlot
    from run import register

    from rapport.devkit.kafka.broker import Broker, free_port

    broker = Broker(tmp_path / "kafka", free_port())
    broker.start()
    slot = WorkerSlot("worker", broker.bootstrap, tmp_path)
    try:
        register(broker.bootstrap)
        yield Line(broker, slot)
    finally:
        slot.stop()
        broker.stop()
        for name in ("faults", "run", "plan", "oracle"):
            sys.modules.pop(name, None)
