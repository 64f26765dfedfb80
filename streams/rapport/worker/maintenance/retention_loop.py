"""Asks every few seconds whether pages have passed the horizon."""

import asyncio
import time
from typing import Final

from rapport.domain.calendar import DAY_SECONDS
from rapport.worker.assignment import Assignment
from rapport.worker.maintenance.retention import Retention

CHECK_SECONDS: Final = 5.0


class RetentionLoop:
    """Runs retention while the worker is ready."""

    def __init__(self, assignment: Assignment, retention: Retention) -> None:
        self._assignment, self._retention = assignment, retention

    async def run(self) -> None:
        """Look for ever."""
        while True:
            if self._assignment.ready:  # then the local store is level with the changelog
                await self._retention.check(int(time.time()) // DAY_SECONDS, time.monotonic())
            await asyncio.sleep(CHECK_SECONDS)
