"""Bounded shutdown: the worker ends in time, even if Faust waits for a Kafka that is unreachable.

An abrupt end loses nothing: an event is acknowledged only when its pages are in the changelog, so
the next worker reads the others again.
"""

import logging
import os
import threading
from typing import Any, Final

import faust

log = logging.getLogger(__name__)
SHUTDOWN_TIMEOUT_SECONDS: Final = 6.0
"""How long the worker may take to finish its writes and to leave its group."""


class BoundedShutdownWorker(faust.Worker):  # type: ignore[misc] # Faust ships no types
    """Faust's command-line worker with a bound on its shutdown."""

    _deadline: threading.Timer | None = None

    async def stop(self) -> None:
        """Stop every service; after `SHUTDOWN_TIMEOUT_SECONDS` end the process."""
        if self._deadline is None:
            self._deadline = threading.Timer(SHUTDOWN_TIMEOUT_SECONDS, self._end)
            self._deadline.daemon = True
            self._deadline.start()
        await super().stop()

    def _end(self) -> None:
        log.error(
            "not everything could be finished in %g s, as when Kafka is unreachable: it ends; "
            "what was not acknowledged is read again at the next start",
            SHUTDOWN_TIMEOUT_SECONDS,
        )
        crashed: Any = self.crash_reason
        os._exit(1 if crashed is not None else 0)
