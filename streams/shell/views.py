"""Copies what the worker knows, for its HTTP server, which builds the rest when a reader asks."""

from collections.abc import Callable, Iterator

from msgspec import to_builtins

from rapport.schemas.rejections import REASONS
from rapport.streams.catalogue import metrics as m
from rapport.streams.catalogue.sample import Sample
from rapport.streams.shell.app import Worker
from rapport.streams.shell.policy_file import PolicyStatus
from rapport.streams.shell.site.picture import Picture, View
from rapport.streams.shell.status import Status


class Views:
    """Publishes snapshots of a worker; the fleet's part is copied once an evaluation."""

    def __init__(self, show: Callable[[View], None]) -> None:
        self._show = show
        self._evaluations = -1
        self._picture: Picture | None = None

    def publish(self, worker: Worker) -> None:
        """Show readers what the worker knows now: metrics, status, the fleet, the worst first."""
        status, policy = worker.status, worker.policy_file.status
        if status.ready and worker.monitor.evaluations != self._evaluations:
            self._picture = _picture(worker)
            self._evaluations = worker.monitor.evaluations
        view = View(
            status={**status.as_json(), "policy": to_builtins(policy)},
            status_samples=(*_status_samples(status), *_policy_samples(policy)),
            # Half-recovered scores are not shown: an alert on them would be false.
            picture=self._picture if status.ready else None,
        )
        self._show(view)


def _picture(worker: Worker) -> Picture:
    monitor = worker.monitor
    return Picture(
        directory={client.id: client for client in worker.reader.directory},
        health=dict(monitor.health),
        figures=dict(monitor.figures),
        market=monitor.market,
        closed=monitor.closed,
        policy=monitor.policy,
    )


def _policy_samples(policy: PolicyStatus) -> Iterator[Sample]:
    yield Sample(m.POLICY_INFO, (policy.hash,), 1)
    yield Sample(m.POLICY_APPLIED, (), policy.applied_seconds)
    yield Sample(m.POLICY_REFUSED, (), policy.refused_since_seconds or 0)


def _status_samples(status: Status) -> Iterator[Sample]:
    yield Sample(m.READY, (), int(status.ready))
    yield Sample(m.KAFKA_UP, (), int(status.kafka_answers))
    if status.kafka_answered_seconds is not None:
        yield Sample(m.KAFKA_LAST_ANSWER, (), status.kafka_answered_seconds)
    yield Sample(m.LOOP_LAG, (), status.loop_lag_seconds)
    yield Sample(m.EVALUATED, (), status.evaluated_at_seconds)
    yield Sample(m.EVALUATION, (), status.evaluation_seconds)
    yield Sample(m.RECOVERY, (), status.recovery_seconds)
    yield Sample(m.PAGES_WRITTEN, (), status.pages_written)
    yield Sample(m.PAGES_REMOVED, (), status.pages_removed)
    for (topic, outcome), count in list(status.events.items()):
        yield Sample(m.EVENTS, (topic, outcome), count)
    for reason, count in {**dict.fromkeys(REASONS, 0), **status.dead_letters}.items():
        yield Sample(m.DEAD_LETTERS, (reason,), count)
    for topic, seconds in list(status.newest_event_seconds.items()):
        yield Sample(m.LAST_EVENT, (topic,), seconds)
    for topic, arrived in list(status.newest_arrival_seconds.items()):
        yield Sample(m.LAST_ARRIVAL, (topic,), arrived)
    for (topic, partition), lag in list(status.lag.items()):
        yield Sample(m.LAG, (topic, str(partition)), lag)
