"""Whether Kafka answers, by a clock that a test turns."""

import asyncio
from types import SimpleNamespace

import pytest
from aiokafka.errors import KafkaConnectionError

from rapport.kafka import liveness
from rapport.kafka.liveness import KafkaLiveness

AWAY = "Kafka does not answer"
BACK = "Kafka answers again"


@pytest.fixture
def clock(monkeypatch):
    made = SimpleNamespace(now=1_000.0)
    monkeypatch.setattr(liveness, "time", SimpleNamespace(time=lambda: made.now))
    monkeypatch.setattr(liveness, "PROBE_SECONDS", 0)
    return made


@pytest.mark.parametrize(("now", "answers"), [(1_009.9, True), (1_010.0, False), (1_011.0, False)])
def test_kafka_answers_for_ten_seconds_after_it_answered(clock, now, answers):
    watch = KafkaLiveness(None)
    assert watch.answers is False
    watch.answered_seconds = 1_000.0
    clock.now = now
    assert watch.answers is answers


@pytest.mark.parametrize(
    ("times", "messages"),
    [
        ([1_009.9], []),
        ([1_010.0], [AWAY]),
        ([1_010.0, 1_020.0], [AWAY]),
    ],
    ids=["it may not be connected yet", "at ten seconds", "it is logged once"],
)
def test_an_outage_of_kafka_is_logged_once_after_ten_seconds(clock, caplog, times, messages):
    watch = KafkaLiveness(None)
    for now in times:
        clock.now = now
        watch._log_change()
    assert [record.message.split(";")[0] for record in caplog.records] == messages


def test_the_return_of_kafka_is_logged_once_and_only_after_an_outage(clock, caplog):
    watch = KafkaLiveness(None)
    for answered, now in ((1_000, 1_001), (1_000, 1_010), (1_011, 1_011), (1_011, 1_012)):
        watch.answered_seconds, clock.now = answered, now
        watch._log_change()
    assert [record.message.split(";")[0] for record in caplog.records] == [AWAY, BACK]


@pytest.mark.parametrize("error", [KafkaConnectionError(), OSError(), TimeoutError()], ids=repr)
def test_an_error_of_kafka_s_is_no_answer_and_it_is_asked_again(clock, error):
    left = [(1_001.0, None), (1_002.0, error), (1_003.0, None), (1_004.0, error)]

    async def answer():
        if not left:
            raise ZeroDivisionError  # no error of Kafka's: it ends the watch
        clock.now, raised = left.pop(0)
        if raised is not None:
            raise raised

    watch = KafkaLiveness(answer)
    with pytest.raises(ZeroDivisionError):
        asyncio.run(watch.follow())
    assert watch.answered_seconds == 1_003.0


def test_it_asks_every_two_seconds_and_waits_five_for_an_answer():
    assert (liveness.PROBE_SECONDS, liveness.ANSWER_SECONDS_MAX) == (2.0, 5.0)
