"""Retention: removes pages older than the horizon from Kafka, the local store and the scores.

A check runs after recovery and whenever the day changes, in slices of time. The router rejects
events of removed days first, so no such page is written meanwhile. A worker that ends during a
removal continues it after its restart.
"""

import asyncio
import logging
import time
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import partial
from itertools import islice
from typing import Final, NamedTuple

from rapport.domain.calendar import dated
from rapport.domain.ledger.retention import NOTICE_SECONDS, confirmed_day, retraction_of
from rapport.worker.assignment import Assignment, AssignmentEpoch
from rapport.worker.ingest.writer import REMOVED_AT_ONCE, Writer
from rapport.worker.maintenance.removal_notice import RemovalNotice
from rapport.worker.scoring.scorer import Scorer
from rapport.worker.storage.pages import PageId, PageStore, is_live_page
from rapport.worker.storage.table import LedgerTable

log = logging.getLogger(__name__)
CHECK_SECONDS: Final = 5.0
SLICE_SECONDS: Final = 0.005
PAUSE_SECONDS: Final = 0.02
"""Removal uses one fifth of the loop's time."""
KEYS_AT_ONCE: Final = 64
"""Keys that are examined between two readings of the clock."""
PAGES_MAX: Final = 1000
"""Clients' days that are removed before the next evaluation: bounds memory."""


class _RevokedError(Exception):
    """Partitions were revoked: their next owner begins anew."""


class _Cutoff(NamedTuple):
    """The target of one check, which ends with a rebalance or a longer horizon."""

    first_day: int
    """Pages of earlier days are removed."""
    assignment_epoch: AssignmentEpoch


@dataclass(slots=True)
class _Expired:
    """The stored pages that are older than the horizon."""

    count: int = 0
    oldest_day: int = 0
    page_ids: dict[PageId, None] = field(default_factory=dict)
    """The first `PAGES_MAX` of them."""
    next_key: tuple[int, bytes] = (0, b"")
    """Partition and key at which a next survey begins."""


class Retention:
    """Removes pages of the partitions that this worker owns."""

    def __init__(
        self,
        table: LedgerTable,
        pages: PageStore,
        writer: Writer,
        scorer: Scorer,
        assignment: Assignment,
        horizon_days: int,
    ) -> None:
        self._table, self._pages, self._writer, self._scorer = table, pages, writer, scorer
        self._assignment, self._horizon_days = assignment, horizon_days
        self._done_day: int | None = None
        """The first day that stays, once every earlier day is removed."""
        self._day: int | None = None
        """The day that was believed last."""
        self.notice = RemovalNotice()

    async def run(self) -> None:
        """Check for ever, while the local store is level with the changelog."""
        while True:
            if self._assignment.ready:
                today = self._scorer.calendar.day_of(int(time.time()))
                await self.check(today, time.monotonic())
            await asyncio.sleep(CHECK_SECONDS)

    def set_horizon(self, days: int) -> None:
        """Use another horizon from the next check on, and cancel a deletion notice."""
        self._horizon_days = days
        self._done_day = None
        self.notice.cancel()
        if self._day is not None:
            # Days that are within the horizon again may get pages again.
            self._pages.first_day = min(self._pages.first_day, self._day - days)

    def restart(self) -> None:
        """Check every page again: other partitions are owned now, or none during a rebalance."""
        self._done_day = None

    async def check(self, today: int, monotonic_seconds: float) -> None:
        """Remove what is older than the horizon on `today`, the day of the worker's clock."""
        day = confirmed_day(self._scorer.arrival_days(), today)
        if day is None:
            return
        self._day = day
        cutoff = _Cutoff(day - self._horizon_days, self._assignment.epoch())
        try:
            await self._remove_late(cutoff)
            is_done = self._done_day == cutoff.first_day
            if not is_done and not self.notice.waits(cutoff.first_day, monotonic_seconds):
                await self._expire(cutoff, monotonic_seconds)
        except _RevokedError:
            log.debug("partitions moved during a removal: checking again")

    async def _expire(self, cutoff: _Cutoff, monotonic_seconds: float) -> None:
        first_day = cutoff.first_day
        await self._wait_for_writes(cutoff)
        expired = await self._survey(cutoff)
        if self.notice.is_needed(expired.oldest_day, first_day):
            self._give_notice(cutoff, expired, monotonic_seconds)
            return
        self._pages.first_day = first_day
        while expired.page_ids and self._pages.first_day == first_day:
            evaluations = self._scorer.evaluations
            await self._remove_all(cutoff, expired)
            if len(expired.page_ids) < PAGES_MAX:
                break
            while evaluations == self._scorer.evaluations:
                await self._pause(cutoff)
            expired = await self._survey(cutoff, expired.next_key)
        if self._pages.first_day == first_day:
            self._done_day = first_day
            self.notice.cancel()

    def _give_notice(self, cutoff: _Cutoff, expired: _Expired, monotonic_seconds: float) -> None:
        self.notice.give(cutoff.first_day, monotonic_seconds, expired.count)
        log.warning(
            "%d pages of the ledger, from %s on, are of before %s, which is %d days ago: they will "
            "be removed for ever in %.0f hours, unless the horizon_days of the policy, or a clock "
            "that is wrong, is changed before",
            *(expired.count, dated(expired.oldest_day), dated(cutoff.first_day)),
            *(self._horizon_days, NOTICE_SECONDS / 3600),
        )

    async def _wait_for_writes(self, cutoff: _Cutoff) -> None:
        """Return when every page before the cutoff is written and every removal is done."""
        while True:
            async with self._writer.paused():
                if not self._pages.touches(cutoff.first_day):
                    return
            self._writer.wake()
            await self._pause(cutoff)

    async def _survey(self, cutoff: _Cutoff, begin: tuple[int, bytes] = (0, b"")) -> _Expired:
        """Return the expired pages from a partition's key on.

        Keys that were removed just now lie before `begin`: RocksDB would step over each of them.
        """
        expired = _Expired(oldest_day=cutoff.first_day)
        for partition in self._table.owned():
            if partition < begin[0]:
                continue
            first: bytes | None = begin[1] if partition == begin[0] else b""
            while first is not None:
                first = self._survey_slice(partition, first, cutoff.first_day, expired)
                await self._pause(cutoff)
        return expired

    def _survey_slice(
        self, partition: int, first: bytes, first_day: int, expired: _Expired
    ) -> bytes | None:
        """Add expired pages for a slice of time; return the key to continue at."""
        started = time.perf_counter()
        # No iterator of the store is kept over a pause: a store that moves must be closed.
        keys = self._table.data.keys(partition, first)
        while chunk := list(islice(keys, KEYS_AT_ONCE)):
            for key in chunk:
                client, digits, _, _ = key.rsplit(b"|", 3)
                if (day := int(digits)) < first_day:
                    expired.count += 1
                    expired.oldest_day = min(expired.oldest_day, day)
                    if len(expired.page_ids) < PAGES_MAX:
                        expired.page_ids[partition, client.decode(), day] = None
                        expired.next_key = partition, key
            if time.perf_counter() - started > SLICE_SECONDS:
                return chunk[-1] + b"\0"
        return None

    async def _remove_all(self, cutoff: _Cutoff, expired: _Expired) -> None:
        await self._wait_for_writes(cutoff)
        before, started = self._writer.pages_removed, time.perf_counter()
        for page_id in expired.page_ids:
            if self._pages.first_day != cutoff.first_day:
                break  # the horizon became longer
            started = await self._remove(cutoff, page_id, (), started)
        await self._wait_for_writes(cutoff)
        removed = self._writer.pages_removed - before
        log.info("%d pages of before %s were removed", removed, dated(cutoff.first_day))

    async def _remove_late(self, cutoff: _Cutoff) -> None:
        """Remove what a zombie writer wrote of removed days."""
        late = self._pages.take_late()
        if late:
            await self._wait_for_writes(cutoff)
        for page_id, keys in late.items():
            if page_id[2] < self._pages.first_day:
                await self._remove(cutoff, page_id, keys, time.perf_counter())
                self._writer.wake()

    async def _remove(
        self, cutoff: _Cutoff, page_id: PageId, other_keys: Iterable[bytes], started: float
    ) -> float:
        """Retract a client's day from the scores, and remove its pages and `other_keys`.

        Returns when the newest slice of time began.
        """
        keys, first = set(other_keys), _prefix(page_id)
        while True:
            next_key = self._retract(page_id, first, keys)
            if time.perf_counter() - started > SLICE_SECONDS:
                await self._pause(cutoff)
                started = time.perf_counter()
            if next_key is None:
                break
            first = next_key
        self._pages.remove(page_id, sorted(keys))  # so the whole page is the first
        if self._pages.removals() >= REMOVED_AT_ONCE:
            await self._wait_for_writes(cutoff)
        return started

    def _retract(self, page_id: PageId, first: bytes, keys: set[bytes]) -> bytes | None:
        """Retract pages of a client's day from the scores, for a slice of time.

        Adds their keys to `keys`, and returns the key to continue at. The pages stay stored.
        """
        started, store, prefix = time.perf_counter(), self._table.data, _prefix(page_id)
        partition, client, _ = page_id
        for key in store.keys(partition, first):
            if not key.startswith(prefix):
                break
            value = store.value(partition, key)
            keys.add(key)
            if value is not None and is_live_page(key, value, partial(store.value, partition)):
                self._scorer.add(client, retraction_of(value))
            if time.perf_counter() - started > SLICE_SECONDS:
                return key + b"\0"
        return None

    async def _pause(self, cutoff: _Cutoff) -> None:
        await asyncio.sleep(PAUSE_SECONDS)
        if not cutoff.assignment_epoch.is_current():
            raise _RevokedError


def _prefix(page_id: PageId) -> bytes:
    return f"{page_id[1]}|{page_id[2]}|".encode()
