"""The worker: composes its parts, and runs them in one Faust application."""

import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from ipaddress import ip_address
from pathlib import Path
from socket import gethostname
from typing import Any

from rapport.domain.calendar import Calendar
from rapport.domain.clients.registry import Directory
from rapport.domain.desk.kinds import RECORDED_SOURCE
from rapport.domain.events.facts import FindSignals
from rapport.domain.policy.model import Policy
from rapport.domain.signals.finder import SignalNames
from rapport.kafka.access import check_access
from rapport.kafka.acl import RightsUnknownError
from rapport.kafka.arrival_index import ArrivalIndexReader
from rapport.kafka.liveness import KafkaLiveness
from rapport.kafka.topic_reader import run_on
from rapport.publish.confirmed import ConfirmedPublisher
from rapport.runtime.child_process import end_with_parent
from rapport.runtime.directory_lock import lock_directory
from rapport.runtime.gc_tuning import tune_gc
from rapport.runtime.logging import configure_logging
from rapport.runtime.policy_file import PolicyFile, load_policy
from rapport.runtime.vocabulary_file import load_vocabulary
from rapport.web.auth import BasicAuth
from rapport.web.fleet_snapshot import UNREACHED
from rapport.web.forms.recording import Recording
from rapport.web.server import WebHosts, WebServer
from rapport.worker.announce.alertmanager_file import read_alertmanager_file
from rapport.worker.announce.announcer import Announcer
from rapport.worker.announce.producer import AnnouncementProducer
from rapport.worker.announce.silences import SilenceReconciler
from rapport.worker.assignment import Assignment
from rapport.worker.faust_app import faust_app
from rapport.worker.faust_ext.consumer import BatchSchema
from rapport.worker.faust_ext.shutdown import BoundedShutdownWorker
from rapport.worker.ingest.compacted_topic import ClientRegistryFollower
from rapport.worker.ingest.counters import IngestCounters
from rapport.worker.ingest.dead_letter_backlog import DeadLetterBacklog
from rapport.worker.ingest.decoder_pool import DecoderPool
from rapport.worker.ingest.lag import LagMeter
from rapport.worker.ingest.organisation_topics import OrganisationTopics
from rapport.worker.ingest.pipeline import IngestPipeline
from rapport.worker.ingest.router import Router
from rapport.worker.ingest.side_outputs import send_side_outputs
from rapport.worker.ingest.writer import RoutedChunk, Writer, retry_until_acked
from rapport.worker.maintenance.desk_retention import DeskRetention
from rapport.worker.maintenance.recovery import LedgerRecovery
from rapport.worker.maintenance.repair import ZombieWriteRepair, repaired_tables
from rapport.worker.maintenance.retention import Retention
from rapport.worker.queries import ScoreQueries
from rapport.worker.rebalance import RebalanceHandler
from rapport.worker.scoring.fleet_exchange import FleetExchange
from rapport.worker.scoring.latest_snapshot import LatestSnapshot
from rapport.worker.scoring.peer_exchange import PeerExchange
from rapport.worker.scoring.recorded import RecordedReader
from rapport.worker.scoring.scorer import Scorer
from rapport.worker.scoring_loop import ScoringLoop
from rapport.worker.settings import Settings
from rapport.worker.status import WorkerStatus
from rapport.worker.storage.ledger_zone import LedgerZone, discard_other_store, settle_zone
from rapport.worker.storage.store_size import StoreSize
from rapport.worker.storage.tables import UTC_LEDGER, Storage

log = logging.getLogger(__name__)
IPV6 = 6


@dataclass(frozen=True, slots=True)
class Worker:
    """One worker: its application, and the parts that run in it."""

    app: Any
    decoders: DecoderPool
    pipeline: IngestPipeline
    rebalance: RebalanceHandler
    tasks: tuple[Callable[[], Awaitable[None]], ...]
    """Coroutines that run as long as the worker."""
    queries: ScoreQueries
    status: WorkerStatus
    others: FleetExchange

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
        app.agent(topic, name="ingest")(self.pipeline.consume)
        for task in self.tasks:
            app.task(task)
        app.on_partitions_assigned.connect(self.rebalance.assigned)
        app.on_partitions_revoked.connect(self.rebalance.revoked)
        app.on_rebalance_complete.connect(self.rebalance.recovered)


def compose(
    settings: Settings,
    policy: Policy,
    find_signals: FindSignals,
    zone: LedgerZone = UTC_LEDGER,
) -> Worker:
    """Return a worker; nothing runs yet."""
    app, kafka = faust_app(settings), settings.kafka.aiokafka
    assignment, counters = Assignment(settings.partitions), IngestCounters()
    registry, storage = ClientRegistryFollower(kafka), Storage(app, settings.partitions, zone)
    directory, desk = registry.directory, storage.desk
    owns, busy, calendar = assignment.owns, counters.is_busy, Calendar(zone.name)
    recorded = RecordedReader(desk, assignment)
    scorer = Scorer(directory, policy, recorded.changed, owns=owns, busy=busy, calendar=calendar)
    topics = OrganisationTopics(kafka, registry, scorer)
    # From Kafka to the ledger.
    decoders = DecoderPool(settings.decoders, find_signals, calendar)
    router = _router(storage, directory, assignment, policy, calendar)
    writer = Writer(storage.pages, storage.changelog, desk, _side_outputs(app), counters.chunk_done)
    pipeline = IngestPipeline(app, assignment, counters, decoders, registry, router, scorer, writer)
    # From the scores to readers and peers.
    others = FleetExchange(kafka, assignment, scorer, _sender(app))
    snapshot = LatestSnapshot(assignment, scorer, directory, others)
    queries = ScoreQueries(scorer, directory, recorded.of_client, snapshot)
    peers, producer = PeerExchange(kafka, scorer.on_peer_inputs), AnnouncementProducer(kafka)
    announcer = Announcer(storage.outbox, scorer, assignment.partition_of, producer, assignment)
    scoring = ScoringLoop(app, assignment, counters, topics, scorer, peers, snapshot, announcer)
    # Ownership and age of the ledger.
    recovery, liveness = LedgerRecovery(storage.ledger, scorer), KafkaLiveness(registry.ask)
    repair = ZombieWriteRepair(kafka, writer, repaired_tables(storage, scorer.add))
    retentions = _retentions(storage, writer, scorer, assignment, policy)
    owners = scorer, recovery, retentions[0], announcer, snapshot
    rebalance = RebalanceHandler(assignment, storage, pipeline, *owners)
    # State of Kafka and of the policy.
    lag = LagMeter(app, liveness, counters.handled_seconds)
    arrivals = ArrivalIndexReader(app.input_topics, kafka, scorer.arrived, calendar)
    policy_file = PolicyFile(settings.policy, policy, _policy_setter(scorer, *retentions, router))
    store_size, backlog = StoreSize(settings.data_dir), DeadLetterBacklog(kafka)
    meters = app.commit_meter, store_size, backlog
    parts = assignment, counters, writer, retentions[0], recovery, scoring, announcer, topics
    status = WorkerStatus(*parts, liveness, lag, policy_file, snapshot, zone.name, meters)
    followers: list[Any] = [*topics.followers, peers, others, repair, liveness, arrivals, backlog]
    followers += [] if settings.policy is None else [policy_file]
    loops: list[Any] = [scoring, others, *retentions, writer, announcer, lag, store_size, backlog]
    loops += _silences(settings, assignment, scorer)
    tasks = (queries.attach, *(one.run for one in loops), *(one.follow for one in followers))
    return Worker(app, decoders, pipeline, rebalance, tasks, queries, status, others)


def _silences(
    settings: Settings, assignment: Assignment, scorer: Scorer
) -> list[SilenceReconciler]:
    if settings.alertmanager is None:
        return []
    access = read_alertmanager_file(settings.alertmanager)
    return [SilenceReconciler(access, assignment, scorer)]


def _router(
    storage: Storage,
    directory: Directory,
    assignment: Assignment,
    policy: Policy,
    calendar: Calendar,
) -> Router:
    tables, of_client = (storage.pages, storage.desk), assignment.partition_of
    days = policy.ledger.horizon_days, policy.desk_keep_days
    return Router(*tables, directory, of_client, *days, calendar)


def _retentions(
    storage: Storage, writer: Writer, scorer: Scorer, assignment: Assignment, policy: Policy
) -> tuple[Retention, DeskRetention]:
    parts = writer, scorer, assignment
    ledger = Retention(storage.ledger, storage.pages, *parts, policy.ledger.horizon_days)
    return ledger, DeskRetention(storage.desk, *parts, policy.desk_keep_days)


def _side_outputs(app: Any) -> Callable[[RoutedChunk], Awaitable[None]]:
    async def send(routed: RoutedChunk) -> None:
        # Faust creates its producer when it starts.
        await send_side_outputs(routed, app.producer.send_and_wait)

    return send


def _sender(app: Any) -> Callable[[str, bytes, bytes], Awaitable[None]]:
    async def send(topic: str, key: bytes, value: bytes) -> None:
        # Faust creates its producer when it starts.
        one = app.producer.send_and_wait
        await retry_until_acked(lambda: one(topic, key, value, None, None, None))

    return send


def _policy_setter(
    scorer: Scorer, retention: Retention, desk_retention: DeskRetention, router: Router
) -> Callable[[Policy], None]:
    def set_policy(policy: Policy) -> None:
        """Apply a policy from the next evaluation on, and its horizons to new events at once."""
        scorer.policy = policy
        retention.set_horizon(policy.ledger.horizon_days)
        router.horizon_days = policy.ledger.horizon_days
        desk_retention.set_keep_days(policy.desk_keep_days)
        router.keep_days = policy.desk_keep_days

    return set_policy


def start_worker(settings: Settings, log_level: str, address_file: Path | None) -> None:
    """Run a worker until SIGINT or SIGTERM."""
    configure_logging(log_level)
    tune_gc()
    end_with_parent()
    policy = load_policy(settings.policy)
    find = SignalNames(load_vocabulary(settings.vocabulary))
    _check_access(settings)
    lock = lock_directory(settings.data_dir)
    zone = run_on(settings.kafka, settle_zone(settings.kafka, settings.zone))
    discard_other_store(settings.data_dir, zone)
    auth = BasicAuth(settings.web_config, settings.accounts)
    auth.warn(settings.http_host)
    worker = compose(settings, policy, find, zone)
    address = settings.http_host, settings.http_port
    server = WebServer(
        *address,
        worker.status.view,
        worker.queries,
        auth,
        WebHosts(settings.grafana_url, settings.link_hosts, settings.allowed_hosts),
        _recording(settings, worker.queries, zone),
    )
    host, port = server.start()
    public_url = settings.public_url or _own_address(auth.scheme, host, port)
    # A name that stays the same, so that the topic of the fleet keeps few.
    worker.others.address = public_url or f"{UNREACHED}{gethostname()}:{port}"
    if address_file is not None:
        address_file.write_text(f"{auth.scheme}://{host}:{port}")
    try:
        worker.run(log_level)
    finally:
        server.stop()
        lock.close()


def _own_address(scheme: str, host: str, port: int) -> str:
    """Return the address that the pages listen on; none where it is every address."""
    address = ip_address(host)
    if address.is_unspecified:
        return ""
    return f"{scheme}://[{host}]:{port}" if address.version == IPV6 else f"{scheme}://{host}:{port}"


def _recording(settings: Settings, queries: ScoreQueries, zone: LedgerZone) -> Recording:
    publisher = ConfirmedPublisher(settings.kafka, RECORDED_SOURCE)
    calendar = Calendar(zone.name)
    return Recording(
        queries.find_client, queries.horizon_days, calendar, publisher.publish, queries.read_desk
    )


def _check_access(settings: Settings) -> None:
    try:
        check_access(settings.kafka, "worker")
    except RightsUnknownError as error:
        # A broker that is starting must not stop the worker.
        log.warning("%s; the worker continues", error)
