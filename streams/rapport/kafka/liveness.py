"""Whether Kafka answers, asked every few seconds: what is shown while it does not must say so."""

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable
from typing import Final

from aiokafka.errors import KafkaError

log = logging.getLogger(__name__)
ASK_SECONDS: Final = 2.0
ANSWER_SECONDS_MAX: Final = 5.0
SILENCE_SECONDS_MAX: Final = 10.0
"""After so long without an answer Kafka counts as away."""


class KafkaLiveness:
    """Asks Kafka a small question for ever, and knows when it answered last."""

    def __init__(self, ask: Callable[[], Awaitable[object]]) -> None:
        self._ask = ask
        self.answered_seconds: float | None = None
        """When Kafka answered last, in seconds since 1970-01-01 UTC."""
        self._said_away = False
        self._began_seconds = time.time()

    @property
    def answers(self) -> bool:
        """Whether Kafka has answered a moment ago."""
        last = self.answered_seconds
        return last is not None and time.time() - last < SILENCE_SECONDS_MAX

    async def follow(self) -> None:
        """Ask for ever."""
        while True:
            try:
                await asyncio.wait_for(self._ask(), ANSWER_SECONDS_MAX)
            except (KafkaError, OSError, TimeoutError) as error:
                log.debug("Kafka did not answer: %r", error)
            else:
                self.answered_seconds = time.time()
            self._tell()
            await asyncio.sleep(ASK_SECONDS)

    def _tell(self) -> None:
        # A worker that has just started may not be connected yet.
        since = self.answered_seconds or self._began_seconds
        away = time.time() - since >= SILENCE_SECONDS_MAX
        if away and not self._said_away:
            log.error("Kafka does not answer; the worker waits for it, and what it shows gets old")
        elif self._said_away and not away:
            log.error("Kafka answers again")
        self._said_away = away
