"""Explains a client's scores, on the worker's loop, to whoever asks from another thread."""

import asyncio
from collections.abc import Coroutine, Sequence
from datetime import date, timedelta
from typing import Any, Final, TypeVar

from msgspec import to_builtins

from rapport.domain.calendar import last_day_of, since_days
from rapport.domain.clients import Directory
from rapport.domain.comparison.benchmark import Benchmark, PeerScores, benchmark, priorities
from rapport.domain.explanation.contract_text import missing_texts
from rapport.domain.explanation.difference import Change, Difference, difference
from rapport.domain.explanation.language import Language, find_language
from rapport.domain.explanation.narrative import (
    describe_benchmark,
    describe_change,
    describe_extras,
    describe_it_activity,
    describe_priority,
    describe_purchases,
    describe_score,
)
from rapport.domain.explanation.snapshot import ClientSnapshot
from rapport.domain.procurement.purchase_rows import PurchaseRow
from rapport.domain.procurement.windows import PurchaseWeek
from rapport.domain.scoring.score import Score
from rapport.web.fleet_snapshot import SnapshotPair
from rapport.web.json_views import (
    it_activity_json,
    maturity_json,
    priority_json,
    withheld_json,
)
from rapport.web.queries import UnknownClientError
from rapport.worker.scoring.scorer import Scorer

CHANGES_MAX: Final = 50
PRIORITIES_MAX: Final = 20
EPOCH: Final = date(1970, 1, 1)
Answer = TypeVar("Answer")


class ScoreQueries:
    """Answers from what the worker knows now."""

    def __init__(self, scorer: Scorer, directory: Directory) -> None:
        self._loop: asyncio.AbstractEventLoop | None = None
        self._scorer, self._directory = scorer, directory

    async def attach(self) -> None:
        """Work on the loop that runs this: the worker's."""
        self._loop = asyncio.get_running_loop()

    async def ask(self, client: str, since: str | None, lang: str) -> dict[str, Any]:
        """Return `explanation` on the loop of whoever asks; it is worked out on the worker's."""
        return await self._over_there(self.explanation(client, since, lang))

    async def ask_fleet(self, lang: str) -> dict[str, Any]:
        """Return `fleet` on the loop of whoever asks; it is worked out on the worker's."""
        return await self._over_there(self.fleet(lang))

    async def ask_snapshots(self, client: str, since_days: int) -> SnapshotPair:
        """Return `snapshots` on the loop of whoever asks; it is worked out on the worker's."""
        return await self._over_there(self.snapshots(client, since_days))

    async def _over_there(self, answer: Coroutine[Any, Any, Answer]) -> Answer:
        if self._loop is None:
            answer.close()
            raise UnknownClientError("the worker is starting")
        return await asyncio.wrap_future(asyncio.run_coroutine_threadsafe(answer, self._loop))

    async def fleet(self, lang: str) -> dict[str, Any]:
        """Return what to do first over all clients, and what they say of IT's own roles."""
        said, scorer = find_language(lang), self._scorer
        names = {client.id: client.name for client in self._directory}
        known = [scorer.health[name] for name in names if name in scorer.health]
        first = priorities(known, scorer.policy.compare, PRIORITIES_MAX)
        found = await scorer.it_activity()
        return {
            "priorities": [priority_json(priority, names[priority.client]) for priority in first],
            "takeaways": it_activity_json(found),
            "text": [
                *(describe_priority(priority, names[priority.client], said) for priority in first),
                *describe_it_activity(found, said),
            ],
        }

    async def snapshots(self, client: str, since_days: int) -> SnapshotPair:
        """Return a client, by its id, now and some days before; raises `NotHereError`."""
        if client not in self._directory or client not in self._scorer.health:
            raise UnknownClientError(f"no client {client!r} here")
        day = self._scorer.health[client].day
        now = await self._scorer.client_snapshot(client, day)
        return SnapshotPair(now, await self._scorer.client_snapshot(client, day - since_days))

    async def explanation(self, client: str, since: str | None, lang: str) -> dict[str, Any]:
        """Return why a client's scores are what they are, and what changed them since.

        Raises `NotHereError` for a client that is not known here, and `RapportError` for a time
        or a language that is not.
        """
        said, back = find_language(lang), None if since is None else since_days(since)
        known = self._directory.resolve(client)
        if known is None or known not in self._scorer.health:
            raise UnknownClientError(f"no client {client!r} here")
        day = self._scorer.health[known].day
        now = await self._scorer.client_snapshot(known, day)
        before = None if back is None else await self._scorer.client_snapshot(known, day - back)
        peers = PeerScores(self._scorer.health.values(), self._scorer.policy.compare)
        return _answer(self._directory[known].name, now, before, peers, self._scorer, said)


def _answer(
    name: str,
    now: ClientSnapshot,
    before: ClientSnapshot | None,
    peers: PeerScores,
    scorer: Scorer,
    said: Language,
) -> dict[str, Any]:
    health = now.health
    beside_all = benchmark(health, scorer.past_scores(health), peers, scorer.policy.compare)
    extras = describe_extras(health, said)
    scores = [
        _score(score, now, before, beside_all[score.name], extras.get(score.name, []), said)
        for score in health.scores
    ]
    day = said.day(health.day)
    title = said.text("now", client=name, day=day)
    if before is not None:
        since = said.day(before.health.day)
        title = said.text("since", client=name, day=day, since=since)
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
        "purchases": _purchases(now, scorer.purchase_weeks(health), said),
    }


def _purchases(
    now: ClientSnapshot, weeks: Sequence[PurchaseWeek], said: Language
) -> dict[str, Any]:
    """Return what a client bought outside, beside its own past and its peers."""
    found = now.health.purchases
    return {
        "observed": found.observed,
        "expected": found.expected,
        "past": [
            {
                "day": _iso(last_day_of(week.week)),
                "observed": week.observed,
                "expected": week.expected,
            }
            for week in weeks
        ],
        "peers": to_builtins(found.peers),
        "rows": [_bought(row) for row in now.bought],
        "text": describe_purchases(found, now.bought, said),
    }


def _score(
    score: Score,
    now: ClientSnapshot,
    before: ClientSnapshot | None,
    held: Benchmark,
    extras: list[str],
    said: Language,
) -> dict[str, Any]:
    text = [*describe_score(score, said), *extras, *describe_benchmark(score.name, held, said)]
    change = None
    if before is not None:
        since, day = before.health.day, now.health.day
        change = difference(
            before.attributions[score.name], now.attributions[score.name], since, day
        )
        if change.sufficient:
            text += describe_change(change, said)
    return {
        "name": score.name,
        "label": said.scores[score.name],
        "value": score.shown,
        "confidence": score.confidence,
        "low": None if score.shown is None else score.low,
        "high": None if score.shown is None else score.high,
        "missing": missing_texts(score.missing),
        "withheld": withheld_json(score),
        "denominator": str(score.denominator),
        "numerator": str(score.numerator),
        "baseline": str(score.baseline),
        "parts": [
            {
                "component": part.component,
                "label": said.component(part.component),
                "points": score.ratio(part.points),
                "possible": score.ratio(part.possible),
                "missing": score.ratio(part.missing),
                "units": str(part.points),
            }
            for part in score.parts
        ],
        "past": list(held.past),
        "peers": None if held.peers is None else held.peers._asdict(),
        "target": held.target,
        "impact": held.impact,
        "change": None if change is None else _change(change, said),
        "text": text,
    }


def _change(change: Difference, said: Language) -> dict[str, Any]:
    """Return a change; its rows' units add up to its own exactly."""
    return {
        "points": change.ratio(change.points),
        "before": change.ratio(change.before),
        "after": change.ratio(change.after),
        "denominator": str(change.denominator),
        "units": str(change.points),
        "rows": [_row(row, change, said) for row in change.top(CHANGES_MAX)],
    }


def _row(row: Change, change: Difference, said: Language) -> dict[str, Any]:
    component, kind = said.component(row.component), said.kinds[row.kind]
    return {
        "component": row.component,
        "kind": row.kind,
        "label": kind if kind == component else f"{component}: {kind}",
        "day": None if row.day is None else _iso(row.day),
        "points": change.ratio(row.points),
        "units": str(row.points),
    }


def _bought(row: PurchaseRow) -> dict[str, Any]:
    return {**row._asdict(), "day": _iso(row.day)}


def _iso(day: int) -> str:
    return (EPOCH + timedelta(days=day)).isoformat()
