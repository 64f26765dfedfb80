"""kafka-python as it comes, with the same validation: no bound, no receipt, no spool."""

import sys
import uuid
from datetime import UTC, datetime

if "--checksum-in-python" in sys.argv:
    sys.modules["crc32c"] = None  # as `pip install kafka-python` leaves it

from common import event, measure
from kafka import KafkaProducer

from rapport_schemas.wire.envelope import write_binary

producer = KafkaProducer(
    bootstrap_servers=sys.argv[1], acks="all", linger_ms=20, batch_size=256 * 1024
)


def publish(number):
    topic, key, value, headers = write_binary(
        event(number), event_id=str(uuid.uuid4()), source="urn:bench", time=datetime.now(UTC)
    )
    producer.send(topic, value, key, headers)


name = "kafka-python, bare" + (", as pip installs it" if sys.modules["crc32c"] is None else "")
measure(name, int(sys.argv[2]), publish, producer.flush)
