"""Kafka liveness: whether the broker answers a periodic request, so readers can see stale data."""

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable
from typing import Final

from aiokafka.errors import KafkaError

log = logging.getLogger(__name__)
PROBE_SECONDS: Final = 2.0
ANSWER_SECONDS_MAX: Final = 5.0
SILENCE_SECONDS_MAX: Final = 10.0
"""After this long without an answer Kafka counts as unreachable."""


class KafkaLiveness:
    """Probes Kafka for ever, and records its last answer."""

    def __init__(self, probe: Callable[[], Awaitable[object]]) -> None:
        self._probe = probe
        self.answered_seconds: float | None = None
        """When Kafka answered last, in seconds since 1970-01-01 UTC."""
        self._logged_unreachable = False
        self._began_seconds = time.time()

    @property
    def answers(self) -> bool:
        """Whether Kafka answered in the last `SILENCE_SECONDS_MAX`."""
        last = self.answered_seconds
        return last is not None and time.time() - last < SILENCE_SECONDS_MAX

    async def follow(self) -> None:
        """Probe for ever."""
        while True:
            try:
                await asyncio.wait_for(self._probe(), ANSWER_SECONDS_MAX)
            except (KafkaError, OSError, TimeoutError) as error:
                log.debug("Kafka did not answer: %r", error)
            else:
                self.answered_seconds = time.time()
            self._log_change()
            await asyncio.sleep(PROBE_SECONDS)

    def _log_change(self) -> None:
        # A worker that has just started may not be connected yet.
        since = self.answered_seconds or self._began_seconds
        unreachable = time.time() - since >= SILENCE_SECONDS_MAX
        if unreachable and not self._logged_unreachable:
            log.error(
                "Kafka does not answer; the worker waits for it, and what it shows becomes stale"
            )
        elif self._logged_unreachable and not unreachable:
            log.error("Kafka answers again")
        self._logged_unreachable = unreachable
