"""The worker ends when it is asked to, also when its services do not."""

import asyncio
from types import SimpleNamespace

import faust
import pytest

from rapport.worker.faust_ext import shutdown
from rapport.worker.faust_ext.shutdown import BoundedShutdownWorker


class Timer:
    """A timer that a test sets off."""

    def __init__(self, seconds, action):
        self.seconds, self.action, self.daemon, self.started = seconds, action, False, 0

    def start(self):
        assert self.daemon, "the process would wait for it"
        self.started += 1


@pytest.fixture
def line(monkeypatch):
    made = SimpleNamespace(timers=[], stopped=0, codes=[])

    def timer(*arguments):
        made.timers.append(Timer(*arguments))
        return made.timers[-1]

    async def stop(_worker):
        made.stopped += 1

    monkeypatch.setattr(shutdown, "threading", SimpleNamespace(Timer=timer))
    monkeypatch.setattr(shutdown, "os", SimpleNamespace(_exit=made.codes.append))
    monkeypatch.setattr(faust.Worker, "stop", stop)
    made.worker = BoundedShutdownWorker.__new__(BoundedShutdownWorker)
    return made


def test_it_stops_its_services_and_ends_six_seconds_later_at_the_latest(line):
    asyncio.run(line.worker.stop())
    asyncio.run(line.worker.stop())
    (timer,) = line.timers
    assert (timer.seconds, timer.started, line.stopped) == (6.0, 1, 2)
    assert line.codes == []


@pytest.mark.parametrize(("crash", "code"), [(None, 0), (ValueError("x"), 1)], ids=repr)
def test_a_worker_that_crashed_ends_as_a_failure_and_says_what_was_left(
    line, caplog, monkeypatch, crash, code
):
    monkeypatch.setattr(BoundedShutdownWorker, "crash_reason", crash)
    asyncio.run(line.worker.stop())
    line.timers[0].action()
    assert line.codes == [code]
    assert "not everything could be finished in 6 s" in caplog.text
