"""Retention of the desk: removes entries that are past their retention from Kafka and the store.

It counts from the last day that an entry is about: the day of its event, or the day on which a
promise or an action is due. Each entry is looked at again in the step that removes it, since a
newer revision may have come meanwhile.
"""

import asyncio
import logging
import time
from dataclasses import dataclass, field
from typing import Final

from rapport.domain.calendar import dated
from rapport.domain.desk.entries import last_day
from rapport.domain.ledger.retention import NOTICE_SECONDS, confirmed_day
from rapport.worker.assignment import Assignment, AssignmentEpoch
from rapport.worker.ingest.writer import REMOVED_AT_ONCE, Writer
from rapport.worker.maintenance.removal_notice import RemovalNotice
from rapport.worker.scoring.scorer import Scorer
from rapport.worker.storage.desk_store import DeskStore, key_of

log = logging.getLogger(__name__)
CHECK_SECONDS: Final = 60.0
PAUSE_SECONDS: Final = 0.01
"""After each slice of entries, so that events and scores go on."""


class _RevokedError(Exception):
    """Partitions were revoked: their next owner begins anew."""


@dataclass(slots=True)
class _Expired:
    """The entries that are past their retention."""

    count: int = 0
    oldest_day: int = 0
    keys: list[tuple[int, bytes]] = field(default_factory=list)
    """Partition and key of the first `REMOVED_AT_ONCE` of them."""


class DeskRetention:
    """Removes entries of the partitions that this worker owns."""

    def __init__(
        self,
        desk: DeskStore,
        writer: Writer,
        scorer: Scorer,
        assignment: Assignment,
        keep_days: int,
    ) -> None:
        self.notice = RemovalNotice()
        self._desk, self._writer, self._scorer = desk, writer, scorer
        self._assignment, self._keep_days = assignment, keep_days
        self._done: tuple[int, int] | None = None
        """The first day that stays, and the assignment, of which everything earlier is removed."""

    async def run(self) -> None:
        """Check for ever, while the local store is level with the changelog."""
        while True:
            if self._assignment.ready:
                today = self._scorer.calendar.day_of(int(time.time()))
                await self.check(today, time.monotonic())
            await asyncio.sleep(CHECK_SECONDS)

    def set_keep_days(self, days: int) -> None:
        """Keep entries for another number of days from the next check on; cancels a notice."""
        self._keep_days, self._done = days, None
        self.notice.cancel()

    async def check(self, today: int, monotonic_seconds: float) -> None:
        """Remove what is past its retention on `today`, the day of the worker's clock."""
        day = confirmed_day(self._scorer.arrival_days(), today)
        if day is None:
            return
        first_day, epoch = day - self._keep_days, self._assignment.epoch()
        target = first_day, self._assignment.number
        # With more days to keep, earlier entries may be recorded again.
        self._desk.first_day = min(self._desk.first_day, first_day)
        if self._done == target or self.notice.waits(first_day, monotonic_seconds):
            return
        try:
            if await self._remove(first_day, epoch, monotonic_seconds):
                self._done = target
        except _RevokedError:
            log.debug("partitions moved during a removal: checking again")

    async def _remove(
        self, first_day: int, epoch: AssignmentEpoch, monotonic_seconds: float
    ) -> bool:
        """Remove entries, or give notice of it; return whether they are removed."""
        expired = await self._survey(first_day, epoch)
        if self.notice.is_needed(expired.oldest_day, first_day):
            self._give_notice(first_day, expired, monotonic_seconds)
            return False
        self._desk.first_day = first_day
        while expired.keys:
            for partition, key in expired.keys:
                self._desk.expire(partition, key, first_day)
            await self._writer.write_now()
            log.info("%d entries of the desk are past their retention", len(expired.keys))
            expired = await self._survey(first_day, epoch)
        self.notice.cancel()
        return True

    async def _survey(self, first_day: int, epoch: AssignmentEpoch) -> _Expired:
        expired = _Expired(oldest_day=first_day)
        for partition in sorted(self._assignment.owned):
            for entries in self._desk.slices(partition):
                for entry in entries:
                    day = last_day(entry)
                    if day < first_day:
                        expired.count += 1
                        expired.oldest_day = min(expired.oldest_day, day)
                        if len(expired.keys) < REMOVED_AT_ONCE:
                            expired.keys.append((partition, key_of(entry.client, entry.entity)))
                await asyncio.sleep(PAUSE_SECONDS)
                if not epoch.is_current():
                    raise _RevokedError
        return expired

    def _give_notice(self, first_day: int, expired: _Expired, monotonic_seconds: float) -> None:
        self.notice.give(first_day, monotonic_seconds, expired.count)
        log.warning(
            "%d entries of the desk, from %s on, are of before %s, which is %d days ago: they will "
            "be removed for ever in %.0f hours, unless desk.keep_days of the policy, or a clock "
            "that is wrong, is changed before",
            *(expired.count, dated(expired.oldest_day), dated(first_day)),
            *(self._keep_days, NOTICE_SECONDS / 3600),
        )
