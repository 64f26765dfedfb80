"""The worker: a Faust application composed of its parts."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

from rapport.domain.events.facts import FindSignals
from rapport.domain.policy.model import Policy
from rapport.kafka.arrival_index import ArrivalIndexReader
from rapport.kafka.liveness import KafkaLiveness
from rapport.runtime.policy_file import PolicyFile
from rapport.worker.announce.announcer import Announcer
from rapport.worker.announce.producer import AnnouncementProducer
from rapport.worker.assignment import Assignment
from rapport.worker.faust_ext.app import faust_app
from rapport.worker.faust_ext.consumer import BatchSchema
from rapport.worker.faust_ext.shutdown import BoundedShutdownWorker
from rapport.worker.ingest.client_registry import ClientRegistryFollower
from rapport.worker.ingest.counters import IngestCounters
from rapport.worker.ingest.decoder_pool import DecoderPool
from rapport.worker.ingest.lag import LagMeter
from rapport.worker.ingest.pipeline import IngestPipeline
from rapport.worker.ingest.router import Router
from rapport.worker.ingest.side_outputs import send_side_outputs
from rapport.worker.ingest.writer import RoutedChunk, Writer
from rapport.worker.maintenance.recovery import LedgerRecovery
from rapport.worker.maintenance.repair import ZombieWriteRepair
from rapport.worker.maintenance.retention import Retention
from rapport.worker.maintenance.retention_loop import RetentionLoop
from rapport.worker.queries import ScoreQueries
from rapport.worker.rebalance import RebalanceHandler
from rapport.worker.scoring.loop import ScoringLoop
from rapport.worker.scoring.peer_exchange import PeerExchange
from rapport.worker.scoring.scorer import Scorer
from rapport.worker.settings import Settings
from rapport.worker.snapshot import LatestSnapshot
from rapport.worker.status import WorkerStatus
from rapport.worker.storage.tables import Storage


@dataclass(frozen=True, slots=True)
class Worker:
    """One worker: its application, and the parts that run in it."""

    app: Any
    decoders: DecoderPool
    pipeline: IngestPipeline
    rebalance: RebalanceHandler
    scoring: ScoringLoop
    retention: RetentionLoop
    background: tuple[Callable[[], Awaitable[None]], ...]
    """What else runs as long as the worker does."""
    queries: ScoreQueries
    status: WorkerStatus

    def run(self, log_level: str) -> None:
        """Run until SIGINT or SIGTERM; leave by `SystemExit`."""
        self._register()
        self.decoders.start()
        try:
            BoundedShutdownWorker(
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
        topic = app.topic(*sorted(app.input_topics), schema=BatchSchema())
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
    storage, registry = Storage(app, settings.partitions), ClientRegistryFollower(kafka)
    directory, horizon_days = registry.directory, policy.ledger.horizon_days
    scorer = Scorer(directory, policy, owns=assignment.owns, busy=counters.is_busy)
    snapshots = LatestSnapshot(assignment, scorer, directory)
    peers, decoders = (
        PeerExchange(kafka, scorer.on_peer_inputs),
        DecoderPool(settings.decoders, find_signals),
    )
    writer = Writer(storage.pages, storage.changelog, _side_outputs(app), counters.chunk_done)
    router = Router(storage.pages, directory, assignment.partition_of, horizon_days)
    ingest = app, assignment, counters, decoders, registry, router, scorer, writer
    pipeline = IngestPipeline(*ingest)
    ledger = storage.ledger, storage.pages, writer, scorer
    retention = Retention(*ledger, assignment, horizon_days)
    recovery = LedgerRecovery(storage.ledger, scorer)
    repair = ZombieWriteRepair(kafka, storage.changelog, writer, storage.pages, scorer.add)
    topic = AnnouncementProducer(kafka)
    announcer = Announcer(storage.outbox, scorer, assignment.partition_of, topic, assignment)
    scores = registry, scorer, peers, snapshots, announcer
    scoring = ScoringLoop(app, assignment, counters, *scores)
    policy_file = PolicyFile(settings.policy, policy, _apply(scorer, retention, router))
    liveness = KafkaLiveness(registry.ask)
    lag = LagMeter(app, liveness, counters.positions)
    arrivals = ArrivalIndexReader(app.input_topics, kafka, scorer.arrived)
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
    queries = ScoreQueries(scorer, directory)
    loops = scoring, RetentionLoop(assignment, retention), background
    return Worker(app, decoders, pipeline, rebalance, *loops, queries, status)


def _side_outputs(app: Any) -> Callable[[RoutedChunk], Awaitable[None]]:
    async def send(folded: RoutedChunk) -> None:
        await send_side_outputs(folded, app.producer.send_and_wait)

    return send


def _apply(scorer: Scorer, retention: Retention, router: Router) -> Callable[[Policy], None]:
    def apply(policy: Policy) -> None:
        """Score by another policy from the next evaluation on; its horizon is for events first."""
        scorer.policy = policy
        retention.set_horizon(policy.ledger.horizon_days)
        router.horizon_days = policy.ledger.horizon_days

    return apply
