"""Makes the immutable view that the HTTP server shows, from what the worker knows now."""

from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import asdict, dataclass
from typing import Any

from rapport.schemas.currencies import DECIMALS
from rapport.schemas.rejections import REASONS
from rapport.streams.catalogue import metrics as m
from rapport.streams.catalogue.fleet_samples import fleet_samples
from rapport.streams.catalogue.relation_samples import target_samples
from rapport.streams.catalogue.sample import Sample
from rapport.streams.catalogue.samples import STATES, market_samples
from rapport.streams.core.clients import Client
from rapport.streams.core.compare import Peers
from rapport.streams.core.figures import Figures
from rapport.streams.core.policy import Policy
from rapport.streams.core.policy_relation import ComparePolicy
from rapport.streams.core.population import Population
from rapport.streams.core.procurement import Market
from rapport.streams.core.purchase_words import purchase_notes
from rapport.streams.core.scores import ClientHealth
from rapport.streams.core.words import purchase_reason, top_reason
from rapport.streams.shell.app import Worker
from rapport.streams.shell.exposition import Snapshot
from rapport.streams.shell.policy_file import PolicyStatus
from rapport.streams.shell.relation_view import relation_json, score_json
from rapport.streams.shell.site.picture import Known, Picture
from rapport.streams.shell.status import Status
from rapport.streams.shell.web import View

Fleet = tuple[list[Sample], dict[str, dict[str, Any]], Picture | None]


@dataclass(frozen=True, slots=True)
class _Moment:
    """What the worker knew at one moment: copies, so that a view can be made in a thread."""

    ready: bool
    status: dict[str, Any]
    status_samples: list[Sample]
    evaluations: int
    directory: dict[str, Client]
    health: dict[str, ClientHealth]
    market: Market | None
    closed: tuple[Population, ...]
    policy: Policy
    figures: dict[str, Figures]

    @classmethod
    def of(cls, worker: Worker) -> "_Moment":
        monitor, policy = worker.monitor, worker.policy_file.status
        return cls(
            ready=worker.status.ready,
            status={**worker.status.as_json(), "policy": asdict(policy)},
            status_samples=[*_status_samples(worker.status), *_policy_samples(policy)],
            evaluations=monitor.evaluations,
            directory={client.id: client for client in worker.reader.directory},
            health=dict(monitor.health),
            market=monitor.market,
            closed=monitor.closed,
            policy=monitor.policy,
            figures=dict(monitor.figures),
        )


class Views:
    """Makes views in a thread of its own, so that a large fleet does not hold up the worker's loop.

    While a view is being made, a newer one is not asked for: the worker publishes every second or
    so, and its next call shows what this one left out. The fleet's part is made anew only when
    there are new scores.
    """

    def __init__(self, show: Callable[[View], None]) -> None:
        self._show = show
        self._thread = ThreadPoolExecutor(1, "views")
        self._making: Future[None] | None = None
        self._evaluations = -1
        self._fleet: Fleet = ([], {}, None)

    def publish(self, worker: Worker) -> None:
        """Show readers what the worker knows now: metrics, status, the fleet, the worst first."""
        if self._making is not None:
            if not self._making.done():
                return
            self._making.result()  # an error in the thread ends the worker, as it would here
        self._making = self._thread.submit(self._make, _Moment.of(worker))

    def _make(self, moment: _Moment) -> None:
        if not moment.ready:
            # Half-recovered scores are not shown: an alert on them would be false.
            self._show(View(Snapshot(moment.status_samples), moment.status))
            return
        if moment.evaluations != self._evaluations:
            self._fleet = _fleet(moment)
            self._evaluations = moment.evaluations
        samples, clients, picture = self._fleet
        snapshot = Snapshot([*samples, *moment.status_samples])
        self._show(View(snapshot, moment.status, clients, picture))


def _fleet(moment: _Moment) -> Fleet:
    directory, health = moment.directory, moment.health
    known = [(directory[name], health[name]) for name in health if name in directory]
    known.sort(key=lambda pair: _rank(pair[1]))
    samples = [sample for pair in known for sample in fleet_samples(*pair, moment.policy)]
    compare = moment.policy.compare
    samples += target_samples(compare)
    samples.append(Sample(m.CLIENTS, (), len(directory)))
    if moment.market is not None:
        samples.extend(market_samples(moment.market))
    clients = {client.id: _client(client, state, compare) for client, state in known}
    return samples, clients, _picture(known, moment)


def _picture(known: list[tuple[Client, ClientHealth]], moment: _Moment) -> Picture:
    return Picture(
        clients={client.id: Known(client, state) for client, state in known},
        figures=moment.figures,
        market=moment.market,
        closed=moment.closed,
        policy=moment.policy,
        peers=Peers((state for _, state in known), moment.policy.compare),
    )


def _rank(health: ClientHealth) -> tuple[float, ...]:
    trust = health.trust.shown
    return (
        -STATES[health.purchases.state],
        health.purchases.probability,
        1.0 if trust is None else trust,
    )


def _client(client: Client, health: ClientHealth, policy: ComparePolicy) -> dict[str, Any]:
    purchases = health.purchases
    return {
        "id": client.id,
        "name": client.name,
        "owner": client.owner,
        "day": health.day,
        "policy": health.policy_hash,
        "reason": top_reason(health),
        "trust": score_json(health.trust),
        "engagement": score_json(health.engagement),
        **relation_json(health, policy),
        "purchases": {
            "observed": purchases.observed,
            "expected": purchases.expected,
            "ratio": purchases.ratio,
            "probability": purchases.probability,
            "state": purchases.state,
            "history_weeks": purchases.history_weeks,
            "reason": purchase_reason(purchases),
            "suppliers": list(purchases.top_suppliers),
            "standings": dict(purchases.by_standing),
            "spend": {
                currency: f"{minor / 10 ** DECIMALS[currency]:.{DECIMALS[currency]}f}"
                for currency, minor in purchases.spend_minor
            },
            "confidence": purchases.confidence,
            "missing": list(purchases.missing),
            "notes": list(purchase_notes(purchases)),
        },
        "sources": {name: asdict(source) for name, source in health.sources.items()},
    }


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
