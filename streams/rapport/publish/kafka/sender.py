"""Sends records with kafka-python: connects when first needed, reconnects, survives a fork."""

import threading
from collections.abc import Mapping
from functools import lru_cache
from typing import Any, Final

from kafka import KafkaProducer
from kafka.errors import KafkaError
from kafka.structs import TopicPartition

from rapport.kafka.partitioner import KEYS_REMEMBERED, partition_of
from rapport.publish.event_record import EventRecord
from rapport.publish.kafka.batches import RecordDelivery, abandon, append, disown, partition_count
from rapport.publish.receipts import PublishError

BATCH_BYTES: Final = 256 * 1024
LINGER_MILLISECONDS: Final = 20
METADATA_SECONDS_MAX: Final = 10
RECONNECT_MILLISECONDS_MAX: Final = 1_000
FIXED_OPTIONS: Final = frozenset({"acks", "key_serializer", "partitioner", "value_serializer"})
FIXED: Final = (
    "acks are 'all', because a receipt means that every replica has the event; keys are "
    "partitioned by murmur2, Kafka's default, because one worker must get all events of a client; "
    "values are JSON"
)


@lru_cache(maxsize=KEYS_REMEMBERED)
def _topic_partition(topic: str, partition: int) -> TopicPartition:
    return TopicPartition(topic, partition)


class KafkaSender:
    """A producer with `acks=all`, which connects when it is first needed.

    `options` are passed on to kafka-python (TLS, SASL, compression).
    """

    def __init__(self, bootstrap: str, options: Mapping[str, Any]) -> None:
        fixed = sorted(FIXED_OPTIONS & options.keys())
        if fixed:
            raise PublishError(f"{fixed[0]} cannot be set: {FIXED}")
        self.bootstrap = bootstrap
        self._options = options
        self._producer: Any = None
        self._lock = threading.Lock()

    def connect(self) -> Any:
        """Return the producer, connected; raises `PublishError` when no broker answers."""
        with self._lock:
            if self._producer is None:
                self._producer = self._connected()
            return self._producer

    def send(self, event: EventRecord) -> RecordDelivery:
        """Send an event. Raises `KafkaError`, or `PublishError` when no broker answers."""
        producer = self._producer or self.connect()
        topic = event.topic
        count = partition_count(producer, topic)
        return append(producer, _topic_partition(topic, partition_of(event.key, count)), event)

    def close(self, timeout_seconds: float) -> None:
        """Close; by force when that takes longer than `timeout_seconds`."""
        if self._producer is None:
            return
        try:
            self._producer.close(timeout=timeout_seconds)
        except KafkaError:
            self.drop()
        self._producer = None

    def drop(self) -> None:
        """Discard the events in flight; the next send reconnects."""
        producer, self._producer = self._producer, None
        if producer is not None:
            abandon(producer)

    def forget(self) -> None:
        """In a forked child: leave the parent's connections open; the next send reconnects."""
        if self._producer is not None:
            disown(self._producer)  # closing would shut the parent's sockets
        self._producer, self._lock = None, threading.Lock()

    def _connected(self) -> Any:
        settings = {
            "linger_ms": LINGER_MILLISECONDS,
            "batch_size": BATCH_BYTES,
            "max_block_ms": METADATA_SECONDS_MAX * 1000,
            "reconnect_backoff_max_ms": RECONNECT_MILLISECONDS_MAX,
            "bootstrap_timeout_ms": METADATA_SECONDS_MAX * 1000,
            # With idempotence, one event that the broker rejects as too large stops the producer,
            # and every other event with it. Without it a retry may write a record twice, which the
            # event id reveals; one request at a time preserves the order.
            "enable_idempotence": False,
            "max_in_flight_requests_per_connection": 1,
            "metrics_enabled": False,
            **self._options,
        }
        try:
            return KafkaProducer(bootstrap_servers=self.bootstrap, acks="all", **settings)
        except KafkaError as error:
            raise PublishError(
                f"no Kafka answers at {self.bootstrap}: {error}; is the broker running there, and "
                "are user, password and certificates correct? `rapport access publisher` checks"
            ) from error
