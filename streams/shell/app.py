"""The worker: a Faust application composed of its parts."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

from rapport.streams.core.facts import FindSignals
from rapport.streams.core.policy import Policy
from rapport.streams.shell.announcer import Announcer
from rapport.streams.shell.arrivals import ArrivalReader
from rapport.streams.shell.aside import send_aside
from rapport.streams.shell.assignment import Assignment
from rapport.streams.shell.decoders import Decoders
from rapport.streams.shell.directory import DirectoryReader
from rapport.streams.shell.ending import EndingWorker
from rapport.streams.shell.expiry import Expiry
from rapport.streams.shell.explanations import Explanations
from rapport.streams.shell.faust_app import faust_app
from rapport.streams.shell.fellows import Fellows
from rapport.streams.shell.fold import Fold
from rapport.streams.shell.health_topic import HealthTopic
from rapport.streams.shell.ingest_counters import IngestCounters
from rapport.streams.shell.kafka_watch import KafkaWatch
from rapport.streams.shell.lag import LagMeter
from rapport.streams.shell.lane import LaneSchema
from rapport.streams.shell.mender import Mender
from rapport.streams.shell.monitor import Monitor
from rapport.streams.shell.pipeline import IngestPipeline
from rapport.streams.shell.policy_file import PolicyFile
from rapport.streams.shell.rebalance import RebalanceHandler
from rapport.streams.shell.restoring import Restoring
from rapport.streams.shell.retention_loop import RetentionLoop
from rapport.streams.shell.scoring_loop import ScoringLoop
from rapport.streams.shell.settings import Settings
from rapport.streams.shell.status import WorkerStatus
from rapport.streams.shell.storage import Storage
from rapport.streams.shell.views import FleetSnapshots
from rapport.streams.shell.writer import Folded, Writer


@dataclass(frozen=True, slots=True)
class Worker:
    """One worker: its application, and the parts that run in it."""

    app: Any
    decoders: Decoders
    pipeline: IngestPipeline
    rebalance: RebalanceHandler
    scoring: ScoringLoop
    retention: RetentionLoop
    background: tuple[Callable[[], Awaitable[None]], ...]
    """What else runs as long as the worker does."""
    queries: Explanations
    status: WorkerStatus

    def run(self, log_level: str) -> None:
        """Run until SIGINT or SIGTERM; leave by `SystemExit`."""
        self._register()
        self.decoders.start()
        try:
            EndingWorker(
                self.app,
                loglevel=log_level,
                quiet=True,
                redirect_stdouts=False,
                blocking_timeout=0,
                override_logging=False,
            ).execute_from_commandline()
        finally:
            self.decoders.stop()

    def _register(self) -> None:
        app = self.app
        topic = app.topic(*sorted(app.lane_topics), schema=LaneSchema())
        app.agent(topic, name="fold")(self.pipeline.consume)
        for task in (self.queries.attach, self.scoring.run, self.retention.run, *self.background):
            app.task(task)
        app.on_partitions_assigned.connect(self.rebalance.assigned)
        app.on_partitions_revoked.connect(self.rebalance.revoked)
        app.on_rebalance_complete.connect(self.rebalance.recovered)


def compose(settings: Settings, policy: Policy, find_signals: FindSignals) -> Worker:
    """Return a worker whose parts know what they need; nothing runs yet."""
    kafka, app = settings.kafka.aiokafka, faust_app(settings)
    assignment, counters = Assignment(settings.partitions), IngestCounters()
    storage, registry = Storage(app, settings.partitions), DirectoryReader(kafka)
    directory, horizon_days = registry.directory, policy.ledger.horizon_days
    scorer = Monitor(directory, policy, owns=assignment.owns, busy=counters.is_busy)
    snapshots = FleetSnapshots(assignment, scorer, directory)
    peers, decoders = Fellows(kafka, scorer.hear), Decoders(settings.decoders, find_signals)
    writer = Writer(storage.pages, storage.changelog, _side_outputs(app), counters.chunk_done)
    router = Fold(storage.pages, directory, assignment.partition_of, horizon_days)
    ingest = app, assignment, counters, decoders, registry, router, scorer, writer
    pipeline = IngestPipeline(*ingest)
    ledger = storage.ledger, storage.pages, writer, scorer
    retention = Expiry(*ledger, assignment, horizon_days)
    recovery = Restoring(storage.ledger, scorer)
    repair = Mender(kafka, storage.changelog, writer, storage.pages, scorer.add)
    topic = HealthTopic(kafka)
    announcer = Announcer(storage.outbox, scorer, assignment.partition_of, topic, assignment)
    scores = registry, scorer, peers, snapshots, announcer
    scoring = ScoringLoop(app, assignment, counters, *scores)
    policy_file = PolicyFile(settings.policy, policy, _apply(scorer, retention, router))
    liveness = KafkaWatch(registry.ask)
    lag = LagMeter(app, liveness, counters.positions)
    arrivals = ArrivalReader(app.lane_topics, kafka, scorer.arrived)
    status = WorkerStatus(
        *(assignment, counters, writer, retention, recovery, scoring, announcer),
        *(registry, liveness, lag, policy_file, snapshots),
    )
    stopping = scorer, recovery, retention, announcer, snapshots
    rebalance = RebalanceHandler(assignment, storage, pipeline, *stopping)
    followers: tuple[Any, ...] = (registry, peers, repair, liveness, arrivals)
    if settings.policy is not None:
        followers += (policy_file,)
    background = (*(one.follow for one in followers), writer.run, announcer.run, lag.run)
    queries = Explanations(scorer, directory)
    loops = scoring, RetentionLoop(assignment, retention), background
    return Worker(app, decoders, pipeline, rebalance, *loops, queries, status)


def _side_outputs(app: Any) -> Callable[[Folded], Awaitable[None]]:
    async def send(folded: Folded) -> None:
        await send_aside(folded, app.producer.send_and_wait)

    return send


def _apply(scorer: Monitor, retention: Expiry, router: Fold) -> Callable[[Policy], None]:
    def apply(policy: Policy) -> None:
        """Score by another policy from the next evaluation on; its horizon is for events first."""
        scorer.policy = policy
        retention.set_horizon(policy.ledger.horizon_days)
        router.horizon_days = policy.ledger.horizon_days

    return apply
