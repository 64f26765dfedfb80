"""What Rapport publishes is read by the example of the documentation, run as a user would."""

import asyncio
import subprocess
import sys
import uuid
from fractions import Fraction
from pathlib import Path

import pytest
from kafka import KafkaConsumer, KafkaProducer, TopicPartition

from rapport.kafka.connection import PARTITIONS, Kafka
from rapport.kafka.topics import apply_topics
from rapport.publish.publisher import Publisher
from rapport_schemas.docs.examples import EXAMPLES
from rapport_schemas.exact_numbers import ScoreValue
from rapport_schemas.health import ScoreChanged

pytestmark = pytest.mark.kafka
EXAMPLE = Path(__file__).parents[3] / "docs" / "examples" / "consume_health.py"
FIRST = ScoreChanged.model_validate(
    EXAMPLES["rapport.health.score-changed.v1"].good, strict=False
).model_copy(update={"client": f"client-{uuid.uuid4().hex[:8]}", "follows": None})


def after(change, number, **differs):
    """Return the change that follows, to another value, attributed to one component."""
    values = change.model_dump(mode="json")
    step = number - change.new.fraction
    part = {**values["attribution"][0], "points": {"value": float(step), "exact": str(step)}}
    values |= {"old": values["new"], "new": ScoreValue.of(number).model_dump(mode="json")}
    values |= {"attribution": [part], "follows": change.event_id, **differs}
    return ScoreChanged.model_validate(values, strict=False)


def read_by_the_example(bootstrap, group):
    address = ("--bootstrap", bootstrap, "--group", group)
    done = subprocess.run(
        [sys.executable, EXAMPLE, *address, "--stop-after-seconds", "8"],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return list(of_this_client(done.stdout.splitlines()))


def of_this_client(lines):
    """Yield what is said of the client of this test: the topic holds others' changes too."""
    of_it = False
    for line in lines:
        of_it = line.startswith(FIRST.client) or (of_it and line.startswith("  "))
        if of_it:
            yield line


def publish_a_type_that_is_not_known_yet(bootstrap):
    producer = KafkaProducer(bootstrap_servers=bootstrap)
    headers = [("ce_type", b"rapport.health.score-changed.v2"), ("ce_id", b"1")]
    producer.send("relationship-health", b"{}", FIRST.client.encode(), headers).get(timeout=10)
    producer.close()


def unread(bootstrap, group):
    topic = TopicPartition("relationship-health", 0)
    consumer = KafkaConsumer(bootstrap_servers=bootstrap, group_id=group)
    left = consumer.end_offsets([topic])[topic] - consumer.committed(topic)
    consumer.close()
    return left


def test_the_example_shows_each_change_once_and_notices_one_that_is_missing(kafka):
    second = after(FIRST, Fraction(1, 2))
    never_sent = after(second, Fraction(1, 4))
    last = after(never_sent, Fraction(3, 4))
    group = f"example-{uuid.uuid4()}"
    asyncio.run(apply_topics(Kafka(kafka), PARTITIONS))
    with Publisher(kafka, source="urn:rapport:worker") as publisher:
        for change in (FIRST, second, second, last):
            assert publisher.publish(change, id=change.event_id).topic == "relationship-health"
    publish_a_type_that_is_not_known_yet(kafka)
    lines = read_by_the_example(kafka, group)
    assert lines == [
        f"{FIRST.client} trust -0.125: {FIRST.reason.en}",
        "  -0.150 reopened: ticket_reopened of 2026-03-02, 3 events",
        "  +0.025 survey: decay, 0 events",
        f"{FIRST.client} trust +0.025: {FIRST.reason.en}",
        "  +0.025 reopened: ticket_reopened of 2026-03-02, 3 events",
        f"{FIRST.client} trust: an earlier change was missed",
        f"{FIRST.client} trust +0.500: {FIRST.reason.en}",
        "  +0.500 reopened: ticket_reopened of 2026-03-02, 3 events",
    ]
    assert unread(kafka, group) == 0
