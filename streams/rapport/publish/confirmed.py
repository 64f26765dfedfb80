"""Single events of people, each published and confirmed: for forms, whose users wait."""

import asyncio
import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from typing import Final

from pydantic import BaseModel

from rapport.kafka.connection import Kafka
from rapport.publish.publisher import Publisher
from rapport.publish.receipts import PublishError

CONFIRM_SECONDS_MAX: Final = 5.0
WAITING_MAX: Final = 16
"""Events that wait for Kafka at the same time; further ones are refused at once."""


class ConfirmedPublisher:
    """Publishes events of one source, and returns when Kafka has acknowledged each.

    It connects at the first event. An event that was not acknowledged may have arrived all the
    same: published again with its id, it counts once.
    """

    def __init__(self, kafka: Kafka, source: str) -> None:
        self._kafka, self._source = kafka, source
        self._publisher: Publisher | None = None
        self._lock = threading.Lock()
        self._waiting = 0
        self._executor = ThreadPoolExecutor(WAITING_MAX, "recording")

    async def publish(self, data: BaseModel, event_id: str, at: datetime, recorded_by: str) -> None:
        """Publish an event; raises `PublishError` when Kafka did not acknowledge it in time."""
        if self._waiting >= WAITING_MAX:
            raise PublishError(f"{WAITING_MAX} events wait for Kafka; try again")
        self._waiting += 1
        try:
            await asyncio.get_running_loop().run_in_executor(
                self._executor, self._publish, data, event_id, at, recorded_by
            )
        finally:
            self._waiting -= 1

    def _publish(self, data: BaseModel, event_id: str, at: datetime, recorded_by: str) -> None:
        publisher = self._connected()
        receipt = publisher.publish(data, id=event_id, time=at, recorded_by=recorded_by)
        receipt.wait(CONFIRM_SECONDS_MAX)

    def _connected(self) -> Publisher:
        """Return the publisher; raises `PublishError` when no broker answers in time."""
        # The first event connects; the others wait for it as long as for an acknowledgement.
        if not self._lock.acquire(timeout=CONFIRM_SECONDS_MAX):
            raise PublishError(f"no Kafka answers at {self._kafka.bootstrap}")
        try:
            if self._publisher is None:
                self._publisher = self._new_publisher()
            return self._publisher
        finally:
            self._lock.release()

    def _new_publisher(self) -> Publisher:
        milliseconds = int(CONFIRM_SECONDS_MAX * 1000)
        return Publisher(
            self._kafka.bootstrap,
            source=self._source,
            **self._kafka.security,
            bootstrap_timeout_ms=milliseconds,
            max_block_ms=milliseconds,
            # What is not acknowledged in time does not arrive much later.
            request_timeout_ms=milliseconds // 2,
            delivery_timeout_ms=milliseconds,
        )
