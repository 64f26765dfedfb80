"""What is logged, and how: never what an event says, and nothing again and again.

While Kafka is away its client says so fifty times a second, which fills a disk and hides the rest.
"""

import logging
import time
from typing import Final

QUOTING: Final = ("aiokafka", "kafka")
"""Loggers that quote whole records at DEBUG, comments and all; and that repeat themselves."""
AGAIN_SECONDS: Final = 30.0
"""How long a message of theirs is not written again."""
MESSAGES_MAX: Final = 1_000


class RepeatFilter(logging.Filter):
    """Lets a message of the Kafka clients pass once in `AGAIN_SECONDS`, whatever its values."""

    def __init__(self) -> None:
        super().__init__()
        self._written_at: dict[tuple[str, object], float] = {}

    def filter(self, record: logging.LogRecord) -> bool:
        """Return whether a record is written."""
        if record.name.partition(".")[0] not in QUOTING:
            return True
        now, message = time.monotonic(), (record.name, record.msg)
        if now - self._written_at.get(message, -AGAIN_SECONDS) < AGAIN_SECONDS:
            return False
        if len(self._written_at) >= MESSAGES_MAX:
            self._written_at.clear()
        self._written_at[message] = now
        return True


def log_from(level: str) -> None:
    """Log to standard error from `level` on; libraries that quote events, from INFO on."""
    logging.basicConfig(level=level.upper(), format="%(asctime)s %(levelname)s %(message)s")
    for handler in logging.getLogger().handlers:
        handler.addFilter(RepeatFilter())
    for name in QUOTING:
        logging.getLogger(name).setLevel(max(logging.INFO, logging.getLogger().level))
