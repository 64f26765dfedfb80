"""Raw fetch: a consumer delivers record batches as Kafka sent them, for which no setting exists.

Private API of aiokafka, verified with version 0.14.0.

aiokafka reads every record of a fetch on the event loop. `fetch_raw_batches` makes it deliver the
record batches instead, as one `Chunk` for some thousands of records. The isolation level is read
committed: nothing beyond the last stable offset is fetched, and no chunk holds what a transaction
aborted.
"""

import asyncio
import copy
from collections.abc import Iterable, Iterator
from types import FunctionType, MethodType
from typing import Any, Final

from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.client import AIOKafkaClient
from aiokafka.consumer import fetcher
from aiokafka.record.memory_records import MemoryRecords

from rapport.kafka.record_batch import Chunk, iter_chunks
from rapport.kafka.transactions import READ_COMMITTED, AbortedTransactions
from rapport.runtime.private_api import require

CHUNK_RECORDS: Final = 4_000
"""About how many records a chunk has, so that a replay after a crash is short."""
require(
    AIOKafkaConsumer,
    *("_fetcher", "_fetch_max_wait_ms", "_client", "_isolation_level", "_request_timeout_ms"),
    library="aiokafka",
)
require(AIOKafkaClient, "force_metadata_update", library="aiokafka")
require(
    fetcher,
    *("MemoryRecords", "PartitionRecords", "READ_COMMITTED", "READ_UNCOMMITTED"),
    library="aiokafka",
)
require(
    fetcher.Fetcher,
    *("_proc_fetch_request", "_isolation_level", "end_offsets"),
    library="aiokafka",
)
require(fetcher.PartitionRecords, "_records_iterator", "next_fetch_offset", library="aiokafka")
require(MemoryRecords, "has_next", library="aiokafka")
_FETCH: Final = fetcher.Fetcher._proc_fetch_request  # noqa: SLF001 # aiokafka has no setting for it
if not {"MemoryRecords", "PartitionRecords"} <= set(_FETCH.__code__.co_names):
    raise ImportError(
        "this version of aiokafka reads a fetch in another way; "
        "install a version that pyproject.toml allows"
    )


class RawRecords:
    """The bytes of a fetch for one partition, in place of aiokafka's own reader."""

    def __init__(self, raw: bytes) -> None:
        self.raw = raw
        self.records = MemoryRecords(raw)

    def has_next(self) -> bool:
        """Return whether there is a whole record batch."""
        return bool(self.records.has_next())

    def size_in_bytes(self) -> int:
        """Return how many bytes were fetched."""
        return len(self.raw)


def fetch_raw_batches(consumer: AIOKafkaConsumer, raw_topics: frozenset[str]) -> None:
    """Let a started consumer deliver `raw_topics` as chunks; other topics stay records.

    Raises `ValueError` unless the consumer reads committed records only.
    """
    names = {"MemoryRecords": RawRecords, "PartitionRecords": _partition_records(raw_topics)}
    # The same code with two other globals: nothing else of aiokafka is changed.
    function = FunctionType(_FETCH.__code__, {**_FETCH.__globals__, **names})
    own = consumer._fetcher  # noqa: SLF001 # aiokafka has no setting for it
    if own._isolation_level != fetcher.READ_COMMITTED:  # noqa: SLF001 # aiokafka has no setting for it
        raise ValueError("the consumer was not opened with the isolation level read_committed")
    own._proc_fetch_request = MethodType(function, own)  # noqa: SLF001 # aiokafka has no setting for it


def set_fetch_wait(consumer: AIOKafkaConsumer, milliseconds: int) -> None:
    """Set how long a broker holds a fetch without data; for a consumer that is not started yet."""
    consumer._fetch_max_wait_ms = milliseconds  # noqa: SLF001 # Faust passes no such option on


def read_committed(consumer: AIOKafkaConsumer) -> None:
    """Let a consumer, which is not started yet, read committed records only."""
    consumer._isolation_level = READ_COMMITTED  # noqa: SLF001 # Faust sets it for its own use only


async def log_ends(
    consumer: AIOKafkaConsumer, partitions: Iterable[TopicPartition]
) -> dict[TopicPartition, int]:
    """Return where partitions end, with the records of transactions that are still open.

    `end_offsets` of a consumer that reads committed records ends at the first open transaction.
    """
    twin = copy.copy(consumer._fetcher)  # noqa: SLF001 # aiokafka has no setting for it
    twin._isolation_level = fetcher.READ_UNCOMMITTED  # noqa: SLF001 # aiokafka has no setting for it
    timeout_ms = consumer._request_timeout_ms  # noqa: SLF001 # aiokafka has no setting for it
    ends: dict[TopicPartition, int] = await twin.end_offsets(list(partitions), timeout_ms)
    return ends


async def refresh_metadata(consumer: AIOKafkaConsumer) -> None:
    """Ask Kafka for its topics and partitions: `partitions_for_topic` reads a cache."""
    await consumer._client.force_metadata_update()  # noqa: SLF001 # no public call forces it


async def stop_consumer(consumer: AIOKafkaConsumer) -> None:
    """Stop a consumer, whether Kafka answers or not.

    While a fetch waits for its retry, aiokafka's `stop` raises `CancelledError`, which would end a
    task that was not cancelled.
    """
    try:
        await consumer.stop()
    except asyncio.CancelledError:
        await consumer._client.close()  # noqa: SLF001 # what `stop` left open
        task = asyncio.current_task()
        if task is not None and task.cancelling():
            raise


def _partition_records(raw_topics: frozenset[str]) -> type[Any]:
    """Return aiokafka's iterator over fetched records, but of chunks for `raw_topics`.

    It replaces the iterator in which aiokafka filters the records of aborted transactions.
    """

    class PartitionRecords(fetcher.PartitionRecords):  # type: ignore[misc] # aiokafka ships no types
        next_fetch_offset: int

        def __init__(
            self,
            partition: TopicPartition,
            fetched: RawRecords,
            aborted: AbortedTransactions | None,
            *arguments: Any,
        ) -> None:
            super().__init__(partition, fetched.records, aborted, *arguments)
            if partition.topic in raw_topics:
                self._records_iterator = self._chunks(fetched.raw, aborted or ())

        def _chunks(self, raw: bytes, aborted: AbortedTransactions) -> Iterator[Chunk]:
            for chunk in iter_chunks(raw, self.next_fetch_offset, CHUNK_RECORDS, aborted):
                self.next_fetch_offset = chunk.next_offset
                yield chunk

    return PartitionRecords
