"""A broker that tests may kill, with the registry of the chaos runs, and a worker on it."""

import sys
from pathlib import Path

import pytest

HERE = Path(__file__).parent


class Line:
    """A broker and one worker, which the test starts and ends."""

    def __init__(self, broker, slot):
        self.broker, self.slot = broker, slot

    def until(self, condition):
        return self.slot.until(condition)

    def until_handled(self, count):
        self.slot.until_evaluated(count)

    def start(self):
        self.slot.start()
        self.until(lambda: self.slot.ready)

    def log(self):
        return self.slot.log.read_text()


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
