"""kafka-python behind one door: connects late, and can be dropped or, in a fork, forgotten."""

import threading
from collections.abc import Mapping
from functools import lru_cache
from typing import Any, Final

from kafka import KafkaProducer
from kafka.errors import KafkaError
from kafka.structs import TopicPartition

from rapport.kafka.partitioner import KEYS_REMEMBERED, partition_of
from rapport.publish.event_record import EventRecord
from rapport.publish.kafka.batches import Delivery, append
from rapport.publish.receipts import PublishError

BATCH_BYTES: Final = 256 * 1024
LINGER_MILLISECONDS: Final = 20
METADATA_SECONDS_MAX: Final = 10
RECONNECT_MILLISECONDS_MAX: Final = 1_000
FIXED_OPTIONS: Final = frozenset({"acks", "key_serializer", "partitioner", "value_serializer"})
FIXED: Final = (
    "acks are 'all', or a receipt would mean nothing; clients are partitioned as Kafka does by "
    "default (murmur2), or their events would be split between workers; values are JSON"
)


@lru_cache(maxsize=KEYS_REMEMBERED)
def _place(topic: str, partition: int) -> TopicPartition:
    return TopicPartition(topic, partition)


class KafkaSender:
    """A producer that waits for every in-sync replica, and connects when it is first needed.

    `options` go to kafka-python as they are (TLS, SASL, compression).
    """

    def __init__(self, bootstrap: str, options: Mapping[str, Any]) -> None:
        fixed = sorted(FIXED_OPTIONS & options.keys())
        if fixed:
            raise PublishError(f"{fixed[0]} cannot be chosen: {FIXED}")
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

    def send(self, event: EventRecord) -> Delivery:
        """Hand over an event. Raises `KafkaError`, or `PublishError` when no broker answers."""
        producer = self._producer or self.connect()
        topic = event.topic
        partitions = producer._metadata.partitions_for_topic(topic)  # noqa: SLF001 # the public way waits
        count = len(partitions or producer.partitions_for(topic))
        return append(producer, _place(topic, partition_of(event.key, count)), event)

    def close(self, timeout_seconds: float) -> None:
        """Close in order when that is possible in time, else by force."""
        if self._producer is None:
            return
        try:
            self._producer.close(timeout=timeout_seconds)
        except KafkaError:
            self.drop()
        self._producer = None

    def drop(self) -> None:
        """Give up what is in flight; the next send connects anew."""
        producer, self._producer = self._producer, None
        if producer is not None:
            # close() flushes first, and so cannot end a producer whose broker is away.
            producer._sender.force_close()  # noqa: SLF001 # as above
            producer._closed = True  # noqa: SLF001 # so that nothing waits for it at exit

    def forget(self) -> None:
        """In a forked child: leave the parent's connections alone; the next send connects anew."""
        if self._producer is not None:
            self._producer._closed = True  # noqa: SLF001 # closing would shut the parent's sockets
        self._producer, self._lock = None, threading.Lock()

    def _connected(self) -> Any:
        settings = {
            "linger_ms": LINGER_MILLISECONDS,
            "batch_size": BATCH_BYTES,
            "max_block_ms": METADATA_SECONDS_MAX * 1000,
            "reconnect_backoff_max_ms": RECONNECT_MILLISECONDS_MAX,
            "bootstrap_timeout_ms": METADATA_SECONDS_MAX * 1000,
            # With idempotence one event that the broker finds too big ends the producer for good,
            # and every other event with it. Without it a retry may double a record, whose id
            # tells; one request at a time keeps their order.
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
                "are user, password and certificates right? `rapport access publisher` tells"
            ) from error
