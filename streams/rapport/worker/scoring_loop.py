"""Scoring loop: evaluates the scores once a second, while the worker is ready."""

import asyncio
import time
from collections.abc import Iterator
from typing import Any, Final

from rapport.monitoring.metrics import pipeline
from rapport.monitoring.metrics.model import Sample
from rapport.worker.announce.announcer import Announcer
from rapport.worker.assignment import Assignment
from rapport.worker.ingest.counters import IngestCounters
from rapport.worker.ingest.organisation_topics import OrganisationTopics
from rapport.worker.ingest.writer import retry_until_acked
from rapport.worker.scoring.latest_snapshot import LatestSnapshot
from rapport.worker.scoring.peer_exchange import PeerExchange
from rapport.worker.scoring.scorer import Scorer

EVALUATE_SECONDS: Final = 1.0


class ScoringLoop:
    """Evaluates, exchanges client inputs with peers, takes a snapshot, and announces changes."""

    def __init__(
        self,
        app: Any,
        assignment: Assignment,
        counters: IngestCounters,
        topics: OrganisationTopics,
        scorer: Scorer,
        peers: PeerExchange,
        snapshots: LatestSnapshot,
        announcer: Announcer,
    ) -> None:
        self._app, self._assignment, self._counters = app, assignment, counters
        self._topics, self._scorer, self._peers = topics, scorer, peers
        self._snapshots, self._announcer = snapshots, announcer
        self.evaluated_clients = 0
        self.evaluated_events = 0
        """Events that the newest evaluation includes."""
        self.evaluated_at_seconds = 0.0
        """When the newest evaluation ended; 0 before the first."""
        self.evaluation_seconds = 0.0

    def samples(self) -> Iterator[Sample]:
        """Yield when the newest evaluation ended, and how long it took."""
        yield Sample(pipeline.EVALUATED, (), self.evaluated_at_seconds)
        yield Sample(pipeline.EVALUATION, (), self.evaluation_seconds)

    async def run(self) -> None:
        """Evaluate for ever, once the compacted topics and the peers' inputs are read."""
        await self._topics.wait_caught_up()
        await self._peers.caught_up.wait()
        while True:
            if self._assignment.ready:  # scores of a partial ledger would be wrong
                await self._evaluate()
            await asyncio.sleep(EVALUATE_SECONDS)

    async def _evaluate(self) -> None:
        started, events = time.perf_counter(), self._counters.handled
        ready, assignment_epoch = self._assignment.ready, self._assignment.epoch()
        day_of = self._scorer.calendar.day_of
        for source, seconds in self._counters.newest_arrival_seconds.items():
            self._scorer.arrived(source, [day_of(int(seconds))])
        evaluated = await self._scorer.evaluate(day_of(int(time.time())))
        if evaluated and not self._assignment.owns_all():
            await self._peers.publish(self._scorer.inputs_for_peers, self._send_inputs)
        self._record(evaluated, time.perf_counter() - started, events)
        self._snapshots.take()
        if ready and assignment_epoch.is_current():
            await self._announcer.find_changes(busy=self._counters.is_busy())

    def _record(self, clients: int, seconds: float, events: int) -> None:
        self.evaluated_events, self.evaluated_at_seconds = events, time.time()
        self._assignment.scored(self.evaluated_at_seconds)
        if clients:
            self.evaluated_clients, self.evaluation_seconds = clients, seconds

    async def _send_inputs(self, topic: str, key: bytes, value: bytes) -> None:
        send = self._app.producer.send_and_wait
        await retry_until_acked(lambda: send(topic, key, value, None, None, None))
