"""Announcer: publishes changes of the owned clients' scores to Kafka, as a transactional outbox.

After an evaluation it finds a bounded number of changes. A task of its own writes them to the
outbox, publishes them, and marks their batch as done. It searches again only after that, so later
changes are part of the next announcement. A crash in between publishes the same entries again, with
the same ids.
"""

import asyncio
import logging
import time
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from functools import partial
from typing import Final

from aiokafka.errors import KafkaError

from rapport.domain.explanation.change_attribution import announced_score
from rapport.domain.explanation.change_events import (
    LastAnnounced,
    changed_names,
    shown_values,
)
from rapport.domain.explanation.client_snapshot import ClientSnapshot
from rapport.language.announcements import score_announcement, state_announcement
from rapport.worker.announce.outbox import (
    DONE_KEY,
    OutboxEntry,
    entry_of,
    head_of,
    last_baseline,
    newest_value,
    partition_key,
)
from rapport.worker.announce.producer import AnnouncementProducer
from rapport.worker.assignment import Assignment, AssignmentEpoch
from rapport.worker.scoring.scorer import Scorer
from rapport.worker.storage.changelog import Changelog

log = logging.getLogger(__name__)
AT_ONCE_MAX: Final = 256
"""Announcements per batch; the last client's may exceed it."""
RETRY_SECONDS: Final = 1.0
QUIET_SECONDS: Final = 15.0
"""While events wait, changes are searched for no more often than this."""


class Announcer:
    """Finds changes, and publishes each at least once."""

    def __init__(
        self,
        table: Changelog,
        scorer: Scorer,
        partition_of: Callable[[str], int],
        topic: AnnouncementProducer,
        assignment: Assignment,
    ) -> None:
        self.published = 0
        self._table, self._scorer = table, scorer
        self._partition_of, self._topic, self._assignment = partition_of, topic, assignment
        self._last: dict[tuple[str, str], LastAnnounced] = {}
        self._batch = 0
        self._waiting: list[OutboxEntry] = []
        self._wake = asyncio.Event()
        self._sending = asyncio.Lock()
        self._checked_evaluation = -1
        """The evaluation whose clients were all checked."""
        self._checked_seconds = 0.0
        """When changes were last searched for; monotonic seconds."""

    async def recovered(self, items: Iterable[tuple[bytes, bytes]]) -> None:
        """Read the outbox of the owned partitions, and queue what is not published."""
        self._last.clear()
        self._checked_evaluation = -1
        batches: dict[tuple[str, str], int] = {}
        done: dict[int, int] = {}
        for count, (key, value) in enumerate(items, 1):
            if key.startswith(DONE_KEY):
                done[int(key.removeprefix(DONE_KEY))] = int(value)
                continue
            client_and_name = partition_key(key)
            last, batch = head_of(value)
            # A renamed score may have an entry under each of its names.
            if batch >= batches.get(client_and_name, 0):
                self._last[client_and_name], batches[client_and_name] = last, batch
            if count % AT_ONCE_MAX == 0:
                await asyncio.sleep(0)
        self._batch = max([*batches.values(), *done.values(), 0])
        self._waiting = list(self._unpublished(batches, done))
        self._wake.set()

    def _unpublished(
        self, batches: dict[tuple[str, str], int], done: dict[int, int]
    ) -> Iterable[OutboxEntry]:
        for (client, name), batch in batches.items():
            partition = self._partition_of(client)
            value = newest_value(partial(self._table.get, partition), client, name)
            if batch > done.get(partition, 0) and value is not None:
                yield entry_of(client, name, value)

    async def drop(self) -> None:
        """Drop what is not written: the next owner of the partitions finds the change."""
        async with self._sending:
            self._waiting = []
            self._last.clear()
            self._wake.clear()

    async def find_changes(self, *, busy: bool) -> None:
        """Find changes, between two evaluations. `busy`: many events arrive."""
        scorer, assignment_epoch = self._scorer, self._assignment.epoch()
        if self._waiting or self._checked_evaluation == scorer.evaluations:
            return
        if busy and time.monotonic() - self._checked_seconds < QUIET_SECONDS:
            return
        self._checked_seconds = time.monotonic()
        entries: list[OutboxEntry] = []
        started, client_names = time.perf_counter(), scorer.names
        for client in list(scorer.health):
            entries += self._changes(client, client_names)
            if len(entries) >= AT_ONCE_MAX:
                break
            started = await scorer.yield_if_due(started)
            if not assignment_epoch.is_current():
                return
        else:
            self._checked_evaluation = scorer.evaluations
        if entries:
            self._waiting = entries
            self._wake.set()

    def _changes(self, client: str, client_names: Mapping[str, str]) -> Iterable[OutboxEntry]:
        scorer = self._scorer
        health = scorer.health.get(client)
        if health is None or health.policy_hash != scorer.policy.hash:
            return
        minimum = float(scorer.policy.announce.minimum)
        names = list(changed_names(health, lambda name: self._last.get((client, name)), minimum))
        if not names:
            return
        snapshot = scorer.current_snapshot(health)
        for name in names:
            entry = self._entry(snapshot, name, client_names)
            if entry is not None:
                yield entry

    def _entry(
        self, snapshot: ClientSnapshot, name: str, client_names: Mapping[str, str]
    ) -> OutboxEntry | None:
        health, attribution = snapshot.health, snapshot.attributions.get(name)
        client, shown = health.client, shown_values(health)[name]
        common = client, name, self._batch + 1, time.time(), shown
        if attribution is None:
            last = self._last.get((client, name))
            state = state_announcement(name, last, snapshot, client_names)
            return OutboxEntry(*common, state, None)
        partition = self._partition_of(client)
        before = last_baseline(partial(self._table.get, partition), client, name)
        change = score_announcement(attribution, before, health)
        if change is None:
            return None
        baseline = announced_score(attribution, change.event_id, health.day, health.policy_hash)
        return OutboxEntry(*common, change, baseline)

    async def run(self) -> None:
        """Write and publish for ever."""
        try:
            while True:
                await self._wake.wait()
                self._wake.clear()
                await self._send_all(self._assignment.epoch())
        finally:
            await self._topic.stop()

    async def _send_all(self, assignment_epoch: AssignmentEpoch) -> None:
        while assignment_epoch.is_current() and self._waiting:
            try:
                async with self._sending:
                    await self._send(assignment_epoch)
            except (KafkaError, OSError) as error:
                log.warning("changes are not announced (%r); trying again", error)
                await asyncio.sleep(RETRY_SECONDS)

    async def _send(self, assignment_epoch: AssignmentEpoch) -> None:
        entries = self._waiting
        if not assignment_epoch.is_current() or not entries:
            return
        values: defaultdict[int, dict[bytes, bytes]] = defaultdict(dict)
        for entry in entries:
            values[self._partition_of(entry.client)][entry.key] = entry.value()
        await self._write(values)
        await self._topic.publish([entry.record() for entry in entries])
        batch = max(entry.batch for entry in entries)
        mark = str(batch).encode()
        await self._write({p: {DONE_KEY + str(p).encode(): mark} for p in values})
        self._last.update({(entry.client, entry.name): entry.last for entry in entries})
        self._batch, self._waiting = max(self._batch, batch), []
        self.published += len(entries)

    async def _write(self, values: dict[int, dict[bytes, bytes]]) -> None:
        await asyncio.gather(*(self._table.write(*item) for item in values.items()))
