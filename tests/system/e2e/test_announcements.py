"""A real worker announces each change once, exactly, whatever ends in between."""

import subprocess
import sys
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from kafka import KafkaConsumer, TopicPartition

from rapport.devkit.testing import WorkerProcess
from rapport.publish.publisher import Publisher
from rapport.web.client import fetch_json
from rapport_schemas.client import ClientRegistered
from rapport_schemas.exact_numbers import total
from rapport_schemas.health import StateChanged
from rapport_schemas.survey import SurveyAnswered
from rapport_schemas.ticket import TicketReopened
from rapport_schemas.wire.errors import RapportError
from rapport_schemas.wire.registry import PUBLISHED

pytestmark = pytest.mark.kafka
SECONDS_MAX = 60
EXAMPLE = Path(__file__).parents[3] / "docs" / "examples" / "consume_health.py"
HEALTH = TopicPartition("relationship-health", 0)
NOW = datetime.now(UTC) - timedelta(minutes=5)


class Running:
    """An empty broker with one client, and a worker that can be killed and started again."""

    def __init__(self, bootstrap, directory):
        self.bootstrap, self.directory = bootstrap, directory
        self.worker = None
        self.numbers = iter(range(10_000))
        self._consumer = KafkaConsumer(bootstrap_servers=bootstrap)
        self._consumer.assign([HEALTH])

    def start(self, name="worker"):
        self.worker = WorkerProcess(self.bootstrap, self.directory, "--decoders", "0", name=name)
        self.worker.start()
        self.until(lambda: self.status().get("ready"))

    @property
    def url(self):
        return self.worker.url

    def until(self, condition):
        return self.worker.until(condition)

    def status(self):
        return self.worker.status()

    def send(self, *events, time=NOW):
        with Publisher(self.bootstrap, source="urn:test") as publisher:
            for event in events:
                publisher.publish(event, id=f"event-{next(self.numbers)}", time=time)

    def announced(self):
        """Return (id, change) of all that is announced now."""
        consumer = self._consumer
        consumer.seek_to_beginning()
        end = consumer.end_offsets([HEALTH])[HEALTH]
        found = []
        while consumer.position(HEALTH) < end:
            for records in consumer.poll(timeout_ms=500).values():
                for record in records:
                    headers = {name: content.decode() for name, content in record.headers}
                    assert headers["ce_source"] == "urn:rapport:worker"
                    change = PUBLISHED[headers["ce_type"]].decode(record.value)
                    assert record.key.decode() == change.client
                    found.append((headers["ce_id"], change))
        return found

    def of(self, score):
        return [item for item in self.announced() if getattr(item[1], "score", "") == score]

    def shown(self):
        """Return the client's trust on its page; None while it has none."""
        try:
            return fetch_json(f"{self.url}/clients/finance")["trust"]["value"]
        except RapportError:
            return None


@pytest.fixture
def running(empty_kafka, tmp_path):
    one = Running(empty_kafka, tmp_path)
    one.send(ClientRegistered(client="finance", name="Finance", owner="team-a"))
    yield one
    if one.worker is not None:
        one.worker.stop()


def answered(score):
    return SurveyAnswered(
        client="finance",
        survey_id="2026-q1",
        viewpoint="client",
        answers=[{"question": "trust", "score": score}],
    )


def reopened(number):
    return TicketReopened(client="finance", ticket_id=f"T{number}")


def assert_one_exact_chain(found):
    newest = {}
    for identity, change in found:
        name = change.state if isinstance(change, StateChanged) else change.score
        about = (type(change), name)
        before = newest.get(about)
        if before and before[0] == identity:
            continue  # after a crash: published again, unchanged
        assert (change.follows, change.old) == (before or (None, None))
        assert identity == change.event_id
        if not isinstance(change, StateChanged):
            assert total(part.points for part in change.attribution) == change.change.fraction
        newest[about] = (identity, change.new)
    return newest


def read_by_the_example(bootstrap):
    done = subprocess.run(
        [sys.executable, EXAMPLE, "--bootstrap", bootstrap, "--stop-after-seconds", "6"],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.splitlines()


def test_each_change_is_announced_once_over_restarts_and_adds_up(running):
    running.start()
    running.send(*(answered(4) for _ in range(6)))
    running.until(lambda: len(running.of("trust")) == 1)
    running.send(*(reopened(number) for number in range(5)))
    running.until(lambda: len(running.of("trust")) == 2)
    (_, first), (_, second) = running.of("trust")
    assert (first.old, first.new.value) == (None, pytest.approx(0.73, abs=0.01))
    assert [(part.kind, part.events) for part in first.attribution] == [("answer", 6)]
    assert {part.kind: part.events for part in second.attribution} == {
        "ticket_reopened": 5,
        "decay": 0,
    }
    before = running.announced()
    running.worker.stop()
    running.start()
    time.sleep(4)  # several evaluations, in which nothing changed
    assert running.announced() == before
    running.worker.kill()
    running.send(*(reopened(number) for number in range(5, 9)))
    running.start("another")  # whose store is empty: what was announced comes from Kafka
    running.until(lambda: len(running.of("trust")) == 3)
    running.send(reopened(20), time=NOW - timedelta(days=30))
    running.until(lambda: len(running.of("trust")) == 4)
    late = running.of("trust")[-1][1]
    assert ("ticket_reopened", None, 1) in {(p.kind, p.day, p.events) for p in late.attribution}
    newest = assert_one_exact_chain(running.announced())
    assert float(newest[type(late), "trust"][1].fraction) == running.shown()
    lines = read_by_the_example(running.bootstrap)
    assert sum(line.startswith("finance trust") for line in lines) == 4
    assert not [line for line in lines if "missed" in line]
    assert any("ticket_reopened" in line and "5 events" in line for line in lines)


def test_killed_at_any_moment_nothing_is_lost_and_nothing_has_two_ids(running):
    for round_number in range(3):
        running.start()
        running.send(*(answered(1 + round_number) for _ in range(6)))
        count = len(running.announced())
        running.until(lambda count=count: len(running.announced()) > count)
        running.send(*(reopened(100 * round_number + number) for number in range(4)))
        time.sleep(0.3 * round_number)
        running.worker.kill()
    running.start()

    def all_announced():
        newest = assert_one_exact_chain(running.announced())
        announced = {name: value for (_, name), (_, value) in newest.items()}
        shown = running.shown()
        return shown is not None and abs(float(announced["trust"].fraction) - shown) < 0.005

    running.until(lambda: running.status().get("lag_records") == 0 and all_announced())
