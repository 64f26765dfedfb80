"""confluent-kafka (librdkafka, in C) as it comes, with the same validation."""

import sys
import uuid
from datetime import UTC, datetime

from common import event, measure
from confluent_kafka import Producer

from rapport_schemas.wire.envelope import write_binary

producer = Producer(
    {
        "bootstrap.servers": sys.argv[1],
        "acks": "all",
        "linger.ms": 20,
        "batch.size": 256 * 1024,
        "partitioner": "murmur2_random",
    }
)


def publish(number):
    topic, key, value, headers = write_binary(
        event(number), event_id=str(uuid.uuid4()), source="urn:bench", time=datetime.now(UTC)
    )
    while True:
        try:
            producer.produce(topic, value, key, headers=headers)
            break
        except BufferError:  # its queue of 100,000 is full
            producer.poll(0.1)


measure("confluent-kafka, bare", int(sys.argv[2]), publish, producer.flush)
