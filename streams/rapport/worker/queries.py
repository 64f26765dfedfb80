"""Score queries: explanations of scores, computed on the worker's loop for the web's thread."""

import asyncio
from collections.abc import Collection, Coroutine, Iterable, Mapping, Sequence
from contextlib import suppress
from typing import Any, Final, TypeVar

from msgspec import to_builtins

from rapport.domain.calendar import dated, last_day_of, since_days
from rapport.domain.clients.approvals import Approval, reason_of
from rapport.domain.clients.registry import Client, Directory, RegistryError, find_client
from rapport.domain.comparison.benchmark import Benchmark, PeerScores, benchmark
from rapport.domain.concerns.verdict import Verdict
from rapport.domain.desk.entries import DeskEntry
from rapport.domain.desk.overdue import Overdue
from rapport.domain.explanation.client_snapshot import ClientSnapshot
from rapport.domain.explanation.difference import Difference, PointsChange, difference
from rapport.domain.procurement.counted_purchases import ApprovedPurchases
from rapport.domain.procurement.purchase_rows import PurchaseRow
from rapport.domain.procurement.windows import PurchaseWeek
from rapport.domain.scoring.evaluate import ClientHealth
from rapport.domain.scoring.score import Part, Score
from rapport.domain.verdicts.fleet import seen_health
from rapport.language.concerns import describe_verdict
from rapport.language.contract_text import missing_texts
from rapport.language.language import Language, find_language
from rapport.language.narrative import (
    ORDER,
    describe_benchmark,
    describe_change,
    describe_extras,
    describe_it_activity,
    describe_purchases,
    describe_score,
)
from rapport.language.organisation import describe_approved
from rapport.web.fleet_snapshot import SnapshotPair
from rapport.web.json_views import (
    events_json,
    evidence_json,
    it_activity_json,
    maturity_json,
    withheld_json,
)
from rapport.web.queries import Sight, UnknownClientError
from rapport.web.verdict_json import shared_concern_json, verdict_json
from rapport.worker.scoring.fleet_changes import (
    ReadDesk,
    chosen_clients,
    fleet_changes,
    overdue_here,
)
from rapport.worker.scoring.latest_snapshot import LatestSnapshot
from rapport.worker.scoring.scorer import Scorer

CHANGES_MAX: Final = 50
DESK_SECONDS_MAX: Final = 5.0
Answer = TypeVar("Answer")


class ScoreQueries:
    """Answers queries from the current scores."""

    def __init__(
        self,
        scorer: Scorer,
        directory: Directory,
        read_desk: ReadDesk | None = None,
        snapshots: LatestSnapshot | None = None,
    ) -> None:
        self._loop: asyncio.AbstractEventLoop | None = None
        self._scorer, self._directory, self._read_desk = scorer, directory, read_desk
        self._snapshots = snapshots
        self._digests = asyncio.Lock()

    async def attach(self) -> None:
        """Compute on the loop that runs this: the worker's."""
        self._loop = asyncio.get_running_loop()

    def find_client(self, client: str) -> Client | None:
        """Return a registered client of any worker by its id; from any thread."""
        with suppress(KeyError):
            return self._directory[client]
        return None

    def horizon_days(self) -> int:
        """Return how many days back an event counts; from any thread."""
        return self._scorer.policy.ledger.horizon_days

    async def ask(
        self, client: str, since: str | None, lang: str, sight: Sight = None
    ) -> dict[str, Any]:
        """Return `explanation`, computed on the worker's loop, on the caller's loop."""
        return await self._on_worker_loop(self.explanation(client, since, lang, sight))

    async def ask_fleet(self, lang: str, sight: Sight = None) -> dict[str, Any]:
        """Return `fleet`, computed on the worker's loop, on the caller's loop."""
        return await self._on_worker_loop(self.fleet(lang, sight))

    async def ask_digest(
        self, since: str, owners: Sequence[str], lang: str, sight: Sight = None
    ) -> dict[str, Any]:
        """Return `digest`, computed on the worker's loop, on the caller's loop."""
        return await self._on_worker_loop(self.digest(since, owners, lang, sight))

    async def digest(
        self, since: str, owners: Sequence[str], lang: str, sight: Sight = None
    ) -> dict[str, Any]:
        """Return `fleet_changes`, one answer at a time: each evaluates the whole fleet.

        Raises `UnknownClientError`, and `RapportError` for an invalid `since` or `lang`.
        """
        days, language = since_days(since), find_language(lang)
        async with self._digests:
            seen = self._seen(sight)
            chosen = chosen_clients(seen, owners)
            overdue = await self.overdue({client.id for client in chosen})
            return await fleet_changes(self._scorer, seen, chosen, days, overdue, language)

    async def ask_snapshots(self, client: str, since_days: int) -> SnapshotPair:
        """Return `snapshots`, computed on the worker's loop, on the caller's loop."""
        return await self._on_worker_loop(self.snapshots(client, since_days))

    async def ask_desk(self, client: str) -> tuple[str, list[DeskEntry]]:
        """Return `desk`, computed on the worker's loop, on the caller's loop."""
        return await self._on_worker_loop(self.desk(client))

    async def read_desk(self, client: str) -> list[DeskEntry] | None:
        """Return what was recorded of a client, on the caller's loop; None without it here."""
        try:
            return (await asyncio.wait_for(self.ask_desk(client), DESK_SECONDS_MAX))[1]
        except (UnknownClientError, TimeoutError):
            return None

    async def ask_overdue(self, clients: Collection[str]) -> list[Overdue]:
        """Return `overdue`, computed on the worker's loop, on the caller's loop."""
        return await self._on_worker_loop(self.overdue(clients))

    async def overdue(self, clients: Collection[str]) -> list[Overdue]:
        """Return what is overdue of those of some clients that are here, the longest first."""
        if self._read_desk is None:
            return []
        days = {
            client: health.day
            for client, health in self._scorer.health.items()
            if client in clients
        }
        return await overdue_here(self._read_desk, days)

    async def desk(self, client: str) -> tuple[str, list[DeskEntry]]:
        """Return the id of a client with this id, alias or name, and what was recorded of it.

        Raises `UnknownClientError`.
        """
        client_id = self._client_id(client)
        read = self._read_desk
        return client_id, [] if read is None else await read(client_id)

    async def _on_worker_loop(self, answer: Coroutine[Any, Any, Answer]) -> Answer:
        if self._loop is None:
            answer.close()
            raise UnknownClientError("the worker is starting")
        return await asyncio.wrap_future(asyncio.run_coroutine_threadsafe(answer, self._loop))

    def _seen(self, sight: Sight) -> dict[str, Client]:
        """Return the registered clients that an answer may be about, by id."""
        return {
            client.id: client
            for client in self._directory
            if sight is None or client.owner in sight
        }

    def _with_others(self, own: Mapping[str, ClientHealth], sight: Sight) -> Iterable[ClientHealth]:
        """Return the health of clients here, and of those that other workers have."""
        fleet = None if self._snapshots is None else self._snapshots.fleet
        others = () if fleet is None else fleet.elsewhere
        seen = self._seen(sight)
        return [*own.values(), *(fleet.health[one] for one in others if fleet and one in seen)]

    async def fleet(self, lang: str, sight: Sight = None) -> dict[str, Any]:
        """Return what most clients have in common, and which roles and teams of IT meet clients."""
        language, scorer = find_language(lang), self._scorer
        activity = await scorer.it_activity(self._seen(sight))
        return {
            "shared": [shared_concern_json(one, language) for one in scorer.shared_concerns],
            "it_activity": it_activity_json(activity),
            "text": describe_it_activity(activity, language),
        }

    async def snapshots(self, client: str, since_days: int) -> SnapshotPair:
        """Return snapshots of a client, by its id, now and `since_days` before.

        Raises `UnknownClientError`.
        """
        if client not in self._directory or client not in self._scorer.health:
            raise UnknownClientError(f"no client {client!r} here")
        day = self._scorer.health[client].day
        now = await self._scorer.client_snapshot(client, day)
        return SnapshotPair(now, await self._scorer.client_snapshot(client, day - since_days))

    def _client_id(self, text: str) -> str:
        """Return the id of a client with scores here, by its id, alias or name."""
        try:
            client = find_client(self._directory, text)
        except RegistryError as error:
            raise UnknownClientError(str(error)) from error
        if client.id not in self._scorer.health:
            raise UnknownClientError(f"client {client.id!r} has no scores here")
        return client.id

    async def explanation(
        self, client: str, since: str | None, lang: str, sight: Sight = None
    ) -> dict[str, Any]:
        """Return the attribution of a client's scores, and of their changes since then.

        Raises `UnknownClientError`, and `RapportError` for an invalid `since` or `lang`.
        """
        language, back = find_language(lang), None if since is None else since_days(since)
        client_id = self._client_id(client)
        seen = seen_health(self._scorer.health, self._seen(sight))
        if client_id not in seen:
            raise UnknownClientError(f"no client {client!r} here")
        day, verdict = seen[client_id].day, seen[client_id].verdict
        now = await self._scorer.client_snapshot(client_id, day)
        before = None if back is None else await self._scorer.client_snapshot(client_id, day - back)
        peers = PeerScores(self._with_others(seen, sight), self._scorer.policy.compare)
        answer = _answer(
            self._directory[client_id].name, now, before, peers, self._scorer, language
        )
        return {**answer, "verdict": _verdict(verdict, day, self._scorer.names, language)}


def _verdict(
    verdict: Verdict, day: int, names: Mapping[str, str], language: Language
) -> dict[str, Any]:
    return {
        **verdict_json(verdict, names),
        "text": describe_verdict(verdict, day, names, language),
    }


def _answer(
    name: str,
    now: ClientSnapshot,
    before: ClientSnapshot | None,
    peers: PeerScores,
    scorer: Scorer,
    language: Language,
) -> dict[str, Any]:
    health = now.health
    benchmarks = benchmark(health, scorer.past_scores(health), peers, scorer.policy.compare)
    extras = describe_extras(health, language)
    scores = [
        _score(score, now, before, benchmarks[score.name], extras.get(score.name, []), language)
        for score in sorted(health.scores, key=lambda score: ORDER.index(score.name))
    ]
    day = language.day(health.day)
    title = language.text("now", client=name, day=day)
    if before is not None:
        since = language.day(before.health.day)
        title = language.text("since", client=name, day=day, since=since)
    return {
        "client": health.client,
        "name": name,
        "day": _iso(health.day),
        "since": None if before is None else _iso(before.health.day),
        "policy": health.policy_hash,
        "title": title,
        "scores": scores,
        "maturity": {
            **maturity_json(health.maturity),
            "weeks_up": health.maturity.weeks_up,
            "weeks_down": health.maturity.weeks_down,
        },
        "purchases": _purchases(now, scorer, language),
        "signals": [{**row._asdict(), "day": _iso(row.day)} for row in now.signal_days],
    }


def _purchases(now: ClientSnapshot, scorer: Scorer, language: Language) -> dict[str, Any]:
    """Return a client's outside purchases, with its past and its peers."""
    purchases, weeks = now.health.purchases, scorer.purchase_weeks(now.health)
    approvals = scorer.organisation.approvals.of(now.health.client)
    past_weeks = scorer.policy.compare.past_weeks
    return {
        "observed": purchases.observed,
        "expected": purchases.expected,
        "past": [_week(week) for week in weeks[-past_weeks:]],
        "weeks": [_week(week) | {"alert_threshold": week.alert_threshold} for week in weeks],
        "peers": to_builtins(purchases.peers),
        "rows": [_purchase_row(row) for row in now.purchase_rows],
        "approved": [_approved(one, approvals) for one in purchases.approved],
        "text": [
            *describe_purchases(purchases, now.purchase_rows, language),
            *describe_approved(purchases, approvals, language),
        ],
    }


def _week(week: PurchaseWeek) -> dict[str, Any]:
    return {
        "day": _iso(last_day_of(week.week)),
        "observed": week.observed,
        "expected": week.expected,
    }


def _score(
    score: Score,
    now: ClientSnapshot,
    before: ClientSnapshot | None,
    benchmark: Benchmark,
    extras: list[str],
    language: Language,
) -> dict[str, Any]:
    text = [
        *describe_score(score, language),
        *extras,
        *describe_benchmark(score.name, benchmark, language),
    ]
    change = None
    if before is not None:
        since, day = before.health.day, now.health.day
        change = difference(
            before.attributions[score.name], now.attributions[score.name], since, day
        )
        if change.sufficient:
            text += describe_change(change, language)
    return {
        "name": score.name,
        "label": language.scores[score.name],
        "value": score.shown,
        "confidence": score.confidence,
        "low": None if score.shown is None else score.low,
        "high": None if score.shown is None else score.high,
        "evidence": evidence_json(score.evidence),
        "missing": missing_texts(score.missing),
        "withheld": withheld_json(score),
        "denominator": str(score.denominator),
        "numerator": str(score.numerator),
        "baseline": str(score.baseline),
        "parts": [_part(part, score, language) for part in score.parts],
        "past": list(benchmark.past),
        "peers": None if benchmark.peers is None else benchmark.peers._asdict(),
        "target": benchmark.target,
        "impact": benchmark.impact,
        "change": None if change is None else _change(change, language),
        "events": events_json(now.attributions[score.name]),
        "text": text,
    }


def _part(part: Part, score: Score, language: Language) -> dict[str, Any]:
    return {
        "component": part.component,
        "label": language.component(part.component),
        "points": score.ratio(part.points),
        "possible": score.ratio(part.possible),
        "missing": score.ratio(part.missing),
        "units": str(part.points),
    }


def _change(change: Difference, language: Language) -> dict[str, Any]:
    """Return a change; the units of its rows add up to its own exactly."""
    return {
        "points": change.ratio(change.points),
        "before": change.ratio(change.before),
        "after": change.ratio(change.after),
        "denominator": str(change.denominator),
        "units": str(change.points),
        "rows": [_row(row, change, language) for row in change.top(CHANGES_MAX)],
    }


def _row(row: PointsChange, change: Difference, language: Language) -> dict[str, Any]:
    component, kind = language.component(row.component), language.kinds[row.kind]
    return {
        "component": row.component,
        "kind": row.kind,
        "label": kind if kind == component else f"{component}: {kind}",
        "day": None if row.day is None else _iso(row.day),
        "points": change.ratio(row.points),
        "units": str(row.points),
    }


def _purchase_row(row: PurchaseRow) -> dict[str, Any]:
    return {**row._asdict(), "day": _iso(row.day)}


def _approved(one: ApprovedPurchases, approvals: Iterable[Approval]) -> dict[str, Any]:
    reason = reason_of(approvals, one.supplier, one.from_day)
    return {**one._asdict(), "from_day": _iso(one.from_day), "reason": reason}


def _iso(day: int) -> str:
    return dated(day).isoformat()
