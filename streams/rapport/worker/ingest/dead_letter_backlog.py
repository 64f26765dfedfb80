"""Counts the dead letters that are neither replayed nor discarded yet.

What Kafka retains of the topic `dead-letters` is known by its offsets, without reading it; what was
done with them is followed in the topic of outcomes, whose keys are their positions.
"""

import asyncio
import logging
from collections import defaultdict
from collections.abc import Iterator, Mapping
from typing import Any, Final

from aiokafka.errors import KafkaError

from rapport.kafka.record_batch import UnreadableRecord
from rapport.kafka.topic_reader import TopicFollower, TopicReader, open_reader
from rapport.monitoring.metrics import pipeline
from rapport.monitoring.metrics.model import Sample
from rapport_schemas.wire.registry import DEAD_LETTERS_TOPIC, SETTLED_DEAD_LETTERS_TOPIC

log = logging.getLogger(__name__)
COUNT_SECONDS: Final = 10.0


class DeadLetterBacklog(TopicFollower):
    """Follows the outcomes, and counts the dead letters without one."""

    def __init__(self, kafka: Mapping[str, Any]) -> None:
        super().__init__(kafka, SETTLED_DEAD_LETTERS_TOPIC)
        self._handled: defaultdict[int, set[int]] = defaultdict(set)
        """Partition -> the offsets with an outcome; no more than Kafka retains."""
        self._unhandled: int | None = None

    def take(self, record: Any) -> None:
        """Note an outcome, or that it was removed."""
        position = None if isinstance(record, UnreadableRecord) else _position(record.key)
        if position is None:
            return  # another program's record
        partition, offset = position
        if record.value is None:
            self._handled[partition].discard(offset)
        else:
            self._handled[partition].add(offset)

    async def run(self) -> None:
        """Count for ever, once every earlier outcome is read; retry when Kafka does not answer."""
        await self.caught_up.wait()
        while True:
            try:
                # The consumer of the outcomes knows the partitions of its own topic only.
                async with open_reader(self._kafka, DEAD_LETTERS_TOPIC) as reader:
                    await self._count_with(reader)
            except (KafkaError, OSError) as error:
                self._unhandled = None
                log.debug("the dead letters cannot be counted: %s", error)
                await asyncio.sleep(COUNT_SECONDS)

    async def _count_with(self, reader: TopicReader) -> None:
        while True:
            spans = await reader.spans(DEAD_LETTERS_TOPIC)
            counts = [self._unhandled_of(tp.partition, *span) for tp, span in spans.items()]
            self._unhandled = sum(counts) if counts else None
            await asyncio.sleep(COUNT_SECONDS)

    def _unhandled_of(self, partition: int, first: int, end: int) -> int:
        """Return the same of one partition, and forget the outcomes of what Kafka deleted."""
        handled = {offset for offset in self._handled[partition] if offset >= first}
        self._handled[partition] = handled
        return max(0, end - first - len(handled))

    def samples(self) -> Iterator[Sample]:
        """Yield the number; nothing while it is not known."""
        if self._unhandled is not None:
            yield Sample(pipeline.DEAD_LETTERS_UNHANDLED, (), self._unhandled)


def _position(key: bytes | None) -> tuple[int, int] | None:
    """Return (partition, offset) of a key such as 0:17.

    >>> _position(b"0:17"), _position(b"x"), _position(None)
    ((0, 17), None, None)
    """
    partition, _, offset = (key or b"").partition(b":")
    return (int(partition), int(offset)) if partition.isdigit() and offset.isdigit() else None
