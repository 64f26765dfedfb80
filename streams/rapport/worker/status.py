"""Worker status: read from the worker's parts on request, like a Prometheus collector.

The parts count on the worker's loop; a reader's thread copies each collection before iteration.
"""

from collections.abc import Iterator
from dataclasses import asdict, dataclass
from typing import Any, Protocol

from rapport.kafka.liveness import KafkaLiveness
from rapport.monitoring.metrics import pipeline
from rapport.monitoring.metrics.model import Sample
from rapport.runtime.policy_file import PolicyFile, PolicyStatus
from rapport.web.fleet_snapshot import WorkerView
from rapport.web.process_samples import process_samples
from rapport.worker.announce.announcer import Announcer
from rapport.worker.assignment import Assignment
from rapport.worker.ingest.counters import IngestCounters
from rapport.worker.ingest.lag import LagMeter
from rapport.worker.ingest.organisation_topics import OrganisationTopics
from rapport.worker.ingest.writer import Writer
from rapport.worker.maintenance.recovery import LedgerRecovery
from rapport.worker.maintenance.retention import Retention
from rapport.worker.scoring.latest_snapshot import LatestSnapshot
from rapport.worker.scoring_loop import ScoringLoop


class Meter(Protocol):
    """A part that yields series."""

    def samples(self) -> Iterator[Sample]:
        """Yield its series as they are now."""


@dataclass(frozen=True, slots=True)
class WorkerStatus:
    """The parts of a worker that report status."""

    assignment: Assignment
    ingest: IngestCounters
    writer: Writer
    retention: Retention
    recovery: LedgerRecovery
    scoring: ScoringLoop
    announcer: Announcer
    topics: OrganisationTopics
    liveness: KafkaLiveness
    lag: LagMeter
    policy: PolicyFile
    snapshots: LatestSnapshot
    zone: str
    """The zone whose days the ledger has."""
    meters: tuple[Meter, ...]
    """Parts that yield series and nothing else."""

    def view(self) -> WorkerView:
        """Return the current view for readers."""
        return WorkerView(self.as_json(), tuple(self.samples()), self.snapshots.fleet)

    def as_json(self) -> dict[str, Any]:
        """Return the document of `/status`."""
        ingest, assignment, scoring = self.ingest, self.assignment, self.scoring
        return {
            "ready": assignment.ready,
            "zone": self.zone,
            "kafka_answers": self.liveness.answers,
            "kafka_answered_seconds": self.liveness.answered_seconds,
            "events": ingest.handled,
            "outcomes": ingest.outcomes(),
            "dead_letters": dict(sorted(ingest.dead_letters.copy().items())),
            "dead_letters_withheld": dict(sorted(ingest.withheld.copy().items())),
            "clients_left_out": dict(sorted(self.topics.registry.rejected.copy().items())),
            "organisation_left_out": dict(sorted(self.topics.rejected.items())),
            "contested_names": len(self.topics.registry.directory.contested),
            "pages_written": self.writer.pages_written,
            "pages_removed": self.writer.pages_removed,
            "pages_past_horizon": self.retention.notice.waiting,
            "recovered_pages": self.recovery.pages,
            "recounted_pages": self.recovery.recounted_pages,
            "recovery_seconds": assignment.recovery_seconds,
            "loop_lag_seconds": self.lag.loop_lag_seconds,
            "timestamps": dict(assignment.timestamps),
            "evaluated_clients": scoring.evaluated_clients,
            "evaluated_events": scoring.evaluated_events,
            "evaluation_seconds": scoring.evaluation_seconds,
            "announced": self.announcer.published,
            "lag_records": self.lag.records,
            "first_event_monotonic": ingest.first_event_monotonic,
            "last_event_monotonic": ingest.last_event_monotonic,
            "policy": asdict(self.policy.status),
        }

    def samples(self) -> Iterator[Sample]:
        """Yield the series of the pipeline and of the process."""
        yield from self.assignment.samples()
        yield from _liveness_samples(self.liveness)
        yield Sample(pipeline.LOOP_LAG, (), self.lag.loop_lag_seconds)
        yield from self.scoring.samples()
        yield Sample(pipeline.RECOVERY, (), self.assignment.recovery_seconds)
        yield from self.recovery.samples()
        for meter in self.meters:
            yield from meter.samples()
        yield from self.writer.samples()
        yield from self.ingest.samples()
        yield from self.lag.samples()
        yield from _policy_samples(self.policy.status)
        yield from process_samples()


def _liveness_samples(liveness: KafkaLiveness) -> Iterator[Sample]:
    yield Sample(pipeline.KAFKA_UP, (), int(liveness.answers))
    if liveness.answered_seconds is not None:
        yield Sample(pipeline.KAFKA_LAST_ANSWER, (), liveness.answered_seconds)


def _policy_samples(policy: PolicyStatus) -> Iterator[Sample]:
    yield Sample(pipeline.POLICY_INFO, (policy.hash,), 1)
    yield Sample(pipeline.POLICY_APPLIED, (), policy.applied_seconds)
    yield Sample(pipeline.POLICY_REFUSED, (), policy.refused_since_seconds or 0)
