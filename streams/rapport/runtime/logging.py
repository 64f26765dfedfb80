"""Logging without event content, without repeated messages, and without the stack of a sentence.

While Kafka is unavailable its client logs fifty messages a second, which would fill a disk.
"""

import logging
import time
from typing import Final

from rapport_schemas.wire.errors import RapportError

KAFKA_CLIENTS: Final = ("aiokafka", "kafka")
"""Loggers that print whole records at DEBUG, with their comments, and that repeat messages."""
REPEAT_SECONDS: Final = 30.0
"""The least time between two equal messages of theirs."""
MESSAGES_MAX: Final = 1_000
LOOP_CLOSED: Final = "Event loop is closed"
"""asyncio's words when a thread is stopped that has ended."""


class RepeatFilter(logging.Filter):
    """Passes each message of the Kafka clients once in `REPEAT_SECONDS`, whatever its values."""

    def __init__(self) -> None:
        super().__init__()
        self._written_at: dict[tuple[str, object], float] = {}

    def filter(self, record: logging.LogRecord) -> bool:
        """Return whether a record is written."""
        if record.name.partition(".")[0] not in KAFKA_CLIENTS:
            return True
        now, message = time.monotonic(), (record.name, record.msg)
        if now - self._written_at.get(message, -REPEAT_SECONDS) < REPEAT_SECONDS:
            return False
        if len(self._written_at) >= MESSAGES_MAX:
            self._written_at.clear()
        self._written_at[message] = now
        return True


class SentenceFilter(logging.Filter):
    """Reduces the record of a `RapportError` to its message, which says what to do.

    Faust logs an error that ends the worker with its whole stack, and then that it cannot stop the
    threads which that error has ended.
    """

    def filter(self, record: logging.LogRecord) -> bool:
        """Return whether a record is written, after it has lost its stack."""
        error = record.exc_info[1] if record.exc_info else None
        if isinstance(error, RuntimeError) and str(error) == LOOP_CLOSED:
            return False
        if isinstance(error, RapportError):
            record.msg, record.args = str(error), None
            record.exc_info = record.exc_text = None
        return True


def configure_logging(level: str) -> None:
    """Log to standard error from `level` up; the Kafka clients from INFO up."""
    logging.basicConfig(level=level.upper(), format="%(asctime)s %(levelname)s %(message)s")
    for handler in logging.getLogger().handlers:
        handler.addFilter(RepeatFilter())
        if logging.getLogger().level > logging.DEBUG:
            handler.addFilter(SentenceFilter())
    for name in KAFKA_CLIENTS:
        logging.getLogger(name).setLevel(max(logging.INFO, logging.getLogger().level))
