"""Removes the pages whose day lies behind the horizon, from Kafka, the local store and the scores.

It looks when the worker has recovered and whenever the day changes, and works a slice at a time.
Events of these days are refused before, so nothing writes such a page while it is removed; a worker
that ends in between finds the rest when it starts again.
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
from rapport.domain.ledger.retention import (
    NOTICE_SECONDS,
    DeletionNotice,
    confirmed_day,
    covers,
    is_sudden,
    retraction_of,
)
from rapport.worker.assignment import Assignment, AssignmentEpoch
from rapport.worker.ingest.writer import REMOVED_AT_ONCE, Writer
from rapport.worker.scoring.scorer import Scorer
from rapport.worker.storage.pages import PageStore, is_live_page
from rapport.worker.storage.table import LedgerTable

log = logging.getLogger(__name__)
SLICE_SECONDS: Final = 0.005
PAUSE_SECONDS: Final = 0.02
"""Removing gets one fifth of the time; nothing waits for it."""
KEYS_AT_ONCE: Final = 64
"""Keys that are looked at between two looks at the time."""
PLACES_MAX: Final = 1000
"""Clients' days that are removed before the scores are made anew: bounds memory."""
Place = tuple[int, str, int]
"""Partition, client and day."""


class _MovedError(Exception):
    """Partitions were revoked: their next owner begins anew."""


class _Goal(NamedTuple):
    """What one look is about: it ends when partitions move or the horizon grows."""

    first_day: int
    """Pages of earlier days go."""
    epoch: AssignmentEpoch


@dataclass(slots=True)
class _Found:
    """What is past the horizon."""

    pages: int = 0
    oldest_day: int = 0
    places: dict[Place, None] = field(default_factory=dict)
    """Some of them, when there are many."""
    rest: tuple[int, bytes] = (0, b"")
    """Partition and key where the others begin."""


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
        self.waiting_pages = 0
        """Pages that a notice was given of."""
        self._table, self._pages, self._writer, self._scorer = table, pages, writer, scorer
        self._assignment, self._horizon_days = assignment, horizon_days
        self._done: int | None = None
        """Up to which day everything is removed."""
        self._day: int | None = None
        """The day that was believed last."""
        self._notice: DeletionNotice | None = None

    def set_horizon(self, days: int) -> None:
        """Go by another horizon from the next look on; a notice that was given is void."""
        self._horizon_days = days
        self._notice, self._done, self.waiting_pages = None, None, 0
        if self._day is not None:
            # Of days that are within the horizon again, pages may be made again.
            self._pages.first_day = min(self._pages.first_day, self._day - days)

    def restart(self) -> None:
        """Look anew: other partitions are owned now, or none while they move."""
        self._done = None

    async def check(self, today: int, seconds: float) -> None:
        """Remove what is past the horizon on `today`, as the clock has it.

        `seconds` are of a clock that only goes on; by them a notice ages.
        """
        day = confirmed_day(self._scorer.arrival_days(), today)
        if day is None:
            return
        self._day = day
        goal = _Goal(day - self._horizon_days, self._assignment.epoch())
        try:
            await self._remove_late(goal)
            if self._done != goal.first_day and not self._waits(goal, seconds):
                await self._expire(goal, seconds)
        except _MovedError:
            log.debug("partitions move while pages are removed: looking again")

    def _waits(self, goal: _Goal, seconds: float) -> bool:
        """Return whether a notice was given of this, and not long enough ago."""
        notice = self._notice
        if notice is None or not covers(notice, goal.first_day):
            return False
        return seconds - notice.since_seconds < NOTICE_SECONDS

    async def _expire(self, goal: _Goal, seconds: float) -> None:
        await self._settled(goal)
        found = await self._survey(goal)
        if is_sudden(found.oldest_day, goal.first_day) and not covers(self._notice, goal.first_day):
            self._give_notice(goal, found, seconds)
            return
        self._pages.first_day = goal.first_day
        while found.places and self._pages.first_day == goal.first_day:
            evaluations = self._scorer.evaluations
            await self._remove_all(goal, found)
            if len(found.places) < PLACES_MAX:
                break
            while evaluations == self._scorer.evaluations:
                await self._pause(goal)
            found = await self._survey(goal, found.rest)
        if self._pages.first_day == goal.first_day:
            self._done, self._notice, self.waiting_pages = goal.first_day, None, 0

    def _give_notice(self, goal: _Goal, found: _Found, seconds: float) -> None:
        self._notice, self.waiting_pages = DeletionNotice(goal.first_day, seconds), found.pages
        log.warning(
            "%d pages of the ledger, from %s on, are of before %s, which is %d days ago: they will "
            "be removed for ever in %.0f hours, unless the horizon_days of the policy, or a clock "
            "that is wrong, is changed before",
            *(found.pages, dated(found.oldest_day), dated(goal.first_day)),
            *(self._horizon_days, NOTICE_SECONDS / 3600),
        )

    async def _settled(self, goal: _Goal) -> None:
        """Return when what is stored of these days is all there is."""
        while True:
            async with self._writer.paused():
                if not self._pages.touches(goal.first_day):
                    return
            self._writer.wake()
            await self._pause(goal)

    async def _survey(self, goal: _Goal, begin: tuple[int, bytes] = (0, b"")) -> _Found:
        """Return what is past the horizon, from a partition's key on.

        What was removed just now lies before it: RocksDB would step over every page of that.
        """
        found = _Found(oldest_day=goal.first_day)
        for partition in self._table.owned():
            if partition < begin[0]:
                continue
            first: bytes | None = begin[1] if partition == begin[0] else b""
            while first is not None:
                first = self._survey_slice(partition, first, goal.first_day, found)
                await self._pause(goal)
        return found

    def _survey_slice(
        self, partition: int, first: bytes, first_day: int, found: _Found
    ) -> bytes | None:
        """Note what is past the horizon, for a slice of time; return where to go on."""
        started = time.perf_counter()
        # No reader of the store is kept over a pause: a store that moves must be closed.
        keys = self._table.data.keys(partition, first)
        while some := list(islice(keys, KEYS_AT_ONCE)):
            for key in some:
                client, digits, _, _ = key.rsplit(b"|", 3)
                if (day := int(digits)) < first_day:
                    found.pages += 1
                    found.oldest_day = min(found.oldest_day, day)
                    if len(found.places) < PLACES_MAX:
                        found.places[partition, client.decode(), day] = None
                        found.rest = partition, key
            if time.perf_counter() - started > SLICE_SECONDS:
                return some[-1] + b"\0"
        return None

    async def _remove_all(self, goal: _Goal, found: _Found) -> None:
        await self._settled(goal)
        before, started = self._writer.pages_removed, time.perf_counter()
        for place in found.places:
            if self._pages.first_day != goal.first_day:
                break  # the horizon has grown
            started = await self._remove(goal, place, (), started)
        await self._settled(goal)
        removed = self._writer.pages_removed - before
        log.info("%d pages of before %s were removed", removed, dated(goal.first_day))

    async def _remove_late(self, goal: _Goal) -> None:
        """Remove what another worker wrote of days that are removed."""
        late = self._pages.take_late()
        if late:
            await self._settled(goal)
        for place, keys in late.items():
            if place[2] < self._pages.first_day:
                await self._remove(goal, place, keys, time.perf_counter())
                self._writer.wake()

    async def _remove(
        self, goal: _Goal, place: Place, others: Iterable[bytes], started: float
    ) -> float:
        """Take a client's day out of the scores, and have its pages removed, and `others` of it.

        Returns when the newest slice of time began.
        """
        keys, first = set(others), _prefix(place)
        while True:
            following = self._take_out(place, first, keys)
            if time.perf_counter() - started > SLICE_SECONDS:
                await self._pause(goal)
                started = time.perf_counter()
            if following is None:
                break
            first = following
        self._pages.remove(place, sorted(keys))  # so the whole page is the first
        if self._pages.removals() >= REMOVED_AT_ONCE:
            await self._settled(goal)
        return started

    def _take_out(self, place: Place, first: bytes, keys: set[bytes]) -> bytes | None:
        """Take pages of a client's day out of the scores, for a slice of time.

        Their keys are added to `keys`. Returns where to go on; the pages are stored still.
        """
        started, store, prefix = time.perf_counter(), self._table.data, _prefix(place)
        for key in store.keys(place[0], first):
            if not key.startswith(prefix):
                break
            value = store.value(place[0], key)
            keys.add(key)
            if value is not None and is_live_page(key, value, partial(store.value, place[0])):
                self._scorer.add(place[1], retraction_of(value))
            if time.perf_counter() - started > SLICE_SECONDS:
                return key + b"\0"
        return None

    async def _pause(self, goal: _Goal) -> None:
        await asyncio.sleep(PAUSE_SECONDS)
        if not goal.epoch.is_current():
            raise _MovedError


def _prefix(place: Place) -> bytes:
    return f"{place[1]}|{place[2]}|".encode()
