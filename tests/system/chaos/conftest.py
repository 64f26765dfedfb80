"""A broker with the registry of the chaos runs, and a worker on it."""

import sys
from contextlib import contextmanager
from importlib import import_module
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
def line(tmp_path, line_on):
    """A line on a broker of its own, which the test may kill."""
    from rapport.devkit.kafka.broker import Broker, free_port

    with Broker(tmp_path / "kafka", free_port()) as broker, line_on(broker) as one:
        yield one


@pytest.fixture
def programs(monkeypatch):
    """Import a program of this folder, for this test."""
    monkeypatch.syspath_prepend(str(HERE))
    yield import_module
    for name in ("faults", "run", "plan", "oracle", "service"):
        sys.modules.pop(name, None)


@pytest.fixture
def line_on(tmp_path, programs):
    """Make a line on a broker; the test can import the programs of this folder."""

    @contextmanager
    def line_on_broker(broker):
        programs("run").register(broker.bootstrap)
        slot = programs("faults").WorkerSlot("worker", broker.bootstrap, tmp_path)
        try:
            yield Line(broker, slot)
        finally:
            slot.stop()

    return line_on_broker
