"""A signal ends an import between two events; one that waits for Kafka ends within a second."""

import os
import signal
import time

import pytest

from rapport.importers.sync import interrupts
from rapport.importers.sync.interrupts import InterruptibleSink


class Sink:
    """Sends itself a signal within each publish, as Ctrl-C does at any instruction."""

    def __init__(self, number, blocked_seconds=0.0):
        self.number, self.blocked_seconds = number, blocked_seconds
        self.appended = 0

    def publish(self, _data, *, id, time):  # noqa: A002, ARG002 # as the real one
        os.kill(os.getpid(), self.number)
        self.wait()
        self.appended += 1

    def wait(self):
        deadline = time.monotonic() + self.blocked_seconds
        while time.monotonic() < deadline:
            time.sleep(0.01)

    def flush(self, _seconds):
        os.kill(os.getpid(), self.number)


@pytest.fixture(autouse=True)
def handlers():
    numbers = (signal.SIGINT, signal.SIGTERM, signal.SIGALRM)
    before = [signal.getsignal(number) for number in numbers]
    signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.setitimer(signal.ITIMER_REAL, 0)
    for number, handler in zip(numbers, before, strict=True):
        signal.signal(number, handler)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_an_event_is_appended_whole_before_the_import_ends(number):
    sink = Sink(number)
    guarded = InterruptibleSink(sink)
    guarded.install()
    with pytest.raises(KeyboardInterrupt):
        guarded.publish(None, id="1", time=None)
    assert sink.appended == 1


def test_between_two_events_it_ends_at_once():
    guarded = InterruptibleSink(Sink(signal.SIGINT))
    guarded.install()
    with pytest.raises(KeyboardInterrupt):
        guarded.flush(1)


def test_a_publish_that_waits_for_kafka_is_ended(monkeypatch):
    monkeypatch.setattr(interrupts, "BLOCKED_SECONDS", 0.05)
    sink = Sink(signal.SIGINT, blocked_seconds=60)
    guarded = InterruptibleSink(sink)
    guarded.install()
    with pytest.raises(KeyboardInterrupt):
        guarded.publish(None, id="1", time=None)
    assert sink.appended == 0


def test_a_signal_that_is_ignored_stays_so():
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    sink = Sink(signal.SIGINT)
    guarded = InterruptibleSink(sink)
    guarded.install()
    guarded.publish(None, id="1", time=None)
    assert sink.appended == 1
