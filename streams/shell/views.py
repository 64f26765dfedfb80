"""Makes the immutable view that the HTTP server shows, from what the worker knows now."""

from collections.abc import Iterator
from dataclasses import asdict
from typing import Any

from rapport.schemas.currencies import DECIMALS
from rapport.streams.catalogue import metrics as m
from rapport.streams.catalogue.samples import STATES, Sample, client_samples, market_samples
from rapport.streams.core.clients import Client
from rapport.streams.core.purchase_words import purchase_notes
from rapport.streams.core.score import Score
from rapport.streams.core.scores import ClientHealth
from rapport.streams.core.words import purchase_reason, score_reason, top_reason
from rapport.streams.shell.app import Worker
from rapport.streams.shell.exposition import Snapshot
from rapport.streams.shell.policy_file import PolicyStatus
from rapport.streams.shell.status import Status
from rapport.streams.shell.web import View

Fleet = tuple[list[Sample], dict[str, dict[str, Any]]]


class Views:
    """Makes views; the fleet's part is made anew only when there are new scores."""

    def __init__(self) -> None:
        self._evaluations = -1
        self._fleet: Fleet = ([], {})

    def view(self, worker: Worker) -> View:
        """Return what readers see: metrics, status, and the fleet with the worst first."""
        status = worker.status
        policy = worker.policy_file.status
        samples = [*_status_samples(status), *_policy_samples(policy)]
        figures = {**status.as_json(), "policy": policy.as_json()}
        if not status.ready:
            # Half-recovered scores are not shown: an alert on them would be false.
            return View(Snapshot(samples), figures)
        if worker.monitor.evaluations != self._evaluations:
            self._fleet = _fleet(worker)
            self._evaluations = worker.monitor.evaluations
        return View(Snapshot([*self._fleet[0], *samples]), figures, self._fleet[1])


def _fleet(worker: Worker) -> Fleet:
    directory, health = worker.reader.directory, worker.monitor.health
    known = [(directory[name], health[name]) for name in health if name in directory]
    known.sort(key=lambda pair: _rank(pair[1]))
    samples = [sample for pair in known for sample in client_samples(*pair)]
    samples.append(Sample(m.CLIENTS, (), len(directory)))
    if worker.monitor.market is not None:
        samples.extend(market_samples(worker.monitor.market))
    return samples, {client.id: _client(client, state) for client, state in known}


def _rank(health: ClientHealth) -> tuple[float, ...]:
    trust = health.trust.shown
    return (
        -STATES[health.purchases.state],
        health.purchases.probability,
        1.0 if trust is None else trust,
    )


def _client(client: Client, health: ClientHealth) -> dict[str, Any]:
    purchases = health.purchases
    return {
        "id": client.id,
        "name": client.name,
        "owner": client.owner,
        "day": health.day,
        "policy": health.policy_hash,
        "reason": top_reason(health),
        "trust": _score(health.trust),
        "engagement": _score(health.engagement),
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


def _score(score: Score) -> dict[str, Any]:
    return {
        "value": score.shown,
        "confidence": score.confidence,
        "sufficient": score.sufficient,
        "missing": list(score.missing),
        "reason": score_reason(score),
        "contributions": {part.component: score.ratio(part.points) for part in score.parts},
        "possible": {part.component: score.ratio(part.possible) for part in score.parts},
    }


def _policy_samples(policy: PolicyStatus) -> Iterator[Sample]:
    yield Sample(m.POLICY_INFO, (policy.hash,), 1)
    yield Sample(m.POLICY_APPLIED, (), policy.applied_seconds)
    yield Sample(m.POLICY_REFUSED, (), policy.refused_since_seconds or 0)


def _status_samples(status: Status) -> Iterator[Sample]:
    yield Sample(m.READY, (), int(status.ready))
    yield Sample(m.EVALUATION, (), status.evaluation_seconds)
    yield Sample(m.RECOVERY, (), status.recovery_seconds)
    yield Sample(m.PAGES_WRITTEN, (), status.pages_written)
    for (topic, outcome), count in list(status.events.items()):
        yield Sample(m.EVENTS, (topic, outcome), count)
    for reason, count in list(status.dead_letters.items()):
        yield Sample(m.DEAD_LETTERS, (reason,), count)
    for topic, seconds in list(status.newest_event_seconds.items()):
        yield Sample(m.LAST_EVENT, (topic,), seconds)
    for topic, arrived in list(status.newest_arrival_seconds.items()):
        yield Sample(m.LAST_ARRIVAL, (topic,), arrived)
    for (topic, partition), lag in list(status.lag.items()):
        yield Sample(m.LAG, (topic, str(partition)), lag)
